package hub

import (
	"bytes"
	"context"
	"errors"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
	"golang.org/x/mod/sumdb/tlog"
)

// signNote signs a checkpoint of the committed pages, at most one in checkpointEvery.
func (h *Hub) signNote(p *journal.Page) {
	h.log.Add(p.Hash())
	if now := h.config.Clock(); now.Sub(h.noted) >= checkpointEvery || h.note.Load() == nil {
		h.noted = now
		note, err := evidence.SignCheckpoint(h.log.Checkpoint(h.config.Network), h.config.Key)
		if err != nil {
			h.config.Log.Error("checkpoint not signed", "error", err)
			return
		}
		h.note.Store(&note)
		h.size.Store(h.log.Size())
	}
}

// resumeLog reads the log's right edge back, after recovery.
func (h *Hub) resumeLog(ctx context.Context) (err error) {
	h.log, err = evidence.ResumeLog(h.heart.Next(), h.config.Journal.Hashes(ctx))
	h.noted = time.Time{}
	return err
}

// Checkpoint returns the newest signed checkpoint.
func (h *Hub) Checkpoint(context.Context) ([]byte, error) {
	if n := h.note.Load(); n != nil {
		return bytes.Clone(*n), nil
	}
	return nil, errors.New("no checkpoint has been signed yet: ask again in a second")
}

// Consistency proves that the journal of the old size is the beginning of that of the new size.
func (h *Hub) Consistency(ctx context.Context, old, new uint64) ([][]byte, error) {
	if new > h.size.Load() {
		return nil, errors.New("the journal is not that long: ask for sizes of checkpoints")
	}
	p, err := evidence.ProveConsistency(old, new, h.config.Journal.Hashes(ctx))
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(p))
	for i := range p {
		out[i] = p[i][:]
	}
	return out, nil
}

// checkHistory refuses a member whose checkpoint is not the beginning of this journal: one of the two was put back or
// another history was shown. It is the hub's own protection against a journal restored from an old copy.
func (h *Hub) checkHistory(ctx context.Context, note []byte) *corridor.Fault {
	if len(note) == 0 {
		return nil
	}
	c, err := evidence.OpenCheckpoint(note, h.hubCertificates()...)
	if err != nil {
		return corridor.NetworkFault(corridor.FaultOtherHistory, err)
	}
	if c.Size > h.size.Load() || c.Size == 0 {
		return corridor.NetworkFault(corridor.FaultOtherHistory, "the checkpoint has", c.Size, "pages, the journal", h.size.Load())
	}
	root, err := tlog.TreeHash(int64(c.Size), h.config.Journal.Hashes(ctx))
	if err != nil {
		return corridor.NetworkFault(corridor.FaultJournal, err)
	}
	if corridor.Digest(root) != c.Root {
		return corridor.NetworkFault(corridor.FaultOtherHistory, "at", c.Size, "pages")
	}
	return nil
}

// hubCertificates are those of all leaders so far. They were checked against the root when their term began.
func (h *Hub) hubCertificates() []*pki.HubCertificate {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []*pki.HubCertificate
	for _, l := range h.leaders {
		if c, err := h.config.Root.Hub(l.der, time.Unix(0, l.at)); err == nil {
			all = append(all, c)
		}
	}
	return all
}
