package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
)

// Options says how to open a journal; the zero value opens it to write and creates it where there is none.
type Options struct {
	ReadOnly bool         // read only; there must be a journal
	Log      *slog.Logger // what the journal does by itself and could not; nil for nowhere
}

// Journal is one network's pages. It is safe for concurrent use; pages are appended one after the other.
type Journal struct {
	url      string
	engine   engine
	readOnly bool

	mu    sync.Mutex // held over an append
	known bool       // head and log are those of the database, as far as this process knows
	head  Head
	log   *evidence.Log

	wake    sync.Mutex
	changed chan struct{} // closed when a page was appended here
	done    chan struct{} // closed by Close
}

// Head is the newest page; Pages is 0 and the rest is zero if there is none.
type Head struct {
	Pages  uint64 // how many there are; the newest has number Pages-1
	Number uint64
	Hash   corridor.Digest
}

// Open opens the journal at a URL: the path of a SQLite file, sqlite:PATH, or postgres://user@host/database (several hosts with
// commas for a primary and its stand-bys).
func Open(ctx context.Context, url string, o Options) (*Journal, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	j := &Journal{url: url, readOnly: o.ReadOnly, changed: make(chan struct{}), done: make(chan struct{})}
	var err error
	if IsPostgres(url) {
		j.engine, err = openPostgres(ctx, url, o)
	} else {
		j.engine, err = openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"), o)
	}
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", redact(url), err)
	}
	if o.ReadOnly {
		return j, nil // a damaged journal must open to be checked
	}
	if err := j.refresh(ctx); err != nil {
		return nil, errors.Join(err, j.engine.close())
	}
	return j, nil
}

// IsPostgres reports a URL that names a PostgreSQL database.
func IsPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// Close ends followers and closes the database.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed() {
		return nil
	}
	close(j.done)
	return j.engine.close()
}

func (j *Journal) closed() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

// Durability says what a durable page survives: the database, its settings and its stand-bys.
func (j *Journal) Durability(ctx context.Context) (string, error) { return j.engine.durability(ctx) }

// Append makes a page durable. When it returns nil the page survives a crash of this program, of the machine, and of the disks
// that Durability names; when it returns an error nobody may be told of the page.
//
// A leader that appends a page whose number another has written gets ErrFenced. When the database does not say whether it
// wrote the page, the page is read back and compared; ErrInDoubt is returned only if that fails too.
func (j *Journal) Append(ctx context.Context, p *Page) error {
	if j.readOnly {
		return ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("page %d was not written: %w", p.Header.Number, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed() {
		return errors.New("the journal was closed")
	}
	ctx, cancel := patient(ctx)
	defer cancel()
	written, err := j.follows(ctx, p)
	if written || err != nil {
		return err
	}
	log := j.log.Clone()
	r := &row{p.Header.Number, p.Stored, p.Signature, nextHashes(log, p.Hash()), p.Entries, p.Bodies, p.Header.Previous}
	j.known = false
	if err := j.engine.insert(ctx, r); err != nil {
		if err := j.settle(ctx, p, err); err != nil {
			return err
		}
	}
	j.known, j.log, j.head = true, log, Head{log.Size(), p.Header.Number, p.Hash()}
	j.announce()
	return nil
}

// follows asserts that a page is whole and the one after the head, or reports that it is written already.
func (j *Journal) follows(ctx context.Context, p *Page) (written bool, err error) {
	if h, err := evidence.DecodeHeader(p.Stored); err != nil || h != p.Header || len(p.Entries) == 0 || len(p.Bodies) == 0 || len(p.Signature) != corridor.SignatureSize {
		return false, fmt.Errorf("page %d is not sealed: %w", p.Header.Number, errors.Join(ErrOrder, err))
	}
	if !j.known || p.Header.Number != j.head.Pages || p.Header.Previous != j.head.Hash {
		if err := j.refresh(ctx); err != nil {
			return false, err
		}
	}
	switch {
	case p.Header.Number < j.head.Pages:
		return true, j.compare(ctx, p)
	case p.Header.Number > j.head.Pages || p.Header.Previous != j.head.Hash:
		return false, fmt.Errorf("page %d after %x: the journal has %d pages, the newest is %x: %w", p.Header.Number, p.Header.Previous[:4], j.head.Pages, j.head.Hash[:4], ErrOrder)
	}
	return false, nil
}

// patient is the context of a write: it outlives its caller's by doubtGrace, so that the end of what was begun is heard.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), doubtTimeout)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(doubtGrace, cancel) })
	return own, func() { stop(); cancel() }
}

// settle finds out whether a page was written in spite of an error.
func (j *Journal) settle(ctx context.Context, p *Page, cause error) error {
	if errors.Is(cause, ErrInDoubt) {
		return fmt.Errorf("page %d: %w", p.Header.Number, cause)
	}
	giveUp := time.After(doubtGrace)
	for {
		err := j.compare(ctx, p)
		switch {
		case errors.Is(err, ErrNoPage):
			return fmt.Errorf("page %d was not written: %w", p.Header.Number, cause)
		case err == nil, errors.Is(err, ErrFenced), errors.Is(err, ErrInDoubt):
			return err
		}
		select {
		case <-time.After(retryPause):
		case <-giveUp:
			return fmt.Errorf("page %d: %w: %w; then %w", p.Header.Number, ErrInDoubt, cause, err)
		}
	}
}

// compare reads the page of that number back: nil if it is this one, ErrFenced if it is another's.
func (j *Journal) compare(ctx context.Context, p *Page) error {
	var header, signature []byte
	err := j.engine.reader().QueryRowContext(ctx, "SELECT header, signature FROM page WHERE number = $1", int64(p.Header.Number)).Scan(&header, &signature)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrNoPage
	case err != nil:
		return j.engine.explain(err)
	case string(header) != string(p.Stored):
		return fmt.Errorf("page %d: %w", p.Header.Number, ErrFenced)
	}
	return j.engine.confirm(ctx)
}

// refresh reads the head that the database has.
func (j *Journal) refresh(ctx context.Context) error {
	head, err := j.Head(ctx)
	if err != nil {
		return err
	}
	log, err := j.Log(ctx, head.Pages)
	if err != nil {
		return err
	}
	j.head, j.log, j.known = head, log, true
	return nil
}

// Head reads the newest page's number and hash from the database.
func (j *Journal) Head(ctx context.Context) (Head, error) {
	r := row{}
	var number int64
	err := j.engine.reader().QueryRowContext(ctx, "SELECT "+columns+" FROM page ORDER BY number DESC LIMIT 1").Scan(&number, &r.header, &r.signature, &r.hashes)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, j.engine.explain(err)
	}
	r.number = uint64(number)
	p, err := r.page()
	if err != nil {
		return Head{}, fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	return Head{r.number + 1, r.number, p.Hash()}, nil
}

// Read reads one page whole and asserts that entries and bodies are those that its header binds.
func (j *Journal) Read(ctx context.Context, number uint64) (*Page, error) {
	r := row{number: number}
	var n int64
	err := j.engine.reader().QueryRowContext(ctx, "SELECT "+columns+", entries, bodies FROM page WHERE number = $1", int64(number)).
		Scan(&n, &r.header, &r.signature, &r.hashes, &r.entries, &r.bodies)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("page %d: %w", number, ErrNoPage)
	}
	if err != nil {
		return nil, fmt.Errorf("page %d: %w", number, j.engine.explain(err))
	}
	p, err := r.page()
	if err == nil {
		err = p.verify()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	return p, nil
}

// announce wakes the followers of this process.
func (j *Journal) announce() {
	j.wake.Lock()
	close(j.changed)
	j.changed = make(chan struct{})
	j.wake.Unlock()
}

func (j *Journal) nextChange() <-chan struct{} {
	j.wake.Lock()
	defer j.wake.Unlock()
	return j.changed
}
