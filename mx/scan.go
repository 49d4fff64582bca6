package mx

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// tokenKind says what the scanner stands on.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota // end of the input
	tokenStart
	tokenClose
	tokenText
	tokenCData
	tokenDeclaration // the XML declaration
)

// rawAttr is one attribute as it stands in the tag, its value without quotes and not decoded.
type rawAttr struct {
	name, value []byte
	at, from    int // of the name and of the value in the buffer
}

// scanner cuts XML into tokens. It knows nothing of namespaces or schemas; it refuses DTDs, processing
// instructions, encodings other than UTF-8 and everything that is not well-formed within one tag or text.
// Slices that it gives are valid until the next call.
type scanner struct {
	buf  []byte
	pos  int // first byte not yet read
	base int // offset of buf[0] in the input
	src  io.Reader
	eof  bool

	kind    tokenKind
	at      int    // index of the token's first byte in buf
	name    []byte // of a start or end tag, with its prefix
	attrs   []rawAttr
	empty   bool   // <a/>
	text    []byte // of a text or CDATA, not decoded
	coded   bool   // the text has entities or carriage returns
	visible bool   // the text has more than white space
	checked int    // how far buf is known to be UTF-8
	fault   *xmlFault
	cutOff  bool // the fault is that the input ends inside a token

	hold         int // offset from which on the window must stay, if it is in the window
	line, before int // line of buf[0], and how many characters of it were before
}

// xmlFault is a breach of XML's own rules: the code, where, and what.
type xmlFault struct {
	code string
	at   int // offset in the input
	text string
}

// reset points the scanner at a whole message.
func (s *scanner) reset(b []byte) {
	attrs := s.attrs[:0]
	*s = scanner{buf: b, eof: true, attrs: attrs, line: 1, hold: -1}
}

// resetStream points the scanner at a stream; the buffer is kept for the next one.
func (s *scanner) resetStream(r io.Reader, buf []byte) {
	attrs := s.attrs[:0]
	if cap(buf) < streamWindow {
		buf = make([]byte, 0, streamWindow)
	}
	*s = scanner{buf: buf[:0], src: r, attrs: attrs, line: 1, hold: -1}
}

// fail keeps the first fault; it returns false so that callers can return it.
func (s *scanner) fail(code string, at int, text string) bool {
	if s.fault == nil {
		s.fault = &xmlFault{code, s.base + at, text}
	}
	return false
}

// next moves to the next token; false means that s.fault says why there is none.
func (s *scanner) next() bool {
	for {
		start := s.pos
		for s.base == 0 && len(s.buf) < 4 && !s.eof { // the encoding shows in the first four bytes
			if !s.fill() {
				return false
			}
		}
		if s.checked < len(s.buf) && !s.checkEncoding() {
			return false
		}
		ok, more := s.scan()
		if s.fault != nil {
			return false
		}
		if ok {
			return true
		}
		if more && s.eof {
			s.cutOff = true
			return s.fail(XMLNotWellFormed, start, "the message ends inside a tag, a comment or a CDATA section")
		}
		if more {
			s.pos = start
			if !s.fill() {
				return false
			}
		}
	}
}

// fill makes room behind the token that starts at s.pos and reads more.
func (s *scanner) fill() bool {
	gone := s.pos
	if s.hold >= s.base {
		gone = min(gone, s.hold-s.base)
	}
	if gone > 0 {
		s.leave(gone)
	}
	if len(s.buf) == cap(s.buf) {
		if cap(s.buf) >= MaxToken {
			return s.fail(XMLLimit, 0, "one tag or text is longer than the limit of 15 MB")
		}
		grown := make([]byte, len(s.buf), 2*cap(s.buf))
		copy(grown, s.buf)
		s.buf = grown
	}
	n, err := s.src.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	if err == io.EOF {
		s.eof = true
	} else if err != nil {
		return s.fail(XMLUnreadable, len(s.buf), "the input cannot be read: "+err.Error())
	}
	return true
}

// checkEncoding checks that what was read is UTF-8; a rune cut by the buffer's end waits for its rest.
func (s *scanner) checkEncoding() bool {
	if s.base == 0 && s.checked == 0 {
		if text := wrongEncoding(s.buf); text != "" {
			return s.fail(XMLEncoding, 0, text)
		}
	}
	b := s.buf[s.checked:]
	if utf8.Valid(b) {
		s.checked = len(s.buf)
		return true
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			if !s.eof && len(b)-i < utf8.UTFMax && !utf8.FullRune(b[i:]) {
				s.checked += i
				return true
			}
			return s.fail(XMLEncoding, s.checked+i, "a byte that is not UTF-8; write the message in UTF-8")
		}
		i += n
	}
	s.checked = len(s.buf)
	return true
}

// wrongEncoding names an encoding that a byte order mark or the first bytes betray.
func wrongEncoding(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
		return "a byte order mark before the message; leave it out"
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}), bytes.HasPrefix(b, []byte{0xFF, 0xFE}),
		bytes.HasPrefix(b, []byte{0, '<'}), bytes.HasPrefix(b, []byte{'<', 0}),
		bytes.HasPrefix(b, []byte{0, 0, 0, '<'}):
		return "the message is in UTF-16 or UTF-32; write it in UTF-8"
	}
	return ""
}

// scan reads one token from s.pos. more means that the buffer ended first; neither means that a comment was
// skipped.
func (s *scanner) scan() (ok, more bool) {
	if s.pos >= len(s.buf) {
		if s.eof {
			s.kind, s.at = tokenEnd, s.pos
			return true, false
		}
		return false, true
	}
	s.at = s.pos
	if s.buf[s.pos] != '<' {
		return s.scanText()
	}
	if s.pos+1 >= len(s.buf) {
		return false, true
	}
	switch s.buf[s.pos+1] {
	case '/':
		return s.scanClose()
	case '!':
		return s.scanBang()
	case '?':
		return s.scanInstruction()
	}
	return s.scanStart()
}

// scanText reads up to the next '<'. Runs are never cut: a text is one token unless CDATA or a comment splits it.
func (s *scanner) scanText() (ok, more bool) {
	b, i := s.buf, s.pos
	s.coded, s.visible = false, false
	for i < len(b) {
		c := b[i]
		switch charClass[c] & classText {
		case textPlain:
			s.visible = true
			i++
			continue
		case textSpace:
			i++
			continue
		}
		if c == '<' {
			break
		}
		if bad := s.textByte(i); bad != "" {
			s.fail(XMLNotWellFormed, i, bad)
			return false, false
		}
		i++
	}
	if i >= len(b) && !s.eof {
		return false, true
	}
	s.kind, s.text, s.pos = tokenText, b[s.at:i], i
	return true, false
}

// textByte looks at the rare bytes of a text: what needs decoding, and what must not stand there.
func (s *scanner) textByte(i int) string {
	b := s.buf
	switch c := b[i]; {
	case c == '&':
		s.coded, s.visible = true, true
	case c == '\r':
		s.coded = true
	case c == '>':
		s.visible = true
		if i-2 >= s.at && b[i-1] == ']' && b[i-2] == ']' {
			return "']]>' in text; write ']]&gt;'"
		}
	case c >= 0x80:
		s.visible = true
		if c == 0xEF && i+2 < len(b) && b[i+1] == 0xBF && b[i+2] >= 0xBE {
			return "a character that XML does not allow (U+FFFE or U+FFFF)"
		}
	default:
		return "a control character; XML allows only tab, line feed and carriage return"
	}
	return ""
}

// nameEnd returns the index behind a name that starts at i.
func nameEnd(b []byte, i int) int {
	for i < len(b) && charClass[b[i]]&className != 0 {
		i++
	}
	return i
}

// skipSpace returns the index of the first byte that is not white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

func (s *scanner) scanStart() (ok, more bool) {
	b := s.buf
	i := nameEnd(b, s.pos+1)
	if i >= len(b) {
		return false, true
	}
	s.name, s.attrs, s.empty = b[s.pos+1:i], s.attrs[:0], false
	if !s.goodName(s.name, s.pos+1) {
		return false, false
	}
	if b[i] != '>' {
		if i, ok, more = s.scanAttrs(i); !ok {
			return false, more
		}
	}
	s.kind, s.pos = tokenStart, i+1
	return true, false
}

// scanAttrs reads attributes from i to the '>' of the tag, whose index it returns.
func (s *scanner) scanAttrs(i int) (end int, ok, more bool) {
	b := s.buf
	for {
		spaced := skipSpace(b, i)
		if spaced >= len(b) {
			return 0, false, true
		}
		switch {
		case b[spaced] == '>':
			return spaced, true, false
		case b[spaced] == '/':
			if spaced+1 >= len(b) {
				return 0, false, true
			}
			if b[spaced+1] != '>' {
				s.fail(XMLNotWellFormed, spaced, "'/' without '>' in a tag")
				return 0, false, false
			}
			s.empty = true
			return spaced + 1, true, false
		case spaced == i:
			s.fail(XMLNotWellFormed, i, "a character in a tag's name that XML does not allow there")
			return 0, false, false
		}
		if i, ok, more = s.scanAttr(spaced); !ok {
			return 0, false, more
		}
	}
}

// scanAttr reads one name="value" from i and returns the index behind it.
func (s *scanner) scanAttr(i int) (end int, ok, more bool) {
	b, a := s.buf, rawAttr{at: i}
	j := nameEnd(b, i)
	a.name = b[i:j]
	if j = skipSpace(b, j); j >= len(b) {
		return 0, false, true
	}
	if !s.goodName(a.name, i) {
		return 0, false, false
	}
	if b[j] != '=' {
		s.fail(XMLNotWellFormed, j, "an attribute without '='")
		return 0, false, false
	}
	if j = skipSpace(b, j+1); j >= len(b) {
		return 0, false, true
	}
	quote := b[j]
	if quote != '"' && quote != '\'' {
		s.fail(XMLNotWellFormed, j, "an attribute's value without quotes")
		return 0, false, false
	}
	k := bytes.IndexByte(b[j+1:], quote)
	if k < 0 {
		return 0, false, true
	}
	a.value, a.from = b[j+1:j+1+k], j+1
	if bad := badAttr(a.value); bad != "" {
		s.fail(XMLNotWellFormed, j, bad)
		return 0, false, false
	}
	if len(s.attrs) >= MaxAttributes {
		s.fail(XMLLimit, i, "more than 32 attributes in one tag")
		return 0, false, false
	}
	for _, other := range s.attrs {
		if bytes.Equal(other.name, a.name) {
			s.fail(XMLNotWellFormed, i, "the attribute "+quoted(a.name)+" stands twice in one tag")
			return 0, false, false
		}
	}
	s.attrs = append(s.attrs, a)
	return j + k + 2, true, false
}

// badAttr says what is wrong with the characters of an attribute's value.
func badAttr(v []byte) string {
	for i, c := range v {
		switch {
		case c == '<':
			return "'<' in an attribute's value; write '&lt;'"
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r':
			return "a control character in an attribute's value"
		case c == 0xEF && i+2 < len(v) && v[i+1] == 0xBF && v[i+2] >= 0xBE:
			return "a character that XML does not allow (U+FFFE or U+FFFF)"
		}
	}
	return ""
}

// goodName checks a qualified name: start character, at most one colon, length.
func (s *scanner) goodName(n []byte, at int) bool {
	if len(n) == 0 {
		return s.fail(XMLNotWellFormed, at, "'<' that starts no tag; in text write '&lt;'")
	}
	if len(n) > MaxName {
		return s.fail(XMLLimit, at, "a name of more than 256 bytes")
	}
	if charClass[n[0]]&classNameStart == 0 {
		return s.fail(XMLNotWellFormed, at, "a name cannot start with "+quoted(n[:1]))
	}
	for i, c := range n {
		if c == ':' || c >= 0x80 {
			return s.goodQName(n, i, at)
		}
	}
	return true
}

// goodQName checks what goodName left open from byte i on: one colon between two names, and letters outside ASCII.
func (s *scanner) goodQName(n []byte, i, at int) bool {
	colon := bytes.IndexByte(n, ':')
	if colon == 0 || colon == len(n)-1 || colon > 0 && bytes.IndexByte(n[colon+1:], ':') >= 0 {
		return s.fail(XMLNotWellFormed, at, "the name "+quoted(n)+" has not the form prefix:name")
	}
	first := true
	for _, r := range string(n) {
		switch {
		case r == ':':
			first = true
			continue
		case first && !nameStart(r), !nameRune(r):
			return s.fail(XMLNotWellFormed, at, "the name "+quoted(n)+" has a character that XML does not allow in names")
		}
		first = false
	}
	return true
}

func (s *scanner) scanClose() (ok, more bool) {
	b := s.buf
	i := nameEnd(b, s.pos+2)
	if i >= len(b) {
		return false, true
	}
	s.name = b[s.pos+2 : i]
	if b[i] != '>' {
		if i = skipSpace(b, i); i >= len(b) {
			return false, true
		}
		if b[i] != '>' {
			s.fail(XMLNotWellFormed, i, "an end tag with more than a name")
			return false, false
		}
	}
	s.kind, s.pos = tokenClose, i+1
	return true, false
}

// scanBang reads what starts with "<!": a comment, a CDATA section, or the refused DTD.
func (s *scanner) scanBang() (ok, more bool) {
	b := s.buf[s.pos:]
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		return s.scanComment(b)
	case bytes.HasPrefix(b, []byte("<![CDATA[")):
		k := bytes.Index(b, []byte("]]>"))
		if k < 0 {
			return false, true
		}
		s.kind, s.text, s.coded, s.visible = tokenCData, b[9:k], bytes.IndexByte(b[9:k], '\r') >= 0, k > 9
		if bad := badAttr(bytes.ReplaceAll(s.text, []byte("<"), nil)); bad != "" {
			s.fail(XMLNotWellFormed, s.pos, "a control or other character in a CDATA section that XML does not allow")
			return false, false
		}
		s.pos += k + 3
		return true, false
	case len(b) < 9 && (bytes.HasPrefix([]byte("<![CDATA["), b) || bytes.HasPrefix([]byte("<!--"), b) || bytes.HasPrefix([]byte("<!DOCTYPE"), b)):
		return false, true
	case bytes.HasPrefix(b, []byte("<!DOCTYPE")):
		s.fail(XMLDTD, s.pos, "a document type declaration; messages carry none")
	case bytes.HasPrefix(b, []byte("<!ENTITY")):
		s.fail(XMLDTD, s.pos, "an entity declaration; messages carry none")
	default:
		s.fail(XMLNotWellFormed, s.pos, "'<!' that starts neither a comment nor a CDATA section")
	}
	return false, false
}

func (s *scanner) scanComment(b []byte) (ok, more bool) {
	k := bytes.Index(b[4:], []byte("--"))
	if k < 0 || k+6 >= len(b) {
		return false, true
	}
	if b[k+6] != '>' {
		s.fail(XMLNotWellFormed, s.pos+k+4, "'--' inside a comment")
		return false, false
	}
	if bad := badAttr(bytes.ReplaceAll(b[4:k+4], []byte("<"), nil)); bad != "" {
		s.fail(XMLNotWellFormed, s.pos, "a character in a comment that XML does not allow")
		return false, false
	}
	s.pos += k + 7
	return false, false
}

// scanInstruction reads an XML declaration; every other processing instruction is refused.
func (s *scanner) scanInstruction() (ok, more bool) {
	b := s.buf[s.pos:]
	k := bytes.Index(b, []byte("?>"))
	if k < 0 {
		return false, true
	}
	if !bytes.HasPrefix(b, []byte("<?xml")) || k < 6 || skipSpace(b, 5) == 5 {
		s.fail(XMLDTD, s.pos, "a processing instruction; messages carry none")
		return false, false
	}
	if !s.declaration(b[5:k]) {
		return false, false
	}
	s.kind = tokenDeclaration
	s.pos += k + 2
	return true, false
}

// declaration checks version, encoding and standalone of an XML declaration.
func (s *scanner) declaration(b []byte) bool {
	order := [...]string{"version", "encoding", "standalone"}
	at, step := s.pos, 0
	for i := 0; ; {
		j := skipSpace(b, i)
		if j == len(b) {
			break
		}
		name, value, end := declared(b, j)
		if end < 0 || j == i {
			return s.fail(XMLNotWellFormed, at, "the XML declaration is not well-formed")
		}
		for step < len(order) && order[step] != name {
			step++
		}
		if step == len(order) || step > 0 && i == 0 {
			return s.fail(XMLNotWellFormed, at, "the XML declaration has version, then encoding, then standalone, and nothing else")
		}
		if !s.declaredValue(name, value) {
			return false
		}
		step++
		i = end
	}
	if step == 0 {
		return s.fail(XMLNotWellFormed, at, "the XML declaration has no version")
	}
	return true
}

// declared reads name="value" at i; end is -1 when there is none.
func declared(b []byte, i int) (name, value string, end int) {
	j := nameEnd(b, i)
	name = string(b[i:j])
	j = skipSpace(b, j)
	if j >= len(b) || b[j] != '=' {
		return "", "", -1
	}
	if j = skipSpace(b, j+1); j >= len(b) || b[j] != '"' && b[j] != '\'' {
		return "", "", -1
	}
	k := bytes.IndexByte(b[j+1:], b[j])
	if k < 0 {
		return "", "", -1
	}
	return name, string(b[j+1 : j+1+k]), j + k + 2
}

func (s *scanner) declaredValue(name, value string) bool {
	switch {
	case name == "version" && value != "1.0":
		return s.fail(XMLNotWellFormed, s.pos, "XML version "+value+"; write 1.0")
	case name == "encoding" && !equalFold(value, "utf-8") && !equalFold(value, "us-ascii"):
		return s.fail(XMLEncoding, s.pos, "encoding "+value+"; write the message in UTF-8 and declare UTF-8")
	case name == "standalone" && value != "yes" && value != "no":
		return s.fail(XMLNotWellFormed, s.pos, "standalone is yes or no")
	}
	return true
}

func equalFold(a, b string) bool { return len(a) == len(b) && bytes.EqualFold([]byte(a), []byte(b)) }

// leave forgets the first n bytes of the buffer, but for their lines.
func (s *scanner) leave(n int) {
	gone := s.buf[:n]
	if k := bytes.LastIndexByte(gone, '\n'); k >= 0 {
		s.line += bytes.Count(gone, []byte("\n"))
		s.before = utf8.RuneCount(gone[k+1:])
	} else {
		s.before += utf8.RuneCount(gone)
	}
	s.buf = s.buf[:copy(s.buf, s.buf[n:])]
	s.base += n
	s.pos -= n
	s.checked -= n
}

// position is the line and column of an offset inside the window.
func (s *scanner) position(at int) (line, column int) {
	i := min(max(at-s.base, 0), len(s.buf))
	x := lineIndex{line: s.line}
	line, column = x.find(s.buf, i)
	if x.start == 0 {
		column += s.before
	}
	return line, column
}
