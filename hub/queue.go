package hub

import (
	"corridor.example/corridor"
)

// waiting is a message that has no output number yet: 56 bytes, so that a million of them for an absent receiver
// stay small. Its body is in the journal.
type waiting struct {
	at    corridor.Position
	leaf  corridor.Digest // of the sender's statement: what the receiver's acknowledgement must name
	tries uint8           // how often the receiver has refused it
}

// fifo is a queue in chunks: it grows and shrinks without moving what it holds.
type fifo struct {
	chunks [][]waiting
	head   int // first item of chunks[0]
	size   int
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
	return q.chunks[0][q.head], true
}

func (q *fifo) pop() (waiting, bool) {
	w, ok := q.peek()
	if !ok {
		return w, false
	}
	q.head++
	q.size--
	if q.head == len(q.chunks[0]) && (len(q.chunks[0]) == fifoChunk || q.size == 0 || len(q.chunks) > 1) {
		q.chunks[0] = nil
		q.chunks = q.chunks[1:]
		q.head = 0
	}
	return w, true
}

// each calls f for every item in order.
func (q *fifo) each(f func(waiting)) {
	for i, c := range q.chunks {
		if i == 0 {
			c = c[q.head:]
		}
		for _, w := range c {
			f(w)
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
			f(w)
			done++
		}
	}
	return done
}
