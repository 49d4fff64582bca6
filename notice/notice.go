// Package notice makes the texts that members read about an order: the notice itself, in four forms with one wording (FIN MT 094,
// ISO 20022 admi.004, an event in JSON, mail), when each is due, a counterparty's list of its open items, the report of what
// was not delivered, the operator's daily digest, and the answer in ISO 20022 to the sender of a message that was returned.
//
// It is pure text making: it knows no journal, clock, disk or socket. What a notice says comes from the signed order and the
// directory alone, so it gives no reason beyond the public instrument; and it can only be made of an order that was published.
package notice

import (
	"errors"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
)

// Occasion is why a notice goes out now.
type Occasion string

// The occasions. The first five are the clock's, the others events of the order's life.
const (
	SevenDays Occasion = "7-days-before"
	OneDay    Occasion = "24-hours-before"
	OneHour   Occasion = "1-hour-before"
	Planned   Occasion = "planned"   // an instant that the order itself names
	After     Occasion = "day-after" // a day after the fence

	Published  Occasion = "published"
	Paused     Occasion = "paused"
	Resumed    Occasion = "resumed"
	PauseEnded Occasion = "pause-ended" // by itself
	Withdrawn  Occasion = "withdrawn"
	InForce    Occasion = "in-force"
	Lifted     Occasion = "lifted"
	Expired    Occasion = "expired"
	Superseded Occasion = "superseded"
	Readmitted Occasion = "readmitted"
	Stepped    Occasion = "stepped"
)

// Event is one event of an order's life, as the journal tells it.
type Event struct {
	What  Occasion     // not one of the clock's
	At    int64        // time of its page, Unix nanoseconds
	BIC   corridor.BIC // Readmitted, Stepped: which institution
	Until int64        // Paused: when the pause ends by itself; 0 if it does not
}

// Life is an order and its events so far, in the journal's order.
type Life struct {
	Order    *standing.Order
	Effect   standing.Kind   // what it does in force: its kind, or that of the order in whose place it stands
	Document corridor.Digest // of the canonical order
	Events   []Event
}

// Institution is a member as a notice names it.
type Institution struct {
	BIC  corridor.BIC `json:"bic"`
	Name string       `json:"name,omitempty"`
}

// Issuer is who sends the notice: the network.
type Issuer struct {
	Network corridor.Network
	LT      corridor.LT  // from which the network's own messages come
	BIC     corridor.BIC // the operator's, 8 characters; empty: that of LT, which field 134 takes only if it has a country
	Name    string       // at most one line
	City    string
}

// Notice is one notice, complete: every form is made from it.
type Notice struct {
	Issuer   Issuer
	Number   uint64 // in the network's own series
	At       int64  // Unix nanoseconds
	Due      Item
	Order    *standing.Order
	Effect   standing.Kind
	Document corridor.Digest
	Covered  []Institution
	Others   []Institution // of the same groups, and of similar names, that the order does not cover
}

// ErrDraft is why there is no notice of an order that only its signers may see (R63).
var ErrDraft = errors.New("the order is not published: its text is for its signers only")

// Directory is what a notice asks of the institutions; NewDirectory gives one.
type Directory interface {
	Name(corridor.BIC) string             // empty: not known
	Group(*standing.Order) []corridor.BIC // BIC8s of the covered institutions' groups, covered ones among them
}

// New makes the notice for what is due.
func New(by Issuer, number uint64, at int64, l Life, due Item, d Directory) (*Notice, error) {
	if !l.published() {
		return nil, fmt.Errorf("notice of order %s: %w", l.Order.ID, ErrDraft)
	}
	if by.BIC == "" {
		by.BIC = by.LT.BIC8()
	}
	n := &Notice{Issuer: by, Number: number, At: at, Due: due, Order: l.Order, Effect: l.Effect, Document: l.Document}
	if n.Effect == "" {
		n.Effect = l.Order.Kind
	}
	n.name(d)
	return n, nil
}

func (l *Life) published() bool {
	for _, e := range l.Events {
		if e.What == Published {
			return true
		}
	}
	return false
}

// name fills in whom the order covers and whom it does not. Others are the groups of the covered, what the order expressly leaves
// out, and the look-alikes that were ticked out: those whom somebody might stop by mistake.
func (n *Notice) name(d Directory) {
	covered := map[corridor.BIC]bool{}
	for _, r := range n.Order.Subject.Resolved {
		covered[r.BIC] = true
		n.Covered = append(n.Covered, Institution{r.BIC, d.Name(r.BIC)})
	}
	seen := map[corridor.BIC]bool{}
	add := func(b corridor.BIC) {
		if !covered[b] && !covered[b.BIC8()] && !seen[b] {
			seen[b] = true
			n.Others = append(n.Others, Institution{b, d.Name(b)})
		}
	}
	for _, x := range n.Order.Subject.Excluded {
		add(x.BIC)
	}
	for _, l := range n.Order.Subject.LookAlikes {
		add(l.BIC)
	}
	for _, b := range d.Group(n.Order) {
		add(b)
	}
	sortInstitutions(n.Covered)
	sortInstitutions(n.Others)
}

// Series is the notice's number as FIN writes one (field 136): a letter and five digits, counted through.
func (n *Notice) Series() string {
	return fmt.Sprintf("%c%05d", 'A'+n.Number/100_000%26, n.Number%100_000)
}
