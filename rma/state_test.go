package rma

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
)

// world is a state with a clock, and makes acts.
type world struct {
	*State
	t    failer
	now  time.Time
	page uint64
	cut  map[corridor.BIC]bool // disconnected by an order
	shut map[corridor.BIC]bool // no new authorisations
}

// failer is what testing.T and rapid.T have in common.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

func newWorld(t failer) *world {
	s, err := New(DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	return &world{State: s, t: t, now: time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC), cut: map[corridor.BIC]bool{}, shut: map[corridor.BIC]bool{}}
}

// make is an act as an officer of the institution would sign it now.
func (w *world) make(kind string, of corridor.BIC, body any) *entry.Act {
	w.t.Helper()
	b, err := canonical.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return &entry.Act{Network: "lab.corridor", Kind: kind, For: of, Body: b, SignedAt: uint64(w.now.UnixMilli())}
}

// verb is an act on one authorisation; an acceptance and a rejection are of its newest issue.
func (w *world) verb(kind string, k Key, permission string) *entry.Act {
	w.t.Helper()
	body, of, document := Body{Key: k}, k.Correspondent, corridor.Digest{}
	switch v := verbOf(kind); {
	case v.byIssuer:
		of = k.Issuer
		fallthrough
	case v.permission:
		if v.permission {
			p, err := ParsePermission(permission)
			if err != nil {
				w.t.Fatal(err)
			}
			body.Permission = &p
		}
	case v.decides:
		body.Issued, document = 1, corridor.DigestOf(nil)
		if r := w.find(k); r != nil && r.issued != 0 {
			body.Issued, document = r.issued, r.digest
		}
	}
	a := w.make(kind, of, body)
	a.Document = document
	return a
}

// do takes an act as the hub does; a refused act changes nothing.
func (w *world) do(a *entry.Act) *corridor.Fault {
	w.t.Helper()
	before := w.AppendSnapshot(nil)
	fault := w.Check(a, w.now.UnixNano(), func(b corridor.BIC) bool { return w.cut[b] }, func(b corridor.BIC) bool { return !w.shut[b] })
	if fault == nil {
		w.page++
		if err := w.Apply(corridor.Position{Page: w.page}, w.now.UnixNano(), a); err != nil {
			w.t.Fatalf("an act that was checked does not apply: %v", err)
		}
	} else if !bytes.Equal(before, w.AppendSnapshot(nil)) {
		w.t.Fatal("a refused act changed the state")
	}
	w.now = w.now.Add(time.Second)
	return fault
}

func (w *world) says(sender, receiver corridor.BIC, t corridor.MessageType) string {
	ok, why := w.May(sender, receiver, t, w.now.UnixNano())
	return strings.TrimSpace(fmt.Sprintf("%v: %v", ok, why))
}

var key1 = Key{"MERIDEFF", "CEDRFRPP", FIN}

// An authorisation is given, accepted, used, narrowed and ended.
func TestLifeOfAnAuthorisation(t *testing.T) {
	w := newWorld(t)
	for _, step := range []struct{ kind, permission, want string }{
		{KindRequest, "all", "false: the authorisation is requested and not issued"},
		{KindAuthorise, "all", "false: the authorisation is not accepted by the sender"},
		{KindAccept, "", "true: authorised"},
		{KindAuthorise, "only fin.2", "false: this type"},
		{KindAccept, "", "false: this type"},
		{KindAuthorise, "only fin.1", "false: this type"},
		{KindAccept, "", "true: authorised"},
		{KindDelete, "", "false: the sender deleted the authorisation"},
		{KindAuthorise, "all but fin.103", "false: the authorisation is not accepted by the sender"},
		{KindReject, "", "false: the sender rejected the authorisation"},
	} {
		if fault := w.do(w.verb(step.kind, key1, step.permission)); fault != nil {
			t.Fatalf("%s: %v", step.kind, fault)
		}
		got := strings.Replace(w.says("CEDRFRPP", "MERIDEFF", "fin.103"), "the authorisation does not hold this type", "this type", 1)
		if got != step.want {
			t.Errorf("after %s: %q, want %q", step.kind, got, step.want)
		}
	}
}
