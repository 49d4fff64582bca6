package session

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"corridor.example/corridor"
	"corridor.example/corridor/session/sessionpb"
)

// Options are a server's settings; the zero value serves.
type Options struct {
	Network      corridor.Network // refuse logins for another one; empty leaves that to the Handler
	KeepAlive    time.Duration    // DefaultKeepAlive
	SendTimeout  time.Duration    // DefaultSendTimeout
	LoginTimeout time.Duration    // corridor.LoginTimeout
	Clock        func() time.Time // time.Now
}

func (o Options) filled() Options {
	o.KeepAlive = min(max(orElse(o.KeepAlive, DefaultKeepAlive), minKeepAlive), maxKeepAlive)
	o.SendTimeout = orElse(o.SendTimeout, DefaultSendTimeout)
	o.LoginTimeout = orElse(o.LoginTimeout, corridor.LoginTimeout)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// Counts are a server's counters since it started, but for the two that say how many are open now.
type Counts struct {
	Connections       int64 // open now
	Sessions          int64 // open now
	Refused           int64 // connections beyond the limit
	Handshakes        int64 // failed handshakes
	Logins            int64 // let in
	LoginsRefused     int64
	SessionsFaulted   int64 // ended by a fault
	FramesIn, BytesIn int64 // Submit and Acknowledge
	FramesOut         int64
}

// Server serves sessions. Make it with NewServer.
type Server struct {
	sessionpb.UnimplementedNetworkServer
	handler Handler
	options Options
	grpc    *grpc.Server
	closing chan struct{}
	close   sync.Once
	proofs  chan struct{} // has a token for each proof being made
	pace    pace
	streams streams
	count   counters
}

type counters struct {
	connections, sessions, refused, handshakes, logins, loginsRefused, faulted, framesIn, bytesIn, framesOut atomic.Int64
}

// NewServer makes a server whose connections are secured by t (see pki.Root's ServerTLS).
func NewServer(t *tls.Config, h Handler, o Options) *Server {
	s := &Server{handler: h, options: o.filled(), closing: make(chan struct{}), proofs: make(chan struct{}, maxProofs), pace: pace{last: map[corridor.LT]time.Time{}},
		streams: streams{open: map[corridor.Digest]int{}}}
	s.grpc = grpc.NewServer(
		grpc.Creds(handshaker{credentials.NewTLS(t), &s.count.handshakes}),
		grpc.ConnectionTimeout(s.options.LoginTimeout),
		grpc.ForceServerCodecV2(newCodec()),
		grpc.MaxRecvMsgSize(maxFromMember),
		grpc.MaxSendMsgSize(maxFromNetwork),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.MaxHeaderListSize(maxHeaderList),
		grpc.InitialWindowSize(streamWindow),
		grpc.InitialConnWindowSize(connectionWindow),
		grpc.ReadBufferSize(ioBuffer),
		grpc.WriteBufferSize(ioBuffer),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: maxIdle, Time: s.options.KeepAlive * silentIntervals, Timeout: s.options.KeepAlive}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minTransportPing, PermitWithoutStream: true}),
	)
	sessionpb.RegisterNetworkServer(s.grpc, s)
	return s
}

// Serve takes connections until Shutdown.
func (s *Server) Serve(l net.Listener) error {
	return s.grpc.Serve(&boundedListener{Listener: l, count: &s.count, from: map[string]int{}})
}

// Shutdown says farewell to every session, with the fault that the hub is shutting down, and returns when all are gone or the
// context ends; then the rest is cut.
func (s *Server) Shutdown(ctx context.Context) {
	s.close.Do(func() { close(s.closing) })
	done := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		s.grpc.Stop()
		<-done
	}
}

// Counts reads the counters.
func (s *Server) Counts() Counts {
	c := &s.count
	return Counts{c.connections.Load(), c.sessions.Load(), c.refused.Load(), c.handshakes.Load(), c.logins.Load(), c.loginsRefused.Load(),
		c.faulted.Load(), c.framesIn.Load(), c.bytesIn.Load(), c.framesOut.Load()}
}

// Checkpoint returns the newest checkpoint to any member.
func (s *Server) Checkpoint(ctx context.Context, _ *sessionpb.CheckpointRequest) (*sessionpb.CheckpointResponse, error) {
	note, err := s.handler.Checkpoint(ctx)
	if err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}
	return &sessionpb.CheckpointResponse{Checkpoint: note}, nil
}

// Consistency returns a proof between two checkpoints to any member.
func (s *Server) Consistency(ctx context.Context, q *sessionpb.ConsistencyRequest) (*sessionpb.ConsistencyResponse, error) {
	if q.OldSize > q.NewSize {
		return nil, status.Errorf(codes.InvalidArgument, "old_size %d is more than new_size %d", q.OldSize, q.NewSize)
	}
	select {
	case s.proofs <- struct{}{}:
		defer func() { <-s.proofs }()
	case <-ctx.Done():
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	proof, err := s.handler.Consistency(ctx, q.OldSize, q.NewSize)
	if err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}
	return &sessionpb.ConsistencyResponse{Proof: proof}, nil
}
