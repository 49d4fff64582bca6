package mail

import "time"

const (
	// MaxID keeps a Message-ID below the 250 characters that all servers keep.
	MaxID = 120
	// MaxSubject keeps a subject readable in a list.
	MaxSubject = 200
	// MaxText bounds a mail: a list of MaxRows items has about 200 KiB; servers commonly take 10 MB.
	MaxText = 1 << 20
	// maxAddress is that of RFC 5321, 4.5.3.1.3.
	maxAddress = 254
	// maxReply bounds what a server answers to one command.
	maxReply = 64 << 10

	// DialTimeout is for a server that is not there.
	DialTimeout = 10 * time.Second
	// CommandTimeout is how long a server may take for one command; RFC 5321, 4.5.3.2 asks for five minutes, ten for the end of a mail: what
	// takes longer than this is tried again.
	CommandTimeout = 2 * time.Minute

	// FirstRetry and MaxRetry are the pauses after a failure; each is twice the one before.
	FirstRetry = time.Minute
	MaxRetry   = time.Hour
	// GiveUpAfter is when a mail counts as failed (RFC 5321, 4.5.4.1: at least 4 to 5 days).
	GiveUpAfter = 5 * 24 * time.Hour
	// MaxBatch is how many mails one connection carries; servers commonly close after 100 or more.
	MaxBatch = 50
	// MaxQueue bounds the mails that wait: notices of a hundred orders to a thousand members.
	MaxQueue = 200_000
)
