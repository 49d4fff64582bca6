package mx

import (
	"bytes"
	"strconv"

	corridor "corridor.example/corridor"
)

// text takes a run of text or a CDATA section.
func (c *checker) text() {
	f := &c.frames[c.depth]
	s := &c.s
	if f.kind == frameSchema && f.schema.elems[f.elem].content == contentText {
		c.addText()
		return
	}
	if s.coded && s.kind == tokenText {
		var bad int
		if c.scratch, bad = decodeText(c.scratch[:0], s.text, false); bad >= 0 {
			c.badReference(s.text[bad:], s.at+bad)
			return
		}
	}
	if !s.visible && s.kind == tokenText {
		return
	}
	switch f.kind {
	case frameTop:
		c.die(XMLNotWellFormed, s.at, "text outside of elements")
	case frameWrapper:
		if !f.texted {
			f.texted = true
			c.put(EnvelopeCount, c.here(), c.wrapped(c.depth), "text between header and document")
		}
	case frameSchema:
		e := &f.schema.elems[f.elem]
		if f.texted || e.content == contentAny && e.any.mixed || len(trimXML(s.text)) == 0 {
			return
		}
		f.texted = true
		c.put(SchemaType, c.here(), c.path(c.depth), "text where only elements may stand: "+quoted(trimXML(s.text)))
	}
}

// addText keeps the text of an element, as a piece of the message where it stands in one piece and needs no decoding.
func (c *checker) addText() {
	s := &c.s
	c.pieces++
	if c.pieces == 1 {
		c.valueAt, s.hold = c.here(), c.here()
		if !s.coded && !c.stream && s.kind == tokenText {
			c.value = s.text
			c.span = span{int32(s.at), int32(s.at + len(s.text))}
			return
		}
	}
	store := &c.tree.decoded
	if c.stream {
		store = &c.scratch
	}
	if c.pieces == 1 {
		if c.stream {
			*store = (*store)[:0]
		}
		c.span.from = int32(len(*store))
	} else if c.span.to >= 0 && !c.stream {
		first := c.value
		c.span.from = int32(len(*store))
		*store = append(*store, first...)
	}
	bad := -1
	switch {
	case s.kind == tokenCData:
		*store = decodeCData(*store, s.text)
	case s.coded:
		*store, bad = decodeText(*store, s.text, false)
	default:
		*store = append(*store, s.text...)
	}
	if bad >= 0 {
		c.badReference(s.text[bad:], s.at+bad)
		return
	}
	c.span.to = ^int32(len(*store))
	c.value = (*store)[c.span.from:]
}

// endText judges a complete text element.
func (c *checker) endText(f *frame, e *elem) {
	at := c.here()
	if c.pieces > 0 {
		at = c.valueAt
	}
	v := c.value
	if f.node >= 0 {
		n := &c.tree.nodes[f.node]
		n.text, n.ccy = c.span, c.ccySpan
	}
	if f.part == partHeader && c.depth > 0 {
		c.headerFact(f, e, v, at)
	}
	if code, text := e.text.check(v); code != "" {
		c.put(code, at, c.path(c.depth), text)
		return
	}
	if !c.strict {
		return
	}
	if e.text.data != dataNone {
		if code, text := c.data(e.text.data, v); code != "" {
			c.put(code, at, c.path(c.depth), text)
		}
	}
	if c.ccyFits {
		c.decimals(v, at)
	}
}

// headerFact keeps what the checks behind the schema need of the header.
func (c *checker) headerFact(f *frame, e *elem, v []byte, at int) {
	if e.parent != 0 {
		return
	}
	switch e.name {
	case "MsgDefIdr":
		c.facts.message, c.facts.messageAt = c.save(v), at
		if c.stream {
			c.facts.line, c.facts.column = c.s.position(at)
		}
	case "BizSvc":
		c.facts.service = c.save(v)
	}
}

// attributes judges the attributes of an element of a schema.
func (c *checker) attributes(f *frame) {
	c.ccyFits = false
	if f.kind != frameSchema {
		for _, a := range c.s.attrs {
			c.attrValue(a)
			c.prefixOf(a)
		}
		return
	}
	e := &f.schema.elems[f.elem]
	if len(e.attrs) == 0 && len(c.s.attrs) == 0 {
		return
	}
	for _, a := range c.s.attrs {
		c.attribute(e, a)
		if c.fatal {
			return
		}
	}
	for i := range e.attrs {
		if e.attrs[i].required && !c.hasAttr(e.attrs[i].name) {
			c.put(SchemaAttribute, c.here(), c.path(c.depth)+"/@"+e.attrs[i].name, "the attribute "+e.attrs[i].name+" is missing")
		}
	}
}

func (c *checker) hasAttr(name string) bool {
	for _, a := range c.s.attrs {
		if string(a.name) == name {
			return true
		}
	}
	return false
}

// prefixOf checks that the prefix of an attribute is declared and gives its namespace.
func (c *checker) prefixOf(a rawAttr) []byte {
	if bytes.HasPrefix(a.name, []byte("xmlns")) && (len(a.name) == 5 || a.name[5] == ':') || bytes.IndexByte(a.name, ':') < 0 {
		return nil
	}
	b, local := c.resolve(a.name)
	for _, other := range c.s.attrs { // {a}x and {b}x with one namespace are the same attribute
		if other.at < a.at && bytes.IndexByte(other.name, ':') > 0 && bytes.Equal(localName(other.name), local) && !bytes.HasPrefix(other.name, []byte("xmlns:")) {
			if o, _ := c.resolve(other.name); bytes.Equal(o.uri, b.uri) {
				c.die(XMLNotWellFormed, a.at, "the attribute "+quoted(local)+" stands twice in one tag")
			}
		}
	}
	return b.uri
}

// xsiNamespace has the attributes that any XML document may carry for its schema.
const xsiNamespace = "http://www.w3.org/2001/XMLSchema-instance"

// attribute judges one attribute of an element of a schema.
func (c *checker) attribute(e *elem, a rawAttr) {
	if string(a.name) == "xmlns" || bytes.HasPrefix(a.name, []byte("xmlns:")) {
		return
	}
	v := c.attrValue(a)
	ns := c.prefixOf(a)
	if c.fatal {
		return
	}
	local := localName(a.name)
	if string(ns) == xsiNamespace && (string(local) == "schemaLocation" || string(local) == "noNamespaceSchemaLocation") {
		return
	}
	if bytes.IndexByte(a.name, ':') < 0 {
		for i := range e.attrs {
			if x := &e.attrs[i]; x.name == string(a.name) {
				c.attrText(x, a, v)
				return
			}
		}
	}
	c.put(SchemaAttribute, c.s.base+a.at, c.path(c.depth)+"/@"+string(local), "the attribute "+quoted(a.name)+" is not in the schema")
}

// attrText judges the value of a declared attribute.
func (c *checker) attrText(x *attribute, a rawAttr, v []byte) {
	at := c.s.base + a.at
	if x.name == "Ccy" {
		c.keepCcy(a, v)
	}
	if code, text := x.text.check(v); code != "" {
		c.put(SchemaAttribute, at, c.path(c.depth)+"/@"+x.name, text)
		return
	}
	if !c.strict || x.name != "Ccy" {
		return
	}
	c.ccyFits = true
	if code, text := c.data(x.text.data, v); code != "" {
		c.ccyFits = false
		if decimalsOf(v) < 0 {
			code = DataDecimals
		}
		c.put(code, at, c.path(c.depth)+"/@"+x.name, text)
	}
}

// keepCcy keeps a currency for the tree and for the decimals of its amount.
func (c *checker) keepCcy(a rawAttr, v []byte) {
	switch {
	case c.stream:
		c.ccyKept = append(c.ccyKept[:0], v...)
		c.ccy = c.ccyKept
		return
	case len(v) == len(a.value):
		c.ccySpan = span{int32(a.from), int32(a.from + len(v))}
	default:
		from := int32(len(c.tree.decoded))
		c.tree.decoded = append(c.tree.decoded, v...)
		c.ccySpan = span{from, ^int32(len(c.tree.decoded))}
	}
	c.ccy = v
}

// decimals compares an amount with its currency.
func (c *checker) decimals(v []byte, at int) {
	most := decimalsOf(c.ccy)
	if most < 0 {
		return
	}
	d, ok := parseDecimal(trimXML(v))
	if ok && d.decimals > most {
		c.put(DataDecimals, at, c.path(c.depth), quoted(v)+" has "+strconv.Itoa(d.decimals)+" decimals; "+string(c.ccy)+" has "+strconv.Itoa(most))
	}
}

// data judges a value that fits its schema against the lists of the world.
func (c *checker) data(kind dataKind, v []byte) (code, text string) {
	switch kind {
	case dataBIC, dataAnyBIC:
		return c.bic(kind, v)
	case dataIBAN:
		if text := badIBAN(v); text != "" {
			return DataIBAN, text
		}
	case dataCountry:
		if !isCountry(v) {
			return DataCountry, quoted(v) + " is not a country of ISO 3166-1"
		}
	case dataCurrency:
		if !isActiveCurrency(v) {
			return DataCurrency, quoted(v) + " is not an active currency of ISO 4217"
		}
	case dataCurrencyEver:
		if decimalsOf(v) < 0 {
			return DataCurrency, quoted(v) + " is not a currency of ISO 4217"
		}
	case dataLEI:
		if mod97(v) != 1 {
			return DataLEI, quoted(v) + ": the check digits of the LEI are wrong"
		}
	case dataUETR:
		if string(v) == "00000000-0000-4000-8000-000000000000" {
			return DataUETR, "a UETR of zeros; make one at random"
		}
	}
	return "", ""
}

func (c *checker) bic(kind dataKind, v []byte) (code, text string) {
	code = DataBIC
	if kind == dataAnyBIC {
		code = DataAnyBIC
	}
	if len(v) < 8 {
		return "", "" // an own schema may let it pass; what it is then is not ours to say
	}
	if country := v[4:6]; !isCountry(country) {
		return code, quoted(v) + ": " + quoted(country) + " at characters 5 and 6 is not a country"
	}
	if c.o.Known != nil && !c.o.Known(corridor.BIC(v)) {
		return code, quoted(v) + " is not in the directory"
	}
	return "", ""
}
