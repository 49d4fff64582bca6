package session

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	"corridor.example/corridor/session/sessionpb"
)

// FuzzVerify: whatever a network sends, a client neither falls nor takes anything but what was signed.
func FuzzVerify(f *testing.F) {
	p := newProofs(f, 9, 2)
	genuine := map[string]bool{}
	for _, m := range p.deliveries.Messages {
		genuine[string(m.Payload)] = true
	}
	for _, m := range []*sessionpb.FromNetwork{
		{Frame: &sessionpb.FromNetwork_Answers{Answers: &sessionpb.Answers{Page: p.proof}}},
		{Frame: &sessionpb.FromNetwork_Deliveries{Deliveries: p.deliveries}},
		{Frame: &sessionpb.FromNetwork_Deliveries{}},
		{Frame: &sessionpb.FromNetwork_FrameRefused{FrameRefused: &sessionpb.FrameRefused{First: 1, Fault: &sessionpb.Fault{Code: "P01"}}}},
	} {
		b, err := proto.Marshal(m)
		fatal(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var m sessionpb.FromNetwork
		if proto.Unmarshal(b, &m) != nil {
			return
		}
		waiting := newOutstanding(len(p.sent))
		if ok, err := waiting.tryAdd(p.sent); !ok || err != nil {
			t.Fatal(err)
		}
		if answers, err := p.verifier().answers(m.GetAnswers(), waiting); err == nil {
			for i := range answers {
				if !bytes.Equal(answers[i].Statement, p.sent[answers[i].Number-1].statement) {
					t.Fatalf("number %d is answered for another statement", answers[i].Number)
				}
			}
		}
		if deliveries, err := p.verifier().deliveries(m.GetDeliveries()); err == nil {
			for i := range deliveries {
				if !genuine[string(deliveries[i].Payload)] {
					t.Fatalf("delivery %d is not what was signed", deliveries[i].Number)
				}
			}
		}
	})
}

// TestRememberedIsCopied: what a client remembers for the session does not hold on to the buffers in which it came.
func TestRememberedIsCopied(t *testing.T) {
	p := newProofs(t, 9, 2)
	wire, err := proto.Marshal(&sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Deliveries{Deliveries: p.deliveries}})
	fatal(t, err)
	var m sessionpb.FromNetwork
	fatal(t, unmarshalFromNetwork(wire, &m))
	v := p.verifier()
	_, err = v.deliveries(m.GetDeliveries())
	fatal(t, err)
	clear(wire)
	for _, h := range v.heads {
		if !bytes.Equal(h.stored, p.proof.Header) || !bytes.Equal(h.signature, p.proof.Signature) {
			t.Error("a page's head lies in the buffer")
		}
	}
	for _, s := range v.signers {
		if !bytes.Equal(s.DER, p.deliveries.Frames[0].Certificate) {
			t.Error("a signer's certificate lies in the buffer")
		}
	}
}
