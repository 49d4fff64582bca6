package journal

import "time"

// The limits of the journal, each with its reason.
const (
	// maxRun bounds what is read of one stored column: a page of the largest size has far less, so more is damage.
	maxRun = 64 << 20
	// runAtOnce is the longest run of an export for which memory is taken before its bytes have come.
	runAtOnce = 64 << 10
	// maxSnapshot bounds a state: about 60 bytes a waiting message, for five million of them.
	maxSnapshot = 320 << 20
	// snapshotPart is written in one transaction, so that pages go in between.
	snapshotPart = 1 << 20
	// snapshotsKept is how many snapshots stay: the newest may be damaged.
	snapshotsKept = 3
	// scanBytes and scanRows bound one query of a scan: a long read would keep SQLite's write-ahead log from being reused.
	scanBytes = 8 << 20
	scanRows  = 64
	// scanAhead is how many checked pages a scan reads ahead of its user.
	scanAhead = 8
	// pollPause is how long a follower in another process may be behind.
	pollPause = 20 * time.Millisecond
	// readers is how many reads go on side by side.
	readers = 4
	// busyTimeout is how long SQLite waits for another process's lock, for example that of a prune.
	busyTimeout = 10 * time.Second
	// checkpointBytes is after how much write-ahead log it is copied into the database in the background.
	checkpointBytes = 8 << 20
	// restartBytes is the size of the write-ahead log at which it is begun anew between two pages: a background copy alone
	// never shrinks it under load.
	restartBytes = 96 << 20
	// restartPatience is how long an append waits at most for readers to leave the write-ahead log; they do between two queries, and if
	// they do not the log grows until the next try.
	restartPatience = 50 * time.Millisecond
	// statementTimeout ends a statement that waits, for example for a lock; a commit that waits for its stand-by is given up a little later.
	statementTimeout = 10 * time.Second
	// connectTimeout is for one host of a PostgreSQL URL.
	connectTimeout = 3 * time.Second
	// doubtTimeout is how long Append tries to find out whether a page was written, and doubtGrace how long once its caller
	// has given up: a fail-over takes seconds.
	doubtTimeout = 60 * time.Second
	doubtGrace   = 5 * time.Second
	// retryPause is between two tries to reach PostgreSQL.
	retryPause = 100 * time.Millisecond
	// prunePages is how many pages one transaction of a prune takes, so that appends go in between.
	prunePages = 16
	// maxHolder bounds the name in a lease, and maxLease its length.
	maxHolder = 200
	maxLease  = time.Hour
)
