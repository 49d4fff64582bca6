package gateway

import (
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/session"
)

// answerReceipt is the proof that the network accepted or refused a message of this terminal.
func (l *link) answerReceipt(a *session.Answer) []byte {
	r := evidence.Receipt{Message: entryProof(a.Page, a.Index, a.Entry), Sender: l.sent.take(a.Number)}
	return r.Encode()
}

// confirm takes the receiver's word out of a delivery notification. It is kept as a receipt of the notification with the
// acknowledgement in it, until it is put into the receipt of the message itself.
func (m *inRow) confirm(d *session.Delivery) {
	if d.Confirmation == nil {
		return
	}
	r := d.Receipt()
	d.Confirmation.AddTo(r)
	m.confirms, m.confirmation = d.Confirmation.Acknowledgement.Message, r.Encode()
}

// withDelivery is the receipt of a message's acceptance made one of its delivery.
func withDelivery(receipt, confirmation []byte) ([]byte, error) {
	r, err := evidence.DecodeReceipt(receipt)
	if err != nil {
		return nil, err
	}
	c, err := evidence.DecodeReceipt(confirmation)
	if err != nil {
		return nil, err
	}
	r.Delivery, r.Receiver = c.Delivery, c.Receiver
	return r.Encode(), nil
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
