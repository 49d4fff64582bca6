package entry

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"

	"corridor.example/corridor"
)

const actPEM = "CORRIDOR ACT"

// EncodeActFile is the form in which an act travels outside the journal, as a file or to a hub's address for acts: one PEM block
// of the fields of Acted, as entry.proto has them.
func EncodeActFile(a Acted) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: actPEM, Bytes: a.append(nil)})
}

// DecodeActFile reads what EncodeActFile writes and takes no other form. It checks the form of the act; who signed it is for a root to say.
func DecodeActFile(file []byte) (Acted, error) {
	var a Acted
	if len(file) > MaxActFile {
		return a, fmt.Errorf("act: the file has %d bytes, the limit is %d", len(file), MaxActFile)
	}
	block, _ := pem.Decode(file)
	if block == nil || block.Type != actPEM {
		return a, fmt.Errorf("act: it is not one PEM block %q: give a file that a command wrote with --out", actPEM)
	}
	if err := eachField(block.Bytes, a.field); err != nil {
		return a, fmt.Errorf("act: %w", err)
	}
	if _, err := DecodeAct(a.Statement); err != nil {
		return a, err
	}
	switch {
	case len(a.Signature) != corridor.SignatureSize || len(a.Certificate) == 0 || len(a.Certificate) > maxActCertificate:
		return a, fmt.Errorf("act: it needs a signature of %d bytes and a certificate of at most %d", corridor.SignatureSize, maxActCertificate)
	case !bytes.Equal(EncodeActFile(a), file):
		return a, errors.New("act: it is not written in the one form that an act has")
	}
	return a, nil
}
