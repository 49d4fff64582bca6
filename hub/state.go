package hub

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// state is everything the hub must know to decide. It is a function of the journal: only apply changes it, and apply
// reads no clock. Bodies are not here, only their places.
type state struct {
	network      corridor.Network
	term         uint64
	time         int64 // of the newest page
	originated   uint64
	terminals    map[corridor.LT]*terminal
	destinations map[corridor.BIC]*destination // by BIC8
	keys         map[entry.KeyID]*key
	watches      watches
	leaders      []leader
	aborting     map[corridor.Position]string // ended without delivery, the sender does not know yet; FIN field 432
	waiting      int                          // messages accepted and not yet delivered or aborted
	accepted     uint64
	refused      uint64
	delivered    uint64
	governance
}

// key is a member's signing key.
type key struct {
	lt      corridor.LT
	der     []byte
	public  ed25519.PublicKey
	until   int64 // end of validity, Unix nanoseconds
	revoked bool
	since   corridor.Position // where it was admitted
}

// leader is the certificate that signs the pages from a term on.
type leader struct {
	from uint64
	at   int64 // page time of its first term
	der  []byte
}

// terminal is a logical terminal that was admitted.
type terminal struct {
	lt      corridor.LT
	to      *destination
	session corridor.SessionNumber // the newest
	live    *live
	isn     corridor.ISN // highest that was accepted or refused
	answers answers
	osn     corridor.OSN   // highest given out
	pending []delivery     // given out and not acknowledged, by OSN
	open    int            // of pending, those without an acknowledgement
	keys    [2]entry.KeyID // transport and signing key of the newest session
	// generation counts the terminal's readmissions: its sessions and numbers go on, and a counterparty sees that there was a gap (R73).
	generation uint32
}

// live is the session that a terminal has now.
type live struct {
	transport, signing entry.KeyID
	window             int
	delivery           bool
}

// delivery is a message that has its output number.
type delivery struct {
	osn  corridor.OSN
	what waiting
	prio corridor.Priority
	done bool
	// doubt: its sender was disconnected after it was given out. It is not sent again by itself; a late acknowledgement counts.
	doubt bool
}

// destination is an institution (BIC8): its queue, and the terminal that is being served from it. One at a
// time, so that two messages of one sender cannot overtake each other.
type destination struct {
	bic       corridor.BIC
	queue     queues
	serving   *terminal
	terminals []*terminal       // by LT
	retries   []retry           // by due
	touched   bool              // something may be assignable; the heart's list
	fence     corridor.Position // the newest fence that touched it: what was accepted before is looked at again at the door
	closing   *closing          // it was disconnected, and its closing statement is not written yet
}

// retry is a message that the receiver refused, to be offered again.
type retry struct {
	due  int64
	prio corridor.Priority
	what waiting
}

// answers remembers the newest answers of a terminal, for resubmissions: what is older than the largest
// window cannot be unanswered any more.
type answers struct {
	ring []answered
	last corridor.ISN
}

type answered struct {
	leaf corridor.Digest
	at   corridor.Position
}

func (a *answers) add(n corridor.ISN, v answered) {
	if len(a.ring) < corridor.MaxWindow {
		a.ring = append(a.ring, v)
	} else {
		a.ring[a.slot(n)] = v
	}
	a.last = n
}

// get returns the answer to number n, if it is recent enough.
func (a *answers) get(n corridor.ISN) (answered, bool) {
	if n == 0 || n > a.last || uint64(a.last-n) >= uint64(len(a.ring)) {
		return answered{}, false
	}
	return a.ring[a.slot(n)], true
}

// slot is the place of number n: numbers start at 1 and fill the ring from its beginning.
func (a *answers) slot(n corridor.ISN) int { return int((n - 1) % corridor.MaxWindow) }

func newState(network corridor.Network, operator corridor.BIC) *state {
	return &state{
		terminals:    map[corridor.LT]*terminal{},
		destinations: map[corridor.BIC]*destination{},
		keys:         map[entry.KeyID]*key{},
		watches:      watches{open: map[corridor.Position]*watch{}},
		aborting:     map[corridor.Position]string{},
		governance:   newGovernance(network, operator),
	}
}

// apply changes the state by one stored entry; replay and recovery call it. The heart calls the same steps with what it
// has already decoded.
func (s *state) apply(at corridor.Position, time int64, stored []byte) error {
	e, err := entry.Decode(stored)
	if err != nil {
		return err
	}
	switch e := e.(type) {
	case *entry.TermStarted:
		s.termStarted(time, e)
	case *entry.MemberAdmitted:
		return s.memberAdmitted(at, e)
	case *entry.KeyRevoked:
		s.keyRevoked(e)
	case *entry.SessionOpened:
		return s.sessionOpened(e)
	case *entry.SessionClosed:
		return s.sessionClosed(e)
	case *entry.Accepted:
		sub, err := entry.DecodeSubmission(e.Statement)
		if err != nil {
			return err
		}
		return s.messageAccepted(at, time, e.Session, &sub, entry.LeafHash(e.Statement))
	case *entry.Refused:
		sub, err := entry.DecodeSubmission(e.Statement)
		if err != nil {
			return err
		}
		return s.messageRefused(at, time, &sub, entry.LeafHash(e.Statement))
	case *entry.Assigned:
		return s.messagesAssigned(e)
	case *entry.Acknowledged:
		ack, err := entry.DecodeAcknowledgement(e.Statement)
		if err != nil {
			return err
		}
		_, err = s.messageAcknowledged(time, &ack)
		return err
	case *entry.Originated:
		sub, err := entry.DecodeSubmission(e.Statement)
		if err != nil {
			return err
		}
		return s.messageOriginated(at, e, &sub, entry.LeafHash(e.Statement))
	default:
		return s.applyGovernance(at, time, stored, e)
	}
	return nil
}

func (s *state) termStarted(time int64, e *entry.TermStarted) {
	s.term, s.network = e.Term, corridor.Network(strings.Clone(string(e.Network)))
	if n := len(s.leaders); n == 0 || !bytes.Equal(s.leaders[n-1].der, e.Certificate) {
		s.leaders = append(s.leaders, leader{e.Term, time, bytes.Clone(e.Certificate)})
	}
	for _, t := range s.terminals {
		t.live = nil
	}
	for _, d := range s.destinations {
		d.serving = nil
	}
}

func (s *state) memberAdmitted(at corridor.Position, e *entry.MemberAdmitted) error {
	lt := corridor.LT(strings.Clone(string(e.LT))) // entries share the page's memory, the state must not hold it
	k, err := readKey(lt, bytes.Clone(e.Certificate))
	if err != nil {
		return err
	}
	k.since = at
	s.keys[keyID(e.Certificate)] = k
	if s.terminals[lt] != nil {
		return nil
	}
	d := s.destinations[lt.BIC8()]
	if d == nil {
		d = &destination{bic: lt.BIC8()}
		s.destinations[d.bic] = d
	}
	t := &terminal{lt: lt, to: d}
	s.terminals[lt] = t
	d.terminals = append(d.terminals, t)
	return nil
}

func (s *state) keyRevoked(e *entry.KeyRevoked) {
	if k := s.keys[e.Key]; k != nil {
		k.revoked = true
		return
	}
	s.keys[e.Key] = &key{lt: corridor.LT(strings.Clone(string(e.LT))), revoked: true}
}

func (s *state) sessionOpened(e *entry.SessionOpened) error {
	t := s.terminals[e.LT]
	if t == nil || t.live != nil {
		return fmt.Errorf("session opened for %s: the terminal is unknown or has a session", e.LT)
	}
	t.session = e.Session
	t.live = &live{e.TransportKey, e.SigningKey, int(e.Window), e.Delivery}
	t.keys = [2]entry.KeyID{e.TransportKey, e.SigningKey}
	t.to.choose()
	return nil
}

func (s *state) sessionClosed(e *entry.SessionClosed) error {
	t := s.terminals[e.LT]
	if t == nil || t.live == nil || t.session != e.Session {
		return fmt.Errorf("session %d closed for %s: there is no such session", e.Session, e.LT)
	}
	t.live = nil
	t.to.choose()
	return nil
}

// choose keeps the serving terminal while it lives, and otherwise takes the first that takes deliveries.
func (d *destination) choose() {
	if t := d.serving; t != nil && t.live != nil && t.live.delivery {
		return
	}
	d.serving = nil
	for _, t := range d.terminals {
		if t.live != nil && t.live.delivery && (d.serving == nil || t.lt < d.serving.lt) {
			d.serving = t
		}
	}
}

func (s *state) messageAccepted(at corridor.Position, time int64, session corridor.SessionNumber, sub *entry.Submission, leaf corridor.Digest) error {
	t, err := s.numbered(at, sub, leaf)
	if err != nil {
		return err
	}
	d := s.destinations[sub.Receiver.BIC8()]
	if d == nil {
		return fmt.Errorf("message %v accepted for %s, which is not a member", at, sub.Receiver)
	}
	s.waiting++
	s.accepted++
	w := waiting{at: at, leaf: leaf, from: t}
	if !s.decidedBefore(at, time, t, d, w, sub) {
		d.queue.push(sub.Priority, w)
	}
	if sub.Monitoring != corridor.MonitorNothing {
		s.watches.add(newWatch(at, time, t, session, sub))
	}
	return nil
}

func (s *state) messageRefused(at corridor.Position, time int64, sub *entry.Submission, leaf corridor.Digest) error {
	s.refused++
	s.refusedByOrder(at, time, sub)
	_, err := s.numbered(at, sub, leaf)
	return err
}

// numbered takes the next number of the sender: accepted and refused messages both consume it.
func (s *state) numbered(at corridor.Position, sub *entry.Submission, leaf corridor.Digest) (*terminal, error) {
	t := s.terminals[sub.Sender]
	if t == nil || sub.Number != t.isn+1 {
		return nil, fmt.Errorf("message %v has number %d of %s, which is not the next", at, sub.Number, sub.Sender)
	}
	t.isn = sub.Number
	t.answers.add(sub.Number, answered{leaf, at})
	return t, nil
}

func (s *state) messageOriginated(at corridor.Position, e *entry.Originated, sub *entry.Submission, leaf corridor.Digest) error {
	d := s.destinations[sub.Receiver.BIC8()]
	if d == nil {
		return fmt.Errorf("message %v originated for %s, which is not a member", at, sub.Receiver)
	}
	s.originated = uint64(sub.Number)
	d.queue.push(corridor.System, waiting{at: at, leaf: leaf})
	s.waiting++
	switch e.Reason {
	case entry.Notice, entry.Changed:
		s.broadcasted(d.bic, e)
	case entry.Aborted, entry.Returned: // a warning that it is late does not tell the sender that it was aborted
		delete(s.aborting, e.About)
		s.watches.heard(e.About, e.Reason)
	default:
		s.watches.heard(e.About, e.Reason)
	}
	return nil
}

func (s *state) messagesAssigned(e *entry.Assigned) error {
	t := s.terminals[e.LT]
	if t == nil || e.First != t.osn+1 {
		return fmt.Errorf("numbers from %d assigned to %s, which does not follow", e.First, e.LT)
	}
	for _, at := range e.Messages {
		w, prio, ok := t.to.remove(at)
		if !ok {
			return fmt.Errorf("message %v assigned to %s is not next in its queue", at, e.LT)
		}
		t.osn++
		t.pending = append(t.pending, delivery{osn: t.osn, what: w, prio: prio})
		t.open++
	}
	return nil
}

// remove takes a message out of the retries or the queue, where it must be the next.
func (d *destination) remove(at corridor.Position) (waiting, corridor.Priority, bool) {
	if len(d.retries) > 0 && d.retries[0].what.at == at {
		r := d.retries[0]
		d.retries = d.retries[1:]
		return r.what, r.prio, true
	}
	for i := range d.queue {
		if w, ok := d.queue[i].peek(); ok && w.at == at {
			d.queue[i].pop()
			return w, priorities[i], true
		}
	}
	return waiting{}, 0, false
}

var priorities = [3]corridor.Priority{corridor.System, corridor.Urgent, corridor.Normal}

// find is the place in pending of a number that is out, or -1.
func (t *terminal) find(n corridor.OSN) int {
	if len(t.pending) == 0 || n < t.pending[0].osn || n > t.pending[len(t.pending)-1].osn {
		return -1
	}
	return int(n - t.pending[0].osn)
}

// messageAcknowledged ends a delivery. It returns the watch of a sender who wants to hear that it arrived, or nil.
func (s *state) messageAcknowledged(time int64, ack *entry.Acknowledgement) (*watch, error) {
	t := s.terminals[ack.Receiver]
	if t == nil {
		return nil, fmt.Errorf("acknowledgement by %s, which is not a member", ack.Receiver)
	}
	i := t.find(ack.Number)
	if i < 0 || t.pending[i].done || t.pending[i].what.leaf != ack.Message {
		return nil, fmt.Errorf("acknowledgement of number %d by %s: it is not out", ack.Number, ack.Receiver)
	}
	d := &t.pending[i]
	d.done = true
	t.open--
	what, prio := d.what, d.prio
	t.trim()
	if !ack.Refused {
		delete(s.judged, what.at)
		s.waiting--
		s.delivered++
		return s.watches.delivered(what.at), nil
	}
	what.tries++
	if what.tries >= corridor.MaxDeliveryAttempts {
		delete(s.judged, what.at)
		s.waiting--
		if prio != corridor.System { // nobody waits for the network's own
			s.aborting[what.at] = reasonAttempts
		}
		return nil, nil
	}
	t.to.retries = append(t.to.retries, retry{time + int64(redeliveryPause), prio, what})
	return nil, nil
}

// trim drops the acknowledged beginning of pending.
func (t *terminal) trim() {
	n := 0
	for n < len(t.pending) && t.pending[n].done {
		n++
	}
	t.pending = t.pending[n:]
	if len(t.pending) == 0 {
		t.pending = nil
	}
}

// oldest is the oldest page whose bodies are still needed: something in it is not delivered, or its sender not told.
func (s *state) oldest(next uint64) uint64 {
	low := next
	see := func(at corridor.Position) { low = min(low, at.Page) }
	for _, d := range s.destinations {
		for i := range d.queue {
			if w, ok := d.queue[i].peek(); ok {
				see(w.at)
			}
		}
		for _, r := range d.retries {
			see(r.what.at)
		}
		for _, t := range d.terminals {
			for i := range t.pending {
				see(t.pending[i].what.at)
			}
		}
	}
	for at := range s.aborting {
		see(at)
	}
	for at := range s.watches.open {
		see(at)
	}
	for at := range s.held {
		see(at)
	}
	return low
}
