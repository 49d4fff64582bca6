package session_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/session"
	"corridor.example/corridor/session/sessionpb"
)

// TestFalsehoods: a hub that shows anything else than what was signed loses the session, with a fault that says what is false,
// and nothing of it reaches the member.
func TestFalsehoods(t *testing.T) {
	flip := func(b []byte) { b[len(b)/2] ^= 1 }
	for _, test := range []struct {
		name, says string
		answers    func(*sessionpb.Answers)
		deliveries func(*sessionpb.Deliveries)
	}{
		{"page signature", "signature is false", func(a *sessionpb.Answers) { flip(a.Page.Signature) }, func(d *sessionpb.Deliveries) { flip(d.Page.Signature) }},
		{"page header", "signature is false", func(a *sessionpb.Answers) { flip(a.Page.Header) }, func(d *sessionpb.Deliveries) { flip(d.Page.Header) }},
		{"entry", "not those that the hub signed", func(a *sessionpb.Answers) { flip(a.Page.Entries[1]) }, func(d *sessionpb.Deliveries) { flip(d.Page.Entries[1]) }},
		{"entries exchanged", "not those that the hub signed", func(a *sessionpb.Answers) { e := a.Page.Entries; e[0], e[1] = e[1], e[0] },
			func(d *sessionpb.Deliveries) { e := d.Page.Entries; e[0], e[1] = e[1], e[0] }},
		{"entry left out", "does not fit its tree", func(a *sessionpb.Answers) { a.Page.Entries = a.Page.Entries[:2] }, func(d *sessionpb.Deliveries) { d.Page.Indices = d.Page.Indices[:2] }},
		{"no page", "no proof of the page", func(a *sessionpb.Answers) { a.Page = nil }, func(d *sessionpb.Deliveries) { d.Page = nil }},
		{"hub certificate", "hub certificate", func(a *sessionpb.Answers) { a.Page.HubCertificate = []byte("none") }, func(d *sessionpb.Deliveries) { d.Page.HubCertificate = []byte("none") }},
		{"proof", "does not fit its tree", func(a *sessionpb.Answers) { a.Page.Proof = make([]byte, 32) }, func(d *sessionpb.Deliveries) { d.Page.Proof = make([]byte, 32) }},
		{"payload", "payload is not the one", nil, func(d *sessionpb.Deliveries) { flip(d.Messages[1].Payload) }},
		{"payload left out", "payload is not the one", nil, func(d *sessionpb.Deliveries) { d.Messages[1].Payload = nil }},
		{"sender's signature", "signature of " + string(meridian) + " is false", nil, func(d *sessionpb.Deliveries) { flip(d.Frames[0].Signature) }},
		{"sender's certificate", "certificate was not shown", nil, func(d *sessionpb.Deliveries) { flip(d.Frames[0].Certificate) }},
		{"no sender's certificate", "certificate was not shown", nil, func(d *sessionpb.Deliveries) { d.Frames[0].Certificate = nil }},
		{"signer without a digest", "named by a digest", nil, func(d *sessionpb.Deliveries) { d.Frames[0].Signer = nil }},
		{"frame's count", "does not fit its tree", nil, func(d *sessionpb.Deliveries) { d.Frames[0].Count = 2 }},
		{"frame's places", "not at the place", nil, func(d *sessionpb.Deliveries) { d.Frames[0].Indices = []uint32{0, 1, 3} }},
		{"no frame", "frame that is not shown", nil, func(d *sessionpb.Deliveries) { d.Messages[0].Frame = 0 }},
		{"frame that is not there", "frame that is not shown", nil, func(d *sessionpb.Deliveries) { d.Messages[0].Frame = 2 }},
		{"frame that nobody names", "does not fit the messages", nil, func(d *sessionpb.Deliveries) { d.Frames = append(d.Frames, d.Frames[0]) }},
		{"confirmation of a member's message", "has no confirmation", nil, func(d *sessionpb.Deliveries) { d.Messages[0].Confirmation = &sessionpb.Confirmation{} }},
		{"entry that is not there", "names an entry that is not shown", nil, func(d *sessionpb.Deliveries) { d.Messages[0].Entry = 3 }},
		{"message twice", "does not fit the messages", nil, func(d *sessionpb.Deliveries) {
			d.Messages[2].Entry = 0
			d.Messages[2].Payload = d.Messages[0].Payload
			d.Frames[0].Indices = []uint32{0}
		}},
		{"message left out", "messages for", nil, func(d *sessionpb.Deliveries) { d.Messages = d.Messages[:2] }},
		{"gap in the numbers", "a gap", nil, func(d *sessionpb.Deliveries) { d.Messages[2].Number++ }},
		{"no number", "a gap", nil, func(d *sessionpb.Deliveries) { d.Messages[0].Number = 0 }},
	} {
		if test.answers != nil {
			t.Run("answers/"+test.name, func(t *testing.T) {
				f := submitTo(t, func(f *sessionpb.FromNetwork) {
					if a := f.GetAnswers(); a != nil {
						test.answers(a)
					}
				}, meridian)
				wantFalsehood(t, f, test.says)
			})
		}
		t.Run("deliveries/"+test.name, func(t *testing.T) {
			f := submitTo(t, func(f *sessionpb.FromNetwork) {
				if d := f.GetDeliveries(); d != nil {
					test.deliveries(d)
				}
			}, cedar)
			wantFalsehood(t, f, test.says)
		})
	}
}

// submitTo has three messages sent through a hub that alters what it sends, and returns how the session of one of both ends.
func submitTo(t *testing.T, alter func(*sessionpb.FromNetwork), whose corridor.LT) *corridor.Fault {
	t.Helper()
	n := newNetwork(t, session.Options{})
	a, b := n.bank(meridian), n.bank(cedar)
	from := a.dial(t)
	b.dial(t)
	n.tamper = func(f *sessionpb.FromNetwork) {
		own := proto.Clone(f).(*sessionpb.FromNetwork) // answers and deliveries share the page
		alter(own)
		f.Frame = own.Frame
	}
	check(t, from.Submit(context.Background(), [][]byte{a.frame(cedar, 1, "one", "two", "three")}))
	victim := map[corridor.LT]*bank{meridian: a, cedar: b}[whose]
	f := next(t, victim.farewell, "farewell")
	if len(victim.answers)+len(victim.deliveries) != 0 {
		t.Error("something was handed over that is not proven")
	}
	return f
}

func wantFalsehood(t *testing.T, f *corridor.Fault, says string) {
	t.Helper()
	if f == nil || f.Code != corridor.FaultFalseProof || !strings.Contains(f.Text, says) {
		t.Errorf("got %v, want the fault %s that says %q", f, corridor.FaultFalseProof, says)
	}
}

// TestAnswersOfOthers: entries that the hub did sign, but that are not answers to what this member sent.
func TestAnswersOfOthers(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a, c := n.bank(meridian), n.bank(cedar)
	statement := func(b []byte) []byte {
		f, err := entry.DecodeFrame(b)
		check(t, err)
		return f.Items[0].Statement
	}
	for _, test := range []struct {
		name, says string
		entry      entry.Entry
	}{
		{"another kind", "is no answer", &entry.SessionClosed{LT: meridian, Session: 1, Reason: "logout"}},
		{"another number", "not outstanding", &entry.Accepted{Session: 1, Statement: statement(a.frame(cedar, 7, "seven"))}},
		{"another statement", "another statement", &entry.Accepted{Session: 1, Statement: statement(a.frame(cedar, 1, "not what was sent"))}},
		{"another member", "another statement", &entry.Accepted{Session: 1, Statement: statement(c.frame(cedar, 1, "one"))}},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := newNetwork(t, session.Options{})
			a := n.bank(meridian)
			from := a.dial(t)
			n.tamper = func(f *sessionpb.FromNetwork) {
				if f.GetAnswers() != nil {
					f.GetAnswers().Page = n.seal([][]byte{entry.Append(nil, test.entry)}, []uint32{0})
				}
			}
			check(t, from.Submit(context.Background(), [][]byte{a.frame(cedar, 1, "one")}))
			wantFalsehood(t, next(t, a.farewell, "farewell"), test.says)
		})
	}
}

// TestTwoHistories: two pages with one number, or a page that does not follow the one before, are seen at once.
func TestTwoHistories(t *testing.T) {
	for _, test := range []struct {
		name, says string
		fork       func(*network)
	}{
		{"one number twice", "two different headers", func(n *network) { n.page-- }},
		{"broken chain", "does not follow", func(n *network) { n.previous[3] ^= 1 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := newNetwork(t, session.Options{})
			a := n.bank(meridian)
			from := a.dial(t)
			check(t, from.Submit(context.Background(), [][]byte{a.frame(cedar, 1, "one")}))
			next(t, a.answers, "answer")
			n.mu.Lock()
			test.fork(n)
			n.mu.Unlock()
			check(t, from.Submit(context.Background(), [][]byte{a.frame(cedar, 2, "two")}))
			wantFalsehood(t, next(t, a.farewell, "farewell"), test.says)
		})
	}
}
