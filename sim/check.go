package sim

import (
	"bytes"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/hub"
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
)

// finished reports that nothing is under way any more: all sent, answered, delivered and acknowledged.
func (w *world) finished() bool {
	if !w.calm {
		return false
	}
	for _, b := range w.banks {
		if b.answered() != b.sent {
			return false
		}
	}
	l := w.lead()
	return l != nil && !l.writing && l.heart.Idle()
}

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
	for _, b := range w.banks {
		for n := corridor.ISN(1); n <= b.sent; n++ {
			if _, ok := b.answers[n]; !ok {
				w.fail(CheckLost, "%s: number %d has no answer at the end", b.lt, n)
			}
		}
	}
	w.checkHandOver()
	w.checkReceipts()
	w.checkReplay()
}

type messageKey struct {
	from   corridor.LT
	number corridor.ISN
}

func (w *world) checkHandOver() {
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
			if h.number <= last[at] {
				w.fail(CheckOrder, "%s: number %d of %s came after %d", b.lt, h.number, h.from, last[at])
			}
			last[at] = h.number
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
				if seen[messageKey{b.lt, n}] == 0 {
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
