package evidence

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/pki"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// rowsOf serves a log's hashes from the rows that Add gave, as a journal does.
func rowsOf(rows [][]corridor.Digest) tlog.HashReader {
	return Rows(func(pages []uint64) ([][]corridor.Digest, error) {
		out := make([][]corridor.Digest, len(pages))
		for i, p := range pages {
			out[i] = rows[p]
		}
		return out, nil
	})
}

// The rows hold exactly what tlog stores, the edge gives tlog's root at every size, and it can be read back at any size.
func TestLogIsTlog(t *testing.T) {
	var l Log
	var rows [][]corridor.Digest
	if l.Root() != corridor.DigestOf(nil) {
		t.Error("root of no pages")
	}
	for n := range uint64(200) {
		page := corridor.DigestOf([]byte{byte(n)})
		before := l.Clone()
		want, err := tlog.StoredHashesForRecordHash(int64(n), tlog.Hash(page), rowsOf(rows))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, l.Add(page))
		if !slices.Equal(rows[n], digests(want)) {
			t.Fatalf("page %d: row differs from what tlog stores", n)
		}
		root, err := tlog.TreeHash(int64(n+1), rowsOf(rows))
		if err != nil || corridor.Digest(root) != l.Root() || l.Size() != n+1 {
			t.Fatalf("size %d: root differs (%v)", n+1, err)
		}
		again, err := ResumeLog(n, rowsOf(rows))
		if err != nil || again.Root() != before.Root() {
			t.Fatalf("size %d: the edge read back differs (%v)", n, err)
		}
		if got := again.Add(page); !slices.Equal(got, rows[n]) || again.Root() != l.Root() {
			t.Fatalf("size %d: the edge read back goes on differently", n)
		}
	}
}

func TestLogProofs(t *testing.T) {
	n := newNetwork(t, "lab.corridor")
	checkpoints := []Checkpoint{n.log.Checkpoint("lab.corridor")}
	var pages []Header
	for range 70 {
		h, err := DecodeHeader(n.page(0, other()).Header)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, h)
		checkpoints = append(checkpoints, n.log.Checkpoint("lab.corridor"))
	}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(0, len(pages)).Draw(t, "size")
		old := rapid.IntRange(0, size).Draw(t, "old")
		proof, err := ProveConsistency(uint64(old), uint64(size), rowsOf(n.rows))
		if err != nil {
			t.Fatal(err)
		}
		older, newer := checkpoints[old], checkpoints[size]
		if err := CheckConsistency(older, newer, proof); err != nil {
			t.Fatal(err)
		}
		older.Root[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1
		if CheckConsistency(older, newer, proof) == nil || CheckConsistency(checkpoints[old], newer, append(proof, corridor.Digest{})) == nil {
			t.Fatal("two histories are consistent")
		}
		if old == size {
			return
		}
		inside, err := ProveInclusion(uint64(old), uint64(size), rowsOf(n.rows))
		if err != nil {
			t.Fatal(err)
		}
		page := pages[old]
		if err := CheckInclusion(newer, &page, inside); err != nil {
			t.Fatal(err)
		}
		page.Time++
		if CheckInclusion(newer, &page, inside) == nil {
			t.Fatal("another page is in the log")
		}
	})
	other := checkpoints[9]
	other.Network = "other.corridor"
	if CheckConsistency(other, checkpoints[9], nil) == nil || CheckConsistency(checkpoints[9], checkpoints[8], nil) == nil || CheckInclusion(checkpoints[9], &pages[9], nil) == nil {
		t.Error("another network, the wrong way round, or a page after the checkpoint: no error")
	}
}

func TestCheckpoints(t *testing.T) {
	n := newNetwork(t, "lab.corridor")
	n.page(0, other())
	n.page(0, other(), other())
	c := n.log.Checkpoint("lab.corridor")
	signed, err := SignCheckpoint(c, n.hub)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "checkpoint.txt", signed)
	hub := n.hub.Certificate()
	if got, err := OpenCheckpoint(signed, hub); err != nil || got != c {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range signed {
		for bit := range 8 {
			bad := bytes.Clone(signed)
			bad[i] ^= 1 << bit
			if _, err := OpenCheckpoint(bad, hub); err == nil {
				t.Fatalf("byte %d altered to %q: opens", i, bad[i])
			}
		}
	}
	if _, err := OpenCheckpoint(signed); err == nil {
		t.Error("opens without any certificate")
	}
	stranger := newNetwork(t, "other.corridor")
	if _, err := OpenCheckpoint(signed, stranger.hub.Certificate()); err == nil {
		t.Error("opens with another hub's certificate")
	}
	if _, err := SignCheckpoint(c, stranger.hub); err == nil {
		t.Error("the hub of one network signs for another")
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := len(signed) - len("=\n") - 1
	twin := bytes.Clone(signed) // Base64 whose last bits, which say nothing, are not zero
	twin[last] = alphabet[strings.IndexByte(alphabet, signed[last])+1]
	if _, err := OpenCheckpoint(twin, hub); err == nil {
		t.Error("another way to write the same signature opens")
	}
	foreign, err := note.Sign(&note.Note{Text: Checkpoint{Network: "other.corridor", Size: 2}.text()}, noteSigner{noteKey(hub), n.hub})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCheckpoint(foreign, hub); err == nil {
		t.Error("a note about one network opens although the hub of another signed it")
	}
	if _, err := OpenCheckpoint(append(signed, "— witness.example AAAAAGFuZCBhbm90aGVyIHNpZ25hdHVyZQ==\n"...), hub); err != nil {
		t.Errorf("a witness's signature beside the hub's is refused: %v", err)
	}
}

// Anyone's tool for signed notes opens our checkpoints.
func TestCheckpointIsAPlainSignedNote(t *testing.T) {
	n := newNetwork(t, "lab.corridor")
	n.page(0, other())
	signed, err := SignCheckpoint(n.log.Checkpoint("lab.corridor"), n.hub)
	if err != nil {
		t.Fatal(err)
	}
	vkey, err := note.NewEd25519VerifierKey("lab.corridor", n.hub.Certificate().Public)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open(signed, note.VerifierList(plain))
	if err != nil {
		t.Fatal(err)
	}
	if root := n.log.Root(); opened.Text != "lab.corridor\n1\n"+base64.StdEncoding.EncodeToString(root[:])+"\n" {
		t.Errorf("text %q", opened.Text)
	}
}

func TestCheckpointTextHasOneForm(t *testing.T) {
	root := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, text := range []string{
		"", "lab.corridor\n1\n", "lab.corridor\n01\n" + root + "\n", "lab.corridor\n+1\n" + root + "\n", "lab.corridor\n1\n" + root,
		"lab.corridor\n1\n" + root + "\nmore\n", "Lab\n1\n" + root + "\n", "lab.corridor\n1\n" + strings.Replace(root, "A=", "B=", 1) + "\n",
		"lab.corridor\n9223372036854775808\n" + root + "\n", "lab.corridor\n1\nAAAA\n",
	} {
		if c, err := parseCheckpoint(text); err == nil {
			t.Errorf("%q is read as %+v", text, c)
		}
	}
}

func FuzzCheckpoint(f *testing.F) {
	n := newNetwork(f, "lab.corridor")
	n.page(0, other())
	signed, err := SignCheckpoint(n.log.Checkpoint("lab.corridor"), n.hub)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	hubs := []*pki.HubCertificate{n.hub.Certificate()}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := OpenCheckpoint(b, hubs...)
		if err == nil && c != n.log.Checkpoint("lab.corridor") {
			t.Fatal("a checkpoint that nobody signed opens")
		}
		if c, err := parseCheckpoint(string(b)); err == nil && c.text() != string(b) {
			t.Fatal("reads, and writes another text")
		}
	})
}

func TestConsistencyFile(t *testing.T) {
	n := newNetwork(t, "lab.corridor")
	n.page(0, other())
	older, err1 := SignCheckpoint(n.log.Checkpoint("lab.corridor"), n.hub)
	n.page(0, other())
	n.page(0, other())
	newer, err2 := SignCheckpoint(n.log.Checkpoint("lab.corridor"), n.hub)
	proof, err3 := ProveConsistency(1, 3, rowsOf(n.rows))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	file := (&Consistency{Hubs: [][]byte{n.hub.Certificate().DER}, Proof: proof}).Encode()
	golden(t, "consistency.pem", file)
	c, err := DecodeConsistency(file)
	if err != nil {
		t.Fatal(err)
	}
	if o, n, err := c.Verify(n.root, older, newer); err != nil || o.Size != 1 || n.Size != 3 {
		t.Fatal(o, n, err)
	}
	for i := range file {
		bad := bytes.Clone(file)
		bad[i] ^= 1 << (i % 6)
		if c, err := DecodeConsistency(bad); err == nil {
			if _, _, err := c.Verify(n.root, older, newer); err == nil {
				t.Errorf("byte %d altered to %02x: verifies", i, bad[i])
			}
		}
	}
	var f *Failure
	if _, _, err := c.Verify(n.root, newer, older); !errors.As(err, &f) || f.Check != CheckConsistent {
		t.Errorf("the wrong way round: %v", err)
	}
	if _, _, err := c.Verify(newNetwork(t, "other.corridor").root, older, newer); !errors.As(err, &f) || f.Check != CheckHubCertificate {
		t.Errorf("another network: %v", err)
	}
	if _, _, err := c.Verify(n.root, older[:9], newer); !errors.As(err, &f) || f.Check != CheckCheckpoint {
		t.Errorf("a torn checkpoint: %v", err)
	}
}
