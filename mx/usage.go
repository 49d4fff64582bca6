package mx

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"time"

	corridor "corridor.example/corridor"
)

// Profile names the rules that a message is judged by beside its schema.
type Profile string

// SchemaOnly is the profile without usage rules: the schema as published. CBPR2025 and CBPR2026 are the guidelines for
// cross-border payments of those Standards Releases.
const (
	SchemaOnly Profile = "schema"
	CBPR2025   Profile = "cbpr-2025"
	CBPR2026   Profile = "cbpr-2026"
)

// The usage tables: a folder a profile. profile.txt says from when it counts and which profile it builds on; then
// shapes.txt and one file a message narrow the schema (usage_table.go), rules.txt holds what one element cannot
// know alone (usage_rule.go), services.txt the business services.
//
//go:embed standard/cbpr-2025/*.txt standard/cbpr-2026/*.txt
var usageFiles embed.FS

// usageProfiles lists the profiles with usage rules, older first, so that a profile finds the one it builds on.
var usageProfiles = []Profile{CBPR2025, CBPR2026}

// profileTable is one profile, read from its folder.
type profileTable struct {
	name     Profile
	base     *profileTable // the profile that it builds on
	from     time.Time
	services []serviceLine
	tables   narrowTables
	rules    []*usageRule
	dropped  []string // names of rules of the base that do not count here
}

// serviceLine says which business services name a guideline: a message and its variant.
type serviceLine struct {
	message   corridor.MessageType
	variant   string
	services  []string
	withdrawn bool
	guessed   bool
}

// usageTables reads all profiles once. The tables are part of the program and tested, so a mistake in them stops it.
var usageTables = sync.OnceValue(func() map[Profile]*profileTable {
	all := map[Profile]*profileTable{}
	for _, p := range usageProfiles {
		t, err := readProfile(p, all)
		if err != nil {
			panic("mx: usage tables of " + string(p) + ": " + err.Error())
		}
		all[p] = t
	}
	return all
})

// readProfile reads the folder of one profile; older profiles are in known.
func readProfile(p Profile, known map[Profile]*profileTable) (*profileTable, error) {
	dir := "standard/" + string(p) + "/"
	t := &profileTable{name: p, tables: narrowTables{shapes: map[string]*narrowing{}, trees: map[treeKey]*narrowing{}}}
	if err := t.readHead(dir, known); err != nil {
		return nil, err
	}
	files, err := usageFiles.ReadDir(strings.TrimSuffix(dir, "/"))
	if err != nil {
		return nil, err
	}
	read := map[string]func(string) error{"profile.txt": nil, "services.txt": t.readServices, "text.txt": t.tables.readTexts,
		"rules.txt": t.readRules, "shapes.txt": nil}
	if err := t.readFile(dir, "shapes.txt", t.tables.read); err != nil {
		return nil, err
	}
	for _, f := range files {
		by, special := read[f.Name()]
		if !special {
			by = t.tables.read
		}
		if err := t.readFile(dir, f.Name(), by); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// readFile hands one file to its reader; a file without a reader was read before, one that is absent is no mistake.
func (t *profileTable) readFile(dir, name string, by func(string) error) error {
	b, err := usageFiles.ReadFile(dir + name)
	if by == nil || err != nil {
		return nil
	}
	if err := by(string(b)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// readHead reads profile.txt: "profile NAME [like NAME]" and "from TIME".
func (t *profileTable) readHead(dir string, known map[Profile]*profileTable) error {
	b, err := usageFiles.ReadFile(dir + "profile.txt")
	if err != nil {
		return err
	}
	return eachLine(string(b), func(line string) error {
		w := strings.Fields(line)
		switch {
		case w[0] == "profile" && len(w) == 4:
			if t.base = known[Profile(w[3])]; t.base == nil {
				return fmt.Errorf("no profile %s before this one", w[3])
			}
			t.tables.base = &t.base.tables
			return nil
		case w[0] == "profile" && len(w) == 2:
			return nil
		case w[0] == "from" && len(w) == 2:
			t.from, err = time.Parse(time.RFC3339, w[1])
			return err
		}
		return fmt.Errorf("line %q: expected profile or from", line)
	})
}

// readServices reads "MESSAGE VARIANT SERVICE… [guessed]" or "MESSAGE VARIANT withdrawn".
func (t *profileTable) readServices(text string) error {
	return eachLine(text, func(line string) error {
		w := strings.Fields(line)
		if len(w) < 3 {
			return fmt.Errorf("line %q: expected a message, a variant and services", line)
		}
		s := serviceLine{message: corridor.MessageType(w[0]), variant: w[1]}
		for _, v := range w[2:] {
			switch v {
			case "withdrawn":
				s.withdrawn = true
			case "guessed":
				s.guessed = true
			default:
				s.services = append(s.services, v)
			}
		}
		t.services = append(t.services, s)
		return nil
	})
}

// eachLine calls f for every line that is neither empty nor a comment.
func eachLine(text string, f func(string) error) error {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \n")
		if line == "" || line[0] == '#' {
			continue
		}
		if err := f(line); err != nil {
			return err
		}
	}
	return nil
}

// has reports whether the line lists the service.
func (s *serviceLine) has(service string) bool {
	for _, v := range s.services {
		if v == service {
			return true
		}
	}
	return false
}

// line finds the guideline of a message that a service names, or nil.
func (t *profileTable) line(m corridor.MessageType, service string) *serviceLine {
	for i := range t.services {
		if s := &t.services[i]; s.message == m && s.has(service) {
			return s
		}
	}
	return nil
}

// covers reports whether the profile has a guideline for the message.
func (t *profileTable) covers(m corridor.MessageType) bool {
	for i := range t.services {
		if t.services[i].message == m {
			return true
		}
	}
	return false
}

// servicesOf lists what the header's BizSvc may say for a message and variant.
func (t *profileTable) servicesOf(m corridor.MessageType, variant string) []string {
	for i := range t.services {
		if s := &t.services[i]; s.message == m && s.variant == variant {
			return s.services
		}
	}
	return nil
}

// ProfileOf chooses the profile and the variant of a message by the business service of its header. A service that one
// profile alone knows decides; one that several know, or none though it is of the CBPR+ family, is judged by the
// profile in force at the moment the hub accepted the message. Every other service has no usage rules here.
func ProfileOf(m corridor.MessageType, service string, accepted time.Time) (Profile, string) {
	tables := usageTables()
	var found []*profileTable
	for _, p := range usageProfiles {
		if t := tables[p]; t.line(m, service) != nil {
			found = append(found, t)
		}
	}
	switch {
	case len(found) == 1:
		return found[0].name, found[0].line(m, service).variant
	case len(found) == 0 && !strings.HasPrefix(service, familyCBPR):
		return SchemaOnly, ""
	}
	p := InForce(accepted)
	return p, VariantOf(p, m, service)
}

// VariantOf is the variant of a message that a service names under a profile; "core" if the profile does not know the
// service, which a rule then refuses.
func VariantOf(p Profile, m corridor.MessageType, service string) string {
	if t := usageTables()[p]; t != nil {
		if s := t.line(m, service); s != nil {
			return s.variant
		}
	}
	return "core"
}

// InForce is the newest profile that counts at a moment.
func InForce(at time.Time) Profile {
	tables := usageTables()
	for i := len(usageProfiles) - 1; i > 0; i-- {
		if !at.Before(tables[usageProfiles[i]].from) {
			return usageProfiles[i]
		}
	}
	return usageProfiles[0]
}

// ParseProfile reads the name of a profile.
func ParseProfile(s string) (Profile, error) {
	switch p := Profile(s); p {
	case SchemaOnly, CBPR2025, CBPR2026:
		return p, nil
	}
	return "", fmt.Errorf("profile %q: give %s, %s or %s", s, CBPR2025, CBPR2026, SchemaOnly)
}
