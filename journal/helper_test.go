package journal

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/pki"
)

const testNetwork corridor.Network = "lab.corridor"

// testStart is the time of a test's first page: tests read no clock.
var testStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// leader is a hub as the journal sees it: it seals pages, one after the other.
type leader struct {
	authority *pki.Authority
	key       *pki.HubSigningKey
	head      Head
	term      uint64
	at        time.Time
	messages  uint64
}

func newLeader(t testing.TB) *leader {
	t.Helper()
	a, err := pki.CreateAuthority(testNetwork, 10*365*24*time.Hour, testStart, constantRandom{})
	if err != nil {
		t.Fatal(err)
	}
	hub, err := a.IssueHub([]string{"localhost"}, 365*24*time.Hour, testStart, constantRandom{})
	if err != nil {
		t.Fatal(err)
	}
	return &leader{authority: a, key: hub.HubKey(), term: 0, at: testStart}
}

// constantRandom makes the keys of tests the same each time, so that stored bytes can be golden.
type constantRandom struct{}

func (constantRandom) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 7
	}
	return len(b), nil
}

// start seals the first page of a term.
func (l *leader) start() *Page {
	l.term++
	b := &Builder{}
	b.Add(&entry.TermStarted{Term: l.term, Network: testNetwork, Certificate: l.key.Certificate().DER}, nil)
	return l.seal(b)
}

// page seals a page of some messages with payloads of a size, in frames of up to 32.
func (l *leader) page(messages, size int) *Page {
	b := &Builder{}
	const frame = 32
	for first := 0; first < messages; first += frame {
		n := min(frame, messages-first)
		record := entry.FrameRecord{Domain: entry.DomainSubmission, Signer: pki.KeyID([]byte("key")), Signature: make([]byte, corridor.SignatureSize)}
		at := b.AddFrame(record)
		for i := range n {
			statement, payload := l.submission(size)
			b.frames[at].Leaves = append(b.frames[at].Leaves, entry.LeafHash(statement))
			b.Add(&entry.Accepted{Frame: at, Index: uint32(i), Session: 1, Statement: statement}, payload)
		}
	}
	return l.seal(b)
}

func (l *leader) submission(size int) (statement, payload []byte) {
	l.messages++
	payload = bytes.Repeat([]byte{byte('A' + l.messages%26)}, size)
	s := entry.Submission{
		Network: testNetwork, Sender: "MERIDEFFAXXX", Receiver: "CEDRFRPPXXXX", Number: corridor.ISN(l.messages), Type: "fin.103", Priority: corridor.Normal,
		Reference: corridor.Reference(fmt.Sprintf("REF%010d", l.messages)), UETR: "c8b66b47-2bd9-48fe-be90-93c2096f27d2",
		Payload: corridor.DigestOf(payload), PayloadSize: uint64(size), SignedAt: uint64(l.at.UnixMilli()),
	}
	return s.Append(nil), payload
}

func (l *leader) seal(b *Builder) *Page {
	l.at = l.at.Add(time.Millisecond)
	h := evidence.Header{Network: testNetwork, Number: l.head.Pages, Previous: l.head.Hash, Time: l.at.UnixNano(), Term: l.term}
	p := b.Seal(h, l.key.Sign)
	l.head = Head{h.Number + 1, h.Number, p.Hash()}
	return p
}

// hubKey is the check of a hub's certificate against the root.
func (l *leader) hubKey(der []byte, at time.Time) (ed25519.PublicKey, error) {
	c, err := l.authority.Root().Hub(der, at)
	if err != nil {
		return nil, err
	}
	return c.Public, nil
}

// fill opens a journal and appends the first page of a term and then some small ones.
func fill(t testing.TB, url string, pages int) (*Journal, *leader) {
	t.Helper()
	j := open(t, url, Options{})
	l := newLeader(t)
	appendPage(t, j, l.start())
	for range pages - 1 {
		appendPage(t, j, l.page(3, 200))
	}
	return j, l
}

func open(t testing.TB, url string, o Options) *Journal {
	t.Helper()
	j, err := Open(context.Background(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func appendPage(t testing.TB, j *Journal, p *Page) {
	t.Helper()
	if err := j.Append(context.Background(), p); err != nil {
		t.Fatalf("append page %d: %v", p.Header.Number, err)
	}
}
