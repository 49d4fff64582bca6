package gateway

import (
	"time"

	"corridor.example/corridor"
)

// Event is one step of a message's way, told after it is durable. It names the message and never holds its content.
type Event struct {
	Kind      EventKind
	At        time.Time
	LT        corridor.LT // the terminal whose gateway this is
	Number    corridor.ISN
	OSN       corridor.OSN
	Type      corridor.MessageType
	Peer      corridor.LT // receiver of what is sent, sender of what comes
	Reference corridor.Reference
	UETR      corridor.UETR
	Session   corridor.SessionNumber
	Position  corridor.Position // in the journal
	Fault     *corridor.Fault
	File      string // the file submitted, refused or handed over; the answer's file
	Duplicate bool   // Delivered: the network says that it may have sent it before
	Error     error  // Stopped, Disconnected

	Unauthorised string // Delivered, Routed: what authorisation the message lacked
	Directory    string // Submitted, RefusedHere, NotAccepted, Answered: what the directory says against the receiver
}

// EventKind tells events apart.
type EventKind string

// The events.
const (
	Submitted    EventKind = "submitted"    // numbered and kept; it will be sent
	RefusedHere  EventKind = "refused-here" // not sent: refused before it had a number
	Acknowledged EventKind = "acknowledged" // the network took it over; the receipt is verified and kept
	NotAccepted  EventKind = "refused"      // the network refused it with a fault; the receipt is verified and kept
	Answered     EventKind = "filed"        // the answer's files are written
	Confirmed    EventKind = "confirmed"    // the receiver's acknowledgement, asked for with the message, is filed: proof of delivery
	Delivered    EventKind = "delivered"    // received, verified, kept
	Routed       EventKind = "routed"       // handed over to the back office
	Connected    EventKind = "connected"
	Disconnected EventKind = "disconnected"
	Stopped      EventKind = "stopped" // the terminal needs a person
)
