package story

import (
	"fmt"
	"slices"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// fate is what the journal says of one message. It is read from the entries alone, not from the hub's state.
type fate struct {
	at        corridor.Position
	known     bool // it has an entry
	accepted  bool
	fault     corridor.Fault
	decisions []entry.Decided // in order
	given     int             // times it got an output number
	arrived   int             // acknowledged as taken
}

// fateOf follows a message through the journal.
func (s *stage) fateOf(m *message) fate {
	var f fate
	for i, r := range s.record {
		switch e := r.entry.(type) {
		case *entry.Accepted:
			if !f.known && entry.LeafHash(e.Statement) == m.leaf {
				f.at, f.known, f.accepted = r.at, true, true
				f.before(s.record, i)
			}
		case *entry.Refused:
			if !f.known && entry.LeafHash(e.Statement) == m.leaf {
				f.at, f.known, f.fault = r.at, true, e.Fault
				f.before(s.record, i)
			}
		case *entry.Assigned:
			if f.known && slices.Contains(e.Messages, f.at) {
				f.given++
			}
		case *entry.Acknowledged:
			if a, err := entry.DecodeAcknowledgement(e.Statement); err == nil && f.known && a.Message == m.leaf && !a.Refused {
				f.arrived++
			}
		case *entry.Decided:
			if f.known && e.Message == f.at && e.Stage != entry.AtAccept {
				f.decisions = append(f.decisions, *e)
			}
		}
	}
	return f
}

// before takes the decision that stands directly before the message's entry.
func (f *fate) before(record []fact, i int) {
	if i == 0 {
		return
	}
	if d, ok := record[i-1].entry.(*entry.Decided); ok && d.Stage == entry.AtAccept && d.Message == f.at {
		f.decisions = append(f.decisions, *d)
	}
}

// word is the fate in one word.
func (f *fate) word() string {
	if !f.known {
		return "unsent"
	}
	if !f.accepted {
		return "refused"
	}
	if n := len(f.decisions); n > 0 && f.arrived == 0 {
		switch f.decisions[n-1].Outcome {
		case entry.Returns:
			return "returned"
		case entry.Stores:
			return "stored"
		case entry.Holds:
			return "held"
		case entry.InDoubt:
			return "in-doubt"
		}
	}
	switch {
	case f.arrived > 0:
		return "delivered"
	case f.given > 0:
		return "out"
	default:
		return "queued"
	}
}

// short is the fate for a table.
func (f *fate) short() string {
	text := f.word()
	if f.fault.Code != "" {
		text += " " + f.fault.Code
	}
	if n := len(f.decisions); n > 0 {
		d := &f.decisions[n-1]
		text += fmt.Sprintf(" (%s by rule %s of %s)", d.Outcome, d.Rule, strings.Join(d.Orders, ","))
	}
	return text
}

func (f *fate) String() string {
	var b strings.Builder
	b.WriteString(f.word())
	if f.known {
		fmt.Fprintf(&b, " at %v", f.at)
	}
	if f.fault.Code != "" {
		fmt.Fprintf(&b, ", %s %s", f.fault.Code, f.fault.Text)
	}
	for _, d := range f.decisions {
		fmt.Fprintf(&b, "; %s: %s by rule %s of %s", d.Stage, d.Outcome, d.Rule, strings.Join(d.Orders, ","))
		if d.Licence != "" {
			fmt.Fprintf(&b, ", licence %s %s %s", d.Licence, d.Currency, d.Amount)
		}
	}
	if f.given > 1 || f.arrived > 1 {
		fmt.Fprintf(&b, "; given out %d times, taken %d times", f.given, f.arrived)
	}
	return b.String()
}
