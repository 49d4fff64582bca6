package story_test

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"corridor.example/corridor/story"
)

var update = flag.Bool("update", false, "write the language into docs/scenarios.md")

// The page on scenarios shows the language as it is.
func TestPageShowsTheLanguage(t *testing.T) {
	const page, begin, end = "../docs/scenarios.md", "```text\nCommands\n", "```\n"
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), begin)
	shown, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no block that begins with %q", page, begin)
	}
	want := strings.TrimPrefix(story.Language(), "Commands\n")
	if *update {
		if err := os.WriteFile(page, []byte(head+begin+want+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if shown != want {
		t.Errorf("%s shows another language: run go test ./story -run PageShows -update and read the difference", page)
	}
}

// A script that does not hold says which line, and what happened instead.
func TestFailureNamesTheLine(t *testing.T) {
	const begin = "network checks=header\ncast ZQDEDEFF ZQFRFRPP ZQVARUMM\n"
	for name, c := range map[string]struct {
		script string
		line   int
		want   string
	}{
		"an expectation that is false":   {begin + "send ZQDEDEFF ZQFRFRPP fin.199 as m\nexpect m refused\n", 4, "m is delivered"},
		"an order that nobody published": {begin + "T now+1h\norder O-1 disconnect\n  bics ZQVARUMM\nexpect order O-1 in-force\n", 6, "order O-1 is draft"},
		"an act that is refused":         {begin + "T now+1h\norder O-1 disconnect\n  bics ZQVARUMM\nsign O-1 by lena\n", 6, "G03"},
		"a try that is taken":            {begin + "T now+1h\norder O-1 disconnect\n  bics ZQVARUMM\ntry confirm O-1 by lena\n", 6, "the hub took it"},
		"a clause that does not exist":   {begin + "T now+1h\norder O-1 disconnect\n  biks ZQVARUMM\n", 4, `no clause "biks"`},
		"a command that does not exist":  {begin + "disconnect ZQVARUMM\n", 3, `no command "disconnect"`},
		"a message twice":                {begin + "send ZQDEDEFF ZQFRFRPP fin.199 as m\nsend ZQDEDEFF ZQFRFRPP fin.199 as m\n", 4, "already"},
		"time that goes back":            {begin + "at now-1s\n", 3, "already"},
		"a fence that is not there":      {begin + "T now+1h\norder O-1 disconnect\n  bics ZQVARUMM\nexpect fence O-1 in-force\n", 6, "there are 0 such fences"},
	} {
		t.Run(name, func(t *testing.T) {
			err := story.Run(t.Context(), c.script, story.Options{Dir: t.TempDir()})
			var f *story.Failure
			if !errors.As(err, &f) || f.Line != c.line || !strings.Contains(f.Error(), c.want) {
				t.Errorf("%v, want line %d and %q", err, c.line, c.want)
			}
		})
	}
}

// What is no script is refused as a whole, with its line.
func TestScriptsThatCannotBeRead(t *testing.T) {
	for script, want := range map[string]string{
		"  bics ZQVARUMM\n":                "line 1 is indented",
		"say \"no end\n":                   "line 1: a quotation mark is not closed",
		strings.Repeat("# much\n", 200000): "the limit is",
	} {
		err := story.Run(t.Context(), script, story.Options{Dir: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", script, err, want)
		}
	}
}
