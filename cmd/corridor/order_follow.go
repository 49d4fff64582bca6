package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing"
)

// followDraft is what the commands have in common that write a draft about an order which the hub has.
type followDraft struct {
	Order string `arg:"" help:"The order's id, or the file with its canonical form."`
	ID    string `name:"id" required:"" help:"The new order's id."`
	File  string `arg:"" help:"The draft to write."`
	adminFlags
}

// write writes the draft and says what comes next.
func (c followDraft) write(io streams, o *standing.Order) error {
	text, err := pretty(o)
	if err != nil {
		return err
	}
	if err := pki.WriteNew(c.File, text, 0o600); errors.Is(err, os.ErrExist) {
		return fmt.Errorf("write a draft: %w: name another file", err)
	} else if err != nil {
		return fmt.Errorf("write a draft: %w", err)
	}
	fmt.Fprintf(io.Out, "wrote %s, a draft of kind %s about %s\nnext: give its instrument and instant, then: corridor order draft %s\n", c.File, o.Kind, c.Order, c.File)
	return nil
}

// about is the draft of an order about another one: its own instrument and instant are still to be given.
func (c followDraft) about(d *document, kind standing.Kind) *standing.Order {
	return &standing.Order{
		ID: c.ID, Kind: kind, Refers: d.order.ID, Ground: d.order.Ground, Rule: d.order.Rule,
		Instruments: blankOrder(kind, c.ID).Instruments, Effective: standing.Effective{UTC: time.Now().UTC().Add(24 * time.Hour).Truncate(time.Hour).Format(time.RFC3339)},
		Contact: d.order.Contact, Appeal: d.order.Appeal,
	}
}

// OrderLiftCommand writes the draft of a lift.
type OrderLiftCommand struct {
	followDraft
	BIC []string `name:"bic" help:"Lift it for these institutions only."`
}

// Help shows examples.
func (OrderLiftCommand) Help() string {
	return "Examples:\n  corridor order lift ORD-2026-003 lift.json --id ORD-2026-020\n  corridor order lift ORD-2026-003 lift.json --id ORD-2026-020 --bic ZQVARUMM\n\n" +
		"A lift ends the prohibition. Service comes back only by a readmission: corridor order readmit."
}

// Run writes the draft.
func (c OrderLiftCommand) Run(ctx context.Context, io streams) error {
	d, err := c.fetch(ctx, c.Order)
	if err != nil {
		return fmt.Errorf("write a lift: %w", err)
	}
	o := c.about(&d, standing.Lift)
	if o.Subject, err = part(&d, c.BIC); err != nil {
		return err
	}
	return c.write(io, o)
}

// part is the part of an order's resolution that is named, explicitly; nothing named is nothing, which means all of it.
func part(d *document, bics []string) (standing.Subject, error) {
	var s standing.Subject
	for _, b := range bics {
		i := slices.IndexFunc(d.order.Subject.Resolved, func(x standing.Resolved) bool { return string(x.BIC) == b })
		if i < 0 {
			return s, answerNo(fmt.Errorf("order %s does not cover %s: it covers %d institutions, see corridor order show %s", d.order.ID, b, len(d.order.Subject.Resolved), d.order.ID))
		}
		s.BICs = append(s.BICs, corridor.BIC(b))
		s.Resolved = append(s.Resolved, standing.Resolved{BIC: corridor.BIC(b), Entity: d.order.Subject.Resolved[i].Entity, Explicit: true})
	}
	return s, nil
}

// OrderReadmitCommand writes the draft of a readmission.
type OrderReadmitCommand struct {
	followDraft
	BIC   []string `name:"bic" help:"The institutions; default: all that the order covers."`
	Ramp  []string `default:"receive,full" help:"The stages of the return: receive, low, full."`
	Hours int      `help:"Hours until the next stage begins by itself; without it each stage is a signed step."`
	Most  []string `placeholder:"EUR=10000" help:"Stage low: the largest amount of a message, by currency."`
}

// Help shows an example.
func (OrderReadmitCommand) Help() string {
	return "Example:\n  corridor order readmit ORD-2026-003 back.json --id ORD-2026-021 --bic ZQVARUMM --ramp receive,low,full --most EUR=10000\n\n" +
		"Name the order that cut the institutions off. They come back with new keys, with their authorisations proposed anew, stage by stage."
}

// Run writes the draft.
func (c OrderReadmitCommand) Run(ctx context.Context, io streams) error {
	d, err := c.fetch(ctx, c.Order)
	if err != nil {
		return fmt.Errorf("write a readmission: %w", err)
	}
	bics := c.BIC
	for i := 0; i < len(d.order.Subject.Resolved) && len(c.BIC) == 0; i++ {
		bics = append(bics, string(d.order.Subject.Resolved[i].BIC))
	}
	o := c.about(&d, standing.Readmit)
	o.Refers = ""
	if o.Subject, err = part(&d, bics); err != nil {
		return err
	}
	if o.Ramp, err = c.ramp(); err != nil {
		return wrongUse("write a readmission: %w", err)
	}
	return c.write(io, o)
}

func (c OrderReadmitCommand) ramp() ([]standing.Step, error) {
	most, err := amounts(c.Most)
	if err != nil {
		return nil, err
	}
	var steps []standing.Step
	for _, stage := range c.Ramp {
		s := standing.Step{Stage: stage, AfterHours: c.Hours}
		switch {
		case stage == standing.StageFull:
			s.AfterHours = 0
		case stage == standing.StageLow:
			s.Most = most
		case stage != standing.StageReceive:
			return nil, fmt.Errorf("stage %q: give receive, low or full", stage)
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// amounts reads CURRENCY=AMOUNT.
func amounts(all []string) ([]corridor.Amount, error) {
	var out []corridor.Amount
	for _, s := range all {
		if len(s) < 5 || s[3] != '=' {
			return nil, fmt.Errorf("amount %q: give a currency and an amount, for example EUR=10000", s)
		}
		d, err := corridor.ParseDecimal(s[4:])
		if err != nil {
			return nil, err
		}
		out = append(out, corridor.Amount{Currency: s[:3], Value: d})
	}
	return out, nil
}

// OrderAmendCommand writes the draft of an amendment.
type OrderAmendCommand struct{ followDraft }

// Help shows an example.
func (OrderAmendCommand) Help() string {
	return "Example:\n  corridor order amend ORD-2026-003 amended.json --id ORD-2026-015\n\n" +
		"The draft is the order as it is, to be changed. It takes the old one's place when it takes effect, without a moment between the two."
}

// Run writes the draft.
func (c OrderAmendCommand) Run(ctx context.Context, io streams) error {
	d, err := c.fetch(ctx, c.Order)
	if err != nil {
		return fmt.Errorf("write an amendment: %w", err)
	}
	o := *d.order
	head := c.about(&d, standing.Amend)
	o.ID, o.Kind, o.Refers, o.Effective, o.DryRun = head.ID, head.Kind, head.Refers, head.Effective, ""
	return c.write(io, &o)
}
