package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	stories "corridor.example/corridor/story"
)

// tell2022 plays the 2022 replay on simulated time and prints what happened at each instant. It ends with status 0 only if every line of
// the story holds, the auditor's verification of the whole period included.
func (c LabCommand) tell2022(ctx context.Context, out streams) error {
	script, err := stories.Script("2022")
	if err != nil {
		return err
	}
	dir := c.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "corridor-2022-"); err != nil {
			return err
		}
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return wrongUse("lab: a story begins in a new folder, %s is not empty: name another with --dir", dir)
	}
	brussels, err := time.LoadLocation("Europe/Brussels")
	if err != nil {
		return err
	}
	fmt.Fprint(out.Out, "The 2022 replay: the real calendar, invented banks, real orders, signatures, journal and proof; only time is simulated.\n\n")
	t := timetable{out: out.Out, zone: brussels}
	began := time.Now()
	err = stories.Run(ctx, script, stories.Options{Dir: dir, Event: t.row})
	var failed *stories.Failure
	switch {
	case errors.As(err, &failed):
		return answerNo(fmt.Errorf("lab: the story does not hold: %w", failed))
	case err != nil:
		return fmt.Errorf("lab: %w", err)
	}
	fmt.Fprintf(out.Out, "\nEvery line of the story holds; %d events in %v. Be the auditor yourself:\n  %s order verify --root %s %s\n",
		t.rows, time.Since(began).Round(time.Millisecond), invocation(), filepath.Join(dir, "network.pem"), filepath.Join(dir, "journal-1.db"))
	return nil
}

// timetable prints events under their instants.
type timetable struct {
	out  io.Writer
	zone *time.Location
	last time.Time
	rows int
}

func (t *timetable) row(e stories.Event) {
	t.rows++
	if e.Chapter {
		fmt.Fprintf(t.out, "\n%s\n", e.What)
		t.last = time.Time{}
		return
	}
	stamp := ""
	if !e.At.Equal(t.last) {
		stamp = e.At.In(t.zone).Format("Mon 02 Jan 2006 15:04:05 MST")
		t.last = e.At
	}
	for i, line := range wrapped(e.What, 96) {
		if i > 0 {
			stamp = ""
		}
		fmt.Fprintf(t.out, "  %-29s %s\n", stamp, line)
	}
}
