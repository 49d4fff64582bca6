package mx

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// baseType is a built-in type of XML Schema.
type baseType uint8

const (
	baseString baseType = iota
	baseDecimal
	baseBoolean
	baseDate
	baseDateTime
	baseTime
	baseYear
	baseYearMonth
	baseBinary
	baseInteger
)

var baseNames = [...]string{"string", "decimal", "boolean", "date", "dateTime", "time", "gYear", "gYearMonth", "base64Binary", "integer"}

// dataKind is what the datatype checks behind the schema look at.
type dataKind uint8

const (
	dataNone dataKind = iota
	dataBIC
	dataAnyBIC
	dataIBAN
	dataCountry
	dataCurrency     // active
	dataCurrencyEver // active or historic
	dataLEI
	dataUETR
)

// dataKinds tells by the beginning of a type's name what its values are.
var dataKinds = [...]struct {
	prefix string
	kind   dataKind
}{
	{"BICFI", dataBIC}, {"BICIdentifier", dataBIC}, {"AnyBIC", dataAnyBIC}, {"IBAN", dataIBAN}, {"CountryCode", dataCountry},
	{"ActiveCurrencyCode", dataCurrency}, {"ActiveOrHistoricCurrencyCode", dataCurrencyEver}, {"LEIIdentifier", dataLEI}, {"UUIDv4", dataUETR},
}

// textType is one simple type with its facets.
type textType struct {
	name     string
	base     baseType
	min, max int // of characters, octets for binary; max -1 for none
	total    int // digits in all, -1 for any
	fraction int // digits behind the point, -1 for any
	bounds   []bound
	pattern  *pattern
	codes    []string
	index    map[string]struct{} // of codes, when there are many
	data     dataKind
}

// bound is one of >= > <= < with a number.
type bound struct {
	op    string
	value string
}

// parseText reads a line "text" or "code" behind its name.
func parseText(name, line string) (*textType, error) {
	kind, rest, _ := strings.Cut(line, " ")
	x := &textType{name: name, max: -1, total: -1, fraction: -1}
	for _, d := range dataKinds {
		if strings.HasPrefix(name, d.prefix) {
			x.data = d.kind
		}
	}
	if kind == "code" {
		return x, x.parseCodes(rest)
	}
	rest, pat, hasPattern := strings.Cut(rest, " /")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return nil, fmt.Errorf("a text needs a base")
	}
	if err := x.setBase(words[0]); err != nil {
		return nil, err
	}
	for _, w := range words[1:] {
		if err := x.facet(w); err != nil {
			return nil, err
		}
	}
	if hasPattern {
		var err error
		if x.pattern, err = compilePattern(pat); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (x *textType) setBase(name string) error {
	for i, n := range baseNames {
		if n == name {
			x.base = baseType(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no base of a text", name)
}

// parseCodes reads an enumeration; a code with blanks stands in quotes.
func (x *textType) parseCodes(rest string) error {
	for rest = strings.TrimLeft(rest, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		if rest[0] == '"' {
			q, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return fmt.Errorf("codes %s: %w", rest, err)
			}
			s, _ := strconv.Unquote(q)
			x.codes, rest = append(x.codes, s), rest[len(q):]
			continue
		}
		code, after, _ := strings.Cut(rest, " ")
		x.codes, rest = append(x.codes, code), after
	}
	if len(x.codes) > 8 {
		x.index = make(map[string]struct{}, len(x.codes))
		for _, c := range x.codes {
			x.index[c] = struct{}{}
		}
	}
	return nil
}

// facet reads MIN..MAX, TOTAL.FRACTION, or a bound.
func (x *textType) facet(w string) error {
	for _, op := range [...]string{">=", "<=", ">", "<"} {
		if v, ok := strings.CutPrefix(w, op); ok {
			x.bounds = append(x.bounds, bound{op, v})
			return nil
		}
	}
	number := func(s string, to *int) error {
		if s == "" {
			return nil
		}
		n, err := strconv.Atoi(s)
		*to = n
		return err
	}
	if lo, hi, ok := strings.Cut(w, ".."); ok {
		if err := number(lo, &x.min); err != nil {
			return err
		}
		return number(hi, &x.max)
	}
	total, fraction, ok := strings.Cut(w, ".")
	if !ok {
		return fmt.Errorf("%q is no facet", w)
	}
	if err := number(total, &x.total); err != nil {
		return err
	}
	return number(fraction, &x.fraction)
}

// check judges a value; code is empty when it fits.
func (x *textType) check(v []byte) (code, text string) {
	if x.base != baseString {
		v = trimXML(v) // these types collapse white space
	}
	switch x.base {
	case baseString:
		return x.checkString(v)
	case baseDecimal, baseInteger:
		code, text = x.checkDecimal(v)
	case baseBoolean:
		if s := string(v); s != "true" && s != "false" && s != "1" && s != "0" {
			code, text = SchemaType, quoted(v)+" is not true or false"
		}
	case baseDate, baseDateTime, baseTime, baseYear, baseYearMonth:
		if !validTime(x.base, v) {
			code, text = SchemaType, quoted(v)+" is not "+timeForms[x.base]
		}
	case baseBinary:
		code, text = x.checkBinary(v)
	}
	if code == "" && x.pattern != nil && !x.pattern.match(v) {
		return SchemaPattern, x.misfit(v)
	}
	return code, text
}

func (x *textType) checkString(v []byte) (code, text string) {
	if x.min > 0 || x.max >= 0 {
		if n := len(v); n < x.min || x.max >= 0 && n > x.max {
			if n = utf8.RuneCount(v); n < x.min || x.max >= 0 && n > x.max {
				return SchemaLength, x.lengthText(n)
			}
		} else if x.min > 1 && utf8.RuneCount(v) < x.min {
			return SchemaLength, x.lengthText(utf8.RuneCount(v))
		}
	}
	if x.pattern != nil && !x.pattern.match(v) {
		return SchemaPattern, x.misfit(v)
	}
	if x.codes != nil && !x.hasCode(v) {
		return SchemaCode, quoted(v) + " is not one of " + x.codeList()
	}
	return "", ""
}

func (x *textType) lengthText(n int) string {
	switch {
	case n == 0:
		return "the element is empty; give at least " + strconv.Itoa(x.min) + " character"
	case n < x.min:
		return strconv.Itoa(n) + " characters; at least " + strconv.Itoa(x.min)
	}
	return strconv.Itoa(n) + " characters; at most " + strconv.Itoa(x.max)
}

// misfit says where a value leaves its pattern.
func (x *textType) misfit(v []byte) string {
	where := ""
	switch i := x.pattern.firstBad(v); {
	case i == len(v) && len(v) > 0:
		where = ": it ends too early"
	case i >= 0 && i < len(v):
		r, _ := utf8.DecodeRune(v[i:])
		where = fmt.Sprintf(": character %d is %q", utf8.RuneCount(v[:i])+1, r)
	}
	return quoted(v) + " does not fit " + x.pattern.source + where
}

func (x *textType) hasCode(v []byte) bool {
	if x.index != nil {
		_, ok := x.index[string(v)]
		return ok
	}
	for _, c := range x.codes {
		if c == string(v) {
			return true
		}
	}
	return false
}

// codeList is the codes as a fault shows them.
func (x *textType) codeList() string {
	if len(x.codes) <= 12 {
		return strings.Join(x.codes, ", ")
	}
	return strings.Join(x.codes[:12], ", ") + " and " + strconv.Itoa(len(x.codes)-12) + " more"
}

// checkDecimal judges a number by its value: zeros in front and at the end of the fraction do not count, as XML
// Schema says.
func (x *textType) checkDecimal(v []byte) (code, text string) {
	d, ok := parseDecimal(v)
	if !ok || x.base == baseInteger && d.point {
		return SchemaType, quoted(v) + " is not a number"
	}
	whole, fraction := d.digits()
	if x.fraction >= 0 && fraction > x.fraction {
		return SchemaLength, fmt.Sprintf("%s has %d decimals; at most %d", quoted(v), fraction, x.fraction)
	}
	if x.total >= 0 && whole+fraction > x.total {
		return SchemaLength, fmt.Sprintf("%s has %d digits; at most %d", quoted(v), whole+fraction, x.total)
	}
	for _, b := range x.bounds {
		limit, ok := parseDecimal([]byte(b.value))
		if c := d.compare(limit); ok && !(b.op == ">=" && c >= 0 || b.op == ">" && c > 0 || b.op == "<=" && c <= 0 || b.op == "<" && c < 0) {
			return SchemaType, quoted(v) + " is not " + b.op + " " + b.value
		}
	}
	return "", ""
}

func (x *textType) checkBinary(v []byte) (code, text string) {
	clean := v
	if bytes.ContainsAny(v, " \t\n\r") {
		clean = bytes.Map(func(r rune) rune {
			if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
				return -1
			}
			return r
		}, v)
	}
	n, err := base64.StdEncoding.Strict().Decode(make([]byte, base64.StdEncoding.DecodedLen(len(clean))), clean)
	switch {
	case err != nil:
		return SchemaType, quoted(v) + " is not base64"
	case n < x.min || x.max >= 0 && n > x.max:
		return SchemaLength, fmt.Sprintf("%d octets; from %d to %d", n, x.min, x.max)
	}
	return "", ""
}

// describe is the type as explain prints it.
func (x *textType) describe() string {
	var out []string
	if x.base != baseString {
		out = append(out, baseNames[x.base])
	}
	if x.min > 0 || x.max >= 0 {
		out = append(out, fmt.Sprintf("%d to %d characters", x.min, x.max))
	}
	if x.total >= 0 {
		out = append(out, fmt.Sprintf("%d digits, %d decimals", x.total, max(0, x.fraction)))
	}
	for _, b := range x.bounds {
		out = append(out, b.op+" "+b.value)
	}
	if x.pattern != nil {
		out = append(out, x.pattern.source)
	}
	if x.codes != nil {
		out = append(out, "one of "+x.codeList())
	}
	if len(out) == 0 {
		return "text"
	}
	return strings.Join(out, ", ")
}
