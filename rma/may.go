package rma

import "corridor.example/corridor"

// Why says why a message may be sent, or what is missing.
type Why uint8

// The reasons.
const (
	Authorised  Why = iota // both sides agreed
	NeedsNone              // no authorisation is needed
	Missing                // there is none
	Requested              // asked for, not issued
	Proposed               // issued, not accepted
	Rejected               // the sender did not accept it
	Revoked                // the receiver ended it
	Deleted                // the sender ended it
	Readmitted             // not confirmed since a readmission
	Expired                // its time has passed
	NotYet                 // its time has not come
	NotThisType            // it does not hold this type
	whys
)

var whyTexts = [whys]string{"authorised", "no authorisation is needed", "there is no authorisation", "the authorisation is requested and not issued",
	"the authorisation is not accepted by the sender", "the sender rejected the authorisation", "the receiver revoked the authorisation",
	"the sender deleted the authorisation", "the authorisation is not confirmed since a readmission", "the authorisation has expired",
	"the authorisation is not valid yet", "the authorisation does not hold this type"}

func (w Why) String() string { return whyTexts[w] }

// May says whether one institution may send a type to another at a time (Unix nanoseconds), and why.
func (s *State) May(sender, receiver corridor.BIC, t corridor.MessageType, at int64) (bool, Why) {
	sender, receiver = sender.BIC8(), receiver.BIC8()
	if s.table.exempts(sender, receiver, t) {
		return true, NeedsNone
	}
	r := s.lookUp(key{codeOf(receiver), codeOf(sender), s.table.service(t)})
	if r == nil {
		return false, Missing
	}
	why := s.judge(r, t, secondOf(at))
	return why == Authorised, why
}

// judge asks the newest issue and the accepted one: what the issuer narrows holds at once, what it widens holds when accepted.
func (s *State) judge(r *row, t corridor.MessageType, at second) Why {
	if r.stage != enabled && r.stage != updated {
		return whyNot[r.stage]
	}
	for _, i := range []*issue{&r.issue, &r.taken} {
		switch {
		case i.expired(at):
			return Expired
		case at < i.from:
			return NotYet
		case !s.permissions[i.permission].allows(t):
			return NotThisType
		}
	}
	return Authorised
}

// whyNot is the reason of each stage in which nothing may be sent.
var whyNot = [stages]Why{absent: Missing, requested: Requested, proposed: Proposed, rejected: Rejected, revoked: Revoked, deleted: Deleted,
	confirm: Readmitted, renew: Readmitted}

// Refusal is the fault of a message that is not authorised, and nil where it is.
func (s *State) Refusal(sender, receiver corridor.BIC, t corridor.MessageType, at int64) *corridor.Fault {
	ok, why := s.May(sender, receiver, t, at)
	if ok {
		return nil
	}
	return corridor.NetworkFault(corridor.FaultNotAuthorised, why.String()+":", sender.BIC8(), "to", receiver.BIC8(), t)
}
