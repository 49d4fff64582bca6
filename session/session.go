// Package session is the wire protocol between a member and the network: client and server, in order and windowed.
//
// A session is one gRPC stream over mutual TLS 1.3, carried by one connection, of one logical terminal. The member logs in,
// submits signed frames and receives answers and deliveries, each with its proof. docs/protocol.md is the specification,
// sessionpb/session.proto the form on the wire.
//
// The server side knows connections, the login's form and who may log in from which certificate; what a frame means is its
// Handler's business. The client side hands over nothing that it has not verified. Neither keeps anything on disk, and the
// client does not connect again by itself: what must be sent again after a break is its user's store's knowledge (see Client).
package session

import (
	"context"

	"corridor.example/corridor"
	"corridor.example/corridor/session/sessionpb"
)

//go:generate protoc -I .. --go_out=.. --go_opt=module=corridor.example/corridor --go-grpc_out=.. --go-grpc_opt=module=corridor.example/corridor ../session/sessionpb/session.proto

// Version is the version of the protocol that this package speaks.
const Version = 1

// Peer is who a connection belongs to, as its transport certificate proves.
type Peer struct {
	Transport corridor.Digest // the transport certificate's KeyID
	LTs       []corridor.LT   // the terminals that may log in from it
	Address   string          // where from, for the log
}

// Handler is the network behind a Server. Its methods are called from many goroutines at once.
type Handler interface {
	// Login lets a member in or refuses with a fault. The server has checked that the login's version is spoken and that its
	// LT is one of the peer's. The context ends with the session. The server fills in the Welcome's version and, where they are 0,
	// its time and keep-alive.
	Login(context.Context, *sessionpb.Login, Peer) (Session, *sessionpb.Welcome, *corridor.Fault)
	// Checkpoint returns the newest signed checkpoint.
	Checkpoint(context.Context) ([]byte, error)
	// Consistency returns the proof that the log of the old size is the beginning of that of the new size.
	Consistency(_ context.Context, old, new uint64) ([][]byte, error)
}

// Session is one session as the network sees it. Submit, Acknowledge and Logout are called from one goroutine in the order of
// arrival; while they wait, nothing more is read from the member. Lost may be called beside them, and is called at most once.
type Session interface {
	// Submit takes frames, which the session may keep; a fault ends the session with a farewell.
	Submit(_ context.Context, frames [][]byte) *corridor.Fault
	// Acknowledge takes frames of acknowledgements, likewise.
	Acknowledge(_ context.Context, frames [][]byte) *corridor.Fault
	// Outgoing is what the member is sent, in order. The session closes it at the end, after a Farewell if there is one. Once
	// the member is lost the server still reads it until it is closed, and drops what it reads, so that no sender is stuck.
	Outgoing() <-chan *sessionpb.FromNetwork
	// Logout says that the member wants no more: what is outstanding is answered, then comes a Farewell without fault.
	Logout()
	// Lost says that the member is gone before a Farewell came out of Outgoing; reason is a code of corridor.NetworkFaults.
	Lost(reason string)
}
