package evidence

import (
	"fmt"
	"math/bits"

	"corridor.example/corridor"
	"golang.org/x/mod/sumdb/tlog"
)

// Log is the right edge of the log of pages: a Merkle tree (RFC 6962) whose leaf n is the hash of page n. It is enough
// to append a page and to know the root, and has one hash for each bit of the size.
//
// The other hashes are stored with the pages: page n's row keeps those of the subtrees that it completes, level 0 first
// (the order of tlog.StoredHashes). So the hash of level l and number k stands in the row of page (k+1)<<l - 1, at index l.
type Log struct {
	size uint64
	edge []corridor.Digest // complete subtrees, the largest first
}

// Add appends a page and returns the hashes to store in its row.
func (l *Log) Add(page corridor.Digest) []corridor.Digest {
	level := bits.TrailingZeros64(l.size + 1)
	row := make([]corridor.Digest, 1, 1+level)
	row[0] = page
	top := len(l.edge)
	for i := range level {
		top--
		row = append(row, nodeHash(&l.edge[top], &row[i]))
	}
	l.edge = append(l.edge[:top], row[level])
	l.size++
	return row
}

// Size is the number of pages.
func (l *Log) Size() uint64 { return l.size }

// Root is the root over all pages; that of none is the digest of nothing.
func (l *Log) Root() corridor.Digest {
	if len(l.edge) == 0 {
		return corridor.DigestOf(nil)
	}
	root := l.edge[len(l.edge)-1]
	for i := len(l.edge) - 2; i >= 0; i-- {
		root = nodeHash(&l.edge[i], &root)
	}
	return root
}

// Clone is an independent copy: a page that cannot be made durable leaves the original as it was.
func (l *Log) Clone() *Log {
	return &Log{size: l.size, edge: append([]corridor.Digest(nil), l.edge...)}
}

// ResumeLog reads the right edge of a log of the given size from its stored hashes.
func ResumeLog(size uint64, stored tlog.HashReader) (*Log, error) {
	var indexes []int64
	for rest, from := size, uint64(0); rest > 0; {
		level := bits.Len64(rest) - 1
		indexes = append(indexes, tlog.StoredHashIndex(level, int64(from>>level)))
		from += 1 << level
		rest -= 1 << level
	}
	hashes, err := stored.ReadHashes(indexes)
	if err != nil {
		return nil, fmt.Errorf("log of %d pages: %w", size, err)
	}
	return &Log{size: size, edge: digests(hashes)}, nil
}

// Row tells where the stored hash of a tlog index stands: in which page's row, and at which index there.
func Row(index int64) (page uint64, at int) {
	level, k := tlog.SplitStoredHashIndex(index)
	return uint64(k+1)<<level - 1, level
}

// Rows serves the log's hashes from the rows of pages. read returns for each page asked for the hashes of its row.
func Rows(read func(pages []uint64) ([][]corridor.Digest, error)) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		pages, at := make([]uint64, len(indexes)), make([]int, len(indexes))
		for i, x := range indexes {
			pages[i], at[i] = Row(x)
		}
		rows, err := read(pages)
		if err != nil {
			return nil, err
		}
		if len(rows) != len(pages) {
			return nil, fmt.Errorf("log: %d rows were read where %d were asked for", len(rows), len(pages))
		}
		out := make([]tlog.Hash, len(indexes))
		for i, row := range rows {
			if at[i] >= len(row) {
				return nil, fmt.Errorf("log: the row of page %d has %d hashes, the one of level %d is missing", pages[i], len(row), at[i])
			}
			out[i] = tlog.Hash(row[at[i]])
		}
		return out, nil
	})
}

// ProveConsistency proves that the log of size old is the beginning of the log of size size.
func ProveConsistency(old, size uint64, stored tlog.HashReader) ([]corridor.Digest, error) {
	if old == 0 || old == size {
		return nil, nil
	}
	if old > size {
		return nil, fmt.Errorf("log: %d pages cannot be the beginning of %d", old, size)
	}
	p, err := tlog.ProveTree(int64(size), int64(old), stored)
	if err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	return digests(p), nil
}

// CheckConsistency checks that the older checkpoint's log is the beginning of the newer one's.
func CheckConsistency(older, newer Checkpoint, proof []corridor.Digest) error {
	switch {
	case older.Network != newer.Network:
		return fmt.Errorf("checkpoints of two networks, %s and %s", older.Network, newer.Network)
	case older.Size > newer.Size:
		return fmt.Errorf("the older checkpoint has %d pages, more than the newer with %d: give them the other way round", older.Size, newer.Size)
	case older.Size == 0:
		return trivial(older.Root == corridor.DigestOf(nil) && len(proof) == 0)
	case older.Size == newer.Size:
		return trivial(older.Root == newer.Root && len(proof) == 0)
	case len(proof) > MaxLogProof || newer.Size > 1<<62:
		return ErrProof
	}
	if err := tlog.CheckTree(hashes(proof), int64(newer.Size), tlog.Hash(newer.Root), int64(older.Size), tlog.Hash(older.Root)); err != nil {
		return errTwoHistories
	}
	return nil
}

var errTwoHistories = fmt.Errorf("the older checkpoint is not the beginning of the newer one, or the proof is not theirs: if the network made both, it shows two histories")

func trivial(same bool) error {
	if !same {
		return errTwoHistories
	}
	return nil
}

// ProveInclusion proves that page n stands in the log of the given size.
func ProveInclusion(n, size uint64, stored tlog.HashReader) ([]corridor.Digest, error) {
	if n >= size {
		return nil, fmt.Errorf("log: there is no page %d in a log of %d pages", n, size)
	}
	p, err := tlog.ProveRecord(int64(size), int64(n), stored)
	if err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	return digests(p), nil
}

// CheckInclusion checks that the page stands in the checkpoint's log, at its own number.
func CheckInclusion(c Checkpoint, page *Header, proof []corridor.Digest) error {
	if page.Network != c.Network {
		return fmt.Errorf("page of the network %s, checkpoint of %s", page.Network, c.Network)
	}
	if page.Number >= c.Size || c.Size > 1<<62 || len(proof) > MaxLogProof {
		return fmt.Errorf("%w (page %d, a log of %d pages)", ErrProof, page.Number, c.Size)
	}
	if err := tlog.CheckRecord(hashes(proof), int64(c.Size), tlog.Hash(c.Root), int64(page.Number), tlog.Hash(page.Hash())); err != nil {
		return fmt.Errorf("page %d is not in the checkpoint's log, or the proof is not its own", page.Number)
	}
	return nil
}

func digests(h []tlog.Hash) []corridor.Digest {
	out := make([]corridor.Digest, len(h))
	for i := range h {
		out[i] = corridor.Digest(h[i])
	}
	return out
}

func hashes(d []corridor.Digest) []tlog.Hash {
	out := make([]tlog.Hash, len(d))
	for i := range d {
		out[i] = tlog.Hash(d[i])
	}
	return out
}
