package standing

import (
	"time"

	"corridor.example/corridor"
)

// Kind is what an order does.
type Kind string

// The kinds of order (R1).
const (
	Disconnect Kind = "disconnect" // all service of the subject ends; needs a Readmit after its end
	Restrict   Kind = "restrict"   // part of its traffic is stopped; its sessions stay
	Amend      Kind = "amend"      // takes the place of the order that it refers to
	Lift       Kind = "lift"       // ends the prohibition of the order that it refers to
	Readmit    Kind = "readmit"    // restores service of institutions that no order covers any more
	Pause      Kind = "pause"      // suspends the effect of an order in force until its own expiry
)

// Order is one order. Its canonical form (internal/canonical) is what is hashed and signed; it is never edited, only
// superseded. Instants are RFC 3339 in UTC with whole seconds, dates YYYY-MM-DD.
type Order struct {
	ID          string       `json:"id"` // 1 to 64 of A-Z 0-9 - .
	Kind        Kind         `json:"kind"`
	Refers      string       `json:"refers,omitempty"` // amend, lift, pause: the order's id
	Ground      string       `json:"ground"`           // "law" needs an instrument, "rulebook" a rule
	Rule        string       `json:"rule,omitempty"`   // the rulebook's number
	Instruments []Instrument `json:"instrument,omitempty"`
	Effective   Effective    `json:"effective"`
	Notice      Notice       `json:"notice"`
	Expires     string       `json:"expires,omitempty"` // ends the prohibition by itself, never readmits (R5)
	Review      *Review      `json:"review,omitempty"`
	Subject     Subject      `json:"subject"`
	Scope       Scope        `json:"scope"`
	Deny        []Condition  `json:"deny,omitempty"` // what no licence of this order opens (R20: explicit deny)
	Carveouts   []Carveout   `json:"carveouts,omitempty"`
	Reach       string       `json:"reach,omitempty"` // "endpoint", the default, or "content" (R19)
	InFlight    InFlight     `json:"inflight"`
	Bounds      Bounds       `json:"bounds"`
	DryRun      string       `json:"dry_run,omitempty"` // SHA-256 of the dry run's report, hexadecimal (R45)
	Shadow      bool         `json:"shadow,omitempty"`  // decide and log without effect (R56)
	RevokeAfter int          `json:"revoke_after_days,omitempty"`
	Ramp        []Step       `json:"ramp,omitempty"` // readmit: stages of the return (R75)
	Contact     string       `json:"contact,omitempty"`
	Appeal      string       `json:"appeal,omitempty"` // where to appeal
}

// Instrument is the legal text that an order carries out (R2). The document itself is filed by its digest.
type Instrument struct {
	Issuer    string `json:"issuer"`
	Title     string `json:"title,omitempty"`
	Number    string `json:"number"`
	Published string `json:"published"` // date
	Page      string `json:"page,omitempty"`
	SHA256    string `json:"sha256"`
	Article   string `json:"article,omitempty"`
}

// Effective is the instant, and how it follows from what the instrument says (R3).
type Effective struct {
	UTC       string `json:"utc"`
	AsWritten string `json:"as_written,omitempty"`
	Zone      string `json:"zone,omitempty"`
	Derived   string `json:"derived,omitempty"` // "start of day", "instant"
	Date      string `json:"date,omitempty"`    // the date of the instant in Zone
}

// date is the first day on which the order holds.
func (e *Effective) date() string {
	if e.Date != "" {
		return e.Date
	}
	return e.UTC[:len(time.DateOnly)]
}

// Notice is what happens between publication and effect (R4, R18).
type Notice struct {
	WindDown   string   `json:"wind_down,omitempty"` // "", "no-new-authorisations", "replies-only", "value-date-before"
	Broadcasts []string `json:"broadcasts,omitempty"`
}

// stopsMessages reports a wind-down rule that looks at messages.
func (n *Notice) stopsMessages() bool {
	return n.WindDown == WindDownReplies || n.WindDown == WindDownValueDates
}

// The wind-down rules (R18).
const (
	WindDownNormal     = ""
	WindDownNoRMA      = "no-new-authorisations"
	WindDownReplies    = "replies-only"
	WindDownValueDates = "value-date-before"
)

// Review is a date and who looks then (R5).
type Review struct {
	Date  string `json:"date"`
	Owner string `json:"owner"`
}

// Subject is whom an order is about (R10–R14), and what that resolved to. Only Resolved and Countries are enforced.
type Subject struct {
	BICs             []corridor.BIC `json:"bics,omitempty"`     // BIC8, or BIC11 for one branch; explicit
	Entities         []string       `json:"entities,omitempty"` // ids of the directory
	Countries        []Country      `json:"countries,omitempty"`
	Names            []Name         `json:"names,omitempty"` // as the instrument lists them
	List             *List          `json:"list,omitempty"`
	Closure          *Closure       `json:"closure,omitempty"`
	Resolved         []Resolved     `json:"resolved,omitempty"`
	Excluded         []Excluded     `json:"excluded,omitempty"`
	NoMember         []string       `json:"no_member,omitempty"`
	LookAlikes       []LookAlike    `json:"look_alikes,omitempty"`
	DirectoryVersion int            `json:"directory_version,omitempty"`
}

// Country is a country test (F6): by the letters of the BIC, by the place of establishment, or either.
type Country struct {
	Country string `json:"country"`
	Test    string `json:"test"` // "bic", "establishment", "either"
}

// Name is a legal name of the instrument and what it was mapped to (R11).
type Name struct {
	Name     string `json:"name"`
	Entity   string `json:"entity,omitempty"` // empty: no member
	Evidence string `json:"evidence,omitempty"`
}

// List is a named list with its version.
type List struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Closure is an ownership test (R13, F3); see directory.Test, which carries it out.
type Closure struct {
	Percent       corridor.Decimal `json:"percent"`
	Op            string           `json:"op"` // ">" or ">="
	Aggregate     bool             `json:"aggregate,omitempty"`
	Indirect      bool             `json:"indirect,omitempty"`
	EstablishedIn []string         `json:"established_in,omitempty"`
	Control       bool             `json:"control,omitempty"`
	AsOf          string           `json:"as_of"` // date
}

// Resolved is one institution that the order covers. BIC is a BIC8, or a BIC11 for one branch only.
type Resolved struct {
	BIC      corridor.BIC `json:"bic"`
	Entity   string       `json:"entity,omitempty"`
	Explicit bool         `json:"explicit,omitempty"` // named itself: an exclusion does not win over it (R14)
	Path     []string     `json:"path,omitempty"`     // of ownership, from the listed one down
}

// Excluded is an institution that is expressly out, with the reason (R14).
type Excluded struct {
	BIC    corridor.BIC `json:"bic"`
	Reason string       `json:"reason"`
}

// LookAlike is a member whose name or prefix resembles a subject's, ticked in or out (R12).
type LookAlike struct {
	BIC        corridor.BIC `json:"bic"`
	Name       string       `json:"name,omitempty"`
	Like       string       `json:"like"`       // the name or BIC that it resembles
	Similarity int          `json:"similarity"` // 0 to 100
	In         bool         `json:"in"`
	Reason     string       `json:"reason"`
}

// Scope is which messages of the subject an order is about (R15). Empty lists are everything; the zero value is all traffic both ways.
type Scope struct {
	Direction      string   `json:"direction,omitempty"`      // "from" the subject, "to" it, "" or "both"
	Counterparties []string `json:"counterparties,omitempty"` // BIC8s and country codes of the other side
	Services       []string `json:"services,omitempty"`       // "fin", "mx", "file", "api"
	Types          []string `json:"types,omitempty"`          // see MatchType
	Spared         []string `json:"spared,omitempty"`         // types that are not in scope
	Currencies     []string `json:"currencies,omitempty"`
	Amount         *Band    `json:"amount,omitempty"`
}

// Band is a range of amounts in one currency, From included, To not. Other currencies are not converted: they are outside.
type Band struct {
	Currency string           `json:"currency"`
	From     corridor.Decimal `json:"from,omitempty"`
	To       corridor.Decimal `json:"to,omitempty"`
}

// Condition is a set of messages.
type Condition struct {
	Types          []string `json:"types,omitempty"`
	Counterparties []string `json:"counterparties,omitempty"`
	Currencies     []string `json:"currencies,omitempty"`
}

// Carveout is a licence: messages that pass although the order is about them, within a budget for each pair of institutions
// and window (R16, R17).
type Carveout struct {
	Licence    string           `json:"licence"`
	Authority  string           `json:"authority,omitempty"`
	Holder     corridor.BIC     `json:"holder,omitempty"` // BIC8 that must be one of the two sides
	Types      []string         `json:"types,omitempty"`
	Currency   string           `json:"currency,omitempty"`
	Purpose    string           `json:"purpose,omitempty"`
	Quote      string           `json:"quote,omitempty"` // text that must stand in the message's references, for example /LIC/L-77
	From       string           `json:"from,omitempty"`  // instants of validity
	Until      string           `json:"until,omitempty"`
	Count      int              `json:"count,omitempty"`  // messages in a window
	Amount     corridor.Decimal `json:"amount,omitempty"` // of Currency in a window
	WindowDays int              `json:"window_days,omitempty"`
}

// InFlight says what happens to messages by where they stood at the fence (R30–R37). Empty is the default.
type InFlight struct {
	UndeliveredTo   string `json:"undelivered_to,omitempty"`   // "return" (default), "hold", "deliver"
	UndeliveredFrom string `json:"undelivered_from,omitempty"` // the same
	Held            string `json:"held,omitempty"`             // "return" (default), "hold"
	Unacked         string `json:"unacked,omitempty"`          // "in-doubt" (default), "delivered"
	ReadUntil       string `json:"read_until,omitempty"`       // read-only export of its own past traffic until that date (R36)
}

// Bounds are what the dry run expected (R21). Beyond them an order needs one more signature, and raises an alarm in force.
type Bounds struct {
	BICs  int              `json:"bics"`
	Share corridor.Decimal `json:"share_of_daily_messages,omitempty"` // 0 to 1
}

// Step is a stage of a readmission (R75).
type Step struct {
	Stage      string            `json:"stage"`                 // "receive", "low", "full"
	Most       []corridor.Amount `json:"most,omitempty"`        // low: the largest amount of a message, by currency; others are refused
	AfterHours int               `json:"after_hours,omitempty"` // until the next stage by itself; 0 waits for a signed step
}

// The stages of a return.
const (
	StageReceive = "receive"
	StageLow     = "low"
	StageFull    = "full"
)

// EffectiveAt is the instant in Unix nanoseconds; a document that passed its check has one.
func (o *Order) EffectiveAt() int64 { return instant(o.Effective.UTC) }

// ExpiresAt is the expiry in Unix nanoseconds, or 0.
func (o *Order) ExpiresAt() int64 { return instant(o.Expires) }

// Severs reports an order that ends all service of its subjects, so that their sessions end too: a disconnection of everything,
// both ways, without licences.
func (o *Order) Severs() bool {
	return o.Kind == Disconnect && o.Scope.whole() && len(o.Carveouts) == 0
}

func (s *Scope) whole() bool {
	return (s.Direction == "" || s.Direction == "both") && len(s.Counterparties)+len(s.Services)+len(s.Types)+len(s.Spared)+len(s.Currencies) == 0 && s.Amount == nil
}

// Content reports an order that also looks for its subjects inside messages of others.
func (o *Order) Content() bool { return o.Reach == "content" }

// NeedsParticulars reports an order whose decision looks inside a message even where the subject is an endpoint.
func (o *Order) NeedsParticulars() bool {
	needs := len(o.Scope.Currencies) > 0 || o.Scope.Amount != nil || len(o.Carveouts) > 0
	for i := range o.Deny {
		needs = needs || len(o.Deny[i].Currencies) > 0
	}
	return needs
}

func instant(s string) int64 {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0
	}
	return t.UnixNano()
}

// MatchType reports whether a type is one of a pattern: the type itself ("fin.103"), a family of which it is a member
// ("pacs.008" for "pacs.008.001.08", "fin.202" for "fin.202.COV", "pacs"), or a category of FIN ("fin.9xx").
func MatchType(pattern string, t corridor.MessageType) bool {
	s := string(t)
	if len(pattern) == 7 && pattern[5:] == "xx" {
		return len(s) >= 7 && s[:5] == pattern[:5]
	}
	return len(s) >= len(pattern) && s[:len(pattern)] == pattern && (len(s) == len(pattern) || s[len(pattern)] == '.')
}

// Service is the service that carries a type: "fin", "file" or "mx".
func Service(t corridor.MessageType) string {
	switch {
	case t.IsFIN():
		return "fin"
	case MatchType("file", t):
		return "file"
	default:
		return "mx"
	}
}
