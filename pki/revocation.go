package pki

import (
	"bytes"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"corridor.example/corridor"
)

// domainRevocation separates the authority's signature under a revocation from all others.
const domainRevocation = "corridor/revocation/1\x00"

const revocationPEM = "CORRIDOR REVOCATION"

// Revocation is the authority's word that a certificate is not to be trusted any more. It takes effect when the hub
// enters it into the journal; what was accepted before stays proven.
type Revocation struct {
	Network corridor.Network
	Key     corridor.Digest // KeyID of the certificate
	LT      corridor.LT     // whose it was; for a transport certificate of many terminals its first; empty for the hub and for officers
	Reason  string
	At      time.Time // when the authority said so, whole seconds UTC
}

// append writes what is signed, after the domain: length and bytes of network, key, length and bytes of terminal and of
// reason, Unix seconds; big endian.
func (v *Revocation) append(b []byte) []byte {
	b = appendShort(b, string(v.Network))
	b = append(b, v.Key[:]...)
	b = appendShort(b, string(v.LT))
	b = appendShort(b, v.Reason)
	return binary.BigEndian.AppendUint64(b, uint64(v.At.Unix()))
}

func appendShort(b []byte, s string) []byte { return append(append(b, byte(len(s))), s...) }

// Revocation checks a statement: the content of a revocation file, one PEM block in exactly the form that Revoke writes.
func (r *Root) Revocation(statement []byte) (*Revocation, error) {
	body, err := onePEM(statement, revocationPEM)
	if err != nil {
		return nil, fmt.Errorf("revocation: %w", err)
	}
	if !bytes.Equal(statement, encodeRevocation(body)) {
		return nil, errors.New("revocation: it is not written in the one form that a revocation has")
	}
	if len(body) < corridor.SignatureSize {
		return nil, errShortRevocation
	}
	signed, signature := body[:len(body)-corridor.SignatureSize], body[len(body)-corridor.SignatureSize:]
	v, err := decodeRevocation(signed)
	if err != nil {
		return nil, err
	}
	if v.Network != r.Network() {
		return nil, fmt.Errorf("revocation of the network %s: this is the network %s", v.Network, r.Network())
	}
	if !Verify(r.certificate.public, append([]byte(domainRevocation), signed...), signature) {
		return nil, fmt.Errorf("revocation: it was not signed by the authority of %s", r.Network())
	}
	return v, nil
}

func encodeRevocation(body []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: revocationPEM, Bytes: body})
}

var errShortRevocation = errors.New("revocation: its bytes are not of this form")

func decodeRevocation(b []byte) (*Revocation, error) {
	network, b, ok1 := cutShort(b)
	if !ok1 || len(b) < len(corridor.Digest{}) {
		return nil, errShortRevocation
	}
	v := &Revocation{Network: corridor.Network(network), Key: corridor.Digest(b)}
	lt, b, ok1 := cutShort(b[len(v.Key):])
	reason, b, ok2 := cutShort(b)
	if !ok1 || !ok2 || len(b) != 8 || len(reason) > MaxReason {
		return nil, errShortRevocation
	}
	v.LT, v.Reason, v.At = corridor.LT(lt), reason, time.Unix(int64(binary.BigEndian.Uint64(b)), 0).UTC()
	if lt != "" {
		if _, err := corridor.ParseLT(lt); err != nil {
			return nil, fmt.Errorf("revocation: %w", err)
		}
	}
	return v, nil
}

func cutShort(b []byte) (string, []byte, bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}
