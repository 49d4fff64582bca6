package standing

import (
	"fmt"
	"slices"

	"corridor.example/corridor"
)

// Role is what an officer may do about orders (R50).
type Role string

// The roles.
const (
	Drafter          Role = "drafter"
	Legal            Role = "legal"
	Compliance       Role = "compliance"
	Operations       Role = "operations"
	Observer         Role = "observer"
	Auditor          Role = "auditor"
	AppealOfficer    Role = "appeal"
	DirectoryOfficer Role = "directory"
)

func roles() []Role {
	return []Role{Drafter, Legal, Compliance, Operations, Observer, Auditor, AppealOfficer, DirectoryOfficer}
}

// Policy says who the network's officers are and how many must sign (R51). The founding policy is signed by the authority;
// each later one by officers under the policy before it, as many as an order against a country needs.
type Policy struct {
	Version        int       `json:"version"` // from 1, without gaps
	Officers       []Officer `json:"officers"`
	Signers        []Role    `json:"signers"`               // roles whose signatures count
	Bank           int       `json:"bank"`                  // signatures for an order against banks
	Country        int       `json:"country"`               // for a country, or more than LargeShare of the traffic; one must be an observer's
	Urgent         int       `json:"urgent"`                // more, for less than UrgentHours of notice
	UrgentHours    int       `json:"urgent_hours"`          //
	BeyondBounds   int       `json:"beyond_bounds"`         // more, where an order goes beyond the bounds of its dry run
	LargeShare     string    `json:"large_share"`           // of the network's messages, a decimal from 0 to 1
	PauseHours     int       `json:"pause_hours"`           // how long one signer may pause before the effect (R53)
	Authorisations string    `json:"authorisations"`        // "required": RMA is enforced; "shown": it is not
	NoneNeeded     []string  `json:"none_needed,omitempty"` // types that need no authorisation, instead of rma's own table
}

// Officer is one person, by certificate.
type Officer struct {
	Key   string `json:"key"` // KeyID of the officer's certificate, hexadecimal
	Name  string `json:"name"`
	Roles []Role `json:"roles"`
}

// Check reports the first thing that is wrong with a policy.
func (p *Policy) Check() error {
	switch {
	case p.Version < 1:
		return fmt.Errorf("policy: version %d, the first is 1", p.Version)
	case len(p.Officers) == 0 || len(p.Officers) > MaxOfficers:
		return fmt.Errorf("policy: %d officers, give 1 to %d", len(p.Officers), MaxOfficers)
	case p.Authorisations != "required" && p.Authorisations != "shown":
		return fmt.Errorf("policy: authorisations %q, give required or shown", p.Authorisations)
	case p.UrgentHours < 0 || p.PauseHours < 0 || p.Urgent < 0 || p.BeyondBounds < 0:
		return fmt.Errorf("policy: hours and extra signatures are not negative")
	}
	if _, err := corridor.ParseDecimal(p.LargeShare); err != nil {
		return fmt.Errorf("policy: large_share: %w", err)
	}
	seen := map[string]bool{}
	for _, o := range p.Officers {
		if len(o.Key) != 2*len(corridor.Digest{}) || seen[o.Key] || o.Name == "" || len(o.Roles) == 0 {
			return fmt.Errorf("policy: officer %q: give a certificate of 64 hexadecimal digits once, a name and a role", o.Name)
		}
		seen[o.Key] = true
		for _, r := range o.Roles {
			if !slices.Contains(roles(), r) {
				return fmt.Errorf("policy: officer %q: role %q is not one of %v", o.Name, r, roles())
			}
		}
	}
	return p.checkThresholds()
}

func (p *Policy) checkThresholds() error {
	n := 0
	for i := range p.Officers {
		if p.signs(&p.Officers[i]) {
			n++
		}
	}
	for _, m := range []int{p.Bank, p.Country} {
		if m < 2 || m > n {
			return fmt.Errorf("policy: %d signatures of %d signers: an order needs at least 2, and no more than there are", m, n)
		}
	}
	return nil
}

func (p *Policy) signs(o *Officer) bool {
	return slices.ContainsFunc(o.Roles, func(r Role) bool { return slices.Contains(p.Signers, r) })
}

func (p *Policy) officer(key corridor.Digest) *Officer {
	hex := key.String()
	for i := range p.Officers {
		if p.Officers[i].Key == hex {
			return &p.Officers[i]
		}
	}
	return nil
}

func (o *Officer) has(r ...Role) bool {
	return slices.ContainsFunc(r, func(r Role) bool { return slices.Contains(o.Roles, r) })
}
