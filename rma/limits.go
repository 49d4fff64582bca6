package rma

// The limits of authorisations, each with its reason.
const (
	// maxTypes is the most categories, types and families in one permission: FIN has about 250 types in all.
	maxTypes = 300
	// maxText bounds what one desk writes to the other: a page.
	maxText = 2000
	// maxService bounds a service's name, so that lists stay readable.
	maxService = 32
	// maxServices is the most services of a network besides fin and mx; with the two they fit an index of 16 bits.
	maxServices = 1000
	// maxOpenQueries is how many queries of one desk the other may leave unanswered: more is no conversation.
	maxOpenQueries = 16
	// MaxRows is the most authorisations in one list to start with; an act's body has no room for many more.
	MaxRows = 5000
	// chunk is how many authorisations are kept in one piece of memory: growing copies none of them.
	chunk = 4096
	// lastYear ends instants before 32 bits of seconds do.
	lastYear = 2105
)
