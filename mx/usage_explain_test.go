package mx

import (
	"strings"
	"testing"
)

func TestExplainUsage(t *testing.T) {
	for word, want := range map[string][]string{
		"G02":                      {"G02  an element that the guideline makes mandatory"},
		"ua101":                    {"UA101  Address_Town_And_Country  (refuses; cbpr-2026)", "present(TwnNm, Ctry)"},
		"X00046":                   {"CBPR_CRED_FormalRule  (refuses; cbpr-2025, cbpr-2026)"},
		"Debtor_BIC_Presence":      {"UP012", "UP011", "warns"},
		"swift.cbprplus.cov.03":    {"pacs.009.001.08 cov of cbpr-2025"},
		"swift.cbprplus.stp.04":    {"pacs.008.001.08 stp of cbpr-2026  (the value follows"},
		"SALA":                     {"SALA  salary payment (ExternalCategoryPurpose1Code)"},
		"ExternalEntryStatus1Code": {"BOOK     booked", "PDNG     pending"},
	} {
		got, ok := ExplainUsage(word)
		for _, w := range want {
			if !ok || !strings.Contains(got, w) {
				t.Errorf("%s: %q is not in\n%s", word, w, got)
			}
		}
	}
	if got, ok := ExplainUsage("nothing"); ok {
		t.Errorf("nothing is explained as %q", got)
	}
}

// TestUsageRuleNames: a profile's rules of one name say the same kind of thing: same code.
func TestUsageRuleNames(t *testing.T) {
	for _, p := range usageProfiles {
		codes := map[string]string{}
		for _, r := range UsageRules(p) {
			key := r.Name + " " + strings.Join(r.Messages, " ")
			if c := codes[key]; c != "" && c != r.Code {
				t.Errorf("%s: %s has the codes %s and %s", p, r.Name, c, r.Code)
			}
			codes[key] = r.Code
		}
	}
}

func TestNarrowingsAt(t *testing.T) {
	for path, want := range map[string]string{
		"/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/InstrId": "cbpr-2025 core: mandatory; at most 16 characters; X",
		"/Document/FIToFICstmrCdtTrf/GrpHdr/PmtTpInf":           "cbpr-2026 stp: removed",
		"/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChrgBr":        "cbpr-2025 core: only DEBT, CRED, SHAR",
		"/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/Purp/Cd":       "cbpr-2025 core: a code of ExternalPurpose1Code",
		"/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/Cdtr/PstlAdr":  "cbpr-2026 core: rule UA101; rule UA102; rule UA002; rule UA103",
		"/AppHdr/Prty": "cbpr-2025 core: only HIGH, NORM",
		"/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/IntrBkSttlmAmt/Ccy": "",
	} {
		got := strings.Join(NarrowingsAt("pacs.008.001.08", path), "\n")
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
