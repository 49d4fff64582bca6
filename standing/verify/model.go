package verify

import (
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// model says what the orders in force say of one message, slowly and order by order, as the requirement's section "Decision
// for one message" has it. It is written without a look at decide.go: two writings of one rule check each other.
type model struct {
	directory *directory.Directory
	policy    *standing.Policy
	orders    map[string]*modelOrder
	ids       []string
	off       map[corridor.BIC]*modelOff
	ramps     map[corridor.BIC]*modelRamp
	uses      map[modelLicence][]modelUse

	policies    int
	policyID    corridor.Digest
	proposals   map[corridor.Digest]*modelProposal
	instruments map[string]bool
	appeals     map[string]bool
	untold      map[corridor.Position]bool // returned, and the sender has not been told

	// What follows from the orders, made anew when it is needed after one changed.
	stale   bool
	active  []*modelOrder                  // in force and not paused
	wide    []*modelOrder                  // of those, the ones that test countries or look into content: they hear of every message
	naming  map[corridor.BIC][]*modelOrder // the others, by BIC8
	windows []*modelOrder                  // published, with a rule for the time before the effect
	touched map[corridor.BIC]bool          // BIC8s that one of all these, an absence or a ramp names
}

// modelOrder is an order as far as its acts and fences in the journal go.
type modelOrder struct {
	*standing.Order
	digest     corridor.Digest
	phase      standing.Phase
	before     standing.Phase // a pause
	drafter    corridor.Digest
	signers    []corridor.Digest
	published  int64
	pausedBy   corridor.Digest
	pausedOnce bool
	pausedTo   int64
	suspended  string            // the order of kind pause that suspends it in force
	since      corridor.Position // from where on it decides: its fence, or the end of its pause
	severs     bool
	fence      corridor.Position
	fencedAt   int64
	ended      int64
	lifted     []corridor.BIC
	subjects   map[corridor.BIC][]standing.Resolved
	needed     int // signatures at publication
	given      bool
	tally      Tally
}

// modelOff is an institution without service.
type modelOff struct {
	since  corridor.Position
	order  *modelOrder
	closed bool                                 // its closing statement is written
	ended  map[entry.Ruling][]corridor.Position // messages that were decided away until then
}

type modelRamp struct {
	order *modelOrder
	step  int
	since int64
}

// modelLicence is a licence between two institutions: the pair is one, whichever of them sends (R17).
type modelLicence struct {
	order, licence string
	low, high      corridor.BIC
}

type modelUse struct {
	time   int64
	amount corridor.Decimal
}

func newModel(d *directory.Directory) *model {
	return &model{
		directory: d, orders: map[string]*modelOrder{}, off: map[corridor.BIC]*modelOff{}, ramps: map[corridor.BIC]*modelRamp{}, uses: map[modelLicence][]modelUse{},
		proposals: map[corridor.Digest]*modelProposal{}, instruments: map[string]bool{}, appeals: map[string]bool{}, untold: map[corridor.Position]bool{}, naming: map[corridor.BIC][]*modelOrder{}, touched: map[corridor.BIC]bool{},
	}
}

// refresh notes that an order has changed.
func (m *model) refresh() { m.stale = true }

// current makes anew what follows from the orders.
func (m *model) current() {
	if !m.stale {
		return
	}
	m.stale = false
	m.active, m.wide, m.windows = nil, nil, nil
	clear(m.naming)
	clear(m.touched)
	for _, id := range m.ids {
		m.sort(m.orders[id])
	}
	for b := range m.off {
		m.touched[b] = true
	}
	for b := range m.ramps {
		m.touched[b] = true
	}
}

// sort puts an order where messages find it.
func (m *model) sort(o *modelOrder) {
	wide := len(o.Subject.Countries) > 0 || o.Reach == "content"
	switch {
	case o.phase == standing.InForce && o.suspended == "" && o.prohibits():
		m.active = append(m.active, o)
		if wide {
			m.wide = append(m.wide, o)
			break
		}
		for b := range o.subjects {
			m.naming[b] = append(m.naming[b], o)
		}
	case o.phase == standing.Published && o.prohibits() && (o.Notice.WindDown == standing.WindDownReplies || o.Notice.WindDown == standing.WindDownValueDates):
		m.windows = append(m.windows, o)
	default:
		return
	}
	for b := range o.subjects {
		m.touched[b] = true
	}
}

// hearing are the orders in force that may have a word on a message, each once.
func (m *model) hearing(sender, receiver corridor.BIC) []*modelOrder {
	all := slices.Concat(m.wide, m.naming[sender])
	for _, o := range m.naming[receiver] {
		if !slices.Contains(m.naming[sender], o) {
			all = append(all, o)
		}
	}
	return all
}

// prohibits: the other kinds change orders, and stop no message themselves.
func (o *modelOrder) prohibits() bool {
	return o.Kind == standing.Disconnect || o.Kind == standing.Restrict || o.Kind == standing.Amend
}

// question is a message to be judged at one place of the journal.
type question struct {
	time             int64
	sender, receiver corridor.LT
	typ              corridor.MessageType
	inside           *corridor.Particulars // nil: not known
	since            *corridor.Position    // only orders that took effect after it
}

// judgement is what the orders say.
type judgement struct {
	outcome entry.Ruling // Passes, Licensed, Holds, Refuses
	hits    []string     // all orders that hit
	stops   []*modelOrder
	side    map[*modelOrder]sides
	debits  []modelDebit
	blind   bool // an order looks inside the message, and what is inside is not known
}

type sides struct{ from, to bool }

type modelDebit struct {
	order   *modelOrder
	licence *standing.Carveout
	amount  corridor.Decimal
}

// idle reports that nothing is in force that could touch the two ends.
func (m *model) idle(sender, receiver corridor.LT) bool {
	m.current()
	return len(m.wide) == 0 && !slices.ContainsFunc(m.windows, countries) && (len(m.touched) == 0 || !m.touched[sender.BIC8()] && !m.touched[receiver.BIC8()])
}

func countries(o *modelOrder) bool { return len(o.Subject.Countries) > 0 }

// judge is the decision for one message, step by step.
func (m *model) judge(q *question) judgement {
	j := judgement{outcome: entry.Passes}
	if m.idle(q.sender, q.receiver) {
		return j
	}
	j.side = map[*modelOrder]sides{}
	for _, o := range m.hearing(q.sender.BIC8(), q.receiver.BIC8()) {
		if o.Shadow || q.since != nil && o.since.Compare(*q.since) < 0 {
			continue
		}
		m.hear(q, o, &j)
	}
	m.hearAbsent(q, &j)
	if q.since == nil {
		m.hearWindows(q, &j)
		m.hearRamp(q, &j)
	}
	if j.outcome != entry.Licensed {
		j.debits = nil
	}
	return j
}

// say lets the strictest word stand: a message passes only if every order lets it pass (R20).
func (j *judgement) say(r entry.Ruling, o *modelOrder) {
	rank := func(r entry.Ruling) int {
		return slices.Index([]entry.Ruling{entry.Passes, entry.Licensed, entry.Holds, entry.Refuses}, r)
	}
	if rank(r) > rank(j.outcome) {
		j.outcome = r
	}
	if r == entry.Holds || r == entry.Refuses {
		j.stops = append(j.stops, o)
	}
}

func (m *model) hear(q *question, o *modelOrder, j *judgement) {
	from, fromSigned := m.covers(o, q.sender)
	to, toSigned := m.covers(o, q.receiver)
	if !from && !to {
		if o.Reach == "content" {
			m.hearContent(q, o, j)
		}
		return
	}
	j.hits = append(j.hits, o.ID)
	word, side := m.word(q, o, sides{from, to}, fromSigned || toSigned, j)
	j.side[o] = side
	j.say(word, o)
	if o.Reach == "content" && word != entry.Refuses && word != entry.Holds {
		m.hearContent(q, o, j)
	}
}

// covers is step 1: whether an order is about an end, and whether by what was signed and not only by a live test of countries.
func (m *model) covers(o *modelOrder, lt corridor.LT) (covered, signed bool) {
	b8, b11 := lt.BIC8(), lt.BIC()
	if slices.Contains(o.lifted, b8) {
		return false, false
	}
	for _, r := range o.subjects[b8] {
		if whole := len(r.BIC) == 8 || r.BIC.Branch() == "XXX"; whole || r.BIC == b11 {
			return r.Explicit || !o.leavesOut(b11), true
		}
	}
	if len(o.Subject.Countries) == 0 || o.leavesOut(b11) {
		return false, false
	}
	place := m.directory.EstablishedIn(b8)
	for _, c := range o.Subject.Countries {
		byLetters := c.Test != "establishment" && c.Country == b8.Country()
		byPlace := c.Test != "bic" && c.Country == place
		if byLetters || byPlace {
			return true, false
		}
	}
	return false, false
}

func (o *modelOrder) leavesOut(b corridor.BIC) bool {
	return slices.ContainsFunc(o.Subject.Excluded, func(x standing.Excluded) bool { return x.BIC == b || x.BIC == b.BIC8() })
}

// word is steps 2 to 4 for one order.
func (m *model) word(q *question, o *modelOrder, s sides, signed bool, j *judgement) (entry.Ruling, sides) {
	s.from = s.from && o.Scope.Direction != "to" && m.otherSide(o.Scope.Counterparties, q.receiver)
	s.to = s.to && o.Scope.Direction != "from" && m.otherSide(o.Scope.Counterparties, q.sender)
	if !s.from && !s.to || !o.scopeFits(q, j) {
		return entry.Passes, s
	}
	for i := range o.Deny {
		if m.denied(&o.Deny[i], q, s, j) {
			return entry.Refuses, s
		}
	}
	if r, spoken := m.licence(q, o, j); spoken {
		return r, s
	}
	if !signed {
		return entry.Holds, s // the excess over the signed resolution is held, and never opened or refused (R55)
	}
	return entry.Refuses, s
}

// otherSide reports a counterparty of a list of BIC8s and countries; a country is that of the BIC or of the establishment.
func (m *model) otherSide(list []string, other corridor.LT) bool {
	b := other.BIC8()
	return len(list) == 0 || slices.Contains(list, string(b)) || slices.Contains(list, b.Country()) || slices.Contains(list, m.directory.EstablishedIn(b))
}

// scopeFits is service, type, currency and amount of step 2. Several transactions in one message take the strictest
// outcome: one that is in scope is enough.
func (o *modelOrder) scopeFits(q *question, j *judgement) bool {
	sc := &o.Scope
	if len(sc.Services) > 0 && !slices.Contains(sc.Services, serviceOf(q.typ)) || len(sc.Types) > 0 && !isOneOf(q.typ, sc.Types) || isOneOf(q.typ, sc.Spared) {
		return false
	}
	if len(sc.Currencies) > 0 && !slices.ContainsFunc(named(q, j), func(a corridor.Amount) bool { return slices.Contains(sc.Currencies, a.Currency) }) {
		return false
	}
	if b := sc.Amount; b != nil {
		in := func(a corridor.Amount) bool {
			return a.Currency == b.Currency && a.Value.Cmp(b.From) >= 0 && (b.To == "" || a.Value.Cmp(b.To) < 0)
		}
		return slices.ContainsFunc(amounts(q, j), in)
	}
	return true
}

// amounts are those of the message's transactions; that they are not known is noted.
func amounts(q *question, j *judgement) []corridor.Amount {
	if q.inside == nil {
		j.blind = true
		return nil
	}
	return q.inside.Amounts
}

// named are all amounts that a message names: an order about a currency is about each of them.
func named(q *question, j *judgement) []corridor.Amount {
	if q.inside == nil {
		j.blind = true
		return nil
	}
	return slices.Concat(q.inside.Amounts, q.inside.Other)
}

func serviceOf(t corridor.MessageType) string {
	switch {
	case strings.HasPrefix(string(t), "fin."):
		return "fin"
	case t == "file" || strings.HasPrefix(string(t), "file."):
		return "file"
	}
	return "mx"
}

func isOneOf(t corridor.MessageType, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if rest, category := strings.CutSuffix(p, "xx"); category && strings.HasPrefix(p, "fin.") {
			return strings.HasPrefix(string(t), rest)
		}
		return string(t) == p || strings.HasPrefix(string(t), p+".")
	})
}

func (m *model) denied(c *standing.Condition, q *question, s sides, j *judgement) bool {
	if len(c.Types) > 0 && !isOneOf(q.typ, c.Types) {
		return false
	}
	if len(c.Currencies) > 0 && !slices.ContainsFunc(named(q, j), func(a corridor.Amount) bool { return slices.Contains(c.Currencies, a.Currency) }) {
		return false
	}
	return s.from && m.otherSide(c.Counterparties, q.receiver) || s.to && m.otherSide(c.Counterparties, q.sender)
}

// licence is step 3: all conditions of one licence hold and its budget lasts, or a claim holds in part.
func (m *model) licence(q *question, o *modelOrder, j *judgement) (entry.Ruling, bool) {
	claimed := false
	for i := range o.Carveouts {
		c := &o.Carveouts[i]
		whole, quoted := conditionsHold(c, q, j)
		if !whole {
			claimed = claimed || quoted
			continue
		}
		amount := corridor.Decimal("")
		if c.Currency != "" {
			amount = "0"
			for _, a := range amounts(q, j) {
				if a.Currency == c.Currency {
					amount = amount.Add(a.Value)
				}
			}
		}
		if m.budgetLasts(q, o, c, amount) {
			j.debits = append(j.debits, modelDebit{o, c, amount})
			return entry.Licensed, true
		}
		claimed = true
	}
	return entry.Holds, claimed
}

func conditionsHold(c *standing.Carveout, q *question, j *judgement) (whole, quoted bool) {
	p := q.inside
	if p == nil {
		j.blind = j.blind || c.Quote != "" || c.Currency != "" || c.Purpose != ""
		p = &corridor.Particulars{}
	}
	quoted = c.Quote != "" && slices.ContainsFunc(p.References, func(text string) bool { return standsIn(text, c.Quote) })
	whole = (c.Quote == "" || quoted) &&
		(len(c.Types) == 0 || isOneOf(q.typ, c.Types)) &&
		(c.Holder == "" || c.Holder == q.sender.BIC8() || c.Holder == q.receiver.BIC8()) &&
		(c.Currency == "" || len(p.Amounts) > 0 && !slices.ContainsFunc(p.Amounts, func(a corridor.Amount) bool { return a.Currency != c.Currency })) &&
		(c.Purpose == "" || c.Purpose == p.Purpose) &&
		(c.From == "" || q.time >= nanos(c.From)) && (c.Until == "" || q.time < nanos(c.Until))
	return whole, quoted
}

// standsIn reports a licence's reference as a word of its own.
func standsIn(text, quote string) bool {
	isWord := func(c byte) bool {
		return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
	}
	for rest := text; ; {
		_, after, found := strings.Cut(rest, quote)
		if !found {
			return false
		}
		if after == "" || !isWord(after[0]) || !isWord(quote[len(quote)-1]) {
			return true
		}
		rest = rest[strings.Index(rest, quote)+1:]
	}
}

func (m *model) budgetLasts(q *question, o *modelOrder, c *standing.Carveout, amount corridor.Decimal) bool {
	count, total := 1, amount
	for _, u := range m.uses[licenceOf(o, c, q.sender.BIC8(), q.receiver.BIC8())] {
		if u.time > q.time-int64(c.WindowDays)*24*int64(time.Hour) {
			count++
			total = total.Add(u.amount)
		}
	}
	return (c.Count == 0 || count <= c.Count) && (c.Amount == "" || total.Cmp(c.Amount) <= 0)
}

func licenceOf(o *modelOrder, c *standing.Carveout, a, b corridor.BIC) modelLicence {
	return modelLicence{o.ID, c.Licence, min(a, b), max(a, b)}
}

// use debits the licences by which a message passed.
func (m *model) use(q *question, debits []modelDebit) {
	for _, d := range debits {
		if d.licence.WindowDays == 0 {
			continue
		}
		k := licenceOf(d.order, d.licence, q.sender.BIC8(), q.receiver.BIC8())
		since := q.time - int64(d.licence.WindowDays)*24*int64(time.Hour)
		m.uses[k] = append(slices.DeleteFunc(m.uses[k], func(u modelUse) bool { return u.time <= since }), modelUse{q.time, d.amount})
	}
}

// hearContent is step 5: the subject stands among the agents and is no endpoint. Direction and counterparty do not apply, the rest of
// the scope does.
func (m *model) hearContent(q *question, o *modelOrder, j *judgement) {
	if q.inside == nil {
		j.blind = true
		return
	}
	for _, agent := range q.inside.Agents {
		b8 := agent.BIC8()
		if b8 == q.sender.BIC8() || b8 == q.receiver.BIC8() || slices.Contains(o.lifted, b8) {
			continue
		}
		for _, r := range o.subjects[b8] {
			if (len(r.BIC) == 8 || r.BIC.Branch() == "XXX" || r.BIC == agent) && o.scopeFits(q, j) {
				if !slices.Contains(j.hits, o.ID) {
					j.hits = append(j.hits, o.ID)
				}
				j.say(entry.Holds, o)
				return
			}
		}
	}
}

// hearAbsent: service that was ended comes back by a readmission only, whether or not the order is still in force (R70).
func (m *model) hearAbsent(q *question, j *judgement) {
	for i, end := range []corridor.BIC{q.sender.BIC8(), q.receiver.BIC8()} {
		a := m.off[end]
		if a == nil || q.since != nil && a.since.Compare(*q.since) < 0 {
			continue
		}
		s := j.side[a.order]
		s.from, s.to = s.from || i == 0, s.to || i == 1
		j.side[a.order] = s
		if !slices.Contains(j.hits, a.order.ID) {
			j.hits = append(j.hits, a.order.ID)
		}
		j.say(entry.Refuses, a.order)
	}
}

// hearWindows is the time between publication and effect (R18).
func (m *model) hearWindows(q *question, j *judgement) {
	for _, o := range m.windows {
		from, a := m.covers(o, q.sender)
		to, b := m.covers(o, q.receiver)
		if o.Shadow || !a && !b {
			continue
		}
		s := sides{from && o.Scope.Direction != "to" && m.otherSide(o.Scope.Counterparties, q.receiver), to && o.Scope.Direction != "from" && m.otherSide(o.Scope.Counterparties, q.sender)}
		if !s.from && !s.to || !o.scopeFits(q, j) {
			continue
		}
		if q.inside == nil {
			j.blind = true
		}
		p := q.inside
		late := o.Notice.WindDown == standing.WindDownValueDates && p != nil && p.ValueDate != "" && p.ValueDate >= o.firstDay()
		if late || o.Notice.WindDown == standing.WindDownReplies && (p == nil || !p.Answer) {
			j.hits = append(j.hits, o.ID)
			j.say(entry.Refuses, o)
		}
	}
}

// hearRamp is the stage of a return (R75).
func (m *model) hearRamp(q *question, j *judgement) {
	r := m.ramps[q.sender.BIC8()]
	if r == nil || standing.MatchType("rma", q.typ) { // authorisations are exchanged at every stage
		return
	}
	stage := &r.order.Ramp[r.step]
	refuse := stage.Stage == standing.StageReceive
	if stage.Stage == standing.StageLow {
		for _, a := range amounts(q, j) {
			low := slices.ContainsFunc(stage.Most, func(most corridor.Amount) bool { return most.Currency == a.Currency && a.Value.Cmp(most.Value) <= 0 })
			refuse = refuse || !low
		}
	}
	if refuse {
		j.hits = append(j.hits, r.order.ID)
		j.say(entry.Refuses, r.order)
	}
}

func nanos(s string) int64 {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0
	}
	return t.UnixNano()
}

// firstDay is the first day on which an order has effect, by the clock of its instrument where that is told.
func (o *modelOrder) firstDay() string {
	if o.Effective.Date != "" {
		return o.Effective.Date
	}
	return o.Effective.UTC[:len(time.DateOnly)]
}
