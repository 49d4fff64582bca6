package mt

import "strings"

// tagged checks block 4 in tag form: a system message against the structure of its type. Its codes have no lines.
func (c *checker) tagged() {
	m := c.m
	if m.def.root == nil || len(m.def.root.elements) == 0 && m.def.numberOf() == "096" {
		return
	}
	if !m.has[4] {
		if len(m.def.root.elements) > 0 {
			c.header("V02", "block 4 is missing")
		}
		return
	}
	m.Fields = m.Fields[:0]
	for _, t := range m.Tags {
		f := Field{Tag: t.Name, Value: t.Value, seq: -1, form: c.std.formats[t.Name]}
		for i := 0; i < len(t.Name) && i < 3; i++ {
			f.num = f.num*10 + uint16(t.Name[i]-'0')
		}
		m.Fields = append(m.Fields, f)
	}
	c.taggedStructure()
	for i := range m.Fields {
		c.taggedContent(&m.Fields[i])
	}
}

// taggedStructure walks as for text form; what is T13 there is V02 here, too few repetitions V03.
func (c *checker) taggedStructure() {
	before := len(c.faults)
	w := walker{c: c, m: c.m}
	if w.sequence(c.m.def.root, -1) && w.at < len(c.m.Fields) {
		w.unexpected(nil, "T13")
	}
	for i := before; i < len(c.faults); i++ {
		f := &c.faults[i]
		f.Line = 0
		if f.Code = "V02"; strings.Contains(f.Text, "at least") {
			f.Code = "V03"
		}
	}
}

// taggedContent checks one value; the family V has codes of its own for what T tells apart.
func (c *checker) taggedContent(f *Field) {
	if f.form == nil {
		return
	}
	before := len(c.faults)
	c.content(f)
	for i := before; i < len(c.faults); i++ {
		f := &c.faults[i]
		f.Line = 0
		f.Code = systemCode(f.Code)
	}
}

// systemCode is the V code for what the text of a user message calls by a T code.
func systemCode(code string) string {
	if code[0] == 'V' {
		return code
	}
	switch code {
	case "T50":
		return "V04"
	case "T38":
		return "V05"
	case "T33":
		return "V10"
	case "T18", "T51", "T61", "T16":
		return "V08"
	}
	return "V07"
}

// answers are the fields of service messages in their order: ours where the real forms are not public. Those
// marked with ! must stand there.
var answers = map[string][]string{
	"21": {"177!", "451!", "405", "108"},
	"02": {"501", "110", "118", "329", "330"}, "22": {"151", "110", "333", "330"}, "42": {"503!", "333"},
	"03": {"204", "110", "118", "116", "338", "330"}, "23": {"151", "110", "204", "338", "333", "330"}, "43": {"443!", "333"},
	"05": {"173"}, "06": {"173"}, "25": {"331"}, "26": {"331"}, "12": {"441!", "173"}, "14": {"441!", "173"},
	"33": {"441!"}, "35": {"441!"}, "13": {"441!", "331"}, "15": {"441!", "331"},
}

// service checks a service message: the fields of block 4 in their order, each in its format.
func (c *checker) service() {
	m := c.m
	if !m.IsService() {
		return
	}
	m.Type = serviceType(m.Basic.Application, [2]byte{m.Basic.Service[0], m.Basic.Service[1]})
	order := answers[m.Basic.Service]
	at := 0
	for _, name := range order {
		tag, must := strings.CutSuffix(name, "!")
		if at < len(m.Tags) && m.Tags[at].Name == tag {
			c.serviceField(&m.Tags[at])
			at++
		} else if must && len(c.faults) == 0 {
			c.header("V02", "field %s of service %s is missing", tag, m.Basic.Service)
			return
		}
	}
	if at < len(m.Tags) && order != nil && len(c.faults) == 0 {
		c.header("V02", "field %s is not expected in service %s there", excerpt(m.Tags[at].Name), m.Basic.Service)
	}
	c.verdict()
}

// verdict: a negative answer says why in 405, a positive one has nothing to say.
func (c *checker) verdict() {
	m := c.m
	if m.Basic.Service != "21" || len(c.faults) > 0 {
		return
	}
	no, _ := m.SystemTag("451")
	_, why := m.SystemTag("405")
	switch {
	case no == "1" && !why:
		c.header("V02", "field 405, the reason, is missing in a negative answer")
	case no == "0" && why:
		c.header("V02", "field 405, the reason, stands in a positive answer")
	}
}

func (c *checker) serviceField(t *Tag) {
	f := Field{Tag: t.Name, Value: t.Value, form: c.std.formats[t.Name]}
	if f.form == nil {
		return
	}
	c.m.Fields = append(c.m.Fields[:0], f)
	c.taggedContent(&c.m.Fields[0])
	c.m.Fields = c.m.Fields[:0]
}
