package archive

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
)

// scope is an order's scope as conditions on the table message (spec section 7, steps 1 and 2). They hold no text but codes whose
// form the order's check has made sure of.
type scope struct {
	from string // the sender is a subject, and this direction and counterparty are in scope
	to   string
	rest string // service, type, currency, amount; and only what members sent and the network took
}

// either is all messages in scope.
func (s *scope) either() string { return "(" + s.from + " OR " + s.to + ") AND " + s.rest }

func (r *run) newScope() scope {
	o := r.q.Order
	s := &o.Scope
	never := "1 = 0"
	out := scope{from: never, to: never}
	if s.Direction != "to" {
		out.from = all(r.isSubject("sender"), r.isCounterparty("receiver8", s.Counterparties))
	}
	if s.Direction != "from" {
		out.to = all(r.isSubject("receiver"), r.isCounterparty("sender8", s.Counterparties))
	}
	rest := []string{r.inWindow(), taken}
	if len(s.Services) > 0 {
		rest = append(rest, ofServices(s.Services))
	}
	if len(s.Types) > 0 {
		rest = append(rest, ofTypes(s.Types))
	}
	if len(s.Spared) > 0 {
		rest = append(rest, "NOT "+ofTypes(s.Spared))
	}
	if len(s.Currencies) > 0 {
		rest = append(rest, anyAmount(func(table string) string { return in(table+"currency", s.Currencies) }))
	}
	if b := s.Amount; b != nil {
		rest = append(rest, anyAmount(func(table string) string { return banded(table, b) }))
	}
	out.rest = all(rest...)
	return out
}

// taken is a member's message that the network took over.
const taken = "counted = 1"

func (r *run) inWindow() string { return fmt.Sprintf("day BETWEEN %d AND %d", r.first, r.last) }

// isSubject is a condition on one end, "sender" or "receiver".
func (r *run) isSubject(end string) string {
	if len(r.branches) == 0 {
		return in(end+"8", r.touched)
	}
	// Terminals are BIC8, a character, branch. The first list serves the index, the second tells the branches apart.
	whole := make([]corridor.BIC, 0, len(r.covered))
	for _, b := range r.touched {
		if r.covered[b] {
			whole = append(whole, b)
		}
	}
	branch := fmt.Sprintf("substr(%s, 1, 8) || substr(%s, 10, 3)", end, end)
	return all(in(end+"8", r.touched), "("+in(end+"8", whole)+" OR "+in(branch, r.branches)+")")
}

// isCounterparty is a condition on the other end: BIC8s and countries, by letters or by establishment; an empty list is everyone.
func (r *run) isCounterparty(column string, list []string) string {
	if len(list) == 0 {
		return "1 = 1"
	}
	var bics, countries []string
	for _, c := range list {
		if len(c) != 2 {
			bics = append(bics, c)
			continue
		}
		countries = append(countries, c)
		for _, b := range r.q.Directory.MembersEstablished(c) {
			bics = append(bics, string(b))
		}
	}
	slices.Sort(bics)
	return "(" + in(column, slices.Compact(bics)) + " OR " + in("substr("+column+", 5, 2)", countries) + ")"
}

// in is a condition that a column has one of some codes.
func in[S ~string](column string, values []S) string {
	if len(values) == 0 {
		return "1 = 0"
	}
	var b strings.Builder
	b.WriteString(column)
	b.WriteString(" IN (")
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(literal(string(v)))
	}
	b.WriteByte(')')
	return b.String()
}

// literal quotes a code. Anything else here is a bug.
func literal(s string) string {
	for i := range len(s) {
		if c := s[i]; !('A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-') {
			panic("archive: " + strconv.Quote(s) + " is no code and must not stand in a query")
		}
	}
	return "'" + s + "'"
}

func all(conditions ...string) string { return "(" + strings.Join(conditions, " AND ") + ")" }

// ofServices is standing.Service in SQL, by the type, which the indexes have.
func ofServices(services []string) string {
	file, fin := ofTypes([]string{"file"}), "substr(type, 1, 4) = 'fin.'"
	any := []string{"1 = 0"}
	for _, s := range services {
		switch s {
		case "fin":
			any = append(any, fin)
		case "file":
			any = append(any, file)
		case "mx":
			any = append(any, "NOT ("+file+" OR "+fin+")")
		}
	}
	return "(" + strings.Join(any, " OR ") + ")"
}

// ofTypes is standing.MatchType in SQL.
func ofTypes(patterns []string) string {
	var any []string
	for _, p := range patterns {
		if len(p) == 7 && p[5:] == "xx" {
			any = append(any, fmt.Sprintf("(substr(type, 1, 5) = %s AND length(type) >= 7)", literal(p[:5])))
			continue
		}
		any = append(any, fmt.Sprintf("(type = %s OR substr(type, 1, %d) = %s)", literal(p), len(p)+1, literal(p+".")))
	}
	return "(" + strings.Join(any, " OR ") + ")"
}

// anyAmount is a condition that one of a message's amounts keeps: the strictest part of a batch decides.
func anyAmount(one func(table string) string) string {
	return "(" + one("message.") + " OR (parts > 1 AND EXISTS (SELECT 1 FROM part WHERE part.id = message.id AND " + one("part.") + ")))"
}

// banded is a band of amounts in one currency, its lower end included, its upper not.
func banded(table string, b *standing.Band) string {
	c := []string{in(table+"currency", []string{b.Currency})}
	if b.From != "" {
		c = append(c, atLeast(table, b.From))
	}
	if b.To != "" {
		c = append(c, "NOT "+atLeast(table, b.To))
	}
	return all(c...)
}

func atLeast(table string, d corridor.Decimal) string {
	whole, fraction := splitDecimal(d)
	return fmt.Sprintf("(%[1]swhole > %[2]d OR (%[1]swhole = %[2]d AND %[1]sfraction >= %[3]d))", table, whole, fraction)
}
