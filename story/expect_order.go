package story

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/rma"
	"corridor.example/corridor/standing"
)

// effectExpectations are what may be expected of what orders made of members, messages and records.
func effectExpectations() map[string]command {
	return map[string]command{
		"undelivered":    {"expect undelivered BIC m1 m2 …: its messages that an order kept from their receivers, these and no others", true, (*stage).expectUndelivered},
		"silent":         {"expect silent BIC of MESSAGE: it heard nothing of it", true, (*stage).expectSilent},
		"delayed":        {"expect delayed BIC m1 …: delivered with the mark of a delay", true, (*stage).expectDelayed},
		"left":           {"expect left ID BIC [path=TEXT]: the ownership test came to it and left it out", true, (*stage).expectLeft},
		"amendment":      {"expect amendment ID [in=BIC,…] [out=BIC,…] as_of=DATE: what the directory would make of the order", true, (*stage).expectAmendment},
		"looks-like":     {"expect looks-like ID BIC: a member that may be taken for the subject", true, (*stage).expectLooksLike},
		"notice":         {"expect notice ID OCCASION [text=…] to BIC…", true, (*stage).expectNotice},
		"in-order":       {"expect in-order BIC…: each message once, in order, none missing", true, (*stage).expectInOrder},
		"rma":            {"expect rma ISSUER CORRESPONDENT STATE [service=fin]", true, (*stage).expectRMA},
		"appeal":         {"expect appeal ID OUTCOME [order=ID] [amend=ID] [message=NAME]", true, (*stage).expectAppeal},
		"directory":      {"expect directory BIC STATUS", true, (*stage).expectDirectory},
		"names":          {"expect names ID [names=N] [no_member=N] [resolved=N]", true, (*stage).expectNames},
		"newly":          {"expect newly ID BIC: no order before named it, and this one does", true, (*stage).expectNewly},
		"more-in-flight": {"expect more-in-flight ID than ID times=N: messages that the fence found on their way", true, (*stage).expectMoreInFlight},
		"decisions":      {"expect decisions ID OUTCOME N: decisions under an order", true, (*stage).expectDecisions},
	}
}

func (s *stage) expectUndelivered(l *line) error {
	b, err := s.bankNamed(l.words[2])
	if err != nil {
		return err
	}
	var got []string
	for _, at := range s.undelivered(b.lt.BIC8()) {
		got = append(got, s.nameAt(at))
	}
	if !slices.Equal(got, l.words[3:]) {
		return fmt.Errorf("undelivered are %s", strings.Join(got, " "))
	}
	return nil
}

func (s *stage) expectSilent(l *line) error {
	if len(l.words) != 5 {
		return errors.New(effectExpectations()["silent"].usage)
	}
	b, err := s.bankNamed(l.words[2])
	if err != nil {
		return err
	}
	m := s.messages[l.words[4]]
	if m == nil {
		return fmt.Errorf("there is no message %q", l.words[4])
	}
	at := s.fateOf(m).at
	for _, r := range b.inbox {
		if r.at == at || r.note != nil && r.note.About == at {
			return fmt.Errorf("%s has %q", b.lt, r.text)
		}
	}
	return nil
}

func (s *stage) expectDelayed(l *line) error {
	b, err := s.bankNamed(l.words[2])
	if err != nil {
		return err
	}
	for _, name := range l.words[3:] {
		i := slices.IndexFunc(b.inbox, func(r received) bool { return s.nameOf(&r) == name })
		switch {
		case i < 0:
			return fmt.Errorf("%s does not have %s", b.lt, name)
		case !s.late(&b.inbox[i]):
			return fmt.Errorf("%s has %s without the mark", b.lt, name)
		}
	}
	return nil
}

// late is the rule by which a receiver's gateway marks a delay (trailer DLM): it came after its obsolescence period.
func (s *stage) late(r *received) bool {
	period := corridor.ObsolescenceNormal
	if r.sub.Priority != corridor.Normal {
		period = corridor.ObsolescenceUrgent
	}
	return r.when.Sub(s.pages[r.at.Page].Header.At()) > period
}

// resolution resolves an order's subject again, by the directory as it is now.
func (s *stage) resolution(id string) (standing.Resolution, error) {
	o := s.desk.drafts[id]
	if o == nil {
		return standing.Resolution{}, fmt.Errorf("there is no order %q", id)
	}
	return standing.Resolve(o, s.heart.Directory())
}

func (s *stage) expectLeft(l *line) error {
	r, err := s.resolution(l.words[2])
	if err != nil {
		return err
	}
	for _, x := range r.Left {
		if slices.Contains(x.BICs, corridor.BIC(l.words[3])) {
			if path := strings.Join(x.Path, " / "); !strings.Contains(path, l.setting("path", "")) {
				return fmt.Errorf("it is left out (%s) with the path %q", x.Why, path)
			}
			s.say("%s leaves %s out: %s, %s", l.words[2], l.words[3], x.Why, strings.Join(x.Path, " / "))
			return nil
		}
	}
	return fmt.Errorf("%s is not among those left out: %s", l.words[3], pretty(r.Left))
}

func (s *stage) expectAmendment(l *line) error {
	o := s.desk.drafts[l.words[2]]
	if o == nil {
		return fmt.Errorf("there is no order %q", l.words[2])
	}
	a, err := standing.Changes(o, s.heart.Directory(), directory.Date(l.setting("as_of", s.now.Format(time.DateOnly))))
	if err != nil {
		return err
	}
	for what, list := range map[string][]standing.Resolved{"in": a.In, "out": a.Out} {
		var got []string
		for _, r := range list {
			got = append(got, string(r.BIC))
		}
		if !slices.Equal(got, l.list(what)) {
			return fmt.Errorf("%s would come %s", strings.Join(got, " "), what)
		}
	}
	return nil
}

func (s *stage) expectLooksLike(l *line) error {
	for _, x := range s.desk.alike[l.words[2]] {
		if string(x.BIC) == l.words[3] {
			s.say("%s: %s looks like %s (%d%%)", l.words[2], x.BIC, x.Like, x.Similarity)
			return nil
		}
	}
	return fmt.Errorf("the look-alikes are %s", pretty(s.desk.alike[l.words[2]]))
}

// expectNotice looks for a notice of an order in the journal, and in the inboxes of the members that the line names.
func (s *stage) expectNotice(l *line) error {
	if len(l.words) < 4 {
		return errors.New(effectExpectations()["notice"].usage)
	}
	var seen []string
	for _, r := range s.record {
		a, ok := r.entry.(*entry.Announced)
		if !ok || a.Order != l.words[2] || a.Done {
			continue
		}
		seen = append(seen, a.Occasion)
		if a.Occasion != l.words[3] {
			continue
		}
		to, _ := l.after("to")
		for _, name := range to {
			if err := s.heardNotice(name, r.at, l.setting("text", "")); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("the notices of %s are: %s", l.words[2], strings.Join(seen, ", "))
}

func (s *stage) heardNotice(name string, about corridor.Position, text string) error {
	b, err := s.bankNamed(name)
	if err != nil {
		return err
	}
	all := ""
	for _, r := range notesTo(b, entry.Notice) {
		if r.note.About == about {
			all += strings.ReplaceAll(string(r.text), "\r\n", "\n")
		}
	}
	if all == "" || !strings.Contains(all, text) {
		return fmt.Errorf("%s has of it: %q", b.lt, all)
	}
	return nil
}

func (s *stage) expectRMA(l *line) error {
	if len(l.words) != 5 {
		return errors.New(effectExpectations()["rma"].usage)
	}
	k := rma.Key{Issuer: corridor.BIC(l.words[2]), Correspondent: corridor.BIC(l.words[3]), Service: l.setting("service", rma.FIN)}
	v, found := s.heart.Authorisations().Look(k, s.nano(), s.heart.Standing().Suspended)
	if !found {
		return fmt.Errorf("there is no authorisation of %s", k)
	}
	if string(v.CorrespondentState) != l.words[4] {
		return fmt.Errorf("it is %s at the correspondent, %s at the issuer", v.CorrespondentState, v.IssuerState)
	}
	return nil
}

func (s *stage) expectAppeal(l *line) error {
	for _, a := range s.heart.Standing().Appeals() {
		if a.ID != l.words[2] {
			continue
		}
		outcome, message := a.Outcome, ""
		if outcome == "" {
			outcome = "open"
		}
		if a.Message != nil {
			message = s.nameAt(*a.Message)
		}
		for key, got := range map[string]string{"order": a.Order, "amend": a.Amend, "message": message} {
			if got != l.setting(key, got) {
				return fmt.Errorf("its %s is %q", key, got)
			}
		}
		if outcome != l.words[3] {
			return fmt.Errorf("it is %s", outcome)
		}
		return nil
	}
	return fmt.Errorf("there is no appeal %q", l.words[2])
}

func (s *stage) expectDirectory(l *line) error {
	status, from := s.heart.Directory().Status(corridor.BIC(l.words[2]))
	if string(status) != l.words[3] {
		return fmt.Errorf("it is %s since %v", status, from)
	}
	return nil
}

// expectNewly shows that an institution which no order in force covers is named by this one: a former exemption ends by the new instrument.
func (s *stage) expectNewly(l *line) error {
	b := corridor.BIC(l.words[3])
	if all := s.heart.Standing().Covering(b); len(all) > 0 {
		return fmt.Errorf("%s is covered by %s already", b, strings.Join(all, ", "))
	}
	for _, r := range s.desk.drafts[l.words[2]].Subject.Resolved {
		if r.BIC == b {
			s.say("%s was not covered until now; %s names it by its own instrument", b, l.words[2])
			return nil
		}
	}
	return fmt.Errorf("%s does not name %s", l.words[2], b)
}

func (s *stage) expectMoreInFlight(l *line) error {
	if len(l.words) != 5 {
		return errors.New(effectExpectations()["more-in-flight"].usage)
	}
	more, less := s.inFlightOf(l.words[2]), s.inFlightOf(l.words[4])
	times := 0
	if _, err := fmt.Sscan(l.setting("times", "2"), &times); err != nil {
		return err
	}
	if less == 0 || more < times*less {
		return fmt.Errorf("%s found %d on their way, %s found %d", l.words[2], more, l.words[4], less)
	}
	s.say("the fence of %s found %d messages on their way, that of %s %d", l.words[2], more, l.words[4], less)
	return nil
}

// inFlightOf counts the members' messages that the fence of an order decided on.
func (s *stage) inFlightOf(order string) int {
	n := 0
	for _, f := range s.fates() {
		if slices.ContainsFunc(f.decisions, func(d entry.Decided) bool { return d.Stage == entry.AtFence && slices.Contains(d.Orders, order) }) {
			n++
		}
	}
	return n
}

func (s *stage) expectDecisions(l *line) error {
	if len(l.words) != 5 {
		return errors.New(effectExpectations()["decisions"].usage)
	}
	n := 0
	for _, r := range s.record {
		if d, ok := r.entry.(*entry.Decided); ok && string(d.Outcome) == l.words[3] && slices.Contains(d.Orders, l.words[2]) {
			n++
		}
	}
	if fmt.Sprint(n) != l.words[4] {
		return fmt.Errorf("there are %d", n)
	}
	return nil
}
