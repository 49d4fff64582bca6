package session

import (
	"errors"
	"fmt"

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
}

// Accepted reports that the network took the message over.
func (a *Answer) Accepted() bool { return a.Fault == nil }

// Position is the message's place in the journal.
func (a *Answer) Position() corridor.Position {
	return corridor.Position{Page: a.Page.Header.Number, Index: a.Index}
}

// read takes the entry apart.
func (a *Answer) read() error {
	e, err := entry.Decode(a.Entry)
	if err != nil {
		return err
	}
	switch e := e.(type) {
	case *entry.Accepted:
		a.Statement, a.Session = e.Statement, e.Session
	case *entry.Refused:
		a.Statement, a.Session, a.Fault = e.Statement, e.Session, &e.Fault
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
	Frame             *Frame // nil for what the network originated
	frameIndex        uint32
}

// Position is the message's place in the journal.
func (d *Delivery) Position() corridor.Position {
	return corridor.Position{Page: d.Page.Header.Number, Index: d.Index}
}

// Acknowledgement is the statement that the message is durable in the receiver's store; the caller may turn it into a refusal.
func (d *Delivery) Acknowledgement(network corridor.Network, receiver corridor.LT, receivedAt uint64) entry.Acknowledgement {
	return entry.Acknowledgement{Network: network, Receiver: receiver, Number: d.Number, Message: entry.LeafHash(d.Statement), ReceivedAt: receivedAt}
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
