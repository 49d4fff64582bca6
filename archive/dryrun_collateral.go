package archive

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
)

// memberFlows is the whole traffic of some members in the window, by BIC8.
func (r *run) memberFlows(ctx context.Context, bics []corridor.BIC) (map[corridor.BIC]int64, error) {
	all := map[corridor.BIC]int64{}
	if len(bics) == 0 {
		return all, nil
	}
	err := r.each(ctx, fmt.Sprintf("SELECT bic8, CAST(SUM(sent + received) AS BIGINT) FROM flow WHERE %s AND %s GROUP BY bic8", r.inWindow(), in("bic8", bics)), func(rows *sql.Rows) error {
		var b corridor.BIC
		var n int64
		err := rows.Scan(&b, &n)
		all[b] = n
		return err
	})
	return all, err
}

// lookAlikes lists who resembles a subject, with the traffic that a wrong choice would stop (R41, F7).
func (r *run) lookAlikes(ctx context.Context) error {
	var similar []standing.LookAlike
	similar = append(similar, r.resolution.Subject.LookAlikes...)
	similar = append(similar, r.resolution.Open...)
	prefix, country := r.neighbours()
	var ask []corridor.BIC
	for _, l := range similar {
		ask = append(ask, l.BIC.BIC8())
	}
	ask = append(append(ask, prefix...), country...)
	slices.Sort(ask)
	flows, err := r.memberFlows(ctx, slices.Compact(ask))
	if err != nil {
		return err
	}
	out := &r.report.LookAlikes
	for i, l := range similar {
		chosen := "open"
		if i < len(r.resolution.Subject.LookAlikes) {
			chosen = map[bool]string{true: "in", false: "out"}[l.In]
		}
		out.Similar = append(out.Similar, LookAlike{BIC: l.BIC, Name: l.Name, Like: l.Like, Similarity: l.Similarity, Chosen: chosen, Reason: l.Reason,
			PerDay: ratioOf(flows[l.BIC.BIC8()], int64(r.q.Days), 2)})
	}
	if n := len(r.resolution.Open); n > 0 {
		r.warn("%d look-alikes are not ticked: the order cannot be signed before", n)
	}
	out.SamePrefix, out.PrefixLeftOut = r.busiest(prefix, flows)
	out.SameCountry, out.CountryLeftOut = r.busiest(country, flows)
	return nil
}

// neighbours are the members that are not covered and have a subject's prefix, or its country by letters or establishment.
func (r *run) neighbours() (prefix, country []corridor.BIC) {
	prefixes, countries := map[corridor.BIC]bool{}, map[string]bool{}
	for _, b := range r.touched {
		prefixes[b[:4]] = true
		countries[b.Country()] = true
		if e := r.q.Directory.EstablishedIn(b); e != "" {
			countries[e] = true
		}
	}
	for _, b := range r.q.Directory.Members() {
		if r.covered[b] {
			continue
		}
		if prefixes[b[:4]] {
			prefix = append(prefix, b)
		}
		if countries[b.Country()] || countries[r.q.Directory.EstablishedIn(b)] {
			country = append(country, b)
		}
	}
	return prefix, country
}

// busiest names members, those with the most traffic first.
func (r *run) busiest(bics []corridor.BIC, flows map[corridor.BIC]int64) ([]Neighbour, int) {
	bics = slices.Clone(bics)
	slices.SortFunc(bics, func(a, b corridor.BIC) int {
		return cmp.Or(cmp.Compare(flows[b], flows[a]), strings.Compare(string(a), string(b)))
	})
	more := max(0, len(bics)-maxLines)
	var out []Neighbour
	for _, b := range bics[:len(bics)-more] {
		out = append(out, Neighbour{BIC: b, Name: r.q.Directory.Name(b), PerDay: ratioOf(flows[b], int64(r.q.Days), 2)})
	}
	return out, more
}

// collateral finds whom else the order hits (R44).
func (r *run) collateral(ctx context.Context) error {
	losses, err := r.losses(ctx)
	if err != nil {
		return err
	}
	c := &r.report.Collateral
	r.report.Limits.WorstHit = losses[:min(len(losses), maxWorstHit)]
	hit := slices.DeleteFunc(slices.Clone(losses), func(l Loss) bool { return l.Lost*100 <= l.Of*int64(r.q.Loss) })
	c.Members, c.LeftOut = hit[:min(len(hit), maxLines)], max(0, len(hit)-maxLines)
	replies := map[string]*tally{}
	for i := range r.flows {
		if f := &r.flows[i]; f.answer {
			tallyOf(replies, string(f.kind)).add(f)
		}
	}
	c.Replies = r.table(replies, false).Lines
	return r.gateways(ctx)
}

// losses are the counterparties' shares of messages that are in scope, the largest first.
func (r *run) losses(ctx context.Context) ([]Loss, error) {
	lost := map[corridor.BIC]int64{}
	var bics []corridor.BIC
	for i := range r.flows {
		f := &r.flows[i]
		if b := f.other(); !r.isTouched(b) && f.messages > 0 {
			if lost[b] == 0 {
				bics = append(bics, b)
			}
			lost[b] += f.messages
		}
	}
	whole, err := r.memberFlows(ctx, bics)
	if err != nil {
		return nil, err
	}
	out := []Loss{}
	for _, b := range bics {
		out = append(out, Loss{BIC: b, Name: r.q.Directory.Name(b), Country: b.Country(), Lost: lost[b], Of: whole[b], Percent: ratioOf(100*lost[b], whole[b], 1)})
	}
	slices.SortFunc(out, func(a, b Loss) int {
		return cmp.Or(cmp.Compare(b.Lost*a.Of, a.Lost*b.Of), cmp.Compare(b.Lost, a.Lost), strings.Compare(string(a.BIC), string(b.BIC)))
	})
	return out, nil
}

// gateways are the shared connections that subjects use, and who else is on them (R27).
func (r *run) gateways(ctx context.Context) error {
	by := map[string]*Gateway{}
	var names []string
	var ask []corridor.BIC
	for _, b := range r.touched {
		o := r.q.Directory.Office(b)
		if o == nil || o.Gateway == "" {
			continue
		}
		g := by[o.Gateway]
		if g == nil {
			g = &Gateway{Gateway: o.Gateway}
			by[o.Gateway] = g
			names = append(names, o.Gateway)
			ask = append(ask, r.q.Directory.OnGateway(o.Gateway)...)
		}
		g.Subjects = append(g.Subjects, b)
	}
	slices.Sort(ask)
	flows, err := r.memberFlows(ctx, slices.Compact(ask))
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, n := range names {
		g := by[n]
		others := slices.DeleteFunc(slices.Clone(r.q.Directory.OnGateway(n)), func(b corridor.BIC) bool { return slices.Contains(g.Subjects, b) })
		g.Others, _ = r.busiest(others, flows)
		if len(g.Others) > 0 {
			r.report.Collateral.Gateways = append(r.report.Collateral.Gateways, *g)
		}
	}
	return nil
}

// limits are what the order's bounds are taken from (R21).
func (r *run) limits(context.Context) error {
	l := &r.report.Limits
	l.BICs = len(r.covered) + len(r.branches)
	l.Share, l.ShareOfValue = r.report.Impact.Share, r.report.Impact.ShareOfValue
	if b := r.q.Order.Bounds; b.BICs > 0 && l.BICs > b.BICs {
		r.warn("the order covers %d BICs, its bounds say %d", l.BICs, b.BICs)
	}
	if b := r.q.Order.Bounds.Share; b != "" {
		if s, err := corridor.ParseDecimal(l.Share); err == nil && s.Cmp(b) > 0 {
			r.warn("the order would stop %s of the daily messages, its bounds say %s", l.Share, b)
		}
	}
	return nil
}
