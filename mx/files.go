package mx

import (
	"bytes"
	"iter"
	"strconv"
)

// The binary prefix of an enveloped DataPDU: one octet, six digits of length, 24 octets of signature.
const (
	prefixWritten = 0x1F
	prefixNamed   = 0x1E // in the only public text; read, never written
	prefixLength  = 6
	prefixHead    = 1 + prefixLength + prefixSeal
	prefixSeal    = 24
)

// Messages gives the messages of a file one after the other: a single one, several XML documents in a row, pairs of
// AppHdr and Document in a row, or DataPDUs with their binary prefix. What cannot be cut comes whole, so that Check
// says what is wrong with it.
func Messages(file []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		if len(file) == 0 { // no message either: Check says so
			yield(0, file)
			return
		}
		n := 0
		for len(file) > 0 {
			var m []byte
			if m, file = cutMessage(file); len(trimXML(m)) == 0 && n > 0 {
				continue
			}
			if !yield(n, m) {
				return
			}
			n++
		}
	}
}

// cutMessage takes the first message off a file.
func cutMessage(file []byte) (m, rest []byte) {
	if file[0] == prefixWritten || file[0] == prefixNamed {
		return cutPrefixed(file)
	}
	s := scanner{}
	s.reset(file)
	s.checked = len(file) // Check looks at the encoding of each message; here it would be looked at again for each
	c := cutter{}
	for s.next() && s.kind != tokenEnd {
		if c.begins(&s) {
			return file[:s.at], file[s.at:]
		}
	}
	return file, nil
}

// cutPrefixed takes one DataPDU with its binary prefix off a file.
func cutPrefixed(file []byte) (m, rest []byte) {
	if len(file) < prefixHead {
		return file, nil
	}
	n, err := strconv.Atoi(string(file[1 : 1+prefixLength]))
	end := 1 + prefixLength + n
	if err != nil || n <= prefixSeal || end > len(file) {
		return file, nil
	}
	rest = file[end:]
	for len(rest) > 0 && isSpace(rest[0]) {
		rest = rest[1:]
	}
	return file[prefixHead:end], rest
}

// cutter follows the roots of a file.
type cutter struct {
	depth                   int
	any, header, doc, other bool // which roots the message at hand has
}

// begins reports that the token is the first of the next message.
func (c *cutter) begins(s *scanner) bool {
	switch s.kind {
	case tokenStart:
		if c.depth == 0 && c.root(localName(s.name)) {
			return true
		}
		if !s.empty {
			c.depth++
		}
	case tokenClose:
		c.depth--
	case tokenDeclaration:
		return c.depth == 0 && (c.doc || c.other)
	}
	return false
}

// root takes a root element into the message, or reports that it starts another.
func (c *cutter) root(name []byte) bool {
	header, doc := string(name) == "AppHdr", string(name) == "Document"
	switch {
	case header && c.any, c.other, doc && c.doc && !c.header, !header && !doc && c.any:
		return true
	}
	c.any, c.header, c.doc = true, c.header || header, c.doc || doc
	c.other = !header && !doc
	return false
}

// LooksLikeXML reports content that is XML or an enveloped DataPDU, as against FIN.
func LooksLikeXML(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if len(b) > 0 && (b[0] == prefixWritten || b[0] == prefixNamed) {
		return true
	}
	b = trimXML(b[:min(len(b), 4096)])
	return len(b) > 0 && b[0] == '<' || bytes.HasPrefix(b, []byte{0xFE, 0xFF}) || bytes.HasPrefix(b, []byte{0xFF, 0xFE})
}
