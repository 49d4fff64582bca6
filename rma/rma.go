// Package rma is who may send what to whom: the authorisations that receivers give to senders, and the acts of their officers
// by which authorisations come to be, change and end.
//
// An authorisation belongs to one receiver (its issuer), one sender (its correspondent) and one service, and works one way. The
// issuer authorises, the correspondent accepts; either ends it alone. The newest issue replaces the one before: what it narrows
// holds at once, what it widens holds when the correspondent has accepted it.
//
// It is pure state: Apply of acts, and look-ups. It has no clock, no disk and no socket, judges no signature and knows nothing of orders:
// whoever asks says whom an order suspends. Nothing is ever erased.
//
// On the wire an act travels as a message of the type that is its kind ("rma.authorise"); the payload is the act's file, and the
// act's body is canonical JSON (Body, Query, Bootstrap). On disk a State is kept as its snapshot (snapshot.go).
package rma

import (
	"encoding/binary"

	"corridor.example/corridor"
)

// The kinds of acts.
const (
	KindRequest   = "rma.request"   // the correspondent asks for an authorisation
	KindAuthorise = "rma.authorise" // the issuer gives one, or a new issue of it
	KindAccept    = "rma.accept"    // the correspondent takes the newest issue
	KindReject    = "rma.reject"    // the correspondent does not take it
	KindRevoke    = "rma.revoke"    // the issuer ends it, or declines a request
	KindDelete    = "rma.delete"    // the correspondent ends what it had accepted, or withdraws its request
	KindQuery     = "rma.query"     // free text from one desk to the other
	KindAnswer    = "rma.answer"    // the answer to a query
	KindBootstrap = "rma.bootstrap" // the network's list to start with, to be confirmed by its members
)

// FIN and MX are the services of the two message standards. Others are named by the Rules.
const (
	FIN = "fin"
	MX  = "mx"
)

// Key names an authorisation.
type Key struct {
	Issuer        corridor.BIC `json:"issuer"`        // BIC8 of the receiver of the messages
	Correspondent corridor.BIC `json:"correspondent"` // BIC8 of their sender
	Service       string       `json:"service"`
}

func (k Key) String() string {
	return string(k.Correspondent) + " to " + string(k.Issuer) + " on " + k.Service
}

// key is Key as the state holds it: 20 bytes without a pointer.
type key struct {
	issuer, correspondent code
	service               uint16
}

// code is a BIC8 as a number.
type code uint64

func codeOf(b corridor.BIC) code {
	if len(b) < 8 {
		return 0
	}
	return code(binary.BigEndian.Uint64([]byte(b[:8])))
}

func (c code) bic() corridor.BIC {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(c))
	return corridor.BIC(b[:])
}
