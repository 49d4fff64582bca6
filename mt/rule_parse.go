package mt

import (
	"fmt"
	"strconv"
	"strings"
)

// What a predicate is made of once it is compiled: functions over one run, so that a check costs no look-ups
// by name and no memory.
type (
	cond   func(*ruleRun) bool
	text   func(*ruleRun) string
	number func(*ruleRun) (decimal, bool)
	pick   func(*ruleRun) int32 // a field, or -1
)

// operand is a part of a predicate: exactly one of its functions is set. A text that is not constant is empty, and a
// number not there, in a message without any of the fields in of.
type operand struct {
	b        *clause
	s        text
	n        number
	constant bool
	word     string // of a constant text
	of       []tagSet
}

// predicateParser compiles one predicate for one type. The first mistake is kept in err and ends the parse.
type predicateParser struct {
	src   string
	pos   int
	scope string // path of the sequence that refs without a path look into
	seqs  sequenceIDs
	sets  [2]map[string]*wordSet // of the file, of all files
	iban  func(string) bool
	named []ref // in the order they are written
	inner int   // how many every() and their like stand around
	err   error
}

func (p *predicateParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("at %q: %w", p.src[min(p.pos, len(p.src)):], fmt.Errorf(format, args...))
	}
	p.pos = len(p.src)
}

func (p *predicateParser) parse() (clause, error) {
	c := p.condition()
	if p.skip(); p.pos < len(p.src) {
		p.fail("expected the end of the predicate")
	}
	return c, p.err
}

func (p *predicateParser) skip() {
	for p.pos < len(p.src) && p.src[p.pos] == ' ' {
		p.pos++
	}
}

// accept takes a sign such as "(" or "<=" if it comes next.
func (p *predicateParser) accept(sign string) bool {
	p.skip()
	if !strings.HasPrefix(p.src[p.pos:], sign) {
		return false
	}
	p.pos += len(sign)
	return true
}

func (p *predicateParser) expect(sign string) {
	if !p.accept(sign) {
		p.fail("expected %q", sign)
	}
}

// keyword takes a word such as "then" if it comes next and is not the start of a longer one.
func (p *predicateParser) keyword(w string) bool {
	p.skip()
	rest := p.src[p.pos:]
	if !strings.HasPrefix(rest, w) || len(rest) > len(w) && wordChar(rest[len(w)]) {
		return false
	}
	p.pos += len(w)
	return true
}

func wordChar(c byte) bool {
	return capital(c) || digit(c) || c == '_' || 'a' <= c && c <= 'z'
}

func (p *predicateParser) word() string {
	p.skip()
	from := p.pos
	for p.pos < len(p.src) && wordChar(p.src[p.pos]) {
		p.pos++
	}
	if from == p.pos {
		p.fail("expected a word")
	}
	return p.src[from:p.pos]
}

func (p *predicateParser) quoted() string {
	n := strings.IndexByte(p.src[p.pos:], '"')
	if n < 0 {
		p.fail("a text ends with a double quote")
		return ""
	}
	s := p.src[p.pos : p.pos+n]
	p.pos += n + 1
	return s
}

// condition is "if A then B else C", or alternatives joined by "or".
func (p *predicateParser) condition() clause {
	if !p.keyword("if") {
		return p.or()
	}
	a := p.condition()
	if !p.keyword("then") {
		p.fail("expected \"then\"")
	}
	b := p.condition()
	if !p.keyword("else") {
		return a.implies(b)
	}
	return a.choose(b, p.condition())
}

func (p *predicateParser) or() clause {
	a := p.and()
	for p.keyword("or") {
		a = a.or(p.and())
	}
	return a
}

func (p *predicateParser) and() clause {
	a := p.not()
	for p.keyword("and") {
		a = a.and(p.not())
	}
	return a
}

func (p *predicateParser) not() clause {
	if p.keyword("not") {
		return p.not().not()
	}
	return p.comparison()
}

func (p *predicateParser) comparison() clause {
	left := p.sum()
	if p.keyword("in") {
		return p.membership(left)
	}
	for _, sign := range []string{"!=", "<=", ">=", "=", "<", ">"} {
		if p.accept(sign) {
			return p.compare(left, sign, p.sum())
		}
	}
	if left.b == nil {
		p.fail("expected a condition, not a value")
		return clause{}
	}
	return *left.b
}

func (p *predicateParser) membership(left operand) clause {
	set := p.set()
	if left.s == nil {
		p.fail("only a text can be in a set")
		return clause{}
	}
	s := left.s
	return clause{holds: func(r *ruleRun) bool { return set.has(s(r)) }, no: left.of}
}

func (p *predicateParser) compare(left operand, sign string, right operand) clause {
	switch {
	case left.s != nil && right.s != nil:
		return compareTexts(left, sign, right)
	case left.n != nil && right.n != nil:
		return compareNumbers(left, sign, right)
	}
	p.fail("a number can be compared with a number, a text with a text")
	return clause{}
}

func compareTexts(left operand, sign string, right operand) clause {
	a, b, word := left.s, right.s, right.word
	c := clause{}
	switch {
	case right.constant && sign == "=":
		c.holds = func(r *ruleRun) bool { return a(r) == word }
	case right.constant && sign == "!=":
		c.holds = func(r *ruleRun) bool { return a(r) != word }
	default:
		holds := outcome(sign)
		c.holds = func(r *ruleRun) bool { return holds(strings.Compare(a(r), b(r))) }
		return c
	}
	if (sign == "=") == (word == "") {
		c.yes = left.of
	} else {
		c.no = left.of
	}
	return c
}

func compareNumbers(left operand, sign string, right operand) clause {
	a, b, holds := left.n, right.n, outcome(sign)
	c := clause{holds: func(r *ruleRun) bool {
		x, okX := a(r)
		y, okY := b(r)
		if !okX || !okY {
			return sign == "!="
		}
		return holds(x.compare(y))
	}}
	if sign == "!=" {
		c.yes = either(left.of, right.of)
	} else {
		c.no = either(left.of, right.of)
	}
	return c
}

func outcome(sign string) func(int) bool {
	switch sign {
	case "=":
		return func(c int) bool { return c == 0 }
	case "!=":
		return func(c int) bool { return c != 0 }
	case "<":
		return func(c int) bool { return c < 0 }
	case "<=":
		return func(c int) bool { return c <= 0 }
	case ">":
		return func(c int) bool { return c > 0 }
	}
	return func(c int) bool { return c >= 0 }
}

// set is {A,B,"MAY ADD"} or @NAME.
func (p *predicateParser) set() *wordSet {
	if p.accept("@") {
		name := p.word()
		s := p.sets[0][name]
		if s == nil {
			s = p.sets[1][name]
		}
		if s == nil {
			p.fail("set @%s is not defined in sets.txt", name)
			return newWordSet(nil)
		}
		return s
	}
	p.expect("{")
	var words []string
	for p.err == nil {
		if p.accept(`"`) {
			words = append(words, p.quoted())
		} else {
			words = append(words, p.word())
		}
		if p.accept("}") {
			break
		}
		p.expect(",")
	}
	return newWordSet(words)
}

// sum is one value, or numbers joined by "+".
func (p *predicateParser) sum() operand {
	a := p.primary()
	for p.accept("+") {
		left, right := a.n, p.primary().n
		if left == nil || right == nil {
			p.fail("only numbers can be added")
			return a
		}
		a = operand{n: func(r *ruleRun) (decimal, bool) {
			x, okX := left(r)
			y, okY := right(r)
			return x.plus(y), okX && okY
		}}
	}
	return a
}

func (p *predicateParser) primary() operand {
	switch {
	case p.accept("("):
		c := p.condition()
		p.expect(")")
		return operand{b: &c}
	case p.accept(`"`):
		return constant(p.quoted())
	}
	w := p.word()
	if w != "" && digit(w[0]) {
		return p.number(w)
	}
	if p.pos < len(p.src) && p.src[p.pos] == '(' {
		p.pos++
		o := p.call(w)
		p.expect(")")
		return o
	}
	switch w {
	case "sender":
		return operand{s: func(r *ruleRun) string { return r.v.sender }}
	case "receiver":
		return operand{s: func(r *ruleRun) string { return r.v.receiver }}
	}
	return constant(w)
}

func constant(s string) operand {
	return operand{s: func(*ruleRun) string { return s }, constant: true, word: s}
}

func (p *predicateParser) number(w string) operand {
	n, err := strconv.Atoi(w)
	if err != nil {
		p.fail("%q is not a number; put a text of digits in double quotes", w)
	}
	d := decimal{whole: int64(n)}
	return operand{n: func(*ruleRun) (decimal, bool) { return d, true }}
}

// ref reads a reference to fields and remembers it as named.
func (p *predicateParser) ref() *ref {
	p.skip()
	from := p.pos
	for p.pos < len(p.src) && (wordChar(p.src[p.pos]) || strings.IndexByte("/:|[]-", p.src[p.pos]) >= 0) {
		p.pos++
	}
	r, err := parseRef(p.src[from:p.pos], p.scope, p.seqs)
	if err != nil {
		p.fail("%w", err)
	}
	r.inner = p.inner > 0
	p.named = append(p.named, r)
	return &r
}

func (p *predicateParser) refs() []*ref {
	list := []*ref{p.ref()}
	for p.accept(",") {
		list = append(list, p.ref())
	}
	return list
}

// field reads what stands for one field: $, nth(ref,n), or a ref, which means its first.
func (p *predicateParser) field() (pick, []tagSet) {
	if p.accept("$") {
		return func(r *ruleRun) int32 { return r.it }, nil
	}
	if p.keyword("nth") {
		p.expect("(")
		f := p.ref()
		p.expect(",")
		n := p.natural()
		p.expect(")")
		return func(r *ruleRun) int32 {
			i := f.find(r)
			for k := 1; k < n && i >= 0; k++ {
				i = f.next(r, i)
			}
			return i
		}, []tagSet{tagSet{}.with(f.num)}
	}
	f := p.ref()
	return f.find, []tagSet{tagSet{}.with(f.num)}
}

func (p *predicateParser) natural() int {
	n, err := strconv.Atoi(p.word())
	if err != nil {
		p.fail("expected a number")
	}
	return n
}

// sequence reads the path of a sequence.
func (p *predicateParser) sequence() (path string, id int16) {
	p.skip()
	from := p.pos
	for p.pos < len(p.src) && (wordChar(p.src[p.pos]) || p.src[p.pos] == '/') {
		p.pos++
	}
	path = p.src[from:p.pos]
	id, ok := p.seqs(path)
	if !ok {
		p.fail("sequence %q is not in the type's structure", path)
	}
	return path, id
}
