package session_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
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

// BenchmarkSession measures a message's way through both ends, with a hub that only verifies, proves and answers.
func BenchmarkSession(b *testing.B) {
	for _, size := range []int{1, 32} {
		b.Run(fmt.Sprintf("frame=%d", size), func(b *testing.B) {
			n := newNetwork(b, session.Options{})
			a := n.bank(meridian)
			client := a.dial(b)
			payloads := make([]string, size)
			for i := range payloads {
				payloads[i] = strings.Repeat("x", 600)
			}
			frames := make([][]byte, (b.N+size-1)/size)
			for i := range frames {
				frames[i] = a.frame(cedar, corridor.ISN(i*size+1), payloads...)
			}
			go func() {
				for range a.answers {
				}
			}()
			b.SetBytes(600)
			b.ResetTimer()
			for len(frames) > 0 {
				k := min(len(frames), max(1, 64/size))
				check(b, client.Submit(context.Background(), frames[:k]))
				frames = frames[k:]
			}
			check(b, client.Logout(context.Background()))
		})
	}
}
