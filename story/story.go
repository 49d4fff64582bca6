// Package story plays scenarios: scripts in plain words that a lawyer can read, carried out by the real heart of the hub, the
// real check of frames, real signatures and a real SQLite journal, on simulated time. What a script expects is compared with
// what stands in the journal and in the members' stores; a failure names the line.
//
// It is not the simulator of faults (package sim), and no network: no socket, no goroutine. Nothing is kept but the journal in
// the folder that the caller names.
//
// The scripts of the acceptance scenarios are part of the program (scripts/*.story); docs/scenarios.md explains the language.
package story

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed scripts
var scripts embed.FS

// Names are the scripts that the program carries, in the order of their scenarios.
func Names() []string {
	found, err := fs.Glob(scripts, "scripts/*.story")
	if err != nil {
		panic("story: " + err.Error())
	}
	names := make([]string, len(found))
	for i, f := range found {
		names[i] = strings.TrimSuffix(path.Base(f), ".story")
	}
	slices.Sort(names)
	return names
}

// Script is the text of a script that the program carries.
func Script(name string) (string, error) {
	b, err := scripts.ReadFile("scripts/" + name + ".story")
	if err != nil {
		return "", fmt.Errorf("there is no story %q: the stories are %s", name, strings.Join(Names(), ", "))
	}
	return string(b), nil
}

// Event is something that a script did or saw, for a table of what happened at each instant.
type Event struct {
	At   time.Time `json:"at"` // simulated
	Line int       `json:"line"`
	What string    `json:"what"`
	// Chapter is a line "say" of the script: what the events below it are about.
	Chapter bool `json:"chapter,omitempty"`
}

// Failure is a line of a script and what happened instead of what it says.
type Failure struct {
	Line    int
	Command string
	Err     error
}

func (f *Failure) Error() string { return fmt.Sprintf("line %d: %s\n  %v", f.Line, f.Command, f.Err) }

func (f *Failure) Unwrap() error { return f.Err }

// errStory is what goes on to the caller as it is.
var errStory = errors.New("the story cannot be told")

// Options of a run.
type Options struct {
	Dir   string      // an empty folder for the journal, and the root certificate (network.pem) to verify it with
	Event func(Event) // hears what happens; may be nil
}

// Run plays a script. The error is a *Failure where a line did not hold.
func Run(ctx context.Context, script string, o Options) (err error) {
	lines, err := parse(script)
	if err != nil {
		return fmt.Errorf("%w: %w", errStory, err)
	}
	s := newStage(ctx, o)
	defer func() { err = errors.Join(err, s.close()) }()
	known := commands()
	for _, l := range lines {
		if err := s.play(known, l); err != nil {
			return &Failure{l.number, l.text, err}
		}
	}
	return nil
}

// play carries out one line. A panic of the heart is a failure of the line that woke it.
func (s *stage) play(known map[string]command, l *line) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if err := s.ctx.Err(); err != nil {
		return err
	}
	c, ok := known[l.words[0]]
	if !ok {
		return fmt.Errorf("there is no command %q", l.words[0])
	}
	s.line = l
	before := s.heart
	if c.stage && before == nil {
		return fmt.Errorf("%s comes after \"network\"", l.words[0])
	}
	if err := c.run(s, l); err != nil {
		return err
	}
	return s.settle()
}

// command is one word of the language.
type command struct {
	usage string
	stage bool // needs a network
	run   func(*stage, *line) error
}

// say records an event.
func (s *stage) say(format string, args ...any) {
	if s.options.Event != nil {
		s.options.Event(Event{At: s.now, Line: s.line.number, What: fmt.Sprintf(format, args...)})
	}
}
