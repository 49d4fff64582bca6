package gateway

import (
	"context"

	"corridor.example/corridor"
)

// actRow is an act in a terminal's store: one that it sent and the network took, or one that came.
type actRow struct {
	at      corridor.Position
	time    int64 // of the page, Unix nanoseconds
	payload []byte
}

const (
	selectActsSent = `SELECT page, entry, answered, payload FROM outbox WHERE type GLOB 'rma.*' AND state = 1`
	selectActs     = selectActsSent + ` UNION ALL SELECT page, entry, accepted, payload FROM inbox WHERE type GLOB 'rma.*' AND originated = 0 ORDER BY page, entry`
)

// acts reads all acts of the store in the order in which the network took them.
func (s *store) acts(ctx context.Context) ([]actRow, error) {
	return s.readActs(ctx, selectActs)
}

// actSent reads the act that was sent as message n, once the network has taken it.
func (s *store) actSent(ctx context.Context, n corridor.ISN) (actRow, bool, error) {
	rows, err := s.readActs(ctx, selectActsSent+` AND number = ?`, n)
	if err != nil || len(rows) == 0 {
		return actRow{}, false, err
	}
	return rows[0], true, nil
}

func (s *store) readActs(ctx context.Context, query string, args ...any) ([]actRow, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []actRow
	for rows.Next() {
		var r actRow
		if err := rows.Scan(&r.at.Page, &r.at.Index, &r.time, &r.payload); err != nil {
			return nil, err
		}
		r.time *= 1e6
		all = append(all, r)
	}
	return all, rows.Err()
}
