package gateway

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

const (
	insertOut = `INSERT INTO outbox (number, statement, payload, type, receiver, reference, uetr, submitted, label, extension, taken, digest, state, filed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`
	answerOut = `UPDATE outbox SET state = ?, session = ?, page = ?, entry = ?, answered = ?, fault = ?, receipt = ?, directory = ? WHERE number = ? AND state = 0`
)

// outgoing is a message on its way into the outbox.
type outgoing struct {
	submission entry.Submission // without its number
	payload    []byte
	label      string // wished name of its files; made unique
	extension  string
	taken      string
	against    string // what the directory says of the receiver
}

// add numbers a message, makes its statement and keeps both. The number is durable, and given for good, with the commit.
func (t *tx) add(s *store, m *outgoing) error {
	t.numbers.last++
	m.submission.Number = t.numbers.last
	label, err := t.freeLabel(m)
	if err != nil {
		return err
	}
	sub := &m.submission
	statement := sub.Append(nil)
	t.fresh = append(t.fresh, fresh{sub.Number, statement, len(m.payload)})
	var digest []byte
	if sub.Monitoring.WantsNotification() {
		leaf := entry.LeafHash(statement)
		digest = leaf[:]
	}
	_, err = t.Stmt(s.insertOut).Exec(sub.Number, statement, m.payload, string(sub.Type), string(sub.Receiver), string(sub.Reference), string(sub.UETR),
		sub.SignedAt, label, m.extension, m.taken, digest)
	if err != nil {
		return fmt.Errorf("keep message %d: %w", sub.Number, err)
	}
	m.label = label
	return nil
}

// freeLabel is the wished name, or with the number in it where that name is taken.
func (t *tx) freeLabel(m *outgoing) (string, error) {
	if m.label == "" {
		return fmt.Sprintf("%09d", m.submission.Number), nil
	}
	var n int
	err := t.QueryRow(`SELECT 1 FROM outbox WHERE label = ?`, m.label).Scan(&n)
	switch err {
	case sql.ErrNoRows:
		return m.label, nil
	case nil:
		return fmt.Sprintf("%s.%09d", m.label, m.submission.Number), nil
	}
	return "", err
}

// answer is the network's word on one message, with its proof.
type answer struct {
	number   corridor.ISN
	session  corridor.SessionNumber
	at       corridor.Position
	answered int64
	fault    *corridor.Fault
	receipt  []byte
	against  string // what the directory says of the receiver, where that was refused
}

// answered keeps an answer; it reports false where the message had one before.
func (t *tx) answered(s *store, a *answer) (bool, error) {
	state, fault := accepted, sql.NullString{}
	if a.fault != nil {
		b, err := json.Marshal(a.fault)
		if err != nil {
			return false, err
		}
		state, fault = refused, sql.NullString{String: string(b), Valid: true}
	}
	r, err := t.Stmt(s.answerOut).Exec(state, a.session, a.at.Page, a.at.Index, a.answered, fault, a.receipt, a.against, a.number)
	if err != nil {
		return false, fmt.Errorf("keep the answer of message %d: %w", a.number, err)
	}
	n, err := r.RowsAffected()
	if n != 1 || err != nil {
		return false, err
	}
	_, err = t.Stmt(s.answerFrame).Exec(a.number)
	return true, err
}

// sentRow is a message of the outbox with its answer.
type sentRow struct {
	number    corridor.ISN
	typ       corridor.MessageType
	receiver  corridor.LT
	reference corridor.Reference
	uetr      corridor.UETR
	label     string
	extension string
	taken     string
	state     int
	payload   []byte
	filed     int
	delivery  []byte // where it is confirmed
	answer
}

const selectSent = `SELECT number, type, receiver, reference, uetr, label, extension, taken, state, payload, coalesce(session, 0), coalesce(page, 0), coalesce(entry, 0), coalesce(answered, 0), fault, receipt, filed, delivery, directory FROM outbox `

// unfiled reads answered messages whose answer files are not known to be written.
func (s *store) unfiled(ctx context.Context, limit int) ([]sentRow, error) {
	return s.sent(ctx, selectSent+`WHERE state > 0 AND filed = 0 ORDER BY number LIMIT ?`, limit)
}

func (s *store) sent(ctx context.Context, query string, args ...any) ([]sentRow, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []sentRow
	for rows.Next() {
		var r sentRow
		var fault sql.NullString
		if err := rows.Scan(&r.number, &r.typ, &r.receiver, &r.reference, &r.uetr, &r.label, &r.extension, &r.taken, &r.state, &r.payload,
			&r.session, &r.at.Page, &r.at.Index, &r.answered, &fault, &r.receipt, &r.filed, &r.delivery, &r.against); err != nil {
			return nil, err
		}
		if fault.Valid {
			r.fault = &corridor.Fault{}
			if err := json.Unmarshal([]byte(fault.String), r.fault); err != nil {
				return nil, err
			}
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// confirmed reads answered messages whose delivery is confirmed and whose proof of it is not known to be written.
func (s *store) confirmed(ctx context.Context, limit int) ([]sentRow, error) {
	return s.sent(ctx, selectSent+`WHERE delivery IS NOT NULL AND filed < 2 AND filed = 1 ORDER BY number LIMIT ?`, limit)
}

// delivered keeps the receiver's acknowledgement of a message that is named by its digest. It may come before the answer, which
// is asked for again after a crash.
func (t *tx) delivered(digest corridor.Digest, proof []byte) error {
	_, err := t.Exec(`UPDATE outbox SET delivery = ? WHERE digest = ? AND delivery IS NULL`, proof, digest[:])
	return err
}

// filed notes which files of messages are written.
func (t *tx) filed(numbers []corridor.ISN, what int) error {
	for _, n := range numbers {
		if _, err := t.Exec(`UPDATE outbox SET filed = ? WHERE number = ? AND filed < ?`, what, n, what); err != nil {
			return err
		}
	}
	return nil
}

// takenNames reads which files under outgoing/.taken are in the store: name → label and extension.
func (s *store) takenRow(ctx context.Context, name string) (label, extension string, found bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT label, extension FROM outbox WHERE taken = ?`, name).Scan(&label, &extension)
	if err == sql.ErrNoRows {
		return "", "", false, nil
	}
	return label, extension, err == nil, err
}
