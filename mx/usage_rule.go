package mx

import (
	"fmt"
	"strings"

	corridor "corridor.example/corridor"
)

// usageRule is one rule as its table states it: what must hold wherever an element of its scope stands, and the code
// and name of the fault when it does not. Rules are known by name; their numbers start anew each year. The language
// of the predicate stands in docs/mx-usage.md.
type usageRule struct {
	code, name string
	warn       bool
	scopes     []string // paths below the message's root element; "head" for the header, "//X" for X at any depth
	at         string   // where the fault is, relative to the scope; empty: the scope
	predicate  string
	text       string
	selectors  []string // MESSAGE or MESSAGE/VARIANT; "*" for all, "-MESSAGE" takes one out again
	cases      []usageCase
}

// usageCase is an edit of a message's example that keeps a rule or breaks it.
type usageCase struct {
	good  bool
	base  string // MESSAGE or MESSAGE/VARIANT
	edits string
}

// readRules reads rules.txt.
func (t *profileTable) readRules(text string) error {
	r := ruleReader{t: t}
	return eachLine(text, r.line)
}

// ruleReader remembers the messages that the rules below "for" count for, and the rule that indented lines belong to.
type ruleReader struct {
	t         *profileTable
	selectors []string
	rule      *usageRule
}

func (r *ruleReader) line(line string) error {
	switch w := strings.Fields(line); {
	case line[0] == ' ':
		return r.indented(strings.TrimSpace(line))
	case w[0] == "for":
		r.selectors = w[1:]
		return nil
	case w[0] == "drop" && len(w) >= 2:
		return r.drop(w[1:])
	}
	return r.head(line)
}

// drop takes rules of the older profile out of this one.
func (r *ruleReader) drop(names []string) error {
	for _, name := range names {
		if r.t.base == nil || !r.t.base.hasRule(name) {
			return fmt.Errorf("drop %s: the older profile has no such rule", name)
		}
	}
	r.t.dropped = append(r.t.dropped, names...)
	return nil
}

func (t *profileTable) hasRule(name string) bool {
	for _, r := range t.rules {
		if r.name == name {
			return true
		}
	}
	return t.base != nil && t.base.hasRule(name)
}

// head reads "CODE NAME [warn] in SCOPE… [at PATH]: predicate".
func (r *ruleReader) head(line string) error {
	head, predicate, ok := strings.Cut(line, ": ")
	w := strings.Fields(head)
	if !ok || len(w) < 4 || len(r.selectors) == 0 {
		return fmt.Errorf("line %q: expected CODE NAME [warn] in SCOPE [at PATH]: predicate, below a line for", line)
	}
	r.rule = &usageRule{code: w[0], name: w[1], predicate: strings.TrimSpace(predicate), selectors: r.selectors}
	w = w[2:]
	if w[0] == "warn" {
		r.rule.warn, w = true, w[1:]
	}
	if w[0] != "in" {
		return fmt.Errorf("line %q: expected in", line)
	}
	for i, s := range w[1:] {
		if s == "at" && i+2 < len(w) {
			r.rule.at = w[i+2]
			break
		}
		r.rule.scopes = append(r.rule.scopes, s)
	}
	r.t.rules = append(r.t.rules, r.rule)
	return nil
}

// indented is a line of a rule's text, or a case "good MESSAGE: edits".
func (r *ruleReader) indented(line string) error {
	if r.rule == nil {
		return fmt.Errorf("line %q: no rule above it", line)
	}
	head, edits, ok := strings.Cut(line, ": ")
	if w := strings.Fields(head); ok && len(w) == 2 && (w[0] == "good" || w[0] == "bad") {
		r.rule.cases = append(r.rule.cases, usageCase{good: w[0] == "good", base: w[1], edits: edits})
		return nil
	}
	r.rule.text = strings.TrimSpace(r.rule.text + " " + line)
	return nil
}

// counts reports whether the rule is one of a message and variant.
func (r *usageRule) counts(m corridor.MessageType, variant string) bool {
	in := false
	for _, s := range r.selectors {
		name, want, hasVariant := strings.Cut(strings.TrimPrefix(s, "-"), "/")
		if s == "*" || strings.HasPrefix(string(m), name) && (!hasVariant || want == variant) {
			in = s[0] != '-'
		}
	}
	return in
}

// rulesOf lists the rules of a message and variant: those of the older profile that still count, then its own.
func (t *profileTable) rulesOf(m corridor.MessageType, variant string) []*usageRule {
	var out []*usageRule
	if t.base != nil {
		for _, r := range t.base.rulesOf(m, variant) {
			if !contains(t.dropped, r.name) {
				out = append(out, r)
			}
		}
	}
	for _, r := range t.rules {
		if r.counts(m, variant) {
			out = append(out, r)
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// compiledRule is a rule at one path of a model.
type compiledRule struct {
	*usageRule
	holds condition
	at    ref
}

// check judges the rule at the run's node, one of its scope.
func (c *compiledRule) check(run *ruleRun, r usageReport) {
	if c.holds(run) {
		return
	}
	t, n, where := run.t, run.at, c.at.first(run)
	switch {
	case c.warn && where >= 0:
		r.warn(t, where, c.code, c.name, c.text)
	case c.warn:
		r.warn(t, n, c.code, c.name, c.text)
	case where >= 0 && c.at.ccy:
		r.faultAttr(t, where, c.code, c.name, c.text)
	case where >= 0:
		r.fault(t, where, c.code, c.name, c.text)
	default:
		r.missing(t, c.at.base(run), c.at.elem, c.code, c.name, c.text)
	}
}

// attachRules compiles rules for every path of their scopes. A rule whose paths a message does not have is none of
// that message; for rules in the tables a test shows that each is attached somewhere.
func attachRules(o *overlay, m *model, rules []*usageRule, services []string) {
	at := map[Elem][]*compiledRule{}
	for _, r := range rules {
		for _, scope := range r.scopes {
			for _, e := range m.scopesOf(scope) {
				if o.taken(m, e) {
					continue
				}
				if c := compileRule(o, m, r, e, services); c != nil {
					at[e] = append(at[e], c)
				}
			}
		}
	}
	for e, list := range at {
		part, i := e.split()
		o.rules = append(o.rules, list)
		o.parts[part][i].rules = uint16(len(o.rules))
	}
}

// taken reports that the guideline removes e or something above it, so that no rule is needed there.
func (o *overlay) taken(m *model, e Elem) bool {
	for ; e != noElem; e = m.parentOf(e) {
		part, i := e.split()
		if n := o.parts[part][i].n; n != nil && n.removed {
			return true
		}
	}
	return false
}

// scopesOf lists the paths of a scope.
func (m *model) scopesOf(scope string) []Elem {
	root := m.root()
	switch {
	case scope == "head":
		if m.parts[partHeader] == nil {
			return nil
		}
		return []Elem{elemOf(partHeader, 0)}
	case root == noElem:
		return nil
	case scope == ".":
		return []Elem{root}
	case !strings.HasPrefix(scope, "//"):
		if e := m.below(root, scope); e != noElem {
			return []Elem{e}
		}
		return nil
	}
	var out []Elem
	m.each(partDocument, func(e Elem) {
		if m.name(e) == scope[2:] {
			out = append(out, e)
		}
	})
	return out
}

// root is the message's element below Document.
func (m *model) root() Elem {
	s := m.parts[partDocument]
	if s == nil || s.elems[0].n == 0 {
		return noElem
	}
	return elemOf(partDocument, int(s.elems[0].first))
}

// compileRule compiles a rule for one path of its scope, nil where the path lacks what a rule for any depth looks at.
func compileRule(o *overlay, m *model, r *usageRule, scope Elem, services []string) *compiledRule {
	p := predicateParser{src: r.predicate, m: m, scope: scope, services: services}
	c := &compiledRule{usageRule: r, holds: p.parse(), at: p.refOf(".")}
	if r.at != "" {
		c.at = p.refOf(r.at)
	}
	if p.err == nil {
		return c
	}
	if p.lost && strings.HasPrefix(r.scopes[0], "//") {
		return nil
	}
	panic("mx: rule " + r.name + " of " + o.name + " at " + m.path(scope) + ": " + p.err.Error())
}
