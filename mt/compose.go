package mt

import (
	"fmt"
	"strings"
)

// compose writes a value from its components: the reverse of the matcher. Optional parts without a component are
// left out with what separates them.
func (f *format) compose(parts map[string]string) (string, error) {
	for name := range parts {
		if f.index(name) < 0 {
			return "", fmt.Errorf("field %s has no component %q; it has %s", f.tag, name, strings.Join(f.componentNames(), ", "))
		}
	}
	value := f.write(parts)
	if f.other != nil {
		if v := f.other.write(parts); len(v) > len(value) {
			value = v
		}
	}
	return value, nil
}

func (f *format) componentNames() []string {
	var list []string
	for _, c := range f.components {
		list = append(list, c.name)
	}
	return list
}

func (f *format) write(parts map[string]string) string {
	var lines []string
	done := -1
	for i := range f.lines {
		l := &f.lines[i]
		if l.follows(done) {
			continue // the further lines of a component that is written already
		}
		if s := f.writeItems(l.items, parts, &done); s != "" {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\r\n")
}

// follows reports a line that only continues a component.
func (l *lineForm) follows(component int) bool {
	return component >= 0 && len(l.items) > 0 && l.items[0].component == component
}

// writeItems writes one line, and with the first line of a component of several lines all of them.
func (f *format) writeItems(items []item, parts map[string]string, done *int) string {
	var b strings.Builder
	for i := 0; i < len(items); i++ {
		it := &items[i]
		switch {
		case it.kind == itemOption:
			if !f.anyPart(items[i+1:it.skip], parts) {
				i = it.skip - 1
			}
		case it.component >= 0:
			b.WriteString(strings.ReplaceAll(strings.ReplaceAll(parts[f.components[it.component].name], "\r\n", "\n"), "\n", "\r\n"))
			*done = it.component
			for i+1 < len(items) && items[i+1].component == it.component {
				i++
			}
		default:
			if it.kind == itemLiteral {
				b.WriteString(it.literal)
			} else {
				b.WriteString(strings.Repeat(" ", it.min)) // the blank of ISIN
			}
		}
	}
	if !f.anyPart(items, parts) {
		return ""
	}
	return b.String()
}

// anyPart reports that some component of the items has a value.
func (f *format) anyPart(items []item, parts map[string]string) bool {
	for i := range items {
		if c := items[i].component; c >= 0 && items[i].kind != itemOption && parts[f.components[c].name] != "" {
			return true
		}
	}
	return false
}
