// Package corridor is the vocabulary of the network: the words of the field as Go types, with their
// parse and String, and nothing that does input or output. Every other package speaks in these words.
//
// It is not a client: to join a network see package session, to check messages see packages mt and mx.
package corridor

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Network names one Corridor network, for example "lab.corridor". It is part of everything that is signed,
// so that nothing signed for one network has a meaning in another. Form: 1 to 64 of a-z 0-9 . -
type Network string

// ParseNetwork checks the form of a network's name.
func ParseNetwork(s string) (Network, error) {
	if len(s) == 0 || len(s) > 64 {
		return "", fmt.Errorf("network name %q: give 1 to 64 characters of a-z, 0-9, '.' and '-'", s)
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !('a' <= c && c <= 'z' || isDigit(c) || c == '.' || c == '-') {
			return "", fmt.Errorf("network name %q: character %q is not one of a-z, 0-9, '.' and '-'", s, c)
		}
	}
	return Network(s), nil
}

func (n Network) String() string { return string(n) }

// BIC is a business identifier code (ISO 9362) of 8 or 11 characters: party prefix 4!a, country 2!a,
// party suffix 2!c, and optionally a branch 3!c.
type BIC string

// ParseBIC checks the form of a BIC of 8 or 11 characters. Whether anyone owns it is the directory's question.
func ParseBIC(s string) (BIC, error) {
	if len(s) != 8 && len(s) != 11 {
		return "", fmt.Errorf("BIC %q has %d characters: a BIC has 8, or 11 with a branch", s, len(s))
	}
	if i := badBIC(s); i >= 0 {
		return "", fmt.Errorf("BIC %q: character %d (%q) is not allowed there: 4 letters, 2 letters of the country, 2 letters or digits, then a branch of 3", s, i+1, s[i])
	}
	return BIC(s), nil
}

// badBIC returns the index of the first character that breaks the form of a BIC, or -1.
func badBIC(s string) int {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if isUpper(c) || i >= 6 && isDigit(c) {
			continue
		}
		return i
	}
	return -1
}

func (b BIC) String() string { return string(b) }

// BIC8 is the institution's code without its branch.
func (b BIC) BIC8() BIC {
	if len(b) > 8 {
		return b[:8]
	}
	return b
}

// Country is the ISO 3166 code of the party, positions 5 and 6.
func (b BIC) Country() string {
	if len(b) < 6 {
		return ""
	}
	return string(b[4:6])
}

// Branch is the branch code; the head office is "XXX".
func (b BIC) Branch() string {
	if len(b) == 11 {
		return string(b[8:])
	}
	return "XXX"
}

// IsTest reports a test-and-training code: position 8 is the digit 0.
func (b BIC) IsTest() bool { return len(b) >= 8 && b[7] == '0' }

// LT is a logical terminal, 12 characters: BIC8, the terminal's code 1!c, the branch 3!c. In the receiver's
// place of an input message the terminal's code is always X.
type LT string

// ParseLT checks the form of a logical terminal's address.
func ParseLT(s string) (LT, error) {
	if len(s) != 12 {
		return "", fmt.Errorf("logical terminal %q has %d characters: it has 12 (BIC8, terminal code, branch), for example BANKDEFFAXXX", s, len(s))
	}
	if i := badBIC(s); i >= 0 {
		return "", fmt.Errorf("logical terminal %q: character %d (%q) is not allowed there", s, i+1, s[i])
	}
	return LT(s), nil
}

func (l LT) String() string { return string(l) }

// BIC8 is the institution's code of the terminal.
func (l LT) BIC8() BIC {
	if len(l) < 8 {
		return BIC(l)
	}
	return BIC(l[:8])
}

// BIC is the institution's code with the terminal's branch, 11 characters.
func (l LT) BIC() BIC {
	if len(l) != 12 {
		return BIC(l)
	}
	return BIC(l[:8] + l[9:])
}

// Code is the terminal's code, position 9.
func (l LT) Code() byte {
	if len(l) < 9 {
		return 0
	}
	return l[8]
}

// Destination is the address by which others reach this terminal's institution: position 9 is X.
func (l LT) Destination() LT {
	if len(l) != 12 {
		return l
	}
	return l[:8] + "X" + l[9:]
}

// LTOf is the address of a BIC with the given terminal code; a missing branch is XXX.
func LTOf(b BIC, code byte) LT {
	return LT(string(b.BIC8()) + string(code) + b.Branch())
}

// MessageType names a type of message as the field does: "fin.103", "fin.202.COV", "pacs.008.001.08".
type MessageType string

func (t MessageType) String() string { return string(t) }

// ParseMessageType checks that a type is 1 to 35 of a-z A-Z 0-9 and '.'.
func ParseMessageType(s string) (MessageType, error) {
	if len(s) == 0 || len(s) > 35 {
		return "", fmt.Errorf("message type %q: give a type such as fin.103 or pacs.008.001.08", s)
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(isUpper(c) || 'a' <= c && c <= 'z' || isDigit(c) || c == '.') {
			return "", fmt.Errorf("message type %q: character %q is not allowed; give a type such as fin.103 or pacs.008.001.08", s, c)
		}
	}
	return MessageType(s), nil
}

// IsFIN reports a FIN MT, as against an ISO 20022 message.
func (t MessageType) IsFIN() bool { return strings.HasPrefix(string(t), "fin.") }

// UETR is the unique end-to-end transaction reference of a payment: a UUID of version 4 in lower case, 36 characters.
type UETR string

// ParseUETR checks the form: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}.
func ParseUETR(s string) (UETR, error) {
	if !ValidUETR(s) {
		return "", fmt.Errorf("UETR %q is not a UUID of version 4 in lower case, for example c8b66b47-2bd9-48fe-be90-93c2096f27d2", s)
	}
	return UETR(s), nil
}

// ValidUETR reports whether s has the form of a UETR, without allocation.
func ValidUETR(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < 36; i++ {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		case 14:
			if c != '4' {
				return false
			}
		case 19:
			if c != '8' && c != '9' && c != 'a' && c != 'b' {
				return false
			}
		default:
			if !isDigit(c) && !('a' <= c && c <= 'f') {
				return false
			}
		}
	}
	return true
}

func (u UETR) String() string { return string(u) }

// Priority orders deliveries: system before urgent before normal.
type Priority byte

// The priorities of FIN block 2.
const (
	System Priority = 'S'
	Urgent Priority = 'U'
	Normal Priority = 'N'
)

func (p Priority) String() string { return string(rune(p)) }

// Valid reports one of S, U, N.
func (p Priority) Valid() bool { return p == System || p == Urgent || p == Normal }

// Monitoring is what the sender wants to hear of the delivery (FIN block 2, position 18).
type Monitoring byte

// The delivery monitoring options.
const (
	MonitorNothing     Monitoring = 0 // hear nothing
	MonitorNonDelivery Monitoring = 1 // a warning (MT 010) when the obsolescence period passes
	MonitorDelivery    Monitoring = 2 // a notification (MT 011) when delivered
	MonitorBoth        Monitoring = 3
)

// Valid reports one of the four options.
func (m Monitoring) Valid() bool { return m <= MonitorBoth }

// WantsWarning and WantsNotification tell the two wishes apart.
func (m Monitoring) WantsWarning() bool      { return m&MonitorNonDelivery != 0 }
func (m Monitoring) WantsNotification() bool { return m&MonitorDelivery != 0 }

// ISN is an input sequence number: the running number of what one LT sends, from 1, without gaps, over all
// its sessions. FIN prints the last six digits.
type ISN uint64

// OSN is an output sequence number: the running number of what the network sends to one LT.
type OSN uint64

// SessionNumber is the running number of an LT's sessions, 1 to 9999 and then 1 again.
type SessionNumber uint16

// Next is the number of the session after s.
func (s SessionNumber) Next() SessionNumber {
	if s >= 9999 {
		return 1
	}
	return s + 1
}

// Sequence is a number as FIN prints it: six digits.
func Sequence(n uint64) string { return fmt.Sprintf("%06d", n%1_000_000) }

// MIR is a message input reference, and MOR a message output reference: date YYMMDD, LT, session 4!n, sequence 6!n.
type MIR string

// MOR is the message output reference; its form is that of MIR.
type MOR string

// MakeMIR writes the reference of what lt sent as number n in session s at time t (UTC).
func MakeMIR(t time.Time, lt LT, s SessionNumber, n ISN) MIR {
	return MIR(makeReference(t, lt, s, uint64(n)))
}

// MakeMOR writes the reference of what lt received as number n in session s at time t (UTC).
func MakeMOR(t time.Time, lt LT, s SessionNumber, n OSN) MOR {
	return MOR(makeReference(t, lt, s, uint64(n)))
}

func makeReference(t time.Time, lt LT, s SessionNumber, n uint64) string {
	b := make([]byte, 0, 28)
	b = t.UTC().AppendFormat(b, "060102")
	b = append(b, lt...)
	b = appendDigits(b, uint64(s), 4)
	b = appendDigits(b, n, 6)
	return string(b)
}

func appendDigits(b []byte, n uint64, width int) []byte {
	at := len(b)
	for range width {
		b = append(b, '0')
	}
	for i := at + width - 1; i >= at; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// ParseMIR checks the form of a reference of 28 characters.
func ParseMIR(s string) (MIR, error) {
	if len(s) != 28 {
		return "", fmt.Errorf("reference %q has %d characters: a MIR or MOR has 28 (date, LT, session, sequence)", s, len(s))
	}
	if _, err := time.Parse("060102", s[:6]); err != nil {
		return "", fmt.Errorf("reference %q: %q is not a date YYMMDD", s, s[:6])
	}
	if _, err := ParseLT(s[6:18]); err != nil {
		return "", fmt.Errorf("reference %q: %w", s, err)
	}
	for i := 18; i < 28; i++ {
		if !isDigit(s[i]) {
			return "", fmt.Errorf("reference %q: positions 19 to 28 are digits (session 4, sequence 6)", s)
		}
	}
	return MIR(s), nil
}

func (m MIR) String() string { return string(m) }
func (m MOR) String() string { return string(m) }

// LT is the terminal inside the reference.
func (m MIR) LT() LT { return LT(m[6:18]) }

// Reference is the sender's own reference of a message: the MUR (FIN block 3, 108) or the business message
// identifier of an ISO 20022 header; at most 35 characters.
type Reference string

func (r Reference) String() string { return string(r) }

// Digest is a SHA-256 digest.
type Digest [sha256.Size]byte

// DigestOf is the SHA-256 digest of b.
func DigestOf(b []byte) Digest { return sha256.Sum256(b) }

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// ParseDigest reads 64 hexadecimal digits in lower case.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if len(s) != 2*len(d) {
		return d, fmt.Errorf("digest %q has %d characters: give 64 hexadecimal digits in lower case", s, len(s))
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil || d.String() != s {
		return Digest{}, fmt.Errorf("digest %q: give 64 hexadecimal digits in lower case", s)
	}
	return d, nil
}

// IsZero reports the absent digest.
func (d Digest) IsZero() bool { return d == Digest{} }

// Position is the place of an entry in the journal: its page and its index in that page, both from 0.
// Page 0 is the network's first page.
type Position struct {
	Page  uint64
	Index uint32
}

// Compare orders places of the journal: -1 where p comes before x, 0, +1.
func (p Position) Compare(x Position) int {
	return cmp.Or(cmp.Compare(p.Page, x.Page), cmp.Compare(p.Index, x.Index))
}

func (p Position) String() string { return fmt.Sprintf("%d/%d", p.Page, p.Index) }

// ParsePosition reads what String writes, for example "17/3".
func ParsePosition(s string) (p Position, err error) {
	if _, err := fmt.Sscanf(s, "%d/%d", &p.Page, &p.Index); err != nil || p.String() != s {
		return Position{}, fmt.Errorf("place in the journal %q: give page and entry, for example 17/3", s)
	}
	return p, nil
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
