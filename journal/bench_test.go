package journal

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The sizes of BenchmarkAppend: a page that is full under load, and one at a low rate.
var benchSizes = []struct {
	name     string
	messages int
}{{"full", 600}, {"small", 8}}

func BenchmarkAppend(b *testing.B) {
	for _, s := range benchSizes {
		b.Run("sqlite/"+s.name, func(b *testing.B) { benchAppend(b, filepath.Join(b.TempDir(), "journal.db"), s.messages) })
	}
}

// benchAppend times the append alone, and reports messages, bytes and percentiles.
func benchAppend(b *testing.B, url string, messages int) {
	ctx := context.Background()
	j, l := fill(b, url, 1)
	durability, err := j.Durability(ctx)
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	var total time.Duration
	size := 0
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		p := l.page(messages, 600)
		size = len(p.Entries) + len(p.Bodies)
		b.StartTimer()
		start := time.Now()
		if err := j.Append(ctx, p); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		total += took[len(took)-1]
	}
	slices.Sort(took)
	b.ReportMetric(float64(b.N*messages)/total.Seconds(), "msg/s")
	b.ReportMetric(float64(b.N)*float64(size)/1e6/total.Seconds(), "MB/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.Logf("%s, pages of %d bytes", durability, size)
}
