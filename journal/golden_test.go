package journal

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the recorded forms anew")

// recordedPages is how many pages the recorded journal has.
const recordedPages = 5

// recorded makes the journal that the recorded files are of: the same bytes each time.
func recorded(t *testing.T) (*Journal, *leader) {
	t.Helper()
	j, l := fill(t, filepath.Join(t.TempDir(), "journal.db"), recordedPages-2)
	appendPage(t, j, l.start())
	appendPage(t, j, l.page(1, 30))
	if err := j.SaveSnapshot(t.Context(), Snapshot{Page: 3, Hash: hashOf(t, j, 3), Oldest: 1, State: []byte("state after page 3")}); err != nil {
		t.Fatal(err)
	}
	return j, l
}

// TestRecordedExport: the export of version 1 is written as it was recorded, and the recorded one is read.
func TestRecordedExport(t *testing.T) {
	j, l := recorded(t)
	var file bytes.Buffer
	if _, err := j.Export(t.Context(), 0, ToEnd, &file); err != nil {
		t.Fatal(err)
	}
	golden(t, "export-1.journal", file.Bytes())
	b, err := os.ReadFile("testdata/export-1.journal")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := CheckExport(bytes.NewReader(b), CheckOptions{HubKey: l.hubKey}); err != nil || r.Pages != recordedPages || r.Terms != 2 {
		t.Fatalf("the recorded export: %+v, %v", r, err)
	}
}

// TestRecordedRows: the columns of a row of version 1 are what was recorded.
func TestRecordedRows(t *testing.T) {
	j, _ := recorded(t)
	var text bytes.Buffer
	for _, r := range keep(t, j) {
		fmt.Fprintf(&text, "page %d\n", r.number)
		for _, c := range []struct {
			name string
			b    []byte
		}{{"header", r.header}, {"signature", r.signature}, {"hashes", r.hashes}, {"entries", r.entries}, {"bodies", r.bodies}} {
			fmt.Fprintf(&text, "%s %s\n", c.name, hex.EncodeToString(c.b))
		}
	}
	golden(t, "rows-1.txt", text.Bytes())
}

// TestRecordedFile: a SQLite file of version 1 that an earlier program wrote is opened, checked, and goes on.
func TestRecordedFile(t *testing.T) {
	const name = "testdata/journal-1.db"
	if *update {
		j, _ := recorded(t)
		path := j.url
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(name, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	_, l := recorded(t)
	j := open(t, path, Options{})
	appendPage(t, j, l.page(2, 20))
	if r, err := j.Check(t.Context(), CheckOptions{HubKey: l.hubKey}); err != nil || r.Pages != recordedPages+1 || r.Snapshots != 1 {
		t.Fatalf("the recorded file: %+v, %v", r, err)
	}
}

// golden compares bytes with those that were recorded.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not written as it was recorded: if that is meant, it is a new version of the form", path)
	}
}
