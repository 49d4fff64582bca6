package mt

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	corridor "corridor.example/corridor"
)

// Each case of the file is a message, "----", and its particulars as JSON.
func TestReadParticulars(t *testing.T) {
	const path = "testdata/particulars.txt"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, c := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n====\n") {
		input, want, _ := strings.Cut(c, "\n----\n")
		got := particularsText(input)
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

// particularsText leaves comment lines of a case out, and gives its lines the ends of the standard.
func particularsText(input string) string {
	var lines []string
	for line := range strings.SplitSeq(input, "\n") {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	p, err := ReadParticulars([]byte(strings.Join(lines, "\r\n")))
	text, _ := json.MarshalIndent(p, "", " ")
	if err != nil {
		return string(text) + "\n" + err.Error()
	}
	return string(text)
}

// What is read does not hang on the caller's buffer.
func TestParticularsOutliveTheirPayload(t *testing.T) {
	b := []byte(transfer)
	p, err := ReadParticulars(b)
	if err != nil {
		t.Fatal(err)
	}
	clear(b)
	if len(p.Agents) != 2 || p.Agents[0] != "CEDRFRPP" || p.UETR != "c8b66b47-2bd9-48fe-be90-93c2096f27d2" {
		t.Errorf("after the payload was overwritten: %+v", p)
	}
}

func FuzzReadParticulars(f *testing.F) {
	b, err := os.ReadFile("testdata/particulars.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range strings.Split(string(b), "\n====\n") {
		input, _, _ := strings.Cut(c, "\n----\n")
		f.Add([]byte(strings.ReplaceAll(input[strings.Index(input, "\n")+1:], "\n", "\r\n")))
	}
	f.Add([]byte(transfer))
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

func BenchmarkReadParticularsMT103(b *testing.B) {
	m := []byte(transfer)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadParticulars(m); err != nil {
			b.Fatal(err)
		}
	}
}
