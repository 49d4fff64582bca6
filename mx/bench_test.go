package mx

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// payment8K is a pacs.008 with its header of about 8 KB, as a bank indents it: it keeps the CBPR+ guideline of 2026.
func payment8K() []byte {
	b := []byte(indentXML(payment))
	if n := len(b); n < 7800 || n > 8500 {
		panic("the sample payment is not of about 8 KB")
	}
	return b
}

// indentXML puts each element that follows another tag on a line of its own.
func indentXML(s string) string {
	var b strings.Builder
	depth := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '<' && i > 0 && s[i-1] == '>' {
			d := depth
			if s[i+1] == '/' {
				d--
			}
			b.WriteByte('\n')
			b.WriteString(strings.Repeat("  ", max(d, 0)))
		}
		if s[i] == '<' {
			if s[i+1] == '/' {
				depth--
			} else {
				depth++
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// payment is a payment with most of what a payment may have.
const payment = `<RequestPayload><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr><FIId><FinInstnId><BICFI>MERIDEFFXXX</BICFI></FinInstnId></FIId></Fr><To><FIId><FinInstnId><BICFI>CEDRFRPPXXX</BICFI></FinInstnId></FIId></To><BizMsgIdr>A260001</BizMsgIdr><MsgDefIdr>pacs.008.001.08</MsgDefIdr><BizSvc>swift.cbprplus.04</BizSvc><CreDt>2026-11-24T09:30:00+00:00</CreDt></AppHdr>` +
	`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf><GrpHdr><MsgId>A260001</MsgId><CreDtTm>2026-11-24T09:30:00+00:00</CreDtTm><NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>` +
	`<CdtTrfTxInf><PmtId><InstrId>A260001</InstrId><EndToEndId>E2E-0001</EndToEndId><TxId>TX-0001</TxId><UETR>3f0c8a52-6d1e-4b7a-9c35-0e2d4f6a8b10</UETR></PmtId><PmtTpInf><InstrPrty>NORM</InstrPrty><SvcLvl><Cd>G001</Cd></SvcLvl><CtgyPurp><Cd>SUPP</Cd></CtgyPurp></PmtTpInf>` +
	`<IntrBkSttlmAmt Ccy="EUR">1230.00</IntrBkSttlmAmt><IntrBkSttlmDt>2026-11-25</IntrBkSttlmDt><InstdAmt Ccy="EUR">1250.00</InstdAmt><ChrgBr>CRED</ChrgBr><ChrgsInf><Amt Ccy="EUR">15.00</Amt><Agt><FinInstnId><BICFI>MERIDEFFXXX</BICFI></FinInstnId></Agt></ChrgsInf><ChrgsInf><Amt Ccy="EUR">5.00</Amt><Agt><FinInstnId><BICFI>ORCABRSPXXX</BICFI></FinInstnId></Agt></ChrgsInf>` +
	`<PrvsInstgAgt1><FinInstnId><BICFI>ORCABRSPXXX</BICFI></FinInstnId></PrvsInstgAgt1><InstgAgt><FinInstnId><BICFI>MERIDEFFXXX</BICFI></FinInstnId></InstgAgt><InstdAgt><FinInstnId><BICFI>CEDRFRPPXXX</BICFI></FinInstnId></InstdAgt>` +
	`<IntrmyAgt1><FinInstnId><BICFI>TAMAJPJTXXX</BICFI></FinInstnId></IntrmyAgt1><IntrmyAgt2><FinInstnId><BICFI>TAMAJPJTXXX</BICFI></FinInstnId></IntrmyAgt2>` +
	`<UltmtDbtr><Nm>Alpha Holding Societas Europaea</Nm><PstlAdr><StrtNm>Lindenallee</StrtNm><BldgNb>14</BldgNb><PstCd>60311</PstCd><TwnNm>Frankfurt</TwnNm><Ctry>DE</Ctry></PstlAdr><Id><OrgId><LEI>NTAA00CORRIDOR000161</LEI></OrgId></Id></UltmtDbtr>` +
	`<Dbtr><Nm>Alpha Werke Gesellschaft mit beschraenkter Haftung</Nm><PstlAdr><Dept>Accounts payable</Dept><SubDept>Payments</SubDept><StrtNm>Lindenallee</StrtNm><BldgNb>12</BldgNb><BldgNm>Haus Nord</BldgNm><Flr>Third floor</Flr><PstBx>4711</PstBx><Room>3.14</Room><PstCd>60311</PstCd><TwnNm>Frankfurt</TwnNm><TwnLctnNm>Innenstadt</TwnLctnNm><DstrctNm>Mitte</DstrctNm><CtrySubDvsn>Hessen</CtrySubDvsn><Ctry>DE</Ctry></PstlAdr><Id><OrgId><Othr><Id>HRB 4711</Id><SchmeNm><Cd>COID</Cd></SchmeNm><Issr>Amtsgericht</Issr></Othr></OrgId></Id></Dbtr>` +
	`<DbtrAcct><Id><IBAN>DE64100200300400500600</IBAN></Id><Tp><Cd>CACC</Cd></Tp><Ccy>EUR</Ccy><Nm>Main account</Nm></DbtrAcct><DbtrAgt><FinInstnId><BICFI>MERIDEFFXXX</BICFI></FinInstnId></DbtrAgt><CdtrAgt><FinInstnId><BICFI>CEDRFRPPXXX</BICFI></FinInstnId></CdtrAgt>` +
	`<Cdtr><Nm>Beta Negoce Societe Anonyme</Nm><PstlAdr><Dept>Tresorerie</Dept><StrtNm>Rue des Quais</StrtNm><BldgNb>7</BldgNb><BldgNm>Tour Est</BldgNm><Flr>12</Flr><PstCd>69002</PstCd><TwnNm>Lyon</TwnNm><TwnLctnNm>Presqu'ile</TwnLctnNm><CtrySubDvsn>Rhone</CtrySubDvsn><Ctry>FR</Ctry></PstlAdr><Id><OrgId><Othr><Id>732829320</Id><SchmeNm><Cd>COID</Cd></SchmeNm></Othr></OrgId></Id><CtryOfRes>FR</CtryOfRes></Cdtr>` +
	`<CdtrAcct><Id><IBAN>FR1420041010050500013M02606</IBAN></Id><Ccy>EUR</Ccy></CdtrAcct><UltmtCdtr><Nm>Gamma Distribution</Nm><PstlAdr><StrtNm>Place du Marche</StrtNm><BldgNb>1</BldgNb><PstCd>38000</PstCd><TwnNm>Grenoble</TwnNm><Ctry>FR</Ctry></PstlAdr></UltmtCdtr>` +
	`<InstrForCdtrAgt><Cd>PHOB</Cd><InstrInf>Please call before crediting</InstrInf></InstrForCdtrAgt><InstrForNxtAgt><InstrInf>Pay without delay</InstrInf></InstrForNxtAgt><Purp><Cd>SUPP</Cd></Purp>` +
	`<RgltryRptg><DbtCdtRptgInd>DEBT</DbtCdtRptgInd><Authrty><Nm>Central bank</Nm><Ctry>DE</Ctry></Authrty><Dtls><Tp>Goods</Tp><Ctry>DE</Ctry><Cd>120</Cd><Amt Ccy="EUR">1250.00</Amt><Inf>Machine parts</Inf></Dtls></RgltryRptg><RgltryRptg><DbtCdtRptgInd>CRED</DbtCdtRptgInd><Authrty><Nm>Banque centrale</Nm><Ctry>FR</Ctry></Authrty><Dtls><Tp>Goods</Tp><Ctry>FR</Ctry><Cd>120</Cd><Amt Ccy="EUR">1250.00</Amt><Inf>Machine parts</Inf></Dtls></RgltryRptg>` +
	`<RmtInf><Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>2026-4711</Nb><RltdDt>2026-11-01</RltdDt></RfrdDocInf><RfrdDocAmt><DuePyblAmt Ccy="EUR">1250.00</DuePyblAmt><RmtdAmt Ccy="EUR">1250.00</RmtdAmt></RfrdDocAmt><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18539007547034</Ref></CdtrRefInf><AddtlRmtInf>Order 0815 of October, second delivery</AddtlRmtInf></Strd><Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CREN</Cd></CdOrPrtry></Tp><Nb>2026-4712</Nb><RltdDt>2026-11-02</RltdDt></RfrdDocInf><RfrdDocAmt><CdtNoteAmt Ccy="EUR">10.00</CdtNoteAmt></RfrdDocAmt><AddtlRmtInf>Credit note for the first delivery</AddtlRmtInf></Strd></RmtInf></CdtTrfTxInf></FIToFICstmrCdtTrf></Document></RequestPayload>`

// TestPayment8K keeps the benchmarks honest: what they measure is a valid payment of the size that is claimed.
func TestPayment8K(t *testing.T) {
	r := Check(payment8K(), Options{})
	for i := range r.Faults {
		t.Error(r.Faults[i].Error())
	}
	if r.Profile != CBPR2026 {
		t.Errorf("judged by %s, not by the guideline of 2026", r.Profile)
	}
	if n := testing.AllocsPerRun(100, func() { Check(payment8K(), Options{}) }) - testing.AllocsPerRun(100, func() { payment8K() }); n > 50 {
		t.Errorf("%v allocations for a check; 50 are the limit", n)
	}
}

// BenchmarkCheckPacs008 is an 8 KB payment with its header through everything: XML, schema, datatypes, CBPR+ rules.
func BenchmarkCheckPacs008(b *testing.B) { benchmarkCheck(b, Options{}) }

// BenchmarkCheckPacs008Schema is the same without datatypes and rules.
func BenchmarkCheckPacs008Schema(b *testing.B) { benchmarkCheck(b, Options{Profile: SchemaOnly}) }

func benchmarkCheck(b *testing.B, o Options) {
	m := payment8K()
	b.SetBytes(int64(len(m)))
	b.ReportAllocs()
	for b.Loop() {
		if r := Check(m, o); !r.Valid() {
			b.Fatal(r.Faults[0].Error())
		}
	}
}

// BenchmarkRoute is what the hub reads of a message before it does anything else.
func BenchmarkRoute(b *testing.B) {
	m := payment8K()
	b.ReportAllocs()
	for b.Loop() {
		if _, f := ReadRoute(m); f != nil {
			b.Fatal(f)
		}
	}
}

// statement10M is a camt.053 of about 10 MB.
func statement10M() []byte {
	var b bytes.Buffer
	b.WriteString(`<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr><FIId><FinInstnId><BICFI>MERIDEFFXXX</BICFI></FinInstnId></FIId></Fr><To><FIId><FinInstnId><BICFI>CEDRFRPPXXX</BICFI></FinInstnId></FIId></To><BizMsgIdr>S1</BizMsgIdr><MsgDefIdr>camt.053.001.08</MsgDefIdr><CreDt>2026-11-24T09:30:00+00:00</CreDt></AppHdr>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>S1</MsgId><CreDtTm>2026-11-24T09:30:00+00:00</CreDtTm></GrpHdr><Stmt><Id>1</Id><Acct><Id><IBAN>DE64100200300400500600</IBAN></Id></Acct><Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-24</Dt></Dt></Bal>`)
	for b.Len() < 10<<20 {
		b.WriteString(`<Ntry><NtryRef>4711</NtryRef><Amt Ccy="EUR">1250.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-24</Dt></BookgDt><ValDt><Dt>2026-11-24</Dt></ValDt><AcctSvcrRef>REF-0815</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>XBCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>E2E-0001</EndToEndId><UETR>3f0c8a52-6d1e-4b7a-9c35-0e2d4f6a8b10</UETR></Refs><Amt Ccy="EUR">1250.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RltdPties><Dbtr><Pty><Nm>Alpha Werke GmbH</Nm><PstlAdr><TwnNm>Frankfurt</TwnNm><Ctry>DE</Ctry></PstlAdr></Pty></Dbtr></RltdPties><RmtInf><Ustrd>INVOICE 2026-4711</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>` + "\n")
	}
	b.WriteString(`</Stmt></BkToCstmrStmt></Document>`)
	return b.Bytes()
}

// BenchmarkStreamCamt053 is a statement of 10 MB through a window.
func BenchmarkStreamCamt053(b *testing.B) {
	m := statement10M()
	b.SetBytes(int64(len(m)))
	b.ReportAllocs()
	for b.Loop() {
		if r := CheckStream(struct{ io.Reader }{bytes.NewReader(m)}, Options{}); !r.Valid() {
			b.Fatal(r.Faults[0].Error())
		}
	}
}

// BenchmarkCompile is the first check of a message in a fresh program: reading the tables and compiling two schemas.
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		t, err := newTables(standardSchemas, "standard/schema")
		if err != nil {
			b.Fatal(err)
		}
		t.schemaOf([]byte(isoNamespace + "head.001.001.02"))
		t.schemaOf([]byte(isoNamespace + "pacs.008.001.08"))
	}
}
