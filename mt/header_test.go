package mt

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCodes runs the tables of testdata/codes/*.txt: a title, edits of the base message (old => new, \r\n for line
// ends) one a line, seal for the right checksum, and behind ---- the faults as CODE LINE FIELD. With -update they are written anew.
func TestCodes(t *testing.T) {
	files, err := filepath.Glob("testdata/codes/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no tables", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) { codeTable(t, name) })
	}
}

func codeTable(t *testing.T, name string) {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(b), "\n====\n")
	base := strings.ReplaceAll(head[strings.Index(head, "{1:"):], "\n", "\r\n")
	var out []string
	for _, c := range strings.Split(strings.TrimSpace(rest), "\n\n") {
		got := codeCase(t, base, c)
		out = append(out, got)
		if *update {
			continue
		}
		if got != c {
			t.Errorf("got\n%s\nwant\n%s", got, c)
		}
	}
	if *update {
		if err := os.WriteFile(name, []byte(head+"\n====\n"+strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func codeCase(t *testing.T, base, c string) string {
	edits, _, _ := strings.Cut(c, "\n----")
	m, opt := base, Options{}
	for _, line := range strings.Split(edits, "\n") {
		old, with, ok := strings.Cut(line, " => ")
		switch {
		case line == "line":
			opt.Line = true
		case line == "seal":
			m = strings.Replace(m, "0123456789AB", Checksum("CEDRFRPPXXXX", m[strings.Index(m, "{4:"):strings.Index(m, "{5:")]), 1)
		case line == "directory":
			opt.Directory = testDirectory
		case !ok:
			continue
		default:
			old, with = lineMarks.Replace(old), lineMarks.Replace(with)
			if !strings.Contains(m, old) {
				t.Errorf("%s: %q is not in the message", edits, old)
			}
			m = strings.Replace(m, old, with, 1)
		}
	}
	var b strings.Builder
	b.WriteString(edits + "\n----")
	for _, f := range Check([]byte(m), opt).Faults {
		b.WriteString("\n" + strings.TrimRight(f.Code405()+" "+f.Field+" "+f.Rule, " "))
	}
	return b.String()
}

var update = flag.Bool("update", false, "write the tables of testdata anew")

var lineMarks = strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\x01`, "\x01", `\0`, "")

// testDirectory knows a few codes by their first letters.
func testDirectory(bic string) Registration {
	switch {
	case strings.HasPrefix(bic, "FIRM"):
		return NonFinancial
	case strings.HasPrefix(bic, "GONE"):
		return Unregistered
	case strings.HasPrefix(bic, "PASS"):
		return NotConnected
	case strings.HasSuffix(bic, "QQQ"):
		return UnknownBranch
	}
	return Financial
}

// notReached are codes of the table that no check of this package gives, with the reason.
var notReached = map[string]string{
	"H21": "whether a branch exists is the directory's knowledge: the hub answers it",
	"H51": "standing and authorisation are the hub's to judge",
	"H52": "the state of a session is the hub's to judge",
	"H55": "history: there are no fallback sessions",
	"T03": "26C is not checked for words: its lists are not known for every year",
	"T22": "the digits of 22C come from another field in a way that differs by type and is not established",
	"T28": "a directory that tells a valid destination from a registered one answers T27 or T45",
	"V03": "no type of category 0 asks for a field or sequence more than once",
	"X30": "given by the hub in a delayed answer", "X31": "given by the hub in a delayed answer",
	"X32": "given by the hub in a delayed answer", "X33": "given by the hub in a delayed answer",
	"Y01": "given by the receiver", "Y02": "given by the receiver", "Y03": "given by the receiver",
	"Y04": "given by the receiver", "Y05": "given by the receiver",
}

// TestEveryCode: each code of the table of errors is reached by a case of testdata/codes or a rule's bad case, or is
// listed as not reachable; and no case gives a code that the table and the rules do not know.
func TestEveryCode(t *testing.T) {
	s, err := StandardOf(0)
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]bool{}
	rules := s.RuleCodes()
	for code := range rules {
		reached[code] = true
	}
	files, _ := filepath.Glob("testdata/codes/*.txt")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range strings.Split(string(b), "\n\n") {
			_, faults, _ := strings.Cut(c, "\n----\n")
			for _, f := range strings.Fields(faults) {
				if len(f) == 3 || len(f) == 6 {
					reached[f[:3]] = true
				}
			}
		}
	}
	for code := range s.names {
		if why, listed := notReached[code]; reached[code] == listed {
			t.Errorf("code %s: reached %v, listed as not reachable %v (%s)", code, reached[code], listed, why)
		}
	}
	for name, list := range s.codes {
		for _, l := range list {
			if s.names[l.code] == "" {
				t.Errorf("the list of %s has code %s, which is in no table of errors", name, l.code)
			}
		}
	}
}
