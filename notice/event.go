package notice

import (
	"encoding/json"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
)

// EventType names the notice among the events of the API.
const EventType = "order_notice"

// event is the notice as a program reads it: the facts of the signed order that are for members, and the text. It has nothing of how the order
// came about: no drafter, evidence, reason of an exclusion, or dry run.
type event struct {
	Event      string                `json:"event"`
	Network    corridor.Network      `json:"network"`
	Number     string                `json:"number"`
	At         string                `json:"at"`
	Occasion   Occasion              `json:"occasion"`
	BIC        corridor.BIC          `json:"bic,omitempty"`
	Until      string                `json:"until,omitempty"`
	Order      string                `json:"order"`
	Kind       standing.Kind         `json:"kind"`
	Refers     string                `json:"refers,omitempty"`
	SHA256     string                `json:"sha256"`
	Rule       string                `json:"rule,omitempty"`
	Instrument []standing.Instrument `json:"instrument,omitempty"`
	Effective  standing.Effective    `json:"effective"`
	Expires    string                `json:"expires,omitempty"`
	WindDown   string                `json:"wind_down,omitempty"`
	Countries  []standing.Country    `json:"countries,omitempty"`
	Covered    []Institution         `json:"covered"`
	NotCovered []Institution         `json:"not_covered"`
	Scope      standing.Scope        `json:"scope"`
	Reach      string                `json:"reach,omitempty"`
	Carveouts  []standing.Carveout   `json:"carveouts,omitempty"`
	InFlight   standing.InFlight     `json:"inflight"`
	Ramp       []standing.Step       `json:"ramp,omitempty"`
	Contact    string                `json:"contact,omitempty"`
	Appeal     string                `json:"appeal,omitempty"`
	Text       []string              `json:"text"`
}

// Event is the notice as an event of the API: one JSON object on one line.
func (n *Notice) Event() ([]byte, error) {
	o := n.Order
	e := event{
		Event: EventType, Network: n.Issuer.Network, Number: n.Series(), At: instantText(n.At), Occasion: n.Due.Why, BIC: n.Due.BIC,
		Order: o.ID, Kind: o.Kind, Refers: o.Refers, SHA256: n.Document.String(), Rule: o.Rule, Instrument: o.Instruments, Effective: o.Effective,
		Expires: o.Expires, WindDown: o.Notice.WindDown, Countries: o.Subject.Countries, Covered: n.Covered, NotCovered: n.Others, Scope: o.Scope,
		Reach: o.Reach, Carveouts: o.Carveouts, InFlight: o.InFlight, Ramp: o.Ramp, Contact: o.Contact, Appeal: o.Appeal, Text: n.Lines(),
	}
	if n.Due.Until != 0 {
		e.Until = instantText(n.Due.Until)
	}
	if e.Covered == nil {
		e.Covered = []Institution{}
	}
	if e.NotCovered == nil {
		e.NotCovered = []Institution{}
	}
	return json.Marshal(e)
}
