package journal

import (
	"context"
	"fmt"
	"iter"
	"math"
	"time"
)

// Parts says what to read of each page.
type Parts int

// The parts.
const (
	Whole       Parts = iota // everything
	EntriesOnly              // header and entries: what a replay needs
	HeadersOnly              // header and signature
)

// partColumns are what each choice reads after the columns of a row.
func (p Parts) columns() string {
	switch p {
	case EntriesOnly:
		return columns + ", entries, NULL"
	case HeadersOnly:
		return columns + ", NULL, NULL"
	}
	return columns + ", entries, bodies"
}

// ToEnd as the last page of a scan means the newest.
const ToEnd = uint64(math.MaxInt64)

// Scan yields the pages from first to last, both included, in order. Each is asserted to be what its header binds and to follow
// the one before. It reads ahead on a goroutine of its own. The first error ends it.
func (j *Journal) Scan(ctx context.Context, first, last uint64, parts Parts) iter.Seq2[*Page, error] {
	return func(yield func(*Page, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		type result struct {
			page *Page
			err  error
		}
		ahead := make(chan result, scanAhead)
		go func() {
			defer close(ahead)
			for p, err := range j.checkedPages(ctx, first, last, parts) {
				select {
				case ahead <- result{p, err}:
				case <-ctx.Done():
					return
				}
			}
		}()
		for r := range ahead {
			if !yield(r.page, r.err) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(nil, err)
		}
	}
}

func (j *Journal) checkedPages(ctx context.Context, first, last uint64, parts Parts) iter.Seq2[*Page, error] {
	return func(yield func(*Page, error) bool) {
		var before *Page
		for r, err := range j.rows(ctx, first, last, parts) {
			var p *Page
			if err == nil {
				p, err = follow(before, r, first)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(p, nil) {
				return
			}
			before = p
		}
	}
}

// follow makes a page of a row and asserts that it is whole and comes after the page before.
func follow(before *Page, r *row, first uint64) (*Page, error) {
	want := first
	if before != nil {
		want = before.Header.Number + 1
	}
	if r.number != want {
		return nil, fmt.Errorf("page %d is missing: %w", want, ErrDamaged)
	}
	p, err := r.page()
	if err == nil {
		err = p.verify()
	}
	if err == nil && before != nil && p.Header.Previous != before.Hash() {
		err = fmt.Errorf("page %d does not follow page %d", want, want-1)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	return p, nil
}

// rows yields rows as they are stored. They are read in runs, and no query is open while the user is busy with one: an open query keeps
// SQLite's write-ahead log from being reused.
func (j *Journal) rows(ctx context.Context, first, last uint64, parts Parts) iter.Seq2[*row, error] {
	return func(yield func(*row, error) bool) {
		for first <= last {
			run, err := j.rowRun(ctx, first, last, parts)
			for _, r := range run {
				if !yield(r, nil) {
					return
				}
				first = r.number + 1
			}
			if err != nil {
				yield(nil, fmt.Errorf("page %d: %w", first, j.engine.explain(err)))
			}
			if err != nil || len(run) == 0 {
				return
			}
		}
	}
}

// rowRun reads the rows of one query, with an error after those that could be read.
func (j *Journal) rowRun(ctx context.Context, first, last uint64, parts Parts) (run []*row, err error) {
	query := "SELECT " + parts.columns() + " FROM page WHERE number BETWEEN $1 AND $2 ORDER BY number LIMIT $3"
	rows, err := j.engine.reader().QueryContext(ctx, query, int64(first), int64(min(last, ToEnd)), scanRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for size := 0; size < scanBytes && rows.Next(); {
		var number int64
		r := &row{}
		if err := rows.Scan(&number, &r.header, &r.signature, &r.hashes, &r.entries, &r.bodies); err != nil {
			return run, err
		}
		r.number = uint64(number)
		run = append(run, r)
		size += len(r.entries) + len(r.bodies)
	}
	return run, rows.Err()
}

// Follow yields the pages from first on as they become durable, here or in another process, until the context ends; that
// end is its last error.
func (j *Journal) Follow(ctx context.Context, first uint64, parts Parts) iter.Seq2[*Page, error] {
	return func(yield func(*Page, error) bool) {
		poll := time.NewTicker(pollPause)
		defer poll.Stop()
		for {
			changed := j.nextChange()
			for p, err := range j.checkedPages(ctx, first, ToEnd, parts) {
				if !yield(p, err) || err != nil {
					return
				}
				first = p.Header.Number + 1
			}
			select {
			case <-changed:
			case <-poll.C:
			case <-j.done:
				yield(nil, fmt.Errorf("the journal was closed"))
				return
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			}
		}
	}
}
