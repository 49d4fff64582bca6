package story

import (
	"time"
)

// people are the network's officers by name.
type people struct{}

// desk is what the officers have before them: orders that were drafted, and who is in the cast.
type desk struct {
	actors []actor
	backup *kept
}

// instants are the times at which an order has something due.
func (d *desk) instants() []time.Time { return nil }
