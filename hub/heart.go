package hub

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
)

// Heart decides. It is pure: no goroutine, no clock, no disk; one caller at a time. Its decisions go into a page
// that is being filled and hold at once for the next decision; they have happened only when the page that Seal
// returns is durable. If that fails the heart is thrown away and made anew from the journal.
type Heart struct {
	state    *state
	network  corridor.Network
	own      corridor.LT // the network's own address: sender of what it originates
	next     uint64      // number of the page being filled
	previous corridor.Digest
	page     *journal.Builder
	time     int64 // of the page being filled; set by its first entry
	starts   bool  // the page holds more than acknowledgements
	outcomes []Outcome
	answered map[*terminal]*pendingAnswer // answers of the page being filled
	touched  []*destination
	waited   int // of touched, those that the page before had no room for: they come first
	now      int64
}

type pendingAnswer struct {
	t       *terminal
	outcome int // index in outcomes
}

// SessionRef names a session; what comes from one that has ended is dropped.
type SessionRef struct {
	LT      corridor.LT
	Session corridor.SessionNumber
}

// Outcome is what a member may be told once the page it belongs to is durable.
type Outcome struct {
	To       SessionRef
	Kind     OutcomeKind
	Messages []Numbered      // Answers: places; Deliveries: numbers and places
	Repeat   bool            // Deliveries: they were sent before
	Fault    *corridor.Fault // Farewell, FrameRefused, LoginRefused
	First    corridor.ISN    // FrameRefused: first number of the frame
	Expected corridor.ISN    // FrameRefused: the number expected next; Welcome: highest taken
	Assigned corridor.OSN    // Welcome: highest given out
	Window   int             // Welcome
	Count    int             // FrameRefused: the frame's Count
	Ticket   uint64          // Welcome, LoginRefused, Recorded: what this answers
}

// Numbered is a message with its output number where it has one.
type Numbered struct {
	OSN corridor.OSN
	At  corridor.Position
}

// OutcomeKind tells outcomes apart.
type OutcomeKind int

// The outcomes.
const (
	Answers OutcomeKind = iota + 1
	Deliveries
	FrameRefused
	Welcome
	LoginRefused
	Farewell
	Recorded    // what was decided before it holds
	FactsWanted // Messages[0] was aborted: the heart needs what the journal says of it, see Heart.Aborted
)

// NewHeart starts from the state that a journal's pages gave, at the page after its head.
func NewHeart(network corridor.Network, own corridor.LT) *Heart {
	return &Heart{state: newState(), network: network, own: own, page: &journal.Builder{}, answered: map[*terminal]*pendingAnswer{}}
}

// Replay applies a page that is already durable; entries are its stored entries in order.
func (h *Heart) Replay(hd *evidence.Header, hash corridor.Digest, entries [][]byte) error {
	if hd.Number != h.next || hd.Previous != h.previous {
		return fmt.Errorf("page %d does not follow page %d", hd.Number, h.next)
	}
	for i, stored := range entries {
		at := corridor.Position{Page: hd.Number, Index: uint32(i)}
		if err := h.state.apply(at, hd.Time, stored); err != nil {
			return fmt.Errorf("replay of %v: %w", at, err)
		}
	}
	h.state.time = hd.Time
	h.next, h.previous = hd.Number+1, hash
	return nil
}

// Term is the newest term; a new leader starts the one after.
func (h *Heart) Term() uint64 { return h.state.term }

// Oldest is the oldest page whose contents are still needed.
func (h *Heart) Oldest() uint64 { return h.state.oldest(h.next) }

// Next is the number of the page being filled.
func (h *Heart) Next() uint64 { return h.next }

// at begins a decision at time now. The first decision of a page gives the page its time, and page times never go back.
func (h *Heart) at(now int64) {
	if h.page.Len() == 0 {
		h.time = max(now, h.state.time)
	}
	h.now = max(now, h.time)
}

func (h *Heart) add(e entry.Entry, payload []byte) corridor.Position {
	if e.Kind() != entry.KindAcknowledged {
		h.starts = true
	}
	return corridor.Position{Page: h.next, Index: h.page.Add(e, payload)}
}

// must stops the program: the heart's own entry does not fit the heart's own state.
func must(err error) {
	if err != nil {
		panic("hub: the heart contradicts itself: " + err.Error())
	}
}

// StartTerm begins the leadership of this hub.
func (h *Heart) StartTerm(now int64, certificate []byte) {
	h.at(now)
	e := &entry.TermStarted{Term: h.state.term + 1, Network: h.network, Certificate: certificate}
	h.add(e, nil)
	h.state.termStarted(h.time, e)
}

// Admit makes a member's signing certificate known. It does nothing if it is already.
func (h *Heart) Admit(now int64, lt corridor.LT, certificate []byte) error {
	if k := h.state.keys[keyID(certificate)]; k != nil {
		return nil
	}
	h.at(now)
	e := &entry.MemberAdmitted{LT: lt, Certificate: certificate}
	if _, err := readKey(lt, certificate); err != nil {
		return err
	}
	h.add(e, nil)
	return h.state.memberAdmitted(e)
}

// Revoke ends a key and the sessions that rest on it.
func (h *Heart) Revoke(now int64, key corridor.Digest, lt corridor.LT, reason string, statement []byte) {
	if k := h.state.keys[key]; k != nil && k.revoked {
		return
	}
	h.at(now)
	e := &entry.KeyRevoked{Key: key, LT: lt, Reason: reason, Statement: statement}
	h.add(e, nil)
	h.state.keyRevoked(e)
	for _, t := range h.sorted() {
		if t.live != nil && (t.live.transport == key || t.live.signing == key) {
			h.end(t, corridor.NetworkFault(corridor.FaultKeyRevoked))
		}
	}
}

func (h *Heart) sorted() []*terminal {
	all := make([]*terminal, 0, len(h.state.terminals))
	for _, t := range h.state.terminals {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *terminal) int {
		if a.lt < b.lt {
			return -1
		}
		return 1
	})
	return all
}

// end closes a live session with a fault that the member is told.
func (h *Heart) end(t *terminal, f *corridor.Fault) {
	e := &entry.SessionClosed{LT: t.lt, Session: t.session, Reason: f.Code}
	h.add(e, nil)
	h.tell(Outcome{To: SessionRef{t.lt, t.session}, Kind: Farewell, Fault: f})
	must(h.state.sessionClosed(e))
	h.ended(t)
}

// ended lets the institution's other terminals go on; answers of a later session do not join those of this one.
func (h *Heart) ended(t *terminal) {
	delete(h.answered, t)
	h.touch(t.to)
}

// Recorded tells the holder of a ticket when all that was decided so far is durable.
func (h *Heart) Recorded(ticket uint64) { h.tell(Outcome{Kind: Recorded, Ticket: ticket}) }

func (h *Heart) tell(o Outcome) { h.outcomes = append(h.outcomes, o) }

func (h *Heart) touch(d *destination) {
	if !d.touched {
		d.touched = true
		h.touched = append(h.touched, d)
	}
}

// Login is a login whose certificates, version and network the shell has checked.
type Login struct {
	Ticket                 uint64
	LT                     corridor.LT
	Transport, Signing     corridor.Digest
	Window                 int
	Delivery, Takeover     bool
	LastSent, LastAnswered corridor.ISN
	LastStored             corridor.OSN
}

// Login decides on a login; the outcome is a Welcome, and the messages that are out, or a LoginRefused.
func (h *Heart) Login(now int64, l Login) {
	h.at(now)
	t := h.state.terminals[l.LT]
	if f := h.refuses(t, &l); f != nil {
		h.tell(Outcome{To: SessionRef{LT: l.LT}, Kind: LoginRefused, Fault: f, Ticket: l.Ticket})
		return
	}
	if t.live != nil {
		h.end(t, corridor.NetworkFault(corridor.FaultTakenOver))
	}
	e := &entry.SessionOpened{LT: l.LT, Session: t.session.Next(), TransportKey: l.Transport, SigningKey: l.Signing, Window: uint32(l.Window), Delivery: l.Delivery}
	h.add(e, nil)
	must(h.state.sessionOpened(e))
	to := SessionRef{t.lt, t.session}
	h.tell(Outcome{To: to, Kind: Welcome, Expected: t.isn, Assigned: t.osn, Window: l.Window, Ticket: l.Ticket})
	if l.Delivery {
		h.deliver(t, t.unacknowledged(), true)
	}
	h.touch(t.to)
}

func (h *Heart) refuses(t *terminal, l *Login) *corridor.Fault {
	if t == nil {
		return corridor.NetworkFault(corridor.FaultUnknownLT, l.LT)
	}
	for _, id := range []corridor.Digest{l.Transport, l.Signing} {
		if k := h.state.keys[id]; k != nil && k.revoked {
			return corridor.NetworkFault(corridor.FaultRevoked)
		}
	}
	k := h.state.keys[l.Signing]
	switch {
	case k == nil || k.lt != l.LT:
		return corridor.NetworkFault(corridor.FaultNotItsLT, l.LT)
	case k.until < h.now:
		return corridor.NetworkFault(corridor.FaultExpired)
	case l.Window < 1 || l.Window > corridor.MaxWindow:
		return corridor.NetworkFault(corridor.FaultWindowRange, l.Window)
	case t.live != nil && !l.Takeover:
		return corridor.NetworkFault(corridor.FaultLoggedIn, l.LT)
	case l.LastSent < t.isn:
		return corridor.NetworkFault(corridor.FaultStoreBehind, "the store has given out", l.LastSent, "the network has taken", t.isn)
	case l.LastAnswered > t.isn:
		return corridor.NetworkFault(corridor.FaultISNAhead, "the store has the answer of", l.LastAnswered, "the network has taken", t.isn)
	case l.LastStored > t.osn:
		return corridor.NetworkFault(corridor.FaultOSNAhead, "the store has", l.LastStored, "given out are", t.osn)
	}
	return nil
}

func (t *terminal) unacknowledged() []Numbered {
	out := make([]Numbered, 0, t.open)
	for i := range t.pending {
		if d := &t.pending[i]; !d.done {
			out = append(out, Numbered{d.osn, d.what.at})
		}
	}
	return out
}

// Logout ends a session at the member's wish (reason "logout") or because its line is lost.
func (h *Heart) Logout(now int64, s SessionRef, reason string) {
	t := h.current(s)
	if t == nil {
		return
	}
	h.at(now)
	e := &entry.SessionClosed{LT: s.LT, Session: s.Session, Reason: reason}
	h.add(e, nil)
	h.tell(Outcome{To: s, Kind: Farewell})
	must(h.state.sessionClosed(e))
	h.ended(t)
}

// End closes a session with a fault, for the shell.
func (h *Heart) End(now int64, s SessionRef, f *corridor.Fault) {
	if t := h.current(s); t != nil {
		h.at(now)
		h.end(t, f)
	}
}

func (h *Heart) current(s SessionRef) *terminal {
	t := h.state.terminals[s.LT]
	if t == nil || t.live == nil || t.session != s.Session {
		return nil
	}
	return t
}

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
}

// Acknowledgement is one checked acknowledgement.
type Acknowledgement struct {
	entry.Acknowledgement
	Statement []byte
}

// Submit decides on a frame of messages: sequence, then the sender's key and the receiver, then accept or refuse.
func (h *Heart) Submit(now int64, s SessionRef, f *Frame) {
	t := h.current(s)
	if t == nil {
		return
	}
	h.at(now)
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
	if fault := h.keyFault(t, f.Record.Signer); fault != nil {
		return fault
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
	if fault != nil {
		at := h.add(&entry.Refused{Frame: frame, Index: index, Session: t.session, Statement: sub.Statement, Fault: *fault}, sub.Payload)
		must(h.state.messageRefused(at, &sub.Submission, leaf))
		h.answer(t, at)
		return
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
	t := h.current(s)
	if t == nil {
		return
	}
	h.at(now)
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

// originate queues a message of the network itself to the sender of another.
func (h *Heart) originate(r entry.Reason, f Facts, mor corridor.MOR) {
	payload, typ := notice(r, h.own, f, mor, h.time)
	sub := entry.Submission{
		Network: h.network, Sender: h.own, Receiver: f.Sender.Destination(), Number: corridor.ISN(h.state.originated + 1), Type: typ,
		Priority: corridor.System, Reference: f.Reference, Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: uint64(h.time / 1e6),
	}
	e := &entry.Originated{Statement: sub.Append(nil), About: f.At, Reason: r}
	at := h.add(e, payload)
	must(h.state.messageOriginated(at, e, &sub, entry.LeafHash(e.Statement)))
	h.touch(h.state.destinations[sub.Receiver.BIC8()])
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
}

func (w *watch) facts() Facts {
	return Facts{w.at, w.mir, w.accepted, w.sender, w.receiver, w.reference, w.priority}
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
	for _, d := range h.state.destinations {
		if len(d.retries) > 0 {
			h.touch(d)
		}
	}
}

func (h *Heart) abortions() []corridor.Position {
	if len(h.state.aborting) == 0 {
		return nil
	}
	var all []corridor.Position
	for at := range h.state.aborting {
		all = append(all, at)
	}
	slices.SortFunc(all, comparePositions)
	return all
}

func comparePositions(a, b corridor.Position) int {
	switch {
	case a == b:
		return 0
	case a.Page < b.Page || a.Page == b.Page && a.Index < b.Index:
		return -1
	default:
		return 1
	}
}

// Aborted gives the heart what the journal says of a message that its receiver refused for good (see FactsWanted).
func (h *Heart) Aborted(now int64, f Facts) {
	if !h.state.aborting[f.At] {
		return
	}
	h.at(now)
	h.originate(entry.Aborted, f, "")
}

// Full reports that the page should be sealed before more is decided.
func (h *Heart) Full() bool {
	return h.page.Size() >= corridor.MaxPage || h.page.Len() >= corridor.MaxPageEntries/2
}

// Ready reports that there is reason to make a page durable: something happened other than acknowledgements, a receiver
// whose window they opened has messages waiting, flush asks for it, or the page is full.
func (h *Heart) Ready(flush bool) bool {
	if h.starts || flush && h.page.Len() > 0 || h.Full() {
		return true
	}
	return slices.ContainsFunc(h.touched, func(d *destination) bool { return d.assignable(h.now) })
}

func (d *destination) assignable(now int64) bool {
	t := d.serving
	return t != nil && t.open < (t.live.window+1)/2 && (d.queue.size() > 0 || d.due(now))
}

// due reports a refused message whose pause is over; their pauses end in the order of the list.
func (d *destination) due(now int64) bool { return len(d.retries) > 0 && d.retries[0].due <= now }

// Told returns the outcomes that rest on pages sealed before, when the page being filled is empty.
func (h *Heart) Told() []Outcome {
	if h.page.Len() > 0 {
		return nil
	}
	out := h.outcomes
	h.outcomes = nil
	clear(h.answered)
	return out
}

// Seal assigns what can be delivered, closes the page and returns it with the outcomes that its durability releases.
// It returns nil if nothing has happened.
func (h *Heart) Seal(sign func([]byte) []byte) (*journal.Page, []Outcome) {
	h.assign()
	if h.page.Len() == 0 {
		return nil, nil
	}
	if h.page.Len() > corridor.MaxPageEntries {
		panic("hub: the page has more entries than can be read back")
	}
	p := h.page.Seal(evidence.Header{Network: h.network, Number: h.next, Previous: h.previous, Time: h.time, Term: h.state.term}, sign)
	out := h.outcomes
	h.state.time = h.time
	h.next, h.previous = h.next+1, p.Hash()
	h.page, h.outcomes, h.starts = journal.NewBuilder(h.page), nil, false
	clear(h.answered)
	return p, out
}

// assign gives output numbers to what waits for terminals that have room.
func (h *Heart) assign() {
	if h.page.Len() == 0 {
		h.at(h.now)
	}
	slices.SortFunc(h.touched[h.waited:], func(a, b *destination) int { return strings.Compare(string(a.bic), string(b.bic)) })
	n, done := 0, 0
	for n < maxAssignedPage && h.page.Len() < corridor.MaxPageEntries && done < len(h.touched) {
		d := h.touched[done]
		done++
		d.touched = false
		n += h.assignTo(d)
	}
	h.touched = append(h.touched[:0], h.touched[done:]...)
	h.waited = len(h.touched)
}

// assignTo gives out what a destination's terminal has room for, and returns how many.
func (h *Heart) assignTo(d *destination) int {
	t := d.serving
	if t == nil {
		return 0
	}
	// A member that never acknowledges one message cannot make the list of those that are out grow for ever.
	room := min(t.live.window-t.open, 2*corridor.MaxWindow-len(t.pending), corridor.MaxAssigned)
	if room <= 0 || d.queue.size() == 0 && !d.due(h.now) {
		return 0
	}
	e := &entry.Assigned{LT: t.lt, Session: t.session, First: t.osn + 1}
	var all []Numbered
	take := func(w waiting) {
		all = append(all, Numbered{e.First + corridor.OSN(len(e.Messages)), w.at})
		e.Messages = append(e.Messages, w.at)
	}
	for i := 0; i < len(d.retries) && d.retries[i].due <= h.now && len(e.Messages) < room; i++ {
		take(d.retries[i].what)
	}
	again := len(all)
	d.queue.next(room-again, take)
	h.add(e, nil)
	must(h.state.messagesAssigned(e))
	h.deliver(t, all[:again], true)
	h.deliver(t, all[again:], false)
	return len(all)
}

func (h *Heart) deliver(t *terminal, all []Numbered, repeat bool) {
	if len(all) > 0 {
		h.tell(Outcome{To: SessionRef{t.lt, t.session}, Kind: Deliveries, Messages: all, Repeat: repeat})
	}
}

// Idle reports that nothing is waiting: no page is being filled, every message is delivered or aborted.
func (h *Heart) Idle() bool {
	return h.page.Len() == 0 && len(h.outcomes) == 0 && h.state.waiting == 0 && len(h.state.aborting) == 0
}
