package standing

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The ways in which an instant follows from what an instrument says (R3).
const (
	StartOfDay = "start of day" // a bare date: its first instant
	EndOfDay   = "end of day"   // a bare date that still counts: the first instant after it
	AtInstant  = "instant"      // date or weekday with a time of day
)

// ErrNotDerived is wrapped where only a person can say which instant is meant.
var ErrNotDerived = errors.New("give the instant in UTC")

// Derived is an instant and how it followed.
type Derived struct {
	UTC  time.Time
	Rule string
}

var (
	dayMonthYear = regexp.MustCompile(`(?i)\b(\d{1,2})(?:st|nd|rd|th)?(?: of)? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (\d{4})\b`)
	monthDayYear = regexp.MustCompile(`(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b`)
	yearMonthDay = regexp.MustCompile(`\b(\d{4})-(\d{2})-(\d{2})\b`)
	timeOfDay    = regexp.MustCompile(`\b(\d{1,2}):(\d{2})(?::(\d{2}))?\b`)
	weekday      = regexp.MustCompile(`(?i)\b(sun|mon|tue|wed|thu|fri|sat)(?:day|sday|nesday|rsday|urday)?\b`)
	universal    = regexp.MustCompile(`\b(GMT|UTC)\b`)
)

// Derive reads the instant that an instrument's words mean in a time zone: "as of 12 March 2022", "27 September 2025 20:00",
// "Saturday 16:00 GMT". A bare date follows the rule given, its first instant where none is. A weekday without a date is
// the first one after the day of publication. What happens twice or never on that day's clock is refused.
func Derive(words string, zone *time.Location, rule string, published time.Time) (Derived, error) {
	w, err := readWords(words)
	if err != nil {
		return Derived{}, fmt.Errorf("instant %q: %w", words, err)
	}
	switch {
	case w.timed && rule != "" && rule != AtInstant:
		return Derived{}, fmt.Errorf("instant %q has a time of day: the rule %q is for a bare date", words, rule)
	case !w.timed && rule == AtInstant:
		return Derived{}, fmt.Errorf("instant %q has no time of day: give it, or the rule %q", words, StartOfDay)
	case rule != "" && rule != AtInstant && rule != StartOfDay && rule != EndOfDay:
		return Derived{}, fmt.Errorf("rule %q: give %q, %q or %q", rule, StartOfDay, EndOfDay, AtInstant)
	}
	if w.year == 0 {
		if err := w.onWeekday(published); err != nil {
			return Derived{}, fmt.Errorf("instant %q: %w", words, err)
		}
	}
	if w.universal && zoneDiffers(zone, w.clock()) {
		return Derived{}, fmt.Errorf("instant %q says GMT or UTC, the zone is %s: they contradict each other", words, zone)
	}
	if !w.timed && rule == "" {
		rule = StartOfDay
	}
	if w.timed {
		rule = AtInstant
	}
	at := w.clock()
	if rule == EndOfDay {
		at = at.AddDate(0, 0, 1)
	}
	utc, err := onClock(at, zone)
	if err != nil {
		return Derived{}, fmt.Errorf("instant %q: %w", words, err)
	}
	return Derived{utc, rule}, nil
}

// words is what an instrument's words name.
type words struct {
	year, day            int // year 0: a weekday only
	month                time.Month
	weekday              time.Weekday
	named                bool // the weekday is
	hour, minute, second int
	timed, universal     bool
}

func readWords(s string) (w words, err error) {
	if err := w.readDate(s); err != nil {
		return w, err
	}
	if m := weekday.FindAllString(s, 2); len(m) == 1 {
		w.weekday, w.named = weekdayOf(m[0]), true
	}
	switch times := timeOfDay.FindAllStringSubmatch(s, 2); len(times) {
	case 0:
	case 1:
		w.hour, w.minute, w.second, w.timed = number(times[0][1]), number(times[0][2]), number("0"+times[0][3]), true
	default:
		return w, fmt.Errorf("it names two times of day: give one")
	}
	w.universal = universal.MatchString(s)
	switch {
	case w.hour > 23 || w.minute > 59 || w.second > 59:
		return w, fmt.Errorf("the time of day is from 00:00 to 23:59:59")
	case w.year == 0 && (!w.named || !w.timed):
		return w, fmt.Errorf("it names no date: write it as 12 March 2022 or 2022-03-12, or a weekday with its time, or %w", ErrNotDerived)
	}
	if w.year != 0 {
		d := w.clock()
		if d.Day() != w.day || d.Month() != w.month {
			return w, fmt.Errorf("there is no such day")
		}
		if w.named && d.Weekday() != w.weekday {
			return w, fmt.Errorf("that day is a %s, not a %s", d.Weekday(), w.weekday)
		}
	}
	return w, nil
}

func (w *words) readDate(s string) error {
	found := 0
	for _, m := range dayMonthYear.FindAllStringSubmatch(s, 2) {
		w.day, w.month, w.year = number(m[1]), monthOf(m[2]), number(m[3])
		found++
	}
	for _, m := range monthDayYear.FindAllStringSubmatch(s, 2) {
		w.day, w.month, w.year = number(m[2]), monthOf(m[1]), number(m[3])
		found++
	}
	for _, m := range yearMonthDay.FindAllStringSubmatch(s, 2) {
		w.day, w.month, w.year = number(m[3]), time.Month(number(m[2])), number(m[1])
		found++
	}
	if found > 1 {
		return fmt.Errorf("it names two dates: give one")
	}
	return nil
}

// onWeekday is the first such weekday after the day of publication.
func (w *words) onWeekday(published time.Time) error {
	if published.IsZero() {
		return fmt.Errorf("a weekday needs the instrument's date of publication to count from, or %w", ErrNotDerived)
	}
	d := published.AddDate(0, 0, 1)
	for d.Weekday() != w.weekday {
		d = d.AddDate(0, 0, 1)
	}
	w.year, w.month, w.day = d.Date()
	return nil
}

// clock is the wall clock, kept in UTC.
func (w *words) clock() time.Time {
	return time.Date(w.year, w.month, w.day, w.hour, w.minute, w.second, 0, time.UTC)
}

// onClock is the instant at which a zone's clocks show what wall shows, if there is exactly one.
func onClock(wall time.Time, zone *time.Location) (time.Time, error) {
	var found []time.Time
	for _, around := range []time.Duration{-24 * time.Hour, 24 * time.Hour} { // clocks do not change twice within two days
		_, offset := wall.Add(around).In(zone).Zone()
		utc := wall.Add(-time.Duration(offset) * time.Second)
		shown := utc.In(zone)
		same := shown.Format(time.DateTime) == wall.Format(time.DateTime)
		if same && (len(found) == 0 || !found[0].Equal(utc)) {
			found = append(found, utc)
		}
	}
	switch {
	case len(found) == 0:
		return time.Time{}, fmt.Errorf("%s does not exist in %s: clocks are put forward over it; %w", wall.Format(time.DateTime), zone, ErrNotDerived)
	case len(found) > 1:
		return time.Time{}, fmt.Errorf("%s comes twice in %s: clocks are put back over it; %w", wall.Format(time.DateTime), zone, ErrNotDerived)
	}
	return found[0], nil
}

func zoneDiffers(zone *time.Location, at time.Time) bool {
	_, offset := at.In(zone).Zone()
	return offset != 0
}

func weekdayOf(s string) time.Weekday {
	return time.Weekday(strings.Index("sunmontuewedthufrisat", strings.ToLower(s[:3])) / 3)
}

func monthOf(s string) time.Month {
	return time.Month(strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(s[:3]))/3 + 1)
}

// number reads digits that a pattern has found.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
