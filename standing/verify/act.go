package verify

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing"
)

// modelProposal is a policy that waits for signatures.
type modelProposal struct {
	policy   standing.Policy
	proposer corridor.Digest
	signers  []corridor.Digest
}

// acted takes an act of an officer: its signature, the certificate at the time of the page, and whether the policy lets him.
func (v *Verifier) acted(at corridor.Position, e *entry.Acted) {
	a, officer, err := v.signed(e.Statement, e.Signature, e.Certificate)
	if err == nil {
		err = v.permitted(at, a, officer)
	}
	if err != nil {
		v.breaks(Evidence, at, "act %s: %v", kindOf(a), err)
		return
	}
	v.acts[signedAs(e.Statement, e.Certificate)] = true
	v.result.Acts++
}

// signedAs tells acts apart: two officers who sign the same order in the same millisecond sign the same words.
func signedAs(statement, certificate []byte) corridor.Digest {
	signer := corridor.DigestOf(certificate)
	return corridor.DigestOf(append(signer[:], statement...))
}

func kindOf(a *entry.Act) string {
	if a == nil {
		return "of unknown kind"
	}
	return a.Kind
}

// signed reads an act and checks the officer's signature and certificate.
func (v *Verifier) signed(statement, signature, certificate []byte) (*entry.Act, *pki.OfficerCertificate, error) {
	a, err := entry.DecodeAct(bytes.Clone(statement)) // orders and officers live on, the page does not
	if err != nil {
		return nil, nil, err
	}
	c, err := v.options.Root.Officer(certificate, v.at())
	switch {
	case err != nil:
		return &a, nil, err
	case a.Network != v.network || c.For != a.For:
		return &a, nil, fmt.Errorf("it is for %q of the network %s, the certificate is %s", a.For, a.Network, c)
	case !pki.Verify(c.Public, entry.AppendSignedAct(nil, statement), signature):
		return &a, nil, fmt.Errorf("%s did not sign it", c)
	}
	return &a, c, nil
}

func (v *Verifier) actRefused(at corridor.Position, e *entry.ActRefused) {
	a, _, err := v.signed(e.Statement, e.Signature, e.Certificate)
	if err != nil {
		v.breaks(Evidence, at, "refused act %s: %v", kindOf(a), err)
	}
	v.result.ActsRefused++
}

// permitted checks an act against the policy of its time and carries it out in the model.
func (v *Verifier) permitted(at corridor.Position, a *entry.Act, c *pki.OfficerCertificate) error {
	if v.acts[signedAs(a.Append(nil), c.DER)] {
		return fmt.Errorf("the journal took the very same act before")
	}
	noun, _, _ := strings.Cut(a.Kind, ".")
	switch {
	case noun == "rma":
		return nil // between members; nothing that an order forbids passes by it
	case a.Kind == standing.PolicyFound:
		return v.founded(a, c)
	case a.Kind == standing.AppealFile:
		v.model.appeals[a.Subject] = true
		return needs(a.For != "", "an appeal is a member's")
	}
	o := v.model.officer(c.ID)
	if o == nil || a.For != "" {
		return fmt.Errorf("%s is no officer of the policy in force", c)
	}
	switch noun {
	case "directory":
		if !holds(o, standing.DirectoryOfficer) {
			return fmt.Errorf("%s may not change the directory", c)
		}
		return v.model.directory.Apply(at, v.time, a.Body)
	case "policy":
		return v.model.policyAct(a, o, c.ID)
	case "instrument":
		v.model.instruments[a.Document.String()] = true
		return needs(holds(o, standing.Drafter, standing.Legal), "instruments are filed by drafters and legal")
	case "message":
		return v.askedHeld(a, o, c.ID)
	case "appeal":
		return needs(holds(o, standing.AppealOfficer) && v.model.appeals[a.Subject], "it answers no appeal, or is not by an appeal officer")
	case "order":
		return v.model.orderAct(a, o, c.ID, v.time)
	}
	return fmt.Errorf("this version does not know what it does")
}

func needs(ok bool, otherwise string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%s", otherwise)
}

func (m *model) officer(key corridor.Digest) *standing.Officer {
	if m.policy == nil {
		return nil
	}
	i := slices.IndexFunc(m.policy.Officers, func(o standing.Officer) bool { return o.Key == key.String() })
	if i < 0 {
		return nil
	}
	return &m.policy.Officers[i]
}

func holds(o *standing.Officer, roles ...standing.Role) bool {
	return slices.ContainsFunc(o.Roles, func(r standing.Role) bool { return slices.Contains(roles, r) })
}

// maySign: one of the officer's roles is one whose signature counts.
func (m *model) maySign(o *standing.Officer) bool { return holds(o, m.policy.Signers...) }

// founded is the first policy: the authority signed it (R51).
func (v *Verifier) founded(a *entry.Act, c *pki.OfficerCertificate) error {
	var f standing.Founding
	if err := canonical.Unmarshal(a.Body, &f); err != nil {
		return err
	}
	document, err := canonical.Marshal(&f.Policy)
	if err != nil {
		return err
	}
	signature, err := base64.StdEncoding.DecodeString(f.Signature)
	if err == nil {
		err = v.options.Root.VerifyDocument(standing.DomainPolicy, document, signature)
	}
	if err != nil {
		return err
	}
	if err := f.Policy.Check(); err != nil {
		return err
	}
	if v.model.policies != 0 || f.Policy.Version != 1 {
		return fmt.Errorf("a network is founded once, with version 1")
	}
	v.model.enact(f.Policy, corridor.DigestOf(document))
	return needs(v.model.officer(c.ID) != nil, "it is not brought by one of its officers")
}

func (m *model) enact(p standing.Policy, digest corridor.Digest) {
	m.policy, m.policyID = &p, digest
	m.policies++
	clear(m.proposals)
}

// policyAct: later policies are signed by as many as an order against a country needs, and not by who proposed them.
func (m *model) policyAct(a *entry.Act, o *standing.Officer, key corridor.Digest) error {
	if !m.maySign(o) {
		return fmt.Errorf("%s has no role that signs", o.Name)
	}
	if a.Kind == standing.PolicyPropose {
		w := &modelProposal{proposer: key}
		if err := canonical.Unmarshal(a.Body, &w.policy); err != nil {
			return err
		}
		m.proposals[a.Document] = w
		return needs(w.policy.Version == m.policy.Version+1 && corridor.DigestOf(a.Body) == a.Document && w.policy.Check() == nil, "it is not the next version, or not sound")
	}
	w := m.proposals[a.Document]
	if w == nil || w.proposer == key || slices.Contains(w.signers, key) {
		return fmt.Errorf("%s signs what was not proposed, what he proposed himself, or a second time", o.Name)
	}
	w.signers = append(w.signers, key)
	if len(w.signers) == m.policy.Country {
		m.enact(w.policy, a.Document)
	}
	return nil
}

// orderAct is one step of an order's life before its effect.
func (m *model) orderAct(a *entry.Act, o *standing.Officer, key corridor.Digest, now int64) error {
	if a.Kind == standing.OrderDraft {
		return m.drafted(a, o, key)
	}
	r := m.orders[a.Subject]
	switch {
	case r == nil:
		return fmt.Errorf("order %q was never drafted", a.Subject)
	case a.Kind == standing.OrderStep:
		return m.stepAct(a, o, r, now)
	case a.Document != r.digest:
		return fmt.Errorf("it speaks of a document %s, order %s is %s", a.Document, r.ID, r.digest)
	}
	defer m.refresh()
	switch a.Kind {
	case standing.OrderResolve:
		r.phase = standing.Proposed
		return needs(key != r.drafter, "a resolution is confirmed by another person than the drafter")
	case standing.OrderObject:
		r.phase, r.signers = standing.Draft, nil
		return nil
	case standing.OrderSign:
		return m.signedOrder(r, o, key)
	case standing.OrderPublish:
		return m.publishedOrder(r, o, now)
	case standing.OrderPause:
		return m.pausedOrder(r, key, now)
	case standing.OrderResume:
		ok := r.phase == standing.Paused && r.pausedBy == key && nanos(r.Effective.UTC) > now
		r.phase, r.pausedTo = r.before, 0
		return needs(ok, "only who paused resumes, before the instant")
	case standing.OrderWithdraw:
		ok := r.fencedAt == 0
		r.phase = standing.Withdrawn
		return needs(ok, "what took effect is lifted, not withdrawn")
	}
	return fmt.Errorf("this version does not know what it does")
}

func (m *model) drafted(a *entry.Act, o *standing.Officer, key corridor.Digest) error {
	d, err := standing.DecodeOrder(a.Body)
	if err != nil {
		return err
	}
	old := m.orders[d.ID]
	switch {
	case d.ID != a.Subject || corridor.DigestOf(a.Body) != a.Document:
		return fmt.Errorf("the digest or the id is not that of the document")
	case !holds(o, standing.Drafter):
		return fmt.Errorf("%s is no drafter", o.Name)
	case old != nil && old.phase != standing.Draft && old.phase != standing.Proposed && old.phase != standing.Paused:
		return fmt.Errorf("order %s is %s and is not edited any more", d.ID, old.phase)
	}
	if old == nil {
		m.ids = append(m.ids, d.ID)
	}
	r := &modelOrder{Order: d, digest: a.Document, phase: standing.Draft, drafter: key, subjects: map[corridor.BIC][]standing.Resolved{}}
	if old != nil {
		r.pausedOnce = old.pausedOnce
	}
	for _, x := range d.Subject.Resolved {
		r.subjects[x.BIC.BIC8()] = append(r.subjects[x.BIC.BIC8()], x)
	}
	r.severs = m.cutsOff(d) && !d.Shadow && everything(&d.Scope) && len(d.Carveouts) == 0
	m.orders[d.ID] = r
	m.refresh()
	return nil
}

// cutsOff: an amendment does what the order does whose place it takes.
func (m *model) cutsOff(d *standing.Order) bool {
	for range len(m.ids) + 1 { // a chain of amendments is no longer than there are orders
		if d.Kind != standing.Amend {
			break
		}
		target := m.orders[d.Refers]
		if target == nil {
			return false
		}
		d = target.Order
	}
	return d.Kind == standing.Disconnect
}

// everything: the scope leaves nothing out.
func everything(s *standing.Scope) bool {
	return s.Direction != "from" && s.Direction != "to" && s.Counterparties == nil && s.Services == nil && s.Types == nil && s.Spared == nil && s.Currencies == nil && s.Amount == nil
}

func (m *model) signedOrder(r *modelOrder, o *standing.Officer, key corridor.Digest) error {
	switch {
	case r.phase != standing.Proposed && r.phase != standing.Signed:
		return fmt.Errorf("order %s is %s: its resolution is not confirmed, or it is published", r.ID, r.phase)
	case key == r.drafter || slices.Contains(r.signers, key):
		return fmt.Errorf("%s signs his own draft, or twice", o.Name)
	case !m.maySign(o):
		return fmt.Errorf("%s has no role that signs", o.Name)
	case r.Ground == "law" && len(r.Instruments) == 0:
		return fmt.Errorf("order %s has no instrument", r.ID)
	}
	for _, i := range r.Instruments {
		if !m.instruments[i.SHA256] {
			return fmt.Errorf("the text of %s %s is not filed", i.Issuer, i.Number)
		}
	}
	r.signers = append(r.signers, key)
	if m.enough(r, m.needed(r, 0)) {
		r.phase = standing.Signed
	}
	return nil
}

// needed is M of M-of-N for an order that is published at an instant (R51, R21); 0 asks for no more than an order with much notice needs.
func (m *model) needed(r *modelOrder, now int64) int {
	p, n := m.policy, m.policy.Bank
	if m.large(r) {
		n = p.Country
	}
	if now != 0 && r.prohibits() && nanos(r.Effective.UTC)-now < int64(p.UrgentHours)*int64(time.Hour) {
		n += p.Urgent
	}
	if r.prohibits() && len(r.Subject.Resolved) > r.Bounds.BICs {
		n += p.BeyondBounds
	}
	all := 0
	for i := range p.Officers {
		if m.maySign(&p.Officers[i]) {
			all++
		}
	}
	return min(n, all)
}

// large: against a country, or more of the traffic than the policy lets a few decide.
func (m *model) large(r *modelOrder) bool {
	return len(r.Subject.Countries) > 0 || r.Bounds.Share.Cmp(corridor.Decimal(m.policy.LargeShare)) > 0
}

// enough counts those signers who are officers now, with an observer among them where the order is large.
func (m *model) enough(r *modelOrder, needed int) bool {
	n, observed := 0, false
	for _, key := range r.signers {
		if o := m.officer(key); o != nil && m.maySign(o) {
			n++
			observed = observed || holds(o, standing.Observer)
		}
	}
	return n >= needed && (observed || !m.large(r))
}

func (m *model) publishedOrder(r *modelOrder, o *standing.Officer, now int64) error {
	r.needed = m.needed(r, now)
	switch {
	case r.phase != standing.Signed && r.phase != standing.Proposed:
		return fmt.Errorf("order %s is %s", r.ID, r.phase)
	case !m.enough(r, r.needed):
		return fmt.Errorf("order %s has %d signatures, the policy of that time asks for %d", r.ID, len(r.signers), r.needed)
	case !holds(o, standing.Operations):
		return fmt.Errorf("%s is not operations", o.Name)
	}
	r.phase, r.published = standing.Published, now
	return nil
}

func (m *model) pausedOrder(r *modelOrder, key corridor.Digest, now int64) error {
	if r.phase != standing.Published && r.phase != standing.Signed || r.pausedOnce || !slices.Contains(r.signers, key) {
		return fmt.Errorf("order %s is %s: a pause is by a signer, once, before the effect", r.ID, r.phase)
	}
	r.before, r.phase, r.pausedBy, r.pausedOnce = r.phase, standing.Paused, key, true
	r.pausedTo = now + int64(m.policy.PauseHours)*int64(time.Hour)
	return nil
}

func (m *model) stepAct(a *entry.Act, o *standing.Officer, r *modelOrder, now int64) error {
	var i standing.Institution
	if err := canonical.Unmarshal(a.Body, &i); err != nil {
		return err
	}
	ramp := m.ramps[i.BIC]
	if ramp == nil || ramp.order != r || !holds(o, standing.Operations, standing.Compliance) {
		return fmt.Errorf("%s is on no ramp of order %s, or the officer may not", i.BIC, r.ID)
	}
	m.stepped(i.BIC, now)
	return nil
}
