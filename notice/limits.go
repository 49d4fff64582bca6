package notice

import "time"

const (
	// LineLength is the longest line of the text, as FIN's field 312 has it.
	LineLength = 65
	// MaxNamed is up to how many institutions a list gives each a line with its name; longer ones are codes alone, seven to a line.
	MaxNamed = 60
	// MaxListed is how many codes of one list stand in the text: with two such lists, scope and licences it stays below the 99 parts that
	// field 129 can count. Of a longer one the text says how many more there are and where they stand; the event in JSON has all.
	MaxListed = 7000
	// MaxLicences is how many licences stand in the text.
	MaxLicences = 50
	// partText is what one MT 094 holds of the text: a message of category 0 has at most 2,000 characters, with its headers and fields.
	partText = 1600
	// maxParts is what field 129 can count.
	maxParts = 99
	// eventText is what one admi.004 holds of the text (Max1000Text).
	eventText = 1000
	// maxStatuses is of how many transactions an answer gives the status one by one; of more it answers the message as a whole.
	maxStatuses = 256
	// recentTraffic is how far back a message makes somebody a counterparty who gets a list: the dry run looks as far.
	recentTraffic = 30 * 24 * time.Hour
	// reportSpan is how long what was returned is gathered for one report: a fence returns thousands at once, and a sender reads one mail.
	reportSpan = time.Minute
	// coming is how early a digest speaks of a review or an expiry.
	coming = 30 * 24 * time.Hour
	// maxOff is how many institutions without service a digest names.
	maxOff = 100
	// MaxRows bounds a list or report in mail; the file beside it has all.
	MaxRows = 2000
)
