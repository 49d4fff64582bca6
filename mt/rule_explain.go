package mt

import (
	"fmt"
	"slices"
	"strings"
)

// Rules lists the rules of a message type ("103", "103.STP") in the order they are checked.
func (s *Standard) Rules(typ string) []Rule { return s.rules.rules(typ) }

// RulesWith lists the rules of all types whose breach has this code, by type.
func (s *Standard) RulesWith(code string) []Rule {
	return slices.DeleteFunc(s.rules.all(), func(r Rule) bool { return r.Code != code })
}

// RuleCodes lists the codes of all rules, each with the types that use it.
func (s *Standard) RuleCodes() map[string][]string {
	codes := map[string][]string{}
	for _, r := range s.rules.all() {
		if types := codes[r.Code]; !slices.Contains(types, r.Type) {
			codes[r.Code] = append(types, r.Type)
		}
	}
	return codes
}

// RuleExample is the text, block 4, of the message that the cases of a type's rules are edits of.
func (s *Standard) RuleExample(typ string) string {
	f := s.rules.files[typ]
	if f == nil {
		return ""
	}
	return f.example(typ)
}

// explainRules shows what a code stands for: each rule once, with the types that have it, and its examples as edits of
// a valid text.
func (s *Standard) explainRules(b *strings.Builder, code string) {
	titles := map[string][]string{}
	var order []Rule
	for _, r := range s.RulesWith(code) {
		if titles[r.Text] == nil {
			order = append(order, r)
		}
		titles[r.Text] = append(titles[r.Text], r.Title())
	}
	for _, r := range order {
		fmt.Fprintf(b, "%s: %s\n    %s\n", code, r.Text, strings.Join(titles[r.Text], ", "))
		if r.Holds != keptByStructure {
			fmt.Fprintf(b, "    must hold%s: %s\n", inSequence(r.Scope), r.Holds)
		}
		fmt.Fprintf(b, "    kept, for example, after %s; broken after %s (edits of the example of MT %s)\n", r.Good, r.Bad, r.Type)
	}
}

func inSequence(path string) string {
	if path == "" {
		return ""
	}
	return " in each " + path
}
