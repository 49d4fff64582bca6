package mx

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// amount is a decimal in units of 10^-5, the most decimals that the standard's amounts have.
type amount int64

const amountDecimals = 5

// parseAmount reads a decimal, not a negative one, of up to 13 digits before the point; longer ones are no amounts here, and
// a comparison with them does not hold.
func parseAmount(v []byte) (amount, bool) {
	var a amount
	digits, decimals := 0, -1
	v = bytes.TrimPrefix(trimXML(v), []byte("+"))
	for _, c := range v {
		switch {
		case c == '.' && decimals < 0:
			decimals = 0
			continue
		case !isDigit(c) || digits == 18 || decimals == amountDecimals:
			return 0, false
		}
		a = a*10 + amount(c-'0')
		if a > 0 {
			digits++
		}
		if decimals >= 0 {
			decimals++
		}
	}
	for d := max(decimals, 0); d < amountDecimals; d++ {
		a *= 10
		if a > 0 {
			digits++
		}
	}
	return a, len(v) > 0 && digits <= 18
}

// conditionCall is the compiler of a function that gives a truth, nil if there is none of that name.
func conditionCall(name string) func(*predicateParser) condition {
	switch name {
	case "present": // every path is there
		return func(p *predicateParser) condition { return p.presence(true, true) }
	case "absent": // no path is there
		return func(p *predicateParser) condition { return p.presence(false, true) }
	case "any": // one path at least is there
		return func(p *predicateParser) condition { return p.presence(true, false) }
	case "agree": // equal when both are there
		return func(p *predicateParser) condition { return p.agreement(bytes.Equal) }
	case "sameBIC": // the same institution and branch when both are there
		return func(p *predicateParser) condition { return p.agreement(sameBIC) }
	case "each": // the condition holds at every element of the path
		return (*predicateParser).each
	case "some": // the condition holds at one element of the path
		return (*predicateParser).some
	case "service": // BizSvc is a service of this message and variant
		return (*predicateParser).service
	case "distinct": // no value stands twice
		return (*predicateParser).distinct
	case "slashes": // no '/' at the start, at the end, or twice in a row
		return func(p *predicateParser) condition {
			return p.every(func(v []byte) bool { return badSlash(v) < 0 })
		}
	case "slashes16": // the first 16 characters are a reference of FIN
		return func(p *predicateParser) condition { return p.every(reference16) }
	case "zeros": // nothing but the digit 0
		return func(p *predicateParser) condition {
			return p.every(func(v []byte) bool { return len(bytes.Trim(v, "0")) == 0 })
		}
	case "countries": // every BIC has its country in the set
		return (*predicateParser).countries
	case "repeated": // an address line repeats the town or the post code
		return (*predicateParser).repeated
	case "addsUp": // opening balance and booked entries make the closing balance
		return (*predicateParser).addsUp
	}
	return nil
}

// numberCall is the compiler of a function that gives a number.
func numberCall(name string) func(*predicateParser) number {
	switch name {
	case "count":
		return (*predicateParser).count
	case "longest": // characters of the longest value, 0 if there is none
		return (*predicateParser).longest
	case "digits": // digits of the value, without the zeros that do not count
		return (*predicateParser).digits
	case "amount": // the value as a number
		return (*predicateParser).amount
	case "sum": // of all values; 0 if there is none
		return (*predicateParser).sum
	case "data": // characters of all text below all elements of the path
		return (*predicateParser).data
	}
	return nil
}

func (p *predicateParser) presence(want, all bool) condition {
	refs := p.refs()
	return func(r *ruleRun) bool {
		for i := range refs {
			if there := refs[i].first(r) >= 0; (there == want) != all {
				return !all
			}
		}
		return all
	}
}

func (p *predicateParser) agreement(same func(a, b []byte) bool) condition {
	a := p.refOf(p.word())
	p.expect(",")
	b := p.refOf(p.word())
	return func(r *ruleRun) bool {
		v, ok := a.value(r)
		w, ok2 := b.value(r)
		return !ok || !ok2 || same(v, w)
	}
}

// sameBIC compares two BICs; one without a branch is the head office XXX.
func sameBIC(a, b []byte) bool {
	return bytes.Equal(bytes.TrimSuffix(a, []byte("XXX")), bytes.TrimSuffix(b, []byte("XXX")))
}

// inner reads "PATH, condition": the condition is compiled for elements of the path.
func (p *predicateParser) inner() (ref, condition) {
	x := p.refOf(p.word())
	p.expect(",")
	outer := p.scope
	p.scope = x.elem
	c := p.condition()
	p.scope = outer
	return x, c
}

// holdsAt judges a condition with another node as its scope.
func (r *ruleRun) holdsAt(n int, c condition) bool {
	outer := r.at
	r.at = n
	ok := c(r)
	r.at = outer
	return ok
}

func (p *predicateParser) some() condition {
	x, c := p.inner()
	return func(r *ruleRun) bool {
		for n := x.first(r); n >= 0; n = x.next(r, n) {
			if r.holdsAt(n, c) {
				return true
			}
		}
		return false
	}
}

func (p *predicateParser) service() condition {
	x, services := p.refOf("BizSvc"), p.services
	return func(r *ruleRun) bool {
		v, ok := x.value(r)
		return !ok || inSet(services, v)
	}
}

func (p *predicateParser) each() condition {
	x, c := p.inner()
	return func(r *ruleRun) bool {
		for n := x.first(r); n >= 0; n = x.next(r, n) {
			if !r.holdsAt(n, c) {
				return false
			}
		}
		return true
	}
}

// every reports a test that all values of a path pass.
func (p *predicateParser) every(test func([]byte) bool) condition {
	x := p.refOf(p.word())
	return func(r *ruleRun) bool {
		for n := x.first(r); n >= 0; n = x.next(r, n) {
			if !test(x.get(r, n)) {
				return false
			}
		}
		return true
	}
}

// reference16 reports that the first 16 characters are a reference as FIN allows it.
func reference16(v []byte) bool {
	v = v[:min(16, len(v))]
	return len(v) == 0 || v[0] != '/' && !bytes.Contains(v, []byte("//")) && (len(v) < 16 || v[15] != '/')
}

func (p *predicateParser) distinct() condition {
	x := p.refOf(p.word())
	return func(r *ruleRun) bool {
		first := x.first(r)
		if first < 0 || x.next(r, first) < 0 {
			return true
		}
		seen := map[string]struct{}{}
		for n := first; n >= 0; n = x.next(r, n) {
			v := string(x.get(r, n))
			if _, twice := seen[v]; twice {
				return false
			}
			seen[v] = struct{}{}
		}
		return true
	}
}

// countries reads "{ES,AD}, PATH, PATH…".
func (p *predicateParser) countries() condition {
	p.skip()
	set := p.set()
	p.expect(",")
	refs := p.refs()
	return func(r *ruleRun) bool {
		for i := range refs {
			v, ok := refs[i].value(r)
			if !ok || len(v) < 6 || !inSet(set, v[4:6]) {
				return false
			}
		}
		return true
	}
}

func (p *predicateParser) count() number {
	x := p.refOf(p.word())
	return func(r *ruleRun) (amount, bool) {
		k := amount(0)
		for n := x.first(r); n >= 0; n = x.next(r, n) {
			k++
		}
		return k * 1e5, true
	}
}

func (p *predicateParser) longest() number {
	x := p.refOf(p.word())
	return func(r *ruleRun) (amount, bool) {
		k := 0
		for n := x.first(r); n >= 0; n = x.next(r, n) {
			k = max(k, utf8.RuneCount(x.get(r, n)))
		}
		return amount(k) * 1e5, true
	}
}

func (p *predicateParser) digits() number {
	x := p.refOf(p.word())
	return func(r *ruleRun) (amount, bool) {
		v, there := x.value(r)
		d, ok := parseDecimal(trimXML(v))
		if !ok {
			return 0, there // what is no number has no digits to count; the schema refuses it
		}
		whole, fraction := d.digits()
		return amount(whole+fraction) * 1e5, true
	}
}

func (p *predicateParser) amount() number {
	x := p.refOf(p.word())
	return func(r *ruleRun) (amount, bool) {
		v, ok := x.value(r)
		if !ok {
			return 0, false
		}
		return parseAmount(v)
	}
}

func (p *predicateParser) sum() number {
	x := p.refOf(p.word())
	return func(r *ruleRun) (amount, bool) {
		all := amount(0)
		for n := x.first(r); n >= 0; n = x.next(r, n) {
			a, ok := parseAmount(x.get(r, n))
			if !ok {
				return 0, false
			}
			all += a
		}
		return all, true
	}
}

func (p *predicateParser) data() number {
	x := p.refOf(p.word())
	return func(r *ruleRun) (amount, bool) {
		k := 0
		for n := x.first(r); n >= 0; n = x.next(r, n) {
			for d := n; d < int(r.t.nodes[n].end); d++ {
				if int(r.t.nodes[d].end) == d+1 {
					k += utf8.RuneCount(r.t.text(d))
				}
			}
		}
		return amount(k) * 1e5, true
	}
}

// repeated looks at the scope as a postal address: a line that ends with the town, or has the post code as a word,
// says again what stands in its own element. A street such as "London Road" does not repeat the town.
func (p *predicateParser) repeated() condition {
	line, town, code := p.refOf("AdrLine"), p.refOf("TwnNm"), p.refOf("PstCd")
	return func(r *ruleRun) bool {
		n := line.first(r)
		if n < 0 {
			return false
		}
		t, _ := town.value(r)
		c, _ := code.value(r)
		for ; n >= 0; n = line.next(r, n) {
			l := string(bytes.TrimRight(r.t.text(n), " ."))
			if k := len(l) - len(t); len(t) > 2 && k >= 0 && strings.EqualFold(l[k:], string(t)) && (k == 0 || !wordByte(l[k-1])) {
				return true
			}
			if len(c) > 3 && hasWord(l, string(c)) {
				return true
			}
		}
		return false
	}
}

func wordByte(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// hasWord reports w in s with no letter or digit beside it.
func hasWord(s, w string) bool {
	for i := 0; ; {
		k := strings.Index(s[i:], w)
		if k < 0 {
			return false
		}
		k += i
		end := k + len(w)
		if (k == 0 || !wordByte(s[k-1])) && (end == len(s) || !wordByte(s[end])) {
			return true
		}
		i = k + 1
	}
}

// addsUp looks at the scope as a statement on one page: the opening balance, and the booked entries, make the closing
// balance. It holds where a balance is absent or a number is too long.
func (p *predicateParser) addsUp() condition {
	bal, kind, amt, sign := p.refOf("Bal"), p.m.below(p.scope, "Bal/Tp/CdOrPrtry/Cd"), p.m.below(p.scope, "Bal/Amt"), p.m.below(p.scope, "Bal/CdtDbtInd")
	ntry, ntryAmt, ntrySign := p.refOf("Ntry"), p.m.below(p.scope, "Ntry/Amt"), p.m.below(p.scope, "Ntry/CdtDbtInd")
	return func(r *ruleRun) bool {
		var opening, closing, booked amount
		var opened, closed bool
		for n := bal.first(r); n >= 0; n = bal.next(r, n) {
			a, ok := signed(r.t, n, amt, sign)
			code := r.t.under(n, kind)
			if code < 0 || !ok {
				continue
			}
			switch string(r.t.text(code)) {
			case "OPBD":
				opening, opened = a, true
			case "CLBD":
				closing, closed = a, true
			}
		}
		if !opened || !closed {
			return true
		}
		for n := ntry.first(r); n >= 0; n = ntry.next(r, n) {
			a, ok := signed(r.t, n, ntryAmt, ntrySign)
			if !ok {
				return true
			}
			booked += a
		}
		return opening+booked == closing
	}
}

// signed is the amount below n, negative for a debit.
func signed(t *Tree, n int, amt, sign Elem) (amount, bool) {
	a, s := t.under(n, amt), t.under(n, sign)
	if a < 0 || s < 0 {
		return 0, false
	}
	v, ok := parseAmount(t.text(a))
	if string(t.text(s)) == "DBIT" {
		v = -v
	}
	return v, ok
}
