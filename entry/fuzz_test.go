package entry

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	"corridor.example/corridor"
	"corridor.example/corridor/entry/internal/entrypb"
)

// seed gives the fuzzer the examples of those names, or all.
func seed(f *testing.F) {
	f.Add([]byte("B\x04\n\x02AB")) // numbers assigned to no message
	for _, x := range examples() {
		f.Add(x.bytes)
	}
}

// sameForBoth checks bytes that our decoder took: written again they are the same, and the generated code reads and writes them too.
func sameForBoth(t *testing.T, b, written []byte, into proto.Message) {
	t.Helper()
	if !bytes.Equal(b, written) {
		t.Fatalf("taken  %x\nwritten %x", b, written)
	}
	if err := proto.Unmarshal(b, into); err != nil {
		t.Fatalf("the generated code does not take %x: %v", b, err)
	}
	if theirs := marshal(t, into); !bytes.Equal(b, theirs) {
		t.Fatalf("ours   %x\ntheirs %x", b, theirs)
	}
}

func FuzzEntry(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := Decode(b); err == nil {
			sameForBoth(t, b, Append(nil, e), &entrypb.Entry{})
		}
	})
}

func FuzzStatements(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := DecodeSubmission(b); err == nil {
			sameForBoth(t, b, s.Append(nil), &entrypb.Submission{})
		}
		if a, err := DecodeAcknowledgement(b); err == nil {
			sameForBoth(t, b, a.Append(nil), &entrypb.Acknowledgement{})
		}
		if a, err := DecodeAct(b); err == nil {
			sameForBoth(t, b, a.Append(nil), &entrypb.Act{})
		}
	})
}

func FuzzFrame(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, err := DecodeFrame(b)
		if err != nil {
			return
		}
		if len(fr.Items) > corridor.MaxFrameItems || len(fr.Signature) != corridor.SignatureSize {
			t.Fatal("a frame beyond its limits was taken")
		}
		sameForBoth(t, b, fr.Append(nil), &entrypb.Frame{})
	})
}

func FuzzFrameRecord(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, rest, err := DecodeFrameRecord(b)
		if err == nil && !bytes.Equal(append(r.Append(nil), rest...), b) {
			t.Fatalf("taken %x, written %x", b[:len(b)-len(rest)], r.Append(nil))
		}
	})
}
