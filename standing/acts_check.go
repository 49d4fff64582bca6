package standing

import (
	"slices"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
)

// Check reports why an act may not be taken, or nil. key is the officer's certificate, for which the caller has verified the signature
// and the authority's word; now is the time of the page. It changes nothing (A14).
func (s *State) Check(a *entry.Act, key corridor.Digest, now int64) *corridor.Fault {
	if _, known := s.acts[signedAs(a, key)]; known {
		return fault(FaultActTwice, "this very act was taken before")
	}
	if a.Kind == PolicyFound {
		return s.checkFounding(a, key)
	}
	if a.Kind == AppealFile {
		return s.checkAppeal(a)
	}
	p := s.Policy()
	if p == nil {
		return fault(FaultPolicy, "the network has no policy yet: found it with corridor policy")
	}
	o := p.officer(key)
	if o == nil || a.For != "" {
		return fault(FaultActRole, "the certificate is not that of an officer of the policy in force")
	}
	switch a.Kind {
	case PolicyPropose, PolicySign:
		return s.checkPolicy(a, p, o, key)
	case InstrumentFile:
		return s.checkInstrument(a, o)
	case MessageRelease, MessageReturn:
		return s.checkHeld(a, o, key)
	case AppealAnswer:
		return s.checkAnswer(a, o)
	case OrderDraft:
		return s.checkDraft(a, o, key)
	}
	return s.checkOrderAct(a, p, o, key, now)
}

// signedAs tells acts apart: two officers who sign the same order in the same millisecond sign the same words.
func signedAs(a *entry.Act, key corridor.Digest) corridor.Digest {
	return corridor.DigestOf(a.Append(key[:]))
}

// CheckDirectory reports why the holder of a certificate may not change the directory, or nil.
func (s *State) CheckDirectory(key corridor.Digest) *corridor.Fault {
	p := s.Policy()
	if p == nil {
		return fault(FaultPolicy, "the network has no policy yet: found it with corridor policy")
	}
	if o := p.officer(key); o == nil || !o.has(DirectoryOfficer) {
		return fault(FaultActRole, "the certificate is not that of an officer with the role %s", DirectoryOfficer)
	}
	return nil
}

func (s *State) checkFounding(a *entry.Act, key corridor.Digest) *corridor.Fault {
	var f Founding
	if err := canonical.Unmarshal(a.Body, &f); err != nil {
		return fault(FaultActForm, "found the policy: %v", err)
	}
	switch {
	case len(s.policies) > 0:
		return fault(FaultPolicy, "the network has a policy: propose the next version")
	case f.Policy.Version != 1:
		return fault(FaultPolicy, "the founding policy has version 1, not %d", f.Policy.Version)
	}
	if err := f.Policy.Check(); err != nil {
		return fault(FaultPolicy, "%v", err)
	}
	if f.Policy.officer(key) == nil {
		return fault(FaultActRole, "the founding policy is brought by one of the officers that it names")
	}
	return nil
}

func (s *State) checkPolicy(a *entry.Act, p *Policy, o *Officer, key corridor.Digest) *corridor.Fault {
	if !p.signs(o) {
		return fault(FaultActRole, "%s has no role that signs", o.Name)
	}
	if a.Kind == PolicySign {
		w := s.proposals[a.Document.String()]
		switch {
		case w == nil || w.policy.Version != p.Version+1:
			return fault(FaultPolicy, "no such policy is proposed as version %d", p.Version+1)
		case w.proposer == key:
			return fault(FaultActOwn, "%s proposed this policy, and nobody signs what he drafted", o.Name)
		case signedBy(w.signatures, key):
			return fault(FaultActTwice, "%s signed this policy before", o.Name)
		}
		return nil
	}
	var next Policy
	if err := canonical.Unmarshal(a.Body, &next); err != nil {
		return fault(FaultActForm, "propose a policy: %v", err)
	}
	if err := next.Check(); err != nil {
		return fault(FaultPolicy, "%v", err)
	}
	if next.Version != p.Version+1 || corridor.DigestOf(a.Body) != a.Document {
		return fault(FaultPolicy, "version %d is in force, propose version %d with its own digest", p.Version, p.Version+1)
	}
	return nil
}

func signedBy(all []Signature, key corridor.Digest) bool {
	return slices.ContainsFunc(all, func(x Signature) bool { return x.Key == key })
}

func (s *State) checkInstrument(a *entry.Act, o *Officer) *corridor.Fault {
	var i Instrument
	if err := canonical.Unmarshal(a.Body, &i); err != nil {
		return fault(FaultActForm, "file an instrument: %v", err)
	}
	if err := i.check(); err != nil {
		return fault(FaultActForm, "file an instrument: %v", err)
	}
	switch {
	case !o.has(Drafter, Legal):
		return fault(FaultActRole, "%s is neither drafter nor legal", o.Name)
	case i.SHA256 != a.Document.String():
		return fault(FaultInstrument, "the instrument says SHA-256 %s, the filed text has %s", i.SHA256, a.Document)
	}
	return nil
}

func (s *State) checkHeld(a *entry.Act, o *Officer, key corridor.Digest) *corridor.Fault {
	var p Place
	if err := canonical.Unmarshal(a.Body, &p); err != nil {
		return fault(FaultActForm, "decide on a held message: %v", err)
	}
	h := s.held[corridor.Position{Page: p.Page, Index: p.Index}]
	switch {
	case !o.has(Compliance, Legal):
		return fault(FaultActRole, "%s is neither compliance nor legal", o.Name)
	case h == nil:
		return fault(FaultUnknown, "no message is held at %d/%d", p.Page, p.Index)
	case h.By == key:
		return fault(FaultActOwn, "a second officer confirms what %s asked", o.Name)
	case a.Kind == MessageRelease && s.stops(h):
		return fault(FaultContradicts, "an order in force forbids it, or an end of it has no service: return it, or wait for the lift and the readmission")
	}
	return nil
}

// stops reports that a held message cannot be released: one of its ends has no service.
func (s *State) stops(h *Held) bool {
	return s.off[h.Sender] != nil || s.off[h.Receiver] != nil
}

func (s *State) checkAppeal(a *entry.Act) *corridor.Fault {
	var f Filing
	if err := canonical.Unmarshal(a.Body, &f); err != nil {
		return fault(FaultActForm, "file an appeal: %v", err)
	}
	switch {
	case a.For == "":
		return fault(FaultActRole, "an appeal is filed by an officer of a member")
	case !validID(a.Subject) || s.appeals[a.Subject] != nil:
		return fault(FaultActTwice, "appeal %q: give an id that is not used yet, of A-Z, 0-9, '-' and '.'", a.Subject)
	case s.orders[f.Order] == nil || s.orders[f.Order].PublishedAt == 0:
		return fault(FaultUnknown, "no order %q is published", f.Order)
	case len(s.appeals) >= MaxOrders || f.Text == "" || len(f.Text) > corridor.MaxFaultText:
		return fault(FaultActForm, "an appeal has a text of at most %d characters", corridor.MaxFaultText)
	}
	return nil
}

func (s *State) checkAnswer(a *entry.Act, o *Officer) *corridor.Fault {
	var w Answer
	if err := canonical.Unmarshal(a.Body, &w); err != nil {
		return fault(FaultActForm, "answer an appeal: %v", err)
	}
	p := s.appeals[a.Subject]
	switch {
	case !o.has(AppealOfficer):
		return fault(FaultActRole, "%s is no appeal officer", o.Name)
	case p == nil:
		return fault(FaultUnknown, "no appeal %q", a.Subject)
	case p.Outcome != "":
		return fault(FaultActTwice, "appeal %s was answered: %s", p.ID, p.Outcome)
	case w.Outcome != "upheld" && w.Outcome != "rejected" || w.Text == "":
		return fault(FaultActForm, "outcome %q: give upheld or rejected, and a text", w.Outcome)
	case (w.Outcome == "upheld") != (w.Amend != ""):
		return fault(FaultActForm, "an upheld appeal, and only that, names the order that amends")
	case w.Amend != "" && (s.orders[w.Amend] == nil || s.orders[w.Amend].Order.Kind != Amend):
		return fault(FaultUnknown, "no order %q of kind amend is drafted", w.Amend)
	}
	return nil
}

func (s *State) checkDraft(a *entry.Act, o *Officer, key corridor.Digest) *corridor.Fault {
	d, err := DecodeOrder(a.Body)
	if err != nil {
		return fault(FaultActForm, "%v", err)
	}
	r := s.orders[a.Subject]
	switch {
	case !o.has(Drafter):
		return fault(FaultActRole, "%s is no drafter", o.Name)
	case d.ID != a.Subject || corridor.DigestOf(a.Body) != a.Document:
		return fault(FaultActDocument, "the act names order %q with digest %s, its body is %q with %s", a.Subject, a.Document, d.ID, corridor.DigestOf(a.Body))
	case r == nil && len(s.orders) >= MaxOrders:
		return fault(FaultActForm, "the network keeps %d orders, which is the limit", MaxOrders)
	case r != nil && r.Phase != Draft && r.Phase != Proposed && r.Phase != Paused:
		return fault(FaultActPhase, "order %s is %s: it is not edited any more, draft an amendment with an id of its own", d.ID, r.Phase)
	case r != nil && r.Document == a.Document:
		return fault(FaultActTwice, "order %s has this very form already", d.ID)
	}
	if f := s.checkRefers(d); f != nil {
		return f
	}
	return s.checkOperator(d)
}

func (s *State) checkRefers(d *Order) *corridor.Fault {
	if d.Refers == "" {
		return nil
	}
	target := s.orders[d.Refers]
	switch {
	case target == nil || d.Refers == d.ID:
		return fault(FaultUnknown, "order %s refers to %q, which is not known", d.ID, d.Refers)
	case target.Order.Kind == Lift || target.Order.Kind == Readmit:
		return fault(FaultContradicts, "order %s refers to %s, which is a %s: name the order that is in force", d.ID, d.Refers, target.Order.Kind)
	}
	return nil
}

// checkOperator refuses an order that would cut the network's own address off.
func (s *State) checkOperator(d *Order) *corridor.Fault {
	if s.operator == "" {
		return nil
	}
	for i := range d.Subject.Resolved {
		if d.Subject.Resolved[i].BIC.BIC8() == s.operator {
			return fault(FaultOperator, "order %s covers %s, which is the network's own address", d.ID, s.operator)
		}
	}
	return nil
}

// checkOrderAct is the check of all acts on an order that exists.
func (s *State) checkOrderAct(a *entry.Act, p *Policy, o *Officer, key corridor.Digest, now int64) *corridor.Fault {
	r := s.orders[a.Subject]
	if r == nil {
		return fault(FaultUnknown, "no order %q: draft it first", a.Subject)
	}
	if a.Kind != OrderStep && a.Document != r.Document {
		return fault(FaultActDocument, "order %s has the digest %s now, the act speaks of %s: read the present document and sign that", r.Order.ID, r.Document, a.Document)
	}
	switch a.Kind {
	case OrderResolve:
		return s.checkResolve(r, o, key)
	case OrderObject:
		return checkObject(a, r, o)
	case OrderSign:
		return s.checkSign(r, p, o, key)
	case OrderPublish:
		return s.checkPublish(r, p, o, now)
	case OrderPause:
		return checkPause(a, r, key)
	case OrderResume:
		return checkResume(r, key, now)
	case OrderWithdraw:
		return checkWithdraw(r, p, o, key)
	case OrderStep:
		return s.checkStep(a, r, o)
	}
	return fault(FaultActForm, "act %q is not known", a.Kind)
}

// checkResolve is the second pair of eyes on names, BICs and look-alikes (R11, R12, A9).
func (s *State) checkResolve(r *Record, o *Officer, key corridor.Digest) *corridor.Fault {
	switch {
	case r.Phase != Draft:
		return fault(FaultActPhase, "order %s is %s, not a draft", r.Order.ID, r.Phase)
	case key == r.Drafter:
		return fault(FaultActOwn, "%s drafted order %s: another person confirms the resolution", o.Name, r.Order.ID)
	case !o.has(Drafter, Legal, Compliance, Operations):
		return fault(FaultActRole, "%s is neither drafter, legal, compliance nor operations", o.Name)
	}
	return s.checkComplete(r.Order)
}

// checkComplete refuses an order that is not ready to be signed.
func (s *State) checkComplete(d *Order) *corridor.Fault {
	u := &d.Subject
	for _, n := range u.Names {
		if n.Entity == "" && !slices.Contains(u.NoMember, n.Name) {
			return fault(FaultUnresolved, "order %s: the name %q is mapped to nobody and is not among no_member", d.ID, n.Name)
		}
	}
	switch {
	case d.Kind == Lift || d.Kind == Pause:
		return nil
	case len(u.Resolved) == 0 && len(u.NoMember) == 0:
		return fault(FaultUnresolved, "order %s is not resolved: corridor order resolve", d.ID)
	case d.Kind != Readmit && d.DryRun == "":
		return fault(FaultUnresolved, "order %s has no dry run: corridor order dry-run, and put its digest into dry_run", d.ID)
	}
	return nil
}

func checkObject(a *entry.Act, r *Record, o *Officer) *corridor.Fault {
	switch {
	case r.Phase != Draft && r.Phase != Proposed:
		return fault(FaultActPhase, "order %s is %s: an objection comes before it is signed", r.Order.ID, r.Phase)
	case !o.has(Legal, Compliance, Operations, Observer, AppealOfficer, Drafter):
		return fault(FaultActRole, "%s has no role in the making of orders", o.Name)
	case a.Reason == "":
		return fault(FaultActForm, "an objection has a reason")
	}
	return nil
}

func (s *State) checkSign(r *Record, p *Policy, o *Officer, key corridor.Digest) *corridor.Fault {
	switch {
	case r.Phase != Proposed && r.Phase != Signed:
		return fault(FaultActPhase, "order %s is %s: its resolution is confirmed first, and a published order takes no more signatures", r.Order.ID, r.Phase)
	case key == r.Drafter:
		return fault(FaultActOwn, "%s drafted order %s, and nobody signs what he drafted", o.Name, r.Order.ID)
	case !p.signs(o):
		return fault(FaultActRole, "%s has no role that signs", o.Name)
	case signedBy(r.Signatures, key):
		return fault(FaultActTwice, "%s signed order %s before", o.Name, r.Order.ID)
	}
	return s.checkInstruments(r.Order)
}

// checkInstruments: an order of law rests on texts that are filed here (R2).
func (s *State) checkInstruments(d *Order) *corridor.Fault {
	if d.Ground == "law" && len(d.Instruments) == 0 {
		return fault(FaultInstrument, "order %s names no instrument: without a legal text it is not signed", d.ID)
	}
	for _, i := range d.Instruments {
		if _, ok := s.instruments[i.SHA256]; !ok {
			return fault(FaultInstrument, "order %s rests on %s %s with SHA-256 %s, and no such text is filed: corridor order instrument", d.ID, i.Issuer, i.Number, i.SHA256)
		}
	}
	return nil
}

func (s *State) checkPublish(r *Record, p *Policy, o *Officer, now int64) *corridor.Fault {
	switch {
	case r.Phase != Signed:
		return fault(FaultActPhase, "order %s is %s: it has %d of the %d signatures that it needs", r.Order.ID, r.Phase, len(r.Signatures), s.Needed(r, now))
	case !o.has(Operations):
		return fault(FaultActRole, "%s is not operations", o.Name)
	case !s.enough(r, p, now):
		return fault(FaultSignatures, "order %s has %d of the %d signatures that it needs now%s", r.Order.ID, len(r.Signatures), s.Needed(r, now), s.why(r, p, now))
	case r.Order.Expires != "" && r.Order.ExpiresAt() <= now:
		return fault(FaultActTime, "order %s expired at %s", r.Order.ID, r.Order.Expires)
	}
	switch target := s.orders[r.Order.Refers]; r.Order.Kind {
	case Lift, Amend, Pause:
		if target.Phase != InForce {
			return fault(FaultContradicts, "order %s is about %s, which is %s and not in force", r.Order.ID, r.Order.Refers, target.Phase)
		}
	case Readmit:
		return s.checkReadmit(r.Order)
	}
	return nil
}

// checkReadmit refuses while another order covers an institution, and names it (R71, A13).
func (s *State) checkReadmit(d *Order) *corridor.Fault {
	for i := range d.Subject.Resolved {
		b := d.Subject.Resolved[i].BIC.BIC8()
		if ids := s.Covering(b); len(ids) > 0 {
			return fault(FaultContradicts, "order %s would readmit %s, which %s still covers: lift that first", d.ID, b, strings.Join(ids, ", "))
		}
		if s.off[b] == nil {
			return fault(FaultContradicts, "order %s would readmit %s, which has service", d.ID, b)
		}
	}
	return nil
}

func checkPause(a *entry.Act, r *Record, key corridor.Digest) *corridor.Fault {
	switch {
	case r.Phase != Published && r.Phase != Signed:
		return fault(FaultActPhase, "order %s is %s: one signer pauses only before the effect; after it, draft an order of kind pause or lift", r.Order.ID, r.Phase)
	case !signedBy(r.Signatures, key):
		return fault(FaultActRole, "only one who signed order %s may pause it", r.Order.ID)
	case r.PausedOnce:
		return fault(FaultActTwice, "order %s was paused once already", r.Order.ID)
	case a.Reason == "":
		return fault(FaultActForm, "a pause has a reason")
	}
	return nil
}

func checkResume(r *Record, key corridor.Digest, now int64) *corridor.Fault {
	switch {
	case r.Phase != Paused:
		return fault(FaultActPhase, "order %s is %s, not paused", r.Order.ID, r.Phase)
	case r.PausedBy != key:
		return fault(FaultActRole, "only the one who paused order %s resumes it before the pause ends", r.Order.ID)
	case r.Order.EffectiveAt() <= now:
		return fault(FaultActTime, "the instant of order %s has passed during the pause: draft it with a new instant, which needs new signatures", r.Order.ID)
	}
	return nil
}

func checkWithdraw(r *Record, p *Policy, o *Officer, key corridor.Digest) *corridor.Fault {
	switch {
	case r.Phase == InForce || r.FencedAt != 0 || r.Phase == Withdrawn:
		return fault(FaultActPhase, "order %s is %s: what is in force is lifted, not withdrawn", r.Order.ID, r.Phase)
	case key != r.Drafter && !p.signs(o):
		return fault(FaultActRole, "%s neither drafted order %s nor signs", o.Name, r.Order.ID)
	}
	return nil
}

func (s *State) checkStep(a *entry.Act, r *Record, o *Officer) *corridor.Fault {
	var i Institution
	if err := canonical.Unmarshal(a.Body, &i); err != nil {
		return fault(FaultActForm, "next stage of a return: %v", err)
	}
	c := s.returning[i.BIC]
	switch {
	case !o.has(Operations, Compliance):
		return fault(FaultActRole, "%s is neither operations nor compliance", o.Name)
	case c == nil || c.record != r:
		return fault(FaultUnknown, "%s is not on a ramp of order %s", i.BIC, r.Order.ID)
	}
	return nil
}
