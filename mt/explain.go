package mt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Explain answers from the tables: what a code means ("T52"), how a type is built ("103", "fin.202.COV"), what a
// field looks like ("32A", "59a"). It reports whether anything is known of what was asked.
func (s *Standard) Explain(word string) (string, bool) {
	word = strings.TrimPrefix(strings.TrimPrefix(strings.Trim(word, ":"), "MT"), "fin.")
	var b strings.Builder
	s.explainCode(&b, strings.ToUpper(word))
	if t := s.types[typeWord(strings.ToUpper(word))]; t != nil {
		s.explainType(&b, t)
	}
	s.explainFields(&b, word)
	return b.String(), b.Len() > 0
}

// typeWord writes a type as the tables do, where people write "103 STP", "103STP" or "103+".
func typeWord(w string) string {
	w = strings.ReplaceAll(strings.ReplaceAll(w, " ", "."), "+", ".STP")
	if len(w) > 3 && w[3] != '.' {
		w = w[:3] + "." + w[3:]
	}
	return w
}

// explainCode says what a code means, and which rules of which types it stands for.
func (s *Standard) explainCode(b *strings.Builder, code string) {
	if text, ok := s.names[code]; ok {
		fmt.Fprintf(b, "%s: %s\n", code, text)
	}
	s.explainRules(b, code)
}

// explainType shows a structure: each line a field or a sequence, with how often it stands.
func (s *Standard) explainType(b *strings.Builder, t *typeDef) {
	fmt.Fprintf(b, "MT %s %s, up to %d characters (standards year %d)\n", strings.ReplaceAll(t.name, ".", " "), t.title, t.length, s.Year)
	s.explainSequence(b, t.root, 1)
	if t.copies {
		b.WriteString("  then copies of fields of the original message\n")
	}
	if t.holds {
		b.WriteString("  then, as the text of 77E, fields of a message of one's own\n")
	}
	for _, r := range s.rules.rules(t.name) {
		fmt.Fprintf(b, "  rule %s %s: %s\n", r.Name, r.Code, r.Text)
	}
}

func (s *Standard) explainSequence(b *strings.Builder, d *sequenceDef, depth int) {
	indent := strings.Repeat("  ", depth)
	for i := range d.elements {
		e := &d.elements[i]
		if e.seq != nil {
			fmt.Fprintf(b, "%s%-6s sequence %s %s\n", indent, e.count(), e.seq.path, e.seq.title)
			s.explainSequence(b, e.seq, depth+1)
			continue
		}
		fmt.Fprintf(b, "%s%-6s %-5s %s%s\n", indent, e.count(), e.tag(), e.name, e.detail())
	}
}

// count is how often an element stands: "1", "0..1", "1..n".
func (e *element) count() string {
	high := fmt.Sprint(e.max)
	if e.max >= unlimited {
		high = "n"
	}
	if low := fmt.Sprint(e.min); low != high {
		return low + ".." + high
	}
	return high
}

// detail lists options, block name and qualifiers.
func (e *element) detail() string {
	var b strings.Builder
	if l := letters(e.options); len(l) > 1 {
		for i := range l {
			l[i] = cmp.Or(l[i], "-")
		}
		b.WriteString(", options " + strings.Join(l, " "))
	}
	if e.block != "" {
		b.WriteString(" " + e.block)
	}
	for _, q := range e.qualifiers {
		b.WriteString(" :" + strings.Join(q.words, "|"))
		if q.min > 0 {
			b.WriteString("!")
		}
		if q.max > 1 {
			b.WriteString("*")
		}
	}
	return b.String()
}

// explainFields shows the formats of a tag: of all options if it ends in 'a' or names none.
func (s *Standard) explainFields(b *strings.Builder, word string) {
	stem, all := strings.CutSuffix(word, "a")
	for _, tag := range s.Tags() {
		number := strings.TrimRight(tag, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		if tag == strings.ToUpper(word) || number == stem && (all || len(word) < 3) {
			s.explainField(b, s.formats[tag])
		}
	}
}

func (s *Standard) explainField(b *strings.Builder, f *format) {
	notation := strings.ReplaceAll(f.notation, "$", " (line end) ")
	if f.other != nil {
		notation += " or " + f.other.notation
	}
	fmt.Fprintf(b, "field %s %s: %s\n", f.tag, f.name, notation)
	for _, c := range f.components {
		optional := ""
		if c.optional {
			optional = ", optional"
		}
		fmt.Fprintf(b, "    %-32s %s%s\n", c.name, c.kind, optional)
	}
	if f.noSlash {
		b.WriteString("    no slash at either end and no double slash (T26)\n")
	}
	for _, l := range s.codes[f.tag] {
		fmt.Fprintf(b, "    %s of MT %s (%s): %s\n", cmp.Or(l.qualifier, l.component), strings.Join(l.types, ", "), l.code, strings.Join(l.words, ", "))
	}
	if users := s.usersOf(f); len(users) > 0 {
		fmt.Fprintf(b, "    in MT %s\n", strings.Join(users, " "))
	}
}

// usersOf lists the types that have a field.
func (s *Standard) usersOf(f *format) []string {
	var list []string
	for name, t := range s.types {
		for num, options := range t.elements {
			for _, l := range letters(options) {
				if fmt.Sprintf("%02d%s", num, l) == f.tag {
					list = append(list, name)
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Text is what a code means, as the tables say it; empty for a code that only rules have.
func (s *Standard) Text(code string) string { return s.names[code] }
