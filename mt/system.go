package mt

import (
	"time"

	corridor "corridor.example/corridor"
)

// NetworkLT is the sender of the network's own messages, unless its operator chooses another: no institution's
// address.
const NetworkLT corridor.LT = "CRDRXXXXAXXX"

// ServiceAddress is where requests to the network go.
const ServiceAddress corridor.LT = "CRDRXXXXXXXX"

// Envelope is the headers of a message that the network itself sends to a terminal.
type Envelope struct {
	To      corridor.LT
	Session corridor.SessionNumber
	OSN     corridor.OSN
	At      time.Time    // in the receiver's zone
	From    corridor.LT  // empty: NetworkLT
	Request corridor.MIR // of the request it answers, for the SYS trailer
	Asked   time.Time    // when that request was sent
	Number  uint64       // the network's own running number, for the MIR of this message
}

// System writes a message of category 0 from the network: number is "011", tags its block 4 in order.
func System(number string, e Envelope, tags ...Tag) []byte {
	from := e.From
	if from == "" {
		from = NetworkLT
	}
	b := make([]byte, 0, 320)
	b = appendBasic(b, 'F', e.To, e.Session, uint64(e.OSN))
	mir := e.At.AppendFormat(nil, "060102")
	mir = append(append(mir, from...), "0000"...)
	mir = appendDigits(mir, e.Number, 6)
	b = appendOutputHeader(b, number, e.At, string(mir), e.At, 'S')
	start := len(b)
	b = append(b, "{4:"...)
	for _, t := range tags {
		b = appendTag(b, t.Name, t.Value)
	}
	b = append(b, '}')
	trailers := []Tag{{"CHK", Checksum(string(e.To), string(b[start:]))}, {"SYS", e.asked()}}
	if e.To.BIC8().IsTest() {
		trailers = append(trailers, Tag{"TNG", ""})
	}
	return appendBlock(b, "5", trailers)
}

func (e Envelope) asked() string {
	if e.Request == "" {
		return ""
	}
	return e.Asked.Format("1504") + string(e.Request)
}

// optional leaves out fields without a value.
func optional(tags []Tag) []Tag {
	kept := tags[:0]
	for _, t := range tags {
		if t.Value != "" {
			kept = append(kept, t)
		}
	}
	return kept
}

// Delivered is what a sender hears of a delivery.
type Delivered struct {
	MIR        corridor.MIR
	MUR        corridor.Reference
	MOR        corridor.MOR
	InputTime  time.Time // in the sender's zone
	OutputTime time.Time // in the receiver's zone
}

// DeliveryNotification is MT 011: the message has been delivered.
func DeliveryNotification(e Envelope, d Delivered) []byte {
	return System("011", e, optional([]Tag{{"175", d.InputTime.Format("1504")}, {"106", string(d.MIR)}, {"108", string(d.MUR)},
		{"175", d.OutputTime.Format("1504")}, {"107", string(d.MOR)}})...)
}

// Undelivered is what a sender hears of a message that waits.
type Undelivered struct {
	MIR      corridor.MIR
	MUR      corridor.Reference
	Status   string // 431: 01 delivered, 07 no attempt yet …
	Receiver corridor.LT
	Priority corridor.Priority
}

// NonDelivery is MT 010: the obsolescence period has passed and the message has not been delivered.
func NonDelivery(e Envelope, u Undelivered) []byte {
	return System("010", e, optional([]Tag{{"106", string(u.MIR)}, {"108", string(u.MUR)}, {"431", u.Status},
		{"102", string(u.Receiver)}, {"104", u.Priority.String()}})...)
}

// Aborted is what a sender hears of a message that will not be delivered.
type Aborted struct {
	InputTime time.Time
	MIR       corridor.MIR
	MUR       corridor.Reference
	Receiver  corridor.LT
	MOR       corridor.MOR // of the last attempt, if there was one
	Reason    string       // 432, two characters
	Service   string       // 619: the copy service that stopped it
}

// AbortNotification is MT 019: the network has given up the delivery.
func AbortNotification(e Envelope, a Aborted) []byte {
	return System("019", e, optional([]Tag{{"175", a.InputTime.Format("1504")}, {"106", string(a.MIR)}, {"108", string(a.MUR)},
		{"102", string(a.Receiver)}, {"107", string(a.MOR)}, {"432", a.Reason}, {"619", a.Service}})...)
}

// DelayedNak is MT 015: an accepted message is refused after all. The envelope's Request names it.
func DelayedNak(e Envelope, f *corridor.Fault) []byte {
	return System("015", e, Tag{"405", f.Code405()})
}

// Released is what a sender hears when a copy service has let a message pass.
type Released struct {
	InputTime   time.Time
	MIR         corridor.MIR
	MUR         corridor.Reference
	Receiver    corridor.LT
	Service     string // 103
	Information string // 114
}

// SenderNotification is MT 012.
func SenderNotification(e Envelope, r Released) []byte {
	return System("012", e, optional([]Tag{{"175", r.InputTime.Format("1504")}, {"106", string(r.MIR)}, {"108", string(r.MUR)},
		{"102", string(r.Receiver)}, {"103", r.Service}, {"114", r.Information}})...)
}

// Retrieved is one message in answer to a retrieval.
type Retrieved struct {
	InputTime time.Time
	MIR       corridor.MIR
	Accepted  bool
	Code      string // of a refusal
	MUR       corridor.Reference
	Status    string
	Delivery  []Attempt
	Text      []byte // the message itself, in MT 021
}

// Attempt is one delivery that was tried.
type Attempt struct {
	At       time.Time
	MOR      corridor.MOR
	Accepted bool
	Code     string
}

// Retrieval is MT 021 (with the text) or 023 (without): one section of the answer to a request.
func Retrieval(e Envelope, section, sections int, list ...Retrieved) []byte {
	number := "023"
	tags := sectionTags(section, sections)
	for _, r := range list {
		tags = append(tags, r.tags()...)
		if len(r.Text) > 0 {
			number = "021"
		}
	}
	return System(number, e, tags...)
}

// NotRetrieved is the answer to a retrieval that finds nothing: 421 says why.
func NotRetrieved(e Envelope, number, reason string) []byte {
	return System(number, e, append(sectionTags(1, 1), Tag{"421", reason})...)
}

func sectionTags(section, sections int) []Tag {
	return []Tag{{"202", string(appendDigits(nil, uint64(section), 4))}, {"203", string(appendDigits(nil, uint64(sections), 4))}}
}

func (r Retrieved) tags() []Tag {
	list := optional([]Tag{{"280", history(r.InputTime, string(r.MIR), r.Accepted, r.Code)}, {"108", string(r.MUR)}, {"431", r.Status}})
	for _, a := range r.Delivery {
		list = append(list, Tag{"281", history(a.At, string(a.MOR), a.Accepted, a.Code)})
	}
	return list
}

func history(at time.Time, reference string, accepted bool, code string) string {
	verdict := "N"
	if accepted {
		verdict, code = "Y", ""
	}
	return at.Format("1504") + reference + verdict + code
}

// Waiting is one line of a report of undelivered messages.
type Waiting struct {
	InputTime   time.Time
	MIR         corridor.MIR
	Type        string // three digits
	Receiver    corridor.LT
	LastAttempt time.Time // zero if there was none
	MUR         corridor.Reference
}

// UndeliveredReport is MT 066 (asked for), 082 (at a fixed hour) or 083 (at cut-off): what waits at a time.
func UndeliveredReport(number string, e Envelope, section, sections int, at time.Time, option string, list []Waiting) []byte {
	tags := append(sectionTags(section, sections), Tag{"171", at.Format("060102")}, Tag{"175", at.Format("1504")})
	if option != "" {
		tags = append(tags, Tag{"301", option})
	}
	for _, w := range list {
		line := w.InputTime.Format("1504") + string(w.MIR) + w.Type + string(w.Receiver)
		if !w.LastAttempt.IsZero() {
			line += w.LastAttempt.Format("1504")
		}
		tags = append(tags, optional([]Tag{{"335", line}, {"108", string(w.MUR)}})...)
	}
	return System(number, e, tags...)
}

// SessionDay is one terminal's traffic of a day.
type SessionDay struct {
	LT             byte     // the terminal's code
	Sessions       []string // 331, one a session
	Sent, Received int
}

// DailyCheck is MT 081: the sessions of a day and what they carried.
func DailyCheck(e Envelope, section, sections int, days []SessionDay) []byte {
	tags := sectionTags(section, sections)
	for _, d := range days {
		tags = append(tags, Tag{"305", string(d.LT)})
		for _, s := range d.Sessions {
			tags = append(tags, Tag{"331", s})
		}
		totals := appendDigits(appendDigits(nil, uint64(d.Sent), 6), uint64(d.Received), 6)
		tags = append(tags, Tag{"332", string(totals)})
	}
	return System("081", e, tags...)
}
