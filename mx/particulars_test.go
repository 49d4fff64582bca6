package mx

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	corridor "corridor.example/corridor"
)

var update = flag.Bool("update", false, "write the tables of testdata anew")

// Each case of the file is a comment, a message, "----", and its particulars as JSON.
func TestReadParticulars(t *testing.T) {
	const path = "testdata/particulars.txt"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, c := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n====\n") {
		input, want, _ := strings.Cut(c, "\n----\n")
		_, message, _ := strings.Cut(input, "\n")
		got := particularsText(message)
		if got != want && !*update {
			t.Errorf("%s\ngot  %s\nwant %s", input, got, want)
		}
		if out.Len() > 0 {
			out.WriteString("\n====\n")
		}
		out.WriteString(input + "\n----\n" + got)
	}
	if *update {
		if err := os.WriteFile(path, []byte(out.String()+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func particularsText(message string) string {
	p, err := ReadParticulars([]byte(message))
	text, _ := json.MarshalIndent(p, "", " ")
	if err != nil {
		return string(text) + "\n" + err.Error()
	}
	return string(text)
}

// What is read does not hang on the caller's buffer.
func TestParticularsOutliveTheirPayload(t *testing.T) {
	b := payment8K()
	p, err := ReadParticulars(b)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(p)
	clear(b)
	if got, _ := json.Marshal(p); !bytes.Equal(got, want) {
		t.Errorf("after the payload was overwritten: %s", got)
	}
}

func FuzzReadParticulars(f *testing.F) {
	b, err := os.ReadFile("testdata/particulars.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range strings.Split(string(b), "\n====\n") {
		input, _, _ := strings.Cut(c, "\n----\n")
		f.Add([]byte(input[strings.Index(input, "\n")+1:]))
	}
	f.Add([]byte(payment))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, _ := ReadParticulars(b)
		for _, a := range append(p.Amounts, p.Other...) {
			if d, err := corridor.ParseDecimal(string(a.Value)); err != nil || d != a.Value {
				t.Errorf("amount %q is not in its one form", a.Value)
			}
		}
		for i, a := range p.Agents {
			if _, err := corridor.ParseBIC(string(a)); err != nil || i > 0 && p.Agents[i-1] >= a {
				t.Errorf("agents %q are not BICs in order, each once", p.Agents)
			}
		}
	})
}

func BenchmarkReadParticulars8K(b *testing.B) {
	m := payment8K()
	b.SetBytes(int64(len(m)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadParticulars(m); err != nil {
			b.Fatal(err)
		}
	}
}
