package hub

import (
	"crypto/ed25519"
	"crypto/x509"
	"fmt"

	"corridor.example/corridor"
)

func keyID(der []byte) corridor.Digest { return corridor.DigestOf(der) }

// readKey reads an admitted signing certificate. Who signed it was checked before it became an entry.
func readKey(lt corridor.LT, der []byte) (*key, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("signing certificate of %s: %w", lt, err)
	}
	public, ok := c.PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("signing certificate of %s: its key is not Ed25519", lt)
	}
	return &key{lt: lt, der: der, public: public, until: c.NotAfter.UnixNano()}, nil
}
