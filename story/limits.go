package story

const (
	// maxScript bounds a script; the longest of ours has some 20 KB.
	maxScript = 1 << 20
	// maxRounds is how many pages may follow from one command before the members are taken to talk in a circle.
	maxRounds = 100_000
)
