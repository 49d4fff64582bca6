package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
)

// A redacted export is an export without what its reader must not see. Chain, signatures and the roots of its pages still hold:
//
//	"corridor journal redacted 1\n"
//	degree        byte 1: no payloads; byte 2: for one institution, followed by its BIC8
//	certificate   as in an export
//	pages         each: byte 1, header, signature, entries, frames
//	end           as in an export
//
// Entries are a count, 0 where all of the page is hidden, and for each entry byte 1 and the stored entry, or byte 0 and its leaf hash.
// Frames are a count and for each a run: the frame's record, or nothing where it is hidden.
//
// A leaf hash hides an entry as well as the entry is hard to guess: a submission has the digest of its payload in it, an assignment
// of numbers has nothing that a patient reader could not try.
const redactedMagic = "corridor journal redacted 1\n"

// The degrees of redaction, and the marks of an entry.
const (
	degreeContents = 1
	degreeMember   = 2

	entryHidden = 0
	entryShown  = 1
)

// Redaction says what an export leaves out.
type Redaction struct {
	// For is the BIC8 of the institution that it is for: only entries that concern it are shown. Empty: all entries, for an auditor.
	For corridor.BIC
}

// String says for whom it is.
func (r Redaction) String() string {
	if r.For == "" {
		return "without contents"
	}
	return "for " + string(r.For)
}

// ExportRedacted writes the pages from first to last without payloads, and where r names an institution without the entries that do not
// concern it. Each page is asserted on the way.
func (j *Journal) ExportRedacted(ctx context.Context, first, last uint64, r Redaction, w io.Writer) (pages uint64, err error) {
	show := func(*Page) ([]bool, error) { return nil, nil }
	if r.For != "" {
		if _, err := corridor.ParseBIC(string(r.For)); err != nil || len(r.For) != 8 {
			return 0, fmt.Errorf("%q is not a BIC of 8 characters: a redacted export is for a whole institution", r.For)
		}
		c := newConcern(r.For)
		for p, err := range j.Scan(ctx, 0, last, EntriesOnly) { // from the beginning: what was published, what was delivered
			if err == nil {
				err = c.survey(p)
			}
			if err != nil {
				return 0, fmt.Errorf("export: %w", err)
			}
		}
		show = c.shown
	}
	certificate, err := j.certificateBefore(ctx, first)
	if err != nil {
		return 0, err
	}
	x := newExporterOf(w, redactedMagic)
	x.redaction(r)
	x.run(certificate)
	for p, err := range j.Scan(ctx, first, last, Whole) {
		if err != nil {
			return pages, err
		}
		if p.Pruned() {
			return pages, fmt.Errorf("page %d was pruned: make the redacted export of an import of the export that was made before", p.Header.Number)
		}
		shown, err := show(p)
		if err != nil {
			return pages, err
		}
		if err := x.redacted(p, shown); err != nil {
			return pages, fmt.Errorf("export: %w", err)
		}
		pages++
	}
	if pages == 0 {
		return 0, fmt.Errorf("page %d: %w", first, ErrNoPage)
	}
	return pages, x.end()
}

func (x *exporter) redaction(r Redaction) {
	if r.For == "" {
		x.write([]byte{degreeContents})
		return
	}
	x.write(append([]byte{degreeMember}, r.For...))
}

// redacted writes a page; shown says which of its entries to write, nil for all.
func (x *exporter) redacted(p *Page, shown []bool) error {
	x.write([]byte{exportPage})
	x.run(p.Stored)
	x.run(p.Signature)
	all, err := p.All()
	if err != nil {
		return err
	}
	frames, err := p.shownFrames(all, shown)
	if err != nil {
		return err
	}
	return x.parts(all, p.entries.tree, shown, frames)
}

// parts writes the entries and frames of a page. An entry that is nil is hidden, a frame that is nil too.
func (x *exporter) parts(all [][]byte, tree *evidence.Tree, shown []bool, frames []*entry.FrameRecord) error {
	visible := func(i int) bool { return all[i] != nil && (shown == nil || shown[i]) }
	any := false
	for i := range all {
		any = any || visible(i)
	}
	if !any {
		x.write([]byte{0, 0}) // no entries, no frames
		return x.err
	}
	x.write(binary.AppendUvarint(nil, uint64(len(all))))
	for i := range all {
		if visible(i) {
			x.write([]byte{entryShown})
			x.run(all[i])
			continue
		}
		leaf := tree.Leaf(uint32(i))
		x.write([]byte{entryHidden})
		x.write(leaf[:])
	}
	x.write(binary.AppendUvarint(nil, uint64(len(frames))))
	for _, f := range frames {
		if f == nil {
			x.run(nil)
			continue
		}
		x.run(f.Append(nil))
	}
	return x.err
}

// shownFrames are the frames of the page that hold a statement of an entry that is shown; the others are nil.
func (p *Page) shownFrames(all [][]byte, shown []bool) ([]*entry.FrameRecord, error) {
	n, err := p.Frames()
	if err != nil {
		return nil, err
	}
	frames := make([]*entry.FrameRecord, n)
	for i, stored := range all {
		if shown != nil && !shown[i] {
			continue
		}
		at, ok := frameOf(stored)
		if !ok {
			continue
		}
		if frames[at], err = p.Frame(at); err != nil {
			return nil, err
		}
	}
	for len(frames) > 0 && frames[len(frames)-1] == nil {
		frames = frames[:len(frames)-1] // one form: the last one that is written is shown
	}
	return frames, nil
}

// frameOf is the frame that an entry's statement came in.
func frameOf(stored []byte) (uint32, bool) {
	switch entry.KindOf(stored) {
	case entry.KindAccepted, entry.KindRefused, entry.KindAcknowledged:
	default:
		return 0, false
	}
	e, err := entry.Decode(stored)
	if err != nil {
		return 0, false
	}
	switch e := e.(type) {
	case *entry.Accepted:
		return e.Frame, true
	case *entry.Refused:
		return e.Frame, true
	case *entry.Acknowledged:
		return e.Frame, true
	}
	return 0, false
}

// Redacted reports a page that was read from a redacted export: entries that are hidden are nil, there are no payloads.
func (p *Page) Redacted() bool { return p.redaction != nil }

// Redaction is that of the export which the page was read from, or nil.
func (p *Page) Redaction() *Redaction { return p.redaction }

// readRedaction reads what stands before the certificate.
func (x *importer) readRedaction() {
	r := &Redaction{}
	switch x.byte() {
	case degreeContents:
	case degreeMember:
		var bic [8]byte
		for i := range bic {
			bic[i] = x.byte()
		}
		r.For = corridor.BIC(bic[:])
		if _, err := corridor.ParseBIC(string(r.For)); err != nil && x.err == nil {
			x.err = fmt.Errorf("%w: it is for %q", ErrExport, r.For)
		}
	default:
		x.refuse()
	}
	x.redacted = r
}

func (x *importer) refuse() {
	if x.err == nil {
		x.err = ErrExport
	}
}

// redactedPage reads a page of a redacted export and asserts that it is what its header binds.
func (x *importer) redactedPage() (*Page, error) {
	p := &Page{Stored: x.run(maxRun), Signature: x.run(corridor.SignatureSize), redaction: x.redacted}
	if x.err != nil {
		return nil, x.err
	}
	h, err := evidence.DecodeHeader(p.Stored)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrExport, err)
	}
	p.Header = h
	x.redactedEntries(p)
	x.redactedFrames(p)
	if x.err != nil {
		return nil, x.err
	}
	if err := x.followsRedacted(p); err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	x.before = p
	return p, nil
}

func (x *importer) followsRedacted(p *Page) error {
	n := p.Header.Number
	switch b := x.before; {
	case p.entries.tree != nil && p.entries.tree.Root() != p.Header.Root:
		return fmt.Errorf("page %d: the entries are not those that were signed", n)
	case x.redacted.For == "" && p.entries.tree == nil:
		return fmt.Errorf("page %d: its entries are missing", n)
	case b != nil && n != b.Header.Number+1:
		return fmt.Errorf("page %d is missing", b.Header.Number+1)
	case b != nil && p.Header.Previous != b.Hash():
		return fmt.Errorf("page %d does not follow page %d", n, n-1)
	}
	return nil
}

func (x *importer) redactedEntries(p *Page) {
	n := x.uvarint(corridor.MaxPageEntries)
	if n != 0 && n != uint64(p.Header.Entries) {
		x.refuse()
	}
	if x.err != nil || n == 0 {
		return
	}
	stored, leaves, any := make([][]byte, n), make([]corridor.Digest, n), false
	ordinal := make([]int32, n)
	for i := range stored {
		ordinal[i] = -1
		switch x.byte() {
		case entryShown:
			if stored[i] = x.run(maxRun); len(stored[i]) == 0 {
				x.refuse()
			}
			leaves[i], any = entry.LeafHash(stored[i]), true
		case entryHidden:
			x.read(leaves[i][:])
			if x.redacted.For == "" {
				x.refuse()
			}
		default:
			x.refuse()
		}
		if x.err != nil {
			return
		}
	}
	if !any {
		x.refuse() // a page of which nothing is shown has a shorter form
		return
	}
	p.entries = entryParts{stored: stored, ordinal: ordinal, tree: evidence.NewTree(leaves)}
}

func (x *importer) redactedFrames(p *Page) {
	n := x.uvarint(corridor.MaxPageEntries)
	if x.err != nil {
		return
	}
	p.bodies.sealed = true
	p.bodies.frames = make([]entry.FrameRecord, n)
	for i := range p.bodies.frames {
		b := x.run(maxRun)
		if x.err != nil {
			return
		}
		last := i == len(p.bodies.frames)-1
		if len(b) == 0 && !last {
			continue
		}
		f, rest, err := entry.DecodeFrameRecord(b)
		if err != nil || len(rest) != 0 || p.entries.tree == nil || !bytes.Equal(f.Append(nil), b) {
			x.refuse()
			return
		}
		p.bodies.frames[i] = f
	}
}

// uvarint reads a number that has one form and is not above most.
func (x *importer) uvarint(most uint64) uint64 {
	var n uint64
	for shift := 0; ; shift += 7 {
		b := x.byte()
		n |= uint64(b&0x7f) << shift
		if b&0x80 == 0 && (b != 0 || shift == 0) {
			break
		}
		if b == 0 || shift > 28 { // a length has one form, and is not that long
			x.refuse()
			return 0
		}
	}
	if n > most {
		x.refuse()
	}
	if x.err != nil {
		return 0
	}
	return n
}

func (x *importer) read(b []byte) {
	if x.err != nil {
		return
	}
	if _, err := io.ReadFull(x.r, b); err != nil {
		x.err = ErrExport
		return
	}
	x.sum.Write(b)
}

// errRedacted says that a redacted export is no source for a journal.
var errRedacted = errors.New("this export is redacted: a journal is restored from exports of whole pages")
