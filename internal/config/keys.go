package config

import (
	"encoding"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// keyLines finds the line of every key of a file that has been parsed: "listen", "store.path", "terminal[1].lt".
// It tracks tables and skips lines inside values that span several.
func keyLines(text string) map[string]int {
	lines, count := map[string]int{}, map[string]int{}
	table, inside := "", ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if inside != "" {
			inside = stillInside(inside, line)
			continue
		}
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "[["):
			name := between(line, "[[", "]]")
			table = fmt.Sprintf("%s[%d].", name, count[name])
			lines[strings.TrimSuffix(table, ".")] = i + 1
			count[name]++
		case line[0] == '[':
			table = between(line, "[", "]") + "."
			lines[strings.TrimSuffix(table, ".")] = i + 1
		default:
			key, value, _ := strings.Cut(line, "=")
			lines[table+strings.Trim(strings.TrimSpace(key), `"'`)] = i + 1
			inside = opens(strings.TrimSpace(value))
		}
	}
	return lines
}

func between(s, open, shut string) string {
	s = strings.TrimPrefix(s, open)
	if i := strings.Index(s, shut); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}

// opens tells what a value leaves open at the end of its line: a long string, or an array.
func opens(value string) string {
	for _, quote := range []string{`"""`, `'''`} {
		if strings.HasPrefix(value, quote) && strings.Count(value, quote) == 1 {
			return quote
		}
	}
	if strings.HasPrefix(value, "[") && !strings.Contains(value, "]") {
		return "]"
	}
	return ""
}

func stillInside(closing, line string) string {
	if closing == "]" && strings.HasPrefix(line, "#") {
		return closing
	}
	if strings.Contains(line, closing) {
		return ""
	}
	return closing
}

var indexed = regexp.MustCompile(`\[\d+\]`)

// firstLine is the first line of a key that stands in an array of tables.
func firstLine(lines map[string]int, key string) int {
	first := 0
	for k, n := range lines {
		if indexed.ReplaceAllString(k, "") == key && (first == 0 || n < first) {
			first = n
		}
	}
	return first
}

// knownKeys are the keys of a struct, nested ones with a dot, those of arrays of tables without an index.
func knownKeys(c any) []string {
	var keys []string
	eachKey(reflect.TypeOf(c).Elem(), "", func(key string, _ []int) { keys = append(keys, key) })
	return keys
}

func eachKey(t reflect.Type, prefix string, do func(key string, index []int)) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if tag == "" || tag == "-" {
			continue
		}
		do(prefix+tag, f.Index)
		inner := f.Type
		if inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && !reflect.PointerTo(inner).Implements(textType) {
			eachKey(inner, prefix+tag+".", func(key string, index []int) { do(key, append(slices.Clone(f.Index), index...)) })
		}
	}
}

var textType = reflect.TypeFor[encoding.TextUnmarshaler]()

// override sets what the environment and the flags name. Arrays of tables cannot be reached that way.
func (r *Report) override(role string, c Checked, o Overrides, known []string) {
	prefix := "CORRIDOR_" + strings.ToUpper(role) + "_"
	for _, pair := range o.Environ {
		name, value, _ := strings.Cut(pair, "=")
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			r.set(c, environmentKey(rest, known), "environment "+name, value, known)
		}
	}
	for key, value := range o.Flags {
		r.set(c, key, "--set "+key, value, known)
	}
}

// environmentKey finds the key that a variable's rest names: dots are written as underscores there.
func environmentKey(rest string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(strings.ReplaceAll(k, ".", "_"), rest) {
			return k
		}
	}
	return strings.ToLower(rest)
}

func (r *Report) set(c Checked, key, from, value string, known []string) {
	r.origin[key] = from
	v, ok := fieldOf(reflect.ValueOf(c).Elem(), key)
	if !ok {
		remedy := "remove it"
		if near := nearest(key, known); near != "" {
			remedy = fmt.Sprintf("did you mean %q?", near)
		}
		r.Problem(key, "this key is not known, or stands in a list of tables", remedy)
		return
	}
	if err := setText(v, value); err != nil {
		r.Problem(key, err.Error(), "mend the value")
	}
}

func fieldOf(v reflect.Value, key string) (reflect.Value, bool) {
	name, rest, nested := strings.Cut(key, ".")
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("toml"), ",")
		if tag != name || tag == "" {
			continue
		}
		f := v.Field(i)
		if !nested {
			return f, f.Kind() != reflect.Struct
		}
		if f.Kind() != reflect.Struct {
			return f, false
		}
		return fieldOf(f, rest)
	}
	return v, false
}

func setText(v reflect.Value, value string) error {
	if t, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return t.UnmarshalText([]byte(value))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(value)
	case reflect.Bool:
		b, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("%q is not true or false", value)
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", value)
		}
		v.SetInt(n)
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.String {
			return fmt.Errorf("a list of tables can only be given in the file")
		}
		list := reflect.MakeSlice(v.Type(), 0, 4)
		for _, item := range strings.Split(value, ",") {
			list = reflect.Append(list, reflect.ValueOf(strings.TrimSpace(item)).Convert(v.Type().Elem()))
		}
		v.Set(list)
	default:
		return fmt.Errorf("a value of this kind can only be given in the file")
	}
	return nil
}

// resolvePaths makes every relative Path of c count from dir.
func resolvePaths(c any, dir string) { resolveIn(reflect.ValueOf(c).Elem(), dir) }

func resolveIn(v reflect.Value, dir string) {
	switch {
	case v.Type() == reflect.TypeFor[Path]():
		if p := v.String(); p != "" && !filepath.IsAbs(p) {
			v.SetString(filepath.Join(dir, p))
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				resolveIn(v.Field(i), dir)
			}
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			resolveIn(v.Index(i), dir)
		}
	}
}

// nearest is the known key that is closest in spelling, or none where all are far.
func nearest(key string, known []string) string {
	best, least := "", len(key)/2+1
	for _, k := range known {
		if d := distance(key, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of edits between two words (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
