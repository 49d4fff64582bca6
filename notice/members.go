package notice

import (
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/standing"
)

// maxGroup bounds the entities that are looked at around the covered ones: groups of the field have up to a few hundred.
const maxGroup = 5000

// members answers a notice's questions from the directory.
type members struct{ d *directory.Directory }

var _ Directory = members{}

// NewDirectory is the directory as notices ask it.
func NewDirectory(d *directory.Directory) Directory { return members{d} }

func (m members) Name(b corridor.BIC) string { return m.d.Name(b) }

// Group walks the shares up and down from the covered institutions' entities: whom a reader may take for one of them.
func (m members) Group(o *standing.Order) []corridor.BIC {
	var queue []directory.EntityID
	seen := map[directory.EntityID]bool{}
	visit := func(id directory.EntityID) {
		if id != "" && !seen[id] && len(seen) < maxGroup {
			seen[id] = true
			queue = append(queue, id)
		}
	}
	for _, r := range o.Subject.Resolved {
		if e := m.d.Owner(r.BIC); e != nil {
			visit(e.ID)
		}
	}
	var all []corridor.BIC
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		all = append(all, m.d.OfficesOf(id)...)
		for _, s := range m.d.Owns(id) {
			if binds(s) {
				visit(s.Owned)
			}
		}
		for _, s := range m.d.Owners(id) {
			if binds(s) {
				visit(s.Owner)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// binds says whether a share makes a group in a reader's eyes: control, or at least a quarter, or nobody knows how much; as long as it lasts.
func binds(s *directory.Ownership) bool {
	return s.To == "" && (s.Control || s.Percent == "" || s.Percent.Cmp("25") >= 0)
}
