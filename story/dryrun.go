package story

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/archive"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// dryRunCommands are about the dry run and what it reports.
func dryRunCommands() map[string]command {
	return map[string]command{
		"dry-run": {"dry-run ID as NAME [until=DATE] [days=N]: from an archive of the journal; it changes nothing", true, (*stage).cmdDryRun},
		"adopt":   {"adopt ID REPORT: the dry run's digest and bounds go into the draft", true, (*stage).cmdAdopt},
	}
}

func dryRunExpectations() map[string]command {
	return map[string]command{
		"same":      {"expect same REPORT REPORT: two dry runs are the same to the byte", true, (*stage).expectSame},
		"report":    {"expect report NAME [stopped=N] [nested=BIC] [queued=N] [similar=BIC] [no_member=NAME] [left=BIC]", true, (*stage).expectReport},
		"untouched": {"expect untouched REPORT BIC…: the dry run stops nothing of their traffic but with the subjects", true, (*stage).expectUntouched},
		"bounds":    {"expect bounds ID: what an order in shadow decided is within its signed bounds", true, (*stage).expectBounds},
	}
}

// archived makes an archive of the whole journal anew: it is a function of it.
func (s *stage) archived() (*archive.Archive, error) {
	s.files++
	a, err := archive.Open(s.ctx, filepath.Join(s.options.Dir, fmt.Sprintf("archive-%d.db", s.files)), archive.Options{})
	if err != nil {
		return nil, err
	}
	return a, a.CatchUp(s.ctx, s.journal)
}

// cmdDryRun replays the archive against a draft.
func (s *stage) cmdDryRun(l *line) error {
	name, ok := l.after("as")
	o := s.desk.drafts[l.words[1]]
	if !ok || len(name) != 1 || o == nil {
		return usage(l)
	}
	a, err := s.archived()
	if err != nil {
		return err
	}
	defer a.Close()
	q := archive.Question{Order: o, Directory: s.heart.Directory(), Until: l.setting("until", "")}
	if q.Days, err = strconv.Atoi(l.setting("days", "30")); err != nil {
		return err
	}
	r, err := a.DryRun(s.ctx, q)
	if err != nil {
		return err
	}
	if s.desk.reports == nil {
		s.desk.reports = map[string]*archive.Report{}
	}
	s.desk.reports[name[0]] = r
	s.say("dry run of %s over %d days: %d messages stopped, %s of the network's; %d carriers of nested traffic", o.ID, r.Head.Days, r.Impact.Stopped.Messages, r.Impact.Share, len(r.Nested.Carriers))
	return nil
}

// cmdAdopt drafts an order anew with the digest of a dry run and the bounds that it found.
func (s *stage) cmdAdopt(l *line) error {
	if len(l.words) != 3 || s.desk.drafts[l.words[1]] == nil || s.desk.reports[l.words[2]] == nil {
		return usage(l)
	}
	r := s.desk.reports[l.words[2]]
	d, err := r.Digest()
	if err != nil {
		return err
	}
	next := *s.desk.drafts[l.words[1]]
	next.DryRun, next.Bounds = d.String(), standing.Bounds{BICs: r.Limits.BICs, Share: corridor.Decimal(r.Limits.Share)}
	return s.draft(&next, "dora")
}

func (s *stage) expectSame(l *line) error {
	if len(l.words) != 4 {
		return errors.New(dryRunExpectations()["same"].usage)
	}
	var forms [2][]byte
	for i := range forms {
		r := s.desk.reports[l.words[2+i]]
		if r == nil {
			return fmt.Errorf("there is no report %q", l.words[2+i])
		}
		var err error
		if forms[i], err = r.Encode(); err != nil {
			return err
		}
	}
	if !bytes.Equal(forms[0], forms[1]) {
		return errors.New("they differ")
	}
	return nil
}

func (s *stage) expectReport(l *line) error {
	r := s.desk.reports[l.words[2]]
	if r == nil {
		return fmt.Errorf("there is no report %q", l.words[2])
	}
	var nested, similar, left []string
	for _, c := range r.Nested.Carriers {
		nested = append(nested, string(c.BIC))
	}
	for _, x := range r.LookAlikes.Similar {
		similar = append(similar, fmt.Sprint(x.BIC))
	}
	for _, x := range slices.Concat(r.LookAlikes.SamePrefix, r.LookAlikes.SameCountry) {
		left = append(left, fmt.Sprint(x.BIC))
	}
	queued := int64(0)
	for _, q := range r.InFlight.Now {
		if q.Queue == "queued" {
			queued += q.Count
		}
	}
	for key, want := range l.settings {
		got, list := map[string]string{"stopped": fmt.Sprint(r.Impact.Stopped.Messages), "licensed": fmt.Sprint(r.Impact.Licensed.Messages), "queued": fmt.Sprint(queued)}[key],
			map[string][]string{"nested": nested, "similar": similar, "left": left, "no_member": r.NoMember}[key]
		if got != want && !slices.Contains(list, want) {
			return fmt.Errorf("%s is %s%s; look-alikes: %s", key, got, strings.Join(list, " "), pretty(r.LookAlikes))
		}
	}
	return nil
}

// expectUntouched counts again, from the journal, what a dry run stops: all that has a subject at one end, and nothing else; the
// institutions named have traffic in its days and keep all of it but what they have with subjects.
func (s *stage) expectUntouched(l *line) error {
	r := s.desk.reports[l.words[2]]
	if r == nil {
		return fmt.Errorf("there is no report %q", l.words[2])
	}
	subject := map[corridor.BIC]bool{}
	for _, x := range r.Subjects {
		subject[x.BIC] = x.In
	}
	stopped, kept := int64(0), map[corridor.BIC]int{}
	for _, f := range s.fates() {
		if day := s.pages[f.at.Page].Header.At().Format(time.DateOnly); day < r.Head.From || day > r.Head.To {
			continue
		}
		if subject[f.from] || subject[f.to] {
			stopped++
			continue
		}
		kept[f.from]++
		kept[f.to]++
	}
	if stopped != r.Impact.Stopped.Messages {
		return fmt.Errorf("the dry run stops %d messages, %d have a subject at one end", r.Impact.Stopped.Messages, stopped)
	}
	for _, name := range l.words[3:] {
		if b := corridor.BIC(name); subject[b] || kept[b] == 0 {
			return fmt.Errorf("%s keeps %d messages", name, kept[b])
		}
		s.say("the dry run leaves %s its traffic: %d messages in %d days", name, kept[corridor.BIC(name)], r.Head.Days)
	}
	return nil
}

// expectBounds compares what an order in shadow decided with what its dry run expected of a day.
func (s *stage) expectBounds(l *line) error {
	r := s.heart.Standing().Order(l.words[2])
	if r == nil {
		return fmt.Errorf("there is no order %q", l.words[2])
	}
	all, hit := 0, 0
	for _, f := range s.record {
		if f.time.UnixNano() < r.FencedAt {
			continue
		}
		switch e := f.entry.(type) {
		case *entry.Accepted, *entry.Refused:
			all++
		case *entry.Decided:
			if e.Rule == standing.RuleShadow && slices.Contains(e.Orders, r.Order.ID) {
				hit++
			}
		}
	}
	share, err := strconv.ParseFloat(string(r.Order.Bounds.Share), 64)
	if err != nil {
		return fmt.Errorf("the bounds have no share: %w", err)
	}
	if hit == 0 || float64(hit) > share*float64(all) || len(r.Order.Subject.Resolved) > r.Order.Bounds.BICs {
		return fmt.Errorf("%d of %d messages would have been stopped, the signed bounds say a share of %v", hit, all, share)
	}
	s.say("%s in shadow: %d of %d messages would have been stopped, the bounds say a share of %v", r.Order.ID, hit, all, share)
	return nil
}
