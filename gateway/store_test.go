package gateway

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
)

var update = flag.Bool("update", false, "write the recorded store anew")

var testID = identity{"test.corridor", "MERIDEF0AXXX"}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newKey is a signing key of the test's terminal.
func newKey(t testing.TB) *pki.MemberSigningKey {
	t.Helper()
	now := time.Now().Add(-time.Minute)
	a, err := pki.CreateAuthority("test.corridor", time.Hour, now, rand.Reader)
	noError(t, err)
	i, err := a.IssueMember([]corridor.LT{testID.lt}, 50*time.Minute, now, rand.Reader)
	noError(t, err)
	return i.MemberKey(0)
}

func newStore(t testing.TB, dir string) *store {
	t.Helper()
	s, err := openStore(dir, testID, newKey(t), 2)
	noError(t, err)
	t.Cleanup(func() {
		select {
		case <-s.quit:
		default:
			s.close()
		}
	})
	return s
}

// message is one to be kept; the payload is not read by the store.
func message(reference, label string) outgoing {
	payload := []byte("payload of " + reference)
	return outgoing{payload: payload, label: label, extension: ".fin", submission: entry.Submission{Network: testID.network, Sender: testID.lt, Receiver: "CEDRFRP0XXXX",
		Type: "fin.103", Priority: corridor.Normal, Reference: corridor.Reference(reference), Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: 1}}
}

func (s *store) keepAll(messages ...outgoing) error {
	return s.do(context.Background(), func(tx *tx) error {
		for i := range messages {
			if err := tx.add(s, &messages[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func received(n corridor.OSN, reference string) inRow {
	return inRow{number: n, digest: corridor.DigestOf([]byte(reference)), statement: []byte{1}, payload: []byte(reference), typ: "fin.103", sender: "CEDRFRP0AXXX",
		reference: corridor.Reference(reference), priority: corridor.Urgent, name: reference + ".fin", receipt: []byte("receipt")}
}

func (s *store) receiveOne(m inRow) (fresh bool, err error) {
	err = s.do(context.Background(), func(tx *tx) (err error) {
		fresh, err = tx.receive(s, &m)
		return err
	})
	return fresh, err
}

func TestNumbersAndFramesGoOnAfterAnOpen(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir)
	noError(t, s.keepAll(message("A", ""), message("B", ""), message("C", "")))
	s.close()
	s = newStore(t, dir)
	noError(t, s.keepAll(message("D", "")))
	frames, err := s.openFrames(context.Background(), 0)
	noError(t, err)
	var got []int
	next := corridor.ISN(1)
	for _, f := range frames {
		got = append(got, f.count)
		if f.first != next {
			t.Errorf("a frame begins at %d, want %d", f.first, next)
		}
		next = f.end()
		signed := entry.AppendSigned(nil, entry.DomainSubmission, f.count, treeOf(f.statements).Root())
		c, err := x509.ParseCertificate(f.certificate)
		noError(t, err)
		if !pki.Verify(c.PublicKey.(ed25519.PublicKey), signed, f.signature) {
			t.Errorf("the signature of frame %d does not fit its certificate", f.first)
		}
	}
	if len(got) != 3 || got[0] != 2 || got[1] != 1 || got[2] != 1 {
		t.Errorf("frames of %v messages, want 2 1 1", got)
	}
}

// TestOneBadRequestHarmsNoOther: requests that share a transaction with one that fails are kept.
func TestOneBadRequestHarmsNoOther(t *testing.T) {
	s := newStore(t, t.TempDir())
	bad := errors.New("bad")
	var mu sync.Mutex
	var results []error
	batch := make([]*job, 5)
	for i := range batch {
		m := message(string(rune('A'+i)), "")
		batch[i] = &job{func(tx *tx) error {
			m := m
			if i == 2 {
				return bad
			}
			return tx.add(s, &m)
		}, func(err error) {
			mu.Lock()
			results = append(results, err)
			mu.Unlock()
		}}
	}
	s.commit(batch)
	for i, err := range results {
		if (i == 2) != errors.Is(err, bad) || i != 2 && err != nil {
			t.Errorf("request %d: %v", i, err)
		}
	}
	p, err := s.position(context.Background())
	noError(t, err)
	if p.lastSent != 4 || p.lastAnswered != 0 {
		t.Errorf("position %+v, want four numbers without a gap", p)
	}
}

func TestRepeatIsDroppedAndOtherContentIsAnError(t *testing.T) {
	s := newStore(t, t.TempDir())
	for i, c := range []struct {
		m     inRow
		fresh bool
	}{{received(1, "A"), true}, {received(1, "A"), false}, {received(2, "B"), true}, {received(1, "A"), false}} {
		if fresh, err := s.receiveOne(c.m); err != nil || fresh != c.fresh {
			t.Errorf("%d: fresh %v, %v", i, fresh, err)
		}
	}
	_, err := s.receiveOne(received(2, "OTHER"))
	var other errOtherContent
	if !errors.As(err, &other) || needsPerson(err) == nil {
		t.Errorf("number 2 with other content: %v", err)
	}
}

// TestFullDiskLosesNoNumber: while the disk is full nothing is kept and the error says so; when there is room it goes on with
// the next number.
func TestFullDiskLosesNoNumber(t *testing.T) {
	s := newStore(t, t.TempDir())
	noError(t, s.keepAll(message("A", "")))
	pages := func(most string) {
		t.Helper()
		_, err := s.db.Exec("PRAGMA max_page_count = " + most)
		noError(t, err)
	}
	pages("1")
	big := message("B", "")
	big.payload = make([]byte, 100_000)
	if err := s.keepAll(big); err == nil || !strings.Contains(err.Error(), "make room on its disk") {
		t.Fatalf("full disk: %v", err)
	}
	pages("1000000")
	noError(t, s.keepAll(big))
	p, err := s.position(context.Background())
	noError(t, err)
	if p.lastSent != 2 {
		t.Errorf("last number %d, want 2", p.lastSent)
	}
}

func TestLabelsAreUnique(t *testing.T) {
	s := newStore(t, t.TempDir())
	noError(t, s.keepAll(message("A", "pay"), message("B", "pay"), message("C", "")))
	rows, err := s.sent(context.Background(), selectSent+"ORDER BY number")
	noError(t, err)
	for i, want := range []string{"pay", "pay.000000002", "000000003"} {
		if rows[i].label != want {
			t.Errorf("label %q, want %q", rows[i].label, want)
		}
	}
}

func TestStoreOfAnotherIsRefused(t *testing.T) {
	dir := t.TempDir()
	newStore(t, dir).close()
	_, err := openStore(dir, identity{"other.corridor", testID.lt}, newKey(t), 2)
	if err == nil || !strings.Contains(err.Error(), "belongs to MERIDEF0AXXX in network test.corridor") {
		t.Errorf("got %v", err)
	}
}

func TestStoreOfALaterVersionIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir)
	_, err := s.db.Exec("PRAGMA user_version = 99")
	noError(t, err)
	s.close()
	if _, err := openStore(dir, testID, newKey(t), 2); err == nil || !strings.Contains(err.Error(), "use the program that wrote it or a later one") {
		t.Errorf("got %v", err)
	}
}

// TestRecordedStoreOpens: a store that an earlier program wrote opens, with all that is in it. Rewrite the newest with -update only when
// it was never released.
func TestRecordedStoreOpens(t *testing.T) {
	newest := filepath.Join("testdata", "store-v3.db")
	if *update {
		record(t, newest)
	}
	for _, recorded := range []string{filepath.Join("testdata", "store-v1.db"), filepath.Join("testdata", "store-v2.db"), newest} {
		t.Run(filepath.Base(recorded), func(t *testing.T) { opensRecorded(t, recorded) })
	}
}

func opensRecorded(t *testing.T, recorded string) {
	dir := t.TempDir()
	b, err := os.ReadFile(recorded)
	noError(t, err)
	noError(t, os.WriteFile(storeFile(dir, testID.lt), b, 0o600))
	s := newStore(t, dir)
	p, err := s.position(context.Background())
	noError(t, err)
	if p.lastSent != 3 || p.lastAnswered != 1 || p.lastStored != 2 || string(p.checkpoint) != "a note" {
		t.Errorf("position %+v", p)
	}
	frames, err := s.openFrames(context.Background(), 0)
	noError(t, err)
	if len(frames) != 2 || frames[0].count != 2 || len(frames[0].certificate) == 0 {
		t.Errorf("open frames %+v", frames)
	}
	rows, err := s.unfiled(context.Background(), 10)
	noError(t, err)
	if len(rows) != 1 || rows[0].fault.Code != "H50" || rows[0].at != (corridor.Position{Page: 7, Index: 3}) || string(rows[0].receipt) != "receipt" {
		t.Errorf("unfiled %+v", rows)
	}
	in, err := s.unrouted(context.Background(), 10)
	noError(t, err)
	if len(in) != 1 || in[0].number != 2 || in[0].reference != "IN2" || in[0].priority != corridor.Urgent || in[0].state != routing {
		t.Errorf("unrouted %+v", in)
	}
}

// record writes the recorded store.
func record(t *testing.T, path string) {
	dir := t.TempDir()
	s := newStore(t, dir)
	noError(t, s.keepAll(message("OUT1", "one"), message("OUT2", "two"), message("OUT3", "three")))
	noError(t, s.do(context.Background(), func(tx *tx) error {
		_, err := tx.answered(s, &answer{number: 1, session: 4, at: corridor.Position{Page: 7, Index: 3}, answered: 5, fault: &corridor.Fault{Code: "H50"}, receipt: []byte("receipt")})
		return errors.Join(err, tx.seen([]byte("a note")))
	}))
	for i, ref := range []string{"IN1", "IN2"} {
		_, err := s.receiveOne(received(corridor.OSN(i+1), ref))
		noError(t, err)
	}
	noError(t, s.do(context.Background(), func(tx *tx) error {
		return errors.Join(tx.route([]inRow{received(1, "IN1")}, routed), tx.route([]inRow{received(2, "IN2")}, routing))
	}))
	_, err := s.db.Exec("VACUUM INTO ?", filepath.Join(dir, "copy.db"))
	noError(t, err)
	b, err := os.ReadFile(filepath.Join(dir, "copy.db"))
	noError(t, err)
	noError(t, os.MkdirAll("testdata", 0o755))
	noError(t, os.WriteFile(path, b, 0o644))
}
