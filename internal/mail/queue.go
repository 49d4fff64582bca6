package mail

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	_ "modernc.org/sqlite" // the engine of the queue
)

// Queue is the mails that are asked for: waiting, sent or failed. It is for one process to deliver from (see Deliver) and for any to add to.
type Queue struct {
	db   *sql.DB
	path string
}

// queueVersion is kept in the file itself (PRAGMA user_version).
const queueVersion = 1

const queueSchema = `
CREATE TABLE IF NOT EXISTS mail (
	id       TEXT PRIMARY KEY,
	sender   TEXT NOT NULL,
	receiver TEXT NOT NULL,
	subject  TEXT NOT NULL,
	text     TEXT NOT NULL,    -- empty once it is sent
	domain   TEXT NOT NULL,
	reply    TEXT NOT NULL,
	date     INTEGER NOT NULL, -- Unix seconds
	state    INTEGER NOT NULL, -- 0 waiting, 1 sent, 2 failed
	tries    INTEGER NOT NULL,
	next     INTEGER NOT NULL, -- Unix seconds: not to be tried before
	done     INTEGER NOT NULL, -- Unix seconds: when it was sent, or failed
	answer   TEXT NOT NULL     -- what the server said last
) STRICT;
CREATE INDEX IF NOT EXISTS waiting ON mail (next) WHERE state = 0;
CREATE TABLE IF NOT EXISTS kept (page INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (page, part)) STRICT;
CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), page INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
`

// OpenQueue opens the queue's file and makes it where there is none.
func OpenQueue(path string) (*Queue, error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("mail queue %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if err := prepareQueue(db); err != nil {
		db.Close()
		return nil, fmt.Errorf("mail queue %s: %w", path, err)
	}
	return &Queue{db, path}, nil
}

func prepareQueue(db *sql.DB) error {
	var v int
	if err := db.QueryRow("PRAGMA user_version").Scan(&v); err != nil {
		return err
	}
	switch v {
	case queueVersion:
		return nil
	case 0:
		_, err := db.Exec(queueSchema + "PRAGMA user_version = " + strconv.Itoa(queueVersion))
		return err
	}
	return fmt.Errorf("it has version %d, this program knows version %d: use the program that wrote it or a later one", v, queueVersion)
}

// Close closes the file.
func (q *Queue) Close() error { return q.db.Close() }

// Place is up to where the user of the queue has read what it makes mails of, and what it noted there. Zero and empty at the beginning.
func (q *Queue) Place() (page uint64, note string, err error) {
	err = q.db.QueryRow(`SELECT page, state FROM place`).Scan(&page, &note)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return page, note, err
}

// Add takes mails in, together with the place that they come from: after a crash either both are there or neither. A mail whose id is there
// already is left as it is, and so is a piece that is kept already.
func (q *Queue) Add(page uint64, note string, mails []*Mail, kept ...Kept) error {
	return q.change(func(tx *sql.Tx) error {
		if err := insert(tx, mails); err != nil {
			return err
		}
		if err := keep(tx, kept); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO place VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET page = excluded.page, state = excluded.state`, page, note)
		return err
	})
}

// Put takes mails in that come from no place.
func (q *Queue) Put(mails []*Mail) error {
	return q.change(func(tx *sql.Tx) error { return insert(tx, mails) })
}

func (q *Queue) change(do func(tx *sql.Tx) error) error {
	tx, err := q.db.Begin()
	if err != nil {
		return fmt.Errorf("mail queue: %w", err)
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return fmt.Errorf("mail queue: %w", err)
	}
	return tx.Commit()
}

func insert(tx *sql.Tx, mails []*Mail) error {
	var n int
	if err := tx.QueryRow(`SELECT count(*) FROM mail WHERE state = 0`).Scan(&n); err != nil {
		return err
	}
	if n+len(mails) > MaxQueue {
		return fmt.Errorf("%d mails wait already and %d more are asked for, the limit is %d: see to the mail server", n, len(mails), MaxQueue)
	}
	for _, m := range mails {
		if err := m.Check(); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT OR IGNORE INTO mail VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, '')`,
			m.ID, m.From, m.To, m.Subject, m.Text, m.Domain, m.InReply, m.Date.Unix()); err != nil {
			return err
		}
	}
	return nil
}

// Entry is a mail with its state.
type Entry struct {
	Mail
	State  string // waiting, sent, failed
	Tries  int
	Next   time.Time
	Done   time.Time
	Answer string
}

// List is the newest mails of a state, or of all where it is empty.
func (q *Queue) List(state string, most int) ([]Entry, error) {
	rows, err := q.db.Query(`SELECT id, sender, receiver, subject, text, domain, reply, date, state, tries, next, done, answer FROM mail
		WHERE ?1 = '' OR state = CASE ?1 WHEN 'waiting' THEN 0 WHEN 'sent' THEN 1 WHEN 'failed' THEN 2 END ORDER BY date DESC, id LIMIT ?2`, state, most)
	if err != nil {
		return nil, fmt.Errorf("mail queue: %w", err)
	}
	return readEntries(rows)
}

func readEntries(rows *sql.Rows) ([]Entry, error) {
	defer rows.Close()
	var all []Entry
	for rows.Next() {
		var e Entry
		var state int
		var date, next, done int64
		if err := rows.Scan(&e.ID, &e.From, &e.To, &e.Subject, &e.Text, &e.Domain, &e.InReply, &date, &state, &e.Tries, &next, &done, &e.Answer); err != nil {
			return nil, fmt.Errorf("mail queue: %w", err)
		}
		e.State = [...]string{"waiting", "sent", "failed"}[state]
		e.Date, e.Next, e.Done = time.Unix(date, 0), time.Unix(next, 0), time.Unix(done, 0)
		all = append(all, e)
	}
	return all, rows.Err()
}

// Counts is how many mails are in each state.
func (q *Queue) Counts() (waitingNow, sentSoFar, failedSoFar int, err error) {
	err = q.db.QueryRow(`SELECT count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2) FROM mail`).
		Scan(&waitingNow, &sentSoFar, &failedSoFar)
	return waitingNow, sentSoFar, failedSoFar, err
}

// Retry puts the mails that failed back, to be tried at once.
func (q *Queue) Retry() (int64, error) {
	r, err := q.db.Exec(`UPDATE mail SET state = 0, tries = 0, next = 0 WHERE state = 2`)
	if err != nil {
		return 0, fmt.Errorf("mail queue: %w", err)
	}
	return r.RowsAffected()
}
