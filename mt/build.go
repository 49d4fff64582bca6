package mt

import (
	"fmt"
	"strings"

	corridor "corridor.example/corridor"
)

// Builder puts a message together and gives it out only if it is valid.
//
//	b := mt.NewBuilder("103", "MERIDEFF", "CEDRFRPP")
//	b.User("121", uetr).Field("20", "PAY/1").Parts("32A", "date", "261124", "currency", "EUR", "amount", "10,")
//	message, faults := b.Build()
type Builder struct {
	std *Standard
	doc Document
	err error
}

// NewBuilder begins an input message of a type ("103", "103.STP") from one institution to another; both are a BIC
// of 8 or 11 characters or a terminal of 12.
func NewBuilder(typ, sender, receiver string) *Builder {
	return &Builder{std: standardFor(0), doc: Document{Type: corridor.MessageType("fin." + typ), Sender: sender, Receiver: receiver}}
}

// Priority sets U or N; N is the default. U asks for a warning when delivery is late.
func (b *Builder) Priority(p corridor.Priority) *Builder {
	b.doc.Priority = p.String()
	return b
}

// User adds a field of block 3.
func (b *Builder) User(tag, value string) *Builder {
	b.doc.User = append(b.doc.User, TagDocument{Tag: tag, Value: value})
	return b
}

// Field adds a field of block 4 with its whole value; lines may end with \n.
func (b *Builder) Field(tag, value string) *Builder {
	b.doc.Fields = append(b.doc.Fields, FieldDocument{Tag: tag, Value: value})
	return b
}

// Parts adds a field of block 4 by its components, given as name and value in turn.
func (b *Builder) Parts(tag string, namesAndValues ...string) *Builder {
	if len(namesAndValues)%2 != 0 {
		b.err = fmt.Errorf("field %s: components are given as name and value in turn", tag)
		return b
	}
	d := FieldDocument{Tag: tag}
	for i := 0; i < len(namesAndValues); i += 2 {
		d.Components = append(d.Components, Component{Name: namesAndValues[i], Value: namesAndValues[i+1]})
	}
	b.doc.Fields = append(b.doc.Fields, d)
	return b
}

// Build gives the message, or what is wrong with it.
func (b *Builder) Build() ([]byte, []corridor.Fault) {
	if b.err != nil {
		return nil, []corridor.Fault{{Code: "T00", Text: b.err.Error()}}
	}
	return Build(b.doc, Options{})
}

// Build writes the message that a document describes and checks it. It gives no message that is not valid. A fault
// of the document itself, before there is a message to check, has code T00, which no standard has.
func Build(d Document, opt Options) ([]byte, []corridor.Fault) {
	m, err := d.message(standardFor(opt.Year))
	if err != nil {
		return nil, []corridor.Fault{{Code: "T00", Text: err.Error(), Whose: corridor.Sender}}
	}
	text := Write(m)
	if r := Check(text, opt); !r.Valid() {
		return nil, r.Faults
	}
	return text, nil
}

func (d *Document) message(s *Standard) (*Message, error) {
	m := &Message{std: s}
	m.has[1] = true
	number, variant := d.numberAndVariant()
	if err := d.headers(m, number); err != nil {
		return nil, err
	}
	m.User = plainTags(d.User)
	if _, ok := m.UserTag("119"); variant != "" && !ok {
		m.User = append(m.User, Tag{"119", variant})
	}
	sortUser(m.User)
	m.Trailer, m.Own = plainTags(d.Trailer), plainTags(d.Own)
	m.has[3], m.has[5], m.has[0] = len(m.User) > 0, len(m.Trailer) > 0, len(m.Own) > 0
	m.textForm = m.Basic.Application == 'F' && m.Basic.Service == "01" && !strings.HasPrefix(number, "0")
	m.has[4] = true
	if m.def = s.typeOf(number, variant); m.def == nil {
		m.def = &typeDef{}
	}
	return m, d.text(m, s)
}

// numberAndVariant takes "fin.103.STP" apart.
func (d *Document) numberAndVariant() (number, variant string) {
	name := strings.TrimPrefix(string(d.Type), "fin.")
	number, variant, _ = strings.Cut(name, ".")
	if d.App != nil && d.App.Type != "" {
		number = d.App.Type
	}
	return number, variant
}

// headers fills blocks 1 and 2, from what the document has of them or from sender and receiver.
func (d *Document) headers(m *Message, number string) error {
	if d.Basic != nil {
		b := d.Basic
		m.Basic = Basic{first(b.Application), b.Service, b.LT, b.Session, b.Sequence}
	} else {
		lt, err := terminal(d.Sender, 'A')
		if err != nil {
			return fmt.Errorf("sender: %w", err)
		}
		m.Basic = Basic{'F', "01", lt, "0000", "000000"}
	}
	switch {
	case d.App != nil:
		a := d.App
		m.App = Application{first(a.Direction), number, a.Receiver, first(a.Priority), first(a.Monitoring), a.Obsolescence, a.InputTime, a.MIR, a.OutputDate, a.OutputTime}
		m.has[2] = true
	case m.Basic.Service == "01":
		lt, err := terminal(d.Receiver, 'X')
		if err != nil {
			return fmt.Errorf("receiver: %w", err)
		}
		m.App = Application{Direction: 'I', Type: number, Receiver: lt[:8] + "X" + lt[9:], Priority: 'N'}
		m.has[2] = true
		if d.Priority != "" {
			m.App.Priority = d.Priority[0]
		}
		if m.App.Priority == 'U' {
			m.App.Monitoring = '1'
		}
		if strings.HasPrefix(number, "0") {
			m.App.Priority = 'S'
		}
	}
	return nil
}

// terminal makes a terminal's address of a BIC.
func terminal(s string, code byte) (string, error) {
	if len(s) == 12 {
		lt, err := corridor.ParseLT(s)
		return string(lt), err
	}
	bic, err := corridor.ParseBIC(s)
	if err != nil {
		return "", err
	}
	return string(corridor.LTOf(bic, code)), nil
}

func first(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

func plainTags(list []TagDocument) []Tag {
	var tags []Tag
	for _, t := range list {
		tags = append(tags, Tag{t.Tag, t.Value})
	}
	return tags
}

// text fills block 4.
func (d *Document) text(m *Message, s *Standard) error {
	for i := range d.Tags {
		t := &d.Tags[i]
		value, err := s.valueOf(m.def, t.Tag, t.Value, t.Components)
		if err != nil {
			return err
		}
		m.Tags = append(m.Tags, Tag{t.Tag, value})
	}
	for i := range d.Fields {
		f := &d.Fields[i]
		value, err := s.valueOf(m.def, f.Tag, f.Value, f.Components)
		if err != nil {
			return err
		}
		if !m.textForm {
			m.Tags = append(m.Tags, Tag{f.Tag, value})
			continue
		}
		m.Fields = append(m.Fields, Field{Tag: f.Tag, Value: value})
	}
	return nil
}

// valueOf is the value of a field, composed if only its components are given.
func (s *Standard) valueOf(t *typeDef, tag, value string, parts Components) (string, error) {
	if len(parts) == 0 {
		return lineEnds(value), nil
	}
	f := t.formats[tag]
	if f == nil {
		f = s.formats[tag]
	}
	if f == nil {
		return "", fmt.Errorf("field %s is not in the tables; give its value instead of components", tag)
	}
	byName := map[string]string{}
	for _, p := range parts {
		byName[p.Name] = p.Value
	}
	composed, err := f.compose(byName)
	if err != nil {
		return "", err
	}
	if value != "" && lineEnds(value) != composed {
		return "", fmt.Errorf("field %s: value %q and components (%q) do not agree; give one of them", tag, value, newlines(composed))
	}
	return composed, nil
}
