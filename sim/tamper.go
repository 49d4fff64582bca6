package sim

import (
	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/journal"
)

// tampered is the journal as a sabotage shows it to the checkers of orders: one record moved, changed or left out, and every page
// signed anew with the hub's own key, as only the operator could.
func (w *world) tampered(pages []*journal.Page) ([]*journal.Page, error) {
	edit := map[Sabotage]func([]record) ([]record, bool){
		LateFence: lateFence, PassForbidden: passForbidden, BlockOther: blockOther, ForgetMessage: forgetMessage,
	}[w.options.Sabotage]
	if edit == nil {
		return pages, nil
	}
	var out []*journal.Page
	var previous corridor.Digest
	done := false
	for _, p := range pages {
		all, err := records(p)
		if err != nil {
			return nil, err
		}
		if !done {
			all, done = edit(all)
		}
		f, err := w.resealed(p, all, previous)
		if err != nil {
			return nil, err
		}
		out, previous = append(out, f), f.Hash()
	}
	return out, nil
}

// record is an entry of a page with its payload.
type record struct {
	entry   entry.Entry
	payload []byte
}

func records(p *journal.Page) ([]record, error) {
	stored, err := p.All()
	if err != nil {
		return nil, err
	}
	var all []record
	for i := range stored {
		e, err := entry.Decode(stored[i])
		if err != nil {
			return nil, err
		}
		r := record{entry: e}
		switch e.(type) {
		case *entry.Accepted, *entry.Refused, *entry.Originated:
			if r.payload, err = p.Payload(uint32(i)); err != nil {
				return nil, err
			}
		}
		all = append(all, r)
	}
	return all, nil
}

func (w *world) resealed(p *journal.Page, all []record, previous corridor.Digest) (*journal.Page, error) {
	b := &journal.Builder{}
	n, err := p.Frames()
	if err != nil {
		return nil, err
	}
	for i := range uint32(n) {
		f, err := p.Frame(i)
		if err != nil {
			return nil, err
		}
		b.AddFrame(*f)
	}
	for _, r := range all {
		b.Add(r.entry, r.payload)
	}
	h := p.Header
	h.Previous = previous
	return b.Seal(h, w.keys.hub.Sign), nil
}

// lateFence moves a fence behind the first message of its page.
func lateFence(all []record) ([]record, bool) {
	fence := -1
	for i, r := range all {
		switch e := r.entry.(type) {
		case *entry.Fenced:
			if e.What == entry.InForce && fence < 0 {
				fence = i
			}
		case *entry.Accepted, *entry.Refused:
			if fence >= 0 {
				late := all[fence]
				copy(all[fence:i], all[fence+1:i+1])
				all[i] = late
				return all, true
			}
		}
	}
	return all, false
}

// passForbidden shows a message as accepted that an order refused, without the decision. It takes the last of a page, so that no other
// record changes its place.
func passForbidden(all []record) ([]record, bool) {
	n := len(all)
	if n < 2 {
		return all, false
	}
	d, decided := all[n-2].entry.(*entry.Decided)
	r, refused := all[n-1].entry.(*entry.Refused)
	if !decided || !refused || d.Outcome != entry.Refuses {
		return all, false
	}
	all[n-2] = record{&entry.Accepted{Frame: r.Frame, Index: r.Index, Session: r.Session, Statement: r.Statement}, all[n-1].payload}
	return all[:n-1], true
}

// blockOther shows an accepted message as refused by an order.
func blockOther(all []record) ([]record, bool) {
	for i, r := range all {
		if a, ok := r.entry.(*entry.Accepted); ok {
			f := corridor.NetworkFault(corridor.FaultReceiver)
			f.Rule = "receiver_disconnected"
			all[i].entry = &entry.Refused{Frame: a.Frame, Index: a.Index, Session: a.Session, Statement: a.Statement, Fault: *f}
			return all, true
		}
	}
	return all, false
}

// forgetMessage leaves out what became of a message at a fence.
func forgetMessage(all []record) ([]record, bool) {
	for i, r := range all {
		if d, ok := r.entry.(*entry.Decided); ok && d.Stage == entry.AtFence {
			return append(all[:i], all[i+1:]...), true
		}
	}
	return all, false
}
