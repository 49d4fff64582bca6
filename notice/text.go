package notice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor/standing"
)

// paragraph is one item of the text: a label, its text, and lines of a list below it.
type paragraph struct {
	label string
	text  string
	list  []string
}

// paragraphs are the whole text (the requirement's "text of a member notice"), before it is laid out in lines.
func (n *Notice) paragraphs() []paragraph {
	all := []paragraph{
		{label: "Notice", text: n.Series() + " of " + string(n.Issuer.Network) + ", " + stamp(n.At)},
		{label: "Occasion", text: n.occasion()},
		{label: "Order", text: n.Order.ID + ", " + n.kind()},
	}
	all = append(all, n.instruments()...)
	all = append(all, n.instant()...)
	all = append(all, n.whom()...)
	all = append(all, n.scope()...)
	if n.Order.Kind == standing.Readmit {
		all = append(all, n.stages())
	}
	if n.stops() && !n.over() {
		all = append(all, n.licences())
		all = append(all, n.inFlight()...)
	}
	all = append(all, n.toDo(), paragraph{label: "Contact", text: or(n.Order.Contact, "the network's operator")},
		paragraph{label: "Appeal", text: or(n.Order.Appeal, "to the network's operator, by any member, against the order or one message")},
		paragraph{label: "SHA-256 of the signed order", list: []string{n.Document.String()}})
	return all
}

// stops says whether the order forbids anything.
func (n *Notice) stops() bool { return stops(n.Order.Kind) }

func stops(k standing.Kind) bool {
	switch k {
	case standing.Disconnect, standing.Restrict, standing.Amend:
		return true
	}
	return false
}

func (n *Notice) occasion() string {
	at := stamp(n.Due.At)
	switch n.Due.Why {
	case SevenDays, OneDay, OneHour, Planned:
		return "reminder, " + before(n.Order.EffectiveAt()-n.At) + " before it takes effect"
	case After:
		return "it has been in force since the instant below"
	case Published:
		return "published " + at
	case Paused:
		if n.Due.Until != 0 {
			return "PAUSED " + at + ", until " + stamp(n.Due.Until) + " or an earlier word"
		}
		return "PAUSED " + at + ": it does not take effect until further notice"
	case Resumed:
		return "resumed " + at + ": it takes effect at the instant below"
	case PauseEnded:
		if n.Order.EffectiveAt() <= n.Due.At {
			return "the pause ended " + at + "; its instant has passed: it takes effect only by new signatures, with a notice"
		}
		return "the pause ended " + at + ": it takes effect at the instant below"
	case Withdrawn:
		return "WITHDRAWN " + at + ": it does not take effect"
	case InForce:
		return "IN FORCE " + at
	case Lifted, Expired, Superseded:
		return strings.ToUpper(string(n.Due.Why)) + " " + at + ": what it forbade is forbidden by it no more"
	case Readmitted, Stepped:
		return string(n.Due.BIC) + " is back, " + at + ", as far as its stage goes"
	}
	return string(n.Due.Why) + " " + at
}

// before is a time left in words: days while there are two, then hours, then minutes.
func before(left int64) string {
	switch d := time.Duration(left); {
	case d <= 0:
		return "no time"
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Round(time.Hour)/(24*time.Hour)))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Round(time.Minute)/time.Hour))
	default:
		return fmt.Sprintf("%d minutes", int(d.Round(time.Second)/time.Minute))
	}
}

func (n *Notice) kind() string {
	switch o := n.Order; o.Kind {
	case standing.Disconnect:
		return "disconnection"
	case standing.Restrict:
		return "restriction of part of the traffic"
	case standing.Amend:
		return "in place of the order " + o.Refers
	case standing.Lift:
		return "end of the prohibition by the order " + o.Refers
	case standing.Readmit:
		return "readmission"
	case standing.Pause:
		return "pause of the order " + o.Refers
	default:
		return string(o.Kind)
	}
}

func (n *Notice) instruments() []paragraph {
	if n.Order.Ground == "rulebook" {
		return []paragraph{{label: "Ground", text: "rule " + n.Order.Rule + " of the network's rulebook"}}
	}
	var all []paragraph
	for _, i := range n.Order.Instruments {
		t := i.Issuer + " " + i.Number
		if i.Article != "" {
			t += ", article " + i.Article
		}
		t += ", published " + i.Published
		if i.Title != "" {
			t += ", " + i.Title
		}
		if i.Page != "" {
			t += ", " + i.Page
		}
		all = append(all, paragraph{label: "Instrument", text: t})
	}
	return all
}

func (n *Notice) instant() []paragraph {
	e := &n.Order.Effective
	all := []paragraph{{label: "Instant", text: stamp(n.Order.EffectiveAt())}}
	local := ""
	if z, err := time.LoadLocation(e.Zone); err == nil && e.Zone != "" && e.Zone != "Local" {
		local = time.Unix(0, n.Order.EffectiveAt()).In(z).Format(time.DateTime) + " " + e.Zone
	}
	if e.AsWritten != "" {
		local = strings.TrimPrefix(local+", as written: "+e.AsWritten, ", ")
	}
	if local != "" {
		all = append(all, paragraph{label: "Local", text: local})
	}
	switch {
	case n.Order.Kind == standing.Pause:
		all = append(all, paragraph{label: "The pause ends", text: stamp(n.Order.ExpiresAt())})
	case n.Order.Expires != "":
		all = append(all, paragraph{label: "Ends by itself", text: stamp(n.Order.ExpiresAt()) + ", without a readmission"})
	}
	return all
}

func (n *Notice) whom() []paragraph {
	var all []paragraph
	if (n.Order.Kind == standing.Lift || n.Order.Kind == standing.Pause) && len(n.Covered) == 0 {
		return []paragraph{{label: "Covers", text: "whom the order " + n.Order.Refers + " covers"}}
	}
	for _, c := range n.Order.Subject.Countries {
		all = append(all, paragraph{label: "Covers", text: "institutions of the country " + c.Country + ", " + countryTest(c.Test) + ", as listed"})
	}
	if l := n.Order.Subject.List; l != nil {
		all = append(all, paragraph{label: "Covers", text: "the list " + l.Name + ", version " + l.Version + ", as listed"})
	}
	all = append(all, institutions("Covers", n.Covered))
	none := "Does not cover"
	if len(n.Others) == 0 {
		return append(all, paragraph{label: none, text: "anybody else: traffic with all other institutions goes on as before"})
	}
	p := institutions(none, n.Others)
	p.text += "; traffic with these and all others goes on as before"
	return append(all, p)
}

func countryTest(test string) string {
	switch test {
	case "bic":
		return "by the letters of the BIC"
	case "establishment":
		return "by the place of establishment"
	}
	return "by the letters of the BIC or the place of establishment"
}

// institutions is a list of them: with names as long as it is short.
func institutions(label string, these []Institution) paragraph {
	p := paragraph{label: label, text: fmt.Sprintf("%d institutions", len(these))}
	if len(these) == 1 {
		p.text = "1 institution"
	}
	if len(these) <= MaxNamed {
		for _, i := range these {
			p.list = append(p.list, strings.TrimSpace(string(i.BIC)+" "+i.Name))
		}
		return p
	}
	named := these[:min(len(these), MaxListed)]
	var codes []string
	for _, i := range named {
		codes = append(codes, string(i.BIC))
	}
	p.list = []string{strings.Join(codes, " ")}
	if more := len(these) - len(named); more > 0 {
		p.list = append(p.list, fmt.Sprintf("and %d more, whom the signed order and the event in JSON name", more))
	}
	return p
}

func (n *Notice) scope() []paragraph {
	if !n.stops() {
		return nil
	}
	s := &n.Order.Scope
	var parts []string
	part := func(format string, these ...string) {
		if len(these) > 0 && these[0] != "" {
			parts = append(parts, fmt.Sprintf(format, strings.Join(these, ", ")))
		}
	}
	part("services %s", s.Services...)
	part("types %s", s.Types...)
	part("not the types %s", s.Spared...)
	part("with %s", s.Counterparties...)
	part("in %s", s.Currencies...)
	if b := s.Amount; b != nil {
		part("amounts in %s", b.Currency+band(b))
	}
	text := "all messages"
	if len(parts) > 0 {
		text = "messages: " + strings.Join(parts, "; ")
	}
	all := []paragraph{{label: "Scope", text: text + ", " + direction(s.Direction)}}
	if n.Order.Content() {
		all = append(all, paragraph{label: "Reach", text: "messages between others that name a covered institution as an agent are held for review; they are not refused"})
	}
	return all
}

func band(b *standing.Band) string {
	t := ""
	if b.From != "" {
		t += " from " + string(b.From)
	}
	if b.To != "" {
		t += " below " + string(b.To)
	}
	return t
}

func direction(d string) string {
	switch d {
	case "from":
		return "that they send; not what is sent to them"
	case "to":
		return "that are sent to them; not what they send"
	}
	return "that they send and that are sent to them"
}

func (n *Notice) licences() paragraph {
	all := n.Order.Carveouts
	if len(all) == 0 {
		return paragraph{label: "Licences", text: "none known"}
	}
	p := paragraph{label: "Licences", text: fmt.Sprintf("%d known; what claims one and does not fit is held", len(all))}
	for i := range all {
		if i == MaxLicences {
			p.list = append(p.list, fmt.Sprintf("and %d more, which the signed order names", len(all)-i))
			break
		}
		p.list = append(p.list, licence(&all[i]))
	}
	return p
}

func licence(c *standing.Carveout) string {
	t := c.Licence
	add := func(format, value string) {
		if value != "" {
			t += fmt.Sprintf(format, value)
		}
	}
	add(" of %s", c.Authority)
	add(", held by %s", string(c.Holder))
	add(", types %s", strings.Join(c.Types, " "))
	add(", purpose %s", c.Purpose)
	switch {
	case c.Amount != "":
		add(", "+c.Currency+" up to %s", string(c.Amount))
	case c.Currency != "":
		add(", in %s", c.Currency)
	}
	if c.Count > 0 {
		t += fmt.Sprintf(", %d messages", c.Count)
	}
	if c.WindowDays > 0 {
		t += fmt.Sprintf(" for each pair in %d days", c.WindowDays)
	}
	add(", from %s", c.From)
	add(", until %s", c.Until)
	add(", quote %s in the message", c.Quote)
	return t
}

func (n *Notice) stages() paragraph {
	p := paragraph{label: "Stages of the return", text: "new keys; authorisations as proposed, to be confirmed by each partner; numbers go on"}
	for i, s := range n.Order.Ramp {
		t := fmt.Sprintf("%d. %s", i+1, stageWords(s))
		if s.AfterHours > 0 {
			t += fmt.Sprintf(", for %d hours", s.AfterHours)
		} else if s.Stage != standing.StageFull {
			t += ", until a signed step"
		}
		p.list = append(p.list, t)
	}
	return p
}

func stageWords(s standing.Step) string {
	switch s.Stage {
	case standing.StageReceive:
		return "they receive and do not send"
	case standing.StageLow:
		var most []string
		for _, m := range s.Most {
			most = append(most, m.Currency+" "+string(m.Value))
		}
		return "they send up to " + strings.Join(most, ", ") + " a message"
	}
	return "full service"
}

func stamp(t int64) string { return time.Unix(0, t).UTC().Format(time.DateTime) + " UTC" }

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func sortInstitutions(these []Institution) {
	slices.SortFunc(these, func(a, b Institution) int { return cmp.Compare(a.BIC, b.BIC) })
}
