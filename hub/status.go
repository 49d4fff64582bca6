package hub

import (
	"context"
	"sync/atomic"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/notice"
	"corridor.example/corridor/standing"
)

// counts are what the hub has done since it started.
type counts struct {
	pages, entries, bytes, failures       atomic.Int64
	waiting, accepted, refused, delivered atomic.Int64 // the heart's, as of the newest page
	held, off, alarms, untaken            atomic.Int64 // the same
	appending                             atomic.Int64 // nanoseconds spent making pages durable
}

func (c *counts) page(p *journal.Page) {
	c.pages.Add(1)
	c.entries.Add(int64(p.Header.Entries))
	c.bytes.Add(int64(len(p.Entries) + len(p.Bodies) + len(p.Stored)))
}

// Status is a picture of the hub for its operator.
type Status struct {
	Network   corridor.Network `json:"network"`
	State     string           `json:"state"` // starting, leading, stopped
	Term      uint64           `json:"term"`
	Page      uint64           `json:"pages"` // pages in the journal
	PageTime  time.Time        `json:"page_time"`
	Accepted  uint64           `json:"accepted"`  // over the network's life
	Refused   uint64           `json:"refused"`   //
	Delivered uint64           `json:"delivered"` //
	Waiting   int              `json:"waiting"`   // accepted, not yet delivered or aborted
	Bytes     int64            `json:"bytes_written"`
	Failures  int64            `json:"journal_failures"` // since this start
	Held      int              `json:"held"`             // messages that wait under an order
	Off       []corridor.BIC   `json:"without_service,omitempty"`
	InForce   []string         `json:"orders_in_force,omitempty"`
	Untaken   int              `json:"acts_refused"` // over the network's life
	Alarms    []standing.Alarm `json:"alarms,omitempty"`
	Terminals []TerminalStatus `json:"terminals"`
}

// TerminalStatus is one logical terminal's part of a Status.
type TerminalStatus struct {
	LT             corridor.LT            `json:"lt"`
	Session        corridor.SessionNumber `json:"session"`
	Live           bool                   `json:"live"`
	Serving        bool                   `json:"serving"` // takes its institution's deliveries
	ISN            corridor.ISN           `json:"isn"`
	OSN            corridor.OSN           `json:"osn"`
	Unacknowledged int                    `json:"unacknowledged"`
	Queued         int                    `json:"queued"` // of the institution
}

// Ready reports whether the hub leads and takes sessions.
func (h *Hub) Ready() bool { return h.state.Load() == stateLeading }

// Status asks the heart for a picture.
func (h *Hub) Status(ctx context.Context) (Status, error) {
	var s Status
	err := h.act(ctx, func(int64) error {
		s = h.heart.status()
		return nil
	})
	s.State = [...]string{"starting", "leading", "stopped"}[h.state.Load()]
	s.Network, s.Bytes, s.Failures = h.config.Network, h.counts.bytes.Load(), h.counts.failures.Load()
	return s, err
}

func (h *Heart) status() Status {
	st := h.state
	s := Status{Term: st.term, Page: h.next, PageTime: time.Unix(0, st.time).UTC(), Accepted: st.accepted, Refused: st.refused, Delivered: st.delivered, Waiting: st.waiting, Terminals: []TerminalStatus{}}
	s.Held, s.Untaken, s.Alarms = len(st.held), st.failed, st.standing.Alarms(st.accepted+st.refused)
	s.Off, _ = st.standing.OffAll()
	for _, r := range st.standing.Orders() {
		if r.Phase == standing.InForce {
			s.InForce = append(s.InForce, r.Order.ID)
		}
	}
	for _, t := range h.sorted() {
		s.Terminals = append(s.Terminals, TerminalStatus{
			LT: t.lt, Session: t.session, Live: t.live != nil, Serving: t.to.serving == t, ISN: t.isn, OSN: t.osn,
			Unacknowledged: t.open, Queued: t.to.queue.size() + len(t.to.retries),
		})
	}
	return s
}

// wantFacts reads what the journal says of an aborted message and gives it to the heart. The caller holds mu.
func (h *Hub) wantFacts(at corridor.Position) {
	if h.asked[at] {
		return
	}
	h.asked[at] = true
	go func() {
		f, err := h.facts(at)
		if err != nil {
			h.config.Log.Error("cannot tell a sender that its message was aborted; trying again", "position", at, "retry_in", retryLast, "error", err)
			time.AfterFunc(retryLast, func() { h.forgetAsked(at) })
			return
		}
		h.give(event{act: func(now int64) {
			h.heart.Facts(now, f)
			h.forgetAsked(at)
		}})
	}()
}

func (h *Hub) forgetAsked(at corridor.Position) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.asked, at)
}

func (h *Hub) facts(at corridor.Position) (Facts, error) {
	p, err := h.pages.get(context.Background(), at.Page)
	if err != nil {
		return Facts{}, err
	}
	stored, err := p.Entry(at.Index)
	if err != nil {
		return Facts{}, err
	}
	e, err := entry.Decode(stored)
	if err != nil {
		return Facts{}, err
	}
	a, ok := e.(*entry.Accepted)
	if !ok {
		return Facts{}, nil // the network's own message: nobody else waits for it
	}
	s, err := entry.DecodeSubmission(a.Statement)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{
		At: at, MIR: corridor.MakeMIR(p.Header.At(), s.Sender, a.Session, s.Number), Accepted: p.Header.Time,
		Sender: s.Sender, Receiver: s.Receiver, Reference: s.Reference, Priority: s.Priority, Type: s.Type,
	}
	payload, err := p.Payload(at.Index)
	if err != nil {
		return Facts{}, err
	}
	inside := readParticulars(s.Type, payload)
	f.Inside = &inside
	if notice.Answerable(s.Type) {
		f.Original, _ = notice.ReadOriginal(payload) // what is not found is not named
	}
	return f, nil
}

// see copies the heart's numbers, on the heart's goroutine.
func (c *counts) see(s *state) {
	c.waiting.Store(int64(s.waiting))
	c.accepted.Store(int64(s.accepted))
	c.refused.Store(int64(s.refused))
	c.delivered.Store(int64(s.delivered))
	c.held.Store(int64(len(s.held)))
	c.untaken.Store(int64(s.failed))
}

// alarm tells people, in the log and the metrics, when an order does more than was signed. It runs on the heart's goroutine.
func (h *Hub) alarm() {
	st := h.heart.state
	off, _ := st.standing.OffAll()
	h.counts.off.Store(int64(len(off)))
	all := st.standing.Alarms(st.accepted + st.refused)
	h.counts.alarms.Store(int64(len(all)))
	for _, a := range all {
		if key := a.Order + a.What[:min(len(a.What), 3)]; h.alarmed[key] < h.now()-int64(alarmEvery) {
			h.alarmed[key] = h.now()
			h.config.Log.Error("alarm: an order does more than was signed", "order", a.Order, "what", a.What)
		}
	}
}
