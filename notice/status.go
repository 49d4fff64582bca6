package notice

import (
	"errors"
	"fmt"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/mx"
)

// statusReport is the message with which a payment's sender hears that it was not carried out.
const statusReport corridor.MessageType = "pacs.002.001.10"

// Original is the ISO 20022 message that an answer is about, as far as it is known: it may be one that could not be read.
type Original struct {
	Type         corridor.MessageType
	From, To     corridor.BIC
	Reference    corridor.Reference // BizMsgIdr
	MessageID    string             // GrpHdr/MsgId
	Created      string             // GrpHdr/CreDtTm, as written
	Instructions []Instruction      // its transactions
}

// Instruction names one transaction of the original.
type Instruction struct {
	InstructionID, EndToEndID string
	UETR                      corridor.UETR
}

// ReadOriginal reads what an answer needs to say from the message itself.
func ReadOriginal(payload []byte) (Original, error) {
	m, faults := mx.Read(payload, mx.Options{})
	if m == nil || m.Document == nil {
		if len(faults) > 0 {
			return Original{}, &faults[0]
		}
		return Original{}, errors.New("the message has no document")
	}
	f := mx.FactsOf(m)
	o := Original{Type: f.Type, From: f.From, To: f.To, Reference: f.Reference, MessageID: f.MessageID, Created: f.Created}
	for i := range f.Payments {
		p := &f.Payments[i]
		o.Instructions = append(o.Instructions, Instruction{p.InstructionID, p.EndToEndID, p.UETR})
	}
	return o, nil
}

// Answerable says whether a message of the type can be answered with a payment status report: payments and their returns. Others are answered with
// admi.002, the reject of a message.
func Answerable(t corridor.MessageType) bool {
	for _, family := range []string{"pacs.003.", "pacs.004.", "pacs.008.", "pacs.009.", "pacs.010."} {
		if strings.HasPrefix(string(t), family) {
			return true
		}
	}
	return false
}

// StatusMX tells the sender of an ISO 20022 message what became of it: a pacs.002 with the status and reason of the cause for each of its
// transactions, or an admi.002 where the original was no payment. It says nothing of the order: the codes are all. A cause without a status gives nil.
func (i Issuer) StatusMX(o Original, c Cause, reference corridor.Reference, at int64) ([]byte, corridor.MessageType, error) {
	codes := CodesOf(c)
	switch {
	case codes.Status == "":
		return nil, "", nil
	case !Answerable(o.Type) && codes.Status != "RJCT":
		return nil, "", nil
	case !Answerable(o.Type):
		return i.reject(o, codes, reference, at)
	}
	m := mx.NewMessage(statusReport)
	head(m, i.address(), o.From, string(reference), at)
	body := m.Document.Set("FIToFIPmtStsRpt", "")
	body.Set("GrpHdr/MsgId", string(reference))
	body.Set("GrpHdr/CreDtTm", isoTime(at))
	if len(o.Instructions) == 0 || len(o.Instructions) > maxStatuses {
		o.Instructions = []Instruction{{}} // the message as a whole
	}
	for j := range o.Instructions {
		i.status(body, fmt.Sprintf("TxInfAndSts[%d]/", j+1), &o, &o.Instructions[j], codes)
	}
	b, faults := m.Write(mx.Options{Profile: mx.SchemaOnly})
	if len(faults) > 0 {
		return nil, "", fmt.Errorf("answer to %s: %w", o.Reference, &faults[0])
	}
	return b, statusReport, nil
}

// status writes the status of one transaction below the path.
func (i Issuer) status(body *mx.Element, at string, o *Original, x *Instruction, codes Codes) {
	set := func(path, value string) {
		if value != "" {
			body.Set(at+path, value)
		}
	}
	id := o.MessageID
	if id == "" {
		id = or(string(o.Reference), "NOTPROVIDED")
	}
	set("OrgnlGrpInf/OrgnlMsgId", id)
	set("OrgnlGrpInf/OrgnlMsgNmId", string(o.Type))
	set("OrgnlGrpInf/OrgnlCreDtTm", o.Created)
	set("OrgnlInstrId", x.InstructionID)
	set("OrgnlEndToEndId", x.EndToEndID)
	set("OrgnlUETR", string(x.UETR))
	set("TxSts", codes.Status)
	if codes.Reason != "" {
		set("StsRsnInf/Orgtr/Id/OrgId/AnyBIC", string(i.address()))
		set("StsRsnInf/Rsn/Cd", codes.Reason)
	}
	set("InstgAgt/FinInstnId/BICFI", string(i.address()))
	set("InstdAgt/FinInstnId/BICFI", string(o.From))
}

func (i Issuer) reject(o Original, codes Codes, reference corridor.Reference, at int64) ([]byte, corridor.MessageType, error) {
	fault := corridor.Fault{Code: codes.Reason, Text: codes.Text, Path: "/", Whose: corridor.Receiver}
	b, faults := mx.Refusal(mx.Route{From: o.From, To: o.To, Reference: o.Reference}, []corridor.Fault{fault}, i.address(), reference, timeOf(at))
	if len(faults) > 0 {
		return nil, "", fmt.Errorf("answer to %s: %w", o.Reference, &faults[0])
	}
	return b, "admi.002.001.01", nil
}

func (i Issuer) address() corridor.BIC {
	if i.BIC != "" {
		return i.BIC
	}
	return i.LT.BIC8()
}
