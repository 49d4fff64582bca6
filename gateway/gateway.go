// Package gateway is a member's door to the network: it takes messages from the back office, numbers, signs and keeps them until they
// are answered, and receives, verifies, keeps and hands over what comes. It never loses a message and never hands one over
// twice, whenever the process is killed. It is not a client library (package session is) and judges no business.
//
// A message's way out: pick up or Submit → readSubmission → store.add (number, statement: durable) → link.send (sign, send)
// → link.OnAnswers (receipt: durable) → fileAnswers. In: link.OnDeliveries (verified by the session) → store.receive
// (durable) → THEN acknowledge → route (file handed over once).
//
// What is signed is the statement, which is kept byte for byte: sent again after any break it has the same number and the same
// digest, and the network gives the same answer. Signatures are made when frames are sent, so that many messages share one.
//
// On disk, for each terminal: LT.db (SQLite; schema.go), LT.lock, and two folders:
//
//	outgoing/            the back office writes NAME.fin, NAME.xml or NAME.act here, whole, by renaming
//	outgoing/.taken/     files between the folder and the store
//	outgoing/sent/       each file with its answer beside it: NAME.ack or NAME.nak, and NAME.receipt;
//	                     NAME.delivered is the receipt with the receiver's acknowledgement, where the message asked for it
//	outgoing/refused/    files that were not sent, with NAME.nak
//	                     beside a FIN NAK, in either folder, NAME.txt says what the directory says of the receiver
//	incoming/            NUMBER-TYPE-REFERENCE.fin or .xml, with .receipt beside it
//	incoming/investigation/  what came without authorisation, where the gateway requires one
//	incoming/.routing/   files between the store and the folder
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
)

// Config is what a gateway does. Its values have been checked (see Settings for the file that holds them).
type Config struct {
	Addresses  []string // of the hub: the first that answers is used
	ServerName string
	Store      string // folder of the stores
	Terminals  []TerminalConfig
	Check      CheckLevel
	Window     int // deliveries that may be under way; 0 for the default
	Frame      int // most messages under one signature; 0 for DefaultFrame
	Takeover   bool
	Software   string

	Authorisations     AuthorisationUse // AuthorisationsShown where empty
	AuthorisationLists [][]byte         // the network's lists to start with: files of signed acts
	AuthorisationFree  []string         // types that need none, where the network's policy names others than rma.DefaultRules; nil for those

	Directory      string         // the directory's dated file; empty for none
	DirectoryCheck DirectoryCheck // DirectoryShown where empty
}

// TerminalConfig is one terminal and its folders. An empty folder is not used: embedding programs call Submit and take events.
type TerminalConfig struct {
	LT       corridor.LT
	Outgoing string
	Incoming string
}

// DefaultFrame is how many messages share a signature when many wait.
const DefaultFrame = 32

// Deps are the parts of the world that a gateway is given. Root, Transport and Signers are needed.
type Deps struct {
	Member *pki.Member      // root certificate, transport certificate, signing keys
	Clock  func() time.Time // time.Now where nil
	Log    *slog.Logger     // references and numbers, never payloads; discarded where nil
	Events func(Event)      // called from one goroutine, in order; it must not call the gateway; may be nil
	Step   func(Step)       // called at each durable step; may be nil. Tests end the process there.
}

// Step names a point between two durable acts of the gateway.
type Step string

// The steps, in the order of a message's way.
const (
	StepClaimed      Step = "file claimed"               // renamed into .taken, synced; not in the store
	StepKept         Step = "message kept"               // in the store with its number; the file still in .taken
	StepMoved        Step = "file moved to sent"         // not sent yet
	StepSent         Step = "frames sent"                // no answer
	StepAnswerKept   Step = "answer kept"                // no files written
	StepAnswerFiled  Step = "answer files written"       // not noted in the store
	StepReceived     Step = "delivery kept"              // not acknowledged
	StepAcknowledged Step = "delivery acknowledged"      // on its way to the hub
	StepPrepared     Step = "incoming files prepared"    // under .routing, synced; not noted
	StepRouting      Step = "hand-over noted"            // not renamed
	StepHandedOver   Step = "incoming files handed over" // renamed, synced; not noted
)

// Gateway is one member's door. Open it, Run it, and Close it when Run has returned.
type Gateway struct {
	config    Config
	deps      Deps
	terminals []*terminal
	events    chan Event
	told      sync.WaitGroup
	counts    counts

	authorised *authorisations
	directory  *DirectoryCopy
}

// Open checks, opens the stores and prepares the folders. Nothing is sent or moved before Run.
func Open(c Config, d Deps) (*Gateway, error) {
	if err := check(&c, &d); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	authorised, err := openAuthorisations(d.Member.Root, &c, d.Clock())
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	copied, err := openDirectory(d.Member.Root, &c)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	g := &Gateway{config: c, deps: d, events: make(chan Event, maxQueuedEvents), authorised: authorised, directory: copied}
	for i := range c.Terminals {
		t, err := openTerminal(g, &c.Terminals[i])
		if err != nil {
			g.Close()
			return nil, err
		}
		g.terminals = append(g.terminals, t)
		if err := authorised.load(context.Background(), t.store); err != nil {
			g.Close()
			return nil, fmt.Errorf("gateway: read the acts of %s: %w", t.id.lt, err)
		}
	}
	if err := copied.load(context.Background(), g.stores()...); err != nil {
		g.Close()
		return nil, fmt.Errorf("gateway: read the changes of the directory: %w", err)
	}
	g.told.Go(g.tell)
	return g, nil
}

func (g *Gateway) stores() []*store {
	all := make([]*store, len(g.terminals))
	for i, t := range g.terminals {
		all[i] = t.store
	}
	return all
}

// Directory is what the gateway knows of the network's directory.
func (g *Gateway) Directory() *DirectoryCopy { return g.directory }

func check(c *Config, d *Deps) error {
	if d.Clock == nil {
		d.Clock = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Step == nil {
		d.Step = func(Step) {}
	}
	if c.Frame == 0 {
		c.Frame = DefaultFrame
	}
	if c.Authorisations == "" {
		c.Authorisations = AuthorisationsShown
	}
	if c.DirectoryCheck == "" {
		c.DirectoryCheck = DirectoryShown
	}
	switch {
	case d.Member == nil || len(c.Addresses) == 0 || c.Store == "":
		return errors.New("Deps.Member, Config.Addresses and Config.Store are needed")
	case len(c.Terminals) == 0 || len(c.Terminals) > maxTerminals:
		return fmt.Errorf("%d terminals: a gateway has 1 to %d", len(c.Terminals), maxTerminals)
	case c.Window != 0 && c.Window < c.Frame:
		return fmt.Errorf("window of %d messages: a frame of %d must fit", c.Window, c.Frame)
	case c.Frame < 1 || c.Frame > corridor.MaxFrameItems:
		return fmt.Errorf("frame of %d messages: 1 to %d", c.Frame, corridor.MaxFrameItems)
	}
	if c.Authorisations != AuthorisationsShown && c.Authorisations != AuthorisationsRequired {
		return fmt.Errorf("authorisations are %q: give %q or %q", c.Authorisations, AuthorisationsShown, AuthorisationsRequired)
	}
	if c.DirectoryCheck != DirectoryShown && c.DirectoryCheck != DirectoryRefuses {
		return fmt.Errorf("the directory's check is %q: give %q or %q", c.DirectoryCheck, DirectoryShown, DirectoryRefuses)
	}
	for i := range c.Terminals {
		if lt := c.Terminals[i].LT; d.Member.Signing[lt] == nil {
			return fmt.Errorf("there is no signing key for %s in the member's keys: ask the authority for one", lt)
		}
	}
	return nil
}

// Run works until the context ends or every terminal has stopped because it needs a person; the error says for what. A
// terminal that stops does not stop the others.
func (g *Gateway) Run(ctx context.Context) error {
	errs := make([]error, len(g.terminals))
	var all sync.WaitGroup
	for i, t := range g.terminals {
		all.Go(func() { errs[i] = t.run(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// Close closes the stores. What Submit has returned is kept.
func (g *Gateway) Close() {
	for _, t := range g.terminals {
		t.store.close()
	}
	if g.events != nil {
		close(g.events)
		g.told.Wait()
	}
}

// Taken is a message that was submitted: its number is given for good and it will be sent.
type Taken struct {
	Number corridor.ISN
	Label  string // name of its answer's files

	Directory string // what the directory says against the receiver; the network judges
}

// Submit takes one message for sending. When it returns without error the message is durable and numbered. A *corridor.Fault
// refuses the message itself.
func (g *Gateway) Submit(ctx context.Context, lt corridor.LT, payload []byte) (Taken, error) {
	t := g.terminal(lt)
	if t == nil {
		return Taken{}, fmt.Errorf("this gateway has no terminal %s", lt)
	}
	return t.submit(ctx, payload)
}

// SubmitAll is Submit for many, kept in one act: all or none.
func (g *Gateway) SubmitAll(ctx context.Context, lt corridor.LT, payloads [][]byte) ([]Taken, error) {
	t := g.terminal(lt)
	if t == nil {
		return nil, fmt.Errorf("this gateway has no terminal %s", lt)
	}
	return t.submitAll(ctx, payloads)
}

func (g *Gateway) terminal(lt corridor.LT) *terminal {
	i := slices.IndexFunc(g.terminals, func(t *terminal) bool { return t.id.lt == lt })
	if i < 0 {
		return nil
	}
	return g.terminals[i]
}

// tell hands events to the listener, one at a time.
func (g *Gateway) tell() {
	for e := range g.events {
		if g.deps.Events != nil {
			g.deps.Events(e)
		}
	}
}

var _ session.Events = (*link)(nil)
