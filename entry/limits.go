package entry

const (
	// maxWord bounds codes, field names and rules' names in entries, which are short by nature: an entry must fit into a receipt whatever
	// a fault says.
	maxWord = 200
	// MaxActBody bounds what an officer signs at once: an order that names 20,000 institutions has about half of it.
	MaxActBody = 768 << 10
	// MaxAct is a body and what stands around it.
	MaxAct = MaxActBody + 4<<10
)
