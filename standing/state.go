package standing

import (
	"slices"
	"strings"

	"corridor.example/corridor"
)

// Phase is where an order stands in its life.
type Phase string

// The phases (spec: life of an order).
const (
	Draft      Phase = "draft"
	Proposed   Phase = "proposed"
	Signed     Phase = "signed"
	Published  Phase = "published" // its wind-down rules are active
	Paused     Phase = "paused"
	InForce    Phase = "in-force"
	LiftedNow  Phase = "lifted"
	Superseded Phase = "superseded"
	Expired    Phase = "expired"
	Withdrawn  Phase = "withdrawn"
	Done       Phase = "done" // a lift or readmission that was carried out
)

// Directory is what decisions need of the directory of institutions.
type Directory interface {
	// EstablishedIn is the country of establishment of a BIC's owner, two letters, or "" where it is not known.
	EstablishedIn(bic corridor.BIC) string
}

// State is everything that orders and officers have come to. Its methods are for one caller at a time.
type State struct {
	network     corridor.Network
	operator    corridor.BIC // the network's own address
	directory   Directory
	policies    []policyRecord
	proposals   map[string]*proposal // of policies, by digest
	instruments map[string]Instrument
	orders      map[string]*Record
	ids         []string                    // of orders, by first draft
	cover       map[corridor.BIC][]*cover   // by BIC8: orders that are published or in force
	countries   map[string][]*Record        // the same, by country of a live test
	content     int                         // orders in force with reach content
	off         map[corridor.BIC]*absence   // by BIC8: service ended by a severing order
	returning   map[corridor.BIC]*comeback  // by BIC8: readmitted, on its ramp
	budgets     map[budgetKey][]use         // of licences
	held        map[corridor.Position]*Held // messages held under orders
	appeals     map[string]*Appeal
	acts        map[corridor.Digest]corridor.Position // that were taken, see signedAs: the same again is the same act
	version     uint64                                // grows whenever a decision may come out otherwise
	nextDue     int64                                 // no fence is due before
}

type policyRecord struct {
	Policy
	digest corridor.Digest
	from   int64
}

// proposal is a policy that waits for signatures.
type proposal struct {
	policy     Policy
	proposer   corridor.Digest
	signatures []Signature
}

// Record is one order with everything that was done about it.
type Record struct {
	Order        *Order
	Document     corridor.Digest
	Phase        Phase
	Effect       Kind // what it does in force: its kind, or that of the order that it amends
	Drafter      corridor.Digest
	Confirmer    corridor.Digest
	Signatures   []Signature
	Deeds        []Deed
	Drafted      int64 // times of entries, Unix nanoseconds
	PublishedAt  int64
	PausedBy     corridor.Digest
	PausedOnce   bool
	PausedTo     int64             // end of a pause before the effect
	PausedFor    string            // id of the pause order that suspends it in force
	Fence        corridor.Position // where it took effect
	Since        corridor.Position // since when it decides: its fence, or the end of a pause
	FencedAt     int64
	Ended        corridor.Position
	EndedAt      int64
	Blocked      int // messages refused, returned or held under it
	Licensed     int
	Looked       int
	Excess       int            // of Blocked, those outside of the signed resolution (R55)
	TotalAtFence uint64         // messages of the network when it took effect
	LiftedBICs   []corridor.BIC // of a partial lift
	before       Phase          // the phase before a pause
}

// Signature is one officer's signature under a document.
type Signature struct {
	Key  corridor.Digest
	Name string
	Role Role
	At   int64
}

// Deed is one act about an order, for its report.
type Deed struct {
	At     corridor.Position
	Time   int64
	Kind   string
	Key    corridor.Digest
	Name   string
	Reason string
}

// cover is that an order covers an institution or one of its branches.
type cover struct {
	record   *Record
	branch   corridor.BIC // BIC11, or "" for all of it
	explicit bool
}

// absence is the time from a severing fence to the readmission.
type absence struct {
	Order  string // the newest that severed it
	Since  corridor.Position
	Time   int64
	Closed bool // its closing statement is written
}

// comeback is a readmission's ramp.
type comeback struct {
	record *Record
	step   int
	since  int64
}

type budgetKey struct {
	order, licence string
	a, b           corridor.BIC // the pair, in alphabetical order
}

type use struct {
	time   int64
	amount corridor.Decimal
}

// Held is a message that waits for a decision of officers, or for the end of an order.
type Held struct {
	At       corridor.Position
	Sender   corridor.BIC
	Receiver corridor.BIC
	Since    int64
	Rule     string
	Orders   []string
	Asked    string          // "message.release" or "message.return": what a first officer asked
	By       corridor.Digest // that officer
	Agreed   bool            // a second officer asked the same
}

// Appeal is a member's appeal against an order or one blocked message (R54).
type Appeal struct {
	ID       string
	Order    string
	Message  *corridor.Position
	For      corridor.BIC
	Text     string
	Filed    int64
	Outcome  string // "", "upheld", "rejected"
	Answer   string
	Amend    string // id of the order that amends
	Answered int64
}

// New is the state of a network before its first entry; operator is the network's own address, which no order cuts off.
func New(network corridor.Network, operator corridor.BIC, d Directory) *State {
	return &State{
		network: network, operator: operator.BIC8(), directory: d, proposals: map[string]*proposal{}, instruments: map[string]Instrument{}, orders: map[string]*Record{},
		cover: map[corridor.BIC][]*cover{}, countries: map[string][]*Record{}, off: map[corridor.BIC]*absence{}, returning: map[corridor.BIC]*comeback{},
		budgets: map[budgetKey][]use{}, held: map[corridor.Position]*Held{}, appeals: map[string]*Appeal{}, acts: map[corridor.Digest]corridor.Position{},
	}
}

// Policy is the policy in force, or nil before the founding.
func (s *State) Policy() *Policy {
	if len(s.policies) == 0 {
		return nil
	}
	return &s.policies[len(s.policies)-1].Policy
}

// PolicyDigest is the digest of the policy in force, zero before the founding.
func (s *State) PolicyDigest() corridor.Digest {
	if len(s.policies) == 0 {
		return corridor.Digest{}
	}
	return s.policies[len(s.policies)-1].digest
}

// Version grows with every change after which a decision may come out otherwise.
func (s *State) Version() uint64 { return s.version }

// Order finds an order by its id.
func (s *State) Order(id string) *Record { return s.orders[id] }

// Orders are all orders, by first draft.
func (s *State) Orders() []*Record {
	all := make([]*Record, len(s.ids))
	for i, id := range s.ids {
		all[i] = s.orders[id]
	}
	return all
}

// Appeals are all appeals, by id.
func (s *State) Appeals() []*Appeal {
	var all []*Appeal
	for _, a := range s.appeals {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *Appeal) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// HeldMessages are the messages held under orders, by position.
func (s *State) HeldMessages() []*Held {
	var all []*Held
	for _, h := range s.held {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b *Held) int { return a.At.Compare(b.At) })
	return all
}

// HeldAt is the held message at a position, or nil.
func (s *State) HeldAt(at corridor.Position) *Held { return s.held[at] }

// Off reports an institution without service, and the order that ended it: it may be lifted by now, and the institution not readmitted.
func (s *State) Off(bic corridor.BIC) (order string, off bool) {
	if a := s.off[bic.BIC8()]; a != nil {
		return a.Order, true
	}
	return "", false
}

// OffSince is the fence since which an institution has no service.
func (s *State) OffSince(bic corridor.BIC) (at corridor.Position, order string, off bool) {
	if a := s.off[bic.BIC8()]; a != nil {
		return a.Since, a.Order, true
	}
	return corridor.Position{}, "", false
}

// OffAll are all institutions without service, sorted; unclosed are those whose closing statement is not written.
func (s *State) OffAll() (all, unclosed []corridor.BIC) {
	for b, a := range s.off {
		all = append(all, b)
		if !a.Closed {
			unclosed = append(unclosed, b)
		}
	}
	slices.Sort(all)
	slices.Sort(unclosed)
	return all, unclosed
}

// Covering are the orders in force that cover an institution, sorted by id.
func (s *State) Covering(bic corridor.BIC) []string {
	var ids []string
	for _, c := range s.cover[bic.BIC8()] {
		if c.record.Phase == InForce && !c.record.Order.Shadow {
			ids = append(ids, c.record.Order.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Suspended reports an institution whose authorisations rest: it has no service, or an order in force covers it (R29).
func (s *State) Suspended(bic corridor.BIC) bool {
	if s.off[bic.BIC8()] != nil {
		return true
	}
	for _, c := range s.cover[bic.BIC8()] {
		if c.record.Phase == InForce && c.record.Effect == Disconnect && !c.record.Order.Shadow && c.record.PausedFor == "" {
			return true
		}
	}
	return false
}

// NewAuthorisations reports whether new authorisations with an institution are allowed: not under an order, and not in a
// wind-down that forbids them (R18, R29).
func (s *State) NewAuthorisations(bic corridor.BIC) bool {
	if s.Suspended(bic) {
		return false
	}
	for _, c := range s.cover[bic.BIC8()] {
		if c.record.Phase == Published && c.record.Order.Notice.WindDown == WindDownNoRMA {
			return false
		}
	}
	return true
}

// Stage is the stage of an institution's return, or "" where it has full service or none.
func (s *State) Stage(bic corridor.BIC) string {
	if c := s.returning[bic.BIC8()]; c != nil {
		return c.record.Order.Ramp[c.step].Stage
	}
	return ""
}

// enforces reports a kind that decides about messages.
func (r *Record) enforces() bool {
	return r.Order.Kind == Disconnect || r.Order.Kind == Restrict || r.Order.Kind == Amend
}

// index lets decisions find an order that is published.
func (s *State) index(r *Record) {
	if !r.enforces() {
		return
	}
	for i := range r.Order.Subject.Resolved {
		x := &r.Order.Subject.Resolved[i]
		c := &cover{record: r, explicit: x.Explicit}
		if len(x.BIC) == 11 && x.BIC.Branch() != "XXX" {
			c.branch = x.BIC
		}
		b := x.BIC.BIC8()
		s.cover[b] = append(s.cover[b], c)
	}
	for _, c := range r.Order.Subject.Countries {
		s.countries[c.Country] = append(s.countries[c.Country], r)
	}
	s.version++
}

func (s *State) unindex(r *Record) {
	for i := range r.Order.Subject.Resolved {
		b := r.Order.Subject.Resolved[i].BIC.BIC8()
		s.cover[b] = slices.DeleteFunc(s.cover[b], func(c *cover) bool { return c.record == r })
		if len(s.cover[b]) == 0 {
			delete(s.cover, b)
		}
	}
	for _, c := range r.Order.Subject.Countries {
		s.countries[c.Country] = slices.DeleteFunc(s.countries[c.Country], func(x *Record) bool { return x == r })
		if len(s.countries[c.Country]) == 0 {
			delete(s.countries, c.Country)
		}
	}
	s.version++
}

// Concerned tells of institutions whether a fence of an order may touch what waits for them or from them.
func (s *State) Concerned(r *Record) func(corridor.BIC) bool {
	named := map[corridor.BIC]bool{}
	countries := map[string]bool{}
	for ; r != nil; r = s.orders[r.Order.Refers] {
		for i := range r.Order.Subject.Resolved {
			named[r.Order.Subject.Resolved[i].BIC.BIC8()] = true
		}
		for _, c := range r.Order.Subject.Countries {
			countries[c.Country] = true
		}
	}
	return func(bic corridor.BIC) bool {
		return named[bic.BIC8()] || len(countries) > 0 && (countries[bic.Country()] || countries[s.directory.EstablishedIn(bic.BIC8())])
	}
}

// LooksInside reports an order in force that looks for its subjects inside the messages of others.
func (s *State) LooksInside() bool { return s.content > 0 }

// OffEither reports that one of two institutions has no service.
func (s *State) OffEither(a, b corridor.BIC) bool { return s.off[a] != nil || s.off[b] != nil }
