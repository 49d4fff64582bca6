package hub

import (
	"bytes"
	"encoding/hex"
	goflag "flag"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

var update = goflag.Bool("update", false, "write testdata anew")

// sampleHeart has something in every list that a snapshot writes.
func sampleHeart() *Heart {
	digest := func(s string) corridor.Digest { return corridor.DigestOf([]byte(s)) }
	at := func(page uint64, i uint32) corridor.Position { return corridor.Position{Page: page, Index: i} }
	h := NewHeart(testNetwork, "CRDRXXX0AXXX")
	h.next, h.previous = 300, digest("page 299")
	s := h.state
	s.network, s.term, s.time, s.originated, s.waiting, s.accepted, s.refused, s.delivered = testNetwork, 3, 1_800_000_000_000_000_000, 7, 4, 500, 6, 490
	s.leaders = []leader{{1, 1_700_000_000_000_000_000, []byte("certificate")}}
	s.keys[digest("revoked before it was known")] = &key{lt: "MERIDEF0AXXX", revoked: true}
	d := &destination{bic: "MERIDEF0"}
	s.destinations[d.bic] = d
	a := &terminal{lt: "MERIDEF0AXXX", to: d, session: 9, isn: 2, osn: 12, live: &live{digest("transport"), digest("signing"), 1024, true}}
	a.answers.add(1, answered{digest("one"), at(10, 0)})
	a.answers.add(2, answered{digest("two"), at(10, 1)})
	a.pending = []delivery{{11, waiting{at(20, 5), digest("eleven"), a, 1, false}, corridor.Urgent, false, true}, {12, waiting{at(20, 6), digest("twelve"), a, 0, false}, corridor.Normal, true, false}}
	a.open = 1
	d.terminals, d.serving = []*terminal{a}, a
	s.terminals[a.lt] = a
	d.queue.push(corridor.System, waiting{at(30, 0), digest("system"), nil, 0, false})
	d.queue.push(corridor.Normal, waiting{at(30, 70000), digest("normal"), a, 0, true})
	d.retries = []retry{{1_800_000_060_000_000_000, corridor.Normal, waiting{at(4, 4), digest("again"), a, 2, false}}}
	s.watches.add(&watch{at(30, 70000), "261124MERIDEF0AXXX0009000002", 1_800_000_000_000_000_000, 1_800_006_000_000_000_000, "MERIDEF0AXXX", "CEDRFRP0XXXX", "REF", corridor.Normal, corridor.MonitorBoth, false})
	s.aborting[at(2, 2)] = reasonAttempts
	a.keys, a.generation, d.fence, s.lastFence, s.failed = [2]corridor.Digest{digest("transport"), digest("signing")}, 1, at(29, 0), at(29, 0), 2
	d.closing = &closing{order: "ORD-1", fence: at(29, 0), instant: 1_800_000_000_000_000_000, returned: []corridor.Position{at(30, 1)}, doubt: []corridor.Position{at(20, 5)}}
	s.held[at(28, 3)] = &heldMessage{waiting{at(28, 3), digest("held"), a, 0, false}, corridor.Normal, d}
	return h
}

// TestSnapshotGolden: tomorrow's program must still read what today's has written.
func TestSnapshotGolden(t *testing.T) {
	got := sampleHeart().Snapshot()
	const path = "testdata/snapshot.hex"
	if *update {
		if err := os.WriteFile(path, []byte(hex.EncodeToString(got)+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("the form of a snapshot changed: give it a new snapshotVersion, then write it with -update (%v)", err)
	}
	h := NewHeart(testNetwork, "CRDRXXX0AXXX")
	if err := h.Restore(want); err != nil || !bytes.Equal(h.Snapshot(), want) {
		t.Fatalf("read and written again it differs: %v", err)
	}
	for n := range want {
		if NewHeart(testNetwork, "CRDRXXX0AXXX").Restore(want[:n]) == nil {
			t.Fatalf("%d of %d bytes were taken for a snapshot", n, len(want))
		}
	}
}

// FuzzRestore: whatever stands in a snapshot, reading it neither stops the program nor claims memory beyond its own size.
func FuzzRestore(f *testing.F) {
	golden := sampleHeart().Snapshot()
	f.Add(golden)
	f.Add(golden[:len(golden)/2])
	f.Add([]byte{snapshotVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		h := NewHeart(testNetwork, "CRDRXXX0AXXX")
		err := h.Restore(b)
		runtime.ReadMemStats(&after)
		if claimed := after.TotalAlloc - before.TotalAlloc; claimed > 1<<20+256*uint64(len(b)) {
			t.Fatalf("%d bytes of snapshot claimed %d bytes of memory", len(b), claimed)
		}
		if err == nil {
			h.Snapshot()
		}
	})
}

// FuzzCheck: whatever a member sends, the check neither stops nor lets it pass without a signature, and what it has read is something
// that the heart can decide on.
func FuzzCheck(f *testing.F) {
	ref := SessionRef{LT: testLTs()[0], Session: 1}
	m := message(ref.LT, "CEDRFRP0AXXX", 1, corridor.Normal, corridor.MonitorNothing, "m")
	good := entry.Frame{Signer: testKey(ref.LT), Signature: noSignature(nil), Items: []entry.Item{{Statement: m.Statement, Payload: m.Payload}}}
	f.Add(good.Append(nil), false)
	f.Add(good.Append(nil), true)
	a := entry.Acknowledgement{Network: testNetwork, Receiver: ref.LT, Number: 1, Message: corridor.DigestOf([]byte("m"))}
	acks := entry.Frame{Signer: testKey(ref.LT), Signature: noSignature(nil), Items: []entry.Item{{Statement: a.Append(nil)}}}
	f.Add(acks.Append(nil), true)
	f.Add([]byte(nil), false)
	c := NewChecker(testNetwork, HeaderStandards, func() time.Time { return time.Unix(1_800_000_000, 0) })
	must(c.Admit(ref.LT, testKeys()[0]))
	f.Fuzz(func(t *testing.T, raw []byte, acknowledgements bool) {
		if signed := withKnownSigner(raw); signed != nil {
			raw = signed
		}
		got := c.Check(ref, raw, acknowledgements)
		if got.Fault == nil {
			t.Fatal("a frame without a good signature passed")
		}
		if got.Fault.Code != corridor.FaultSignature {
			return
		}
		h := startedHeart(1)
		h.Login(1, Login{Ticket: 1, LT: ref.LT, Signing: testKey(ref.LT), Window: 1, Delivery: true, LastSent: 1 << 40})
		got.Fault = nil // as if it were signed
		if acknowledgements {
			h.Acknowledge(2, ref, got)
		} else {
			h.Submit(2, ref, got)
		}
		h.Seal(noSignature)
	})
}

// withKnownSigner is the frame with a signer who is known, since a fuzzer does not find one; nil if it is no frame.
func withKnownSigner(raw []byte) []byte {
	f, err := entry.DecodeFrame(raw)
	if err != nil {
		return nil
	}
	f.Signer = testKey(testLTs()[0])
	return f.Append(nil)
}
