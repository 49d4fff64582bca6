package corridor

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/faults.md anew")

const faultsPage = "docs/faults.md"

// TestFaultsPage keeps docs/faults.md the same as the table.
func TestFaultsPage(t *testing.T) {
	want := faultsMarkdown()
	if *update {
		if err := os.WriteFile(faultsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(faultsPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s differs from NetworkFaults: run go test . -update and read the difference", faultsPage)
	}
}

// effects are the chapters of the page.
var effects = []struct {
	effect      Effect
	title, says string
}{
	{RefusesConnection, "Connections", "There is no session in which it could be said: TLS ends with an alert, or the connection is closed. A client of package session makes the fault itself."},
	{RefusesLogin, "Logins", "The answer to the Login is a Farewell with the fault."},
	{EndsSession, "Sessions", "A Farewell with the fault ends the session; what was not answered is submitted again in the next one."},
	{RefusesFrame, "Frames", "A FrameRefused carries the fault. No number was consumed, nothing of the frame was accepted, and the session goes on. What is not even a frame of the protocol ends the session, with P06."},
	{RefusesMessage, "Messages", "The journal has an entry Refused (or, by a receiver, Acknowledged with a refusal): the number is consumed, and there is a receipt."},
}

func faultsMarkdown() string {
	var b strings.Builder
	b.WriteString(`# Faults of the network
Every refusal has a code, says what is wrong, whose it is to mend and what to do. This page is written from the table in faults.go by its test;
the codes of the message standards (FIN's T, C, D, E …, those of ISO 20022) stand with their rules in packages mt and mx.

A code with a star is kept for what a later version does; nothing gives it yet.

*Whose*: the sender's (the member that sent the message or frame, or logs in), the receiver's, or the network's operator's. *Retry*: the same bytes may succeed later.
`)
	for _, e := range effects {
		fmt.Fprintf(&b, "\n## %s\n%s\n\n| code | what is wrong | whose | retry | what to do |\n|---|---|---|---|---|\n", e.title, e.says)
		for _, f := range NetworkFaults() {
			if f.Effect == e.effect {
				star := ""
				if keptFaults[f.Code] {
					star = "*"
				}
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", f.Code+star, f.Text, f.Whose, map[bool]string{true: "yes", false: "no"}[f.Retry], f.Remedy)
			}
		}
	}
	return b.String()
}

var faultCode = regexp.MustCompile(`^([A-Z][0-9]{2}|SA1[0-9]{2})$`)

// keptFaults are the codes that nothing gives yet: they belong to what a later version does (pauses of terminals, live and test networks).
var keptFaults = map[string]bool{FaultDisabledLT: true, FaultNothingToResume: true, FaultNoAnswer: true}

// TestFaultsAreGiven: every constant of a fault is used by the program outside of the table, but for those that are kept for later.
func TestFaultsAreGiven(t *testing.T) {
	var source strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		source.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range faultConstants(t) {
		given := regexp.MustCompile(`corridor\.` + name + `\b`).MatchString(source.String())
		if given == keptFaults[code] {
			t.Errorf("%s (%s): given by the program is %v, kept for later %v", name, code, given, keptFaults[code])
		}
	}
}

// TestFaultsTable: codes are unique and well formed, every line is complete, and every constant has its line.
func TestFaultsTable(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range NetworkFaults() {
		switch {
		case !faultCode.MatchString(f.Code) || seen[f.Code]:
			t.Errorf("code %q is malformed or there twice", f.Code)
		case f.Text == "" || f.Remedy == "" || len(f.Text)+len(f.Remedy)+2 > MaxFaultText || strings.Contains(f.Text+f.Remedy, "|"):
			t.Errorf("%s: text and remedy must be there, short, and without '|'", f.Code)
		case f.Whose != Sender && f.Whose != Receiver && f.Whose != Hub:
			t.Errorf("%s: whose is %q", f.Code, f.Whose)
		}
		known := false
		for _, e := range effects {
			known = known || e.effect == f.Effect
		}
		if !known {
			t.Errorf("%s: effect %q has no chapter", f.Code, f.Effect)
		}
		seen[f.Code] = true
	}
	for _, code := range faultConstants(t) {
		if !seen[code] {
			t.Errorf("the constant of %s has no line in the table", code)
		}
	}
}

// faultConstants reads the constants Fault… and their values from the source.
func faultConstants(t *testing.T) map[string]string {
	codes := map[string]string{}
	file, err := parser.ParseFile(token.NewFileSet(), "faults.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(v.Names[0].Name, "Fault") {
			return true
		}
		code, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		codes[v.Names[0].Name] = code
		return true
	})
	if len(codes) < 45 {
		t.Errorf("only %d constants were found", len(codes))
	}
	return codes
}

func TestNetworkFault(t *testing.T) {
	f := NetworkFault(FaultGap, "expected", 7, "got", 9)
	if want := "there is a gap in the numbers (expected 7 got 9): send again from the number that the network expects"; f.Text != want || f.Whose != Sender || f.Retry {
		t.Errorf("got %+v", f)
	}
	if f := NetworkFault(FaultShutdown); !f.Retry || f.Whose != Hub || strings.Contains(f.Text, "()") {
		t.Errorf("got %+v", f)
	}
	if f := NetworkFault(FaultMalformed, strings.Repeat("ä", MaxFaultText)); len(f.Text) > MaxFaultText || strings.ContainsRune(f.Text, '\uFFFD') {
		t.Errorf("a long detail makes a text of %d bytes", len(f.Text))
	}
	defer func() {
		if recover() == nil {
			t.Error("a code that is not in the table is a bug and must stop the program")
		}
	}()
	NetworkFault("P99")
}
