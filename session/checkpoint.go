package session

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/session/sessionpb"
)

// notes keeps the newest checkpoint and has each newer one proven to continue it, so that the network cannot show this member
// another history than before.
type notes struct {
	client *Client
	last   evidence.Checkpoint // the newest proven

	mu      sync.Mutex
	pending []byte // the newest that came and is not proven
	wake    chan struct{}
}

// newNotes begins with the member's own newest checkpoint and the one that came with the Welcome.
func newNotes(c *Client, own, first []byte) (*notes, error) {
	n := &notes{client: c, wake: make(chan struct{}, 1)}
	if len(own) > 0 {
		var err error
		if n.last, err = evidence.ReadCheckpoint(own); err != nil {
			return nil, fmt.Errorf("session: the store's own checkpoint: %w", err)
		}
	}
	if len(first) > 0 {
		n.offer(first)
	}
	return n, nil
}

// offer leaves a checkpoint to be proven; one that waits already is overtaken.
func (n *notes) offer(note []byte) {
	n.mu.Lock()
	n.pending = bytes.Clone(note)
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// follow proves what is offered until the session ends. A network that cannot prove its checkpoint loses the session.
func (n *notes) follow(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.wake:
		}
		n.mu.Lock()
		note := n.pending
		n.mu.Unlock()
		if fault := n.prove(ctx, note); fault != nil {
			n.client.finish(fault)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(checkpointPause):
		}
	}
}

// prove asks for the proof that the newer checkpoint continues the last; a proof that does not come now is asked for with
// the next checkpoint.
func (n *notes) prove(ctx context.Context, note []byte) *corridor.Fault {
	newer, err := evidence.OpenCheckpoint(note, n.client.welcome.Hub)
	if err != nil {
		return corridor.NetworkFault(corridor.FaultFalseProof, err)
	}
	if newer.Size < n.last.Size {
		return corridor.NetworkFault(corridor.FaultOtherHistory, "the network shows", newer.Size, "pages, this member has seen", n.last.Size)
	}
	if n.last.Size > 0 {
		proof, err := n.ask(ctx, n.last.Size, newer.Size)
		if err != nil {
			return nil
		}
		if err := evidence.CheckConsistency(n.last, newer, proof); err != nil {
			return corridor.NetworkFault(corridor.FaultOtherHistory, err)
		}
	}
	if newer.Size > n.last.Size {
		n.last = newer
		n.client.tell(func(e Events) { e.OnCheckpoint(note) })
	}
	return nil
}

func (n *notes) ask(ctx context.Context, old, size uint64) ([]corridor.Digest, error) {
	if old == size {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, corridor.LoginTimeout)
	defer cancel()
	r, err := n.client.rpc.Consistency(ctx, &sessionpb.ConsistencyRequest{OldSize: old, NewSize: size})
	if err != nil {
		return nil, err
	}
	proof := make([]corridor.Digest, len(r.Proof))
	for i, b := range r.Proof {
		if len(b) != len(proof[i]) {
			return nil, evidence.ErrProof
		}
		copy(proof[i][:], b)
	}
	return proof, nil
}
