package pki

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
)

// MemberSigningKey signs what a member says: submissions and acknowledgements.
type MemberSigningKey struct {
	private     ed25519.PrivateKey
	certificate *MemberCertificate
}

// Sign signs a message.
func (k *MemberSigningKey) Sign(message []byte) []byte { return ed25519.Sign(k.private, message) }

// Certificate is the key's certificate. Ask a Root whether it is the network's.
func (k *MemberSigningKey) Certificate() *MemberCertificate { return k.certificate }

// HubSigningKey signs the network's pages and checkpoints.
type HubSigningKey struct {
	private     ed25519.PrivateKey
	certificate *HubCertificate
}

// Sign signs a message.
func (k *HubSigningKey) Sign(message []byte) []byte { return ed25519.Sign(k.private, message) }

// Certificate is the key's certificate. Ask a Root whether it is the network's.
func (k *HubSigningKey) Certificate() *HubCertificate { return k.certificate }

// LoadMemberSigningKey opens the key file at path, NAME.key, with its certificate NAME.pem beside it.
func LoadMemberSigningKey(path string, unlock Passphrase) (*MemberSigningKey, error) {
	c, key, err := loadPair(path, unlock, RoleMemberSigning)
	if err != nil {
		return nil, err
	}
	return &MemberSigningKey{key, c.member()}, nil
}

// LoadHubSigningKey opens the key file at path, NAME.key, with its certificate NAME.pem beside it.
func LoadHubSigningKey(path string, unlock Passphrase) (*HubSigningKey, error) {
	c, key, err := loadPair(path, unlock, RoleHubSigning)
	if err != nil {
		return nil, err
	}
	return &HubSigningKey{key, c.hub()}, nil
}

// LoadTransport opens the transport key at path, NAME.key, with its certificate NAME.pem beside it.
func LoadTransport(path string, unlock Passphrase) (tls.Certificate, error) {
	c, key, err := loadPair(path, unlock, RoleMemberTransport, RoleHubTransport)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tlsCertificate(c, key), nil
}

func tlsCertificate(c *Certificate, key ed25519.PrivateKey) tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{c.DER}, PrivateKey: key, Leaf: c.x509}
}

// loadPair reads a key and its certificate and checks that they belong together and have one of the roles.
func loadPair(path string, unlock Passphrase, roles ...Role) (*Certificate, ed25519.PrivateKey, error) {
	stem, ok := strings.CutSuffix(path, ".key")
	if !ok {
		return nil, nil, fmt.Errorf("key file %s: name a file that ends in .key; its certificate is expected beside it with the ending .pem", path)
	}
	c, err := LoadCertificate(stem + ".pem")
	if err != nil {
		return nil, nil, err
	}
	if !slices.Contains(roles, c.Role) {
		return nil, nil, fmt.Errorf("%s.pem has the role %s, needed is %s: another file of the bundle is meant", stem, c.Role, roles[0])
	}
	key, err := readKey(path, unlock)
	if err != nil {
		return nil, nil, err
	}
	if !bytes.Equal(key.Public().(ed25519.PublicKey), c.public) {
		return nil, nil, fmt.Errorf("%s.pem is the certificate of another key than %s: put those of one bundle together", stem, path)
	}
	return c, key, nil
}

// LoadCertificate reads a certificate file: one PEM block.
func LoadCertificate(path string) (*Certificate, error) {
	text, err := readPublic(path)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	der, err := onePEM(text, "CERTIFICATE")
	if err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	c, err := Parse(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// LoadRoot reads a network's root certificate, network.pem.
func LoadRoot(path string) (*Root, error) {
	text, err := readPublic(path)
	if err != nil {
		return nil, fmt.Errorf("root certificate: %w", err)
	}
	r, err := ParseRoot(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// PEM is the certificate's file form.
func (c *Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.DER})
}

// certificateOf is the file of the certificate that belongs to a key file.
func certificateOf(path string) string { return strings.TrimSuffix(path, ".key") + ".pem" }
