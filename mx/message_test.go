package mx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	corridor "corridor.example/corridor"
)

// everyExample calls f with a full example of every message with a header.
func everyExample(t *testing.T, f func(t *testing.T, m corridor.MessageType, b []byte)) {
	for _, m := range Standard().Messages() {
		if strings.HasPrefix(string(m), "head.") {
			continue
		}
		for turn := range 2 {
			b, err := Standard().Example(m, Sample{Full: true, Turn: turn})
			if err != nil {
				t.Fatal(err)
			}
			f(t, m, b)
		}
	}
}

// TestRoundTrips reads every message, writes it, and reads and writes its JSON: nothing may be lost.
func TestRoundTrips(t *testing.T) {
	schema := Options{Profile: SchemaOnly}
	everyExample(t, func(t *testing.T, typ corridor.MessageType, b []byte) {
		m, faults := Read(b, schema)
		if len(faults) > 0 {
			t.Fatalf("%s: %v", typ, faults)
		}
		want, f := CanonicalDigest(b)
		if f != nil {
			t.Fatalf("%s: %v", typ, f)
		}
		written, faults := m.Write(schema)
		if len(faults) > 0 {
			t.Fatalf("%s: written: %v", typ, faults)
		}
		view, err := m.JSON(schema)
		if err != nil || !json.Valid(view) {
			t.Fatalf("%s: JSON: %v", typ, err)
		}
		again, err := ParseJSON(view)
		if err != nil {
			t.Fatalf("%s: %v", typ, err)
		}
		back, faults := again.Write(schema)
		if len(faults) > 0 {
			t.Fatalf("%s: from JSON: %v", typ, faults)
		}
		for name, x := range map[string][]byte{"written": written, "from JSON": back, "indented": Indent(b)} {
			if got, f := CanonicalDigest(x); f != nil || got != want {
				t.Fatalf("%s %s: another message: %v\n%s\n%s", typ, name, f, b, x)
			}
		}
	})
}

// TestCanonical shows what the canonical form does not see, and what it does.
func TestCanonical(t *testing.T) {
	const plain = `<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><BizMsgIdr>A</BizMsgIdr></AppHdr><Document xmlns="urn:d"><A b="1" c="2">x</A><E></E></Document>`
	want, f := Canonical([]byte(plain))
	if f != nil {
		t.Fatal(f)
	}
	if string(want) != plain {
		t.Errorf("the canonical form of a plain message is itself, not\n%s", want)
	}
	for name, s := range map[string]string{
		"indented":   string(Indent([]byte(plain))),
		"wrapped":    "<?xml version='1.0'?>\r\n<Envelope>" + plain + "</Envelope>",
		"prefixes":   `<h:AppHdr xmlns:h="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><h:BizMsgIdr>A</h:BizMsgIdr></h:AppHdr><d:Document xmlns:d="urn:d"><d:A c='2' b='1'>x</d:A><d:E/></d:Document>`,
		"comments":   strings.ReplaceAll(plain, "<A ", "<!-- c --><A "),
		"references": strings.ReplaceAll(plain, ">x<", ">&#120;<"),
		"cdata":      strings.ReplaceAll(plain, ">x<", "><![CDATA[x]]><"),
	} {
		if got, f := Canonical([]byte(s)); f != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v\n%s", name, f, got)
		}
	}
	for name, s := range map[string]string{
		"blank in a text": strings.ReplaceAll(plain, ">x<", ">x <"),
		"attribute":       strings.ReplaceAll(plain, `b="1"`, `b="3"`),
		"namespace":       strings.ReplaceAll(plain, "urn:d", "urn:e"),
		"element":         strings.ReplaceAll(plain, "<E></E>", ""),
	} {
		if got, f := Canonical([]byte(s)); f != nil || bytes.Equal(got, want) {
			t.Errorf("%s: not seen; %v", name, f)
		}
	}
	if _, f := Canonical([]byte("<Document xmlns='urn:d'/>")); f == nil || f.Code != EnvelopeCount {
		t.Errorf("a document without header: %v", f)
	}
}

// TestBuild shows that the writer puts elements in order and gives nothing that is not valid.
func TestBuild(t *testing.T) {
	m := NewMessage("pacs.002.001.10")
	m.AppHdr.Set("CreDt", "2026-11-24T09:30:00+00:00")
	m.AppHdr.Set("MsgDefIdr", "pacs.002.001.10")
	m.AppHdr.Set("To/FIId/FinInstnId/BICFI", "MERIDEFFXXX")
	m.AppHdr.Set("Fr/FIId/FinInstnId/BICFI", "CEDRFRPPXXX")
	body := m.Document.Set("FIToFIPmtStsRpt", "")
	body.Set("GrpHdr/CreDtTm", "2026-11-24T09:30:00+00:00")
	body.Set("TxInfAndSts/TxSts", "RJCT")
	body.Set("TxInfAndSts/OrgnlInstrId", "A & B <1>")
	body.Set("TxInfAndSts/StsRsnInf/Orgtr", "")
	if _, faults := m.Write(Options{}); len(faults) != 2 {
		t.Fatalf("BizMsgIdr and MsgId are missing: %v", faults)
	}
	m.AppHdr.Set("BizMsgIdr", "S1")
	body.Set("GrpHdr/MsgId", "S1")
	b, faults := m.Write(Options{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if !bytes.Contains(b, []byte("<TxInfAndSts><OrgnlInstrId>A &amp; B &lt;1&gt;</OrgnlInstrId><TxSts>RJCT</TxSts></TxInfAndSts>")) {
		t.Errorf("order, escapes or empty elements are wrong: %s", b)
	}
	body.Remove("TxInfAndSts/TxSts")
	if body.Find("TxInfAndSts/TxSts") != nil {
		t.Error("not removed")
	}
}

func TestFacts(t *testing.T) {
	r, m := CheckAndRead(payment8K(), Options{})
	if !r.Valid() || r.Profile != CBPR2026 {
		t.Fatal(r)
	}
	f := FactsOf(m)
	if len(f.Payments) != 1 || f.From != "MERIDEFFXXX" || f.Reference != "A260001" || f.MessageID != "A260001" {
		t.Fatalf("%+v", f)
	}
	p := f.Payments[0]
	got := fmt.Sprintln(p.UETR, p.Settled, p.Instructed, p.Charges, p.Debtor.Name, p.Debtor.Account, p.Debtor.Country, p.Creditor.Town, p.Agent("CdtrAgt").BIC, p.Remittance, p.Purpose, p.SettlementDate, len(p.Agents))
	want := "3f0c8a52-6d1e-4b7a-9c35-0e2d4f6a8b10 {EUR 1230.00} {EUR 1250.00} [{EUR 15.00} {EUR 5.00}] Alpha Werke Gesellschaft mit beschraenkter Haftung DE64100200300400500600 DE Lyon CEDRFRPPXXX [2026-4711 2026-4712 RF18539007547034] SUPP 2026-11-25 7\n"
	if got != want {
		t.Errorf("\n%s, want\n%s", got, want)
	}
}

// TestRefusal shows that the network's answer is valid and carries the same faults.
func TestRefusal(t *testing.T) {
	b := bytes.Replace(payment8K(), []byte("<Ctry>DE</Ctry>"), []byte("<Ctry>QX</Ctry>"), 2)
	b = bytes.Replace(b, []byte(">CRED<"), []byte(">OURS<"), 1)
	r := Check(b, Options{})
	if len(r.Faults) != 3 {
		t.Fatalf("%v", r.Faults)
	}
	route, f := ReadRoute(b)
	if f != nil {
		t.Fatal(f)
	}
	answer, faults := Refusal(route, r.Faults, "ORCABRSPXXX", "N1", time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	ref, list, err := ReadRefusal(answer)
	if err != nil || ref != "A260001" || fmt.Sprint(list) != fmt.Sprint(r.Faults) {
		t.Errorf("%s %v %v", ref, list, err)
	}
	if x := Check(answer, Options{}); !x.Valid() || x.Type != rejectType {
		t.Errorf("%v", x)
	}
}
