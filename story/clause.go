package story

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
)

// clauses are the lines below "order ID KIND", each a part of the document.
func clauses() map[string]func(*stage, *standing.Order, *line) error {
	all := map[string]func(*stage, *standing.Order, *line) error{
		"refers":     func(_ *stage, o *standing.Order, l *line) error { return one(l, &o.Refers) },
		"reach":      func(_ *stage, o *standing.Order, l *line) error { return one(l, &o.Reach) },
		"wind-down":  func(_ *stage, o *standing.Order, l *line) error { return one(l, &o.Notice.WindDown) },
		"effective":  (*stage).clauseEffective,
		"expires":    func(s *stage, o *standing.Order, l *line) (err error) { o.Expires, err = s.stamp(l); return err },
		"instrument": (*stage).clauseInstrument,
		"written":    (*stage).clauseWritten,
		"rulebook":   clauseRulebook,
		"no-instrument": func(_ *stage, o *standing.Order, _ *line) error {
			o.Ground = "law"
			return nil
		},
		"review":   clauseReview,
		"inflight": clauseInFlight,
		"bounds":   clauseBounds,
		"shadow":   func(_ *stage, o *standing.Order, _ *line) error { o.Shadow = true; return nil },
		"stage":    clauseStage,
	}
	maps.Copy(all, subjectClauses())
	maps.Copy(all, scopeClauses())
	return all
}

// subjectClauses say whom an order is about.
func subjectClauses() map[string]func(*stage, *standing.Order, *line) error {
	return map[string]func(*stage, *standing.Order, *line) error{
		"bics": func(_ *stage, o *standing.Order, l *line) error {
			for _, w := range l.words[1:] {
				o.Subject.BICs = append(o.Subject.BICs, corridor.BIC(w))
			}
			return nil
		},
		"entities": func(_ *stage, o *standing.Order, l *line) error {
			o.Subject.Entities = append(o.Subject.Entities, l.words[1:]...)
			return nil
		},
		"country": func(_ *stage, o *standing.Order, l *line) error {
			o.Subject.Countries = append(o.Subject.Countries, standing.Country{Country: l.words[1], Test: l.setting("test", "either")})
			return nil
		},
		"name": func(_ *stage, o *standing.Order, l *line) error {
			o.Subject.Names = append(o.Subject.Names, standing.Name{Name: l.words[1], Entity: l.setting("entity", ""), Evidence: l.setting("evidence", "")})
			return nil
		},
		"list": func(_ *stage, o *standing.Order, l *line) error {
			o.Subject.List = &standing.List{Name: l.words[1], Version: l.setting("version", "1")}
			return nil
		},
		"fleet":      (*stage).clauseFleet,
		"wave":       (*stage).clauseWave,
		"closure":    (*stage).clauseClosure,
		"exclude":    clauseExclude,
		"look-alike": clauseLookAlike,
	}
}

// scopeClauses say which messages.
func scopeClauses() map[string]func(*stage, *standing.Order, *line) error {
	return map[string]func(*stage, *standing.Order, *line) error{
		"scope":   clauseScope,
		"deny":    clauseDeny,
		"licence": (*stage).clauseLicence,
	}
}

// one takes the one word of a clause.
func one(l *line, into *string) error {
	if len(l.words) != 2 {
		return fmt.Errorf("%s takes one word", l.words[0])
	}
	*into = l.words[1]
	return nil
}

func (s *stage) stamp(l *line) (string, error) {
	if len(l.words) != 2 {
		return "", fmt.Errorf("%s takes an instant", l.words[0])
	}
	t, err := s.instant(l.words[1])
	return t.Format(time.RFC3339), err
}

func (s *stage) clauseEffective(o *standing.Order, l *line) (err error) {
	o.Effective = standing.Effective{AsWritten: l.setting("written", ""), Zone: l.setting("zone", ""), Derived: l.setting("derived", ""), Date: l.setting("date", "")}
	o.Effective.UTC, err = s.stamp(l)
	return err
}

// clauseInstrument names the legal text; its stored document is the words of the clause, and its digest is computed from them.
func (s *stage) clauseInstrument(o *standing.Order, l *line) error {
	if len(l.words) != 3 {
		return fmt.Errorf("give: instrument ISSUER NUMBER [published=DATE] [article=…] [text=…] [sha256=…]")
	}
	text := l.setting("text", "The text of "+l.words[2]+".")
	i := standing.Instrument{Issuer: l.words[1], Number: l.words[2], Published: l.setting("published", s.now.Format(time.DateOnly)), Article: l.setting("article", "")}
	i.SHA256 = l.setting("sha256", corridor.DigestOf([]byte(text)).String())
	o.Ground = "law"
	o.Instruments = append(o.Instruments, i)
	return nil
}

func clauseRulebook(_ *stage, o *standing.Order, l *line) error {
	o.Ground = "rulebook"
	return one(l, &o.Rule)
}

func clauseReview(_ *stage, o *standing.Order, l *line) error {
	o.Review = &standing.Review{Date: l.words[1], Owner: l.setting("owner", "olga")}
	return nil
}

func clauseInFlight(_ *stage, o *standing.Order, l *line) error {
	for key, v := range l.settings {
		into, ok := map[string]*string{
			"undelivered_to": &o.InFlight.UndeliveredTo, "undelivered_from": &o.InFlight.UndeliveredFrom, "held": &o.InFlight.Held,
			"unacked": &o.InFlight.Unacked, "read_until": &o.InFlight.ReadUntil,
		}[key]
		if !ok {
			return fmt.Errorf("inflight has no %s", key)
		}
		*into = v
	}
	return nil
}

func clauseBounds(_ *stage, o *standing.Order, l *line) (err error) {
	o.Bounds.BICs, err = strconv.Atoi(l.words[1])
	o.Bounds.Share = corridor.Decimal(l.setting("share", ""))
	return err
}

// clauseStage is a stage of a return: "stage low most=EUR:1000,USD:1000 after=48".
func clauseStage(_ *stage, o *standing.Order, l *line) error {
	step := standing.Step{Stage: l.words[1]}
	for _, m := range l.list("most") {
		currency, value, _ := strings.Cut(m, ":")
		step.Most = append(step.Most, corridor.Amount{Currency: currency, Value: corridor.Decimal(value)})
	}
	hours, err := strconv.Atoi(l.setting("after", "0"))
	step.AfterHours = hours
	o.Ramp = append(o.Ramp, step)
	return err
}

// clauseClosure is an ownership test: "closure > 50 established_in=RU as_of=2026-03-01 indirect".
func (s *stage) clauseClosure(o *standing.Order, l *line) error {
	if len(l.words) < 3 {
		return fmt.Errorf("give: closure > 50 [established_in=CC,…] [as_of=DATE] [indirect] [aggregate] [control]")
	}
	has := func(w string) bool { return slices.Contains(l.words[3:], w) }
	o.Subject.Closure = &standing.Closure{
		Op: l.words[1], Percent: corridor.Decimal(l.words[2]), EstablishedIn: l.list("established_in"), AsOf: l.setting("as_of", s.now.Format(time.DateOnly)),
		Indirect: has("indirect"), Aggregate: has("aggregate"), Control: has("control"),
	}
	return nil
}

func clauseExclude(_ *stage, o *standing.Order, l *line) error {
	if len(l.words) != 3 {
		return fmt.Errorf("give: exclude BIC \"REASON\"")
	}
	o.Subject.Excluded = append(o.Subject.Excluded, standing.Excluded{BIC: corridor.BIC(l.words[1]), Reason: l.words[2]})
	return nil
}

// clauseLookAlike ticks a member that resembles a subject: "look-alike ZQRDBY2X out "another bank" like=NAME".
func clauseLookAlike(_ *stage, o *standing.Order, l *line) error {
	if len(l.words) != 4 {
		return fmt.Errorf("give: look-alike BIC in|out \"REASON\" like=NAME")
	}
	o.Subject.LookAlikes = append(o.Subject.LookAlikes, standing.LookAlike{BIC: corridor.BIC(l.words[1]), In: l.words[2] == "in", Reason: l.words[3], Like: l.setting("like", "")})
	return nil
}

func clauseScope(_ *stage, o *standing.Order, l *line) error {
	sc := &o.Scope
	sc.Direction = l.setting("direction", "")
	sc.Counterparties, sc.Services, sc.Types = l.list("counterparties"), l.list("services"), l.list("types")
	sc.Spared, sc.Currencies = l.list("spared"), l.list("currencies")
	if c, ok := l.settings["band"]; ok {
		sc.Amount = &standing.Band{Currency: c, From: corridor.Decimal(l.setting("from", "")), To: corridor.Decimal(l.setting("to", ""))}
	}
	return nil
}

func clauseDeny(_ *stage, o *standing.Order, l *line) error {
	o.Deny = append(o.Deny, standing.Condition{Types: l.list("types"), Counterparties: l.list("counterparties"), Currencies: l.list("currencies")})
	return nil
}

// clauseLicence is a carve-out: "licence L-77 currency=EUR amount=40000 days=30 quote=/LIC/L-77".
func (s *stage) clauseLicence(o *standing.Order, l *line) error {
	c := standing.Carveout{
		Licence: l.words[1], Authority: l.setting("authority", ""), Holder: corridor.BIC(l.setting("holder", "")), Types: l.list("types"),
		Currency: l.setting("currency", ""), Purpose: l.setting("purpose", ""), Quote: l.setting("quote", ""), From: l.setting("from", ""), Until: l.setting("until", ""),
		Amount: corridor.Decimal(l.setting("amount", "")),
	}
	for key, into := range map[string]*int{"count": &c.Count, "days": &c.WindowDays} {
		n, err := strconv.Atoi(l.setting(key, "0"))
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		*into = n
	}
	o.Carveouts = append(o.Carveouts, c)
	return nil
}

// order makes the document of a line "order ID KIND" and its clauses. Where no clause says otherwise it takes effect at T and rests on
// the instrument of the story.
func (s *stage) order(l *line) (*standing.Order, error) {
	if len(l.words) != 3 {
		return nil, usage(l)
	}
	o := &standing.Order{ID: l.words[1], Kind: standing.Kind(l.words[2])}
	known := clauses()
	for _, c := range l.body {
		do, ok := known[first(c)]
		if !ok {
			return nil, fmt.Errorf("line %d: an order has no clause %q; it has %s", c.number, first(c), strings.Join(sorted(known), ", "))
		}
		if err := do(s, o, c); err != nil {
			return nil, fmt.Errorf("line %d: %w", c.number, err)
		}
	}
	if o.Effective.UTC == "" {
		if s.T.IsZero() {
			return nil, fmt.Errorf("it has no instant: give a clause \"effective INSTANT\" or set T")
		}
		o.Effective.UTC = s.T.Format(time.RFC3339)
	}
	if o.Ground == "" {
		return o, s.clauseInstrument(o, &line{words: []string{"instrument", "Council", "2026/100"}, settings: map[string]string{"published": "2026-03-02"}})
	}
	return o, nil
}

func first(l *line) string {
	if len(l.words) == 0 {
		return ""
	}
	return l.words[0]
}
