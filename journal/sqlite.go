package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID marks the file as a journal ("Corr"), so that file(1) and SQLite's tools tell it from others.
const applicationID = 0x436f7272

// pageBytes is the size of SQLite's own pages: measured, larger ones write more for small pages and gain nothing for big ones.
const pageBytes = 4096

// insertSQLite appends a row if the row before it is the one that the page names.
const insertSQLite = `INSERT INTO page (number, header, signature, hashes, entries, bodies)
SELECT $1, $2, $3, $4, $5, $6 WHERE $1 = 0 OR EXISTS (SELECT 1 FROM page WHERE number = $1 - 1 AND substr(hashes, 1, 32) = $7)`

// sqliteEngine keeps the journal in one SQLite file: write-ahead log, a sync for each commit.
//
// There is one connection that writes, some that read, and one that copies the write-ahead log into the database in the background, so that
// no append waits for that copy. Only when the log has grown past restartBytes the writer waits once for the rest of it.
type sqliteEngine struct {
	path      string
	log       *slog.Logger
	write     *sql.DB
	read      *sql.DB
	copy      *sql.DB // for checkpoints
	inserting *sql.Stmt

	mu      sync.Mutex // held over a write
	restart int        // size of the write-ahead log at which it begins anew
	since   int        // bytes written since the last checkpoint was asked for
	wanted  chan struct{}
	closing chan struct{}
	ended   chan struct{}
}

func openSQLite(ctx context.Context, path string, o Options) (*sqliteEngine, error) {
	if path == "" {
		return nil, errors.New("the path of the SQLite file is empty: give for example sqlite:journal.db")
	}
	fresh, err := prepareFile(path, o.ReadOnly)
	if err != nil {
		return nil, err
	}
	// fdatasync is as durable as fsync, and spares the file system's journal the time stamps; where there is none the call stays off.
	_, _ = sqlite.Fdatasync(true)
	e := &sqliteEngine{path: path, log: o.Log, restart: restartBytes, wanted: make(chan struct{}, 1), closing: make(chan struct{}), ended: make(chan struct{})}
	if o.ReadOnly {
		close(e.ended)
		return e, e.orClose(e.startReading(ctx))
	}
	e.write = openDB(path, 1, busyTimeout, "mode=rw", fmt.Sprintf("page_size(%d)", pageBytes), "journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(0)", "cache_size(-8000)")
	e.copy = openDB(path, 1, restartPatience, "mode=rw", "synchronous(FULL)", "wal_autocheckpoint(0)")
	e.read = openDB(path, readers, busyTimeout, "mode=rw", "query_only(1)")
	go e.checkpoints()
	return e, e.orClose(e.start(ctx, fresh))
}

// startReading opens the file to read only. On a medium that takes no writes at all SQLite needs to be told that nobody writes.
func (e *sqliteEngine) startReading(ctx context.Context) error {
	e.read = openDB(e.path, readers, busyTimeout, "mode=ro", "query_only(1)")
	err := e.checkFile(ctx)
	var s *sqlite.Error
	if !errors.As(err, &s) || s.Code()&0xff != sqlite3.SQLITE_CANTOPEN {
		return err
	}
	if info, statErr := os.Stat(e.path + "-wal"); statErr == nil && info.Size() > 0 {
		return fmt.Errorf("the newest pages are in %s-wal: copy both files to a place that takes writes, and open them there (%w)", e.path, err)
	}
	e.read.Close()
	e.read = openDB(e.path, readers, busyTimeout, "mode=ro&immutable=1")
	return e.checkFile(ctx)
}

// orClose closes what was opened when opening failed.
func (e *sqliteEngine) orClose(err error) error {
	if err != nil {
		return errors.Join(e.explain(err), e.close())
	}
	return nil
}

// prepareFile creates the file with owner-only rights: SQLite gives the same rights to the files beside it.
func prepareFile(path string, readOnly bool) (fresh bool, err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return false, fmt.Errorf("it is a folder: give the path of a file in it, for example %s", filepath.Join(path, "journal.db"))
	case err == nil:
		return info.Size() == 0 && !readOnly, nil
	case !errors.Is(err, fs.ErrNotExist):
		return false, err
	case readOnly:
		return false, fmt.Errorf("%w: there is no file %s", ErrNoJournal, path)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("the folder of %s does not exist: create it first", path)
	}
	if err != nil {
		return false, err
	}
	return true, errors.Join(f.Sync(), f.Close(), syncFolder(filepath.Dir(path)))
}

// syncFolder makes a new file's name durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func openDB(path string, connections int, patience time.Duration, mode string, pragmas ...string) *sql.DB {
	q := url.Values{}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()))
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + mode + "&" + q.Encode()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		panic("journal: the driver refuses its own form of a name: " + err.Error())
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// start makes the tables in a new file and checks those of an old one.
func (e *sqliteEngine) start(ctx context.Context, fresh bool) error {
	var err error
	if fresh {
		err = e.create(ctx)
	}
	if checked := e.checkFile(ctx); checked != nil {
		return errors.Join(err, checked)
	}
	// Another process may have made the tables meanwhile: then the error of the own try says nothing.
	e.inserting, err = e.write.PrepareContext(ctx, insertSQLite)
	return err
}

func (e *sqliteEngine) create(ctx context.Context) error {
	return e.change(ctx, func(tx execer) error {
		if err := create(ctx, tx, "INTEGER", "BLOB"); err != nil {
			return err
		}
		_, err := tx.exec(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, schemaVersion))
		return err
	})
}

// checkFile refuses a file that is not a journal, or one that this program does not understand.
func (e *sqliteEngine) checkFile(ctx context.Context) error {
	var id, version int64
	if err := e.read.QueryRowContext(ctx, "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version").Scan(&id, &version); err != nil {
		return err
	}
	if id != applicationID {
		return fmt.Errorf("%w: %s is a SQLite file of another program", ErrNoJournal, e.path)
	}
	return checkVersion(version)
}

func (e *sqliteEngine) reader() *sql.DB { return e.read }

// insert cannot be interrupted: a local write ends soon or with an error, and then it is known.
func (e *sqliteEngine) insert(ctx context.Context, r *row) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	result, err := e.inserting.ExecContext(context.WithoutCancel(ctx), int64(r.number), r.header, r.signature, r.hashes, r.entries, r.bodies, r.previous[:])
	if isTaken(err) {
		return errTaken
	}
	if err != nil {
		return e.explain(err)
	}
	e.grown(len(r.entries) + len(r.bodies) + 4*pageBytes)
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("the page before is not in the journal any more: %w", errors.Join(ErrOrder, err))
	}
	return nil
}

func isTaken(err error) bool {
	var s *sqlite.Error
	return errors.As(err, &s) && s.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// confirm has nothing to do: SQLite shows a commit to readers after its sync.
func (e *sqliteEngine) confirm(context.Context) error { return nil }

func (e *sqliteEngine) change(ctx context.Context, do func(execer) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	tx, err := e.write.BeginTx(ctx, nil)
	if err != nil {
		return e.explain(err)
	}
	t := &sqliteTx{tx: tx}
	if err := do(t); err != nil {
		return errors.Join(e.explain(err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return e.explain(err)
	}
	e.grown(t.bytes)
	return nil
}

type sqliteTx struct {
	tx    *sql.Tx
	bytes int
}

func (t *sqliteTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	for _, a := range args {
		if b, ok := a.([]byte); ok {
			t.bytes += len(b)
		}
	}
	t.bytes += pageBytes
	result, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// grown asks for a checkpoint once enough was written.
func (e *sqliteEngine) grown(bytes int) {
	e.since += bytes
	if e.since < checkpointBytes {
		return
	}
	e.since = 0
	select {
	case e.wanted <- struct{}{}:
	default: // one is under way; the next will take this too
	}
}

// checkpoints copies the write-ahead log into the database until the journal is closed.
func (e *sqliteEngine) checkpoints() {
	defer close(e.ended)
	for {
		select {
		case <-e.wanted:
		case <-e.closing:
			return
		}
		frames, err := e.checkpoint("PASSIVE")
		if err == nil && frames*pageBytes > e.restart {
			e.mu.Lock()
			_, err = e.checkpoint("RESTART")
			e.mu.Unlock()
		}
		if err != nil {
			e.log.Warn("journal: the write-ahead log could not be copied into the database", "path", e.path, "error", e.explain(err))
		}
	}
}

// checkpoint returns how many frames the log has.
func (e *sqliteEngine) checkpoint(mode string) (frames int, err error) {
	var busy, copied int
	err = e.copy.QueryRow("PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &frames, &copied)
	return frames, err
}

func (e *sqliteEngine) durability(ctx context.Context) (string, error) {
	db := e.write
	if db == nil {
		db = e.read
	}
	var mode, synchronous string
	if err := db.QueryRowContext(ctx, "SELECT journal_mode, synchronous FROM pragma_journal_mode, pragma_synchronous").Scan(&mode, &synchronous); err != nil {
		return "", e.explain(err)
	}
	if e.write == nil {
		return fmt.Sprintf("sqlite %s, opened read-only", mode), nil
	}
	names := map[string]string{"0": "OFF", "1": "NORMAL", "2": "FULL", "3": "EXTRA"}
	return fmt.Sprintf("sqlite %s synchronous=%s", mode, names[synchronous]), nil
}

func (e *sqliteEngine) close() error {
	close(e.closing)
	<-e.ended
	var errs []error
	for _, db := range []*sql.DB{e.read, e.copy, e.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// explain adds to SQLite's words what to do.
func (e *sqliteEngine) explain(err error) error {
	var s *sqlite.Error
	if !errors.As(err, &s) || isAdvised(err) {
		return err
	}
	advice := ""
	switch s.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		advice = "the disk is full: make room on the file system of " + e.path + ", the journal goes on by itself then"
	case sqlite3.SQLITE_READONLY:
		advice = "the file or its file system is read-only: check the owner of " + e.path + " and how its file system is mounted"
	case sqlite3.SQLITE_IOERR:
		advice = "the disk failed: see the system's log for the device of " + e.path + ", and restore from a stand-by or an export if it is lost"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		advice = fmt.Sprintf("another process kept %s locked for more than %v: wait for it or end it", e.path, busyTimeout)
	case sqlite3.SQLITE_CANTOPEN:
		advice = "the file could not be opened: check that " + e.path + " and its folder belong to this user and are not on a read-only file system"
	case sqlite3.SQLITE_NOTADB:
		advice = e.path + " is not a SQLite file: name the journal's own file"
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if advice == "" {
		return err
	}
	return &advised{advice, err}
}
