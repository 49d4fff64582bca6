package notice

import (
	"bytes"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// Way is a way in which the network itself brings a notice to a member.
type Way string

// The ways. Mail is the operator's affair, see Watch.
const (
	ByFIN Way = "fin" // MT 094
	ByISO Way = "mx"  // admi.004
)

// Form is one message that carries a notice, or a part of it, made once for all receivers.
type Form struct {
	Way  Way
	Type corridor.MessageType
	body []byte // block 4, or the message with a placeholder for its receiver
}

// Forms are the messages of a notice in one way.
func (n *Notice) Forms(w Way) ([]Form, error) {
	var out []Form
	if w == ByFIN {
		for _, block4 := range n.Broadcast() {
			out = append(out, Form{w, broadcast, []byte(block4)})
		}
		return out, nil
	}
	all, err := n.SystemEvents(anybody)
	for _, b := range all {
		out = append(out, Form{w, systemEvent, b})
	}
	return out, err
}

const (
	broadcast corridor.MessageType = "fin.094"
	anybody   corridor.BIC         = "ZZZZZZZZ" // stands where the receiver's BIC8 comes
)

// Payload is the form as one receiver gets it.
func (f *Form) Payload(by Issuer, to corridor.LT) []byte {
	if f.Way == ByFIN {
		return by.Envelope(string(f.body), to)
	}
	return bytes.Replace(f.body, []byte("<BICFI>"+anybody+"</BICFI>"), []byte("<BICFI>"+to.BIC8()+"</BICFI>"), 1)
}

// WayOf is how a member reads: by ISO 20022 where the directory says that it takes mx and not fin, else by FIN.
func WayOf(d *directory.Directory, member corridor.BIC) Way {
	o := d.Office(member.BIC8())
	if o == nil {
		return ByFIN
	}
	fin, iso := len(o.Services) == 0, false
	for _, s := range o.Services {
		fin = fin || s.Name == "fin"
		iso = iso || s.Name == "mx"
	}
	if iso && !fin {
		return ByISO
	}
	return ByFIN
}
