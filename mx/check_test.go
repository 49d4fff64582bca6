package mx

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corridor "corridor.example/corridor"
)

// The parts of a small message, for the envelope's cases.
const (
	smallHeader   = `<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr><FIId><FinInstnId><BICFI>MERIDEFFXXX</BICFI></FinInstnId></FIId></Fr><To><FIId><FinInstnId><BICFI>CEDRFRPPXXX</BICFI></FinInstnId></FIId></To><BizMsgIdr>A1</BizMsgIdr><MsgDefIdr>admi.004.001.02</MsgDefIdr><CreDt>2026-11-24T09:30:00Z</CreDt></AppHdr>`
	smallDocument = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:admi.004.001.02"><SysEvtNtfctn><EvtInf><EvtCd>CLOS</EvtCd></EvtInf></SysEvtNtfctn></Document>`
	pduHead       = `<Saa:DataPDU xmlns:Saa="urn:swift:saa:xsd:saa.2.0"><Saa:Revision>2.0.13</Saa:Revision><Saa:Header><Saa:Message><Saa:SenderReference>A1</Saa:SenderReference><Saa:MessageIdentifier>admi.004.001.02</Saa:MessageIdentifier><Saa:Format>MX</Saa:Format><Saa:Sender><Saa:DN>o=merideff,o=swift</Saa:DN></Saa:Sender><Saa:Receiver><Saa:DN>o=cedrfrpp,o=swift</Saa:DN></Saa:Receiver></Saa:Message></Saa:Header><Saa:Body>`
	pduTail       = `</Saa:Body></Saa:DataPDU>`
)

// faultWords writes faults as "CODE path", for comparison.
func faultWords(faults []corridor.Fault) string {
	var out []string
	for _, f := range faults {
		out = append(out, f.Code+" "+f.Path)
	}
	return strings.Join(out, "; ")
}

// checkCases are edits of the small message and what they lead to; the first of each is the message as a whole.
var checkCases = []struct{ name, message, want string }{
	{"pair", smallHeader + smallDocument, ""},
	{"pair on lines", "\n" + smallHeader + "\n\n" + smallDocument + "\n", ""},
	{"wrapper", "<RequestPayload>" + smallHeader + smallDocument + "</RequestPayload>", ""},
	{"wrapper of any name", "<h:BizMsg xmlns:h='urn:own' k='v'>\n" + smallHeader + smallDocument + "</h:BizMsg>", ""},
	{"standard envelope", "<BizMsgEnvlp xmlns='urn:iso:std:iso:20022:tech:xsd:nvlp.001.001.01'><Hdr>" + smallHeader + "</Hdr><Doc>" + smallDocument + "</Doc></BizMsgEnvlp>", ""},
	{"DataPDU", pduHead + smallHeader + smallDocument + pduTail, ""},
	{"DataPDU with a wrapper", pduHead + "<RequestPayload>" + smallHeader + smallDocument + "</RequestPayload>" + pduTail, ""},
	{"DataPDU with fault", strings.Replace(pduHead, "2.0.13", "3", 1) + smallHeader + smallDocument + pduTail, "S06 /DataPDU/Revision"},
	{"DataPDU with empty body", pduHead + pduTail, "ENV01 /"},
	{"document alone", smallDocument, "ENV01 /"},
	{"header alone", smallHeader, "ENV01 /"},
	{"two documents", "<R>" + smallHeader + smallDocument + smallDocument + "</R>", "ENV01 /R/Document"},
	{"two headers", "<R>" + smallHeader + smallHeader + smallDocument + "</R>", "ENV01 /R/AppHdr"},
	{"document first", smallDocument + smallHeader, "ENV01 /AppHdr"},
	{"text between", "<R>" + smallHeader + "x" + smallDocument + "</R>", "ENV01 /R"},
	{"another element", "<R><Own/>" + smallHeader + smallDocument + "</R>", "ENV01 /R/Own"},
	{"wrapper of wrapper", "<R><S>" + smallHeader + smallDocument + "</S></R>", "ENV02 /; ENV01 /R/S"},
	{"no message at all", "<html><body/></html>", "ENV02 /; ENV01 /html/body"},
	{"prefixes", strings.NewReplacer("<Document xmlns=", "<d:Document xmlns:d=", "</Document", "</d:Document", "<Sys", "<d:Sys", "</Sys", "</d:Sys", "<Evt", "<d:Evt", "</Evt", "</d:Evt").Replace(smallHeader + smallDocument), ""},
	{"prefix declared outside", "<R xmlns:d='urn:iso:std:iso:20022:tech:xsd:admi.004.001.02'>" + smallHeader + strings.NewReplacer(` xmlns="urn:iso:std:iso:20022:tech:xsd:admi.004.001.02"`, "", "</", "</d:", "<", "<d:").Replace(smallDocument) + "</R>", ""},
	{"unknown message", smallHeader + strings.Replace(smallDocument, "admi.004.001.02", "admi.004.001.99", 1), "S10 /Document"},
	{"another namespace inside", smallHeader + strings.Replace(smallDocument, "<EvtInf>", "<EvtInf xmlns='urn:x'>", 1), "S01 /Document/SysEvtNtfctn/EvtInf; S03 /Document/SysEvtNtfctn/EvtInf"},
	{"header names another message", strings.Replace(smallHeader, "admi.004.001.02", "admi.004.001.01", 1) + smallDocument, "UB015 /AppHdr/MsgDefIdr"},
	{"schema location", smallHeader + strings.Replace(smallDocument, "<Document ", "<Document xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='a b' ", 1), ""},
	{"type from outside", smallHeader + strings.Replace(smallDocument, "<EvtInf>", "<EvtInf xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='x'>", 1), "S09 /Document/SysEvtNtfctn/EvtInf/@type"},
	{"several faults", smallHeader + strings.Replace(smallDocument, "<EvtCd>CLOS</EvtCd>", "<EvtCd>CLOSED</EvtCd><EvtCd>X</EvtCd><What/><EvtTm>noon</EvtTm>", 1),
		"S05 /Document/SysEvtNtfctn/EvtInf/EvtCd; S04 /Document/SysEvtNtfctn/EvtInf/EvtCd[2]; S01 /Document/SysEvtNtfctn/EvtInf/What; S08 /Document/SysEvtNtfctn/EvtInf/EvtTm"},
	{"unknown BIC country", strings.Replace(smallHeader, "MERIDEFFXXX", "MERIQQFFXXX", 1) + smallDocument, "D00001 /AppHdr/Fr/FIId/FinInstnId/BICFI"},
}

// TestCheck compares codes and paths, whole and as a stream, which must agree to the column.
func TestCheck(t *testing.T) {
	for _, c := range checkCases {
		whole := Check([]byte(c.message), Options{})
		if got := faultWords(whole.Faults); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		compareFaults(t, whole, CheckStream(strings.NewReader(c.message), Options{}))
	}
}

// TestKnown asks a directory.
func TestKnown(t *testing.T) {
	o := Options{Known: func(b corridor.BIC) bool { return b != "CEDRFRPPXXX" }}
	if got := faultWords(Check([]byte(smallHeader+smallDocument), o).Faults); got != "D00001 /AppHdr/To/FIId/FinInstnId/BICFI" {
		t.Error(got)
	}
}

// TestStrict turns the warnings of textual rules into faults.
func TestStrict(t *testing.T) {
	m := bytes.Replace(payment8K(), []byte("<Id>\n            <OrgId>\n              <Othr>"), []byte("<Id><OrgId><AnyBIC>MERIDEFFXXX</AnyBIC><Othr>"), 1)
	easy, strict := Check(m, Options{}), Check(m, Options{Strict: true})
	if !easy.Valid() || len(easy.Warnings) == 0 || len(strict.Faults) != len(easy.Warnings) || len(strict.Warnings) != 0 {
		t.Errorf("%v %v; strict %v", easy.Faults, easy.Warnings, strict.Faults)
	}
}

// TestSchemaProfile shows that the schema alone asks for no header and knows no lists.
func TestSchemaProfile(t *testing.T) {
	for name, m := range map[string]string{"alone": smallDocument, "country": strings.Replace(smallHeader, "MERIDEFF", "MERIQQFF", 1) + smallDocument} {
		if r := Check([]byte(m), Options{Profile: SchemaOnly}); !r.Valid() {
			t.Errorf("%s: %v", name, r.Faults)
		}
	}
}

func TestData(t *testing.T) {
	for v, want := range map[string]bool{"DE89370400440532013000": true, "GB29NWBK60161331926819": true, "FR1420041010050500013M02606": true, "MT84MALT011000012345MTLCAST001S": true,
		"DE89370400440532013001": false, "DE8937040044053201300": false, "US89370400440532013000": false, "DE8937040044053201300A": false, "DE00370400440000000060": false,
		"DE97370400440000000060": true, "GB29nwbk60161331926819": false, "DE": false} {
		if got := badIBAN([]byte(v)) == ""; got != want {
			t.Errorf("IBAN %s: %v %s", v, got, badIBAN([]byte(v)))
		}
	}
	for v, want := range map[string]int{"EUR": 2, "JPY": 0, "BHD": 3, "CLF": 4, "XAU": anyDecimals, "DEM": 2, "QQQ": -1, "eur": -1, "EU": -1} {
		if got := decimalsOf([]byte(v)); got != want {
			t.Errorf("decimals of %s: %d", v, got)
		}
	}
	if isActiveCurrency([]byte("DEM")) || !isActiveCurrency([]byte("EUR")) || isCountry([]byte("UK")) || !isCountry([]byte("GB")) || !isCountry([]byte("XK")) {
		t.Error("a list is wrong")
	}
	if n := countTrue(worldLists().countries[:]); n != 250 {
		t.Errorf("%d countries; ISO 3166-1 has 249, and XK is used", n)
	}
	for _, v := range []string{"5493001KJTIIGC8Y1R12", "HWUPKR0MPOU8FGXBT394", "NTAA00CORRIDOR000161"} {
		if mod97([]byte(v)) != 1 {
			t.Errorf("LEI %s refused", v)
		}
	}
}

func countTrue(all []bool) (n int) {
	for _, x := range all {
		if x {
			n++
		}
	}
	return n
}

// TestRoute reads the routing facts in every envelope, and refuses what cannot be routed.
func TestRoute(t *testing.T) {
	for name, m := range map[string]string{"pair": smallHeader + smallDocument, "wrapper": "<R>" + smallHeader + smallDocument + "</R>", "DataPDU": pduHead + smallHeader + smallDocument + pduTail} {
		r, f := ReadRoute([]byte(m))
		if f != nil {
			t.Errorf("%s: %v", name, f)
			continue
		}
		if got := fmt.Sprint(r.Type, r.Header, r.From, r.To, r.Reference, r.Envelope, r.Created.Unix(), r.Length); !strings.Contains(got, "admi.004.001.02") || r.From != "MERIDEFFXXX" || r.To != "CEDRFRPPXXX" || r.Reference != "A1" || r.Length != len(m) || r.Created.IsZero() {
			t.Errorf("%s: %+v", name, r)
		}
	}
	r, f := ReadRoute(payment8K())
	if f != nil || r.UETR != "3f0c8a52-6d1e-4b7a-9c35-0e2d4f6a8b10" || r.Service != "swift.cbprplus.04" || r.Priority != corridor.Normal {
		t.Errorf("%+v %v", r, f)
	}
	urgent := strings.Replace(smallHeader, "</AppHdr>", "<CpyDplct>DUPL</CpyDplct><PssblDplct>true</PssblDplct><Prty>HIGH</Prty></AppHdr>", 1)
	if r, f := ReadRoute([]byte(urgent + smallDocument)); f != nil || r.Priority != corridor.Urgent || !r.Possible || r.Copy != "DUPL" {
		t.Errorf("%+v %v", r, f)
	}
	for m, code := range map[string]string{"": EnvelopeCount, "hello": XMLNotWellFormed, "{1:F01MERIDEFFAXXX0000000000}": XMLNotWellFormed, smallDocument: EnvelopeCount, smallHeader: EnvelopeCount,
		"<!DOCTYPE x>" + smallHeader + smallDocument: XMLDTD, "\xff\xfe<\x00": XMLEncoding, smallHeader + "<Document xmlns=''/>": "", smallHeader + smallHeader + smallDocument: EnvelopeCount,
		strings.Repeat("<a>", 100): XMLLimit, "<a>" + strings.Repeat("<b/>", 20000) + smallHeader: XMLLimit} {
		if _, f := ReadRoute([]byte(m)); f == nil != (code == "") || f != nil && f.Code != code {
			t.Errorf("%.60s: %v, want %q", m, f, code)
		}
	}
}

// TestMessages cuts files into their messages.
func TestMessages(t *testing.T) {
	pair := smallHeader + smallDocument
	prefixed := func(s string) string { return fmt.Sprintf("\x1f%06d%s%s", 24+len(s), strings.Repeat("\x00", 24), s) }
	pdu := pduHead + pair + pduTail
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"one pair":      {pair, []string{pair}},
		"two pairs":     {pair + "\n" + pair, []string{pair + "\n", pair}},
		"declarations":  {"<?xml version='1.0'?>" + pair + "<?xml version='1.0'?>" + pair, []string{"<?xml version='1.0'?>" + pair, "<?xml version='1.0'?>" + pair}},
		"two wrappers":  {"<R>" + pair + "</R><R>" + pair + "</R>", []string{"<R>" + pair + "</R>", "<R>" + pair + "</R>"}},
		"documents":     {smallDocument + smallDocument, []string{smallDocument, smallDocument}},
		"one too many":  {pair + smallDocument, []string{pair + smallDocument}},
		"prefixed":      {prefixed(pdu) + prefixed(pdu) + "\r\n", []string{pdu, pdu}},
		"cut prefix":    {prefixed(pdu)[:100], []string{prefixed(pdu)[:100]}},
		"not XML":       {"hello", []string{"hello"}},
		"empty":         {"", []string{""}},
		"broken in two": {pair + "<AppHdr><", []string{pair, "<AppHdr><"}},
	} {
		var got []string
		for _, m := range Messages([]byte(c.file)) {
			got = append(got, string(m))
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestManyMessages cuts a file of many messages in time that grows with the file, not with its square.
func TestManyMessages(t *testing.T) {
	one := smallHeader + smallDocument + "\n"
	file := []byte(strings.Repeat(one, 8<<20/len(one)))
	n, start := 0, time.Now()
	for range Messages(file) {
		n++
	}
	if took := time.Since(start); n != len(file)/len(one) || took > 10*time.Second {
		t.Errorf("%d messages in %v", n, took)
	}
}

// ownSchema is a scheme's own schema with what the base schemas do not use: inner types, a choice in a sequence,
// derived types, other facets.
const ownSchema = `<xs:schema xmlns="urn:iso:std:iso:20022:tech:xsd:admi.004.001.02" xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified" targetNamespace="urn:iso:std:iso:20022:tech:xsd:admi.004.001.02">
<xs:element name="Document"><xs:complexType><xs:sequence><xs:element name="SysEvtNtfctn" type="N"/></xs:sequence></xs:complexType></xs:element>
<xs:simpleType name="Max5"><xs:restriction base="xs:string"><xs:maxLength value="5"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Exact4"><xs:restriction base="Max5"><xs:length value="4"/><xs:pattern value="[A-Z]+"/><xs:pattern value="[0-9]+"/></xs:restriction></xs:simpleType>
<xs:complexType name="N"><xs:sequence>
  <xs:element name="A" type="Exact4" minOccurs="2" maxOccurs="3"/>
  <xs:choice minOccurs="0"><xs:element name="B" type="xs:boolean"/><xs:element name="C"><xs:simpleType><xs:restriction base="xs:decimal"><xs:minExclusive value="0"/><xs:maxInclusive value="10"/></xs:restriction></xs:simpleType></xs:element></xs:choice>
  <xs:element name="D" type="Max5" minOccurs="0"/></xs:sequence></xs:complexType></xs:schema>`

// TestOwnSchema adds an operator's schema to a folder and judges by it.
func TestOwnSchema(t *testing.T) {
	dir := t.TempDir()
	var table bytes.Buffer
	name, err := ConvertXSD(strings.NewReader(ownSchema), &table)
	if err != nil || name != "admi.004.001.02" {
		t.Fatal(name, err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".txt"), table.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	tables, err := Standard().WithFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		"<A>ABCD</A><A>1234</A>":                       "",
		"<A>ABCD</A><A>1234</A><C>10</C><D>x</D>":      "",
		"<A>ABCD</A>":                                  "S03 /Document/SysEvtNtfctn/A",
		"<A>ABCD</A><D/>":                              "S03 /Document/SysEvtNtfctn/A",
		"<A>ABCD</A><A>AB12</A>":                       "S06 /Document/SysEvtNtfctn/A[2]",
		"<A>ABCD</A><A>ABC</A>":                        "S05 /Document/SysEvtNtfctn/A[2]",
		"<A>ABCD</A><A>ABCD</A><A>ABCD</A><A>ABCD</A>": "S04 /Document/SysEvtNtfctn/A[4]",
		"<A>ABCD</A><A>ABCD</A><B>1</B><C>1</C>":       "S04 /Document/SysEvtNtfctn",
		"<A>ABCD</A><A>ABCD</A><C>0</C>":               "S08 /Document/SysEvtNtfctn/C",
		"<A>ABCD</A><A>ABCD</A><C>10.1</C>":            "S08 /Document/SysEvtNtfctn/C",
		"<A>ABCD</A><A>ABCD</A><D>x</D><B>true</B>":    "S02 /Document/SysEvtNtfctn",
	} {
		m := `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:admi.004.001.02"><SysEvtNtfctn>` + body + `</SysEvtNtfctn></Document>`
		if got := faultWords(Check([]byte(m), Options{Tables: tables, Profile: SchemaOnly}).Faults); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	if r := Check([]byte(smallHeader+smallDocument), Options{}); !r.Valid() {
		t.Error("the standard's own tables have changed")
	}
}

// TestRefusedSchemas names what a schema may not have.
func TestRefusedSchemas(t *testing.T) {
	for old, text := range map[string]string{
		`<xs:length value="4"/>`:                 `<xs:assertion test="1"/>`,
		`<xs:choice minOccurs="0">`:              `<xs:choice minOccurs="0" maxOccurs="2">`,
		`type="xs:boolean"`:                      `type="xs:anyURI"`,
		`<xs:complexType name="N"><xs:sequence>`: `<xs:complexType name="N"><xs:sequence><xs:element name="R" type="N"/>`,
		`<xs:simpleType name="Max5">`:            `<xs:include schemaLocation="x"/><xs:simpleType name="Max5">`,
	} {
		s := strings.Replace(ownSchema, old, text, 1)
		if _, err := ConvertXSD(strings.NewReader(s), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "not supported") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestTables compiles every message, which must stay quick, and finds each path by its name.
func TestTables(t *testing.T) {
	tables, err := newTables(standardSchemas, "standard/schema")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(tables.messages); n < 148 {
		t.Errorf("%d messages", n)
	}
	for ns := range tables.messages {
		s := tables.schemaOf([]byte(ns))
		m := &model{parts: modelKey{partDocument: s}}
		for _, i := range []int{0, len(s.elems) / 2, len(s.elems) - 1} {
			if e := m.elem(s.path(i)); e != elemOf(partDocument, i) {
				t.Errorf("%s: %s is %v", s.message, s.path(i), e)
			}
		}
	}
}
