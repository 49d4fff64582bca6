package hub_test

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
)

// BenchmarkWaiting fills the hub with b.N messages for a receiver that is absent, through a real client in frames of 256, and reports the
// memory of the process and how long a restart on that journal takes. See docs/testing.md:
//
//	go test ./hub -run xx -bench Waiting -benchtime 1000000x
func BenchmarkWaiting(b *testing.B) {
	n := newNetwork(b, meridian, cedar)
	a := n.banks[0]
	check(b, a.dial())
	to := make([]corridor.LT, corridor.MaxFrameItems)
	for i := range to {
		to[i] = cedar
	}
	total := (b.N + len(to) - 1) / len(to) * len(to)
	answered := make(chan int)
	go func() {
		for range total {
			<-a.answers
		}
		close(answered)
	}()
	text := strings.Repeat("x", 300)
	for range total / len(to) {
		check(b, a.client.Submit(context.Background(), [][]byte{a.frame(nil, text, to...)}))
	}
	<-answered
	b.StopTimer()
	check(b, a.client.Logout(context.Background()))
	filled := resident()
	n.stop()
	n.hub, n.journal, a.client = nil, nil, nil
	debug.FreeOSMemory()
	n.banks = nil // who is admitted stands in the journal
	began := time.Now()
	n.start()
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "restart-ms")
	peak := residentNow()
	b.ReportMetric(filled, "filled-MiB")
	b.ReportMetric(peak, "restarted-peak-MiB")
	b.ReportMetric(resident(), "restarted-MiB")
	if s := status(b, n); s.Waiting != total {
		b.Fatalf("%d messages wait, want %d", s.Waiting, total)
	}
}

// resident is the memory that the process holds once nothing is in flight, in MiB.
func resident() float64 {
	debug.FreeOSMemory()
	return residentNow()
}

func residentNow() float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0 // not Linux
	}
	kib := 0.0
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kib); err == nil {
			break
		}
	}
	return kib / 1024
}
