package directory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"corridor.example/corridor"
)

// Entity is the entity of that id, or nil. What look-ups return is shared: do not alter it.
func (d *Directory) Entity(id EntityID) *Entity { return d.entities[id] }

// ByLEI is the entity with that LEI, or nil.
func (d *Directory) ByLEI(lei string) *Entity { return d.entities[d.byLEI[lei]] }

// Office is the record of a BIC8 or a BIC11, or nil. The head office, XXX, is the BIC8.
func (d *Directory) Office(b corridor.BIC) *Office {
	if len(b) == 11 && b.Branch() == "XXX" {
		b = b.BIC8()
	}
	return d.offices[b]
}

// Owner is the entity that a BIC belongs to, or nil.
func (d *Directory) Owner(b corridor.BIC) *Entity {
	if o := d.offices[b.BIC8()]; o != nil {
		return d.entities[o.Entity]
	}
	return nil
}

// OfficesOf are the BIC8s of an entity, ascending.
func (d *Directory) OfficesOf(id EntityID) []corridor.BIC { return d.officesOf[id] }

// Branches are the BIC11s of a BIC8, ascending.
func (d *Directory) Branches(b corridor.BIC) []corridor.BIC { return d.branches[b.BIC8()] }

// Name is what a BIC's office is called, or empty.
func (d *Directory) Name(b corridor.BIC) string {
	if o := d.Office(b); o != nil && o.Name != "" {
		return o.Name
	}
	if o := d.offices[b.BIC8()]; o != nil && o.Name != "" {
		return o.Name
	}
	if e := d.Owner(b); e != nil {
		return e.Name
	}
	return ""
}

// EstablishedIn is the country where a BIC's office is established: its own if the record says so, else its BIC8's, else its
// entity's. Empty where the directory does not know the BIC.
func (d *Directory) EstablishedIn(b corridor.BIC) string {
	if o := d.Office(b); o != nil && o.Established != "" {
		return o.Established
	}
	o := d.offices[b.BIC8()]
	if o == nil {
		return ""
	}
	if o.Established != "" {
		return o.Established
	}
	return d.entities[o.Entity].Country
}

// Status is what a BIC may be dealt with as now, and since when; empty where the directory does not know the BIC. An order
// stands above what the directory's officers say, and a BIC8 above its branches.
func (d *Directory) Status(b corridor.BIC) (Status, Instant) {
	head, office := d.offices[b.BIC8()], d.Office(b)
	switch s := d.standings[b.BIC8()]; {
	case s != nil && s.Status == Suspended:
		return Suspended, s.From
	case head == nil:
		return "", 0
	case head.Status == Withdrawn:
		return Withdrawn, head.From
	case office != nil && office.Status == Withdrawn:
		return Withdrawn, office.From
	case s != nil: // suspended once, and readmitted
		return Active, max(s.From, head.From)
	}
	return Active, head.From
}

// Sharing are the other BIC8s on a BIC's gateway, ascending.
func (d *Directory) Sharing(b corridor.BIC) []corridor.BIC {
	o := d.offices[b.BIC8()]
	if o == nil || o.Gateway == "" {
		return nil
	}
	return without(d.byGateway[o.Gateway], o.BIC)
}

// OnGateway are the BIC8s that use a gateway, ascending.
func (d *Directory) OnGateway(gateway string) []corridor.BIC { return d.byGateway[gateway] }

// MembersByCode are the BIC8s with a country's letters, and MembersEstablished those of offices established there; ascending.
func (d *Directory) MembersByCode(country string) []corridor.BIC {
	return d.membersWhere(func(b corridor.BIC) bool { return b.Country() == country })
}

// MembersEstablished are the BIC8s whose offices are established in a country, ascending.
func (d *Directory) MembersEstablished(country string) []corridor.BIC {
	return d.membersWhere(func(b corridor.BIC) bool { return d.EstablishedIn(b) == country })
}

// Members are all BIC8s, ascending.
func (d *Directory) Members() []corridor.BIC {
	return d.membersWhere(func(corridor.BIC) bool { return true })
}

func (d *Directory) membersWhere(fits func(corridor.BIC) bool) []corridor.BIC {
	var all []corridor.BIC
	for b := range d.offices {
		if len(b) == 8 && fits(b) {
			all = append(all, b)
		}
	}
	slices.Sort(all)
	return all
}

// Owners are the shares in an entity, and Owns those that it has, in the order of the other's id and of their dates.
func (d *Directory) Owners(id EntityID) []*Ownership { return sortedShares(d.ownedBy[id]) }

// Owns are the shares that an entity has.
func (d *Directory) Owns(id EntityID) []*Ownership { return sortedShares(d.owns[id]) }

func sortedShares(all []*Ownership) []*Ownership {
	return slices.SortedFunc(slices.Values(all), func(a, b *Ownership) int {
		return cmp.Or(comparePairs(pair{a.Owner, a.Owned}, pair{b.Owner, b.Owned}), compareOwnerships(a, b))
	})
}

// Find are the entities that a text names: by id, LEI, BIC, or by a name all of whose words the text has a beginning of;
// ascending by id, at most MaxFound.
func (d *Directory) Find(text string) []*Entity {
	if e := d.byCode(strings.ToUpper(strings.TrimSpace(text))); e != nil {
		return []*Entity{e}
	}
	words := Words(text)
	if len(words) == 0 {
		return nil
	}
	var found []*Entity
	for _, id := range slices.Sorted(maps.Keys(d.entities)) {
		if d.hasWords(id, words) {
			if found = append(found, d.entities[id]); len(found) == MaxFound {
				break
			}
		}
	}
	return found
}

func (d *Directory) byCode(code string) *Entity {
	if e := d.entities[EntityID(code)]; e != nil {
		return e
	}
	if e := d.ByLEI(code); e != nil {
		return e
	}
	if b, err := corridor.ParseBIC(code); err == nil {
		return d.Owner(b)
	}
	return nil
}

// hasWords reports that one of the entity's names, or its offices', has a word for each of these that begins with it.
func (d *Directory) hasWords(id EntityID, words []string) bool {
	return slices.ContainsFunc(d.namesOf(id), func(name string) bool {
		has := Words(name)
		return !slices.ContainsFunc(words, func(w string) bool {
			return !slices.ContainsFunc(has, func(h string) bool { return strings.HasPrefix(h, w) })
		})
	})
}

// namesOf are all names an entity goes by: its own, its other ones, its offices'.
func (d *Directory) namesOf(id EntityID) []string {
	e := d.entities[id]
	names := append([]string{e.Name}, e.OtherNames...)
	for _, b := range d.officesOf[id] {
		if n := d.offices[b].Name; n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// Listing is what a person sees of a BIC who is about to write to it.
type Listing struct {
	BIC         corridor.BIC `json:"bic"`
	Name        string       `json:"name,omitempty"`
	Entity      EntityID     `json:"entity,omitempty"`
	Country     string       `json:"country"` // the BIC's letters
	Established string       `json:"established,omitempty"`
	Status      Status       `json:"status,omitempty"` // empty: not in the directory
	From        Instant      `json:"from,omitzero"`
	Services    []Service    `json:"services,omitempty"`
	Refusal     string       `json:"refusal,omitempty"` // why nothing can be sent to it; empty: it can
}

// LookUp says what the directory has of a BIC8 or BIC11, and in plain words why nothing can be sent to it.
func (d *Directory) LookUp(b corridor.BIC) Listing {
	l := Listing{BIC: b, Name: d.Name(b), Country: b.Country(), Established: d.EstablishedIn(b)}
	l.Status, l.From = d.Status(b)
	if head := d.offices[b.BIC8()]; head != nil {
		l.Entity, l.Services = head.Entity, head.Services
	}
	called := strings.TrimSpace(string(b) + " " + l.Name)
	switch {
	case l.Status == Suspended:
		l.Refusal = fmt.Sprintf("%s was disconnected by order on %s: nothing can be sent to it or received from it", called, l.From)
	case l.Status == "":
		l.Refusal = fmt.Sprintf("%s is not in the directory: check the BIC", b)
	case l.Status == Withdrawn:
		l.Refusal = fmt.Sprintf("%s was withdrawn by its owner on %s: ask %s for the BIC it uses now", called, l.From, l.Entity)
	case d.Office(b) == nil:
		l.Refusal = fmt.Sprintf("%s has no branch %s in the directory: check the branch code, or send to the head office %s", b.BIC8(), b.Branch(), b.BIC8())
	}
	return l
}

// Takes reports whether the office takes messages of a type, and says in plain words why not.
func (l *Listing) Takes(t corridor.MessageType) (why string, ok bool) {
	if l.Refusal != "" {
		return l.Refusal, false
	}
	if len(l.Services) == 0 { // nothing is said of services: the receiver's own answer decides
		return "", true
	}
	at := slices.IndexFunc(l.Services, func(s Service) bool { return s.Name == ServiceOf(t) })
	switch {
	case at < 0:
		return fmt.Sprintf("%s %s does not use the service %s", l.BIC, l.Name, ServiceOf(t)), false
	case len(l.Services[at].Types) != 0 && !slices.Contains(l.Services[at].Types, t):
		return fmt.Sprintf("%s %s does not take messages of the type %s", l.BIC, l.Name, t), false
	}
	return "", true
}

// ServiceOf is the service that carries a type of message.
func ServiceOf(t corridor.MessageType) string {
	switch {
	case t.IsFIN():
		return "fin"
	case strings.HasPrefix(string(t), "file."):
		return "file"
	}
	return "mx"
}
