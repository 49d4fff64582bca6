package standing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// Resolution is what a draft's subject comes to by one version of the directory (R11–R14). The same draft and directory give
// the same resolution.
type Resolution struct {
	Subject Subject     // as it goes into the order, with what was ticked
	Open    []LookAlike // members that resemble a subject and are not ticked yet; the order cannot be signed before
	Left    []LeftOut   // whom the closure or a country test looked at and left out
	Unknown []string    // texts that name nothing in the directory, each with what to do
}

// LeftOut is an institution or owner that a test came to and did not bring in.
type LeftOut struct {
	Entity string         `json:"entity,omitempty"`
	BICs   []corridor.BIC `json:"bics,omitempty"`
	Why    string         `json:"why"`
	Path   []string       `json:"path,omitempty"`
}

// Resolve carries out what a draft's subject says: explicit BICs, entities and names, the ownership closure, country tests, and
// the exclusions, which win over everything but an explicit BIC. Nobody is brought in by a resemblance: look-alikes are
// for the drafter to tick.
func Resolve(o *Order, d *directory.Directory) (Resolution, error) {
	r := resolver{order: o, directory: d, in: map[corridor.BIC]*Resolved{}}
	r.explicit()
	roots := r.named()
	if err := r.owned(roots); err != nil {
		return Resolution{}, fmt.Errorf("order %s: %w", o.ID, err)
	}
	r.countries()
	r.takeTicks()
	if err := r.resemblances(roots); err != nil {
		return Resolution{}, fmt.Errorf("order %s: %w", o.ID, err)
	}
	return r.resolution(), nil
}

type resolver struct {
	order     *Order
	directory *directory.Directory
	in        map[corridor.BIC]*Resolved
	noMember  []string
	left      []LeftOut
	unknown   []string
	ticked    []LookAlike
	open      []LookAlike
}

// explicit takes the BICs that are named themselves.
func (r *resolver) explicit() {
	for _, b := range r.order.Subject.BICs {
		if len(b) == 11 && b.Branch() == "XXX" {
			b = b.BIC8()
		}
		owner := r.directory.Owner(b)
		if owner == nil {
			r.unknown = append(r.unknown, fmt.Sprintf("BIC %s is not in the directory: mend it, or have the directory's officers add it", b))
			continue
		}
		r.in[b] = &Resolved{BIC: b, Entity: string(owner.ID), Explicit: true}
	}
}

// named takes the entities, by id or as names that were mapped to one, and returns the owners that a closure starts from.
func (r *resolver) named() []directory.EntityID {
	roots := map[directory.EntityID]bool{}
	for _, b := range slices.Sorted(maps.Keys(r.in)) {
		roots[directory.EntityID(r.in[b].Entity)] = true
	}
	for _, id := range r.order.Subject.Entities {
		r.entity(id, "", roots)
	}
	for _, n := range r.order.Subject.Names {
		if n.Entity == "" {
			r.noMember = append(r.noMember, n.Name)
			continue
		}
		r.entity(n.Entity, n.Name, roots)
	}
	return slices.Sorted(maps.Keys(roots))
}

func (r *resolver) entity(id, name string, roots map[directory.EntityID]bool) {
	e := r.directory.Entity(directory.EntityID(id))
	if e == nil {
		r.unknown = append(r.unknown, fmt.Sprintf("entity %s is not in the directory: mend its id, or leave it out of a name that is no member's", id))
		return
	}
	roots[e.ID] = true
	offices := r.directory.OfficesOf(e.ID)
	if len(offices) == 0 {
		r.noMember = append(r.noMember, cmp.Or(name, e.Name))
	}
	for _, b := range offices {
		r.put(b, id, nil)
	}
}

// put brings an institution in unless it is expressly out.
func (r *resolver) put(b corridor.BIC, entity string, path []string) {
	if r.in[b] != nil || r.excluded(b) {
		return
	}
	r.in[b] = &Resolved{BIC: b, Entity: entity, Path: path}
}

func (r *resolver) excluded(b corridor.BIC) bool {
	return slices.ContainsFunc(r.order.Subject.Excluded, func(x Excluded) bool { return x.BIC == b || x.BIC == b.BIC8() })
}

// owned carries out the ownership test (R13).
func (r *resolver) owned(roots []directory.EntityID) error {
	c := r.order.Subject.Closure
	if c == nil {
		return nil
	}
	all, err := r.directory.Closure(roots, c.test())
	if err != nil {
		return err
	}
	for i := range all {
		o := &all[i]
		path := shortest(o.Paths())
		if !o.In {
			r.left = append(r.left, LeftOut{Entity: string(o.Entity), BICs: o.BICs, Why: string(o.Why), Path: path})
			continue
		}
		for _, b := range o.BICs {
			r.put(b, string(o.Entity), path)
		}
	}
	return nil
}

func (c *Closure) test() directory.Test {
	return directory.Test{
		Percent: c.Percent, Op: directory.Op(c.Op), Aggregate: c.Aggregate, Indirect: c.Indirect, Control: c.Control,
		EstablishedIn: c.EstablishedIn, AsOf: directory.Date(c.AsOf),
	}
}

// maxLinks is how much of a chain goes into an order, so that many institutions fit into one: a person reads its two ends.
const maxLinks = 6

// shortest is the first chain, a text for each link; of a long one the middle is left out.
func shortest(paths []directory.Path) []string {
	if len(paths) == 0 {
		return nil
	}
	var links []string
	p := paths[0]
	for i, s := range p.Steps {
		if n := len(p.Steps); n > maxLinks && i >= maxLinks/2 && i < n-maxLinks/2 {
			if i == maxLinks/2 {
				links = append(links, fmt.Sprintf("%d links left out", n-maxLinks+p.LeftOut))
			}
			continue
		}
		links = append(links, directory.Path{Steps: []directory.Step{s}}.String())
	}
	return links
}

// countries materialises the country tests (F6): what the letters of a BIC or the place of its office say, branches by their own place.
func (r *resolver) countries() {
	for _, c := range r.order.Subject.Countries {
		if c.Test == "bic" || c.Test == "either" {
			r.putAll(r.directory.MembersByCode(c.Country))
		}
		if c.Test == "establishment" || c.Test == "either" {
			r.putAll(r.directory.MembersEstablished(c.Country))
			r.branches(c.Country)
		}
	}
}

func (r *resolver) putAll(members []corridor.BIC) {
	for _, b := range members {
		if r.excluded(b) && r.in[b] == nil {
			r.left = append(r.left, LeftOut{BICs: []corridor.BIC{b}, Entity: r.owner(b), Why: "expressly out"})
		}
		r.put(b, r.owner(b), nil)
	}
}

// branches takes branches that are established in the country although their institution is not.
func (r *resolver) branches(country string) {
	for _, b := range r.directory.Members() {
		if r.in[b] != nil {
			continue
		}
		for _, branch := range r.directory.Branches(b) {
			if r.directory.EstablishedIn(branch) == country {
				r.put(branch, r.owner(b), nil)
			}
		}
	}
}

func (r *resolver) owner(b corridor.BIC) string {
	if e := r.directory.Owner(b); e != nil {
		return string(e.ID)
	}
	return ""
}

func (r *resolver) resolution() Resolution {
	s := r.order.Subject
	s.Resolved = nil
	for _, b := range slices.Sorted(maps.Keys(r.in)) {
		if len(b) == 11 && r.in[b.BIC8()] != nil {
			continue // it falls with its BIC8
		}
		s.Resolved = append(s.Resolved, *r.in[b])
	}
	s.NoMember = slices.Compact(slices.Sorted(slices.Values(r.noMember)))
	s.LookAlikes = r.ticked
	s.DirectoryVersion = int(r.directory.Version())
	slices.SortStableFunc(r.left, func(a, b LeftOut) int { return cmp.Or(cmp.Compare(a.Entity, b.Entity), slices.Compare(a.BICs, b.BICs)) })
	left := slices.CompactFunc(r.left, func(a, b LeftOut) bool {
		return a.Entity == b.Entity && slices.Equal(a.BICs, b.BICs) && a.Why == b.Why
	})
	return Resolution{Subject: s, Open: r.open, Left: left, Unknown: r.unknown}
}

// Amendment is what a directory of another day would make of a signed order (R13, A8). It changes nothing by itself: officers decide
// whether to amend.
type Amendment struct {
	In  []Resolved // would come in
	Out []Resolved // would go out
}

// None reports that the order still says what the directory does.
func (a *Amendment) None() bool { return len(a.In)+len(a.Out) == 0 }

// Changes compares a signed resolution with what the directory makes of the same subject on a day, for example today.
// Look-alikes stay as they were ticked.
func Changes(o *Order, d *directory.Directory, asOf directory.Date) (Amendment, error) {
	again := *o
	if c := o.Subject.Closure; c != nil {
		today := *c
		today.AsOf = string(asOf)
		again.Subject.Closure = &today
	}
	now, err := Resolve(&again, d)
	if err != nil {
		return Amendment{}, err
	}
	return Amendment{In: missing(now.Subject.Resolved, o.Subject.Resolved), Out: missing(o.Subject.Resolved, now.Subject.Resolved)}, nil
}

// missing is what the first list has and the second has not.
func missing(of, from []Resolved) []Resolved {
	there := make(map[corridor.BIC]bool, len(from))
	for i := range from {
		there[from[i].BIC] = true
	}
	var all []Resolved
	for i := range of {
		if !there[of[i].BIC] {
			all = append(all, of[i])
		}
	}
	return all
}
