package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
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

// smallJournal makes a journal of a term's start and one message, and the root certificate beside it.
func smallJournal(t *testing.T) (url, root string) {
	t.Helper()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	a, err := pki.CreateAuthority("lab.corridor", 24*time.Hour*3650, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	hub, err := a.IssueHub([]string{"localhost"}, 24*time.Hour*365, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	url, root = filepath.Join(dir, "journal.db"), filepath.Join(dir, "network.pem")
	if err := os.WriteFile(root, a.Root().PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(context.Background(), url, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var previous corridor.Digest
	for number := range uint64(2) {
		b := &journal.Builder{}
		if number == 0 {
			b.Add(&entry.TermStarted{Term: 1, Network: "lab.corridor", Certificate: hub.HubKey().Certificate().DER}, nil)
		} else {
			addMessage(b, now)
		}
		p := b.Seal(evidence.Header{Network: "lab.corridor", Number: number, Previous: previous, Time: now.UnixNano(), Term: 1}, hub.HubKey().Sign)
		if err := j.Append(context.Background(), p); err != nil {
			t.Fatal(err)
		}
		previous = p.Hash()
	}
	return url, root
}

func addMessage(b *journal.Builder, now time.Time) {
	payload := []byte("{1:F01MERIDEFFAXXX0000000000}{2:I199CEDRFRPPXXXXN}{4:\r\n:20:REF1\r\n:79:HELLO\r\n-}")
	s := entry.Submission{
		Network: "lab.corridor", Sender: "MERIDEFFAXXX", Receiver: "CEDRFRPPXXXX", Number: 1, Type: "fin.199", Priority: corridor.Normal, Reference: "REF1",
		Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: uint64(now.UnixMilli()),
	}
	statement := s.Append(nil)
	record := entry.FrameRecord{Domain: entry.DomainSubmission, Signature: make([]byte, corridor.SignatureSize), Leaves: []corridor.Digest{entry.LeafHash(statement)}}
	frame := b.AddFrame(record)
	b.Add(&entry.Accepted{Frame: frame, Session: 7, Statement: statement}, payload)
	b.Add(&entry.Acknowledged{Statement: (&entry.Acknowledgement{Network: "lab.corridor", Receiver: "CEDRFRPPAXXX", Number: 1, Message: entry.LeafHash(statement)}).Append(nil)}, nil)
}

// runJournal runs the command line and returns its exit status and what it printed.
func runJournal(args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = run(append([]string{"journal"}, args...), streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return status, o.String(), e.String()
}

func TestJournalCommands(t *testing.T) {
	url, root := smallJournal(t)
	dir := t.TempDir()
	file, other := filepath.Join(dir, "a.journal"), filepath.Join(dir, "other.db")
	for _, c := range []struct {
		args   string
		status int
		want   []string // in what is printed
	}{
		{"check --journal URL --root ROOT", 0, []string{"WHOLE", "2 pages of lab.corridor", "authority vouches for"}},
		{"check --journal URL", 0, []string{"give --root"}},
		{"show --journal URL", 0, []string{"2 pages", "term  entries"}},
		{"show --journal URL 1", 0, []string{"fin.199 MERIDEFFAXXX 1 to CEDRFRPPXXXX REF1", "CEDRFRPPAXXX number 1", "2 entries, 1 frames"}},
		{"show --journal URL 1/0", 0, []string{":79:HELLO", "signed at", "2026-03-02T09:00:00.000Z"}},
		{"show --journal URL 9", 1, []string{"no such page"}},
		{"show --journal URL 1/9", 1, []string{"there is none at 9"}},
		{"show --journal URL x", 2, []string{"neither a page"}},
		{"export --journal URL FILE", 0, []string{"2 pages from 0 to 1"}},
		{"export --journal URL FILE", 2, []string{"exists"}},
		{"check --file FILE --root ROOT", 0, []string{"WHOLE"}},
		{"check --file ROOT", 1, []string{"not a whole export"}},
		{"import --journal OTHER --root ROOT FILE", 0, []string{"2 pages are in the journal"}},
		{"check --journal OTHER --root ROOT", 0, []string{"WHOLE"}},
		{"prune --journal URL --before 1", 3, []string{"no snapshot"}},
		{"check --journal NOTHING", 3, []string{"there is no journal"}},
		{"check", 2, []string{"--journal"}},
	} {
		args := strings.NewReplacer("URL", url, "ROOT", root, "FILE", file, "OTHER", other, "NOTHING", filepath.Join(dir, "nothing.db")).Replace(c.args)
		status, out, errs := runJournal(strings.Fields(args)...)
		if status != c.status {
			t.Errorf("%s: exit status %d, want %d\n%s%s", c.args, status, c.status, out, errs)
		}
		for _, w := range c.want {
			if !strings.Contains(out+errs, w) {
				t.Errorf("%s: %q is not in\n%s%s", c.args, w, out, errs)
			}
		}
	}
}

func TestJournalCheckNamesThePage(t *testing.T) {
	url, root := smallJournal(t)
	b, err := os.ReadFile(url)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte("HELLO"))
	b[at] ^= 1
	if err := os.WriteFile(url, b, 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, _ := runJournal("check", "--journal", url, "--root", root, "--json")
	var a checkAnswer
	if err := json.Unmarshal([]byte(out), &a); err != nil || status != 1 || a.Whole || a.BadPage == nil || *a.BadPage != 1 {
		t.Fatalf("exit status %d, %v\n%s", status, err, out)
	}
	if status, out, _ := runJournal("check", "--journal", url); status != 1 || !strings.Contains(out, "DAMAGED: page 1 is damaged") {
		t.Fatalf("exit status %d\n%s", status, out)
	}
}
