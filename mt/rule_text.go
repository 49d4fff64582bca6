package mt

import "strings"

// texts: flag, prev, next, country, sub, part, isiban, lines, has, starts, shape.
func (p *predicateParser) texts(name string) (operand, bool) {
	switch name {
	case "flag":
		return operand{s: func(r *ruleRun) string { return r.v.flag }}, true
	case "prev":
		return p.neighbour(-1), true
	case "next":
		return p.neighbour(1), true
	case "country", "sub", "part":
		return p.partOfText(name), true
	case "isiban", "lines", "has", "starts", "shape":
		return p.testOfText(name), true
	}
	return operand{}, false
}

// argument reads a text and what it depends on.
func (p *predicateParser) argument() operand {
	arg := p.primary()
	if arg.s == nil {
		p.fail("expected a text")
		arg.s = func(*ruleRun) string { return "" }
	}
	return arg
}

func (p *predicateParser) partOfText(name string) operand {
	arg := p.argument()
	whole := arg.s
	cut := countryOf
	if name != "country" {
		p.expect(",")
		n := p.natural()
		cut = func(s string) string { return partOf(s, n) }
		if name == "sub" {
			p.expect(",")
			length := p.natural()
			cut = func(s string) string { return substring(s, n, length) }
		}
	}
	return operand{s: func(r *ruleRun) string { return cut(whole(r)) }, of: arg.of}
}

// substring is n characters from a place counted from 1, as many as there are.
func substring(s string, from, n int) string {
	start := min(max(from-1, 0), len(s))
	return s[start:min(start+n, len(s))]
}

func (p *predicateParser) testOfText(name string) operand {
	arg := p.argument()
	whole := arg.s
	switch name {
	case "isiban":
		iban := p.iban
		return operand{b: &clause{holds: func(r *ruleRun) bool { return iban(whole(r)) }}}
	case "lines":
		start := ""
		if p.accept(",") {
			start = p.literal(name)
		}
		return counted(func(r *ruleRun) int { return linesOf(whole(r), start) })
	}
	p.expect(",")
	want := p.literal(name)
	test := shaped
	switch name {
	case "has":
		test = strings.Contains
	case "starts":
		test = strings.HasPrefix
	}
	c := clause{holds: func(r *ruleRun) bool { return test(whole(r), want) }}
	if want != "" {
		c.no = arg.of
	}
	return operand{b: &c}
}

// literal reads a text in quotes.
func (p *predicateParser) literal(name string) string {
	if !p.accept(`"`) {
		p.fail("%s needs a text in double quotes", name)
	}
	return p.quoted()
}

// neighbour is the number of the field one step away, without option, or nothing beyond the ends of the occurrence.
func (p *predicateParser) neighbour(step int32) operand {
	one, _ := p.field()
	return operand{s: func(r *ruleRun) string {
		i := one(r) + step
		if i < r.from || i >= r.to {
			return ""
		}
		n := r.v.fields[i].num % 100
		return tagNumbers[2*n : 2*n+2]
	}}
}

const tagNumbers = "00010203040506070809" + "10111213141516171819" + "20212223242526272829" + "30313233343536373839" + "40414243444546474849" +
	"50515253545556575859" + "60616263646566676869" + "70717273747576777879" + "80818283848586878889" + "90919293949596979899"
