package rma

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"corridor.example/corridor"
)

// Mode says how a permission's list is meant.
type Mode string

// The modes.
const (
	All     Mode = "all"     // every type of the service
	Include Mode = "include" // only what is listed
	Exclude Mode = "exclude" // all but what is listed
)

// Permission is what an authorisation allows. Types lists FIN categories ("fin.1"), FIN types ("fin.202", which holds its variants too, or
// "fin.202.COV"), and MX business areas, messages or versions ("pacs", "pacs.008", "pacs.008.001.08"), sorted, each once.
type Permission struct {
	Mode  Mode     `json:"mode"`
	Types []string `json:"types,omitempty"`
}

func (p Permission) String() string {
	switch p.Mode {
	case Include:
		return "only " + strings.Join(p.Types, " ")
	case Exclude:
		return "all but " + strings.Join(p.Types, " ")
	}
	return "all"
}

var (
	finItem   = regexp.MustCompile(`^fin\.([0-9]|[0-9]{3}(\.[A-Z0-9]{1,8})?)$`)
	mxItem    = regexp.MustCompile(`^[a-z]{4}(\.[0-9]{3}(\.[0-9]{3}(\.[0-9]{2})?)?)?$`)
	otherItem = regexp.MustCompile(`^[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)*$`)
)

// ParsePermission reads "all", "only fin.1 fin.202" or "all but fin.9", with blanks or commas between, and gives it its one form.
func ParsePermission(s string) (Permission, error) {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' })
	var p Permission
	switch {
	case len(words) == 1 && words[0] == "all":
		return Permission{Mode: All}, nil
	case len(words) > 1 && words[0] == "only":
		p = Permission{Include, words[1:]}
	case len(words) > 2 && words[0] == "all" && words[1] == "but":
		p = Permission{Exclude, words[2:]}
	default:
		return p, fmt.Errorf(`permission %q: give "all", "only fin.1 fin.202" or "all but fin.9"`, s)
	}
	slices.Sort(p.Types)
	p.Types = slices.Compact(p.Types)
	return p, nil
}

// check refuses a permission in another than its one form, or with a type that is not of the service.
func (p Permission) check(service string) error {
	switch p.Mode {
	case All:
		if len(p.Types) > 0 {
			return fmt.Errorf("permission: a list goes with include or exclude, not with all")
		}
		return nil
	case Include, Exclude:
	default:
		return fmt.Errorf("permission %q is not all, include or exclude", string(p.Mode))
	}
	if len(p.Types) == 0 || len(p.Types) > maxTypes {
		return fmt.Errorf("permission: a list has 1 to %d types, this one %d", maxTypes, len(p.Types))
	}
	for i, t := range p.Types {
		if err := checkItem(service, t); err != nil {
			return err
		}
		if i > 0 && p.Types[i-1] >= t {
			return fmt.Errorf("permission: %q must stand before %q, and each type once", t, p.Types[i-1])
		}
	}
	return nil
}

func checkItem(service, t string) error {
	ok, say := otherItem.MatchString(t) && len(t) <= corridor.MaxReference, "fin.1 or pacs.008"
	switch service {
	case FIN:
		ok, say = finItem.MatchString(t), "fin.1 for a category, fin.103 or fin.202.COV"
	case MX:
		ok, say = mxItem.MatchString(t), "pacs, pacs.008 or pacs.008.001.08"
	}
	if !ok {
		return fmt.Errorf("permission: %q is no type of service %s: give such as %s", t, service, say)
	}
	return nil
}

// set is a list of types made for the question whether it holds a type. FIN types without a variant, which most messages have, are asked of
// a bit each.
type set struct {
	names map[string]struct{}
	fin   [1000/64 + 1]uint64
}

func setOf(types []string) *set {
	s := &set{names: make(map[string]struct{}, len(types))}
	for _, t := range types {
		s.names[t] = struct{}{}
	}
	for n := range 1000 {
		if s.find(corridor.MessageType(fmt.Sprintf("fin.%03d", n))) {
			s.fin[n/64] |= 1 << (n % 64)
		}
	}
	return s
}

// holds reports that the type, one of its families or its FIN category is in the set.
func (s *set) holds(t corridor.MessageType) bool {
	if n, ok := number(t); ok {
		return s.fin[n/64]>>(n%64)&1 != 0
	}
	return s.find(t)
}

// number is the number of a FIN type without a variant.
func number(t corridor.MessageType) (uint, bool) {
	if len(t) != 7 || t[:4] != "fin." {
		return 0, false
	}
	a, b, c := uint(t[4]-'0'), uint(t[5]-'0'), uint(t[6]-'0')
	return 100*a + 10*b + c, a < 10 && b < 10 && c < 10
}

func (s *set) find(t corridor.MessageType) bool {
	if len(s.names) == 0 {
		return false
	}
	for i := 0; i < len(t); i++ {
		if t[i] == '.' {
			if _, ok := s.names[string(t[:i])]; ok {
				return true
			}
		}
	}
	if t.IsFIN() && len(t) >= 5 {
		if _, ok := s.names[string(t[:5])]; ok {
			return true
		}
	}
	_, ok := s.names[string(t)]
	return ok
}

// compiled is a permission as the state holds it, once for all authorisations that have it.
type compiled struct {
	permission Permission
	types      *set
}

func (c *compiled) allows(t corridor.MessageType) bool {
	return c.permission.Mode == All || c.types.holds(t) == (c.permission.Mode == Include)
}
