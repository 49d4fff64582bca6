package journal

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"corridor.example/corridor/evidence"
	"corridor.example/corridor/pki"
)

func otherAuthority(t testing.TB) *pki.Authority {
	t.Helper()
	a, err := pki.CreateAuthority(testNetwork, 10*365*24*time.Hour, testStart, otherRandom{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

type otherRandom struct{}

func (otherRandom) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 9
	}
	return len(b), nil
}

// TestEachFlippedByteIsNamed flips each byte of the rows of a small journal in turn: the check names that page, or the next one where only that one
// can tell.
func TestEachFlippedByteIsNamed(t *testing.T) {
	j, l := fill(t, filepath.Join(t.TempDir(), "journal.db"), 4)
	rows := keep(t, j)
	check := func() error {
		c := checker{options: CheckOptions{HubKey: l.hubKey}, log: &evidence.Log{}, pruned: func() (uint64, error) { return 0, nil }}
		for _, r := range rows {
			again := *r // a page keeps slices of its row
			if err := c.row(&again); err != nil {
				return err
			}
		}
		return nil
	}
	if err := check(); err != nil {
		t.Fatal(err)
	}
	for number, r := range rows {
		for name, b := range keptRows(rows).columns(number) {
			for at := range b {
				b[at] ^= 1 << (at % 8)
				var bad *BadPage
				if err := check(); !errors.As(err, &bad) || bad.Number != uint64(number) {
					t.Errorf("byte %d of %s of page %d: %v", at, name, r.number, err)
				}
				b[at] ^= 1 << (at % 8)
			}
		}
	}
}

// TestEachFlippedByteOfAnExportIsSeen: an altered or shortened file is refused.
func TestEachFlippedByteOfAnExportIsSeen(t *testing.T) {
	j, l := fill(t, filepath.Join(t.TempDir(), "journal.db"), 3)
	var file bytes.Buffer
	if _, err := j.Export(t.Context(), 0, ToEnd, &file); err != nil {
		t.Fatal(err)
	}
	b := file.Bytes()
	for at := range b {
		b[at] ^= 1 << (at % 8)
		if _, err := CheckExport(bytes.NewReader(b), CheckOptions{HubKey: l.hubKey}); err == nil {
			t.Errorf("byte %d was altered and the export holds", at)
		}
		b[at] ^= 1 << (at % 8)
		if _, err := CheckExport(bytes.NewReader(b[:at]), CheckOptions{HubKey: l.hubKey}); err == nil {
			t.Errorf("the export was cut after %d bytes and holds", at)
		}
	}
}

// TestFlippedBytesOfTheFile flips bytes of the SQLite file itself, in its own structures too: either the check finds damage, or all
// rows are still what they were.
func TestFlippedBytesOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, l := fill(t, path, 12)
	rows := keep(t, j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 300 {
		b := bytes.Clone(whole)
		at := random.IntN(len(b))
		if random.IntN(3) == 0 { // the places where SQLite keeps its order: the head of each of its pages
			at = at/pageBytes*pageBytes + random.IntN(64)
		}
		b[at] ^= 1 << random.IntN(8)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if checkFlipped(t, path, l, rows) {
			found++
		} else if t.Failed() {
			t.Fatalf("byte %d was flipped and the check did not see it", at)
		}
	}
	if found < 60 {
		t.Fatalf("the check found %d of 300 flips: too few to believe it", found)
	}
}

// checkFlipped reports damage that was found; if none was, all rows must be whole.
func checkFlipped(t *testing.T, path string, l *leader, rows keptRows) bool {
	j, err := Open(t.Context(), path, Options{ReadOnly: true})
	if err != nil {
		return true
	}
	defer j.Close()
	if _, err := j.Check(t.Context(), CheckOptions{HubKey: l.hubKey}); err != nil {
		return true
	}
	again := keep(t, j)
	if len(again) != len(rows) {
		t.Errorf("%d rows of %d", len(again), len(rows))
		return false
	}
	for i, r := range again {
		if !reflect.DeepEqual(r, rows[i]) {
			t.Errorf("page %d has changed", i)
		}
	}
	return false
}
