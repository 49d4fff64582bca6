package directory

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
)

// edit is what an act would change, over the directory as it is: each record of the act is checked against those before it.
type edit struct {
	d            *Directory
	standingsToo bool // a file has them; an act never

	entities   map[EntityID]*Entity
	offices    map[corridor.BIC]*Office
	ownerships map[pair][]*Ownership
	standings  map[corridor.BIC]*Standing
	leis       map[string]EntityID // given by this act; "" where it takes one away
	seen       map[string]bool     // keys of the records
	more       struct{ entities, offices, ownerships int }
}

func (d *Directory) newEdit() *edit {
	return &edit{
		d: d, entities: map[EntityID]*Entity{}, offices: map[corridor.BIC]*Office{}, ownerships: map[pair][]*Ownership{},
		standings: map[corridor.BIC]*Standing{}, leis: map[string]EntityID{}, seen: map[string]bool{},
	}
}

// edit checks an act's body against the directory.
func (d *Directory) edit(body []byte) (*edit, *corridor.Fault) {
	if len(body) > entry.MaxActBody {
		return nil, fault(FaultTooMuch, "", "the act has %d bytes, the limit is %d: split it", len(body), entry.MaxActBody)
	}
	b, err := decodeBody(body)
	if err != nil {
		return nil, fault(FaultBody, "", "the act's body is no directory change: %v", err)
	}
	if n := len(b.Changes); n == 0 || n > MaxChanges {
		return nil, fault(FaultTooMuch, "changes", "the act has %d changes: an act has 1 to %d", n, MaxChanges)
	}
	e := d.newEdit()
	for i, c := range b.Changes {
		if f := e.take(i, c); f != nil {
			return nil, f
		}
	}
	return e, nil
}

// decodeBody reads a body in the one form that Body.JSON writes: the canonical one, without fields that say nothing.
func decodeBody(text []byte) (b Body, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return b, err
	}
	if !bytes.Equal(b.JSON(), text) {
		return b, canonical.ErrForm
	}
	return b, nil
}

// take checks one record and puts it into the edit.
func (e *edit) take(i int, c Change) *corridor.Fault {
	kind, key, n := c.kindAndKey()
	path := fmt.Sprintf("changes[%d].%s", i, kind)
	if n != 1 {
		return fault(FaultBody, fmt.Sprintf("changes[%d]", i), "a change has one of entity, office and ownership, this one has %d", n)
	}
	if e.seen[kind+key] {
		return fault(FaultTwice, path, "%s %s stands twice in the same act: keep the one that is meant", kind, key)
	}
	e.seen[kind+key] = true
	switch {
	case c.Entity != nil:
		return e.takeEntity(path, c.Entity)
	case c.Office != nil:
		return e.takeOffice(path, c.Office)
	case c.Ownership != nil:
		return e.takeOwnership(path, c.Ownership)
	}
	return e.takeStanding(path, c.Standing)
}

// Key tells the record from all others: its kind and what it is the record of.
func (c Change) Key() string {
	kind, key, _ := c.kindAndKey()
	return kind + " " + key
}

// kindAndKey also counts the records, which is to be one.
func (c Change) kindAndKey() (kind, key string, n int) {
	if c.Entity != nil {
		kind, key, n = "entity", string(c.Entity.ID), n+1
	}
	if c.Office != nil {
		kind, key, n = "office", string(c.Office.BIC), n+1
	}
	if o := c.Ownership; o != nil {
		kind, key, n = "ownership", fmt.Sprintf("%s of %s from %s, direct %t", o.Owner, o.Owned, o.From, o.Direct), n+1
	}
	if c.Standing != nil {
		kind, key, n = "standing", string(c.Standing.BIC), n+1
	}
	return kind, key, n
}

func (e *edit) entity(id EntityID) *Entity {
	if x, ok := e.entities[id]; ok {
		return x
	}
	return e.d.entities[id]
}

func (e *edit) office(b corridor.BIC) *Office {
	if x, ok := e.offices[b]; ok {
		return x
	}
	return e.d.offices[b]
}

func (e *edit) pair(p pair) []*Ownership {
	if x, ok := e.ownerships[p]; ok {
		return x
	}
	return e.d.ownerships[p]
}

func (e *edit) holderOf(lei string) EntityID {
	if x, ok := e.leis[lei]; ok {
		return x
	}
	return e.d.byLEI[lei]
}

func (e *edit) takeEntity(path string, x *Entity) *corridor.Fault {
	if f := x.check(path); f != nil {
		return f
	}
	old := e.entity(x.ID)
	if holder := e.holderOf(x.LEI); x.LEI != "" && holder != "" && holder != x.ID {
		return fault(FaultLEITaken, path+".lei", "the LEI %s belongs to %s, %s: one of the two records is wrong", x.LEI, holder, e.entity(holder).Name)
	}
	if old == nil {
		if e.more.entities++; len(e.d.entities)+e.more.entities > MaxEntities {
			return fault(FaultFull, path, "the directory has its most entities, %d", MaxEntities)
		}
	} else if old.LEI != "" {
		e.leis[old.LEI] = ""
	}
	if x.LEI != "" {
		e.leis[x.LEI] = x.ID
	}
	e.entities[x.ID] = x
	return nil
}

func (e *edit) takeOffice(path string, x *Office) *corridor.Fault {
	if f := x.check(path); f != nil {
		return f
	}
	old := e.office(x.BIC)
	switch head := e.office(x.BIC.BIC8()); {
	case len(x.BIC) == 11 && head == nil:
		return fault(FaultUnknown, path+".bic", "the branch %s has no BIC8 %s in the directory: add that first", x.BIC, x.BIC.BIC8())
	case len(x.BIC) == 8 && e.entity(x.Entity) == nil:
		return fault(FaultUnknown, path+".entity", "the entity %s of %s is not in the directory: add it first", x.Entity, x.BIC)
	case old != nil && old.Entity != x.Entity:
		return fault(FaultReissued, path+".entity", "%s belongs to %s: a BIC never passes to another entity, %s takes a new one", x.BIC, old.Entity, x.Entity)
	}
	if old == nil {
		if e.more.offices++; len(e.d.offices)+e.more.offices > MaxOffices {
			return fault(FaultFull, path, "the directory has its most BICs, %d", MaxOffices)
		}
	}
	e.offices[x.BIC] = x
	return nil
}

func (e *edit) takeOwnership(path string, x *Ownership) *corridor.Fault {
	if f := x.check(path); f != nil {
		return f
	}
	for _, id := range []EntityID{x.Owner, x.Owned} {
		if e.entity(id) == nil {
			return fault(FaultUnknown, path, "the entity %s is not in the directory: add it first", id)
		}
	}
	p := pair{x.Owner, x.Owned}
	var all []*Ownership
	replaced := false
	for _, o := range e.pair(p) {
		switch {
		case o.Direct == x.Direct && o.From == x.From:
			replaced = true
			continue
		case o.Direct == x.Direct && o.overlaps(x):
			return fault(FaultOverlap, path, "%s owns a share of %s from %s%s already: end that one first, by a record with the same from and a to", o.Owner, o.Owned, o.From, until(o.To))
		}
		all = append(all, o)
	}
	if !replaced {
		if e.more.ownerships++; e.d.count+e.more.ownerships > MaxOwnerships {
			return fault(FaultFull, path, "the directory has its most shares, %d", MaxOwnerships)
		}
	}
	e.ownerships[p] = append(all, x)
	slices.SortFunc(e.ownerships[p], compareOwnerships)
	return nil
}

func until(d Date) string {
	if d == "" {
		return ""
	}
	return " to " + string(d)
}

func (e *edit) takeStanding(path string, x *Standing) *corridor.Fault {
	if !e.standingsToo {
		return fault(FaultByOrder, path, "only an order suspends or readmits %s: draft one", x.BIC)
	}
	if f := x.check(path); f != nil {
		return f
	}
	e.standings[x.BIC] = x
	return nil
}

// commit makes the edit the directory's.
func (e *edit) commit() {
	for _, x := range e.entities {
		e.d.putEntity(x)
	}
	for _, x := range e.offices {
		e.d.putOffice(x)
	}
	for _, p := range sortedPairs(e.ownerships) {
		e.d.putOwnerships(p, e.ownerships[p])
	}
	for _, x := range e.standings {
		e.d.putStanding(x)
	}
}

func sortedPairs(m map[pair][]*Ownership) []pair {
	all := make([]pair, 0, len(m))
	for p := range m {
		all = append(all, p)
	}
	slices.SortFunc(all, comparePairs)
	return all
}

func comparePairs(a, b pair) int {
	return cmp.Or(strings.Compare(string(a.owner), string(b.owner)), strings.Compare(string(a.owned), string(b.owned)))
}

func compareOwnerships(a, b *Ownership) int {
	if c := strings.Compare(string(a.From), string(b.From)); c != 0 || a.Direct == b.Direct {
		return c
	}
	if a.Direct {
		return -1
	}
	return 1
}

// overlaps reports a day on which both hold.
func (o *Ownership) overlaps(x *Ownership) bool {
	return !o.isVoid() && !x.isVoid() && (o.To == "" || x.From < o.To) && (x.To == "" || o.From < x.To)
}

// isVoid reports a share that was ended where it began: it holds on no day.
func (o *Ownership) isVoid() bool { return o.To == o.From }

// On reports whether the share holds on a day.
func (o *Ownership) On(day Date) bool { return o.From <= day && (o.To == "" || day < o.To) }
