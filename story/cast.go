package story

import (
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// actor is a member of the cast: all are invented.
type actor struct {
	bic         corridor.BIC // BIC8, or BIC11 of a branch
	name        string
	entity      directory.EntityID
	established string             // country of the office's establishment
	owner       directory.EntityID // entity that owns its entity
	percent     corridor.Decimal
	gateway     string // the service bureau that carries it
	noService   bool   // in the directory only: it has no terminal
}

// cast are the banks of the acceptance scenarios.
func cast() []actor {
	return []actor{
		{bic: "ZQVARUMM", name: "Vostrova Bank", entity: "LE-VOSTROVA", established: "RU"},
		{bic: "ZQVARUMMSPB", name: "Vostrova Bank, branch in St Petersburg", entity: "LE-VOSTROVA", established: "RU"},
		{bic: "ZQVSRUMM", name: "Vostrova South", entity: "LE-VOSTROVA-SOUTH", established: "RU", owner: "LE-VOSTROVA", percent: "60"},
		{bic: "ZQVHRUMM", name: "Half Bank", entity: "LE-HALF", established: "RU", owner: "LE-VOSTROVA", percent: "50"},
		{bic: "ZQVKKZKA", name: "Vostrova Almaty", entity: "LE-VOSTROVA-KZ", established: "KZ", owner: "LE-VOSTROVA", percent: "100"},
		{bic: "ZQVEDEFF", name: "Vostrova Europe", entity: "LE-VOSTROVA-DE", established: "DE", owner: "LE-VOSTROVA", percent: "100"},
		{bic: "ZQGARUMM", name: "Gazolin Bank", entity: "LE-GAZOLIN", established: "RU"},
		{bic: "ZQSBRUMM", name: "Sberovsk", entity: "LE-SBEROVSK", established: "RU"},
		{bic: "ZQBDBY2X", name: "Bank for Development and Reconstruction", entity: "LE-BDR", established: "BY"},
		{bic: "ZQRDBY2X", name: "Development Bank of the Republic", entity: "LE-DBR", established: "BY"},
		{bic: "ZQMIRUMM", name: "Two-Regime Bank", entity: "LE-TWO-REGIME", established: "RU"},
		{bic: "ZQCRUAUK", name: "Seaside Bank", entity: "LE-SEASIDE", established: "RU"},
		{bic: "ZQEMRUMM", name: "Embassy Account Bank", entity: "LE-EMBASSY", established: "RU"},
		{bic: "ZQDEDEFF", name: "Deutsche Muster", entity: "LE-MUSTER", established: "DE"},
		{bic: "ZQFRFRPP", name: "Banque Exemple", entity: "LE-EXEMPLE", established: "FR"},
		{bic: "ZQUSUS33", name: "Sample Bank of New York", entity: "LE-SAMPLE", established: "US"},
		{bic: "ZQTRTRIS", name: "Respondent House", entity: "LE-RESPONDENT", established: "TR"},
		{bic: "ZQBUBEBB", name: "Service Bureau", entity: "LE-BUREAU", established: "BE"},
	}
}

// cmdCast puts the cast, or those of it that are named, into the directory, and logs them in.
func (s *stage) cmdCast(l *line) error {
	var all []actor
	for _, a := range cast() {
		if len(l.words) == 1 || slices.Contains(l.words[1:], string(a.bic)) {
			all = append(all, a)
		}
	}
	return s.enter(all)
}

// enter writes members into the directory, admits their terminals and logs them in.
func (s *stage) enter(all []actor) error {
	known := map[directory.EntityID]bool{}
	var entities, offices, branches, shares []directory.Change
	for _, a := range all {
		if !known[a.entity] {
			known[a.entity] = true
			entities = append(entities, directory.Change{Entity: &directory.Entity{ID: a.entity, Name: a.name, Country: a.established, Status: directory.Active}})
		}
		o := &directory.Office{BIC: a.bic, Entity: a.entity, Status: directory.Active, Gateway: a.gateway}
		if len(a.bic) == 11 {
			o.Entity, o.Name, o.Established = "", a.name, a.established
			branches = append(branches, directory.Change{Office: o})
			continue
		}
		o.Services, o.Terminals = services(), []string{"A"}
		offices = append(offices, directory.Change{Office: o})
		if a.owner != "" {
			shares = append(shares, share(a.owner, a.entity, a.percent, "2010-01-01"))
		}
	}
	if err := s.change(slices.Concat(entities, offices, branches, shares)...); err != nil {
		return err
	}
	for i := range all {
		if all[i].noService {
			continue
		}
		b, err := s.newBank(corridor.LTOf(all[i].bic, 'A'), all[i].name)
		if err != nil {
			return err
		}
		s.login(b)
		if err := s.settle(); err != nil {
			return err
		}
	}
	return nil
}

func services() []directory.Service {
	return []directory.Service{{Name: "file"}, {Name: "fin"}, {Name: "mx"}}
}

func share(owner, owned directory.EntityID, percent corridor.Decimal, from directory.Date) directory.Change {
	return directory.Change{Ownership: &directory.Ownership{Owner: owner, Owned: owned, Percent: percent, From: from, Direct: true}}
}

// cmdMember is one member of the story's own.
func (s *stage) cmdMember(l *line) error {
	if len(l.words) != 3 {
		return usage(l)
	}
	b, err := corridor.ParseBIC(l.words[1])
	if err != nil {
		return err
	}
	return s.enter([]actor{{
		bic: b, name: l.words[2], entity: directory.EntityID(l.setting("entity", "LE-"+string(b.BIC8()))), established: l.setting("established", b.Country()),
		owner: directory.EntityID(l.setting("owner", "")), percent: corridor.Decimal(l.setting("percent", "")), gateway: l.setting("gateway", ""),
	}})
}

// cmdOwns is a share from a date on; the one before ends there.
func (s *stage) cmdOwns(l *line) error {
	if len(l.words) != 4 {
		return usage(l)
	}
	owner, owned, percent := directory.EntityID(l.words[1]), directory.EntityID(l.words[2]), corridor.Decimal(l.words[3])
	from := directory.Date(l.setting("from", s.now.Format(time.DateOnly)))
	for _, o := range s.heart.Directory().Owners(owned) {
		if o.Owner == owner && o.To == "" {
			ended := *o
			ended.To = from
			if err := s.change(directory.Change{Ownership: &ended}); err != nil {
				return err
			}
		}
	}
	return s.change(share(owner, owned, percent, from))
}
