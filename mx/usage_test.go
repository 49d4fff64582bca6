package mx

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corridor "corridor.example/corridor"
	"pgregory.net/rapid"
)

// TestExamplesAreValid: each guideline has an example without faults and warnings, in each year that has it.
func TestExamplesAreValid(t *testing.T) {
	all := examples(t)
	for _, p := range usageProfiles {
		for _, s := range usageTables()[p].services {
			if s.withdrawn {
				continue
			}
			name := string(s.message[:8])
			if s.variant != "core" {
				name += "/" + s.variant
			}
			x, ok := all[name]
			if !ok {
				t.Errorf("%s has no example %s", p, name)
				continue
			}
			b, err := x.build(p, "")
			if err != nil {
				t.Fatal(err)
			}
			r := Check([]byte(b), Options{Profile: p})
			if r.Variant != s.variant {
				t.Errorf("%s %s: variant %q", p, name, r.Variant)
			}
			for _, f := range append(r.Faults, r.Warnings...) {
				t.Errorf("%s %s: %v", p, name, &f)
			}
		}
	}
}

// TestRuleCases: every rule has a good and a bad case. A good case has no faults at all under its own profile, a bad
// case has the rule's.
func TestRuleCases(t *testing.T) {
	all := examples(t)
	for _, p := range usageProfiles {
		for _, r := range usageTables()[p].rules {
			seen := map[bool]bool{}
			for _, c := range r.cases {
				seen[c.good] = true
				checkCase(t, all, p, r, c)
			}
			if !seen[true] || !seen[false] {
				t.Errorf("%s %s %s needs a good and a bad case", p, r.code, r.name)
			}
			if r.text == "" || !strings.HasSuffix(r.text, ".") {
				t.Errorf("%s %s: text %q", p, r.name, r.text)
			}
		}
	}
}

func checkCase(t *testing.T, all map[string]example, p Profile, r *usageRule, c usageCase) {
	t.Helper()
	x, ok := all[c.base]
	if !ok || !r.counts(x.message, x.variant) {
		t.Errorf("%s %s: no example %s for the rule", p, r.name, c.base)
		return
	}
	b, err := x.build(p, c.edits)
	if err != nil {
		t.Errorf("%s %s: %v", p, r.name, err)
		return
	}
	got := Check([]byte(b), Options{Profile: p})
	hit := false
	for _, f := range got.Faults {
		hit = hit || f.Rule == r.name && f.Code == r.code && !r.warn
		if c.good || strings.HasPrefix(f.Code, "S") {
			t.Errorf("%s %s good=%v %q: %v", p, r.name, c.good, c.edits, &f)
		}
	}
	for _, f := range got.Warnings {
		hit = hit || f.Rule == r.name && f.Code == r.code && r.warn
	}
	if hit == c.good {
		t.Errorf("%s %s: good=%v %q, but faults %v and warnings %v", p, r.name, c.good, c.edits, got.Faults, got.Warnings)
	}
}

// TestEveryScopeExists: each element at which a rule is judged is one of a message that the rule names.
func TestEveryScopeExists(t *testing.T) {
	all := examples(t)
	for _, p := range usageProfiles {
		for _, r := range usageTables()[p].rules {
			for _, scope := range r.scopes {
				found := false
				for _, x := range all {
					found = found || r.counts(x.message, x.variant) && attached(t, exampleOverlay(t, x, p), exampleModel(t, x), r, scope)
				}
				if !found {
					t.Errorf("%s %s %s: no message has %s", p, r.code, r.name, scope)
				}
			}
		}
	}
}

// attached reports that a rule stands at an element of its scope.
func attached(t *testing.T, o *overlay, m *model, r *usageRule, scope string) bool {
	t.Helper()
	if o == nil {
		return false
	}
	for _, e := range m.scopesOf(scope) {
		part, i := e.split()
		if k := o.parts[part][i].rules; k > 0 {
			for _, c := range o.rules[k-1] {
				if c.usageRule == r {
					return true
				}
			}
		}
	}
	return false
}

func exampleModel(t *testing.T, x example) *model {
	t.Helper()
	tables := Standard()
	parts := [partCount]*schema{partDocument: schemaNamed(t, tables, string(x.message)), partHeader: schemaNamed(t, tables, "head.001.001.02")}
	return tables.modelOf(modelKey{parts[partDocument], parts[partHeader], nil})
}

func exampleOverlay(t *testing.T, x example, p Profile) *overlay {
	t.Helper()
	if usageTables()[p].servicesOf(x.message, x.variant) == nil {
		return nil // withdrawn
	}
	return overlayOf(exampleModel(t, x), p, x.variant)
}

func schemaNamed(t *testing.T, tables *Tables, name string) *schema {
	t.Helper()
	s := tables.schemaOf([]byte("urn:iso:std:iso:20022:tech:xsd:" + name))
	if s == nil {
		t.Fatalf("no schema %s", name)
	}
	return s
}

// TestTablesFitTheSchemas: every element that a narrowing names is one of its message.
func TestTablesFitTheSchemas(t *testing.T) {
	tables := Standard()
	for _, p := range usageProfiles {
		for key, n := range usageTables()[p].tables.trees {
			s := schemaNamed(t, tables, string(key.message))
			var walk func(i int, n *narrowing)
			walk = func(i int, n *narrowing) {
				for name, below := range n.children {
					c := s.childNamed(i, name)
					if c < 0 {
						t.Errorf("%s %s %s: %s has no %s", p, key.message, key.variant, s.path(i), name)
						continue
					}
					if below.removed && s.elems[c].min > 0 && !s.elems[c].inChoice {
						t.Errorf("%s %s %s: %s is mandatory and cannot be removed", p, key.message, key.variant, s.path(c))
					}
					walk(c, below)
				}
			}
			walk(0, n)
		}
	}
}

func TestProfileOf(t *testing.T) {
	before, after := time.Date(2026, 11, 13, 23, 59, 59, 0, time.UTC), time.Date(2026, 11, 14, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		message, service string
		at               time.Time
		profile          Profile
		variant          string
	}{
		{"pacs.008.001.08", "swift.cbprplus.03", after, CBPR2025, "core"},
		{"pacs.008.001.08", "swift.cbprplus.04", before, CBPR2026, "core"},
		{"pacs.008.001.08", "swift.cbprplus.stp.04", after, CBPR2026, "stp"},
		{"pacs.009.001.08", "swift.cbprplus.cov.03", after, CBPR2025, "cov"},
		{"camt.055.001.08", "swift.cbprplus.03", before, CBPR2026, "core"},
		{"camt.105.001.02", "swift.cbprplus.mlp.02", after, CBPR2025, "multiple"},
		{"camt.053.001.08", "swift.cbprplus.03", before, CBPR2025, "core"},
		{"camt.053.001.08", "swift.cbprplus.03", after, CBPR2026, "core"},
		{"pacs.008.001.08", "swift.cbprplus.cov.04", after, CBPR2026, "core"},
		{"pacs.008.001.08", "swift.cbprplus.cov.04", before, CBPR2025, "core"},
		{"pacs.008.001.08", "hvps.demo.01", after, SchemaOnly, ""},
		{"pacs.028.001.03", "swift.cbprplus.04", after, CBPR2026, "core"},
		{"admi.002.001.01", "", after, SchemaOnly, ""},
	} {
		p, v := ProfileOf(corridor.MessageType(x.message), x.service, x.at)
		if p != x.profile || v != x.variant {
			t.Errorf("%s %s at %s: %s %s, want %s %s", x.message, x.service, x.at.Format(time.DateOnly), p, v, x.profile, x.variant)
		}
	}
}

func TestTextSets(t *testing.T) {
	for _, x := range []struct {
		set  string
		text string
		bad  int
	}{
		{"X", "A/B 1-2?:().,'+", -1}, {"X", "A_B", 1}, {"X", "AÄ", 1}, {"X", "A\nB", 1},
		{"X+", `!#$%&*=^_{|}~";<>@[\]` + "`", -1}, {"X+", "A\nB", 1}, {"X+", "né", 1}, {"X+NL", "A\r\nB", -1},
		{"ACCT", "12/34", -1}, {"ACCT", "/12", 0}, {"ACCT", "12/", 2}, {"ACCT", "1//2", 2},
		{"OFFSET", "2026-11-24T09:00:00+01:00", -1}, {"OFFSET", "2026-11-24T09:00:00.123-05:30", -1}, {"OFFSET", "09:00:00+00:00", -1},
		{"OFFSET", "2026-11-24T09:00:00Z", 19}, {"OFFSET", "2026-11-24T09:00:00", 18}, {"OFFSET", "2026-11-24T09:00:00+15:00", 24}, {"OFFSET", "", 0},
		{"DATE", "2026-11-24", -1}, {"DATE", " 2026-11-24 ", -1}, {"DATE", "2026-11-24Z", 10}, {"DATE", "2026-11-24+01:00", 15}, {"DATE", "", -1},
		{"SERVICE", "swift.cbprplus.04", -1}, {"SERVICE", "swift.cbprplus.stp.04", -1}, {"SERVICE", "swift.04", 7}, {"SERVICE", "swift..04", 6},
		{"SERVICE", "swift.cbprplus.4", 15}, {"SERVICE", "Swift.cbprplus.04", 0},
	} {
		if got := textSetNamed[x.set].firstBad([]byte(x.text)); got != x.bad {
			t.Errorf("%s %q: first bad %d, want %d", x.set, x.text, got, x.bad)
		}
	}
}

// TestNarrowings: each kind of narrowing refuses what it should, at its place.
func TestNarrowings(t *testing.T) {
	all := examples(t)
	for _, x := range []struct{ base, edits, code, path string }{
		{"pacs.008", "GrpHdr/CreDtTm>BtchBookg:true", UsageRemoved, "/Document/FIToFICstmrCdtTrf/GrpHdr/BtchBookg"},
		{"pacs.008", "DbtrAgt/FinInstnId+Othr(Id:1)", UsageRemoved, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/DbtrAgt/FinInstnId/Othr"},
		{"pacs.008", "-PmtId/UETR", UsageMandatory, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/UETR"},
		{"pacs.009/cov", "-UndrlygCstmrCdtTrf", UsageMandatory, "/Document/FICdtTrf/CdtTrfTxInf/UndrlygCstmrCdtTrf"},
		{"pacs.008", "-head/BizSvc", UsageMandatory, "/AppHdr/BizSvc"},
		{"pacs.008", "RmtInf+Ustrd:TWO", UsageTooMany, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/RmtInf/Ustrd[2]"},
		{"pacs.008", "RmtInf<InstrForNxtAgt(InstrInf:A)*7", UsageTooMany, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/InstrForNxtAgt[7]"},
		{"pacs.008", "ChrgBr=SLEV", UsageCode, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChrgBr"},
		{"pacs.008", "SttlmInf/SttlmMtd=CLRG", UsageCode, "/Document/FIToFICstmrCdtTrf/GrpHdr/SttlmInf/SttlmMtd"},
		{"camt.029", "Sts/Conf=ACCR", UsageCode, "/Document/RsltnOfInvstgtn/Sts/Conf"},
		{"pacs.008", "PmtId/InstrId=12345678901234567", UsageLength, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/InstrId"},
		{"pacs.008", "Dbtr/Nm=Größe", UsageSet, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/Dbtr/Nm"},
		{"pacs.008", "GrpHdr/CreDtTm=2026-11-24T09:00:00Z", UsageSet, "/Document/FIToFICstmrCdtTrf/GrpHdr/CreDtTm"},
		{"pacs.008", "head/CreDt=2026-11-24T09:00:00Z", UsageSet, "/AppHdr/CreDt"},
		{"camt.052", "Acct/Id/Othr/Id=//1", UsageSet, "/Document/BkToCstmrAcctRpt/Rpt/Acct/Id/Othr/Id"},
		{"pacs.008", "GrpHdr/NbOfTxs=2", UsageFixed, "/Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs"},
		{"camt.053", "Sts/Cd=PDNG", UsageFixed, "/Document/BkToCstmrStmt/Stmt/Ntry/Sts/Cd"},
		{"camt.058", "head/CreDt>Rltd(Fr(FIId(FinInstnId(BICFI:MERIDEFFXXX))) To(FIId(FinInstnId(BICFI:CEDRFRPPXXX))) BizMsgIdr:M0 MsgDefIdr:camt.057.001.06 BizSvc:swift.cbprplus.03 CreDt:2026-11-23T09:00:00+00:00)*2", "", ""},
		{"camt.056", "head/CreDt>Rltd(Fr(FIId(FinInstnId(BICFI:MERIDEFFXXX))) To(FIId(FinInstnId(BICFI:CEDRFRPPXXX))) BizMsgIdr:M0 MsgDefIdr:camt.057.001.06 BizSvc:swift.cbprplus.03 CreDt:2026-11-23T09:00:00+00:00)*2", UsageTooMany, "/AppHdr/Rltd[2]"},
		{"admi.024", "NtfctnNrrtv=LINE 1\nLINE 2", "", ""},
		{"pain.001", "RmtInf/Ustrd=Größe", "", ""},
		{"pacs.008", "Dbtr+Id(OrgId(Othr(Id:1 SchmeNm(Cd:TXID)) Othr(Id:1 SchmeNm(Cd:TXID)) Othr(Id:1 SchmeNm(Cd:TXID))))", UsageTooMany, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/Dbtr/Id/OrgId/Othr[3]"},
		{"pacs.008", "IntrBkSttlmDt=2026-11-25Z", UsageSet, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/IntrBkSttlmDt"},
		{"pain.001", "ReqdExctnDt/Dt=2026-11-25+01:00", UsageSet, "/Document/CstmrCdtTrfInitn/PmtInf/ReqdExctnDt/Dt"},
		{"pacs.009", "IntrBkSttlmAmt=\n 1250.00\n", "", ""},
	} {
		b, err := all[x.base].build(CBPR2025, x.edits)
		if err != nil {
			t.Fatal(err)
		}
		got := Check([]byte(b), Options{Profile: CBPR2025}).Faults
		if x.code == "" && len(got) == 0 {
			continue
		}
		hit := false
		for _, f := range got {
			hit = hit || f.Code == x.code && f.Path == x.path
		}
		if !hit {
			t.Errorf("%s %q: %v, want %s at %s", x.base, x.edits, got, x.code, x.path)
		}
	}
}

// TestNotCovered: a message or a header that no guideline is for is refused where it claims one, else left alone.
func TestNotCovered(t *testing.T) {
	head := func(version, service string) string {
		return `<E><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:` + version + `"><Fr><FIId><FinInstnId><BICFI>MERIDEFFXXX</BICFI></FinInstnId></FIId></Fr>` +
			`<To><FIId><FinInstnId><BICFI>CEDRFRPPXXX</BICFI></FinInstnId></FIId></To><BizMsgIdr>M1</BizMsgIdr><MsgDefIdr>admi.002.001.01</MsgDefIdr>` +
			`<BizSvc>` + service + `</BizSvc><CreDt>2026-11-24T09:00:00+00:00</CreDt></AppHdr>`
	}
	reject := `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:admi.002.001.01"><admi.002.001.01><RltdRef><Ref>M0</Ref></RltdRef>` +
		`<Rsn><RjctgPtyRsn>U1</RjctgPtyRsn></Rsn></admi.002.001.01></Document></E>`
	for _, x := range []struct{ message, code, path string }{
		{head("head.001.001.02", "hvps.demo.01") + reject, "", ""},
		{head("head.001.001.02", "swift.cbprplus.04") + reject, UsageService, "/AppHdr/BizSvc"},
		{strings.ReplaceAll(head("head.001.001.02", "swift.cbprplus.04")+reject, "admi.002.001.01", "admi.002.001.99"), SchemaMessage, "/Document"},
	} {
		got := Check([]byte(x.message), Options{}).Faults
		if x.code == "" && len(got) == 0 || len(got) == 1 && got[0].Code == x.code && got[0].Path == x.path {
			continue
		}
		t.Errorf("%v, want %q at %s", got, x.code, x.path)
	}
	b, err := examples(t)["admi.024"].build(CBPR2026, "")
	if err != nil {
		t.Fatal(err)
	}
	got := Check([]byte(strings.Replace(b, "head.001.001.02", "head.001.001.03", 1)), Options{}).Faults
	if len(got) != 1 || got[0].Code != UsageHeader || got[0].Path != "/AppHdr" {
		t.Errorf("header .03: %v", got)
	}
}

// everything collects faults without a limit.
type everything struct{ faults map[string]string }

func (x everything) add(code, path string)                       { x.faults[code+" "+path] = path }
func (x everything) fault(t *Tree, n int, code, _, _ string)     { x.add(code, t.path(n)) }
func (x everything) faultAttr(t *Tree, n int, code, _, _ string) { x.add(code, t.path(n)) }
func (x everything) warn(*Tree, int, string, string, string)     {}
func (x everything) missing(t *Tree, n int, e Elem, code, _, _ string) {
	x.add(code, t.path(n)+"/"+t.model.name(e))
}

// TestOverlayAgainstPlainReading: on an example with every element of the schema, what the overlay finds removed, missing
// or too many is what a walk along the tables by name finds.
func TestOverlayAgainstPlainReading(t *testing.T) {
	for _, p := range usageProfiles {
		for _, s := range usageTables()[p].services {
			for turn := range 3 {
				if !s.withdrawn {
					comparePlainReading(t, p, s, Sample{Full: turn < 2, Turn: turn})
				}
			}
		}
	}
}

func comparePlainReading(t *testing.T, p Profile, s serviceLine, sample Sample) {
	t.Helper()
	b, err := Standard().Example(s.message, sample)
	if err != nil {
		t.Fatal(err)
	}
	c := new(checker)
	if r := c.whole(b, Options{Profile: SchemaOnly}); !r.Valid() {
		t.Fatalf("%s: the example is not valid: %v", s.message, r.Faults)
	}
	got, want := everything{map[string]string{}}, everything{map[string]string{}}
	overlayOf(c.tree.model, p, s.variant).check(&c.tree, 0, len(c.tree.nodes), got)
	root := 0
	for c.tree.name(root) != "Document" {
		root++
	}
	plainReading(&c.tree, root, usageTables()[p].tables.tree(s.message, s.variant), want)
	for _, code := range []string{UsageRemoved, UsageMandatory, UsageTooMany} {
		for f, path := range got.faults {
			if strings.HasPrefix(f, code) && strings.HasPrefix(path, "/Document") && want.faults[f] == "" {
				t.Errorf("%s %s %s: found %s, not in the tables", p, s.message, s.variant, f)
			}
		}
		for f := range want.faults {
			if strings.HasPrefix(f, code) && got.faults[f] == "" {
				t.Errorf("%s %s %s: %s is in the tables, not found", p, s.message, s.variant, f)
			}
		}
	}
}

// plainReading walks the elements of a message and their narrowings by name.
func plainReading(t *Tree, n int, w *narrowing, out everything) {
	seen := map[string]int{}
	for c := n + 1; c < int(t.nodes[n].end); c = int(t.nodes[c].end) {
		name := t.name(c)
		seen[name]++
		below := w.children[name]
		if below == nil {
			continue
		}
		if below.removed {
			out.add(UsageRemoved, t.path(c))
			continue
		}
		if below.max > 0 && seen[name] > int(below.max) {
			out.add(UsageTooMany, t.path(c))
		}
		plainReading(t, c, below, out)
	}
	for name, below := range w.children {
		if below.mandatory && seen[name] == 0 {
			out.add(UsageMandatory, t.path(n)+"/"+name)
		}
	}
}

// TestManyWarnings: however many warnings, a valid message stays valid.
func TestManyWarnings(t *testing.T) {
	b, err := examples(t)["camt.053"].build(CBPR2025, "Ntry+Intrst(TtlIntrstAndTaxAmt@EUR:5 Rcrd(Amt@EUR:4 CdtDbtInd:CRDT))")
	if err != nil {
		t.Fatal(err)
	}
	from, to := strings.Index(b, "<Ntry>"), strings.Index(b, "</Ntry>")+len("</Ntry>")
	r := Check([]byte(b[:from]+strings.Repeat(b[from:to], 40)+b[to:]), Options{})
	if !r.Valid() || len(r.Warnings) != maxWarnings {
		t.Errorf("faults %v, %d warnings", r.Faults, len(r.Warnings))
	}
}

// TestUsageOfDamagedMessages: whatever the schema refuses, the usage rules judge the rest and do not fail.
func TestUsageOfDamagedMessages(t *testing.T) {
	all := examples(t)
	names := slices.Sorted(maps.Keys(all))
	rapid.Check(t, func(r *rapid.T) {
		x := all[rapid.SampledFrom(names).Draw(r, "message")]
		x.body = x.body.copy()
		for range rapid.IntRange(1, 4).Draw(r, "damages") {
			damage(r, x.body)
		}
		p := rapid.SampledFrom(usageProfiles).Draw(r, "profile")
		if usageTables()[p].servicesOf(x.message, x.variant) == nil {
			return
		}
		b, err := x.build(p, "")
		if err != nil {
			r.Fatal(err)
		}
		for _, f := range Check([]byte(b), Options{Profile: p}).Faults {
			if f.Path == "" || f.Line == 0 || f.Text == "" {
				r.Fatalf("fault without a place: %+v", f)
			}
		}
	})
}

// damage removes, doubles, swaps or empties an element somewhere below e.
func damage(r *rapid.T, e *element) {
	for len(e.kids) > 0 && (rapid.Bool().Draw(r, "down") || len(e.kids) == 1) {
		next := e.kids[rapid.IntRange(0, len(e.kids)-1).Draw(r, "child")]
		if len(next.kids) == 0 {
			break
		}
		e = next
	}
	if len(e.kids) == 0 {
		return
	}
	i := rapid.IntRange(0, len(e.kids)-1).Draw(r, "element")
	switch k := e.kids[i]; rapid.IntRange(0, 4).Draw(r, "kind") {
	case 0:
		e.kids = slices.Delete(e.kids, i, i+1)
	case 1:
		e.kids = slices.Insert(e.kids, i, k.copy())
	case 2:
		j := rapid.IntRange(0, len(e.kids)-1).Draw(r, "other")
		e.kids[i], e.kids[j] = e.kids[j], e.kids[i]
	case 3:
		k.text, k.kids = "", nil
	case 4:
		k.text, k.ccy = rapid.SampledFrom([]string{"/", "0", "-1", "99999999999999999999", "XAU", "é", "RJCT"}).Draw(r, "text"), ""
	}
}

// BenchmarkUsage is the cost of all usage rules on a message that is parsed already.
func BenchmarkUsage(b *testing.B) {
	src := payment8K()
	c := new(checker)
	r := c.whole(src, Options{})
	if r.Profile == SchemaOnly || !r.Valid() {
		b.Fatalf("%s %v", r.Profile, r.Faults)
	}
	o := overlayOf(c.tree.model, r.Profile, r.Variant)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		o.check(&c.tree, 0, len(c.tree.nodes), &c.rep)
	}
}
