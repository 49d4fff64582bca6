package mt

import (
	"errors"
	"slices"
	"strings"

	corridor "corridor.example/corridor"
)

// ReadParticulars reads what orders, lists and reports ask of a message: amounts, institutions named inside, references.
// It judges nothing and never gives up: what is no FIN message has no particulars and an error, a field that does not
// keep its format is passed over. The result shares no memory with payload.
func ReadParticulars(payload []byte) (corridor.Particulars, error) {
	r := particularsReader{table: particularsOf(), text: string(payload)}
	route, fault := ReadRoute(payload)
	if fault != nil {
		return r.out, fault
	}
	r.out.UETR = corridor.UETR(route.UETR)
	if len(r.text) > 33 {
		r.number = typeNumber(r.text[29:])
	}
	r.out.Answer = answerTypes[r.number] || len(r.number) == 3 && slices.Contains(commonAnswerTypes, r.number[1:])
	r.sum = sums[r.number]
	err := r.block4()
	r.finish()
	return r.out, err
}

// typeNumber is the type in block 2, which begins b.
func typeNumber(b string) string {
	if len(b) > 7 && b[:3] == "{2:" {
		return b[4:7]
	}
	return ""
}

// answerTypes are the types that speak of an earlier message: advices, confirmations, statements, acknowledgements, refusals.
var answerTypes = setOfWords("111 112 400 410 412 416 420 422 450 455 456 508 509 535 536 537 538 544 545 546 547 548 567 576 578 586 730 732 734 736 742 744 750 752 754 756 768 769 775 785 786 787 900 910 940 941 942 950 970 971 972 986")

func setOfWords(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// commonAnswerTypes are those of every category: n90 and n91 charges, n92 cancellation, n95 query, n96 answer.
var commonAnswerTypes = []string{"90", "91", "92", "95", "96"}

// sums tells where a type that holds several transactions names their sum, which is no amount of its own: in a field of
// this tag, or in the second one behind a reference 21.
var sums = map[string]string{"102": "32A", "104": "second", "107": "second"}

// ownReferences are the types whose field 21 is the reference of one of their own transactions, of no other message.
var ownReferences = []string{"101", "102", "104", "107", "110"}

// valueDates are the qualifiers of 98a that are dates of value.
var valueDates = []string{"SETT", "VALU", "PAYD", "ESET"}

var (
	errNoText   = errors.New("the message has no text block in text form: nothing to read of it")
	errTextEnds = errors.New("the text block has no end: what stands before is read")
)

// particularsReader is where ReadParticulars stands.
type particularsReader struct {
	table   *particularsTable
	match   matcher
	text    string
	number  string // of the type
	sum     string
	since21 int  // amounts since the last 21
	settled bool // an amount with the qualifier SETT was read
	out     corridor.Particulars
}

// block4 gives each field of the text block to take.
func (r *particularsReader) block4() error {
	i := strings.Index(r.text, "{4:\r\n")
	if i < 0 {
		return errNoText
	}
	at, text := i+5, r.text
	for at < len(text) && text[at] == ':' {
		n := tagLength(text[at:])
		end := fieldEnd(text, at)
		if n > 0 {
			r.take(text[at+1:at+n-1], strings.TrimSuffix(text[at+n:end], "\r\n"))
		}
		at = end
	}
	if !strings.HasPrefix(text[at:], "-}") {
		return errTextEnds
	}
	r.out.Test = strings.Contains(text[at:], "{TNG:")
	return nil
}

// fieldEnd is where the next field or the end of the text begins.
func fieldEnd(s string, at int) int {
	for {
		i := strings.IndexByte(s[at:], '\n')
		if i < 0 {
			return len(s)
		}
		if at += i + 1; at == len(s) || s[at] == ':' || s[at] == '-' && strings.HasPrefix(s[at:], "-}") {
			return at
		}
	}
}

// take reads one field as the table says.
func (r *particularsReader) take(tag, value string) {
	num, option := int(tag[0]-'0')*10+int(tag[1]-'0'), 0
	if len(tag) == 3 {
		option = int(tag[2]-'A') + 1
	}
	what := &r.table[num][option]
	if what.reads == 0 {
		return
	}
	switch {
	case what.lastLine:
		r.agent(value[strings.LastIndexByte(value, '\n')+1:])
	case what.reads&readMatch != 0 && r.match.match(what.format, value):
		r.matched(num, tag, what)
	}
	switch {
	case what.reads&readReference != 0:
		r.reference(tag, value)
	case what.reads&readNarrative != 0:
		r.narrative(num, value)
	case what.reads&readName != 0:
		r.name(value)
	}
}

// matched takes money, banks and dates out of a field that keeps its format.
func (r *particularsReader) matched(num int, tag string, what *particularsField) {
	part := func(component int) string {
		if component < 0 || r.match.found[component].start < 0 {
			return ""
		}
		s := r.match.found[component]
		return r.match.value[s.start:s.end]
	}
	if what.reads&readAgent != 0 {
		r.agent(part(what.bic))
	}
	if what.reads&readAmount != 0 {
		r.amount(num, tag, part(what.qualifier), part(what.currency), part(what.amount))
	}
	if what.reads&readDate != 0 && (num != 98 || slices.Contains(valueDates, part(what.qualifier))) {
		r.date(part(what.date))
	}
	if what.reads&readCode != 0 {
		r.out.Purpose = r.match.value
	}
}

func (r *particularsReader) agent(bic string) {
	if b, err := corridor.ParseBIC(bic); err == nil {
		r.out.Agents = append(r.out.Agents, b)
	}
}

// amount is one of a transaction, or of another kind: an instructed amount, a sum, a balance.
func (r *particularsReader) amount(num int, tag, qualifier, currency, value string) {
	d, err := corridor.ParseDecimal(value)
	if err != nil || currency == "" {
		return
	}
	a := corridor.Amount{Currency: currency, Value: d}
	switch {
	case num == 19:
		r.settlement(a, qualifier == "SETT")
	case num == 32 && tag == r.sum, num == 32 && r.sum == "second" && r.since21 > 0:
		r.out.Other = append(r.out.Other, a)
	case num == 32, num == 33 && r.number == "300":
		r.since21++
		r.out.Amounts = append(r.out.Amounts, a)
	default:
		r.out.Other = append(r.out.Other, a)
	}
}

// settlement keeps the settlement amount of a securities message, or its first amount if it has none.
func (r *particularsReader) settlement(a corridor.Amount, settles bool) {
	switch {
	case settles && !r.settled && len(r.out.Amounts) > 0:
		r.out.Other = append(r.out.Other, r.out.Amounts...)
		r.out.Amounts = append(r.out.Amounts[:0], a)
	case settles || len(r.out.Amounts) == 0:
		r.out.Amounts = append(r.out.Amounts, a)
	default:
		r.out.Other = append(r.out.Other, a)
	}
	r.settled = r.settled || settles
}

// date keeps the latest value date, as YYYY-MM-DD.
func (r *particularsReader) date(v string) {
	switch len(v) {
	case 6:
		if !validDate6(v) {
			return
		}
		v = "20" + v
	case 8:
		if !validDate8(v) {
			return
		}
	default:
		return
	}
	if v = v[:4] + "-" + v[4:6] + "-" + v[6:]; v > r.out.ValueDate {
		r.out.ValueDate = v
	}
}

func (r *particularsReader) reference(tag, value string) {
	if tag == "20C" || tag == "20D" {
		if len(value) < 7 {
			return
		}
		if value[:5] == ":RELA" || value[:5] == ":PREV" {
			tag = "21"
		}
		value = value[strings.LastIndex(value[:7], "/")+1:]
	}
	if tag[:2] == "21" {
		r.since21 = 0
		if r.out.Related == "" && value != "NONREF" && !slices.Contains(ownReferences, r.number) {
			r.out.Related = value
		}
	}
	r.out.References = append(r.out.References, value)
}

// narrative keeps the lines of a text, and in 72 the banks behind /INS/ and the mark of a return.
func (r *particularsReader) narrative(num int, value string) {
	for value != "" {
		line, rest, _ := strings.Cut(value, "\r\n")
		value = rest
		if line == "" {
			continue
		}
		r.out.References = append(r.out.References, line)
		if num != 72 || line[0] != '/' {
			continue
		}
		code, text, _ := strings.Cut(line[1:], "/")
		switch code {
		case "INS", "INTA":
			bic, _, _ := strings.Cut(text, " ")
			r.agent(bic)
		case "RETN", "REJT":
			r.out.Answer = true
		}
	}
}

// name keeps the first line of a bank that is named without a BIC.
func (r *particularsReader) name(value string) {
	for value != "" {
		line, rest, _ := strings.Cut(value, "\r\n")
		if line != "" && line[0] != '/' {
			r.out.Names = append(r.out.Names, line)
			return
		}
		value = rest
	}
}

// finish brings the particulars into their one form.
func (r *particularsReader) finish() {
	slices.Sort(r.out.Agents)
	r.out.Agents = slices.Compact(r.out.Agents)
	if len(r.out.Amounts) == 0 && !r.out.Answer { // a balance moves nothing
		r.out.Amounts, r.out.Other = r.out.Other, nil
	}
}
