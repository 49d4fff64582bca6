package hub

import (
	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// end closes a live session with a fault that the member is told.
func (h *Heart) end(t *terminal, f *corridor.Fault) {
	e := &entry.SessionClosed{LT: t.lt, Session: t.session, Reason: f.Code}
	h.add(e, nil)
	h.tell(Outcome{To: SessionRef{t.lt, t.session}, Kind: Farewell, Fault: f})
	must(h.state.sessionClosed(e))
	h.ended(t)
}

// ended lets the institution's other terminals go on; answers of a later session do not join those of this one.
func (h *Heart) ended(t *terminal) {
	delete(h.answered, t)
	h.touch(t.to)
}

// Recorded tells the holder of a ticket when all that was decided so far is durable.
func (h *Heart) Recorded(ticket uint64) { h.tell(Outcome{Kind: Recorded, Ticket: ticket}) }

// Login is a login whose certificates, version and network the shell has checked.
type Login struct {
	Ticket                 uint64
	LT                     corridor.LT
	Transport, Signing     corridor.Digest
	Window                 int
	Delivery, Takeover     bool
	LastSent, LastAnswered corridor.ISN
	LastStored             corridor.OSN
}

// Login decides on a login; the outcome is a Welcome, and the messages that are out, or a LoginRefused.
func (h *Heart) Login(now int64, l Login) {
	h.at(now)
	t := h.state.terminals[l.LT]
	if f := h.refuses(t, &l); f != nil {
		h.tell(Outcome{To: SessionRef{LT: l.LT}, Kind: LoginRefused, Fault: f, Ticket: l.Ticket})
		return
	}
	if t.live != nil {
		h.end(t, corridor.NetworkFault(corridor.FaultTakenOver))
	}
	e := &entry.SessionOpened{LT: l.LT, Session: t.session.Next(), TransportKey: l.Transport, SigningKey: l.Signing, Window: uint32(l.Window), Delivery: l.Delivery}
	h.add(e, nil)
	must(h.state.sessionOpened(e))
	to := SessionRef{t.lt, t.session}
	h.tell(Outcome{To: to, Kind: Welcome, Expected: t.isn, Assigned: t.osn, Window: l.Window, Ticket: l.Ticket})
	if l.Delivery {
		h.deliver(t, t.unacknowledged(), true)
	}
	h.touch(t.to)
}

func (h *Heart) refuses(t *terminal, l *Login) *corridor.Fault {
	if t == nil {
		return corridor.NetworkFault(corridor.FaultUnknownLT, l.LT)
	}
	if _, off := h.state.standing.Off(t.to.bic); off {
		return corridor.NetworkFault(corridor.FaultDisconnected)
	}
	for _, id := range []corridor.Digest{l.Transport, l.Signing} {
		if k := h.state.keys[id]; k != nil && k.revoked {
			return corridor.NetworkFault(corridor.FaultRevoked)
		}
	}
	k := h.state.keys[l.Signing]
	switch {
	case k == nil || k.lt != l.LT:
		return corridor.NetworkFault(corridor.FaultNotItsLT, l.LT)
	case k.until < h.now:
		return corridor.NetworkFault(corridor.FaultExpired)
	case l.Window < 1 || l.Window > corridor.MaxWindow:
		return corridor.NetworkFault(corridor.FaultWindowRange, l.Window)
	case t.live != nil && !l.Takeover:
		return corridor.NetworkFault(corridor.FaultLoggedIn, l.LT)
	case l.LastSent < t.isn:
		return corridor.NetworkFault(corridor.FaultStoreBehind, "the store has given out", l.LastSent, "the network has taken", t.isn)
	case l.LastAnswered > t.isn:
		return corridor.NetworkFault(corridor.FaultISNAhead, "the store has the answer of", l.LastAnswered, "the network has taken", t.isn)
	case l.LastStored > t.osn:
		return corridor.NetworkFault(corridor.FaultOSNAhead, "the store has", l.LastStored, "given out are", t.osn)
	}
	return nil
}

func (t *terminal) unacknowledged() []Numbered {
	out := make([]Numbered, 0, t.open)
	for i := range t.pending {
		if d := &t.pending[i]; !d.done && !d.doubt {
			out = append(out, Numbered{d.osn, d.what.at})
		}
	}
	return out
}

// Logout ends a session at the member's wish (reason "logout") or because its line is lost.
func (h *Heart) Logout(now int64, s SessionRef, reason string) {
	t := h.current(s)
	if t == nil {
		return
	}
	h.at(now)
	e := &entry.SessionClosed{LT: s.LT, Session: s.Session, Reason: reason}
	h.add(e, nil)
	h.tell(Outcome{To: s, Kind: Farewell})
	must(h.state.sessionClosed(e))
	h.ended(t)
}

// End closes a session with a fault, for the shell.
func (h *Heart) End(now int64, s SessionRef, f *corridor.Fault) {
	if t := h.current(s); t != nil {
		h.at(now)
		h.end(t, f)
	}
}

func (h *Heart) current(s SessionRef) *terminal {
	t := h.state.terminals[s.LT]
	if t == nil || t.live == nil || t.session != s.Session {
		return nil
	}
	return t
}
