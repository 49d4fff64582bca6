package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/standing"
)

// Question is what a dry run is asked: what the order would have stopped in a window of whole days.
type Question struct {
	Order     *standing.Order
	Directory *directory.Directory
	Until     string       // the last day, YYYY-MM-DD; empty: the last whole day that the archive has
	Days      int          // 0: DefaultDays
	Loss      int          // a member that loses more than this many per cent of its messages is listed; 0: DefaultLoss
	Published time.Time    // since when the order is public; zero: by its act in the archive, else its instruments' dates
	Log       func(string) // told of each step; may be nil
}

// The defaults of a question.
const (
	DefaultDays = 30
	DefaultLoss = 5
)

// ErrNothingToRun is wrapped where an order stops nothing by itself.
var ErrNothingToRun = errors.New("only disconnect, restrict and amend stop messages: this kind has no dry run")

// DryRun replays the archive's traffic against an order (R40–R45). It changes nothing, reads one state of the archive, and gives
// the same report for the same archive, order and directory, byte for byte.
func (a *Archive) DryRun(ctx context.Context, q Question) (*Report, error) {
	r := &run{q: q, dialect: &a.dialect, report: &Report{Form: ReportForm}}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("dry run: %w", err)
	}
	err := a.look(ctx, func(tx *sql.Tx) error {
		r.tx = tx
		for _, step := range []struct {
			name string
			do   func(context.Context) error
		}{
			{"window", r.window}, {"subjects", r.subjects}, {"impact", r.impact}, {"licences", r.licences}, {"in flight", r.inFlight},
			{"nested traffic", r.nested}, {"affiliates", r.affiliates}, {"look-alikes", r.lookAlikes}, {"collateral", r.collateral}, {"limits", r.limits},
		} {
			if q.Log != nil {
				q.Log(step.name)
			}
			if err := step.do(ctx); err != nil {
				return fmt.Errorf("dry run: %s: %w", step.name, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.report.finish()
	return r.report, nil
}

// run is a dry run under way.
type run struct {
	q       Question
	dialect *dialect
	tx      *sql.Tx
	report  *Report

	place     Place
	first     int64 // days of the window, both included
	last      int64
	published int64 // Unix milliseconds; beyond the window if it is not public

	resolution standing.Resolution
	covered    map[corridor.BIC]bool // by BIC8, institutions that are covered whole
	branches   []corridor.BIC        // single branches
	touched    []corridor.BIC        // BIC8s of both, sorted
	scope      scope

	flows    []flow // in scope
	totals   []totalRow
	messages int64 // of the network in the window
}

func (r *run) check() error {
	o := r.q.Order
	switch {
	case o == nil || r.q.Directory == nil:
		return errors.New("give an order and a directory")
	case o.Kind != standing.Disconnect && o.Kind != standing.Restrict && o.Kind != standing.Amend:
		return fmt.Errorf("order %s is of kind %s: %w", o.ID, o.Kind, ErrNothingToRun)
	}
	if r.q.Days == 0 {
		r.q.Days = DefaultDays
	}
	if r.q.Loss == 0 {
		r.q.Loss = DefaultLoss
	}
	if r.q.Days < 1 || r.q.Days > maxWindow || r.q.Loss < 1 || r.q.Loss > 100 {
		return fmt.Errorf("give 1 to %d days, and a loss of 1 to 100 per cent", maxWindow)
	}
	return o.Check()
}

// draftDigest is the digest of the order without what a dry run gives it: the report's hash cannot depend on itself.
func draftDigest(o *standing.Order) (corridor.Digest, error) {
	bare := *o
	bare.DryRun, bare.Bounds = "", standing.Bounds{}
	b, err := canonical.Marshal(&bare)
	return corridor.DigestOf(b), err
}

// window settles which days are looked at.
func (r *run) window(ctx context.Context) error {
	var err error
	if r.place, err = placeOf(ctx, r.tx); err != nil {
		return err
	}
	if r.place.Pages == 0 {
		return errors.New("the archive is empty: let it read the journal with corridor archive run")
	}
	r.last = r.place.At/dayMillis - 1
	if r.q.Until != "" {
		if r.last, err = dayOf(r.q.Until); err != nil {
			return fmt.Errorf("the last day %q: give YYYY-MM-DD", r.q.Until)
		}
	}
	r.first = r.last - int64(r.q.Days) + 1
	if err := r.publication(ctx); err != nil {
		return err
	}
	draft, err := draftDigest(r.q.Order)
	if err != nil {
		return err
	}
	h := &r.report.Head
	h.Order, h.Kind, h.Draft, h.Effective = r.q.Order.ID, string(r.q.Order.Kind), draft.String(), r.q.Order.Effective.UTC
	h.Network, h.PagesRead, h.LastPage, h.ArchiveAt = string(r.place.Network), r.place.Pages, r.place.Hash.String(), instantOf(r.place.At)
	h.From, h.To, h.Days, h.LossPercent = dateOf(r.first), dateOf(r.last), r.q.Days, r.q.Loss
	h.DirectoryVersion, h.DirectoryDigest = r.q.Directory.Version(), r.q.Directory.Digest().String()
	if r.isPublic() {
		h.Published = instantOf(r.published)
	}
	return nil
}

// publication finds since when the order is public: trends are counted before and after it.
func (r *run) publication(ctx context.Context) error {
	r.published = (r.last + 1) * dayMillis
	if !r.q.Published.IsZero() {
		r.published = r.q.Published.UnixMilli()
		return nil
	}
	var at sql.NullInt64
	err := r.tx.QueryRowContext(ctx, "SELECT MIN(at) FROM event WHERE kind = 'acted' AND what = 'order.publish' AND subject = $1", r.q.Order.ID).Scan(&at)
	if err != nil {
		return err
	}
	if at.Valid {
		r.published = at.Int64
		return nil
	}
	for _, i := range r.q.Order.Instruments {
		if day, err := dayOf(i.Published); err == nil {
			r.published = min(r.published, day*dayMillis)
		}
	}
	return nil
}

// isPublic reports that some day of the window lies after the publication, and some before.
func (r *run) isPublic() bool {
	return r.published > r.first*dayMillis && r.published < (r.last+1)*dayMillis
}

// subjects resolves whom the order covers. What the order was signed with is what is enforced; a draft that was not resolved
// is resolved here.
func (r *run) subjects(context.Context) error {
	var err error
	o, d := r.q.Order, r.q.Directory
	if r.resolution, err = standing.Resolve(o, d); err != nil {
		return err
	}
	resolved := r.resolution.Subject.Resolved
	if len(o.Subject.Resolved) > 0 {
		r.compareResolution(o.Subject.Resolved, resolved)
		resolved = o.Subject.Resolved
	}
	r.report.Warnings = append(r.report.Warnings, r.resolution.Unknown...)
	r.covered = map[corridor.BIC]bool{}
	for i := range resolved {
		if b := resolved[i].BIC; len(b) == 8 {
			r.covered[b] = true
		} else {
			r.branches = append(r.branches, b)
		}
		r.subject(resolved[i].BIC, resolved[i].Entity, resolved[i].Path, true, reasonIn(&resolved[i]))
	}
	for _, x := range o.Subject.Excluded {
		r.subject(x.BIC, r.ownerOf(x.BIC), nil, false, "excluded: "+x.Reason)
	}
	for _, l := range r.resolution.Left {
		for _, b := range l.BICs {
			if !r.covers(b) && !excludes(o, b) {
				r.subject(b, l.Entity, l.Path, false, l.Why)
			}
		}
	}
	r.report.NoMember = append(r.report.NoMember, r.resolution.Subject.NoMember...)
	for b := range r.covered {
		r.touched = append(r.touched, b)
	}
	for _, b := range r.branches {
		r.touched = append(r.touched, b.BIC8())
	}
	slices.Sort(r.touched)
	r.touched = slices.Compact(r.touched)
	if len(r.touched) > 0 && r.q.Order.Subject.Countries != nil {
		r.report.Warnings = append(r.report.Warnings, "a country's test is live: members that come into it later are held, and are not in these figures")
	}
	r.scope = r.newScope()
	return nil
}

func (r *run) compareResolution(signed, now []standing.Resolved) {
	has := func(all []standing.Resolved, b corridor.BIC) bool {
		return slices.ContainsFunc(all, func(x standing.Resolved) bool { return x.BIC == b })
	}
	for i := range now {
		if !has(signed, now[i].BIC) {
			r.warn("%s would come in by this directory and is not in the order's resolution: resolve the draft again", now[i].BIC)
		}
	}
	for i := range signed {
		if !has(now, signed[i].BIC) {
			r.warn("%s is in the order's resolution and would not be by this directory: resolve the draft again", signed[i].BIC)
		}
	}
}

func (r *run) warn(format string, args ...any) {
	r.report.Warnings = append(r.report.Warnings, fmt.Sprintf(format, args...))
}

func reasonIn(x *standing.Resolved) string {
	switch {
	case x.Explicit:
		return "named"
	case len(x.Path) > 0:
		return "owned"
	}
	return "listed"
}

func (r *run) subject(b corridor.BIC, entity string, path []string, in bool, reason string) {
	d := r.q.Directory
	status, _ := d.Status(b)
	s := Subject{BIC: b, Entity: entity, Name: d.Name(b), Country: b.Country(), Established: d.EstablishedIn(b), Status: string(status), Path: path, In: in, Reason: reason}
	if s.Status == "" {
		s.Status = "not in the directory"
	}
	r.report.Subjects = append(r.report.Subjects, s)
}

// covers reports an institution, or branch, that the order covers.
func (r *run) covers(b corridor.BIC) bool {
	return r.covered[b.BIC8()] || slices.Contains(r.branches, b)
}

func excludes(o *standing.Order, b corridor.BIC) bool {
	return slices.ContainsFunc(o.Subject.Excluded, func(x standing.Excluded) bool { return x.BIC == b || x.BIC == b.BIC8() })
}

func (r *run) ownerOf(b corridor.BIC) string {
	if e := r.q.Directory.Owner(b); e != nil {
		return string(e.ID)
	}
	return ""
}

func instantOf(millis int64) string { return time.UnixMilli(millis).UTC().Format(time.RFC3339) }
