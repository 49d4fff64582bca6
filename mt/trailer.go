package mt

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	corridor "corridor.example/corridor"
)

// trailerTags are the trailers of block 5 with their order: users' first, then the network's, and the form of
// their values.
var trailerTags = map[string]struct {
	place    int  // 0: anywhere among the last
	repeats  bool // several may stand
	network  bool // set by the network only
	historic bool // not on the line since signatures travel beside the message
	valid    func(string) bool
}{
	"MAC": {place: 1, historic: true, valid: func(v string) bool { return len(v) == 8 && isHex(v) }},
	"PAC": {place: 2, historic: true, valid: func(v string) bool { return v == "" || len(v) == 8 && isHex(v) }},
	"CHK": {place: 3, valid: func(v string) bool { return len(v) == 12 && isHex(v) }},
	"SYS": {network: true, valid: emissionOrEmpty},
	"TNG": {valid: func(v string) bool { return v == "" }},
	"PDE": {repeats: true, valid: emissionOrEmpty},
	"PDM": {repeats: true, network: true, valid: emissionOrEmpty},
	"DLM": {network: true, valid: func(v string) bool { return v == "" }},
	"MRF": {network: true, valid: func(v string) bool {
		if len(v) != 40 || outside(v[:12], setN) >= 0 {
			return false
		}
		_, err := corridor.ParseMIR(v[12:])
		return err == nil
	}},
}

// isHex takes small letters too, as some programs write them.
func isHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if characters[s[i]]&setH == 0 && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return true
}

// emissionOrEmpty is nothing, or HHMM and a reference of an earlier emission.
func emissionOrEmpty(v string) bool {
	if v == "" {
		return true
	}
	if len(v) != 32 || outside(v[:4], setN) >= 0 || !validTime4(v) {
		return false
	}
	_, err := corridor.ParseMIR(v[4:])
	return err == nil
}

// trailers checks block 5. A file of a back office may leave it out; on the line CHK is mandatory and right.
func (c *checker) trailers() {
	m := c.m
	last, seen := 0, map[string]bool(nil)
	if len(m.Trailer) > 1 {
		seen = map[string]bool{}
	}
	for _, t := range m.Trailer {
		d, ok := trailerTags[t.Name]
		switch {
		case !ok:
			c.header("Z01", "trailer %s is not known", excerpt(t.Name))
			continue
		case seen[t.Name] && !d.repeats:
			c.header("Z02", "trailer %s stands twice", t.Name)
		case d.place > 0 && d.place < last:
			c.header("Z02", "trailer %s stands behind one that follows it", t.Name)
		case !d.valid(t.Value) && t.Name == "PDE":
			c.header("Z06", "trailer PDE: %s is neither empty nor HHMM and a MIR", excerpt(t.Value))
		case !d.valid(t.Value) && t.Name == "CHK":
			c.header("Z04", "trailer CHK: %s is not 12 hexadecimal digits", excerpt(t.Value))
		case !d.valid(t.Value) && !d.historic:
			c.header("Z01", "trailer %s: %s has not its form", t.Name, excerpt(t.Value))
		case c.opt.Line && (d.network || d.historic) && m.IsInput():
			c.header("Z07", "trailer %s is not a sender's", t.Name)
		}
		last = max(last, d.place)
		if d.place == 0 {
			last = 4
		}
		if seen != nil {
			seen[t.Name] = true
		}
	}
	if c.opt.Line {
		c.lineTrailers()
	}
}

// lineTrailers checks what the network asks of every message: its checksum, and the mark of test and training.
func (c *checker) lineTrailers() {
	m := c.m
	chk, ok := m.TrailerTag("CHK")
	switch {
	case !ok:
		c.header("Z03", "trailer CHK is missing")
	case !strings.EqualFold(chk, Checksum(m.chkAddress(), m.Text[m.block4.start:m.block4.end])):
		c.header("Z04", "trailer CHK is not the checksum of the message")
	}
	_, tng := m.TrailerTag("TNG")
	if test := len(m.Basic.LT) == 12 && m.Basic.LT[7] == '0'; tng != test {
		c.header("Z05", "trailer TNG marks the messages of test and training terminals, and only those")
	}
}

// chkAddress is the destination that goes into the checksum.
func (m *Message) chkAddress() string {
	if m.IsInput() {
		return m.App.Receiver
	}
	return m.Basic.LT
}

// Checksum is the value of CHK: the first 12 hexadecimal digits of SHA-256 over the receiver's address, with X as
// terminal code, and block 4 from its opening to its closing brace.
func Checksum(receiver, block4 string) string {
	h := sha256.New()
	if len(receiver) == 12 {
		receiver = receiver[:8] + "X" + receiver[9:]
	}
	h.Write([]byte(receiver))
	h.Write([]byte(block4))
	return strings.ToUpper(hex.EncodeToString(h.Sum(nil)[:6]))
}
