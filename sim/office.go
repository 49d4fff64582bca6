package sim

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing"
)

// The officers of a simulated network: two sign, as few as a policy allows, so that many orders fit into a run.
const (
	drafter = iota
	legal
	compliance
	operations
	officers
)

func officerRoles() [officers]standing.Role {
	return [officers]standing.Role{standing.Drafter, standing.Legal, standing.Compliance, standing.Operations}
}

// office is the desk of the network's officers: it files acts one after the other and asks again until it is answered.
type office struct {
	w      *world
	queue  []*filing
	asked  int // grows with each answer: what waits for one of before is void
	number int
	taken  []*standing.Order // whose publication was answered, in order
}

// filing is one signed act on its way into the journal.
type filing struct {
	order *standing.Order
	acted entry.Acted
	act   entry.Act
}

// found is the first act: the policy that the authority signed.
func (o *office) found() error {
	p := standing.Policy{Version: 1, Signers: []standing.Role{standing.Legal, standing.Compliance}, Bank: 2, Country: 2, LargeShare: "1", PauseHours: 1, Authorisations: "shown"}
	for i, k := range o.w.keys.officers {
		p.Officers = append(p.Officers, standing.Officer{Key: k.Certificate().ID.String(), Name: k.Certificate().Name, Roles: []standing.Role{officerRoles()[i]}})
	}
	document, err := canonical.Marshal(&p)
	if err != nil {
		return err
	}
	f := standing.Founding{Policy: p, Signature: base64.StdEncoding.EncodeToString(o.w.keys.authority.SignDocument(standing.DomainPolicy, document))}
	body, err := canonical.Marshal(&f)
	o.push(operations, nil, &entry.Act{Kind: standing.PolicyFound, Document: corridor.DigestOf(document), Body: body})
	return err
}

// push signs an act and puts it last.
func (o *office) push(who int, order *standing.Order, a *entry.Act) {
	key := o.w.keys.officers[who]
	a.Network, a.SignedAt = network, uint64(o.w.clock().UnixMilli())
	statement := a.Append(nil)
	o.queue = append(o.queue, &filing{order, entry.Acted{Statement: statement, Signature: key.Sign(entry.AppendSignedAct(nil, statement)), Certificate: key.Certificate().DER}, *a})
	if len(o.queue) == 1 {
		o.ask()
	}
}

// carry files all acts of an order, from the draft to the publication.
func (o *office) carry(d *standing.Order) {
	document, err := d.Encode()
	if err == nil {
		err = d.Check()
	}
	if err != nil {
		o.w.fail(CheckHeart, "an order of the simulation's own: %v", err)
		return
	}
	digest := corridor.DigestOf(document)
	o.push(drafter, d, &entry.Act{Kind: standing.OrderDraft, Subject: d.ID, Document: digest, Body: document})
	o.push(legal, d, &entry.Act{Kind: standing.OrderResolve, Subject: d.ID, Document: digest})
	o.push(legal, d, &entry.Act{Kind: standing.OrderSign, Subject: d.ID, Document: digest})
	o.push(compliance, d, &entry.Act{Kind: standing.OrderSign, Subject: d.ID, Document: digest})
	o.push(operations, d, &entry.Act{Kind: standing.OrderPublish, Subject: d.ID, Document: digest})
}

// ask sends the first act of the queue to the newest leader, and again if no answer comes.
func (o *office) ask() {
	if len(o.queue) == 0 {
		return
	}
	f, asked, l := o.queue[0], o.asked, o.w.leaders[len(o.w.leaders)-1]
	o.w.send("act "+f.act.Kind+" "+f.act.Subject, func() { l.act(f) })
	o.w.after(1500*time.Millisecond, func() {
		if o.asked == asked {
			o.ask()
		}
	})
}

// answered takes the network's word. An act that the journal had before was taken; after a refusal the rest about that order is given up.
func (o *office) answered(f *filing, fault *corridor.Fault) {
	if len(o.queue) == 0 || o.queue[0] != f {
		return
	}
	o.asked++
	o.queue = o.queue[1:]
	switch {
	case fault == nil || fault.Code == standing.FaultActTwice:
		if f.act.Kind == standing.OrderPublish {
			o.taken = append(o.taken, f.order)
			o.w.note("order %s is published: %s of %s, effective %s", f.order.ID, f.order.Kind, subjects(f.order), f.order.Effective.UTC)
		}
	default:
		o.w.note("%s %s refused: %v", f.act.Kind, f.act.Subject, fault)
		for f.order != nil && len(o.queue) > 0 && o.queue[0].order == f.order {
			o.queue = o.queue[1:]
		}
	}
	o.ask()
}

func subjects(d *standing.Order) string {
	var all []string
	for _, r := range d.Subject.Resolved {
		all = append(all, string(r.BIC))
	}
	return strings.Join(all, " ") + d.Refers
}

// begin is an order with an id of its own, effective in whole seconds around now.
func (o *office) begin(kind standing.Kind) *standing.Order {
	o.number++
	at := o.w.clock().Add(o.w.between(-2*time.Second, 7*time.Second)).Truncate(time.Second)
	return &standing.Order{
		ID: fmt.Sprintf("ORD-%d", o.number), Kind: kind, Ground: "rulebook", Rule: "1", Bounds: standing.Bounds{BICs: maxBanks},
		DryRun: corridor.DigestOf(nil).String(), Effective: standing.Effective{UTC: at.UTC().Format(time.RFC3339)},
	}
}

// plan puts a random order into the queue, and plans the next.
func (o *office) plan() {
	w := o.w
	if w.calm || o.number >= maxOrders {
		return
	}
	if len(o.queue) == 0 {
		switch n := w.rng.IntN(10); {
		case n < 4:
			o.carry(o.stop())
		case n < 6 && len(o.taken) > 0:
			o.carry(o.change(standing.Lift))
		case n == 6 && len(o.taken) > 0:
			o.carry(o.change(standing.Amend))
		case n == 7 && len(o.taken) > 0:
			o.pause()
		default:
			o.readmit()
		}
	}
	w.after(w.between(500*time.Millisecond, 4*time.Second), o.plan)
}

// stop is a disconnection or a restriction of one or two banks.
func (o *office) stop() *standing.Order {
	w := o.w
	d := o.begin(standing.Disconnect)
	o.name(d)
	if w.rng.IntN(2) == 0 {
		d.Kind = standing.Restrict
		d.Scope = standing.Scope{Direction: []string{"from", "to", ""}[w.rng.IntN(3)], Types: []string{simTypes()[w.rng.IntN(3)]}}
	}
	if w.rng.IntN(3) == 0 {
		d.InFlight.UndeliveredTo = "hold"
	}
	if w.rng.IntN(4) == 0 {
		d.Expires = time.Unix(0, d.EffectiveAt()).UTC().Add(time.Duration(3+w.rng.IntN(10)) * time.Second).Format(time.RFC3339)
	}
	return d
}

// name names one or two banks; half of the network at the most.
func (o *office) name(d *standing.Order) {
	w := o.w
	first := w.rng.IntN(len(w.banks))
	for i := range 1 + w.rng.IntN(max(1, len(w.banks)/4)) {
		d.Subject.Resolved = append(d.Subject.Resolved, standing.Resolved{BIC: bankLT((first + i) % len(w.banks)).BIC8(), Explicit: true})
	}
}

// change lifts or amends an order that was published.
func (o *office) change(kind standing.Kind) *standing.Order {
	target := o.taken[o.w.rng.IntN(len(o.taken))]
	d := o.begin(kind)
	d.Refers = target.ID
	if kind == standing.Amend {
		o.name(d)
		d.Scope.Types = []string{simTypes()[o.w.rng.IntN(3)]}
	}
	return d
}

// readmit brings a bank back, all at once or receiving only at first.
func (o *office) readmit() {
	d := o.begin(standing.Readmit)
	o.name(d)
	d.Subject.Resolved = d.Subject.Resolved[:1]
	d.Ramp = []standing.Step{{Stage: standing.StageFull}}
	o.carry(d)
}

// pause stops an order before its effect, if it is not too late.
func (o *office) pause() {
	target := o.taken[len(o.taken)-1]
	document, err := target.Encode()
	if err != nil {
		o.w.fail(CheckHeart, "%v", err)
		return
	}
	o.push(compliance, nil, &entry.Act{Kind: standing.OrderPause, Subject: target.ID, Document: corridor.DigestOf(document), Reason: "a second look"})
}

// maxOrders keeps a run short.
const maxOrders = 12

func simTypes() []string { return []string{"fin.103", "fin.199", "fin.940"} }

// act gives an act to the heart, after the check of who signed it.
func (l *leader) act(f *filing) {
	if !l.up {
		return
	}
	l.ticket++
	l.filings[l.ticket] = f
	l.heart.Act(l.clock().UnixNano(), l.ticket, hub.ReadAct(l.w.keys.root, f.acted, l.clock()))
	l.pump()
}

// makeOfficers issues the officers' keys.
func (k *Keys) makeOfficers(issue func(name string) (*pki.Issued, error)) error {
	for i := range officers {
		o, err := issue(fmt.Sprintf("officer-%d", i))
		if err != nil {
			return err
		}
		k.officers = append(k.officers, o.OfficerKey())
	}
	return nil
}
