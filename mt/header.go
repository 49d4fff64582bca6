package mt

import (
	"strings"

	corridor "corridor.example/corridor"
)

// headers checks blocks 1 to 3. Where the network's own order of checks is not public, ours is: block 1, 2, 3.
func (c *checker) headers() {
	m := c.m
	if m.Basic.LT == "" {
		return
	}
	c.basic()
	if m.IsService() {
		if _, known := services[m.Basic.Service]; known && m.has[2] {
			c.header("H25", "a service message has no block 2")
		}
		return
	}
	if !m.has[2] {
		if len(c.faults) == 0 {
			c.header("H25", "block 2 is missing")
		}
		return
	}
	if m.App.Direction != 0 {
		c.application()
		c.userHeader()
	}
}

// services are the service identifiers of FIN and the letters they come with.
var services = map[string]string{
	"01": "AF", "02": "L", "03": "A", "05": "F", "06": "A", "12": "A", "13": "A", "14": "AL", "15": "AL", "21": "AF",
	"22": "L", "23": "A", "25": "F", "26": "A", "33": "A", "35": "AL", "42": "L", "43": "A",
}

func (c *checker) basic() {
	b := &c.m.Basic
	letters, known := services[b.Service]
	switch {
	case strings.IndexByte("FAL", b.Application) < 0:
		c.header("H02", "application %q is neither F (FIN) nor A (GPA)", b.Application)
	case !known:
		c.header("H03", "service %s is not known", excerpt(b.Service))
	case strings.IndexByte(letters, b.Application) < 0:
		c.header("H02", "service %s does not belong to application %q", b.Service, b.Application)
	}
	if why := addressFault(b.LT); why != "" {
		c.header("H10", "the address %s of block 1 %s", excerpt(b.LT), why)
	} else if c.opt.Line && b.LT[8] == 'X' && c.m.IsInput() {
		c.header("H10", "the terminal code of block 1 is X; it is the code of a real terminal")
	}
	switch {
	case outside(b.Session, setN) >= 0:
		c.header("H15", "session %s is not four digits", excerpt(b.Session))
	case c.opt.Line && c.m.IsInput() && b.Session == "0000":
		c.header("H15", "the session number is not set")
	}
	if outside(b.Sequence, setN) >= 0 {
		c.header("H20", "sequence number %s is not six digits", excerpt(b.Sequence))
	}
}

// addressFault says what is wrong with the form of a logical terminal's address. Whether anyone owns it is the
// directory's question.
func addressFault(lt string) string {
	for i := 0; i < len(lt); i++ {
		if characters[lt[i]]&setC == 0 || i < 6 && !capital(lt[i]) {
			return "has not the form of a terminal: 6 letters, then letters and digits, 12 in all"
		}
	}
	return ""
}

// isPseudo reports the network's own terminals, whose names are no institution's.
func isPseudo(lt string) bool {
	return strings.HasPrefix(lt, "DYLR") || strings.HasPrefix(lt, "NXNX") || strings.HasPrefix(lt, "ABLR") ||
		strings.HasPrefix(lt, "SWFT") || strings.HasPrefix(lt, "CRDR")
}

func (c *checker) application() {
	m := c.m
	a := &m.App
	switch {
	case outside(a.Type, setN) >= 0:
		c.header("H30", "message type %s is not three digits", excerpt(a.Type))
	case m.def == nil:
		c.header("H30", "message type %s does not exist", a.Type)
	case m.Basic.Application == 'A' && !m.def.tagged:
		c.header("H30", "MT %s is a message of FIN (F in block 1), not of application A", a.Type)
	}
	if a.Direction == 'O' {
		c.outputHeader()
		return
	}
	if m.def != nil && m.def.fromNetwork() {
		c.header("H30", "MT %s is sent by the network only", a.Type)
	}
	if why := addressFault(a.Receiver); why != "" {
		c.header("H50", "the receiver %s %s", excerpt(a.Receiver), why)
	} else if c.opt.Line && a.Receiver[8] != 'X' {
		c.header("H50", "the receiver %s has %q as terminal code; a destination has X", a.Receiver, a.Receiver[8])
	} else if len(m.Basic.LT) == 12 && (a.Receiver[7] == '0') != (m.Basic.LT[7] == '0') && !isPseudo(a.Receiver) {
		c.header("H50", "sender %s and receiver %s are not both live or both for test and training", m.Basic.LT, a.Receiver)
	}
	c.delivery()
}

// delivery checks priority, monitoring and obsolescence, which depend on one another.
func (c *checker) delivery() {
	a := &c.m.App
	system := strings.HasPrefix(a.Type, "0")
	switch p := a.Priority; {
	case p == 0 && !system:
		c.header("H25", "block 2 has no priority; a user message has U or N")
	case p == 0:
	case p != 'S' && p != 'U' && p != 'N', system != (p == 'S') && c.m.def != nil:
		c.header("H40", "priority %q does not go with MT %s: S for category 0, U or N for the others", p, a.Type)
		return
	}
	switch m := a.Monitoring; {
	case a.Priority == 'U' && m != '1' && m != '3':
		c.header("H80", "priority U needs delivery monitoring 1 (non-delivery warning) or 3 (both)")
		return
	case a.Priority != 'U' && m != 0 && m != '2':
		c.header("H80", "delivery monitoring %q does not go with priority %q: N takes 2 or none", m, a.Priority)
		return
	}
	switch o := a.Obsolescence; {
	case o == "":
	case a.Priority == 'U' && o != "003", a.Priority == 'N' && o != "020":
		c.header("H81", "obsolescence %s: U has 003, N has 020 (units of five minutes)", o)
	}
}

// networkTypes are those of category 0 that a user only receives.
const networkTypes = "008 009 010 011 012 015 019 021 023 025 027 029 051 052 055 056 057 061 062 063 064 065 066 067 068 069 071 081 082 083 092 094 096"

func (t *typeDef) fromNetwork() bool { return t.tagged && strings.Contains(networkTypes, t.name) }

func (c *checker) outputHeader() {
	a := &c.m.App
	if _, err := corridor.ParseMIR(a.MIR); err != nil {
		c.header("H98", "block 2: %v", err)
	}
	for _, t := range []string{a.InputTime, a.OutputTime} {
		if outside(t, setN) >= 0 || !validTime4(t) {
			c.header("H99", "block 2: %s is no time HHMM", excerpt(t))
			return
		}
	}
	if outside(a.OutputDate, setN) >= 0 || !validDate6(a.OutputDate) {
		c.header("H99", "block 2: %s is no date YYMMDD", excerpt(a.OutputDate))
	}
	if p := a.Priority; p != 0 && p != 'S' && p != 'U' && p != 'N' {
		c.header("H40", "priority %q is none of S, U, N", p)
	}
}

// userTags are the fields of block 3 in their order.
var userTags = []struct {
	tag    string
	code   string // of a bad value
	output bool   // set by the network only
	valid  func(string) bool
}{
	{"103", "U00", false, func(v string) bool { return len(v) == 3 && outside(v, setA) < 0 }},
	{"113", "U01", false, func(v string) bool { return len(v) == 4 && outside(v, setX) < 0 }},
	{"108", "U02", false, func(v string) bool { return len(v) >= 1 && len(v) <= 16 && outside(v, setX) < 0 }},
	{"119", "U08", false, wellFormedFlag},
	{"423", "U00", false, func(v string) bool {
		return (len(v) == 12 || len(v) == 14) && outside(v, setN) < 0 && validDate6(v) && validTime6(v[6:])
	}},
	{"106", "U00", false, func(v string) bool { _, err := corridor.ParseMIR(v); return err == nil }},
	{"424", "U00", false, func(v string) bool { return len(v) >= 1 && len(v) <= 16 && outside(v, setX) < 0 }},
	{"111", "U12", false, func(v string) bool { return len(v) == 3 && outside(v, setN) < 0 && v != "000" }},
	{"121", "U13", false, corridor.ValidUETR},
	{"115", "U00", true, func(v string) bool { return len(v) >= 1 && len(v) <= 32 && outside(v, setX) < 0 }},
	{"165", "U00", true, func(v string) bool { return len(v) > 5 && v[0] == '/' && v[4] == '/' }},
	{"433", "U00", true, screeningResult},
	{"434", "U00", true, screeningResult},
}

func wellFormedFlag(v string) bool { return len(v) >= 1 && len(v) <= 8 && outside(v, setC) < 0 }

func screeningResult(v string) bool {
	return len(v) >= 5 && len(v) <= 25 && v[0] == '/' && v[4] == '/' && outside(v[1:4], setA) < 0 && outside(v, setX) < 0
}

// userHeader checks block 3: known fields, in order, once each, well formed; and what the type makes of them.
func (c *checker) userHeader() {
	m := c.m
	for i := range c.faults {
		if c.faults[i].Code[0] == 'U' {
			return // it could not be read
		}
	}
	if m.has[3] && m.def != nil && m.def.tagged && m.IsInput() {
		c.header("U07", "a system message of a user has no user header")
		return
	}
	if m.has[3] && len(m.User) == 0 && len(c.faults) == 0 {
		c.header("U03", "the user header holds no field; leave the block out instead")
	}
	c.userFields()
	c.variant()
	c.tracked()
}

func (c *checker) userFields() {
	last := -1
	for _, t := range c.m.User {
		i := userTagIndex(t.Name)
		switch {
		case i < 0:
			c.header("U00", "field %s is not one of the user header", excerpt(t.Name))
			continue
		case i == last:
			c.header("U00", "field %s stands twice in the user header", t.Name)
		case i < last:
			c.header("U00", "field %s of the user header stands behind %s; its place is before", t.Name, userTags[last].tag)
		case userTags[i].output && c.m.IsInput():
			c.header("U00", "field %s of the user header is set by the network only", t.Name)
		case !userTags[i].valid(t.Value):
			c.header(userTags[i].code, "field %s of the user header: %s has not its form", t.Name, excerpt(t.Value))
		}
		last = max(last, i)
	}
}

func userTagIndex(name string) int {
	for i := range userTags {
		if userTags[i].tag == name {
			return i
		}
	}
	return -1
}

// flags are words of 119 that have no structure of their own, and the types that take them.
var flags = map[string]string{"104": "RFDD", "574": "IRSLST W8BENO"}

// variant checks that the word of 119 is one of the type.
func (c *checker) variant() {
	m := c.m
	word, ok := m.UserTag("119")
	if !ok || m.def == nil || !wellFormedFlag(word) {
		return
	}
	number := m.def.numberOf()
	if c.std.types[number+"."+word] != nil || strings.Contains(flags[number], word) {
		return
	}
	if word == "ISLFIN" && number[0] == '3' {
		return
	}
	if flags[number] != "" || c.std.hasVariants(number) {
		c.header("U08", "validation flag %s is not known for MT %s", word, number)
		return
	}
	c.header("U09", "MT %s has no variants; leave field 119 out", number)
}

func (s *Standard) hasVariants(number string) bool {
	for name := range s.types {
		if strings.HasPrefix(name, number+".") {
			return true
		}
	}
	return false
}

// tracked: the UETR is mandatory in customer and bank transfers since November 2018, and 111 needs it.
func (c *checker) tracked() {
	m := c.m
	_, has := m.UserTag("121")
	if _, service := m.UserTag("111"); service && !has {
		c.header("U12", "field 111 of the user header needs the UETR in field 121")
		return
	}
	if has || m.def == nil || !m.has[3] && c.unread() {
		return
	}
	switch m.def.numberOf() {
	case "103", "202", "205":
		if !c.beforeTracking() {
			c.header("U13", "MT %s needs a UETR in field 121 of the user header", m.def.name)
		}
	}
}

// beforeTracking reports an output message from before 18 November 2018.
func (c *checker) beforeTracking() bool {
	d := c.m.App.OutputDate
	return len(d) == 6 && outside(d, setN) < 0 && (d < "181118" || d >= "800000")
}
