// Package pki is a network's certificate authority and its keys: Ed25519 throughout, X.509 certificates that name the
// network, one role and the terminals in URIs, one Go type per key role, and the one rule by which every signature is
// verified (ZIP 215).
//
// It is not a directory: it says that a certificate is the network's, for what role, for which terminal and until
// when. Whether a certificate was revoked is an entry of the journal; this package only checks the authority's statement.
//
// On disk a key is a file NAME.key (PKCS #8 in PEM, inside an age file unless it is a lab's) with its certificate NAME.pem
// beside it; a bundle is a folder of these with the network's root certificate network.pem. A revocation
// is one PEM block.
package pki

import (
	"crypto/ed25519"
	"crypto/sha256"

	"corridor.example/corridor"
	"github.com/hdevalence/ed25519consensus"
)

// KeyID names a certificate: the SHA-256 digest of its DER form.
func KeyID(der []byte) corridor.Digest { return sha256.Sum256(der) }

// Verify is the one verification rule of the network, ZIP 215: it takes exactly the signatures that a batch takes, so
// hub, receiver and auditor never disagree about one. The standard library's rule differs for points of small order.
func Verify(public ed25519.PublicKey, message, signature []byte) bool {
	return ed25519consensus.Verify(public, message, signature)
}
