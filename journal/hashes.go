package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"golang.org/x/mod/sumdb/tlog"
)

const digestSize = len(corridor.Digest{})

// nextHashes are the hashes to store with the page that is added to the log.
func nextHashes(log *evidence.Log, page corridor.Digest) []byte {
	var b []byte
	for _, h := range log.Add(page) {
		b = append(b, h[:]...)
	}
	return b
}

// Hashes reads the log of checkpoints, whose leaf n is page n; see evidence.ProveConsistency and evidence.ResumeLog.
func (j *Journal) Hashes(ctx context.Context) tlog.HashReader {
	return evidence.Rows(func(pages []uint64) ([][]corridor.Digest, error) {
		out := make([][]corridor.Digest, len(pages))
		for i, number := range pages {
			h, err := j.pageHashes(ctx, number)
			if err != nil {
				return nil, err
			}
			out[i] = h
		}
		return out, nil
	})
}

// Log reads the log's right edge after the first pages of the journal.
func (j *Journal) Log(ctx context.Context, pages uint64) (*evidence.Log, error) {
	return evidence.ResumeLog(pages, j.Hashes(ctx))
}

// pageHashes are the hashes in the row of a page; the first is the page's own.
func (j *Journal) pageHashes(ctx context.Context, number uint64) ([]corridor.Digest, error) {
	var stored []byte
	err := j.engine.reader().QueryRowContext(ctx, "SELECT hashes FROM page WHERE number = $1", int64(number)).Scan(&stored)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("page %d: %w", number, ErrNoPage)
	case err != nil:
		return nil, j.engine.explain(err)
	case len(stored) != digestSize*(bits.TrailingZeros64(number+1)+1):
		return nil, fmt.Errorf("page %d: its hashes for the log of checkpoints are torn: %w", number, ErrDamaged)
	}
	out := make([]corridor.Digest, len(stored)/digestSize)
	for i := range out {
		copy(out[i][:], stored[i*digestSize:])
	}
	return out, nil
}
