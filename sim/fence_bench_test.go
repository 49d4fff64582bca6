package sim_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
	"corridor.example/corridor/standing"
)

// The load of the figure that the network promises: a country's 300 members among 600, 10,000 messages a second, and 20,000 messages
// waiting for members of that country that are not there.
const (
	fenceNetwork corridor.Network = "bench.corridor"

	fenceMembers int = 600
	fenceCut     int = 300
	fenceBatch   int = 10 // messages in each millisecond
	fenceQueued  int = 20_000
	fenceBefore  int = 500 // milliseconds of load before the instant, and as many after it
)

type fenceBench struct {
	b       *testing.B
	heart   *hub.Heart
	checker *hub.Checker
	members []*pki.MemberSigningKey
	sent    []corridor.ISN
	refs    []hub.SessionRef
	page    func([]byte) []byte
	now     time.Time
	officer func(name string) *pki.OfficerSigningKey
	root    *pki.Root
}

func fenceLT(i int) corridor.LT {
	country := "DE"
	if i < fenceCut {
		country = "RU"
	}
	return corridor.LT(fmt.Sprintf("ZX%c%c%sMMAXXX", 'A'+i/26, 'A'+i%26, country))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newFenceBench(b *testing.B) *fenceBench {
	x := &fenceBench{b: b, now: time.Now().Truncate(time.Second)}
	early := x.now.Add(-time.Hour)
	a := must(pki.CreateAuthority(fenceNetwork, 48*time.Hour, early, rand.Reader))
	h := must(a.IssueHub([]string{"localhost"}, 40*time.Hour, early, rand.Reader)).HubKey()
	x.root, x.page = a.Root(), h.Sign
	x.heart = hub.NewHeart(fenceNetwork, "CRDRXXXXAXXX")
	x.checker = hub.NewChecker(fenceNetwork, nil, func() time.Time { return x.now })
	x.heart.StartTerm(x.now.UnixNano(), h.Certificate().DER)
	issued := map[string]*pki.OfficerSigningKey{}
	x.officer = func(name string) *pki.OfficerSigningKey {
		if issued[name] == nil {
			issued[name] = must(a.IssueOfficer("", name, 40*time.Hour, early, rand.Reader)).OfficerKey()
		}
		return issued[name]
	}
	for i := range fenceMembers {
		k := must(a.IssueMember([]corridor.LT{fenceLT(i)}, 40*time.Hour, early, rand.Reader)).MemberKey(0)
		x.members = append(x.members, k)
		if err := x.heart.Admit(x.now.UnixNano(), fenceLT(i), k.Certificate().DER); err != nil {
			b.Fatal(err)
		}
		if err := x.checker.Admit(fenceLT(i), k.Certificate().DER); err != nil {
			b.Fatal(err)
		}
	}
	x.sent, x.refs = make([]corridor.ISN, fenceMembers), make([]hub.SessionRef, fenceMembers)
	x.govern(a)
	return x
}

func (x *fenceBench) govern(a *pki.Authority) {
	p := standing.Policy{Version: 1, Signers: []standing.Role{standing.Legal, standing.Observer}, Bank: 2, Country: 2, LargeShare: "1", PauseHours: 1, Authorisations: "shown"}
	for _, o := range []standing.Officer{{Name: "dora", Roles: []standing.Role{standing.Drafter}}, {Name: "lena", Roles: []standing.Role{standing.Legal}},
		{Name: "oona", Roles: []standing.Role{standing.Observer}}, {Name: "otto", Roles: []standing.Role{standing.Operations}}} {
		o.Key = x.officer(o.Name).Certificate().ID.String()
		p.Officers = append(p.Officers, o)
	}
	document := must(canonical.Marshal(&p))
	x.act("otto", &entry.Act{Kind: standing.PolicyFound, Body: must(canonical.Marshal(&standing.Founding{Policy: p,
		Signature: base64.StdEncoding.EncodeToString(a.SignDocument(standing.DomainPolicy, document))}))})
}

func (x *fenceBench) act(who string, a *entry.Act) {
	k := x.officer(who)
	a.Network, a.SignedAt = fenceNetwork, uint64(x.now.UnixMilli())
	statement := a.Append(nil)
	acted := entry.Acted{Statement: statement, Signature: k.Sign(entry.AppendSignedAct(nil, statement)), Certificate: k.Certificate().DER}
	x.heart.Act(x.now.UnixNano(), 1, hub.ReadAct(x.root, acted, x.now))
	_, out := x.heart.Seal(x.page)
	for _, o := range out {
		if o.Fault != nil {
			x.b.Fatalf("%s: %v", a.Kind, o.Fault)
		}
	}
}

// order publishes a country order over the first 300 members, effective at the instant.
func (x *fenceBench) order(at time.Time) {
	d := &standing.Order{ID: "ORD-1", Kind: standing.Disconnect, Ground: "rulebook", Rule: "1", Bounds: standing.Bounds{BICs: fenceCut}, DryRun: corridor.DigestOf(nil).String(),
		Effective: standing.Effective{UTC: at.UTC().Format(time.RFC3339)}}
	d.Subject.Countries = []standing.Country{{Country: "RU", Test: "bic"}}
	for i := range fenceCut {
		d.Subject.Resolved = append(d.Subject.Resolved, standing.Resolved{BIC: fenceLT(i).BIC8()})
	}
	document := must(d.Encode())
	for _, s := range []struct{ who, kind string }{{"dora", standing.OrderDraft}, {"lena", standing.OrderResolve}, {"lena", standing.OrderSign}, {"oona", standing.OrderSign}, {"otto", standing.OrderPublish}} {
		a := &entry.Act{Kind: s.kind, Subject: d.ID, Document: corridor.DigestOf(document)}
		if s.kind == standing.OrderDraft {
			a.Body = document
		}
		x.act(s.who, a)
	}
}

func (x *fenceBench) login(i int) {
	x.heart.Login(x.now.UnixNano(), hub.Login{Ticket: 1, LT: fenceLT(i), Signing: x.members[i].Certificate().ID, Window: corridor.MaxWindow, Delivery: true, LastSent: 1 << 40})
	_, out := x.heart.Seal(x.page)
	for _, o := range out {
		if o.Kind == hub.Welcome {
			x.refs[i] = o.To
		}
	}
}

// frame is a checked frame of a member to another.
func (x *fenceBench) frame(from, to, n int) *hub.Frame {
	items := make([]entry.Item, n)
	for i := range items {
		x.sent[from]++
		payload := make([]byte, 1024)
		s := entry.Submission{Network: fenceNetwork, Sender: fenceLT(from), Receiver: fenceLT(to).Destination(), Number: x.sent[from], Type: "fin.103", Priority: corridor.Normal,
			Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: uint64(x.now.UnixMilli())}
		items[i] = entry.Item{Statement: s.Append(nil), Payload: payload}
	}
	return x.checker.Check(x.refs[from], session.SignFrame(x.members[from], entry.DomainSubmission, items), false)
}

// BenchmarkCountryFence is the longest time between two pages around the fence of a country's order under load: what the goroutine of the
// heart needs for a page, without the disk. The figure promised is 50 ms.
func BenchmarkCountryFence(b *testing.B) {
	worst, before := time.Duration(0), time.Duration(0)
	for range b.N {
		w, u := fenceRun(b)
		worst, before = max(worst, w), max(before, u)
	}
	b.ReportMetric(float64(before.Microseconds())/1000, "ms-before")
	b.ReportMetric(float64(worst.Microseconds())/1000, "ms-around-fence")
}

func fenceRun(b *testing.B) (around, before time.Duration) {
	b.StopTimer()
	x := newFenceBench(b)
	for i := fenceCut / 2; i < fenceMembers; i++ { // the first half of the country is not there: messages wait for it
		x.login(i)
	}
	for n := 0; n < fenceQueued; n += 250 {
		from := fenceCut + n/250%(fenceMembers-fenceCut)
		x.heart.Submit(x.now.UnixNano(), x.refs[from], x.frame(from, n/250%(fenceCut/2), 250))
		x.heart.Seal(x.page)
	}
	x.order(x.now.Add(time.Second))
	start := x.now
	x.now = x.now.Add(time.Second - time.Duration(fenceBefore)*time.Millisecond)
	fence, last := 0, 0
	b.StartTimer()
	for ms := range 2 * fenceBefore {
		x.now = start.Add(time.Second + time.Duration(ms-fenceBefore)*time.Millisecond)
		b.StopTimer()
		from := fenceCut/2 + (ms*7)%(fenceMembers-fenceCut/2)
		f := x.frame(from, (ms*13)%fenceMembers, fenceBatch)
		b.StartTimer()
		began := time.Now()
		x.heart.Submit(x.now.UnixNano(), x.refs[from], f)
		if ms%200 == 0 {
			x.heart.Tick(x.now.UnixNano())
		}
		p, _ := x.heart.Seal(x.page)
		took := time.Since(began)
		if ms < fenceBefore {
			before = max(before, took)
		} else {
			around = max(around, took)
		}
		if p != nil {
			fence, last = x.fencesIn(p, fence, last)
		}
	}
	b.StopTimer()
	if fence != 1 {
		b.Fatalf("the order took effect at %d places", fence)
	}
	b.ReportMetric(float64(last), "closings")
	return around, before
}

// fencesIn counts the places at which an order took effect, and the closing statements.
func (x *fenceBench) fencesIn(p interface{ All() ([][]byte, error) }, fences, closings int) (int, int) {
	for _, stored := range must(p.All()) {
		switch e := must(entry.Decode(stored)).(type) {
		case *entry.Fenced:
			if e.What == entry.InForce {
				fences++
			}
		case *entry.Closing:
			closings++
		}
	}
	return fences, closings
}
