package archive

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// generator makes archives of any size from a seed, without a journal: the rows are as a follower would have written them.
type generator struct {
	random  *rand.Rand
	members []corridor.BIC
	number  uint64
	isn     corridor.ISN
}

// generated has 24 countries; each member of every tenth country's is "RU".
func newGenerator(seed uint64, members int) *generator {
	g := &generator{random: rand.New(rand.NewPCG(seed, 1))}
	countries := []string{"DE", "FR", "US", "GB", "JP", "IT", "ES", "NL", "RU", "TR", "BE", "CH"}
	for i := range members {
		g.members = append(g.members, corridor.BIC(fmt.Sprintf("ZQ%c%c%sMM", 'A'+i/26%26, 'A'+i%26, countries[i%len(countries)])))
	}
	return g
}

// member is drawn so that a few have much of the traffic.
func (g *generator) member() corridor.BIC {
	x := g.random.Float64()
	return g.members[int(x*x*float64(len(g.members)))]
}

var (
	generatedTypes      = []corridor.MessageType{"fin.103", "fin.103", "fin.103", "fin.202", "fin.202.COV", "fin.940", "fin.192", "pacs.008.001.08", "pacs.008.001.08", "pacs.009.001.08"}
	generatedCurrencies = []string{"EUR", "EUR", "EUR", "USD", "USD", "GBP", "JPY"}
)

// message is one message at a time, nearly always delivered a second later.
func (g *generator) message(id, at int64) *message {
	g.isn++
	from, to := g.member(), g.member()
	for from == to {
		to = g.member()
	}
	t := generatedTypes[g.random.IntN(len(generatedTypes))]
	m := &message{id: id, at: at, origin: "member", session: 1, state: change{outcome: Delivered, terminal: string(corridor.LTOf(to, 'A')), osn: int64(g.isn), session: 1, attempts: 1, assigned: at, done: at + 1000}}
	m.sub = entry.Submission{Sender: corridor.LTOf(from, 'A'), Receiver: corridor.LTOf(to, 'X'), Number: g.isn, Type: t, Priority: corridor.Normal,
		Reference: corridor.Reference("REF" + strconv.FormatUint(g.random.Uint64(), 36)), PayloadSize: 600,
		UETR: corridor.UETR(fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", g.random.Uint32(), g.random.Uint32()>>16, g.random.Uint32()>>20, g.random.Uint32()>>20, g.random.Uint64()>>16))}
	whole := g.random.Int64N(100_000)
	m.p = corridor.Particulars{Answer: t == "fin.940" || t == "fin.192", ValueDate: time.UnixMilli(at).UTC().Format(time.DateOnly),
		Amounts: []corridor.Amount{{Currency: generatedCurrencies[g.random.IntN(len(generatedCurrencies))], Value: corridor.Decimal(strconv.FormatInt(whole, 10))}}}
	m.whole = whole
	m.refs = string(m.sub.Reference)
	if g.random.IntN(100) < 20 {
		m.p.Agents = []corridor.BIC{g.member()}
	}
	if g.random.IntN(1000) == 0 {
		m.refs += "\n/LIC/L-77"
	}
	if g.random.IntN(1000) == 0 {
		m.state = change{outcome: Accepted}
	}
	if g.random.IntN(200) == 0 {
		m.p.Amounts = append(m.p.Amounts, corridor.Amount{Currency: generatedCurrencies[g.random.IntN(len(generatedCurrencies))], Value: "17.25"})
	}
	return m
}

// fill writes messages spread over days, the last of which ends with the archive's newest page.
func (g *generator) fill(t testing.TB, a *Archive, messages, days int) {
	t.Helper()
	w, err := a.newWriter(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	const page = 4000
	start := testStart.Truncate(24 * time.Hour).UnixMilli()
	for done := 0; done <= messages; done += page {
		at := start + int64(float64(done)/float64(messages)*float64(days)*dayMillis)
		p := &pageRows{number: g.number, network: "bench.corridor", at: at, previous: w.place.Hash, hash: corridor.DigestOf([]byte(strconv.Itoa(done)))}
		g.number++
		for i := range min(page, messages-done) {
			p.messages = append(p.messages, g.message(idOf(corridor.Position{Page: p.number, Index: uint32(i)}), at))
		}
		if err := w.add(p); err != nil {
			t.Fatal(err)
		}
		if err := w.flush(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

// directory has the members, each its own entity; every twentieth is owned by the one before.
func (g *generator) directory(t testing.TB) *directory.Directory {
	t.Helper()
	var all []directory.Change
	for i, b := range g.members {
		id := directory.EntityID(fmt.Sprintf("LE-%04d", i))
		all = append(all, directory.Change{Entity: &directory.Entity{ID: id, Name: fmt.Sprintf("Generated Institution %c%c%d", 'A'+i%26, 'A'+i*7%26, i), Country: b.Country(), Status: directory.Active}},
			directory.Change{Office: &directory.Office{BIC: b, Entity: id, Status: directory.Active}})
		if i%20 == 1 {
			all = append(all, directory.Change{Ownership: &directory.Ownership{Owner: directory.EntityID(fmt.Sprintf("LE-%04d", i-1)), Owned: id, Percent: "60", Direct: true, From: "2015-01-01"}})
		}
	}
	d, fault := directory.Load(1, all)
	if fault != nil {
		t.Fatal(fault)
	}
	return d
}

// benchQuestion asks of an order against a country's members, with a licence.
func benchQuestion(t testing.TB, g *generator) Question {
	return Question{Directory: g.directory(t), Order: &standing.Order{
		ID: "ORD-BENCH", Kind: standing.Disconnect, Ground: "law", Effective: standing.Effective{UTC: "2026-04-05T00:00:00Z"},
		Instruments: []standing.Instrument{{Issuer: "Council", Number: "1", Published: "2026-03-20", SHA256: fmt.Sprintf("%064x", 1)}},
		Subject:     standing.Subject{Countries: []standing.Country{{Country: "RU", Test: "either"}}},
		Carveouts:   []standing.Carveout{{Licence: "L-77", Types: []string{"fin.103", "pacs.008"}, Currency: "EUR", Quote: "/LIC/L-77", Amount: "1000000", WindowDays: 30}},
	}}
}

// BenchmarkDryRun is one dry run of an order against a country's members, with a licence. CORRIDOR_ARCHIVE_ROWS says how many
// messages the archive has (300,000 without), and CORRIDOR_ARCHIVE where it is kept for the next time.
func BenchmarkDryRun(b *testing.B) {
	rows := 300_000
	if s := os.Getenv("CORRIDOR_ARCHIVE_ROWS"); s != "" {
		rows, _ = strconv.Atoi(s)
	}
	path := filepath.Join(b.TempDir(), "archive.db")
	if s := os.Getenv("CORRIDOR_ARCHIVE"); s != "" {
		path = s
	}
	a := openArchive(b, path, Options{})
	g := newGenerator(7, 500)
	if p, err := a.Place(b.Context()); err != nil {
		b.Fatal(err)
	} else if p.Pages == 0 {
		start := time.Now()
		g.fill(b, a, rows, 31)
		b.Logf("%d messages written in %v", rows, time.Since(start).Round(time.Second))
	}
	q := benchQuestion(b, g)
	var last string
	at := time.Now()
	q.Log = func(step string) {
		if last != "" {
			b.Logf("%-16s %v", last, time.Since(at).Round(time.Millisecond))
		}
		last, at = step, time.Now()
	}
	for b.Loop() {
		r, err := a.DryRun(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("%d subjects, %d messages in scope, share %s, nested %d", r.Limits.BICs, r.Impact.InScope.Messages, r.Impact.Share, r.Nested.Messages)
	}
	b.ReportMetric(float64(rows), "rows")
}
