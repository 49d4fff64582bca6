package evidence

import (
	"bytes"
	"fmt"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
)

// Check names one step of verifying.
type Check string

// The checks of a receipt in their order, then those of files and checkpoints.
const (
	CheckHeader              Check = "page header"
	CheckHubCertificate      Check = "hub certificate"
	CheckPageSignature       Check = "page signature"
	CheckEntryInPage         Check = "entry in page"
	CheckEntry               Check = "entry"
	CheckSubmission          Check = "submission"
	CheckSenderCertificate   Check = "sender certificate"
	CheckSenderSignature     Check = "sender signature"
	CheckAcknowledgement     Check = "acknowledgement"
	CheckReceiverCertificate Check = "receiver certificate"
	CheckReceiverSignature   Check = "receiver signature"
	CheckOrder               Check = "order of pages"
	CheckMessage             Check = "message"
	CheckForm                Check = "form of the file"
	CheckCheckpoint          Check = "checkpoint"
	CheckConsistent          Check = "one history"
)

// Failure is the check that was not passed.
type Failure struct {
	Check Check
	Err   error
}

func (f *Failure) Error() string { return fmt.Sprintf("check %q fails: %v", string(f.Check), f.Err) }
func (f *Failure) Unwrap() error { return f.Err }

func fails(c Check, format string, args ...any) *Failure {
	return &Failure{c, fmt.Errorf(format, args...)}
}

// Outcome is what a receipt proves to have happened to the message.
type Outcome string

// The outcomes.
const (
	OutcomeAccepted   Outcome = "accepted"   // the network took it over
	OutcomeRefused    Outcome = "refused"    // the network refused it; it consumed its number
	OutcomeOriginated Outcome = "originated" // the network itself sent it
	OutcomeDelivered  Outcome = "delivered"  // the receiver signed that it is in his store
	OutcomeReturned   Outcome = "returned"   // the receiver signed that he refuses it
)

// Statement is what a receipt proves.
type Statement struct {
	Outcome    Outcome
	Network    corridor.Network
	Submission entry.Submission // what the sender signed
	Position   corridor.Position
	Session    corridor.SessionNumber // the sender's; 0 where the network is the sender
	MIR        corridor.MIR
	AcceptedAt time.Time       // the page's time; for a refusal, when it was refused
	Fault      *corridor.Fault // of a refusal
	Reason     entry.Reason    // of a message that the network originated
	About      corridor.Position

	Acknowledgement *entry.Acknowledgement // what the receiver signed
	Delivery        corridor.Position      // of the acknowledgement
	DeliveredAt     time.Time              // the page's time of the acknowledgement

	MessageChecked bool // a message was at hand and is the one signed
	HubKey         corridor.Digest
	SenderKey      corridor.Digest // zero where the network is the sender
	ReceiverKey    corridor.Digest // zero without an acknowledgement
}

// Verify checks a receipt against the network's root certificate and says what it proves, or which check fails (*Failure).
// message is the message at hand, as the sender signed it, or nil. Certificates are judged at the time of the page: later
// expiry or revocation takes nothing away from what was accepted before.
func Verify(root *pki.Root, r *Receipt, message []byte) (Statement, error) {
	v := verifier{root: root, receipt: r}
	for _, step := range []func() *Failure{v.message, v.sender, v.delivery, v.receiver} {
		if f := step(); f != nil {
			return Statement{}, f
		}
	}
	for _, m := range [][]byte{r.Original, message} {
		if f := v.payload(m); f != nil {
			return Statement{}, f
		}
	}
	return v.said, nil
}

type verifier struct {
	root    *pki.Root
	receipt *Receipt
	said    Statement

	page      Header
	statement []byte // the sender's, as stored in the entry
	place     uint32 // of the statement in its frame
	ack       *entry.Acknowledged
	ackPage   Header
}

// message checks the first part: the entry about the message, and the page that it is in.
func (v *verifier) message() *Failure {
	p := &v.receipt.Message
	page, hub, f := v.entryInPage(p)
	if f != nil {
		return f
	}
	e, err := entry.Decode(p.Entry)
	if err != nil {
		return &Failure{CheckEntry, err}
	}
	v.page = *page
	v.said.Network, v.said.HubKey, v.said.AcceptedAt = page.Network, hub.ID, page.At()
	v.said.Position = corridor.Position{Page: page.Number, Index: p.Index}
	switch e := e.(type) {
	case *entry.Accepted:
		v.said.Outcome, v.said.Session, v.statement, v.place = OutcomeAccepted, e.Session, e.Statement, e.Index
	case *entry.Refused:
		v.said.Outcome, v.said.Session, v.statement, v.place = OutcomeRefused, e.Session, e.Statement, e.Index
		v.said.Fault = &e.Fault
	case *entry.Originated:
		v.said.Outcome, v.said.Reason, v.said.About, v.statement = OutcomeOriginated, e.Reason, e.About, e.Statement
	default:
		return fails(CheckEntry, "an entry of the kind %v says nothing about a message", e.Kind())
	}
	return v.submission()
}

func (v *verifier) submission() *Failure {
	s, err := entry.DecodeSubmission(v.statement)
	if err != nil {
		return &Failure{CheckSubmission, err}
	}
	if s.Network != v.page.Network {
		return fails(CheckSubmission, "it was signed for the network %s, the page is of %s", s.Network, v.page.Network)
	}
	v.said.Submission = s
	v.said.MIR = corridor.MakeMIR(v.said.AcceptedAt, s.Sender, v.said.Session, s.Number)
	return nil
}

// entryInPage checks that the network's hub signed the page and that the entry is in it.
func (v *verifier) entryInPage(p *EntryProof) (*Header, *pki.HubCertificate, *Failure) {
	h, err := DecodeHeader(p.Header)
	if err != nil {
		return nil, nil, &Failure{CheckHeader, err}
	}
	if h.Network != v.root.Network() {
		return nil, nil, fails(CheckHeader, "the page is of the network %s, the root certificate of %s", h.Network, v.root.Network())
	}
	hub, err := v.root.Hub(p.Certificate, h.At())
	if err != nil {
		return nil, nil, &Failure{CheckHubCertificate, err}
	}
	if !VerifyHeader(hub.Public, p.Header, p.Signature) {
		return nil, nil, fails(CheckPageSignature, "the hub did not sign the header of page %d", h.Number)
	}
	proven, err := Recompute(int(h.Entries), []uint32{p.Index}, []corridor.Digest{entry.LeafHash(p.Entry)}, p.Path)
	if err != nil {
		return nil, nil, &Failure{CheckEntryInPage, err}
	}
	if proven.Root != h.Root {
		return nil, nil, fails(CheckEntryInPage, "page %d has another entry at %d", h.Number, p.Index)
	}
	return &h, hub, nil
}

// sender checks that the sender signed the submission.
func (v *verifier) sender() *Failure {
	s := v.said.Submission
	if (v.receipt.Sender == nil) != (v.said.Outcome == OutcomeOriginated) {
		return fails(CheckSenderSignature, "a member's message has the proof of its sender's signature, and one of the network has none")
	}
	if v.receipt.Sender == nil {
		return nil
	}
	c, err := v.root.Member(v.receipt.Sender.Certificate, v.page.At())
	if err != nil {
		return &Failure{CheckSenderCertificate, err}
	}
	if c.LT != s.Sender {
		return fails(CheckSenderCertificate, "it is of %s, the message is from %s", c.LT, s.Sender)
	}
	v.said.SenderKey = c.ID
	return v.inFrame(v.receipt.Sender, c, entry.DomainSubmission, v.statement, v.place, CheckSenderSignature)
}

// inFrame checks that the member signed the statement as the one at that place of its frame.
func (v *verifier) inFrame(p *FrameProof, c *pki.MemberCertificate, d entry.Domain, statement []byte, place uint32, check Check) *Failure {
	if p.Index != place {
		return fails(check, "the entry names place %d of the frame, the proof %d", place, p.Index)
	}
	proven, err := Recompute(int(p.Count), []uint32{p.Index}, []corridor.Digest{entry.LeafHash(statement)}, p.Path)
	if err != nil {
		return &Failure{check, err}
	}
	if !pki.Verify(c.Public, entry.AppendSigned(nil, d, int(p.Count), proven.Root), p.Signature) {
		return fails(check, "%s did not sign this", c.LT)
	}
	return nil
}

// delivery checks the second part, if there is one: the entry of the acknowledgement, for this message, after it.
func (v *verifier) delivery() *Failure {
	p := v.receipt.Delivery
	if p == nil {
		return nil
	}
	if v.said.Outcome == OutcomeRefused {
		return fails(CheckOrder, "a refused message cannot have been delivered")
	}
	page, _, f := v.entryInPage(p)
	if f != nil {
		return f
	}
	e, err := entry.Decode(p.Entry)
	if err != nil {
		return &Failure{CheckEntry, err}
	}
	ack, ok := e.(*entry.Acknowledged)
	if !ok {
		return fails(CheckEntry, "an entry of the kind %v is not an acknowledgement", e.Kind())
	}
	v.ack, v.ackPage = ack, *page
	v.said.Delivery = corridor.Position{Page: page.Number, Index: p.Index}
	v.said.DeliveredAt = page.At()
	return v.after()
}

// after checks that the two pages can stand in one journal in this order.
func (v *verifier) after() *Failure {
	m, d := v.said.Position, v.said.Delivery
	switch {
	case d.Page < m.Page || d.Page == m.Page && d.Index <= m.Index:
		return fails(CheckOrder, "the acknowledgement (%v) stands before the message (%v)", d, m)
	case d.Page == m.Page && !bytes.Equal(v.receipt.Message.Header, v.receipt.Delivery.Header):
		return fails(CheckOrder, "the network signed two different pages %d: keep this receipt, it proves two histories", m.Page)
	case v.ackPage.Time < v.page.Time || v.ackPage.Term < v.page.Term:
		return fails(CheckOrder, "page %d is later than page %d and has an earlier time or term", d.Page, m.Page)
	}
	return nil
}

// receiver checks that the receiver signed the acknowledgement, and that it is of this message.
func (v *verifier) receiver() *Failure {
	if v.receipt.Delivery == nil {
		return nil
	}
	if v.receipt.Receiver == nil {
		return fails(CheckReceiverSignature, "the proof of the receiver's signature is missing")
	}
	a, err := entry.DecodeAcknowledgement(v.ack.Statement)
	s := &v.said.Submission
	switch {
	case err != nil:
		return &Failure{CheckAcknowledgement, err}
	case a.Network != v.page.Network:
		return fails(CheckAcknowledgement, "it was signed for the network %s, the page is of %s", a.Network, v.page.Network)
	case a.Message != entry.LeafHash(v.statement):
		return fails(CheckAcknowledgement, "it acknowledges another message")
	case a.Receiver.BIC8() != s.Receiver.BIC8():
		return fails(CheckAcknowledgement, "%s acknowledges it, it was for %s", a.Receiver, s.Receiver)
	}
	c, err := v.root.Member(v.receipt.Receiver.Certificate, v.ackPage.At())
	if err != nil {
		return &Failure{CheckReceiverCertificate, err}
	}
	if c.LT != a.Receiver {
		return fails(CheckReceiverCertificate, "it is of %s, the acknowledgement is by %s", c.LT, a.Receiver)
	}
	v.said.ReceiverKey, v.said.Acknowledgement = c.ID, &a
	v.said.Outcome = OutcomeDelivered
	if a.Refused {
		v.said.Outcome = OutcomeReturned
	}
	return v.inFrame(v.receipt.Receiver, c, entry.DomainAcknowledgement, v.ack.Statement, v.ack.Index, CheckReceiverSignature)
}

// payload checks a message that is at hand against what the sender signed.
func (v *verifier) payload(m []byte) *Failure {
	s := &v.said.Submission
	switch {
	case m == nil:
		return nil
	case uint64(len(m)) != s.PayloadSize:
		return fails(CheckMessage, "the message has %d bytes, the sender signed one of %d", len(m), s.PayloadSize)
	case corridor.DigestOf(m) != s.Payload:
		return fails(CheckMessage, "the message is not the one that the sender signed: its digest differs")
	}
	v.said.MessageChecked = true
	return nil
}
