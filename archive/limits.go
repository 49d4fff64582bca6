package archive

import "time"

const (
	// batchMessages and batchPause bound one transaction of the follower: large ones are cheaper, and a search sees a message after
	// about the pause.
	batchMessages = 4000
	batchPause    = 200 * time.Millisecond
	// pagesAhead is how many pages are read and taken apart while others are written.
	pagesAhead = 16
	// maxReferences cuts the text of references: licences are quoted in the first lines, remittances may run to 100 KB.
	maxReferences = 2000
	// maxAgents and maxParts bound what one message adds to the tables of agents and parts; a payload could name 20,000.
	maxAgents = 256
	maxParts  = 4000
	// maxNames bounds the banks without a BIC of one message.
	maxNames = 32
	// readers is how many reads go on side by side.
	readers = 4
	// busyTimeout is how long SQLite waits for another process's lock.
	busyTimeout = 10 * time.Second
	// MaxFound bounds one search.
	MaxFound = 10_000
)

const (
	// maxWindow bounds a dry run's days: a year holds every season.
	maxWindow = 366
	// maxLines is how long the lists of a report are: what a person reads, and what fits on some sheets of paper.
	maxLines = 100
	// maxWorstHit is how many worst-hit members the limits name.
	maxWorstHit = 10
	// maxWeeks is how many past weeks a forecast looks at.
	maxWeeks = 4
	// maxQueueDays is how old a message that still waits is taken to be at most when past queues are counted.
	maxQueueDays = 14
)
