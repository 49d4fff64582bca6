package directory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"corridor.example/corridor"
)

// LikeWhy is why a member may be taken for another.
type LikeWhy string

// The reasons.
const (
	SimilarName   LikeWhy = "similar name"
	SamePrefix    LikeWhy = "same BIC prefix"
	SameWordsAway LikeWhy = "same words, other country"
)

// LookAlike is a member that may be taken for the one that is meant.
type LookAlike struct {
	Entity  EntityID       `json:"entity"`
	Name    string         `json:"name"` // the one of its names that is most similar
	Country string         `json:"country"`
	BICs    []corridor.BIC `json:"bics"`
	Score   int            `json:"similarity"` // 0 to 100
	Why     []LikeWhy      `json:"reasons"`
}

// Subject is what is looked for: names as a list has them, the entities and BICs that were chosen for them, or some of these.
type Subject struct {
	Names    []string
	Entities []EntityID
	BICs     []corridor.BIC
}

// DefaultSimilarity is from where on a name counts as similar: names that share most of their telling words reach it.
const DefaultSimilarity = 60

// LookAlikes are the members, other than the subject's own entities, whose names are at least so similar to one of the subject's
// names, whose BICs share its first four letters, or that have the same words in another country. The most similar first, at
// most MaxLookAlikes.
func (d *Directory) LookAlikes(s Subject, atLeast int) ([]LookAlike, error) {
	own, names, err := d.ownNames(s)
	if err != nil {
		return nil, err
	}
	prefixes := map[corridor.BIC]bool{}
	for _, b := range s.BICs {
		prefixes[b[:4]] = true
	}
	countries := map[string]bool{}
	for id := range own {
		countries[d.entities[id].Country] = true
		for _, b := range d.officesOf[id] {
			prefixes[b[:4]] = true
		}
	}
	var all []LookAlike
	for _, id := range slices.Sorted(maps.Keys(d.officesOf)) {
		if own[id] {
			continue
		}
		l := d.compare(id, names, prefixes, countries, atLeast)
		if len(l.Why) > 0 {
			all = append(all, l)
		}
	}
	slices.SortStableFunc(all, func(a, b LookAlike) int { return cmp.Compare(b.Score, a.Score) })
	return all[:min(len(all), MaxLookAlikes)], nil
}

// ownNames are the subject's entities and all names they go by.
func (d *Directory) ownNames(s Subject) (map[EntityID]bool, []*profile, error) {
	own, names := map[EntityID]bool{}, slices.Clone(s.Names)
	for _, b := range s.BICs {
		if len(b) < 8 {
			return nil, nil, fmt.Errorf("BIC %q: give 8 or 11 characters", b)
		}
		if e := d.Owner(b); e != nil {
			own[e.ID] = true
		}
	}
	for _, id := range s.Entities {
		if d.entities[id] == nil {
			return nil, nil, fmt.Errorf("the entity %s is not in the directory", id)
		}
		own[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(own)) {
		names = append(names, d.namesOf(id)...)
	}
	var all []*profile
	for _, n := range names {
		all = append(all, profileOf(n))
	}
	return own, all, nil
}

// compare looks at one member.
func (d *Directory) compare(id EntityID, names []*profile, prefixes map[corridor.BIC]bool, countries map[string]bool, atLeast int) LookAlike {
	e := d.entities[id]
	l := LookAlike{Entity: id, Name: e.Name, Country: e.Country, BICs: d.officesOf[id]}
	words := false
	for _, name := range d.namesOf(id) {
		p := profileOf(name)
		for _, n := range names {
			if s := similarity(n, p); s > l.Score {
				l.Score, l.Name = s, name
			}
			words = words || n.within(p) || p.within(n)
		}
	}
	if l.Score >= atLeast {
		l.Why = append(l.Why, SimilarName)
	}
	if slices.ContainsFunc(l.BICs, func(b corridor.BIC) bool { return prefixes[b[:4]] }) {
		l.Why = append(l.Why, SamePrefix)
	}
	if words && len(countries) > 0 && !countries[e.Country] {
		l.Why = append(l.Why, SameWordsAway)
	}
	return l
}
