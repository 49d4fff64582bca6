package story

import (
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// crowdCommands are about many members and messages at once.
func crowdCommands() map[string]command {
	return map[string]command{
		"members": {"members N NAME COUNTRY: as many invented members, the fleet", true, (*stage).cmdMembers},
		"traffic": {"traffic N BIC… until INSTANT: so many messages between these, \"fleet\" for all of the fleet, at even times; the same on each run", true, (*stage).cmdTraffic},
	}
}

// fleetBIC is the n-th BIC of the fleet: ZR, two letters, the country, MM.
func fleetBIC(n int, country string) corridor.BIC {
	return corridor.BIC(fmt.Sprintf("ZR%c%c%sMM", 'A'+n/26, 'A'+n%26, country))
}

func (s *stage) cmdMembers(l *line) error {
	if len(l.words) != 4 {
		return usage(l)
	}
	n, err := strconv.Atoi(l.words[1])
	if err != nil || n > 26*26 {
		return fmt.Errorf("give up to %d members", 26*26)
	}
	var all []actor
	for i := range n {
		b := fleetBIC(i, l.words[3])
		s.desk.fleet = append(s.desk.fleet, b)
		all = append(all, actor{bic: b, name: fmt.Sprintf("%s %03d", l.words[2], i+1), entity: directory.EntityID("LE-" + string(b)), established: l.words[3]})
	}
	return s.enter(all)
}

// clauseFleet names the first members of the fleet.
func (s *stage) clauseFleet(o *standing.Order, l *line) error {
	n, err := strconv.Atoi(l.words[1])
	if err != nil || n > len(s.desk.fleet) {
		return fmt.Errorf("the fleet has %d members", len(s.desk.fleet))
	}
	o.Subject.BICs = append(o.Subject.BICs, s.desk.fleet[:n]...)
	return nil
}

// cmdTraffic sends messages at even times until an instant, each from and to a member drawn by a fixed seed. Those without a session send
// nothing.
func (s *stage) cmdTraffic(l *line) error {
	until, ok := l.after("until")
	n, err := strconv.Atoi(l.words[1])
	if !ok || len(until) != 1 || err != nil {
		return usage(l)
	}
	end, err := s.instant(until[0])
	if err != nil {
		return err
	}
	who, err := s.crowd(l.words[2 : len(l.words)-2])
	if err != nil {
		return err
	}
	rng := mathrand.New(mathrand.NewPCG(uint64(l.number), 2022))
	begin := s.now
	for i := range n {
		if err := s.advance(begin.Add(end.Sub(begin) * time.Duration(i) / time.Duration(n))); err != nil {
			return err
		}
		if err := s.sendAny(who, rng); err != nil {
			return err
		}
		if err := s.settle(); err != nil {
			return err
		}
	}
	return s.advance(end)
}

func (s *stage) crowd(names []string) ([]*bank, error) {
	var who []*bank
	for _, name := range names {
		if name == "fleet" {
			for _, b := range s.desk.fleet {
				names = append(names, string(b))
			}
			continue
		}
	}
	for _, name := range names {
		if name == "fleet" {
			continue
		}
		b, err := s.bankNamed(name)
		if err != nil {
			return nil, err
		}
		who = append(who, b)
	}
	if len(who) < 2 {
		return nil, fmt.Errorf("traffic needs two members")
	}
	return who, nil
}

func (s *stage) sendAny(who []*bank, rng *mathrand.Rand) error {
	from := who[rng.IntN(len(who))]
	to := who[rng.IntN(len(who))]
	typ := []string{"fin.103", "fin.202", "fin.199", "fin.940", "pacs.008.001.08"}[rng.IntN(5)]
	if from == to || from.session == nil {
		return nil
	}
	l := &line{settings: map[string]string{}, words: []string{"send", "", "", typ, "EUR", strconv.Itoa(1 + rng.IntN(9999))}}
	if rng.IntN(4) == 0 && typ != "pacs.008.001.08" {
		l.settings["priority"] = "U"
	}
	_, err := s.sendOne(l, from, to.lt.Destination())
	return err
}

// expectInOrder looks at everything that reached some members: each message once, those of one sender and priority in the order of
// their numbers, and none missing that was accepted and not stopped.
func (s *stage) expectInOrder(l *line) error {
	fates := s.fates()
	for _, name := range l.words[2:] {
		b, err := s.bankNamed(name)
		if err != nil {
			return err
		}
		type way struct {
			from corridor.LT
			prio corridor.Priority
		}
		last, seen := map[way]corridor.ISN{}, map[corridor.Position]bool{}
		for _, r := range b.inbox {
			w := way{r.sub.Sender, r.sub.Priority}
			if seen[r.at] || r.sub.Number <= last[w] && r.note == nil {
				return fmt.Errorf("%s: number %d of %s came after %d, or twice", b.lt, r.sub.Number, r.sub.Sender, last[w])
			}
			last[w], seen[r.at] = r.sub.Number, true
		}
		for at, f := range fates {
			if f.to == b.lt.BIC8() && !seen[at] && (f.word() == "delivered" || f.word() == "queued" || f.word() == "out") {
				return fmt.Errorf("%s never got the message at %v", b.lt, at)
			}
		}
	}
	return nil
}

// undelivered are the messages of a member that an order kept from their receivers, as the journal has them: returned or in doubt.
func (s *stage) undelivered(b8 corridor.BIC) []corridor.Position {
	var all []corridor.Position
	for at, f := range s.fates() {
		if w := f.word(); f.from == b8 && (w == "returned" || w == "in-doubt") {
			all = append(all, at)
		}
	}
	slices.SortFunc(all, corridor.Position.Compare)
	return all
}

// nameAt is the script's name of a message by its place.
func (s *stage) nameAt(at corridor.Position) string {
	for name, m := range s.messages {
		if s.fateOf(m).at == at {
			return name
		}
	}
	return at.String()
}

// notesTo are the messages of the network itself in a member's inbox, for a reason.
func notesTo(b *bank, r entry.Reason) []received {
	var all []received
	for _, x := range b.inbox {
		if x.note != nil && x.note.Reason == r {
			all = append(all, x)
		}
	}
	return all
}
