package mt

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"sync"

	corridor "corridor.example/corridor"
)

// typeDef is one message type: its structure, and its rules once they are compiled.
type typeDef struct {
	name   string               // "103", "103.STP"
	full   corridor.MessageType // "fin.103.STP"
	title  string
	length int // characters of an input message
	root   *sequenceDef
	seqs   []*sequenceDef // by number
	copies bool           // n92, n95, n96: fields of another message may follow
	holds  bool           // n98: the fields of a message of one's own stand in the text of 77E
	tagged bool           // category 0: block 4 in tag form
	lack   string         // the code of a field missing in an optional sequence that is there, if a rule gives one

	formats  map[string]*format // of fields whose format is the type's own
	elements map[uint16]uint32  // fields anywhere in the type: number to options
	once     sync.Once
	rules    []compiledRule
}

// element is one row of a structure: a field or a sequence.
type element struct {
	min, max   int
	num        uint16
	options    uint32 // bit 0: no letter, bit 1: A …
	name       string
	qualifiers []qualifier
	open       bool // qualifiers beyond the list are not refused
	seq        *sequenceDef
	block      string // 16R and 16S: the name of the block
}

// qualifier is one order of a generic field.
type qualifier struct {
	words    []string
	min, max int
	options  uint32
}

// sequenceDef is a sequence of a structure.
type sequenceDef struct {
	id       int16
	path     string
	title    string
	delim    string // "16R:GENL", "15A" or ""
	optional bool   // it, or a sequence around it
	elements []element
	starts   []*element // what may begin it
}

// readTypes reads a file of structures.
func (s *Standard) readTypes(name string) error {
	p := typeParser{s: s}
	if err := eachLine(name, p.line); err != nil {
		return err
	}
	return p.end()
}

// typeParser holds the type being read and the sequences that are open.
type typeParser struct {
	s    *Standard
	t    *typeDef
	open []*sequenceDef
}

func (p *typeParser) line(line string) error {
	if rest, ok := strings.CutPrefix(line, "type "); ok {
		if err := p.end(); err != nil {
			return err
		}
		return p.begin(rest)
	}
	line = strings.TrimSpace(line)
	if line == "end" {
		return p.endSequence()
	}
	if p.t == nil {
		return fmt.Errorf("%q stands in no type", line)
	}
	count, rest, _ := strings.Cut(line, " ")
	e := element{}
	if err := e.setCount(count); err != nil {
		return err
	}
	if seq, ok := strings.CutPrefix(rest, "seq "); ok {
		return p.sequence(e, seq)
	}
	if err := p.field(&e, rest); err != nil {
		return err
	}
	p.add(e)
	return nil
}

// begin reads "103.STP 10000 Single Customer Credit Transfer".
func (p *typeParser) begin(line string) error {
	w := strings.SplitN(line, " ", 3)
	if len(w) != 3 {
		return fmt.Errorf("%q: a type is NAME LENGTH TITLE", line)
	}
	n, err := strconv.Atoi(w[1])
	if err != nil {
		return err
	}
	root := &sequenceDef{id: -1}
	p.t = &typeDef{name: w[0], full: corridor.MessageType("fin." + w[0]), title: w[2], length: n, root: root, elements: map[uint16]uint32{}}
	p.t.tagged = w[0][0] == '0'
	p.t.copies = len(w[0]) == 3 && w[0][1] == '9' && strings.IndexByte("256", w[0][2]) >= 0
	p.t.holds = len(w[0]) == 3 && w[0][1:] == "98"
	p.open = []*sequenceDef{root}
	return nil
}

func (p *typeParser) end() error {
	if p.t == nil {
		return nil
	}
	if len(p.open) != 1 {
		return fmt.Errorf("type %s: sequence %s has no end", p.t.name, p.open[len(p.open)-1].path)
	}
	p.t.root.setStarts()
	p.s.types[p.t.name] = p.t
	p.t = nil
	return nil
}

func (p *typeParser) current() *sequenceDef { return p.open[len(p.open)-1] }

func (p *typeParser) add(e element) {
	p.current().elements = append(p.current().elements, e)
	if e.seq == nil {
		p.t.elements[e.num] |= e.options
	}
}

// sequence reads "A1 16R:LINK Linkages"; the fields that begin and end a block or a lettered sequence are implied.
func (p *typeParser) sequence(e element, line string) error {
	w := strings.SplitN(line, " ", 3)
	if len(w) < 2 {
		return fmt.Errorf("%q: a sequence is NAME DELIMITER TITLE", line)
	}
	d := &sequenceDef{id: int16(len(p.t.seqs)), path: w[0], delim: w[1]}
	if outer := p.current(); outer.path != "" {
		d.path = outer.path + "/" + w[0]
	}
	if len(w) == 3 {
		d.title = w[2]
	}
	if d.delim == "-" {
		d.delim = ""
	}
	d.optional = e.min == 0 || p.current().optional
	e.seq, e.name = d, d.title
	p.t.seqs = append(p.t.seqs, d)
	p.add(e)
	p.open = append(p.open, d)
	if block, ok := strings.CutPrefix(d.delim, "16R:"); ok {
		p.add(element{min: 1, max: 1, num: 16, options: optionBit('R'), name: "Start of Block", block: block})
	} else if d.delim != "" {
		p.add(element{min: 1, max: 1, num: 15, options: optionBit(d.delim[2]), name: "New Sequence"})
	}
	return nil
}

func (p *typeParser) endSequence() error {
	if len(p.open) < 2 {
		return fmt.Errorf("end without a sequence")
	}
	if block, ok := strings.CutPrefix(p.current().delim, "16R:"); ok {
		p.add(element{min: 1, max: 1, num: 16, options: optionBit('S'), name: "End of Block", block: block})
	}
	p.open = p.open[:len(p.open)-1]
	return nil
}

// setCount reads 1, ?, *, + or "2-10".
func (e *element) setCount(s string) error {
	switch s {
	case "1":
		e.min, e.max = 1, 1
	case "?":
		e.max = 1
	case "*":
		e.max = unlimited
	case "+":
		e.min, e.max = 1, unlimited
	default:
		low, high, ok := strings.Cut(s, "-")
		var err1, err2 error
		e.min, err1 = strconv.Atoi(low)
		e.max, err2 = strconv.Atoi(high)
		if high == "n" {
			e.max, err2 = unlimited, nil
		}
		if !ok || err1 != nil || err2 != nil {
			return fmt.Errorf("%q: a count is 1, ?, *, + or LEAST-MOST", s)
		}
	}
	return nil
}

// field reads "50A,F,K Ordering Customer ; QUAL! QUAL*=AC … ; format A:… ".
func (p *typeParser) field(e *element, line string) error {
	parts := strings.Split(line, " ; ")
	tag, name, _ := strings.Cut(parts[0], " ")
	e.name = name
	n := 0
	for n < len(tag) && digit(tag[n]) {
		e.num = e.num*10 + uint16(tag[n]-'0')
		n++
	}
	if n < 2 {
		return fmt.Errorf("%q: a field begins with its number", line)
	}
	e.options = optionBits(strings.ReplaceAll(tag[n:], ",", ""))
	if tag[n:] == "" {
		e.options = 1
	}
	for _, part := range parts[1:] {
		if list, ok := strings.CutPrefix(part, "format "); ok {
			if err := p.overrides(tag[:n], list); err != nil {
				return err
			}
			continue
		}
		if err := e.setQualifiers(part); err != nil {
			return err
		}
	}
	return nil
}

// overrides reads "A:/34x$<BIC> -:16x" or one format for the tag without a letter; in braces may stand components
// other than those of the table of fields.
func (p *typeParser) overrides(number, list string) error {
	for _, w := range strings.Fields(list) {
		tag, notation := number, w
		if len(w) > 2 && w[1] == ':' && (w[0] == '-' || capital(w[0])) {
			tag, notation = strings.TrimSuffix(number+w[:1], "-"), w[2:]
		}
		base := p.s.formats[tag]
		if base == nil {
			return fmt.Errorf("field %s is not in the table of fields", tag)
		}
		notation, own, named := strings.Cut(strings.TrimSuffix(notation, "}"), "{")
		components := base.names()
		if named {
			components = strings.Split(own, ",")
		}
		f, err := compileFormat(tag, notation, base.name, components)
		if err != nil {
			return err
		}
		if p.t.formats == nil {
			p.t.formats = map[string]*format{}
		}
		p.t.formats[tag] = f
	}
	return nil
}

// names gives the components as the tables write them.
func (f *format) names() []string {
	var list []string
	for _, c := range f.components {
		list = append(list, c.name+"="+c.kind.String())
	}
	return list
}

// setQualifiers reads "SEME! LINK|POOL=AC TRAD* ...".
func (e *element) setQualifiers(list string) error {
	for _, w := range strings.Fields(list) {
		if w == "..." {
			e.open = true
			continue
		}
		w, options, _ := strings.Cut(w, "=")
		q := qualifier{max: 1, options: e.options}
		if options != "" {
			q.options = optionBits(options)
		}
		switch w[len(w)-1] {
		case '!':
			q.min = 1
		case '*':
			q.max = unlimited
		case '+':
			q.min, q.max = 1, unlimited
		}
		q.words = strings.Split(strings.TrimRight(w, "!*+"), "|")
		for _, word := range q.words {
			if len(word) != 4 {
				return fmt.Errorf("qualifier %q has not four characters", word)
			}
		}
		e.qualifiers = append(e.qualifiers, q)
	}
	return nil
}

func optionBit(letter byte) uint32 {
	if letter == 0 || letter == '-' {
		return 1
	}
	return 1 << (letter - 'A' + 1)
}

func optionBits(letters string) uint32 {
	var b uint32
	for i := 0; i < len(letters); i++ {
		b |= optionBit(letters[i])
	}
	return b
}

// letters lists options as text, "" for none.
func letters(options uint32) []string {
	var list []string
	for options != 0 {
		n := bits.TrailingZeros32(options)
		options &^= 1 << n
		if n == 0 {
			list = append(list, "")
			continue
		}
		list = append(list, string(rune('A'+n-1)))
	}
	return list
}

// setStarts finds what may begin each sequence: all up to the first mandatory element.
func (d *sequenceDef) setStarts() {
	for i := range d.elements {
		if s := d.elements[i].seq; s != nil {
			s.setStarts()
		}
	}
	for i := range d.elements {
		e := &d.elements[i]
		d.starts = append(d.starts, e)
		if e.min > 0 && !(e.seq != nil && e.seq.mayBeEmpty()) {
			return
		}
	}
}

// mayBeEmpty: nothing in it is mandatory.
func (d *sequenceDef) mayBeEmpty() bool {
	for i := range d.elements {
		if e := &d.elements[i]; e.min > 0 && !(e.seq != nil && e.seq.mayBeEmpty()) {
			return false
		}
	}
	return true
}

// begins reports whether a field may be the first of an element.
func (e *element) begins(num uint16, option byte, value string) bool {
	if e.seq != nil {
		for _, s := range e.seq.starts {
			if s.begins(num, option, value) {
				return true
			}
		}
		return false
	}
	if e.num != num || e.options&optionBit(option) == 0 {
		return false
	}
	if e.block != "" {
		return value == e.block
	}
	return true
}
