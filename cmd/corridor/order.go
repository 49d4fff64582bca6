package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/standing"
)

// OrderCommand is everything about orders: the signed instructions that change what a member may do. A draft is a file that its
// drafter edits; once it is sent, its canonical form is what officers confirm and sign.
type OrderCommand struct {
	Init       OrderInitCommand       `cmd:"" help:"Write a draft to fill in."`
	Instrument OrderInstrumentCommand `cmd:"" help:"File the legal text that orders rest on."`
	Resolve    OrderResolveCommand    `cmd:"" help:"Find out whom a draft covers, and tick the look-alikes."`
	DryRun     OrderDryRunCommand     `cmd:"" name:"dry-run" help:"Say what a draft would have stopped, from real traffic."`
	Draft      OrderDraftCommand      `cmd:"" help:"Check a draft and send it in its canonical form."`
	Confirm    OrderConfirmCommand    `cmd:"" help:"As a second person: confirm whom an order covers."`
	Object     OrderObjectCommand     `cmd:"" help:"Send an order back to its drafter, with the reason."`
	Sign       OrderSignCommand       `cmd:"" help:"Sign an order."`
	Publish    OrderPublishCommand    `cmd:"" help:"Publish a signed order: members are told, and its instant counts."`
	Pause      OrderPauseCommand      `cmd:"" help:"As a signer: stop an order before its effect, for a limited time."`
	Resume     OrderResumeCommand     `cmd:"" help:"End your own pause."`
	Withdraw   OrderWithdrawCommand   `cmd:"" help:"Give up an order that is not in force."`
	Lift       OrderLiftCommand       `cmd:"" help:"Write the draft that ends an order's prohibition."`
	Readmit    OrderReadmitCommand    `cmd:"" help:"Write the draft that restores an institution's service."`
	Amend      OrderAmendCommand      `cmd:"" help:"Write the draft that takes an order's place."`
	Step       OrderStepCommand       `cmd:"" help:"Begin the next stage of an institution's return."`
	Status     OrderStatusCommand     `cmd:"" help:"List orders and where each stands."`
	Show       OrderShowCommand       `cmd:"" help:"Show an order as a document."`
	Report     OrderReportCommand     `cmd:"" help:"Tell everything about an order: who did what, when, with which key, and what came of it."`
	Verify     OrderVerifyCommand     `cmd:"" help:"Prove from a journal what orders did, or name the record that disproves it."`
	Recheck    OrderRecheckCommand    `cmd:"" help:"Say what the directory of today would make of signed orders."`
	Held       OrderHeldCommand       `cmd:"" help:"List messages that wait for officers."`
	Release    OrderReleaseCommand    `cmd:"" help:"Release a held message; a second officer confirms it."`
	Return     OrderReturnCommand     `cmd:"" help:"Return a held message; a second officer confirms it."`
	Appeal     OrderAppealCommand     `cmd:"" help:"As a member's officer: appeal against an order or one blocked message."`
	Answer     OrderAnswerCommand     `cmd:"" help:"Answer an appeal."`
	Submit     OrderSubmitCommand     `cmd:"" help:"Send acts that were written to files."`
}

// maxOrderFile bounds a draft by hand: what officers sign, with room for its indentation.
const maxOrderFile = 4 * entry.MaxActBody

// readDraft reads a draft as a person writes it, keys in any order, and the canonical form of what it says.
func readDraft(path string) (*standing.Order, error) {
	text, err := readFileUpTo(path, maxOrderFile)
	if err != nil {
		return nil, err
	}
	o := &standing.Order{}
	if err := readJSON(text, o); err != nil {
		return nil, wrongUse("%s: %w", path, err)
	}
	return o, nil
}

// readJSON reads a document written by hand: in any layout, but without a field that the document does not have, and none twice.
func readJSON(text []byte, v any) error {
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return withLine(text, err)
	}
	if err := noKeyTwice(json.NewDecoder(bytes.NewReader(text))); err != nil {
		return err
	}
	form, err := canonical.Rewrite(text)
	if err != nil {
		return err
	}
	return canonical.Unmarshal(form, v)
}

// noKeyTwice walks through one value and refuses an object that names a key twice: one of the two would be lost silently.
func noKeyTwice(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	open, nested := t.(json.Delim)
	if !nested {
		return nil
	}
	seen := map[json.Token]bool{}
	for d.More() {
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if seen[key] {
				return fmt.Errorf("key %q stands twice in one object: keep the one that is meant", key)
			}
			seen[key] = true
		}
		if err := noKeyTwice(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// withLine adds the line to an error of JSON's syntax.
func withLine(text []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	line := 1 + bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n"))
	return fmt.Errorf("line %d: %w", line, err)
}

// pretty is a document as a person reads and edits it: in the order of its description, a field a line.
func pretty(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// document is an order in its one form.
type document struct {
	order  *standing.Order
	form   []byte
	digest corridor.Digest
}

func documentOf(o *standing.Order) (document, error) {
	form, err := o.Encode()
	return document{o, form, corridor.DigestOf(form)}, err
}

// fetch is the order that an argument names: a file with its canonical form, or its id at the hub.
func (f *adminFlags) fetch(ctx context.Context, name string) (document, error) {
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		form, err := readFileUpTo(name, maxOrderFile)
		if err != nil {
			return document{}, err
		}
		o, err := standing.DecodeOrder(form)
		if err != nil {
			return document{}, wrongUse("%s: %w; give the file that corridor order draft or show wrote, or an order's id", name, err)
		}
		return document{o, form, corridor.DigestOf(form)}, nil
	}
	v, err := f.order(ctx, name)
	if err != nil {
		return document{}, err
	}
	return v.document()
}

// document is the order in its one form; a hub that says another digest is not believed.
func (v *orderView) document() (document, error) {
	d, err := documentOf(v.Order)
	if err == nil && d.digest.String() != v.Document {
		err = fmt.Errorf("the hub shows order %s with the digest %s, and its text has %s: do not sign it, and tell the operator", v.Order.ID, v.Document, d.digest)
	}
	return d, err
}

// order asks the hub for one order.
func (f *adminFlags) order(ctx context.Context, id string) (*orderView, error) {
	var v orderView
	return &v, f.get(ctx, "/orders/"+url.PathEscape(id), "order "+id, &v)
}

// orders asks the hub for everything about orders.
func (f *adminFlags) orders(ctx context.Context) (*ordersView, error) {
	var v ordersView
	return &v, f.get(ctx, "/orders", "orders", &v)
}

// get asks one of the hub's pages. What is not there is the answer no.
func (f *adminFlags) get(ctx context.Context, path, what string, v any) error {
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url(path), nil)
	if err != nil {
		return err
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return fmt.Errorf("ask the hub: %w; is it running, and is this its admin address?", err)
	}
	defer r.Body.Close()
	switch r.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return answerNo(fmt.Errorf("the hub at %s knows no %s", f.Admin, what))
	default:
		return fmt.Errorf("the hub at %s does not answer: %s", f.Admin, r.Status)
	}
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxOrders))
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("the hub at %s gives no %s: %w", f.Admin, what, err)
	}
	return nil
}

// maxOrders bounds what is read of a hub: some thousand orders against a few hundred institutions each.
const maxOrders = 1 << 30

// about is the start of an act about an order.
func (d *document) about(kind string) entry.Act {
	return entry.Act{Kind: kind, Subject: d.order.ID, Document: d.digest}
}

// zoneOf loads a time zone by its name; the machine's own is not one that a document can name.
func zoneOf(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("name a time zone such as Europe/Brussels or UTC")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q is not known: name one such as Europe/Brussels or UTC", name)
	}
	return zone, nil
}
