package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"corridor.example/corridor/standing"
)

// OrderStatusCommand lists orders.
type OrderStatusCommand struct {
	All bool `help:"Also drafts that were withdrawn and orders that have ended."`
	adminFlags
}

// Help shows an example.
func (OrderStatusCommand) Help() string {
	return "Example:\n  corridor order status --admin 127.0.0.1:7301"
}

// Run prints the table.
func (c OrderStatusCommand) Run(ctx context.Context, io streams) error {
	v, err := c.orders(ctx)
	if err != nil {
		return fmt.Errorf("order status: %w", err)
	}
	if c.JSON {
		return json.NewEncoder(io.Out).Encode(v)
	}
	if err := printOrders(io.Out, v, c.All); err != nil {
		return err
	}
	return c.alarms(ctx, io.Out, "")
}

// alarms prints where orders do more than was signed: all, or those of one order (R21).
func (f *adminFlags) alarms(ctx context.Context, out io.Writer, order string) error {
	var s struct {
		Alarms []standing.Alarm `json:"alarms"`
	}
	if err := f.get(ctx, "/status", "status", &s); err != nil {
		return err
	}
	for _, a := range s.Alarms {
		if order == "" || a.Order == order {
			fmt.Fprintf(out, "\nALARM  %s: %s\n", a.Order, a.What)
		}
	}
	return nil
}

func printOrders(out io.Writer, v *ordersView, all bool) error {
	policy := "no policy yet"
	if v.Policy != "" {
		policy = "policy " + short(v.Policy)
	}
	fmt.Fprintf(out, "network %s at %s, %s\n\n", v.Network, v.Now.Format(time.RFC3339), policy)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ORDER\tKIND\tSTATE\tTAKES EFFECT\tLOCAL\tNOTICE\tSIGNED\tCOVERS\tBOUND\tSTOPPED\tLICENSED")
	ended := 0
	for i := range v.Orders {
		x := &v.Orders[i]
		if !all && isOver(x.State) {
			ended++
			continue
		}
		o := x.Order
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d of %d\t%d\t%d\t%d\t%d\n", o.ID, o.Kind, stateWords(x), o.Effective.UTC, localTime(o),
			noticeLeft(x, v.Now), len(x.Signatures), x.Needed, len(o.Subject.Resolved), o.Bounds.BICs, x.Blocked, x.Licensed)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if ended > 0 {
		fmt.Fprintf(out, "and %s that came to an end: --all shows them too\n", counted(ended, "order"))
	}
	return printWaiting(out, v)
}

func isOver(s standing.Phase) bool {
	switch s {
	case standing.LiftedNow, standing.Superseded, standing.Expired, standing.Withdrawn, standing.Done:
		return true
	}
	return false
}

func stateWords(x *orderView) string {
	switch {
	case x.State == standing.Paused && x.PausedTo != nil:
		return "paused until " + x.PausedTo.Format(time.RFC3339)
	case x.State == standing.Published && x.Order.Notice.WindDown != "":
		return "published, in wind-down"
	case x.PausedFor != "":
		return "in-force, suspended by " + x.PausedFor
	case x.Order.Shadow && x.State == standing.InForce:
		return "in-force, shadow"
	case len(x.Lifted) > 0 && x.State == standing.InForce:
		return fmt.Sprintf("in-force, %d lifted", len(x.Lifted))
	}
	return string(x.State)
}

// noticeLeft is the time until an order's instant, or since it.
func noticeLeft(x *orderView, now time.Time) string {
	at, err := time.Parse(time.RFC3339, x.Order.Effective.UTC)
	switch {
	case err != nil || isOver(x.State):
		return ""
	case x.State == standing.InForce && x.FencedAt != nil:
		return "for " + span(now.Sub(*x.FencedAt))
	case at.After(now):
		return span(at.Sub(now)) + " left"
	}
	return "late by " + span(now.Sub(at))
}

// span is a duration in the two units that matter.
func span(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	days, hours, minutes, seconds := int(d/hoursPerDay), int(d/time.Hour)%24, int(d/time.Minute)%60, int(d/time.Second)%60
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh %dm", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%dm %ds", minutes, seconds)
	}
	return fmt.Sprintf("%ds", seconds)
}

// printWaiting is what waits for somebody: institutions without service, held messages, open appeals.
func printWaiting(out io.Writer, v *ordersView) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for i, x := range v.Off {
		if i == 0 {
			fmt.Fprintln(w, "\nWITHOUT FULL SERVICE\tSINCE\tORDER\tWHAT IS MISSING")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", x.BIC, x.Since, x.Order, missingFor(&x))
	}
	open := 0
	for i := range v.Appeals {
		if v.Appeals[i].Outcome == "" {
			open++
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(v.Held) > 0 {
		fmt.Fprintf(out, "\n%s held for officers: corridor order held\n", counted(len(v.Held), "message"))
	}
	if open > 0 {
		fmt.Fprintf(out, "\n%s open: corridor order report ID shows them\n", counted(open, "appeal"))
	}
	return nil
}

func missingFor(x *offView) string {
	switch {
	case x.Stage != "":
		return "on its way back, stage " + x.Stage
	case len(x.Covering) > 0:
		return "a lift of " + strings.Join(x.Covering, ", ")
	}
	return "a readmission"
}

// short is a digest as people compare it at a glance.
func short(digest string) string {
	if len(digest) > 16 {
		return digest[:16] + "…"
	}
	return digest
}

// OrderHeldCommand lists held messages.
type OrderHeldCommand struct{ adminFlags }

// Help shows an example.
func (OrderHeldCommand) Help() string {
	return "Example:\n  corridor order held\n\nMessages are held where a licence was claimed wrongly or is used up, where a cut institution is named inside, or where a\ncountry's test hits outside the signed resolution. Two officers release or return each."
}

// Run prints the list.
func (c OrderHeldCommand) Run(ctx context.Context, io streams) error {
	v, err := c.orders(ctx)
	if err != nil {
		return fmt.Errorf("order held: %w", err)
	}
	if c.JSON {
		return json.NewEncoder(io.Out).Encode(v.Held)
	}
	if len(v.Held) == 0 {
		fmt.Fprintln(io.Out, "no message is held")
		return nil
	}
	w := tabwriter.NewWriter(io.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "MESSAGE\tFROM\tTO\tHELD SINCE\tRULE\tORDERS\tASKED BY ONE OFFICER")
	for _, h := range v.Held {
		asked := h.Asked
		if h.By != "" {
			asked += " by key " + short(h.By)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", h.Position, h.Sender, h.Receiver, h.Since.Format(time.RFC3339), h.Rule, strings.Join(h.Orders, " "), asked)
	}
	return w.Flush()
}
