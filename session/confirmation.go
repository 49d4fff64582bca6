package session

import (
	"errors"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session/sessionpb"
)

// Confirmation is the receiver's signed acknowledgement of a message that this member sent, proven to be in the journal.
type Confirmation struct {
	Acknowledgement entry.Acknowledgement
	entry           evidence.EntryProof
	frame           evidence.FrameProof
}

// AddTo makes the receipt of a message's acceptance one of its delivery.
func (c *Confirmation) AddTo(r *evidence.Receipt) {
	r.Delivery, r.Receiver = &c.entry, &c.frame
}

// confirmation verifies what a delivery notification rests on; nil stays nil.
func (v *verifier) confirmation(w *sessionpb.Confirmation) (*Confirmation, error) {
	if w == nil {
		return nil, nil
	}
	page, err := v.page(w.GetPage())
	if err != nil {
		return nil, err
	}
	if len(page.Entries) != 1 || w.Frame == nil {
		return nil, errors.New("it has one entry and one frame")
	}
	e, err := entry.Decode(page.Entries[0])
	if err != nil {
		return nil, err
	}
	a, ok := e.(*entry.Acknowledged)
	if !ok {
		return nil, fmt.Errorf("an entry of kind %v confirms nothing", e.Kind())
	}
	c := &Confirmation{}
	if c.Acknowledgement, err = entry.DecodeAcknowledgement(a.Statement); err != nil {
		return nil, err
	}
	if c.Acknowledgement.Network != v.network {
		return nil, fmt.Errorf("it was signed for network %s", c.Acknowledgement.Network)
	}
	c.entry = page.proof(w.Page.Indices[0], page.Entries[0])
	c.frame, err = v.receiverFrame(w.Frame, a, page, c.Acknowledgement.Receiver)
	return c, err
}

// receiverFrame checks the receiver's signature over the acknowledgement.
func (v *verifier) receiverFrame(p *sessionpb.FrameProof, a *entry.Acknowledged, page *Page, receiver corridor.LT) (evidence.FrameProof, error) {
	if len(p.Indices) != 1 || p.Indices[0] != a.Index || p.Count > corridor.MaxFrameItems || len(p.Proof)%len(corridor.Digest{}) != 0 {
		return evidence.FrameProof{}, errors.New("the receiver's frame does not fit the acknowledgement")
	}
	proven, err := evidence.Recompute(int(p.Count), p.Indices, []corridor.Digest{entry.LeafHash(a.Statement)}, digests(p.Proof))
	if err != nil {
		return evidence.FrameProof{}, err
	}
	signer, err := v.signer(p, page.Header.At())
	if err != nil {
		return evidence.FrameProof{}, err
	}
	switch {
	case signer.LT != receiver:
		return evidence.FrameProof{}, fmt.Errorf("it is the word of %s, but %s signed it", receiver, signer.LT)
	case !pki.Verify(signer.Public, entry.AppendSigned(nil, entry.DomainAcknowledgement, int(p.Count), proven.Root), p.Signature):
		return evidence.FrameProof{}, fmt.Errorf("the signature of %s is false", signer.LT)
	}
	return evidence.FrameProof{Certificate: signer.DER, Signature: p.Signature, Count: p.Count, Index: a.Index, Path: proven.Path(a.Index)}, nil
}
