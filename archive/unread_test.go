package archive

import (
	"encoding/binary"
	"testing"

	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
)

// What a newer hub writes, what is garbage, and what was pruned does not stop the archive: it is counted.
func TestReadPageCountsWhatItCannotRead(t *testing.T) {
	known := entry.Append(nil, &entry.TermStarted{Term: 1, Network: "lab.corridor"})
	garbled := entry.Append(nil, &entry.Accepted{Session: 1, Statement: []byte("no statement")})
	run := binary.AppendUvarint(nil, 4)
	for _, e := range [][]byte{known, {0xfa, 0x3f, 0}, garbled, {1, 2, 3}} { // the second is of kind 1023
		run = append(binary.AppendUvarint(run, uint64(len(e))), e...)
	}
	for _, c := range []struct {
		name   string
		page   *journal.Page
		unread int64
		events int
	}{
		{"unknown kinds", &journal.Page{Header: evidence.Header{Number: 1, Entries: 4}, Entries: run}, 3, 1},
		{"pruned", &journal.Page{Header: evidence.Header{Number: 1, Entries: 4}}, 1, 0},
		{"broken", &journal.Page{Header: evidence.Header{Number: 1, Entries: 4}, Entries: run[:9]}, 1, 0},
	} {
		r := readPage(c.page)
		if r.unread != c.unread || len(r.events) != c.events || len(r.messages) != 0 {
			t.Errorf("%s: %d not read, %d events, %d messages; want %d and %d", c.name, r.unread, len(r.events), len(r.messages), c.unread, c.events)
		}
	}
}
