package hub

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
	"corridor.example/corridor/session/sessionpb"
)

// Login checks a login's certificates, asks the heart and waits until the session is in the journal.
func (h *Hub) Login(ctx context.Context, l *sessionpb.Login, peer session.Peer) (session.Session, *sessionpb.Welcome, *corridor.Fault) {
	login, f := h.checkLogin(ctx, l, peer)
	if f != nil {
		return nil, nil, f
	}
	o, c, f := h.ask(ctx, func(now int64, ticket uint64) {
		login.Ticket = ticket
		h.heart.Login(now, login)
	})
	if f != nil {
		h.config.Log.Info("login refused", "lt", login.LT, "from", peer.Address, "code", f.Code, "text", f.Text)
		return nil, nil, f
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
	if lt.BIC8().IsTest() != h.config.Own.BIC8().IsTest() {
		return Login{}, corridor.NetworkFault(corridor.FaultTestAndLive, lt, "at the network of", h.config.Own)
	}
	if !slices.Contains(peer.LTs, lt) {
		return Login{}, corridor.NetworkFault(corridor.FaultNotItsLT, lt)
	}
	cert, err := h.config.Root.Member(l.SigningCertificate, h.config.Clock())
	if err != nil {
		return Login{}, h.certificateFault(l.SigningCertificate, err)
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

// certificateFault tells a certificate that is only too old from one that was never good here.
func (h *Hub) certificateFault(der []byte, err error) *corridor.Fault {
	if c, unread := pki.Parse(der); unread == nil {
		if _, foreign := h.config.Root.Member(der, c.NotAfter); foreign == nil {
			return corridor.NetworkFault(corridor.FaultExpired, err)
		}
	}
	return corridor.NetworkFault(corridor.FaultForeignKey, err)
}

// answer is what a waiting login or admission hears: the outcome, and the session where it opened one.
type answer struct {
	outcome Outcome
	conn    *conn
}

// ask gives the heart an act that ends in an outcome with the ticket, and waits until that is durable. A session that it
// opened is its caller's, even if it has ended since: who holds it reads its farewell.
func (h *Hub) ask(ctx context.Context, act func(now int64, ticket uint64)) (Outcome, *conn, *corridor.Fault) {
	ctx, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	got := make(chan answer, 1)
	h.mu.Lock()
	h.ticket++
	ticket := h.ticket
	h.tickets[ticket] = got
	h.mu.Unlock()
	h.giveWhile(ctx, event{act: func(now int64) { act(now, ticket) }})
	select {
	case a := <-got:
		return a.outcome, a.conn, a.outcome.Fault
	case <-ctx.Done():
	case <-h.stopped:
	}
	return h.abandon(ctx, ticket, got)
}

// abandon gives an act up, unless its outcome came just now.
func (h *Hub) abandon(ctx context.Context, ticket uint64, got <-chan answer) (Outcome, *conn, *corridor.Fault) {
	h.mu.Lock()
	delete(h.tickets, ticket)
	h.mu.Unlock()
	select {
	case a := <-got:
		return a.outcome, a.conn, a.outcome.Fault
	default:
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return Outcome{}, nil, corridor.NetworkFault(corridor.FaultJournal, "nothing could be recorded in", loginTimeout)
	case ctx.Err() != nil:
		return Outcome{}, nil, corridor.NetworkFault(corridor.FaultLineLost)
	default:
		return Outcome{}, nil, corridor.NetworkFault(corridor.FaultShutdown)
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
