package mt

import "strings"

// maxComponents is the most components a format has (331 has twelve).
const maxComponents = 16

// matcher lays a value over a format. It goes straight through, choosing optional lines by how a line begins, and
// tries again only inside a line, whose parts are short.
type matcher struct {
	value string
	found [maxComponents]span // by component; start -1 if absent

	// Where the value left the format furthest on: for the fault.
	far     int
	farItem *item
	farWhy  failure
}

// failure says how a value leaves its format.
type failure byte

const (
	failNone      failure = iota
	failMissing           // nothing where something must stand
	failCharacter         // a character of another set
	failShort             // fewer characters than required
	failLong              // more characters than allowed
	failLiteral           // a separator is missing or another
	failLines             // more lines than allowed
	failNoLine            // a mandatory line is not there
	failBlank             // a line of blanks
)

// match reports whether the value has the format; found then tells where the components are.
func (m *matcher) match(f *format, value string) bool {
	m.value = value
	m.far, m.farItem, m.farWhy = -1, nil, failNone
	if m.once(f) {
		return true
	}
	if f.other == nil {
		return false
	}
	far, item, why := m.far, m.farItem, m.farWhy
	if m.once(f.other) {
		return true
	}
	if far > m.far {
		m.far, m.farItem, m.farWhy = far, item, why
	}
	return false
}

func (m *matcher) once(f *format) bool {
	for i := range f.components {
		m.found[i] = span{-1, -1}
	}
	at := 0
	left := f.mandatory
	for i := range f.lines {
		l := &f.lines[i]
		if l.rest {
			return m.rest(l, at)
		}
		if !l.optional {
			left--
		}
		next, ok := m.lines(l, at, left)
		if !ok {
			return false
		}
		at = next
	}
	if at == 0 && len(f.lines) > 0 {
		return m.fail(0, nil, failMissing)
	}
	if at <= len(m.value) && len(f.lines) > 0 {
		return m.fail(at, nil, failLines)
	}
	return len(f.lines) > 0 || m.value == "" || m.fail(0, nil, failLong)
}

// lines lays lines of the value from offset at over one line of the format, leaving as many lines as the rest of
// the format must have. It returns the offset of the next line: one past the end when none is left.
func (m *matcher) lines(l *lineForm, at, leave int) (int, bool) {
	for n := 0; n < l.repeat; n++ {
		present := at < len(m.value) || at == len(m.value) && at > 0 || at == 0 && !l.optional
		if present && (l.optional || n > 0) {
			present = m.wanted(l, at, leave)
		}
		if !present {
			if n == 0 && !l.optional {
				return at, m.fail(at, nil, failNoLine)
			}
			return at, true
		}
		end := m.lineEnd(at)
		if !m.line(l, at, end) {
			return at, false
		}
		at = end + 2
		if end == len(m.value) {
			at = end + 1
		}
	}
	return at, true
}

// wanted decides whether an optional line is there.
func (m *matcher) wanted(l *lineForm, at, leave int) bool {
	if l.lead != "" {
		return strings.HasPrefix(m.value[at:], l.lead)
	}
	return leave == 0 || m.linesFrom(at) > leave
}

func (m *matcher) linesFrom(at int) int { return strings.Count(m.value[at:], "\r\n") + 1 }

// lineEnd is the offset of the next CRLF, or of the end. A CR alone is a character of the line, of no set.
func (m *matcher) lineEnd(at int) int {
	for from := at; ; {
		i := strings.IndexByte(m.value[from:], '\r')
		if i < 0 {
			return len(m.value)
		}
		if from += i; from+1 < len(m.value) && m.value[from+1] == '\n' {
			return from
		}
		from++
	}
}

// line lays one line over its form. A line without any character but blanks is no line.
func (m *matcher) line(l *lineForm, at, end int) bool {
	if blank(m.value[at:end]) {
		return m.fail(at, &l.items[0], failBlank)
	}
	return m.items(l.items, 0, at, end)
}

func blank(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != ' ' {
			return false
		}
	}
	return true
}

// rest takes all that is left as the last part of the line, line ends included.
func (m *matcher) rest(l *lineForm, at int) bool {
	last := &l.items[len(l.items)-1]
	for i := range l.items[:len(l.items)-1] {
		it := &l.items[i]
		n := it.min
		if it.kind == itemLiteral {
			n = len(it.literal)
		}
		if !m.fixed(it, at, len(m.value), n) {
			return false
		}
		at += n
	}
	text := m.value[at:]
	for i := 0; i < len(text); i++ {
		if c := text[i]; characters[c]&last.set == 0 && c != '\r' && c != '\n' {
			return m.fail(at+i, last, failCharacter)
		}
	}
	if len(text) > last.max {
		return m.fail(at+last.max, last, failLong)
	}
	if blank(text) {
		return m.fail(at, last, failMissing)
	}
	m.found[last.component] = span{at, len(m.value)}
	return true
}

// items lays value[at:end] over the items from i on.
func (m *matcher) items(items []item, i, at, end int) bool {
	for ; i < len(items); i++ {
		it := &items[i]
		switch {
		case it.kind == itemOption:
			if m.items(items, i+1, at, end) {
				return true
			}
			m.absent(items[i+1 : it.skip])
			i = it.skip - 1
		case it.kind == itemLiteral || it.min == it.max:
			n := it.max
			if it.kind == itemLiteral {
				n = len(it.literal)
			}
			if !m.fixed(it, at, end, n) {
				return false
			}
			at += n
		default:
			return m.open(items, i, at, end)
		}
	}
	if at < end {
		return m.trailing(items, at)
	}
	return true
}

// trailing is the fault of what stands behind the last part: too much for it, or a character that it cannot hold.
func (m *matcher) trailing(items []item, at int) bool {
	if m.far == at && m.farWhy == failCharacter && m.farItem.set&(setX|setY|setZ) != 0 {
		return false // an optional text stands there and cannot hold the character
	}
	for i := len(items) - 1; i >= 0; i-- {
		it := &items[i]
		if it.kind == itemOption || it.component < 0 || m.found[it.component].end != at {
			continue
		}
		if it.kind == itemPart && it.set != setD && characters[m.value[at]]&it.set == 0 {
			return m.fail(at, it, failCharacter)
		}
		return m.fail(at, it, failLong)
	}
	return m.fail(at, nil, failLong)
}

func (m *matcher) absent(items []item) {
	for i := range items {
		if c := items[i].component; c >= 0 && items[i].kind != itemOption {
			m.found[c] = span{-1, -1}
		}
	}
}

// fixed takes a literal, or a part of fixed length.
func (m *matcher) fixed(it *item, at, end, n int) bool {
	if it.kind == itemLiteral {
		if !strings.HasPrefix(m.value[at:end], it.literal) {
			return m.fail(at, it, failLiteral)
		}
	} else {
		for i := at; i < at+n; i++ {
			if i == end {
				if i == at {
					return m.fail(i, it, failMissing)
				}
				return m.fail(i, it, failShort)
			}
			if characters[m.value[i]]&it.set == 0 {
				return m.fail(i, it, failCharacter)
			}
		}
	}
	m.take(it, at, at+n)
	return true
}

// take notes where a component is; the parts and lines of one component join.
func (m *matcher) take(it *item, from, to int) {
	if it.component < 0 {
		return
	}
	s := &m.found[it.component]
	if !it.joins || s.start < 0 || s.start >= from {
		*s = span{from, to}
		return
	}
	s.end = to
}

// open takes a part of open length: up to the literal that may follow, else as much as it can.
func (m *matcher) open(items []item, i, at, end int) bool {
	it := &items[i]
	if it.set == setD {
		return m.number(items, i, at, end)
	}
	reach := at
	for reach < end && reach-at < it.max && characters[m.value[reach]]&it.set != 0 {
		reach++
	}
	if it.mark && reach > at && m.value[at] != 'R' && m.value[at] != 'E' {
		reach = at + 1
	}
	if reach-at < it.min {
		return m.fail(reach, it, m.tooFew(it, at, reach, end))
	}
	if it.stop != "" && it.set&(setX|setY|setZ) != 0 {
		for q := at + it.min; q <= reach; q++ {
			if strings.HasPrefix(m.value[q:end], it.stop) {
				m.take(it, at, q)
				if m.items(items, i+1, q, end) {
					return true
				}
			}
		}
	}
	if i == len(items)-1 {
		m.take(it, at, reach)
		if reach == end {
			return true
		}
		if reach-at == it.max {
			return m.fail(reach, it, failLong)
		}
		return m.fail(reach, it, failCharacter)
	}
	for q := reach; q >= at+it.min; q-- {
		m.take(it, at, q)
		if m.items(items, i+1, q, end) {
			return true
		}
	}
	if reach < end && reach-at < it.max && !strings.HasPrefix(m.value[reach:end], it.stop) {
		return m.fail(reach, it, failCharacter)
	}
	return false
}

// number takes a decimal number: all digits and commas there are, so that one too long is one fault and not two.
func (m *matcher) number(items []item, i, at, end int) bool {
	it := &items[i]
	reach := at
	for reach < end && characters[m.value[reach]]&setD != 0 {
		reach++
	}
	switch n := reach - at; {
	case n < it.min:
		return m.fail(reach, it, m.tooFew(it, at, reach, end))
	case n > it.max:
		return m.fail(reach, it, failLong)
	}
	m.take(it, at, reach)
	return m.items(items, i+1, reach, end)
}

func (m *matcher) tooFew(it *item, at, reach, end int) failure {
	switch {
	case reach < end:
		return failCharacter
	case reach == at:
		return failMissing
	}
	return failShort
}

// fail notes the furthest point that the value followed the format to.
func (m *matcher) fail(at int, it *item, why failure) bool {
	if at >= m.far {
		m.far, m.farItem, m.farWhy = at, it, why
	}
	return false
}
