package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/standing"
)

// OrderResolveCommand finds out whom a draft covers.
type OrderResolveCommand struct {
	File      string            `arg:"" help:"The draft."`
	Directory string            `placeholder:"FILE" help:"A dated file of the directory; default: the directory as the hub has it."`
	In        map[string]string `mapsep:"none" placeholder:"BIC=REASON" help:"Tick a look-alike in, with the reason."`
	Outside   map[string]string `name:"out" mapsep:"none" placeholder:"BIC=REASON" help:"Tick a look-alike out, with the reason."`
	adminFlags
}

// Help shows examples.
func (OrderResolveCommand) Help() string {
	return "Examples:\n  corridor order resolve ord-3.json\n  corridor order resolve ord-3.json --out 'ZQRDBY2X=the development bank, another entity' --in 'ZQVARUM1=its old BIC'\n\n" +
		"Carries out the names, entities, countries and the ownership test by the directory and writes the result into the draft. Members whose names or BICs\n" +
		"resemble a subject's are shown, and each must be ticked in or out before the draft is written."
}

// Run resolves, ticks, and writes the draft when nothing is open.
func (c OrderResolveCommand) Run(ctx context.Context, io streams) error {
	o, err := readDraft(c.File)
	if err != nil {
		return err
	}
	d, err := c.directory(ctx)
	if err != nil {
		return fmt.Errorf("resolve %s: %w", c.File, err)
	}
	r, err := c.resolve(o, d)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(io.Out).Encode(shownResolution{r.Subject, r.Open, r.Left, r.Unknown}); err != nil {
			return err
		}
	} else {
		printResolution(io, o, d, &r)
	}
	switch {
	case len(r.Unknown) > 0:
		return answerNo(fmt.Errorf("order %s: %s", o.ID, strings.Join(r.Unknown, "; ")))
	case len(r.Open) > 0:
		return answerNo(fmt.Errorf("order %s: %d look-alikes are not ticked: decide on each with --in BIC=REASON or --out BIC=REASON", o.ID, len(r.Open)))
	}
	o.Subject = r.Subject
	text, err := pretty(o)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.File, text, 0o600); err != nil {
		return fmt.Errorf("write the resolved draft: %w", err)
	}
	if !c.JSON {
		fmt.Fprintf(io.Out, "\nwrote it into %s\nnext: corridor order dry-run %s\n", c.File, c.File)
	}
	return nil
}

// resolve resolves, takes the ticks, and resolves with them.
func (c OrderResolveCommand) resolve(o *standing.Order, d *directory.Directory) (standing.Resolution, error) {
	r, err := standing.Resolve(o, d)
	if err != nil {
		return r, answerNo(fmt.Errorf("resolve: %w", err))
	}
	if len(c.In)+len(c.Outside) == 0 {
		return r, nil
	}
	for i, ticks := range []map[string]string{c.In, c.Outside} {
		for _, bic := range sortedKeys(ticks) {
			if err := r.Tick(corridor.BIC(bic), i == 0, ticks[bic]); err != nil {
				return r, answerNo(fmt.Errorf("order %s: %w", o.ID, err))
			}
		}
	}
	ticked := *o
	ticked.Subject.LookAlikes = r.Subject.LookAlikes
	return standing.Resolve(&ticked, d)
}

func sortedKeys[V any](m map[string]V) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// shownResolution is a resolution as JSON.
type shownResolution struct {
	Subject standing.Subject     `json:"subject"`
	Open    []standing.LookAlike `json:"open,omitempty"`
	Left    []standing.LeftOut   `json:"left_out,omitempty"`
	Unknown []string             `json:"unknown,omitempty"`
}

func printResolution(io streams, o *standing.Order, d *directory.Directory, r *standing.Resolution) {
	fmt.Fprintf(io.Out, "order %s, by version %d of the directory\n", o.ID, r.Subject.DirectoryVersion)
	w := tabwriter.NewWriter(io.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "\nCOVERED: %d\n", len(r.Subject.Resolved))
	for _, x := range r.Subject.Resolved {
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", x.BIC, d.Name(x.BIC), d.EstablishedIn(x.BIC), why(x))
	}
	if len(r.Subject.Excluded)+len(r.Left) > 0 {
		fmt.Fprintln(w, "\nNOT COVERED")
	}
	for _, x := range r.Subject.Excluded {
		fmt.Fprintf(w, "  %s\t%s\t%s\texpressly out: %s\n", x.BIC, d.Name(x.BIC), d.EstablishedIn(x.BIC), x.Reason)
	}
	for _, x := range r.Left {
		printLeft(w, d, x)
	}
	for i, n := range r.Subject.NoMember {
		if i == 0 {
			fmt.Fprintln(w, "\nNAMES WITHOUT A MEMBER")
		}
		fmt.Fprintf(w, "  %s\n", n)
	}
	printAlikes(w, "\nLOOK-ALIKES, TICKED", r.Subject.LookAlikes)
	printAlikes(w, "\nLOOK-ALIKES TO BE TICKED", r.Open)
	w.Flush()
}

func why(x standing.Resolved) string {
	switch {
	case len(x.Path) > 0:
		return strings.Join(x.Path, ", ")
	case x.Explicit:
		return "named itself"
	}
	return "listed"
}

func printLeft(w *tabwriter.Writer, d *directory.Directory, x standing.LeftOut) {
	if x.Why == "expressly out" {
		return
	}
	reason := x.Why
	if len(x.Path) > 0 {
		reason += ": " + strings.Join(x.Path, ", ")
	}
	for _, b := range x.BICs {
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", b, d.Name(b), d.EstablishedIn(b), reason)
	}
	if e := d.Entity(directory.EntityID(x.Entity)); len(x.BICs) == 0 && e != nil {
		fmt.Fprintf(w, "  –\t%s\t%s\t%s\n", e.Name, e.Country, reason)
	}
}

func printAlikes(w *tabwriter.Writer, head string, all []standing.LookAlike) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w, head)
	for _, l := range all {
		tick := ""
		if l.Reason != "" {
			tick = map[bool]string{true: "in: ", false: "out: "}[l.In] + l.Reason
		}
		fmt.Fprintf(w, "  %s\t%s\tlike %s\t%d %%\t%s\n", l.BIC, l.Name, l.Like, l.Similarity, tick)
	}
}
