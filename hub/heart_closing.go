package hub

import (
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
)

// ClosingStatement is what the network says last to, and of, a disconnected institution. Lists are in the order of the journal and
// have at most maxClosingList places; the counts are of all.
type ClosingStatement struct {
	BIC       corridor.BIC      `json:"bic"`
	Order     string            `json:"order"`
	Instant   string            `json:"instant"` // the legal one
	Fence     string            `json:"fence"`   // place in the journal
	Written   string            `json:"written"`
	Terminals []ClosingTerminal `json:"terminals"`
	Returned  ClosingList       `json:"returned"` // to it, their senders were told
	Stored    ClosingList       `json:"stored"`   // from it, not delivered; nobody else was told
	Held      ClosingList       `json:"held"`
	InDoubt   ClosingList       `json:"in_doubt"`
	StateHash string            `json:"state_hash"` // hash of the page before this entry's: the journal up to there
}

// ClosingTerminal is the last numbers of one terminal.
type ClosingTerminal struct {
	LT         corridor.LT            `json:"lt"`
	Generation uint32                 `json:"generation"`
	Session    corridor.SessionNumber `json:"session"`
	ISN        corridor.ISN           `json:"isn"`
	OSN        corridor.OSN           `json:"osn"`
}

// ClosingList is a list of places in the journal.
type ClosingList struct {
	Count  int      `json:"count"`
	Places []string `json:"places,omitempty"`
	Digest string   `json:"digest,omitempty"` // SHA-256 of all places, one a line
}

// close writes the closing statement of an institution for which nothing is left to decide.
func (h *Heart) close(d *destination) {
	c := d.closing
	for _, t := range d.terminals {
		if t.live != nil {
			h.end(t, corridor.NetworkFault(corridor.FaultOrder))
		}
	}
	s := ClosingStatement{
		BIC: d.bic, Order: c.order, Instant: stamp(c.instant), Fence: c.fence.String(), Written: stamp(h.time), StateHash: h.previous.String(),
		Returned: closingList(c.returned), Stored: closingList(c.stored), Held: closingList(c.held), InDoubt: closingList(c.doubt),
	}
	for _, t := range d.terminals {
		s.Terminals = append(s.Terminals, ClosingTerminal{t.lt, t.generation, t.session, t.isn, t.osn})
	}
	text, err := canonical.Marshal(&s)
	must(err)
	e := &entry.Closing{BIC: d.bic, Order: c.order, Statement: text}
	at := h.add(e, nil)
	h.state.closed(at, h.time, entry.Append(nil, e), e)
}

func stamp(nanos int64) string { return time.Unix(0, nanos).UTC().Format(time.RFC3339) }

func closingList(all []corridor.Position) ClosingList {
	slices.SortFunc(all, corridor.Position.Compare)
	l := ClosingList{Count: len(all)}
	if len(all) == 0 {
		return l
	}
	var text []byte
	for i, at := range all {
		if i < maxClosingList {
			l.Places = append(l.Places, at.String())
		}
		text = append(text, at.String()...)
		text = append(text, '\n')
	}
	l.Digest = corridor.DigestOf(text).String()
	return l
}
