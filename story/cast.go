package story

import (
	"fmt"

	"corridor.example/corridor"
)

// actor is a member of the cast: all are invented.
type actor struct {
	bic           corridor.BIC // BIC8, or BIC11 of a branch
	name          string
	entity        string
	country       string // of the BIC
	established   string
	owner         string // entity that owns it
	percent       string
	terminal      corridor.LT
	servedThrough corridor.BIC // the service bureau that carries it
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

// lt is the terminal that a cast member logs in with.
func (a *actor) lt() corridor.LT { return corridor.LTOf(a.bic, 'A') }

// cmdCast admits the cast, or those of it that are named.
func (s *stage) cmdCast(l *line) error {
	for _, a := range cast() {
		if len(l.words) > 1 && !contains(l.words[1:], string(a.bic)) {
			continue
		}
		if err := s.enter(&a); err != nil {
			return fmt.Errorf("%s: %w", a.bic, err)
		}
	}
	return nil
}

func contains(all []string, s string) bool {
	for _, x := range all {
		if x == s {
			return true
		}
	}
	return false
}

// enter admits a member.
func (s *stage) enter(a *actor) error {
	if a.country == "" {
		a.country = a.bic.Country()
	}
	b, err := s.newBank(a.lt(), a.name)
	if err != nil {
		return err
	}
	s.login(b)
	s.desk.actors = append(s.desk.actors, *a)
	return nil
}
