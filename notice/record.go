package notice

import (
	"cmp"
	"slices"

	"corridor.example/corridor/standing"
)

// LifeOf is an order's life as its record tells it: what was done about it, and its fences. Fences that end a
// pause or name an institution are not in a record; give them as more.
func LifeOf(r *standing.Record, more ...Event) Life {
	l := Life{Order: r.Order, Effect: r.Effect, Document: r.Document}
	var drafted int64
	for _, d := range r.Deeds {
		switch d.Kind {
		case standing.OrderDraft: // another document under the same id: what was said of the one before is not said of it
			l.Events, drafted = nil, d.Time
		case standing.OrderPublish:
			l.add(Published, d.Time)
		case standing.OrderPause:
			l.Events = append(l.Events, Event{What: Paused, At: d.Time, Until: r.PausedTo})
		case standing.OrderResume:
			l.add(Resumed, d.Time)
		case standing.OrderWithdraw:
			l.add(Withdrawn, d.Time)
		}
	}
	if r.FencedAt != 0 && r.Order.Kind != standing.Readmit { // whose events are those of each institution
		l.add(InForce, r.FencedAt)
	}
	if r.EndedAt != 0 {
		l.add(ending(r.Phase), r.EndedAt)
	}
	for _, e := range more {
		if e.At >= drafted {
			l.Events = append(l.Events, e)
		}
	}
	slices.SortStableFunc(l.Events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return l
}

func (l *Life) add(what Occasion, at int64) { l.Events = append(l.Events, Event{What: what, At: at}) }

func ending(p standing.Phase) Occasion {
	switch p {
	case standing.Expired:
		return Expired
	case standing.Superseded:
		return Superseded
	}
	return Lifted
}
