package mx

import (
	"bytes"
	"strconv"
	"strings"

	corridor "corridor.example/corridor"
)

// checker reads one message against its schemas and builds its tree. It is a machine of frames, one an open element.
type checker struct {
	s      scanner
	o      Options
	tables *Tables
	stream bool
	window []byte // the buffer of streams, kept
	strict bool   // datatypes behind the schema are judged

	frames [MaxDepth + 1]frame // frames[0] is the top, outside of elements
	depth  int
	names  []byte // the names of the open elements, as they stand
	binds  []binding
	arena  []byte // prefixes and namespaces
	none   binding

	value   []byte // of the open text element
	span    span
	pieces  int
	valueAt int
	scratch []byte
	ccy     []byte
	ccyKept []byte // of a stream
	ccySpan span
	ccyFits bool

	parts    [partCount]*schema
	met      [partCount]int // how often AppHdr and Document came
	envelope Envelope
	facts    headerFacts
	profile  Profile
	variant  string
	fatal    bool
	report   bool // the DataPDU carries a report, not a message
	tree     Tree
	rep      report
}

// headerFacts is what the checks behind the schema need of the header, also of a stream.
type headerFacts struct {
	message, service []byte
	messageAt        int
	line, column     int // of messageAt, in a stream
}

// frameKind says how the children of an open element are judged.
type frameKind uint8

const (
	frameTop     frameKind = iota // outside of all elements
	frameWrapper                  // an envelope: children are header and document
	frameSchema                   // an element of a schema
	frameAny                      // below content that the schema leaves open
	frameSkip                     // below what the schema does not know
)

// frame is one open element.
type frame struct {
	kind       frameKind
	part       uint8
	disordered bool // an order fault was reported
	texted     bool // a text fault was reported
	schema     *schema
	elem       int32
	node       int32
	from       int32 // of its name in checker.names
	binds      int32 // bindings before it
	pos        int32 // the child that came last, relative
	occurs     int32 // how often
	nth        int32
	seen       bits
}

// binding is a namespace prefix; the empty one is the default.
type binding struct {
	prefix, uri []byte
	schema      *schema // of the namespace, nil if there is none
}

// begin makes ready for a message.
func (c *checker) begin(o Options) {
	c.o, c.tables = o, o.Tables
	if c.tables == nil {
		c.tables = Standard()
	}
	c.strict = o.Profile != SchemaOnly
	c.profile = o.Profile
	c.frames[0] = frame{kind: frameTop, node: -1}
}

// free gives the checker back, empty but for its buffers.
func (c *checker) free() {
	c.tree.clear()
	c.depth, c.names, c.binds, c.arena = 0, c.names[:0], c.binds[:0], c.arena[:0]
	c.value, c.ccy, c.scratch, c.pieces = nil, nil, c.scratch[:0], 0
	c.parts, c.met, c.envelope = [partCount]*schema{}, [partCount]int{}, EnvelopePair
	c.facts, c.variant, c.fatal, c.stream, c.report = headerFacts{}, "", false, false, false
	clear(c.rep.found)
	c.rep = report{found: c.rep.found[:0]}
	c.s.buf, c.s.src = nil, nil
	c.o = Options{}
	if cap(c.scratch) > streamWindow || cap(c.tree.nodes) > maxKeptNodes {
		return // a large message must not keep its memory alive
	}
	checkers.Put(c)
}

// clear empties a tree; heads stay zero between messages.
func (t *Tree) clear() {
	for i := range t.nodes {
		if e := t.nodes[i].elem; e >= 0 {
			part, k := e.split()
			t.heads[part][k] = 0
		}
	}
	t.nodes, t.decoded = t.nodes[:0], t.decoded[:0]
	t.src, t.model = nil, nil
}

// run reads the message to its end or to a fault of its XML.
func (c *checker) run() {
	for c.s.next() {
		switch c.s.kind {
		case tokenStart:
			c.start()
		case tokenClose:
			c.closeTag()
		case tokenText:
			c.text()
		case tokenCData:
			c.text()
		case tokenDeclaration:
			if c.depth > 0 || c.s.base+c.s.at > 0 {
				c.die(XMLNotWellFormed, c.s.at, "an XML declaration that is not at the very beginning")
			}
		case tokenEnd:
			c.finish()
			return
		}
		if c.rep.more > 0 {
			c.fatal = true // what has a thousand faults is not worth more of our time
		}
		if c.fatal {
			return
		}
	}
	if f := c.s.fault; f != nil {
		c.die(f.code, f.at-c.s.base, f.text)
	}
}

// die reports a fault of the XML itself, behind which nothing can be judged.
func (c *checker) die(code string, at int, text string) {
	c.fatal = true
	c.put(code, c.s.base+at, "/", text)
}

// put reports a fault at an offset of the message.
func (c *checker) put(code string, at int, path, text string) {
	x := finding{at: at, f: corridor.Fault{Code: code, Path: path, Text: text}}
	if c.stream {
		x.f.Line, x.f.Column = c.s.position(at)
	}
	c.rep.add(x)
}

// start opens an element.
func (c *checker) start() {
	s := &c.s
	if c.depth >= MaxDepth {
		c.die(XMLLimit, s.at, "elements deeper than 64")
		return
	}
	up := &c.frames[c.depth]
	f := &c.frames[c.depth+1]
	*f = frame{from: int32(len(c.names)), binds: int32(len(c.binds)), node: -1, nth: 1}
	c.names = append(c.names, s.name...)
	if len(s.attrs) > 0 && !c.declare() {
		return
	}
	b, local := c.resolve(s.name)
	if c.fatal {
		return
	}
	c.depth++
	c.pieces, c.value, c.span, c.ccy, c.ccySpan = 0, nil, span{}, nil, span{}
	switch up.kind {
	case frameSchema:
		c.child(up, f, b, local)
	case frameTop, frameWrapper:
		c.part(up, f, b, local)
	default:
		f.kind = up.kind
	}
	if len(s.attrs) > 0 || f.kind == frameSchema && len(f.schema.elems[f.elem].attrs) > 0 {
		c.attributes(f)
	} else {
		c.ccyFits = false
	}
	if s.empty || f.kind == frameSchema && f.schema.elems[f.elem].content == contentText && c.leaf(f) {
		c.end()
	}
}

// leaf reads the text and the end tag behind a start tag in one go, where they stand in the buffer and the text needs
// no decoding: most elements of most messages. Otherwise it reads nothing.
func (c *checker) leaf(f *frame) bool {
	s, b := &c.s, c.s.buf
	from, i := s.pos, s.pos
	for i < len(b) && charClass[b[i]]&classText != 0 {
		i++
	}
	name := c.names[f.from:]
	end := i + 2 + len(name)
	if end >= len(b) || b[i] != '<' || b[i+1] != '/' || b[end] != '>' || string(b[i+2:end]) != string(name) {
		return false
	}
	if i > from {
		c.pieces, c.valueAt = 1, s.base+from
		c.value = b[from:i]
		if !c.stream {
			c.span = span{int32(from), int32(i)}
		}
	}
	s.at, s.pos = i, end+1
	return true
}

// resolve finds the namespace of a name.
func (c *checker) resolve(name []byte) (b *binding, local []byte) {
	colon := bytes.IndexByte(name, ':')
	prefix := name[:max(colon, 0)]
	for i := len(c.binds) - 1; i >= 0; i-- {
		if b := &c.binds[i]; len(b.prefix) == len(prefix) && string(b.prefix) == string(prefix) {
			return b, name[colon+1:]
		}
	}
	if colon > 0 && string(prefix) != "xml" {
		c.die(XMLNotWellFormed, c.s.at, "the prefix "+quoted(prefix)+" is not declared")
	}
	return &c.none, name[colon+1:]
}

// declare takes the namespace declarations of a tag.
func (c *checker) declare() bool {
	for _, a := range c.s.attrs {
		var prefix []byte
		switch {
		case string(a.name) == "xmlns":
		case bytes.HasPrefix(a.name, []byte("xmlns:")):
			prefix = a.name[6:]
		default:
			continue
		}
		uri := c.attrValue(a)
		if c.fatal || !c.goodBinding(prefix, uri, a.at) {
			return false
		}
		c.binds = append(c.binds, binding{prefix: c.save(prefix), uri: c.save(uri), schema: c.tables.schemaOf(uri)})
	}
	return true
}

// goodBinding refuses what Namespaces in XML 1.0 refuses.
func (c *checker) goodBinding(prefix, uri []byte, at int) bool {
	bad := ""
	switch {
	case len(c.binds) >= MaxNamespaces:
		c.die(XMLLimit, at, "more than 64 namespaces at one time")
		return false
	case string(prefix) == "xmlns" || string(uri) == "http://www.w3.org/2000/xmlns/":
		bad = "the prefix xmlns cannot be declared"
	case (string(prefix) == "xml") != (string(uri) == "http://www.w3.org/XML/1998/namespace"):
		bad = "the prefix xml has one namespace, and no other prefix has it"
	case len(prefix) > 0 && len(uri) == 0:
		bad = "the prefix " + quoted(prefix) + " is declared for no namespace"
	}
	if bad != "" {
		c.die(XMLNotWellFormed, at, bad)
	}
	return bad == ""
}

// save copies bytes that the scanner will overwrite.
func (c *checker) save(b []byte) []byte {
	from := len(c.arena)
	c.arena = append(c.arena, b...)
	return c.arena[from:len(c.arena):len(c.arena)]
}

// attrValue is the value of an attribute, decoded.
func (c *checker) attrValue(a rawAttr) []byte {
	if !bytes.ContainsAny(a.value, "&\t\n\r") {
		return a.value
	}
	from := len(c.arena)
	var bad int
	if c.arena, bad = decodeText(c.arena, a.value, true); bad >= 0 {
		c.badReference(a.value[bad:], a.at)
	}
	return c.arena[from:len(c.arena):len(c.arena)]
}

// badReference refuses '&' that starts none of the references that a message may have.
func (c *checker) badReference(v []byte, at int) {
	end := bytes.IndexByte(v, ';')
	if end > 1 && end < 40 && v[1] != '#' && nameEnd(v, 1) == end {
		c.die(XMLDTD, at, "the entity "+quoted(v[:end+1])+" is not one of &lt; &gt; &amp; &quot; &apos;")
		return
	}
	c.die(XMLNotWellFormed, at, "'&' that starts no reference; write '&amp;'")
}

// closeTag checks an end tag and closes its element.
func (c *checker) closeTag() {
	if c.depth == 0 {
		c.die(XMLNotWellFormed, c.s.at, "an end tag without a start")
		return
	}
	if open := c.names[c.frames[c.depth].from:]; !bytes.Equal(open, c.s.name) {
		c.die(XMLNotWellFormed, c.s.at, "the end tag "+quoted(c.s.name)+" does not close "+quoted(open))
		return
	}
	c.end()
}

// end judges an element that is complete.
func (c *checker) end() {
	f := &c.frames[c.depth]
	if f.kind == frameSchema {
		e := &f.schema.elems[f.elem]
		switch e.content {
		case contentText:
			c.endText(f, e)
		case contentElements:
			c.endElements(f, e)
		case contentAny:
			if f.occurs < e.any.min {
				c.put(SchemaMissing, c.here(), c.path(c.depth), "one element is expected inside")
			}
		}
	}
	if f.node >= 0 {
		c.tree.nodes[f.node].end = int32(len(c.tree.nodes))
	}
	c.names = c.names[:f.from]
	c.binds = c.binds[:f.binds]
	c.depth--
	c.pieces, c.s.hold = 0, -1
}

// here is the offset of the token at hand.
func (c *checker) here() int { return c.s.base + c.s.at }

// endElements reports the children that are missing, and choices that are not made.
func (c *checker) endElements(f *frame, e *elem) {
	if missing := e.required.without(f.seen); !missing.empty() {
		missing.each(int(e.n), func(i int) {
			child := &f.schema.elems[int(e.first)+i]
			c.put(SchemaMissing, c.here(), c.path(c.depth)+"/"+child.name, child.name+" is missing")
		})
	}
	for i := range e.groups {
		c.endGroup(f, e, &e.groups[i])
	}
	if f.occurs > 0 {
		c.enough(f, e, c.depth)
	}
}

func (c *checker) endGroup(f *frame, e *elem, g *choiceGroup) {
	switch in := f.seen.and(g.members); {
	case in.empty() && g.required:
		c.put(SchemaMissing, c.here(), c.path(c.depth), "one of "+f.schema.names(e, g.members)+" is missing")
	case in.several():
		c.put(SchemaTooMany, c.here(), c.path(c.depth), "only one of "+f.schema.names(e, g.members)+" may stand here, not "+f.schema.names(e, in))
	}
}

// names lists children for a fault's text.
func (s *schema) names(e *elem, set bits) string {
	var out []string
	set.each(int(e.n), func(i int) { out = append(out, s.elems[int(e.first)+i].name) })
	return strings.Join(out, ", ")
}

// enough checks a child, below the element at a depth, that must stand more than once.
func (c *checker) enough(f *frame, e *elem, depth int) {
	if child := &f.schema.elems[e.first+f.pos]; child.min > 1 && f.occurs < child.min {
		c.put(SchemaMissing, c.here(), c.path(depth)+"/"+child.name, child.name+" stands "+strconv.Itoa(int(f.occurs))+" times; at least "+strconv.Itoa(int(child.min)))
	}
}

// child places an element below one of the schema.
func (c *checker) child(up, f *frame, b *binding, local []byte) {
	e := &up.schema.elems[up.elem]
	switch e.content {
	case contentAny:
		c.anyChild(up, f, e, b, local)
		return
	case contentText:
		f.kind = frameSkip
		c.put(SchemaUnknown, c.here(), c.path(c.depth), "an element inside "+e.name+", which holds text only")
		return
	}
	i := int32(-1)
	if b.schema == up.schema {
		i = up.schema.childFrom(e, up.pos, local)
	}
	if i < 0 {
		f.kind = frameSkip
		c.put(SchemaUnknown, c.here(), c.path(c.depth), c.unknown(up, e, b, local))
		return
	}
	f.kind, f.schema, f.part, f.elem = frameSchema, up.schema, up.part, e.first+i
	if i == up.pos && up.seen.has(int(i)) {
		up.occurs++
		f.nth = up.occurs
	} else {
		c.move(up, e, i)
	}
	if child := &up.schema.elems[f.elem]; child.max >= 0 && up.occurs == child.max+1 && i == up.pos {
		c.put(SchemaTooMany, c.here(), c.path(c.depth), child.name+" stands more than "+strconv.Itoa(int(child.max))+" times")
	}
	up.seen.add(int(i))
	if up.part == partEnvelope && e.name == "Header" {
		c.report = string(local) != "Message"
	}
	c.addNode(up, f)
}

// childFrom finds a child by name, first from the place of the last one on, then before it; -1 if there is none.
func (s *schema) childFrom(e *elem, from int32, local []byte) int32 {
	children := s.elems[e.first : e.first+e.n]
	last := local[len(local)-1]
	for i := int(from); i < len(children); i++ {
		// Names of one length often begin alike and end differently.
		if name := children[i].name; len(name) == len(local) && name[len(name)-1] == last && name == string(local) {
			return int32(i)
		}
	}
	for i := range int(min(from, e.n)) {
		if children[i].name == string(local) {
			return int32(i)
		}
	}
	return -1
}

// move goes to another child of the same parent and reports one that is out of order.
func (c *checker) move(up *frame, e *elem, i int32) {
	child := &up.schema.elems[e.first+i]
	if i > up.pos || up.occurs == 0 {
		if up.occurs > 0 {
			c.enough(up, e, c.depth-1)
		}
		up.pos, up.occurs = i, 1
		return
	}
	last := &up.schema.elems[e.first+up.pos]
	switch {
	case child.max == 1 && up.seen.has(int(i)):
		c.put(SchemaTooMany, c.here(), c.path(c.depth), child.name+" stands more than 1 times")
	case child.inChoice && last.inChoice: // the choice itself is judged at the end
	case !up.disordered:
		up.disordered = true
		c.put(SchemaOrder, c.here(), c.path(c.depth-1), child.name+" must stand before "+last.name)
	}
}

// unknown says what might stand instead of an element that the schema does not have.
func (c *checker) unknown(up *frame, e *elem, b *binding, local []byte) string {
	if b.schema != up.schema {
		where := "no namespace"
		if len(b.uri) > 0 {
			where = "the namespace " + quoted(b.uri)
		}
		return quoted(local) + " is in " + where + ", not in that of its message"
	}
	var next []string
	for i := up.pos; i < e.n && len(next) < 8; i++ {
		if child := &up.schema.elems[e.first+i]; !up.seen.has(int(i)) || child.max != 1 {
			next = append(next, child.name)
		}
	}
	if len(next) == 0 {
		return quoted(local) + " is not in the schema here; nothing more may follow"
	}
	return quoted(local) + " is not in the schema here; " + strings.Join(next, ", ") + " may follow"
}

// anyChild judges an element of content that the schema leaves open.
func (c *checker) anyChild(up, f *frame, e *elem, b *binding, local []byte) {
	if up.part == partEnvelope && e.name == "Body" {
		c.part(up, f, b, local)
		return
	}
	f.kind = frameAny
	up.occurs++
	if e.any.max >= 0 && up.occurs == e.any.max+1 {
		c.put(SchemaTooMany, c.here(), c.path(c.depth), "more than one element inside "+e.name)
	}
	ns := e.any.namespace
	if ns == "##any" || ns == "##other" && b.schema != up.schema && len(b.uri) > 0 || ns == string(b.uri) {
		return
	}
	c.put(SchemaUnknown, c.here(), c.path(c.depth), quoted(local)+" is not in the namespace "+ns)
}

// addNode puts the element into the tree.
func (c *checker) addNode(up, f *frame) {
	if c.stream {
		return
	}
	t := &c.tree
	n := len(t.nodes)
	e := elemOf(int(f.part), int(f.elem))
	f.node = int32(n)
	t.nodes = append(t.nodes, node{elem: e, parent: up.node, same: -1, nth: f.nth, at: int32(c.s.at)})
	heads := t.heads[f.part]
	if len(heads) < len(f.schema.elems) {
		heads = t.grow(int(f.part), len(f.schema.elems))
	}
	if heads[f.elem] == 0 {
		heads[f.elem] = int32(n + 1)
	} else {
		t.nodes[t.tails[f.part][f.elem]].same = int32(n)
	}
	t.tails[f.part][f.elem] = int32(n)
}

func (t *Tree) grow(part, n int) []int32 {
	t.heads[part] = append(t.heads[part], make([]int32, n-len(t.heads[part]))...)
	t.tails[part] = append(t.tails[part], make([]int32, n-len(t.tails[part]))...)
	return t.heads[part]
}
