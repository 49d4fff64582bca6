package mx

import (
	"fmt"
	"sort"
	"strings"

	corridor "corridor.example/corridor"
)

// UsageRule is one usage rule as people and programs read it.
type UsageRule struct {
	Profile  Profile  `json:"profile"`
	Code     string   `json:"code"`
	Name     string   `json:"name"`
	Refuses  bool     `json:"refuses"`  // otherwise it warns
	Messages []string `json:"messages"` // MESSAGE or MESSAGE/VARIANT; * for all, -MESSAGE for not this one
	In       []string `json:"in"`       // the elements at which it is judged
	Holds    string   `json:"holds"`    // the predicate
	Text     string   `json:"text"`
	Good     []string `json:"good"` // edits of the message's example that keep it
	Bad      []string `json:"bad"`  // and that break it
}

// UsageRules lists the rules of a profile, those that it takes over from the older one first.
func UsageRules(p Profile) []UsageRule {
	t := usageTables()[p]
	if t == nil {
		return nil
	}
	var out []UsageRule
	if t.base != nil {
		for _, r := range UsageRules(t.base.name) {
			if !contains(t.dropped, r.Name) {
				out = append(out, r)
			}
		}
	}
	for _, r := range t.rules {
		out = append(out, r.public(p))
	}
	return out
}

func (r *usageRule) public(p Profile) UsageRule {
	u := UsageRule{Profile: p, Code: r.code, Name: r.name, Refuses: !r.warn, Messages: r.selectors, In: r.scopes, Holds: r.predicate, Text: r.text}
	for _, c := range r.cases {
		if c.good {
			u.Good = append(u.Good, c.base+": "+c.edits)
		} else {
			u.Bad = append(u.Bad, c.base+": "+c.edits)
		}
	}
	return u
}

// ExplainUsage says what the usage tables know of a word: a code ("UA101", "X00046", "G02"), a rule's name or a part of
// it ("Postal_Address"), a business service ("swift.cbprplus.cov.04"), an external code set or one of its codes
// ("ExternalPurpose1Code", "SALA"). It reports whether there was anything.
func ExplainUsage(word string) (string, bool) {
	var b strings.Builder
	if text, ok := usageCodeTexts[strings.ToUpper(word)]; ok {
		fmt.Fprintf(&b, "%s  %s\n", strings.ToUpper(word), text)
	}
	explainRules(&b, word)
	explainServices(&b, word)
	explainExternal(&b, word)
	return b.String(), b.Len() > 0
}

// explainRules writes the rules with a code or a name, each once with the profiles that have it.
func explainRules(b *strings.Builder, word string) {
	type key struct{ code, name, holds string }
	seen := map[key]int{}
	var rules []UsageRule
	var profiles [][]string
	for _, p := range usageProfiles {
		for _, r := range UsageRules(p) {
			if !strings.EqualFold(r.Code, word) && (len(word) < 4 || !strings.Contains(strings.ToLower(r.Name), strings.ToLower(word))) {
				continue
			}
			k := key{r.Code, r.Name, r.Holds + strings.Join(r.Messages, " ")}
			i, ok := seen[k]
			if !ok {
				i = len(rules)
				seen[k] = i
				rules, profiles = append(rules, r), append(profiles, nil)
			}
			profiles[i] = append(profiles[i], string(p))
		}
	}
	for i, r := range rules {
		kind := "refuses"
		if !r.Refuses {
			kind = "warns"
		}
		fmt.Fprintf(b, "%s  %s  (%s; %s)\n  %s\n  for %s, at %s:\n    %s\n", r.Code, r.Name, kind, strings.Join(profiles[i], ", "), r.Text,
			strings.Join(r.Messages, " "), strings.Join(r.In, " "), r.Holds)
	}
}

// explainServices writes the guidelines that a business service names.
func explainServices(b *strings.Builder, word string) {
	for _, p := range usageProfiles {
		for _, s := range usageTables()[p].services {
			if !s.has(word) {
				continue
			}
			mark := ""
			if s.guessed {
				mark = "  (the value follows a pattern and was not seen in print)"
			}
			fmt.Fprintf(b, "%s  %s %s of %s%s\n", word, s.message, s.variant, p, mark)
		}
	}
}

// explainExternal writes a code set, or the sets that have a code.
func explainExternal(b *strings.Builder, word string) {
	if s := CodeSetOf(word); s != nil {
		fmt.Fprintf(b, "%s  as of %s\n", word, s.AsOf)
		for _, c := range s.Codes() {
			fmt.Fprintf(b, "  %-8s %s\n", c.Code, c.Meaning)
		}
		return
	}
	var names []string
	for name, s := range codeSets() {
		if _, ok := s.Code(strings.ToUpper(word)); ok {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		c, _ := CodeSetOf(name).Code(strings.ToUpper(word))
		fmt.Fprintf(b, "%s  %s (%s)\n", c.Code, c.Meaning, name)
	}
}

// NarrowingsAt says what the guidelines narrow at a path of a message, a line for each profile and variant that narrows
// something there: NarrowingsAt("pacs.008.001.08", "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/InstrId").
func NarrowingsAt(m corridor.MessageType, path string) []string {
	t := Standard()
	doc, head := t.schemaOf([]byte(isoNamespace+string(m))), t.schemaOf([]byte(isoNamespace+"head.001.001.02"))
	if doc == nil {
		return nil
	}
	model := t.modelOf(modelKey{doc, head, nil})
	e := model.elem(path)
	if e == noElem {
		return nil
	}
	var out []string
	for _, p := range usageProfiles {
		for _, s := range usageTables()[p].services {
			if s.message != m || s.withdrawn {
				continue
			}
			if text := overlayOf(model, p, s.variant).describe(e); text != "" {
				out = append(out, string(p)+" "+s.variant+": "+text)
			}
		}
	}
	return out
}

// describe is what an overlay has at a path, in words.
func (o *overlay) describe(e Elem) string {
	part, i := e.split()
	here := &o.parts[part][i]
	var out []string
	if n := here.n; n != nil {
		switch {
		case n.removed:
			return "removed"
		case n.mandatory:
			out = append(out, "mandatory")
		}
		if n.max > 0 {
			out = append(out, fmt.Sprintf("at most %d", n.max))
		}
		if n.maxLength > 0 {
			out = append(out, fmt.Sprintf("at most %d characters", n.maxLength))
		}
		if n.codes != nil {
			out = append(out, "only "+strings.Join(n.codes, ", "))
		}
	}
	for name, set := range textSetNamed {
		if set == here.set {
			out = append(out, name)
		}
	}
	if here.list != nil {
		out = append(out, "a code of "+here.list.Types[0])
	}
	if here.rules > 0 {
		for _, c := range o.rules[here.rules-1] {
			out = append(out, "rule "+c.code)
		}
	}
	return strings.Join(out, "; ")
}
