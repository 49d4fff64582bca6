package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// dialect is what differs between the two databases; everything else is the same SQL.
type dialect struct {
	postgres       bool
	integer, bytes string
	keyed          string // behind a table whose rows lie in the order of its key
	snapshot       *sql.TxOptions
	insertRows     int  // rows of one statement
	groups         bool // the database groups many rows faster than they are read one by one
}

func sqliteDialect() dialect {
	return dialect{integer: "INTEGER", bytes: "BLOB", keyed: " WITHOUT ROWID", insertRows: 32}
}

func postgresDialect() dialect {
	return dialect{postgres: true, integer: "bigint", bytes: "bytea", insertRows: 128, groups: true,
		snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}}
}

// openSQLite opens or makes the file. A crash of the machine may lose the newest transactions, never their order: what is
// lost is read from the journal again.
func (a *Archive) openSQLite(ctx context.Context, path string, readOnly bool) error {
	a.dialect = sqliteDialect()
	if path == "" {
		return errors.New("the path of the SQLite file is empty: give for example sqlite:archive.db")
	}
	_, err := os.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh && readOnly {
		return fmt.Errorf("%w: there is no file %s", ErrNoArchive, path)
	}
	if !readOnly {
		if fresh {
			f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600) // payments are nobody else's business
			if err != nil {
				return fmt.Errorf("the file cannot be made, does its folder exist? %w", err)
			}
			f.Close()
		}
		a.write = openFile(path, "rw", 1, "journal_mode(WAL)", "synchronous(NORMAL)", "wal_autocheckpoint(8000)", "cache_size(-131072)", "temp_store(2)")
		if err := a.prepare(ctx); err != nil {
			return err
		}
	}
	mode := "rw" // a reader in write-ahead mode writes to the index beside the file
	if readOnly {
		mode = "ro"
	}
	a.read = openFile(path, mode, readers, "query_only(1)", "cache_size(-131072)", "temp_store(2)", "mmap_size(17179869184)")
	return a.checkTables(ctx)
}

func openFile(path, mode string, connections int, pragmas ...string) *sql.DB {
	q := url.Values{"mode": {mode}}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()))
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		panic("archive: the driver refuses its own form of a name: " + err.Error())
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// openPostgres opens or makes the tables in a schema, by default "corridor_archive". What is lost in a crash of the server
// is read from the journal again, so that no commit waits for a disk.
func (a *Archive) openPostgres(ctx context.Context, url string, readOnly bool) error {
	a.dialect = postgresDialect()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("the URL is not understood, give for example postgres://user@host/database: %w", err)
	}
	set := config.RuntimeParams
	for name, value := range map[string]string{"application_name": "corridor archive", "search_path": "corridor_archive", "synchronous_commit": "off"} {
		if set[name] == "" {
			set[name] = value
		}
	}
	if !schemaName.MatchString(set["search_path"]) {
		return fmt.Errorf("search_path %q: name one schema, in small letters", set["search_path"])
	}
	open := func(connections int) *sql.DB {
		db := stdlib.OpenDB(*config)
		db.SetMaxOpenConns(connections)
		db.SetMaxIdleConns(connections)
		return db
	}
	if !readOnly {
		a.write = open(1)
		if _, err := a.write.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS "`+set["search_path"]+`"`); err != nil {
			return err
		}
		if err := a.prepare(ctx); err != nil {
			return err
		}
	}
	a.read = open(readers)
	return a.checkTables(ctx)
}

// prepare makes the tables where there are none.
func (a *Archive) prepare(ctx context.Context) error {
	return a.change(ctx, func(tx *sql.Tx) error {
		var n int
		question := "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'facts'"
		if a.dialect.postgres {
			question = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'facts'"
		}
		if err := tx.QueryRowContext(ctx, question).Scan(&n); err != nil || n > 0 {
			return err
		}
		return a.create(ctx, tx)
	})
}

// checkTables refuses what is no archive of this version.
func (a *Archive) checkTables(ctx context.Context) error {
	var version int64
	if err := a.read.QueryRowContext(ctx, "SELECT version FROM facts").Scan(&version); err != nil {
		return fmt.Errorf("%w (%w)", ErrNoArchive, err)
	}
	return checkVersion(version)
}

// by makes SQLite take an index that it would not choose: it does not know how few rows a partial index has.
func (d *dialect) by(index string) string {
	if d.postgres || index == "" {
		return ""
	}
	return " INDEXED BY " + index
}

// contains is a condition that a column holds a text, any text.
func (d *dialect) contains(column, text string) string {
	quoted := "'" + strings.ReplaceAll(clean(text), "'", "''") + "'"
	if d.postgres {
		return "strpos(" + column + ", " + quoted + ") > 0"
	}
	return "instr(" + column + ", " + quoted + ") > 0"
}
