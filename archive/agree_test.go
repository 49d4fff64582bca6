package archive

import (
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/standing"
	"pgregory.net/rapid"
)

var agreeBICs = []corridor.BIC{"ZQAARUMM", "ZQABRUMM", "ZQACUAUK", "ZQADDEFF", "ZQAEFRPP"}

// A dry run counts what standing's own decision comes to, for any order and traffic: the SQL is another way to say the same.
func TestDryRunAgreesWithDecide(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		d := agreeDirectory(t)
		o := drawOrder(t)
		messages := drawTraffic(t)
		runs++
		a := agreeArchive(t, filepath.Join(dir, strconv.Itoa(runs)), messages)
		defer a.Close()
		r, err := a.DryRun(context.Background(), Question{Order: o, Directory: d, Until: testStart.AddDate(0, 0, 2).Format(time.DateOnly), Days: 3})
		if err != nil {
			t.Fatal(err)
		}
		want := map[entry.Ruling]int64{}
		s := inForce(t, o, d)
		for _, m := range messages {
			x := &standing.Message{Time: m.at * 1e6, Sender: m.sub.Sender, Receiver: m.sub.Receiver, Type: m.sub.Type, Particulars: &m.p}
			v := s.Decide(x)
			if v.Rule == standing.RuleNone || len(v.Orders) == 0 || v.Outcome == entry.Passes {
				continue
			}
			want[v.Outcome]++
			if v.Outcome == entry.Licensed {
				s.ApplyDecided(x.Time, &entry.Decided{Outcome: v.Outcome, Orders: v.Orders, Licence: v.Licence, Currency: v.Currency, Amount: v.Amount}, m.sub.Sender.BIC8(), m.sub.Receiver.BIC8())
			}
		}
		im := &r.Impact
		if im.Stopped.Messages != want[entry.Refuses] || im.Held != want[entry.Holds] || im.Licensed.Messages != want[entry.Licensed] {
			document, _ := o.Encode()
			t.Fatalf("the dry run stops %d, holds %d, licenses %d; decisions: %v\n%s", im.Stopped.Messages, im.Held, im.Licensed.Messages, want, document)
		}
	})
}

func agreeDirectory(t *rapid.T) *directory.Directory {
	var all []directory.Change
	for i, b := range agreeBICs {
		id := directory.EntityID(fmt.Sprintf("LE-%d", i))
		established := ""
		if b == "ZQACUAUK" {
			established = "RU"
		}
		all = append(all, directory.Change{Entity: &directory.Entity{ID: id, Name: "Institution " + strings.Repeat(string(rune('A'+i)), 5), Country: b.Country(), Status: directory.Active}},
			directory.Change{Office: &directory.Office{BIC: b, Entity: id, Established: established, Status: directory.Active}})
	}
	d, fault := directory.Load(1, append(all, directory.Change{Office: &directory.Office{BIC: "ZQADDEFFMOW", Status: directory.Active}}))
	if fault != nil {
		t.Fatal(fault)
	}
	return d
}

func some[T any](t *rapid.T, from []T, most int, label string) []T {
	var out []T
	for range rapid.IntRange(0, most).Draw(t, label) {
		out = append(out, rapid.SampledFrom(from).Draw(t, label))
	}
	return out
}

var (
	agreeTypes      = []corridor.MessageType{"fin.103", "fin.202.COV", "fin.940", "pacs.008.001.08", "file"}
	agreePatterns   = []string{"fin.103", "fin.202", "fin.9xx", "pacs.008", "pacs", "file"}
	agreeCurrencies = []string{"EUR", "USD", "JPY"}
	agreeValues     = []corridor.Decimal{"0", "0.5", "10", "10.00001", "99.99999", "100", "250"}
	agreeQuotes     = []string{"/LIC/L-7", "/LIC/L-77", "it's"}
	agreeReferences = []string{"/LIC/L-7", "/LIC/L-77", "x/LIC/L-7 y", "/LIC/L-7A", "it's", "it"}
)

// drawOrder draws a restriction, so that the licences of a severing order do not come in.
func drawOrder(t *rapid.T) *standing.Order {
	o := &standing.Order{ID: "ORD-1", Kind: standing.Restrict, Ground: "rulebook", Rule: "7", Effective: standing.Effective{UTC: "2026-01-01T00:00:00Z"}, DryRun: strings.Repeat("a", 64)}
	for i, b := range some(t, append(agreeBICs[:3:3], "ZQADDEFFMOW"), 3, "subject") {
		if i == 0 || !strings.Contains(fmt.Sprint(o.Subject.BICs), string(b)) {
			o.Subject.BICs = append(o.Subject.BICs, b)
		}
	}
	if len(o.Subject.BICs) == 0 {
		o.Subject.BICs = agreeBICs[:1:1]
	}
	for _, b := range o.Subject.BICs {
		o.Subject.Resolved = append(o.Subject.Resolved, standing.Resolved{BIC: b, Explicit: true})
	}
	o.Scope = standing.Scope{
		Direction:      rapid.SampledFrom([]string{"", "both", "from", "to"}).Draw(t, "direction"),
		Counterparties: some(t, []string{"DE", "RU", "FR", "UA", "ZQAEFRPP", "ZQAARUMM"}, 2, "counterparties"),
		Services:       some(t, []string{"fin", "mx", "file"}, 2, "services"),
		Types:          some(t, agreePatterns, 2, "types"), Spared: some(t, agreePatterns, 1, "spared"), Currencies: some(t, agreeCurrencies, 2, "currencies"),
	}
	if rapid.Bool().Draw(t, "band") {
		o.Scope.Amount = &standing.Band{Currency: rapid.SampledFrom(agreeCurrencies).Draw(t, "band's"), From: "10", To: rapid.SampledFrom([]corridor.Decimal{"", "99.99999", "100"}).Draw(t, "to")}
	}
	if rapid.IntRange(0, 3).Draw(t, "denied") == 0 {
		o.Deny = []standing.Condition{{Types: some(t, agreePatterns, 1, "denied types"), Counterparties: some(t, []string{"DE", "ZQAEFRPP"}, 1, "denied with"), Currencies: some(t, agreeCurrencies, 1, "denied currencies")}}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "carve-outs") {
		o.Carveouts = append(o.Carveouts, drawCarveout(t, i))
	}
	if rapid.Bool().Draw(t, "easy") { // so that budgets are used up
		easy := standing.Carveout{Licence: "L-EASY", Types: []string{"fin.103"}, WindowDays: rapid.IntRange(1, 2).Draw(t, "easy window"), Count: rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3}).Draw(t, "easy count")}
		if easy.Count == 0 {
			easy.Currency, easy.Amount = "EUR", rapid.SampledFrom([]corridor.Decimal{"100", "350.5", "500"}).Draw(t, "easy amount")
		}
		o.Scope, o.Carveouts, o.Deny = standing.Scope{}, append(o.Carveouts[:0], easy), nil
	}
	if o.Check() != nil { // a restriction of everything
		o.Scope.Spared = []string{"camt"}
	}
	return o
}

func drawCarveout(t *rapid.T, i int) standing.Carveout {
	c := standing.Carveout{Licence: fmt.Sprint("L-", i), Types: some(t, agreePatterns, 2, "licensed types"), Quote: rapid.SampledFrom(append(agreeQuotes, "")).Draw(t, "quote"),
		Purpose: rapid.SampledFrom([]string{"", "", "FOOD"}).Draw(t, "purpose"), Currency: rapid.SampledFrom(append(agreeCurrencies, "", "")).Draw(t, "currency")}
	if rapid.IntRange(0, 3).Draw(t, "held by one") == 0 {
		c.Holder = rapid.SampledFrom(agreeBICs).Draw(t, "holder")
	}
	if rapid.IntRange(0, 3).Draw(t, "until") == 0 {
		c.Until = testStart.Add(30 * time.Hour).UTC().Format(time.RFC3339)
	}
	if rapid.Bool().Draw(t, "budget") {
		c.WindowDays, c.Count = rapid.IntRange(1, 2).Draw(t, "window"), rapid.IntRange(1, 3).Draw(t, "count")
		if c.Currency != "" {
			c.Amount = rapid.SampledFrom([]corridor.Decimal{"", "100", "350.5"}).Draw(t, "amount")
		}
	}
	if len(c.Types) == 0 && c.Currency == "" && c.Purpose == "" && c.Quote == "" && c.Holder == "" {
		c.Purpose = "FOOD"
	}
	return c
}

// drawTraffic is messages of three days, some of several amounts.
func drawTraffic(t *rapid.T) []*message {
	var all []*message
	busy := rapid.Bool().Draw(t, "one pair and type")
	for i := range rapid.IntRange(1, 40).Draw(t, "messages") {
		from := rapid.IntRange(0, len(agreeBICs)-1).Draw(t, "from")
		to := (from + rapid.IntRange(1, len(agreeBICs)-1).Draw(t, "to")) % len(agreeBICs)
		if busy {
			from, to = 3*(i%2), 3-3*(i%2)
		}
		branch := func(b corridor.BIC) corridor.BIC {
			if b == "ZQADDEFF" && rapid.Bool().Draw(t, "branch") {
				return b + "MOW"
			}
			return b
		}
		m := &message{id: int64(i), at: testStart.Add(time.Duration(i) * 75 * time.Minute).UnixMilli(), origin: "member", state: change{outcome: Delivered}}
		m.sub = entry.Submission{Sender: corridor.LTOf(branch(agreeBICs[from]), 'A'), Receiver: corridor.LTOf(branch(agreeBICs[to]), 'X'), Type: rapid.SampledFrom(agreeTypes).Draw(t, "type"), Priority: corridor.Normal}
		currencies := agreeCurrencies
		if busy {
			m.sub.Type, currencies = "fin.103", currencies[:1]
		}
		for range rapid.SampledFrom([]int{0, 1, 1, 1, 2, 3}).Draw(t, "amounts") {
			m.p.Amounts = append(m.p.Amounts, corridor.Amount{Currency: rapid.SampledFrom(currencies).Draw(t, "amount's"), Value: rapid.SampledFrom(agreeValues).Draw(t, "value")})
		}
		if len(m.p.Amounts) > 0 {
			m.whole, m.frac = splitDecimal(m.p.Amounts[0].Value)
		}
		m.p.References = some(t, agreeReferences, 2, "references")
		m.refs = joinReferences(m.p.References)
		m.p.Purpose = rapid.SampledFrom([]string{"", "FOOD", "SUPP"}).Draw(t, "purpose")
		m.p.Answer = m.sub.Type == "fin.940"
		all = append(all, m)
	}
	return all
}

func agreeArchive(t *rapid.T, path string, messages []*message) *Archive {
	a, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := a.newWriter(context.Background())
	if err == nil {
		if err = w.add(&pageRows{network: "agree.corridor", at: testStart.AddDate(0, 0, 3).UnixMilli(), messages: messages}); err == nil {
			err = w.flush(context.Background())
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// inForce is standing's state with the order in force since long ago.
func inForce(t *rapid.T, o *standing.Order, d *directory.Directory) *standing.State {
	s := standing.New("agree.corridor", "CRDRXXXX", d)
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC).UnixNano()
	var keys []corridor.Digest
	policy := standing.Policy{Version: 1, Signers: []standing.Role{standing.Legal, standing.Observer}, Bank: 2, Country: 2, LargeShare: "1", PauseHours: 1, Authorisations: "shown"}
	for i, role := range []standing.Role{standing.Drafter, standing.Legal, standing.Observer, standing.Operations} {
		keys = append(keys, corridor.DigestOf([]byte{byte(i)}))
		policy.Officers = append(policy.Officers, standing.Officer{Key: keys[i].String(), Name: fmt.Sprint("officer ", i), Roles: []standing.Role{role}})
	}
	page := uint64(0)
	act := func(officer int, a entry.Act, body []byte) {
		page++
		a.Network, a.SignedAt, a.Body = "agree.corridor", page, body
		if f := s.Check(&a, keys[officer], now); f != nil {
			t.Fatalf("%s: %s %s", a.Kind, f.Code, f.Text)
		}
		if err := s.ApplyAct(corridor.Position{Page: page}, now, &a, keys[officer]); err != nil {
			t.Fatal(err)
		}
	}
	founding, err := canonical.Marshal(&standing.Founding{Policy: policy, Signature: base64.StdEncoding.EncodeToString(nil)})
	if err != nil {
		t.Fatal(err)
	}
	act(0, entry.Act{Kind: standing.PolicyFound}, founding)
	document, err := o.Encode()
	if err != nil {
		t.Fatal(err)
	}
	digest := corridor.DigestOf(document)
	act(0, entry.Act{Kind: standing.OrderDraft, Subject: o.ID, Document: digest}, document)
	for _, x := range []struct {
		officer int
		kind    string
	}{{1, standing.OrderResolve}, {1, standing.OrderSign}, {2, standing.OrderSign}, {3, standing.OrderPublish}} {
		act(x.officer, entry.Act{Kind: x.kind, Subject: o.ID, Document: digest}, nil)
	}
	for _, f := range s.Due(now) {
		if err := s.ApplyFenced(corridor.Position{Page: page + 1}, now, f); err != nil {
			t.Fatal(err)
		}
	}
	return s
}
