package mx

import (
	"fmt"
	"regexp/syntax"
	"strings"

	corridor "corridor.example/corridor"
)

// Sample is how large an example is made.
type Sample struct {
	Full bool // every optional element, else only what is mandatory
	Turn int  // which alternative of every choice: counted round
	Long bool // texts as long as they may be, else as short
}

// Example makes a valid message of a type: a header and a document that keep the schema, with values that keep
// their types. It keeps no guideline. The header is head.001.001.02 unless the tables lack it.
func (t *Tables) Example(message corridor.MessageType, s Sample) ([]byte, error) {
	doc := t.schemaOf([]byte(isoNamespace + string(message)))
	if doc == nil {
		return nil, fmt.Errorf("no schema for %s; corridor mx explain lists the messages", message)
	}
	if doc.elems[0].name != "Document" {
		return appendSample(nil, doc, s, message), nil
	}
	var out []byte
	if head := t.schemaOf([]byte(isoNamespace + "head.001.001.02")); head != nil {
		out = append(appendSample(out, head, Sample{Turn: 1}, message), '\n')
	}
	return append(appendSample(out, doc, s, message), '\n'), nil
}

// appendSample writes one part.
func appendSample(out []byte, doc *schema, s Sample, message corridor.MessageType) []byte {
	w := sampler{Sample: s, schema: doc, message: message, out: out}
	w.element(0, true)
	return w.out
}

// sampler writes one instance.
type sampler struct {
	Sample
	schema  *schema
	message corridor.MessageType
	out     []byte
}

// element writes elem i.
func (w *sampler) element(i int, root bool) {
	e := &w.schema.elems[i]
	w.out = append(append(w.out, '<'), e.name...)
	if root {
		w.out = append(append(append(w.out, ` xmlns="`...), w.schema.namespace...), '"')
	}
	for _, a := range e.attrs {
		w.out = append(append(append(append(append(w.out, ' '), a.name...), `="`...), w.value(a.text, a.name)...), '"')
	}
	w.out = append(w.out, '>')
	switch e.content {
	case contentText:
		w.out = appendEscaped(w.out, []byte(w.value(e.text, e.name)))
	case contentAny:
		for range e.any.min {
			ns := e.any.namespace
			if strings.HasPrefix(ns, "##") {
				ns = "urn:example:own"
			}
			w.out = append(append(append(w.out, `<Any xmlns="`...), ns...), `">x</Any>`...)
		}
	default:
		w.children(e)
	}
	w.out = append(append(append(w.out, "</"...), e.name...), '>')
}

// children writes those of an element: what is mandatory, in a full sample all, of a choice one.
func (w *sampler) children(e *elem) {
	var chosen bits
	for _, g := range e.groups {
		if g.required || w.Full {
			chosen.add(w.pick(e, g.members))
		}
	}
	for k := range int(e.n) {
		child := &w.schema.elems[int(e.first)+k]
		if child.inChoice && !chosen.has(k) || !child.inChoice && child.min == 0 && !w.Full {
			continue
		}
		n := max(int(child.min), 1)
		if w.Full && child.content == contentText && child.max != 1 {
			if n = 2; child.max > 0 {
				n = int(child.max)
			}
		}
		for range n {
			w.element(int(e.first)+k, false)
		}
	}
}

// pick chooses one of a choice's members.
func (w *sampler) pick(e *elem, members bits) int {
	var in []int
	members.each(int(e.n), func(i int) { in = append(in, i) })
	return in[w.Turn%len(in)]
}

// value makes a text of a type.
func (w *sampler) value(x *textType, name string) string {
	switch x.data {
	case dataBIC, dataAnyBIC:
		return "MERIDEFFXXX"
	case dataIBAN:
		return "DE64100200300400500600"
	case dataCountry:
		return "DE"
	case dataCurrency, dataCurrencyEver:
		return "EUR"
	case dataLEI:
		return "NTAA00CORRIDOR000161"
	case dataUETR:
		return "3f0c8a52-6d1e-4b7a-9c35-0e2d4f6a8b10"
	}
	if name == "MsgDefIdr" {
		return string(w.message)
	}
	if x.codes != nil {
		return x.codes[w.Turn%len(x.codes)]
	}
	if set := CodeSetOf(x.name); set != nil {
		return set.Codes()[0].Code
	}
	return w.builtin(x)
}

func (w *sampler) builtin(x *textType) string {
	switch x.base {
	case baseDecimal, baseInteger:
		return w.number(x)
	case baseBoolean:
		return "true"
	case baseDate:
		return "2026-11-24"
	case baseDateTime:
		return "2026-11-24T09:30:00Z"
	case baseTime:
		return "09:30:00Z"
	case baseYear:
		return "2026"
	case baseYearMonth:
		return "2026-11"
	case baseBinary:
		return "QUJD"
	}
	if x.pattern != nil {
		return x.pattern.example(w.Long)
	}
	n := max(x.min, 1)
	if w.Long && x.max > 0 {
		n = min(x.max, 2000)
	}
	return strings.Repeat("A", n)
}

// number makes a number of a type: 1, or as many digits as it may have. Amounts keep two decimals, which EUR has.
func (w *sampler) number(x *textType) string {
	if !w.Long || x.total < 0 {
		return "1"
	}
	fraction := max(0, min(2, x.fraction))
	whole := strings.Repeat("9", max(1, x.total-fraction))
	if fraction == 0 {
		return whole
	}
	return whole + "." + strings.Repeat("9", fraction)
}

// example makes a value that fits the pattern: as short as it may be, or with every repeat as often as it may stand,
// at most 40 times.
func (p *pattern) example(long bool) string {
	translated, err := goPattern(p.source)
	if err != nil {
		return ""
	}
	tree, err := syntax.Parse(translated, syntax.Perl)
	if err != nil {
		return ""
	}
	return string(appendExample(nil, tree, long))
}

func appendExample(out []rune, x *syntax.Regexp, long bool) []rune {
	repeat := func(lo, hi int) []rune {
		n := lo
		if long {
			if n = hi; hi < 0 || hi > 40 {
				n = max(lo, 40)
			}
		}
		for range n {
			out = appendExample(out, x.Sub[0], long)
		}
		return out
	}
	switch x.Op {
	case syntax.OpLiteral:
		return append(out, x.Rune...)
	case syntax.OpCharClass:
		return append(out, x.Rune[0])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return append(out, 'x')
	case syntax.OpCapture:
		return appendExample(out, x.Sub[0], long)
	case syntax.OpStar:
		return repeat(0, -1)
	case syntax.OpPlus:
		return repeat(1, -1)
	case syntax.OpQuest:
		return repeat(0, 1)
	case syntax.OpRepeat:
		return repeat(x.Min, x.Max)
	case syntax.OpConcat:
		for _, s := range x.Sub {
			out = appendExample(out, s, long)
		}
	case syntax.OpAlternate:
		return appendExample(out, x.Sub[0], long)
	}
	return out
}

// appendEscaped writes text so that it reads back the same.
func appendEscaped(out, v []byte) []byte {
	for _, c := range v {
		switch c {
		case '<':
			out = append(out, "&lt;"...)
		case '>':
			out = append(out, "&gt;"...)
		case '&':
			out = append(out, "&amp;"...)
		case '\r':
			out = append(out, "&#13;"...)
		default:
			out = append(out, c)
		}
	}
	return out
}
