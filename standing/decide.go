package standing

import (
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// hit is an order that touches one or both ends of a message.
type hit struct {
	record   *Record
	from, to bool // the sender, the receiver is its subject
	certain  bool // by the signed resolution, not only by a country's live test
}

// Touches reports whether any order, absence or ramp touches a message between the two, and whether the decision looks inside
// the message. Orders that reach into content look inside every message.
func (s *State) Touches(sender, receiver corridor.LT) (touched, inside bool) {
	if s.content > 0 {
		return true, true
	}
	var room [8]hit
	for _, h := range s.hits(room[:0], sender, receiver) {
		touched = true
		inside = inside || h.record.Order.NeedsParticulars() || h.record.Phase == Published && h.record.Order.Notice.stopsMessages()
	}
	a, b := sender.BIC8(), receiver.BIC8()
	if c := s.returning[a]; c != nil {
		touched, inside = true, true
	}
	return touched || s.off[a] != nil || s.off[b] != nil, inside
}

// Decide is the decision about one message by the orders in force here (spec section 7). The same state and message give
// the same decision; it changes nothing.
func (s *State) Decide(m *Message) Decision {
	var room [8]hit
	hits := s.hits(room[:0], m.Sender, m.Receiver)
	v := verdict{state: s, message: m}
	for i := range hits {
		v.hear(&hits[i])
	}
	if s.content > 0 && m.Particulars != nil {
		v.hearContent()
	}
	if len(s.off)+len(s.returning) > 0 {
		v.hearAbsence()
	}
	return v.decision()
}

// hits collects the orders that touch the ends, each once.
func (s *State) hits(all []hit, sender, receiver corridor.LT) []hit {
	if len(s.cover) > 0 {
		all = collect(all, s.cover[sender.BIC8()], sender, true)
		all = collect(all, s.cover[receiver.BIC8()], receiver, false)
	}
	if len(s.countries) > 0 {
		all = s.collectCountry(all, sender, true)
		all = s.collectCountry(all, receiver, false)
	}
	return all
}

func collect(all []hit, covers []*cover, lt corridor.LT, from bool) []hit {
	for _, c := range covers {
		if (c.branch == "" || c.branch == lt.BIC()) && (c.explicit || !c.record.excludes(lt.BIC())) {
			all = note(all, c.record, from, true)
		}
	}
	return all
}

func note(all []hit, r *Record, from, certain bool) []hit {
	for i := range all {
		if h := &all[i]; h.record == r {
			h.from, h.to, h.certain = h.from || from, h.to || !from, h.certain || certain
			return all
		}
	}
	return append(all, hit{record: r, from: from, to: !from, certain: certain})
}

// collectCountry is the live country test: members that the signed resolution does not hold are noted as not certain.
func (s *State) collectCountry(all []hit, lt corridor.LT, from bool) []hit {
	letters := lt.BIC8().Country()
	for _, r := range s.countries[letters] {
		if r.countryTest(letters, "bic") && !r.excludes(lt.BIC()) && !r.lifted(lt.BIC8()) {
			all = note(all, r, from, false)
		}
	}
	place := s.directory.EstablishedIn(lt.BIC8())
	for _, r := range s.countries[place] {
		if r.countryTest(place, "establishment") && !r.excludes(lt.BIC()) && !r.lifted(lt.BIC8()) {
			all = note(all, r, from, false)
		}
	}
	return all
}

func (r *Record) countryTest(country, test string) bool {
	for _, c := range r.Order.Subject.Countries {
		if c.Country == country && (c.Test == test || c.Test == "either") {
			return true
		}
	}
	return false
}

// excludes reports an institution, or branch, that is expressly out.
func (r *Record) excludes(bic corridor.BIC) bool {
	for _, x := range r.Order.Subject.Excluded {
		if x.BIC == bic || len(x.BIC) == 8 && x.BIC == bic.BIC8() {
			return true
		}
	}
	return false
}

func (r *Record) lifted(bic8 corridor.BIC) bool { return slices.Contains(r.LiftedBICs, bic8) }

// active reports an order that decides: in force and not paused.
func (r *Record) active() bool { return r.Phase == InForce && r.PausedFor == "" }

// The strengths of a finding; the strongest of all orders is the outcome (R20).
const (
	strengthPass = iota
	strengthLicensed
	strengthHold
	strengthRefuse
	strengthDeny
)

// verdict gathers what the orders say of one message.
type verdict struct {
	state    *State
	message  *Message
	orders   []string
	stops    []string
	strength int
	rule     string
	side     string
	claimed  Debit // of the strongest finding, where it is about a licence
	currency string
	amount   corridor.Decimal
	debits   []Debit
	shadow   verdictShadow
}

// verdictShadow is what orders in shadow mode would have done.
type verdictShadow struct {
	orders   []string
	strength int
}

func (v *verdict) hear(h *hit) {
	r := h.record
	switch {
	case r.Phase == Published && v.first():
		v.hearWindDown(h)
		return
	case !v.hears(r):
		return
	}
	f := v.find(h)
	if r.Order.Shadow {
		v.shadow.orders = append(v.shadow.orders, r.Order.ID)
		v.shadow.strength = max(v.shadow.strength, f.strength)
		return
	}
	v.orders = append(v.orders, r.Order.ID)
	v.take(f)
	if f.strength >= strengthRefuse {
		v.stops = append(v.stops, r.Order.ID)
	}
	if f.strength == strengthLicensed {
		v.currency, v.amount = f.currency, f.amount
		v.debits = append(v.debits, Debit{r.Order.ID, f.licence})
	}
}

// first reports the decision at acceptance.
func (v *verdict) first() bool { return v.message.Since == (corridor.Position{}) }

// hears reports an order that has a word here: it is in force, and took effect after what was decided before.
func (v *verdict) hears(r *Record) bool {
	return r.active() && (v.first() || r.Since.Compare(v.message.Since) > 0)
}

func (v *verdict) take(f finding) {
	if v.rule == "" || f.strength > v.strength {
		v.strength, v.rule, v.side = f.strength, f.rule, f.side
		v.claimed = Debit{f.order, f.licence}
	}
}

// finding is what one order says.
type finding struct {
	strength int
	rule     string
	side     string
	order    string
	licence  string
	currency string
	amount   corridor.Decimal
}

// find is steps 2 to 4 of the decision for one order.
func (v *verdict) find(h *hit) finding {
	o, m := h.record.Order, v.message
	side, in := v.inScope(h)
	if !in {
		return finding{rule: RuleNone}
	}
	for i := range o.Deny {
		if v.meets(&o.Deny[i], h) {
			return finding{strength: strengthDeny, rule: RuleDeny, side: side}
		}
	}
	if f, claimed := v.licensed(o, m); claimed {
		f.side = side
		return f
	}
	if !h.certain {
		return finding{strength: strengthHold, rule: RuleExcess, side: side}
	}
	return finding{strength: strengthRefuse, rule: RuleSubject, side: side}
}

// inScope reports whether a message is in the order's scope, seen from a side that is its subject.
func (v *verdict) inScope(h *hit) (side string, in bool) {
	sc, m := &h.record.Order.Scope, v.message
	from := h.from && sc.Direction != "to" && v.counterparty(sc.Counterparties, m.Receiver)
	to := h.to && sc.Direction != "from" && v.counterparty(sc.Counterparties, m.Sender)
	switch {
	case !from && !to || !v.kindInScope(sc):
		return "", false
	case from && to:
		return "both", true
	case from:
		return "sender", true
	default:
		return "receiver", true
	}
}

// kindInScope reports whether an order is about messages of this service, type, currency and amount.
func (v *verdict) kindInScope(sc *Scope) bool {
	m := v.message
	switch {
	case len(sc.Services) > 0 && !slices.Contains(sc.Services, Service(m.Type)),
		len(sc.Types) > 0 && !matchAny(sc.Types, m.Type),
		matchAny(sc.Spared, m.Type),
		len(sc.Currencies) > 0 && !v.currencies(sc.Currencies),
		sc.Amount != nil && !v.banded(sc.Amount):
		return false
	}
	return true
}

// counterparty reports whether the other side is one of a list of BIC8s and countries; an empty list is everyone.
func (v *verdict) counterparty(list []string, other corridor.LT) bool {
	if len(list) == 0 {
		return true
	}
	bic := other.BIC8()
	for _, c := range list {
		if c == string(bic) || len(c) == 2 && (c == bic.Country() || c == v.state.directory.EstablishedIn(bic)) {
			return true
		}
	}
	return false
}

func matchAny(patterns []string, t corridor.MessageType) bool {
	for _, p := range patterns {
		if MatchType(p, t) {
			return true
		}
	}
	return false
}

// currencies reports a message with a part in one of the currencies: the strictest part of a batch decides.
func (v *verdict) currencies(list []string) bool {
	p := v.message.Particulars
	of := func(a corridor.Amount) bool { return slices.Contains(list, a.Currency) }
	return p != nil && (slices.ContainsFunc(p.Amounts, of) || slices.ContainsFunc(p.Other, of))
}

func (v *verdict) banded(b *Band) bool {
	p := v.message.Particulars
	return p != nil && slices.ContainsFunc(p.Amounts, func(a corridor.Amount) bool {
		return a.Currency == b.Currency && (b.From == "" || a.Value.Cmp(b.From) >= 0) && (b.To == "" || a.Value.Cmp(b.To) < 0)
	})
}

func (v *verdict) meets(c *Condition, h *hit) bool {
	m := v.message
	if len(c.Types) > 0 && !matchAny(c.Types, m.Type) || len(c.Currencies) > 0 && !v.currencies(c.Currencies) {
		return false
	}
	return h.from && v.counterparty(c.Counterparties, m.Receiver) || h.to && v.counterparty(c.Counterparties, m.Sender)
}

// licensed looks for a carve-out whose conditions all hold and whose budget lasts. A claim that holds in part is held.
func (v *verdict) licensed(o *Order, m *Message) (finding, bool) {
	var half *finding
	for i := range o.Carveouts {
		c := &o.Carveouts[i]
		whole, claimed := v.conditions(c)
		if !whole {
			if claimed && half == nil {
				half = &finding{strength: strengthHold, rule: RuleLicence, order: o.ID, licence: c.Licence}
			}
			continue
		}
		amount := v.total(c.Currency)
		if !v.state.lasts(o.ID, c, m, amount) {
			if half == nil {
				half = &finding{strength: strengthHold, rule: RuleBudget, order: o.ID, licence: c.Licence}
			}
			continue
		}
		return finding{strength: strengthLicensed, rule: RuleLicence, order: o.ID, licence: c.Licence, currency: c.Currency, amount: amount}, true
	}
	if half != nil {
		return *half, true
	}
	return finding{}, false
}

// conditions reports whether a carve-out's conditions all hold, and whether the message claims it by quoting it.
func (v *verdict) conditions(c *Carveout) (whole, claimed bool) {
	m, p := v.message, v.message.Particulars
	if p == nil {
		p = &corridor.Particulars{}
	}
	claimed = c.Quote != "" && slices.ContainsFunc(p.References, func(r string) bool { return Quotes(r, c.Quote) })
	switch {
	case c.Quote != "" && !claimed:
		return false, false
	case len(c.Types) > 0 && !matchAny(c.Types, m.Type):
	case c.Holder != "" && c.Holder != m.Sender.BIC8() && c.Holder != m.Receiver.BIC8():
	case c.Currency != "" && (len(p.Amounts) == 0 || slices.ContainsFunc(p.Amounts, func(a corridor.Amount) bool { return a.Currency != c.Currency })):
	case c.Purpose != "" && c.Purpose != p.Purpose:
	case c.From != "" && m.Time < instant(c.From), c.Until != "" && m.Time >= instant(c.Until):
	default:
		return true, claimed
	}
	return false, claimed
}

// Quotes reports whether text quotes a licence: the quote stands in it and no letter or digit goes on, so that L-7 is not
// found in L-77.
func Quotes(text, quote string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], quote)
		if i < 0 {
			return false
		}
		end := at + i + len(quote)
		if end == len(text) || !wordByte(text[end]) || !wordByte(quote[len(quote)-1]) {
			return true
		}
		at += i + 1
	}
}

func wordByte(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
}

// total is the sum of a message's amounts in a currency.
func (v *verdict) total(currency string) corridor.Decimal {
	if currency == "" || v.message.Particulars == nil {
		return ""
	}
	sum := corridor.Decimal("0")
	for _, a := range v.message.Particulars.Amounts {
		if a.Currency == currency {
			sum = sum.Add(a.Value)
		}
	}
	return sum
}

func pairKey(order, licence string, a, b corridor.BIC) budgetKey {
	if b < a {
		a, b = b, a
	}
	return budgetKey{order, licence, a, b}
}

// lasts reports whether a licence's budget for the pair holds one more message of that amount in its window (R17).
func (s *State) lasts(order string, c *Carveout, m *Message, amount corridor.Decimal) bool {
	if c.WindowDays == 0 {
		return true
	}
	since := m.Time - int64(c.WindowDays)*int64(24*time.Hour)
	count, sum := 1, amount
	for _, u := range s.budgets[pairKey(order, c.Licence, m.Sender.BIC8(), m.Receiver.BIC8())] {
		if u.time > since {
			count++
			if u.amount != "" && sum != "" {
				sum = sum.Add(u.amount)
			}
		}
	}
	return (c.Count == 0 || count <= c.Count) && (c.Amount == "" || sum.Cmp(c.Amount) <= 0)
}

// hearWindDown applies what holds between publication and effect (R18).
func (v *verdict) hearWindDown(h *hit) {
	o, m := h.record.Order, v.message
	if o.Shadow || !o.Notice.stopsMessages() {
		return
	}
	side, in := v.inScope(h)
	if !in || !h.certain {
		return
	}
	p := m.Particulars
	switch o.Notice.WindDown {
	case WindDownReplies:
		if p == nil || !p.Answer {
			v.orders = append(v.orders, o.ID)
			v.take(finding{strength: strengthRefuse, rule: RuleWindDown, side: side})
		}
	case WindDownValueDates:
		if p != nil && p.ValueDate != "" && p.ValueDate >= o.Effective.date() {
			v.orders = append(v.orders, o.ID)
			v.take(finding{strength: strengthRefuse, rule: RuleWindDown, side: side})
		}
	}
}

// hearContent is step 5: a subject that is named inside as an agent and is not an endpoint holds the message.
func (v *verdict) hearContent() {
	m := v.message
	for _, agent := range m.Particulars.Agents {
		bic := agent.BIC8()
		if bic == m.Sender.BIC8() || bic == m.Receiver.BIC8() {
			continue
		}
		for _, c := range v.state.cover[bic] {
			r := c.record
			if !r.active() || !r.Order.Content() || r.Order.Shadow || c.branch != "" && c.branch != agent || !v.kindInScope(&r.Order.Scope) {
				continue
			}
			if !slices.Contains(v.orders, r.Order.ID) {
				v.orders = append(v.orders, r.Order.ID)
			}
			v.take(finding{strength: strengthHold, rule: RuleContent})
		}
	}
}

// hearAbsence refuses what an institution without service, or on its ramp, may not do. Authorisations are exchanged at every stage: without
// them nothing could be sent at the next.
func (v *verdict) hearAbsence() {
	m, s := v.message, v.state
	for _, end := range []struct {
		bic  corridor.BIC
		side string
	}{{m.Sender.BIC8(), "sender"}, {m.Receiver.BIC8(), "receiver"}} {
		if a := s.off[end.bic]; a != nil && v.strength < strengthRefuse && (v.first() || a.Since.Compare(m.Since) > 0) {
			// A carve-out opens nothing here: what severs has none.
			v.orders, v.stops = append(v.orders, a.Order), append(v.stops, a.Order)
			v.take(finding{strength: strengthRefuse, rule: RuleNotReadmitted, side: end.side})
		}
	}
	if c := s.returning[m.Sender.BIC8()]; c != nil && v.first() && !MatchType("rma", m.Type) && !c.allows(m.Particulars) {
		v.orders = append(v.orders, c.record.Order.ID)
		v.take(finding{strength: strengthRefuse, rule: RuleRamp, side: "sender"})
	}
}

// allows reports whether the stage of a return lets its institution send a message.
func (c *comeback) allows(p *corridor.Particulars) bool {
	step := &c.record.Order.Ramp[c.step]
	switch step.Stage {
	case StageFull:
		return true
	case StageReceive:
		return false
	}
	if p == nil {
		return true // a message without amounts has a low value
	}
	for _, a := range p.Amounts {
		ok := slices.ContainsFunc(step.Most, func(most corridor.Amount) bool { return most.Currency == a.Currency && a.Value.Cmp(most.Value) <= 0 })
		if !ok {
			return false
		}
	}
	return true
}

func (v *verdict) decision() Decision {
	d := Decision{Rule: v.rule, Side: v.side, Orders: v.orders, Stops: v.stops}
	switch v.strength {
	case strengthPass:
		d.Outcome = entry.Passes
	case strengthLicensed:
		d.Outcome, d.Licence, d.Currency, d.Amount = entry.Licensed, joinDebits(v.debits), v.currency, v.amount
	case strengthHold:
		d.Outcome = entry.Holds
		if v.claimed.Licence != "" {
			d.Licence = v.claimed.String()
		}
	default:
		d.Outcome = entry.Refuses
	}
	if d.Outcome == entry.Passes && v.shadow.strength >= strengthHold {
		d.Shadow, d.Rule, d.Orders = true, RuleShadow, v.shadow.orders
	}
	if len(d.Orders) > 1 {
		slices.Sort(d.Orders)
		d.Orders = slices.Compact(d.Orders)
	}
	return d
}
