package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/internal/pgtest"
	"golang.org/x/mod/sumdb/tlog"
)

// promises is what both engines must keep; each is called with the URL of an empty journal.
var promises = []struct {
	name string
	test func(t *testing.T, url string)
}{
	{"what is appended is read as it was", testAppendRead},
	{"only the page after the head is taken", testOrder},
	{"of two leaders one learns that it lost", testTwoLeaders},
	{"a leader that was overtaken is fenced", testOvertaken},
	{"a cancelled append is told as it ended", testCancelled},
	{"followers see pages as they become durable", testFollow},
	{"a scan reads what was asked for", testScan},
	{"snapshots are whole or not there", testSnapshots},
	{"the log of checkpoints is that of the pages", testLog},
	{"a prune keeps the chain", testPrune},
	{"a check names the first bad page", testDamage},
	{"a read refuses damage", testDamagedRead},
	{"an export is checked and imported", testExport},
	{"a lease has one holder", testLease},
	{"what is opened to read does not write", testReadOnly},
	{"a newer form is refused", testNewer},
}

func TestSQLite(t *testing.T) {
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) { p.test(t, filepath.Join(t.TempDir(), "journal.db")) })
	}
}

func TestPostgres(t *testing.T) {
	s := pgtest.Start(t)
	for i, p := range promises {
		schema := fmt.Sprintf("journal%d", i)
		if i == 0 {
			schema = "full" // a word of SQL
		}
		t.Run(p.name, func(t *testing.T) { p.test(t, s.URL()+"&search_path="+schema) })
	}
}

func testAppendRead(t *testing.T, url string) {
	ctx := context.Background()
	j := open(t, url, Options{})
	l := newLeader(t)
	if h, err := j.Head(ctx); err != nil || h != (Head{}) {
		t.Fatalf("head of an empty journal: %+v, %v", h, err)
	}
	var pages []*Page
	for i := range 20 {
		p := l.start
		if i > 0 {
			p = func() *Page { return l.page(1+i*7, 100) }
		}
		page := p()
		appendPage(t, j, page)
		pages = append(pages, page)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(ctx, l.page(1, 1)); err == nil {
		t.Fatal("a closed journal takes pages")
	}
	l.head = Head{20, 19, pages[19].Hash()}
	j = open(t, url, Options{})
	if h, err := j.Head(ctx); err != nil || h != l.head {
		t.Fatalf("head %+v, %v, want %+v", h, err, l.head)
	}
	for _, p := range pages {
		got, err := j.Read(ctx, p.Header.Number)
		if err != nil {
			t.Fatal(err)
		}
		samePage(t, got, p)
	}
	if _, err := j.Read(ctx, 20); !errors.Is(err, ErrNoPage) {
		t.Fatalf("read of a page that is not there: %v", err)
	}
	if d, err := j.Durability(ctx); err != nil || d == "" {
		t.Fatalf("durability %q, %v", d, err)
	}
}

func samePage(t *testing.T, got, want *Page) {
	t.Helper()
	if got.Header != want.Header || !bytes.Equal(got.Stored, want.Stored) || !bytes.Equal(got.Signature, want.Signature) ||
		!bytes.Equal(got.Entries, want.Entries) || !bytes.Equal(got.Bodies, want.Bodies) {
		t.Fatalf("page %d is not as it was written", want.Header.Number)
	}
	for i := range want.Header.Entries {
		a, err := got.Payload(i)
		b, errWant := want.Payload(i)
		if !bytes.Equal(a, b) || (err == nil) != (errWant == nil) {
			t.Fatalf("payload %d of page %d: %v, %v", i, want.Header.Number, err, errWant)
		}
	}
}

func testOrder(t *testing.T, url string) {
	ctx := context.Background()
	j, l := fill(t, url, 3)
	before := *l
	p := l.page(1, 10)
	skipped := l.page(1, 10)
	if err := j.Append(ctx, skipped); !errors.Is(err, ErrOrder) {
		t.Fatalf("a page too many: %v", err)
	}
	other := before
	other.head.Hash[0] ^= 1
	if err := j.Append(ctx, other.page(1, 10)); !errors.Is(err, ErrOrder) {
		t.Fatalf("a page with another history: %v", err)
	}
	torn := &Page{Header: p.Header, Stored: bytes.Clone(p.Stored), Signature: p.Signature, Entries: p.Entries, Bodies: p.Bodies}
	torn.Stored[20] ^= 1
	if err := j.Append(ctx, torn); !errors.Is(err, ErrOrder) {
		t.Fatalf("a page whose stored header is not its header: %v", err)
	}
	for range 2 { // the second time it is there already
		appendPage(t, j, p)
	}
	appendPage(t, j, skipped)
}

func testTwoLeaders(t *testing.T, url string) {
	ctx := context.Background()
	a, l := fill(t, url, 1)
	b := open(t, url, Options{})
	for round := range 25 {
		la, lb := *l, *l
		lb.at = lb.at.Add(time.Microsecond) // another page of the same number
		pages := [2]*Page{la.page(1, 300), lb.page(1, 300)}
		var errs [2]error
		var both sync.WaitGroup
		for i, j := range [2]*Journal{a, b} {
			both.Go(func() { errs[i] = j.Append(ctx, pages[i]) })
		}
		both.Wait()
		winner := 0
		if errs[0] != nil {
			winner = 1
		}
		if errs[winner] != nil || !errors.Is(errs[1-winner], ErrFenced) {
			t.Fatalf("round %d: %v, %v: one must win and the other be fenced", round, errs[0], errs[1])
		}
		got, err := a.Read(ctx, pages[winner].Header.Number)
		if err != nil {
			t.Fatal(err)
		}
		samePage(t, got, pages[winner])
		*l = [2]leader{la, lb}[winner]
	}
}

func testOvertaken(t *testing.T, url string) {
	ctx := context.Background()
	a, l := fill(t, url, 2)
	b := open(t, url, Options{})
	old := *l
	for range 3 {
		appendPage(t, b, l.page(1, 10))
	}
	if err := a.Append(ctx, old.page(2, 10)); !errors.Is(err, ErrFenced) {
		t.Fatalf("a page whose number is written: %v", err)
	}
	appendPage(t, a, l.page(1, 10)) // a stand-by that has followed takes the lead
}

func testCancelled(t *testing.T, url string) {
	j, l := fill(t, url, 1)
	told := map[bool]int{}
	for i := range 60 {
		before := *l
		p := l.page(20, 2000)
		patience := time.Duration(i) * 40 * time.Microsecond
		if i%10 == 9 {
			patience = time.Minute
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		err := j.Append(ctx, p)
		cancel()
		got, readErr := j.Read(context.Background(), p.Header.Number)
		switch {
		case err == nil && (readErr != nil || got.Hash() != p.Hash()):
			t.Fatalf("round %d: told that it is written, and it is not: %v", i, readErr)
		case err != nil && !errors.Is(readErr, ErrNoPage):
			t.Fatalf("round %d: told %v, and it is written", i, err)
		case err != nil:
			*l = before
		}
		told[err == nil]++
	}
	if told[true] == 0 || told[false] == 0 {
		t.Fatalf("the test shows nothing: %v", told)
	}
}

func testFollow(t *testing.T, url string) {
	j, l := fill(t, url, 3)
	other := open(t, url, Options{ReadOnly: true})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	const pages = 30
	var all sync.WaitGroup
	for _, follower := range []*Journal{j, other} {
		all.Go(func() {
			next := uint64(1)
			for p, err := range follower.Follow(ctx, next, EntriesOnly) {
				if err != nil || p.Header.Number != next {
					t.Errorf("follower at page %d: %v", next, err)
					return
				}
				if next++; next == pages {
					return
				}
			}
		})
	}
	for l.head.Pages < pages {
		appendPage(t, j, l.page(2, 50))
	}
	all.Wait()
	cancel()
	for _, err := range j.Follow(ctx, pages, Whole) {
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("the end of a follower: %v", err)
		}
	}
}

func testScan(t *testing.T, url string) {
	ctx := context.Background()
	j, _ := fill(t, url, scanRows+10) // more than one query
	for _, c := range []struct {
		parts       Parts
		first, last uint64
		want        int
	}{{Whole, 0, ToEnd, scanRows + 10}, {EntriesOnly, 5, scanRows + 2, scanRows - 2}, {HeadersOnly, 3, 3, 1}, {Whole, 100000, ToEnd, 0}, {Whole, 5, 4, 0}} {
		n := 0
		for p, err := range j.Scan(ctx, c.first, c.last, c.parts) {
			if err != nil {
				t.Fatal(err)
			}
			if p.Header.Number != c.first+uint64(n) || (len(p.Entries) > 0) != (c.parts != HeadersOnly) || (len(p.Bodies) > 0) != (c.parts == Whole) {
				t.Fatalf("scan %+v yields page %d with %d bytes of entries and %d of bodies", c, p.Header.Number, len(p.Entries), len(p.Bodies))
			}
			n++
		}
		if n != c.want {
			t.Fatalf("scan %+v yields %d pages", c, n)
		}
	}
}

func testSnapshots(t *testing.T, url string) {
	ctx := context.Background()
	j, l := fill(t, url, 1)
	if _, ok, err := j.LatestSnapshot(ctx); ok || err != nil {
		t.Fatalf("a snapshot where there is none: %v, %v", ok, err)
	}
	var want []Snapshot
	for i := range snapshotsKept + 2 {
		appendPage(t, j, l.page(1, 10))
		s := Snapshot{Page: l.head.Number, Hash: l.head.Hash, Oldest: 1, State: bytes.Repeat([]byte{byte(i)}, i*snapshotPart/2)}
		if err := j.SaveSnapshot(ctx, s); err != nil {
			t.Fatal(err)
		}
		want = append(want, s)
		got, ok, err := j.LatestSnapshot(ctx)
		if err != nil || !ok || !sameSnapshot(got, s) {
			t.Fatalf("snapshot of page %d: %v, %v", s.Page, ok, err)
		}
	}
	if all, err := j.seals(ctx); err != nil || len(all) != snapshotsKept {
		t.Fatalf("%d snapshots are kept, %v", len(all), err)
	}
	bad := want[len(want)-1]
	bad.Hash[3] ^= 1
	if err := j.SaveSnapshot(ctx, bad); !errors.Is(err, ErrOrder) {
		t.Fatalf("a snapshot of another journal: %v", err)
	}
	raw(t, j, "DELETE FROM snapshot_part WHERE page = $1 AND part = 1", int64(bad.Page))
	got, ok, err := j.LatestSnapshot(ctx)
	if err != nil || !ok || !sameSnapshot(got, want[len(want)-2]) {
		t.Fatalf("the newest snapshot is torn, the one before is not taken: %v, %v", ok, err)
	}
}

func sameSnapshot(a, b Snapshot) bool {
	return a.Page == b.Page && a.Hash == b.Hash && a.Oldest == b.Oldest && bytes.Equal(a.State, b.State)
}

func testLog(t *testing.T, url string) {
	ctx := context.Background()
	j, l := fill(t, url, 1)
	log := &evidence.Log{}
	log.Add(l.head.Hash)
	roots := map[uint64]corridor.Digest{1: log.Root()}
	for range 20 {
		p := l.page(1, 5)
		appendPage(t, j, p)
		log.Add(p.Hash())
		roots[log.Size()] = log.Root()
		root, err := tlog.TreeHash(int64(log.Size()), j.Hashes(ctx))
		if err != nil || corridor.Digest(root) != log.Root() {
			t.Fatalf("root of %d pages: %v", log.Size(), err)
		}
	}
	for old := range log.Size() {
		proof, err := evidence.ProveConsistency(old+1, log.Size(), j.Hashes(ctx))
		if err != nil {
			t.Fatal(err)
		}
		older, newer := evidence.Checkpoint{Network: testNetwork, Size: old + 1, Root: roots[old+1]}, log.Checkpoint(testNetwork)
		if err := evidence.CheckConsistency(older, newer, proof); err != nil {
			t.Fatalf("%d pages are not the beginning of %d: %v", old+1, log.Size(), err)
		}
	}
}

func testPrune(t *testing.T, url string) {
	ctx := context.Background()
	j, l := fill(t, url, 5)
	appendPage(t, j, l.start())
	for range 30 {
		appendPage(t, j, l.page(2, 50))
	}
	if err := j.Prune(ctx, 1, nil); err == nil {
		t.Fatal("pruned without a snapshot")
	}
	if err := j.SaveSnapshot(ctx, Snapshot{Page: 30, Hash: hashOf(t, j, 30), Oldest: 25, State: []byte("state")}); err != nil {
		t.Fatal(err)
	}
	if err := j.Prune(ctx, 26, nil); err == nil {
		t.Fatal("pruned what the snapshot still needs")
	}
	for _, before := range []uint64{3, 20, 25, 10} {
		if err := j.Prune(ctx, before, nil); err != nil {
			t.Fatal(err)
		}
	}
	r, err := j.Check(ctx, CheckOptions{HubKey: l.hubKey})
	if err != nil || r.Pages != 36 || r.Pruned != 25 || r.Terms != 2 || r.Snapshots != 1 {
		t.Fatalf("check of a pruned journal: %+v, %v", r, err)
	}
	for number, want := range map[uint64]bool{0: true, 1: false, 5: true, 24: false, 25: true} {
		p, err := j.Read(ctx, number)
		if err != nil || (len(p.Entries) > 0) != want || p.Pruned() != (number < 25) {
			t.Fatalf("page %d after the prune: %v", number, err)
		}
	}
	appendPage(t, j, l.page(1, 1))
	var file bytes.Buffer
	if _, err := j.Export(ctx, 2, 30, &file); err != nil {
		t.Fatal(err)
	}
	if _, err := CheckExport(&file, CheckOptions{HubKey: l.hubKey}); err != nil {
		t.Fatalf("export of a pruned journal: %v", err)
	}
}

func hashOf(t *testing.T, j *Journal, number uint64) corridor.Digest {
	t.Helper()
	p, err := j.Read(context.Background(), number)
	if err != nil {
		t.Fatal(err)
	}
	return p.Hash()
}

func testExport(t *testing.T, url string) {
	ctx := context.Background()
	j, l := fill(t, url, 6)
	appendPage(t, j, l.start())
	appendPage(t, j, l.page(3, 10))
	for _, c := range []struct{ first, last, pages uint64 }{{0, ToEnd, 8}, {3, 7, 5}, {6, 6, 1}, {7, 7, 1}} {
		var file bytes.Buffer
		if n, err := j.Export(ctx, c.first, c.last, &file); err != nil || n != c.pages {
			t.Fatalf("export %+v: %d pages, %v", c, n, err)
		}
		r, err := CheckExport(bytes.NewReader(file.Bytes()), CheckOptions{HubKey: l.hubKey})
		if err != nil || r.First != c.first || r.Pages != c.pages {
			t.Fatalf("check of the export %+v: %+v, %v", c, r, err)
		}
	}
	if _, err := j.Export(ctx, 8, 9, &bytes.Buffer{}); !errors.Is(err, ErrNoPage) {
		t.Fatalf("export of nothing: %v", err)
	}
	var file bytes.Buffer
	if _, err := j.Export(ctx, 0, ToEnd, &file); err != nil {
		t.Fatal(err)
	}
	restored := open(t, filepath.Join(t.TempDir(), "restored.db"), Options{})
	for range 2 { // the second time all is there already
		if n, err := restored.Import(ctx, bytes.NewReader(file.Bytes())); err != nil || n != 8 {
			t.Fatalf("import: %d pages, %v", n, err)
		}
	}
	if r, err := restored.Check(ctx, CheckOptions{HubKey: l.hubKey}); err != nil || r.Head != l.head.Hash {
		t.Fatalf("the restored journal: %v", err)
	}
}

func testLease(t *testing.T, url string) {
	ctx := context.Background()
	a := open(t, url, Options{})
	b := open(t, url, Options{})
	take := func(j *Journal, holder string, at time.Duration, want string) {
		t.Helper()
		got, err := j.TakeLease(ctx, holder, testStart.Add(at), 3*time.Second)
		if err != nil || got.Holder != want {
			t.Fatalf("%s at %v: lease of %q, %v", holder, at, got.Holder, err)
		}
	}
	take(a, "hub a", 0, "hub a")
	take(b, "hub b", 2*time.Second, "hub a")
	take(a, "hub a", 2*time.Second, "hub a")
	take(b, "hub b", 4*time.Second, "hub a")
	take(b, "hub b", 5*time.Second, "hub b")
	if err := a.GiveUpLease(ctx, "hub a"); err != nil {
		t.Fatal(err)
	}
	take(a, "hub a", 6*time.Second, "hub b")
	if err := b.GiveUpLease(ctx, "hub b"); err != nil {
		t.Fatal(err)
	}
	take(a, "hub a", 6*time.Second, "hub a")
}

func testReadOnly(t *testing.T, url string) {
	ctx := context.Background()
	if _, err := Open(ctx, url, Options{ReadOnly: true}); !errors.Is(err, ErrNoJournal) {
		t.Fatalf("open of nothing: %v", err)
	}
	_, l := fill(t, url, 2)
	j := open(t, url, Options{ReadOnly: true})
	_, lease := j.TakeLease(ctx, "x", testStart, time.Second)
	for what, err := range map[string]error{
		"append": j.Append(ctx, l.page(1, 1)), "prune": j.Prune(ctx, 1, nil), "snapshot": j.SaveSnapshot(ctx, Snapshot{}),
		"lease": lease, "give up": j.GiveUpLease(ctx, "x"),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := j.Read(ctx, 1); err != nil {
		t.Fatal(err)
	}
}

func testNewer(t *testing.T, url string) {
	j, _ := fill(t, url, 1)
	if IsPostgres(url) {
		raw(t, j, "UPDATE facts SET version = 2")
	} else {
		raw(t, j, "PRAGMA user_version = 2")
	}
	j.Close()
	if _, err := Open(context.Background(), url, Options{}); err == nil {
		t.Fatal("a journal of a newer version was opened")
	}
}

// raw changes the database behind the journal's back.
func raw(t *testing.T, j *Journal, query string, args ...any) {
	t.Helper()
	ctx := context.Background()
	if err := j.engine.change(ctx, func(tx execer) error {
		_, err := tx.exec(ctx, query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
