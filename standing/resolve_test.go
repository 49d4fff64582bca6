package standing

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// cast is the fictional group of section 11 of the requirement, and its neighbours.
func cast(t *testing.T) *directory.Directory {
	t.Helper()
	var all []directory.Change
	entity := func(id, name, country string) {
		all = append(all, directory.Change{Entity: &directory.Entity{ID: directory.EntityID(id), Name: name, Country: country, Status: directory.Active}})
	}
	office := func(bic, entity, established string) {
		all = append(all, directory.Change{Office: &directory.Office{BIC: corridor.BIC(bic), Entity: directory.EntityID(entity), Established: established, Status: directory.Active}})
	}
	owns := func(owner, owned, percent string) {
		all = append(all, directory.Change{Ownership: &directory.Ownership{Owner: directory.EntityID(owner), Owned: directory.EntityID(owned), Percent: corridor.Decimal(percent), Direct: true, From: "2015-01-01"}})
	}
	for _, x := range [][4]string{
		{"LE-VOSTROVA", "Vostrova Bank", "RU", "ZQVARUMM"},
		{"LE-SEVERIN", "Severin Credit", "RU", "ZQVSRUMM"},
		{"LE-HALB", "Halberd Finance", "RU", "ZQVHRUMM"},
		{"LE-ALMA", "Almatrade", "KZ", "ZQVKKZKA"},
		{"LE-EDEL", "Edelring Institut", "DE", "ZQVEDEFF"},
		{"LE-BDR", "Bank for Development and Reconstruction", "BY", "ZQBDBY2X"},
		{"LE-DBR", "Development Bank of the Republic", "BY", "ZQRDBY2X"},
		{"LE-CRIM", "Kherson Harbour Bank", "UA", "ZQCRUAUK"},
		{"LE-EMB", "Embassy Settlement House", "RU", "ZQEMRUMM"},
		{"LE-GERM", "Ordinary Member", "DE", "ZQDEDEFF"},
	} {
		entity(x[0], x[1], x[2])
		office(x[3], x[0], map[string]string{"ZQCRUAUK": "RU"}[x[3]])
	}
	entity("LE-INSURE", "Vostrova Insurance", "RU")
	office("ZQDEDEFFMOW", "", "RU")
	owns("LE-VOSTROVA", "LE-SEVERIN", "60")
	owns("LE-VOSTROVA", "LE-HALB", "50")
	owns("LE-VOSTROVA", "LE-ALMA", "100")
	owns("LE-VOSTROVA", "LE-EDEL", "100")
	d, fault := directory.Load(7, all)
	if fault != nil {
		t.Fatal(fault)
	}
	return d
}

func shownResolution(r Resolution) string {
	var b strings.Builder
	for _, x := range r.Subject.Resolved {
		fmt.Fprintf(&b, "in %s%s\n", x.BIC, map[bool]string{true: " itself"}[x.Explicit])
	}
	for _, x := range r.Left {
		fmt.Fprintf(&b, "left %v %s\n", x.BICs, x.Why)
	}
	for _, n := range r.Subject.NoMember {
		fmt.Fprintf(&b, "no member %s\n", n)
	}
	for _, l := range r.Open {
		fmt.Fprintf(&b, "tick %s like %s\n", l.BIC, l.Like)
	}
	for _, u := range r.Unknown {
		fmt.Fprintf(&b, "unknown %s\n", u)
	}
	return b.String()
}

// Who comes in and who does not, by the scenarios A6, A7, A9 and A10.
func TestResolve(t *testing.T) {
	d := cast(t)
	closure := func(op string) *Closure {
		return &Closure{Percent: "50", Op: op, Indirect: true, EstablishedIn: []string{"RU"}, AsOf: "2022-03-01"}
	}
	for _, c := range []struct {
		name    string
		subject Subject
		want    []string
	}{
		{"A6: a BIC8 only", Subject{BICs: []corridor.BIC{"ZQVARUMM"}}, []string{"in ZQVARUMM itself"}},
		{"A7: more than 50 %, established in RU", Subject{Entities: []string{"LE-VOSTROVA"}, Closure: closure(">")},
			[]string{"in ZQVARUMM", "in ZQVSRUMM", "left [ZQVKKZKA] not established there", "left [ZQVEDEFF] not established there", "left [ZQVHRUMM] below threshold"}},
		{"A7: 50 % or more", Subject{Entities: []string{"LE-VOSTROVA"}, Closure: closure(">=")},
			[]string{"in ZQVARUMM", "in ZQVHRUMM", "in ZQVSRUMM", "left [ZQVKKZKA] not established there", "left [ZQVEDEFF] not established there"}},
		{"R14: an exclusion wins over the closure", Subject{Entities: []string{"LE-VOSTROVA"}, Closure: closure(">"), Excluded: []Excluded{{"ZQVSRUMM", "licensed"}}},
			[]string{"in ZQVARUMM", "left [ZQVKKZKA] not established there", "left [ZQVEDEFF] not established there", "left [ZQVHRUMM] below threshold"}},
		{"R11: names, one without a member", Subject{Names: []Name{{Name: "Vostrova Bank Insurance"}, {Name: "Severin Credit", Entity: "LE-SEVERIN"}}},
			[]string{"in ZQVSRUMM", "no member Vostrova Bank Insurance", "tick ZQVARUMM like Vostrova Bank Insurance"}},
		{"A9: two banks of similar names", Subject{Names: []Name{{Name: "Bank for Development and Reconstruction", Entity: "LE-DBR"}}},
			[]string{"in ZQRDBY2X", "tick ZQBDBY2X like Bank for Development and Reconstruction"}},
		{"A10: a country by letters or place, an embassy's bank expressly out", Subject{Countries: []Country{{"RU", "either"}}, Excluded: []Excluded{{"ZQEMRUMM", "embassy accounts"}}},
			[]string{"in ZQCRUAUK", "in ZQDEDEFFMOW", "in ZQVARUMM", "in ZQVHRUMM", "in ZQVSRUMM", "left [ZQEMRUMM] expressly out"}},
		{"F6: a country by letters alone", Subject{Countries: []Country{{"UA", "bic"}}}, []string{"in ZQCRUAUK"}},
		{"unknown names", Subject{BICs: []corridor.BIC{"ZQNOXXXX"}, Entities: []string{"LE-NOBODY"}},
			[]string{"unknown BIC ZQNOXXXX is not in the directory", "unknown entity LE-NOBODY is not in the directory"}},
		{"a look-alike ticked out and covered", Subject{BICs: []corridor.BIC{"ZQVARUMM"}, LookAlikes: []LookAlike{{BIC: "ZQVARUMM", Reason: "no"}}},
			[]string{"in ZQVARUMM itself", "unknown look-alike ZQVARUMM is ticked out and covered"}},
	} {
		r, err := Resolve(&Order{ID: "O-1", Subject: c.subject}, d)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := shownResolution(r)
		rest := got
		for _, w := range c.want {
			at := strings.Index(rest, w)
			if at < 0 {
				t.Errorf("%s: no %q in\n%s", c.name, w, got)
				break
			}
			rest = rest[at:]
		}
		if lines := strings.Count(got, "in ZQ"); lines != countPrefix(c.want, "in ZQ") {
			t.Errorf("%s: brings in\n%s", c.name, got)
		}
		if r.Subject.DirectoryVersion != 7 {
			t.Errorf("%s: directory version %d", c.name, r.Subject.DirectoryVersion)
		}
	}
}

func countPrefix(all []string, prefix string) int {
	return len(slices.DeleteFunc(slices.Clone(all), func(s string) bool { return !strings.HasPrefix(s, prefix) }))
}

// Ownership paths go with what they brought in, a tick decides a look-alike for good, and the directory of another day proposes only.
func TestResolvePathsTicksAndChanges(t *testing.T) {
	d := cast(t)
	o := &Order{ID: "O-1", Subject: Subject{Names: []Name{{Name: "Vostrova Bank", Entity: "LE-VOSTROVA"}}, Closure: &Closure{Percent: "50", Op: ">", EstablishedIn: []string{"RU"}, AsOf: "2022-03-01"}}}
	r, err := Resolve(o, d)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"LE-VOSTROVA owns 60 % of LE-SEVERIN"}; !slices.Equal(r.Subject.Resolved[1].Path, want) {
		t.Errorf("path %q, want %q", r.Subject.Resolved[1].Path, want)
	}
	for _, l := range slices.Clone(r.Open) {
		if err := r.Tick(l.BIC, false, ""); err == nil {
			t.Errorf("%s is ticked without a reason", l.BIC)
		}
		if err := r.Tick(l.BIC, l.BIC == "ZQVKKZKA", "looked at"); err != nil {
			t.Error(err)
		}
	}
	if err := r.Tick("ZQDEDEFF", true, "why not"); err == nil {
		t.Error("a member that resembles nobody is ticked")
	}
	o.Subject = r.Subject
	again, err := Resolve(o, d)
	if err != nil || len(again.Open) != 0 || len(again.Unknown) != 0 {
		t.Errorf("after the ticks: open %v, unknown %v, %v", again.Open, again.Unknown, err)
	}
	o.Subject = again.Subject

	if c, err := Changes(o, d, "2022-03-02"); err != nil || !c.None() {
		t.Errorf("nothing changed, and yet %+v, %v", c, err)
	}
	body := `{"announce":false,"changes":[{"ownership":{"direct":true,"from":"2015-01-01","owned":"LE-HALB","owner":"LE-VOSTROVA","percent":"50","to":"2022-03-05"}},` +
		`{"ownership":{"direct":true,"from":"2022-03-05","owned":"LE-HALB","owner":"LE-VOSTROVA","percent":"51"}}]}`
	if err := d.Apply(corridor.Position{}, 1, []byte(body)); err != nil {
		t.Fatal(err)
	}
	if c, err := Changes(o, d, "2022-03-04"); err != nil || !c.None() {
		t.Errorf("before the share rises: %+v, %v", c, err)
	}
	c, err := Changes(o, d, "2022-03-06")
	if err != nil || len(c.In) != 1 || c.In[0].BIC != "ZQVHRUMM" || len(c.Out) != 0 {
		t.Errorf("after the share rose: %+v, %v", c, err)
	}
	if len(o.Subject.Resolved) != len(again.Subject.Resolved) {
		t.Error("the signed resolution was altered")
	}
}

// A ring of owners ends, and so does a chain of ten thousand; both in a moment.
func TestResolveRingsAndLongChains(t *testing.T) {
	var all []directory.Change
	const n = 10_000
	id := func(i int) directory.EntityID { return directory.EntityID(fmt.Sprintf("LE-%d", i)) }
	for i := range n {
		all = append(all, directory.Change{Entity: &directory.Entity{ID: id(i), Name: fmt.Sprintf("House %c%c%c%c", 'A'+i%26, 'A'+i/26%26, 'A'+i/676%26, 'A'+i%17), Country: "AQ", Status: directory.Active}})
	}
	bic := func(i int) corridor.BIC {
		return corridor.BIC(fmt.Sprintf("%c%c%c%cAQAA", 'A'+i%26, 'A'+i/26%26, 'A'+i/676%26, 'Z'))
	}
	for i := range n {
		if i < 26*26*15 {
			all = append(all, directory.Change{Office: &directory.Office{BIC: bic(i), Entity: id(i), Status: directory.Active}})
		}
		all = append(all, directory.Change{Ownership: &directory.Ownership{Owner: id(i), Owned: id((i + 1) % n), Percent: "51", Direct: true, From: "2015-01-01"}})
	}
	d, fault := directory.Load(1, all)
	if fault != nil {
		t.Fatal(fault)
	}
	o := &Order{ID: "O-1", Subject: Subject{Entities: []string{"LE-0"}, Closure: &Closure{Percent: "50", Op: ">", Indirect: true, AsOf: "2022-03-01"}}}
	began := time.Now()
	r, err := Resolve(o, d)
	if err != nil || len(r.Subject.Resolved) != n {
		t.Errorf("a ring of %d owners: %d are in, %v", n, len(r.Subject.Resolved), err)
	}
	for _, x := range r.Subject.Resolved {
		if want := []string{"LE-0 owns 51 % of LE-1", "LE-1 owns 51 % of LE-2", "LE-2 owns 51 % of LE-3", "4993 links left out",
			"LE-4996 owns 51 % of LE-4997", "LE-4997 owns 51 % of LE-4998", "LE-4998 owns 51 % of LE-4999"}; x.Entity == "LE-4999" && !slices.Equal(x.Path, want) {
			t.Errorf("the chain to LE-4999 is %q", x.Path)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
