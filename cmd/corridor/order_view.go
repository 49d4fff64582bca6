package main

import (
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
)

// ordersView is what a hub's admin address gives under /orders: everything that officers and orders have come to.
type ordersView struct {
	Network corridor.Network `json:"network"`
	Now     time.Time        `json:"now"`
	Policy  string           `json:"policy,omitempty"` // digest of the policy in force
	Orders  []orderView      `json:"orders"`
	Held    []heldView       `json:"held,omitempty"`
	Appeals []appealView     `json:"appeals,omitempty"`
	Off     []offView        `json:"off,omitempty"`
}

// orderView is one order with what was done about it.
type orderView struct {
	Order      *standing.Order `json:"order"`
	Document   string          `json:"document"` // digest of its canonical form
	State      standing.Phase  `json:"state"`
	Effect     standing.Kind   `json:"effect"`
	Needed     int             `json:"signatures_needed"`
	Signatures []signatureView `json:"signatures,omitempty"`
	Deeds      []deedView      `json:"deeds,omitempty"`
	Drafted    *time.Time      `json:"drafted,omitempty"`
	Published  *time.Time      `json:"published,omitempty"`
	PausedTo   *time.Time      `json:"paused_until,omitempty"`
	PausedFor  string          `json:"paused_by_order,omitempty"`
	Fence      string          `json:"fence,omitempty"` // place in the journal where it took effect
	FencedAt   *time.Time      `json:"fenced_at,omitempty"`
	Ended      string          `json:"ended,omitempty"`
	EndedAt    *time.Time      `json:"ended_at,omitempty"`
	Looked     int             `json:"looked"` // messages that it was asked about
	Blocked    int             `json:"blocked"`
	Licensed   int             `json:"licensed"`
	Excess     int             `json:"excess,omitempty"` // of the blocked, those that a country's live test hit outside the signed resolution
	Lifted     []corridor.BIC  `json:"lifted_bics,omitempty"`
}

// signatureView is one signature under an order.
type signatureView struct {
	Key  string        `json:"key"`
	Name string        `json:"name"`
	Role standing.Role `json:"role"`
	At   time.Time     `json:"at"`
}

// deedView is one act about an order.
type deedView struct {
	At     string    `json:"position"`
	Time   time.Time `json:"time"`
	Kind   string    `json:"kind"`
	Key    string    `json:"key"`
	Name   string    `json:"name"`
	Reason string    `json:"reason,omitempty"`
}

// heldView is a message that waits for officers.
type heldView struct {
	Position string       `json:"position"`
	Sender   corridor.BIC `json:"sender"`
	Receiver corridor.BIC `json:"receiver"`
	Since    time.Time    `json:"since"`
	Rule     string       `json:"rule"`
	Orders   []string     `json:"orders"`
	Asked    string       `json:"asked,omitempty"`
	By       string       `json:"by,omitempty"`
}

// appealView is a member's appeal.
type appealView struct {
	ID       string       `json:"id"`
	Order    string       `json:"order"`
	Message  string       `json:"message,omitempty"`
	For      corridor.BIC `json:"for"`
	Text     string       `json:"text"`
	Filed    time.Time    `json:"filed"`
	Outcome  string       `json:"outcome,omitempty"`
	Answer   string       `json:"answer,omitempty"`
	Amend    string       `json:"amend,omitempty"`
	Answered *time.Time   `json:"answered,omitempty"`
}

// offView is an institution without full service.
type offView struct {
	BIC      corridor.BIC `json:"bic"`
	Order    string       `json:"order,omitempty"`
	Since    string       `json:"since,omitempty"`
	Covering []string     `json:"covering,omitempty"` // orders in force that cover it: none is lifted, not readmitted
	Stage    string       `json:"stage,omitempty"`    // of its return
}

// viewOrders is the picture of a state at an instant (Unix nanoseconds).
func viewOrders(network corridor.Network, s *standing.State, now int64) ordersView {
	v := ordersView{Network: network, Now: instantOf(now), Orders: []orderView{}}
	if d := s.PolicyDigest(); !d.IsZero() {
		v.Policy = d.String()
	}
	for _, r := range s.Orders() {
		v.Orders = append(v.Orders, viewOrder(s, r, now))
	}
	for _, h := range s.HeldMessages() {
		w := heldView{Position: h.At.String(), Sender: h.Sender, Receiver: h.Receiver, Since: instantOf(h.Since), Rule: h.Rule, Orders: h.Orders, Asked: h.Asked}
		if !h.By.IsZero() {
			w.By = h.By.String()
		}
		v.Held = append(v.Held, w)
	}
	for _, a := range s.Appeals() {
		v.Appeals = append(v.Appeals, viewAppeal(a))
	}
	v.Off = viewOff(s)
	return v
}

func viewOrder(s *standing.State, r *standing.Record, now int64) orderView {
	v := orderView{
		Order: r.Order, Document: r.Document.String(), State: r.Phase, Effect: r.Effect, Needed: s.Needed(r, now),
		Drafted: whenever(r.Drafted), Published: whenever(r.PublishedAt), PausedTo: whenever(r.PausedTo), PausedFor: r.PausedFor,
		FencedAt: whenever(r.FencedAt), EndedAt: whenever(r.EndedAt), Looked: r.Looked, Blocked: r.Blocked, Licensed: r.Licensed, Excess: r.Excess, Lifted: r.LiftedBICs,
	}
	if r.FencedAt != 0 {
		v.Fence = r.Fence.String()
	}
	if r.EndedAt != 0 {
		v.Ended = r.Ended.String()
	}
	for _, x := range r.Signatures {
		v.Signatures = append(v.Signatures, signatureView{x.Key.String(), x.Name, x.Role, instantOf(x.At)})
	}
	for _, x := range r.Deeds {
		v.Deeds = append(v.Deeds, deedView{x.At.String(), instantOf(x.Time), x.Kind, x.Key.String(), x.Name, x.Reason})
	}
	return v
}

func viewAppeal(a *standing.Appeal) appealView {
	v := appealView{ID: a.ID, Order: a.Order, For: a.For, Text: a.Text, Filed: instantOf(a.Filed), Outcome: a.Outcome, Answer: a.Answer, Amend: a.Amend, Answered: whenever(a.Answered)}
	if a.Message != nil {
		v.Message = a.Message.String()
	}
	return v
}

// viewOff are the institutions without service, and those on the stages of their return.
func viewOff(s *standing.State) []offView {
	var all []offView
	off, _ := s.OffAll()
	for _, b := range off {
		at, order, _ := s.OffSince(b)
		all = append(all, offView{BIC: b, Order: order, Since: at.String(), Covering: s.Covering(b)})
	}
	for _, r := range s.Orders() {
		if r.Order.Kind != standing.Readmit || r.FencedAt == 0 {
			continue
		}
		for i := range r.Order.Subject.Resolved {
			b := r.Order.Subject.Resolved[i].BIC
			if stage := s.Stage(b); stage != "" {
				all = append(all, offView{BIC: b.BIC8(), Order: r.Order.ID, Since: r.Fence.String(), Stage: stage})
			}
		}
	}
	return all
}

// instantOf is a time of the journal, Unix nanoseconds.
func instantOf(nanos int64) time.Time { return time.Unix(0, nanos).UTC() }

// whenever is instantOf, absent for zero.
func whenever(nanos int64) *time.Time {
	if nanos == 0 {
		return nil
	}
	t := instantOf(nanos)
	return &t
}

// policyView is what a hub's admin address gives under /policy.
type policyView struct {
	Digest string           `json:"digest"`
	Policy *standing.Policy `json:"policy"`
}
