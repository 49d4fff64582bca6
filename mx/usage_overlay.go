package mx

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	corridor "corridor.example/corridor"
)

// The codes of a guideline's narrowings.
const (
	UsageRemoved   = "G01"
	UsageMandatory = "G02"
	UsageTooMany   = "G03"
	UsageCode      = "G04"
	UsageLength    = "G05"
	UsageSet       = "G06"
	UsageFixed     = "G07"

	UsageService = "UB005" // no guideline for this message and service
	UsageHeader  = "UB105" // another version of the header
)

// familyCBPR is how the business services of the CBPR+ guidelines begin.
const familyCBPR = "swift.cbprplus."

// usageCodeTexts says what each code of a narrowing means.
var usageCodeTexts = map[string]string{
	UsageRemoved:   "an element that the guideline takes away",
	UsageMandatory: "an element that the guideline makes mandatory is missing",
	UsageTooMany:   "an element more often than the guideline allows",
	UsageCode:      "a code that the guideline does not use",
	UsageLength:    "a text longer than the guideline allows",
	UsageSet:       "a character outside the guideline's set, or a text that does not fit its form",
	UsageFixed:     "not the value that the guideline fixes",

	UsageHeader:      "a version of the header that the guideline does not use",
	DataExternalCode: "a code that is not in its external code set",
}

// usageReport takes what usage rules find.
type usageReport interface {
	fault(t *Tree, n int, code, rule, text string)
	faultAttr(t *Tree, n int, code, rule, text string)
	missing(t *Tree, n int, e Elem, code, rule, text string)
	warn(t *Tree, n int, code, rule, text string)
}

// maxWarnings bounds the warnings of usage rules on one message: they stand in one list with the faults, and must not
// crowd these out.
const maxWarnings = 8

// fewWarnings passes on the first warnings.
type fewWarnings struct {
	usageReport
	left int
}

func (r *fewWarnings) warn(t *Tree, n int, code, rule, text string) {
	if r.left--; r.left >= 0 {
		r.usageReport.warn(t, n, code, rule, text)
	}
}

// overlay is a guideline laid over a model: for each path what is narrower than the schema, and the rules that are
// judged where an element of that path stands.
type overlay struct {
	name  string    // "cbpr-2025 pacs.009.001.08 cov"
	from  time.Time // the period of the release, for codes that come and go
	until time.Time
	parts [partCount][]overlaid
	must  map[Elem][]Elem // by parent: children that became mandatory
	rules [][]*compiledRule

	whole func(t *Tree, r usageReport) // what is wrong with header or message as a whole, nil if nothing
}

// overlaid is what an overlay has at one path.
type overlaid struct {
	n     *narrowing // nil: nothing
	list  *CodeSet   // the external code set
	set   textSet
	must  bool
	rules uint16 // 1 + index in overlay.rules
}

// overlayOf lays a guideline over a model, once for each model.
func overlayOf(m *model, p Profile, variant string) *overlay {
	t := usageTables()[p]
	if t == nil {
		return nil
	}
	name := string(p) + " " + string(m.message()) + " " + variant
	return m.keep(name, func() any { return newOverlay(m, t, name, variant) }).(*overlay)
}

// newOverlay fills an overlay from a profile's tables.
func newOverlay(m *model, t *profileTable, name, variant string) *overlay {
	o := &overlay{name: name, must: map[Elem][]Elem{}, from: t.from, until: nextRelease(t)}
	if o.whole = wrongAsWhole(m, t); o.whole != nil {
		return o
	}
	f := overlayFiller{o: o, m: m}
	if s := m.parts[partHeader]; s != nil {
		f.sets = t.tables.textSets("head.001")
		f.part(partHeader, t.tables.headerTree(s.message, m.message()))
	}
	if s := m.parts[partDocument]; s != nil {
		f.sets = t.tables.textSets(s.message)
		f.part(partDocument, t.tables.tree(s.message, variant))
	}
	attachRules(o, m, t.rulesOf(m.message(), variant), t.servicesOf(m.message(), variant))
	return o
}

// wrongAsWhole finds what makes every other check of a guideline pointless: a message, or a header, that it is not for.
func wrongAsWhole(m *model, t *profileTable) func(*Tree, usageReport) {
	h := m.parts[partHeader]
	if h == nil {
		return nil
	}
	if m.parts[partDocument] == nil { // no document, or one without a schema here, which is refused already
		return func(*Tree, usageReport) {}
	}
	head := elemOf(partHeader, 0)
	if service := m.below(head, "BizSvc"); !t.covers(m.message()) {
		text := "no guideline of " + string(t.name) + " is for " + string(m.message()) + ": use the version of " + t.versions(m.message())
		return func(t *Tree, r usageReport) {
			if n := t.first(service); n >= 0 && strings.HasPrefix(string(t.text(n)), familyCBPR) {
				r.fault(t, n, UsageService, "CBPR_Business_Service_Usage_TextualRule", text)
			}
		}
	}
	if t.tables.headerTree(h.message, m.message()) == nil {
		text := "the guidelines of " + string(t.name) + " need the header head.001.001.02, not " + string(h.message)
		return func(t *Tree, r usageReport) { r.fault(t, t.first(head), UsageHeader, "Header_Version", text) }
	}
	return nil
}

// versions lists the versions of a message that the profile has guidelines for, or all its messages if it has none.
func (t *profileTable) versions(m corridor.MessageType) string {
	var same, all []string
	for _, s := range t.services {
		if len(m) > 8 && strings.HasPrefix(string(s.message), string(m[:8])) && !contains(same, string(s.message)) {
			same = append(same, string(s.message))
		}
		if !contains(all, string(s.message)) {
			all = append(all, string(s.message))
		}
	}
	if same == nil {
		same = all
	}
	return strings.Join(same, ", ")
}

// nextRelease is the moment at which the next profile begins to count, zero for the newest.
func nextRelease(t *profileTable) time.Time {
	all := usageTables()
	for i, p := range usageProfiles[:len(usageProfiles)-1] {
		if p == t.name {
			return all[usageProfiles[i+1]].from
		}
	}
	return time.Time{}
}

// headerTree is the narrowing of a header; a message may have one of its own.
func (t *narrowTables) headerTree(header, m corridor.MessageType) *narrowing {
	if len(m) > 8 {
		if n := t.tree(header, string(m[:8])); n != nil {
			return n
		}
	}
	return t.tree(header, "core")
}

// overlayFiller walks a schema and its narrowing together.
type overlayFiller struct {
	o    *overlay
	m    *model
	sets map[string]textSet
	s    *schema
	at   int // part
}

func (f *overlayFiller) part(part int, root *narrowing) {
	f.at, f.s = part, f.m.parts[part]
	f.o.parts[part] = make([]overlaid, len(f.s.elems))
	if root != nil {
		f.fill(0, root, false)
	}
}

func (f *overlayFiller) fill(i int, n *narrowing, free bool) {
	e, here := &f.s.elems[i], &f.o.parts[f.at][i]
	if n != nil {
		here.n, here.set, free = n, n.set, free || n.free
		if n.removed {
			return
		}
	}
	if e.content == contentText && here.set == setUnchanged && !free && freeText(e.text) {
		here.set = f.setByName(e)
	}
	if e.text != nil && e.text.base == baseDate && here.set == setUnchanged {
		here.set = setDate
	}
	if e.text != nil && strings.HasPrefix(e.text.name, "External") && (n == nil || n.codes == nil) {
		here.list = CodeSetOf(e.text.name)
	}
	for c := int(e.first); c < int(e.first+e.n); c++ {
		var below *narrowing
		if n != nil {
			below = n.children[f.s.elems[c].name]
		}
		if below != nil && below.mandatory {
			here.must = true
			at := elemOf(f.at, i)
			f.o.must[at] = append(f.o.must[at], elemOf(f.at, c))
		}
		f.fill(c, below, free)
	}
}

// freeText reports a text without a pattern or codes of its own.
func freeText(x *textType) bool {
	return x != nil && x.base == baseString && x.pattern == nil && x.codes == nil && !strings.HasPrefix(x.name, "External")
}

// setByName is the set that text.txt gives to an element.
func (f *overlayFiller) setByName(e *elem) textSet {
	if f.sets == nil {
		return setUnchanged
	}
	if e.parent >= 0 {
		if s := f.sets[f.s.elems[e.parent].name+"/"+e.name]; s != setUnchanged {
			return s
		}
	}
	if s := f.sets[e.name]; s != setUnchanged {
		return s
	}
	return setX
}

// check judges the nodes [from, to) of a message. Where an element is removed, what stands below is not judged.
func (o *overlay) check(t *Tree, from, to int, report usageReport) {
	r := &fewWarnings{report, maxWarnings}
	if o.whole != nil {
		o.whole(t, r)
		return
	}
	run := ruleRun{t: t}
	for n := from; n < to; n++ {
		x := &t.nodes[n]
		if x.elem < 0 {
			continue
		}
		part, i := x.elem.split()
		if i >= len(o.parts[part]) {
			continue
		}
		here := &o.parts[part][i]
		if here.n != nil && !o.narrow(t, n, here, r) {
			n = int(x.end) - 1
			continue
		}
		if here.set != setUnchanged {
			o.text(t, n, here.set, r)
		}
		if here.list != nil && !here.list.Open {
			o.external(t, n, here.list, r)
		}
		if here.must {
			o.missing(t, n, r)
		}
		if here.rules != 0 {
			for _, c := range o.rules[here.rules-1] {
				run.at = n
				c.check(&run, r)
			}
		}
	}
}

// narrow judges one element by its own narrowing; false means that it should not be there.
func (o *overlay) narrow(t *Tree, n int, here *overlaid, r usageReport) bool {
	w, x := here.n, &t.nodes[n]
	if w.removed {
		r.fault(t, n, UsageRemoved, o.name, "the guideline takes "+t.name(n)+" away here; leave it out")
		return false
	}
	if w.max > 0 && x.nth > w.max {
		r.fault(t, n, UsageTooMany, o.name, "at most "+strconv.Itoa(int(w.max))+" of "+t.name(n)+" here")
	}
	if w.maxLength > 0 || w.codes != nil {
		o.value(t, n, w, r)
	}
	return true
}

// value judges an element's text by length and codes. What the schema refuses already is not refused again.
func (o *overlay) value(t *Tree, n int, w *narrowing, r usageReport) {
	v, x := t.text(n), t.model.at(t.nodes[n].elem).text
	if w.maxLength > 0 && len(v) > int(w.maxLength) {
		if k := utf8.RuneCount(v); k > int(w.maxLength) && (x == nil || x.max < 0 || k <= x.max) {
			r.fault(t, n, UsageLength, o.name, strconv.Itoa(k)+" characters; at most "+strconv.Itoa(int(w.maxLength))+" here")
		}
	}
	if w.codes == nil || x != nil && x.codes != nil && !x.hasCode(v) {
		return
	}
	for _, c := range w.codes {
		if c == string(v) {
			return
		}
	}
	code, text := UsageCode, quoted(v)+" is not one of "+strings.Join(w.codes, ", ")
	if w.fixed {
		code, text = UsageFixed, quoted(v)+" stands where only "+w.codes[0]+" may"
	}
	r.fault(t, n, code, o.name, text)
}

// text judges an element's characters.
func (o *overlay) text(t *Tree, n int, set textSet, r usageReport) {
	v := t.text(n)
	i := set.firstBad(v)
	if i < 0 {
		return
	}
	if x := t.model.at(t.nodes[n].elem).text; x != nil {
		if code, _ := x.check(v); code != "" {
			return // the schema refuses it already
		}
	}
	text := quoted(v) + ": " + textSetTexts[set]
	if set != setOffset && set != setService && set != setDate && i < len(v) {
		c, _ := utf8.DecodeRune(v[i:])
		text = "character " + strconv.Itoa(utf8.RuneCount(v[:i])+1) + " of " + quoted(v) + " is " + strconv.QuoteRune(c) + "; " + textSetTexts[set]
	}
	r.fault(t, n, UsageSet, o.name, text)
}

// external judges a code by its external code set.
func (o *overlay) external(t *Tree, n int, list *CodeSet, r usageReport) {
	v := t.text(n)
	if list.counts(v, o.from, o.until) || len(v) == 0 {
		return
	}
	text := quoted(v) + " is not in the external code set " + list.Types[0] + " as of " + list.AsOf
	if list.Closed {
		r.fault(t, n, DataExternalCode, o.name, text)
		return
	}
	r.warn(t, n, DataExternalCode, o.name, text)
}

// missing reports the children that the guideline makes mandatory and that are not there.
func (o *overlay) missing(t *Tree, n int, r usageReport) {
	for _, e := range o.must[t.nodes[n].elem] {
		if !t.has(n, e) {
			r.missing(t, n, e, UsageMandatory, o.name, "the guideline makes "+t.model.name(e)+" mandatory here")
		}
	}
}
