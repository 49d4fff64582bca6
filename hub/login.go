package hub

import (
	"bytes"
	"context"
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/session"
	"corridor.example/corridor/session/sessionpb"
)

// Login checks a login's certificates, asks the heart and waits until the session is in the journal.
func (h *Hub) Login(ctx context.Context, l *sessionpb.Login, peer session.Peer) (session.Session, *sessionpb.Welcome, *corridor.Fault) {
	login, f := h.checkLogin(ctx, l, peer)
	if f != nil {
		return nil, nil, f
	}
	o, f := h.askLogin(ctx, login)
	if f != nil {
		h.config.Log.Info("login refused", "lt", login.LT, "from", peer.Address, "code", f.Code, "text", f.Text)
		return nil, nil, f
	}
	h.mu.Lock()
	c := h.conns[o.To]
	h.mu.Unlock()
	if c == nil { // ended between the journal and here
		return nil, nil, corridor.NetworkFault(corridor.FaultTakenOver)
	}
	h.config.Log.Info("session opened", "lt", o.To.LT, "session", o.To.Session, "from", peer.Address, "software", l.Software)
	return c, &sessionpb.Welcome{
		Session: uint32(o.To.Session), Window: uint32(corridor.MaxWindow), LastAccepted: uint64(o.Expected), LastAssigned: uint64(o.Assigned),
		Time: h.config.Clock().UnixMilli(), HubCertificate: h.config.Key.Certificate().DER,
	}, nil
}

// checkLogin is the stateless part: the signing certificate is this network's and this terminal's.
func (h *Hub) checkLogin(ctx context.Context, l *sessionpb.Login, peer session.Peer) (Login, *corridor.Fault) {
	if h.state.Load() != stateLeading {
		return Login{}, corridor.NetworkFault(corridor.FaultJournal)
	}
	if l.Network != string(h.config.Network) {
		return Login{}, corridor.NetworkFault(corridor.FaultOtherNetwork, "this is", h.config.Network)
	}
	lt, err := corridor.ParseLT(l.Lt)
	if err != nil {
		return Login{}, corridor.NetworkFault(corridor.FaultLoginForm, err)
	}
	if !slices.Contains(peer.LTs, lt) {
		return Login{}, corridor.NetworkFault(corridor.FaultNotItsLT, lt)
	}
	cert, err := h.config.Root.Member(l.SigningCertificate, h.config.Clock())
	if err != nil {
		return Login{}, corridor.NetworkFault(corridor.FaultForeignKey, err)
	}
	if cert.LT != lt {
		return Login{}, corridor.NetworkFault(corridor.FaultNotItsLT, "the signing certificate is that of", cert.LT)
	}
	if f := h.checkHistory(ctx, l.Checkpoint); f != nil {
		return Login{}, f
	}
	window := int(l.Window)
	if window == 0 {
		window = corridor.DefaultWindow
	}
	return Login{
		LT: lt, Transport: peer.Transport, Signing: cert.ID, Window: window, Delivery: l.Delivery, Takeover: l.Takeover,
		LastSent: corridor.ISN(l.LastSent), LastAnswered: corridor.ISN(l.LastAnswered), LastStored: corridor.OSN(l.LastStored),
	}, nil
}

func (h *Hub) askLogin(ctx context.Context, l Login) (Outcome, *corridor.Fault) {
	answer := make(chan Outcome, 1)
	h.mu.Lock()
	h.ticket++
	l.Ticket = h.ticket
	h.tickets[l.Ticket] = answer
	h.mu.Unlock()
	h.give(event{act: func(now int64) { h.heart.Login(now, l) }})
	late := time.NewTimer(loginTimeout)
	defer late.Stop()
	var f *corridor.Fault
	select {
	case o := <-answer:
		return o, o.Fault
	case <-late.C:
		f = corridor.NetworkFault(corridor.FaultJournal, "the login could not be recorded in", loginTimeout)
	case <-ctx.Done():
		f = corridor.NetworkFault(corridor.FaultLineLost)
	case <-h.stopped:
		f = corridor.NetworkFault(corridor.FaultShutdown)
	}
	return h.abandon(l.Ticket, answer, f)
}

// abandon gives a login up, unless its answer came just now: then the session exists and its server must end it.
func (h *Hub) abandon(ticket uint64, answer <-chan Outcome, f *corridor.Fault) (Outcome, *corridor.Fault) {
	h.mu.Lock()
	delete(h.tickets, ticket)
	h.mu.Unlock()
	select {
	case o := <-answer:
		return o, o.Fault
	default:
		return Outcome{}, f
	}
}

// setLeaders keeps a copy of the leaders' certificates for the sessions' goroutines.
func (h *Hub) setLeaders(all []leader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leaders = slices.Clone(all)
}

// leaderCertificate is the certificate that signed the pages of a term, or nil if it is the one of the Welcome.
func (h *Hub) leaderCertificate(term uint64) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	var der []byte
	for _, l := range h.leaders {
		if l.from <= term {
			der = l.der
		}
	}
	if bytes.Equal(der, h.config.Key.Certificate().DER) {
		return nil
	}
	return der
}
