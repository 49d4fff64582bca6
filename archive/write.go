package archive

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// inserter writes rows of one table, many with one statement.
type inserter struct {
	many     int // rows of a full statement
	tx       *sql.Tx
	head     string // INSERT INTO t (…) VALUES
	tail     string // ON CONFLICT …
	columns  int
	args     []any
	full     *sql.Stmt
	postgres bool
}

func (w *writer) into(tx *sql.Tx, table string, columns []string, tail string) *inserter {
	return &inserter{many: w.a.dialect.insertRows, postgres: w.a.dialect.postgres, tx: tx, head: "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ", tail: tail, columns: len(columns)}
}

// row adds one row, whose values the caller appended to args.
func (i *inserter) row(ctx context.Context) error {
	if len(i.args) < i.columns*i.many {
		return nil
	}
	if i.full == nil {
		var err error
		if i.full, err = i.tx.PrepareContext(ctx, i.query(i.many)); err != nil {
			return err
		}
	}
	_, err := i.full.ExecContext(ctx, i.args...)
	i.args = i.args[:0]
	return err
}

// rest writes the rows that are fewer than a full statement.
func (i *inserter) rest(ctx context.Context) error {
	if i.full != nil {
		defer i.full.Close()
	}
	if len(i.args) == 0 {
		return nil
	}
	_, err := i.tx.ExecContext(ctx, i.query(len(i.args)/i.columns), i.args...)
	return err
}

func (i *inserter) query(rows int) string {
	var b strings.Builder
	b.WriteString(i.head)
	n := 0
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		for c := range i.columns {
			b.WriteByte("(,"[min(c, 1)])
			if i.postgres {
				n++
				fmt.Fprintf(&b, "$%d", n)
			} else {
				b.WriteByte('?') // SQLite's driver looks each name up: without names it is three times as fast
			}
		}
		b.WriteByte(')')
	}
	b.WriteString(i.tail)
	return b.String()
}

// writeMessages writes the new rows and what hangs on them.
func (w *writer) writeMessages(ctx context.Context, tx *sql.Tx) error {
	rows := w.into(tx, "message", messageColumns, "")
	parts := w.into(tx, "part", []string{"id", "n", "currency", "whole", "fraction"}, "")
	agents := w.into(tx, "agent", []string{"bic8", "id", "branch"}, "")
	names := w.into(tx, "name", []string{"name", "id"}, "")
	for _, p := range w.pages {
		for _, m := range p.messages {
			rows.args = m.values(rows.args)
			if err := rows.row(ctx); err != nil {
				return err
			}
			if err := m.hang(ctx, parts, agents, names); err != nil {
				return err
			}
		}
	}
	for _, i := range []*inserter{rows, parts, agents, names} {
		if err := i.rest(ctx); err != nil {
			return err
		}
	}
	return nil
}

// hang writes the amounts of a message that has several, its agents and its banks without a BIC.
func (m *message) hang(ctx context.Context, parts, agents, names *inserter) error {
	if n := len(m.p.Amounts); n > 1 {
		for i, a := range m.p.Amounts[:min(n, maxParts)] {
			whole, fraction := splitDecimal(a.Value)
			parts.args = append(parts.args, m.id, int64(i), a.Currency, whole, fraction)
			if err := parts.row(ctx); err != nil {
				return err
			}
		}
	}
	for _, b := range m.agents() {
		agents.args = append(agents.args, string(b.BIC8()), m.id, b.Branch())
		if err := agents.row(ctx); err != nil {
			return err
		}
	}
	var folded []string
	for _, n := range m.p.Names[:min(len(m.p.Names), maxNames)] {
		if f := foldName(clean(n)); f != "" && !slices.Contains(folded, f) {
			folded = append(folded, f)
			names.args = append(names.args, f, m.id)
			if err := names.row(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

const updateMessage = `UPDATE message SET outcome = CASE WHEN $2 = '' THEN outcome ELSE $2 END, code = CASE WHEN $3 = '' THEN code ELSE $3 END,
orders = CASE WHEN $4 = '' THEN orders ELSE $4 END, licence = CASE WHEN $5 = '' THEN licence ELSE $5 END,
terminal = CASE WHEN $6 = '' THEN terminal ELSE $6 END, osn = CASE WHEN $7 = 0 THEN osn ELSE $7 END,
delivery_session = CASE WHEN $8 = 0 THEN delivery_session ELSE $8 END, attempts = attempts + $9,
assigned_at = CASE WHEN $10 = 0 THEN assigned_at ELSE $10 END, done_at = CASE WHEN $11 = 0 THEN done_at ELSE $11 END
WHERE id = $1`

const updateMessagePostgres = `UPDATE message SET outcome = CASE WHEN $2::text = '' THEN outcome ELSE $2::text END, code = CASE WHEN $3::text = '' THEN code ELSE $3::text END,
orders = CASE WHEN $4::text = '' THEN orders ELSE $4::text END, licence = CASE WHEN $5::text = '' THEN licence ELSE $5::text END,
terminal = CASE WHEN $6::text = '' THEN terminal ELSE $6::text END, osn = CASE WHEN $7::bigint = 0 THEN osn ELSE $7::bigint END,
delivery_session = CASE WHEN $8::bigint = 0 THEN delivery_session ELSE $8::bigint END, attempts = attempts + $9::bigint,
assigned_at = CASE WHEN $10::bigint = 0 THEN assigned_at ELSE $10::bigint END, done_at = CASE WHEN $11::bigint = 0 THEN done_at ELSE $11::bigint END
WHERE id = $1`

// writeChanges changes rows of earlier transactions.
func (w *writer) writeChanges(ctx context.Context, tx *sql.Tx) error {
	if len(w.order) == 0 {
		return nil
	}
	query := updateMessage
	if w.a.dialect.postgres {
		query = updateMessagePostgres
	}
	p, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer p.Close()
	for _, id := range w.order {
		c := w.changes[id]
		if _, err := p.ExecContext(ctx, id, c.outcome, c.code, c.orders, c.licence, c.terminal, c.osn, c.session, c.attempts, c.assigned, c.done); err != nil {
			return err
		}
	}
	return nil
}

type dayKey struct {
	day int64
	of  string // a BIC8 or a currency
}

type flowSum struct{ sent, received int64 }

type valueSum struct{ messages, billions, units, fraction int64 }

const milliard = 1_000_000_000 // where totals are split, so that no sum overflows

// writeSums adds the new rows to the tables of sums.
func (w *writer) writeSums(ctx context.Context, tx *sql.Tx) error {
	flows, totals := map[dayKey]flowSum{}, map[dayKey]valueSum{}
	for _, p := range w.pages {
		for _, m := range p.messages {
			if m.isCounted() {
				m.sum(flows, totals)
			}
		}
	}
	f := w.into(tx, "flow", []string{"day", "bic8", "sent", "received"},
		" ON CONFLICT (day, bic8) DO UPDATE SET sent = flow.sent + excluded.sent, received = flow.received + excluded.received")
	for _, k := range sortedKeys(flows) {
		f.args = append(f.args, k.day, k.of, flows[k].sent, flows[k].received)
		if err := f.row(ctx); err != nil {
			return err
		}
	}
	t := w.into(tx, "total", []string{"day", "currency", "messages", "billions", "units", "fraction"},
		` ON CONFLICT (day, currency) DO UPDATE SET messages = total.messages + excluded.messages, billions = total.billions + excluded.billions,
		units = total.units + excluded.units, fraction = total.fraction + excluded.fraction`)
	for _, k := range sortedKeys(totals) {
		v := totals[k]
		t.args = append(t.args, k.day, k.of, v.messages, v.billions, v.units, v.fraction)
		if err := t.row(ctx); err != nil {
			return err
		}
	}
	if err := f.rest(ctx); err != nil {
		return err
	}
	return t.rest(ctx)
}

func sortedKeys[V any](m map[dayKey]V) []dayKey {
	return slices.SortedFunc(maps.Keys(m), func(a, b dayKey) int {
		if a.day != b.day {
			return int(a.day - b.day)
		}
		return strings.Compare(a.of, b.of)
	})
}

// sum counts one message for both its ends and its currencies. What an answer repeats does not move again.
func (m *message) sum(flows map[dayKey]flowSum, totals map[dayKey]valueSum) {
	day := m.at / dayMillis
	from, to := dayKey{day, string(m.sub.Sender.BIC8())}, dayKey{day, string(m.sub.Receiver.BIC8())}
	f := flows[from]
	f.sent++
	flows[from] = f
	f = flows[to]
	f.received++
	flows[to] = f
	first := dayKey{day, ""}
	if len(m.p.Amounts) > 0 {
		first.of = m.p.Amounts[0].Currency
	}
	t := totals[first]
	t.messages++
	totals[first] = t
	if m.p.Answer {
		return
	}
	for _, a := range m.p.Amounts[:min(len(m.p.Amounts), maxParts)] {
		whole, fraction := splitDecimal(a.Value)
		k := dayKey{day, a.Currency}
		t := totals[k]
		t.billions += whole / milliard
		t.units += whole % milliard
		t.fraction += fraction
		totals[k] = t
	}
}

func (w *writer) writeEvents(ctx context.Context, tx *sql.Tx) error {
	i := w.into(tx, "event", []string{"id", "at", "kind", "what", "subject", "bic", "document", "code", "text"}, "")
	for _, p := range w.pages {
		for _, e := range p.events {
			i.args = append(i.args, e.id, e.at, e.kind, e.what, e.subject, e.bic, e.document, e.code, e.text)
			if err := i.row(ctx); err != nil {
				return err
			}
		}
	}
	return i.rest(ctx)
}

// writePlace moves the place, if nobody else did.
func (w *writer) writePlace(ctx context.Context, tx *sql.Tx) error {
	p := &w.place
	done, err := tx.ExecContext(ctx, "UPDATE facts SET network = $1, pages = $2, hash = $3, at = $4, unread = $5 WHERE pages = $6",
		string(p.Network), int64(p.Pages), p.Hash[:], p.At, int64(p.Unread), int64(w.pages[0].number))
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errLost
	}
	return nil
}
