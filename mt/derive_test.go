package mt

import (
	"fmt"
	"strings"
	"testing"

	corridor "corridor.example/corridor"
)

// derived is one field of a message that is derived from the tables.
type derived struct {
	tag, value string
	e          *element
	f          *format
	optional   bool // the element itself, or some sequence around it
	alone      bool // the only field of its sequence
}

// deriver makes messages of a type from its structure: each element once at least, or only what is mandatory.
type deriver struct {
	s    *Standard
	t    *typeDef
	full bool
	list []derived
}

func derive(s *Standard, t *typeDef, full bool) []derived {
	d := deriver{s: s, t: t, full: full}
	d.sequence(t.root, false)
	return d.list
}

func (d *deriver) sequence(q *sequenceDef, optional bool) {
	for i := range q.elements {
		e := &q.elements[i]
		if e.min == 0 && !d.full {
			continue
		}
		n := max(e.min, 1)
		for turn := range n {
			if e.seq == nil {
				d.field(q, e, optional, turn)
			} else {
				d.sequence(e.seq, optional || e.min == 0)
			}
		}
	}
}

// field adds the first option of an element; a generic field stands once for each mandatory qualifier.
func (d *deriver) field(q *sequenceDef, e *element, optional bool, turn int) {
	option := letters(e.options)[0]
	quals := []string{""}
	if len(e.qualifiers) > 0 {
		quals = quals[:0]
		for i := range e.qualifiers {
			if w := &e.qualifiers[i]; w.min > 0 {
				quals = append(quals, w.words[0]+"="+letters(w.options)[0])
			}
		}
		if len(quals) == 0 {
			w := &e.qualifiers[0]
			quals = append(quals, w.words[0]+"="+letters(w.options)[0])
		}
	}
	for _, word := range quals {
		word, o, given := strings.Cut(word, "=")
		if given {
			option = o
		}
		tag := fmt.Sprintf("%02d%s", e.num, option)
		f := d.s.formats[tag]
		if g := d.t.formats[tag]; g != nil {
			f = g
		}
		x := derived{tag: tag, e: e, f: f, optional: optional || e.min == 0, alone: len(q.elements) == 1}
		x.value = d.value(q, e, f, word)
		d.list = append(d.list, x)
	}
}

func (d *deriver) value(q *sequenceDef, e *element, f *format, qualifier string) string {
	if e.block != "" {
		return e.block
	}
	parts := map[string]string{}
	for i := range f.components {
		c := &f.components[i]
		if c.optional && c.kind != kindName && c.kind != kindNarrative || f.other != nil && i == len(f.components)-1 {
			continue
		}
		parts[c.name] = d.sample(q, f, c, qualifier)
	}
	if f.tag == "35B" {
		parts["isin"] = "XS0123456789"
		delete(parts, "description")
	}
	v := f.write(parts)
	if v == "" && len(f.lines) > 0 { // all parts are optional: one has to be there
		c := &f.components[len(f.components)-1]
		v = f.write(map[string]string{c.name: d.sample(q, f, c, qualifier)})
	}
	return v
}

// samples are values of the kinds that have one form.
var samples = map[kind]string{
	kindCurrency: "EUR", kindDate6: "261124", kindDate8: "20261124", kindDate4: "1124", kindTime4: "1530", kindTime6: "153000",
	kindBIC: "CEDRFRPP", kindSign: "N", kindLT: "CEDRFRPPAXXX", kindCountry: "FR", kindMark: "C", kindDayMonth: "D", kindMT: "103",
	kindMIR: "261124MERIDEFFAXXX0123000456", kindMOR: "261124MERIDEFFAXXX0123000456", kindOffset: "0100", kindDateTime10: "2611241530",
	kindDateTime12: "202611241530", kindYesNo: "Y", kindPlusMinus: "+", kindNumberedLines: "1/ALPHA", kindParty50F: "/12345",
	kindISIN: "XS0123456789", kindHour: "15", kindDDHHMM: "241530", kindCommonRef: "CEDRPP1234MERIFF", kindPartyMark: "C",
	kindPartyJ: "/NAME/ALPHA", kindAccount: "12345", kindPartyID: "12345", kindName: "ALPHA", kindYear: "2026",
}

func (d *deriver) sample(q *sequenceDef, f *format, c *component, qualifier string) string {
	for _, l := range d.s.codes[f.tag] {
		if l.covers(d.t, q.path) && (l.qualifier == "" || l.qualifier == qualifier) && (l.component == c.name || l.component == "*") {
			return l.words[0]
		}
	}
	switch {
	case f.tag == "27":
		return "1"
	case f.tag == "61" && c.name == "transaction_type":
		return "N"
	case f.num() == 32 && c.name == "code":
		return "BE"
	case f.tag == "22C":
		return map[string]string{"party_prefix_1": "CEDR", "party_suffix_1": "PP", "reference_code": "1234", "party_prefix_2": "MERI", "party_suffix_2": "FF"}[c.name]
	case c.kind == kindQualifier:
		if qualifier == "" {
			return "ABCD"
		}
		return qualifier
	case c.kind.decimal():
		return "1,"
	case c.kind == kindStructured && f.num() >= 45 && f.num() <= 49:
		return "/ADD/TEXT"
	}
	if c.kind == kindStructured && f.num() == 42 {
		return map[string]string{"422": "A/TEXT", "425": "AA/TEXT"}[f.tag]
	}
	if v, ok := samples[c.kind]; ok {
		return v
	}
	return fill(c.item.set, max(c.item.min, min(c.item.max, 3)))
}

func (f *format) num() int { return two(f.tag) }

// fill is n characters of a set.
func fill(set charset, n int) string {
	if set == setN || set == setH || set == setD {
		return strings.Repeat("1", n)
	}
	return strings.Repeat("A", n)
}

// derivedMessage writes derived fields as a message of the type.
func derivedMessage(t *typeDef, list []derived) []byte {
	number, variant, _ := strings.Cut(t.name, ".")
	var user []Tag
	if variant != "" {
		user = append(user, Tag{"119", variant})
	}
	if number == "103" || number == "202" || number == "205" {
		user = append(user, Tag{"121", "c8b66b47-2bd9-48fe-be90-93c2096f27d2"})
	}
	m := Message{Basic: Basic{'F', "01", "MERIDEFFAXXX", "0123", "000456"}, User: user, textForm: !t.tagged}
	m.App = Application{Direction: 'I', Type: number, Receiver: "CEDRFRPPXXXX", Priority: 'N'}
	if t.tagged {
		m.App.Priority = 'S'
	}
	if t.fromNetwork() {
		m.App = Application{Direction: 'O', Type: number, InputTime: "1531", MIR: "261124CRDRXXXXAXXX0000000000", OutputDate: "261124", OutputTime: "1531", Priority: 'S'}
	}
	m.has = [6]bool{false, true, true, len(user) > 0, true, false}
	for _, x := range list {
		if t.tagged {
			m.Tags = append(m.Tags, Tag{x.tag, x.value})
		} else {
			m.Fields = append(m.Fields, Field{Tag: x.tag, Value: x.value})
		}
	}
	return Write(&m)
}

// firstOf checks and gives the first fault that is not of a rule.
func firstOf(b []byte, year int) (corridor.Fault, string) {
	for _, f := range Check(b, Options{Year: year}).Faults {
		if f.Rule == "" && f.Code != "M50" {
			return f, f.Code
		}
	}
	return corridor.Fault{}, ""
}

func eachType(t *testing.T, do func(t *testing.T, s *Standard, d *typeDef)) {
	for year := FirstYear; year <= LastYear; year++ {
		s, err := StandardOf(year)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range s.Types() {
			t.Run(fmt.Sprint(year, "/", name), func(t *testing.T) { do(t, s, s.types[name]) })
		}
	}
}

// TestDerivedMessages: of every type the message with what is mandatory, and that with everything once, is sound.
func TestDerivedMessages(t *testing.T) {
	eachType(t, func(t *testing.T, s *Standard, d *typeDef) {
		for _, full := range []bool{false, true} {
			list := derive(s, d, full)
			b := derivedMessage(d, list)
			if f, code := firstOf(b, s.Year); code != "" {
				t.Errorf("full %v: %v\n%s", full, f.Error(), b)
			}
			if m, faults := Parse(b); len(faults) > 0 {
				t.Errorf("full %v: %v", full, faults)
			} else if got := Write(m); string(got) != string(b) {
				t.Errorf("written back:\n%s\nwant\n%s", got, b)
			}
		}
	})
}
