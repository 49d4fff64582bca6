package hub_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/session"
)

func TestMessageIsAcceptedDeliveredAndConfirmed(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a, b := n.banks[0], n.banks[1]
	check(t, a.dial())
	check(t, b.dial())
	notify := func(s *entry.Submission) { s.Monitoring = corridor.MonitorDelivery }
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(notify, "hello", cedar)}))
	answer := next(t, a.answers, "answer")
	if !answer.Accepted() || answer.Number != 1 {
		t.Fatalf("answer %+v", answer)
	}
	if got := next(t, b.deliveries, "delivery"); got.Number != 1 || string(got.Payload) != "hello 0" {
		t.Fatalf("delivery %+v", got)
	}
	notice := next(t, a.deliveries, "delivery notification")
	if notice.Submission.Type != "fin.011" || !strings.Contains(string(notice.Payload), "{106:") {
		t.Fatalf("notification %s: %s", notice.Submission.Type, notice.Payload)
	}
	receipt, err := answer.Receipt(a.signer.Certificate())
	check(t, err)
	notice.Confirmation.AddTo(receipt)
	proven, err := evidence.Verify(n.authority.Root(), receipt, []byte("hello 0"))
	check(t, err)
	if proven.Outcome != evidence.OutcomeDelivered || proven.Acknowledgement.Receiver != cedar || !proven.MessageChecked {
		t.Fatalf("proven %+v", proven)
	}
}

func TestAbsentReceiverGetsItsMessagesInOrderWhenItComesBack(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a, b := n.banks[0], n.banks[1]
	check(t, a.dial())
	for range 3 {
		check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "normal", cedar, cedar)}))
	}
	urgent := func(s *entry.Submission) { s.Priority = corridor.Urgent }
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(urgent, "urgent", cedar)}))
	for range 7 {
		next(t, a.answers, "answer")
	}
	n.stop() // the hub restarts meanwhile: the queue is in the journal
	n.start()
	check(t, b.dial())
	want := []string{"urgent 0", "normal 0", "normal 1", "normal 0", "normal 1", "normal 0", "normal 1"}
	for i, w := range want {
		if d := next(t, b.deliveries, "delivery"); string(d.Payload) != w || d.Number != corridor.OSN(i+1) {
			t.Fatalf("delivery %d: %q", d.Number, d.Payload)
		}
	}
}

func TestResubmissionAfterABreakGetsTheSameAnswer(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a := n.banks[0]
	check(t, a.dial())
	frame := a.frame(nil, "once", cedar)
	check(t, a.client.Submit(context.Background(), [][]byte{frame}))
	first := next(t, a.answers, "answer")
	n.stop()
	n.start()
	a.answered = 0 // the answer was lost in the member's crash
	check(t, a.dial())
	check(t, a.client.Submit(context.Background(), [][]byte{frame}))
	if again := next(t, a.answers, "answer"); again.Position() != first.Position() {
		t.Fatalf("first answer at %v, the repeated one at %v", first.Position(), again.Position())
	}
	other := a.frame(func(s *entry.Submission) { s.Number = 1 }, "twice", cedar)
	check(t, a.client.Submit(context.Background(), [][]byte{other}))
	if r := next(t, a.refused, "refusal"); r.fault.Code != corridor.FaultNumberReused || r.expected != 2 {
		t.Fatalf("refused with %+v", r)
	}
}

func TestUnacknowledgedDeliveryComesAgainWithTheSameNumber(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a, b := n.banks[0], n.banks[1]
	check(t, a.dial())
	b.mute = true
	check(t, b.dial())
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "again", cedar)}))
	first := next(t, b.deliveries, "delivery")
	b.client.Close()
	next(t, b.farewell, "farewell")
	b.mute, b.stored = false, 0
	check(t, b.dial(func(c *session.Config) { c.Takeover = true }))
	again := next(t, b.deliveries, "second delivery")
	if again.Number != first.Number || again.Position() != first.Position() || !again.PossibleDuplicate {
		t.Fatalf("first %d at %v, then %d at %v, possible duplicate %v", first.Number, first.Position(), again.Number, again.Position(), again.PossibleDuplicate)
	}
}

func TestRefusals(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a := n.banks[0]
	check(t, a.dial())
	submit := func(change func(*entry.Submission), to corridor.LT) {
		t.Helper()
		check(t, a.client.Submit(context.Background(), [][]byte{a.frame(change, "text", to)}))
	}
	submit(nil, tamarind) // no member
	if got := next(t, a.answers, "answer"); got.Accepted() || got.Fault.Code != corridor.FaultReceiver {
		t.Fatalf("answer %+v", got)
	}
	submit(func(s *entry.Submission) { s.Priority = corridor.System }, cedar)
	if got := next(t, a.answers, "answer"); got.Accepted() || got.Fault.Code != corridor.FaultStatement {
		t.Fatalf("answer %+v", got)
	}
	frames := []struct {
		code   string
		change func(*entry.Submission)
	}{
		{corridor.FaultGap, func(s *entry.Submission) { s.Number = 9 }},
		{corridor.FaultStatementOther, func(s *entry.Submission) { s.Network = "other.corridor" }},
		{corridor.FaultReplayed, func(s *entry.Submission) { s.Sender = cedar }},
		{corridor.FaultPayloadDigest, func(s *entry.Submission) { s.PayloadSize++ }},
		{corridor.FaultClock, func(s *entry.Submission) { s.SignedAt += uint64(2 * corridor.MaxClockSkew / time.Millisecond) }},
	}
	for _, f := range frames {
		before := a.sent
		submit(f.change, cedar)
		if r := next(t, a.refused, "refusal for "+f.code); r.fault.Code != f.code || r.expected != before+1 {
			t.Fatalf("want %s, got %+v, expected %d", f.code, r.fault, r.expected)
		}
		a.sent = before
	}
	submit(nil, cedar) // the session goes on
	if got := next(t, a.answers, "answer"); !got.Accepted() {
		t.Fatalf("answer %+v", got)
	}
}

func TestReceiverThatRefusesElevenTimesEndsTheMessage(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a, b := n.banks[0], n.banks[1]
	check(t, a.dial())
	b.refuse = true
	check(t, b.dial())
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "unwanted", cedar)}))
	next(t, a.answers, "answer")
	stop := n.clock.run()
	defer stop()
	for i := range corridor.MaxDeliveryAttempts {
		if d := next(t, b.deliveries, "delivery"); string(d.Payload) != "unwanted 0" || d.PossibleDuplicate != (i > 0) {
			t.Fatalf("delivery %+v", d)
		}
	}
	if d := next(t, a.deliveries, "abort notification"); d.Submission.Type != "fin.019" {
		t.Fatalf("notification %s", d.Payload)
	}
	none(t, b.deliveries, "a twelfth delivery")
}

func TestWarningWhenTheObsolescencePeriodPasses(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a := n.banks[0]
	check(t, a.dial())
	warn := func(s *entry.Submission) { s.Priority, s.Monitoring = corridor.Urgent, corridor.MonitorBoth }
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(warn, "late", cedar)}))
	next(t, a.answers, "answer")
	none(t, a.deliveries, "an early warning")
	n.clock.advance(corridor.ObsolescenceUrgent + time.Second)
	if d := next(t, a.deliveries, "warning"); d.Submission.Type != "fin.010" {
		t.Fatalf("notification %s", d.Payload)
	}
	none(t, a.deliveries, "a second warning")
	check(t, n.banks[1].dial())
	if d := next(t, a.deliveries, "notification"); d.Submission.Type != "fin.011" {
		t.Fatalf("notification %s", d.Payload)
	}
}

func TestRevocationEndsALiveSession(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a := n.banks[0]
	check(t, a.dial())
	c, err := pkiParse(a)
	check(t, err)
	statement, err := n.authority.Revoke(c, "key lost", time.Now())
	check(t, err)
	check(t, n.hub.Revoke(context.Background(), statement))
	if f := next(t, a.farewell, "farewell"); f == nil || f.Code != corridor.FaultKeyRevoked {
		t.Fatalf("farewell %+v", f)
	}
	if err := a.dial(); err == nil || !strings.Contains(err.Error(), corridor.FaultRevoked) {
		t.Fatalf("login with a revoked key: %v", err)
	}
}

func TestSecondLoginIsRefusedOrTakesOver(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a := n.banks[0]
	check(t, a.dial())
	first := a.client
	if err := a.dial(); err == nil || !strings.Contains(err.Error(), corridor.FaultLoggedIn) {
		t.Fatalf("second login: %v", err)
	}
	a.client = first
	check(t, a.dial(func(c *session.Config) { c.Takeover = true }))
	if f := next(t, a.farewell, "farewell of the first"); f == nil || f.Code != corridor.FaultTakenOver {
		t.Fatalf("farewell %+v", f)
	}
}

// TestIdleHubLearnsOfAnother: a hub that has nothing to write ends as well when another leads.
func TestIdleHubLearnsOfAnother(t *testing.T) {
	n := newNetwork(t)
	n.stop()
	j, err := journal.Open(t.Context(), filepath.Join(n.dir, "journal.db"), journal.Options{})
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	first := hub.New(hub.Config{Network: "test.corridor", Own: "CRDRXXX0AXXX", Root: n.authority.Root(), Key: n.issued.HubKey(), Journal: j})
	ended := make(chan error, 1)
	go func() { ended <- first.Run(ctx) }()
	for !first.Ready() {
		time.Sleep(time.Millisecond)
	}
	second := hub.New(hub.Config{Network: "test.corridor", Own: "CRDRXXX0AXXX", Root: n.authority.Root(), Key: n.issued.HubKey(), Journal: j})
	down := make(chan error, 1)
	go func() { down <- second.Run(ctx) }()
	if err := <-ended; !errors.Is(err, journal.ErrFenced) {
		t.Errorf("the first ended with %v", err)
	}
	cancel()
	check(t, <-down)
	check(t, j.Close())
}

func TestLiveTerminalAtATestNetwork(t *testing.T) {
	n := newNetwork(t, meridian, "MERIDEFFAXXX")
	if err := n.banks[1].dial(); err == nil || !strings.Contains(err.Error(), corridor.FaultTestAndLive) {
		t.Fatalf("login of a live terminal at a test network: %v", err)
	}
}

// A defect in a standard's check costs the message that wakes it, not the network.
func TestPanicInAStandardRefusesTheMessage(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	n.stop()
	n.standards = func(s *entry.Submission, _ []byte, _ time.Time) *corridor.Fault {
		if s.Number == 1 {
			panic("a defect")
		}
		return nil
	}
	n.start()
	a := n.banks[0]
	check(t, a.dial())
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "wakes it", cedar, cedar)}))
	if got := next(t, a.answers, "answer"); got.Accepted() || got.Fault.Code != corridor.FaultFormat || got.Fault.Whose != corridor.Hub {
		t.Fatalf("answer %+v", got)
	}
	if got := next(t, a.answers, "second answer"); !got.Accepted() {
		t.Fatalf("second answer %+v", got)
	}
}
