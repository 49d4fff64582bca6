package journal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"corridor.example/corridor/internal/pgtest"
)

// cutter is a line to a server that can be cut at a commit.
type cutter struct {
	listener net.Listener
	server   string
	mu       sync.Mutex
	cut      cutAt
	then     func() // called when the line is cut
}

// cutAt says when the line is cut: once, after the next large request has begun.
type cutAt int

const (
	never         cutAt = iota
	beforeRequest       // half of the request reaches the server
	beforeAnswer        // the request reaches the server, the answer is lost
)

// largeRequest tells an insert from what else goes over the line.
const largeRequest = 60_000

func newCutter(t *testing.T, s *pgtest.Server) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c := &cutter{listener: l, server: fmt.Sprintf("127.0.0.1:%d", s.Port)}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go c.line(client)
		}
	}()
	return c
}

func (c *cutter) port() string { return strconv.Itoa(c.listener.Addr().(*net.TCPAddr).Port) }

// arm cuts the next commit.
func (c *cutter) arm(at cutAt, then func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut, c.then = at, then
}

// due takes the order to cut if it is this one.
func (c *cutter) due(at cutAt) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut != at {
		return false
	}
	c.cut = never
	return true
}

func (c *cutter) line(client net.Conn) {
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		client.Close()
		return
	}
	defer client.Close()
	defer server.Close()
	var sent int // bytes of the request under way; guarded by mu
	var mu sync.Mutex
	go func() {
		defer client.Close()
		defer server.Close()
		b := make([]byte, 32<<10)
		for {
			n, err := server.Read(b)
			if err != nil {
				return
			}
			mu.Lock()
			large := sent > largeRequest
			sent = 0
			mu.Unlock()
			if large && c.due(beforeAnswer) {
				c.then()
				return
			}
			if _, err := client.Write(b[:n]); err != nil {
				return
			}
		}
	}()
	b := make([]byte, 32<<10)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		mu.Lock()
		sent += n
		large := sent > largeRequest
		mu.Unlock()
		if large && c.due(beforeRequest) {
			c.then()
			return
		}
		if _, err := server.Write(b[:n]); err != nil {
			return
		}
	}
}

// TestPostgresCutAtTheCommit: the line dies during a commit; the append finds out what became of it.
func TestPostgresCutAtTheCommit(t *testing.T) {
	ctx := context.Background()
	s := pgtest.Start(t)
	c := newCutter(t, s)
	j, l := fill(t, strings.Replace(s.URL(), strconv.Itoa(s.Port), c.port(), 1), 2)
	direct := open(t, s.URL(), Options{})
	for _, at := range []cutAt{beforeAnswer, beforeRequest, beforeAnswer} {
		p := l.page(50, 3000)
		var cuts atomic.Int32
		c.arm(at, func() { cuts.Add(1) })
		if err := j.Append(ctx, p); err != nil || cuts.Load() != 1 {
			t.Fatalf("cut %d: %v, %d cuts", at, err, cuts.Load())
		}
		got, err := direct.Read(ctx, p.Header.Number)
		if err != nil {
			t.Fatal(err)
		}
		samePage(t, got, p)
	}
	other := *l
	other.at = other.at.Add(time.Second)
	c.arm(beforeRequest, func() { appendPage(t, direct, other.page(1, 1)) })
	if err := j.Append(ctx, l.page(50, 3000)); !errors.Is(err, ErrFenced) {
		t.Fatalf("another leader wrote the page while the line was dead: %v", err)
	}
	if r, err := direct.Check(ctx, CheckOptions{HubKey: l.hubKey}); err != nil || r.Pages != 6 {
		t.Fatalf("%d pages, %v", r.Pages, err)
	}
}

// TestPostgresStandbySilent: a commit that the stand-by did not confirm is not told as durable, although the server, asked to cancel the wait, says
// that it is done; once the stand-by is back, it is.
func TestPostgresStandbySilent(t *testing.T) {
	primary := pgtest.Start(t)
	standby := primary.Standby()
	j, l := fill(t, primary.URL(), 2)
	standby.Freeze()
	p := l.page(3, 100)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	told := make(chan error, 1)
	go func() { told <- j.Append(ctx, p) }()
	for waiting := true; waiting; {
		select {
		case err := <-told:
			if !errors.Is(err, ErrInDoubt) {
				t.Fatalf("append without the stand-by: %v", err)
			}
			waiting = false
		case <-time.After(50 * time.Millisecond):
			primary.Exec("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
		}
	}
	standby.Thaw()
	if err := j.Append(context.Background(), p); err != nil {
		t.Fatalf("append of the same page once the stand-by is back: %v", err)
	}
}

// TestPostgresFailover: the primary dies under load, the stand-by is promoted, and each page that was told as durable is there.
func TestPostgresFailover(t *testing.T) {
	primary := pgtest.Start(t)
	standby := primary.Standby()
	j, l := fill(t, primary.URL(standby), 1)
	durable := make(chan *Page, 10_000)
	loaded, stop := make(chan struct{}), make(chan struct{})
	isLoaded := sync.OnceFunc(func() { close(loaded) })
	go func() {
		defer close(durable)
		defer isLoaded()
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			p := l.page(20, 600)
			if err := j.Append(context.Background(), p); err != nil {
				t.Errorf("page %d: %v", p.Header.Number, err)
				return
			}
			durable <- p
			if n == 100 {
				isLoaded()
			}
		}
	}()
	<-loaded
	primary.Kill()
	standby.Promote()
	go func() { time.Sleep(time.Second); close(stop) }()
	pages := 1
	for p := range durable {
		got, err := j.Read(context.Background(), p.Header.Number)
		if err != nil {
			t.Fatalf("page %d was told as durable: %v", p.Header.Number, err)
		}
		samePage(t, got, p)
		pages++
	}
	r, err := j.Check(context.Background(), CheckOptions{HubKey: l.hubKey})
	if err != nil || int(r.Pages) != pages || r.Head != l.head.Hash {
		t.Fatalf("after the fail-over: %d pages, %d told, %v", r.Pages, pages, err)
	}
	t.Logf("%d pages", pages)
}
