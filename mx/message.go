package mx

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	corridor "corridor.example/corridor"
)

// Element is one element of a message that is held in memory, to be read, changed and written. Its names are local:
// the namespace is that of its part.
type Element struct {
	Name     string
	Text     string // with references resolved, of an element that holds text
	Ccy      string // the attribute Ccy of an amount
	Foreign  string // XML of content that the schema leaves open, as it stood
	Children []*Element
}

// Message is a message held in memory.
type Message struct {
	Type     corridor.MessageType // of the document: pacs.008.001.08
	Header   corridor.MessageType // head.001.001.02; empty without a header
	Envelope Envelope
	Wrapper  string   // the wrapper's name
	AppHdr   *Element // nil without a header
	Document *Element
	DataPDU  *Element // the back-office envelope as read; its Body's Foreign is what stands in it; Write leaves it out
}

// DefaultWrapper is the element around header and document that Write uses where a message names none.
const DefaultWrapper = "RequestPayload"

// NewMessage starts an empty message of a type with a header.
func NewMessage(t corridor.MessageType) *Message {
	return &Message{Type: t, Header: "head.001.001.02", Envelope: EnvelopeWrapper, Wrapper: DefaultWrapper,
		AppHdr: &Element{Name: "AppHdr"}, Document: &Element{Name: "Document"}}
}

// Read reads a message into memory. The faults are those of XML, envelope and schema; what the schema does not know
// is left out. The message is nil only if the XML cannot be read.
func Read(b []byte, o Options) (*Message, []corridor.Fault) {
	o.Profile = SchemaOnly
	r, m := CheckAndRead(b, o)
	return m, r.Faults
}

// CheckAndRead is Check and Read in one pass, for who needs the judgement and the content: screening, archive.
func CheckAndRead(b []byte, o Options) (Result, *Message) {
	c := checkers.Get().(*checker)
	defer c.free()
	r := c.whole(b, o)
	if c.fatal || len(c.tree.nodes) == 0 {
		return r, nil
	}
	m := &Message{Type: r.Type, Header: r.Header, Envelope: r.Envelope}
	all := c.tree.elements()
	for n := range all {
		switch c.tree.nodes[n].elem {
		case elemOf(partHeader, 0):
			m.AppHdr = &all[n]
		case elemOf(partDocument, 0):
			m.Document = &all[n]
		case elemOf(partEnvelope, 0):
			m.DataPDU = &all[n]
		}
	}
	if r.Envelope == EnvelopeWrapper {
		m.Wrapper = wrapperOf(b)
	}
	return r, m
}

// wrapperOf is the name of the first element.
func wrapperOf(b []byte) string {
	s := scanner{}
	s.reset(b)
	for s.next() && s.kind != tokenEnd {
		if s.kind == tokenStart {
			return string(localName(s.name))
		}
	}
	return DefaultWrapper
}

// elements copies all nodes, in few pieces of memory: the texts are parts of one copy of the message.
func (t *Tree) elements() []Element {
	src, decoded := string(t.src), string(t.decoded)
	piece := func(s span) string {
		if s.to < 0 {
			return decoded[s.from:^s.to]
		}
		return src[s.from:s.to]
	}
	all, children := make([]Element, len(t.nodes)), make([]*Element, len(t.nodes))
	counts := make([]int32, len(t.nodes))
	for i := range t.nodes {
		if p := t.nodes[i].parent; p >= 0 {
			counts[p]++
		}
	}
	from := 0
	for i := range t.nodes {
		x, e := &t.nodes[i], &all[i]
		e.Name, e.Text, e.Ccy = t.name(i), piece(x.text), piece(x.ccy)
		to := from + int(counts[i])
		e.Children, from = children[from:from:to], to
		if x.parent >= 0 {
			up := &all[x.parent]
			up.Children = append(up.Children, e)
		}
		if t.model.at(x.elem).content == contentAny {
			e.Foreign = string(t.inside(i))
		}
	}
	return all
}

// inside is what stands between the tags of node n.
func (t *Tree) inside(n int) []byte {
	s := scanner{}
	s.reset(t.src[t.nodes[n].at:])
	from, depth := 0, 0
	for s.next() && s.kind != tokenEnd {
		switch {
		case s.kind == tokenStart && depth == 0 && s.empty:
			return nil
		case s.kind == tokenStart && depth == 0:
			from, depth = s.pos, 1
		case s.kind == tokenStart && !s.empty:
			depth++
		case s.kind == tokenClose:
			if depth--; depth == 0 {
				return s.buf[from:s.at]
			}
		}
	}
	return nil
}

// step splits the next name off a path: "TxInf[2]/Id" → "TxInf", 2, "Id".
func step(path string) (name string, nth int, rest string) {
	name, rest, _ = strings.Cut(path, "/")
	nth = 1
	if i := strings.IndexByte(name, '['); i > 0 && strings.HasSuffix(name, "]") {
		if n, err := strconv.Atoi(name[i+1 : len(name)-1]); err == nil && n > 0 {
			name, nth = name[:i], n
		}
	}
	return name, nth, rest
}

// child is the nth child of a name, or nil.
func (e *Element) child(name string, nth int) *Element {
	for _, c := range e.Children {
		if c.Name == name {
			if nth--; nth == 0 {
				return c
			}
		}
	}
	return nil
}

// Find is the element at a path below e, or nil: "CdtTrfTxInf[2]/PmtId/UETR". Without an index the first counts.
func (e *Element) Find(path string) *Element {
	for e != nil && path != "" {
		var name string
		var nth int
		name, nth, path = step(path)
		e = e.child(name, nth)
	}
	return e
}

// Value is the text at a path below e, or "".
func (e *Element) Value(path string) string {
	if f := e.Find(path); f != nil {
		return f.Text
	}
	return ""
}

// All are the elements at a path below e, every repeat of every step.
func (e *Element) All(path string) []*Element {
	if e == nil {
		return nil
	}
	name, rest, more := strings.Cut(path, "/")
	var out []*Element
	for _, c := range e.Children {
		switch {
		case c.Name != name:
		case more:
			out = append(out, c.All(rest)...)
		default:
			out = append(out, c)
		}
	}
	return out
}

// Set gives the element at a path a text and makes what is missing on the way. An index that is one more than there
// are makes another.
func (e *Element) Set(path, text string) *Element {
	for path != "" {
		var name string
		var nth int
		name, nth, path = step(path)
		next := e.child(name, nth)
		for next == nil {
			e.Children = append(e.Children, &Element{Name: name})
			next = e.child(name, nth)
		}
		e = next
	}
	e.Text = text
	return e
}

// SetAmount is Set for an amount.
func (e *Element) SetAmount(path, ccy, amount string) *Element {
	f := e.Set(path, amount)
	f.Ccy = ccy
	return f
}

// Remove takes the element at a path away, if it is there.
func (e *Element) Remove(path string) {
	up := e
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		up, path = e.Find(path[:i]), path[i+1:]
	}
	if up == nil {
		return
	}
	gone := up.Find(path)
	up.Children = slices.DeleteFunc(up.Children, func(c *Element) bool { return c == gone })
}

// Write gives the bytes of a message: elements in the order of the schema, whatever the order in memory, no optional
// element without content, one line. It gives them only if they are valid by o, else the faults.
func (m *Message) Write(o Options) ([]byte, []corridor.Fault) {
	b, err := m.encode(o)
	if err != nil {
		return nil, []corridor.Fault{*err}
	}
	if r := Check(b, o); !r.Valid() {
		return nil, r.Faults
	}
	return b, nil
}

// encode writes a message without judging it.
func (m *Message) encode(o Options) ([]byte, *corridor.Fault) {
	tables := o.Tables
	if tables == nil {
		tables = Standard()
	}
	b := []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	wrapper := m.Wrapper
	if wrapper == "" {
		wrapper = DefaultWrapper
	}
	wrapped := m.Envelope == EnvelopeWrapper || m.Envelope == EnvelopeDataPDU
	if wrapped {
		b = append(append(append(b, '<'), wrapper...), '>')
	}
	for _, p := range [...]struct {
		e *Element
		t corridor.MessageType
	}{{m.AppHdr, m.Header}, {m.Document, m.Type}} {
		if p.e == nil {
			continue
		}
		s := tables.schemaOf([]byte(isoNamespace + string(p.t)))
		if s == nil {
			return nil, &corridor.Fault{Code: SchemaMessage, Path: "/" + p.e.Name, Whose: corridor.Sender, Text: "no schema for " + strconv.Quote(string(p.t))}
		}
		w := elementWriter{schema: s, out: b}
		w.element(p.e, 0, true)
		b = w.out
	}
	if wrapped {
		b = append(append(append(b, "</"...), wrapper...), '>')
	}
	return append(b, '\n'), nil
}

// elementWriter writes elements in the order of their schema.
type elementWriter struct {
	schema *schema
	out    []byte
}

// element writes e as elem i, or as it is where the schema does not know it (i is -1).
func (w *elementWriter) element(e *Element, i int, root bool) {
	if !root && i >= 0 && w.schema.optional(i) && e.empty() {
		return
	}
	w.out = append(append(w.out, '<'), e.Name...)
	if root {
		w.out = append(append(append(w.out, ` xmlns="`...), w.schema.namespace...), '"')
	}
	if e.Ccy != "" {
		w.out = append(appendAttr(append(w.out, ` Ccy="`...), []byte(e.Ccy)), '"')
	}
	w.out = append(w.out, '>')
	w.out = appendEscaped(w.out, []byte(e.Text))
	w.out = append(w.out, e.Foreign...)
	for _, c := range w.ordered(e, i) {
		w.element(c.e, c.i, false)
	}
	w.out = append(append(append(w.out, "</"...), e.Name...), '>')
}

// optional reports an element with children that may be left out.
func (s *schema) optional(i int) bool {
	x := &s.elems[i]
	return x.content != contentText && x.min == 0 && !x.inChoice
}

func (e *Element) empty() bool {
	if e.Text != "" || e.Foreign != "" || e.Ccy != "" {
		return false
	}
	return !slices.ContainsFunc(e.Children, func(c *Element) bool { return !c.empty() })
}

// placed is a child with its place in the schema.
type placed struct {
	e *Element
	i int
}

// ordered are the children of e in the schema's order; those that it does not know come last.
func (w *elementWriter) ordered(e *Element, i int) []placed {
	out := make([]placed, 0, len(e.Children))
	for _, c := range e.Children {
		k := -1
		if i >= 0 {
			k = w.schema.childNamed(i, c.Name)
		}
		out = append(out, placed{c, k})
	}
	slices.SortStableFunc(out, func(a, b placed) int {
		if (a.i < 0) != (b.i < 0) {
			return b.i - a.i
		}
		return a.i - b.i
	})
	return out
}

// appendAttr writes an attribute's value so that it reads back the same.
func appendAttr(out, v []byte) []byte {
	for _, c := range v {
		switch c {
		case '"':
			out = append(out, "&quot;"...)
		case '\n', '\t':
			out = append(append(out, "&#"...), strconv.Itoa(int(c))...)
			out = append(out, ';')
		default:
			out = appendEscaped(out, []byte{c})
		}
	}
	return out
}

// Indent gives a message with every element on a line of its own, for people. The bytes differ, so a signature over
// the bytes is lost; the canonical digest stays.
func Indent(b []byte) []byte {
	var out bytes.Buffer
	s := scanner{}
	s.reset(b)
	depth, open := 0, false // open: the last token was a start tag
	for s.next() && s.kind != tokenEnd {
		raw := s.buf[s.at:s.pos]
		switch {
		case s.kind == tokenText && !s.visible:
			continue
		case s.kind == tokenText || s.kind == tokenCData:
			open = true // its end tag follows on the same line
		case s.kind == tokenClose:
			if depth--; !open {
				lineBreak(&out, depth)
			}
			open = false
		default:
			lineBreak(&out, depth)
			if open = s.kind == tokenStart && !s.empty; open {
				depth++
			}
		}
		out.Write(raw)
	}
	out.WriteByte('\n')
	return out.Bytes()
}

func lineBreak(out *bytes.Buffer, depth int) {
	if out.Len() > 0 {
		out.WriteByte('\n')
	}
	for range depth {
		out.WriteString("  ")
	}
}
