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
	d      *Directory
	test   Test
	root   EntityID
	in     map[EntityID]*member
	stakes map[EntityID]*stake // in entities that are not named owners
	queue  []*member
	links  *int     // that this closure may still look at
	scale  *big.Int // of the totals by the rule Multiplied
}

// stake is what a group has in an entity.
type stake struct {
	root       EntityID
	sum        share    // by the rule Wholly
	product    *big.Int // by the rule Multiplied, in units of scale; nil under the other rule
	scale      *big.Int // of a hundred-thousandth of a percent
	controlled bool
	unknown    bool // a share whose percentage is not known
	holdings   []stakeHolding
}

type stakeHolding struct {
	by  *member
	via *Ownership
}

func (d *Directory) newGroup(t Test, roots []EntityID, links *int) *group {
	g := &group{d: d, test: t, root: roots[0], in: map[EntityID]*member{}, stakes: map[EntityID]*stake{}, links: links}
	for _, r := range roots {
		m := &member{id: r}
		g.in[r] = m
		g.queue = append(g.queue, m)
	}
	return g
}

// grow brings in everything that the test brings in.
func (g *group) grow() {
	if g.test.Chain == Multiplied {
		g.multiply()
		return
	}
	for len(g.queue) > 0 && *g.links >= 0 {
		m := g.queue[0]
		g.queue = g.queue[1:]
		for _, o := range g.shares(m.id) {
			g.add(m, o)
		}
	}
}

// shares are what an entity has in others on the test's day: for each the direct share, or the published indirect one where the
// test counts those and it is larger.
func (g *group) shares(id EntityID) []*Ownership {
	*g.links -= len(g.d.owns[id])
	pairs := slices.SortedFunc(slices.Values(g.d.owns[id]), comparePairs)
	all := make([]*Ownership, 0, len(pairs))
	for _, p := range pairs {
		if p.owned == id {
			continue // its own shares make nobody's share larger
		}
		if o := g.share(p); o != nil {
			all = append(all, o)
		}
	}
	return all
}

func (g *group) share(p pair) *Ownership {
	var best *Ownership
	for _, o := range g.d.ownerships[p] {
		switch {
		case !o.On(g.test.AsOf) || !o.Direct && !g.test.Indirect:
		case best == nil:
			best = o
		default: // one is direct, the other not
			best = larger(best, o)
		}
	}
	return best
}

// larger is the larger of a pair's direct and published share, with the control that either says.
func larger(a, b *Ownership) *Ownership {
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

// add counts a member's share in an entity, and brings the entity in once that passes the test.
func (g *group) add(m *member, o *Ownership) {
	if g.isNamed(o.Owned) {
		return
	}
	s := g.stake(o.Owned)
	s.take(m, o)
	if _, passes := s.verdict(g.test); passes && g.in[o.Owned] == nil {
		in := &member{id: o.Owned, by: m, via: o, deep: m.deep + 1}
		g.in[o.Owned] = in
		if g.test.Indirect {
			g.queue = append(g.queue, in)
		}
	}
}

// isNamed reports one of the group's named owners: nobody's share makes it more theirs.
func (g *group) isNamed(id EntityID) bool {
	m := g.in[id]
	return m != nil && m.by == nil
}

func (g *group) stake(id EntityID) *stake {
	s := g.stakes[id]
	if s == nil {
		s = &stake{root: g.root}
		g.stakes[id] = s
	}
	return s
}

func (s *stake) take(m *member, o *Ownership) {
	s.sum += shareOf(o.Percent)
	s.controlled = s.controlled || o.Control
	s.unknown = s.unknown || o.Percent == ""
	s.holdings = append(s.holdings, stakeHolding{m, o})
}

// verdict says whether what the group has passes the test, and why or why not.
func (s *stake) verdict(t Test) (Why, bool) {
	c := s.compare(t.Percent)
	switch {
	case c > 0 || c == 0 && t.Op == AtLeast:
		return OwnedBy, true
	case s.controlled && t.Control:
		return ControlledBy, true
	case s.controlled:
		return ControlOnly, false
	case s.unknown:
		return ShareNotKnown, false
	}
	return BelowThreshold, false
}

// compare compares what the group has with a percentage, exactly.
func (s *stake) compare(p corridor.Decimal) int {
	if s.product == nil {
		return cmp.Compare(s.sum, shareOf(p))
	}
	return s.product.Cmp(new(big.Int).Mul(big.NewInt(int64(shareOf(p))), s.scale))
}

// effective is the share as a percentage; what is beyond five digits after the point is cut off.
func (s *stake) effective() corridor.Decimal {
	switch {
	case s.product != nil:
		return decimalOf(new(big.Int).Quo(s.product, s.scale))
	case s.sum == 0 && s.unknown:
		return ""
	}
	return s.sum.decimal()
}

// betterThan says which of two groups' stakes in the same entity is reported: one that brings it in, the larger, that of the
// first owner.
func (s *stake) betterThan(old *stake, t Test) bool {
	_, passes := s.verdict(t)
	if _, oldPasses := old.verdict(t); passes != oldPasses {
		return passes
	}
	c := cmp.Compare(s.sum, old.sum)
	if s.product != nil {
		c = new(big.Int).Mul(s.product, old.scale).Cmp(new(big.Int).Mul(old.product, s.scale))
	}
	return c > 0 || c == 0 && s.root < old.root
}

// describe gives a result the stake's holdings, the largest first.
func (s *stake) describe(o *Owned) {
	slices.SortFunc(s.holdings, func(a, b stakeHolding) int {
		return cmp.Or(cmp.Compare(shareOf(b.via.Percent), shareOf(a.via.Percent)), strings.Compare(string(a.by.id), string(b.by.id)))
	})
	for _, h := range s.holdings {
		o.Holdings = append(o.Holdings, Holding{h.by.id, h.via.Percent, h.via.Direct, h.via.Control, h.via.From, h.via.Source})
		o.chains = append(o.chains, h.by)
	}
}
