package rma

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"pgregory.net/rapid"
)

// event is one thing that happened to an authorisation, as the slow model remembers it.
type event struct {
	kind       string // of the act; "issuer" and "correspondent" for a readmission of that side
	permission Permission
	from, to   int64
}

// model is the whole history of one authorisation. It keeps no state: every question is answered from the history.
type model []event

func (m model) last(kinds ...string) int {
	for i := len(m) - 1; i >= 0; i-- {
		if slices.Contains(kinds, m[i].kind) {
			return i
		}
	}
	return -1
}

// alive reports that the newest issue is neither ended nor refused; accepted that the correspondent has said yes since then and since any readmission.
func (m model) alive() bool { return m.last(KindAuthorise) > m.ended() }
func (m model) ended() int  { return m.last(KindRevoke, KindReject, KindDelete) }
func (m model) accepted() int {
	a := m.last(KindAccept)
	if a > m.ended() && a > m.last("issuer", "correspondent") {
		return a
	}
	return -1
}

// possible is what the tables of the standard allow, in words.
func (m model) possible(kind string) bool {
	issue, again := m.last(KindAuthorise), m.last("issuer", "correspondent")
	asked := m.last(KindRequest) > m.ended() && !m.alive()
	decided := m.last(KindAccept) > max(issue, again)
	switch kind {
	case KindAccept:
		return m.alive() && !decided && m.last("correspondent") < issue
	case KindReject:
		return m.alive() && !decided
	case KindDelete:
		return m.alive() && m.accepted() >= 0 || asked
	case KindRevoke:
		return m.alive() || asked
	}
	return true
}

// may: the newest issue and the one that was accepted both allow the type now.
func (m model) may(t corridor.MessageType, at int64) bool {
	a := m.accepted()
	if !m.alive() || a < 0 {
		return false
	}
	newest, taken := m[m.last(KindAuthorise)], m[m[:a].last(KindAuthorise)]
	return newest.allows(t, at) && taken.allows(t, at)
}

func (e event) allows(t corridor.MessageType, at int64) bool {
	if at < e.from || e.to != 0 && at >= e.to {
		return false
	}
	listed := slices.ContainsFunc(e.permission.Types, func(x string) bool {
		if len(x) == len("fin.1") {
			return strings.HasPrefix(string(t), x)
		}
		return string(t) == x || strings.HasPrefix(string(t), x+".")
	})
	return e.permission.Mode == All || listed == (e.permission.Mode == Include)
}

// Random acts, readmissions and clocks against the slow model.
func TestAgainstTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		members := []corridor.BIC{"MERIDEFF", "CEDRFRPP", "TAMAJPJT"}
		models, signed := map[Key]model{}, map[Key][2]uint64{}
		for step := range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute)
			now := w.now.UnixNano()
			if rapid.IntRange(0, 9).Draw(t, "readmission") == 0 {
				b := rapid.SampledFrom(members).Draw(t, "who")
				w.Readmitted(b, corridor.Position{Page: uint64(step)}, now)
				for k := range models {
					if models[k].alive() && k.Issuer == b {
						models[k] = append(models[k], event{kind: "issuer"})
					} else if models[k].alive() && k.Correspondent == b {
						models[k] = append(models[k], event{kind: "correspondent"})
					}
				}
			} else {
				oneAct(t, w, members, models, signed, step)
			}
			for k, m := range models {
				typ := rapid.SampledFrom([]corridor.MessageType{"fin.103", "fin.202", "fin.202.COV", "fin.300"}).Draw(t, "type")
				ok, why := w.May(k.Correspondent, k.Issuer, typ, now)
				if want := m.may(typ, now); ok != want {
					t.Fatalf("%v %s: %v (%s), the model says %v after %+v", k, typ, ok, why, want, m)
				}
			}
		}
		sameAfterSnapshot(t, w.State)
	})
}

func oneAct(t *rapid.T, w *world, members []corridor.BIC, models map[Key]model, signed map[Key][2]uint64, step int) {
	pair := rapid.Permutation(members).Draw(t, "pair")
	k := Key{pair[0], pair[1], FIN}
	kind := rapid.SampledFrom([]string{KindRequest, KindAuthorise, KindAuthorise, KindAccept, KindAccept, KindAccept, KindReject, KindRevoke, KindDelete}).Draw(t, "kind")
	a, e := drawAct(t, w, k, kind)
	side := 0
	if a.For == k.Correspondent {
		side = 1
	}
	now := w.now.UnixNano()
	fault := w.Check(a, now, nil, nil)
	m := models[k]
	possible := m.possible(kind) && a.SignedAt > signed[k][side]
	if kind == KindAccept && possible {
		newest := m[m.last(KindAuthorise)]
		possible = newest.to == 0 || now < newest.to
	}
	if kind == KindAuthorise && e.to != 0 && e.to <= now {
		possible = false
	}
	if (fault == nil) != possible {
		t.Fatalf("%s: %v, the model says %v after %+v", kind, fault, possible, m)
	}
	if fault != nil {
		return
	}
	if err := w.Apply(corridor.Position{Page: uint64(step)}, now, a); err != nil {
		t.Fatal(err)
	}
	models[k] = append(m, e)
	both := signed[k]
	both[side] = a.SignedAt
	signed[k] = both
}

// drawAct is an act on an authorisation, signed by a clock that may be late or early.
func drawAct(t *rapid.T, w *world, k Key, kind string) (*entry.Act, event) {
	e := event{kind: kind}
	body, of, document := Body{Key: k}, k.Correspondent, corridor.Digest{}
	v := verbOf(kind)
	if v.byIssuer {
		of = k.Issuer
	}
	if v.permission {
		text := rapid.SampledFrom([]string{"all", "only fin.1", "only fin.2 fin.300", "only fin.202.COV", "all but fin.202", "all but fin.3"}).Draw(t, "permission")
		e.permission, _ = ParsePermission(text)
		body.Permission = &e.permission
	}
	if v.validity && rapid.Bool().Draw(t, "ends") {
		from, to := w.now.Add(time.Duration(rapid.IntRange(-60, 60).Draw(t, "from"))*time.Minute), w.now.Add(time.Duration(rapid.IntRange(61, 600).Draw(t, "to"))*time.Minute)
		body.ValidFrom, body.ValidTo, e.from, e.to = InstantOf(from), InstantOf(to), from.UnixNano(), to.UnixNano()
	}
	if v.decides {
		body.Issued, document = 1, corridor.DigestOf(nil)
		if r := w.find(k); r != nil && r.issued != 0 {
			body.Issued, document = r.issued, r.digest
		}
	}
	a := w.make(kind, of, body)
	a.Document = document
	a.SignedAt = uint64(int64(a.SignedAt) + int64(rapid.IntRange(-5, 5).Draw(t, "clock"))*60_000)
	return a, e
}

// sameAfterSnapshot reads the state back from its snapshot and compares it with the original.
func sameAfterSnapshot(t failer, s *State) {
	b := s.AppendSnapshot(nil)
	again, rest, err := ReadSnapshot(append(bytes.Clone(b), "rest"...), s.Rules())
	if err != nil || string(rest) != "rest" {
		t.Fatal("read back", err, string(rest))
	}
	if !bytes.Equal(again.AppendSnapshot(nil), b) {
		t.Fatal("the snapshot of what was read from a snapshot differs")
	}
}
