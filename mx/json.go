package mx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	corridor "corridor.example/corridor"
)

// The JSON view of a message: an object with type, header, envelope, AppHdr and Document. An element with children
// is an object in the schema's order; one that may repeat is an array; text is a string, as written; an amount is
// {"Ccy": …, "value": …}; foreign content is {"xml": …}.

// JSON gives the JSON view of a message.
func (m *Message) JSON(o Options) ([]byte, error) {
	tables := o.Tables
	if tables == nil {
		tables = Standard()
	}
	w := jsonWriter{}
	w.open('{')
	w.member("type", string(m.Type))
	w.member("header", string(m.Header))
	w.member("envelope", m.Envelope.String())
	if m.Wrapper != "" {
		w.member("wrapper", m.Wrapper)
	}
	for _, p := range [...]struct {
		e *Element
		t corridor.MessageType
	}{{m.AppHdr, m.Header}, {m.Document, m.Type}} {
		if p.e == nil {
			continue
		}
		if w.schema = tables.schemaOf([]byte(isoNamespace + string(p.t))); w.schema == nil {
			return nil, fmt.Errorf("no schema for %s", p.t)
		}
		w.key(p.e.Name)
		w.element(p.e, 0)
	}
	w.out.WriteByte('}')
	return w.out.Bytes(), nil
}

// jsonWriter writes JSON in order.
type jsonWriter struct {
	out    bytes.Buffer
	comma  bool
	schema *schema
}

func (w *jsonWriter) open(c byte) {
	w.out.WriteByte(c)
	w.comma = false
}

func (w *jsonWriter) close(c byte) {
	w.out.WriteByte(c)
	w.comma = true
}

func (w *jsonWriter) next() {
	if w.comma {
		w.out.WriteByte(',')
	}
	w.comma = true
}

func (w *jsonWriter) text(s string) {
	e := json.NewEncoder(&w.out)
	e.SetEscapeHTML(false)
	e.Encode(s) // a bytes.Buffer takes every string
	w.out.Truncate(w.out.Len() - 1)
}

func (w *jsonWriter) key(k string) {
	w.next()
	w.text(k)
	w.out.WriteByte(':')
}

func (w *jsonWriter) member(k, v string) {
	w.key(k)
	w.text(v)
}

// element writes the value of e, which is elem i of the schema.
func (w *jsonWriter) element(e *Element, i int) {
	switch x := &w.schema.elems[i]; {
	case x.content == contentText && len(x.attrs) == 0:
		w.text(e.Text)
	case x.content == contentText:
		w.open('{')
		w.member("Ccy", e.Ccy)
		w.member("value", e.Text)
		w.close('}')
	case x.content == contentAny:
		w.open('{')
		w.member("xml", e.Foreign)
		w.close('}')
	default:
		w.open('{')
		w.children(e, i)
		w.close('}')
	}
}

// children writes the children of e, repeats as an array.
func (w *jsonWriter) children(e *Element, i int) {
	x := &w.schema.elems[i]
	for k := int(x.first); k < int(x.first+x.n); k++ {
		child := &w.schema.elems[k]
		all := e.All(child.name)
		if len(all) == 0 {
			continue
		}
		w.key(child.name)
		if child.max == 1 && len(all) == 1 {
			w.element(all[0], k)
			w.comma = true
			continue
		}
		w.open('[')
		for _, c := range all {
			w.next()
			w.element(c, k)
			w.comma = true
		}
		w.close(']')
	}
}

// ParseJSON reads the JSON view of a message back. Whether the message is valid, Write says.
func ParseJSON(b []byte) (*Message, error) {
	var top struct {
		Type, Header, Envelope, Wrapper string
		AppHdr, Document                json.RawMessage
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&top); err != nil {
		return nil, fmt.Errorf("the JSON of a message has type, header, envelope, wrapper, AppHdr and Document: %w", err)
	}
	t, err := corridor.ParseMessageType(top.Type)
	if err != nil {
		return nil, err
	}
	m := &Message{Type: t, Header: corridor.MessageType(top.Header), Envelope: EnvelopeWrapper, Wrapper: top.Wrapper}
	for e := EnvelopePair; e <= EnvelopeNone; e++ {
		if e.String() == top.Envelope {
			m.Envelope = e
		}
	}
	switch {
	case top.AppHdr == nil:
		m.Envelope = EnvelopeNone
	case m.Header == "":
		m.Header = "head.001.001.02"
	}
	if m.AppHdr, err = parsePart("AppHdr", top.AppHdr); err != nil {
		return nil, err
	}
	m.Document, err = parsePart("Document", top.Document)
	return m, err
}

func parsePart(name string, raw json.RawMessage) (*Element, error) {
	if raw == nil {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	r := jsonReader{d: d}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	up := &Element{}
	if err := r.value(up, name, t, 0); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(up.Children) != 1 {
		return nil, fmt.Errorf("%s is one object", name)
	}
	return up.Children[0], nil
}

// jsonReader turns JSON values into elements, in order.
type jsonReader struct{ d *json.Decoder }

// value reads one value, whose first token is t, as children of up with a name.
func (r *jsonReader) value(up *Element, name string, t json.Token, depth int) error {
	if depth > MaxDepth {
		return errors.New("deeper than 64 levels")
	}
	switch x := t.(type) {
	case json.Delim:
		if x == '[' {
			return r.array(up, name, depth)
		}
		e := &Element{Name: name}
		up.Children = append(up.Children, e)
		return r.object(e, depth)
	case string:
		up.Children = append(up.Children, &Element{Name: name, Text: x})
	case json.Number:
		up.Children = append(up.Children, &Element{Name: name, Text: x.String()})
	case bool:
		up.Children = append(up.Children, &Element{Name: name, Text: fmt.Sprint(x)})
	default:
		return fmt.Errorf("%s is null; leave it out", name)
	}
	return nil
}

func (r *jsonReader) array(up *Element, name string, depth int) error {
	for r.d.More() {
		t, err := r.d.Token()
		if err != nil {
			return err
		}
		if t == json.Delim('[') {
			return fmt.Errorf("%s has an array in an array", name)
		}
		if err := r.value(up, name, t, depth+1); err != nil {
			return err
		}
	}
	_, err := r.d.Token()
	return err
}

// object reads the members of an element.
func (r *jsonReader) object(e *Element, depth int) error {
	for r.d.More() {
		key, err := r.d.Token()
		if err != nil {
			return err
		}
		t, err := r.d.Token()
		if err != nil {
			return err
		}
		if err := r.value(e, key.(string), t, depth+1); err != nil {
			return err
		}
	}
	if _, err := r.d.Token(); err != nil && err != io.EOF {
		return err
	}
	e.fold()
	return nil
}

// fold turns {"Ccy", "value"} and {"xml"} into what they stand for.
func (e *Element) fold() {
	if v := e.child("value", 1); v != nil {
		e.Text, e.Ccy, e.Children = v.Text, e.Value("Ccy"), nil
	} else if x := e.child("xml", 1); x != nil && len(e.Children) == 1 {
		e.Foreign, e.Children = x.Text, nil
	}
}
