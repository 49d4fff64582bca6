package journal

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"corridor.example/corridor/internal/pgtest"
)

// The sizes of BenchmarkAppend: a page that is full under load, and one at a low rate.
var benchSizes = []struct {
	name     string
	messages int
}{{"full", 600}, {"small", 8}}

// benchURLs are the engines: SQLite, PostgreSQL alone, and PostgreSQL with a synchronous stand-by on the same machine.
func benchURLs(b *testing.B, run func(b *testing.B, url string)) {
	b.Run("sqlite", func(b *testing.B) { run(b, filepath.Join(b.TempDir(), "journal.db")) })
	b.Run("postgres", func(b *testing.B) { run(b, pgtest.Start(b, "shared_buffers=256MB", "max_wal_size=4GB").URL()) })
	b.Run("standby", func(b *testing.B) {
		primary := pgtest.Start(b, "shared_buffers=256MB", "max_wal_size=4GB")
		primary.Standby()
		run(b, primary.URL())
	})
}

func BenchmarkAppend(b *testing.B) {
	benchURLs(b, func(b *testing.B, url string) {
		for _, s := range benchSizes {
			own := url
			if IsPostgres(url) {
				own += "&search_path=" + s.name // a word that SQL has, too
			}
			b.Run(s.name, func(b *testing.B) { benchAppend(b, own, s.messages) })
		}
	})
}

// BenchmarkReplay reads what a restart reads: the entries of full pages, without frames and payloads.
func BenchmarkReplay(b *testing.B) {
	const pages, messages = 100, 600
	benchURLs(b, func(b *testing.B, url string) {
		j, l := fill(b, url, 1)
		for range pages {
			appendPage(b, j, l.page(messages, 600))
		}
		for b.Loop() {
			for p, err := range j.Scan(context.Background(), 1, ToEnd, EntriesOnly) {
				if err != nil {
					b.Fatal(err)
				}
				if _, err := p.All(); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.N*pages*messages)/b.Elapsed().Seconds(), "msg/s")
	})
}

// benchAppend times the append alone, and reports messages, bytes and percentiles.
func benchAppend(b *testing.B, url string, messages int) {
	ctx := context.Background()
	j := open(b, url, Options{})
	l := newLeader(b)
	head, err := j.Head(ctx) // b.Run calls again with more rounds
	if err != nil {
		b.Fatal(err)
	}
	if l.head, l.term = head, 1; head.Pages == 0 {
		l.term = 0
		appendPage(b, j, l.start())
	}
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
