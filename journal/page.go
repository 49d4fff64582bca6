// Package journal keeps the ordered pages of a network in an SQL engine, SQLite or PostgreSQL: append (fenced), read,
// follow, snapshots, export and prune. Making a page durable is the commit point of everything in it.
//
// On disk a page is one row, keyed by its number: the signed header, the entries, the bodies (frames and payloads), and the
// hashes that the page adds to the log of checkpoints. The journal knows no message and no state; it keeps the
// chain whole and names the first page that is not.
package journal

import (
	"encoding/binary"
	"fmt"
	"sync"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
)

// Page is what is made durable together. It is immutable once sealed.
//
// Entries is a run of stored entries and Bodies a run of frame records and then payloads, each with a count before and a length
// before each item, all uvarint; see Builder. A pruned page has its header and signature only.
type Page struct {
	Header    evidence.Header
	Stored    []byte // the header as signed
	Signature []byte
	Entries   []byte
	Bodies    []byte

	index sync.Once
	parts parts
	err   error
}

// parts are the items of a page, by index; slices alias Entries and Bodies.
type parts struct {
	entries  [][]byte
	frames   []entry.FrameRecord
	payloads [][]byte
	ordinal  []int32 // entry index → payload index, -1 for none
	tree     *evidence.Tree
}

// Hash names the page.
func (p *Page) Hash() corridor.Digest { return entry.LeafHash(p.Stored) }

// Pruned reports a page of which only the header is kept.
func (p *Page) Pruned() bool { return len(p.Entries) == 0 }

// Entry is the stored entry at index i.
func (p *Page) Entry(i uint32) ([]byte, error) {
	if err := p.open(); err != nil {
		return nil, err
	}
	if int(i) >= len(p.parts.entries) {
		return nil, fmt.Errorf("page %d has %d entries, there is none at %d", p.Header.Number, len(p.parts.entries), i)
	}
	return p.parts.entries[i], nil
}

// All are the stored entries in order.
func (p *Page) All() ([][]byte, error) {
	err := p.open()
	return p.parts.entries, err
}

// Frame is the frame record at index i.
func (p *Page) Frame(i uint32) (*entry.FrameRecord, error) {
	if err := p.open(); err != nil {
		return nil, err
	}
	if int(i) >= len(p.parts.frames) {
		return nil, fmt.Errorf("page %d has %d frames, there is none at %d", p.Header.Number, len(p.parts.frames), i)
	}
	return &p.parts.frames[i], nil
}

// Payload is the payload of the accepted, refused or originated message at entry index i.
func (p *Page) Payload(i uint32) ([]byte, error) {
	if err := p.open(); err != nil {
		return nil, err
	}
	if int(i) >= len(p.parts.ordinal) || p.parts.ordinal[i] < 0 {
		return nil, fmt.Errorf("page %d: entry %d is not a message", p.Header.Number, i)
	}
	return p.parts.payloads[p.parts.ordinal[i]], nil
}

// Tree is the Merkle tree over the page's entries.
func (p *Page) Tree() (*evidence.Tree, error) {
	err := p.open()
	return p.parts.tree, err
}

// open reads the runs once; concurrent callers wait for the first.
func (p *Page) open() error {
	p.index.Do(func() {
		if p.parts.tree == nil {
			p.parts, p.err = split(p)
		}
	})
	return p.err
}

// Check recomputes everything that the header binds: entries, bodies, counts. The chain and the signature are the caller's.
func (p *Page) Check() error {
	if h, err := evidence.DecodeHeader(p.Stored); err != nil {
		return err
	} else if h != p.Header {
		return fmt.Errorf("page %d: stored header differs from the one in use", p.Header.Number)
	}
	if p.Pruned() {
		return nil
	}
	if corridor.DigestOf(p.Bodies) != p.Header.Bodies {
		return fmt.Errorf("page %d: the frames and payloads are not those that were signed", p.Header.Number)
	}
	fresh := Page{Header: p.Header, Stored: p.Stored, Entries: p.Entries, Bodies: p.Bodies}
	t, err := fresh.Tree()
	if err != nil {
		return err
	}
	if t.Root() != p.Header.Root {
		return fmt.Errorf("page %d: the entries are not those that were signed", p.Header.Number)
	}
	return nil
}

func split(p *Page) (parts, error) {
	var q parts
	fail := func(what string) (parts, error) {
		return parts{}, fmt.Errorf("page %d: the stored %s are not well formed", p.Header.Number, what)
	}
	var ok bool
	if q.entries, _, ok = cutRun(p.Entries, corridor.MaxPageEntries, true); !ok || len(q.entries) != int(p.Header.Entries) {
		return fail("entries")
	}
	rest, err := q.cutFrames(p.Bodies)
	if err != nil {
		return fail("frames")
	}
	if q.payloads, _, ok = cutRun(rest, corridor.MaxPageEntries, true); !ok {
		return fail("payloads")
	}
	leaves := make([]corridor.Digest, len(q.entries))
	q.ordinal = make([]int32, len(q.entries))
	next := int32(0)
	for i, e := range q.entries {
		leaves[i] = entry.LeafHash(e)
		q.ordinal[i] = -1
		if carriesPayload(entry.KindOf(e)) {
			q.ordinal[i] = next
			next++
		}
	}
	if int(next) != len(q.payloads) {
		return fail("payloads")
	}
	q.tree = evidence.NewTree(leaves)
	return q, nil
}

func carriesPayload(k entry.Kind) bool {
	return k == entry.KindAccepted || k == entry.KindRefused || k == entry.KindOriginated
}

func (q *parts) cutFrames(b []byte) ([]byte, error) {
	n, l := binary.Uvarint(b)
	if l <= 0 || n > corridor.MaxPageEntries {
		return nil, fmt.Errorf("frames")
	}
	b = b[l:]
	for range n {
		f, rest, err := entry.DecodeFrameRecord(b)
		if err != nil {
			return nil, err
		}
		q.frames, b = append(q.frames, f), rest
	}
	return b, nil
}

// cutRun cuts a run of items; whole asks that nothing follows it.
func cutRun(b []byte, most uint64, whole bool) (items [][]byte, rest []byte, ok bool) {
	n, l := binary.Uvarint(b)
	if l <= 0 || n > most {
		return nil, nil, false
	}
	b = b[l:]
	items = make([][]byte, 0, min(n, uint64(len(b))))
	for range n {
		size, l := binary.Uvarint(b)
		if l <= 0 || size > uint64(len(b)-l) {
			return nil, nil, false
		}
		items = append(items, b[l:l+int(size):l+int(size)])
		b = b[l+int(size):]
	}
	return items, b, !whole || len(b) == 0
}

// Builder fills one page. It is not safe for concurrent use.
type Builder struct {
	entries  [][]byte
	frames   []entry.FrameRecord
	payloads [][]byte
	leaves   []corridor.Digest
	ordinal  []int32
	size     int
	arena    []byte
}

// Add appends an entry, with its payload if it is a message, and returns its index. The payload is not copied.
func (b *Builder) Add(e entry.Entry, payload []byte) uint32 {
	at := len(b.arena)
	b.arena = entry.Append(b.arena, e)
	stored := b.arena[at:len(b.arena):len(b.arena)]
	b.entries = append(b.entries, stored)
	b.leaves = append(b.leaves, entry.LeafHash(stored))
	ordinal := int32(-1)
	if carriesPayload(e.Kind()) {
		ordinal = int32(len(b.payloads))
		b.payloads = append(b.payloads, payload)
	}
	b.ordinal = append(b.ordinal, ordinal)
	b.size += len(stored) + len(payload) + 8
	return uint32(len(b.entries) - 1)
}

// AddFrame keeps a frame's record and returns its index.
func (b *Builder) AddFrame(r entry.FrameRecord) uint32 {
	b.frames = append(b.frames, r)
	b.size += 100 + 32*len(r.Leaves)
	return uint32(len(b.frames) - 1)
}

// Size is about the size of the page in bytes, and Len the number of its entries.
func (b *Builder) Size() int { return b.size }
func (b *Builder) Len() int  { return len(b.entries) }

// Seal closes the page. The header's entries, root and bodies are filled in; sign signs what the signature covers.
func (b *Builder) Seal(h evidence.Header, sign func(message []byte) []byte) *Page {
	p := &Page{Header: h}
	p.Entries = appendRun(make([]byte, 0, len(b.arena)+3*len(b.entries)+4), b.entries)
	p.Bodies = binary.AppendUvarint(make([]byte, 0, b.size+16), uint64(len(b.frames)))
	for i := range b.frames {
		p.Bodies = b.frames[i].Append(p.Bodies)
	}
	p.Bodies = appendRun(p.Bodies, b.payloads)
	p.parts = parts{b.entries, b.frames, b.payloads, b.ordinal, evidence.NewTree(b.leaves)}
	p.Header.Entries = uint32(len(b.entries))
	p.Header.Root = p.parts.tree.Root()
	p.Header.Bodies = corridor.DigestOf(p.Bodies)
	p.Stored = p.Header.Append(nil)
	p.Signature = sign(evidence.AppendSignedHeader(nil, p.Stored))
	return p
}

func appendRun(b []byte, items [][]byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(items)))
	for _, it := range items {
		b = binary.AppendUvarint(b, uint64(len(it)))
		b = append(b, it...)
	}
	return b
}
