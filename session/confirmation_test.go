package session_test

import (
	"context"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/session"
	"corridor.example/corridor/session/sessionpb"
)

// confirm sends one message from meridian to cedar, has it acknowledged, and lets the hub notify meridian with a confirmation that
// alter may change.
func confirm(t *testing.T, alter func(*sessionpb.Delivery)) (*network, *bank, *evidence.Receipt) {
	t.Helper()
	n := newNetwork(t, session.Options{})
	a, b := n.bank(meridian), n.bank(cedar)
	from, to := a.dial(t), b.dial(t)
	n.notify = func(m *member, f entry.Frame) {
		text := []byte("MT 011")
		notice := entry.Submission{Network: "test.corridor", Sender: "CORRIDX0AXXX", Receiver: meridian.Destination(), Number: 1, Type: "fin.011", Priority: corridor.System,
			Payload: corridor.DigestOf(text), PayloadSize: uint64(len(text)), SignedAt: 1}
		pages := n.sealTwice([][]byte{entry.Append(nil, &entry.Acknowledged{Statement: f.Items[0].Statement}),
			entry.Append(nil, &entry.Originated{Statement: notice.Append(nil), Reason: entry.Delivered})}, []uint32{0}, []uint32{1})
		d := &sessionpb.Delivery{Number: 1, Payload: text, Confirmation: &sessionpb.Confirmation{Page: pages[0],
			Frame: &sessionpb.FrameProof{Signer: f.Signer[:], Signature: f.Signature, Count: 1, Indices: []uint32{0}, Certificate: m.certificate.DER}}}
		alter(d)
		n.members[meridian].send(&sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Deliveries{Deliveries: &sessionpb.Deliveries{Page: pages[1], Messages: []*sessionpb.Delivery{d}}}})
	}
	check(t, from.Submit(context.Background(), [][]byte{a.frame(cedar, 1, "one")}))
	answer := next(t, a.answers, "answer")
	receipt, err := answer.Receipt(a.signer.Certificate())
	check(t, err)
	d := next(t, b.deliveries, "delivery")
	check(t, to.Acknowledge(context.Background(), []entry.Acknowledgement{d.Acknowledgement(time.Now())}))
	return n, a, receipt
}

// TestConfirmation: a delivery notification brings the receiver's own word, and makes the receipt one of delivery.
func TestConfirmation(t *testing.T) {
	n, a, receipt := confirm(t, func(*sessionpb.Delivery) {})
	d := next(t, a.deliveries, "notification")
	if !d.Originated || d.Frame != nil || d.Confirmation == nil || d.Confirmation.Acknowledgement.Receiver != cedar {
		t.Fatalf("got %+v", d)
	}
	d.Confirmation.AddTo(receipt)
	said, err := evidence.Verify(n.root, receipt, []byte("one"))
	check(t, err)
	if said.Outcome != evidence.OutcomeDelivered {
		t.Errorf("the receipt says %q", said.Outcome)
	}
}

func TestFalseConfirmations(t *testing.T) {
	flip := func(b []byte) []byte {
		c := append([]byte(nil), b...)
		c[len(c)/2] ^= 1
		return c
	}
	for _, test := range []struct {
		name, says string
		alter      func(*sessionpb.Confirmation)
	}{
		{"entry", "not those that the hub signed", func(c *sessionpb.Confirmation) { c.Page.Entries[0] = flip(c.Page.Entries[0]) }},
		{"page", "two different headers", func(c *sessionpb.Confirmation) { c.Page.Header = flip(c.Page.Header) }},
		{"no page", "no proof of the page", func(c *sessionpb.Confirmation) { c.Page = nil }},
		{"no frame", "one entry and one frame", func(c *sessionpb.Confirmation) { c.Frame = nil }},
		{"signature", "signature of " + string(cedar) + " is false", func(c *sessionpb.Confirmation) { c.Frame.Signature = flip(c.Frame.Signature) }},
		{"certificate", "certificate was not shown", func(c *sessionpb.Confirmation) { c.Frame.Certificate = nil }},
		{"place", "does not fit the acknowledgement", func(c *sessionpb.Confirmation) { c.Frame.Indices = []uint32{1} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, a, _ := confirm(t, func(d *sessionpb.Delivery) { test.alter(d.Confirmation) })
			wantFalsehood(t, next(t, a.farewell, "farewell"), test.says)
			if len(a.deliveries) != 0 {
				t.Error("a notification was handed over whose confirmation is false")
			}
		})
	}
}
