package hub

import (
	"slices"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

func (d *destination) assignable(now int64) bool {
	t := d.serving
	return t != nil && t.open < (t.live.window+1)/2 && (d.queue.size() > 0 || d.due(now))
}

// due reports a refused message whose pause is over; their pauses end in the order of the list.
func (d *destination) due(now int64) bool { return len(d.retries) > 0 && d.retries[0].due <= now }

// assign gives output numbers to what waits for terminals that have room.
func (h *Heart) assign() {
	if h.page.Len() == 0 {
		h.at(h.now)
	}
	slices.SortFunc(h.touched[h.waited:], func(a, b *destination) int { return strings.Compare(string(a.bic), string(b.bic)) })
	n, done := 0, 0
	for n < maxAssignedPage && h.page.Len() < corridor.MaxPageEntries && done < len(h.touched) {
		d := h.touched[done]
		done++
		d.touched = false
		n += h.assignTo(d)
	}
	h.touched = append(h.touched[:0], h.touched[done:]...)
	h.waited = len(h.touched)
}

// assignTo gives out what a destination's terminal has room for, and returns how many.
func (h *Heart) assignTo(d *destination) int {
	t := d.serving
	if t == nil {
		return 0
	}
	// A member that never acknowledges one message cannot make the list of those that are out grow for ever.
	room := min(t.live.window-t.open, 2*corridor.MaxWindow-len(t.pending), corridor.MaxAssigned)
	if room <= 0 || d.queue.size() == 0 && !d.due(h.now) {
		return 0
	}
	if h.state.lastFence != (corridor.Position{}) {
		if room = h.atDoor(d, room); room == 0 {
			return 0
		}
	}
	e := &entry.Assigned{LT: t.lt, Session: t.session, First: t.osn + 1}
	var all []Numbered
	take := func(w waiting) {
		delete(h.cleared, w.at)
		all = append(all, Numbered{e.First + corridor.OSN(len(e.Messages)), w.at})
		e.Messages = append(e.Messages, w.at)
	}
	for i := 0; i < len(d.retries) && d.retries[i].due <= h.now && len(e.Messages) < room; i++ {
		take(d.retries[i].what)
	}
	again := len(all)
	d.queue.next(room-again, take)
	h.add(e, nil)
	must(h.state.messagesAssigned(e))
	h.deliver(t, all[:again], true)
	h.deliver(t, all[again:], false)
	return len(all)
}

func (h *Heart) deliver(t *terminal, all []Numbered, repeat bool) {
	if len(all) > 0 {
		h.tell(Outcome{To: SessionRef{t.lt, t.session}, Kind: Deliveries, Messages: all, Repeat: repeat})
	}
}
