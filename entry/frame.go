package entry

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"corridor.example/corridor"
	"google.golang.org/protobuf/encoding/protowire"
)

// Domain separates what is signed: the same bytes signed for one use have no meaning in another.
type Domain string

// The domains of what members sign.
const (
	DomainSubmission      Domain = "corridor/submission/1\x00"
	DomainAcknowledgement Domain = "corridor/acknowledgement/1\x00"
)

// Item is one statement of a frame, with its payload where it has one. Both alias the frame's bytes.
type Item struct {
	Statement []byte
	Payload   []byte
}

// Frame is one or many statements under one signature, as a member sends it. On the wire:
// 1 signer (32 bytes), 2 signature (64 bytes), 3 items, each 1 statement and 2 payload.
type Frame struct {
	Signer    KeyID
	Signature []byte
	Items     []Item
}

// Append writes the frame's wire form.
func (f *Frame) Append(b []byte) []byte {
	b = appendDigest(b, 1, f.Signer)
	b = appendBytes(b, 2, f.Signature)
	for i := range f.Items {
		it := &f.Items[i]
		size := sizeBytes(1, it.Statement) + sizeBytes(2, it.Payload)
		b = protowire.AppendTag(b, 3, protowire.BytesType)
		b = protowire.AppendVarint(b, uint64(size))
		b = appendBytes(b, 1, it.Statement)
		b = appendBytes(b, 2, it.Payload)
	}
	return b
}

func sizeBytes(n protowire.Number, x []byte) int {
	if len(x) == 0 {
		return 0
	}
	return protowire.SizeTag(n) + protowire.SizeBytes(len(x))
}

// DecodeFrame reads a frame; everything in it aliases b. It checks form and limits, not the signature.
func DecodeFrame(b []byte) (Frame, error) {
	var f Frame
	if len(b) > corridor.MaxFrame {
		return f, fmt.Errorf("frame has %d bytes, the limit is %d: send fewer messages in a frame", len(b), corridor.MaxFrame)
	}
	f.Items = make([]Item, 0, CountItems(b))
	var last protowire.Number
	for len(b) > 0 {
		n, v, rest, err := nextField(b)
		if err != nil {
			return f, fmt.Errorf("frame: %w", err)
		}
		if n < last || n == last && n != 3 || v.wire != protowire.BytesType {
			return f, fmt.Errorf("frame: %w", errOrder)
		}
		if err := f.take(n, v); err != nil {
			return f, fmt.Errorf("frame: %w", err)
		}
		last, b = n, rest
	}
	if f.Signer.IsZero() || len(f.Signature) != corridor.SignatureSize || len(f.Items) == 0 {
		return f, fmt.Errorf("frame: signer, signature (64 bytes) and at least one item are needed")
	}
	return f, nil
}

// CountItems is the number of items of a frame, or less where it is malformed.
func CountItems(b []byte) (n int) {
	for n <= corridor.MaxFrameItems && len(b) > 0 {
		number, _, rest, err := nextField(b)
		if err != nil {
			return n
		}
		if number == 3 {
			n++
		}
		b = rest
	}
	return min(n, corridor.MaxFrameItems)
}

func (f *Frame) take(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setDigest(&f.Signer, v)
	case 2:
		return setBytes(&f.Signature, v)
	case 3:
		if len(f.Items) == corridor.MaxFrameItems {
			return fmt.Errorf("more than %d items: send fewer messages in a frame", corridor.MaxFrameItems)
		}
		var it Item
		if err := eachField(v.bytes, it.field); err != nil {
			return err
		}
		if len(it.Statement) == 0 {
			return fmt.Errorf("item %d has no statement", len(f.Items))
		}
		f.Items = append(f.Items, it)
		return nil
	}
	return unknownField(n)
}

func (it *Item) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setBytes(&it.Statement, v)
	case 2:
		return setBytes(&it.Payload, v)
	}
	return unknownField(n)
}

// LeafHash is the RFC 6962 leaf hash of a statement or a stored entry: SHA-256 of 0x00 and the bytes.
func LeafHash(b []byte) corridor.Digest {
	var buf [512]byte
	if len(b) < len(buf) {
		buf[0] = 0
		n := copy(buf[1:], b)
		return sha256.Sum256(buf[:n+1])
	}
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(b)
	var d corridor.Digest
	h.Sum(d[:0])
	return d
}

// AppendSigned writes the bytes that the signature of a frame covers: domain, number of statements, Merkle root
// over their leaf hashes (RFC 6962).
func AppendSigned(b []byte, d Domain, count int, root corridor.Digest) []byte {
	b = append(b, d...)
	b = binary.BigEndian.AppendUint32(b, uint32(count))
	return append(b, root[:]...)
}

// FrameRecord is what a page keeps of a frame beside its statements: who signed, the signature, the leaf hash of each
// statement in order. With a statement's place it proves that the member signed it.
type FrameRecord struct {
	Domain    Domain
	Signer    KeyID
	Signature []byte
	Leaves    []corridor.Digest
}

// SignatureOffset is where the signature begins in a record's stored form.
const SignatureOffset = 1 + sha256.Size

// Append writes the stored form: domain number, signer, signature, leaves.
func (r *FrameRecord) Append(b []byte) []byte {
	kind := byte(1)
	if r.Domain == DomainAcknowledgement {
		kind = 2
	}
	b = append(b, kind)
	b = append(b, r.Signer[:]...)
	b = append(b, r.Signature...)
	b = binary.AppendUvarint(b, uint64(len(r.Leaves)))
	for i := range r.Leaves {
		b = append(b, r.Leaves[i][:]...)
	}
	return b
}

// DecodeFrameRecord reads a record from the start of b and returns what follows. The signature aliases b.
func DecodeFrameRecord(b []byte) (r FrameRecord, rest []byte, err error) {
	const head = 1 + sha256.Size + corridor.SignatureSize
	if len(b) < head+1 {
		return r, nil, errMalformed
	}
	switch b[0] {
	case 1:
		r.Domain = DomainSubmission
	case 2:
		r.Domain = DomainAcknowledgement
	default:
		return r, nil, errMalformed
	}
	copy(r.Signer[:], b[1:])
	r.Signature = b[1+sha256.Size : head : head]
	n, l := binary.Uvarint(b[head:])
	if l <= 0 || l != protowire.SizeVarint(n) || n == 0 || n > corridor.MaxFrameItems {
		return r, nil, errMalformed
	}
	b = b[head+l:]
	if uint64(len(b)) < n*sha256.Size {
		return r, nil, errMalformed
	}
	r.Leaves = make([]corridor.Digest, n)
	for i := range r.Leaves {
		copy(r.Leaves[i][:], b[i*sha256.Size:])
	}
	return r, b[n*sha256.Size:], nil
}
