package session

import (
	"testing"

	pb "google.golang.org/protobuf/proto"

	"corridor.example/corridor/session/sessionpb"
)

// samples of each shape that the codec reads by hand, and of some that it does not.
func networkSamples() []pb.Message {
	page := &sessionpb.PageProof{Header: []byte("header"), Signature: []byte("signature"), Indices: []uint32{0, 3, 300}, Entries: [][]byte{[]byte("a"), []byte("bb"), {}}, Proof: make([]byte, 64)}
	frame := &sessionpb.FrameProof{Signer: make([]byte, 32), Signature: make([]byte, 64), Count: 32, Indices: []uint32{1, 200}, Proof: make([]byte, 96), Certificate: []byte("der")}
	return []pb.Message{
		&sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Answers{Answers: &sessionpb.Answers{Page: page}}, Checkpoint: []byte("note")},
		&sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Deliveries{Deliveries: &sessionpb.Deliveries{Page: page, Frames: []*sessionpb.FrameProof{frame, {}},
			Messages: []*sessionpb.Delivery{{Number: 1, Entry: 2, Frame: 1, Payload: []byte("text")}, {PossibleDuplicate: true, Payload: []byte("x")}, {}}}}},
		&sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Deliveries{Deliveries: &sessionpb.Deliveries{Page: page,
			Messages: []*sessionpb.Delivery{{Number: 1, Payload: []byte("text"), Confirmation: &sessionpb.Confirmation{Page: page, Frame: frame}}}}}},
		&sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Farewell{Farewell: &sessionpb.Farewell{}}},
		&sessionpb.FromNetwork{Checkpoint: []byte("note")},
	}
}

// sameAsGenerated compares what the codec reads with what the generated code reads.
func sameAsGenerated(t *testing.T, b []byte) {
	t.Helper()
	var n, wantN sessionpb.FromNetwork
	err, wantErr := unmarshalFromNetwork(b, &n), pb.Unmarshal(b, &wantN)
	if (err == nil) != (wantErr == nil) || err == nil && !pb.Equal(&n, &wantN) {
		t.Errorf("FromNetwork %x: %v %v, generated %v %v", b, &n, err, &wantN, wantErr)
	}
}

func TestNetworkFramesReadAsTheGeneratedCode(t *testing.T) {
	for _, m := range networkSamples() {
		b, err := pb.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		sameAsGenerated(t, b)
		sameAsGenerated(t, append(b, b...)) // merged
		for i := range b {
			sameAsGenerated(t, b[:i])
			flipped := append([]byte(nil), b...)
			flipped[i] ^= 0x11
			sameAsGenerated(t, flipped)
		}
	}
}

func FuzzNetworkFrames(f *testing.F) {
	for _, m := range networkSamples() {
		b, err := pb.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(sameAsGenerated)
}
