package rma

import (
	"encoding/hex"
	"testing"
)

// TestGoldenSnapshot keeps the bytes of a snapshot: what a hub has written must be read by later programs.
func TestGoldenSnapshot(t *testing.T) {
	w := newWorld(t)
	w.takes(w.verb(KindRequest, Key{"TAMAJPJT", "CEDRFRPP", MX}, "only pacs.008 pacs.009"))
	w.takes(w.verb(KindAuthorise, key1, "all but fin.9"))
	w.takes(w.verb(KindAccept, key1, ""))
	w.takes(w.make(KindBootstrap, "", Bootstrap{"2027-06-01T00:00:00Z", []Row{{Key{"ORCABRSP", "CEDRFRPP", FIN}, Permission{Mode: All}, ""}}}))
	w.takes(w.make(KindQuery, "MERIDEFF", Query{"MERIDEFF", "CEDRFRPP", "Since when?"}))
	var lines []byte
	for b := w.AppendSnapshot(nil); len(b) > 0; b = b[min(len(b), 64):] {
		lines = append(hex.AppendEncode(lines, b[:min(len(b), 64)]), '\n')
	}
	golden(t, "testdata/snapshot-1.hex", string(lines))
	sameAfterSnapshot(t, w.State)
}
