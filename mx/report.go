package mx

import (
	"slices"
	"strconv"
	"strings"

	corridor "corridor.example/corridor"
)

// report collects what is wrong with one message.
type report struct {
	found []finding
	more  int // findings beyond the limit
}

// finding is one fault or warning with its place as an offset; lines are counted when all are known.
type finding struct {
	at   int
	warn bool
	f    corridor.Fault
}

func (r *report) add(x finding) {
	if len(r.found) >= MaxFaults {
		if !x.warn {
			r.more++
		}
		return
	}
	x.f.Whose = corridor.Sender
	if len(x.f.Text) > corridor.MaxFaultText {
		x.f.Text = strings.ToValidUTF8(x.f.Text[:corridor.MaxFaultText], "")
	}
	r.found = append(r.found, x)
}

// fault refuses a message at node n.
func (r *report) fault(t *Tree, n int, code, rule, text string) {
	r.add(finding{at: t.offset(n), f: corridor.Fault{Code: code, Rule: rule, Text: text, Path: t.pathOrRoot(n)}})
}

// missing refuses a message because node n lacks the path e; n is -1 when even the root of e is absent.
func (r *report) missing(t *Tree, n int, e Elem, code, rule, text string) {
	path := t.model.path(e)
	if n >= 0 && t.elem(n) >= 0 {
		path = t.path(n) + strings.TrimPrefix(path, t.model.path(t.elem(n)))
	}
	r.add(finding{at: t.offset(n), f: corridor.Fault{Code: code, Rule: rule, Text: text, Path: path}})
}

// faultAttr refuses the attribute Ccy of node n.
func (r *report) faultAttr(t *Tree, n int, code, rule, text string) {
	r.add(finding{at: t.offset(n), f: corridor.Fault{Code: code, Rule: rule, Text: text, Path: t.path(n) + "/@Ccy"}})
}

// warn says something about node n that does not refuse the message.
func (r *report) warn(t *Tree, n int, code, rule, text string) {
	r.add(finding{at: t.offset(n), warn: true, f: corridor.Fault{Code: code, Rule: rule, Text: text, Path: t.pathOrRoot(n)}})
}

func (t *Tree) offset(n int) int {
	if n < 0 {
		return 0
	}
	return int(t.nodes[n].at)
}

func (t *Tree) pathOrRoot(n int) string {
	if n < 0 {
		return "/"
	}
	return t.path(n)
}

// class orders codes: what breaks the message itself comes before the rules that it then breaks too, because the
// first fault gives a refusal its code.
func class(code string) int {
	switch {
	case strings.HasPrefix(code, "XML"):
		return 0
	case strings.HasPrefix(code, "ENV"):
		return 1
	case code[0] == 'S':
		return 2
	}
	return 3
}

// sorted gives faults and warnings, by class and then in the order of the message, with lines and columns; strict makes
// warnings faults.
func (r *report) sorted(src []byte, strict bool) (faults, warnings []corridor.Fault) {
	slices.SortStableFunc(r.found, func(a, b finding) int { return a.at - b.at })
	var x lineIndex
	for i := range r.found {
		if d := &r.found[i]; d.f.Line == 0 {
			d.f.Line, d.f.Column = x.find(src, min(d.at, len(src)))
		}
	}
	slices.SortStableFunc(r.found, func(a, b finding) int { return class(a.f.Code) - class(b.f.Code) })
	for _, d := range r.found {
		if d.warn && !strict {
			warnings = append(warnings, d.f)
		} else {
			faults = append(faults, d.f)
		}
	}
	if r.more > 0 {
		faults = append(faults, corridor.Fault{Code: XMLLimit, Path: "/", Whose: corridor.Sender, Text: "more than " + strconv.Itoa(MaxFaults) + " faults; the check ends here"})
	}
	return faults, warnings
}
