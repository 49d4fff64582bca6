package session_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
	"corridor.example/corridor/session/sessionpb"
)

const (
	meridian corridor.LT = "MERIDEF0AXXX"
	cedar    corridor.LT = "CEDRFRP0AXXX"
)

// network is a small network for tests: an authority, a hub that accepts all that is signed and numbered well, and members.
type network struct {
	t         testing.TB
	authority *pki.Authority
	root      *pki.Root
	key       *pki.HubSigningKey
	server    *session.Server
	address   string

	mu          sync.Mutex
	page        uint64
	previous    corridor.Digest
	members     map[corridor.LT]*member
	answers     map[corridor.LT]map[corridor.ISN]*sessionpb.FromNetwork
	tamper      func(*sessionpb.FromNetwork) // alters what is sent
	notify      func(*member, entry.Frame)   // is told of acknowledgements
	consistency func(old, size uint64) ([][]byte, error)
	hold        chan struct{} // Submit waits for it where it is not nil
}

// member is the network's side of one session.
type member struct {
	n           *network
	lt          corridor.LT
	certificate *pki.MemberCertificate
	out         chan *sessionpb.FromNetwork
	last        corridor.ISN
	given       corridor.OSN
	shown       map[corridor.Digest]bool
	closed      bool
	acked       []entry.Acknowledgement
	lost        string
}

func newNetwork(t testing.TB, o session.Options) *network {
	t.Helper()
	now := time.Now().Add(-time.Minute)
	authority, err := pki.CreateAuthority("test.corridor", time.Hour, now, rand.Reader)
	check(t, err)
	issued, err := authority.IssueHub([]string{"localhost", "127.0.0.1"}, time.Hour, now, rand.Reader)
	check(t, err)
	n := &network{t: t, authority: authority, root: authority.Root(), key: issued.HubKey(), members: map[corridor.LT]*member{},
		answers: map[corridor.LT]map[corridor.ISN]*sessionpb.FromNetwork{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	n.address = l.Addr().String()
	n.server = session.NewServer(n.root.ServerTLS(issued.TransportTLS()), n, o)
	served := make(chan error, 1)
	go func() { served <- n.server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		n.server.Shutdown(ctx)
		<-served
	})
	return n
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (n *network) Login(_ context.Context, l *sessionpb.Login, p session.Peer) (session.Session, *sessionpb.Welcome, *corridor.Fault) {
	certificate, err := n.root.Member(l.SigningCertificate, time.Now())
	if err != nil {
		return nil, nil, corridor.NetworkFault(corridor.FaultForeignKey, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	lt := corridor.LT(l.Lt)
	if old := n.members[lt]; old != nil && !old.closed {
		if !l.Takeover {
			return nil, nil, corridor.NetworkFault(corridor.FaultLoggedIn)
		}
		old.out <- session.Farewell(corridor.NetworkFault(corridor.FaultTakenOver))
		old.close()
	}
	m := &member{n: n, lt: lt, certificate: certificate, out: make(chan *sessionpb.FromNetwork, 64), shown: map[corridor.Digest]bool{}}
	if old := n.members[lt]; old != nil {
		m.last, m.given = old.last, old.given
	}
	n.members[lt] = m
	if n.answers[lt] == nil {
		n.answers[lt] = map[corridor.ISN]*sessionpb.FromNetwork{}
	}
	return m, &sessionpb.Welcome{Session: 1, Window: 256, LastAccepted: uint64(m.last), LastAssigned: uint64(m.given), HubCertificate: n.key.Certificate().DER}, nil
}

func (n *network) Checkpoint(context.Context) ([]byte, error) { return nil, fmt.Errorf("none yet") }
func (n *network) Consistency(_ context.Context, old, size uint64) ([][]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.consistency(old, size)
}

func (m *member) close() {
	if !m.closed {
		m.closed = true
		close(m.out)
	}
}

func (m *member) Outgoing() <-chan *sessionpb.FromNetwork { return m.out }

func (m *member) Logout() {
	m.n.mu.Lock()
	defer m.n.mu.Unlock()
	m.send(session.Farewell(nil))
	m.close()
}

func (m *member) Lost(reason string) {
	m.n.mu.Lock()
	defer m.n.mu.Unlock()
	m.lost = reason
	m.close()
}

func (m *member) send(f *sessionpb.FromNetwork) {
	if m.closed {
		return
	}
	if m.n.tamper != nil {
		m.n.tamper(f)
	}
	m.out <- f
}

func (m *member) Acknowledge(_ context.Context, frames [][]byte) *corridor.Fault {
	m.n.mu.Lock()
	defer m.n.mu.Unlock()
	for _, b := range frames {
		f, fault := m.verify(b, entry.DomainAcknowledgement)
		if fault != nil {
			return fault
		}
		for _, it := range f.Items {
			a, err := entry.DecodeAcknowledgement(it.Statement)
			if err != nil {
				return corridor.NetworkFault(corridor.FaultMalformed, err)
			}
			m.acked = append(m.acked, a)
		}
		if m.n.notify != nil {
			m.n.notify(m, f)
		}
	}
	return nil
}

func (m *member) verify(b []byte, d entry.Domain) (entry.Frame, *corridor.Fault) {
	f, err := entry.DecodeFrame(b)
	if err != nil {
		return f, corridor.NetworkFault(corridor.FaultMalformed, err)
	}
	leaves := make([]corridor.Digest, len(f.Items))
	for i := range leaves {
		leaves[i] = entry.LeafHash(f.Items[i].Statement)
	}
	if f.Signer != m.certificate.ID || !pki.Verify(m.certificate.Public, entry.AppendSigned(nil, d, len(leaves), evidence.RootOf(leaves)), f.Signature) {
		return f, corridor.NetworkFault(corridor.FaultSignature)
	}
	return f, nil
}

func (m *member) Submit(ctx context.Context, frames [][]byte) *corridor.Fault {
	if m.n.hold != nil {
		select {
		case <-m.n.hold:
		case <-ctx.Done():
			return nil
		}
	}
	m.n.mu.Lock()
	defer m.n.mu.Unlock()
	for _, b := range frames {
		f, fault := m.verify(b, entry.DomainSubmission)
		if fault != nil {
			return fault
		}
		if fault := m.take(f); fault != nil {
			return fault
		}
	}
	return nil
}

// take makes one page of a frame, answers it and delivers it.
func (m *member) take(f entry.Frame) *corridor.Fault {
	first, err := entry.DecodeSubmission(f.Items[0].Statement)
	if err != nil {
		return corridor.NetworkFault(corridor.FaultMalformed, err)
	}
	if old := m.n.answers[m.lt][first.Number]; old != nil {
		m.send(old)
		return nil
	}
	if first.Number != m.last+1 {
		m.send(&sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_FrameRefused{FrameRefused: &sessionpb.FrameRefused{
			Fault: session.FaultToWire(corridor.NetworkFault(corridor.FaultGap)), First: uint64(first.Number), Expected: uint64(m.last + 1)}}})
		return nil
	}
	m.last += corridor.ISN(len(f.Items))
	entries := make([][]byte, len(f.Items))
	indices := make([]uint32, len(f.Items))
	leaves := make([]corridor.Digest, len(f.Items))
	for i, it := range f.Items {
		entries[i] = entry.Append(nil, &entry.Accepted{Index: uint32(i), Session: 1, Statement: it.Statement})
		indices[i], leaves[i] = uint32(i), entry.LeafHash(it.Statement)
	}
	proof := m.n.seal(entries, indices)
	answer := &sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Answers{Answers: &sessionpb.Answers{Page: proof}}}
	m.n.answers[m.lt][first.Number] = answer
	m.send(answer)
	m.n.deliver(m, f, proof, leaves, indices)
	return nil
}

// deliver sends all messages of the frame to the receiver of the first.
func (n *network) deliver(from *member, f entry.Frame, proof *sessionpb.PageProof, leaves []corridor.Digest, indices []uint32) {
	first, _ := entry.DecodeSubmission(f.Items[0].Statement)
	for lt, to := range n.members {
		if lt.BIC8() != first.Receiver.BIC8() {
			continue
		}
		d := &sessionpb.Deliveries{Page: proof, Frames: []*sessionpb.FrameProof{{Signer: f.Signer[:], Signature: f.Signature, Count: uint32(len(leaves)), Indices: indices}}}
		if !to.shown[f.Signer] {
			to.shown[f.Signer] = true
			d.Frames[0].Certificate = from.certificate.DER
		}
		for i, it := range f.Items {
			to.given++
			d.Messages = append(d.Messages, &sessionpb.Delivery{Number: uint64(to.given), Entry: uint32(i), Frame: 1, Payload: it.Payload})
		}
		to.send(&sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Deliveries{Deliveries: d}})
	}
}

func (n *network) seal(entries [][]byte, indices []uint32) *sessionpb.PageProof {
	return n.sealTwice(entries, indices)[0]
}

// sealTwice makes one page and proofs of some of its entries.
func (n *network) sealTwice(entries [][]byte, shown ...[]uint32) []*sessionpb.PageProof {
	leaves := make([]corridor.Digest, len(entries))
	for i := range leaves {
		leaves[i] = entry.LeafHash(entries[i])
	}
	tree := evidence.NewTree(leaves)
	h := evidence.Header{Network: n.root.Network(), Number: n.page, Previous: n.previous, Time: time.Now().UnixNano(), Entries: uint32(len(entries)), Root: tree.Root()}
	stored := h.Append(nil)
	n.page, n.previous = n.page+1, h.Hash()
	signature := n.key.Sign(evidence.AppendSignedHeader(nil, stored))
	proofs := make([]*sessionpb.PageProof, len(shown))
	for i, indices := range shown {
		p := &sessionpb.PageProof{Header: stored, Signature: signature, Indices: indices}
		for _, at := range indices {
			p.Entries = append(p.Entries, entries[at])
		}
		for _, d := range tree.Prove(indices) {
			p.Proof = append(p.Proof, d[:]...)
		}
		proofs[i] = p
	}
	return proofs
}

// bank is a member's side: its keys and what it was told.
type bank struct {
	lt         corridor.LT
	signer     *pki.MemberSigningKey
	config     session.Config
	answers    chan session.Answer
	deliveries chan session.Delivery
	refused    chan *corridor.Fault
	notes      chan []byte
	farewell   chan *corridor.Fault
}

func (n *network) bank(lt corridor.LT) *bank {
	issued, err := n.authority.IssueMember([]corridor.LT{lt}, time.Hour/2, time.Now().Add(-time.Minute), rand.Reader)
	check(n.t, err)
	b := &bank{lt: lt, signer: issued.MemberKey(0), answers: make(chan session.Answer, 4096), deliveries: make(chan session.Delivery, 4096),
		refused: make(chan *corridor.Fault, 64), notes: make(chan []byte, 64), farewell: make(chan *corridor.Fault, 8)}
	b.config = session.Config{Address: n.address, ServerName: "localhost", Root: n.root, Transport: issued.TransportTLS(), Signer: b.signer,
		LT: lt, Delivery: true, Software: "test", Events: b}
	return b
}

func (b *bank) OnAnswers(a []session.Answer) {
	for _, x := range a {
		b.answers <- x
	}
}
func (b *bank) OnDeliveries(d []session.Delivery) {
	for _, x := range d {
		b.deliveries <- x
	}
}
func (b *bank) OnFrameRefused(f *corridor.Fault, _, _ corridor.ISN) { b.refused <- f }
func (b *bank) OnCheckpoint(note []byte)                            { b.notes <- note }
func (b *bank) OnFarewell(f *corridor.Fault)                        { b.farewell <- f }

func (b *bank) dial(t testing.TB) *session.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := session.Dial(ctx, b.config)
	check(t, err)
	t.Cleanup(c.Close)
	return c
}

// frame signs messages from number first on.
func (b *bank) frame(to corridor.LT, first corridor.ISN, payloads ...string) []byte {
	items := make([]entry.Item, len(payloads))
	for i, p := range payloads {
		s := entry.Submission{Network: "test.corridor", Sender: b.lt, Receiver: to.Destination(), Number: first + corridor.ISN(i), Type: "fin.199", Priority: corridor.Normal,
			Reference: "REF", Payload: corridor.DigestOf([]byte(p)), PayloadSize: uint64(len(p)), SignedAt: uint64(time.Now().UnixMilli())}
		items[i] = entry.Item{Statement: s.Append(nil), Payload: []byte(p)}
	}
	return session.SignFrame(b.signer, entry.DomainSubmission, items)
}

// next takes from a channel or fails after a while.
func next[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case x := <-c:
		return x
	case <-time.After(10 * time.Second):
		t.Fatalf("no %s came", what)
		panic("unreachable")
	}
}
