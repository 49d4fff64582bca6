// Package entry is what can happen in the network: one Go type per kind of entry, and its stored form.
//
// It also holds the statements that people and members sign: the Submission of a sender ("this is my number n to that
// receiver, with this payload"), the Acknowledgement of a receiver ("your number n arrived"), the Act of an officer.
//
// The stored form is protobuf (entry.proto beside this file says it in full), written by hand over protowire so
// that the hot path neither reflects nor copies. What is stored is never written anew: hashes and signatures cover the bytes as
// they came. A decoder refuses what an encoder of this package would not have written, so one fact has one form.
//
// It knows no message format, no disk and no socket.
package entry

import (
	"fmt"

	"corridor.example/corridor"
	"google.golang.org/protobuf/encoding/protowire"
)

//go:generate protoc -I .. --go_out=.. --go_opt=module=corridor.example/corridor ../entry/entry.proto

// Kind tells the kinds of entry apart; its number is the field number of the stored oneof.
type Kind protowire.Number

// The kinds. A number is never used again for something else.
const (
	KindTermStarted    Kind = 1
	KindMemberAdmitted Kind = 2
	KindKeyRevoked     Kind = 3
	KindSessionOpened  Kind = 4
	KindSessionClosed  Kind = 5
	KindAccepted       Kind = 6
	KindRefused        Kind = 7
	KindAssigned       Kind = 8
	KindAcknowledged   Kind = 9
	KindOriginated     Kind = 10
	KindActed          Kind = 11
	KindActRefused     Kind = 12
	KindFenced         Kind = 13
	KindDecided        Kind = 14
	KindClosing        Kind = 15
	KindAnnounced      Kind = 16
)

var kindNames = [...]string{1: "term-started", 2: "member-admitted", 3: "key-revoked", 4: "session-opened", 5: "session-closed",
	6: "accepted", 7: "refused", 8: "assigned", 9: "acknowledged", 10: "originated",
	11: "acted", 12: "act-refused", 13: "fenced", 14: "decided", 15: "closing", 16: "announced"}

func (k Kind) String() string {
	if k < 1 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind-%d", int(k))
	}
	return kindNames[k]
}

// Entry is one thing that happened.
type Entry interface {
	Kind() Kind
	// append writes the body's fields.
	append(b []byte) []byte
	// field takes one field of the body; bytes alias the input.
	field(n protowire.Number, v value) error
}

// KeyID names a certificate: the SHA-256 digest of its DER form.
type KeyID = corridor.Digest

// TermStarted is the first entry of a hub that takes the lead. All sessions of the term before are closed by it.
type TermStarted struct {
	Term        uint64
	Network     corridor.Network
	Certificate []byte // the hub's signing certificate, DER
}

// MemberAdmitted makes a logical terminal known to the network with one of its signing certificates.
type MemberAdmitted struct {
	LT          corridor.LT
	Certificate []byte // the member's signing certificate, DER
}

// KeyRevoked ends a certificate's validity from the page's time on. Statement is the authority's signed revocation.
type KeyRevoked struct {
	Key       KeyID
	LT        corridor.LT // whose it was; empty for none
	Reason    string
	Statement []byte
}

// SessionOpened is a login that was let in.
type SessionOpened struct {
	LT           corridor.LT
	Session      corridor.SessionNumber
	TransportKey KeyID
	SigningKey   KeyID
	Window       uint32 // messages the member will have unacknowledged
	Delivery     bool   // the member takes deliveries in this session
}

// SessionClosed is the end of a session.
type SessionClosed struct {
	LT      corridor.LT
	Session corridor.SessionNumber
	Reason  string // a code of corridor.NetworkFaults, or "logout"
}

// Accepted is a message that the network took over: from here it is delivered or reported.
type Accepted struct {
	Frame     uint32 // the signed frame it came in: index in the page's frames
	Index     uint32 // its place in that frame
	Session   corridor.SessionNumber
	Statement []byte // the sender's Submission as signed
}

// Refused is a message that consumed its number and will not be delivered.
type Refused struct {
	Frame     uint32
	Index     uint32
	Session   corridor.SessionNumber
	Statement []byte
	Fault     corridor.Fault // code, text, field, path, line are kept
}

// Assigned gives messages their output sequence numbers at one terminal: Messages[i] has number First+i.
type Assigned struct {
	LT       corridor.LT
	Session  corridor.SessionNumber
	First    corridor.OSN
	Messages []corridor.Position
}

// Acknowledged is a receiver's signed word on one message.
type Acknowledged struct {
	Frame     uint32
	Index     uint32
	Statement []byte // the receiver's Acknowledgement as signed
}

// Originated is a message that the network itself sends: a notification, a warning.
type Originated struct {
	Statement []byte            // a Submission whose sender is the network's own address
	About     corridor.Position // the message it speaks of
	Reason    Reason
}

// Reason says why the network originated a message.
type Reason uint32

// The reasons.
const (
	Delivered    Reason = 1 // MT 011: the receiver has it
	NotDelivered Reason = 2 // MT 010: the obsolescence period has passed
	Aborted      Reason = 3 // MT 019: the receiver refused it for good
	Returned     Reason = 4 // MT 019 or pacs.002: an order stopped it before it was delivered
	Notice       Reason = 5 // MT 094: a notice of an order to members; About is its Announced entry
	Changed      Reason = 6 // a change of the directory, as its officers signed it
)

func (TermStarted) Kind() Kind    { return KindTermStarted }
func (MemberAdmitted) Kind() Kind { return KindMemberAdmitted }
func (KeyRevoked) Kind() Kind     { return KindKeyRevoked }
func (SessionOpened) Kind() Kind  { return KindSessionOpened }
func (SessionClosed) Kind() Kind  { return KindSessionClosed }
func (Accepted) Kind() Kind       { return KindAccepted }
func (Refused) Kind() Kind        { return KindRefused }
func (Assigned) Kind() Kind       { return KindAssigned }
func (Acknowledged) Kind() Kind   { return KindAcknowledged }
func (Originated) Kind() Kind     { return KindOriginated }

// Append writes the stored form of e to b.
func Append(b []byte, e Entry) []byte {
	b = protowire.AppendTag(b, protowire.Number(e.Kind()), protowire.BytesType)
	at := len(b)
	b = append(b, 0) // most bodies need two bytes of length; grow when known
	b = e.append(b)
	return fixLength(b, at)
}

// Decode reads a stored entry. Byte slices and strings of the result share b's memory: keep a clone of what outlives it, and
// never alter b.
func Decode(b []byte) (Entry, error) {
	n, v, rest, err := nextField(b)
	if err != nil {
		return nil, fmt.Errorf("entry: %w", err)
	}
	if len(rest) != 0 || v.wire != protowire.BytesType {
		return nil, fmt.Errorf("entry: %d bytes after the entry, or not an entry", len(rest))
	}
	e, err := newOfKind(Kind(n))
	if err != nil {
		return nil, err
	}
	if err := eachField(v.bytes, e.field); err != nil {
		return nil, fmt.Errorf("entry %v: %w", Kind(n), err)
	}
	return e, nil
}

// KindOf reads only the kind of a stored entry.
func KindOf(b []byte) Kind {
	n, _, l := protowire.ConsumeTag(b)
	if l < 0 {
		return 0
	}
	return Kind(n)
}

func newOfKind(k Kind) (Entry, error) {
	switch k {
	case KindTermStarted:
		return &TermStarted{}, nil
	case KindMemberAdmitted:
		return &MemberAdmitted{}, nil
	case KindKeyRevoked:
		return &KeyRevoked{}, nil
	case KindSessionOpened:
		return &SessionOpened{}, nil
	case KindSessionClosed:
		return &SessionClosed{}, nil
	case KindAccepted:
		return &Accepted{}, nil
	case KindRefused:
		return &Refused{}, nil
	case KindAssigned:
		return &Assigned{}, nil
	case KindAcknowledged:
		return &Acknowledged{}, nil
	case KindOriginated:
		return &Originated{}, nil
	case KindActed:
		return &Acted{}, nil
	case KindActRefused:
		return &ActRefused{}, nil
	case KindFenced:
		return &Fenced{}, nil
	case KindDecided:
		return &Decided{}, nil
	case KindClosing:
		return &Closing{}, nil
	case KindAnnounced:
		return &Announced{}, nil
	}
	return nil, fmt.Errorf("entry: kind %d is not known to this version; use the version that wrote it or a later one", k)
}
