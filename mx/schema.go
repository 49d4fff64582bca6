package mx

import (
	"fmt"
	"strings"

	corridor "corridor.example/corridor"
)

// schema is one message (or header, or envelope) compiled: every path is an elem, the root is elems[0], and the
// children of an elem stand together in the schema's order.
type schema struct {
	message   corridor.MessageType
	namespace string
	elems     []elem
}

// content says what may stand inside an element.
type content uint8

const (
	contentElements content = iota
	contentText
	contentAny // one foreign element, or more
)

// elem is one path of a schema.
type elem struct {
	name     string
	min, max int32 // max unbounded is -1
	parent   int32
	first, n int32 // its children: elems[first : first+n]
	content  content
	text     *textType
	attrs    []attribute
	any      *anyType
	required bits
	groups   []choiceGroup
	typeName string
	inChoice bool // it is one of alternatives of its parent
}

// attribute is one declared attribute.
type attribute struct {
	name     string
	text     *textType
	required bool
}

// anyType is content that the schema leaves open.
type anyType struct {
	namespace string // ##any, ##other, or a namespace
	min, max  int32
	mixed     bool // text may stand between
}

// choiceGroup is a set of children of which at most one may stand, and one must if required.
type choiceGroup struct {
	members  bits
	required bool
}

// bits is a set of children.
type bits [2]uint64

func (b *bits) add(i int)          { b[i>>6] |= 1 << (i & 63) }
func (b bits) has(i int) bool      { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bits) and(c bits) bits     { return bits{b[0] & c[0], b[1] & c[1]} }
func (b bits) without(c bits) bits { return bits{b[0] &^ c[0], b[1] &^ c[1]} }
func (b bits) empty() bool         { return b[0]|b[1] == 0 }
func (b bits) several() bool {
	return b[0]&(b[0]-1) != 0 || b[1]&(b[1]-1) != 0 || b[0] != 0 && b[1] != 0
}
func (b bits) each(n int, f func(int)) {
	for i := range n {
		if b.has(i) {
			f(i)
		}
	}
}

// find walks a relative path from elem i; -1 if the schema has no such path.
func (s *schema) find(i int, path string) int {
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, "/")
		if i = s.childNamed(i, name); i < 0 {
			return -1
		}
	}
	return i
}

// childNamed is the elem of a child by its name, or -1.
func (s *schema) childNamed(i int, name string) int {
	e := &s.elems[i]
	for c := e.first; c < e.first+e.n; c++ {
		if s.elems[c].name == name {
			return int(c)
		}
	}
	return -1
}

// path is the absolute path of elem i.
func (s *schema) path(i int) string {
	if i == 0 {
		return "/" + s.elems[0].name
	}
	return s.path(int(s.elems[i].parent)) + "/" + s.elems[i].name
}

// compile expands a message's types into paths. The tables have no recursive types; an operator's own schema that
// has one is refused by the limit.
func (t *Tables) compile(m *messageLine) (*schema, error) {
	s := &schema{message: m.name, namespace: m.namespace, elems: make([]elem, 1, 1024)}
	c := compiler{t: t, m: m, s: s, types: map[string]*typeDef{}}
	s.elems[0] = elem{name: m.root, min: 1, max: 1, parent: -1}
	if err := c.fill(0, m.rootType); err != nil {
		return nil, err
	}
	for i := 1; i < len(s.elems); i++ {
		if err := c.fill(i, s.elems[i].typeName); err != nil {
			return nil, err
		}
		if len(s.elems) > MaxPaths {
			return nil, fmt.Errorf("schema of %s: more than %d paths; a type may contain itself", m.name, MaxPaths)
		}
	}
	return s, nil
}

// compiler expands one message.
type compiler struct {
	t *Tables
	m *messageLine
	s *schema

	types map[string]*typeDef
}

// fill gives elem i the content of its type and appends its children.
func (c *compiler) fill(i int, name string) error {
	x := c.types[name]
	if x == nil {
		var err error
		if x, err = c.t.typeOf(c.m, name); err != nil {
			return fmt.Errorf("schema of %s, %s: %w", c.m.name, c.s.path(i), err)
		}
		c.types[name] = x
	}
	first := len(c.s.elems)
	for _, p := range x.children {
		c.s.elems = append(c.s.elems, elem{name: p.name, min: p.min, max: p.max, parent: int32(i), typeName: p.typeName, inChoice: p.group > 0})
	}
	e := &c.s.elems[i]
	e.typeName, e.content, e.text, e.attrs, e.any = name, x.content, x.text, x.attrs, x.any
	e.required, e.groups = x.required, x.groups
	e.first, e.n = int32(first), int32(len(x.children))
	return nil
}
