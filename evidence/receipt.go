package evidence

import (
	"bytes"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
)

// EntryProof shows that an entry stands in a page that the hub signed.
type EntryProof struct {
	Header      []byte // as stored
	Signature   []byte
	Certificate []byte // the hub's signing certificate, DER
	Index       uint32 // of the entry in the page
	Entry       []byte // as stored
	Path        []corridor.Digest
}

// FrameProof shows that a statement stands in a frame that a member signed.
type FrameProof struct {
	Certificate []byte // the member's signing certificate, DER
	Signature   []byte
	Count       uint32 // statements in the frame
	Index       uint32 // of the statement in the frame
	Path        []corridor.Digest
}

// Receipt is the proof of what happened to one message, complete in itself: who holds the network's root certificate
// verifies it without a connection.
//
// In a file it is one PEM block CORRIDOR RECEIPT with exactly one form: what decodes and does not encode to the same bytes
// is refused, so no byte of the file can be altered unnoticed.
type Receipt struct {
	Message  EntryProof  // of an Accepted, Refused or Originated entry
	Sender   *FrameProof // of its Submission; none where the network originated the message
	Delivery *EntryProof // of the Acknowledged entry, once there is one
	Receiver *FrameProof // of its Acknowledgement; exactly where Delivery is
	Original []byte      // the message itself as the sender signed it, where the holder wants to keep it here
}

const (
	receiptPEM     = "CORRIDOR RECEIPT"
	receiptVersion = 1

	hasSender   = 1 << 0
	hasDelivery = 1 << 1
	hasOriginal = 1 << 2
	allParts    = hasSender | hasDelivery | hasOriginal
)

// ProveEntry makes the proof of one entry of a page from the page's tree.
func ProveEntry(page *Tree, index uint32, stored, header, signature, hub []byte) EntryProof {
	return EntryProof{Header: header, Signature: signature, Certificate: hub, Index: index, Entry: stored, Path: page.Prove([]uint32{index})}
}

// ProveStatement makes the proof of one statement of a frame from what a page keeps of the frame.
func ProveStatement(r *entry.FrameRecord, index uint32, certificate []byte) *FrameProof {
	return &FrameProof{Certificate: certificate, Signature: r.Signature, Count: uint32(len(r.Leaves)), Index: index, Path: NewTree(r.Leaves).Prove([]uint32{index})}
}

// Encode writes the receipt's file form.
func (r *Receipt) Encode() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: receiptPEM, Bytes: r.append(nil)})
}

// append writes the binary form, big endian: version 1; which parts follow (1 sender, 2 delivery and receiver, 4
// original); message; sender; delivery; receiver; length (4 bytes) and bytes of the original.
func (r *Receipt) append(b []byte) []byte {
	parts := byte(0)
	if r.Sender != nil {
		parts |= hasSender
	}
	if r.Delivery != nil && r.Receiver != nil {
		parts |= hasDelivery
	}
	if len(r.Original) > 0 {
		parts |= hasOriginal
	}
	b = r.Message.append(append(b, receiptVersion, parts))
	if r.Sender != nil {
		b = r.Sender.append(b)
	}
	if parts&hasDelivery != 0 {
		b = r.Receiver.append(r.Delivery.append(b))
	}
	if len(r.Original) > 0 {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(r.Original))), r.Original...)
	}
	return b
}

// append writes: header, certificate, entry (each with 2 bytes of length before), signature, index (4 bytes), path.
func (p *EntryProof) append(b []byte) []byte {
	b = appendBlob(b, p.Header)
	b = appendBlob(b, p.Certificate)
	b = appendBlob(b, p.Entry)
	b = append(b, p.Signature...)
	b = binary.BigEndian.AppendUint32(b, p.Index)
	return appendPath(b, p.Path)
}

// append writes: certificate (2 bytes of length before), signature, count, index (4 bytes each), path.
func (p *FrameProof) append(b []byte) []byte {
	b = appendBlob(b, p.Certificate)
	b = append(b, p.Signature...)
	b = binary.BigEndian.AppendUint32(b, p.Count)
	b = binary.BigEndian.AppendUint32(b, p.Index)
	return appendPath(b, p.Path)
}

func appendBlob(b, x []byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(x))), x...)
}

// appendPath writes the number of hashes in one byte, and the hashes.
func appendPath(b []byte, path []corridor.Digest) []byte {
	b = append(b, byte(len(path)))
	for i := range path {
		b = append(b, path[i][:]...)
	}
	return b
}

var errReceiptForm = errors.New("it is not a receipt, or it was altered: a receipt is one PEM block CORRIDOR RECEIPT in exactly the form in which it was written")

// DecodeReceipt reads a receipt's file form. It checks the form; Verify checks what it says.
func DecodeReceipt(text []byte) (*Receipt, error) {
	if len(text) > MaxReceipt {
		return nil, fmt.Errorf("receipt has %d bytes, the limit is %d", len(text), MaxReceipt)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != receiptPEM || !bytes.Equal(text, pem.EncodeToMemory(&pem.Block{Type: receiptPEM, Bytes: block.Bytes})) {
		return nil, errReceiptForm
	}
	c := cursor{rest: block.Bytes}
	r := c.receipt()
	if c.bad || len(c.rest) != 0 {
		return nil, errReceiptForm
	}
	return r, nil
}

// cursor reads the binary form; after a first fault it yields nothing and stays bad.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) receipt() *Receipt {
	r := &Receipt{}
	head := c.take(2)
	if c.bad || head[0] != receiptVersion || head[1]&^allParts != 0 {
		c.bad = true
		return r
	}
	r.Message = *c.entryProof()
	if head[1]&hasSender != 0 {
		r.Sender = c.frameProof()
	}
	if head[1]&hasDelivery != 0 {
		r.Delivery = c.entryProof()
		r.Receiver = c.frameProof()
	}
	if head[1]&hasOriginal != 0 {
		n := c.uint32(1, corridor.MaxPayload)
		r.Original = c.take(int(n))
	}
	return r
}

func (c *cursor) entryProof() *EntryProof {
	return &EntryProof{
		Header: c.blob(headerSize + 64), Certificate: c.blob(pki.MaxCertificate), Entry: c.blob(MaxEntry),
		Signature: c.take(corridor.SignatureSize), Index: c.uint32(0, corridor.MaxPageEntries-1), Path: c.path(MaxPath),
	}
}

func (c *cursor) frameProof() *FrameProof {
	return &FrameProof{
		Certificate: c.blob(pki.MaxCertificate), Signature: c.take(corridor.SignatureSize),
		Count: c.uint32(1, corridor.MaxFrameItems), Index: c.uint32(0, corridor.MaxFrameItems-1), Path: c.path(MaxPath),
	}
}

func (c *cursor) take(n int) []byte {
	if c.bad || n > len(c.rest) {
		c.bad = true
		return nil
	}
	out := c.rest[:n:n]
	c.rest = c.rest[n:]
	return out
}

func (c *cursor) uint32(least, most uint32) uint32 {
	b := c.take(4)
	if c.bad {
		return 0
	}
	n := binary.BigEndian.Uint32(b)
	c.bad = n < least || n > most
	return n
}

func (c *cursor) blob(most int) []byte {
	b := c.take(2)
	if c.bad {
		return nil
	}
	n := int(binary.BigEndian.Uint16(b))
	if n == 0 || n > most {
		c.bad = true
		return nil
	}
	return c.take(n)
}

func (c *cursor) path(most byte) []corridor.Digest {
	b := c.take(1)
	if c.bad || b[0] > most {
		c.bad = true
		return nil
	}
	path := make([]corridor.Digest, b[0])
	for i := range path {
		copy(path[i][:], c.take(len(path[i])))
	}
	return path
}
