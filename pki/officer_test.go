package pki

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
)

// domainPolicy is standing.DomainPolicy, which this package does not know.
const domainPolicy = "corridor/policy/1\x00"

func newOfficer(t testing.TB, a *Authority, of corridor.BIC, name string) *Issued {
	t.Helper()
	o, err := a.IssueOfficer(of, name, DefaultOfficerValidity, day, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOfficers(t *testing.T) {
	a, other := newAuthority(t, "lab.corridor"), newAuthority(t, "other.corridor")
	for _, c := range []struct {
		of   corridor.BIC
		name string
		text string
	}{
		{"", "ines.moreau", "ines.moreau@lab.corridor"},
		{"MERIDEFF", "9-b", "9-b@MERIDEFF"},
		{"MERIDEFF", strings.Repeat("n", MaxOfficerName), strings.Repeat("n", MaxOfficerName) + "@MERIDEFF"},
	} {
		dir := t.TempDir()
		if err := newOfficer(t, a, c.of, c.name).Write(dir, Unencrypted()); err != nil {
			t.Fatal(err)
		}
		key, err := LoadOfficerSigningKey(dir+"/officer.key", Unencrypted())
		if err != nil {
			t.Fatal(err)
		}
		o, err := a.Root().Officer(key.Certificate().DER, day)
		if err != nil || o.For != c.of || o.Name != c.name || o.String() != c.text || o.Network != "lab.corridor" || o.ID != KeyID(o.DER) {
			t.Errorf("%s for %q: %+v, %v", c.name, c.of, o, err)
			continue
		}
		if !Verify(o.Public, []byte("an act"), key.Sign([]byte("an act"))) {
			t.Errorf("%s: its signature does not verify", c.name)
		}
		_, err = a.Root().Officer(o.DER, o.NotAfter.Add(time.Second))
		wantError(t, err, "is valid from")
		_, err = other.Root().Officer(o.DER, day)
		wantError(t, err, "network lab.corridor")
	}
}

func TestIssueOfficerRefuses(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	for _, c := range []struct {
		of   corridor.BIC
		name string
		want string
	}{
		{"", "", "officer's name"},
		{"", "Ines", "officer's name"},
		{"", "a/b", "officer's name"},
		{"", "..", "the first a letter or digit"},
		{"", strings.Repeat("n", MaxOfficerName+1), "officer's name"},
		{"MERIDEFFXXX", "ines", "give its first 8 characters"},
		{"MERI", "ines", "has 4 characters"},
	} {
		_, err := a.IssueOfficer(c.of, c.name, time.Hour, day, rand.Reader)
		wantError(t, err, c.want)
	}
}

// An officer shows the private key to nobody, the authority's operator included: else one person could sign for many.
func TestOfficerRequest(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	dir := t.TempDir()
	q, err := NewOfficerRequest(a.Root(), "MERIDEFF", "ines", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Write(dir+"/officer", Unencrypted()); err != nil {
		t.Fatal(err)
	}
	issued, err := a.IssueRequest(q.Text(), func(r Role) time.Duration {
		if r != RoleOfficer {
			t.Errorf("the validity of %s is asked for", r)
		}
		return time.Hour
	}, day, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteNew(dir+"/officer/officer.pem", issued.Certificates()[0].PEM(), 0o644); err != nil {
		t.Fatal(err)
	}
	key, err := LoadOfficerSigningKey(dir+"/officer/officer.key", Unencrypted())
	if err != nil || key.Certificate().String() != "ines@MERIDEFF" || len(issued.Certificates()) != 1 {
		t.Errorf("%v, %v", key, err)
	}
	other := newAuthority(t, "other.corridor")
	_, err = other.IssueRequest(q.Text(), forAll(time.Hour), day, rand.Reader)
	wantError(t, err, "it is for the network lab.corridor")
	_, err = a.IssueRequest(append(q.Text(), q.Text()...), forAll(time.Hour), day, rand.Reader)
	wantError(t, err, "or for one officer's")
	bare := &Request{root: a.Root()}
	if err := bare.add("", names{role: RoleOfficer}, rand.Reader); err != nil {
		t.Fatal(err)
	}
	_, err = a.IssueRequest(bare.Text(), forAll(time.Hour), day, rand.Reader)
	wantError(t, err, "officer's name")
}

// What an authority by mistake, or another program, might put together is no officer's certificate and no one else's.
func TestOfficerNamesGoWithTheRole(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		names names
		alter func(*x509.Certificate)
	}{
		"an officer without a name":    {names{role: RoleOfficer}, nil},
		"an officer with a terminal":   {names{role: RoleOfficer, officer: "ines", lts: []corridor.LT{"MERIDEFFAXXX"}}, nil},
		"a member with a name":         {names{role: RoleMemberSigning, officer: "ines", lts: []corridor.LT{"MERIDEFFAXXX"}}, nil},
		"a member with a BIC":          {names{role: RoleMemberSigning, bic: "MERIDEFF", lts: []corridor.LT{"MERIDEFFAXXX"}}, nil},
		"a hub with a name":            {names{role: RoleHubSigning, officer: "ines"}, nil},
		"a BIC of 11":                  {names{role: RoleOfficer, officer: "ines", bic: "MERIDEFFXXX"}, nil},
		"a name in capitals":           {names{role: RoleOfficer, officer: "INES"}, nil},
		"two names":                    {names{role: RoleOfficer, officer: "ines"}, func(x *x509.Certificate) { x.URIs = append(x.URIs, nameURI("lab.corridor", "officer", "otto")) }},
		"two BICs":                     {names{role: RoleOfficer, officer: "ines", bic: "MERIDEFF"}, func(x *x509.Certificate) { x.URIs = append(x.URIs, nameURI("lab.corridor", "bic", "CEDRFRPP")) }},
		"an empty BIC":                 {names{role: RoleOfficer, officer: "ines"}, func(x *x509.Certificate) { x.URIs = append(x.URIs, nameURI("lab.corridor", "bic", "")) }},
		"another network in the name":  {names{role: RoleOfficer, officer: "ines"}, func(x *x509.Certificate) { x.URIs[1].Host = "other.corridor" }},
		"an officer that may sign TLS": {names{role: RoleOfficer, officer: "ines"}, func(x *x509.Certificate) { x.ExtKeyUsage = append(x.ExtKeyUsage, x509.ExtKeyUsageClientAuth) }},
	} {
		c.names.network = "lab.corridor"
		x, err := template(c.names, day, time.Hour, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if c.alter != nil {
			c.alter(x)
		}
		if got, err := sign(x, a.root.certificate.x509, public, a.private); err == nil {
			t.Errorf("%s: taken as %+v", name, got)
		}
	}
}

func TestDocuments(t *testing.T) {
	a, other := newAuthority(t, "lab.corridor"), newAuthority(t, "other.corridor")
	document := []byte(`{"officers":[]}`)
	signature := a.SignDocument(domainPolicy, document)
	file, err := EncodeDocument(domainPolicy, document, signature)
	if err != nil {
		t.Fatal(err)
	}
	got, gotSignature, err := a.Root().OpenDocument(domainPolicy, file)
	if err != nil || !bytes.Equal(got, document) || !bytes.Equal(gotSignature, signature) {
		t.Fatalf("%s, %x, %v", got, gotSignature, err)
	}
	for i := range file {
		for _, mask := range []byte{1, 2, 0x20, 0x80} {
			bad := bytes.Clone(file)
			bad[i] ^= mask
			if _, _, err := a.Root().OpenDocument(domainPolicy, bad); err == nil {
				t.Fatalf("byte %d altered by %02x: still taken", i, mask)
			}
		}
	}
	for name, f := range map[string][]byte{"a line end more": append(bytes.Clone(file), '\n'), "text before it": append([]byte("policy:\n"), file...), "nothing": nil, "a certificate": a.Root().PEM()} {
		if _, _, err := a.Root().OpenDocument(domainPolicy, f); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	_, _, err = a.Root().OpenDocument("list", file)
	wantError(t, err, `is a "corridor/policy/1", needed is a "list"`)
	_, _, err = other.Root().OpenDocument(domainPolicy, file)
	wantError(t, err, "not signed by the authority of other.corridor")
	_, err = EncodeDocument(domainPolicy, nil, signature)
	wantError(t, err, "1 to")
	_, err = EncodeDocument(domainPolicy, make([]byte, MaxDocument+1), signature)
	wantError(t, err, "1 to")
	if most, err := EncodeDocument(domainPolicy, make([]byte, MaxDocument), signature); err != nil || len(most) > maxDocumentFile {
		t.Errorf("the longest document makes a file of %d bytes, read are %d; %v", len(most), maxDocumentFile, err)
	}
}

// The authority's signature has one meaning: a document of one domain or network, no certificate, no revocation.
func TestDocumentsHaveTheirOwnDomain(t *testing.T) {
	a := newAuthority(t, "lab.corridor")
	x := newOfficer(t, a, "", "ines").Signing[0].Certificate.x509
	if a.Root().VerifyDocument(domainPolicy, x.RawTBSCertificate, x.Signature) == nil {
		t.Error("a certificate's signature passes for a document's")
	}
	document := []byte("{}")
	signature := a.SignDocument("list", document)
	if a.Root().VerifyDocument(domainPolicy, document, signature) == nil || a.Root().VerifyDocument("lis", []byte("t{}"), signature) == nil {
		t.Error("a signature has two meanings")
	}
	if err := a.Root().VerifyDocument("list", document, signature); err != nil {
		t.Error(err)
	}
}

func FuzzDocument(f *testing.F) {
	root, err := ParseRoot(recorded(f, "network.pem"))
	if err != nil {
		f.Fatal(err)
	}
	good := recorded(f, "policy.signed")
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := root.OpenDocument(domainPolicy, b); err == nil && !bytes.Equal(b, good) {
			t.Fatal("a document that nobody signed is taken")
		}
	})
}
