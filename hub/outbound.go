package hub

import (
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/session/sessionpb"
)

// proof makes the wire form of the proof of entries of one page, given in ascending order.
func proof(p *journal.Page, indices []uint32) (*sessionpb.PageProof, error) {
	tree, err := p.Tree()
	if err != nil {
		return nil, err
	}
	pp := &sessionpb.PageProof{Header: p.Stored, Signature: p.Signature, Indices: indices, Entries: make([][]byte, len(indices))}
	for i, at := range indices {
		if pp.Entries[i], err = p.Entry(at); err != nil {
			return nil, err
		}
	}
	pp.Proof = joinDigests(tree.Prove(indices))
	return pp, nil
}

func joinDigests(all []corridor.Digest) []byte {
	b := make([]byte, 0, len(all)*len(corridor.Digest{}))
	for i := range all {
		b = append(b, all[i][:]...)
	}
	return b
}

// answersFrame answers messages that stand in one page.
func answersFrame(p *journal.Page, run []Numbered) (*sessionpb.FromNetwork, error) {
	indices := make([]uint32, len(run))
	for i := range run {
		indices[i] = run[i].At.Index
	}
	slices.Sort(indices)
	pp, err := proof(p, slices.Compact(indices))
	if err != nil {
		return nil, err
	}
	return &sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Answers{Answers: &sessionpb.Answers{Page: pp}}}, nil
}

// deliveriesFrame delivers messages that stand in one page, in the order of their numbers. certificate gives the
// certificate of a signer where the receiver has not seen it in this session.
func deliveriesFrame(p *journal.Page, run []Numbered, repeat bool, certificate func(corridor.Digest) []byte) (*sessionpb.FromNetwork, error) {
	indices := make([]uint32, len(run))
	for i := range run {
		indices[i] = run[i].At.Index
	}
	slices.Sort(indices)
	pp, err := proof(p, indices)
	if err != nil {
		return nil, err
	}
	d := &sessionpb.Deliveries{Page: pp, Messages: make([]*sessionpb.Delivery, len(run))}
	messages := make([]sessionpb.Delivery, len(run))
	frames := framesOf{page: p, certificate: certificate, place: map[uint32]int{}}
	for i, m := range run {
		at, _ := slices.BinarySearch(indices, m.At.Index)
		payload, err := p.Payload(m.At.Index)
		if err != nil {
			return nil, err
		}
		frame, err := frames.of(pp.Entries[at])
		if err != nil {
			return nil, err
		}
		messages[i].Number, messages[i].Entry, messages[i].Frame = uint64(m.OSN), uint32(at), frame
		messages[i].Payload, messages[i].PossibleDuplicate = payload, repeat
		if messages[i].Confirmation, err = confirmation(p, m.At.Index, pp.Entries[at], certificate); err != nil {
			return nil, err
		}
		d.Messages[i] = &messages[i]
	}
	if d.Frames, err = frames.proofs(); err != nil {
		return nil, err
	}
	return &sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Deliveries{Deliveries: d}}, nil
}

// confirmation is the receiver's own word that a delivery notification rests on: the heart puts the notification right
// behind the Acknowledged entry. It is nil for every other message.
func confirmation(p *journal.Page, at uint32, stored []byte, certificate func(corridor.Digest) []byte) (*sessionpb.Confirmation, error) {
	if entry.KindOf(stored) != entry.KindOriginated || at == 0 {
		return nil, nil
	}
	e, err := entry.Decode(stored)
	if err != nil || e.(*entry.Originated).Reason != entry.Delivered {
		return nil, err
	}
	before, err := p.Entry(at - 1)
	if err != nil || entry.KindOf(before) != entry.KindAcknowledged {
		return nil, err
	}
	e, err = entry.Decode(before)
	if err != nil {
		return nil, err
	}
	a := e.(*entry.Acknowledged)
	c := &sessionpb.Confirmation{}
	if c.Frame, err = frameProof(p, a.Frame, []uint32{a.Index}, certificate); err != nil {
		return nil, err
	}
	c.Page, err = proof(p, []uint32{at - 1})
	return c, err
}

// frameProof proves statements of a frame of a page.
func frameProof(p *journal.Page, frame uint32, indices []uint32, certificate func(corridor.Digest) []byte) (*sessionpb.FrameProof, error) {
	r, err := p.Frame(frame)
	if err != nil {
		return nil, err
	}
	f := &sessionpb.FrameProof{Signer: r.Signer[:], Signature: r.Signature, Count: uint32(len(r.Leaves)), Indices: indices, Certificate: certificate(r.Signer)}
	if len(indices) < len(r.Leaves) {
		tree, err := p.FrameTree(frame)
		if err != nil {
			return nil, err
		}
		f.Proof = joinDigests(tree.Prove(indices))
	}
	return f, nil
}

// framesOf collects the senders' frames of some messages of a page.
type framesOf struct {
	page        *journal.Page
	certificate func(corridor.Digest) []byte
	place       map[uint32]int // frame in the page → place in used
	used        []usedFrame
}

type usedFrame struct {
	frame   uint32
	indices []uint32
}

// of notes the frame of a stored entry and returns its number, from 1; 0 for an entry that came in none.
func (f *framesOf) of(stored []byte) (uint32, error) {
	e, err := entry.Decode(stored)
	if err != nil {
		return 0, err
	}
	a, ok := e.(*entry.Accepted)
	if !ok {
		return 0, nil
	}
	i, ok := f.place[a.Frame]
	if !ok {
		i = len(f.used)
		f.place[a.Frame] = i
		f.used = append(f.used, usedFrame{frame: a.Frame})
	}
	f.used[i].indices = append(f.used[i].indices, a.Index)
	return uint32(i + 1), nil
}

func (f *framesOf) proofs() ([]*sessionpb.FrameProof, error) {
	out := make([]*sessionpb.FrameProof, len(f.used))
	for i, u := range f.used {
		slices.Sort(u.indices)
		var err error
		if out[i], err = frameProof(f.page, u.frame, u.indices, f.certificate); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// cut keeps a wire message within maxDeliveryBytes where it has more than one message.
func cut(p *journal.Page, run []Numbered, f func([]Numbered) error) error {
	for len(run) > 0 {
		size, n := 0, 0
		for n < len(run) && (n == 0 || size < maxDeliveryBytes) {
			payload, err := p.Payload(run[n].At.Index)
			if err != nil {
				return err
			}
			size += len(payload) + 512
			n++
		}
		if err := f(run[:n]); err != nil {
			return err
		}
		run = run[n:]
	}
	return nil
}
