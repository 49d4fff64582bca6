package entry

import (
	"fmt"
	"strings"

	"corridor.example/corridor"
	"google.golang.org/protobuf/encoding/protowire"
)

// DomainAct separates an officer's signature under an Act from all others.
const DomainAct Domain = "corridor/act/1\x00"

// Act is what an officer signs: one step of governance. The journal keeps it as Acted, with signature and certificate.
type Act struct {
	Network  corridor.Network
	Kind     string          // "order.sign", "directory.change", "rma.authorise" …: which package reads it stands before the dot
	For      corridor.BIC    // BIC8 of the institution whose officer it is; empty for the network's own
	Subject  string          // what it is about: an order's id, an appeal's, …
	Document corridor.Digest // digest of the canonical document it speaks of
	Body     []byte          // the kind's own data, canonical JSON
	Reason   string
	SignedAt uint64 // Unix milliseconds by the officer's clock
}

// Append writes the statement.
func (a *Act) Append(b []byte) []byte {
	b = appendBytes(b, 1, a.Network)
	b = appendBytes(b, 2, a.Kind)
	b = appendBytes(b, 3, a.For)
	b = appendBytes(b, 4, a.Subject)
	b = appendDigest(b, 5, a.Document)
	b = appendBytes(b, 6, a.Body)
	b = appendText(b, 7, a.Reason, corridor.MaxFaultText)
	return appendUint(b, 8, a.SignedAt)
}

func (a *Act) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setString(&a.Network, v)
	case 2:
		return setString(&a.Kind, v)
	case 3:
		return setString(&a.For, v)
	case 4:
		return setString(&a.Subject, v)
	case 5:
		return setDigest(&a.Document, v)
	case 6:
		return setBytes(&a.Body, v)
	case 7:
		return setString(&a.Reason, v)
	case 8:
		return setUint(&a.SignedAt, v)
	}
	return unknownField(n)
}

// AppendSignedAct writes what the signature under an act's statement covers.
func AppendSignedAct(b, statement []byte) []byte {
	return append(append(b, DomainAct...), statement...)
}

// DecodeAct reads a statement and checks the form of every field; what the body says is its package's to judge. The result
// shares b's memory, see Decode.
func DecodeAct(b []byte) (Act, error) {
	var a Act
	if len(b) > MaxAct {
		return a, fmt.Errorf("act has %d bytes, the limit is %d", len(b), MaxAct)
	}
	if err := eachField(b, a.field); err != nil {
		return a, fmt.Errorf("act: %w", err)
	}
	return a, a.check()
}

func (a *Act) check() error {
	if _, err := corridor.ParseNetwork(string(a.Network)); err != nil {
		return fmt.Errorf("act: %w", err)
	}
	if noun, verb, ok := strings.Cut(a.Kind, "."); !ok || noun == "" || verb == "" || len(a.Kind) > maxWord {
		return fmt.Errorf("act: kind %q is not of the form noun.verb", a.Kind)
	}
	if a.For != "" {
		if _, err := corridor.ParseBIC(string(a.For)); err != nil || len(a.For) != 8 {
			return fmt.Errorf("act: %q is not the BIC8 of an institution", string(a.For))
		}
	}
	switch {
	case len(a.Body) > MaxActBody:
		return fmt.Errorf("act: the body has %d bytes, the limit is %d: split it", len(a.Body), MaxActBody)
	case len(a.Subject) > maxWord || len(a.Reason) > corridor.MaxFaultText:
		return fmt.Errorf("act: a subject has at most %d characters, a reason %d", maxWord, corridor.MaxFaultText)
	case a.SignedAt == 0:
		return fmt.Errorf("act: the time of signing is missing")
	}
	return nil
}
