package verify

import (
	"math"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// dueFence is a fence that a page must begin with.
type dueFence struct {
	order   *modelOrder
	what    entry.Change
	instant int64
	bic     corridor.BIC
}

// dueAt are the fences that a page of that time must have before anything else happens in it.
func (m *model) dueAt(now int64) []dueFence {
	var due []dueFence
	for _, id := range m.ids {
		r := m.orders[id]
		at, known := m.comes(r)
		if !known || at > now {
			continue
		}
		switch {
		case r.phase == standing.Paused:
			due = append(due, dueFence{r, entry.PauseEnded, at, ""})
		case r.phase == standing.InForce:
			due = append(due, dueFence{r, entry.Expired, at, ""})
		case r.Kind == standing.Lift:
			if target := m.orders[r.Refers]; target != nil && target.phase == standing.InForce {
				due = append(due, dueFence{r, entry.Lifted, at, ""})
			}
		case r.Kind == standing.Readmit:
			for b := range r.subjects {
				if m.off[b] != nil && !m.covered(b) {
					due = append(due, dueFence{r, entry.Readmitted, at, b})
				}
			}
		default:
			due = append(due, dueFence{r, entry.InForce, at, ""})
		}
	}
	for b, ramp := range m.ramps {
		if at := ramp.next(); at <= now {
			due = append(due, dueFence{ramp.order, entry.Stepped, at, b})
		}
	}
	return due
}

// comes is when the next change of an order comes by itself.
func (m *model) comes(r *modelOrder) (int64, bool) {
	switch r.phase {
	case standing.Paused:
		return r.pausedTo, true
	case standing.InForce:
		return nanos(r.Expires), r.Expires != ""
	case standing.Published:
		return nanos(r.Effective.UTC), true
	}
	return 0, false
}

// covered reports an institution that an order in force names: while one does it is not readmitted (R71).
func (m *model) covered(b corridor.BIC) bool {
	return slices.ContainsFunc(m.ids, func(id string) bool {
		o := m.orders[id]
		return o.phase == standing.InForce && !o.Shadow && o.prohibits() && len(o.subjects[b]) > 0 && !slices.Contains(o.lifted, b)
	})
}

func (r *modelRamp) next() int64 {
	if h := r.order.Ramp[r.step].AfterHours; h > 0 {
		return r.since + int64(h)*int64(time.Hour)
	}
	return math.MaxInt64
}

// fencesFirst is asked before traffic: what was due when the page began stands before it.
func (v *Verifier) fencesFirst(at corridor.Position) {
	for _, d := range v.due {
		sentence := NothingElse // an order that should have ended goes on
		if d.what == entry.InForce || d.what == entry.PauseEnded {
			sentence = NothingPast
		}
		v.breaks(sentence, at, "it stands where the fence %q of order %s should stand, which was due at %s", d.what, d.order.ID, stampOf(d.instant))
	}
	v.due = nil
}

func stampOf(nanos int64) string { return time.Unix(0, nanos).UTC().Format(time.RFC3339Nano) }

// fenced checks that a fence is one that is due, and carries it out.
func (v *Verifier) fenced(at corridor.Position, f *entry.Fenced) {
	r := v.model.orders[f.Order]
	if r == nil || r.digest != f.Document {
		if !v.partial() {
			v.breaks(NothingElse, at, "the fence is of order %s with the digest %s, which officers did not make", f.Order, f.Document)
		}
		return
	}
	now := v.model.dueAt(v.time)
	i := slices.IndexFunc(now, func(d dueFence) bool {
		return d.order == r && d.what == f.What && d.bic == f.BIC && d.instant == f.Instant
	})
	if i < 0 {
		sentence := NothingElse // an order takes effect that may not, or not yet
		if f.What != entry.InForce {
			sentence = NothingPast
		}
		v.breaks(sentence, at, "the fence %q of order %s, due at %s, is too early or of an order that is %s", f.What, f.Order, stampOf(f.Instant), r.phase)
	}
	v.model.carryOut(at, v.time, r, f)
	v.model.refresh()
	v.due = v.model.dueAt(v.time) // one fence may end what made another due: an order that takes effect keeps a readmission off
	v.result.Fences = append(v.result.Fences, Fence{
		Order: strings.Clone(f.Order), What: string(f.What), BIC: corridor.BIC(strings.Clone(string(f.BIC))), Place: at.String(), Instant: stampOf(f.Instant), At: stampOf(v.time), GapSeconds: float64(v.time-f.Instant) / 1e9,
	})
}

func (m *model) carryOut(at corridor.Position, now int64, r *modelOrder, f *entry.Fenced) {
	switch f.What {
	case entry.InForce:
		m.tookEffect(at, now, r)
	case entry.Expired:
		m.endedOrder(at, now, r, standing.Expired)
	case entry.Lifted:
		r.phase, r.fence, r.fencedAt = standing.Done, at, now
		m.liftedOrder(at, now, r)
	case entry.PauseEnded:
		m.pauseOver(r)
	case entry.Readmitted:
		b := corridor.BIC(strings.Clone(string(f.BIC)))
		delete(m.off, b)
		if r.Ramp[0].Stage != standing.StageFull {
			m.ramps[b] = &modelRamp{order: r, since: now}
		}
		r.fence, r.fencedAt = at, now
		for other := range r.subjects {
			if m.off[other] != nil {
				return
			}
		}
		r.phase = standing.Done
	case entry.Stepped:
		m.stepped(f.BIC, now)
	}
}

// pauseOver: if the instant passed meanwhile the order is a draft again, and needs its signatures anew (A15).
func (m *model) pauseOver(r *modelOrder) {
	if nanos(r.Effective.UTC) <= r.pausedTo {
		r.phase, r.signers = standing.Draft, nil
	} else {
		r.phase = r.before
	}
	r.pausedTo = 0
}

func (m *model) tookEffect(at corridor.Position, now int64, r *modelOrder) {
	r.phase, r.fence, r.fencedAt, r.since = standing.InForce, at, now, at
	target := m.orders[r.Refers]
	switch {
	case r.Kind == standing.Pause && target != nil:
		target.suspended = r.ID
	case r.Kind == standing.Amend && target != nil && target.phase == standing.InForce:
		m.endedOrder(at, now, target, standing.Superseded)
	}
	if !r.severs {
		return
	}
	for b, all := range r.subjects {
		whole := slices.ContainsFunc(all, func(x standing.Resolved) bool { return len(x.BIC) == 8 || x.BIC.Branch() == "XXX" })
		if !whole {
			continue
		}
		delete(m.ramps, b)
		if old := m.off[b]; old != nil {
			old.order = r
			continue
		}
		m.off[b] = &modelOff{since: at, order: r}
	}
}

func (m *model) endedOrder(at corridor.Position, now int64, r *modelOrder, phase standing.Phase) {
	r.phase, r.ended = phase, now
	if target := m.orders[r.Refers]; r.Kind == standing.Pause && target != nil && target.suspended == r.ID {
		target.suspended, target.since = "", at
	}
}

// liftedOrder ends a prohibition, or takes some institutions out of it.
func (m *model) liftedOrder(at corridor.Position, now int64, lift *modelOrder) {
	target := m.orders[lift.Refers]
	if target == nil || target.phase != standing.InForce {
		return // another lift of the same instant stands before it
	}
	for b := range lift.subjects {
		target.lifted = append(target.lifted, b)
	}
	left := len(target.Subject.Countries) > 0
	for b := range target.subjects {
		left = left || !slices.Contains(target.lifted, b)
	}
	if len(lift.subjects) == 0 || !left {
		m.endedOrder(at, now, target, standing.LiftedNow)
	}
}

func (m *model) stepped(b corridor.BIC, now int64) {
	r := m.ramps[b]
	if r == nil {
		return
	}
	r.step, r.since = r.step+1, now
	if r.order.Ramp[r.step].Stage == standing.StageFull {
		delete(m.ramps, b)
	}
	m.refresh()
}
