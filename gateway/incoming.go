package gateway

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/mt"
)

// inFolder is where the back office finds what came.
type inFolder struct {
	dir, routing string
}

func openIncoming(dir string) (*inFolder, error) {
	i := &inFolder{dir, filepath.Join(dir, ".routing")}
	return i, makeFolders(i.dir, i.routing)
}

func investigationFolder(dir string) string { return filepath.Join(dir, "investigation") }

// handOverFolder is where a message is handed over.
func handOverFolder(dir string, m *inRow) string {
	if m.missing != "" {
		return investigationFolder(dir)
	}
	return dir
}

// incomingName is the name of a received message's file. Names sort by OSN, and an OSN is never given twice.
func incomingName(n corridor.OSN, s *entry.Submission, payload []byte) string {
	name := fmt.Sprintf("%09d-%s", n, s.Type)
	if s.Reference != "" {
		name += "-" + safeName(string(s.Reference), maxReferenceInName)
	}
	return name + Extension(payload)
}

func receiptName(name string) string {
	return strings.TrimSuffix(name, filepath.Ext(name)) + ".receipt"
}

// route hands received messages over, each exactly once: prepare the file under .routing and sync it; note "routing"; rename it
// into the folder and sync; note "routed".
//
// Crash before "routing" is noted: prepared again. Crash after it: a file that still stands under .routing is renamed; one that
// does not has been handed over, wherever the back office has put it since.
func (t *terminal) route(ctx context.Context) (more bool, err error) {
	rows, err := t.store.unrouted(ctx, maxBatch)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	if err := t.mendRouting(rows); err != nil {
		return false, err
	}
	fresh, err := t.prepare(rows)
	if err != nil {
		return false, err
	}
	if len(fresh) > 0 {
		t.step(StepPrepared)
		if err := t.store.do(ctx, func(tx *tx) error { return tx.route(fresh, routing) }); err != nil {
			return false, err
		}
		t.step(StepRouting)
	}
	if err := t.handOver(rows); err != nil {
		return false, err
	}
	t.step(StepHandedOver)
	if err := t.store.do(ctx, func(tx *tx) error { return tx.route(rows, routed) }); err != nil {
		return false, err
	}
	t.tellRouted(rows)
	return len(rows) == maxBatch, nil
}

// mendRouting makes the folder of prepared files again if it was removed, unless some were in it: they would seem to be handed over.
func (t *terminal) mendRouting(rows []inRow) error {
	there, err := exists(t.incoming.routing)
	if err != nil || there {
		return err
	}
	for i := range rows {
		if rows[i].state == routing {
			return fmt.Errorf("%s is gone, and message %d was in it: put the folder back; if that cannot be, restart the gateway and give the message to the back office by hand (corridor receive lists it)",
				t.incoming.routing, rows[i].number)
		}
	}
	return mendFolders(t.incoming.routing)
}

// prepare writes the files of rows that are only stored, and returns those rows.
func (t *terminal) prepare(rows []inRow) ([]inRow, error) {
	var fresh []inRow
	var files []file
	for i := range rows {
		if rows[i].state != stored {
			continue
		}
		fresh = append(fresh, rows[i])
		receipt, err := withOriginal(rows[i].receipt, rows[i].payload)
		if err != nil {
			return nil, fmt.Errorf("receipt of message %d: %w", rows[i].number, err)
		}
		files = append(files, file{filepath.Join(t.incoming.routing, rows[i].name), outputForm(t.id.lt, &rows[i])},
			file{filepath.Join(t.incoming.routing, receiptName(rows[i].name)), receipt})
	}
	if err := eachFile(files, func(f *file) error { return writeSynced(f.path, f.content) }); err != nil {
		return nil, err
	}
	if len(files) > 0 {
		return fresh, syncFolder(t.incoming.routing)
	}
	return fresh, nil
}

// handOver renames prepared files into the folder, the receipt before its message.
func (t *terminal) handOver(rows []inRow) error {
	folders := map[string]bool{t.incoming.dir: true}
	for i := range rows {
		to := handOverFolder(t.incoming.dir, &rows[i])
		if !folders[to] {
			folders[to] = true
			if err := mendFolders(to); err != nil {
				return err
			}
		}
		for _, name := range []string{receiptName(rows[i].name), rows[i].name} {
			err := os.Rename(filepath.Join(t.incoming.routing, name), filepath.Join(to, name))
			if err != nil && !os.IsNotExist(err) {
				return err
			}
		}
	}
	for folder := range folders {
		if err := syncFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

func (t *terminal) tellRouted(rows []inRow) {
	t.g.counts.routed.Add(uint64(len(rows)))
	for i := range rows {
		m := &rows[i]
		t.emit(Event{Kind: Routed, OSN: m.number, Type: m.typ, Peer: m.sender, Reference: m.reference, UETR: m.uetr, Position: m.at,
			Duplicate: m.duplicate, File: filepath.Join(handOverFolder(t.incoming.dir, m), m.name), Unauthorised: m.missing})
	}
}

// outputForm is a received message as the back office reads it: FIN with the headers of the receiver's side, all else as the
// sender signed it. The receipt holds the original. What has no output form is handed over as it is: it was accepted.
func outputForm(lt corridor.LT, m *inRow) []byte {
	if !looksFIN(m.payload) {
		return m.payload
	}
	facts := mt.OutputFacts{Receiver: lt, Session: m.session, OSN: m.number, MIR: m.mir,
		InputTime: time.UnixMilli(m.accepted).UTC(), OutputTime: time.UnixMilli(m.received).UTC(), Late: m.late()}
	if m.duplicate {
		facts.Repeats = []string{""}
	}
	out, err := mt.Output(m.payload, facts)
	if err != nil {
		return m.payload
	}
	return out
}

// late reports a delivery after the obsolescence period (trailer DLM).
func (m *inRow) late() bool {
	after := time.Duration(m.received-m.accepted) * time.Millisecond
	if m.priority == corridor.Normal {
		return after > corridor.ObsolescenceNormal
	}
	return after > corridor.ObsolescenceUrgent
}
