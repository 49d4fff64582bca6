package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"corridor.example/corridor/directory"
	"corridor.example/corridor/directory/files"
)

// directory is the directory by which a draft is resolved: a dated file, or the hub's.
func (c OrderResolveCommand) directory(ctx context.Context) (*directory.Directory, error) {
	if c.Directory == "" {
		return c.fetchDirectory(ctx)
	}
	f, err := os.Open(c.Directory)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readDirectory(f, c.Directory)
}

// fetchDirectory is the hub's directory.
func (f *adminFlags) fetchDirectory(ctx context.Context) (*directory.Directory, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url("/directory"), nil)
	if err != nil {
		return nil, err
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, fmt.Errorf("ask the hub for the directory: %w; is it running, and is this its admin address?", err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the hub at %s gives no directory: %s", f.Admin, r.Status)
	}
	return readDirectory(r.Body, "the hub's directory")
}

func readDirectory(r io.Reader, name string) (*directory.Directory, error) {
	f, err := files.Read(r, name, directory.New())
	if err != nil {
		return nil, err
	}
	return f.Directory()
}
