package notice_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	. "corridor.example/corridor/notice"
	"corridor.example/corridor/standing"
)

// tape is a journal that a test writes, read by a watch.
type tape struct {
	t     testing.TB
	watch *Watch
	page  uint64
	index uint32
	now   int64
	isn   map[corridor.LT]corridor.ISN
	osn   map[corridor.LT]corridor.OSN
}

func newTape(t testing.TB, w *Watch) *tape {
	return &tape{t: t, watch: w, isn: map[corridor.LT]corridor.ISN{}, osn: map[corridor.LT]corridor.OSN{}}
}

// at begins a page.
func (x *tape) at(when string) {
	x.now, x.page, x.index = instant(x.t, when), x.page+1, 0
	x.watch.Page(x.page, x.now)
}

// add writes an entry and reads it back, as a journal gives it.
func (x *tape) add(e entry.Entry) corridor.Position {
	x.t.Helper()
	at := corridor.Position{Page: x.page, Index: x.index}
	x.index++
	stored := entry.Append(nil, e)
	read, err := entry.Decode(stored)
	if err != nil {
		x.t.Fatal(err)
	}
	if err := x.watch.Apply(at, read); err != nil {
		x.t.Fatal(err)
	}
	clear(stored) // what a watch keeps must not share the page's memory
	return at
}

func (x *tape) act(kind, subject string, document []byte, body any) {
	x.t.Helper()
	b, ok := body.([]byte)
	if !ok && body != nil {
		var err error
		if b, err = canonical.Marshal(body); err != nil {
			x.t.Fatal(err)
		}
	}
	a := entry.Act{Network: "pay.example", Kind: kind, Subject: subject, Body: b, SignedAt: uint64(x.now / 1e6)}
	if document != nil {
		a.Document = corridor.DigestOf(document)
	}
	x.add(&entry.Acted{Statement: a.Append(nil), Signature: make([]byte, 64), Certificate: []byte("legal")})
}

func (x *tape) accept(from, to corridor.LT, typ corridor.MessageType, reference corridor.Reference) corridor.Position {
	x.t.Helper()
	x.isn[from]++
	s := entry.Submission{Network: "pay.example", Sender: from, Receiver: to.Destination(), Number: x.isn[from], Type: typ, Priority: 'N', Reference: reference,
		Payload: corridor.DigestOf([]byte(reference)), PayloadSize: 1, SignedAt: uint64(x.now / 1e6)}
	return x.add(&entry.Accepted{Session: 1, Statement: s.Append(nil)})
}

func (x *tape) give(lt corridor.LT, at ...corridor.Position) corridor.OSN {
	x.add(&entry.Assigned{LT: lt, Session: 1, First: x.osn[lt] + 1, Messages: at})
	x.osn[lt] += corridor.OSN(len(at))
	return x.osn[lt]
}

func (x *tape) acknowledge(lt corridor.LT, n corridor.OSN, refused bool) {
	a := entry.Acknowledgement{Network: "pay.example", Receiver: lt, Number: n, Message: corridor.DigestOf([]byte("m")), Refused: refused, ReceivedAt: uint64(x.now / 1e6)}
	if refused {
		a.Code = "Y01"
	}
	x.add(&entry.Acknowledged{Statement: a.Append(nil)})
}

// order takes an order of testdata through its acts to its publication.
func (x *tape) order(name string) *standing.Order {
	x.t.Helper()
	o, _ := readOrder(x.t, name)
	document, err := o.Encode()
	if err != nil {
		x.t.Fatal(err)
	}
	x.act(standing.OrderDraft, o.ID, document, document)
	for _, kind := range []string{standing.OrderResolve, standing.OrderSign, standing.OrderPublish} {
		x.act(kind, o.ID, document, nil)
	}
	return o
}

func (x *tape) announce(o *standing.Order, why Occasion, number uint64) {
	x.add(&entry.Announced{Order: o.ID, Occasion: string(why), At: x.now, Number: number})
}

func (x *tape) founded() {
	key := corridor.DigestOf([]byte("legal")).String()
	x.act(standing.PolicyFound, "", nil, standing.Founding{Signature: "AAAA", Policy: standing.Policy{Version: 1, Signers: []standing.Role{standing.Legal}, Bank: 2, Country: 2, LargeShare: "1", PauseHours: 72,
		Authorisations: "shown", Officers: []standing.Officer{{Key: key, Name: "ines.moreau", Roles: []standing.Role{standing.Legal}}}}})
}

const (
	meridian corridor.LT = "MERIDEFFAXXX"
	cedar    corridor.LT = "CEDRFRPPAXXX"
	tamarind corridor.LT = "TAMAJPJTAXXX"
	vostrova corridor.LT = "ZQVARUMMAXXX"
	sever    corridor.LT = "ZQVSRUMMAXXX"
)

func story(t testing.TB, x *tape) {
	x.at("2022-03-01T09:00:00Z")
	for _, lt := range []corridor.LT{meridian, cedar, tamarind, vostrova, sever} {
		x.add(&entry.MemberAdmitted{LT: lt, Certificate: []byte("certificate")})
	}
	x.founded()
	x.act("directory.change", "", nil, directory.Body{Changes: []directory.Change{entity("LE-VOSTROVA", "Vostrova Bank", "RU"), office("ZQVARUMM", "LE-VOSTROVA")}})
	early := x.accept(meridian, vostrova, "fin.103", "DELIVERED")
	x.acknowledge(vostrova, x.give(vostrova, early), false)
	x.at("2022-03-02T10:00:00Z")
	o := x.order("cut")
	waits := []corridor.Position{x.accept(meridian, vostrova, "fin.103", "WAITS1"), x.accept(meridian, sever, "pacs.008.001.08", "=WAITS2"), x.accept(cedar, vostrova, "fin.202", "WAITS3")}
	doubt := x.accept(meridian, vostrova, "fin.103", "DOUBT")
	retry := x.accept(cedar, vostrova, "fin.199", "RETRY")
	stored := x.accept(vostrova, cedar, "fin.103", "FROMTHEM")
	x.accept(vostrova, sever, "fin.103", "AMONGTHEM")
	x.give(vostrova, doubt)
	x.acknowledge(vostrova, x.give(vostrova, retry), true)
	x.at("2022-03-02T10:00:01Z")
	x.announce(o, Published, 1)
	x.add(&entry.ActRefused{Statement: []byte("act"), Signature: make([]byte, 64), Certificate: []byte("legal"), Fault: corridor.Fault{Code: "G01"}})
	x.at("2022-03-11T23:00:00.2Z")
	x.add(&entry.Fenced{Order: o.ID, Document: digestOf(t, o), What: entry.InForce, Instant: o.EffectiveAt()})
	x.at("2022-03-11T23:00:01Z")
	x.announce(o, InForce, 2)
	for _, at := range append(waits, retry) {
		x.decide(at, o, entry.Returns)
	}
	x.decide(doubt, o, entry.InDoubt)
	x.decide(stored, o, entry.Stores)
	x.add(&entry.Closing{BIC: "ZQVARUMM", Order: o.ID, Statement: []byte("{}")})
	x.add(&entry.Refused{Session: 1, Statement: []byte("s"), Fault: corridor.Fault{Code: "H50"}})
	x.at("2022-03-11T23:06:00Z")
	x.announce(o, After, 3)
	x.at("2022-03-15T07:00:00Z")
}

func (x *tape) decide(at corridor.Position, o *standing.Order, r entry.Ruling) {
	x.add(&entry.Decided{Message: at, Stage: entry.AtFence, Outcome: r, Rule: standing.RuleSubject, Orders: []string{o.ID}, Sender: "MERIDEFF", Receiver: "ZQVARUMM"})
}

func digestOf(t testing.TB, o *standing.Order) corridor.Digest {
	t.Helper()
	document, err := o.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return corridor.DigestOf(document)
}

func watch() *Watch {
	return NewWatch(WatchOptions{Issuer: issuer(), DigestHour: 6,
		Authorised: func(a, b corridor.BIC) []string {
			if a == "TAMAJPJT" && b == "ZQVARUMM" {
				return []string{"you may send fin.103 to ZQVARUMM"}
			}
			return nil
		},
		Particulars: func(at corridor.Position) *corridor.Particulars {
			return &corridor.Particulars{Amounts: []corridor.Amount{{Currency: "EUR", Value: "1234.5"}}}
		}})
}

// TestLetters: every letter that a journal of one order leads to, and the tables that programs read.
func TestLetters(t *testing.T) {
	x := newTape(t, watch())
	story(t, x)
	var out strings.Builder
	for _, l := range x.watch.Take() {
		fmt.Fprintf(&out, "==== %s, in the thread %s, to %s %s, of page %d\n%s\n\n%s\n", l.ID, l.Thread, l.Audience, l.Member, l.Page, l.Subject, l.Text)
		if l.Table == nil {
			continue
		}
		c, err := l.Table.CSV()
		if err != nil {
			t.Fatal(err)
		}
		j, err := l.Table.JSON()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s%s\n", c, j)
	}
	golden := filepath.Join("testdata", "letters.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != out.String() {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestNewest(t *testing.T) {
	x := newTape(t, watch())
	story(t, x)
	n, err := x.watch.Newest("ORD-2022-003")
	if err != nil || n.Series() != "A00003" || n.Due.Why != After {
		t.Errorf("%+v, %v", n, err)
	}
	x.at("2022-03-16T07:00:00Z")
	x.order("restrict")
	for _, id := range []string{"ORD-2022-010", "ORD-1"} {
		if _, err := x.watch.Newest(id); !errors.Is(err, ErrNotAnnounced) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// The same journal gives the same letters, however often and at whatever times somebody looks.
func TestLettersAreAFunctionOfTheJournal(t *testing.T) {
	often, once := newTape(t, watch()), newTape(t, watch())
	story(t, once)
	want := map[string]Letter{}
	for _, l := range once.watch.Take() {
		want[l.ID] = l
	}
	var got []Letter
	w := often.watch
	story(t, often)
	for now := instant(t, "2022-03-15T07:00:00Z"); now < instant(t, "2022-03-15T12:00:00Z"); now += int64(7 * time.Minute) {
		w.Pass(now)
		got = append(got, w.Take()...)
	}
	for _, l := range got {
		if o, ok := want[l.ID]; !ok || o.Text != l.Text || o.Page != l.Page {
			t.Errorf("%s differs", l.ID)
		}
		delete(want, l.ID)
	}
	if len(want) != 0 {
		t.Errorf("missing: %v", want)
	}
}
