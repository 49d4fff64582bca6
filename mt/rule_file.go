package mt

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// ruleTable holds the rules of one standards year as its files state them, by message type.
type ruleTable struct {
	files map[string]*ruleFile // by type
	sets  map[string]*wordSet
}

// ruleFile is one file of rules: types that share them, with an example of each.
type ruleFile struct {
	name  string
	types []string
	bases map[string]string // by type; "" for all
	sets  map[string]*wordSet
	rows  []ruleRow
}

// ruleRow is one rule with its cases.
type ruleRow struct {
	code  string
	names []string // one for each type of the file, "-" where the rule is not the type's; or one for all
	scope string
	holds string
	text  string
	cases []ruleCase
}

// keptByStructure stands in place of a predicate where the table of the type's structure says the same, for
// example how often a sequence may occur.
const keptByStructure = "structure"

// ruleCase is an edit of the example after which the rule is kept or broken.
type ruleCase struct {
	good  bool
	types []string // none: all that have the rule
	edits string
}

// loadRules reads the files of the folders, later ones replacing earlier ones of the same name.
func loadRules(files fs.FS, folders ...string) (*ruleTable, error) {
	t := &ruleTable{files: map[string]*ruleFile{}, sets: map[string]*wordSet{}}
	newest := map[string]string{}
	for _, folder := range folders {
		found, err := fs.Glob(files, path.Join(folder, "*.txt"))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			newest[path.Base(f)] = f
		}
	}
	for _, f := range newest {
		if err := t.load(files, f); err != nil {
			return nil, fmt.Errorf("rules %s: %w", f, err)
		}
	}
	return t, nil
}

func (t *ruleTable) load(files fs.FS, name string) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	f, err := parseRuleFile(name, string(text))
	if err != nil {
		return err
	}
	if len(f.types) == 0 {
		t.sets = f.sets
	}
	for _, typ := range f.types {
		if t.files[typ] != nil {
			return fmt.Errorf("type %s has rules in %s already", typ, t.files[typ].name)
		}
		t.files[typ] = f
	}
	return nil
}

// parseRuleFile reads the form that docs/mt-rules.md describes.
func parseRuleFile(name, text string) (*ruleFile, error) {
	p := ruleFileParser{f: &ruleFile{name: name, bases: map[string]string{}, sets: map[string]*wordSet{}}}
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " ")
		if line == "" || line[0] == '#' {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	return p.f, nil
}

// ruleFileParser remembers whether indented lines belong to an example or to a rule.
type ruleFileParser struct {
	f      *ruleFile
	inBase bool
	base   string
}

func (p *ruleFileParser) line(line string) error {
	if line[0] == ' ' {
		return p.indented(strings.TrimSpace(line))
	}
	p.inBase = false
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "types":
		p.f.types = strings.Fields(rest)
	case "set":
		name, words, _ := strings.Cut(rest, " ")
		p.f.sets[name] = newWordSet(strings.Fields(words))
	case "base":
		p.inBase, p.base = true, rest
		p.f.bases[rest] = ""
	default:
		return p.rule(line)
	}
	return nil
}

// rule reads "E62 C3 C4 in E/E3: predicate".
func (p *ruleFileParser) rule(line string) error {
	head, holds, ok := strings.Cut(line, ": ")
	if !ok {
		return fmt.Errorf("%q: a rule is CODE NAME [in SEQUENCE]: PREDICATE", line)
	}
	head, scope, _ := strings.Cut(head, " in ")
	words := strings.Fields(head)
	if len(words) < 2 || len(words) > 2 && len(words) != 1+len(p.f.types) {
		return fmt.Errorf("%q: give one name, or one for each of the %d types", head, len(p.f.types))
	}
	p.f.rows = append(p.f.rows, ruleRow{code: words[0], names: words[1:], scope: scope, holds: holds})
	return nil
}

// indented is a line of an example, the text of a rule, or one of its cases.
func (p *ruleFileParser) indented(line string) error {
	if p.inBase {
		if p.f.bases[p.base] != "" {
			line = "\n" + line
		}
		p.f.bases[p.base] += line
		return nil
	}
	if len(p.f.rows) == 0 {
		return fmt.Errorf("%q stands under no rule", line)
	}
	row := &p.f.rows[len(p.f.rows)-1]
	head, edits, isCase := strings.Cut(line, ":")
	words := strings.Fields(head)
	if isCase && len(words) > 0 && (words[0] == "good" || words[0] == "bad") {
		row.cases = append(row.cases, ruleCase{words[0] == "good", words[1:], strings.TrimSpace(edits)})
		return nil
	}
	row.text = strings.TrimSpace(row.text + " " + line)
	return nil
}

// name is the rule's name in a type of its file, "" where the type does not have it.
func (row *ruleRow) name(f *ruleFile, typ string) string {
	name := row.names[0]
	if len(row.names) > 1 {
		name = row.names[slices.Index(f.types, typ)]
	}
	if name == "-" {
		return ""
	}
	return name
}

// example is the message of a type that its cases are edits of.
func (f *ruleFile) example(typ string) string {
	if b, ok := f.bases[typ]; ok {
		return b
	}
	return f.bases[""]
}

// example is the first good or bad case of the row that counts for a type.
func (row *ruleRow) example(typ string, good bool) string {
	for _, c := range row.cases {
		if c.good == good && c.isFor(typ) {
			return c.edits
		}
	}
	return ""
}

func (c *ruleCase) isFor(typ string) bool {
	return len(c.types) == 0 || slices.Contains(c.types, typ)
}

// rules lists what the tables say of one type, in the order they are checked.
func (t *ruleTable) rules(typ string) []Rule {
	f := t.files[typ]
	if f == nil {
		return nil
	}
	var list []Rule
	for i := range f.rows {
		row := &f.rows[i]
		if name := row.name(f, typ); name != "" {
			list = append(list, Rule{Type: typ, Name: name, Code: row.code, Scope: row.scope, Holds: row.holds,
				Text: row.text, Good: row.example(typ, true), Bad: row.example(typ, false)})
		}
	}
	return list
}

// structureCode is the code if the type has a rule with it that its structure keeps, else empty.
func (t *ruleTable) structureCode(typ, code string) string {
	for _, r := range t.rules(typ) {
		if r.Code == code && r.Holds == keptByStructure {
			return code
		}
	}
	return ""
}

// all lists the rules of every type, by type and then in the order they are checked.
func (t *ruleTable) all() []Rule {
	var list []Rule
	for _, typ := range slices.Sorted(maps.Keys(t.files)) {
		list = append(list, t.rules(typ)...)
	}
	return list
}

// compile makes the rules of one type ready to run over views that number its sequences as seqs does.
func (t *ruleTable) compile(typ string, seqs sequenceIDs, iban func(string) bool) ([]compiledRule, error) {
	var compiled []compiledRule
	for _, r := range t.rules(typ) {
		if r.Holds == keptByStructure {
			continue
		}
		c := compiledRule{Rule: &r, title: r.Title(), scope: -1}
		if err := c.compile(t, seqs, iban); err != nil {
			return nil, fmt.Errorf("%s, code %s: %w", c.title, r.Code, err)
		}
		compiled = append(compiled, c)
	}
	return compiled, nil
}

func (c *compiledRule) compile(t *ruleTable, seqs sequenceIDs, iban func(string) bool) (err error) {
	p := predicateParser{src: c.Holds, scope: c.Scope, seqs: seqs, iban: iban, sets: [2]map[string]*wordSet{t.files[c.Type].sets, t.sets}}
	if c.Scope != "" {
		id, ok := seqs(c.Scope)
		if !ok {
			return fmt.Errorf("sequence %q is not in the type's structure", c.Scope)
		}
		c.scope = id
	}
	c.clause, err = p.parse()
	c.named = p.named
	return err
}
