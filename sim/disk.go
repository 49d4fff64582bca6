package sim

import (
	"errors"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
)

// disk is the database that all leaders share: one row a page, keyed by the number.
type disk struct{ rows []row }

// row is a page in its stored form, as the journal's engines keep it.
type row struct {
	header, signature, entries, bodies []byte
}

var errDisk = errors.New("the disk is full")

func stored(p *journal.Page) row {
	return row{append([]byte(nil), p.Stored...), append([]byte(nil), p.Signature...), append([]byte(nil), p.Entries...), append([]byte(nil), p.Bodies...)}
}

// page reads a row; a torn one is an error.
func (r row) page() (*journal.Page, error) {
	h, err := evidence.DecodeHeader(r.header)
	if err != nil {
		return nil, err
	}
	p := &journal.Page{Header: h, Stored: r.header, Signature: r.signature, Entries: r.entries, Bodies: r.bodies}
	return p, p.Check()
}

// append makes a page durable for a leader and tells it, unless it died meanwhile; a page whose writer died may be
// there, or not, or torn.
func (d *disk) append(l *leader, p *journal.Page, done func(error)) {
	w, life := l.w, l.life
	w.after(w.between(time.Millisecond, 8*time.Millisecond), func() {
		dead := l.life != life
		switch {
		case w.chance(0.01):
			w.note("leader %d: disk error at page %d", l.id, p.Header.Number)
			w.after(time.Millisecond, l.ifAlive(life, func() { done(errDisk) }))
			return
		case dead && w.chance(0.3):
			w.note("leader %d died before page %d was written", l.id, p.Header.Number)
			return
		case dead && w.chance(0.3) && p.Header.Number == uint64(len(d.rows)):
			w.note("leader %d died and page %d is torn", l.id, p.Header.Number)
			r := stored(p)
			r.bodies = r.bodies[:len(r.bodies)/2]
			d.rows = append(d.rows, r)
			return
		case p.Header.Number < uint64(len(d.rows)):
			w.note("leader %d: page %d is another's", l.id, p.Header.Number)
			w.after(time.Millisecond, l.ifAlive(life, func() { done(journal.ErrFenced) }))
			return
		case p.Header.Number > uint64(len(d.rows)):
			w.after(time.Millisecond, l.ifAlive(life, func() { done(journal.ErrOrder) }))
			return
		}
		d.rows = append(d.rows, stored(p))
		w.after(w.between(100*time.Microsecond, 5*time.Millisecond), l.ifAlive(life, func() { done(nil) }))
	})
}

// pages reads everything back. A torn last row was never acknowledged: an SQL engine would have rolled it back.
func (d *disk) pages(w *world) []*journal.Page {
	var out []*journal.Page
	var previous corridor.Digest
	for i, r := range d.rows {
		p, err := r.page()
		if err != nil && i == len(d.rows)-1 {
			w.note("torn page %d is rolled back", i)
			d.rows = d.rows[:i]
			break
		}
		if err != nil || p.Header.Number != uint64(i) || p.Header.Previous != previous {
			w.fail(CheckJournal, "page %d: %v", i, err)
			break
		}
		previous = p.Hash()
		out = append(out, p)
	}
	return out
}
