package gateway

import (
	"context"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
)

// pushedRow is a change of the directory in a terminal's store. Its place in the journal is not the message's own, but that of what it tells of.
type pushedRow struct {
	about    corridor.Position
	accepted int64 // Unix milliseconds
	payload  []byte
}

const selectDirectory = `SELECT number, accepted, payload, receipt FROM inbox WHERE type = 'directory.change' AND originated = 1 ORDER BY number`

// directoryChanges reads the changes that came, in the order in which they came.
func (s *store) directoryChanges(ctx context.Context) ([]pushedRow, error) {
	rows, err := s.read.QueryContext(ctx, selectDirectory)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []pushedRow
	for rows.Next() {
		var r pushedRow
		var number corridor.OSN
		var receipt []byte
		if err := rows.Scan(&number, &r.accepted, &r.payload, &receipt); err != nil {
			return nil, err
		}
		if r.about, err = aboutOf(receipt); err != nil {
			return nil, fmt.Errorf("receipt of message %d: %w", number, err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// aboutOf is what a message of the network itself tells of, as its receipt has it.
func aboutOf(receipt []byte) (corridor.Position, error) {
	r, err := evidence.DecodeReceipt(receipt)
	if err != nil {
		return corridor.Position{}, err
	}
	e, err := entry.Decode(r.Message.Entry)
	if err != nil {
		return corridor.Position{}, err
	}
	o, ok := e.(*entry.Originated)
	if !ok {
		return corridor.Position{}, fmt.Errorf("it proves %v, and the message is said to be the network's own", e.Kind())
	}
	return o.About, nil
}
