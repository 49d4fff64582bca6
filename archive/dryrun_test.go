package archive

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/standing"
)

var update = flag.Bool("update", false, "write testdata anew")

// cast is the fictional group of the requirement's section 11, and its neighbours.
func cast(t testing.TB) *directory.Directory {
	t.Helper()
	var all []directory.Change
	for _, x := range [][6]string{ // entity, name, country, BIC, established there if elsewhere, gateway
		{"LE-VOSTROVA", "Vostrova Bank", "RU", "ZQVARUMM", "", "ZQBUBEBB"},
		{"LE-SEVERIN", "Severin Credit", "RU", "ZQVSRUMM", "", ""},
		{"LE-HALB", "Halberd Finance", "RU", "ZQVHRUMM", "", ""},
		{"LE-ALMA", "Almatrade", "KZ", "ZQVKKZKA", "", ""},
		{"LE-EDEL", "Edelring Institut", "DE", "ZQVEDEFF", "", ""},
		{"LE-VOSTOK", "Vostrowa Bank", "BY", "ZQXXBY2X", "", ""},
		{"LE-GAZ", "Gazolin Bank", "RU", "ZQGARUMM", "", ""},
		{"LE-GERM", "Ordinary Member", "DE", "ZQDEDEFF", "", "ZQBUBEBB"},
		{"LE-FRAN", "Membre Ordinaire", "FR", "ZQFRFRPP", "", ""},
		{"LE-USA", "Plain Member", "US", "ZQUSUS33", "", ""},
		{"LE-TURK", "Respondent Carrier", "TR", "ZQTRTRIS", "", ""},
	} {
		id := directory.EntityID(x[0])
		all = append(all, directory.Change{Entity: &directory.Entity{ID: id, Name: x[1], Country: x[2], Status: directory.Active}},
			directory.Change{Office: &directory.Office{BIC: corridor.BIC(x[3]), Entity: id, Established: x[4], Gateway: x[5], Status: directory.Active}})
	}
	for _, x := range [][2]string{{"LE-SEVERIN", "60"}, {"LE-HALB", "50"}, {"LE-ALMA", "100"}, {"LE-EDEL", "100"}} {
		all = append(all, directory.Change{Ownership: &directory.Ownership{Owner: "LE-VOSTROVA", Owned: directory.EntityID(x[0]), Percent: corridor.Decimal(x[1]), Direct: true, From: "2015-01-01"}})
	}
	d, fault := directory.Load(7, all)
	if fault != nil {
		t.Fatal(fault)
	}
	return d
}

// draft is an order against Vostrova's group with a licence.
func draft() *standing.Order {
	return &standing.Order{
		ID: "ORD-2026-003", Kind: standing.Disconnect, Ground: "law",
		Instruments: []standing.Instrument{{Issuer: "Council", Number: "2026/345", Published: "2026-03-20", SHA256: strings.Repeat("a", 64)}},
		Effective:   standing.Effective{UTC: "2026-04-04T09:30:00Z"},
		Subject: standing.Subject{Entities: []string{"LE-VOSTROVA"}, Names: []standing.Name{{Name: "Vostrova Insurance"}},
			Closure:  &standing.Closure{Percent: "50", Op: ">", Indirect: true, EstablishedIn: []string{"RU"}, AsOf: "2026-03-01"},
			Excluded: []standing.Excluded{{BIC: "ZQVEDEFF", Reason: "established in DE, ring-fenced"}}},
		Scope:     standing.Scope{Spared: []string{"fin.9xx"}},
		Carveouts: []standing.Carveout{{Licence: "L-77", Types: []string{"fin.103"}, Currency: "EUR", Quote: "/LIC/L-77", Amount: "40000", WindowDays: 30}},
	}
}

// month is a journal of 32 days of that cast's traffic: each day the same, with exceptions that the report must find.
func month(t testing.TB) *network {
	n := newNetwork(t, filepath.Join(t.TempDir(), "journal.db"))
	var waits corridor.Position
	for day := range 33 {
		n.at = testStart.Add(time.Duration(day) * 24 * time.Hour)
		date := n.at.Format(time.DateOnly)
		n.deliver("ZQDEDEFF", "ZQVARUMM", "fin.103", payment("ZQDEDEFF", "ZQVARUMM", "EUR100,5"))
		n.deliver("ZQVSRUMM", "ZQFRFRPP", "fin.202", transfer("ZQVSRUMM", "ZQFRFRPP", "USD7,"))
		n.deliver("ZQVARUMM", "ZQDEDEFF", "fin.940", payment("ZQVARUMM", "ZQDEDEFF", "EUR1,"))
		n.deliver("ZQDEDEFF", "ZQFRFRPP", "fin.103", payment("ZQDEDEFF", "ZQFRFRPP", "EUR9,"))
		n.deliver("ZQDEDEFF", "ZQVHRUMM", "fin.103", payment("ZQDEDEFF", "ZQVHRUMM", "EUR3,"))
		n.page()
		n.at = n.at.Add(5 * time.Hour)
		n.deliver("ZQTRTRIS", "ZQUSUS33", "fin.202", transfer("ZQTRTRIS", "ZQUSUS33", "USD5,", ":52A:ZQVARUMM"))
		if date >= "2026-03-20" { // the way around: more since the order is public, and a new correspondent of an affiliate
			n.deliver("ZQTRTRIS", "ZQUSUS33", "fin.202", transfer("ZQTRTRIS", "ZQUSUS33", "USD6,", ":57D:/1\r\nVOSTROVA BANK"))
			n.deliver("ZQTRTRIS", "ZQUSUS33", "fin.202", transfer("ZQTRTRIS", "ZQUSUS33", "USD6,", ":58A:ZQVSRUMM"))
			n.deliver("ZQGARUMM", "ZQVKKZKA", "fin.103", payment("ZQGARUMM", "ZQVKKZKA", "EUR2,"))
		}
		if day == 10 || day == 12 { // the second is beyond the budget
			n.deliver("ZQDEDEFF", "ZQVARUMM", "fin.103", payment("ZQDEDEFF", "ZQVARUMM", "EUR30000,", ":77B:/LIC/L-77"))
		}
		if day == 14 { // quoted for another currency; another licence's number
			n.deliver("ZQDEDEFF", "ZQVARUMM", "fin.103", payment("ZQDEDEFF", "ZQVARUMM", "USD5,", ":77B:/LIC/L-77"))
			n.deliver("ZQDEDEFF", "ZQVARUMM", "fin.103", payment("ZQDEDEFF", "ZQVARUMM", "EUR6,", ":77B:/LIC/L-770"))
			n.deliver("ZQDEDEFF", "ZQVARUMM", "fin.192", bytes.Replace(transfer("ZQDEDEFF", "ZQVARUMM", "EUR6,"), []byte("I202"), []byte("I192"), 1))
		}
		if day == 25 { // it waits over the next Saturday's 9:30
			waits = n.send("ZQDEDEFF", "ZQVSRUMM", "fin.103", payment("ZQDEDEFF", "ZQVSRUMM", "EUR11,"))
		}
		if day == 27 {
			n.acknowledge("ZQVSRUMM", n.assign("ZQVSRUMM", waits), "")
		}
		n.page()
	}
	n.refuse("ZQDEDEFF", "ZQVARUMM", "fin.103", payment("ZQDEDEFF", "ZQVARUMM", "EUR1,"), "T33")
	n.send("ZQDEDEFF", "ZQVARUMM", "fin.103", payment("ZQDEDEFF", "ZQVARUMM", "EUR12,"))
	out := n.send("ZQVARUMM", "ZQFRFRPP", "fin.103", payment("ZQVARUMM", "ZQFRFRPP", "EUR13,"))
	n.assign("ZQFRFRPP", out)
	n.page()
	return n
}

// transfer is an MT 202, or another type with its fields.
func transfer(from, to corridor.BIC, amount string, fields ...string) []byte {
	b := "{1:F01" + string(corridor.LTOf(from, 'A')) + "0001000001}{2:I202" + string(corridor.LTOf(to, 'X')) + "N}{4:\r\n:20:COV1\r\n:21:PAY1\r\n:32A:260302" + amount + "\r\n"
	for _, f := range fields {
		b += f + "\r\n"
	}
	return []byte(b + ":58A:" + string(to) + "\r\n-}")
}

func question(t testing.TB) Question {
	return Question{Order: draft(), Directory: cast(t)}
}

// The report of a month says what the month was made of, twice the same, on both engines (A19, R45).
func TestDryRunOfAMonth(t *testing.T) {
	n := month(t)
	engines(t, func(t *testing.T, url string) {
		a := openArchive(t, url, Options{})
		catchUp(t, a, n)
		var before []byte
		for range 2 {
			r, err := a.DryRun(t.Context(), question(t))
			if err != nil {
				t.Fatal(err)
			}
			b, err := r.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if before != nil && !bytes.Equal(before, b) {
				t.Errorf("the second report differs:\n%s\n%s", before, b)
			}
			before = b
			golden(t, "dryrun.txt", r.Text())
			checkMonth(t, r)
		}
		golden(t, "dryrun.json", string(before)+"\n")
	})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs, run with -update and read the diff; got\n%s", name, got)
	}
}

// checkMonth counts by hand what month made: the window is the 30 days from 3 March to 1 April... of 33 days of traffic.
func checkMonth(t *testing.T, r *Report) {
	t.Helper()
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"window", r.Head.From + " " + r.Head.To, "2026-03-04 2026-04-02"},
		{"in scope", r.Impact.InScope.Messages, int64(30 + 30 + 2 + 3 + 1)},
		{"licensed", r.Impact.Licensed.Messages, int64(1)},
		{"held", r.Impact.Held, int64(2)},
		{"stopped", r.Impact.Stopped.Messages, int64(63)},
		{"licence", fmt.Sprint(r.Licences[0].Passed.Messages, r.Licences[0].BeyondBudget, r.Licences[0].MissingReference, r.Licences[0].Contradicted), "1 1 32 1"},
		{"nested", r.Nested.Messages, int64(30 + 14)},
		{"named only in words", r.Nested.ByName, int64(14)},
		{"BICs", r.Limits.BICs, 2},
		{"no member", fmt.Sprint(r.NoMember), "[Vostrova Insurance]"},
		{"replies", r.Collateral.Replies[0].Of, "fin.192"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %v, want %v", c.what, c.got, c.want)
		}
	}
}

// An order that stops nothing, an archive that is empty: both are said.
func TestDryRunRefuses(t *testing.T) {
	a := openArchive(t, filepath.Join(t.TempDir(), "archive.db"), Options{})
	q := question(t)
	if _, err := a.DryRun(t.Context(), q); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty archive: %v", err)
	}
	q.Order.Kind, q.Order.Refers, q.Order.Subject, q.Order.Carveouts = standing.Lift, "ORD-1", standing.Subject{}, nil
	if _, err := a.DryRun(t.Context(), q); err == nil || !strings.Contains(err.Error(), "no dry run") {
		t.Errorf("a lift: %v", err)
	}
	q = question(t)
	q.Days = 10_000
	if _, err := a.DryRun(t.Context(), q); err == nil || !strings.Contains(err.Error(), "days") {
		t.Errorf("too many days: %v", err)
	}
}

// The page to print holds what the report says, and nothing from outside.
func TestDryRunPage(t *testing.T) {
	a := openArchive(t, filepath.Join(t.TempDir(), "archive.db"), Options{})
	catchUp(t, a, month(t))
	q := question(t)
	q.Order.Subject.Names = append(q.Order.Subject.Names, standing.Name{Name: "<script>alert(1)</script>"})
	r, err := a.DryRun(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.HTML()
	if err != nil {
		t.Fatal(err)
	}
	digest, _ := r.Digest()
	for _, want := range []string{"ORD-2026-003", digest.String(), "Respondent Carrier", "ZQBUBEBB", "Vostrowa Bank", "&lt;script&gt;", "0.28509"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, not := range []string{"<script", "http://", "https://", "ZgotmplZ", "<no value>"} {
		if strings.Contains(string(page), not) {
			t.Errorf("the page has %q", not)
		}
	}
	if out := os.Getenv("CORRIDOR_PAGE"); out != "" {
		os.WriteFile(out, page, 0o644)
	}
}
