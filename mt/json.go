package mt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	corridor "corridor.example/corridor"
)

// Document is a message as JSON has it: what MarshalDocument writes and Build reads. In a field either the value
// or the components are enough; if both stand there they have to agree.
type Document struct {
	Type     corridor.MessageType `json:"type"`
	Basic    *BasicDocument       `json:"basic,omitempty"`
	App      *AppDocument         `json:"application,omitempty"`
	User     []TagDocument        `json:"user,omitempty"`
	Fields   []FieldDocument      `json:"fields,omitempty"`
	Tags     []TagDocument        `json:"tags,omitempty"`
	Trailer  []TagDocument        `json:"trailer,omitempty"`
	Own      []TagDocument        `json:"own,omitempty"`
	Sender   string               `json:"sender,omitempty"`   // for Build, instead of basic: a BIC or an LT
	Receiver string               `json:"receiver,omitempty"` // for Build, instead of application
	Priority string               `json:"priority,omitempty"`
}

// BasicDocument is block 1.
type BasicDocument struct {
	Application string `json:"application"`
	Service     string `json:"service"`
	LT          string `json:"lt"`
	Session     string `json:"session,omitempty"`
	Sequence    string `json:"sequence,omitempty"`
}

// AppDocument is block 2.
type AppDocument struct {
	Direction    string `json:"direction"`
	Type         string `json:"type"`
	Receiver     string `json:"receiver,omitempty"`
	Priority     string `json:"priority,omitempty"`
	Monitoring   string `json:"monitoring,omitempty"`
	Obsolescence string `json:"obsolescence,omitempty"`
	InputTime    string `json:"inputTime,omitempty"`
	MIR          string `json:"mir,omitempty"`
	OutputDate   string `json:"outputDate,omitempty"`
	OutputTime   string `json:"outputTime,omitempty"`
}

// TagDocument is one field of blocks 3, 5, S, and of block 4 in tag form.
type TagDocument struct {
	Tag        string     `json:"tag"`
	Name       string     `json:"name,omitempty"`
	Value      string     `json:"value"`
	Components Components `json:"components,omitempty"`
}

// FieldDocument is one field of block 4 in text form.
type FieldDocument struct {
	Tag        string     `json:"tag"`
	Name       string     `json:"name,omitempty"`
	Sequence   string     `json:"sequence,omitempty"` // "B[2]", "E/E3[1]"
	Line       int        `json:"line,omitempty"`
	Value      string     `json:"value,omitempty"` // lines separated by \n
	Components Components `json:"components,omitempty"`
}

// Components are named parts in the order of the field's format.
type Components []Component

// MarshalJSON writes an object that keeps the order.
func (c Components) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range c {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(p.Name)
		value, _ := json.Marshal(newlines(p.Value))
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object of strings.
func (c *Components) UnmarshalJSON(b []byte) error {
	var parts map[string]string
	if err := json.Unmarshal(b, &parts); err != nil {
		return fmt.Errorf("components are an object of strings: %w", err)
	}
	for name, value := range parts {
		*c = append(*c, Component{Name: name, Value: value})
	}
	return nil
}

func newlines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
func lineEnds(s string) string { return strings.ReplaceAll(newlines(s), "\n", "\r\n") }

// DocumentOf is the message as JSON shows it, with the names of the tables.
func DocumentOf(m *Message) Document {
	d := Document{Type: m.Type, User: userDocuments(m.User), Trailer: tagDocuments(m.Trailer), Own: tagDocuments(m.Own)}
	h := m.Basic
	d.Basic = &BasicDocument{letter(h.Application), h.Service, h.LT, h.Session, h.Sequence}
	if a := m.App; a.Direction != 0 {
		d.App = &AppDocument{letter(a.Direction), a.Type, a.Receiver, letter(a.Priority), letter(a.Monitoring), a.Obsolescence, a.InputTime, a.MIR, a.OutputDate, a.OutputTime}
	}
	if m.textForm {
		for i := range m.Fields {
			d.Fields = append(d.Fields, m.fieldDocument(&m.Fields[i]))
		}
	}
	for _, t := range m.Tags {
		d.Tags = append(d.Tags, m.systemDocument(t))
	}
	return d
}

func (m *Message) fieldDocument(f *Field) FieldDocument {
	d := FieldDocument{Tag: f.Tag, Name: f.Name(), Line: f.Line, Value: newlines(f.Value), Components: f.Components()}
	if path, turn := m.Path(f); path != "" {
		d.Sequence = path + "[" + strconv.Itoa(turn) + "]"
	}
	return d
}

// systemDocument names the parts of a field in tag form.
func (m *Message) systemDocument(t Tag) TagDocument {
	d := TagDocument{Tag: t.Name, Value: newlines(t.Value)}
	if m.std == nil {
		return d
	}
	if f := m.std.formats[t.Name]; f != nil {
		field := Field{Tag: t.Name, Value: t.Value, form: f}
		d.Name, d.Components = f.name, field.Components()
	}
	return d
}

func letter(b byte) string {
	if b == 0 {
		return ""
	}
	return string(rune(b))
}

// userNames says what the fields of block 3 are.
var userNames = map[string]string{
	"103": "FINCopy service", "113": "Banking priority", "108": "Message user reference", "119": "Validation flag",
	"423": "Balance checkpoint", "106": "Message input reference", "424": "Related reference", "111": "Service type",
	"121": "Unique end-to-end transaction reference", "115": "Payment release information", "165": "Payment release information",
	"433": "Screening result", "434": "Payment controls result",
}

func userDocuments(list []Tag) []TagDocument {
	d := tagDocuments(list)
	for i := range d {
		d[i].Name = userNames[d[i].Tag]
	}
	return d
}

func tagDocuments(list []Tag) []TagDocument {
	var d []TagDocument
	for _, t := range list {
		d = append(d, TagDocument{Tag: t.Name, Value: t.Value})
	}
	return d
}
