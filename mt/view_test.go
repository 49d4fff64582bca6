package mt

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	corridor "corridor.example/corridor"
)

// TestPrint compares with testdata/print: what an operator reads.
func TestPrint(t *testing.T) {
	list := map[string]string{"103": transfer, "940": statement(1), "f21": "{1:F21MERIDEFFAXXX0123000456}{4:{177:2611241530}{451:1}{405:T52003}{108:REF1}}",
		"011": "{1:F01MERIDEFFAXXX0123000087}{2:O0111531261124CRDRXXXXAXXX00000000002611241531S}{4:{175:1530}{106:261124MERIDEFFAXXX0123000456}{175:1530}{107:261124CEDRFRPPAXXX0777001234}}{5:{CHK:0123456789AB}{SYS:}}"}
	s := standardFor(0)
	list["541"] = string(derivedMessage(s.types["541"], derive(s, s.types["541"], false)))
	for name, text := range list {
		m, faults := Parse([]byte(text))
		if len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		}
		got := Print(m)
		file := filepath.Join("testdata/print", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil || got != string(want) {
			t.Errorf("%s (%v):\n%s", file, err, got)
		}
	}
}

func TestFacts(t *testing.T) {
	read := func(text string) Facts {
		m, faults := Parse([]byte(text))
		if len(faults) > 0 {
			t.Errorf("%v", faults)
		}
		return FactsOf(m)
	}
	f := read(transfer)
	want := Facts{Type: "fin.103", Sender: "MERIDEFFXXX", Receiver: "CEDRFRPPXXX", Reference: "PAY/0001", MUR: "REF0001",
		UETR: "c8b66b47-2bd9-48fe-be90-93c2096f27d2", ValueDate: "20261124", Currency: "EUR", Amount: "1350,25",
		Ordering:    Party{Account: "BE68539007547034", Name: []string{"ALPHA TRADING", "RUE HAUTE 4"}},
		Beneficiary: Party{Account: "FR7630006000011234567890189", Name: []string{"BETA SARL", "QUAI NORD 12", "LYON"}}}
	if !reflect.DeepEqual(f, want) {
		t.Errorf("got  %+v\nwant %+v", f, want)
	}
	if f := read(statement(1)); f.Account != "40012345" || f.ValueDate != "20261124" || f.Amount != "20," {
		t.Errorf("a statement: %+v", f)
	}
	structured := strings.NewReplacer(":50K:/BE68539007547034\r\nALPHA TRADING\r\nRUE HAUTE 4", ":50F:/BE68539007547034\r\n1/ALPHA TRADING\r\n3/BE/BRUSSELS",
		":59:/FR7630006000011234567890189\r\nBETA SARL\r\nQUAI NORD 12\r\nLYON", ":59A:/FR7630006000011234567890189\r\nCEDRFRPP").Replace(transfer)
	if f := read(structured); f.Ordering.Name[1] != "BE/BRUSSELS" || f.Beneficiary.BIC != "CEDRFRPP" {
		t.Errorf("structured parties: %+v", f)
	}
	settlement := read("{1:F01MERIDEFFAXXX0123000456}{2:I543CEDRFRPPXXXXN}{4:\r\n:16R:GENL\r\n:20C::SEME//SEC1\r\n:23G:NEWM\r\n:16S:GENL\r\n:16R:TRADDET\r\n" +
		":98A::SETT//20261126\r\n:35B:ISIN XS0123456789\r\n:16S:TRADDET\r\n:16R:FIAC\r\n:36B::SETT//FAMT/100000,\r\n:97A::SAFE//S\r\n:16S:FIAC\r\n:16R:SETDET\r\n" +
		":22F::SETR//TRAD\r\n:16R:SETPRTY\r\n:95P::REAG//CEDRFRPP\r\n:16S:SETPRTY\r\n:16R:AMT\r\n:19A::SETT//EUR99,5\r\n:16S:AMT\r\n:16S:SETDET\r\n-}")
	if settlement.Reference != "SEC1" || settlement.ValueDate != "20261126" || settlement.Currency != "EUR" || settlement.Amount != "99,5" {
		t.Errorf("a settlement: %+v", settlement)
	}
}

// TestCheckAtOnce: many goroutines may check, and each gets its own answer.
func TestCheckAtOnce(t *testing.T) {
	bad := []byte(strings.Replace(transfer, "EUR1350,25", "EUX1350,25", 1))
	good := []byte(transfer)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				if r := Check(good, Options{}); !r.Valid() || r.Type != "fin.103" {
					t.Errorf("a good message: %v", r.Faults)
				}
				if r := Check(bad, Options{}); r.Valid() || r.First().Code != "T52" {
					t.Errorf("a bad message: %v", r.Faults)
				}
			}
		})
	}
	group.Wait()
}

// TestCheckAllocates little: the budget of a check of an MT 103, and none for the routing read.
func TestCheckAllocates(t *testing.T) {
	b := []byte(transfer)
	Check(b, Options{})
	if n := testing.AllocsPerRun(200, func() { Check(b, Options{}) }); n > 12 {
		t.Errorf("a check makes %v allocations, more than 12", n)
	}
	if n := testing.AllocsPerRun(200, func() { ReadRoute(b) }); n > 0 {
		t.Errorf("the routing read makes %v allocations", n)
	}
}

func TestYears(t *testing.T) {
	for day, want := range map[string]int{"1999-01-01": 2025, "2025-11-22": 2025, "2026-03-01": 2025, "2026-11-13": 2025, "2026-11-14": 2026, "2031-01-01": 2026} {
		at, err := time.Parse("2006-01-02", day)
		if err != nil {
			t.Fatal(err)
		}
		if got := yearAt(at.Year(), int(at.Month()), at.Day()); got != want {
			t.Errorf("%s: standards year %d, want %d", day, got, want)
		}
	}
	old := strings.ReplaceAll(transfer, "EUR", "BGN")
	for year, want := range map[int]bool{2025: true, 2026: false, 0: false} {
		if r := Check([]byte(old), Options{Year: year}); r.Valid() != want {
			t.Errorf("year %d: a currency that ended in 2026 is valid: %v", year, r.Valid())
		}
	}
	output := strings.Replace(old, "{2:I103CEDRFRPPXXXXN}", "{2:O1031530251210MERIDEFFAXXX01230004562512101531N}", 1)
	if r := Check([]byte(output), Options{}); !r.Valid() || r.Year != 2025 {
		t.Errorf("an output message of 2025: year %d, %v", r.Year, r.Faults)
	}
	if r := Check([]byte(old), Options{Date: noon}); r.Valid() || r.Year != 2026 {
		t.Errorf("an input message sent on %v: year %d", noon, r.Year)
	}
	if _, err := StandardOf(2024); err == nil {
		t.Error("a year without tables")
	}
}

func TestRoute(t *testing.T) {
	r, fault := ReadRoute([]byte(payment))
	if fault != nil || r.Type != "fin.103" || string(r.Sender) != "MERIDEFFAXXX" || string(r.Receiver) != "CEDRFRPPXXXX" || r.Output ||
		r.Priority != corridor.Urgent || r.Monitoring != corridor.MonitorBoth || string(r.MUR) != "REF0001" || string(r.Sequence) != "000456" ||
		string(r.UETR) != "c8b66b47-2bd9-48fe-be90-93c2096f27d2" || r.Length != len(payment) {
		t.Errorf("%+v %v", r, fault)
	}
	for flag, want := range map[string]corridor.MessageType{"STP": "fin.103.STP", "REMIT": "fin.103.REMIT", "COV": "fin.103"} {
		b := strings.Replace(payment, "{121:", "{119:"+flag+"}{121:", 1)
		if r, _ := ReadRoute([]byte(b)); r.Type != want {
			t.Errorf("flag %s: %s", flag, r.Type)
		}
		if r := Check([]byte(b), Options{}); flag != "COV" && r.Type != want {
			t.Errorf("flag %s: the check says %s", flag, r.Type)
		}
	}
	for text, code := range map[string]string{"": "H01", "{1:F01}": "H01", payment[:29]: "H25", payment[:29] + "{2:X103}": "H98", payment[:29] + "}": "H25"} {
		if _, fault := ReadRoute([]byte(text)); fault == nil || fault.Code != code {
			t.Errorf("%q: %v, want %s", text, fault, code)
		}
	}
}

// TestBuilder: components compose to the value that was taken apart, for every field of every type.
func TestBuilder(t *testing.T) {
	eachType(t, func(t *testing.T, s *Standard, d *typeDef) {
		for _, x := range derive(s, d, true) {
			f := Field{Tag: x.tag, Value: x.value, form: x.f}
			parts := map[string]string{}
			for _, c := range f.Components() {
				parts[c.Name] = c.Value
			}
			got, err := x.f.compose(parts)
			if err != nil || got != x.value {
				t.Errorf("%s %q: components %v compose to %q, %v", x.tag, x.value, parts, got, err)
			}
		}
	})
	if _, faults := NewBuilder("103", "MERIDEFF", "CEDRFRP").Build(); len(faults) != 1 || !strings.Contains(faults[0].Text, "receiver") {
		t.Errorf("a bad receiver: %v", faults)
	}
	if _, faults := NewBuilder("199", "MERIDEFF", "CEDRFRPP").Parts("20", "referenz", "A").Build(); len(faults) != 1 || !strings.Contains(faults[0].Text, "reference") {
		t.Errorf("an unknown component: %v", faults)
	}
}
