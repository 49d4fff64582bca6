package mx

import (
	"bytes"
	"sort"

	corridor "corridor.example/corridor"
)

// Canonical gives a form of header and document that stays the same when a message is indented anew, its prefixes
// are renamed, or its envelope changes: no XML declaration, no envelope, no comments, no white space between
// elements, one way to write namespaces, attributes, empty elements and characters. Text is kept to the letter.
//
// A signature of the network is over the bytes sent; the canonical digest beside it lets two parties see that they
// hold the same message after one of their systems has reformatted it.
func Canonical(b []byte) ([]byte, *corridor.Fault) {
	if len(b) > MaxMessage {
		return nil, routeFault(XMLLimit, 0, b, "the message is longer than 16 MB")
	}
	c := checkers.Get().(*checker)
	defer c.free()
	c.begin(Options{})
	c.s.reset(b)
	k := canonicalizer{c: c, out: make([]byte, 0, len(b))}
	for !c.fatal && k.next() {
	}
	if !c.fatal && (k.header != 1 || k.document != 1) {
		c.die(EnvelopeCount, c.s.at, "not exactly one AppHdr and one Document")
	}
	if c.fatal {
		faults, _ := c.rep.sorted(b, false)
		return nil, &faults[0]
	}
	return k.out, nil
}

// CanonicalDigest is the digest of the canonical form.
func CanonicalDigest(b []byte) (corridor.Digest, *corridor.Fault) {
	out, f := Canonical(b)
	if f != nil {
		return corridor.Digest{}, f
	}
	return corridor.DigestOf(out), nil
}

// canonicalizer writes the canonical form; it uses a checker for namespaces only.
type canonicalizer struct {
	c                *checker
	out              []byte
	open             []canonicalElement
	names            []byte
	held             []byte // text not yet written: white space may turn out to be indentation
	inside           int    // depth of the open AppHdr or Document, 0 outside
	header, document int
}

// canonicalElement is one open element.
type canonicalElement struct {
	from, binds int
	uri         []byte
	parent      bool // it has child elements
}

// next takes one token; false at the end.
func (k *canonicalizer) next() bool {
	s := &k.c.s
	if !s.next() {
		k.c.die(s.fault.code, s.fault.at, s.fault.text)
		return false
	}
	switch s.kind {
	case tokenStart:
		k.start()
	case tokenClose:
		k.close()
	case tokenText, tokenCData:
		k.text()
	case tokenEnd:
		if len(k.open) > 0 {
			k.c.die(XMLNotWellFormed, s.at, "the message ends inside an element")
		}
		return false
	}
	return true
}

func (k *canonicalizer) start() {
	c, s := k.c, &k.c.s
	if len(k.open) >= MaxDepth {
		c.die(XMLLimit, s.at, "elements deeper than 64")
		return
	}
	e := canonicalElement{from: len(k.names), binds: len(c.binds)}
	if !c.declare() {
		return
	}
	b, local := c.resolve(s.name)
	e.uri = b.uri
	k.names = append(k.names, s.name...)
	if n := len(k.open); n > 0 {
		k.open[n-1].parent = true
	}
	k.flush(false)
	k.open = append(k.open, e)
	if k.inside == 0 {
		k.part(local)
	}
	if k.inside > 0 {
		k.tag(b, local)
	}
	if s.empty {
		k.end(local)
	}
}

// part opens the header or the document.
func (k *canonicalizer) part(local []byte) {
	switch string(local) {
	case "AppHdr":
		k.header++
	case "Document":
		k.document++
	default:
		return
	}
	k.inside = len(k.open)
}

// tag writes a start tag: the namespace where it changes, attributes by namespace and name.
func (k *canonicalizer) tag(b *binding, local []byte) {
	c := k.c
	k.out = append(append(k.out, '<'), local...)
	n := len(k.open)
	if n == k.inside || !bytes.Equal(k.open[n-2].uri, b.uri) {
		k.out = append(appendAttr(append(k.out, ` xmlns="`...), b.uri), '"')
	}
	var all []canonicalAttr
	for _, a := range c.s.attrs {
		if string(a.name) == "xmlns" || bytes.HasPrefix(a.name, []byte("xmlns:")) {
			continue
		}
		x := canonicalAttr{uri: c.prefixOf(a), local: localName(a.name), value: c.attrValue(a)}
		if c.fatal {
			return
		}
		all = append(all, x)
	}
	sort.Slice(all, func(i, j int) bool {
		if d := bytes.Compare(all[i].uri, all[j].uri); d != 0 {
			return d < 0
		}
		return bytes.Compare(all[i].local, all[j].local) < 0
	})
	for _, a := range all {
		k.out = append(k.out, ' ')
		if len(a.uri) > 0 {
			k.out = append(appendAttr(append(k.out, `xmlns:a="`...), a.uri), `" a:`...)
		}
		k.out = append(appendAttr(append(append(k.out, a.local...), `="`...), a.value), '"')
	}
	k.out = append(k.out, '>')
}

// canonicalAttr is one attribute, resolved.
type canonicalAttr struct{ uri, local, value []byte }

func (k *canonicalizer) text() {
	c, s := k.c, &k.c.s
	switch {
	case len(k.open) == 0 && (s.visible || s.kind == tokenCData):
		c.die(XMLNotWellFormed, s.at, "text outside of elements")
	case s.kind == tokenCData:
		k.held = decodeCData(k.held, s.text)
	default:
		var bad int
		if k.held, bad = decodeText(k.held, s.text, false); bad >= 0 {
			c.badReference(s.text[bad:], s.at+bad)
		}
	}
}

// flush writes the text that was held back; leaf says that it is all that its element holds.
func (k *canonicalizer) flush(leaf bool) {
	if k.inside > 0 && (leaf || len(trimXML(k.held)) > 0) {
		k.out = appendEscaped(k.out, k.held)
	}
	k.held = k.held[:0]
}

func (k *canonicalizer) close() {
	c, s := k.c, &k.c.s
	n := len(k.open)
	if n == 0 || !bytes.Equal(k.names[k.open[n-1].from:], s.name) {
		c.die(XMLNotWellFormed, s.at, "an end tag that closes nothing")
		return
	}
	k.end(localName(s.name))
}

func (k *canonicalizer) end(local []byte) {
	n := len(k.open)
	e := k.open[n-1]
	k.flush(!e.parent)
	if k.inside > 0 {
		k.out = append(append(append(k.out, "</"...), local...), '>')
	}
	if k.inside == n {
		k.inside = 0
	}
	k.c.binds, k.names, k.open = k.c.binds[:e.binds], k.names[:e.from], k.open[:n-1]
}
