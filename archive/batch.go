package archive

import (
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/journal"
)

// event is an entry that is no message: who was admitted, which key was revoked, what officers did, where an order took
// effect.
type event struct {
	id, at                                         int64
	kind, what, subject, bic, document, code, text string
}

// numbered names a delivery: an output number at a terminal.
type numbered struct {
	terminal corridor.LT
	osn      corridor.OSN
}

// step is something that happened to a message: the entry at id is the message's own, or the delivery is out has the message.
type step struct {
	id     int64
	of     numbered // if set, the message is the one with this delivery
	assign bool     // the delivery is given out
	change change
}

// pageRows is what one page of the journal adds.
type pageRows struct {
	number   uint64
	hash     corridor.Digest
	previous corridor.Digest
	network  corridor.Network
	at       int64
	messages []*message
	steps    []step
	events   []event
	unread   int64
}

// readPage takes a page apart. What cannot be read is counted: an archive goes on where a newer hub wrote kinds that it does
// not know.
func readPage(p *journal.Page) *pageRows {
	r := &pageRows{number: p.Header.Number, hash: p.Hash(), previous: p.Header.Previous, network: p.Header.Network, at: p.Header.Time / 1e6}
	if len(p.Entries) == 0 {
		r.unread++
		return r
	}
	all, err := p.All()
	if err != nil {
		r.unread++
		return r
	}
	for i, stored := range all {
		e, err := entry.Decode(stored)
		if err != nil || !r.take(p, uint32(i), e) {
			r.unread++
		}
	}
	return r
}

// take reads one entry; false means that it could not.
func (r *pageRows) take(p *journal.Page, index uint32, e entry.Entry) bool {
	id := idOf(corridor.Position{Page: r.number, Index: index})
	switch e := e.(type) {
	case *entry.Accepted:
		return r.message(p, index, e.Statement, int64(e.Session), change{outcome: Accepted}, "member")
	case *entry.Refused:
		return r.message(p, index, e.Statement, int64(e.Session), change{outcome: Refused, code: e.Fault.Code, done: r.at}, "member")
	case *entry.Originated:
		if e.Reason == entry.Aborted {
			r.steps = append(r.steps, step{id: idOf(e.About), change: change{outcome: Aborted, done: r.at}})
		}
		return r.message(p, index, e.Statement, 0, change{outcome: Accepted}, "network")
	case *entry.Assigned:
		for i, m := range e.Messages {
			d := numbered{corridor.LT(strings.Clone(string(e.LT))), e.First + corridor.OSN(i)}
			r.steps = append(r.steps, step{id: idOf(m), of: d, assign: true, change: change{
				terminal: string(d.terminal), osn: int64(d.osn), session: int64(e.Session), attempts: 1, assigned: r.at}})
		}
	case *entry.Acknowledged:
		return r.acknowledged(e)
	case *entry.Decided:
		r.decided(e)
	default:
		return r.event(id, e)
	}
	return true
}

func (r *pageRows) message(p *journal.Page, index uint32, statement []byte, session int64, c change, origin string) bool {
	var payload []byte
	if !p.Pruned() {
		payload, _ = p.Payload(index)
	}
	m, err := newMessage(idOf(corridor.Position{Page: r.number, Index: index}), r.at, statement, payload)
	if err != nil {
		return false
	}
	m.state, m.origin, m.session = c, origin, session
	r.messages = append(r.messages, m)
	return true
}

// acknowledged: a receiver's refusal leaves the message in the queue until the network gives up.
func (r *pageRows) acknowledged(e *entry.Acknowledged) bool {
	a, err := entry.DecodeAcknowledgement(e.Statement)
	if err != nil {
		return false
	}
	s := step{of: numbered{corridor.LT(strings.Clone(string(a.Receiver))), a.Number}}
	if a.Refused {
		s.change = change{code: strings.Clone(a.Code)}
	} else {
		s.change = change{outcome: Delivered, done: r.at}
	}
	r.steps = append(r.steps, s)
	return true
}

// decided: what an order did to a message. At acceptance the message's own entry follows and says itself whether it was
// refused.
func (r *pageRows) decided(e *entry.Decided) {
	c := change{orders: strings.Join(e.Orders, " "), licence: strings.Clone(e.Licence)}
	switch e.Outcome {
	case entry.Holds:
		c.outcome = Held
	case entry.Returns, entry.Stores:
		c.outcome, c.code, c.done = Returned, e.Rule, r.at
	case entry.InDoubt:
		c.outcome, c.done = InDoubt, r.at
	case entry.Passes, entry.Licensed:
		if e.Stage == entry.AtRelease {
			c.outcome = Accepted
		}
	case entry.Refuses:
		if e.Stage != entry.AtAccept {
			c.outcome, c.code, c.done = Returned, e.Rule, r.at
		}
	}
	r.steps = append(r.steps, step{id: idOf(e.Message), change: c})
}

// event keeps the other entries.
func (r *pageRows) event(id int64, e entry.Entry) bool {
	v := event{id: id, at: r.at, kind: e.Kind().String()}
	switch e := e.(type) {
	case *entry.TermStarted:
	case *entry.MemberAdmitted:
		v.bic = string(e.LT.BIC8())
		v.subject = string(e.LT)
	case *entry.KeyRevoked:
		v.bic, v.subject, v.text = string(e.LT.BIC8()), e.Key.String(), e.Reason
	case *entry.SessionOpened:
		v.bic, v.subject = string(e.LT.BIC8()), string(e.LT)
	case *entry.SessionClosed:
		v.bic, v.subject, v.code = string(e.LT.BIC8()), string(e.LT), e.Reason
	case *entry.Acted:
		return r.act(v, e.Statement, "")
	case *entry.ActRefused:
		v.text = e.Fault.Text
		return r.act(v, e.Statement, e.Fault.Code)
	case *entry.Fenced:
		v.what, v.subject, v.bic, v.document = string(e.What), e.Order, string(e.BIC), e.Document.String()
	case *entry.Closing:
		v.subject, v.bic, v.document = e.Order, string(e.BIC), corridor.DigestOf(e.Statement).String()
	default:
		return false
	}
	r.add(v)
	return true
}

func (r *pageRows) act(v event, statement []byte, code string) bool {
	a, err := entry.DecodeAct(statement)
	if err != nil {
		return false
	}
	v.what, v.subject, v.bic, v.code = a.Kind, a.Subject, string(a.For), code
	if !a.Document.IsZero() {
		v.document = a.Document.String()
	}
	if v.text == "" {
		v.text = a.Reason
	}
	r.add(v)
	return true
}

// add keeps an event for itself: the page's memory goes when the page does.
func (r *pageRows) add(v event) {
	for _, s := range []*string{&v.kind, &v.what, &v.subject, &v.bic, &v.document, &v.code, &v.text} {
		*s = clean(strings.Clone(*s))
	}
	r.events = append(r.events, v)
}
