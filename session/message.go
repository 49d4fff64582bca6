package session

import (
	"errors"
	"fmt"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/pki"
)

// Answer is the network's verified answer to one submission: accepted or refused.
type Answer struct {
	Number    corridor.ISN
	Session   corridor.SessionNumber // the session in which it was first taken: with the page's time and Number it makes the MIR
	Fault     *corridor.Fault        // why it was refused; nil if it was accepted
	Statement []byte                 // the Submission as sent
	Entry     []byte                 // the stored entry
	Index     uint32                 // its place in the page
	Page      *Page
	place     uint32     // in the frame, as the entry says
	frame     *sentFrame // as it was sent in this session
}

// Accepted reports that the network took the message over.
func (a *Answer) Accepted() bool { return a.Fault == nil }

// Position is the message's place in the journal.
func (a *Answer) Position() corridor.Position {
	return corridor.Position{Page: a.Page.Header.Number, Index: a.Index}
}

// Receipt makes the receipt: with the network's root alone it proves that the network accepted or refused this message of this
// sender. The certificate is the one whose key signed the frame. A frame that is submitted again must be the same bytes: the
// entry names the statement's place in the frame that came first.
func (a *Answer) Receipt(signer *pki.MemberCertificate) (*evidence.Receipt, error) {
	if a.frame.Signer != signer.ID {
		return nil, fmt.Errorf("receipt of number %d: the frame was signed with another key than that of certificate %v", a.Number, signer.ID)
	}
	if at := a.Number - a.frame.first; uint32(at) != a.place {
		return nil, fmt.Errorf("receipt of number %d: it first came in another frame than it was submitted in again; submit the same frames", a.Number)
	}
	leaves := make([]corridor.Digest, len(a.frame.Items))
	for i := range leaves {
		leaves[i] = entry.LeafHash(a.frame.Items[i].Statement)
	}
	return &evidence.Receipt{Message: a.Page.proof(a.Index, a.Entry), Sender: &evidence.FrameProof{Certificate: signer.DER, Signature: a.frame.Signature,
		Count: uint32(len(leaves)), Index: a.place, Path: evidence.NewTree(leaves).Prove([]uint32{a.place})}}, nil
}

// proof is that of one entry shown.
func (p *Page) proof(index uint32, stored []byte) evidence.EntryProof {
	return evidence.EntryProof{Header: p.Stored, Signature: p.Signature, Certificate: p.Hub.DER, Index: index, Entry: stored, Path: p.Path(index)}
}

// read takes the entry apart.
func (a *Answer) read() error {
	e, err := entry.Decode(a.Entry)
	if err != nil {
		return err
	}
	switch e := e.(type) {
	case *entry.Accepted:
		a.Statement, a.Session, a.place = e.Statement, e.Session, e.Index
	case *entry.Refused:
		a.Statement, a.Session, a.place, a.Fault = e.Statement, e.Session, e.Index, &e.Fault
	default:
		return fmt.Errorf("an entry of kind %v is no answer", e.Kind())
	}
	n, ok := numberOf(a.Statement)
	if !ok {
		return errors.New("an answer without a number")
	}
	a.Number = n
	return nil
}

// Frame is the signed frame that a delivered message came in.
type Frame struct {
	Signer    *pki.MemberCertificate
	Signature []byte
	Count     int // statements in it
	proven    *evidence.Proven
}

// Path proves the statement at that index of the frame, one of those delivered.
func (f *Frame) Path(index uint32) []corridor.Digest { return f.proven.Path(index) }

// Delivery is one verified message for this member.
type Delivery struct {
	Number            corridor.OSN
	Submission        entry.Submission
	Statement         []byte // the Submission as the sender signed it
	Payload           []byte
	PossibleDuplicate bool // the network sent it before, in another session
	Repeated          bool // the number is one that was stored or delivered before
	Originated        bool // the network itself is the sender
	Entry             []byte
	Index             uint32
	Page              *Page
	Frame             *Frame        // nil for what the network originated
	Confirmation      *Confirmation // with a delivery notification: the receiver's own word
	frameIndex        uint32
}

// Position is the message's place in the journal.
func (d *Delivery) Position() corridor.Position {
	return corridor.Position{Page: d.Page.Header.Number, Index: d.Index}
}

// Acknowledgement is the statement that the message is durable in the receiver's store; the caller may turn it into a refusal.
func (d *Delivery) Acknowledgement(receivedAt time.Time) entry.Acknowledgement {
	return entry.Acknowledgement{Number: d.Number, Message: entry.LeafHash(d.Statement), ReceivedAt: uint64(receivedAt.UnixMilli())}
}

// Receipt makes the receipt: with the network's root alone it proves that the network accepted this message of that sender.
// Put the payload into its Original to keep all in one.
func (d *Delivery) Receipt() *evidence.Receipt {
	r := &evidence.Receipt{Message: d.Page.proof(d.Index, d.Entry)}
	if d.Frame != nil {
		r.Sender = &evidence.FrameProof{Certificate: d.Frame.Signer.DER, Signature: d.Frame.Signature, Count: uint32(d.Frame.Count),
			Index: d.frameIndex, Path: d.Frame.Path(d.frameIndex)}
	}
	return r
}

func (d *Delivery) read() error {
	e, err := entry.Decode(d.Entry)
	if err != nil {
		return err
	}
	switch e := e.(type) {
	case *entry.Accepted:
		d.Statement, d.frameIndex = e.Statement, e.Index
	case *entry.Originated:
		d.Statement, d.Originated = e.Statement, true
	default:
		return fmt.Errorf("an entry of kind %v is no message", e.Kind())
	}
	d.Submission, err = entry.DecodeSubmission(d.Statement)
	return err
}
