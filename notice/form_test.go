package notice_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
	. "corridor.example/corridor/notice"
	"corridor.example/corridor/standing"
)

// all are notices of every order of the tests at several occasions.
func all(t testing.TB) map[string]*Notice {
	t.Helper()
	out := map[string]*Notice{}
	for _, name := range []string{"cut", "restrict", "country", "lift", "readmit", "pause", "amend"} {
		for _, why := range []Occasion{Published, SevenDays, OneHour, InForce, After, Paused, Withdrawn, Lifted, Expired, Superseded, Readmitted} {
			out[name+" "+string(why)] = noticeOf(t, []string{name, string(why), "2022-03-02T10:00:00Z"})
		}
	}
	out["large"] = large(t)
	return out
}

// large is the notice of an order against a whole directory, with names that FIN cannot write.
func large(t testing.TB) *Notice {
	t.Helper()
	o, digest := readOrder(t, "cut")
	for i := range standing.MaxSubjects - 10 {
		o.Subject.Resolved = append(o.Subject.Resolved, standing.Resolved{BIC: bic(i)})
	}
	for i := range 8000 {
		o.Subject.Excluded = append(o.Subject.Excluded, standing.Excluded{BIC: bic(i + 40000), Reason: "SECRET"})
	}
	for i := range standing.MaxCarveouts {
		o.Carveouts = append(o.Carveouts, standing.Carveout{Licence: fmt.Sprintf("%064d", i), Authority: "Åland ‹Authority›", Types: []string{"fin.103"}, Quote: "-" + strings.Repeat("x", 100)})
	}
	n, err := New(issuer(), 1, o.EffectiveAt(), Life{Order: o, Document: digest, Events: []Event{{What: Published, At: 1}}}, Item{Why: Published}, people(t))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func bic(n int) corridor.BIC {
	letter := func(n int) byte { return byte('A' + n%26) }
	return corridor.BIC([]byte{'Z', letter(n / 17576), letter(n / 676), letter(n / 26), 'X', 'Z', letter(n), '2'})
}

// Every broadcast is an MT 094 that the tables of the standard take, in parts that are counted, and no line of it ends the field.
func TestEveryBroadcastIsValid(t *testing.T) {
	for name, n := range all(t) {
		parts := n.Broadcast()
		if len(parts) > 99 {
			t.Errorf("%s: %d parts", name, len(parts))
		}
		for i, block4 := range parts {
			message := mt.System("094", mt.Envelope{To: "MERIDEFFAXXX", Session: 1, OSN: 1, At: time.Unix(0, n.At), From: n.Issuer.LT, Number: 1}, tags(t, block4)...)
			if r := mt.Check(message, mt.Options{}); !r.Valid() {
				t.Fatalf("%s, part %d of %d: %v\n%s", name, i+1, len(parts), r.Faults, message)
			}
			if len(message) > 2000 {
				t.Errorf("%s, part %d: %d characters", name, i+1, len(message))
			}
		}
		for _, l := range n.FINLines() {
			if len(l) > LineLength || l == "" || l[0] == '-' || l[0] == ':' {
				t.Errorf("%s: line %q", name, l)
			}
		}
	}
}

// tags takes block 4 apart.
func tags(t testing.TB, block4 string) []mt.Tag {
	t.Helper()
	var all []mt.Tag
	for _, piece := range strings.SplitAfter(block4, "}") {
		if piece == "" {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(piece, "{"), "}"), ":")
		if !ok {
			t.Fatalf("tag %q", piece)
		}
		all = append(all, mt.Tag{Name: name, Value: value})
	}
	return all
}

// The four ways say the same: word for word, but for the characters that a way cannot write (R60).
func TestFourWaysOneText(t *testing.T) {
	fin := func(s string) string {
		s = strings.NewReplacer("@", "(at)", "_", "(underscore)", "ü", "u", "ö", "o", "&", "+", "“", "'", "”", "'", ";", ",", "Å", "A", "‹", ".", "›", ".").Replace(s)
		return strings.Join(strings.Fields(s), "")
	}
	for name, n := range all(t) {
		if name == "large" {
			continue // its last part says that there is more
		}
		mail := fin(n.Text())
		var broadcast, events strings.Builder
		for _, b := range n.Broadcast() {
			_, text, _ := strings.Cut(b, "{312:")
			broadcast.WriteString(strings.TrimSuffix(text, "}"))
		}
		xml, err := n.SystemEvents("MERIDEFF")
		if err != nil {
			t.Fatal(name, err)
		}
		for _, b := range xml {
			m, faults := mx.Read(b, mx.Options{})
			if len(faults) > 0 {
				t.Fatal(name, faults)
			}
			events.WriteString(m.Document.Value("SysEvtNtfctn/EvtInf/EvtDesc") + " ")
		}
		event, err := n.Event()
		if err != nil {
			t.Fatal(name, err)
		}
		for way, text := range map[string]string{"MT 094": strings.Join(strings.Fields(broadcast.String()), ""), "admi.004": strings.Join(strings.Fields(events.String()), ""), "event": fin(eventText(t, event))} {
			if text != mail {
				t.Errorf("%s: %s says\n%s\nmail says\n%s", name, way, text, mail)
			}
		}
	}
}

// A form is made once; each receiver gets what was made for it alone.
func TestForms(t *testing.T) {
	n := noticeOf(t, []string{"cut", "published", "2022-03-02T10:00:00Z"})
	fin, err := n.Forms(ByFIN)
	if err != nil {
		t.Fatal(err)
	}
	iso, err := n.Forms(ByISO)
	if err != nil {
		t.Fatal(err)
	}
	events, err := n.SystemEvents("CEDRFRPP")
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range n.MT094("CEDRFRPPAXXX") {
		if got := fin[i].Payload(n.Issuer, "CEDRFRPPAXXX"); string(got) != string(b) || fin[i].Type != "fin.094" {
			t.Errorf("%s\n%s", got, b)
		}
	}
	for i, b := range events {
		if got := iso[i].Payload(n.Issuer, "CEDRFRPPAXXX"); string(got) != string(b) || iso[i].Type != "admi.004.001.02" {
			t.Errorf("%s\n%s", got, b)
		}
	}
}

// A member reads FIN unless the directory says that it takes ISO 20022 alone.
func TestWayOf(t *testing.T) {
	for want, services := range map[Way][][]string{ByFIN: {nil, {"fin"}, {"fin", "mx"}, {"file"}}, ByISO: {{"mx"}, {"file", "mx"}}} {
		for _, names := range services {
			o := office("MERIDEFF", "LE-M")
			for _, s := range names {
				o.Office.Services = append(o.Office.Services, directory.Service{Name: s})
			}
			d, fault := directory.Load(1, []directory.Change{entity("LE-M", "Meridian", "DE"), o})
			if fault != nil {
				t.Fatal(fault)
			}
			if got := WayOf(d, "MERIDEFF"); got != want {
				t.Errorf("services %v: %s, want %s", names, got, want)
			}
		}
	}
	if got := WayOf(directory.New(), "MERIDEFF"); got != ByFIN {
		t.Errorf("not known: %s", got)
	}
}

// Nothing of how the order came about reaches a member (R63): the orders of the tests have SECRET at such places.
func TestNoReasonBeyondTheInstrument(t *testing.T) {
	for name, n := range all(t) {
		event, err := n.Event()
		if err != nil {
			t.Fatal(err)
		}
		events, err := n.SystemEvents("MERIDEFF")
		if err != nil {
			t.Fatal(err)
		}
		whole := n.Text() + n.Subject() + string(event) + strings.Join(n.Broadcast(), "") + fmt.Sprintf("%s", events)
		for _, secret := range []string{"SECRET", "ines.moreau", "dry_run", "evidence", "Insurance"} {
			if strings.Contains(whole, secret) {
				t.Errorf("%s: it has %q", name, secret)
			}
		}
	}
}

func TestADraftHasNoNotice(t *testing.T) {
	o, digest := readOrder(t, "cut")
	for _, events := range [][]Event{nil, {{What: Withdrawn, At: 1}}} {
		if _, err := New(issuer(), 1, 2, Life{Order: o, Document: digest, Events: events}, Item{Why: Published}, people(t)); !errors.Is(err, ErrDraft) {
			t.Errorf("of an order with the events %v: %v", events, err)
		}
	}
}

func TestNumbersAreCountedThrough(t *testing.T) {
	for number, want := range map[uint64]string{0: "A00000", 99999: "A99999", 100000: "B00000", 2599999: "Z99999", 2600000: "A00000"} {
		if got := (&Notice{Number: number}).Series(); got != want {
			t.Errorf("%d is %s, want %s", number, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("Müller & Söhne; -}:", "a@b_c")
	f.Fuzz(func(t *testing.T, name, contact string) {
		if !utf8.ValidString(name) || !utf8.ValidString(contact) {
			return
		}
		o, digest := readOrder(t, "cut")
		o.Contact, o.Instruments[0].Title = contact, name
		n, err := New(issuer(), 1, 2, Life{Order: o, Document: digest, Events: []Event{{What: Published, At: 1}}}, Item{Why: Published}, people(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, block4 := range n.Broadcast() {
			message := mt.System("094", mt.Envelope{To: "MERIDEFFAXXX", Session: 1, OSN: 1, At: time.Unix(0, 0), Number: 1}, tags(t, block4)...)
			if r := mt.Check(message, mt.Options{}); !r.Valid() {
				t.Fatalf("%v\n%s", r.Faults, message)
			}
		}
		if _, err := n.SystemEvents("MERIDEFF"); err != nil {
			t.Fatal(err)
		}
	})
}
