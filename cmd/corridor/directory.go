package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/directory/files"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/pki"
)

// DirectoryCommand is everything about the directory: who is in the network, who owns whom, and what orders made of them.
type DirectoryCommand struct {
	Show       DirectoryShowCommand       `cmd:"" help:"Show a BIC or an entity: names, status, services, owners."`
	Find       DirectoryFindCommand       `cmd:"" help:"Find entities by words of their names."`
	Members    DirectoryMembersCommand    `cmd:"" help:"List members: all, of a country, or on one gateway."`
	Lookalikes DirectoryLookalikesCommand `cmd:"" help:"List members that may be taken for another."`
	Closure    DirectoryClosureCommand    `cmd:"" help:"List whom entities own by a test of ownership, and by what path."`
	Import     DirectoryImportCommand     `cmd:"" help:"Read files into the changes that the directory lacks, and sign them."`
	Export     DirectoryExportCommand     `cmd:"" help:"Write the directory as a dated file, JSON or CSV."`
	Submit     DirectorySubmitCommand     `cmd:"" help:"Send signed changes that were written to files."`
}

// directorySource is the directory that a command looks at: a dated file's, or the hub's.
type directorySource struct {
	File string `placeholder:"FILE" help:"A dated file of the directory; default: the directory as the hub has it."`
	Root string `placeholder:"FILE" help:"The network's root certificate: the file must be signed by an officer of the network, in FILE.act beside it."`
	adminFlags
}

// dated is the directory and the day it is of: what its file says, or today at the hub.
func (s *directorySource) dated(ctx context.Context) (*directory.Directory, directory.Date, error) {
	if s.File == "" {
		d, err := s.fetchDirectory(ctx)
		return d, today(), err
	}
	if err := s.checkSigned(); err != nil {
		return nil, "", err
	}
	f, err := readDirectoryFile(s.File, directory.New())
	if err != nil {
		return nil, "", err
	}
	d, err := f.Directory()
	if f.Head.Date == "" {
		f.Head.Date = today()
	}
	return d, f.Head.Date, err
}

// checkSigned holds a dated file against the officer's signature beside it, where a root certificate is given.
func (s *directorySource) checkSigned() error {
	if s.Root == "" {
		return nil
	}
	root, err := pki.LoadRoot(s.Root)
	if err != nil {
		return err
	}
	signed, err := readActFile(s.File + ".act")
	if err != nil {
		return fmt.Errorf("the signature of %s: %w: corridor directory export --key makes it", s.File, err)
	}
	a := hub.ReadAct(root, signed, signedAt(signed))
	text, err := readFileUpTo(s.File, maxDatedFile)
	switch {
	case err != nil:
		return err
	case a.Fault != nil && a.Key.IsZero():
		return answerNo(fmt.Errorf("the signature of %s: %w", s.File, a.Fault))
	case a.Act.Kind != datedFile || a.Act.For != "" || a.Act.Document != corridor.DigestOf(text):
		return answerNo(fmt.Errorf("%s is not the file that %s signed: get it again, or the signature that belongs to it", s.File, officerOf(signed.Certificate)))
	}
	return nil
}

// maxDatedFile bounds a dated file whose signature is checked: a million entities with their shares.
const maxDatedFile = 1 << 30

// signedAt is when an act says that it was signed: its officer's certificate must have been valid then.
func signedAt(a entry.Acted) time.Time {
	act, err := entry.DecodeAct(a.Statement)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(act.SignedAt))
}

func (s *directorySource) directory(ctx context.Context) (*directory.Directory, error) {
	d, _, err := s.dated(ctx)
	return d, err
}

func readDirectoryFile(path string, d *directory.Directory) (*files.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return files.Read(f, path, d)
}

func today() directory.Date { return directory.Date(time.Now().UTC().Format(time.DateOnly)) }

// named is the one entity that an argument means by its id, its LEI or one of its BICs.
func named(d *directory.Directory, what string) (*directory.Entity, error) {
	found := d.Find(what)
	if len(found) == 1 && isCodeOf(d, found[0], strings.ToUpper(what)) {
		return found[0], nil
	}
	return nil, answerNo(fmt.Errorf("%q is no id, LEI or BIC in the directory (version %d): corridor directory find looks for names", what, d.Version()))
}

func isCodeOf(d *directory.Directory, e *directory.Entity, code string) bool {
	if code == string(e.ID) || code == e.LEI && e.LEI != "" {
		return true
	}
	for _, b := range d.OfficesOf(e.ID) {
		if strings.HasPrefix(code, string(b)) {
			return true
		}
	}
	return false
}

func table(io streams) *tabwriter.Writer { return tabwriter.NewWriter(io.Out, 0, 4, 2, ' ', 0) }

// joinText is the texts of a list with commas between.
func joinText[T ~string](all []T) string {
	out := make([]string, len(all))
	for i, x := range all {
		out[i] = string(x)
	}
	return strings.Join(out, ", ")
}
