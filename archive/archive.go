// Package archive follows the journal into SQL tables, one row a message, for search, reports and the dry run of orders: who,
// whom, type, currency, amount, institutions named inside, times, outcome.
//
// It is not evidence and decides nothing: everything in it is a function of the journal, so that it may be thrown away and
// made again at any time. The tables lie in a SQLite file of their own or in a schema of a PostgreSQL database; schema.go says
// what is in them, and other programs may read them. Each transaction moves the place up to which the journal was read.
package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"corridor.example/corridor"
)

// Options says how to open an archive; the zero value opens it to write and creates it where there is none.
type Options struct {
	ReadOnly bool         // there must be an archive
	Log      *slog.Logger // what the follower could not read; nil for nowhere
}

// Archive is the tables of one network. It is safe for concurrent use; one follower at a time writes.
type Archive struct {
	url     string
	dialect dialect
	write   *sql.DB // nil when read only
	read    *sql.DB
	log     *slog.Logger
}

// The errors that callers tell apart.
var (
	ErrNoArchive    = errors.New("there is no archive: make one with corridor archive run or corridor archive rebuild")
	ErrOtherJournal = errors.New("the archive was made of another journal: name the right one, or make the archive anew with corridor archive rebuild")
	errReadOnly     = errors.New("the archive was opened to read only")
)

// Open opens the archive at a URL: the path of a SQLite file, sqlite:PATH, or postgres://user@host/database.
func Open(ctx context.Context, url string, o Options) (*Archive, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &Archive{url: url, log: o.Log}
	var err error
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		err = a.openPostgres(ctx, url, o.ReadOnly)
	} else {
		err = a.openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"), o.ReadOnly)
	}
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", redact(url), errors.Join(err, a.Close()))
	}
	return a, nil
}

// Close closes the database.
func (a *Archive) Close() error {
	var errs []error
	for _, db := range []*sql.DB{a.read, a.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Rebuild empties the archive; a follower then fills it from the journal's first page.
func (a *Archive) Rebuild(ctx context.Context) error {
	return a.change(ctx, func(tx *sql.Tx) error {
		for _, t := range tables {
			if _, err := tx.ExecContext(ctx, "DROP TABLE IF EXISTS "+t); err != nil {
				return err
			}
		}
		return a.create(ctx, tx)
	})
}

// change runs statements in one transaction.
func (a *Archive) change(ctx context.Context, do func(*sql.Tx) error) error {
	if a.write == nil {
		return errReadOnly
	}
	tx, err := a.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// look runs queries that all see the archive as it is at the first of them.
func (a *Archive) look(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := a.read.BeginTx(ctx, a.dialect.snapshot)
	if err != nil {
		return err
	}
	return errors.Join(do(tx), tx.Rollback())
}

// Place is up to where the archive has read the journal.
type Place struct {
	Network corridor.Network `json:"network,omitempty"`
	Pages   uint64           `json:"pages"`          // how many were read
	Hash    corridor.Digest  `json:"-"`              // of the last one
	At      int64            `json:"at_unix_millis"` // its time
	Unread  uint64           `json:"unread"`         // entries that this version does not know, or could not read; pages that were pruned before
}

// Place reads it.
func (a *Archive) Place(ctx context.Context) (p Place, err error) {
	err = a.look(ctx, func(tx *sql.Tx) error {
		p, err = placeOf(ctx, tx)
		return err
	})
	return p, err
}

func placeOf(ctx context.Context, tx *sql.Tx) (Place, error) {
	var p Place
	var pages, unread int64
	var hash []byte
	err := tx.QueryRowContext(ctx, "SELECT network, pages, hash, at, unread FROM facts").Scan(&p.Network, &pages, &hash, &p.At, &unread)
	p.Pages, p.Unread = uint64(pages), uint64(unread)
	copy(p.Hash[:], hash)
	return p, err
}

// Counts are how many messages there are by outcome, and events.
type Counts struct {
	Messages  uint64            `json:"messages"`
	ByOutcome map[string]uint64 `json:"by_outcome"`
	Events    uint64            `json:"events"`
	FirstDay  string            `json:"first_day,omitempty"`
	LastDay   string            `json:"last_day,omitempty"`
}

// Count reads them: it looks at every row.
func (a *Archive) Count(ctx context.Context) (c Counts, err error) {
	c.ByOutcome = map[string]uint64{}
	err = a.look(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT outcome, COUNT(*), MIN(day), MAX(day) FROM message GROUP BY outcome")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var outcome string
			var n, first, last int64
			if err := rows.Scan(&outcome, &n, &first, &last); err != nil {
				return err
			}
			c.ByOutcome[outcome] = uint64(n)
			c.Messages += uint64(n)
			if f := dateOf(first); c.FirstDay == "" || f < c.FirstDay {
				c.FirstDay = f
			}
			c.LastDay = max(c.LastDay, dateOf(last))
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM event").Scan(&c.Events)
	})
	return c, err
}

// redact hides the password of a URL for messages.
func redact(s string) string {
	if u, err := url.Parse(s); err == nil && u.User != nil {
		return u.Redacted()
	}
	return s
}
