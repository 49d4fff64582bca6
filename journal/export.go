package journal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
)

// An export is a file of pages, in order and whole, that needs nothing else to be checked but the network's root certificate:
//
//	"corridor journal export 1\n"
//	certificate   of the hub in force at the first page, DER; empty if the first page starts a term
//	pages         each: byte 1, header, signature, entries, bodies
//	end           byte 0, SHA-256 of all bytes before it but for the first line's
//
// Each run of bytes has its length before it, as uvarint. Entries and bodies of a pruned page are empty.
const exportMagic = "corridor journal export 1\n"

// The marks before a page and before the end of an export.
const (
	exportEnd  = 0
	exportPage = 1
)

// Export writes the pages from first to last, both included, and returns how many. Each page is asserted on the way.
func (j *Journal) Export(ctx context.Context, first, last uint64, w io.Writer) (pages uint64, err error) {
	certificate, err := j.certificateBefore(ctx, first)
	if err != nil {
		return 0, err
	}
	x := newExporter(w)
	x.run(certificate)
	for p, err := range j.Scan(ctx, first, last, Whole) {
		if err != nil {
			return pages, err
		}
		x.page(p)
		if x.err != nil {
			return pages, fmt.Errorf("export: %w", x.err)
		}
		pages++
	}
	if pages == 0 {
		return 0, fmt.Errorf("page %d: %w", first, ErrNoPage)
	}
	return pages, x.end()
}

// certificateBefore is the hub's certificate that is in force when a page begins.
func (j *Journal) certificateBefore(ctx context.Context, first uint64) ([]byte, error) {
	if first == 0 {
		return nil, nil
	}
	term, err := j.termAt(ctx, first)
	if err != nil {
		return nil, err
	}
	number, err := j.firstOfTerm(ctx, term, 0, first)
	if err != nil || number == first {
		return nil, err
	}
	t, err := j.readTerm(ctx, number, term)
	return t.Certificate, err
}

// exporter writes an export; the first error sticks.
type exporter struct {
	w   *bufio.Writer
	sum hash.Hash
	err error
}

func newExporter(w io.Writer) *exporter { return newExporterOf(w, exportMagic) }

func newExporterOf(w io.Writer, magic string) *exporter {
	x := &exporter{w: bufio.NewWriterSize(w, 1<<16), sum: sha256.New()}
	_, x.err = x.w.WriteString(magic)
	return x
}

func (x *exporter) write(b []byte) {
	if x.err == nil {
		x.sum.Write(b)
		_, x.err = x.w.Write(b)
	}
}

func (x *exporter) run(b []byte) {
	x.write(binary.AppendUvarint(nil, uint64(len(b))))
	x.write(b)
}

func (x *exporter) page(p *Page) {
	x.write([]byte{exportPage})
	for _, b := range [][]byte{p.Stored, p.Signature, p.Entries, p.Bodies} {
		x.run(b)
	}
}

func (x *exporter) end() error {
	x.write([]byte{exportEnd})
	if x.err == nil {
		_, x.err = x.w.Write(x.sum.Sum(nil))
	}
	if x.err == nil {
		x.err = x.w.Flush()
	}
	if x.err != nil {
		return fmt.Errorf("export: %w", x.err)
	}
	return nil
}

// ErrExport says that a file is not a whole export of this format.
var ErrExport = errors.New("this is not a whole export of a journal: it was cut off, altered or is another kind of file")

// ReadExport yields the pages of an export, redacted or not. Each is asserted to be what its header binds and to follow the one before; signatures are
// the caller's, see CheckExport. The last page is yielded before the end of the file is seen, so that what counts is that no error comes.
func ReadExport(r io.Reader) iter.Seq2[*Page, error] {
	return func(yield func(*Page, error) bool) {
		x := newImporter(r)
		x.run(maxRun)
		for x.more() {
			p, err := x.page()
			if !yield(p, err) || err != nil {
				return
			}
		}
		if x.err != nil {
			yield(nil, x.err)
		}
	}
}

// CheckExport checks an export as Check checks a journal. The log's root is known only if it begins with page 0.
func CheckExport(r io.Reader, o CheckOptions) (Report, error) {
	x := newImporter(r)
	c := checker{options: o, log: &evidence.Log{}, pruned: func() (uint64, error) { return ToEnd, nil }}
	c.report.Authority = o.HubKey != nil
	c.report.Redaction = x.redacted
	certificate := x.run(maxRun)
	for x.more() {
		p, err := x.page()
		if err != nil {
			return c.report, err
		}
		if c.before == nil {
			if err := c.begin(p, certificate); err != nil {
				return c.report, err
			}
		}
		if err := c.page(p); err != nil {
			return c.report, err
		}
		if o.Progress != nil {
			o.Progress(c.report.Pages)
		}
	}
	if x.err != nil {
		return c.report, x.err
	}
	return c.report, c.end()
}

// Import appends the pages of an export that the journal does not have yet. It stops at the first that does not follow.
func (j *Journal) Import(ctx context.Context, r io.Reader) (pages uint64, err error) {
	for p, err := range ReadExport(r) {
		if err != nil {
			return pages, err
		}
		if p.redaction != nil {
			return pages, errRedacted
		}
		if p.Pruned() {
			return pages, fmt.Errorf("page %d is pruned: a journal is restored from exports of whole pages", p.Header.Number)
		}
		if err := j.Append(ctx, p); err != nil {
			return pages, err
		}
		pages++
	}
	return pages, nil
}

// importer reads an export; the first error sticks.
type importer struct {
	r        *bufio.Reader
	sum      hash.Hash
	err      error
	before   *Page
	redacted *Redaction // of a redacted export
}

func newImporter(r io.Reader) *importer {
	x := &importer{r: bufio.NewReaderSize(r, 1<<16), sum: sha256.New()}
	magic, err := x.r.ReadSlice('\n')
	switch {
	case err != nil:
		x.err = ErrExport
	case string(magic) == redactedMagic:
		x.readRedaction()
	case string(magic) != exportMagic:
		x.err = ErrExport
	}
	return x
}

func (x *importer) byte() byte {
	if x.err != nil {
		return 0
	}
	b, err := x.r.ReadByte()
	if err != nil {
		x.err = ErrExport
		return 0
	}
	x.sum.Write([]byte{b})
	return b
}

func (x *importer) run(most uint64) []byte {
	n := x.uvarint(most)
	if n == 0 {
		return nil
	}
	if n <= runAtOnce {
		b := make([]byte, n)
		x.read(b)
		return b
	}
	var b bytes.Buffer // grows with what comes, whatever the length says
	if _, err := io.CopyN(&b, x.r, int64(n)); err != nil {
		x.err = ErrExport
		return nil
	}
	x.sum.Write(b.Bytes())
	return b.Bytes()
}

// more reports another page; at the end it checks the sum and that nothing follows.
func (x *importer) more() bool {
	mark := x.byte()
	if x.err != nil {
		return false
	}
	if mark == exportPage {
		return true
	}
	sum := make([]byte, sha256.Size)
	_, err := io.ReadFull(x.r, sum)
	if mark != exportEnd || err != nil || !bytes.Equal(sum, x.sum.Sum(nil)) {
		x.err = ErrExport
		return false
	}
	if _, err := x.r.ReadByte(); err != io.EOF {
		x.err = ErrExport
	}
	return false
}

func (x *importer) page() (*Page, error) {
	if x.redacted != nil {
		return x.redactedPage()
	}
	r := row{header: x.run(maxRun), signature: x.run(corridor.SignatureSize), entries: x.run(maxRun), bodies: x.run(maxRun)}
	if x.err != nil {
		return nil, x.err
	}
	h, err := evidence.DecodeHeader(r.header)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrExport, err)
	}
	hash := h.Hash()
	r.number, r.hashes = h.Number, hash[:]
	first := h.Number
	if x.before != nil {
		first = x.before.Header.Number + 1
	}
	x.before, err = follow(x.before, &r, first)
	return x.before, err
}
