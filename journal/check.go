package journal

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
)

// CheckOptions says against what a journal is checked.
type CheckOptions struct {
	// HubKey gives the public key of a hub's certificate if the network's authority vouches for it at that time; see pki.Root.Hub.
	// Without it the certificates that stand in the journal are taken as they are: whoever can write the whole journal anew goes unnoticed.
	HubKey func(der []byte, at time.Time) (ed25519.PublicKey, error)
	// Checkpoint is a head that someone else has kept: the journal must have it in its history. Zero for none.
	Checkpoint evidence.Checkpoint
	// Progress is told now and then how many pages are checked. It may be nil.
	Progress func(pages uint64)
	// Page is given each page once it holds, in order; its error ends the check. It may be nil.
	Page func(p *Page) error
}

// Report is what a check found whole.
type Report struct {
	Network      corridor.Network
	First        uint64 // number of the first page: 0 but for an export
	Pages        uint64
	Head         corridor.Digest // hash of the newest page
	Root         corridor.Digest // of the log of checkpoints over all pages, if the first is page 0
	Terms        uint64          // the newest
	Entries      uint64
	Pruned       uint64 // the pages before have header, signature and hashes only
	Snapshots    int
	Redaction    *Redaction // of a redacted export
	Authority    bool       // the hub's certificates were checked against the network's root certificate
	Start, Until time.Time
}

// BadPage is the first page that is not what it should be.
type BadPage struct {
	Number uint64
	What   string
	Err    error // the cause, if there is one
}

func (b *BadPage) Error() string {
	if b.Err != nil {
		return fmt.Sprintf("page %d is damaged: %s: %v", b.Number, b.What, b.Err)
	}
	return fmt.Sprintf("page %d is damaged: %s", b.Number, b.What)
}

func (b *BadPage) Unwrap() []error { return []error{ErrDamaged, b.Err} }

// BadPageOf is the number of the page that an error of a check names, or nil.
func BadPageOf(err error) *uint64 {
	var b *BadPage
	if !errors.As(err, &b) {
		return nil
	}
	return &b.Number
}

// Check reads all pages and verifies chain, signatures, entries, bodies and hashes, and then the snapshots. A *BadPage names
// the first page that is not whole; other errors say that the check could not be made.
func (j *Journal) Check(ctx context.Context, o CheckOptions) (Report, error) {
	c := checker{options: o, log: &evidence.Log{}, pruned: func() (uint64, error) { return j.Pruned(ctx) }}
	c.report.Authority = o.HubKey != nil
	head, headErr := j.Head(ctx)
	last := head.Number
	if headErr != nil {
		last = ToEnd // the newest page is damaged, but maybe not the first that is
	}
	for r, err := range j.rows(ctx, 0, last, Whole) {
		if err != nil {
			return c.report, j.badRead(ctx, c.report.Pages, err)
		}
		if err := c.row(r); err != nil {
			return c.report, err
		}
		if o.Progress != nil {
			o.Progress(c.report.Pages)
		}
	}
	if headErr != nil {
		return c.report, headErr
	}
	if c.report.Pages < head.Pages {
		return c.report, &BadPage{c.report.Pages, "it is missing", nil}
	}
	if err := c.end(); err != nil {
		return c.report, err
	}
	return c.report, j.checkSnapshots(ctx, &c.report)
}

// badRead tells a page that the database cannot read from a database that does not answer.
func (j *Journal) badRead(ctx context.Context, from uint64, err error) error {
	if ctx.Err() != nil || !errors.Is(err, ErrDamaged) {
		return err
	}
	// The run of rows failed as a whole: read on one by one, to name the page.
	for number := from; ; number++ {
		_, err := j.Read(ctx, number)
		switch {
		case errors.Is(err, ErrNoPage):
			return &BadPage{number, "it is missing", nil}
		case err != nil:
			return &BadPage{number, "it cannot be read", err}
		}
	}
}

// checker goes through the pages in order.
type checker struct {
	options CheckOptions
	report  Report
	log     *evidence.Log // over all pages, if the first is page 0
	before  *Page
	hub     ed25519.PublicKey
	pruned  func() (uint64, error) // asked when a page is not whole: a prune may be under way
}

// row checks a page as it is stored, and its hashes for the log of checkpoints.
func (c *checker) row(r *row) error {
	number := c.report.First + c.report.Pages
	if r.number != number {
		return &BadPage{number, fmt.Sprintf("it is missing, the next one is page %d", r.number), nil}
	}
	p, err := r.page()
	if err == nil {
		err = p.verify()
	}
	if err != nil {
		return &BadPage{number, "it is not what was signed", err}
	}
	if !bytes.Equal(r.hashes, nextHashes(c.log.Clone(), p.Hash())) {
		return &BadPage{number, "its hashes for the log of checkpoints are wrong", nil}
	}
	return c.page(p)
}

// page checks a page that is what its header binds.
func (c *checker) page(p *Page) error {
	c.log.Add(p.Hash())
	for _, step := range []func(*Page) error{c.follows, c.whole, c.signed, c.checkpoint} {
		if err := step(p); err != nil {
			return &BadPage{p.Header.Number, "it does not hold", err}
		}
	}
	c.before = p
	c.report.Pages++
	c.report.Head, c.report.Until = p.Hash(), p.Header.At()
	c.report.Entries += uint64(p.Header.Entries)
	if c.options.Page != nil {
		return c.options.Page(p)
	}
	return nil
}

// begin sets what pages before an export's first one would have said.
func (c *checker) begin(p *Page, certificate []byte) error {
	c.report.First = p.Header.Number
	if len(certificate) == 0 {
		return nil
	}
	key, err := c.key(certificate, p.Header.At())
	if err != nil {
		return &BadPage{p.Header.Number, "the certificate of the hub before it", err}
	}
	c.hub, c.report.Terms = key, p.Header.Term
	return nil
}

// follows checks what a header says of the one before.
func (c *checker) follows(p *Page) error {
	h := &p.Header
	if c.before == nil {
		c.report.Network, c.report.Start = h.Network, h.At()
		if h.Number == 0 && !h.Previous.IsZero() {
			return errors.New("it is the first page and names one before it")
		}
		return nil
	}
	last := &c.before.Header
	switch {
	case h.Previous != c.before.Hash():
		return errors.New("it does not name the page before it")
	case h.Network != last.Network:
		return fmt.Errorf("it is of the network %s, the page before of %s", h.Network, last.Network)
	case h.Time < last.Time:
		return errors.New("its time is before that of the page before")
	case h.Term < last.Term:
		return errors.New("its term is before that of the page before")
	}
	return nil
}

// whole checks that nothing is gone but by a prune.
func (c *checker) whole(p *Page) (err error) {
	if len(p.Entries) > 0 && len(p.Bodies) > 0 {
		return nil
	}
	if p.Header.Number >= c.report.Pruned {
		if c.report.Pruned, err = c.pruned(); err != nil {
			return err
		}
	}
	switch {
	case p.Header.Number < c.report.Pruned:
		return nil
	case len(p.Entries) == 0:
		return errors.New("its entries are gone, and it was not pruned")
	}
	return errors.New("its frames and payloads are gone, and it was not pruned")
}

// signed checks the signature under the certificate of the term; a page that starts a term brings its own.
func (c *checker) signed(p *Page) error {
	start := termStart(p)
	if start == nil && (c.hub == nil || p.Header.Term != c.report.Terms) {
		return fmt.Errorf("it is the first of term %d and does not start it", p.Header.Term)
	}
	if start != nil {
		if start.Term != p.Header.Term || start.Network != p.Header.Network || c.hub != nil && start.Term <= c.report.Terms {
			return fmt.Errorf("it starts term %d of %s, its header says term %d of %s after %d", start.Term, start.Network, p.Header.Term, p.Header.Network, c.report.Terms)
		}
		key, err := c.key(start.Certificate, p.Header.At())
		if err != nil {
			return fmt.Errorf("the certificate of the hub: %w", err)
		}
		c.hub, c.report.Terms = key, start.Term
	}
	if !evidence.VerifyHeader(c.hub, p.Stored, p.Signature) {
		return errors.New("the signature is not the hub's")
	}
	return nil
}

func (c *checker) key(der []byte, at time.Time) (ed25519.PublicKey, error) {
	if c.options.HubKey != nil {
		return c.options.HubKey(der, at)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	key, ok := cert.PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("its key is not an Ed25519 key")
	}
	return key, nil
}

// checkpoint compares the log with the head that someone else has kept. The log has this page already.
func (c *checker) checkpoint(*Page) error {
	if k := &c.options.Checkpoint; c.report.First == 0 && k.Size == c.log.Size() && k.Root != c.log.Root() {
		return fmt.Errorf("the checkpoint of %d pages has another history", k.Size)
	}
	return nil
}

func (c *checker) end() error {
	if c.report.First > 0 {
		return nil
	}
	c.report.Root = c.log.Root()
	if k := &c.options.Checkpoint; k.Size > c.report.Pages {
		return &BadPage{c.report.Pages, fmt.Sprintf("it is missing: the checkpoint has %d pages", k.Size), nil}
	}
	return nil
}

func (j *Journal) checkSnapshots(ctx context.Context, r *Report) error {
	all, err := j.seals(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		if _, err := j.readSnapshot(ctx, &all[i]); err != nil {
			return err
		}
		r.Snapshots++
	}
	return nil
}
