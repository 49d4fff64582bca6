package mx

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// pattern matches whole values against a regular expression of XML Schema. The usual ones are compiled to a table of
// states over bytes; what is larger or looks at characters outside ASCII goes to package regexp. Both are linear.
type pattern struct {
	source string
	next   []uint16 // state*classes + class → state, 0 is dead, 1 is the start
	final  []bool
	class  [129]uint8 // of an ASCII byte; 128 stands for every other character
	width  int
	slow   *regexp.Regexp
}

// compilePattern compiles a pattern facet. It is anchored at both ends, as XML Schema says.
func compilePattern(source string) (*pattern, error) {
	translated, err := goPattern(source)
	if err != nil {
		return nil, err
	}
	anchored := `\A(?:` + translated + `)\z`
	slow, err := regexp.Compile(anchored)
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", source, err)
	}
	p := &pattern{source: source}
	if tree, err := syntax.Parse(translated, syntax.Perl); err == nil && p.tabulate(tree.Simplify()) {
		return p, nil
	}
	*p = pattern{source: source, slow: slow}
	return p, nil
}

// match reports whether v as a whole fits.
func (p *pattern) match(v []byte) bool {
	if p.slow != nil {
		return p.slow.Match(v)
	}
	state := 1
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c >= utf8.RuneSelf {
			for i+1 < len(v) && !utf8.RuneStart(v[i+1]) {
				i++
			}
			c = 128
		}
		if state = int(p.next[state*p.width+int(p.class[c])]); state == 0 {
			return false
		}
	}
	return p.final[state]
}

// firstBad is the index of the first byte at which no value of the pattern can go on, or len(v) if the value only
// ends too early; -1 if it fits or cannot be told.
func (p *pattern) firstBad(v []byte) int {
	if p.slow != nil || p.match(v) {
		return -1
	}
	state := 1
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c >= utf8.RuneSelf {
			if !utf8.RuneStart(c) {
				continue
			}
			c = 128
		}
		if state = int(p.next[state*p.width+int(p.class[c])]); state == 0 {
			return i
		}
	}
	return len(v)
}

// goPattern writes a pattern of XML Schema in Go's syntax. The two agree in what messages use; the differences
// handled are ^ and $ (plain characters here), '.' (which has no line ends), \i and \c, and \d \w, which mean Unicode.
func goPattern(source string) (string, error) {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(source); i++ {
		c := source[i]
		switch {
		case c == '\\' && i+1 < len(source):
			i++
			s, err := goEscape(source[i], inClass)
			if err != nil {
				return "", fmt.Errorf("pattern %s: %w", source, err)
			}
			b.WriteString(s)
		case inClass && c == ']':
			inClass = false
			b.WriteByte(c)
		case inClass && c == '[':
			return "", fmt.Errorf("pattern %s: subtraction of character classes is not supported", source)
		case c == '[':
			inClass = true
			b.WriteByte(c)
			if i+1 < len(source) && source[i+1] == '^' {
				i++
				b.WriteByte('^')
			}
		case !inClass && (c == '^' || c == '$'), inClass && c == '&':
			b.WriteByte('\\')
			b.WriteByte(c)
		case !inClass && c == '.':
			b.WriteString(`[^\n\r]`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// goEscape writes one escape of XML Schema.
func goEscape(c byte, inClass bool) (string, error) {
	class := func(in string) string {
		if inClass {
			return in
		}
		return "[" + in + "]"
	}
	switch c {
	case 'd':
		return class(`\p{Nd}`), nil
	case 'D':
		return class(`\P{Nd}`), nil
	case 's':
		return class(` \t\n\r`), nil
	case 'i':
		return class(`\p{L}_:`), nil
	case 'c':
		return class(`\p{L}\p{Nd}._:\-`), nil
	case 'w':
		return class(`\p{L}\p{M}\p{N}\p{S}`), nil
	case 'p', 'P', 'n', 'r', 't', '\\', '|', '.', '?', '*', '+', '(', ')', '{', '}', '-', '[', ']', '^', '$', '/':
		return `\` + string(c), nil
	case 'S', 'W', 'I', 'C':
		return "", fmt.Errorf(`the escape \%c is not supported`, c)
	}
	return regexp.QuoteMeta(string(c)), nil
}

// tabulate turns a parsed expression into states over bytes; false if it is too large or too particular.
func (p *pattern) tabulate(tree *syntax.Regexp) bool {
	prog, err := syntax.Compile(tree)
	if err != nil || len(prog.Inst) > maxPatternStates {
		return false
	}
	if !p.classes(prog) {
		return false
	}
	d := automaton{prog: prog, p: p, ids: map[string]uint16{}}
	p.next = make([]uint16, p.width) // state 0, dead
	p.final = []bool{false}
	d.state(d.closure([]uint32{uint32(prog.Start)}))
	for i := 0; i < len(d.sets); i++ {
		if len(d.sets) >= maxPatternStates {
			return false
		}
		d.row(i)
	}
	return true
}

// classes groups the bytes that every instruction treats alike; false if an instruction tells characters outside
// ASCII apart.
func (p *pattern) classes(prog *syntax.Prog) bool {
	seen := map[string]uint8{}
	for c := range 129 {
		var key strings.Builder
		for i := range prog.Inst {
			if in := &prog.Inst[i]; takesRune(in) {
				if c == 128 && !uniform(in) {
					return false
				}
				if in.MatchRune(classRune(c)) {
					fmt.Fprintf(&key, "%d,", i)
				}
			}
		}
		id, ok := seen[key.String()]
		if !ok {
			id = uint8(len(seen))
			seen[key.String()] = id
		}
		p.class[c] = id
	}
	p.width = len(seen)
	return true
}

// classRune is a rune of the class c: the byte itself, or one that stands for all outside ASCII.
func classRune(c int) rune {
	if c == 128 {
		return 'é'
	}
	return rune(c)
}

func takesRune(in *syntax.Inst) bool {
	switch in.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	}
	return false
}

// uniform reports that an instruction treats all characters outside ASCII alike.
func uniform(in *syntax.Inst) bool {
	if in.Op != syntax.InstRune && in.Op != syntax.InstRune1 {
		return true
	}
	if len(in.Rune) == 1 {
		return in.Rune[0] < utf8.RuneSelf && syntax.Flags(in.Arg)&syntax.FoldCase == 0
	}
	if syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
		return false
	}
	for i := 0; i+1 < len(in.Rune); i += 2 {
		lo, hi := in.Rune[i], in.Rune[i+1]
		if hi >= utf8.RuneSelf && (lo > utf8.RuneSelf || hi != utf8.MaxRune) {
			return false
		}
	}
	return true
}

// automaton makes states out of sets of instructions.
type automaton struct {
	prog *syntax.Prog
	p    *pattern
	ids  map[string]uint16
	sets [][]uint32
}

// state is the number of a set of instructions, which it adds if new; 0 for the empty set.
func (d *automaton) state(set []uint32) uint16 {
	if len(set) == 0 {
		return 0
	}
	key := fmt.Sprint(set)
	if id, ok := d.ids[key]; ok {
		return id
	}
	id := uint16(len(d.sets) + 1)
	d.ids[key] = id
	d.sets = append(d.sets, set)
	d.p.next = append(d.p.next, make([]uint16, d.p.width)...)
	final := false
	for _, pc := range set {
		final = final || d.prog.Inst[pc].Op == syntax.InstMatch
	}
	d.p.final = append(d.p.final, final)
	return id
}

// row fills the moves out of state i+1.
func (d *automaton) row(i int) {
	done := make([]bool, d.p.width)
	for c := range 129 {
		k := d.p.class[c]
		if done[k] {
			continue
		}
		done[k] = true
		var out []uint32
		for _, pc := range d.sets[i] {
			if in := &d.prog.Inst[pc]; takesRune(in) && in.MatchRune(classRune(c)) {
				out = append(out, in.Out)
			}
		}
		to := d.state(d.closure(out))
		d.p.next[(i+1)*d.p.width+int(k)] = to
	}
}

// closure adds what is reached without reading, sorted and without repeats.
func (d *automaton) closure(from []uint32) []uint32 {
	in := make([]bool, len(d.prog.Inst))
	stack := append([]uint32(nil), from...)
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if in[pc] {
			continue
		}
		in[pc] = true
		switch x := &d.prog.Inst[pc]; x.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			stack = append(stack, x.Out, x.Arg)
		case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
			stack = append(stack, x.Out)
		}
	}
	var out []uint32
	for pc, ok := range in {
		if ok && (takesRune(&d.prog.Inst[pc]) || d.prog.Inst[pc].Op == syntax.InstMatch) {
			out = append(out, uint32(pc))
		}
	}
	return out
}
