package mt

import (
	"fmt"
	"strings"

	corridor "corridor.example/corridor"
)

// CopyToServer is MT 096: a message that waits for the word of a copy service, given to the service's server. It
// holds the blocks of the original; the MRF trailer is the reference that the server's answer repeats.
func CopyToServer(e Envelope, service string, original []byte, reference string) ([]byte, error) {
	m, faults := Parse(original)
	if !m.has[4] {
		if len(faults) > 0 {
			return nil, fmt.Errorf("copy of a message that cannot be read: %w", &faults[0])
		}
		return nil, fmt.Errorf("copy of a message without a text")
	}
	var tags []Tag
	tags = append(tags, Tag{"1", string(appendBasicHeader(nil, &m.Basic)[3:28])})
	if header := appendApplication(nil, &m.App); len(header) > 0 {
		tags = append(tags, Tag{"2", string(header[3 : len(header)-1])})
	}
	if len(m.User) > 0 {
		user := appendBlock(nil, "3", m.User)
		tags = append(tags, Tag{"3", string(user[3 : len(user)-1])})
	}
	tags = append(tags, Tag{"4", m.Text[m.block4.start+3 : m.block4.end-1]})
	out := System("096", e, tags...)
	out = []byte(strings.Replace(string(out), "{4:", "{3:{103:"+service+"}}{4:", 1))
	if reference != "" {
		out = append(out[:len(out)-1:len(out)-1], ("{MRF:" + reference + "}}")...)
	}
	return out, nil
}

// Copied is the original inside an MT 096.
func (m *Message) Copied() (*Message, []corridor.Fault) {
	var b []byte
	for _, t := range m.Tags {
		if len(t.Name) == 1 {
			b = appendTag(b, t.Name, t.Value)
		}
	}
	if b == nil {
		return nil, []corridor.Fault{{Code: "V02", Text: "the message holds no copy of another"}}
	}
	return Parse(b)
}

// Verdict is a copy service's word on a message: MT 097.
type Verdict struct {
	Service   string // 103
	Reference string // 109: that of the MRF trailer
	Accepted  bool
	Reason    string // 432 of a refusal
	Sender    string // 114, for the sender
	Receiver  string // 115, for the receiver
}

// ReadVerdict reads MT 097.
func ReadVerdict(b []byte) (Verdict, *corridor.Fault) {
	r := Check(b, Options{})
	if f := r.First(); f != nil {
		return Verdict{}, f
	}
	if r.Type != "fin.097" {
		return Verdict{}, &corridor.Fault{Code: "H30", Text: "this is not an MT 097"}
	}
	m, _ := Parse(b)
	var v Verdict
	v.Service, _ = m.SystemTag("103")
	v.Reference, _ = m.SystemTag("109")
	accepted, _ := m.SystemTag("451")
	v.Accepted = accepted == "0"
	v.Reason, _ = m.SystemTag("432")
	v.Sender, _ = m.SystemTag("114")
	v.Receiver, _ = m.SystemTag("115")
	return v, nil
}
