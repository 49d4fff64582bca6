package standing

const (
	// MaxOfficers bounds a policy: a scheme has five to fifty officers.
	MaxOfficers = 1000
	// MaxID bounds the id of an order, an appeal, a licence.
	MaxID = 64
	// MaxSubjects bounds the institutions of one order: the whole directory of a large network.
	MaxSubjects = 30000
	// MaxCarveouts and MaxSteps bound what a decision walks through.
	MaxCarveouts = 200
	MaxSteps     = 10
	// MaxListed bounds the other lists of an order.
	MaxListed = 5000
	// MaxOrders bounds the orders a network keeps: they are never deleted.
	MaxOrders = 100_000
)
