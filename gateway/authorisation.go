package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/rma"
)

// AuthorisationUse says what the gateway does with a message that is not authorised. The network judges by its own policy in any case.
type AuthorisationUse string

// The uses.
const (
	AuthorisationsShown    AuthorisationUse = "shown"    // counted, and said once for each pair in the log
	AuthorisationsRequired AuthorisationUse = "required" // not sent; what comes is kept, and handed over under incoming/investigation
)

// authorisations are what the member knows of who may send what to whom: the acts that its terminals sent, once the network had taken them,
// and those they received. They stand in the terminals' stores and are read again at each start.
//
// Acts come in another order than the network took them: an answer may come after the other side's acceptance of it. So they are kept by
// their place in the journal, and an act before the newest makes the state anew.
type authorisations struct {
	root *pki.Root
	use  AuthorisationUse

	mu     sync.RWMutex
	rules  rma.Rules
	start  []actAt // the network's lists to start with, before everything
	acts   []actAt // by their place
	state  *rma.State
	warned map[[2]corridor.BIC]bool
}

// actAt is an act with its place and time in the journal.
type actAt struct {
	at   corridor.Position
	time int64 // Unix nanoseconds
	act  entry.Act
}

// openAuthorisations reads the lists to start with; the acts in the stores follow.
func openAuthorisations(root *pki.Root, c *Config, now time.Time) (*authorisations, error) {
	a := &authorisations{root: root, use: c.Authorisations, rules: rma.Rules{Exempt: c.AuthorisationFree}, warned: map[[2]corridor.BIC]bool{}}
	for _, list := range c.AuthorisationLists {
		acted, err := entry.DecodeActFile(list)
		if err != nil {
			return nil, fmt.Errorf("list of authorisations: %w", err)
		}
		act, err := a.verify(acted, now)
		if err != nil {
			return nil, fmt.Errorf("list of authorisations: %w", err)
		}
		if act.Kind != rma.KindBootstrap {
			return nil, fmt.Errorf("list of authorisations: the file holds %s, needed is %s", act.Kind, rma.KindBootstrap)
		}
		a.start = append(a.start, actAt{time: int64(act.SignedAt) * int64(time.Millisecond), act: act})
	}
	return a, a.rebuild()
}

// verify reads an act and checks that it is signed by an officer of the institution it is for, whose certificate was valid at the time.
func (a *authorisations) verify(acted entry.Acted, at time.Time) (entry.Act, error) {
	act, err := entry.DecodeAct(acted.Statement)
	if err != nil {
		return act, err
	}
	officer, err := a.root.Officer(acted.Certificate, at)
	switch {
	case err != nil:
		return act, fmt.Errorf("the act's signer: %w", err)
	case officer.For != act.For || act.Network != a.root.Network():
		return act, fmt.Errorf("the act is for %s in %s and its signer is %s of %s", act.For, act.Network, officer, officer.Network)
	case !pki.Verify(officer.Public, entry.AppendSignedAct(nil, acted.Statement), acted.Signature):
		return act, errors.New("the act's signature is wrong: it was altered, or signed with another key than its certificate's")
	}
	return act, nil
}

// load takes the acts that a terminal's store holds. The state is built when all are read.
func (a *authorisations) load(ctx context.Context, s *store) error {
	rows, err := s.acts(ctx)
	if err != nil {
		return err
	}
	for i := range rows {
		if act, err := a.read(rows[i].payload, rows[i].time); err == nil {
			a.insert(actAt{rows[i].at, rows[i].time, act})
		}
	}
	return a.rebuild()
}

func (a *authorisations) read(payload []byte, at int64) (entry.Act, error) {
	acted, _, fault := rma.ReadMessage(payload)
	if fault != nil {
		return entry.Act{}, fault
	}
	return a.verify(acted, time.Unix(0, at))
}

// take takes one act that the network accepted. What does not fit is an act whose authorisation this store never saw, or which an
// order had changed; the network judged it, so it is only said.
func (a *authorisations) take(at corridor.Position, when int64, payload []byte) error {
	act, err := a.read(payload, when)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.warned)
	x := actAt{at, when, act}
	switch fresh, last := a.insert(x); {
	case !fresh:
		return nil
	case last:
		return x.apply(a.state)
	}
	return a.rebuild()
}

// insert keeps an act in its place; fresh is false for one that is there, last is true for the newest.
func (a *authorisations) insert(x actAt) (fresh, last bool) {
	i, found := slices.BinarySearchFunc(a.acts, x.at, func(y actAt, at corridor.Position) int {
		return cmp.Or(cmp.Compare(y.at.Page, at.Page), cmp.Compare(y.at.Index, at.Index))
	})
	if found {
		return false, false
	}
	a.acts = slices.Insert(a.acts, i, x)
	return true, i == len(a.acts)-1
}

// rebuild makes the state from all acts. Those that do not fit are left out, as take leaves them out.
func (a *authorisations) rebuild() error {
	s, err := rma.New(a.rules)
	if err != nil {
		return err
	}
	for _, all := range [][]actAt{a.start, a.acts} {
		for i := range all {
			_ = all[i].apply(s) // said when it came
		}
	}
	a.state = s
	return nil
}

func (x *actAt) apply(s *rma.State) error {
	if fault := s.Check(&x.act, x.time, nil, nil); fault != nil {
		return fault
	}
	return s.Apply(x.at, x.time, &x.act)
}

// refusal is why a message is not authorised, and nil where it is.
func (a *authorisations) refusal(sender, receiver corridor.LT, t corridor.MessageType, at time.Time) *corridor.Fault {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.use != AuthorisationsRequired && a.state.Len() == 0 {
		return nil // a member that has none does not use them
	}
	return a.state.Refusal(sender.BIC8(), receiver.BIC8(), t, at.UnixNano())
}

// first reports whether an unauthorised pair has not been spoken of since the newest act.
func (a *authorisations) first(from, to corridor.LT) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	pair := [2]corridor.BIC{from.BIC8(), to.BIC8()}
	if a.warned[pair] || len(a.warned) >= maxWarned {
		return false
	}
	a.warned[pair] = true
	return true
}

// read is step 1 of a message's way out: what it says of itself, and whether it may go.
func (t *terminal) read(payload []byte) (entry.Submission, string, *corridor.Fault) {
	now := t.g.deps.Clock()
	s, ext, fault := readSubmission(t.id, payload, t.g.config.Check, now)
	if fault != nil {
		return s, ext, fault
	}
	if rma.IsKind(s.Type) {
		if _, err := t.g.authorised.read(payload, now.UnixNano()); err != nil {
			return s, ext, corridor.NetworkFault(corridor.FaultRMAMessage, err)
		}
		return s, ext, nil
	}
	return s, ext, t.mayGo(&s, now)
}

// mayGo refuses what is not authorised, where the configuration says so.
func (t *terminal) mayGo(s *entry.Submission, now time.Time) *corridor.Fault {
	fault := t.g.authorised.refusal(s.Sender, s.Receiver, s.Type, now)
	if fault == nil || t.g.authorised.use == AuthorisationsRequired {
		return fault
	}
	t.unauthorised(s.Sender, s.Receiver, fault)
	return nil
}

// mayCome says what is missing for a message that came; an act is taken before what follows it is judged.
func (t *terminal) mayCome(m *inRow) (missing string) {
	switch {
	case m.originated:
		return ""
	case rma.IsKind(m.typ):
		t.takeAct(m.at, m.accepted, m.payload)
		return ""
	}
	fault := t.g.authorised.refusal(m.sender, t.id.lt, m.typ, time.UnixMilli(m.accepted))
	if fault == nil {
		return ""
	}
	t.unauthorised(m.sender, t.id.lt, fault)
	if t.g.authorised.use != AuthorisationsRequired {
		return ""
	}
	return fault.Text
}

func (t *terminal) unauthorised(from, to corridor.LT, fault *corridor.Fault) {
	t.g.counts.unauthorised.Add(1)
	if t.g.authorised.first(from, to) {
		t.log.Warn("message without authorisation", "sender", string(from.BIC8()), "receiver", string(to.BIC8()), "code", fault.Code, "missing", fault.Text)
	}
}

// takeAct takes an act that the network accepted at a place and time (Unix milliseconds).
func (t *terminal) takeAct(at corridor.Position, accepted int64, payload []byte) {
	if err := t.g.authorised.take(at, accepted*int64(time.Millisecond), payload); err != nil {
		t.log.Warn("act does not fit what this gateway knows of the authorisation; the network has taken it", "position", at.String(), "error", err)
	}
}

// tookAct takes an act of this terminal after its answer is durable. Crash before it: the store is read at the next start.
func (t *terminal) tookAct(n corridor.ISN) {
	row, found, err := t.store.actSent(context.Background(), n)
	if err != nil || !found {
		t.log.Error("act cannot be read back; it is taken at the next start", "number", uint64(n), "error", err)
		return
	}
	t.takeAct(row.at, row.time/int64(time.Millisecond), row.payload)
}

// Authorisations lists the authorisations that an institution of this gateway is a side of, and all it knows for an empty BIC.
func (g *Gateway) Authorisations(b corridor.BIC) []rma.View {
	g.authorised.mu.RLock()
	defer g.authorised.mu.RUnlock()
	return g.authorised.state.List(b, g.deps.Clock().UnixNano(), nil)
}

// count is what a terminal's institution has; nil where this gateway knows of no authorisations.
func (a *authorisations) count(b corridor.BIC, now time.Time) *rma.Counts {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.state.Len() == 0 {
		return nil
	}
	c := a.state.Count(b, now.UnixNano())
	return &c
}
