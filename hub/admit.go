package hub

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
)

// Admit makes a member known by its signing certificate, and returns when that is durable.
func (h *Hub) Admit(ctx context.Context, certificate []byte) (corridor.LT, error) {
	c, err := h.config.Root.Member(certificate, h.config.Clock())
	if err != nil {
		return "", err
	}
	if _, known := h.checker.keys.get(c.ID); known {
		return c.LT, nil
	}
	err = h.record(ctx, func(now int64) error { return h.heart.Admit(now, c.LT, c.DER) })
	if err == nil {
		h.checker.keys.put(c.ID, signer{c.Public, c.DER})
	}
	return c.LT, err
}

// Revoke ends a key by the authority's signed statement, and with it the sessions that rest on it. It returns when that is
// durable.
func (h *Hub) Revoke(ctx context.Context, statement []byte) error {
	r, err := h.config.Root.Revocation(statement)
	if err != nil {
		return err
	}
	return h.record(ctx, func(now int64) error {
		h.heart.Revoke(now, r.Key, r.LT, r.Reason, statement)
		return nil
	})
}

// record has the heart decide and waits until what it decided is durable.
func (h *Hub) record(ctx context.Context, f func(now int64) error) error {
	if h.state.Load() != stateLeading {
		return errNotLeading
	}
	var refused error
	_, _, fault := h.ask(ctx, func(now int64, ticket uint64) {
		refused = f(now)
		h.heart.Recorded(ticket)
	})
	switch {
	case fault == nil:
		return refused
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return errNotLeading
	}
}

// act gives the heart something to do and waits for its word.
func (h *Hub) act(ctx context.Context, f func(now int64) error) error {
	done := make(chan error, 1)
	if h.state.Load() != stateLeading {
		return errNotLeading
	}
	late, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	h.giveWhile(late, event{act: func(now int64) { done <- f(now) }})
	select {
	case err := <-done:
		return err
	case <-h.stopped:
	case <-late.Done():
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errNotLeading
}

var errNotLeading = errors.New("the hub does not lead the network now: try again in a few seconds")

// Watch admits every certificate (*.pem) and takes every revocation (*.revocation) that appears in a folder, until the
// context ends. A file that is not acceptable is logged once and left where it is.
func (h *Hub) Watch(ctx context.Context, dir string) {
	seen := map[string]time.Time{}
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		if h.state.Load() == stateLeading {
			h.look(ctx, dir, seen)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (h *Hub) look(ctx context.Context, dir string, seen map[string]time.Time) {
	var files []string
	for _, pattern := range []string{"*.pem", "*/signing-*.pem", "*.revocation"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		files = append(files, found...)
	}
	slices.Sort(files)
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil || seen[path].Equal(info.ModTime()) {
			continue
		}
		if err := h.takeFile(ctx, path, info); errors.Is(err, errNotLeading) || ctx.Err() != nil {
			return
		} else if err != nil {
			h.config.Log.Warn("file not taken", "file", path, "error", err)
		}
		seen[path] = info.ModTime()
	}
}

func (h *Hub) takeFile(ctx context.Context, path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() { // to read a pipe would wait for its writer, and no revocation would be taken meanwhile
		return fmt.Errorf("%s is not a file", path)
	}
	if info.Size() > maxAdmissionFile {
		return fmt.Errorf("%s has %d bytes, the limit is %d", path, info.Size(), maxAdmissionFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if strings.HasSuffix(path, ".revocation") {
		if err := h.Revoke(ctx, text); err != nil {
			return err
		}
		h.config.Log.Info("revocation taken", "file", path)
		return nil
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		lt, err := h.Admit(ctx, block.Bytes)
		if err != nil {
			return err
		}
		h.config.Log.Info("member admitted", "lt", lt, "file", path)
	}
	return nil
}
