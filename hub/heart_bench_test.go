package hub

import (
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/journal"
)

// busyHeart has sender and receiver logged in, or the sender only.
func busyHeart(receiver bool) (h *Heart, from SessionRef) {
	now := time.Now().UnixNano()
	h = startedHeart(now)
	lts := testLTs()
	for _, lt := range []corridor.LT{lts[0], lts[2]} {
		if receiver || lt == lts[0] {
			h.Login(now, Login{Ticket: 1, LT: lt, Signing: testKey(lt), Window: corridor.MaxWindow, Delivery: true, LastSent: 1 << 40})
		}
	}
	h.Seal(noSignature)
	return h, SessionRef{lts[0], h.state.terminals[lts[0]].session}
}

// nextFrame is a full frame of messages of 1 KB.
func nextFrame(h *Heart, s SessionRef, text string) *Frame {
	all := make([]Submission, corridor.MaxFrameItems)
	for i := range all {
		all[i] = message(s.LT, "CEDRFRP0XXXX", h.state.terminals[s.LT].isn+corridor.ISN(i)+1, corridor.Normal, corridor.MonitorNothing, text)
	}
	return frameOf(testKey(s.LT), all)
}

const kilobyte = 1024

// BenchmarkDecide is what one message of 1 KB costs the heart's goroutine from the checked frame to the sealed page, without a receiver.
func BenchmarkDecide(b *testing.B) {
	h, s := busyHeart(false)
	b.ReportAllocs()
	for n := 0; n < b.N; {
		b.StopTimer()
		f := nextFrame(h, s, strings.Repeat("x", kilobyte))
		b.StartTimer()
		h.Submit(h.now, s, f)
		n += len(f.Submissions)
		if h.Full() {
			h.Seal(noSignature)
		}
	}
}

// BenchmarkConfirm is the same with a receiver: assignment and acknowledgement are in it.
func BenchmarkConfirm(b *testing.B) {
	h, s := busyHeart(true)
	to := testLTs()[2]
	receiver := SessionRef{to, h.state.terminals[to].session}
	b.ReportAllocs()
	for n := 0; n < b.N; {
		b.StopTimer()
		f := nextFrame(h, s, strings.Repeat("x", kilobyte))
		b.StartTimer()
		h.Submit(h.now, s, f)
		_, out := h.Seal(noSignature)
		b.StopTimer()
		var all []entry.Acknowledgement
		for _, d := range h.state.terminals[to].pending {
			all = append(all, entry.Acknowledgement{Network: testNetwork, Receiver: to, Number: d.osn, Message: d.what.leaf, ReceivedAt: 1})
		}
		acks := ackFrameOf(testKey(to), all)
		b.StartTimer()
		h.Acknowledge(h.now, receiver, acks)
		if n += len(f.Submissions); len(out) != 2 || len(all) != len(f.Submissions) {
			b.Fatalf("%d outcomes, %d messages out", len(out), len(all))
		}
	}
}

// BenchmarkReplay is what a restart costs for each message in the pages it reads back, without the reading.
func BenchmarkReplay(b *testing.B) {
	h, s := busyHeart(false)
	first := h.Next()
	base := h.Snapshot()
	var pages []*journal.Page
	messages := 0
	for range 64 {
		h.Submit(h.now, s, nextFrame(h, s, "m"))
		p, _ := h.Seal(noSignature)
		pages, messages = append(pages, p), messages+corridor.MaxFrameItems
	}
	b.ReportAllocs()
	for n := 0; n < b.N; n += messages {
		b.StopTimer()
		r := NewHeart(testNetwork, "CRDRXXX0AXXX")
		must(r.Restore(base))
		if r.Next() != first {
			b.Fatal("the snapshot is not that of the first page")
		}
		b.StartTimer()
		for _, p := range pages {
			all, err := p.All()
			must(err)
			must(r.Replay(&p.Header, p.Hash(), all))
		}
	}
}

// BenchmarkSnapshot writes and reads the state with a million messages waiting.
func BenchmarkSnapshot(b *testing.B) {
	h, _ := busyHeart(false)
	d := h.state.destinations["CEDRFRP0"]
	for i := range 1_000_000 {
		d.queue.push(corridor.Normal, waiting{at: corridor.Position{Page: uint64(i / 400), Index: uint32(i % 400)}, leaf: corridor.DigestOf([]byte{byte(i)})})
	}
	var s []byte
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			s = h.Snapshot()
		}
		b.ReportMetric(float64(len(s)), "bytes")
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			must(NewHeart(testNetwork, "CRDRXXX0AXXX").Restore(s))
		}
	})
}
