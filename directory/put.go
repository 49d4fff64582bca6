package directory

import (
	"slices"

	"corridor.example/corridor"
)

// The put functions replace one record and keep what is looked up by. Slices are never altered in place: copies share them.

func (d *Directory) putEntity(e *Entity) {
	if old := d.entities[e.ID]; old != nil {
		d.records.remove(recordDigest(Change{Entity: old}))
		if old.LEI != "" && d.byLEI[old.LEI] == old.ID {
			delete(d.byLEI, old.LEI)
		}
	}
	d.entities[e.ID] = e
	if e.LEI != "" {
		d.byLEI[e.LEI] = e.ID
	}
	d.records.add(recordDigest(Change{Entity: e}))
}

func (d *Directory) putOffice(o *Office) {
	old := d.offices[o.BIC]
	if old != nil {
		d.records.remove(recordDigest(Change{Office: old}))
		if old.Gateway != "" {
			d.byGateway[old.Gateway] = without(d.byGateway[old.Gateway], old.BIC)
		}
	}
	d.offices[o.BIC] = o
	d.records.add(recordDigest(Change{Office: o}))
	if o.Gateway != "" {
		d.byGateway[o.Gateway] = with(d.byGateway[o.Gateway], o.BIC)
	}
	switch {
	case old != nil: // its entity is the same for ever
	case len(o.BIC) == 8:
		d.officesOf[o.Entity] = with(d.officesOf[o.Entity], o.BIC)
	default:
		d.branches[o.BIC.BIC8()] = with(d.branches[o.BIC.BIC8()], o.BIC)
	}
}

// putOwnerships replaces all shares of a pair.
func (d *Directory) putOwnerships(p pair, all []*Ownership) {
	old := d.ownerships[p]
	for _, o := range old {
		d.records.remove(recordDigest(Change{Ownership: o}))
	}
	for _, o := range all {
		d.records.add(recordDigest(Change{Ownership: o}))
	}
	if len(old) > 0 {
		same := func(o *Ownership) bool { return o.Owner == p.owner && o.Owned == p.owned }
		d.owns[p.owner] = slices.DeleteFunc(slices.Clone(d.owns[p.owner]), same)
		d.ownedBy[p.owned] = slices.DeleteFunc(slices.Clone(d.ownedBy[p.owned]), same)
	}
	d.owns[p.owner] = append(d.owns[p.owner], all...) // a Clone's slices have no room: neither sees the other's
	d.ownedBy[p.owned] = append(d.ownedBy[p.owned], all...)
	d.ownerships[p] = all
	d.count += len(all) - len(old)
}

func (d *Directory) putStanding(s *Standing) {
	if old := d.standings[s.BIC]; old != nil {
		d.records.remove(recordDigest(Change{Standing: old}))
	}
	d.standings[s.BIC] = s
	d.records.add(recordDigest(Change{Standing: s}))
}

// with and without give a new sorted slice.
func with(all []corridor.BIC, b corridor.BIC) []corridor.BIC {
	at, found := slices.BinarySearch(all, b)
	if found {
		return all
	}
	return slices.Concat(all[:at], []corridor.BIC{b}, all[at:])
}

func without(all []corridor.BIC, b corridor.BIC) []corridor.BIC {
	at, found := slices.BinarySearch(all, b)
	if !found {
		return all
	}
	return slices.Concat(all[:at], all[at+1:])
}
