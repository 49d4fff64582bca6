package mt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	corridor "corridor.example/corridor"
)

// Options say what the check may rely on. The zero Options check a message as a file of a back office holds it.
type Options struct {
	Year     int       // the standards year; 0 lets the message's date decide, and Date if it has none
	Date     time.Time // the day the message is sent; used for input messages
	Tolerant bool      // accept what programs often do to files: see Tolerate
	Line     bool      // as the network sees it: session and sequence set, CHK present and right, TNG where it belongs

	// Directory tells what is known of a BIC of 8 or 11 characters. Without it any well-formed BIC is taken.
	Directory func(bic string) Registration
}

// Registration is what a directory knows of a BIC.
type Registration byte

// What a directory may answer.
const (
	Financial Registration = iota
	NonFinancial
	NotConnected
	UnknownBranch
	Unregistered
)

// Result is the answer of a check.
type Result struct {
	Type      corridor.MessageType
	Year      int
	Faults    []corridor.Fault // in the order of the standard's checks; a network answers with the first
	Tolerated []string         // what Tolerant mended before the check, one line each
}

// Valid reports a message without fault.
func (r *Result) Valid() bool { return len(r.Faults) == 0 }

// First is the fault that a network answers with, or nil.
func (r *Result) First() *corridor.Fault {
	if len(r.Faults) == 0 {
		return nil
	}
	return &r.Faults[0]
}

// Check parses one message and checks it as the standard says: headers, user header, characters, trailers,
// structure, fields, rules. It keeps nothing of b and may be called from many goroutines.
func Check(b []byte, opt Options) Result {
	var r Result
	if opt.Tolerant {
		b, r.Tolerated = Tolerate(b)
	}
	pool := standardFor(opt.Year)
	c, _ := pool.scratch.Get().(*checker)
	if c == nil {
		c = &checker{own: &Message{}}
	}
	c.begin(c.own, opt)
	c.size = len(b)
	c.all(string(b[:min(len(b), maxMessage)]))
	r.Type, r.Faults, r.Year = c.m.Type, c.faults, c.std.Year
	c.forget()
	pool.scratch.Put(c)
	return r
}

// CheckMessage is Check for a message that is read already, and gives its fields their places.
func CheckMessage(m *Message, opt Options) Result {
	c := &checker{}
	text := m.Text
	c.begin(m, opt)
	c.size = len(text)
	c.all(text)
	return Result{Type: m.Type, Year: c.std.Year, Faults: c.faults}
}

// checker is one check at work. It is used again for the next message.
type checker struct {
	m      *Message
	own    *Message
	opt    Options
	std    *Standard
	faults []corridor.Fault

	match     matcher
	view      ruleView
	size      int
	statement string // the currency of a statement, for its lines
}

func (c *checker) begin(m *Message, opt Options) {
	*m = Message{Fields: m.Fields[:0], seqs: m.seqs[:0], User: m.User[:0], Tags: m.Tags[:0], Trailer: m.Trailer[:0], lines: 1}
	c.m, c.opt, c.std = m, opt, standardFor(opt.Year)
	c.faults, c.statement = nil, ""
}

// forget drops what points into the message, and the slices that a long one has grown.
func (c *checker) forget() {
	c.m.Text, c.faults, c.opt = "", nil, Options{}
	if cap(c.m.Fields) > maxRuleFields || cap(c.m.Tags) > maxRuleFields {
		*c.m = Message{}
		c.view = ruleView{}
	}
}

// all runs the steps in the order of the standard's answers.
func (c *checker) all(s string) {
	c.steps(s)
	c.inOrder()
}

func (c *checker) steps(s string) {
	ok := c.parse(s)
	c.resolve()
	c.headers()
	if !ok || c.m.IsService() {
		c.service()
		return
	}
	c.length()
	c.charset()
	c.trailers()
	if c.m.def == nil {
		return
	}
	if c.m.def.tagged {
		c.tagged()
		return
	}
	if !c.m.has[4] {
		if !c.unread() {
			c.textFault("T13", 1, "", "block 4, the text, is missing")
		}
		return
	}
	sound := c.structure()
	c.statement = c.statementCurrency()
	c.contents()
	if sound {
		c.rules()
	}
}

// unread reports that blocks stood where the parser could not go on: what is behind them may not be missing.
func (c *checker) unread() bool {
	return slices.ContainsFunc(c.faults, func(f corridor.Fault) bool { return f.Code == "H98" || f.Code == "H25" })
}

// resolve finds the type, its standard and the format of each field.
func (c *checker) resolve() {
	m := c.m
	if c.opt.Year == 0 {
		c.std = standardFor(c.yearOf())
	}
	m.std = c.std
	if m.App.Type == "" {
		return
	}
	variant, _ := m.UserTag("119")
	if m.def = c.std.typeOf(m.App.Type, variant); m.def == nil {
		m.def = c.std.typeOf(m.App.Type, "")
	}
	if m.def != nil {
		m.Type = m.def.full
	} else {
		m.Type = corridor.MessageType("fin." + m.App.Type)
	}
	for i := range m.Fields {
		f := &m.Fields[i]
		f.form = c.std.format(f.num, f.option)
		if m.def != nil && m.def.formats != nil && m.def.formats[f.Tag] != nil {
			f.form = m.def.formats[f.Tag]
		}
	}
}

// yearOf is the standards year of the message's day: its output date, else the day the caller gives.
func (c *checker) yearOf() int {
	if d := c.m.App.OutputDate; len(d) == 6 && outside(d, setN) < 0 && validDate6(d) {
		year, month, day := two(d), two(d[2:]), two(d[4:])
		if year < 80 {
			year += 2000
		} else {
			year += 1900
		}
		return yearAt(year, month, day)
	}
	if !c.opt.Date.IsZero() {
		y, m, d := c.opt.Date.Date()
		return yearAt(y, int(m), d)
	}
	return 0
}

// effective are the days on which the releases of the tables took effect, a Saturday of November each, as YYYYMMDD.
var effective = [LastYear - FirstYear + 1]int{20251122, 20261114}

// yearAt is the standards year in force on a day; before the first of the tables that is the first.
func yearAt(year, month, day int) int {
	for i := len(effective) - 1; i > 0; i-- {
		if year*10000+month*100+day >= effective[i] {
			return FirstYear + i
		}
	}
	return FirstYear
}

// length is the limit of the type on an input message (M50).
func (c *checker) length() {
	m := c.m
	if m.def != nil && m.IsInput() && len(m.Text) > m.def.length {
		c.header("M50", "the message has %d characters; MT %s may have %d", len(m.Text), m.def.name, m.def.length)
	}
}

// charset looks for octets that no set holds, and for line ends that are not CRLF (M60).
func (c *checker) charset() {
	m := c.m
	if !m.textForm || m.textStart == 0 {
		return
	}
	text := m.Text[m.textStart:max(m.textEnd, m.textStart)]
	line, last := 1, 0
	for i := 0; i < len(text); i++ {
		b := text[i]
		if characters[b] != 0 {
			continue
		}
		if b == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			i++
			line++
			continue
		}
		if line != last {
			c.textFault("M60", line, m.tagAt(m.textStart+i), "character %s is in no character set of the network%s", quoteByte(b), lineEndHint(b))
			last = line
		}
	}
}

func quoteByte(b byte) string {
	if b > ' ' && b < 0x7f {
		return strconv.QuoteRune(rune(b))
	}
	return fmt.Sprintf("hex %02X", b)
}

func lineEndHint(b byte) string {
	if b == '\n' || b == '\r' {
		return " alone; lines end with CRLF (check tolerantly to accept others)"
	}
	return ""
}

// tagAt is the tag of the field that holds an offset.
func (m *Message) tagAt(offset int) string {
	for i := range m.Fields {
		if f := &m.Fields[i]; f.Start <= offset && offset < f.End {
			return f.Tag
		}
	}
	return ""
}

// statementCurrency is that of the opening balance, or of the first balance there is.
func (c *checker) statementCurrency() string {
	for i := range c.m.Fields {
		if f := &c.m.Fields[i]; (f.num == 60 || f.num == 62 || f.num == 34) && f.form != nil {
			if v := f.Value; f.num != 34 && len(v) > 10 {
				return v[7:10]
			} else if f.num == 34 && len(v) > 3 {
				return v[:3]
			}
		}
	}
	return ""
}

// rules runs the network validated rules of the type, leaving out those on fields that have a fault already:
// what follows from a fault is no news.
func (c *checker) rules() {
	t := c.m.def
	t.once.Do(func() { t.compileRules(c.std) })
	if len(t.rules) == 0 || len(c.m.Fields) > maxRuleFields || len(c.m.Fields) == 0 {
		return
	}
	c.fillView()
	found := len(c.faults)
	for i := range t.rules {
		r := &t.rules[i]
		if r.idle(c.view.has) || found > 0 && r.touches(c.faults[:found]) {
			continue
		}
		r.check(&c.view, c)
	}
}

func (t *typeDef) compileRules(s *Standard) {
	ids := func(path string) (int16, bool) {
		for _, d := range t.seqs {
			if d.path == path {
				return d.id, true
			}
		}
		return -1, false
	}
	rules, err := s.rules.compile(t.name, ids, s.validIBAN)
	if err != nil {
		panic("mt: " + err.Error()) // a fault in our own tables
	}
	t.rules = rules
}

// touches reports that the rule names a field that one of the faults is about.
func (r *compiledRule) touches(faults []corridor.Fault) bool {
	for i := range r.named {
		for j := range faults {
			if tag := faults[j].Field; len(tag) >= 2 && uint16(two(tag)) == r.named[i].num {
				return true
			}
		}
	}
	return false
}

// fillView shows the tree to the rules.
func (c *checker) fillView() {
	m, v := c.m, &c.view
	v.fields, v.seqs, v.copied = m.Fields, m.seqs, 0
	for i := range m.Fields {
		if m.def.copies && m.Fields[i].elem == nil {
			v.copied++
		}
	}
	v.sender, v.receiver = m.Sender(), m.Receiver()
	v.flag, _ = m.UserTag("119")
	v.index()
}

// Sender is the address of the LT that sent the message; for an answer or a system message of the network, the
// LT in block 1.
func (m *Message) Sender() string {
	if m.IsOutput() && len(m.App.MIR) == 28 {
		return m.App.MIR[6:18]
	}
	return m.Basic.LT
}

// Receiver is the address that the message is for.
func (m *Message) Receiver() string {
	if m.IsOutput() {
		return m.Basic.LT
	}
	return m.App.Receiver
}

// add keeps a fault, with the occurrence of its field.
func (c *checker) add(f corridor.Fault) {
	if len(c.faults) >= maxFaults {
		return
	}
	f.Whose = corridor.Sender
	c.faults = append(c.faults, f)
}

// header is a fault outside the text: it has no line.
func (c *checker) header(code, format string, args ...any) {
	c.add(corridor.Fault{Code: code, Text: fmt.Sprintf(format, args...)})
}

// textFault is a fault of a line of block 4.
func (c *checker) textFault(code string, line int, tag, format string, args ...any) {
	c.add(corridor.Fault{Code: code, Line: line, Field: tag, Text: fmt.Sprintf(format, args...)})
}

// fieldFault is a fault of a field that is there.
func (c *checker) fieldFault(code string, f *Field, line int, format string, args ...any) {
	c.add(corridor.Fault{Code: code, Line: line, Field: f.Tag, Occurrence: c.m.occurrence(f), Text: fmt.Sprintf(format, args...)})
}

// occurrence counts the fields of the same tag up to f, from 1.
func (m *Message) occurrence(f *Field) int {
	n := 0
	for i := range m.Fields {
		if m.Fields[i].Tag == f.Tag {
			n++
		}
		if &m.Fields[i] == f {
			break
		}
	}
	return n
}

// rank is the place of a code in the order of checks: block 1, block 2, user header, message, trailers, text.
func rank(f corridor.Fault) int {
	switch f.Code[0] {
	case 'H':
		if f.Code < "H25" {
			return 0
		}
		return 1
	case 'U':
		return 2
	case 'M':
		return 3
	case 'Z':
		return 4
	}
	return 5
}

// inOrder puts the faults into the order of the checks, and drops one that only repeats another.
func (c *checker) inOrder() {
	if len(c.faults) < 2 {
		return
	}
	slices.SortStableFunc(c.faults, func(a, b corridor.Fault) int { return rank(a) - rank(b) })
	kept := c.faults[:0]
	for _, f := range c.faults {
		if !repeats(kept, f) {
			kept = append(kept, f)
		}
	}
	c.faults = kept
}

// repeats: a character that no set holds is reported by the check of characters and by that of the field; and a
// field whose tag could not be read is not missing too.
func repeats(list []corridor.Fault, f corridor.Fault) bool {
	for _, g := range list {
		if g.Code == "T13" && g.Field == "" && f.Code == "T13" && f.Line >= g.Line {
			return true
		}
		if g.Code == f.Code && g.Line == f.Line && (g.Rule == f.Rule || g.Rule == "" && f.Field == g.Field) || g.Code == "M60" && f.Rule == "" && g.Line == f.Line && f.Line > 0 && f.Code != "T13" {
			return true
		}
	}
	return false
}

// numberOf is the type's number: 103 of 103.STP.
func (t *typeDef) numberOf() string {
	n, _, _ := strings.Cut(t.name, ".")
	return n
}
