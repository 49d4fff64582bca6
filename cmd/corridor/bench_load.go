package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
)

// BenchLoadCommand is the load of bench, in a process of its own.
type BenchLoadCommand struct {
	Dir, Address                                string
	Banks, Seconds, Size, Frame, InFlight, Rate int
	Profile                                     string
	Spread                                      bool
}

// Run sends, receives, compares, and writes a benchResult as JSON.
func (c BenchLoadCommand) Run(ctx context.Context, out streams) error {
	if c.Profile != "" {
		f, err := os.Create(c.Profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	l := &load{c: c, store: &loadStore{}}
	r, err := l.run(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(out.Out).Encode(r)
}

// load is all banks.
type load struct {
	c     BenchLoadCommand
	banks []*loadBank
	store *loadStore
	begin time.Time
}

// loadBank is one bank: it sends to the others in turn, stores what it receives, acknowledges.
type loadBank struct {
	load    *load
	n       int
	lt      corridor.LT
	client  *session.Client
	signer  *pki.MemberSigningKey
	slots   chan struct{} // in flight
	mu      sync.Mutex
	chunks  []*[loadChunk]loadMessage
	sent    int
	acked   int
	refused int
	got     int
	twice   int
	ackMS   []float32
	delivMS []float32
	failed  error
}

const loadChunk = 4096

// loadMessage is what the load remembers of a message.
type loadMessage struct {
	at        atomic.Int64
	delivered atomic.Int32
}

// message is the record of number n, which must have been sent.
func (b *loadBank) message(n corridor.ISN) *loadMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &b.chunks[n/loadChunk][n%loadChunk]
}

func (b *loadBank) grow(n corridor.ISN) *loadMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	for int(n/loadChunk) >= len(b.chunks) {
		b.chunks = append(b.chunks, new([loadChunk]loadMessage))
	}
	return &b.chunks[n/loadChunk][n%loadChunk]
}

// loadStore makes what all banks receive durable together, as one bank's database would: one fsync serves all who wait.
type loadStore struct {
	file  *os.File
	queue chan loadWrite
}

type loadWrite struct {
	bytes []byte
	bank  *loadBank
	acks  []entry.Acknowledgement
}

func (s *loadStore) open(path string) (err error) {
	s.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	s.queue = make(chan loadWrite, 1024)
	go s.write()
	return err
}

func (s *loadStore) write() {
	var buffer []byte
	var waiting []loadWrite
	for w := range s.queue {
		buffer, waiting = append(buffer[:0], w.bytes...), append(waiting[:0], w)
		for more := true; more && len(buffer) < 1<<20; {
			select {
			case w, more = <-s.queue:
				if more {
					buffer, waiting = append(buffer, w.bytes...), append(waiting, w)
				}
			default:
				more = false
			}
		}
		_, err := s.file.Write(buffer)
		acknowledge(waiting, errors.Join(err, s.file.Sync()))
	}
}

// acknowledge signs, for each bank, one frame over all that one fsync has made durable.
func acknowledge(stored []loadWrite, err error) {
	acks := map[*loadBank][]entry.Acknowledgement{}
	for _, w := range stored {
		acks[w.bank] = append(acks[w.bank], w.acks...)
	}
	for b, all := range acks {
		for part := range slices.Chunk(all, corridor.MaxFrameItems) {
			if err == nil {
				err = b.client.Acknowledge(context.Background(), part)
			}
		}
		if err != nil {
			b.fail(err)
		}
		b.mu.Lock()
		b.got += len(all)
		b.mu.Unlock()
	}
}

func (l *load) run(ctx context.Context) (*benchResult, error) {
	if err := l.store.open(filepath.Join(l.c.Dir, "received")); err != nil {
		return nil, err
	}
	l.begin = time.Now()
	for i := range l.c.Banks {
		b, err := l.dial(ctx, i)
		if err != nil {
			return nil, err
		}
		l.banks = append(l.banks, b)
	}
	start := time.Now()
	end := start.Add(time.Duration(l.c.Seconds) * time.Second)
	var sending sync.WaitGroup
	for _, b := range l.banks {
		sending.Go(func() { b.send(ctx, end) })
	}
	sending.Wait()
	if err := l.settle(ctx); err != nil {
		return nil, err
	}
	took := time.Since(start)
	for _, b := range l.banks {
		if err := b.client.Logout(ctx); err != nil {
			return nil, err
		}
	}
	return l.report(took)
}

// settle waits until everything sent is answered and delivered, or nothing moves for ten seconds.
func (l *load) settle(ctx context.Context) error {
	last, since := -1, time.Now()
	for {
		sent, done := 0, 0
		for _, b := range l.banks {
			b.mu.Lock()
			sent += b.sent
			done += b.acked + b.refused + b.got
			err := b.failed
			b.mu.Unlock()
			if err != nil {
				return err
			}
		}
		if done >= 2*sent {
			return nil
		}
		if done != last {
			last, since = done, time.Now()
		}
		if time.Since(since) > 10*time.Second {
			return nil // the report says what is lost
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *load) dial(ctx context.Context, i int) (*loadBank, error) {
	m, err := pki.LoadMember(filepath.Join(l.c.Dir, "bank-"+strconv.Itoa(i)), pki.Unencrypted(), time.Now())
	if err != nil {
		return nil, err
	}
	lt := benchLT(i)
	b := &loadBank{load: l, n: i, lt: lt, signer: m.Signing[lt], slots: make(chan struct{}, l.c.InFlight)}
	b.client, err = session.Dial(ctx, session.Config{Address: l.c.Address, Root: m.Root, Transport: m.Transport, Signer: b.signer, LT: lt, Delivery: true, Window: corridor.MaxWindow, Events: b, Software: "corridor bench"})
	return b, err
}

// send signs and submits frames until the end, to the other banks in turn.
func (b *loadBank) send(ctx context.Context, end time.Time) {
	var number corridor.ISN
	text := newBenchText(b.load.c.Size)
	pace := b.pace()
	items := make([]entry.Item, b.load.c.Frame)
	for k := 0; time.Now().Before(end); k++ {
		for range items {
			select {
			case b.slots <- struct{}{}:
			case <-b.client.Done():
				b.fail(fmt.Errorf("session of %s ended: %w", b.lt, b.client.Fault()))
				return
			}
		}
		pace(k)
		now := time.Now()
		for i := range items {
			number++
			turn := k
			if b.load.c.Spread {
				turn = int(number)
			}
			to := benchLT((b.n + 1 + turn%(b.load.c.Banks-1)) % b.load.c.Banks)
			payload, uetr := text.message(b.lt, to, uint64(b.n), uint64(number))
			s := entry.Submission{Network: "bench.corridor", Sender: b.lt, Receiver: to.Destination(), Number: number, Type: text.kind, Priority: corridor.Normal,
				UETR: uetr, Reference: corridor.Reference("R" + strconv.FormatUint(uint64(number), 10)), Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: uint64(now.UnixMilli())}
			items[i] = entry.Item{Statement: s.Append(nil), Payload: payload}
			b.grow(number).at.Store(int64(time.Since(b.load.begin)))
		}
		b.mu.Lock()
		b.sent += len(items)
		b.mu.Unlock()
		if err := b.client.Submit(ctx, [][]byte{session.SignFrame(b.signer, entry.DomainSubmission, items)}); err != nil {
			b.fail(err)
			return
		}
	}
}

// pace waits until the k-th frame is due, where a rate is asked for.
func (b *loadBank) pace() func(k int) {
	if b.load.c.Rate == 0 {
		return func(int) {}
	}
	every := time.Duration(float64(time.Second) * float64(b.load.c.Frame) * float64(b.load.c.Banks) / float64(b.load.c.Rate))
	start := time.Now().Add(every * time.Duration(b.n) / time.Duration(b.load.c.Banks))
	return func(k int) { time.Sleep(time.Until(start.Add(time.Duration(k) * every))) }
}

func (b *loadBank) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed == nil {
		b.failed = err
	}
}

// OnAnswers notes the time of each answer and frees its place.
func (b *loadBank) OnAnswers(all []session.Answer) {
	now := int64(time.Since(b.load.begin))
	for i := range all {
		m := b.message(all[i].Number)
		b.ackMS = append(b.ackMS, float32(now-m.at.Load())/1e6)
		<-b.slots
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range all {
		if all[i].Accepted() {
			b.acked++
		} else {
			b.refused++
			if b.failed == nil {
				b.failed = all[i].Fault
			}
		}
	}
}

// OnDeliveries stores, then acknowledges.
func (b *loadBank) OnDeliveries(all []session.Delivery) {
	now := int64(time.Since(b.load.begin))
	acks := make([]entry.Acknowledgement, len(all))
	var bytes []byte
	at := time.Now()
	for i := range all {
		d := &all[i]
		acks[i] = d.Acknowledgement(at)
		bytes = append(append(bytes, d.Statement...), d.Payload...)
		m := b.load.banks[benchIndex(d.Submission.Sender, len(b.load.banks))].message(d.Submission.Number)
		b.delivMS = append(b.delivMS, float32(now-m.at.Load())/1e6)
		if m.delivered.Add(1) > 1 {
			b.mu.Lock()
			b.twice++
			b.mu.Unlock()
		}
	}
	b.load.store.queue <- loadWrite{bytes, b, acks}
}

// OnFrameRefused ends the run: nothing of it is to be refused.
func (b *loadBank) OnFrameRefused(f *corridor.Fault, _, _ corridor.ISN) { b.fail(f) }

// OnCheckpoint has nothing to keep: the run is one session.
func (b *loadBank) OnCheckpoint([]byte) {}

// OnFarewell notes an end that was not asked for.
func (b *loadBank) OnFarewell(f *corridor.Fault) {
	if f != nil {
		b.fail(f)
	}
}

// benchIndex is the bank whose terminal this is, or 0.
func benchIndex(lt corridor.LT, banks int) int {
	for i := range banks {
		if benchLT(i) == lt {
			return i
		}
	}
	return 0
}

func (l *load) report(took time.Duration) (*benchResult, error) {
	r := &benchResult{Seconds: took.Seconds()}
	var ack, deliv []float32
	for _, b := range l.banks {
		if b.failed != nil {
			return nil, b.failed
		}
		r.Sent, r.Accepted, r.Refused, r.Delivered, r.Duplicated = r.Sent+b.sent, r.Accepted+b.acked, r.Refused+b.refused, r.Delivered+b.got, r.Duplicated+b.twice
		ack, deliv = append(ack, b.ackMS...), append(deliv, b.delivMS...)
		for n := 1; n <= b.sent; n++ {
			if b.message(corridor.ISN(n)).delivered.Load() == 0 {
				r.Lost++
			}
		}
	}
	r.AcceptedPerS, r.DeliveredPerS = float64(r.Accepted)/took.Seconds(), float64(r.Delivered)/took.Seconds()
	slices.Sort(ack)
	slices.Sort(deliv)
	r.AckP50, r.AckP99, r.AckP999, r.AckMax = quantile(ack, 0.5), quantile(ack, 0.99), quantile(ack, 0.999), quantile(ack, 1)
	r.DeliveredP50, r.DeliveredP99, r.DeliveredP999, r.DeliveredMax = quantile(deliv, 0.5), quantile(deliv, 0.99), quantile(deliv, 0.999), quantile(deliv, 1)
	return r, nil
}

// quantile is the value below which that part of sorted values lies.
func quantile(sorted []float32, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[min(int(q*float64(len(sorted))), len(sorted)-1)])
}

// benchText makes valid messages of about a size: MT103 up to 900 bytes, MT199 above.
type benchText struct {
	kind   corridor.MessageType
	fill   string
	prefix string
}

func newBenchText(size int) *benchText {
	const line = "BETWEEN TWO INVENTED BANKS NUMBER "
	t := &benchText{kind: "fin.103", prefix: ":50K:/123456789\r\nALPHA TRADING\r\n1 HARBOUR STREET\r\n:59:/987654321\r\nBETA WORKS\r\n2 HILL ROAD\r\n"}
	fields := []struct {
		tag   string
		lines int
	}{{":70:", 4}, {":72:/ACC/", 1}, {"//", 5}, {":77B:", 3}}
	var b strings.Builder
	room := size - 436
	if size > 900 {
		t.kind, fields, room = "fin.199", []struct {
			tag   string
			lines int
		}{{":79:", 50}}, size-230
	}
	for _, f := range fields {
		for i := range f.lines {
			if room <= 0 {
				break
			}
			text := line[:min(len(line), max(room-6, 3), 29)]
			if i == 0 || f.tag == "//" {
				text = f.tag + text
			}
			b.WriteString(text + "\r\n")
			room -= len(text) + 2
		}
		if f.tag == ":70:" {
			b.WriteString(":71A:SHA\r\n")
		}
	}
	t.fill = b.String()
	return t
}

func (t *benchText) message(from, to corridor.LT, bank, number uint64) ([]byte, corridor.UETR) {
	uetr := fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", number>>32, number>>16&0xffff, number>>4&0xfff, bank&0xfff, number)
	b := make([]byte, 0, 2000)
	b = fmt.Appendf(b, "{1:F01%s0000000000}{2:I%s%sN}{3:{108:R%d}{121:%s}}{4:\r\n:20:R%d\r\n", from, t.kind[4:], to.Destination(), number, uetr, number)
	if t.kind == "fin.103" {
		b = append(append(b, ":23B:CRED\r\n:32A:261124EUR1350,\r\n:33B:EUR1350,\r\n"...), t.prefix...)
	}
	b = append(append(b, t.fill...), "-}"...)
	return b, corridor.UETR(uetr)
}
