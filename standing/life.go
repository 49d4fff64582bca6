package standing

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// Due are the fences that a page of time t must begin with, in the order of their instants: an order stands in the journal before the
// first entry whose stamp is at or after its instant (spec: in-flight rules).
func (s *State) Due(t int64) []*entry.Fenced {
	if t < s.nextDue {
		return nil
	}
	var due []*entry.Fenced
	for _, id := range s.ids {
		due = s.dueOf(due, s.orders[id], t)
	}
	due = s.dueSteps(due, t)
	slices.SortStableFunc(due, func(a, b *entry.Fenced) int { return cmp.Compare(a.Instant, b.Instant) })
	return due
}

func (s *State) dueOf(due []*entry.Fenced, r *Record, t int64) []*entry.Fenced {
	fence := func(what entry.Change, at int64, bic corridor.BIC) {
		due = append(due, &entry.Fenced{Order: r.Order.ID, Document: r.Document, What: what, Instant: at, BIC: bic})
	}
	switch at := r.Order.EffectiveAt(); {
	case r.Phase == Paused && r.PausedTo <= t:
		fence(entry.PauseEnded, r.PausedTo, "")
	case r.Phase == InForce && r.Order.Expires != "" && r.Order.ExpiresAt() <= t:
		fence(entry.Expired, r.Order.ExpiresAt(), "")
	case r.Phase != Published || at > t:
	case r.Order.Kind == Lift:
		if s.ends(r) {
			fence(entry.Lifted, at, "")
		}
	case r.Order.Kind == Readmit:
		for i := range r.Order.Subject.Resolved {
			b := r.Order.Subject.Resolved[i].BIC.BIC8()
			if s.off[b] != nil && len(s.Covering(b)) == 0 {
				fence(entry.Readmitted, at, b)
			}
		}
	default:
		fence(entry.InForce, at, "")
	}
	return due
}

// ends reports whether the order that a lift refers to is still there to be lifted.
func (s *State) ends(lift *Record) bool {
	target := s.orders[lift.Order.Refers]
	return target != nil && target.Phase == InForce
}

func (s *State) dueSteps(due []*entry.Fenced, t int64) []*entry.Fenced {
	for _, bic := range sortedBICs(s.returning) {
		c := s.returning[bic]
		if at := c.next(); at <= t {
			due = append(due, &entry.Fenced{Order: c.record.Order.ID, Document: c.record.Document, What: entry.Stepped, Instant: at, BIC: bic})
		}
	}
	return due
}

func sortedBICs[V any](m map[corridor.BIC]V) []corridor.BIC {
	all := make([]corridor.BIC, 0, len(m))
	for b := range m {
		all = append(all, b)
	}
	slices.Sort(all)
	return all
}

// next is when the next stage begins by itself.
func (c *comeback) next() int64 {
	if h := c.record.Order.Ramp[c.step].AfterHours; h > 0 {
		return c.since + int64(h)*int64(time.Hour)
	}
	return math.MaxInt64
}

// plan notes when the next fence may be due, so that a page costs one comparison.
func (s *State) plan() {
	s.nextDue = math.MaxInt64
	for _, id := range s.ids {
		r := s.orders[id]
		at := int64(math.MaxInt64)
		switch {
		case r.Phase == Paused:
			at = r.PausedTo
		case r.Phase == Published:
			at = r.Order.EffectiveAt()
		case r.Phase == InForce && r.Order.Expires != "":
			at = r.Order.ExpiresAt()
		}
		s.nextDue = min(s.nextDue, at)
	}
	for _, c := range s.returning {
		s.nextDue = min(s.nextDue, c.next())
	}
}

// ApplyFenced carries a fence out. time is that of its page.
func (s *State) ApplyFenced(at corridor.Position, time int64, f *entry.Fenced) error {
	r := s.orders[f.Order]
	if r == nil || r.Document != f.Document {
		return fmt.Errorf("fence %v: order %q is not known, or is another document", at, f.Order)
	}
	defer s.plan()
	s.version++
	switch f.What {
	case entry.InForce:
		s.takeEffect(at, time, r)
	case entry.Expired:
		s.end(at, time, r, Expired)
	case entry.Lifted:
		return s.lift(at, time, r)
	case entry.PauseEnded:
		s.pauseEnded(r)
	case entry.Readmitted:
		s.readmit(at, time, r, f.BIC)
	case entry.Stepped:
		s.step(time, f.BIC)
	default:
		return fmt.Errorf("fence %v: %q is no change that this version knows", at, f.What)
	}
	return nil
}

// pauseEnded gives an order back its phase. If its instant passed meanwhile it is a draft again: a new instant needs new
// signatures (A15).
func (s *State) pauseEnded(r *Record) {
	if r.Order.EffectiveAt() <= r.PausedTo {
		r.Phase, r.PausedTo, r.Signatures = Draft, 0, nil
		return
	}
	r.Phase, r.PausedTo = r.before, 0
	if r.Phase == Published {
		s.index(r)
	}
}

func (s *State) takeEffect(at corridor.Position, time int64, r *Record) {
	r.Fence, r.FencedAt, r.Since = at, time, at
	target := s.orders[r.Order.Refers]
	switch r.Order.Kind {
	case Pause:
		r.Phase = InForce
		if target != nil {
			target.PausedFor = r.Order.ID
			s.countContent()
		}
		return
	case Amend:
		if target != nil && target.Phase == InForce {
			s.end(at, time, target, Superseded)
		}
	}
	r.Phase = InForce
	s.countContent()
	if !r.Severs() {
		return
	}
	for i := range r.Order.Subject.Resolved {
		b := r.Order.Subject.Resolved[i].BIC
		if len(b) == 11 && b.Branch() != "XXX" {
			continue // one branch is cut by the decision; the institution stays
		}
		delete(s.returning, b.BIC8())
		if old := s.off[b.BIC8()]; old != nil {
			old.Order = r.Order.ID
			continue
		}
		s.off[b.BIC8()] = &absence{Order: r.Order.ID, Since: at, Time: time}
	}
}

// Severs reports an order that ends all service of its subjects when it takes effect.
func (r *Record) Severs() bool {
	o := r.Order
	return r.Effect == Disconnect && !o.Shadow && o.Scope.whole() && len(o.Carveouts) == 0
}

func (s *State) countContent() {
	s.content = 0
	for _, id := range s.ids {
		if r := s.orders[id]; r.active() && r.Order.Content() {
			s.content++
		}
	}
}

// end takes an order out of effect. Institutions that it cut off stay without service until they are readmitted (R70).
func (s *State) end(at corridor.Position, time int64, r *Record, phase Phase) {
	if r.Order.Kind == Pause {
		if target := s.orders[r.Order.Refers]; target != nil && target.PausedFor == r.Order.ID {
			target.PausedFor, target.Since = "", at
		}
	}
	r.Phase, r.Ended, r.EndedAt = phase, at, time
	s.unindex(r)
	s.countContent()
}

// lift ends the prohibition of the order that a lift refers to, or only for the institutions that it names.
func (s *State) lift(at corridor.Position, time int64, lift *Record) error {
	target := s.orders[lift.Order.Refers]
	if target == nil {
		return fmt.Errorf("fence %v: order %q that is lifted is not known", at, lift.Order.Refers)
	}
	lift.Phase, lift.Fence, lift.FencedAt = Done, at, time
	s.unindex(lift)
	only := lift.Order.Subject.Resolved
	if len(only) == 0 {
		s.end(at, time, target, LiftedNow)
		return nil
	}
	for i := range only {
		b := only[i].BIC.BIC8()
		target.LiftedBICs = append(target.LiftedBICs, b)
		s.cover[b] = slices.DeleteFunc(s.cover[b], func(c *cover) bool { return c.record == target })
		if len(s.cover[b]) == 0 {
			delete(s.cover, b)
		}
	}
	all := !slices.ContainsFunc(target.Order.Subject.Resolved, func(x Resolved) bool { return !slices.Contains(target.LiftedBICs, x.BIC.BIC8()) })
	if all && len(target.Order.Subject.Countries) == 0 {
		s.end(at, time, target, LiftedNow)
	}
	return nil
}

func (s *State) readmit(at corridor.Position, time int64, r *Record, bic corridor.BIC) {
	delete(s.off, bic)
	if r.Order.Ramp[0].Stage != StageFull {
		s.returning[bic] = &comeback{record: r, since: time}
	}
	r.Fence, r.FencedAt = at, time
	left := slices.ContainsFunc(r.Order.Subject.Resolved, func(x Resolved) bool { return s.off[x.BIC.BIC8()] != nil })
	if !left {
		r.Phase = Done
		s.unindex(r)
	}
}

// step begins the next stage of a return.
func (s *State) step(time int64, bic corridor.BIC) {
	c := s.returning[bic]
	if c == nil {
		return
	}
	c.step++
	c.since = time
	if c.record.Order.Ramp[c.step].Stage == StageFull {
		delete(s.returning, bic)
	}
}

// ApplyClosing notes that an institution's closing statement is written.
func (s *State) ApplyClosing(c *entry.Closing) {
	if a := s.off[c.BIC]; a != nil {
		a.Closed = true
	}
}

// ApplyDecided counts a decision that the journal has and keeps what it changed: budgets, held messages.
func (s *State) ApplyDecided(time int64, d *entry.Decided, sender, receiver corridor.BIC) {
	for _, id := range d.Orders {
		if r := s.orders[id]; r != nil {
			r.count(d)
		}
	}
	switch d.Outcome {
	case entry.Licensed:
		for _, x := range splitDebits(d.Licence) {
			s.debit(time, x, d.Amount, sender, receiver)
		}
		s.release(d)
	case entry.Holds:
		if s.held[d.Message] == nil {
			s.held[d.Message] = &Held{At: d.Message, Sender: corridor.BIC(strings.Clone(string(sender))), Receiver: corridor.BIC(strings.Clone(string(receiver))), Since: time,
				Rule: strings.Clone(d.Rule), Orders: cloneAll(d.Orders)}
		}
	default:
		s.release(d)
	}
}

func (s *State) release(d *entry.Decided) { delete(s.held, d.Message) }

func cloneAll(all []string) []string {
	out := make([]string, len(all))
	for i, x := range all {
		out[i] = strings.Clone(x)
	}
	return out
}

func (r *Record) count(d *entry.Decided) {
	r.Looked++
	if d.Rule == RuleExcess {
		r.Excess++
	}
	switch d.Outcome {
	case entry.Refuses, entry.Returns, entry.Stores:
		r.Blocked++
	case entry.Holds:
		r.Blocked++
	case entry.Licensed:
		r.Licensed++
	}
}

// debit uses a licence, and forgets uses that are older than its window.
func (s *State) debit(time_ int64, x Debit, amount corridor.Decimal, sender, receiver corridor.BIC) {
	r := s.orders[x.Order]
	if r == nil {
		return
	}
	i := slices.IndexFunc(r.Order.Carveouts, func(c Carveout) bool { return c.Licence == x.Licence })
	if i < 0 || r.Order.Carveouts[i].WindowDays == 0 {
		return
	}
	since := time_ - int64(r.Order.Carveouts[i].WindowDays)*int64(24*time.Hour)
	key := pairKey(r.Order.ID, r.Order.Carveouts[i].Licence, corridor.BIC(strings.Clone(string(sender))), corridor.BIC(strings.Clone(string(receiver))))
	uses := slices.DeleteFunc(s.budgets[key], func(u use) bool { return u.time <= since })
	s.budgets[key] = append(uses, use{time_, corridor.Decimal(strings.Clone(string(amount)))})
}
