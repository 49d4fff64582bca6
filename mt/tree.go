package mt

import (
	corridor "corridor.example/corridor"
)

// Message is one FIN message taken apart. Every byte of it has a place here: Write puts the places together again
// and gives the same bytes for whatever parsed without fault.
//
// How to ask it. Fields holds block 4 in order. After Check or Parse of a known type each field knows its place:
// Path is the sequence it stands in ("" for the message itself, "B", "E/E3") and Turn the occurrence of that
// sequence from 1. Its components have names from the tables: field.Component("currency"). All(tag) walks the
// fields of a tag, First(tag) gives the first; a tag may end in 'a' for any option ("50a").
type Message struct {
	Text string // the message as it was read
	Type corridor.MessageType

	Basic   Basic
	App     Application
	User    []Tag   // block 3
	Fields  []Field // block 4 in text form
	Tags    []Tag   // block 4 in tag form: system and service messages
	Trailer []Tag   // block 5
	Own     []Tag   // block S, that interfaces add in files

	has       [6]bool // which blocks stand there: 1 to 5, and 0 for S
	textForm  bool
	textStart int // offset of the first line of block 4
	textEnd   int // offset of the line that ends it
	lines     int // lines of block 4, the ending one included
	block4    span
	seqs      []Sequence
	std       *Standard
	def       *typeDef
}

// span is a part of a message: from start up to end.
type span struct{ start, end int }

// Basic is block 1.
type Basic struct {
	Application byte   // F, A or L
	Service     string // 01, 21 …
	LT          string // 12 characters
	Session     string // 4 digits; empty in some logins
	Sequence    string // 6 digits: ISN, OSN or the number answered
}

// Application is block 2, of an input message or of an output message.
type Application struct {
	Direction    byte   // I or O, 0 without block 2
	Type         string // 3 digits
	Receiver     string // I: the receiver's address
	Priority     byte   // 0 if absent
	Monitoring   byte   // I: '1' to '3', 0 if absent
	Obsolescence string // I: 3 digits or empty
	InputTime    string // O: HHMM
	MIR          string // O: 28 characters
	OutputDate   string // O: YYMMDD
	OutputTime   string // O: HHMM
}

// Tag is one {name:value} of blocks 3, 5, S and of block 4 in tag form.
type Tag struct {
	Name, Value string
}

// Field is one field of block 4 in text form.
type Field struct {
	Tag   string // "32A"
	Value string // without the tag and without the line end that closes it; inner line ends are CRLF
	Line  int    // of block 4, from 1
	Start int    // offset of the colon before the tag
	End   int    // offset after the line end

	num    uint16 // 32 of 32A
	option byte   // A of 32A, 0 if none
	seq    int32  // index of the occurrence in Message.seqs, -1 for none
	form   *format
	elem   *element
}

// Sequence is one occurrence of a sequence of the type's structure.
type Sequence struct {
	Path  string // "B", "E/E3"
	Turn  int    // occurrence within its parent, from 1
	First int    // its fields are Fields[First:End], those of its subsequences included
	End   int

	id     int16
	parent int32
}

// Component is a named part of a field's value.
type Component struct {
	Name  string
	Kind  string
	Value string
}

// Number is the digits of the tag: 32 of 32A.
func (f *Field) Number() int { return int(f.num) }

// Option is the letter of the tag, 0 if it has none.
func (f *Field) Option() byte { return f.option }

// Qualifier is the qualifier of a generic field (":SEME//…" gives "SEME"), else empty.
func (f *Field) Qualifier() string {
	if v := f.Value; len(v) > 6 && v[0] == ':' && v[5] == '/' {
		return v[1:5]
	}
	return ""
}

// Components are the named parts of the value, in order; absent ones are left out. A value that does not have the
// field's format gives none.
func (f *Field) Components() []Component {
	if f.form == nil {
		return nil
	}
	var m matcher
	if !m.match(f.form, f.Value) {
		return nil
	}
	var list []Component
	for i, c := range f.form.components {
		if s := m.found[i]; s.start >= 0 {
			list = append(list, Component{c.name, c.kind.String(), f.Value[s.start:s.end]})
		}
	}
	return list
}

// Component is the value of one named part; empty if the field has no such part or its value lacks it.
func (f *Field) Component(name string) string {
	if f.form == nil {
		return ""
	}
	at := f.form.index(name)
	if at < 0 {
		return ""
	}
	var m matcher
	if !m.match(f.form, f.Value) || m.found[at].start < 0 {
		return ""
	}
	return f.Value[m.found[at].start:m.found[at].end]
}

// Name is the field's name in the type's table, else in the table of fields.
func (f *Field) Name() string {
	switch {
	case f.elem != nil && f.elem.name != "":
		return f.elem.name
	case f.form != nil:
		return f.form.name
	}
	return ""
}

// Path is the sequence that a field stands in directly, and its occurrence; "" and 0 for the message itself.
func (m *Message) Path(f *Field) (path string, turn int) {
	if f.seq < 0 || int(f.seq) >= len(m.seqs) {
		return "", 0
	}
	s := &m.seqs[f.seq]
	return s.Path, s.Turn
}

// Sequences are the occurrences of all sequences, in the order they begin.
func (m *Message) Sequences() []Sequence { return m.seqs }

// All gives the fields of a tag in their order: "32A", "20", or "50a" for any option.
func (m *Message) All(tag string) []*Field { return m.within(tag, 0, len(m.Fields)) }

// In gives the fields of a tag inside one occurrence of a sequence.
func (m *Message) In(s Sequence, tag string) []*Field { return m.within(tag, s.First, s.End) }

// First gives the first field of a tag, or nil.
func (m *Message) First(tag string) *Field {
	for i := range m.Fields {
		if m.Fields[i].is(tag) {
			return &m.Fields[i]
		}
	}
	return nil
}

func (m *Message) within(tag string, from, to int) []*Field {
	var list []*Field
	for i := from; i < to; i++ {
		if m.Fields[i].is(tag) {
			list = append(list, &m.Fields[i])
		}
	}
	return list
}

func (f *Field) is(tag string) bool {
	if n := len(tag); n > 0 && tag[n-1] == 'a' {
		return len(f.Tag) >= n-1 && f.Tag[:n-1] == tag[:n-1] && len(f.Tag) <= n
	}
	return f.Tag == tag
}

// UserTag is the value of a field of block 3, and whether it is there.
func (m *Message) UserTag(name string) (string, bool) { return findTag(m.User, name) }

// SystemTag is the value of the first field of that name in block 4 in tag form.
func (m *Message) SystemTag(name string) (string, bool) { return findTag(m.Tags, name) }

// TrailerTag is the value of a trailer of block 5.
func (m *Message) TrailerTag(name string) (string, bool) { return findTag(m.Trailer, name) }

func findTag(list []Tag, name string) (string, bool) {
	for i := range list {
		if list[i].Name == name {
			return list[i].Value, true
		}
	}
	return "", false
}

// IsInput and IsOutput tell the two forms of a user or system message apart; service messages are neither.
func (m *Message) IsInput() bool  { return m.App.Direction == 'I' }
func (m *Message) IsOutput() bool { return m.App.Direction == 'O' }

// IsService reports a message of another service than 01: an answer, a login, a select …
func (m *Message) IsService() bool { return m.Basic.Service != "" && m.Basic.Service != "01" }
