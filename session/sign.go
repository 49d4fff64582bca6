package session

import (
	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/pki"
)

// Signer is the signing key of a terminal; pki.MemberSigningKey is one.
type Signer interface {
	Sign(message []byte) []byte
	Certificate() *pki.MemberCertificate
}

var _ Signer = (*pki.MemberSigningKey)(nil)

// SignFrame puts one or many statements, with their payloads, under one signature and returns the frame's wire form.
func SignFrame(s Signer, d entry.Domain, items []entry.Item) []byte {
	leaves := make([]corridor.Digest, len(items))
	size := 128
	for i := range items {
		leaves[i] = entry.LeafHash(items[i].Statement)
		size += len(items[i].Statement) + len(items[i].Payload) + 12
	}
	signed := entry.AppendSigned(nil, d, len(items), evidence.RootOf(leaves))
	f := entry.Frame{Signer: s.Certificate().ID, Signature: s.Sign(signed), Items: items}
	return f.Append(make([]byte, 0, size))
}

// signAcknowledgements writes frames of acknowledgements, as few as the limits allow.
func signAcknowledgements(s Signer, acks []entry.Acknowledgement) [][]byte {
	var frames [][]byte
	for len(acks) > 0 {
		n := min(len(acks), corridor.MaxFrameItems)
		items := make([]entry.Item, n)
		arena := make([]byte, 0, 128*n)
		for i := range items {
			at := len(arena)
			arena = acks[i].Append(arena)
			items[i].Statement = arena[at:len(arena):len(arena)]
		}
		frames = append(frames, SignFrame(s, entry.DomainAcknowledgement, items))
		acks = acks[n:]
	}
	return frames
}
