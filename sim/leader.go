package sim

import (
	"errors"
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/standing"
)

// leader is a hub: the real heart and check, driven by one event at a time.
type leader struct {
	w       *world
	id      int
	life    int // grows with each crash: what was planned before is void
	up      bool
	over    bool // fenced: another leads
	heart   *hub.Heart
	checker *hub.Checker
	writing bool
	flush   bool
	pages   []*journal.Page
	tickets map[uint64]*bank
	filings map[uint64]*filing
	placed  map[hub.SessionRef]int // deliveries of each session so far
	ticket  uint64
	skew    time.Duration // of its clock
}

// clock is this machine's: up to 200 ms off, either way.
func (l *leader) clock() time.Time { return l.w.clock().Add(l.skew) }

// packet is what a member is sent: the outcome and the entries it rests on.
type packet struct {
	leader  *leader
	outcome hub.Outcome
	proofs  []proof
	place   int // of a delivery in its session: a stream has no holes
}

// proof is one message as the network shows it.
type proof struct {
	osn     corridor.OSN
	at      corridor.Position
	entry   []byte
	payload []byte
	receipt *evidence.Receipt
}

func (w *world) newLeader() {
	l := &leader{w: w, id: len(w.leaders) + 1, skew: w.between(-200*time.Millisecond, 200*time.Millisecond)}
	w.leaders = append(w.leaders, l)
	w.result.Leaders++
	l.start()
}

// ifAlive voids what was planned in an earlier life.
func (l *leader) ifAlive(life int, do func()) func() {
	return func() {
		if l.life == life {
			do()
		}
	}
}

// start reads the state back and begins a term.
func (l *leader) start() {
	w := l.w
	l.pages = w.disk.pages(w)
	if w.options.Sabotage == OldJournal && len(l.pages) > 3 && w.chance(0.5) {
		l.pages = l.pages[:len(l.pages)-2]
		w.disk.rows = w.disk.rows[:len(l.pages)]
	}
	if w.options.Sabotage == ForgetOrder && len(w.office.taken) > 0 && w.chance(0.5) {
		l.pages = beforeOrder(l.pages)
		w.disk.rows = w.disk.rows[:len(l.pages)]
	}
	l.heart = hub.NewHeart(network, "CRDRXXXXAXXX")
	for _, p := range l.pages {
		all, err := p.All()
		if err == nil {
			err = l.heart.Replay(&p.Header, p.Hash(), all)
		}
		if err != nil {
			w.fail(CheckReplay, "leader %d cannot read the state back: %v", l.id, err)
			return
		}
	}
	l.up, l.writing, l.flush = true, false, true
	l.tickets, l.filings, l.placed = map[uint64]*bank{}, map[uint64]*filing{}, map[hub.SessionRef]int{}
	l.checker = hub.NewChecker(network, nil, l.clock)
	l.heart.StartTerm(l.clock().UnixNano(), w.keys.hub.Certificate().DER)
	for i := range w.options.Banks {
		keys := 1
		if i < len(w.banks) {
			keys = w.banks[i].keys
		}
		l.admit(i, keys)
	}
	w.note("leader %d begins term %d at page %d", l.id, l.heart.Term(), l.heart.Next())
	l.pump()
	l.tick(l.life)
}

// beforeOrder is the journal up to the publication of its first order.
func beforeOrder(pages []*journal.Page) []*journal.Page {
	for i, p := range pages {
		all, err := records(p)
		if err != nil {
			return pages
		}
		for _, r := range all {
			if e, ok := r.entry.(*entry.Acted); ok {
				if a, err := entry.DecodeAct(e.Statement); err == nil && a.Kind == standing.OrderPublish {
					return pages[:i]
				}
			}
		}
	}
	return pages
}

// admit makes the keys known that a bank has taken so far.
func (l *leader) admit(bank, keys int) {
	for _, k := range l.w.keys.members[bank][:keys] {
		der := k.Certificate().DER
		if err := errors.Join(l.heart.Admit(l.clock().UnixNano(), bankLT(bank), der), l.checker.Admit(bankLT(bank), der)); err != nil {
			l.w.fail(CheckHeart, "admit: %v", err)
		}
	}
}

// tick lets the heart's time pass.
func (l *leader) tick(life int) {
	l.w.after(200*time.Millisecond, l.ifAlive(life, func() {
		if !l.up {
			return
		}
		l.heart.Tick(l.clock().UnixNano())
		l.flush = true
		l.pump()
		l.tick(life)
	}))
}

// crash ends the process; it comes back unless another leads.
func (l *leader) crash() {
	if !l.up {
		return
	}
	l.w.note("leader %d is killed", l.id)
	l.w.result.Crashes++
	l.stop()
	life := l.life
	l.w.after(l.w.between(50*time.Millisecond, 3*time.Second), l.ifAlive(life, func() {
		if !l.over {
			l.start()
		}
	}))
}

func (l *leader) stop() {
	l.up = false
	l.life++
}

// pump seals and writes a page when there is reason to.
func (l *leader) pump() {
	if l.writing || !l.up {
		return
	}
	if !l.heart.Ready(l.flush) {
		l.release(l.heart.Told())
		return
	}
	l.flush = false
	p, outcomes := l.heart.Seal(l.w.keys.hub.Sign)
	if p == nil {
		l.release(l.heart.Told())
		return
	}
	l.writing = true
	if l.w.options.Sabotage == AnswerEarly {
		l.pages = append(l.pages, p)
		l.release(outcomes)
		outcomes = nil
	}
	l.w.disk.append(l, p, func(err error) { l.written(p, outcomes, err) })
}

func (l *leader) written(p *journal.Page, outcomes []hub.Outcome, err error) {
	l.writing = false
	switch {
	case errors.Is(err, journal.ErrFenced), errors.Is(err, journal.ErrOrder):
		l.w.note("leader %d steps down: %v", l.id, err)
		l.over = true
		l.stop()
		if l == l.w.leaders[len(l.w.leaders)-1] { // fenced by one that is gone: somebody has to lead
			l.w.newLeader()
		}
	case err != nil:
		l.w.note("leader %d reads the state back: %v", l.id, err)
		l.stop()
		life := l.life
		l.w.after(100*time.Millisecond, l.ifAlive(life, l.start))
	default:
		if moves(p) {
			l.w.quiet = l.w.now
		}
		l.w.note("page %d is durable, %d entries", p.Header.Number, p.Header.Entries)
		if l.w.options.Sabotage != AnswerEarly {
			l.pages = append(l.pages, p)
		}
		l.release(outcomes)
		l.pump()
	}
}

// moves reports a page in which something happened but sessions.
func moves(p *journal.Page) bool {
	all, err := p.All()
	return err != nil || slices.ContainsFunc(all, func(stored []byte) bool {
		k := entry.KindOf(stored)
		return k != entry.KindSessionOpened && k != entry.KindSessionClosed
	})
}

// release sends outcomes to their members with what proves them.
func (l *leader) release(all []hub.Outcome) {
	for _, o := range all {
		switch o.Kind {
		case hub.FactsWanted:
			l.wanted(o.Messages[0].At)
			continue
		case hub.Recorded:
			l.recorded(&o)
			continue
		}
		to := l.w.bankOf(o.To.LT)
		if o.Kind == hub.Welcome || o.Kind == hub.LoginRefused {
			to = l.tickets[o.Ticket]
			delete(l.tickets, o.Ticket)
		}
		if to == nil {
			continue
		}
		p := packet{leader: l, outcome: o, place: l.placed[o.To]}
		if o.Kind == hub.Deliveries {
			l.placed[o.To]++
		}
		for _, m := range o.Messages {
			x, err := l.prove(m)
			if err != nil {
				l.w.fail(CheckReceipt, "%v cannot be proven: %v", m.At, err)
				return
			}
			p.proofs = append(p.proofs, x)
		}
		life := to.life
		l.w.send("to "+string(to.lt), func() {
			if to.life == life {
				to.receive(&p)
			}
		})
	}
}

// recorded tells the office what became of an act.
func (l *leader) recorded(o *hub.Outcome) {
	f, fault := l.filings[o.Ticket], o.Fault
	delete(l.filings, o.Ticket)
	if f != nil {
		l.w.send("to the office", func() { l.w.office.answered(f, fault) })
	}
}

// wanted gives the heart what the journal says of a message, a moment later.
func (l *leader) wanted(at corridor.Position) {
	l.w.after(l.w.between(time.Millisecond, 20*time.Millisecond), l.ifAlive(l.life, func() {
		f, err := l.facts(at)
		if err != nil {
			l.w.fail(CheckHeart, "facts of %v: %v", at, err)
			return
		}
		l.heart.Facts(l.clock().UnixNano(), f)
		l.pump()
	}))
}

func (l *leader) facts(at corridor.Position) (hub.Facts, error) {
	page := l.pages[at.Page]
	stored, err := page.Entry(at.Index)
	if err != nil {
		return hub.Facts{}, err
	}
	e, err := entry.Decode(stored)
	if err != nil {
		return hub.Facts{}, err
	}
	a, ok := e.(*entry.Accepted)
	if !ok {
		return hub.Facts{}, nil
	}
	s, err := entry.DecodeSubmission(a.Statement)
	return hub.Facts{
		At: at, MIR: corridor.MakeMIR(page.Header.At(), s.Sender, a.Session, s.Number), Accepted: page.Header.Time, Sender: s.Sender, Receiver: s.Receiver,
		Reference: s.Reference, Priority: s.Priority, Type: s.Type, Inside: &corridor.Particulars{},
	}, err
}

func (l *leader) prove(m hub.Numbered) (proof, error) {
	page := l.pages[m.At.Page]
	stored, err := page.Entry(m.At.Index)
	if err != nil {
		return proof{}, err
	}
	tree, err := page.Tree()
	if err != nil {
		return proof{}, err
	}
	x := proof{osn: m.OSN, at: m.At, entry: stored}
	if x.payload, err = page.Payload(m.At.Index); err != nil {
		return proof{}, err
	}
	r := &evidence.Receipt{Message: evidence.ProveEntry(tree, m.At.Index, stored, page.Stored, page.Signature, l.w.keys.hub.Certificate().DER)}
	e, err := entry.Decode(stored)
	if err != nil {
		return proof{}, err
	}
	frame, index := uint32(0), uint32(0)
	switch e := e.(type) {
	case *entry.Accepted:
		frame, index = e.Frame, e.Index
	case *entry.Refused:
		frame, index = e.Frame, e.Index
	default:
		x.receipt = r
		return x, nil
	}
	record, err := page.Frame(frame)
	if err != nil {
		return proof{}, err
	}
	r.Sender = evidence.ProveStatement(record, index, l.w.certificate(record.Signer))
	if l.w.options.Sabotage == AlterEntry && l.w.chance(0.05) {
		r.Message.Entry = append([]byte(nil), stored...)
		r.Message.Entry[len(stored)-1] ^= 1
	}
	x.receipt = r
	return x, nil
}

// login, submit and acknowledge are what members send.
func (l *leader) login(b *bank, login hub.Login) {
	if !l.up {
		return
	}
	l.ticket++
	login.Ticket = l.ticket
	l.tickets[l.ticket] = b
	l.heart.Login(l.clock().UnixNano(), login)
	l.pump()
}

func (l *leader) frame(ref hub.SessionRef, raw []byte, acknowledgement bool) {
	if !l.up || l.heart.Full() { // a full page makes the line wait; here the frame is as good as lost
		return
	}
	f := l.checker.Check(ref, raw, acknowledgement)
	now := l.clock().UnixNano()
	if acknowledgement {
		l.heart.Acknowledge(now, ref, f)
	} else {
		l.heart.Submit(now, ref, f)
	}
	l.pump()
}
