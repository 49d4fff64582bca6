package directory

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"corridor.example/corridor"
)

// group is named owners and what is theirs, while it grows. It grows to the same end in whatever order shares are
// looked at, and each share is looked at once: a ring of owners ends it as any other graph does.
type group struct {
	d     *Directory
	test  Test
	root  EntityID
	nodes map[EntityID]*node
	queue []*node
	links *int     // that this closure may still look at
	scale *big.Int // of the totals by the rule Multiplied
}

// node is an entity that the group came to, and what the group has in it.
type node struct {
	id    EntityID
	root  EntityID
	named bool

	joined bool       // what it owns counts as the group's
	by     *node      // whose share brought it in; nil for a named owner
	via    *Ownership // that share
	deep   int        // links from the named owner

	sum        share    // by the rule Wholly
	product    *big.Int // by the rule Multiplied, in units of scale; nil under the other rule
	scale      *big.Int // of a hundred-thousandth of a percent
	controlled bool
	unknown    bool // a share whose percentage is not known
	holdings   []holding
	links      []*Ownership // that the rule Multiplied follows again and again
}

// holding is the last link of a chain.
type holding struct {
	by    *node
	via   *Ownership
	share share
}

func (d *Directory) newGroup(t Test, roots []EntityID, links *int) *group {
	g := &group{d: d, test: t, root: roots[0], nodes: map[EntityID]*node{}, links: links}
	for _, r := range roots {
		n := g.node(r)
		n.named, n.joined = true, true
		g.queue = append(g.queue, n)
	}
	return g
}

func (g *group) node(id EntityID) *node {
	n := g.nodes[id]
	if n == nil {
		n = &node{id: id, root: g.root}
		g.nodes[id] = n
	}
	return n
}

// grow brings in everything that the test brings in.
func (g *group) grow() {
	if g.test.Chain == Multiplied {
		g.multiply()
		return
	}
	for len(g.queue) > 0 && *g.links >= 0 {
		from := g.queue[0]
		g.queue = g.queue[1:]
		for _, o := range g.shares(from.id) {
			g.add(from, o)
		}
	}
}

// shares are what an entity has in others on the test's day, in the order of their ids: for each the direct share, or the
// published indirect one where the test counts those and it is larger.
func (g *group) shares(id EntityID) []*Ownership {
	*g.links -= len(g.d.owns[id])
	var all []*Ownership
	for _, o := range g.d.owns[id] {
		if o.On(g.test.AsOf) && (o.Direct || g.test.Indirect) && o.Owned != id { // its own shares make nobody's larger
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b *Ownership) int { return strings.Compare(string(a.Owned), string(b.Owned)) })
	kept := all[:0]
	for _, o := range all {
		if n := len(kept); n > 0 && kept[n-1].Owned == o.Owned { // one is direct, the other not
			kept[n-1] = larger(kept[n-1], o)
			continue
		}
		kept = append(kept, o)
	}
	return kept
}

// larger is the larger of a pair's direct and published share, the direct one of equals, with the control that either says.
func larger(a, b *Ownership) *Ownership {
	if !a.Direct {
		a, b = b, a
	}
	if shareOf(b.Percent) > shareOf(a.Percent) {
		a, b = b, a
	}
	if b.Control && !a.Control {
		both := *a
		both.Control = true
		return &both
	}
	return a
}

// add counts a share in an entity, and brings the entity in once that passes the test.
func (g *group) add(from *node, o *Ownership) {
	n := g.node(o.Owned)
	if n.named {
		return
	}
	n.take(from, o)
	if n.joined {
		return
	}
	if _, passes := n.verdict(g.test); passes {
		n.joined = true
		n.reach(from, o)
		if g.test.Indirect {
			g.queue = append(g.queue, n)
		}
	}
}

// reach notes the chain that came to the node first.
func (n *node) reach(by *node, via *Ownership) {
	if n.by == nil {
		n.by, n.via, n.deep = by, via, by.deep+1
	}
}

func (n *node) take(from *node, o *Ownership) {
	s := shareOf(o.Percent)
	n.sum += s
	n.controlled = n.controlled || o.Control
	n.unknown = n.unknown || o.Percent == ""
	n.holdings = append(n.holdings, holding{from, o, s})
}

// verdict says whether what the group has passes the test, and why or why not.
func (n *node) verdict(t Test) (Why, bool) {
	c := n.compare(t.Percent)
	switch {
	case c > 0 || c == 0 && t.Op == AtLeast:
		return OwnedBy, true
	case n.controlled && t.Control:
		return ControlledBy, true
	case n.controlled:
		return ControlOnly, false
	case n.unknown:
		return ShareNotKnown, false
	}
	return BelowThreshold, false
}

// compare compares what the group has with a percentage, exactly.
func (n *node) compare(p corridor.Decimal) int {
	if n.product == nil {
		return cmp.Compare(n.sum, shareOf(p))
	}
	return n.product.Cmp(new(big.Int).Mul(big.NewInt(int64(shareOf(p))), n.scale))
}

// effective is the share as a percentage; what is beyond five digits after the point is cut off.
func (n *node) effective() corridor.Decimal {
	switch {
	case n.compare("0") == 0 && n.unknown:
		return ""
	case n.product != nil:
		return decimalOf(new(big.Int).Quo(n.product, n.scale))
	}
	return n.sum.decimal()
}

// betterThan says which of two groups' shares in the same entity is reported: one that brings it in, the larger, of equal
// ones that which controls, else that of the owner that was looked at first.
func (n *node) betterThan(old *node, t Test) bool {
	_, passes := n.verdict(t)
	if _, oldPasses := old.verdict(t); passes != oldPasses {
		return passes
	}
	c := cmp.Compare(n.sum, old.sum)
	if n.product != nil {
		c = new(big.Int).Mul(n.product, old.scale).Cmp(new(big.Int).Mul(old.product, n.scale))
	}
	return c > 0 || c == 0 && n.controlled && !old.controlled
}

// describe gives a result the node's holdings, the largest first.
func (n *node) describe(o *Owned) {
	if len(n.holdings) > 1 {
		slices.SortFunc(n.holdings, func(a, b holding) int {
			return cmp.Or(cmp.Compare(b.share, a.share), strings.Compare(string(a.by.id), string(b.by.id)))
		})
	}
	o.Holdings = make([]Holding, len(n.holdings))
	for i, h := range n.holdings {
		o.Holdings[i] = Holding{h.by.id, h.via.Percent, h.via.Direct, h.via.Control, h.via.From, h.via.Source}
	}
	o.chains = n.holdings
}

// path is the chain down to n, and then the last step.
func (n *node) path(last Step) Path {
	const half = MaxPathSteps / 2
	p := Path{Steps: []Step{last}}
	if links := n.deep + 1; links > MaxPathSteps {
		p.LeftOut = links - MaxPathSteps
	}
	for ; n.by != nil; n = n.by {
		if p.LeftOut > 0 && n.deep > half && len(p.Steps) >= half {
			continue
		}
		p.Steps = append(p.Steps, Step{Owner: n.by.id, Owned: n.id, Percent: n.via.Percent, Control: n.via.Control})
	}
	slices.Reverse(p.Steps)
	return p
}
