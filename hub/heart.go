package hub

import (
	"fmt"
	"slices"

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
	wanted   map[corridor.Position]bool   // messages of which the shell was asked for the facts
	cleared  map[corridor.Position]uint64 // messages that were decided on at the door, by standing's version then
	looked   map[corridor.Position]uint64 // held messages that were looked at again, by standing's version then
	screened uint64                       // version of standing for which all held messages were looked at
	stuck    bool                         // the sweep waits for a session
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
	FactsWanted // the heart needs what the journal says of Messages[0], see Heart.Facts
)

// NewHeart starts from the state that a journal's pages gave, at the page after its head.
func NewHeart(network corridor.Network, own corridor.LT) *Heart {
	return &Heart{state: newState(network, own.BIC8()), network: network, own: own, page: &journal.Builder{}, answered: map[*terminal]*pendingAnswer{},
		wanted: map[corridor.Position]bool{}, cleared: map[corridor.Position]uint64{}, looked: map[corridor.Position]uint64{}}
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
// Fences that are due by then stand first in it.
func (h *Heart) at(now int64) {
	if h.page.Len() == 0 {
		h.time = max(now, h.state.time)
		if h.state.term > 0 {
			h.fences()
		}
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
	at := h.add(e, nil)
	return h.state.memberAdmitted(at, e)
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

func (h *Heart) tell(o Outcome) { h.outcomes = append(h.outcomes, o) }

func (h *Heart) touch(d *destination) {
	if d.closing != nil {
		h.stuck = false // something happened that its closing may have waited for
	}
	if !d.touched {
		d.touched = true
		h.touched = append(h.touched, d)
	}
}

// Full reports that the page should be sealed before more is decided.
func (h *Heart) Full() bool {
	return h.page.Size() >= corridor.MaxPage || h.page.Len() >= corridor.MaxPageEntries/2
}

// Ready reports that there is reason to make a page durable: something happened other than acknowledgements, a receiver
// whose window they opened has messages waiting, flush asks for it, or the page is full.
func (h *Heart) Ready(flush bool) bool {
	if h.starts || flush && h.page.Len() > 0 || h.Full() || h.sweeping() {
		return true
	}
	return slices.ContainsFunc(h.touched, func(d *destination) bool { return d.assignable(h.now) })
}

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
	if h.sweeping() {
		h.at(h.now)
		h.sweep()
		h.broadcast()
	}
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

// Idle reports that nothing is waiting: no page is being filled, every message is delivered or aborted.
func (h *Heart) Idle() bool {
	return h.page.Len() == 0 && len(h.outcomes) == 0 && h.state.waiting == 0 && len(h.state.aborting) == 0 && !h.sweeping()
}
