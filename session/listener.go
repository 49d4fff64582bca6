package session

import (
	"context"
	"crypto/x509"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"corridor.example/corridor"
	"corridor.example/corridor/pki"
)

// boundedListener refuses connections beyond the limit at once, so that those it has are served.
type boundedListener struct {
	net.Listener
	open    *atomic.Int64
	refused *atomic.Int64
}

func (l boundedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.open.Add(1) <= maxConnections {
			return &countedConn{Conn: c, open: l.open}, nil
		}
		l.open.Add(-1)
		l.refused.Add(1)
		c.Close()
	}
}

type countedConn struct {
	net.Conn
	open   *atomic.Int64
	closed atomic.Bool
}

func (c *countedConn) Close() error {
	if c.closed.CompareAndSwap(false, true) {
		c.open.Add(-1)
	}
	return c.Conn.Close()
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
func peerOf(ctx context.Context) (Peer, net.Conn, *corridor.Fault) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return Peer{}, nil, corridor.NetworkFault(corridor.FaultNoCertificate)
	}
	l, ok := p.AuthInfo.(line)
	if !ok || len(l.State.PeerCertificates) == 0 {
		return Peer{}, nil, corridor.NetworkFault(corridor.FaultNoCertificate)
	}
	who, err := peerOfCertificate(l.State.PeerCertificates[0], p.Addr.String())
	if err != nil {
		return Peer{}, nil, corridor.NetworkFault(corridor.FaultForeignKey, err)
	}
	return who, l.conn, nil
}

func peerOfCertificate(c *x509.Certificate, address string) (Peer, error) {
	lts, err := pki.TransportLTs(c)
	return Peer{Transport: pki.KeyID(c.Raw), LTs: lts, Address: address}, err
}
