package entry

const (
	// maxWord bounds codes, field names and rules' names in entries, which are short by nature: an entry must fit into a receipt whatever
	// a fault says.
	maxWord = 200
	// MaxActBody bounds what an officer signs at once: an order that names 20,000 institutions has about half of it.
	MaxActBody = 768 << 10
	// MaxAct is a body and what stands around it.
	MaxAct = MaxActBody + 4<<10
	// MaxActFile is an act in PEM: four characters for three bytes and a line end for each 64, with its signature, its certificate
	// and the block's ends.
	MaxActFile = (MaxAct+maxActCertificate)*3/2 + 1<<10
	// maxActCertificate is as large as any certificate of a network.
	maxActCertificate = 4 << 10
)
