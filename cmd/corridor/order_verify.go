package main

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing/verify"
)

// OrderVerifyCommand proves from a journal what orders did.
type OrderVerifyCommand struct {
	Root       string   `default:"network.pem" placeholder:"PEM" help:"The network's root certificate: everything rests on it."`
	Checkpoint []string `placeholder:"NOTE" help:"A checkpoint that an observer keeps; the journal must have it in its history. May be given more than once."`
	JSON       bool     `name:"json" help:"Print JSON."`
	Export     string   `arg:"" help:"An export of the journal from its first page, whole or redacted; or the journal: a SQLite file or postgres://user@host/database."`
	Orders     []string `arg:"" optional:"" help:"What you hold yourself: orders as documents, and acts as files."`
}

// Help shows examples.
func (OrderVerifyCommand) Help() string {
	return "Examples:\n  corridor order verify --root network.pem auditor.journal ORD-2022-003.json\n" +
		"  corridor order verify --root network.pem --checkpoint observer.note hub/journal.db *.json *.act --json\n\n" +
		"Three sentences are proven, or the record is named that breaks one: nothing passed after the fence that an order forbids; nothing else was blocked; " +
		"every message is accounted for. Signatures of officers, members and the hub are checked on the way, and each message is judged a second time by rules that " +
		"are written apart from the hub's.\n\n" +
		"Exit status: 0 all hold, 1 one does not, 2 wrong use, 3 the export could not be read."
}

// Run verifies and says what holds.
func (c OrderVerifyCommand) Run(ctx context.Context, io streams) error {
	root, err := pki.LoadRoot(c.Root)
	if err != nil {
		return fmt.Errorf("order verify: %w", err)
	}
	o := verify.Options{Root: root, Particulars: particularsOf}
	if err := c.given(&o); err != nil {
		return err
	}
	p := proof{root: root, options: o, checkpoints: newWitnesses()}
	for _, path := range c.Checkpoint {
		if err := p.checkpoints.add(path); err != nil {
			return wrongUse("order verify: %w", err)
		}
	}
	answer, err := p.run(ctx, c.Export)
	if err != nil {
		return fmt.Errorf("order verify: %w", err)
	}
	if c.JSON {
		err = printJSON(io.Out, answer)
	} else {
		err = printVerified(io.Out, answer)
	}
	if err != nil {
		return err
	}
	if !answer.Holds {
		return answerNo(nil)
	}
	return nil
}

// given reads the auditor's own orders and acts.
func (c OrderVerifyCommand) given(o *verify.Options) error {
	for _, path := range c.Orders {
		b, err := readFileUpTo(path, maxOrderFile)
		if err != nil {
			return wrongUse("order verify: %w", err)
		}
		if block, _ := pem.Decode(b); block != nil {
			act, err := readActFile(path)
			if err != nil {
				return wrongUse("order verify: %w", err)
			}
			o.Acts = append(o.Acts, act)
			continue
		}
		order, err := readDraft(path)
		if err != nil {
			return fmt.Errorf("order verify: %w", err)
		}
		document, err := order.Encode()
		if err != nil {
			return fmt.Errorf("order verify: %s: %w", path, err)
		}
		o.Orders = append(o.Orders, document)
	}
	return nil
}

// particularsOf reads a message as the hub does: what could not be read is absent.
func particularsOf(t corridor.MessageType, payload []byte) (*corridor.Particulars, error) {
	var p corridor.Particulars
	if t.IsFIN() {
		p, _ = mt.ReadParticulars(payload)
	} else {
		p, _ = mx.ReadParticulars(payload)
	}
	return &p, nil
}

// proof is one run of the verifier over a journal or an export.
type proof struct {
	root        *pki.Root
	options     verify.Options
	checkpoints *witnesses
	hubs        []*pki.HubCertificate
}

// orderProof is the answer of order verify.
type orderProof struct {
	Holds bool `json:"holds"`
	*verify.Result
	Start       string  `json:"start,omitempty"`
	Until       string  `json:"until,omitempty"`
	Redacted    string  `json:"redacted,omitempty"`
	Head        string  `json:"head,omitempty"`
	Log         string  `json:"log,omitempty"`
	Checkpoints int     `json:"checkpoints"`
	Chain       string  `json:"chain_broken,omitempty"` // why the pages themselves do not hold
	Page        *uint64 `json:"bad_page,omitempty"`
}

// run reads and checks the pages on one goroutine and follows what stands in them on another.
func (p *proof) run(ctx context.Context, source string) (*orderProof, error) {
	pool := newChecks()
	p.options.Aside = pool.add
	pages := make(chan *journal.Page, 8)
	var report journal.Report
	var chain error
	go func() {
		defer close(pages)
		report, chain = p.read(ctx, source, pages)
	}()
	var v *verify.Verifier
	var err error
	for page := range pages {
		if v == nil {
			if r := page.Redaction(); r != nil {
				p.options.For = r.For
			}
			v = verify.New(p.options)
		}
		if err == nil {
			err = v.Page(page)
		}
		if err == nil {
			p.checkpoints.page(page)
		}
	}
	pool.wait()
	switch {
	case chain != nil && !errors.Is(chain, journal.ErrDamaged) && !errors.Is(chain, journal.ErrExport):
		return nil, chain
	case err != nil:
		return nil, err
	}
	if v == nil {
		v = verify.New(p.options)
	}
	return p.answer(v.End(), &report, chain), nil
}

func (p *proof) read(ctx context.Context, source string, pages chan<- *journal.Page) (journal.Report, error) {
	o := journal.CheckOptions{HubKey: p.hubKey, Page: func(page *journal.Page) error {
		select {
		case pages <- page:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
	f, err := os.Open(source)
	if err == nil {
		defer f.Close()
		if isExport(f) {
			return journal.CheckExport(f, o)
		}
	}
	j, err := journalURL{source}.open(ctx, false)
	if err != nil {
		return journal.Report{}, err
	}
	defer j.Close()
	return j.Check(ctx, o)
}

// isExport looks at the first bytes of a file and goes back to its beginning.
func isExport(f *os.File) bool {
	head := make([]byte, len("corridor journal "))
	_, err := f.ReadAt(head, 0)
	return err == nil && strings.HasPrefix(string(head), "corridor journal ")
}

func (p *proof) hubKey(der []byte, at time.Time) (ed25519.PublicKey, error) {
	hub, err := p.root.Hub(der, at)
	if err != nil {
		return nil, err
	}
	p.hubs = append(p.hubs, hub)
	return hub.Public, nil
}

func (p *proof) answer(r *verify.Result, report *journal.Report, chain error) *orderProof {
	a := &orderProof{Result: r, Holds: r.Holds()}
	if r.Pages > 0 {
		a.Start, a.Until, a.Head = r.Start.Format(time.RFC3339), r.Until.Format(time.RFC3339), report.Head.String()
	}
	if report.Redaction != nil {
		a.Redacted = report.Redaction.String()
	}
	if !report.Root.IsZero() {
		a.Log = report.Root.String()
	}
	if chain != nil {
		a.Holds, a.Chain, a.Page = false, chain.Error(), journal.BadPageOf(chain)
	}
	seen, err := p.checkpoints.compare(p.hubs)
	if err != nil {
		a.Holds = false
		if a.Chain == "" {
			a.Chain = err.Error()
		}
	}
	a.Checkpoints = seen
	return a
}

// witnesses are the checkpoints that observers keep, and the roots that the journal has at their sizes.
type witnesses struct {
	notes [][]byte
	paths []string
	roots map[uint64]corridor.Digest
	log   evidence.Log
}

func newWitnesses() *witnesses { return &witnesses{roots: map[uint64]corridor.Digest{}} }

func (w *witnesses) add(path string) error {
	b, err := readFileUpTo(path, evidence.MaxCheckpoint)
	if err != nil {
		return err
	}
	c, err := evidence.ReadCheckpoint(b)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	w.notes, w.paths = append(w.notes, b), append(w.paths, path)
	w.roots[c.Size] = corridor.Digest{}
	return nil
}

func (w *witnesses) page(p *journal.Page) {
	w.log.Add(p.Hash())
	if _, asked := w.roots[w.log.Size()]; asked {
		w.roots[w.log.Size()] = w.log.Root()
	}
}

// compare says how many checkpoints the journal has in its history, and which one it has not.
func (w *witnesses) compare(hubs []*pki.HubCertificate) (int, error) {
	for i, note := range w.notes {
		c, err := evidence.OpenCheckpoint(note, hubs...)
		switch {
		case err != nil:
			return i, fmt.Errorf("%s: %w", w.paths[i], err)
		case c.Size > w.log.Size():
			return i, fmt.Errorf("%s is of %d pages, here are %d: the rest is missing", w.paths[i], c.Size, w.log.Size())
		case w.roots[c.Size] != c.Root:
			return i, fmt.Errorf("%s, of %d pages, has another history: records were put in, taken out or altered", w.paths[i], c.Size)
		}
	}
	return len(w.notes), nil
}

// checks runs checks of signatures on all processors.
type checks struct {
	work chan func()
	all  sync.WaitGroup
}

func newChecks() *checks {
	c := &checks{work: make(chan func(), 1024)}
	for range runtime.GOMAXPROCS(0) {
		c.all.Go(func() {
			for f := range c.work {
				f()
			}
		})
	}
	return c
}

func (c *checks) add(f func()) { c.work <- f }

func (c *checks) wait() {
	close(c.work)
	c.all.Wait()
}
