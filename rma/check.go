package rma

import (
	"fmt"
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// Check says whether an act may be taken now (Unix nanoseconds); nil where it may. suspended says whom an order has cut off (R29), newAllowed with whom
// new authorisations may be made (R18); either may be nil. The signature is not judged here.
func (s *State) Check(a *entry.Act, now int64, suspended, newAllowed func(corridor.BIC) bool) *corridor.Fault {
	p, fault := read(a)
	if fault != nil {
		return fault
	}
	if at := time.UnixMilli(int64(a.SignedAt)); at.Sub(time.Unix(0, now)) > corridor.MaxClockSkew {
		return corridor.NetworkFault(corridor.FaultClock, "the act was signed at", at.UTC().Format(time.RFC3339), "and it is", time.Unix(0, now).UTC().Format(time.RFC3339))
	}
	o := orders{suspended, newAllowed}
	switch {
	case p.query != nil:
		return s.checkQuery(a, p)
	case p.bootstrap != nil:
		return s.checkBootstrap(p, now, o)
	case p.verb.begins:
		if fault := o.check(p.body.Key); fault != nil {
			return fault
		}
	}
	return s.checkVerb(a, p, now)
}

// orders are what orders say of an institution.
type orders struct{ suspended, newAllowed func(corridor.BIC) bool }

func (o orders) check(k Key) *corridor.Fault {
	for _, b := range []corridor.BIC{k.Issuer, k.Correspondent} {
		switch {
		case o.suspended != nil && o.suspended(b):
			return corridor.NetworkFault(corridor.FaultRMAOrder, b, "is disconnected by an order")
		case o.newAllowed != nil && !o.newAllowed(b):
			return corridor.NetworkFault(corridor.FaultRMAOrder, "for", b, "an order allows no new ones until it takes effect")
		}
	}
	return nil
}

// checkVerb holds an act against the stage of its authorisation and the acts before it.
func (s *State) checkVerb(a *entry.Act, p *act, now int64) *corridor.Fault {
	if _, known := s.service[p.body.Service]; !known {
		return corridor.NetworkFault(corridor.FaultRMABody, fmt.Sprintf("service %q is not one of this network: %v", p.body.Service, s.services))
	}
	r := s.find(p.body.Key)
	if r == nil {
		r = &row{}
	}
	before := r.bySender
	if p.verb.byIssuer {
		before = r.byIssuer
	}
	if a.SignedAt <= before {
		return corridor.NetworkFault(corridor.FaultRMAOlder, "this one was signed at", milli(a.SignedAt), "and the newest of", a.For, "at", milli(before))
	}
	if transitions[r.stage][p.verb.index] == absent {
		return stageFault(p, r.stage)
	}
	if p.verb.decides && (p.body.Issued != r.issued || a.Document != r.digest) {
		return corridor.NetworkFault(corridor.FaultRMAOlder, "it decides on the issue of", milli(p.body.Issued), "and the newest is of", milli(r.issued))
	}
	switch {
	case p.verb.index == accept && r.issue.expired(secondOf(now)):
		return corridor.NetworkFault(corridor.FaultRMAState, "it has expired; the issuer must issue it again")
	case p.verb.index == authorise && p.to != 0 && p.to <= secondOf(now):
		return corridor.NetworkFault(corridor.FaultRMABody, "valid_to", p.body.ValidTo, "has passed")
	}
	return nil
}

func milli(at uint64) string {
	return time.UnixMilli(int64(at)).UTC().Format("2006-01-02T15:04:05.000Z")
}

// stageFault says what can be done instead.
func stageFault(p *act, from stage) *corridor.Fault {
	may := ""
	for _, kind := range []string{KindRequest, KindAuthorise, KindAccept, KindReject, KindRevoke, KindDelete} {
		v := verbOf(kind)
		if transitions[from][v.index] != absent && v.byIssuer == p.verb.byIssuer {
			may += " " + kind
		}
	}
	if may == "" {
		may = " none"
	}
	return corridor.NetworkFault(corridor.FaultRMAState, p.body.Key, "is", from.says()+"; possible for this side:"+may)
}

// says is a stage in a fault's text.
func (s stage) says() string {
	switch s {
	case absent:
		return "not there"
	case updated:
		return "enabled with a newer issue to be decided on"
	case confirm:
		return "to be accepted again after a readmission"
	case renew:
		return "to be issued again after a readmission"
	}
	return s.String()
}

func (s *State) checkBootstrap(p *act, now int64, o orders) *corridor.Fault {
	if p.confirmBy <= secondOf(now) {
		return corridor.NetworkFault(corridor.FaultRMABody, "confirm_by", p.bootstrap.ConfirmBy, "has passed")
	}
	for i := range p.bootstrap.Rows {
		b := &p.bootstrap.Rows[i]
		if _, known := s.service[b.Service]; !known {
			return corridor.NetworkFault(corridor.FaultRMABody, fmt.Sprintf("row %d: service %q is not one of this network: %v", i+1, b.Service, s.services))
		}
		if fault := o.check(b.Key); fault != nil {
			return fault
		}
	}
	return nil
}

func (s *State) checkQuery(a *entry.Act, p *act) *corridor.Fault {
	mine, theirs := desk{codeOf(p.query.From), codeOf(p.query.To)}, desk{codeOf(p.query.To), codeOf(p.query.From)}
	if a.Kind == KindAnswer {
		if q := s.desks[theirs]; q == nil || !slices.Contains(q.open, a.Document) {
			return corridor.NetworkFault(corridor.FaultRMAQuery, p.query.To, "has asked no such question of", string(p.query.From)+", or it was answered")
		}
		return nil
	}
	switch q := s.desks[mine]; {
	case q == nil:
	case a.SignedAt <= q.newest:
		return corridor.NetworkFault(corridor.FaultRMAOlder, "a query of", milli(q.newest), "was taken")
	case len(q.open) >= maxOpenQueries:
		return corridor.NetworkFault(corridor.FaultRMAQuery, len(q.open), "queries to", p.query.To, "are without an answer")
	}
	return nil
}

func (s *State) applyQuery(a *entry.Act, p *act) error {
	if fault := s.checkQuery(a, p); fault != nil {
		return fault
	}
	if a.Kind == KindAnswer {
		q := s.desks[desk{codeOf(p.query.To), codeOf(p.query.From)}]
		q.open = slices.DeleteFunc(q.open, func(d corridor.Digest) bool { return d == a.Document })
		return nil
	}
	d := desk{codeOf(p.query.From), codeOf(p.query.To)}
	if s.desks[d] == nil {
		s.desks[d] = new(queries)
	}
	s.desks[d].newest = a.SignedAt
	s.desks[d].open = append(s.desks[d].open, corridor.DigestOf(a.Append(nil)))
	return nil
}
