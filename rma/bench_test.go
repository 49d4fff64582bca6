package rma

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"corridor.example/corridor"
)

const (
	benchAll     = 1_000_000
	benchMembers = 20_000
)

func benchBIC(i int) corridor.BIC {
	letters := "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return corridor.BIC([]byte{'Q', letters[i/17576%26], letters[i/676%26], letters[i/26%26], 'D', 'E', letters[i%26], 'X'})
}

// million is a state with a million enabled authorisations among 20,000 institutions.
func million(b *testing.B) (*State, [][2]corridor.BIC) {
	s, err := New(DefaultRules())
	if err != nil {
		b.Fatal(err)
	}
	lists := []Permission{{Mode: All}, {Include, []string{"fin.1", "fin.2", "fin.300"}}, {Exclude, []string{"fin.5"}}}
	pairs := make([][2]corridor.BIC, 0, benchAll)
	for i := range benchAll {
		issuer, correspondent := benchBIC(i%benchMembers), benchBIC((i%benchMembers+i/benchMembers*37+1)%benchMembers)
		r := s.add(Key{issuer, correspondent, FIN})
		r.issue = issue{permission: s.permissionIndex(lists[i%3])}
		r.taken, r.stage = r.issue, enabled
		pairs = append(pairs, [2]corridor.BIC{correspondent, issuer})
	}
	return s, pairs
}

func BenchmarkMay(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s, pairs := million(b)
	runtime.GC()
	runtime.ReadMemStats(&after)
	perRow := float64(after.HeapAlloc-before.HeapAlloc)/benchAll - 32 // the pairs of this benchmark
	var text strings.Builder                                          // the asked ones side by side, as in messages that were just read
	for range 1 << 16 {
		p := pairs[rand.IntN(len(pairs))]
		text.WriteString(string(p[0] + p[1]))
	}
	ask := func(i int, t corridor.MessageType) {
		at := 16 * (i % (1 << 16))
		s.May(corridor.BIC(text.String()[at:at+8]), corridor.BIC(text.String()[at+8:at+16]), t, 5)
	}
	for _, t := range []corridor.MessageType{"fin.103", "fin.541", "fin.940"} {
		b.Run(fmt.Sprint(t), func(b *testing.B) {
			b.ReportAllocs()
			b.ReportMetric(perRow, "B/authorisation")
			for i := range b.N {
				ask(i, t)
			}
		})
	}
	b.Run("missing", func(b *testing.B) {
		for i := range b.N {
			ask(i, "pacs.008.001.08")
		}
	})
	b.Run("readmitted", func(b *testing.B) {
		for i := range b.N {
			s.Readmitted(benchBIC(i%benchMembers), corridor.Position{}, 1)
		}
	})
	b.Run("snapshot", func(b *testing.B) {
		for range b.N {
			b.SetBytes(int64(len(s.AppendSnapshot(nil))))
		}
	})
	b.Run("read-snapshot", func(b *testing.B) {
		x := s.AppendSnapshot(nil)
		for range b.N {
			if _, _, err := ReadSnapshot(x, DefaultRules()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
