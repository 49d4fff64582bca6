package mx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
)

// xmlCases are pieces of XML, each with the code of its fault, or "" where it is well-formed.
var xmlCases = []struct{ name, xml, code string }{
	{"plain", `<a><b>x</b></a>`, ""},
	{"declaration", `<?xml version="1.0" encoding="UTF-8" standalone='no' ?><a/>`, ""},
	{"entities", `<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;</a>`, ""},
	{"cdata", `<a><![CDATA[<&]]]]></a>`, ""},
	{"comment", `<!-- c --><a><!----></a><!-- d -->`, ""},
	{"prefixes", `<p:a xmlns:p="urn:x" p:k="v"><p:b/></p:a>`, ""},
	{"unicode name", `<größe/>`, ""},
	{"empty", ``, "XML01"},
	{"text only", `hello`, "XML01"},
	{"end missing", `<a><b></b>`, "XML01"},
	{"end crossed", `<a><b></a></b>`, "XML01"},
	{"end alone", `<a/></a>`, "XML01"},
	{"tag cut", `<a`, "XML01"},
	{"comment cut", `<a/><!-- x`, "XML01"},
	{"comment with --", `<a><!-- x -- y --></a>`, "XML01"},
	{"cdata end in text", `<a>]]></a>`, "XML01"},
	{"less in attribute", `<a k="<"/>`, "XML01"},
	{"no quotes", `<a k=v/>`, "XML01"},
	{"twice", `<a k="1" k="2"/>`, "XML01"},
	{"twice by namespace", `<a xmlns:p="u" xmlns:q="u" p:k="1" q:k="2"/>`, "XML01"},
	{"no space between", `<a k="1"l="2"/>`, "XML01"},
	{"prefix not declared", `<p:a/>`, "XML01"},
	{"attribute prefix not declared", `<a p:k=""/>`, "XML01"},
	{"two colons", `<a:b:c xmlns:a="u"/>`, "XML01"},
	{"prefix for nothing", `<a xmlns:p=""/>`, "XML01"},
	{"control character", "<a>\x01</a>", "XML01"},
	{"U+FFFE", "<a>\uFFFE</a>", "XML01"},
	{"reference to NUL", `<a>&#0;</a>`, "XML01"},
	{"reference without end", `<a>& b</a>`, "XML01"},
	{"number too large", `<a>&#x110000;</a>`, "XML01"},
	{"name starts with digit", `<1a/>`, "XML01"},
	{"space before name", `< a/>`, "XML01"},
	{"version", `<?xml version="1.1"?><a/>`, "XML01"},
	{"declaration late", `<a/><?xml version="1.0"?>`, "XML01"},
	{"declaration after blank", ` <?xml version="1.0"?><a/>`, "XML01"},
	{"declaration out of order", `<?xml encoding="UTF-8" version="1.0"?><a/>`, "XML01"},
	{"doctype", `<!DOCTYPE a><a/>`, "XML02"},
	{"billion laughs", `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>`, "XML02"},
	{"entity", `<a>&nbsp;</a>`, "XML02"},
	{"instruction", `<?xml-stylesheet href="x"?><a/>`, "XML02"},
	{"external entity", `<a>&xxe;</a>`, "XML02"},
	{"latin 1 declared", `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, "XML03"},
	{"latin 1 bytes", "<a>\xe9</a>", "XML03"},
	{"surrogate bytes", "<a>\xed\xa0\x80</a>", "XML03"},
	{"overlong", "<a>\xc0\xaf</a>", "XML03"},
	{"byte order mark", "\xef\xbb\xbf<a/>", "XML03"},
	{"utf-16", "\xff\xfe<\x00a\x00/\x00>\x00", "XML03"},
	{"utf-16 without mark", "\x00<\x00a\x00/\x00>", "XML03"},
	{"deep", strings.Repeat("<a>", 70) + strings.Repeat("</a>", 70), "XML04"},
	{"many attributes", "<a" + manyAttributes(40) + "/>", "XML04"},
	{"long name", "<" + strings.Repeat("a", 300) + "/>", "XML04"},
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" a" + strings.Repeat("x", i) + `="1"`)
	}
	return b.String()
}

// xmlFaultOf is the code of a message's XML fault, whole or as a stream.
func xmlFaultOf(r Result) string {
	for _, f := range r.Faults {
		if strings.HasPrefix(f.Code, "XML") {
			return f.Code
		}
	}
	return ""
}

func TestXML(t *testing.T) {
	for _, c := range xmlCases {
		for name, r := range map[string]Result{
			"whole":  Check([]byte(c.xml), Options{Profile: SchemaOnly}),
			"stream": CheckStream(iotest.OneByteReader(strings.NewReader(c.xml)), Options{Profile: SchemaOnly}),
		} {
			if got := xmlFaultOf(r); got != c.code {
				t.Errorf("%s, %s: %q, want %q; %v", c.name, name, got, c.code, r.Faults)
			}
		}
	}
}

// TestPositions checks line and column of a fault, which must be the same whole and as a stream, characters counted.
func TestPositions(t *testing.T) {
	m := "<AppHdr xmlns=\"urn:iso:std:iso:20022:tech:xsd:head.001.001.02\">\n<!-- ü -->\n éé<Fr/>\n</AppHdr>\n"
	whole := Check([]byte(m), Options{})
	stream := CheckStream(iotest.OneByteReader(strings.NewReader(m)), Options{})
	for i, want := range []struct{ line, column int }{{1, 1}, {2, 11}} {
		f := whole.Faults[i]
		if f.Line != want.line || f.Column != want.column {
			t.Errorf("fault %d at %d:%d, want %d:%d: %s", i, f.Line, f.Column, want.line, want.column, f.Text)
		}
	}
	compareFaults(t, whole, stream)
}

func compareFaults(t *testing.T, whole, stream Result) {
	t.Helper()
	if len(whole.Faults) != len(stream.Faults) {
		t.Fatalf("whole %v, stream %v", whole.Faults, stream.Faults)
	}
	for i := range whole.Faults {
		if whole.Faults[i] != stream.Faults[i] {
			t.Errorf("whole %+v\nstream %+v", whole.Faults[i], stream.Faults[i])
		}
	}
}

// TestStreamReadError shows that a broken input is not taken for a broken message.
func TestStreamReadError(t *testing.T) {
	r := CheckStream(io.MultiReader(strings.NewReader("<R>"), iotest.ErrReader(errors.New("disk on fire"))), Options{})
	if n := len(r.Faults); n != 1 || r.Faults[0].Code != XMLUnreadable {
		t.Errorf("%v", r.Faults)
	}
}

// strictXML reports whether the standard library finds b well-formed, and whether the comparison makes sense: it
// leaves namespaces, several roots, encodings, DTDs and some characters of names to its caller, which we do not.
func strictXML(b []byte) (ok, comparable bool) {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("another encoding") }
	ok, comparable = true, true
	for {
		tok, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return false, true
		}
		switch x := tok.(type) {
		case xml.Directive, xml.ProcInst:
			return false, false
		case xml.StartElement:
			for _, name := range append([]xml.Name{x.Name}, attrNames(x)...) {
				if name.Space != "" || strings.ContainsFunc(name.Local, func(r rune) bool { return r == ':' || r > unicode.MaxASCII }) {
					comparable = false
				}
			}
		case xml.Comment:
			comparable = comparable && !bytes.Contains(x, []byte("--"))
		}
	}
	d = xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.Token(); err == io.EOF {
			return ok, comparable
		} else if err != nil {
			return false, true
		}
	}
}

func attrNames(x xml.StartElement) []xml.Name {
	var out []xml.Name
	for _, a := range x.Attr {
		out = append(out, a.Name)
	}
	return out
}

// FuzzXML compares our reading with that of the standard library: what we find well-formed it does too, and our
// whole and streamed readings agree. We are stricter: it lets attributes stand twice, text outside of the root,
// and more.
func FuzzXML(f *testing.F) {
	for _, c := range xmlCases {
		f.Add([]byte(c.xml))
	}
	f.Add(payment8K())
	for _, c := range checkCases {
		f.Add([]byte(c.message))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		whole := Check(b, Options{Profile: SchemaOnly})
		stream := CheckStream(iotest.OneByteReader(bytes.NewReader(b)), Options{Profile: SchemaOnly})
		if (xmlFaultOf(whole) == "") != (xmlFaultOf(stream) == "") { // of two faults each may see another first
			t.Fatalf("whole %v, stream %v", whole.Faults, stream.Faults)
		}
		Check(b, Options{})
		ReadRoute(b)
		Canonical(b)
		if m, _ := Read(b, Options{}); m != nil {
			Print(m)
			FactsOf(m)
		}
		for range Messages(b) {
		}
		ok, comparable := strictXML(b)
		if comparable && !ok && xmlFaultOf(whole) == "" {
			t.Fatalf("we read what the standard library refuses: %q", b)
		}
	})
}

// TestLinearTime bounds the work of hostile input: ten times the size must not cost much more than ten times the time.
func TestHostile(t *testing.T) {
	head := `<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">`
	for name, part := range map[string]string{"unknown elements": "<x/>", "order": "<To/><Fr/>", "comments": "<!-- -->", "text": "x&amp;", "cdata": "<![CDATA[x]]>"} {
		b := []byte(head + strings.Repeat(part, 1<<20/len(part)) + "</AppHdr>")
		r := Check(b, Options{})
		if len(r.Faults) > MaxFaults+1 {
			t.Errorf("%s: %d faults kept", name, len(r.Faults))
		}
	}
}
