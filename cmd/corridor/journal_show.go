package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/journal"
)

// JournalShowCommand shows what stands in a journal.
type JournalShowCommand struct {
	journalURL
	JSON bool   `name:"json" help:"Print JSON."`
	At   string `arg:"" optional:"" placeholder:"PAGE[/ENTRY]" help:"A page, or one entry of a page as in 17/3; without it the newest pages."`
}

// Help shows examples.
func (JournalShowCommand) Help() string {
	return "Examples:\n  corridor journal show --journal hub/journal.db\n  corridor journal show --journal hub/journal.db 17\n  corridor journal show --journal hub/journal.db 17/3 --json"
}

// newestShown is how many pages are listed when none is named.
const newestShown = 20

// Run shows the newest pages, a page, or an entry.
func (c JournalShowCommand) Run(ctx context.Context, io streams) error {
	page, index, err := parsePlace(c.At)
	if err != nil {
		return err
	}
	j, err := c.open(ctx, false)
	if err != nil {
		return fmt.Errorf("journal show: %w", err)
	}
	defer j.Close()
	switch {
	case c.At == "":
		err = c.newest(ctx, io, j)
	case index < 0:
		err = c.page(ctx, io, j, page)
	default:
		err = c.entry(ctx, io, j, corridor.Position{Page: page, Index: uint32(index)})
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, journal.ErrNoPage) || errors.Is(err, journal.ErrDamaged):
		return answerNo(fmt.Errorf("journal show: %w", err))
	}
	return fmt.Errorf("journal show: %w", err)
}

// parsePlace reads PAGE or PAGE/ENTRY; index is -1 for a page.
func parsePlace(s string) (page uint64, index int64, err error) {
	if s == "" {
		return 0, -1, nil
	}
	first, second, both := strings.Cut(s, "/")
	page, err = strconv.ParseUint(first, 10, 63)
	index = -1
	if err == nil && both {
		index, err = strconv.ParseInt(second, 10, 32)
	}
	if err != nil || both && index < 0 {
		return 0, 0, wrongUse("journal show: %q is neither a page such as 17 nor an entry such as 17/3", s)
	}
	return page, index, nil
}

// pageLine is a page in a list.
type pageLine struct {
	Page     uint64           `json:"page"`
	Time     string           `json:"time"`
	Term     uint64           `json:"term"`
	Entries  uint32           `json:"entries"`
	Bytes    int              `json:"bytes,omitempty"`
	Pruned   bool             `json:"pruned,omitempty"`
	Network  corridor.Network `json:"network"`
	Hash     string           `json:"hash"`
	Previous string           `json:"previous"`
	Root     string           `json:"root"`
	Bodies   string           `json:"bodies"`
	Frames   int              `json:"frames,omitempty"`
	List     []entryLine      `json:"list,omitempty"`
}

// entryLine is an entry, in a page's list or by itself.
type entryLine struct {
	At      string            `json:"at"`
	Kind    string            `json:"kind"`
	Summary string            `json:"summary,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"`
	Message *string           `json:"message,omitempty"`

	order []field
}

func describePage(p *journal.Page) pageLine {
	h := &p.Header
	return pageLine{
		Page: h.Number, Time: h.At().Format(time.RFC3339Nano), Term: h.Term, Entries: h.Entries, Bytes: len(p.Entries) + len(p.Bodies), Pruned: p.Pruned(),
		Network: h.Network, Hash: p.Hash().String(), Previous: h.Previous.String(), Root: h.Root.String(), Bodies: h.Bodies.String(),
	}
}

func (c JournalShowCommand) newest(ctx context.Context, io streams, j *journal.Journal) error {
	head, err := j.Head(ctx)
	if err != nil {
		return err
	}
	lines := []pageLine{}
	if head.Pages > 0 {
		first := head.Pages - min(head.Pages, newestShown)
		for p, err := range j.Scan(ctx, first, head.Number, journal.Whole) {
			if err != nil {
				return err
			}
			lines = append(lines, describePage(p))
		}
	}
	if c.JSON {
		return printJSON(io.Out, map[string]any{"pages": head.Pages, "newest": lines})
	}
	fmt.Fprintf(io.Out, "%d pages\n", head.Pages)
	w := tabwriter.NewWriter(io.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "page\ttime\tterm\tentries\tbytes\thash")
	for _, l := range lines {
		fmt.Fprintf(w, "%d\t%s\t%d\t%d\t%s\t%.16s\n", l.Page, l.Time, l.Term, l.Entries, sizeOrPruned(&l), l.Hash)
	}
	return w.Flush()
}

func sizeOrPruned(l *pageLine) string {
	if l.Pruned {
		return "pruned"
	}
	return strconv.Itoa(l.Bytes)
}

func (c JournalShowCommand) page(ctx context.Context, io streams, j *journal.Journal, number uint64) error {
	p, err := j.Read(ctx, number)
	if err != nil {
		return err
	}
	line := describePage(p)
	if !p.Pruned() {
		if line.Frames, err = p.Frames(); err != nil {
			return err
		}
	}
	if len(p.Entries) > 0 {
		all, err := p.All()
		if err != nil {
			return err
		}
		for i, stored := range all {
			e, err := describeEntry(corridor.Position{Page: number, Index: uint32(i)}, stored)
			if err != nil {
				return err
			}
			e.Fields = nil // one entry by itself has them
			line.List = append(line.List, e)
		}
	}
	if c.JSON {
		return printJSON(io.Out, line)
	}
	return printPage(io.Out, &line)
}

func printPage(out io.Writer, l *pageLine) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "page\t%d of %s, term %d, %s\n", l.Page, l.Network, l.Term, l.Time)
	fmt.Fprintf(w, "hash\t%s\nprevious\t%s\nroot\t%s\nbodies\t%s\n", l.Hash, l.Previous, l.Root, l.Bodies)
	fmt.Fprintf(w, "contents\t%d entries, %d frames, %s bytes\n", l.Entries, l.Frames, sizeOrPruned(l))
	if err := w.Flush(); err != nil {
		return err
	}
	for _, e := range l.List {
		fmt.Fprintf(w, "%s\t%s\t%s\n", e.At, e.Kind, e.Summary)
	}
	return w.Flush()
}

func (c JournalShowCommand) entry(ctx context.Context, io streams, j *journal.Journal, at corridor.Position) error {
	p, err := j.Read(ctx, at.Page)
	if err != nil {
		return err
	}
	stored, err := p.Entry(at.Index)
	if err != nil {
		return answerNo(err)
	}
	line, err := describeEntry(at, stored)
	if err != nil {
		return err
	}
	if payload, err := p.Payload(at.Index); err == nil {
		text := string(payload)
		if !utf8.Valid(payload) {
			text = hex.EncodeToString(payload)
		}
		line.Message = &text
	}
	line.order = append(line.order, field{"time", p.Header.At().Format(time.RFC3339Nano)}, field{"leaf", entry.LeafHash(stored).String()})
	if c.JSON {
		line.Fields = map[string]string{}
		for _, f := range line.order {
			line.Fields[f.name] = f.value
		}
		return printJSON(io.Out, line)
	}
	w := tabwriter.NewWriter(io.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "entry\t%s\nkind\t%s\n", line.At, line.Kind)
	for _, f := range line.order {
		fmt.Fprintf(w, "%s\t%s\n", f.name, f.value)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if line.Message != nil {
		fmt.Fprintf(io.Out, "message\n%s\n", strings.ReplaceAll(*line.Message, "\r\n", "\n"))
	}
	return nil
}
