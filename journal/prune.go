package journal

import (
	"context"
	"errors"
	"fmt"

	"corridor.example/corridor/entry"
)

// Prune drops the frames, payloads and entries of the pages before a number. Headers, signatures and hashes stay, so that the chain and
// all proofs of the log hold; so do the entries of a page that starts a term, which name the certificate for the pages after it.
// Make an Export first: what is pruned cannot be proven from this journal any more.
//
// It refuses to go beyond what the latest snapshot does not need any more. Appends go on meanwhile.
func (j *Journal) Prune(ctx context.Context, before uint64, progress func(done uint64)) error {
	if j.readOnly {
		return ErrReadOnly
	}
	s, ok, err := j.LatestSnapshot(ctx)
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("nothing can be pruned: there is no snapshot yet, so that the hub still needs all pages; it makes one now and then")
	}
	if most := min(s.Oldest, s.Page+1); before > most {
		return fmt.Errorf("pages before %d cannot be pruned: the latest snapshot still needs those from %d on; wait for a later one", before, most)
	}
	next, err := j.Pruned(ctx)
	if err != nil {
		return err
	}
	for next < before {
		to := min(next+prunePages, before)
		if err := j.pruneRun(ctx, next, to); err != nil {
			return fmt.Errorf("prune of the pages from %d to %d: %w", next, to-1, err)
		}
		next = to
		if progress != nil {
			progress(next)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Pruned is the number of the first page that is whole.
func (j *Journal) Pruned(ctx context.Context) (uint64, error) {
	var n int64
	err := j.engine.reader().QueryRowContext(ctx, "SELECT pruned FROM facts").Scan(&n)
	return uint64(n), j.engine.explain(err)
}

// pruneRun prunes the pages from first to last-1 and says so, in one transaction.
func (j *Journal) pruneRun(ctx context.Context, first, last uint64) error {
	var starts []uint64
	for p, err := range j.checkedPages(ctx, first, last-1, EntriesOnly) {
		if err != nil {
			return err
		}
		if startsTerm(p) {
			starts = append(starts, p.Header.Number)
		}
	}
	return j.engine.change(ctx, func(tx execer) error {
		if _, err := tx.exec(ctx, "UPDATE page SET bodies = NULL WHERE number >= $1 AND number < $2", int64(first), int64(last)); err != nil {
			return err
		}
		for _, keep := range append(starts, last) {
			if _, err := tx.exec(ctx, "UPDATE page SET entries = NULL WHERE number >= $1 AND number < $2", int64(first), int64(keep)); err != nil {
				return err
			}
			first = keep + 1
		}
		_, err := tx.exec(ctx, "UPDATE facts SET pruned = $1 WHERE pruned < $1", int64(last))
		return err
	})
}

// startsTerm reports a page in which a hub takes the lead.
func startsTerm(p *Page) bool { return termStart(p) != nil }

// termStart is the entry of a page in which a hub takes the lead, or nil.
func termStart(p *Page) *entry.TermStarted {
	if len(p.Entries) == 0 && p.entries.tree == nil {
		return nil
	}
	all, err := p.All()
	if err != nil {
		return nil
	}
	for _, stored := range all {
		if entry.KindOf(stored) != entry.KindTermStarted {
			continue
		}
		if e, err := entry.Decode(stored); err == nil {
			return e.(*entry.TermStarted)
		}
	}
	return nil
}
