package main

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
)

// recordedNetwork is a journal of three pages with one delivered and one refused message, and a checkpoint after each page.
type recordedNetwork struct {
	t       *testing.T
	dir     string
	hub     *pki.HubSigningKey
	members *pki.Issued
	journal *journal.Journal
	clock   time.Time
	log     evidence.Log
	before  corridor.Digest
}

func (n *recordedNetwork) file(name string) string { return filepath.Join(n.dir, name) }

func recordNetwork(t *testing.T) *recordedNetwork {
	t.Helper()
	n := &recordedNetwork{t: t, dir: t.TempDir(), clock: time.Now().Add(-time.Minute)}
	a, err := pki.CreateAuthority("lab.corridor", time.Hour, n.clock, rand.Reader)
	noError(t, err)
	noError(t, os.WriteFile(n.file("network.pem"), a.Root().PEM(), 0o644))
	h, err := a.IssueHub(nil, time.Hour, n.clock, rand.Reader)
	noError(t, err)
	n.hub = h.HubKey()
	n.members, err = a.IssueMember([]corridor.LT{"MERIDEFFAXXX", "TAMAJPJTAXXX"}, time.Hour, n.clock, rand.Reader)
	noError(t, err)
	n.journal, err = journal.Open(context.Background(), n.file("journal.db"), journal.Options{})
	noError(t, err)
	n.record()
	noError(t, n.journal.Close())
	return n
}

func (n *recordedNetwork) record() {
	n.page("first.note", func(b *journal.Builder) {
		b.Add(&entry.TermStarted{Term: 1, Network: "lab.corridor", Certificate: n.hub.Certificate().DER}, nil)
		for i, s := range n.members.Signing {
			b.Add(&entry.MemberAdmitted{LT: n.members.MemberKey(i).Certificate().LT, Certificate: s.Certificate.DER}, nil)
		}
	})
	text := []byte("a message")
	var statements [][]byte
	for number := range corridor.ISN(2) {
		s := entry.Submission{Network: "lab.corridor", Sender: "MERIDEFFAXXX", Receiver: "TAMAJPJTXXXX", Number: number + 1, Type: "fin.199", Priority: corridor.Normal,
			Payload: corridor.DigestOf(text), PayloadSize: uint64(len(text)), SignedAt: uint64(n.clock.UnixMilli())}
		statements = append(statements, s.Append(nil))
	}
	n.page("second.note", func(b *journal.Builder) {
		b.AddFrame(n.frame(0, entry.DomainSubmission, statements...))
		b.Add(&entry.Accepted{Index: 0, Session: 1, Statement: statements[0]}, text)
		b.Add(&entry.Refused{Index: 1, Session: 1, Statement: statements[1], Fault: corridor.Fault{Code: "T27"}}, text)
	})
	ack := entry.Acknowledgement{Network: "lab.corridor", Receiver: "TAMAJPJTAXXX", Number: 1, Message: entry.LeafHash(statements[0]), ReceivedAt: uint64(n.clock.UnixMilli())}
	n.page("third.note", func(b *journal.Builder) {
		b.AddFrame(n.frame(1, entry.DomainAcknowledgement, ack.Append(nil)))
		b.Add(&entry.Acknowledged{Statement: ack.Append(nil)}, nil)
	})
}

func (n *recordedNetwork) frame(member int, d entry.Domain, statements ...[]byte) entry.FrameRecord {
	leaves := make([]corridor.Digest, len(statements))
	for i, s := range statements {
		leaves[i] = entry.LeafHash(s)
	}
	key := n.members.MemberKey(member)
	return entry.FrameRecord{Domain: d, Signer: key.Certificate().ID, Signature: key.Sign(entry.AppendSigned(nil, d, len(leaves), evidence.RootOf(leaves))), Leaves: leaves}
}

func (n *recordedNetwork) page(note string, fill func(*journal.Builder)) {
	n.t.Helper()
	b := journal.NewBuilder(nil)
	fill(b)
	n.clock = n.clock.Add(time.Second)
	p := b.Seal(evidence.Header{Network: "lab.corridor", Number: n.log.Size(), Previous: n.before, Time: n.clock.UnixNano(), Term: 1}, n.hub.Sign)
	noError(n.t, n.journal.Append(context.Background(), p))
	n.before = p.Hash()
	n.log.Add(n.before)
	signed, err := evidence.SignCheckpoint(n.log.Checkpoint("lab.corridor"), n.hub)
	noError(n.t, err)
	noError(n.t, os.WriteFile(n.file(note), signed, 0o600))
}

// Any message's receipt can be made anew from the journal, with the delivery if there was one.
func TestJournalReceipt(t *testing.T) {
	n := recordNetwork(t)
	receipt := func(at, file string, more ...string) []string {
		return append([]string{"journal", "receipt", "--journal", n.file("journal.db"), "--root", n.file("network.pem"), at, n.file(file)}, more...)
	}
	for _, c := range []struct {
		at, want string
		more     []string
	}{
		{"1/0", "VERIFIED: delivered", nil},
		{"1/0", "The message at hand is that message", []string{"--original"}},
		{"1/1", "VERIFIED: refused", nil},
	} {
		file := strings.ReplaceAll(c.at, "/", "-") + strings.Join(c.more, "")
		mustRun(t, receipt(c.at, file, c.more...)...)
		if out := mustRun(t, "verify", "--root", n.file("network.pem"), n.file(file)); !strings.Contains(out, c.want) {
			t.Errorf("%s: no %q in\n%s", c.at, c.want, out)
		}
	}
	wantRefusal(t, 3, "not about a message", receipt("0/1", "new")...)
	wantRefusal(t, 3, "there is none at 7", receipt("1/7", "new")...)
	wantRefusal(t, 3, "page 9", receipt("9/0", "new")...)
	wantRefusal(t, 2, "name an entry", receipt("1", "new")...)
	wantRefusal(t, 3, "file exists", receipt("1/0", "1-0")...)
}

// Two checkpoints are proven to be of one history, and anyone checks that without the journal.
func TestJournalProve(t *testing.T) {
	n, other := recordNetwork(t), recordNetwork(t)
	prove := func(older, newer, file string) []string {
		return []string{"journal", "prove", "--journal", n.file("journal.db"), "--root", n.file("network.pem"), older, newer, n.file(file)}
	}
	mustRun(t, prove(n.file("first.note"), n.file("third.note"), "proof")...)
	if out := mustRun(t, "verify", "--root", n.file("network.pem"), "--checkpoint", n.file("first.note"), n.file("third.note"), n.file("proof")); !strings.Contains(out, "with 1 pages is the beginning of the one with 3 pages") {
		t.Error(out)
	}
	wantRefusal(t, 1, "one history", "verify", "--root", n.file("network.pem"), "--checkpoint", n.file("second.note"), n.file("third.note"), n.file("proof"))
	wantRefusal(t, 1, "no hub of this journal", prove(other.file("first.note"), n.file("third.note"), "new")...)
}
