package standing

import (
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// Message is what a decision is about. Particulars may be nil where no order that touches it looks inside (see Touches).
type Message struct {
	Time        int64 // of the page that is being filled, Unix nanoseconds
	Sender      corridor.LT
	Receiver    corridor.LT
	Type        corridor.MessageType
	Particulars *corridor.Particulars
	// Since is the place of the decision before, where there was one: what was in effect then has been heard, and only
	// orders that took effect after it are. Wind-downs and stages of a return are for acceptance alone.
	Since corridor.Position
}

// Decision is what orders say of one message at one place of the journal (spec: decision for one message).
type Decision struct {
	Outcome  entry.Ruling // Passes, Licensed, Refuses, Holds
	Rule     string       // one of the rules below
	Side     string       // "sender" or "receiver": which side is the subject; "both"; "" for content
	Orders   []string     // ids of all orders that hit, sorted; empty where no order touches the message
	Stops    []string     // of Orders, those that forbid it
	Licence  string       // Licensed: the licences that were used, Holds: the one that was claimed; ORDER:LICENCE with a space between
	Currency string       // of the debit
	Amount   corridor.Decimal
	Shadow   bool // only orders in shadow mode hit: it is logged and passes
}

// Debit is the use of one licence by one message.
type Debit struct {
	Order   string
	Licence string
}

func (d Debit) String() string { return d.Order + ":" + d.Licence }

func joinDebits(all []Debit) string {
	words := make([]string, len(all))
	for i, d := range all {
		words[i] = d.String()
	}
	return strings.Join(words, " ")
}

func splitDebits(s string) []Debit {
	var all []Debit
	for _, w := range strings.Fields(s) {
		if order, licence, ok := strings.Cut(w, ":"); ok {
			all = append(all, Debit{order, licence})
		}
	}
	return all
}

// The rules that a decision names.
const (
	RuleNone          = "none"           // orders hit by their subject, none by its scope
	RuleSubject       = "subject"        // the order covers an endpoint
	RuleDeny          = "deny"           // explicitly denied
	RuleLicence       = "licence"        // a licence let it pass, or was claimed wrongly
	RuleBudget        = "budget"         // a licence's budget is used up
	RuleContent       = "content"        // the subject is named inside
	RuleExcess        = "excess"         // by a country's live test, outside the signed resolution: held (R55)
	RuleNotReadmitted = "not-readmitted" // the prohibition ended, service was not restored yet
	RuleRamp          = "ramp"           // the stage of its readmission does not allow it
	RuleWindDown      = "wind-down"
	RuleShadow        = "shadow"
)
