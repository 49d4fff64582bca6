// Package canonical is the one byte form of the documents that people sign: JSON with sorted keys, no white space, no
// numbers but integers, as RFC 8785 writes it for what these documents hold.
package canonical

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// Rewrite gives any JSON document its canonical form.
func Rewrite(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("JSON: %w", err)
	}
	if d.More() {
		return nil, errors.New("JSON: something follows the document")
	}
	if err := integers(tree); err != nil {
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

func integers(v any) error {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			if err := integers(x); err != nil {
				return err
			}
		}
	case []any:
		for _, x := range v {
			if err := integers(x); err != nil {
				return err
			}
		}
	case json.Number:
		if s := string(v); strings.ContainsAny(s, ".eE") || s == "-0" || len(s) > 16 {
			return fmt.Errorf("number %s: a signed document holds integers of at most 15 digits; write other numbers as text", s)
		}
	}
	return nil
}

// ErrForm is wrapped where a document is sound JSON in another than its canonical form.
var ErrForm = errors.New("the document is not in its canonical form: write it with sorted keys and without white space")

// Unmarshal reads a canonical document into v. It refuses unknown fields and every other form of the same content.
func Unmarshal(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	again, err := Rewrite(b)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		return ErrForm
	}
	return nil
}
