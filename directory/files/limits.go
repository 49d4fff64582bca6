package files

const (
	// MaxFile bounds what is read of one file: the whole world's relationships are about a tenth of it.
	MaxFile = 4 << 30
	// MaxCell bounds one cell or text: the longest list of other names is far below.
	MaxCell = 64 << 10
	// MaxRecord bounds one record of another's JSON, which is held as a tree while it is read.
	MaxRecord = 1 << 20
	// MaxRecords is as many as a directory holds of all kinds.
	MaxRecords = 4_000_000
)
