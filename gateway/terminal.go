package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/rma"
)

// terminal is one logical terminal of the gateway: its store, its folders and its session.
type terminal struct {
	g        *Gateway
	id       identity
	config   *TerminalConfig
	store    *store
	outgoing *outFolder // nil where no folder is used
	incoming *inFolder
	log      *slog.Logger

	toSend  signal // something waits in the outbox
	toFile  signal // an answer waits for its files
	toRoute signal // a delivery waits for its hand-over

	connected atomic.Bool
	halted    atomic.Pointer[error] // why it stopped for good
}

// signal wakes one waiting goroutine; many signals before it looks are one.
type signal chan struct{}

func (s signal) raise() {
	select {
	case s <- struct{}{}:
	default:
	}
}

func openTerminal(g *Gateway, c *TerminalConfig) (*terminal, error) {
	t := &terminal{
		g: g, config: c, id: identity{g.deps.Member.Root.Network(), c.LT}, log: g.deps.Log.With("lt", string(c.LT)),
		toSend: make(signal, 1), toFile: make(signal, 1), toRoute: make(signal, 1),
	}
	var err error
	if c.Outgoing != "" {
		if t.outgoing, err = openOutgoing(c.Outgoing); err != nil {
			return nil, err
		}
	}
	if c.Incoming != "" {
		if t.incoming, err = openIncoming(c.Incoming); err != nil {
			return nil, err
		}
	}
	t.store, err = openStore(g.config.Store, t.id, g.deps.Member.Signing[c.LT], g.config.Frame)
	return t, err
}

// run works until the context ends or the terminal needs a person. Folders and hand-over go on while there is no session.
func (t *terminal) run(ctx context.Context) error {
	inner, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	if t.outgoing != nil {
		all.Go(func() { t.repeat(inner, "outgoing folder", nil, t.pickUp) })
		all.Go(func() { t.repeat(inner, "answers", t.toFile, t.fileAnswers) })
	}
	if t.incoming != nil {
		all.Go(func() { t.repeat(inner, "incoming folder", t.toRoute, t.route) })
	}
	err := t.converse(ctx)
	cancel()
	all.Wait()
	t.finish()
	if err == nil || ctx.Err() != nil {
		return nil
	}
	t.halted.Store(&err)
	t.log.Error("terminal stopped", "error", err)
	t.emit(Event{Kind: Stopped, Error: err})
	return fmt.Errorf("%s: %w", t.id.lt, err)
}

// finish files and hands over what came until the session's end, once; what is left is done at the next start.
func (t *terminal) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), finishTimeout)
	defer cancel()
	if t.outgoing != nil {
		for more, err := true, error(nil); more && err == nil; more, err = t.fileAnswers(ctx) {
		}
	}
	if t.incoming != nil {
		for more, err := true, error(nil); more && err == nil; more, err = t.route(ctx) {
		}
	}
}

// repeat calls a step now, whenever woken and after each pause. The step says whether there may be more to do at once. An error
// is logged once and the step tried again: a full disk or a lost folder heals.
func (t *terminal) repeat(ctx context.Context, what string, wake signal, step func(context.Context) (more bool, err error)) {
	failing := false
	for ctx.Err() == nil {
		more, err := step(ctx)
		pause := scanPause
		switch {
		case err != nil && ctx.Err() == nil:
			if !failing {
				t.log.Error("step failed; it is tried again until it works", "step", what, "error", err)
			}
			failing, pause = true, storePause
		case failing && err == nil:
			failing = false
			t.log.Info("step works again", "step", what)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-wake:
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

func (t *terminal) emit(e Event) {
	e.LT, e.At = t.id.lt, t.g.deps.Clock()
	t.g.events <- e
}

func (t *terminal) step(s Step) { t.g.deps.Step(s) }

// submit is steps 1 and 3 of a message's way for one message: read, check, number, keep.
func (t *terminal) submit(ctx context.Context, payload []byte) (Taken, error) {
	all, err := t.submitAll(ctx, [][]byte{payload})
	if err != nil {
		return Taken{}, err
	}
	return all[0], nil
}

func (t *terminal) submitAll(ctx context.Context, payloads [][]byte) ([]Taken, error) {
	messages := make([]outgoing, len(payloads))
	for i, p := range payloads {
		messages[i].payload = p
		if fault := t.compose(&messages[i]); fault != nil {
			return nil, fault
		}
	}
	if err := t.keep(ctx, messages); err != nil {
		return nil, err
	}
	out := make([]Taken, len(messages))
	for i := range messages {
		out[i] = Taken{messages[i].submission.Number, messages[i].label, messages[i].against}
	}
	return out, nil
}

// keep makes messages durable with their numbers and wakes the sender.
func (t *terminal) keep(ctx context.Context, messages []outgoing) error {
	wished := make([]string, len(messages))
	for i := range messages {
		wished[i] = messages[i].label
	}
	err := t.store.do(ctx, func(tx *tx) error {
		for i := range messages {
			messages[i].label = wished[i]
			if err := tx.add(t.store, &messages[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	t.step(StepKept)
	t.toSend.raise()
	t.g.counts.submitted.Add(uint64(len(messages)))
	for i := range messages {
		s := &messages[i].submission
		t.emit(Event{Kind: Submitted, Number: s.Number, Type: s.Type, Peer: s.Receiver, Reference: s.Reference, UETR: s.UETR, File: messages[i].label, Directory: messages[i].against})
	}
	return nil
}

// Status is what a gateway tells of one terminal.
type Status struct {
	LT         corridor.LT  `json:"lt"`
	Connected  bool         `json:"connected"`
	Stopped    string       `json:"stopped,omitempty"`
	LastSent   corridor.ISN `json:"last_sent"`
	LastStored corridor.OSN `json:"last_stored"`
	Waiting    int          `json:"waiting"`  // without an answer
	Unrouted   int          `json:"unrouted"` // received and not handed over

	Authorisations *rma.Counts `json:"authorisations,omitempty"` // of its institution, where there are any

	Directory *DirectoryStatus `json:"directory,omitempty"` // the gateway's copy, the same for all its terminals; absent where it has none
}

// Status tells how each terminal stands.
func (g *Gateway) Status(ctx context.Context) ([]Status, error) {
	all := make([]Status, len(g.terminals))
	copied := g.directory.Status()
	var errs []error
	for i, t := range g.terminals {
		s := &all[i]
		s.LT, s.Connected = t.id.lt, t.connected.Load()
		s.Authorisations = g.authorised.count(t.id.lt.BIC8(), g.deps.Clock())
		if copied.Date != "" || copied.Version > 0 || copied.Missing != "" {
			s.Directory = &copied
		}
		if why := t.halted.Load(); why != nil {
			s.Stopped = (*why).Error()
		}
		errs = append(errs, t.store.read.QueryRowContext(ctx, `SELECT last_number, last_stored, (SELECT count(*) FROM outbox WHERE state = 0), (SELECT count(*) FROM inbox WHERE state < 2) FROM identity`).
			Scan(&s.LastSent, &s.LastStored, &s.Waiting, &s.Unrouted))
	}
	return all, errors.Join(errs...)
}
