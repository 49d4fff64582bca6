package story

import (
	"fmt"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/standing"
)

// listed is one line of a list: "WAVE; NAME; BIC", the BIC missing where no member has the name.
type listed struct {
	wave string
	name string
	bic  corridor.BIC
}

func (x *listed) entity() directory.EntityID {
	for _, a := range cast() {
		if a.bic == x.bic {
			return a.entity
		}
	}
	return directory.EntityID("LE-" + string(x.bic))
}

// listCommands are about lists that instruments come with.
func listCommands() map[string]command {
	return map[string]command{
		"load": {"load FILE: a list that the program carries; those of it that have a BIC become members", true, (*stage).cmdLoad},
	}
}

func readList(text string) ([]listed, error) {
	var all []listed
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, ";")
		if len(f) != 3 {
			return nil, fmt.Errorf("line %d: give WAVE; NAME; BIC", i+1)
		}
		x := listed{strings.TrimSpace(f[0]), strings.TrimSpace(f[1]), corridor.BIC(strings.TrimSpace(f[2]))}
		if x.bic != "" {
			if _, err := corridor.ParseBIC(string(x.bic)); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
		}
		all = append(all, x)
	}
	return all, nil
}

func (s *stage) cmdLoad(l *line) error {
	if len(l.words) != 2 {
		return usage(l)
	}
	text, err := scripts.ReadFile("scripts/" + l.words[1])
	if err != nil {
		return err
	}
	if s.desk.list, err = readList(string(text)); err != nil {
		return err
	}
	var members []actor
	for i := range s.desk.list {
		x := &s.desk.list[i]
		if x.bic == "" || s.heart.Directory().Office(x.bic) != nil {
			continue
		}
		members = append(members, actor{bic: x.bic, name: x.name, entity: x.entity(), established: x.bic.Country()})
	}
	s.say("%d names are loaded from %s, %d of them are new members", len(s.desk.list), l.words[1], len(members))
	return s.enter(members)
}

// clauseWave names everyone of a wave of the loaded list, mapped to the member that has the name, or to nobody.
func (s *stage) clauseWave(o *standing.Order, l *line) error {
	if len(l.words) != 2 {
		return fmt.Errorf("give: wave NAME")
	}
	for i := range s.desk.list {
		x := &s.desk.list[i]
		if x.wave != l.words[1] {
			continue
		}
		n := standing.Name{Name: x.name}
		if x.bic != "" {
			n.Entity, n.Evidence = string(x.entity()), "the name in the directory is the same"
		}
		o.Subject.Names = append(o.Subject.Names, n)
	}
	if len(o.Subject.Names) == 0 {
		return fmt.Errorf("the list has no wave %q", l.words[1])
	}
	o.Subject.List = &standing.List{Name: "annex", Version: l.words[1]}
	return nil
}

// clauseWritten derives the instant from the instrument's words: "written "as of 12 March 2022" zone=Europe/Brussels".
func (s *stage) clauseWritten(o *standing.Order, l *line) error {
	if len(l.words) != 2 {
		return fmt.Errorf("give: written \"WORDS\" zone=ZONE")
	}
	zone, err := time.LoadLocation(l.setting("zone", "UTC"))
	if err != nil {
		return err
	}
	d, err := standing.Derive(l.words[1], zone, l.setting("rule", ""), s.now)
	if err != nil {
		return err
	}
	o.Effective = standing.Effective{UTC: d.UTC.Format(time.RFC3339), AsWritten: l.words[1], Zone: zone.String(), Derived: d.Rule, Date: d.UTC.In(zone).Format(time.DateOnly)}
	return nil
}

// expectNames counts the names of an order that no member has, and those that were mapped.
func (s *stage) expectNames(l *line) error {
	o := s.desk.drafts[l.words[2]]
	if o == nil {
		return fmt.Errorf("there is no order %q", l.words[2])
	}
	for key, got := range map[string]int{"names": len(o.Subject.Names), "no_member": len(o.Subject.NoMember), "resolved": len(o.Subject.Resolved)} {
		if want := l.setting(key, fmt.Sprint(got)); want != fmt.Sprint(got) {
			return fmt.Errorf("%s is %d", key, got)
		}
	}
	s.say("%s: %d names, %d institutions, no member: %s", o.ID, len(o.Subject.Names), len(o.Subject.Resolved), none(strings.Join(o.Subject.NoMember, ", ")))
	return nil
}

func none(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
