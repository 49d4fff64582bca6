package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/mt"
)

// fileAnswers writes the answer and the receipt of each answered message beside its file under sent, and then notes it.
// Crash between: they are written again, the same.
func (t *terminal) fileAnswers(ctx context.Context) (more bool, err error) {
	rows, err := t.store.unfiled(ctx, maxBatch)
	if err != nil {
		return false, err
	}
	if len(rows) == 0 {
		return t.fileDeliveries(ctx)
	}
	files := make([]file, 0, 3*len(rows))
	numbers := make([]corridor.ISN, len(rows))
	for i := range rows {
		r := &rows[i]
		numbers[i] = r.number
		base := filepath.Join(t.outgoing.sent, r.label)
		files = append(append(files, words(base, r.payload, r.against)...), file{base + ".receipt", r.receipt}, file{base + answerExtension(r.fault), networkAnswer(t.id.lt, r)})
	}
	if err := writeFiles(files); err != nil {
		return false, err
	}
	t.step(StepAnswerFiled)
	if err := t.store.do(ctx, func(tx *tx) error { return tx.filed(numbers, 1) }); err != nil {
		return false, err
	}
	for i := range rows {
		r := &rows[i]
		t.emit(Event{Kind: Answered, Number: r.number, Type: r.typ, Peer: r.receiver, Reference: r.reference, UETR: r.uetr, Fault: r.fault, Session: r.session,
			Position: r.at, File: filepath.Join(t.outgoing.sent, r.label+answerExtension(r.fault)), Directory: r.against})
	}
	return true, nil
}

// fileDeliveries writes NAME.delivered, the receipt with the receiver's acknowledgement, beside the files of messages whose
// delivery was confirmed.
func (t *terminal) fileDeliveries(ctx context.Context) (more bool, err error) {
	rows, err := t.store.confirmed(ctx, maxBatch)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	files, numbers := make([]file, len(rows)), make([]corridor.ISN, len(rows))
	for i := range rows {
		r := &rows[i]
		numbers[i], files[i].path = r.number, filepath.Join(t.outgoing.sent, r.label+".delivered")
		if files[i].content, err = withDelivery(r.receipt, r.delivery); err != nil {
			return false, fmt.Errorf("receipt of message %d: %w", r.number, err)
		}
	}
	if err := writeFiles(files); err != nil {
		return false, err
	}
	if err := t.store.do(ctx, func(tx *tx) error { return tx.filed(numbers, 2) }); err != nil {
		return false, err
	}
	for i := range rows {
		r := &rows[i]
		t.emit(Event{Kind: Confirmed, Number: r.number, Type: r.typ, Peer: r.receiver, Reference: r.reference, UETR: r.uetr, Position: r.at, File: files[i].path})
	}
	return len(rows) == maxBatch, nil
}

func answerExtension(f *corridor.Fault) string {
	if f != nil {
		return ".nak"
	}
	return ".ack"
}

// Answer is the answer to an ISO 20022 message, and to what is no message, as JSON.
type Answer struct {
	Status    string               `json:"status"` // accepted, refused, refused-here
	LT        corridor.LT          `json:"lt"`
	Number    corridor.ISN         `json:"number,omitempty"`
	MIR       corridor.MIR         `json:"mir,omitempty"`
	Type      corridor.MessageType `json:"type,omitempty"`
	Receiver  corridor.LT          `json:"receiver,omitempty"`
	Reference corridor.Reference   `json:"reference,omitempty"`
	UETR      corridor.UETR        `json:"uetr,omitempty"`
	At        string               `json:"at,omitempty"`
	Position  string               `json:"position,omitempty"` // page/entry in the journal
	Fault     *corridor.Fault      `json:"fault,omitempty"`

	Directory string `json:"directory,omitempty"` // what the directory said of the receiver, where that was refused
}

// networkAnswer is the content of NAME.ack or NAME.nak.
func networkAnswer(lt corridor.LT, r *sentRow) []byte {
	at := time.UnixMilli(r.answered).UTC()
	if looksFIN(r.payload) {
		return finAnswer(lt, r.session, uint64(r.number), at, r.fault, r.payload)
	}
	a := Answer{Status: "accepted", LT: lt, Number: r.number, MIR: corridor.MakeMIR(at, lt, r.session, r.number), Type: r.typ, Receiver: r.receiver,
		Reference: r.reference, UETR: r.uetr, At: at.Format(time.RFC3339Nano), Position: r.at.String(), Fault: r.fault, Directory: r.against}
	if r.fault != nil {
		a.Status = "refused"
	}
	return a.json()
}

// words are a file for a person, where a FIN answer has no field for what the directory says of the receiver.
func words(base string, payload []byte, against string) []file {
	if against == "" || !looksFIN(payload) {
		return nil
	}
	return []file{{base + ".txt", []byte(against + "\n")}}
}

// localNak is the content of NAME.nak for a file that was refused before it had a number.
func localNak(lt corridor.LT, m *outgoing, fault *corridor.Fault) []byte {
	if looksFIN(m.payload) {
		return finAnswer(lt, 0, 0, time.UnixMilli(int64(m.submission.SignedAt)).UTC(), fault, m.payload)
	}
	s := &m.submission
	a := Answer{Status: "refused-here", LT: lt, Type: s.Type, Receiver: s.Receiver, Reference: s.Reference, UETR: s.UETR, Fault: fault}
	return a.json()
}

func (a *Answer) json() []byte {
	b, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		panic("gateway: an answer cannot be written: " + err.Error())
	}
	return append(b, '\n')
}

// finAnswer is the service message 21 that an interface puts in front of a copy of the message: ACK with 451 0, NAK with 451 1 and
// the code in 405. The text of the fault, for which FIN has no field, stands in the receipt and in the log.
func finAnswer(lt corridor.LT, s corridor.SessionNumber, n uint64, at time.Time, fault *corridor.Fault, payload []byte) []byte {
	r, unreadable := mt.ReadRoute(payload)
	if unreadable != nil {
		r = mt.Route{Application: 'F'}
	}
	r.Sender, r.Session, r.Sequence = []byte(lt), fmt.Appendf(nil, "%04d", s), []byte(corridor.Sequence(n))
	if fault == nil {
		return append(mt.Ack(r, at), payload...)
	}
	return append(mt.Nak(r, fault, at), payload...)
}
