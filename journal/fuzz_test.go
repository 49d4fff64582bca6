package journal

import (
	"bytes"
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
)

// FuzzPage: whatever stands in a row is refused or is a page whose parts can be read; nothing panics.
func FuzzPage(f *testing.F) {
	l := newLeader(f)
	for _, p := range []*Page{l.start(), l.page(3, 40), l.page(40, 10)} {
		f.Add(p.Stored, p.Signature, p.Entries, p.Bodies)
	}
	f.Fuzz(func(t *testing.T, header, signature, entries, bodies []byte) {
		r := row{header: header, signature: signature, entries: entries, bodies: bodies}
		h, err := evidence.DecodeHeader(header)
		if err != nil {
			return
		}
		// Make the header bind what came, so that the fuzzer gets past the digests.
		h.Bodies = corridor.DigestOf(bodies)
		open := Page{Header: h, Entries: entries}
		if tree, err := open.Tree(); err == nil {
			h.Root = tree.Root()
		}
		r.header = h.Append(nil)
		hash := h.Hash()
		r.number, r.hashes = h.Number, hash[:]
		p, err := r.page()
		if err != nil {
			return
		}
		if p.verify() != nil || len(entries) == 0 || len(bodies) == 0 {
			return
		}
		if err := p.Check(); err != nil {
			t.Fatalf("verified, and refused by Check: %v", err)
		}
		readAll(t, p)
	})
}

// readAll reads all parts of a page that holds.
func readAll(t *testing.T, p *Page) {
	all, err := p.All()
	if err != nil || len(all) != int(p.Header.Entries) {
		t.Fatalf("%d entries, %v", len(all), err)
	}
	frames, err := p.Frames()
	if err != nil {
		t.Fatal(err)
	}
	for i := range frames {
		if _, err := p.Frame(uint32(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range all {
		_, _ = p.Payload(uint32(i)) // an entry that is no message has none
	}
}

// FuzzExport: an export that is read to its end without an error is written again to the same bytes.
func FuzzExport(f *testing.F) {
	l := newLeader(f)
	pages := []*Page{l.start(), l.page(2, 20), l.page(1, 5)}
	for n := range pages {
		var b bytes.Buffer
		x := newExporter(&b)
		x.run(nil)
		for _, p := range pages[:n+1] {
			x.page(p)
		}
		if err := x.end(); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var again bytes.Buffer
		in, out := newImporter(bytes.NewReader(b)), newExporter(&again)
		out.run(in.run(maxRun))
		for in.more() {
			p, err := in.page()
			if err != nil {
				return
			}
			out.page(p)
		}
		if in.err != nil {
			return
		}
		if err := out.end(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Bytes(), b) {
			t.Fatal("an export has a second form")
		}
	})
}
