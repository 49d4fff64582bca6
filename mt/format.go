package mt

import (
	"fmt"
	"strconv"
	"strings"
)

// format is the format of one field, compiled: its lines, and its components in order.
type format struct {
	tag, notation, name string
	noSlash             bool // T26: no slash at either end and no double slash
	generic             bool // begins with :4!c
	coded               bool // some type has a list of code words for it
	lines               []lineForm
	components          []component
	mandatory           int     // lines that are always there
	other               *format // the second of two alternative formats (31X)
}

// component is one named part of a field.
type component struct {
	name     string
	kind     kind
	item     item // the part of the format that it takes
	optional bool
}

// lineForm is one line of a field, or several of the same form.
type lineForm struct {
	items    []item
	optional bool
	repeat   int    // at most this many lines
	lead     string // an optional line is there exactly if the line begins with lead, when lead is not empty
	rest     bool   // takes all that is left, line ends included
}

type itemKind byte

const (
	itemPart    itemKind = iota // characters of a set: a component
	itemLiteral                 // fixed text
	itemOption                  // start of an optional group, which ends before item skip
)

// item is one step of a line's form.
type item struct {
	kind      itemKind
	set       charset
	min, max  int
	literal   string
	component int // index, -1 if the text is not named
	skip      int
	joins     bool   // one of several parts of a component: the lines of an address
	mark      bool   // a debit or credit mark: C, D, or R or E and one more
	stop      string // the literal that may follow a part of open length
}

const unlimited = 1 << 20

// index is the place of a component, or -1.
func (f *format) index(name string) int {
	for i := range f.components {
		if f.components[i].name == name {
			return i
		}
	}
	return -1
}

// macros are the parts of formats that stand for one component of a form of its own.
var macros = map[string]item{
	"BIC":    {set: setC, min: 8, max: 11},
	"LT":     {set: setC, min: 12, max: 12},
	"MIR":    {set: setC, min: 28, max: 28},
	"REF":    {set: setC, min: 16, max: 16},
	"OFFSET": {set: setN, min: 2, max: 4},
	"MARK":   {set: setA, min: 1, max: 2, mark: true},
	"DTI":    {set: setX, min: 5, max: 27},
	"LIST":   {set: setC, min: 3, max: 30},
}

// compileFormat reads a format in the standard's notation, with $ for a line end, and the names and kinds of its
// components. A leading ! forbids slashes at the ends and doubled ones; a leading & lets the text run over lines.
func compileFormat(tag, notation, name string, names []string) (*format, error) {
	f := &format{tag: tag, name: name, notation: notation}
	notation, f.noSlash = strings.CutPrefix(notation, "!")
	notation, whole := strings.CutPrefix(notation, "&")
	f.notation = notation
	for _, n := range names {
		cname, k, _ := strings.Cut(n, "=")
		kind, ok := kindNamed(k)
		if !ok {
			return nil, fmt.Errorf("field %s: kind %q is not known", tag, k)
		}
		f.components = append(f.components, component{name: cname, kind: kind})
	}
	if notation == "-" {
		return f, nil
	}
	first, second, two := strings.Cut(notation, " or ")
	if two {
		return f.alternatives(first, second)
	}
	p := formatParser{f: f, s: notation}
	if err := p.parse(); err != nil {
		return nil, fmt.Errorf("field %s, format %s: %w", tag, notation, err)
	}
	f.finish(whole)
	return f, nil
}

// alternatives compiles "A or B": both share the components, the second takes those that the first leaves.
func (f *format) alternatives(first, second string) (*format, error) {
	p := formatParser{f: f, s: first}
	if err := p.parse(); err != nil {
		return nil, err
	}
	g := &format{tag: f.tag, notation: second, name: f.name, components: f.components}
	q := formatParser{f: g, s: second, next: p.next}
	if err := q.parse(); err != nil {
		return nil, err
	}
	f.other = g
	f.finish(false)
	g.finish(false)
	return f, nil
}

// finish works out what the matcher wants to know beforehand.
func (f *format) finish(whole bool) {
	f.generic = strings.HasPrefix(f.notation, ":4!c")
	for i := range f.lines {
		l := &f.lines[i]
		l.rest = whole
		setStops(l.items)
		if !l.optional {
			f.mandatory++
		}
		l.lead = l.firstLiteral()
		f.describe(l)
	}
}

// firstLiteral is the text that an optional line always begins with, if all ways through it begin with the same.
func (l *lineForm) firstLiteral() string {
	if !l.optional {
		return ""
	}
	for _, it := range l.items {
		if it.kind == itemOption {
			continue
		}
		if it.kind == itemLiteral {
			return it.literal
		}
		return ""
	}
	return ""
}

// describe copies to each component the item it takes.
func (f *format) describe(l *lineForm) {
	depth := 0
	for i, it := range l.items {
		if it.kind == itemOption {
			depth = max(depth, it.skip)
		}
		if it.component >= 0 && it.kind != itemOption {
			c := &f.components[it.component]
			if c.item.max == 0 && c.item.literal == "" {
				c.item, c.optional = it, l.optional || i < depth
			}
		}
	}
}

// setStops finds for each part of open length the literal that may come right behind it.
func setStops(items []item) {
	for i := range items {
		if items[i].kind != itemPart || items[i].min == items[i].max {
			continue
		}
		for j := i + 1; j < len(items); j++ {
			if items[j].kind == itemOption {
				continue
			}
			if items[j].kind == itemLiteral {
				items[i].stop = items[j].literal
			}
			break
		}
	}
}

// formatParser reads one format.
type formatParser struct {
	f    *format
	s    string
	at   int
	next int // the next component without a part
	line lineForm
}

func (p *formatParser) parse() error {
	p.line = lineForm{repeat: 1}
	for p.at < len(p.s) {
		if err := p.item(); err != nil {
			return err
		}
	}
	p.endLine()
	return nil
}

func (p *formatParser) endLine() {
	if len(p.line.items) > 0 {
		p.line.optional = p.line.optional || allOptional(p.line.items)
		p.f.lines = append(p.f.lines, p.line)
	}
	p.line = lineForm{repeat: 1}
}

func allOptional(items []item) bool {
	for i := 0; i < len(items); {
		if items[i].kind != itemOption {
			return false
		}
		i = items[i].skip
	}
	return true
}

// item reads one step: a line end, a group, a part, or literal text.
func (p *formatParser) item() error {
	switch c := p.s[p.at]; {
	case c == '$':
		p.at++
		p.endLine()
	case c == '[':
		return p.group()
	case c == '<':
		name, rest, _ := strings.Cut(p.s[p.at+1:], ">")
		m, ok := macros[name]
		if !ok {
			return fmt.Errorf("<%s> is not known", name)
		}
		p.at = len(p.s) - len(rest)
		p.part(m)
	case digit(c) || c == 'n':
		return p.counted()
	default:
		p.word()
	}
	return nil
}

// word adds fixed text; the N of a negative number is a component.
func (p *formatParser) word() {
	it := item{kind: itemLiteral, literal: p.literal(), component: -1}
	if it.literal == "N" && p.next < len(p.f.components) && p.f.components[p.next].kind == kindSign {
		it.component = p.next
		p.next++
	}
	p.line.items = append(p.line.items, it)
}

// literal takes characters up to the next part or sign of the notation.
func (p *formatParser) literal() string {
	start := p.at
	for p.at < len(p.s) && !digit(p.s[p.at]) && strings.IndexByte("$[]<", p.s[p.at]) < 0 {
		p.at++
	}
	return p.s[start:p.at]
}

// group reads [...]: an optional part of a line, a line that is optional, or lines that are.
func (p *formatParser) group() error {
	end := closingBracket(p.s, p.at)
	if end < 0 {
		return fmt.Errorf("[ is not closed")
	}
	inner := p.s[p.at+1 : end]
	if strings.HasPrefix(inner, "$") {
		p.endLine()
		inner = inner[1:]
		p.line.optional = true
	}
	q := formatParser{f: p.f, s: inner, next: p.next, line: lineForm{repeat: 1}}
	at := len(p.line.items)
	optional := p.line.optional
	if !optional && !strings.Contains(inner, "*") {
		p.line.items = append(p.line.items, item{kind: itemOption, component: -1})
	} else {
		p.line.optional = true
	}
	for q.at < len(q.s) {
		q.line.items = p.line.items
		q.line.optional, q.line.repeat = p.line.optional, p.line.repeat
		if err := q.item(); err != nil {
			return err
		}
		p.line = q.line
	}
	p.next = q.next
	if at < len(p.line.items) && p.line.items[at].kind == itemOption && p.line.items[at].skip == 0 {
		p.line.items[at].skip = len(p.line.items)
	}
	p.at = end + 1
	return nil
}

func closingBracket(s string, at int) int {
	depth := 0
	for i := at; i < len(s); i++ {
		switch s[i] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// counted reads "16x", "3!a", "4*35x", "n*78z", "4*(1!n/33x)".
func (p *formatParser) counted() error {
	n := p.number()
	if p.at >= len(p.s) {
		return fmt.Errorf("a number at the end")
	}
	switch c := p.s[p.at]; c {
	case '*':
		p.at++
		return p.repeated(n)
	case '!':
		p.at++
		return p.ofSet(n, n)
	default:
		return p.ofSet(1, n)
	}
}

func (p *formatParser) number() int {
	if p.s[p.at] == 'n' {
		p.at++
		return unlimited
	}
	start := p.at
	for p.at < len(p.s) && digit(p.s[p.at]) {
		p.at++
	}
	n, _ := strconv.Atoi(p.s[start:p.at])
	return n
}

func (p *formatParser) ofSet(least, most int) error {
	set, ok := setOf[p.s[p.at]]
	if !ok {
		return fmt.Errorf("%q is not a set of characters", p.s[p.at])
	}
	p.at++
	if set == setD {
		least = 2
	}
	p.part(item{set: set, min: least, max: most})
	return nil
}

// part adds characters of a set and gives them to the next component.
func (p *formatParser) part(it item) {
	it.kind, it.component = itemPart, -1
	if it.set != setE && p.next < len(p.f.components) {
		it.component = p.next
		p.next++
	}
	p.line.items = append(p.line.items, it)
}

// repeated reads what follows "4*": lines of one form. The first stands behind what the line holds already.
func (p *formatParser) repeated(n int) error {
	if p.at < len(p.s) && p.s[p.at] == '(' {
		end := strings.IndexByte(p.s[p.at:], ')')
		return p.repeatedLines(n, p.s[p.at+1:p.at+end], p.at+end+1)
	}
	end := p.at
	for end < len(p.s) && (digit(p.s[end]) || p.s[end] == '!') {
		end++
	}
	return p.repeatedLines(n, p.s[p.at:end+1], end+1)
}

func (p *formatParser) repeatedLines(n int, unit string, next int) error {
	name := p.next
	p.next++
	q := formatParser{f: &format{}, s: unit}
	for q.at < len(q.s) {
		if err := q.item(); err != nil {
			return err
		}
	}
	items := q.line.items
	for i := range items {
		items[i].component, items[i].joins = name, true
	}
	prefixed := len(p.line.items) > 0
	optional := p.line.optional
	p.line.items = append(p.line.items, items...)
	p.at = next
	if !prefixed {
		p.line.repeat = n
		return nil
	}
	p.line.optional = optional
	p.endLine()
	if n > 1 {
		p.line = lineForm{items: items, optional: true, repeat: n - 1}
	}
	return nil
}
