package notice

import (
	"fmt"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
)

// Audience is who gets a letter.
type Audience string

// The audiences.
const (
	ToMembers  Audience = "members"  // all of them, each by itself
	ToMember   Audience = "member"   // the one that is named
	ToOperator Audience = "operator" // the network's own people
)

// Letter is a text for somebody, made of the journal alone: the same journal gives the same letters with the same ids.
type Letter struct {
	ID       string // letters, digits, '.' and '-'
	Thread   string // id of the letter that it follows, where there is one
	Audience Audience
	Member   corridor.BIC // ToMember
	Page     uint64       // the page that it was made of
	At       int64        // its time
	Subject  string
	Text     string
	Table    *Table // the same for programs
	Event    []byte // of a notice: the same for programs, as an event of the API
}

// Letter is the notice as a letter to all members. All notices of one order are one thread. again tells one that is sent once more from
// the first; it is empty for that.
func (n *Notice) Letter(page uint64, again string) Letter {
	return Letter{
		ID: "notice." + n.Series() + "." + n.Order.ID + again, Thread: "order." + n.Order.ID, Audience: ToMembers, Page: page, At: n.At, Subject: n.Subject(), Text: n.Text(),
	}
}

// listLetter is the personal list of one counterparty before the instant (R61).
func (n *Notice) listLetter(page uint64, t *Table, authorised []string) Letter {
	var b strings.Builder
	fmt.Fprintf(&b, "Open items of %s with the institutions that order %s covers,\nby notice %s, %s.\n\n", t.Member, n.Order.ID, n.Series(), stamp(n.At))
	fmt.Fprintf(&b, "The order takes effect %s.\n", stamp(n.Order.EffectiveAt()))
	if len(t.Rows) == 0 {
		b.WriteString("Nothing of yours is open. You get this list because you had traffic or authorisations with them.\n")
	} else {
		fmt.Fprintf(&b, "Open: %d. What becomes of each that is not delivered before the instant stands at its end:\n\n%s\n", len(t.Rows), strings.Join(t.lines(), "\n"))
	}
	if len(authorised) > 0 {
		fmt.Fprintf(&b, "\nYour authorisations (authorisations %s):\n\n", n.authorisations())
		for _, a := range authorised {
			b.WriteString("- " + a + "\n")
		}
	}
	fmt.Fprintf(&b, "\nThis list is for you alone. SHA-256 of the signed order:\n%s\n", n.Document)
	return Letter{
		ID: "list." + n.Series() + "." + string(t.Member), Thread: "order." + n.Order.ID, Audience: ToMember, Member: t.Member, Page: page, At: n.At,
		Subject: fmt.Sprintf("%s: open items under order %s: %d", n.Issuer.Network, n.Order.ID, len(t.Rows)), Text: b.String(), Table: t,
	}
}

// reportLetter is the report of what was returned, to its sender, and of what is in doubt, to both sides (R62, R33).
func reportLetter(id string, page uint64, at int64, t *Table) Letter {
	var b strings.Builder
	counts := map[string]int{}
	for i := range t.Rows {
		counts[t.Rows[i].State]++
	}
	fmt.Fprintf(&b, "Messages of %s, or to it, that order %s kept from being delivered: %s.\n", t.Member, t.Order, countWords(counts))
	b.WriteString("What is returned did not reach the receiver. What is in doubt was given out and not acknowledged: it may have arrived. The network\nsends neither again; whoever sends one again later marks it as a possible duplicate.\n\n")
	b.WriteString(strings.Join(t.lines(), "\n"))
	fmt.Fprintf(&b, "\n\nSHA-256 of the signed order:\n%s\n", t.SHA256)
	return Letter{
		ID: id, Thread: "order." + t.Order, Audience: ToMember, Member: t.Member, Page: page, At: at,
		Subject: fmt.Sprintf("%s: %s under order %s", t.Network, countWords(counts), t.Order), Text: b.String(), Table: t,
	}
}

// countWords are counts by state, in the order that matters to a sender.
func countWords(counts map[string]int) string {
	var parts []string
	for _, state := range []string{"returned", "in-doubt", "held"} {
		if n := counts[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	return strings.Join(parts, ", ")
}

// will is what becomes of an open message to one whom the order covers, at the instant, by where it stands.
func will(o *standing.Order, m *open) string {
	rule := o.InFlight.UndeliveredTo
	switch {
	case m.state == stateGivenOut && o.InFlight.Unacked == "delivered":
		return "counted as delivered if it is not acknowledged"
	case m.state == stateGivenOut:
		return "in doubt if it is not acknowledged"
	case m.state == stateHeld:
		rule = o.InFlight.Held
	}
	switch rule {
	case "hold":
		return "held"
	case "deliver":
		return "delivered"
	}
	return "returned"
}
