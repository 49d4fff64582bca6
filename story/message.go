package story

import (
	"fmt"
	"strings"
	"text/template"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
	"corridor.example/corridor/session"
)

// message is one that a script sent under a name.
type message struct {
	name   string
	from   *bank
	to     corridor.LT
	number corridor.ISN
	typ    corridor.MessageType
	leaf   corridor.Digest
}

// fill is what the templates of messages need.
type fill struct {
	From, To       corridor.BIC // BIC11
	FromLT, ToLT   corridor.LT
	Ref            string
	UETR           string
	Day, Day6, Now string
	Currency       string
	Amount         string // with a decimal comma in FIN
	Agent          string // a further institution that is named inside
	Licence        string // a reference in field 72 or regulatory reporting
	Priority       string
	Related        string
}

// forms are the messages that scripts send, by type: whole and valid under the standard.
func forms() map[string]string {
	return map[string]string{
		"fin.103": `{1:F01{{.FromLT}}0000000000}{2:I103{{.ToLT}}{{.Priority}}}{3:{108:{{.Ref}}}{121:{{.UETR}}}}{4:
:20:{{.Ref}}
:23B:CRED
:32A:{{.Day6}}{{.Currency}}{{.Amount}}
:33B:{{.Currency}}{{.Amount}}
:50K:/7781200001
MUSTER WERKE
LINDENALLEE 12
{{if .Agent}}:57A:{{.Agent}}
{{end}}:59:/7781234002
LUMIERE SARL
8 RUE DU PORT
:70:/INV/2026-4711
:71A:SHA
{{if .Licence}}:72:{{.Licence}}
{{end}}-}`,
		"fin.202": `{1:F01{{.FromLT}}0000000000}{2:I202{{.ToLT}}{{.Priority}}}{3:{108:{{.Ref}}}{121:{{.UETR}}}}{4:
:20:{{.Ref}}
:21:{{.Related}}
:32A:{{.Day6}}{{.Currency}}{{.Amount}}
{{if .Agent}}:57A:{{.Agent}}
{{end}}:58A:{{.To}}
{{if .Licence}}:72:{{.Licence}}
{{end}}-}`,
		"fin.202.COV": `{1:F01{{.FromLT}}0000000000}{2:I202{{.ToLT}}{{.Priority}}}{3:{108:{{.Ref}}}{119:COV}{121:{{.UETR}}}}{4:
:20:{{.Ref}}
:21:{{.Related}}
:32A:{{.Day6}}{{.Currency}}{{.Amount}}
:52A:{{if .Agent}}{{.Agent}}{{else}}{{.From}}{{end}}
:58A:{{.To}}
:50K:/7781200001
MUSTER WERKE
LINDENALLEE 12
:59:/7781234002
LUMIERE SARL
8 RUE DU PORT
-}`,
		"fin.199": `{1:F01{{.FromLT}}0000000000}{2:I199{{.ToLT}}{{.Priority}}}{3:{108:{{.Ref}}}}{4:
:20:{{.Ref}}
:79:GOOD MORNING
-}`,
		"fin.192": `{1:F01{{.FromLT}}0000000000}{2:I192{{.ToLT}}{{.Priority}}}{3:{108:{{.Ref}}}}{4:
:20:{{.Ref}}
:21:{{.Related}}
:11S:103
{{.Day6}}
:79:/DUPL/
-}`,
		"fin.940": `{1:F01{{.FromLT}}0000000000}{2:I940{{.ToLT}}{{.Priority}}}{3:{108:{{.Ref}}}}{4:
:20:{{.Ref}}
:25:7781200001
:28C:12/1
:60F:C{{.Day6}}{{.Currency}}1000,
:62F:C{{.Day6}}{{.Currency}}1000,
-}`,
		"pacs.008.001.08": `<?xml version="1.0" encoding="UTF-8"?>
<Message><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr><FIId><FinInstnId><BICFI>{{.From}}</BICFI></FinInstnId></FIId></Fr><To><FIId><FinInstnId><BICFI>{{.To}}</BICFI></FinInstnId></FIId></To><BizMsgIdr>{{.Ref}}</BizMsgIdr><MsgDefIdr>pacs.008.001.08</MsgDefIdr><CreDt>{{.Now}}</CreDt></AppHdr>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>
<GrpHdr><MsgId>{{.Ref}}</MsgId><CreDtTm>{{.Now}}</CreDtTm><NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>
<CdtTrfTxInf><PmtId><InstrId>{{.Ref}}</InstrId><EndToEndId>{{.Ref}}</EndToEndId><UETR>{{.UETR}}</UETR></PmtId><IntrBkSttlmAmt Ccy="{{.Currency}}">{{.Amount}}</IntrBkSttlmAmt><IntrBkSttlmDt>{{.Day}}</IntrBkSttlmDt><ChrgBr>SHAR</ChrgBr>
<InstgAgt><FinInstnId><BICFI>{{.From}}</BICFI></FinInstnId></InstgAgt><InstdAgt><FinInstnId><BICFI>{{.To}}</BICFI></FinInstnId></InstdAgt>
{{if .Agent}}<IntrmyAgt1><FinInstnId><BICFI>{{.Agent}}</BICFI></FinInstnId></IntrmyAgt1>{{end}}<Dbtr><Nm>Muster Werke</Nm></Dbtr><DbtrAgt><FinInstnId><BICFI>{{.From}}</BICFI></FinInstnId></DbtrAgt><CdtrAgt><FinInstnId><BICFI>{{.To}}</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Lumiere</Nm></Cdtr></CdtTrfTxInf></FIToFICstmrCdtTrf></Document></Message>`,
	}
}

// write makes the payload of a line "send FROM TO TYPE [CURRENCY AMOUNT] [agent=BIC] [licence=TEXT] [priority=U]".
func (s *stage) write(l *line, from *bank, to corridor.LT, typ corridor.MessageType) ([]byte, error) {
	form, ok := forms()[string(typ)]
	if !ok {
		return nil, fmt.Errorf("no form of a message %s: give one of %s", typ, strings.Join(sorted(forms()), ", "))
	}
	t, err := template.New("").Parse(form)
	if err != nil {
		return nil, err
	}
	f := s.fillFor(l, from, to)
	if typ.IsFIN() {
		f.Amount = strings.Replace(f.Amount, ".", ",", 1)
		if !strings.Contains(f.Amount, ",") {
			f.Amount += ","
		}
	}
	var b strings.Builder
	if err := t.Execute(&b, f); err != nil {
		return nil, err
	}
	if !typ.IsFIN() {
		return []byte(b.String()), nil
	}
	return []byte(strings.ReplaceAll(b.String(), "\n", "\r\n")), nil
}

func (s *stage) fillFor(l *line, from *bank, to corridor.LT) fill {
	n := from.sent + 1
	f := fill{
		From: full(from.lt), To: full(to), FromLT: from.lt, ToLT: to,
		Ref: fmt.Sprintf("%s%06d", from.lt[:6], n), Day: s.now.Format("2006-01-02"), Day6: s.now.Format("060102"), Now: s.now.Format("2006-01-02T15:04:05+00:00"),
		UETR:     fmt.Sprintf("%08x-%04x-4000-8000-%012x", uint32(corridor.DigestOf([]byte(from.lt))[0])<<8|uint32(corridor.DigestOf([]byte(from.lt))[1]), uint16(n>>32), uint64(n)),
		Currency: "EUR", Amount: "1000", Agent: l.setting("agent", ""), Licence: l.setting("licence", ""), Priority: l.setting("priority", "N"),
		Related: l.setting("related", "NONREF"),
	}
	if len(l.words) > 5 && len(l.words[4]) == 3 && l.words[4] != "as" {
		f.Currency, f.Amount = l.words[4], l.words[5]
	}
	if v, ok := l.settings["value"]; ok {
		f.Day = v
		f.Day6 = strings.ReplaceAll(v, "-", "")[2:]
	}
	return f
}

// full is the BIC11 of a terminal.
func full(lt corridor.LT) corridor.BIC { return lt.BIC8() + corridor.BIC(lt.BIC().Branch()) }

// send signs and sends a message of a bank. Without a session it stays with the bank until there is one.
func (s *stage) send(from *bank, to corridor.LT, sub entry.Submission, payload []byte) *message {
	sub.Network, sub.Sender, sub.Receiver, sub.Number = network, from.lt, to, from.sent+1
	sub.Payload, sub.PayloadSize, sub.SignedAt = corridor.DigestOf(payload), uint64(len(payload)), uint64(s.now.UnixMilli())
	statement := sub.Append(nil)
	from.sent++
	raw := session.SignFrame(from.key(), entry.DomainSubmission, []entry.Item{{Statement: statement, Payload: payload}})
	from.frames[sub.Number] = raw
	m := &message{from: from, to: to, number: sub.Number, typ: sub.Type, leaf: entry.LeafHash(statement)}
	if from.session != nil {
		ref := *from.session
		s.heart.Submit(s.nano(), ref, s.checker.Check(ref, raw, false))
	}
	return m
}

// submission is what a gateway reads from a message's own header.
func submission(typ corridor.MessageType, payload []byte) (entry.Submission, error) {
	if typ.IsFIN() {
		r, f := mt.ReadRoute(payload)
		if f != nil {
			return entry.Submission{}, f
		}
		return entry.Submission{Priority: r.Priority, Monitoring: r.Monitoring, Reference: corridor.Reference(r.MUR), UETR: corridor.UETR(r.UETR)}, nil
	}
	r, f := mx.ReadRoute(payload)
	if f != nil {
		return entry.Submission{}, f
	}
	return entry.Submission{Priority: r.Priority, Reference: r.Reference, UETR: r.UETR}, nil
}
