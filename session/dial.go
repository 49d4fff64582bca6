package session

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"corridor.example/corridor"
	"corridor.example/corridor/session/sessionpb"
)

// Dial connects, logs in and starts the session. An error that is a *corridor.Fault (errors.As) is the network's refusal, or what
// this side found wrong with the network.
func Dial(ctx context.Context, config Config) (*Client, error) {
	if err := config.fill(); err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	c := &Client{config: config, done: make(chan struct{}), out: outbox{wake: make(chan struct{}, 1)}}
	if err := c.connect(ctx); err != nil {
		return nil, err
	}
	if err := c.login(ctx); err != nil {
		c.cancel()
		c.conn.Close()
		return nil, err
	}
	c.heard.Store(time.Now().UnixNano())
	go c.receive()
	go c.sendAll()
	go c.notes.follow(c.live)
	go c.keepAlive()
	return c, nil
}

func (c *Config) fill() error {
	switch {
	case c.Address == "" || c.Root == nil || c.Signer == nil || c.Events == nil || len(c.Transport.Certificate) == 0:
		return errors.New("address, root, transport certificate, signer and events are needed")
	case c.Window < 0 || c.Window > corridor.MaxWindow:
		return fmt.Errorf("window %d: ask for 1 to %d, or 0 for the default", c.Window, corridor.MaxWindow)
	case c.LastAnswered > c.LastSent:
		return fmt.Errorf("LastAnswered %d is more than LastSent %d", c.LastAnswered, c.LastSent)
	}
	if _, err := corridor.ParseLT(string(c.LT)); err != nil {
		return err
	}
	if c.Network == "" {
		c.Network = c.Root.Network()
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return nil
}

// connect prepares the connection; it opens with the first call.
func (c *Client) connect(ctx context.Context) error {
	conn, err := grpc.NewClient("passthrough:///"+c.config.Address,
		grpc.WithTransportCredentials(handshaker{credentials.NewTLS(c.config.Root.ClientTLS(c.config.Transport, c.config.ServerName)), nil}),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(newCodec()), grpc.MaxCallRecvMsgSize(maxFromNetwork), grpc.MaxCallSendMsgSize(maxFromMember)),
		grpc.WithInitialWindowSize(streamWindow),
		grpc.WithInitialConnWindowSize(connectionWindow),
		grpc.WithReadBufferSize(ioBuffer),
		grpc.WithWriteBufferSize(ioBuffer),
		grpc.WithMaxHeaderListSize(maxHeaderList),
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableRetry(),
		grpc.WithNoProxy(),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return (&net.Dialer{Timeout: corridor.LoginTimeout}).DialContext(ctx, "tcp", address)
		}))
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	c.conn, c.rpc = conn, sessionpb.NewNetworkClient(conn)
	live, cancel := context.WithCancel(context.Background())
	c.live, c.cancel = live, cancel
	stop := context.AfterFunc(ctx, cancel) // until the login is through, the caller's context counts
	defer stop()
	if c.stream, err = c.rpc.Session(live); err != nil {
		cancel()
		conn.Close()
		return c.connectionError(ctx, err)
	}
	return nil
}

// login sends the Login and judges the Welcome.
func (c *Client) login(ctx context.Context) error {
	stop := context.AfterFunc(ctx, c.cancel)
	defer stop()
	g := &c.config
	err := c.stream.Send(&sessionpb.FromMember{Frame: &sessionpb.FromMember_Login{Login: &sessionpb.Login{
		Versions: []uint32{Version}, Network: string(g.Network), Lt: string(g.LT), SigningCertificate: g.Signer.Certificate().DER,
		Window: uint32(g.Window), Delivery: g.Delivery, Takeover: g.Takeover, LastSent: uint64(g.LastSent), LastAnswered: uint64(g.LastAnswered),
		LastStored: uint64(g.LastStored), Software: g.Software, Checkpoint: g.Checkpoint}}})
	if err != nil && status.Code(err) != codes.OK && !strings.Contains(err.Error(), "EOF") {
		return c.connectionError(ctx, err)
	}
	first, err := c.stream.Recv()
	if err != nil {
		return c.connectionError(ctx, err)
	}
	switch f := first.Frame.(type) {
	case *sessionpb.FromNetwork_Farewell:
		if fault := FaultFromWire(f.Farewell.Fault); fault != nil {
			return fault
		}
	case *sessionpb.FromNetwork_Welcome:
		return c.enter(f.Welcome, first.Checkpoint)
	}
	return corridor.NetworkFault(corridor.FaultFalseProof, "the network did not answer the login")
}

// enter takes the Welcome if it fits what the member's store knows.
func (c *Client) enter(w *sessionpb.Welcome, note []byte) error {
	g := &c.config
	hub, err := g.Root.Hub(w.HubCertificate, g.Clock())
	switch {
	case err != nil:
		return corridor.NetworkFault(corridor.FaultFalseProof, "the hub's signing certificate:", err)
	case w.Version != Version:
		return corridor.NetworkFault(corridor.FaultVersion, "the network chose", w.Version)
	case w.Session < 1 || w.Session > 9999 || w.Window < 1 || w.Window > corridor.MaxWindow:
		return corridor.NetworkFault(corridor.FaultWindowRange, "the network gave session", w.Session, "and window", w.Window)
	case w.LastAccepted < uint64(g.LastAnswered):
		return corridor.NetworkFault(corridor.FaultISNAhead, "the network has", w.LastAccepted, "and this store has answers up to", g.LastAnswered)
	case w.LastAssigned < uint64(g.LastStored):
		return corridor.NetworkFault(corridor.FaultOSNAhead, "the network has", w.LastAssigned, "and this store", g.LastStored)
	}
	beat := min(max(time.Duration(w.KeepAliveMillis)*time.Millisecond, minKeepAlive), maxKeepAlive)
	c.welcome = Welcome{corridor.SessionNumber(w.Session), int(w.Window), corridor.ISN(w.LastAccepted), corridor.OSN(w.LastAssigned), time.UnixMilli(w.Time).UTC(), beat, hub}
	c.waiting = newOutstanding(int(w.Window))
	c.verify = newVerifier(g, hub)
	c.notes, err = newNotes(c, g.Checkpoint, note)
	return err
}

// connectionError says what a failed connection means: a refused certificate is a fault, the rest an error to try again.
func (c *Client) connectionError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("session: connecting to %s: %w", c.config.Address, ctx.Err())
	}
	text := status.Convert(err).Message()
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) || strings.Contains(text, "tls: ") || strings.Contains(text, "x509: ") || strings.Contains(text, "certificate") {
		return corridor.NetworkFault(corridor.FaultNoCertificate, text)
	}
	return fmt.Errorf("session: connecting to %s: %s", c.config.Address, text)
}
