package rma

import (
	"time"

	"corridor.example/corridor"
)

// SideState is how an authorisation stands at one of its sides.
type SideState string

// The states of a side.
const (
	StateRequested SideState = "requested"
	StateProposed  SideState = "proposed" // to be decided by the correspondent
	StateEnabled   SideState = "enabled"
	StateRejected  SideState = "rejected"
	StateRevoked   SideState = "revoked"
	StateDeleted   SideState = "deleted"
	StateExpired   SideState = "expired"
	StateSuspended SideState = "suspended-by-order"
)

// sides is how a stage looks from each side: the issuer of a proposed authorisation sees it enabled, since it has done its part.
var sides = [stages]struct{ issuer, correspondent SideState }{
	requested: {StateRequested, StateRequested},
	proposed:  {StateEnabled, StateProposed},
	enabled:   {StateEnabled, StateEnabled},
	updated:   {StateEnabled, StateEnabled},
	rejected:  {StateRejected, StateRejected},
	revoked:   {StateRevoked, StateRevoked},
	deleted:   {StateRejected, StateDeleted},
	confirm:   {StateProposed, StateProposed},
	renew:     {StateProposed, StateProposed},
}

// View is an authorisation as it is shown.
type View struct {
	Key
	IssuerState        SideState   `json:"issuer_state"`
	CorrespondentState SideState   `json:"correspondent_state"`
	Stands             string      `json:"stands"`             // the stage between both sides
	Permission         Permission  `json:"permission"`         // of the newest issue; of the request where there is none
	Accepted           *Permission `json:"accepted,omitempty"` // where the accepted one is another
	Wanted             *Permission `json:"wanted,omitempty"`   // what a request beside it asks for
	ValidFrom          Instant     `json:"valid_from,omitempty"`
	ValidTo            Instant     `json:"valid_to,omitempty"`
	Issued             uint64      `json:"issued,omitempty"` // SignedAt of the newest issue
	Document           string      `json:"document,omitempty"`
	Bootstrap          bool        `json:"bootstrap,omitempty"` // of the list to start with: ends at valid_to unless both sides confirm it
	Position           string      `json:"position"`            // of the newest act in the journal
	Changed            Instant     `json:"changed"`
}

// Look shows one authorisation at a time (Unix nanoseconds); found is false where there never was one. suspended says whom an order has cut off; it may be nil.
func (s *State) Look(k Key, at int64, suspended func(corridor.BIC) bool) (v View, found bool) {
	r := s.find(k)
	if r == nil {
		return View{Key: k}, false
	}
	return s.view(r, at, suspended), true
}

// List shows the authorisations that an institution is a side of, in the order in which they came to be; all of them for an empty BIC.
func (s *State) List(b corridor.BIC, at int64, suspended func(corridor.BIC) bool) []View {
	who := codeOf(b)
	var all []View
	for r := range s.each {
		if b == "" || r.issuer == who || r.correspondent == who {
			all = append(all, s.view(r, at, suspended))
		}
	}
	return all
}

// Len is how many authorisations there are or were.
func (s *State) Len() int { return s.count }

func (s *State) each(yield func(*row) bool) {
	for _, rows := range s.rows {
		for i := range rows {
			if !yield(&rows[i]) {
				return
			}
		}
	}
}

func (s *State) view(r *row, at int64, suspended func(corridor.BIC) bool) View {
	v := View{Key: s.name(r), Stands: r.stage.String(), Bootstrap: r.bootstrap, Position: r.at.String(), Changed: instantOf(r.changed), Issued: r.issued}
	v.IssuerState, v.CorrespondentState = s.sidesOf(r, secondOf(at), suspended)
	if r.stage == requested {
		v.Permission = s.permissions[r.wanted].permission
		return v
	}
	v.Permission = s.permissions[r.issue.permission].permission
	v.ValidFrom, v.ValidTo = instantOf(r.issue.from), instantOf(r.issue.to)
	if r.asked {
		v.Wanted = &s.permissions[r.wanted].permission
	}
	if r.stage == updated && r.taken.permission != r.issue.permission {
		v.Accepted = &s.permissions[r.taken.permission].permission
	}
	if !r.digest.IsZero() {
		v.Document = r.digest.String()
	}
	return v
}

func instantOf(at second) Instant {
	if at == 0 {
		return ""
	}
	return InstantOf(time.Unix(int64(at), 0))
}

func (s *State) name(r *row) Key {
	return Key{r.issuer.bic(), r.correspondent.bic(), s.services[r.service]}
}

// sidesOf is the state at both sides, with time and orders looked at: an order covers only what would else live on.
func (s *State) sidesOf(r *row, at second, suspended func(corridor.BIC) bool) (issuer, correspondent SideState) {
	issuer, correspondent = sides[r.stage].issuer, sides[r.stage].correspondent
	if r.stage == rejected || r.stage == revoked || r.stage == deleted {
		return issuer, correspondent
	}
	if suspended != nil && (suspended(r.issuer.bic()) || suspended(r.correspondent.bic())) {
		return StateSuspended, StateSuspended
	}
	switch {
	case r.stage == requested:
	case r.issue.expired(at):
		return StateExpired, StateExpired
	case r.stage == updated && r.taken.expired(at):
		correspondent = StateProposed
	}
	return issuer, correspondent
}

// Counts is how many authorisations one institution has, by what it can do with them.
type Counts struct {
	Send    int `json:"send"`    // enabled, to send
	Receive int `json:"receive"` // enabled, to receive
	Decide  int `json:"decide"`  // it has to decide on: requests to it, issues to it, what a readmission left
}

// Count counts an institution's authorisations at a time.
func (s *State) Count(b corridor.BIC, now int64) (c Counts) {
	who, at := codeOf(b), secondOf(now)
	for r := range s.each {
		mine, sends := r.issuer == who, r.correspondent == who
		if !mine && !sends {
			continue
		}
		living := (r.stage == enabled || r.stage == updated) && r.issue.covers(at) && r.taken.covers(at)
		switch {
		case living && sends:
			c.Send++
		case living:
			c.Receive++
		}
		if mine && (r.asked || r.stage == renew) || sends && (r.stage == proposed || r.stage == updated || r.stage == confirm) && !r.issue.expired(at) {
			c.Decide++
		}
	}
	return c
}

// Dormant lists what of the views is enabled at both sides since before a time and was not used since then. used says when the sender last sent on the
// service to the receiver; a zero time says never.
func Dormant(all []View, since time.Time, used func(Key) time.Time) []View {
	var dormant []View
	for i := range all {
		v := &all[i]
		changed, err := v.Changed.second()
		if v.IssuerState == StateEnabled && v.CorrespondentState == StateEnabled && err == nil && int64(changed) < since.Unix() && used(v.Key).Before(since) {
			dormant = append(dormant, *v)
		}
	}
	return dormant
}
