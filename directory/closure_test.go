package directory_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"corridor.example/corridor"
	. "corridor.example/corridor/directory"
	"pgregory.net/rapid"
)

// graph is a small random graph of owners, rings and all.
type graph struct {
	ids    []EntityID
	abroad map[EntityID]bool // not established in RU
	member map[EntityID]bool
	shares []*Ownership
}

func drawGraph(t *rapid.T) graph {
	g := graph{abroad: map[EntityID]bool{}, member: map[EntityID]bool{}}
	for i := range rapid.IntRange(2, 6).Draw(t, "entities") {
		id := EntityID(fmt.Sprintf("E%d", i))
		g.ids = append(g.ids, id)
		g.abroad[id], g.member[id] = rapid.Bool().Draw(t, "abroad"), rapid.Bool().Draw(t, "member")
	}
	percent := rapid.SampledFrom([]corridor.Decimal{"", "0.00001", "10", "25", "30", "49.99999", "50", "50.00001", "60", "100"})
	for _, owner := range g.ids {
		for _, owned := range g.ids {
			for _, direct := range []bool{true, false} {
				if rapid.IntRange(0, 4).Draw(t, "is there") == 0 {
					from := rapid.SampledFrom([]Date{"2020-01-01", "2022-03-01", "2022-03-02"}).Draw(t, "from")
					to := rapid.SampledFrom([]Date{"", "", "2022-03-02"}).Draw(t, "to")
					g.shares = append(g.shares, &Ownership{Owner: owner, Owned: owned, Direct: direct, From: from, To: to, Percent: percent.Draw(t, "percent"), Control: rapid.IntRange(0, 5).Draw(t, "control") == 0})
				}
			}
		}
	}
	return g
}

func (g graph) directory(t testing.TB) *Directory {
	var all []Change
	for i, id := range g.ids {
		country := map[bool]string{false: "RU", true: "KZ"}[g.abroad[id]]
		all = append(all, entity(id, string(id), country))
		if g.member[id] {
			all = append(all, office(corridor.BIC(fmt.Sprintf("ZQZ%cRUMM", 'A'+i)), id))
		}
	}
	for _, s := range g.shares {
		all = append(all, Change{Ownership: s})
	}
	d := New()
	apply(t, d, all...)
	return d
}

func drawTest(t *rapid.T) Test {
	return Test{
		Percent: rapid.SampledFrom([]corridor.Decimal{"0", "25", "36", "50", "100"}).Draw(t, "percent"), Op: rapid.SampledFrom([]Op{More, AtLeast}).Draw(t, "op"),
		Aggregate: rapid.Bool().Draw(t, "aggregate"), Indirect: rapid.Bool().Draw(t, "indirect"), Control: rapid.Bool().Draw(t, "count control"),
		Chain: rapid.SampledFrom([]Chain{"", Wholly, Multiplied}).Draw(t, "chain"), EstablishedIn: rapid.SampledFrom([][]string{nil, {"RU"}}).Draw(t, "place"), AsOf: "2022-03-01",
	}
}

// judged is what the slow model says of one entity.
type judged struct {
	fraction   *big.Rat
	controlled bool
	unknown    bool
}

// slow works a closure out with fractions and whole matrices, one named group at a time.
func (g graph) slow(roots []EntityID, t Test) map[EntityID]judged {
	percent := func(owner, owned EntityID) (sum *big.Rat, there, known, control bool) {
		sum = new(big.Rat)
		for _, s := range g.shares {
			if s.Owner != owner || s.Owned != owned || owner == owned || s.From > t.AsOf || s.To != "" && s.To <= t.AsOf || !s.Direct && !t.Indirect {
				continue
			}
			there, control = true, control || s.Control
			if s.Percent != "" {
				p, _ := new(big.Rat).SetString(string(s.Percent) + "/1")
				if p == nil {
					p, _ = new(big.Rat).SetString(string(s.Percent))
				}
				if known = true; p.Cmp(sum) > 0 {
					sum = p
				}
			}
		}
		return sum, there, known, control
	}
	limit, _ := new(big.Rat).SetString(string(t.Percent))
	passes := func(j judged) bool {
		c := j.fraction.Cmp(limit)
		return c > 0 || c == 0 && t.Op == AtLeast || j.controlled && t.Control
	}
	add := func(out map[EntityID]judged, from, to EntityID, weight *big.Rat) {
		if p, there, known, control := percent(from, to); there {
			j, ok := out[to]
			if !ok {
				j.fraction = new(big.Rat)
			}
			j.fraction = new(big.Rat).Add(j.fraction, new(big.Rat).Mul(weight, p))
			j.controlled, j.unknown = j.controlled || control, j.unknown || !known
			out[to] = j
		}
	}
	one := big.NewRat(1, 1)
	if t.Chain != Multiplied {
		in := slices.Clone(roots)
		for {
			out := map[EntityID]judged{}
			for _, m := range in {
				if !t.Indirect && !slices.Contains(roots, m) {
					continue
				}
				for _, id := range g.ids {
					if !slices.Contains(roots, id) {
						add(out, m, id, one)
					}
				}
			}
			grew := false
			for _, id := range g.ids {
				if j, ok := out[id]; ok && passes(j) && !slices.Contains(in, id) {
					in, grew = append(in, id), true
				}
			}
			if !grew {
				return out
			}
		}
	}
	return g.slowMultiplied(roots, t, percent)
}

func (g graph) slowMultiplied(roots []EntityID, t Test, percent func(a, b EntityID) (*big.Rat, bool, bool, bool)) map[EntityID]judged {
	out, weights := map[EntityID]judged{}, map[EntityID]*big.Rat{}
	for _, r := range roots {
		weights[r] = big.NewRat(1, 1)
	}
	controlling := slices.Clone(roots)
	steps := 1
	if t.Indirect {
		steps = MaxChain
	}
	for range steps {
		next := map[EntityID]*big.Rat{}
		for from, w := range weights {
			for _, to := range g.ids {
				p, there, known, _ := percent(from, to)
				if !there || slices.Contains(roots, to) {
					continue
				}
				j, ok := out[to]
				if !ok {
					j.fraction = new(big.Rat)
				}
				part := new(big.Rat).Mul(w, p)
				j.fraction, j.unknown = new(big.Rat).Add(j.fraction, part), j.unknown || !known
				out[to] = j
				if part.Quo(part, big.NewRat(100, 1)); part.Sign() > 0 {
					if next[to] == nil {
						next[to] = new(big.Rat)
					}
					next[to].Add(next[to], part)
				}
			}
		}
		weights = next
	}
	for i := 0; i < len(controlling); i++ {
		if i >= len(roots) && !t.Indirect {
			break
		}
		for _, to := range g.ids {
			if _, there, known, control := percent(controlling[i], to); there && control && !slices.Contains(roots, to) {
				j, ok := out[to]
				if !ok {
					j.fraction, j.unknown = new(big.Rat), !known
				}
				j.controlled = true
				out[to] = j
				if !slices.Contains(controlling, to) {
					controlling = append(controlling, to)
				}
			}
		}
	}
	return out
}

// truncated is a fraction with five digits, cut off, as the closure writes it.
func truncated(f *big.Rat) corridor.Decimal {
	n := new(big.Int).Quo(new(big.Int).Mul(f.Num(), big.NewInt(100_000)), f.Denom())
	s := fmt.Sprintf("%06s", n)
	return corridor.Decimal(strings.TrimSuffix(strings.TrimRight(s[:len(s)-5]+"."+s[len(s)-5:], "0"), "."))
}

// A closure agrees with the slow model on every entity: whether it is in, its share, and the reason.
func TestClosureIsTheSlowModels(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		g, test := drawGraph(r), drawTest(r)
		roots := g.ids[:rapid.IntRange(1, min(3, len(g.ids))).Draw(r, "named")]
		got, err := g.directory(t).Closure(roots, test)
		noErrorRapid(r, err)
		want, fractions := map[EntityID]string{}, map[EntityID]*big.Rat{}
		for i := range roots {
			group := roots[i : i+1]
			if test.Aggregate {
				group = roots
			}
			for id, j := range g.slow(group, test) {
				line := g.line(id, j, test)
				if slices.Contains(roots, id) {
					continue
				}
				if old, ok := want[id]; !ok || ranks(line, old, j.fraction.Cmp(fractions[id])) {
					want[id], fractions[id] = line, j.fraction
				}
			}
		}
		for _, o := range got[len(roots):] {
			line := fmt.Sprintf("%t %s %s", passesTest(o), shown(o.Effective), o.Why)
			if line != want[o.Entity] {
				r.Fatalf("%s: closure %s, model %s\n%+v", o.Entity, line, want[o.Entity], test)
			}
			delete(want, o.Entity)
		}
		if len(want) > 0 {
			r.Fatalf("the closure has no %v", want)
		}
	})
}

func noErrorRapid(r *rapid.T, err error) {
	if err != nil {
		r.Fatal(err)
	}
}

func shown(d corridor.Decimal) corridor.Decimal {
	if d == "" {
		return "0"
	}
	return d
}

// passesTest reports that the ownership passed, whatever became of it for the place or for want of a BIC.
func passesTest(o Owned) bool { return o.In || o.Why == NotThere || o.Why == NotAMember }

// line is the model's verdict in words.
func (g graph) line(id EntityID, j judged, t Test) string {
	limit, _ := new(big.Rat).SetString(string(t.Percent))
	c := j.fraction.Cmp(limit)
	why, passed := BelowThreshold, false
	switch {
	case c > 0 || c == 0 && t.Op == AtLeast:
		why, passed = OwnedBy, true
	case j.controlled && t.Control:
		why, passed = ControlledBy, true
	case j.controlled:
		why = ControlOnly
	case j.unknown:
		why = ShareNotKnown
	}
	switch {
	case passed && len(t.EstablishedIn) > 0 && g.abroad[id]:
		why = NotThere
	case passed && !g.member[id]:
		why = NotAMember
	}
	return fmt.Sprintf("%t %s %s", passed, truncated(j.fraction), why)
}

// ranks says that one owner's verdict is reported rather than an earlier one's: it passes, its share is larger (c is how the two
// compare), or it controls.
func ranks(line, old string, c int) bool {
	if passes, before := strings.HasPrefix(line, "true"), strings.HasPrefix(old, "true"); passes != before {
		return passes
	}
	return c > 0 || c == 0 && strings.Contains(line, string(ControlledBy)) && !strings.Contains(old, string(ControlledBy))
}

// The order of the changes in the journal has no influence on a closure.
func TestClosureDoesNotDependOnTheOrderOfChanges(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		g, test := drawGraph(r), drawTest(r)
		a, err := g.directory(t).Closure(g.ids[:1], test)
		noErrorRapid(r, err)
		slices.Reverse(g.shares)
		b, err := g.directory(t).Closure(g.ids[:1], test)
		noErrorRapid(r, err)
		if fmt.Sprint(withPaths(a)) != fmt.Sprint(withPaths(b)) {
			r.Fatalf("%v\n%v", withPaths(a), withPaths(b))
		}
	})
}

func withPaths(all []Owned) (out []string) {
	for _, o := range all {
		out = append(out, fmt.Sprint(o.Entity, o.In, o.Why, o.Effective, o.Root, o.Holdings, o.Paths()))
	}
	return out
}

// A chain and a ring of 10,000 owners: the closure ends, and its paths are short enough to read.
func TestClosureOfTenThousandInARow(t *testing.T) {
	const n = 10_000
	all := make([]Change, 0, 2*n)
	id := func(i int) EntityID { return EntityID(fmt.Sprintf("E%d", i)) }
	for i := range n {
		all = append(all, entity(id(i), fmt.Sprint("Firm ", i), "RU"))
	}
	for i := range n {
		all = append(all, owns(id(i), "51", id((i+1)%n)))
	}
	d := loaded(t, all)
	got, err := d.Closure([]EntityID{id(0)}, Test{Percent: "50", Op: More, Indirect: true, AsOf: "2022-03-01"})
	noError(t, err)
	if len(got) != n {
		t.Fatalf("%d of %d", len(got), n)
	}
	for _, o := range got {
		for _, p := range o.Paths() {
			if len(p.Steps) > MaxPathSteps || p.Steps[0].Owner != id(0) || p.Steps[len(p.Steps)-1].Owned != o.Entity {
				t.Fatalf("%s: %v", o.Entity, p)
			}
			if o.Entity == id(9000) && (len(p.Steps) != MaxPathSteps || p.LeftOut != 9000-MaxPathSteps) {
				t.Fatalf("%s: %d steps shown, %d left out", o.Entity, len(p.Steps), p.LeftOut)
			}
		}
	}
	if _, err = d.Closure([]EntityID{id(0)}, Test{Percent: "50", Op: More, Indirect: true, Chain: Multiplied, AsOf: "2022-03-01"}); err != nil {
		t.Fatal(err)
	}
}

// loaded is a directory of more records than an act takes.
func loaded(t testing.TB, all []Change) *Directory {
	t.Helper()
	d, f := Load(1, all)
	if f != nil {
		t.Fatal(f)
	}
	return d
}

// wide is a directory of the requirement's size: 100,000 entities and 300,000 shares, with rings, all of it below the first.
func wide(b *testing.B) *Directory {
	const entities, shares = 100_000, 300_000
	id := func(i int) EntityID { return EntityID(fmt.Sprintf("E%d", i%entities)) }
	var all []Change
	for i := range entities {
		all = append(all, entity(id(i), fmt.Sprint("Firm ", i), "RU"))
	}
	seen := map[[2]EntityID]bool{}
	for i := 1; len(seen) < shares; i++ {
		owner, owned, percent := id(i*7919), id(i*104729+i/entities), corridor.Decimal("10")
		if i < entities {
			owner, owned, percent = id((i-1)/3), id(i), "51"
		}
		if p := [2]EntityID{owner, owned}; !seen[p] {
			seen[p] = true
			all = append(all, owns(owner, percent, owned))
		}
	}
	d, f := Load(1, all)
	if f != nil {
		b.Fatal(f)
	}
	return d
}

func BenchmarkClosure(b *testing.B) {
	d := wide(b)
	for b.Loop() {
		got, err := d.Closure([]EntityID{"E0"}, Test{Percent: "50", Op: More, Indirect: true, Aggregate: true, AsOf: "2022-03-01"})
		if err != nil || len(got) < 99_000 {
			b.Fatal(len(got), err)
		}
	}
}

func BenchmarkClone(b *testing.B) {
	d := wide(b)
	for b.Loop() {
		d.Clone()
	}
}

func BenchmarkLoad(b *testing.B) {
	all := wide(b).Records()
	for b.Loop() {
		if _, f := Load(1, all); f != nil {
			b.Fatal(f)
		}
	}
}
