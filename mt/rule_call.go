package mt

// fieldText is a function from one field to a text: val, code, ccy …
type fieldText func(*Field) string

func fieldTextNamed(name string) fieldText {
	switch name {
	case "val":
		return valueOf
	case "opt":
		return optionOf
	case "code":
		return codeOf
	case "qual":
		return (*Field).Qualifier
	case "dss":
		return schemeOf
	case "ccy":
		return currencyOf
	case "ccy2":
		return currencyPairOf
	case "acct":
		return accountOf
	case "bic":
		return bicOf
	}
	return nil
}

// call compiles a function call; the opening bracket is behind, the closing one is the caller's.
func (p *predicateParser) call(name string) operand {
	if f := fieldTextNamed(name); f != nil {
		one, of := p.field()
		return operand{s: textOf(f, one), of: of}
	}
	for _, group := range []func(string) (operand, bool){p.presence, p.arithmetic, p.texts, p.lists, p.quantifier, p.sequences} {
		if o, ok := group(name); ok {
			return o
		}
	}
	p.fail("function %q is not known", name)
	return operand{b: &clause{}}
}

func textOf(f fieldText, one pick) text {
	return func(r *ruleRun) string {
		i := one(r)
		if i < 0 {
			return ""
		}
		return f(&r.v.fields[i])
	}
}

// presence: present, absent, anyof, oneof, atmostone over refs.
func (p *predicateParser) presence(name string) (operand, bool) {
	switch name {
	case "present", "absent", "anyof", "oneof", "atmostone":
	default:
		return operand{}, false
	}
	refs := p.refs()
	all := []tagSet{tagsOf(refs)}
	c := clause{}
	switch name {
	case "present":
		c.holds = func(r *ruleRun) bool { return howManyOf(r, refs) == len(refs) }
		for _, f := range refs {
			c.no = either(c.no, []tagSet{tagSet{}.with(f.num)})
		}
	case "absent":
		c = clause{func(r *ruleRun) bool { return !anyOf(r, refs) }, all, nil}
	case "anyof":
		c = clause{func(r *ruleRun) bool { return anyOf(r, refs) }, nil, all}
	case "oneof":
		c = clause{func(r *ruleRun) bool { return howManyOf(r, refs) == 1 }, nil, all}
	case "atmostone":
		c = clause{func(r *ruleRun) bool { return howManyOf(r, refs) <= 1 }, all, nil}
	}
	return operand{b: &c}, true
}

func anyOf(r *ruleRun, refs []*ref) bool {
	for _, f := range refs {
		if f.find(r) >= 0 {
			return true
		}
	}
	return false
}

func howManyOf(r *ruleRun, refs []*ref) int {
	n := 0
	for _, f := range refs {
		if f.find(r) >= 0 {
			n++
		}
	}
	return n
}

// arithmetic: count, size, copied, amt, sum.
func (p *predicateParser) arithmetic(name string) (operand, bool) {
	switch name {
	case "count":
		f := p.ref()
		return counted(func(r *ruleRun) int { return f.count(r) }), true
	case "size":
		return counted(func(r *ruleRun) int { return int(r.to - r.from) }), true
	case "copied":
		return counted(func(r *ruleRun) int { return r.v.copied }), true
	case "amt":
		one, of := p.field()
		return operand{n: func(r *ruleRun) (decimal, bool) {
			i := one(r)
			if i < 0 {
				return decimal{}, false
			}
			return amountOf(&r.v.fields[i])
		}, of: of}, true
	case "sum":
		f := p.ref()
		return operand{n: func(r *ruleRun) (decimal, bool) { return sumOf(r, f) }}, true
	}
	return operand{}, false
}

func counted(f func(*ruleRun) int) operand {
	return operand{n: func(r *ruleRun) (decimal, bool) { return decimal{whole: int64(f(r))}, true }}
}

func sumOf(r *ruleRun, f *ref) (total decimal, ok bool) {
	for i := f.find(r); i >= 0; i = f.next(r, i) {
		d, ok := amountOf(&r.v.fields[i])
		if !ok {
			return total, false
		}
		total = total.plus(d)
	}
	return total, true
}

// lists: same, distinct, onlyonce, ordered, onceq over the values of several fields.
func (p *predicateParser) lists(name string) (operand, bool) {
	fn := (*Field).Qualifier
	switch name {
	case "onceq":
	case "same", "distinct", "onlyonce", "ordered", "apart":
		if fn = fieldTextNamed(p.word()); fn == nil {
			p.fail("%s needs a function of a field first", name)
		}
		p.expect(",")
	default:
		return operand{}, false
	}
	c := clause{}
	if name == "same" {
		refs := p.refs()
		c = clause{func(r *ruleRun) bool { return allSame(r, fn, refs) }, []tagSet{tagsOf(refs)}, nil}
		return operand{b: &c}, true
	}
	f := p.ref()
	c.yes = []tagSet{tagSet{}.with(f.num)}
	c.holds = p.listTest(name, fn, f)
	return operand{b: &c}, true
}

// listTest reads the sets that a test of a list of values needs.
func (p *predicateParser) listTest(name string, fn fieldText, f *ref) cond {
	if name == "distinct" {
		return func(r *ruleRun) bool { return allDistinct(r, fn, f) }
	}
	p.expect(",")
	set := p.set()
	if len(set.words) > maxSetWords {
		p.fail("a set of words that count once has %d at most", maxSetWords)
	}
	switch name {
	case "onlyonce", "onceq":
		return func(r *ruleRun) bool { return onlyOnce(r, fn, f, set) }
	case "ordered":
		return func(r *ruleRun) bool { return inOrder(r, fn, f, set) }
	}
	p.expect(",")
	other := p.set()
	return func(r *ruleRun) bool { return keptApart(r, fn, f, set, other) }
}

// allSame leaves out fields that have no such value: their own format is at fault then.
func allSame(r *ruleRun, fn fieldText, refs []*ref) bool {
	first := ""
	for _, f := range refs {
		for i := f.find(r); i >= 0; i = f.next(r, i) {
			switch s := fn(&r.v.fields[i]); {
			case s == "" || s == first:
			case first == "":
				first = s
			default:
				return false
			}
		}
	}
	return true
}

func allDistinct(r *ruleRun, fn fieldText, f *ref) bool {
	if f.count(r) > maxPairs {
		return allDistinctOfMany(r, fn, f)
	}
	for i := f.find(r); i >= 0; i = f.next(r, i) {
		s := fn(&r.v.fields[i])
		for j := f.next(r, i); j >= 0; j = f.next(r, j) {
			if fn(&r.v.fields[j]) == s {
				r.at = j
				return false
			}
		}
	}
	return true
}

func allDistinctOfMany(r *ruleRun, fn fieldText, f *ref) bool {
	seen := map[string]bool{}
	for i := f.find(r); i >= 0; i = f.next(r, i) {
		s := fn(&r.v.fields[i])
		if seen[s] {
			r.at = i
			return false
		}
		seen[s] = true
	}
	return true
}

// onlyOnce remembers the words it has seen, a bit each.
func onlyOnce(r *ruleRun, fn fieldText, f *ref, set *wordSet) bool {
	seen := uint64(0)
	for i := f.find(r); i >= 0; i = f.next(r, i) {
		n := set.index(fn(&r.v.fields[i]))
		if n < 0 {
			continue
		}
		if seen&(1<<n) != 0 {
			r.at = i
			return false
		}
		seen |= 1 << n
	}
	return true
}

func inOrder(r *ruleRun, fn fieldText, f *ref, set *wordSet) bool {
	last := -1
	for i := f.find(r); i >= 0; i = f.next(r, i) {
		n := set.index(fn(&r.v.fields[i]))
		if n < 0 {
			continue
		}
		if n < last {
			r.at = i
			return false
		}
		last = n
	}
	return true
}

// keptApart: no value of one set beside a value of the other.
func keptApart(r *ruleRun, fn fieldText, f *ref, one, other *wordSet) bool {
	a, b := int32(-1), int32(-1)
	for i := f.find(r); i >= 0; i = f.next(r, i) {
		s := fn(&r.v.fields[i])
		if a < 0 && one.has(s) {
			a = i
		}
		if b < 0 && other.has(s) {
			b = i
		}
	}
	if a >= 0 && b >= 0 {
		r.at = max(a, b)
		return false
	}
	return true
}

// quantifier: each, any, num over the fields of a ref; $ stands for the field.
func (p *predicateParser) quantifier(name string) (operand, bool) {
	switch name {
	case "each", "any", "num":
	default:
		return operand{}, false
	}
	f := p.ref()
	p.expect(",")
	holds := p.condition().holds
	of := []tagSet{tagSet{}.with(f.num)}
	switch name {
	case "each":
		return operand{b: &clause{func(r *ruleRun) bool { return !exists(r, f, holds, false) }, of, nil}}, true
	case "any":
		return operand{b: &clause{func(r *ruleRun) bool { return exists(r, f, holds, true) }, nil, of}}, true
	}
	return counted(func(r *ruleRun) int {
		n := 0
		outer := r.it
		for i := f.find(r); i >= 0; i = f.next(r, i) {
			if r.it = i; holds(r) {
				n++
			}
		}
		r.it = outer
		return n
	}), true
}

// exists looks for a field for which the condition gives want, and remembers it as the one to blame.
func exists(r *ruleRun, f *ref, holds cond, want bool) bool {
	outer, found := r.it, false
	for i := f.find(r); i >= 0 && !found; i = f.next(r, i) {
		r.it = i
		if found = holds(r) == want; found {
			r.at = i
		}
	}
	r.it = outer
	return found
}
