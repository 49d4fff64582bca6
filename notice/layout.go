package notice

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Lines is the text in lines of at most LineLength characters, as mail and event show it.
func (n *Notice) Lines() []string { return lay(n.paragraphs(), func(s string) string { return s }) }

// FINLines is the same text in FIN's character set X. Words may break at other places, since some are longer in it.
func (n *Notice) FINLines() []string { return lay(n.paragraphs(), finText) }

// Text is the text with line ends.
func (n *Notice) Text() string { return strings.Join(n.Lines(), "\n") + "\n" }

// Subject is the notice in one line, as a mail has it.
func (n *Notice) Subject() string {
	return string(n.Issuer.Network) + " notice " + n.Series() + ": order " + n.Order.ID + ", " + n.kind() + ", " + string(n.Due.Why)
}

// lay writes each paragraph from a new line and the items of its list from new lines; none begins with a character that would end a FIN field.
func lay(all []paragraph, clean func(string) string) []string {
	var lines []string
	for _, p := range all {
		head := strings.TrimSuffix(p.label+": "+p.text, " ")
		lines = append(lines, wrap(clean(head))...)
		for _, item := range p.list {
			lines = append(lines, wrap(clean(item))...)
		}
	}
	return lines
}

// wrap breaks a text into lines at blanks; a word longer than a line is cut.
func wrap(s string) []string {
	var lines []string
	line := []rune{}
	for _, word := range strings.Fields(s) {
		w := []rune(word)
		for len(w) > 0 {
			switch room := LineLength - len(line); {
			case len(line) == 0 && len(w) <= room:
				line, w = append(line, w...), nil
			case len(line) > 0 && len(w) < room:
				line, w = append(append(line, ' '), w...), nil
			case len(line) > 0:
				lines, line = append(lines, string(line)), line[:0]
			default:
				line, w = append(line, w[:room]...), w[room:]
			}
		}
	}
	if len(line) > 0 {
		lines = append(lines, string(line))
	}
	for i := range lines {
		lines[i] = guard(lines[i])
	}
	return lines
}

// guard keeps a line from beginning with '-' or ':', with which a FIN text ends or a field begins.
func guard(line string) string {
	if line[0] == '-' || line[0] == ':' {
		return "." + line[1:]
	}
	return line
}

// finText writes a text in character set X: letters without their marks, and words for the signs that addresses need.
func finText(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r < unicode.MaxASCII && strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ", r):
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // the mark of a letter that stands before it
		default:
			b.WriteString(finWord(r))
		}
	}
	return b.String()
}

func finWord(r rune) string {
	switch r {
	case '@':
		return "(at)"
	case '_':
		return "(underscore)"
	case '&':
		return "+"
	case ';':
		return ","
	case '"', '\u2018', '\u2019', '\u201c', '\u201d':
		return "'"
	case '\u2013', '\u2014':
		return "-"
	case '\u00df':
		return "ss"
	case '\u00e6':
		return "ae"
	case '\u00c6':
		return "AE"
	case '\u00f8':
		return "o"
	case '\u00d8':
		return "O"
	case '\u0142':
		return "l"
	case '\u0141':
		return "L"
	case '\u0131':
		return "i"
	}
	return "."
}
