package mx

import "unicode/utf8"

// The classes of a byte, so that the loops of the scanner look each byte up once.
const (
	classNameStart = 1 << iota
	className
	textPlain // ordinary text
	textSpace
	classText = textPlain | textSpace // neither: look closer
)

// charClass is the class of every byte. ':' and bytes of runes outside ASCII count as name bytes; names that
// have them are checked again.
var charClass = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c == ':', c >= 0x80:
			t[c] |= classNameStart | className
		case '0' <= c && c <= '9', c == '-', c == '.':
			t[c] |= className
		}
		switch {
		case c == ' ' || c == '\t' || c == '\n':
			t[c] |= textSpace
		case c >= 0x20 && c < 0x80 && c != '<' && c != '&' && c != '>', c >= 0x80 && c != 0xEF:
			t[c] |= textPlain
		}
	}
	return t
}()

// runeRange is a range of code points, both ends in.
type runeRange struct{ from, to rune }

// nameStarts are the ranges outside ASCII that may start a name (XML 1.0, fifth edition, production 4).
var nameStarts = [...]runeRange{{0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF}, {0x370, 0x37D}, {0x37F, 0x1FFF}, {0x200C, 0x200D},
	{0x2070, 0x218F}, {0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}}

func nameStart(r rune) bool {
	if r < utf8.RuneSelf {
		return charClass[r]&classNameStart != 0
	}
	for _, x := range nameStarts {
		if x.from <= r && r <= x.to {
			return true
		}
	}
	return false
}

// nameRune reports a rune that may stand inside a name (production 4a).
func nameRune(r rune) bool {
	if r < utf8.RuneSelf {
		return charClass[r]&className != 0
	}
	return nameStart(r) || r == 0xB7 || 0x300 <= r && r <= 0x36F || 0x203F <= r && r <= 0x2040
}

// decodeText appends a text or attribute value with its references resolved and its line ends normalised.
// bad is the index of what cannot be decoded, or -1.
func decodeText(dst, v []byte, attr bool) (out []byte, bad int) {
	for i := 0; i < len(v); {
		c := v[i]
		switch {
		case c == '&':
			r, n := reference(v[i:])
			if n == 0 {
				return dst, i
			}
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		case c == '\r':
			if i+1 < len(v) && v[i+1] == '\n' {
				i++
			}
			c = '\n'
		}
		if attr && (c == '\n' || c == '\t') {
			c = ' '
		}
		dst = append(dst, c)
		i++
	}
	return dst, -1
}

// decodeCData appends a CDATA section: only its line ends are normalised.
func decodeCData(dst, v []byte) []byte {
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c == '\r' {
			if i+1 < len(v) && v[i+1] == '\n' {
				continue
			}
			c = '\n'
		}
		dst = append(dst, c)
	}
	return dst
}

// reference reads one of XML's five entities or a character reference; n is 0 if it is neither.
func reference(v []byte) (r rune, n int) {
	end := 0
	for end < len(v) && v[end] != ';' {
		if end > 12 {
			return 0, 0
		}
		end++
	}
	if end == len(v) || end < 2 {
		return 0, 0
	}
	switch string(v[1:end]) {
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "amp":
		return '&', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	}
	if v[1] != '#' {
		return 0, 0
	}
	if r = charReference(v[2:end]); r == 0 {
		return 0, 0
	}
	return r, end + 1
}

// charReference reads the number of a character reference; 0 if it is not one that XML allows.
func charReference(v []byte) rune {
	base := rune(10)
	if len(v) > 0 && v[0] == 'x' {
		base, v = 16, v[1:]
	}
	if len(v) == 0 {
		return 0
	}
	var r rune
	for _, c := range v {
		d := rune(99)
		switch {
		case '0' <= c && c <= '9':
			d = rune(c - '0')
		case 'a' <= c && c <= 'f':
			d = rune(c-'a') + 10
		case 'A' <= c && c <= 'F':
			d = rune(c-'A') + 10
		}
		if d >= base {
			return 0
		}
		if r = r*base + d; r > utf8.MaxRune {
			return 0
		}
	}
	if !xmlChar(r) {
		return 0
	}
	return r
}

// xmlChar reports a character that XML 1.0 allows (production 2).
func xmlChar(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < 0x20, r > 0xD7FF && r < 0xE000, r == 0xFFFE, r == 0xFFFF:
		return false
	}
	return r <= utf8.MaxRune
}

// trimXML cuts the white space that XML knows from both ends.
func trimXML(v []byte) []byte {
	for len(v) > 0 && isSpace(v[0]) {
		v = v[1:]
	}
	for len(v) > 0 && isSpace(v[len(v)-1]) {
		v = v[:len(v)-1]
	}
	return v
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
