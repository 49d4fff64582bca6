package mx

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// patterns are those of the tables, and some that are easy to get wrong.
func patterns() []string {
	out := []string{"", "a", "a|bc", "(a|b)*c", "[^a]+", ".", ".*Z", "a{2,3}b?", "(ab){2}", `\d{2}`, `[\-\]^]+`, `\+[0-9]{1,3}-[0-9()+\-]{1,30}`, "^$", "é+", "[é-ü]", "(/[A-Z]{1,4})*", "[A-Z]{0,300}", "([0-9A-F][0-9A-F]){32}"}
	seen := map[string]bool{}
	for _, line := range Standard().types {
		if _, p, ok := strings.Cut(line, " /"); ok && strings.HasPrefix(line, "text ") && !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// TestPatterns compares the tables of states with package regexp on examples and on broken examples.
func TestPatterns(t *testing.T) {
	all := patterns()
	if len(all) < 45 {
		t.Fatalf("only %d patterns", len(all))
	}
	tabulated := 0
	for _, source := range all {
		p, err := compilePattern(source)
		if err != nil {
			t.Fatal(err)
		}
		if p.slow == nil {
			tabulated++
		}
		translated, _ := goPattern(source)
		want := regexp.MustCompile(`\A(?:` + translated + `)\z`)
		rapid.Check(t, func(r *rapid.T) {
			v := []byte(p.example(rapid.Bool().Draw(r, "long")))
			for range rapid.IntRange(0, 2).Draw(r, "edits") {
				i := rapid.IntRange(0, len(v)).Draw(r, "at")
				c := rapid.SampledFrom([]string{"", "a", "Z", "0", "-", "é", " ", "\n", "ü", "/"}).Draw(r, "put")
				v = []byte(string(v[:i]) + c + string(v[min(len(v), i+rapid.IntRange(0, 1).Draw(r, "cut")):]))
			}
			v = []byte(strings.ToValidUTF8(string(v), "?"))
			if got := p.match(v); got != want.Match(v) {
				r.Fatalf("%s on %q: %v", source, v, got)
			}
			if bad := p.firstBad(v); p.slow == nil && (bad < 0) != p.match(v) || bad > len(v) {
				r.Fatalf("%s on %q: first bad %d", source, v, bad)
			}
		})
	}
	if tabulated < len(all)-5 {
		t.Errorf("only %d of %d patterns are tables of states", tabulated, len(all))
	}
	for _, bad := range []string{"[a-z-[aeiou]]", `\S+`, "(", "a{2000}"} {
		if _, err := compilePattern(bad); err == nil {
			t.Errorf("%s: not refused", bad)
		}
	}
}

// TestDecimal compares numbers as XML Schema does: by value, not by text.
func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"1", "1.0", 0}, {"-0", "0", 0}, {"0.1", "0.09", 1}, {"-2", "-10", 1}, {"-1", "1", -1}, {"10", "9", 1}, {"+1", "01", 0}, {"0", "-1", 1}, {"1.5", "1.25", 1}, {"0.5", "0", 1}, {"-0.5", "0", -1}} {
		a, okA := parseDecimal([]byte(c.a))
		b, okB := parseDecimal([]byte(c.b))
		if got := a.compare(b); got != c.want || b.compare(a) != -c.want || !okA || !okB {
			t.Errorf("%s against %s: %d", c.a, c.b, got)
		}
	}
	for _, bad := range []string{"", "+", ".", "1e3", "1,5", "--1", " 1", "0x1", "NaN"} {
		if _, ok := parseDecimal([]byte(bad)); ok {
			t.Errorf("%q is no number", bad)
		}
	}
}
