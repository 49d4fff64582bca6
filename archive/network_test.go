package archive

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/internal/pgtest"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
)

// testStart is a Monday; tests read no clock.
var testStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// network writes a journal as a hub does: pages, sealed and in order.
type network struct {
	t    testing.TB
	j    *journal.Journal
	key  *pki.HubSigningKey
	head journal.Head
	at   time.Time
	b    *journal.Builder
	isn  map[corridor.LT]corridor.ISN
	osn  map[corridor.LT]corridor.OSN
}

type constantRandom struct{}

func (constantRandom) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 7
	}
	return len(b), nil
}

func newNetwork(t testing.TB, url string) *network {
	t.Helper()
	a, err := pki.CreateAuthority("lab.corridor", 10*365*24*time.Hour, testStart, constantRandom{})
	if err != nil {
		t.Fatal(err)
	}
	hub, err := a.IssueHub([]string{"localhost"}, 365*24*time.Hour, testStart, constantRandom{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), url, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	n := &network{t: t, j: j, key: hub.HubKey(), at: testStart, b: &journal.Builder{}, isn: map[corridor.LT]corridor.ISN{}, osn: map[corridor.LT]corridor.OSN{}}
	n.b.Add(&entry.TermStarted{Term: 1, Network: "lab.corridor", Certificate: n.key.Certificate().DER}, nil)
	n.page()
	return n
}

// page makes what was added durable, at the network's time.
func (n *network) page() {
	n.t.Helper()
	h := evidence.Header{Network: "lab.corridor", Number: n.head.Pages, Previous: n.head.Hash, Time: n.at.UnixNano(), Term: 1}
	p := n.b.Seal(h, n.key.Sign)
	if err := n.j.Append(context.Background(), p); err != nil {
		n.t.Fatal(err)
	}
	n.head = journal.Head{Pages: h.Number + 1, Number: h.Number, Hash: p.Hash()}
	n.b = journal.NewBuilder(n.b)
}

// next is the position of the next entry.
func (n *network) next() corridor.Position {
	return corridor.Position{Page: n.head.Pages, Index: uint32(n.b.Len())}
}

func (n *network) add(e entry.Entry, payload []byte) corridor.Position {
	at := n.next()
	n.b.Add(e, payload)
	return at
}

// statement is what the sender signs.
func (n *network) statement(from, to corridor.BIC, t corridor.MessageType, payload []byte) ([]byte, *entry.Submission) {
	lt := corridor.LTOf(from, 'A')
	n.isn[lt]++
	s := &entry.Submission{Network: "lab.corridor", Sender: lt, Receiver: corridor.LTOf(to, 'X'), Number: n.isn[lt], Type: t, Priority: corridor.Normal,
		Reference: corridor.Reference(fmt.Sprintf("REF%08d", n.isn[lt])), Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: uint64(n.at.UnixMilli())}
	return s.Append(nil), s
}

// send accepts a message.
func (n *network) send(from, to corridor.BIC, t corridor.MessageType, payload []byte) corridor.Position {
	statement, _ := n.statement(from, to, t, payload)
	return n.add(&entry.Accepted{Session: 7, Statement: statement}, payload)
}

func (n *network) refuse(from, to corridor.BIC, t corridor.MessageType, payload []byte, code string) corridor.Position {
	statement, _ := n.statement(from, to, t, payload)
	return n.add(&entry.Refused{Session: 7, Statement: statement, Fault: corridor.Fault{Code: code, Text: "no"}}, payload)
}

// assign gives messages out to a member's terminal.
func (n *network) assign(to corridor.BIC, all ...corridor.Position) corridor.OSN {
	lt := corridor.LTOf(to, 'A')
	first := n.osn[lt] + 1
	n.osn[lt] += corridor.OSN(len(all))
	n.add(&entry.Assigned{LT: lt, Session: 3, First: first, Messages: all}, nil)
	return first
}

func (n *network) acknowledge(by corridor.BIC, osn corridor.OSN, code string) {
	a := entry.Acknowledgement{Network: "lab.corridor", Receiver: corridor.LTOf(by, 'A'), Number: osn, Message: corridor.DigestOf([]byte("m")),
		Refused: code != "", Code: code, ReceivedAt: uint64(n.at.UnixMilli())}
	n.add(&entry.Acknowledged{Statement: a.Append(nil)}, nil)
}

// deliver sends, gives out and acknowledges.
func (n *network) deliver(from, to corridor.BIC, t corridor.MessageType, payload []byte) corridor.Position {
	at := n.send(from, to, t, payload)
	n.acknowledge(to, n.assign(to, at), "")
	return at
}

// payment is an MT 103 with an amount as FIN writes it, and more fields.
func payment(from, to corridor.BIC, amount string, fields ...string) []byte {
	b := "{1:F01" + string(corridor.LTOf(from, 'A')) + "0001000001}{2:I103" + string(corridor.LTOf(to, 'X')) + "N}{4:\r\n:20:PAY1\r\n:23B:CRED\r\n:32A:260302" + amount + "\r\n:50K:/1\r\nALPHA\r\n"
	for _, f := range fields {
		b += f + "\r\n"
	}
	return []byte(b + ":59:/2\r\nBETA\r\n:71A:SHA\r\n-}")
}

// engines runs a test on both databases.
func engines(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "archive.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, pgtest.Start(t).URL()) })
}

func openArchive(t testing.TB, url string, o Options) *Archive {
	t.Helper()
	a, err := Open(context.Background(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func catchUp(t testing.TB, a *Archive, n *network) {
	t.Helper()
	if err := a.CatchUp(context.Background(), n.j); err != nil {
		t.Fatal(err)
	}
}

// upTo reads the journal to a page.
func upTo(j *journal.Journal, last uint64) func(context.Context, uint64) iter.Seq2[*journal.Page, error] {
	return func(ctx context.Context, first uint64) iter.Seq2[*journal.Page, error] {
		return j.Scan(ctx, first, last, journal.Whole)
	}
}
