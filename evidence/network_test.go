package evidence

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
)

var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const message = "{1:F01MERIDEFFAXXX0000000000}{2:I199TAMAJPJTXXXXN}{4:\r\n:20:REF1\r\n:79:HELLO\r\n-}"

// dice is a random source that always gives the same: golden bytes need keys that stay.
type dice struct{ n uint64 }

func (d *dice) Read(b []byte) (int, error) {
	for i := 0; i < len(b); i += sha256.Size {
		d.n++
		block := sha256.Sum256(binary.BigEndian.AppendUint64(nil, d.n))
		copy(b[i:], block[:])
	}
	return len(b), nil
}

// network is a network in a test: its authority, its hub, two members, and the pages so far.
type network struct {
	t        testing.TB
	root     *pki.Root
	hub      *pki.HubSigningKey
	sender   *pki.MemberSigningKey
	receiver *pki.MemberSigningKey
	log      Log
	rows     [][]corridor.Digest
	previous corridor.Digest
	clock    time.Time
}

func newNetwork(t testing.TB, name corridor.Network) *network {
	t.Helper()
	source := &dice{}
	a, err := pki.CreateAuthority(name, pki.DefaultRootValidity, day, source)
	if err != nil {
		t.Fatal(err)
	}
	h, err := a.IssueHub(nil, pki.DefaultHubValidity, day, source)
	if err != nil {
		t.Fatal(err)
	}
	m, err := a.IssueMember([]corridor.LT{"MERIDEFFAXXX", "TAMAJPJTAXXX"}, pki.DefaultMemberValidity, day, source)
	if err != nil {
		t.Fatal(err)
	}
	return &network{t: t, root: a.Root(), hub: h.HubKey(), sender: m.MemberKey(0), receiver: m.MemberKey(1), clock: day.Add(time.Hour)}
}

func (n *network) submission(number corridor.ISN) entry.Submission {
	return entry.Submission{
		Network: n.root.Network(), Sender: "MERIDEFFAXXX", Receiver: "TAMAJPJTXXXX", Number: number, Type: "fin.199",
		Priority: corridor.Normal, Reference: "REF1", Payload: corridor.DigestOf([]byte(message)), PayloadSize: uint64(len(message)),
		SignedAt: uint64(n.clock.UnixMilli()),
	}
}

// frame signs statements as a member does and gives what a page keeps of it.
func frame(signer PageSigner, d entry.Domain, statements ...[]byte) *entry.FrameRecord {
	leaves := make([]corridor.Digest, len(statements))
	for i, s := range statements {
		leaves[i] = entry.LeafHash(s)
	}
	return &entry.FrameRecord{Domain: d, Leaves: leaves, Signature: signer.Sign(entry.AppendSigned(nil, d, len(leaves), RootOf(leaves)))}
}

// page makes a page of entries durable, as far as evidence goes, and gives the proof of the one at index.
func (n *network) page(index uint32, entries ...entry.Entry) EntryProof {
	var stored [][]byte
	var leaves []corridor.Digest
	for _, e := range entries {
		b := entry.Append(nil, e)
		stored, leaves = append(stored, b), append(leaves, entry.LeafHash(b))
	}
	tree := NewTree(leaves)
	n.clock = n.clock.Add(time.Second)
	h := Header{Network: n.root.Network(), Number: n.log.Size(), Previous: n.previous, Time: n.clock.UnixNano(), Term: 1, Entries: uint32(len(entries)), Root: tree.Root(), Bodies: corridor.DigestOf(nil)}
	n.previous = h.Hash()
	n.rows = append(n.rows, n.log.Add(n.previous))
	b := h.Append(nil)
	return ProveEntry(tree, index, stored[index], b, SignHeader(n.hub, b), n.hub.Certificate().DER)
}

// other is an entry that has nothing to do with the message at hand.
func other() entry.Entry {
	return &entry.SessionClosed{LT: "ORCABRSPAXXX", Session: 7, Reason: "logout"}
}

// accepted is the receipt of a message that stands third in its frame and second in its page.
func (n *network) accepted() *Receipt {
	s1, s2, s3 := n.submission(1), n.submission(2), n.submission(3)
	f := frame(n.sender, entry.DomainSubmission, s1.Append(nil), s2.Append(nil), s3.Append(nil))
	p := n.page(1, other(), &entry.Accepted{Index: 2, Session: 4, Statement: s3.Append(nil)}, other())
	return &Receipt{Message: p, Sender: ProveStatement(f, 2, n.sender.Certificate().DER)}
}

func (n *network) refused() *Receipt {
	s := n.submission(1)
	f := frame(n.sender, entry.DomainSubmission, s.Append(nil))
	p := n.page(0, &entry.Refused{Session: 4, Statement: s.Append(nil), Fault: corridor.Fault{Code: "T27", Text: "line is not a BIC", Line: 3, Whose: corridor.Sender}})
	return &Receipt{Message: p, Sender: ProveStatement(f, 0, n.sender.Certificate().DER)}
}

func (n *network) originated() *Receipt {
	s := n.submission(9)
	s.Sender, s.Receiver, s.Type = "CORRDEFFAXXX", "MERIDEFFXXXX", "fin.011"
	return &Receipt{Message: n.page(0, &entry.Originated{Statement: s.Append(nil), About: corridor.Position{Page: 3, Index: 1}, Reason: entry.Delivered}, other())}
}

// acknowledge adds to a receipt of an accepted message that its receiver has it, or refuses it with a code.
func (n *network) acknowledge(r *Receipt, refusal string) *Receipt {
	return n.acknowledgeAs(r, n.receiver, func(a *entry.Acknowledgement) { a.Refused, a.Code = refusal != "", refusal })
}

func (n *network) acknowledgeAs(r *Receipt, signer *pki.MemberSigningKey, change func(*entry.Acknowledgement)) *Receipt {
	e, err := entry.Decode(r.Message.Entry)
	if err != nil {
		n.t.Fatal(err)
	}
	a := entry.Acknowledgement{Network: n.root.Network(), Receiver: "TAMAJPJTAXXX", Number: 12, Message: entry.LeafHash(e.(*entry.Accepted).Statement), ReceivedAt: uint64(n.clock.UnixMilli())}
	change(&a)
	f := frame(signer, entry.DomainAcknowledgement, []byte("another"), a.Append(nil))
	p := n.page(2, other(), other(), &entry.Acknowledged{Frame: 5, Index: 1, Statement: a.Append(nil)})
	r.Delivery, r.Receiver = &p, ProveStatement(f, 1, signer.Certificate().DER)
	return r
}
