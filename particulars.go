package corridor

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Particulars are what an order, a list or a report looks at inside a message. They are read from the payload by packages mt
// and mx; what could not be read is absent.
type Particulars struct {
	Amounts    []Amount `json:"amounts,omitempty"`    // of each transaction, in the message's order; what budgets count
	Other      []Amount `json:"other,omitempty"`      // named besides: instructed amounts, sums of a batch, balances; each may be of another currency
	Agents     []BIC    `json:"agents,omitempty"`     // institutions named inside, sorted, each once; sender and receiver only where they are named inside too
	Names      []string `json:"names,omitempty"`      // agents that are named without a BIC
	References []string `json:"references,omitempty"` // texts in which a licence may be quoted: 20, 21, 70, 72, 77B; remittance and regulatory reporting
	Purpose    string   `json:"purpose,omitempty"`    // purpose code
	ValueDate  string   `json:"value_date,omitempty"` // YYYY-MM-DD; the latest of several
	Related    string   `json:"related,omitempty"`    // reference of the message it answers
	UETR       UETR     `json:"uetr,omitempty"`
	Answer     bool     `json:"answer,omitempty"` // a reply, a cancellation, a report about an earlier message
	Test       bool     `json:"test,omitempty"`   // test traffic by its own mark
}

// Amount is an amount of one currency (ISO 4217).
type Amount struct {
	Currency string  `json:"currency"`
	Value    Decimal `json:"value"`
}

// Decimal is an exact number not below zero in one form: digits without leading zeros, and after a point at most five digits
// without trailing zeros: "0", "30000", "1234.5". Up to 18 digits before the point, as in ISO 20022.
type Decimal string

const (
	decimalPlaces = 5
	decimalDigits = 18
)

var errDecimal = errors.New("give a number such as 30000 or 1234.50, at most 18 digits before and 5 after the point")

// ParseDecimal reads a number with a point or a decimal comma and gives it its one form.
func ParseDecimal(s string) (Decimal, error) {
	whole, fraction, _ := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	for _, part := range []string{whole, fraction} {
		for i := range len(part) {
			if !isDigit(part[i]) {
				return "", fmt.Errorf("number %q: %w", s, errDecimal)
			}
		}
	}
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if s == "" || s == "." || s == "," || len(whole) > decimalDigits || len(fraction) > decimalPlaces {
		return "", fmt.Errorf("number %q: %w", s, errDecimal)
	}
	if whole == "" {
		whole = "0"
	}
	if fraction == "" {
		return Decimal(whole), nil
	}
	return Decimal(whole + "." + fraction), nil
}

func (d Decimal) String() string { return string(d) }

// units is the number in hundred-thousandths.
func (d Decimal) units() *big.Int {
	whole, fraction, _ := strings.Cut(string(d), ".")
	n, ok := new(big.Int).SetString(whole+fraction+strings.Repeat("0", max(0, decimalPlaces-len(fraction))), 10)
	if !ok {
		return new(big.Int)
	}
	return n
}

// small is the number in hundred-thousandths where that is less than 10^18, as nearly all amounts are.
func (d Decimal) small() (n uint64, ok bool) {
	digits, places := 0, -1
	for i := range len(d) {
		switch c := d[i]; {
		case c == '.' && places < 0:
			places = 0
			continue
		case !isDigit(c):
			return 0, false
		}
		n = 10*n + uint64(d[i]-'0')
		digits++
		if places >= 0 {
			places++
		}
	}
	for p := max(places, 0); p < decimalPlaces; p++ {
		n *= 10
		digits++
	}
	return n, digits <= decimalDigits && places <= decimalPlaces
}

// Cmp compares two numbers: -1, 0, +1.
func (d Decimal) Cmp(x Decimal) int {
	if a, ok := d.small(); ok {
		if b, ok := x.small(); ok {
			return cmp.Compare(a, b)
		}
	}
	return d.units().Cmp(x.units())
}

// Add is the sum.
func (d Decimal) Add(x Decimal) Decimal {
	if a, ok := d.small(); ok {
		if b, ok := x.small(); ok {
			return decimalOfDigits(strconv.AppendUint(make([]byte, 0, 24), a+b, 10))
		}
	}
	return decimalOf(new(big.Int).Add(d.units(), x.units()))
}

// Sub is the difference, and zero where x is the larger.
func (d Decimal) Sub(x Decimal) Decimal {
	n := new(big.Int).Sub(d.units(), x.units())
	if n.Sign() < 0 {
		return "0"
	}
	return decimalOf(n)
}

func decimalOf(n *big.Int) Decimal { return decimalOfDigits(n.Append(nil, 10)) }

// decimalOfDigits is a number of hundred-thousandths in decimal digits.
func decimalOfDigits(s []byte) Decimal {
	if missing := decimalPlaces + 1 - len(s); missing > 0 {
		s = append(bytes.Repeat([]byte("0"), missing), s...)
	}
	at := len(s) - decimalPlaces
	fraction := bytes.TrimRight(s[at:], "0")
	if len(fraction) == 0 {
		return Decimal(s[:at])
	}
	return Decimal(s[:at]) + "." + Decimal(fraction)
}
