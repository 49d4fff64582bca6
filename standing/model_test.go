package standing_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// model is what orders do, written from the requirement's words alone and as plainly as can be: it keeps the documents and what
// happened, looks at all of them for each message, and has no index. Package standing must come to the same.
type model struct {
	now    int64
	orders []*modelOrder
	off    map[corridor.BIC]string // institution: the order that ended its service
	ramps  map[corridor.BIC]*modelRamp
	uses   []modelUse
	place  map[corridor.BIC]string // established in
}

type modelOrder struct {
	doc       *standing.Order
	effect    standing.Kind
	published bool
	inForce   bool
	ended     bool
	lifted    []corridor.BIC
	pausedBy  string
}

type modelRamp struct {
	order *modelOrder
	step  int
	since int64
}

type modelUse struct {
	order, licence string
	a, b           corridor.BIC
	at             int64
	amount         corridor.Decimal
}

func (m *model) order(id string) *modelOrder {
	for _, o := range m.orders {
		if o.doc.ID == id {
			return o
		}
	}
	return nil
}

func (m *model) publish(doc *standing.Order) {
	o := &modelOrder{doc: doc, effect: doc.Kind, published: true}
	if t := m.order(doc.Refers); doc.Kind == standing.Amend && t != nil {
		o.effect = t.effect
	}
	m.orders = append(m.orders, o)
}

// pass lets the clock go on: what is due happens, one thing after the other, until nothing is.
func (m *model) pass(now int64) {
	m.now = now
	for again := true; again; {
		again = false
		for _, o := range m.orders {
			again = m.happen(o) || again
		}
		for bic, r := range m.ramps {
			h := r.order.doc.Ramp[r.step].AfterHours
			if h > 0 && r.since+int64(h)*int64(time.Hour) <= now {
				m.step(bic)
				again = true
			}
		}
	}
}

// next is the earliest instant after now at which something may happen.
func (m *model) next(until int64) int64 {
	for _, o := range m.orders {
		for _, at := range []int64{o.doc.EffectiveAt(), o.doc.ExpiresAt()} {
			if at > m.now && at < until {
				until = at
			}
		}
	}
	for _, r := range m.ramps {
		if at := r.since + int64(r.order.doc.Ramp[r.step].AfterHours)*int64(time.Hour); at > m.now && at < until {
			until = at
		}
	}
	return until
}

func (m *model) happen(o *modelOrder) bool {
	target := m.order(o.doc.Refers)
	switch due := o.published && !o.inForce && !o.ended && o.doc.EffectiveAt() <= m.now; {
	case o.inForce && o.doc.Expires != "" && o.doc.ExpiresAt() <= m.now:
		m.end(o)
		return true
	case !due:
		return false
	case o.doc.Kind == standing.Lift:
		if !target.inForce {
			return false
		}
		o.ended = true
		m.lift(target, o.doc.Subject.Resolved)
		return true
	case o.doc.Kind == standing.Readmit:
		return m.readmit(o)
	case o.doc.Kind == standing.Pause:
		target.pausedBy = o.doc.ID
	case o.doc.Kind == standing.Amend && target.inForce:
		m.end(target)
	}
	o.inForce = true
	if o.doc.Kind != standing.Pause && m.severs(o) {
		for _, r := range o.doc.Subject.Resolved {
			if len(r.BIC) == 8 {
				m.off[r.BIC] = o.doc.ID
				delete(m.ramps, r.BIC)
			}
		}
	}
	return true
}

// severs: all service ends where nothing is spared.
func (m *model) severs(o *modelOrder) bool {
	s := &o.doc.Scope
	spares := s.Direction != "" || len(s.Counterparties) > 0 || len(s.Services) > 0 || len(s.Types) > 0 || len(s.Spared) > 0 || len(s.Currencies) > 0 || s.Amount != nil
	return o.effect == standing.Disconnect && !spares && len(o.doc.Carveouts) == 0 && !o.doc.Shadow
}

func (m *model) end(o *modelOrder) {
	o.inForce, o.ended = false, true
	for _, t := range m.orders {
		if t.pausedBy == o.doc.ID {
			t.pausedBy = ""
		}
	}
}

func (m *model) lift(target *modelOrder, only []standing.Resolved) {
	for _, r := range only {
		target.lifted = append(target.lifted, r.BIC.BIC8())
	}
	left := len(target.doc.Subject.Countries) > 0
	for _, r := range target.doc.Subject.Resolved {
		left = left || !slices.Contains(target.lifted, r.BIC.BIC8())
	}
	if len(only) == 0 || !left {
		m.end(target)
	}
}

// readmit restores service where no order in force covers the institution any more.
func (m *model) readmit(o *modelOrder) bool {
	happened, left := false, false
	for _, r := range o.doc.Subject.Resolved {
		b := r.BIC.BIC8()
		if m.off[b] == "" {
			continue
		}
		covered := false
		for _, x := range m.orders {
			covered = covered || x.inForce && !x.doc.Shadow && m.holdsAny(x, b)
		}
		if covered {
			left = true
			continue
		}
		happened = true
		delete(m.off, b)
		if o.doc.Ramp[0].Stage != standing.StageFull {
			m.ramps[b] = &modelRamp{o, 0, m.now}
		}
	}
	o.ended = o.ended || happened && !left
	return happened
}

// holdsAny: an order about a branch alone covers its institution too, as far as readmission goes.
func (m *model) holdsAny(o *modelOrder, bic8 corridor.BIC) bool {
	for _, r := range o.doc.Subject.Resolved {
		if r.BIC.BIC8() == bic8 && !slices.Contains(o.lifted, bic8) {
			return true
		}
	}
	return false
}

func (m *model) step(bic corridor.BIC) {
	r := m.ramps[bic]
	r.step, r.since = r.step+1, m.now
	if r.order.doc.Ramp[r.step].Stage == standing.StageFull {
		delete(m.ramps, bic)
	}
}

// resolvedBy: the signed resolution holds the institution, or the branch.
func (m *model) resolvedBy(o *modelOrder, bic8, bic11 corridor.BIC) bool {
	if slices.Contains(o.lifted, bic8) {
		return false
	}
	for _, r := range o.doc.Subject.Resolved {
		if r.BIC == bic8 || r.BIC == bic11 {
			return true
		}
	}
	return false
}

// byCountry: a country test holds, and the institution is not expressly out.
func (m *model) byCountry(o *modelOrder, bic8, bic11 corridor.BIC) bool {
	for _, x := range o.doc.Subject.Excluded {
		if x.BIC == bic8 || x.BIC == bic11 {
			return false
		}
	}
	if slices.Contains(o.lifted, bic8) {
		return false
	}
	for _, c := range o.doc.Subject.Countries {
		letters, place := bic8[4:6] == corridor.BIC(c.Country), m.place[bic8] == c.Country
		if c.Test != "establishment" && letters || c.Test != "bic" && place {
			return true
		}
	}
	return false
}

// said is the naive decision.
type said struct {
	outcome entry.Ruling
	orders  []string
	rules   []string // any of them may be named: several orders of the same strength
	uses    []modelUse
}

// decide is section 7's "decision for one message", order by order.
func (m *model) decide(x *standing.Message) said {
	a, b := x.Sender.BIC8(), x.Receiver.BIC8()
	p := x.Particulars
	d := said{outcome: entry.Passes}
	best := 0
	hear := func(id string, strength int, rule string) {
		if !slices.Contains(d.orders, id) {
			d.orders = append(d.orders, id)
		}
		if strength > best {
			best, d.rules = strength, nil
		}
		if strength == best {
			d.rules = append(d.rules, rule)
		}
	}
	shadowed, wouldStop := []string{}, false
	for _, o := range m.orders {
		fromSure, toSure := m.resolvedBy(o, a, x.Sender.BIC()), m.resolvedBy(o, b, x.Receiver.BIC())
		from, to := fromSure || m.byCountry(o, a, x.Sender.BIC()), toSure || m.byCountry(o, b, x.Receiver.BIC())
		waits := o.published && !o.inForce && !o.ended && o.doc.Kind != standing.Lift && o.doc.Kind != standing.Readmit && o.doc.Kind != standing.Pause
		if waits && !o.doc.Shadow && (fromSure || toSure) && m.inScope(o, x, from, to) && windDown(o.doc, p) {
			hear(o.doc.ID, 4, standing.RuleWindDown)
		}
		if !o.inForce || o.doc.Kind == standing.Pause || o.pausedBy != "" {
			continue
		}
		if !from && !to {
			if o.doc.Reach == "content" && !o.doc.Shadow && m.namedInside(o, x) {
				hear(o.doc.ID, 3, standing.RuleContent)
			}
			continue
		}
		strength, rule, use := m.judge(o, x, from, to, fromSure || toSure)
		if o.doc.Shadow {
			shadowed, wouldStop = append(shadowed, o.doc.ID), wouldStop || strength >= 3
			continue
		}
		hear(o.doc.ID, strength, rule)
		if use != nil {
			d.uses = append(d.uses, *use)
		}
		if o.doc.Reach == "content" && m.namedInside(o, x) {
			hear(o.doc.ID, 3, standing.RuleContent)
		}
	}
	for _, end := range []corridor.BIC{a, b} {
		if by := m.off[end]; by != "" && best < 4 {
			hear(by, 4, standing.RuleNotReadmitted)
		}
	}
	if r := m.ramps[a]; r != nil && !r.allows(p) {
		hear(r.order.doc.ID, 4, standing.RuleRamp)
	}
	switch {
	case best >= 4:
		d.outcome = entry.Refuses
	case best == 3:
		d.outcome = entry.Holds
	case best == 2:
		d.outcome = entry.Licensed
	case wouldStop:
		d.orders, d.rules = shadowed, []string{standing.RuleShadow}
	}
	if best != 2 {
		d.uses = nil
	}
	slices.Sort(d.orders)
	return d
}

func windDown(o *standing.Order, p *corridor.Particulars) bool {
	switch o.Notice.WindDown {
	case standing.WindDownReplies:
		return p == nil || !p.Answer
	case standing.WindDownValueDates:
		return p != nil && p.ValueDate != "" && p.ValueDate >= o.Effective.UTC[:10]
	}
	return false
}

// judge is one order's word: 0 not in its scope, 2 licensed, 3 hold, 4 refuse, 5 explicitly denied.
func (m *model) judge(o *modelOrder, x *standing.Message, from, to, sure bool) (int, string, *modelUse) {
	if !m.inScope(o, x, from, to) {
		return 0, standing.RuleNone, nil
	}
	for _, c := range o.doc.Deny {
		types := len(c.Types) == 0 || anyType(c.Types, x.Type)
		currencies := len(c.Currencies) == 0 || anyCurrency(c.Currencies, x.Particulars)
		other := from && m.isCounterparty(c.Counterparties, x.Receiver) || to && m.isCounterparty(c.Counterparties, x.Sender)
		if types && currencies && other {
			return 5, standing.RuleDeny, nil
		}
	}
	held := ""
	for _, c := range o.doc.Carveouts {
		switch all, claimed := licence(&c, x); {
		case all && m.lasts(o.doc.ID, &c, x):
			return 2, standing.RuleLicence, &modelUse{o.doc.ID, c.Licence, x.Sender.BIC8(), x.Receiver.BIC8(), x.Time, sum(x.Particulars, c.Currency)}
		case all && held == "":
			held = standing.RuleBudget
		case claimed && held == "":
			held = standing.RuleLicence
		}
	}
	switch {
	case held != "":
		return 3, held, nil
	case !sure:
		return 3, standing.RuleExcess, nil
	}
	return 4, standing.RuleSubject, nil
}

// inScope: direction, counterparty, service, type, currency, amount.
func (m *model) inScope(o *modelOrder, x *standing.Message, from, to bool) bool {
	s := &o.doc.Scope
	sends := from && s.Direction != "to" && m.isCounterparty(s.Counterparties, x.Receiver)
	receives := to && s.Direction != "from" && m.isCounterparty(s.Counterparties, x.Sender)
	return (sends || receives) && m.kindInScope(s, x)
}

func (m *model) kindInScope(s *standing.Scope, x *standing.Message) bool {
	service := "mx"
	if strings.HasPrefix(string(x.Type), "fin.") {
		service = "fin"
	} else if strings.HasPrefix(string(x.Type), "file") {
		service = "file"
	}
	switch {
	case len(s.Services) > 0 && !slices.Contains(s.Services, service),
		len(s.Types) > 0 && !anyType(s.Types, x.Type),
		anyType(s.Spared, x.Type),
		len(s.Currencies) > 0 && !anyCurrency(s.Currencies, x.Particulars):
		return false
	}
	if s.Amount == nil {
		return true
	}
	for _, a := range x.Particulars.Amounts {
		if a.Currency == s.Amount.Currency && (s.Amount.From == "" || a.Value.Cmp(s.Amount.From) >= 0) && (s.Amount.To == "" || a.Value.Cmp(s.Amount.To) < 0) {
			return true
		}
	}
	return false
}

func (m *model) isCounterparty(list []string, other corridor.LT) bool {
	b := other.BIC8()
	return len(list) == 0 || slices.Contains(list, string(b)) || slices.Contains(list, string(b[4:6])) || slices.Contains(list, m.place[b])
}

func anyType(patterns []string, t corridor.MessageType) bool {
	for _, p := range patterns {
		if category, ok := strings.CutSuffix(p, "xx"); ok {
			if strings.HasPrefix(string(t), category) && len(category) == 5 {
				return true
			}
			continue
		}
		if string(t) == p || strings.HasPrefix(string(t), p+".") {
			return true
		}
	}
	return false
}

func anyCurrency(list []string, p *corridor.Particulars) bool {
	for _, a := range slices.Concat(p.Amounts, p.Other) {
		if slices.Contains(list, a.Currency) {
			return true
		}
	}
	return false
}

// licence: do all conditions hold, and does the message claim the licence by quoting it?
func licence(c *standing.Carveout, x *standing.Message) (all, claimed bool) {
	all = true
	for _, r := range x.Particulars.References {
		claimed = claimed || c.Quote != "" && (r == c.Quote || strings.Contains(r+" ", c.Quote+" "))
	}
	all = all && (c.Quote == "" || claimed)
	all = all && (len(c.Types) == 0 || anyType(c.Types, x.Type))
	all = all && (c.Holder == "" || c.Holder == x.Sender.BIC8() || c.Holder == x.Receiver.BIC8())
	all = all && (c.Purpose == "" || c.Purpose == x.Particulars.Purpose)
	if c.Currency != "" {
		all = all && len(x.Particulars.Amounts) > 0
		for _, a := range x.Particulars.Amounts {
			all = all && a.Currency == c.Currency
		}
	}
	stamp := time.Unix(0, x.Time).UTC().Format(time.RFC3339)
	all = all && (c.From == "" || stamp >= c.From) && (c.Until == "" || stamp < c.Until)
	return all, claimed
}

// lasts: what the pair has used in the window, either way, and this message.
func (m *model) lasts(order string, c *standing.Carveout, x *standing.Message) bool {
	if c.WindowDays == 0 {
		return true
	}
	n, total := 1, sum(x.Particulars, c.Currency)
	for _, u := range m.uses {
		pair := u.a == x.Sender.BIC8() && u.b == x.Receiver.BIC8() || u.b == x.Sender.BIC8() && u.a == x.Receiver.BIC8()
		if pair && u.order == order && u.licence == c.Licence && u.at > x.Time-int64(c.WindowDays)*int64(24*time.Hour) {
			n++
			if c.Currency != "" {
				total = total.Add(u.amount)
			}
		}
	}
	return (c.Count == 0 || n <= c.Count) && (c.Amount == "" || total.Cmp(c.Amount) <= 0)
}

func sum(p *corridor.Particulars, currency string) corridor.Decimal {
	if currency == "" {
		return ""
	}
	total := corridor.Decimal("0")
	for _, a := range p.Amounts {
		if a.Currency == currency {
			total = total.Add(a.Value)
		}
	}
	return total
}

// namedInside: an agent inside the message is the subject, and is not an endpoint; the message is of a kind that the order is about.
func (m *model) namedInside(o *modelOrder, x *standing.Message) bool {
	for _, agent := range x.Particulars.Agents {
		b := agent.BIC8()
		if b != x.Sender.BIC8() && b != x.Receiver.BIC8() && m.resolvedBy(o, b, agent) {
			return m.kindInScope(&o.doc.Scope, x)
		}
	}
	return false
}

func (r *modelRamp) allows(p *corridor.Particulars) bool {
	step := r.order.doc.Ramp[r.step]
	if step.Stage == standing.StageReceive {
		return false
	}
	for _, a := range p.Amounts {
		ok := false
		for _, most := range step.Most {
			ok = ok || most.Currency == a.Currency && a.Value.Cmp(most.Value) <= 0
		}
		if !ok {
			return false
		}
	}
	return true
}

// differs says where a decision is not what the model came to, or "".
func (d *said) differs(got *standing.Decision) string {
	switch {
	case d.outcome != got.Outcome:
		return fmt.Sprintf("outcome %s, the model says %s", got.Outcome, d.outcome)
	case !slices.Equal(d.orders, got.Orders) && len(d.orders)+len(got.Orders) > 0:
		return fmt.Sprintf("orders %v, the model says %v", got.Orders, d.orders)
	case len(d.rules) > 0 && !slices.Contains(d.rules, got.Rule):
		return fmt.Sprintf("rule %s, the model says one of %v", got.Rule, d.rules)
	}
	var want []string
	for _, u := range d.uses {
		want = append(want, u.order+":"+u.licence)
	}
	have := strings.Fields(got.Licence)
	slices.Sort(want)
	slices.Sort(have)
	if got.Outcome == entry.Licensed && !slices.Equal(want, have) {
		return fmt.Sprintf("licences %v, the model says %v", have, want)
	}
	return ""
}
