package mx

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	corridor "corridor.example/corridor"
)

// element is an element of a message under construction.
type element struct {
	name, ccy, text string
	kids            []*element
}

func (e *element) write(b *strings.Builder) {
	b.WriteString("<" + e.name)
	if e.ccy != "" {
		b.WriteString(` Ccy="` + e.ccy + `"`)
	}
	b.WriteString(">" + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(e.text))
	for _, k := range e.kids {
		k.write(b)
	}
	b.WriteString("</" + e.name + ">")
}

func (e *element) copy() *element {
	c := &element{name: e.name, ccy: e.ccy, text: e.text}
	for _, k := range e.kids {
		c.kids = append(c.kids, k.copy())
	}
	return c
}

// shortReader reads the short form: Name:value, Name@CCY:value, Name(children).
type shortReader struct {
	s   string
	err error
}

func (r *shortReader) list() (out []*element) {
	for {
		r.s = strings.TrimLeft(r.s, " \n")
		if r.s == "" || r.s[0] == ')' || r.err != nil {
			return out
		}
		out = append(out, r.element()...)
	}
}

// element reads one element, and "*N" behind it as N of them.
func (r *shortReader) element() []*element {
	i := strings.IndexAny(r.s, "(:@ )")
	if i <= 0 {
		r.err = fmt.Errorf("%q is no element", r.s)
		return nil
	}
	e := &element{name: r.s[:i]}
	if r.s = r.s[i:]; r.s[0] == '@' {
		e.ccy, r.s = r.s[1:4], r.s[4:]
	}
	switch r.s[0] {
	case '(':
		r.s = r.s[1:]
		e.kids = r.list()
		r.s = strings.TrimPrefix(r.s, ")")
	case ':':
		e.text = r.value()
	}
	n := 1
	if strings.HasPrefix(r.s, "*") {
		n, r.err = strconv.Atoi(r.s[1:])
		r.s = ""
	}
	out := []*element{e}
	for ; n > 1; n-- {
		out = append(out, e.copy())
	}
	return out
}

func (r *shortReader) value() string {
	if strings.HasPrefix(r.s, `:"`) {
		i := strings.IndexByte(r.s[2:], '"') + 2
		v := r.s[2:i]
		r.s = r.s[i+1:]
		return v
	}
	i := strings.IndexAny(r.s, " )\n")
	if i < 0 {
		i = len(r.s)
	}
	v := r.s[1:i]
	r.s = r.s[i:]
	return v
}

// example is the example of one guideline.
type example struct {
	message corridor.MessageType
	variant string
	body    *element
}

// examples reads testdata/usage/bases.txt.
func examples(t *testing.T) map[string]example {
	b, err := os.ReadFile("testdata/usage/bases.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]example{}
	for _, block := range strings.Split(string(b), "\nbase ")[1:] {
		head, body, _ := strings.Cut(block, "\n")
		w := strings.Fields(head)
		r := shortReader{s: strings.NewReplacer("$U", "8a562c67-ca16-48ba-b074-65581be6f001", "$T", "2026-11-24T09:00:00+00:00").Replace(body)}
		root := &element{name: w[3], kids: r.list()}
		if r.err != nil || r.s != "" {
			t.Fatalf("example %s: %v, left %q", w[0], r.err, r.s)
		}
		out[w[0]] = example{corridor.MessageType(w[1]), w[2], root}
	}
	return out
}

// build is the message of an example under a profile, after edits.
func (x example) build(p Profile, edits string) (string, error) {
	m := &element{name: "Envelope", kids: []*element{
		{name: "AppHdr", kids: (&shortReader{s: "Fr(FIId(FinInstnId(BICFI:MERIDEFFXXX))) To(FIId(FinInstnId(BICFI:CEDRFRPPXXX))) BizMsgIdr:M1 MsgDefIdr:" +
			string(x.message) + " BizSvc:" + usageTables()[p].servicesOf(x.message, x.variant)[0] + " CreDt:2026-11-24T09:00:00+00:00"}).list()},
		{name: "Document", kids: []*element{x.body.copy()}},
	}}
	if edits != "" {
		for edit := range strings.SplitSeq(edits, "; ") {
			if err := m.edit(edit); err != nil {
				return "", fmt.Errorf("edit %q: %w", edit, err)
			}
		}
	}
	var b strings.Builder
	m.write(&b)
	s := strings.Replace(b.String(), "<AppHdr>", `<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">`, 1)
	return strings.Replace(s, "<Document>", `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:`+string(x.message)+`">`, 1), nil
}

// edit changes the message: -PATH removes, PATH=text and PATH@Ccy=CCY set, PATH>X, PATH<X and PATH+X put the elements
// X behind, before, or as the last below. The first element whose path ends in PATH is meant; head/ is the header.
func (e *element) edit(s string) error {
	if s[0] == '-' {
		up, i := e.find(s[1:])
		if up == nil {
			if s == "-head/CpyDplct" {
				return nil
			}
			return fmt.Errorf("no such element")
		}
		up.kids = append(up.kids[:i:i], up.kids[i+1:]...)
		return nil
	}
	at := strings.IndexAny(s, "=><+")
	path, ccy := strings.CutSuffix(s[:at], "@Ccy")
	up, i := e.find(path)
	if up == nil {
		return fmt.Errorf("no element %s", path)
	}
	value := strings.Trim(s[at+1:], `"`)
	switch {
	case ccy:
		up.kids[i].ccy = value
		return nil
	case s[at] == '=':
		up.kids[i].text = value
		return nil
	}
	r := shortReader{s: s[at+1:]}
	x := r.list()
	if r.err != nil {
		return r.err
	}
	switch s[at] {
	case '+':
		up.kids[i].kids = append(up.kids[i].kids, x...)
	case '>':
		up.kids = append(up.kids[:i+1:i+1], append(x, up.kids[i+1:]...)...)
	case '<':
		up.kids = append(up.kids[:i:i], append(x, up.kids[i:]...)...)
	}
	return nil
}

// find is the first element whose path ends in the given one, as a child of another.
func (e *element) find(path string) (up *element, i int) {
	want := "/" + strings.Replace(path, "head/", "AppHdr/", 1)
	var walk func(e *element, at string) (*element, int)
	walk = func(e *element, at string) (*element, int) {
		for i, k := range e.kids {
			here := at + "/" + k.name
			if strings.HasSuffix(here, want) {
				return e, i
			}
			if up, j := walk(k, here); up != nil {
				return up, j
			}
		}
		return nil, 0
	}
	return walk(e, "")
}
