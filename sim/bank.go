package sim

import (
	"fmt"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
)

// bank is a member: a model of the gateway, with a store that survives its crashes.
type bank struct {
	w    *world
	n    int
	lt   corridor.LT
	keys int // that it has taken
	life int

	// the store
	frames   []sentFrame
	sent     corridor.ISN
	answers  map[corridor.ISN]answer
	inbox    map[corridor.OSN]corridor.Digest
	stored   corridor.OSN
	office   []handed // what the back office was given, in order
	receipts []kept

	// lost in a crash
	ref       hub.SessionRef
	leader    *leader
	place     int // of the next delivery in the session
	lastHeard int64
}

type sentFrame struct {
	first corridor.ISN
	count int
	raw   []byte
	items []entry.Item
}

type answer struct {
	at       corridor.Position
	accepted bool
}

// handed is a message in the back office.
type handed struct {
	from   corridor.LT
	number corridor.ISN
	prio   corridor.Priority
	system bool
}

// kept is a receipt with its message.
type kept struct {
	receipt *evidence.Receipt
	payload []byte
}

func newBank(w *world, n int) *bank {
	b := &bank{w: w, n: n, lt: bankLT(n), keys: 1, answers: map[corridor.ISN]answer{}, inbox: map[corridor.OSN]corridor.Digest{}}
	w.after(w.between(10*time.Millisecond, 2*time.Second), b.connect)
	b.watch()
	return b
}

func (w *world) bankOf(lt corridor.LT) *bank {
	for _, b := range w.banks {
		if b.lt == lt {
			return b
		}
	}
	return nil
}

func (w *world) certificate(id corridor.Digest) []byte {
	for _, all := range w.keys.members {
		for _, k := range all {
			if k.Certificate().ID == id {
				return k.Certificate().DER
			}
		}
	}
	return nil
}

// key is the one that signs now.
func (b *bank) key() *pki.MemberSigningKey { return b.w.keys.members[b.n][b.keys-1] }

// rekey takes a new key after a readmission, and signs again with it what has no answer: the same statements.
func (b *bank) rekey() {
	if b.keys == keysEach {
		return
	}
	b.keys++
	b.w.note("%s takes a new key", b.lt)
	for i := range b.frames {
		b.frames[i].raw = session.SignFrame(b.key(), entry.DomainSubmission, b.frames[i].items)
	}
	for _, l := range b.w.leaders {
		if l.up {
			l.admit(b.n, b.keys)
			l.pump()
		}
	}
}

// traffic plans what the banks will send.
func (w *world) traffic() {
	for range w.options.Messages/2 + 1 {
		w.after(w.between(100*time.Millisecond, faultTime-5*time.Second), func() {
			w.banks[w.rng.IntN(len(w.banks))].submit()
		})
	}
}

// submit numbers, signs and stores one or some messages, then sends them. Numbering and storing are one act.
func (b *bank) submit() {
	w := b.w
	var items []entry.Item
	first := b.sent + 1
	for range 1 + w.rng.IntN(3) {
		to := bankLT((b.n + 1 + w.rng.IntN(len(w.banks)-1)) % len(w.banks))
		if w.rng.IntN(25) == 0 {
			to = "NOSUDEFFAXXX" // refused: not a member
		}
		prio, monitoring := corridor.Normal, corridor.MonitorNothing
		if w.rng.IntN(4) == 0 {
			prio = corridor.Urgent
		}
		if w.rng.IntN(3) == 0 {
			monitoring = corridor.MonitorDelivery
		}
		b.sent++
		payload := fmt.Appendf(nil, "message %d of %s", b.sent, b.lt)
		s := entry.Submission{Network: network, Sender: b.lt, Receiver: to.Destination(), Number: b.sent, Type: corridor.MessageType(simTypes()[w.rng.IntN(3)]), Priority: prio, Monitoring: monitoring,
			Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: uint64(w.clock().UnixMilli())}
		items = append(items, entry.Item{Statement: s.Append(nil), Payload: payload})
	}
	f := sentFrame{first, len(items), session.SignFrame(b.key(), entry.DomainSubmission, items), items}
	b.frames = append(b.frames, f)
	b.transmit(f)
}

func (b *bank) transmit(f sentFrame) {
	if b.leader == nil {
		return
	}
	l, ref := b.leader, b.ref
	b.w.send(fmt.Sprintf("frame %d of %s", f.first, b.lt), func() { l.frame(ref, f.raw, false) })
}

// connect logs in at one of the leaders; the newest most often.
func (b *bank) connect() {
	w := b.w
	l := w.leaders[len(w.leaders)-1]
	if w.chance(0.3) {
		l = w.leaders[w.rng.IntN(len(w.leaders))]
	}
	b.leader = nil
	b.lastHeard = w.now
	login := hub.Login{LT: b.lt, Signing: b.key().Certificate().ID, Window: 1 + w.rng.IntN(20), Delivery: true, Takeover: true,
		LastSent: b.sent, LastAnswered: b.answered(), LastStored: b.stored}
	w.send("login of "+string(b.lt), func() { l.login(b, login) })
}

// answered is the number up to which all answers are here.
func (b *bank) answered() corridor.ISN {
	n := corridor.ISN(0)
	for {
		if _, ok := b.answers[n+1]; !ok {
			return n
		}
		n++
	}
}

// watch connects again when nothing has come for a while.
func (b *bank) watch() {
	b.w.after(b.w.between(1500*time.Millisecond, 2500*time.Millisecond), func() {
		if b.w.now-b.lastHeard > int64(1500*time.Millisecond) && !b.w.finished() {
			b.connect()
		}
		b.watch()
	})
}

// crash loses what is not in the store.
func (b *bank) crash() {
	b.w.note("%s is killed", b.lt)
	b.w.result.Crashes++
	b.life++
	b.leader = nil
	life := b.life
	b.w.after(b.w.between(50*time.Millisecond, 4*time.Second), func() {
		if b.life == life {
			b.connect()
		}
	})
}

func (b *bank) receive(p *packet) {
	o := &p.outcome
	if o.Kind != hub.Welcome && o.Kind != hub.LoginRefused && (b.leader != p.leader || b.ref != o.To) {
		return // of a session that is over
	}
	b.lastHeard = b.w.now
	switch o.Kind {
	case hub.Welcome:
		b.leader, b.ref, b.place = p.leader, o.To, 0
		b.w.note("%s has session %d at leader %d", b.lt, o.To.Session, p.leader.id)
		b.resubmit()
	case hub.LoginRefused:
		if o.Fault.Code == corridor.FaultRevoked {
			b.rekey()
		}
		if o.Fault.Code != corridor.FaultJournal {
			b.w.note("%s: login refused: %v", b.lt, o.Fault)
		}
	case hub.Answers:
		b.takeAnswers(p)
	case hub.Deliveries:
		b.takeDeliveries(p)
	case hub.FrameRefused:
		b.refused(o)
	case hub.Farewell:
		b.leader = nil
	}
}

// resubmit sends every frame again that has no answer yet: the same bytes.
func (b *bank) resubmit() {
	for _, f := range b.frames {
		for n := f.first; n < f.first+corridor.ISN(f.count); n++ {
			if _, ok := b.answers[n]; !ok {
				b.transmit(f)
				break
			}
		}
	}
}

func (b *bank) refused(o *hub.Outcome) {
	if o.Fault.Code != corridor.FaultGap {
		b.w.fail(CheckAnswer, "%s: frame %d refused: %v", b.lt, o.First, o.Fault)
		return
	}
	life := b.life
	b.w.after(50*time.Millisecond, func() {
		if b.life == life {
			b.resubmit()
		}
	})
}

// takeAnswers makes answers durable after a moment; a crash before loses them.
func (b *bank) takeAnswers(p *packet) {
	life := b.life
	b.w.after(b.w.between(time.Millisecond, 5*time.Millisecond), func() {
		if b.life != life {
			return
		}
		for i := range p.proofs {
			b.keepAnswer(&p.proofs[i])
		}
	})
}

func (b *bank) keepAnswer(x *proof) {
	e, err := entry.Decode(x.entry)
	if err != nil {
		b.w.fail(CheckReceipt, "%s: answer: %v", b.lt, err)
		return
	}
	var statement []byte
	accepted := false
	switch e := e.(type) {
	case *entry.Accepted:
		statement, accepted = e.Statement, true
	case *entry.Refused:
		statement = e.Statement
	}
	s, err := entry.DecodeSubmission(statement)
	if err != nil || s.Sender != b.lt {
		b.w.fail(CheckAnswer, "%s: answer %v is not to its message: %v", b.lt, x.at, err)
		return
	}
	now := answer{x.at, accepted}
	if before, ok := b.answers[s.Number]; ok && before != now {
		b.w.fail(CheckAnswer, "%s: number %d was answered at %v and then at %v", b.lt, s.Number, before.at, now.at)
	}
	b.answers[s.Number] = now
	b.receipts = append(b.receipts, kept{x.receipt, x.payload})
}

// takeDeliveries stores, hands over once, and acknowledges, in that order.
func (b *bank) takeDeliveries(p *packet) {
	if b.w.options.Sabotage == AckBeforeStore {
		b.acknowledge(p, p.proofs)
	}
	life := b.life
	b.w.after(b.w.between(time.Millisecond, 5*time.Millisecond), func() {
		if b.life != life || b.leader != p.leader || b.ref != p.outcome.To || p.place > b.place {
			return // or what came before it was lost
		}
		b.place = max(b.place, p.place+1)
		n := 0
		for n < len(p.proofs) && b.store(&p.proofs[n]) {
			n++
		}
		if b.w.options.Sabotage == Overtake && n > 1 {
			last := len(b.office) - 1
			b.office[last], b.office[last-1] = b.office[last-1], b.office[last]
		}
		b.acknowledge(p, p.proofs[:n])
	})
}

// store reports whether the message is now in the store.
func (b *bank) store(x *proof) bool {
	e, err := entry.Decode(x.entry)
	if err != nil {
		b.w.fail(CheckReceipt, "%s: delivery: %v", b.lt, err)
		return false
	}
	statement := statementOf(e)
	leaf := entry.LeafHash(statement)
	if x.osn <= b.stored {
		if old, ok := b.inbox[x.osn]; ok && old != leaf {
			b.w.fail(CheckAnswer, "%s: number %d came with another message", b.lt, x.osn)
		}
		if b.w.options.Sabotage != HandOverTwice {
			return true
		}
	}
	s, err := entry.DecodeSubmission(statement)
	if err != nil || s.Receiver.BIC8() != b.lt.BIC8() || corridor.DigestOf(x.payload) != s.Payload {
		b.w.fail(CheckReceipt, "%s: delivery %d is not for it or not whole: %v", b.lt, x.osn, err)
		return false
	}
	b.stored = max(b.stored, x.osn)
	b.inbox[x.osn] = leaf
	_, system := e.(*entry.Originated)
	b.office = append(b.office, handed{s.Sender, s.Number, s.Priority, system})
	b.receipts = append(b.receipts, kept{x.receipt, x.payload})
	return true
}

func statementOf(e entry.Entry) []byte {
	switch e := e.(type) {
	case *entry.Accepted:
		return e.Statement
	case *entry.Originated:
		return e.Statement
	}
	return nil
}

func (b *bank) acknowledge(p *packet, proofs []proof) {
	if len(proofs) == 0 {
		return
	}
	items := make([]entry.Item, len(proofs))
	for i := range proofs {
		e, err := entry.Decode(proofs[i].entry)
		if err != nil {
			return
		}
		a := entry.Acknowledgement{Network: network, Receiver: b.lt, Number: proofs[i].osn, Message: entry.LeafHash(statementOf(e)), ReceivedAt: uint64(b.w.clock().UnixMilli())}
		items[i] = entry.Item{Statement: a.Append(nil)}
	}
	raw := session.SignFrame(b.key(), entry.DomainAcknowledgement, items)
	l, ref := p.leader, p.outcome.To
	b.w.send("acknowledgement of "+string(b.lt), func() { l.frame(ref, raw, true) })
}
