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

// readMessages reads a file of messages, or standard input.
func readMessages(name string, in io.Reader) ([]byte, error) {
	var b []byte
	var err error
	if name == "-" {
		b, err = io.ReadAll(in)
	} else {
		b, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read: %w", err)
	}
	return b, nil
}
