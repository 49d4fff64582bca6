package mt

import (
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

// Title names the rule as a fault does: "MT103 STP C3".
func (r *Rule) Title() string {
	return "MT" + strings.ReplaceAll(r.Type, ".", " ") + " " + r.Name
}

// ruleView is a message as its rules see it: the fields of block 4 in their order, the occurrences of its
// sequences, and what the headers say. Its owner fills it, calls index, and may use it again.
type ruleView struct {
	fields   []ruleField
	seqs     []ruleSeq
	sender   string // address of the sender, at least a BIC8
	receiver string
	flag     string // field 119 of the user header
	copied   int    // fields after those of the type itself: the copies in n92, n95, n96

	head [100]int32 // by tag number: 1 + its first field
	run  ruleRun
}

// ruleField is one field: its tag, its value without tag and without the last CRLF.
type ruleField struct {
	value string
	num   uint16 // 32 of 32A
	opt   byte   // 'A' of 32A, 0 if none
	seq   int16  // the sequence that the field stands in directly, as the type's table numbers them
	line  int32  // of block 4, from 1
	next  int32  // 1 + the next field with the same number
}

// ruleSeq is one occurrence of a sequence: the fields [first, end), those of its subsequences included.
type ruleSeq struct {
	id         int16
	first, end int32
}

// index chains the fields of one number, so that a rule on an absent field costs one look.
func (v *ruleView) index() {
	v.head = [100]int32{}
	for i := len(v.fields) - 1; i >= 0; i-- {
		f := &v.fields[i]
		if f.num < 100 {
			f.next = v.head[f.num]
			v.head[f.num] = int32(i) + 1
		}
	}
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
	holds cond
	named []ref // the fields it names, in order
}

// checkRules adds a fault for each rule that the message breaks, in the order of the tables. A message longer
// than maxRuleFields has been refused for its length before and is not looked at.
func checkRules(rules []compiledRule, v *ruleView, add func(corridor.Fault)) {
	if len(v.fields) > maxRuleFields || len(v.fields) == 0 {
		return
	}
	for i := range rules {
		rules[i].check(v, add)
	}
}

func (r *compiledRule) check(v *ruleView, add func(corridor.Fault)) {
	if r.scope < 0 {
		r.checkIn(v, 0, int32(len(v.fields)), add)
		return
	}
	for i := range v.seqs {
		if s := &v.seqs[i]; s.id == r.scope {
			r.checkIn(v, s.first, s.end, add)
		}
	}
}

func (r *compiledRule) checkIn(v *ruleView, from, to int32, add func(corridor.Fault)) {
	run := &v.run
	*run = ruleRun{v: v, from: from, to: to, it: -1, at: -1, in: -1}
	if r.holds(run) {
		return
	}
	add(r.fault(run))
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
		f.Field, f.Line, f.Occurrence = run.v.tag(at), int(run.v.fields[at].line), run.v.occurrence(at)
		return f
	}
	if len(r.named) > 0 {
		f.Field = r.named[0].name
	}
	if run.from < int32(len(run.v.fields)) {
		f.Line = int(run.v.fields[run.from].line)
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

func (v *ruleView) tag(i int32) string {
	f := &v.fields[i]
	return tagName(f.num, f.opt)
}

// occurrence counts the fields of the same tag up to field i, from 1.
func (v *ruleView) occurrence(i int32) int {
	n := 0
	for j := range v.fields[:i+1] {
		if f := &v.fields[j]; f.num == v.fields[i].num && f.opt == v.fields[i].opt {
			n++
		}
	}
	return n
}

func tagName(num uint16, opt byte) string {
	b := []byte{byte('0' + num/10%10), byte('0' + num%10)}
	if num > 99 {
		b = append([]byte{byte('0' + num/100%10)}, b...)
	}
	if opt != 0 {
		b = append(b, opt)
	}
	return string(b)
}
