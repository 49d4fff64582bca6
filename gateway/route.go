package gateway

import (
	"bytes"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
	"corridor.example/corridor/rma"
)

// CheckLevel says how much of a message the gateway judges before it takes it. The network judges all of it in any case.
type CheckLevel string

// The levels.
const (
	CheckFull   CheckLevel = "full"   // every rule of the message's standard
	CheckHeader CheckLevel = "header" // only what routing needs
)

// The extensions of files.
const (
	extFIN = ".fin"
	extXML = ".xml"
	extAct = ".act"
	// extJSON is of a change of the directory that has no officer's signature: what orders made of institutions
	extJSON = ".json"
)

// readSubmission is the first step of a message's way: what the message says of itself becomes a statement without number. The
// content decides between FIN and ISO 20022.
func readSubmission(id identity, payload []byte, level CheckLevel, now time.Time) (entry.Submission, string, *corridor.Fault) {
	s := entry.Submission{Network: id.network, Sender: id.lt, Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: uint64(now.UnixMilli())}
	if len(payload) == 0 {
		return s, extFIN, corridor.NetworkFault(corridor.FaultFormat, "the message is empty")
	}
	if len(payload) > corridor.MaxPayload {
		return s, Extension(payload), corridor.NetworkFault(corridor.FaultTooLong, "it has", len(payload))
	}
	if looksFIN(payload) {
		return s, extFIN, readFIN(&s, payload, level, now)
	}
	if rma.LooksLikeMessage(payload) {
		return s, extAct, readAct(&s, payload)
	}
	return s, extXML, readXML(&s, payload, level, now)
}

func looksFIN(payload []byte) bool { return bytes.HasPrefix(payload, []byte("{1:")) }

// Extension is the extension of a message's file, by its content.
func Extension(payload []byte) string {
	switch {
	case looksFIN(payload):
		return extFIN
	case rma.LooksLikeMessage(payload):
		return extAct
	case bytes.HasPrefix(payload, []byte("{\"")):
		return extJSON
	}
	return extXML
}

// readAct reads an act about an authorisation: it travels as a message of the type that is its kind, from its own institution to the other one.
func readAct(s *entry.Submission, payload []byte) *corridor.Fault {
	acted, a, fault := rma.ReadMessage(payload)
	if fault != nil {
		return fault
	}
	from, to, fault := rma.Route(&a)
	switch {
	case fault != nil:
		return fault
	case from != s.Sender.BIC8():
		return corridor.NetworkFault(corridor.FaultSenderAddress, "the act is of", from, "and this is the folder of", s.Sender)
	}
	s.Type, s.Receiver, s.Priority, s.Reference = corridor.MessageType(a.Kind), corridor.LTOf(to, 'X'), corridor.Urgent, rma.Reference(acted.Statement)
	return formFault(s)
}

func readFIN(s *entry.Submission, payload []byte, level CheckLevel, now time.Time) *corridor.Fault {
	r, fault := mt.ReadRoute(payload)
	if fault != nil {
		return fault
	}
	switch {
	case r.Output || r.Service != [2]byte{'0', '1'}:
		return corridor.NetworkFault(corridor.FaultHeader, "only input messages are sent: service 01 in block 1, I in block 2")
	case string(r.Sender) != string(s.Sender):
		return corridor.NetworkFault(corridor.FaultSenderAddress, "block 1 names", string(r.Sender), "and this is the folder of", s.Sender)
	}
	s.Type, s.Receiver, s.Priority, s.Monitoring = r.Type, corridor.LT(r.Receiver), r.Priority, r.Monitoring
	s.Reference, s.UETR = corridor.Reference(r.MUR), corridor.UETR(r.UETR)
	s.PossibleDuplicate = bytes.Contains(payload[max(0, len(payload)-maxTrailer):], []byte("{PDE:"))
	if level == CheckFull {
		if c := mt.Check(payload, mt.Options{Date: now}); !c.Valid() {
			return c.First()
		}
	}
	return formFault(s)
}

// maxTrailer bounds where block 5 is looked for.
const maxTrailer = 300

func readXML(s *entry.Submission, payload []byte, level CheckLevel, now time.Time) *corridor.Fault {
	r, fault := mx.ReadRoute(payload)
	if fault != nil {
		return fault
	}
	if r.From.BIC8() != s.Sender.BIC8() {
		return corridor.NetworkFault(corridor.FaultSenderAddress, "the header is from", r.From, "and this is the folder of", s.Sender)
	}
	if _, err := corridor.ParseBIC(string(r.To)); err != nil {
		return corridor.NetworkFault(corridor.FaultHeader, "the header's To:", err)
	}
	s.Type, s.Receiver, s.Priority, s.Reference, s.UETR = r.Type, corridor.LTOf(r.To, 'X'), r.Priority, r.Reference, r.UETR
	s.PossibleDuplicate = r.Possible
	if level == CheckFull {
		if c := mx.Check(payload, mx.Options{At: now}); !c.Valid() {
			return &c.Faults[0]
		}
	}
	return formFault(s)
}

// formFault refuses what no statement can say; the number is given later.
func formFault(s *entry.Submission) *corridor.Fault {
	probe := *s
	probe.Number = 1
	if _, err := entry.DecodeSubmission(probe.Append(nil)); err != nil {
		return corridor.NetworkFault(corridor.FaultHeader, err)
	}
	return nil
}
