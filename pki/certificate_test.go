package pki

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
)

func wantError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("error %v, want one with %q", err, part)
	}
}

// Every role's certificate is asked for every use: only its own lets it in.
func TestRolesAreSeparate(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	m, h := newMember(t, a, "MERIDEFFAXXX"), newHub(t, a)
	certificates := map[Role]*Certificate{
		RoleAuthority: a.Root().Certificate(), RoleMemberSigning: m.Signing[0].Certificate, RoleMemberTransport: m.Transport.Certificate,
		RoleHubSigning: h.Signing[0].Certificate, RoleHubTransport: h.Transport.Certificate,
		RoleOfficer: newOfficer(t, a, "MERIDEFF", "ines").Signing[0].Certificate,
	}
	uses := map[Role]func(c *Certificate) error{
		RoleMemberSigning: func(c *Certificate) error { _, err := a.Root().Member(c.DER, day); return err },
		RoleHubSigning:    func(c *Certificate) error { _, err := a.Root().Hub(c.DER, day); return err },
		RoleAuthority:     func(c *Certificate) error { _, err := ParseRoot(c.PEM()); return err },
		RoleOfficer:       func(c *Certificate) error { _, err := a.Root().Officer(c.DER, day); return err },
		RoleHubTransport: func(c *Certificate) error {
			_, err := a.Root().check(c.DER, day, RoleHubTransport)
			return err
		},
		RoleMemberTransport: func(c *Certificate) error {
			lts, err := TransportLTs(c.x509)
			if err == nil && len(lts) == 0 {
				err = errors.New("no terminals: the hub's")
			}
			return err
		},
	}
	for use, check := range uses {
		for role, c := range certificates {
			if c.Role != role {
				t.Errorf("certificate of %s says %s", role, c.Role)
			}
			if err := check(c); (err == nil) != (use == role) {
				t.Errorf("a certificate of the role %s used as %s: %v", role, use, err)
			}
		}
	}
}

// What X.509 says goes with the role, so that other programs separate the keys as well.
func TestOtherProgramsSeparateRolesToo(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	m := newMember(t, a, "MERIDEFFAXXX")
	for _, c := range []struct {
		certificate *Certificate
		usage       x509.ExtKeyUsage
		ok          bool
	}{
		{m.Transport.Certificate, x509.ExtKeyUsageClientAuth, true},
		{m.Transport.Certificate, x509.ExtKeyUsageServerAuth, false},
		{m.Signing[0].Certificate, x509.ExtKeyUsageClientAuth, false},
		{m.Signing[0].Certificate, x509.ExtKeyUsageServerAuth, false},
		{newOfficer(t, a, "", "ines").Signing[0].Certificate, x509.ExtKeyUsageClientAuth, false},
	} {
		_, err := c.certificate.x509.Verify(x509.VerifyOptions{Roots: a.root.pool, CurrentTime: day, KeyUsages: []x509.ExtKeyUsage{c.usage}})
		if (err == nil) != c.ok {
			t.Errorf("%s as TLS usage %v: %v", c.certificate.Role, c.usage, err)
		}
	}
}

func TestValidity(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	m := newMember(t, a, "MERIDEFFAXXX").Signing[0].Certificate
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{day, ""},
		{day.Add(-Backdate), ""},
		{day.Add(-Backdate - time.Second), "is valid from"},
		{m.NotAfter, ""},
		{m.NotAfter.Add(time.Second), "is valid from"},
	} {
		_, err := a.Root().Member(m.DER, c.at)
		if c.want == "" && err != nil {
			t.Errorf("at %v: %v", c.at, err)
		} else if c.want != "" {
			wantError(t, err, c.want)
		}
	}
}

func TestOtherAuthorities(t *testing.T) {
	a, other := newAuthority(t, "lab.corridor"), newAuthority(t, "other.corridor")
	same := newAuthority(t, "lab.corridor") // the same name, another key
	_, err := a.Root().Member(newMember(t, other, "MERIDEFFAXXX").Signing[0].Certificate.DER, day)
	wantError(t, err, "network other.corridor")
	_, err = a.Root().Member(newMember(t, same, "MERIDEFFAXXX").Signing[0].Certificate.DER, day)
	wantError(t, err, "was not issued by the authority")
	_, err = same.Revoke(newMember(t, a, "MERIDEFFAXXX").Signing[0].Certificate, "lost", day)
	wantError(t, err, "was not issued by the authority")
}

// No byte of a certificate can be altered: neither what is signed nor how it is written, else a revoked one would
// come back under another KeyID.
func TestEveryByteOfACertificate(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	der := newMember(t, a, "MERIDEFFAXXX").Signing[0].Certificate.DER
	for i := range der {
		for _, mask := range []byte{1, 0x80, 0xff} {
			bad := bytes.Clone(der)
			bad[i] ^= mask
			if _, err := a.Root().Member(bad, day); err == nil {
				t.Fatalf("byte %d altered by %02x: still taken", i, mask)
			}
		}
	}
	if _, err := a.Root().Member(append(bytes.Clone(der), 0), day); err == nil {
		t.Error("a byte more is taken")
	}
}

// A bit string of 512 bits can be written shifted, with unused bits at its end; a lax reader gives the same signature.
func TestShiftedSignatureIsAnotherCertificate(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	for range 64 {
		c := newMember(t, a, "MERIDEFFAXXX").Signing[0].Certificate
		signature := bytes.Clone(c.x509.Signature)
		if signature[0]&0x80 != 0 {
			continue
		}
		for i := range signature {
			signature[i] <<= 1
			if i+1 < len(signature) {
				signature[i] |= c.x509.Signature[i+1] >> 7
			}
		}
		shifted := encodeCertificate(c.x509.RawTBSCertificate, signature)
		shifted[len(shifted)-len(signature)-1] = 1 // unused bits
		x, err := x509.ParseCertificate(shifted)
		if err != nil || !bytes.Equal(x.Signature, c.x509.Signature) {
			t.Fatalf("the standard library no longer reads this form, so that nothing is shown: build the certificate in another one (%v)", err)
		}
		_, err = a.Root().Member(shifted, day)
		wantError(t, err, "not the canonical one")
		return
	}
	t.Fatal("no signature with a first bit of zero in 64")
}

func TestIssueRefuses(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	for _, c := range []struct {
		lts  []corridor.LT
		want string
	}{
		{nil, "give 1 to 32"},
		{[]corridor.LT{"MERIDEFF"}, "has 8 characters"},
		{[]corridor.LT{"MERIDEFFAXXX", "MERIDEFFAXXX"}, "given twice"},
	} {
		_, err := a.IssueMember(c.lts, time.Hour, day, rand.Reader)
		wantError(t, err, c.want)
	}
	_, err := CreateAuthority("Not A Name", time.Hour, day, rand.Reader)
	wantError(t, err, "network name")
	_, err = a.IssueMember([]corridor.LT{"MERIDEFFAXXX"}, time.Hour, day.Add(30*365*24*time.Hour), rand.Reader)
	wantError(t, err, "the root of lab.corridor is valid")
}

func TestRevocation(t *testing.T) {
	a, other := newAuthority(t, "lab.corridor"), newAuthority(t, "other.corridor")
	c := newMember(t, a, "MERIDEFFAXXX").Signing[0].Certificate
	statement, err := a.Revoke(c, "key lost", day)
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Root().Revocation(statement)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Revocation{"lab.corridor", c.ID, "MERIDEFFAXXX", "key lost", day}); *v != want {
		t.Errorf("revocation %+v, want %+v", *v, want)
	}
	for i := range statement {
		for _, mask := range []byte{1, 2, 0x20, 0x80} {
			bad := bytes.Clone(statement)
			bad[i] ^= mask
			if _, err := a.Root().Revocation(bad); err == nil {
				t.Fatalf("byte %d altered by %02x: still taken", i, mask)
			}
		}
	}
	_, err = other.Root().Revocation(statement)
	wantError(t, err, "revocation of the network lab.corridor")
	_, err = a.Revoke(a.Root().Certificate(), "lost", day)
	wantError(t, err, "the root itself cannot be revoked")
}

// A signature of the authority under a certificate has no meaning as a revocation, and the other way round.
func TestRevocationHasItsOwnDomain(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	v := Revocation{Network: "lab.corridor", Key: corridor.DigestOf(nil), Reason: "lost", At: day}
	body := v.append(nil)
	_, err := a.Root().Revocation(encodeRevocation(append(body, ed25519.Sign(a.private, body)...)))
	wantError(t, err, "was not signed by the authority")
}

func TestTLS(t *testing.T) {
	a, other := newAuthority(t, "lab.corridor"), newAuthority(t, "lab.corridor")
	now := time.Now()
	issue := func(a *Authority, validity time.Duration, at time.Time) (m, h *Issued) {
		m, err1 := a.IssueMember([]corridor.LT{"MERIDEFFAXXX"}, validity, at, rand.Reader)
		h, err2 := a.IssueHub([]string{"hub.example"}, validity, at, rand.Reader)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		return m, h
	}
	m, h := issue(a, time.Hour, now)
	stranger, falseHub := issue(other, time.Hour, now)
	early := day.Add(time.Minute)
	if now.Before(early.Add(2 * time.Hour)) {
		t.Fatal("this machine's clock is before the test's day: set it")
	}
	expired, _ := issue(a, time.Hour, early)
	signingAsTransport := tlsCertificate(m.Signing[0].Certificate, m.Signing[0].private)
	for _, c := range []struct {
		name           string
		client, server tls.Certificate
		host           string
		ok             bool
	}{
		{"member and hub", m.TransportTLS(), h.TransportTLS(), "", true},
		{"hub's host name", m.TransportTLS(), h.TransportTLS(), "hub.example", true},
		{"another host name", m.TransportTLS(), h.TransportTLS(), "elsewhere.example", false},
		{"a hub as client", h.TransportTLS(), h.TransportTLS(), "", true},
		{"a member as hub", m.TransportTLS(), m.TransportTLS(), "", false},
		{"member of another authority", stranger.TransportTLS(), h.TransportTLS(), "", false},
		{"hub of another authority", m.TransportTLS(), falseHub.TransportTLS(), "", false},
		{"signing key as transport key", signingAsTransport, h.TransportTLS(), "", false},
		{"expired certificate", expired.TransportTLS(), h.TransportTLS(), "", false},
		{"no client certificate", tls.Certificate{}, h.TransportTLS(), "", false},
	} {
		if err := handshake(t, a.Root().ClientTLS(c.client, c.host), a.Root().ServerTLS(c.server)); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	old := a.Root().ClientTLS(m.TransportTLS(), "")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	if handshake(t, old, a.Root().ServerTLS(h.TransportTLS())) == nil {
		t.Error("TLS 1.2 is let in")
	}
}

// handshake exchanges one byte each way and returns the first error of either side.
func handshake(t *testing.T, client, server *tls.Config) error {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	done := make(chan error, 1)
	go func() { done <- exchange(tls.Server(b, server)); b.Close() }()
	err := exchange(tls.Client(a, client))
	a.Close()
	return errors.Join(err, <-done)
}

func exchange(c *tls.Conn) error {
	c.SetDeadline(time.Now().Add(5 * time.Second))
	if err := c.Handshake(); err != nil {
		return err
	}
	written := make(chan error, 1)
	go func() { _, err := c.Write([]byte{1}); written <- err }()
	_, err := io.ReadFull(c, make([]byte, 1))
	return errors.Join(err, <-written)
}

// A member can keep its private keys to itself: the authority certifies what the member made.
func TestRequest(t *testing.T) {
	a, other := newAuthority(t, "lab.corridor"), newAuthority(t, "other.corridor")
	dir := t.TempDir()
	q, err := NewRequest(a.Root(), []corridor.LT{"MERIDEFFAXXX", "MERIDEFFBXXX"}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Write(dir+"/member", Unencrypted()); err != nil {
		t.Fatal(err)
	}
	issued, err := a.IssueRequest(q.Text(), forAll(DefaultMemberValidity), day, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := issued.Write(dir+"/certificates", Passphrase{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range issued.Certificates() {
		name := "transport.pem"
		if c.Role == RoleMemberSigning {
			name = "signing-" + string(c.LTs[0]) + ".pem"
		}
		if err := os.Rename(dir+"/certificates/"+name, dir+"/member/"+name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := LoadMember(dir+"/member", Unencrypted(), day); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		authority *Authority
		text      []byte
		want      string
	}{
		"another network":   {other, q.Text(), "it is for the network lab.corridor"},
		"nothing":           {a, nil, "it must ask for one transport certificate"},
		"a certificate":     {a, a.Root().PEM(), "it holds a PEM block"},
		"half of it":        {a, q.Text()[:len(q.Text())/2], "it must ask for one transport certificate"},
		"an altered byte":   {a, alterRequest(t, q.Text()), "is not signed by the Ed25519 key"},
		"one key two roles": {a, oneKeyTwoRoles(t, a.Root()), "one key in two roles"},
	} {
		if _, err := c.authority.IssueRequest(c.text, forAll(time.Hour), day, rand.Reader); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func alterRequest(t *testing.T, text []byte) []byte {
	t.Helper()
	block, rest := pem.Decode(text)
	block.Bytes = bytes.Replace(block.Bytes, []byte("MERIDEFFAXXX"), []byte("MERIDEFFCXXX"), 1)
	return append(pem.EncodeToMemory(block), rest...)
}

func oneKeyTwoRoles(t *testing.T, root *Root) []byte {
	t.Helper()
	r := &Request{root: root}
	lts := []corridor.LT{"MERIDEFFAXXX"}
	for _, role := range []Role{RoleMemberTransport, RoleMemberSigning} {
		if err := r.add("", names{role: role, lts: lts}, bytes.NewReader(make([]byte, 32))); err != nil {
			t.Fatal(err)
		}
	}
	return r.text
}
