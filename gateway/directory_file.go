package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/directory/files"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
)

// dated is the dated file that a copy of the directory begins with.
type dated struct {
	there     bool
	directory *directory.Directory // the empty one where there is no file
	date      directory.Date
	since     int64 // Unix nanoseconds: where the file does not say its place in the journal, what came before its day is in it
}

// kindDated is the kind of the act by which an officer signs a dated file.
const kindDated = "directory.dated"

// read reads the file, and where an officer's signature stands beside it, NAME.act, holds it against that.
func (x *dated) read(path string, root *pki.Root) error {
	x.directory = directory.New()
	if path == "" {
		return nil
	}
	text, err := readUpTo(path, maxDatedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: get it from the operator, or set directory = \"\"", err)
	}
	if err != nil {
		return err
	}
	if err := checkDated(path+".act", text, root); err != nil {
		return err
	}
	f, err := files.Read(bytes.NewReader(text), path, directory.New())
	if err != nil {
		return err
	}
	if x.directory, err = f.Directory(); err != nil {
		return err
	}
	x.there, x.date = true, f.Head.Date
	if day, err := time.Parse(time.DateOnly, string(f.Head.Date)); err == nil && f.Head.Position == (corridor.Position{}) {
		x.since = day.UnixNano()
	}
	return nil
}

// checkDated holds a file against its signature, where there is one.
func checkDated(path string, text []byte, root *pki.Root) error {
	file, err := readUpTo(path, entry.MaxActFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	acted, err := entry.DecodeActFile(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	said, err := entry.DecodeAct(acted.Statement)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	act, err := (&authorisations{root: root}).verify(acted, time.UnixMilli(int64(said.SignedAt)))
	if err == nil && (act.Kind != kindDated || act.For != "" || act.Document != corridor.DigestOf(text)) {
		err = errors.New("this is not the file that was signed: get it again, or the signature that belongs to it")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func readUpTo(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return b, err
}

// before reports that the file is older than a change.
func (x *dated) before(p *pushed) bool {
	at, _ := x.directory.Changed()
	return at.Compare(p.at) < 0 && p.time >= x.since
}

// ReadDirectory reads what the gateway of a configuration knows of the directory, beside a running gateway or without one.
func ReadDirectory(ctx context.Context, c Config, root *pki.Root) (*DirectoryCopy, error) {
	x, err := openDirectory(root, &c)
	if err != nil {
		return nil, err
	}
	for _, t := range c.Terminals {
		path := storeFile(c.Store, t.LT)
		switch there, err := exists(path); {
		case err != nil:
			return nil, err
		case !there:
			continue // the gateway makes it when it first runs
		}
		db, err := openDatabase(path, "ro")
		if err != nil {
			return nil, err
		}
		err = x.load(ctx, &store{read: db})
		if err = errors.Join(err, db.Close()); err != nil {
			return nil, fmt.Errorf("changes of the directory that came to %s: %w", t.LT, err)
		}
	}
	return x, nil
}
