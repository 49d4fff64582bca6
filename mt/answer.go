package mt

import (
	"time"

	corridor "corridor.example/corridor"
)

// Ack is the network's positive answer to the message whose headers r are: service 21, at the sender's local time.
func Ack(r Route, at time.Time) []byte { return answer(r, nil, at) }

// Nak is the network's refusal: the code and, for a fault of the text, its line.
func Nak(r Route, f *corridor.Fault, at time.Time) []byte { return answer(r, f, at) }

// ReceiverAck and ReceiverNak are the receiver's answers to an output message (UAK, UNK). They never name the MUR,
// and the code of a refusal is of family Y.
func ReceiverAck(r Route, at time.Time) []byte {
	r.MUR = nil
	return answer(addressedBack(r), nil, at)
}

// ReceiverNak refuses an output message.
func ReceiverNak(r Route, f *corridor.Fault, at time.Time) []byte {
	r.MUR = nil
	return answer(addressedBack(r), f, at)
}

// addressedBack turns the route of an output message: its answer carries the LT of block 1, the receiver's.
func addressedBack(r Route) Route {
	if r.Output {
		r.Sender = r.Receiver
	}
	return r
}

func answer(r Route, f *corridor.Fault, at time.Time) []byte {
	b := make([]byte, 0, 128)
	b = append(b, "{1:"...)
	b = append(b, r.Application)
	b = append(b, "21"...)
	b = append(b, r.Sender...)
	b = append(b, r.Session...)
	b = append(b, r.Sequence...)
	b = append(b, "}{4:{177:"...)
	b = at.AppendFormat(b, "0601021504")
	if f == nil {
		b = append(b, "}{451:0}"...)
	} else {
		b = append(b, "}{451:1}{405:"...)
		b = append(b, f.Code405()...)
		b = append(b, '}')
	}
	if len(r.MUR) > 0 {
		b = append(b, "{108:"...)
		b = append(b, r.MUR...)
		b = append(b, '}')
	}
	return append(b, '}')
}

// Answer is a service 21 message as read: the answer to the message that an LT sent, or received, under a number.
type Answer struct {
	LT       corridor.LT
	Session  string
	Sequence string
	At       string // YYMMDDHHMM, local time of the LT
	Accepted bool
	Code     string // of a refusal
	Line     string // three digits, or empty
	MUR      string
}

// ReadAnswer reads an ACK, NAK, UAK or UNK. A refusal whose 405 lacks its closing brace, as some programs write it,
// is read too.
func ReadAnswer(b []byte) (Answer, *corridor.Fault) {
	m, faults := Parse(b)
	if m.Basic.Service != "21" {
		return Answer{}, &corridor.Fault{Code: "H03", Text: "this is not an answer (service 21)"}
	}
	if len(faults) > 0 && len(m.Tags) == 0 {
		return Answer{}, &faults[0]
	}
	a := Answer{LT: corridor.LT(m.Basic.LT), Session: m.Basic.Session, Sequence: m.Basic.Sequence}
	a.At, _ = m.SystemTag("177")
	verdict, ok := m.SystemTag("451")
	if !ok {
		return a, &corridor.Fault{Code: "V02", Text: "the answer has no field 451"}
	}
	a.Accepted = verdict == "0"
	a.MUR, _ = m.SystemTag("108")
	a.Code, _ = m.SystemTag("405")
	if len(a.Code) > 3 {
		a.Line = a.Code[3:min(6, len(a.Code))]
		a.Code = a.Code[:3]
	}
	return a, nil
}
