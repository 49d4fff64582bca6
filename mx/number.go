package mx

import "bytes"

// decimal is a number as text: sign, digits before and behind the point.
type decimal struct {
	negative, point bool
	whole, fraction []byte // without the zeros that do not count
	decimals        int    // as written
}

// parseDecimal reads [+-]digits[.digits]; one side of the point may be empty.
func parseDecimal(v []byte) (d decimal, ok bool) {
	if len(v) > 0 && (v[0] == '+' || v[0] == '-') {
		d.negative, v = v[0] == '-', v[1:]
	}
	d.whole = v
	if i := bytes.IndexByte(v, '.'); i >= 0 {
		d.point, d.whole, d.fraction = true, v[:i], v[i+1:]
	}
	if len(d.whole)+len(d.fraction) == 0 || !allDigits(d.whole) || !allDigits(d.fraction) {
		return d, false
	}
	d.decimals = len(d.fraction)
	d.whole = bytes.TrimLeft(d.whole, "0")
	d.fraction = bytes.TrimRight(d.fraction, "0")
	return d, true
}

func allDigits(v []byte) bool {
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// digits counts what totalDigits and fractionDigits count.
func (d decimal) digits() (whole, fraction int) { return len(d.whole), len(d.fraction) }

func (d decimal) zero() bool { return len(d.whole)+len(d.fraction) == 0 }

// compare is -1, 0 or 1.
func (d decimal) compare(e decimal) int {
	switch {
	case d.zero() && e.zero():
		return 0
	case d.negative && !d.zero() && (!e.negative || e.zero()):
		return -1
	case e.negative && !e.zero() && (!d.negative || d.zero()):
		return 1
	}
	c := d.compareSize(e)
	if d.negative && !d.zero() {
		return -c
	}
	return c
}

func (d decimal) compareSize(e decimal) int {
	switch {
	case len(d.whole) != len(e.whole):
		if len(d.whole) < len(e.whole) {
			return -1
		}
		return 1
	}
	if c := bytes.Compare(d.whole, e.whole); c != 0 {
		return c
	}
	return bytes.Compare(d.fraction, e.fraction)
}

// timeForms say what a value of a type looks like.
var timeForms = map[baseType]string{
	baseDate:      "a date YYYY-MM-DD",
	baseDateTime:  "a date and time YYYY-MM-DDThh:mm:ss with an offset such as +01:00",
	baseTime:      "a time hh:mm:ss with an offset such as +01:00",
	baseYear:      "a year YYYY",
	baseYearMonth: "a month YYYY-MM",
}

// validTime reports a date, time, year or month of XML Schema 1.0.
func validTime(base baseType, v []byte) bool {
	r := timeReader{v: v}
	switch base {
	case baseYear:
		r.year()
	case baseYearMonth:
		r.year()
		r.lit('-')
		r.two(1, 12)
	case baseDate:
		r.date()
	case baseDateTime:
		r.date()
		r.lit('T')
		r.clock()
	case baseTime:
		r.clock()
	}
	r.offset()
	return !r.bad && len(r.v) == 0
}

// timeReader eats a date or time from the left.
type timeReader struct {
	v   []byte
	bad bool
}

func (r *timeReader) lit(c byte) {
	if len(r.v) == 0 || r.v[0] != c {
		r.bad = true
		return
	}
	r.v = r.v[1:]
}

// two eats two digits of a range.
func (r *timeReader) two(lo, hi int) int {
	if len(r.v) < 2 || !allDigits(r.v[:2]) {
		r.bad = true
		return 0
	}
	n := int(r.v[0]-'0')*10 + int(r.v[1]-'0')
	r.v = r.v[2:]
	if n < lo || n > hi {
		r.bad = true
	}
	return n
}

// year eats four or more digits, with a sign, not zero; the result is modulo 400, which leap years need.
func (r *timeReader) year() int {
	if len(r.v) > 0 && r.v[0] == '-' {
		r.v = r.v[1:]
	}
	n, i, sum := 0, 0, 0
	for i < len(r.v) && '0' <= r.v[i] && r.v[i] <= '9' {
		d := int(r.v[i] - '0')
		n, sum = (n*10+d)%400, sum|d
		i++
	}
	if i < 4 || i > 4 && r.v[0] == '0' || sum == 0 {
		r.bad = true
	}
	r.v = r.v[i:]
	return n
}

func (r *timeReader) date() {
	y := r.year()
	r.lit('-')
	m := r.two(1, 12)
	r.lit('-')
	d := r.two(1, 31)
	if r.bad {
		return
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
	if m == 2 && y%4 == 0 && (y%100 != 0 || y == 0) {
		days = 29
	}
	if d > days {
		r.bad = true
	}
}

// clock eats hh:mm:ss with a fraction; 24:00:00 is midnight.
func (r *timeReader) clock() {
	h := r.two(0, 24)
	r.lit(':')
	m := r.two(0, 59)
	r.lit(':')
	s := r.two(0, 59)
	zero := true
	if len(r.v) > 0 && r.v[0] == '.' {
		i := 1
		for i < len(r.v) && '0' <= r.v[i] && r.v[i] <= '9' {
			zero = zero && r.v[i] == '0'
			i++
		}
		if i == 1 {
			r.bad = true
		}
		r.v = r.v[i:]
	}
	if h == 24 && (m != 0 || s != 0 || !zero) {
		r.bad = true
	}
}

// offset eats an optional Z, +hh:mm or -hh:mm up to 14:00.
func (r *timeReader) offset() {
	if r.bad || len(r.v) == 0 {
		return
	}
	if r.v[0] == 'Z' {
		r.v = r.v[1:]
		return
	}
	if r.v[0] != '+' && r.v[0] != '-' {
		r.bad = true
		return
	}
	r.v = r.v[1:]
	h := r.two(0, 14)
	r.lit(':')
	if m := r.two(0, 59); h == 14 && m != 0 {
		r.bad = true
	}
}
