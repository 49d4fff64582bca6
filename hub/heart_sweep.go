package hub

import (
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// What stood in the queues when a fence passed is worked off in steps, so that no page waits for it; until then the door
// (see door) keeps it from being delivered.

// sweeping reports that a fence left work behind.
func (h *Heart) sweeping() bool { return h.state.closings > 0 && !h.stuck || h.broadcasting() }

// closings are the institutions that were disconnected and have no closing statement yet, by BIC8.
func (h *Heart) closings() []*destination {
	if h.state.closings == 0 {
		return nil
	}
	var all []*destination
	_, unclosed := h.state.standing.OffAll()
	for _, b := range unclosed {
		if d := h.state.destinations[b]; d != nil && d.closing != nil {
			all = append(all, d)
		}
	}
	return all
}

// sweep decides on some of the messages that a severing fence left in queues and under way, and writes closing statements where
// nothing is left.
func (h *Heart) sweep() {
	all := h.closings()
	if len(all) == 0 {
		return
	}
	room := maxSweep
	for _, d := range all {
		room = h.sweepTo(d, room)
	}
	room = h.sweepFrom(room)
	h.stuck = false
	if room <= 0 {
		return
	}
	closed := 0
	for _, d := range all {
		if d.closing.drains && d.serving != nil && (d.queue.size() > 0 || d.serving.open > 0) {
			h.stuck = true // until its session takes what waits
			continue
		}
		if closed++; closed > maxClosings {
			h.stuck = false
			return
		}
		h.close(d)
	}
}

// inFlight are the rules of the order that disconnected an institution.
func (h *Heart) inFlight(d *destination) (*standing.Record, *standing.InFlight) {
	r := h.state.standing.Order(d.closing.order)
	return r, &r.Order.InFlight
}

// sweepTo works off what waits for a disconnected institution, is given out to it, or is held for it.
func (h *Heart) sweepTo(d *destination, room int) int {
	r, rules := h.inFlight(d)
	if d.closing.drains {
		if d.serving != nil {
			return room
		}
		d.closing.drains = false // its line is gone, and it cannot come back for the rest
	}
	for _, t := range d.terminals {
		for i := 0; i < len(t.pending) && room > 0; {
			if p := t.pending[i]; !p.done {
				h.settle(r, rules, p.what, d)
				room--
				i = 0 // what was settled may be gone from the beginning
				continue
			}
			i++
		}
	}
	for _, w := range d.all(room) {
		h.away(r, rules.UndeliveredTo, w, d, false)
		room--
	}
	return h.sweepHeld(d, r, rules, room)
}

// all are up to n of the messages that wait for a destination, in the order of delivery, its refused ones first.
func (d *destination) all(n int) []waiting {
	var out []waiting
	for _, r := range d.retries {
		if len(out) < n {
			out = append(out, r.what)
		}
	}
	d.queue.next(n-len(out), func(w waiting) { out = append(out, w) })
	return out
}

// settle ends a delivery whose acknowledgement is missing (R33).
func (h *Heart) settle(r *standing.Record, rules *standing.InFlight, w waiting, to *destination) {
	e := h.decisionAbout(r, w, to)
	e.Outcome = entry.InDoubt
	if rules.Unacked == "delivered" {
		e.Outcome, e.Rule = entry.Passes, ruleCounted
	}
	h.decideLater(e)
}

// away ends the waiting of a message of a disconnected institution (R31, R32).
func (h *Heart) away(r *standing.Record, rule string, w waiting, to *destination, from bool) {
	e := h.decisionAbout(r, w, to)
	switch {
	case rule == "hold" && w.from != nil:
		e.Outcome = entry.Holds
	case from || w.from == nil || h.off(w.from.to):
		e.Outcome = entry.Stores
	default:
		e.Outcome = entry.Returns
	}
	h.decideLater(e)
}

func (h *Heart) off(d *destination) bool {
	_, off := h.state.standing.Off(d.bic)
	return off
}

func (h *Heart) decisionAbout(r *standing.Record, w waiting, to *destination) *entry.Decided {
	e := &entry.Decided{Message: w.at, Stage: entry.AtFence, Rule: standing.RuleSubject, Orders: []string{r.Order.ID}, Receiver: to.bic}
	if w.from != nil {
		e.Sender = w.from.to.bic
	}
	return e
}

// sweepHeld returns messages that were held before their institution was disconnected (R34).
func (h *Heart) sweepHeld(d *destination, r *standing.Record, rules *standing.InFlight, room int) int {
	if rules.Held == "hold" || len(h.state.held) == 0 {
		return room
	}
	for _, m := range h.heldBefore(d) {
		if room <= 0 {
			break
		}
		x := h.state.held[m.At]
		e := h.decisionAbout(r, x.what, x.to)
		e.Outcome = entry.Returns
		if x.what.from == nil || h.off(x.what.from.to) {
			e.Outcome = entry.Stores
		}
		h.decideLater(e)
		room--
	}
	return room
}

func (h *Heart) heldBefore(d *destination) []*standing.Held {
	return slices.DeleteFunc(h.state.standing.HeldMessages(), func(m *standing.Held) bool {
		return m.Sender != d.bic && m.Receiver != d.bic || slices.Contains(m.Orders, d.closing.order)
	})
}

// sweepFrom works off what disconnected institutions sent to others that is not delivered yet.
func (h *Heart) sweepFrom(room int) int {
	for _, bic := range h.bics() {
		to := h.state.destinations[bic]
		if to.closing != nil {
			continue
		}
		for _, t := range to.terminals {
			for i := range t.pending {
				if p := &t.pending[i]; room > 0 && !p.done && !p.doubt && p.what.from != nil && p.what.from.to.closing != nil {
					r, rules := h.inFlight(p.what.from.to)
					h.settle(r, rules, p.what, to)
					room--
				}
			}
		}
		for _, w := range to.fromDisconnected(room) {
			r, rules := h.inFlight(w.from.to)
			if rules.UndeliveredFrom == "deliver" {
				continue
			}
			h.away(r, rules.UndeliveredFrom, w, to, true)
			room--
		}
	}
	return room
}

// fromDisconnected are up to n of the messages that wait for a destination and come from an institution that is being closed.
func (d *destination) fromDisconnected(n int) []waiting {
	var out []waiting
	see := func(w waiting) {
		if len(out) < n && w.from != nil && w.from.to.closing != nil {
			out = append(out, w)
		}
	}
	for _, r := range d.retries {
		see(r.what)
	}
	for i := range d.queue {
		d.queue[i].each(see)
	}
	return out
}

func (h *Heart) bics() []corridor.BIC {
	all := make([]corridor.BIC, 0, len(h.state.destinations))
	for b := range h.state.destinations {
		all = append(all, b)
	}
	slices.Sort(all)
	return all
}
