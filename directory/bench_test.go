package directory_test

import (
	"fmt"
	"testing"

	"corridor.example/corridor"
	. "corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
)

// field is a directory of about the size of the field's: 20,000 institutions, each with an owner.
func field(b testing.TB) *Directory {
	var all []Change
	for i := range 20_000 {
		all = append(all, entity(EntityID(fmt.Sprintf("E%d", i)), fmt.Sprint("Institution ", i), "DE"))
	}
	for i := range 20_000 {
		all = append(all, office(bicOf(i), EntityID(fmt.Sprintf("E%d", i))))
		if i > 0 {
			all = append(all, owns(EntityID(fmt.Sprintf("E%d", i/2)), "50.1", EntityID(fmt.Sprintf("E%d", i))))
		}
	}
	return loaded(b, all)
}

// bicOf is the i-th of many invented BICs.
func bicOf(i int) corridor.BIC {
	return corridor.BIC([]byte{'Z', byte('A' + i/676%26), byte('A' + i/26%26), byte('A' + i%26), 'D', 'E', byte('A' + i/17576%26), 'Q'})
}

// BenchmarkApplyLargestAct is an act as large as one may be: what a hub's heart is busy with at once.
func BenchmarkApplyLargestAct(b *testing.B) {
	d := field(b)
	var all []Change
	for size, i := 100, 0; ; i++ {
		c := entity(EntityID(fmt.Sprintf("E%d", i)), fmt.Sprintf("Institution %d of a longer name than before", i), "DE")
		if size += len(c.JSON()) + 1; size > entry.MaxActBody || i == MaxChanges {
			break
		}
		all = append(all, c)
	}
	body := act(b, all...)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if err := d.Clone().Apply(corridor.Position{}, 1, body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCloneOfTheField(b *testing.B) {
	d := field(b)
	for b.Loop() {
		d.Clone()
	}
}

// BenchmarkStandings is a country order over 300 members at its fence.
func BenchmarkStandings(b *testing.B) {
	d := field(b)
	at := int64(1)
	for b.Loop() {
		at++
		for i := range 300 {
			d.SetStanding(corridor.Position{}, bicOf(i), Suspended, at)
		}
	}
}

func BenchmarkStatus(b *testing.B) {
	d := field(b)
	for i := 0; b.Loop(); i++ {
		if s, _ := d.Status(bicOf(i % 20_000)); s != Active || d.EstablishedIn(bicOf(i%20_000)) != "DE" {
			b.Fatal(s)
		}
	}
}

func BenchmarkLookAlikes(b *testing.B) {
	d := field(b)
	for b.Loop() {
		if _, err := d.LookAlikes(Subject{Names: []string{"Institution 77", "Bank for Development and Reconstruction"}}, DefaultSimilarity); err != nil {
			b.Fatal(err)
		}
	}
}
