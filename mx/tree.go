package mx

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Elem is a path of a model: an element at its place in the header or the document.
type Elem int32

// noElem is the path of what the schema does not know.
const noElem Elem = -1

// node is one element of a message. Nodes stand in document order, so the subtree of node n is the nodes from
// n to its end.
type node struct {
	elem   Elem
	parent int32
	end    int32 // 1 + the last node below
	same   int32 // the next node of the same path, or -1
	nth    int32 // the how-manieth of its name below its parent, from 1
	at     int32 // offset of its '<' in the message
	text   span  // its value, if it has text
	ccy    span  // its attribute Ccy
}

// span is a piece of the message, or of the decoded texts beside it.
type span struct {
	from, to int32 // to is complemented (negative) when the piece stands in the decoded texts
}

// Tree is one message as its rules and readers see it.
type Tree struct {
	model   *model
	src     []byte
	decoded []byte
	nodes   []node
	heads   [partCount][]int32 // by Elem: 1 + its first node
	tails   [partCount][]int32 // by Elem: its last node, where heads has one
}

// lineIndex finds lines of growing offsets without starting over.
type lineIndex struct{ at, line, start int }

func (t *Tree) piece(s span) []byte {
	if s.to < 0 {
		return t.decoded[s.from:^s.to]
	}
	return t.src[s.from:s.to]
}

// text is a node's value with references resolved, white space kept.
func (t *Tree) text(n int) []byte { return t.piece(t.nodes[n].text) }

// ccy is a node's attribute Ccy, empty if there is none.
func (t *Tree) ccy(n int) []byte { return t.piece(t.nodes[n].ccy) }

// first is the first node at path e, or -1.
func (t *Tree) first(e Elem) int {
	if e < 0 {
		return -1
	}
	part, i := e.split()
	if i >= len(t.heads[part]) {
		return -1
	}
	return int(t.heads[part][i]) - 1
}

// next is the next node of the same path in document order, or -1.
func (t *Tree) next(n int) int { return int(t.nodes[n].same) }

// under is the first node at path e below scope (or scope itself), or -1.
func (t *Tree) under(scope int, e Elem) int {
	if scope < 0 {
		return t.first(e)
	}
	if t.nodes[scope].elem == e {
		return scope
	}
	n := t.first(e)
	if n < 0 || n >= scope {
		if n >= int(t.nodes[scope].end) {
			return -1
		}
		return n
	}
	return t.search(scope, e)
}

// search looks for e below scope level by level, which stays cheap when the path repeats often before scope.
func (t *Tree) search(scope int, e Elem) int {
	end := int(t.nodes[scope].end)
	for n := scope + 1; n < end; {
		x := &t.nodes[n]
		if x.elem == e {
			return n
		}
		if x.elem >= 0 && t.model.above(x.elem, e) {
			n++
			continue
		}
		n = int(x.end)
	}
	return -1
}

// nextUnder is the next node of the same path below scope, or -1.
func (t *Tree) nextUnder(scope, n int) int {
	n = t.next(n)
	if n < 0 || scope >= 0 && n >= int(t.nodes[scope].end) {
		return -1
	}
	return n
}

// has reports a node at path e below scope.
func (t *Tree) has(scope int, e Elem) bool { return t.under(scope, e) >= 0 }

// parent is the node above n, or -1.
func (t *Tree) parent(n int) int { return int(t.nodes[n].parent) }

// elem is the path of node n, or noElem.
func (t *Tree) elem(n int) Elem { return t.nodes[n].elem }

// name is the local name of node n.
func (t *Tree) name(n int) string {
	if e := t.nodes[n].elem; e >= 0 {
		return t.model.name(e)
	}
	return string(localName(t.rawName(n)))
}

func (t *Tree) rawName(n int) []byte {
	at := int(t.nodes[n].at) + 1
	return t.src[at:nameEnd(t.src, at)]
}

func localName(n []byte) []byte { return n[bytes.IndexByte(n, ':')+1:] }

// path is the absolute path of node n; from the second of its name on, an element has its index.
func (t *Tree) path(n int) string {
	var up []int
	for ; n >= 0; n = t.parent(n) {
		up = append(up, n)
	}
	var b strings.Builder
	for i := len(up) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(t.name(up[i]))
		if k := t.nodes[up[i]].nth; k > 1 {
			b.WriteByte('[')
			b.WriteString(strconv.Itoa(int(k)))
			b.WriteByte(']')
		}
	}
	return b.String()
}

func (x *lineIndex) find(src []byte, at int) (line, column int) {
	if x.line == 0 || at < x.start {
		*x = lineIndex{line: 1}
	}
	for x.at < at {
		k := bytes.IndexByte(src[x.at:at], '\n')
		if k < 0 {
			x.at = at
			break
		}
		x.at += k + 1
		x.line++
		x.start = x.at
	}
	return x.line, utf8.RuneCount(src[x.start:at]) + 1
}
