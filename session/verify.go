package session

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session/sessionpb"
)

// Page is a page's head as verified, and the entries of it that the member was shown: shared by all of its answers or deliveries.
type Page struct {
	Header    evidence.Header
	Stored    []byte // the header as signed
	Signature []byte
	Hub       *pki.HubCertificate
	Entries   [][]byte // those shown
	proven    *evidence.Proven
}

// Path proves the entry at that index, one of those shown, against the header's root.
func (p *Page) Path(index uint32) []corridor.Digest { return p.proven.Path(index) }

// head is what the verifier remembers of a page; a copy, since what comes shares one buffer with all that came with it.
type head struct {
	header    evidence.Header
	stored    []byte
	signature []byte
	hub       *pki.HubCertificate
}

// verifier holds what a session has verified so far. It is used by the goroutine that receives.
type verifier struct {
	root    *pki.Root
	network corridor.Network
	lt      corridor.LT
	hub     *pki.HubCertificate // that of the Welcome
	hubs    map[corridor.Digest]*pki.HubCertificate
	heads   map[uint64]*head // the last pages, to verify each signature once and to see a second history
	recent  []uint64
	signers map[corridor.Digest]*pki.MemberCertificate
	next    corridor.OSN // the number that a new delivery must have
}

func newVerifier(c *Config, hub *pki.HubCertificate) *verifier {
	return &verifier{root: c.Root, network: c.Network, lt: c.LT, hub: hub, next: c.LastStored + 1,
		hubs: map[corridor.Digest]*pki.HubCertificate{hub.ID: hub}, heads: map[uint64]*head{}, signers: map[corridor.Digest]*pki.MemberCertificate{}}
}

// page verifies a page's header, its signature, and that the entries shown are in it.
func (v *verifier) page(p *sessionpb.PageProof) (*Page, error) {
	if p == nil {
		return nil, errors.New("there is no proof of the page")
	}
	h, err := v.head(p)
	if err != nil {
		return nil, err
	}
	if len(p.Proof)%len(corridor.Digest{}) != 0 || len(p.Entries) != len(p.Indices) {
		return nil, evidence.ErrProof
	}
	leaves := make([]corridor.Digest, len(p.Entries))
	for i, e := range p.Entries {
		leaves[i] = entry.LeafHash(e)
	}
	proven, err := evidence.Recompute(int(h.header.Entries), p.Indices, leaves, digests(p.Proof))
	if err != nil {
		return nil, fmt.Errorf("page %d: %w", h.header.Number, err)
	}
	if proven.Root != h.header.Root {
		return nil, fmt.Errorf("page %d: the entries shown are not those that the hub signed", h.header.Number)
	}
	return &Page{h.header, h.stored, h.signature, h.hub, p.Entries, proven}, nil
}

func digests(b []byte) []corridor.Digest {
	out := make([]corridor.Digest, len(b)/len(corridor.Digest{}))
	for i := range out {
		copy(out[i][:], b[i*len(out[i]):])
	}
	return out
}

// head verifies a page's signature once.
func (v *verifier) head(p *sessionpb.PageProof) (*head, error) {
	header, err := evidence.DecodeHeader(p.Header)
	if err != nil {
		return nil, err
	}
	if known := v.heads[header.Number]; known != nil {
		if !bytes.Equal(known.stored, p.Header) {
			return nil, fmt.Errorf("page %d was shown with two different headers", header.Number)
		}
		return known, nil
	}
	hub, err := v.hubOf(p.HubCertificate, header.At())
	if err != nil {
		return nil, err
	}
	if header.Network != v.network {
		return nil, fmt.Errorf("page %d is of network %s, not of %s", header.Number, header.Network, v.network)
	}
	if !pki.Verify(hub.Public, evidence.AppendSignedHeader(nil, p.Header), p.Signature) {
		return nil, fmt.Errorf("page %d: the hub's signature is false", header.Number)
	}
	if before := v.heads[header.Number-1]; before != nil && header.Previous != entry.LeafHash(before.stored) {
		return nil, fmt.Errorf("page %d does not follow the page %d that was shown before", header.Number, header.Number-1)
	}
	return v.keepHead(&head{header, bytes.Clone(p.Header), bytes.Clone(p.Signature), hub}), nil
}

func (v *verifier) keepHead(h *head) *head {
	if len(v.recent) == rememberedPages {
		delete(v.heads, v.recent[0])
		v.recent = append(v.recent[:0], v.recent[1:]...)
	}
	v.heads[h.header.Number] = h
	v.recent = append(v.recent, h.header.Number)
	return h
}

// hubOf finds the certificate that a page names, which must have been valid when the page was made; none is that of the Welcome.
func (v *verifier) hubOf(der []byte, at time.Time) (*pki.HubCertificate, error) {
	hub := v.hub
	if len(der) > 0 {
		id := pki.KeyID(der)
		hub = v.hubs[id]
		if hub == nil {
			made, err := v.root.Hub(bytes.Clone(der), at)
			if err != nil {
				return nil, fmt.Errorf("hub certificate: %w", err)
			}
			if len(v.hubs) >= rememberedHubs {
				clear(v.hubs)
			}
			v.hubs[id], hub = made, made
		}
	}
	if at.Before(hub.NotBefore) || at.After(hub.NotAfter) {
		return nil, fmt.Errorf("the hub's certificate was not valid at %v, the page's time", at)
	}
	return hub, nil
}

// answers verifies answers: each is an entry about a statement that this member sent and that had no answer.
func (v *verifier) answers(a *sessionpb.Answers, waiting *outstanding) ([]Answer, error) {
	page, err := v.page(a.GetPage())
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(page.Entries))
	for i := range answers {
		an := &answers[i]
		an.Page, an.Index, an.Entry = page, a.Page.Indices[i], page.Entries[i]
		if err := an.read(); err != nil {
			return nil, err
		}
	}
	return answers, waiting.answered(answers)
}

// deliveries verifies messages: they are in the page, for this member, whole, signed by their senders, and numbered without a gap.
func (v *verifier) deliveries(d *sessionpb.Deliveries) ([]Delivery, error) {
	page, err := v.page(d.GetPage())
	if err != nil {
		return nil, err
	}
	if len(d.Messages) != len(page.Entries) {
		return nil, fmt.Errorf("%d messages for %d entries", len(d.Messages), len(page.Entries))
	}
	out := make([]Delivery, len(d.Messages))
	byFrame := make([][]*Delivery, len(d.Frames))
	for i, m := range d.Messages {
		if int(m.Entry) >= len(page.Entries) {
			return nil, fmt.Errorf("delivery %d names an entry that is not shown", m.Number)
		}
		x := &out[i]
		x.Page, x.Index, x.Entry = page, d.Page.Indices[m.Entry], page.Entries[m.Entry]
		x.Number, x.Payload, x.PossibleDuplicate = corridor.OSN(m.Number), m.Payload, m.PossibleDuplicate
		if err := v.delivery(x, m.Frame, byFrame); err != nil {
			return nil, fmt.Errorf("delivery %d: %w", m.Number, err)
		}
		if m.Confirmation != nil && !x.Originated {
			return nil, fmt.Errorf("delivery %d: a member's message has no confirmation", m.Number)
		}
		if x.Confirmation, err = v.confirmation(m.Confirmation); err != nil {
			return nil, fmt.Errorf("delivery %d: its confirmation: %w", m.Number, err)
		}
	}
	return out, v.frames(d.Frames, byFrame)
}

// delivery checks one message, all but the sender's signature, and puts it to its frame.
func (v *verifier) delivery(x *Delivery, frame uint32, byFrame [][]*Delivery) error {
	if err := x.read(); err != nil {
		return err
	}
	switch {
	case x.Submission.Network != v.network:
		return fmt.Errorf("it was signed for network %s", x.Submission.Network)
	case x.Submission.Receiver.BIC8() != v.lt.BIC8():
		return fmt.Errorf("it is for %s, not for %s", x.Submission.Receiver, v.lt)
	case uint64(len(x.Payload)) != x.Submission.PayloadSize || corridor.DigestOf(x.Payload) != x.Submission.Payload:
		return errors.New("the payload is not the one that the sender signed")
	case x.Originated != (frame == 0) || int(frame) > len(byFrame):
		return errors.New("it names a frame that is not shown")
	}
	if frame > 0 {
		byFrame[frame-1] = append(byFrame[frame-1], x)
	}
	return v.number(x)
}

// number lets in what was stored before (ascending or not), and new numbers without a gap.
func (v *verifier) number(x *Delivery) error {
	switch {
	case x.Number == 0 || x.Number > v.next:
		return fmt.Errorf("a gap: number %d was expected", v.next)
	case x.Number == v.next:
		v.next++
	default:
		x.Repeated = true
	}
	return nil
}

// frames verifies the senders' signatures together; if one is false it is named.
func (v *verifier) frames(proofs []*sessionpb.FrameProof, byFrame [][]*Delivery) error {
	var batch pki.Batch
	checks := make([]frameCheck, len(proofs))
	for i, p := range proofs {
		c, err := v.frame(p, byFrame[i])
		if err != nil {
			return err
		}
		checks[i] = c
		batch.Add(c.signer.Public, c.signed, p.Signature)
	}
	if len(proofs) == 0 || len(proofs) >= batchPays && batch.Verify() {
		return nil
	}
	for i, c := range checks {
		if !pki.Verify(c.signer.Public, c.signed, proofs[i].Signature) {
			return fmt.Errorf("delivery %d: the signature of %s is false", byFrame[i][0].Number, c.signer.LT)
		}
	}
	return nil
}

type frameCheck struct {
	signer *pki.MemberCertificate
	signed []byte
}

// frame recomputes what the signature of a frame covers from the statements that are delivered of it.
func (v *verifier) frame(p *sessionpb.FrameProof, of []*Delivery) (frameCheck, error) {
	if len(of) == 0 || len(of) != len(p.Indices) || p.Count > corridor.MaxFrameItems || len(p.Proof)%len(corridor.Digest{}) != 0 {
		return frameCheck{}, errors.New("a frame's proof does not fit the messages that name it")
	}
	sorted := slices.IsSortedFunc(of, byFrameIndex)
	if !sorted {
		slices.SortFunc(of, byFrameIndex)
	}
	leaves := make([]corridor.Digest, len(of))
	for i, x := range of {
		if x.frameIndex != p.Indices[i] {
			return frameCheck{}, fmt.Errorf("delivery %d is not at the place in its frame that the proof names", x.Number)
		}
		leaves[i] = entry.LeafHash(x.Statement)
	}
	proven, err := evidence.Recompute(int(p.Count), p.Indices, leaves, digests(p.Proof))
	if err != nil {
		return frameCheck{}, fmt.Errorf("frame of delivery %d: %w", of[0].Number, err)
	}
	signer, err := v.signer(p, of[0].Page.Header.At())
	if err != nil {
		return frameCheck{}, fmt.Errorf("delivery %d: %w", of[0].Number, err)
	}
	f := &Frame{signer, p.Signature, int(p.Count), proven}
	for _, x := range of {
		if x.Submission.Sender != signer.LT {
			return frameCheck{}, fmt.Errorf("delivery %d is from %s, but %s signed it", x.Number, x.Submission.Sender, signer.LT)
		}
		x.Frame = f
	}
	return frameCheck{signer, entry.AppendSigned(nil, entry.DomainSubmission, int(p.Count), proven.Root)}, nil
}

func byFrameIndex(a, b *Delivery) int { return cmp.Compare(a.frameIndex, b.frameIndex) }

// signer finds the certificate that signed a frame and asks that it was valid when the page was made.
func (v *verifier) signer(p *sessionpb.FrameProof, at time.Time) (*pki.MemberCertificate, error) {
	var id corridor.Digest
	if copy(id[:], p.Signer) != len(p.Signer) || len(p.Signer) != len(id) {
		return nil, errors.New("the signer is not named by a digest")
	}
	known := v.signers[id]
	if known == nil {
		if len(p.Certificate) == 0 || len(p.Certificate) > maxCertificate || pki.KeyID(p.Certificate) != id {
			return nil, errors.New("the signer's certificate was not shown")
		}
		m, err := v.root.Member(bytes.Clone(p.Certificate), at)
		if err != nil {
			return nil, fmt.Errorf("the sender's certificate: %w", err)
		}
		if err := v.keepSigner(m); err != nil {
			return nil, err
		}
		known = m
	}
	if at.Before(known.NotBefore) || at.After(known.NotAfter) {
		return nil, fmt.Errorf("the sender's certificate was not valid at %v, the page's time", at)
	}
	return known, nil
}

// keepSigner remembers a certificate for the session, because the network shows each only once.
func (v *verifier) keepSigner(m *pki.MemberCertificate) error {
	if len(v.signers) >= rememberedSigners {
		return errors.New("more signers in one session than this client remembers: log in again")
	}
	v.signers[m.ID] = m
	return nil
}
