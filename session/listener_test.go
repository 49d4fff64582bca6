package session

import (
	"context"
	"net"
	"testing"
	"time"

	"corridor.example/corridor"
)

// TestConnectionsFromOneAddress: one address gets so many connections and no more, and has room again when it closes one.
func TestConnectionsFromOneAddress(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	defer tcp.Close()
	var count counters
	l := &boundedListener{Listener: tcp, count: &count, from: map[string]int{"127.0.0.1": maxFromAddress - 1}}
	accepted := make(chan net.Conn, 4)
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", tcp.Addr().String())
		fatal(t, err)
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		return c
	}
	dial()
	last := <-accepted
	if _, err := dial().Read(make([]byte, 1)); err == nil || count.refused.Load() != 1 {
		t.Fatalf("one connection too many: %v, %d refused", err, count.refused.Load())
	}
	last.Close()
	last.Close()
	dial()
	<-accepted
	if n := count.connections.Load(); n != 1 {
		t.Errorf("%d connections are counted, want 1", n)
	}
}

// TestPace: the logins of one terminal wait for each other, those of another do not.
func TestPace(t *testing.T) {
	p := pace{last: map[corridor.LT]time.Time{}}
	start := time.Now()
	for range 3 {
		p.wait(context.Background(), "MERIDEF0AXXX")
	}
	if took := time.Since(start); took < 2*loginPause {
		t.Errorf("three logins took %v, want at least %v", took, 2*loginPause)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	start = time.Now()
	p.wait(context.Background(), "CEDRFRP0AXXX")
	for range 100 {
		p.wait(gone, "CEDRFRP0AXXX")
	}
	if took := time.Since(start); took > loginPause {
		t.Errorf("another terminal, and one that is gone, took %v", took)
	}
}
