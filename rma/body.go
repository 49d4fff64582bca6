package rma

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
)

// Body is the body of an act about one authorisation.
type Body struct {
	Key
	Permission *Permission `json:"permission,omitempty"` // request, authorise
	ValidFrom  Instant     `json:"valid_from,omitempty"` // authorise; absent: at once
	ValidTo    Instant     `json:"valid_to,omitempty"`   // authorise; absent: until it is ended
	Issued     uint64      `json:"issued,omitempty"`     // accept, reject: SignedAt of the issue that is decided on; the act's Document is that digest
}

// Query is the body of a query and of its answer, whose Document is the digest of the query's statement.
type Query struct {
	From corridor.BIC `json:"from"`
	To   corridor.BIC `json:"to"`
	Text string       `json:"text"`
}

// Bootstrap is the body of a list to start with.
type Bootstrap struct {
	ConfirmBy Instant `json:"confirm_by"` // what is not confirmed by an issue and its acceptance ends then
	Rows      []Row   `json:"rows"`
}

// Row is one authorisation of a list to start with.
type Row struct {
	Key
	Permission Permission `json:"permission"`
	ValidTo    Instant    `json:"valid_to,omitempty"`
}

// Instant is a second in UTC, "2026-12-01T00:00:00Z", or empty.
type Instant string

// InstantOf is the second of a time.
func InstantOf(t time.Time) Instant { return Instant(t.UTC().Format(time.RFC3339)) }

// second is the instant, and zero where it is empty.
func (i Instant) second() (second, error) {
	if i == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, string(i))
	if err != nil || InstantOf(t) != i || t.Year() < 1970 || t.Year() > lastYear {
		return 0, fmt.Errorf("instant %q: give a second in UTC such as 2026-12-01T00:00:00Z, not after %d", string(i), lastYear)
	}
	return second(t.Unix()), nil
}

// act is a parsed act of this package: one of the three bodies is there.
type act struct {
	verb      *verb // nil for the others
	body      Body
	from, to  second
	query     *Query
	bootstrap *Bootstrap
	confirmBy second
}

// verb is an act on one authorisation: who does it, and what its body has.
type verb struct {
	kind       string
	index      int
	byIssuer   bool
	begins     bool // makes sending possible: refused where an order stops new authorisations
	permission bool
	validity   bool
	decides    bool // names the issue that it decides on
}

// The columns of the table of transitions.
const (
	request = iota
	authorise
	accept
	reject
	revoke
	remove
	verbs
)

func verbOf(kind string) *verb {
	switch kind {
	case KindRequest:
		return &verb{kind: kind, index: request, begins: true, permission: true}
	case KindAuthorise:
		return &verb{kind: kind, index: authorise, byIssuer: true, begins: true, permission: true, validity: true}
	case KindAccept:
		return &verb{kind: kind, index: accept, begins: true, decides: true}
	case KindReject:
		return &verb{kind: kind, index: reject, decides: true}
	case KindRevoke:
		return &verb{kind: kind, index: revoke, byIssuer: true}
	case KindDelete:
		return &verb{kind: kind, index: remove}
	}
	return nil
}

// read parses an act and checks the form of its body and that it is signed for the institution whose act it is.
func read(a *entry.Act) (*act, *corridor.Fault) {
	p := &act{verb: verbOf(a.Kind)}
	var err error
	switch {
	case p.verb != nil:
		err = p.readBody(a)
	case a.Kind == KindQuery || a.Kind == KindAnswer:
		err = p.readQuery(a)
	case a.Kind == KindBootstrap:
		err = p.readBootstrap(a)
	default:
		err = fmt.Errorf("kind %q is none of this network's", a.Kind)
	}
	if err != nil {
		return nil, corridor.NetworkFault(corridor.FaultRMABody, err)
	}
	if want := p.party(); a.For != want {
		return nil, corridor.NetworkFault(corridor.FaultRMAParty, "it is for", named(a.For), "and", a.Kind, "is an act of", named(want))
	}
	return p, nil
}

// named is an institution in a fault's text.
func named(b corridor.BIC) string {
	if b == "" {
		return "the network"
	}
	return string(b)
}

// party is whose act it is.
func (p *act) party() corridor.BIC {
	switch {
	case p.query != nil:
		return p.query.From
	case p.bootstrap != nil:
		return ""
	case p.verb.byIssuer:
		return p.body.Issuer
	}
	return p.body.Correspondent
}

// other is to whom it is addressed; empty for a list to start with.
func (p *act) other() corridor.BIC {
	switch {
	case p.query != nil:
		return p.query.To
	case p.bootstrap != nil:
		return ""
	case p.verb.byIssuer:
		return p.body.Correspondent
	}
	return p.body.Issuer
}

func (p *act) readBody(a *entry.Act) error {
	b, v := &p.body, p.verb
	if err := canonical.Unmarshal(a.Body, b); err != nil {
		return err
	}
	if err := b.Key.check(); err != nil {
		return err
	}
	switch {
	case v.permission != (b.Permission != nil):
		return fmt.Errorf("permission: a request and an authorisation have one, other acts none")
	case !v.validity && (b.ValidFrom != "" || b.ValidTo != ""):
		return fmt.Errorf("valid_from, valid_to: only an authorisation has them")
	case v.decides != (b.Issued != 0) || v.decides == a.Document.IsZero():
		return fmt.Errorf("issued: an acceptance and a rejection name the issue they decide on by time and digest, other acts none")
	}
	if v.permission {
		if err := b.Permission.check(b.Service); err != nil {
			return err
		}
	}
	return p.readValidity(b.ValidFrom, b.ValidTo)
}

func (p *act) readValidity(from, to Instant) (err error) {
	if p.from, err = from.second(); err != nil {
		return err
	}
	if p.to, err = to.second(); err != nil {
		return err
	}
	if p.to != 0 && p.to <= p.from {
		return fmt.Errorf("valid_to %s is not after valid_from %s", to, from)
	}
	return nil
}

func (k Key) check() error {
	for _, b := range []corridor.BIC{k.Issuer, k.Correspondent} {
		if err := checkBIC8(b); err != nil {
			return err
		}
	}
	if k.Issuer == k.Correspondent {
		return fmt.Errorf("issuer and correspondent are both %s: an institution needs no authorisation with itself", k.Issuer)
	}
	return checkService(k.Service)
}

func checkBIC8(b corridor.BIC) error {
	if _, err := corridor.ParseBIC(string(b)); err != nil {
		return err
	}
	if len(b) != 8 {
		return fmt.Errorf("BIC %q: authorisations are between institutions, give its first 8 characters", string(b))
	}
	return nil
}

func (p *act) readQuery(a *entry.Act) error {
	p.query = new(Query)
	if err := canonical.Unmarshal(a.Body, p.query); err != nil {
		return err
	}
	for _, b := range []corridor.BIC{p.query.From, p.query.To} {
		if err := checkBIC8(b); err != nil {
			return err
		}
	}
	switch {
	case p.query.From == p.query.To:
		return errors.New("from and to are the same institution")
	case p.query.Text == "" || len(p.query.Text) > maxText || !utf8.ValidString(p.query.Text):
		return fmt.Errorf("text: give 1 to %d bytes", maxText)
	case (a.Kind == KindAnswer) == a.Document.IsZero():
		return errors.New("document: an answer names the query by the digest of its statement, a query none")
	}
	return nil
}

func (p *act) readBootstrap(a *entry.Act) (err error) {
	p.bootstrap = new(Bootstrap)
	if err := canonical.Unmarshal(a.Body, p.bootstrap); err != nil {
		return err
	}
	if p.confirmBy, err = p.bootstrap.ConfirmBy.second(); err != nil {
		return err
	}
	if n := len(p.bootstrap.Rows); p.confirmBy == 0 || n == 0 || n > MaxRows {
		return fmt.Errorf("give confirm_by and 1 to %d rows; this list has %d", MaxRows, n)
	}
	for i := range p.bootstrap.Rows {
		r := &p.bootstrap.Rows[i]
		if err := r.Check(); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return nil
}

// Check says what is wrong with a row.
func (r *Row) Check() error {
	if err := r.Key.check(); err != nil {
		return err
	}
	if err := r.Permission.check(r.Service); err != nil {
		return err
	}
	_, err := r.ValidTo.second()
	return err
}
