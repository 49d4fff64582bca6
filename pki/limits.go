package pki

import "time"

const (
	// MaxCertificate bounds what is parsed as a certificate: those of this package have about 500 bytes, and
	// one for 32 terminals stays below.
	MaxCertificate = 4 << 10
	// MaxTerminals is the most terminals of one transport certificate.
	MaxTerminals = 32
	// MaxKeyFile bounds what is read as a key, certificate or revocation file.
	MaxKeyFile = 16 << 10
	// MaxRequest bounds a member's request: MaxTerminals keys, each with a block of less than 1 KiB, and the transport's.
	MaxRequest = 64 << 10
	// MaxOfficerName keeps an officer's name readable in a list and valid in a file name.
	MaxOfficerName = 64
	// MaxDomain bounds the word that says what a signed document is; its length is one byte.
	MaxDomain = 64
	// MaxDocument bounds a signed document: a policy with a thousand officers has less than 200 KiB.
	MaxDocument = 768 << 10
	// maxDocumentFile is a document in PEM: four characters for three bytes, a line end for each 64, and the block's ends.
	maxDocumentFile = MaxDocument*3/2 + 1024
	// MaxReason keeps a revocation printable on one line.
	MaxReason = 200

	// scryptWork makes one guess at a passphrase cost about 64 MiB and 0.2 s; a start opens two keys in less than 1 s.
	scryptWork = 16
	// maxScryptWork refuses a key file made to use up memory: 2^20 is 1 GiB.
	maxScryptWork = 20

	// DefaultRootValidity outlives the hardware it starts on; a receipt stays verifiable after it, at its page's time.
	DefaultRootValidity = 20 * 365 * 24 * time.Hour
	// DefaultHubValidity and DefaultMemberValidity are two years, the usual renewal of the field.
	DefaultHubValidity    = 2 * 365 * 24 * time.Hour
	DefaultMemberValidity = 2 * 365 * 24 * time.Hour
	// DefaultOfficerValidity is one year: people change their posts.
	DefaultOfficerValidity = 365 * 24 * time.Hour
	// Backdate starts a certificate a little before it is made, for clocks that are a little late.
	Backdate = 5 * time.Minute
)
