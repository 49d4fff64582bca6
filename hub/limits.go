package hub

import "time"

// The hub's own limits; those that every party relies on stand in the root package.
const (
	// redeliveryPause is how long a message that its receiver refused is kept before it is offered again: long enough
	// for a full disk to be noticed, short enough for eleven tries within a quarter of an hour.
	redeliveryPause = time.Minute
	// maxQueuedChecks bounds frames that wait for a check; a member's reader blocks beyond it.
	maxQueuedChecks = 1024
	// maxUndecided bounds the bytes of one session's frames that are not decided yet: some frames of the largest size, so that
	// one member cannot fill the queue of checks with megabytes.
	maxUndecided = 4 << 20
	// maxFalseSignatures is how many frames with a false signature end a session: one may be a mistake, three are none.
	maxFalseSignatures = 3
	// checkBatch is how many signatures are verified together: measured, 64 reaches most of what batching gives.
	checkBatch = 64
	// maxEvents is how much checked input may wait for the heart.
	maxEvents = 256
	// pageCacheBytes holds the newest pages for answers and deliveries: about half a second of full load, which is more than
	// members that are on line lag behind.
	pageCacheBytes = 24 << 20
	// snapshotEvery is how many entries are replayed at a restart at the most, about.
	snapshotEvery = 400_000
	// maxSnapshotGap bounds replay in pages too, for a network with little traffic.
	maxSnapshotGap = 20_000
	// maxAssignedPage bounds how many messages a page assigns, when many receivers log in at once: some 200 KB of positions.
	maxAssignedPage = 32768
	// maxFacts is how many messages that were aborted, or stand at the door, are looked up in the journal at a time.
	maxFacts = 1024
	// idleFlush is how long a receiver's acknowledgement may wait for a page to ride in.
	idleFlush = 200 * time.Millisecond
	// lookAfter is how many times idleFlush may pass without a page until the hub looks whether another leads.
	lookAfter = 5
	// maxDeliveryBytes cuts what is sent to a receiver at once, so that one wire message stays small.
	maxDeliveryBytes = 1 << 20
	// loginTimeout bounds how long a login waits for the journal.
	loginTimeout = 10 * time.Second
	// outgoingFrames is how many wire messages stand ready for one member; each may have maxDeliveryBytes.
	outgoingFrames = 2
	// watchInterval is how soon a new member or a revocation that the operator put into the folder takes effect.
	watchInterval = time.Second
	// maxAdmissionFile bounds a certificate or revocation file.
	maxAdmissionFile = 64 << 10
	// checkpointEvery is how often a new checkpoint is signed while pages come.
	checkpointEvery = time.Second
	// retryFirst and retryLast are the pauses between attempts to write the journal again.
	retryFirst = 100 * time.Millisecond
	retryLast  = 5 * time.Second
	// maxSweep is how many messages one page decides on that a fence left in queues: measured, a country's fence makes no pause over 50 ms.
	maxSweep = 500
	// maxClosings is how many closing statements one page has, for the same reason.
	maxClosings = 50
	// maxBroadcast is how many parts of notices one page carries to members.
	maxBroadcast = 500
	// maxParticulars bounds what a decision keeps of a message's inside.
	maxParticulars = 4 << 10
	// maxClosingList is how many places a closing statement lists of each kind; all are in the journal, and in the list's digest.
	maxClosingList = 5000
	// maxActAge is how long after its signing an act is taken: signers travel, and an old signature may be a forgotten one.
	maxActAge = 30 * 24 * time.Hour
	// alarmEvery is how often an alarm that stands is said again: often enough not to be overlooked in a log.
	alarmEvery = 10 * time.Minute
)
