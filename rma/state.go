package rma

import (
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// State is every authorisation of a network, or of one member. Only Apply, Readmitted and SetRules change it; look-ups may run beside one another.
type State struct {
	rules       Rules
	table       table
	services    []string // by index
	service     map[string]uint16
	permissions []*compiled
	permission  map[string]uint32 // by its text
	index       index
	rows        [][]row // in pieces of chunk
	count       int
	desks       map[desk]*queries
}

// row is one authorisation: 128 bytes, two lines of a processor's cache, of which the first says who may send what. It holds no pointer, so
// that a million of them cost the garbage collector nothing.
type row struct {
	key
	stage     stage
	asked     bool              // the correspondent asks for another permission than it has
	bootstrap bool              // from the list to start with, not confirmed yet
	issue     issue             // the newest
	taken     issue             // that the correspondent accepted
	wanted    uint32            // permission that is asked for
	changed   second            // when the newest act was taken
	issued    uint64            // SignedAt of the newest issue
	byIssuer  uint64            // SignedAt of the issuer's newest act
	bySender  uint64            // SignedAt of the correspondent's
	digest    corridor.Digest   // of the newest issue's body
	at        corridor.Position // of the newest act
}

// issue is what an authorisation allows, and when; 0 for no end.
type issue struct {
	from, to   second
	permission uint32
}

// second is a time in Unix seconds; instants end before they overflow, in 2106.
type second uint32

func secondOf(nanos int64) second { return second(nanos / 1e9) }

// covers reports that the issue is valid at a time.
func (i *issue) covers(at second) bool  { return at >= i.from && !i.expired(at) }
func (i *issue) expired(at second) bool { return i.to != 0 && at >= i.to }

// stage is where an authorisation stands between its two sides.
type stage uint8

const (
	absent    stage = iota // never was
	requested              // the correspondent asked, the issuer has not answered
	proposed               // issued, the correspondent has not decided
	enabled                // accepted
	updated                // accepted, and a newer issue is not decided on
	rejected               // the correspondent refused the newest issue
	revoked                // the issuer ended it
	deleted                // the correspondent ended it
	confirm                // the issuer was readmitted: the correspondent accepts again
	renew                  // the correspondent was readmitted: the issuer issues again
	stages
)

var stageNames = [stages]string{"absent", "requested", "proposed", "enabled", "updated", "rejected", "revoked", "deleted", "confirm", "renew"}

func (s stage) String() string { return stageNames[s] }

// transitions is what each act makes of each stage; absent means that the act is not possible there. A request beside a living
// authorisation only notes what is asked for.
var transitions = [stages][verbs]stage{
	//          request    authorise accept   reject    revoke   delete
	absent:    {requested, proposed, absent, absent, absent, absent},
	requested: {requested, proposed, absent, absent, revoked, deleted},
	proposed:  {proposed, proposed, enabled, rejected, revoked, absent},
	enabled:   {enabled, updated, absent, absent, revoked, deleted},
	updated:   {updated, updated, enabled, rejected, revoked, deleted},
	rejected:  {requested, proposed, absent, absent, absent, absent},
	revoked:   {requested, proposed, absent, absent, absent, absent},
	deleted:   {requested, proposed, absent, absent, absent, absent},
	confirm:   {confirm, proposed, enabled, rejected, revoked, absent},
	renew:     {renew, proposed, absent, rejected, revoked, absent},
}

// desk is one institution writing to another.
type desk struct{ from, to code }

// queries are what is open between two desks.
type queries struct {
	newest uint64 // SignedAt
	open   []corridor.Digest
}

// New is a state without authorisations.
func New(r Rules) (*State, error) {
	s := &State{service: map[string]uint16{}, permission: map[string]uint32{}, desks: map[desk]*queries{}}
	s.serviceIndex(FIN)
	s.serviceIndex(MX)
	return s, s.SetRules(r)
}

// SetRules changes the rules. Authorisations of services that are no longer named stay, and are of no use meanwhile.
func (s *State) SetRules(r Rules) error {
	if err := r.Check(); err != nil {
		return fmt.Errorf("rules of authorisations: %w", err)
	}
	if r.Exempt == nil {
		r.Exempt = DefaultRules().Exempt
	}
	s.rules = r
	s.table = table{exempt: setOf(r.Exempt), named: map[string]uint16{}, freeTest: r.FreeTest}
	for _, x := range r.Services {
		n := s.serviceIndex(x.Name)
		for _, t := range x.Types {
			s.table.named[t] = n
		}
	}
	return nil
}

// Rules are the rules in force.
func (s *State) Rules() Rules { return s.rules }

// serviceIndex is the number of a service, a new one where it has none.
func (s *State) serviceIndex(name string) uint16 {
	n, ok := s.service[name]
	if !ok {
		n = uint16(len(s.services))
		s.services = append(s.services, name)
		s.service[name] = n
	}
	return n
}

// permissionIndex keeps equal permissions once.
func (s *State) permissionIndex(p Permission) uint32 {
	text := p.String()
	n, ok := s.permission[text]
	if !ok {
		n = uint32(len(s.permissions))
		s.permissions = append(s.permissions, &compiled{p, setOf(p.Types)})
		s.permission[text] = n
	}
	return n
}

func (s *State) row(n uint32) *row { return &s.rows[n/chunk][n%chunk] }

// find is the row of an authorisation, or nil.
func (s *State) find(k Key) *row {
	service, ok := s.service[k.Service]
	if !ok {
		return nil
	}
	return s.lookUp(key{codeOf(k.Issuer), codeOf(k.Correspondent), service})
}

// lookUp is the row of a key, or nil.
func (s *State) lookUp(k key) *row {
	tag := k.tag()
	for n, at, ok := s.index.next(tag, tag); ok; n, at, ok = s.index.next(tag, at) {
		if r := s.row(n); r.key == k {
			return r
		}
	}
	return nil
}

// add makes the row of an authorisation that has none.
func (s *State) add(k Key) *row {
	return s.addRow(key{codeOf(k.Issuer), codeOf(k.Correspondent), s.serviceIndex(k.Service)})
}

func (s *State) addRow(n key) *row {
	if s.count%chunk == 0 {
		s.rows = append(s.rows, make([]row, 0, chunk))
	}
	last := &s.rows[len(s.rows)-1]
	*last = append(*last, row{key: n})
	s.index.add(n.tag(), uint32(s.count))
	s.count++
	return &(*last)[len(*last)-1]
}

// Apply takes an act that Check let pass, at its place in the journal and the time of its page. An error says that the act does not fit, and
// then nothing has changed: a journal in which that happens is not this network's.
func (s *State) Apply(at corridor.Position, time int64, a *entry.Act) error {
	p, fault := read(a)
	switch {
	case fault != nil:
		return fault
	case p.query != nil:
		return s.applyQuery(a, p)
	case p.bootstrap != nil:
		s.applyBootstrap(at, time, p)
		return nil
	}
	r := s.find(p.body.Key)
	from := absent
	if r != nil {
		from = r.stage
	}
	to := transitions[from][p.verb.index]
	if to == absent {
		return stageFault(p, from)
	}
	if r == nil {
		r = s.add(p.body.Key)
	}
	s.take(r, a, p)
	r.stage, r.at, r.changed = to, at, secondOf(time)
	return nil
}

// take keeps what an act says besides the stage it leads to.
func (s *State) take(r *row, a *entry.Act, p *act) {
	if p.verb.byIssuer {
		r.byIssuer = a.SignedAt
	} else {
		r.bySender = a.SignedAt
	}
	switch p.verb.index {
	case request:
		r.asked, r.wanted = true, s.permissionIndex(*p.body.Permission)
	case authorise:
		r.asked = false
		r.issue = issue{p.from, p.to, s.permissionIndex(*p.body.Permission)}
		r.issued, r.digest = a.SignedAt, corridor.DigestOf(a.Body)
	case accept:
		r.taken, r.bootstrap = r.issue, false
	case revoke, remove:
		r.asked = false
	}
}

// Readmitted makes the authorisations of an institution that comes back `proposed` again: its counterparties confirm each anew, and
// none is confirmed by silence.
func (s *State) Readmitted(b corridor.BIC, at corridor.Position, time int64) {
	who := codeOf(b)
	for _, rows := range s.rows {
		for i := range rows {
			r := &rows[i]
			if r.issuer != who && r.correspondent != who {
				continue
			}
			if to := readmitted(r, who); to != r.stage {
				r.stage, r.taken, r.at, r.changed = to, issue{}, at, secondOf(time)
			}
		}
	}
}

func readmitted(r *row, who code) stage {
	switch r.stage {
	case proposed, enabled, updated, confirm:
		if r.correspondent == who || r.issued == 0 { // of the list to start with there is no issue that could be accepted
			return renew
		}
		return confirm
	}
	return r.stage
}

func (s *State) applyBootstrap(at corridor.Position, time int64, p *act) {
	for i := range p.bootstrap.Rows {
		b := &p.bootstrap.Rows[i]
		if s.find(b.Key) != nil {
			continue // what the members agreed themselves stands
		}
		to, _ := b.ValidTo.second()
		if to == 0 || to > p.confirmBy {
			to = p.confirmBy
		}
		r := s.add(b.Key)
		r.issue = issue{to: to, permission: s.permissionIndex(b.Permission)}
		r.taken, r.stage, r.bootstrap, r.at, r.changed = r.issue, enabled, true, at, secondOf(time)
	}
}
