package mt

import "sync"

// The kinds of a field that ReadParticulars looks at, as bits.
const (
	readAmount    = 1 << iota // currency and amount
	readAgent                 // a BIC
	readDate                  // a value date
	readCode                  // a purpose code
	readReference             // a reference of its own
	readNarrative             // text in lines
	readName                  // an institution's name
	readMatch     = readAmount | readAgent | readDate | readCode
)

// particularsField says what ReadParticulars takes from a field, and from which components.
type particularsField struct {
	reads                                  int
	format                                 *format
	bic, currency, amount, date, qualifier int
	lastLine                               bool // the BIC is the whole last line: no need to match what stands before
}

// particularsTable is by the tag's number and option, as Standard.fieldOf.
type particularsTable [100][27]particularsField

// particularsOf is made of the newest tables, once: the formats of money and parties are the same in every year.
var particularsOf = sync.OnceValue(func() *particularsTable {
	t := &particularsTable{}
	for num, options := range standardFor(0).fieldOf {
		for option, f := range options {
			if f != nil {
				t[num][option] = particularsFieldOf(num, option, f)
			}
		}
	}
	return t
})

// particularsFieldOf reads the components of a format: a BIC is an institution, a currency with an amount is money.
func particularsFieldOf(num, option int, f *format) particularsField {
	p := particularsField{format: f, bic: -1, currency: -1, amount: -1, date: f.index("date"), qualifier: f.index("qualifier")}
	for i, c := range f.components {
		switch {
		case c.kind == kindBIC:
			p.bic = i
		case c.kind == kindCurrency && p.currency < 0:
			p.currency = i
		case c.kind == kindAmount && p.amount < 0 && c.name == "amount":
			p.amount = i
		}
	}
	if p.bic >= 0 {
		p.reads |= readAgent
		last := f.lines[len(f.lines)-1].items
		p.lastLine = len(last) == 1 && last[0].component == p.bic
	}
	if p.currency >= 0 && p.amount >= 0 && !isNoTransaction(num) {
		p.reads |= readAmount
	}
	if p.date >= 0 && (num == 32 || num == 30 && (option == 0 || option == 'V'-'A'+1 || option == 'F'-'A'+1) || num == 33 || num == 34 || num == 62 || num == 98 && f.generic) {
		p.reads |= readDate
	}
	p.reads |= textsOf(num, option)
	return p
}

// isNoTransaction: charges, rates and prices are no money that the message moves, nor are all balances but the closing one.
func isNoTransaction(num int) bool {
	switch num {
	case 35, 37, 60, 64, 65, 68, 71, 92:
		return true
	}
	return false
}

// textsOf are the fields that are read as they stand.
func textsOf(num, option int) int {
	letter := byte(0)
	if option > 0 {
		letter = byte(option-1) + 'A'
	}
	switch {
	case num == 20 || num == 21:
		return readReference
	case num == 26 && letter == 'T':
		return readCode
	case num == 70 || num == 72 || num == 76 || num == 79, num == 77 && (letter == 'B' || letter == 'T' || letter == 'A' || letter == 'D' || letter == 'E'), num == 71 && letter == 'B':
		return readNarrative
	case num >= 51 && num <= 58 && letter == 'D', num >= 82 && num <= 88 && letter == 'D', num == 42 && letter == 'D':
		return readName
	}
	return 0
}
