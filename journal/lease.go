package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Lease says who leads. It keeps a stand-by polite and no more: what keeps two leaders from harm is the page number.
type Lease struct {
	Holder  string
	Expires time.Time
}

// TakeLease takes or renews the lease at time now for a length of time, if it is free, expired or the holder's own. It returns the
// lease as it is then: it was taken if Holder is the caller.
func (j *Journal) TakeLease(ctx context.Context, holder string, now time.Time, length time.Duration) (Lease, error) {
	if holder == "" || len(holder) > maxHolder || length <= 0 || length > maxLease {
		return Lease{}, fmt.Errorf("lease for %q over %v: give a name of 1 to %d characters and at most %v", holder, length, maxHolder, maxLease)
	}
	if j.readOnly {
		return Lease{}, ErrReadOnly
	}
	err := j.engine.change(ctx, func(tx execer) error {
		_, err := tx.exec(ctx, `INSERT INTO lease (one, holder, expires) VALUES (1, $1, $2)
			ON CONFLICT (one) DO UPDATE SET holder = excluded.holder, expires = excluded.expires WHERE lease.holder = excluded.holder OR lease.expires <= $3`,
			holder, now.Add(length).UnixNano(), now.UnixNano())
		return err
	})
	if err != nil {
		return Lease{}, err
	}
	return j.Lease(ctx)
}

// Lease reads the lease; Holder is empty if nobody ever took it or it was given up.
func (j *Journal) Lease(ctx context.Context) (Lease, error) {
	var holder string
	var expires int64
	err := j.engine.reader().QueryRowContext(ctx, "SELECT holder, expires FROM lease").Scan(&holder, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return Lease{}, nil
	}
	if err != nil {
		return Lease{}, j.engine.explain(err)
	}
	return Lease{holder, time.Unix(0, expires).UTC()}, nil
}

// GiveUpLease frees the lease if the holder has it.
func (j *Journal) GiveUpLease(ctx context.Context, holder string) error {
	if j.readOnly {
		return ErrReadOnly
	}
	return j.engine.change(ctx, func(tx execer) error {
		_, err := tx.exec(ctx, "DELETE FROM lease WHERE holder = $1", holder)
		return err
	})
}
