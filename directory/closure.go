package directory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"corridor.example/corridor"
)

// Test is the rule by which ownership brings an entity under an order that names another: every regime's is data.
type Test struct {
	Percent       corridor.Decimal `json:"percent"`
	Op            Op               `json:"op"`
	Aggregate     bool             `json:"aggregate"`      // shares of several named owners count together
	Indirect      bool             `json:"indirect"`       // shares through owned entities count too
	Chain         Chain            `json:"chain,omitzero"` // how a share through others counts; empty is Wholly
	Control       bool             `json:"control"`        // control without ownership is enough
	EstablishedIn []string         `json:"established_in"` // ISO 3166 codes; only entities established there are brought in; none is anywhere
	AsOf          Date             `json:"as_of"`
}

// Op compares an owned share with the test's percent.
type Op string

// The operators.
const (
	More    Op = ">"
	AtLeast Op = ">="
)

// Chain is how shares through others count.
type Chain string

// The two rules for chains. Wholly is the usual one: an entity that passes the test counts as wholly its owner's, so that what
// it owns counts in full in the next step. Multiplied gives a chain the product of its shares, and an entity the sum over
// all chains of at most MaxChain links, round a ring of owners too, but never through a named owner again. Under it only a
// chain of controls controls.
const (
	Wholly     Chain = "wholly"
	Multiplied Chain = "multiplied"
)

// Why an entity is in or out.
type Why string

// The reasons.
const (
	Named          Why = "named"
	OwnedBy        Why = "owned"
	ControlledBy   Why = "controlled"
	BelowThreshold Why = "below threshold"
	ShareNotKnown  Why = "share not known"
	ControlOnly    Why = "controlled, which the test does not count"
	NotThere       Why = "not established there"
	NotAMember     Why = "not a member"
)

// Owned is one entity that the closure came to.
type Owned struct {
	Entity    EntityID         `json:"entity"`
	In        bool             `json:"in"`
	Why       Why              `json:"reason"`
	Effective corridor.Decimal `json:"effective,omitempty"` // the share by the test's chain rule; five digits, cut off
	Root      EntityID         `json:"root"`                // the named owner, or the first of several whose shares count together
	BICs      []corridor.BIC   `json:"bics,omitempty"`      // its BIC8s
	Holdings  []Holding        `json:"holdings,omitempty"`  // the last step of each chain

	chains []holding // those same holdings, with the chains above them
}

// Holding is a share in an entity by one that is of the group.
type Holding struct {
	Owner   EntityID         `json:"owner"`
	Percent corridor.Decimal `json:"percent,omitempty"`
	Direct  bool             `json:"direct"`
	Control bool             `json:"control,omitempty"`
	From    Date             `json:"from"`
	Source  string           `json:"source,omitempty"`
}

// Step is a link of a chain of ownership: from the named owner down.
type Step struct {
	Owner   EntityID         `json:"owner"`
	Owned   EntityID         `json:"owned"`
	Percent corridor.Decimal `json:"percent,omitempty"`
	Control bool             `json:"control,omitempty"`
}

// Path is a chain from a named owner down to an entity. Of one with more than MaxPathSteps links the middle is left out.
type Path struct {
	Steps   []Step `json:"steps"`
	LeftOut int    `json:"left_out,omitempty"` // links that are not shown, after the first half
}

func (p Path) String() string {
	var b strings.Builder
	for i, s := range p.Steps {
		if i == 0 {
			b.WriteString(string(s.Owner))
		}
		if p.LeftOut > 0 && i == len(p.Steps)/2 {
			fmt.Fprintf(&b, " … %d links … %s", p.LeftOut, s.Owner)
		}
		fmt.Fprintf(&b, " %s %s", s.how(), s.Owned)
	}
	return b.String()
}

func (s Step) how() string {
	switch {
	case s.Percent == "" && s.Control:
		return "controls"
	case s.Percent == "":
		return "owns a share of"
	case s.Control:
		return "owns " + string(s.Percent) + " % of and controls"
	}
	return "owns " + string(s.Percent) + " % of"
}

// Check says what is wrong with a test.
func (t *Test) Check() error {
	if p, err := corridor.ParseDecimal(string(t.Percent)); err != nil || shareOf(p) > whole {
		return fmt.Errorf("the test's percent %q: give a number from 0 to 100 with at most five digits after the point, for example 50", t.Percent)
	}
	if t.Op != More && t.Op != AtLeast {
		return fmt.Errorf("the test's operator %q: give > or >=", t.Op)
	}
	if t.Chain != "" && t.Chain != Wholly && t.Chain != Multiplied {
		return fmt.Errorf("the test's chain rule %q: give %s or %s", t.Chain, Wholly, Multiplied)
	}
	if _, err := ParseDate(string(t.AsOf)); err != nil {
		return fmt.Errorf("the test's as-of date: %w", err)
	}
	for _, c := range t.EstablishedIn {
		if err := checkCountry(c); err != nil {
			return fmt.Errorf("the test's place of establishment: %w", err)
		}
	}
	return nil
}

// Closure is the named entities and every entity in which they, by the test, have a share at all: each in or out, and why. Named
// entities come first, then those that are in, then those that are out, each ascending. It fails for a test that
// is not well-formed, an entity that the directory does not know, and too many of them.
func (d *Directory) Closure(roots []EntityID, t Test) ([]Owned, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	roots = slices.Compact(slices.Sorted(slices.Values(roots)))
	if len(roots) > MaxRoots {
		return nil, fmt.Errorf("%d named owners, the limit is %d: ask for them in parts", len(roots), MaxRoots)
	}
	for _, r := range roots {
		if d.entities[r] == nil {
			return nil, fmt.Errorf("the entity %s is not in the directory", r)
		}
	}
	best, links := map[EntityID]*node{}, MaxLinks
	for _, group := range groups(roots, t.Aggregate) {
		g := d.newGroup(t, group, &links)
		if g.grow(); links < 0 {
			return nil, fmt.Errorf("the closure looked at %d links and was not done: ask for fewer named owners at once, or for the chain rule %s", MaxLinks, Wholly)
		}
		best = merge(best, g.nodes, t)
	}
	return d.results(roots, best, t), nil
}

// groups are the owners whose shares count together: all, or each alone.
func groups(roots []EntityID, aggregate bool) [][]EntityID {
	if aggregate && len(roots) > 0 {
		return [][]EntityID{roots}
	}
	var all [][]EntityID
	for i := range roots {
		all = append(all, roots[i:i+1])
	}
	return all
}

// merge keeps of each entity the node that is reported.
func merge(best, nodes map[EntityID]*node, t Test) map[EntityID]*node {
	if len(best) == 0 {
		return nodes
	}
	for id, n := range nodes {
		if old := best[id]; old == nil || n.betterThan(old, t) {
			best[id] = n
		}
	}
	return best
}

func (d *Directory) results(roots []EntityID, best map[EntityID]*node, t Test) []Owned {
	all := make([]Owned, 0, len(roots)+len(best))
	for _, r := range roots {
		all = append(all, Owned{Entity: r, In: true, Why: Named, Root: r, BICs: d.officesOf[r]})
		delete(best, r)
	}
	for id, n := range best {
		if len(n.holdings) > 0 {
			all = append(all, d.result(id, n, t))
		}
	}
	slices.SortFunc(all[len(roots):], func(a, b Owned) int {
		if a.In != b.In {
			if a.In {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Entity, b.Entity)
	})
	return all
}

// result judges one entity: first the ownership, then the place, then whether there is anything to cut.
func (d *Directory) result(id EntityID, n *node, t Test) Owned {
	o := Owned{Entity: id, Root: n.root, Effective: n.effective(), BICs: d.officesOf[id]}
	n.describe(&o)
	why, passes := n.verdict(t)
	switch {
	case !passes:
		o.Why = why
	case len(t.EstablishedIn) > 0 && !slices.Contains(t.EstablishedIn, d.entities[id].Country):
		o.Why = NotThere
	case len(o.BICs) == 0:
		o.Why = NotAMember
	default:
		o.In, o.Why = true, why
	}
	return o
}

// Paths are the chains from named owners to the entity, one for each holding, at most MaxPaths; the largest shares first.
func (o *Owned) Paths() []Path {
	var all []Path
	for i, h := range o.chains {
		if i == MaxPaths {
			break
		}
		all = append(all, h.by.path(Step{Owner: h.by.id, Owned: o.Entity, Percent: h.via.Percent, Control: h.via.Control}))
	}
	return all
}
