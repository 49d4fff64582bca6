package standing_test

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/standing"
	"pgregory.net/rapid"
)

// The small world of the property test: six institutions and a branch, in three countries.
var (
	modelBICs  = []corridor.BIC{"ZQAARUMM", "ZQABRUMM", "ZQACUAUK", "ZQADDEFF", "ZQAEFRPP", "ZQAFUS33"}
	modelTypes = []corridor.MessageType{"fin.103", "fin.202", "fin.202.COV", "fin.940", "pacs.008.001.08", "file"}
)

// places is the model's directory: one bank has a country's letters and is established in another.
type places map[corridor.BIC]string

func (p places) EstablishedIn(b corridor.BIC) string { return p[b.BIC8()] }

func modelPlaces() places {
	p := places{}
	for _, b := range modelBICs {
		p[b] = b.Country()
	}
	p["ZQACUAUK"] = "RU"
	return p
}

// world drives the state by acts, as officers do, and the model beside it.
type world struct {
	t      *rapid.T
	state  *standing.State
	model  *model
	now    int64
	at     corridor.Position
	keys   []corridor.Digest
	number int
	signed uint64
}

const second = int64(time.Second)

func newWorld(t *rapid.T) *world {
	p := modelPlaces()
	w := &world{t: t, state: standing.New("model.corridor", "CRDRXXXX", p), now: 1_700_000_000 * second,
		model: &model{off: map[corridor.BIC]string{}, ramps: map[corridor.BIC]*modelRamp{}, place: p}}
	policy := standing.Policy{Version: 1, Signers: []standing.Role{standing.Legal, standing.Observer}, Bank: 2, Country: 2, LargeShare: "1", PauseHours: 1, Authorisations: "shown"}
	for i, role := range []standing.Role{standing.Drafter, standing.Legal, standing.Observer, standing.Operations} {
		key := corridor.DigestOf([]byte{byte(i)})
		w.keys = append(w.keys, key)
		policy.Officers = append(policy.Officers, standing.Officer{Key: key.String(), Name: fmt.Sprint("officer ", i), Roles: []standing.Role{role}})
	}
	w.act(0, &entry.Act{Kind: standing.PolicyFound}, &standing.Founding{Policy: policy, Signature: base64.StdEncoding.EncodeToString(nil)})
	return w
}

func (w *world) place() corridor.Position {
	w.at.Page++
	return w.at
}

// act has one officer do something that is to be taken.
func (w *world) act(officer int, a *entry.Act, body any) {
	w.t.Helper()
	if f := w.try(officer, a, body); f != nil {
		w.t.Fatalf("%s %s: %s %s", a.Kind, a.Subject, f.Code, f.Text)
	}
}

func (w *world) try(officer int, a *entry.Act, body any) *corridor.Fault {
	w.signed++
	a.Network, a.SignedAt = "model.corridor", w.signed
	if body != nil {
		b, err := canonical.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		a.Body = b
	}
	if f := w.state.Check(a, w.keys[officer], w.now); f != nil {
		return f
	}
	if err := w.state.ApplyAct(w.place(), w.now, a, w.keys[officer]); err != nil {
		w.t.Fatalf("%s: %v", a.Kind, err)
	}
	return nil
}

// carry drafts, confirms, signs and publishes an order. What cannot be published at this time is forgotten.
func (w *world) carry(o *standing.Order) {
	document, err := o.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	d := corridor.DigestOf(document)
	w.act(0, &entry.Act{Kind: standing.OrderDraft, Subject: o.ID, Document: d, Body: document}, nil)
	w.act(1, &entry.Act{Kind: standing.OrderResolve, Subject: o.ID, Document: d}, nil)
	w.act(1, &entry.Act{Kind: standing.OrderSign, Subject: o.ID, Document: d}, nil)
	w.act(2, &entry.Act{Kind: standing.OrderSign, Subject: o.ID, Document: d}, nil)
	if w.try(3, &entry.Act{Kind: standing.OrderPublish, Subject: o.ID, Document: d}, nil) == nil {
		w.t.Logf("at %s: %s", stamp(w.now), document)
		w.model.publish(o)
		w.pass(0)
	}
}

// pass lets time pass from instant to instant: each has its fences, and no two instants of a run are the same second.
func (w *world) pass(seconds int) {
	until := w.now + int64(seconds)*second
	for {
		for due := w.state.Due(w.now); len(due) > 0; due = w.state.Due(w.now) {
			for _, f := range due[:1] { // one at a time, as the hub does
				if err := w.state.ApplyFenced(w.place(), w.now, f); err != nil {
					w.t.Fatal(err)
				}
			}
		}
		w.model.pass(w.now)
		if w.now == until {
			return
		}
		w.now = w.model.next(until)
	}
}

// decide compares one decision, and lets both sides count it.
func (w *world) decide(m *standing.Message) {
	m.Time = w.now
	got, want := w.state.Decide(m), w.model.decide(m)
	if diff := want.differs(&got); diff != "" {
		w.t.Fatalf("%s from %s to %s, %+v\n%s\n%+v", m.Type, m.Sender, m.Receiver, m.Particulars, diff, got)
	}
	if touched, inside := w.state.Touches(m.Sender, m.Receiver); !touched && got.Outcome != entry.Passes {
		w.t.Fatalf("no order is said to touch the message, and it is %s", got.Outcome)
	} else if !inside {
		bare := *m
		bare.Particulars = nil
		if again := w.state.Decide(&bare); again.Outcome != got.Outcome || again.Rule != got.Rule {
			w.t.Fatalf("without a look inside it is %s by %s, with one %s by %s", again.Outcome, again.Rule, got.Outcome, got.Rule)
		}
	}
	if got.Outcome == entry.Licensed {
		w.model.uses = append(w.model.uses, want.uses...)
		w.state.ApplyDecided(w.now, &entry.Decided{Message: w.place(), Stage: entry.AtAccept, Outcome: got.Outcome, Rule: got.Rule, Orders: got.Orders,
			Licence: got.Licence, Currency: got.Currency, Amount: got.Amount}, m.Sender.BIC8(), m.Receiver.BIC8())
	}
}

// pick draws up to n of a list.
func pick[T any](t *rapid.T, from []T, most int, label string) []T {
	if rapid.IntRange(0, 2).Draw(t, label+" at all") > 0 {
		return nil
	}
	return rapid.SliceOfN(rapid.SampledFrom(from), 1, most).Draw(t, label)
}

func drawAmount(t *rapid.T) corridor.Amount {
	return corridor.Amount{Currency: rapid.SampledFrom([]string{"EUR", "USD"}).Draw(t, "currency"), Value: rapid.SampledFrom([]corridor.Decimal{"1", "50", "99.5", "100", "150"}).Draw(t, "value")}
}

func drawMessage(t *rapid.T) *standing.Message {
	ends := rapid.SliceOfNDistinct(rapid.SampledFrom(modelBICs), 2, 2, func(b corridor.BIC) corridor.BIC { return b }).Draw(t, "ends")
	branch := func(b corridor.BIC) corridor.LT {
		return corridor.LT(string(b) + "X" + rapid.SampledFrom([]string{"XXX", "XXX", "SPB"}).Draw(t, "branch"))
	}
	p := &corridor.Particulars{
		Purpose: rapid.SampledFrom([]string{"", "FOOD"}).Draw(t, "purpose"), Answer: rapid.Bool().Draw(t, "answer"),
		ValueDate: rapid.SampledFrom([]string{"", "2023-11-14", "2023-11-15", "2024-01-01"}).Draw(t, "value date"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "amounts") {
		p.Amounts = append(p.Amounts, drawAmount(t))
	}
	p.Agents = pick(t, modelBICs, 2, "agents")
	p.References = pick(t, []string{"/LIC/L-1", "/LIC/L-2 MEDICINE", "/LIC/L-11"}, 2, "references")
	return &standing.Message{Sender: branch(ends[0]), Receiver: branch(ends[1]), Type: rapid.SampledFrom(modelTypes).Draw(t, "type"), Particulars: p}
}

var modelPatterns = []string{"fin.103", "fin.202", "fin.202.COV", "fin.9xx", "pacs", "pacs.008", "file"}

func (w *world) drawScope(t *rapid.T) standing.Scope {
	s := standing.Scope{Direction: rapid.SampledFrom([]string{"", "from", "to"}).Draw(t, "direction")}
	s.Counterparties = pick(t, []string{"ZQADDEFF", "DE", "RU", "ZQAFUS33"}, 2, "counterparties")
	s.Services = pick(t, []string{"fin", "mx", "file"}, 2, "services")
	s.Types = pick(t, modelPatterns, 3, "types")
	s.Spared = pick(t, modelPatterns, 2, "spared")
	s.Currencies = pick(t, []string{"EUR", "USD"}, 1, "currencies")
	if rapid.IntRange(0, 4).Draw(t, "band at all") == 0 {
		s.Amount = &standing.Band{Currency: "EUR", From: "50", To: "100"}
	}
	return s
}

func drawCarveouts(t *rapid.T) []standing.Carveout {
	var all []standing.Carveout
	for i := range rapid.IntRange(0, 2).Draw(t, "carve-outs") {
		c := standing.Carveout{Licence: fmt.Sprintf("L-%d", i+1), Currency: rapid.SampledFrom([]string{"", "EUR"}).Draw(t, "licence's currency")}
		c.Quote = rapid.SampledFrom([]string{"", "/LIC/" + c.Licence}).Draw(t, "quote")
		c.Types = pick(t, modelPatterns, 2, "licence's types")
		if rapid.IntRange(0, 3).Draw(t, "holder at all") == 0 {
			c.Holder = rapid.SampledFrom(modelBICs).Draw(t, "holder")
		}
		if rapid.IntRange(0, 3).Draw(t, "purpose at all") == 0 {
			c.Purpose = "FOOD"
		}
		if rapid.Bool().Draw(t, "budget") {
			c.WindowDays, c.Count = 1, rapid.IntRange(0, 2).Draw(t, "count")
			if c.Currency != "" {
				c.Amount = "200"
			}
			if c.Count == 0 && c.Amount == "" {
				c.Count = 1
			}
		}
		if len(c.Types) == 0 && c.Currency == "" && c.Purpose == "" && c.Quote == "" && c.Holder == "" {
			c.Quote = "/LIC/" + c.Licence
		}
		all = append(all, c)
	}
	return all
}

// begin is a document with an id and an instant of its own: each order of a run has its own three seconds in each ten minutes.
func (w *world) begin(t *rapid.T, kind standing.Kind) *standing.Order {
	w.number++
	offset := int64(rapid.IntRange(-1, 3).Draw(t, "effective in tens of seconds"))
	at := w.now/(600*second)*600*second + offset*600*second + int64(3*w.number%600)*second
	o := &standing.Order{ID: fmt.Sprintf("O-%03d", w.number), Kind: kind, Ground: "rulebook", Rule: "1", Bounds: standing.Bounds{BICs: 100}, DryRun: corridor.DigestOf(nil).String()}
	o.Effective.UTC = stamp(at)
	return o
}

func stamp(nanos int64) string { return time.Unix(0, nanos).UTC().Format(time.RFC3339) }

func (w *world) drawResolved(t *rapid.T, o *standing.Order) {
	for _, b := range rapid.SliceOfNDistinct(rapid.SampledFrom(modelBICs[:4]), 1, 3, func(b corridor.BIC) corridor.BIC { return b }).Draw(t, "subjects") {
		if rapid.IntRange(0, 5).Draw(t, "branch only") == 0 {
			b += "SPB"
		}
		o.Subject.BICs = append(o.Subject.BICs, b)
		o.Subject.Resolved = append(o.Subject.Resolved, standing.Resolved{BIC: b, Explicit: true})
	}
}

func (w *world) drawOrder(t *rapid.T) *standing.Order {
	o := w.begin(t, rapid.SampledFrom([]standing.Kind{standing.Disconnect, standing.Disconnect, standing.Restrict}).Draw(t, "kind"))
	w.drawResolved(t, o)
	if o.Kind == standing.Restrict || rapid.Bool().Draw(t, "with a scope") {
		o.Scope = w.drawScope(t)
		o.Carveouts = drawCarveouts(t)
	}
	if o.Kind == standing.Restrict && o.Check() != nil {
		o.Kind = standing.Disconnect // a restriction of everything
	}
	if rapid.IntRange(0, 3).Draw(t, "country at all") == 0 {
		o.Subject.Countries = []standing.Country{{Country: "RU", Test: rapid.SampledFrom([]string{"bic", "establishment", "either"}).Draw(t, "test")}}
		if rapid.Bool().Draw(t, "exclusion") {
			o.Subject.Excluded = w.drawExcluded(t, o)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "deny at all") == 0 {
		o.Deny = []standing.Condition{{Types: pick(t, modelPatterns, 2, "denied types"), Counterparties: pick(t, []string{"DE", "ZQAFUS33"}, 1, "denied counterparties"), Currencies: []string{"USD"}}}
	}
	o.Reach = rapid.SampledFrom([]string{"", "", "content"}).Draw(t, "reach")
	o.Shadow = rapid.IntRange(0, 5).Draw(t, "shadow") == 0
	o.Notice.WindDown = rapid.SampledFrom([]string{"", "", standing.WindDownReplies, standing.WindDownValueDates, standing.WindDownNoRMA}).Draw(t, "wind-down")
	if rapid.IntRange(0, 2).Draw(t, "expires at all") == 0 {
		o.Expires = stamp(o.EffectiveAt() + 1801*second)
	}
	return o
}

func (w *world) drawExcluded(t *rapid.T, o *standing.Order) []standing.Excluded {
	for _, b := range modelBICs {
		named := false
		for _, r := range o.Subject.Resolved {
			named = named || r.BIC.BIC8() == b
		}
		if !named && b.Country() == "RU" {
			return []standing.Excluded{{BIC: b, Reason: "expressly out"}}
		}
	}
	return nil
}

// known draws an order that was published, of a kind that others may refer to.
func (w *world) known(t *rapid.T) *modelOrder {
	var all []*modelOrder
	for _, o := range w.model.orders {
		if k := o.doc.Kind; k == standing.Disconnect || k == standing.Restrict || k == standing.Amend {
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		t.Skip("no order yet")
	}
	return rapid.SampledFrom(all).Draw(t, "target")
}

// Whatever orders come, go, stack and meet: every decision is what the model, which knows nothing of indexes and phases, says.
func TestDecideIsTheModels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		t.Repeat(map[string]func(*rapid.T){
			"order": func(t *rapid.T) { w.carry(w.drawOrder(t)) },
			"lift": func(t *rapid.T) {
				target := w.known(t)
				o := w.begin(t, standing.Lift)
				o.Refers = target.doc.ID
				if rapid.Bool().Draw(t, "partial") {
					b := target.doc.Subject.Resolved[0].BIC.BIC8()
					o.Subject.Resolved = []standing.Resolved{{BIC: b, Explicit: true}}
				}
				w.carry(o)
			},
			"amend": func(t *rapid.T) {
				target := w.known(t)
				o := w.drawOrder(t)
				o.Kind, o.Refers = standing.Amend, target.doc.ID
				w.carry(o)
			},
			"pause": func(t *rapid.T) {
				o := w.begin(t, standing.Pause)
				o.Refers = w.known(t).doc.ID
				o.Expires = stamp(max(o.EffectiveAt(), w.now) + 601*second)
				w.carry(o)
			},
			"readmit": func(t *rapid.T) {
				o := w.begin(t, standing.Readmit)
				w.drawResolved(t, o)
				for i := range o.Subject.Resolved {
					o.Subject.Resolved[i].BIC = o.Subject.Resolved[i].BIC.BIC8()
				}
				o.Ramp = []standing.Step{{Stage: standing.StageReceive, AfterHours: 1}, {Stage: standing.StageLow, AfterHours: 1, Most: []corridor.Amount{{Currency: "EUR", Value: "100"}}}, {Stage: standing.StageFull}}
				o.Ramp = o.Ramp[rapid.IntRange(0, 2).Draw(t, "first stage"):]
				w.carry(o)
			},
			"time": func(t *rapid.T) { w.pass(rapid.IntRange(1, 900).Draw(t, "seconds")) },
			"messages": func(t *rapid.T) {
				for range rapid.IntRange(1, 6).Draw(t, "how many") {
					w.decide(drawMessage(t))
				}
			},
		})
	})
}
