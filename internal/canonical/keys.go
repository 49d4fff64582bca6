package canonical

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// encoding/json takes "ID" for a field "id", so that one content would have many forms: keys are held against the type once more.

var (
	jsonOwn = reflect.TypeFor[json.Unmarshaler]()
	textOwn = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// checkKeys refuses an object's key that is not the name of a field of t to the letter.
func checkKeys(t reflect.Type, b []byte) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if p := reflect.PointerTo(t); p.Implements(jsonOwn) || p.Implements(textOwn) || len(b) == 0 || string(b) == "null" {
		return nil // its own reader judges it
	}
	switch t.Kind() {
	case reflect.Struct:
		return checkFields(t, b)
	case reflect.Map:
		if !nests(t.Elem()) {
			return nil
		}
		return eachValue(b, func(x json.RawMessage) error { return checkKeys(t.Elem(), x) })
	case reflect.Slice, reflect.Array:
		if !nests(t.Elem()) {
			return nil
		}
		return eachElement(b, func(x json.RawMessage) error { return checkKeys(t.Elem(), x) })
	}
	return nil
}

func checkFields(t reflect.Type, b []byte) error {
	names := map[string]reflect.Type{}
	fields(t, names)
	var object map[string]json.RawMessage
	if err := json.Unmarshal(b, &object); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	for key, value := range object {
		of, ok := names[key]
		if !ok {
			return fmt.Errorf("document: unknown field %q; names are written to the letter", key)
		}
		if !nests(of) {
			continue
		}
		if err := checkKeys(of, value); err != nil {
			return err
		}
	}
	return nil
}

// fields collects the names under which the fields of a struct stand in JSON.
func fields(t reflect.Type, names map[string]reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case f.Anonymous && name == "":
			e := f.Type
			if e.Kind() == reflect.Pointer {
				e = e.Elem()
			}
			if e.Kind() == reflect.Struct {
				fields(e, names)
			}
		case name == "":
			names[f.Name] = f.Type
		default:
			names[name] = f.Type
		}
	}
}

// nests reports a type in whose JSON there may be objects with fields.
func nests(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Struct, reflect.Map:
		return true
	case reflect.Slice, reflect.Array:
		return nests(t.Elem())
	}
	return false
}

func eachElement(b []byte, do func(json.RawMessage) error) error {
	var all []json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	for _, x := range all {
		if err := do(x); err != nil {
			return err
		}
	}
	return nil
}

func eachValue(b []byte, do func(json.RawMessage) error) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	for _, x := range all {
		if err := do(x); err != nil {
			return err
		}
	}
	return nil
}
