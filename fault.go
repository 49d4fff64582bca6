package corridor

import (
	"fmt"
	"strings"
)

// Fault is a coded refusal: what is wrong, where, whose it is to mend. It is an error. The codes of the
// network itself stand in NetworkFaults; those of the message standards in packages mt and mx.
type Fault struct {
	Code string `json:"code"`           // H50, T27, N12 … one table a package
	Text string `json:"text,omitempty"` // what is wrong and what to do

	// Where in a message: FIN counts lines of block 4 from 1 and names the field; ISO 20022 has path, line and column.
	Field      string `json:"field,omitempty"`
	Path       string `json:"path,omitempty"`
	Line       int    `json:"line,omitempty"`
	Column     int    `json:"column,omitempty"`
	Occurrence int    `json:"occurrence,omitempty"` // the how-manieth field of that tag, from 1

	Rule  string `json:"rule,omitempty"` // the standard's rule that is broken, for example "MT103 C3"
	Whose Whose  `json:"whose,omitempty"`
	Retry bool   `json:"retry,omitempty"` // the same bytes may succeed later
}

// Whose says who has to mend a fault.
type Whose string

// Who can be at fault.
const (
	Sender   Whose = "sender"   // the member that sent the message or frame
	Receiver Whose = "receiver" // the member that was to receive it
	Hub      Whose = "network"  // the network's operator
)

func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Code)
	if f.Line > 0 {
		fmt.Fprintf(&b, " line %d", f.Line)
	}
	if f.Field != "" {
		fmt.Fprintf(&b, " field %s", f.Field)
	}
	if f.Path != "" {
		fmt.Fprintf(&b, " at %s", f.Path)
	}
	if f.Text != "" {
		b.WriteString(": ")
		b.WriteString(f.Text)
	}
	return b.String()
}

// Code405 is the fault as FIN's field 405 carries it: the code, and three digits of the line for a fault in the
// text (letters other than H, U, X, Y, Z; spec of the answer: FIN, field 405).
func (f *Fault) Code405() string {
	if len(f.Code) != 3 || f.Line <= 0 || strings.IndexByte("HUXYZ", f.Code[0]) >= 0 {
		return f.Code
	}
	return fmt.Sprintf("%s%03d", f.Code, min(f.Line, 999))
}
