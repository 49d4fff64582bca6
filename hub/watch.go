package hub

import (
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// watch is a message whose sender wants to hear of its delivery.
type watch struct {
	at         corridor.Position
	mir        corridor.MIR
	accepted   int64 // Unix nanoseconds
	deadline   int64
	sender     corridor.LT
	receiver   corridor.LT
	reference  corridor.Reference
	priority   corridor.Priority
	monitoring corridor.Monitoring
	warned     bool
}

// watches are the open ones, and the order in which they become late. One period for each priority makes each
// order that of acceptance.
type watches struct {
	open  map[corridor.Position]*watch
	order [2][]*watch // urgent (and system), normal; closed watches are dropped when they come first
}

func newWatch(at corridor.Position, now int64, t *terminal, session corridor.SessionNumber, sub *entry.Submission) *watch {
	period := corridor.ObsolescenceNormal
	if sub.Priority != corridor.Normal {
		period = corridor.ObsolescenceUrgent
	}
	return &watch{
		at: at, accepted: now, deadline: now + int64(period),
		mir:    corridor.MakeMIR(time.Unix(0, now), t.lt, session, sub.Number),
		sender: t.lt, receiver: corridor.LT(strings.Clone(string(sub.Receiver))), reference: corridor.Reference(strings.Clone(string(sub.Reference))), priority: sub.Priority, monitoring: sub.Monitoring,
	}
}

func (ws *watches) add(w *watch) {
	ws.open[w.at] = w
	if w.monitoring.WantsWarning() {
		ws.order[w.lane()] = append(ws.order[w.lane()], w)
	}
}

func (w *watch) lane() int {
	if w.priority == corridor.Normal {
		return 1
	}
	return 0
}

// delivered closes the watch and returns it if the sender wants a notification.
func (ws *watches) delivered(at corridor.Position) *watch {
	w := ws.open[at]
	if w == nil {
		return nil
	}
	if !w.monitoring.WantsNotification() {
		delete(ws.open, at)
		return nil
	}
	return w
}

// drop closes a watch of which its sender hears nothing.
func (ws *watches) drop(at corridor.Position) {
	if w := ws.open[at]; w != nil {
		delete(ws.open, at)
		ws.trim(w.lane())
	}
}

// heard notes that the network told the sender.
func (ws *watches) heard(at corridor.Position, r entry.Reason) {
	w := ws.open[at]
	if w == nil {
		return
	}
	if r == entry.NotDelivered {
		w.warned = true
		ws.trim(w.lane())
		return
	}
	delete(ws.open, at)
	ws.trim(w.lane())
}

// late returns a watch whose period has passed at time now and whose sender was not yet warned, or nil.
func (ws *watches) late(now int64) *watch {
	for lane := range ws.order {
		ws.trim(lane)
		if o := ws.order[lane]; len(o) > 0 && o[0].deadline <= now {
			return o[0]
		}
	}
	return nil
}

// trim drops the beginning of an order that needs no warning any more.
func (ws *watches) trim(lane int) {
	o := ws.order[lane]
	for len(o) > 0 && (o[0].warned || ws.open[o[0].at] != o[0]) {
		o = o[1:]
	}
	ws.order[lane] = o
}
