package mx

import (
	"strings"
	"sync"
	"testing"
)

// TestEveryModel judges an example of every message with every header by every profile: rules must compile for
// whatever a sender may combine.
func TestEveryModel(t *testing.T) {
	heads := []string{"head.001.001.01", "head.001.001.02", "head.001.001.03", "head.001.001.04"}
	for i, m := range Standard().Messages() {
		s := Standard().schemaOf([]byte(isoNamespace + string(m)))
		if s.elems[0].name != "Document" {
			continue
		}
		h := Standard().schemaOf([]byte(isoNamespace + heads[i%len(heads)]))
		b := appendSample(appendSample(nil, h, Sample{Turn: 1}, m), s, Sample{Full: true}, m)
		for _, p := range []Profile{"", CBPR2025, CBPR2026} {
			if r := Check(b, Options{Profile: p}); r.Type != m {
				t.Errorf("%s: read as %s", m, r.Type)
			}
		}
	}
}

// TestBaseRules shows that the standard's own rules count where no guideline does, and only then for messages with
// services of others.
func TestBaseRules(t *testing.T) {
	payment := strings.NewReplacer("swift.cbprplus.04", "hvps.own.01").Replace(string(payment8K()))
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{"<InstrPrty>NORM</InstrPrty>", "", ""},
		{"<Cd>SUPP</Cd>", "<Cd>QQQQ</Cd>", DataExternalCode + " /Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtTpInf/CtgyPurp/Cd"},
		{"</CreDt>", "</CreDt><CpyDplct>COPY</CpyDplct>", "H00001 /AppHdr/Rltd"},
		{"<InstdAmt Ccy=\"EUR\">", "<InstdAmt Ccy=\"USD\">", "X00049 /Document/FIToFICstmrCdtTrf/CdtTrfTxInf/XchgRate"},
	} {
		r := Check([]byte(strings.Replace(payment, c.old, c.new, 1)), Options{})
		if got := faultWords(r.Faults); got != c.want || r.Profile != SchemaOnly {
			t.Errorf("%s: %s (%s), want %s", c.new, got, r.Profile, c.want)
		}
	}
	other := strings.ReplaceAll(payment, "pacs.008.001.08", "pacs.008.001.10") // for which no guideline is
	other = strings.Replace(other, "<InstdAmt Ccy=\"EUR\">", "<InstdAmt Ccy=\"USD\">", 1)
	for _, p := range []Profile{"", CBPR2025, CBPR2026} {
		if got := faultWords(Check([]byte(other), Options{Profile: p}).Faults); got != "X00049 /Document/FIToFICstmrCdtTrf/CdtTrfTxInf/XchgRate" {
			t.Errorf("profile %q of another version: %s", p, got)
		}
	}
	if !baseCode("X00049") || baseCode("UB015") || baseCode("XML01") {
		t.Error("codes of the standard are told apart wrongly")
	}
}

// TestParallel checks from many goroutines on fresh tables, whose schemas compile on the way: run with -race.
func TestParallel(t *testing.T) {
	tables, err := newTables(standardSchemas, "standard/schema")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, c := range checkCases {
				if got := faultWords(Check([]byte(c.message), Options{Tables: tables}).Faults); got != c.want {
					t.Errorf("%s: %s, want %s", c.name, got, c.want)
				}
			}
			if r := Check(payment8K(), Options{Tables: tables}); !r.Valid() {
				t.Error(r.Faults)
			}
		})
	}
	wg.Wait()
}
