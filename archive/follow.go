package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/journal"
)

// Follow reads the journal from where the archive is, and goes on as pages become durable, here or in another process, until
// the context ends: that is its error. A crash at any place loses nothing: rows and place are one transaction.
func (a *Archive) Follow(ctx context.Context, j *journal.Journal) error {
	return a.fill(ctx, func(ctx context.Context, first uint64) iter.Seq2[*journal.Page, error] {
		return j.Follow(ctx, first, journal.Whole)
	})
}

// CatchUp reads the journal from where the archive is to its newest page.
func (a *Archive) CatchUp(ctx context.Context, j *journal.Journal) error {
	return a.fill(ctx, func(ctx context.Context, first uint64) iter.Seq2[*journal.Page, error] {
		return j.Scan(ctx, first, journal.ToEnd, journal.Whole)
	})
}

func (a *Archive) fill(ctx context.Context, pages func(context.Context, uint64) iter.Seq2[*journal.Page, error]) error {
	w, err := a.newWriter(ctx)
	if err != nil {
		return fmt.Errorf("archive %s: %w", redact(a.url), err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ahead, ended := make(chan *pageRows, pagesAhead), make(chan error, 1)
	go func() {
		defer close(ahead)
		for p, err := range pages(ctx, w.place.Pages) {
			if err != nil {
				ended <- err
				return
			}
			select {
			case ahead <- readPage(p):
			case <-ctx.Done():
				ended <- ctx.Err()
				return
			}
		}
		ended <- nil
	}()
	if err := w.run(ctx, ahead); err != nil {
		return fmt.Errorf("archive %s: %w", redact(a.url), err)
	}
	return <-ended
}

// run gathers pages and writes them when there are enough messages, or when the first has waited for batchPause.
func (w *writer) run(ctx context.Context, ahead <-chan *pageRows) error {
	pause := time.NewTimer(0)
	<-pause.C
	for {
		select {
		case p, more := <-ahead:
			if !more {
				return w.flush(context.WithoutCancel(ctx))
			}
			if len(w.pages) == 0 {
				pause.Reset(batchPause)
			}
			if err := w.add(p); err != nil {
				return err
			}
			if w.count < batchMessages {
				continue
			}
		case <-pause.C:
		}
		if err := w.flush(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
}

// writer holds what the next transaction will write.
type writer struct {
	a     *Archive
	place Place

	out     map[numbered]int64 // deliveries that are not acknowledged
	outOf   map[int64]numbered // the same the other way
	pages   []*pageRows
	fresh   map[int64]*message // rows of this transaction
	changes map[int64]*change  // of rows that are in the tables already
	order   []int64            // of changes
	count   int
}

func (a *Archive) newWriter(ctx context.Context) (*writer, error) {
	if a.write == nil {
		return nil, errReadOnly
	}
	w := &writer{a: a, out: map[numbered]int64{}, outOf: map[int64]numbered{}}
	w.begin()
	var err error
	if w.place, err = a.Place(ctx); err != nil {
		return nil, err
	}
	rows, err := a.read.QueryContext(ctx, "SELECT id, terminal, osn FROM message WHERE done_at = 0 AND osn > 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, osn int64
		var terminal string
		if err := rows.Scan(&id, &terminal, &osn); err != nil {
			return nil, err
		}
		w.given(id, numbered{corridor.LT(terminal), corridor.OSN(osn)})
	}
	return w, rows.Err()
}

func (w *writer) begin() {
	w.pages, w.count = w.pages[:0], 0
	w.fresh, w.changes, w.order = map[int64]*message{}, map[int64]*change{}, w.order[:0]
}

// given notes a delivery; the one before of the same message is not answered any more.
func (w *writer) given(id int64, d numbered) {
	if before, was := w.outOf[id]; was {
		delete(w.out, before)
	}
	w.out[d], w.outOf[id] = id, d
}

func (w *writer) answered(id int64) {
	delete(w.out, w.outOf[id])
	delete(w.outOf, id)
}

// add takes a page if it follows what the archive has.
func (w *writer) add(p *pageRows) error {
	switch {
	case p.number != w.place.Pages:
		return fmt.Errorf("page %d after %d pages: %w", p.number, w.place.Pages, ErrOtherJournal)
	case p.number > 0 && p.previous != w.place.Hash:
		return fmt.Errorf("page %d does not follow the page that was read before: %w", p.number, ErrOtherJournal)
	}
	w.place.Pages, w.place.Hash, w.place.At, w.place.Network = p.number+1, p.hash, p.at, p.network
	w.place.Unread += uint64(p.unread)
	w.pages = append(w.pages, p)
	for _, m := range p.messages {
		w.fresh[m.id] = m
	}
	for i := range p.steps {
		w.step(&p.steps[i])
	}
	w.count += len(p.messages) + len(p.steps) + 1
	return nil
}

// step changes a row, in memory if it is not written yet.
func (w *writer) step(s *step) {
	id := s.id
	switch {
	case s.assign:
		w.given(id, s.of)
	case s.of.terminal != "":
		var known bool
		if id, known = w.out[s.of]; !known {
			return
		}
	}
	if s.change.done != 0 {
		w.answered(id)
	}
	if m := w.fresh[id]; m != nil {
		m.state.then(&s.change)
		return
	}
	c := w.changes[id]
	if c == nil {
		c = &change{}
		w.changes[id] = c
		w.order = append(w.order, id)
	}
	c.then(&s.change)
}

// then adds what became known later.
func (c *change) then(x *change) {
	set := func(to *string, s string) {
		if s != "" {
			*to = s
		}
	}
	number := func(to *int64, n int64) {
		if n != 0 {
			*to = n
		}
	}
	// An order that held or returned a message decides before the message's own entry says accepted.
	set(&c.outcome, x.outcome)
	set(&c.code, x.code)
	set(&c.orders, x.orders)
	set(&c.licence, x.licence)
	set(&c.terminal, x.terminal)
	number(&c.osn, x.osn)
	number(&c.session, x.session)
	number(&c.assigned, x.assigned)
	number(&c.done, x.done)
	c.attempts += x.attempts
}

// flush writes what was gathered and the place, in one transaction.
func (w *writer) flush(ctx context.Context) error {
	if len(w.pages) == 0 {
		return nil
	}
	err := w.a.change(ctx, func(tx *sql.Tx) error {
		for _, write := range []func(context.Context, *sql.Tx) error{w.writeMessages, w.writeChanges, w.writeSums, w.writeEvents, w.writePlace} {
			if err := write(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		w.begin()
	}
	return err
}

var errLost = errors.New("another follower moved the archive's place: let one follow at a time")
