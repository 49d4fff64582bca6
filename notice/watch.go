package notice

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// The states of an open message.
const (
	stateQueued   = "queued"
	stateGivenOut = "given-out"
	stateHeld     = "held"
)

// open is a message that the network has taken over and not yet finished with.
type open struct {
	at        corridor.Position
	accepted  int64
	mir       corridor.MIR
	sender    corridor.LT
	receiver  corridor.LT
	typ       corridor.MessageType
	reference corridor.Reference
	uetr      corridor.UETR
	state     string
}

// Watch reads the journal's entries in their order and makes the letters of them: notices, lists, reports, digests. It is a state like any other:
// it has no clock, and the same journal gives the same letters.
type Watch struct {
	o         WatchOptions
	directory *directory.Directory
	standing  *standing.State
	moreOf    map[string][]Event // readmissions and ends of pauses, by order
	members   map[corridor.BIC]bool
	open      map[corridor.Position]*open
	given     map[corridor.LT]map[corridor.OSN]corridor.Position
	traffic   map[pair]int64 // when the two last exchanged a message
	reports   map[reportKey]*report
	day       *day
	page      uint64
	time      int64
	said      map[string]said // the newest notice of each order
	letters   []Letter
}

// said is one notice as it was announced.
type said struct {
	number uint64
	at     int64
	due    Item
}

// pair is two institutions in alphabetical order.
type pair struct{ a, b corridor.BIC }

func pairOf(a, b corridor.BIC) pair {
	if b < a {
		a, b = b, a
	}
	return pair{a, b}
}

// WatchOptions are what the journal does not say.
type WatchOptions struct {
	Issuer     Issuer
	DigestHour int // UTC, at which the operator's day ends; -1: no digest
	// Authorised lists the authorisations between two institutions in words; nil: none are known.
	Authorised func(a, b corridor.BIC) []string
	// Particulars reads the amounts of a message; nil: lists have none.
	Particulars func(at corridor.Position) *corridor.Particulars
}

// NewWatch is the watch of a network before its first entry.
func NewWatch(o WatchOptions) *Watch {
	d := directory.New()
	return &Watch{
		o: o, directory: d, standing: standing.New(o.Issuer.Network, o.Issuer.LT.BIC(), d), moreOf: map[string][]Event{}, members: map[corridor.BIC]bool{},
		open: map[corridor.Position]*open{}, given: map[corridor.LT]map[corridor.OSN]corridor.Position{}, traffic: map[pair]int64{}, reports: map[reportKey]*report{}, said: map[string]said{}, day: &day{},
	}
}

// Members are the institutions that notices go to: all that were admitted.
func (w *Watch) Members() []corridor.BIC {
	var all []corridor.BIC
	for b := range w.members {
		all = append(all, b)
	}
	slices.Sort(all)
	return all
}

// Standing and Directory are the states that the watch keeps; do not change them.
func (w *Watch) Standing() *standing.State       { return w.standing }
func (w *Watch) Directory() *directory.Directory { return w.directory }

// Page begins a page: what its time completes becomes letters.
func (w *Watch) Page(number uint64, time int64) {
	w.Pass(time)
	w.page, w.time = number, time
}

// Pass says that no page of an earlier time will come.
func (w *Watch) Pass(now int64) {
	w.closeReports(now)
	w.closeDays(now)
}

// Take gives the letters made since the last call.
func (w *Watch) Take() []Letter {
	l := w.letters
	w.letters = nil
	return l
}

// Lasting says whether a watch that begins anew needs entries of the kind, however old: those of members, officers and orders. Of the others
// it needs those of messages that are open.
func Lasting(k entry.Kind) bool {
	switch k {
	case entry.KindMemberAdmitted, entry.KindActed, entry.KindFenced, entry.KindDecided, entry.KindClosing, entry.KindAnnounced:
		return true
	}
	return false
}

// Apply takes the next entry.
func (w *Watch) Apply(at corridor.Position, e entry.Entry) error {
	switch e := e.(type) {
	case *entry.MemberAdmitted:
		w.members[clone(e.LT.BIC8())] = true
	case *entry.Accepted:
		return w.accepted(at, e)
	case *entry.Refused:
		w.day.refused(e.Fault.Code)
	case *entry.Assigned:
		w.assigned(e)
	case *entry.Acknowledged:
		return w.acknowledged(e)
	case *entry.Originated:
		if e.Reason == entry.Aborted || e.Reason == entry.Returned {
			w.finish(e.About)
		}
	default:
		return w.governed(at, e)
	}
	return nil
}

func (w *Watch) accepted(at corridor.Position, e *entry.Accepted) error {
	s, err := entry.DecodeSubmission(e.Statement)
	if err != nil {
		return err
	}
	state := stateQueued
	if h := w.standing.HeldAt(at); h != nil {
		state = stateHeld
	}
	w.open[at] = &open{
		at: at, accepted: w.time, mir: corridor.MakeMIR(time.Unix(0, w.time), s.Sender, e.Session, s.Number), sender: clone(s.Sender), receiver: clone(s.Receiver),
		typ: clone(s.Type), reference: clone(s.Reference), uetr: clone(s.UETR), state: state,
	}
	w.traffic[pairOf(clone(s.Sender.BIC8()), clone(s.Receiver.BIC8()))] = w.time
	w.day.Accepted++
	return nil
}

// clone keeps a text that shares the page's memory.
func clone[T ~string](s T) T { return T(strings.Clone(string(s))) }

func (w *Watch) assigned(e *entry.Assigned) {
	lt := clone(e.LT)
	if w.given[lt] == nil {
		w.given[lt] = map[corridor.OSN]corridor.Position{}
	}
	for i, at := range e.Messages {
		if m := w.open[at]; m != nil {
			m.state = stateGivenOut
			w.given[lt][e.First+corridor.OSN(i)] = at
		}
	}
}

func (w *Watch) acknowledged(e *entry.Acknowledged) error {
	a, err := entry.DecodeAcknowledgement(e.Statement)
	if err != nil {
		return err
	}
	at, ok := w.given[a.Receiver][a.Number]
	if !ok {
		return nil // a message of the network itself
	}
	delete(w.given[a.Receiver], a.Number)
	if a.Refused {
		if m := w.open[at]; m != nil {
			m.state = stateQueued
		}
		return nil
	}
	w.finish(at)
	w.day.Delivered++
	return nil
}

func (w *Watch) finish(at corridor.Position) { delete(w.open, at) }

// governed takes the entries of officers and orders.
func (w *Watch) governed(at corridor.Position, e entry.Entry) error {
	switch e := e.(type) {
	case *entry.Acted:
		a, err := entry.DecodeAct(e.Statement)
		if err != nil {
			return err
		}
		w.day.acted(a.Kind)
		return w.act(at, &a, corridor.DigestOf(e.Certificate))
	case *entry.ActRefused:
		w.day.ActsRefused++
	case *entry.Fenced:
		return w.fenced(at, e)
	case *entry.Decided:
		return w.decided(e)
	case *entry.Closing:
		w.standing.ApplyClosing(e)
	case *entry.Announced:
		if !e.Done {
			return w.announced(e)
		}
	}
	return nil
}

func (w *Watch) act(at corridor.Position, a *entry.Act, key corridor.Digest) error {
	c := *a
	c.Body = bytes.Clone(a.Body)
	switch noun, _, _ := strings.Cut(a.Kind, "."); noun {
	case "directory":
		return w.directory.Apply(at, w.time, c.Body)
	case "rma":
		return nil
	}
	return w.standing.ApplyAct(at, w.time, &c, key)
}

func (w *Watch) fenced(at corridor.Position, e *entry.Fenced) error {
	if err := w.standing.ApplyFenced(at, w.time, e); err != nil {
		return err
	}
	switch e.What {
	case entry.Readmitted, entry.Stepped, entry.PauseEnded:
		w.moreOf[clone(e.Order)] = append(w.moreOf[clone(e.Order)], Event{What: Occasion(clone(e.What)), At: w.time, BIC: clone(e.BIC)})
	}
	return nil
}

// announced makes the letters of a notice: to all members, and before the instant a list to each counterparty of those covered.
func (w *Watch) announced(e *entry.Announced) error {
	w.said[clone(e.Order)] = said{e.Number, w.time, Item{Why: Occasion(clone(e.Occasion)), At: e.At, BIC: clone(e.BIC), Until: e.Until}}
	n, err := w.Newest(e.Order)
	if err != nil {
		return err
	}
	l := n.Letter(w.page, "")
	if l.Event, err = n.Event(); err != nil {
		return err
	}
	w.letters = append(w.letters, l)
	if n.stops() && (n.Due.Why == Published || n.Due.Why.reminder()) {
		w.lists(n)
	}
	return nil
}

// ErrNotAnnounced is why there is no notice of an order to show again.
var ErrNotAnnounced = errors.New("no notice of it has gone out")

// Newest is the newest notice of an order, by what is known of it now.
func (w *Watch) Newest(order string) (*Notice, error) {
	s, ok := w.said[order]
	r := w.standing.Order(order)
	if r == nil || !ok {
		return nil, fmt.Errorf("order %s: %w", order, ErrNotAnnounced)
	}
	return New(w.o.Issuer, s.number, s.at, LifeOf(r, w.moreOf[order]...), s.due, NewDirectory(w.directory))
}

func (w *Watch) decided(e *entry.Decided) error {
	w.day.ruled(e.Outcome)
	w.standing.ApplyDecided(w.time, e, e.Sender, e.Receiver)
	m := w.open[e.Message]
	if m == nil {
		return nil // it is refused, or stands in the next entry
	}
	switch e.Outcome {
	case entry.Returns:
		w.report(m.sender.BIC8(), m, e, "returned")
		w.finish(e.Message)
	case entry.InDoubt:
		w.report(m.sender.BIC8(), m, e, "in-doubt") // both sides hear of it (R33)
		w.report(m.receiver.BIC8(), m, e, "in-doubt")
		w.finish(e.Message)
	case entry.Stores:
		w.finish(e.Message) // its sender's closing statement has it
	case entry.Holds:
		m.state = stateHeld
	case entry.Passes, entry.Licensed:
		if m.state == stateHeld {
			m.state = stateQueued
		}
	}
	return nil
}
