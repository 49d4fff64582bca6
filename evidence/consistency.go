package evidence

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/pki"
)

// Consistency is the proof, for a file, that one checkpoint's log is the beginning of another's, with the certificates of
// the hubs that signed the two. Like a receipt it is one PEM block, CORRIDOR CONSISTENCY, in exactly one form.
type Consistency struct {
	Hubs  [][]byte // signing certificates, DER; one or two
	Proof []corridor.Digest
}

const (
	consistencyPEM     = "CORRIDOR CONSISTENCY"
	consistencyVersion = 1
	maxHubs            = 2
)

// Encode writes the file form: version 1, the number of certificates, each with 2 bytes of length before, the proof.
func (c *Consistency) Encode() []byte {
	b := []byte{consistencyVersion, byte(len(c.Hubs))}
	for _, h := range c.Hubs {
		b = appendBlob(b, h)
	}
	return pem.EncodeToMemory(&pem.Block{Type: consistencyPEM, Bytes: appendPath(b, c.Proof)})
}

// DecodeConsistency reads the file form.
func DecodeConsistency(text []byte) (*Consistency, error) {
	bad := errors.New("it is not a proof of consistency, or it was altered: it is one PEM block CORRIDOR CONSISTENCY in exactly the form in which it was written")
	if len(text) > MaxReceipt {
		return nil, bad
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != consistencyPEM || !bytes.Equal(text, pem.EncodeToMemory(&pem.Block{Type: consistencyPEM, Bytes: block.Bytes})) {
		return nil, bad
	}
	c := cursor{rest: block.Bytes}
	head := c.take(2)
	if c.bad || head[0] != consistencyVersion || head[1] == 0 || head[1] > maxHubs {
		return nil, bad
	}
	var out Consistency
	for range head[1] {
		out.Hubs = append(out.Hubs, c.blob(pki.MaxCertificate))
	}
	out.Proof = c.path(MaxLogProof)
	if c.bad || len(c.rest) != 0 {
		return nil, bad
	}
	return &out, nil
}

// Verify opens both checkpoints and checks that the older one's log is the beginning of the newer one's. A checkpoint has
// no time, so the hubs' certificates are judged at the start of their validity: only who signed matters here.
func (c *Consistency) Verify(root *pki.Root, older, newer []byte) (o, n Checkpoint, err error) {
	var hubs []*pki.HubCertificate
	for _, der := range c.Hubs {
		x, err := pki.Parse(der)
		if err != nil {
			return o, n, &Failure{CheckHubCertificate, err}
		}
		h, err := root.Hub(der, x.NotBefore)
		if err != nil {
			return o, n, &Failure{CheckHubCertificate, err}
		}
		hubs = append(hubs, h)
	}
	if o, err = OpenCheckpoint(older, hubs...); err != nil {
		return o, n, &Failure{CheckCheckpoint, fmt.Errorf("the older one: %w", err)}
	}
	if n, err = OpenCheckpoint(newer, hubs...); err != nil {
		return o, n, &Failure{CheckCheckpoint, fmt.Errorf("the newer one: %w", err)}
	}
	if err = CheckConsistency(o, n, c.Proof); err != nil {
		return o, n, &Failure{CheckConsistent, err}
	}
	return o, n, nil
}
