package mt

import (
	"testing"
	"time"
)

// The network may name itself in its own messages, where an address of no country is nobody else's; members may not name it.
func TestTheNetworkNamesItself(t *testing.T) {
	for requester, valid := range map[string]bool{string(NetworkLT.BIC8()): true, "CRDRXXX0": true, "MERIDEFF": true, "MERIXYFF": false} {
		e := Envelope{To: "MERIDEFFAXXX", Session: 1, OSN: 1, At: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Number: 1}
		if requester == "CRDRXXX0" { // a network of test terminals
			e.To, e.From = "MERIDEF0AXXX", "CRDRXXX0AXXX"
		}
		m := System("094", e, Tag{"135", "N"}, Tag{"136", "A00001"}, Tag{"130", "/01/A\r\n/01/B"}, Tag{"134", requester + "\r\nTHE NETWORK\r\nTOWN"}, Tag{"312", "TEXT"})
		if r := Check(m, Options{}); r.Valid() != valid {
			t.Errorf("requester %s: %v", requester, r.Faults)
		}
	}
	payment := []byte("{1:F01MERIDEFFAXXX0001000001}{2:I202CEDRFRPPXXXXN}{4:\r\n:20:A\r\n:21:B\r\n:32A:260302EUR1,\r\n:58A:CRDRXXXX\r\n-}")
	if r := Check(payment, Options{}); r.Valid() {
		t.Error("a payment to the network itself passes")
	}
}
