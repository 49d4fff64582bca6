package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/standing"
)

// OrderReportCommand tells everything about one order.
type OrderReportCommand struct {
	Order   string `arg:"" help:"The order's id."`
	Journal string `placeholder:"URL" help:"The hub's journal: decisions are counted by rule and closing statements shown. The path of a SQLite file, or postgres://…"`
	adminFlags
}

// Help shows examples.
func (OrderReportCommand) Help() string {
	return "Examples:\n  corridor order report ORD-2026-003\n  corridor order report ORD-2026-003 --journal hub/journal.db\n\n" +
		"The hub is believed here. What an auditor believes is the journal: corridor order verify."
}

// orderReport is everything about one order.
type orderReport struct {
	orderView
	Now       time.Time       `json:"now"`
	Late      string          `json:"fence_after_instant,omitempty"` // how long after its legal instant it took effect
	Appeals   []appealView    `json:"appeals,omitempty"`
	Held      []heldView      `json:"held,omitempty"`
	Decisions []decisionCount `json:"decisions,omitempty"`
	Used      []licenceUse    `json:"licences_used,omitempty"`
	Closings  []closingView   `json:"closing_statements,omitempty"`
}

// decisionCount counts the decisions of one stage, outcome and rule.
type decisionCount struct {
	Stage   entry.Stage  `json:"stage"`
	Outcome entry.Ruling `json:"outcome"`
	Rule    string       `json:"rule"`
	Count   int          `json:"count"`
}

// licenceUse is what was used of a licence by one pair of institutions, over all its windows.
type licenceUse struct {
	Licence string           `json:"licence"`
	Pair    string           `json:"pair"`
	Count   int              `json:"count"`
	Amount  corridor.Decimal `json:"amount,omitempty"` // of the licence's currency
	Last    string           `json:"last"`             // place of the newest use
	Budget  string           `json:"budget,omitempty"` // in words
}

// closingView is what a report shows of a closing statement.
type closingView struct {
	BIC       corridor.BIC `json:"bic"`
	Fence     string       `json:"fence"`
	Terminals []struct {
		LT         corridor.LT            `json:"lt"`
		Generation uint32                 `json:"generation"`
		Session    corridor.SessionNumber `json:"session"`
		ISN        corridor.ISN           `json:"isn"`
		OSN        corridor.OSN           `json:"osn"`
	} `json:"terminals"`
	Returned placeCount `json:"returned"`
	Stored   placeCount `json:"stored"`
	Held     placeCount `json:"held"`
	InDoubt  placeCount `json:"in_doubt"`
}

// placeCount is a list of messages in a closing statement.
type placeCount struct {
	Count  int      `json:"count"`
	Places []string `json:"places,omitempty"`
}

// Run asks the hub, reads the journal where it is named, and prints.
func (c OrderReportCommand) Run(ctx context.Context, io streams) error {
	r, err := c.report(ctx)
	if err != nil {
		return fmt.Errorf("order report: %w", err)
	}
	if c.JSON {
		return json.NewEncoder(io.Out).Encode(r)
	}
	if err := r.print(io.Out); err != nil {
		return err
	}
	return c.alarms(ctx, io.Out, c.Order)
}

func (c OrderReportCommand) report(ctx context.Context) (*orderReport, error) {
	v, err := c.orders(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(v.Orders, func(x orderView) bool { return x.Order.ID == c.Order })
	if i < 0 {
		return nil, answerNo(fmt.Errorf("the hub at %s knows no order %s", c.Admin, c.Order))
	}
	r := &orderReport{orderView: v.Orders[i], Now: v.Now}
	if at, err := time.Parse(time.RFC3339, r.Order.Effective.UTC); err == nil && r.FencedAt != nil {
		r.Late = r.FencedAt.Sub(at).Round(time.Millisecond).String()
	}
	for _, a := range v.Appeals {
		if a.Order == c.Order {
			r.Appeals = append(r.Appeals, a)
		}
	}
	for _, h := range v.Held {
		if slices.Contains(h.Orders, c.Order) {
			r.Held = append(r.Held, h)
		}
	}
	if c.Journal == "" {
		return r, nil
	}
	return r, r.read(ctx, c.Journal)
}

// read adds what only the journal knows.
func (r *orderReport) read(ctx context.Context, url string) error {
	j, err := journalURL{url}.open(ctx, false)
	if err != nil {
		return err
	}
	defer j.Close()
	head, err := j.Head(ctx)
	if err != nil {
		return err
	}
	for p, err := range j.Scan(ctx, 0, head.Number, journal.EntriesOnly) {
		if err != nil {
			return err
		}
		if len(p.Entries) == 0 {
			continue
		}
		if err := r.readPage(p); err != nil {
			return fmt.Errorf("page %d: %w", p.Header.Number, err)
		}
	}
	slices.SortFunc(r.Decisions, func(a, b decisionCount) int {
		return strings.Compare(string(a.Stage)+string(a.Outcome)+a.Rule, string(b.Stage)+string(b.Outcome)+b.Rule)
	})
	return nil
}

func (r *orderReport) readPage(p *journal.Page) error {
	all, err := p.All()
	if err != nil {
		return err
	}
	for _, stored := range all {
		if k := entry.KindOf(stored); k != entry.KindDecided && k != entry.KindClosing {
			continue
		}
		e, err := entry.Decode(stored)
		if err != nil {
			return err
		}
		switch e := e.(type) {
		case *entry.Decided:
			r.count(e)
		case *entry.Closing:
			var s closingView
			if e.Order != r.Order.ID {
				continue
			}
			if err := json.Unmarshal(e.Statement, &s); err != nil {
				return err
			}
			r.Closings = append(r.Closings, s)
		}
	}
	return nil
}

func (r *orderReport) count(e *entry.Decided) {
	if !slices.Contains(e.Orders, r.Order.ID) {
		return
	}
	i := slices.IndexFunc(r.Decisions, func(d decisionCount) bool { return d.Stage == e.Stage && d.Outcome == e.Outcome && d.Rule == e.Rule })
	if i < 0 {
		i = len(r.Decisions)
		r.Decisions = append(r.Decisions, decisionCount{e.Stage, e.Outcome, e.Rule, 0})
	}
	r.Decisions[i].Count++
	if e.Outcome != entry.Licensed {
		return
	}
	for _, debit := range strings.Fields(e.Licence) { // ORDER:LICENCE
		if order, licence, _ := strings.Cut(debit, ":"); order == r.Order.ID {
			r.use(licence, e)
		}
	}
}

func (r *orderReport) use(licence string, e *entry.Decided) {
	pair := string(min(e.Sender, e.Receiver)) + " and " + string(max(e.Sender, e.Receiver))
	i := slices.IndexFunc(r.Used, func(u licenceUse) bool { return u.Licence == licence && u.Pair == pair })
	if i < 0 {
		i = len(r.Used)
		r.Used = append(r.Used, licenceUse{Licence: licence, Pair: pair, Amount: "0", Budget: r.budget(licence)})
	}
	u := &r.Used[i]
	u.Count++
	u.Last = e.Message.String()
	if e.Amount != "" {
		u.Amount = u.Amount.Add(e.Amount)
	}
}

// budget is what a licence allows, in words.
func (r *orderReport) budget(licence string) string {
	i := slices.IndexFunc(r.Order.Carveouts, func(c standing.Carveout) bool { return c.Licence == licence })
	if i < 0 {
		return ""
	}
	c := &r.Order.Carveouts[i]
	var words []string
	if c.Count > 0 {
		words = append(words, counted(c.Count, "message"))
	}
	if c.Amount != "" {
		words = append(words, strings.TrimSpace(c.Currency+" "+string(c.Amount)))
	}
	if c.WindowDays > 0 {
		words = append(words, "in "+counted(c.WindowDays, "day"))
	}
	return strings.Join(words, " ")
}

func (r *orderReport) print(out io.Writer) error {
	d := &document{order: r.Order}
	lines := orderLines(d, summaryBICs)
	lines[1].lines = []string{r.Document}
	printLabelled(out, append(lines, labelled{"", []string{""}}, labelled{"STATE", []string{stateWords(&r.orderView)}}, labelled{"signatures", r.signatureLines()}, labelled{"instants", r.instantLines()}, labelled{"messages", r.messageLines()}))
	fmt.Fprintln(out, "\nWHO DID WHAT")
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, x := range r.Deeds {
		fmt.Fprintf(w, "  %s\t%s\t%s\tkey %s\tentry %s\t%s\n", x.Time.Format(time.RFC3339), x.Kind, x.Name, short(x.Key), x.At, x.Reason)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return errFirst(r.printOutcome(out), r.printClosings(out), r.printAppeals(out))
}

// errFirst is the first error of several steps that were all taken.
func errFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *orderReport) signatureLines() []string {
	lines := []string{fmt.Sprintf("%d of %d needed", len(r.Signatures), r.Needed)}
	for _, s := range r.Signatures {
		lines = append(lines, fmt.Sprintf("  %s as %s, %s, key %s", s.Name, s.Role, s.At.Format(time.RFC3339), short(s.Key)))
	}
	return lines
}

// instantLines sets the legal instant beside the technical one: a late order is shown as late (spec: life of an order).
func (r *orderReport) instantLines() []string {
	lines := []string{"legal      " + r.Order.Effective.UTC}
	if r.Published != nil {
		lines = append(lines, "published  "+r.Published.Format(time.RFC3339))
	}
	if r.FencedAt != nil {
		lines = append(lines, fmt.Sprintf("technical  %s, fence at entry %s, %s after the legal instant", r.FencedAt.Format("2006-01-02T15:04:05.000Z07:00"), r.Fence, r.Late))
		if at := r.signedAt(); at != nil && at.Format(time.RFC3339) > r.Order.Effective.UTC {
			lines = append(lines, "LATE       the last signature came after the legal instant")
		}
	}
	if r.EndedAt != nil {
		lines = append(lines, fmt.Sprintf("ended      %s, at entry %s: %s", r.EndedAt.Format(time.RFC3339), r.Ended, r.State))
	}
	for _, b := range r.Lifted {
		lines = append(lines, "lifted for "+string(b))
	}
	return lines
}

func (r *orderReport) signedAt() *time.Time {
	if len(r.Signatures) == 0 {
		return nil
	}
	return &r.Signatures[len(r.Signatures)-1].At
}

func (r *orderReport) messageLines() []string {
	if r.Order.Kind == standing.Lift || r.Order.Kind == standing.Readmit {
		return nil
	}
	lines := []string{fmt.Sprintf("%d looked at, %d stopped, %d passed under a licence, %d held now", r.Looked, r.Blocked, r.Licensed, len(r.Held))}
	if r.Excess > 0 {
		lines = append(lines, fmt.Sprintf("%d of them are outside the signed resolution: held, look at them", r.Excess))
	}
	return lines
}

func (r *orderReport) printOutcome(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for i, d := range r.Decisions {
		if i == 0 {
			fmt.Fprintln(w, "\nDECISIONS\tAT\tRULE\tMESSAGES")
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%d\n", d.Outcome, d.Stage, d.Rule, d.Count)
	}
	for i, u := range r.Used {
		if i == 0 {
			fmt.Fprintln(w, "\nLICENCES USED\tBY\tMESSAGES\tAMOUNT\tNEWEST\tALLOWED TO EACH PAIR")
		}
		fmt.Fprintf(w, "  %s\t%s\t%d\t%s\t%s\t%s\n", u.Licence, u.Pair, u.Count, u.Amount, u.Last, u.Budget)
	}
	return w.Flush()
}

func (r *orderReport) printClosings(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for i, s := range r.Closings {
		if i == 0 {
			fmt.Fprintln(w, "\nCLOSING STATEMENTS\tRETURNED\tNOT DELIVERED FROM IT\tHELD\tIN DOUBT\tLAST NUMBERS")
		}
		var last []string
		for _, t := range s.Terminals {
			last = append(last, fmt.Sprintf("%s session %04d ISN %d OSN %d", t.LT, t.Session, t.ISN, t.OSN))
		}
		fmt.Fprintf(w, "  %s\t%d\t%d\t%d\t%d\t%s\n", s.BIC, s.Returned.Count, s.Stored.Count, s.Held.Count, s.InDoubt.Count, strings.Join(last, "; "))
	}
	return w.Flush()
}

func (r *orderReport) printAppeals(out io.Writer) error {
	for i, a := range r.Appeals {
		if i == 0 {
			fmt.Fprintln(out, "\nAPPEALS")
		}
		about := ""
		if a.Message != "" {
			about = " about message " + a.Message
		}
		fmt.Fprintf(out, "  %s by %s on %s%s: %s\n", a.ID, a.For, a.Filed.Format(time.RFC3339), about, a.Text)
		switch a.Outcome {
		case "":
			fmt.Fprintf(out, "      open for %s\n", span(r.Now.Sub(a.Filed)))
		default:
			fmt.Fprintf(out, "      %s on %s: %s %s\n", a.Outcome, a.Answered.Format(time.RFC3339), a.Answer, a.Amend)
		}
	}
	return nil
}
