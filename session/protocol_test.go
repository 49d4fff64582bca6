package session

import (
	"crypto/ed25519"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session/sessionpb"
)

var update = flag.Bool("update", false, "write the bytes in docs/protocol.md anew")

const protocolPage = "../docs/protocol.md"

// TestProtocolPage keeps the bytes in the specification those that this program writes.
func TestProtocolPage(t *testing.T) {
	text, err := os.ReadFile(protocolPage)
	fatal(t, err)
	before, rest, ok := strings.Cut(string(text), "<!-- golden -->\n")
	_, after, ok2 := strings.Cut(rest, "<!-- /golden -->")
	if !ok || !ok2 {
		t.Fatal("the page has lost its marks for the bytes")
	}
	want := before + "<!-- golden -->\n" + walkThrough(t) + "<!-- /golden -->" + after
	if *update {
		fatal(t, os.WriteFile(protocolPage, []byte(want), 0o644))
		return
	}
	if string(text) != want {
		t.Errorf("the bytes in %s are not those that the program writes: run go test ./session -run ProtocolPage -update and read the difference", protocolPage)
	}
}

// key is a signing key from a seed of 32 equal bytes; its certificate is replaced by a text, so that the page can be checked by hand.
type key struct {
	private ed25519.PrivateKey
	id      corridor.Digest
}

func keyOf(seed byte, certificate string) key {
	return key{ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize))), corridor.DigestOf([]byte(certificate))}
}

func (k key) Sign(b []byte) []byte { return ed25519.Sign(k.private, b) }
func (k key) Certificate() *pki.MemberCertificate {
	return &pki.MemberCertificate{ID: k.id, Public: k.private.Public().(ed25519.PublicKey)}
}

func walkThrough(t *testing.T) string {
	var b strings.Builder
	member, hub := keyOf(1, "member certificate"), keyOf(2, "hub certificate")
	payload := []byte("{1:F01MERIDEF0AXXX0001000007}{2:I199CEDRFRP0XXXXN}{4:\r\n:20:REF7\r\n:79:HELLO\r\n-}")
	s := entry.Submission{Network: "test.corridor", Sender: "MERIDEF0AXXX", Receiver: "CEDRFRP0XXXX", Number: 7, Type: "fin.199", Priority: 'N',
		Reference: "REF7", Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: 1764000000000}
	statement := s.Append(nil)
	show := func(what string, bytes []byte) {
		fmt.Fprintf(&b, "%s, %d bytes\n\n%s\n", what, len(bytes), hexLines(bytes))
	}
	fmt.Fprintf(&b, "The member's private key is the seed of 32 bytes 01, the hub's that of 32 bytes 02. For this page the certificates are the texts `member certificate` and `hub certificate`,\nso that their KeyIDs can be computed by hand. The message is number 7 of MERIDEF0AXXX:\n\n    %q\n\n", payload)
	fmt.Fprintf(&b, "**The statement**, field by field:\n\n%s\n", fields(t, statement))
	leaf := entry.LeafHash(statement)
	show("**Its leaf hash**, which is the root of a frame of one", leaf[:])
	signed := entry.AppendSigned(nil, entry.DomainSubmission, 1, leaf)
	show("**What is signed**: domain, count, root", signed)
	frame := SignFrame(member, entry.DomainSubmission, []entry.Item{{Statement: statement, Payload: payload}})
	f, err := entry.DecodeFrame(frame)
	fatal(t, err)
	show("**The signature**", f.Signature)
	show("**The frame**: signer, signature, one item with statement and payload", frame)
	wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(&sessionpb.FromMember{Frame: &sessionpb.FromMember_Submit{Submit: &sessionpb.Submit{Frames: [][]byte{frame}}}})
	fatal(t, err)
	show("**FromMember** begins so, then comes the frame", wire[:len(wire)-len(frame)])
	stored := entry.Append(nil, &entry.Accepted{Session: 1, Statement: statement})
	show("**The entry Accepted** in the answer (frame 0 and index 0 are not written; session 1, then the statement)", stored)
	h := evidence.Header{Network: "test.corridor", Number: 41, Previous: corridor.DigestOf([]byte("page 40")), Time: 1764000000123456789, Term: 3, Entries: 1,
		Root: entry.LeafHash(stored), Bodies: corridor.DigestOf([]byte("bodies"))}
	show("**The header of page 41**, which has only this entry, so that the root is the entry's leaf hash and the proof is empty", h.Append(nil))
	show("**The hub's signature** over `corridor/page/1`, 00 and the header", hub.Sign(evidence.AppendSignedHeader(nil, h.Append(nil))))
	ack := entry.Acknowledgement{Network: "test.corridor", Receiver: "CEDRFRP0AXXX", Number: 1, Message: leaf, ReceivedAt: 1764000000456}
	fmt.Fprintf(&b, "**The receiver's acknowledgement** of it as number 1, field by field:\n\n%s\n", fields(t, ack.Append(nil)))
	return b.String()
}

func hexLines(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		n := min(len(b), 32)
		fmt.Fprintf(&out, "    %x\n", b[:n])
		b = b[n:]
	}
	return out.String()
}

// fields shows a statement one field a line.
func fields(t *testing.T, b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeField(b)
		if n < 0 {
			t.Fatal("not a statement")
		}
		_, _, tag := protowire.ConsumeTag(b)
		var value string
		if kind == protowire.VarintType {
			v, _ := protowire.ConsumeVarint(b[tag:])
			value = fmt.Sprint(v)
		} else if v, _ := protowire.ConsumeBytes(b[tag:]); len(v) != 32 {
			value = fmt.Sprintf("%q", v)
		} else {
			value = "digest"
		}
		fmt.Fprintf(&out, "    %x  %d: %s\n", b[:n], number, value)
		b = b[n:]
	}
	return out.String()
}
