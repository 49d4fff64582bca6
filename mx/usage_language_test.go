package mx

import (
	"strings"
	"testing"
)

// TestPredicateMistakes: what is not of the language is refused with a text that says where.
func TestPredicateMistakes(t *testing.T) {
	m := exampleModel(t, examples(t)["pacs.008"])
	scope := m.below(m.root(), "CdtTrfTxInf")
	for predicate, want := range map[string]string{
		"if present(Dbtr)":               "expected then",
		"present(Dbtr":                   `expected ")"`,
		"present(Dbtr) Cdtr":             "expected the end",
		"present(Debtor)":                "no Debtor",
		"/GrpHdr/Nothing = \"A\"":        "no GrpHdr/Nothing",
		"ChrgBr":                         "expected =, != or in",
		"ChrgBr = \"CRED":                "a text without its end",
		"ChrgBr in {CRED":                "a set without its end",
		"count(ChrgsInf)":                "expected one of <=",
		"count(ChrgsInf) < ":             "expected a path",
		"count(ChrgsInf) < many":         `"many" is not a number`,
		"each(ChrgsInf, present(Dbtr))":  "no Dbtr",
		"some(ChrgsInf present(Amt))":    `expected ","`,
		"(present(Dbtr) or absent(Cdtr)": `expected ")"`,
	} {
		p := predicateParser{src: predicate, m: m, scope: scope}
		p.parse()
		if p.err == nil || !strings.Contains(p.err.Error(), want) {
			t.Errorf("%s: %v, want %q", predicate, p.err, want)
		}
	}
}

// TestPredicates: the language on one message; 1300 USD instructed, 1250 EUR settled.
func TestPredicates(t *testing.T) {
	b, err := examples(t)["pacs.008"].build(CBPR2025, "ChrgBr>ChrgsInf(Amt@USD:1.5 Agt(FinInstnId(BICFI:MERIDEFFXXX))); ChrgsInf>ChrgsInf(Amt@EUR:2 Agt(FinInstnId(BICFI:CEDRFRPP)))")
	if err != nil {
		t.Fatal(err)
	}
	c := new(checker)
	if r := c.whole([]byte(b), Options{}); !r.Valid() {
		t.Fatal(r.Faults)
	}
	m := c.tree.model
	scope := m.below(m.root(), "CdtTrfTxInf")
	for predicate, want := range map[string]bool{
		"present(Dbtr, Cdtr)":                                 true,
		"present(Dbtr, Tax)":                                  false,
		"absent(Tax, Purp)":                                   true,
		"absent(Tax, Dbtr)":                                   false,
		"any(Tax, Dbtr)":                                      true,
		"any(Tax, Purp)":                                      false,
		"not any(Tax, Purp) and present(Dbtr)":                true,
		"present(Tax) or present(Dbtr) and absent(Cdtr)":      false,
		"if present(Tax) then absent(Dbtr)":                   true,
		"if present(Dbtr) then absent(Tax) else present(Tax)": true,
		`ChrgBr = "SHAR"`:                                     true,
		`ChrgBr != "SHAR"`:                                    false,
		`Purp/Cd = "SALA"`:                                    false,
		`Purp/Cd != "SALA"`:                                   false,
		"ChrgBr in {DEBT,SH*}":                                true,
		"InstdAmt@Ccy = IntrBkSttlmAmt@Ccy":                   false,
		`InstdAmt@Ccy = "USD"`:                                true,
		"agree(Purp/Cd, ChrgBr)":                              true,
		"agree(ChrgBr, PmtId/InstrId)":                        false,
		"agree(head/BizMsgIdr, /GrpHdr/MsgId)":                true,
		"sameBIC(ChrgsInf/Agt/FinInstnId/BICFI, DbtrAgt/FinInstnId/BICFI)": true,
		"count(ChrgsInf) = 2":                                   true,
		"sum(ChrgsInf/Amt) = 3.5":                               true,
		"amount(InstdAmt) - amount(IntrBkSttlmAmt) = 50":        true,
		"amount(InstdAmt) + 1 > 1300.99":                        true,
		"amount(Purp/Cd) = 0":                                   false,
		"digits(IntrBkSttlmAmt) <= 4":                           true,
		"longest(Dbtr/Nm) = 24":                                 true,
		"data(Cdtr/PstlAdr) = 15":                               true,
		"each(ChrgsInf, Amt@Ccy in {USD,EUR})":                  true,
		"each(ChrgsInf, Amt@Ccy = ../InstdAmt@Ccy)":             false,
		"some(ChrgsInf, Amt@Ccy = ../InstdAmt@Ccy)":             true,
		"some(ChrgsInf, some(Amt, .@Ccy = ../../InstdAmt@Ccy))": true,
		"distinct(ChrgsInf/Amt@Ccy)":                            true,
		"distinct(ChrgsInf/Amt)":                                true,
		"countries({DE,FR}, DbtrAgt/FinInstnId/BICFI)":          true,
		"countries({DE}, CdtrAgt/FinInstnId/BICFI)":             false,
		"slashes(PmtId/InstrId)":                                true,
		"zeros(/GrpHdr/NbOfTxs)":                                false,
	} {
		p := predicateParser{src: predicate, m: m, scope: scope}
		holds := p.parse()
		if p.err != nil {
			t.Errorf("%s: %v", predicate, p.err)
			continue
		}
		if got := holds(&ruleRun{t: &c.tree, at: c.tree.first(scope)}); got != want {
			t.Errorf("%s is %v", predicate, got)
		}
	}
}

func TestParseAmount(t *testing.T) {
	for s, want := range map[string]amount{
		"0": 0, "1": 100000, "1.5": 150000, "0.00001": 1, "1234567890123.45": 123456789012345000, "000000000000000000001": 100000, ".5": 50000, "5.": 500000, "\n+1 ": 100000,
	} {
		if got, ok := parseAmount([]byte(s)); !ok || got != want {
			t.Errorf("%s: %d %v, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "-1", "1e3", "1.000001", "12345678901234", "1.2.3", "1 1", "++1", "99999999999999999999999"} {
		if got, ok := parseAmount([]byte(s)); ok {
			t.Errorf("%s is read as %d", s, got)
		}
	}
}

// TestTableMistakes: tables that are not of the language of narrowings or rules are refused.
func TestTableMistakes(t *testing.T) {
	for _, table := range []string{
		"shape", "message pacs.008.001.08", "message a core like none", "shape A\n    TooDeep -", "shape A\n  B ?", "shape A\n  B @None", "shape A\n  B max0", "shape A\n  B <=x",
	} {
		n := narrowTables{shapes: map[string]*narrowing{}, trees: map[treeKey]*narrowing{}}
		if n.read(table) == nil {
			t.Errorf("%q is read", table)
		}
	}
	for _, rules := range []string{
		"X1 Name in A: present(B)", "for *\nX1 Name", "for *\nX1 Name at A: present(B)", "  text without a rule", "for *\ndrop Nothing",
	} {
		p := profileTable{}
		if p.readRules(rules) == nil {
			t.Errorf("%q is read", rules)
		}
	}
}
