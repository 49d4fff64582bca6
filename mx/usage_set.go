package mx

// textSet is a set of characters, or a form, that a guideline asks of a text.
type textSet uint8

const (
	setUnchanged  textSet = iota
	setX                  // the characters of FIN text, in one line
	setXPlus              // and !#$%&*=^_`{|}~";<>@[\]
	setXPlusLines         // and line breaks
	setAccount            // X, with '/' neither first nor last nor twice in a row
	setOffset             // a date and time, or time, with its offset written as +hh:mm or -hh:mm
	setDate               // a date without an offset, which the schema would let pass
	setService            // a business service: words of a-z 0-9 and two digits, joined by points
)

var textSetNamed = map[string]textSet{
	"X": setX, "X+": setXPlus, "X+NL": setXPlusLines, "ACCT": setAccount, "OFFSET": setOffset, "DATE": setDate, "SERVICE": setService,
}

// textSetTexts says what a text of each set looks like.
var textSetTexts = [...]string{
	setX:          "only letters a-z A-Z, digits, blanks and / - ? : ( ) . , ' + are allowed here",
	setXPlus:      "only letters a-z A-Z, digits, blanks and common signs are allowed here, no accents and no line breaks",
	setXPlusLines: "only letters a-z A-Z, digits, blanks, line breaks and common signs are allowed here, no accents",
	setAccount:    "an account has the characters of references, and no '/' at its start, at its end or twice in a row",
	setOffset:     "give the offset from UTC as +hh:mm or -hh:mm, UTC itself as +00:00, not Z",
	setDate:       "a date has no offset from UTC here; write YYYY-MM-DD",
	setService:    "a business service looks like swift.cbprplus.04",
}

const (
	inX = 1 << iota
	inXPlus
	inXPlusLines
)

// setBits says for each octet which sets have it.
var setBits = func() (bits [256]byte) {
	for c := byte('0'); c <= 'z'; c++ {
		if c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c {
			bits[c] = inX | inXPlus | inXPlusLines
		}
	}
	for _, c := range []byte("/-?:().,'+ ") {
		bits[c] = inX | inXPlus | inXPlusLines
	}
	for _, c := range []byte("!#$%&*=^_`{|}~\";<>@[\\]") {
		bits[c] = inXPlus | inXPlusLines
	}
	bits['\n'], bits['\r'] = inXPlusLines, inXPlusLines
	return bits
}()

// firstBad is the index of the first octet that breaks the set or the form, -1 if none does.
func (s textSet) firstBad(v []byte) int {
	switch s {
	case setX, setAccount:
		if i := outside(v, inX); i >= 0 || s == setX {
			return i
		}
		return badSlash(v)
	case setXPlus:
		return outside(v, inXPlus)
	case setXPlusLines:
		return outside(v, inXPlusLines)
	case setOffset:
		return badOffset(v)
	case setDate:
		return badDate(v)
	case setService:
		return badService(v)
	}
	return -1
}

func outside(v []byte, set byte) int {
	for i, c := range v {
		if setBits[c]&set == 0 {
			return i
		}
	}
	return -1
}

// badSlash finds the '/' that a reference of FIN may not have: at the start, at the end, or after another.
func badSlash(v []byte) int {
	for i, c := range v {
		if c == '/' && (i == 0 || i == len(v)-1 || v[i-1] == '/') {
			return i
		}
	}
	return -1
}

// badOffset looks at the last six octets: +hh:mm or -hh:mm up to 14:59. What stands before them is the schema's.
func badOffset(v []byte) int {
	for len(v) > 0 && (v[len(v)-1] == ' ' || v[len(v)-1] == '\n' || v[len(v)-1] == '\r' || v[len(v)-1] == '\t') {
		v = v[:len(v)-1]
	}
	if len(v) < 6 {
		return max(0, len(v)-1)
	}
	o := v[len(v)-6:]
	digits := isDigit(o[1]) && isDigit(o[2]) && isDigit(o[4]) && isDigit(o[5])
	if (o[0] != '+' && o[0] != '-') || o[3] != ':' || !digits || o[1] > '1' || o[1] == '1' && o[2] > '4' || o[4] > '5' {
		return len(v) - 1
	}
	return -1
}

// badDate finds the offset behind a date of the schema: Z, +hh:mm or -hh:mm.
func badDate(v []byte) int {
	v = trimXML(v)
	if n := len(v); n > 0 && (v[n-1] == 'Z' || n > 6 && v[n-3] == ':') {
		return n - 1
	}
	return -1
}

// badService reads words of 1 to 10 of a-z 0-9 joined by points, the last one of two digits.
func badService(v []byte) int {
	words, word := 0, 0
	for i, c := range v {
		switch {
		case c == '.' && word > 0:
			words, word = words+1, 0
		case ('a' <= c && c <= 'z' || isDigit(c)) && word < 10:
			word++
		default:
			return i
		}
	}
	if n := len(v); words < 2 || word != 2 || !isDigit(v[n-1]) || !isDigit(v[n-2]) {
		return max(0, len(v)-1)
	}
	return -1
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
