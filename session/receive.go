package session

import (
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"corridor.example/corridor"
	"corridor.example/corridor/session/sessionpb"
)

// receive reads, verifies and tells until the session ends.
func (c *Client) receive() {
	for {
		f, err := c.stream.Recv()
		c.heard.Store(time.Now().UnixNano())
		if err != nil {
			c.finish(c.lineFault(err))
			return
		}
		if err := c.take(f); err != nil {
			c.finish(asFault(err))
			return
		}
		if isFarewell(f) {
			c.finish(FaultFromWire(f.GetFarewell().Fault))
			return
		}
	}
}

// take verifies one frame and hands it over. An error is the network's fault, and the end.
func (c *Client) take(f *sessionpb.FromNetwork) error {
	if len(f.Checkpoint) > 0 {
		c.notes.offer(f.Checkpoint)
	}
	switch f := f.Frame.(type) {
	case *sessionpb.FromNetwork_Answers:
		answers, err := c.verify.answers(f.Answers, c.waiting)
		if err != nil {
			return err
		}
		c.tell(func(e Events) { e.OnAnswers(answers) })
	case *sessionpb.FromNetwork_Deliveries:
		deliveries, err := c.verify.deliveries(f.Deliveries)
		if err != nil {
			return err
		}
		c.tell(func(e Events) { e.OnDeliveries(deliveries) })
	case *sessionpb.FromNetwork_FrameRefused:
		return c.refused(f.FrameRefused)
	case *sessionpb.FromNetwork_Welcome:
		return errors.New("a second welcome")
	}
	return nil
}

// refused takes a frame's refusal. One of which no number could be read, or of acknowledgements, cannot be told apart from
// others that are on their way, so it ends the session.
func (c *Client) refused(r *sessionpb.FrameRefused) error {
	first, fault := corridor.ISN(r.First), FaultFromWire(r.Fault)
	if fault == nil || first > 0 && c.waiting.refused(first) == 0 {
		return errors.New("a refusal of a frame that is not outstanding")
	}
	c.tell(func(e Events) { e.OnFrameRefused(fault, first, corridor.ISN(r.Expected)) })
	if first == 0 {
		return fault
	}
	return nil
}

func (c *Client) tell(what func(Events)) {
	c.telling.Lock()
	defer c.telling.Unlock()
	if c.over {
		return
	}
	what(c.config.Events)
	c.heard.Store(time.Now().UnixNano()) // while the member worked nobody read; that is not the network's silence
}

// finish ends the session once; the first fault counts.
func (c *Client) finish(fault *corridor.Fault) {
	c.finished.Do(func() {
		c.cancel()
		c.conn.Close()
		c.fault = fault
		c.tell(func(e Events) {
			c.over = true
			e.OnFarewell(fault)
		})
		close(c.done)
	})
}

// asFault makes what was found wrong with the network a fault.
func asFault(err error) *corridor.Fault {
	var f *corridor.Fault
	if errors.As(err, &f) {
		return f
	}
	return corridor.NetworkFault(corridor.FaultFalseProof, err)
}

// lineFault says what the end of the stream without a farewell means.
func (c *Client) lineFault(err error) *corridor.Fault {
	text := status.Convert(err).Message()
	switch {
	case errors.Is(err, io.EOF):
		text = "the network closed its side"
	case c.live.Err() != nil:
		text = "closed by this side"
	case status.Code(err) == codes.ResourceExhausted:
		return corridor.NetworkFault(corridor.FaultFrameTooLarge, text)
	}
	return corridor.NetworkFault(corridor.FaultLineLost, text)
}

// keepAlive sends a Ping in each interval and ends a session in which nothing came for too long.
func (c *Client) keepAlive() {
	beat := time.NewTicker(c.welcome.KeepAlive)
	defer beat.Stop()
	for nonce := uint64(1); ; nonce++ {
		select {
		case <-c.done:
			return
		case <-beat.C:
		}
		if silent := c.silence(); silent > silentIntervals*c.welcome.KeepAlive {
			c.finish(corridor.NetworkFault(corridor.FaultSilent, silent.Round(time.Millisecond)))
			return
		}
		c.out.put(func(o *outbox) { o.ping = nonce })
	}
}

// silence is how long nothing has come, but for the time in which this side does not read because it works.
func (c *Client) silence() time.Duration {
	if !c.telling.TryLock() {
		return 0
	}
	defer c.telling.Unlock()
	return time.Since(time.Unix(0, c.heard.Load()))
}
