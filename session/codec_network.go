package session

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"corridor.example/corridor/session/sessionpb"
)

// Answers and Deliveries are read by hand like a member's frames: entries, payloads and proofs point into the bytes that came. Any
// other shape than the common one goes to the generated code, and what is read is the same (see the fuzz test).

func unmarshalFromNetwork(b []byte, m *sessionpb.FromNetwork) error {
	if !readFromNetwork(b, m) {
		proto.Reset(m)
		return proto.Unmarshal(b, m)
	}
	return nil
}

// readFromNetwork reports whether the message has the common shape: one frame of Answers or Deliveries, and at most one checkpoint.
func readFromNetwork(b []byte, m *sessionpb.FromNetwork) bool {
	for len(b) > 0 {
		n, x, rest, ok := cutField(b)
		if !ok {
			return false
		}
		switch {
		case n == 2 && m.Frame == nil:
			a := &sessionpb.Answers{}
			m.Frame = &sessionpb.FromNetwork_Answers{Answers: a}
			ok = readAnswers(x, a)
		case n == 3 && m.Frame == nil:
			d := &sessionpb.Deliveries{}
			m.Frame = &sessionpb.FromNetwork_Deliveries{Deliveries: d}
			ok = readDeliveries(x, d)
		case n == 15 && m.Checkpoint == nil && len(x) > 0:
			m.Checkpoint = x
		default:
			return false
		}
		if !ok {
			return false
		}
		b = rest
	}
	return m.Frame != nil
}

func readAnswers(b []byte, a *sessionpb.Answers) bool {
	n, x, rest, ok := cutField(b)
	if !ok || n != 1 || len(rest) != 0 {
		return false
	}
	a.Page = &sessionpb.PageProof{}
	return readPageProof(x, a.Page)
}

func readDeliveries(b []byte, d *sessionpb.Deliveries) bool {
	for len(b) > 0 {
		n, x, rest, ok := cutField(b)
		if !ok {
			return false
		}
		switch {
		case n == 1 && d.Page == nil:
			d.Page = &sessionpb.PageProof{}
			ok = readPageProof(x, d.Page)
		case n == 2:
			m := &sessionpb.Delivery{}
			d.Messages = append(d.Messages, m)
			ok = readDelivery(x, m)
		case n == 3:
			f := &sessionpb.FrameProof{}
			d.Frames = append(d.Frames, f)
			ok = readFrameProof(x, f)
		default:
			return false
		}
		if !ok {
			return false
		}
		b = rest
	}
	return true
}

// field is one field of a message: a number, or bytes that point into the message.
type field struct {
	n     protowire.Number
	num   uint64
	bytes []byte
	isNum bool
}

// eachField calls take for each field; other wire types than numbers and bytes are not of the common shape.
func eachField(b []byte, take func(field) bool) bool {
	for len(b) > 0 {
		n, t, l := protowire.ConsumeTag(b)
		if l < 0 {
			return false
		}
		f := field{n: n}
		b = b[l:]
		switch t {
		case protowire.VarintType:
			f.num, l = protowire.ConsumeVarint(b)
			f.isNum = true
		case protowire.BytesType:
			f.bytes, l = protowire.ConsumeBytes(b)
			f.bytes = f.bytes[:len(f.bytes):len(f.bytes)]
		default:
			return false
		}
		if l < 0 || !take(f) {
			return false
		}
		b = b[l:]
	}
	return true
}

// once keeps the bytes of a field that occurs at most once and is not empty; the generated code decides on anything else.
func once(dst *[]byte, f field) bool {
	if f.isNum || *dst != nil || len(f.bytes) == 0 {
		return false
	}
	*dst = f.bytes
	return true
}

func readPageProof(b []byte, p *sessionpb.PageProof) bool {
	return eachField(b, func(f field) bool {
		switch f.n {
		case 1:
			return once(&p.Header, f)
		case 2:
			return once(&p.Signature, f)
		case 3:
			return !f.isNum && p.Indices == nil && readPacked(&p.Indices, f.bytes)
		case 4:
			p.Entries = append(p.Entries, f.bytes)
			return !f.isNum
		case 5:
			return once(&p.Proof, f)
		case 6:
			return once(&p.HubCertificate, f)
		}
		return false
	})
}

func readFrameProof(b []byte, p *sessionpb.FrameProof) bool {
	return eachField(b, func(f field) bool {
		switch f.n {
		case 1:
			return once(&p.Signer, f)
		case 2:
			return once(&p.Signature, f)
		case 3:
			p.Count = uint32(f.num)
			return f.isNum
		case 4:
			return !f.isNum && p.Indices == nil && readPacked(&p.Indices, f.bytes)
		case 5:
			return once(&p.Proof, f)
		case 6:
			return once(&p.Certificate, f)
		}
		return false
	})
}

func readDelivery(b []byte, d *sessionpb.Delivery) bool {
	return eachField(b, func(f field) bool {
		switch f.n {
		case 1:
			d.Number = f.num
			return f.isNum
		case 2:
			d.Entry = uint32(f.num)
			return f.isNum
		case 3:
			d.Frame = uint32(f.num)
			return f.isNum
		case 4:
			return once(&d.Payload, f)
		case 5:
			d.PossibleDuplicate = f.num != 0
			return f.isNum
		}
		return false
	})
}

// readPacked reads packed numbers of 32 bits.
func readPacked(dst *[]uint32, b []byte) bool {
	out := make([]uint32, 0, len(b))
	for len(b) > 0 {
		x, l := protowire.ConsumeVarint(b)
		if l < 0 {
			return false
		}
		out, b = append(out, uint32(x)), b[l:]
	}
	*dst = out
	return len(out) > 0
}
