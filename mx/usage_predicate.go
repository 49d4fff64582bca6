package mx

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// What a predicate is made of once it is compiled: functions over one run, so that a check looks up no names.
type (
	condition func(*ruleRun) bool
	value     func(*ruleRun) ([]byte, bool)
	number    func(*ruleRun) (amount, bool)
)

// ruleRun is one evaluation: the message and the node of the rule's scope.
type ruleRun struct {
	t  *Tree
	at int
}

// ref is a path of a predicate. It starts at the scope, some levels above it, or at the header's or the document's
// root; every element of the path that stands there is meant.
type ref struct {
	up   int // levels above the scope
	top  bool
	elem Elem
	ccy  bool // the attribute Ccy
}

// base is the node below which the ref is looked for; -1 is the whole message.
func (x *ref) base(r *ruleRun) int {
	if x.top {
		return -1
	}
	n := r.at
	for i := 0; i < x.up; i++ {
		n = r.t.parent(n)
	}
	return n
}

// first is the first node that the ref means, or -1.
func (x *ref) first(r *ruleRun) int { return r.t.under(x.base(r), x.elem) }

// next is the one after n, or -1.
func (x *ref) next(r *ruleRun, n int) int { return r.t.nextUnder(x.base(r), n) }

// get is the text of node n, or its currency.
func (x *ref) get(r *ruleRun, n int) []byte {
	if x.ccy {
		return r.t.ccy(n)
	}
	return r.t.text(n)
}

// value is the text of the first node.
func (x *ref) value(r *ruleRun) ([]byte, bool) {
	n := x.first(r)
	if n < 0 {
		return nil, false
	}
	v := x.get(r, n)
	return v, !x.ccy || len(v) > 0
}

// predicateParser compiles a predicate for one scope. The first mistake is kept in err and ends the parse.
type predicateParser struct {
	src   string
	pos   int
	m     *model
	scope Elem
	lost  bool // a path that the message does not have
	// what the header's BizSvc may say
	services []string
	err      error
}

func (p *predicateParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("at %q: %w", p.src[min(p.pos, len(p.src)):], fmt.Errorf(format, args...))
	}
	p.pos = len(p.src)
}

func (p *predicateParser) parse() condition {
	c := p.condition()
	if p.skip(); p.pos < len(p.src) {
		p.fail("expected the end of the predicate")
	}
	return c
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
	if !strings.HasPrefix(rest, w) || len(rest) > len(w) && refByte(rest[len(w)]) {
		return false
	}
	p.pos += len(w)
	return true
}

func refByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || c == '/' || c == '.' || c == '@'
}

// word takes what may be a path, a function's name or a number.
func (p *predicateParser) word() string {
	p.skip()
	i := p.pos
	for p.pos < len(p.src) && refByte(p.src[p.pos]) {
		p.pos++
	}
	if i == p.pos {
		p.fail("expected a path, a function or a value")
	}
	return p.src[i:p.pos]
}

// condition := "if" condition "then" condition ["else" condition] | and {"or" and}
func (p *predicateParser) condition() condition {
	if p.keyword("if") {
		a := p.condition()
		if !p.keyword("then") {
			p.fail("expected then")
		}
		b := p.condition()
		if !p.keyword("else") {
			return func(r *ruleRun) bool { return !a(r) || b(r) }
		}
		c := p.condition()
		return func(r *ruleRun) bool {
			if a(r) {
				return b(r)
			}
			return c(r)
		}
	}
	a := p.and()
	for p.keyword("or") {
		left, right := a, p.and()
		a = func(r *ruleRun) bool { return left(r) || right(r) }
	}
	return a
}

func (p *predicateParser) and() condition {
	a := p.not()
	for p.keyword("and") {
		left, right := a, p.not()
		a = func(r *ruleRun) bool { return left(r) && right(r) }
	}
	return a
}

func (p *predicateParser) not() condition {
	if p.keyword("not") {
		a := p.not()
		return func(r *ruleRun) bool { return !a(r) }
	}
	if p.accept("(") {
		a := p.condition()
		p.expect(")")
		return a
	}
	return p.primary()
}

// primary is a call or a comparison.
func (p *predicateParser) primary() condition {
	start := p.pos
	if p.skip(); p.pos < len(p.src) && p.src[p.pos] != '"' {
		w := p.word()
		if call := conditionCall(w); call != nil {
			p.expect("(")
			c := call(p)
			p.expect(")")
			return c
		}
		if p.pos = start; numberCall(w) != nil {
			return p.compareNumbers(p.number())
		}
	}
	p.pos = start
	return p.compareTexts(p.operand())
}

// operand is a quoted text or a path.
func (p *predicateParser) operand() value {
	p.skip()
	if p.pos < len(p.src) && p.src[p.pos] == '"' {
		q, err := strconv.QuotedPrefix(p.src[p.pos:])
		if err != nil {
			p.fail("a text without its end")
			return nil
		}
		p.pos += len(q)
		s, _ := strconv.Unquote(q)
		v := []byte(s)
		return func(*ruleRun) ([]byte, bool) { return v, true }
	}
	x := p.refOf(p.word())
	return x.value
}

// compareTexts reads "= V", "!= V", "in {A,B*}". Where a side is absent, a comparison does not hold.
func (p *predicateParser) compareTexts(a value) condition {
	if p.keyword("in") {
		set := p.set()
		return func(r *ruleRun) bool {
			v, ok := a(r)
			return ok && inSet(set, v)
		}
	}
	equal := p.accept("=")
	if !equal && !p.accept("!=") {
		p.fail("expected =, != or in")
		return nil
	}
	b := p.operand()
	return func(r *ruleRun) bool {
		v, ok := a(r)
		w, ok2 := b(r)
		return ok && ok2 && bytes.Equal(v, w) == equal
	}
}

// set reads {A,B,C*}; a star at the end stands for any ending.
func (p *predicateParser) set() []string {
	p.expect("{")
	end := strings.IndexByte(p.src[p.pos:], '}')
	if end < 0 {
		p.fail("a set without its end")
		return nil
	}
	words := strings.Split(p.src[p.pos:p.pos+end], ",")
	p.pos += end + 1
	return words
}

func inSet(set []string, v []byte) bool {
	for _, w := range set {
		if s, star := strings.CutSuffix(w, "*"); w == string(v) || star && len(v) >= len(s) && string(v[:len(s)]) == s {
			return true
		}
	}
	return false
}

// compareNumbers reads "OP N". Where a side is absent or no number, a comparison does not hold.
func (p *predicateParser) compareNumbers(a number) condition {
	ops := [...]string{"<=", ">=", "!=", "<", ">", "="}
	for _, op := range ops {
		if !p.accept(op) {
			continue
		}
		b := p.number()
		return func(r *ruleRun) bool {
			x, ok := a(r)
			y, ok2 := b(r)
			return ok && ok2 && compareHolds(op, x, y)
		}
	}
	p.fail("expected one of <= >= != < > =")
	return nil
}

func compareHolds(op string, x, y amount) bool {
	switch op {
	case "<=":
		return x <= y
	case ">=":
		return x >= y
	case "!=":
		return x != y
	case "<":
		return x < y
	case ">":
		return x > y
	}
	return x == y
}

// number is a literal or a call, or a sum of them with + and -.
func (p *predicateParser) number() number {
	a := p.term()
	for {
		sign := amount(1)
		switch {
		case p.accept("+"):
		case p.accept("- "):
			sign = -1
		default:
			return a
		}
		left, right := a, p.term()
		a = func(r *ruleRun) (amount, bool) {
			x, ok := left(r)
			y, ok2 := right(r)
			return x + sign*y, ok && ok2
		}
	}
}

func (p *predicateParser) term() number {
	w := p.word()
	if call := numberCall(w); call != nil {
		p.expect("(")
		n := call(p)
		p.expect(")")
		return n
	}
	v, ok := parseAmount([]byte(w))
	if !ok {
		p.fail("%q is not a number", w)
	}
	return func(*ruleRun) (amount, bool) { return v, true }
}

// refOf compiles a path: "Dbtr/Nm" below the scope, "." the scope, "../X" one level higher, "/GrpHdr/MsgId" below the
// message's root element, "head/BizSvc" in the header; "@Ccy" behind it is the attribute.
func (p *predicateParser) refOf(path string) ref {
	x := ref{elem: p.scope}
	path, x.ccy = strings.CutSuffix(path, "@Ccy")
	switch {
	case path == "":
		return x
	case strings.HasPrefix(path, "head/"):
		x.top, x.elem = true, noElem
		if p.m.parts[partHeader] != nil {
			x.elem = p.m.below(elemOf(partHeader, 0), path[5:])
		}
		return x // a message may come without its header
	case path[0] == '/':
		x.top, x.elem = true, p.m.root()
		path = path[1:]
	default:
		for ; path == "." || strings.HasPrefix(path, ".."); x.up++ {
			if path == "." {
				return x
			}
			x.elem = p.m.parentOf(x.elem)
			path = strings.TrimPrefix(path[2:], "/")
			if path == "" {
				x.up++
				return x
			}
		}
	}
	if x.elem = p.m.below(x.elem, path); x.elem == noElem {
		p.lost = true
		p.fail("the message has no %s", path)
	}
	return x
}

// parentOf is the path above e, or noElem.
func (m *model) parentOf(e Elem) Elem {
	if e == noElem {
		return noElem
	}
	part, i := e.split()
	if up := m.parts[part].elems[i].parent; up >= 0 {
		return elemOf(part, int(up))
	}
	return noElem
}

// refs reads one or more paths.
func (p *predicateParser) refs() []ref {
	out := []ref{p.refOf(p.word())}
	for p.accept(",") {
		out = append(out, p.refOf(p.word()))
	}
	return out
}
