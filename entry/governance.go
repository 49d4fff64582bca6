package entry

import (
	"slices"
	"strings"

	"corridor.example/corridor"
	"google.golang.org/protobuf/encoding/protowire"
)

// Acted is an officer's act that was taken: from this place on it holds.
type Acted struct {
	Statement   []byte // an Act as signed
	Signature   []byte
	Certificate []byte // the officer's, DER
}

// ActRefused is an act of a known officer that was not taken: it changes nothing, and an auditor sees that it was tried.
type ActRefused struct {
	Statement   []byte
	Signature   []byte
	Certificate []byte
	Fault       corridor.Fault
}

// Fenced is the place in the journal where an order takes or loses its effect. It stands before the first entry of a page
// whose time is at or after Instant.
type Fenced struct {
	Order    string
	Document corridor.Digest // of the canonical order
	What     Change
	Instant  int64        // Unix nanoseconds: when it was due
	BIC      corridor.BIC // Readmitted, Stepped: which
}

// Change is what happens to an order's effect at a fence.
type Change string

// The changes.
const (
	InForce    Change = "in-force"
	Lifted     Change = "lifted"
	Expired    Change = "expired"
	Superseded Change = "superseded"
	PauseEnded Change = "pause-ended"
	Readmitted Change = "readmitted"
	Stepped    Change = "stepped" // the next stage of a readmission's ramp
)

// Decided is one decision about a message under orders. At stage Accept it stands directly before the message's own entry,
// which has the next index of the page.
type Decided struct {
	Message     corridor.Position
	Stage       Stage
	Outcome     Ruling
	Rule        string   // which rule of the order it was
	Orders      []string // ids of all orders that hit, sorted
	Licence     string   // that was used or claimed
	Currency    string   // of the amount that the licence was debited
	Amount      corridor.Decimal
	Policy      corridor.Digest // of the policy in force
	Particulars []byte          // canonical JSON of what the decision looked at inside the message, where it did
	Sender      corridor.BIC    // BIC8 of the two ends
	Receiver    corridor.BIC
}

// Stage is when a message was decided on.
type Stage string

// The stages.
const (
	AtAccept  Stage = "accept"
	AtDeliver Stage = "deliver" // at the door: it was accepted before a fence
	AtFence   Stage = "fence"
	AtRelease Stage = "release" // a held message, by officers or at readmission
)

// Ruling is what a decision came to.
type Ruling string

// The rulings.
const (
	Passes   Ruling = "pass"     // looked at, and no order forbids it
	Licensed Ruling = "licensed" // a carve-out let it pass and its budget was debited
	Refuses  Ruling = "refuse"   // at input
	Returns  Ruling = "return"   // it was accepted, and the sender hears that it was not delivered
	Stores   Ruling = "store"    // as Returns, kept for the subject's closing statement: nobody else is told
	Holds    Ruling = "hold"
	InDoubt  Ruling = "in-doubt" // given out before the fence, and not acknowledged
)

// Closing is the network's closing statement for a disconnected institution: its last numbers, what was returned, what is
// in doubt.
type Closing struct {
	BIC       corridor.BIC
	Order     string
	Statement []byte // canonical JSON
}

// Announced begins a notice of an order to all members; the Originated entries about it carry it to each. With Done it ends a
// notice, or the spreading of a change of the directory, which its own act begins.
type Announced struct {
	Order    string
	Occasion string       // why it goes out now
	At       int64        // when it became due, Unix nanoseconds
	BIC      corridor.BIC // of its event, where that is about one institution
	Until    int64        // of a pause
	Number   uint64       // in the network's series of notices, from 1
	Done     bool
	About    corridor.Position // Done: the entry that began it
}

func (Acted) Kind() Kind      { return KindActed }
func (ActRefused) Kind() Kind { return KindActRefused }
func (Fenced) Kind() Kind     { return KindFenced }
func (Decided) Kind() Kind    { return KindDecided }
func (Closing) Kind() Kind    { return KindClosing }
func (Announced) Kind() Kind  { return KindAnnounced }

func (e Acted) append(b []byte) []byte {
	b = appendBytes(b, 1, e.Statement)
	b = appendBytes(b, 2, e.Signature)
	return appendBytes(b, 3, e.Certificate)
}

func (e *Acted) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setBytes(&e.Statement, v)
	case 2:
		return setBytes(&e.Signature, v)
	case 3:
		return setBytes(&e.Certificate, v)
	}
	return unknownField(n)
}

func (e ActRefused) append(b []byte) []byte {
	b = appendBytes(b, 1, e.Statement)
	b = appendBytes(b, 2, e.Signature)
	b = appendBytes(b, 3, e.Certificate)
	b = appendText(b, 4, e.Fault.Code, maxWord)
	b = appendText(b, 5, e.Fault.Text, corridor.MaxFaultText)
	return appendText(b, 6, e.Fault.Rule, maxWord)
}

func (e *ActRefused) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setBytes(&e.Statement, v)
	case 2:
		return setBytes(&e.Signature, v)
	case 3:
		return setBytes(&e.Certificate, v)
	case 4:
		return setString(&e.Fault.Code, v)
	case 5:
		return setString(&e.Fault.Text, v)
	case 6:
		return setString(&e.Fault.Rule, v)
	}
	return unknownField(n)
}

func (e Fenced) append(b []byte) []byte {
	b = appendBytes(b, 1, e.Order)
	b = appendDigest(b, 2, e.Document)
	b = appendBytes(b, 3, e.What)
	b = appendUint(b, 4, uint64(e.Instant))
	return appendBytes(b, 5, e.BIC)
}

func (e *Fenced) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setString(&e.Order, v)
	case 2:
		return setDigest(&e.Document, v)
	case 3:
		return setString(&e.What, v)
	case 4:
		return setUint(&e.Instant, v)
	case 5:
		return setString(&e.BIC, v)
	}
	return unknownField(n)
}

// joined is the orders as one field: ascending, each once, with a space between; an id has none.
func joined(orders []string) string {
	if !ascending(orders) {
		orders = slices.Compact(slices.Sorted(slices.Values(orders)))
	}
	return strings.Join(orders, " ")
}

func ascending(ids []string) bool {
	for i := 1; i < len(ids); i++ {
		if ids[i-1] >= ids[i] {
			return false
		}
	}
	return true
}

func (e Decided) append(b []byte) []byte {
	b = appendUint(b, 1, e.Message.Page)
	b = appendUint(b, 2, uint64(e.Message.Index))
	b = appendBytes(b, 3, e.Stage)
	b = appendBytes(b, 4, e.Outcome)
	b = appendText(b, 5, e.Rule, maxWord)
	b = appendBytes(b, 6, joined(e.Orders))
	b = appendBytes(b, 7, e.Licence)
	b = appendBytes(b, 8, e.Currency)
	b = appendBytes(b, 9, e.Amount)
	b = appendDigest(b, 10, e.Policy)
	b = appendBytes(b, 11, e.Particulars)
	b = appendBytes(b, 12, e.Sender)
	return appendBytes(b, 13, e.Receiver)
}

func (e *Decided) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setUint(&e.Message.Page, v)
	case 2:
		return setUint(&e.Message.Index, v)
	case 3:
		return setString(&e.Stage, v)
	case 4:
		return setString(&e.Outcome, v)
	case 5:
		return setString(&e.Rule, v)
	case 6:
		return e.orders(v)
	case 7:
		return setString(&e.Licence, v)
	case 8:
		return setString(&e.Currency, v)
	case 9:
		return setString(&e.Amount, v)
	case 10:
		return setDigest(&e.Policy, v)
	case 11:
		return setBytes(&e.Particulars, v)
	case 12:
		return setString(&e.Sender, v)
	case 13:
		return setString(&e.Receiver, v)
	}
	return unknownField(n)
}

func (e *Decided) orders(v value) error {
	var all string
	if err := setString(&all, v); err != nil {
		return err
	}
	e.Orders = strings.Split(all, " ")
	if e.Orders[0] == "" || !ascending(e.Orders) {
		return errOrder
	}
	return nil
}

func (e Closing) append(b []byte) []byte {
	b = appendBytes(b, 1, e.BIC)
	b = appendBytes(b, 2, e.Order)
	return appendBytes(b, 3, e.Statement)
}

func (e *Closing) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setString(&e.BIC, v)
	case 2:
		return setString(&e.Order, v)
	case 3:
		return setBytes(&e.Statement, v)
	}
	return unknownField(n)
}

func (e Announced) append(b []byte) []byte {
	b = appendBytes(b, 1, e.Order)
	b = appendText(b, 2, e.Occasion, maxWord)
	b = appendUint(b, 3, uint64(e.At))
	b = appendBytes(b, 4, e.BIC)
	b = appendUint(b, 5, uint64(e.Until))
	b = appendUint(b, 6, e.Number)
	b = appendBool(b, 7, e.Done)
	b = appendUint(b, 8, e.About.Page)
	return appendUint(b, 9, uint64(e.About.Index))
}

func (e *Announced) field(n protowire.Number, v value) error {
	switch n {
	case 1:
		return setString(&e.Order, v)
	case 2:
		return setString(&e.Occasion, v)
	case 3:
		return setUint(&e.At, v)
	case 4:
		return setString(&e.BIC, v)
	case 5:
		return setUint(&e.Until, v)
	case 6:
		return setUint(&e.Number, v)
	case 7:
		return setBool(&e.Done, v)
	case 8:
		return setUint(&e.About.Page, v)
	case 9:
		return setUint(&e.About.Index, v)
	}
	return unknownField(n)
}
