package mx

import (
	"bytes"
	"slices"
	"strings"

	corridor "corridor.example/corridor"
)

// ReadParticulars reads what orders, lists and reports ask of a message: amounts, institutions named inside, references.
// It goes by the names of elements, which mean the same in every ISO 20022 message, and judges nothing: what is not
// well-formed gives an error and what stands before it. The result shares no memory with payload.
func ReadParticulars(payload []byte) (corridor.Particulars, error) {
	r := particularsReader{}
	r.s.reset(payload)
	fault := r.read()
	r.finish()
	if fault != nil {
		return r.out, routeFault(fault.code, fault.at, payload, fault.text)
	}
	return r.out, nil
}

// particularsReader is where ReadParticulars stands. Each open element has what its name says, and what it has from those
// around it.
type particularsReader struct {
	s     scanner
	out   corridor.Particulars
	depth int
	open  [MaxDepth + 1]openElement
	text  []byte // of the innermost element, if it is read
	kept  bool   // text is to be read

	kind       string // pacs.008, from the document's namespace or the header
	bank       openBank
	settled    []corridor.Amount
	instructed []corridor.Amount
	related    int // rank of the related reference that was read
}

// openElement is one that is not closed yet.
type openElement struct {
	says     meaning
	around   context
	currency string
}

// openBank is the FinInstnId that is open.
type openBank struct {
	hasBIC bool
	name   string
}

func (r *particularsReader) read() *xmlFault {
	for {
		if !r.s.next() {
			return r.s.fault
		}
		switch r.s.kind {
		case tokenEnd:
			return nil
		case tokenStart:
			if r.depth == MaxDepth {
				return &xmlFault{XMLLimit, r.s.at, "elements deeper than 64"}
			}
			r.start()
		case tokenText:
			if r.kept {
				r.addText()
			}
		case tokenCData:
			if r.kept {
				r.text = decodeCData(r.text, r.s.text)
			}
		case tokenClose:
			if r.depth > 0 {
				r.close()
			}
		}
	}
}

func (r *particularsReader) addText() {
	if !r.s.coded {
		r.text = append(r.text, r.s.text...)
	} else if decoded, bad := decodeText(r.text, r.s.text, false); bad < 0 {
		r.text = decoded
	}
}

// start opens an element.
func (r *particularsReader) start() {
	name := localName(r.s.name)
	says := meanings[string(name)]
	parent := &r.open[r.depth]
	e := openElement{says: says, around: parent.around | says.opens}
	if len(r.s.attrs) > 0 {
		if says.is == isDocument {
			r.document()
		} else {
			e.currency = amountCurrency(r.s.attrs)
		}
	}
	if says.is == isBank {
		r.bank = openBank{}
	}
	if r.s.empty {
		return
	}
	r.depth++
	r.open[r.depth] = e
	r.kept = says.is != isNothing || e.currency != ""
	r.text = r.text[:0]
}

// document reads the kind of message from the namespace.
func (r *particularsReader) document() {
	for _, a := range r.s.attrs {
		if t, ok := strings.CutPrefix(string(a.value), isoNamespace); ok {
			r.kind = kindOfMessage(t)
		}
	}
}

// kindOfMessage is pacs.008 of pacs.008.001.08.
func kindOfMessage(t string) string {
	if len(t) > 8 && t[8] == '.' {
		return t[:8]
	}
	return t
}

func amountCurrency(attrs []rawAttr) string {
	for _, a := range attrs {
		if string(a.name) == "Ccy" && len(a.value) == 3 {
			return string(a.value)
		}
	}
	return ""
}

// close ends an element: its text counts.
func (r *particularsReader) close() {
	e := &r.open[r.depth]
	r.depth--
	if r.kept {
		if text := bytes.TrimSpace(r.text); len(text) > 0 {
			r.value(e, r.open[r.depth].says, text)
		}
	}
	r.kept = false
	if e.says.is == isBank && !r.bank.hasBIC && r.bank.name != "" && e.around&inDocument != 0 {
		r.out.Names = append(r.out.Names, r.bank.name)
	}
}

// value takes the text of an element.
func (r *particularsReader) value(e *openElement, parent meaning, text []byte) {
	if e.around&inDocument == 0 {
		if e.says.is == isMessageName && r.kind == "" {
			r.kind = kindOfMessage(string(text))
		}
		return
	}
	if e.currency != "" {
		r.amount(e, parent, text)
		return
	}
	switch e.says.is {
	case isBIC:
		r.agent(string(text))
	case isName:
		if parent.is == isBank {
			r.bank.name = string(text)
		}
	case isCode:
		r.code(e, parent, string(text))
	case isReference:
		r.out.References = append(r.out.References, string(text))
		if e.says.rank == 0 && e.around&inOriginal != 0 {
			r.relatedTo(string(text), 1)
		}
		r.relatedTo(string(text), e.says.rank)
	case isInformation:
		if e.around&(inReporting|inRemittance) != 0 {
			r.out.References = append(r.out.References, string(text))
		}
	case isUETR:
		if u := corridor.UETR(text); r.out.UETR == "" && corridor.ValidUETR(string(u)) {
			r.out.UETR = u
		}
	case isDate:
		r.date(e, string(text))
	case isDatePart:
		if parent.is == isDate {
			r.date(e, string(text))
		}
	}
}

func (r *particularsReader) agent(s string) {
	if b, err := corridor.ParseBIC(s); err == nil {
		r.out.Agents = append(r.out.Agents, b)
		r.bank.hasBIC = true
	}
}

// code is a purpose, or a code of regulatory reporting.
func (r *particularsReader) code(e *openElement, parent meaning, text string) {
	switch {
	case parent.is == isPurpose && r.out.Purpose == "":
		r.out.Purpose = text
	case e.around&inReporting != 0:
		r.out.References = append(r.out.References, text)
	}
}

// relatedTo keeps the reference of the lowest rank: that of the message before that of its transaction.
func (r *particularsReader) relatedTo(text string, rank int) {
	if rank > 0 && (r.related == 0 || rank < r.related) {
		r.out.Related, r.related = text, rank
	}
}

// date keeps the latest value date.
func (r *particularsReader) date(e *openElement, text string) {
	if len(text) < 10 || e.around&inOriginal != 0 {
		return
	}
	if text = text[:10]; text[4] == '-' && text[7] == '-' && text > r.out.ValueDate {
		r.out.ValueDate = text
	}
}

// amount is one of a transaction, or of another kind.
func (r *particularsReader) amount(e *openElement, parent meaning, text []byte) {
	d, err := corridor.ParseDecimal(string(text))
	if err != nil {
		return
	}
	a := corridor.Amount{Currency: e.currency, Value: d}
	switch is := e.says.is; {
	case e.around&inMinor != 0:
	case e.around&(inOriginal|inUnderlying) != 0:
		r.out.Other = append(r.out.Other, a)
	case is == isSettlement, is == isAmount && parent.holds:
		r.settled = append(r.settled, a)
	case is == isInstructed, is == isAmount && parent.is == isEquivalent:
		r.instructed = append(r.instructed, a)
	default:
		r.out.Other = append(r.out.Other, a)
	}
}

// finish brings the particulars into their one form. A transaction's amount is what is settled; before that is known, what
// is instructed.
func (r *particularsReader) finish() {
	p := &r.out
	p.Answer = answerMessages[r.kind]
	switch {
	case len(r.settled) > 0:
		p.Amounts, p.Other = r.settled, append(p.Other, r.instructed...)
	case len(r.instructed) > 0:
		p.Amounts = r.instructed
	case !p.Answer:
		p.Amounts, p.Other = p.Other, nil
	}
	slices.Sort(p.Agents)
	p.Agents = slices.Compact(p.Agents)
	if !p.Answer {
		p.Related = ""
	}
}
