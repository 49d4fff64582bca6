package session_test

import (
	"context"
	"testing"
	"time"

	"corridor.example/corridor/entry"
	"corridor.example/corridor/session"
)

func TestOneMessageFromBankToBank(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a, b := n.bank(meridian), n.bank(cedar)
	from, to := a.dial(t), b.dial(t)
	ctx := context.Background()
	check(t, from.Submit(ctx, [][]byte{a.frame(cedar, 1, "one message")}))
	if got := next(t, a.answers, "answer"); !got.Accepted() || got.Number != 1 {
		t.Fatalf("answer %+v", got)
	}
	d := next(t, b.deliveries, "delivery")
	if string(d.Payload) != "one message" || d.Number != 1 || d.Submission.Sender != meridian || d.Frame.Signer.ID != a.signer.Certificate().ID {
		t.Fatalf("delivery %+v", d)
	}
	check(t, to.Acknowledge(ctx, []entry.Acknowledgement{d.Acknowledgement(time.Now())}))
	check(t, to.Logout(ctx))
	check(t, from.Logout(ctx))
	n.mu.Lock()
	defer n.mu.Unlock()
	if acked := n.members[cedar].acked; len(acked) != 1 || acked[0].Message != entry.LeafHash(d.Statement) {
		t.Fatalf("acknowledged %+v", acked)
	}
}
