package pki

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"time"

	"corridor.example/corridor"
)

// OfficerCertificate is the signing certificate of a person who may act for an institution or for the network itself, and
// that a root vouches for. What an officer may do is the policy's to say, not the certificate's.
type OfficerCertificate struct {
	Network   corridor.Network
	For       corridor.BIC // BIC8 of the institution; empty for the network's own
	Name      string
	Public    ed25519.PublicKey
	ID        corridor.Digest
	DER       []byte
	NotBefore time.Time
	NotAfter  time.Time
}

// String is the officer as people read it: name@BIC8, or name@network for the network's own.
func (c *OfficerCertificate) String() string {
	if c.For == "" {
		return c.Name + "@" + string(c.Network)
	}
	return c.Name + "@" + string(c.For)
}

// Officer checks that der is a certificate of an officer of this network, valid at the time given.
func (r *Root) Officer(der []byte, at time.Time) (*OfficerCertificate, error) {
	c, err := r.check(der, at, RoleOfficer)
	if err != nil {
		return nil, err
	}
	return c.officer(), nil
}

func (c *Certificate) officer() *OfficerCertificate {
	return &OfficerCertificate{
		Network: c.Network, For: c.For, Name: c.Officer, Public: c.public, ID: c.ID, DER: c.DER, NotBefore: c.NotBefore, NotAfter: c.NotAfter,
	}
}

// OfficerSigningKey signs an officer's acts.
type OfficerSigningKey struct {
	private     ed25519.PrivateKey
	certificate *OfficerCertificate
}

// Sign signs a message.
func (k *OfficerSigningKey) Sign(message []byte) []byte { return ed25519.Sign(k.private, message) }

// Certificate is the key's certificate. Ask a Root whether it is the network's.
func (k *OfficerSigningKey) Certificate() *OfficerCertificate { return k.certificate }

// LoadOfficerSigningKey opens the key file at path, NAME.key, with its certificate NAME.pem beside it.
func LoadOfficerSigningKey(path string, unlock Passphrase) (*OfficerSigningKey, error) {
	c, key, err := loadPair(path, unlock, RoleOfficer)
	if err != nil {
		return nil, err
	}
	return &OfficerSigningKey{key, c.officer()}, nil
}

// OfficerKey is the officer's signing key for use in this process.
func (i *Issued) OfficerKey() *OfficerSigningKey {
	return &OfficerSigningKey{i.Signing[0].private, i.Signing[0].Certificate.officer()}
}

// IssueOfficer issues the signing certificate of one officer: of the institution whose BIC8 is given, or of the network where it is empty.
func (a *Authority) IssueOfficer(of corridor.BIC, name string, validity time.Duration, now time.Time, rand io.Reader) (*Issued, error) {
	if err := checkOfficer(name, of); err != nil {
		return nil, err
	}
	p, err := a.issue(names{role: RoleOfficer, officer: name, bic: of}, nil, validity, now, rand)
	if err != nil {
		return nil, err
	}
	return &Issued{root: a.root, Signing: []Pair{p}}, nil
}

// checkOfficer checks an officer's name, which stands in certificates and file names, and the BIC8 where there is one.
func checkOfficer(name string, of corridor.BIC) error {
	ok := name != "" && len(name) <= MaxOfficerName && name[0] != '.' && name[0] != '-'
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-'
	}
	if !ok {
		return fmt.Errorf("officer's name %q: give 1 to %d characters of a-z, 0-9, '.' and '-', the first a letter or digit", name, MaxOfficerName)
	}
	if of == "" {
		return nil
	}
	return checkBIC8(of)
}

func checkBIC8(b corridor.BIC) error {
	if _, err := corridor.ParseBIC(string(b)); err != nil {
		return err
	}
	if len(b) != 8 {
		return fmt.Errorf("BIC %s: an officer acts for the whole institution, give its first 8 characters", b)
	}
	return nil
}
