package rma

import (
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// refuses checks that the act is refused with the code; the state does not change (do looks at that).
func (w *world) refuses(name, code string, a *entry.Act) {
	w.t.Helper()
	fault := w.do(a)
	if fault == nil || fault.Code != code {
		w.t.Errorf("%s: %v, want %s", name, fault, code)
	}
}

func (w *world) takes(a *entry.Act) {
	w.t.Helper()
	if fault := w.do(a); fault != nil {
		w.t.Fatalf("%s: %v", a.Kind, fault)
	}
}

// edited is an act with another body.
func edited(a *entry.Act, from, to string) *entry.Act {
	b := *a
	b.Body = []byte(strings.Replace(string(a.Body), from, to, 1))
	return &b
}

func TestMalformedActs(t *testing.T) {
	w := newWorld(t)
	good := w.verb(KindAuthorise, key1, "only fin.1 fin.2")
	for name, a := range map[string]*entry.Act{
		"no JSON":              edited(good, "{", ""),
		"unknown field":        edited(good, `"service"`, `"extra":1,"service"`),
		"field twice":          edited(good, `"service":"fin"`, `"service":"fin","service":"fin"`),
		"white space":          edited(good, `,"service"`, `, "service"`),
		"branch":               edited(good, "MERIDEFF", "MERIDEFFXXX"),
		"no BIC":               edited(good, "MERIDEFF", "MERIDE"),
		"with itself":          edited(good, "CEDRFRPP", "MERIDEFF"),
		"unknown service":      edited(good, `"service":"fin"`, `"service":"gold"`),
		"no service":           edited(good, `"service":"fin"`, `"service":""`),
		"permission not there": w.make(KindAuthorise, "MERIDEFF", Body{Key: key1}),
		"list not sorted":      edited(good, `["fin.1","fin.2"]`, `["fin.2","fin.1"]`),
		"type twice":           edited(good, `["fin.1","fin.2"]`, `["fin.1","fin.1"]`),
		"all with a list":      edited(good, "include", "all"),
		"empty list":           edited(good, `["fin.1","fin.2"]`, `[]`),
		"mode":                 edited(good, "include", "some"),
		"instant":              edited(good, `"service":"fin"`, `"service":"fin","valid_to":"2026-12-31"`),
		"instant of a zone":    edited(good, `"service":"fin"`, `"service":"fin","valid_to":"2026-12-31T00:00:00+01:00"`),
		"ends before it is":    edited(good, `"service":"fin"`, `"service":"fin","valid_from":"2027-12-31T00:00:00Z","valid_to":"2026-12-31T00:00:00Z"`),
		"ended":                edited(good, `"service":"fin"`, `"service":"fin","valid_to":"2026-11-30T00:00:00Z"`),
		"issued":               edited(good, `"issuer"`, `"issued":1,"issuer"`),
		"accept without issue": w.make(KindAccept, "CEDRFRPP", Body{Key: key1}),
		"revoke with validity": w.make(KindRevoke, "MERIDEFF", Body{Key: key1, ValidTo: "2027-12-31T00:00:00Z"}),
		"unknown kind":         w.make("rma.borrow", "MERIDEFF", Body{Key: key1}),
		"query without text":   w.make(KindQuery, "MERIDEFF", Query{From: "MERIDEFF", To: "CEDRFRPP"}),
		"query to itself":      w.make(KindQuery, "MERIDEFF", Query{From: "MERIDEFF", To: "MERIDEFF", Text: "?"}),
		"query of another":     w.make(KindAnswer, "MERIDEFF", Query{From: "MERIDEFF", To: "CEDRFRPP", Text: "yes"}),
		"long query":           w.make(KindQuery, "MERIDEFF", Query{From: "MERIDEFF", To: "CEDRFRPP", Text: strings.Repeat("?", maxText+1)}),
		"empty list of start":  w.make(KindBootstrap, "", Bootstrap{ConfirmBy: "2027-06-01T00:00:00Z"}),
		"start without end":    w.make(KindBootstrap, "", Bootstrap{Rows: []Row{{Key: key1, Permission: Permission{Mode: All}}}}),
		"start that has ended": w.make(KindBootstrap, "", Bootstrap{ConfirmBy: "2026-06-01T00:00:00Z", Rows: []Row{{Key: key1, Permission: Permission{Mode: All}}}}),
		"start, bad row":       w.make(KindBootstrap, "", Bootstrap{ConfirmBy: "2027-06-01T00:00:00Z", Rows: []Row{{Key: key1}}}),
		"start, bad service":   w.make(KindBootstrap, "", Bootstrap{ConfirmBy: "2027-06-01T00:00:00Z", Rows: []Row{{Key{"MERIDEFF", "CEDRFRPP", "gold"}, Permission{Mode: All}, ""}}}),
	} {
		w.refuses(name, corridor.FaultRMABody, a)
	}
}

// An act is signed for the institution whose act it is.
func TestWhoseActItIs(t *testing.T) {
	w := newWorld(t)
	for _, kind := range []string{KindRequest, KindAuthorise, KindAccept, KindReject, KindRevoke, KindDelete} {
		a := w.verb(kind, key1, "all")
		if a.For == key1.Issuer {
			a.For = key1.Correspondent
		} else {
			a.For = key1.Issuer
		}
		w.refuses(kind, corridor.FaultRMAParty, a)
		a.For = ""
		w.refuses(kind+" by the network", corridor.FaultRMAParty, a)
	}
	w.refuses("query", corridor.FaultRMAParty, w.make(KindQuery, "TAMAJPJT", Query{"MERIDEFF", "CEDRFRPP", "?"}))
	w.refuses("list to start with", corridor.FaultRMAParty, w.make(KindBootstrap, "MERIDEFF", Bootstrap{"2027-06-01T00:00:00Z", []Row{{key1, Permission{Mode: All}, ""}}}))
}

// The newer issue wins; what is older and late, or a copy of what was taken, is refused.
func TestOrderOfIssues(t *testing.T) {
	w := newWorld(t)
	late := w.verb(KindAuthorise, key1, "all")
	w.now = w.now.Add(time.Minute)
	first := w.verb(KindAuthorise, key1, "only fin.1")
	w.takes(first)
	w.refuses("an older issue", corridor.FaultRMAOlder, late)
	w.refuses("the same issue again", corridor.FaultRMAOlder, first)
	acceptFirst := w.verb(KindAccept, key1, "")
	w.takes(w.verb(KindAuthorise, key1, "only fin.2"))
	w.refuses("acceptance of an issue that was replaced", corridor.FaultRMAOlder, acceptFirst)
	other := w.verb(KindAccept, key1, "")
	other.Document[0]++
	w.refuses("acceptance of another content", corridor.FaultRMAOlder, other)
	accepted := w.verb(KindAccept, key1, "")
	w.takes(accepted)
	w.takes(w.verb(KindDelete, key1, ""))
	w.refuses("the acceptance again after the deletion", corridor.FaultRMAOlder, accepted)
	future := w.verb(KindAuthorise, key1, "all")
	future.SignedAt += uint64((corridor.MaxClockSkew + time.Minute).Milliseconds())
	w.refuses("an act of tomorrow", corridor.FaultClock, future)
}

// An authorisation that may not begin while an order stops new ones can still be ended.
func TestOrdersStopNewOnes(t *testing.T) {
	w := newWorld(t)
	w.takes(w.verb(KindAuthorise, key1, "all"))
	w.cut["CEDRFRPP"] = true
	w.refuses("acceptance by who is cut", corridor.FaultRMAOrder, w.verb(KindAccept, key1, ""))
	w.refuses("new one with who is cut", corridor.FaultRMAOrder, w.verb(KindAuthorise, Key{"TAMAJPJT", "CEDRFRPP", MX}, "all"))
	w.refuses("list with who is cut", corridor.FaultRMAOrder, w.make(KindBootstrap, "", Bootstrap{"2027-06-01T00:00:00Z", []Row{{Key{"TAMAJPJT", "CEDRFRPP", MX}, Permission{Mode: All}, ""}}}))
	w.takes(w.verb(KindRevoke, key1, ""))
	w.takes(w.verb(KindAuthorise, Key{"TAMAJPJT", "ORCABRSP", MX}, "all"))
}

func TestReadmission(t *testing.T) {
	w := newWorld(t)
	back := Key{"CEDRFRPP", "MERIDEFF", FIN}
	for _, k := range []Key{key1, back} {
		w.takes(w.verb(KindAuthorise, k, "all"))
		w.takes(w.verb(KindAccept, k, ""))
	}
	w.Readmitted("MERIDEFF", corridor.Position{Page: 50}, w.now.UnixNano())
	for _, way := range [][2]corridor.BIC{{"MERIDEFF", "CEDRFRPP"}, {"CEDRFRPP", "MERIDEFF"}} {
		if _, why := w.May(way[0], way[1], "fin.103", w.now.UnixNano()); why != Readmitted {
			t.Errorf("%v: %s", way, why)
		}
	}
	w.takes(w.verb(KindAccept, key1, ""))
	w.refuses("the readmitted one confirms for its counterparty", corridor.FaultRMAState, w.verb(KindAccept, back, ""))
	w.takes(w.verb(KindAuthorise, back, "only fin.1"))
	w.takes(w.verb(KindAccept, back, ""))
	if got := w.says("MERIDEFF", "CEDRFRPP", "fin.103"); got != "true: authorised" {
		t.Error(got)
	}
}

func TestQueries(t *testing.T) {
	w := newWorld(t)
	ask := func(text string) *entry.Act {
		return w.make(KindQuery, "MERIDEFF", Query{"MERIDEFF", "CEDRFRPP", text})
	}
	answer := func(q *entry.Act, from corridor.BIC) *entry.Act {
		a := w.make(KindAnswer, from, Query{from, "MERIDEFF", "since Monday"})
		a.Document = corridor.DigestOf(q.Append(nil))
		return a
	}
	q := ask("Since when do you send MT 300?")
	w.takes(q)
	w.refuses("the query again", corridor.FaultRMAOlder, q)
	w.refuses("an answer of a third", corridor.FaultRMAQuery, answer(q, "TAMAJPJT"))
	w.refuses("an answer to nothing", corridor.FaultRMAQuery, answer(ask("other"), "CEDRFRPP"))
	w.takes(answer(q, "CEDRFRPP"))
	w.refuses("a second answer", corridor.FaultRMAQuery, answer(q, "CEDRFRPP"))
	for range maxOpenQueries {
		w.takes(ask("and?"))
	}
	w.refuses("too many queries", corridor.FaultRMAQuery, ask("and?"))
}

// A list to start with holds until its date, gives way to what the members agree, and never takes the place of it.
func TestBootstrap(t *testing.T) {
	w := newWorld(t)
	second := Key{"TAMAJPJT", "CEDRFRPP", MX}
	w.takes(w.verb(KindAuthorise, second, "only pacs"))
	w.takes(w.make(KindBootstrap, "", Bootstrap{"2026-12-31T00:00:00Z", []Row{{key1, Permission{Mode: All}, ""}, {second, Permission{Mode: All}, ""}}}))
	if got := w.says("CEDRFRPP", "MERIDEFF", "fin.103"); got != "true: authorised" {
		t.Error(got)
	}
	if got := w.says("CEDRFRPP", "TAMAJPJT", "camt.056.001.08"); got != "false: the authorisation is not accepted by the sender" {
		t.Errorf("the list took the place of an issue: %s", got)
	}
	if v, _ := w.Look(key1, w.now.UnixNano(), nil); !v.Bootstrap || v.ValidTo != "2026-12-31T00:00:00Z" {
		t.Errorf("%+v", v)
	}
	w.refuses("acceptance of what the issuer did not issue", corridor.FaultRMAState, w.verb(KindAccept, key1, ""))
	w.takes(w.verb(KindAuthorise, key1, "only fin.1"))
	w.takes(w.verb(KindAccept, key1, ""))
	w.now = w.now.AddDate(0, 2, 0)
	if got := w.says("CEDRFRPP", "MERIDEFF", "fin.103"); got != "true: authorised" {
		t.Errorf("confirmed: %s", got)
	}
	w = newWorld(t)
	w.takes(w.make(KindBootstrap, "", Bootstrap{"2026-12-31T00:00:00Z", []Row{{key1, Permission{Mode: All}, "2026-12-10T00:00:00Z"}}}))
	w.now = w.now.AddDate(0, 0, 15)
	if got := w.says("CEDRFRPP", "MERIDEFF", "fin.103"); got != "false: the authorisation has expired" {
		t.Errorf("not confirmed: %s", got)
	}
}

func TestRefusal(t *testing.T) {
	w := newWorld(t)
	f := w.Refusal("CEDRFRPPXXX", "MERIDEFFXXX", "fin.103", w.now.UnixNano())
	if f == nil || f.Code != corridor.FaultNotAuthorised || !strings.Contains(f.Text, "there is no authorisation: CEDRFRPP to MERIDEFF fin.103") {
		t.Error(f)
	}
	if f := w.Refusal("CEDRFRPP", "MERIDEFF", "fin.900", w.now.UnixNano()); f != nil {
		t.Error(f)
	}
}

func TestCountsAndDormant(t *testing.T) {
	w := newWorld(t)
	for _, k := range []Key{key1, {"MERIDEFF", "TAMAJPJT", FIN}, {"CEDRFRPP", "MERIDEFF", MX}} {
		w.takes(w.verb(KindAuthorise, k, "all"))
		w.takes(w.verb(KindAccept, k, ""))
	}
	w.takes(w.verb(KindRequest, Key{"MERIDEFF", "ORCABRSP", MX}, "all"))
	w.takes(w.verb(KindAuthorise, Key{"TAMAJPJT", "MERIDEFF", MX}, "all"))
	if got, want := w.Count("MERIDEFF", w.now.UnixNano()), (Counts{Send: 1, Receive: 2, Decide: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	since := w.now.AddDate(0, 6, 0)
	used := map[Key]time.Time{key1: since.AddDate(0, 0, 1), {"CEDRFRPP", "MERIDEFF", MX}: since.AddDate(0, 0, -1)}
	all := Dormant(w.List("", since.UnixNano(), nil), since, func(k Key) time.Time { return used[k] })
	var got []string
	for _, v := range all {
		got = append(got, v.Key.String())
	}
	if want := "TAMAJPJT to MERIDEFF on fin, MERIDEFF to CEDRFRPP on mx"; strings.Join(got, ", ") != want {
		t.Errorf("dormant: %v, want %s", got, want)
	}
}

// A message says the same as the act in it.
func TestCheckMessage(t *testing.T) {
	w := newWorld(t)
	a := w.verb(KindAuthorise, key1, "all")
	acted := entry.Acted{Statement: a.Append(nil), Signature: make([]byte, corridor.SignatureSize), Certificate: []byte("certificate")}
	got, read, fault := ReadMessage(entry.EncodeActFile(acted))
	if fault != nil || read.Kind != KindAuthorise || !LooksLikeMessage(entry.EncodeActFile(acted)) {
		t.Fatal(fault)
	}
	good := entry.Submission{Network: "lab.corridor", Sender: "MERIDEFFAXXX", Receiver: "CEDRFRPPXXXX", Type: KindAuthorise, Reference: Reference(acted.Statement)}
	if fault := CheckMessage(&good, &got, &read); fault != nil {
		t.Fatal(fault)
	}
	for name, change := range map[string]func(*entry.Submission){
		"network":   func(s *entry.Submission) { s.Network = "other" },
		"sender":    func(s *entry.Submission) { s.Sender = "TAMAJPJTAXXX" },
		"receiver":  func(s *entry.Submission) { s.Receiver = "TAMAJPJTXXXX" },
		"type":      func(s *entry.Submission) { s.Type = KindRevoke },
		"reference": func(s *entry.Submission) { s.Reference = "X" },
	} {
		s := good
		change(&s)
		if fault := CheckMessage(&s, &got, &read); fault == nil || fault.Code != corridor.FaultRMAMessage {
			t.Errorf("%s: %v", name, fault)
		}
	}
	if _, _, fault := ReadMessage([]byte("{1:F01")); fault == nil || fault.Code != corridor.FaultRMAMessage {
		t.Error(fault)
	}
}
