package story

import (
	"fmt"
	"strings"
)

// line is one command of a script: words, settings (key=value), and the indented lines below it.
type line struct {
	number   int
	text     string
	words    []string
	settings map[string]string
	body     []*line
}

// parse reads a script. A line is a command; lines indented below it belong to it; "#" begins a comment; words with spaces
// stand in double quotes.
func parse(script string) ([]*line, error) {
	if len(script) > maxScript {
		return nil, fmt.Errorf("the script has %d bytes, the limit is %d", len(script), maxScript)
	}
	var all []*line
	for i, text := range strings.Split(script, "\n") {
		l, err := parseLine(i+1, text)
		switch {
		case err != nil:
			return nil, err
		case l == nil:
		case text[0] != ' ' && text[0] != '\t':
			all = append(all, l)
		case len(all) == 0:
			return nil, fmt.Errorf("line %d is indented and there is no command above it", i+1)
		default:
			last := all[len(all)-1]
			last.body = append(last.body, l)
		}
	}
	return all, nil
}

func parseLine(number int, text string) (*line, error) {
	l := &line{number: number, settings: map[string]string{}}
	rest := strings.TrimSpace(text)
	for rest != "" && rest[0] != '#' {
		var w string
		var err error
		if w, rest, err = word(rest); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		rest = strings.TrimLeft(rest, " \t")
		l.add(w)
	}
	if len(l.words) == 0 && len(l.settings) == 0 {
		return nil, nil
	}
	l.text = strings.TrimSpace(text)
	return l, nil
}

// word cuts the first word off: up to a space that is not in quotes.
func word(s string) (w, rest string, err error) {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case (c == ' ' || c == '\t') && !quoted:
			return b.String(), s[i:], nil
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return "", "", fmt.Errorf("a quotation mark is not closed: %s", s)
	}
	return b.String(), "", nil
}

// add takes key=value for a setting where key is a plain word, so that "/REF=1" stays a word.
func (l *line) add(w string) {
	if k, v, ok := strings.Cut(w, "="); ok && plain(k) {
		l.settings[k] = v
		return
	}
	l.words = append(l.words, w)
}

func plain(k string) bool {
	for i := range len(k) {
		if c := k[i]; (c < 'a' || c > 'z') && c != '_' && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return k != ""
}

// setting is a setting's value, or what stands for none.
func (l *line) setting(key, none string) string {
	if v, ok := l.settings[key]; ok {
		return v
	}
	return none
}

// list is a setting with commas.
func (l *line) list(key string) []string { return commas(l.settings[key]) }

func commas(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// after gives the words behind a key word, up to the next of the stops, and whether the key word is there.
func (l *line) after(key string, stops ...string) ([]string, bool) {
	for i, w := range l.words {
		if w != key {
			continue
		}
		rest := l.words[i+1:]
		for j, w := range rest {
			for _, s := range stops {
				if w == s {
					return rest[:j], true
				}
			}
		}
		return rest, true
	}
	return nil, false
}
