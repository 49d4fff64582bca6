package session_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/session"
	"corridor.example/corridor/session/sessionpb"
)

// TestReceipts: what a session hands over is enough for a proof that needs no network.
func TestReceipts(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a, b := n.bank(meridian), n.bank(cedar)
	from := a.dial(t)
	b.dial(t)
	payloads := []string{"one", "two", "three", "four", "five"}
	check(t, from.Submit(context.Background(), [][]byte{a.frame(cedar, 1, payloads...)}))
	for i, p := range payloads {
		answer := next(t, a.answers, "answer")
		r, err := answer.Receipt(a.signer.Certificate())
		check(t, err)
		provesMessage(t, n, r, p, corridor.ISN(i+1))
		d := next(t, b.deliveries, "delivery")
		provesMessage(t, n, d.Receipt(), p, corridor.ISN(i+1))
		if d.Position() != answer.Position() {
			t.Errorf("the message is at %v for the receiver and at %v for the sender", d.Position(), answer.Position())
		}
	}
}

func provesMessage(t *testing.T, n *network, r *evidence.Receipt, payload string, number corridor.ISN) {
	t.Helper()
	r, err := evidence.DecodeReceipt(r.Encode())
	check(t, err)
	said, err := evidence.Verify(n.root, r, []byte(payload))
	check(t, err)
	if said.Submission.Number != number || said.Submission.Sender != meridian || !said.MessageChecked || said.Outcome != evidence.OutcomeAccepted {
		t.Errorf("the receipt says %+v", said)
	}
}

// TestResubmission: the same frames in a new session get the same answers, and the receipt is the same.
func TestResubmission(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a := n.bank(meridian)
	frames := [][]byte{a.frame(cedar, 1, "one", "two"), a.frame(cedar, 3, "three")}
	var receipts []string
	for range 2 {
		c := a.dial(t)
		check(t, c.Submit(context.Background(), frames))
		for range 3 {
			answer := next(t, a.answers, "answer")
			r, err := answer.Receipt(a.signer.Certificate())
			check(t, err)
			receipts = append(receipts, string(r.Encode()))
		}
		check(t, c.Logout(context.Background()))
		if f := next(t, a.farewell, "farewell"); f != nil {
			t.Errorf("farewell after a logout: %v", f)
		}
	}
	for i := range 3 {
		if receipts[i] != receipts[i+3] {
			t.Errorf("message %d has two different receipts", i+1)
		}
	}
}

// TestRegrouped: a message that is submitted again in another frame is answered, but its receipt would not hold, so there is none.
func TestRegrouped(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a := n.bank(meridian)
	c := a.dial(t)
	whole := a.frame(cedar, 1, "one", "two")
	check(t, c.Submit(context.Background(), [][]byte{whole}))
	next(t, a.answers, "answer")
	second := next(t, a.answers, "answer")
	n.mu.Lock()
	n.answers[meridian][2] = &sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Answers{Answers: &sessionpb.Answers{Page: n.seal([][]byte{second.Entry}, []uint32{0})}}}
	n.mu.Unlock()
	f, err := entry.DecodeFrame(whole)
	check(t, err)
	check(t, c.Submit(context.Background(), [][]byte{session.SignFrame(a.signer, entry.DomainSubmission, f.Items[1:])}))
	again := next(t, a.answers, "answer")
	if _, err := again.Receipt(a.signer.Certificate()); err == nil {
		t.Error("a receipt was made that does not hold")
	}
}

// TestWindow: Submit waits while the window is full, and goes on as answers come.
func TestWindow(t *testing.T) {
	n := newNetwork(t, session.Options{})
	n.hold = make(chan struct{})
	a := n.bank(meridian)
	c := a.dial(t)
	payloads := make([]string, 128)
	for i := range payloads {
		payloads[i] = fmt.Sprint(i)
	}
	ctx := context.Background()
	frames := [][]byte{a.frame(cedar, 1, payloads...), a.frame(cedar, 129, payloads...), a.frame(cedar, 257, payloads...)}
	check(t, c.Submit(ctx, frames[:2]))
	if c.Outstanding() != 256 {
		t.Fatalf("%d outstanding, want 256", c.Outstanding())
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if err := c.Submit(short, frames[2:]); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a full window gave %v", err)
	}
	close(n.hold)
	check(t, c.Submit(ctx, frames[2:]))
	for range 3 * 128 {
		next(t, a.answers, "answer")
	}
	waitFor(t, "the window to be free", func() bool { return c.Outstanding() == 0 })
	if err := c.Submit(ctx, [][]byte{a.frame(cedar, 1, make([]string, 257)...)}); err == nil {
		t.Error("a frame that is larger than the window was taken")
	}
}

// TestFrameRefused: the refusal of a frame frees its place in the window, and the session goes on.
func TestFrameRefused(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a := n.bank(meridian)
	c := a.dial(t)
	check(t, c.Submit(context.Background(), [][]byte{a.frame(cedar, 5, "five", "six")}))
	wantFault(t, next(t, a.refused, "refusal"), corridor.FaultGap)
	if c.Outstanding() != 0 {
		t.Errorf("%d outstanding after the refusal", c.Outstanding())
	}
	check(t, c.Submit(context.Background(), [][]byte{a.frame(cedar, 1, "one")}))
	next(t, a.answers, "answer")
	if err := c.Submit(context.Background(), [][]byte{a.frame(cedar, 2, "two"), []byte("garbage")}); err == nil {
		t.Error("garbage was sent")
	}
	next(t, a.answers, "answer of the frame before the garbage")
}

func TestNothingAfterLogout(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a := n.bank(meridian)
	c := a.dial(t)
	check(t, c.Logout(context.Background()))
	if err := c.Submit(context.Background(), [][]byte{a.frame(cedar, 1, "one")}); err == nil {
		t.Error("a frame was submitted after the logout")
	}
}

// TestLogoutWithoutAnswers: a farewell that leaves messages without an answer is no orderly end.
func TestLogoutWithoutAnswers(t *testing.T) {
	n := newNetwork(t, session.Options{})
	n.tamper = func(f *sessionpb.FromNetwork) {
		if f.GetAnswers() != nil {
			f.Frame = &sessionpb.FromNetwork_Pong{Pong: &sessionpb.Pong{}}
		}
	}
	a := n.bank(meridian)
	c := a.dial(t)
	check(t, c.Submit(context.Background(), [][]byte{a.frame(cedar, 1, "one")}))
	if err := c.Logout(context.Background()); err == nil {
		t.Error("the logout does not tell of the message without an answer")
	}
}

// TestUnreadableFrameRefused: a refusal that names no frame ends the session, with the network's fault.
func TestUnreadableFrameRefused(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a := n.bank(meridian)
	a.dial(t)
	n.mu.Lock()
	n.members[meridian].send(&sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_FrameRefused{FrameRefused: &sessionpb.FrameRefused{
		Fault: session.FaultToWire(corridor.NetworkFault(corridor.FaultSignerExpired))}}})
	n.mu.Unlock()
	wantFault(t, next(t, a.refused, "refusal"), corridor.FaultSignerExpired)
	wantFault(t, next(t, a.farewell, "farewell"), corridor.FaultSignerExpired)
}

// TestReplayedFrame: another member's frame is refused, whoever brings it.
func TestReplayedFrame(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a, b := n.bank(meridian), n.bank(cedar)
	thief := b.dial(t)
	check(t, thief.Submit(context.Background(), [][]byte{a.frame(cedar, 1, "one")}))
	wantFault(t, next(t, b.farewell, "farewell"), corridor.FaultSignature)
}

// TestKeepAlive: two idle ends keep the session; a network that falls silent loses it.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, session.Options{KeepAlive: 150 * time.Millisecond})
	a := n.bank(meridian)
	c := a.dial(t)
	select {
	case <-c.Done():
		t.Fatal(c.Fault())
	case <-time.After(time.Second):
	}
	n.mu.Lock()
	m := n.members[meridian]
	n.mu.Unlock()
	n.hold = make(chan struct{}) // the hub takes a frame and reads nothing more, so no ping is answered
	check(t, c.Submit(context.Background(), [][]byte{a.frame(cedar, 1, "one")}))
	wantFault(t, next(t, a.farewell, "farewell"), corridor.FaultSilent)
	waitFor(t, "the hub to see it", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return m.lost == corridor.FaultLineLost
	})
}

// TestClose: a cut line is no orderly end, and the hub learns of it.
func TestClose(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a := n.bank(meridian)
	c := a.dial(t)
	c.Close()
	wantFault(t, next(t, a.farewell, "farewell"), corridor.FaultLineLost)
	if err := c.Logout(context.Background()); err == nil {
		t.Error("a logout after the end is orderly")
	}
}

// history is a log of checkpoints to be shown.
type history struct {
	log    evidence.Log
	stored []tlog.Hash
}

func (h *history) grow(pages int, salt string) {
	for range pages {
		page := corridor.DigestOf(fmt.Append(nil, salt, h.log.Size()))
		for _, d := range h.log.Add(page) {
			h.stored = append(h.stored, tlog.Hash(d))
		}
	}
}

func (h *history) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = h.stored[x]
	}
	return out, nil
}

func (h *history) note(t *testing.T, n *network) []byte {
	note, err := evidence.SignCheckpoint(h.log.Checkpoint("test.corridor"), n.key)
	check(t, err)
	return note
}

func (h *history) prove(old, size uint64) ([][]byte, error) {
	proof, err := evidence.ProveConsistency(old, size, h)
	var out [][]byte
	for _, d := range proof {
		out = append(out, d[:])
	}
	return out, err
}

// show sends a checkpoint to meridian.
func (n *network) show(note []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.members[meridian].send(&sessionpb.FromNetwork{Checkpoint: note})
}

// TestCheckpoints: each newer checkpoint is proven to continue the one before; another history ends the session.
func TestCheckpoints(t *testing.T) {
	n := newNetwork(t, session.Options{})
	var h history
	h.grow(3, "page")
	n.consistency = h.prove
	a := n.bank(meridian)
	a.dial(t)
	first := h.note(t, n)
	n.show(first)
	if got := next(t, a.notes, "checkpoint"); string(got) != string(first) {
		t.Errorf("got the checkpoint %q", got)
	}
	h.grow(4, "page")
	n.show(h.note(t, n))
	next(t, a.notes, "checkpoint")

	var other history
	other.grow(9, "other page")
	n.consistency = other.prove
	n.show(other.note(t, n))
	wantFault(t, next(t, a.farewell, "farewell"), corridor.FaultOtherHistory)
}

// TestOwnCheckpointAtLogin: the checkpoint that a store brings along is what the network must continue.
func TestOwnCheckpointAtLogin(t *testing.T) {
	var mine, theirs history
	mine.grow(5, "page")
	theirs.grow(4, "page") // restored from an old copy
	n := newNetwork(t, session.Options{})
	n.consistency = theirs.prove
	a := n.bank(meridian)
	a.config.Checkpoint = mine.note(t, n)
	a.dial(t)
	n.show(theirs.note(t, n))
	wantFault(t, next(t, a.farewell, "farewell"), corridor.FaultOtherHistory)

	a.config.Checkpoint = []byte("not a note")
	a.config.Takeover = true
	if _, err := session.Dial(context.Background(), a.config); err == nil {
		t.Error("a store's checkpoint that is none was taken")
	}
}

// TestCheckpointOfAnother: a checkpoint that the hub did not sign.
func TestCheckpointOfAnother(t *testing.T) {
	n, other := newNetwork(t, session.Options{}), newNetwork(t, session.Options{})
	a := n.bank(meridian)
	a.dial(t)
	var h history
	h.grow(2, "page")
	n.show(h.note(t, other))
	wantFault(t, next(t, a.farewell, "farewell"), corridor.FaultFalseProof)
}

// TestRepeatedDelivery: what was stored before may come again and is marked; what follows has no gap.
func TestRepeatedDelivery(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a, b := n.bank(meridian), n.bank(cedar)
	from := a.dial(t)
	to := b.dial(t)
	check(t, from.Submit(context.Background(), [][]byte{a.frame(cedar, 1, "one", "two")}))
	next(t, b.deliveries, "delivery")
	next(t, b.deliveries, "delivery")
	to.Close()
	<-to.Done()
	waitFor(t, "the hub to see it", func() bool { n.mu.Lock(); defer n.mu.Unlock(); return n.members[cedar].closed })

	b.config.LastStored = 2
	b.dial(t)
	n.mu.Lock()
	n.members[cedar].given = 1 // number 2 comes again
	n.mu.Unlock()
	check(t, from.Submit(context.Background(), [][]byte{a.frame(cedar, 3, "two again", "three")}))
	if d := next(t, b.deliveries, "delivery"); d.Number != 2 || !d.Repeated {
		t.Errorf("got number %d, repeated %v", d.Number, d.Repeated)
	}
	if d := next(t, b.deliveries, "delivery"); d.Number != 3 || d.Repeated {
		t.Errorf("got number %d, repeated %v", d.Number, d.Repeated)
	}
}

func TestManyAcknowledgements(t *testing.T) {
	n := newNetwork(t, session.Options{})
	b := n.bank(cedar)
	to := b.dial(t)
	acks := make([]entry.Acknowledgement, corridor.MaxFrameItems+1)
	for i := range acks {
		acks[i] = entry.Acknowledgement{Number: corridor.OSN(i + 1), Message: corridor.DigestOf([]byte{1}), ReceivedAt: 1}
	}
	check(t, to.Acknowledge(context.Background(), acks))
	check(t, to.Logout(context.Background()))
	n.mu.Lock()
	defer n.mu.Unlock()
	if got := n.members[cedar].acked; len(got) != len(acks) || got[256].Receiver != cedar {
		t.Errorf("%d acknowledgements came", len(got))
	}
}
