package notice

// Cause is why the network did not deliver a message that it had accepted, or refused one, as its sender is told.
type Cause string

// The causes ("codes to send back").
const (
	ReceiverCut      Cause = "receiver_disconnected" // refused at input
	SenderCut        Cause = "sender_disconnected"   // refused at input, where a session is open at all
	Returned         Cause = "returned"              // from the queue, at the fence
	ReturnedAwaiting Cause = "returned_awaiting"     // while it waited for a copy service's word
	ReturnedBypassed Cause = "returned_bypassed"     // after a copy service was bypassed
	ReturnedScreened Cause = "returned_screened"     // held by screening
	Held             Cause = "held"
	LicenceMissing   Cause = "licence_missing"
	LicenceBudget    Cause = "licence_budget"
	Doubtful         Cause = "in_doubt"
)

// Codes are what a sender is sent for a cause. None names a listed person or quotes an order: a code reaches third parties.
type Codes struct {
	FIN    string // field 432 of MT 019, or the NAK's code
	Status string // transaction status of pacs.002: RJCT or PDNG; empty: no message
	Reason string // its reason
	API    string // event or error of the API
	Text   string // for people
}

// The codes that texts quote.
const (
	CodeDisabled    = "03"   // FIN field 432: destination disabled
	ReasonSuspended = "AG10" // agent suspended
)

const causeFIN = "H50" // header: destination disabled

// CodesOf is the table.
func CodesOf(c Cause) Codes {
	switch c {
	case ReceiverCut:
		return Codes{causeFIN, "RJCT", "AG11", "receiver_disconnected", "the receiver is not in service"}
	case SenderCut:
		return Codes{causeFIN, "", "", "sender_disconnected", "this terminal is not in service"}
	case Returned:
		return Codes{CodeDisabled, "RJCT", ReasonSuspended, "returned", "returned: the receiver is not in service"}
	case ReturnedAwaiting:
		return Codes{"13", "RJCT", ReasonSuspended, "returned", "returned while it waited for a release: the receiver is not in service"}
	case ReturnedBypassed:
		return Codes{"23", "RJCT", ReasonSuspended, "returned", "returned: the receiver is not in service"}
	case ReturnedScreened:
		return Codes{"S1", "RJCT", "RR04", "returned", "returned after a review"}
	case Held:
		return Codes{"", "PDNG", "", "held", "held for review"}
	case LicenceMissing:
		return Codes{"71", "RJCT", "RR04", "licence_missing", "the licence that it claims is not known or does not fit"}
	case LicenceBudget:
		return Codes{"72", "RJCT", "RR04", "licence_budget", "the licence that it claims is used up"}
	case Doubtful:
		return Codes{"", "", "", "in_doubt", "given out and not acknowledged: it may have arrived"}
	}
	return Codes{}
}

// Causes are all causes, in the order of the table.
func Causes() []Cause {
	return []Cause{ReceiverCut, SenderCut, Returned, ReturnedAwaiting, ReturnedBypassed, ReturnedScreened, Held, LicenceMissing, LicenceBudget, Doubtful}
}
