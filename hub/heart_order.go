package hub

import (
	"fmt"
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
	"corridor.example/corridor/rma"
	"corridor.example/corridor/standing"
)

// Act is an officer's act after the parallel check. Fault refuses it whoever signed it.
type Act struct {
	Acted entry.Acted
	Act   entry.Act
	Key   corridor.Digest // of the officer's certificate
	Fault *corridor.Fault
}

// Act decides on an act that came from an officer; the outcome is Recorded, with the act's place or the fault.
func (h *Heart) Act(now int64, ticket uint64, a *Act) {
	h.at(now)
	fault := a.Fault
	if fault == nil {
		fault = h.actFault(a)
	}
	if fault != nil {
		if !a.Key.IsZero() { // signed by an officer of somebody: an auditor sees that it was tried
			h.add(&entry.ActRefused{Statement: a.Acted.Statement, Signature: a.Acted.Signature, Certificate: a.Acted.Certificate, Fault: *fault}, nil)
			h.state.failed++
		}
		h.tell(Outcome{Kind: Recorded, Ticket: ticket, Fault: fault})
		return
	}
	at := h.take(a)
	h.fences()
	h.tell(Outcome{Kind: Recorded, Ticket: ticket, Messages: []Numbered{{At: at}}})
}

// actFault is why an act may not be taken here, or nil.
func (h *Heart) actFault(a *Act) *corridor.Fault {
	if a.Act.Network != h.network {
		return corridor.NetworkFault(corridor.FaultStatementOther, a.Act.Network)
	}
	s := h.state
	if k := s.keys[a.Key]; k != nil && k.revoked {
		return corridor.NetworkFault(corridor.FaultSignerRevoked)
	}
	switch {
	case isKind(a.Act.Kind, "directory"):
		if f := s.standing.CheckDirectory(a.Key); f != nil {
			return f
		}
		return s.directory.Check(a.Act.Body)
	case a.Act.Kind == rma.KindBootstrap && s.standing.CheckDirectory(a.Key) != nil:
		return s.standing.CheckDirectory(a.Key)
	case rma.IsKind(a.Act.Kind):
		return s.authorised.Check(&a.Act, h.time, s.standing.Suspended, s.standing.NewAuthorisations)
	}
	return s.standing.Check(&a.Act, a.Key, h.time)
}

func isKind(kind, noun string) bool {
	return len(kind) > len(noun) && kind[:len(noun)] == noun && kind[len(noun)] == '.'
}

// take records an act that was found good and carries it out.
func (h *Heart) take(a *Act) corridor.Position {
	stored := entry.Append(nil, &a.Acted)
	at := h.add(&a.Acted, nil)
	must(h.state.acted(at, h.time, stored, &a.Act, a.Key))
	switch a.Act.Kind {
	case standing.MessageRelease, standing.MessageReturn:
		h.heldAnswered(&a.Act)
	}
	return at
}

// fences writes what is due at the time of the page being filled. It is called when a page begins and after each act, so
// a fence stands before the first entry whose stamp is at or after its instant, and a late order takes effect at once.
func (h *Heart) fences() {
	for {
		due := h.state.standing.Due(h.time)
		if len(due) == 0 {
			return
		}
		h.fence(due[0]) // one at a time: it may end what made the others due
	}
}

func (h *Heart) fence(f *entry.Fenced) {
	var old []entry.KeyID
	if f.What == entry.Readmitted {
		old = h.state.keysBefore(f.BIC)
	}
	at := h.add(f, nil)
	must(h.state.fenced(at, h.time, entry.Append(nil, f), f))
	for _, id := range old {
		h.revokeKey(id, corridor.LTOf(f.BIC, 'A'), "readmission under order "+f.Order)
	}
	if f.What == entry.InForce {
		h.cutOff()
	}
	h.touchAll()
}

func (h *Heart) touchAll() {
	for _, d := range h.state.destinations {
		if d.fence == h.state.lastFence {
			h.touch(d)
		}
	}
}

// revokeKey ends a key because of an order; its statement is the order's.
func (h *Heart) revokeKey(id entry.KeyID, lt corridor.LT, reason string) {
	e := &entry.KeyRevoked{Key: id, LT: lt, Reason: reason}
	h.add(e, nil)
	h.state.keyRevoked(e)
}

// keysBefore are the keys of an institution that it had before its service ended: it comes back with new ones (R72).
func (s *state) keysBefore(bic corridor.BIC) []entry.KeyID {
	since, _, off := s.standing.OffSince(bic)
	d := s.destinations[bic]
	if !off || d == nil {
		return nil
	}
	seen := map[entry.KeyID]bool{}
	var all []entry.KeyID
	put := func(id entry.KeyID) {
		if k := s.keys[id]; !id.IsZero() && !seen[id] && (k == nil || !k.revoked) {
			seen[id] = true
			all = append(all, id)
		}
	}
	for id, k := range s.keys {
		if k.lt.BIC8() == bic && k.since.Compare(since) < 0 {
			put(id)
		}
	}
	for _, t := range d.terminals {
		for _, id := range t.keys {
			put(id)
		}
	}
	slices.SortFunc(all, func(a, b entry.KeyID) int { return slices.Compare(a[:], b[:]) })
	return all
}

// cutOff ends the sessions of those who have no service any more. The keys are only suspended: nobody logs in (R25, R26).
func (h *Heart) cutOff() {
	for _, t := range h.sorted() {
		if _, off := h.state.standing.Off(t.to.bic); off && t.live != nil && !(t.to.closing != nil && t.to.closing.drains) {
			h.end(t, corridor.NetworkFault(corridor.FaultOrder))
		}
	}
}

// expireKeys revokes the keys of the disconnected when their order says so (R26).
func (h *Heart) expireKeys() {
	for _, d := range h.state.destinations {
		_, order, off := h.state.standing.OffSince(d.bic)
		if !off {
			continue
		}
		r := h.state.standing.Order(order)
		if r == nil || r.Order.RevokeAfter == 0 || h.time < r.FencedAt+int64(r.Order.RevokeAfter)*int64(24*time.Hour) {
			continue
		}
		for _, id := range h.state.keysBefore(d.bic) {
			h.revokeKey(id, d.terminals[0].lt, "disconnected by order "+order)
		}
	}
}

// rule is step 5 for standing and authorisation: it returns the decision's entry where there is one to record, and the fault
// that refuses the message.
func (h *Heart) rule(sub *Submission) (*entry.Decided, *corridor.Fault) {
	s := h.state
	touched, inside := s.standing.Touches(sub.Sender, sub.Receiver)
	if touched {
		m := standing.Message{Time: h.time, Sender: sub.Sender, Receiver: sub.Receiver, Type: sub.Type}
		if inside {
			m.Particulars = sub.particulars()
		}
		d := s.standing.Decide(&m)
		if e := h.decided(&d, &m, entry.AtAccept); e != nil {
			return e, orderFault(&d)
		}
	}
	if s.required() && !rma.IsKind(sub.Type) {
		return nil, s.authorised.Refusal(sub.Sender.BIC8(), sub.Receiver.BIC8(), sub.Type, h.time)
	}
	return nil, nil
}

// particulars are what the parallel check read inside the message, or what is read now because it did not know that an
// order would look.
func (s *Submission) particulars() *corridor.Particulars {
	if s.Inside == nil {
		p := readParticulars(s.Type, s.Payload)
		s.Inside = &p
	}
	return s.Inside
}

// readParticulars reads what could be read; a message that is not understood has none.
func readParticulars(t corridor.MessageType, payload []byte) corridor.Particulars {
	var p corridor.Particulars
	if t.IsFIN() {
		p, _ = mt.ReadParticulars(payload)
	} else {
		p, _ = mx.ReadParticulars(payload)
	}
	return p
}

// decided is the entry of a decision, or nil where the message passes and nothing inside it was looked at: between two
// fences the message's own entry is the evidence.
func (h *Heart) decided(d *standing.Decision, m *standing.Message, stage entry.Stage) *entry.Decided {
	if d.Outcome == entry.Passes && !d.Shadow && (len(d.Orders) == 0 || m.Particulars == nil) {
		return nil
	}
	e := &entry.Decided{Stage: stage, Outcome: d.Outcome, Rule: d.Rule, Orders: d.Orders, Licence: d.Licence, Currency: d.Currency, Amount: d.Amount,
		Policy: h.state.standing.PolicyDigest(), Sender: m.Sender.BIC8(), Receiver: m.Receiver.BIC8()}
	if m.Particulars != nil {
		e.Particulars = boundedParticulars(m.Particulars)
	}
	return e
}

// boundedParticulars is the canonical form of what was looked at, without the texts where they would make the entry large.
func boundedParticulars(p *corridor.Particulars) []byte {
	b, err := canonical.Marshal(p)
	if err == nil && len(b) <= maxParticulars {
		return b
	}
	c := *p
	c.References, c.Names, c.Other = nil, nil, nil
	if b, err = canonical.Marshal(&c); err == nil && len(b) <= maxParticulars {
		return b
	}
	b, _ = canonical.Marshal(&corridor.Particulars{Purpose: p.Purpose, ValueDate: p.ValueDate, Answer: p.Answer})
	return b
}

// orderFault is what a sender is told: which end is disconnected, never by which order or why (spec: codes to send back).
func orderFault(d *standing.Decision) *corridor.Fault {
	if d.Outcome != entry.Refuses {
		return nil
	}
	switch {
	case d.Rule == standing.RuleWindDown:
		return refusedBy(corridor.FaultNotAllowed, "wind_down")
	case d.Rule == standing.RuleRamp:
		return refusedBy(corridor.FaultNotAllowed, "readmission_stage")
	case d.Side == "receiver":
		return refusedBy(corridor.FaultReceiver, "receiver_disconnected")
	default:
		return refusedBy(corridor.FaultNotAllowed, "sender_disconnected")
	}
}

func refusedBy(code, rule string) *corridor.Fault {
	text := map[string]string{
		"receiver_disconnected": "destination disabled",
		"sender_disconnected":   "the sender may not send this to this receiver now",
		"wind_down":             "until the receiver's or the sender's service ends, only what winds business down is carried",
		"readmission_stage":     "the sender's service is being restored, and this is not yet part of it",
	}[rule]
	f := corridor.NetworkFault(code, text)
	f.Rule = rule
	return f
}

// recordDecision puts a decision directly before its message's own entry.
func (h *Heart) recordDecision(e *entry.Decided) {
	e.Message = corridor.Position{Page: h.next, Index: uint32(h.page.Len()) + 1}
	at := h.add(e, nil)
	must(h.state.messageDecided(at, h.time, e))
}

// decideLater records a decision about a message that the journal has.
func (h *Heart) decideLater(e *entry.Decided) {
	e.Policy = h.state.standing.PolicyDigest()
	at := h.add(e, nil)
	must(h.state.messageDecided(at, h.time, e))
}

// Standing, Directory and Authorisations are for those who look; only the heart changes them.
func (h *Heart) Standing() *standing.State       { return h.state.standing }
func (h *Heart) Directory() *directory.Directory { return h.state.directory }
func (h *Heart) Authorisations() *rma.State      { return h.state.authorised }

// heldAnswered carries out what two officers agreed about a held message.
func (h *Heart) heldAnswered(a *entry.Act) {
	var p standing.Place
	if err := canonical.Unmarshal(a.Body, &p); err != nil {
		panic(fmt.Sprintf("hub: an act that was checked is not readable: %v", err))
	}
	at := corridor.Position{Page: p.Page, Index: p.Index}
	held := h.state.standing.HeldAt(at)
	if held == nil || !held.Agreed {
		return
	}
	outcome := entry.Passes
	if a.Kind == standing.MessageReturn {
		outcome = entry.Returns
	}
	h.decideLater(&entry.Decided{Message: at, Stage: entry.AtRelease, Outcome: outcome, Rule: held.Rule, Orders: held.Orders, Sender: held.Sender, Receiver: held.Receiver})
	h.touch(h.state.destinations[held.Receiver])
}
