package mt

import "math/bits"

// sequences: seq, every, some, howmany, uniqueq, chain over the occurrences of a sequence.
func (p *predicateParser) sequences(name string) (operand, bool) {
	switch name {
	case "seq", "every", "some", "howmany", "uniqueq", "chain":
	default:
		return operand{}, false
	}
	path, id := p.sequence()
	o := occurrences{id: id, local: within(path, p.scope)}
	switch name {
	case "seq":
		return operand{b: &clause{holds: func(r *ruleRun) bool { return o.next(r, 0) >= 0 }}}, true
	case "uniqueq":
		return p.uniqueQualifiers(o, path), true
	case "chain":
		return p.chain(o, path), true
	case "howmany":
		if !p.accept(",") {
			return counted(func(r *ruleRun) int { return o.count(r, nil) }), true
		}
		holds := p.inside(path, p.condition)
		return counted(func(r *ruleRun) int { return o.count(r, holds.holds) }), true
	}
	p.expect(",")
	holds := p.inside(path, p.condition)
	if name == "some" {
		return operand{b: &clause{func(r *ruleRun) bool { return o.search(r, holds.holds, true) }, nil, holds.no}}, true
	}
	return operand{b: &clause{func(r *ruleRun) bool { return !o.search(r, holds.holds, false) }, holds.yes, nil}}, true
}

// inside parses with the sequence as the scope.
func (p *predicateParser) inside(path string, parse func() clause) clause {
	outer := p.scope
	p.scope = path
	p.inner++
	c := parse()
	p.scope = outer
	p.inner--
	return c
}

// occurrences are those of one sequence: inside the occurrence in question or anywhere.
type occurrences struct {
	id    int16
	local bool
}

func (o occurrences) next(r *ruleRun, i int) int {
	for ; i < len(r.v.seqs); i++ {
		s := &r.v.seqs[i]
		if s.id == o.id && (!o.local || int32(s.First) >= r.from && int32(s.End) <= r.to) {
			return i
		}
	}
	return -1
}

func (o occurrences) count(r *ruleRun, holds cond) int {
	n := 0
	for i := o.next(r, 0); i >= 0; i = o.next(r, i+1) {
		if holds == nil || o.holdsIn(r, i, holds) {
			n++
		}
	}
	return n
}

// search looks for an occurrence in which the condition gives want.
func (o occurrences) search(r *ruleRun, holds cond, want bool) bool {
	for i := o.next(r, 0); i >= 0; i = o.next(r, i+1) {
		if o.holdsIn(r, i, holds) == want {
			r.in, r.out = int32(r.v.seqs[i].First), int32(r.v.seqs[i].End)
			return true
		}
	}
	return false
}

func (o occurrences) holdsIn(r *ruleRun, i int, holds cond) bool {
	from, to := r.from, r.to
	r.from, r.to = int32(r.v.seqs[i].First), int32(r.v.seqs[i].End)
	ok := holds(r)
	r.from, r.to = from, to
	return ok
}

// uniqueQualifiers: each qualifier of the set stands in one occurrence at most.
func (p *predicateParser) uniqueQualifiers(o occurrences, path string) operand {
	p.expect(",")
	f := p.refInside(path)
	p.expect(",")
	set := p.set()
	return operand{b: &clause{yes: []tagSet{tagSet{}.with(f.num)}, holds: func(r *ruleRun) bool {
		seen := uint64(0)
		for i := o.next(r, 0); i >= 0; i = o.next(r, i+1) {
			here := o.qualifiers(r, i, f, set)
			if seen&here != 0 {
				return false
			}
			seen |= here
		}
		return true
	}}}
}

// qualifiers are those of the set that the fields of occurrence i have, one bit each.
func (o occurrences) qualifiers(r *ruleRun, i int, f *ref, set *wordSet) uint64 {
	outer := *r
	r.from, r.to = int32(r.v.seqs[i].First), int32(r.v.seqs[i].End)
	here := uint64(0)
	for i := f.find(r); i >= 0; i = f.next(r, i) {
		if n := set.index(r.v.fields[i].Qualifier()); n >= 0 {
			here |= 1 << n
			outer.at = i
		}
	}
	*r = outer
	return here
}

func (p *predicateParser) refInside(path string) *ref {
	outer := p.scope
	p.scope = path
	f := p.ref()
	p.scope = outer
	return f
}

// chain: whoever names a party names all that follow it: chain(E/E1, 95a, DEI2, DEI1, DECU, SELL).
func (p *predicateParser) chain(o occurrences, path string) operand {
	p.expect(",")
	f := p.refInside(path)
	var links []string
	for p.accept(",") {
		links = append(links, p.word())
	}
	set := newWordSet(links)
	needed := uint64(1)<<len(links) - 1
	return operand{b: &clause{yes: []tagSet{tagSet{}.with(f.num)}, holds: func(r *ruleRun) bool {
		seen := uint64(0)
		for i := o.next(r, 0); i >= 0; i = o.next(r, i+1) {
			seen |= o.qualifiers(r, i, f, set)
		}
		first := bits.TrailingZeros64(seen)
		return seen>>first == needed>>first
	}}}
}
