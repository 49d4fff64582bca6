package archive

import (
	"strings"
	"testing"
	"time"
)

// Each search finds what it should, by position, on both engines.
func TestFind(t *testing.T) {
	n := traffic(t)
	engines(t, func(t *testing.T, url string) {
		a := openArchive(t, url, Options{})
		catchUp(t, a, n)
		for _, c := range []struct {
			name string
			s    Search
			want string
		}{
			{"all, the newest first", Search{}, "7/0 6/0 5/4 5/2 4/2 2/1 2/0 1/0"},
			{"the newest two", Search{Limit: 2}, "7/0 6/0"},
			{"an end, or named inside", Search{BIC: tama}, "6/0 5/4 5/2 1/0"},
			{"a branch inside", Search{BIC: "TAMAJPJTABC"}, "1/0"},
			{"no such branch", Search{BIC: "TAMAJPJTDEF"}, ""},
			{"sender and receiver", Search{Sender: meri, Receiver: cedr}, "2/1 2/0 1/0"},
			{"type", Search{Types: []string{"pacs", "fin.102"}}, "7/0 5/4"},
			{"category", Search{Types: []string{"fin.1xx"}, Sender: orca}, "7/0"},
			{"reference", Search{Reference: "REF00000002"}, "5/4 2/0"},
			{"reference since a day", Search{Reference: "REF00000001", From: testStart.Add(20 * time.Hour)}, "7/0"},
			{"a quotation mark in a reference", Search{Reference: "' OR 1=1 --"}, ""},
			{"before an hour", Search{To: testStart.Add(time.Minute)}, "2/1 2/0 1/0"},
			{"currency", Search{Currency: "USD"}, "7/0 2/1"},
			{"amount, of any part", Search{Currency: "USD", Least: "6.5", Most: "6.5"}, "7/0"},
			{"amount", Search{Currency: "EUR", Least: "1.00001", Most: "4.99999"}, "5/2 4/2"},
			{"outcome", Search{Outcome: Held}, "5/2"},
			{"order", Search{Order: "ORD-1"}, "5/2 4/2"},
			{"no other order", Search{Order: "ORD"}, ""},
		} {
			found, err := a.Find(t.Context(), c.s)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			var got []string
			for _, f := range found {
				got = append(got, f.Place)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: got %v, want %s", c.name, got, c.want)
			}
		}
		for _, s := range []Search{{BIC: "short"}, {Types: []string{"a b"}}, {Outcome: "gone"}, {Least: "5"}, {Currency: "E'R"}, {Limit: MaxFound + 1}, {Currency: "EUR", Least: "x"}} {
			if _, err := a.Find(t.Context(), s); err == nil {
				t.Errorf("%+v was accepted", s)
			}
		}
		f, err := a.Find(t.Context(), Search{Limit: 8})
		if err != nil || len(f) != 8 || f[7].Agents[0] != "TAMAJPJTABC" || f[7].Amounts[0].Value != "1350.25" || len(f[0].Amounts) != 2 {
			t.Errorf("details: %+v %v", f, err)
		}
	})
}
