package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing"
)

// OrderInitCommand writes a draft to fill in.
type OrderInitCommand struct {
	Kind string `enum:"disconnect,restrict,amend,lift,readmit,pause" default:"disconnect" help:"What the order does: ${enum}."`
	ID   string `name:"id" default:"ORD-1" help:"The order's id: A-Z, 0-9, '-' and '.'."`
	File string `arg:"" help:"The file to write."`
}

// Help shows examples.
func (OrderInitCommand) Help() string {
	return "Examples:\n  corridor order init --id ORD-2026-003 ord-3.json\n  corridor order init --kind restrict --id ORD-2026-004 ord-4.json\n\n" +
		"Fill the draft in by hand: docs/orders.md says what each field means. Then: order resolve, order dry-run, order draft."
}

// Run writes the draft.
func (c OrderInitCommand) Run(io streams) error {
	text, err := pretty(blankOrder(standing.Kind(c.Kind), c.ID))
	if err != nil {
		return err
	}
	if err := pki.WriteNew(c.File, text, 0o600); errors.Is(err, os.ErrExist) {
		return fmt.Errorf("write a draft: %w: name another file", err)
	} else if err != nil {
		return fmt.Errorf("write a draft: %w", err)
	}
	fmt.Fprintf(io.Out, "wrote %s\nnext: fill it in (docs/orders.md), then: corridor order resolve %s\n", c.File, c.File)
	return nil
}

// blankOrder is a draft with an example in each field that its kind needs.
func blankOrder(kind standing.Kind, id string) *standing.Order {
	o := &standing.Order{
		ID: id, Kind: kind, Ground: "law",
		Instruments: []standing.Instrument{{Issuer: "who made the law", Number: "its official number", Published: "2026-01-01", SHA256: "the digest that corridor order instrument prints", Article: "the article relied on"}},
		Effective:   standing.Effective{AsWritten: "as of 12 March 2026", Zone: "Europe/Brussels", Derived: standing.StartOfDay},
		Subject:     standing.Subject{Names: []standing.Name{{Name: "as the instrument lists it", Entity: "its id in the directory; leave it out for a name without a member", Evidence: "how you know"}}},
		Contact:     "who answers questions", Appeal: "where to appeal",
	}
	switch kind {
	case standing.Disconnect, standing.Restrict, standing.Amend:
		o.Subject.Closure = &standing.Closure{Percent: "50", Op: ">", Indirect: true, AsOf: "2026-01-01"}
		o.Review = &standing.Review{Date: "2026-06-01", Owner: "legal"}
	case standing.Readmit:
		o.Ramp = []standing.Step{{Stage: standing.StageReceive}, {Stage: standing.StageFull}}
	case standing.Pause:
		o.Expires = "2026-03-13T00:00:00Z"
		fallthrough
	case standing.Lift:
		o.Subject = standing.Subject{}
	}
	if kind == standing.Restrict {
		o.Scope = standing.Scope{Direction: "from", Types: []string{"fin.103"}, Currencies: []string{"EUR"}}
	}
	if kind == standing.Amend || kind == standing.Lift || kind == standing.Pause {
		o.Refers = "the id of the order that it is about"
	}
	return o
}

// OrderInstrumentCommand files a legal text.
type OrderInstrumentCommand struct {
	Text      string `arg:"" help:"The text as it was published, for example a PDF."`
	Issuer    string `required:"" help:"Who made it."`
	Number    string `required:"" help:"Its official number."`
	Published string `required:"" placeholder:"YYYY-MM-DD" help:"When it was published."`
	Title     string `help:"Its title."`
	Page      string `help:"Where it is published."`
	Article   string `help:"The article relied on."`
	officerFlags
}

// Help shows an example.
func (OrderInstrumentCommand) Help() string {
	return "Example:\n  corridor order instrument 2022-345.pdf --issuer 'EU Council' --number 2022/345 --published 2022-03-02 --article 5h --key anna\n\n" +
		"The hub keeps the text by its SHA-256 digest; orders name that digest."
}

// Run gives the text to the hub, then says under an officer's signature what it is.
func (c OrderInstrumentCommand) Run(ctx context.Context, io streams) error {
	text, err := readFileUpTo(c.Text, hub.MaxInstrument)
	if err != nil {
		return fmt.Errorf("file an instrument: %w", err)
	}
	digest := corridor.DigestOf(text)
	i := standing.Instrument{Issuer: c.Issuer, Title: c.Title, Number: c.Number, Published: c.Published, Page: c.Page, SHA256: digest.String(), Article: c.Article}
	if _, err := time.Parse(time.DateOnly, c.Published); err != nil {
		return wrongUse("file an instrument: --published %q: give a day as YYYY-MM-DD", c.Published)
	}
	body, err := canonical.Marshal(&i)
	if err != nil {
		return err
	}
	if c.Out == "" {
		if err := c.upload(ctx, text); err != nil {
			return fmt.Errorf("file an instrument: %w", err)
		}
	}
	if err := c.act(ctx, io, entry.Act{Kind: standing.InstrumentFile, Subject: c.Number, Document: digest, Body: body}); err != nil {
		return err
	}
	if !c.JSON {
		fmt.Fprintf(io.Out, "%s %s has the SHA-256\n%s\n", c.Issuer, c.Number, digest)
	}
	return nil
}

// upload gives the hub a text to keep under its digest.
func (f *adminFlags) upload(ctx context.Context, text []byte) error {
	status, answer, err := post(ctx, f.url("/instrument"), "application/octet-stream", text)
	if err == nil && status != 200 {
		err = fmt.Errorf("the hub at %s does not keep the text: %s", f.Admin, answer)
	}
	return err
}

// OrderDraftCommand sends a draft.
type OrderDraftCommand struct {
	File   string `arg:"" help:"The draft."`
	Check  bool   `help:"Check it and say what it says; send nothing."`
	Save   string `placeholder:"FILE" help:"Where to write the canonical form; default: ID.order beside the draft."`
	DryRun string `name:"report" placeholder:"FILE" help:"The dry run's report, whose SHA-256 the draft has; default: the file of the draft's name with .dryrun.json, where there is one. The hub keeps it."`
	officerFlags
}

// Help shows examples.
func (OrderDraftCommand) Help() string {
	return "Examples:\n  corridor order draft ord-3.json --check\n  corridor order draft ord-3.json --key anna\n\n" +
		"Checks the draft, works out its instant, writes its canonical form and sends that. What officers sign is the SHA-256 of the canonical form, so a\ndraft that is sent again, changed, needs all confirmations and signatures anew."
}

// Run checks, derives, writes and sends.
func (c OrderDraftCommand) Run(ctx context.Context, io streams) error {
	o, err := readDraft(c.File)
	if err != nil {
		return err
	}
	if err := derive(o); err != nil {
		return answerNo(fmt.Errorf("%s: order %s: %w", c.File, o.ID, err))
	}
	if err := o.Check(); err != nil {
		return answerNo(fmt.Errorf("%s: %w", c.File, err))
	}
	d, err := documentOf(o)
	if err != nil {
		return err
	}
	if len(d.form) > entry.MaxActBody {
		return answerNo(fmt.Errorf("%s: order %s has %d bytes, the limit is %d: make two orders of it", c.File, o.ID, len(d.form), entry.MaxActBody))
	}
	if c.Check {
		return c.show(io, &d)
	}
	path := c.Save
	if path == "" {
		path = filepath.Join(filepath.Dir(c.File), o.ID+".order")
	}
	if err := os.WriteFile(path, d.form, 0o600); err != nil {
		return fmt.Errorf("write the canonical form: %w", err)
	}
	if !c.JSON {
		summarise(io.Out, &d)
		fmt.Fprintf(io.Out, "canonical form in %s\n\n", path)
	}
	if err := c.sendReport(ctx, o); err != nil {
		return fmt.Errorf("order draft: %w", err)
	}
	a := d.about(standing.OrderDraft)
	a.Body = d.form
	return c.act(ctx, io, a)
}

// sendReport gives the hub the report of the dry run that the draft names: signers and auditors find it there.
func (c OrderDraftCommand) sendReport(ctx context.Context, o *standing.Order) error {
	path := c.DryRun
	if path == "" {
		path = reportBeside(c.File)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil
		}
	}
	if o.DryRun == "" || c.Out != "" {
		return nil
	}
	text, err := readFileUpTo(path, hub.MaxInstrument)
	if err != nil {
		return err
	}
	if got := corridor.DigestOf(text).String(); got != o.DryRun {
		return answerNo(fmt.Errorf("%s has the SHA-256 %s, order %s names %s: run corridor order dry-run again, or name the right report with --report", path, got, o.ID, o.DryRun))
	}
	return c.upload(ctx, text)
}

// reportBeside is where the report of a draft's dry run stands.
func reportBeside(draft string) string { return strings.TrimSuffix(draft, ".json") + ".dryrun.json" }

func (c OrderDraftCommand) show(io streams, d *document) error {
	if c.JSON {
		return json.NewEncoder(io.Out).Encode(map[string]any{"order": d.order, "document": d.digest.String()})
	}
	summarise(io.Out, d)
	return nil
}

// derive works the instant out of the instrument's words (R3), or holds the given one against them.
func derive(o *standing.Order) error {
	e := &o.Effective
	if e.AsWritten == "" {
		if e.UTC == "" {
			return errors.New("effective: give as_written and zone, as the instrument has it, or utc")
		}
		return nil
	}
	zone, err := zoneOf(e.Zone)
	if err != nil {
		return fmt.Errorf("effective.zone: %w", err)
	}
	d, err := standing.Derive(e.AsWritten, zone, e.Derived, published(o))
	if errors.Is(err, standing.ErrNotDerived) && e.UTC != "" && e.Derived == "" {
		return nil // a person has said it
	}
	if err != nil {
		return fmt.Errorf("effective: %w", err)
	}
	utc := d.UTC.UTC().Format(time.RFC3339)
	if e.UTC != "" && e.UTC != utc {
		return fmt.Errorf("effective: %q in %s is %s (%s), and utc says %s: mend one of them", e.AsWritten, e.Zone, utc, d.Rule, e.UTC)
	}
	e.UTC, e.Derived = utc, d.Rule
	return nil
}

// published is the newest publication of an order's instruments.
func published(o *standing.Order) time.Time {
	var newest time.Time
	for _, i := range o.Instruments {
		if t, err := time.Parse(time.DateOnly, i.Published); err == nil && t.After(newest) {
			newest = t
		}
	}
	return newest
}
