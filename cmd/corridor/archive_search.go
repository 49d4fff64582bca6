package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/archive"
)

// ArchiveSearchCommand looks messages up by what they are and what became of them.
type ArchiveSearchCommand struct {
	archiveURL
	BIC       string   `name:"bic" placeholder:"BIC" help:"Either end, or an institution named inside; a BIC8 means its branches too."`
	Sender    string   `placeholder:"BIC" help:"The sender."`
	Receiver  string   `placeholder:"BIC" help:"The receiver."`
	Type      []string `placeholder:"TYPE" help:"A type (fin.103), a family (pacs.008, pacs) or a category (fin.9xx)."`
	Reference string   `placeholder:"TEXT" help:"The sender's reference (MUR, BizMsgIdr)."`
	UETR      string   `name:"uetr" placeholder:"UUID" help:"The payment's UETR."`
	From      string   `placeholder:"TIME" help:"Accepted at or after: 2026-03-02 or 2026-03-02T09:30:00Z."`
	To        string   `placeholder:"TIME" help:"Accepted before."`
	Currency  string   `placeholder:"CODE" help:"An amount in this currency."`
	Least     string   `placeholder:"AMOUNT" help:"At least so much of --currency."`
	Most      string   `placeholder:"AMOUNT" help:"At most so much of --currency."`
	Outcome   string   `placeholder:"WORD" help:"accepted, delivered, refused, aborted, returned, held or in-doubt."`
	Order     string   `placeholder:"ID" help:"Decided under this order."`
	Limit     int      `default:"100" help:"The newest so many."`
	JSON      bool     `name:"json" help:"Print JSON, a line a message."`
}

// Help shows examples.
func (ArchiveSearchCommand) Help() string {
	return "Examples:\n  corridor archive search --archive archive.db --bic ZQVARUMM --type fin.103 --from 2026-03-01\n" +
		"  corridor archive search --archive archive.db --uetr c8b66b47-2bd9-48fe-be90-93c2096f27d2 --json\n" +
		"  corridor archive search --archive archive.db --currency EUR --least 30000 --order ORD-2026-003\n\n" +
		"Exit status: 0 found, 1 nothing found. A message itself, with its proof, is in the journal: corridor journal show --journal URL POSITION."
}

// Run searches.
func (c ArchiveSearchCommand) Run(ctx context.Context, io streams) error {
	s, err := c.search()
	if err != nil {
		return err
	}
	a, err := c.open(ctx, io, false)
	if err != nil {
		return err
	}
	defer a.Close()
	found, err := a.Find(ctx, s)
	if err != nil {
		return wrongUse("%w", err)
	}
	if c.JSON {
		e := json.NewEncoder(io.Out)
		for i := range found {
			if err := e.Encode(&found[i]); err != nil {
				return err
			}
		}
	} else {
		printFound(io.Out, found)
	}
	if len(found) == 0 {
		return answerNo(nil)
	}
	return nil
}

func (c ArchiveSearchCommand) search() (s archive.Search, err error) {
	s = archive.Search{BIC: corridor.BIC(c.BIC), Sender: corridor.BIC(c.Sender), Receiver: corridor.BIC(c.Receiver), Types: c.Type, Reference: c.Reference,
		UETR: corridor.UETR(c.UETR), Currency: c.Currency, Outcome: c.Outcome, Order: c.Order, Limit: c.Limit}
	if c.Limit < 1 {
		return s, wrongUse("--limit: give 1 to %d", archive.MaxFound)
	}
	for _, t := range []struct {
		name, text string
		to         *time.Time
	}{{"from", c.From, &s.From}, {"to", c.To, &s.To}} {
		if *t.to, err = timeFlag(t.name, t.text); err != nil {
			return s, err
		}
	}
	if s.Least, err = decimalFlag("least", c.Least); err != nil {
		return s, err
	}
	s.Most, err = decimalFlag("most", c.Most)
	return s, err
}

// timeFlag reads a day or an instant.
func timeFlag(name, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, wrongUse("--%s %q: give a day as 2026-03-02 or an instant as 2026-03-02T09:30:00Z", name, s)
}

func printFound(out io.Writer, found []archive.Found) {
	if len(found) == 0 {
		fmt.Fprintln(out, "nothing found")
		return
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "POSITION\tACCEPTED\tFROM\tTO\tTYPE\tAMOUNT\tREFERENCE\tOUTCOME\tORDERS")
	for i := range found {
		f := &found[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Place, f.At, f.Sender.BIC(), f.Receiver.BIC(), f.Type, amountsText(f.Amounts), f.Reference,
			strings.TrimSpace(f.Outcome+" "+f.Code), strings.TrimSpace(f.Orders+" "+f.Licence))
	}
	w.Flush()
}

func amountsText(all []corridor.Amount) string {
	if len(all) == 0 {
		return ""
	}
	s := all[0].Currency + " " + string(all[0].Value)
	if len(all) > 1 {
		s += fmt.Sprintf(" and %d more", len(all)-1)
	}
	return s
}
