package evidence

import "corridor.example/corridor"

const (
	// MaxEntry bounds an entry inside a receipt: a statement and a fault, the longest of which has a text of
	// corridor.MaxFaultText characters beside short codes and a path.
	MaxEntry = 8 << 10
	// MaxPath is the depth of a tree of corridor.MaxPageEntries leaves.
	MaxPath = 14
	// MaxReceipt bounds a receipt file: the largest message, as Base64, and less than 64 KiB of proof.
	MaxReceipt = (corridor.MaxPayload+64<<10)/3*4 + 16<<10
	// MaxCheckpoint bounds a signed note: its three lines, and room for sixty signatures of witnesses.
	MaxCheckpoint = 8 << 10
	// MaxLogProof is the most hashes in a proof about a log of fewer than 2^62 pages.
	MaxLogProof = 64
)
