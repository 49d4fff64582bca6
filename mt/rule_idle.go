package mt

// tagSet is a set of field numbers below 128.
type tagSet [2]uint64

func (s tagSet) with(num uint16) tagSet {
	if num < 128 {
		s[num/64] |= 1 << (num % 64)
	}
	return s
}

func (s tagSet) union(t tagSet) tagSet { return tagSet{s[0] | t[0], s[1] | t[1]} }

func (s tagSet) disjoint(t tagSet) bool { return s[0]&t[0] == 0 && s[1]&t[1] == 0 }

func tagsOf(refs []*ref) tagSet {
	var s tagSet
	for _, r := range refs {
		s = s.with(r.num)
	}
	return s
}

// clause is a condition with what is known of it beforehand: it is certainly true in a message that has no field of
// one of the sets in yes, and certainly false in one that has no field of one of the sets in no. Most rules speak of
// fields that most messages do not have, and are passed over so.
type clause struct {
	holds   cond
	yes, no []tagSet
}

// both is true when neither of two is missing: every pair of their sets, within reason.
func both(a, b []tagSet) []tagSet {
	var list []tagSet
	for _, x := range a {
		for _, y := range b {
			if len(list) < maxIdleSets {
				list = append(list, x.union(y))
			}
		}
	}
	return list
}

// either keeps the sets of two, within reason.
func either(a, b []tagSet) []tagSet {
	list := append(a[:len(a):len(a)], b...)
	return list[:min(len(list), maxIdleSets)]
}

func (a clause) and(b clause) clause {
	return clause{func(r *ruleRun) bool { return a.holds(r) && b.holds(r) }, both(a.yes, b.yes), either(a.no, b.no)}
}

func (a clause) or(b clause) clause {
	return clause{func(r *ruleRun) bool { return a.holds(r) || b.holds(r) }, either(a.yes, b.yes), both(a.no, b.no)}
}

func (a clause) not() clause {
	return clause{func(r *ruleRun) bool { return !a.holds(r) }, a.no, a.yes}
}

// implies is "if a then b".
func (a clause) implies(b clause) clause {
	return clause{func(r *ruleRun) bool { return !a.holds(r) || b.holds(r) }, either(b.yes, a.no), both(a.yes, b.no)}
}

// choose is "if a then b else c".
func (a clause) choose(b, c clause) clause {
	return clause{
		holds: func(r *ruleRun) bool {
			if a.holds(r) {
				return b.holds(r)
			}
			return c.holds(r)
		},
		yes: either(both(a.no, c.yes), either(both(a.yes, b.yes), both(b.yes, c.yes))),
		no:  either(both(a.no, c.no), both(b.no, c.no)),
	}
}

// idle reports that a message without these fields keeps the rule for certain.
func (r *compiledRule) idle(present tagSet) bool {
	for _, s := range r.yes {
		if s.disjoint(present) {
			return true
		}
	}
	return false
}
