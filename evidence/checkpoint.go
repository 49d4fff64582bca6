package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/pki"
	"golang.org/x/mod/sumdb/note"
)

// Checkpoint is the head of the journal: how many pages, and the root of the log over them. Signed by the hub it is a
// signed note (golang.org/x/mod/sumdb/note) of three lines: the network's name, the size, the root in Base64.
//
// It needs no domain of its own: a network's name has no '/', so a note never begins like anything else that is signed.
type Checkpoint struct {
	Network corridor.Network
	Size    uint64
	Root    corridor.Digest
}

// Checkpoint is the log's head, to be signed.
func (l *Log) Checkpoint(n corridor.Network) Checkpoint { return Checkpoint{n, l.size, l.Root()} }

func (c Checkpoint) text() string {
	return string(c.Network) + "\n" + strconv.FormatUint(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// NoteSigner is the hub's signing key with its certificate; pki.HubSigningKey is one.
type NoteSigner interface {
	PageSigner
	Certificate() *pki.HubCertificate
}

var _ NoteSigner = (*pki.HubSigningKey)(nil)

// SignCheckpoint writes the signed note.
func SignCheckpoint(c Checkpoint, hub NoteSigner) ([]byte, error) {
	if n := hub.Certificate().Network; c.Network != n {
		return nil, fmt.Errorf("checkpoint of the network %s, certificate of %s", c.Network, n)
	}
	return note.Sign(&note.Note{Text: c.text()}, noteSigner{noteKey(hub.Certificate()), hub})
}

// OpenCheckpoint reads a signed note and checks that one of the hub certificates signed it. Signatures of others, such
// as witnesses, are let pass and prove nothing here.
func OpenCheckpoint(signed []byte, hubs ...*pki.HubCertificate) (Checkpoint, error) {
	if len(signed) > MaxCheckpoint {
		return Checkpoint{}, fmt.Errorf("checkpoint has %d bytes, the limit is %d", len(signed), MaxCheckpoint)
	}
	keys := make([]note.Verifier, len(hubs))
	for i, h := range hubs {
		keys[i] = noteKey(h)
	}
	n, err := note.Open(signed, note.VerifierList(keys...))
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		return Checkpoint{}, errors.New("checkpoint: it was not signed by the hub's certificate given")
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	if !bytes.Equal(signed, encodeNote(n)) {
		return Checkpoint{}, errors.New("checkpoint: it is not written in the one form that a signed note has")
	}
	c, err := parseCheckpoint(n.Text)
	if err == nil && !signedFor(c.Network, hubs) {
		err = fmt.Errorf("checkpoint of the network %s, signed for another", c.Network)
	}
	return c, err
}

func signedFor(n corridor.Network, hubs []*pki.HubCertificate) bool {
	for _, h := range hubs {
		if h.Network == n {
			return true
		}
	}
	return false
}

// encodeNote writes a note anew; Base64 that decodes to the same bytes but is written otherwise does not come back.
func encodeNote(n *note.Note) []byte {
	out := []byte(n.Text + "\n")
	for _, s := range append(n.Sigs, n.UnverifiedSigs...) {
		b, err := base64.StdEncoding.Strict().DecodeString(s.Base64)
		if err != nil {
			return nil
		}
		out = fmt.Appendf(out, "— %s %s\n", s.Name, base64.StdEncoding.EncodeToString(b))
	}
	return out
}

// parseCheckpoint reads a note's text; only what text writes is taken.
func parseCheckpoint(text string) (Checkpoint, error) {
	var c Checkpoint
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return c, errors.New("checkpoint: it has not the three lines network, size, root")
	}
	network, err := corridor.ParseNetwork(lines[0])
	if err != nil {
		return c, fmt.Errorf("checkpoint: %w", err)
	}
	size, err := strconv.ParseUint(lines[1], 10, 62)
	if err != nil {
		return c, fmt.Errorf("checkpoint: size %q is not a number of pages", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(c.Root) {
		return c, errors.New("checkpoint: the root is not 32 bytes in Base64")
	}
	c = Checkpoint{network, size, corridor.Digest(root)}
	if c.text() != text {
		return Checkpoint{}, errors.New("checkpoint: its text is not written in the one form that a checkpoint has")
	}
	return c, nil
}

// key is a hub's signing certificate as the note package wants it: named by the network, of the standard kind Ed25519, so that
// any tool for signed notes reads ours. It verifies by the network's one rule.
type key struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

const noteEd25519 = 1 // the algorithm's number in a signed note

func noteKey(h *pki.HubCertificate) key {
	id := append([]byte(string(h.Network)+"\n"), noteEd25519)
	sum := sha256.Sum256(append(id, h.Public...))
	return key{string(h.Network), binary.BigEndian.Uint32(sum[:]), h.Public}
}

func (k key) Name() string                { return k.name }
func (k key) KeyHash() uint32             { return k.hash }
func (k key) Verify(msg, sig []byte) bool { return pki.Verify(k.public, msg, sig) }

type noteSigner struct {
	key
	signer PageSigner
}

func (s noteSigner) Sign(msg []byte) ([]byte, error) { return s.signer.Sign(msg), nil }

var (
	_ note.Verifier = key{}
	_ note.Signer   = noteSigner{}
)

// ReadCheckpoint reads a note without checking who signed it: for one that is the reader's own, verified when it came.
func ReadCheckpoint(own []byte) (Checkpoint, error) {
	n, err := note.Open(own, note.VerifierList())
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		n, err = unverified.Note, nil
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	return parseCheckpoint(n.Text)
}
