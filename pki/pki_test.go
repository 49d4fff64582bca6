package pki

import (
	"crypto/rand"
	"testing"
	"time"

	"corridor.example/corridor"
)

var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func newAuthority(t testing.TB, network corridor.Network) *Authority {
	t.Helper()
	a, err := CreateAuthority(network, DefaultRootValidity, day, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newMember(t testing.TB, a *Authority, lts ...corridor.LT) *Issued {
	t.Helper()
	m, err := a.IssueMember(lts, DefaultMemberValidity, day, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newHub(t testing.TB, a *Authority) *Issued {
	t.Helper()
	h, err := a.IssueHub([]string{"hub.example", "127.0.0.1"}, DefaultHubValidity, day, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// forAll is the same validity for every role.
func forAll(d time.Duration) func(Role) time.Duration { return func(Role) time.Duration { return d } }

func TestBundlesOpenAgain(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	dir := t.TempDir()
	_, lock, err := NewKeyFile()
	if err != nil {
		t.Fatal(err)
	}
	if err := newMember(t, a, "MERIDEFFAXXX", "MERIDEFFBXXX").Write(dir+"/member", lock); err != nil {
		t.Fatal(err)
	}
	if err := newHub(t, a).Write(dir+"/hub", lock); err != nil {
		t.Fatal(err)
	}
	m, err := LoadMember(dir+"/member", lock, day)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.LTs) != 2 || m.Signing["MERIDEFFBXXX"].Certificate().LT != "MERIDEFFBXXX" {
		t.Fatalf("terminals %v", m.LTs)
	}
	h, err := LoadHub(dir+"/hub", lock, day)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("a page")
	if !Verify(h.Signing.Certificate().Public, message, h.Signing.Sign(message)) {
		t.Fatal("the hub's own signature does not verify")
	}
}
