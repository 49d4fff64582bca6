package hub

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/session"
	"corridor.example/corridor/session/sessionpb"
	"golang.org/x/sync/semaphore"
)

// conn is one session at the hub: what comes in goes through the parallel check to the heart, what the heart
// releases is made into frames by the conn's own goroutine, so that a receiver that stalls delays nobody else.
type conn struct {
	hub        *Hub
	ref        SessionRef
	line       line
	unanswered atomic.Int64 // messages that came and have no answer on its way yet
	out        chan *sessionpb.FromNetwork
	gone       chan struct{} // closed when nobody reads out any more
	leave      sync.Once

	mu      sync.Mutex
	pending []Outcome
	wake    chan struct{} // holds one token when pending is not empty

	known map[corridor.Digest]bool // signers whose certificates this session has had
	note  *[]byte                  // newest checkpoint sent
}

func newConn(h *Hub, ref SessionRef) *conn {
	c := &conn{
		hub: h, ref: ref, out: make(chan *sessionpb.FromNetwork, outgoingFrames), gone: make(chan struct{}),
		wake: make(chan struct{}, 1), known: map[corridor.Digest]bool{},
	}
	c.line = line{ref: ref, room: semaphore.NewWeighted(maxUndecided), toHub: func(jobs []*job) { h.give(event{jobs: jobs}) }}
	go c.send()
	return c
}

// Submit takes frames of messages.
func (c *conn) Submit(ctx context.Context, frames [][]byte) *corridor.Fault {
	return c.take(ctx, frames, false)
}

// Acknowledge takes frames of acknowledgements.
func (c *conn) Acknowledge(ctx context.Context, frames [][]byte) *corridor.Fault {
	return c.take(ctx, frames, true)
}

func (c *conn) take(ctx context.Context, frames [][]byte, ack bool) *corridor.Fault {
	for _, raw := range frames {
		count := 0
		if !ack {
			count = max(1, entry.CountItems(raw)) // a frame in which none can be counted is answered too
		}
		if n := c.unanswered.Add(int64(count)); n > corridor.MaxWindow {
			return c.overrun(n)
		}
		if c.line.room.Acquire(ctx, int64(len(raw))) != nil {
			return corridor.NetworkFault(corridor.FaultLineLost)
		}
		j := &job{line: &c.line, raw: raw, ack: ack}
		j.frame.Count = count
		c.line.push(j)
		select {
		case c.hub.checker.jobs <- j:
		case <-ctx.Done():
			return corridor.NetworkFault(corridor.FaultLineLost)
		case <-c.hub.stopped:
			return corridor.NetworkFault(corridor.FaultShutdown)
		}
	}
	return nil
}

// overrun ends the session of a member that does not keep to the window.
func (c *conn) overrun(n int64) *corridor.Fault {
	f := corridor.NetworkFault(corridor.FaultWindow, n, "are unanswered, the window is", corridor.MaxWindow)
	c.hub.later(func(now int64) { c.hub.heart.End(now, c.ref, f) })
	return f
}

// Outgoing is what the member is sent.
func (c *conn) Outgoing() <-chan *sessionpb.FromNetwork { return c.out }

// Logout ends the session after everything that came before it.
func (c *conn) Logout() { c.finish("logout") }

// Lost ends the session of a member that is gone.
func (c *conn) Lost(reason string) {
	c.finish(reason)
	c.leave.Do(func() { close(c.gone) })
}

// finish goes through the check's order, so that the frames before it are decided first.
func (c *conn) finish(reason string) {
	j := &job{line: &c.line, done: true, closes: reason}
	c.line.push(j)
	c.line.checked(j)
}

// tell queues an outcome for the member. What can be queued is bounded by the two windows: a member that sends more than
// can be answered is ended, and refused acknowledgements count as unanswered from here on.
func (c *conn) tell(o *Outcome) {
	if o.Kind == FrameRefused && o.Count == 0 {
		c.unanswered.Add(1)
	}
	c.mu.Lock()
	c.pending = append(c.pending, *o)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// send makes frames of what is pending until a Farewell has gone out or nobody reads any more.
func (c *conn) send() {
	defer close(c.out)
	for {
		select {
		case <-c.wake:
		case <-c.gone:
			return
		}
		c.mu.Lock()
		all := c.pending
		c.pending = nil
		c.mu.Unlock()
		for i := range all {
			if !c.sendOne(&all[i]) {
				return
			}
		}
	}
}

// sendOne reports whether the session goes on.
func (c *conn) sendOne(o *Outcome) bool {
	var f *sessionpb.FromNetwork
	switch o.Kind {
	case Farewell:
		c.put(session.Farewell(o.Fault))
		return false
	case FrameRefused:
		c.unanswered.Add(-int64(max(1, o.Count)))
		f = &sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_FrameRefused{FrameRefused: &sessionpb.FrameRefused{Fault: session.FaultToWire(o.Fault), First: uint64(o.First), Expected: uint64(o.Expected)}}}
		return c.put(f)
	}
	if o.Kind == Answers {
		c.unanswered.Add(-int64(len(o.Messages)))
	}
	err := c.frames(o)
	if err == nil {
		return true
	}
	if errors.Is(err, errGone) {
		return false
	}
	c.hub.config.Log.Error("cannot read what a member is to be told; its session ends", "lt", c.ref.LT, "session", c.ref.Session, "error", err)
	fault := corridor.NetworkFault(corridor.FaultJournal, err)
	if errors.Is(err, errPruned) {
		fault = corridor.NetworkFault(corridor.FaultAnswerTooOld, err)
	}
	c.hub.later(func(now int64) { c.hub.heart.End(now, c.ref, fault) })
	return true
}

var errGone = errors.New("nobody reads any more")

// frames makes the wire frames of answers or deliveries, one a page.
func (c *conn) frames(o *Outcome) error {
	return groups(o.Messages, func(number uint64, run []Numbered) error {
		p, err := c.hub.pages.get(context.Background(), number)
		if err != nil {
			return err
		}
		if o.Kind == Answers {
			f, err := answersFrame(p, run)
			if err != nil {
				return err
			}
			f.GetAnswers().Page.HubCertificate = c.hub.leaderCertificate(p.Header.Term)
			return c.putOrGone(f)
		}
		return cut(p, run, func(run []Numbered) error {
			f, err := deliveriesFrame(p, run, o.Repeat, c.certificate)
			if err != nil {
				return err
			}
			f.GetDeliveries().Page.HubCertificate = c.hub.leaderCertificate(p.Header.Term)
			return c.putOrGone(f)
		})
	})
}

func (c *conn) putOrGone(f *sessionpb.FromNetwork) error {
	if !c.put(f) {
		return errGone
	}
	return nil
}

// put gives a frame to the wire, with the newest checkpoint if the member has not had it.
func (c *conn) put(f *sessionpb.FromNetwork) bool {
	if n := c.hub.note.Load(); n != nil && n != c.note {
		c.note, f.Checkpoint = n, *n
	}
	select {
	case c.out <- f:
		return true
	case <-c.gone:
		return false
	}
}

// certificate is what the receiver needs of a signer: nothing the second time.
func (c *conn) certificate(id corridor.Digest) []byte {
	if c.known[id] {
		return nil
	}
	k, ok := c.hub.checker.keys.get(id)
	if !ok {
		return nil
	}
	c.known[id] = true
	return k.der
}
