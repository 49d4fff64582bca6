package journal

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSQLiteLogStaysSmall: under load, and with a reader that is slow, the write-ahead log is begun anew, and no append waits long for that.
func TestSQLiteLogStaysSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, l := fill(t, path, 3)
	j.engine.(*sqliteEngine).restart = 1 << 20
	slow := make(chan struct{})
	defer close(slow)
	go func() {
		for range j.Scan(t.Context(), 0, ToEnd, Whole) {
			<-slow
		}
	}()
	const total = 10 * checkpointBytes
	largest := int64(0)
	for written := 0; written < total; {
		p := l.page(60, 10_000)
		written += len(p.Bodies)
		begin := time.Now()
		appendPage(t, j, p)
		if took := time.Since(begin); took > busyTimeout/2 {
			t.Errorf("an append took %v", took)
		}
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, info.Size())
	}
	if largest > total/2 {
		t.Errorf("the write-ahead log has grown to %d bytes while %d were written", largest, total)
	}
}
