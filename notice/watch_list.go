package notice

import (
	"cmp"
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// lists makes the personal list of every member that has open items, recent traffic or authorisations with those whom an order covers.
func (w *Watch) lists(n *Notice) {
	covered := coveredOf(n.Order)
	rows := map[corridor.BIC][]Row{}
	for _, m := range w.openSorted() {
		// What they send and is not delivered is told to nobody but them (R32).
		if covers(covered, m.receiver) && !covers(covered, m.sender) && inScope(n.Order, m, true) {
			r := w.row(m)
			r.Will = will(n.Order, m)
			rows[m.sender.BIC8()] = append(rows[m.sender.BIC8()], r)
		}
	}
	for _, member := range w.Members() {
		authorised, known := w.relation(member, covered)
		if covered[member] != nil || len(rows[member]) == 0 && !known && len(authorised) == 0 {
			continue
		}
		t := &Table{Kind: "open-items", Network: n.Issuer.Network, Member: member, Order: n.Order.ID, SHA256: n.Document.String(), At: instantText(n.At), Rows: rows[member]}
		w.letters = append(w.letters, n.listLetter(w.page, t, authorised))
	}
}

// relation is what a member has with those covered: authorisations, in words, and whether there was traffic lately.
func (w *Watch) relation(member corridor.BIC, covered map[corridor.BIC][]corridor.BIC) (authorised []string, traffic bool) {
	for _, b := range sorted(covered) {
		if w.o.Authorised != nil {
			authorised = append(authorised, w.o.Authorised(member, b)...)
		}
		if at, ok := w.traffic[pairOf(member, b)]; ok && w.time-at <= int64(recentTraffic) {
			traffic = true
		}
	}
	return authorised, traffic
}

func sorted[V any](m map[corridor.BIC]V) []corridor.BIC {
	var all []corridor.BIC
	for b := range m {
		all = append(all, b)
	}
	slices.Sort(all)
	return all
}

// coveredOf are the BIC8s that an order covers, each with its branches where it covers only these.
func coveredOf(o *standing.Order) map[corridor.BIC][]corridor.BIC {
	all := map[corridor.BIC][]corridor.BIC{}
	whole := map[corridor.BIC]bool{}
	for _, r := range o.Subject.Resolved {
		b := r.BIC.BIC8()
		if len(r.BIC) == 8 {
			whole[b] = true
		}
		all[b] = append(all[b], r.BIC)
	}
	for b := range whole {
		all[b] = []corridor.BIC{}
	}
	return all
}

func covers(covered map[corridor.BIC][]corridor.BIC, lt corridor.LT) bool {
	branches, ok := covered[lt.BIC8()]
	return ok && (len(branches) == 0 || slices.Contains(branches, lt.BIC()))
}

// inScope says whether an order is about an open message, by what is known of it without its content: amounts and currencies are looked at
// at the instant.
func inScope(o *standing.Order, m *open, toSubject bool) bool {
	s := &o.Scope
	if s.Direction == "from" && toSubject || s.Direction == "to" && !toSubject {
		return false
	}
	match := func(patterns []string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return standing.MatchType(p, m.typ) })
	}
	other := m.receiver
	if toSubject {
		other = m.sender
	}
	switch {
	case len(s.Services) > 0 && !slices.Contains(s.Services, standing.Service(m.typ)):
		return false
	case len(s.Types) > 0 && !match(s.Types), match(s.Spared):
		return false
	case len(s.Counterparties) > 0 && !slices.Contains(s.Counterparties, string(other.BIC8())) && !slices.Contains(s.Counterparties, other.BIC8().Country()):
		return false
	}
	return true
}

func (w *Watch) openSorted() []*open {
	var all []*open
	for _, m := range w.open {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *open) int { return a.at.Compare(b.at) })
	return all
}

// row is an open message as a list has it.
func (w *Watch) row(m *open) Row {
	r := Row{
		Position: m.at.String(), Accepted: instantText(m.accepted), Sender: m.sender, Receiver: m.receiver, Type: m.typ, MIR: m.mir, Reference: m.reference, UETR: m.uetr, State: m.state,
	}
	if w.o.Particulars != nil {
		if p := w.o.Particulars(m.at); p != nil && len(p.Amounts) > 0 {
			r.Currency, r.Amount = p.Amounts[0].Currency, p.Amounts[0].Value
		}
	}
	return r
}

// reportKey is one report: for one member under one order, of one span of time.
type reportKey struct {
	order  string
	member corridor.BIC
	span   int64
}

type report struct {
	rows []Row
	page uint64
}

// report puts a message on a member's report. A message that several orders stopped is on that of the first.
func (w *Watch) report(member corridor.BIC, m *open, e *entry.Decided, state string) {
	if len(e.Orders) == 0 {
		return
	}
	k := reportKey{clone(e.Orders[0]), member, w.time / int64(reportSpan)}
	x := w.reports[k]
	if x == nil {
		x = &report{}
		w.reports[k] = x
	}
	r := w.row(m)
	r.State, r.Decided = state, instantText(w.time)
	for _, id := range e.Orders {
		r.Orders = append(r.Orders, clone(id))
	}
	if codes := CodesOf(causeOf(e)); state == "returned" {
		r.Code, r.Reason = codes.FIN, codes.Reason
	}
	x.rows, x.page = append(x.rows, r), w.page
}

func causeOf(e *entry.Decided) Cause {
	switch {
	case e.Stage == entry.AtRelease && e.Rule == standing.RuleContent:
		return ReturnedScreened
	case e.Stage == entry.AtRelease:
		return ReturnedAwaiting
	}
	return Returned
}

// closeReports makes letters of the reports whose span is over.
func (w *Watch) closeReports(now int64) {
	var over []reportKey
	for k := range w.reports {
		if now >= (k.span+1)*int64(reportSpan) {
			over = append(over, k)
		}
	}
	slices.SortFunc(over, func(a, b reportKey) int {
		return cmp.Or(cmp.Compare(a.span, b.span), cmp.Compare(a.order, b.order), cmp.Compare(a.member, b.member))
	})
	for _, k := range over {
		x, digest := w.reports[k], ""
		if r := w.standing.Order(k.order); r != nil {
			digest = r.Document.String()
		}
		at := (k.span + 1) * int64(reportSpan)
		t := &Table{Kind: "undelivered", Network: w.o.Issuer.Network, Member: k.member, Order: k.order, SHA256: digest, At: instantText(at), Rows: x.rows}
		id := "undelivered." + timeOf(at).Format("20060102T1504") + "." + string(k.member) + "." + k.order
		w.letters = append(w.letters, reportLetter(id, x.page, at, t))
		delete(w.reports, k)
	}
}
