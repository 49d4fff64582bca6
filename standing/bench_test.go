package standing

import (
	"fmt"
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

type nowhere struct{}

func (nowhere) EstablishedIn(corridor.BIC) string { return "" }

func benchBIC(i int) corridor.BIC {
	return corridor.BIC(fmt.Sprintf("%c%c%c%cRUMM", 'A'+i/17576%26, 'A'+i/676%26, 'A'+i/26%26, 'A'+i%26))
}

// benchState has n orders in force over so many institutions; each order covers as many as every other, and every tenth has
// a licence and a scope of currencies.
func benchState(orders, bics int) *State {
	s := New("bench.corridor", "CRDRXXXX", nowhere{})
	per := bics / orders
	for i := range orders {
		o := &Order{ID: fmt.Sprintf("ORD-%d", i), Kind: Disconnect, Ground: "law", Effective: Effective{UTC: "2026-01-01T00:00:00Z"}, Bounds: Bounds{BICs: per}}
		if i%10 == 0 {
			o.Kind, o.Scope.Currencies = Restrict, []string{"USD", "EUR"}
			o.Carveouts = []Carveout{{Licence: "L-77", Currency: "EUR", Quote: "/LIC/L-77", Amount: "40000", WindowDays: 30}}
		}
		for k := range per {
			o.Subject.Resolved = append(o.Subject.Resolved, Resolved{BIC: benchBIC(i*per + k)})
		}
		r := &Record{Order: o, Phase: Published, Effect: o.Kind}
		s.orders[o.ID] = r
		s.ids = append(s.ids, o.ID)
		s.index(r)
		if err := s.ApplyFenced(corridor.Position{Page: uint64(i)}, 1, &entry.Fenced{Order: o.ID, What: entry.InForce}); err != nil {
			panic(err)
		}
	}
	return s
}

// BenchmarkDecide is the decision about one message with 1,000 orders in force over 20,000 institutions (target: under 2 µs).
func BenchmarkDecide(b *testing.B) {
	s := benchState(1000, 20000)
	inside := &corridor.Particulars{Amounts: []corridor.Amount{{Currency: "EUR", Value: "30000"}}, References: []string{"INV 12", "/LIC/L-77"}}
	for _, c := range []struct {
		name             string
		sender, receiver corridor.LT
	}{
		{"untouched", "MERIDEFFAXXX", "CEDRFRPPXXXX"},
		{"cut", "MERIDEFFAXXX", corridor.LTOf(benchBIC(25), 'X')},
		{"licensed", "MERIDEFFAXXX", corridor.LTOf(benchBIC(5), 'X')},
		{"both", corridor.LTOf(benchBIC(205), 'A'), corridor.LTOf(benchBIC(5), 'X')},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			m := &Message{Time: 2, Sender: c.sender, Receiver: c.receiver, Type: "fin.103", Particulars: inside}
			for b.Loop() {
				if t, _ := s.Touches(m.Sender, m.Receiver); t {
					s.Decide(m)
				}
			}
		})
	}
}
