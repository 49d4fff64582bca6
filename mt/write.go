package mt

import "sort"

// Write puts a message together again from its parts. For what Parse read without fault the bytes are those read.
func Write(m *Message) []byte {
	b := make([]byte, 0, len(m.Text)+64)
	b = appendBasicHeader(b, &m.Basic)
	b = appendApplication(b, &m.App)
	b = appendBlockIf(b, m.has[3], "3", m.User)
	b = m.appendText(b)
	b = appendBlockIf(b, m.has[5], "5", m.Trailer)
	return appendBlockIf(b, m.has[0], "S", m.Own)
}

func appendBasicHeader(b []byte, h *Basic) []byte {
	b = append(b, "{1:"...)
	b = append(b, h.Application)
	b = append(b, h.Service...)
	b = append(b, h.LT...)
	b = append(b, h.Session...)
	b = append(b, h.Sequence...)
	return append(b, '}')
}

func appendApplication(b []byte, a *Application) []byte {
	if a.Direction == 0 {
		return b
	}
	b = append(b, "{2:"...)
	b = append(b, a.Direction)
	b = append(b, a.Type...)
	for _, s := range []string{a.Receiver, a.InputTime, a.MIR, a.OutputDate, a.OutputTime} {
		b = append(b, s...)
	}
	if a.Priority != 0 {
		b = append(b, a.Priority)
	}
	if a.Monitoring != 0 {
		b = append(b, a.Monitoring)
	}
	b = append(b, a.Obsolescence...)
	return append(b, '}')
}

func appendBlockIf(b []byte, there bool, id string, list []Tag) []byte {
	if !there {
		return b
	}
	if len(list) == 0 {
		return append(append(append(b, '{'), id...), ":}"...)
	}
	return appendBlock(b, id, list)
}

// appendText writes block 4 in the form that the type has.
func (m *Message) appendText(b []byte) []byte {
	if !m.has[4] {
		return b
	}
	if !m.textForm {
		return appendBlockIf(b, true, "4", m.Tags)
	}
	b = append(b, "{4:\r\n"...)
	for i := range m.Fields {
		b = appendField(b, m.Fields[i].Tag, m.Fields[i].Value)
	}
	return append(b, "-}"...)
}

func appendField(b []byte, tag, value string) []byte {
	b = append(b, ':')
	b = append(b, tag...)
	b = append(b, ':')
	b = append(b, value...)
	return append(b, "\r\n"...)
}

// sortUser puts the fields of a user header into their order; unknown ones go last.
func sortUser(list []Tag) {
	place := func(t Tag) int {
		if i := userTagIndex(t.Name); i >= 0 {
			return i
		}
		return len(userTags)
	}
	sort.SliceStable(list, func(i, j int) bool { return place(list[i]) < place(list[j]) })
}
