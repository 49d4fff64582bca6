package story

import (
	"fmt"

	"corridor.example/corridor/entry"
)

// narrate tells of a page that became durable: fences, closing statements, notices.
func (s *stage) narrate(page []fact) {
	closed := map[string]int{}
	var order string
	for _, r := range page {
		switch e := r.entry.(type) {
		case *entry.Fenced:
			s.say("fence at %v: %s", r.at, s.fenceWords(e))
		case *entry.Announced:
			if !e.Done {
				s.say("notice %d to all members: %s, %s", e.Number, e.Order, e.Occasion)
			}
		case *entry.Closing:
			closed[e.Order]++
			order = e.Order
		}
	}
	if n := closed[order]; n > 0 {
		s.say("%d closing statements under %s", n, order)
	}
}

func (s *stage) fenceWords(f *entry.Fenced) string {
	words := fmt.Sprintf("%s is %s", f.Order, f.What)
	if f.BIC != "" {
		words += " for " + string(f.BIC)
	}
	if r := s.heart.Standing().Order(f.Order); r != nil && f.What == entry.InForce {
		words += fmt.Sprintf(", %d institutions", len(r.Order.Subject.Resolved))
	}
	return words
}
