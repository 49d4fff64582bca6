package gateway

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// makeFolders makes the folders, readable by the owner and its group, whose programs are the back office.
func makeFolders(paths ...string) error {
	for _, p := range paths {
		if err := os.MkdirAll(p, 0o770); err != nil {
			return fmt.Errorf("gateway folder: %w", err)
		}
	}
	return nil
}

// mendFolders makes folders again that were removed while the gateway runs, in one that is there: what is missing may be a mount, and
// then nothing must be put in its place.
func mendFolders(paths ...string) error {
	for _, p := range paths {
		if err := os.Mkdir(p, 0o770); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("gateway folder: %w: put it back, then all goes on by itself", err)
		}
	}
	return nil
}

// file is one to be written.
type file struct {
	path    string
	content []byte
}

// writeFiles makes files durable under temporary names and then renames them, so that a reader sees whole files only. Written
// again after a crash they are the same.
func writeFiles(files []file) error {
	if err := eachFile(files, func(f *file) error { return writeSynced(temporary(f.path), f.content) }); err != nil {
		return err
	}
	for i := range files {
		if err := os.Rename(temporary(files[i].path), files[i].path); err != nil {
			return err
		}
	}
	return syncFolders(files)
}

func temporary(path string) string {
	dir, name := filepath.Split(path)
	return dir + "." + name + ".part"
}

// eachFile works on files side by side: a file system's journal makes many syncs durable together.
func eachFile(files []file, do func(*file) error) error {
	var g errgroup.Group
	g.SetLimit(maxSyncs)
	for i := range files {
		g.Go(func() error { return do(&files[i]) })
	}
	return g.Wait()
}

func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o660)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncFolders(files []file) error {
	done := map[string]bool{}
	for i := range files {
		dir := filepath.Dir(files[i].path)
		if done[dir] {
			continue
		}
		done[dir] = true
		if err := syncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Label is how a file named name (without its extension) is called in the store and in outgoing/sent.
func Label(name string) string { return safeName(name, maxFileName) }

// safeName makes a text part of a file's name.
func safeName(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, s)
}
