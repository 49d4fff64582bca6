package canonical

const (
	// MaxSize bounds a document: the directory of a network of 100,000 institutions has about this; what goes into an act has far less.
	MaxSize = 64 << 20
	// MaxDepth is far beyond what any document of a network needs, and keeps a hostile one from the stack.
	MaxDepth = 32
	// maxDigits is what every JSON program keeps exactly: it reads numbers as IEEE 754 doubles (RFC 8785, 3.2.2.3).
	maxDigits = 15
)
