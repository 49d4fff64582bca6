package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/directory/files"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
)

// directoryChange is the kind of the acts that change the directory.
const directoryChange = "directory.change"

// DirectoryImportCommand reads files into changes.
type DirectoryImportCommand struct {
	Files    []string `arg:"" help:"Files: our CSV or JSON, or the LEI system's lists of entities and of relationships; each is recognised by its content."`
	File     string   `placeholder:"FILE" help:"Compare with this dated file; default: the directory as the hub has it."`
	Announce bool     `help:"Members hear of the change by a broadcast, too."`
	officerFlags
}

// Help shows examples.
func (DirectoryImportCommand) Help() string {
	return "Examples:\n  corridor directory import members.csv\n  corridor directory import members.csv owners.csv --key anna --reason 'new members of March'\n  corridor directory import relationships.csv --file directory.json --key anna --out change.act\n\n" +
		"Without --key it says what would change. Records that a file does not have stay as they are: nothing is ever deleted. Large imports are several\nacts; with --out they are written to several files, which are sent in the order of their numbers."
}

// importedFile is what became of one file.
type importedFile struct {
	File    string         `json:"file"`
	Kind    string         `json:"kind"`
	Records int            `json:"records"`
	Changes int            `json:"changes"`
	Same    int            `json:"same"`
	ByOrder int            `json:"by_order,omitempty"`
	Skipped map[string]int `json:"skipped,omitempty"`
}

// imported is what became of all of them.
type imported struct {
	Files   []importedFile     `json:"files"`
	Changes []directory.Change `json:"changes"`
	Acts    int                `json:"acts"`
	Before  uint64             `json:"version"`
	Digest  string             `json:"digest_after"`

	bodies [][]byte
}

// Run plans, and signs and sends where there is a key.
func (c DirectoryImportCommand) Run(ctx context.Context, io streams) error {
	source := directorySource{File: c.File, adminFlags: c.adminFlags}
	d, err := source.directory(ctx)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	plan, err := c.plan(d)
	if err != nil {
		return answerNo(err)
	}
	if c.JSON && c.Key == "" {
		return printJSON(io.Out, plan)
	}
	if !c.JSON {
		plan.print(io)
	}
	switch {
	case len(plan.bodies) == 0:
		fmt.Fprintln(io.Err, "corridor: the directory has all of it already")
		return nil
	case c.Key == "":
		fmt.Fprintf(io.Err, "corridor: nothing was signed: give --key to make %d acts of it\n", len(plan.bodies))
		return nil
	}
	return c.sign(ctx, io, plan.bodies)
}

// plan takes the files one after the other, each against what the ones before it make of the directory.
func (c *DirectoryImportCommand) plan(d *directory.Directory) (*imported, error) {
	all := &imported{Before: d.Version(), Changes: []directory.Change{}}
	for i, path := range c.Files {
		f, err := readDirectoryFile(path, d)
		if err != nil {
			return nil, err
		}
		p, err := files.Diff(d, f, c.Announce && i == len(c.Files)-1)
		if err != nil {
			return nil, err
		}
		all.Files = append(all.Files, importedFile{path, f.Kind, len(f.Records), len(p.Changes), p.Same, p.ByOrder, f.Skipped})
		all.Changes, all.bodies, d = append(all.Changes, p.Changes...), append(all.bodies, p.Bodies...), p.After
	}
	all.Acts, all.Digest = len(all.bodies), d.Digest().String()
	return all, nil
}

// maxShownChanges is how many changes are printed for a person; a program has them all.
const maxShownChanges = 40

func (p *imported) print(io streams) {
	for _, f := range p.Files {
		fmt.Fprintf(io.Out, "%s: %s, %d records, %d changes, %d there already\n", f.File, f.Kind, f.Records, f.Changes, f.Same)
		if f.ByOrder > 0 {
			fmt.Fprintf(io.Out, "  left out: %d standings, which only orders change\n", f.ByOrder)
		}
		for _, why := range slices.Sorted(maps.Keys(f.Skipped)) {
			fmt.Fprintf(io.Out, "  left out: %d %s\n", f.Skipped[why], why)
		}
	}
	for _, ch := range p.Changes[:min(len(p.Changes), maxShownChanges)] {
		fmt.Fprintf(io.Out, "  %s\n", ch.JSON())
	}
	if n := len(p.Changes) - maxShownChanges; n > 0 {
		fmt.Fprintf(io.Out, "  and %d more: see --json\n", n)
	}
}

// sign makes each body an act and sends it or writes it. A refused act ends it: those after it rest on it.
func (c *DirectoryImportCommand) sign(ctx context.Context, io streams, bodies [][]byte) error {
	key, err := c.open(io)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	for i, body := range bodies {
		signed := signAct(key, entry.Act{Kind: directoryChange, Body: body, Reason: c.Reason}, time.Now())
		if _, err := entry.DecodeAct(signed.Statement); err != nil {
			return wrongUse("import: %w", err)
		}
		if c.Out != "" {
			err = writeActFile(io, numbered(c.Out, i, len(bodies)), signed)
		} else {
			err = c.send(ctx, io, signed)
		}
		if err != nil {
			return afterSome(err, i, len(bodies))
		}
	}
	return nil
}

// numbered is the name of the i-th of n files: the name itself for a single one.
func numbered(path string, i, n int) string {
	if n == 1 {
		return path
	}
	end := filepath.Ext(path)
	return fmt.Sprintf("%s-%0*d%s", strings.TrimSuffix(path, end), len(fmt.Sprint(n)), i+1, end)
}

// afterSome says how far it came.
func afterSome(err error, done, all int) error {
	if done == 0 {
		return err
	}
	said := fmt.Errorf("%w; %d of %d acts were done before it: mend the cause and import the same files again", err, done, all)
	var a *answer
	if errors.As(err, &a) {
		return &answer{a.status, said}
	}
	return said
}

// DirectoryExportCommand writes a dated file.
type DirectoryExportCommand struct {
	CSV bool   `name:"csv" help:"Write CSV instead of JSON."`
	To  string `placeholder:"FILE" help:"Write to this file, which must not be there yet; default: the standard output."`

	Key            string `placeholder:"FILE" help:"Sign the file as an officer of the network: FILE.act beside it, which --root checks."`
	PassphraseFile string `placeholder:"FILE" help:"File with the passphrase or age identity that opens the key."`
	PlainKeys      bool   `help:"The key is not encrypted: for laboratories only."`
	directorySource
}

// Help shows examples.
func (DirectoryExportCommand) Help() string {
	return "Examples:\n  corridor directory export --to directory-2026-11-24.json\n  corridor directory export --file directory.json --csv > directory.csv\n\n" +
		"The file has a head with the version, the digest of all records, and the date; what is read back must have that digest."
}

// Run writes it.
func (c DirectoryExportCommand) Run(ctx context.Context, io streams) error {
	d, date, err := c.dated(ctx)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	write := files.WriteJSON
	if c.CSV {
		write = files.WriteCSV
	}
	if c.To == "" && c.Key == "" {
		return write(io.Out, d, date)
	}
	if c.To == "" {
		return wrongUse("export: a signed file needs a name: --to FILE")
	}
	var text strings.Builder
	if err := write(&text, d, date); err != nil {
		return err
	}
	if err := pki.WriteNew(c.To, []byte(text.String()), 0o644); errors.Is(err, os.ErrExist) {
		return fmt.Errorf("export: %w: name another file with --to", err)
	} else if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	fmt.Fprintf(io.Err, "wrote %s: version %d, digest %s\n", c.To, d.Version(), d.Digest())
	return c.sign(io, []byte(text.String()))
}

// datedFile is the kind of the act by which an officer signs a dated file. It stands beside the file and is never filed.
const datedFile = "directory.dated"

// sign writes the officer's signature beside the file.
func (c DirectoryExportCommand) sign(io streams, text []byte) error {
	if c.Key == "" {
		return nil
	}
	flags := officerFlags{Key: c.Key, PassphraseFile: c.PassphraseFile, PlainKeys: c.PlainKeys}
	key, err := flags.open(io)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	signed := signAct(key, entry.Act{Kind: datedFile, Document: corridor.DigestOf(text)}, time.Now())
	if err := pki.WriteNew(c.To+".act", entry.EncodeActFile(signed), 0o644); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	fmt.Fprintf(io.Err, "wrote %s.act, signed by %s\n", c.To, officerOf(signed.Certificate))
	return nil
}

// DirectorySubmitCommand sends signed changes.
type DirectorySubmitCommand struct {
	Files []string `arg:"" help:"Acts that corridor directory import --out wrote, in their order."`
	adminFlags
}

// Help shows an example.
func (DirectorySubmitCommand) Help() string {
	return "Example:\n  corridor directory submit change-1.act change-2.act\n\nIt ends with the first one that is refused."
}

// Run sends them in order.
func (c DirectorySubmitCommand) Run(ctx context.Context, io streams) error {
	for i, path := range c.Files {
		signed, err := readActFile(path)
		if err != nil {
			return err
		}
		if a, err := entry.DecodeAct(signed.Statement); err == nil && a.Kind != directoryChange {
			return wrongUse("%s is an act %s: send it with corridor order submit", path, a.Kind)
		}
		if err := c.send(ctx, io, signed); err != nil {
			return afterSome(err, i, len(c.Files))
		}
	}
	return nil
}
