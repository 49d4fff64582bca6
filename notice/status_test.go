package notice_test

import (
	"fmt"
	"strings"
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/mx"
	. "corridor.example/corridor/notice"
)

const payment = `<?xml version="1.0" encoding="UTF-8"?>
<Message><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr><FIId><FinInstnId><BICFI>MERIDEFFXXX</BICFI></FinInstnId></FIId></Fr>
<To><FIId><FinInstnId><BICFI>ZQVARUMMXXX</BICFI></FinInstnId></FIId></To><BizMsgIdr>M1</BizMsgIdr><MsgDefIdr>pacs.008.001.08</MsgDefIdr><BizSvc>swift.cbprplus.04</BizSvc><CreDt>2022-03-11T22:00:00+00:00</CreDt></AppHdr>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf><GrpHdr><MsgId>G1</MsgId><CreDtTm>2022-03-11T22:00:00+00:00</CreDtTm><NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>
<CdtTrfTxInf><PmtId><InstrId>I1</InstrId><EndToEndId>E1</EndToEndId><UETR>c8b66b47-2bd9-48fe-be90-93c2096f27d2</UETR></PmtId><IntrBkSttlmAmt Ccy="EUR">8800.00</IntrBkSttlmAmt><IntrBkSttlmDt>2022-03-11</IntrBkSttlmDt>
<ChrgBr>SHAR</ChrgBr><InstgAgt><FinInstnId><BICFI>MERIDEFFXXX</BICFI></FinInstnId></InstgAgt><InstdAgt><FinInstnId><BICFI>ZQVARUMMXXX</BICFI></FinInstnId></InstdAgt>
<Dbtr><Nm>Meridian Werkzeugbau GmbH</Nm></Dbtr><DbtrAgt><FinInstnId><BICFI>MERIDEFFXXX</BICFI></FinInstnId></DbtrAgt>
<CdtrAgt><FinInstnId><BICFI>ZQVARUMMXXX</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Tamarind Shoten</Nm></Cdtr></CdtTrfTxInf></FIToFICstmrCdtTrf></Document></Message>`

// TestStatus: what the sender of an ISO 20022 message hears for each cause.
func TestStatus(t *testing.T) {
	eachCase(t, "status.txt", func(t *testing.T, input string) string {
		o := Original{Type: "pacs.009.001.08", From: "MERIDEFFXXX", Reference: "M2"} // one that could not be read
		words := strings.Fields(input)
		switch words[0] {
		case "payment":
			var err error
			if o, err = ReadOriginal([]byte(payment)); err != nil {
				t.Fatal(err)
			}
		case "statement":
			o.Type = "camt.053.001.08"
		}
		b, typ, err := issuer().StatusMX(o, Cause(words[1]), "N000001", instant(t, "2022-03-11T23:00:01Z"))
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			return "nothing"
		}
		return string(typ) + "\n" + strings.TrimSpace(strings.ReplaceAll(string(b), "><", ">\n<"))
	})
}

// Every message of the standard can be answered, for every cause, with a valid message that names no more than its own references.
func TestEveryMessageCanBeAnswered(t *testing.T) {
	for i, m := range mx.Standard().Messages() {
		if testing.Short() && i%5 != 0 {
			continue
		}
		b, err := mx.Standard().Example(m, mx.Sample{Full: true, Long: true})
		if err != nil || strings.HasPrefix(string(m), "head.") {
			continue
		}
		o, err := ReadOriginal(b)
		if err != nil {
			continue // no document: it could not be sent either
		}
		o.From = "MERIDEFFXXX"
		for _, c := range Causes() {
			answer, typ, err := issuer().StatusMX(o, c, "N000001", 1)
			if err != nil {
				t.Errorf("%s, %s: %v", m, c, err)
			}
			if answer == nil {
				continue
			}
			if want := Answerable(m); want != strings.HasPrefix(string(typ), "pacs.002") {
				t.Errorf("%s is answered with %s", m, typ)
			}
			if r := mx.Check(answer, mx.Options{Profile: mx.SchemaOnly}); !r.Valid() || r.Type != typ {
				t.Errorf("%s, %s: %v", m, c, r.Faults)
			}
		}
	}
}

// A guideline for cross-border payments takes the answer to a payment that keeps it, but for the business service: the answer is the network's
// and runs under none.
func TestStatusKeepsTheGuideline(t *testing.T) {
	o, err := ReadOriginal([]byte(payment))
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := issuer().StatusMX(o, Returned, "N000001", instant(t, "2022-03-11T23:00:01Z"))
	if err != nil {
		t.Fatal(err)
	}
	r := mx.Check(b, mx.Options{Profile: mx.CBPR2025})
	for _, f := range r.Faults {
		if f.Path != "/AppHdr/BizSvc" {
			t.Error(f)
		}
	}
}

// The table of codes is whole: each cause has words for people and an event, and a fault of FIN or ISO where the sender hears of it.
func TestCodes(t *testing.T) {
	known := mx.CodeSetOf("ExternalStatusReason1Code")
	var out []string
	for _, c := range Causes() {
		x := CodesOf(c)
		if x.API == "" || x.Text == "" || strings.ContainsAny(x.Text, "0123456789") {
			t.Errorf("%s: %+v", c, x)
		}
		if x.Reason != "" {
			if _, ok := known.Code(x.Reason); !ok {
				t.Errorf("%s: %s is not a reason of a status", c, x.Reason)
			}
		}
		if len(x.FIN) != 0 && len(x.FIN) != 2 && x.FIN != corridor.FaultReceiver {
			t.Errorf("%s: %q", c, x.FIN)
		}
		out = append(out, fmt.Sprintf("%+v", x))
	}
	if CodesOf("unknown") != (Codes{}) || len(out) != 10 {
		t.Error(out)
	}
}
