package gateway

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"corridor.example/corridor"
)

// Inspector reads a terminal's store beside a running gateway, or without one. It changes nothing.
type Inspector struct {
	db *sql.DB
	lt corridor.LT
	in string
}

// Inspect opens a terminal's store for reading.
func Inspect(store string, t TerminalConfig) (*Inspector, error) {
	path := storeFile(store, t.LT)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no store %s yet: the gateway makes it when it first runs", path)
	}
	db, err := openDatabase(path, "ro")
	if err != nil {
		return nil, err
	}
	return &Inspector{db, t.LT, t.Incoming}, nil
}

// Close closes the store.
func (i *Inspector) Close() error { return i.db.Close() }

// Running reports whether a gateway runs on the terminal's store.
func Running(store string, lt corridor.LT) (bool, error) { return running(store, lt) }

// Sent is what the store knows of one message that was sent.
type Sent struct {
	LT        corridor.LT          `json:"lt"`
	Number    corridor.ISN         `json:"number"`
	Type      corridor.MessageType `json:"type"`
	Receiver  corridor.LT          `json:"receiver"`
	Reference corridor.Reference   `json:"reference,omitempty"`
	UETR      corridor.UETR        `json:"uetr,omitempty"`
	Status    string               `json:"status"` // waiting, accepted, refused
	Filed     bool                 `json:"-"`      // the answer's files are written
	Position  string               `json:"position,omitempty"`
	Fault     *corridor.Fault      `json:"fault,omitempty"`
	Label     string               `json:"label"`
	Receipt   []byte               `json:"-"`

	Directory string `json:"directory,omitempty"` // what the directory said of the receiver, where that was refused
}

// Sent finds a message by the name of its file without extension; found is false where it is not in the store.
func (i *Inspector) Sent(ctx context.Context, label string) (s Sent, found bool, err error) {
	rows, err := (&store{read: i.db}).sent(ctx, selectSent+`WHERE label = ?`, label)
	if err != nil || len(rows) == 0 {
		return s, false, err
	}
	r := &rows[0]
	s = Sent{LT: i.lt, Number: r.number, Type: r.typ, Receiver: r.receiver, Reference: r.reference, UETR: r.uetr, Fault: r.fault, Label: r.label,
		Receipt: r.receipt, Filed: r.filed > 0, Status: "waiting", Directory: r.against}
	switch r.state {
	case accepted:
		s.Status, s.Position = "accepted", r.at.String()
	case refused:
		s.Status, s.Position = "refused", r.at.String()
	}
	return s, true, nil
}

// Received is what the store knows of one message that came.
type Received struct {
	LT        corridor.LT          `json:"lt"`
	OSN       corridor.OSN         `json:"osn"`
	Sender    corridor.LT          `json:"sender"`
	Type      corridor.MessageType `json:"type"`
	Reference corridor.Reference   `json:"reference,omitempty"`
	UETR      corridor.UETR        `json:"uetr,omitempty"`
	MIR       corridor.MIR         `json:"mir"`
	At        int64                `json:"received"` // Unix milliseconds
	Duplicate bool                 `json:"possible_duplicate,omitempty"`
	Status    string               `json:"status"`         // stored, handed-over
	File      string               `json:"file,omitempty"` // where it was put

	Unauthorised string `json:"unauthorised,omitempty"` // what authorisation it lacked
}

// Message is a received message with its content, for programs that embed a gateway without an incoming folder.
type Message struct {
	Received
	Payload []byte // as the sender signed it
	Output  []byte // as a back office reads it: FIN in output form
	Receipt []byte // proof of who sent it; the message is not in it
}

// Messages reads received messages above a number, in the order of their numbers, at most a batch. A program that notes the
// number of the last one it has dealt with, together with what it did, deals with each exactly once.
func (g *Gateway) Messages(ctx context.Context, lt corridor.LT, after corridor.OSN) ([]Message, error) {
	t := g.terminal(lt)
	if t == nil {
		return nil, fmt.Errorf("this gateway has no terminal %s", lt)
	}
	rows, err := readInbox(ctx, t.store.read, selectIn+`WHERE number > ? ORDER BY number LIMIT ?`, after, maxBatch)
	out := make([]Message, len(rows))
	for n := range rows {
		out[n] = Message{receivedOf(lt, t.config.Incoming, &rows[n]), rows[n].payload, outputForm(lt, &rows[n]), rows[n].receipt}
	}
	return out, err
}

// Received lists messages above a number, in the order of their numbers, at most a batch.
func (i *Inspector) Received(ctx context.Context, after corridor.OSN) ([]Received, error) {
	rows, err := readInbox(ctx, i.db, selectIn+`WHERE number > ? ORDER BY number LIMIT ?`, after, maxBatch)
	out := make([]Received, len(rows))
	for n := range rows {
		out[n] = receivedOf(i.lt, i.in, &rows[n])
	}
	return out, err
}

// receivedOf is what may be told of a received message.
func receivedOf(lt corridor.LT, folder string, m *inRow) Received {
	r := Received{LT: lt, OSN: m.number, Sender: m.sender, Type: m.typ, Reference: m.reference, UETR: m.uetr, MIR: m.mir, At: m.received,
		Duplicate: m.duplicate, Status: "stored", Unauthorised: m.missing}
	if folder != "" {
		r.File = filepath.Join(handOverFolder(folder, m), m.name)
	}
	if m.state == routed {
		r.Status = "handed-over"
	}
	return r
}
