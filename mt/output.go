package mt

import (
	"fmt"
	"time"

	corridor "corridor.example/corridor"
)

// OutputFacts are what the network knows of one delivery.
type OutputFacts struct {
	Receiver   corridor.LT // the terminal it is delivered to, with its real code
	Session    corridor.SessionNumber
	OSN        corridor.OSN
	MIR        corridor.MIR // of the input: date, LT, session and ISN
	InputTime  time.Time    // in the sender's zone
	OutputTime time.Time    // in the receiver's zone

	Network []Tag    // fields of block 3 that the network adds: 115, 165, 433, 434
	Repeats []string // a PDM for each earlier attempt: "" or HHMM and the MOR of that attempt
	Late    bool     // delivered after its obsolescence period: DLM
}

// Output is the output form of an accepted input message: blocks 1 and 2 are written anew, block 3 is kept, block 4
// is byte for byte the sender's, block 5 has a new checksum. The same facts give the same bytes.
func Output(input []byte, f OutputFacts) ([]byte, error) {
	m, faults := Parse(input)
	if !m.IsInput() || !m.has[4] {
		if len(faults) > 0 {
			return nil, fmt.Errorf("output form of a message that cannot be read: %w", &faults[0])
		}
		return nil, fmt.Errorf("output form: the message is no input message with a text")
	}
	text := m.Text[m.block4.start:m.block4.end]
	b := make([]byte, 0, len(input)+128)
	b = appendBasic(b, m.Basic.Application, f.Receiver, f.Session, uint64(f.OSN))
	b = appendOutputHeader(b, m.App.Type, f.InputTime, string(f.MIR), f.OutputTime, m.App.Priority)
	b = appendBlock(b, "3", append(m.User[:len(m.User):len(m.User)], f.Network...))
	b = append(b, text...)
	return appendBlock(b, "5", m.outputTrailers(f, text)), nil
}

// outputTrailers: CHK first, TNG of test traffic, the sender's PDEs or the network's SYS, then PDM and DLM.
func (m *Message) outputTrailers(f OutputFacts, text string) []Tag {
	list := []Tag{{"CHK", Checksum(string(f.Receiver), text)}}
	if f.Receiver.BIC8().IsTest() {
		list = append(list, Tag{"TNG", ""})
	}
	for _, t := range m.Trailer {
		if t.Name == "PDE" || t.Name == "SYS" { // SYS stands only in what the network itself sends
			list = append(list, t)
		}
	}
	for _, r := range f.Repeats {
		list = append(list, Tag{"PDM", r})
	}
	if f.Late {
		list = append(list, Tag{"DLM", ""})
	}
	return list
}

// Seal gives an input message its checksum, and TNG between test terminals: what an interface does to a file of a
// back office before it sends. Trailers that are a sender's are kept.
func Seal(input []byte) ([]byte, error) {
	m, faults := Parse(input)
	if !m.IsInput() || !m.has[4] {
		if len(faults) > 0 {
			return nil, fmt.Errorf("checksum of a message that cannot be read: %w", &faults[0])
		}
		return nil, fmt.Errorf("checksum: the message is no input message with a text")
	}
	list := []Tag{{"CHK", Checksum(m.App.Receiver, m.Text[m.block4.start:m.block4.end])}}
	if m.Basic.LT[7] == '0' {
		list = append(list, Tag{"TNG", ""})
	}
	for _, t := range m.Trailer {
		if t.Name == "PDE" {
			list = append(list, t)
		}
	}
	b := append(make([]byte, 0, len(input)+32), m.Text[:m.block4.end]...)
	return appendBlock(b, "5", list), nil
}

// Number writes session and sequence into block 1 of an input message, and the code of the terminal that sends it.
func Number(input []byte, lt corridor.LT, s corridor.SessionNumber, n corridor.ISN) ([]byte, error) {
	if len(input) < 29 || string(input[:3]) != "{1:" || input[28] != '}' {
		return nil, fmt.Errorf("the message does not begin with a basic header of 25 characters")
	}
	b := appendBasic(make([]byte, 0, len(input)), input[3], lt, s, uint64(n))
	return append(b, input[29:]...), nil
}

func appendBasic(b []byte, application byte, lt corridor.LT, s corridor.SessionNumber, n uint64) []byte {
	b = append(b, "{1:"...)
	b = append(b, application)
	b = append(b, "01"...)
	b = append(b, lt...)
	b = appendDigits(b, uint64(s), 4)
	b = appendDigits(b, n, 6)
	return append(b, '}')
}

func appendOutputHeader(b []byte, number string, in time.Time, mir string, out time.Time, priority byte) []byte {
	b = append(b, "{2:O"...)
	b = append(b, number...)
	b = in.AppendFormat(b, "1504")
	b = append(b, mir...)
	b = out.AppendFormat(b, "0601021504")
	if priority != 0 {
		b = append(b, priority)
	}
	return append(b, '}')
}

// appendBlock writes a block of fields, and nothing if there are none.
func appendBlock(b []byte, id string, list []Tag) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(b, '{')
	b = append(b, id...)
	b = append(b, ':')
	for _, t := range list {
		b = appendTag(b, t.Name, t.Value)
	}
	return append(b, '}')
}

func appendTag(b []byte, name, value string) []byte {
	b = append(b, '{')
	b = append(b, name...)
	b = append(b, ':')
	b = append(b, value...)
	return append(b, '}')
}

// appendDigits writes n with leading zeros, dropping what does not fit.
func appendDigits(b []byte, n uint64, width int) []byte {
	at := len(b)
	for range width {
		b = append(b, '0')
	}
	for i := len(b) - 1; i >= at; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}
