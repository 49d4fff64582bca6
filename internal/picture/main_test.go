package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// TestDraw reads the picture as XML and looks for what was drawn.
func TestDraw(t *testing.T) {
	var b bytes.Buffer
	if err := draw(&b, strings.NewReader("A → B  NAK <C03> & no\n\nA → B  delivered OSN 1\n"), "corridor lab"); err != nil {
		t.Fatal(err)
	}
	var text []string
	classes := map[string]string{}
	for d, class := xml.NewDecoder(&b), ""; ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			class = ""
			for _, a := range x.Attr {
				if a.Name.Local == "class" {
					class = a.Value
				}
			}
		case xml.CharData:
			if class != "" && len(bytes.TrimSpace(x)) > 0 {
				text = append(text, string(x))
				classes[string(x)] = class
				class = ""
			}
		}
	}
	want := map[string]string{"$ corridor lab": "head", "A → B  NAK <C03> & no": "no", "A → B  delivered OSN 1": "yes"}
	for line, class := range want {
		if classes[line] != class {
			t.Errorf("%q has class %q, want %q; drawn: %q", line, classes[line], class, text)
		}
	}
	if err := draw(io.Discard, strings.NewReader(strings.Repeat("x\n", maxLines+1)), ""); err == nil {
		t.Error("a text of too many lines is drawn")
	}
}
