package notice

import (
	"fmt"
	"strings"

	"corridor.example/corridor"
)

// MT094 is the notice as the network sends it to one terminal: broadcasts of one number, in parts where it is long. The form is that of
// the network's other messages before they are given out: headers of input, receiver with X.
func (n *Notice) MT094(to corridor.LT) [][]byte {
	var out [][]byte
	for _, text := range n.Broadcast() {
		out = append(out, n.Issuer.Envelope(text, to))
	}
	return out
}

// Broadcast is block 4 of each part: the same for every receiver.
func (n *Notice) Broadcast() []string {
	parts := split(n.FINLines(), partText, "\r\n")
	priority := "N"
	if n.Urgent() {
		priority = "U"
	}
	var out []string
	for i, p := range parts {
		section := ""
		if len(parts) > 1 {
			section = tag("129", fmt.Sprintf("%02d/%02d", i+1, len(parts)))
		}
		heading := headingCode + oneLine(strings.ToUpper(finText(n.kind())), LineLength) + "\r\n" + headingCode + oneLine(n.Order.ID, LineLength)
		out = append(out, tag("135", priority)+tag("136", n.Series())+section+tag("130", heading)+tag("134", n.requester())+tag("312", p))
	}
	return out
}

// headingCode is the number of the heading under which back offices file a broadcast: 01, the network's own affairs.
const headingCode = "/01/"

// Envelope puts block 4 of a broadcast between its headers for one terminal.
func (i Issuer) Envelope(block4 string, to corridor.LT) []byte {
	return []byte("{1:F01" + string(i.LT) + "0000000000}{2:I094" + string(to.Destination()) + "S}{4:" + block4 + "}{5:{SYS:}}")
}

// requester is who asked for the broadcast (field 134): BIC, name, city.
func (n *Notice) requester() string {
	name, city := or(n.Issuer.Name, string(n.Issuer.Network)), or(n.Issuer.City, "NETWORK")
	return string(n.Issuer.BIC) + "\r\n" + oneLine(finText(name), LineLength) + "\r\n" + oneLine(finText(city), LineLength)
}

func oneLine(s string, most int) string { return guard(s[:min(len(s), most)]) }

// split puts lines together into pieces of at most so many characters; of what would need more than maxParts the last piece says that there
// is more. MaxListed and MaxLicences keep every text of a sound order below that.
func split(lines []string, most int, end string) []string {
	var parts []string
	var b strings.Builder
	for i, l := range lines {
		if b.Len() > 0 && b.Len()+len(end)+len(l) > most {
			parts = append(parts, b.String())
			b.Reset()
		}
		if len(parts) == maxParts-1 && i+1 < len(lines) && b.Len()+2*len(end)+len(l)+len(cutOff) > most {
			return append(parts, b.String()+end+cutOff)
		}
		if b.Len() > 0 {
			b.WriteString(end)
		}
		b.WriteString(l)
	}
	return append(parts, b.String())
}

const cutOff = "The rest stands in the signed order."

func tag(number, value string) string { return "{" + number + ":" + value + "}" }
