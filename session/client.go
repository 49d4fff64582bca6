package session

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session/sessionpb"
)

// Config says who logs in, where, and what its store has.
type Config struct {
	Address    string // host:port of the hub
	ServerName string // a host name that the hub's certificate must have; empty asks only for the hub's role
	Root       *pki.Root
	Transport  tls.Certificate
	Signer     Signer
	LT         corridor.LT
	Network    corridor.Network // that of Root where empty
	Window     int              // messages that may be delivered and not acknowledged; 0 for the default
	Delivery   bool             // take deliveries
	Takeover   bool             // end a live session of this terminal instead of being refused

	// What the member's store knows; see Client on resumption.
	LastSent     corridor.ISN // the highest number given out
	LastAnswered corridor.ISN // every number up to here has its answer
	LastStored   corridor.OSN // every delivery up to here is durable or was refused
	Checkpoint   []byte       // the newest checkpoint seen

	Software string           // name and version, for the operator's log
	Clock    func() time.Time // time.Now where nil
	Events   Events           // what happens in the session is told here
}

// Events is told what happens in a session: one call at a time, in the order in which the network sent it, and only what has been
// verified. While a call runs nothing more is read, so a slow member slows only its own session; OnFarewell is the last. The bytes
// of answers and deliveries share the memory of all that came with them: copy what is kept for long.
type Events interface {
	// OnAnswers has answers of one page. They are durable in the network; the member makes them durable too and then forgets the messages.
	OnAnswers([]Answer)
	// OnDeliveries has messages of one page in the order of their numbers. Make them durable, then Acknowledge.
	OnDeliveries([]Delivery)
	// OnFrameRefused tells of a frame that consumed no number: first is its first number, expected the one that the network wants
	// next. With first 0 it was a frame of acknowledgements, or not readable, and the session ends.
	OnFrameRefused(fault *corridor.Fault, first, expected corridor.ISN)
	// OnCheckpoint has a newer checkpoint, proven to continue the one before. Keep it for the next login.
	OnCheckpoint(note []byte)
	// OnFarewell is the end: nil after Logout, else why.
	OnFarewell(*corridor.Fault)
}

// Welcome is what the network said at login.
type Welcome struct {
	Session      corridor.SessionNumber
	Window       int          // messages that may be sent and not answered
	LastAccepted corridor.ISN // the highest number of this terminal in the journal
	LastAssigned corridor.OSN // the highest number given out to this terminal
	Time         time.Time    // the network's clock
	KeepAlive    time.Duration
	Hub          *pki.HubCertificate
}

// Client is one live session. Its methods may be called from any goroutine, also from within Events, but for Submit and Logout,
// which wait for what only Events bring.
//
// Resumption. A client does not connect again by itself. After a break the member dials anew with what its store knows, and then
//   - submits every message above LastAnswered again, the same bytes with the same numbers (the network gives the same answers), and
//   - acknowledges again what is stored: the network delivers what has no acknowledgement, and marks it a possible duplicate.
//     Delivery.Repeated says that the number came before; the member drops a message that its store has, and acknowledges it.
//
// A fault R02, R03 or R06 says that one side lost a part of its past: nothing may be sent until people have compared the receipts.
type Client struct {
	config  Config
	welcome Welcome
	conn    *grpc.ClientConn
	rpc     sessionpb.NetworkClient
	stream  grpc.BidiStreamingClient[sessionpb.FromMember, sessionpb.FromNetwork]
	live    context.Context // ends with the session
	cancel  context.CancelFunc

	out     outbox
	waiting *outstanding
	verify  *verifier
	telling sync.Mutex // one event at a time
	over    bool       // OnFarewell was called
	notes   *notes

	heard    atomic.Int64 // when the last frame came, Unix nanoseconds
	leaving  atomic.Bool
	done     chan struct{} // closed after OnFarewell
	finished sync.Once
	fault    *corridor.Fault
}

// ErrEnded says that the session is over; Client.Fault says why.
var ErrEnded = errors.New("the session has ended")

// Welcome is what the network said at login.
func (c *Client) Welcome() Welcome { return c.welcome }

// Outstanding is the number of messages that were sent and have no answer.
func (c *Client) Outstanding() int { return c.waiting.len() }

// Done is closed when the session has ended and OnFarewell has returned.
func (c *Client) Done() <-chan struct{} { return c.done }

// Fault is why the session ended; nil while it lives and after an orderly Logout.
func (c *Client) Fault() *corridor.Fault {
	select {
	case <-c.done:
		return c.fault
	default:
		return nil
	}
}

// Submit sends frames (see SignFrame) in the order of their numbers; so calls follow one another. It waits while the network's
// window is full, and returns when the frames are in line to be sent; the answers come to Events. The frames must not be changed
// afterwards. After an error the frames before the one that it names are on their way.
func (c *Client) Submit(ctx context.Context, frames [][]byte) error {
	if c.leaving.Load() {
		return errors.New("session: Submit after Logout")
	}
	for _, f := range frames {
		if c.live.Err() != nil {
			return ErrEnded
		}
		items, err := itemsOf(f)
		if err != nil {
			return err
		}
		if err := c.waiting.add(ctx, c.live.Done(), items); err != nil {
			return err
		}
		c.out.put(func(o *outbox) { o.submits = append(o.submits, f) })
	}
	return nil
}

// Acknowledge signs and sends what the receiver says of messages that are durable in its store. Network and Receiver are filled in.
func (c *Client) Acknowledge(ctx context.Context, acks []entry.Acknowledgement) error {
	if len(acks) == 0 {
		return nil
	}
	for i := range acks {
		acks[i].Network, acks[i].Receiver = c.config.Network, c.config.LT
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.live.Err() != nil {
		return ErrEnded
	}
	frames := signAcknowledgements(c.config.Signer, acks)
	c.out.put(func(o *outbox) { o.acks = append(o.acks, frames...) })
	return nil
}

// Logout ends the session in order: it waits for the answers of everything that was sent, and for the network's farewell.
func (c *Client) Logout(ctx context.Context) error {
	c.leaving.Store(true)
	c.out.put(func(o *outbox) { o.logout = true })
	select {
	case <-c.done:
	case <-ctx.Done():
		c.Close()
		return fmt.Errorf("logout: %w with %d messages not answered", ctx.Err(), c.waiting.len())
	}
	if c.fault != nil {
		return c.fault
	}
	if n := c.waiting.len(); n > 0 {
		return fmt.Errorf("logout: the network said farewell and left %d messages without an answer", n)
	}
	return nil
}

// Close cuts the line; Done tells when all is over. What was sent and not answered must be sent again in the next session.
func (c *Client) Close() { c.cancel() }
