package hub

import (
	"fmt"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
)

// HeaderStandards checks that a message is what its statement says: a FIN or ISO 20022 message with this sender,
// receiver, type, priority, monitoring, reference and UETR.
func HeaderStandards(s *entry.Submission, payload []byte, _ time.Time) *corridor.Fault {
	if s.Type.IsFIN() {
		return matchFIN(s, payload)
	}
	return matchXML(s, payload)
}

// FullStandards is HeaderStandards and then every rule of the message's standard, as in force when the message came.
// The first fault is the answer.
func FullStandards(s *entry.Submission, payload []byte, at time.Time) *corridor.Fault {
	if f := HeaderStandards(s, payload, at); f != nil {
		return f
	}
	var faults []corridor.Fault
	if s.Type.IsFIN() {
		r := mt.Check(payload, mt.Options{Date: at})
		faults = r.Faults
	} else {
		r := mx.Check(payload, mx.Options{At: at})
		faults = r.Faults
	}
	if len(faults) == 0 {
		return nil
	}
	return bounded(faults[0])
}

// bounded makes a standard's fault fit an entry, and says whose it is.
func bounded(f corridor.Fault) *corridor.Fault {
	if len(f.Text) > corridor.MaxFaultText {
		f.Text = f.Text[:corridor.MaxFaultText]
	}
	if len(f.Path) > corridor.MaxFaultText {
		f.Path = f.Path[:corridor.MaxFaultText]
	}
	if f.Whose == "" {
		f.Whose = corridor.Sender
	}
	return &f
}

func matchFIN(s *entry.Submission, payload []byte) *corridor.Fault {
	r, f := mt.ReadRoute(payload)
	if f != nil {
		return bounded(*f)
	}
	switch {
	case r.Output || r.Service != [2]byte{'0', '1'}:
		return corridor.NetworkFault(corridor.FaultHeader, "members send input messages: service 01 in block 1, I in block 2")
	case string(r.Sender) != string(s.Sender):
		return corridor.NetworkFault(corridor.FaultSenderAddress, fmt.Sprintf("block 1 names %s, the signer is %s", r.Sender, s.Sender))
	case r.Type != s.Type:
		return differs("type", r.Type, s.Type)
	case string(r.Receiver) != string(s.Receiver):
		return differs("receiver", corridor.LT(r.Receiver), s.Receiver)
	case r.Priority != s.Priority:
		return differs("priority", r.Priority, s.Priority)
	case r.Monitoring != s.Monitoring:
		return differs("monitoring", r.Monitoring, s.Monitoring)
	case string(r.MUR) != string(s.Reference):
		return differs("reference (108)", corridor.Reference(r.MUR), s.Reference)
	case string(r.UETR) != string(s.UETR):
		return differs("UETR (121)", corridor.UETR(r.UETR), s.UETR)
	}
	return nil
}

func matchXML(s *entry.Submission, payload []byte) *corridor.Fault {
	r, f := mx.ReadRoute(payload)
	if f != nil {
		return bounded(*f)
	}
	switch {
	case r.From.BIC8() != s.Sender.BIC8():
		return corridor.NetworkFault(corridor.FaultSenderAddress, fmt.Sprintf("the header is from %s, the signer is %s", r.From, s.Sender))
	case r.Type != s.Type:
		return differs("type", r.Type, s.Type)
	case corridor.LTOf(r.To, 'X') != s.Receiver:
		return differs("receiver", r.To, s.Receiver)
	case r.Priority != s.Priority:
		return differs("priority", r.Priority, s.Priority)
	case r.Reference != s.Reference:
		return differs("reference (BizMsgIdr)", r.Reference, s.Reference)
	case r.UETR != s.UETR:
		return differs("UETR", r.UETR, s.UETR)
	}
	return nil
}

func differs(what string, header, statement any) *corridor.Fault {
	return corridor.NetworkFault(corridor.FaultStatement, fmt.Sprintf("%s: the header has %v, the statement %v", what, header, statement))
}
