// Package directory is who is in the network: legal entities and who owns whom, their BICs and branches, the services each
// takes, and what orders made of them. It is a pure state: acts of the network's officers (kind "directory.change") and fences
// of orders change it, in the journal's order; it answers look-ups, ownership closures and look-alike names.
//
// It reads no clock and no disk: its dated files are package directory/files. It decides nothing about messages: that is
// package standing. Nothing is ever deleted, and a BIC never passes to another entity.
//
// A change replaces one record. All records together have a digest (see Form), so that a file, a member's copy and the hub's
// state can be compared by 32 bytes.
package directory

import (
	"maps"
	"slices"

	"corridor.example/corridor"
)

// Directory is the state. What its maps point to is never altered, so that copies share it. It is not safe for use by
// several goroutines while one changes it: give readers a Clone.
type Directory struct {
	version uint64
	digest  corridor.Digest // of the records, unless stale
	stale   bool
	at      corridor.Position
	time    int64

	entities   map[EntityID]*Entity
	offices    map[corridor.BIC]*Office
	standings  map[corridor.BIC]*Standing
	ownerships map[pair][]*Ownership // ascending by From; direct and indirect ones of a pair mixed
	count      int                   // of ownerships

	byLEI     map[string]EntityID
	owns      map[EntityID][]*Ownership // by owner, in no order
	ownedBy   map[EntityID][]*Ownership // by owned
	officesOf map[EntityID][]corridor.BIC
	branches  map[corridor.BIC][]corridor.BIC // BIC11s of a BIC8
	byGateway map[string][]corridor.BIC
	records   *digests
}

// pair is who owns whom.
type pair struct{ owner, owned EntityID }

// New is the empty directory, version 0.
func New() *Directory {
	d := &Directory{
		entities: map[EntityID]*Entity{}, offices: map[corridor.BIC]*Office{}, standings: map[corridor.BIC]*Standing{}, ownerships: map[pair][]*Ownership{},
		byLEI: map[string]EntityID{}, owns: map[EntityID][]*Ownership{}, ownedBy: map[EntityID][]*Ownership{}, officesOf: map[EntityID][]corridor.BIC{},
		branches: map[corridor.BIC][]corridor.BIC{}, byGateway: map[string][]corridor.BIC{}, records: newDigests(),
	}
	d.digest = d.records.sum()
	return d
}

// Clone is an independent copy; it costs the maps, not the records. Several goroutines may read it.
func (d *Directory) Clone() *Directory {
	d.Digest()
	c := *d
	c.entities, c.offices, c.standings, c.ownerships = maps.Clone(d.entities), maps.Clone(d.offices), maps.Clone(d.standings), maps.Clone(d.ownerships)
	c.byLEI, c.owns, c.ownedBy, c.officesOf = maps.Clone(d.byLEI), clipped(d.owns), clipped(d.ownedBy), maps.Clone(d.officesOf)
	c.branches, c.byGateway = maps.Clone(d.branches), maps.Clone(d.byGateway)
	records := *d.records
	c.records = &records
	return &c
}

// clipped is a copy whose slices have no room to grow in, so that an append to one is not seen in the other.
func clipped(m map[EntityID][]*Ownership) map[EntityID][]*Ownership {
	c := make(map[EntityID][]*Ownership, len(m))
	for k, v := range m {
		c[k] = slices.Clip(v)
	}
	return c
}

// Version counts the acts and standings that changed the directory.
func (d *Directory) Version() uint64 { return d.version }

// Digest is the digest of all records: see Form. It is worked out when it is asked for after a change.
func (d *Directory) Digest() corridor.Digest {
	if d.stale {
		d.digest, d.stale = d.records.sum(), false
	}
	return d.digest
}

// Changed is where in the journal, and when (Unix nanoseconds), the directory was last changed.
func (d *Directory) Changed() (corridor.Position, int64) { return d.at, d.time }

// Check says why an act's body would be refused now, or nil.
func (d *Directory) Check(body []byte) *corridor.Fault {
	_, f := d.edit(body)
	return f
}

// Apply takes the body of an act that is in the journal at the place and time given (Unix nanoseconds).
func (d *Directory) Apply(at corridor.Position, time int64, body []byte) error {
	e, f := d.edit(body)
	if f != nil {
		return f
	}
	e.commit()
	d.changed(at, time)
	return nil
}

// SetStanding takes what an order's fence at a place of the journal makes of a BIC8: Suspended, or Active again, from an
// instant on (Unix nanoseconds). It says whether that is news. A BIC that the directory does not know yet will have that standing when it comes.
func (d *Directory) SetStanding(at corridor.Position, bic corridor.BIC, status Status, from int64) bool {
	s := &Standing{BIC: bic.BIC8(), From: Instant(from), Status: status}
	if old := d.standings[s.BIC]; old != nil && *old == *s || old == nil && status == Active {
		return false
	}
	d.putStanding(s)
	d.changed(at, max(d.time, from))
	return true
}

// StartAt says where in the journal a directory that was loaded was last changed: what stands there or before is in it.
func (d *Directory) StartAt(at corridor.Position) { d.at = at }

// Load makes a directory of the records of a dated file, in any order of their kinds that has what is referred to first.
func Load(version uint64, changes []Change) (*Directory, *corridor.Fault) {
	d := New()
	e := d.newEdit()
	e.standingsToo = true
	for i, c := range changes {
		if f := e.take(i, c); f != nil {
			return nil, f
		}
	}
	e.commit()
	d.version, d.digest = version, d.records.sum()
	return d, nil
}

func (d *Directory) changed(at corridor.Position, time int64) {
	d.version++
	d.at, d.time, d.stale = at, time, true
	if d.records.pending > maxPending {
		d.Digest()
	}
}

// Records are all records, what is referred to first, each kind in the order of its keys: what Load takes.
func (d *Directory) Records() []Change {
	all := make([]Change, 0, len(d.entities)+len(d.offices)+d.count+len(d.standings))
	for _, id := range slices.Sorted(maps.Keys(d.entities)) {
		all = append(all, Change{Entity: d.entities[id]})
	}
	for _, long := range []bool{false, true} { // a branch comes after its BIC8
		for _, b := range slices.Sorted(maps.Keys(d.offices)) {
			if (len(b) == 11) == long {
				all = append(all, Change{Office: d.offices[b]})
			}
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(d.ownerships), comparePairs) {
		for _, o := range d.ownerships[p] {
			all = append(all, Change{Ownership: o})
		}
	}
	for _, b := range slices.Sorted(maps.Keys(d.standings)) {
		all = append(all, Change{Standing: d.standings[b]})
	}
	return all
}
