package directory_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"corridor.example/corridor"
	. "corridor.example/corridor/directory"
	"corridor.example/corridor/internal/canonical"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawChange is a change that may be refused.
func drawChange(t *rapid.T) Change {
	id := rapid.SampledFrom([]EntityID{"A", "B", "C", "NOBODY"})
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		c := entity(id.Draw(t, "id"), rapid.SampledFrom([]string{"Vostrova <Bank> & Söhne", "Gazolin", "Österreichische"}).Draw(t, "name"), rapid.SampledFrom([]string{"RU", "AT"}).Draw(t, "country"))
		c.Entity.OtherNames = rapid.SampledFrom([][]string{nil, {"Восток"}, {"One", "Two"}}).Draw(t, "other names")
		c.Entity.LEI = rapid.SampledFrom([]string{"", "", "NTAA00CORRIDOR000161", "5493001KJTIIGC8Y1R12"}).Draw(t, "lei")
		return c
	case 1:
		c := office(rapid.SampledFrom([]corridor.BIC{"ZQVARUMM", "ZQGARUMM"}).Draw(t, "bic"), id.Draw(t, "owner"))
		c.Office.Gateway = rapid.SampledFrom([]string{"", "ZQBUBEBB", "OTHER"}).Draw(t, "gateway")
		c.Office.City = rapid.SampledFrom([]string{"", "Moscow"}).Draw(t, "city")
		c.Office.Terminals = rapid.SampledFrom([][]string{nil, {"A"}, {"A", "B"}}).Draw(t, "terminals")
		c.Office.Services = rapid.SampledFrom([][]Service{nil, {{Name: "fin", Types: []corridor.MessageType{"fin.103"}}, {Name: "mx"}}}).Draw(t, "services")
		if rapid.Bool().Draw(t, "withdrawn") {
			c.Office.Status, c.Office.From = Withdrawn, Instant(rapid.Int64Range(1, 1e18).Draw(t, "from"))
		}
		return c
	case 2:
		return branch(rapid.SampledFrom([]corridor.BIC{"ZQVARUMMSPB", "ZQGARUMMNSK"}).Draw(t, "branch"), "A branch")
	}
	c := owns(id.Draw(t, "owner"), rapid.SampledFrom([]corridor.Decimal{"", "50", "50.01"}).Draw(t, "percent"), id.Draw(t, "owned"))
	c.Ownership.From = rapid.SampledFrom([]Date{"2020-01-01", "2021-01-01"}).Draw(t, "from")
	c.Ownership.To = rapid.SampledFrom([]Date{"", "2021-01-01"}).Draw(t, "to")
	c.Ownership.Control, c.Ownership.Direct = rapid.Bool().Draw(t, "control"), rapid.Bool().Draw(t, "direct")
	c.Ownership.Source = rapid.SampledFrom([]string{"", "register, page 7"}).Draw(t, "source")
	return c
}

// play plays random acts and standings on a directory.
func playRandomly(t *rapid.T, d *Directory) {
	for range rapid.IntRange(0, 12).Draw(t, "acts") {
		if rapid.IntRange(0, 5).Draw(t, "standing") == 0 {
			d.SetStanding(corridor.Position{}, rapid.SampledFrom([]corridor.BIC{"ZQVARUMM", "ZQNERUMM"}).Draw(t, "bic"), rapid.SampledFrom([]Status{Active, Suspended}).Draw(t, "status"), rapid.Int64Range(1, 1e18).Draw(t, "at"))
			continue
		}
		changes := rapid.SliceOfN(rapid.Custom(drawChange), 1, 4).Draw(t, "changes")
		body, err := canonical.Marshal(Body{Changes: changes})
		noErrorRapid(t, err)
		before := d.Clone()
		if f := d.Check(body); f != nil {
			same(t, before, d)
			continue
		}
		noErrorRapid(t, d.Apply(corridor.Position{Page: d.Version()}, 5, body))
		if d.Version() != before.Version()+1 {
			t.Fatalf("version %d after %d", d.Version(), before.Version())
		}
	}
}

// same asks that two directories have the same records, digests and answers.
func same(t *rapid.T, a, b *Directory) {
	t.Helper()
	if diff := cmp.Diff(a.Records(), b.Records()); diff != "" {
		t.Fatal(diff)
	}
	if a.Digest() != b.Digest() {
		t.Fatalf("the same records have the digests %v and %v", a.Digest(), b.Digest())
	}
	answers := func(d *Directory) string {
		return fmt.Sprint(d.Members(), d.Branches("ZQVARUMM"), d.OnGateway("ZQBUBEBB"), d.OnGateway("OTHER"), d.OfficesOf("A"), d.OfficesOf("B"),
			d.ByLEI("NTAA00CORRIDOR000161"), d.ByLEI("5493001KJTIIGC8Y1R12"), d.LookUp("ZQVARUMM"), d.LookUp("ZQGARUMMNSK"), texts(d.Owners("A")), texts(d.Owns("A")))
	}
	if answers(a) != answers(b) {
		t.Fatalf("the same records give\n%s\n%s", answers(a), answers(b))
	}
}

func texts(all []*Ownership) (out []string) {
	for _, o := range all {
		out = append(out, string(Change{Ownership: o}.JSON()))
	}
	return out
}

// A directory that is loaded from its own records is the same one, and goes on as the same one.
func TestARecordedDirectoryIsTheSame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := New()
		playRandomly(r, d)
		again, f := Load(d.Version(), d.Records())
		if f != nil {
			r.Fatal(f)
		}
		same(r, d, again)
	})
}

// What happens to a copy does not show in the original, and the other way round.
func TestACloneIsIndependent(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := New()
		playRandomly(r, d)
		before, f := Load(d.Version(), d.Records())
		if f != nil {
			r.Fatal(f)
		}
		c := d.Clone()
		playRandomly(r, c)
		same(r, before, d)
		before, _ = Load(c.Version(), c.Records())
		playRandomly(r, d)
		same(r, before, c)
	})
}

// Shares that a copy and its original add to the same owner do not meet in one place of memory.
func TestSharesOfACloneAreItsOwn(t *testing.T) {
	d := New()
	apply(t, d, entity("A", "A", "DE"), entity("B", "B", "DE"), entity("C", "C", "DE"), entity("D", "D", "DE"), entity("E", "E", "DE"), entity("F", "F", "DE"))
	apply(t, d, owns("A", "10", "B"))
	apply(t, d, owns("A", "10", "C"))
	apply(t, d, owns("A", "10", "D"))
	c := d.Clone()
	apply(t, d, owns("A", "20", "E"))
	apply(t, c, owns("A", "30", "F"))
	if got := d.Owns("A")[3]; got.Owned != "E" {
		t.Errorf("the original has the copy's share of %s", got.Owned)
	}
	if got := c.Owns("A")[3]; got.Owned != "F" {
		t.Errorf("the copy has the original's share of %s", got.Owned)
	}
}

// A LEI moves from one entity to another in one act, whichever of the two is written first.
func TestALEIMovesInOneAct(t *testing.T) {
	for range 30 {
		d := New()
		a, b := entity("A", "A", "DE"), entity("B", "B", "DE")
		a.Entity.LEI = "NTAA00CORRIDOR000161"
		apply(t, d, a, b)
		b = entity("B", "B", "DE")
		b.Entity.LEI = "NTAA00CORRIDOR000161"
		apply(t, d, entity("A", "A", "DE"), b)
		if e := d.ByLEI("NTAA00CORRIDOR000161"); e == nil || e.ID != "B" {
			t.Fatalf("the LEI is %v's", e)
		}
	}
}

// A record's plain JSON is its canonical form, which its digest is made of.
func TestRecordsAreCanonical(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := drawChange(r)
		if rapid.Bool().Draw(r, "standing") {
			c = Change{Standing: &Standing{BIC: "ZQVARUMM", Status: Suspended, From: Instant(rapid.Int64Range(1, 1e18).Draw(r, "from"))}}
		}
		want, err := canonical.Marshal(c)
		noErrorRapid(r, err)
		b := Body{Announce: true, Changes: []Change{c}}
		whole, err := canonical.Marshal(b)
		noErrorRapid(r, err)
		if !bytes.Equal(c.JSON(), want) || !bytes.Equal(b.JSON(), whole) {
			r.Fatalf("plain     %s\ncanonical %s", c.JSON(), want)
		}
	})
}

// The digest's rule, worked out by hand from the records: what another program would do.
func TestDigestIsTheRuleOfTheForm(t *testing.T) {
	d := acceptance(t)
	d.SetStanding(corridor.Position{}, "ZQVARUMM", Suspended, 1)
	var parts [1024][]corridor.Digest
	for _, c := range d.Records() {
		record := corridor.DigestOf(c.JSON())
		n := (int(record[0])*256 + int(record[1])) / 64
		parts[n] = append(parts[n], record)
	}
	sum := []byte(Form + "\n")
	for _, p := range parts {
		slices.SortFunc(p, func(a, b corridor.Digest) int { return bytes.Compare(a[:], b[:]) })
		var joined []byte
		for _, r := range p {
			joined = append(joined, r[:]...)
		}
		part := corridor.DigestOf(joined)
		sum = append(sum, part[:]...)
	}
	if want := corridor.DigestOf(sum); d.Digest() != want {
		t.Errorf("digest %v, by hand %v", d.Digest(), want)
	}
	if want := "c066962f97"; d.Digest().String()[:10] != want {
		t.Errorf("the form of records or of the digest has changed: %v, recorded %s…", d.Digest(), want)
	}
}

// Every fault of the table is said somewhere in the tests' texts.
func TestEveryFaultIsReached(t *testing.T) {
	d := New()
	full := make([]Change, MaxChanges+1)
	for i := range full {
		full[i] = entity(EntityID(fmt.Sprint("E", i)), "Firm", "DE")
	}
	faults := map[string]bool{FaultTooMuch: d.Check(act(t, full...)).Code == FaultTooMuch, FaultFull: true} // the directory is never full in a test
	for _, in := range scripts(t) {
		for _, info := range Faults() {
			if bytes.Contains(in, []byte("\n"+info.Code+" ")) || bytes.Contains(in, []byte("\n"+info.Code+":")) {
				faults[info.Code] = true
			}
		}
	}
	for _, info := range Faults() {
		if !faults[info.Code] {
			t.Errorf("no test reaches %s: %s", info.Code, info.Text)
		}
	}
}

// FuzzBody asks that any bytes are refused or taken without harm, and that what was taken is a directory that loads again.
func FuzzBody(f *testing.F) {
	d := acceptance(f)
	for _, c := range d.Records() {
		f.Add([]byte(`{"announce":false,"changes":[` + string(c.JSON()) + `]}`))
	}
	f.Add([]byte(`{"announce":true,"changes":[]}`))
	f.Add([]byte(`{"announce":false,"changes":[{"standing":{"bic":"ZQVARUMM","from":"2022-03-11T23:00:00Z","status":"active"}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e := d.Clone()
		fault := e.Check(body)
		if err := e.Apply(corridor.Position{}, 1, body); (err == nil) != (fault == nil) {
			t.Fatalf("Check says %v, Apply %v", fault, err)
		}
		if fault != nil {
			if e.Digest() != d.Digest() || len(fault.Text) > corridor.MaxFaultText {
				t.Fatal("a refused body changed the directory, or the refusal is too long")
			}
			return
		}
		again, f := Load(1, e.Records())
		if f != nil || again.Digest() != e.Digest() {
			t.Fatalf("what was taken does not load again: %v", f)
		}
	})
}
