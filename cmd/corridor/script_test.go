package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the scripts in testdata/script with the real binary. Besides the usual commands they have:
//
//	exits STATUS COMMAND…          the command ends with that exit status
//	eventually REGEXP COMMAND…     the command succeeds and prints that, within scriptPatience
//	eventually-in FILE REGEXP      the file has it, within scriptPatience
//	json                           what the last command printed is JSON, one value or one a line
//	addresses NAME…                sets each to a free address
//	set FILE OLD NEW…              replaces texts in a file, each of which must be there
//	crlf FILE…                     gives messages the line ends of FIN, which a script cannot hold
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			repository, err := filepath.Abs(filepath.Join("..", ".."))
			e.Setenv("REPOSITORY", repository)
			e.Setenv("TODAY", time.Now().UTC().Format(time.DateOnly))
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scriptExits, "eventually": scriptEventually, "eventually-in": scriptEventuallyIn, "json": scriptJSON,
			"addresses": scriptAddresses, "set": scriptSet, "crlf": scriptCRLF,
		},
	})
}

// scriptPatience is how long a script waits for what must come.
const scriptPatience = 3 * time.Minute

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want || neg {
		ts.Fatalf("%s ended with %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

func scriptEventually(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(args[0])
	for end := time.Now().Add(scriptPatience); ; time.Sleep(50 * time.Millisecond) {
		if err := ts.Exec(args[1], args[2:]...); err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s did not print %s within %v", strings.Join(args[1:], " "), args[0], scriptPatience)
		}
	}
}

func scriptEventuallyIn(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(args[1])
	for end := time.Now().Add(scriptPatience); ; time.Sleep(50 * time.Millisecond) {
		text, _ := os.ReadFile(ts.MkAbs(args[0]))
		if want.Match(text) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s has no %s within %v:\n%s", args[0], args[1], scriptPatience, text)
		}
	}
}

func scriptJSON(ts *testscript.TestScript, _ bool, _ []string) {
	d, count := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout"))), 0
	for ; d.More(); count++ {
		var v any
		ts.Check(d.Decode(&v))
	}
	if count == 0 {
		ts.Fatalf("nothing was printed")
	}
}

func scriptAddresses(ts *testscript.TestScript, _ bool, names []string) {
	for _, name := range names {
		address, err := labAddress("127.0.0.1:0")
		ts.Check(err)
		ts.Setenv(name, address)
	}
}

func scriptSet(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	for i := 1; i+1 < len(args); i += 2 {
		if !bytes.Contains(text, []byte(args[i])) {
			ts.Fatalf("%s has no %s", args[0], args[i])
		}
		text = bytes.ReplaceAll(text, []byte(args[i]), []byte(args[i+1]))
	}
	ts.Check(os.WriteFile(path, text, 0o600))
}

func scriptCRLF(ts *testscript.TestScript, _ bool, files []string) {
	for _, name := range files {
		text := strings.TrimSpace(ts.ReadFile(name))
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(strings.ReplaceAll(text, "\n", "\r\n")), 0o600))
	}
}

// TestEveryCommandShowsAnExample asks each command for its help.
func TestEveryCommandShowsAnExample(t *testing.T) {
	parser, err := kong.New(&commands{}, kong.Name("corridor"))
	noError(t, err)
	for _, leaf := range parser.Model.Leaves(true) {
		args := append(strings.Fields(strings.TrimPrefix(leaf.Path(), "corridor")), "--help")
		args = onlyCommands(args)
		var out bytes.Buffer
		if status := run(args, streams{nil, &out, &out}); status != 0 || !strings.Contains(out.String(), "Example") {
			t.Errorf("corridor %s: status %d, no example\n%s", strings.Join(args, " "), status, &out)
		}
	}
}

// onlyCommands leaves out the arguments that a path names.
func onlyCommands(path []string) (words []string) {
	for _, w := range path {
		if !strings.ContainsAny(w, "<[") {
			words = append(words, w)
		}
	}
	return words
}

// TestGuidesAreTried asks that each command of a guide is run by its script, in the same order and with the same words.
func TestGuidesAreTried(t *testing.T) {
	for guide, script := range map[string]string{"operator-guide.md": "operator.txtar", "member-guide.md": "member.txtar", "rma.md": "rma.txtar"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", guide))
		noError(t, err)
		tried, err := os.ReadFile(filepath.Join("testdata", "script", script))
		noError(t, err)
		rest, commands := string(tried), 0
		for line := range strings.Lines(string(text)) {
			command, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
			command = strings.TrimSpace(command)
			if !ok || !strings.HasPrefix(command, "corridor ") {
				continue
			}
			commands++
			at := strings.Index(rest, strings.ReplaceAll(command, `"`, "'"))
			if at < 0 {
				t.Errorf("docs/%s says %q: %s does not run it there", guide, command, script)
				continue
			}
			rest = rest[at+len(command):]
		}
		if commands == 0 {
			t.Errorf("docs/%s has no commands", guide)
		}
	}
}
