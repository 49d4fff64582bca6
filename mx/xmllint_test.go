package mx

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	corridor "corridor.example/corridor"
)

// schemaFolder names a folder with the schemas as published; with it the proof runs against them too.
const schemaFolder = "CORRIDOR_MX_XSD"

// lint is an independent validator with one schema.
type lint struct {
	t      *testing.T
	schema string
	dir    string
	files  []string
}

// newLint finds xmllint, or skips the test plainly.
func newLint(t *testing.T, schema string) *lint {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		if os.Getenv("CORRIDOR_NO_SKIP") != "" {
			t.Fatal("xmllint is not installed (Debian: libxml2-utils), and nothing may be skipped")
		}
		t.Skip("xmllint is not installed (Debian: libxml2-utils); the tables are not proven against an independent validator here")
	}
	return &lint{t: t, schema: schema, dir: t.TempDir()}
}

func (l *lint) add(b []byte) {
	name := filepath.Join(l.dir, fmt.Sprintf("%05d.xml", len(l.files)))
	if err := os.WriteFile(name, b, 0o600); err != nil {
		l.t.Fatal(err)
	}
	l.files = append(l.files, name)
}

// verdicts says for each file whether the validator accepts it, and prints why not.
func (l *lint) verdicts() (ok []bool, why []string) {
	ok, why = make([]bool, len(l.files)), make([]string, len(l.files))
	for from := 0; from < len(l.files); from += 500 {
		to := min(len(l.files), from+500)
		out, _ := exec.Command("xmllint", append([]string{"--noout", "--schema", l.schema}, l.files[from:to]...)...).CombinedOutput()
		for _, line := range strings.Split(string(out), "\n") {
			for i := from; i < to; i++ {
				switch {
				case line == l.files[i]+" validates":
					ok[i] = true
				case strings.HasPrefix(line, l.files[i]+":") && why[i] == "":
					why[i] = strings.TrimPrefix(line, l.files[i])
				}
			}
		}
	}
	return ok, why
}

// documents are the messages proven here: every one of the tables.
func documents(t *testing.T) []corridor.MessageType { return Standard().Messages() }

// schemaFile is the schema to prove a message against: the published one where a folder is named, else ours.
func schemaFile(t *testing.T, m corridor.MessageType) []string {
	own := filepath.Join(t.TempDir(), string(m)+".xsd")
	var b bytes.Buffer
	if err := Standard().WriteXSD(&b, isoNamespace+string(m)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out := []string{own}
	if dir := os.Getenv(schemaFolder); dir != "" {
		out = append(out, filepath.Join(dir, string(m)+".xsd"))
	}
	return out
}

// instances are valid messages of a type: the smallest, and full ones that take every alternative in turn.
func instances(m corridor.MessageType) [][]byte {
	s := Standard().schemaOf([]byte(isoNamespace + string(m)))
	out := [][]byte{appendSample(nil, s, Sample{}, m)}
	turns := 2
	if os.Getenv(schemaFolder) != "" {
		turns = 6
	}
	for turn := range turns {
		out = append(out, appendSample(nil, s, Sample{Full: true, Turn: turn, Long: turn == 1}, m))
	}
	return out
}

// judge is our verdict by the schema alone.
func judge(b []byte) Result { return Check(b, Options{Profile: SchemaOnly}) }

// TestInstances proves that what our tables call valid, small and large, an independent validator accepts, and that
// we do.
func TestInstances(t *testing.T) {
	for _, m := range documents(t) {
		for _, file := range schemaFile(t, m) {
			l := newLint(t, file)
			all := instances(m)
			for _, b := range all {
				l.add(b)
			}
			ok, why := l.verdicts()
			for i, b := range all {
				if r := judge(wrapped(m, b)); !r.Valid() {
					t.Errorf("%s %d: we refuse: %v", m, i, r.Faults[0].Error())
				}
				if !ok[i] {
					t.Errorf("%s %d: xmllint with %s refuses: %s", m, i, file, why[i])
				}
			}
		}
	}
}

// wrapped gives a header alone or a message without Document what Check needs around it.
func wrapped(m corridor.MessageType, b []byte) []byte {
	if strings.HasPrefix(string(m), "head.001.") {
		return append(b[:len(b):len(b)], `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:admi.004.001.02"><SysEvtNtfctn><EvtInf><EvtCd>A</EvtCd></EvtInf></SysEvtNtfctn></Document>`...)
	}
	return b
}

// piece is one element of an instance: its bytes from its start tag to behind its end tag.
type piece struct {
	from, to, open, end int // open: behind the start tag; end: before the end tag
	parent              int
	leaf                bool
}

// pieces cuts an instance with the standard library's decoder.
func pieces(t *testing.T, b []byte) []piece {
	d := xml.NewDecoder(bytes.NewReader(b))
	var out []piece
	var stack []int
	for {
		at := int(d.InputOffset())
		tok, err := d.Token()
		if err != nil {
			return out
		}
		switch tok.(type) {
		case xml.StartElement:
			p := piece{from: at, open: int(d.InputOffset()), parent: -1, leaf: true}
			if len(stack) > 0 {
				p.parent = stack[len(stack)-1]
				out[p.parent].leaf = false
			}
			stack = append(stack, len(out))
			out = append(out, p)
		case xml.EndElement:
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			out[i].end, out[i].to = at, int(d.InputOffset())
		}
	}
}

func splice(b []byte, from, to int, with string) []byte {
	return append(append(append([]byte(nil), b[:from]...), with...), b[to:]...)
}

// leafTexts are values that break one facet or another, or keep it in a way that is easy to get wrong.
var leafTexts = []string{"", " ", "A", "a", "0", "-1", "+1", "1.", ".5", "1.10", "0.000000", "1.000001", "1e3", "NaN", "INF", "00012", " 12 ", "12345678901234567890",
	"999999999999999999", "12345678901234567.8", "0.12345678901", "true", "TRUE", "1", "2026-02-29", "2024-02-29", "2026-02-29T00:00:00", "2026-11-24", " 2026-11-24 ", "2026-11-24Z", "2026-11-24+14:00",
	"2026-11-24+14:01", "2026-11-24T24:00:00", "2026-11-24T24:00:01", "2026-11-24T09:30:00", "2026-11-24T09:30:00.123456789+00:00", "2026-11-24T09:30:60Z", "2026-11-24T9:30:00Z", "0000-01-01", "-0001-01-01", "12026-01-01",
	"02026-01-01", "09:30:00", "09:30", "2026", "2026-13", "2026-11", "26", "éé", "\u00a0", "A\nB", "A&#10;B", "A&amp;B", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ", "ADDR", "QUJ", "QUJD", "QU JD", "QUI=", "****",
	"EUR", "eur", "DE", "MERIDEFF", "MERIDEFFXX", "MERIDEFFXXX", "<X/>", "<!--c-->A", "<![CDATA[A]]>", "x<!--c-->y", "3f0c8a52-6d1e-4b7a-9c35-0e2d4f6a8b10", "3F0c8a52-6d1e-4b7a-9c35-0e2d4f6a8b10", "+49-1", "DE64100200300400500600"}

// mutations breaks one instance in every way at a sample of its places.
func mutations(t *testing.T, b []byte, r *rand.Rand, places int) [][]byte {
	var out [][]byte
	all := pieces(t, b)
	for range places {
		p := all[1+r.IntN(len(all)-1)]
		q := all[1+r.IntN(len(all)-1)]
		out = append(out,
			splice(b, p.from, p.to, ""),
			splice(b, p.from, p.to, string(b[p.from:p.to])+string(b[p.from:p.to])),
			splice(b, p.to, p.to, "<Foreign/>"),
			splice(b, p.from, p.to, string(b[q.from:q.to])),
			splice(b, p.open, p.end, ""),
			splice(b, p.from+1, p.from+1, "x:"),
			splice(b, p.open-1, p.open-1, ` Ccy="EUR"`),
			splice(b, p.open-1, p.open-1, ` xmlns="urn:other"`))
		for k, n := range all { // swap with the next sibling
			if n.parent == p.parent && n.from >= p.to {
				out = append(out, []byte(string(b[:p.from])+string(b[n.from:n.to])+string(b[p.to:n.from])+string(b[p.from:p.to])+string(b[n.to:])))
				break
			}
			_ = k
		}
		if p.leaf {
			for range 4 {
				out = append(out, splice(b, p.open, p.end, leafTexts[r.IntN(len(leafTexts))]))
			}
			continue
		}
		out = append(out, splice(b, p.open, p.open, "text"))
	}
	return out
}

// snippets are what is put at any place of an instance, to break or bend its XML.
var snippets = []string{"&", "&lt;", "&#65;", "&#0;", "&amp", "<!-- c -->", "<!--", "<![CDATA[x]]>", "]]>", " ", "\n", "\t", "\r", "é", "\x01", "\"", "'", "<", ">", "/", "=", ":", "<a>", "</a>", "<a/>",
	` xmlns="x"`, ` xmlns:p="urn:p"`, "p:", "\u00a0", "\u2028", "\ufeff", "\ufffe", "\xff", "x", "0", ".", "-"}

// bends puts snippets at random places of an instance, and takes single bytes away.
func bends(b []byte, r *rand.Rand, n int) [][]byte {
	var out [][]byte
	for range n {
		i := 1 + r.IntN(len(b)-1)
		out = append(out, splice(b, i, i, snippets[r.IntN(len(snippets))]), splice(b, i, i+1, ""))
	}
	return out
}

// explanation is a known difference to xmllint: our verdict, words of what it says, and why we differ.
type explanation struct {
	accepted     bool // by us
	ours, theirs string
	why          string
}

var explanations = []explanation{
	{true, "", "'{http://www.w3.org/2000/09/xmldsig#}Any': No matching global element declaration", "the schema asks for a strict check of signatures, whose own schema is not there"},
	{true, "", "' 2026-11-24 ' is not a valid value", "XML Schema collapses white space around a date; xmllint keeps it"},
	{true, "", "CreDtTm': '\n", "the same, with a line break"},
	{true, "", "CreDtTm': ' ", "the same"},
	{true, "", "CreDtTm': '\t", "the same"},
	{true, "", "'12345678901234567890' is not a valid value", "XML Schema does not bound a year; xmllint does"},
	{false, "", "namespace error", "a prefix that is not declared is an error of namespaces, which xmllint only mentions"},
	{false, "is not base64", "", "xmllint skips characters that are not of base64"},
}

// explained reports a known difference.
func explained(ours Result, theirs string) bool {
	for _, x := range explanations {
		text := ""
		if len(ours.Faults) > 0 {
			text = ours.Faults[0].Text
		}
		if x.accepted == ours.Valid() && strings.Contains(text, x.ours) && strings.Contains(theirs+"\n", x.theirs) {
			return true
		}
	}
	return false
}

// TestMutations breaks instances and compares our verdict with that of an independent validator. Without the
// published schemas a few messages are enough, because then the schema is ours too.
func TestMutations(t *testing.T) {
	seed := uint64(20022)
	messages, places := []corridor.MessageType{"pacs.008.001.08", "camt.053.001.08", "head.001.001.02", "camt.105.001.02", "admi.002.001.01"}, 12
	if os.Getenv(schemaFolder) != "" {
		messages, places = documents(t), 40
	}
	r := rand.New(rand.NewPCG(seed, 1))
	total := 0
	for _, m := range messages {
		files := schemaFile(t, m)
		l := newLint(t, files[len(files)-1])
		var all [][]byte
		for turn, b := range instances(m) {
			if turn < 4 {
				all = append(append(all, mutations(t, b, r, places)...), bends(b, r, 4*places)...)
			}
		}
		for _, b := range all {
			l.add(b)
		}
		ok, why := l.verdicts()
		for i, b := range all {
			ours := judge(wrapped(m, b))
			total++
			if ours.Valid() != ok[i] && !explained(ours, why[i]) {
				text := "accept"
				if !ours.Valid() {
					text = ours.Faults[0].Error()
				}
				t.Errorf("%s: we: %s; xmllint: %v %s; %s", m, text, ok[i], why[i], keepFile(t, b))
			}
		}
	}
	t.Logf("%d mutated messages compared", total)
}

// keepFile keeps a message that the two validators judge differently.
func keepFile(t *testing.T, b []byte) string {
	dir := os.Getenv("CORRIDOR_MX_KEEP")
	if dir == "" {
		return ""
	}
	name := filepath.Join(dir, fmt.Sprintf("%x.xml", corridor.DigestOf(b)))
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestWholeAndStream judges broken messages whole and byte by byte, which must find the same faults at the same places.
func TestWholeAndStream(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for _, b := range append(instances("camt.105.001.02"), instances("pacs.008.001.08")[:2]...) {
		for _, m := range append(mutations(t, b, r, 6), bends(b, r, 20)...) {
			whole := judge(m)
			stream := CheckStream(iotest.OneByteReader(bytes.NewReader(m)), Options{Profile: SchemaOnly})
			if n := len(whole.Faults); n > 0 && strings.HasPrefix(whole.Faults[0].Code, "XML") {
				if len(stream.Faults) == 0 || !strings.HasPrefix(stream.Faults[0].Code, "XML") {
					t.Fatalf("whole %v, stream %v", whole.Faults, stream.Faults)
				}
				continue // of two faults of the XML each may meet another first
			}
			compareFaults(t, whole, stream)
		}
	}
}
