package mail

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Result is what one round of delivery did.
type Result struct {
	Sent    int
	Failed  int       // for good
	Delayed int       // to be tried again
	Next    time.Time // when the next mail is due; zero: none waits
}

// ErrHeld is why a process does not deliver: another does.
var ErrHeld = errors.New("another process delivers from this mail queue")

// Deliverer is the one process that delivers from a queue.
type Deliverer struct {
	queue *Queue
	lock  *sql.DB
}

// Deliver claims the queue. The operating system gives the claim up when the process ends, however it ends.
func (q *Queue) Deliver() (*Deliverer, error) {
	lock, err := sql.Open("sqlite", "file:"+(&url.URL{Path: q.path + ".lock"}).EscapedPath()+"?_pragma=busy_timeout(0)")
	if err != nil {
		return nil, fmt.Errorf("mail queue: %w", err)
	}
	lock.SetMaxOpenConns(1)
	if _, err := lock.Exec("BEGIN EXCLUSIVE"); err != nil {
		lock.Close()
		return nil, fmt.Errorf("%w (%v)", ErrHeld, err)
	}
	return &Deliverer{q, lock}, nil
}

// Close gives the claim up.
func (d *Deliverer) Close() error { return d.lock.Close() }

// Round sends what is due. A server that cannot be reached delays all of it; the mail in hand when a connection broke is tried again, with the
// same Message-ID, though it may have arrived. A crash between the server's word and the note of it does the same.
func (d *Deliverer) Round(ctx context.Context, s *Server, now func() time.Time) (Result, error) {
	var r Result
	for ctx.Err() == nil {
		due, err := d.queue.due(now(), MaxBatch)
		if err != nil || len(due) == 0 {
			r.Next, err = d.queue.next(err)
			return r, err
		}
		if err := d.batch(ctx, s, due, now, &r); err != nil {
			return r, err
		}
	}
	return r, ctx.Err()
}

func (q *Queue) due(now time.Time, most int) ([]Entry, error) {
	rows, err := q.db.Query(`SELECT id, sender, receiver, subject, text, domain, reply, date, state, tries, next, done, answer FROM mail
		WHERE state = 0 AND next <= ? ORDER BY next, date, id LIMIT ?`, now.Unix(), most)
	if err != nil {
		return nil, fmt.Errorf("mail queue: %w", err)
	}
	return readEntries(rows)
}

func (q *Queue) next(err error) (time.Time, error) {
	var next sql.NullInt64
	if err == nil {
		err = q.db.QueryRow(`SELECT min(next) FROM mail WHERE state = 0`).Scan(&next)
	}
	if err != nil || !next.Valid {
		return time.Time{}, err
	}
	return time.Unix(next.Int64, 0), nil
}

// batch sends mails over one connection.
func (d *Deliverer) batch(ctx context.Context, s *Server, due []Entry, now func() time.Time, r *Result) error {
	x, err := s.Dial(ctx)
	if err != nil {
		for i := range due {
			if err := d.later(&due[i], err, now(), r); err != nil {
				return err
			}
		}
		return nil
	}
	defer x.Close()
	for i := range due {
		if ctx.Err() != nil {
			return nil
		}
		err := x.Send(&due[i].Mail)
		if noted := d.note(&due[i], err, now(), r); noted != nil {
			return noted
		}
		var refused *Refusal
		if err != nil && !errors.As(err, &refused) {
			return nil // the connection is of no more use; the rest is still due
		}
	}
	return nil
}

// note writes down what became of a mail.
func (d *Deliverer) note(e *Entry, err error, now time.Time, r *Result) error {
	var refused *Refusal
	switch {
	case err == nil:
		r.Sent++
		_, err = d.queue.db.Exec(`UPDATE mail SET state = 1, tries = tries + 1, done = ?, text = '', answer = '' WHERE id = ?`, now.Unix(), e.ID)
	case errors.As(err, &refused) && refused.Permanent():
		r.Failed++
		err = d.fail(e, refused.Error(), now)
	default:
		return d.later(e, err, now, r)
	}
	return err
}

func (d *Deliverer) fail(e *Entry, why string, now time.Time) error {
	_, err := d.queue.db.Exec(`UPDATE mail SET state = 2, tries = tries + 1, done = ?, answer = ? WHERE id = ?`, now.Unix(), why, e.ID)
	return err
}

func (d *Deliverer) later(e *Entry, cause error, now time.Time, r *Result) error {
	if now.Sub(e.Date) > GiveUpAfter {
		r.Failed++
		return d.fail(e, cause.Error(), now)
	}
	r.Delayed++
	_, err := d.queue.db.Exec(`UPDATE mail SET tries = tries + 1, next = ?, answer = ? WHERE id = ?`, now.Add(pause(e.Tries)).Unix(), cause.Error(), e.ID)
	return err
}

// pause is how long to wait after so many tries before.
func pause(tries int) time.Duration {
	return min(FirstRetry<<min(tries, 10), MaxRetry)
}
