package hub_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
)

const (
	meridian corridor.LT = "MERIDEF0AXXX"
	cedar    corridor.LT = "CEDRFRP0AXXX"
	tamarind corridor.LT = "TAMAJPJ0AXXX"
)

// network is a real hub on a real journal behind a real listener, and its banks.
type network struct {
	t         testing.TB
	dir       string
	wrap      func(hub.Journal) hub.Journal // puts a fault into the journal
	ended     chan error                    // what Run returned
	authority *pki.Authority
	issued    *pki.Issued
	hub       *hub.Hub
	journal   *journal.Journal
	address   string
	stop      func()
	clock     *clock
	standards hub.Standards
	register  string
	banks     []*bank
}

// clock is the real one, moved.
type clock struct {
	mu   sync.Mutex
	plus time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.plus)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plus += d
}

// run lets the clock race, a minute in ten milliseconds, until it is stopped.
func (c *clock) run() (stop func()) {
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-time.After(10 * time.Millisecond):
				c.advance(time.Minute)
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newNetwork(t testing.TB, lts ...corridor.LT) *network {
	t.Helper()
	n := prepare(t, lts...)
	n.start()
	return n
}

// prepare makes a network that is not started, for who changes something before.
func prepare(t testing.TB, lts ...corridor.LT) *network {
	t.Helper()
	now := time.Now().Add(-time.Minute)
	a, err := pki.CreateAuthority("test.corridor", 24*time.Hour, now, rand.Reader)
	check(t, err)
	issued, err := a.IssueHub([]string{"127.0.0.1"}, 24*time.Hour, now, rand.Reader)
	check(t, err)
	n := &network{t: t, dir: t.TempDir(), authority: a, issued: issued, clock: &clock{}}
	for _, lt := range lts {
		n.banks = append(n.banks, newBank(n, lt))
	}
	n.stop = func() {}
	t.Cleanup(func() { n.stop() })
	return n
}

// newBank makes a member with its certificates, which the hub has not admitted.
func newBank(n *network, lt corridor.LT) *bank {
	n.t.Helper()
	i, err := n.authority.IssueMember([]corridor.LT{lt}, 23*time.Hour, time.Now().Add(-time.Minute), rand.Reader)
	check(n.t, err)
	return &bank{t: n.t, n: n, lt: lt, issued: i, signer: i.MemberKey(0), transport: i.TransportTLS(),
		answers: make(chan session.Answer, 10000), deliveries: make(chan session.Delivery, 10000), refused: make(chan refused, 100), farewell: make(chan *corridor.Fault, 10)}
}

func (n *network) start() {
	n.t.Helper()
	n.startOnly()
	n.ready()
	for _, b := range n.banks {
		_, err := n.hub.Admit(context.Background(), b.signer.Certificate().DER)
		check(n.t, err)
	}
}

// startOnly does not wait until the hub leads.
func (n *network) startOnly() {
	n.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	j, err := journal.Open(ctx, filepath.Join(n.dir, "journal.db"), journal.Options{})
	check(n.t, err)
	n.journal = j
	var used hub.Journal = j
	if n.wrap != nil {
		used = n.wrap(j)
	}
	n.hub = hub.New(hub.Config{Network: "test.corridor", Own: "CRDRXXX0AXXX", Root: n.authority.Root(), Key: n.issued.HubKey(), Journal: used, Clock: n.clock.now, Standards: n.standards, Register: n.register})
	done := make(chan error, 1)
	n.ended = done
	go func() { done <- n.hub.Run(ctx) }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(n.t, err)
	n.address = l.Addr().String()
	server := session.NewServer(n.authority.Root().ServerTLS(n.issued.TransportTLS()), n.hub, session.Options{Network: "test.corridor"})
	go server.Serve(l)
	n.stop = sync.OnceFunc(func() {
		down, stopped := context.WithTimeout(context.Background(), 5*time.Second)
		defer stopped()
		server.Shutdown(down)
		cancel()
		if err := <-done; err != nil {
			n.t.Error(err)
		}
		check(n.t, j.Close())
	})
}

func (n *network) ready() {
	n.t.Helper()
	until(n.t, "the hub leads", n.hub.Ready)
}

// until waits for what comes by itself.
func until(t testing.TB, what string, reached func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !reached(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

type refused struct {
	fault           *corridor.Fault
	first, expected corridor.ISN
}

// bank is a member with a store in memory.
type bank struct {
	t          testing.TB
	n          *network
	lt         corridor.LT
	issued     *pki.Issued
	signer     *pki.MemberSigningKey
	transport  tls.Certificate
	client     *session.Client
	sent       corridor.ISN
	answered   corridor.ISN
	stored     corridor.OSN
	mute       bool // do not acknowledge
	refuse     bool // refuse what is delivered
	answers    chan session.Answer
	deliveries chan session.Delivery
	refused    chan refused
	farewell   chan *corridor.Fault
	mu         sync.Mutex
}

func (b *bank) OnAnswers(all []session.Answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range all {
		b.answered = max(b.answered, a.Number)
		b.answers <- a
	}
}

func (b *bank) OnDeliveries(all []session.Delivery) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var acks []entry.Acknowledgement
	for _, d := range all {
		b.stored = max(b.stored, d.Number)
		b.deliveries <- d
		ack := d.Acknowledgement(time.Now())
		if b.refuse {
			ack.Refused, ack.Code, ack.Text = true, "Y05", "the disk is full"
		}
		acks = append(acks, ack)
	}
	if !b.mute {
		if err := b.client.Acknowledge(context.Background(), acks); err != nil {
			b.t.Log(b.lt, "acknowledge:", err)
		}
	}
}

func (b *bank) OnFrameRefused(f *corridor.Fault, first, expected corridor.ISN) {
	b.refused <- refused{f, first, expected}
}
func (b *bank) OnCheckpoint([]byte)          {}
func (b *bank) OnFarewell(f *corridor.Fault) { b.farewell <- f }

func (b *bank) dial(change ...func(*session.Config)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := session.Config{Address: b.n.address, Root: b.n.authority.Root(), Transport: b.transport, Signer: b.signer, LT: b.lt, Delivery: true, Events: b,
		LastSent: b.sent, LastAnswered: b.answered, LastStored: b.stored}
	for _, f := range change {
		f(&c)
	}
	var err error
	b.client, err = session.Dial(context.Background(), c)
	return err
}

// frame signs messages to the given receivers under one signature, with the next numbers.
func (b *bank) frame(change func(*entry.Submission), payload string, to ...corridor.LT) []byte {
	var items []entry.Item
	for i, r := range to {
		b.sent++
		text := fmt.Appendf(nil, "%s %d", payload, i)
		s := entry.Submission{Network: "test.corridor", Sender: b.lt, Receiver: r.Destination(), Number: b.sent, Type: "fin.103", Priority: corridor.Normal,
			Reference: "REF", Payload: corridor.DigestOf(text), PayloadSize: uint64(len(text)), SignedAt: uint64(time.Now().UnixMilli())}
		if change != nil {
			change(&s)
		}
		items = append(items, entry.Item{Statement: s.Append(nil), Payload: text})
	}
	return session.SignFrame(b.signer, entry.DomainSubmission, items)
}

func next[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case x := <-c:
		return x
	case <-time.After(time.Minute): // long, so that a busy machine is no defect
		t.Fatalf("no %s within a minute", what)
		panic("unreachable")
	}
}

func none[T any](t testing.TB, c <-chan T, what string) {
	t.Helper()
	select {
	case x := <-c:
		t.Fatalf("%s came: %+v", what, x)
	case <-time.After(50 * time.Millisecond):
	}
}
