package mt

import (
	"slices"
	"strings"

	corridor "corridor.example/corridor"
)

// Rule is one network validated rule of a message type as the tables state it: what must hold, and the code of
// the fault when it does not. Its language is described in docs/mt-rules.md.
type Rule struct {
	Type  string `json:"type"`            // "103", "103.STP"
	Name  string `json:"name"`            // "C3" as in the standard's list, "F23E" for a check inside one field
	Code  string `json:"code"`            // the fault's code
	Scope string `json:"scope,omitempty"` // the sequence whose every occurrence must keep the rule; empty: the message
	Holds string `json:"holds"`           // the predicate
	Text  string `json:"text"`            // the predicate in words
	Good  string `json:"good,omitempty"`  // an edit of the type's example that keeps the rule
	Bad   string `json:"bad,omitempty"`   // and one that breaks it
}

// Title names the rule as a fault does: "MT103 STP C3", "MT103 field 23E".
func (r *Rule) Title() string {
	name := r.Name
	if field, ok := strings.CutPrefix(name, "F"); ok {
		name = "field " + field
	}
	return "MT" + strings.ReplaceAll(r.Type, ".", " ") + " " + name
}

// ruleView is a message as its rules see it: the fields of block 4 in their order, the occurrences of its
// sequences, and what the headers say. Its owner fills it, calls index, and may use it again.
type ruleView struct {
	fields   []Field
	seqs     []Sequence
	sender   string // address of the sender, at least a BIC8
	receiver string
	flag     string // field 119 of the user header
	copied   int    // fields after those of the type itself: the copies in n92, n95, n96

	has  tagSet     // the numbers of the fields
	head [100]int32 // by tag number: 1 + its first field
	next []int32    // by field: 1 + the next field with the same number
	run  ruleRun
}

// index chains the fields of one number, so that a rule on an absent field costs one look.
func (v *ruleView) index() {
	v.has, v.head = tagSet{}, [100]int32{}
	v.next = slices.Grow(v.next[:0], len(v.fields))[:len(v.fields)]
	for i := len(v.fields) - 1; i >= 0; i-- {
		if n := v.fields[i].num; n < 100 {
			v.next[i] = v.head[n]
			v.head[n] = int32(i) + 1
			v.has[n/64] |= 1 << (n % 64)
		}
	}
}

// sequence is the number of the sequence that a field stands in directly, -1 for the message itself.
func (v *ruleView) sequence(f *Field) int16 {
	if f.seq < 0 {
		return -1
	}
	return v.seqs[f.seq].id
}

// ruleRun is the state of one evaluation.
type ruleRun struct {
	v        *ruleView
	from, to int32 // the fields of the occurrence in question
	it       int32 // the field that $ stands for
	at       int32 // the field that a quantifier found to decide, or -1
	in, out  int32 // the fields of the occurrence that failed inside every()
}

// compiledRule is a rule ready to run.
type compiledRule struct {
	*Rule
	title string
	scope int16 // -1: the message
	clause
	named []ref // the fields it names, in order
}

// faultSink takes the faults of a check.
type faultSink interface{ add(corridor.Fault) }

// check adds a fault for each occurrence of the rule's sequence that breaks it.
func (r *compiledRule) check(v *ruleView, to faultSink) {
	if r.scope < 0 {
		r.checkIn(v, 0, int32(len(v.fields)), to)
		return
	}
	for i := range v.seqs {
		if s := &v.seqs[i]; s.id == r.scope {
			r.checkIn(v, int32(s.First), int32(s.End), to)
		}
	}
}

func (r *compiledRule) checkIn(v *ruleView, from, end int32, to faultSink) {
	run := &v.run
	*run = ruleRun{v: v, from: from, to: end, it: -1, at: -1, in: -1}
	if r.holds(run) {
		return
	}
	to.add(r.fault(run))
}

// fault names the field that a quantifier picked out, else the first field the rule names that is there; a
// missing field is reported at the first line of its occurrence.
func (r *compiledRule) fault(run *ruleRun) corridor.Fault {
	f := corridor.Fault{Code: r.Code, Rule: r.title, Text: r.Text, Whose: corridor.Sender}
	at := run.at
	for i := 0; at < 0 && i < len(r.named); i++ {
		at = run.blame(&r.named[i])
	}
	if at >= 0 {
		f.Field, f.Line, f.Occurrence = run.v.fields[at].Tag, run.v.fields[at].Line, run.v.occurrence(at)
		return f
	}
	if len(r.named) > 0 {
		f.Field = r.named[0].name
	}
	if run.from < int32(len(run.v.fields)) {
		f.Line = run.v.fields[run.from].Line
	}
	return f
}

// blame finds a named field where it decided: a ref inside every() in the occurrence that failed.
func (run *ruleRun) blame(f *ref) int32 {
	if !f.inner || run.in < 0 {
		return f.find(run)
	}
	outer := *run
	run.from, run.to = run.in, run.out
	i := f.find(run)
	*run = outer
	return i
}

// occurrence counts the fields of the same tag up to field i, from 1.
func (v *ruleView) occurrence(i int32) int {
	n := 0
	for j := range v.fields[:i+1] {
		if f := &v.fields[j]; f.Tag == v.fields[i].Tag {
			n++
		}
	}
	return n
}
