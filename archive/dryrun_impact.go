package archive

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"corridor.example/corridor"
)

// flowKey is what flows are told apart by.
type flowKey struct {
	from, to corridor.BIC
	kind     corridor.MessageType
	currency string
	hour     int64
	answer   bool
	subject  string // "from" or "to": which side makes it one; from if both
}

// flow is messages in scope of one pair, type, currency and hour of the day.
type flow struct {
	flowKey
	messages int64
	value    sum
	first    int64
	last     int64
}

// other is the end that is not the subject.
func (f *flow) other() corridor.BIC {
	if f.subject == "from" {
		return f.to
	}
	return f.from
}

// sums are the columns of an exact sum of table's amounts.
func sums(table string) string {
	return fmt.Sprintf("CAST(SUM(%[1]swhole / %[2]d) AS BIGINT), CAST(SUM(%[1]swhole %% %[2]d) AS BIGINT), CAST(SUM(%[1]sfraction) AS BIGINT)", table, milliard)
}

const hourOf = "(at / 3600000) % 24"

// impact gathers what is in scope, in two passes that each have an index: by sender, and by receiver without the first.
func (r *run) impact(ctx context.Context) error {
	found := map[flowKey]*flow{}
	for _, side := range r.sides() {
		if err := errors.Join(r.gather(ctx, found, side.name, side.where), r.gatherParts(ctx, found, side.name, side.where)); err != nil {
			return err
		}
	}
	for _, f := range found {
		r.flows = append(r.flows, *f)
	}
	slices.SortFunc(r.flows, func(a, b flow) int {
		return cmp.Or(strings.Compare(string(a.from), string(b.from)), strings.Compare(string(a.to), string(b.to)), strings.Compare(string(a.kind), string(b.kind)),
			strings.Compare(a.currency, b.currency), cmp.Compare(a.hour, b.hour), cmp.Compare(bit(a.answer), bit(b.answer)), strings.Compare(a.subject, b.subject))
	})
	if err := r.networkTotals(ctx); err != nil {
		return err
	}
	r.tabulate()
	return nil
}

type side struct{ name, where string }

func (r *run) sides() []side {
	return []side{{"from", r.scope.from + " AND " + r.scope.rest}, {"to", r.scope.to + " AND NOT " + r.scope.from + " AND " + r.scope.rest}}
}

// gather reads the messages of one side, from its index alone. SQLite sorts in order to group, which takes longer than to read
// each row.
func (r *run) gather(ctx context.Context, found map[flowKey]*flow, name, where string) error {
	query := fmt.Sprintf("SELECT sender8, receiver8, type, currency, %s, answer, 1, whole / %d, whole %% %d, fraction, at, at FROM message WHERE %s", hourOf, milliard, milliard, where)
	if r.dialect.groups {
		query = "SELECT sender8, receiver8, type, currency, " + hourOf + ", answer, COUNT(*), " + sums("") + ", MIN(at), MAX(at) FROM message WHERE " + where +
			" GROUP BY sender8, receiver8, type, currency, " + hourOf + ", answer"
	}
	words := interned{}
	return r.each(ctx, query, func(rows *sql.Rows) error {
		f := flow{flowKey: flowKey{subject: name}}
		var from, to, kind, currency sql.RawBytes
		var answer int64
		err := rows.Scan(&from, &to, &kind, &currency, &f.hour, &answer, &f.messages, &f.value.billions, &f.value.units, &f.value.fraction, &f.first, &f.last)
		if f.answer = answer != 0; f.answer {
			f.value = sum{} // what an answer repeats does not move again
		}
		f.from, f.to, f.kind, f.currency = corridor.BIC(words.of(from)), corridor.BIC(words.of(to)), corridor.MessageType(words.of(kind)), words.of(currency)
		join(found, &f)
		return err
	})
}

// interned keeps each text once.
type interned map[string]string

func (m interned) of(b []byte) string {
	if s, there := m[string(b)]; there {
		return s
	}
	s := string(b)
	m[s] = s
	return s
}

// gatherParts adds the other amounts of messages that have several: they count no message.
func (r *run) gatherParts(ctx context.Context, found map[flowKey]*flow, name, where string) error {
	return r.each(ctx, `SELECT sender8, receiver8, type, part.currency, `+hourOf+`, `+sums("part.")+`, MIN(at), MAX(at) FROM message JOIN part ON part.id = message.id
		WHERE part.n > 0 AND parts > 1 AND answer = 0 AND `+where+` GROUP BY sender8, receiver8, type, part.currency, `+hourOf, func(rows *sql.Rows) error {
		f := flow{flowKey: flowKey{subject: name}}
		err := rows.Scan(&f.from, &f.to, &f.kind, &f.currency, &f.hour, &f.value.billions, &f.value.units, &f.value.fraction, &f.first, &f.last)
		join(found, &f)
		return err
	})
}

// join adds a flow to that of its key.
func join(found map[flowKey]*flow, f *flow) {
	old := found[f.flowKey]
	if old == nil {
		first := *f
		found[f.flowKey] = &first
		return
	}
	old.messages += f.messages
	old.value = old.value.plus(f.value)
	old.first, old.last = min(old.first, f.first), max(old.last, f.last)
}

// each runs a query and gives its rows to take.
func (r *run) each(ctx context.Context, query string, take func(*sql.Rows) error) error {
	rows, err := r.tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

type totalRow struct {
	currency string
	value    sum
}

func (r *run) networkTotals(ctx context.Context) error {
	return r.each(ctx, `SELECT currency, CAST(SUM(messages) AS BIGINT), CAST(SUM(billions) AS BIGINT), CAST(SUM(units) AS BIGINT), CAST(SUM(fraction) AS BIGINT)
		FROM total WHERE `+r.inWindow()+` GROUP BY currency ORDER BY currency`, func(rows *sql.Rows) error {
		var t totalRow
		var n int64
		err := rows.Scan(&t.currency, &n, &t.value.billions, &t.value.units, &t.value.fraction)
		r.messages += n
		r.totals = append(r.totals, t)
		return err
	})
}

// tally is a running sum of messages.
type tally struct {
	messages int64
	value    map[string]sum
	last     int64
}

func (t *tally) add(f *flow) {
	t.messages += f.messages
	t.addValue(f.currency, f.value)
	t.last = max(t.last, f.last)
}

func (t *tally) addValue(currency string, v sum) {
	if currency == "" || v.isZero() {
		return
	}
	if t.value == nil {
		t.value = map[string]sum{}
	}
	t.value[currency] = t.value[currency].plus(v)
}

// traffic is a tally as the report has it.
func (r *run) traffic(t *tally) Traffic {
	days := int64(r.q.Days)
	out := Traffic{Messages: t.messages, PerDay: ratioOf(t.messages, days, 2), Value: amounts(t.value)}
	for _, a := range out.Value {
		perDay := new(big.Int).Quo(t.value[a.Currency].big(), big.NewInt(days))
		out.ValuePerDay = append(out.ValuePerDay, Amount{a.Currency, decimal(perDay.Quo(perDay, big.NewInt(fractions/100)), 2)})
	}
	if t.last > 0 {
		out.LastSeen = instantOf(t.last)
	}
	return out
}

func amounts(value map[string]sum) []Amount {
	var out []Amount
	for c, v := range value {
		out = append(out, Amount{c, v.String()})
	}
	slices.SortFunc(out, func(a, b Amount) int { return strings.Compare(a.Currency, b.Currency) })
	return out
}

// tabulate makes the tables of the impact.
func (r *run) tabulate() {
	whole := &tally{}
	counterparties, corridors, types, currencies := map[string]*tally{}, map[string]*tally{}, map[string]*tally{}, map[string]*tally{}
	hours := [24]tally{}
	for i := range r.flows {
		f := &r.flows[i]
		whole.add(f)
		tallyOf(counterparties, string(f.other())).add(f)
		tallyOf(corridors, f.from.Country()+" → "+f.to.Country()).add(f)
		tallyOf(types, string(f.kind)).add(f)
		tallyOf(currencies, cmp.Or(f.currency, "none")).add(f)
		hours[f.hour].add(f)
	}
	im := &r.report.Impact
	im.InScope = r.traffic(whole)
	im.ByCounterpart = r.table(counterparties, true)
	im.ByCorridor, im.ByType, im.ByCurrency = r.table(corridors, false), r.table(types, false), r.table(currencies, false)
	for h := range hours {
		im.ByHour = append(im.ByHour, Line{Of: fmt.Sprintf("%02d", h), Traffic: r.traffic(&hours[h])})
	}
}

func tallyOf(m map[string]*tally, key string) *tally {
	t := m[key]
	if t == nil {
		t = &tally{}
		m[key] = t
	}
	return t
}

// table is the lines of a map, the largest first.
func (r *run) table(m map[string]*tally, named bool) Table {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(m[b].messages, m[a].messages), strings.Compare(a, b)) })
	var t Table
	if len(keys) > maxLines {
		t.LeftOut = len(keys) - maxLines
		keys = keys[:maxLines]
	}
	for _, k := range keys {
		l := Line{Of: k, Traffic: r.traffic(m[k])}
		if named {
			l.Name = r.q.Directory.Name(corridor.BIC(k))
		}
		t.Lines = append(t.Lines, l)
	}
	return t
}

// shares is what part of the network's value, by currency, some values are.
func (r *run) shares(value map[string]sum) []Share {
	var out []Share
	for _, t := range r.totals {
		if v, there := value[t.currency]; there && !t.value.isZero() {
			out = append(out, Share{t.currency, ratio(v.big(), t.value.big(), 5)})
		}
	}
	return out
}
