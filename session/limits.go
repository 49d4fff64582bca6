package session

import (
	"time"

	"corridor.example/corridor"
)

// The limits of connections and sessions, each with its reason.
const (
	// maxFromMember bounds what the server decodes at once. It leaves room above MaxSubmit, so that one who passes that a little is
	// told so with a farewell; beyond this gRPC itself ends the stream, with RESOURCE_EXHAUSTED.
	maxFromMember = corridor.MaxSubmit + 256<<10
	// maxFrames bounds the frames of one Submit or Acknowledge: as many as MaxSubmit has room for the smallest.
	maxFrames = 4096
	// maxFromNetwork bounds what the client decodes at once: the messages of a page, which may pass MaxPage by one frame, with their proofs.
	maxFromNetwork = 4 << 20
	// maxConnections bounds the memory that strangers can claim before their handshake: some 50 KB each.
	maxConnections = 4096
	// maxFromAddress is the most of these from one address, so that one stranger cannot take them all; a member needs a few.
	maxFromAddress = 512
	// maxProofs is how many proofs of consistency are made at once: each reads the journal.
	maxProofs = 4
	// loginPause is the least time between two logins of one terminal: each is an entry in the journal.
	loginPause = 100 * time.Millisecond
	// maxStreams lets a member have some terminals on one connection and ask for checkpoints beside them.
	maxStreams = 32
	// maxSpareStreams is how many sessions a certificate may have open above one for each of its terminals: old ones that nobody has
	// closed yet, and takeovers.
	maxSpareStreams = 8
	// maxHeaderList bounds the HTTP headers of a call; ours take less than 1 KB.
	maxHeaderList = 8 << 10
	// maxIdle ends a connection on which no session is open.
	maxIdle = time.Minute
	// maxVersions and maxText bound the login's lists and texts.
	maxVersions = 16
	maxText     = 128
	// maxCertificate bounds the DER of a certificate: ours take less than 1 KB.
	maxCertificate = 4 << 10
	// maxCheckpoint bounds a signed note.
	maxCheckpoint = 4 << 10
	// streamWindow and connectionWindow let 50,000 messages a second of 1 KB flow over a line of 40 ms.
	streamWindow     = 2 << 20
	connectionWindow = 4 << 20
	// ioBuffer makes one system call of many frames; each connection of a member has two.
	ioBuffer = 64 << 10
	// DefaultKeepAlive is how often a silent member sends a Ping.
	DefaultKeepAlive = 20 * time.Second
	minKeepAlive     = 50 * time.Millisecond
	maxKeepAlive     = 10 * time.Minute
	// silentIntervals is how many keep-alive intervals may pass in silence.
	silentIntervals = 3
	// minTransportPing is how often a client may send HTTP/2 pings: the protocol has its own.
	minTransportPing = 10 * time.Second
	// DefaultSendTimeout is how long a member may leave what is sent to it unread.
	DefaultSendTimeout = 30 * time.Second
	// alertWait is how long after a failed write the other side's reason is waited for: it is there already or never comes.
	alertWait = 100 * time.Millisecond
	// farewellTimeout is how long a member may take to read its farewell.
	farewellTimeout = 5 * time.Second
)

// What a client remembers within a session.
const (
	// rememberedPages is how many verified headers a client keeps: those in flight and the ones that old answers come from.
	rememberedPages = 256
	// rememberedHubs bounds the certificates of the hub's terms.
	rememberedHubs = 64
	// rememberedSigners bounds the senders' certificates: about 1 KB each.
	rememberedSigners = 65536
	// batchPays is from how many signatures on a batch is faster than single verification.
	batchPays = 2
	// checkpointPause is the least time between two proofs of consistency that a client asks for.
	checkpointPause = time.Second
)
