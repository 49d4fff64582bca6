package session

import (
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/session/sessionpb"
)

// TestOutbox: what waits goes out together, within the limits of a Submit, messages before acknowledgements and the Logout last.
func TestOutbox(t *testing.T) {
	o := outbox{wake: make(chan struct{}, 1)}
	half := make([]byte, corridor.MaxSubmit/2)
	o.put(func(o *outbox) { o.logout = true })
	o.put(func(o *outbox) { o.acks = append(o.acks, []byte("ack")) })
	o.put(func(o *outbox) { o.ping = 7 })
	for range 5 {
		o.put(func(o *outbox) { o.submits = append(o.submits, half) })
	}
	var got []int
	for f := o.next(); f != nil; f = o.next() {
		switch f := f.Frame.(type) {
		case *sessionpb.FromMember_Submit:
			got = append(got, len(f.Submit.Frames))
		case *sessionpb.FromMember_Acknowledge:
			got = append(got, 10*len(f.Acknowledge.Frames))
		case *sessionpb.FromMember_Ping:
			got = append(got, 100*int(f.Ping.Nonce))
		case *sessionpb.FromMember_Logout:
			got = append(got, 1000)
		}
	}
	want := []int{2, 2, 1, 10, 700, 1000}
	if len(got) != len(want) {
		t.Fatalf("sent %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("sent %v, want %v", got, want)
		}
	}
	if len(o.wake) != 1 {
		t.Error("the sender was not woken")
	}
}
