package corridor

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseDecimal(t *testing.T) {
	for _, test := range []struct {
		in   string
		want Decimal
	}{
		{"0", "0"}, {"0,", "0"}, {"0,00", "0"}, {"000", "0"}, {"00012", "12"}, {"1234,5", "1234.5"}, {"1234,", "1234"}, {"1234.50", "1234.5"}, {",5", "0.5"}, {".5", "0.5"},
		{"30000", "30000"}, {"0.00001", "0.00001"}, {"1.500000000", "1.5"}, {"999999999999999999.99999", "999999999999999999.99999"}, {"000999999999999999999", "999999999999999999"},
	} {
		if got, err := ParseDecimal(test.in); err != nil || got != test.want {
			t.Errorf("%q: %q, %v; want %q", test.in, got, err, test.want)
		}
	}
	for _, bad := range []string{"", ".", ",", "-1", "+1", "1e3", "1,2,3", "1.2.3", "1.2,3", "1,2.3", "1 000", "0x1", "1_000", "٣", "1234567890123456789", "0.000001", "EUR1", " 1", "1 "} {
		if got, err := ParseDecimal(bad); err == nil {
			t.Errorf("%q is read as %q", bad, got)
		}
	}
}

// anyDecimal is a decimal in its one form.
var anyDecimal = rapid.Custom(func(t *rapid.T) Decimal {
	whole := rapid.StringMatching(`0|[1-9][0-9]{0,17}`).Draw(t, "whole")
	fraction := rapid.StringMatching(`|[0-9]{0,4}[1-9]`).Draw(t, "fraction")
	if fraction == "" {
		return Decimal(whole)
	}
	return Decimal(whole + "." + fraction)
})

func rat(d Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		panic("not a number: " + string(d))
	}
	return r
}

// TestDecimalAgainstRationals: parse, compare, add and subtract as exact rationals do, and every result has the one form.
func TestDecimalAgainstRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal.Draw(t, "a"), anyDecimal.Draw(t, "b")
		for _, form := range []string{string(a), strings.Replace(string(a), ".", ",", 1), "00" + string(a)} {
			if got, err := ParseDecimal(form); err != nil || got != a {
				t.Fatalf("%q is read as %q, %v", form, got, err)
			}
		}
		if got, want := a.Cmp(b), rat(a).Cmp(rat(b)); got != want {
			t.Fatalf("%s against %s: %d, want %d", a, b, got, want)
		}
		if (a == b) != (a.Cmp(b) == 0) {
			t.Fatalf("%s and %s: two forms of one number", a, b)
		}
		sum, difference := a.Add(b), a.Sub(b)
		want := new(big.Rat).Add(rat(a), rat(b))
		if rat(sum).Cmp(want) != 0 {
			t.Fatalf("%s + %s = %s, want %s", a, b, sum, want)
		}
		if want = new(big.Rat).Sub(rat(a), rat(b)); want.Sign() < 0 {
			want.SetInt64(0)
		}
		if rat(difference).Cmp(want) != 0 {
			t.Fatalf("%s - %s = %s, want %s", a, b, difference, want)
		}
		for _, d := range []Decimal{sum, difference} {
			if parsed, err := ParseDecimal(string(d)); len(string(d)) <= 24 && (err != nil && len(strings.Split(string(d), ".")[0]) <= decimalDigits || err == nil && parsed != d) {
				t.Fatalf("%s is not in its one form: %s, %v", d, parsed, err)
			}
		}
		if back := sum.Sub(b); back != a {
			t.Fatalf("%s + %s - %s = %s", a, b, b, back)
		}
	})
}

// TestDecimalAbsent: the absent number counts as zero, so that an absent budget is used up and an absent lower bound is the lowest.
func TestDecimalAbsent(t *testing.T) {
	var none Decimal
	if none.Cmp("0") != 0 || none.Add("1.5") != "1.5" || Decimal("2").Sub(none) != "2" || none.Cmp("0.00001") != -1 {
		t.Error("the absent number is not zero")
	}
}

// FuzzParseDecimal: what is read is in its one form, and has the value that was written.
func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"1234,5", "0", "00.10", ".", "999999999999999999.99999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDecimal(s)
		if err != nil {
			return
		}
		if again, err := ParseDecimal(d.String()); err != nil || again != d {
			t.Fatalf("%q → %q → %q, %v", s, d, again, err)
		}
		if want, ok := new(big.Rat).SetString("0" + strings.Replace(s, ",", ".", 1)); !ok || want.Cmp(rat(d)) != 0 {
			t.Fatalf("%q is read as %q", s, d)
		}
		if a := fmt.Sprint(d); a != string(d) {
			t.Fatal(a)
		}
	})
}
