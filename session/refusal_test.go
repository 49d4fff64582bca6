package session_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	"corridor.example/corridor"
	"corridor.example/corridor/session"
	"corridor.example/corridor/session/sessionpb"
)

// TestDialIsRefused: whoever is not who he should be gets a fault with the code of the table, and no session.
func TestDialIsRefused(t *testing.T) {
	n := newNetwork(t, session.Options{Network: "test.corridor"})
	other := newNetwork(t, session.Options{})
	stranger := other.bank(meridian)
	for _, test := range []struct {
		name, code string
		change     func(*session.Config)
	}{
		{"transport certificate of another network", corridor.FaultNoCertificate, func(c *session.Config) { c.Transport = stranger.config.Transport }},
		{"signing certificate of another network", corridor.FaultForeignKey, func(c *session.Config) { c.Signer = stranger.signer }},
		{"expired certificate", corridor.FaultNoCertificate, func(c *session.Config) { c.Transport = n.expired(meridian) }},
		{"hub of another network", corridor.FaultNoCertificate, func(c *session.Config) { c.Address = other.address }},
		{"hub of another name", corridor.FaultNoCertificate, func(c *session.Config) { c.ServerName = "hub.example" }},
		{"terminal not of this certificate", corridor.FaultNotItsLT, func(c *session.Config) { c.LT = cedar }},
		{"wrong network", corridor.FaultOtherNetwork, func(c *session.Config) { c.Network = "other.corridor" }},
		{"answers that the network does not have", corridor.FaultISNAhead, func(c *session.Config) { c.LastSent, c.LastAnswered = 9, 9 }},
		{"deliveries that the network does not have", corridor.FaultOSNAhead, func(c *session.Config) { c.LastStored = 9 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := n.bank(meridian)
			b.config.Takeover = true
			test.change(&b.config)
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			_, err := session.Dial(ctx, b.config)
			wantFault(t, err, test.code)
		})
	}
}

func (n *network) expired(lt corridor.LT) tls.Certificate {
	issued, err := n.authority.IssueMember([]corridor.LT{lt}, time.Second, time.Now().Add(-time.Minute), rand.Reader)
	check(n.t, err)
	return issued.TransportTLS()
}

func wantFault(t *testing.T, err error, code string) {
	t.Helper()
	var f *corridor.Fault
	if !errors.As(err, &f) || f.Code != code {
		t.Fatalf("got %v, want the fault %s", err, code)
	}
	if f.Text == "" || f.Whose == "" {
		t.Errorf("fault %s does not say what is wrong and whose it is: %+v", code, f)
	}
}

func TestDialWithoutAHub(t *testing.T) {
	n := newNetwork(t, session.Options{})
	b := n.bank(meridian)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	b.config.Address = l.Addr().String()
	l.Close()
	if _, err := session.Dial(context.Background(), b.config); err == nil || !strings.Contains(err.Error(), b.config.Address) {
		t.Errorf("got %v, want an error that names the address", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := session.Dial(ctx, b.config); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

// raw is a stream without the client's care.
type raw struct {
	t *testing.T
	grpc.BidiStreamingClient[sessionpb.FromMember, sessionpb.FromNetwork]
	b *bank
}

func (n *network) raw(t *testing.T) *raw {
	t.Helper()
	b := n.bank(meridian)
	conn, err := grpc.NewClient("passthrough:///"+n.address, grpc.WithTransportCredentials(credentials.NewTLS(n.root.ClientTLS(b.config.Transport, ""))))
	check(t, err)
	t.Cleanup(func() { conn.Close() })
	s, err := sessionpb.NewNetworkClient(conn).Session(context.Background())
	check(t, err)
	return &raw{t, s, b}
}

func (r *raw) login(change func(*sessionpb.Login)) *raw {
	l := &sessionpb.Login{Versions: []uint32{1}, Network: "test.corridor", Lt: string(meridian), SigningCertificate: r.b.signer.Certificate().DER}
	if change != nil {
		change(l)
	}
	check(r.t, r.Send(&sessionpb.FromMember{Frame: &sessionpb.FromMember_Login{Login: l}}))
	return r
}

// farewell reads until the farewell and returns its fault's code.
func (r *raw) farewell() string {
	r.t.Helper()
	for {
		f, err := r.Recv()
		if err != nil {
			r.t.Fatalf("the stream ended without a farewell: %v", err)
		}
		if w := f.GetFarewell(); w != nil {
			if _, err := r.Recv(); err != io.EOF {
				r.t.Errorf("after the farewell came %v, want the end", err)
			}
			return w.GetFault().GetCode()
		}
	}
}

var ping = &sessionpb.FromMember{Frame: &sessionpb.FromMember_Ping{Ping: &sessionpb.Ping{Nonce: 1}}}

// TestFarewells: what breaks the protocol ends the session with a farewell that says why.
func TestFarewells(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, session.Options{Network: "test.corridor", LoginTimeout: 2 * time.Second})
	submit := func(size int) *sessionpb.FromMember {
		return &sessionpb.FromMember{Frame: &sessionpb.FromMember_Submit{Submit: &sessionpb.Submit{Frames: [][]byte{make([]byte, size)}}}}
	}
	logout := &sessionpb.FromMember{Frame: &sessionpb.FromMember_Logout{Logout: &sessionpb.Logout{}}}
	for _, test := range []struct {
		name, code string
		do         func(*raw)
	}{
		{"no login in time", corridor.FaultLoginLate, func(r *raw) {}},
		{"a ping before the login", corridor.FaultLoginForm, func(r *raw) { r.Send(ping) }},
		{"a version that is not spoken", corridor.FaultVersion, func(r *raw) { r.login(func(l *sessionpb.Login) { l.Versions = []uint32{2, 3} }) }},
		{"no version", corridor.FaultVersion, func(r *raw) { r.login(func(l *sessionpb.Login) { l.Versions = nil }) }},
		{"a terminal that is none", corridor.FaultLoginForm, func(r *raw) { r.login(func(l *sessionpb.Login) { l.Lt = "meridian" }) }},
		{"a long list of versions", corridor.FaultLoginForm, func(r *raw) { r.login(func(l *sessionpb.Login) { l.Versions = make([]uint32, 1000) }) }},
		{"a window out of range", corridor.FaultWindowRange, func(r *raw) { r.login(func(l *sessionpb.Login) { l.Window = corridor.MaxWindow + 1 }) }},
		{"a second login", corridor.FaultNotExpected, func(r *raw) { r.login(nil).login(nil) }},
		{"a frame that is too large", corridor.FaultFrameTooLarge, func(r *raw) { r.login(nil).Send(submit(corridor.MaxFrame + 1)) }},
		{"frames that are too large together", corridor.FaultFrameTooLarge, func(r *raw) {
			r.login(nil).Send(&sessionpb.FromMember{Frame: &sessionpb.FromMember_Submit{Submit: &sessionpb.Submit{Frames: [][]byte{
				make([]byte, corridor.MaxFrame), make([]byte, corridor.MaxFrame), {1}}}}})
		}},
		{"no frame", corridor.FaultMalformed, func(r *raw) {
			r.login(nil).Send(&sessionpb.FromMember{Frame: &sessionpb.FromMember_Submit{Submit: &sessionpb.Submit{}}})
		}},
		{"a frame that is garbage", corridor.FaultMalformed, func(r *raw) { r.login(nil).Send(submit(100)) }},
		{"a frame of no known kind", corridor.FaultMalformed, func(r *raw) {
			m := &sessionpb.FromMember{}
			m.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1))
			r.login(nil).Send(m)
		}},
		{"an orderly logout", "", func(r *raw) { r.login(nil).Send(logout) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := n.raw(t)
			test.do(r)
			if got := r.farewell(); got != test.code {
				t.Errorf("got %q, want %q", got, test.code)
			}
		})
	}
	if c := n.server.Counts(); c.Sessions != 0 || c.LoginsRefused != 7 || c.Logins != 7 {
		t.Errorf("counts %+v", c)
	}
}

func TestSilentMember(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, session.Options{KeepAlive: 60 * time.Millisecond})
	if got := n.raw(t).login(nil).farewell(); got != corridor.FaultSilent {
		t.Errorf("got %q, want %q", got, corridor.FaultSilent)
	}
}

// TestStatusWithoutFarewell: what gRPC itself cannot decode ends the stream with its status, since then no farewell can be sent.
func TestStatusWithoutFarewell(t *testing.T) {
	n := newNetwork(t, session.Options{})
	r := n.raw(t).login(nil)
	if f, err := r.Recv(); err != nil || f.GetWelcome() == nil {
		t.Fatal(f, err)
	}
	r.Send(&sessionpb.FromMember{Frame: &sessionpb.FromMember_Submit{Submit: &sessionpb.Submit{Frames: [][]byte{make([]byte, 4<<20)}}}})
	if _, err := r.Recv(); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("got %v, want RESOURCE_EXHAUSTED", err)
	}
	waitFor(t, "the session to be lost", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.members[meridian].lost == corridor.FaultFrameTooLarge
	})
}

// TestBytesThatAreNoProtocol: whatever comes to the port, the connection ends soon and others are served.
func TestBytesThatAreNoProtocol(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, session.Options{LoginTimeout: 300 * time.Millisecond})
	withTLS := n.root.ClientTLS(n.bank(cedar).config.Transport, "")
	withTLS.NextProtos = []string{"h2"}
	without := withTLS.Clone()
	without.Certificates = nil
	secured := func(c net.Conn, with *tls.Config) net.Conn { return tls.Client(c, with) }
	for _, test := range []struct {
		name string
		do   func(net.Conn) net.Conn
	}{
		{"nothing", func(c net.Conn) net.Conn { return c }},
		{"plain HTTP", func(c net.Conn) net.Conn { io.WriteString(c, "GET / HTTP/1.1\r\nHost: hub\r\n\r\n"); return c }},
		{"noise", func(c net.Conn) net.Conn { io.CopyN(c, rand.Reader, 64<<10); return c }},
		{"the beginning of a handshake", func(c net.Conn) net.Conn { c.Write([]byte{22, 3, 1, 2, 0, 1}); return c }},
		{"TLS without a certificate", func(c net.Conn) net.Conn { return secured(c, without) }},
		{"TLS, and then nothing", func(c net.Conn) net.Conn { s := secured(c, withTLS); s.(*tls.Conn).Handshake(); return s }},
		{"TLS, and then noise", func(c net.Conn) net.Conn { s := secured(c, withTLS); io.CopyN(s, rand.Reader, 4<<10); return s }},
		{"TLS, and then HTTP/1.1", func(c net.Conn) net.Conn {
			s := secured(c, withTLS)
			io.WriteString(s, "GET / HTTP/1.1\r\n\r\n")
			return s
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := net.Dial("tcp", n.address)
			check(t, err)
			defer c.Close()
			c.SetDeadline(time.Now().Add(5 * time.Second))
			_, err = io.Copy(io.Discard, bufio.NewReader(test.do(c)))
			if errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
				t.Errorf("the connection is still open after 5 s")
			}
		})
	}
	n.bank(meridian).dial(t)
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// TestCertificateExpiresInSession: a session does not outlive the certificate that it was let in with.
func TestCertificateExpiresInSession(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, session.Options{})
	issued, err := n.authority.IssueMember([]corridor.LT{meridian}, 3*time.Second, time.Now(), rand.Reader)
	check(t, err)
	a := n.bank(meridian)
	a.config.Transport = issued.TransportTLS()
	a.dial(t)
	wantFault(t, next(t, a.farewell, "farewell"), corridor.FaultExpired)
}

// TestStreamsOfOneCertificate: a member cannot claim memory by opening sessions that it never logs in.
func TestStreamsOfOneCertificate(t *testing.T) {
	n := newNetwork(t, session.Options{})
	b := n.bank(meridian)
	conn, err := grpc.NewClient("passthrough:///"+n.address, grpc.WithTransportCredentials(credentials.NewTLS(n.root.ClientTLS(b.config.Transport, ""))))
	check(t, err)
	defer conn.Close()
	open := func() *raw {
		s, err := sessionpb.NewNetworkClient(conn).Session(context.Background())
		check(t, err)
		return &raw{t, s, b}
	}
	first := make(chan string, 10)
	for range cap(first) { // one for its terminal, 8 to spare, and one too many
		r := open()
		go func() {
			f, _ := r.Recv()
			first <- f.GetFarewell().GetFault().GetCode()
		}()
	}
	if got := next(t, first, "refusal"); got != corridor.FaultLoggedIn {
		t.Errorf("one of ten gets %q, want %q", got, corridor.FaultLoggedIn)
	}
	n.bank(cedar).dial(t)
}

func TestSecondLogin(t *testing.T) {
	n := newNetwork(t, session.Options{})
	first := n.bank(meridian)
	first.dial(t)
	second := n.bank(meridian)
	_, err := session.Dial(context.Background(), second.config)
	wantFault(t, err, corridor.FaultLoggedIn)
	second.config.Takeover = true
	second.dial(t)
	wantFault(t, next(t, first.farewell, "farewell"), corridor.FaultTakenOver)
}

func TestShutdownSaysFarewell(t *testing.T) {
	n := newNetwork(t, session.Options{})
	a := n.bank(meridian)
	c := a.dial(t)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	n.server.Shutdown(ctx)
	if ctx.Err() != nil {
		t.Error("the shutdown did not end in order")
	}
	wantFault(t, next(t, a.farewell, "farewell"), corridor.FaultShutdown)
	<-c.Done()
	wantFault(t, c.Fault(), corridor.FaultShutdown)
	if err := c.Submit(context.Background(), [][]byte{a.frame(cedar, 1, "late")}); !errors.Is(err, session.ErrEnded) {
		t.Errorf("submit after the end: %v", err)
	}
}

// TestStalledReceiver: a member who does not read loses its session; the others go on.
func TestStalledReceiver(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, session.Options{SendTimeout: 300 * time.Millisecond, KeepAlive: time.Minute})
	r := n.raw(t).login(nil)
	if f, err := r.Recv(); err != nil || f.GetWelcome() == nil {
		t.Fatal(f, err)
	}
	n.mu.Lock()
	m := n.members[meridian]
	n.mu.Unlock()
	big := &sessionpb.FromNetwork{Checkpoint: make([]byte, 1<<20)}
	for range 8 {
		m.out <- big
	}
	waitFor(t, "the session to be lost", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return m.lost == corridor.FaultStalled
	})
	n.bank(cedar).dial(t)
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 1000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s", what)
}
