package mt

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every function and sign of the predicate language, over one small message of an invented type.
func TestPredicates(t *testing.T) {
	v := languageView()
	for _, line := range languageCases(t, "testdata/predicates.txt") {
		want, src, _ := strings.Cut(line, " ")
		p := predicateParser{src: src, seqs: languageSequences, iban: func(s string) bool { return s == "DE1" },
			sets: [2]map[string]*wordSet{{"PAIR": newWordSet([]string{"DE", "FR"})}, nil}}
		c, err := p.parse()
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		v.run = ruleRun{v: v, to: int32(len(v.fields)), it: -1, at: -1, in: -1}
		if got := c.holds(&v.run); got != (want == "yes") {
			t.Errorf("%s: got %v, want %s", src, got, want)
		}
		for _, known := range []struct {
			sets  []tagSet
			value bool
		}{{c.yes, true}, {c.no, false}} {
			for _, s := range known.sets {
				if s.disjoint(v.has) && (want == "yes") != known.value {
					t.Errorf("%s: wrongly taken for %v without looking", src, known.value)
				}
			}
		}
	}
}

// The description of the language names every function that these predicates use, and they use every one it names.
func TestPredicatesAreDescribed(t *testing.T) {
	page, err := os.ReadFile("../docs/mt-rules.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(page), "| function | gives |")
	list, _, _ = strings.Cut(list, "\n## ")
	var cells strings.Builder
	for line := range strings.Lines(list) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		cells.WriteString(cell)
	}
	described := wordsOf("`([a-z0-9]+)", cells.String())
	used := wordsOf(`([a-z0-9]+)\(`, strings.Join(languageCases(t, "testdata/predicates.txt"), "\n"))
	for name := range used {
		if !described[name] {
			t.Errorf("function %s is not in docs/mt-rules.md", name)
		}
	}
	for name := range described {
		if !used[name] {
			t.Errorf("function %s of docs/mt-rules.md is in no case", name)
		}
	}
}

func wordsOf(pattern, s string) map[string]bool {
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(s, -1) {
		names[m[1]] = true
	}
	return names
}

// A mistake in a predicate is refused with words that say where and what.
func TestPredicateMistakes(t *testing.T) {
	for _, line := range languageCases(t, "testdata/predicate_mistakes.txt") {
		src, want, _ := strings.Cut(line, " => ")
		p := predicateParser{src: src, seqs: languageSequences}
		if _, err := p.parse(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", src, err, want)
		}
	}
}

func languageCases(t *testing.T, name string) []string {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, line := range strings.Split(string(b), "\n") {
		if line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list
}

func languageSequences(path string) (int16, bool) {
	id, ok := map[string]int16{"A": 0, "B": 1, "B/B1": 2}[path]
	return id, ok
}

// languageView is the message that testdata/predicates.txt shows.
func languageView() *ruleView {
	v := &ruleView{sender: "MERIDEFFAXXX", receiver: "CEDRFRPPXXXX", flag: "STP", copied: 2}
	add := func(seq int32, tag, value string) {
		f := Field{Tag: tag, Value: value, Line: len(v.fields) + 1, seq: seq, num: uint16(two(tag))}
		if len(tag) == 3 {
			f.option = tag[2]
		}
		v.fields = append(v.fields, f)
	}
	add(-1, "20", "REF")
	add(0, "19", "150,5")
	add(0, "23E", "CHQB/TEXT")
	add(0, "23E", "INTC")
	add(1, "21", "ONE")
	add(1, "32A", "261104EUR100,")
	add(2, "57A", "/C/4455\r\nMERIDEFF")
	add(2, "22F", ":SETR/XYZ/TRAD")
	add(1, "21", "TWO")
	add(1, "32B", "CHF50,5")
	add(2, "34F", "USDD1,25")
	add(2, "34E", "NUSD1,25")
	for i := range v.fields[8:] {
		v.fields[8+i].seq += 2
	}
	v.seqs = []Sequence{{Path: "A", First: 1, End: 4, id: 0}, {Path: "B", First: 4, End: 8, id: 1}, {Path: "B/B1", First: 6, End: 8, id: 2},
		{Path: "B", First: 8, End: 12, id: 1}, {Path: "B/B1", First: 10, End: 12, id: 2}}
	v.index()
	return v
}

// The amount of a field, its sign and its currency.
func TestMoney(t *testing.T) {
	for _, c := range []struct{ tag, value, ccy, sum string }{
		{"32A", "261104EUR1250,75", "EUR", "1250.75"}, {"32B", "JPY100,", "JPY", "100"}, {"19", "0,5", "", "0.5"},
		{"32K", "D060STUSD9000,", "USD", "9000"}, {"34F", "EURC500,", "EUR", "500"}, {"34F", "EUR500,", "EUR", "500"},
		{"34E", "NEUR17,5", "EUR", "-17.5"}, {"37H", "CN0,25", "", "-0.25"}, {"60F", "C261104EUR1000,", "EUR", "1000"},
		{"90D", "2NOK300,", "NOK", "300"}, {"19A", ":SETT//NEUR99875,5", "EUR", "-99875.5"}, {"71F", "MXN5,", "MXN", "5"},
		{"36", "1,08695", "", "1.08695"}, {"70", "NOTHING", "", "none"}, {"33G", "USD4150,/SPOT", "USD", "4150"},
	} {
		f := Field{Tag: c.tag, Value: c.value, num: uint16(two(c.tag))}
		if len(c.tag) == 3 {
			f.option = c.tag[2]
		}
		d, ok := amountOf(&f)
		got := "none"
		if ok {
			got = d.String()
		}
		if got != c.sum || currencyOf(&f) != c.ccy {
			t.Errorf("%s:%s: got %s %s, want %s %s", c.tag, c.value, currencyOf(&f), got, c.ccy, c.sum)
		}
	}
}

// Many values are compared by a map, few with one another; both find the second of two.
func TestDistinct(t *testing.T) {
	for _, n := range []int{2, maxPairs, maxPairs + 1, 500} {
		for _, same := range []bool{false, true} {
			v := &ruleView{}
			for i := range n {
				v.fields = append(v.fields, Field{Tag: "21", Value: fmt.Sprint(i), num: 21, seq: -1})
			}
			if same {
				v.fields[n-1].Value = "0"
			}
			v.index()
			p := predicateParser{src: "distinct(val, 21)", seqs: languageSequences}
			c, err := p.parse()
			if err != nil {
				t.Fatal(err)
			}
			v.run = ruleRun{v: v, to: int32(n), it: -1, at: -1, in: -1}
			if c.holds(&v.run) == same || same && v.run.at != int32(n-1) {
				t.Errorf("%d values, the last the same as the first: %v, found %d", n, same, v.run.at)
			}
		}
	}
}

// Adding is exact where binary fractions are not.
func TestDecimalSum(t *testing.T) {
	var sum decimal
	for range 1000 {
		d, _ := parseDecimal("0,1")
		sum = sum.plus(d)
	}
	if sum != (decimal{whole: 100}) {
		t.Errorf("1000 times 0,1 is %s", sum)
	}
	if d := sum.plus(sum.negative()); d != (decimal{}) {
		t.Errorf("a number and its negative make %s", d)
	}
	for _, bad := range []string{"", ",5", "1.5", "1,5,", "123456789012345,", "1,123456789012345"} {
		if d, ok := parseDecimal(bad); ok {
			t.Errorf("%q is read as %s", bad, d)
		}
	}
}

func FuzzPredicate(f *testing.F) {
	std, _ := StandardOf(FirstYear)
	for _, r := range std.Rules("103") {
		f.Add(r.Holds)
	}
	f.Add("if present(B/32B) then every(B, sum(32B) <= 5) else not seq(A)")
	v := languageView()
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 500 {
			t.Skip()
		}
		p := predicateParser{src: src, seqs: languageSequences, iban: func(string) bool { return true }}
		if c, err := p.parse(); err == nil {
			v.run = ruleRun{v: v, to: int32(len(v.fields)), it: -1, at: -1, in: -1}
			c.holds(&v.run)
		}
	})
}

// A check of the rules takes no memory, so that the whole check of a message keeps within its few allocations.
func TestRulesTakeNoMemory(t *testing.T) {
	for _, typ := range []string{"103", "541", "940", "101"} {
		c := checkerOf(t, typ)
		if n := testing.AllocsPerRun(100, c.rules); n > 0 || len(c.faults) > 0 {
			t.Errorf("MT%s: %v allocations, faults %v", typ, n, c.faults)
		}
	}
}

// checkerOf stands before the rules of a type's example.
func checkerOf(t testing.TB, typ string) *checker {
	std, err := StandardOf(FirstYear)
	if err != nil {
		t.Fatal(err)
	}
	text, err := std.rules.files[typ].message(typ, "base")
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{}
	c.begin(&Message{}, Options{Year: FirstYear})
	c.parse(text)
	c.resolve()
	c.structure()
	return c
}

func BenchmarkRules(b *testing.B) {
	for _, typ := range []string{"103", "541", "940"} {
		b.Run(typ, func(b *testing.B) {
			c := checkerOf(b, typ)
			b.ReportAllocs()
			for b.Loop() {
				c.rules()
			}
			if len(c.faults) > 0 {
				b.Fatal(c.faults)
			}
		})
	}
}

var _ faultSink = (*checker)(nil)
