package directory

import (
	"math/big"
	"strings"

	"corridor.example/corridor"
)

// share is a part of a whole in hundred-thousandths of a percent: exact for every percentage of the directory.
type share int64

const (
	whole  share = 100 * unit
	unit   share = 100_000
	places       = 5
)

// shareOf reads a percentage whose form was checked; an unknown one counts nothing.
func shareOf(p corridor.Decimal) share {
	before, after, _ := strings.Cut(string(p), ".")
	n, digits := share(0), before+after+"00000"[min(len(after), places):]
	for i := range len(digits) {
		if n = n*10 + share(digits[i]-'0'); n > 1_000_000*whole {
			break // far beyond a whole: the caller refuses it
		}
	}
	return n
}

func (s share) decimal() corridor.Decimal { return decimalOf(big.NewInt(int64(s))) }

// decimalOf writes a number of hundred-thousandths.
func decimalOf(n *big.Int) corridor.Decimal {
	s := n.String()
	if len(s) <= places {
		s = strings.Repeat("0", places+1-len(s)) + s
	}
	at := len(s) - places
	return corridor.Decimal(strings.TrimSuffix(s[:at]+"."+strings.TrimRight(s[at:], "0"), "."))
}
