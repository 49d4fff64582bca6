package mx

import (
	"strings"
	"testing"
	"time"
)

// TestCodeSetsAreOfTheSchemas: each type of a code set is one that a schema uses, and each code fits it.
func TestCodeSetsAreOfTheSchemas(t *testing.T) {
	tables := Standard()
	for name, set := range codeSets() {
		line, ok := tables.types[name]
		if !ok {
			t.Errorf("no schema has the type %s", name)
			continue
		}
		x, err := parseText(name, line)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range set.Codes() {
			if code, text := x.check([]byte(c.Code)); code != "" {
				t.Errorf("%s %s: %s", name, c.Code, text)
			}
		}
	}
}

func TestReadCodes(t *testing.T) {
	day := func(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }
	out := map[string]*CodeSet{}
	text := "set A1 A2 closed as of 2026-05-31\nOLDX until 2026-01-01 gone\nNEWX from 2026-11-14 until 2027-01-01 came\nALWX always\n"
	if err := readCodes(text, out); err != nil {
		t.Fatal(err)
	}
	s := out["A2"]
	if s == nil || s != out["A1"] || !s.Closed || s.Open || len(s.Codes()) != 3 {
		t.Fatalf("sets %+v", out)
	}
	for _, x := range []struct {
		code        string
		from, until string
		counts      bool
	}{
		{"OLDX", "2025-11-22", "2026-11-14", true}, {"OLDX", "2026-11-14", "", false}, {"NEWX", "2025-11-22", "2026-11-14", false},
		{"NEWX", "2026-11-14", "", true}, {"NEWX", "2027-11-14", "", false}, {"ALWX", "2025-11-22", "2026-11-14", true}, {"NONE", "2025-11-22", "", false},
	} {
		until := time.Time{}
		if x.until != "" {
			until = day(x.until)
		}
		if got := s.counts([]byte(x.code), day(x.from), until); got != x.counts {
			t.Errorf("%s from %s until %s: %v", x.code, x.from, x.until, got)
		}
	}
	for _, bad := range []string{"SALA salary", "set A as of", "set A as of 2026-13-01", "set A as of 2026-01-01\nX", "set A as of 2026-01-01\nX a\nX b",
		"set A as of 2026-01-01\nX from 2026-99-01 a", "set A as of 2026-01-01\nset A as of 2026-01-01"} {
		if readCodes(bad, map[string]*CodeSet{}) == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// TestExternalCodes: outside a closed set is a fault, outside another a warning, outside an open one nothing.
func TestExternalCodes(t *testing.T) {
	all := examples(t)
	for _, x := range []struct {
		base, edits     string
		faults, warning bool
	}{
		{"pacs.008", "RmtInf<Purp(Cd:SALA)", false, false},
		{"pacs.008", "RmtInf<Purp(Cd:ZZZZ)", true, false},
		{"pacs.008", "PmtId>PmtTpInf(CtgyPurp(Cd:SUPP))", false, false},
		{"pacs.008", "PmtId>PmtTpInf(CtgyPurp(Cd:ZZZZ))", true, false},
		{"pacs.008", "PmtId>PmtTpInf(SvcLvl(Cd:ZZZZ))", false, true},
		{"pacs.008", "PmtId>PmtTpInf(LclInstrm(Cd:ZZZZ))", false, false},
		{"pacs.004", "RtrRsnInf/Rsn/Cd=ZZ99", true, false},
		{"pacs.004", "RtrRsnInf/Rsn/Cd=TRAC", false, false},
		{"pacs.002", "StsRsnInf/Rsn/Cd=ZZ99", true, false},
		{"pacs.002", "TxSts=REJC", true, false},
		{"camt.053", "Bal/Tp/CdOrPrtry/Cd=OPEN", true, false},
	} {
		b, err := all[x.base].build(CBPR2026, x.edits)
		if err != nil {
			t.Fatal(err)
		}
		got := Check([]byte(b), Options{Profile: CBPR2026})
		if len(got.Faults) > 0 != x.faults || len(got.Warnings) > 0 != x.warning {
			t.Errorf("%s %q: faults %v, warnings %v", x.base, x.edits, got.Faults, got.Warnings)
		}
		for _, f := range append(got.Faults, got.Warnings...) {
			if f.Code != DataExternalCode || !strings.Contains(f.Text, "External") {
				t.Errorf("%s %q: %v", x.base, x.edits, &f)
			}
		}
	}
}
