package main

import (
	"context"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// DirectoryClosureCommand works out whom entities own.
type DirectoryClosureCommand struct {
	Who           []string `arg:"" help:"Named owners: entity ids, LEIs or BICs."`
	Percent       string   `default:"50" help:"The share to compare with."`
	Op            string   `enum:">,>=" default:">" help:"How: > or >=."`
	Direct        bool     `help:"Only shares that the named owners have themselves; else also through whom they own."`
	Aggregate     bool     `help:"Shares of several named owners count together."`
	Control       bool     `help:"Control without ownership is enough."`
	Multiplied    bool     `help:"Multiply the shares along a chain; else an entity that passes the test counts as wholly its owner's in the next step."`
	EstablishedIn []string `placeholder:"CC" help:"Only entities established in these countries are brought in."`
	AsOf          string   `placeholder:"DATE" help:"The day whose shares count; default today."`
	directorySource
}

// Help shows examples.
func (DirectoryClosureCommand) Help() string {
	return "Examples:\n  corridor directory closure LE-VOSTROVA --established-in RU --as-of 2022-03-01\n  corridor directory closure ZQVARUMM ZQGARUMM --op '>=' --aggregate --json\n\n" +
		"The four regimes of the field: EU messaging ban: > 50, --established-in; EU freeze: > 50 --aggregate --control; US: --op '>=' --aggregate;\nUK: > 50 --aggregate --control. Each answer says in or out, why, and the path of ownership."
}

// shownOwned is one answer with its paths.
type shownOwned struct {
	directory.Owned
	Name  string           `json:"name"`
	Paths []directory.Path `json:"paths,omitempty"`
}

// Run prints the closure.
func (c DirectoryClosureCommand) Run(ctx context.Context, io streams) error {
	d, err := c.directory(ctx)
	if err != nil {
		return fmt.Errorf("closure: %w", err)
	}
	var roots []directory.EntityID
	for _, w := range c.Who {
		e, err := named(d, w)
		if err != nil {
			return err
		}
		roots = append(roots, e.ID)
	}
	all, err := d.Closure(roots, c.test())
	if err != nil {
		return wrongUse("closure: %w", err)
	}
	shown := make([]shownOwned, len(all))
	for i, o := range all {
		shown[i] = shownOwned{o, d.Entity(o.Entity).Name, o.Paths()}
	}
	if c.JSON {
		return printJSON(io.Out, shown)
	}
	return printClosure(io, d, shown)
}

func (c *DirectoryClosureCommand) test() directory.Test {
	t := directory.Test{
		Percent: corridor.Decimal(c.Percent), Op: directory.Op(c.Op), Indirect: !c.Direct, Aggregate: c.Aggregate, Control: c.Control,
		EstablishedIn: c.EstablishedIn, AsOf: directory.Date(c.AsOf), Chain: directory.Wholly,
	}
	if c.Multiplied {
		t.Chain = directory.Multiplied
	}
	if t.AsOf == "" {
		t.AsOf = today()
	}
	return t
}

func printClosure(io streams, d *directory.Directory, all []shownOwned) error {
	w := table(io)
	fmt.Fprintln(w, "\tENTITY\tNAME\tIN\tBIC\tSHARE\tWHY, AND BY WHAT PATH")
	in := 0
	for _, o := range all {
		mark := "out"
		if o.In {
			mark = "in"
			in += len(o.BICs)
		}
		percent := ""
		if o.Effective != "" {
			percent = string(o.Effective) + " %"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", mark, o.Entity, o.Name, d.Entity(o.Entity).Country, joinText(o.BICs), percent, o.Why)
		for _, p := range o.Paths {
			fmt.Fprintf(w, "\t\t\t\t\t\t  %s\n", p)
		}
		if n := len(o.Holdings) - len(o.Paths); n > 0 {
			fmt.Fprintf(w, "\t\t\t\t\t\t  and %d smaller holdings\n", n)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(io.Out, "%d BICs are in, by version %d of the directory\n", in, d.Version())
	return err
}

// DirectoryLookalikesCommand lists members that may be taken for another.
type DirectoryLookalikesCommand struct {
	Who     []string `arg:"" help:"A BIC, an entity's id, a LEI; anything else is a name as a list has it."`
	AtLeast int      `default:"60" help:"From which similarity on, 0 to 100, a name counts as similar."`
	directorySource
}

// Help shows examples.
func (DirectoryLookalikesCommand) Help() string {
	return "Examples:\n  corridor directory lookalikes ZQRDBY2X\n  corridor directory lookalikes 'Bank for Development and Reconstruction' --json\n\n" +
		"Names are compared without case, accents, legal forms and word order; members with the same first four letters of the BIC, and with the\nsame words in another country, are listed too."
}

// Run prints them, the most similar first.
func (c DirectoryLookalikesCommand) Run(ctx context.Context, io streams) error {
	if c.AtLeast < 0 || c.AtLeast > 100 {
		return wrongUse("--at-least %d: give a similarity from 0 to 100", c.AtLeast)
	}
	d, err := c.directory(ctx)
	if err != nil {
		return fmt.Errorf("lookalikes: %w", err)
	}
	var s directory.Subject
	for _, w := range c.Who {
		if e, err := named(d, w); err == nil {
			s.Entities = append(s.Entities, e.ID)
		} else {
			s.Names = append(s.Names, w)
		}
	}
	all, err := d.LookAlikes(s, c.AtLeast)
	if err != nil {
		return fmt.Errorf("lookalikes: %w", err)
	}
	if c.JSON {
		return printJSON(io.Out, append([]directory.LookAlike{}, all...))
	}
	w := table(io)
	fmt.Fprintln(w, "ALIKE\tENTITY\tNAME\tIN\tBIC\tWHY")
	for _, l := range all {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", l.Score, l.Entity, l.Name, l.Country, joinText(l.BICs), joinText(l.Why))
	}
	return w.Flush()
}
