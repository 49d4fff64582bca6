package mx

import (
	"fmt"
	"io"
	"strings"
)

// WriteXSD writes a message's table as an XML schema: for partners' tools, and for the proof that our tables say what
// an independent validator reads in them. Every path becomes a type of its own.
func (t *Tables) WriteXSD(w io.Writer, namespace string) error {
	s := t.schemaOf([]byte(namespace))
	if s == nil {
		return fmt.Errorf("no schema for the namespace %q", namespace)
	}
	b := &strings.Builder{}
	fmt.Fprintf(b, `<xs:schema xmlns="%s" xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified" targetNamespace="%s">`+"\n", s.namespace, s.namespace)
	fmt.Fprintf(b, `<xs:element name="%s" type="e0"/>`+"\n", s.elems[0].name)
	texts := map[string]*textType{}
	for i := range s.elems {
		s.writeType(b, i, texts)
	}
	for _, name := range sortedKeys(texts) {
		texts[name].writeXSD(b)
	}
	b.WriteString("</xs:schema>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// writeType writes the type of elem i; plain texts have their simple type.
func (s *schema) writeType(b *strings.Builder, i int, texts map[string]*textType) {
	e := &s.elems[i]
	switch {
	case e.content == contentText:
		texts[e.text.name] = e.text
		for _, a := range e.attrs {
			texts[a.text.name] = a.text
		}
		if len(e.attrs) == 0 {
			return
		}
		fmt.Fprintf(b, `<xs:complexType name="e%d"><xs:simpleContent><xs:extension base="%s">`, i, e.text.xsdName())
		for _, a := range e.attrs {
			use := "optional"
			if a.required {
				use = "required"
			}
			fmt.Fprintf(b, `<xs:attribute name="%s" type="%s" use="%s"/>`, a.name, a.text.xsdName(), use)
		}
		b.WriteString("</xs:extension></xs:simpleContent></xs:complexType>\n")
	case e.content == contentAny:
		fmt.Fprintf(b, `<xs:complexType name="e%d" mixed="%t"><xs:sequence><xs:any namespace="%s" processContents="skip"%s/></xs:sequence></xs:complexType>`+"\n",
			i, e.any.mixed, e.any.namespace, occursXSD(e.any.min, e.any.max))
	default:
		fmt.Fprintf(b, `<xs:complexType name="e%d"><xs:sequence>`, i)
		s.writeChildren(b, e)
		b.WriteString("</xs:sequence></xs:complexType>\n")
	}
}

// writeChildren writes a sequence, with its choices where their first member stands.
func (s *schema) writeChildren(b *strings.Builder, e *elem) {
	groupOf := func(k int) *choiceGroup {
		for i := range e.groups {
			if e.groups[i].members.has(k) {
				return &e.groups[i]
			}
		}
		return nil
	}
	var open *choiceGroup
	for k := range int(e.n) {
		if g := groupOf(k); g != open {
			if open != nil {
				b.WriteString("</xs:choice>")
			}
			if open = g; g != nil {
				lo := int32(0)
				if g.required {
					lo = 1
				}
				fmt.Fprintf(b, "<xs:choice%s>", occursXSD(lo, 1))
			}
		}
		i := int(e.first) + k
		child := &s.elems[i]
		typ := fmt.Sprintf("e%d", i)
		if child.content == contentText && len(child.attrs) == 0 {
			typ = child.text.xsdName()
		}
		fmt.Fprintf(b, `<xs:element name="%s" type="%s"%s/>`, child.name, typ, occursXSD(child.min, child.max))
	}
	if open != nil {
		b.WriteString("</xs:choice>")
	}
}

func occursXSD(lo, hi int32) string {
	if hi < 0 {
		return fmt.Sprintf(` minOccurs="%d" maxOccurs="unbounded"`, lo)
	}
	return fmt.Sprintf(` minOccurs="%d" maxOccurs="%d"`, lo, hi)
}

func (x *textType) xsdName() string { return "t." + strings.TrimPrefix(x.name, ".") }

// writeXSD writes a simple type with its facets.
func (x *textType) writeXSD(b *strings.Builder) {
	fmt.Fprintf(b, `<xs:simpleType name="%s"><xs:restriction base="xs:%s">`, x.xsdName(), baseNames[x.base])
	facet := func(name, value string) {
		fmt.Fprintf(b, `<xs:%s value="%s"/>`, name, xsdEscape.Replace(value))
	}
	if x.fraction >= 0 {
		facet("fractionDigits", fmt.Sprint(x.fraction))
	}
	if x.total >= 0 {
		facet("totalDigits", fmt.Sprint(x.total))
	}
	for _, d := range x.bounds {
		facet(map[string]string{">=": "minInclusive", ">": "minExclusive", "<=": "maxInclusive", "<": "maxExclusive"}[d.op], d.value)
	}
	if x.min > 0 {
		facet("minLength", fmt.Sprint(x.min))
	}
	if x.max >= 0 {
		facet("maxLength", fmt.Sprint(x.max))
	}
	if x.pattern != nil {
		facet("pattern", x.pattern.source)
	}
	for _, c := range x.codes {
		facet("enumeration", c)
	}
	b.WriteString("</xs:restriction></xs:simpleType>\n")
}

var xsdEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;")
