package archive

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"slices"
)

// queueKey is one queue of one side.
type queueKey struct{ queue, side string }

type queueTally struct {
	count  int64
	oldest int64
	value  map[string]sum
}

// The queues, in the order of the report.
var queueNames = []string{"queued", "unacknowledged", "held", "files", "settling-later"}

// inFlight counts what waits now, and what waited at the instant's weekday and time of day in past weeks (R42).
func (r *run) inFlight(ctx context.Context) error {
	f := &r.report.InFlight
	now, err := r.queuesNow(ctx)
	if err != nil {
		return err
	}
	f.Now = queuesOf(now)
	at := r.q.Order.EffectiveAt() / 1e6
	counts := map[queueKey][]int64{}
	weeks := 0
	for at > r.place.At {
		at -= 7 * dayMillis
	}
	for ; weeks < maxWeeks && at/dayMillis >= r.first-7*maxWeeks; weeks++ {
		past, err := r.queuesAt(ctx, at)
		if err != nil {
			return err
		}
		f.Weeks = append(f.Weeks, Queues{At: instantOf(at), Queues: queuesOf(past)})
		for k, t := range past {
			counts[k] = append(counts[k], t.count)
		}
		at -= 7 * dayMillis
	}
	f.Forecast = expectations(counts, weeks)
	return nil
}

// expectations are mean and maximum over the weeks; a week without the queue counts as none.
func expectations(counts map[queueKey][]int64, weeks int) []Expect {
	var out []Expect
	for k, all := range counts {
		e := Expect{Queue: k.queue, Side: k.side}
		total := int64(0)
		for _, n := range all {
			total += n
			e.Most = max(e.Most, n)
		}
		e.Mean = ratio(big.NewInt(total), big.NewInt(int64(weeks)), 1)
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Expect) int { return compareQueues(a.Queue, a.Side, b.Queue, b.Side) })
	return out
}

func compareQueues(queueA, sideA, queueB, sideB string) int {
	return cmp.Or(cmp.Compare(slices.Index(queueNames, queueA), slices.Index(queueNames, queueB)), cmp.Compare(sideB, sideA))
}

func queuesOf(m map[queueKey]*queueTally) []Queue {
	var out []Queue
	for k, t := range m {
		q := Queue{Queue: k.queue, Side: k.side, Count: t.count, Value: amounts(t.value)}
		if t.oldest > 0 {
			q.Oldest = instantOf(t.oldest)
		}
		out = append(out, q)
	}
	slices.SortFunc(out, func(a, b Queue) int { return compareQueues(a.Queue, a.Side, b.Queue, b.Side) })
	return out
}

// bothSides are a queue's conditions by side: to the subjects, and from them.
func (r *run) bothSides() []side {
	return []side{{"to", r.isSubject("receiver")}, {"from", r.isSubject("sender") + " AND NOT " + r.isSubject("receiver")}}
}

// queuesNow are open messages, and payments that were delivered and settle on the day of the instant or later.
func (r *run) queuesNow(ctx context.Context) (map[queueKey]*queueTally, error) {
	all := map[queueKey]*queueTally{}
	queue := `CASE WHEN outcome = 'held' THEN 'held' WHEN service = 'file' THEN 'files' WHEN osn > 0 THEN 'unacknowledged' ELSE 'queued' END`
	for _, s := range r.bothSides() {
		if err := r.countQueues(ctx, all, s.name, queue, "message_open", "done_at = 0 AND "+taken+" AND "+s.where); err != nil {
			return nil, err
		}
		later := fmt.Sprintf("value_date >= %s AND answer = 0 AND done_at > 0 AND outcome = 'delivered' AND %s AND %s AND %s",
			literal(r.q.Order.Effective.UTC[:len("2006-01-02")]), fmt.Sprintf("day BETWEEN %d AND %d", r.last-maxQueueDays, r.last), taken, s.where)
		if err := r.countQueues(ctx, all, s.name, "'settling-later'", "", later); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// queuesAt are the messages that waited at an instant of the past.
func (r *run) queuesAt(ctx context.Context, at int64) (map[queueKey]*queueTally, error) {
	all := map[queueKey]*queueTally{}
	queue := fmt.Sprintf(`CASE WHEN service = 'file' THEN 'files' WHEN assigned_at > 0 AND assigned_at <= %d THEN 'unacknowledged' ELSE 'queued' END`, at)
	for _, s := range r.bothSides() {
		waited := fmt.Sprintf("at <= %d AND (done_at = 0 OR done_at > %d) AND outcome <> 'held' AND %s AND %s", at, at, taken, s.where)
		// The few that waited long have an index, and are told by its own condition; the others are those of the last minute.
		for _, part := range []struct{ index, where string }{
			{"message_waited", fmt.Sprintf("day BETWEEN %d AND %d AND (done_at = 0 OR done_at > at + 60000)", at/dayMillis-maxQueueDays, at/dayMillis)},
			{"", fmt.Sprintf("day BETWEEN %d AND %d AND at > %d AND done_at > 0 AND done_at <= at + 60000", (at-60000)/dayMillis, at/dayMillis, at-60000)},
		} {
			if err := r.countQueues(ctx, all, s.name, queue, part.index, part.where+" AND "+waited); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func (r *run) countQueues(ctx context.Context, all map[queueKey]*queueTally, side, queue, index, where string) error {
	query := "SELECT " + queue + ", currency, answer, COUNT(*), MIN(at), " + sums("") + " FROM message" + r.dialect.by(index) + " WHERE " + where + " GROUP BY 1, 2, 3"
	return r.each(ctx, query, func(rows *sql.Rows) error {
		var name, currency string
		var answer, n, oldest int64
		var v sum
		if err := rows.Scan(&name, &currency, &answer, &n, &oldest, &v.billions, &v.units, &v.fraction); err != nil {
			return err
		}
		k := queueKey{name, side}
		t := all[k]
		if t == nil {
			t = &queueTally{oldest: oldest, value: map[string]sum{}}
			all[k] = t
		}
		t.count += n
		t.oldest = min(t.oldest, oldest)
		if answer == 0 && currency != "" && !v.isZero() {
			t.value[currency] = t.value[currency].plus(v)
		}
		return nil
	})
}
