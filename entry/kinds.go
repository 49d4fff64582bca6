package entry

import (
	"encoding/binary"
	"fmt"
	"math"

	"corridor.example/corridor"
	"google.golang.org/protobuf/encoding/protowire"
)

func (e TermStarted) append(b []byte) []byte {
	b = appendUint(b, 1, e.Term)
	b = appendBytes(b, 2, e.Network)
	return appendBytes(b, 3, e.Certificate)
}

func (e *TermStarted) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setUint(&e.Term, v)
	case 2:
		return setString(&e.Network, v)
	case 3:
		return setBytes(&e.Certificate, v)
	}
	return unknownField(n)
}

func (e MemberAdmitted) append(b []byte) []byte {
	b = appendBytes(b, 1, e.LT)
	return appendBytes(b, 2, e.Certificate)
}

func (e *MemberAdmitted) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setString(&e.LT, v)
	case 2:
		return setBytes(&e.Certificate, v)
	}
	return unknownField(n)
}

func (e KeyRevoked) append(b []byte) []byte {
	b = appendDigest(b, 1, e.Key)
	b = appendBytes(b, 2, e.LT)
	b = appendText(b, 3, e.Reason, corridor.MaxFaultText)
	return appendBytes(b, 4, e.Statement)
}

func (e *KeyRevoked) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setDigest(&e.Key, v)
	case 2:
		return setString(&e.LT, v)
	case 3:
		return setString(&e.Reason, v)
	case 4:
		return setBytes(&e.Statement, v)
	}
	return unknownField(n)
}

func (e SessionOpened) append(b []byte) []byte {
	b = appendBytes(b, 1, e.LT)
	b = appendUint(b, 2, uint64(e.Session))
	b = appendDigest(b, 3, e.TransportKey)
	b = appendDigest(b, 4, e.SigningKey)
	b = appendUint(b, 5, uint64(e.Window))
	return appendBool(b, 6, e.Delivery)
}

func (e *SessionOpened) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setString(&e.LT, v)
	case 2:
		return setUint(&e.Session, v)
	case 3:
		return setDigest(&e.TransportKey, v)
	case 4:
		return setDigest(&e.SigningKey, v)
	case 5:
		return setUint(&e.Window, v)
	case 6:
		return setBool(&e.Delivery, v)
	}
	return unknownField(n)
}

func (e SessionClosed) append(b []byte) []byte {
	b = appendBytes(b, 1, e.LT)
	b = appendUint(b, 2, uint64(e.Session))
	return appendText(b, 3, e.Reason, maxWord)
}

func (e *SessionClosed) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setString(&e.LT, v)
	case 2:
		return setUint(&e.Session, v)
	case 3:
		return setString(&e.Reason, v)
	}
	return unknownField(n)
}

func (e Accepted) append(b []byte) []byte {
	b = appendUint(b, 1, uint64(e.Frame))
	b = appendUint(b, 2, uint64(e.Index))
	b = appendUint(b, 3, uint64(e.Session))
	return appendBytes(b, 4, e.Statement)
}

func (e *Accepted) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setUint(&e.Frame, v)
	case 2:
		return setUint(&e.Index, v)
	case 3:
		return setUint(&e.Session, v)
	case 4:
		return setBytes(&e.Statement, v)
	}
	return unknownField(n)
}

func (e Refused) append(b []byte) []byte {
	b = appendUint(b, 1, uint64(e.Frame))
	b = appendUint(b, 2, uint64(e.Index))
	b = appendUint(b, 3, uint64(e.Session))
	b = appendBytes(b, 4, e.Statement)
	b = appendText(b, 5, e.Fault.Code, maxWord)
	b = appendText(b, 6, e.Fault.Text, corridor.MaxFaultText)
	b = appendText(b, 7, e.Fault.Field, maxWord)
	b = appendText(b, 8, e.Fault.Path, corridor.MaxFaultText)
	b = appendUint(b, 9, place(e.Fault.Line))
	b = appendUint(b, 10, place(e.Fault.Column))
	b = appendText(b, 11, e.Fault.Rule, maxWord)
	b = appendText(b, 12, e.Fault.Whose, maxWord)
	return appendUint(b, 13, place(e.Fault.Occurrence))
}

// place is a line, column or occurrence as it is stored.
func place(n int) uint64 { return uint64(min(max(n, 0), math.MaxInt32)) }

func (e *Refused) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setUint(&e.Frame, v)
	case 2:
		return setUint(&e.Index, v)
	case 3:
		return setUint(&e.Session, v)
	case 4:
		return setBytes(&e.Statement, v)
	case 5:
		return setString(&e.Fault.Code, v)
	case 6:
		return setString(&e.Fault.Text, v)
	case 7:
		return setString(&e.Fault.Field, v)
	case 8:
		return setString(&e.Fault.Path, v)
	case 9:
		return setUint(&e.Fault.Line, v)
	case 10:
		return setUint(&e.Fault.Column, v)
	case 11:
		return setString(&e.Fault.Rule, v)
	case 12:
		return setString(&e.Fault.Whose, v)
	case 13:
		return setUint(&e.Fault.Occurrence, v)
	}
	return unknownField(n)
}

func (e Assigned) append(b []byte) []byte {
	b = appendBytes(b, 1, e.LT)
	b = appendUint(b, 2, uint64(e.Session))
	b = appendUint(b, 3, uint64(e.First))
	if len(e.Messages) == 0 {
		return b
	}
	b = protowire.AppendTag(b, 4, protowire.BytesType)
	at := len(b)
	b = append(b, 0)
	for _, p := range e.Messages {
		b = binary.AppendUvarint(b, p.Page)
		b = binary.AppendUvarint(b, uint64(p.Index))
	}
	return fixLength(b, at)
}

func (e *Assigned) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setString(&e.LT, v)
	case 2:
		return setUint(&e.Session, v)
	case 3:
		return setUint(&e.First, v)
	case 4:
		return e.positions(v)
	}
	return unknownField(n)
}

func (e *Assigned) positions(v value) error {
	if v.wire != protowire.BytesType {
		return errMalformed
	}
	for b := v.bytes; len(b) > 0; {
		page, l := protowire.ConsumeVarint(b)
		if l < 0 || l != protowire.SizeVarint(page) {
			return errMalformed
		}
		index, m := protowire.ConsumeVarint(b[l:])
		if m < 0 || m != protowire.SizeVarint(index) || index > 1<<32-1 {
			return errMalformed
		}
		if len(e.Messages) == corridor.MaxAssigned {
			return fmt.Errorf("more than %d messages", corridor.MaxAssigned)
		}
		e.Messages = append(e.Messages, corridor.Position{Page: page, Index: uint32(index)})
		b = b[l+m:]
	}
	return nil
}

func (e Acknowledged) append(b []byte) []byte {
	b = appendUint(b, 1, uint64(e.Frame))
	b = appendUint(b, 2, uint64(e.Index))
	return appendBytes(b, 3, e.Statement)
}

func (e *Acknowledged) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setUint(&e.Frame, v)
	case 2:
		return setUint(&e.Index, v)
	case 3:
		return setBytes(&e.Statement, v)
	}
	return unknownField(n)
}

func (e Originated) append(b []byte) []byte {
	b = appendBytes(b, 1, e.Statement)
	b = appendUint(b, 2, e.About.Page)
	b = appendUint(b, 3, uint64(e.About.Index))
	return appendUint(b, 4, uint64(e.Reason))
}

func (e *Originated) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setBytes(&e.Statement, v)
	case 2:
		return setUint(&e.About.Page, v)
	case 3:
		return setUint(&e.About.Index, v)
	case 4:
		return setUint(&e.Reason, v)
	}
	return unknownField(n)
}
