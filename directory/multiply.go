package directory

import "math/big"

// multiply follows all chains by the rule Multiplied, link by link: at step k an entity's weight is the sum of the products of all
// chains of exactly k links that end in it. Weights are whole numbers in units of whole to the k, so that nothing is rounded.
func (g *group) multiply() {
	steps := 1
	if g.test.Indirect {
		steps = MaxChain
	}
	weights, order := g.start()
	for k := 1; k <= steps && len(order) > 0 && *g.links >= 0; k++ {
		weights, order = g.step(weights, order)
		g.collect(weights)
	}
	if g.test.Control {
		g.control()
	}
}

// start gives each named owner all of itself.
func (g *group) start() (map[EntityID]*big.Int, []*member) {
	weights := map[EntityID]*big.Int{}
	for _, m := range g.queue {
		weights[m.id] = big.NewInt(1)
	}
	return weights, g.queue
}

// step goes one link on from every entity that has a weight.
func (g *group) step(weights map[EntityID]*big.Int, order []*member) (map[EntityID]*big.Int, []*member) {
	next, reached := map[EntityID]*big.Int{}, []*member(nil)
	var product big.Int
	for _, m := range order {
		first := m.links == nil
		if first {
			m.links = g.shares(m.id)
		}
		*g.links -= len(m.links)
		for _, o := range m.links {
			if g.isNamed(o.Owned) {
				continue
			}
			if first {
				g.stake(o.Owned).take(m, o)
			}
			if shareOf(o.Percent) == 0 {
				continue
			}
			if next[o.Owned] == nil {
				next[o.Owned] = new(big.Int)
				reached = append(reached, g.reach(m, o))
			}
			next[o.Owned].Add(next[o.Owned], product.Mul(weights[m.id], big.NewInt(int64(shareOf(o.Percent)))))
		}
	}
	return next, reached
}

// reach is the member that stands for an entity in the chains that go on from it.
func (g *group) reach(by *member, via *Ownership) *member {
	m := g.in[via.Owned]
	if m == nil {
		m = &member{id: via.Owned, by: by, via: via, deep: by.deep + 1}
		g.in[via.Owned] = m
	}
	return m
}

// collect adds the weights of one more link to the totals. All totals are in units of the same power of whole.
func (g *group) collect(weights map[EntityID]*big.Int) {
	if g.scale == nil {
		g.scale = big.NewInt(1)
	}
	g.scale = new(big.Int).Mul(g.scale, big.NewInt(int64(whole)))
	for _, s := range g.stakes {
		if s.product == nil {
			s.product = new(big.Int)
		}
		s.product.Mul(s.product, big.NewInt(int64(whole)))
		s.scale = g.scale
	}
	for id, w := range weights {
		s := g.stakes[id]
		s.product.Add(s.product, new(big.Int).Mul(w, big.NewInt(int64(whole))))
	}
}

// control follows the chains in which each controls the next: only those make controlled what is looked at.
func (g *group) control() {
	for _, s := range g.stakes {
		s.controlled = false
	}
	seen := map[EntityID]bool{}
	for queue := g.queue; len(queue) > 0; queue = queue[1:] {
		for _, o := range g.shares(queue[0].id) {
			if !o.Control || g.isNamed(o.Owned) || seen[o.Owned] {
				continue
			}
			seen[o.Owned] = true
			s := g.stake(o.Owned)
			if s.controlled = true; len(s.holdings) == 0 {
				s.take(queue[0], o)
			}
			queue = append(queue, g.reach(queue[0], o))
		}
	}
}
