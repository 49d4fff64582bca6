package notice

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"

	"corridor.example/corridor"
)

// Row is one message in a list or report.
type Row struct {
	Position  string               `json:"position"` // its entry's place in the journal
	Accepted  string               `json:"accepted"`
	Sender    corridor.LT          `json:"sender"`
	Receiver  corridor.LT          `json:"receiver"`
	Type      corridor.MessageType `json:"type"`
	MIR       corridor.MIR         `json:"mir,omitempty"`
	Reference corridor.Reference   `json:"reference,omitempty"`
	UETR      corridor.UETR        `json:"uetr,omitempty"`
	Currency  string               `json:"currency,omitempty"`
	Amount    corridor.Decimal     `json:"amount,omitempty"`
	State     string               `json:"state"`             // queued, held, given-out; in a report: returned, in-doubt, held
	Will      string               `json:"will,omitempty"`    // what becomes of it at the instant
	Code      string               `json:"code,omitempty"`    // FIN field 432
	Reason    string               `json:"reason,omitempty"`  // of pacs.002
	Decided   string               `json:"decided,omitempty"` // when
	Orders    []string             `json:"orders,omitempty"`
}

// Table is a list or report as programs read it.
type Table struct {
	Kind    string           `json:"kind"` // "open-items", "undelivered"
	Network corridor.Network `json:"network"`
	Member  corridor.BIC     `json:"member"`
	Order   string           `json:"order"`
	SHA256  string           `json:"sha256"` // of the signed order
	At      string           `json:"at"`
	Rows    []Row            `json:"rows"`
}

// columns are the columns of the CSV form, in order.
func columns() []string {
	return []string{"position", "accepted", "sender", "receiver", "type", "mir", "reference", "uetr", "currency", "amount", "state", "will", "code", "reason", "decided", "orders"}
}

func (r *Row) values() []string {
	return []string{r.Position, r.Accepted, string(r.Sender), string(r.Receiver), string(r.Type), string(r.MIR), string(r.Reference), string(r.UETR), r.Currency,
		string(r.Amount), r.State, r.Will, r.Code, r.Reason, r.Decided, strings.Join(r.Orders, " ")}
}

// JSON is the table as one JSON document.
func (t *Table) JSON() ([]byte, error) {
	if t.Rows == nil {
		t.Rows = []Row{}
	}
	b, err := json.MarshalIndent(t, "", "  ")
	return append(b, '\n'), err
}

// CSV is the table's rows with a line of names. A text that a spreadsheet would take for a formula begins with an apostrophe.
func (t *Table) CSV() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(columns()); err != nil {
		return nil, err
	}
	for i := range t.Rows {
		values := t.Rows[i].values()
		for j, v := range values {
			if v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
				values[j] = "'" + v
			}
		}
		if err := w.Write(values); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// lines are the rows for people, at most MaxRows of them.
func (t *Table) lines() []string {
	var out []string
	for i := range t.Rows {
		if i == MaxRows {
			return append(out, fmt.Sprintf("and %d more, which the file beside this mail has", len(t.Rows)-i))
		}
		out = append(out, t.Rows[i].line())
	}
	return out
}

func (r *Row) line() string {
	parts := []string{r.State, string(r.Type), string(r.Sender) + " to " + string(r.Receiver)}
	for _, p := range [][2]string{{"ref ", string(r.Reference)}, {"MIR ", string(r.MIR)}, {"UETR ", string(r.UETR)}, {"", strings.TrimSpace(r.Currency + " " + string(r.Amount))},
		{"accepted ", r.Accepted}, {"", arrow(r.Will)}, {"code ", r.Code}, {"reason ", r.Reason}} {
		if p[1] != "" {
			parts = append(parts, p[0]+p[1])
		}
	}
	return "- " + strings.Join(parts, ", ")
}

func arrow(will string) string {
	if will == "" {
		return ""
	}
	return "will be " + will
}
