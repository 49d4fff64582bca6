package main

import (
	"context"
	"fmt"
	"os"

	"corridor.example/corridor"
	"corridor.example/corridor/archive"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/standing"
)

// OrderDryRunCommand asks the archive what a draft would have stopped.
type OrderDryRunCommand struct {
	File      string `arg:"" help:"The draft."`
	Archive   string `required:"" placeholder:"URL" help:"The archive: the path of a SQLite file, or postgres://user@host/database."`
	Directory string `placeholder:"FILE" help:"A dated file of the directory; default: the directory as the hub has it."`
	Days      int    `default:"30" help:"How many days to look at."`
	Until     string `placeholder:"DATE" help:"The last of them; default: the last whole day that the archive has."`
	Published string `placeholder:"TIME" help:"Since when the order is public, for trends; default: its publication in the archive, else its instruments' dates."`
	Loss      int    `default:"5" placeholder:"PERCENT" help:"List members that would lose more than this share of their messages."`
	Report    string `placeholder:"FILE" help:"Where to write the report in its canonical form, whose SHA-256 goes into the order; default: the draft's name with .dryrun.json, but for --keep."`
	HTML      string `name:"html" placeholder:"FILE" help:"Write the report as a page to print."`
	Keep      bool   `help:"Leave the draft as it is; else dry_run and bounds are written into it."`
	adminFlags
}

// Help shows examples.
func (OrderDryRunCommand) Help() string {
	return "Examples:\n  corridor order dry-run ord-3.json --archive archive.db --report ord-3.dryrun.json --html ord-3.html\n" +
		"  corridor order dry-run ord-3.json --archive archive.db --directory directory.json --until 2026-03-31 --json --keep\n\n" +
		"Reads the archive only. The same archive, draft and directory give the same report, byte for byte; its digest goes into the draft, with the number\n" +
		"of institutions and the share of messages as the order's bounds. See docs/dry-run.md."
}

// Run asks, prints, and writes the digest and the bounds into the draft.
func (c OrderDryRunCommand) Run(ctx context.Context, io streams) error {
	o, err := readDraft(c.File)
	if err != nil {
		return err
	}
	r, err := c.ask(ctx, io, o)
	if err != nil {
		return err
	}
	form, err := r.Encode()
	if err != nil {
		return err
	}
	if c.Report == "" && !c.Keep {
		c.Report = reportBeside(c.File)
	}
	if err := c.write(form, r); err != nil {
		return err
	}
	digest := corridor.DigestOf(form)
	if c.JSON {
		if _, err := io.Out.Write(form); err != nil { // to the byte: the digest is of what is printed
			return err
		}
	} else {
		fmt.Fprintf(io.Out, "%s\nreport SHA-256 %s\n", r.Text(), digest)
	}
	if c.Keep {
		return nil
	}
	o.DryRun, o.Bounds = digest.String(), standing.Bounds{BICs: r.Limits.BICs, Share: corridor.Decimal(r.Limits.Share)}
	text, err := pretty(o)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.File, text, 0o600); err != nil {
		return fmt.Errorf("write dry_run and bounds into the draft: %w", err)
	}
	if !c.JSON {
		fmt.Fprintf(io.Out, "wrote dry_run and bounds into %s\nnext: corridor order draft %s\n", c.File, c.File)
	}
	return nil
}

func (c OrderDryRunCommand) ask(ctx context.Context, io streams, o *standing.Order) (*archive.Report, error) {
	asked := *o // the draft keeps its own words: order draft works its instant out again
	if err := derive(&asked); err != nil {
		return nil, answerNo(fmt.Errorf("%s: order %s: %w", c.File, o.ID, err))
	}
	if err := asked.Check(); err != nil {
		return nil, answerNo(fmt.Errorf("%s: %w", c.File, err))
	}
	published, err := timeFlag("published", c.Published)
	if err != nil {
		return nil, err
	}
	if _, err := timeFlag("until", c.Until); err != nil {
		return nil, err
	}
	d, err := c.directory(ctx)
	if err != nil {
		return nil, fmt.Errorf("dry run of %s: %w", c.File, err)
	}
	a, err := archiveURL{c.Archive}.open(ctx, io, false)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	return a.DryRun(ctx, archive.Question{Order: &asked, Directory: d, Until: c.Until, Days: c.Days, Loss: c.Loss, Published: published})
}

func (c OrderDryRunCommand) directory(ctx context.Context) (*directory.Directory, error) {
	return OrderResolveCommand{Directory: c.Directory, adminFlags: c.adminFlags}.directory(ctx)
}

func (c OrderDryRunCommand) write(form []byte, r *archive.Report) error {
	if c.Report != "" {
		if err := os.WriteFile(c.Report, form, 0o600); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if c.HTML == "" {
		return nil
	}
	page, err := r.HTML()
	if err == nil {
		err = os.WriteFile(c.HTML, page, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
