package session

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"corridor.example/corridor"
	"corridor.example/corridor/session/sessionpb"
)

// conversation is the server's side of one session. The stream's own goroutine sends; a second one reads.
type conversation struct {
	server *Server
	stream grpc.BidiStreamingServer[sessionpb.FromMember, sessionpb.FromNetwork]
	conn   net.Conn
	peer   Peer
	until  time.Time // the end of the transport certificate's validity

	login   chan *sessionpb.Login // the first frame, once
	let     chan Session          // the session, once the member is in
	ended   chan *corridor.Fault  // why the reader stopped; buffered
	pongs   chan uint64           // nonces to answer; buffered, a flood of pings is answered in part
	heard   atomic.Int64          // when the last frame came, Unix nanoseconds
	busy    atomic.Bool           // the session is taking a frame, and nothing is read
	leaving bool                  // a Logout was read
	stalled *time.Timer           // cuts the line while something stays unsent
}

// Session serves one session: log in, then send and read until either side ends it.
func (s *Server) Session(stream grpc.BidiStreamingServer[sessionpb.FromMember, sessionpb.FromNetwork]) error {
	peer, of, fault := peerOf(stream.Context())
	if fault != nil {
		return status.Error(codes.Unauthenticated, fault.Error())
	}
	if !s.streams.enter(peer.Transport, len(peer.LTs)+maxSpareStreams) {
		return stream.Send(Farewell(corridor.NetworkFault(corridor.FaultLoggedIn, "too many sessions of this certificate at once")))
	}
	defer s.streams.leave(peer.Transport)
	conn := of.conn
	c := &conversation{server: s, stream: stream, conn: conn, peer: peer, until: of.State.PeerCertificates[0].NotAfter,
		login: make(chan *sessionpb.Login, 1), let: make(chan Session, 1), ended: make(chan *corridor.Fault, 1), pongs: make(chan uint64, 1)}
	c.stalled = time.AfterFunc(time.Hour, func() { conn.Close() })
	c.stalled.Stop()
	defer c.stalled.Stop()
	go c.read()
	return c.serve()
}

func (c *conversation) serve() error {
	session, fault := c.open()
	if fault != nil {
		c.server.count.loginsRefused.Add(1)
		return c.farewell(fault)
	}
	c.server.count.logins.Add(1)
	c.server.count.sessions.Add(1)
	defer c.server.count.sessions.Add(-1)
	fault = c.converse(session)
	if fault == nil {
		return nil
	}
	c.server.count.faulted.Add(1)
	abandon(session, fault.Code)
	return c.farewell(fault)
}

// abandon tells a session that its member is gone, and reads what it still puts out until it has closed that.
func abandon(session Session, code string) {
	session.Lost(code)
	go drain(session.Outgoing())
}

func drain(out <-chan *sessionpb.FromNetwork) {
	for range out {
	}
}

// open waits for the login, has it judged, and welcomes the member.
func (c *conversation) open() (Session, *corridor.Fault) {
	late := time.NewTimer(c.server.options.LoginTimeout)
	defer late.Stop()
	var login *sessionpb.Login
	select {
	case login = <-c.login:
	case fault := <-c.ended:
		return nil, fault
	case <-late.C:
		return nil, corridor.NetworkFault(corridor.FaultLoginLate)
	case <-c.server.closing:
		return nil, corridor.NetworkFault(corridor.FaultShutdown)
	}
	if fault := c.checkLogin(login); fault != nil {
		return nil, fault
	}
	c.server.pace.wait(c.stream.Context(), corridor.LT(login.Lt))
	session, welcome, fault := c.server.handler.Login(c.stream.Context(), login, c.peer)
	if fault != nil {
		return nil, fault
	}
	c.complete(welcome)
	if err := c.send(&sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Welcome{Welcome: welcome}}); err != nil {
		abandon(session, corridor.FaultLineLost)
		return nil, corridor.NetworkFault(corridor.FaultLineLost, err)
	}
	c.let <- session
	return session, nil
}

// checkLogin refuses what no network could take.
func (c *conversation) checkLogin(l *sessionpb.Login) *corridor.Fault {
	lt, err := corridor.ParseLT(l.Lt)
	network := c.server.options.Network
	switch {
	case len(l.Versions) > maxVersions || len(l.Software) > maxText || len(l.SigningCertificate) > maxCertificate || len(l.Checkpoint) > maxCheckpoint:
		return corridor.NetworkFault(corridor.FaultLoginForm, "versions, software, certificate or checkpoint too long")
	case err != nil:
		return corridor.NetworkFault(corridor.FaultLoginForm, err)
	case !slices.Contains(l.Versions, Version):
		return corridor.NetworkFault(corridor.FaultVersion, "offered", l.Versions, "spoken", Version)
	case network != "" && l.Network != string(network):
		return corridor.NetworkFault(corridor.FaultOtherNetwork, "this is", network)
	case !slices.Contains(c.peer.LTs, lt):
		return corridor.NetworkFault(corridor.FaultNotItsLT, lt, "is not among", c.peer.LTs)
	case l.Window > corridor.MaxWindow:
		return corridor.NetworkFault(corridor.FaultWindowRange, l.Window)
	}
	return nil
}

func (c *conversation) complete(w *sessionpb.Welcome) {
	w.Version = Version
	if w.Time == 0 {
		w.Time = c.server.options.Clock().UnixMilli()
	}
	if w.KeepAliveMillis == 0 {
		w.KeepAliveMillis = uint32(c.server.options.KeepAlive.Milliseconds())
	}
}

// converse sends what the session puts out until the session ends, and returns the fault that ended it, if any.
func (c *conversation) converse(session Session) *corridor.Fault {
	out := session.Outgoing()
	watch := time.NewTicker(c.server.options.KeepAlive)
	defer watch.Stop()
	expired := time.NewTimer(c.until.Sub(c.server.options.Clock()))
	defer expired.Stop()
	for {
		select {
		case frame, more := <-out:
			if !more {
				return nil
			}
			if err := c.send(frame); err != nil {
				return c.unsent(err)
			}
			if isFarewell(frame) {
				go drain(out)
				return nil
			}
		case nonce := <-c.pongs:
			if err := c.send(&sessionpb.FromNetwork{Frame: &sessionpb.FromNetwork_Pong{Pong: &sessionpb.Pong{Nonce: nonce}}}); err != nil {
				return c.unsent(err)
			}
		case fault := <-c.ended:
			return fault
		case <-watch.C:
			if silent := time.Since(time.Unix(0, c.heard.Load())); !c.busy.Load() && silent > silentIntervals*c.server.options.KeepAlive {
				return corridor.NetworkFault(corridor.FaultSilent, silent.Round(time.Millisecond))
			}
		case <-expired.C:
			return corridor.NetworkFault(corridor.FaultExpired, "the transport certificate was valid until", c.until.UTC().Format(time.RFC3339))
		case <-c.server.closing:
			return corridor.NetworkFault(corridor.FaultShutdown)
		}
	}
}

// send writes one frame; a member who leaves it unread too long loses the line.
func (c *conversation) send(frame *sessionpb.FromNetwork) error {
	c.stalled.Reset(c.server.options.SendTimeout)
	err := c.stream.Send(frame)
	if !c.stalled.Stop() {
		return errStalled
	}
	c.server.count.framesOut.Add(1)
	return err
}

var errStalled = errors.New("the member does not read")

func (c *conversation) unsent(err error) *corridor.Fault {
	if errors.Is(err, errStalled) {
		return corridor.NetworkFault(corridor.FaultStalled)
	}
	return corridor.NetworkFault(corridor.FaultLineLost, err)
}

// farewell ends the stream with a fault, for a member who still listens.
func (c *conversation) farewell(fault *corridor.Fault) error {
	if fault.Code == corridor.FaultLineLost || fault.Code == corridor.FaultStalled {
		return status.Error(codes.Unavailable, fault.Error())
	}
	c.stalled.Reset(farewellTimeout)
	return c.stream.Send(Farewell(fault))
}

// read takes the member's frames in order: first the login, then all others once the member is in.
func (c *conversation) read() {
	first, err := c.next()
	if err != nil {
		c.ended <- readFault(err)
		return
	}
	login, ok := first.Frame.(*sessionpb.FromMember_Login)
	if !ok || login.Login == nil {
		c.ended <- corridor.NetworkFault(corridor.FaultLoginForm)
		return
	}
	c.login <- login.Login
	select {
	case session := <-c.let:
		c.ended <- c.readFrames(session)
	case <-c.stream.Context().Done():
	}
}

func (c *conversation) next() (*sessionpb.FromMember, error) {
	f, err := c.stream.Recv()
	c.heard.Store(time.Now().UnixNano())
	return f, err
}

func (c *conversation) readFrames(session Session) *corridor.Fault {
	for {
		f, err := c.next()
		if err != nil {
			return readFault(err)
		}
		c.busy.Store(true)
		fault := c.take(session, f)
		c.heard.Store(time.Now().UnixNano())
		c.busy.Store(false)
		if fault != nil {
			return fault
		}
	}
}

// take hands one frame to the session.
func (c *conversation) take(session Session, f *sessionpb.FromMember) *corridor.Fault {
	ctx := c.stream.Context()
	switch f := f.Frame.(type) {
	case *sessionpb.FromMember_Submit:
		if c.leaving {
			return corridor.NetworkFault(corridor.FaultNotExpected, "a Submit after the Logout")
		}
		if fault := c.measure(f.Submit.GetFrames()); fault != nil {
			return fault
		}
		return session.Submit(ctx, f.Submit.Frames)
	case *sessionpb.FromMember_Acknowledge:
		if fault := c.measure(f.Acknowledge.GetFrames()); fault != nil {
			return fault
		}
		return session.Acknowledge(ctx, f.Acknowledge.Frames)
	case *sessionpb.FromMember_Ping:
		select {
		case c.pongs <- f.Ping.GetNonce():
		default:
		}
		return nil
	case *sessionpb.FromMember_Logout:
		if c.leaving {
			return corridor.NetworkFault(corridor.FaultNotExpected, "a second Logout")
		}
		c.leaving = true
		session.Logout()
		return nil
	case *sessionpb.FromMember_Login:
		return corridor.NetworkFault(corridor.FaultNotExpected, "a second login")
	}
	return corridor.NetworkFault(corridor.FaultMalformed, "a frame of no known kind")
}

// measure holds frames to their limits and counts them.
func (c *conversation) measure(frames [][]byte) *corridor.Fault {
	size := 0
	for _, f := range frames {
		size += len(f)
		if len(f) > corridor.MaxFrame {
			return corridor.NetworkFault(corridor.FaultFrameTooLarge, "a frame of", len(f), "bytes")
		}
	}
	switch {
	case size > corridor.MaxSubmit || len(frames) > maxFrames:
		return corridor.NetworkFault(corridor.FaultFrameTooLarge, len(frames), "frames with", size, "bytes at once")
	case len(frames) == 0:
		return corridor.NetworkFault(corridor.FaultMalformed, "no frame in it")
	}
	c.server.count.framesIn.Add(int64(len(frames)))
	c.server.count.bytesIn.Add(int64(size))
	return nil
}

// readFault says what the end of reading means.
func readFault(err error) *corridor.Fault {
	switch {
	case errors.Is(err, io.EOF):
		return corridor.NetworkFault(corridor.FaultLineLost, "the member closed its side")
	case status.Code(err) == codes.ResourceExhausted:
		return corridor.NetworkFault(corridor.FaultFrameTooLarge)
	case status.Code(err) == codes.Internal:
		return corridor.NetworkFault(corridor.FaultMalformed)
	}
	return corridor.NetworkFault(corridor.FaultLineLost, err)
}
