package rma

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file, or writes it anew.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs: run go test -update and read the difference; got:\n%s", file, got)
	}
}

// paths lead to each state of both sides, the ones that time and orders make among them.
func paths() []struct {
	name string
	walk func(*world)
} {
	steps := func(kinds ...string) func(*world) {
		return func(w *world) {
			for _, k := range kinds {
				if fault := w.do(w.verb(k, key1, "all")); fault != nil {
					w.t.Fatal(fault)
				}
			}
		}
	}
	then := func(first func(*world), last func(*world)) func(*world) {
		return func(w *world) { first(w); last(w) }
	}
	enable := steps(KindAuthorise, KindAccept)
	readmit := func(b corridor.BIC) func(*world) {
		return func(w *world) { w.Readmitted(b, corridor.Position{Page: 99}, w.now.UnixNano()) }
	}
	timed := func(w *world) {
		a := w.verb(KindAuthorise, key1, "all")
		body := strings.Replace(string(a.Body), `"service":"fin"`, `"service":"fin","valid_to":"2026-12-02T00:00:00Z"`, 1)
		a.Body = []byte(body)
		if fault := w.do(a); fault != nil {
			w.t.Fatal(fault)
		}
	}
	later := func(w *world) { w.now = w.now.Add(48 * time.Hour) }
	return []struct {
		name string
		walk func(*world)
	}{
		{"absent", steps()},
		{"requested", steps(KindRequest)},
		{"proposed", steps(KindAuthorise)},
		{"enabled", enable},
		{"updated", steps(KindAuthorise, KindAccept, KindAuthorise)},
		{"rejected", steps(KindAuthorise, KindReject)},
		{"rejected as an update", steps(KindAuthorise, KindAccept, KindAuthorise, KindReject)},
		{"revoked", steps(KindAuthorise, KindAccept, KindRevoke)},
		{"declined", steps(KindRequest, KindRevoke)},
		{"deleted", steps(KindAuthorise, KindAccept, KindDelete)},
		{"withdrawn", steps(KindRequest, KindDelete)},
		{"proposed, issuer readmitted", then(steps(KindAuthorise), readmit("MERIDEFF"))},
		{"enabled, issuer readmitted", then(enable, readmit("MERIDEFF"))},
		{"enabled, correspondent readmitted", then(enable, readmit("CEDRFRPP"))},
		{"revoked, issuer readmitted", then(steps(KindAuthorise, KindRevoke), readmit("MERIDEFF"))},
		{"proposed, expired", then(timed, later)},
		{"enabled, expired", then(then(timed, steps(KindAccept)), later)},
		{"enabled, issuer cut", then(enable, func(w *world) { w.cut["MERIDEFF"] = true })},
		{"proposed, correspondent cut", then(steps(KindAuthorise), func(w *world) { w.cut["CEDRFRPP"] = true })},
		{"revoked, issuer cut", then(steps(KindAuthorise, KindRevoke), func(w *world) { w.cut["MERIDEFF"] = true })},
		{"enabled, no new ones with the issuer", then(enable, func(w *world) { w.shut["MERIDEFF"] = true })},
		{"requested, no new ones with the correspondent", then(steps(KindRequest), func(w *world) { w.shut["CEDRFRPP"] = true })},
	}
}

// TestTransitions writes what each act makes of each state, at both sides.
func TestTransitions(t *testing.T) {
	var b strings.Builder
	b.WriteString("# What each act makes of each state: the states of the issuer's and the correspondent's side, and whether the correspondent may send.\n")
	for _, p := range paths() {
		fmt.Fprintf(&b, "\n%s\n----\n", p.name)
		w := newWorld(t)
		p.walk(w)
		fmt.Fprintf(&b, "%-10s %s\n", "", w.stands())
		for _, kind := range []string{KindRequest, KindAuthorise, KindAccept, KindReject, KindRevoke, KindDelete} {
			w := newWorld(t)
			p.walk(w)
			says := ""
			if fault := w.do(w.verb(kind, key1, "all")); fault != nil {
				says = fault.Code
			} else {
				says = w.stands()
			}
			fmt.Fprintf(&b, "%-10s %s\n", strings.TrimPrefix(kind, "rma."), says)
		}
	}
	golden(t, "testdata/transitions.txt", b.String())
}

// stands is how the authorisation stands at both sides.
func (w *world) stands() string {
	v, found := w.Look(key1, w.now.UnixNano(), func(b corridor.BIC) bool { return w.cut[b] })
	says := w.says("CEDRFRPP", "MERIDEFF", "fin.103")
	if !found {
		return says
	}
	asked := ""
	if v.Wanted != nil {
		asked = " asked for " + v.Wanted.String() + ","
	}
	return fmt.Sprintf("%s | %s |%s %s", v.IssuerState, v.CorrespondentState, asked, says)
}

// TestPermissions reads lines of a permission and types, and writes which are allowed.
func TestPermissions(t *testing.T) {
	const file = "testdata/permissions.txt"
	in, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for block := range strings.SplitSeq(strings.TrimSpace(string(in)), "\n\n") {
		question, _, _ := strings.Cut(block, "\n----\n")
		lines := strings.Split(question, "\n")
		service, text, _ := strings.Cut(lines[0], ": ")
		fmt.Fprintf(&b, "%s\n----\n", question)
		p, err := ParsePermission(text)
		if err == nil {
			err = p.check(service)
		}
		if err != nil {
			fmt.Fprintf(&b, "%v\n\n", err)
			continue
		}
		fmt.Fprintf(&b, "%s\n", p)
		c := compiled{p, setOf(p.Types)}
		for _, typ := range strings.Fields(strings.Join(lines[1:], " ")) {
			fmt.Fprintf(&b, "%s %v\n", typ, c.allows(corridor.MessageType(typ)))
		}
		b.WriteString("\n")
	}
	golden(t, file, strings.TrimSpace(b.String())+"\n")
}

// Types of the network's list need no authorisation; all other messages do, and each service its own.
func TestWhatNeedsNone(t *testing.T) {
	s, err := New(Rules{Exempt: DefaultRules().Exempt, Services: []Service{{"fin.copy", []string{"fin.2", "fin.103.REMIT"}}, {"stock", []string{"semt", "sese.023"}}}})
	if err != nil {
		t.Fatal(err)
	}
	for typ, want := range map[corridor.MessageType]bool{"fin.012": true, "fin.900": true, "fin.942": true, "fin.973": true, "fin.999": true, "rma.query": true,
		"fin.103": false, "fin.192": false, "fin.199": false, "fin.943": false, "fin.960": false, "camt.053.001.08": false, "pacs.008.001.08": false} {
		if ok, why := s.May("CEDRFRPP", "MERIDEFF", typ, 1); ok != want {
			t.Errorf("%s: %v, %s", typ, ok, why)
		}
	}
	for typ, want := range map[corridor.MessageType]string{"fin.103": "fin", "fin.202": "fin.copy", "fin.202.COV": "fin.copy", "fin.103.REMIT": "fin.copy", "pacs.008.001.08": "mx", "sese.023.001.11": "stock", "sese.024.001.12": "mx", "semt.002.001.11": "stock"} {
		if got := s.services[s.table.service(typ)]; got != want {
			t.Errorf("%s needs service %s, want %s", typ, got, want)
		}
	}
	if ok, _ := s.May("MERIDEFFXXX", "MERIDEFF", "fin.103", 1); !ok {
		t.Error("an institution needs an authorisation with itself")
	}
	if ok, _ := s.May("MERIDEF0", "CEDRFRP0", "fin.103", 1); ok {
		t.Error("test-and-training needs no authorisation, and the rules do not say so")
	}
	if err := s.SetRules(Rules{Exempt: []string{}, FreeTest: true}); err != nil {
		t.Fatal(err)
	}
	if ok, _ := s.May("MERIDEF0", "CEDRFRP0", "fin.103", 1); !ok {
		t.Error("test-and-training needs an authorisation, and the rules say that it does not")
	}
	if ok, _ := s.May("CEDRFRPP", "MERIDEFF", "fin.900", 1); ok {
		t.Error("the rules name no type, and MT 900 needs no authorisation")
	}
	if err := s.SetRules(Rules{}); err != nil {
		t.Fatal(err)
	}
	if ok, _ := s.May("CEDRFRPP", "MERIDEFF", "fin.900", 1); !ok {
		t.Error("rules that say nothing are not the default ones")
	}
}
