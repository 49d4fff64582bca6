package rma

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"corridor.example/corridor"
)

// A snapshot is the state's one byte form: the same acts give the same bytes. After the version stand the services, the permissions
// as text, the rows in the order in which they came to be, and the desks, sorted. BICs of rows are 8 bytes, numbers uvarints, texts have their length before
// them. The rules are not in it: they are the policy's.
const snapshotVersion = 1

// rowBytes is about what a row takes in a snapshot.
const rowBytes = 100

type writer struct{ b []byte }

func (w *writer) uint(x uint64) { w.b = binary.AppendUvarint(w.b, x) }
func (w *writer) text(x string) { w.uint(uint64(len(x))); w.b = append(w.b, x...) }
func (w *writer) issue(i *issue) {
	w.uint(uint64(i.from))
	w.uint(uint64(i.to))
	w.uint(uint64(i.permission))
}
func (w *writer) digest(d *corridor.Digest) { w.b = append(w.b, d[:]...) }

// AppendSnapshot writes the state.
func (s *State) AppendSnapshot(b []byte) []byte {
	w := &writer{slices.Grow(b, s.count*rowBytes)}
	w.uint(snapshotVersion)
	w.uint(uint64(len(s.services)))
	for _, x := range s.services {
		w.text(x)
	}
	w.uint(uint64(len(s.permissions)))
	for _, x := range s.permissions {
		w.text(x.permission.String())
	}
	w.uint(uint64(s.count))
	for r := range s.each {
		w.row(r)
	}
	desks := slices.SortedFunc(maps.Keys(s.desks), func(a, b desk) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	w.uint(uint64(len(desks)))
	for _, d := range desks {
		q := s.desks[d]
		for _, x := range []uint64{uint64(d.from), uint64(d.to), q.newest, uint64(len(q.open))} {
			w.uint(x)
		}
		for i := range q.open {
			w.digest(&q.open[i])
		}
	}
	return w.b
}

func (w *writer) row(r *row) {
	w.b = binary.BigEndian.AppendUint64(w.b, uint64(r.issuer))
	w.b = binary.BigEndian.AppendUint64(w.b, uint64(r.correspondent))
	for _, x := range [...]uint64{uint64(r.service), uint64(r.stage), uint64(bit(r.asked) | bit(r.bootstrap)<<1), uint64(r.wanted)} {
		w.uint(x)
	}
	w.issue(&r.issue)
	w.issue(&r.taken)
	w.digest(&r.digest)
	for _, x := range [...]uint64{r.issued, r.byIssuer, r.bySender, r.at.Page, uint64(r.at.Index), uint64(r.changed)} {
		w.uint(x)
	}
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

var errSnapshot = errors.New("the snapshot of authorisations is damaged: replay the journal from its start")

type reader struct {
	b   []byte
	err error
}

func (r *reader) uint() uint64 {
	x, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.err, r.b = errSnapshot, nil
		return 0
	}
	r.b = r.b[n:]
	return x
}

func (r *reader) code() code {
	if len(r.b) < 8 {
		r.err, r.b = errSnapshot, nil
		return 0
	}
	x := binary.BigEndian.Uint64(r.b)
	r.b = r.b[8:]
	return code(x)
}

func (r *reader) text() string {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.err, r.b = errSnapshot, nil
		return ""
	}
	x := string(r.b[:n])
	r.b = r.b[n:]
	return x
}

func (r *reader) digest(d *corridor.Digest) {
	if len(r.b) < len(d) {
		r.err, r.b = errSnapshot, nil
		return
	}
	r.b = r.b[copy(d[:], r.b):]
}

func (r *reader) issue(i *issue) {
	i.from, i.to, i.permission = second(r.uint()), second(r.uint()), uint32(r.uint())
}

// ReadSnapshot reads a state from the beginning of b and returns what follows it.
func ReadSnapshot(b []byte, rules Rules) (*State, []byte, error) {
	s := &State{service: map[string]uint16{}, permission: map[string]uint32{}, desks: map[desk]*queries{}}
	r := &reader{b: b}
	if v := r.uint(); r.err == nil && v != snapshotVersion {
		return nil, nil, fmt.Errorf("snapshot of authorisations: version %d, this program knows %d: replay the journal from its start", v, snapshotVersion)
	}
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		s.serviceIndex(r.text())
	}
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		p, err := readPermission(r.text())
		if err != nil {
			return nil, nil, errSnapshot
		}
		s.permissionIndex(p)
	}
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		s.readRow(r)
	}
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		s.readDesk(r)
	}
	if r.err != nil {
		return nil, nil, r.err
	}
	return s, r.b, s.SetRules(rules)
}

// readPermission is ParsePermission for a snapshot: a permission as it was taken is in its one form.
func readPermission(text string) (Permission, error) {
	p, err := ParsePermission(text)
	if err == nil && p.String() != text {
		err = errSnapshot
	}
	return p, err
}

func (s *State) readRow(r *reader) {
	x := row{key: key{r.code(), r.code(), uint16(r.uint())}}
	x.stage = stage(r.uint())
	flags := r.uint()
	x.asked, x.bootstrap, x.wanted = flags&1 != 0, flags&2 != 0, uint32(r.uint())
	r.issue(&x.issue)
	r.issue(&x.taken)
	r.digest(&x.digest)
	x.issued, x.byIssuer, x.bySender, x.at.Page, x.at.Index, x.changed = r.uint(), r.uint(), r.uint(), r.uint(), uint32(r.uint()), second(r.uint())
	known := func(p uint32) bool { return int(p) < len(s.permissions) }
	if r.err != nil || int(x.service) >= len(s.services) || x.stage == absent || x.stage >= stages || !known(x.wanted) || !known(x.issue.permission) || !known(x.taken.permission) {
		r.err = errSnapshot
		return
	}
	*s.addRow(x.key) = x
}

func (s *State) readDesk(r *reader) {
	d := desk{code(r.uint()), code(r.uint())}
	q := &queries{newest: r.uint()}
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		var x corridor.Digest
		r.digest(&x)
		q.open = append(q.open, x)
	}
	s.desks[d] = q
}
