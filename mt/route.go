package mt

import (
	"bytes"

	corridor "corridor.example/corridor"
)

// Route is what the headers say of a message's way. Its slices are parts of the message that was read: copy what
// must outlive it.
type Route struct {
	Application byte // F, A, L
	Service     [2]byte
	Sender      []byte // LT of block 1; of an output message, the sender in the MIR
	Session     []byte // 4 digits
	Sequence    []byte // ISN of an input message, OSN of an output message: 6 digits
	Output      bool
	Type        corridor.MessageType // "fin.103", "fin.202.COV"; a service message: "fin.F21"
	Receiver    []byte               // LT; of an output message that of block 1
	Priority    corridor.Priority
	Monitoring  corridor.Monitoring
	MUR         []byte // 108, nil if absent
	UETR        []byte // 121, nil if absent
	Length      int    // of the whole message
}

// ReadRoute reads the headers of one message for routing, without copying or checking more than their form.
func ReadRoute(b []byte) (Route, *corridor.Fault) {
	r := Route{Length: len(b)}
	rest, fault := r.readBasic(b)
	if fault != nil {
		return r, fault
	}
	if r.Service != [2]byte{'0', '1'} {
		r.Type = serviceType(r.Application, r.Service)
		return r, nil
	}
	number, rest, fault := r.readApplication(rest)
	if fault != nil {
		return r, fault
	}
	flag := r.readUser(rest)
	r.Type = nameOf(number, flag)
	return r, nil
}

func (r *Route) readBasic(b []byte) ([]byte, *corridor.Fault) {
	if len(b) < 29 || string(b[:3]) != "{1:" || b[28] != '}' {
		if len(b) > 18 && string(b[:4]) == "{1:L" && b[18] == '}' {
			r.Application, r.Service, r.Sender = 'L', [2]byte{b[4], b[5]}, b[6:18]
			return b[19:], nil
		}
		return nil, &corridor.Fault{Code: "H01", Text: "the message does not begin with a basic header {1:…} of 25 characters", Whose: corridor.Sender}
	}
	r.Application, r.Service = b[3], [2]byte{b[4], b[5]}
	r.Sender, r.Session, r.Sequence = b[6:18], b[18:22], b[22:28]
	return b[29:], nil
}

func (r *Route) readApplication(b []byte) (number, rest []byte, fault *corridor.Fault) {
	end := bytes.IndexByte(b[:min(len(b), 64)], '}')
	if end < 3 || string(b[:3]) != "{2:" {
		return nil, nil, &corridor.Fault{Code: "H25", Text: "block 2 is missing or badly formed", Whose: corridor.Sender}
	}
	v, rest := b[3:end], b[end+1:]
	switch n := len(v); {
	case n > 0 && v[0] == 'I' && (n == 16 || n == 17 || n == 18 || n == 21):
		r.Receiver = v[4:16]
		if n > 16 {
			r.Priority = corridor.Priority(v[16])
		}
		if n > 17 {
			r.Monitoring = corridor.Monitoring(v[17] - '0')
		}
	case n > 0 && v[0] == 'O' && (n == 46 || n == 47):
		r.Output = true
		r.Sender, r.Receiver = v[14:26], r.Sender
		if n == 47 {
			r.Priority = corridor.Priority(v[46])
		}
	default:
		return nil, nil, &corridor.Fault{Code: "H98", Text: "block 2 is neither an input header of 16, 17, 18 or 21 characters nor an output header of 46 or 47", Whose: corridor.Sender}
	}
	if c := r.Priority; c == 0 {
		r.Priority = corridor.Normal
	}
	return v[1:4], rest, nil
}

// readUser takes 108 and 121 from block 3, if there is one, and gives the validation flag.
func (r *Route) readUser(b []byte) (flag []byte) {
	if len(b) < 3 || string(b[:3]) != "{3:" {
		return nil
	}
	for b = b[3:]; len(b) > 5 && b[0] == '{' && b[4] == ':'; {
		end := bytes.IndexByte(b, '}')
		if end < 5 {
			break
		}
		switch v := b[5:end]; string(b[1:4]) {
		case "108":
			r.MUR = v
		case "119":
			flag = v
		case "121":
			r.UETR = v
		}
		b = b[end+1:]
	}
	return flag
}

// nameOf is the type's name. Those of the tables are made once; others cost a string each.
func nameOf(number, flag []byte) corridor.MessageType {
	if len(flag) > 0 {
		for i := range variants {
			if v := &variants[i]; v.number == string(number) && v.flag == string(flag) {
				return v.name
			}
		}
	}
	if !digit(number[0]) || !digit(number[1]) || !digit(number[2]) {
		return corridor.MessageType("fin." + string(number))
	}
	i := int(number[0]-'0')*100 + int(number[1]-'0')*10 + int(number[2]-'0')
	return plainTypes[i*7 : i*7+7]
}

// variants are the types with a structure or rules of their own that a validation flag chooses.
var variants = []struct {
	number, flag string
	name         corridor.MessageType
}{
	{"103", "STP", "fin.103.STP"}, {"103", "REMIT", "fin.103.REMIT"}, {"102", "STP", "fin.102.STP"},
	{"202", "COV", "fin.202.COV"}, {"205", "COV", "fin.205.COV"},
}

// plainTypes is "fin.000fin.001…fin.999", so that a name is a part of it.
var plainTypes = func() corridor.MessageType {
	b := make([]byte, 0, 7000)
	for i := range 1000 {
		b = append(b, "fin."...)
		b = append(b, byte('0'+i/100), byte('0'+i/10%10), byte('0'+i%10))
	}
	return corridor.MessageType(b)
}()

// serviceType names a service message: "fin.F21".
func serviceType(application byte, service [2]byte) corridor.MessageType {
	if application == 'F' && service == [2]byte{'2', '1'} {
		return "fin.F21"
	}
	return corridor.MessageType([]byte{'f', 'i', 'n', '.', application, service[0], service[1]})
}
