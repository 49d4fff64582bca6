package archive

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"corridor.example/corridor"
)

// carrier is a member's traffic before and since publication.
type carrier struct {
	tally
	since  int64
	others map[corridor.BIC]bool
}

// nested counts messages of third members that name a subject as an agent: the ways around an order (R43).
func (r *run) nested(ctx context.Context) error {
	n := &r.report.Nested
	all := map[corridor.BIC]*carrier{}
	query := fmt.Sprintf(`SELECT sender8, receiver8, currency, answer, COUNT(*), CAST(SUM(CASE WHEN at >= %d THEN 1 ELSE 0 END) AS BIGINT), %s, MAX(at) FROM message
		WHERE message.id IN (SELECT agent.id FROM agent WHERE %s AND agent.id >= %d) AND NOT %s AND NOT %s AND %s AND %s GROUP BY sender8, receiver8, currency, answer`,
		r.published, sums(""), r.isAgent(), r.firstID(ctx), r.isSubject("sender"), r.isSubject("receiver"), r.inWindow(), taken)
	err := r.each(ctx, query, func(rows *sql.Rows) error { return takeCarrier(rows, all, "from") })
	if err != nil {
		return err
	}
	for _, c := range all {
		n.Messages += c.messages
	}
	n.PerDay = ratioOf(n.Messages, int64(r.q.Days), 2)
	n.Carriers, n.LeftOut = r.carriers(all)
	return r.namedOnly(ctx)
}

// isAgent is a condition on the table agent.
func (r *run) isAgent() string {
	var whole []corridor.BIC
	for _, b := range r.touched {
		if r.covered[b] {
			whole = append(whole, b)
		}
	}
	if len(r.branches) == 0 {
		return in("agent.bic8", whole)
	}
	return all(in("agent.bic8", r.touched), "("+in("agent.bic8", whole)+" OR "+in("agent.bic8 || agent.branch", r.branches)+")")
}

// firstID is the id of the window's first message, so that older agents are not looked at.
func (r *run) firstID(ctx context.Context) int64 {
	var id sql.NullInt64
	// A page before the first day's has smaller ids; without a message of that day the window has no agents of it either.
	_ = r.tx.QueryRowContext(ctx, fmt.Sprintf("SELECT MIN(id) FROM message WHERE day = %d", r.first)).Scan(&id)
	return id.Int64
}

// takeCarrier adds a row to the member at one end of it.
func takeCarrier(rows *sql.Rows, all map[corridor.BIC]*carrier, end string) error {
	var from, to corridor.BIC
	var currency string
	var answer, count, since, last int64
	var v sum
	if err := rows.Scan(&from, &to, &currency, &answer, &count, &since, &v.billions, &v.units, &v.fraction, &last); err != nil {
		return err
	}
	me, other := from, to
	if end == "to" {
		me, other = to, from
	}
	c := all[me]
	if c == nil {
		c = &carrier{others: map[corridor.BIC]bool{}}
		all[me] = c
	}
	c.messages, c.since, c.last = c.messages+count, c.since+since, max(c.last, last)
	c.others[other] = true
	if answer == 0 {
		c.addValue(currency, v)
	}
	return nil
}

// carriers are the largest, with their trends.
func (r *run) carriers(all map[corridor.BIC]*carrier) ([]Carrier, int) {
	var out []Carrier
	for b, c := range all {
		out = append(out, Carrier{BIC: b, Name: r.q.Directory.Name(b), Country: b.Country(), Counterparties: len(c.others), Traffic: r.traffic(&c.tally), Trend: r.trend(c.messages, c.since)})
	}
	slices.SortFunc(out, func(a, b Carrier) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), strings.Compare(string(a.BIC), string(b.BIC)))
	})
	if len(out) > maxLines {
		return out[:maxLines], len(out) - maxLines
	}
	return out, 0
}

// trend compares the days of the window before and since publication; part days count as such.
func (r *run) trend(messages, since int64) *Trend {
	if !r.isPublic() {
		return nil
	}
	before, after := big.NewInt(r.published-r.first*dayMillis), big.NewInt((r.last+1)*dayMillis-r.published)
	perDay := func(n int64, time *big.Int) string {
		return ratio(new(big.Int).Mul(big.NewInt(n), big.NewInt(dayMillis)), time, 2)
	}
	t := &Trend{Before: perDay(messages-since, before), Since: perDay(since, after)}
	if messages > since {
		// since/after is to (messages-since)/before as 100 + growth to 100
		now := new(big.Int).Mul(big.NewInt(since), before)
		then := new(big.Int).Mul(big.NewInt(messages-since), after)
		change := new(big.Int).Sub(now, then)
		sign := ""
		if change.Sign() < 0 {
			sign = "-"
			change.Neg(change)
		}
		if g := ratio(change.Mul(change, big.NewInt(100)), then, 1); g == "0" {
			t.Growth = g
		} else {
			t.Growth = sign + g
		}
	}
	return t
}

// namedOnly counts messages that name a subject's institution in words, by any of its names, and not by its BIC.
func (r *run) namedOnly(ctx context.Context) error {
	var names []string
	for _, b := range r.touched {
		if n := foldName(r.q.Directory.Name(b)); n != "" {
			names = append(names, n)
		}
		if e := r.q.Directory.Owner(b); e != nil {
			for _, n := range append([]string{e.Name}, e.OtherNames...) {
				names = append(names, foldName(n))
			}
		}
	}
	for _, n := range r.q.Order.Subject.Names {
		names = append(names, foldName(n.Name))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for len(names) > 0 && names[0] == "" {
		names = names[1:]
	}
	if len(names) == 0 {
		return nil
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "'" + strings.ReplaceAll(clean(n), "'", "''") + "'"
	}
	query := fmt.Sprintf(`SELECT COUNT(*) FROM message WHERE message.id IN (SELECT name.id FROM name WHERE name.name IN (%s)) AND NOT %s AND NOT %s AND %s AND %s`,
		strings.Join(quoted, ","), r.isSubject("sender"), r.isSubject("receiver"), r.inWindow(), taken)
	return r.tx.QueryRowContext(ctx, query).Scan(&r.report.Nested.ByName)
}

// affiliates looks at the members of the subjects' groups that are not covered: how much they carry, whether it grows since
// publication, and who is new there (R43).
func (r *run) affiliates(ctx context.Context) error {
	var left []corridor.BIC
	for i := range r.report.Subjects {
		if s := &r.report.Subjects[i]; !s.In && len(s.BIC) == 8 {
			left = append(left, s.BIC)
		}
	}
	slices.Sort(left)
	left = slices.Compact(left)
	traffic, pairs := map[corridor.BIC]*carrier{}, []NewPair{}
	for _, end := range []struct{ name, column string }{{"from", "sender8"}, {"to", "receiver8"}} {
		query := fmt.Sprintf(`SELECT sender8, receiver8, currency, answer, COUNT(*), CAST(SUM(CASE WHEN at >= %d THEN 1 ELSE 0 END) AS BIGINT), %s, MAX(at) FROM message
			WHERE %s AND %s AND %s GROUP BY sender8, receiver8, currency, answer`, r.published, sums(""), in(end.column, left), r.inWindow(), taken)
		if err := r.each(ctx, query, func(rows *sql.Rows) error { return takeCarrier(rows, traffic, end.name) }); err != nil {
			return err
		}
	}
	a := &r.report.Affiliates
	a.Members, a.LeftOut = r.carriers(traffic)
	if r.isPublic() {
		var err error
		if pairs, err = r.newPairs(ctx, append(left, r.touched...)); err != nil {
			return err
		}
	}
	r.report.Nested.Correspondent = pairs[:min(len(pairs), maxLines)]
	return nil
}

// newPairs are members that had no messages with any of these in the window before publication, and have since.
func (r *run) newPairs(ctx context.Context, with []corridor.BIC) ([]NewPair, error) {
	type seen struct{ first, count int64 }
	all := map[[2]corridor.BIC]seen{}
	is := map[corridor.BIC]bool{}
	for _, b := range with {
		is[b] = true
	}
	for _, column := range []string{"sender8", "receiver8"} {
		query := fmt.Sprintf("SELECT sender8, receiver8, MIN(at), COUNT(*) FROM message WHERE %s AND %s AND %s GROUP BY sender8, receiver8", in(column, with), r.inWindow(), taken)
		err := r.each(ctx, query, func(rows *sql.Rows) error {
			var from, to corridor.BIC
			var first, count int64
			if err := rows.Scan(&from, &to, &first, &count); err != nil || is[from] && is[to] {
				return err
			}
			key := [2]corridor.BIC{from, to} // the member, and with whom
			if is[from] {
				key = [2]corridor.BIC{to, from}
			}
			s := all[key]
			if s.count == 0 || first < s.first {
				s.first = first
			}
			s.count += count
			all[key] = s
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	out := []NewPair{}
	for k, s := range all {
		if s.first >= r.published {
			out = append(out, NewPair{Member: k[0], With: k[1], First: instantOf(s.first), Count: s.count})
		}
	}
	slices.SortFunc(out, func(a, b NewPair) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(string(a.Member), string(b.Member)), strings.Compare(string(a.With), string(b.With)))
	})
	return out, nil
}
