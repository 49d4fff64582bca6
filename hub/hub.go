// Package hub is the network's centre: it checks what members send, decides in one order, records, answers and delivers.
//
// It has a pure heart and a shell. The heart (heart*.go, state.go) turns checked input into entries and outcomes, knows no
// clock and no disk, and is what the simulator runs. The shell (this file and those beside it) owns sockets' sessions, the
// workers that check signatures and messages, the clock and the journal. Only the heart changes state; only a durable
// page makes a change real; nobody is told anything before.
//
// A message's way here: session → Submit → checker.check (parallel) → Heart.Submit (decide) → Heart.Seal → Journal.Append
// (THE COMMIT POINT) → answers and deliveries → Heart.Acknowledge (confirm).
package hub

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
	"golang.org/x/mod/sumdb/tlog"
)

// Journal is what the hub needs of a journal. Append returns journal.ErrFenced when another leader wrote the page.
type Journal interface {
	PageReader
	Append(ctx context.Context, p *journal.Page) error
	// Scan yields pages in order, each asserted to follow the one before.
	Scan(ctx context.Context, first, last uint64, parts journal.Parts) iter.Seq2[*journal.Page, error]
	LatestSnapshot(ctx context.Context) (s journal.Snapshot, found bool, err error)
	SaveSnapshot(ctx context.Context, s journal.Snapshot) error
	// Hashes are those of the log of pages, for checkpoints.
	Hashes(ctx context.Context) tlog.HashReader
}

// Config is what a hub needs. All fields but Log, Clock, Workers and Standards must be set.
type Config struct {
	Network   corridor.Network
	Own       corridor.LT // the network's own address, sender of its notices
	Root      *pki.Root
	Key       *pki.HubSigningKey
	Journal   Journal
	Standards Standards
	Clock     func() time.Time
	Log       *slog.Logger
	Workers   int    // parallel checks; 0 is the number of processors
	Register  string // folder of the register of acts; empty for none
}

// Hub is one running hub. Make it with New, run it with Run, and serve sessions with it as session.Handler.
type Hub struct {
	config  Config
	checker checker
	events  chan event
	written chan written
	stopped chan struct{}
	pages   *pages
	heart   *Heart
	rest    []*job                 // what the page being filled has no room for
	state   atomic.Int32           // starting, leading, stopped
	note    atomic.Pointer[[]byte] // newest checkpoint
	size    atomic.Uint64          // pages in it
	log     *evidence.Log
	noted   time.Time
	counts  counts

	mu      sync.Mutex
	conns   map[SessionRef]*conn
	tickets map[uint64]chan answer // of logins and admissions that wait
	ticket  uint64
	asked   map[corridor.Position]bool
	leaders []leader
	since   int // entries since the last snapshot
	sincePg int
	oldest  uint64
	alarmed map[string]int64 // when each alarm was last logged
}

// event is input for the heart: checked frames, or an act.
type event struct {
	jobs []*job
	act  func(now int64)
}

type written struct {
	page     *journal.Page
	outcomes []Outcome
	snapshot []byte
	oldest   uint64 // page that the snapshot still needs
	next     uint64 // without a page: the one that nobody may have written
	err      error
}

const (
	stateStarting = iota
	stateLeading
	stateStopped
)

var _ session.Handler = (*Hub)(nil)

// New makes a hub that does nothing yet.
func New(c Config) *Hub {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	h := &Hub{
		config: c, events: make(chan event, maxEvents), written: make(chan written, 1), stopped: make(chan struct{}), pages: newPages(c.Journal),
		conns: map[SessionRef]*conn{}, tickets: map[uint64]chan answer{}, asked: map[corridor.Position]bool{}, alarmed: map[string]int64{},
	}
	h.checker.network, h.checker.standards, h.checker.clock, h.checker.log, h.checker.root = c.Network, c.Standards, c.Clock, c.Log, c.Root
	return h
}

// Run leads the network until the context ends or another leader takes over (journal.ErrFenced). When the journal
// fails it ends all sessions, reads the state back and goes on as soon as the journal can be written again.
func (h *Hub) Run(ctx context.Context) error {
	h.checker.start(h.config.Workers, h.stopped)
	defer func() {
		h.state.Store(stateStopped)
		h.endAll(corridor.NetworkFault(corridor.FaultShutdown))
		close(h.stopped)
		h.checker.done.Wait()
	}()
	for pause := retryFirst; ; pause = min(2*pause, retryLast) {
		err := h.lead(ctx, func() { pause = retryFirst })
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errOtherNetwork):
			return err // time does not mend it
		case errors.Is(err, journal.ErrFenced):
			h.endAll(corridor.NetworkFault(corridor.FaultLeader))
			return fmt.Errorf("lead network %s: %w", h.config.Network, err)
		}
		h.state.Store(stateStarting)
		h.counts.failures.Add(1)
		h.config.Log.Error("journal failed; sessions ended, reading the state back", "error", err, "retry_in", pause)
		h.endAll(corridor.NetworkFault(corridor.FaultJournal))
		if !h.wait(ctx, pause) {
			return nil
		}
	}
}

var errOtherNetwork = errors.New("the journal is another network's")

// wait lets time pass while events are dropped: their sessions are gone.
func (h *Hub) wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-h.events:
		case <-t.C:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// lead reads the state back, starts a term and decides until something fails.
func (h *Hub) lead(ctx context.Context, started func()) error {
	began := h.config.Clock()
	if err := h.recover(ctx); err != nil {
		return err
	}
	missing, err := h.reconcile()
	if err == nil {
		err = h.startTerm(ctx, missing)
	}
	if err != nil {
		return err
	}
	h.setLeaders(h.heart.state.leaders)
	pages := make(chan written, 1)
	writer := make(chan struct{})
	go func() {
		defer close(writer)
		h.write(ctx, pages)
	}()
	defer func() {
		close(pages)
		<-writer
		for len(h.written) > 0 {
			<-h.written
		}
	}()
	return h.decide(ctx, pages, func() {
		started()
		h.state.Store(stateLeading)
		h.config.Log.Info("leading", "network", h.config.Network, "term", h.heart.Term(), "page", h.heart.Next(), "took", h.config.Clock().Sub(began))
	})
}

// recover makes the heart from the newest snapshot and the pages after it. A snapshot that cannot be read costs time only.
func (h *Hub) recover(ctx context.Context) error {
	h.heart = NewHeart(h.config.Network, h.config.Own)
	s, found, err := h.config.Journal.LatestSnapshot(ctx)
	if err != nil {
		return err
	}
	if found {
		if err := h.heart.Restore(s.State); err != nil {
			h.config.Log.Warn("snapshot not used", "page", s.Page, "error", err)
			h.heart = NewHeart(h.config.Network, h.config.Own)
		}
	}
	if found && h.heart.next > 0 && (h.heart.next != s.Page+1 || h.heart.previous != s.Hash) {
		h.config.Log.Warn("snapshot not used: it is that of another page than it says", "page", s.Page)
		h.heart = NewHeart(h.config.Network, h.config.Own)
	}
	entries := 0
	for p, err := range h.config.Journal.Scan(ctx, h.heart.Next(), journal.ToEnd, journal.EntriesOnly) {
		if err != nil {
			return fmt.Errorf("read the state back from the journal: %w", err)
		}
		all, err := p.All()
		if err == nil {
			err = h.heart.Replay(&p.Header, p.Hash(), all)
		}
		if err != nil {
			return fmt.Errorf("read the state back from the journal: %w", err)
		}
		entries += len(all)
	}
	if n := h.heart.state.network; n != "" && n != h.config.Network {
		return fmt.Errorf("%w: it is that of %s, the configuration says %s: name the right journal or the right network", errOtherNetwork, n, h.config.Network)
	}
	for id, k := range h.heart.state.keys {
		if k.public != nil {
			h.checker.keys.put(id, signer{k.public, k.der})
		}
	}
	h.since, h.sincePg = entries, 0
	return h.resumeLog(ctx)
}

// decide is the loop of the one goroutine that owns the heart.
func (h *Hub) decide(ctx context.Context, pages chan<- written, leading func()) error {
	tick := time.NewTicker(idleFlush)
	defer tick.Stop()
	writing, flush, first, quiet := false, true, true, 0
	h.rest = nil
	if h.heart.page.Len() == 0 { // the term's first page was made durable with the acts that the journal lacked
		first = false
		leading()
	}
	for {
		if !writing {
			writing = h.seal(pages, &flush)
		}
		h.decideJobs(h.now())
		in := h.events
		if h.heart.Full() || len(h.rest) > 0 {
			in = nil
		}
		select {
		case e := <-in:
			h.take(e)
			h.drain()
		case w := <-h.written:
			writing = false
			if w.err != nil {
				return w.err
			}
			if quiet = 0; w.page == nil {
				continue
			}
			h.committed(&w)
			if first {
				first = false
				leading()
			}
		case <-tick.C:
			h.heart.Tick(h.now())
			h.alarm()
			flush = true
			if quiet++; quiet >= lookAfter && !writing {
				pages <- written{next: h.heart.Next()}
				writing = true
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// seal gives the page to the writer if there is reason to, and otherwise tells what rests on pages before it.
func (h *Hub) seal(pages chan<- written, flush *bool) (writing bool) {
	if h.heart.Ready(*flush) {
		*flush = false
		if p, out := h.heart.Seal(h.config.Key.Sign); p != nil {
			pages <- written{page: p, outcomes: out, snapshot: h.snapshot(p), oldest: h.oldest}
			return true
		}
	}
	h.release(h.heart.Told())
	return false
}

func (h *Hub) now() int64 { return h.config.Clock().UnixNano() }

// drain takes what else is there, so that one page holds it.
func (h *Hub) drain() {
	for !h.heart.Full() && len(h.rest) == 0 {
		select {
		case e := <-h.events:
			h.take(e)
		default:
			return
		}
	}
}

func (h *Hub) take(e event) {
	now := h.now()
	if e.act != nil {
		e.act(now)
		return
	}
	h.rest = e.jobs
	h.decideJobs(now)
}

// decideJobs decides on what came until the page is full: what one event holds may be more than a page should.
func (h *Hub) decideJobs(now int64) {
	for len(h.rest) > 0 && !h.heart.Full() {
		j := h.rest[0]
		h.rest = h.rest[1:]
		switch {
		case j.closes != "":
			h.heart.Logout(now, j.line.ref, j.closes)
		case j.ack:
			h.heart.Acknowledge(now, j.line.ref, &j.frame)
		default:
			h.heart.Submit(now, j.line.ref, &j.frame)
		}
		h.countFalse(now, j)
		j.line.room.Release(int64(len(j.raw)))
	}
}

// countFalse ends the session of a member that keeps sending false signatures: each makes a whole batch of signatures, others'
// too, be checked one by one.
func (h *Hub) countFalse(now int64, j *job) {
	if f := j.frame.Fault; f == nil || f.Code != corridor.FaultSignature {
		return
	}
	j.line.falseSignatures++
	if j.line.falseSignatures >= maxFalseSignatures {
		h.heart.End(now, j.line.ref, j.frame.Fault)
	}
}

// snapshot writes the state after page p when enough has happened since the last one.
func (h *Hub) snapshot(p *journal.Page) []byte {
	h.since += int(p.Header.Entries)
	h.sincePg++
	if h.since < snapshotEvery && h.sincePg < maxSnapshotGap {
		return nil
	}
	h.since, h.sincePg, h.oldest = 0, 0, h.heart.Oldest()
	return h.heart.Snapshot()
}

// write makes pages durable, one after the other. Crash before Append: nothing of the page has happened. Crash after it: all
// of it has, and members learn it when they resubmit.
func (h *Hub) write(ctx context.Context, pages <-chan written) {
	for w := range pages {
		if w.page == nil {
			w.err = h.alone(ctx, w.next)
			h.written <- w
			continue
		}
		began := time.Now()
		w.err = h.config.Journal.Append(context.WithoutCancel(ctx), w.page)
		h.counts.appending.Add(int64(time.Since(began)))
		h.written <- w
		if w.err == nil && w.snapshot != nil {
			h.save(ctx, &w)
		}
	}
}

// alone asks that nobody has written the next page. A hub that has nothing to write would else never learn that another leads, and
// keep the sessions of members who wait for what the other has for them.
func (h *Hub) alone(ctx context.Context, next uint64) error {
	for p, err := range h.config.Journal.Scan(ctx, next, journal.ToEnd, journal.EntriesOnly) {
		if err == nil {
			err = fmt.Errorf("page %d is of term %d: %w", next, p.Header.Term, journal.ErrFenced)
		}
		return err
	}
	return nil
}

func (h *Hub) save(ctx context.Context, w *written) {
	s := journal.Snapshot{Page: w.page.Header.Number, Hash: w.page.Hash(), Oldest: w.oldest, State: w.snapshot}
	if err := h.config.Journal.SaveSnapshot(context.WithoutCancel(ctx), s); err != nil {
		h.config.Log.Warn("snapshot not saved; a restart will take longer", "page", s.Page, "error", err)
	}
}

// committed lets the world know what a durable page did.
func (h *Hub) committed(w *written) {
	h.pages.add(w.page)
	h.counts.page(w.page)
	h.counts.see(h.heart.state)
	h.checker.look.Store(h.heart.state.standing.LooksInside())
	h.signNote(w.page)
	h.release(w.outcomes)
}

// release hands outcomes to the sessions they are for.
func (h *Hub) release(all []Outcome) {
	if len(all) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range all {
		h.releaseOne(&all[i])
	}
}

func (h *Hub) releaseOne(o *Outcome) {
	switch o.Kind {
	case Welcome, LoginRefused, Recorded:
		if got := h.tickets[o.Ticket]; got != nil {
			delete(h.tickets, o.Ticket)
			a := answer{outcome: *o}
			if o.Kind == Welcome {
				a.conn = newConn(h, o.To)
				h.conns[o.To] = a.conn
			}
			got <- a
		} else if o.Kind == Welcome { // the member went away while its login was recorded
			h.later(func(now int64) { h.heart.Logout(now, o.To, corridor.FaultLineLost) })
		}
	case FactsWanted:
		h.wantFacts(o.Messages[0].At)
	default:
		if c := h.conns[o.To]; c != nil {
			c.tell(o)
			if o.Kind == Farewell {
				delete(h.conns, o.To)
			}
		}
	}
}

// later gives the heart an act without waiting for it.
func (h *Hub) later(act func(now int64)) { go h.give(event{act: act}) }

// give waits until the heart's queue takes the event, or the hub stops.
func (h *Hub) give(e event) {
	select {
	case h.events <- e:
	case <-h.stopped:
	}
}

// giveWhile is give for who waits no longer than its context.
func (h *Hub) giveWhile(ctx context.Context, e event) {
	select {
	case h.events <- e:
	case <-h.stopped:
	case <-ctx.Done():
	}
}

// endAll says farewell to every session; their members connect again.
func (h *Hub) endAll(f *corridor.Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ref, c := range h.conns {
		c.tell(&Outcome{To: ref, Kind: Farewell, Fault: f})
		delete(h.conns, ref)
	}
	for id, c := range h.tickets {
		c <- answer{outcome: Outcome{Kind: LoginRefused, Fault: f}}
		delete(h.tickets, id)
	}
	clear(h.asked)
}
