package mt

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// A fault names the field and the line that the standard means: the culprit of a list, else the first field that
// the rule names and the message has, else the first line of the occurrence.
func TestRulePlaces(t *testing.T) {
	std, err := StandardOf(FirstYear)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("testdata/rule_places.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		head, want, _ := strings.Cut(line, " => ")
		typ, edits, _ := strings.Cut(head, " ")
		text, err := std.rules.files[typ].message(typ, edits)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range Check([]byte(text), Options{Year: FirstYear}).Faults {
			got = append(got, strings.TrimSuffix(fmt.Sprintf("%s %s line %d no %d, %s", f.Code, f.Field, f.Line, f.Occurrence, f.Rule), ", "))
		}
		if g := strings.Join(got, "; "); g != want {
			t.Errorf("%s\n got %s\nwant %s", head, g, want)
		}
	}
}

// A later year's file takes the place of the earlier one of the same name; the others stay.
func TestRuleOverlay(t *testing.T) {
	files := fstest.MapFS{
		"a/rules/103.txt": {Data: []byte("types 103\nC81 C9: if present(56a) then present(57a)\n  Text.\n")},
		"a/rules/202.txt": {Data: []byte("types 202\nC81 C1: if present(56a) then present(57a)\n  Text.\n")},
		"b/rules/103.txt": {Data: []byte("types 103\nC82 C9: if present(56a) then present(@@)\n  Text.\n")},
	}
	old, err := loadRules(files, "a/rules")
	if err != nil {
		t.Fatal(err)
	}
	table, err := loadRules(files, "a/rules", "b/rules")
	if err != nil {
		t.Fatal(err)
	}
	if old.rules("103")[0].Code != "C81" || table.rules("103")[0].Code != "C82" || len(table.rules("202")) != 1 {
		t.Errorf("got %v", table.all())
	}
	if _, err := table.compile("103", languageSequences, nil); err == nil || !strings.Contains(err.Error(), "MT103 C9, code C82") {
		t.Errorf("a mistake in a predicate gives %v", err)
	}
}

// A file that says nothing clear is refused with its line.
func TestRuleFileMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"types 103\nC81 C9 present(56a)":                    "line 2",
		"types 103 202 205\nC81 C9 C1: present(56a)":        "give one name, or one for each of the 3 types",
		"types 103\n  A text without a rule.":               "stands under no rule",
		"types 103\n\n# comment\nC81: if present(56a) then": "line 4",
	} {
		if _, err := parseRuleFile("x.txt", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	two := fstest.MapFS{"r/a.txt": {Data: []byte("types 103")}, "r/b.txt": {Data: []byte("types 103")}}
	if _, err := loadRules(two, "r"); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("two files for one type give %v", err)
	}
}
