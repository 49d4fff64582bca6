package hub_test

import (
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/hub"
)

// TestStatementIsThatOfTheHeader: each thing that a statement says of a message is held against its header.
func TestStatementIsThatOfTheHeader(t *testing.T) {
	const uetr = "c8b66b47-2bd9-48fe-be90-93c2096f27d2"
	fin := "{1:F01MERIDEF0AXXX0000000000}{2:I103CEDRFRP0XXXXU3}{3:{108:REF}{121:" + uetr + "}}{4:\r\n:20:R\r\n-}"
	xml := `<Message><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr><FIId><FinInstnId><BICFI>MERIDEF0XXX</BICFI></FinInstnId></FIId></Fr>` +
		`<To><FIId><FinInstnId><BICFI>CEDRFRP0XXX</BICFI></FinInstnId></FIId></To><BizMsgIdr>REF</BizMsgIdr><MsgDefIdr>pacs.008.001.08</MsgDefIdr>` +
		`<BizSvc>swift.cbprplus.04</BizSvc><CreDt>2026-11-24T12:00:00Z</CreDt></AppHdr><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>` +
		`<GrpHdr><MsgId>REF</MsgId></GrpHdr><CdtTrfTxInf><PmtId><UETR>` + uetr + `</UETR></PmtId></CdtTrfTxInf></FIToFICstmrCdtTrf></Document></Message>`
	ofFIN := entry.Submission{Sender: meridian, Receiver: "CEDRFRP0XXXX", Type: "fin.103", Priority: corridor.Urgent, Monitoring: corridor.MonitorBoth, Reference: "REF", UETR: uetr}
	ofXML := ofFIN
	ofXML.Type, ofXML.Priority, ofXML.Monitoring = "pacs.008.001.08", corridor.Normal, corridor.MonitorNothing
	for _, c := range []struct {
		name   string
		code   string
		change func(*entry.Submission)
	}{
		{"all as it is", "", func(*entry.Submission) {}},
		{"sender", corridor.FaultSenderAddress, func(s *entry.Submission) { s.Sender = cedar }},
		{"receiver", corridor.FaultStatement, func(s *entry.Submission) { s.Receiver = tamarind.Destination() }},
		{"type", corridor.FaultStatement, func(s *entry.Submission) { s.Type = s.Type[:len(s.Type)-1] + "2" }},
		{"priority", corridor.FaultStatement, func(s *entry.Submission) { s.Priority = corridor.Urgent + corridor.Normal - s.Priority }},
		{"reference", corridor.FaultStatement, func(s *entry.Submission) { s.Reference = "OTHER" }},
		{"UETR", corridor.FaultStatement, func(s *entry.Submission) { s.UETR = "" }},
	} {
		for form, m := range map[string]struct {
			text string
			says entry.Submission
		}{"FIN": {fin, ofFIN}, "ISO 20022": {xml, ofXML}} {
			s := m.says
			c.change(&s)
			f := hub.HeaderStandards(&s, []byte(m.text), time.Time{})
			if (f == nil) != (c.code == "") || f != nil && f.Code != c.code {
				t.Errorf("%s, %s: %v, want %q", form, c.name, f, c.code)
			}
		}
	}
	monitoring := ofFIN
	monitoring.Monitoring = corridor.MonitorNothing
	if f := hub.HeaderStandards(&monitoring, []byte(fin), time.Time{}); f == nil || f.Code != corridor.FaultStatement {
		t.Errorf("monitoring: %v", f)
	}
	output := strings.Replace(fin, "{2:I103CEDRFRP0XXXXU3}", "{2:O1031530261124CEDRFRP0AXXX00010000012611241530U}", 1)
	if f := hub.HeaderStandards(&ofFIN, []byte(output), time.Time{}); f == nil || f.Code != corridor.FaultHeader {
		t.Errorf("an output message from a member: %v", f)
	}
}
