package mt

import (
	"fmt"
	"strings"
)

// ref names fields: a number, the options that count, perhaps qualifiers and the sequence they stand in.
type ref struct {
	num     uint16
	options uint32 // bit 0: no letter, bit 1: A, bit 2: B …
	quals   []string
	seq     int16 // the sequence the field stands in directly, or -1 for any
	local   bool  // only inside the occurrence in question
	inner   bool  // written inside every() or its like
	name    string
}

// find is the first field of the run's occurrence that r names, or -1.
func (r *ref) find(run *ruleRun) int32 {
	head := run.v.head[r.num] - 1
	if head < 0 {
		return -1
	}
	if r.everywhere(run) {
		return r.chain(run, head)
	}
	return r.scan(run, max(head, run.from))
}

func (r *ref) next(run *ruleRun, i int32) int32 {
	if r.everywhere(run) {
		return r.chain(run, run.v.next[i]-1)
	}
	return r.scan(run, i+1)
}

func (r *ref) everywhere(run *ruleRun) bool {
	return !r.local || run.from == 0 && int(run.to) == len(run.v.fields)
}

func (r *ref) chain(run *ruleRun, i int32) int32 {
	for i >= 0 && !r.matches(run.v, &run.v.fields[i]) {
		i = run.v.next[i] - 1
	}
	return i
}

func (r *ref) scan(run *ruleRun, i int32) int32 {
	for ; i < run.to; i++ {
		if f := &run.v.fields[i]; f.num == r.num && r.matches(run.v, f) {
			return i
		}
	}
	return -1
}

// matches looks at everything but the number.
func (r *ref) matches(v *ruleView, f *Field) bool {
	bit := uint32(1)
	if f.option != 0 {
		bit <<= f.option - 'A' + 1
	}
	if r.options&bit == 0 || r.seq >= 0 && r.seq != v.sequence(f) {
		return false
	}
	if r.quals == nil {
		return true
	}
	q := f.Qualifier()
	for _, want := range r.quals {
		if q == want {
			return true
		}
	}
	return false
}

func (r *ref) count(run *ruleRun) int {
	n := 0
	for i := r.find(run); i >= 0; i = r.next(run, i) {
		n++
	}
	return n
}

// parseTag reads "33B", "20", "52a" and "50[AK-]" into a number and its options.
func (r *ref) parseTag(s string) error {
	n := 0
	for n < len(s) && digit(s[n]) {
		r.num = r.num*10 + uint16(s[n]-'0')
		n++
	}
	r.name = s
	letters := s[n:]
	switch {
	case n != 2:
		return fmt.Errorf("field %q: a tag is two digits and its options", s)
	case letters == "":
		r.options = 1
	case letters == "a":
		r.options = 1<<27 - 1
	case len(letters) == 1 && capital(letters[0]):
		r.options = 1 << (letters[0] - 'A' + 1)
	case letters[0] == '[' && letters[len(letters)-1] == ']':
		r.name = s[:n] + "a"
		return r.parseOptions(letters[1 : len(letters)-1])
	default:
		return fmt.Errorf("field %q: after the number stand nothing, one capital, a for any, or options as [AK]", s)
	}
	return nil
}

func (r *ref) parseOptions(s string) error {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '-':
			r.options |= 1
		case capital(c):
			r.options |= 1 << (c - 'A' + 1)
		default:
			return fmt.Errorf("options [%s]: %q is neither a capital nor '-'", s, c)
		}
	}
	return nil
}

// parseRef reads "E/E1/95a::DEAG|REAG"; the part before the last slash is the path of a sequence.
func parseRef(s, scope string, seqs sequenceIDs) (ref, error) {
	r := ref{seq: -1, local: true}
	s, quals, generic := strings.Cut(s, "::")
	if generic {
		r.quals = strings.Split(quals, "|")
	}
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		id, ok := seqs(s[:i])
		if !ok {
			return r, fmt.Errorf("sequence %q is not in the type's structure", s[:i])
		}
		r.seq, r.local = id, within(s[:i], scope)
		s = s[i+1:]
	}
	return r, r.parseTag(s)
}

// sequenceIDs gives the number of a sequence by its path in one type.
type sequenceIDs func(path string) (int16, bool)

// within reports that sequence path is scope or lies below it. The message's own scope is "".
func within(path, scope string) bool {
	return scope == "" || path == scope || strings.HasPrefix(path, scope+"/")
}
