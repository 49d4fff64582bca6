package standing

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
)

// ApplyAct carries out an act that Check let pass.
func (s *State) ApplyAct(at corridor.Position, time int64, a *entry.Act, key corridor.Digest) error {
	defer s.plan()
	name := s.nameOf(key)
	s.acts[signedAs(a, key)] = at
	switch a.Kind {
	case PolicyFound, PolicyPropose, PolicySign:
		return s.applyPolicy(time, a, key, name)
	case InstrumentFile:
		var i Instrument
		if err := canonical.Unmarshal(a.Body, &i); err != nil {
			return err
		}
		s.instruments[i.SHA256] = i
		return nil
	case MessageRelease, MessageReturn:
		return s.applyHeld(a, key)
	case AppealFile, AppealAnswer:
		return s.applyAppeal(time, a)
	case OrderDraft:
		if err := s.applyDraft(time, a, key); err != nil {
			return err
		}
	}
	return s.applyOrderAct(at, time, a, key, name)
}

// nameOf is an officer's name in the policy in force.
func (s *State) nameOf(key corridor.Digest) string {
	if p := s.Policy(); p != nil {
		if o := p.officer(key); o != nil {
			return o.Name
		}
	}
	return ""
}

func (s *State) applyPolicy(time int64, a *entry.Act, key corridor.Digest, name string) error {
	switch a.Kind {
	case PolicyFound:
		var f Founding
		if err := canonical.Unmarshal(a.Body, &f); err != nil {
			return err
		}
		document, _, err := f.Signed()
		if err != nil {
			return err
		}
		s.enact(f.Policy, corridor.DigestOf(document), time)
		return nil
	case PolicyPropose:
		var p Policy
		if err := canonical.Unmarshal(a.Body, &p); err != nil {
			return err
		}
		s.proposals[a.Document.String()] = &proposal{policy: p, proposer: key}
		return nil
	}
	w := s.proposals[a.Document.String()]
	if w == nil {
		return fmt.Errorf("policy %s is not proposed", a.Document)
	}
	w.signatures = append(w.signatures, Signature{Key: key, Name: name, At: time})
	if len(w.signatures) >= s.Policy().Country {
		s.enact(w.policy, a.Document, time)
		clear(s.proposals)
	}
	return nil
}

func (s *State) enact(p Policy, digest corridor.Digest, from int64) {
	s.policies = append(s.policies, policyRecord{p, digest, from})
	s.version++
}

func (s *State) applyHeld(a *entry.Act, key corridor.Digest) error {
	var p Place
	if err := canonical.Unmarshal(a.Body, &p); err != nil {
		return err
	}
	h := s.held[corridor.Position{Page: p.Page, Index: p.Index}]
	if h == nil {
		return nil // it is decided by now: acts are carried out again when a snapshot is read
	}
	if h.Asked == a.Kind && h.By != key {
		h.Agreed = true
		return nil
	}
	h.Asked, h.By = strings.Clone(a.Kind), key
	return nil
}

func (s *State) applyAppeal(time int64, a *entry.Act) error {
	id := strings.Clone(a.Subject)
	if a.Kind == AppealFile {
		var f Filing
		if err := canonical.Unmarshal(a.Body, &f); err != nil {
			return err
		}
		p := &Appeal{ID: id, Order: f.Order, For: corridor.BIC(strings.Clone(string(a.For))), Text: f.Text, Filed: time}
		if f.Message != nil {
			p.Message = &corridor.Position{Page: f.Message.Page, Index: f.Message.Index}
		}
		s.appeals[id] = p
		return nil
	}
	var w Answer
	if err := canonical.Unmarshal(a.Body, &w); err != nil {
		return err
	}
	p := s.appeals[id]
	p.Outcome, p.Answer, p.Amend, p.Answered = w.Outcome, w.Text, w.Amend, time
	return nil
}

func (s *State) applyDraft(time int64, a *entry.Act, key corridor.Digest) error {
	o, err := DecodeOrder(bytes.Clone(a.Body))
	if err != nil {
		return err
	}
	r := s.orders[o.ID]
	if r == nil {
		r = &Record{Drafted: time}
		s.orders[o.ID] = r
		s.ids = append(s.ids, o.ID)
	}
	if r.Order != nil {
		s.unindex(r)
	}
	r.Order, r.Document, r.Phase, r.Drafter = o, a.Document, Draft, key
	r.Signatures, r.PausedTo, r.PublishedAt, r.Confirmer = nil, 0, 0, corridor.Digest{}
	r.Effect = o.Kind
	if target := s.orders[o.Refers]; o.Kind == Amend && target != nil {
		r.Effect = target.Effect
	}
	return nil
}

func (s *State) applyOrderAct(at corridor.Position, time int64, a *entry.Act, key corridor.Digest, name string) error {
	r := s.orders[a.Subject]
	if r == nil {
		return fmt.Errorf("act %s: order %q is not known", a.Kind, a.Subject)
	}
	r.Deeds = append(r.Deeds, Deed{At: at, Time: time, Kind: strings.Clone(a.Kind), Key: key, Name: strings.Clone(name), Reason: strings.Clone(a.Reason)})
	switch a.Kind {
	case OrderResolve:
		r.Phase, r.Confirmer = Proposed, key
	case OrderObject:
		r.Phase, r.Signatures = Draft, nil
	case OrderSign:
		p := s.Policy()
		r.Signatures = append(r.Signatures, Signature{key, strings.Clone(name), p.signingRole(p.officer(key)), time})
		if s.enough(r, p, time) {
			r.Phase = Signed
		}
	case OrderPublish:
		r.Phase, r.PublishedAt = Published, time
		s.index(r)
	case OrderPause:
		r.before, r.Phase, r.PausedBy, r.PausedOnce = r.Phase, Paused, key, true
		r.PausedTo = time + int64(s.Policy().PauseHours)*hourNanos
		s.unindex(r)
	case OrderResume:
		r.Phase, r.PausedTo = r.before, 0
		if r.Phase == Published {
			s.index(r)
		}
	case OrderWithdraw:
		r.Phase = Withdrawn
		s.unindex(r)
	case OrderStep:
		var i Institution
		if err := canonical.Unmarshal(a.Body, &i); err != nil {
			return err
		}
		s.step(time, i.BIC)
		s.version++
	}
	return nil
}

// hourNanos is an hour in the journal's unit of time.
const hourNanos = int64(time.Hour)

// signingRole is the role in which an officer signs: the first of his that counts; one person has one role in an order (R50).
func (p *Policy) signingRole(o *Officer) Role {
	for _, r := range o.Roles {
		if slices.Contains(p.Signers, r) {
			return r
		}
	}
	return ""
}
