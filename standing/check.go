package standing

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/internal/canonical"
)

// DecodeOrder reads an order's canonical form and checks everything that can be checked of it alone.
func DecodeOrder(document []byte) (*Order, error) {
	o := &Order{}
	if err := canonical.Unmarshal(document, o); err != nil {
		return nil, fmt.Errorf("order: %w", err)
	}
	if again, err := o.Encode(); err != nil || !bytes.Equal(again, document) {
		return nil, fmt.Errorf("order %s: the document has fields that say nothing, such as an empty text: leave them out, so that one order has one digest", o.ID)
	}
	return o, o.Check()
}

// Encode is the order's canonical form, whose SHA-256 officers sign.
func (o *Order) Encode() ([]byte, error) { return canonical.Marshal(o) }

// Check reports the first thing that is wrong with an order as a document.
func (o *Order) Check() error {
	for _, check := range []func() error{o.checkHead, o.checkTimes, o.checkSubject, o.checkScope, o.checkCarveouts, o.checkWords, o.checkKind} {
		if err := check(); err != nil {
			return fmt.Errorf("order %s: %w", o.ID, err)
		}
	}
	return nil
}

func (o *Order) checkHead() error {
	if !validID(o.ID) {
		return fmt.Errorf("id %q: give 1 to %d of A-Z, 0-9, '-' and '.'", o.ID, MaxID)
	}
	switch o.Kind {
	case Disconnect, Restrict, Lift, Readmit, Amend, Pause:
	default:
		return fmt.Errorf("kind %q: give disconnect, restrict, amend, lift, readmit or pause", o.Kind)
	}
	if needs := o.Kind == Amend || o.Kind == Lift || o.Kind == Pause; needs != (o.Refers != "") {
		return fmt.Errorf("refers: amend, lift and pause name the order that they are about, the other kinds none")
	}
	switch o.Ground {
	case "law":
		if o.Rule != "" {
			return fmt.Errorf("rule: only ground rulebook has a rule")
		}
	case "rulebook":
		if o.Rule == "" {
			return fmt.Errorf("rule: ground rulebook needs the number of the rule")
		}
	default:
		return fmt.Errorf("ground %q: give law or rulebook", o.Ground)
	}
	if len(o.Instruments) > MaxListed {
		return fmt.Errorf("more than %d instruments", MaxListed)
	}
	for i := range o.Instruments {
		if err := o.Instruments[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func (i *Instrument) check() error {
	if i.Issuer == "" || i.Number == "" || len(i.SHA256) != 64 || strings.Trim(i.SHA256, "0123456789abcdef") != "" {
		return fmt.Errorf("instrument %q: give issuer, number, and the SHA-256 of the stored document in hexadecimal", i.Number)
	}
	return checkDate("instrument's date of publication", i.Published)
}

func validID(s string) bool {
	return len(s) > 0 && len(s) <= MaxID && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == ""
}

func checkDate(what, s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return fmt.Errorf("%s %q: give YYYY-MM-DD", what, s)
	}
	return nil
}

func checkInstant(what, s string) error {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.UTC().Format(time.RFC3339) != s || t.Year() < 1970 || t.Year() > 2200 {
		return fmt.Errorf("%s %q: give an instant in UTC with whole seconds, for example 2022-03-11T23:00:00Z", what, s)
	}
	return nil
}

func (o *Order) checkTimes() error {
	if err := checkInstant("effective.utc", o.Effective.UTC); err != nil {
		return err
	}
	if o.Effective.Date != "" {
		if err := checkDate("effective.date", o.Effective.Date); err != nil {
			return err
		}
	}
	if o.Expires != "" {
		if err := checkInstant("expires", o.Expires); err != nil {
			return err
		}
		if o.ExpiresAt() <= o.EffectiveAt() {
			return fmt.Errorf("it expires at %s, not after it takes effect at %s", o.Expires, o.Effective.UTC)
		}
	}
	if o.Review != nil {
		if err := checkDate("review", o.Review.Date); err != nil {
			return err
		}
	}
	for _, b := range o.Notice.Broadcasts {
		if err := checkInstant("broadcast", b); err != nil {
			return err
		}
	}
	if o.InFlight.ReadUntil != "" {
		return checkInstant("read_until", o.InFlight.ReadUntil)
	}
	return nil
}

func (o *Order) checkSubject() error {
	s := &o.Subject
	for what, n := range map[string]int{"bics": len(s.BICs), "resolved": len(s.Resolved), "excluded": len(s.Excluded)} {
		if n > MaxSubjects {
			return fmt.Errorf("subject: %s has %d institutions, the limit is %d", what, n, MaxSubjects)
		}
	}
	for what, n := range map[string]int{"entities": len(s.Entities), "countries": len(s.Countries), "names": len(s.Names), "no_member": len(s.NoMember), "look_alikes": len(s.LookAlikes)} {
		if n > MaxListed {
			return fmt.Errorf("subject: %s has %d items, the limit is %d", what, n, MaxListed)
		}
	}
	for _, c := range s.Countries {
		if !validCountry(c.Country) || !slices.Contains([]string{"bic", "establishment", "either"}, c.Test) {
			return fmt.Errorf("subject: country %q with test %q: give two letters, and bic, establishment or either", c.Country, c.Test)
		}
	}
	if c := s.Closure; c != nil {
		if err := c.check(); err != nil {
			return err
		}
	}
	return s.checkBICs()
}

func validCountry(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

func (c *Closure) check() error {
	d, err := corridor.ParseDecimal(string(c.Percent))
	if err != nil || d != c.Percent || d.Cmp("100") > 0 || c.Op != ">" && c.Op != ">=" {
		return fmt.Errorf(`subject: closure of %q %q: give an operator > or >= and a percentage from 0 to 100 such as "50"`, c.Op, c.Percent)
	}
	for _, cc := range c.EstablishedIn {
		if !validCountry(cc) {
			return fmt.Errorf("subject: closure: country %q: give two letters", cc)
		}
	}
	return checkDate("closure's as_of", c.AsOf)
}

func (s *Subject) checkBICs() error {
	for _, b := range s.BICs {
		if _, err := corridor.ParseBIC(string(b)); err != nil {
			return fmt.Errorf("subject: %w", err)
		}
	}
	in := map[corridor.BIC]bool{}
	explicit := map[corridor.BIC]bool{}
	for i := range s.Resolved {
		r := &s.Resolved[i]
		if _, err := corridor.ParseBIC(string(r.BIC)); err != nil {
			return fmt.Errorf("subject: resolved: %w", err)
		}
		if in[r.BIC] {
			return fmt.Errorf("subject: resolved names %s twice", r.BIC)
		}
		in[r.BIC], explicit[r.BIC] = true, r.Explicit
	}
	for _, x := range s.Excluded {
		if _, err := corridor.ParseBIC(string(x.BIC)); err != nil {
			return fmt.Errorf("subject: excluded: %w", err)
		}
		if x.Reason == "" {
			return fmt.Errorf("subject: %s is excluded without a reason", x.BIC)
		}
		if in[x.BIC] && !explicit[x.BIC] {
			return fmt.Errorf("subject: %s is both resolved and excluded: an exclusion wins over a closure, take it out of resolved", x.BIC)
		}
		if explicit[x.BIC] {
			return fmt.Errorf("subject: %s is named itself and excluded: it cannot be both", x.BIC)
		}
	}
	for _, l := range s.LookAlikes {
		if l.In != in[l.BIC] {
			return fmt.Errorf("subject: look-alike %s is ticked in=%v, and resolved says otherwise", l.BIC, l.In)
		}
		if l.Reason == "" {
			return fmt.Errorf("subject: look-alike %s is ticked without a reason", l.BIC)
		}
	}
	return nil
}

func (o *Order) checkScope() error {
	s := &o.Scope
	if !slices.Contains([]string{"", "both", "from", "to"}, s.Direction) {
		return fmt.Errorf("scope: direction %q: give from, to or both", s.Direction)
	}
	for _, v := range s.Services {
		if !slices.Contains([]string{"fin", "mx", "file", "api"}, v) {
			return fmt.Errorf("scope: service %q: give fin, mx, file or api", v)
		}
	}
	if err := checkCounterparties(s.Counterparties); err != nil {
		return err
	}
	if err := checkCurrencies(s.Currencies); err != nil {
		return err
	}
	if b := s.Amount; b != nil {
		if err := b.check(); err != nil {
			return err
		}
	}
	for i := range o.Deny {
		if err := checkCounterparties(o.Deny[i].Counterparties); err != nil {
			return err
		}
		if err := checkCurrencies(o.Deny[i].Currencies); err != nil {
			return err
		}
	}
	return checkTypes(s.Types, s.Spared)
}

func (b *Band) check() error {
	if err := checkCurrencies([]string{b.Currency}); err != nil {
		return err
	}
	for _, d := range []corridor.Decimal{b.From, b.To} {
		if err := checkDecimal("scope: amount", d); err != nil {
			return err
		}
	}
	if b.From == "" && b.To == "" || b.From != "" && b.To != "" && b.From.Cmp(b.To) >= 0 {
		return fmt.Errorf("scope: amount from %q to %q is empty", b.From, b.To)
	}
	return nil
}

// checkDecimal lets an absent number pass.
func checkDecimal(what string, d corridor.Decimal) error {
	if d == "" {
		return nil
	}
	if p, err := corridor.ParseDecimal(string(d)); err != nil || p != d {
		return fmt.Errorf("%s %q: give a number such as 40000 or 0.25, without trailing zeros", what, d)
	}
	return nil
}

func checkTypes(lists ...[]string) error {
	for _, l := range lists {
		if len(l) > MaxListed {
			return fmt.Errorf("more than %d types", MaxListed)
		}
		for _, t := range l {
			if _, err := corridor.ParseMessageType(t); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkCurrencies(all []string) error {
	for _, c := range all {
		if len(c) != 3 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return fmt.Errorf("currency %q: give three letters", c)
		}
	}
	return nil
}

func checkCounterparties(all []string) error {
	for _, c := range all {
		if validCountry(c) {
			continue
		}
		if _, err := corridor.ParseBIC(c); err != nil || len(c) != 8 {
			return fmt.Errorf("counterparty %q: give a BIC8 or a country", c)
		}
	}
	return nil
}

func (o *Order) checkCarveouts() error {
	if len(o.Carveouts) > MaxCarveouts {
		return fmt.Errorf("%d carve-outs, the limit is %d", len(o.Carveouts), MaxCarveouts)
	}
	seen := map[string]bool{}
	for i := range o.Carveouts {
		c := &o.Carveouts[i]
		if !validID(c.Licence) || seen[c.Licence] {
			return fmt.Errorf("carve-out %q: give each licence a reference of its own, of A-Z, 0-9, '-' and '.'", c.Licence)
		}
		seen[c.Licence] = true
		if err := c.check(); err != nil {
			return fmt.Errorf("carve-out %s: %w", c.Licence, err)
		}
	}
	return nil
}

func (c *Carveout) check() error {
	for what, s := range map[string]string{"from": c.From, "until": c.Until} {
		if s != "" {
			if err := checkInstant(what, s); err != nil {
				return err
			}
		}
	}
	if c.Currency != "" {
		if err := checkCurrencies([]string{c.Currency}); err != nil {
			return err
		}
	}
	if err := checkDecimal("amount", c.Amount); err != nil {
		return err
	}
	budget := c.Count > 0 || c.Amount != ""
	switch {
	case c.Amount != "" && c.Currency == "":
		return fmt.Errorf("a budget of an amount names its currency: amounts are not converted")
	case c.Count < 0 || c.WindowDays < 0 || c.WindowDays > 3660:
		return fmt.Errorf("count and window_days are not negative, and a window has at most ten years")
	case budget != (c.WindowDays > 0):
		return fmt.Errorf("a budget (count or amount) has window_days, and only a budget has")
	case len(c.Types) == 0 && c.Currency == "" && c.Purpose == "" && c.Quote == "" && c.Holder == "":
		return fmt.Errorf("it has no condition and would open everything: give types, currency, purpose, quote or holder")
	}
	return checkTypes(c.Types)
}

func (o *Order) checkWords() error {
	for _, w := range []struct {
		what, word string
		of         []string
	}{
		{"reach", o.Reach, []string{"", "endpoint", "content"}},
		{"notice.wind_down", o.Notice.WindDown, []string{WindDownNormal, WindDownNoRMA, WindDownReplies, WindDownValueDates}},
		{"inflight.undelivered_to", o.InFlight.UndeliveredTo, []string{"", "return", "hold", "deliver"}},
		{"inflight.undelivered_from", o.InFlight.UndeliveredFrom, []string{"", "return", "hold", "deliver"}},
		{"inflight.held", o.InFlight.Held, []string{"", "return", "hold"}},
		{"inflight.unacked", o.InFlight.Unacked, []string{"", "in-doubt", "delivered"}},
	} {
		if !slices.Contains(w.of, w.word) {
			return fmt.Errorf("%s %q: give one of %q", w.what, w.word, w.of[1:])
		}
	}
	if err := checkDecimal("bounds.share_of_daily_messages", o.Bounds.Share); err != nil {
		return err
	}
	if o.RevokeAfter < 0 || o.RevokeAfter > 3660 || o.Bounds.BICs < 0 {
		return fmt.Errorf("revoke_after_days and bounds are not negative")
	}
	if o.DryRun != "" && len(o.DryRun) != 64 {
		return fmt.Errorf("dry_run: give the SHA-256 of the report, 64 hexadecimal digits")
	}
	return o.checkRamp()
}

func (o *Order) checkRamp() error {
	if len(o.Ramp) > MaxSteps || len(o.Ramp) > 0 && o.Kind != Readmit {
		return fmt.Errorf("ramp: only a readmission has stages, at most %d", MaxSteps)
	}
	for i, s := range o.Ramp {
		last := i == len(o.Ramp)-1
		switch {
		case s.Stage != StageReceive && s.Stage != StageLow && s.Stage != StageFull:
			return fmt.Errorf("ramp: stage %q: give receive, low or full", s.Stage)
		case last != (s.Stage == StageFull):
			return fmt.Errorf("ramp: it ends with full, and only there")
		case (s.Stage == StageLow) != (len(s.Most) > 0):
			return fmt.Errorf("ramp: stage low names the largest amounts, the others none")
		case s.AfterHours < 0 || s.AfterHours > 10*8784:
			return fmt.Errorf("ramp: after_hours is from 0 to ten years")
		}
		for _, m := range s.Most {
			if err := checkCurrencies([]string{m.Currency}); err != nil {
				return err
			}
			if err := checkDecimal("ramp: most", m.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkKind is what depends on the kind: who must be named, and what goes nowhere.
func (o *Order) checkKind() error {
	named := len(o.Subject.BICs)+len(o.Subject.Entities)+len(o.Subject.Countries)+len(o.Subject.Names) > 0 || o.Subject.List != nil
	switch o.Kind {
	case Disconnect, Restrict, Amend, Readmit:
		if !named && len(o.Subject.Resolved) == 0 {
			return fmt.Errorf("subject: it names nobody")
		}
	case Pause:
		if o.Expires == "" {
			return fmt.Errorf("a pause of an order in force has an end: give expires")
		}
	}
	if o.Severs() {
		for _, x := range o.Subject.Excluded {
			whole := func(r Resolved) bool {
				return r.BIC.BIC8() == x.BIC.BIC8() && (len(r.BIC) == 8 || r.BIC.Branch() == "XXX")
			}
			if len(x.BIC) == 11 && slices.ContainsFunc(o.Subject.Resolved, whole) {
				return fmt.Errorf("subject: a disconnection ends the sessions of all of %s, so its branch %s cannot be excluded: restrict the institution, or resolve its other branches one by one", x.BIC.BIC8(), x.BIC)
			}
		}
	}
	if o.Kind == Readmit && len(o.Ramp) == 0 {
		return fmt.Errorf(`ramp: give the stages of the return; [{"stage":"full"}] restores all at once`)
	}
	if o.Kind == Restrict && o.Scope.whole() && len(o.Carveouts) == 0 {
		return fmt.Errorf("a restriction of everything is a disconnection: give a scope, or kind disconnect")
	}
	return nil
}
