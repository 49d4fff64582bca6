package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// concern says which entries concern one institution: its terminals, sessions and messages, the decisions about them, and of governance
// what every member may know: policies, the directory, orders that were published, fences, and its own closing statements.
//
// A message to it concerns it from its delivery on: what was returned before is not told to the receiver (R32). A
// survey of the whole journal comes first, since a message stands before its delivery and a draft before its publication.
type concern struct {
	bic       corridor.BIC
	delivered map[corridor.Position]bool // messages that got a number at one of its terminals
	published map[string]bool            // orders, by id
	texts     map[string][][]byte        // bodies of acts by order: which instruments they name
	mine      map[corridor.Digest]bool   // leaf hashes of its submissions
	messages  map[corridor.Position]bool // its submissions' places
	appeals   map[string]bool            // ids of those it filed
}

func newConcern(bic corridor.BIC) *concern {
	return &concern{bic: bic, delivered: map[corridor.Position]bool{}, published: map[string]bool{}, texts: map[string][][]byte{}, mine: map[corridor.Digest]bool{},
		messages: map[corridor.Position]bool{}, appeals: map[string]bool{}}
}

// survey reads what later entries say of earlier ones.
func (c *concern) survey(p *Page) error {
	if len(p.Entries) == 0 {
		return fmt.Errorf("page %d was pruned: what concerns %s cannot be told any more", p.Header.Number, c.bic)
	}
	all, err := p.All()
	if err != nil {
		return err
	}
	for i, stored := range all {
		switch entry.KindOf(stored) {
		case entry.KindAssigned, entry.KindActed, entry.KindFenced:
		default:
			continue
		}
		e, err := entry.Decode(stored)
		if err != nil {
			return fmt.Errorf("entry %d of page %d: %w", i, p.Header.Number, err)
		}
		c.note(e)
	}
	return nil
}

func (c *concern) note(e entry.Entry) {
	switch e := e.(type) {
	case *entry.Assigned:
		if e.LT.BIC8() == c.bic {
			for _, at := range e.Messages {
				c.delivered[at] = true
			}
		}
	case *entry.Fenced:
		c.published[strings.Clone(e.Order)] = true
	case *entry.Acted:
		a, err := entry.DecodeAct(e.Statement)
		if err != nil {
			return
		}
		if a.Kind == "order.publish" {
			c.published[strings.Clone(a.Subject)] = true
		}
		if strings.HasPrefix(a.Kind, "order.") {
			id := strings.Clone(a.Subject)
			c.texts[id] = append(c.texts[id], bytes.Clone(a.Body))
		}
	}
}

// shown says of each entry of a page whether it concerns the institution. Pages come in order.
func (c *concern) shown(p *Page) ([]bool, error) {
	all, err := p.All()
	if err != nil {
		return nil, err
	}
	entries := make([]entry.Entry, len(all))
	for i, stored := range all {
		if entries[i], err = entry.Decode(stored); err != nil {
			return nil, fmt.Errorf("entry %d of page %d: %w", i, p.Header.Number, err)
		}
		c.remember(corridor.Position{Page: p.Header.Number, Index: uint32(i)}, entries[i])
	}
	shown := make([]bool, len(all))
	for i, e := range entries { // after all are known: a decision stands before its message
		shown[i] = c.shows(corridor.Position{Page: p.Header.Number, Index: uint32(i)}, e)
	}
	return shown, nil
}

// remember keeps what entries about the institution's own messages are recognised by.
func (c *concern) remember(at corridor.Position, e entry.Entry) {
	switch e := e.(type) {
	case *entry.Accepted:
		c.own(at, e.Statement)
	case *entry.Refused:
		c.own(at, e.Statement)
	case *entry.Acted:
		if a, err := entry.DecodeAct(e.Statement); err == nil && a.Kind == "appeal.file" && a.For == c.bic {
			c.appeals[strings.Clone(a.Subject)] = true
		}
	}
}

func (c *concern) own(at corridor.Position, statement []byte) {
	if s, err := entry.DecodeSubmission(statement); err == nil && s.Sender.BIC8() == c.bic {
		c.messages[at] = true
		c.mine[entry.LeafHash(statement)] = true
	}
}

func (c *concern) shows(at corridor.Position, e entry.Entry) bool {
	switch e := e.(type) {
	case *entry.TermStarted, *entry.Fenced, *entry.Announced, *entry.MemberAdmitted, *entry.KeyRevoked:
		return true // notices go to all; certificates are public in the network: signatures under what it got are checked with them
	case *entry.SessionOpened:
		return e.LT.BIC8() == c.bic
	case *entry.SessionClosed:
		return e.LT.BIC8() == c.bic
	case *entry.Accepted, *entry.Refused:
		return c.messages[at] || c.delivered[at]
	case *entry.Assigned:
		return e.LT.BIC8() == c.bic
	case *entry.Acknowledged:
		a, err := entry.DecodeAcknowledgement(e.Statement)
		return err == nil && (a.Receiver.BIC8() == c.bic || c.mine[a.Message])
	case *entry.Originated:
		s, err := entry.DecodeSubmission(e.Statement)
		return err == nil && s.Receiver.BIC8() == c.bic
	case *entry.Decided:
		return c.messages[e.Message] || c.delivered[e.Message]
	case *entry.Closing:
		return e.BIC == c.bic
	case *entry.Acted:
		return c.showsAct(e.Statement)
	}
	return false // an act that was refused is its officer's and the auditor's
}

func (c *concern) showsAct(statement []byte) bool {
	a, err := entry.DecodeAct(statement)
	if err != nil {
		return false
	}
	noun, _, _ := strings.Cut(a.Kind, ".")
	switch {
	case a.For == c.bic:
		return true
	case noun == "policy" || noun == "directory":
		return true
	case noun == "order":
		return c.published[a.Subject]
	case noun == "instrument":
		return c.named(a.Document)
	case noun == "appeal":
		return c.appeals[a.Subject]
	case noun == "message":
		return c.about(a.Body)
	}
	return false
}

// about reports an act on a message of the institution: what officers decided about one that was held.
func (c *concern) about(body []byte) bool {
	var at corridor.Position
	if err := json.Unmarshal(body, &at); err != nil { // {"index":0,"page":0}, whatever the case of its keys
		return false
	}
	return c.messages[at] || c.delivered[at]
}

// named reports an instrument that the text of a published order names by its digest.
func (c *concern) named(document corridor.Digest) bool {
	if document.IsZero() {
		return false
	}
	for id := range c.published {
		for _, text := range c.texts[id] {
			if bytes.Contains(text, []byte(document.String())) {
				return true
			}
		}
	}
	return false
}
