package story

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/archive"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing"
)

// desk is what the officers have before them.
type desk struct {
	officers   map[string]*officer
	drafts     map[string]*standing.Order      // by id, as they were last drafted
	filed      map[string]bool                 // instruments, by digest
	alike      map[string][]standing.LookAlike // by order: members that may be taken for a subject, as the resolver shows them
	published  map[string]*standing.Order
	reports    map[string]*archive.Report // dry runs, by the name that the script gave
	list       []listed
	fleet      []corridor.BIC  // of the crowd
	refusal    *corridor.Fault // of the act that was tried last
	backup     *kept
	checkpoint evidence.Checkpoint // that an observer keeps
	due        []time.Time         // instants at which the hub must look at its clock
}

// officer is a person with a key.
type officer struct {
	name string
	of   corridor.BIC // empty: of the network
	key  *pki.OfficerSigningKey
}

// staff are the network's officers in every story, and what they may do. Five of them sign.
func staff() []standing.Officer {
	return []standing.Officer{
		{Name: "dora", Roles: []standing.Role{standing.Drafter}},
		{Name: "lena", Roles: []standing.Role{standing.Legal}},
		{Name: "clara", Roles: []standing.Role{standing.Compliance}},
		{Name: "carl", Roles: []standing.Role{standing.Compliance}},
		{Name: "otto", Roles: []standing.Role{standing.Operations}},
		{Name: "oona", Roles: []standing.Role{standing.Observer}},
		{Name: "axel", Roles: []standing.Role{standing.Auditor}},
		{Name: "paula", Roles: []standing.Role{standing.AppealOfficer}},
		{Name: "dirk", Roles: []standing.Role{standing.DirectoryOfficer}},
	}
}

// firstPolicy is 3 of 5 for a bank, 4 of 5 with an observer for a country, one more where there is less than a day.
func firstPolicy(authorisations string) standing.Policy {
	return standing.Policy{
		Version: 1, Signers: []standing.Role{standing.Legal, standing.Compliance, standing.Operations, standing.Observer},
		Bank: 3, Country: 4, Urgent: 1, UrgentHours: 24, BeyondBounds: 1, LargeShare: "0.01", PauseHours: 48, Authorisations: authorisations,
	}
}

// hire issues an officer's certificate.
func (s *stage) hire(name string, of corridor.BIC) (*officer, error) {
	issued, err := s.authority.IssueOfficer(of, name, lasts-48*time.Hour, s.now.Add(-pki.Backdate), rand.Reader)
	if err != nil {
		return nil, err
	}
	o := &officer{name, of, issued.OfficerKey()}
	if s.desk.officers == nil {
		s.desk.officers = map[string]*officer{}
	}
	s.desk.officers[o.String()] = o
	return o, nil
}

func (o *officer) String() string {
	if o.of == "" {
		return o.name
	}
	return o.name + "@" + string(o.of)
}

// officer finds one by name; a member's is hired when he is first named: "rita@ZQDEDEFF".
func (s *stage) officer(name string) (*officer, error) {
	if o := s.desk.officers[name]; o != nil {
		return o, nil
	}
	who, of, ok := strings.Cut(name, "@")
	if !ok {
		return nil, fmt.Errorf("there is no officer %q", name)
	}
	return s.hire(who, corridor.BIC(of))
}

// govern hires the staff and brings the founding policy, which the authority has signed.
func (s *stage) govern(authorisations string) error {
	p := firstPolicy(authorisations)
	for _, o := range staff() {
		h, err := s.hire(o.Name, "")
		if err != nil {
			return err
		}
		o.Key = h.key.Certificate().ID.String()
		p.Officers = append(p.Officers, o)
	}
	document, err := canonical.Marshal(&p)
	if err != nil {
		return err
	}
	s.desk.drafts, s.desk.published = map[string]*standing.Order{}, map[string]*standing.Order{}
	s.desk.filed, s.desk.alike = map[string]bool{}, map[string][]standing.LookAlike{}
	signature := base64.StdEncoding.EncodeToString(s.authority.SignDocument(standing.DomainPolicy, document))
	return s.must("otto", &entry.Act{Kind: standing.PolicyFound, Document: corridor.DigestOf(document)}, &standing.Founding{Policy: p, Signature: signature})
}

// must takes an act that is to be taken.
func (s *stage) must(by string, a *entry.Act, body any) error {
	f, err := s.act(by, a, body)
	if err != nil {
		return err
	}
	if f != nil {
		return fmt.Errorf("%s by %s was refused: %s %s", a.Kind, by, f.Code, f.Text)
	}
	return nil
}

// act signs an act, gives it to the hub, and returns why it was refused, or nil.
func (s *stage) act(by string, a *entry.Act, body any) (*corridor.Fault, error) {
	o, err := s.officer(by)
	if err != nil {
		return nil, err
	}
	if body != nil {
		if a.Body, err = canonical.Marshal(body); err != nil {
			return nil, err
		}
	}
	return s.submit(o, a)
}

// sign makes the act of an officer, signed at this instant.
func (s *stage) sign(o *officer, a *entry.Act) entry.Acted {
	a.Network, a.For, a.SignedAt = network, o.of, uint64(s.now.UnixMilli())
	statement := a.Append(nil)
	return entry.Acted{Statement: statement, Signature: o.key.Sign(entry.AppendSignedAct(nil, statement)), Certificate: o.key.Certificate().DER}
}

// change writes records into the directory, by the directory's officer.
func (s *stage) change(changes ...directory.Change) error {
	for len(changes) > 0 {
		n := min(len(changes), directory.MaxChanges)
		if err := s.must("dirk", &entry.Act{Kind: "directory.change"}, &directory.Body{Changes: changes[:n]}); err != nil {
			return err
		}
		changes = changes[n:]
	}
	return nil
}

// draft takes "order ID KIND" with its clauses: it is resolved by the directory and drafted by dora.
func (s *stage) cmdOrder(l *line) error {
	o, err := s.order(l)
	if err != nil {
		return err
	}
	by := l.setting("by", "dora")
	if err := s.resolve(o); err != nil {
		return err
	}
	if err := s.file(o, l.setting("file", "yes") == "yes"); err != nil {
		return err
	}
	s.setT(o)
	return s.draft(o, by)
}

// setT makes the newest order's instant the T of the lines that follow.
func (s *stage) setT(o *standing.Order) {
	s.T = time.Unix(0, o.EffectiveAt()).UTC()
	for _, before := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, 0, -24 * time.Hour} { // reminders, the fence, the day after
		s.desk.due = append(s.desk.due, s.T.Add(-before), s.T.Add(-before).Add(time.Second))
	}
	if o.Expires != "" {
		s.desk.due = append(s.desk.due, time.Unix(0, o.ExpiresAt()).UTC())
	}
}

// resolve fills in what the subject comes to, and the digest of the dry run that a story does without.
func (s *stage) resolve(o *standing.Order) error {
	if o.Kind == standing.Lift || o.Kind == standing.Pause {
		return s.resolveLift(o)
	}
	r, err := standing.Resolve(o, s.heart.Directory())
	if err != nil {
		return err
	}
	if len(r.Unknown) > 0 {
		return errors.New(strings.Join(r.Unknown, "; "))
	}
	s.desk.alike[o.ID] = append(slices.Clone(r.Open), r.Subject.LookAlikes...)
	for _, x := range r.Open { // the drafter decides on each; a story that is about it ticks for itself
		if err := r.Tick(x.BIC, false, "another institution than the instrument names"); err != nil {
			return err
		}
	}
	o.Subject = r.Subject
	if o.Bounds.BICs == 0 {
		o.Bounds.BICs = len(o.Subject.Resolved)
	}
	if o.Kind != standing.Readmit && o.DryRun == "" {
		o.DryRun = corridor.DigestOf([]byte(o.ID)).String()
	}
	return nil
}

// resolveLift lists the BICs that a partial lift names as they are.
func (s *stage) resolveLift(o *standing.Order) error {
	for _, b := range o.Subject.BICs {
		o.Subject.Resolved = append(o.Subject.Resolved, standing.Resolved{BIC: b, Explicit: true})
	}
	return nil
}

// file files the instruments that an order rests on, each once.
func (s *stage) file(o *standing.Order, wanted bool) error {
	for _, i := range o.Instruments {
		if !wanted || s.desk.filed[i.SHA256] {
			continue
		}
		d, err := digest(i.SHA256)
		if err != nil {
			return err
		}
		if err := s.must("lena", &entry.Act{Kind: standing.InstrumentFile, Document: d}, &i); err != nil {
			return err
		}
		s.desk.filed[i.SHA256] = true
	}
	return nil
}

func digest(text string) (d corridor.Digest, err error) {
	b, err := hex.DecodeString(text)
	if err == nil && len(b) != len(d) {
		err = fmt.Errorf("%q is no digest of SHA-256", text)
	}
	copy(d[:], b)
	return d, err
}

func (s *stage) draft(o *standing.Order, by string) error {
	document, err := o.Encode()
	if err != nil {
		return err
	}
	who, err := s.officer(by)
	if err != nil {
		return err
	}
	f, err := s.submit(who, &entry.Act{Kind: standing.OrderDraft, Subject: o.ID, Document: corridor.DigestOf(document), Body: document})
	if err != nil {
		return err
	}
	if f == nil {
		s.desk.drafts[o.ID] = o
		s.say("%s drafts %s: %s of %s, effective %s", by, o.ID, o.Kind, covered(o), o.Effective.UTC)
	}
	return s.judged(f)
}

// judged notes a refusal where the line says "try", and fails it otherwise.
func (s *stage) judged(f *corridor.Fault) error {
	s.desk.refusal = f
	if f != nil && s.line.words[0] != "try" {
		return fmt.Errorf("refused: %s %s", f.Code, f.Text)
	}
	return nil
}

// covered is a list of the BICs of an order, for people.
func covered(o *standing.Order) string {
	var all []string
	for i, r := range o.Subject.Resolved {
		if i == 5 && len(o.Subject.Resolved) > 6 {
			all = append(all, fmt.Sprintf("and %d more", len(o.Subject.Resolved)-5))
			break
		}
		all = append(all, string(r.BIC))
	}
	if len(all) == 0 {
		return o.Refers
	}
	return strings.Join(all, " ")
}

// instants are the times at which an order has something due.
func (d *desk) instants() []time.Time { return d.due }

// pretty is a value as readable JSON.
func pretty(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
