package entry

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"corridor.example/corridor"
)

var update = flag.Bool("update", false, "write testdata/golden.txt anew: only ever add to it")

const goldenFile = "testdata/golden.txt"

// examples are one value of each stored and signed form, with every field set.
func examples() []struct {
	name  string
	bytes []byte
	read  func([]byte) (written []byte, err error)
} {
	key := corridor.DigestOf([]byte("key"))
	s := Submission{Network: "test.corridor", Sender: "MERIDEF0AXXX", Receiver: "CEDRFRP0XXXX", Number: 300, Type: "pacs.008.001.08", Priority: 'U', Monitoring: 3, Reference: "REFERENCE",
		UETR: "c8b66b47-2bd9-48fe-be90-93c2096f27d2", Payload: corridor.DigestOf([]byte("payload")), PayloadSize: 7, SignedAt: 1764000000000, PossibleDuplicate: true}
	a := Acknowledgement{Network: "test.corridor", Receiver: "CEDRFRP0AXXX", Number: 70000, Message: LeafHash(s.Append(nil)), Refused: true, Code: "Y05", Text: "no space", ReceivedAt: 1764000000001}
	f := Frame{Signer: key, Signature: make([]byte, 64), Items: []Item{{Statement: s.Append(nil), Payload: []byte("payload")}, {Statement: a.Append(nil)}}}
	act := Act{Network: "test.corridor", Kind: "order.sign", For: "MERIDEF0", Subject: "ORD-1", Document: key, Body: []byte(`{"a":1}`), Reason: "reason", SignedAt: 1764000000002}
	r := FrameRecord{Domain: DomainAcknowledgement, Signer: key, Signature: make([]byte, 64), Leaves: []corridor.Digest{key, LeafHash([]byte("b"))}}
	all := []struct {
		name  string
		bytes []byte
		read  func([]byte) ([]byte, error)
	}{
		{"submission", s.Append(nil), func(b []byte) ([]byte, error) { s, err := DecodeSubmission(b); return s.Append(nil), err }},
		{"acknowledgement", a.Append(nil), func(b []byte) ([]byte, error) { a, err := DecodeAcknowledgement(b); return a.Append(nil), err }},
		{"frame", f.Append(nil), func(b []byte) ([]byte, error) { f, err := DecodeFrame(b); return f.Append(nil), err }},
		{"act", act.Append(nil), func(b []byte) ([]byte, error) { a, err := DecodeAct(b); return a.Append(nil), err }},
		{"frame-record", r.Append(nil), func(b []byte) ([]byte, error) { r, _, err := DecodeFrameRecord(b); return r.Append(nil), err }},
	}
	for _, e := range []Entry{
		&TermStarted{Term: 3, Network: "test.corridor", Certificate: []byte("certificate")},
		&MemberAdmitted{LT: "MERIDEF0AXXX", Certificate: []byte("certificate")},
		&KeyRevoked{Key: key, LT: "MERIDEF0AXXX", Reason: "lost", Statement: []byte("statement")},
		&SessionOpened{LT: "MERIDEF0AXXX", Session: 9999, TransportKey: key, SigningKey: LeafHash(key[:]), Window: 1024, Delivery: true},
		&SessionClosed{LT: "MERIDEF0AXXX", Session: 9999, Reason: "logout"},
		&Accepted{Frame: 1, Index: 2, Session: 3, Statement: s.Append(nil)},
		&Refused{Frame: 1, Index: 2, Session: 3, Statement: s.Append(nil), Fault: corridor.Fault{Code: "T27", Text: "text", Field: "32A", Path: "/Document", Line: 4, Column: 5, Rule: "C3", Whose: corridor.Sender, Occurrence: 6}},
		&Assigned{LT: "CEDRFRP0AXXX", Session: 4, First: 500, Messages: []corridor.Position{{Page: 0, Index: 0}, {Page: 1 << 40, Index: 16383}}},
		&Acknowledged{Frame: 5, Index: 6, Statement: a.Append(nil)},
		&Originated{Statement: s.Append(nil), About: corridor.Position{Page: 7, Index: 8}, Reason: Aborted},
		&Acted{Statement: act.Append(nil), Signature: make([]byte, 64), Certificate: []byte("certificate")},
		&ActRefused{Statement: act.Append(nil), Signature: make([]byte, 64), Certificate: []byte("certificate"), Fault: corridor.Fault{Code: "SA120", Text: "text", Rule: "R50"}},
		&Fenced{Order: "ORD-1", Document: key, What: Readmitted, Instant: 1764000000003000000, BIC: "MERIDEF0"},
		&Decided{Message: corridor.Position{Page: 9, Index: 10}, Stage: AtAccept, Outcome: Licensed, Rule: "scope", Orders: []string{"ORD-1", "ORD-2"}, Licence: "L-77", Currency: "EUR", Amount: "30000.5",
			Policy: key, Particulars: []byte(`{"purpose":"GDDS"}`), Sender: "MERIDEF0", Receiver: "CEDRFRP0"},
		&Announced{Order: "ORD-1", Occasion: "paused", At: 1764000000003000000, BIC: "MERIDEF0", Until: 1764000000004000000, Number: 300, Done: true, About: corridor.Position{Page: 11, Index: 12}},
		&Closing{BIC: "MERIDEF0", Order: "ORD-1", Statement: []byte(`{"last":7}`)},
	} {
		all = append(all, struct {
			name  string
			bytes []byte
			read  func([]byte) ([]byte, error)
		}{e.Kind().String(), Append(nil, e), readEntry})
	}
	return all
}

func readEntry(b []byte) ([]byte, error) {
	e, err := Decode(b)
	if err != nil {
		return nil, err
	}
	return Append(nil, e), nil
}

// TestGoldenBytes: what was stored by earlier programs is read, and written the same. A line of the file is never changed.
func TestGoldenBytes(t *testing.T) {
	var text strings.Builder
	for _, x := range examples() {
		fmt.Fprintf(&text, "%s %x\n", x.name, x.bytes)
	}
	if *update {
		if err := os.WriteFile(goldenFile, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(file) != text.String() {
		t.Error("today's program writes other bytes than those in " + goldenFile)
	}
	read := map[string]func([]byte) ([]byte, error){}
	for _, x := range examples() {
		read[x.name] = x.read
	}
	for line := range strings.Lines(string(file)) {
		name, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
		stored, err := hex.DecodeString(digits)
		if err != nil || read[name] == nil {
			t.Fatalf("%s: line %q", goldenFile, line)
		}
		written, err := read[name](stored)
		if err != nil {
			t.Errorf("%s cannot be read any more: %v", name, err)
		} else if string(written) != string(stored) {
			t.Errorf("%s is written as %x", name, written)
		}
	}
}

// TestTruncated: no beginning of a stored form is taken for the whole, and nothing may follow it.
func TestTruncated(t *testing.T) {
	for _, x := range examples() {
		for n := range len(x.bytes) {
			if written, err := x.read(x.bytes[:n:n]); err == nil && len(written) != n {
				t.Errorf("%s: its first %d bytes are read as something else", x.name, n)
			}
		}
	}
}

// TestOneForm: other ways to write the same are refused.
func TestOneForm(t *testing.T) {
	if _, err := Decode([]byte{0x32, 2, 8, 1}); err != nil {
		t.Fatal("the form that the others depart from is refused:", err)
	}
	for _, test := range []struct{ name, hex string }{
		{"zero value", "32020800"},
		{"long varint", "3203088100"},
		{"long tag", "3203880001"},
		{"long length", "3282000801"},
		{"fields out of order", "320418010801"},
		{"field twice", "320408010802"},
		{"empty bytes", "32022200"},
		{"unknown field", "32027801"},
		{"unknown kind", "fa0100"},
		{"kind that is a number", "3001"},
		{"two entries", "3202080132020801"},
		{"fixed32", "32050d01000000"},
		{"group", "32040b08010c"},
		{"number too large for its field", "320418808004"},
		{"truth that is 2", "22023002"},
		{"no UTF-8", "2a030a01ff"},
		{"digest of 31 bytes", "1a210a1f" + strings.Repeat("01", 31)},
		{"empty", ""},
		{"half a position", "4203220101"},
		{"no position", "42022200"},
		{"order with two spaces", "7206320461202062"},
		{"orders that are not ascending", "72053203622061"},
		{"an order twice", "72053203612061"},
		{"instant before 1970", "6a0b20ffffffffffffffffff01"},
	} {
		b, err := hex.DecodeString(test.hex)
		if err != nil {
			t.Fatal(test.name, err)
		}
		if e, err := Decode(b); err == nil {
			t.Errorf("%s is read as %+v", test.name, e)
		}
	}
}
