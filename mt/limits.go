package mt

const (
	// maxMessage is the longest message that is taken apart, in characters. The longest the network takes is
	// 10,000; what it adds on output, and reports of category 0, stay far below this.
	maxMessage = 40_000

	// maxFaults is how many faults one message is reported with. A network answers with one; a person mends a
	// screenful and checks again.
	maxFaults = 50

	// maxTags bounds the pairs of one block in tag form; the longest report has about 9,900 characters of pairs
	// of eight characters at least.
	maxTags = 5_000

	// maxNesting bounds blocks within blocks: an MT 096 holds one message.
	maxNesting = 4
)
