package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// insertPostgres appends a row if the row before it is the one that the page names.
const insertPostgres = `INSERT INTO page (number, header, signature, hashes, entries, bodies)
SELECT $1::bigint, $2::bytea, $3::bytea, $4::bytea, $5::bytea, $6::bytea
WHERE $1::bigint = 0 OR EXISTS (SELECT FROM page WHERE number = $1::bigint - 1 AND substr(hashes, 1, 32) = $7::bytea)`

// externalStorage keeps PostgreSQL from trying to compress what does not shrink.
const externalStorage = `
ALTER TABLE page ALTER COLUMN entries SET STORAGE EXTERNAL, ALTER COLUMN bodies SET STORAGE EXTERNAL;
ALTER TABLE snapshot_part ALTER COLUMN state SET STORAGE EXTERNAL;
`

// createLock is the advisory lock under which the tables are made ("Corr").
const createLock = 0x436f7272

// postgresEngine keeps the journal in a schema of a PostgreSQL database, by default "corridor".
//
// A commit waits for the synchronous stand-by if the server names one. If that wait is cut short (somebody cancels it, or the server stops) PostgreSQL
// reports success with a warning: the commit is on one machine only. Such a success counts as in doubt here, until a
// later commit has reached the stand-by, and with it all before.
type postgresEngine struct {
	db *sql.DB // look-ups and small changes

	mu        sync.Mutex // held over an insert
	config    *pgx.ConnConfig
	conn      *pgx.Conn // the one that inserts, or nil
	shortened bool      // the last commit's wait for the stand-by was cut short
}

func openPostgres(ctx context.Context, url string, o Options) (*postgresEngine, error) {
	config, err := configure(url, o)
	if err != nil {
		return nil, err
	}
	e := &postgresEngine{config: config}
	e.config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if n.SeverityUnlocalized == "WARNING" {
			e.shortened = true
		}
	}
	look := config.Copy()
	look.OnNotice = nil
	// A look-up asks each time whether its connection still lives: those of a primary that died would fail one by one.
	e.db = stdlib.OpenDB(*look, stdlib.OptionShouldPing(func(context.Context, stdlib.ShouldPingParams) bool { return true }))
	e.db.SetMaxOpenConns(readers)
	e.db.SetMaxIdleConns(readers)
	if err := e.start(ctx, o); err != nil {
		return nil, errors.Join(e.explain(err), e.close())
	}
	return e, nil
}

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// configure reads the URL and sets what the journal relies on.
func configure(url string, o Options) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the URL is not understood, give for example postgres://user@host1,host2/database: %w", err)
	}
	set := config.RuntimeParams
	for name, value := range map[string]string{
		"application_name": "corridor", "search_path": "corridor", "synchronous_commit": "on",
		"statement_timeout": strconv.FormatInt(statementTimeout.Milliseconds(), 10),
	} {
		if set[name] == "" {
			set[name] = value
		}
	}
	if !schemaName.MatchString(set["search_path"]) {
		return nil, fmt.Errorf("search_path %q: name one schema, in small letters", set["search_path"])
	}
	switch set["synchronous_commit"] {
	case "on", "remote_apply", "remote_write":
	default:
		return nil, fmt.Errorf("synchronous_commit=%s would lose acknowledged messages: give on, remote_apply or remote_write, or leave it out", set["synchronous_commit"])
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if o.ReadOnly {
		set["default_transaction_read_only"] = "on"
	} else {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	return config, nil
}

// start makes the tables if there are none, and checks tables and settings.
func (e *postgresEngine) start(ctx context.Context, o Options) error {
	if !o.ReadOnly {
		if err := e.change(ctx, e.create); err != nil {
			return err
		}
	}
	var version int64
	if err := e.db.QueryRowContext(ctx, "SELECT version FROM facts").Scan(&version); err != nil {
		if codeOf(err) == "42P01" || errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%w in the schema %s of this database", ErrNoJournal, e.config.RuntimeParams["search_path"])
		}
		return err
	}
	if err := checkVersion(version); err != nil || o.ReadOnly {
		return err
	}
	var fsync string
	if err := e.db.QueryRowContext(ctx, "SHOW fsync").Scan(&fsync); err != nil {
		return err
	}
	if fsync != "on" {
		return fmt.Errorf("the server runs with fsync=%s and would lose acknowledged messages: set fsync = on in postgresql.conf", fsync)
	}
	return nil
}

func (e *postgresEngine) create(tx execer) error {
	ctx := context.Background()
	if _, err := tx.exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(createLock)); err != nil {
		return err
	}
	made, err := tx.exec(ctx, "SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'facts'", e.config.RuntimeParams["search_path"])
	if err != nil || made > 0 {
		return err
	}
	if _, err := tx.exec(ctx, `CREATE SCHEMA IF NOT EXISTS "`+e.config.RuntimeParams["search_path"]+`"`); err != nil {
		return err
	}
	if err := create(ctx, tx, "bigint", "bytea"); err != nil {
		return err
	}
	_, err = tx.exec(ctx, externalStorage)
	return err
}

func (e *postgresEngine) reader() *sql.DB { return e.db }

// insert tries until it knows. A first try whose end was not heard may be under way still: the next try waits for it at the primary
// key, and then finds its row or writes the row itself.
func (e *postgresEngine) insert(ctx context.Context, r *row) error {
	return e.until(ctx, func(ctx context.Context) error {
		written, err := e.exec(ctx, insertPostgres, int64(r.number), r.header, r.signature, r.hashes, r.entries, r.bodies, r.previous[:])
		if codeOf(err) == "23505" {
			return errTaken
		}
		if err == nil && written != 1 {
			return fmt.Errorf("the page before is not in the journal any more: %w", ErrOrder)
		}
		return err
	})
}

// confirm commits something and so waits for the stand-by to have all that was committed before.
func (e *postgresEngine) confirm(ctx context.Context) error {
	return e.until(ctx, func(ctx context.Context) error {
		_, err := e.exec(ctx, "UPDATE facts SET touched = touched + 1")
		return err
	})
}

// errShortened: committed, but maybe on this server only.
var errShortened = errors.New("the stand-by did not confirm the commit in time: check that it runs and is connected")

// until repeats a statement that may be repeated until its end is known.
func (e *postgresEngine) until(ctx context.Context, try func(context.Context) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	doubt := false
	for {
		err := try(ctx)
		switch {
		case err == nil, errors.Is(err, errTaken), errors.Is(err, ErrOrder):
			return err
		case !doubt && isRefusal(err):
			return e.explain(err)
		}
		doubt = doubt || !isRefusal(err)
		select {
		case <-time.After(retryPause):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrInDoubt, e.explain(err))
		}
	}
}

// isRefusal reports an error after which the statement certainly did nothing.
func isRefusal(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.SeverityUnlocalized == "ERROR"
	}
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || pgconn.SafeToRetry(err)
}

// exec runs a prepared statement on the connection that inserts, with a time-out of its own; it is committed when it returns nil.
func (e *postgresEngine) exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout+connectTimeout)
	defer cancel()
	if e.conn == nil || e.conn.IsClosed() {
		conn, err := pgx.ConnectConfig(ctx, e.config)
		if err != nil {
			return 0, err
		}
		e.conn = conn
	}
	e.shortened = false
	tag, err := e.conn.Exec(ctx, query, args...)
	var refused *pgconn.PgError
	if err != nil && (!errors.As(err, &refused) || refused.Code == "25006") {
		e.conn.Close(ctx) // a server that has become a stand-by is of no use either
	}
	if err == nil && e.shortened {
		return 0, errShortened
	}
	return tag.RowsAffected(), err
}

func (e *postgresEngine) change(ctx context.Context, do func(execer) error) error {
	tx, err := e.db.BeginTx(ctx, nil)
	if err != nil {
		return e.explain(err)
	}
	if err := do(&postgresTx{tx}); err != nil {
		return errors.Join(e.explain(err), tx.Rollback())
	}
	return e.explain(tx.Commit())
}

type postgresTx struct{ tx *sql.Tx }

func (t *postgresTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (e *postgresEngine) durability(ctx context.Context) (string, error) {
	var version, fsync, commit, standbys string
	err := e.db.QueryRowContext(ctx, `SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),
		current_setting('synchronous_standby_names')`).Scan(&version, &fsync, &commit, &standbys)
	if err != nil {
		return "", e.explain(err)
	}
	number, _, _ := strings.Cut(version, " ")
	return fmt.Sprintf("postgres %s fsync=%s synchronous_commit=%s synchronous_standby_names='%s'", number, fsync, commit, standbys), nil
}

func (e *postgresEngine) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var err error
	if e.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
		defer cancel()
		err = e.conn.Close(ctx)
		e.conn = nil
	}
	return errors.Join(err, e.db.Close())
}

func codeOf(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

// explain adds to PostgreSQL's words what to do.
func (e *postgresEngine) explain(err error) error {
	if isAdvised(err) {
		return err
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return &advised{"no PostgreSQL server that takes writes answers: check that one of the URL's hosts runs and is the primary", err}
	}
	advice := map[string]string{
		"53100": "the server's disk is full: make room there, the journal goes on by itself then",
		"53300": "the server has no connection left: raise max_connections or end other clients",
		"58030": "the server's disk failed: fail over to the stand-by",
		"25006": "the server takes no writes, it is a stand-by: name all hosts in the URL, and promote one",
		"42501": "the database user may not do that: let it own the schema, or let it create one",
		"57014": "the statement took too long: check the server's load and its stand-by, or give statement_timeout in the URL",
		"XX001": "",
		"XX002": "",
	}
	code := codeOf(err)
	text, known := advice[code]
	switch {
	case !known:
		return err
	case text == "":
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return &advised{text, err}
}

// redact hides the password of a URL for messages.
func redact(s string) string {
	if u, err := url.Parse(s); err == nil && u.User != nil {
		return u.Redacted()
	}
	return s
}
