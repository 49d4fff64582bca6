package mt

import (
	"fmt"
	"strings"
)

// Print shows a message as an interface prints it for an operator: headers in words, then each field with its name
// and its parts.
func Print(m *Message) string {
	p := printer{m: m}
	p.headers()
	p.user()
	p.text()
	p.trailer()
	return p.b.String()
}

type printer struct {
	m *Message
	b strings.Builder
}

func (p *printer) line(label, format string, args ...any) {
	fmt.Fprintf(&p.b, "%-22s: %s\n", label, fmt.Sprintf(format, args...))
}

func (p *printer) rule(title string) {
	fmt.Fprintf(&p.b, "%s %s\n", title, strings.Repeat("-", max(4, 72-len(title))))
}

// serviceNames says what the service identifiers mean.
var serviceNames = map[string]string{
	"01": "message", "02": "login", "03": "select", "05": "quit", "06": "logout", "12": "application removed", "13": "application aborted",
	"14": "terminal removed", "15": "terminal aborted", "21": "answer", "22": "login accepted", "23": "select accepted", "25": "quit confirmed",
	"26": "logout confirmed", "33": "abort of an application", "35": "abort of a terminal", "42": "login refused", "43": "select refused",
}

func (p *printer) headers() {
	m := p.m
	p.rule("Message header")
	p.line("Type", "%s", p.title())
	switch {
	case m.IsInput():
		p.line("Input", "session %s, sequence %s", m.Basic.Session, m.Basic.Sequence)
		p.line("Sender", "%s", m.Basic.LT)
		p.line("Receiver", "%s", m.App.Receiver)
		p.delivery()
	case m.IsOutput():
		p.line("Output", "session %s, sequence %s, %s %s", m.Basic.Session, m.Basic.Sequence, m.App.OutputDate, m.App.OutputTime)
		p.line("Sender", "%s", m.Sender())
		p.line("Receiver", "%s", m.Basic.LT)
		p.line("Input reference", "%s %s", m.App.InputTime, m.App.MIR)
		p.line("Priority", "%s", priorityName(m.App.Priority))
	default:
		p.line("Terminal", "%s", m.Basic.LT)
		p.line("Session, sequence", "%s %s", m.Basic.Session, m.Basic.Sequence)
	}
}

func (p *printer) title() string {
	m := p.m
	if m.IsService() {
		return fmt.Sprintf("%c%s %s", m.Basic.Application, m.Basic.Service, serviceNames[m.Basic.Service])
	}
	if m.def == nil {
		return "MT " + m.App.Type
	}
	return "MT " + strings.ReplaceAll(m.def.name, ".", " ") + " " + m.def.title
}

func (p *printer) delivery() {
	wish := map[byte]string{'1': ", warn when late", '2': ", notify when delivered", '3': ", warn when late and notify when delivered"}
	p.line("Priority", "%s%s", priorityName(p.m.App.Priority), wish[p.m.App.Monitoring])
}

func priorityName(b byte) string {
	switch b {
	case 'U':
		return "urgent"
	case 'N':
		return "normal"
	case 'S':
		return "system"
	}
	return "none"
}

func (p *printer) user() {
	for _, t := range p.m.User {
		name := userNames[t.Name]
		if name == "" {
			name = "User header " + t.Name
		}
		p.line(shorten(name), "%s", t.Value)
	}
}

func shorten(s string) string {
	if s == userNames["121"] {
		return "UETR"
	}
	return s
}

// text prints fields; the sequence they stand in is a heading where it changes.
func (p *printer) text() {
	m := p.m
	if !m.has[4] {
		return
	}
	p.rule("Message text")
	last := ""
	for i := range m.Fields {
		f := &m.Fields[i]
		if !m.textForm {
			break
		}
		if here := p.place(f); here != last {
			if here != "" {
				fmt.Fprintf(&p.b, "[%s]\n", here)
			}
			last = here
		}
		p.field(f.Tag, f.Name(), f.Value, f.Components())
	}
	for _, t := range m.Tags {
		d := m.systemDocument(t)
		p.field(t.Name, d.Name, t.Value, d.Components)
	}
}

func (p *printer) place(f *Field) string {
	path, turn := p.m.Path(f)
	if path == "" {
		return ""
	}
	title := ""
	for _, d := range p.m.def.seqs {
		if d.path == path && d.title != "" {
			title = " " + d.title
		}
	}
	return fmt.Sprintf("%s %d%s", path, turn, title)
}

func (p *printer) field(tag, name, value string, parts []Component) {
	fmt.Fprintf(&p.b, "%5s: %s\n", tag, name)
	if len(parts) < 2 {
		p.indented(value)
		return
	}
	for _, c := range parts {
		label := strings.ReplaceAll(c.Name, "_", " ")
		for i, l := range strings.Split(c.Value, "\r\n") {
			if i > 0 {
				label = ""
			}
			fmt.Fprintf(&p.b, "       %-28s %s\n", label, p.readable(c.Kind, l))
		}
	}
}

// readable writes dates and amounts as people read them, in brackets behind what stands there.
func (p *printer) readable(kind, v string) string {
	switch {
	case kind == "date6" && len(v) == 6 && validDate6(v):
		century := "20"
		if v >= "80" {
			century = "19"
		}
		return fmt.Sprintf("%s  (%s%s-%s-%s)", v, century, v[:2], v[2:4], v[4:])
	case kind == "date8" && len(v) == 8 && validDate8(v):
		return fmt.Sprintf("%s  (%s-%s-%s)", v, v[:4], v[4:6], v[6:])
	case kind == "currency" && p.m.std != nil && p.m.std.currencies[v].name != "":
		return fmt.Sprintf("%s  (%s)", v, p.m.std.currencies[v].name)
	}
	return v
}

func (p *printer) indented(value string) {
	for _, l := range strings.Split(value, "\r\n") {
		fmt.Fprintf(&p.b, "       %s\n", l)
	}
}

func (p *printer) trailer() {
	if len(p.m.Trailer) == 0 {
		return
	}
	p.rule("Message trailer")
	for _, t := range p.m.Trailer {
		p.line(t.Name, "%s", t.Value)
	}
}
