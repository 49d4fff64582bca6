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
// Entries is a run of stored entries. Bodies is a run of payloads, in the order of the entries that carry one, and then the
// frame records. A run has a count before and a length before each item, all uvarint. A page that was read for its entries only has no bodies; a pruned page has its
// header and signature only.
type Page struct {
	Header    evidence.Header
	Stored    []byte // the header as signed
	Signature []byte
	Entries   []byte
	Bodies    []byte

	redaction   *Redaction // of the redacted export that it was read from
	onceEntries sync.Once
	entries     entryParts
	entriesErr  error
	onceBodies  sync.Once
	bodies      bodyParts
	bodiesErr   error
}

// entryParts are the entries of a page by index, aliasing Entries, and the tree over them.
type entryParts struct {
	stored  [][]byte
	ordinal []int32 // entry index → payload index, -1 for none
	carry   int     // how many carry a payload
	tree    *evidence.Tree
}

// bodyParts are the frames and payloads of a page, aliasing Bodies.
type bodyParts struct {
	frames   []entry.FrameRecord
	trees    []*evidence.Tree // over each frame's leaves; built at need where nil
	payloads [][]byte
	sealed   bool
}

// Hash names the page.
func (p *Page) Hash() corridor.Digest { return entry.LeafHash(p.Stored) }

// Pruned reports a page of which the frames and payloads are gone, and most often the entries too.
func (p *Page) Pruned() bool { return len(p.Bodies) == 0 }

// Entry is the stored entry at index i.
func (p *Page) Entry(i uint32) ([]byte, error) {
	if err := p.openEntries(); err != nil {
		return nil, err
	}
	if int(i) >= len(p.entries.stored) {
		return nil, fmt.Errorf("page %d has %d entries, there is none at %d", p.Header.Number, len(p.entries.stored), i)
	}
	return p.entries.stored[i], nil
}

// All are the stored entries in order.
func (p *Page) All() ([][]byte, error) {
	err := p.openEntries()
	return p.entries.stored, err
}

// Tree is the Merkle tree over the page's entries.
func (p *Page) Tree() (*evidence.Tree, error) {
	err := p.openEntries()
	return p.entries.tree, err
}

// Frame is the frame record at index i.
func (p *Page) Frame(i uint32) (*entry.FrameRecord, error) {
	if err := p.openBodies(); err != nil {
		return nil, err
	}
	if int(i) >= len(p.bodies.frames) {
		return nil, fmt.Errorf("page %d has %d frames, there is none at %d", p.Header.Number, len(p.bodies.frames), i)
	}
	return &p.bodies.frames[i], nil
}

// FrameTree is the Merkle tree over the statements of the frame at index i.
func (p *Page) FrameTree(i uint32) (*evidence.Tree, error) {
	r, err := p.Frame(i)
	if err != nil {
		return nil, err
	}
	if int(i) < len(p.bodies.trees) && p.bodies.trees[i] != nil {
		return p.bodies.trees[i], nil
	}
	return evidence.NewTree(r.Leaves), nil
}

// FrameRoot is the root over the statements of the frame at index i, which its signature covers.
func (p *Page) FrameRoot(i uint32) (corridor.Digest, error) {
	t, err := p.FrameTree(i)
	if err != nil {
		return corridor.Digest{}, err
	}
	return t.Root(), nil
}

// Place is the page's number and time.
func (p *Page) Place() (number uint64, time int64) { return p.Header.Number, p.Header.Time }

// Frames is how many frame records the page keeps.
func (p *Page) Frames() (int, error) {
	err := p.openBodies()
	return len(p.bodies.frames), err
}

// Payload is the payload of the accepted, refused or originated message at entry index i.
func (p *Page) Payload(i uint32) ([]byte, error) {
	if p.redaction != nil {
		return nil, fmt.Errorf("page %d: this export has no contents", p.Header.Number)
	}
	if err := p.openBodies(); err != nil {
		return nil, err
	}
	if int(i) >= len(p.entries.ordinal) || p.entries.ordinal[i] < 0 {
		return nil, fmt.Errorf("page %d: entry %d is not a message", p.Header.Number, i)
	}
	return p.bodies.payloads[p.entries.ordinal[i]], nil
}

// openEntries reads the run of entries once; concurrent callers wait for the first.
func (p *Page) openEntries() error {
	p.onceEntries.Do(func() {
		if p.entries.tree == nil {
			p.entries, p.entriesErr = splitEntries(p)
		}
	})
	return p.entriesErr
}

// openBodies reads the frames and payloads once, and the entries that say which of them have a payload.
func (p *Page) openBodies() error {
	if err := p.openEntries(); err != nil {
		return err
	}
	p.onceBodies.Do(func() {
		if !p.bodies.sealed {
			p.bodies, p.bodiesErr = splitBodies(p)
		}
	})
	return p.bodiesErr
}

// Check recomputes what the header binds of that which the page holds: entries, bodies, counts. The chain and the signature
// are the caller's.
func (p *Page) Check() error {
	if h, err := evidence.DecodeHeader(p.Stored); err != nil {
		return err
	} else if h != p.Header {
		return fmt.Errorf("page %d: stored header differs from the one in use", p.Header.Number)
	}
	if err := p.checkEntries(); err != nil {
		return err
	}
	return p.checkBodies()
}

func (p *Page) checkEntries() error {
	if len(p.Entries) == 0 {
		return nil
	}
	fresh := Page{Header: p.Header, Entries: p.Entries}
	t, err := fresh.Tree()
	if err != nil {
		return err
	}
	if t.Root() != p.Header.Root {
		return fmt.Errorf("page %d: the entries are not those that were signed", p.Header.Number)
	}
	return nil
}

func (p *Page) checkBodies() error {
	if len(p.Bodies) == 0 {
		return nil
	}
	if corridor.DigestOf(p.Bodies) != p.Header.Bodies {
		return fmt.Errorf("page %d: the frames and payloads are not those that were signed", p.Header.Number)
	}
	if len(p.Entries) == 0 {
		return nil
	}
	return p.openBodies()
}

// verify is Check for a page that was just read and has no tree yet: the tree that is built for it stays.
func (p *Page) verify() error {
	if len(p.Entries) > 0 {
		if t, err := p.Tree(); err != nil {
			return err
		} else if t.Root() != p.Header.Root {
			return fmt.Errorf("page %d: the entries are not those that were signed", p.Header.Number)
		}
	}
	return p.checkBodies()
}

func (p *Page) malformed(what string) error {
	return fmt.Errorf("page %d: the stored %s are not well formed", p.Header.Number, what)
}

func splitEntries(p *Page) (entryParts, error) {
	if p.redaction != nil {
		return entryParts{}, fmt.Errorf("page %d: this export shows none of its entries", p.Header.Number)
	}
	if len(p.Entries) == 0 {
		return entryParts{}, fmt.Errorf("page %d was pruned: its entries are in the export that was made before", p.Header.Number)
	}
	var q entryParts
	var ok bool
	if q.stored, _, ok = cutRun(p.Entries, corridor.MaxPageEntries, true); !ok || len(q.stored) != int(p.Header.Entries) {
		return entryParts{}, p.malformed("entries")
	}
	leaves := make([]corridor.Digest, len(q.stored))
	q.ordinal = make([]int32, len(q.stored))
	for i, e := range q.stored {
		leaves[i] = entry.LeafHash(e)
		q.ordinal[i] = -1
		if carriesPayload(entry.KindOf(e)) {
			q.ordinal[i] = int32(q.carry)
			q.carry++
		}
	}
	q.tree = evidence.NewTree(leaves)
	return q, nil
}

func splitBodies(p *Page) (bodyParts, error) {
	if len(p.Bodies) == 0 {
		return bodyParts{}, fmt.Errorf("page %d: its frames and payloads were not read, or pruned: they are in the export that was made before", p.Header.Number)
	}
	var q bodyParts
	var rest []byte
	var ok bool
	if q.payloads, rest, ok = cutRun(p.Bodies, corridor.MaxPageEntries, false); !ok || len(q.payloads) != p.entries.carry {
		return bodyParts{}, p.malformed("payloads")
	}
	if rest, err := q.cutFrames(rest); err != nil || len(rest) != 0 {
		return bodyParts{}, p.malformed("frames")
	}
	return q, nil
}

func carriesPayload(k entry.Kind) bool {
	return k == entry.KindAccepted || k == entry.KindRefused || k == entry.KindOriginated
}

func (q *bodyParts) cutFrames(b []byte) ([]byte, error) {
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

// Builder fills one page. It is not safe for concurrent use. Entries and payloads are written once, into the two buffers that
// become the page's Entries and Bodies.
type Builder struct {
	entries  run
	payloads run
	frames   []entry.FrameRecord
	trees    []*evidence.Tree
	leaves   []corridor.Digest
	ordinal  []int32
	size     int
}

// run is a run of items that is being written; room for its count is left before it.
type run struct {
	buffer []byte
	ends   []int // of each item in buffer
	hint   int   // room that pages needed lately
}

// countRoom is the room for a count: MaxPageEntries takes three bytes.
const countRoom = 3

// NewBuilder makes an empty page with room for as much as the page before had.
func NewBuilder(before *Builder) *Builder {
	b := &Builder{}
	if before != nil {
		b.entries, b.payloads = before.entries.next(), before.payloads.next()
		b.leaves = make([]corridor.Digest, 0, len(before.leaves)*5/4)
		b.ordinal = make([]int32, 0, len(before.ordinal)*5/4)
	}
	return b
}

// next has the room that the largest of the pages before had; that is forgotten by and by.
func (r *run) next() run {
	hint := max(len(r.buffer)+len(r.buffer)/16, r.hint-r.hint/8)
	return run{buffer: make([]byte, 0, hint), ends: make([]int, 0, max(len(r.ends)*5/4, hint/1024)), hint: hint}
}

func (r *run) begin() {
	if len(r.buffer) == 0 {
		r.buffer = append(r.buffer, make([]byte, countRoom)...)
	}
}

// add appends one item.
func (r *run) add(item []byte) {
	r.begin()
	r.buffer = binary.AppendUvarint(r.buffer, uint64(len(item)))
	r.buffer = append(r.buffer, item...)
	r.ends = append(r.ends, len(r.buffer))
}

// seal writes the count and returns the run and its items; what is appended to the run later does not move them.
func (r *run) seal() (whole []byte, items [][]byte) {
	r.begin()
	var count [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(count[:], uint64(len(r.ends)))
	copy(r.buffer[countRoom-n:], count[:n])
	items = make([][]byte, len(r.ends))
	at := countRoom
	for i, end := range r.ends {
		_, l := binary.Uvarint(r.buffer[at:])
		items[i] = r.buffer[at+l : end : end]
		at = end
	}
	return r.buffer[countRoom-n:], items
}

// Add appends an entry, with a copy of its payload if it is a message, and returns its index.
func (b *Builder) Add(e entry.Entry, payload []byte) uint32 {
	var scratch [512]byte
	stored := entry.Append(scratch[:0], e)
	b.entries.add(stored)
	b.leaves = append(b.leaves, entry.LeafHash(stored))
	ordinal := int32(-1)
	if carriesPayload(e.Kind()) {
		ordinal = int32(len(b.payloads.ends))
		b.payloads.add(payload)
	}
	b.ordinal = append(b.ordinal, ordinal)
	b.size += len(stored) + len(payload) + 8
	return uint32(len(b.leaves) - 1)
}

// AddFrame keeps a frame's record and returns its index.
func (b *Builder) AddFrame(r entry.FrameRecord) uint32 { return b.AddFrameTree(r, nil) }

// AddFrameTree is AddFrame for who has the tree over the record's leaves already: proofs need not build it again.
func (b *Builder) AddFrameTree(r entry.FrameRecord, tree *evidence.Tree) uint32 {
	b.frames, b.trees = append(b.frames, r), append(b.trees, tree)
	b.size += 100 + 32*len(r.Leaves)
	return uint32(len(b.frames) - 1)
}

// Size is about the size of the page in bytes, and Len the number of its entries.
func (b *Builder) Size() int { return b.size }
func (b *Builder) Len() int  { return len(b.leaves) }

// Seal closes the page; the builder only serves NewBuilder after it. The header's entries, root and bodies are filled in; sign
// signs what the signature covers.
func (b *Builder) Seal(h evidence.Header, sign func(message []byte) []byte) *Page {
	p := &Page{Header: h}
	p.entries = entryParts{ordinal: b.ordinal, carry: len(b.payloads.ends), tree: evidence.NewTree(b.leaves)}
	p.Entries, p.entries.stored = b.entries.seal()
	p.bodies = bodyParts{frames: b.frames, trees: b.trees, sealed: true}
	p.Bodies, p.bodies.payloads = b.sealBodies()
	p.Header.Entries = uint32(len(b.leaves))
	p.Header.Root = p.entries.tree.Root()
	p.Header.Bodies = corridor.DigestOf(p.Bodies)
	p.Stored = p.Header.Append(nil)
	p.Signature = sign(evidence.AppendSignedHeader(nil, p.Stored))
	return p
}

// sealBodies writes the frames behind the payloads. The frames' signatures point into what members sent; the page keeps its
// own, so that it does not hold those buffers.
func (b *Builder) sealBodies() (whole []byte, payloads [][]byte) {
	b.payloads.begin()
	b.payloads.buffer = binary.AppendUvarint(b.payloads.buffer, uint64(len(b.frames)))
	for i := range b.frames {
		start := len(b.payloads.buffer)
		b.payloads.buffer = b.frames[i].Append(b.payloads.buffer)
		b.frames[i].Signature = b.payloads.buffer[start+entry.SignatureOffset:][:corridor.SignatureSize:corridor.SignatureSize]
	}
	return b.payloads.seal()
}
