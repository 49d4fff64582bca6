package hub

import (
	"fmt"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// notification writes what the network tells a sender of its message: MT 011 delivered, MT 010 not yet delivered, MT 019
// aborted. now is Unix nanoseconds. Times are UTC.
func notification(r entry.Reason, own corridor.LT, f Facts, mor corridor.MOR, now int64) ([]byte, corridor.MessageType) {
	number, text := notificationText(r, f, mor, now)
	head := fmt.Sprintf("{1:F01%s0000000000}{2:I%s%sS}{4:", own, number, f.Sender.Destination())
	return []byte(head + text + "}{5:{SYS:}}"), corridor.MessageType("fin." + number)
}

func notificationText(r entry.Reason, f Facts, mor corridor.MOR, now int64) (number, text string) {
	input := time.Unix(0, f.Accepted).UTC().Format("1504")
	reference := ""
	if f.Reference != "" && len(f.Reference) <= 16 {
		reference = tag("108", string(f.Reference))
	}
	switch r {
	case entry.Delivered:
		output := time.Unix(0, now).UTC().Format("1504")
		return "011", tag("175", input) + tag("106", string(f.MIR)) + reference + tag("175", output) + tag("107", string(mor))
	case entry.NotDelivered:
		return "010", tag("106", string(f.MIR)) + reference + tag("431", statusNoAttempt) + tag("102", string(f.Receiver)) + tag("104", f.Priority.String())
	default:
		return "019", tag("175", input) + tag("106", string(f.MIR)) + reference + tag("102", string(f.Receiver)) + tag("432", f.Abort)
	}
}

const (
	statusNoAttempt = "07" // FIN field 431: not delivered

	// FIN field 432, why a message was aborted.
	reasonAttempts      = "02" // too many unsuccessful delivery attempts
	reasonDisabled      = "03" // destination disabled
	reasonDisabledAfter = "13" // destination disabled, after it waited for an authorisation
	reasonScreened      = "S1" // by screening
)

func tag(number, value string) string { return "{" + number + ":" + value + "}" }
