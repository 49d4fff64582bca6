package session

import (
	"sync"

	"corridor.example/corridor"
	"corridor.example/corridor/session/sessionpb"
)

// outbox is what a client has to send and its one sending goroutine has not taken yet. What comes while that is busy goes out
// together: that is cheaper for both ends and delays nothing. Its size is bounded by the windows.
type outbox struct {
	mu      sync.Mutex
	submits [][]byte
	acks    [][]byte
	ping    uint64 // nonce; 0 for none
	logout  bool
	wake    chan struct{} // has a token when there is something
}

// put changes the outbox and wakes the sender.
func (o *outbox) put(change func(*outbox)) {
	o.mu.Lock()
	change(o)
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// next takes one frame to send, or nil. A Logout is the last.
func (o *outbox) next() *sessionpb.FromMember {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case len(o.submits) > 0:
		return &sessionpb.FromMember{Frame: &sessionpb.FromMember_Submit{Submit: &sessionpb.Submit{Frames: takeFrames(&o.submits)}}}
	case len(o.acks) > 0:
		return &sessionpb.FromMember{Frame: &sessionpb.FromMember_Acknowledge{Acknowledge: &sessionpb.Acknowledge{Frames: takeFrames(&o.acks)}}}
	case o.ping > 0:
		nonce := o.ping
		o.ping = 0
		return &sessionpb.FromMember{Frame: &sessionpb.FromMember_Ping{Ping: &sessionpb.Ping{Nonce: nonce}}}
	case o.logout:
		o.logout = false
		return &sessionpb.FromMember{Frame: &sessionpb.FromMember_Logout{Logout: &sessionpb.Logout{}}}
	}
	return nil
}

// takeFrames takes as many as one Submit may carry.
func takeFrames(from *[][]byte) [][]byte {
	n, size := 0, 0
	for n < len(*from) && n < maxFrames && (n == 0 || size+len((*from)[n]) <= corridor.MaxSubmit) {
		size += len((*from)[n])
		n++
	}
	frames := (*from)[:n:n]
	if *from = (*from)[n:]; len(*from) == 0 {
		*from = nil
	}
	return frames
}

// sendAll sends what is in the outbox until the session ends. An error is the reader's to explain.
func (c *Client) sendAll() {
	for {
		select {
		case <-c.out.wake:
		case <-c.live.Done():
			return
		}
		for f := c.out.next(); f != nil; f = c.out.next() {
			if err := c.stream.Send(f); err != nil {
				return
			}
		}
	}
}
