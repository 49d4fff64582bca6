package hub

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"corridor.example/corridor"
)

// A snapshot is the state's one byte form: the same state gives the same bytes, so that a replay can be compared
// with the original. Numbers are uvarints, strings and byte runs have their length before them, maps are sorted.
const snapshotVersion = 2

type writer struct {
	b     []byte
	index map[*terminal]uint64 // place of a terminal in the snapshot, from 1
}

func (w *writer) uint(x uint64)            { w.b = binary.AppendUvarint(w.b, x) }
func (w *writer) bytes(x []byte)           { w.uint(uint64(len(x))); w.b = append(w.b, x...) }
func (w *writer) text(x string)            { w.uint(uint64(len(x))); w.b = append(w.b, x...) }
func (w *writer) digest(x corridor.Digest) { w.b = append(w.b, x[:]...) }
func (w *writer) bool(x bool)              { w.b = append(w.b, flag(x)) }
func (w *writer) at(p corridor.Position)   { w.uint(p.Page); w.uint(uint64(p.Index)) }
func (w *writer) waiting(x waiting) {
	w.at(x.at)
	w.digest(x.leaf)
	w.uint(w.index[x.from])
	w.uint(uint64(x.tries)<<1 | uint64(flag(x.delayed)))
}

func flag(x bool) byte {
	if x {
		return 1
	}
	return 0
}

// Snapshot writes the state after the page that Seal returned last. It must be called right after Seal.
func (h *Heart) Snapshot() []byte {
	s := h.state
	w := &writer{b: make([]byte, 0, 1<<16+48*s.size())}
	w.uint(snapshotVersion)
	w.text(string(s.network))
	for _, x := range []uint64{s.term, uint64(s.time), s.originated, uint64(s.waiting), s.accepted, s.refused, s.delivered, h.next} {
		w.uint(x)
	}
	w.digest(h.previous)
	w.uint(uint64(len(s.leaders)))
	for _, l := range s.leaders {
		w.uint(l.from)
		w.uint(uint64(l.at))
		w.bytes(l.der)
	}
	s.writeGovernance(w)
	s.writeKeys(w)
	s.writeTerminals(w, h.sorted())
	s.writeDestinations(w)
	s.writeWatches(w)
	aborting := h.abortions()
	w.uint(uint64(len(aborting)))
	for _, at := range aborting {
		w.at(at)
		w.text(s.aborting[at])
	}
	s.writeHeld(w)
	return w.b
}

// size is how many messages wait in queues, which is what makes a snapshot large.
func (s *state) size() (n int) {
	for _, d := range s.destinations {
		n += d.queue.size() + len(d.retries)
	}
	return n
}

func (s *state) writeKeys(w *writer) {
	ids := slices.SortedFunc(maps.Keys(s.keys), func(a, b corridor.Digest) int { return slices.Compare(a[:], b[:]) })
	w.uint(uint64(len(ids)))
	for _, id := range ids {
		k := s.keys[id]
		w.digest(id)
		w.text(string(k.lt))
		w.bytes(k.der)
		w.bool(k.revoked)
		w.at(k.since)
	}
}

func (s *state) writeTerminals(w *writer, all []*terminal) {
	w.uint(uint64(len(all)))
	w.index = map[*terminal]uint64{}
	for i, t := range all {
		w.text(string(t.lt))
		w.index[t] = uint64(i + 1)
	}
	for _, t := range all {
		w.uint(uint64(t.session))
		w.uint(uint64(t.isn))
		w.uint(uint64(t.osn))
		w.bool(t.live != nil)
		if t.live != nil {
			w.digest(t.live.transport)
			w.digest(t.live.signing)
			w.uint(uint64(t.live.window))
			w.bool(t.live.delivery)
		}
		w.digest(t.keys[0])
		w.digest(t.keys[1])
		w.uint(uint64(t.generation))
		w.uint(uint64(len(t.answers.ring)))
		for _, a := range t.answers.ring {
			w.digest(a.leaf)
			w.at(a.at)
		}
		w.uint(uint64(len(t.pending)))
		for _, d := range t.pending {
			w.uint(uint64(d.osn))
			w.waiting(d.what)
			w.uint(uint64(d.prio))
			w.uint(uint64(flag(d.done) | flag(d.doubt)<<1))
		}
	}
}

func (s *state) writeDestinations(w *writer) {
	bics := slices.Sorted(maps.Keys(s.destinations))
	w.uint(uint64(len(bics)))
	for _, bic := range bics {
		d := s.destinations[bic]
		w.text(string(bic))
		serving := ""
		if d.serving != nil {
			serving = string(d.serving.lt)
		}
		w.text(serving)
		for i := range d.queue {
			w.uint(uint64(d.queue[i].size))
			d.queue[i].each(w.waiting)
		}
		w.uint(uint64(len(d.retries)))
		for _, r := range d.retries {
			w.uint(uint64(r.due))
			w.uint(uint64(r.prio))
			w.waiting(r.what)
		}
		w.at(d.fence)
		d.writeClosing(w)
	}
}

func (s *state) writeWatches(w *writer) {
	ats := slices.SortedFunc(maps.Keys(s.watches.open), corridor.Position.Compare)
	w.uint(uint64(len(ats)))
	for _, at := range ats {
		x := s.watches.open[at]
		w.at(at)
		w.text(string(x.mir))
		w.uint(uint64(x.accepted))
		w.uint(uint64(x.deadline))
		w.text(string(x.sender))
		w.text(string(x.receiver))
		w.text(string(x.reference))
		w.uint(uint64(x.priority))
		w.uint(uint64(x.monitoring))
		w.bool(x.warned)
	}
}

// The least sizes of what a snapshot counts: a digest has 32 bytes, everything else at least one.
const (
	leastPosition    = 2
	leastLeader      = 3
	leastKey         = 32 + 3 + leastPosition
	leastTerminal    = 1
	leastAnswer      = 32 + leastPosition
	leastWaiting     = 32 + leastPosition + 2
	leastDelivery    = leastWaiting + 3
	leastRetry       = leastWaiting + 2
	leastDestination = 6 + leastPosition + 1
	leastWatch       = leastPosition + 9
)

// reader reads a snapshot; the first failure sticks.
type reader struct {
	b         []byte
	bad       bool
	terminals []*terminal // in the order of the snapshot
}

func (r *reader) uint() uint64 {
	x, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return x
}

// count is how many items follow, each of at least that many bytes: a damaged count claims no memory.
func (r *reader) count(least int) int {
	n := r.uint()
	if n > uint64(len(r.b)/least) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

func (r *reader) bytes() []byte {
	n := r.count(1)
	x := slices.Clone(r.b[:n])
	r.b = r.b[n:]
	return x
}

func (r *reader) text() string { return string(r.bytes()) }
func (r *reader) bool() bool   { return r.uint() == 1 }

func (r *reader) digest() (d corridor.Digest) {
	if len(r.b) < len(d) {
		r.bad, r.b = true, nil
		return d
	}
	r.b = r.b[copy(d[:], r.b):]
	return d
}

func (r *reader) at() corridor.Position {
	page := r.uint()
	return corridor.Position{Page: page, Index: uint32(r.uint())}
}

func (r *reader) waiting() waiting {
	x := waiting{at: r.at(), leaf: r.digest()}
	if n := r.uint(); n > uint64(len(r.terminals)) {
		r.bad = true
	} else if n > 0 {
		x.from = r.terminals[n-1]
	}
	n := r.uint()
	x.tries, x.delayed = uint8(n>>1), n&1 == 1
	return x
}

// Restore reads a snapshot into a new heart; replay goes on at the page after it.
func (h *Heart) Restore(snapshot []byte) error {
	r := &reader{b: snapshot}
	if v := r.uint(); v != snapshotVersion {
		return fmt.Errorf("snapshot of version %d, this program reads %d: it will be made anew by a full replay", v, snapshotVersion)
	}
	s := newState(h.network, h.own.BIC8())
	s.network = corridor.Network(r.text())
	s.term, s.time = r.uint(), int64(r.uint())
	s.originated, s.waiting = r.uint(), int(r.uint())
	s.accepted, s.refused, s.delivered = r.uint(), r.uint(), r.uint()
	next, previous := r.uint(), r.digest()
	for range r.count(leastLeader) {
		s.leaders = append(s.leaders, leader{r.uint(), int64(r.uint()), r.bytes()})
	}
	if err := s.readGovernance(r); err != nil {
		return err
	}
	if err := s.readKeys(r); err != nil {
		return err
	}
	s.readTerminals(r)
	s.readDestinations(r)
	s.readWatches(r)
	for range r.count(leastPosition + 1) {
		s.aborting[r.at()] = r.text()
	}
	s.readHeld(r)
	if r.bad || len(r.b) != 0 {
		return fmt.Errorf("snapshot is damaged: it will be made anew by a full replay")
	}
	h.state, h.next, h.previous = s, next, previous
	return nil
}

func (s *state) readKeys(r *reader) error {
	for range r.count(leastKey) {
		id, lt, der, revoked, since := r.digest(), corridor.LT(r.text()), r.bytes(), r.bool(), r.at()
		k := &key{lt: lt}
		if len(der) > 0 && !r.bad {
			var err error
			if k, err = readKey(lt, der); err != nil {
				return err
			}
		}
		k.revoked, k.since = revoked, since
		s.keys[id] = k
	}
	return nil
}

func (s *state) readTerminals(r *reader) {
	for range r.count(leastTerminal) {
		t := &terminal{lt: corridor.LT(r.text())}
		r.terminals = append(r.terminals, t)
		s.terminals[t.lt] = t
		d := s.destinations[t.lt.BIC8()]
		if d == nil {
			d = &destination{bic: t.lt.BIC8()}
			s.destinations[d.bic] = d
		}
		t.to = d
		d.terminals = append(d.terminals, t)
	}
	for _, t := range r.terminals {
		r.terminal(t)
	}
}

func (r *reader) terminal(t *terminal) {
	t.session, t.isn, t.osn = corridor.SessionNumber(r.uint()), corridor.ISN(r.uint()), corridor.OSN(r.uint())
	if r.bool() {
		t.live = &live{r.digest(), r.digest(), int(r.uint()), r.bool()}
	}
	t.keys = [2]corridor.Digest{r.digest(), r.digest()}
	t.generation = uint32(r.uint())
	for range r.count(leastAnswer) {
		t.answers.ring = append(t.answers.ring, answered{r.digest(), r.at()})
	}
	t.answers.last = t.isn
	for range r.count(leastDelivery) {
		d := delivery{osn: corridor.OSN(r.uint()), what: r.waiting(), prio: corridor.Priority(r.uint())}
		marks := r.uint()
		d.done, d.doubt = marks&1 != 0, marks&2 != 0
		t.pending = append(t.pending, d)
		t.open += int(1 - flag(d.done))
	}
}

func (s *state) readDestinations(r *reader) {
	for range r.count(leastDestination) {
		d := s.destinations[corridor.BIC(r.text())]
		serving := corridor.LT(r.text())
		if d == nil {
			r.bad = true
			return
		}
		d.serving = s.terminals[serving]
		for i := range d.queue {
			for range r.count(leastWaiting) {
				d.queue[i].push(r.waiting())
			}
		}
		for range r.count(leastRetry) {
			d.retries = append(d.retries, retry{int64(r.uint()), corridor.Priority(r.uint()), r.waiting()})
		}
		d.fence = r.at()
		if d.readClosing(r); d.closing != nil {
			s.closings++
		}
	}
}

func (s *state) readWatches(r *reader) {
	var all []*watch
	for range r.count(leastWatch) {
		all = append(all, &watch{at: r.at(), mir: corridor.MIR(r.text()), accepted: int64(r.uint()), deadline: int64(r.uint()),
			sender: corridor.LT(r.text()), receiver: corridor.LT(r.text()), reference: corridor.Reference(r.text()),
			priority: corridor.Priority(r.uint()), monitoring: corridor.Monitoring(r.uint()), warned: r.bool()})
	}
	slices.SortFunc(all, func(a, b *watch) int {
		return cmp.Or(cmp.Compare(a.at.Page, b.at.Page), cmp.Compare(a.at.Index, b.at.Index))
	})
	for _, w := range all {
		s.watches.open[w.at] = w
		if w.monitoring.WantsWarning() && !w.warned {
			s.watches.order[w.lane()] = append(s.watches.order[w.lane()], w)
		}
	}
}
