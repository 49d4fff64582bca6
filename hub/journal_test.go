package hub_test

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/journal"
)

// faulty is a real journal that fails on command.
type faulty struct {
	hub.Journal
	mu       sync.Mutex
	before   error             // Append fails and has written nothing
	after    error             // Append fails and has written the page
	gate     chan struct{}     // Append waits until it is closed
	snapshot *journal.Snapshot // given instead of the real ones
	scanned  atomic.Uint64     // first page of the newest scan
}

func (f *faulty) set(before, after error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.after = before, after
}

// hold makes Append wait until release is called.
func (f *faulty) hold() (release func()) {
	gate := make(chan struct{})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gate = gate
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.gate = nil
		close(gate)
	}
}

func (f *faulty) Append(ctx context.Context, p *journal.Page) error {
	f.mu.Lock()
	before, after, gate := f.before, f.after, f.gate
	f.mu.Unlock()
	if gate != nil {
		<-gate
	}
	if before != nil {
		return before
	}
	if err := f.Journal.Append(ctx, p); err != nil {
		return err
	}
	return after
}

func (f *faulty) LatestSnapshot(ctx context.Context) (journal.Snapshot, bool, error) {
	if f.snapshot != nil {
		return *f.snapshot, true, nil
	}
	return f.Journal.LatestSnapshot(ctx)
}

func (f *faulty) Scan(ctx context.Context, first, last uint64, parts journal.Parts) iter.Seq2[*journal.Page, error] {
	f.scanned.Store(first)
	return f.Journal.Scan(ctx, first, last, parts)
}

func newFaultyNetwork(t testing.TB, lts ...corridor.LT) (*network, *faulty) {
	t.Helper()
	n, f := prepare(t, lts...), &faulty{}
	n.wrap = func(j hub.Journal) hub.Journal {
		f.Journal = j
		return f
	}
	n.start()
	return n, f
}

// TestFullDisk: nothing is answered, all sessions end with SA102, and when there is room again the service goes on by itself; what was
// submitted is submitted again and arrives once. after is the disk that fails when the page is already on it.
func TestFullDisk(t *testing.T) {
	full := syscall.ENOSPC
	for name, fail := range map[string]func(*faulty){
		"before the page is written": func(f *faulty) { f.set(full, nil) },
		"after the page is written":  func(f *faulty) { f.set(nil, full) },
	} {
		t.Run(name, func(t *testing.T) {
			n, f := newFaultyNetwork(t, meridian, cedar)
			a, b := n.banks[0], n.banks[1]
			check(t, a.dial())
			check(t, b.dial())
			fail(f)
			frame := a.frame(nil, "once", cedar)
			check(t, a.client.Submit(context.Background(), [][]byte{frame}))
			for _, x := range n.banks {
				if got := next(t, x.farewell, "farewell"); got == nil || got.Code != corridor.FaultJournal {
					t.Fatalf("farewell of %s: %v", x.lt, got)
				}
			}
			none(t, a.answers, "an answer that is not durable")
			if err := a.dial(); err == nil {
				t.Fatal("a login while the journal cannot be written")
			}
			f.set(nil, nil)
			n.ready()
			check(t, b.dial())
			check(t, a.dial())
			check(t, a.client.Submit(context.Background(), [][]byte{frame}))
			if got := next(t, a.answers, "answer"); !got.Accepted() || got.Number != 1 {
				t.Fatalf("answer %+v", got)
			}
			if d := next(t, b.deliveries, "delivery"); string(d.Payload) != "once 0" {
				t.Fatalf("delivery %+v", d)
			}
			none(t, b.deliveries, "a second delivery")
		})
	}
}

// TestAdmissionIsDurableWhenItIsSaid: what Admit and Revoke return is true after the next failure too.
func TestAdmissionIsDurableWhenItIsSaid(t *testing.T) {
	n, f := newFaultyNetwork(t, meridian)
	other := newBank(n, cedar)
	f.set(syscall.ENOSPC, nil)
	if _, err := n.hub.Admit(context.Background(), other.signer.Certificate().DER); err == nil {
		t.Fatal("Admit returned although its page was not written")
	}
	f.set(nil, nil)
	n.ready()
	_, err := n.hub.Admit(context.Background(), other.signer.Certificate().DER)
	check(t, err)
	check(t, other.dial())
}

// TestSecondLeader: two hubs on one journal. The first finds out with its next page, tells its members, and ends.
func TestSecondLeader(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a := n.banks[0]
	check(t, a.dial())
	j, err := journal.Open(t.Context(), filepath.Join(n.dir, "journal.db"), journal.Options{})
	check(t, err)
	defer j.Close()
	second := hub.New(hub.Config{Network: "test.corridor", Own: "CRDRXXX0AXXX", Root: n.authority.Root(), Key: n.issued.HubKey(), Journal: j, Clock: n.clock.now})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- second.Run(ctx) }()
	defer func() {
		cancel()
		check(t, <-ended)
	}()
	until(t, "the second hub leads", second.Ready)
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "too late", cedar)}))
	if got := next(t, a.farewell, "farewell"); got == nil || got.Code != corridor.FaultLeader {
		t.Fatalf("farewell %v", got)
	}
	none(t, a.answers, "an answer of a hub that does not lead")
	err = next(t, n.ended, "end of the first hub")
	if !errors.Is(err, journal.ErrFenced) {
		t.Fatalf("the first hub ended with %v", err)
	}
	if s, err := second.Status(context.Background()); err != nil || s.Accepted != 0 || s.Term != 2 {
		t.Fatalf("the second hub: %+v, %v", s, err)
	}
	n.ended <- nil // for stop
}

// TestRestartFromASnapshot: a restart reads the newest snapshot and the pages after it; a snapshot that is not what it should be
// costs time and changes nothing.
func TestRestartFromASnapshot(t *testing.T) {
	n, f := newFaultyNetwork(t, meridian, cedar)
	a := n.banks[0]
	check(t, a.dial())
	send := func() {
		t.Helper()
		check(t, a.client.Submit(context.Background(), [][]byte{a.frame(func(s *entry.Submission) { s.Monitoring = corridor.MonitorBoth }, "m", cedar, tamarind)}))
		next(t, a.answers, "answer")
		next(t, a.answers, "answer")
	}
	send()
	send()
	good := snapshotOf(t, n)
	check(t, n.journal.SaveSnapshot(context.Background(), good))
	newer := good
	newer.Page, newer.Hash = good.Page+1000, corridor.DigestOf([]byte("another page"))
	garbage := good
	garbage.State = append([]byte(nil), good.State[:len(good.State)/2]...)
	send()
	want := status(t, n)
	for _, s := range []struct {
		name  string
		gives *journal.Snapshot
		first uint64 // page from which the journal must be read
	}{
		{"the stored one", nil, good.Page + 1},
		{"half of it", &garbage, 0},
		{"one that says it is of another page", &newer, 0},
	} {
		n.stop()
		f.snapshot = s.gives
		n.start()
		if got := f.scanned.Load(); got != s.first {
			t.Errorf("%s: read from page %d, want %d", s.name, got, s.first)
		}
		got := status(t, n)
		if got.Accepted != want.Accepted || got.Refused != want.Refused || got.Waiting != want.Waiting || got.Terminals[1].ISN != want.Terminals[1].ISN {
			t.Errorf("%s: %+v, want %+v", s.name, got, want)
		}
	}
	b := n.banks[1]
	check(t, b.dial())
	for range 3 {
		if d := next(t, b.deliveries, "delivery"); string(d.Payload) != "m 0" {
			t.Fatalf("delivery %s", d.Payload)
		}
	}
}

func status(t testing.TB, n *network) hub.Status {
	t.Helper()
	s, err := n.hub.Status(context.Background())
	check(t, err)
	return s
}

// TestSnapshotOfAPageThatIsGone: the newest pages were lost with a disk, the snapshot was not.
func TestSnapshotOfAPageThatIsGone(t *testing.T) {
	n, f := newFaultyNetwork(t, meridian, cedar)
	a := n.banks[0]
	check(t, a.dial())
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "m", cedar)}))
	next(t, a.answers, "answer")
	s := snapshotOf(t, n)
	check(t, n.journal.SaveSnapshot(context.Background(), s))
	n.stop()
	db, err := sql.Open("sqlite", filepath.Join(n.dir, "journal.db"))
	check(t, err)
	_, err = db.Exec("DELETE FROM page WHERE number >= $1", int64(s.Page))
	check(t, errors.Join(err, db.Close()))
	n.start()
	if got := f.scanned.Load(); got != 0 {
		t.Fatalf("read from page %d: the snapshot was used", got)
	}
	if err := a.dial(); err == nil || !strings.Contains(err.Error(), corridor.FaultISNAhead) {
		t.Fatalf("login of a member that has an answer which the journal lost: %v", err)
	}
}

// snapshotOf makes the snapshot that a hub would make now, from the journal alone.
func snapshotOf(t testing.TB, n *network) journal.Snapshot {
	t.Helper()
	h := hub.NewHeart("test.corridor", "CRDRXXX0AXXX")
	var hash corridor.Digest
	for p, err := range n.journal.Scan(context.Background(), 0, journal.ToEnd, journal.EntriesOnly) {
		check(t, err)
		all, err := p.All()
		check(t, err)
		check(t, h.Replay(&p.Header, p.Hash(), all))
		hash = p.Hash()
	}
	return journal.Snapshot{Page: h.Next() - 1, Hash: hash, Oldest: h.Oldest(), State: h.Snapshot()}
}

// TestClockThatGoesBack: the times of pages never do.
func TestClockThatGoesBack(t *testing.T) {
	n := newNetwork(t, meridian, cedar)
	a := n.banks[0]
	check(t, a.dial())
	for range 3 {
		check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "m", cedar)}))
		if got := next(t, a.answers, "answer"); !got.Accepted() {
			t.Fatalf("answer %+v", got)
		}
		n.clock.advance(-3 * time.Minute)
	}
	n.clock.advance(9 * time.Minute)
	n.stop()
	n.start()
	last, pages := int64(0), 0
	for p, err := range n.journal.Scan(context.Background(), 0, journal.ToEnd, journal.EntriesOnly) {
		check(t, err)
		if p.Header.Time < last {
			t.Errorf("page %d is %v before the one before it", p.Header.Number, time.Duration(last-p.Header.Time))
		}
		last, pages = p.Header.Time, pages+1
	}
	if pages < 5 {
		t.Errorf("only %d pages", pages)
	}
}
