package standing

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

// The instants of the field, and what a clock shows twice or never.
func TestDerive(t *testing.T) {
	for _, c := range []struct{ words, zone, rule, published, want string }{
		{"as of 12 March 2022", "Europe/Brussels", "", "2022-03-02", "2022-03-11T23:00:00Z start of day"},
		{"from 12 March 2022", "Europe/Brussels", EndOfDay, "", "2022-03-12T23:00:00Z end of day"},
		{"Saturday 16:00 GMT", "UTC", "", "2012-03-15", "2012-03-17T16:00:00Z instant"},
		{"Saturday 16:00 GMT", "Europe/London", AtInstant, "2012-03-17", "2012-03-24T16:00:00Z instant"},
		{"Saturday 16:00 GMT", "Europe/London", AtInstant, "2012-03-24", "the zone is Europe/London"},
		{"Saturday 17 March 2012 16:00 GMT", "Europe/London", "", "", "2012-03-17T16:00:00Z instant"},
		{"27 Sep 2025 20:00", "America/New_York", "", "", "2025-09-28T00:00:00Z instant"},
		{"September 27th, 2025, 20:00:30", "America/New_York", "", "", "2025-09-28T00:00:30Z instant"},
		{"2022-06-14", "Europe/Brussels", StartOfDay, "", "2022-06-13T22:00:00Z start of day"},
		{"27 March 2022 02:30", "Europe/Brussels", "", "", "does not exist in Europe/Brussels"},
		{"30 October 2022 02:30", "Europe/Brussels", "", "", "comes twice in Europe/Brussels"},
		{"30 October 2022 03:30", "Europe/Brussels", "", "", "2022-10-30T02:30:00Z instant"},
		{"2018-11-04", "America/Sao_Paulo", "", "", "does not exist in America/Sao_Paulo"}, // that day began at 01:00
		{"4 April 2021 01:45", "Australia/Lord_Howe", "", "", "comes twice"},               // half an hour is put back
		{"Friday 12 March 2022", "Europe/Brussels", "", "", "is a Saturday, not a Friday"},
		{"30 February 2022", "UTC", "", "", "no such day"},
		{"2022-02-12 or 2022-03-12", "UTC", "", "", "two dates"},
		{"12 March 2022 16:00 to 17:00", "UTC", "", "", "two times"},
		{"12 March 2022 24:00", "UTC", "", "", "00:00 to 23:59"},
		{"12 March 2022 16:00", "UTC", StartOfDay, "", "is for a bare date"},
		{"12 March 2022", "UTC", AtInstant, "", "no time of day"},
		{"12 March 2022", "UTC", "noon", "", `give "start of day"`},
		{"Saturday 16:00", "UTC", "", "", "date of publication"},
		{"immediately", "UTC", "", "", "names no date"},
		{"12 March 2022 GMT", "Europe/Brussels", "", "", "contradict"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		var published time.Time
		if c.published != "" {
			published, _ = time.Parse(time.DateOnly, c.published)
		}
		d, err := Derive(c.words, zone, c.rule, published)
		got := d.UTC.Format(time.RFC3339) + " " + d.Rule
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
			t.Errorf("%q in %s by %q: %s, want %s", c.words, c.zone, c.rule, got, c.want)
		}
	}
}
