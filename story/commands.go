package story

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
)

// commands is the language.
func commands() map[string]command {
	all := map[string]command{
		"clock":      {"clock INSTANT", false, (*stage).cmdClock},
		"network":    {"network [checks=header|full] [authorisations=shown|required]", false, (*stage).cmdNetwork},
		"at":         {"at INSTANT | at T+1s | after 30d", true, (*stage).cmdAt},
		"after":      {"after DURATION", true, (*stage).cmdAfter},
		"T":          {"T INSTANT", true, (*stage).cmdT},
		"login":      {"login BIC…", true, (*stage).cmdLogin},
		"logout":     {"logout BIC…", true, (*stage).cmdLogout},
		"deaf":       {"deaf BIC…: takes deliveries and acknowledges nothing", true, (*stage).cmdDeaf},
		"hears":      {"hears BIC…: acknowledges again", true, (*stage).cmdDeaf},
		"send":       {"send FROM TO TYPE [CURRENCY AMOUNT] [agent=BIC] [licence=TEXT] [priority=U] [times=N] as NAME", true, (*stage).cmdSend},
		"crash":      {"crash before-page | crash after-page: the hub is killed at the next page", true, (*stage).cmdCrash},
		"restart":    {"restart [skew=DURATION]: the hub is killed and starts again, its clock off by so much", true, (*stage).cmdRestart},
		"backup":     {"backup: keep a copy of the journal", true, (*stage).cmdBackup},
		"restore":    {"restore [register=unreadable]: the hub starts on the copy that was kept", true, (*stage).cmdRestore},
		"register":   {"register: the hub writes its register of acts", true, (*stage).cmdRegister},
		"say":        {"say \"TEXT\": a line for the table of what happened", false, (*stage).cmdSay},
		"cast":       {"cast [BIC…]: the banks of the acceptance scenarios become members and log in", true, (*stage).cmdCast},
		"member":     {"member BIC NAME [entity=ID] [established=CC] [owner=ID] [percent=N]", true, (*stage).cmdMember},
		"owns":       {"owns OWNER OWNED PERCENT [from=DATE]: a share in the directory", true, (*stage).cmdOwns},
		"newkey":     {"newkey BIC…: a new signing key", true, (*stage).cmdNewKey},
		"checkpoint": {"checkpoint: an observer keeps the signed head of the journal; every verification holds the journal against it", true, (*stage).cmdCheckpoint},
		"verify":     {"verify [redacted] [remove=MESSAGE]: the message's record is taken out, altered, and forged away; the verifier must see each", true, (*stage).cmdVerify},
		"expect":     {"expect …", true, (*stage).cmdExpect},
	}
	maps.Copy(all, actCommands())
	maps.Copy(all, crowdCommands())
	maps.Copy(all, dryRunCommands())
	maps.Copy(all, listCommands())
	maps.Copy(all, authoriseCommands())
	return all
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

var errUsage = errors.New("usage")

// usage is the error of a command that was written wrongly.
func usage(l *line) error { return fmt.Errorf("%w: %s", errUsage, commands()[l.words[0]].usage) }

func (s *stage) cmdSay(l *line) error {
	if s.options.Event != nil {
		s.options.Event(Event{At: s.now, Line: l.number, What: strings.Join(l.words[1:], " "), Chapter: true})
	}
	return nil
}

func (s *stage) cmdClock(l *line) error {
	if len(l.words) != 2 {
		return usage(l)
	}
	if s.heart != nil {
		return errors.New("the clock is set before \"network\"; later it goes on by \"at\" and \"after\"")
	}
	t, err := s.instant(l.words[1])
	s.now = t
	return err
}

func (s *stage) cmdNetwork(l *line) error {
	s.full = l.setting("checks", "full") == "full"
	if err := s.found(); err != nil {
		return err
	}
	return s.govern(l.setting("authorisations", "shown"))
}

func (s *stage) cmdT(l *line) error {
	if len(l.words) != 2 {
		return usage(l)
	}
	var err error
	s.T, err = s.instant(l.words[1])
	return err
}

// instant reads 2026-03-12T00:00:00Z, a date (its start in UTC), T, T+1s or T-2d, or now+5m.
func (s *stage) instant(text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, "2006-01-02"} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	base, rest := s.T, strings.TrimPrefix(text, "T")
	if strings.HasPrefix(text, "now") {
		base, rest = s.now, strings.TrimPrefix(text, "now")
	} else if !strings.HasPrefix(text, "T") {
		return time.Time{}, fmt.Errorf("%q is no instant: give 2026-03-12T00:00:00Z, 2026-03-12, T-1s or now+5m", text)
	}
	if base.IsZero() {
		return time.Time{}, errors.New("no order has set T: give one, or a line \"T INSTANT\"")
	}
	if rest == "" {
		return base, nil
	}
	d, err := duration(strings.TrimPrefix(rest, "+"))
	return base.Add(d), err
}

// duration reads what Go reads, and days: 30d.
func duration(text string) (time.Duration, error) {
	if n, ok := strings.CutSuffix(text, "d"); ok {
		h, err := time.ParseDuration(n + "h")
		return 24 * h, err
	}
	return time.ParseDuration(text)
}

func (s *stage) cmdAt(l *line) error {
	if len(l.words) != 2 {
		return usage(l)
	}
	t, err := s.instant(l.words[1])
	if err != nil {
		return err
	}
	return s.advance(t)
}

func (s *stage) cmdAfter(l *line) error {
	if len(l.words) != 2 {
		return usage(l)
	}
	d, err := duration(l.words[1])
	if err != nil {
		return err
	}
	return s.advance(s.now.Add(d))
}

// advance lets time pass: the hub looks at its clock each hour, later each day, and at every instant that an order names.
func (s *stage) advance(to time.Time) error {
	if to.Before(s.now) {
		return fmt.Errorf("it is %s already", s.now.Format(time.RFC3339Nano))
	}
	for s.now.Before(to) {
		s.now = s.nextLook(to)
		if err := s.look(); err != nil {
			return err
		}
	}
	return nil
}

// look has the hub look at its clock until it has nothing more to do at this instant, as it does several times a second.
func (s *stage) look() error {
	for range maxRounds {
		before := s.heart.Next()
		s.heart.Tick(s.nano())
		if err := s.settle(); err != nil {
			return err
		}
		if s.heart.Next() == before {
			return nil
		}
	}
	return fmt.Errorf("the hub writes pages without end")
}

func (s *stage) nextLook(to time.Time) time.Time {
	pause := time.Hour
	if to.Sub(s.now) > 14*24*time.Hour {
		pause = 24 * time.Hour
	}
	next := s.now.Add(pause)
	for _, t := range s.desk.instants() {
		if t.After(s.now) && t.Before(next) {
			next = t
		}
	}
	if to.Before(next) {
		return to
	}
	return next
}

// each does something for every terminal that a line names: a BIC8 stands for all terminals of its institution.
func (s *stage) each(l *line, do func(*bank) error) error {
	if len(l.words) < 2 {
		return usage(l)
	}
	for _, n := range l.words[1:] {
		found := false
		for _, b := range s.banks {
			if n != "all" && n != string(b.lt.BIC8()) && n != string(full(b.lt)) {
				continue
			}
			found = true
			if err := do(b); err != nil {
				return err
			}
		}
		if !found {
			return fmt.Errorf("there is no member %q", n)
		}
	}
	return nil
}

func (s *stage) cmdLogin(l *line) error {
	return s.each(l, func(b *bank) error {
		if b.session == nil {
			s.login(b)
		}
		return nil
	})
}

func (s *stage) cmdLogout(l *line) error {
	return s.each(l, func(b *bank) error {
		if b.session == nil {
			return fmt.Errorf("%s has no session", b.lt)
		}
		s.heart.Logout(s.nano(), *b.session, l.setting("reason", "logout"))
		b.session = nil
		return nil
	})
}

func (s *stage) cmdDeaf(l *line) error {
	return s.each(l, func(b *bank) error {
		b.deaf = l.words[0] == "deaf"
		return nil
	})
}

func (s *stage) cmdSend(l *line) error {
	if len(l.words) < 4 {
		return usage(l)
	}
	from, err := s.bankNamed(l.words[1])
	if err != nil {
		return err
	}
	to, err := receiver(l.words[2])
	if err != nil {
		return err
	}
	name, named := l.after("as")
	times := 1
	if v, ok := l.settings["times"]; ok {
		if _, err := fmt.Sscan(v, &times); err != nil {
			return err
		}
	}
	for n := range times {
		m, err := s.sendOne(l, from, to)
		if err != nil {
			return err
		}
		if !named || len(name) != 1 {
			continue
		}
		m.name = name[0]
		if times > 1 {
			m.name = fmt.Sprintf("%s%d", name[0], n+1)
		}
		if s.messages[m.name] != nil {
			return fmt.Errorf("there is a message %q already", m.name)
		}
		s.messages[m.name] = m
	}
	return nil
}

func (s *stage) sendOne(l *line, from *bank, to corridor.LT) (*message, error) {
	typ := corridor.MessageType(l.words[3])
	payload, err := s.write(l, from, to, typ)
	if err != nil {
		return nil, err
	}
	sub, err := submission(typ, payload)
	if err != nil {
		return nil, err
	}
	sub.Type = typ
	return s.send(from, to, sub, payload), nil
}

func (s *stage) cmdNewKey(l *line) error {
	return s.each(l, func(b *bank) error {
		if err := s.newKey(b); err != nil {
			return err
		}
		return s.admit(b)
	})
}

// receiver is the address that a BIC stands for.
func receiver(name string) (corridor.LT, error) {
	if lt, err := corridor.ParseLT(name); err == nil {
		return lt.Destination(), nil
	}
	b, err := corridor.ParseBIC(name)
	if err != nil {
		return "", err
	}
	return corridor.LTOf(b, 'X'), nil
}

func (s *stage) cmdCrash(l *line) error {
	if len(l.words) != 2 {
		return usage(l)
	}
	switch l.words[1] {
	case "before-page":
		s.crash = beforePage
	case "after-page":
		s.crash = afterPage
	default:
		return usage(l)
	}
	return nil
}

func (s *stage) cmdRestart(l *line) error {
	d, err := duration(l.setting("skew", "0s"))
	if err != nil {
		return err
	}
	s.skew = d
	return s.restart()
}
