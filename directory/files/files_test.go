package files_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"corridor.example/corridor/directory"
	. "corridor.example/corridor/directory/files"
)

var update = flag.Bool("update", false, "rewrite the outputs in testdata")

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// start is the directory that the files of testdata are imported into.
func start(t testing.TB) *directory.Directory {
	t.Helper()
	text, err := os.ReadFile("testdata/start.csv")
	noError(t, err)
	f, err := Read(bytes.NewReader(text), "start.csv", directory.New())
	noError(t, err)
	d, err := f.Directory()
	noError(t, err)
	return d
}

// Each case of testdata/import.txt is a comment, a file's text, "----", and what it comes to; "~" stands for an empty line.
func TestImports(t *testing.T) {
	path := filepath.Join("testdata", "import.txt")
	text, err := os.ReadFile(path)
	noError(t, err)
	var got []string
	for _, c := range strings.Split(strings.TrimRight(string(text), "\n"), "\n\n") {
		in, want, _ := strings.Cut(c, "\n----")
		_, body, _ := strings.Cut(in, "\n")
		out := comesTo(t, strings.ReplaceAll(body+"\n", "~\n", "\n"))
		if got = append(got, in+"\n----\n"+out); !*update && strings.TrimSpace(want) != strings.TrimSpace(out) {
			t.Errorf("%s\ngot:\n%s\nwant:%s", in, out, want)
		}
	}
	if *update {
		noError(t, os.WriteFile(path, []byte(strings.Join(got, "\n\n")+"\n"), 0o644))
	}
}

func comesTo(t *testing.T, text string) string {
	d := start(t)
	before := d.Digest()
	f, err := Read(strings.NewReader(text), "in", d)
	if err != nil {
		return err.Error()
	}
	p, err := Diff(d, f, true)
	if d.Digest() != before {
		t.Error("the plan changed the directory")
	}
	if err != nil {
		return err.Error()
	}
	out := []string{fmt.Sprintf("%s: %d changes in %d acts, %d there already, %d by orders only", f.Kind, len(p.Changes), len(p.Bodies), p.Same, p.ByOrder)}
	for _, why := range slices.Sorted(keys(f.Skipped)) {
		out = append(out, fmt.Sprintf("skipped %d %s", f.Skipped[why], why))
	}
	for _, b := range p.Bodies {
		out = append(out, string(b))
	}
	return strings.Join(out, "\n")
}

func keys(m map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
