package mx

import (
	"strings"
	"sync"

	corridor "corridor.example/corridor"
)

// The parts of a message. An Elem carries its part, so that paths of the header and of the document never meet.
const (
	partDocument = iota
	partHeader
	partEnvelope
	partCount

	partShift = 24 // MaxPaths stays below it
)

func elemOf(part, i int) Elem { return Elem(part<<partShift | i) }

func (e Elem) split() (part, i int) { return int(e >> partShift), int(e & (1<<partShift - 1)) }

// model is the schema of a message with its header, and of its envelope if that has one.
type model struct {
	parts [partCount]*schema // nil where a part is absent
	kept  sync.Map           // what rules and readers compiled for this model, by name
}

// message is the document's type, or the header's when there is no document.
func (m *model) message() corridor.MessageType {
	if d := m.parts[partDocument]; d != nil {
		return d.message
	}
	return ""
}

// elem is the Elem of an absolute path without indexes, or noElem: /AppHdr/BizSvc, /Document/FICdtTrf/GrpHdr/MsgId.
func (m *model) elem(path string) Elem {
	root, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	for part, s := range m.parts {
		if s == nil || s.elems[0].name != root {
			continue
		}
		if i := s.find(0, rest); i >= 0 {
			return elemOf(part, i)
		}
	}
	return noElem
}

// below is the Elem of a path relative to e, or noElem: below(tx, "PmtId/UETR").
func (m *model) below(e Elem, path string) Elem {
	if e < 0 {
		return noElem
	}
	part, i := e.split()
	if i = m.parts[part].find(i, path); i < 0 {
		return noElem
	}
	return elemOf(part, i)
}

// at is the compiled element of e.
func (m *model) at(e Elem) *elem {
	part, i := e.split()
	return &m.parts[part].elems[i]
}

func (m *model) name(e Elem) string { return m.at(e).name }

// above reports whether a is an ancestor of e or e itself.
func (m *model) above(a, e Elem) bool {
	pa, ia := a.split()
	pe, ie := e.split()
	if pa != pe {
		return false
	}
	for elems := m.parts[pe].elems; ie >= ia; ie = int(elems[ie].parent) {
		if ie == ia {
			return true
		}
	}
	return false
}

// path is the absolute path of e, without indexes.
func (m *model) path(e Elem) string {
	part, i := e.split()
	return m.parts[part].path(i)
}

// each calls f for every path of a part of the model, parents before children.
func (m *model) each(part int, f func(Elem)) {
	if m.parts[part] == nil {
		return
	}
	for i := range m.parts[part].elems {
		f(elemOf(part, i))
	}
}

// keep returns what build made for this model under a name, building it at most once or so: two goroutines may
// both build, one result is kept.
func (m *model) keep(name string, build func() any) any {
	if v, ok := m.kept.Load(name); ok {
		return v
	}
	v, _ := m.kept.LoadOrStore(name, build())
	return v
}
