package verify

import (
	"encoding/json"
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// closingText is what the network says last to an institution that was cut off, as far as a verifier can know it.
type closingText struct {
	BIC       corridor.BIC `json:"bic"`
	Order     string       `json:"order"`
	Fence     string       `json:"fence"`
	Terminals []struct {
		LT      corridor.LT            `json:"lt"`
		Session corridor.SessionNumber `json:"session"`
		ISN     corridor.ISN           `json:"isn"`
		OSN     corridor.OSN           `json:"osn"`
	} `json:"terminals"`
	Returned  closingList `json:"returned"`
	Stored    closingList `json:"stored"`
	Held      closingList `json:"held"`
	InDoubt   closingList `json:"in_doubt"`
	StateHash string      `json:"state_hash"`
}

// closingList is places in the journal: how many, and the SHA-256 of all, one a line.
type closingList struct {
	Count  int    `json:"count"`
	Digest string `json:"digest"`
}

// closing checks the closing statement of an institution: its last numbers, what became of its messages, the journal before.
func (v *Verifier) closing(at corridor.Position, e *entry.Closing) {
	off := v.model.off[e.BIC]
	switch {
	case off == nil && v.partial():
		return
	case off == nil:
		v.breaks(AllThere, at, "it closes %s, which has service", e.BIC)
		return
	case off.closed:
		v.breaks(AllThere, at, "it closes %s a second time", e.BIC)
		return
	}
	off.closed = true
	v.result.Closings++
	var c closingText
	if err := json.Unmarshal(e.Statement, &c); err != nil {
		v.breaks(AllThere, at, "the closing statement of %s: %v", e.BIC, err)
		return
	}
	if c.BIC != e.BIC || c.Order != e.Order || c.Fence != off.since.String() || v.number > 0 && c.StateHash != v.before.String() {
		v.breaks(AllThere, at, "the closing statement is of %s under %s since %s after page %s; it should be of %s since %v after page %v", c.BIC, c.Order, c.Fence, c.StateHash, e.BIC, off.since, v.before)
	}
	v.closingNumbers(at, &c)
	if !v.partial() {
		v.closingLists(at, &c, off)
	}
}

// closingNumbers: the last numbers that each terminal has are those of its records.
func (v *Verifier) closingNumbers(at corridor.Position, c *closingText) {
	for _, x := range c.Terminals {
		if t := v.terminals[x.LT]; t == nil || x.LT.BIC8() != c.BIC || x.ISN != t.isn || x.OSN != t.osn {
			v.breaks(AllThere, at, "the closing statement of %s has %s at numbers %d and %d, which are not its last", c.BIC, x.LT, x.ISN, x.OSN)
		}
	}
	for lt := range v.terminals {
		if lt.BIC8() == c.BIC && len(c.Terminals) == 0 {
			v.breaks(AllThere, at, "the closing statement of %s leaves its terminals out", c.BIC)
		}
	}
}

// closingLists: what was returned, stored, held or left in doubt is what the records of decisions say.
func (v *Verifier) closingLists(at corridor.Position, c *closingText, off *modelOff) {
	for outcome, said := range map[entry.Ruling]closingList{entry.Returns: c.Returned, entry.Stores: c.Stored, entry.Holds: c.Held, entry.InDoubt: c.InDoubt} {
		mine := listOf(off.ended[outcome])
		if said != mine {
			v.breaks(AllThere, at, "the closing statement of %s lists %d messages with the outcome %q, the records have %d, or others", c.BIC, said.Count, outcome, mine.Count)
		}
	}
}

func listOf(all []corridor.Position) closingList {
	l := closingList{Count: len(all)}
	if len(all) == 0 {
		return l
	}
	all = slices.Clone(all)
	slices.SortFunc(all, corridor.Position.Compare)
	var text []byte
	for _, at := range all {
		text = append(append(text, at.String()...), '\n')
	}
	l.Digest = corridor.DigestOf(text).String()
	return l
}

// noteEnd keeps a decision for the closing statements that are not written yet.
func (v *Verifier) noteEnd(d *entry.Decided, m *message) {
	from, to := v.model.off[m.sender.BIC8()], v.model.off[m.receiver.BIC8()]
	for _, off := range []*modelOff{to, from} {
		if off == nil || off.closed || off == from && off != to && m.own {
			continue
		}
		if off.ended == nil {
			off.ended = map[entry.Ruling][]corridor.Position{}
		}
		off.ended[d.Outcome] = append(off.ended[d.Outcome], m.at)
	}
}
