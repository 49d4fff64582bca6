package standing

import (
	"fmt"
	"math/big"

	"corridor.example/corridor"
)

// Alarm is what people must look at now.
type Alarm struct {
	Order string `json:"order"`
	What  string `json:"what"`
}

// leastForShare is how many messages there must have been since a fence until a share of them says something.
const leastForShare = 1000

// Alarms are the orders in force that do more than was signed: they hold messages outside of their resolution (R55), or stop a
// larger share than their dry run expected (R21). total is the number of messages that the network has accepted and refused.
func (s *State) Alarms(total uint64) []Alarm {
	var all []Alarm
	for _, id := range s.ids {
		r := s.orders[id]
		if r.Phase != InForce {
			continue
		}
		if r.Excess > 0 {
			all = append(all, Alarm{id, fmt.Sprintf("%d messages of institutions outside of its signed resolution were held: amend it, or exclude them", r.Excess)})
		}
		if n := total - r.TotalAtFence; r.Order.Bounds.Share != "" && n >= leastForShare && beyondShare(r.Blocked, n, r.Order.Bounds.Share) {
			all = append(all, Alarm{id, fmt.Sprintf("it stopped %d of the %d messages since its fence, more than the share of %s that its dry run expected", r.Blocked, n, r.Order.Bounds.Share)})
		}
	}
	return all
}

func beyondShare(part int, whole uint64, share corridor.Decimal) bool {
	most, ok := new(big.Rat).SetString(string(share))
	return ok && new(big.Rat).SetFrac(big.NewInt(int64(part)), new(big.Int).SetUint64(whole)).Cmp(most) > 0
}
