package session

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// sent is a statement that waits for its answer, and the frame that it went in.
type sent struct {
	number    corridor.ISN
	statement []byte
	frame     *sentFrame
}

// sentFrame is a frame as it was sent; receipts are made of it.
type sentFrame struct {
	entry.Frame
	first corridor.ISN
}

// outstanding is what a member has sent and has no answer for: at most a window of numbers that lie close together.
type outstanding struct {
	mu     sync.Mutex
	slots  []sent // by number, modulo its size; number 0 is free
	count  int
	window int
	freed  chan struct{} // has a token when room was made
}

// spread is how many times the window the numbers may lie apart: some were refused in the middle and come again.
const spread = 4

func newOutstanding(window int) *outstanding {
	return &outstanding{slots: make([]sent, spread*window), window: window, freed: make(chan struct{}, 1)}
}

func (o *outstanding) slot(n corridor.ISN) *sent { return &o.slots[n%corridor.ISN(len(o.slots))] }

// add waits until the frame's statements fit into the window and keeps them.
func (o *outstanding) add(ctx context.Context, done <-chan struct{}, items []sent) error {
	if len(items) > o.window {
		return fmt.Errorf("a frame of %d messages does not fit the network's window of %d: send fewer in a frame", len(items), o.window)
	}
	for {
		ok, err := o.tryAdd(items)
		if ok || err != nil {
			return err
		}
		select {
		case <-o.freed:
		case <-ctx.Done():
			return ctx.Err()
		case <-done:
			return ErrEnded
		}
	}
}

func (o *outstanding) tryAdd(items []sent) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count+len(items) > o.window {
		return false, nil
	}
	for i := range items {
		if s := o.slot(items[i].number); s.number != 0 {
			return false, fmt.Errorf("number %d was sent before and is not answered, or is too far from %d, which is not", items[i].number, s.number)
		}
	}
	for i := range items {
		*o.slot(items[i].number) = items[i]
	}
	o.count += len(items)
	return true, nil
}

// answered takes the statements of answers out; each must be the one that was sent.
func (o *outstanding) answered(answers []Answer) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range answers {
		a := &answers[i]
		s := o.slot(a.Number)
		if s.number != a.Number {
			return fmt.Errorf("an answer for number %d, which is not outstanding", a.Number)
		}
		if !bytes.Equal(s.statement, a.Statement) {
			return fmt.Errorf("an answer for number %d with another statement than was sent", a.Number)
		}
		a.frame = s.frame
		*s = sent{}
	}
	o.count -= len(answers)
	o.wake()
	return nil
}

// refused takes a whole frame out and returns how many statements it had.
func (o *outstanding) refused(first corridor.ISN) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for s := o.slot(first); s.number != 0 && s.frame.first == first; s = o.slot(first + corridor.ISN(n)) {
		*s = sent{}
		n++
	}
	o.count -= n
	o.wake()
	return n
}

func (o *outstanding) wake() {
	select {
	case o.freed <- struct{}{}:
	default:
	}
}

// len is the number of messages that wait for an answer.
func (o *outstanding) len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count
}

// itemsOf reads the numbers of a frame's statements, which must run without gaps.
func itemsOf(frame []byte) ([]sent, error) {
	f, err := entry.DecodeFrame(frame)
	if err != nil {
		return nil, err
	}
	whole := &sentFrame{Frame: f}
	items := make([]sent, len(f.Items))
	for i := range items {
		n, ok := numberOf(f.Items[i].Statement)
		if i == 0 {
			whole.first = n
		}
		if !ok || n != whole.first+corridor.ISN(i) {
			return nil, fmt.Errorf("frame: the numbers of its messages must be running, from 1")
		}
		items[i] = sent{n, f.Items[i].Statement, whole}
	}
	return items, nil
}

// numberOf reads only the number of a submission's statement.
func numberOf(statement []byte) (corridor.ISN, bool) {
	for len(statement) > 0 {
		field, kind, l := protowire.ConsumeTag(statement)
		if l < 0 {
			return 0, false
		}
		if field == 4 && kind == protowire.VarintType {
			n, m := protowire.ConsumeVarint(statement[l:])
			return corridor.ISN(n), m > 0 && n > 0
		}
		m := protowire.ConsumeFieldValue(field, kind, statement[l:])
		if m < 0 {
			return 0, false
		}
		statement = statement[l+m:]
	}
	return 0, false
}
