package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
	"golang.org/x/term"
)

// JournalCommand looks after the journal of a hub that runs or not.
type JournalCommand struct {
	Check   JournalCheckCommand   `cmd:"" help:"Check all pages; name the first bad one."`
	Show    JournalShowCommand    `cmd:"" help:"Show the newest pages, a page, or one entry with its message."`
	Export  JournalExportCommand  `cmd:"" help:"Write pages to a file that can be checked by itself."`
	Import  JournalImportCommand  `cmd:"" help:"Append the pages of an export that the journal does not have."`
	Receipt JournalReceiptCommand `cmd:"" help:"Make the receipt of a message anew."`
	Prove   JournalProveCommand   `cmd:"" help:"Prove that two checkpoints are of one history."`
	Prune   JournalPruneCommand   `cmd:"" help:"Drop the contents of old pages; the chain of headers stays."`
}

// journalURL is the flag that all of them have.
type journalURL struct {
	Journal string `required:"" placeholder:"URL" help:"The journal: the path of a SQLite file, or postgres://user@host/database."`
}

func (u journalURL) open(ctx context.Context, write bool) (*journal.Journal, error) {
	return journal.Open(ctx, u.Journal, journal.Options{ReadOnly: !write})
}

// JournalCheckCommand checks a journal or an export.
type JournalCheckCommand struct {
	Journal    string `placeholder:"URL" xor:"what" required:"" help:"The journal: the path of a SQLite file, or postgres://user@host/database."`
	File       string `placeholder:"FILE" xor:"what" required:"" help:"An export, instead of a journal."`
	Root       string `placeholder:"PEM" help:"The network's root certificate: the hub's certificates are checked against it."`
	Checkpoint string `placeholder:"NOTE" help:"A checkpoint that was kept elsewhere: the journal must have it in its history. Needs --root."`
	JSON       bool   `name:"json" help:"Print JSON."`
}

// Help shows examples.
func (JournalCheckCommand) Help() string {
	return "Examples:\n  corridor journal check --journal hub/journal.db --root network.pem\n  corridor journal check --file january.journal --root network.pem\n\n" +
		"Without --root the certificates that stand in the journal are taken as they are: damage is found, a journal that was written anew as a whole is not.\n" +
		"Exit status: 0 whole, 1 damaged, 2 wrong use, 3 the journal could not be read."
}

// Run checks, and says what holds or which page is the first that does not.
func (c JournalCheckCommand) Run(ctx context.Context, io streams) error {
	o := journal.CheckOptions{Progress: progress(io, "checked")}
	if c.Root != "" {
		root, err := pki.LoadRoot(c.Root)
		if err != nil {
			return fmt.Errorf("journal check: %w", err)
		}
		o.HubKey = func(der []byte, at time.Time) (ed25519.PublicKey, error) {
			hub, err := root.Hub(der, at)
			if err != nil {
				return nil, err
			}
			return hub.Public, nil
		}
	}
	r, err := c.check(ctx, o)
	clearProgress(io)
	if err != nil && !errors.Is(err, journal.ErrDamaged) && !errors.Is(err, journal.ErrExport) {
		return fmt.Errorf("journal check: %w", err)
	}
	if c.JSON {
		if err := printJSON(io.Out, checkJSON(&r, err)); err != nil {
			return err
		}
	} else if err := printCheck(io.Out, &r, err); err != nil {
		return err
	}
	if err != nil {
		return answerNo(nil)
	}
	return nil
}

func (c JournalCheckCommand) check(ctx context.Context, o journal.CheckOptions) (journal.Report, error) {
	if c.File != "" {
		f, err := os.Open(c.File)
		if err != nil {
			return journal.Report{}, err
		}
		defer f.Close()
		return journal.CheckExport(f, o)
	}
	j, err := journalURL{c.Journal}.open(ctx, false)
	if err != nil {
		return journal.Report{}, err
	}
	defer j.Close()
	if c.Checkpoint != "" {
		if o.Checkpoint, err = c.checkpoint(ctx, j); err != nil {
			return journal.Report{}, err
		}
	}
	return j.Check(ctx, o)
}

// checkpoint opens the note with one of the hub certificates of the journal that the root vouches for.
func (c JournalCheckCommand) checkpoint(ctx context.Context, j *journal.Journal) (k evidence.Checkpoint, err error) {
	if c.Root == "" {
		return k, errors.New("--checkpoint needs --root: without it anybody could have signed the checkpoint")
	}
	root, err := pki.LoadRoot(c.Root)
	if err != nil {
		return k, err
	}
	note, err := readFileUpTo(c.Checkpoint, evidence.MaxCheckpoint)
	if err != nil {
		return k, err
	}
	terms, err := j.Terms(ctx)
	if err != nil {
		return k, err
	}
	var hubs []*pki.HubCertificate
	for _, t := range terms {
		if hub, err := root.Hub(t.Certificate, t.At); err == nil {
			hubs = append(hubs, hub)
		}
	}
	return evidence.OpenCheckpoint(note, hubs...)
}

// JournalExportCommand writes an export.
type JournalExportCommand struct {
	journalURL
	From   uint64       `default:"0" help:"Number of the first page."`
	To     *uint64      `help:"Number of the last page; without it the newest."`
	Redact string       `enum:",contents" default:"" placeholder:"contents" help:"contents: all entries and no messages, for an auditor."`
	For    corridor.BIC `placeholder:"BIC8" help:"Only the entries that concern this member, and no messages: for the member."`
	File   string       `arg:"" help:"The file to write; it must not exist."`
}

// Help shows an example.
func (JournalExportCommand) Help() string {
	return "Example:\n  corridor journal export --journal hub/journal.db --to 120000 january.journal\n" +
		"  corridor journal export --journal hub/journal.db --redact contents auditor.journal\n  corridor journal export --journal hub/journal.db --for MERIDEFF meridian.journal\n\n" +
		"The file can be checked by itself, a redacted one too:\n\n  corridor journal check --file january.journal --root network.pem"
}

// Run writes to a file beside the one named, and renames it once it is whole.
func (c JournalExportCommand) Run(ctx context.Context, io streams) error {
	j, err := c.open(ctx, false)
	if err != nil {
		return fmt.Errorf("journal export: %w", err)
	}
	defer j.Close()
	if c.For != "" && c.Redact != "" {
		return wrongUse("journal export: --for leaves out the messages too: give one of --redact and --for")
	}
	if _, err := os.Stat(c.File); err == nil {
		return wrongUse("journal export: %s exists: name another file", c.File)
	}
	last := journal.ToEnd
	if c.To != nil {
		last = *c.To
	}
	pages, err := writeWhole(c.File, func(f *os.File) (uint64, error) {
		if c.Redact == "" && c.For == "" {
			return j.Export(ctx, c.From, last, f)
		}
		return j.ExportRedacted(ctx, c.From, last, journal.Redaction{For: c.For}, f)
	})
	if err != nil {
		return fmt.Errorf("journal export: %w", err)
	}
	fmt.Fprintf(io.Out, "%s: %d pages from %d to %d\n", c.File, pages, c.From, c.From+pages-1)
	return nil
}

// writeWhole writes a file that is there whole and durable or not at all.
func writeWhole(path string, write func(*os.File) (uint64, error)) (n uint64, err error) {
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	n, err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(path+".part", path)
	}
	if err != nil {
		return n, errors.Join(err, os.Remove(path+".part"))
	}
	return n, nil
}

// JournalImportCommand appends the pages of an export.
type JournalImportCommand struct {
	journalURL
	Root string `required:"" placeholder:"PEM" help:"The network's root certificate: only an export that it vouches for is imported."`
	File string `arg:"" help:"The export."`
}

// Help shows an example.
func (JournalImportCommand) Help() string {
	return "Example:\n  corridor journal import --journal new/journal.db --root network.pem january.journal\n\nStop the hub first. Pages that the journal has are compared; the import ends at the first that does not follow."
}

// Run checks the whole file first.
func (c JournalImportCommand) Run(ctx context.Context, io streams) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("journal import: %w", err)
	}
	defer f.Close()
	err = JournalCheckCommand{File: c.File, Root: c.Root}.Run(ctx, io)
	if err != nil {
		return err
	}
	j, err := c.open(ctx, true)
	if err != nil {
		return fmt.Errorf("journal import: %w", err)
	}
	defer j.Close()
	pages, err := j.Import(ctx, f)
	if err != nil {
		return fmt.Errorf("journal import: after %d pages: %w", pages, err)
	}
	fmt.Fprintf(io.Out, "%s: %d pages are in the journal\n", c.File, pages)
	return nil
}

// JournalPruneCommand drops the contents of old pages.
type JournalPruneCommand struct {
	journalURL
	Before uint64 `required:"" placeholder:"PAGE" help:"The first page that stays whole."`
}

// Help shows an example.
func (JournalPruneCommand) Help() string {
	return "Example:\n  corridor journal export --journal hub/journal.db --to 119999 january.journal\n  corridor journal prune --journal hub/journal.db --before 120000\n\n" +
		"Export first: what is pruned is gone from this journal. Headers, signatures and the hashes of the log stay, so that all proofs of the log hold. " +
		"Pages that the hub still needs (undelivered messages, answers that may be asked for again) are refused. A hub may run meanwhile. " +
		"SQLite keeps the room that becomes free in its file and uses it for later pages."
}

// Run prunes.
func (c JournalPruneCommand) Run(ctx context.Context, io streams) error {
	j, err := c.open(ctx, true)
	if err != nil {
		return fmt.Errorf("journal prune: %w", err)
	}
	defer j.Close()
	err = j.Prune(ctx, c.Before, progress(io, "pruned"))
	clearProgress(io)
	if err != nil {
		return fmt.Errorf("journal prune: %w", err)
	}
	fmt.Fprintf(io.Out, "pages before %d are pruned\n", c.Before)
	return nil
}

// progress shows a running number where somebody looks at it, and else nothing.
func progress(io streams, what string) func(uint64) {
	if !onTerminal(io) {
		return nil
	}
	last := time.Time{}
	return func(n uint64) {
		if now := time.Now(); now.Sub(last) > 200*time.Millisecond {
			last = now
			fmt.Fprintf(io.Err, "\r%d pages %s ", n, what)
		}
	}
}

func clearProgress(io streams) {
	if onTerminal(io) {
		fmt.Fprint(io.Err, "\r\033[K")
	}
}

func onTerminal(io streams) bool {
	f, ok := io.Err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
