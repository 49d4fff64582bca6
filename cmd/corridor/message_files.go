package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// messageFiles lists the files of paths, folders with all below them in order. "-" stands for standard input.
func messageFiles(paths []string) ([]string, error) {
	if len(paths) == 0 {
		return []string{"-"}, nil
	}
	var files []string
	for _, p := range paths {
		if p == "-" {
			files = append(files, p)
			continue
		}
		err := filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("cannot read: %w", err)
		}
	}
	return files, nil
}

// maxMessageFile bounds what one file of messages may claim of memory: a day of a large bank in one RJE file.
const maxMessageFile = 1 << 30

// readMessages reads a file of messages, or standard input.
func readMessages(name string, in io.Reader) ([]byte, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("cannot read: %w", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxMessageFile+1))
	if err == nil && len(b) > maxMessageFile {
		err = fmt.Errorf("it is longer than %d MB: split it", maxMessageFile>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read: %w", err)
	}
	return b, nil
}
