package standing

import (
	"fmt"
	"strings"
	"time"

	"corridor.example/corridor"
)

// Needed is how many signatures an order needs if it is published now (R51).
func (s *State) Needed(r *Record, now int64) int {
	p := s.Policy()
	n := p.Bank
	if r.large(p) {
		n = p.Country
	}
	if r.urgent(p, now) {
		n += p.Urgent
	}
	if r.beyond() {
		n += p.BeyondBounds
	}
	signers := 0
	for i := range p.Officers {
		if p.signs(&p.Officers[i]) {
			signers++
		}
	}
	return min(n, signers)
}

// large reports an order against a country, or against more of the traffic than the policy lets a few decide.
func (r *Record) large(p *Policy) bool {
	return len(r.Order.Subject.Countries) > 0 || r.Order.Bounds.Share != "" && r.Order.Bounds.Share.Cmp(corridor.Decimal(p.LargeShare)) > 0
}

func (r *Record) urgent(p *Policy, now int64) bool {
	return r.enforces() && r.Order.EffectiveAt()-now < int64(p.UrgentHours)*int64(time.Hour)
}

// beyond reports an order that covers more institutions than its dry run expected (R21).
func (r *Record) beyond() bool {
	return r.enforces() && len(r.Order.Subject.Resolved) > r.Order.Bounds.BICs
}

// enough counts the signatures of those who are officers under the policy in force.
func (s *State) enough(r *Record, p *Policy, now int64) bool {
	n, observer := 0, false
	for _, x := range r.Signatures {
		if o := p.officer(x.Key); o != nil && p.signs(o) {
			n++
			observer = observer || o.has(Observer)
		}
	}
	return n >= s.Needed(r, now) && (observer || !r.large(p))
}

func (s *State) why(r *Record, p *Policy, now int64) string {
	var all []string
	if r.large(p) {
		all = append(all, "a country or a large share of the traffic, with an observer among them")
	}
	if r.urgent(p, now) {
		all = append(all, fmt.Sprintf("less than %d hours of notice", p.UrgentHours))
	}
	if r.beyond() {
		all = append(all, "more institutions than its dry run expected")
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, "; ") + ")"
}
