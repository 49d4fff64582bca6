package mt

import (
	"fmt"
	"strings"
)

// decimal is an exact number of FIN: the whole part rounded down, and the rest in units of 10^-14, so that the
// sum of every amount a message can hold (15 characters each) is exact.
type decimal struct{ whole, part int64 }

const (
	decimalPlaces = 14
	decimalUnit   = 100_000_000_000_000
)

// parseDecimal reads "1250,75". Digits beyond 14 before or after the comma are no amount of the standard.
func parseDecimal(s string) (decimal, bool) {
	var d decimal
	comma := strings.IndexByte(s, ',')
	if comma < 0 {
		comma = len(s)
	}
	if comma == 0 || comma > decimalPlaces {
		return d, false
	}
	for i := 0; i < comma; i++ {
		if s[i] < '0' || s[i] > '9' {
			return d, false
		}
		d.whole = d.whole*10 + int64(s[i]-'0')
	}
	unit := int64(decimalUnit)
	for i := comma + 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' || unit == 1 {
			return d, false
		}
		unit /= 10
		d.part += unit * int64(s[i]-'0')
	}
	return d, true
}

func (d decimal) plus(e decimal) decimal {
	s := decimal{d.whole + e.whole, d.part + e.part}
	if s.part >= decimalUnit {
		s.whole++
		s.part -= decimalUnit
	}
	return s
}

func (d decimal) negative() decimal {
	if d.part == 0 {
		return decimal{-d.whole, 0}
	}
	return decimal{-d.whole - 1, decimalUnit - d.part}
}

func (d decimal) compare(e decimal) int {
	switch {
	case d.whole < e.whole, d.whole == e.whole && d.part < e.part:
		return -1
	case d == e:
		return 0
	}
	return 1
}

// String writes the number with a point and without zeros at its end.
func (d decimal) String() string {
	sign := ""
	if d.whole < 0 {
		sign, d = "-", d.negative()
	}
	s := fmt.Sprintf("%s%d.%014d", sign, d.whole, d.part)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// money is where a value holds its amount: currency v[ccy:ccy+3] (ccy < 0: none), digits v[from:to].
type money struct {
	ccy, from, to int
	minus         bool
}

// moneyIn finds the amount of a field: the digits around the first comma. The currency is the three letters
// before it, with a debit or credit mark between them in 34F. N for a negative stands before either.
func moneyIn(f *Field) (money, bool) {
	v, m := f.Value, money{ccy: -1}
	comma := strings.IndexByte(v, ',')
	if comma < 1 {
		return m, false
	}
	m.from, m.to = comma, comma+1
	for m.from > 0 && digit(v[m.from-1]) {
		m.from--
	}
	for m.to < len(v) && digit(v[m.to]) {
		m.to++
	}
	start := m.from
	if f.num == 34 && f.option == 'F' && start == 4 {
		start-- // the mark
	}
	if start >= 3 && capital(v[start-1]) && capital(v[start-2]) && capital(v[start-3]) {
		start -= 3
		m.ccy = start
	}
	if start > 0 && v[start-1] == 'N' && (m.ccy < 0 || start == 1 || v[start-2] == '/') {
		m.minus = true
	}
	return m, m.from < comma
}

func amountOf(f *Field) (decimal, bool) {
	m, ok := moneyIn(f)
	if !ok {
		return decimal{}, false
	}
	d, ok := parseDecimal(f.Value[m.from:m.to])
	if m.minus {
		d = d.negative()
	}
	return d, ok
}

func currencyOf(f *Field) string {
	m, _ := moneyIn(f)
	if m.ccy < 0 {
		return ""
	}
	return f.Value[m.ccy : m.ccy+3]
}

// currencyPairOf is the country half of the currency: CHF and CHW are one money to a statement's rules.
func currencyPairOf(f *Field) string {
	if c := currencyOf(f); c != "" {
		return c[:2]
	}
	return ""
}

func generic(v string) bool { return len(v) > 6 && v[0] == ':' && v[5] == '/' }

// schemeOf is the data source scheme between the two slashes of a generic field.
func schemeOf(f *Field) string {
	if !generic(f.Value) {
		return ""
	}
	s, _, _ := strings.Cut(f.Value[6:], "/")
	return s
}

// codeOf is the first code word: behind the second slash of a generic field, else at the start, where one
// slash is skipped.
func codeOf(f *Field) string {
	v := f.Value
	if generic(v) {
		_, v, _ = strings.Cut(v[6:], "/")
	} else if v != "" && v[0] == '/' {
		v = v[1:]
	}
	n := 0
	for n < len(v) && (capital(v[n]) || digit(v[n])) {
		n++
	}
	return v[:n]
}

func valueOf(f *Field) string { return f.Value }

func optionOf(f *Field) string {
	if f.option == 0 {
		return ""
	}
	return optionLetters[f.option-'A' : f.option-'A'+1]
}

const optionLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func firstLine(v string) string {
	if i := strings.IndexByte(v, '\n'); i >= 0 {
		return strings.TrimSuffix(v[:i], "\r")
	}
	return v
}

// linesOf counts the lines of a value that begin with start.
func linesOf(v, start string) int {
	n := 0
	for v != "" {
		if strings.HasPrefix(v, start) {
			n++
		}
		_, v, _ = strings.Cut(v, "\n")
	}
	return n
}

// accountOf is the party identifier of the first line, without its slashes and without the mark /C/ or /D/.
func accountOf(f *Field) string {
	v := firstLine(f.Value)
	if v == "" || v[0] != '/' {
		return ""
	}
	v = v[1:]
	if len(v) > 1 && (v[0] == 'C' || v[0] == 'D') && v[1] == '/' {
		v = v[2:]
	}
	return strings.TrimPrefix(v, "/")
}

// bicOf is the identifier code of a party field: the line after the account, or what follows // of 95P.
func bicOf(f *Field) string {
	v := f.Value
	if generic(v) {
		return v[7:]
	}
	if v != "" && v[0] == '/' {
		_, v, _ = strings.Cut(v, "\n")
	}
	return firstLine(v)
}

func countryOf(bic string) string {
	if len(bic) < 6 {
		return ""
	}
	return bic[4:6]
}

// shaped reports that s begins as the pattern says: a is a capital letter, n a digit, everything else itself.
func shaped(s, pattern string) bool {
	if len(s) < len(pattern) {
		return false
	}
	for i := 0; i < len(pattern); i++ {
		ok := s[i] == pattern[i]
		switch pattern[i] {
		case 'a':
			ok = capital(s[i])
		case 'n':
			ok = digit(s[i])
		}
		if !ok {
			return false
		}
	}
	return true
}

// partOf is the nth part, from 1, of a text with slashes.
func partOf(s string, n int) string {
	for ; n > 1; n-- {
		_, s, _ = strings.Cut(s, "/")
	}
	s, _, _ = strings.Cut(s, "/")
	return s
}

func digit(c byte) bool   { return '0' <= c && c <= '9' }
func capital(c byte) bool { return 'A' <= c && c <= 'Z' }

// wordSet answers whether a word is one of a list; two-letter words, which are countries, by one bit each.
type wordSet struct {
	words     []string
	countries [11]uint64
	pairs     bool
}

func newWordSet(words []string) *wordSet {
	s := &wordSet{words: words, pairs: true}
	for _, w := range words {
		s.pairs = s.pairs && len(w) == 2 && capital(w[0]) && capital(w[1])
	}
	for i := 0; s.pairs && i < len(words); i++ {
		n := pairIndex(words[i])
		s.countries[n/64] |= 1 << (n % 64)
	}
	return s
}

func pairIndex(w string) int { return int(w[0]-'A')*26 + int(w[1]-'A') }

func (s *wordSet) has(w string) bool { return s.index(w) >= 0 }

// index is the place of w in the list (0 for a country), or -1.
func (s *wordSet) index(w string) int {
	if s.pairs {
		if len(w) == 2 && capital(w[0]) && capital(w[1]) {
			n := pairIndex(w)
			return int(s.countries[n/64]>>(n%64)&1) - 1
		}
		return -1
	}
	for i := range s.words {
		if s.words[i] == w {
			return i
		}
	}
	return -1
}

// tagName writes a tag: number and option, 0 for none.
func tagName(num uint16, opt byte) string {
	b := []byte{byte('0' + num/10%10), byte('0' + num%10)}
	if num > 99 {
		b = append([]byte{byte('0' + num/100%10)}, b...)
	}
	if opt != 0 {
		b = append(b, opt)
	}
	return string(b)
}
