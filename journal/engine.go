package journal

import (
	"context"
	"database/sql"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
)

// engine is what differs between the two databases; everything else is the same SQL over their readers.
type engine interface {
	// insert makes a row durable. It returns errTaken if there is a row of that number, and ErrOrder if the row before is not
	// that of r.previous. After any other error but ErrInDoubt a row that cannot be read back was not written.
	insert(ctx context.Context, r *row) error
	// confirm makes sure that what can be read is as durable as what insert wrote.
	confirm(ctx context.Context) error
	// change runs statements in one durable transaction of its own, beside the inserts.
	change(ctx context.Context, do func(tx execer) error) error
	// reader is for look-ups; it never waits for insert.
	reader() *sql.DB
	// durability says in words what a commit survives.
	durability(ctx context.Context) (string, error)
	// explain makes an error of the database one that tells what to do.
	explain(err error) error
	close() error
}

// execer is the part of a transaction that changes need; both engines have it.
type execer interface {
	exec(ctx context.Context, query string, args ...any) (changed int64, err error)
}

var (
	_ engine = (*sqliteEngine)(nil)
	_ engine = (*postgresEngine)(nil)
)

// row is a page as both databases keep it. Hashes are those that the page adds to the log of checkpoints, in the order of
// tlog.StoredHashes: the page's own hash first.
type row struct {
	number    uint64
	header    []byte
	signature []byte
	hashes    []byte
	entries   []byte
	bodies    []byte
	previous  corridor.Digest
}

// columns are those of row in the order of parts.
const columns = "number, header, signature, hashes"

// page makes a page of a row and asserts what needs nothing but the row: the number, the header's form and that it is the one
// that the log of checkpoints names.
func (r *row) page() (*Page, error) {
	h, err := evidence.DecodeHeader(r.header)
	if err != nil {
		return nil, fmt.Errorf("page %d: %w", r.number, err)
	}
	p := &Page{Header: h, Stored: r.header, Signature: r.signature, Entries: r.entries, Bodies: r.bodies}
	switch {
	case h.Number != r.number:
		return nil, fmt.Errorf("page %d: its header says that it is page %d", r.number, h.Number)
	case len(r.signature) != corridor.SignatureSize:
		return nil, fmt.Errorf("page %d: the signature has %d bytes, not %d", r.number, len(r.signature), corridor.SignatureSize)
	case len(r.hashes) < len(corridor.Digest{}) || corridor.Digest(r.hashes[:len(corridor.Digest{})]) != p.Hash():
		return nil, fmt.Errorf("page %d: the stored hash is not that of its header", r.number)
	}
	return p, nil
}
