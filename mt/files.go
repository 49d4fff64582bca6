package mt

import (
	"bytes"
	"fmt"
	"iter"
)

// Messages gives the messages of a file one after the other: a single message, several in a row, RJE (separated by
// $) or DOS-PCC (between octets 01 and 03, padded to 512). What stands between messages is skipped; text before
// the first message comes as a message of its own, so that nothing is dropped unseen; a byte order mark comes with the
// first message, for Tolerate to name.
func Messages(file []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		start, n := 0, 0
		for start < len(file) {
			end := nextMessage(file, max(start, marked(file)))
			if part := trimBetween(file[start:end]); len(part) > 0 {
				if !yield(n, part) {
					return
				}
				n++
			}
			start = end
		}
	}
}

// marked is where a file begins behind a byte order mark and blanks; 0 without one.
func marked(file []byte) int {
	rest, ok := bytes.CutPrefix(file, []byte(byteOrderMark))
	if !ok {
		return 0
	}
	for len(rest) > 0 && between(rest[0]) {
		rest = rest[1:]
	}
	return min(len(file)-len(rest), len(file)-1)
}

const byteOrderMark = "\xef\xbb\xbf"

// nextMessage is the offset of the first "{1:" behind start that a closed block, or nothing, stands before. Behind
// text that is no message, a line end or blank before it is enough.
func nextMessage(b []byte, start int) int {
	strange := !bytes.HasPrefix(b[start:], []byte("{1:")) && !between(b[start])
	for at := start; ; {
		i := bytes.Index(b[at+1:], []byte("{1:"))
		if i < 0 {
			return len(b)
		}
		at += 1 + i
		j := at - 1
		for j > start && between(b[j]) {
			j--
		}
		if b[j] == '}' || j == start && between(b[j]) || strange && j < at-1 {
			return at
		}
	}
}

// between reports octets that may stand between two messages of a file.
func between(c byte) bool {
	switch c {
	case ' ', '\r', '\n', '\t', '$', 0x01, 0x03, 0x1a, 0x00:
		return true
	}
	return false
}

func trimBetween(b []byte) []byte {
	for len(b) > 0 && between(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && between(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// AppendRJE adds a message to an RJE file: a $ stands between two messages and nowhere else.
func AppendRJE(file, message []byte) []byte {
	if len(file) > 0 {
		file = append(file, '$')
	}
	return append(file, message...)
}

// dosRecord is the size that records of a DOS-PCC file are padded to.
const dosRecord = 512

// AppendDOSPCC adds a message to a DOS-PCC file.
func AppendDOSPCC(file, message []byte) []byte {
	file = append(file, 0x01)
	file = append(file, message...)
	file = append(file, 0x03)
	for len(file)%dosRecord != 0 {
		file = append(file, ' ')
	}
	return file
}

// Tolerate mends what editors and programs often do to a message: a byte order mark, blanks around it and between
// its blocks, line ends other than CRLF, blank lines. It says what it mended; a sound message comes back as it is.
func Tolerate(b []byte) ([]byte, []string) {
	t := tolerance{in: b}
	if rest, ok := bytes.CutPrefix(t.in, []byte(byteOrderMark)); ok {
		t.in = rest
		t.say("a byte order mark before the message")
	}
	if trimmed := bytes.TrimSpace(t.in); len(trimmed) != len(t.in) {
		t.in = trimmed
		t.say("blanks or line ends around the message")
	}
	t.blocks()
	if !bytes.Contains(t.out, []byte("{5:")) && bytes.HasPrefix(t.out, []byte("{1:F01")) {
		t.say("no block 5")
	}
	if len(t.said) == 0 {
		return b, nil
	}
	return t.out, t.said
}

// tolerance copies a message, mending it.
type tolerance struct {
	in, out []byte
	said    []string
	ends    int
	blanks  int
	gaps    int
}

func (t *tolerance) say(what string) { t.said = append(t.said, what) }

func (t *tolerance) blocks() {
	t.out = make([]byte, 0, len(t.in)+len(t.in)/16)
	for i := 0; i < len(t.in); i++ {
		switch c := t.in[i]; {
		case c == '\r' && i+1 < len(t.in) && t.in[i+1] == '\n':
			i++
			t.lineEnd()
		case c == '\r' || c == '\n':
			t.ends++
			t.lineEnd()
		case c == '{' && t.behindBlock():
			t.out = append(bytes.TrimRight(t.out, " \t\r\n"), c)
			t.gaps++
		default:
			t.out = append(t.out, c)
		}
	}
	t.count(t.ends, "%d line ends that are not CRLF")
	t.count(t.blanks, "%d blank lines")
	t.count(t.gaps, "blanks or line ends between blocks, %d times")
}

func (t *tolerance) count(n int, format string) {
	if n > 0 {
		t.say(fmt.Sprintf(format, n))
	}
}

// behindBlock reports blanks behind a closed block at the end of what is written.
func (t *tolerance) behindBlock() bool {
	n := len(t.out)
	if n == 0 || t.out[n-1] > ' ' {
		return false
	}
	trimmed := bytes.TrimRight(t.out, " \t\r\n")
	return len(trimmed) > 0 && trimmed[len(trimmed)-1] == '}'
}

// lineEnd writes CRLF, unless the line that it ends is blank.
func (t *tolerance) lineEnd() {
	i := len(t.out)
	for i > 0 && t.out[i-1] == ' ' {
		i--
	}
	if i > 1 && t.out[i-1] == '\n' {
		t.out = t.out[:i]
		t.blanks++
		return
	}
	t.out = append(t.out, '\r', '\n')
}
