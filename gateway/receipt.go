package gateway

import (
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/session"
)

// answerReceipt is the proof that the network accepted or refused a message of this terminal.
func (l *link) answerReceipt(a *session.Answer) []byte {
	r := evidence.Receipt{Message: entryProof(a.Page, a.Index, a.Entry), Sender: l.sent.take(a.Number)}
	return r.Encode()
}

// deliveryReceipt is the proof that the network carried a message and who signed it. The acknowledgement is not in it: it
// becomes an entry of a later page. a is the message's entry, nil where the network originated it.
func deliveryReceipt(d *session.Delivery, a *entry.Accepted) []byte {
	r := evidence.Receipt{Message: entryProof(d.Page, d.Index, d.Entry)}
	if a != nil {
		r.Sender = &evidence.FrameProof{Certificate: d.Frame.Signer.DER, Signature: d.Frame.Signature, Count: uint32(d.Frame.Count), Index: a.Index, Path: d.Frame.Path(a.Index)}
	}
	return r.Encode()
}

func entryProof(p *session.Page, index uint32, stored []byte) evidence.EntryProof {
	return evidence.EntryProof{Header: p.Stored, Signature: p.Signature, Certificate: p.Hub.DER, Index: index, Entry: stored, Path: p.Path(index)}
}

// withOriginal puts the message itself into its receipt, so that one file proves all.
func withOriginal(receipt, payload []byte) ([]byte, error) {
	r, err := evidence.DecodeReceipt(receipt)
	if err != nil {
		return nil, err
	}
	r.Original = payload
	return r.Encode(), nil
}
