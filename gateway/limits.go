package gateway

import "time"

// The limits of a gateway, each with its reason.
const (
	// maxTerminals bounds what one process holds open: a store, two folders and a session each.
	maxTerminals = 64
	// maxJobs is how many requests wait for the store's writer before callers wait themselves.
	maxJobs = 256
	// maxCommit is how many requests share one transaction: beyond it the fsync's share is lost in noise.
	maxCommit = 256
	// maxBatch is how many messages are read, sent, answered or routed together.
	maxBatch = 512
	// maxBatchBytes bounds the memory of such a batch when messages are large.
	maxBatchBytes = 8 << 20
	// maxFileName bounds the name of an outgoing file, so that name, number and extension fit every file system.
	maxFileName = 160
	// maxReferenceInName bounds the reference in the name of an incoming file.
	maxReferenceInName = 35
	// maxSyncs is how many files are synced at once: a file system's journal makes them durable together.
	maxSyncs = 16
	// maxQueuedEvents is what waits for the listener of events before the gateway waits for it.
	maxQueuedEvents = 4096
	// maxWarned is how many pairs without authorisation are named in the log between two acts, and receivers between two changes of the directory: the rest is only counted.
	maxWarned = 1000
	// maxDatedFile bounds the directory's dated file: a million entities with their shares.
	maxDatedFile = 1 << 30
	// readers is how many connections read a store: sender, answers, hand-over, status.
	readers = 4
	// scanPause is how often folders are looked at; a file waits half of it on average.
	scanPause = 200 * time.Millisecond
	// retryFirst and retryLast are the pauses between attempts to connect, doubled each time, with jitter, so that
	// members do not come back all at once.
	retryFirst = 250 * time.Millisecond
	retryLast  = 30 * time.Second
	// steadySession is how long a session must have lived for the pauses to begin anew.
	steadySession = 10 * time.Second
	// storePause is how long the gateway waits when the disk refuses a write before it tries again.
	storePause = time.Second
	// logoutTimeout is how long a stop waits for the answers of what is under way.
	logoutTimeout = 5 * time.Second
	// finishTimeout is how long a stop files and hands over what has come.
	finishTimeout = 5 * time.Second
	// lockTimeout is how long a gateway waits for the lock of its store: one that is just ending, or a look whether one runs.
	lockTimeout = time.Second
	// busyTimeout is how long a reader of the store waits for a lock.
	busyTimeout = 5 * time.Second
)
