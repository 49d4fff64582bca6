package mt

// walker lays the fields of a message over the structure of its type: in the order of the table, each element as
// often as it comes, without going back. Every message type of the tables can be read so.
type walker struct {
	c  *checker
	m  *Message
	at int
}

// structure gives each field its place and reports the first field that has none.
func (c *checker) structure() bool {
	m := c.m
	if m.def == nil || !m.textForm {
		return false
	}
	w := walker{c: c, m: m}
	if !w.sequence(m.def.root, -1) {
		return false
	}
	if w.at < len(m.Fields) && !m.def.copies && !m.def.holds {
		return w.unexpected(nil, "T13")
	}
	return true
}

// sequence lays fields over the elements of one occurrence.
func (w *walker) sequence(d *sequenceDef, occurrence int32) bool {
	for i := range d.elements {
		if !w.element(d, i, occurrence) {
			return false
		}
	}
	return true
}

func (w *walker) element(d *sequenceDef, i int, occurrence int32) bool {
	e := &d.elements[i]
	n := 0
	for n < e.max && w.at < len(w.m.Fields) {
		f := &w.m.Fields[w.at]
		if !e.begins(f.num, f.option, f.Value) {
			break
		}
		n++
		if e.seq == nil {
			w.place(f, e, occurrence)
			w.at++
			continue
		}
		if !w.occurrence(e.seq, occurrence, n) {
			return false
		}
	}
	if n < e.min && !(e.seq != nil && e.seq.mayBeEmpty()) {
		return w.missing(d, i, n)
	}
	if n == e.max && n > 1 && w.at < len(w.m.Fields) {
		if f := &w.m.Fields[w.at]; e.begins(f.num, f.option, f.Value) && !begunLater(d, i+1, f) {
			return w.tooMany(e)
		}
	}
	if e.qualifiers != nil && n > 0 {
		w.c.qualifiers(e, w.m.Fields[w.at-n:w.at])
	}
	return true
}

func (w *walker) place(f *Field, e *element, occurrence int32) {
	f.seq, f.elem = occurrence, e
}

// occurrence opens one occurrence of a sequence and lays fields over it.
func (w *walker) occurrence(d *sequenceDef, parent int32, turn int) bool {
	m := w.m
	m.seqs = append(m.seqs, Sequence{Path: d.path, Turn: turn, First: w.at, id: d.id, parent: parent})
	me := len(m.seqs) - 1
	ok := w.sequence(d, int32(me))
	m.seqs[me].End = w.at
	return ok
}

// begunLater reports whether an element after i may take the field.
func begunLater(d *sequenceDef, i int, f *Field) bool {
	for ; i < len(d.elements); i++ {
		if e := &d.elements[i]; e.begins(f.num, f.option, f.Value) {
			return true
		} else if e.min > 0 {
			return false
		}
	}
	return false
}

// missing reports a mandatory element that is not there: at the line of what stands there instead.
func (w *walker) missing(d *sequenceDef, i, n int) bool {
	e := &d.elements[i]
	switch {
	case w.at >= len(w.m.Fields):
		w.c.textFault(w.few(d, e, n), w.m.lines, e.tag(), "%s is missing at the end of the text", e.what())
	case n > 0 && (e.seq == nil || begunLater(d, i+1, &w.m.Fields[w.at])):
		f := &w.m.Fields[w.at]
		w.c.textFault(w.few(d, e, n), f.Line, e.tag(), "%s stands %d times and must stand at least %d times", e.what(), n, e.min)
	default:
		return w.unexpected(e, w.few(d, e, 0))
	}
	return false
}

// few is the code of what stands too seldom. In the types with rule C32 a field that an optional sequence lacks, and
// that does not stand in a wrong place either, breaks that rule.
func (w *walker) few(d *sequenceDef, e *element, n int) string {
	switch {
	case n > 0 && e.seq != nil:
		return "T11"
	case d.optional && w.m.def.lack != "" && e.seq == nil && !w.comesLater(e):
		return w.m.def.lack
	}
	return "T13"
}

// comesLater reports that the element stands further down, before the next lettered sequence.
func (w *walker) comesLater(e *element) bool {
	for i := w.at; i < len(w.m.Fields) && w.m.Fields[i].num != 15; i++ {
		if f := &w.m.Fields[i]; e.begins(f.num, f.option, f.Value) {
			return true
		}
	}
	return false
}

// delayed reports that the element stands further down in the same occurrence of the sequence at hand: then the field
// before it is the one too many.
func (w *walker) delayed(e *element) bool {
	first := uint16(0)
	for i := len(w.m.seqs) - 1; i >= 0; i-- {
		if s := &w.m.seqs[i]; s.End == 0 {
			first = w.m.Fields[s.First].num
			break
		}
	}
	for i := w.at + 1; i < len(w.m.Fields); i++ {
		switch f := &w.m.Fields[i]; {
		case f.num == first, f.num == 15, f.num == 16:
			return false
		case e.begins(f.num, f.option, f.Value):
			return true
		}
	}
	return false
}

func (w *walker) tooMany(e *element) bool {
	f := &w.m.Fields[w.at]
	code := "T13"
	if e.seq != nil {
		code = "T10"
	}
	w.c.fieldFault(code, f, f.Line, "%s stands more than %d times", e.what(), e.max)
	return false
}

// unexpected reports the field at hand; missing is the mandatory element that should stand here, if one should, and
// code what its absence is.
func (w *walker) unexpected(missing *element, code string) bool {
	f := &w.m.Fields[w.at]
	if f.num == 16 && (f.option == 'R' || f.option == 'S') && !w.blockKnown(f, missing) {
		code = "T92"
	}
	switch {
	case missing == nil:
		w.c.fieldFault(code, f, f.Line, "field %s is not expected here, after the last field of the type", f.Tag)
	case w.m.def.elements[f.num]&optionBit(f.option) == 0:
		w.c.fieldFault("T13", f, f.Line, "field %s is not part of MT %s; %s is expected here", f.Tag, w.m.def.name, missing.what())
	case code == "T92":
		w.c.fieldFault(code, f, f.Line, "block %q is not part of MT %s here; %s is expected", f.Value, w.m.def.name, missing.what())
	case missing.seq == nil && missing.block == "" && w.delayed(missing):
		w.c.fieldFault(code, f, f.Line, "field %s is not expected here; %s is", f.Tag, missing.what())
	default:
		w.c.textFault(code, f.Line, missing.tag(), "mandatory %s is missing: field %s stands in its place", missing.what(), f.Tag)
	}
	return false
}

// blockKnown reports that a block of that name exists in the type, and for an end that it is the one to end.
func (w *walker) blockKnown(f *Field, expected *element) bool {
	if f.option == 'S' && expected != nil && expected.num == 16 && expected.block != f.Value {
		return false
	}
	for _, d := range w.m.def.seqs {
		if len(d.delim) > 4 && d.delim[4:] == f.Value {
			return true
		}
	}
	return false
}

// tag names an element as a field does; with several options the letter is 'a', as in the standard.
func (e *element) tag() string {
	if e.seq != nil {
		if len(e.seq.starts) == 0 {
			return ""
		}
		return e.seq.starts[0].tag()
	}
	if e.options&(e.options-1) != 0 {
		return tagName(e.num, 'a')
	}
	return tagName(e.num, optionLetter(e.options))
}

func optionLetter(options uint32) byte {
	if l := letters(options); len(l) > 0 && l[0] != "" {
		return l[0][0]
	}
	return 0
}

// what says in words what an element is.
func (e *element) what() string {
	if e.seq != nil {
		return "sequence " + e.seq.path
	}
	return "field " + e.tag()
}
