package hub

import (
	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// door looks once more at a message that was accepted before a fence which touches one of its ends. It reports whether the
// message may go now; asks means that the journal must say more of it first.
func (h *Heart) door(w waiting, d *destination) (goes, asks bool) {
	s := h.state
	since := s.since(w.at)
	if w.from == nil || since.Compare(s.lastFence) > 0 {
		return true, false
	}
	if f := w.from.to; f.closing != nil || d.closing != nil && !d.closing.drains {
		if f.closing != nil {
			_, rules := h.inFlight(f)
			return rules.UndeliveredFrom == "deliver", false
		}
		return false, false // the sweep takes it
	}
	fenced := since.Compare(d.fence) < 0 || since.Compare(w.from.to.fence) < 0 || s.standing.LooksInside() && since.Compare(s.lastFence) < 0
	if !fenced || h.cleared[w.at] == s.standing.Version()+1 {
		return true, false
	}
	return false, true
}

// since is the place of the newest decision about a message: orders in effect there were heard.
func (s *state) since(at corridor.Position) corridor.Position {
	if j, ok := s.judged[at]; ok {
		return j
	}
	return at
}

// atDoor is how many of the messages that are next may be given out. It asks for the facts of those that orders look at
// again, and stops there: order is kept.
func (h *Heart) atDoor(d *destination, room int) int {
	n := 0
	d.nextWith(room, h.now, func(w waiting) bool {
		goes, asks := h.door(w, d)
		if asks {
			h.want(w.at)
		}
		if goes {
			n++
		}
		return goes
	})
	return n
}

// nextWith yields what is to be given out next until f says no: due retries, then the queue.
func (d *destination) nextWith(n int, now int64, f func(waiting) bool) {
	for i := 0; i < len(d.retries) && d.retries[i].due <= now && n > 0; i++ {
		if !f(d.retries[i].what) {
			return
		}
		n--
	}
	ok := true
	d.queue.next(n, func(w waiting) { ok = ok && f(w) })
}

// want asks the shell for what the journal says of a message; not where it has enough to do. It may ask more than once.
func (h *Heart) want(at corridor.Position) bool {
	switch {
	case h.wanted[at]:
		return true
	case len(h.wanted) >= maxFacts:
		return false
	}
	h.wanted[at] = true
	h.tell(Outcome{Kind: FactsWanted, Messages: []Numbered{{At: at}}})
	return true
}

// Facts gives the heart what the journal says of a message that it asked for: one that ended without delivery, whose sender
// must hear of it; one at the door; one that was held.
func (h *Heart) Facts(now int64, f Facts) {
	delete(h.wanted, f.At)
	h.at(now)
	if h.state.aborting[f.At] != "" {
		h.aborted(f)
		return
	}
	d := h.state.destinations[f.Receiver.BIC8()]
	held := h.state.standing.HeldAt(f.At)
	if d == nil || f.Type == "" {
		return
	}
	if _, _, waits := d.find(f.At); held == nil && !waits {
		return
	}
	m := standing.Message{Time: h.time, Sender: f.Sender, Receiver: f.Receiver, Type: f.Type, Particulars: f.Inside}
	if held != nil { // all that is in force now must let it go
		x := h.state.standing.Decide(&m)
		h.releaseHeld(held, &x, &m)
	} else {
		m.Since = h.state.since(f.At)
		x := h.state.standing.Decide(&m)
		h.passDoor(f.At, d, &x, &m)
	}
	h.touch(d)
}

// passDoor is the second decision about a message, before it is given out.
func (h *Heart) passDoor(at corridor.Position, d *destination, x *standing.Decision, m *standing.Message) {
	e := h.decided(x, m, entry.AtDeliver)
	if e == nil {
		h.cleared[at] = h.state.standing.Version() + 1
		return
	}
	e.Message = at
	if e.Outcome == entry.Refuses {
		e.Outcome = h.instead(x)
		if _, off := h.state.standing.Off(m.Sender.BIC8()); off && e.Outcome == entry.Returns {
			e.Outcome = entry.Stores
		}
	}
	if e.Outcome == entry.Passes || e.Outcome == entry.Licensed {
		h.cleared[at] = h.state.standing.Version() + 1
	}
	h.decideLater(e)
}

// instead is what becomes of a message at the door that orders would have refused at input: what their rules for what is in
// flight say, the strictest first.
func (h *Heart) instead(x *standing.Decision) entry.Ruling {
	outcome := entry.Passes
	for _, id := range x.Stops {
		rule := ""
		if r := h.state.standing.Order(id); r != nil {
			if rule = r.Order.InFlight.UndeliveredTo; x.Side == "sender" {
				rule = r.Order.InFlight.UndeliveredFrom
			}
		}
		switch rule {
		case "deliver":
		case "hold":
			outcome = entry.Holds
		default:
			return entry.Returns
		}
	}
	return outcome
}

// rescreen asks for the facts of held messages that no order may hold any more, since something changed (R76).
func (h *Heart) rescreen() {
	s := h.state.standing
	if h.screened == s.Version() {
		return
	}
	for _, m := range s.HeldMessages() {
		if h.looked[m.At] != s.Version()+1 && !s.OffEither(m.Sender, m.Receiver) && !h.want(m.At) {
			return // some more with the next tick
		}
	}
	h.screened = s.Version()
}

// releaseHeld screens a held message again when something changed.
func (h *Heart) releaseHeld(m *standing.Held, x *standing.Decision, s *standing.Message) {
	h.looked[m.At] = h.state.standing.Version() + 1
	if x.Outcome != entry.Passes {
		return // a licence that would open it now is for officers to grant
	}
	e := h.decided(x, s, entry.AtRelease)
	if e == nil {
		e = &entry.Decided{Stage: entry.AtRelease, Outcome: entry.Passes, Rule: m.Rule, Orders: m.Orders, Sender: m.Sender, Receiver: m.Receiver}
	}
	e.Message = m.At
	delete(h.looked, m.At)
	h.decideLater(e)
}
