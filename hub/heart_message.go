package hub

import (
	"maps"
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/notice"
)

// Frame is a frame of submissions or acknowledgements after the parallel check. Fault refuses it whole.
type Frame struct {
	Record           entry.FrameRecord
	Tree             *evidence.Tree // over Record's leaves; may be nil
	Submissions      []Submission
	Acknowledgements []Acknowledgement
	Fault            *corridor.Fault
	First            corridor.ISN // where it could be read, for the answer
	Count            int          // messages it counts for in the sender's window
}

// Submission is one checked message; Fault refuses it and it consumes its number.
type Submission struct {
	entry.Submission
	Statement []byte
	Payload   []byte
	Fault     *corridor.Fault
	Inside    *corridor.Particulars // what was read inside it, where an order may look; may be nil
	Act       *Act                  // of a message that carries one
}

// Acknowledgement is one checked acknowledgement.
type Acknowledgement struct {
	entry.Acknowledgement
	Statement []byte
}

// Submit decides on a frame of messages: sequence, then the sender's key and the receiver, then accept or refuse.
func (h *Heart) Submit(now int64, s SessionRef, f *Frame) {
	h.at(now) // first: a fence that is due may end the session
	t := h.current(s)
	if t == nil {
		return
	}
	if fault := h.frameFault(t, f); fault != nil {
		h.tell(Outcome{To: s, Kind: FrameRefused, Fault: fault, First: f.First, Expected: t.isn + 1, Count: f.Count})
		return
	}
	record := -1
	for i := range f.Submissions {
		sub := &f.Submissions[i]
		if sub.Number <= t.isn {
			old, _ := t.answers.get(sub.Number)
			h.answer(t, old.at)
			continue
		}
		if record < 0 {
			record = int(h.page.AddFrameTree(f.Record, f.Tree))
		}
		h.decide(t, sub, uint32(record), uint32(i), f.Record.Leaves[i])
	}
}

// frameFault is why a frame is refused whole, consuming no number, or nil.
func (h *Heart) frameFault(t *terminal, f *Frame) *corridor.Fault {
	if f.Fault != nil {
		return f.Fault
	}
	// What was taken before is answered again though its key was revoked since: a member that comes back with new keys asks so.
	if last := f.Submissions[len(f.Submissions)-1].Number; last > t.isn || !h.isKeyOf(t, f.Record.Signer) {
		if fault := h.keyFault(t, f.Record.Signer); fault != nil {
			return fault
		}
	}
	if first := f.Submissions[0].Number; first > t.isn+1 {
		return corridor.NetworkFault(corridor.FaultGap, "number", first, "came, next is", t.isn+1)
	}
	for i := range f.Submissions {
		n := f.Submissions[i].Number
		if n > t.isn {
			break
		}
		old, ok := t.answers.get(n)
		switch {
		case !ok:
			return corridor.NetworkFault(corridor.FaultAnswerTooOld, "number", n)
		case old.leaf != f.Record.Leaves[i]:
			return corridor.NetworkFault(corridor.FaultNumberReused, "number", n)
		}
	}
	return nil
}

func (h *Heart) isKeyOf(t *terminal, signer corridor.Digest) bool {
	k := h.state.keys[signer]
	return k != nil && k.lt == t.lt
}

func (h *Heart) keyFault(t *terminal, signer corridor.Digest) *corridor.Fault {
	k := h.state.keys[signer]
	switch {
	case k == nil || k.lt != t.lt:
		return corridor.NetworkFault(corridor.FaultSignerUnknown, t.lt)
	case k.revoked:
		return corridor.NetworkFault(corridor.FaultSignerRevoked)
	case k.until < h.now:
		return corridor.NetworkFault(corridor.FaultSignerExpired)
	}
	return nil
}

func (h *Heart) decide(t *terminal, sub *Submission, frame, index uint32, leaf corridor.Digest) {
	d := h.state.destinations[sub.Receiver.BIC8()]
	fault := sub.Fault
	if fault == nil && d == nil {
		fault = corridor.NetworkFault(corridor.FaultReceiver, sub.Receiver)
	}
	var ruling *entry.Decided
	if fault == nil {
		ruling, fault = h.rule(sub)
	}
	if fault == nil && sub.Act != nil {
		if fault = sub.Act.Fault; fault == nil {
			fault = h.actFault(sub.Act)
		}
	}
	if fault != nil {
		if ruling != nil && ruling.Outcome == entry.Refuses {
			h.recordDecision(ruling)
		}
		at := h.add(&entry.Refused{Frame: frame, Index: index, Session: t.session, Statement: sub.Statement, Fault: *fault}, sub.Payload)
		must(h.state.messageRefused(at, h.time, &sub.Submission, leaf))
		h.answer(t, at)
		return
	}
	if sub.Act != nil {
		h.take(sub.Act)
	}
	if ruling != nil {
		h.recordDecision(ruling)
	}
	at := h.add(&entry.Accepted{Frame: frame, Index: index, Session: t.session, Statement: sub.Statement}, sub.Payload)
	must(h.state.messageAccepted(at, h.time, t.session, &sub.Submission, leaf))
	h.answer(t, at)
	h.touch(d)
}

// answer tells a member where the answer to one of its messages stands; answers of one page go out together.
func (h *Heart) answer(t *terminal, at corridor.Position) {
	p := h.answered[t]
	if p == nil {
		p = &pendingAnswer{t, len(h.outcomes)}
		h.answered[t] = p
		h.tell(Outcome{To: SessionRef{t.lt, t.session}, Kind: Answers})
	}
	o := &h.outcomes[p.outcome]
	o.Messages = append(o.Messages, Numbered{At: at})
}

// Acknowledge decides on a frame of acknowledgements. One that is already known is dropped: the receiver may say it twice.
func (h *Heart) Acknowledge(now int64, s SessionRef, f *Frame) {
	h.at(now) // first: a fence that is due may end the session
	t := h.current(s)
	if t == nil {
		return
	}
	fault := f.Fault
	if fault == nil {
		fault = h.keyFault(t, f.Record.Signer)
	}
	if fault != nil {
		h.tell(Outcome{To: s, Kind: FrameRefused, Fault: fault})
		return
	}
	record := -1
	for i := range f.Acknowledgements {
		a := &f.Acknowledgements[i]
		if a.Number > t.osn {
			h.end(t, corridor.NetworkFault(corridor.FaultNeverSent, "number", a.Number))
			return
		}
		at := t.find(a.Number)
		if at < 0 || t.pending[at].done {
			continue
		}
		if t.pending[at].what.leaf != a.Message {
			h.end(t, corridor.NetworkFault(corridor.FaultBadAcknowledge, "number", a.Number))
			return
		}
		if record < 0 {
			record = int(h.page.AddFrameTree(f.Record, f.Tree))
		}
		h.confirm(t, a, uint32(record), uint32(i))
	}
	h.touch(t.to)
}

func (h *Heart) confirm(t *terminal, a *Acknowledgement, frame, index uint32) {
	h.add(&entry.Acknowledged{Frame: frame, Index: index, Statement: a.Statement}, nil)
	w, err := h.state.messageAcknowledged(h.time, &a.Acknowledgement)
	must(err)
	if w != nil {
		h.originate(entry.Delivered, w.facts(), corridor.MakeMOR(time.Unix(0, h.time), t.lt, t.session, a.Number))
	}
}

// originate tells the sender of a message what became of it.
func (h *Heart) originate(r entry.Reason, f Facts, mor corridor.MOR) {
	payload, typ := notification(r, h.own, f, mor, h.time)
	h.send(f.Sender.Destination(), typ, payload, f.At, r, f.Reference)
}

// Facts are what a notice says of a message.
type Facts struct {
	At        corridor.Position
	MIR       corridor.MIR
	Accepted  int64 // Unix nanoseconds
	Sender    corridor.LT
	Receiver  corridor.LT
	Reference corridor.Reference
	Priority  corridor.Priority
	Type      corridor.MessageType
	Inside    *corridor.Particulars
	Original  notice.Original // of an ISO 20022 message: what an answer to its sender names
	Abort     string          // FIN field 432
}

func (w *watch) facts() Facts {
	return Facts{At: w.at, MIR: w.mir, Accepted: w.accepted, Sender: w.sender, Receiver: w.receiver, Reference: w.reference, Priority: w.priority}
}

// Tick lets time pass: warnings of messages that became late, refused deliveries that are due again, aborted ones
// whose sender must hear of it.
func (h *Heart) Tick(now int64) {
	h.at(now)
	for !h.Full() {
		w := h.state.watches.late(h.now)
		if w == nil {
			break
		}
		h.originate(entry.NotDelivered, w.facts(), "")
	}
	all := h.abortions()
	for _, at := range all[:min(len(all), maxFacts)] {
		h.tell(Outcome{Kind: FactsWanted, Messages: []Numbered{{At: at}}})
	}
	for _, at := range slices.SortedFunc(maps.Keys(h.wanted), corridor.Position.Compare) {
		h.tell(Outcome{Kind: FactsWanted, Messages: []Numbered{{At: at}}})
	}
	for _, d := range h.state.destinations {
		if len(d.retries) > 0 {
			h.touch(d)
		}
	}
	h.govern()
}

// govern is what time does to orders: notices, keys that are revoked, held messages that nothing holds any more.
func (h *Heart) govern() {
	h.announceDue()
	h.expireKeys()
	h.rescreen()
}

func (h *Heart) abortions() []corridor.Position {
	if len(h.state.aborting) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Keys(h.state.aborting), corridor.Position.Compare)
}

// Aborted tells the sender of a message that it ended without delivery (see FactsWanted).
func (h *Heart) aborted(f Facts) {
	reason := entry.Aborted
	if f.Abort = h.state.aborting[f.At]; f.Abort != reasonAttempts {
		reason = entry.Returned
	}
	if reason == entry.Returned && !f.Type.IsFIN() && notice.Answerable(f.Type) {
		if payload, typ, err := (notice.Issuer{Network: h.network, LT: h.own}).StatusMX(f.Original, cause(f.Abort), h.reference(), h.time); err == nil {
			h.send(f.Sender.Destination(), typ, payload, f.At, reason, h.reference())
			return
		}
	}
	h.originate(reason, f, "")
}
