package mt

import (
	"strings"

	corridor "corridor.example/corridor"
)

// Parse takes one message apart and gives each field its place in the structure of its type. Faults say what
// is wrong with its form; the tree holds what could be read nevertheless. Contents are Check's question.
func Parse(b []byte) (*Message, []corridor.Fault) {
	m, c := &Message{}, &checker{}
	c.begin(m, Options{})
	c.size = len(b)
	if c.parse(string(b)) {
		c.resolve()
		c.structure()
	}
	return m, c.faults
}

// parse reads the blocks of s, and reports whether enough of the message could be read to go on.
func (c *checker) parse(s string) bool {
	m := c.m
	m.Text = s
	if c.size > maxMessage {
		c.header("M50", "the message has %d characters; no type has more than 10,000", c.size)
		return false
	}
	p := blockParser{c: c, m: m, s: s}
	return p.blocks()
}

// blockParser stands at byte at of the message.
type blockParser struct {
	c  *checker
	m  *Message
	s  string
	at int
}

// blocks reads the blocks in their order: 1 2 3 4 5 S.
func (p *blockParser) blocks() bool {
	if !strings.HasPrefix(p.s, "{1:") {
		p.c.header("H01", "the message does not begin with {1:%s", beforeHint(p.s))
		return false
	}
	last := byte('0')
	for p.at < len(p.s) {
		id := p.blockID()
		if id == 0 || id <= last {
			p.c.header(p.misplaced(id, last), "text %s between or after the blocks; blocks stand next to each other in the order 1 2 3 4 5", excerpt(p.s[p.at:]))
			return p.m.has[1]
		}
		last = id
		if !p.block(id) {
			return false
		}
	}
	return true
}

func beforeHint(s string) string {
	if strings.HasPrefix(s, byteOrderMark) {
		return " but with a byte order mark (check tolerantly to accept it)"
	}
	return ""
}

// misplaced chooses the code: an unreadable part directly behind block 1 stands where block 2 should.
func (p *blockParser) misplaced(id, last byte) string {
	if id == 0 && last == '1' {
		return "H25"
	}
	return "H98"
}

// blockID is 1 to 5 or S at the start of a block, else 0.
func (p *blockParser) blockID() byte {
	if r := p.s[p.at:]; len(r) > 3 && r[0] == '{' && r[2] == ':' {
		if id := r[1]; '1' <= id && id <= '5' || id == 'S' {
			return id
		}
	}
	return 0
}

func (p *blockParser) block(id byte) bool {
	m := p.m
	if id == 'S' {
		m.has[0] = true
	} else {
		m.has[id-'0'] = true
	}
	start := p.at
	p.at += 3
	switch id {
	case '1':
		return p.basic()
	case '2':
		return p.application()
	case '4':
		ok := p.text()
		m.block4 = span{start, p.at}
		return ok
	}
	return p.tagBlock(id)
}

// tagBlock reads the pairs of blocks 3, 5 and S.
func (p *blockParser) tagBlock(id byte) (ok bool) {
	m := p.m
	switch id {
	case '3':
		m.User, ok = p.tags(m.User, "U03")
	case '5':
		m.Trailer, ok = p.tags(m.Trailer, "Z01")
	default:
		m.Own, ok = p.tags(nil, "H98")
	}
	return ok
}

// value reads up to the brace that closes a block without pairs.
func (p *blockParser) value() (string, bool) {
	end := strings.IndexByte(p.s[p.at:], '}')
	if end < 0 {
		return "", false
	}
	v := p.s[p.at : p.at+end]
	p.at += end + 1
	return v, true
}

// basic reads "F01BANKBEBBAXXX0123000456".
func (p *blockParser) basic() bool {
	v, ok := p.value()
	if !ok || len(v) != 25 && !(len(v) == 15 && v[0] == 'L') {
		p.c.header("H01", "block 1 has %d characters after {1: instead of 25: application, service, LT, session, sequence", len(v))
		return false
	}
	b := &p.m.Basic
	b.Application, b.Service, b.LT = v[0], v[1:3], v[3:15]
	if len(v) == 25 {
		b.Session, b.Sequence = v[15:19], v[19:25]
	}
	return true
}

// application reads the input form (16, 17, 18 or 21 characters) or the output form (46 or 47).
func (p *blockParser) application() bool {
	v, ok := p.value()
	a := &p.m.App
	switch n := len(v); {
	case !ok || n == 0:
		p.c.header("H25", "block 2 is empty or not closed")
		return false
	case v[0] == 'I' && (n == 16 || n == 17 || n == 18 || n == 21):
		a.Direction, a.Type, a.Receiver = 'I', v[1:4], v[4:16]
		if n > 16 {
			a.Priority = v[16]
		}
		if n > 17 {
			a.Monitoring = v[17]
		}
		if n > 18 {
			a.Obsolescence = v[18:21]
		}
	case v[0] == 'O' && (n == 46 || n == 47):
		a.Direction, a.Type, a.InputTime, a.MIR, a.OutputDate, a.OutputTime = 'O', v[1:4], v[4:8], v[8:36], v[36:42], v[42:46]
		if n > 46 {
			a.Priority = v[46]
		}
	case v[0] == 'I' || v[0] == 'O':
		p.c.header("H98", "block 2 has %d characters; an input header has 16, 17, 18 or 21, an output header 46 or 47", n)
		return false
	default:
		p.c.header("H26", "block 2 begins with %q, not with I for input or O for output", v[0])
		return false
	}
	return true
}

// tags reads {name:value} pairs up to the brace that closes the block, and adds them to the list. bad is the code of
// misplaced braces.
func (p *blockParser) tags(list []Tag, bad string) ([]Tag, bool) {
	for p.at < len(p.s) {
		switch {
		case p.s[p.at] == '}':
			p.at++
			return list, true
		case p.s[p.at] != '{':
			p.c.header(p.loose(bad), "text %s between the fields of a block", excerpt(p.s[p.at:]))
			return list, false
		case len(list) == maxTags:
			p.c.header("M50", "more than %d fields in one block", maxTags)
			return list, false
		}
		end := p.closing(p.at)
		if end < 0 {
			p.c.header(bad, "a brace of a block is not closed")
			return list, false
		}
		name, value, colon := strings.Cut(p.s[p.at+1:end], ":")
		if !colon {
			p.c.header(p.loose(bad), "field %s of a block has no colon", excerpt(name))
			return list, false
		}
		list = append(list, Tag{name, value})
		p.at = end + 1
	}
	p.c.header(bad, "a block is not closed")
	return list, false
}

// loose is the code of a badly formed field, which the user header tells from misplaced braces.
func (p *blockParser) loose(bad string) string {
	if bad == "U03" {
		return "U00"
	}
	return bad
}

// closing is the offset of the brace that closes the one at start, or -1. Nested braces are those of an MT 096,
// which holds a message.
func (p *blockParser) closing(start int) int {
	depth := 0
	for i := start; i < len(p.s); i++ {
		switch p.s[i] {
		case '{':
			if strings.HasPrefix(p.s[i:], "{4:\r\n") {
				end := strings.Index(p.s[i:], "\r\n-}")
				if end < 0 {
					return -1
				}
				if i += end + len("\r\n-}") - 1; depth == 0 {
					return i
				}
				continue
			}
			if depth++; depth > maxNesting {
				return -1
			}
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// text reads block 4: text form in user messages, tag form in the others.
func (p *blockParser) text() bool {
	m := p.m
	m.textForm = strings.HasPrefix(p.s[p.at:], "\r\n") || m.Basic.Application == 'F' && m.Basic.Service == "01" && !strings.HasPrefix(m.App.Type, "0")
	if !m.textForm {
		list, ok := p.tags(m.Tags, "V01")
		m.Tags = list
		return ok
	}
	return p.fields()
}

// fields reads block 4 in text form: CRLF, fields, and the line "-}".
func (p *blockParser) fields() bool {
	m := p.m
	m.textStart = p.at
	if !strings.HasPrefix(p.s[p.at:], "\r\n") {
		p.c.textFault("T13", 1, "", "the text does not begin with a line end (CRLF) after {4:")
		return false
	}
	p.at += 2
	m.textStart = p.at
	line := 1
	for p.at < len(p.s) {
		switch p.s[p.at] {
		case '-':
			m.lines = line
			return p.end(line)
		case ':':
			line = p.field(line)
		default:
			p.c.textFault("T13", line, "", "line %s does not begin with a tag such as :20:", excerpt(p.s[p.at:]))
			line = p.skipField(line)
		}
	}
	m.lines = line
	p.c.textFault("M62", line, "", "the text is not ended by a line \"-}\"")
	return false
}

// end reads "-}".
func (p *blockParser) end(line int) bool {
	p.m.textEnd = p.at
	if strings.HasPrefix(p.s[p.at:], "-}") {
		p.at += 2
		return true
	}
	p.c.textFault("T13", line, "", "a line of the text begins with '-' and is not its end \"-}\"")
	return false
}

// field reads ":32A:value CRLF" with its continuation lines, and returns the next line's number.
func (p *blockParser) field(line int) int {
	f := Field{Line: line, Start: p.at, seq: -1}
	n := tagLength(p.s[p.at:])
	if n == 0 {
		p.c.textFault("T13", line, "", "line %s does not begin with a tag such as :20: or :32A:", excerpt(p.s[p.at:]))
		return p.skipField(line)
	}
	f.Tag = p.s[p.at+1 : p.at+n-1]
	f.num = uint16(f.Tag[0]-'0')*10 + uint16(f.Tag[1]-'0')
	if len(f.Tag) == 3 {
		f.option = f.Tag[2]
	}
	from := p.at + n
	next := p.lineEnds(line)
	if p.at-2 >= from && p.s[p.at-1] == '\n' {
		f.Value = p.s[from : p.at-2]
	} else if p.at > from {
		f.Value = p.s[from:p.at]
	}
	f.End = p.at
	p.m.Fields = append(p.m.Fields, f)
	return next
}

func (p *blockParser) skipField(line int) int { return p.lineEnds(line) }

// lineEnds moves behind the line end after which a line begins with ':' or '-', counting lines.
func (p *blockParser) lineEnds(line int) int {
	for {
		i := strings.IndexByte(p.s[p.at:], '\n')
		if i < 0 {
			p.at = len(p.s)
			return line
		}
		p.at += i + 1
		if i == 0 || p.s[p.at-2] != '\r' {
			continue // a lone line feed: the check of characters reports it
		}
		line++
		if p.at == len(p.s) || p.s[p.at] == ':' || p.s[p.at] == '-' {
			return line
		}
	}
}

// tagLength is the length of ":20:" or ":32A:" at the start of s, else 0.
func tagLength(s string) int {
	if len(s) < 4 || s[0] != ':' || !digit(s[1]) || !digit(s[2]) {
		return 0
	}
	if s[3] == ':' {
		return 4
	}
	if len(s) > 4 && s[4] == ':' && capital(s[3]) {
		return 5
	}
	return 0
}

// excerpt quotes the start of s for a text.
func excerpt(s string) string {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i]
	}
	if len(s) > 20 {
		s = s[:20] + "…"
	}
	return `"` + strings.ToValidUTF8(s, "?") + `"`
}
