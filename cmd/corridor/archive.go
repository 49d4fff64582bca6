package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/archive"
	"corridor.example/corridor/journal"
)

// ArchiveCommand keeps the archive: SQL tables of all messages beside the journal, for search, reports and dry runs.
type ArchiveCommand struct {
	Run     ArchiveRunCommand     `cmd:"" help:"Follow the journal until stopped."`
	Rebuild ArchiveRebuildCommand `cmd:"" help:"Make the archive anew from the whole journal."`
	Status  ArchiveStatusCommand  `cmd:"" help:"How far the archive is, and what is in it."`
	Search  ArchiveSearchCommand  `cmd:"" help:"Look messages up."`
}

// archiveURL is the flag that all of them have.
type archiveURL struct {
	Archive string `required:"" placeholder:"URL" help:"The archive: the path of a SQLite file, or postgres://user@host/database."`
}

func (u archiveURL) open(ctx context.Context, io streams, write bool) (*archive.Archive, error) {
	return archive.Open(ctx, u.Archive, archive.Options{ReadOnly: !write, Log: slog.New(slog.NewTextHandler(io.Err, nil))})
}

// ArchiveRunCommand is the follower, a process of its own beside the hub's.
type ArchiveRunCommand struct {
	journalURL
	archiveURL
	Once bool `help:"Read up to the journal's newest page, and end."`
}

// Help shows examples.
func (ArchiveRunCommand) Help() string {
	return "Examples:\n  corridor archive run --journal hub/journal.db --archive archive.db\n  corridor archive run --journal hub/journal.db --archive archive.db --once\n\n" +
		"Reads the journal only, and may be stopped and started at any time: it goes on where it was. The hub does not wait for it."
}

// Run follows, or catches up.
func (c ArchiveRunCommand) Run(ctx context.Context, io streams) error {
	err := c.fill(ctx, io, func(a *archive.Archive, j *journal.Journal) error {
		if c.Once {
			return a.CatchUp(ctx, j)
		}
		fmt.Fprintf(io.Out, "archive %s follows the journal\n", c.Archive)
		return a.Follow(ctx, j)
	})
	if !c.Once && ctx.Err() != nil {
		return nil // it was asked to stop, whatever it was at
	}
	return err
}

func (c ArchiveRunCommand) fill(ctx context.Context, io streams, do func(*archive.Archive, *journal.Journal) error) error {
	j, err := c.journalURL.open(ctx, false)
	if err != nil {
		return err
	}
	defer j.Close()
	a, err := c.archiveURL.open(ctx, io, true)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := do(a, j); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return nil
	}
	p, err := a.Place(ctx)
	if err == nil {
		fmt.Fprintf(io.Out, "archive %s has %d pages of %s, up to %s\n", c.Archive, p.Pages, p.Network, archiveInstant(p.At))
	}
	return err
}

func archiveInstant(millis int64) string {
	if millis == 0 {
		return "–"
	}
	return time.UnixMilli(millis).UTC().Format(time.RFC3339)
}

// ArchiveRebuildCommand empties the archive and fills it.
type ArchiveRebuildCommand struct {
	journalURL
	archiveURL
}

// Help shows an example.
func (ArchiveRebuildCommand) Help() string {
	return "Example:\n  corridor archive rebuild --journal hub/journal.db --archive archive.db\n\n" +
		"Everything in the archive comes from the journal, so that nothing is lost. Stop corridor archive run before."
}

// Run rebuilds.
func (c ArchiveRebuildCommand) Run(ctx context.Context, io streams) error {
	return ArchiveRunCommand{c.journalURL, c.archiveURL, true}.fill(ctx, io, func(a *archive.Archive, j *journal.Journal) error {
		if err := a.Rebuild(ctx); err != nil {
			return err
		}
		return a.CatchUp(ctx, j)
	})
}

// ArchiveStatusCommand says what the archive has.
type ArchiveStatusCommand struct {
	archiveURL
	Journal string `placeholder:"URL" help:"The journal, to say how far the archive is behind."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Help shows an example.
func (ArchiveStatusCommand) Help() string {
	return "Example:\n  corridor archive status --archive archive.db --journal hub/journal.db"
}

// archiveStatus is what status prints as JSON.
type archiveStatus struct {
	archive.Place
	At     string `json:"at"`
	Behind *int64 `json:"pages_behind,omitempty"`
	archive.Counts
}

// Run prints it.
func (c ArchiveStatusCommand) Run(ctx context.Context, io streams) error {
	a, err := c.open(ctx, io, false)
	if err != nil {
		return err
	}
	defer a.Close()
	var s archiveStatus
	if s.Place, err = a.Place(ctx); err != nil {
		return err
	}
	s.At = archiveInstant(s.Place.At)
	if s.Counts, err = a.Count(ctx); err != nil {
		return err
	}
	if c.Journal != "" {
		j, err := journalURL{c.Journal}.open(ctx, false)
		if err != nil {
			return err
		}
		defer j.Close()
		head, err := j.Head(ctx)
		if err != nil {
			return err
		}
		behind := int64(head.Pages) - int64(s.Pages)
		s.Behind = &behind
	}
	if c.JSON {
		return printJSON(io.Out, s)
	}
	printArchiveStatus(io, &s)
	return nil
}

func printArchiveStatus(io streams, s *archiveStatus) {
	fmt.Fprintf(io.Out, "network   %s\npages     %d, up to %s\n", s.Network, s.Pages, s.At)
	if s.Behind != nil {
		fmt.Fprintf(io.Out, "behind    %d pages\n", *s.Behind)
	}
	if s.Unread > 0 {
		fmt.Fprintf(io.Out, "not read  %d entries or pages, that this version does not know or that were pruned\n", s.Unread)
	}
	fmt.Fprintf(io.Out, "messages  %d", s.Messages)
	if s.FirstDay != "" {
		fmt.Fprintf(io.Out, ", from %s to %s", s.FirstDay, s.LastDay)
	}
	fmt.Fprintln(io.Out)
	for _, o := range archive.Outcomes() {
		if n := s.ByOutcome[o]; n > 0 {
			fmt.Fprintf(io.Out, "  %-10s %d\n", o, n)
		}
	}
	fmt.Fprintf(io.Out, "events    %d\n", s.Events)
}

// decimalFlag reads an amount for kong.
func decimalFlag(name, s string) (corridor.Decimal, error) {
	if s == "" {
		return "", nil
	}
	d, err := corridor.ParseDecimal(s)
	if err != nil {
		return "", wrongUse("--%s: %w", name, err)
	}
	return d, nil
}
