package story

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// expectations are what may stand behind "expect"; a message's name is the rest.
func expectations() map[string]command {
	all := map[string]command{
		"queue":   {"expect queue BIC N: so many messages wait for it or are out", true, (*stage).expectQueue},
		"session": {"expect session BIC open | closed [CODE]", true, (*stage).expectSession},
		"login":   {"expect login BIC refused CODE", true, (*stage).expectLogin},
		"inbox":   {"expect inbox BIC m1 m2 …: these and no others, in this order", true, (*stage).expectInbox},
		"told":    {"expect told BIC of MESSAGE [reason=returned] [text=…] [times=N]", true, (*stage).expectTold},
	}
	maps.Copy(all, actExpectations())
	maps.Copy(all, effectExpectations())
	maps.Copy(all, dryRunExpectations())
	maps.Copy(all, letterExpectations())
	return all
}

func utc(nanos int64) string { return time.Unix(0, nanos).UTC().Format(time.RFC3339Nano) }

func (s *stage) cmdExpect(l *line) error {
	if len(l.words) < 2 {
		return usage(l)
	}
	if c, ok := expectations()[l.words[1]]; ok {
		return c.run(s, l)
	}
	return s.expectMessage(l)
}

// expectMessage compares a message's fate: "expect m1 refused H50 orders=ORD-1 rule=subject".
func (s *stage) expectMessage(l *line) error {
	m := s.messages[l.words[1]]
	if m == nil {
		return fmt.Errorf("there is no message %q, and %q is none of %s", l.words[1], l.words[1], strings.Join(sorted(expectations()), ", "))
	}
	f := s.fateOf(m)
	for _, w := range l.words[2:] {
		if ok := w == f.word() || w == f.fault.Code || w == "accepted" && f.accepted; !ok {
			return fmt.Errorf("%s is %v", m.name, &f)
		}
	}
	if err := f.compare(l); err != nil {
		return fmt.Errorf("%s: %w; it is %v", m.name, err, &f)
	}
	s.say("%s, %s from %s to %s: %s", m.name, m.typ, m.from.lt.BIC8(), m.to.BIC8(), f.short())
	return nil
}

// compare looks at the settings behind a message: of its newest decision, or of none.
func (f *fate) compare(l *line) error {
	var d entry.Decided
	if n := len(f.decisions); n > 0 {
		d = f.decisions[n-1]
	}
	for key, want := range l.settings {
		got, ok := map[string]string{
			"orders": strings.Join(d.Orders, ","), "rule": d.Rule, "stage": string(d.Stage), "outcome": string(d.Outcome), "licence": d.Licence,
			"amount": strings.TrimSpace(d.Currency + " " + d.Amount.String()), "given": fmt.Sprint(f.given), "taken": fmt.Sprint(f.arrived), "decisions": fmt.Sprint(len(f.decisions)),
		}[key]
		if !ok {
			return fmt.Errorf("there is nothing to compare with %s=", key)
		}
		if want == "none" {
			want = ""
		}
		if got != want {
			return fmt.Errorf("%s is %q, expected %q", key, got, want)
		}
	}
	return nil
}

// waitingFor are the messages that were accepted for an institution and are neither taken nor decided away.
func (s *stage) waitingFor(b8 corridor.BIC) int {
	n := 0
	for _, f := range s.fates() {
		if f.to == b8 && (f.word() == "queued" || f.word() == "out") {
			n++
		}
	}
	return n
}

// fates are those of all messages that members sent, in one walk through the journal.
func (s *stage) fates() map[corridor.Position]*fateTo {
	all, byLeaf := map[corridor.Position]*fateTo{}, map[corridor.Digest]*fateTo{}
	for i, r := range s.record {
		switch e := r.entry.(type) {
		case *entry.Accepted:
			if sub, err := entry.DecodeSubmission(e.Statement); err == nil {
				f := &fateTo{fate: fate{at: r.at, known: true, accepted: true}, to: sub.Receiver.BIC8(), from: sub.Sender.BIC8()}
				f.before(s.record, i)
				all[r.at], byLeaf[entry.LeafHash(e.Statement)] = f, f
			}
		case *entry.Assigned:
			for _, at := range e.Messages {
				if f := all[at]; f != nil {
					f.given++
				}
			}
		case *entry.Acknowledged:
			if a, err := entry.DecodeAcknowledgement(e.Statement); err == nil && !a.Refused && byLeaf[a.Message] != nil {
				byLeaf[a.Message].arrived++
			}
		case *entry.Decided:
			if f := all[e.Message]; f != nil && e.Stage != entry.AtAccept {
				f.decisions = append(f.decisions, *e)
			}
		}
	}
	return all
}

// fateTo is a fate with its two sides.
type fateTo struct {
	fate
	from, to corridor.BIC
}

func (s *stage) expectQueue(l *line) error {
	if len(l.words) != 4 {
		return errors.New(expectations()["queue"].usage)
	}
	if got := fmt.Sprint(s.waitingFor(corridor.BIC(l.words[2]).BIC8())); got != l.words[3] {
		return fmt.Errorf("%s wait for %s", got, l.words[2])
	}
	return nil
}

func (s *stage) expectSession(l *line) error {
	if len(l.words) < 4 {
		return errors.New(expectations()["session"].usage)
	}
	b, err := s.bankNamed(l.words[2])
	if err != nil {
		return err
	}
	got := "closed"
	if b.session != nil {
		got = "open"
	} else if b.farewell != nil {
		got += " " + b.farewell.Code
	}
	if want := strings.Join(l.words[3:], " "); got != want && !strings.HasPrefix(got, want+" ") {
		return fmt.Errorf("the session of %s is %s", b.lt, got)
	}
	return nil
}

// expectLogin tries to log in now, and looks at the answer.
func (s *stage) expectLogin(l *line) error {
	if len(l.words) != 5 || l.words[3] != "refused" {
		return errors.New(expectations()["login"].usage)
	}
	b, err := s.bankNamed(l.words[2])
	if err != nil {
		return err
	}
	s.login(b)
	if err := s.settle(); err != nil {
		return err
	}
	if b.refused == nil {
		return fmt.Errorf("%s was let in", b.lt)
	}
	if b.refused.Code != l.words[4] {
		return fmt.Errorf("the login of %s was refused: %v", b.lt, b.refused)
	}
	s.say("the login of %s is refused: %s", b.lt, b.refused.Code)
	return nil
}

func (s *stage) expectInbox(l *line) error {
	if len(l.words) < 3 {
		return errors.New(expectations()["inbox"].usage)
	}
	b, err := s.bankNamed(l.words[2])
	if err != nil {
		return err
	}
	var got []string
	for _, r := range b.inbox {
		if r.note == nil {
			got = append(got, s.nameOf(&r))
		}
	}
	if !slices.Equal(got, l.words[3:]) {
		return fmt.Errorf("%s has %s", b.lt, strings.Join(got, " "))
	}
	return nil
}

func (s *stage) nameOf(r *received) string {
	for name, m := range s.messages {
		if m.from.lt == r.sub.Sender && m.number == r.sub.Number {
			return name
		}
	}
	return fmt.Sprintf("%s-%d", r.sub.Sender, r.sub.Number)
}

// expectTold counts what the network itself told a bank of a message.
func (s *stage) expectTold(l *line) error {
	if len(l.words) != 5 || l.words[3] != "of" {
		return errors.New(expectations()["told"].usage)
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
	n := 0
	var texts []string
	for _, r := range b.inbox {
		if r.note == nil || r.note.About != at {
			continue
		}
		texts = append(texts, string(r.text))
		if bytes.Contains(r.text, []byte(l.setting("text", ""))) && strings.Contains(string(r.sub.Type), l.setting("type", "")) {
			n++
		}
	}
	if want := l.setting("times", "1"); fmt.Sprint(n) != want {
		return fmt.Errorf("%s was told so %d times of %s; all that it was told: %q", b.lt, n, m.name, texts)
	}
	return nil
}
