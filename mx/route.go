package mx

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"

	corridor "corridor.example/corridor"
)

// Envelope is the form in which header and document travel.
type Envelope uint8

// The envelopes in use.
const (
	EnvelopePair    Envelope = iota // AppHdr, then Document, without a common element
	EnvelopeWrapper                 // both inside one element
	EnvelopeDataPDU                 // both inside DataPDU/Body
	EnvelopeNone                    // a Document alone
)

func (e Envelope) String() string {
	return [...]string{"pair", "wrapper", "DataPDU", "document"}[e]
}

// Route is what the network needs of a message to carry it: the header's routing facts.
type Route struct {
	Type      corridor.MessageType // pacs.008.001.08, from the document's namespace
	Header    corridor.MessageType // head.001.001.02
	From, To  corridor.BIC
	Reference corridor.Reference // BizMsgIdr
	Service   string             // BizSvc
	Created   time.Time          // CreDt; zero if it has no offset
	UETR      corridor.UETR      // the first in the document, the original's if it has only that
	Priority  corridor.Priority  // Urgent for Prty HIGH
	Copy      string             // CpyDplct
	Possible  bool               // PssblDplct: the sender does not know whether it sent this before
	Envelope  Envelope
	Wrapper   string // the wrapper element's name
	Length    int    // bytes of the whole message
}

// routeReader is where ReadRoute stands.
type routeReader struct {
	s      scanner
	r      Route
	depth  int
	header int // depth of AppHdr, 0 when not inside
	done   bool
	path   [routeDepth][]byte // local names below AppHdr
}

// routeDepth is how deep the routing facts stand below AppHdr: Fr/FIId/FinInstnId/BICFI.
const routeDepth = 5

// ReadRoute reads the header of a message and stops at its document. It refuses what is no XML, has a DTD, is in
// another encoding, has no header or no document; it does not judge the message: Check does.
func ReadRoute(b []byte) (Route, *corridor.Fault) {
	if len(b) > MaxMessage {
		return Route{}, routeFault(XMLLimit, 0, b, "the message is longer than 16 MB")
	}
	x := routeReader{}
	x.s.reset(headOf(b))
	x.r.Length = len(b)
	x.r.Priority = corridor.Normal
	for !x.done {
		if !x.s.next() {
			f := x.s.fault
			if x.s.cutOff && len(b) > MaxRouteScan {
				return Route{}, routeFault(XMLLimit, f.at, b, longHeader)
			}
			return Route{}, routeFault(f.code, f.at, b, f.text)
		}
		if f := x.take(b); f != nil {
			return Route{}, f
		}
	}
	x.r.UETR = firstUETR(b[x.s.pos:min(len(b), x.s.pos+MaxUETRScan)])
	return x.r, x.complete(b)
}

// longHeader is what a message is refused with whose document begins too late.
const longHeader = "no Document in the first 64 KB"

// headOf is the part of a message that ReadRoute looks at, so that its cost does not grow with the message.
func headOf(b []byte) []byte {
	if len(b) <= MaxRouteScan {
		return b
	}
	n := MaxRouteScan
	for n > MaxRouteScan-utf8.UTFMax && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}

// take acts on one token.
func (x *routeReader) take(b []byte) *corridor.Fault {
	switch x.s.kind {
	case tokenStart:
		return x.start(b)
	case tokenClose:
		if x.depth == 0 {
			return routeFault(XMLNotWellFormed, x.s.at, b, "an end tag without a start")
		}
		if x.depth == x.header {
			x.header = 0
		}
		x.depth--
	case tokenText, tokenCData:
		if x.header > 0 {
			x.value(x.s.text)
		} else if x.depth == 0 && x.s.visible {
			return routeFault(XMLNotWellFormed, x.s.at, b, "text outside of elements; this is not an XML message")
		}
	case tokenEnd:
		if len(b) > MaxRouteScan {
			return routeFault(XMLLimit, x.s.at, b, longHeader)
		}
		if x.r.Header == "" {
			return routeFault(EnvelopeCount, x.s.at, b, "no AppHdr and no Document; a message has one of each")
		}
		return routeFault(EnvelopeCount, x.s.at, b, "an AppHdr without a Document")
	}
	return nil
}

// start acts on a start tag.
func (x *routeReader) start(b []byte) *corridor.Fault {
	name := localName(x.s.name)
	if !x.s.empty {
		if x.depth++; x.depth > MaxDepth {
			return routeFault(XMLLimit, x.s.at, b, "elements deeper than 64")
		}
	}
	switch {
	case x.header > 0:
		if d := x.depth - x.header; !x.s.empty && d > 0 && d <= routeDepth {
			x.path[d-1] = name
		}
	case string(name) == "AppHdr":
		if x.r.Header != "" {
			return routeFault(EnvelopeCount, x.s.at, b, "a second AppHdr before the Document")
		}
		x.r.Header = x.messageOf(x.s.name)
		if !x.s.empty {
			x.header = x.depth
		}
		if x.depth <= 1 && x.r.Wrapper == "" {
			x.r.Envelope = EnvelopePair
		}
	case string(name) == "Document":
		if t := x.messageOf(x.s.name); t != "" {
			x.r.Type = t
		}
		x.done = true
	case x.depth == 1:
		x.r.Envelope, x.r.Wrapper = EnvelopeWrapper, string(name)
		if string(name) == "DataPDU" {
			x.r.Envelope = EnvelopeDataPDU
		}
	}
	return nil
}

// isoNamespace is how the namespace of every message and header begins.
const isoNamespace = "urn:iso:std:iso:20022:tech:xsd:"

// messageOf reads the message's name from the namespace that the tag itself declares; a namespace declared further
// out is Check's business.
func (x *routeReader) messageOf(name []byte) corridor.MessageType {
	prefix := name[:max(0, bytes.IndexByte(name, ':'))]
	for _, a := range x.s.attrs {
		if string(a.name) == "xmlns" && len(prefix) == 0 || bytes.HasPrefix(a.name, []byte("xmlns:")) && bytes.Equal(a.name[6:], prefix) {
			return corridor.MessageType(strings.TrimPrefix(string(a.value), isoNamespace))
		}
	}
	return ""
}

// value keeps a text of the header that routing needs.
func (x *routeReader) value(v []byte) {
	if x.s.coded {
		decoded, bad := decodeText(nil, v, false)
		if bad >= 0 {
			return
		}
		v = decoded
	}
	switch d := x.depth - x.header; {
	case d == 1:
		x.headerValue(string(x.path[0]), v)
	case d >= 4 && d <= routeDepth && (string(x.path[d-1]) == "BICFI" || string(x.path[d-1]) == "AnyBIC" || string(x.path[d-1]) == "BIC"):
		switch string(x.path[0]) {
		case "Fr":
			x.r.From = corridor.BIC(v)
		case "To":
			x.r.To = corridor.BIC(v)
		}
	}
}

func (x *routeReader) headerValue(name string, v []byte) {
	r := &x.r
	switch name {
	case "BizMsgIdr":
		r.Reference = corridor.Reference(v)
	case "MsgDefIdr":
		if r.Type == "" {
			r.Type = corridor.MessageType(v)
		}
	case "BizSvc":
		r.Service = string(v)
	case "CreDt":
		r.Created, _ = time.Parse(time.RFC3339Nano, string(v))
	case "Prty":
		if string(v) == "HIGH" {
			r.Priority = corridor.Urgent
		}
	case "CpyDplct":
		r.Copy = string(v)
	case "PssblDplct":
		r.Possible = string(v) == "true" || string(v) == "1"
	}
}

// complete refuses a message that cannot be carried.
func (x *routeReader) complete(b []byte) *corridor.Fault {
	if x.r.Header == "" {
		return routeFault(EnvelopeCount, x.s.at, b, "a Document without an AppHdr; put the business header before it")
	}
	if _, err := corridor.ParseMessageType(string(x.r.Type)); err != nil {
		return routeFault(SchemaMessage, x.s.at, b, "the Document's namespace names no ISO 20022 message")
	}
	return nil
}

// firstUETR finds the first UETR of a document by its tag. The message is not judged here, so a tag inside a
// comment would count; Check reads it properly.
func firstUETR(b []byte) corridor.UETR {
	for {
		i := bytes.Index(b, []byte("UETR>"))
		if i < 0 {
			return ""
		}
		if b = b[i+5:]; len(b) >= 36 && b[8] == '-' && i > 0 {
			if u := corridor.UETR(b[:36]); corridor.ValidUETR(string(u)) {
				return u
			}
		}
	}
}

func routeFault(code string, at int, b []byte, text string) *corridor.Fault {
	var x lineIndex
	line, column := x.find(b, min(at, len(b)))
	return &corridor.Fault{Code: code, Text: text, Path: "/", Line: line, Column: column, Whose: corridor.Sender}
}
