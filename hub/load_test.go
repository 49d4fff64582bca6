package hub_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/session"
	"corridor.example/corridor/session/sessionpb"
)

// stalled is a member that never returns from its first delivery, so that its client reads no more.
type stalled struct {
	*bank
	enter chan struct{}
	leave chan struct{}
}

func (s *stalled) OnDeliveries([]session.Delivery) {
	select {
	case s.enter <- struct{}{}:
	default:
	}
	<-s.leave
}

// TestReceiverThatStallsHarmsNoOther: one real client stops reading while megabytes wait for it; messages to another go on.
func TestReceiverThatStallsHarmsNoOther(t *testing.T) {
	n := newNetwork(t, meridian, cedar, tamarind)
	a, b, c := n.banks[0], n.banks[1], n.banks[2]
	s := &stalled{b, make(chan struct{}, 1), make(chan struct{})}
	defer close(s.leave)
	check(t, a.dial())
	check(t, b.dial(func(c *session.Config) { c.Events, c.Window = s, corridor.MaxWindow }))
	check(t, c.dial())
	long := string(make([]byte, 32<<10))
	const frames, each = 64, 12 // 24 MB: more than all buffers on the way hold
	for range frames {
		to := make([]corridor.LT, each)
		for i := range to {
			to[i] = cedar
		}
		check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, long, to...)}))
	}
	next(t, s.enter, "first delivery to the member that stalls")
	for range frames * each {
		next(t, a.answers, "answer")
	}
	for i := range 50 {
		check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, fmt.Sprint("quick ", i), tamarind)}))
		next(t, a.answers, "answer")
		if d := next(t, c.deliveries, "delivery to the other"); string(d.Payload) != fmt.Sprintf("quick %d 0", i) {
			t.Fatalf("delivery %q", d.Payload)
		}
	}
}

// TestUrgentGoesBeforeNormalUnderLoad: with a long queue of normal messages, an urgent one comes next.
func TestUrgentGoesBeforeNormalUnderLoad(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a, b := n.banks[0], n.banks[1]
	check(t, a.dial())
	to := make([]corridor.LT, corridor.MaxFrameItems)
	for i := range to {
		to[i] = cedar
	}
	for range 8 {
		check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "normal", to...)}))
	}
	for range 8 * len(to) {
		next(t, a.answers, "answer")
	}
	const window = 64
	b.mute = true
	check(t, b.dial(func(c *session.Config) { c.Window = window }))
	first := next(t, b.deliveries, "delivery")
	urgent := func(s *entry.Submission) { s.Priority = corridor.Urgent }
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(urgent, "urgent", cedar)}))
	next(t, a.answers, "answer")
	all := []session.Delivery{first}
	for len(all) < window {
		all = append(all, next(t, b.deliveries, "delivery"))
	}
	b.mu.Lock()
	b.mute = false
	b.mu.Unlock()
	acks := make([]entry.Acknowledgement, len(all))
	for i := range all {
		acks[i] = all[i].Acknowledgement(time.Now())
	}
	check(t, b.client.Acknowledge(context.Background(), acks))
	if d := next(t, b.deliveries, "delivery"); string(d.Payload) != "urgent 0" || d.Number != window+1 {
		t.Fatalf("after the window came %q with number %d, not the urgent message", d.Payload, d.Number)
	}
}

// TestManyLogInAtOnce: a hundred institutions, each with messages waiting, come at the same moment.
func TestManyLogInAtOnce(t *testing.T) {
	const banks = 100
	n := newNetwork(t, meridian)
	a := n.banks[0]
	check(t, a.dial())
	var all []*bank
	for i := range banks {
		lt := corridor.LT(fmt.Sprintf("B%c%cKDEF0AXXX", 'A'+i/26, 'A'+i%26))
		b := newBank(n, lt)
		_, err := n.hub.Admit(context.Background(), b.signer.Certificate().DER)
		check(t, err)
		all = append(all, b)
		check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "m", lt, lt, lt)}))
	}
	for range 3 * banks {
		if got := next(t, a.answers, "answer"); !got.Accepted() {
			t.Fatalf("answer %+v", got)
		}
	}
	var in sync.WaitGroup
	for _, b := range all {
		in.Go(func() {
			s, f := b.login(func(l *sessionpb.Login) { l.Window = 3 })
			if f != nil {
				t.Errorf("%s: %v", b.lt, f)
				return
			}
			got := 0
			for got < 3 {
				select {
				case f := <-s.Outgoing():
					got += len(f.GetDeliveries().GetMessages())
				case <-time.After(10 * time.Second):
					t.Errorf("%s has %d of 3 messages after 10 s", b.lt, got)
					return
				}
			}
			s.Logout()
			s.farewell()
		})
	}
	in.Wait()
}
