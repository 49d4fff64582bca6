package mx

import (
	"bytes"

	corridor "corridor.example/corridor"
)

// standardEnvelope is the wrapper of ISO 20022's own envelope message, which has the header in Hdr and the document in Doc.
const standardEnvelope = "BizMsgEnvlp"

// part opens what stands outside of the schemas: header, document, an envelope.
func (c *checker) part(up, f *frame, b *binding, local []byte) {
	up.occurs++
	switch {
	case string(local) == "AppHdr":
		c.open(f, partHeader, b)
	case string(local) == "Document":
		c.open(f, partDocument, b)
	case up.kind == frameTop && up.occurs == 1 && b.schema != nil && b.schema.elems[0].name == string(local):
		c.openEnvelope(f, b)
	case up.kind == frameTop && up.occurs == 1:
		f.kind = frameWrapper
		c.envelope = EnvelopeWrapper
	case c.depth == 2 && string(localName(c.nameOf(1))) == standardEnvelope && (string(local) == "Hdr" || string(local) == "Doc"):
		f.kind = frameWrapper
	case up.kind == frameSchema && up.occurs == 1 && string(local) == DefaultWrapper: // older DataPDUs wrap both in the body
		f.kind = frameWrapper
	default:
		f.kind = frameSkip
		c.put(EnvelopeCount, c.here(), c.wrapped(c.depth), "only an AppHdr and a Document may stand here, not "+quoted(local))
	}
}

// openEnvelope opens a root that has a schema of its own: DataPDU, or a message without Document.
func (c *checker) openEnvelope(f *frame, b *binding) {
	f.kind, f.schema, f.part = frameSchema, b.schema, partEnvelope
	c.envelope = EnvelopeDataPDU
	c.parts[partEnvelope] = b.schema
	c.addNode(&c.frames[0], f)
}

// open starts header or document.
func (c *checker) open(f *frame, part uint8, b *binding) {
	f.kind = frameSkip
	c.met[part]++
	name := [...]string{"Document", "AppHdr"}[part]
	switch {
	case c.met[part] > 1:
		c.put(EnvelopeCount, c.here(), c.wrapped(c.depth), "a second "+name+"; a message has one header and one document")
		return
	case part == partHeader && c.met[partDocument] > 0:
		c.put(EnvelopeCount, c.here(), c.wrapped(c.depth), "the AppHdr stands behind the Document; put it before")
	}
	if b.schema == nil || b.schema.elems[0].name != name {
		c.put(SchemaMessage, c.here(), "/"+name, "no schema for the namespace "+quotedLong(b.uri)+"; see corridor mx explain for the messages known")
		return
	}
	c.parts[part] = b.schema
	f.kind, f.schema, f.part = frameSchema, b.schema, part
	c.addNode(&c.frames[0], f)
}

// quotedLong quotes a namespace, which is longer than a value.
func quotedLong(v []byte) string {
	if len(v) > 2*maxQuoted {
		return quoted(v)
	}
	return `"` + string(bytes.ToValidUTF8(v, nil)) + `"`
}

// finish judges the envelope when the message is over.
func (c *checker) finish() {
	if c.depth > 0 {
		c.die(XMLNotWellFormed, c.s.at, "the message ends inside "+string(c.nameOf(c.depth)))
		return
	}
	header, document := c.met[partHeader], c.met[partDocument]
	if e := c.parts[partEnvelope]; e != nil && header+document == 0 && (e.elems[0].name != "DataPDU" || c.report) {
		return // a file header, or a report of an interface: no message is inside
	}
	alone := header == 0 && document == 1 && c.envelope == EnvelopePair
	switch {
	case alone:
		c.envelope = EnvelopeNone
		if c.strict {
			c.lacks(EnvelopeCount, "a Document without an AppHdr; put the business header before it")
		}
	case header == 0 && document == 0 && c.envelope == EnvelopePair:
		c.die(XMLNotWellFormed, c.s.at, "no XML element")
	case header == 0 && document == 0 && c.envelope == EnvelopeWrapper:
		c.lacks(EnvelopeUnknown, "an envelope without AppHdr and Document; put both into one wrapper element, into DataPDU/Body, or one after the other")
	case header == 0:
		c.lacks(EnvelopeCount, "no AppHdr; a message has one header and one document")
	case document == 0:
		c.lacks(EnvelopeCount, "no Document; a message has one header and one document")
	}
}

// lacks reports what the message as a whole lacks, before all other faults.
func (c *checker) lacks(code, text string) {
	c.rep.add(finding{f: corridor.Fault{Code: code, Path: "/", Text: text, Line: 1, Column: 1}})
}
