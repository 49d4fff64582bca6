package hub_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
	"corridor.example/corridor/session/sessionpb"
)

// raw is a session without a client: it keeps no rule that the hub must enforce, and reads only when it is told to.
type raw struct {
	session.Session
	t testing.TB
}

// login opens one; change makes the login wrong.
func (b *bank) login(change func(*sessionpb.Login)) (*raw, *corridor.Fault) {
	b.t.Helper()
	l := &sessionpb.Login{Versions: []uint32{session.Version}, Network: "test.corridor", Lt: string(b.lt), SigningCertificate: b.signer.Certificate().DER,
		Delivery: true, LastSent: uint64(b.sent), LastAnswered: uint64(b.answered), LastStored: uint64(b.stored)}
	if change != nil {
		change(l)
	}
	peer := session.Peer{Transport: b.issued.Transport.Certificate.ID, LTs: []corridor.LT{b.lt}, Address: "test"}
	s, _, f := b.n.hub.Login(context.Background(), l, peer)
	return &raw{s, b.t}, f
}

// farewell reads until the session ends and returns why, and how many messages were answered before.
func (r *raw) farewell() (answered int, code string) {
	r.t.Helper()
	for {
		f := next(r.t, r.Outgoing(), "frame")
		switch {
		case f.GetAnswers() != nil:
			answered += len(f.GetAnswers().Page.Indices)
		case f.GetFarewell() != nil:
			return answered, f.GetFarewell().GetFault().GetCode()
		}
	}
}

// TestLoginsThatAreRefused: every reason that the hub itself has.
func TestLoginsThatAreRefused(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a := n.banks[0]
	check(t, a.dial())
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "m", cedar, cedar)}))
	next(t, a.answers, "answer")
	next(t, a.answers, "answer")
	check(t, a.client.Logout(context.Background()))
	stranger := newNetwork(t, meridian).banks[0]
	unknown := newBank(n, tamarind)
	for _, c := range []struct {
		code   string
		of     *bank
		change func(*sessionpb.Login)
	}{
		{corridor.FaultUnknownLT, unknown, nil},
		{corridor.FaultOtherNetwork, a, func(l *sessionpb.Login) { l.Network = "other.corridor" }},
		{corridor.FaultLoginForm, a, func(l *sessionpb.Login) { l.Lt = "MERIDIAN" }},
		{corridor.FaultNotItsLT, a, func(l *sessionpb.Login) { l.Lt = string(cedar) }},
		{corridor.FaultNotItsLT, a, func(l *sessionpb.Login) { l.SigningCertificate = n.banks[1].signer.Certificate().DER }},
		{corridor.FaultForeignKey, a, func(l *sessionpb.Login) { l.SigningCertificate = stranger.signer.Certificate().DER }},
		{corridor.FaultWindowRange, a, func(l *sessionpb.Login) { l.Window = corridor.MaxWindow + 1 }},
		{corridor.FaultISNAhead, a, func(l *sessionpb.Login) { l.LastSent, l.LastAnswered = 3, 3 }},
		{corridor.FaultOSNAhead, a, func(l *sessionpb.Login) { l.LastStored = 1 }},
		{corridor.FaultStoreBehind, a, func(l *sessionpb.Login) { l.LastSent, l.LastAnswered = 1, 1 }},
		{corridor.FaultOtherHistory, a, func(l *sessionpb.Login) { l.Checkpoint = noteOf(t, stranger.n) }},
		{corridor.FaultOtherHistory, a, func(l *sessionpb.Login) { l.Checkpoint = []byte("no note") }},
	} {
		if _, f := c.of.login(c.change); f == nil || f.Code != c.code {
			t.Errorf("want %s, got %v", c.code, f)
		}
	}
	s, f := a.login(func(l *sessionpb.Login) { l.Checkpoint = noteOf(t, n) })
	if f != nil {
		t.Fatalf("login with the network's own checkpoint: %v", f)
	}
	if _, f := a.login(nil); f == nil || f.Code != corridor.FaultLoggedIn {
		t.Errorf("second login: %v", f)
	}
	s.Logout()
	s.farewell()
	n.clock.advance(24 * time.Hour)
	if _, f := a.login(nil); f == nil || f.Code != corridor.FaultExpired {
		t.Errorf("login after the certificate's end: %v", f)
	}
}

func noteOf(t testing.TB, n *network) []byte {
	t.Helper()
	note, err := n.hub.Checkpoint(context.Background())
	check(t, err)
	return note
}

// TestWindowIsKept: a member that sends more than can be unanswered is ended; one that stays within it never is.
func TestWindowIsKept(t *testing.T) {
	n, f := newFaultyNetwork(t, meridian, cedar)
	a := n.banks[0]
	s, fault := a.login(nil)
	if fault != nil {
		t.Fatal(fault)
	}
	full := make([]corridor.LT, corridor.MaxFrameItems)
	for i := range full {
		full[i] = cedar
	}
	for range 3 { // three windows, each answered before the next: the count goes down again
		for range corridor.MaxWindow / len(full) {
			check(t, asError(s.Submit(context.Background(), [][]byte{a.frame(nil, "m", full...)})))
		}
		for answered := 0; answered < corridor.MaxWindow; {
			answered += len(next(t, s.Outgoing(), "answers").GetAnswers().GetPage().GetIndices())
		}
	}
	release := f.hold()
	for range corridor.MaxWindow / len(full) {
		check(t, asError(s.Submit(context.Background(), [][]byte{a.frame(nil, "m", full...)})))
	}
	over := s.Submit(context.Background(), [][]byte{a.frame(nil, "one too many", cedar)})
	if over == nil || over.Code != corridor.FaultWindow {
		t.Fatalf("one message above the window: %v", over)
	}
	release()
	if answered, code := s.farewell(); code != corridor.FaultWindow || answered > corridor.MaxWindow {
		t.Fatalf("%d answers, then %s", answered, code)
	}
}

func asError(f *corridor.Fault) error {
	if f == nil {
		return nil
	}
	return f
}

// TestGarbageThatIsNotReadIsBounded: frames that are no frames, and refused acknowledgements, count in the window too; so a member
// that sends them and never reads cannot make the hub keep its refusals.
func TestGarbageThatIsNotReadIsBounded(t *testing.T) {
	n := newNetwork(t, meridian)
	for name, send := range map[string]func(session.Session, [][]byte) *corridor.Fault{
		"submitted":    func(s session.Session, f [][]byte) *corridor.Fault { return s.Submit(context.Background(), f) },
		"acknowledged": func(s session.Session, f [][]byte) *corridor.Fault { return s.Acknowledge(context.Background(), f) },
	} {
		t.Run(name, func(t *testing.T) {
			s, f := n.banks[0].login(func(l *sessionpb.Login) { l.Takeover = true })
			if f != nil {
				t.Fatal(f)
			}
			sent, fault := 0, (*corridor.Fault)(nil)
			for ; fault == nil && sent < 100*corridor.MaxWindow; sent++ {
				fault = send(s, [][]byte{[]byte("garbage")})
			}
			if fault == nil || fault.Code != corridor.FaultWindow {
				t.Fatalf("%d frames of garbage, unread, end with %v", sent, fault)
			}
			s.Lost(corridor.FaultLineLost)
			for range s.Outgoing() {
			}
		})
	}
}

// TestFramesThatAreRefused: what consumes no number and lets the session go on.
func TestFramesThatAreRefused(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a := n.banks[0]
	notAdmitted := newBank(n, meridian)
	s, f := a.login(nil)
	if f != nil {
		t.Fatal(f)
	}
	good := a.frame(nil, "m", cedar)
	forged := append([]byte(nil), good...)
	forged[40] ^= 1 // in the signature
	submit := func(frame []byte) *sessionpb.FromNetwork {
		t.Helper()
		check(t, asError(s.Submit(context.Background(), [][]byte{frame})))
		return next(t, s.Outgoing(), "frame")
	}
	for code, frame := range map[string][]byte{
		corridor.FaultMalformed:     []byte("garbage"),
		corridor.FaultSignature:     forged,
		corridor.FaultSignerUnknown: notAdmitted.frame(nil, "m", cedar),
	} {
		if got := submit(frame).GetFrameRefused().GetFault().GetCode(); got != code {
			t.Errorf("want %s, got %s", code, got)
		}
	}
	if submit(good).GetAnswers() == nil {
		t.Fatal("the good frame is not answered")
	}
	for range 17 {
		full := make([]corridor.LT, corridor.MaxFrameItems)
		for i := range full {
			full[i] = cedar
		}
		if submit(a.frame(nil, "m", full...)).GetAnswers() == nil {
			t.Fatal("no answers")
		}
	}
	if got := submit(good).GetFrameRefused().GetFault().GetCode(); got != corridor.FaultAnswerTooOld {
		t.Errorf("a message of long ago: %s", got)
	}
	large := a.frame(func(s *entry.Submission) {}, strings.Repeat("x", corridor.MaxPayload), cedar)
	if got := submit(large).GetAnswers(); got == nil || faultOf(t, got).Code != corridor.FaultTooLong {
		t.Errorf("a message that is too long: %v", got)
	}
	n.clock.advance(24 * time.Hour)
	if got := submit(a.frame(nil, "m", cedar)).GetFrameRefused().GetFault().GetCode(); got != corridor.FaultSignerExpired {
		t.Errorf("a key whose time ended in the session: %s", got)
	}
}

// faultOf is the fault of the first answer.
func faultOf(t testing.TB, a *sessionpb.Answers) corridor.Fault {
	t.Helper()
	e, err := entry.Decode(a.Page.Entries[0])
	check(t, err)
	r, ok := e.(*entry.Refused)
	if !ok {
		t.Fatalf("accepted: %v", e)
	}
	return r.Fault
}

// TestSignerRevokedInTheSession: a terminal has two keys; the one that it did not log in with is revoked, and signs no more.
func TestSignerRevokedInTheSession(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a, spare := n.banks[0], newBank(n, meridian)
	_, err := n.hub.Admit(context.Background(), spare.signer.Certificate().DER)
	check(t, err)
	s, f := a.login(nil)
	if f != nil {
		t.Fatal(f)
	}
	check(t, n.revoke(spare.signer.Certificate().DER))
	check(t, asError(s.Submit(context.Background(), [][]byte{spare.frame(nil, "m", cedar)})))
	if got := next(t, s.Outgoing(), "frame").GetFrameRefused().GetFault().GetCode(); got != corridor.FaultSignerRevoked {
		t.Errorf("got %s", got)
	}
}

func (n *network) revoke(der []byte) error {
	c, err := pki.Parse(der)
	if err != nil {
		return err
	}
	statement, err := n.authority.Revoke(c, "key lost", time.Now())
	if err != nil {
		return err
	}
	return n.hub.Revoke(context.Background(), statement)
}

// TestRevokedTransportCertificate: its session ends, and there is no new one, after a restart neither.
func TestRevokedTransportCertificate(t *testing.T) {
	n := newNetwork(t, meridian)
	a := n.banks[0]
	check(t, a.dial())
	check(t, n.revoke(a.issued.Transport.Certificate.DER))
	if f := next(t, a.farewell, "farewell"); f == nil || f.Code != corridor.FaultKeyRevoked {
		t.Fatalf("farewell %v", f)
	}
	for range 2 {
		if err := a.dial(); err == nil || !strings.Contains(err.Error(), corridor.FaultRevoked) {
			t.Fatalf("login with a revoked certificate: %v", err)
		}
		n.stop()
		n.start()
	}
}

// TestAcknowledgementsThatEndTheSession: of what was never sent, and of another message than the one of that number.
func TestAcknowledgementsThatEndTheSession(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a, b := n.banks[0], n.banks[1]
	b.mute = true
	check(t, a.dial())
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "m", cedar)}))
	next(t, a.answers, "answer")
	for code, ack := range map[string]entry.Acknowledgement{
		corridor.FaultNeverSent:      {Number: 7, Message: corridor.DigestOf([]byte("nothing")), ReceivedAt: uint64(time.Now().UnixMilli())},
		corridor.FaultBadAcknowledge: {Number: 1, Message: corridor.DigestOf([]byte("another")), ReceivedAt: uint64(time.Now().UnixMilli())},
	} {
		check(t, b.dial())
		next(t, b.deliveries, "delivery")
		check(t, b.client.Acknowledge(context.Background(), []entry.Acknowledgement{ack}))
		if f := next(t, b.farewell, "farewell"); f == nil || f.Code != code {
			t.Errorf("want %s, got %v", code, f)
		}
	}
	b.mute = false
	check(t, b.dial())
	next(t, b.deliveries, "the message, which is still there")
}

// TestAnswersComeBeforeTheFarewell: what was submitted before a Logout, or before a takeover was decided, is answered first.
func TestAnswersComeBeforeTheFarewell(t *testing.T) {
	n, f := newFaultyNetwork(t, meridian, cedar)
	a := n.banks[0]
	full := make([]corridor.LT, 100)
	for i := range full {
		full[i] = cedar
	}
	for code, end := range map[string]func(s *raw){
		"": func(s *raw) { s.Logout() },
		corridor.FaultTakenOver: func(s *raw) {
			go a.login(func(l *sessionpb.Login) { l.LastSent, l.Takeover = 1<<20, true })
		},
	} {
		s, fault := a.login(func(l *sessionpb.Login) { l.LastSent, l.Takeover = 1<<20, true })
		if fault != nil {
			t.Fatal(fault)
		}
		release := f.hold()
		for range 5 {
			check(t, asError(s.Submit(context.Background(), [][]byte{a.frame(nil, "m", full...)})))
		}
		time.Sleep(50 * time.Millisecond) // the frames are with the heart, but not durable
		end(s)
		time.Sleep(50 * time.Millisecond)
		release()
		if answered, got := s.farewell(); answered != 500 || got != code {
			t.Errorf("%d of 500 answers before the farewell %q, want %q", answered, got, code)
		}
	}
}

// TestNothingStaysBehind: sessions that ended in any way leave no goroutine.
func TestNothingStaysBehind(t *testing.T) {
	n, f := newFaultyNetwork(t, meridian, cedar)
	a := n.banks[0]
	before := runtime.NumGoroutine()
	for i := range 20 {
		s, fault := a.login(func(l *sessionpb.Login) { l.LastSent, l.Takeover = 1<<20, true })
		if fault != nil {
			t.Fatal(fault)
		}
		check(t, asError(s.Submit(context.Background(), [][]byte{a.frame(nil, "m", cedar)})))
		switch i % 3 {
		case 0:
			s.Logout()
			s.farewell()
		case 1:
			s.Lost(corridor.FaultLineLost)
		case 2: // its member takes it over, while nobody reads it; the server says Lost then
			defer s.Lost(corridor.FaultTakenOver)
		}
	}
	release := f.hold() // logins that are given up while they are recorded
	for range 10 {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		l := &sessionpb.Login{Network: "test.corridor", Lt: string(cedar), SigningCertificate: n.banks[1].signer.Certificate().DER, Takeover: true}
		_, _, fault := n.hub.Login(ctx, l, session.Peer{LTs: []corridor.LT{cedar}})
		cancel()
		if fault == nil {
			t.Fatal("a login that was not recorded was let in")
		}
	}
	release()
	until(t, "cedar has no session", func() bool {
		s := status(t, n)
		return !s.Terminals[0].Live
	})
	until(t, fmt.Sprintf("no more than %d goroutines and those of 7 sessions that are not read", before), func() bool { return runtime.NumGoroutine() <= before+7 })
}
