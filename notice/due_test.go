package notice_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "corridor.example/corridor/notice"
	"pgregory.net/rapid"
)

// lifeOf reads a case of due.txt: the order, then its events.
func lifeOf(t testing.TB, name string, lines []string) Life {
	t.Helper()
	o, digest := readOrder(t, name)
	l := Life{Order: o, Document: digest}
	for _, line := range lines {
		what, at, _ := strings.Cut(line, " ")
		l.Events = append(l.Events, Event{What: Occasion(what), At: instant(t, at)})
	}
	return l
}

func TestDue(t *testing.T) {
	eachCase(t, "due.txt", func(t *testing.T, input string) string {
		lines := strings.Split(input, "\n")
		words := strings.Fields(lines[0])
		l := lifeOf(t, words[1], lines[1:])
		items := Schedule(l)
		if words[0] == "due" {
			var sent int64
			if words[3] != "0" {
				sent = instant(t, words[3])
			}
			items = Due(l, sent, instant(t, words[5]))
		}
		if len(items) == 0 {
			return "nothing"
		}
		var out []string
		for _, i := range items {
			out = append(out, fmt.Sprintf("%s %s", time.Unix(0, i.At).UTC().Format(time.RFC3339Nano), i.Why))
		}
		return strings.Join(out, "\n")
	})
}

// However often the network looks, and whatever happens to the order, each event is announced exactly once, reminders only while the order counts
// down, and no reminder after an event that came later.
func TestDueIsExactlyOnce(t *testing.T) {
	o, digest := readOrder(t, "cut")
	rapid.Check(t, func(r *rapid.T) {
		start := o.EffectiveAt() - int64(rapid.IntRange(0, 20*24).Draw(r, "notice"))*int64(time.Hour)
		l := Life{Order: o, Document: digest, Events: []Event{{What: Published, At: start}}}
		at := start
		for range rapid.IntRange(0, 5).Draw(r, "events") {
			at += int64(rapid.IntRange(1, 100).Draw(r, "later")) * int64(time.Hour)
			l.Events = append(l.Events, Event{What: rapid.SampledFrom([]Occasion{Paused, Resumed, Withdrawn, InForce, Lifted, Superseded}).Draw(r, "what"), At: at})
		}
		said := map[string]int{}
		last, reminded := int64(0), int64(0)
		for now, end := start, at+int64(30*24*time.Hour); now <= end; now += int64(rapid.IntRange(1, 50*3600).Draw(r, "step")) * int64(time.Second) {
			so := l // what the journal has by then: the events before now
			so.Events = nil
			for _, e := range l.Events {
				if e.At <= now {
					so.Events = append(so.Events, e)
				}
			}
			due := Due(so, last, now)
			if len(due) == 0 {
				continue
			}
			for _, i := range due {
				said[fmt.Sprint(i.Why, i.At)]++
				if strings.HasSuffix(string(i.Why), "before") {
					if i.At < reminded {
						r.Fatalf("%s of %d after one of %d", i.Why, i.At, reminded)
					}
					reminded = i.At
					if left := o.EffectiveAt() - now; left > int64(7*24*time.Hour) {
						r.Fatalf("%s with %v to go", i.Why, time.Duration(left))
					}
				}
			}
			last = now
		}
		for what, n := range said {
			if n != 1 {
				r.Fatalf("%s was said %d times", what, n)
			}
		}
		for _, e := range l.Events {
			if said[fmt.Sprint(e.What, e.At)] == 0 && e.At < at+int64(24*time.Hour) {
				r.Fatalf("%s at %d was never said", e.What, e.At)
			}
		}
	})
}

// Next never misses: nothing is due before it, and something is at it, or was replaced by what follows.
func TestNext(t *testing.T) {
	l := lifeOf(t, "cut", []string{"published 2022-03-02T10:00:00Z"})
	now := instant(t, "2022-03-02T10:00:01Z")
	for range 3 {
		next := Next(l, now)
		if got := Due(l, now, next-1); len(got) != 0 {
			t.Errorf("due before %d: %v", next, got)
		}
		if got := Due(l, now, next); len(got) != 1 {
			t.Errorf("due at %d: %v", next, got)
		}
		now = next
	}
	if next := Next(l, now); next != 0 {
		t.Errorf("after the last: %d", next)
	}
}

func TestARehearsalHasNoNotices(t *testing.T) {
	l := lifeOf(t, "cut", []string{"published 2022-03-02T10:00:00Z"})
	shadow := *l.Order
	shadow.Shadow = true
	l.Order = &shadow
	if s := Schedule(l); len(s) != 0 {
		t.Errorf("%v", s)
	}
}
