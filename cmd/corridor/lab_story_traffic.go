package main

import (
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/gateway"
)

// payments is what the banks of a story send to each other, and what becomes of each message by the gateways' own receipts.
type payments struct {
	lab *lab

	mu      sync.Mutex
	sent    map[tourKey]*letter
	online  map[corridor.LT]bool
	last    map[corridor.LT]error // why a bank has no session
	trouble error
	number  int
	paused  bool
	quiet   map[corridor.LT]bool // send nothing more
	end     chan struct{}
	done    chan struct{}
}

// letter is one message on its way.
type letter struct {
	from, to corridor.LT
	answer   string // "" none yet, ACK, or the code of the NAK
	at       corridor.Position
	routed   bool
	aborted  bool
}

func newPayments(l *lab) *payments {
	return &payments{lab: l, sent: map[tourKey]*letter{}, online: map[corridor.LT]bool{}, last: map[corridor.LT]error{}, quiet: map[corridor.LT]bool{}}
}

// trafficPause is between two messages: about twenty a second, which a laptop does beside everything else.
const trafficPause = 50 * time.Millisecond

// flow sends between the pairs in turn until it is stopped.
func (t *payments) flow(pairs [][2]corridor.LT) {
	t.end, t.done = make(chan struct{}), make(chan struct{})
	go func(end, done chan struct{}) {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-end:
				return
			case <-time.After(trafficPause):
			}
			if p := pairs[i%len(pairs)]; t.flows(p[0]) {
				if err := t.send(p[0], p[1]); err != nil {
					t.fail(err)
					return
				}
			}
		}
	}(t.end, t.done)
}

// stop ends the flow.
func (t *payments) stop() {
	if t.end != nil {
		close(t.end)
		<-t.done
		t.end = nil
	}
}

func (t *payments) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.trouble == nil {
		t.trouble = err
	}
}

func (t *payments) isOnline(lt corridor.LT) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.online[lt]
}

// pause stops the flow for a while, or lets it go on.
func (t *payments) pause(paused bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.paused = paused
}

func (t *payments) flows(from corridor.LT) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.paused && !t.quiet[from] && t.online[from]
}

// drained stops a bank's sending and reports that all its messages have their answer.
func (t *payments) drained(lt corridor.LT) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.quiet[lt] = true
	for _, x := range t.sent {
		if x.from == lt && x.answer == "" {
			return false
		}
	}
	return true
}

// why is why a bank has no session, or nil.
func (t *payments) why(lt corridor.LT) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last[lt]
}

// left notes a bank whose gateway was stopped.
func (t *payments) left(lt corridor.LT) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.online[lt] = false
}

// send drops one payment into a bank's folder.
func (t *payments) send(from, to corridor.LT) error {
	t.mu.Lock()
	name := []string{"mt103.fin", "pacs008.xml", "mt103.fin"}[t.number%3]
	t.mu.Unlock()
	_, err := t.post(from, to, name)
	return err
}

// post drops a sample into a bank's folder.
func (t *payments) post(from, to corridor.LT, name string) (*letter, error) {
	uetr, err := newUETR(rand.Reader)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.number++
	ref := fmt.Sprintf("STORY%06d", t.number)
	x := &letter{from: from, to: to}
	t.sent[tourKey{from, corridor.Reference(ref)}] = x
	t.mu.Unlock()
	payload, err := sample(name, from, to, ref, "NONREF", uetr, time.Now())
	if err != nil {
		return nil, err
	}
	return x, t.lab.drop(from, ref+"-"+name, payload)
}

// ended reports a message of which no more is to come, and passed one that arrived.
func (t *payments) ended(x *letter) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return x.answer != "" && (x.answer != "ACK" || x.routed || x.aborted)
}

func (t *payments) passed(x *letter) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return x.routed
}

// count counts messages.
func (t *payments) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.sent)
}

// heard takes an event of any gateway.
func (t *payments) heard(e gateway.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e.Kind {
	case gateway.Connected:
		t.online[e.LT] = true
		delete(t.last, e.LT)
	case gateway.Disconnected:
		t.online[e.LT] = false
		t.last[e.LT] = e.Error
	case gateway.Stopped:
		t.online[e.LT] = false
		t.last[e.LT] = e.Error
	}
	x := t.sent[tourKey{e.LT, e.Reference}]
	if e.Kind == gateway.Routed {
		if y := t.sent[tourKey{e.Peer, e.Reference}]; y != nil && y.to == e.LT {
			y.routed = true
		} else if y := t.sent[tourKey{e.LT, about(&e)}]; y != nil {
			y.aborted = true
		}
		return
	}
	if x == nil {
		return
	}
	switch e.Kind {
	case gateway.RefusedHere:
		x.answer = "here " + e.Fault.Code
	case gateway.Acknowledged:
		x.answer, x.at = "ACK", e.Position
	case gateway.NotAccepted:
		x.answer, x.at = e.Fault.Code, e.Position
	}
}

// about is the reference of the message that a notice says was not delivered, or empty.
func about(e *gateway.Event) corridor.Reference {
	if e.Type == "fin.019" {
		return e.Reference
	}
	if !strings.HasPrefix(string(e.Type), "pacs.002.") {
		return ""
	}
	text, err := os.ReadFile(e.File)
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(text), "<OrgnlMsgId>")
	ref, _, _ := strings.Cut(rest, "</OrgnlMsgId>")
	return corridor.Reference(ref)
}

// settled reports that every message has its answer, and every accepted one its end.
func (t *payments) settled() (bool, error) {
	_, open := t.open()
	return !open, t.failed()
}

// open is a message of which more is to come.
func (t *payments) open() (*letter, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, x := range t.sent {
		if x.answer == "" && t.online[x.from] || x.answer == "ACK" && !x.routed && !x.aborted && t.online[x.to] {
			return x, true
		}
	}
	return nil, false
}

// answered counts answers to messages.
func (t *payments) answered() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, x := range t.sent {
		if x.answer != "" {
			n++
		}
	}
	return n
}

// route is a class of messages in the story's table.
type route struct{ from, to string }

// fate counts what became of the messages of a class, before a fence and after it.
type fate struct{ passed, delivered, returned, stopped, waiting int }

// table counts the messages by whether their ends are subjects, before and after the fence; those of earlier subjects are left out.
func (t *payments) table(subjects, earlier []corridor.LT, name string, fence corridor.Position) map[route][2]fate {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := map[route][2]fate{}
	for _, x := range t.sent {
		if x.answer == "" || slices.Contains(earlier, x.from) || slices.Contains(earlier, x.to) {
			continue
		}
		r := route{"others", "others"}
		if slices.Contains(subjects, x.from) {
			r.from = name
		}
		if slices.Contains(subjects, x.to) {
			r.to = name
		}
		f := all[r]
		side := &f[0]
		if fence.Page < x.at.Page || fence.Page == x.at.Page && fence.Index < x.at.Index {
			side = &f[1]
		}
		side.count(x)
		all[r] = f
	}
	return all
}

func (f *fate) count(x *letter) {
	switch {
	case x.answer != "ACK":
		f.stopped++
	case x.routed:
		f.passed++
		f.delivered++
	case x.aborted:
		f.passed++
		f.returned++
	default:
		f.passed++
		f.waiting++
	}
}

// print shows the table.
func (s *story) print(all map[route][2]fate) {
	fmt.Fprintln(s.io.Out)
	w := tabwriter.NewWriter(s.indented(), 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "FROM\tTO\tBEFORE THE FENCE: ACCEPTED\tDELIVERED\tRETURNED\tKEPT\tAFTER IT: ACCEPTED\tREFUSED")
	keys := slices.SortedFunc(maps.Keys(all), func(a, b route) int { return strings.Compare(a.from+a.to, b.from+b.to) })
	for _, r := range keys {
		b, a := all[r][0], all[r][1]
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\n", r.from, r.to, b.passed, b.delivered, b.returned, b.waiting, a.passed, a.stopped)
	}
	w.Flush()
}

// judge holds the receipts of the members against what the order says: nothing passed after the fence, nothing else was blocked.
func judge(all map[route][2]fate) error {
	for r, f := range all {
		subject := r.from != "others" || r.to != "others"
		switch {
		case subject && f[1].passed > 0:
			return fmt.Errorf("%d messages from %s to %s passed after the fence", f[1].passed, r.from, r.to)
		case !subject && (f[0].stopped > 0 || f[1].stopped > 0 || f[0].returned > 0 || f[1].returned > 0):
			return fmt.Errorf("%d messages among others were stopped", f[0].stopped+f[1].stopped+f[0].returned+f[1].returned)
		case subject && f[1].stopped == 0 && r.from == "others":
			return fmt.Errorf("no message from %s to %s was tried after the fence", r.from, r.to)
		}
	}
	return nil
}
