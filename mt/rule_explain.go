package mt

import "slices"

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
