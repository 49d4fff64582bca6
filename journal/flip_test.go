package journal

import (
	"bytes"
	"errors"
	"path/filepath"
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
