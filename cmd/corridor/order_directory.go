package main

import (
	"context"
	"encoding/json"
	"fmt"

	"corridor.example/corridor/directory"
)

// recordsFile is a directory as records: what Load takes.
type recordsFile struct {
	Version uint64             `json:"version"`
	Records []directory.Change `json:"records"`
}

// maxDirectoryFile bounds a dated file: a million entities with their shares.
const maxDirectoryFile = 1 << 30

// directory is the directory by which a draft is resolved: a dated file, or the hub's.
func (c OrderResolveCommand) directory(ctx context.Context) (*directory.Directory, error) {
	if c.Directory != "" {
		return readDirectory(c.Directory)
	}
	var f recordsFile
	if err := c.get(ctx, "/directory", "directory", &f); err != nil {
		return nil, err
	}
	return f.load()
}

func readDirectory(path string) (*directory.Directory, error) {
	text, err := readFileUpTo(path, maxDirectoryFile)
	if err != nil {
		return nil, err
	}
	var f recordsFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f.load()
}

func (f *recordsFile) load() (*directory.Directory, error) {
	d, fault := directory.Load(f.Version, f.Records)
	if fault != nil {
		return nil, fault
	}
	return d, nil
}
