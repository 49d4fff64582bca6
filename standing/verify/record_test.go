package verify_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing"
	"corridor.example/corridor/standing/verify"
)

const network corridor.Network = "test.corridor"

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// recorder writes a journal as a hub would: it asks the engine (package standing) and records what it says. It knows nothing of the
// verifier. A message's payload is the canonical JSON of its particulars.
type recorder struct {
	t         testing.TB
	authority *pki.Authority
	hub       *pki.HubSigningKey
	officers  map[string]*pki.OfficerSigningKey
	members   map[corridor.LT]*pki.MemberSigningKey
	terminals []corridor.LT
	directory *directory.Directory
	state     *standing.State
	policy    standing.Policy

	pages   []*journal.Page
	builder *journal.Builder
	number  uint64
	last    corridor.Digest
	now     time.Time // of the page being filled
	signed  uint64    // acts differ by it

	isn    map[corridor.LT]corridor.ISN
	osn    map[corridor.LT]corridor.OSN
	live   map[corridor.LT]bool
	queue  map[corridor.BIC][]*sent
	out    map[corridor.LT][]*sent
	drafts map[string]corridor.Digest
	own    corridor.ISN

	lastFence corridor.Position
	ended     map[corridor.BIC][]*entry.Decided // since the last order took effect
}

// sent is a message on its way.
type sent struct {
	at       corridor.Position
	from, to corridor.LT
	typ      corridor.MessageType
	inside   *corridor.Particulars
	leaf     corridor.Digest
	osn      corridor.OSN
	licensed bool // at its acceptance
	cleared  corridor.Position
}

// must is for what cannot fail in a test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// newRecorder founds a network with members and a policy: five who sign, three for a bank, four for a country.
func newRecorder(t testing.TB, members ...corridor.LT) *recorder {
	t.Helper()
	const year = 365 * 24 * time.Hour
	a := must(pki.CreateAuthority(network, 20*year, start.Add(-time.Hour), rand.Reader))
	r := &recorder{t: t, authority: a, officers: map[string]*pki.OfficerSigningKey{}, members: map[corridor.LT]*pki.MemberSigningKey{}, directory: directory.New(), now: start,
		isn: map[corridor.LT]corridor.ISN{}, osn: map[corridor.LT]corridor.OSN{}, live: map[corridor.LT]bool{}, queue: map[corridor.BIC][]*sent{}, out: map[corridor.LT][]*sent{}, drafts: map[string]corridor.Digest{}, ended: map[corridor.BIC][]*entry.Decided{}}
	hub, err := a.IssueHub([]string{"localhost"}, 10*year, start.Add(-time.Hour), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r.hub = hub.HubKey()
	r.state = standing.New(network, "CRDRXXXX", r.directory)
	r.policy = standing.Policy{Version: 1, Signers: []standing.Role{standing.Legal, standing.Compliance, standing.Operations, standing.Observer}, Bank: 3, Country: 4, Urgent: 1, UrgentHours: 24,
		BeyondBounds: 1, LargeShare: "0.01", PauseHours: 48, Authorisations: "shown"}
	for name, roles := range map[string][]standing.Role{
		"dora": {standing.Drafter}, "lena": {standing.Legal}, "luis": {standing.Legal}, "cora": {standing.Compliance}, "otto": {standing.Operations}, "olga": {standing.Observer},
		"anna": {standing.AppealOfficer}, "dino": {standing.DirectoryOfficer},
	} {
		o, err := a.IssueOfficer("", name, 10*year, start.Add(-time.Hour), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		r.officers[name] = o.OfficerKey()
		r.policy.Officers = append(r.policy.Officers, standing.Officer{Key: r.officers[name].Certificate().ID.String(), Name: name, Roles: roles})
	}
	r.page(start)
	r.add(&entry.TermStarted{Term: 1, Network: network, Certificate: r.hub.Certificate().DER}, nil)
	for _, lt := range members {
		m, err := a.IssueMember([]corridor.LT{lt}, 10*year, start.Add(-time.Hour), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		r.members[lt] = m.MemberKey(0)
		r.terminals = append(r.terminals, lt)
		r.add(&entry.MemberAdmitted{LT: lt, Certificate: r.members[lt].Certificate().DER}, nil)
	}
	document := must(canonical.Marshal(&r.policy))
	r.act("lena", standing.PolicyFound, "", corridor.Digest{}, standing.Founding{Policy: r.policy, Signature: base64.StdEncoding.EncodeToString(a.SignDocument(standing.DomainPolicy, document))})
	return r
}

// page closes the page being filled and begins one at a time; fences that are due stand first in it.
func (r *recorder) page(at time.Time) {
	if r.builder != nil && r.builder.Len() > 0 {
		p := r.builder.Seal(evidence.Header{Network: network, Number: r.number, Previous: r.last, Time: r.now.UnixNano(), Term: 1}, r.hub.Sign)
		r.pages = append(r.pages, p)
		r.number, r.last = r.number+1, p.Hash()
	}
	r.builder, r.now = &journal.Builder{}, at
	if r.number > 0 {
		r.fences()
	}
}

func (r *recorder) add(e entry.Entry, payload []byte) corridor.Position {
	return corridor.Position{Page: r.number, Index: r.builder.Add(e, payload)}
}

func (r *recorder) nanos() int64 { return r.now.UnixNano() }

// act has an officer do something; the engine must let it pass.
func (r *recorder) act(who, kind, subject string, document corridor.Digest, body any) {
	r.t.Helper()
	if f := r.try(who, kind, subject, document, body); f != nil {
		r.t.Fatalf("%s by %s: %v", kind, who, f)
	}
}

func (r *recorder) try(who, kind, subject string, document corridor.Digest, body any) *corridor.Fault {
	r.t.Helper()
	b, ok := body.([]byte)
	if !ok && body != nil {
		b = must(canonical.Marshal(body))
	}
	r.signed++
	key := r.officers[who]
	a := entry.Act{Network: network, Kind: kind, For: key.Certificate().For, Subject: subject, Document: document, Body: b, Reason: "because", SignedAt: uint64(r.now.UnixMilli()) + r.signed}
	statement := a.Append(nil)
	e := &entry.Acted{Statement: statement, Signature: key.Sign(entry.AppendSignedAct(nil, statement)), Certificate: key.Certificate().DER}
	id := key.Certificate().ID
	fault := r.state.Check(&a, id, r.nanos())
	if kind == "directory.change" {
		if fault = r.state.CheckDirectory(id); fault == nil {
			fault = r.directory.Check(b)
		}
	}
	if fault != nil {
		r.add(&entry.ActRefused{Statement: e.Statement, Signature: e.Signature, Certificate: e.Certificate, Fault: *fault}, nil)
		return fault
	}
	at := r.add(e, nil)
	var err error
	if kind == "directory.change" {
		err = r.directory.Apply(at, r.nanos(), b)
	} else {
		err = r.state.ApplyAct(at, r.nanos(), &a, id)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.heldAnswered(&a)
	r.fences()
	return nil
}

// heldAnswered carries out what two officers agreed about a held message.
func (r *recorder) heldAnswered(a *entry.Act) {
	if a.Kind != standing.MessageRelease && a.Kind != standing.MessageReturn {
		return
	}
	var p standing.Place
	if err := canonical.Unmarshal(a.Body, &p); err != nil {
		r.t.Fatal(err)
	}
	at := corridor.Position{Page: p.Page, Index: p.Index}
	h := r.state.HeldAt(at)
	if h == nil || !h.Agreed {
		return
	}
	m := r.held(at)
	outcome := entry.Returns
	if a.Kind == standing.MessageRelease {
		outcome = entry.Passes
		r.queue[m.to.BIC8()] = append(r.queue[m.to.BIC8()], m)
	}
	m.cleared = corridor.Position{Page: r.number, Index: uint32(r.builder.Len())}
	r.decided(&entry.Decided{Message: at, Stage: entry.AtRelease, Outcome: outcome, Rule: h.Rule, Orders: h.Orders}, m)
	if outcome == entry.Returns {
		r.told(m)
	}
}

// all held messages are kept under an address that nobody has.
const shelf corridor.BIC = "held"

func (r *recorder) held(at corridor.Position) *sent {
	i := slices.IndexFunc(r.queue[shelf], func(m *sent) bool { return m.at == at })
	m := r.queue[shelf][i]
	r.queue[shelf] = slices.Delete(r.queue[shelf], i, i+1)
	return m
}

func (r *recorder) decided(d *entry.Decided, m *sent) {
	if d.Stage != entry.AtAccept {
		for _, bic := range []corridor.BIC{m.from.BIC8(), m.to.BIC8()} {
			r.ended[bic] = append(r.ended[bic], d)
		}
	}
	d.Policy, d.Sender, d.Receiver = r.state.PolicyDigest(), m.from.BIC8(), m.to.BIC8()
	r.add(d, nil)
	r.state.ApplyDecided(r.nanos(), d, d.Sender, d.Receiver)
}

// told queues the network's word that a message was returned.
func (r *recorder) told(m *sent) {
	r.own++
	payload := []byte("returned")
	s := entry.Submission{Network: network, Sender: "CRDRXXXXAXXX", Receiver: m.from.Destination(), Number: r.own, Type: "fin.019", Priority: corridor.System,
		Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: 1}
	at := r.add(&entry.Originated{Statement: s.Append(nil), About: m.at, Reason: entry.Returned}, payload)
	if _, off := r.state.Off(m.from.BIC8()); !off {
		r.queue[m.from.BIC8()] = append(r.queue[m.from.BIC8()], &sent{at: at, from: s.Sender, to: s.Receiver, typ: s.Type, leaf: entry.LeafHash(s.Append(nil))})
	}
}

// fences writes what is due and works off what stood in the queues of those who were cut off.
func (r *recorder) fences() {
	fenced := false
	for due := r.state.Due(r.nanos()); len(due) > 0; due = r.state.Due(r.nanos()) {
		f := due[0] // one at a time, as the hub does
		if f.What == entry.InForce {
			clear(r.ended)
		}
		at := r.add(f, nil)
		r.lastFence = at
		if err := r.state.ApplyFenced(at, r.nanos(), f); err != nil {
			r.t.Fatal(err)
		}
		fenced = true
	}
	if fenced {
		r.cutOff()
	}
}

func (r *recorder) cutOff() {
	_, unclosed := r.state.OffAll()
	for _, bic := range unclosed {
		order, _ := r.state.Off(bic)
		rules := &r.state.Order(order).Order.InFlight
		for _, lt := range r.terminals {
			if lt.BIC8() != bic {
				continue
			}
			if r.live[lt] {
				r.live[lt] = false
				r.add(&entry.SessionClosed{LT: lt, Session: 1, Reason: corridor.FaultOrder}, nil)
			}
			for _, m := range r.out[lt] {
				r.decided(&entry.Decided{Message: m.at, Stage: entry.AtFence, Outcome: entry.InDoubt, Rule: standing.RuleSubject, Orders: []string{order}}, m)
			}
			r.out[lt] = nil
		}
		r.sweep(bic, order, rules)
		c := &entry.Closing{BIC: bic, Order: order, Statement: r.statement(bic, order)}
		r.add(c, nil)
		r.state.ApplyClosing(c)
	}
}

// statement is the closing statement of an institution, in the hub's form.
func (r *recorder) statement(bic corridor.BIC, order string) []byte {
	since, _, _ := r.state.OffSince(bic)
	terminals := []any{}
	for _, lt := range r.terminals {
		if lt.BIC8() == bic {
			terminals = append(terminals, map[string]any{"lt": lt, "generation": 0, "session": 1, "isn": r.isn[lt], "osn": r.osn[lt]})
		}
	}
	c := map[string]any{"bic": bic, "order": order, "fence": since.String(), "terminals": terminals, "state_hash": r.last.String()}
	for name, outcome := range map[string]entry.Ruling{"returned": entry.Returns, "stored": entry.Stores, "held": entry.Holds, "in_doubt": entry.InDoubt} {
		var all []corridor.Position
		for _, d := range r.ended[bic] {
			if d.Outcome == outcome {
				all = append(all, d.Message)
			}
		}
		slices.SortFunc(all, corridor.Position.Compare)
		list := map[string]any{"count": len(all)}
		var text string
		for _, at := range all {
			text += at.String() + "\n"
		}
		if text != "" {
			list["digest"] = corridor.DigestOf([]byte(text)).String()
		}
		c[name] = list
	}
	return must(canonical.Marshal(c))
}

// sweep works off what waits to and from an institution that was cut off.
func (r *recorder) sweep(bic corridor.BIC, order string, rules *standing.InFlight) {
	for _, to := range slices.Sorted(func(yield func(corridor.BIC) bool) {
		for b := range r.queue {
			if b != shelf && !yield(b) {
				return
			}
		}
	}) {
		var rest []*sent
		for _, m := range r.queue[to] {
			rule, outcome := rules.UndeliveredTo, entry.Returns
			switch {
			case m.from.BIC8() == bic:
				rule, outcome = rules.UndeliveredFrom, entry.Stores
			case to != bic:
				rest = append(rest, m)
				continue
			}
			if m.typ == "fin.019" {
				rule, outcome = "", entry.Stores
			}
			switch rule {
			case "deliver":
				rest = append(rest, m)
				continue
			case "hold":
				outcome = entry.Holds
				r.queue[shelf] = append(r.queue[shelf], m)
			}
			r.decided(&entry.Decided{Message: m.at, Stage: entry.AtFence, Outcome: outcome, Rule: standing.RuleSubject, Orders: []string{order}}, m)
			if outcome == entry.Returns {
				r.told(m)
			}
		}
		r.queue[to] = rest
	}
}

// login opens a session, unless an order forbids it.
func (r *recorder) login(lt corridor.LT) {
	if _, off := r.state.Off(lt.BIC8()); off || r.live[lt] {
		return
	}
	r.live[lt] = true
	r.add(&entry.SessionOpened{LT: lt, Session: 1, Window: 100, Delivery: true}, nil)
}

// send has a member send a message, and records what the orders say of it.
func (r *recorder) send(from, to corridor.LT, typ corridor.MessageType, inside *corridor.Particulars) *sent {
	if r.login(from); !r.live[from] {
		return nil
	}
	payload := must(canonical.Marshal(inside))
	r.isn[from]++
	s := entry.Submission{Network: network, Sender: from, Receiver: to.Destination(), Number: r.isn[from], Type: typ, Priority: corridor.Normal,
		Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: uint64(r.now.UnixMilli())}
	statement := s.Append(nil)
	frame := r.frame(entry.DomainSubmission, from, statement)
	m := &sent{from: from, to: to, typ: typ, inside: inside, leaf: entry.LeafHash(statement)}
	d := r.decide(m)
	if d != nil {
		e := r.record(d, m, entry.AtAccept)
		e.Message = corridor.Position{Page: r.number, Index: uint32(r.builder.Len()) + 1}
		r.decided(e, m)
	}
	if d != nil && d.Outcome == entry.Refuses {
		rule := "sender_disconnected"
		if d.Side == "receiver" {
			rule = "receiver_disconnected"
		}
		r.add(&entry.Refused{Frame: frame, Session: 1, Statement: statement, Fault: corridor.Fault{Code: "H50", Rule: rule}}, payload)
		return nil
	}
	m.at = r.add(&entry.Accepted{Frame: frame, Session: 1, Statement: statement}, payload)
	m.licensed = d != nil && d.Outcome == entry.Licensed
	key := to.BIC8()
	if d != nil && d.Outcome == entry.Holds {
		key = shelf
	}
	r.queue[key] = append(r.queue[key], m)
	return m
}

func (r *recorder) frame(d entry.Domain, who corridor.LT, statement []byte) uint32 {
	leaf := entry.LeafHash(statement)
	k := r.members[who]
	return r.builder.AddFrame(entry.FrameRecord{Domain: d, Signer: k.Certificate().ID, Signature: k.Sign(entry.AppendSigned(nil, d, 1, leaf)), Leaves: []corridor.Digest{leaf}})
}

// decide asks the engine; nil where nothing is to be recorded.
func (r *recorder) decide(m *sent) *standing.Decision {
	touched, inside := r.state.Touches(m.from, m.to)
	if !touched {
		return nil
	}
	q := &standing.Message{Time: r.nanos(), Sender: m.from, Receiver: m.to, Type: m.typ}
	if inside {
		q.Particulars = m.inside
	}
	d := r.state.Decide(q)
	if d.Outcome == entry.Passes && !d.Shadow && (len(d.Orders) == 0 || q.Particulars == nil) {
		return nil
	}
	return &d
}

func (r *recorder) record(d *standing.Decision, m *sent, stage entry.Stage) *entry.Decided {
	return &entry.Decided{Message: m.at, Stage: stage, Outcome: d.Outcome, Rule: d.Rule, Orders: d.Orders, Licence: d.Licence, Currency: d.Currency, Amount: d.Amount,
		Particulars: must(canonical.Marshal(m.inside))}
}

// deliver gives a terminal what waits for its institution, and it acknowledges as many as said.
func (r *recorder) deliver(lt corridor.LT, acknowledge int) {
	if r.login(lt); !r.live[lt] {
		return
	}
	e := &entry.Assigned{LT: lt, Session: 1, First: r.osn[lt] + 1}
	var rest []*sent
	for _, m := range r.queue[lt.BIC8()] {
		goes, stays := true, false
		if m.typ != "fin.019" {
			goes, stays = r.door(m)
		}
		if stays {
			rest = append(rest, m)
		}
		if !goes {
			continue
		}
		r.osn[lt]++
		m.osn = r.osn[lt]
		e.Messages = append(e.Messages, m.at)
		r.out[lt] = append(r.out[lt], m)
	}
	r.queue[lt.BIC8()] = rest
	if len(e.Messages) > 0 {
		r.add(e, nil)
	}
	for range min(acknowledge, len(r.out[lt])) {
		m := r.out[lt][0]
		r.out[lt] = r.out[lt][1:]
		a := entry.Acknowledgement{Network: network, Receiver: lt, Number: m.osn, Message: m.leaf, ReceivedAt: 1}
		statement := a.Append(nil)
		r.add(&entry.Acknowledged{Frame: r.frame(entry.DomainAcknowledgement, lt, statement), Statement: statement}, nil)
	}
}

// door decides a second time, where a fence lies between. What the engine says by rules for what is accepted only (wind-down, ramps) leaves
// the message where it is, and so does what it says again of a licence that was used, or of a hold that officers released.
func (r *recorder) door(m *sent) (goes, stays bool) {
	between := r.lastFence.Compare(m.at) > 0 && r.lastFence.Compare(m.cleared) > 0
	if !between {
		return true, false
	}
	d := r.decide(m)
	switch {
	case m.licensed || m.cleared != (corridor.Position{}):
		return false, true
	case d == nil || d.Outcome == entry.Passes:
		return true, false
	case d.Outcome == entry.Licensed:
		r.decided(r.record(d, m, entry.AtDeliver), m)
		return true, false
	case d.Rule == standing.RuleWindDown || d.Rule == standing.RuleRamp:
		return false, true
	}
	e := r.record(d, m, entry.AtDeliver)
	if e.Outcome == entry.Refuses {
		e.Outcome = entry.Returns
	}
	r.decided(e, m)
	if e.Outcome == entry.Holds {
		r.queue[shelf] = append(r.queue[shelf], m)
	} else {
		r.told(m)
	}
	return false, false
}

// order brings an order to its publication.
func (r *recorder) order(o standing.Order) {
	r.t.Helper()
	document := r.drafted(&o)
	r.act("lena", standing.OrderResolve, o.ID, document, nil)
	for _, who := range []string{"lena", "luis", "cora", "olga", "otto"} {
		r.act(who, standing.OrderSign, o.ID, document, nil)
	}
	r.act("otto", standing.OrderPublish, o.ID, document, nil)
}

func (r *recorder) drafted(o *standing.Order) corridor.Digest {
	r.t.Helper()
	r.fill(o)
	body := must(o.Encode())
	document := corridor.DigestOf(body)
	r.drafts[o.ID] = document
	r.act("dora", standing.OrderDraft, o.ID, document, body)
	return document
}

// fill gives a draft what every order needs.
func (r *recorder) fill(o *standing.Order) {
	if o.Ground == "" {
		o.Ground, o.Rule = "rulebook", "7.3"
	}
	if o.Effective.UTC == "" {
		o.Effective.UTC = r.now.Add(time.Hour).UTC().Format(time.RFC3339)
	}
	if o.Kind != standing.Readmit && o.Kind != standing.Lift && o.Kind != standing.Pause {
		o.DryRun = fmt.Sprintf("%064d", 1)
	}
	o.Bounds.BICs = max(o.Bounds.BICs, len(o.Subject.Resolved))
}

func resolved(bics ...corridor.BIC) standing.Subject {
	var s standing.Subject
	for _, b := range bics {
		s.BICs = append(s.BICs, b)
		s.Resolved = append(s.Resolved, standing.Resolved{BIC: b, Explicit: true})
	}
	return s
}

// end closes the page being filled.
func (r *recorder) end() []*journal.Page {
	r.page(r.now)
	return r.pages
}

// particulars read a test's payload.
func particulars(_ corridor.MessageType, payload []byte) (*corridor.Particulars, error) {
	p := &corridor.Particulars{}
	return p, canonical.Unmarshal(payload, p)
}

// verifyPages runs the verifier over pages as they are.
func verifyPages(t testing.TB, root *pki.Root, pages []*journal.Page, o verify.Options) *verify.Result {
	t.Helper()
	o.Root = root
	if o.Particulars == nil {
		o.Particulars = particulars
	}
	v := verify.New(o)
	for _, p := range pages {
		if err := v.Page(p); err != nil {
			t.Fatal(err)
		}
	}
	return v.End()
}

// mustHold fails the test with the first break.
func mustHold(t testing.TB, r *verify.Result) {
	t.Helper()
	for _, s := range r.Sentences {
		if !s.Holds {
			t.Errorf("%v (%d breaks)", s.Break, s.Breaks)
		}
	}
}
