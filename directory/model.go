package directory

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"corridor.example/corridor"
)

// The fields of records stand in the order of their JSON names, so that their plain JSON form is the canonical one.

// EntityID is the network's own name of a legal entity: 1 to 35 of A-Z, 0-9 and '-', for example "LE-VOSTROVA".
type EntityID string

// Status says whether a BIC, or an entity, is there to deal with.
type Status string

// The statuses. Suspended is an order's doing alone; no change of the directory sets or ends it.
const (
	Active    Status = "active"
	Suspended Status = "suspended-by-order"
	Withdrawn Status = "withdrawn" // a BIC that its owner no longer uses
	Dissolved Status = "dissolved" // an entity that is no more
)

// Entity is a legal person.
type Entity struct {
	Country    string   `json:"country"` // ISO 3166 code of where it is established
	ID         EntityID `json:"id"`
	LEI        string   `json:"lei,omitempty"`
	Name       string   `json:"name"`
	OtherNames []string `json:"other_names,omitempty"`
	Status     Status   `json:"status"` // Active or Dissolved
}

// Office is an institution's code: a BIC8, which an entity owns, or a BIC11, a branch that belongs to its BIC8. Services,
// terminals and gateway are the BIC8's alone.
type Office struct {
	BIC         corridor.BIC `json:"bic"`
	City        string       `json:"city,omitempty"`
	Entity      EntityID     `json:"entity,omitempty"`      // of a BIC8; never another one later
	Established string       `json:"established,omitempty"` // ISO 3166 code, where this office is not established where its entity is
	From        Instant      `json:"from,omitzero"`         // since when the status holds; needed for Withdrawn
	Gateway     string       `json:"gateway,omitempty"`     // the shared connection it uses, for example a service bureau's BIC8
	Name        string       `json:"name,omitempty"`        // empty: the entity's
	Services    []Service    `json:"services,omitempty"`
	Status      Status       `json:"status"`              // Active or Withdrawn
	Terminals   []string     `json:"terminals,omitempty"` // terminal codes, one character each
}

// Service is one of the network's services and the message types that a member takes by it; none named is all.
type Service struct {
	Name  string                 `json:"name"` // fin, mx, file
	Types []corridor.MessageType `json:"types,omitempty"`
}

// Ownership says that one entity owns a share of another, from a date to the day before another. One that was wrong is ended
// where it began. At any date there is at most one direct and one indirect share for a pair.
type Ownership struct {
	Control bool             `json:"control,omitempty"` // the owner controls it by other means than its share
	Direct  bool             `json:"direct"`            // false: a share as somebody published it, over others in between
	From    Date             `json:"from"`
	Owned   EntityID         `json:"owned"`
	Owner   EntityID         `json:"owner"`
	Percent corridor.Decimal `json:"percent,omitempty"` // empty: not known
	Source  string           `json:"source,omitempty"`
	To      Date             `json:"to,omitempty"` // the first day on which it holds no longer
}

// Standing is what orders made of a BIC8. It stands in files of the directory and is never part of an act.
type Standing struct {
	BIC    corridor.BIC `json:"bic"`
	From   Instant      `json:"from"`
	Status Status       `json:"status"` // Suspended, or Active again
}

// Change is one record as it is from now on: exactly one field is there. A record of the same key is replaced.
type Change struct {
	Entity    *Entity    `json:"entity,omitempty"`
	Office    *Office    `json:"office,omitempty"`
	Ownership *Ownership `json:"ownership,omitempty"`
	Standing  *Standing  `json:"standing,omitempty"`
}

// Body is the body of an act "directory.change".
type Body struct {
	Announce bool     `json:"announce"` // members are told by a broadcast, not only by the changed record
	Changes  []Change `json:"changes"`
}

// Date is a day, YYYY-MM-DD; the empty one is absent. Dates compare as texts.
type Date string

// ParseDate checks the form of a day.
func ParseDate(s string) (Date, error) {
	if t, err := time.Parse(time.DateOnly, s); err != nil || t.Year() < 1000 {
		return "", fmt.Errorf("date %q: give a day as YYYY-MM-DD", s)
	}
	return Date(s), nil
}

// Instant is a time in Unix nanoseconds; zero is absent. Its text is UTC in the form of RFC 3339 without needless zeros.
type Instant int64

// ParseInstant reads a time in RFC 3339, of any zone.
func ParseInstant(s string) (Instant, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1700 || t.Year() > 2200 {
		return 0, fmt.Errorf("time %q: give it as 2026-01-31T09:00:00Z", s)
	}
	return Instant(t.UnixNano()), nil
}

func (i Instant) String() string {
	if i == 0 {
		return ""
	}
	return time.Unix(0, int64(i)).UTC().Format(time.RFC3339Nano)
}

// MarshalText writes the one form.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads a time of any zone.
func (i *Instant) UnmarshalText(b []byte) (err error) {
	*i, err = ParseInstant(string(b))
	return err
}

// ParseEntityID checks the form of an entity's id.
func ParseEntityID(s string) (EntityID, error) {
	if len(s) == 0 || len(s) > MaxID {
		return "", fmt.Errorf("entity %q: give 1 to %d of A-Z, 0-9 and '-', for example LE-VOSTROVA", s, MaxID)
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !('A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-') {
			return "", fmt.Errorf("entity %q: character %q is not one of A-Z, 0-9 and '-'", s, c)
		}
	}
	return EntityID(s), nil
}

// ValidLEI reports whether s has the form of a legal entity identifier and its check digits agree (ISO 17442, ISO 7064 mod 97-10).
func ValidLEI(s string) bool {
	if len(s) != 20 {
		return false
	}
	rest := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case 'A' <= c && c <= 'Z' && i < 18:
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// checkText refuses what cannot be printed on a line or compared: control characters, blanks at the ends, a bar, which
// separates names in files.
func checkText(s string, most int) error {
	switch {
	case !utf8.ValidString(s):
		return fmt.Errorf("%q is not UTF-8", s)
	case utf8.RuneCountInString(s) > most:
		return fmt.Errorf("%q has more than %d characters", s, most)
	case strings.TrimSpace(s) != s || strings.Contains(s, "  "):
		return fmt.Errorf("%q has blanks at its ends or two in a row: leave them out", s)
	case strings.HasPrefix(s, "=") || strings.HasPrefix(s, "@") || strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-"):
		return fmt.Errorf("%q begins with %q, which a spreadsheet takes for a formula: leave that out", s, s[:1])
	case strings.Contains(s, "|"):
		return fmt.Errorf("%q has a '|', which separates names in files: leave it out", s)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("%q has the character %U, which cannot be printed", s, r)
		}
	}
	return nil
}
