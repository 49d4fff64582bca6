package notice

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// day counts what happened since the last digest.
type day struct {
	end         int64 // 0: not begun
	Accepted    int
	Delivered   int
	Refused     map[string]int // by code
	Rulings     map[entry.Ruling]int
	Acts        map[string]int // by kind
	ActsRefused int
}

func (d *day) refused(code string)  { d.Refused = count(d.Refused, clone(code)) }
func (d *day) ruled(r entry.Ruling) { d.Rulings = count(d.Rulings, clone(r)) }
func (d *day) acted(kind string)    { d.Acts = count(d.Acts, clone(kind)) }
func count[K comparable](m map[K]int, k K) map[K]int {
	if m == nil {
		m = map[K]int{}
	}
	m[k]++
	return m
}

// closeDays makes the digest of a day that is over (R62). Days without a page are not told one by one.
func (w *Watch) closeDays(now int64) {
	if w.o.DigestHour < 0 {
		return
	}
	if w.day.end == 0 {
		w.day.end = w.dayEnd(now)
	}
	if now < w.day.end {
		return
	}
	w.letters = append(w.letters, w.digest())
	w.day = &day{end: w.dayEnd(now)}
}

// dayEnd is when the day that holds a time is over.
func (w *Watch) dayEnd(now int64) int64 {
	t := timeOf(now)
	end := time.Date(t.Year(), t.Month(), t.Day(), w.o.DigestHour, 0, 0, 0, time.UTC)
	if !end.After(t) {
		end = end.AddDate(0, 0, 1)
	}
	return end.UnixNano()
}

func (w *Watch) digest() Letter {
	d := w.day
	date := timeOf(d.end).Format(time.DateOnly)
	var b strings.Builder
	fmt.Fprintf(&b, "%s, day that ended %s.\n\n", w.o.Issuer.Network, stamp(d.end))
	fmt.Fprintf(&b, "Messages: %d accepted, %d delivered, %d open.\n", d.Accepted, d.Delivered, len(w.open))
	fmt.Fprintf(&b, "Refused: %s.\n", words(d.Refused))
	fmt.Fprintf(&b, "Rulings under orders: %s.\n", words(d.Rulings))
	fmt.Fprintf(&b, "Acts of officers: %s; %d were refused.\n", words(d.Acts), d.ActsRefused)
	for _, section := range []struct {
		title string
		lines []string
	}{{"Orders", w.orderLines()}, {"Messages held", w.heldLines()}, {"Appeals without an answer", w.appealLines()}, {"Reviews and ends that come", w.comingLines()}, {"Institutions without service", w.offLines()}} {
		if len(section.lines) > 0 {
			fmt.Fprintf(&b, "\n%s:\n- %s\n", section.title, strings.Join(section.lines, "\n- "))
		}
	}
	return Letter{ID: "digest." + date, Thread: "digest", Audience: ToOperator, Page: w.page, At: d.end, Subject: fmt.Sprintf("%s: digest of %s", w.o.Issuer.Network, date), Text: b.String()}
}

// words are counts by word, in the words' order.
func words[K ~string](m map[K]int) string {
	if len(m) == 0 {
		return "none"
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%d %s", m[k], k))
	}
	return strings.Join(parts, ", ")
}

// orderLines are the orders that members know of and that are not over. Drafts are their signers' alone (R63).
func (w *Watch) orderLines() []string {
	var lines []string
	for _, r := range w.standing.Orders() {
		if !live(r.Phase) {
			continue
		}
		l := fmt.Sprintf("%s, %s, %s", r.Order.ID, r.Order.Kind, r.Phase)
		if r.Phase == standing.Published {
			l += fmt.Sprintf(", takes effect %s, in %s", stamp(r.Order.EffectiveAt()), before(r.Order.EffectiveAt()-w.day.end))
		}
		if r.Order.Shadow {
			l += ", rehearsal"
		}
		lines = append(lines, fmt.Sprintf("%s; %d open items with those covered, %d blocked, %d licensed so far", l, w.openWith(r.Order), r.Blocked, r.Licensed))
	}
	return lines
}

func live(p standing.Phase) bool {
	return p == standing.Published || p == standing.Paused || p == standing.InForce
}

// openWith counts the open messages that an order is about.
func (w *Watch) openWith(o *standing.Order) int {
	covered, n := coveredOf(o), 0
	for _, m := range w.open {
		from, to := covers(covered, m.sender), covers(covered, m.receiver)
		if from && inScope(o, m, false) || to && inScope(o, m, true) {
			n++
		}
	}
	return n
}

func (w *Watch) heldLines() []string {
	all := w.standing.HeldMessages()
	if len(all) == 0 {
		return nil
	}
	oldest := all[0].Since
	byOrder := map[string]int{}
	for _, h := range all {
		oldest = min(oldest, h.Since)
		for _, id := range h.Orders {
			byOrder[id]++
		}
	}
	return []string{fmt.Sprintf("%d in all, the oldest since %s; by order: %s", len(all), stamp(oldest), words(byOrder))}
}

func (w *Watch) appealLines() []string {
	var lines []string
	for _, a := range w.standing.Appeals() {
		if a.Outcome == "" {
			lines = append(lines, fmt.Sprintf("%s of %s against %s, filed %s", a.ID, a.For, a.Order, stamp(a.Filed)))
		}
	}
	return lines
}

// comingLines are reviews and expiries within comingDays, so that nobody is surprised by an order that ends by itself (A23).
func (w *Watch) comingLines() []string {
	var lines []string
	soon := func(at int64) bool { return at >= w.day.end && at-w.day.end <= int64(coming) }
	for _, r := range w.standing.Orders() {
		if !live(r.Phase) {
			continue
		}
		if v := r.Order.Review; v != nil {
			if t, err := time.Parse(time.DateOnly, v.Date); err == nil && soon(t.UnixNano()) {
				lines = append(lines, fmt.Sprintf("%s is to be reviewed on %s by %s", r.Order.ID, v.Date, v.Owner))
			}
		}
		if r.Order.Expires != "" && soon(r.Order.ExpiresAt()) {
			lines = append(lines, fmt.Sprintf("%s ends by itself %s, in %s; nobody is readmitted by that", r.Order.ID, stamp(r.Order.ExpiresAt()), before(r.Order.ExpiresAt()-w.day.end)))
		}
	}
	return lines
}

func (w *Watch) offLines() []string {
	all, _ := w.standing.OffAll()
	var lines []string
	for i, b := range all {
		if i == maxOff {
			return append(lines, fmt.Sprintf("and %d more", len(all)-i))
		}
		order, _ := w.standing.Off(b)
		lines = append(lines, fmt.Sprintf("%s, by order %s", strings.TrimSpace(string(b)+" "+w.directory.Name(b)), order))
	}
	return lines
}
