package standing

import (
	"cmp"
	"fmt"
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// takeTicks keeps what the drafter ticked: a look-alike that is in is named by that.
func (r *resolver) takeTicks() {
	for _, l := range r.order.Subject.LookAlikes {
		owner := r.owner(l.BIC)
		switch {
		case owner == "":
			r.unknown = append(r.unknown, fmt.Sprintf("look-alike %s is not in the directory: take it out of look_alikes", l.BIC))
			continue
		case l.In && r.in[l.BIC] == nil:
			r.in[l.BIC] = &Resolved{BIC: l.BIC, Entity: owner, Explicit: true}
		case !l.In && r.in[l.BIC] != nil:
			r.unknown = append(r.unknown, fmt.Sprintf("look-alike %s is ticked out and covered all the same: exclude it, or tick it in", l.BIC))
		}
		r.ticked = append(r.ticked, l)
	}
}

// resemblances finds the members that somebody may take for a subject, or a subject for them (R12).
func (r *resolver) resemblances(roots []directory.EntityID) error {
	for _, id := range roots {
		if err := r.alike(r.directory.Entity(id).Name, directory.Subject{Entities: []directory.EntityID{id}}); err != nil {
			return err
		}
	}
	for _, n := range r.order.Subject.Names {
		s := directory.Subject{Names: []string{n.Name}}
		if r.directory.Entity(directory.EntityID(n.Entity)) != nil {
			s.Entities = []directory.EntityID{directory.EntityID(n.Entity)}
		}
		if err := r.alike(n.Name, s); err != nil {
			return err
		}
	}
	slices.SortFunc(r.open, func(a, b LookAlike) int {
		return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), cmp.Compare(a.BIC, b.BIC))
	})
	return nil
}

func (r *resolver) alike(name string, s directory.Subject) error {
	all, err := r.directory.LookAlikes(s, directory.DefaultSimilarity)
	for _, l := range all {
		for _, b := range l.BICs {
			r.resembles(LookAlike{BIC: b, Name: l.Name, Like: name, Similarity: l.Score})
		}
	}
	return err
}

// resembles notes a look-alike that nobody has decided on: one that is covered, expressly out or ticked is decided.
func (r *resolver) resembles(l LookAlike) {
	if r.in[l.BIC] != nil || r.excluded(l.BIC) || alikeAt(r.ticked, l.BIC) >= 0 {
		return
	}
	if i := alikeAt(r.open, l.BIC); i < 0 {
		r.open = append(r.open, l)
	} else if r.open[i].Similarity < l.Similarity {
		r.open[i] = l
	}
}

func alikeAt(all []LookAlike, b corridor.BIC) int {
	return slices.IndexFunc(all, func(l LookAlike) bool { return l.BIC == b })
}

// Tick decides on an open look-alike: it goes into the order with the reason, in or out.
func (s *Resolution) Tick(b corridor.BIC, in bool, reason string) error {
	i := alikeAt(s.Open, b)
	switch {
	case i < 0:
		return fmt.Errorf("%s is no open look-alike of this order", b)
	case reason == "":
		return fmt.Errorf("look-alike %s: say why it is in or out", b)
	}
	l := s.Open[i]
	l.In, l.Reason = in, reason
	s.Open = slices.Delete(slices.Clone(s.Open), i, i+1)
	s.Subject.LookAlikes = append(slices.Clone(s.Subject.LookAlikes), l)
	return nil
}
