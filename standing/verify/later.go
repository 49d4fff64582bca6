package verify

import (
	"slices"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/standing"
)

// decidedOn takes a decision: at acceptance it waits for its message, later it is about one that has no end yet.
func (v *Verifier) decidedOn(at corridor.Position, d *entry.Decided) {
	if !v.partial() && d.Policy != v.model.policyID {
		v.breaks(Evidence, at, "it is made under a policy %s, in force is %s", d.Policy, v.model.policyID)
	}
	v.wellFormed(at, d)
	if d.Stage == entry.AtAccept {
		c := *d
		v.decided = &decidedBefore{c, at}
		return
	}
	m := v.messages[d.Message]
	if m == nil {
		if !v.partial() {
			v.breaks(AllThere, at, "it decides on message %v, which has its end or never was", d.Message)
		}
		return
	}
	if m.inside == nil && len(d.Particulars) > 0 {
		p := &corridor.Particulars{}
		if err := canonical.Unmarshal(d.Particulars, p); err != nil {
			v.breaks(Evidence, at, "the decision's particulars: %v", err)
		} else {
			m.inside = p
		}
	}
	if !m.own {
		v.sameEnds(at, d, m.sender, m.receiver)
	}
	v.tally(d)
	v.noteEnd(d, m)
	v.later(at, d, m)
}

// wellFormed: the words are those of decisions, the orders had effect, a licence is one of theirs.
func (v *Verifier) wellFormed(at corridor.Position, d *entry.Decided) {
	rules := []string{standing.RuleNone, standing.RuleSubject, standing.RuleDeny, standing.RuleLicence, standing.RuleBudget, standing.RuleContent, standing.RuleExcess, standing.RuleNotReadmitted,
		standing.RuleRamp, standing.RuleWindDown, standing.RuleShadow, ruleCounted}
	stages := []entry.Stage{entry.AtAccept, entry.AtDeliver, entry.AtFence, entry.AtRelease}
	if !slices.Contains(rules, d.Rule) || !slices.Contains(stages, d.Stage) || len(d.Orders) == 0 {
		v.breaks(Evidence, at, "rule %q, stage %q or orders %q are none that a decision has", d.Rule, d.Stage, d.Orders)
	}
	licences := strings.Fields(d.Licence)
	for _, id := range d.Orders {
		o := v.model.orders[id]
		if o == nil || o.published == 0 {
			if !v.partial() {
				v.breaks(Evidence, at, "it names order %q, which was never published", id)
			}
			continue
		}
		licences = slices.DeleteFunc(licences, func(l string) bool {
			return slices.ContainsFunc(o.Carveouts, func(c standing.Carveout) bool { return l == id+":"+c.Licence })
		})
	}
	if len(licences) > 0 && !v.partial() {
		v.breaks(Evidence, at, "it names the licences %q, which its orders do not grant", licences)
	}
}

// ruleCounted is the rule of a message that an order counts as delivered although its acknowledgement is missing (R33).
const ruleCounted = "counted-as-delivered"

// later compares a decision after the acceptance with what the orders say since, and carries it out.
func (v *Verifier) later(at corridor.Position, d *entry.Decided, m *message) {
	q, j := v.since(m, &m.cleared)
	if m.state == msgHeld && d.Stage != entry.AtFence {
		q.since = nil // what holds a message is judged again as a whole
		j = v.model.judge(&q)
	}
	stopped := j.outcome == entry.Refuses || j.outcome == entry.Holds || j.blind || m.own
	if !stopped && m.held != nil {
		_, since := v.since(m, m.held)
		stopped = since.outcome == entry.Refuses
	}
	switch d.Outcome {
	case entry.Returns, entry.Stores:
		if !stopped && !v.agreed(m, standing.MessageReturn) {
			v.breaks(NothingElse, at, "message %v is taken back under %s, and no order stops it", m.at, strings.Join(d.Orders, ", "))
		}
		v.takenBack(at, d, m)
	case entry.Holds:
		if !stopped && m.state != msgHeld {
			v.breaks(NothingElse, at, "message %v is held under %s, and no order stops it", m.at, strings.Join(d.Orders, ", "))
		}
		m.state, m.cleared = msgHeld, at
	case entry.InDoubt:
		v.inDoubt(at, m)
	case entry.Passes, entry.Licensed:
		v.passesLater(at, d, m, &q, &j)
	default:
		v.breaks(Evidence, at, "a message that was accepted cannot be refused any more")
	}
}

func (v *Verifier) takenBack(at corridor.Position, d *entry.Decided, m *message) {
	if m.state == msgOut {
		v.breaks(AllThere, at, "message %v is taken back, and it is out: it can only be in doubt", m.at)
	}
	if d.Outcome == entry.Stores {
		v.ends(m, &v.result.Counts.Stored)
		return
	}
	v.ends(m, &v.result.Counts.Returned)
	if !m.own {
		v.model.untold[m.at] = true
	}
}

// inDoubt: given out before the fence, to or from an institution that an order in force is about; once more where its other end is
// disconnected later.
func (v *Verifier) inDoubt(at corridor.Position, m *message) {
	again := m.state == msgInDoubt
	if m.state != msgOut && !again && !v.unseen(m.receiver) {
		v.breaks(AllThere, at, "message %v is in doubt, and it is not out", m.at)
		return
	}
	if v.model.idle(m.sender, m.receiver) {
		v.breaks(NothingElse, at, "message %v is in doubt, and no order is about its ends", m.at)
	}
	m.state = msgInDoubt
	if !m.own && !again {
		v.result.Counts.InDoubt++
	}
}

// passesLater: a message that was held passes after two officers released it, unless an order refuses it (R20, R52: what they release is a
// hold, not a prohibition), or when no order stops it any more; one that is out
// is counted as delivered where the order says so; one at the door passes under a licence.
func (v *Verifier) passesLater(at corridor.Position, d *entry.Decided, m *message, q *question, j *judgement) {
	passes := j.blind || j.outcome == entry.Passes || j.outcome == entry.Licensed
	agreed := v.agreed(m, standing.MessageRelease)
	switch {
	case m.state == msgOut || m.state == msgInDoubt || d.Rule == ruleCounted && v.unseen(m.receiver):
		if !v.countsAsDelivered(m) {
			v.breaks(AllThere, at, "message %v is counted as delivered, and no order says so", m.at)
		}
		v.forget(m)
		v.ends(m, &v.result.Counts.Counted)
		return
	case !passes && !v.drained(j) && !(agreed && (j.outcome == entry.Holds || v.refusedSince(m))):
		v.breaks(NothingPast, at, "message %v is let go, and %s stops it", m.at, orderNames(j.stops))
	}
	switch {
	case d.Outcome == entry.Licensed && j.outcome == entry.Licensed:
		v.debits(at, d, q, j)
	case d.Outcome == entry.Licensed && !j.blind:
		v.breaks(Evidence, at, "message %v debits the licence %s a second time, or without need", m.at, d.Licence)
	}
	if m.held = nil; agreed && m.state == msgHeld {
		place := m.cleared
		m.held = &place
	}
	m.state, m.cleared = msgWaiting, at
}

// refusedSince: an order that took effect while the message was held refuses it. The door has to see that.
func (v *Verifier) refusedSince(m *message) bool {
	_, j := v.since(m, &m.cleared)
	return j.outcome == entry.Refuses
}

func (v *Verifier) countsAsDelivered(m *message) bool {
	v.model.current()
	for _, o := range v.model.active {
		if o.InFlight.Unacked == "delivered" && (len(o.subjects[m.sender.BIC8()]) > 0 || len(o.subjects[m.receiver.BIC8()]) > 0) {
			return true
		}
	}
	return false
}

// forget takes a message off the list of those that are out.
func (v *Verifier) forget(m *message) {
	for _, t := range v.terminals {
		if t.lt.BIC8() != m.receiver.BIC8() {
			continue
		}
		for n, x := range t.out {
			if x == m {
				delete(t.out, n)
			}
		}
	}
}

// askedHeld is what an officer asked about a held message; two of them must ask the same.
func (v *Verifier) askedHeld(a *entry.Act, o *standing.Officer, key corridor.Digest) error {
	var p standing.Place
	if err := canonical.Unmarshal(a.Body, &p); err != nil {
		return err
	}
	m := v.messages[corridor.Position{Page: p.Page, Index: p.Index}]
	if m == nil && v.partial() {
		return nil
	}
	if m == nil || m.state != msgHeld || !holds(o, standing.Compliance, standing.Legal) {
		return needs(false, "no message is held there, or the officer may not decide on it")
	}
	if m.asked == nil {
		m.asked = map[string][]corridor.Digest{}
	}
	m.asked[a.Kind] = append(m.asked[a.Kind], key)
	return nil
}

func (v *Verifier) agreed(m *message, kind string) bool {
	all := m.asked[kind]
	for _, k := range all {
		if k != all[0] {
			return true
		}
	}
	return false
}
