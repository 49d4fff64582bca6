package hub

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
	"pgregory.net/rapid"
)

const testNetwork corridor.Network = "test.corridor"

// testLTs are two terminals of one institution, and two of others.
func testLTs() []corridor.LT {
	return []corridor.LT{"MERIDEF0AXXX", "MERIDEF0BXXX", "CEDRFRP0AXXX", "TAMAJPJ0AXXX"}
}

// testKeys are the terminals' certificates and that of the hub; they are made once.
var testKeys = sync.OnceValue(func() (all [][]byte) {
	now := time.Now()
	a, err := pki.CreateAuthority(testNetwork, 48*time.Hour, now.Add(-time.Hour), rand.Reader)
	must(err)
	for _, lt := range testLTs() {
		i, err := a.IssueMember([]corridor.LT{lt}, 40*time.Hour, now.Add(-time.Hour), rand.Reader)
		must(err)
		all = append(all, i.MemberKey(0).Certificate().DER)
	}
	h, err := a.IssueHub([]string{"localhost"}, 40*time.Hour, now.Add(-time.Hour), rand.Reader)
	must(err)
	return append(all, h.HubKey().Certificate().DER)
})

func testKey(lt corridor.LT) corridor.Digest { return keyID(testKeys()[slices.Index(testLTs(), lt)]) }

func noSignature([]byte) []byte { return make([]byte, corridor.SignatureSize) }

// startedHeart leads and has admitted the terminals.
func startedHeart(now int64) *Heart {
	h, keys := NewHeart(testNetwork, "CRDRXXX0AXXX"), testKeys()
	h.StartTerm(now, keys[len(keys)-1])
	for i, lt := range testLTs() {
		must(h.Admit(now, lt, keys[i]))
	}
	return h
}

// message makes a submission as a member signs it.
func message(from, to corridor.LT, n corridor.ISN, p corridor.Priority, mon corridor.Monitoring, text string) Submission {
	payload := fmt.Appendf(nil, "%s %d", text, n)
	s := entry.Submission{Network: testNetwork, Sender: from, Receiver: to, Number: n, Type: "fin.103", Priority: p, Monitoring: mon, Reference: "REF",
		Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: 1}
	return Submission{Submission: s, Statement: s.Append(nil), Payload: payload}
}

// frameOf is the frame of messages as the check hands it on.
func frameOf(signer corridor.Digest, all []Submission) *Frame {
	f := &Frame{Submissions: all, First: all[0].Number, Count: len(all)}
	f.Record = entry.FrameRecord{Domain: entry.DomainSubmission, Signer: signer, Signature: noSignature(nil)}
	for i := range all {
		f.Record.Leaves = append(f.Record.Leaves, entry.LeafHash(all[i].Statement))
	}
	return f
}

// ackFrameOf is the same of acknowledgements.
func ackFrameOf(signer corridor.Digest, all []entry.Acknowledgement) *Frame {
	f := &Frame{Record: entry.FrameRecord{Domain: entry.DomainAcknowledgement, Signer: signer, Signature: noSignature(nil)}}
	for _, a := range all {
		x := Acknowledgement{a, a.Append(nil)}
		f.Acknowledgements = append(f.Acknowledgements, x)
		f.Record.Leaves = append(f.Record.Leaves, entry.LeafHash(x.Statement))
	}
	return f
}

// machine drives a heart and holds what must be true of it.
type machine struct {
	heart, twin *Heart // twin replays the pages
	now         int64
	ticket      uint64
	live        map[corridor.LT]SessionRef
	sent        map[corridor.LT][]Submission // that consumed a number, in order
	isn         map[corridor.LT]corridor.ISN // by the pages
	osn         map[corridor.LT]corridor.OSN
	out         map[corridor.LT]map[corridor.OSN]corridor.Position
	messages    map[corridor.Position]*fate
	delivered   map[corridor.Position]bool // at least once
	pageTime    int64
}

// fate is what the pages say of an accepted or originated message.
type fate struct {
	sender   corridor.LT
	receiver corridor.LT
	accepted int64
	prio     corridor.Priority
	refusals int
	over     bool // delivered, aborted, or refused by the hub
}

func newMachine() *machine {
	now := time.Now().UnixNano()
	m := &machine{
		heart: startedHeart(now), twin: NewHeart(testNetwork, "CRDRXXX0AXXX"), now: now,
		live: map[corridor.LT]SessionRef{}, sent: map[corridor.LT][]Submission{}, isn: map[corridor.LT]corridor.ISN{}, osn: map[corridor.LT]corridor.OSN{},
		out: map[corridor.LT]map[corridor.OSN]corridor.Position{}, messages: map[corridor.Position]*fate{}, delivered: map[corridor.Position]bool{},
	}
	for _, lt := range testLTs() {
		m.out[lt] = map[corridor.OSN]corridor.Position{}
	}
	return m
}

func (m *machine) submit(t *rapid.T) {
	lt := rapid.SampledFrom(testLTs()).Draw(t, "sender")
	before := m.heart.state.terminals[lt].isn
	next := before + 1
	var all []Submission
	add := func(n corridor.ISN, text string) {
		to := rapid.SampledFrom(append(testLTs(), "NOBYXXX0AXXX")).Draw(t, "receiver").Destination()
		prio := rapid.SampledFrom([]corridor.Priority{corridor.Urgent, corridor.Normal}).Draw(t, "priority")
		mon := corridor.Monitoring(rapid.IntRange(0, int(corridor.MonitorBoth)).Draw(t, "monitoring"))
		all = append(all, message(lt, to, n, prio, mon, text))
	}
	kind := rapid.SampledFrom([]string{"next", "next", "next", "gap", "repeat", "reuse"}).Draw(t, "kind")
	switch kind {
	case "gap":
		next += corridor.ISN(rapid.IntRange(1, 3).Draw(t, "gap"))
	case "repeat", "reuse":
		for i := next - min(corridor.ISN(rapid.IntRange(1, 6).Draw(t, "back")), before); i < next; i++ {
			if kind == "repeat" {
				all = append(all, m.sent[lt][i-1])
			} else {
				add(i, "reused")
			}
		}
	}
	n := corridor.ISN(rapid.IntRange(1, 5).Draw(t, "messages"))
	for i := range n {
		add(next+i, "m")
	}
	ref := m.live[lt]
	want := n
	if m.heart.current(ref) == nil || kind == "gap" || kind == "reuse" && before > 0 {
		want = 0
	}
	m.heart.Submit(m.now, ref, frameOf(testKey(lt), all))
	if took := m.heart.state.terminals[lt].isn - before; took != want {
		t.Fatalf("%s: %d numbers were taken, want %d", kind, took, want)
	}
	m.sent[lt] = append(m.sent[lt], all[len(all)-int(want):]...)
}

func (m *machine) login(t *rapid.T) {
	lt := rapid.SampledFrom(testLTs()).Draw(t, "lt")
	m.ticket++
	m.heart.Login(m.now, Login{Ticket: m.ticket, LT: lt, Signing: testKey(lt), Window: rapid.SampledFrom([]int{1, 2, 7, 1000}).Draw(t, "window"),
		Delivery: rapid.IntRange(0, 4).Draw(t, "delivery") > 0, Takeover: rapid.Bool().Draw(t, "takeover"), LastSent: 1 << 30})
}

func (m *machine) logout(t *rapid.T) {
	m.heart.Logout(m.now, m.live[rapid.SampledFrom(testLTs()).Draw(t, "lt")], "logout")
}

func (m *machine) acknowledge(t *rapid.T) {
	lt := rapid.SampledFrom(testLTs()).Draw(t, "receiver")
	bad := rapid.SampledFrom([]string{"", "", "", "", "", "", "", "never sent", "another message"}).Draw(t, "bad")
	m.acknowledgeAs(lt, bad, rapid.SampledFrom([]bool{false, false, true}).Draw(t, "refuse"), rapid.IntRange(1, 3).Draw(t, "every"))
}

// acknowledgeAs acknowledges or refuses what is out: all of it, or every second or third message.
func (m *machine) acknowledgeAs(lt corridor.LT, bad string, refuse bool, every int) {
	var all []entry.Acknowledgement
	x := m.heart.state.terminals[lt]
	for i, d := range x.pending {
		if i%every != 0 || len(all) == corridor.MaxFrameItems {
			continue
		}
		a := entry.Acknowledgement{Network: testNetwork, Receiver: lt, Number: d.osn, Message: d.what.leaf, Refused: refuse, ReceivedAt: 1}
		if refuse {
			a.Code, a.Text = "Y05", "the disk is full"
		}
		switch bad {
		case "never sent":
			a.Number = x.osn + 1
		case "another message":
			a.Message = corridor.DigestOf([]byte("another"))
		}
		all = append(all, a)
	}
	if len(all) > 0 {
		m.heart.Acknowledge(m.now, m.live[lt], ackFrameOf(testKey(lt), all))
	}
}

// refuseForGood has a terminal refuse all it gets until nothing is offered any more.
func (m *machine) refuseForGood(t *rapid.T) {
	lt := rapid.SampledFrom(testLTs()).Draw(t, "receiver")
	for range corridor.MaxDeliveryAttempts {
		m.seal(t)
		m.acknowledgeAs(lt, "", true, 1)
		m.now += int64(redeliveryPause)
		m.heart.Tick(m.now)
	}
	m.seal(t)
}

func (m *machine) tick(t *rapid.T) {
	m.now += int64(rapid.SampledFrom([]time.Duration{time.Millisecond, redeliveryPause, corridor.ObsolescenceUrgent, corridor.ObsolescenceNormal, -time.Minute}).Draw(t, "passes"))
	m.heart.Tick(m.now)
}

// crash throws the page that is being filled away; a new leader goes on from the state that the pages give.
func (m *machine) crash(t *rapid.T) {
	m.heart = NewHeart(testNetwork, "CRDRXXX0AXXX")
	must(m.heart.Restore(m.twin.Snapshot()))
	m.heart.StartTerm(m.now, testKeys()[len(testLTs())])
	clear(m.live)
	for lt, all := range m.sent {
		m.sent[lt] = all[:m.isn[lt]]
	}
}

// seal closes the page, replays it elsewhere, and compares.
func (m *machine) seal(t *rapid.T) {
	p, out := m.heart.Seal(noSignature)
	if p == nil {
		m.told(t, m.heart.Told())
		return
	}
	snapshot := m.heart.Snapshot()
	if p.Header.Time < m.pageTime {
		t.Fatal("the time of a page went back")
	}
	m.pageTime = p.Header.Time
	all, err := p.All()
	must(err)
	must(m.twin.Replay(&p.Header, p.Hash(), all))
	if !bytes.Equal(m.twin.Snapshot(), snapshot) {
		t.Fatalf("page %d replayed gives another state", p.Header.Number)
	}
	third := NewHeart(testNetwork, "CRDRXXX0AXXX")
	if err := third.Restore(snapshot); err != nil || !bytes.Equal(third.Snapshot(), snapshot) {
		t.Fatalf("the snapshot of page %d restored gives another: %v", p.Header.Number, err)
	}
	for i, stored := range all {
		m.read(t, corridor.Position{Page: p.Header.Number, Index: uint32(i)}, p, stored)
	}
	m.invariants(t)
	m.told(t, out)
}

// read follows the fate of messages through an entry.
func (m *machine) read(t *rapid.T, at corridor.Position, p *journal.Page, stored []byte) {
	e, err := entry.Decode(stored)
	must(err)
	switch e := e.(type) {
	case *entry.Accepted:
		m.number(t, at, p, e.Statement, true)
	case *entry.Refused:
		m.number(t, at, p, e.Statement, false)
	case *entry.Originated:
		s, err := entry.DecodeSubmission(e.Statement)
		must(err)
		m.messages[at] = &fate{prio: corridor.System, receiver: s.Receiver}
		if about := m.messages[e.About]; e.Reason == entry.Aborted {
			if about.over || about.refusals != corridor.MaxDeliveryAttempts {
				t.Fatalf("message %v aborted: %+v", e.About, about)
			}
			about.over = true
		}
	case *entry.Assigned:
		m.assigned(t, e)
	case *entry.Acknowledged:
		a, err := entry.DecodeAcknowledgement(e.Statement)
		must(err)
		m.acknowledged(t, &a)
	}
}

// number checks that a sender's numbers run without a gap, whether the message was accepted or refused.
func (m *machine) number(t *rapid.T, at corridor.Position, p *journal.Page, statement []byte, accepted bool) {
	s, err := entry.DecodeSubmission(statement)
	must(err)
	if s.Number != m.isn[s.Sender]+1 {
		t.Fatalf("number %d of %s, want %d", s.Number, s.Sender, m.isn[s.Sender]+1)
	}
	m.isn[s.Sender]++
	m.messages[at] = &fate{sender: s.Sender, receiver: s.Receiver, accepted: p.Header.Time, prio: s.Priority, over: !accepted}
}

// assigned checks a receiver's numbers, its window, and that the messages are its own.
func (m *machine) assigned(t *rapid.T, e *entry.Assigned) {
	if e.First != m.osn[e.LT]+1 {
		t.Fatalf("numbers of %s from %d, want %d", e.LT, e.First, m.osn[e.LT]+1)
	}
	if x := m.heart.state.terminals[e.LT]; x.open > x.live.window {
		t.Fatalf("%s has %d out, its window is %d", e.LT, x.open, x.live.window)
	}
	for _, at := range e.Messages {
		m.osn[e.LT]++
		m.out[e.LT][m.osn[e.LT]] = at
		if f := m.messages[at]; f.over || f.receiver.BIC8() != e.LT.BIC8() {
			t.Fatalf("message %v assigned to %s: %+v", at, e.LT, f)
		}
	}
}

func (m *machine) acknowledged(t *rapid.T, a *entry.Acknowledgement) {
	f := m.messages[m.out[a.Receiver][a.Number]]
	if f == nil || f.over {
		t.Fatalf("acknowledgement of number %d by %s fits no message that waits: %+v", a.Number, a.Receiver, f)
	}
	if !a.Refused {
		f.over = true
		return
	}
	f.refusals++
	f.over = f.refusals == corridor.MaxDeliveryAttempts && f.prio == corridor.System // nobody hears of these
}

// where is every message that waits; one that waits in two places stops the test.
func (m *machine) where() map[corridor.Position]bool {
	all := map[corridor.Position]bool{}
	see := func(w waiting) {
		if all[w.at] {
			panic(fmt.Sprintf("message %v waits in two places", w.at))
		}
		all[w.at] = true
	}
	for _, d := range m.heart.state.destinations {
		for i := range d.queue {
			d.queue[i].each(see)
		}
		for _, r := range d.retries {
			see(r.what)
		}
		for _, x := range d.terminals {
			for _, p := range x.pending {
				if !p.done {
					see(p.what)
				}
			}
		}
	}
	return all
}

// invariants: every message that is not over waits in exactly one place, nothing else does, and the counts agree.
func (m *machine) invariants(t *rapid.T) {
	where := m.where()
	for at, f := range m.messages {
		waits, aborting := where[at], m.heart.state.aborting[at] != ""
		if (waits || aborting) == f.over || waits && aborting {
			t.Fatalf("message %v: waits %v, aborting %v, %+v", at, waits, aborting, f)
		}
	}
	if len(where) != m.heart.state.waiting {
		t.Fatalf("%d messages wait, the count is %d", len(where), m.heart.state.waiting)
	}
	for lt, x := range m.heart.state.terminals {
		open := 0
		for i, d := range x.pending {
			if d.osn != x.pending[0].osn+corridor.OSN(i) {
				t.Fatalf("%s: the numbers that are out have a gap", lt)
			}
			if !d.done {
				open++
			}
		}
		if x.isn != m.isn[lt] || x.osn != m.osn[lt] || x.open != open {
			t.Fatalf("%s: ISN %d and OSN %d, the pages give %d and %d; %d out, the count is %d", lt, x.isn, x.osn, m.isn[lt], m.osn[lt], open, x.open)
		}
	}
}

// told takes outcomes as the shell does, and checks them against what is durable.
func (m *machine) told(t *rapid.T, all []Outcome) {
	for _, o := range all {
		switch o.Kind {
		case Welcome:
			m.live[o.To.LT] = o.To
		case Farewell:
			if m.live[o.To.LT] == o.To {
				delete(m.live, o.To.LT)
			}
		case Answers:
			for _, n := range o.Messages {
				if f := m.messages[n.At]; f == nil || f.sender != o.To.LT {
					t.Fatalf("%s is told of message %v: %+v", o.To.LT, n.At, f)
				}
			}
		case Deliveries:
			for _, n := range o.Messages {
				if m.out[o.To.LT][n.OSN] != n.At || o.Repeat != m.delivered[n.At] {
					t.Fatalf("%s is delivered message %v with number %d, as a repeat: %v, it was delivered before: %v", o.To.LT, n.At, n.OSN, o.Repeat, m.delivered[n.At])
				}
				m.delivered[n.At] = true
			}
		case FactsWanted:
			f := m.messages[o.Messages[0].At]
			m.heart.Facts(m.now, Facts{At: o.Messages[0].At, Sender: f.sender, Receiver: f.receiver, Accepted: f.accepted, Reference: "REF", Priority: f.prio})
		}
	}
}

// TestHeart: whatever members do, the pages tell the whole state, numbers have no gap, and every message is in one place.
func TestHeart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine()
		m.seal(t)
		for range 4 { // longer runs than rapid's own
			t.Repeat(map[string]func(*rapid.T){
				"submit": m.submit, "submit more": m.submit, "login": m.login, "logout": m.logout, "acknowledge": m.acknowledge,
				"acknowledge more": m.acknowledge, "refuse for good": m.refuseForGood, "tick": m.tick, "seal": m.seal, "seal more": m.seal, "crash": m.crash,
			})
		}
		m.seal(t)
	})
}

// TestWarningDoesNotHideTheAbort: a message that was refused for good, and then is late too, is still told to be aborted.
func TestWarningDoesNotHideTheAbort(t *testing.T) {
	h, s := busyHeart(true)
	to := testLTs()[2]
	h.Submit(h.now, s, frameOf(testKey(s.LT), []Submission{message(s.LT, "CEDRFRP0XXXX", 1, corridor.Urgent, corridor.MonitorBoth, "m")}))
	for n := range corridor.MaxDeliveryAttempts {
		h.Seal(noSignature)
		a := entry.Acknowledgement{Network: testNetwork, Receiver: to, Number: corridor.OSN(n + 1), Message: h.state.terminals[to].pending[0].what.leaf, Refused: true, Code: "Y05"}
		h.Acknowledge(h.now, SessionRef{to, h.state.terminals[to].session}, ackFrameOf(testKey(to), []entry.Acknowledgement{a}))
		h.Tick(h.now + int64(redeliveryPause))
	}
	h.Tick(h.now + int64(corridor.ObsolescenceUrgent))
	h.Seal(noSignature)
	if len(h.abortions()) != 1 {
		t.Fatal("the message is on no list of those whose senders must hear of the abort")
	}
}
