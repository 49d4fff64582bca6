package mt

import "strings"

// kind says what a component means, and so how its value is checked.
type kind byte

const (
	kindText kind = iota
	kindCode
	kindNumber
	kindQualifier
	kindNarrative
	kindAccount
	kindCurrency
	kindAmount
	kindDate6
	kindTime4
	kindDate8
	kindBIC
	kindName
	kindSign
	kindScheme
	kindRate
	kindQuantity
	kindPartyJ
	kindTime6
	kindDecimal
	kindLT
	kindCountry
	kindMark
	kindDayMonth
	kindStructured
	kindMT
	kindMIR
	kindMOR
	kindOffset
	kindPartyID
	kindDateTime10
	kindDateTime12
	kindDate4
	kindYesNo
	kindPlusMinus
	kindNumberedLines
	kindHex
	kindYear
	kindPrice
	kindParty50F
	kindMTList
	kindISIN
	kindHour
	kindDDHHMM
	kindDates4
	kindCommonRef
	kindAmountContext
	kindPartyMark
	kinds
)

// kindNames are the words of the table of fields; kindCodes the code of a value that is none of its kind, empty
// where length and characters have codes of their own.
var kindNames = [kinds]string{
	kindText: "text", kindCode: "code", kindNumber: "number", kindQualifier: "qualifier", kindNarrative: "narrative",
	kindAccount: "account", kindCurrency: "currency", kindAmount: "amount", kindDate6: "date6", kindTime4: "time4",
	kindDate8: "date8", kindBIC: "bic", kindName: "name_address", kindSign: "sign_n", kindScheme: "dss", kindRate: "rate",
	kindQuantity: "quantity", kindPartyJ: "party_J", kindTime6: "time6", kindDecimal: "decimal", kindLT: "lt_address",
	kindCountry: "country", kindMark: "dc_mark", kindDayMonth: "day_month", kindStructured: "structured_narrative",
	kindMT: "mt", kindMIR: "mir", kindMOR: "mor", kindOffset: "utc_offset", kindPartyID: "party_id",
	kindDateTime10: "datetime10", kindDateTime12: "datetime12", kindDate4: "date4", kindYesNo: "yes_no",
	kindPlusMinus: "plus_minus", kindNumberedLines: "numbered_lines", kindHex: "hex", kindYear: "year",
	kindPrice: "price", kindParty50F: "party_id_50F", kindMTList: "mt_list", kindISIN: "isin", kindHour: "hour",
	kindDDHHMM: "ddhhmm", kindDates4: "dates4", kindCommonRef: "common_ref", kindAmountContext: "amount_ctx",
	kindPartyMark: "dc_code",
}

var kindCodes = [kinds]string{
	kindCurrency: "T52", kindDate6: "T50", kindDate8: "T50", kindDate4: "T50", kindTime4: "T38", kindTime6: "T38",
	kindBIC: "T27", kindCountry: "T73", kindMark: "T51", kindQualifier: "T89", kindScheme: "T89", kindMT: "T18",
	kindOffset: "T16", kindPlusMinus: "T15", kindISIN: "T12",
}

func (k kind) String() string { return kindNames[k] }

// kindNamed finds a kind by the word of the tables.
func kindNamed(s string) (kind, bool) {
	for k, n := range kindNames {
		if n == s {
			return kind(k), true
		}
	}
	return 0, false
}

// decimal reports kinds with exactly one comma.
func (k kind) decimal() bool {
	switch k {
	case kindAmount, kindAmountContext, kindRate, kindDecimal, kindQuantity, kindPrice:
		return true
	}
	return false
}

func two(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

// validDate6 reports a possible YYMMDD: years 80 to 99 are 19YY, the others 20YY.
func validDate6(s string) bool {
	y := two(s)
	if y >= 80 {
		y += 1900
	} else {
		y += 2000
	}
	return validDay(y, two(s[2:]), two(s[4:]))
}

func validDate8(s string) bool {
	return validDay(two(s)*100+two(s[2:]), two(s[4:]), two(s[6:]))
}

// validDate4 reports a possible MMDD, of any year.
func validDate4(s string) bool { return validDay(2000, two(s), two(s[2:])) }

var monthDays = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func validDay(year, month, day int) bool {
	if year == 0 || month < 1 || month > 12 || day < 1 {
		return false
	}
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return day <= 29
	}
	return day <= monthDays[month]
}

func validTime4(s string) bool { return two(s) < 24 && two(s[2:]) < 60 }
func validTime6(s string) bool { return validTime4(s) && two(s[4:]) < 60 }

// decimals counts the digits behind the one comma of a number; -1 without exactly one comma behind a digit.
func decimals(s string) int {
	comma := strings.IndexByte(s, ',')
	if comma < 1 || strings.IndexByte(s[comma+1:], ',') >= 0 {
		return -1
	}
	return len(s) - comma - 1
}

// isZero reports a number without a digit other than 0.
func isZero(s string) bool {
	for i := 0; i < len(s); i++ {
		if '1' <= s[i] && s[i] <= '9' {
			return false
		}
	}
	return true
}
