package archive

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
)

// claim is a message in scope that a carve-out may be about: the ones that are looked at one by one.
type claim struct {
	id, at   int64
	from, to corridor.BIC
	kind     corridor.MessageType
	answer   bool
	purpose  string
	refs     []string
	amounts  []corridor.Amount
}

type licenceTally struct {
	passed       tally
	beyond       int64
	missing      int64
	contradicted int64
}

// budgetKey is the pair of institutions that a budget is counted for, in whichever direction.
type budgetKey struct {
	licence int
	a, b    corridor.BIC
}

// spent is one use of a licence.
type spent struct {
	at    int64
	value sum
}

// licences decides on each message that a carve-out may be about, in the journal's order, and takes what passes out of what
// would be stopped.
func (r *run) licences(ctx context.Context) error {
	o := r.q.Order
	im, licensed, held := &r.report.Impact, &tally{}, int64(0)
	found := make([]licenceTally, len(o.Carveouts))
	if len(o.Carveouts) > 0 {
		budgets := map[budgetKey][]spent{}
		err := r.eachClaim(ctx, func(c *claim) {
			switch n := r.decide(c, found, budgets); {
			case n >= 0:
				c.addTo(licensed)
			case n == claimHeld:
				held++
			}
		})
		if err != nil {
			return err
		}
	}
	for i := range o.Carveouts {
		c, f := &o.Carveouts[i], &found[i]
		r.report.Licences = append(r.report.Licences, Licence{Licence: c.Licence, Types: c.Types, Passed: r.traffic(&f.passed),
			BeyondBudget: f.beyond, MissingReference: f.missing, Contradicted: f.contradicted})
	}
	im.Licensed, im.Held = r.traffic(licensed), held
	r.stopped(licensed, held)
	return nil
}

// stopped is what is in scope and not licensed.
func (r *run) stopped(licensed *tally, held int64) {
	im, rest := &r.report.Impact, &tally{}
	for i := range r.flows {
		rest.add(&r.flows[i])
	}
	rest.messages -= licensed.messages
	for c, v := range licensed.value {
		rest.value[c] = rest.value[c].minus(v)
	}
	im.Share = ratioOf(rest.messages, r.messages, 5)
	im.ShareOfValue = r.shares(rest.value)
	rest.messages -= held
	im.Stopped = r.traffic(rest)
}

func (c *claim) addTo(t *tally) {
	t.messages++
	t.last = max(t.last, c.at)
	if c.answer {
		return
	}
	for _, a := range c.amounts {
		t.addValue(a.Currency, sumOf(a.Value))
	}
}

func sumOf(d corridor.Decimal) sum {
	whole, fraction := splitDecimal(d)
	return sum{whole / milliard, whole % milliard, fraction}
}

// What decide comes to where no licence lets a message pass.
const (
	claimNone = -1
	claimHeld = -2
)

// decide is step 3 of the decision for one message: the carve-out that lets it pass, or one of the constants above. It must agree
// with standing's own.
func (r *run) decide(c *claim, found []licenceTally, budgets map[budgetKey][]spent) int {
	o := r.q.Order
	if r.denied(c) {
		return claimNone
	}
	outcome := claimNone
	for i := range o.Carveouts {
		l := &o.Carveouts[i]
		conditions, quoted := conditionsOf(l, c)
		switch {
		case !quoted && l.Quote != "":
			if conditions {
				found[i].missing++
			}
			continue
		case !conditions:
			if l.Quote != "" {
				found[i].contradicted++
				outcome = claimHeld
			}
			continue
		case !lasts(budgets, i, l, c):
			found[i].beyond++
			outcome = claimHeld
			continue
		}
		c.addTo(&found[i].passed)
		return i
	}
	return outcome
}

// denied reports a message that no licence opens.
func (r *run) denied(c *claim) bool {
	for i := range r.q.Order.Deny {
		d := &r.q.Order.Deny[i]
		if len(d.Types) > 0 && !matchesAny(d.Types, c.kind) || len(d.Currencies) > 0 && !c.has(d.Currencies) {
			continue
		}
		if r.counterparty(d.Counterparties, c) {
			return true
		}
	}
	return false
}

func (c *claim) has(currencies []string) bool {
	return slices.ContainsFunc(c.amounts, func(a corridor.Amount) bool { return slices.Contains(currencies, a.Currency) })
}

// counterparty reports that the end which is not the subject is one of a list of BIC8s and countries; an empty list is everyone.
func (r *run) counterparty(list []string, c *claim) bool {
	is := func(b corridor.BIC) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(x string) bool {
			return x == string(b) || len(x) == 2 && (x == b.Country() || x == r.q.Directory.EstablishedIn(b))
		})
	}
	return r.isTouched(c.from) && is(c.to) || r.isTouched(c.to) && is(c.from)
}

func (r *run) isTouched(b corridor.BIC) bool {
	_, found := slices.BinarySearch(r.touched, b.BIC8())
	return found
}

func matchesAny(patterns []string, t corridor.MessageType) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return standing.MatchType(p, t) })
}

// conditionsOf reports whether a carve-out's conditions but the quotation hold, and whether the message quotes it.
func conditionsOf(l *standing.Carveout, c *claim) (hold, quoted bool) {
	quoted = l.Quote != "" && slices.ContainsFunc(c.refs, func(line string) bool { return standing.Quotes(line, l.Quote) })
	switch at := c.at * int64(time.Millisecond); {
	case len(l.Types) > 0 && !matchesAny(l.Types, c.kind):
	case l.Holder != "" && l.Holder != c.from && l.Holder != c.to:
	case l.Currency != "" && (len(c.amounts) == 0 || slices.ContainsFunc(c.amounts, func(a corridor.Amount) bool { return a.Currency != l.Currency })):
	case l.Purpose != "" && l.Purpose != c.purpose:
	case l.From != "" && at < nanosOf(l.From), l.Until != "" && at >= nanosOf(l.Until):
	default:
		return true, quoted
	}
	return false, quoted
}

func nanosOf(instant string) int64 {
	t, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		return 0 // the order's check lets no other form pass
	}
	return t.UnixNano()
}

// lasts reports whether a carve-out's budget for the pair holds one more message in its window (R17), and debits it.
func lasts(budgets map[budgetKey][]spent, i int, l *standing.Carveout, c *claim) bool {
	if l.WindowDays == 0 {
		return true
	}
	key := budgetKey{i, min(c.from, c.to), max(c.from, c.to)}
	since := c.at - int64(l.WindowDays)*dayMillis
	uses := slices.DeleteFunc(budgets[key], func(u spent) bool { return u.at <= since })
	var this sum
	for _, a := range c.amounts {
		if l.Currency != "" && a.Currency == l.Currency {
			this = this.plus(sumOf(a.Value))
		}
	}
	total := this
	for _, u := range uses {
		total = total.plus(u.value)
	}
	budgets[key] = uses
	if l.Count > 0 && len(uses) >= l.Count || l.Amount != "" && total.big().Cmp(sumOf(l.Amount).big()) > 0 {
		return false
	}
	budgets[key] = append(uses, spent{c.at, this})
	return true
}

// eachClaim yields the messages in scope that fulfil what the table knows of some carve-out's conditions, or quote one, in the
// journal's order.
func (r *run) eachClaim(ctx context.Context, take func(*claim)) error {
	parts, err := r.claimParts(ctx)
	if err != nil {
		return err
	}
	var found []claim
	// The ids come from an index and are sorted by the database, so that the rows are fetched in the order in which they lie.
	for _, side := range r.sides() {
		query := fmt.Sprintf(`SELECT id, at, sender8, receiver8, type, currency, whole, fraction, parts, answer, purpose, refs FROM message
			WHERE message.id IN (SELECT message.id FROM message WHERE %s) AND (%s)`, side.where, r.claimed())
		if err := r.each(ctx, query, func(rows *sql.Rows) error { return takeClaim(rows, parts, &found) }); err != nil {
			return err
		}
	}
	slices.SortFunc(found, func(a, b claim) int { return cmp.Compare(a.id, b.id) })
	for i := range found {
		take(&found[i])
	}
	return nil
}

func takeClaim(rows *sql.Rows, parts map[int64][]corridor.Amount, found *[]claim) error {

	var c claim
	var currency, refs string
	var whole, fraction, n, answer int64
	if err := rows.Scan(&c.id, &c.at, &c.from, &c.to, &c.kind, &currency, &whole, &fraction, &n, &answer, &c.purpose, &refs); err != nil {
		return err
	}
	c.answer, c.refs = answer != 0, strings.Split(refs, "\n")
	if n == 1 {
		c.amounts = []corridor.Amount{{Currency: currency, Value: joinDecimal(whole, fraction)}}
	} else {
		c.amounts = parts[c.id]
	}
	*found = append(*found, c)
	return nil
}

// claimParts are the amounts of claims that have several.
func (r *run) claimParts(ctx context.Context) (map[int64][]corridor.Amount, error) {
	all := map[int64][]corridor.Amount{}
	query := fmt.Sprintf(`SELECT message.id, part.currency, part.whole, part.fraction FROM message JOIN part ON part.id = message.id
		WHERE parts > 1 AND %s AND (%s) ORDER BY message.id, part.n`, r.scope.either(), r.claimed())
	err := r.each(ctx, query, func(rows *sql.Rows) error {
		var id, whole, fraction int64
		var currency string
		err := rows.Scan(&id, &currency, &whole, &fraction)
		all[id] = append(all[id], corridor.Amount{Currency: currency, Value: joinDecimal(whole, fraction)})
		return err
	})
	return all, err
}

func joinDecimal(whole, fraction int64) corridor.Decimal {
	return corridor.Decimal(sum{whole / milliard, whole % milliard, fraction}.String())
}

// claimed is a condition for what eachClaim yields: it finds a quotation as text, and whether it is one is seen in Go.
func (r *run) claimed() string {
	var any []string
	for i := range r.q.Order.Carveouts {
		l := &r.q.Order.Carveouts[i]
		var c []string
		if len(l.Types) > 0 {
			c = append(c, ofTypes(l.Types))
		}
		if l.Holder != "" {
			c = append(c, "("+in("sender8", []corridor.BIC{l.Holder})+" OR "+in("receiver8", []corridor.BIC{l.Holder})+")")
		}
		if l.Currency != "" {
			c = append(c, in("message.currency", []string{l.Currency}))
		}
		if l.Quote != "" { // a message that quotes it and breaks another condition is held
			c = []string{r.dialect.contains("refs", l.Quote), all(append(c, "1 = 1")...)}
			any = append(any, "("+strings.Join(c, " OR ")+")")
			continue
		}
		if l.Purpose != "" {
			c = append(c, "purpose <> ''")
		}
		any = append(any, all(append(c, "1 = 1")...))
	}
	return strings.Join(any, " OR ")
}
