package hub

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/notice"
	"corridor.example/corridor/rma"
	"corridor.example/corridor/standing"
)

// governance is the part of the state that acts of officers and orders make. It is rebuilt from the entries in its log, which a snapshot
// holds as they are, so that a restored snapshot cannot know less of an order than the journal did.
type governance struct {
	directory  *directory.Directory
	authorised *rma.State
	standing   *standing.State
	log        []governed
	lastFence  corridor.Position // the newest of all: messages that were accepted after it need no second look at the door
	held       map[corridor.Position]*heldMessage
	judged     map[corridor.Position]corridor.Position // of messages that wait: where they were decided on after their acceptance
	decided    *entry.Decided                          // at stage accept: the next entry is its message
	broadcasts []*broadcast
	closings   int                       // destinations with a closing
	failed     int                       // acts that were refused
	noticed    map[string]int64          // when the newest notice of each order went out
	notices    uint64                    // how many did
	comebacks  map[string][]notice.Event // readmissions and their stages, by the order that readmits
	noticesAt  uint64                    // version of standing for which nextNotice holds
	nextNotice int64
}

// governed is one entry of the log, with the place and the page time at which it is applied.
type governed struct {
	at     corridor.Position
	time   int64
	stored []byte
}

// heldMessage is a message that waits under an order.
type heldMessage struct {
	what waiting
	prio corridor.Priority
	to   *destination
}

// closing gathers what the closing statement of a disconnected institution says.
type closing struct {
	order    string
	fence    corridor.Position
	instant  int64
	returned []corridor.Position // to it: their senders hear of it
	stored   []corridor.Position // from it: nobody else does
	held     []corridor.Position
	doubt    []corridor.Position
	drains   bool // what waits for it may still be delivered, in the session that it has
}

// broadcast is a message of the network that goes to every member in turn.
type broadcast struct {
	about  corridor.Position // the entry that began it
	time   int64             // of that entry
	stored []byte            // that entry
	reason entry.Reason
	after  corridor.BIC          // the members up to this one have it
	parts  map[notice.Way][]part // what is sent, once it is made
}

func newGovernance(network corridor.Network, operator corridor.BIC) governance {
	d := directory.New()
	r, err := rma.New(rma.Rules{})
	must(err)
	return governance{directory: d, authorised: r, standing: standing.New(network, operator, d), held: map[corridor.Position]*heldMessage{}, judged: map[corridor.Position]corridor.Position{},
		noticed: map[string]int64{}, comebacks: map[string][]notice.Event{}}
}

// applyGovernance is apply for the kinds of entry that acts and orders make.
func (s *state) applyGovernance(at corridor.Position, time int64, stored []byte, e entry.Entry) error {
	switch e := e.(type) {
	case *entry.Acted:
		a, err := entry.DecodeAct(e.Statement)
		if err != nil {
			return err
		}
		return s.acted(at, time, bytes.Clone(stored), &a, corridor.DigestOf(e.Certificate))
	case *entry.ActRefused:
		s.failed++
	case *entry.Fenced:
		return s.fenced(at, time, bytes.Clone(stored), e)
	case *entry.Decided:
		return s.messageDecided(at, time, e)
	case *entry.Closing:
		s.closed(at, time, bytes.Clone(stored), e)
	case *entry.Announced:
		s.announced(at, time, bytes.Clone(stored), e)
	default:
		return fmt.Errorf("entry %v: the hub has no step for it", e.Kind())
	}
	return nil
}

// acted carries out an act. stored is a copy that the log may keep.
func (s *state) acted(at corridor.Position, time int64, stored []byte, a *entry.Act, key corridor.Digest) error {
	if !rma.IsKind(a.Kind) || a.Kind == rma.KindBootstrap { // authorisations are many and have a snapshot of their own
		s.log = append(s.log, governed{at, time, stored})
	}
	switch noun, _, _ := strings.Cut(a.Kind, "."); noun {
	case "directory":
		if err := s.directory.Apply(at, time, bytes.Clone(a.Body)); err != nil {
			return err
		}
		if announces(a.Body) {
			s.broadcasts = append(s.broadcasts, &broadcast{about: at, reason: entry.Changed, time: time, stored: stored})
		}
		return nil
	case "rma":
		c := *a
		c.Body = bytes.Clone(a.Body)
		return s.authorised.Apply(at, time, &c)
	}
	before := s.standing.PolicyDigest()
	if err := s.standing.ApplyAct(at, time, a, key); err != nil {
		return err
	}
	if s.standing.PolicyDigest() != before {
		return s.policyEnacted()
	}
	return nil
}

// announces reports a change of the directory that is carried to every member.
func announces(body []byte) bool {
	var b directory.Body
	return canonical.Unmarshal(body, &b) == nil && b.Announce
}

// policyEnacted gives the authorisations the policy's table of types that need none.
func (s *state) policyEnacted() error {
	p := s.standing.Policy()
	if len(p.NoneNeeded) == 0 {
		return s.authorised.SetRules(rma.Rules{})
	}
	return s.authorised.SetRules(rma.Rules{Exempt: p.NoneNeeded})
}

// required reports that the policy in force has authorisations enforced.
func (g *governance) required() bool {
	p := g.standing.Policy()
	return p != nil && p.Authorisations == "required"
}

// fenced carries a fence out: what is decided from here on is decided under it.
func (s *state) fenced(at corridor.Position, time int64, stored []byte, f *entry.Fenced) error {
	s.log = append(s.log, governed{at, time, stored})
	if err := s.standing.ApplyFenced(at, time, f); err != nil {
		return err
	}
	s.lastFence = at
	r := s.standing.Order(f.Order)
	switch f.What {
	case entry.InForce:
		r.TotalAtFence = s.accepted + s.refused
		s.tookEffect(at, time, r)
	case entry.Readmitted:
		s.readmitted(at, time, f.BIC)
	}
	if f.What == entry.Readmitted || f.What == entry.InForce && r.Severs() {
		s.broadcasts = append(s.broadcasts, &broadcast{about: at, reason: entry.Changed, time: time, stored: stored})
	}
	if f.What == entry.Readmitted || f.What == entry.Stepped || f.What == entry.PauseEnded {
		s.comebacks[r.Order.ID] = append(s.comebacks[r.Order.ID], notice.Event{What: notice.Occasion(f.What), At: time, BIC: corridor.BIC(strings.Clone(string(f.BIC)))})
	}
	concerned := s.standing.Concerned(r)
	for _, d := range s.destinations {
		if concerned(d.bic) {
			d.fence = at
		}
	}
	return nil
}

// tookEffect begins the closing of those whom a severing order cuts off.
func (s *state) tookEffect(at corridor.Position, time int64, r *standing.Record) {
	if !r.Severs() {
		return
	}
	for i := range r.Order.Subject.Resolved {
		b := r.Order.Subject.Resolved[i].BIC.BIC8()
		since, order, off := s.standing.OffSince(b)
		if !off || since != at {
			continue // it was without service before, or only a branch is meant
		}
		s.directory.SetStanding(at, b, directory.Suspended, r.Order.EffectiveAt())
		if d := s.destinations[b]; d != nil {
			s.closings++
			d.closing = &closing{order: order, fence: at, instant: r.Order.EffectiveAt(), drains: r.Order.InFlight.UndeliveredTo == "deliver" && d.serving != nil}
		}
	}
}

// readmitted restores service: numbers go on in a new generation, authorisations wait for their counterparties.
func (s *state) readmitted(at corridor.Position, time int64, bic corridor.BIC) {
	bic = corridor.BIC(strings.Clone(string(bic)))
	s.directory.SetStanding(at, bic, directory.Active, time)
	s.authorised.Readmitted(bic, at, time)
	d := s.destinations[bic]
	if d == nil {
		return
	}
	s.endClosing(d)
	for _, t := range d.terminals {
		t.generation++
	}
}

// decidedBefore takes the decision that stands directly before an accepted message; it reports that the message is held.
func (s *state) decidedBefore(at corridor.Position, time int64, from *terminal, to *destination, w waiting, sub *entry.Submission) (held bool) {
	d := s.decided
	s.decided = nil
	if d == nil || d.Message != at {
		return false
	}
	s.standing.ApplyDecided(time, d, from.to.bic, to.bic)
	if d.Outcome != entry.Holds {
		return false
	}
	s.held[at] = &heldMessage{w, sub.Priority, to}
	return true
}

func (s *state) refusedByOrder(at corridor.Position, time int64, sub *entry.Submission) {
	d := s.decided
	s.decided = nil
	if d != nil && d.Message == at {
		s.standing.ApplyDecided(time, d, sub.Sender.BIC8(), sub.Receiver.BIC8())
	}
}

// messageDecided carries out a decision about a message that the journal has, or keeps one about the next entry.
func (s *state) messageDecided(at corridor.Position, time int64, d *entry.Decided) error {
	if d.Stage == entry.AtAccept {
		c := *d
		s.decided = &c
		return nil
	}
	m, ok := s.locate(d)
	if !ok {
		return fmt.Errorf("decision about message %v: it is not waiting", d.Message)
	}
	var sender corridor.BIC
	if m.what.from != nil {
		sender = m.what.from.to.bic
	}
	s.standing.ApplyDecided(time, d, sender, m.to.bic)
	switch {
	case d.Stage == entry.AtRelease && d.Outcome == entry.Passes: // orders that came while it was held are still to be heard
	case d.Outcome == entry.Passes, d.Outcome == entry.Licensed, d.Outcome == entry.Holds:
		s.judged[d.Message] = at
	default:
		delete(s.judged, d.Message)
	}
	return s.ruled(d, m)
}

// located is a message that a decision after its acceptance is about.
type located struct {
	heldMessage
	held    bool
	pending *delivery // it was given out
	holder  *terminal // of pending
}

// locate finds a message by the decision about it: held, given out, waiting, or due again. What the decision takes away is
// taken out.
func (s *state) locate(d *entry.Decided) (located, bool) {
	if h := s.held[d.Message]; h != nil {
		return located{heldMessage: *h, held: true}, true
	}
	to := s.destinations[s.whose(d)]
	if to == nil {
		return located{}, false
	}
	if d.Outcome == entry.InDoubt || d.Rule == ruleCounted {
		for _, t := range to.terminals {
			for i := range t.pending {
				if p := &t.pending[i]; p.what.at == d.Message && !p.done {
					return located{heldMessage: heldMessage{p.what, p.prio, to}, pending: p, holder: t}, true
				}
			}
		}
		return located{}, false
	}
	if d.Outcome == entry.Passes || d.Outcome == entry.Licensed {
		w, prio, ok := to.find(d.Message)
		return located{heldMessage: heldMessage{w, prio, to}}, ok
	}
	w, prio, ok := to.takeOut(d.Message)
	return located{heldMessage: heldMessage{w, prio, to}}, ok
}

// whose is the receiver of a message that a decision is about, as the decision's entry has it.
func (s *state) whose(d *entry.Decided) corridor.BIC { return d.Receiver }

// ruleCounted is the rule of a message that an order counts as delivered although its acknowledgement is missing (R33).
const ruleCounted = "counted-as-delivered"

// ruled carries out a decision about a located message.
func (s *state) ruled(d *entry.Decided, m located) error {
	at := m.what.at
	note := func(list func(c *closing) *[]corridor.Position) {
		for _, x := range []*destination{m.to, m.sender()} {
			if x != nil && x.closing != nil {
				l := list(x.closing)
				*l = append(*l, at)
			}
		}
	}
	switch d.Outcome {
	case entry.Passes, entry.Licensed:
		if m.pending != nil { // counted as delivered
			s.settle(m)
			s.delivered++
		} else if m.held {
			delete(s.held, at)
			m.what.delayed = true
			m.to.queue.push(m.prio, m.what)
		}
	case entry.Returns:
		delete(s.held, at)
		s.waiting--
		if m.what.from != nil {
			s.aborting[at] = returnReason(d)
		}
		note(func(c *closing) *[]corridor.Position { return &c.returned })
	case entry.Stores:
		delete(s.held, at)
		s.waiting--
		s.watches.drop(at)
		note(func(c *closing) *[]corridor.Position { return &c.stored })
	case entry.Holds:
		s.held[at] = &heldMessage{m.what, m.prio, m.to}
		note(func(c *closing) *[]corridor.Position { return &c.held })
	case entry.InDoubt:
		note(func(c *closing) *[]corridor.Position { return &c.doubt })
		if m.to.closing == nil {
			m.pending.doubt = true
			return nil
		}
		s.settle(m)
	default:
		return fmt.Errorf("decision about message %v: outcome %q is not known", at, d.Outcome)
	}
	return nil
}

// settle ends a delivery without an acknowledgement.
func (s *state) settle(m located) {
	m.pending.done = true
	m.holder.open--
	m.holder.trim()
	delete(s.judged, m.what.at)
	s.waiting--
	s.watches.drop(m.what.at)
}

func (m *located) sender() *destination {
	if m.what.from == nil {
		return nil
	}
	return m.what.from.to
}

// returnReason is FIN field 432 of the abort that a return causes (spec: codes to send back).
func returnReason(d *entry.Decided) string {
	switch {
	case d.Stage == entry.AtRelease && d.Rule == standing.RuleContent:
		return reasonScreened
	case d.Stage == entry.AtRelease:
		return reasonDisabledAfter
	default:
		return reasonDisabled
	}
}

// find looks a message up that waits for a destination.
func (d *destination) find(at corridor.Position) (waiting, corridor.Priority, bool) {
	for i := range d.queue {
		if w, ok := d.queue[i].find(at); ok && !d.queue[i].gone[at] {
			return w, priorities[i], true
		}
	}
	for _, r := range d.retries {
		if r.what.at == at {
			return r.what, r.prio, true
		}
	}
	return waiting{}, 0, false
}

// takeOut takes a message out of a destination's queue or retries, wherever it stands.
func (d *destination) takeOut(at corridor.Position) (waiting, corridor.Priority, bool) {
	for i := range d.queue {
		if w, ok := d.queue[i].take(at); ok {
			return w, priorities[i], true
		}
	}
	for i, r := range d.retries {
		if r.what.at == at {
			d.retries = slices.Delete(d.retries, i, i+1)
			return r.what, r.prio, true
		}
	}
	return waiting{}, 0, false
}

// closed ends the closing of an institution.
func (s *state) closed(at corridor.Position, time int64, stored []byte, e *entry.Closing) {
	s.log = append(s.log, governed{at, time, stored})
	s.standing.ApplyClosing(e)
	if d := s.destinations[e.BIC]; d != nil {
		s.endClosing(d)
	}
}

func (s *state) endClosing(d *destination) {
	if d.closing != nil {
		d.closing = nil
		s.closings--
	}
}

// broadcasted notes that a member has a broadcast.
func (s *state) broadcasted(to corridor.BIC, e *entry.Originated) {
	for _, b := range s.broadcasts {
		if b.about == e.About {
			b.after = to
			return
		}
	}
}

// member is a terminal of an institution, for what the network sends to it.
func (d *destination) address() corridor.LT { return d.terminals[0].lt.Destination() }
