package mx

import (
	"encoding/xml"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
)

// xsdNode is one element of a schema file. Schema files are read once, by an operator, so the standard library's
// decoder serves.
type xsdNode struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []*xsdNode `xml:",any"`
}

func (n *xsdNode) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

func (n *xsdNode) is(name string) bool { return n.XMLName.Local == name }

// parts are the children that say something: annotations do not.
func (n *xsdNode) parts() []*xsdNode {
	var out []*xsdNode
	for _, c := range n.Children {
		if !c.is("annotation") {
			out = append(out, c)
		}
	}
	return out
}

// xsdMessage is one schema file in our form: a message and the lines of its types.
type xsdMessage struct {
	name, namespace, root, rootType string
	types                           map[string]string // name → kind and rest of its line
}

// xsdReader turns one schema file into lines.
type xsdReader struct {
	simple  map[string]*xsdNode
	complex map[string]*xsdNode
	out     xsdMessage
	busy    map[string]bool
}

// readXSD reads a schema file. It knows what ISO 20022 schemas use and a little more; what it does not know it
// refuses by name, because a table that says less than its schema would let bad messages pass.
func readXSD(r io.Reader) (*xsdMessage, error) {
	var top xsdNode
	if err := xml.NewDecoder(r).Decode(&top); err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	if !top.is("schema") {
		return nil, fmt.Errorf("the file is no XML schema: its root is %s", top.XMLName.Local)
	}
	x := xsdReader{simple: map[string]*xsdNode{}, complex: map[string]*xsdNode{}, busy: map[string]bool{}}
	x.out.types = map[string]string{}
	x.out.namespace = top.attr("targetNamespace")
	x.out.name = strings.TrimPrefix(x.out.namespace, isoNamespace)
	var roots []*xsdNode
	for _, c := range top.parts() {
		switch {
		case c.is("simpleType"):
			x.simple[c.attr("name")] = c
		case c.is("complexType"):
			x.complex[c.attr("name")] = c
		case c.is("element"):
			roots = append(roots, c)
		default:
			return nil, fmt.Errorf("xs:%s at the top of a schema is not supported", c.XMLName.Local)
		}
	}
	if len(roots) != 1 {
		return nil, fmt.Errorf("the schema has %d root elements; a message has one", len(roots))
	}
	if i := strings.LastIndexByte(x.out.name, ':'); i >= 0 {
		x.out.name = x.out.name[i+1:]
	}
	x.out.root = roots[0].attr("name")
	var err error
	x.out.rootType, err = x.elementType(roots[0], "")
	return &x.out, err
}

// elementType is the name of an element's type, with its line made.
func (x *xsdReader) elementType(e *xsdNode, owner string) (string, error) {
	if t := e.attr("type"); t != "" {
		return x.named(t)
	}
	for _, c := range e.parts() {
		name := owner + "." + e.attr("name")
		if c.is("simpleType") || c.is("complexType") {
			return name, x.define(name, c)
		}
	}
	return "", fmt.Errorf("element %s has no type", e.attr("name"))
}

// named makes the line of a type by its name, once.
func (x *xsdReader) named(qname string) (string, error) {
	prefix, name, ok := strings.Cut(qname, ":")
	if !ok {
		name = qname
	}
	if n := x.simple[name]; n != nil {
		return name, x.define(name, n)
	}
	if n := x.complex[name]; n != nil {
		return name, x.define(name, n)
	}
	if ok && (prefix == "xs" || prefix == "xsd") {
		if _, known := builtin[name]; known {
			x.out.types["xs."+name] = "text " + builtin[name]
			return "xs." + name, nil
		}
	}
	return "", fmt.Errorf("type %s is not in the schema and not supported", qname)
}

// builtin are the built-in types that may stand without a definition, in our words.
var builtin = map[string]string{
	"string": "string", "decimal": "decimal", "boolean": "boolean", "date": "date", "dateTime": "dateTime", "time": "time",
	"gYear": "gYear", "gYearMonth": "gYearMonth", "base64Binary": "base64Binary", "integer": "integer",
	"nonNegativeInteger": "integer >=0", "positiveInteger": "integer >=1", "int": "integer >=-2147483648 <=2147483647",
	"unsignedInt": "integer >=0 <=4294967295", "long": "integer >=-9223372036854775808 <=9223372036854775807",
}

// define makes the line of a type.
func (x *xsdReader) define(name string, n *xsdNode) error {
	if x.busy[name] {
		if _, done := x.out.types[name]; !done {
			return fmt.Errorf("type %s contains itself, which is not supported", name)
		}
		return nil
	}
	x.busy[name] = true
	var line string
	var err error
	if n.is("simpleType") {
		line, err = x.simpleLine(n)
	} else {
		line, err = x.complexLine(name, n)
	}
	if err != nil {
		return fmt.Errorf("type %s: %w", name, err)
	}
	x.out.types[name] = line
	return nil
}

// facets are those of one simple type, its base's included.
type facets struct {
	base           string
	min, max       string
	total, frac    string
	bounds         []string
	patterns       []string
	codes          []string
	inheritPattern bool
}

// simpleLine is the line of a simple type.
func (x *xsdReader) simpleLine(n *xsdNode) (string, error) {
	f, err := x.facetsOf(n)
	if err != nil {
		return "", err
	}
	if len(f.codes) > 0 {
		if f.base != "string" {
			return "", fmt.Errorf("an enumeration of %s is not supported", f.base)
		}
		words := make([]string, len(f.codes))
		for i, c := range f.codes {
			if words[i] = c; c == "" || strings.ContainsAny(c, " \t\"\\") {
				words[i] = strconv.Quote(c)
			}
		}
		return "code " + strings.Join(words, " "), nil
	}
	out := []string{"text", f.base}
	if f.min != "" || f.max != "" {
		out = append(out, f.min+".."+f.max)
	}
	if f.total != "" || f.frac != "" {
		out = append(out, f.total+"."+f.frac)
	}
	out = append(out, f.bounds...)
	switch len(f.patterns) {
	case 0:
	case 1:
		out = append(out, "/"+f.patterns[0])
	default:
		out = append(out, "/("+strings.Join(f.patterns, ")|(")+")")
	}
	return strings.Join(out, " "), nil
}

// facetsOf reads a restriction and those that it restricts.
func (x *xsdReader) facetsOf(n *xsdNode) (facets, error) {
	parts := n.parts()
	if len(parts) != 1 || !parts[0].is("restriction") {
		return facets{}, fmt.Errorf("a simple type that is no restriction is not supported")
	}
	r := parts[0]
	f, err := x.baseFacets(r)
	if err != nil {
		return f, err
	}
	f.inheritPattern = len(f.patterns) > 0
	f.codes = nil // an enumeration replaces the one that it restricts
	for _, p := range r.parts() {
		if err := f.add(p); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (x *xsdReader) baseFacets(r *xsdNode) (facets, error) {
	base := r.attr("base")
	_, local, ok := strings.Cut(base, ":")
	if !ok {
		local = base
	}
	if n := x.simple[local]; n != nil {
		return x.facetsOf(n)
	}
	words := strings.Fields(builtin[local])
	if len(words) == 0 {
		return facets{}, fmt.Errorf("the base %s is not supported", base)
	}
	return facets{base: words[0], bounds: words[1:]}, nil
}

// add takes one facet into account.
func (f *facets) add(p *xsdNode) error {
	v := p.attr("value")
	switch p.XMLName.Local {
	case "minLength":
		f.min = v
	case "maxLength":
		f.max = v
	case "length":
		f.min, f.max = v, v
	case "totalDigits":
		f.total = v
	case "fractionDigits":
		f.frac = v
	case "minInclusive":
		f.bounds = append(f.bounds, ">="+v)
	case "minExclusive":
		f.bounds = append(f.bounds, ">"+v)
	case "maxInclusive":
		f.bounds = append(f.bounds, "<="+v)
	case "maxExclusive":
		f.bounds = append(f.bounds, "<"+v)
	case "enumeration":
		f.codes = append(f.codes, v)
	case "pattern":
		if f.inheritPattern {
			return fmt.Errorf("a pattern on top of a pattern is not supported")
		}
		if strings.ContainsAny(v, "\n") {
			return fmt.Errorf("a pattern over several lines is not supported")
		}
		f.patterns = append(f.patterns, v)
	case "whiteSpace":
		if v != "preserve" && f.base == "string" {
			return fmt.Errorf("whiteSpace %s is not supported", v)
		}
	default:
		return fmt.Errorf("the facet xs:%s is not supported", p.XMLName.Local)
	}
	return nil
}

// complexLine is the line of a complex type.
func (x *xsdReader) complexLine(name string, n *xsdNode) (string, error) {
	parts := n.parts()
	if len(parts) != 1 {
		return "", fmt.Errorf("a complex type with %d parts is not supported", len(parts))
	}
	p := parts[0]
	switch {
	case p.is("simpleContent"):
		return x.valueLine(p)
	case p.is("sequence") && hasAny(p):
		return anyLine(n, p)
	case p.is("sequence"):
		if inner := p.parts(); len(inner) == 1 && inner[0].is("choice") && once(inner[0]) {
			p = inner[0]
		}
	case p.is("choice"):
	default:
		return "", fmt.Errorf("xs:%s is not supported", p.XMLName.Local)
	}
	if !once(p) || n.attr("mixed") == "true" {
		return "", fmt.Errorf("a repeated group or mixed content is not supported")
	}
	kind := "seq"
	if p.is("choice") {
		kind = "choice"
	}
	words, err := x.children(p, name)
	return strings.Join(append([]string{kind}, words...), " "), err
}

func once(n *xsdNode) bool {
	lo, hi := n.attr("minOccurs"), n.attr("maxOccurs")
	return (lo == "" || lo == "1") && (hi == "" || hi == "1")
}

func hasAny(n *xsdNode) bool {
	for _, c := range n.parts() {
		if c.is("any") {
			return true
		}
	}
	return false
}

// children are the words of a group's elements; a choice inside a sequence stands in brackets.
func (x *xsdReader) children(g *xsdNode, owner string) ([]string, error) {
	var out []string
	for _, c := range g.parts() {
		switch {
		case c.is("element"):
			w, err := x.childWord(c, owner)
			if err != nil {
				return nil, err
			}
			out = append(out, w)
		case c.is("sequence") && g.is("sequence") && once(c):
			inner, err := x.children(c, owner)
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
		case c.is("choice") && g.is("sequence") && (c.attr("maxOccurs") == "" || c.attr("maxOccurs") == "1"):
			inner, err := x.children(c, owner)
			if err != nil {
				return nil, err
			}
			end := ")"
			if c.attr("minOccurs") == "0" {
				end = ")?"
			}
			out = append(append(append(out, "("), inner...), end)
		default:
			return nil, fmt.Errorf("xs:%s inside xs:%s is not supported there", c.XMLName.Local, g.XMLName.Local)
		}
	}
	return out, nil
}

// childWord is NAME:TYPE with its count.
func (x *xsdReader) childWord(e *xsdNode, owner string) (string, error) {
	typ, err := x.elementType(e, owner)
	if err != nil {
		return "", err
	}
	for _, a := range []string{"default", "fixed", "nillable", "substitutionGroup", "ref"} {
		if v := e.attr(a); v != "" && v != "false" {
			return "", fmt.Errorf("element %s: %s is not supported", e.attr("name"), a)
		}
	}
	return e.attr("name") + ":" + typ + countWord(e.attr("minOccurs"), e.attr("maxOccurs")), nil
}

// countWord writes minOccurs and maxOccurs.
func countWord(lo, hi string) string {
	if lo == "" {
		lo = "1"
	}
	if hi == "" {
		hi = "1"
	}
	switch lo + " " + hi {
	case "1 1":
		return ""
	case "0 1":
		return "?"
	case "0 unbounded":
		return "*"
	case "1 unbounded":
		return "+"
	}
	return "{" + lo + "," + strings.Replace(hi, "unbounded", "", 1) + "}"
}

// valueLine is the line of text with attributes.
func (x *xsdReader) valueLine(content *xsdNode) (string, error) {
	parts := content.parts()
	if len(parts) != 1 || !parts[0].is("extension") {
		return "", fmt.Errorf("simple content that is no extension is not supported")
	}
	base, err := x.named(parts[0].attr("base"))
	if err != nil {
		return "", err
	}
	out := []string{"value", base}
	for _, a := range parts[0].parts() {
		if !a.is("attribute") {
			return "", fmt.Errorf("xs:%s in simple content is not supported", a.XMLName.Local)
		}
		typ, err := x.elementType(a, base)
		if err != nil {
			return "", err
		}
		if a.attr("use") != "required" {
			typ += "?"
		}
		out = append(out, "@"+a.attr("name")+":"+typ)
	}
	return strings.Join(out, " "), nil
}

// anyLine is the line of open content.
func anyLine(n, seq *xsdNode) (string, error) {
	parts := seq.parts()
	if len(parts) != 1 || !once(seq) {
		return "", fmt.Errorf("xs:any beside other elements is not supported")
	}
	a := parts[0]
	ns := a.attr("namespace")
	if ns == "" {
		ns = "##any"
	}
	lo, hi := a.attr("minOccurs"), a.attr("maxOccurs")
	if lo == "" {
		lo = "1"
	}
	if hi == "" {
		hi = "1"
	}
	line := "any " + ns + " " + lo + ".." + strings.Replace(hi, "unbounded", "", 1)
	if n.attr("mixed") == "true" {
		line += " mixed"
	}
	return line, nil
}

// ConvertXSD writes one schema file in the tables' form, with types of its own: what an operator adds.
func ConvertXSD(r io.Reader, w io.Writer) (name string, err error) {
	m, err := readXSD(r)
	if err != nil {
		return "", err
	}
	return m.name, writeTables(w, w, []*xsdMessage{m})
}

// ConvertAll writes the tables of many schema files, sharing the types that are the same.
func ConvertAll(schemas []io.Reader, types, messages io.Writer) error {
	var all []*xsdMessage
	for _, r := range schemas {
		m, err := readXSD(r)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return writeTables(types, messages, all)
}

// writeTables numbers the definitions of each type in the order of the messages that use them.
func writeTables(types, messages io.Writer, all []*xsdMessage) error {
	variants := map[string][]string{}
	var lines []string
	for _, m := range all {
		var with []string
		for _, name := range sortedKeys(m.types) {
			if name == m.rootType && name == m.root {
				continue
			}
			k := indexOf(variants[name], m.types[name])
			if k < 0 {
				variants[name] = append(variants[name], m.types[name])
				k = len(variants[name]) - 1
			}
			if k > 0 {
				with = append(with, fmt.Sprintf("%s~%d", name, k+1))
			}
		}
		lines = append(lines, m.line(with))
	}
	for _, name := range sortedKeys(variants) {
		for k, def := range variants[name] {
			kind, rest, _ := strings.Cut(def, " ")
			key := name
			if k > 0 {
				key = fmt.Sprintf("%s~%d", name, k+1)
			}
			if _, err := fmt.Fprintf(types, "%s %s %s\n", kind, key, rest); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(messages, strings.Join(lines, "\n")+"\n")
	return err
}

// line is the line "message" of a schema.
func (m *xsdMessage) line(with []string) string {
	out := "message " + m.name
	if m.namespace != isoNamespace+m.name {
		out += " ns=" + m.namespace
	}
	out += " " + m.root + " "
	if def := m.types[m.rootType]; m.rootType == m.root && strings.HasPrefix(def, "seq ") {
		out += def
	} else {
		out += m.rootType
	}
	if len(with) > 0 {
		out += " with " + strings.Join(with, " ")
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func indexOf(all []string, s string) int {
	for i, v := range all {
		if v == s {
			return i
		}
	}
	return -1
}
