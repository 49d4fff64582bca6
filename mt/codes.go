package mt

import (
	"fmt"
	"slices"
	"strings"
)

// codeList is the words that a component may be, in some types.
type codeList struct {
	types     []string // "103", "54*", "*"
	qualifier string   // of a generic field; "" for any
	component string   // name; "*" for the whole value
	code      string   // of the fault
	words     []string
}

// readCode reads "103,103.STP 23E instruction_code T48: CHQB, CORT" and, for generic fields, "54* 22F::SETR …".
func (s *Standard) readCode(line string) error {
	head, words, ok := strings.Cut(line, ": ")
	w := strings.Fields(head)
	if !ok || len(w) != 4 {
		return fmt.Errorf("%q: a list of codes is TYPES TAG COMPONENT CODE: WORD, WORD …", line)
	}
	tag, qualifier, _ := strings.Cut(w[1], "::")
	f := s.formats[tag]
	if f == nil || w[2] != "*" && f.index(w[2]) < 0 {
		return fmt.Errorf("%q: field %s has no component %s", line, tag, w[2])
	}
	s.codes[tag] = append(s.codes[tag], codeList{strings.Split(w[0], ","), qualifier, w[2], w[3], strings.Split(words, ", ")})
	f.coded = true
	return nil
}

// covers reports that the list counts for a field of a type, standing in the sequence path.
func (l *codeList) covers(t *typeDef, path string) bool {
	for _, p := range l.types {
		name, in, placed := strings.Cut(p, "@")
		stem, any := strings.CutSuffix(name, "*")
		if name == "*" || t == nil {
			if name == "*" {
				return true
			}
			continue
		}
		if (any && strings.HasPrefix(t.name, stem) || name == t.name) && (!placed || in == path) {
			return true
		}
	}
	return false
}

// codeWords checks the code words of a field. A data source scheme says that the words are somebody else's.
func (c *checker) codeWords(f *Field) {
	if !f.form.coded {
		return
	}
	lists := c.std.codes[f.Tag]
	path, _ := c.m.Path(f)
	for i := range lists {
		l := &lists[i]
		if l.qualifier != "" && l.qualifier != f.Qualifier() || !l.covers(c.m.def, path) {
			continue
		}
		c.codeWord(f, l)
	}
}

func (c *checker) codeWord(f *Field, l *codeList) {
	s := span{0, len(f.Value)}
	if l.component != "*" {
		if i := f.form.index("data_source_scheme"); i >= 0 && c.match.found[i].start >= 0 {
			return
		}
		if s = c.match.found[f.form.index(l.component)]; s.start < 0 {
			return
		}
	}
	if v := f.Value[s.start:s.end]; !slices.Contains(l.words, v) {
		c.fieldFault(l.code, f, f.at(s.start), "%s is not one of %s", excerpt(v), strings.Join(l.words, ", "))
	}
}

// qualifiers checks a run of one generic field: known qualifiers, with their options, as often as allowed.
func (c *checker) qualifiers(e *element, run []Field) {
	var seen [64]int
	unknown := false
	for i := range run {
		f := &run[i]
		q := f.Qualifier()
		if q == "" {
			unknown = true // not generic in form: the check of contents says so
			continue
		}
		n := e.qualifierIndex(q, f.option)
		switch {
		case n < 0 && e.open:
		case n < 0:
			unknown = true
			c.fieldFault("T89", f, f.Line, "qualifier %s is not allowed here", q)
		case n < len(seen):
			if seen[n]++; seen[n] > e.qualifiers[n].max {
				c.fieldFault("T89", f, f.Line, "qualifier %s stands twice", q)
			}
		}
	}
	if e.open || unknown {
		return // what the table does not know may stand for what is missing
	}
	for n := range e.qualifiers {
		if q := &e.qualifiers[n]; q.min > 0 && n < len(seen) && seen[n] == 0 {
			f := &run[len(run)-1]
			c.fieldFault("T13", f, f.Line, "qualifier %s is missing", strings.Join(q.words, " or "))
		}
	}
}

// qualifierIndex finds the order that a qualifier with an option belongs to, or -1.
func (e *element) qualifierIndex(word string, option byte) int {
	for i := range e.qualifiers {
		q := &e.qualifiers[i]
		if q.options&optionBit(option) != 0 && slices.Contains(q.words, word) {
			return i
		}
	}
	return -1
}
