package gateway

import (
	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/rma"
	"corridor.example/corridor/session"
)

// OnAnswers keeps the network's answers, each with its receipt; then the messages need not be sent again.
// Crash before the commit: they are sent again in the next session and get the same answers.
func (l *link) OnAnswers(answers []session.Answer) {
	kept := make([]answer, len(answers))
	changed := make([]bool, len(answers))
	for i := range answers {
		a := &answers[i]
		kept[i] = answer{a.Number, a.Session, a.Position(), a.Page.Header.At().UnixMilli(), a.Fault, l.answerReceipt(a), l.t.explain(a.Statement, a.Fault)}
	}
	l.t.store.queue(func(tx *tx) (err error) {
		for i := range kept {
			if changed[i], err = tx.answered(l.t.store, &kept[i]); err != nil {
				return err
			}
		}
		return nil
	}, func(err error) {
		if err != nil {
			l.fail(err)
			return
		}
		l.t.step(StepAnswerKept)
		l.t.toFile.raise()
		for i := range answers {
			if changed[i] {
				l.tellAnswer(&answers[i], kept[i].against)
				l.takeAct(&answers[i])
			}
		}
	})
}

// takeAct takes an act of this terminal that the network has taken.
func (l *link) takeAct(a *session.Answer) {
	if a.Fault != nil {
		return
	}
	if s, err := entry.DecodeSubmission(a.Statement); err == nil && rma.IsKind(s.Type) {
		l.t.tookAct(a.Number)
	}
}

func (l *link) tellAnswer(a *session.Answer, against string) {
	e := Event{Kind: Acknowledged, Number: a.Number, Session: a.Session, Position: a.Position(), Fault: a.Fault, Directory: against}
	l.t.g.counts.acknowledged.Add(1)
	if a.Fault != nil {
		e.Kind = NotAccepted
		l.t.g.counts.refused.Add(1)
		l.t.log.Warn("message refused", "number", uint64(a.Number), "code", a.Fault.Code, "position", a.Position().String(), "directory", against)
	}
	if s, err := entry.DecodeSubmission(a.Statement); err == nil {
		e.Type, e.Peer, e.Reference, e.UETR = s.Type, s.Receiver, s.Reference, s.UETR
	}
	l.t.emit(e)
}

// OnDeliveries keeps messages and acknowledges them once they are durable. A repeat is dropped and acknowledged again.
// Crash before the commit: the network delivers again. Crash before the acknowledgement: it delivers again, and that is a repeat.
func (l *link) OnDeliveries(deliveries []session.Delivery) {
	now := l.t.g.deps.Clock().UnixMilli()
	<-l.ready
	rows, fresh := make([]inRow, len(deliveries)), make([]bool, len(deliveries))
	for i := range deliveries {
		var err error
		if rows[i], err = l.rowOf(&deliveries[i], now); err != nil {
			l.fail(err)
			return
		}
	}
	l.t.store.queue(func(tx *tx) (err error) {
		for i := range rows {
			if fresh[i], err = tx.receive(l.t.store, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	}, func(err error) {
		if err != nil {
			l.fail(err)
			return
		}
		l.t.step(StepReceived)
		l.confirm(rows)
		l.t.toRoute.raise()
		l.t.toFile.raise()
		for i := range rows {
			if fresh[i] {
				l.t.changeDirectory(&rows[i])
				l.tellDelivery(&rows[i])
			}
		}
	})
}

func (l *link) rowOf(d *session.Delivery, now int64) (inRow, error) {
	s := &d.Submission
	e, err := entry.Decode(d.Entry)
	if err != nil {
		return inRow{}, err
	}
	from := corridor.SessionNumber(0) // of what a member sent
	about := corridor.Position{}      // of what the network originated
	switch e := e.(type) {
	case *entry.Accepted:
		from = e.Session
	case *entry.Originated:
		about = e.About
	}
	at := d.Page.Header.At()
	m := inRow{
		number: d.Number, digest: entry.LeafHash(d.Statement), statement: d.Statement, payload: d.Payload, typ: s.Type, sender: s.Sender,
		reference: s.Reference, uetr: s.UETR, received: now, session: l.client.Welcome().Session, accepted: at.UnixMilli(),
		mir: corridor.MakeMIR(at, s.Sender, from, s.Number), priority: s.Priority, at: d.Position(), duplicate: d.PossibleDuplicate, originated: d.Originated, about: about,
		receipt: d.Receipt().Encode(), name: incomingName(d.Number, s, d.Payload),
	}
	m.confirm(d)
	m.missing = l.t.mayCome(&m)
	return m, nil
}

// confirm queues the acknowledgements of messages that are durable.
func (l *link) confirm(rows []inRow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range rows {
		l.acks = append(l.acks, entry.Acknowledgement{Network: l.t.id.network, Receiver: l.t.id.lt, Number: rows[i].number, Message: rows[i].digest, ReceivedAt: uint64(rows[i].received)})
	}
	l.toAck.raise()
}

func (l *link) tellDelivery(m *inRow) {
	l.t.g.counts.delivered.Add(1)
	l.t.emit(Event{Kind: Delivered, OSN: m.number, Type: m.typ, Peer: m.sender, Reference: m.reference, UETR: m.uetr, Session: m.session, Position: m.at, Duplicate: m.duplicate, Unauthorised: m.missing})
}

// OnFrameRefused makes the sender begin again.
func (l *link) OnFrameRefused(f *corridor.Fault, first, expected corridor.ISN) {
	l.t.g.counts.framesRefused.Add(1)
	l.mu.Lock()
	if l.rewind == nil {
		l.rewind = f
	}
	l.mu.Unlock()
	l.t.toSend.raise()
}

// OnCheckpoint keeps the newest checkpoint: two histories cannot be shown to a member that remembers.
func (l *link) OnCheckpoint(note []byte) {
	l.t.store.queue(func(tx *tx) error { return tx.seen(note) }, func(error) {})
}

// OnFarewell is the end; session.Client.Fault has the reason.
func (l *link) OnFarewell(*corridor.Fault) {}
