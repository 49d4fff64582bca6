package pki

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/pem"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"corridor.example/corridor"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// dice is a random source that always gives the same: golden bytes need keys that stay.
type dice struct{ n uint64 }

func (d *dice) Read(b []byte) (int, error) {
	for i := 0; i < len(b); i += sha256.Size {
		d.n++
		block := sha256.Sum256(binary.BigEndian.AppendUint64(nil, d.n))
		copy(b[i:], block[:])
	}
	return len(b), nil
}

// goldenFiles are the public files of a network that is the same every time.
func goldenFiles(t testing.TB) map[string][]byte {
	t.Helper()
	source := &dice{}
	a, err := CreateAuthority("lab.corridor", DefaultRootValidity, day, source)
	if err != nil {
		t.Fatal(err)
	}
	m, err := a.IssueMember([]corridor.LT{"MERIDEFFAXXX", "MERIDEFFBXXX"}, DefaultMemberValidity, day, source)
	if err != nil {
		t.Fatal(err)
	}
	h, err := a.IssueHub([]string{"hub.example", "127.0.0.1"}, DefaultHubValidity, day, source)
	if err != nil {
		t.Fatal(err)
	}
	q, err := NewRequest(a.Root(), []corridor.LT{"MERIDEFFAXXX"}, source)
	if err != nil {
		t.Fatal(err)
	}
	revocation, err := a.Revoke(m.Signing[1].Certificate, "key lost", day)
	if err != nil {
		t.Fatal(err)
	}
	o, err := a.IssueOfficer("MERIDEFF", "ines.moreau", DefaultOfficerValidity, day, source)
	if err != nil {
		t.Fatal(err)
	}
	policy := []byte(`{"officers":[]}`)
	signed, err := EncodeDocument(domainPolicy, policy, a.SignDocument(domainPolicy, policy))
	if err != nil {
		t.Fatal(err)
	}
	oq, err := NewOfficerRequest(a.Root(), "MERIDEFF", "ines.moreau", source)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"officer-request.pem": oq.Text(),
		"officer.pem":         o.Signing[0].Certificate.PEM(), "policy.signed": signed,
		"network.pem": a.Root().PEM(), "member-transport.pem": m.Transport.Certificate.PEM(), "member-signing.pem": m.Signing[0].Certificate.PEM(),
		"hub-transport.pem": h.Transport.Certificate.PEM(), "hub-signing.pem": h.Signing[0].Certificate.PEM(),
		"request.pem": q.Text(), "key.revocation": revocation,
	}
}

// The golden files are what every later version must still write, open and take.
func TestGoldenFiles(t *testing.T) {
	for name, got := range goldenFiles(t) {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := recorded(t, name); !bytes.Equal(got, want) {
			t.Errorf("%s: other bytes are written than were recorded", name)
		}
	}
	root, err := ParseRoot(recorded(t, "network.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []Role{RoleMemberSigning, RoleMemberTransport, RoleHubSigning, RoleHubTransport, RoleOfficer} {
		block, _ := pem.Decode(recorded(t, string(role)+".pem"))
		if _, err := root.check(block.Bytes, day, role); err != nil {
			t.Error(role, err)
		}
	}
	if v, err := root.Revocation(recorded(t, "key.revocation")); err != nil || v.LT != "MERIDEFFBXXX" {
		t.Error(v, err)
	}
	if policy, _, err := root.OpenDocument(domainPolicy, recorded(t, "policy.signed")); err != nil || string(policy) != `{"officers":[]}` {
		t.Error(string(policy), err)
	}
}

// locked.key was sealed once with the passphrase below; sealing is random, so it is opened and never written anew.
func TestRecordedKeyOpens(t *testing.T) {
	lock := PassphraseText("seven green lamps")
	text := recorded(t, "locked.key")
	key, err := lock.unseal(text)
	if err != nil {
		t.Fatal(err)
	}
	want, err := newKey(&dice{n: 7})
	if err != nil {
		t.Fatal(err)
	}
	if !key.Equal(want) {
		t.Error("another key came out")
	}
	altered := bytes.Clone(text)
	altered[len(altered)*3/4] ^= 1
	if _, err := lock.unseal(altered); err == nil {
		t.Error("an altered key file opens")
	}
}

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzCertificate(f *testing.F) {
	root, err := ParseRoot(recorded(f, "network.pem"))
	if err != nil {
		f.Fatal(err)
	}
	known := map[string]bool{}
	for _, name := range []string{"network.pem", "member-signing.pem", "member-transport.pem", "hub-signing.pem", "hub-transport.pem", "officer.pem"} {
		block, _ := pem.Decode(recorded(f, name))
		known[string(block.Bytes)] = true
		f.Add(block.Bytes)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := Parse(der)
		if err != nil {
			return
		}
		if err := root.vouch(c, day, c.Role); err == nil && !known[string(der)] {
			t.Fatal("a certificate that nobody issued is taken")
		}
	})
}

func FuzzRevocation(f *testing.F) {
	root, err := ParseRoot(recorded(f, "network.pem"))
	if err != nil {
		f.Fatal(err)
	}
	good := recorded(f, "key.revocation")
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := root.Revocation(b); err == nil && !bytes.Equal(b, good) {
			t.Fatal("a revocation that nobody signed is taken")
		}
	})
}

func FuzzRequest(f *testing.F) {
	a, err := CreateAuthority("lab.corridor", DefaultRootValidity, day, &dice{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(recorded(f, "request.pem"))
	f.Add(recorded(f, "officer-request.pem"))
	f.Fuzz(func(t *testing.T, b []byte) {
		issued, err := a.IssueRequest(b, forAll(DefaultMemberValidity), day, &dice{n: 1 << 32})
		if err == nil && len(issued.Signing) == 0 {
			t.Fatal("issued nothing and said nothing")
		}
	})
}
