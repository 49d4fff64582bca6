package session

import (
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"corridor.example/corridor/session/sessionpb"
)

func submitOf(frames ...[]byte) *sessionpb.FromMember {
	return &sessionpb.FromMember{Frame: &sessionpb.FromMember_Submit{Submit: &sessionpb.Submit{Frames: frames}}}
}

// FuzzCodec holds the short cut against protobuf itself: both take the same bytes, for the same frames.
func FuzzCodec(f *testing.F) {
	for _, m := range []*sessionpb.FromMember{
		{}, submitOf(), submitOf([]byte("one")), submitOf([]byte("one"), nil, []byte("three")),
		{Frame: &sessionpb.FromMember_Acknowledge{Acknowledge: &sessionpb.Acknowledge{Frames: [][]byte{{1}}}}},
		{Frame: &sessionpb.FromMember_Ping{Ping: &sessionpb.Ping{Nonce: 5}}},
		{Frame: &sessionpb.FromMember_Login{Login: &sessionpb.Login{Versions: []uint32{1}, Lt: "MERIDEF0AXXX"}}},
	} {
		b, err := proto.Marshal(m)
		fatal(f, err)
		f.Add(b)
		f.Add(append(b, b...)) // protobuf joins them
		f.Add(protowire.AppendVarint(protowire.AppendTag(b, 99, protowire.VarintType), 1))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var ours, theirs sessionpb.FromMember
		err := newCodec().Unmarshal(mem.BufferSlice{mem.SliceBuffer(b)}, &ours)
		if wrong := proto.Unmarshal(b, &theirs); (err == nil) != (wrong == nil) {
			t.Fatalf("ours says %v, protobuf %v", err, wrong)
		}
		if err == nil && !proto.Equal(&ours, &theirs) {
			t.Fatalf("ours reads %v, protobuf %v", &ours, &theirs)
		}
	})
}

// TestFramesAreTheirOwn: gRPC may use its buffers again; frames must not change with them, and one cannot grow into the next.
func TestFramesAreTheirOwn(t *testing.T) {
	for at := range 8 {
		b, err := proto.Marshal(submitOf([]byte("one"), []byte("two")))
		fatal(t, err)
		var m sessionpb.FromMember
		fatal(t, newCodec().Unmarshal(mem.BufferSlice{mem.SliceBuffer(b[:at]), mem.SliceBuffer(b[at:])}, &m))
		clear(b)
		frames := m.GetSubmit().Frames
		_ = append(frames[0], 'x')
		if string(frames[0]) != "one" || string(frames[1]) != "two" {
			t.Errorf("the frames became %q", frames)
		}
	}
}

func BenchmarkCodec(b *testing.B) {
	c := newCodec()
	wire, err := proto.Marshal(submitOf(make([]byte, 26000), make([]byte, 26000)))
	fatal(b, err)
	var parts mem.BufferSlice
	for len(wire) > 0 {
		n := min(len(wire), 16<<10)
		parts, wire = append(parts, mem.SliceBuffer(wire[:n])), wire[n:]
	}
	for _, test := range []struct {
		name      string
		unmarshal func(mem.BufferSlice, any) error
	}{{"ours", c.Unmarshal}, {"gRPC's", c.CodecV2.Unmarshal}} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				var m sessionpb.FromMember
				fatal(b, test.unmarshal(parts, &m))
			}
		})
	}
}
