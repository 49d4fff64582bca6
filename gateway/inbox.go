package gateway

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	"corridor.example/corridor"
)

const insertIn = `INSERT INTO inbox (number, digest, statement, payload, type, sender, reference, uetr, received, session, accepted, mir, priority, page, entry, duplicate, originated, receipt, state, name, unauthorised)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`

// inRow is a message of the inbox.
type inRow struct {
	number     corridor.OSN
	digest     corridor.Digest
	statement  []byte
	payload    []byte
	typ        corridor.MessageType
	sender     corridor.LT
	reference  corridor.Reference
	uetr       corridor.UETR
	received   int64
	session    corridor.SessionNumber
	accepted   int64
	mir        corridor.MIR
	priority   corridor.Priority
	at         corridor.Position
	duplicate  bool
	originated bool
	receipt    []byte
	state      int
	name       string
	missing    string            // what authorisation it lacked
	about      corridor.Position // of what the network originated: what it tells of; not kept, the receipt has it

	confirms     corridor.Digest // the message of ours whose delivery this notification confirms; zero for none
	confirmation []byte
}

// errOtherContent says that a number came again with another message.
type errOtherContent struct{ number corridor.OSN }

func (e errOtherContent) Error() string {
	return fmt.Sprintf("the network sent number %d before with another message: one of both stores was restored from an old copy; stop, and compare receipts with the operator", e.number)
}

// receive keeps a message; a repeat is dropped and reported false. The same number with another digest is an error.
func (t *tx) receive(s *store, m *inRow) (bool, error) {
	var digest []byte
	err := t.QueryRow(`SELECT digest FROM inbox WHERE number = ?`, m.number).Scan(&digest)
	switch {
	case err == nil && !bytes.Equal(digest, m.digest[:]):
		return false, errOtherContent{m.number}
	case err == nil:
		return false, nil
	case err != sql.ErrNoRows:
		return false, err
	}
	_, err = t.Stmt(s.insertIn).Exec(m.number, m.digest[:], m.statement, m.payload, string(m.typ), string(m.sender), string(m.reference), string(m.uetr), m.received, m.session,
		m.accepted, string(m.mir), m.priority.String(), m.at.Page, m.at.Index, m.duplicate, m.originated, m.receipt, m.name, m.missing)
	if err != nil {
		return false, fmt.Errorf("keep received message %d: %w", m.number, err)
	}
	t.numbers.lastStored = max(t.numbers.lastStored, m.number)
	if !m.confirms.IsZero() {
		return true, t.delivered(m.confirms, m.confirmation)
	}
	return true, nil
}

const selectIn = `SELECT number, digest, statement, payload, type, sender, reference, uetr, received, session, accepted, mir, priority, page, entry, duplicate, originated, receipt, state, name, unauthorised FROM inbox `

// unrouted reads received messages that are not known to be handed over, in the order of their numbers.
func (s *store) unrouted(ctx context.Context, limit int) ([]inRow, error) {
	return readInbox(ctx, s.read, selectIn+`WHERE state < 2 ORDER BY number LIMIT ?`, limit)
}

func readInbox(ctx context.Context, db *sql.DB, query string, args ...any) ([]inRow, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []inRow
	for size := 0; size < maxBatchBytes && rows.Next(); {
		var m inRow
		var digest []byte
		var priority string
		if err := rows.Scan(&m.number, &digest, &m.statement, &m.payload, &m.typ, &m.sender, &m.reference, &m.uetr, &m.received, &m.session, &m.accepted, &m.mir, &priority,
			&m.at.Page, &m.at.Index, &m.duplicate, &m.originated, &m.receipt, &m.state, &m.name, &m.missing); err != nil {
			return nil, err
		}
		copy(m.digest[:], digest)
		if priority != "" {
			m.priority = corridor.Priority(priority[0])
		}
		size += len(m.payload)
		all = append(all, m)
	}
	return all, rows.Err()
}

// route notes how far the hand-over of messages has come.
func (t *tx) route(rows []inRow, state int) error {
	for i := range rows {
		if _, err := t.Exec(`UPDATE inbox SET state = ? WHERE number = ? AND state < ?`, state, rows[i].number, state); err != nil {
			return err
		}
	}
	return nil
}

// seen keeps the newest checkpoint.
func (t *tx) seen(note []byte) error {
	_, err := t.Exec(`UPDATE identity SET checkpoint = ?`, note)
	return err
}
