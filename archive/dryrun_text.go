package archive

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"corridor.example/corridor"
)

// Digest is the SHA-256 of the report's canonical form: it goes into the order as dry_run.
func (r *Report) Digest() (corridor.Digest, error) {
	b, err := r.Encode()
	return corridor.DigestOf(b), err
}

// Text is the report as tables for a screen.
func (r *Report) Text() string {
	var b strings.Builder
	p := printer{w: tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)}
	p.head(r)
	p.subjects(r)
	p.impact(r)
	p.inFlight(r)
	p.licences(r)
	p.nested(r)
	p.lookAlikes(r)
	p.collateral(r)
	p.limits(r)
	p.w.Flush()
	return trimLines(b.String())
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// screenLines is how many lines of a table go to a screen; all are in the JSON.
const screenLines = 20

type printer struct{ w *tabwriter.Writer }

func (p printer) title(s string) {
	p.w.Flush() // columns line up within a block
	fmt.Fprintf(p.w, "\n%s\n", strings.ToUpper(s))
}

func (p printer) row(cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(p.w, "\t")
		}
		fmt.Fprint(p.w, c)
	}
	fmt.Fprintln(p.w)
}

// more says what was left out.
func (p printer) more(shown, all, leftOut int) {
	if n := all - shown + leftOut; n > 0 {
		p.row(fmt.Sprintf("… and %d more", n))
	}
}

func (p printer) head(r *Report) {
	h := &r.Head
	fmt.Fprintf(p.w, "dry run of order %s (%s), effective %s\n", h.Order, h.Kind, h.Effective)
	p.row("draft", h.Draft)
	p.row("window", fmt.Sprintf("%s to %s, %d days", h.From, h.To, h.Days))
	p.row("archive", fmt.Sprintf("network %s, %d pages up to %s, the last %s", h.Network, h.PagesRead, h.ArchiveAt, h.LastPage))
	p.row("directory", fmt.Sprintf("version %d, %s", h.DirectoryVersion, h.DirectoryDigest))
	if h.Published != "" {
		p.row("public since", h.Published)
	}
	for _, w := range r.Warnings {
		p.row("warning", w)
	}
}

func (p printer) subjects(r *Report) {
	p.title("subjects")
	p.row("", "BIC", "entity", "name", "place", "status", "why")
	for _, s := range r.Subjects {
		p.row(word(s.In, "in", "out"), s.BIC, s.Entity, s.Name, place(s.Country, s.Established), s.Status, reason(s.Reason, s.Path))
	}
	for _, n := range r.NoMember {
		p.row("–", "", "", n, "", "no member")
	}
}

func word(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

func place(country, established string) string {
	if established == "" || established == country {
		return country
	}
	return country + ", established in " + established
}

func reason(why string, path []string) string {
	if len(path) == 0 {
		return why
	}
	return why + ": " + strings.Join(path, "; ")
}

func money(all []Amount) string {
	parts := make([]string, len(all))
	for i, a := range all {
		parts[i] = a.Currency + " " + thousands(a.Value)
	}
	return strings.Join(parts, ", ")
}

// thousands sets the digits before the point in groups of three.
func thousands(s string) string {
	whole, fraction, point := strings.Cut(s, ".")
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 && whole[i-1] != '-' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	if point {
		b.WriteString("." + fraction)
	}
	return b.String()
}

func (p printer) impact(r *Report) {
	im := &r.Impact
	p.title("impact")
	p.row("", "messages", "a day", "value a day", "last seen")
	for _, l := range []struct {
		of string
		t  *Traffic
	}{{"in scope", &im.InScope}, {"licensed", &im.Licensed}, {"stopped", &im.Stopped}} {
		p.row(l.of, l.t.Messages, l.t.PerDay, money(l.t.ValuePerDay), l.t.LastSeen)
	}
	p.row("held", im.Held)
	p.row("share of the network's messages", im.Share)
	for _, s := range im.ShareOfValue {
		p.row("share of its value in "+s.Currency, s.Share)
	}
	p.table("by counterparty", &im.ByCounterpart)
	p.table("by corridor", &im.ByCorridor)
	p.table("by type", &im.ByType)
	p.table("by currency", &im.ByCurrency)
	var busy Table
	for _, l := range im.ByHour {
		if l.Messages > 0 {
			busy.Lines = append(busy.Lines, l)
		}
	}
	p.table("by hour (UTC)", &busy)
}

func (p printer) table(title string, t *Table) {
	if len(t.Lines) == 0 {
		return
	}
	p.title(title)
	p.row("", "", "messages", "a day", "value a day", "last seen")
	shown := min(len(t.Lines), screenLines)
	for _, l := range t.Lines[:shown] {
		p.row(l.Of, l.Name, l.Messages, l.PerDay, money(l.ValuePerDay), l.LastSeen)
	}
	p.more(shown, len(t.Lines), t.LeftOut)
}

func (p printer) inFlight(r *Report) {
	f := &r.InFlight
	p.title("in flight")
	p.row("now", "queue", "messages", "oldest", "value")
	for _, q := range f.Now {
		p.row(q.Side, q.Queue, q.Count, q.Oldest, money(q.Value))
	}
	for _, w := range f.Weeks {
		p.row(w.At)
		for _, q := range w.Queues {
			p.row(q.Side, q.Queue, q.Count, q.Oldest, money(q.Value))
		}
	}
	p.title("in flight at the instant, as in past weeks")
	p.row("", "queue", "mean", "most")
	for _, e := range f.Forecast {
		p.row(e.Side, e.Queue, e.Mean, e.Most)
	}
}

func (p printer) licences(r *Report) {
	if len(r.Licences) == 0 {
		return
	}
	p.title("licences")
	p.row("licence", "types", "pass", "a day", "value a day", "beyond budget", "reference missing", "quoted wrongly")
	for _, l := range r.Licences {
		p.row(l.Licence, strings.Join(l.Types, " "), l.Passed.Messages, l.Passed.PerDay, money(l.Passed.ValuePerDay), l.BeyondBudget, l.MissingReference, l.Contradicted)
	}
}

func (p printer) nested(r *Report) {
	n := &r.Nested
	p.title("nested traffic: third members that name a subject")
	p.row("messages", n.Messages, "a day", n.PerDay, "by name only", n.ByName)
	p.carriers(n.Carriers, n.LeftOut)
	if len(r.Affiliates.Members) > 0 {
		p.title("members of the group that are not covered")
		p.carriers(r.Affiliates.Members, r.Affiliates.LeftOut)
	}
	if len(n.Correspondent) > 0 {
		p.title("correspondents since publication")
		p.row("member", "with", "first", "messages")
		shown := min(len(n.Correspondent), screenLines)
		for _, c := range n.Correspondent[:shown] {
			p.row(c.Member, c.With, c.First, c.Count)
		}
		p.more(shown, len(n.Correspondent), 0)
	}
}

func (p printer) carriers(all []Carrier, leftOut int) {
	if len(all) == 0 {
		return
	}
	p.row("member", "name", "messages", "a day", "before", "since", "growth", "with", "last seen")
	shown := min(len(all), screenLines)
	for _, c := range all[:shown] {
		before, since, growth := "", "", ""
		if c.Trend != nil {
			before, since, growth = c.Trend.Before, c.Trend.Since, c.Trend.Growth
			if growth != "" {
				growth += " %"
			}
		}
		p.row(c.BIC, c.Name, c.Messages, c.PerDay, before, since, growth, c.Counterparties, c.LastSeen)
	}
	p.more(shown, len(all), leftOut)
}

func (p printer) lookAlikes(r *Report) {
	l := &r.LookAlikes
	if len(l.Similar) > 0 {
		p.title("look-alikes")
		p.row("", "BIC", "name", "like", "similarity", "messages a day", "reason")
		for _, x := range l.Similar {
			p.row(x.Chosen, x.BIC, x.Name, x.Like, fmt.Sprint(x.Similarity, " %"), x.PerDay, x.Reason)
		}
	}
	p.neighbours("same prefix, not covered", l.SamePrefix, l.PrefixLeftOut)
	p.neighbours("same country, not covered", l.SameCountry, l.CountryLeftOut)
}

func (p printer) neighbours(title string, all []Neighbour, leftOut int) {
	if len(all) == 0 {
		return
	}
	p.title(title)
	p.row("BIC", "name", "messages a day")
	shown := min(len(all), screenLines)
	for _, n := range all[:shown] {
		p.row(n.BIC, n.Name, n.PerDay)
	}
	p.more(shown, len(all), leftOut)
}

func (p printer) losses(all []Loss) {
	p.row("member", "name", "loses", "of", "per cent")
	for _, l := range all {
		p.row(l.BIC, l.Name, l.Lost, l.Of, l.Percent)
	}
}

func (p printer) collateral(r *Report) {
	c := &r.Collateral
	p.title(fmt.Sprintf("collateral: members that lose more than %d per cent", r.Head.LossPercent))
	shown := min(len(c.Members), screenLines)
	p.losses(c.Members[:shown])
	p.more(shown, len(c.Members), c.LeftOut)
	for _, g := range c.Gateways {
		p.title(fmt.Sprintf("members that share gateway %s with %v", g.Gateway, g.Subjects))
		p.row("BIC", "name", "messages a day")
		for _, n := range g.Others[:min(len(g.Others), screenLines)] {
			p.row(n.BIC, n.Name, n.PerDay)
		}
		p.more(min(len(g.Others), screenLines), len(g.Others), 0)
	}
	if len(c.Replies) > 0 {
		p.table("answers that will miss", &Table{Lines: c.Replies})
	}
}

func (p printer) limits(r *Report) {
	l := &r.Limits
	p.title("limits, for the order's bounds")
	p.row("BICs", l.BICs)
	p.row("share of daily messages", l.Share)
	for _, s := range l.ShareOfValue {
		p.row("share of value in "+s.Currency, s.Share)
	}
	if len(l.WorstHit) > 0 {
		p.title("worst hit")
		p.losses(l.WorstHit)
	}
}
