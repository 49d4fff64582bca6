package mx

import (
	"fmt"
	"strconv"
	"strings"

	corridor "corridor.example/corridor"
)

// What a guideline takes away from a schema stands in tables of indented lines, an element a line below its parent:
//
//	message pacs.009.001.08 cov        a message and a variant; "like core" behind it starts from another variant
//	  FICdtTrf
//	    CdtTrfTxInf 1                  at most one
//	      PmtId/InstrId ! <=16         mandatory, 16 characters at most; a path may stand for one child after another
//	      UltmtDbtr -                  removed
//	      ChrgBr DEBT|CRED|SHAR        these codes
//	      NbOfTxs =1                   this value
//	      InstrForCdtrAgt max2         at most two
//	      IntrmyAgt1 @Agent            narrowed as the shape Agent
//	      CreDtTm OFFSET               a set of characters or a form: X, X+, X+NL, ACCT, OFFSET, SERVICE; any lifts it
//	      Rltd .                       not narrowed (in a table that starts like another)
//
// text.txt gives the set of characters of every other text by the element's name.

// narrowing is what a guideline changes at one element. The zero value changes nothing.
type narrowing struct {
	removed, mandatory bool
	free               bool  // texts here and below keep the schema's characters
	max                int32 // at most so many, 0: as the schema
	maxLength          int32 // at most so many characters, 0: as the schema
	codes              []string
	fixed              bool // codes is one value that was fixed
	set                textSet
	children           map[string]*narrowing
}

// treeKey names one guideline.
type treeKey struct {
	message corridor.MessageType
	variant string
}

// narrowTables is the narrowing of all messages of a profile.
type narrowTables struct {
	base   *narrowTables // the profile that this one builds on
	shapes map[string]*narrowing
	trees  map[treeKey]*narrowing
	free   []string           // messages without sets by name
	byName map[string]textSet // NAME or PARENT/NAME
}

// tree is the narrowing of a message and variant, nil if there is none.
func (t *narrowTables) tree(m corridor.MessageType, variant string) *narrowing {
	for ; t != nil; t = t.base {
		if n := t.trees[treeKey{m, variant}]; n != nil {
			return n
		}
	}
	return nil
}

// textSets gives the sets by name that count for a message, nil if its text is free.
func (t *narrowTables) textSets(m corridor.MessageType) map[string]textSet {
	for ; t != nil; t = t.base {
		for _, f := range t.free {
			if strings.HasPrefix(string(m), f) {
				return nil
			}
		}
		if t.byName != nil {
			return t.byName
		}
	}
	return nil
}

// readTexts reads text.txt: "free MESSAGE…" and "text SET NAME…".
func (t *narrowTables) readTexts(text string) error {
	t.byName = map[string]textSet{}
	return eachLine(text, func(line string) error {
		w := strings.Fields(line)
		if w[0] == "free" {
			t.free = append(t.free, w[1:]...)
			return nil
		}
		if w[0] != "text" || len(w) < 3 || textSetNamed[w[1]] == setUnchanged {
			return fmt.Errorf("line %q: expected text, a set and names", line)
		}
		for _, n := range w[2:] {
			t.byName[n] = textSetNamed[w[1]]
		}
		return nil
	})
}

// read reads a file of shapes and messages.
func (t *narrowTables) read(text string) error {
	r := tableReader{t: t}
	return eachLine(text, r.line)
}

// tableReader remembers the elements that are open, by depth.
type tableReader struct {
	t    *narrowTables
	open []*narrowing
}

func (r *tableReader) line(line string) error {
	body := strings.TrimLeft(line, " ")
	depth := (len(line) - len(body)) / 2
	w := strings.Fields(body)
	if depth == 0 {
		return r.head(w, line)
	}
	if depth > len(r.open) {
		return fmt.Errorf("line %q is indented too far", line)
	}
	n := r.open[depth-1]
	for name := range strings.SplitSeq(w[0], "/") {
		n = n.child(name)
	}
	r.open = append(r.open[:depth], n)
	for _, item := range w[1:] {
		if err := r.t.item(n, item); err != nil {
			return fmt.Errorf("line %q: %w", line, err)
		}
	}
	return nil
}

// head opens "shape NAME" or "message TYPE VARIANT [like VARIANT]".
func (r *tableReader) head(w []string, line string) error {
	n := &narrowing{}
	switch {
	case w[0] == "shape" && len(w) == 2:
		r.t.shapes[w[1]] = n
	case w[0] == "message" && (len(w) == 3 || len(w) == 5 && w[3] == "like"):
		key := treeKey{corridor.MessageType(w[1]), w[2]}
		if len(w) == 5 {
			from := r.t.tree(key.message, w[4])
			if from == nil {
				return fmt.Errorf("line %q: no variant %s before it", line, w[4])
			}
			n = from.copy()
		}
		r.t.trees[key] = n
	default:
		return fmt.Errorf("line %q: expected shape NAME or message TYPE VARIANT", line)
	}
	r.open = append(r.open[:0], n)
	return nil
}

// child is the narrowing of a child, made if there is none.
func (n *narrowing) child(name string) *narrowing {
	c := n.children[name]
	if c == nil {
		c = &narrowing{}
		if n.children == nil {
			n.children = map[string]*narrowing{}
		}
		n.children[name] = c
	}
	return c
}

// copy is n with all below it.
func (n *narrowing) copy() *narrowing {
	c := *n
	c.children = nil
	for name, below := range n.children {
		*c.child(name) = *below.copy()
	}
	return &c
}

// item reads one word behind an element's name.
func (t *narrowTables) item(n *narrowing, w string) error {
	switch {
	case w == ".":
		*n = narrowing{}
	case w == "-":
		n.removed = true
	case w == "!":
		n.mandatory = true
	case w == "1":
		n.max = 1
	case w == "any":
		n.free = true
	case w[0] == '@':
		return t.shape(n, w[1:])
	case w[0] == '=':
		n.codes, n.fixed = []string{w[1:]}, true
	case strings.HasPrefix(w, "<="):
		return readCount(&n.maxLength, w[2:])
	case strings.HasPrefix(w, "max"):
		return readCount(&n.max, w[3:])
	case textSetNamed[w] != setUnchanged:
		n.set = textSetNamed[w]
	case strings.Contains(w, "|"):
		n.codes = strings.Split(w, "|")
	default:
		return fmt.Errorf("word %q is not of the language of narrowings", w)
	}
	return nil
}

// shape gives n what a shape has below it; items of the line itself stay.
func (t *narrowTables) shape(n *narrowing, name string) error {
	for s := t; s != nil; s = s.base {
		if shape := s.shapes[name]; shape != nil {
			c := shape.copy()
			n.children, n.free = c.children, n.free || c.free
			return nil
		}
	}
	return fmt.Errorf("shape %s is not defined before it is used", name)
}

func readCount(to *int32, w string) error {
	k, err := strconv.Atoi(w)
	if err != nil || k < 1 {
		return fmt.Errorf("%q is not a count", w)
	}
	*to = int32(k)
	return nil
}
