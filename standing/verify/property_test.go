package verify_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
	"corridor.example/corridor/standing/verify"
)

// cast are the members of random stories: two branches of one bank, banks of three countries.
var cast = []corridor.LT{"ZQVARUMMAXXX", "ZQVARUMMASPB", "ZQVSRUMMAXXX", "ZQCRUAUKAXXX", "ZQDEDEFFAXXX", "ZQFRFRPPAXXX"}

var (
	anyBIC      = rapid.SampledFrom([]corridor.BIC{"ZQVARUMM", "ZQVSRUMM", "ZQCRUAUK", "ZQDEDEFF"})
	anyType     = rapid.SampledFrom([]corridor.MessageType{"fin.103", "fin.202.COV", "fin.940", "pacs.008.001.08", "file.data"})
	anyPattern  = rapid.SampledFrom([]string{"fin.103", "fin.202", "fin.9xx", "pacs", "pacs.008", "fin"})
	anyCurrency = rapid.SampledFrom([]string{"EUR", "USD"})
	anyValue    = rapid.SampledFrom([]corridor.Decimal{"1", "10000", "30000.5", "40000"})
	anyWay      = rapid.SampledFrom([]string{"", "return", "hold"})
)

func some[T any](t *rapid.T, label string, g *rapid.Generator[T]) []T {
	all := rapid.SliceOfN(g, 0, 2).Draw(t, label)
	if len(all) == 0 {
		return nil
	}
	return all
}

// draw is one thing out of two, the second seldom.
func seldom(t *rapid.T, label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }

func anySubject(t *rapid.T) standing.Subject {
	var s standing.Subject
	seen := map[corridor.BIC]bool{}
	for range rapid.IntRange(1, 2).Draw(t, "subjects") {
		b := anyBIC.Draw(t, "subject")
		if seldom(t, "branch") && b == "ZQVARUMM" {
			b = "ZQVARUMMSPB"
		}
		if seen[b] || seen[b.BIC8()] {
			continue
		}
		seen[b], seen[b.BIC8()] = true, true
		x := standing.Resolved{BIC: b, Explicit: rapid.Bool().Draw(t, "explicit")}
		s.BICs = append(s.BICs, b)
		s.Resolved = append(s.Resolved, x)
	}
	if seldom(t, "country") {
		s.Countries = []standing.Country{{Country: rapid.SampledFrom([]string{"RU", "UA"}).Draw(t, "of"), Test: rapid.SampledFrom([]string{"bic", "establishment", "either"}).Draw(t, "test")}}
	}
	if seldom(t, "exclusion") && !seen["ZQFRFRPP"] {
		s.Excluded = []standing.Excluded{{BIC: "ZQFRFRPP", Reason: "ring-fenced"}}
	}
	return s
}

func anyScope(t *rapid.T) standing.Scope {
	sc := standing.Scope{Direction: rapid.SampledFrom([]string{"", "both", "from", "to"}).Draw(t, "direction")}
	switch rapid.IntRange(0, 5).Draw(t, "scope") {
	case 0:
		sc.Types = some(t, "types", anyPattern)
	case 1:
		sc.Spared = some(t, "spared", anyPattern)
	case 2:
		sc.Currencies = some(t, "currencies", anyCurrency)
	case 3:
		sc.Amount = &standing.Band{Currency: "EUR", From: "10000", To: "40000"}
	case 4:
		sc.Counterparties = []string{rapid.SampledFrom([]string{"ZQDEDEFF", "FR", "RU"}).Draw(t, "counterparty")}
	case 5:
		sc.Services = []string{rapid.SampledFrom([]string{"fin", "mx", "file"}).Draw(t, "service")}
	}
	return sc
}

func anyOrder(t *rapid.T, id string, now time.Time) standing.Order {
	o := standing.Order{ID: id, Kind: standing.Disconnect, Subject: anySubject(t), Shadow: seldom(t, "shadow"),
		Effective: standing.Effective{UTC: now.Add(time.Duration(rapid.IntRange(-1, 3).Draw(t, "hours")) * time.Hour).Format(time.RFC3339)},
		InFlight:  standing.InFlight{UndeliveredTo: anyWay.Draw(t, "to"), UndeliveredFrom: anyWay.Draw(t, "from")},
		Notice:    standing.Notice{WindDown: rapid.SampledFrom([]string{"", "", "replies-only", "value-date-before"}).Draw(t, "wind-down")}}
	if rapid.Bool().Draw(t, "restrict") {
		o.Kind, o.Scope = standing.Restrict, anyScope(t)
	}
	if seldom(t, "licence") || o.Kind == standing.Restrict && o.Scope.Direction == "" && o.Scope.Amount == nil {
		c := standing.Carveout{Licence: "L-7", Quote: "/LIC/L-7", Types: some(t, "licensed types", anyPattern)}
		if rapid.Bool().Draw(t, "budget") {
			c.Currency, c.Amount, c.WindowDays = "EUR", "50000", 30
		}
		if rapid.Bool().Draw(t, "count") {
			c.Count, c.WindowDays = 2, 30
		}
		o.Carveouts = []standing.Carveout{c}
	}
	if seldom(t, "deny") {
		o.Deny = []standing.Condition{{Types: some(t, "denied", anyPattern), Currencies: some(t, "denied currencies", anyCurrency)}}
	}
	if seldom(t, "content") {
		o.Reach = "content"
	}
	if seldom(t, "expires") {
		o.Expires = now.Add(9 * time.Hour).Format(time.RFC3339)
	}
	return o
}

func anyInside(t *rapid.T) *corridor.Particulars {
	p := &corridor.Particulars{}
	for range rapid.IntRange(0, 2).Draw(t, "transactions") {
		p.Amounts = append(p.Amounts, corridor.Amount{Currency: anyCurrency.Draw(t, "currency"), Value: anyValue.Draw(t, "value")})
	}
	p.References = some(t, "references", rapid.SampledFrom([]string{"/LIC/L-7", "/LIC/L-77", "invoice /LIC/L-7 of May"}))
	p.Agents = some(t, "agents", anyBIC)
	p.ValueDate = rapid.SampledFrom([]string{"", "2026-03-01", "2026-03-02", "2026-03-09"}).Draw(t, "value date")
	p.Answer = seldom(t, "answer")
	return p
}

// TestEngineAgainstModel: whatever orders say, whoever sends what, whenever fences pass: what the engine decides the verifier proves.
func TestEngineAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRecorder(t, cast...)
		r.act("dino", "directory.change", "", corridor.Digest{}, []byte(`{"announce":false,"changes":[{"entity":{"country":"RU","id":"LE-1","name":"Crimean","status":"active"}},{"office":{"bic":"ZQCRUAUK","entity":"LE-1","status":"active"}}]}`))
		now := start
		orders := 0
		for step := range rapid.IntRange(3, 25).Draw(rt, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 70).Draw(rt, "minutes")) * time.Minute)
			r.page(now)
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0, 1:
				if o := anyOrder(rt, fmt.Sprintf("ORD-%d", step), now); o.Check() == nil || publishable(r, &o) {
					r.order(o)
					orders++
				}
			case 2:
				ending(rt, r, fmt.Sprintf("END-%d", step), now)
			case 3:
				released(rt, r)
			default:
				for range rapid.IntRange(1, 6).Draw(rt, "messages") {
					from, to := rapid.SampledFrom(cast).Draw(rt, "sender"), rapid.SampledFrom(cast).Draw(rt, "receiver")
					r.send(from, to, anyType.Draw(rt, "type"), anyInside(rt))
					if rapid.Bool().Draw(rt, "deliver") {
						r.deliver(rapid.SampledFrom(cast).Draw(rt, "who"), rapid.IntRange(0, 3).Draw(rt, "acknowledged"))
					}
				}
			}
		}
		got := verifyPages(t, r.authority.Root(), r.end(), verify.Options{})
		for _, s := range got.Sentences {
			if !s.Holds {
				rt.Fatalf("%v (%d breaks)\n%s", s.Break, s.Breaks, explain(r, s.Break))
			}
		}
	})
}

// publishable fills a draft and asks whether it is sound.
func publishable(r *recorder, o *standing.Order) bool {
	r.fill(o)
	return o.Check() == nil
}

// ending drafts what ends or changes an order in force: a lift, an amendment, a pause, or a readmission.
func ending(t *rapid.T, r *recorder, id string, now time.Time) {
	at := standing.Effective{UTC: now.Add(time.Hour).Format(time.RFC3339)}
	all, _ := r.state.OffAll()
	for _, b := range all {
		if len(r.state.Covering(b)) == 0 && rapid.Bool().Draw(t, "readmit") {
			ramp := []standing.Step{{Stage: standing.StageFull}}
			if rapid.Bool().Draw(t, "ramp") {
				ramp = []standing.Step{{Stage: standing.StageReceive, AfterHours: 1}, {Stage: standing.StageLow, AfterHours: 1, Most: []corridor.Amount{{Currency: "EUR", Value: "10000"}}}, {Stage: standing.StageFull}}
			}
			r.order(standing.Order{ID: id, Kind: standing.Readmit, Subject: resolved(b), Effective: at, Ramp: ramp})
			return
		}
	}
	for _, o := range r.state.Orders() {
		if o.Phase != standing.InForce || o.Order.Kind == standing.Pause || o.PausedFor != "" || rapid.Bool().Draw(t, "next") {
			continue
		}
		x := standing.Order{ID: id, Kind: standing.Lift, Refers: o.Order.ID, Effective: at}
		switch rapid.IntRange(0, 2).Draw(t, "end") {
		case 0:
			x.Kind, x.Subject, x.Scope = standing.Amend, anySubject(t), anyScope(t)
		case 1:
			x.Kind, x.Expires = standing.Pause, now.Add(3*time.Hour).Format(time.RFC3339)
		}
		if publishable(r, &x) {
			r.order(x)
		}
		return
	}
}

// released has two officers let a held message go, or send it back.
func released(t *rapid.T, r *recorder) {
	all := r.state.HeldMessages()
	if len(all) == 0 {
		return
	}
	h := rapid.SampledFrom(all).Draw(t, "held")
	kind := rapid.SampledFrom([]string{standing.MessageRelease, standing.MessageReturn}).Draw(t, "answer")
	i := slices.IndexFunc(r.queue[shelf], func(m *sent) bool { return m.at == h.At })
	if d := r.decide(r.queue[shelf][i]); d != nil && d.Outcome == entry.Refuses {
		kind = standing.MessageReturn
	}
	place := standing.Place{Page: h.At.Page, Index: h.At.Index}
	if r.try("cora", kind, "", corridor.Digest{}, place) == nil {
		r.try("lena", kind, "", corridor.Digest{}, place)
	}
}

// explain is what a failure needs: the records around a break, and the orders.
func explain(r *recorder, b *verify.Break) string {
	var text string
	all, _ := r.pages[b.At.Page].All()
	for i := max(0, int(b.At.Index)-1); i < min(len(all), int(b.At.Index)+2); i++ {
		e := must(entry.Decode(all[i]))
		switch e := e.(type) {
		case *entry.Accepted:
			text += fmt.Sprintf("%d accepted %+v\n", i, must(entry.DecodeSubmission(e.Statement)))
		case *entry.Refused:
			text += fmt.Sprintf("%d refused %+v\n", i, must(entry.DecodeSubmission(e.Statement)))
		case *entry.Decided:
			text += fmt.Sprintf("%d decided %v %s %s %s %v %s %s %s\n", i, e.Message, e.Stage, e.Outcome, e.Rule, e.Orders, e.Licence, e.Amount, e.Particulars)
		default:
			text += fmt.Sprintf("%d %v\n", i, e.Kind())
		}
	}
	for _, o := range r.state.Orders() {
		text += fmt.Sprintf("%s fence %v: %s\n", o.Phase, o.Fence, must(o.Order.Encode()))
	}
	return text
}
