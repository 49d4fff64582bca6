package corridor

import "time"

// The limits of the network: what every party may rely on, each with its reason. Limits that are only one package's
// concern stand in that package's limits.go.
const (
	// SignatureSize is the size of an Ed25519 signature.
	SignatureSize = 64
	// MaxReference is the longest business message identifier of ISO 20022 (Max35Text); a MUR has 16.
	MaxReference = 35
	// MaxFaultText keeps a refusal printable on a screen and an answer small.
	MaxFaultText = 1000
	// MaxPayload is the longest message: ISO 20022 services of the field carry up to 100 KB; statements run longer.
	// A page must hold at least one.
	MaxPayload = 256 << 10
	// MaxStatement bounds what is hashed before anything is known of the sender.
	MaxStatement = 512
	// MaxFrameItems is the most messages under one signature: beyond 256 the signature's share of the cost is lost in noise.
	MaxFrameItems = 256
	// MaxFrame bounds the memory one frame can claim: one payload of the largest size, or 256 of a common one.
	MaxFrame = 512 << 10
	// MaxSubmit bounds what a hub reads at once from one member: two frames of the largest size.
	MaxSubmit = 1 << 20
	// LoginTimeout is how long a connection may be open before it has said who it is.
	LoginTimeout = 10 * time.Second
	// MaxPage is about where a page is closed: measured, larger pages add delay and no throughput.
	MaxPage = 512 << 10
	// MaxPageEntries bounds a page's Merkle tree.
	MaxPageEntries = 16384
	// MaxAssigned is the most messages one entry assigns; with MaxWindow it bounds what a login can cause.
	MaxAssigned = 4096
	// MaxWindow is the most messages a party may have unanswered in one direction.
	MaxWindow = 4096
	// DefaultWindow keeps a hub busy over a line of 20 ms at 50,000 messages a second.
	DefaultWindow = 1024
	// MaxClockSkew is how far a member's clock may be off before its statements are refused.
	MaxClockSkew = 10 * time.Minute
	// ObsolescenceUrgent and ObsolescenceNormal are the periods after which a message counts as late (FIN block 2).
	ObsolescenceUrgent = 15 * time.Minute
	ObsolescenceNormal = 100 * time.Minute
	// MaxDeliveryAttempts is how often a receiver may refuse a message before it is aborted (MT 019, reason 02).
	MaxDeliveryAttempts = 11
)
