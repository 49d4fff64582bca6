package mx

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	corridor "corridor.example/corridor"
)

// rejectType is the message with which a network or an application refuses another.
const rejectType corridor.MessageType = "admi.002.001.01"

// The lengths that admi.002 allows.
const (
	rejectReason   = 35
	rejectLocation = 350
	rejectData     = 20000
)

// Refusal writes the network's answer to a message that it refuses: an admi.002 with its header, from the network to
// the sender. RjctgPtyRsn is the code of the first fault, ErrLctn its path, RsnDesc its text; AddtlData lists up to
// 20 faults as JSON, so that a program reads back what Check said.
func Refusal(r Route, faults []corridor.Fault, network corridor.BIC, reference corridor.Reference, at time.Time) ([]byte, []corridor.Fault) {
	m := NewMessage(rejectType)
	when := at.UTC().Format("2006-01-02T15:04:05+00:00")
	m.AppHdr.Set("Fr/FIId/FinInstnId/BICFI", string(network))
	m.AppHdr.Set("To/FIId/FinInstnId/BICFI", string(r.From))
	m.AppHdr.Set("BizMsgIdr", string(reference))
	m.AppHdr.Set("MsgDefIdr", string(rejectType))
	m.AppHdr.Set("CreDt", when)
	body := m.Document.Set(string(rejectType), "")
	body.Set("RltdRef/Ref", cut(string(r.Reference), corridor.MaxReference, "NOTPROVIDED"))
	first := corridor.Fault{Code: XMLUnreadable}
	if len(faults) > 0 {
		first = faults[0]
	}
	body.Set("Rsn/RjctgPtyRsn", cut(first.Code, rejectReason, "NOTPROVIDED"))
	body.Set("Rsn/RjctnDtTm", when)
	body.Set("Rsn/ErrLctn", cut(first.Path, rejectLocation, "/"))
	body.Set("Rsn/RsnDesc", cut(first.Text, rejectLocation, "refused"))
	if list := faultList(faults); list != "" {
		body.Set("Rsn/AddtlData", list)
	}
	return m.Write(Options{Profile: SchemaOnly})
}

// cut shortens a text to n characters; an empty one becomes the substitute.
func cut(s string, n int, substitute string) string {
	s = strings.Map(func(r rune) rune {
		if !xmlChar(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	if s == "" {
		return substitute
	}
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// faultList is the faults as JSON, as many as fit.
func faultList(faults []corridor.Fault) string {
	for n := min(len(faults), AnswerFaults); n > 0; n-- {
		b, err := json.Marshal(faults[:n])
		if err == nil && utf8.RuneCount(b) <= rejectData {
			return string(b)
		}
	}
	return ""
}

// ReadRefusal reads an admi.002: the reference of the refused message, and the faults. An admi.002 of another maker
// has one fault, made of its reason.
func ReadRefusal(b []byte) (corridor.Reference, []corridor.Fault, error) {
	m, faults := Read(b, Options{})
	if m == nil || m.Document == nil || m.Type != rejectType {
		if len(faults) > 0 {
			return "", nil, &faults[0]
		}
		return "", nil, &corridor.Fault{Code: SchemaMessage, Text: "not a message " + string(rejectType)}
	}
	body := m.Document.Find(string(rejectType))
	ref := corridor.Reference(body.Value("RltdRef/Ref"))
	var list []corridor.Fault
	if json.Unmarshal([]byte(body.Value("Rsn/AddtlData")), &list) != nil || len(list) == 0 {
		list = []corridor.Fault{{Code: body.Value("Rsn/RjctgPtyRsn"), Path: body.Value("Rsn/ErrLctn"), Text: body.Value("Rsn/RsnDesc")}}
	}
	return ref, list, nil
}
