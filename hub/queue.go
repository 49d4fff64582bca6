package hub

import (
	"slices"

	"corridor.example/corridor"
)

// waiting is a message that has no output number yet: 64 bytes, so that a million of them for an absent receiver
// stay small. Its body is in the journal.
type waiting struct {
	at      corridor.Position
	leaf    corridor.Digest // of the sender's statement: what the receiver's acknowledgement must name
	from    *terminal       // nil for the network's own
	tries   uint8           // how often the receiver has refused it
	delayed bool            // it was held, and released: only a prohibition stops it at the door
}

// fifo is a queue in chunks: it grows and shrinks without moving what it holds. An item that an order takes out of the middle
// is marked gone and skipped.
type fifo struct {
	chunks [][]waiting
	head   int // first item of chunks[0]
	size   int
	gone   map[corridor.Position]bool
}

const fifoChunk = 1024

func (q *fifo) push(w waiting) {
	if n := len(q.chunks); n == 0 || len(q.chunks[n-1]) == fifoChunk {
		q.chunks = append(q.chunks, make([]waiting, 0, q.nextChunk()))
	}
	last := &q.chunks[len(q.chunks)-1]
	*last = append(*last, w)
	q.size++
}

// nextChunk keeps short queues small: most receivers have nothing waiting.
func (q *fifo) nextChunk() int {
	if len(q.chunks) == 0 {
		return 16
	}
	return fifoChunk
}

func (q *fifo) peek() (waiting, bool) {
	if q.size == 0 {
		return waiting{}, false
	}
	for len(q.gone) > 0 && q.gone[q.chunks[0][q.head].at] {
		delete(q.gone, q.chunks[0][q.head].at)
		q.step()
	}
	return q.chunks[0][q.head], true
}

func (q *fifo) pop() (waiting, bool) {
	w, ok := q.peek()
	if !ok {
		return w, false
	}
	q.size--
	q.step()
	return w, true
}

// step leaves the first item behind.
func (q *fifo) step() {
	q.head++
	if q.head == len(q.chunks[0]) && (len(q.chunks[0]) == fifoChunk || q.size == 0 || len(q.chunks) > 1) {
		q.chunks[0] = nil
		q.chunks = q.chunks[1:]
		q.head = 0
	}
	if q.size == 0 { // what is left was taken out
		q.chunks, q.head, q.gone = nil, 0, nil
	}
}

// take takes an item out of the queue wherever it stands.
func (q *fifo) take(at corridor.Position) (w waiting, ok bool) {
	if w, ok = q.peek(); ok && w.at == at {
		return q.pop()
	}
	w, ok = q.find(at)
	if !ok || q.gone[at] {
		return waiting{}, false
	}
	if q.gone == nil {
		q.gone = map[corridor.Position]bool{}
	}
	q.gone[at] = true
	q.size--
	if q.size == 0 {
		q.chunks, q.head, q.gone = nil, 0, nil
	}
	return w, true
}

// find looks an item up. Items stand in the order of their places but for those that were released late, so the chunks are
// searched by halves first, and one by one only if that misses.
func (q *fifo) find(at corridor.Position) (waiting, bool) {
	for i, c := range q.chunks {
		if i == 0 {
			c = c[q.head:]
		}
		if len(c) == 0 || at.Compare(c[0].at) < 0 || at.Compare(c[len(c)-1].at) > 0 {
			continue
		}
		if j, ok := slices.BinarySearchFunc(c, at, func(w waiting, at corridor.Position) int { return w.at.Compare(at) }); ok {
			return c[j], true
		}
	}
	for i, c := range q.chunks {
		if i == 0 {
			c = c[q.head:]
		}
		for _, w := range c {
			if w.at == at {
				return w, true
			}
		}
	}
	return waiting{}, false
}

// each calls f for every item in order.
func (q *fifo) each(f func(waiting)) {
	for i, c := range q.chunks {
		if i == 0 {
			c = c[q.head:]
		}
		for _, w := range c {
			if len(q.gone) == 0 || !q.gone[w.at] {
				f(w)
			}
		}
	}
}

// queues are what waits for one destination: system before urgent before normal.
type queues [3]fifo

func class(p corridor.Priority) int {
	switch p {
	case corridor.System:
		return 0
	case corridor.Urgent:
		return 1
	default:
		return 2
	}
}

func (q *queues) push(p corridor.Priority, w waiting) { q[class(p)].push(w) }

func (q *queues) size() int { return q[0].size + q[1].size + q[2].size }

// next yields up to n positions in the order of delivery, without removing them.
func (q *queues) next(n int, f func(waiting)) {
	for i := range q {
		if n <= 0 {
			return
		}
		n -= q[i].first(n, f)
	}
}

func (q *fifo) first(n int, f func(waiting)) int {
	done := 0
	for i, c := range q.chunks {
		if i == 0 {
			c = c[q.head:]
		}
		for _, w := range c {
			if done == n {
				return done
			}
			if len(q.gone) > 0 && q.gone[w.at] {
				continue
			}
			f(w)
			done++
		}
	}
	return done
}
