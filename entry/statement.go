package entry

import (
	"fmt"

	"corridor.example/corridor"
	"google.golang.org/protobuf/encoding/protowire"
)

// Submission is what a sender signs of one message. The signature covers these bytes, through the frame's Merkle root.
type Submission struct {
	Network           corridor.Network
	Sender            corridor.LT
	Receiver          corridor.LT // as the message names it: position 9 is X
	Number            corridor.ISN
	Type              corridor.MessageType
	Priority          corridor.Priority
	Monitoring        corridor.Monitoring
	Reference         corridor.Reference
	UETR              corridor.UETR
	Payload           corridor.Digest
	PayloadSize       uint64
	SignedAt          uint64 // Unix milliseconds by the sender's clock
	PossibleDuplicate bool   // the sender says it may have sent this before (PDE)
}

// Append writes the bytes that are signed.
func (s *Submission) Append(b []byte) []byte {
	b = appendBytes(b, 1, s.Network)
	b = appendBytes(b, 2, s.Sender)
	b = appendBytes(b, 3, s.Receiver)
	b = appendUint(b, 4, uint64(s.Number))
	b = appendBytes(b, 5, s.Type)
	b = appendUint(b, 6, uint64(s.Priority))
	b = appendUint(b, 7, uint64(s.Monitoring))
	b = appendBytes(b, 8, s.Reference)
	b = appendBytes(b, 9, s.UETR)
	b = appendDigest(b, 10, s.Payload)
	b = appendUint(b, 11, s.PayloadSize)
	b = appendUint(b, 12, s.SignedAt)
	return appendBool(b, 13, s.PossibleDuplicate)
}

func (s *Submission) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setString(&s.Network, v)
	case 2:
		return setString(&s.Sender, v)
	case 3:
		return setString(&s.Receiver, v)
	case 4:
		return setUint(&s.Number, v)
	case 5:
		return setString(&s.Type, v)
	case 6:
		return setUint(&s.Priority, v)
	case 7:
		return setUint(&s.Monitoring, v)
	case 8:
		return setString(&s.Reference, v)
	case 9:
		return setString(&s.UETR, v)
	case 10:
		return setDigest(&s.Payload, v)
	case 11:
		return setUint(&s.PayloadSize, v)
	case 12:
		return setUint(&s.SignedAt, v)
	case 13:
		return setBool(&s.PossibleDuplicate, v)
	}
	return unknownField(n)
}

// DecodeSubmission reads a statement and checks the form of every field. Its strings share b's memory, see Decode.
func DecodeSubmission(b []byte) (Submission, error) {
	var s Submission
	if len(b) > corridor.MaxStatement {
		return s, fmt.Errorf("submission statement has %d bytes, the limit is %d", len(b), corridor.MaxStatement)
	}
	if err := eachField(b, s.field); err != nil {
		return s, fmt.Errorf("submission statement: %w", err)
	}
	return s, s.check()
}

func (s *Submission) check() error {
	if _, err := corridor.ParseNetwork(string(s.Network)); err != nil {
		return err
	}
	if _, err := corridor.ParseLT(string(s.Sender)); err != nil {
		return fmt.Errorf("sender: %w", err)
	}
	if _, err := corridor.ParseLT(string(s.Receiver)); err != nil {
		return fmt.Errorf("receiver: %w", err)
	}
	if _, err := corridor.ParseMessageType(string(s.Type)); err != nil {
		return err
	}
	switch {
	case s.Number == 0:
		return fmt.Errorf("number 0: the first message of a terminal has number 1")
	case !s.Priority.Valid():
		return fmt.Errorf("priority %q is not S, U or N", byte(s.Priority))
	case !s.Monitoring.Valid():
		return fmt.Errorf("monitoring %d is not 0, 1, 2 or 3", s.Monitoring)
	case len(s.Reference) > corridor.MaxReference:
		return fmt.Errorf("reference has %d characters, the limit is %d", len(s.Reference), corridor.MaxReference)
	case s.UETR != "" && !corridor.ValidUETR(string(s.UETR)):
		return fmt.Errorf("UETR %q is not a UUID of version 4 in lower case", string(s.UETR))
	case s.Payload.IsZero() || s.PayloadSize == 0:
		return fmt.Errorf("the payload's digest or size is missing")
	}
	return nil
}

// Acknowledgement is what a receiver signs of one delivered message, once it is durable in the receiver's store.
type Acknowledgement struct {
	Network    corridor.Network
	Receiver   corridor.LT
	Number     corridor.OSN
	Message    corridor.Digest // leaf hash of the sender's Submission
	Refused    bool
	Code       string // why refused: Y01 … Y05
	Text       string
	ReceivedAt uint64 // Unix milliseconds by the receiver's clock
}

// Append writes the bytes that are signed.
func (a *Acknowledgement) Append(b []byte) []byte {
	b = appendBytes(b, 1, a.Network)
	b = appendBytes(b, 2, a.Receiver)
	b = appendUint(b, 3, uint64(a.Number))
	b = appendDigest(b, 4, a.Message)
	b = appendBool(b, 5, a.Refused)
	b = appendBytes(b, 6, a.Code)
	b = appendBytes(b, 7, a.Text)
	return appendUint(b, 8, a.ReceivedAt)
}

func (a *Acknowledgement) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setString(&a.Network, v)
	case 2:
		return setString(&a.Receiver, v)
	case 3:
		return setUint(&a.Number, v)
	case 4:
		return setDigest(&a.Message, v)
	case 5:
		return setBool(&a.Refused, v)
	case 6:
		return setString(&a.Code, v)
	case 7:
		return setString(&a.Text, v)
	case 8:
		return setUint(&a.ReceivedAt, v)
	}
	return unknownField(n)
}

// DecodeAcknowledgement reads a statement and checks the form of every field. Its strings share b's memory, see Decode.
func DecodeAcknowledgement(b []byte) (Acknowledgement, error) {
	var a Acknowledgement
	if len(b) > corridor.MaxStatement {
		return a, fmt.Errorf("acknowledgement has %d bytes, the limit is %d", len(b), corridor.MaxStatement)
	}
	if err := eachField(b, a.field); err != nil {
		return a, fmt.Errorf("acknowledgement: %w", err)
	}
	if _, err := corridor.ParseLT(string(a.Receiver)); err != nil {
		return a, fmt.Errorf("acknowledgement: %w", err)
	}
	switch {
	case a.Number == 0 || a.Message.IsZero():
		return a, fmt.Errorf("acknowledgement: the number or the message's digest is missing")
	case a.Refused != (a.Code != ""):
		return a, fmt.Errorf("acknowledgement: a refusal needs a code, and only a refusal has one")
	case len(a.Text) > corridor.MaxFaultText || len(a.Code) > 4:
		return a, fmt.Errorf("acknowledgement: text of at most %d characters and a code of at most 4", corridor.MaxFaultText)
	}
	return a, nil
}
