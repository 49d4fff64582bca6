package session

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session/sessionpb"
)

// BenchmarkVerify measures what a client pays for a message: 64 messages of a page of 512 entries, 600 bytes each, in frames
// of 32. The page's and the frames' signatures are verified in it.
func BenchmarkVerify(b *testing.B) {
	f := newProofs(b, 512, 8)
	b.Run("answers", func(b *testing.B) {
		b.ReportAllocs()
		waiting := newOutstanding(corridor.MaxWindow)
		for range b.N {
			v := f.verifier()
			if ok, err := waiting.tryAdd(f.sent); !ok || err != nil {
				b.Fatal(ok, err)
			}
			if _, err := v.answers(&sessionpb.Answers{Page: f.proof}, waiting); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(f.sent)), "ns/message")
	})
	b.Run("deliveries", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := f.verifier().deliveries(f.deliveries); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(f.sent)), "ns/message")
	})
}

// proofs is a page, and what a member is shown of it.
type proofs struct {
	root       *pki.Root
	hub        *pki.HubSigningKey
	proof      *sessionpb.PageProof
	deliveries *sessionpb.Deliveries
	sent       []sent
}

func (f *proofs) verifier() *verifier {
	return newVerifier(&Config{Root: f.root, Network: f.root.Network(), LT: "CEDRFRP0AXXX"}, f.hub.Certificate())
}

// newProofs makes a page of size entries of which the member is shown each step-th.
func newProofs(tb testing.TB, size, step int) *proofs {
	now := time.Now()
	authority, err := pki.CreateAuthority("test.corridor", time.Hour, now, rand.Reader)
	fatal(tb, err)
	hub, err := authority.IssueHub(nil, time.Hour, now, rand.Reader)
	fatal(tb, err)
	member, err := authority.IssueMember([]corridor.LT{"MERIDEF0AXXX"}, time.Hour, now, rand.Reader)
	fatal(tb, err)
	f := &proofs{root: authority.Root(), hub: hub.HubKey(), proof: &sessionpb.PageProof{}, deliveries: &sessionpb.Deliveries{}}
	leaves := make([]corridor.Digest, size)
	var items []entry.Item
	for i := range leaves {
		payload := fmt.Appendf(make([]byte, 0, 600), "%0600d", i)
		s := entry.Submission{Network: "test.corridor", Sender: "MERIDEF0AXXX", Receiver: "CEDRFRP0XXXX", Number: corridor.ISN(i/step + 1), Type: "fin.103", Priority: 'N',
			Reference: "REFERENCE", UETR: "c8b66b47-2bd9-48fe-be90-93c2096f27d2", Payload: corridor.DigestOf(payload), PayloadSize: 600, SignedAt: 1}
		statement := s.Append(nil)
		stored := entry.Append(nil, &entry.Accepted{Index: uint32(i / step % 32), Session: 1, Statement: statement})
		leaves[i] = entry.LeafHash(stored)
		if i%step == 0 {
			f.proof.Indices, f.proof.Entries = append(f.proof.Indices, uint32(i)), append(f.proof.Entries, stored)
			items = append(items, entry.Item{Statement: statement, Payload: payload})
		}
	}
	f.seal(leaves, now)
	f.frames(tb, member.MemberKey(0), items)
	return f
}

func (f *proofs) seal(leaves []corridor.Digest, now time.Time) {
	tree := evidence.NewTree(leaves)
	h := evidence.Header{Network: f.root.Network(), Number: 7, Time: now.UnixNano(), Entries: uint32(len(leaves)), Root: tree.Root()}
	f.proof.Header = h.Append(nil)
	f.proof.Signature = f.hub.Sign(evidence.AppendSignedHeader(nil, f.proof.Header))
	for _, d := range tree.Prove(f.proof.Indices) {
		f.proof.Proof = append(f.proof.Proof, d[:]...)
	}
}

// frames puts the messages into frames of 32 and makes their deliveries.
func (f *proofs) frames(tb testing.TB, key *pki.MemberSigningKey, items []entry.Item) {
	f.deliveries.Page = f.proof
	for at := 0; at < len(items); at += 32 {
		part := items[at:min(at+32, len(items))]
		wire := SignFrame(key, entry.DomainSubmission, part)
		sent, err := itemsOf(wire)
		fatal(tb, err)
		f.sent = append(f.sent, sent...)
		id := key.Certificate().ID
		p := &sessionpb.FrameProof{Signer: id[:], Signature: sent[0].frame.Signature, Count: uint32(len(part)), Certificate: key.Certificate().DER}
		for i, it := range part {
			p.Indices = append(p.Indices, uint32(i))
			f.deliveries.Messages = append(f.deliveries.Messages, &sessionpb.Delivery{Number: uint64(at + i + 1), Entry: uint32(at + i), Frame: uint32(len(f.deliveries.Frames) + 1), Payload: it.Payload})
		}
		f.deliveries.Frames = append(f.deliveries.Frames, p)
	}
}

func fatal(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
