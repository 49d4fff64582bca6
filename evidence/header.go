// Package evidence makes and checks proof: Merkle trees, signed page headers, checkpoints, receipts, and their
// verification without a connection. It knows what an entry is, and no message format.
package evidence

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
)

// DomainPage separates the signature over a page's header from all others.
const DomainPage entry.Domain = "corridor/page/1\x00"

// Header is a page's head: what the hub signs. It binds the page's entries (Root), what belongs to them but is not
// itself proven leaf by leaf (Bodies: frames and payloads), and all pages before (Previous).
type Header struct {
	Network  corridor.Network
	Number   uint64          // from 0
	Previous corridor.Digest // Hash of the page before; zero for page 0
	Time     int64           // Unix nanoseconds UTC; never less than the page before
	Term     uint64          // the leader's term
	Entries  uint32          // number of entries
	Root     corridor.Digest // Merkle root over the entries' leaf hashes
	Bodies   corridor.Digest // SHA-256 of the page's bodies as stored
}

const headerVersion = 1

// headerSize is the size of a header's stored form without the network's name.
const headerSize = 1 + 8 + 32 + 8 + 8 + 4 + 32 + 32 + 1

// Append writes the stored form, big endian: version 1, number, previous, time, term, entries, root, bodies, length
// of the network's name, the name.
func (h *Header) Append(b []byte) []byte {
	b = append(b, headerVersion)
	b = binary.BigEndian.AppendUint64(b, h.Number)
	b = append(b, h.Previous[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Time))
	b = binary.BigEndian.AppendUint64(b, h.Term)
	b = binary.BigEndian.AppendUint32(b, h.Entries)
	b = append(b, h.Root[:]...)
	b = append(b, h.Bodies[:]...)
	b = append(b, byte(len(h.Network)))
	return append(b, h.Network...)
}

// DecodeHeader reads a stored header.
func DecodeHeader(b []byte) (Header, error) {
	var h Header
	if len(b) < headerSize || b[0] != headerVersion || len(b) != headerSize+int(b[headerSize-1]) {
		return h, fmt.Errorf("page header: %d bytes are not a header of version %d", len(b), headerVersion)
	}
	h.Number = binary.BigEndian.Uint64(b[1:])
	copy(h.Previous[:], b[9:])
	h.Time = int64(binary.BigEndian.Uint64(b[41:]))
	h.Term = binary.BigEndian.Uint64(b[49:])
	h.Entries = binary.BigEndian.Uint32(b[57:])
	copy(h.Root[:], b[61:])
	copy(h.Bodies[:], b[93:])
	h.Network = corridor.Network(b[headerSize:])
	if _, err := corridor.ParseNetwork(string(h.Network)); err != nil {
		return h, fmt.Errorf("page header: %w", err)
	}
	if h.Entries == 0 || h.Entries > corridor.MaxPageEntries {
		return h, fmt.Errorf("page header: %d entries, a page has 1 to %d", h.Entries, corridor.MaxPageEntries)
	}
	return h, nil
}

// Hash names the page: the RFC 6962 leaf hash of the stored header, which is also the page's leaf in the log of checkpoints.
func (h *Header) Hash() corridor.Digest { return entry.LeafHash(h.Append(nil)) }

// At is the page's time.
func (h *Header) At() time.Time { return time.Unix(0, h.Time).UTC() }

// AppendSignedHeader writes what the signature of a stored header covers.
func AppendSignedHeader(b, header []byte) []byte {
	b = append(b, DomainPage...)
	return append(b, header...)
}

// PageSigner is the hub's signing key.
type PageSigner interface{ Sign(message []byte) []byte }

// SignHeader signs a stored header.
func SignHeader(signer PageSigner, header []byte) []byte {
	return signer.Sign(AppendSignedHeader(make([]byte, 0, len(DomainPage)+len(header)), header))
}

// VerifyHeader reports whether the holder of the key signed the stored header.
func VerifyHeader(public ed25519.PublicKey, header, signature []byte) bool {
	return pki.Verify(public, AppendSignedHeader(make([]byte, 0, len(DomainPage)+len(header)), header), signature)
}
