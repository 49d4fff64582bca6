package mx

import (
	"io"
	"sync"
	"time"

	corridor "corridor.example/corridor"
)

// Options say by what a message is judged. The zero value judges by the header's business service and the newest
// release.
type Options struct {
	Profile Profile                 // empty: by the header's business service and At
	At      time.Time               // when the hub accepted the message: picks the release; zero: the newest
	Tables  *Tables                 // nil: Standard()
	Strict  bool                    // rules that only warn refuse: an option of a service
	Known   func(corridor.BIC) bool // is the BIC in the directory; nil: only its form is judged
}

// Result is the judgement of one message.
type Result struct {
	Type     corridor.MessageType
	Header   corridor.MessageType
	Envelope Envelope
	Profile  Profile
	Variant  string // of the guideline: core, stp, cov …
	Service  string // BizSvc
	Faults   []corridor.Fault
	Warnings []corridor.Fault // of rules that the network does not enforce
}

// Valid reports a message without faults.
func (r *Result) Valid() bool { return len(r.Faults) == 0 }

// checkers are kept between messages, so that a check allocates little.
var checkers = sync.Pool{New: func() any { return new(checker) }}

// Check judges one whole message: XML, envelope, schema, datatypes, header against document, usage rules. It
// reports every fault it can see in one pass; after XML that is not well-formed it cannot see more.
func Check(b []byte, o Options) Result {
	c := checkers.Get().(*checker)
	defer c.free()
	return c.whole(b, o)
}

// whole is Check on a given checker, which keeps the tree.
func (c *checker) whole(b []byte, o Options) Result {
	c.begin(o)
	if len(b) > MaxMessage {
		c.rep.add(finding{f: corridor.Fault{Code: XMLLimit, Path: "/", Text: "the message is longer than 16 MB", Line: 1, Column: 1}})
		return c.result(b)
	}
	c.s.reset(b)
	c.tree.src = b
	c.run()
	if c.fatal {
		return c.result(b)
	}
	c.tree.model = c.tables.modelOf(modelKey{c.parts[partDocument], c.parts[partHeader], c.parts[partEnvelope]})
	if o.Profile != SchemaOnly {
		c.crossCheck()
		c.usage(o)
	}
	return c.result(b)
}

// CheckStream judges a message as it is read, in a window of memory: XML, envelope, schema, datatypes, header
// against document. Usage rules need the whole message: use Check for what has a guideline.
func CheckStream(r io.Reader, o Options) Result {
	c := checkers.Get().(*checker)
	defer c.free()
	c.begin(o)
	c.stream = true
	c.profile = SchemaOnly
	c.s.resetStream(r, c.window)
	c.run()
	if cap(c.s.buf) <= 2*streamWindow {
		c.window = c.s.buf[:0]
	}
	if !c.fatal && o.Profile != SchemaOnly {
		c.crossCheck()
	}
	return c.result(nil)
}

// crossCheck compares header and document where every profile agrees: the header names the message.
func (c *checker) crossCheck() {
	d := c.parts[partDocument]
	if d == nil || c.facts.message == nil || string(c.facts.message) == string(d.message) {
		return
	}
	c.rep.add(finding{at: c.facts.messageAt, f: corridor.Fault{Code: HeaderMessage, Path: "/AppHdr/MsgDefIdr", Rule: "Message_Definition_Identifier",
		Line: c.facts.line, Column: c.facts.column, Text: quoted(c.facts.message) + " in the header, but the document is " + string(d.message)}})
}

// newestRelease is a moment at which every release known here counts.
var newestRelease = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// usage judges the tree by the guideline that the profile, or the header's business service, names; without one by the
// standard's own rules.
func (c *checker) usage(o Options) {
	m := c.tree.model
	if c.profile == "" {
		at := o.At
		if at.IsZero() {
			at = newestRelease
		}
		c.profile, c.variant = ProfileOf(m.message(), string(c.facts.service), at)
	} else {
		c.variant = VariantOf(c.profile, m.message(), string(c.facts.service))
	}
	x := overlayOf(m, c.profile, c.variant)
	if x != nil {
		x.check(&c.tree, 0, len(c.tree.nodes), &c.rep)
	}
	if x == nil || x.whole != nil {
		baseOverlay(m).check(&c.tree, 0, len(c.tree.nodes), &c.rep)
	}
}

// result makes the answer.
func (c *checker) result(src []byte) Result {
	r := Result{Envelope: c.envelope, Profile: c.profile, Variant: c.variant, Service: string(c.facts.service)}
	if d := c.parts[partDocument]; d != nil {
		r.Type = d.message
	} else if e := c.parts[partEnvelope]; e != nil && c.facts.message == nil {
		r.Type = e.message // a file header, or a report of an interface
	} else {
		r.Type = corridor.MessageType(c.facts.message)
	}
	if h := c.parts[partHeader]; h != nil {
		r.Header = h.message
	}
	r.Faults, r.Warnings = c.rep.sorted(src, c.o.Strict)
	return r
}
