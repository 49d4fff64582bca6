package verify

import (
	"bytes"
	"slices"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
)

// terminal is a terminal's numbers and what is out to it.
type terminal struct {
	lt      corridor.LT
	session corridor.SessionNumber // 0 for none
	isn     corridor.ISN
	osn     corridor.OSN
	out     map[corridor.OSN]*message
}

// messageState is where a message is that has no end yet.
type messageState uint8

const (
	msgWaiting messageState = iota
	msgOut
	msgHeld
	msgInDoubt // given out before the fence; a late acknowledgement still counts
)

// message is a message that the network took over or originated, until it has its end.
type message struct {
	at               corridor.Position
	sender, receiver corridor.LT
	typ              corridor.MessageType
	leaf             corridor.Digest
	accepted         int64
	inside           *corridor.Particulars
	own              bool // the network's
	state            messageState
	tries            int
	cleared          corridor.Position  // orders that took effect before were judged, or officers released it
	held             *corridor.Position // officers released it: where it was held; an order since then may refuse it at the door
	asked            map[string][]corridor.Digest
}

// terminal finds or makes a terminal.
func (v *Verifier) terminal(lt corridor.LT) *terminal {
	t := v.terminals[lt]
	if t == nil {
		lt = corridor.LT(strings.Clone(string(lt)))
		t = &terminal{lt: lt, out: map[corridor.OSN]*message{}}
		v.terminals[lt] = t
		v.members[lt.BIC8()] = true
	}
	return t
}

func (v *Verifier) sessionOpened(at corridor.Position, e *entry.SessionOpened) {
	if off := v.model.off[e.LT.BIC8()]; off != nil {
		v.breaks(NothingPast, at, "%s opens a session after the fence %v of order %s", e.LT, off.since, off.order.ID)
	}
	v.terminal(e.LT).session = e.Session
}

func (v *Verifier) sessionClosed(at corridor.Position, e *entry.SessionClosed) {
	t := v.terminal(e.LT)
	if t.session != e.Session {
		v.breaks(Evidence, at, "%s has no session %d to close", e.LT, e.Session)
	}
	t.session = 0
	if e.Reason == corridor.FaultOrder && v.model.off[e.LT.BIC8()] == nil {
		v.breaks(NothingElse, at, "the session of %s is closed by an order, and no order in force cut it off", e.LT)
	}
}

// submission reads what a member signed and checks number, frame and payload.
func (v *Verifier) submission(at corridor.Position, statement []byte, frame, index uint32) (*entry.Submission, *terminal, bool) {
	s, err := entry.DecodeSubmission(statement)
	if err != nil {
		v.breaks(Evidence, at, "%v", err)
		return nil, nil, false
	}
	t := v.terminal(s.Sender)
	if want := t.isn + 1; s.Number != want && !v.unseen(s.Sender) {
		v.breaks(AllThere, at, "%s sends number %d where %d is next: a record is missing or comes twice", s.Sender, s.Number, want)
	}
	t.isn = s.Number
	v.inFrame(at, entry.DomainSubmission, s.Sender, statement, frame, index)
	if !v.page.Redacted() {
		if payload, err := v.page.Payload(at.Index); err != nil || uint64(len(payload)) != s.PayloadSize || corridor.DigestOf(payload) != s.Payload {
			v.breaks(Evidence, at, "the message is not the one that %s signed", s.Sender)
		}
	}
	return &s, t, true
}

// unseen: an export for one member shows of another only what that one sent to it, and what it acknowledged.
func (v *Verifier) unseen(other corridor.LT) bool {
	return v.partial() && other.BIC8() != v.options.For
}

// inFrame checks that a member signed a statement: its place in the frame, and aside the frame's signature, once.
func (v *Verifier) inFrame(at corridor.Position, d entry.Domain, who corridor.LT, statement []byte, frame, index uint32) {
	f, err := v.page.Frame(frame)
	if err != nil || int(index) >= len(f.Leaves) || f.Domain != d || f.Leaves[index] != entry.LeafHash(statement) {
		v.breaks(Evidence, at, "it is not in the frame that it names")
		return
	}
	k := v.keys[f.Signer]
	if k == nil || k.lt != who {
		v.breaks(Evidence, at, "it is signed with a key that is not, or not any more, one of %s", who)
		return
	}
	if v.frames[frame] {
		return
	}
	if v.frames == nil {
		v.frames = map[uint32]bool{}
	}
	v.frames[frame] = true
	v.result.Frames++
	page := v.page
	v.aside(func() {
		root, err := page.FrameRoot(frame)
		if err != nil || !pki.Verify(k.public, entry.AppendSigned(nil, d, len(f.Leaves), root), f.Signature) {
			v.breaks(Evidence, at, "%s did not sign its frame", k.lt)
		}
	})
}

// decidedFor takes the decision that stands before a message, if it is about it.
func (v *Verifier) decidedFor(at corridor.Position) *entry.Decided {
	d := v.decided
	v.decided = nil
	if d == nil {
		return nil
	}
	if d.Message != at {
		v.breaks(AllThere, d.at, "it decides on message %v, behind it stands %v", d.Message, at)
		return nil
	}
	return &d.Decided
}

// sameEnds compares the two institutions that a decision names.
func (v *Verifier) sameEnds(at corridor.Position, d *entry.Decided, sender, receiver corridor.LT) {
	if d.Sender != sender.BIC8() || d.Receiver != receiver.BIC8() {
		v.breaks(Evidence, at, "the record is about %s and %s, the message is from %s to %s", d.Sender, d.Receiver, sender.BIC8(), receiver.BIC8())
	}
}

// inside is what the message holds: from the payload where the export has it, and else from the decision's record.
func (v *Verifier) inside(at corridor.Position, t corridor.MessageType, d *entry.Decided) *corridor.Particulars {
	var recorded *corridor.Particulars
	if d != nil && len(d.Particulars) > 0 {
		p := &corridor.Particulars{}
		if err := canonical.Unmarshal(d.Particulars, p); err != nil {
			v.breaks(Evidence, at, "the decision's particulars: %v", err)
		} else {
			recorded = p
		}
	}
	if v.page.Redacted() || v.options.Particulars == nil {
		return recorded
	}
	payload, err := v.page.Payload(at.Index)
	if err != nil {
		return recorded
	}
	p, err := v.options.Particulars(t, payload)
	if err != nil || p == nil {
		return recorded
	}
	if recorded != nil && !sameParticulars(p, recorded) {
		v.breaks(Evidence, at, "the particulars of the decision are not those of the message")
	}
	return p
}

// sameParticulars: a record leaves out long texts as a whole, see recorded parts of the hub's decisions.
func sameParticulars(p, recorded *corridor.Particulars) bool {
	short, shortest := *p, corridor.Particulars{Purpose: p.Purpose, ValueDate: p.ValueDate, Answer: p.Answer}
	short.References, short.Names, short.Other = nil, nil, nil
	return slices.ContainsFunc([]*corridor.Particulars{p, &short, &shortest}, func(x *corridor.Particulars) bool {
		a, err := canonical.Marshal(x)
		b, err2 := canonical.Marshal(recorded)
		return err == nil && err2 == nil && bytes.Equal(a, b)
	})
}

// judged asks the model about a message at its acceptance.
func (v *Verifier) judged(at corridor.Position, s *entry.Submission, d *entry.Decided) (question, judgement) {
	q := question{time: v.time, sender: s.Sender, receiver: s.Receiver, typ: s.Type}
	if d == nil && v.model.idle(s.Sender, s.Receiver) {
		return q, judgement{outcome: entry.Passes}
	}
	if d != nil {
		v.sameEnds(at, d, s.Sender, s.Receiver)
	}
	q.inside = v.inside(at, s.Type, d)
	j := v.model.judge(&q)
	v.result.Judged++
	if j.blind {
		v.result.Blind++
	}
	return q, j
}

func (v *Verifier) accepted(at corridor.Position, e *entry.Accepted) {
	d := v.decidedFor(at)
	s, t, ok := v.submission(at, e.Statement, e.Frame, e.Index)
	if !ok {
		return
	}
	v.result.Counts.Accepted++
	if t.session != e.Session && !v.unseen(s.Sender) {
		v.breaks(Evidence, at, "%s has no session %d", s.Sender, e.Session)
	}
	q, j := v.judged(at, s, d)
	m := &message{at: at, sender: t.lt, receiver: v.canonical(s.Receiver), typ: corridor.MessageType(strings.Clone(string(s.Type))), leaf: entry.LeafHash(e.Statement), accepted: v.time, inside: q.inside, cleared: at}
	v.messages[at] = m
	if v.partial() {
		v.mine[m.leaf] = m
	}
	v.acceptedUnder(at, m, d, &q, &j)
}

// canonical is a terminal's address that does not keep its page in memory.
func (v *Verifier) canonical(lt corridor.LT) corridor.LT {
	if t := v.terminals[lt]; t != nil {
		return t.lt
	}
	return corridor.LT(strings.Clone(string(lt)))
}

// acceptedUnder compares what was decided at acceptance with what the orders say.
func (v *Verifier) acceptedUnder(at corridor.Position, m *message, d *entry.Decided, q *question, j *judgement) {
	outcome := entry.Passes
	if d != nil {
		outcome = d.Outcome
		v.tally(d)
	}
	switch {
	case outcome == j.outcome:
	case j.blind && outcome == entry.Passes:
		return
	case outcome == entry.Holds && j.outcome == entry.Refuses:
		v.breaks(Evidence, at, "it is held, where the orders refuse it")
	case outcome == entry.Holds:
		v.breaks(NothingElse, at, "it is held, and no order stops it")
	case j.outcome == entry.Refuses || j.outcome == entry.Holds:
		v.breaks(NothingPast, at, "it was accepted, and %s forbids it", orderNames(j.stops))
	case j.outcome == entry.Licensed:
		v.breaks(NothingPast, at, "it passed under a licence of %s, and no record debits it", j.debits[0].order.ID)
	default:
		v.breaks(Evidence, at, "the decision is %q, the orders come to %q", outcome, j.outcome)
	}
	switch outcome {
	case entry.Holds:
		m.state = msgHeld
	case entry.Licensed:
		v.debits(at, d, q, j)
	}
}

// debits compares the licences of a record with those of the model, and uses them.
func (v *Verifier) debits(at corridor.Position, d *entry.Decided, q *question, j *judgement) {
	if len(j.debits) == 0 {
		return // it is broken already
	}
	var words []string
	same := false
	for _, x := range j.debits {
		words = append(words, x.order.ID+":"+x.licence.Licence)
		same = same || d.Currency == x.licence.Currency && d.Amount == x.amount
		x.order.tally.Licensed++
	}
	recorded := strings.Fields(d.Licence)
	slices.Sort(words)
	slices.Sort(recorded)
	if !slices.Equal(words, recorded) || !same {
		v.breaks(Evidence, at, "it debits the licences %q by %s %s, the orders give %q", recorded, d.Currency, d.Amount, words)
	}
	v.model.use(q, j.debits)
}

func orderNames(all []*modelOrder) string {
	var ids []string
	for _, o := range all {
		ids = append(ids, o.ID)
	}
	if len(ids) == 1 {
		return "order " + ids[0]
	}
	return "orders " + strings.Join(ids, ", ")
}

// tally counts a decision for the orders that it names.
func (v *Verifier) tally(d *entry.Decided) {
	v.result.Counts.Decided++
	for _, id := range d.Orders {
		if o := v.model.orders[id]; o != nil {
			o.tally.count(d.Outcome)
		}
	}
}

// orderRules are what a refusal says where an order is the reason (spec: codes to send back).
func orderRule(rule string) bool {
	return slices.Contains([]string{"receiver_disconnected", "sender_disconnected", "wind_down", "readmission_stage"}, rule)
}

func (v *Verifier) refused(at corridor.Position, e *entry.Refused) {
	d := v.decidedFor(at)
	s, _, ok := v.submission(at, e.Statement, e.Frame, e.Index)
	if !ok {
		return
	}
	v.result.Counts.Refused++
	if d == nil {
		if orderRule(e.Fault.Rule) {
			v.breaks(NothingElse, at, "it is refused by an order (%s), and no decision stands before it", e.Fault.Rule)
		}
		return
	}
	v.result.Counts.RefusedByOrder++
	_, j := v.judged(at, s, d)
	v.tally(d)
	switch {
	case d.Outcome != entry.Refuses || !orderRule(e.Fault.Rule):
		v.breaks(Evidence, at, "the decision is %q, and the message is refused with %s %s", d.Outcome, e.Fault.Code, e.Fault.Rule)
	case j.outcome != entry.Refuses && !j.blind:
		v.breaks(NothingElse, at, "it is refused under %s, and the orders in force come to %q", strings.Join(d.Orders, ", "), j.outcome)
	default:
		v.namesStops(at, d, &j)
	}
}

// namesStops: each blocked message records the orders that hit, and no others (R20).
func (v *Verifier) namesStops(at corridor.Position, d *entry.Decided, j *judgement) {
	v.model.current()
	if j.blind || v.partial() {
		return
	}
	for _, o := range j.stops {
		if slices.Contains(v.model.active, o) && !slices.Contains(d.Orders, o.ID) {
			v.breaks(Evidence, at, "order %s stops it too, and the record does not name it", o.ID)
		}
	}
	for _, id := range d.Orders {
		if !slices.Contains(j.hits, id) {
			v.breaks(NothingElse, at, "the record names order %s, which does not touch this message", id)
		}
	}
}

func (v *Verifier) assigned(at corridor.Position, e *entry.Assigned) {
	t := v.terminal(e.LT)
	if t.session != e.Session {
		v.breaks(Evidence, at, "%s has no session %d", e.LT, e.Session)
	}
	if e.First != t.osn+1 {
		v.breaks(AllThere, at, "%s gets numbers from %d on where %d is next: a record is missing or comes twice", e.LT, e.First, t.osn+1)
		t.osn = e.First - 1
	}
	for _, p := range e.Messages {
		t.osn++
		m := v.messages[p]
		switch {
		case m == nil && v.partial():
		case m == nil || m.receiver.BIC8() != e.LT.BIC8():
			v.breaks(AllThere, at, "%s gets message %v, which does not wait for it", e.LT, p)
		default:
			v.giveOut(at, t, m)
		}
	}
}

func (v *Verifier) giveOut(at corridor.Position, t *terminal, m *message) {
	switch {
	case m.state == msgHeld:
		v.breaks(NothingPast, at, "%s gets message %v, which is held", t.lt, m.at)
	case m.state != msgWaiting:
		v.breaks(AllThere, at, "%s gets message %v, which is out already", t.lt, m.at)
	default:
		v.door(at, m)
	}
	m.state = msgOut
	t.out[t.osn] = m
	v.result.Counts.GivenOut++
}

// door looks at a message again when it is handed out: a fence may lie between (spec: evaluated twice).
func (v *Verifier) door(at corridor.Position, m *message) {
	if m.own || v.model.idle(m.sender, m.receiver) {
		return
	}
	q, j := v.since(m, &m.cleared)
	if m.held != nil && j.outcome != entry.Refuses && j.outcome != entry.Holds {
		if _, since := v.since(m, m.held); since.outcome == entry.Refuses {
			j = since
		}
	}
	if j.blind || j.outcome == entry.Passes || v.drained(&j) {
		return
	}
	if j.outcome == entry.Licensed {
		v.breaks(NothingPast, at, "message %v needs a licence of %s since its fence, and no record debits it", m.at, j.debits[0].order.ID)
		v.model.use(&q, j.debits)
		return
	}
	v.breaks(NothingPast, at, "message %v is given out after the fence of %s, which forbids it", m.at, orderNames(j.stops))
}

// since is what the orders say that took effect after a place, where the message was judged.
func (v *Verifier) since(m *message, place *corridor.Position) (question, judgement) {
	q := question{time: v.time, sender: m.sender, receiver: m.receiver, typ: m.typ, inside: m.inside, since: place}
	return q, v.model.judge(&q)
}

// drained: every order that stops the message lets what waited be delivered (R31, R32).
func (v *Verifier) drained(j *judgement) bool {
	for _, o := range j.stops {
		s := j.side[o]
		if s.to && o.InFlight.UndeliveredTo != "deliver" || s.from && o.InFlight.UndeliveredFrom != "deliver" || !s.to && !s.from {
			return false
		}
	}
	return len(j.stops) > 0
}

func (v *Verifier) acknowledged(at corridor.Position, e *entry.Acknowledged) {
	a, err := entry.DecodeAcknowledgement(e.Statement)
	if err != nil {
		v.breaks(Evidence, at, "%v", err)
		return
	}
	v.inFrame(at, entry.DomainAcknowledgement, a.Receiver, e.Statement, e.Frame, e.Index)
	t := v.terminal(a.Receiver)
	m := t.out[a.Number]
	if m == nil && v.partial() {
		m = v.mine[a.Message] // the number that it got is hidden
	}
	switch {
	case m == nil && v.partial():
		return
	case m == nil || m.leaf != a.Message:
		v.breaks(AllThere, at, "%s acknowledges number %d, which is not out to it, or is another message", a.Receiver, a.Number)
		return
	case t.session == 0 && !v.unseen(a.Receiver):
		v.breaks(NothingPast, at, "%s acknowledges without a session", a.Receiver)
	}
	delete(t.out, a.Number)
	if m.state == msgInDoubt && !m.own {
		v.result.Counts.InDoubt--
	}
	if !a.Refused {
		v.ends(m, &v.result.Counts.Delivered)
		return
	}
	if m.state = msgWaiting; m.tries+1 >= corridor.MaxDeliveryAttempts {
		v.ends(m, &v.result.Counts.Aborted)
		return
	}
	m.tries++
}

// ends gives a message its end; the network's own are not counted among the members'.
func (v *Verifier) ends(m *message, count *int) {
	delete(v.messages, m.at)
	delete(v.mine, m.leaf)
	if !m.own {
		*count++
	}
}

func (v *Verifier) originated(at corridor.Position, e *entry.Originated) {
	s, err := entry.DecodeSubmission(e.Statement)
	if err != nil {
		v.breaks(Evidence, at, "%v", err)
		return
	}
	v.result.Counts.Originated++
	v.messages[at] = &message{at: at, sender: v.canonical(s.Sender), receiver: v.canonical(s.Receiver), leaf: entry.LeafHash(e.Statement), accepted: v.time, own: true, cleared: at}
	if e.Reason == entry.Returned {
		delete(v.model.untold, e.About)
	}
}
