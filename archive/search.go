package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
)

// Search says which messages are wanted: those that fit everything that is given. The zero value is all.
type Search struct {
	BIC       corridor.BIC // an end, or named inside; a BIC8 means its branches too
	Sender    corridor.BIC
	Receiver  corridor.BIC
	Types     []string // as standing.MatchType
	Reference string
	UETR      corridor.UETR
	From, To  time.Time // accepted at or after, before
	Currency  string
	Least     corridor.Decimal // of the amount in Currency
	Most      corridor.Decimal
	Outcome   string
	Order     string // decided under this order
	Limit     int    // the newest so many; 0: 100
}

// Found is one message.
type Found struct {
	Position  corridor.Position `json:"-"`
	Place     string            `json:"position"`
	At        string            `json:"at"`
	Sender    corridor.LT       `json:"sender"`
	Receiver  corridor.LT       `json:"receiver"`
	ISN       uint64            `json:"isn"`
	Type      string            `json:"type"`
	Priority  string            `json:"priority"`
	Reference string            `json:"reference,omitempty"`
	UETR      string            `json:"uetr,omitempty"`
	Related   string            `json:"related,omitempty"`
	Amounts   []corridor.Amount `json:"amounts,omitempty"`
	Agents    []corridor.BIC    `json:"agents,omitempty"`
	ValueDate string            `json:"value_date,omitempty"`
	Purpose   string            `json:"purpose,omitempty"`
	Answer    bool              `json:"answer,omitempty"`
	Network   bool              `json:"of_the_network,omitempty"`
	Outcome   string            `json:"outcome"`
	Code      string            `json:"code,omitempty"`
	Orders    string            `json:"orders,omitempty"`
	Licence   string            `json:"licence,omitempty"`
	Terminal  corridor.LT       `json:"terminal,omitempty"`
	OSN       uint64            `json:"osn,omitempty"`
	Attempts  int64             `json:"attempts,omitempty"`
	GivenOut  string            `json:"given_out,omitempty"`
	Done      string            `json:"done,omitempty"`
	parts     int64
}

// Find looks messages up, the newest first.
func (a *Archive) Find(ctx context.Context, s Search) (found []Found, err error) {
	if s.Limit == 0 {
		s.Limit = 100
	}
	if s.Limit < 0 || s.Limit > MaxFound {
		return nil, fmt.Errorf("give a limit of 1 to %d", MaxFound)
	}
	err = a.look(ctx, func(tx *sql.Tx) error {
		q := asking{tx: tx, search: &s}
		if err := q.conditions(ctx); err != nil {
			return err
		}
		if found, err = q.rows(ctx); err != nil {
			return err
		}
		return q.details(ctx, found)
	})
	return found, err
}

// asking is a search under way. Texts go into the query as arguments only.
type asking struct {
	tx     *sql.Tx
	search *Search
	where  []string
	args   []any
}

func (q *asking) add(condition string, args ...any) {
	for _, a := range args {
		q.args = append(q.args, a)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(q.args)), 1)
	}
	q.where = append(q.where, condition)
}

func (q *asking) conditions(ctx context.Context) error {
	s := q.search
	if err := errors.Join(q.ends(), q.kinds(), q.amount()); err != nil {
		return err
	}
	if s.Reference != "" || s.UETR != "" {
		days, err := q.days(ctx)
		if err != nil {
			return err
		}
		q.add(days)
	}
	if s.Reference != "" {
		q.add("reference = ?", s.Reference)
	}
	if s.UETR != "" {
		q.add("uetr = ? AND uetr <> ''", string(s.UETR))
	}
	if !s.From.IsZero() {
		q.add("at >= ? AND day >= ?", s.From.UnixMilli(), s.From.UnixMilli()/dayMillis)
	}
	if !s.To.IsZero() {
		q.add("at < ? AND day <= ?", s.To.UnixMilli(), s.To.UnixMilli()/dayMillis)
	}
	if s.Order != "" {
		q.add("(orders = ? OR orders LIKE ? OR orders LIKE ? OR orders LIKE ?)", s.Order, s.Order+" %", "% "+s.Order, "% "+s.Order+" %")
	}
	return nil
}

func (q *asking) ends() error {
	s := q.search
	for _, end := range []struct {
		bic    corridor.BIC
		column string
	}{{s.Sender, "sender"}, {s.Receiver, "receiver"}} {
		if end.bic != "" {
			c, err := endIs(end.column, end.bic)
			if err != nil {
				return err
			}
			q.add(c)
		}
	}
	if s.BIC == "" {
		return nil
	}
	from, err := endIs("sender", s.BIC)
	if err != nil {
		return err
	}
	to, _ := endIs("receiver", s.BIC)
	agent := in("agent.bic8", []corridor.BIC{s.BIC.BIC8()})
	if len(s.BIC) == 11 {
		agent += " AND " + in("agent.branch", []string{s.BIC.Branch()})
	}
	q.add("(" + from + " OR " + to + " OR message.id IN (SELECT agent.id FROM agent WHERE " + agent + "))")
	return nil
}

// endIs is a condition on one end, "sender" or "receiver".
func endIs(end string, b corridor.BIC) (string, error) {
	if _, err := corridor.ParseBIC(string(b)); err != nil {
		return "", err
	}
	c := in(end+"8", []corridor.BIC{b.BIC8()})
	if len(b) == 11 {
		c = all(c, in("substr("+end+", 10, 3)", []string{b.Branch()}))
	}
	return c, nil
}

func (q *asking) kinds() error {
	s := q.search
	for _, t := range s.Types {
		if _, err := corridor.ParseMessageType(t); err != nil {
			return err
		}
	}
	if len(s.Types) > 0 {
		q.add(ofTypes(s.Types))
	}
	if s.Outcome != "" {
		if !slices.Contains(Outcomes(), s.Outcome) {
			return fmt.Errorf("outcome %q: give one of %s", s.Outcome, strings.Join(Outcomes(), ", "))
		}
		q.add(in("outcome", []string{s.Outcome}))
	}
	return nil
}

func (q *asking) amount() error {
	s := q.search
	if s.Currency == "" {
		if s.Least != "" || s.Most != "" {
			return errors.New("an amount is looked for in one currency: name it")
		}
		return nil
	}
	if len(s.Currency) != 3 || strings.Trim(s.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return fmt.Errorf("currency %q: give three letters", s.Currency)
	}
	for _, d := range []corridor.Decimal{s.Least, s.Most} {
		if d != "" {
			if _, err := corridor.ParseDecimal(string(d)); err != nil {
				return err
			}
		}
	}
	q.add(anyAmount(func(table string) string {
		c := []string{in(table+"currency", []string{s.Currency})}
		if s.Least != "" {
			c = append(c, atLeast(table, s.Least))
		}
		if s.Most != "" {
			whole, fraction := splitDecimal(s.Most)
			c = append(c, fmt.Sprintf("(%[1]swhole < %[2]d OR (%[1]swhole = %[2]d AND %[1]sfraction <= %[3]d))", table, whole, fraction))
		}
		return all(c...)
	}))
	return nil
}

// days names the archive's days one by one: references and UETRs are in an index below the day, so that what is written lies
// together, and a look-up goes through the days.
func (q *asking) days(ctx context.Context) (string, error) {
	var first, last sql.NullInt64
	if err := q.tx.QueryRowContext(ctx, "SELECT MIN(day), MAX(day) FROM flow").Scan(&first, &last); err != nil {
		return "", err
	}
	var at int64
	if err := q.tx.QueryRowContext(ctx, "SELECT at FROM facts").Scan(&at); err != nil {
		return "", err
	}
	low, high := at/dayMillis, at/dayMillis
	if first.Valid {
		low, high = min(low, first.Int64), max(high, last.Int64)
	}
	if s := q.search; !s.From.IsZero() {
		low = max(low, s.From.UnixMilli()/dayMillis)
	}
	days := []string{"-1"}
	for d := low; d <= high; d++ {
		days = append(days, fmt.Sprint(d))
	}
	return "day IN (" + strings.Join(days, ",") + ")", nil
}

func (q *asking) rows(ctx context.Context) ([]Found, error) {
	where := "1 = 1"
	if len(q.where) > 0 {
		where = strings.Join(q.where, " AND ")
	}
	rows, err := q.tx.QueryContext(ctx, `SELECT id, at, sender, receiver, isn, type, priority, reference, uetr, related, currency, whole, fraction, parts, value_date, purpose, answer,
		origin, outcome, code, orders, licence, terminal, osn, attempts, assigned_at, done_at FROM message WHERE `+where+fmt.Sprintf(" ORDER BY id DESC LIMIT %d", q.search.Limit), q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []Found{}
	for rows.Next() {
		f, err := scanFound(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	return found, rows.Err()
}

func scanFound(rows *sql.Rows) (Found, error) {
	var f Found
	var id, at, whole, fraction, answer, given, done int64
	var currency, origin string
	err := rows.Scan(&id, &at, &f.Sender, &f.Receiver, &f.ISN, &f.Type, &f.Priority, &f.Reference, &f.UETR, &f.Related, &currency, &whole, &fraction, &f.parts, &f.ValueDate, &f.Purpose, &answer,
		&origin, &f.Outcome, &f.Code, &f.Orders, &f.Licence, &f.Terminal, &f.OSN, &f.Attempts, &given, &done)
	f.Position, f.At, f.Answer, f.Network = positionOf(id), stamp(at), answer != 0, origin == "network"
	f.Place, f.GivenOut, f.Done = f.Position.String(), stamp(given), stamp(done)
	if f.parts == 1 {
		f.Amounts = []corridor.Amount{{Currency: currency, Value: joinDecimal(whole, fraction)}}
	}
	return f, err
}

func stamp(millis int64) string {
	if millis == 0 {
		return ""
	}
	return time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z")
}

// details reads the amounts of messages that have several, and the agents of all.
func (q *asking) details(ctx context.Context, found []Found) error {
	byID := map[int64]*Found{}
	var ids []string
	for i := range found {
		id := idOf(found[i].Position)
		byID[id] = &found[i]
		ids = append(ids, fmt.Sprint(id))
	}
	if len(ids) == 0 {
		return nil
	}
	list := strings.Join(ids, ",")
	parts, err := q.tx.QueryContext(ctx, "SELECT id, currency, whole, fraction FROM part WHERE id IN ("+list+") ORDER BY id, n")
	if err != nil {
		return err
	}
	defer parts.Close()
	for parts.Next() {
		var id, whole, fraction int64
		var currency string
		if err := parts.Scan(&id, &currency, &whole, &fraction); err != nil {
			return err
		}
		byID[id].Amounts = append(byID[id].Amounts, corridor.Amount{Currency: currency, Value: joinDecimal(whole, fraction)})
	}
	if err := parts.Err(); err != nil {
		return err
	}
	return q.agents(ctx, byID, list)
}

func (q *asking) agents(ctx context.Context, byID map[int64]*Found, list string) error {
	rows, err := q.tx.QueryContext(ctx, "SELECT id, bic8, branch FROM agent WHERE id IN ("+list+") ORDER BY id, bic8, branch")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var bic8, branch string
		if err := rows.Scan(&id, &bic8, &branch); err != nil {
			return err
		}
		b := corridor.BIC(bic8)
		if branch != "XXX" {
			b += corridor.BIC(branch)
		}
		byID[id].Agents = append(byID[id].Agents, b)
	}
	return rows.Err()
}
