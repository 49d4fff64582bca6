package mt

import (
	"strings"

	corridor "corridor.example/corridor"
)

// contents checks the value of every field against its format, and its components against their kinds.
func (c *checker) contents() {
	for i := range c.m.Fields {
		c.content(&c.m.Fields[i])
	}
}

func (c *checker) content(f *Field) {
	if c.m.def != nil && c.m.def.holds && c.enclosed(f) {
		return
	}
	if f.form == nil {
		if f.elem != nil || c.m.def == nil || c.m.def.copies {
			return
		}
		c.unknownField(f)
		return
	}
	m := &c.match
	if !m.match(f.form, f.Value) {
		c.mismatch(f)
		return
	}
	before := len(c.faults)
	for i := range f.form.components {
		if s := m.found[i]; s.start >= 0 {
			c.component(f, &f.form.components[i], s)
		}
	}
	if f.form.noSlash && len(c.faults) == before {
		c.slashes(f)
	}
	if len(c.faults) == before {
		c.special(f)
	}
	if len(c.faults) == before {
		c.codeWords(f)
	}
}

// enclosed reports what belongs to the text of 77E in n98: the fields behind it, and its own empty first line.
func (c *checker) enclosed(f *Field) bool {
	last := &c.m.Fields[len(c.m.Fields)-1]
	return f.elem == nil && f.num != 20 && f.num != 12 || f.num == 77 && f.Value == "" && f != last
}

// unknownField is a field that the structure did not take; the structure has a fault already.
func (c *checker) unknownField(f *Field) {
	if len(c.faults) == 0 {
		c.fieldFault("T13", f, f.Line, "field %s is not known", f.Tag)
	}
}

// at is the line of an offset of a field's value.
func (f *Field) at(offset int) int {
	return f.Line + strings.Count(f.Value[:min(offset, len(f.Value))], "\n")
}

// mismatch turns the furthest point that a value followed its format to into a fault.
func (c *checker) mismatch(f *Field) {
	m := &c.match
	line := f.at(m.far)
	k, named := kindText, ""
	if it := m.farItem; it != nil && it.component >= 0 {
		k, named = f.form.components[it.component].kind, f.form.components[it.component].name
	}
	code, why := c.mismatchCode(f, k)
	if named != "" {
		why = named + ": " + why
	}
	c.fieldFault(code, f, line, "%s; the format is %s", why, f.form.notation)
}

func (c *checker) mismatchCode(f *Field, k kind) (code, why string) {
	m := &c.match
	it := m.farItem
	if f.form.generic && (m.far < 7 || schemeBroken(f.Value)) {
		return "T89", "a generic field begins with a colon, its qualifier of four characters, and slashes"
	}
	switch m.farWhy {
	case failLines:
		return "T31", "more lines than the format has"
	case failNoLine:
		return c.noLine(f), "a mandatory line is missing"
	case failBlank:
		return "T17", "a line is empty or blank"
	case failLiteral:
		if m.far == 0 && (f.form.tag == "50H" || f.form.tag == "50G") {
			return "T76", "the first line is an account and begins with a slash"
		}
		if code, ok := noAccount(f, m.far); ok {
			return code, "the account, which begins with a slash, is missing"
		}
		if f.form.tag == "35B" {
			return "T12", "the identification begins with ISIN, one blank and twelve characters"
		}
		return "T31", "separator " + it.literal + " is missing or another stands there"
	case failMissing:
		if it != nil && k.decimal() {
			return "T40", "the number is missing"
		}
		if code := kindCodes[k]; code != "" && it != nil {
			return code, "it is missing"
		}
		return "T17", "a mandatory part is missing"
	}
	if k.decimal() {
		return c.numberCode(f)
	}
	if code := kindCodes[k]; code != "" && m.farWhy != failLong {
		return code, "it has not the form required"
	}
	return c.plainCode(f, it)
}

// schemeBroken: between the first two slashes of a generic field stand nothing or a data source scheme, 8c.
func schemeBroken(v string) bool {
	if len(v) < 7 || v[5] != '/' {
		return true
	}
	n := strings.IndexByte(v[6:], '/')
	return n < 0 || n > 8 || outside(v[6:6+n], setC) >= 0
}

// noAccount: the mandatory account or party identifier at the start of a field is missing.
func noAccount(f *Field, far int) (code string, ok bool) {
	switch {
	case far != 0 || !strings.HasPrefix(f.form.notation, "/34x"):
		return "", false
	case f.num == 59:
		return "T17", true
	}
	return "T12", true
}

// noLine: a mandatory line is missing behind those that are there.
func (c *checker) noLine(f *Field) string {
	switch f.form.tag {
	case "50H", "50G":
		return "T76"
	}
	return "T17"
}

// numberCode: a decimal number leaves its form.
func (c *checker) numberCode(f *Field) (code, why string) {
	m := &c.match
	rest := f.Value[m.farStart(f):]
	if rest == "" || !digit(rest[0]) {
		return "T40", "the number does not begin with a digit"
	}
	return "T43", "a number has one comma, digits around it, and no more characters than allowed"
}

// farStart is where the number that failed begins: behind what was matched before it.
func (m *matcher) farStart(f *Field) int {
	at := min(m.far, len(m.value))
	for at > 0 && (digit(m.value[at-1]) || m.value[at-1] == ',') {
		at--
	}
	if it := m.farItem; it != nil && it.component > 0 {
		if s := m.found[it.component-1]; s.start >= 0 && s.end > at {
			at = s.end
		}
	}
	return at
}

// plainCode tells length from characters.
func (c *checker) plainCode(f *Field, it *item) (code, why string) {
	m := &c.match
	switch m.farWhy {
	case failLong:
		return "T33", "longer than allowed"
	case failShort:
		return "T34", "shorter than required"
	}
	if it != nil && it.set&(setX|setY|setZ) != 0 {
		return "M60", "character " + excerpt(m.value[m.far:min(m.far+1, len(m.value))]) + " is not in the set of the field"
	}
	if it != nil && it.min == it.max {
		return "T34", "a character of another set"
	}
	return "T33", "a character of another set"
}

// component checks one part of a value by its kind.
func (c *checker) component(f *Field, p *component, s span) {
	v := f.Value[s.start:s.end]
	bad := func(code, format string, args ...any) {
		c.fieldFault(code, f, f.at(s.start), p.name+": "+format, args...)
	}
	switch p.kind {
	case kindText, kindNumber, kindCode, kindNarrative, kindName, kindAccount, kindQualifier, kindScheme:
		return
	case kindDate6:
		if !validDate6(v) {
			bad("T50", "%s is no date YYMMDD", v)
		}
	case kindDate8:
		if !validDate8(v) {
			bad("T50", "%s is no date YYYYMMDD", v)
		}
	case kindDate4:
		if !validDate4(v) {
			bad("T50", "%s is no date MMDD", v)
		}
	case kindTime4:
		if !validTime4(v) {
			bad("T38", "%s is no time HHMM", v)
		}
	case kindTime6:
		if !validTime6(v) {
			bad("T38", "%s is no time HHMMSS", v)
		}
	case kindCurrency:
		c.currency(f, s)
	case kindCountry:
		if _, ok := c.std.countries[v]; !ok {
			bad("T73", "%s is no country code of ISO 3166", v)
		}
	case kindBIC:
		c.bic(f, s)
	default:
		c.rareComponent(f, p, s)
	}
	if p.kind.decimal() {
		c.number(f, p, s)
	}
}

// rareComponent checks the kinds that few fields have.
func (c *checker) rareComponent(f *Field, p *component, s span) {
	v := f.Value[s.start:s.end]
	bad := func(code, format string, args ...any) {
		c.fieldFault(code, f, f.at(s.start), p.name+": "+format, args...)
	}
	switch p.kind {
	case kindSign:
		if rest := f.Value[s.end:]; isZero(rest) {
			bad("T14", "N does not stand before zero")
		}
	case kindPlusMinus:
		if v != "+" && v != "-" {
			bad("T15", "%s is neither + nor -", v)
		}
	case kindOffset:
		c.offset(f, p, s)
	case kindMT:
		if v < "100" && !c.m.def.takesAnyType() {
			bad("T18", "%s is no message type from 100 to 999", v)
		}
	case kindMark:
		c.mark(f, s)
	case kindDayMonth:
		if v != "D" && v != "M" {
			bad("T61", "%s is neither D (days) nor M (months)", v)
		}
	case kindISIN: // twelve letters and digits are all that the network asks
	case kindDDHHMM:
		if d := two(v); d < 1 || d > 31 || !validTime4(v[2:]) {
			bad("T38", "%s is no day and time DDHHMM", v)
		}
	case kindParty50F:
		c.party50F(f, s)
	case kindNumberedLines:
		c.numberedLines(f, s)
	case kindPartyJ:
		c.partyJ(f, s)
	case kindStructured:
		c.structured(f, s)
	case kindPartyMark:
		if v[0] == 'C' || v[0] == 'D' {
			return
		}
		bad("T12", "/%s before an account is neither /C nor /D", v)
	default:
		if code, why := systemPart(p.kind, v); code != "" {
			bad(code, "%s %s", v, why)
		}
	}
}

// systemPart checks the kinds that only fields of system and service messages have.
func systemPart(k kind, v string) (code, why string) {
	switch k {
	case kindDateTime10:
		return dateAndTime(validDate6(v), v[6:], "YYMMDDHHMM")
	case kindDateTime12:
		return dateAndTime(validDate8(v), v[8:], "YYYYMMDDHHMM")
	case kindMIR, kindMOR:
		if _, err := corridor.ParseMIR(v); err != nil {
			return "T12", "is no reference of date, terminal, session and sequence"
		}
	case kindLT:
		if why := addressFault(v); why != "" {
			return "T27", why
		}
	case kindHour:
		if v >= "24" {
			return "T38", "is no hour"
		}
	case kindYesNo:
		if v != "Y" && v != "N" {
			return "T51", "is neither Y nor N"
		}
	}
	return "", ""
}

func dateAndTime(date bool, time, form string) (code, why string) {
	switch {
	case !date:
		return "T50", "is no date and time " + form
	case !validTime4(time):
		return "T38", "is no date and time " + form
	}
	return "", ""
}

// takesAnyType reports category 0 types, whose fields may name types of category 0.
func (t *typeDef) takesAnyType() bool { return t != nil && t.tagged }

// offset checks a difference from UTC; that of 13C ends at 13 hours, that of timestamps at 14.
func (c *checker) offset(f *Field, p *component, s span) {
	v := f.Value[s.start:s.end]
	most := 13
	if f.num == 98 {
		most = 14
	}
	if len(v) != 2 && len(v) != 4 || two(v) > most || len(v) == 4 && two(v[2:]) > 59 {
		c.fieldFault("T16", f, f.at(s.start), "%s: %s is no time difference HHMM of at most %d hours", p.name, v, most)
	}
}

// currency checks against ISO 4217. Gold and its kind are for category 6.
func (c *checker) currency(f *Field, s span) {
	v := f.Value[s.start:s.end]
	cur, ok := c.std.currencies[v]
	if !ok || cur.state != "active" && cur.state != "fund" && cur.state != "metal" {
		if c.priceCode(f, v) {
			return
		}
		c.fieldFault("T52", f, f.at(s.start), "%s is no currency of ISO 4217", v)
		return
	}
	if cur.state == "metal" && len(c.m.App.Type) == 3 && strings.IndexByte("123479", c.m.App.Type[0]) >= 0 {
		c.fieldFault("C08", f, f.at(s.start), "%s is a metal, for which messages of category 6 exist", v)
	}
}

// priceCode reports a price in place of a currency: per cent, yield or rental, in the treasury and securities types.
func (c *checker) priceCode(f *Field, v string) bool {
	if len(c.m.App.Type) != 3 || strings.IndexByte("356", c.m.App.Type[0]) < 0 {
		return false
	}
	switch f.num {
	case 33, 90:
		return v == "PCT" || v == "REN" || v == "YLD"
	case 34, 37:
		return v == "PCT"
	}
	return false
}

// number checks a decimal: one comma, and no more decimals than the currency of the same field has.
func (c *checker) number(f *Field, p *component, s span) {
	v := f.Value[s.start:s.end]
	n := decimals(v)
	if n < 0 {
		code := "T43"
		if !digit(v[0]) {
			code = "T40"
		}
		c.fieldFault(code, f, f.at(s.start), "%s: %s has not exactly one comma behind a digit", p.name, v)
		return
	}
	var ccy string
	switch p.kind {
	case kindAmount:
		ccy = c.currencyBefore(f, s.start)
	case kindAmountContext:
		ccy = c.statement
	default:
		return
	}
	if cur, ok := c.std.currencies[ccy]; ok && cur.decimals >= 0 && n > cur.decimals && !f.isPrice() {
		c.fieldFault("C03", f, f.at(s.start), "%s: %s has %d decimals; %s has %d", p.name, v, n, ccy, cur.decimals)
	}
}

// isPrice: prices and rates have as many decimals as they need.
func (f *Field) isPrice() bool {
	return f.num == 90 || f.num == 92 || f.num == 37 || f.num == 33 && (f.option == 'G' || f.option == 'T') || f.num == 35 && f.option == 'U'
}

// currencyBefore is the currency that stands nearest before an amount of the same field.
func (c *checker) currencyBefore(f *Field, at int) string {
	ccy := ""
	for i := range f.form.components {
		if s := c.match.found[i]; f.form.components[i].kind == kindCurrency && s.start >= 0 && s.start < at {
			ccy = f.Value[s.start:s.end]
		}
	}
	return ccy
}

// bic checks form, country and, if the caller has a directory, registration.
func (c *checker) bic(f *Field, s span) {
	v := f.Value[s.start:s.end]
	code, why := c.bicFault(v)
	if code == "" && c.financialOnly(f) && c.opt.Directory != nil && c.opt.Directory(v) == NonFinancial {
		code, why = "C05", "is not a financial institution, which this field requires"
	}
	if code != "" {
		c.fieldFault(code, f, f.at(s.start), "BIC %s %s", v, why)
	}
}

// networkCountry stands in the network's own address: a code that ISO 3166 leaves to its users. The network names itself in its messages, for
// example as the requester of a broadcast; nobody else has an address there.
const networkCountry = "XX"

func (c *checker) bicFault(v string) (code, why string) {
	if len(v) != 8 && len(v) != 11 {
		return "T27", "has neither 8 nor 11 characters"
	}
	for i := 0; i < 6; i++ {
		if !capital(v[i]) {
			return "T27", "does not begin with six letters"
		}
	}
	if _, ok := c.std.countries[v[4:6]]; !ok && !(v[4:6] == networkCountry && c.m.def.tagged) {
		return "T27", "has no country code at its fifth character"
	}
	if len(v) == 11 && v[8] == 'X' && v[8:] != "XXX" || len(v) == 11 && v[8:] == "BIC" {
		return "T29", "has a branch that cannot exist"
	}
	if v[7] == '0' && len(c.m.Basic.LT) == 12 && c.m.Basic.LT[7] != '0' {
		return "T46", "is a test and training address in a live message"
	}
	if c.opt.Directory == nil {
		return "", ""
	}
	switch c.opt.Directory(v) {
	case Unregistered:
		return "T27", "is not registered"
	case UnknownBranch:
		return "T29", "has a branch that is not registered"
	case NotConnected:
		return "T45", "is not connected"
	}
	return "", ""
}

// financialOnly reports the bank roles: 51A to 58A, 41A, 42A, 81A to 91A, 96A.
func (c *checker) financialOnly(f *Field) bool {
	if f.option != 'A' {
		return false
	}
	return f.num >= 51 && f.num <= 58 || f.num == 41 || f.num == 42 || f.num >= 81 && f.num <= 91 || f.num == 96
}

// mark checks a debit or credit mark; statement lines also know reversals and expected entries.
func (c *checker) mark(f *Field, s span) {
	v := f.Value[s.start:s.end]
	ok := v == "C" || v == "D"
	if f.num == 61 {
		ok = ok || v == "RC" || v == "RD" || v == "EC" || v == "ED"
	}
	if !ok {
		c.fieldFault("T51", f, f.at(s.start), "%s is no debit or credit mark", v)
	}
}

// slashes: a reference neither begins nor ends with a slash and holds no two together (T26).
func (c *checker) slashes(f *Field) {
	v := f.Value
	if f.form.generic {
		last := c.match.found[len(f.form.components)-1]
		if last.start < 0 {
			return
		}
		v = v[last.start:last.end]
	}
	if strings.HasPrefix(v, "/") || strings.HasSuffix(v, "/") || strings.Contains(v, "//") {
		c.fieldFault("T26", f, f.Line, "%q begins or ends with a slash or holds two together", v)
	}
}
