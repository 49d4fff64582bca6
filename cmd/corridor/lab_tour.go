package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/gateway"
)

// tour sends the samples and follows each until its end.
type tour struct {
	out io.Writer

	mu      sync.Mutex
	changed chan struct{} // closed and renewed when something happened
	stops   []*tourStop
	byRef   map[tourKey]*tourStop
	began   time.Time
	trouble error
}

// tourKey finds a message's stop from either side.
type tourKey struct {
	from corridor.LT
	ref  corridor.Reference
}

// tourStop is one message on its way.
type tourStop struct {
	what     string // the sample's name
	from, to corridor.LT
	ref      string
	refused  string // the code it is to be refused with, or empty
	notified bool   // its sender asked for a delivery notification
	answered string // ACK, or the code of the NAK
	routed   bool
	told     bool     // the delivery notification came
	files    []string // receipts and what they prove, in pairs
}

func newTour(out io.Writer) *tour {
	return &tour{out: out, changed: make(chan struct{}), byRef: map[tourKey]*tourStop{}, began: time.Now()}
}

// run is the tour: banks connect, messages go, one is refused, one waits for a bank that comes back; then all is verified.
func (t *tour) run(ctx context.Context, l *lab) error {
	banks := labBanks()
	meridian, cedar, orca, tamarind := banks[0], banks[1], banks[2], banks[3]
	for _, b := range []labBank{meridian, cedar, orca} {
		if err := l.startBank(ctx, b); err != nil {
			return err
		}
	}
	plan := []tourStop{
		{what: "mt103.fin", from: meridian.lt, to: cedar.lt, notified: true},
		{what: "pacs009.xml", from: cedar.lt, to: orca.lt},
		{what: "mt199.fin", from: orca.lt, to: meridian.lt},
		{what: "mt103-faulty.fin", from: orca.lt, to: tamarind.lt, refused: "C03"},
		{what: "pacs008.xml", from: meridian.lt, to: tamarind.lt},
		{what: "mt202cov.fin", from: cedar.lt, to: tamarind.lt, notified: true},
		{what: "camt056.xml", from: meridian.lt, to: tamarind.lt},
	}
	t.say("three banks connect; %s does not yet: what is sent to it waits in the network", tamarind.name)
	if err := t.send(l, plan); err != nil {
		return err
	}
	if err := t.until(ctx, "every message has its answer, and all for banks that are on line are delivered", func(s *tourStop) bool {
		return s.answered != "" && (s.refused != "" || s.to == tamarind.lt || s.routed)
	}); err != nil {
		return err
	}
	t.say("%s comes on line", tamarind.name)
	if err := l.startBank(ctx, tamarind); err != nil {
		return err
	}
	if err := t.until(ctx, "everything is delivered and notified", func(s *tourStop) bool {
		return s.refused != "" || s.routed && (s.told || !s.notified)
	}); err != nil {
		return err
	}
	return t.verify(l)
}

// send writes the samples into the senders' folders.
func (t *tour) send(l *lab, plan []tourStop) error {
	base, related := time.Now().UTC().Format("150405"), "NONREF"
	for i := range plan {
		s := plan[i]
		s.ref = fmt.Sprintf("LAB%s%02d", base, i+1)
		uetr, err := newUETR(rand.Reader)
		if err != nil {
			return err
		}
		payload, err := sample(s.what, s.from, s.to, s.ref, related, uetr, time.Now())
		if err != nil {
			return err
		}
		t.mu.Lock()
		t.stops = append(t.stops, &s)
		t.byRef[tourKey{s.from, corridor.Reference(s.ref)}] = &s
		t.mu.Unlock()
		related = s.ref
		if err := l.drop(s.from, s.ref+"-"+s.what, payload); err != nil {
			return err
		}
	}
	return nil
}

// say prints one line with the time since the lab began.
func (t *tour) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line(format, args...)
}

func (t *tour) line(format string, args ...any) {
	fmt.Fprintf(t.out, "%8.3fs  %s\n", time.Since(t.began).Seconds(), fmt.Sprintf(format, args...))
}

// heard takes an event of any gateway: it shows it and notes it.
func (t *tour) heard(e gateway.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.byRef[tourKey{e.LT, e.Reference}]
	head := fmt.Sprintf("%s %-15s %s → %s", e.Reference, e.Type, e.LT.BIC8(), e.Peer.BIC8())
	switch e.Kind {
	case gateway.Connected:
		t.line("%s is on line, session %04d", e.LT, e.Session)
	case gateway.Disconnected:
		if e.Error != nil {
			t.line("%s has no session: %v", e.LT, e.Error)
		}
	case gateway.Stopped:
		t.trouble = errors.Join(t.trouble, e.Error)
	case gateway.Submitted:
		t.line("%s  numbered ISN %d, signed", head, e.Number)
	case gateway.RefusedHere:
		t.line("%s  refused at the gateway: %v", head, e.Fault)
		if s != nil {
			s.answered = e.Fault.Code
		}
	case gateway.Acknowledged:
		t.line("%s  ACK, in the journal at %v", head, e.Position)
	case gateway.NotAccepted:
		t.line("%s  NAK %s: %s", head, e.Fault.Code405(), e.Fault.Text)
	case gateway.Answered:
		t.noteAnswer(s, &e)
	case gateway.Delivered:
		t.line("%s %-15s %s ← %s  delivered OSN %d", e.Reference, e.Type, e.LT.BIC8(), e.Peer.BIC8(), e.OSN)
	case gateway.Routed:
		t.noteRouted(&e)
	}
	close(t.changed)
	t.changed = make(chan struct{})
}

func (t *tour) noteAnswer(s *tourStop, e *gateway.Event) {
	if s == nil {
		return
	}
	s.answered = "ACK"
	if e.Fault != nil {
		s.answered = e.Fault.Code
	}
	base := strings.TrimSuffix(e.File, filepath.Ext(e.File))
	s.files = append(s.files, base+".receipt", base+filepath.Ext(s.what))
}

func (t *tour) noteRouted(e *gateway.Event) {
	receipt := strings.TrimSuffix(e.File, filepath.Ext(e.File)) + ".receipt"
	if s := t.byRef[tourKey{e.Peer, e.Reference}]; s != nil {
		s.routed = true
		s.files = append(s.files, receipt, e.File)
		return
	}
	if s := t.byRef[tourKey{e.LT, e.Reference}]; s != nil && e.Type == "fin.011" {
		s.told = true
		t.line("%s %-15s %s has the notification that its message was delivered", e.Reference, e.Type, e.LT.BIC8())
	}
}

// until waits for all stops, for a minute at the most.
func (t *tour) until(ctx context.Context, what string, done func(*tourStop) bool) error {
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	for {
		t.mu.Lock()
		missing := ""
		for _, s := range t.stops {
			if !done(s) {
				missing = s.ref + " " + s.what
			}
		}
		changed, trouble := t.changed, t.trouble
		t.mu.Unlock()
		switch {
		case trouble != nil:
			return trouble
		case missing == "":
			return nil
		}
		select {
		case <-changed:
		case <-late.C:
			return fmt.Errorf("not within a minute: %s; %s is missing; see lab.log in the lab's folder", what, missing)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// verify checks every receipt against its message with the root certificate alone, and the answers against the plan.
func (t *tour) verify(l *lab) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, "\n%-14s %-17s %-22s %-8s %-10s %s\n", "REFERENCE", "SAMPLE", "FROM → TO", "ANSWER", "DELIVERED", "RECEIPTS")
	var errs []error
	for _, s := range t.stops {
		want := "ACK"
		if s.refused != "" {
			want = s.refused
		}
		if s.answered != want {
			errs = append(errs, fmt.Errorf("%s was answered with %s instead of %s", s.ref, s.answered, want))
		}
		verified := 0
		for i := 0; i < len(s.files); i += 2 {
			c := VerifyCommand{Root: l.path("network.pem"), File: s.files[i : i+2]}
			if err := c.Run(streams{Out: io.Discard, Err: io.Discard}); err != nil {
				errs = append(errs, fmt.Errorf("receipt of %s: %w", s.ref, err))
				continue
			}
			verified++
		}
		delivered := map[bool]string{true: "yes", false: "–"}[s.routed]
		fmt.Fprintf(t.out, "%-14s %-17s %-22s %-8s %-10s %d verified\n", s.ref, s.what, s.from.BIC8()+" → "+s.to.BIC8(), s.answered, delivered, verified)
	}
	return errors.Join(errs...)
}

// example is a file that was sent, and the receipt and message that its receiver got.
func (t *tour) example() (sent, receipt, message string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.stops {
		if len(s.files) < 4 {
			continue
		}
		for i := 0; i < len(s.files); i += 2 {
			if strings.Contains(s.files[i], "/incoming/") {
				receipt, message = s.files[i], s.files[i+1]
			} else {
				sent = s.files[i+1]
			}
		}
		return sent, receipt, message
	}
	return "MESSAGE", "RECEIPT", "MESSAGE"
}
