// Package canonical is the one byte form of the documents that people sign: JSON with sorted keys, no white space, no
// numbers but integers, as RFC 8785 writes it for what these documents hold.
package canonical

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Marshal writes v in its canonical form. Its own keys are ASCII; numbers are integers.
func Marshal(v any) ([]byte, error) {
	plain, err := encode(v)
	if err != nil {
		return nil, err
	}
	return Rewrite(plain)
}

// Rewrite gives a JSON document its canonical form. Of a key that stands twice the last value stays: whoever must know compares.
func Rewrite(text []byte) ([]byte, error) {
	if err := limits(text); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("JSON: something follows the document")
	}
	if err := plain(tree); err != nil {
		return nil, err
	}
	return encode(tree) // maps are written with their keys sorted
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	out := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	// RFC 8785 writes these two as they are; encoding/json escapes them for JavaScript's sake.
	if bytes.Contains(out, []byte(`\u202`)) {
		out = unescapeSeparators(out)
	}
	return out, nil
}

func unescapeSeparators(b []byte) []byte {
	var out []byte
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			if rest := b[i:]; len(rest) >= 6 && (string(rest[:6]) == `\u2028` || string(rest[:6]) == `\u2029`) {
				out = append(out, "\u2028\u2029"[3*(int(rest[5])-'8'):][:3]...)
				i += 5
				continue
			}
			out = append(out, b[i], b[i+1])
			i++
			continue
		}
		out = append(out, b[i])
	}
	return out
}

// limits refuses what is too large or too deep before anything is built of it.
func limits(text []byte) error {
	if len(text) > MaxSize {
		return fmt.Errorf("JSON: the document has %d bytes, the limit is %d", len(text), MaxSize)
	}
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("JSON: objects and lists stand in each other more than %d deep", MaxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// plain refuses numbers that two programs may write in two ways, and keys that two programs may sort in two ways.
func plain(v any) error {
	switch v := v.(type) {
	case map[string]any:
		for key, x := range v {
			if !ascii(key) {
				return fmt.Errorf("key %q: the keys of a signed document are printable ASCII", key)
			}
			if err := plain(x); err != nil {
				return err
			}
		}
	case []any:
		for _, x := range v {
			if err := plain(x); err != nil {
				return err
			}
		}
	case json.Number:
		s := string(v)
		if strings.ContainsAny(s, ".eE") || s == "-0" || len(strings.TrimPrefix(s, "-")) > maxDigits {
			return fmt.Errorf("number %s: a signed document holds integers of at most %d digits; write other numbers as text", s, maxDigits)
		}
	}
	return nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// ErrForm is wrapped where a document is sound JSON in another than its canonical form.
var ErrForm = errors.New("the document is not in its canonical form: write it with sorted keys and without white space")

// Unmarshal reads a canonical document into v. It refuses unknown fields, keys in another case than v's and every other form of
// the same content.
func Unmarshal(b []byte, v any) error {
	again, err := Rewrite(b)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) { // among others because a key stands twice
		return ErrForm
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	return checkKeys(reflect.TypeOf(v), b)
}
