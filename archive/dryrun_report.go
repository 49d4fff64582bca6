package archive

import (
	"math/big"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/internal/canonical"
)

// ReportForm names the form of a report; another form has another name.
const ReportForm = "corridor-dry-run/1"

// Report is what a dry run found. Its canonical JSON is what is hashed, and the hash goes into the order. Numbers that are not
// whole are texts; values are exact sums, of one currency each; the lists are cut at a length that a person reads, and say
// how much was left out.
type Report struct {
	Form       string     `json:"form"`
	Head       Head       `json:"head"`
	Subjects   []Subject  `json:"subjects"`
	Impact     Impact     `json:"impact"`
	InFlight   InFlight   `json:"in_flight"`
	Licences   []Licence  `json:"licences"`
	Nested     Nested     `json:"nested"`
	Affiliates Affiliates `json:"affiliates"`
	LookAlikes LookAlikes `json:"look_alikes"`
	NoMember   []string   `json:"no_member"`
	Collateral Collateral `json:"collateral"`
	Limits     Limits     `json:"limits"`
	Warnings   []string   `json:"warnings"`
}

// Encode is the report's canonical form.
func (r *Report) Encode() ([]byte, error) { return canonical.Marshal(r) }

// finish gives every list that is always there its empty form: programs need not tell null from nothing.
func (r *Report) finish() {
	im, n := &r.Impact, &r.Nested
	r.Subjects, r.Licences, r.NoMember, r.Warnings = list(r.Subjects), list(r.Licences), list(r.NoMember), list(r.Warnings)
	im.ShareOfValue, im.ByHour = list(im.ShareOfValue), list(im.ByHour)
	for _, t := range []*Table{&im.ByCounterpart, &im.ByCorridor, &im.ByType, &im.ByCurrency} {
		t.Lines = list(t.Lines)
	}
	f := &r.InFlight
	f.Now, f.Weeks, f.Forecast = list(f.Now), list(f.Weeks), list(f.Forecast)
	for i := range f.Weeks {
		f.Weeks[i].Queues = list(f.Weeks[i].Queues)
	}
	n.Carriers, n.Correspondent, r.Affiliates.Members = list(n.Carriers), list(n.Correspondent), list(r.Affiliates.Members)
	l, c := &r.LookAlikes, &r.Collateral
	l.Similar, l.SamePrefix, l.SameCountry = list(l.Similar), list(l.SamePrefix), list(l.SameCountry)
	c.Members, c.Gateways, c.Replies = list(c.Members), list(c.Gateways), list(c.Replies)
	r.Limits.ShareOfValue, r.Limits.WorstHit = list(r.Limits.ShareOfValue), list(r.Limits.WorstHit)
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Head says what was asked of what.
type Head struct {
	Order            string `json:"order"`
	Kind             string `json:"kind"`
	Draft            string `json:"draft_sha256"` // of the canonical order without dry_run and bounds
	Effective        string `json:"effective"`
	Network          string `json:"network"`
	From             string `json:"from"` // days, both included
	To               string `json:"to"`
	Days             int    `json:"days"`
	PagesRead        uint64 `json:"pages_read"`
	LastPage         string `json:"last_page"` // hash of the last page that the archive has
	ArchiveAt        string `json:"archive_at"`
	DirectoryVersion uint64 `json:"directory_version"`
	DirectoryDigest  string `json:"directory_digest"`
	Published        string `json:"published,omitempty"` // trends are before and after it; absent where the window has no day after it
	LossPercent      int    `json:"loss_percent"`
}

// Subject is an institution that the order covers, or that it came to and left out.
type Subject struct {
	BIC         corridor.BIC `json:"bic"`
	Entity      string       `json:"entity,omitempty"`
	Name        string       `json:"name,omitempty"`
	Country     string       `json:"country"`
	Established string       `json:"established,omitempty"`
	Status      string       `json:"status"`
	Path        []string     `json:"path,omitempty"`
	In          bool         `json:"in"`
	Reason      string       `json:"reason"`
}

// Amount is an exact sum of one currency.
type Amount struct {
	Currency string `json:"currency"`
	Value    string `json:"value"`
}

// Traffic is some messages of the window.
type Traffic struct {
	Messages    int64    `json:"messages"`
	PerDay      string   `json:"per_day"`
	Value       []Amount `json:"value,omitempty"`
	ValuePerDay []Amount `json:"value_per_day,omitempty"`
	LastSeen    string   `json:"last_seen,omitempty"`
}

// Line is the traffic of one counterparty, corridor, type, currency or hour.
type Line struct {
	Of   string `json:"of"`
	Name string `json:"name,omitempty"`
	Traffic
}

// Table is lines, the largest first.
type Table struct {
	Lines   []Line `json:"lines"`
	LeftOut int    `json:"left_out,omitempty"`
}

// Impact is the traffic that the order would have stopped (R40).
type Impact struct {
	InScope       Traffic `json:"in_scope"`
	Licensed      Traffic `json:"licensed"` // of it, what carve-outs would have let pass
	Held          int64   `json:"held"`     // of it, what would have waited for officers: a claim that holds in part, or beyond its budget
	Stopped       Traffic `json:"stopped"`
	Share         string  `json:"share_of_messages"` // what was stopped or held, of all messages of the network in the window, 0 to 1
	ShareOfValue  []Share `json:"share_of_value"`    // by currency
	ByCounterpart Table   `json:"by_counterparty"`   // in scope, as are the tables below
	ByCorridor    Table   `json:"by_corridor"`       // countries by the letters of the BICs, from and to
	ByType        Table   `json:"by_type"`
	ByCurrency    Table   `json:"by_currency"`
	ByHour        []Line  `json:"by_hour"` // of the day, UTC
}

// Share is a part of one currency's whole, 0 to 1.
type Share struct {
	Currency string `json:"currency"`
	Share    string `json:"share"`
}

// Queue is messages that wait.
type Queue struct {
	Queue  string   `json:"queue"` // queued, unacknowledged, held, files, settling-later
	Side   string   `json:"side"`  // to, from the subjects
	Count  int64    `json:"count"`
	Oldest string   `json:"oldest,omitempty"`
	Value  []Amount `json:"value,omitempty"`
}

// InFlight is what waits now, and what will at the instant if it is as in past weeks (R42).
type InFlight struct {
	Now      []Queue  `json:"now"`
	Weeks    []Queues `json:"past_weeks"` // at the same weekday and time of day
	Forecast []Expect `json:"forecast"`
}

// Queues is what waited at one instant.
type Queues struct {
	At     string  `json:"at"`
	Queues []Queue `json:"queues"`
}

// Expect is what is expected of one queue at the instant.
type Expect struct {
	Queue string `json:"queue"`
	Side  string `json:"side"`
	Mean  string `json:"mean"`
	Most  int64  `json:"most"`
}

// Licence is what a carve-out would have let pass (R44).
type Licence struct {
	Licence          string   `json:"licence"`
	Types            []string `json:"types,omitempty"`
	Passed           Traffic  `json:"passed"`
	BeyondBudget     int64    `json:"beyond_budget"`     // would have been held
	MissingReference int64    `json:"missing_reference"` // all conditions but the quotation hold: would have been stopped
	Contradicted     int64    `json:"contradicted"`      // quoted, and another condition does not hold: held
}

// Carrier is a third member whose messages name a subject.
type Carrier struct {
	BIC            corridor.BIC `json:"bic"`
	Name           string       `json:"name,omitempty"`
	Country        string       `json:"country"`
	Counterparties int          `json:"counterparties"`
	Traffic
	Trend *Trend `json:"trend,omitempty"`
}

// Trend compares messages a day before and since publication.
type Trend struct {
	Before string `json:"per_day_before"`
	Since  string `json:"per_day_since"`
	Growth string `json:"growth_percent,omitempty"` // absent where there was nothing before
}

// Nested is traffic of third members that names a subject as an agent (R43).
type Nested struct {
	Messages      int64     `json:"messages"`
	PerDay        string    `json:"per_day"`
	Carriers      []Carrier `json:"carriers"`
	LeftOut       int       `json:"left_out,omitempty"`
	ByName        int64     `json:"by_name_only"`   // messages that name a subject's institution without a BIC
	Correspondent []NewPair `json:"correspondents"` // new since publication
}

// NewPair is a member that began to exchange messages with a subject or an affiliate after publication.
type NewPair struct {
	Member corridor.BIC `json:"member"`
	With   corridor.BIC `json:"with"`
	First  string       `json:"first_seen"`
	Count  int64        `json:"messages"`
}

// Affiliates are members of the subjects' groups that the order does not cover, and their traffic (R43).
type Affiliates struct {
	Members []Carrier `json:"members"`
	LeftOut int       `json:"left_out,omitempty"`
}

// LookAlike is a member that may be taken for a subject (R41).
type LookAlike struct {
	BIC        corridor.BIC `json:"bic"`
	Name       string       `json:"name,omitempty"`
	Like       string       `json:"like"`
	Similarity int          `json:"similarity"`
	Chosen     string       `json:"chosen"` // in, out, open
	Reason     string       `json:"reason,omitempty"`
	PerDay     string       `json:"per_day"` // its own traffic: what a wrong choice would stop
}

// Neighbour is a member that shares something with a subject and is not covered.
type Neighbour struct {
	BIC    corridor.BIC `json:"bic"`
	Name   string       `json:"name,omitempty"`
	PerDay string       `json:"per_day"`
}

// LookAlikes are who resembles a subject, shares its prefix, or its country.
type LookAlikes struct {
	Similar        []LookAlike `json:"similar"`
	SamePrefix     []Neighbour `json:"same_prefix"`
	PrefixLeftOut  int         `json:"same_prefix_left_out,omitempty"`
	SameCountry    []Neighbour `json:"same_country"`
	CountryLeftOut int         `json:"same_country_left_out,omitempty"`
}

// Loss is what a member loses of its traffic.
type Loss struct {
	BIC     corridor.BIC `json:"bic"`
	Name    string       `json:"name,omitempty"`
	Country string       `json:"country"`
	Lost    int64        `json:"lost"`
	Of      int64        `json:"of"`
	Percent string       `json:"percent"`
}

// Gateway is a shared connection that a subject uses.
type Gateway struct {
	Gateway  string         `json:"gateway"`
	Subjects []corridor.BIC `json:"subjects"`
	Others   []Neighbour    `json:"others"`
}

// Collateral is whom else the order hits (R44).
type Collateral struct {
	Members  []Loss    `json:"members"` // that lose more than loss_percent
	LeftOut  int       `json:"left_out,omitempty"`
	Gateways []Gateway `json:"gateways"`
	Replies  []Line    `json:"replies"` // answers, statements, cancellations and returns that will miss
}

// Limits are what the order's bounds are taken from (R21).
type Limits struct {
	BICs         int     `json:"bics"`
	Share        string  `json:"share_of_daily_messages"`
	ShareOfValue []Share `json:"share_of_value"`
	WorstHit     []Loss  `json:"worst_hit"`
}

// sum is an exact sum of amounts, in parts that do not overflow.
type sum struct{ billions, units, fraction int64 }

func (s sum) plus(x sum) sum {
	return sum{s.billions + x.billions, s.units + x.units, s.fraction + x.fraction}
}

func (s sum) minus(x sum) sum {
	return sum{s.billions - x.billions, s.units - x.units, s.fraction - x.fraction}
}

func (s sum) isZero() bool { return s.big().Sign() == 0 }

// big is the sum in hundred-thousandths.
func (s sum) big() *big.Int {
	n := new(big.Int).Mul(big.NewInt(s.billions), big.NewInt(milliard))
	n.Add(n, big.NewInt(s.units))
	n.Mul(n, big.NewInt(fractions))
	return n.Add(n, big.NewInt(s.fraction))
}

func (s sum) String() string { return decimal(s.big(), 5) }

// decimal writes n with its last places behind the point, without needless zeros.
func decimal(n *big.Int, places int) string {
	text := n.String()
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	if len(text) <= places {
		text = strings.Repeat("0", places+1-len(text)) + text
	}
	at := len(text) - places
	f := strings.TrimRight(text[at:], "0")
	if f == "" {
		return sign + text[:at]
	}
	return sign + text[:at] + "." + f
}

// ratio is n / d rounded to places, half up.
func ratio(n, d *big.Int, places int) string {
	if d.Sign() == 0 {
		return "0"
	}
	scaled := new(big.Int).Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil))
	scaled.Mul(scaled, big.NewInt(2))
	scaled.Add(scaled, d)
	return decimal(scaled.Div(scaled, new(big.Int).Mul(d, big.NewInt(2))), places)
}

func ratioOf(n, d int64, places int) string { return ratio(big.NewInt(n), big.NewInt(d), places) }
