package entry

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"corridor.example/corridor"
	"corridor.example/corridor/entry/internal/entrypb"
)

// This file holds the hand-written codec against code generated from entry.proto, both ways.

// toProto says the same with the generated types.
func toProto(e Entry) *entrypb.Entry {
	switch e := e.(type) {
	case *TermStarted:
		return &entrypb.Entry{Kind: &entrypb.Entry_TermStarted{TermStarted: &entrypb.TermStarted{Term: e.Term, Network: string(e.Network), Certificate: e.Certificate}}}
	case *MemberAdmitted:
		return &entrypb.Entry{Kind: &entrypb.Entry_MemberAdmitted{MemberAdmitted: &entrypb.MemberAdmitted{Lt: string(e.LT), Certificate: e.Certificate}}}
	case *KeyRevoked:
		return &entrypb.Entry{Kind: &entrypb.Entry_KeyRevoked{KeyRevoked: &entrypb.KeyRevoked{Key: digestBytes(e.Key), Lt: string(e.LT), Reason: e.Reason, Statement: e.Statement}}}
	case *SessionOpened:
		return &entrypb.Entry{Kind: &entrypb.Entry_SessionOpened{SessionOpened: &entrypb.SessionOpened{Lt: string(e.LT), Session: uint32(e.Session),
			TransportKey: digestBytes(e.TransportKey), SigningKey: digestBytes(e.SigningKey), Window: e.Window, Delivery: e.Delivery}}}
	case *SessionClosed:
		return &entrypb.Entry{Kind: &entrypb.Entry_SessionClosed{SessionClosed: &entrypb.SessionClosed{Lt: string(e.LT), Session: uint32(e.Session), Reason: e.Reason}}}
	case *Accepted:
		return &entrypb.Entry{Kind: &entrypb.Entry_Accepted{Accepted: &entrypb.Accepted{Frame: e.Frame, Index: e.Index, Session: uint32(e.Session), Statement: e.Statement}}}
	case *Refused:
		return &entrypb.Entry{Kind: &entrypb.Entry_Refused{Refused: &entrypb.Refused{Frame: e.Frame, Index: e.Index, Session: uint32(e.Session), Statement: e.Statement,
			Code: e.Fault.Code, Text: e.Fault.Text, Field: e.Fault.Field, Path: e.Fault.Path, Line: uint32(e.Fault.Line), Column: uint32(e.Fault.Column),
			Rule: e.Fault.Rule, Whose: string(e.Fault.Whose), Occurrence: uint32(e.Fault.Occurrence)}}}
	case *Assigned:
		a := &entrypb.Assigned{Lt: string(e.LT), Session: uint32(e.Session), First: uint64(e.First)}
		for _, p := range e.Messages {
			a.Messages = append(a.Messages, p.Page, uint64(p.Index))
		}
		return &entrypb.Entry{Kind: &entrypb.Entry_Assigned{Assigned: a}}
	case *Acknowledged:
		return &entrypb.Entry{Kind: &entrypb.Entry_Acknowledged{Acknowledged: &entrypb.Acknowledged{Frame: e.Frame, Index: e.Index, Statement: e.Statement}}}
	case *Originated:
		return &entrypb.Entry{Kind: &entrypb.Entry_Originated{Originated: &entrypb.Originated{Statement: e.Statement, AboutPage: e.About.Page, AboutIndex: e.About.Index, Reason: uint32(e.Reason)}}}
	case *Acted:
		return &entrypb.Entry{Kind: &entrypb.Entry_Acted{Acted: &entrypb.Acted{Statement: e.Statement, Signature: e.Signature, Certificate: e.Certificate}}}
	case *ActRefused:
		return &entrypb.Entry{Kind: &entrypb.Entry_ActRefused{ActRefused: &entrypb.ActRefused{Statement: e.Statement, Signature: e.Signature, Certificate: e.Certificate,
			Code: e.Fault.Code, Text: e.Fault.Text, Rule: e.Fault.Rule}}}
	case *Fenced:
		return &entrypb.Entry{Kind: &entrypb.Entry_Fenced{Fenced: &entrypb.Fenced{Order: e.Order, Document: digestBytes(e.Document), What: string(e.What), Instant: e.Instant, Bic: string(e.BIC)}}}
	case *Decided:
		return &entrypb.Entry{Kind: &entrypb.Entry_Decided{Decided: &entrypb.Decided{MessagePage: e.Message.Page, MessageIndex: e.Message.Index, Stage: string(e.Stage), Outcome: string(e.Outcome),
			Rule: e.Rule, Orders: strings.Join(e.Orders, " "), Licence: e.Licence, Currency: e.Currency, Amount: string(e.Amount), Policy: digestBytes(e.Policy), Particulars: e.Particulars, Sender: string(e.Sender), Receiver: string(e.Receiver)}}}
	case *Announced:
		return &entrypb.Entry{Kind: &entrypb.Entry_Announced{Announced: &entrypb.Announced{Order: e.Order, Occasion: e.Occasion, At: e.At, Bic: string(e.BIC), Until: e.Until, Number: e.Number,
			Done: e.Done, AboutPage: e.About.Page, AboutIndex: e.About.Index}}}
	case *Closing:
		return &entrypb.Entry{Kind: &entrypb.Entry_Closing{Closing: &entrypb.Closing{Bic: string(e.BIC), Order: e.Order, Statement: e.Statement}}}
	}
	panic("a kind that entry.proto does not know")
}

func digestBytes(d corridor.Digest) []byte {
	if d.IsZero() {
		return nil
	}
	return d[:]
}

func submissionToProto(s *Submission) *entrypb.Submission {
	return &entrypb.Submission{Network: string(s.Network), Sender: string(s.Sender), Receiver: string(s.Receiver), Number: uint64(s.Number), Type: string(s.Type),
		Priority: uint32(s.Priority), Monitoring: uint32(s.Monitoring), Reference: string(s.Reference), Uetr: string(s.UETR), Payload: digestBytes(s.Payload),
		PayloadSize: s.PayloadSize, SignedAt: s.SignedAt, PossibleDuplicate: s.PossibleDuplicate}
}

func acknowledgementToProto(a *Acknowledgement) *entrypb.Acknowledgement {
	return &entrypb.Acknowledgement{Network: string(a.Network), Receiver: string(a.Receiver), Number: uint64(a.Number), Message: digestBytes(a.Message),
		Refused: a.Refused, Code: a.Code, Text: a.Text, ReceivedAt: a.ReceivedAt}
}

func actToProto(a *Act) *entrypb.Act {
	return &entrypb.Act{Network: string(a.Network), Kind: a.Kind, For: string(a.For), Subject: a.Subject, Document: digestBytes(a.Document), Body: a.Body, Reason: a.Reason, SignedAt: a.SignedAt}
}

func frameToProto(f *Frame) *entrypb.Frame {
	p := &entrypb.Frame{Signer: digestBytes(f.Signer), Signature: f.Signature}
	for _, it := range f.Items {
		p.Items = append(p.Items, &entrypb.Item{Statement: it.Statement, Payload: it.Payload})
	}
	return p
}

func marshal(t interface{ Fatal(...any) }, m proto.Message) []byte {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Generators of values that may be stored.
var (
	anyText   = rapid.StringN(0, 40, 120)
	anyBytes  = rapid.Custom(func(t *rapid.T) []byte { return nilIfEmpty(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "bytes")) })
	anyDigest = rapid.Custom(func(t *rapid.T) (d corridor.Digest) {
		copy(d[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))
		return d
	})
	anyLT = rapid.Custom(func(t *rapid.T) corridor.LT {
		return corridor.LT(rapid.StringMatching(`[A-Z]{6}[A-Z0-9]{6}`).Draw(t, "lt"))
	})
	anySession = rapid.Custom(func(t *rapid.T) corridor.SessionNumber {
		return corridor.SessionNumber(rapid.Uint16Range(0, 9999).Draw(t, "session"))
	})
	anyFault = rapid.Custom(func(t *rapid.T) corridor.Fault {
		n := rapid.IntRange(0, 1<<31-1)
		return corridor.Fault{Code: anyText.Draw(t, "code"), Text: anyText.Draw(t, "text"), Field: anyText.Draw(t, "field"), Path: anyText.Draw(t, "path"), Line: n.Draw(t, "line"),
			Column: n.Draw(t, "column"), Rule: anyText.Draw(t, "rule"), Whose: corridor.Whose(anyText.Draw(t, "whose")), Occurrence: n.Draw(t, "occurrence")}
	})
)

// anyOrders are ids of orders as they are kept: ascending, each once.
var anyOrders = rapid.Custom(func(t *rapid.T) []string {
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Z0-9-]{1,12}`), 0, 6, func(s string) string { return s }).Draw(t, "ids")
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	return ids
})

var anyAct = rapid.Custom(func(t *rapid.T) Act {
	bic := rapid.SampledFrom([]corridor.BIC{"", "MERIDEFF", "CEDRFRP0"})
	return Act{Network: "test.corridor", Kind: rapid.SampledFrom([]string{"order.sign", "rma.revoke", "a.b"}).Draw(t, "kind"), For: bic.Draw(t, "for"), Subject: anyText.Draw(t, "subject"),
		Document: anyDigest.Draw(t, "document"), Body: anyBytes.Draw(t, "body"), Reason: anyText.Draw(t, "reason"), SignedAt: rapid.Uint64Min(1).Draw(t, "at")}
})

func nilIfEmpty(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// anyEntry draws an entry of each kind.
var anyEntry = rapid.Custom(func(t *rapid.T) Entry {
	u32, u64 := rapid.Uint32(), rapid.Uint64()
	switch Kind(rapid.IntRange(int(KindTermStarted), int(KindAnnounced)).Draw(t, "kind")) {
	case KindTermStarted:
		return &TermStarted{Term: u64.Draw(t, "term"), Network: corridor.Network(anyText.Draw(t, "network")), Certificate: anyBytes.Draw(t, "certificate")}
	case KindMemberAdmitted:
		return &MemberAdmitted{LT: anyLT.Draw(t, "lt"), Certificate: anyBytes.Draw(t, "certificate")}
	case KindKeyRevoked:
		return &KeyRevoked{Key: anyDigest.Draw(t, "key"), LT: anyLT.Draw(t, "lt"), Reason: anyText.Draw(t, "reason"), Statement: anyBytes.Draw(t, "statement")}
	case KindSessionOpened:
		return &SessionOpened{LT: anyLT.Draw(t, "lt"), Session: anySession.Draw(t, "session"), TransportKey: anyDigest.Draw(t, "transport"), SigningKey: anyDigest.Draw(t, "signing"),
			Window: u32.Draw(t, "window"), Delivery: rapid.Bool().Draw(t, "delivery")}
	case KindSessionClosed:
		return &SessionClosed{LT: anyLT.Draw(t, "lt"), Session: anySession.Draw(t, "session"), Reason: anyText.Draw(t, "reason")}
	case KindAccepted:
		return &Accepted{Frame: u32.Draw(t, "frame"), Index: u32.Draw(t, "index"), Session: anySession.Draw(t, "session"), Statement: anyBytes.Draw(t, "statement")}
	case KindRefused:
		return &Refused{Frame: u32.Draw(t, "frame"), Index: u32.Draw(t, "index"), Session: anySession.Draw(t, "session"), Statement: anyBytes.Draw(t, "statement"), Fault: anyFault.Draw(t, "fault")}
	case KindAssigned:
		position := rapid.Custom(func(t *rapid.T) corridor.Position {
			return corridor.Position{Page: u64.Draw(t, "page"), Index: u32.Draw(t, "index")}
		})
		return &Assigned{LT: anyLT.Draw(t, "lt"), Session: anySession.Draw(t, "session"), First: corridor.OSN(u64.Draw(t, "first")), Messages: rapid.SliceOfN(position, 1, 50).Draw(t, "messages")}
	case KindAcknowledged:
		return &Acknowledged{Frame: u32.Draw(t, "frame"), Index: u32.Draw(t, "index"), Statement: anyBytes.Draw(t, "statement")}
	case KindActed:
		return &Acted{Statement: anyBytes.Draw(t, "statement"), Signature: anyBytes.Draw(t, "signature"), Certificate: anyBytes.Draw(t, "certificate")}
	case KindActRefused:
		f := anyFault.Draw(t, "fault")
		return &ActRefused{Statement: anyBytes.Draw(t, "statement"), Signature: anyBytes.Draw(t, "signature"), Certificate: anyBytes.Draw(t, "certificate"),
			Fault: corridor.Fault{Code: f.Code, Text: f.Text, Rule: f.Rule}}
	case KindFenced:
		return &Fenced{Order: anyText.Draw(t, "order"), Document: anyDigest.Draw(t, "document"), What: Change(anyText.Draw(t, "what")),
			Instant: rapid.Int64Min(0).Draw(t, "instant"), BIC: corridor.BIC(anyText.Draw(t, "bic"))}
	case KindDecided:
		return &Decided{Message: corridor.Position{Page: u64.Draw(t, "page"), Index: u32.Draw(t, "index")}, Stage: Stage(anyText.Draw(t, "stage")), Outcome: Ruling(anyText.Draw(t, "outcome")),
			Rule: anyText.Draw(t, "rule"), Orders: anyOrders.Draw(t, "orders"), Licence: anyText.Draw(t, "licence"), Currency: anyText.Draw(t, "currency"),
			Amount: corridor.Decimal(anyText.Draw(t, "amount")), Policy: anyDigest.Draw(t, "policy"), Particulars: anyBytes.Draw(t, "particulars"),
			Sender: corridor.BIC(anyText.Draw(t, "sender")), Receiver: corridor.BIC(anyText.Draw(t, "receiver"))}
	case KindAnnounced:
		return &Announced{Order: anyText.Draw(t, "order"), Occasion: anyText.Draw(t, "occasion"), At: rapid.Int64Min(0).Draw(t, "at"), BIC: corridor.BIC(anyText.Draw(t, "bic")),
			Until: rapid.Int64Min(0).Draw(t, "until"), Number: u64.Draw(t, "number"), Done: rapid.Bool().Draw(t, "done"),
			About: corridor.Position{Page: u64.Draw(t, "page"), Index: u32.Draw(t, "index")}}
	case KindClosing:
		return &Closing{BIC: corridor.BIC(anyText.Draw(t, "bic")), Order: anyText.Draw(t, "order"), Statement: anyBytes.Draw(t, "statement")}
	default:
		return &Originated{Statement: anyBytes.Draw(t, "statement"), About: corridor.Position{Page: u64.Draw(t, "page"), Index: u32.Draw(t, "index")}, Reason: Reason(u32.Draw(t, "reason"))}
	}
})

// TestEntriesAgreeWithProto: both codecs write the same bytes, and read each other's.
func TestEntriesAgreeWithProto(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEntry.Draw(t, "entry")
		ours, theirs := Append([]byte("before"), e)[6:], marshal(t, toProto(e))
		if !bytes.Equal(ours, theirs) {
			t.Fatalf("%v\nours   %x\ntheirs %x", e.Kind(), ours, theirs)
		}
		back, err := Decode(theirs)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(e, back); d != "" {
			t.Fatalf("%v comes back differently:\n%s", e.Kind(), d)
		}
		if KindOf(ours) != e.Kind() {
			t.Fatalf("kind %v is read as %v", e.Kind(), KindOf(ours))
		}
	})
}

var anySubmission = rapid.Custom(func(t *rapid.T) Submission {
	reference := rapid.StringMatching(`[A-Z0-9]{0,35}`).Draw(t, "reference")
	s := Submission{Network: "test.corridor", Sender: anyLT.Draw(t, "sender"), Receiver: anyLT.Draw(t, "receiver"), Number: corridor.ISN(rapid.Uint64Min(1).Draw(t, "number")),
		Type: "fin.103", Priority: rapid.SampledFrom([]corridor.Priority{'S', 'U', 'N'}).Draw(t, "priority"), Monitoring: corridor.Monitoring(rapid.IntRange(0, 3).Draw(t, "monitoring")),
		Reference: corridor.Reference(reference), Payload: corridor.DigestOf([]byte(reference)), PayloadSize: rapid.Uint64Min(1).Draw(t, "size"), SignedAt: rapid.Uint64().Draw(t, "at"),
		PossibleDuplicate: rapid.Bool().Draw(t, "duplicate")}
	if rapid.Bool().Draw(t, "with UETR") {
		s.UETR = "c8b66b47-2bd9-48fe-be90-93c2096f27d2"
	}
	return s
})

var anyAcknowledgement = rapid.Custom(func(t *rapid.T) Acknowledgement {
	a := Acknowledgement{Network: "test.corridor", Receiver: anyLT.Draw(t, "receiver"), Number: corridor.OSN(rapid.Uint64Min(1).Draw(t, "number")),
		Message: corridor.DigestOf([]byte("message")), ReceivedAt: rapid.Uint64().Draw(t, "at")}
	if rapid.Bool().Draw(t, "refused") {
		a.Refused, a.Code, a.Text = true, "Y05", anyText.Draw(t, "text")
	}
	return a
})

func TestStatementsAgreeWithProto(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySubmission.Draw(t, "submission")
		ours := s.Append(nil)
		if theirs := marshal(t, submissionToProto(&s)); !bytes.Equal(ours, theirs) {
			t.Fatalf("ours   %x\ntheirs %x", ours, theirs)
		}
		if back, err := DecodeSubmission(ours); err != nil || back != s {
			t.Fatalf("comes back as %+v, %v", back, err)
		}
		act := anyAct.Draw(t, "act")
		ours = act.Append(nil)
		if theirs := marshal(t, actToProto(&act)); !bytes.Equal(ours, theirs) {
			t.Fatalf("ours   %x\ntheirs %x", ours, theirs)
		}
		if back, err := DecodeAct(ours); err != nil || cmp.Diff(back, act) != "" {
			t.Fatalf("comes back as %+v, %v", back, err)
		}
		a := anyAcknowledgement.Draw(t, "acknowledgement")
		ours = a.Append(nil)
		if theirs := marshal(t, acknowledgementToProto(&a)); !bytes.Equal(ours, theirs) {
			t.Fatalf("ours   %x\ntheirs %x", ours, theirs)
		}
		if back, err := DecodeAcknowledgement(ours); err != nil || back != a {
			t.Fatalf("comes back as %+v, %v", back, err)
		}
	})
}

func TestFramesAgreeWithProto(t *testing.T) {
	item := rapid.Custom(func(t *rapid.T) Item {
		return Item{Statement: rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "statement"), Payload: anyBytes.Draw(t, "payload")}
	})
	rapid.Check(t, func(t *rapid.T) {
		f := Frame{Signer: corridor.DigestOf([]byte("signer")), Signature: make([]byte, 64), Items: rapid.SliceOfN(item, 1, corridor.MaxFrameItems).Draw(t, "items")}
		ours := f.Append(nil)
		if theirs := marshal(t, frameToProto(&f)); !bytes.Equal(ours, theirs) {
			t.Fatalf("ours   %x\ntheirs %x", ours, theirs)
		}
		back, err := DecodeFrame(ours)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(f, back); d != "" {
			t.Fatalf("comes back differently:\n%s", d)
		}
	})
}

// TestFaultsOfAnyText: whatever text a fault carries, its entry can be read again, by both.
func TestFaultsOfAnyText(t *testing.T) {
	e := &Refused{Statement: []byte("statement"), Fault: corridor.Fault{Code: "T27\xff", Text: strings.Repeat("ä\xff", 4000), Field: strings.Repeat("x", 4000), Path: "\xc3", Line: -5, Occurrence: -1, Column: 1 << 40}}
	b := Append(nil, e)
	back, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	f := back.(*Refused).Fault
	if f.Code != "T27" || f.Line != 0 || len(f.Text) > corridor.MaxFaultText || len(f.Field) > maxWord || f.Path != "" {
		t.Errorf("the fault comes back as %+v", f)
	}
	var p entrypb.Entry
	if err := proto.Unmarshal(b, &p); err != nil {
		t.Errorf("another program cannot read it: %v", err)
	}
	if again := Append(nil, back); !bytes.Equal(again, b) {
		t.Error("written again it is another entry")
	}
}

// TestOrdersInOneForm: in whatever order the ids come, they are kept ascending and once.
func TestOrdersInOneForm(t *testing.T) {
	a := Append(nil, &Decided{Stage: AtAccept, Orders: []string{"B", "A", "B", "C"}})
	if b := Append(nil, &Decided{Stage: AtAccept, Orders: []string{"A", "B", "C"}}); !bytes.Equal(a, b) {
		t.Errorf("two forms of one decision:\n%x\n%x", a, b)
	}
	if e, err := Decode(a); err != nil || strings.Join(e.(*Decided).Orders, ",") != "A,B,C" {
		t.Errorf("read as %+v, %v", e, err)
	}
}

// TestActsOutOfForm: an act that cannot be judged is refused with the field that is wrong.
func TestActsOutOfForm(t *testing.T) {
	good := Act{Network: "test.corridor", Kind: "order.sign", For: "MERIDEFF", Subject: "ORD-1", Body: []byte("{}"), SignedAt: 1}
	for _, test := range []struct {
		name, text string
		change     func(*Act)
	}{
		{"no network", "network", func(a *Act) { a.Network = "" }},
		{"no kind", "noun.verb", func(a *Act) { a.Kind = "" }},
		{"a kind of one word", "noun.verb", func(a *Act) { a.Kind = "order" }},
		{"a kind without verb", "noun.verb", func(a *Act) { a.Kind = "order." }},
		{"a kind without noun", "noun.verb", func(a *Act) { a.Kind = ".sign" }},
		{"a long kind", "noun.verb", func(a *Act) { a.Kind = "order." + strings.Repeat("x", maxWord) }},
		{"for a branch", "BIC8", func(a *Act) { a.For = "MERIDEFFXXX" }},
		{"for no BIC", "BIC8", func(a *Act) { a.For = "meridefF" }},
		{"a long subject", "subject", func(a *Act) { a.Subject = strings.Repeat("x", maxWord+1) }},
		{"a large body", "split it", func(a *Act) { a.Body = make([]byte, MaxActBody+1) }},
		{"no time", "time of signing", func(a *Act) { a.SignedAt = 0 }},
	} {
		a := good
		test.change(&a)
		if _, err := DecodeAct(a.Append(nil)); err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if _, err := DecodeAct(good.Append(nil)); err != nil {
		t.Error(err)
	}
	large := good
	large.Body = make([]byte, MaxActBody)
	large.Reason = strings.Repeat("r", corridor.MaxFaultText)
	large.Subject = strings.Repeat("s", maxWord)
	if _, err := DecodeAct(large.Append(nil)); err != nil {
		t.Errorf("an act at its limits: %v", err)
	}
}
