package mt

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestStructureMutations: each row of each structure can fail, with the code of the standard.
func TestStructureMutations(t *testing.T) {
	rows := 0
	eachType(t, func(t *testing.T, s *Standard, d *typeDef) {
		if d.tagged && len(d.root.elements) == 0 {
			return
		}
		list := derive(s, d, true)
		m := mutation{t: t, s: s, d: d, list: list}
		for i := range list {
			rows++
			m.leaveOut(i)
			m.twice(i)
			m.otherOption(i)
			m.swapped(i)
		}
	})
	t.Logf("%d rows", rows)
}

// mutation changes one message at one place.
type mutation struct {
	t    *testing.T
	s    *Standard
	d    *typeDef
	list []derived
}

// expect checks that a changed message has the code first.
func (m *mutation) expect(what string, i int, list []derived, codes ...string) {
	m.t.Helper()
	b := derivedMessage(m.d, list)
	f, code := firstOf(b, m.s.Year)
	if m.d.tagged {
		codes = tagged(codes)
	}
	if m.d.lack != "" && slices.Contains(codes, "T13") {
		codes = append(codes, m.d.lack)
	}
	if !slices.Contains(codes, code) {
		m.t.Errorf("%s field %s (%d): got %q %s, want %v", what, m.list[i].tag, i+1, code, f.Text, codes)
	}
}

func tagged(codes []string) []string {
	var list []string
	for _, c := range codes {
		if c == "" {
			list = append(list, c)
			continue
		}
		list = append(list, "V02", "V03")
	}
	return list
}

// leaveOut: without a mandatory field T13, or T92 if the start of a block is gone; a message without an optional one is
// sound. A generic field with several mandatory qualifiers, a field that the next element can stand for, and the
// first field of an optional sequence have other tests.
func (m *mutation) leaveOut(i int) {
	x := m.list[i]
	without := slices.Delete(slices.Clone(m.list), i, i+1)
	switch {
	case x.e.min == 0:
		if m.empties(i) {
			return
		}
		m.expect("without", i, without, "")
	case x.e.block != "":
		m.expect("without", i, without, "T13", "T92", "T89")
	case i+1 < len(m.list) && x.e.begins(tagNumber(m.list[i+1].tag), tagOption(m.list[i+1].tag), m.list[i+1].value):
	case x.alone && x.optional:
	case x.e.open && len(x.e.qualifiers) > 0:
	case m.d.copies && !x.optional && i == len(m.list)-1:
	default:
		m.expect("without", i, without, "T13", "T11")
	}
}

// empties: a sequence whose other fields need this one to begin, or that is empty without it.
func (m *mutation) empties(i int) bool {
	f, code := firstOf(derivedMessage(m.d, slices.Delete(slices.Clone(m.list), i, i+1)), m.s.Year)
	return code != "" && (strings.Contains(f.Text, "sequence") || strings.Contains(f.Text, "missing"))
}

func tagNumber(tag string) uint16 {
	n := uint16(0)
	for i := 0; i < len(tag) && digit(tag[i]); i++ {
		n = n*10 + uint16(tag[i]-'0')
	}
	return n
}

func tagOption(tag string) byte {
	if c := tag[len(tag)-1]; capital(c) {
		return c
	}
	return 0
}

// twice: a single field doubled is T13, a qualifier doubled T89; unless what follows takes it.
func (m *mutation) twice(i int) {
	x := m.list[i]
	twice := slices.Insert(slices.Clone(m.list), i, x)
	codes := []string{"T13", "T89", "T10", "T92"}
	if x.e.max > 1 && x.e.qualifiers == nil || m.takesAgain(i) {
		return
	}
	if len(x.e.qualifiers) > 0 {
		if n := x.e.qualifierIndex(x.value[1:min(5, len(x.value))], tagOption(x.tag)); n < 0 || x.e.qualifiers[n].max > 1 {
			return
		}
	}
	m.expect("doubled", i, twice, codes...)
}

// takesAgain: the field doubled begins another element, or the sequence it stands first in again.
func (m *mutation) takesAgain(i int) bool {
	_, code := firstOf(derivedMessage(m.d, slices.Insert(slices.Clone(m.list), i, m.list[i])), m.s.Year)
	return code == ""
}

// otherOption: an option that the type does not have for the number is T13.
func (m *mutation) otherOption(i int) {
	x := m.list[i]
	if m.d.tagged || x.e.block != "" || m.d.copies {
		return
	}
	for _, o := range "QWVZXY" {
		if m.d.elements[x.e.num]&optionBit(byte(o)) == 0 {
			changed := slices.Clone(m.list)
			changed[i].tag = fmt.Sprintf("%02d%c", x.e.num, o)
			m.expect("other option of", i, changed, "T13")
			return
		}
	}
}

// swapped: a mandatory field behind the mandatory one that follows it is T13 (T92 for blocks).
func (m *mutation) swapped(i int) {
	if i+1 >= len(m.list) || m.list[i].e == m.list[i+1].e || m.list[i].e.min == 0 || m.list[i+1].e.min == 0 {
		return
	}
	changed := slices.Clone(m.list)
	changed[i], changed[i+1] = changed[i+1], changed[i]
	if m.list[i].tag == m.list[i+1].tag {
		return
	}
	m.expect("swapped", i, changed, "T13", "T92", "T11", "T89")
}

// TestContentMutations: each component of each field can fail, with the code of its kind.
func TestContentMutations(t *testing.T) {
	s, err := StandardOf(FirstYear)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range s.Tags() {
		if len(number3(tag)) != 2 || tag == "26A" { // whose first part takes what its second does not
			continue
		}
		f := s.formats[tag]
		d := deriver{s: s, t: &typeDef{name: "n"}}
		for i := range f.components {
			c := &f.components[i]
			for _, bad := range badValues(f, c) {
				parts := map[string]string{}
				for k := range f.components {
					if o := &f.components[k]; !o.optional || c.optional {
						parts[o.name] = d.sample(&sequenceDef{}, f, o, "")
					}
				}
				parts[c.name] = bad.value
				contentFault(t, s, f, c, parts, bad)
			}
		}
	}
}

func number3(tag string) string { return strings.TrimRight(tag, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") }

type badValue struct {
	value string
	codes []string
}

// badValues are values that a component of that kind cannot have.
func badValues(f *format, c *component) []badValue {
	one := func(v string, codes ...string) []badValue { return []badValue{{v, codes}} }
	switch c.kind {
	case kindCurrency:
		return append(one("EUX", "T52"), badValue{"E1R", []string{"T52"}})
	case kindDate6:
		return one("261332", "T50")
	case kindDate8:
		return one("20261332", "T50")
	case kindDate4:
		return one("1332", "T50")
	case kindTime4:
		return one("2560", "T38")
	case kindTime6:
		return one("256000", "T38")
	case kindBIC:
		return append(one("CEDRXXPP", "T27"), badValue{"CEDRFRPPXQQ", []string{"T29"}})
	case kindCountry:
		return one("XX", "T73")
	case kindMark:
		return one("X", "T51")
	case kindDayMonth:
		return one("X", "T61")
	case kindPlusMinus:
		return one("(", "T15")
	case kindPartyMark:
		return one("X", "T12")
	}
	if c.kind.decimal() {
		long := strings.Repeat("1", c.item.max) + ","
		return []badValue{{"1", []string{"T43", "T40"}}, {",5", []string{"T40"}}, {"1,2,3", []string{"T43"}}, {long, []string{"T43"}}}
	}
	var list []badValue
	last := c.name == f.components[len(f.components)-1].name && f.other == nil
	switch c.kind {
	case kindText, kindAccount, kindName, kindNarrative, kindPartyID:
		if c.item.set&(setX|setY) != 0 && c.item.set&setZ == 0 && c.item.literal == "" {
			list = append(list, badValue{strings.Repeat("A", max(0, min(c.item.min, c.item.max)-1)) + "@", []string{"M60"}})
		}
		if last && c.item.literal == "" && c.item.max < unlimited {
			list = append(list, badValue{strings.Repeat("A", c.item.max+1), []string{"T33"}})
		}
	case kindCode, kindNumber:
		if c.item.literal != "" || !last || c.item.min == 0 {
			break
		}
		list = append(list, badValue{fill(c.item.set, c.item.max+1), []string{"T33"}})
		if c.item.min == c.item.max && c.item.min > 1 {
			list = append(list, badValue{fill(c.item.set, c.item.min-1), []string{"T34"}})
		}
		list = append(list, badValue{strings.Repeat("a", c.item.max), []string{"T33", "T34", "M60", "T43"}})
	}
	return list
}

func contentFault(t *testing.T, s *Standard, f *format, c *component, parts map[string]string, bad badValue) {
	value := f.write(parts)
	if f.other != nil && value == "" {
		value = f.other.write(parts)
	}
	m := &Message{Fields: []Field{{Tag: f.tag, Value: value, Line: 1, num: uint16(f.num()), option: tagOption(f.tag), form: f, elem: &element{}}}}
	k := &checker{m: m, std: s}
	m.def = &typeDef{name: "n"}
	k.contents()
	if len(k.faults) == 0 || !slices.Contains(bad.codes, k.faults[0].Code) {
		t.Errorf("%s component %s = %q (%q): got %v, want %v", f.tag, c.name, bad.value, value, k.faults, bad.codes)
	}
}
