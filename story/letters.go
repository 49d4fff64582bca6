package story

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/notice"
)

// letterExpectations are about what the network writes to members and to its operator, by mail and to their programs.
func letterExpectations() map[string]command {
	return map[string]command{
		"letter":    {"expect letter BIC|members|operator TEXT… [since=INSTANT] [times=N]: with all these texts in it", true, (*stage).expectLetter},
		"no-letter": {"expect no-letter BIC TEXT…", true, (*stage).expectLetter},
	}
}

// letters are all that the journal so far leads to; the same journal gives the same letters.
func (s *stage) letters() ([]notice.Letter, error) {
	w := notice.NewWatch(notice.WatchOptions{Issuer: notice.Issuer{Network: network, LT: own}, DigestHour: 22, Particulars: s.particularsAt})
	page, last := uint64(0), s.record[0].time
	for i, r := range s.record {
		if i == 0 || r.at.Page != page {
			passDays(w, last, r.time)
			page, last = r.at.Page, r.time
			w.Page(page, r.time.UnixNano())
		}
		if err := w.Apply(r.at, r.entry); err != nil {
			return nil, err
		}
	}
	passDays(w, last, s.now)
	w.Pass(s.nano())
	return w.Take(), nil
}

// passDays has the watch see each day on which nothing happened, as one that runs does.
func passDays(w *notice.Watch, from, to time.Time) {
	for t := from.Add(24 * time.Hour); t.Before(to); t = t.Add(24 * time.Hour) {
		w.Pass(t.UnixNano())
	}
}

func (s *stage) particularsAt(at corridor.Position) *corridor.Particulars {
	stored, payload, err := s.entryAt(at)
	if err != nil {
		return nil
	}
	sub, err := submissionIn(stored)
	if err != nil {
		return nil
	}
	p := particulars(sub.Type, payload)
	return &p
}

func (s *stage) expectLetter(l *line) error {
	if len(l.words) < 4 {
		return errors.New(letterExpectations()[l.words[1]].usage)
	}
	all, err := s.letters()
	if err != nil {
		return err
	}
	since := time.Time{}
	if v, ok := l.settings["since"]; ok {
		if since, err = s.instant(v); err != nil {
			return err
		}
	}
	n := 0
	var near []string
	for i := range all {
		x := &all[i]
		if !addressed(x, l.words[2]) || time.Unix(0, x.At).Before(since) {
			continue
		}
		near = append(near, x.Subject)
		if s.says(x, l.words[3:]) {
			n++
		}
	}
	want := l.setting("times", "")
	switch {
	case l.words[1] == "no-letter" && n > 0:
		return fmt.Errorf("there are %d such letters", n)
	case l.words[1] == "letter" && (n == 0 && want != "0" || want != "" && want != fmt.Sprint(n)):
		return fmt.Errorf("there are %d such letters; the letters to %s are: %s", n, l.words[2], strings.Join(near, "; "))
	}
	return nil
}

func addressed(x *notice.Letter, to string) bool {
	switch x.Audience {
	case notice.ToMember:
		return string(x.Member) == to
	case notice.ToOperator:
		return to == "operator"
	}
	return to == "members"
}

// says looks for texts in subject and text; a message's name stands for its reference there.
func (s *stage) says(x *notice.Letter, texts []string) bool {
	whole := x.Subject + "\n" + x.Text
	for _, t := range texts {
		if m := s.messages[t]; m != nil {
			t = fmt.Sprintf("%s%06d", m.from.lt[:6], m.number)
		}
		if !strings.Contains(whole, t) {
			return false
		}
	}
	return true
}
