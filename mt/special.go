package mt

import (
	"slices"
	"strings"
)

// special checks what the format of a field cannot say.
func (c *checker) special(f *Field) {
	switch f.num {
	case 22:
		if f.option == 'C' {
			c.commonReference(f)
		}
	case 27:
		c.pageOf(f)
	case 32, 33:
		if f.option == 'K' {
			c.period(f)
		}
	case 35:
		if f.option == 'B' {
			c.security(f)
		}
	case 61:
		c.statementLine(f)
	}
}

// commonReference: the two party codes of 22C stand in alphabetical order, letters before digits.
func (c *checker) commonReference(f *Field) {
	if v := f.Value; len(v) == 16 && lettersFirst(v[:6]) > lettersFirst(v[10:]) {
		c.fieldFault("T96", f, f.Line, "the two party codes are not in alphabetical order, letters before digits")
	}
}

// lettersFirst maps digits behind letters for comparison.
func lettersFirst(s string) string {
	b := []byte(s)
	for i := range b {
		if digit(b[i]) {
			b[i] += 'Z'
		}
	}
	return string(b)
}

// pageOf: 27 is number/total, the number not above the total (T75).
func (c *checker) pageOf(f *Field) {
	if v := f.Value; len(v) == 3 && (v[0] == '0' || v[2] == '0' || v[0] > v[2] || v[2] > '8') {
		c.fieldFault("T75", f, f.Line, "%s: the number is 1 to the total, the total 1 to 8", v)
	}
}

// periods are the codes of 32K and 33K.
var periods = []string{"BE", "CC", "FD", "FP", "GD", "ID", "OT", "ST"}

func (c *checker) period(f *Field) {
	if v := f.Value; len(v) > 6 && !slices.Contains(periods, v[4:6]) {
		c.fieldFault("T63", f, f.Line, "%s is no period code", v[4:6])
	}
}

// security: a description does not begin with a badly written ISIN.
func (c *checker) security(f *Field) {
	if v := f.Value; len(v) >= 5 && strings.EqualFold(v[:5], "ISIN ") && v[:5] != "ISIN " {
		c.fieldFault("T12", f, f.Line, "the word ISIN is written in capitals")
	}
}

// statementLine: the transaction type of 61 is S with a message type, N or F with a code.
func (c *checker) statementLine(f *Field) {
	i := f.form.index("transaction_type")
	s := c.match.found[i]
	if s.start < 0 {
		return
	}
	v := f.Value[s.start : s.start+4]
	switch {
	case v[0] != 'S' && v[0] != 'N' && v[0] != 'F':
		c.fieldFault("T53", f, f.Line, "transaction type %s does not begin with S, N or F", v)
	case v[0] == 'S' && (outside(v[1:], setN) >= 0 || v[1] == '0'):
		c.fieldFault("T18", f, f.Line, "transaction type %s is not S and a message type from 100 to 999", v)
	}
}

// identifiers are the codes of the first line of 50F, and whether an issuer stands before the number.
var identifiers = map[string]bool{"ARNU": false, "CCPT": false, "CUST": true, "DRLC": true, "EMPL": true, "NIDN": false, "SOSE": false, "TXID": false}

// party50F checks the first line of 50F: an account, or code/country/identifier.
func (c *checker) party50F(f *Field, s span) {
	v := f.Value[s.start:s.end]
	if v[0] == '/' {
		if len(v) == 1 || len(v) > 35 {
			c.fieldFault("T54", f, f.Line, "the account is empty or too long")
		}
		return
	}
	code, rest, ok := strings.Cut(v, "/")
	country, id, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 || len(code) != 4 || len(country) != 2 || id == "" {
		c.fieldFault("T54", f, f.Line, "the first line is neither /account nor CODE/COUNTRY/identifier")
		return
	}
	issuer, known := identifiers[code]
	_, isCountry := c.std.countries[country]
	switch {
	case !known:
		c.fieldFault("T55", f, f.Line, "%s is no code of an identifier", excerpt(code))
	case !isCountry:
		c.fieldFault("T73", f, f.Line, "%s is no country code of ISO 3166", excerpt(country))
	case issuer && !strings.Contains(id, "/"):
		c.fieldFault("T56", f, f.Line, "an identifier of %s is issuer/number", code)
	}
}

// numberedLines checks the lines 1/… to 8/… of 50F and 59F: the first is 1, numbers do not fall, 2 needs 3, the
// first 3 begins with a country, 4 and 5 come together.
func (c *checker) numberedLines(f *Field, s span) {
	most := byte('8')
	if f.num == 59 {
		most = '3'
	}
	line := f.at(s.start)
	if n := len(c.faults); n > 0 && c.faults[n-1].Code == "T54" && c.faults[n-1].Line == f.Line {
		return // the account is missing, so that the first numbered line was taken for it
	}
	var seen [10]bool
	var stands [10]int
	last := byte('1')
	for i, text := range strings.Split(f.Value[s.start:s.end], "\r\n") {
		n := text[0]
		switch {
		case i == 0 && n != '1':
			c.fieldFault("T56", f, line, "the first of the numbered lines is 1/")
			return
		case n < last || n < '1' || n > most:
			c.fieldFault("T56", f, line+i, "line %c/ stands out of order; numbers are 1 to %c and do not fall", n, most)
			return
		case n == '3' && !seen[3] && !c.beginsWithCountry(text[2:]):
			c.fieldFault("T73", f, line+i, "line 3/ does not begin with a country code of ISO 3166")
			return
		case n == '4' && !validBirth(text[2:]):
			c.fieldFault("T50", f, line+i, "line 4/ is no date of birth YYYYMMDD")
			return
		case n >= '5' && n <= '7' && !c.beginsWithCountry(text[2:]):
			c.fieldFault("T73", f, line+i, "line %c/ does not begin with a country code of ISO 3166", n)
			return
		case n >= '4' && n <= '7' && seen[n-'0']:
			c.fieldFault("T56", f, line+i, "line %c/ stands twice", n)
			return
		}
		seen[n-'0'], stands[n-'0'], last = true, line+i, n
	}
	if seen[2] && !seen[3] {
		c.fieldFault("T56", f, stands[2], "line 2/ needs a line 3/")
	} else if seen[4] != seen[5] {
		c.fieldFault("T56", f, max(stands[4], stands[5]), "lines 4/ and 5/ come together")
	} else if f.num == 50 {
		c.identity(f, stands)
	}
}

// identity: a number of a customer or a citizen stands once, in the first line of 50F or in 6/ or 7/, and 8/ continues it.
func (c *checker) identity(f *Field, stands [10]int) {
	first, _, _ := strings.Cut(f.Value, "/")
	switch {
	case first == "CUST" && stands[6] > 0:
		c.fieldFault("T56", f, stands[6], "line 6/ does not stand beside a first line CUST")
	case first == "NIDN" && stands[7] > 0:
		c.fieldFault("T56", f, stands[7], "line 7/ does not stand beside a first line NIDN")
	case first == "" && stands[8] > 0 && stands[6] == 0 && stands[7] == 0:
		c.fieldFault("T56", f, stands[8], "line 8/ continues an identifier; there is none")
	}
}

func validBirth(s string) bool { return len(s) == 8 && outside(s, setN) < 0 && validDate8(s) }

// beginsWithCountry reports "BE" or "BE/TOWN".
func (c *checker) beginsWithCountry(s string) bool {
	if len(s) < 2 || len(s) > 2 && s[2] != '/' {
		return false
	}
	_, ok := c.std.countries[s[:2]]
	return ok
}

// partyJCodes are the codes between slashes of option J.
var partyJCodes = []string{"ABIC", "ACCT", "ADD1", "ADD2", "CITY", "CLRC", "GBSC", "LEIC", "NAME", "NETS", "SSIS", "SVBY", "TXID", "UKWN", "USCH", "USFW"}

// partyJ checks the coded lines of option J.
func (c *checker) partyJ(f *Field, s span) {
	text := strings.ReplaceAll(f.Value[s.start:s.end], "\r\n", "")
	if text[0] != '/' {
		c.fieldFault("T78", f, f.Line, "the text of option J begins with a code between slashes")
		return
	}
	code, rest, ok := strings.Cut(text[1:], "/")
	if !ok || !slices.Contains(partyJCodes, code) {
		c.fieldFault("T78", f, f.Line, "%s is no code of option J", excerpt(code))
		return
	}
	if code == "ABIC" {
		bic, _, _ := strings.Cut(rest, "/")
		if bic != "UKWN" && len(bic) != 8 && len(bic) != 11 {
			c.fieldFault("T78", f, f.Line, "/ABIC/ is followed by a BIC or UKWN")
		}
	}
	if !strings.Contains(text, "/NAME/") && !strings.Contains(text, "/UKWN/") && !strings.Contains(text, "/ABIC/") {
		c.fieldFault("T78", f, f.Line, "neither /NAME/, /ABIC/ nor /UKWN/ stands in option J")
	}
}

// structured checks the coded lines of 72.
func (c *checker) structured(f *Field, s span) {
	if f.num != 72 || c.m.def == nil {
		c.changes(f)
		return
	}
	lines := strings.Split(f.Value[s.start:s.end], "\r\n")
	switch {
	case !c.customerOrBank():
		return
	case strings.HasPrefix(lines[0], "/REJT/") || strings.HasPrefix(lines[0], "/RETN/"):
		c.returned(f, lines)
		return
	}
	banks := 0
	for i, text := range lines {
		if id, ok := strings.CutPrefix(text, "/INS/"); ok {
			c.instructing(f, f.Line+i, id)
			if banks++; banks > 1 && c.m.def.numberOf() == "103" {
				c.fieldFault("T47", f, f.Line+i, "/INS/ stands twice")
			}
		}
	}
}

// changes: an amendment of a text in 707 and 708 begins with /ADD/, /DELETE/ or /REPALL/ (T67).
func (c *checker) changes(f *Field) {
	if f.num < 45 || f.num > 49 {
		return
	}
	for _, code := range []string{"/ADD/", "/DELETE/", "/REPALL/"} {
		if strings.HasPrefix(f.Value, code) {
			return
		}
	}
	c.fieldFault("T67", f, f.Line, "the text does not begin with /ADD/, /DELETE/ or /REPALL/")
}

// customerOrBank reports the types of categories 1 and 2 in which /INS/ names a bank.
func (c *checker) customerOrBank() bool {
	switch c.m.def.numberOf() {
	case "102", "103", "202", "203", "205":
		return true
	}
	return false
}

// instructing checks the bank behind /INS/.
func (c *checker) instructing(f *Field, line int, id string) {
	bic, _, _ := strings.Cut(id, " ")
	if outside(bic, setC) >= 0 {
		c.fieldFault("T27", f, line, "/INS/ is followed by a BIC, not %s", excerpt(id))
		return
	}
	if code, why := c.bicFault(bic); code != "" {
		c.fieldFault(code, f, line, "BIC %s behind /INS/ %s", excerpt(bic), why)
	}
}

// returned checks the form of a rejected or returned payment: /REJT/ and the field at fault, a reason, /MREF/.
func (c *checker) returned(f *Field, lines []string) {
	if strings.HasSuffix(c.m.def.name, ".STP") {
		c.fieldFault("T81", f, f.Line, "the form for rejected and returned payments is not allowed in MT %s", c.m.def.name)
		return
	}
	field := lines[0][6:]
	if i := strings.IndexByte(field, '/'); i >= 0 {
		field = field[:i]
	}
	switch {
	case len(field) < 2 || len(field) > 3 || outside(field[:2], setN) >= 0 || len(field) == 3 && !capital(field[2]):
		c.fieldFault("T80", f, f.Line, "%s is not followed by the field that caused it", lines[0][:6])
	case len(lines) < 2 || !reason(lines[1]):
		c.fieldFault("T80", f, min(f.Line+1, f.Line+len(lines)-1), "the second line is not the reason, as /AC01/")
	case !slices.ContainsFunc(lines[2:], func(l string) bool { return strings.HasPrefix(l, "/MREF/") && len(l) > 6 }):
		c.fieldFault("T80", f, f.Line+len(lines)-1, "the reference of the original, /MREF/, is missing")
	}
}

// reason reports "/AC01/text".
func reason(s string) bool {
	return len(s) >= 6 && s[0] == '/' && s[5] == '/' && outside(s[1:3], setC) < 0 && outside(s[3:5], setN) < 0
}
