package archive

import (
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
	"corridor.example/corridor/standing"
)

// The outcomes of a message.
const (
	Accepted  = "accepted"  // and not delivered yet
	Delivered = "delivered" // its receiver has it
	Refused   = "refused"   // at input
	Aborted   = "aborted"   // its receiver refused it for good
	Returned  = "returned"  // taken out of the queue under an order
	Held      = "held"
	InDoubt   = "in-doubt" // given out and not acknowledged when an order took effect
)

// Outcomes lists them.
func Outcomes() []string {
	return []string{Accepted, Delivered, Refused, Aborted, Returned, Held, InDoubt}
}

// idOf is a position as one number, in the order of the journal.
func idOf(p corridor.Position) int64 {
	return int64(p.Page)*corridor.MaxPageEntries + int64(p.Index)
}

// positionOf is the position of an id.
func positionOf(id int64) corridor.Position {
	return corridor.Position{Page: uint64(id / corridor.MaxPageEntries), Index: uint32(id % corridor.MaxPageEntries)}
}

const dayMillis = 24 * 60 * 60 * 1000

func dateOf(day int64) string { return time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly) }

// dayOf is the number of a day YYYY-MM-DD.
func dayOf(date string) (int64, error) {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0, err
	}
	return t.Unix() / (24 * 60 * 60), nil
}

// message is one row and what hangs on it, before it is written.
type message struct {
	id, at  int64
	sub     entry.Submission
	p       corridor.Particulars
	origin  string // "member", "network"
	refs    string
	session int64 // the sender's
	whole   int64 // of the first amount
	frac    int64
	state   change
}

// change is what becomes known of a message after its row was made. Empty is unchanged.
type change struct {
	outcome  string
	code     string
	orders   string
	licence  string
	terminal string
	osn      int64
	session  int64
	attempts int64
	assigned int64
	done     int64
}

// newMessage reads a submission and its payload; a payload that cannot be read has no particulars.
func newMessage(id, at int64, statement, payload []byte) (*message, error) {
	sub, err := entry.DecodeSubmission(statement)
	if err != nil {
		return nil, err
	}
	m := &message{id: id, at: at, sub: sub, origin: "member", state: change{outcome: Accepted}}
	if len(payload) > 0 {
		m.p, _ = particularsOf(sub.Type, payload)
	}
	if m.sub.UETR == "" {
		m.sub.UETR = m.p.UETR
	}
	m.refs = joinReferences(m.p.References)
	if len(m.p.Amounts) > 0 {
		m.whole, m.frac = splitDecimal(m.p.Amounts[0].Value)
	}
	return m, nil
}

func particularsOf(t corridor.MessageType, payload []byte) (corridor.Particulars, error) {
	if t.IsFIN() {
		return mt.ReadParticulars(payload)
	}
	return mx.ReadParticulars(payload)
}

// joinReferences is the texts in lines, cut where maxReferences is reached.
func joinReferences(all []string) string {
	n := 0
	for i, r := range all {
		if n += len(r) + 1; n > maxReferences {
			all = all[:i]
			break
		}
	}
	return strings.ReplaceAll(strings.Join(all, "\n"), "\x00", " ")
}

// fractions is how many parts a unit has in the tables: a Decimal has at most five digits behind its point.
const fractions = 100_000

// splitDecimal is a number as units and hundred-thousandths. One beyond the range of the tables counts as the largest.
func splitDecimal(d corridor.Decimal) (whole, fraction int64) {
	w, f, _ := strings.Cut(string(d), ".")
	for i := range len(w) {
		whole = whole*10 + int64(w[i]-'0')
	}
	scale := int64(fractions)
	for i := range len(f) {
		scale /= 10
		fraction += int64(f[i]-'0') * scale
	}
	return whole, fraction
}

// category is the family of a type: "1" of fin.103, "pacs" of pacs.008.001.08.
func category(t corridor.MessageType) string {
	s := string(t)
	if t.IsFIN() {
		if len(s) > 4 {
			return s[4:5]
		}
		return ""
	}
	before, _, _ := strings.Cut(s, ".")
	return before
}

// agents are the institutions inside that are neither end, each branch once.
func (m *message) agents() []corridor.BIC {
	var out []corridor.BIC
	for _, b := range m.p.Agents {
		if b8 := b.BIC8(); b8 != m.sub.Sender.BIC8() && b8 != m.sub.Receiver.BIC8() && len(out) < maxAgents {
			out = append(out, b)
		}
	}
	return out
}

// foldName brings a name into the form in which names are compared: capitals, letters and digits, one blank between words.
func foldName(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToUpper(s), func(r rune) bool {
		return !('A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r > 0x7f)
	}), " ")
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// isCounted reports a member's message that the network took over. What the network refused never becomes anything else.
func (m *message) isCounted() bool { return m.origin == "member" && m.state.outcome != Refused }

// values are the columns of a row, in the order of messageColumns.
func (m *message) values(args []any) []any {
	s, p, c := &m.sub, &m.p, &m.state
	currency := ""
	if len(p.Amounts) > 0 {
		currency = p.Amounts[0].Currency
	}
	return append(args, m.id, m.at, m.at/dayMillis, string(s.Sender.BIC8()), string(s.Receiver.BIC8()), string(s.Type), currency, m.whole, m.frac,
		int64(len(p.Amounts)), bit(p.Answer), m.origin, bit(m.isCounted()), c.outcome, c.done, string(s.Sender), string(s.Receiver), standing.Service(s.Type), category(s.Type),
		s.Priority.String(), int64(s.Number), m.session, int64(s.PayloadSize), bit(p.Test || s.Sender.BIC8().IsTest()), string(s.Reference), string(s.UETR),
		clean(p.Related), p.ValueDate, clean(p.Purpose), c.code, c.orders, c.licence, c.terminal, c.osn, c.session, c.attempts, c.assigned, clean(m.refs))
}

// clean takes out what PostgreSQL keeps in no text: bytes that are no UTF-8, and zero.
func clean(s string) string {
	if strings.IndexByte(s, 0) < 0 && isASCII(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", " ")
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// messageColumns are those of a row.
var messageColumns = strings.Fields(`id at day sender8 receiver8 type currency whole fraction parts answer origin counted outcome done_at sender receiver
	service category priority isn session size test reference uetr related value_date purpose code orders licence terminal osn delivery_session
	attempts assigned_at refs`)
