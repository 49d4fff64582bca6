package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"

	"corridor.example/corridor"
)

// Snapshot is a state after a page, so that a restart replays only what came later. The journal does not know what it says.
type Snapshot struct {
	Page   uint64          // the newest page that the state holds
	Hash   corridor.Digest // of that page
	Oldest uint64          // the oldest page whose contents the state still needs, for example the oldest that is not delivered
	State  []byte
}

// SaveSnapshot keeps a snapshot; of the older ones the newest few stay. It is written in parts, so that pages go in between, and
// counts from its last part on.
func (j *Journal) SaveSnapshot(ctx context.Context, s Snapshot) error {
	if j.readOnly {
		return ErrReadOnly
	}
	if len(s.State) > maxSnapshot {
		return fmt.Errorf("snapshot of page %d has %d bytes, the limit is %d: deliver or return waiting messages", s.Page, len(s.State), maxSnapshot)
	}
	own, err := j.pageHashes(ctx, s.Page)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	if own[0] != s.Hash || s.Oldest > s.Page+1 {
		return fmt.Errorf("snapshot of page %d: it is that of another journal: %w", s.Page, ErrOrder)
	}
	parts, err := j.writeParts(ctx, &s)
	if err != nil {
		return fmt.Errorf("snapshot of page %d was not kept: %w", s.Page, err)
	}
	return j.engine.change(ctx, func(tx execer) error { return sealSnapshot(ctx, tx, &s, parts) })
}

func (j *Journal) writeParts(ctx context.Context, s *Snapshot) (parts int, err error) {
	// The seal of an equal page goes first: what a crash leaves then counts for nothing.
	err = j.engine.change(ctx, func(tx execer) error {
		if _, err := tx.exec(ctx, "DELETE FROM snapshot WHERE page = $1", int64(s.Page)); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "DELETE FROM snapshot_part WHERE page = $1", int64(s.Page))
		return err
	})
	for at := 0; err == nil && at < len(s.State); at += snapshotPart {
		part := s.State[at:min(at+snapshotPart, len(s.State))]
		err = j.engine.change(ctx, func(tx execer) error {
			_, err := tx.exec(ctx, "INSERT INTO snapshot_part (page, part, state) VALUES ($1, $2, $3)", int64(s.Page), int64(parts), part)
			return err
		})
		parts++
	}
	return parts, err
}

func sealSnapshot(ctx context.Context, tx execer, s *Snapshot, parts int) error {
	digest := sha256.Sum256(s.State)
	if _, err := tx.exec(ctx, "INSERT INTO snapshot (page, hash, oldest, parts, digest) VALUES ($1, $2, $3, $4, $5)",
		int64(s.Page), s.Hash[:], int64(s.Oldest), int64(parts), digest[:]); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "DELETE FROM snapshot WHERE page NOT IN (SELECT page FROM snapshot ORDER BY page DESC LIMIT $1)", int64(snapshotsKept)); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM snapshot_part WHERE page NOT IN (SELECT page FROM snapshot) AND page <= $1", int64(s.Page))
	return err
}

// LatestSnapshot reads the newest snapshot that is whole and of a page of this journal; ok is false if there is none.
func (j *Journal) LatestSnapshot(ctx context.Context) (s Snapshot, ok bool, err error) {
	all, err := j.seals(ctx)
	if err != nil {
		return s, false, err
	}
	for i := range all {
		s, err := j.readSnapshot(ctx, &all[i])
		if err == nil {
			return s, true, nil
		}
		if !errors.Is(err, ErrDamaged) {
			return s, false, err
		}
	}
	return s, false, nil
}

// seal is a snapshot's row.
type seal struct {
	Snapshot
	parts  int64
	digest []byte
}

// seals are the snapshots, the newest first.
func (j *Journal) seals(ctx context.Context) ([]seal, error) {
	rows, err := j.engine.reader().QueryContext(ctx, "SELECT page, hash, oldest, parts, digest FROM snapshot ORDER BY page DESC")
	if err != nil {
		return nil, j.engine.explain(err)
	}
	defer rows.Close()
	var all []seal
	for rows.Next() {
		var x seal
		var page, oldest int64
		var hash []byte
		if err := rows.Scan(&page, &hash, &oldest, &x.parts, &x.digest); err != nil {
			return nil, j.engine.explain(err)
		}
		x.Page, x.Oldest = uint64(page), uint64(oldest)
		copy(x.Hash[:], hash)
		all = append(all, x)
	}
	if err := rows.Err(); err != nil {
		return nil, j.engine.explain(err)
	}
	return all, nil
}

func (j *Journal) readSnapshot(ctx context.Context, x *seal) (Snapshot, error) {
	s := x.Snapshot
	damaged := func(what string) (Snapshot, error) {
		return s, fmt.Errorf("snapshot of page %d: %s: %w", s.Page, what, ErrDamaged)
	}
	own, err := j.pageHashes(ctx, s.Page)
	if errors.Is(err, ErrNoPage) || err == nil && own[0] != s.Hash {
		return damaged("it is not of a page of this journal")
	}
	if err != nil {
		return s, err
	}
	rows, err := j.engine.reader().QueryContext(ctx, "SELECT part, state FROM snapshot_part WHERE page = $1 ORDER BY part", int64(s.Page))
	if err != nil {
		return s, j.engine.explain(err)
	}
	defer rows.Close()
	h, parts := sha256.New(), int64(0)
	for ; rows.Next(); parts++ {
		var part int64
		var b sql.RawBytes
		if err := rows.Scan(&part, &b); err != nil {
			return s, j.engine.explain(err)
		}
		if part != parts || len(s.State)+len(b) > maxSnapshot {
			return damaged("its parts are not whole")
		}
		h.Write(b)
		s.State = append(s.State, b...)
	}
	if err := rows.Err(); err != nil {
		return s, j.engine.explain(err)
	}
	if parts != x.parts || string(h.Sum(nil)) != string(x.digest) {
		return damaged("its state is not what was written")
	}
	return s, nil
}
