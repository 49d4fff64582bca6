package standing

import (
	"cmp"
	"fmt"
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/internal/canonical"
)

// usage is what messages changed of the state, as a snapshot keeps it: acts and fences are carried out again, decisions are not.
type usage struct {
	Counts  []countOf  `json:"counts,omitempty"`
	Budgets []budgetOf `json:"budgets,omitempty"`
	Held    []heldOf   `json:"held,omitempty"`
}

type countOf struct {
	Order    string `json:"order"`
	Blocked  int    `json:"blocked"`
	Licensed int    `json:"licensed"`
	Looked   int    `json:"looked"`
	Excess   int    `json:"excess,omitempty"`
	Total    string `json:"total,omitempty"`
}

type budgetOf struct {
	Order   string       `json:"order"`
	Licence string       `json:"licence"`
	A       corridor.BIC `json:"a"`
	B       corridor.BIC `json:"b"`
	Uses    []useOf      `json:"uses"`
}

type useOf struct {
	Time   string           `json:"time"` // Unix nanoseconds: more digits than a number of JSON keeps
	Amount corridor.Decimal `json:"amount,omitempty"`
}

type heldOf struct {
	Page     string       `json:"page"`
	Index    uint32       `json:"index"`
	Sender   corridor.BIC `json:"sender"`
	Receiver corridor.BIC `json:"receiver"`
	Since    string       `json:"since"`
	Rule     string       `json:"rule"`
	Orders   []string     `json:"orders,omitempty"`
	Asked    string       `json:"asked,omitempty"`
	By       string       `json:"by,omitempty"`
	Agreed   bool         `json:"agreed,omitempty"`
}

// AppendUse writes what messages changed: uses of licences, held messages, counts.
func (s *State) AppendUse(b []byte) []byte {
	var u usage
	for _, id := range s.ids {
		if r := s.orders[id]; r.Looked > 0 || r.TotalAtFence > 0 {
			u.Counts = append(u.Counts, countOf{id, r.Blocked, r.Licensed, r.Looked, r.Excess, fmt.Sprint(r.TotalAtFence)})
		}
	}
	for k, uses := range s.budgets {
		x := budgetOf{Order: k.order, Licence: k.licence, A: k.a, B: k.b}
		for _, one := range uses {
			x.Uses = append(x.Uses, useOf{fmt.Sprint(one.time), one.amount})
		}
		u.Budgets = append(u.Budgets, x)
	}
	slices.SortFunc(u.Budgets, func(a, b budgetOf) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Licence, b.Licence), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	for _, h := range s.HeldMessages() {
		x := heldOf{fmt.Sprint(h.At.Page), h.At.Index, h.Sender, h.Receiver, fmt.Sprint(h.Since), h.Rule, h.Orders, h.Asked, "", h.Agreed}
		if !h.By.IsZero() {
			x.By = h.By.String()
		}
		u.Held = append(u.Held, x)
	}
	text, err := canonical.Marshal(&u)
	if err != nil {
		panic("standing: its own use has no canonical form: " + err.Error())
	}
	return append(b, text...)
}

// ReadUse reads what AppendUse wrote, into a state to which the acts and fences have been applied.
func (s *State) ReadUse(b []byte) error {
	var u usage
	if err := canonical.Unmarshal(b, &u); err != nil {
		return fmt.Errorf("snapshot of orders: %w", err)
	}
	for _, r := range s.orders { // what the fences counted again as they were applied; counts of nothing are not written
		r.Blocked, r.Licensed, r.Looked, r.Excess, r.TotalAtFence = 0, 0, 0, 0, 0
	}
	for _, c := range u.Counts {
		if r := s.orders[c.Order]; r != nil {
			r.Blocked, r.Licensed, r.Looked, r.Excess, r.TotalAtFence = c.Blocked, c.Licensed, c.Looked, c.Excess, uint64(wholeNumber(c.Total))
		}
	}
	for _, x := range u.Budgets {
		key := budgetKey{x.Order, x.Licence, x.A, x.B}
		for _, one := range x.Uses {
			s.budgets[key] = append(s.budgets[key], use{wholeNumber(one.Time), one.Amount})
		}
	}
	clear(s.held)
	for _, x := range u.Held {
		h := &Held{At: corridor.Position{Page: uint64(wholeNumber(x.Page)), Index: x.Index}, Sender: x.Sender, Receiver: x.Receiver, Since: wholeNumber(x.Since), Rule: x.Rule, Orders: x.Orders, Asked: x.Asked, Agreed: x.Agreed}
		if x.By != "" {
			d, err := corridor.ParseDigest(x.By)
			if err != nil {
				return fmt.Errorf("snapshot of orders: %w", err)
			}
			h.By = d
		}
		s.held[h.At] = h
	}
	return nil
}

func wholeNumber(s string) (n int64) {
	_, _ = fmt.Sscan(s, &n)
	return n
}
