// Package mt reads, checks, writes and shows FIN MT messages.
//
// A standard is tables: the files under standard/YEAR state the structure of every message type, the format of
// every field, the code words and the rules, and one interpreter reads them. The package knows no other package
// than the root; it opens no file, keeps no message and asks no directory: what it cannot know (whether a BIC is
// registered) comes in with Options.
//
// It is not a translator to ISO 20022, and it does not deliver anything. What lies on the wire is the FIN message
// itself: blocks {1:} to {5:} next to each other, line ends CRLF.
package mt
