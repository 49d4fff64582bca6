package hub

import (
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
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
	for _, d := range all {
		if d.closing.drains && d.serving != nil && (d.queue.size() > 0 || d.serving.open > 0) {
			h.stuck = true // until its session takes what waits
			continue
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

// ClosingStatement is what the network says last to, and of, a disconnected institution. Lists are in the order of the journal and
// have at most maxClosingList places; the counts are of all.
type ClosingStatement struct {
	BIC       corridor.BIC      `json:"bic"`
	Order     string            `json:"order"`
	Instant   string            `json:"instant"` // the legal one
	Fence     string            `json:"fence"`   // place in the journal
	Written   string            `json:"written"`
	Terminals []ClosingTerminal `json:"terminals"`
	Returned  ClosingList       `json:"returned"` // to it, their senders were told
	Stored    ClosingList       `json:"stored"`   // from it, not delivered; nobody else was told
	Held      ClosingList       `json:"held"`
	InDoubt   ClosingList       `json:"in_doubt"`
	StateHash string            `json:"state_hash"` // hash of the page before this entry's: the journal up to there
}

// ClosingTerminal is the last numbers of one terminal.
type ClosingTerminal struct {
	LT         corridor.LT            `json:"lt"`
	Generation uint32                 `json:"generation"`
	Session    corridor.SessionNumber `json:"session"`
	ISN        corridor.ISN           `json:"isn"`
	OSN        corridor.OSN           `json:"osn"`
}

// ClosingList is a list of places in the journal.
type ClosingList struct {
	Count  int      `json:"count"`
	Places []string `json:"places,omitempty"`
	Digest string   `json:"digest,omitempty"` // SHA-256 of all places, one a line
}

// close writes the closing statement of an institution for which nothing is left to decide.
func (h *Heart) close(d *destination) {
	c := d.closing
	for _, t := range d.terminals {
		if t.live != nil {
			h.end(t, corridor.NetworkFault(corridor.FaultOrder))
		}
	}
	s := ClosingStatement{
		BIC: d.bic, Order: c.order, Instant: stamp(c.instant), Fence: c.fence.String(), Written: stamp(h.time), StateHash: h.previous.String(),
		Returned: closingList(c.returned), Stored: closingList(c.stored), Held: closingList(c.held), InDoubt: closingList(c.doubt),
	}
	for _, t := range d.terminals {
		s.Terminals = append(s.Terminals, ClosingTerminal{t.lt, t.generation, t.session, t.isn, t.osn})
	}
	text, err := canonical.Marshal(&s)
	must(err)
	e := &entry.Closing{BIC: d.bic, Order: c.order, Statement: text}
	at := h.add(e, nil)
	h.state.closed(at, h.time, entry.Append(nil, e), e)
}

func stamp(nanos int64) string { return time.Unix(0, nanos).UTC().Format(time.RFC3339) }

func closingList(all []corridor.Position) ClosingList {
	slices.SortFunc(all, comparePositions)
	l := ClosingList{Count: len(all)}
	if len(all) == 0 {
		return l
	}
	var text []byte
	for i, at := range all {
		if i < maxClosingList {
			l.Places = append(l.Places, at.String())
		}
		text = append(text, at.String()...)
		text = append(text, '\n')
	}
	l.Digest = corridor.DigestOf(text).String()
	return l
}

// door looks once more at a message that was accepted before a fence which touches one of its ends. It reports whether the
// message may go now; asks means that the journal must say more of it first.
func (h *Heart) door(w waiting, d *destination) (goes, asks bool) {
	s := h.state
	if w.from == nil || w.delayed || comparePositions(w.at, s.lastFence) > 0 {
		return true, false
	}
	if f := w.from.to; f.closing != nil || d.closing != nil && !d.closing.drains {
		if f.closing != nil {
			_, rules := h.inFlight(f)
			return rules.UndeliveredFrom == "deliver", false
		}
		return false, false // the sweep takes it
	}
	fenced := comparePositions(w.at, d.fence) < 0 || comparePositions(w.at, w.from.to.fence) < 0 || s.standing.LooksInside() && comparePositions(w.at, s.lastFence) < 0
	if !fenced || h.cleared[w.at] == s.standing.Version()+1 {
		return true, false
	}
	return false, true
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
	if held == nil {
		if _, _, waits := d.find(f.At); !waits {
			return
		}
	}
	m := standing.Message{Time: h.time, Sender: f.Sender, Receiver: f.Receiver, Type: f.Type, Particulars: f.Inside}
	x := h.state.standing.Decide(&m)
	if held != nil {
		h.releaseHeld(held, &x, &m)
	} else {
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

// instead is what becomes of a message at the door that its order would have refused at input: as the order's rules for
// what is in flight say.
func (h *Heart) instead(x *standing.Decision) entry.Ruling {
	for _, id := range x.Orders {
		r := h.state.standing.Order(id)
		if r == nil {
			continue
		}
		rule := r.Order.InFlight.UndeliveredTo
		if x.Side == "sender" {
			rule = r.Order.InFlight.UndeliveredFrom
		}
		switch rule {
		case "hold":
			return entry.Holds
		case "deliver":
			return entry.Passes
		}
	}
	return entry.Returns
}

// rescreen asks for the facts of held messages that no order may hold any more, since something changed (R76).
func (h *Heart) rescreen() {
	s := h.state.standing
	if h.screened == s.Version() {
		return
	}
	for _, m := range s.HeldMessages() {
		if h.cleared[m.At] != s.Version()+1 && !s.OffEither(m.Sender, m.Receiver) && !h.want(m.At) {
			return // some more with the next tick
		}
	}
	h.screened = s.Version()
}

// releaseHeld screens a held message again when something changed.
func (h *Heart) releaseHeld(m *standing.Held, x *standing.Decision, s *standing.Message) {
	h.cleared[m.At] = h.state.standing.Version() + 1
	if x.Outcome != entry.Passes {
		return // a licence that would open it now is for officers to grant
	}
	e := h.decided(x, s, entry.AtRelease)
	if e == nil {
		e = &entry.Decided{Stage: entry.AtRelease, Outcome: entry.Passes, Rule: m.Rule, Orders: m.Orders, Sender: m.Sender, Receiver: m.Receiver}
	}
	e.Message = m.At
	delete(h.cleared, m.At)
	h.decideLater(e)
}
