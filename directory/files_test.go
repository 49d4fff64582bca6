package directory_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"corridor.example/corridor"
	. "corridor.example/corridor/directory"
	"corridor.example/corridor/directory/files"
	"pgregory.net/rapid"
)

// forms are the two forms of a dated file.
var forms = map[string]func(io.Writer, *Directory, Date) error{"CSV": files.WriteCSV, "JSON": files.WriteJSON}

// A directory that is written as a file and read back is the same one, to the byte of the next file; imported into an empty
// directory by its acts it is the same one too, but for what only orders do.
func TestAFileIsReadBackTheSame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := New()
		playRandomly(r, d)
		at, _ := d.Changed()
		for form, write := range forms {
			var text, again bytes.Buffer
			noErrorRapid(r, write(&text, d, "2026-11-24"))
			f, err := files.Read(bytes.NewReader(text.Bytes()), "a file", New())
			noErrorRapid(r, err)
			if f.Head != (files.Head{Version: d.Version(), Digest: d.Digest(), Date: "2026-11-24", Position: at}) {
				r.Fatalf("%s: %+v", form, f.Head)
			}
			back, err := f.Directory()
			noErrorRapid(r, err)
			same(r, d, back)
			noErrorRapid(r, write(&again, back, f.Head.Date))
			if !bytes.Equal(text.Bytes(), again.Bytes()) {
				r.Fatalf("%s\n%s", &text, &again)
			}
			p, err := files.Diff(New(), f, false)
			noErrorRapid(r, err)
			same(r, withoutStandings(r, d), p.After)
			if p, err = files.Diff(d, f, false); err != nil || len(p.Changes) != 0 {
				r.Fatalf("%s: the directory lacks %v of its own file, %v", form, p, err)
			}
		}
	})
}

func withoutStandings(r *rapid.T, d *Directory) *Directory {
	var all []Change
	for _, c := range d.Records() {
		if c.Standing == nil {
			all = append(all, c)
		}
	}
	again, f := Load(0, all)
	if f != nil {
		r.Fatal(f)
	}
	return again
}

// A file whose records are not those that its head speaks of is refused.
func TestAnAlteredFileIsRefused(t *testing.T) {
	for form, write := range forms {
		var text bytes.Buffer
		noError(t, write(&text, acceptance(t), "2026-11-24"))
		altered := bytes.Replace(text.Bytes(), []byte("Sberovsk"), []byte("Sberowsk"), 1)
		f, err := files.Read(bytes.NewReader(altered), "a file", New())
		noError(t, err)
		if _, err := f.Directory(); err == nil {
			t.Errorf("%s: taken", form)
		}
	}
}

// Many changes are cut into acts, each as large as an act may be, and the acts in their order make the whole.
func TestManyChangesAreSeveralActs(t *testing.T) {
	var all []Change
	for i := range 2*MaxChanges + 1 {
		all = append(all, entity(EntityID(fmt.Sprint("E", i)), "A firm of many, with a name so long that acts are full by their size", "DE"))
	}
	big := loaded(t, all)
	var text bytes.Buffer
	noError(t, files.WriteCSV(&text, big, "2026-11-24"))
	f, err := files.Read(&text, "a file", New())
	noError(t, err)
	p, err := files.Diff(New(), f, true)
	noError(t, err)
	d := New()
	for _, b := range p.Bodies {
		noError(t, d.Apply(corridor.Position{}, 1, b))
	}
	if len(p.Bodies) < 3 || d.Digest() != big.Digest() {
		t.Errorf("%d acts, digest %v, want %v", len(p.Bodies), d.Digest(), big.Digest())
	}
	if announced := bytes.Count(bytes.Join(p.Bodies, nil), []byte(`"announce":true`)); announced != 1 || !bytes.Contains(p.Bodies[len(p.Bodies)-1], []byte(`"announce":true`)) {
		t.Errorf("%d acts are announced, want the last one", announced)
	}
}

// FuzzFile asks that any file is refused or read without harm, and what was read can be planned or is refused with its place.
func FuzzFile(f *testing.F) {
	d := acceptance(f)
	for _, write := range forms {
		var text bytes.Buffer
		noError(f, write(&text, d, "2026-11-24"))
		f.Add(text.Bytes())
	}
	f.Add([]byte("entity,name,country\nLE-N,\"Neu, Bank\",DE\nbic,owner\nZQNEDEFF,LE-N\n"))
	f.Add([]byte("Relationship.StartNode.NodeID,Relationship.EndNode.NodeID,Relationship.RelationshipType\n1,2,IS_DIRECTLY_CONSOLIDATED_BY\n"))
	f.Add([]byte("\xEF\xBB\xBFLEI,Entity.LegalName,Entity.LegalAddress.Country\nHWUPKR0MPOU8FGXBT394,Hafen AG,DE\n"))
	f.Add([]byte(`{"relations":[{"Relationship":{"StartNode":{"NodeID":{"$":"HWUPKR0MPOU8FGXBT394"}},"RelationshipType":{"$":"IS_DIRECTLY_CONSOLIDATED_BY"}}}]}`))
	f.Add([]byte(`{"records":[{"LEI":{"$":"HWUPKR0MPOU8FGXBT394"},"Entity":{"LegalName":{"$":"Hafen AG"},"LegalAddress":{"Country":{"$":"DE"}}}}]}`))
	f.Add([]byte(`[{"standing":{"bic":"ZQVARUMM","from":"2022-03-11T23:00:00Z","status":"active"}}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		before := d.Digest()
		file, err := files.Read(bytes.NewReader(text), "a file", d)
		if err != nil {
			return
		}
		if p, err := files.Diff(d, file, false); err == nil && len(p.Changes) > 0 && p.After.Version() == d.Version() {
			t.Fatal("changes that change nothing")
		}
		_, _ = file.Directory()
		if d.Digest() != before {
			t.Fatal("reading a file changed the directory")
		}
	})
}
