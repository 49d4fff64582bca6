package hub

import (
	"fmt"
	"maps"
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/rma"
)

// The log of governance is written as its entries, and carried out again when it is read: a snapshot has no form of an order of
// its own. What messages changed since (budgets, held messages, counts) and authorisations, of which there are many, have one.

const (
	leastGoverned  = leastPosition + 2
	leastBroadcast = leastPosition + 1
	leastHeld      = leastPosition + leastWaiting + 2
)

func (s *state) writeGovernance(w *writer) {
	w.uint(uint64(len(s.log)))
	for _, g := range s.log {
		w.at(g.at)
		w.uint(uint64(g.time))
		w.bytes(g.stored)
	}
	w.bytes(s.authorised.AppendSnapshot(nil))
	w.bytes(s.standing.AppendUse(nil))
	w.uint(uint64(s.failed))
	w.uint(uint64(len(s.broadcasts)))
	for _, b := range s.broadcasts {
		w.at(b.about)
		w.text(string(b.after))
	}
}

func (s *state) readGovernance(r *reader) error {
	for range r.count(leastGoverned) {
		at, time, stored := r.at(), int64(r.uint()), r.bytes()
		if r.bad {
			return errDamaged
		}
		e, err := entry.Decode(stored)
		if err == nil {
			err = s.applyGovernance(at, time, stored, e)
		}
		if err != nil {
			return fmt.Errorf("snapshot: governance at %v: %w", at, err)
		}
	}
	rules := s.authorised.Rules()
	authorised, rest, err := rma.ReadSnapshot(r.bytes(), rules)
	if err != nil || len(rest) != 0 {
		return errDamaged
	}
	s.authorised = authorised
	if err := s.standing.ReadUse(r.bytes()); err != nil {
		return err
	}
	s.failed = int(r.uint())
	return s.readBroadcasts(r)
}

var errDamaged = fmt.Errorf("snapshot is damaged: it will be made anew by a full replay")

// readBroadcasts leaves those that are not ended, each as far as it came.
func (s *state) readBroadcasts(r *reader) error {
	begun := map[corridor.Position]*broadcast{}
	for _, b := range s.broadcasts {
		begun[b.about] = b
	}
	s.broadcasts = nil
	for range r.count(leastBroadcast) {
		b := begun[r.at()]
		if b == nil {
			return errDamaged
		}
		b.after = corridor.BIC(r.text())
		s.broadcasts = append(s.broadcasts, b)
	}
	return nil
}

func (d *destination) writeClosing(w *writer) {
	w.bool(d.closing != nil)
	if d.closing == nil {
		return
	}
	c := d.closing
	w.text(c.order)
	w.at(c.fence)
	w.uint(uint64(c.instant))
	w.bool(c.drains)
	for _, l := range [][]corridor.Position{c.returned, c.stored, c.held, c.doubt} {
		w.uint(uint64(len(l)))
		for _, at := range l {
			w.at(at)
		}
	}
}

func (d *destination) readClosing(r *reader) {
	d.closing = nil
	if !r.bool() {
		return
	}
	c := &closing{order: r.text(), fence: r.at(), instant: int64(r.uint()), drains: r.bool()}
	for _, l := range []*[]corridor.Position{&c.returned, &c.stored, &c.held, &c.doubt} {
		for range r.count(leastPosition) {
			*l = append(*l, r.at())
		}
	}
	d.closing = c
}

func (s *state) writeHeld(w *writer) {
	w.at(s.lastFence)
	judged := slices.SortedFunc(maps.Keys(s.judged), corridor.Position.Compare)
	w.uint(uint64(len(judged)))
	for _, at := range judged {
		w.at(at)
		w.at(s.judged[at])
	}
	ats := slices.SortedFunc(maps.Keys(s.held), corridor.Position.Compare)
	w.uint(uint64(len(ats)))
	for _, at := range ats {
		m := s.held[at]
		w.waiting(m.what)
		w.uint(uint64(m.prio))
		w.text(string(m.to.bic))
	}
}

func (s *state) readHeld(r *reader) {
	s.lastFence = r.at()
	for range r.count(2 * leastPosition) {
		at := r.at()
		s.judged[at] = r.at()
	}
	for range r.count(leastHeld - leastPosition) {
		m := &heldMessage{what: r.waiting(), prio: corridor.Priority(r.uint())}
		if m.to = s.destinations[corridor.BIC(r.text())]; m.to == nil {
			r.bad = true
			return
		}
		s.held[m.what.at] = m
	}
}
