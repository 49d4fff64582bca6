package pki

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"corridor.example/corridor"
)

// The files of an authority's folder and of a bundle.
const (
	RootFile         = "network.pem"
	AuthorityKeyFile = "authority.key"
	TransportKeyFile = "transport.key"
	HubKeyFile       = "signing.key"
	OfficerKeyFile   = "officer.key"
)

// MemberKeyFile is the name of a terminal's signing key in a bundle.
func MemberKeyFile(lt corridor.LT) string { return "signing-" + string(lt) + ".key" }

// Write makes the authority's folder: the root certificate and the locked root key.
func (a *Authority) Write(dir string, lock Passphrase) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := writeKey(filepath.Join(dir, AuthorityKeyFile), a.private, lock); err != nil {
		return err
	}
	return WriteNew(filepath.Join(dir, RootFile), a.root.PEM(), 0o644)
}

// LoadAuthority opens an authority's folder.
func LoadAuthority(dir string, unlock Passphrase) (*Authority, error) {
	root, err := LoadRoot(filepath.Join(dir, RootFile))
	if err != nil {
		return nil, err
	}
	private, err := readKey(filepath.Join(dir, AuthorityKeyFile), unlock)
	if err != nil {
		return nil, err
	}
	if !root.certificate.public.Equal(private.Public()) {
		return nil, fmt.Errorf("%s: %s is not the key of %s", dir, AuthorityKeyFile, RootFile)
	}
	return &Authority{root, private}, nil
}

// Certificates are all that were issued together.
func (i *Issued) Certificates() []*Certificate {
	var all []*Certificate
	if i.Transport.Certificate != nil {
		all = append(all, i.Transport.Certificate)
	}
	for _, p := range i.Signing {
		all = append(all, p.Certificate)
	}
	return all
}

// Write makes a bundle's folder: network.pem, and key and certificate of each role. Nothing is overwritten.
func (i *Issued) Write(dir string, lock Passphrase) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	errs := []error{WriteNew(filepath.Join(dir, RootFile), i.root.PEM(), 0o644)}
	if i.Transport.Certificate != nil {
		errs = append(errs, i.Transport.write(filepath.Join(dir, TransportKeyFile), lock))
	}
	for _, p := range i.Signing {
		errs = append(errs, p.write(filepath.Join(dir, p.Certificate.keyFile()), lock))
	}
	return errors.Join(errs...)
}

// keyFile is the name of a signing key in its bundle.
func (c *Certificate) keyFile() string {
	switch c.Role {
	case RoleMemberSigning:
		return MemberKeyFile(c.LTs[0])
	case RoleOfficer:
		return OfficerKeyFile
	}
	return HubKeyFile
}

// write stores the key at path, NAME.key, and the certificate at NAME.pem.
func (p *Pair) write(path string, lock Passphrase) error {
	if p.private != nil {
		if err := writeKey(path, p.private, lock); err != nil {
			return err
		}
	}
	return WriteNew(certificateOf(path), p.Certificate.PEM(), 0o644)
}

// TransportTLS is the transport pair for use in this process.
func (i *Issued) TransportTLS() tls.Certificate {
	return tlsCertificate(i.Transport.Certificate, i.Transport.private)
}

// MemberKey is the signing key of the n-th terminal for use in this process.
func (i *Issued) MemberKey(n int) *MemberSigningKey {
	return &MemberSigningKey{i.Signing[n].private, i.Signing[n].Certificate.member()}
}

// HubKey is the hub's signing key for use in this process.
func (i *Issued) HubKey() *HubSigningKey {
	return &HubSigningKey{i.Signing[0].private, i.Signing[0].Certificate.hub()}
}

// Member is a member's bundle, opened and checked.
type Member struct {
	Root      *Root
	Transport tls.Certificate
	LTs       []corridor.LT
	Signing   map[corridor.LT]*MemberSigningKey
}

// LoadMember opens a member's bundle and checks every certificate in it at the time given.
func LoadMember(dir string, unlock Passphrase, now time.Time) (*Member, error) {
	root, err := LoadRoot(filepath.Join(dir, RootFile))
	if err != nil {
		return nil, err
	}
	m := &Member{Root: root, Signing: map[corridor.LT]*MemberSigningKey{}}
	if m.Transport, err = root.loadTransport(dir, unlock, now, RoleMemberTransport); err != nil {
		return nil, err
	}
	if m.LTs, err = TransportLTs(m.Transport.Leaf); err != nil {
		return nil, err
	}
	for _, lt := range m.LTs {
		key, err := LoadMemberSigningKey(filepath.Join(dir, MemberKeyFile(lt)), unlock)
		if err != nil {
			return nil, err
		}
		if _, err := root.Member(key.certificate.DER, now); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		if key.certificate.LT != lt {
			return nil, fmt.Errorf("%s: %s holds the key of %s", dir, MemberKeyFile(lt), key.certificate.LT)
		}
		m.Signing[lt] = key
	}
	return m, nil
}

// HubBundle is the hub's bundle, opened and checked.
type HubBundle struct {
	Root      *Root
	Transport tls.Certificate
	Signing   *HubSigningKey
}

// LoadHub opens the hub's bundle and checks every certificate in it at the time given.
func LoadHub(dir string, unlock Passphrase, now time.Time) (*HubBundle, error) {
	root, err := LoadRoot(filepath.Join(dir, RootFile))
	if err != nil {
		return nil, err
	}
	h := &HubBundle{Root: root}
	if h.Transport, err = root.loadTransport(dir, unlock, now, RoleHubTransport); err != nil {
		return nil, err
	}
	if h.Signing, err = LoadHubSigningKey(filepath.Join(dir, HubKeyFile), unlock); err != nil {
		return nil, err
	}
	if _, err := root.Hub(h.Signing.certificate.DER, now); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return h, nil
}

func (r *Root) loadTransport(dir string, unlock Passphrase, now time.Time, role Role) (tls.Certificate, error) {
	t, err := LoadTransport(filepath.Join(dir, TransportKeyFile), unlock)
	if err != nil {
		return t, err
	}
	if _, err := r.check(t.Leaf.Raw, now, role); err != nil {
		return t, fmt.Errorf("%s: %w", dir, err)
	}
	return t, nil
}
