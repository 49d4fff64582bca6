package mx

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

//go:embed standard/data/countries.txt
var countriesText string

//go:embed standard/data/currencies.txt
var currenciesText string

//go:embed standard/data/iban.txt
var ibanText string

// lists are the world's lists as tables by letter.
type lists struct {
	countries [26 * 26]bool
	iban      [26 * 26]string // classes of the characters behind the check digits: n, a, c
	currency  [26 * 26 * 26]currency
}

// currency is one entry of ISO 4217.
type currency struct {
	known, active bool
	decimals      int8
}

// anyDecimals stands for currencies without a number of decimals, such as XXX.
const anyDecimals = 99

var worldLists = sync.OnceValue(func() *lists {
	l := &lists{}
	for w := range words(countriesText) {
		l.countries[letters(w[0])] = true
		for _, c := range w[1:] {
			l.countries[letters(c)] = true
		}
	}
	for w := range words(ibanText) {
		l.iban[letters(w[0])] = expand(w[1])
	}
	for w := range words(currenciesText) {
		c := currency{known: true, active: w[0] == "active", decimals: anyDecimals}
		if w[1] != "-" {
			c.decimals = int8(w[1][0] - '0')
		}
		for _, code := range w[2:] {
			l.currency[letters(code)] = c
		}
	}
	return l
})

// words gives the lines of a list that are no comments, as words.
func words(text string) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(text) {
			if w := strings.Fields(line); len(w) > 0 && w[0][0] != '#' && !yield(w) {
				return
			}
		}
	}
}

// expand turns "4a6n" into "aaaannnnnn".
func expand(form string) string {
	var b strings.Builder
	n := 0
	for i := range len(form) {
		if c := form[i]; '0' <= c && c <= '9' {
			n = n*10 + int(c-'0')
			continue
		}
		b.WriteString(strings.Repeat(form[i:i+1], n))
		n = 0
	}
	return b.String()
}

// letters is the index of a code of capitals, -1 if it has other characters.
func letters[T string | []byte](code T) int {
	n := 0
	for i := range len(code) {
		c := code[i]
		if c < 'A' || c > 'Z' {
			return -1
		}
		n = n*26 + int(c-'A')
	}
	return n
}

// isCountry reports a code of ISO 3166-1.
func isCountry(v []byte) bool {
	i := letters(v)
	return len(v) == 2 && i >= 0 && worldLists().countries[i]
}

func currencyOf(v []byte) currency {
	i := letters(v)
	if len(v) != 3 || i < 0 {
		return currency{}
	}
	return worldLists().currency[i]
}

func isActiveCurrency(v []byte) bool { return currencyOf(v).active }

// decimalsOf is the number of decimals of a currency, -1 if it is not known.
func decimalsOf(v []byte) int {
	c := currencyOf(v)
	if !c.known {
		return -1
	}
	return int(c.decimals)
}

// badIBAN says what is wrong with an IBAN: country, length, structure, check digits.
func badIBAN(v []byte) string {
	if len(v) < 5 {
		return quoted(v) + " is too short for an IBAN"
	}
	form := ""
	if i := letters(v[:2]); i >= 0 {
		form = worldLists().iban[i]
	}
	if form == "" {
		return quoted(v[:2]) + " is not a country with IBANs"
	}
	if len(v) != len(form)+4 {
		return quoted(v) + ": an IBAN of " + string(v[:2]) + " has " + strconv.Itoa(len(form)+4) + " characters, this one " + strconv.Itoa(len(v))
	}
	for i := range form {
		if !fits(form[i], v[i+4]) {
			return quoted(v) + ": character " + strconv.Itoa(i+5) + " is not " + formWord(form[i])
		}
	}
	if s := string(v[2:4]); s < "02" || s > "98" || mod97Of(v[4:], v[:4]) != 1 {
		return quoted(v) + ": the check digits are wrong"
	}
	return ""
}

func fits(form, c byte) bool {
	digit, capital := '0' <= c && c <= '9', 'A' <= c && c <= 'Z'
	return form == 'n' && digit || form == 'a' && capital || form == 'c' && (digit || capital)
}

func formWord(form byte) string {
	return map[byte]string{'n': "a digit", 'a': "a capital letter", 'c': "a digit or capital letter"}[form]
}

// mod97 is the remainder of ISO 7064 of a code as it stands.
func mod97(v []byte) int { return mod97Of(v, nil) }

// mod97Of is the remainder of a followed by b; letters count as 10 to 35.
func mod97Of(a, b []byte) int {
	r := 0
	for _, part := range [2][]byte{a, b} {
		for _, c := range part {
			switch {
			case '0' <= c && c <= '9':
				r = (r*10 + int(c-'0')) % 97
			case 'A' <= c && c <= 'Z':
				r = (r*100 + int(c-'A') + 10) % 97
			}
		}
	}
	return r
}
