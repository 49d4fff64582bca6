package directory

import "math/big"

// multiply follows all chains by the rule Multiplied, link by link: at step k an entity's weight is the sum of the products of all
// chains of exactly k links that end in it. Weights are whole numbers in units of whole to the k, so that nothing is rounded.
func (g *group) multiply() {
	steps := 1
	if g.test.Indirect {
		steps = MaxChain
	}
	named := g.queue
	weights := map[*node]*big.Int{}
	for _, n := range named {
		weights[n] = big.NewInt(1)
	}
	g.scale = big.NewInt(1)
	for order := named; len(order) > 0 && steps > 0 && *g.links >= 0; steps-- {
		weights, order = g.step(weights, order)
		g.collect(weights)
	}
	g.control(named)
}

// step goes one link on from every entity that has a weight.
func (g *group) step(weights map[*node]*big.Int, order []*node) (next map[*node]*big.Int, reached []*node) {
	next = map[*node]*big.Int{}
	var product, factor big.Int
	for _, from := range order {
		for _, o := range g.follow(from) {
			n := g.node(o.Owned)
			if n.named || shareOf(o.Percent) == 0 {
				continue
			}
			if next[n] == nil {
				next[n] = new(big.Int)
				n.reach(from, o)
				reached = append(reached, n)
			}
			next[n].Add(next[n], product.Mul(weights[from], factor.SetInt64(int64(shareOf(o.Percent)))))
		}
	}
	return next, reached
}

// follow are the shares of a node; each is a holding once, however often chains pass.
func (g *group) follow(from *node) []*Ownership {
	if from.joined && from.links != nil {
		*g.links -= len(from.links)
		return from.links
	}
	from.joined, from.links = true, g.shares(from.id)
	for _, o := range from.links {
		if n := g.node(o.Owned); !n.named {
			n.take(from, o)
		}
	}
	return from.links
}

// collect adds the weights of one more link to the totals. All totals are in units of the same power of whole.
func (g *group) collect(weights map[*node]*big.Int) {
	unit := big.NewInt(int64(whole))
	g.scale = new(big.Int).Mul(g.scale, unit)
	for _, n := range g.nodes {
		if n.product == nil {
			n.product = new(big.Int)
		}
		n.product.Mul(n.product, unit)
		n.scale = g.scale
	}
	for n, w := range weights {
		n.product.Add(n.product, new(big.Int).Mul(w, unit))
	}
}

// control follows the chains in which each controls the next: only those make controlled what is looked at.
func (g *group) control(named []*node) {
	controlled := map[*node]bool{}
	for queue := named; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for _, o := range g.shares(from.id) {
			if !o.Control {
				continue
			}
			n := g.node(o.Owned)
			if n.named {
				continue
			}
			if !from.joined { // no chain of shares went on from here
				n.take(from, o)
			}
			if n.product == nil {
				n.product, n.scale = new(big.Int), g.scale
			}
			if g.test.Indirect && !controlled[n] {
				queue = append(queue, n)
			}
			controlled[n] = true
			n.reach(from, o)
		}
	}
	for _, n := range g.nodes {
		n.controlled = controlled[n]
	}
}
