package rma

import (
	"bytes"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// IsKind reports a kind of act, or a type of message, of this package.
func IsKind[T ~string](kind T) bool { return strings.HasPrefix(string(kind), "rma.") }

// LooksLikeMessage reports a payload that is an act's file, from its first line.
func LooksLikeMessage(payload []byte) bool {
	return bytes.HasPrefix(payload, []byte("-----BEGIN CORRIDOR ACT-----\n"))
}

// ReadMessage reads the payload of a message of the types of this package: the file of an act that one institution sends to another. The
// signature is not judged here.
func ReadMessage(payload []byte) (entry.Acted, entry.Act, *corridor.Fault) {
	acted, err := entry.DecodeActFile(payload)
	if err != nil {
		return acted, entry.Act{}, corridor.NetworkFault(corridor.FaultRMAMessage, err)
	}
	a, err := entry.DecodeAct(acted.Statement)
	if err != nil {
		return acted, a, corridor.NetworkFault(corridor.FaultRMAMessage, err)
	}
	_, _, fault := Route(&a)
	return acted, a, fault
}

// Route is from which institution to which an act travels as a message. A list to start with travels to nobody.
func Route(a *entry.Act) (from, to corridor.BIC, fault *corridor.Fault) {
	p, fault := read(a)
	if fault != nil {
		return "", "", fault
	}
	if p.bootstrap != nil {
		return "", "", corridor.NetworkFault(corridor.FaultRMAMessage, "a list to start with is given to the network's operator, not sent as a message")
	}
	return p.party(), p.other(), nil
}

// Reference is what a message that carries an act has as its reference: the beginning of the act's digest.
func Reference(statement []byte) corridor.Reference {
	return corridor.Reference(strings.ToUpper(corridor.DigestOf(statement).String()[:16]))
}

// CheckMessage holds a submission against the act in its payload: network, type, the two institutions, reference.
func CheckMessage(s *entry.Submission, acted *entry.Acted, a *entry.Act) *corridor.Fault {
	from, to, fault := Route(a)
	switch {
	case fault != nil:
		return fault
	case a.Network != s.Network:
		return corridor.NetworkFault(corridor.FaultRMAMessage, "the act is for network", a.Network)
	case string(s.Type) != a.Kind:
		return corridor.NetworkFault(corridor.FaultRMAMessage, "the type is", s.Type, "and the act is", a.Kind)
	case s.Sender.BIC8() != from || s.Receiver.BIC8() != to:
		return corridor.NetworkFault(corridor.FaultRMAMessage, "the message goes from", s.Sender.BIC8(), "to", s.Receiver.BIC8(), "and the act from", from, "to", to)
	case s.Reference != Reference(acted.Statement):
		return corridor.NetworkFault(corridor.FaultRMAMessage, "the reference is not", Reference(acted.Statement))
	}
	return nil
}
