package rma

import (
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// FuzzAct: whatever an act says, it is refused with a fault or applies; nothing in between.
func FuzzAct(f *testing.F) {
	w := newWorld(f)
	kinds := []string{KindRequest, KindAuthorise, KindAccept, KindReject, KindRevoke, KindDelete, KindQuery, KindAnswer, KindBootstrap}
	for i, kind := range kinds[:6] {
		f.Add(uint8(i), w.verb(kind, key1, "only fin.1").Body)
	}
	f.Add(uint8(6), []byte(`{"from":"MERIDEFF","text":"?","to":"CEDRFRPP"}`))
	f.Add(uint8(8), []byte(`{"confirm_by":"2027-01-01T00:00:00Z","rows":[{"correspondent":"CEDRFRPP","issuer":"MERIDEFF","permission":{"mode":"all"},"service":"mx"}]}`))
	f.Fuzz(func(t *testing.T, n uint8, body []byte) {
		w := newWorld(t)
		w.takes(w.verb(KindAuthorise, key1, "all"))
		a := &entry.Act{Network: "lab.corridor", Kind: kinds[int(n)%len(kinds)], Body: body, SignedAt: uint64(w.now.UnixMilli())}
		r := w.find(key1)
		if v := verbOf(a.Kind); v != nil && v.decides || a.Kind == KindAnswer {
			a.Document = r.digest
		}
		for _, b := range []corridor.BIC{"MERIDEFF", "CEDRFRPP", ""} {
			a.For = b
			w.do(a)
		}
		sameAfterSnapshot(t, w.State)
	})
}

// FuzzSnapshot: a damaged snapshot is refused or reads as a state that works.
func FuzzSnapshot(f *testing.F) {
	w := newWorld(f)
	w.takes(w.verb(KindAuthorise, key1, "only fin.1"))
	w.takes(w.verb(KindAccept, key1, ""))
	w.takes(w.make(KindQuery, "MERIDEFF", Query{"MERIDEFF", "CEDRFRPP", "?"}))
	f.Add(w.AppendSnapshot(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, _, err := ReadSnapshot(b, DefaultRules())
		if err != nil {
			return
		}
		s.May("CEDRFRPP", "MERIDEFF", "fin.103", 1)
		s.List("", 1, nil)
		sameAfterSnapshot(t, s)
	})
}
