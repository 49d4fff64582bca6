package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"corridor.example/corridor/directory"
	"corridor.example/corridor/standing"
)

// OrderRecheckCommand holds signed resolutions against the directory as it is now (R11, A8).
type OrderRecheckCommand struct {
	Order []string `arg:"" optional:"" help:"Orders, by id; without any all that are signed, published or in force."`
	adminFlags
}

// Help shows an example.
func (OrderRecheckCommand) Help() string {
	return "Example:\n  corridor order recheck\n\n" +
		"An order covers what was resolved when it was signed, and nothing else. When the directory changes, this says what an amendment would bring in or let out,\n" +
		"and which members a name without a member resembles by now. It changes nothing: corridor order amend writes the draft that would.\n\n" +
		"Exit status: 0 nothing has changed for them, 1 something has."
}

// amendment is what a change of the directory would make of one order.
type amendment struct {
	Order     string               `json:"order"`
	State     standing.Phase       `json:"state"`
	In        []standing.Resolved  `json:"would_come_in,omitempty"`
	Out       []standing.Resolved  `json:"would_go_out,omitempty"`
	Resembles []standing.LookAlike `json:"resemble,omitempty"` // not ticked in the order
	Unknown   []string             `json:"unknown,omitempty"`
}

// none reports an order that still says what the directory does.
func (a *amendment) none() bool { return len(a.In)+len(a.Out)+len(a.Resembles)+len(a.Unknown) == 0 }

// Run compares and prints.
func (c OrderRecheckCommand) Run(ctx context.Context, io streams) error {
	v, err := c.orders(ctx)
	if err != nil {
		return fmt.Errorf("recheck orders: %w", err)
	}
	d, err := c.fetchDirectory(ctx)
	if err != nil {
		return fmt.Errorf("recheck orders: %w", err)
	}
	chosen, err := c.chosen(v)
	if err != nil {
		return err
	}
	all := []amendment{}
	for _, x := range chosen {
		a, err := recheck(x, d, directory.Date(v.Now.Format("2006-01-02")))
		if err != nil {
			return fmt.Errorf("recheck orders: %w", err)
		}
		if !a.none() {
			all = append(all, a)
		}
	}
	if err := printAmendments(io.Out, all, len(chosen), d, c.JSON); err != nil {
		return err
	}
	if len(all) > 0 {
		return answerNo(nil)
	}
	return nil
}

// chosen are the orders that were named, or all for which an amendment would make sense.
func (c OrderRecheckCommand) chosen(v *ordersView) ([]*orderView, error) {
	byID := map[string]*orderView{}
	var live []*orderView
	for i := range v.Orders {
		x := &v.Orders[i]
		byID[x.Order.ID] = x
		switch x.State {
		case standing.Signed, standing.Published, standing.Paused, standing.InForce:
			if x.Order.Kind != standing.Lift && x.Order.Kind != standing.Readmit && x.Order.Kind != standing.Pause {
				live = append(live, x)
			}
		}
	}
	if len(c.Order) == 0 {
		return live, nil
	}
	live = nil
	for _, id := range c.Order {
		if byID[id] == nil {
			return nil, answerNo(fmt.Errorf("the hub at %s knows no order %s", c.Admin, id))
		}
		live = append(live, byID[id])
	}
	return live, nil
}

func recheck(x *orderView, d *directory.Directory, today directory.Date) (amendment, error) {
	a := amendment{Order: x.Order.ID, State: x.State}
	changes, err := standing.Changes(x.Order, d, today)
	if err != nil {
		return a, err
	}
	r, err := standing.Resolve(x.Order, d)
	if err != nil {
		return a, err
	}
	a.In, a.Out, a.Resembles, a.Unknown = changes.In, changes.Out, r.Open, r.Unknown
	return a, nil
}

func printAmendments(out io.Writer, all []amendment, of int, d *directory.Directory, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(all)
	}
	if len(all) == 0 {
		fmt.Fprintf(out, "%s by version %d of the directory: nothing has changed for them\n", counted(of, "order"), d.Version())
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for i := range all {
		a := &all[i]
		fmt.Fprintf(w, "%s, %s, by version %d of the directory\n", a.Order, a.State, d.Version())
		for _, x := range a.In {
			fmt.Fprintf(w, "  would come in\t%s\t%s\t%s\n", x.BIC, d.Name(x.BIC), why(x))
		}
		for _, x := range a.Out {
			fmt.Fprintf(w, "  would go out\t%s\t%s\n", x.BIC, d.Name(x.BIC))
		}
		for _, l := range a.Resembles {
			fmt.Fprintf(w, "  resembles\t%s\t%s\tlike %s, %d %%\n", l.BIC, l.Name, l.Like, l.Similarity)
		}
		for _, u := range a.Unknown {
			fmt.Fprintf(w, "  unknown\t%s\n", u)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "nothing changes on the wire by itself; next: corridor order amend %s FILE --id NEW-ID, then resolve and sign that\n", all[0].Order)
	return nil
}
