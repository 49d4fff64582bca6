package directory

const (
	// MaxName is ISO 20022's Max140Text: what fits into a message's name element.
	MaxName = 140
	// MaxOtherNames bounds the names that each comparison looks at: listed firms have seldom more than ten.
	MaxOtherNames = 32
	// MaxID is as long as the standards' own references (Max35Text).
	MaxID = 35
	// MaxSource is room for a page address or the title of an official register.
	MaxSource = 200
	// MaxServices is more than the three that there are, for those that come.
	MaxServices = 8
	// MaxTypes bounds the types of one service: a standards year has about 700 in all.
	MaxTypes = 1000
	// MaxTerminals is every letter and digit once: the terminal's code has one character.
	MaxTerminals = 36
	// MaxChanges bounds the work of one act; its size (entry.MaxActBody) is reached first by records of common length.
	MaxChanges = 10_000
	// MaxEntities, MaxOffices and MaxOwnerships bound a hub's memory: about 1 GB together. The field has some 50,000 institutions;
	// their owners are several times that.
	MaxEntities   = 1_000_000
	MaxOffices    = 200_000
	MaxOwnerships = 2_000_000
	// MaxRoots bounds the owners that one closure starts from: the longest list of the field has about 70 names.
	MaxRoots = 2000
	// MaxChain is how many links a chain of multiplied shares has at most. A share that passed through 32 hands is below one part in
	// four thousand million unless all held nearly everything.
	MaxChain = 32
	// MaxLinks bounds the work of one closure: some ten seconds.
	MaxLinks = 50_000_000
	// maxPending bounds the digests of records that nobody asked the directory's digest of: 2 MB.
	maxPending = 65_536
	// MaxPaths and MaxPathSteps bound what is written of one result's chains: a person reads a few.
	MaxPaths     = 8
	MaxPathSteps = 64
	// MaxLookAlikes bounds the answer for one subject; a longer list is not read.
	MaxLookAlikes = 50
	// MaxFound bounds the answer to a search by a name's beginning.
	MaxFound = 200
)
