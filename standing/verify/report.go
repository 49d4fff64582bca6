package verify

import (
	"fmt"
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// Result is what a Verifier found.
type Result struct {
	Start, Until time.Time        `json:"-"`
	Network      corridor.Network `json:"network"`
	Pages        uint64           `json:"pages"`
	Entries      uint64           `json:"entries"`                // that were read
	Hidden       uint64           `json:"hidden,omitempty"`       // by the redaction, in pages of which something is shown
	HiddenPages  int              `json:"hidden_pages,omitempty"` // of which nothing is
	Acts         int              `json:"acts"`
	ActsRefused  int              `json:"acts_refused"`
	Frames       int              `json:"frames"` // signatures of members
	Judged       int              `json:"judged"` // messages that orders touched
	Blind        int              `json:"blind"`  // of those, that could not be judged as a whole without the messages themselves
	Closings     int              `json:"closings"`
	Policies     int              `json:"policies"`
	Counts       Counts           `json:"messages"`
	Orders       []Order          `json:"orders"`
	Fences       []Fence          `json:"fences"`
	Sentences    []SentenceResult `json:"sentences"`
	Notes        []string         `json:"notes,omitempty"`
}

// Counts says where the messages of members are. Each accepted one is in exactly one of Delivered to Waiting.
type Counts struct {
	Accepted       int `json:"accepted"`
	Refused        int `json:"refused"`
	RefusedByOrder int `json:"refused_by_order"`
	Delivered      int `json:"delivered"`
	Counted        int `json:"counted_as_delivered"`
	Returned       int `json:"returned"`
	Stored         int `json:"stored"` // returned, for the closing statement only
	Aborted        int `json:"aborted"`
	InDoubt        int `json:"in_doubt"`
	Held           int `json:"held"`
	Out            int `json:"out"` // given out, not acknowledged
	Waiting        int `json:"waiting"`
	GivenOut       int `json:"-"`
	Originated     int `json:"originated"` // by the network
	Decided        int `json:"decisions"`
}

// Tally counts what was decided under one order.
type Tally struct {
	Refused  int `json:"refused"`
	Returned int `json:"returned"`
	Stored   int `json:"stored"`
	Held     int `json:"held"`
	InDoubt  int `json:"in_doubt"`
	Licensed int `json:"licensed"`
	Passed   int `json:"looked_at_and_passed"`
}

func (t *Tally) count(r entry.Ruling) {
	switch r {
	case entry.Refuses:
		t.Refused++
	case entry.Returns:
		t.Returned++
	case entry.Stores:
		t.Stored++
	case entry.Holds:
		t.Held++
	case entry.InDoubt:
		t.InDoubt++
	case entry.Passes:
		t.Passed++
	}
}

// Order is one order that was published, and what became of it.
type Order struct {
	ID         string         `json:"id"`
	Kind       standing.Kind  `json:"kind"`
	Digest     string         `json:"digest"`
	Phase      standing.Phase `json:"phase"`
	Given      bool           `json:"given"` // the auditor holds the same document
	Signatures int            `json:"signatures"`
	Needed     int            `json:"needed"`
	BICs       int            `json:"bics"`
	Shadow     bool           `json:"shadow,omitempty"`
	Published  string         `json:"published"`
	Legal      string         `json:"legal_instant"`
	Technical  string         `json:"technical_instant,omitempty"`
	GapSeconds float64        `json:"gap_seconds,omitempty"`
	Fence      string         `json:"fence,omitempty"`
	Ended      string         `json:"ended,omitempty"`
	Tally      Tally          `json:"decisions"`
}

// Fence is one fence and how late it stood.
type Fence struct {
	Order      string       `json:"order"`
	What       string       `json:"what"`
	BIC        corridor.BIC `json:"bic,omitempty"`
	Place      string       `json:"at"`
	Instant    string       `json:"instant"`
	At         string       `json:"time"`
	GapSeconds float64      `json:"gap_seconds"`
}

// SentenceResult says whether a sentence holds, or which record breaks it first.
type SentenceResult struct {
	Sentence string `json:"sentence"`
	Holds    bool   `json:"holds"`
	Break    *Break `json:"break,omitempty"`
	Breaks   int    `json:"breaks,omitempty"`
}

// Holds reports that all three sentences hold, and the evidence under them.
func (r *Result) Holds() bool {
	return !slices.ContainsFunc(r.Sentences, func(s SentenceResult) bool { return !s.Holds })
}

// End closes the verification after the last page. It is called once.
func (v *Verifier) End() *Result {
	v.count()
	v.compareGiven()
	v.orders()
	r := &v.result
	r.Network, r.Policies = v.network, v.model.policies
	v.notes()
	v.guard.Lock()
	defer v.guard.Unlock()
	for s := Evidence; s <= AllThere; s++ {
		r.Sentences = append(r.Sentences, SentenceResult{s.String(), v.broken[s] == nil, v.broken[s], v.counts[s]})
	}
	return r
}

// count adds up the messages that have no end, and holds the sum against those that were accepted.
func (v *Verifier) count() {
	c := &v.result.Counts
	for _, m := range v.messages {
		if m.own {
			continue
		}
		switch m.state {
		case msgWaiting:
			c.Waiting++
		case msgHeld:
			c.Held++
		case msgOut:
			c.Out++
			v.outToNobody(m)
		}
	}
	sum := c.Delivered + c.Counted + c.Returned + c.Stored + c.Aborted + c.InDoubt + c.Held + c.Out + c.Waiting
	if sum != c.Accepted {
		v.breaks(AllThere, v.last(), "%d messages were accepted, and %d are accounted for", c.Accepted, sum)
	}
}

// outToNobody: what is out to an institution without service, and not acknowledged, is in doubt and must be said to be (R33).
func (v *Verifier) outToNobody(m *message) {
	off := v.model.off[m.receiver.BIC8()]
	if off == nil || !off.closed || off.order.InFlight.UndeliveredTo == "deliver" {
		return
	}
	v.breaks(AllThere, m.at, "it is out to %s, which order %s cut off, is not acknowledged, and no record says that it is in doubt", m.receiver.BIC8(), off.order.ID)
}

func (v *Verifier) last() corridor.Position {
	if v.next == 0 {
		return corridor.Position{}
	}
	return corridor.Position{Page: v.next - 1}
}

// compareGiven holds what the auditor has against what the journal carried out.
func (v *Verifier) compareGiven() {
	for _, document := range v.options.Orders {
		o, err := standing.DecodeOrder(document)
		if err != nil {
			v.breaks(Evidence, v.last(), "an order that was given: %v", err)
			continue
		}
		r := v.model.orders[o.ID]
		switch {
		case r == nil || r.published == 0:
			v.breaks(NothingPast, v.last(), "order %s was given, and the journal never had it published: it was forgotten", o.ID)
		case r.digest != corridor.DigestOf(document):
			v.breaks(Evidence, r.fence, "order %s was given with the digest %s, the journal carries out %s", o.ID, corridor.DigestOf(document), r.digest)
		default:
			r.given = true
		}
	}
	for _, a := range v.options.Acts {
		if !v.acts[signedAs(a.Statement, a.Certificate)] {
			act, _ := entry.DecodeAct(a.Statement)
			v.breaks(Evidence, v.last(), "an act %s about %q was given, and the journal did not take it", act.Kind, act.Subject)
		}
	}
}

func (v *Verifier) orders() {
	for _, id := range v.model.ids {
		r := v.model.orders[id]
		if r.published == 0 {
			continue
		}
		o := Order{
			ID: id, Kind: r.Kind, Digest: r.digest.String(), Phase: r.phase, Given: r.given, Signatures: len(r.signers), Needed: r.needed, BICs: len(r.Subject.Resolved),
			Shadow: r.Shadow, Published: stampOf(r.published), Legal: r.Effective.UTC, Tally: r.tally,
		}
		if r.fencedAt != 0 {
			o.Technical, o.Fence, o.GapSeconds = stampOf(r.fencedAt), r.fence.String(), float64(r.fencedAt-nanos(r.Effective.UTC))/1e9
		}
		if r.ended != 0 {
			o.Ended = stampOf(r.ended)
		}
		v.result.Orders = append(v.result.Orders, o)
	}
}

// notes say what a reader must know beside the sentences.
func (v *Verifier) notes() {
	r := &v.result
	note := func(n int, format string) {
		if n > 0 {
			r.Notes = append(r.Notes, fmt.Sprintf(format, n))
		}
	}
	if v.partial() {
		r.Notes = append(r.Notes, fmt.Sprintf("this export shows what concerns %s only: the sentences are about that, and what it hides is not judged", v.options.For))
	}
	note(r.Blind, "%d messages passed whose inside an order looks at, and neither this export nor a record holds what is inside: those are not proven")
	note(len(v.model.untold), "%d messages were returned and their senders do not know yet")
	open := 0
	for b, off := range v.model.off {
		if !off.closed && (!v.partial() || b == v.options.For) {
			open++
		}
	}
	note(open, "%d institutions are without service and have no closing statement yet")
	if v.model.policies == 0 {
		r.Notes = append(r.Notes, "the journal has no policy, so no order can be in force")
	}
	for _, o := range r.Orders {
		if !o.Given && len(v.options.Orders) > 0 {
			r.Notes = append(r.Notes, fmt.Sprintf("order %s was carried out and was not given: it is taken from the journal, with its signatures", o.ID))
		}
	}
}
