package mx

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

//go:embed standard/data/names.txt
var namesText string

// namePieces are the pieces of elements' names and their words.
var namePieces = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for w := range words(namesText) {
		m[w[0]] = strings.Join(w[1:], " ")
	}
	return m
})

// FullName spells an element's short name out: "UltmtDbtr" is "Ultimate Debtor". What is not known stays.
func FullName(name string) string {
	var out []string
	for pieces := cutAtCapitals(name); len(pieces) > 0; {
		n := len(pieces)
		for n > 1 && namePieces()[strings.Join(pieces[:n], "")] == "" {
			n--
		}
		piece := strings.Join(pieces[:n], "")
		if w := namePieces()[piece]; w != "" {
			piece = w
		}
		out, pieces = append(out, piece), pieces[n:]
	}
	return strings.Join(out, " ")
}

// cutAtCapitals cuts "UltmtDbtrAcct" into its pieces; runs of capitals stay together.
func cutAtCapitals(name string) []string {
	var out []string
	from := 0
	upper := func(i int) bool { return name[i] >= 'A' && name[i] <= 'Z' }
	for i := 1; i < len(name); i++ {
		if upper(i) && (!upper(i-1) || i+1 < len(name) && !upper(i+1) && name[i+1] >= 'a') || isDigitByte(name[i]) && !isDigitByte(name[i-1]) {
			out = append(out, name[from:i])
			from = i
		}
	}
	return append(out, name[from:])
}

func isDigitByte(c byte) bool { return '0' <= c && c <= '9' }

// Print gives a message for people: every element on a line, indented, its name spelled out, its text behind.
func Print(m *Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", m.Type)
	if m.Header != "" {
		fmt.Fprintf(&b, " with %s", m.Header)
	}
	fmt.Fprintf(&b, " (%s)\n", m.Envelope)
	for _, e := range [...]*Element{m.AppHdr, m.Document} {
		if e != nil {
			e.print(&b, 0)
		}
	}
	return b.String()
}

func (e *Element) print(b *strings.Builder, depth int) {
	value := e.Text + e.Foreign
	if e.Ccy != "" {
		value = e.Ccy + " " + value
	}
	line := fmt.Sprintf("%-44s %s", strings.Repeat("  ", depth)+e.Name, value)
	if full := FullName(e.Name); full != e.Name {
		line = fmt.Sprintf("%-80s (%s)", line, full)
	}
	b.WriteString(strings.TrimRight(line, " "))
	b.WriteByte('\n')
	for _, c := range e.Children {
		c.print(b, depth+1)
	}
}

// Explain is the tables as a help desk: a code of this package, a message, or a path in one. full writes the whole
// structure below, else one level.
func (t *Tables) Explain(word string, full bool) (string, bool) {
	if word == "codes" {
		return codeList(), true
	}
	if text, ok := codeTexts[word]; ok {
		return fmt.Sprintf("%s: %s\n", word, text), true
	}
	name, path, _ := strings.Cut(strings.Trim(word, "/"), "/")
	if s := t.schemaOf([]byte(isoNamespace + name)); s != nil {
		return s.explain(path, full)
	}
	if all := t.versions(name); len(all) > 0 {
		return fmt.Sprintf("%s in these versions: %s\n", name, strings.Join(all, " ")), true
	}
	if x, ok := ExplainUsage(word); ok {
		return x, true
	}
	if full := FullName(name); full != name && !strings.Contains(name, ".") { // a name with a dot is a message, and none that is known
		return fmt.Sprintf("%s: %s\n", name, full), true
	}
	return "", false
}

// versions lists the messages that begin with a name: pacs.008.
func (t *Tables) versions(name string) []string {
	var out []string
	for _, m := range t.Messages() {
		if strings.HasPrefix(string(m), name) {
			out = append(out, string(m))
		}
	}
	return out
}

// explain writes an element of a message and what may stand below.
func (s *schema) explain(path string, full bool) (string, bool) {
	path = strings.TrimPrefix(strings.TrimPrefix(path, s.elems[0].name), "/")
	i := s.find(0, path)
	if i < 0 {
		return "", false
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s (%s)\n", s.message, s.path(i), FullName(s.elems[i].name))
	s.explainElement(&b, i, 0, full, true)
	return b.String(), true
}

func (s *schema) explainElement(b *strings.Builder, i, depth int, full, root bool) {
	e := &s.elems[i]
	count := fmt.Sprintf("%d..%d", e.min, e.max)
	if e.max < 0 {
		count = fmt.Sprintf("%d..n", e.min)
	}
	what := strings.TrimPrefix(e.typeName, "=") // a root whose type stands in its message's line has no name
	switch {
	case e.content == contentText:
		what = e.text.describe()
		for _, a := range e.attrs {
			what += ", @" + a.name + " " + a.text.describe()
		}
	case e.content == contentAny:
		what = "any element of " + e.any.namespace
	case len(e.groups) > 0 && len(e.groups[0].members.list()) == int(e.n):
		what = "one of"
	}
	line := fmt.Sprintf("%-5s%-*s%s", count, max(36, 2*depth+len(e.name)+2), strings.Repeat("  ", depth)+e.name, what)
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	if !root && !full {
		return
	}
	for k := e.first; k < e.first+e.n; k++ {
		s.explainElement(b, int(k), depth+1, full, false)
	}
}

// list is the members of a set.
func (b bits) list() []int {
	var out []int
	b.each(maxChildren, func(i int) { out = append(out, i) })
	return out
}

// codeList lists the codes of this package with their texts, sorted.
func codeList() string {
	var b strings.Builder
	for _, code := range sortedKeys(codeTexts) {
		fmt.Fprintf(&b, "%-7s %s\n", code, codeTexts[code])
	}
	return b.String()
}
