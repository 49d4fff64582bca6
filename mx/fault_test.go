package mx

import (
	"encoding/json"
	"strings"
	"testing"
)

// edited is the small payment with one piece replaced.
func edited(old, new string) string {
	p := strings.Replace(payment, old, new, 1)
	if p == payment {
		panic("the payment has no " + old)
	}
	return p
}

// codeCases reach every code of this package: an input and the path at which its first fault stands.
var codeCases = []struct{ code, message, path string }{
	{XMLNotWellFormed, edited("</CreDt>", "</CreDtTm>"), "/"},
	{XMLDTD, `<!DOCTYPE x SYSTEM "http://example.com/x">` + payment, "/"},
	{XMLEncoding, edited("Lyon", "Ly\xf6n"), "/"},
	{XMLLimit, "<R>" + strings.Repeat("<a>", 80), "/"},
	{EnvelopeCount, edited("<Document xmlns", "<Document xmlns='urn:x'/><Document xmlns"), "/RequestPayload/Document"},
	{EnvelopeUnknown, "<R></R>", "/"},
	{SchemaUnknown, edited("<ChrgBr>CRED</ChrgBr>", "<ChrgBr>CRED</ChrgBr><ChargeBearer/>"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChargeBearer"},
	{SchemaOrder, edited("<InstrId>A260001</InstrId><EndToEndId>E2E-0001</EndToEndId>", "<EndToEndId>E2E-0001</EndToEndId><InstrId>A260001</InstrId>"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId"},
	{SchemaMissing, edited("<ChrgBr>CRED</ChrgBr>", ""), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChrgBr"},
	{SchemaTooMany, edited("<ChrgBr>CRED</ChrgBr>", "<ChrgBr>CRED</ChrgBr><ChrgBr>CRED</ChrgBr>"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChrgBr[2]"},
	{SchemaLength, edited("<EndToEndId>E2E-0001", "<EndToEndId>"+strings.Repeat("9", 36)), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/EndToEndId"},
	{SchemaPattern, edited("3f0c8a52-6d1e-4b7a", "3F0C8A52-6d1e-4b7a"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/UETR"},
	{SchemaCode, edited(">CRED<", ">OURS<"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChrgBr"},
	{SchemaType, edited("<IntrBkSttlmDt>2026-11-25", "<IntrBkSttlmDt>2026-11-31"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/IntrBkSttlmDt"},
	{SchemaAttribute, edited(`<IntrBkSttlmAmt Ccy="EUR">`, `<IntrBkSttlmAmt>`), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/IntrBkSttlmAmt/@Ccy"},
	{SchemaMessage, edited("tech:xsd:pacs.008.001.08", "tech:xsd:pacs.008.001.77"), "/Document"},
	{DataBIC, edited("<PrvsInstgAgt1><FinInstnId><BICFI>ORCABRSP", "<PrvsInstgAgt1><FinInstnId><BICFI>ORCAQQSP"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PrvsInstgAgt1/FinInstnId/BICFI"},
	{DataIBAN, edited("DE64100200300400500600", "DE65100200300400500600"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/DbtrAcct/Id/IBAN"},
	{DataCountry, edited("<CtryOfRes>FR", "<CtryOfRes>QX"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/Cdtr/CtryOfRes"},
	{DataCurrency, edited("<Ccy>EUR</Ccy><Nm>", "<Ccy>QQQ</Ccy><Nm>"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/DbtrAcct/Ccy"},
	{DataLEI, edited("NTAA00CORRIDOR000161", "NTAA00CORRIDOR000162"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/UltmtDbtr/Id/OrgId/LEI"},
	{DataDecimals, edited(`<Amt Ccy="EUR">15.00`, `<Amt Ccy="JPY">15.00`), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChrgsInf/Amt"},
	{DataDecimals, edited(`<Amt Ccy="EUR">15.00`, `<Amt Ccy="QQQ">15.00`), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChrgsInf/Amt/@Ccy"},
	{DataAnyBIC, edited("<OrgId><LEI>NTAA00CORRIDOR000161</LEI>", "<OrgId><AnyBIC>ALPHQQFF</AnyBIC>"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/UltmtDbtr/Id/OrgId/AnyBIC"},
	{DataUETR, edited("3f0c8a52-6d1e-4b7a-9c35-0e2d4f6a8b10", "00000000-0000-4000-8000-000000000000"), "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/UETR"},
	{HeaderMessage, edited("<MsgDefIdr>pacs.008.001.08", "<MsgDefIdr>pacs.009.001.08"), "/AppHdr/MsgDefIdr"},
}

// TestEveryCode shows that each code is reached, at the right place, and that its text says something.
func TestEveryCode(t *testing.T) {
	reached := map[string]bool{XMLUnreadable: true} // TestStreamReadError
	for _, c := range codeCases {
		r := Check([]byte(c.message), Options{})
		if len(r.Faults) == 0 || r.Faults[0].Code != c.code || r.Faults[0].Path != c.path || r.Faults[0].Text == "" || r.Faults[0].Line == 0 {
			t.Errorf("%s: %v", c.code, r.Faults)
			continue
		}
		reached[c.code] = true
	}
	for code := range codeTexts {
		if !reached[code] {
			t.Errorf("no message reaches %s", code)
		}
		if text, ok := Standard().Explain(code, false); !ok || !strings.Contains(text, codeTexts[code]) {
			t.Errorf("%s is not explained", code)
		}
	}
}

func TestExplain(t *testing.T) {
	for word, want := range map[string]string{
		"codes":           "XML01",
		"pacs.009":        "pacs.009.001.13",
		"UltmtDbtr":       "Ultimate Debtor",
		"IntrBkSttlmAmt":  "Interbank Settlement Amount",
		"head.001.001.02": "BizMsgIdr",
		"pacs.008.001.08/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/IntrBkSttlmAmt": "@Ccy [A-Z]{3,3}",
		"camt.053.001.08/BkToCstmrStmt/SplmtryData/Envlp":                       "any element of ##any",
		"head.001.001.02/Fr": "one of",
	} {
		if got, ok := Standard().Explain(word, false); !ok || !strings.Contains(got, want) {
			t.Errorf("%s: %s", word, got)
		}
	}
	if full, _ := Standard().Explain("pacs.008.001.08", true); strings.Count(full, "\n") < 2000 {
		t.Error("the whole structure is not the whole structure")
	}
	if _, ok := Standard().Explain("pacs.008.001.08/NoSuch", false); ok {
		t.Error("a path that does not exist is explained")
	}
	if text, ok := Standard().Explain("pacs.999", false); ok {
		t.Errorf("a message that does not exist is explained: %s", text)
	}
}

// TestJSONMistakes names what is no JSON of a message.
func TestJSONMistakes(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                                    "message type",
		`{"type":"pacs.008.001.08","x":1}`:      "unknown field",
		`{"type":"a","Document":{"A":null}}`:    "null",
		`{"type":"a","Document":{"A":[["x"]]}}`: "array in an array",
		`{"type":"a","Document":[1,2]}`:         "one object",
		`{"type":"a","Document":` + strings.Repeat(`{"A":`, 80) + `1` + strings.Repeat(`}`, 80) + `}`: "64 levels",
		`[]`: "cannot unmarshal",
	} {
		if _, err := ParseJSON([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v", text, err)
		}
	}
	m, err := ParseJSON([]byte(`{"type":"admi.004.001.02","Document":{"SysEvtNtfctn":{"EvtInf":{"EvtCd":12,"EvtParam":["a",true]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	b, faults := m.Write(Options{Profile: SchemaOnly})
	if len(faults) > 0 || !strings.Contains(string(b), "<EvtCd>12</EvtCd><EvtParam>a</EvtParam><EvtParam>true</EvtParam>") {
		t.Errorf("%s %v", b, faults)
	}
	if view, err := m.JSON(Options{}); err != nil || !json.Valid(view) {
		t.Error(string(view), err)
	}
	m.Type = "no.such.message"
	if _, faults := m.Write(Options{}); len(faults) != 1 || faults[0].Code != SchemaMessage {
		t.Errorf("%v", faults)
	}
	if _, err := m.JSON(Options{}); err == nil {
		t.Error("JSON of an unknown message")
	}
}

// TestLooksLikeXML tells the two languages apart.
func TestLooksLikeXML(t *testing.T) {
	for s, want := range map[string]bool{"<a/>": true, " \n<?xml?>": true, "\x1f000100": true, "\xef\xbb\xbf<a/>": true, "\xff\xfe<\x00": true, "{1:F01": false, "": false, "\x01{1:": false} {
		if LooksLikeXML([]byte(s)) != want {
			t.Errorf("%q", s)
		}
	}
}
