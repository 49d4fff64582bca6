package sim

import (
	"bytes"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/standing/verify"
)

// Check names what a run is compared against.
type Check string

// The checks.
const (
	CheckLost    Check = "nothing acknowledged is lost"
	CheckTwice   Check = "nothing is handed over twice"
	CheckOrder   Check = "order per sender, receiver and priority"
	CheckAnswer  Check = "the same answer to a resubmission"
	CheckReceipt Check = "all receipts verify"
	CheckReplay  Check = "replay gives the same state"
	CheckJournal Check = "the journal is whole"
	CheckHeart   Check = "the heart does not contradict itself"
	CheckPassed  Check = "nothing passes that an order forbids"
	CheckBlocked Check = "nothing else is blocked"
	CheckProof   Check = "the journal proves what orders did"
)

// finished reports that nothing is under way any more: all sent, answered, delivered and acknowledged.
func (w *world) finished() bool {
	if !w.calm {
		return false
	}
	l := w.lead()
	if l == nil || l.writing || len(w.office.queue) > 0 {
		return false
	}
	for _, b := range w.banks {
		if _, off := l.heart.Standing().Off(b.lt.BIC8()); !off && b.answered() != b.sent {
			return false
		}
	}
	return l.heart.Idle() || w.now-w.quiet > int64(quietTime)
}

// quietTime is how long nothing happens when what is left is held, or in doubt, for good.
const quietTime = 20 * time.Second

// lead is the leader whose page is the newest of the journal; another may still believe that it leads.
func (w *world) lead() *leader {
	rows := w.disk.rows
	for i := len(w.leaders) - 1; i >= 0; i-- {
		l := w.leaders[i]
		if n := len(l.pages); l.up && n > 0 && n == len(rows) && bytes.Equal(l.pages[n-1].Stored, rows[n-1].header) {
			return l
		}
	}
	return nil
}

// check compares, at the end, what was sent, answered and handed over, and reads the journal again.
func (w *world) check() {
	l := w.lead()
	if l == nil {
		w.fail(CheckHeart, "nobody leads at the end")
		return
	}
	for _, b := range w.banks {
		_, off := l.heart.Standing().Off(b.lt.BIC8())
		for n := corridor.ISN(1); n <= b.sent && !off; n++ {
			if _, ok := b.answers[n]; !ok {
				w.fail(CheckLost, "%s: number %d has no answer at the end", b.lt, n)
			}
		}
	}
	w.checkHandOver(w.ends(l.pages))
	w.checkReceipts()
	w.checkReplay()
	w.checkOrders(l.pages)
}

// end is what orders made of an accepted message.
type end struct {
	outcome entry.Ruling
	held    bool // at some time: then it may come late
}

// ends are the messages that orders kept from their receivers, or held for a while, by the journal.
func (w *world) ends(pages []*journal.Page) map[messageKey]end {
	all, at := map[messageKey]end{}, map[corridor.Position]messageKey{}
	for _, p := range pages {
		entries, err := p.All()
		if err != nil {
			w.fail(CheckJournal, "page %d: %v", p.Header.Number, err)
			return nil
		}
		for i, stored := range entries {
			e, err := entry.Decode(stored)
			if err != nil {
				continue
			}
			switch e := e.(type) {
			case *entry.Accepted:
				if s, err := entry.DecodeSubmission(e.Statement); err == nil {
					at[corridor.Position{Page: p.Header.Number, Index: uint32(i)}] = messageKey{s.Sender, s.Number}
				}
			case *entry.Decided:
				if k, ok := at[e.Message]; ok {
					all[k] = end{e.Outcome, all[k].held || e.Outcome == entry.Holds}
				}
			}
		}
	}
	return all
}

// checkOrders holds the journal against the oracle, and has the off-line verifier prove it to one who has the orders.
func (w *world) checkOrders(pages []*journal.Page) {
	pages, err := w.tampered(pages)
	if err != nil {
		w.fail(CheckJournal, "%v", err)
		return
	}
	w.consult(pages)
	o := verify.Options{Root: w.keys.root, Particulars: func(corridor.MessageType, []byte) (*corridor.Particulars, error) { return &corridor.Particulars{}, nil }}
	for _, d := range w.office.taken {
		if document, err := d.Encode(); err == nil {
			o.Orders = append(o.Orders, document)
		}
	}
	v := verify.New(o)
	for _, p := range pages {
		if err := v.Page(p); err != nil {
			w.fail(CheckProof, "%v", err)
			return
		}
	}
	r := v.End()
	w.result.Orders, w.result.Blocked = len(r.Orders), r.Counts.RefusedByOrder+r.Counts.Returned+r.Counts.Stored+r.Counts.Held+r.Counts.InDoubt
	for _, s := range r.Sentences {
		if !s.Holds {
			w.fail(CheckProof, "%s: %s: %s", s.Sentence, s.Break.Place, s.Break.What)
		}
	}
}

type messageKey struct {
	from   corridor.LT
	number corridor.ISN
}

func (w *world) checkHandOver(ends map[messageKey]end) {
	seen := map[messageKey]int{}
	for _, b := range w.banks {
		type line struct {
			from corridor.LT
			prio corridor.Priority
		}
		last := map[line]corridor.ISN{}
		for _, h := range b.office {
			seen[messageKey{h.from, h.number}]++
			at := line{h.from, h.prio}
			if h.number <= last[at] && !ends[messageKey{h.from, h.number}].held {
				w.fail(CheckOrder, "%s: number %d of %s came after %d", b.lt, h.number, h.from, last[at])
			}
			last[at] = max(last[at], h.number)
			if !h.system {
				w.result.Delivered++
			}
		}
	}
	for k, n := range seen {
		if n > 1 {
			w.fail(CheckTwice, "number %d of %s was handed over %d times", k.number, k.from, n)
		}
	}
	for _, b := range w.banks {
		for n, a := range b.answers {
			if a.accepted {
				w.result.Accepted++
				if e := ends[messageKey{b.lt, n}].outcome; seen[messageKey{b.lt, n}] == 0 && (e == "" || e == entry.Passes || e == entry.Licensed) {
					w.fail(CheckLost, "number %d of %s was acknowledged and never handed over", n, b.lt)
				}
			} else {
				w.result.Refused++
			}
		}
	}
}

func (w *world) checkReceipts() {
	for _, b := range w.banks {
		for _, k := range b.receipts {
			if _, err := evidence.Verify(w.keys.root, k.receipt, k.payload); err != nil {
				w.fail(CheckReceipt, "%s: %v", b.lt, err)
			}
		}
	}
}

// checkReplay reads the journal from its beginning and compares the state byte for byte, also by way of a snapshot in the middle.
func (w *world) checkReplay() {
	l := w.lead()
	if l == nil {
		w.fail(CheckHeart, "nobody leads at the end")
		return
	}
	live := l.heart.Snapshot()
	if w.options.Sabotage == HiddenChange {
		live[len(live)/2] ^= 1
	}
	pages := w.disk.pages(w)
	w.result.Pages = len(pages)
	a, b := hub.NewHeart(network, "CRDRXXXXAXXX"), hub.NewHeart(network, "CRDRXXXXAXXX")
	for i, p := range pages {
		all, err := p.All()
		if err != nil {
			w.fail(CheckJournal, "page %d: %v", i, err)
			return
		}
		for _, h := range []*hub.Heart{a, b} {
			if err := h.Replay(&p.Header, p.Hash(), all); err != nil {
				w.fail(CheckReplay, "page %d: %v", i, err)
				return
			}
		}
		if i%7 == 3 {
			state := b.Snapshot()
			b = hub.NewHeart(network, "CRDRXXXXAXXX")
			if err := b.Restore(state); err != nil {
				w.fail(CheckReplay, "snapshot after page %d: %v", i, err)
				return
			}
		}
	}
	if !bytes.Equal(a.Snapshot(), live) {
		w.fail(CheckReplay, "the state from the journal is not the one that the leader had")
	}
	if !bytes.Equal(b.Snapshot(), live) {
		w.fail(CheckReplay, "the state by way of snapshots is not the one that the leader had")
	}
}
