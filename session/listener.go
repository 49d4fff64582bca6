package session

import (
	"context"
	"crypto/x509"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"corridor.example/corridor"
	"corridor.example/corridor/pki"
)

// boundedListener refuses connections beyond the limits at once, so that those it has are served.
type boundedListener struct {
	net.Listener
	count *counters
	mu    sync.Mutex
	from  map[string]int // open connections by address
}

func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if own, ok := l.admit(c); ok {
			return own, nil
		}
		l.count.refused.Add(1)
		c.Close()
	}
}

func (l *boundedListener) admit(c net.Conn) (net.Conn, bool) {
	from := c.RemoteAddr().String()
	if host, _, err := net.SplitHostPort(from); err == nil {
		from = host
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count.connections.Load() >= maxConnections || l.from[from] >= maxFromAddress {
		return nil, false
	}
	l.from[from]++
	l.count.connections.Add(1)
	return &boundedConn{Conn: c, listener: l, from: from}, true
}

// boundedConn gives its place back when it is closed.
type boundedConn struct {
	net.Conn
	listener *boundedListener
	from     string
	closed   sync.Once
}

func (c *boundedConn) Close() error {
	c.closed.Do(func() {
		l := c.listener
		l.mu.Lock()
		defer l.mu.Unlock()
		l.count.connections.Add(-1)
		if l.from[c.from]--; l.from[c.from] == 0 {
			delete(l.from, c.from)
		}
	})
	return c.Conn.Close()
}

// pace keeps the logins of a terminal apart. It knows only terminals for which someone has shown a certificate.
type pace struct {
	mu   sync.Mutex
	last map[corridor.LT]time.Time
}

// wait returns when this login may go on, or the context ends.
func (p *pace) wait(ctx context.Context, lt corridor.LT) {
	p.mu.Lock()
	now := time.Now()
	at := p.last[lt].Add(loginPause)
	if at.Before(now) {
		at = now
	}
	p.last[lt] = at
	p.mu.Unlock()
	if at == now {
		return
	}
	select {
	case <-time.After(at.Sub(now)):
	case <-ctx.Done():
	}
}

// streams counts the sessions, and those that are not yet in, of each transport certificate: each may hold a stream's window of bytes.
type streams struct {
	mu   sync.Mutex
	open map[corridor.Digest]int
}

func (s *streams) enter(key corridor.Digest, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[key] >= most {
		return false
	}
	s.open[key]++
	return true
}

func (s *streams) leave(key corridor.Digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[key]--; s.open[key] == 0 {
		delete(s.open, key)
	}
}

// handshaker is TLS that on the server's side remembers the connection, so that a session can cut the line of a member who does
// not read, and counts failures.
type handshaker struct {
	credentials.TransportCredentials
	failed *atomic.Int64
}

// line is what a stream knows of its connection.
type line struct {
	credentials.TLSInfo
	conn net.Conn
}

func (h handshaker) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := h.TransportCredentials.ServerHandshake(raw)
	if err != nil {
		h.failed.Add(1)
		return nil, nil, err
	}
	return conn, line{info.(credentials.TLSInfo), conn}, nil
}

// ClientHandshake keeps the connection such that a refusal of this side's certificate is heard.
func (h handshaker) ClientHandshake(ctx context.Context, authority string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := h.TransportCredentials.ClientHandshake(ctx, authority, raw)
	if err != nil {
		return nil, nil, err
	}
	return refusedConn{conn}, info, nil
}

// refusedConn tells why the other side closed: in TLS 1.3 a server refuses a certificate after the client's handshake is done, and
// then a write may fail before the alert is read.
type refusedConn struct{ net.Conn }

func (c refusedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if err == nil {
		return n, nil
	}
	c.SetReadDeadline(time.Now().Add(alertWait))
	if _, alert := c.Read(make([]byte, 1)); alert != nil && strings.Contains(alert.Error(), "tls: ") {
		return n, alert
	}
	return n, err
}

func (h handshaker) Clone() credentials.TransportCredentials {
	return handshaker{h.TransportCredentials.Clone(), h.failed}
}

// peerOf reads who is on the other end of a stream.
func peerOf(ctx context.Context) (Peer, line, *corridor.Fault) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return Peer{}, line{}, corridor.NetworkFault(corridor.FaultNoCertificate)
	}
	l, ok := p.AuthInfo.(line)
	if !ok || len(l.State.PeerCertificates) == 0 {
		return Peer{}, line{}, corridor.NetworkFault(corridor.FaultNoCertificate)
	}
	who, err := peerOfCertificate(l.State.PeerCertificates[0], p.Addr.String())
	if err != nil {
		return Peer{}, line{}, corridor.NetworkFault(corridor.FaultForeignKey, err)
	}
	return who, l, nil
}

func peerOfCertificate(c *x509.Certificate, address string) (Peer, error) {
	lts, err := pki.TransportLTs(c)
	return Peer{Transport: pki.KeyID(c.Raw), LTs: lts, Address: address}, err
}
