package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
)

// OrderShowCommand shows an order as a document.
type OrderShowCommand struct {
	Order     string `arg:"" help:"The order: its id, or the file with its canonical form."`
	Canonical bool   `help:"Write the canonical form itself, whose SHA-256 officers sign."`
	adminFlags
}

// Help shows examples.
func (OrderShowCommand) Help() string {
	return "Examples:\n  corridor order show ORD-2026-003\n  corridor order show ORD-2026-003 --canonical > ORD-2026-003.order"
}

// Run shows the document.
func (c OrderShowCommand) Run(ctx context.Context, io streams) error {
	d, err := c.fetch(ctx, c.Order)
	switch {
	case err != nil:
		return fmt.Errorf("show an order: %w", err)
	case c.Canonical:
		_, err = io.Out.Write(d.form)
		return err
	case c.JSON:
		return json.NewEncoder(io.Out).Encode(map[string]any{"order": d.order, "document": d.digest.String()})
	}
	printLabelled(io.Out, orderLines(&d, len(d.order.Subject.Resolved)))
	return nil
}

// summaryBICs is how many institutions a summary names: what fits on a screen with the rest.
const summaryBICs = 12

// summarise prints what an officer puts his name to.
func summarise(out io.Writer, d *document) { printLabelled(out, orderLines(d, summaryBICs)) }

// labelled is a heading with its lines.
type labelled struct {
	label string
	lines []string
}

// labelWidth is the width of the longest label and two blanks.
const labelWidth = 15

func printLabelled(out io.Writer, all []labelled) {
	for _, x := range all {
		for i, line := range x.lines {
			label := ""
			if i == 0 {
				label = x.label
			}
			fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%-*s%s", labelWidth, label, line), " "))
		}
	}
}

// orderLines is an order in words, naming at most so many institutions.
func orderLines(d *document, most int) []labelled {
	o := d.order
	all := []labelled{
		{"ORDER", []string{o.ID + ", " + kindWords(o)}},
		{"digest", []string{d.digest.String()}},
		{"ground", groundLines(o)},
		{"takes effect", effectLines(o)},
		{"covers", coveredLines(&o.Subject, most)},
		{"not covered", excludedLines(&o.Subject)},
		{"no member", o.Subject.NoMember},
		{"look-alikes", alikeLines(&o.Subject)},
		{"scope", scopeLines(o)},
		{"denied always", conditionLines(o.Deny)},
		{"licences", licenceLines(o.Carveouts)},
		{"in flight", inFlightLines(o)},
		{"return", rampLines(o.Ramp)},
		{"bounds", boundLines(o)},
		{"ends", endLines(o)},
		{"contact", nonEmpty(o.Contact)},
		{"appeal to", nonEmpty(o.Appeal)},
	}
	return all
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func kindWords(o *standing.Order) string {
	words := map[standing.Kind]string{
		standing.Disconnect: "a disconnection: all service ends", standing.Restrict: "a restriction: part of the traffic is stopped",
		standing.Amend: "an amendment, in place of", standing.Lift: "a lift: it ends the prohibition of",
		standing.Readmit: "a readmission: service comes back", standing.Pause: "a pause: it suspends",
	}[o.Kind]
	if o.Refers != "" {
		words += " " + o.Refers
	}
	if o.Shadow {
		words += "; SHADOW: it decides and logs, and stops nothing"
	}
	return words
}

func groundLines(o *standing.Order) []string {
	var all []string
	if o.Ground == "rulebook" {
		all = append(all, "rulebook, rule "+o.Rule)
	}
	for _, i := range o.Instruments {
		line := fmt.Sprintf("%s %s of %s", i.Issuer, i.Number, i.Published)
		if i.Article != "" {
			line += ", article " + i.Article
		}
		if i.Title != "" {
			line += ": " + i.Title
		}
		all = append(all, line, "  SHA-256 "+i.SHA256)
		all = append(all, nonEmpty(i.Page)...)
	}
	return all
}

func effectLines(o *standing.Order) []string {
	all := []string{o.Effective.UTC}
	if local := localTime(o); local != "" {
		all[0] += "  =  " + local
	}
	if o.Effective.AsWritten != "" {
		all = append(all, fmt.Sprintf("the instrument says %q; derived: %s", o.Effective.AsWritten, o.Effective.Derived))
	}
	if o.Notice.WindDown != "" {
		all = append(all, "until then: "+o.Notice.WindDown)
	}
	return all
}

// localTime is an order's instant on the clock of its own zone, or empty where that is UTC.
func localTime(o *standing.Order) string {
	zone, err := zoneOf(o.Effective.Zone)
	t, failed := time.Parse(time.RFC3339, o.Effective.UTC)
	if err != nil || failed != nil || zone == time.UTC {
		return ""
	}
	return t.In(zone).Format("Mon 2 Jan 2006 15:04") + " " + o.Effective.Zone
}

func coveredLines(s *standing.Subject, most int) []string {
	all := listedLines(s)
	for _, c := range s.Countries {
		all = append(all, fmt.Sprintf("country %s, by %s", c.Country, map[string]string{"bic": "the letters of the BIC", "establishment": "place of establishment", "either": "letters of the BIC or place of establishment"}[c.Test]))
	}
	if c := s.Closure; c != nil {
		all = append(all, closureWords(c))
	}
	if len(s.Resolved) > 0 {
		all = append(all, fmt.Sprintf("%s by version %d of the directory:", counted(len(s.Resolved), "institution"), s.DirectoryVersion))
	}
	for i, x := range s.Resolved {
		if i == most {
			all = append(all, fmt.Sprintf("  and %d more: corridor order show", len(s.Resolved)-most))
			break
		}
		all = append(all, fmt.Sprintf("  %-11s  %-16s  %s", x.BIC, x.Entity, why(x)))
	}
	switch {
	case len(all) == 0:
		return []string{"all that the order it refers to covers"}
	case len(s.Resolved) == 0:
		all = append(all, "not resolved yet: corridor order resolve")
	}
	return all
}

// listedLines are the names as the instrument has them, with what each was mapped to and why, and what is named by code.
func listedLines(s *standing.Subject) []string {
	var all []string
	for _, n := range s.Names {
		switch {
		case n.Entity == "":
			all = append(all, fmt.Sprintf("%q: no member", n.Name))
		case n.Evidence == "":
			all = append(all, fmt.Sprintf("%q is %s", n.Name, n.Entity))
		default:
			all = append(all, fmt.Sprintf("%q is %s: %s", n.Name, n.Entity, n.Evidence))
		}
	}
	if s.List != nil {
		all = append(all, "the list "+s.List.Name+", version "+s.List.Version)
	}
	for _, e := range s.Entities {
		all = append(all, "entity "+e)
	}
	for i, b := range s.BICs {
		if i == summaryBICs {
			return append(all, fmt.Sprintf("and %d more BICs by name", len(s.BICs)-summaryBICs))
		}
		all = append(all, "BIC "+string(b))
	}
	return all
}

func closureWords(c *standing.Closure) string {
	words := fmt.Sprintf("and whoever they own: %s %s %%", map[string]string{">": "more than", ">=": "at least"}[c.Op], c.Percent)
	for _, x := range []struct {
		on   bool
		word string
	}{{c.Indirect, "also through others"}, {c.Aggregate, "shares of several added"}, {c.Control, "or by control"}} {
		if x.on {
			words += ", " + x.word
		}
	}
	if len(c.EstablishedIn) > 0 {
		words += ", established in " + strings.Join(c.EstablishedIn, ", ")
	}
	return words + ", as of " + c.AsOf
}

func excludedLines(s *standing.Subject) []string {
	var all []string
	for _, x := range s.Excluded {
		all = append(all, fmt.Sprintf("  %-11s  %s", x.BIC, x.Reason))
	}
	return all
}

func alikeLines(s *standing.Subject) []string {
	var all []string
	for _, l := range s.LookAlikes {
		all = append(all, fmt.Sprintf("  %-11s  %s, like %s: %s, %s", l.BIC, l.Name, l.Like, map[bool]string{true: "IN", false: "out"}[l.In], l.Reason))
	}
	return all
}

func scopeLines(o *standing.Order) []string {
	if o.Kind == standing.Lift || o.Kind == standing.Readmit || o.Kind == standing.Pause {
		return nil
	}
	s := &o.Scope
	direction := map[string]string{"from": "messages from the subject", "to": "messages to the subject"}[s.Direction]
	if direction == "" {
		direction = "messages both ways"
	}
	all := []string{direction}
	for _, x := range []struct {
		what string
		of   []string
	}{{"services", s.Services}, {"types", s.Types}, {"not types", s.Spared}, {"currencies", s.Currencies}, {"with", s.Counterparties}} {
		if len(x.of) > 0 {
			all = append(all, x.what+": "+strings.Join(x.of, " "))
		}
	}
	if b := s.Amount; b != nil {
		all = append(all, strings.TrimSpace(fmt.Sprintf("amounts in %s %s %s", b.Currency, limit("from ", b.From), limit("below ", b.To))))
	}
	if len(all) == 1 && s.Direction == "" || len(all) == 1 && s.Direction == "both" {
		all[0] = "everything, both ways"
	}
	if o.Content() {
		all = append(all, "messages of others that name the subject inside are held for review")
	}
	return all
}

func limit(word string, d corridor.Decimal) string {
	if d == "" {
		return ""
	}
	return word + string(d)
}

func conditionLines(all []standing.Condition) []string {
	var lines []string
	for _, c := range all {
		lines = append(lines, strings.TrimSpace(strings.Join(append(append(append([]string{}, c.Types...), c.Currencies...), c.Counterparties...), " ")))
	}
	return lines
}

func licenceLines(all []standing.Carveout) []string {
	var lines []string
	for _, c := range all {
		words := []string{c.Licence}
		add := func(prefix, s string) {
			if s != "" {
				words = append(words, prefix+s)
			}
		}
		add("of ", c.Authority)
		add("for ", string(c.Holder))
		add("", strings.Join(c.Types, " "))
		add("", c.Currency)
		add("purpose ", c.Purpose)
		add("quoting ", c.Quote)
		add("from ", c.From)
		add("until ", c.Until)
		if c.Count > 0 {
			add("", fmt.Sprintf("at most %d messages", c.Count))
		}
		add("at most ", strings.TrimSpace(string(c.Amount)+" "+map[bool]string{true: c.Currency}[c.Amount != ""]))
		if c.WindowDays > 0 {
			add("", fmt.Sprintf("in %d days", c.WindowDays))
		}
		lines = append(lines, strings.Join(words, ", "))
	}
	return lines
}

func inFlightLines(o *standing.Order) []string {
	if !o.Severs() && o.Kind != standing.Disconnect {
		return nil
	}
	or := func(s, other string) string {
		if s == "" {
			return other
		}
		return s
	}
	f := &o.InFlight
	return []string{fmt.Sprintf("queued to it: %s; queued from it: %s; held: %s; given out, not acknowledged: %s",
		or(f.UndeliveredTo, "return"), or(f.UndeliveredFrom, "return"), or(f.Held, "return"), or(f.Unacked, "in-doubt"))}
}

func rampLines(ramp []standing.Step) []string {
	var lines []string
	for i, s := range ramp {
		line := fmt.Sprintf("stage %d: %s", i+1, map[string]string{standing.StageReceive: "receive only", standing.StageLow: "send low value too", standing.StageFull: "full service"}[s.Stage])
		for _, m := range s.Most {
			line += fmt.Sprintf(", at most %s %s", m.Currency, m.Value)
		}
		switch {
		case s.Stage == standing.StageFull:
		case s.AfterHours > 0:
			line += fmt.Sprintf("; the next after %s", counted(s.AfterHours, "hour"))
		default:
			line += "; the next by a signed step"
		}
		lines = append(lines, line)
	}
	return lines
}

func boundLines(o *standing.Order) []string {
	if o.DryRun == "" {
		return nil
	}
	line := counted(o.Bounds.BICs, "institution")
	if o.Bounds.Share != "" {
		line += fmt.Sprintf(", %s of the daily messages", percent(o.Bounds.Share))
	}
	return []string{line, "  dry run " + o.DryRun}
}

// percent is a share of one as per cent; the digits are moved, not computed.
func percent(share corridor.Decimal) string {
	whole, fraction, _ := strings.Cut(string(share), ".")
	for len(fraction) < 2 {
		fraction += "0"
	}
	text := strings.TrimLeft(whole+fraction[:2], "0")
	if text == "" {
		text = "0"
	}
	if rest := strings.TrimRight(fraction[2:], "0"); rest != "" {
		text += "." + rest
	}
	return text + " %"
}

func endLines(o *standing.Order) []string {
	var all []string
	if o.Expires != "" {
		all = append(all, "expires "+o.Expires+"; the institutions stay off until they are readmitted")
	}
	if o.Review != nil {
		all = append(all, "review on "+o.Review.Date+" by "+o.Review.Owner)
	}
	return all
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
