package notice

import (
	"cmp"
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
)

// Item is one notice that is due, or will be.
type Item struct {
	Why   Occasion     `json:"why"`
	At    int64        `json:"at"`            // when it became due, Unix nanoseconds
	BIC   corridor.BIC `json:"bic,omitempty"` // of its event
	Until int64        `json:"until,omitempty"`
}

// reminders are how long before the instant the clock reminds (R60).
func reminders() []struct {
	why    Occasion
	before time.Duration
} {
	return []struct {
		why    Occasion
		before time.Duration
	}{{SevenDays, 7 * 24 * time.Hour}, {OneDay, 24 * time.Hour}, {OneHour, time.Hour}}
}

// after is how long after the fence the last notice goes out: the day's reports are made by then.
const after = 24 * time.Hour

// Schedule is every notice of an order that its life so far leads to, past and future, in order of time. A rehearsal (shadow) has none, and
// an order that is not published has none.
func Schedule(l Life) []Item {
	if l.Order.Shadow || !l.published() {
		return nil
	}
	var all []Item
	open := openSpans(l.Events)
	for _, e := range l.Events {
		all = append(all, Item{e.What, e.At, e.BIC, e.Until})
		if at := e.At + int64(after); e.What == InForce && stops(l.Order.Kind) && !endedBy(l.Events, at) {
			all = append(all, Item{Why: After, At: at})
		}
	}
	remind := func(why Occasion, at int64) {
		if open.hold(at) {
			all = append(all, Item{Why: why, At: at})
		}
	}
	for _, r := range reminders() {
		remind(r.why, l.Order.EffectiveAt()-int64(r.before))
	}
	for _, b := range l.Order.Notice.Broadcasts {
		if t, err := time.Parse(time.RFC3339, b); err == nil {
			remind(Planned, t.UnixNano())
		}
	}
	slices.SortStableFunc(all, func(a, b Item) int { return cmp.Compare(a.At, b.At) })
	return all
}

// endedBy says whether the order lost its effect before a time.
func endedBy(events []Event, at int64) bool {
	return slices.ContainsFunc(events, func(e Event) bool {
		return e.At < at && (e.What == Lifted || e.What == Expired || e.What == Superseded)
	})
}

// spans are the times in which an order counts down: published, not paused, and not over.
type spans []struct{ from, to int64 }

func (s spans) hold(at int64) bool {
	for _, x := range s {
		if x.from < at && at < x.to {
			return true
		}
	}
	return false
}

const forever = 1<<63 - 1

func openSpans(events []Event) spans {
	var all spans
	from := int64(forever)
	shut := func(at int64) {
		if from < at {
			all = append(all, struct{ from, to int64 }{from, at})
		}
		from = forever
	}
	for _, e := range events {
		switch e.What {
		case Published, Resumed, PauseEnded:
			shut(e.At)
			from = e.At
		case Paused, Withdrawn, InForce, Lifted, Expired, Superseded:
			shut(e.At)
		}
	}
	shut(forever)
	return all
}

// Due is what is to be sent now, when the last notice of the order was sent at the time last (0: none yet). An event of the page that is being
// filled waits for a later time, so that none is lost between two notices of one time. Of reminders whose hour passed meanwhile only the latest
// goes out, and none that an event has overtaken: "7 days before" is not said with an hour to go.
func Due(l Life, last, now int64) []Item {
	var due []Item
	for _, i := range Schedule(l) {
		if i.At < last || i.At >= now {
			continue
		}
		if n := len(due); n > 0 && due[n-1].Why.reminder() {
			due = due[:n-1]
		}
		due = append(due, i)
	}
	return due
}

// Next is when the order's next notice becomes due after now, or 0.
func Next(l Life, now int64) int64 {
	for _, i := range Schedule(l) {
		if i.At >= now {
			return i.At + 1 // Due wants a later time
		}
	}
	return 0
}

func (o Occasion) reminder() bool {
	return o == SevenDays || o == OneDay || o == OneHour || o == Planned
}

// Urgent says whether an occasion goes out with the priority of what must be read at once.
func (n *Notice) Urgent() bool {
	switch n.Due.Why {
	case OneDay, OneHour, Paused, Resumed, PauseEnded, Withdrawn, InForce:
		return true
	}
	return n.Order.Kind == standing.Disconnect && n.Order.EffectiveAt()-n.At < int64(24*time.Hour) && n.Due.Why == Published
}
