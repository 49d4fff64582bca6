package mx

// The limits of this package, each with its reason.
const (
	// MaxMessage is the largest message read whole: statements as files reach 10 MB, payments stay below 100 KB.
	MaxMessage = 16 << 20
	// MaxDepth bounds open elements; the deepest ISO 20022 message here has fewer than 20 levels.
	MaxDepth = 64
	// MaxToken bounds one tag or one run of text: the longest element of the standard is a binary of 10 MB.
	MaxToken = 15 << 20
	// MaxAttributes bounds the attributes of one tag; the standard uses one, envelopes a few namespaces.
	MaxAttributes = 32
	// MaxName bounds an element's or attribute's name; the longest of the standard is below 40.
	MaxName = 256
	// MaxNamespaces bounds the bindings that are open at one time.
	MaxNamespaces = 64
	// MaxFaults is how many faults one check keeps; a message of 10 MB of rubbish must not become an answer of 100.
	MaxFaults = 1000
	// AnswerFaults is how many faults one answer lists: what a person mends in one go.
	AnswerFaults = 20
	// MaxRouteScan is how far ReadRoute looks for the header's end: a header with a signature stays below it.
	MaxRouteScan = 64 << 10
	// MaxUETRScan is how far behind the header ReadRoute looks for the first UETR.
	MaxUETRScan = 64 << 10
	// streamWindow is the first size of the buffer through which a stream is read.
	streamWindow = 128 << 10
	// maxPatternStates bounds the automaton of one pattern; larger ones use package regexp.
	maxPatternStates = 4096
	// maxChildren is the most different children of one element: two words of bits.
	maxChildren = 128
	// MaxPaths bounds the paths of one message's schema, so that an operator's own schema cannot eat the memory.
	MaxPaths = 60000
	// maxQuoted is how much of a bad value a fault repeats.
	maxQuoted = 35
	// maxKeptNodes is how large a tree may be whose memory is kept for the next message.
	maxKeptNodes = 16 << 10
)

// What the limits owe each other: offsets are 32 bits, an Elem has 24 bits for a path, one token fits into a message.
const (
	_ = uint(1<<31 - 1 - MaxMessage)
	_ = uint(1<<partShift - MaxPaths)
	_ = uint(MaxMessage - MaxToken)
	_ = uint(MaxFaults - AnswerFaults)
)
