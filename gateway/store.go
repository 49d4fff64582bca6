package gateway

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/session"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// store is what one terminal keeps: what it sent until and after it was answered, what it received, and the numbers.
// All writes go through one goroutine (writer.go) that makes many of them durable together.
type store struct {
	db   *sql.DB // the writer's connection
	read *sql.DB
	lock *sql.DB
	jobs chan *job
	done chan struct{}
	quit chan struct{}

	numbers                                                  numbers
	signer                                                   session.Signer
	frame                                                    int                        // most messages under one signature
	signers                                                  map[corridor.Digest][]byte // certificates that signed what is in the store
	insertOut, insertIn, answerOut, insertFrame, answerFrame *sql.Stmt
}

// numbers are the writer's own: they change only with a commit.
type numbers struct {
	last       corridor.ISN
	lastStored corridor.OSN
}

// identity is whose store it is.
type identity struct {
	network corridor.Network
	lt      corridor.LT
}

// storeFile and lockFile name a terminal's files in the gateway's folder.
func storeFile(dir string, lt corridor.LT) string { return filepath.Join(dir, string(lt)+".db") }
func lockFile(dir string, lt corridor.LT) string  { return filepath.Join(dir, string(lt)+".lock") }

// ErrHeld says that another gateway runs on this store.
var ErrHeld = errors.New("another gateway is running on this store")

// openStore opens or makes the terminal's store and holds its lock until close. New messages are signed by signer, up to frame
// of them together.
func openStore(dir string, id identity, signer session.Signer, frame int) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("gateway store: %w", err)
	}
	s := &store{signer: signer, frame: frame, signers: map[corridor.Digest][]byte{}, jobs: make(chan *job, maxJobs), done: make(chan struct{}), quit: make(chan struct{})}
	if err := s.openFiles(dir, id); err != nil {
		s.closeFiles()
		return nil, err
	}
	go s.write()
	return s, nil
}

func (s *store) openFiles(dir string, id identity) (err error) {
	if s.lock, err = holdLock(lockFile(dir, id.lt), lockTimeout); err != nil {
		return err
	}
	path := storeFile(dir, id.lt)
	if s.db, err = openDatabase(path, "rwc"); err != nil {
		return err
	}
	if err = upgrade(s.db, path); err != nil {
		return err
	}
	if err = s.identify(path, id); err != nil {
		return err
	}
	if err = s.readSigners(); err != nil {
		return fmt.Errorf("gateway store %s: %w", path, err)
	}
	if err = s.prepare(); err != nil {
		return err
	}
	s.read, err = openDatabase(path, "ro")
	return err
}

// openDatabase opens SQLite so that a commit is durable when it returns.
func openDatabase(path, mode string) (*sql.DB, error) {
	q := url.Values{"mode": {mode}, "_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(" + strconv.Itoa(int(busyTimeout.Milliseconds())) + ")", "journal_mode(WAL)", "synchronous(FULL)"}}
	if mode == "ro" {
		q["_pragma"] = q["_pragma"][:1]
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("gateway store %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if mode == "ro" {
		db.SetMaxOpenConns(readers)
	}
	if err := db.Ping(); err != nil {
		db.Close()
		return nil, fmt.Errorf("gateway store %s: %w", path, err)
	}
	return db, nil
}

// holdLock takes the write lock of a small database beside the store. The operating system frees it when the process ends,
// however it ends.
func holdLock(path string, wait time.Duration) (*sql.DB, error) {
	db, err := sql.Open("sqlite", fmt.Sprintf("file:%s?_pragma=busy_timeout(%d)", (&url.URL{Path: path}).EscapedPath(), wait.Milliseconds()))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err = db.Exec("BEGIN EXCLUSIVE"); err != nil {
		db.Close()
		if isBusy(err) {
			return nil, fmt.Errorf("%w (lock %s): stop the other one, or give this one another store", ErrHeld, path)
		}
		return nil, fmt.Errorf("gateway lock %s: %w", path, err)
	}
	return db, nil
}

// running reports whether a gateway holds the terminal's store.
func running(dir string, lt corridor.LT) (bool, error) {
	if _, err := os.Stat(lockFile(dir, lt)); err != nil {
		return false, nil
	}
	l, err := holdLock(lockFile(dir, lt), 0)
	if errors.Is(err, ErrHeld) {
		return true, nil
	}
	if err == nil {
		l.Close()
	}
	return false, err
}

// upgrade carries the schema to this program's version in one transaction.
func upgrade(db *sql.DB, path string) error {
	var v int
	if err := db.QueryRow("PRAGMA user_version").Scan(&v); err != nil {
		return fmt.Errorf("gateway store %s: %w", path, err)
	}
	if v > schemaVersion {
		return fmt.Errorf("gateway store %s has version %d, this program knows up to %d: use the program that wrote it or a later one", path, v, schemaVersion)
	}
	if v == schemaVersion {
		return nil
	}
	tx, err := db.Begin()
	if err != nil {
		return fmt.Errorf("gateway store %s: %w", path, err)
	}
	defer tx.Rollback()
	for _, step := range upgrades()[v:] {
		if _, err := tx.Exec(step); err != nil {
			return fmt.Errorf("gateway store %s: upgrade from version %d: %w", path, v, err)
		}
	}
	if _, err := tx.Exec("PRAGMA user_version = " + strconv.Itoa(schemaVersion)); err != nil {
		return err
	}
	return tx.Commit()
}

// identify reads whose store it is, or says so in a new one.
func (s *store) identify(path string, id identity) error {
	if _, err := s.db.Exec(`INSERT OR IGNORE INTO identity VALUES (1, ?, ?, 0, 0, NULL)`, string(id.network), string(id.lt)); err != nil {
		return fmt.Errorf("gateway store %s: %w", path, err)
	}
	var network, lt string
	err := s.db.QueryRow(`SELECT network, lt, last_number, last_stored FROM identity`).Scan(&network, &lt, &s.numbers.last, &s.numbers.lastStored)
	if err != nil {
		return fmt.Errorf("gateway store %s: %w", path, err)
	}
	if network != string(id.network) || lt != string(id.lt) {
		return fmt.Errorf("gateway store %s belongs to %s in network %s, not to %s in %s: give each terminal and network its own folder", path, lt, network, id.lt, id.network)
	}
	return nil
}

// readSigners reads the certificates of all keys that have signed here and adds the one in use.
func (s *store) readSigners() error {
	c := s.signer.Certificate()
	if _, err := s.db.Exec(`INSERT OR IGNORE INTO signer VALUES (?, ?)`, c.ID[:], c.DER); err != nil {
		return err
	}
	rows, err := s.db.Query(`SELECT id, der FROM signer`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, der []byte
		if err := rows.Scan(&id, &der); err != nil {
			return err
		}
		s.signers[corridor.Digest(id)] = der
	}
	return rows.Err()
}

func (s *store) prepare() (err error) {
	for _, p := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&s.insertOut, insertOut}, {&s.insertIn, insertIn}, {&s.answerOut, answerOut}, {&s.insertFrame, insertFrame}, {&s.answerFrame, answerFrame},
	} {
		if *p.to, err = s.db.Prepare(p.query); err != nil {
			return fmt.Errorf("gateway store: %w", err)
		}
	}
	return nil
}

// close lets the writer finish what is queued and closes the files.
func (s *store) close() {
	close(s.quit)
	<-s.done
	s.closeFiles()
}

func (s *store) closeFiles() {
	for _, db := range []*sql.DB{s.read, s.db, s.lock} {
		if db != nil {
			db.Close()
		}
	}
}

// position is what a login needs to know of the store.
type position struct {
	lastSent, lastAnswered corridor.ISN
	lastStored             corridor.OSN
	checkpoint             []byte
}

// position reads what a login needs to know.
func (s *store) position(ctx context.Context) (p position, err error) {
	var lowest sql.NullInt64
	err = s.read.QueryRowContext(ctx, `SELECT last_number, last_stored, checkpoint, (SELECT min(number) FROM outbox WHERE state = 0) FROM identity`).
		Scan(&p.lastSent, &p.lastStored, &p.checkpoint, &lowest)
	p.lastAnswered = p.lastSent
	if lowest.Valid {
		p.lastAnswered = corridor.ISN(lowest.Int64 - 1)
	}
	return p, err
}
