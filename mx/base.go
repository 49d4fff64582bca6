package mx

import "strings"

// The rules of the standard itself and its external code sets count for every message, also where no guideline does.
// The rules stand in the tables of the guidelines, which contain them, with codes of their own.

// baseCode reports the code of a rule that belongs to the message, not to a guideline (H of headers, X of messages).
func baseCode(code string) bool {
	return len(code) == 6 && (code[0] == 'X' || code[0] == 'H') && allDigits([]byte(code[1:]))
}

// baseOverlay lays the standard's own rules over a model, once.
func baseOverlay(m *model) *overlay {
	return m.keep("base", func() any {
		t := usageTables()[InForce(newestRelease)]
		o := &overlay{name: "base", must: map[Elem][]Elem{}, from: t.from, until: nextRelease(t)}
		for part, s := range m.parts {
			if s != nil {
				o.parts[part] = baseLists(s)
			}
		}
		var rules []*usageRule
		for _, r := range t.rulesOf(m.message(), "core") {
			if baseCode(r.code) && !r.warn {
				rules = append(rules, r)
			}
		}
		attachRules(o, m, rules, nil)
		return o
	}).(*overlay)
}

// baseLists is what a path has without a guideline: the external code set of its type.
func baseLists(s *schema) []overlaid {
	out := make([]overlaid, len(s.elems))
	for i := range s.elems {
		if x := s.elems[i].text; x != nil && strings.HasPrefix(x.name, "External") {
			out[i].list = CodeSetOf(x.name)
		}
	}
	return out
}
