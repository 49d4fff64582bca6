package gateway

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/session"
)

// converse keeps a session until the context ends or a fault needs a person. Between attempts it waits, longer each time, with
// jitter.
func (t *terminal) converse(ctx context.Context) error {
	pause := retryFirst
	for attempt := 0; ctx.Err() == nil; attempt++ {
		address := t.g.config.Addresses[attempt%len(t.g.config.Addresses)]
		began := time.Now()
		err := t.session(ctx, address)
		if ctx.Err() != nil {
			return nil
		}
		if remedy := needsPerson(err); remedy != nil {
			return remedy
		}
		if time.Since(began) > steadySession {
			pause = retryFirst
		}
		wait := pause/2 + rand.N(pause)
		t.log.Warn("no session", "hub", address, "error", err, "retry_in", wait.Round(time.Millisecond))
		t.emit(Event{Kind: Disconnected, Error: err})
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		pause = min(2*pause, retryLast)
	}
	return nil
}

// needsPerson is the error to stop with where trying again cannot help, or nil.
func needsPerson(err error) error {
	var other errOtherContent
	if errors.As(err, &other) {
		return other
	}
	var f *corridor.Fault
	if !errors.As(err, &f) {
		return nil
	}
	info, known := corridor.LookUpFault(f.Code)
	if f.Retry || known && info.Retry || f.Code == corridor.FaultNoCertificate {
		return nil // a certificate that is refused now may be another hub's, or be accepted once clocks agree
	}
	switch f.Code {
	case corridor.FaultISNAhead, corridor.FaultOSNAhead, corridor.FaultStoreBehind, corridor.FaultNumberReused, corridor.FaultOtherHistory, corridor.FaultFalseProof, corridor.FaultAnswerTooOld:
		return fmt.Errorf("%w. The terminal is stopped and nothing is sent. Do not delete the store; follow \"Restoring a store\" in docs/member-guide.md", f)
	}
	return f
}

// link is one live session of a terminal.
type link struct {
	t      *terminal
	client *session.Client
	ready  chan struct{} // closed when client is set
	failed chan error    // has the first failure of this side
	sent   sentFrames

	mu     sync.Mutex
	rewind *corridor.Fault // a frame was refused: send again from the lowest unanswered number
	acks   []entry.Acknowledgement
	toAck  signal
}

// session is one session from dial to farewell. The error says why it ended.
func (t *terminal) session(ctx context.Context, address string) error {
	at, err := t.store.position(ctx)
	if err != nil {
		return err
	}
	l := &link{t: t, ready: make(chan struct{}), failed: make(chan error, 1), toAck: make(signal, 1), sent: sentFrames{byNumber: map[corridor.ISN]*storedFrame{}}}
	client, err := session.Dial(ctx, t.dialing(address, at, l))
	if err != nil {
		return err
	}
	l.client = client
	close(l.ready)
	defer client.Close()
	w := client.Welcome()
	t.connected.Store(true)
	defer t.connected.Store(false)
	t.log.Info("session opened", "hub", address, "session", int(w.Session), "window", w.Window, "last_accepted", uint64(w.LastAccepted), "last_assigned", uint64(w.LastAssigned))
	t.emit(Event{Kind: Connected, Session: w.Session})
	if err := t.restate(ctx, w.LastAccepted); err != nil {
		return err
	}
	return l.work(ctx)
}

func (t *terminal) dialing(address string, at position, l *link) session.Config {
	c, m := &t.g.config, t.g.deps.Member
	return session.Config{Address: address, ServerName: c.ServerName, Root: m.Root, Transport: m.Transport, Signer: m.Signing[t.id.lt], LT: t.id.lt,
		Window: c.Window, Delivery: true, Takeover: c.Takeover, LastSent: at.lastSent, LastAnswered: at.lastAnswered, LastStored: at.lastStored,
		Checkpoint: at.checkpoint, Software: c.Software, Clock: t.g.deps.Clock, Events: l}
}

// work sends and acknowledges until the session ends; on a stop it says goodbye, so that what is under way is answered.
func (l *link) work(ctx context.Context) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	sent := make(chan error, 1)
	go func() { sent <- l.send(inner) }()
	var acker sync.WaitGroup
	acker.Go(func() { l.acknowledge(ctx) })
	defer acker.Wait()
	defer l.client.Close()
	var err error
	select {
	case <-l.client.Done():
	case err = <-l.failed:
		l.client.Close()
	case err = <-sent:
		if ctx.Err() == nil {
			l.client.Close()
		} else {
			l.leave()
		}
		sent <- nil
	}
	cancel()
	<-sent
	if f := l.client.Fault(); f != nil && err == nil || errors.Is(err, session.ErrEnded) && f != nil {
		return f
	}
	return err
}

func (l *link) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), logoutTimeout)
	defer cancel()
	if err := l.client.Logout(ctx); err != nil {
		l.t.log.Info("session cut", "error", err)
	}
}

// fail ends the session because this side cannot go on.
func (l *link) fail(err error) {
	select {
	case l.failed <- err:
	default:
	}
}

// send is the sender: what waits in the outbox goes out in the order of its numbers, many under one signature when many wait.
func (l *link) send(ctx context.Context) error {
	next, refusals := corridor.ISN(0), 0
	for {
		if f := l.refusal(); f != nil {
			if err := l.settle(ctx, f, refusals); err != nil {
				return err
			}
			next, refusals = 0, refusals+1
		}
		batch, err := l.t.store.openFrames(ctx, next)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			select {
			case <-l.t.toSend:
			case <-ctx.Done():
				return nil
			}
			continue
		}
		if err := l.client.Submit(ctx, l.wire(batch)); err != nil {
			return err
		}
		next = batch[len(batch)-1].end()
		l.t.step(StepSent)
	}
}

// wire writes frames as they are sent and remembers them until they are answered.
func (l *link) wire(batch []*storedFrame) [][]byte {
	frames := make([][]byte, len(batch))
	for i, f := range batch {
		l.sent.add(f)
		w := entry.Frame{Signer: f.signer, Signature: f.signature, Items: f.items}
		frames[i] = w.Append(nil)
		f.items = nil // the payloads are in frames[i]
	}
	return frames
}

func (l *link) refusal() *corridor.Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rewind
}

// settle waits after a refused frame until nothing is under way, so that sending can begin again at the lowest number without
// an answer. A refusal that would only repeat itself is the end.
func (l *link) settle(ctx context.Context, f *corridor.Fault, refusals int) error {
	if f.Code != corridor.FaultGap && !f.Retry {
		return f
	}
	l.t.log.Warn("frame refused; sending again", "code", f.Code, "fault", f.Text)
	pause := 5 * time.Millisecond
	if refusals > 0 {
		pause = min(retryFirst<<min(refusals, 10), retryLast)
	}
	for first := true; first || l.client.Outstanding() > 0; first = false {
		select {
		case <-time.After(pause):
			pause = 5 * time.Millisecond
		case <-l.client.Done():
			return session.ErrEnded
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := l.t.restate(ctx, l.client.Welcome().LastAccepted); err != nil {
		return err
	}
	l.mu.Lock()
	l.rewind = nil
	l.mu.Unlock()
	return nil
}

// acknowledge sends what is durable back to the network, all that is ready under one signature.
func (l *link) acknowledge(ctx context.Context) {
	for {
		select {
		case <-l.toAck:
		case <-l.client.Done():
			return
		}
		l.mu.Lock()
		acks := l.acks
		l.acks = nil
		l.mu.Unlock()
		if len(acks) == 0 {
			continue
		}
		if err := l.client.Acknowledge(context.WithoutCancel(ctx), acks); err != nil {
			return // the session has ended; the network delivers again
		}
		l.t.step(StepAcknowledged)
	}
}
