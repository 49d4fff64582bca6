package main

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
)

// history is some pages of one hub, and its checkpoints after the first and after the last.
func history(t *testing.T, hub *pki.HubSigningKey, at ...time.Time) (pages []*journal.Page, notes [2][]byte) {
	t.Helper()
	var log evidence.Log
	var previous corridor.Digest
	for number, now := range at {
		b := &journal.Builder{}
		b.Add(&entry.TermStarted{Term: uint64(number) + 1, Network: "lab.corridor", Certificate: hub.Certificate().DER}, nil)
		p := b.Seal(evidence.Header{Network: "lab.corridor", Number: uint64(number), Previous: previous, Time: now.UnixNano(), Term: uint64(number) + 1}, hub.Sign)
		previous = p.Hash()
		log.Add(previous)
		pages = append(pages, p)
		note, err := evidence.SignCheckpoint(log.Checkpoint("lab.corridor"), hub)
		if err != nil {
			t.Fatal(err)
		}
		if number == 0 {
			notes[0] = note
		}
		notes[1] = note
	}
	return pages, notes
}

// TestWitnesses: a checkpoint that an observer keeps shows a journal that the hub itself wrote anew.
func TestWitnesses(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	a, err := pki.CreateAuthority("lab.corridor", 24*time.Hour*3650, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issue := func() *pki.HubSigningKey {
		i, err := a.IssueHub([]string{"localhost"}, 24*time.Hour*365, now, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return i.HubKey()
	}
	hub, stranger := issue(), issue()
	pages, kept := history(t, hub, now, now.Add(time.Second), now.Add(2*time.Second))
	forged, _ := history(t, hub, now, now.Add(time.Second), now.Add(3*time.Second))
	_, others := history(t, stranger, now, now.Add(time.Second), now.Add(2*time.Second))
	dir := t.TempDir()
	for _, test := range []struct {
		name, wrong string
		notes       [][]byte
		pages       []*journal.Page
	}{
		{"no observer", "", nil, pages},
		{"two that agree", "", kept[:], pages},
		{"the last page forged", "another history", kept[:], forged},
		{"the last page forged, and only the first kept", "", kept[:1], forged},
		{"the last page gone", "the rest is missing", kept[:], pages[:2]},
		{"signed by another", "not signed by", others[:], pages},
	} {
		w := newWitnesses()
		for i, note := range test.notes {
			path := filepath.Join(dir, string(rune('a'+i)))
			if err := os.WriteFile(path, note, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := w.add(path); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range test.pages {
			w.page(p)
		}
		c, err := a.Root().Hub(hub.Certificate().DER, now)
		if err != nil {
			t.Fatal(err)
		}
		n, err := w.compare([]*pki.HubCertificate{c})
		if test.wrong == "" && (err != nil || n != len(test.notes)) || test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
			t.Errorf("%s: %d agree, %v", test.name, n, err)
		}
	}
}
