package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/pki"
)

// VerifyCommand checks proof without a connection: all it needs is the network's root certificate.
type VerifyCommand struct {
	Root       string   `default:"network.pem" help:"The network's root certificate."`
	Checkpoint bool     `help:"Check two checkpoints instead: the files are OLD NEW PROOF."`
	JSON       bool     `name:"json" help:"Print JSON."`
	File       []string `arg:"" help:"RECEIPT and, where it is at hand, MESSAGE: as the sender signed it, or as the receiver's gateway wrote it."`
}

// Help shows examples.
func (VerifyCommand) Help() string {
	return "Examples:\n  corridor verify --root network.pem 000017.receipt\n  corridor verify --root network.pem 000017.receipt 000017.fin\n" +
		"  corridor verify --root network.pem --checkpoint january.note february.note proof.pem\n\n" +
		"Exit status: 0 verified, 1 not verified, 2 wrong use, 3 a file could not be read."
}

// Run reads the files, verifies, and says what is proven or which check fails.
func (c VerifyCommand) Run(io streams) error {
	if c.Checkpoint && len(c.File) != 3 || !c.Checkpoint && len(c.File) > 2 {
		return wrongUse("verify: give RECEIPT [MESSAGE], or --checkpoint OLD NEW PROOF")
	}
	root, err := pki.LoadRoot(c.Root)
	if err != nil {
		return fmt.Errorf("verify: %w; --root names the network's root certificate", err)
	}
	files := make([][]byte, len(c.File))
	for i, name := range c.File {
		if files[i], err = readFileUpTo(name, evidence.MaxReceipt); err != nil {
			return fmt.Errorf("verify: %w", err)
		}
	}
	if c.Checkpoint {
		return c.checkpoints(io, root, files)
	}
	return c.receipt(io, root, files)
}

// receipt verifies a receipt, with the message if there is one.
func (c VerifyCommand) receipt(io streams, root *pki.Root, files [][]byte) error {
	if !bytes.HasPrefix(files[0], []byte("-----BEGIN CORRIDOR RECEIPT")) {
		return fmt.Errorf("verify: %s is not a receipt: it does not begin with -----BEGIN CORRIDOR RECEIPT-----", c.File[0])
	}
	r, err := evidence.DecodeReceipt(files[0])
	if err != nil {
		return c.no(io, &evidence.Failure{Check: evidence.CheckForm, Err: err})
	}
	s, err := evidence.Verify(root, r, nil)
	if err != nil {
		return c.no(io, err)
	}
	v := &verified{Statement: s, root: root.ID()}
	if len(files) == 2 {
		if err := v.message(r, files[1]); err != nil {
			return c.no(io, err)
		}
	}
	if c.JSON {
		return printJSON(io.Out, v.json())
	}
	return v.print(io.Out)
}

// no says which check fails.
func (c VerifyCommand) no(io streams, err error) error {
	var f *evidence.Failure
	if !errors.As(err, &f) {
		return fmt.Errorf("verify: %w", err)
	}
	if !c.JSON {
		fmt.Fprintf(io.Out, "NOT VERIFIED: the check %q fails: %v.\nWhat %s says is not proven.\n", string(f.Check), f.Err, c.File[0])
		return answerNo(nil)
	}
	if err := printJSON(io.Out, map[string]any{"verified": false, "check": string(f.Check), "error": f.Err.Error()}); err != nil {
		return err
	}
	return answerNo(nil)
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// checkpoints verifies that the older checkpoint's journal is the beginning of the newer one's.
func (c VerifyCommand) checkpoints(io streams, root *pki.Root, files [][]byte) error {
	p, err := evidence.DecodeConsistency(files[2])
	if err != nil {
		return c.no(io, &evidence.Failure{Check: evidence.CheckForm, Err: err})
	}
	older, newer, err := p.Verify(root, files[0], files[1])
	if err != nil {
		return c.no(io, err)
	}
	if c.JSON {
		return printJSON(io.Out, map[string]any{"verified": true, "network": newer.Network, "old_pages": older.Size, "new_pages": newer.Size, "old_root": older.Root.String(), "new_root": newer.Root.String()})
	}
	_, err = fmt.Fprintf(io.Out, "VERIFIED: one history.\nThe journal of %s with %d pages is the beginning of the one with %d pages: nothing in it was altered or removed since.\n", newer.Network, older.Size, newer.Size)
	return err
}

// verified is what is proven by a receipt and a message together.
type verified struct {
	evidence.Statement
	root   corridor.Digest
	output *outputClaims // where the message is in the form that the receiver's gateway wrote
}

// outputClaims is what an output form says that only the receiver's gateway witnesses.
type outputClaims struct {
	Receiver corridor.LT
	Session  corridor.SessionNumber
	OSN      corridor.OSN
	Time     time.Time
	Late     bool
	Repeats  []string
}

// message checks the message at hand: the bytes that were signed, or their output form.
func (v *verified) message(r *evidence.Receipt, m []byte) error {
	s := &v.Submission
	if uint64(len(m)) == s.PayloadSize && corridor.DigestOf(m) == s.Payload {
		v.MessageChecked = true
		return nil
	}
	claims, isOutput := readClaims(m)
	switch {
	case !isOutput:
		return messageFails("the message is not the one that the sender signed: its digest differs")
	case len(r.Original) == 0:
		return messageFails("the message is in the form that the receiver's gateway wrote, and this receipt does not hold what the sender signed: give the sender's form, or the receipt that the gateway wrote beside the file")
	case claims.Receiver.BIC8() != s.Receiver.BIC8():
		return messageFails("the message is addressed to %s, the sender signed it to %s", claims.Receiver, s.Receiver)
	}
	if a := v.Acknowledgement; a != nil && (claims.Receiver != a.Receiver || uint64(claims.OSN) != uint64(a.Number)%1_000_000) {
		return messageFails("the message is number %06d of %s, acknowledged was number %d of %s", claims.OSN, claims.Receiver, a.Number, a.Receiver)
	}
	want, err := mt.Output(r.Original, mt.OutputFacts{Receiver: claims.Receiver, Session: claims.Session, OSN: claims.OSN, MIR: v.MIR,
		InputTime: v.AcceptedAt, OutputTime: claims.Time, Late: claims.Late, Repeats: claims.Repeats})
	if err != nil || !bytes.Equal(want, m) {
		return messageFails("the message differs from the output form of what the sender signed%s", whereDiffers(want, m))
	}
	v.MessageChecked, v.output = true, claims
	return nil
}

func messageFails(format string, args ...any) error {
	return &evidence.Failure{Check: evidence.CheckMessage, Err: fmt.Errorf(format, args...)}
}

// differs names the first byte at which two texts part.
func whereDiffers(want, got []byte) string {
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			return fmt.Sprintf(": at byte %d", i+1)
		}
	}
	return fmt.Sprintf(": it has %d bytes instead of %d", len(got), len(want))
}

// readClaims reads what an output form says of its delivery.
func readClaims(m []byte) (*outputClaims, bool) {
	p, _ := mt.Parse(m)
	if p == nil || !p.IsOutput() {
		return nil, false
	}
	lt, err1 := corridor.ParseLT(p.Basic.LT)
	session, err2 := strconv.ParseUint(p.Basic.Session, 10, 16)
	number, err3 := strconv.ParseUint(p.Basic.Sequence, 10, 64)
	at, err4 := time.Parse("0601021504", p.App.OutputDate+p.App.OutputTime)
	if errors.Join(err1, err2, err3, err4) != nil {
		return nil, false
	}
	c := &outputClaims{Receiver: lt, Session: corridor.SessionNumber(session), OSN: corridor.OSN(number), Time: at}
	for _, t := range p.Trailer {
		switch t.Name {
		case "PDM":
			c.Repeats = append(c.Repeats, t.Value)
		case "DLM":
			c.Late = true
		}
	}
	return c, true
}

// print writes sentences, then a table.
func (v *verified) print(out io.Writer) error {
	fmt.Fprintf(out, "VERIFIED: %s.\n", v.Outcome)
	for _, s := range v.sentences() {
		fmt.Fprintln(out, s)
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, row := range v.table() {
		if row[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
		}
	}
	return w.Flush()
}

// sentences say what is proven, by whom.
func (v *verified) sentences() []string {
	s := &v.Submission
	all := []string{fmt.Sprintf("%s signed message number %d of type %s%s to %s.", s.Sender, s.Number, s.Type, withReference(s.Reference), s.Receiver)}
	switch v.Outcome {
	case evidence.OutcomeRefused:
		all = append(all, fmt.Sprintf("The network %s refused it on %s: %v.", v.Network, dayAndTime(v.AcceptedAt), v.Fault))
	case evidence.OutcomeAccepted, evidence.OutcomeDelivered, evidence.OutcomeReturned, evidence.OutcomeOriginated:
		if v.SenderKey.IsZero() {
			all = []string{fmt.Sprintf("The network %s itself sent message number %d of type %s to %s on %s, about the message at %v.", v.Network, s.Number, s.Type, s.Receiver, dayAndTime(v.AcceptedAt), v.About)}
		} else {
			all = append(all, fmt.Sprintf("The network %s accepted it on %s.", v.Network, dayAndTime(v.AcceptedAt)))
		}
	}
	if a := v.Acknowledgement; a != nil && !a.Refused {
		all = append(all, fmt.Sprintf("%s signed that it has it as number %d; the network recorded this on %s.", a.Receiver, a.Number, dayAndTime(v.DeliveredAt)))
	} else if a != nil {
		all = append(all, fmt.Sprintf("%s signed that it refuses it (number %d): %s %s; the network recorded this on %s.", a.Receiver, a.Number, a.Code, a.Text, dayAndTime(v.DeliveredAt)))
	}
	return append(all, v.aboutMessage())
}

func (v *verified) aboutMessage() string {
	switch {
	case v.output != nil:
		return fmt.Sprintf("The message at hand is that message, byte for byte, as it is written for its receiver; only the receiver's gateway says that it came in session %04d on %s%s.", v.output.Session, dayAndTime(v.output.Time), v.output.trailers())
	case v.MessageChecked:
		return "The message at hand is that message, byte for byte."
	}
	return "No message was given: proven is a message with the digest below."
}

// trailers tells of PDM and DLM, of which the receiver's gateway is the only witness too.
func (c *outputClaims) trailers() string {
	switch {
	case len(c.Repeats) > 0 && c.Late:
		return ", late and possibly more than once"
	case len(c.Repeats) > 0:
		return ", possibly more than once"
	case c.Late:
		return ", late"
	}
	return ""
}

func withReference(r corridor.Reference) string {
	if r == "" {
		return ""
	}
	return " with the reference " + string(r)
}

func dayAndTime(t time.Time) string { return t.UTC().Format("2006-01-02 at 15:04:05 UTC") }

func (v *verified) table() [][2]string {
	s := &v.Submission
	from := string(s.Sender)
	if v.SenderKey.IsZero() {
		from = "the network, as " + from
	}
	rows := [][2]string{
		{"network", string(v.Network)}, {"from", from}, {"to", string(s.Receiver)}, {"type", string(s.Type)},
		{"number (ISN)", fmt.Sprint(s.Number)}, {"priority", s.Priority.String()}, {"reference", string(s.Reference)}, {"UETR", string(s.UETR)},
		{"MIR", string(v.MIR)}, {"signed by the sender", isoTime(time.UnixMilli(int64(s.SignedAt)))},
		{"entered by the network", isoTime(v.AcceptedAt) + "  page/entry " + v.Position.String()},
	}
	if a := v.Acknowledgement; a != nil {
		rows = append(rows, [2]string{"number (OSN)", fmt.Sprint(a.Number)}, [2]string{"signed by the receiver", isoTime(time.UnixMilli(int64(a.ReceivedAt)))},
			[2]string{"entered by the network", isoTime(v.DeliveredAt) + "  page/entry " + v.Delivery.String()})
	}
	return append(rows, [2]string{"message", fmt.Sprintf("%d bytes, SHA-256 %v", s.PayloadSize, s.Payload)},
		[2]string{"root certificate", "SHA-256 " + v.root.String()}, [2]string{"hub's certificate", "SHA-256 " + v.HubKey.String()},
		[2]string{"sender's certificate", keyName(v.SenderKey)}, [2]string{"receiver's certificate", keyName(v.ReceiverKey)})
}

func keyName(d corridor.Digest) string {
	if d.IsZero() {
		return ""
	}
	return "SHA-256 " + d.String()
}

func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// verifiedJSON is the answer for programs.
type verifiedJSON struct {
	Verified          bool            `json:"verified"`
	Outcome           string          `json:"outcome"`
	Network           string          `json:"network"`
	Sender            string          `json:"sender"`
	Receiver          string          `json:"receiver"`
	Type              string          `json:"type"`
	ISN               uint64          `json:"isn"`
	Priority          string          `json:"priority"`
	Reference         string          `json:"reference,omitempty"`
	UETR              string          `json:"uetr,omitempty"`
	MIR               string          `json:"mir"`
	SignedAt          string          `json:"signed_at"`
	EnteredAt         string          `json:"entered_at"`
	Position          string          `json:"position"`
	Fault             *corridor.Fault `json:"fault,omitempty"`
	DeliveredTo       string          `json:"delivered_to,omitempty"`
	OSN               uint64          `json:"osn,omitempty"`
	ReceivedAt        string          `json:"received_at,omitempty"`
	DeliveredAt       string          `json:"delivered_at,omitempty"`
	DeliveredPosition string          `json:"delivered_position,omitempty"`
	ReceiverCode      string          `json:"receiver_code,omitempty"`
	ReceiverText      string          `json:"receiver_text,omitempty"`
	MessageSize       uint64          `json:"message_size"`
	MessageSHA256     string          `json:"message_sha256"`
	MessageVerified   bool            `json:"message_verified"`
	MessageForm       string          `json:"message_form,omitempty"` // as signed, or output
	RootSHA256        string          `json:"root_sha256"`
	HubKey            string          `json:"hub_key"`
	SenderKey         string          `json:"sender_key,omitempty"`
	ReceiverKey       string          `json:"receiver_key,omitempty"`
	Sentences         []string        `json:"sentences"`
}

func (v *verified) json() *verifiedJSON {
	s := &v.Submission
	j := &verifiedJSON{
		Verified: true, Outcome: string(v.Outcome), Network: string(v.Network), Sender: string(s.Sender), Receiver: string(s.Receiver), Type: string(s.Type),
		ISN: uint64(s.Number), Priority: s.Priority.String(), Reference: string(s.Reference), UETR: string(s.UETR), MIR: string(v.MIR),
		SignedAt: isoTime(time.UnixMilli(int64(s.SignedAt))), EnteredAt: isoTime(v.AcceptedAt), Position: v.Position.String(), Fault: v.Fault,
		MessageSize: s.PayloadSize, MessageSHA256: s.Payload.String(), MessageVerified: v.MessageChecked, MessageForm: v.form(),
		RootSHA256: v.root.String(), HubKey: v.HubKey.String(), SenderKey: strings.TrimPrefix(keyName(v.SenderKey), "SHA-256 "),
		ReceiverKey: strings.TrimPrefix(keyName(v.ReceiverKey), "SHA-256 "), Sentences: v.sentences(),
	}
	if a := v.Acknowledgement; a != nil {
		j.acknowledged(a, v)
	}
	return j
}

func (j *verifiedJSON) acknowledged(a *entry.Acknowledgement, v *verified) {
	j.DeliveredTo, j.OSN, j.ReceivedAt = string(a.Receiver), uint64(a.Number), isoTime(time.UnixMilli(int64(a.ReceivedAt)))
	j.DeliveredAt, j.DeliveredPosition, j.ReceiverCode, j.ReceiverText = isoTime(v.DeliveredAt), v.Delivery.String(), a.Code, a.Text
}

func (v *verified) form() string {
	switch {
	case v.output != nil:
		return "output"
	case v.MessageChecked:
		return "as signed"
	}
	return ""
}
