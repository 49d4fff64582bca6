package archive

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"corridor.example/corridor"
)

// BenchmarkFollow is how fast an archive on SQLite takes in a journal of delivered MT 103: one operation is one message.
func BenchmarkFollow(b *testing.B) {
	n := newNetwork(b, filepath.Join(b.TempDir(), "journal.db"))
	const each, members = 300, 40
	bics := make([]corridor.BIC, members)
	for i := range bics {
		bics[i] = corridor.BIC(fmt.Sprintf("BANK%c%cXX", 'A'+i%26, 'A'+i/26))
	}
	count := max(b.N, 2000)
	for sent := 0; sent < count; sent += each {
		n.at = n.at.Add(10 * time.Millisecond)
		for i := range each {
			from, to := bics[(sent+i)%members], bics[(sent+i*7+1)%members]
			n.deliver(from, to, "fin.103", payment(from, to, "EUR1350,25", ":52A:ORCABRSP", ":70:/INV/2026-4711"))
		}
		n.page()
	}
	a := openArchive(b, filepath.Join(b.TempDir(), "archive.db"), Options{})
	b.ResetTimer()
	if err := a.CatchUp(b.Context(), n.j); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(count)/b.Elapsed().Seconds(), "messages/s")
}
