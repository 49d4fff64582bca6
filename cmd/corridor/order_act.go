package main

import (
	"context"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/standing"
)

// orderAct is what the acts on one order have in common: the order, and who acts.
type orderAct struct {
	Order string `arg:"" help:"The order: its id, or the file with its canonical form."`
	officerFlags
}

// run reads the order, shows what the officer puts his name to, and acts.
func (c orderAct) run(ctx context.Context, io streams, kind string) error {
	d, err := c.fetch(ctx, c.Order)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	if !c.JSON {
		summarise(io.Out, &d)
		fmt.Fprintln(io.Out)
	}
	return c.act(ctx, io, d.about(kind))
}

// needReason refuses an act that must say why.
func (c orderAct) needReason(kind string) error {
	if c.Reason == "" {
		return wrongUse("%s: say why with --reason", kind)
	}
	return nil
}

// OrderConfirmCommand is the second pair of eyes.
type OrderConfirmCommand struct{ orderAct }

// Help shows an example.
func (OrderConfirmCommand) Help() string {
	return "Example:\n  corridor order confirm ORD-2026-003 --key bruno\n\n" +
		"Shows names, institutions, ownership and look-alikes as the drafter has them. Confirm them, or send the order back with: corridor order object."
}

// Run confirms the resolution.
func (c OrderConfirmCommand) Run(ctx context.Context, io streams) error {
	return c.run(ctx, io, standing.OrderResolve)
}

// OrderObjectCommand sends an order back.
type OrderObjectCommand struct{ orderAct }

// Help shows an example.
func (OrderObjectCommand) Help() string {
	return "Example:\n  corridor order object ORD-2026-003 --key bruno --reason 'it names the other of the two banks'"
}

// Run objects.
func (c OrderObjectCommand) Run(ctx context.Context, io streams) error {
	if err := c.needReason(standing.OrderObject); err != nil {
		return err
	}
	return c.run(ctx, io, standing.OrderObject)
}

// OrderSignCommand signs.
type OrderSignCommand struct{ orderAct }

// Help shows examples.
func (OrderSignCommand) Help() string {
	return "Examples:\n  corridor order sign ORD-2026-003 --key carla\n  corridor order sign ORD-2026-003.order --key carla --out carla.act\n\n" +
		"The second form is for a signer without a connection: he reads the document, signs it, and somebody sends the act with corridor order submit."
}

// Run signs the order's canonical form.
func (c OrderSignCommand) Run(ctx context.Context, io streams) error {
	return c.run(ctx, io, standing.OrderSign)
}

// OrderPublishCommand publishes.
type OrderPublishCommand struct{ orderAct }

// Help shows an example.
func (OrderPublishCommand) Help() string {
	return "Example:\n  corridor order publish ORD-2026-003 --key otto"
}

// Run publishes the order.
func (c OrderPublishCommand) Run(ctx context.Context, io streams) error {
	return c.run(ctx, io, standing.OrderPublish)
}

// OrderPauseCommand pauses before the effect.
type OrderPauseCommand struct{ orderAct }

// Help shows an example.
func (OrderPauseCommand) Help() string {
	return "Example:\n  corridor order pause ORD-2026-003 --key carla --reason 'the court hears the bank on Friday'\n\n" +
		"Any one signer, once, before the effect. An order in force is paused by a signed order of its own: corridor order init --kind pause."
}

// Run pauses.
func (c OrderPauseCommand) Run(ctx context.Context, io streams) error {
	if err := c.needReason(standing.OrderPause); err != nil {
		return err
	}
	return c.run(ctx, io, standing.OrderPause)
}

// OrderResumeCommand ends a pause.
type OrderResumeCommand struct{ orderAct }

// Help shows an example.
func (OrderResumeCommand) Help() string {
	return "Example:\n  corridor order resume ORD-2026-003 --key carla"
}

// Run resumes.
func (c OrderResumeCommand) Run(ctx context.Context, io streams) error {
	return c.run(ctx, io, standing.OrderResume)
}

// OrderWithdrawCommand gives an order up.
type OrderWithdrawCommand struct{ orderAct }

// Help shows an example.
func (OrderWithdrawCommand) Help() string {
	return "Example:\n  corridor order withdraw ORD-2026-003 --key anna --reason 'replaced by ORD-2026-005'"
}

// Run withdraws.
func (c OrderWithdrawCommand) Run(ctx context.Context, io streams) error {
	return c.run(ctx, io, standing.OrderWithdraw)
}

// OrderStepCommand begins the next stage of a return.
type OrderStepCommand struct {
	Order string `arg:"" help:"The id of the readmission."`
	BIC   string `arg:"" name:"bic" help:"The institution, 8 characters."`
	officerFlags
}

// Help shows an example.
func (OrderStepCommand) Help() string {
	return "Example:\n  corridor order step ORD-2026-009 ZQVARUMM --key otto"
}

// Run steps.
func (c OrderStepCommand) Run(ctx context.Context, io streams) error {
	bic, err := corridor.ParseBIC(c.BIC)
	if err != nil || len(bic) != 8 {
		return wrongUse("%s: %q is not the BIC of an institution, 8 characters", standing.OrderStep, c.BIC)
	}
	return c.actOn(ctx, io, standing.OrderStep, c.Order, &standing.Institution{BIC: bic})
}

// actOn acts with a body of the kind's own data.
func (f *officerFlags) actOn(ctx context.Context, io streams, kind, subject string, body any) error {
	b, err := canonical.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return f.act(ctx, io, entry.Act{Kind: kind, Subject: subject, Body: b})
}

// OrderReleaseCommand releases a held message.
type OrderReleaseCommand struct{ heldAct }

// Help shows an example.
func (OrderReleaseCommand) Help() string {
	return "Example:\n  corridor order release 1204/17 --key bruno --reason 'licence L-77 covers it'\n\nThe message goes when a second officer says the same. It is decided on again: an order in force still stops it."
}

// Run releases.
func (c OrderReleaseCommand) Run(ctx context.Context, io streams) error {
	return c.run(ctx, io, standing.MessageRelease)
}

// OrderReturnCommand returns a held message.
type OrderReturnCommand struct{ heldAct }

// Help shows an example.
func (OrderReturnCommand) Help() string {
	return "Example:\n  corridor order return 1204/17 --key bruno --reason 'no licence'\n\nThe sender hears that it was not delivered when a second officer says the same."
}

// Run returns.
func (c OrderReturnCommand) Run(ctx context.Context, io streams) error {
	return c.run(ctx, io, standing.MessageReturn)
}

// heldAct is a decision about one held message.
type heldAct struct {
	Message string `arg:"" placeholder:"PAGE/ENTRY" help:"The message, by its place in the journal: corridor order held lists them."`
	officerFlags
}

func (c heldAct) run(ctx context.Context, io streams, kind string) error {
	at, err := placeOf(c.Message)
	if err != nil {
		return wrongUse("%s: %w", kind, err)
	}
	return c.actOn(ctx, io, kind, c.Message, at)
}

// placeOf reads PAGE/ENTRY.
func placeOf(s string) (*standing.Place, error) {
	page, index, err := parsePlace(s)
	if err != nil || index < 0 {
		return nil, fmt.Errorf("place %q: give page and entry, for example 1204/17", s)
	}
	return &standing.Place{Page: page, Index: uint32(index)}, nil
}

// OrderAppealCommand files an appeal.
type OrderAppealCommand struct {
	Order   string `arg:"" help:"The order's id."`
	ID      string `name:"id" required:"" help:"The appeal's id, which you choose: A-Z, 0-9, '-' and '.'."`
	Text    string `required:"" help:"What is wrong, and what you ask for."`
	Message string `placeholder:"PAGE/ENTRY" help:"The one blocked message it is about, by its place in the journal: the receipt names it."`
	officerFlags
}

// Help shows an example.
func (OrderAppealCommand) Help() string {
	return "Example:\n  corridor order appeal ORD-2026-003 --id ZQDE-1 --message 1204/17 --text 'licence L-77 covers this payment' --key dora"
}

// Run files the appeal.
func (c OrderAppealCommand) Run(ctx context.Context, io streams) error {
	f := standing.Filing{Order: c.Order, Text: c.Text}
	if c.Message != "" {
		at, err := placeOf(c.Message)
		if err != nil {
			return wrongUse("%s: %w", standing.AppealFile, err)
		}
		f.Message = at
	}
	return c.actOn(ctx, io, standing.AppealFile, c.ID, &f)
}

// OrderAnswerCommand answers an appeal.
type OrderAnswerCommand struct {
	Appeal   string `arg:"" help:"The appeal's id."`
	Upheld   string `placeholder:"ORDER" help:"Uphold it; the id of the amending order, which is drafted before."`
	Rejected bool   `help:"Reject it."`
	Text     string `required:"" help:"The answer."`
	officerFlags
}

// Help shows examples.
func (OrderAnswerCommand) Help() string {
	return "Examples:\n  corridor order answer ZQDE-1 --rejected --text 'the licence ended in May' --key petra\n  corridor order answer ZQDE-1 --upheld ORD-2026-012 --text 'the licence covers it' --key petra\n\n" +
		"The network sends no message again: an upheld appeal changes the order, and the member submits anew."
}

// Run answers.
func (c OrderAnswerCommand) Run(ctx context.Context, io streams) error {
	if (c.Upheld != "") == c.Rejected {
		return wrongUse("%s: give one of --upheld ORDER and --rejected", standing.AppealAnswer)
	}
	w := standing.Answer{Outcome: "rejected", Text: c.Text, Amend: c.Upheld}
	if c.Upheld != "" {
		w.Outcome = "upheld"
	}
	return c.actOn(ctx, io, standing.AppealAnswer, c.Appeal, &w)
}

// OrderSubmitCommand sends acts that were signed elsewhere.
type OrderSubmitCommand struct {
	File []string `arg:"" help:"Files that a command wrote with --out; they are sent in this order."`
	adminFlags
}

// Help shows an example.
func (OrderSubmitCommand) Help() string {
	return "Example:\n  corridor order submit carla.act dora.act\n\nEach act carries its signature, so it does not matter who sends it or by what way it came."
}

// Run reads all files before it sends the first.
func (c OrderSubmitCommand) Run(ctx context.Context, io streams) error {
	var acts []entry.Acted
	for _, f := range c.File {
		a, err := readActFile(f)
		if err != nil {
			return err
		}
		acts = append(acts, a)
	}
	for _, a := range acts {
		if err := c.send(ctx, io, a); err != nil {
			return err
		}
	}
	return nil
}
