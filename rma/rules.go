package rma

import (
	"fmt"

	"corridor.example/corridor"
)

// Rules are what a network says about authorisations: which types need none, and its named services. A network's policy may hold its own.
type Rules struct {
	Exempt   []string  `json:"exempt"`              // categories, types and families that need no authorisation; nil is DefaultRules
	Services []Service `json:"services,omitempty"`  // besides fin and mx
	FreeTest bool      `json:"free_test,omitempty"` // between test-and-training BICs none is needed
}

// Service is a named service: messages of its types need an authorisation of this service and not of fin or mx.
type Service struct {
	Name  string   `json:"name"`
	Types []string `json:"types"`
}

// DefaultRules are the rules of a network that says nothing else: no authorisation for system messages (category 0), advices, statements,
// balances and interest, requests for them, queries, answers and free text of category 9, and the acts of this package themselves.
func DefaultRules() Rules {
	return Rules{Exempt: []string{
		"fin.0", "fin.900", "fin.910", "fin.920", "fin.935", "fin.940", "fin.941", "fin.942", "fin.950", "fin.970", "fin.971", "fin.972", "fin.973",
		"fin.985", "fin.986", "fin.990", "fin.991", "fin.992", "fin.995", "fin.996", "fin.999", "rma",
	}}
}

// Check says what is wrong with the rules.
func (r *Rules) Check() error {
	for _, t := range r.Exempt {
		if err := checkItem("", t); err != nil {
			return err
		}
	}
	if len(r.Services) > maxServices {
		return fmt.Errorf("%d services: the limit is %d", len(r.Services), maxServices)
	}
	names, types := map[string]bool{FIN: true, MX: true}, map[string]string{}
	for _, s := range r.Services {
		if err := checkService(s.Name); err != nil {
			return err
		}
		if names[s.Name] {
			return fmt.Errorf("service %s is there twice: keep one", s.Name)
		}
		names[s.Name] = true
		for _, t := range s.Types {
			if err := checkItem("", t); err != nil {
				return err
			}
			if types[t] != "" {
				return fmt.Errorf("%s is of service %s and of %s: keep one", t, types[t], s.Name)
			}
			types[t] = s.Name
		}
	}
	return nil
}

func checkService(name string) error {
	ok := name != "" && len(name) <= maxService
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-'
	}
	if !ok {
		return fmt.Errorf("service %q: give 1 to %d characters of a-z, 0-9, '.' and '-'", name, maxService)
	}
	return nil
}

// table is the rules made for look-ups.
type table struct {
	exempt   *set
	named    map[string]uint16 // type or family → service
	freeTest bool
}

// exempts reports that no authorisation is needed: for the type, between test BICs where the rules say so, and within one institution.
func (r *table) exempts(sender, receiver corridor.BIC, t corridor.MessageType) bool {
	return r.exempt.holds(t) || sender == receiver || r.freeTest && sender.IsTest() && receiver.IsTest()
}

// service is the one whose authorisation a type needs; the longest name that fits decides.
func (r *table) service(t corridor.MessageType) uint16 {
	if len(r.named) > 0 {
		for i := len(t); i > 0; i-- {
			if i == len(t) || t[i] == '.' || i == 5 && t.IsFIN() {
				if s, ok := r.named[string(t[:i])]; ok {
					return s
				}
			}
		}
	}
	if t.IsFIN() {
		return serviceFIN
	}
	return serviceMX
}

// The indexes of the two services that are always there.
const (
	serviceFIN = 0
	serviceMX  = 1
)
