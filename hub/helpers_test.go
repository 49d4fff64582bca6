package hub_test

import "corridor.example/corridor/pki"

func pkiParse(b *bank) (*pki.Certificate, error) { return pki.Parse(b.signer.Certificate().DER) }
