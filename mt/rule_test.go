package mt

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	corridor "corridor.example/corridor"
)

// Every rule of the tables has a good and a bad case beside it: an edit of the type's example. The whole check of
// a good case finds no fault; that of a bad case finds the rule broken, and no fault of another code.
func TestRuleCases(t *testing.T) {
	for year := FirstYear; year <= LastYear; year++ {
		std, err := StandardOf(year)
		if err != nil {
			t.Fatal(err)
		}
		for _, typ := range slices.Sorted(maps.Keys(std.rules.files)) {
			t.Run(fmt.Sprint(year, "/", typ), func(t *testing.T) { checkCases(t, year, std.rules.files[typ], typ) })
		}
	}
}

func checkCases(t *testing.T, year int, f *ruleFile, typ string) {
	for i := range f.rows {
		row := &f.rows[i]
		rule := Rule{Type: typ, Name: row.name(f, typ)}
		if rule.Name == "" {
			continue
		}
		if row.text == "" || row.example(typ, true) == "" || row.example(typ, false) == "" {
			t.Errorf("%s: give its text, a good and a bad case", rule.Title())
		}
		for _, c := range row.cases {
			if c.isFor(typ) {
				checkCase(t, year, f, row, c, &rule)
			}
		}
	}
}

func checkCase(t *testing.T, year int, f *ruleFile, row *ruleRow, c ruleCase, rule *Rule) {
	message, err := f.message(rule.Type, c.edits)
	if err != nil {
		t.Errorf("%s: case %q: %v", rule.Title(), c.edits, err)
		return
	}
	broken, other := false, false
	r := Check([]byte(message), Options{Year: year})
	for _, fault := range r.Faults {
		broken = broken || fault.Code == row.code && (fault.Rule == rule.Title() || row.holds == keptByStructure || rule.Name[0] == 'F')
		other = other || fault.Code != row.code
	}
	if broken == c.good || other {
		t.Errorf("%s %s: case %q: got %v", rule.Title(), row.code, c.edits, listFaults(r.Faults))
	}
}

func listFaults(list []corridor.Fault) []string {
	var out []string
	for _, f := range list {
		out = append(out, f.Error()+" ("+f.Rule+")")
	}
	return out
}

// message is the type's example after an edit, in its frame.
func (f *ruleFile) message(typ, edits string) (string, error) {
	text, head, err := edit(f.example(typ), edits)
	if err != nil {
		return "", err
	}
	number, variant, _ := strings.Cut(typ, ".")
	if head["119"] != "" {
		variant = head["119"]
	}
	user := ""
	if variant != "" {
		user += "{119:" + variant + "}"
	}
	if slices.Contains([]string{"103", "202", "205"}, number) {
		user += "{121:3f0c9a52-7b1e-4d6a-9c41-1f2e3d4c5b6a}"
	}
	if user != "" {
		user = "{3:" + user + "}"
	}
	text = strings.ReplaceAll(text, "\n", "\r\n")
	return "{1:F01" + string(corridor.LTOf(corridor.BIC(head["from"]), 'A')) + "0000000000}{2:I" + number +
		string(corridor.LTOf(corridor.BIC(head["to"]), 'X')) + "N}" + user + "{4:\r\n" + text + "\r\n-}", nil
}

// edit changes an example: "36:1,2" gives the first field 36 (else the first with that number) this value,
// "-36" removes every field 36, "33B>36:1,2" puts a field after 33B, "36<33B:…" before 36, "33B#2" means the second one,
// "A..B>>9" copies the fields from A to B nine times behind B; "|" is a new line; "from:", "to:", "119:" are header values.
func edit(base, edits string) (string, map[string]string, error) {
	head := map[string]string{"from": "MERIDEFFXXX", "to": "ORCAUS33XXX"}
	e := editor{}
	for _, l := range strings.Split(base, "\n") {
		if strings.HasPrefix(l, ":") {
			e.fields = append(e.fields, l)
		} else {
			e.fields[len(e.fields)-1] += "\n" + l
		}
	}
	if edits != "base" {
		for _, one := range strings.Split(edits, "; ") {
			key, value, _ := strings.Cut(one, ":")
			if key == "from" || key == "to" || key == "119" {
				head[key] = value
				continue
			}
			if err := e.apply(strings.ReplaceAll(one, "|", "\n")); err != nil {
				return "", nil, fmt.Errorf("edit %q: %w", one, err)
			}
		}
	}
	return strings.Join(e.fields, "\n"), head, nil
}

type editor struct{ fields []string }

func (e *editor) apply(one string) error {
	if tag, ok := strings.CutPrefix(one, "-"); ok {
		n := len(e.fields)
		if strings.ContainsAny(tag, "#.:") {
			from, to, err := e.span(tag)
			if err == nil {
				e.fields = slices.Delete(e.fields, from, to+1)
			}
			return err
		}
		e.fields = slices.DeleteFunc(e.fields, func(f string) bool { return strings.HasPrefix(f, ":"+tag+":") })
		if n == len(e.fields) {
			return fmt.Errorf("no field %s", tag)
		}
		return nil
	}
	if what, times, ok := strings.Cut(one, ">>"); ok {
		from, to, err := e.span(what)
		n := 1
		fmt.Sscan(times, &n)
		if err == nil {
			e.fields = slices.Insert(e.fields, to+1, slices.Repeat(e.fields[from:to+1], n)...)
		}
		return err
	}
	if i := strings.IndexAny(one, "<>"); i >= 0 {
		at, err := e.find(one[:i])
		if err != nil {
			return err
		}
		if one[i] == '>' {
			at++
		}
		e.fields = slices.Insert(e.fields, at, ":"+one[i+1:])
		return nil
	}
	return e.replace(one)
}

// replace gives a field a new value: a generic one that with the same qualifier if there is one.
func (e *editor) replace(one string) error {
	key, value, ok := strings.Cut(one, ":")
	if !ok {
		return fmt.Errorf("not an edit")
	}
	at, err := e.find(key)
	if strings.HasPrefix(value, ":") && len(value) > 5 {
		if i, err := e.find(key + ":" + value[:5]); err == nil {
			at = i
		}
	}
	if err != nil {
		return err
	}
	tag, _, _ := strings.Cut(key, "#")
	e.fields[at] = ":" + tag + ":" + value
	return nil
}

// span is "21#2..32B#2", or one field.
func (e *editor) span(s string) (from, to int, err error) {
	a, b, two := strings.Cut(s, "..")
	if from, err = e.find(a); err != nil || !two {
		return from, from, err
	}
	to, err = e.find(b)
	return from, to, err
}

// find is the index of the nth field of a tag, with its qualifier if one is given ("95P::DEAG"), or else of its number.
func (e *editor) find(tag string) (int, error) {
	tag, nth, _ := strings.Cut(tag, "#")
	n := 1
	fmt.Sscan(nth, &n)
	prefixes := []string{":" + tag + ":", ":" + tag[:2]}
	if strings.Contains(tag, ":") {
		prefixes = []string{":" + tag}
	}
	for _, prefix := range prefixes {
		k := 0
		for i, f := range e.fields {
			if strings.HasPrefix(f, prefix) {
				if k++; k == n {
					return i, nil
				}
			}
		}
	}
	return 0, fmt.Errorf("no field %s", tag)
}
