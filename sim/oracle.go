package sim

import (
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/standing"
)

// oracle says what should have passed. It is written from the requirement alone, as plainly as can be: it reads the officers' acts and the
// pages' times, and no fence and no decision of the hub; it looks at every order for every message.
type oracle struct {
	w      *world
	now    int64
	orders []*oracleOrder
	off    map[corridor.BIC]bool
	sent   map[corridor.Position]*entry.Submission
}

type oracleOrder struct {
	doc                      *standing.Order
	severs                   bool // in force it ends all service
	published, inForce, over bool
	pausedTo                 int64
}

// consult goes through a journal and reports each message that passed or was blocked against what the oracle says.
func (w *world) consult(pages []*journal.Page) {
	o := &oracle{w: w, off: map[corridor.BIC]bool{}, sent: map[corridor.Position]*entry.Submission{}}
	for _, p := range pages {
		all, err := p.All()
		if err != nil {
			w.fail(CheckJournal, "page %d: %v", p.Header.Number, err)
			return
		}
		o.pass(p.Header.Time)
		for i, stored := range all {
			e, err := entry.Decode(stored)
			if err != nil {
				w.fail(CheckJournal, "page %d: %v", p.Header.Number, err)
				return
			}
			o.entry(corridor.Position{Page: p.Header.Number, Index: uint32(i)}, e)
		}
	}
}

func (o *oracle) entry(at corridor.Position, e entry.Entry) {
	switch e := e.(type) {
	case *entry.Acted:
		if a, err := entry.DecodeAct(e.Statement); err == nil {
			o.act(&a)
			o.pass(o.now)
		}
	case *entry.Accepted:
		sub, err := entry.DecodeSubmission(e.Statement)
		if err == nil {
			o.sent[at] = &sub
			if by := o.forbids(&sub); by != "" {
				o.w.fail(CheckPassed, "%v: number %d of %s to %s, %s, was accepted although %s forbids it", at, sub.Number, sub.Sender, sub.Receiver, sub.Type, by)
			}
		}
	case *entry.Refused:
		sub, err := entry.DecodeSubmission(e.Statement)
		if err == nil && e.Fault.Rule != "" && o.forbids(&sub) == "" {
			o.w.fail(CheckBlocked, "%v: number %d of %s to %s, %s, was refused (%s) and no order forbids it", at, sub.Number, sub.Sender, sub.Receiver, sub.Type, e.Fault.Rule)
		}
	case *entry.Assigned:
		for _, m := range e.Messages {
			if sub := o.sent[m]; sub != nil && o.forbids(sub) != "" {
				o.w.fail(CheckPassed, "%v: the message at %v was given out although %s forbids it", at, m, o.forbids(sub))
			}
		}
	case *entry.Decided:
		sub := o.sent[e.Message]
		stops := e.Outcome == entry.Returns || e.Outcome == entry.Stores || e.Outcome == entry.Holds || e.Outcome == entry.InDoubt
		if sub != nil && stops && e.Stage != entry.AtAccept && o.forbids(sub) == "" {
			o.w.fail(CheckBlocked, "%v: the message at %v was stopped (%s) and no order forbids it", at, e.Message, e.Outcome)
		}
	}
}

func (o *oracle) find(id string) *oracleOrder {
	for _, x := range o.orders {
		if x.doc.ID == id {
			return x
		}
	}
	return nil
}

// act takes what officers did.
func (o *oracle) act(a *entry.Act) {
	x := o.find(a.Subject)
	switch a.Kind {
	case standing.OrderDraft:
		d := &standing.Order{}
		if err := canonical.Unmarshal(a.Body, d); err != nil || x != nil {
			return
		}
		whole := len(d.Scope.Types) == 0
		x = &oracleOrder{doc: d, severs: d.Kind == standing.Disconnect && whole}
		if t := o.find(d.Refers); d.Kind == standing.Amend && t != nil {
			x.severs = t.doc.Kind == standing.Disconnect && whole
		}
		o.orders = append(o.orders, x)
	case standing.OrderPublish:
		x.published = true
	case standing.OrderPause:
		const hour = 3600 * 1_000_000_000
		x.pausedTo = o.now + hour
	}
}

// pass lets the time of a page come: what is due takes effect before the page's first entry. Nothing is due twice.
func (o *oracle) pass(now int64) {
	o.now = now
	for again := true; again; {
		again = false
		for _, x := range o.due() {
			again = o.happen(x) || again
		}
	}
}

// due are the orders by their instants.
func (o *oracle) due() []*oracleOrder {
	all := slices.Clone(o.orders)
	slices.SortStableFunc(all, func(a, b *oracleOrder) int { return int((a.doc.EffectiveAt() - b.doc.EffectiveAt()) / 1_000_000_000) })
	return all
}

func (o *oracle) happen(x *oracleOrder) bool {
	if x.inForce && x.doc.Expires != "" && x.doc.ExpiresAt() <= o.now {
		x.inForce, x.over = false, true
		return true
	}
	if !x.published || x.inForce || x.over || x.pausedTo > o.now || x.doc.EffectiveAt() > o.now {
		return false
	}
	target := o.find(x.doc.Refers)
	switch x.doc.Kind {
	case standing.Lift:
		if !target.inForce {
			return false
		}
		target.inForce, target.over, x.over = false, true, true
		return true
	case standing.Readmit:
		return o.readmit(x)
	case standing.Amend:
		if target.inForce {
			target.inForce, target.over = false, true
		}
	}
	x.inForce = true
	for _, r := range x.doc.Subject.Resolved {
		if x.severs {
			o.off[r.BIC] = true
		}
	}
	return true
}

func (o *oracle) readmit(x *oracleOrder) bool {
	b := x.doc.Subject.Resolved[0].BIC
	if !o.off[b] || o.covered(b) {
		return false
	}
	delete(o.off, b)
	x.over = true
	return true
}

func (o *oracle) covered(b corridor.BIC) bool {
	return slices.ContainsFunc(o.orders, func(x *oracleOrder) bool { return x.inForce && x.names(b) })
}

func (x *oracleOrder) names(b corridor.BIC) bool {
	return slices.ContainsFunc(x.doc.Subject.Resolved, func(r standing.Resolved) bool { return r.BIC == b })
}

// forbids names what forbids a message here and now, or nothing.
func (o *oracle) forbids(m *entry.Submission) string {
	from, to := m.Sender.BIC8(), m.Receiver.BIC8()
	for _, x := range o.orders {
		s := &x.doc.Scope
		if !x.inForce || len(s.Types) > 0 && !slices.Contains(s.Types, string(m.Type)) {
			continue
		}
		if s.Direction != "to" && x.names(from) || s.Direction != "from" && x.names(to) {
			return x.doc.ID
		}
	}
	for _, b := range []corridor.BIC{from, to} {
		if o.off[b] {
			return "the absence of " + string(b)
		}
	}
	return ""
}
