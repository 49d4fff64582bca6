package gateway

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
)

// job is one request to the store. Its run may be called twice: when a neighbour's failure undid the transaction.
type job struct {
	run func(tx *tx) error
	// then is called once, when the outcome is certain: nil after the commit is durable.
	then func(error)
}

// tx is an open transaction with the numbers as they will be after it.
type tx struct {
	*sql.Tx
	numbers numbers
	fresh   []fresh // messages that were numbered here and have no frame yet
}

// errStoreClosed says that the gateway is stopping.
var errStoreClosed = errors.New("the gateway is stopping")

// queue hands a job to the writer; it waits while the queue is full.
func (s *store) queue(run func(*tx) error, then func(error)) {
	select {
	case s.jobs <- &job{run, then}:
	case <-s.quit:
		then(errStoreClosed)
	}
}

// do runs a job and waits until it is durable.
func (s *store) do(ctx context.Context, run func(*tx) error) error {
	result := make(chan error, 1)
	s.queue(run, func(err error) { result <- err })
	select {
	case err := <-result:
		return err
	case <-s.done:
		select {
		case err := <-result:
			return err
		default:
			return errStoreClosed
		}
	}
}

// write is the one goroutine that writes: it takes what is there, never waits for more, and commits it together.
func (s *store) write() {
	defer close(s.done)
	batch := make([]*job, 0, maxCommit)
	for {
		select {
		case j := <-s.jobs:
			batch = s.fill(append(batch[:0], j))
			s.commit(batch)
		case <-s.quit:
			if batch = s.fill(batch[:0]); len(batch) > 0 {
				s.commit(batch)
			}
			return
		}
	}
}

func (s *store) fill(batch []*job) []*job {
	for len(batch) < maxCommit {
		select {
		case j := <-s.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// commit makes all jobs durable together. If one fails, each is run alone so that it harms no other.
// Crash before the commit returns: none of the batch has happened. After it: all of it has.
func (s *store) commit(batch []*job) {
	err := s.transact(batch)
	if err != nil && len(batch) > 1 {
		for _, j := range batch {
			j.then(s.transact([]*job{j}))
		}
		return
	}
	for _, j := range batch {
		j.then(err)
	}
}

func (s *store) transact(batch []*job) error {
	inner, err := s.db.Begin()
	if err != nil {
		return storeError(err)
	}
	t := &tx{Tx: inner, numbers: s.numbers}
	for _, j := range batch {
		if err := j.run(t); err != nil {
			inner.Rollback()
			return storeError(err)
		}
	}
	if err := t.seal(s); err != nil {
		inner.Rollback()
		return storeError(err)
	}
	if t.numbers != s.numbers {
		if _, err := t.Exec(`UPDATE identity SET last_number = ?, last_stored = ?`, t.numbers.last, t.numbers.lastStored); err != nil {
			inner.Rollback()
			return storeError(err)
		}
	}
	if err := inner.Commit(); err != nil {
		inner.Rollback()
		return storeError(err)
	}
	s.numbers = t.numbers
	return nil
}

// storeError says what the operator can do about a failed write.
func storeError(err error) error {
	switch {
	case strings.Contains(err.Error(), "disk is full"):
		return fmt.Errorf("gateway store: %w: make room on its disk; nothing was lost, and it goes on by itself", err)
	case strings.Contains(err.Error(), "readonly"), strings.Contains(err.Error(), "disk I/O error"):
		return fmt.Errorf("gateway store: %w: look at its disk and its owner's rights; nothing was lost, and it goes on by itself", err)
	}
	return err
}

// isBusy reports SQLITE_BUSY or SQLITE_LOCKED.
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code()&0xff == 5 || e.Code()&0xff == 6)
}
