package verify_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/standing"
	"corridor.example/corridor/standing/verify"
)

// everything is a story in which each kind of entry stands, with a message in each state that there is.
func everything(t testing.TB) *recorder {
	r := newRecorder(t, vostrova, sister, german, french)
	r.act("dino", "directory.change", "", corridor.Digest{}, []byte(`{"announce":false,"changes":[{"entity":{"country":"RU","id":"LE-1","name":"Vostrova","status":"active"}}]}`))
	r.page(start.Add(time.Minute))
	r.order(standing.Order{ID: "ORD-0", Kind: standing.Restrict, Subject: resolved("ZQVSRUMM"), Effective: standing.Effective{UTC: start.Add(48 * time.Hour).Format(time.RFC3339)},
		Carveouts: []standing.Carveout{{Licence: "L-77", Currency: "EUR", Quote: "/LIC/L-77", Amount: "40000", WindowDays: 30}}})
	r.order(standing.Order{ID: "ORD-1", Kind: standing.Disconnect, Subject: resolved("ZQVARUMM"), Effective: standing.Effective{UTC: start.Add(72 * time.Hour).Format(time.RFC3339)}})
	r.try("dora", standing.OrderSign, "ORD-1", r.drafts["ORD-1"], nil) // his own draft: refused, and recorded
	r.page(start.Add(50 * time.Hour))
	r.send(german, sister, "fin.103", pays("EUR", "30000", "/LIC/L-77"))
	held := r.send(german, sister, "fin.103", pays("EUR", "15000", "/LIC/L-77"))
	r.send(german, sister, "fin.103", pays("EUR", "1"))
	r.deliver(sister, 9)
	place := standing.Place{Page: held.at.Page, Index: held.at.Index}
	r.page(start.Add(51 * time.Hour))
	r.act("cora", standing.MessageRelease, "", corridor.Digest{}, place)
	r.act("lena", standing.MessageRelease, "", corridor.Digest{}, place)
	r.deliver(sister, 9)
	r.page(start.Add(71 * time.Hour))
	r.send(german, vostrova, "fin.103", pays("EUR", "2"))
	r.deliver(vostrova, 0)
	r.send(german, vostrova, "fin.103", pays("EUR", "3"))
	r.send(vostrova, french, "fin.103", pays("EUR", "4"))
	r.page(start.Add(72 * time.Hour))
	r.send(german, vostrova, "fin.103", pays("EUR", "6"))
	r.send(german, french, "fin.103", pays("EUR", "7"))
	r.deliver(french, 9)
	r.add(&entry.KeyRevoked{LT: "ZQXXRUMMAXXX", Key: corridor.DigestOf([]byte("some key")), Reason: "lost"}, nil)
	r.page(start.Add(73 * time.Hour))
	r.deliver(german, 1)
	r.send(german, vostrova, "fin.940", nothing())
	return r
}

// tamperer rewrites a journal as its own hub could: each page is built anew from changed entries and signed with the hub's key.
type tamperer struct {
	r     *recorder
	pages []*journal.Page
}

// rewritten are the pages with the entries of one of them changed.
func (x *tamperer) rewritten(page int, change func(all [][]byte) [][]byte) ([]*journal.Page, bool) {
	out := append([]*journal.Page(nil), x.pages[:page]...)
	for i := page; i < len(x.pages); i++ {
		all, err := x.pages[i].All()
		if err != nil {
			panic(err)
		}
		payloads := map[string][]byte{} // by entry: where it stands may change
		for n, e := range all {
			if p, err := x.pages[i].Payload(uint32(n)); err == nil {
				payloads[string(e)] = p
			}
		}
		if i == page {
			all = change(append([][]byte(nil), all...))
		}
		p, ok := x.sealed(i, all, payloads, out)
		if !ok {
			return nil, false
		}
		out = append(out, p)
	}
	return out, true
}

func (x *tamperer) sealed(i int, all [][]byte, payloads map[string][]byte, before []*journal.Page) (*journal.Page, bool) {
	old := x.pages[i]
	b := &journal.Builder{}
	n, err := old.Frames()
	if err != nil {
		panic(err)
	}
	for f := range n {
		b.AddFrame(*must(old.Frame(uint32(f))))
	}
	h := old.Header
	h.Previous = corridor.Digest{}
	if len(before) > 0 {
		h.Previous = before[len(before)-1].Hash()
	}
	for _, stored := range all {
		e, err := entry.Decode(stored)
		if err != nil || !bytes.Equal(entry.Append(nil, e), stored) {
			return nil, false // no hub can write that
		}
		if c, ok := e.(*entry.Closing); ok { // it names the page before, which is another now
			c.Statement = bytes.ReplaceAll(c.Statement, []byte(old.Header.Previous.String()), []byte(h.Previous.String()))
		}
		b.Add(e, payloads[string(stored)])
	}
	if b.Len() == 0 {
		return nil, false
	}
	return b.Seal(evidence.Header{Network: h.Network, Number: h.Number, Previous: h.Previous, Time: h.Time, Term: h.Term}, x.r.hub.Sign), true
}

func logRoot(pages []*journal.Page) corridor.Digest {
	var log evidence.Log
	for _, p := range pages {
		log.Add(p.Hash())
	}
	return log.Root()
}

// quiet are the records that the hub's own key can forge away unnoticed if nobody keeps a checkpoint, with the reason. A
// checkpoint of one observer, or a member's receipt, shows each of them.
var quiet = map[string]string{
	"deleted term-started":           "package journal sees it: the first page has no certificate then",
	"deleted act-refused":            "nothing rests on it",
	"deleted key-revoked":            "it was of a key that signed nothing",
	"deleted acknowledged":           "the message counts as out; the receiver has the receipt",
	"deleted acted order.sign":       "one more signed than was needed",
	"deleted acted directory.change": "no order tests what it says",
	"swapped":                        "two records of which neither rests on the other",
}

// TestEveryRecordCounts deletes each record of a journal in turn, swaps it with the next, and flips a bit in it, and signs everything
// behind anew with the hub's own key, as only the operator could. With a checkpoint that an observer keeps each is seen (A22). Without one
// the sentences see it, but for what is listed as quiet.
func TestEveryRecordCounts(t *testing.T) {
	r := everything(t)
	pages := r.end()
	mustHold(t, verifyPages(t, r.authority.Root(), pages, verify.Options{}))
	x := &tamperer{r, pages}
	kept := logRoot(pages)
	tried, kinds := 0, map[string]int{}
	try := func(what string, page int, change func([][]byte) [][]byte) {
		forged, ok := x.rewritten(page, change)
		if !ok {
			return
		}
		tried++
		if logRoot(forged) == kept {
			t.Errorf("%s: the observer's checkpoint agrees", what)
		}
		kind, _, _ := strings.Cut(what, " at ")
		_, isQuiet := quiet[kind]
		isQuiet = isQuiet || strings.HasPrefix(kind, "swapped")
		if verifyPages(t, r.authority.Root(), forged, verify.Options{}).Holds() {
			kinds[kind+" unseen"]++
			if !isQuiet {
				t.Errorf("%s: the verifier sees nothing", what)
			}
			return
		}
		kinds[kind]++
	}
	for n, p := range pages {
		all := must(p.All())
		for i, stored := range all {
			name := fmt.Sprintf("%s at %d/%d", describe(stored), n, i)
			try("deleted "+name, n, func(all [][]byte) [][]byte { return append(all[:i:i], all[i+1:]...) })
			if i+1 < len(all) {
				try("swapped "+name, n, func(all [][]byte) [][]byte {
					all[i], all[i+1] = all[i+1], all[i]
					return all
				})
			}
		}
	}
	for kind, n := range kinds {
		t.Logf("%4d %s", n, kind)
	}
	if tried < 100 {
		t.Errorf("only %d changes were tried", tried)
	}
	for kind := range quiet {
		if strings.HasPrefix(kind, "deleted") && kinds[kind+" unseen"] == 0 {
			t.Errorf("%s is always seen: it is not quiet any more", kind)
		}
	}
}

func describe(stored []byte) string {
	e := must(entry.Decode(stored))
	if a, ok := e.(*entry.Acted); ok {
		return "acted " + must(entry.DecodeAct(a.Statement)).Kind
	}
	return e.Kind().String()
}

// slightly are the kinds of record in which the hub's own key can alter something that no sentence rests on.
var slightly = map[string]string{
	"term-started":   "its certificate is what package journal checks",
	"act-refused":    "the fault that the officer was told",
	"key-revoked":    "its reason, and keys that signed nothing",
	"session-opened": "its window and keys",
	"session-closed": "its reason",
	"closing":        "how often the institution came back before",
	"decided":        "one rule instead of another of those that come to the same",
}

// TestEveryAlteredRecordIsSeen flips a bit in some bytes of each record.
func TestEveryAlteredRecordIsSeen(t *testing.T) {
	r := everything(t)
	pages := r.end()
	x := &tamperer{r, pages}
	unseen := map[string]int{}
	seen := 0
	for n, p := range pages {
		for i, stored := range must(p.All()) {
			for at := n % 31; at < len(stored); at += 31 {
				forged, ok := x.rewritten(n, func(all [][]byte) [][]byte {
					all[i] = bytes.Clone(all[i])
					all[i][at] ^= 1 << (at % 8)
					return all
				})
				if !ok {
					continue
				}
				if verifyPages(t, r.authority.Root(), forged, verify.Options{}).Holds() {
					unseen[describe(stored)]++

				} else {
					seen++
				}
			}
		}
	}
	for kind, n := range unseen {
		if why := slightly[kind]; why == "" {
			t.Errorf("%d alterations of %s are not seen", n, kind)
		}
	}
	t.Logf("%d alterations are seen, %v are not", seen, unseen)
}
