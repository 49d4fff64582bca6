package main

import (
	"fmt"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/notice"
	"corridor.example/corridor/standing"
)

// NoticeShowCommand prints what members would read of an order.
type NoticeShowCommand struct {
	Order    string `arg:"" help:"The file with the order, JSON."`
	As       string `enum:"text,fin,iso,event" default:"text" help:"The form: text (as mail has it), fin (MT 094), iso (admi.004), event (JSON of the API)."`
	Occasion string `default:"published" help:"Why it goes out: published, 7-days-before, 24-hours-before, 1-hour-before, in-force, day-after, paused, resumed, withdrawn, lifted, expired, superseded, readmitted."`
	At       string `help:"When, for example 2026-03-02T10:00:00Z; default: now."`
	Network  string `default:"lab.corridor" help:"The network's name."`
	To       string `default:"MERIDEFFAXXX" placeholder:"TERMINAL" help:"Forms fin and iso: the receiver."`
}

// Help shows examples.
func (NoticeShowCommand) Help() string {
	return "Examples:\n  corridor notice show order.json\n  corridor notice show order.json --as fin --occasion 24-hours-before\n\n" +
		"For those who draft and sign, to see what members will read. It has no directory: the broadcast gives names and the rest of each group too."
}

// noNames is a directory that knows nobody.
type noNames struct{}

func (noNames) Name(corridor.BIC) string             { return "" }
func (noNames) Group(*standing.Order) []corridor.BIC { return nil }

// Run makes the notice and prints it.
func (c NoticeShowCommand) Run(io streams) error {
	n, err := c.notice()
	if err != nil {
		return err
	}
	to, err := corridor.ParseLT(c.To)
	if err != nil {
		return wrongUse("show a notice: %w", err)
	}
	switch c.As {
	case "fin":
		for _, b := range n.MT094(to) {
			fmt.Fprintf(io.Out, "%s\n", b)
		}
	case "iso":
		all, err := n.SystemEvents(to.BIC8())
		if err != nil {
			return fmt.Errorf("show a notice: %w", err)
		}
		for _, b := range all {
			fmt.Fprintf(io.Out, "%s", b)
		}
	case "event":
		b, err := n.Event()
		if err != nil {
			return fmt.Errorf("show a notice: %w", err)
		}
		fmt.Fprintf(io.Out, "%s\n", b)
	default:
		fmt.Fprintf(io.Out, "Subject: %s\n\n%s", n.Subject(), n.Text())
	}
	return nil
}

func (c NoticeShowCommand) notice() (*notice.Notice, error) {
	at := time.Now()
	if c.At != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, c.At); err != nil {
			return nil, wrongUse("show a notice: --at %q: give a time such as 2026-03-02T10:00:00Z", c.At)
		}
	}
	network, err := corridor.ParseNetwork(c.Network)
	if err != nil {
		return nil, wrongUse("show a notice: %w", err)
	}
	text, err := readFileUpTo(c.Order, 1<<20)
	if err != nil {
		return nil, fmt.Errorf("show a notice: %w", err)
	}
	document, err := canonical.Rewrite(text)
	if err != nil {
		return nil, answerNo(fmt.Errorf("show a notice: %s: %w", c.Order, err))
	}
	o, err := standing.DecodeOrder(document)
	if err != nil {
		return nil, answerNo(fmt.Errorf("show a notice: %s: %w", c.Order, err))
	}
	life := notice.Life{Order: o, Document: corridor.DigestOf(document), Events: []notice.Event{{What: notice.Published, At: at.UnixNano()}}}
	due := notice.Item{Why: notice.Occasion(c.Occasion), At: at.UnixNano()}
	n, err := notice.New(notice.Issuer{Network: network, LT: mailAddressOfHub}, 0, at.UnixNano(), life, due, noNames{})
	if err != nil {
		return nil, fmt.Errorf("show a notice: %w", err)
	}
	return n, nil
}
