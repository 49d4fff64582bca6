package gateway

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"corridor.example/corridor"
)

// outFolder is where the back office puts what is to be sent.
type outFolder struct {
	dir, taken, sent, refused string
}

func openOutgoing(dir string) (*outFolder, error) {
	o := &outFolder{dir, filepath.Join(dir, ".taken"), filepath.Join(dir, "sent"), filepath.Join(dir, "refused")}
	return o, makeFolders(o.dir, o.taken, o.sent, o.refused)
}

// pickUp takes files into the outbox: claim (rename into .taken, sync), keep (number, durable), move (to sent).
//
// Crash after the claim: the file is found in .taken, and the store does not know it: it is kept now. Crash after keep: the
// store knows the claimed name, so the file is only moved. A claimed name is never used again, so a file that is dropped twice
// on purpose is two messages.
func (t *terminal) pickUp(ctx context.Context) (more bool, err error) {
	o := t.outgoing
	if err := mendFolders(o.taken, o.sent, o.refused); err != nil {
		return false, err
	}
	claimed, err := o.claimed()
	if err != nil {
		return false, err
	}
	if len(claimed) == 0 {
		if claimed, err = t.claim(); err != nil || len(claimed) == 0 {
			return false, err
		}
	}
	messages, err := t.readClaimed(ctx, claimed)
	if err != nil {
		return false, err
	}
	if len(messages) == 0 {
		return true, nil
	}
	if err := t.keep(ctx, messages); err != nil {
		return false, err
	}
	return true, t.moveSent(messages)
}

// claim renames the files of the outgoing folder, oldest first, to names that are never used again.
func (t *terminal) claim() ([]string, error) {
	o := t.outgoing
	names, err := listFiles(o.dir)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	claimed := make([]string, 0, len(names))
	for i, name := range names {
		to := claimName(i, name)
		if err := os.Rename(filepath.Join(o.dir, name), filepath.Join(o.taken, to)); err != nil {
			if errors.Is(err, os.ErrNotExist) {
				continue // its owner took it back
			}
			return nil, err
		}
		claimed = append(claimed, to)
	}
	for _, dir := range []string{o.taken, o.dir} {
		if err := syncFolder(dir); err != nil {
			return nil, err
		}
	}
	t.step(StepClaimed)
	return claimed, nil
}

// claimName is the order in the batch, 8 random bytes, and the file's own name, cut so that the whole fits every file system: one
// file with a long name would else keep all others waiting.
func claimName(i int, name string) string {
	var b [8]byte
	rand.Read(b[:])
	ext := filepath.Ext(name)
	label := strings.TrimSuffix(name, ext)
	return fmt.Sprintf("%03d-%s-%s%s", i, hex.EncodeToString(b[:]), label[:min(len(label), maxFileName)], ext)
}

// nameOf is the file's own name, without its extension, and the extension.
func nameOf(claimed string) (label, ext string) {
	own := claimed
	if parts := strings.SplitN(claimed, "-", 3); len(parts) == 3 {
		own = parts[2]
	}
	ext = filepath.Ext(own)
	return strings.TrimSuffix(own, ext), ext
}

// claimed lists what stands in .taken.
func (o *outFolder) claimed() ([]string, error) {
	names, err := listFiles(o.taken)
	slices.Sort(names)
	return names, err
}

// listFiles lists messages in a folder, oldest first, at most a batch. Names that begin with a dot or end in .tmp or .part
// belong to writers that have not finished.
func listFiles(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	type found struct {
		name string
		at   int64
	}
	var all []found
	for {
		entries, err := d.ReadDir(1024)
		for _, e := range entries {
			if !isMessageFile(e) {
				continue
			}
			if info, err := e.Info(); err == nil {
				all = append(all, found{e.Name(), info.ModTime().UnixNano()})
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.name, b.name)) })
	names := make([]string, 0, min(len(all), maxBatch))
	for _, f := range all[:min(len(all), maxBatch)] {
		names = append(names, f.name)
	}
	return names, nil
}

func isMessageFile(e os.DirEntry) bool {
	name := e.Name()
	if !e.Type().IsRegular() || name[0] == '.' {
		return false
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case extFIN, extXML, extAct:
		return true
	}
	return false
}

// readClaimed reads claimed files and makes messages of those that are not in the store. What cannot be sent is refused at once; what
// is in the store already is moved on.
func (t *terminal) readClaimed(ctx context.Context, claimed []string) ([]outgoing, error) {
	var messages []outgoing
	size := 0
	for _, name := range claimed {
		label, ext, known, err := t.store.takenRow(ctx, name)
		if err != nil {
			return nil, err
		}
		if known {
			if err := t.moveOne(name, label, ext); err != nil {
				return nil, err
			}
			continue
		}
		m, err := t.readFile(name)
		if err != nil {
			return nil, err
		}
		if m == nil {
			continue // it was refused, or taken away
		}
		messages = append(messages, *m)
		if size += len(m.payload); size > maxBatchBytes {
			break
		}
	}
	return messages, nil
}

// readFile makes a message of one claimed file; nil where it was refused or is gone.
func (t *terminal) readFile(name string) (*outgoing, error) {
	label, ext := nameOf(name)
	payload, fault, err := readMessage(filepath.Join(t.outgoing.taken, name))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case errors.Is(err, os.ErrPermission):
		fault = corridor.NetworkFault(corridor.FaultFormat, "the gateway may not read the file: let its user or group read what is put here")
	case err != nil:
		return nil, err
	}
	m := &outgoing{payload: payload, label: Label(label), extension: ext, taken: name}
	if fault == nil {
		fault = t.compose(m)
	}
	if fault != nil {
		return nil, t.refuse(name, m, fault)
	}
	return m, nil
}

// readMessage reads at most one message's length.
func readMessage(path string) ([]byte, *corridor.Fault, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, corridor.MaxPayload+1))
	if len(b) > corridor.MaxPayload {
		return nil, corridor.NetworkFault(corridor.FaultTooLong, "the file is longer"), nil
	}
	return b, nil, err
}

// refuse moves a file that cannot be sent to refused, with the reason beside it. It had no number.
func (t *terminal) refuse(name string, m *outgoing, fault *corridor.Fault) error {
	label, err := freeName(t.outgoing.refused, m.label, m.extension)
	if err != nil {
		return err
	}
	base := filepath.Join(t.outgoing.refused, label)
	if err := writeFiles(append(words(base, m.payload, m.against), file{base + ".nak", localNak(t.id.lt, m, fault)})); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(t.outgoing.taken, name), base+m.extension); err != nil {
		return err
	}
	t.g.counts.refusedHere.Add(1)
	t.log.Warn("file refused", "file", label+m.extension, "code", fault.Code, "reference", string(m.submission.Reference))
	t.emit(Event{Kind: RefusedHere, Type: m.submission.Type, Peer: m.submission.Receiver, Reference: m.submission.Reference, UETR: m.submission.UETR, Fault: fault, File: base + m.extension, Directory: m.against})
	return nil
}

// freeName is a name that no message in the folder has, of either kind: the reason beside it has the name only.
func freeName(dir, label, ext string) (string, error) {
	for i, name := 2, label; ; i++ {
		free := true
		for _, e := range []string{ext, extFIN, extXML, extAct} {
			taken, err := exists(filepath.Join(dir, name+e))
			if err != nil {
				return "", err
			}
			free = free && !taken
		}
		if free {
			return name, nil
		}
		name = fmt.Sprintf("%s~%d", label, i)
	}
}

func (t *terminal) moveSent(messages []outgoing) error {
	for i := range messages {
		if err := t.moveOne(messages[i].taken, messages[i].label, messages[i].extension); err != nil {
			return err
		}
	}
	t.step(StepMoved)
	return nil
}

// moveOne moves a file whose message is kept to sent, under the label that its answer will have.
func (t *terminal) moveOne(taken, label, ext string) error {
	err := os.Rename(filepath.Join(t.outgoing.taken, taken), filepath.Join(t.outgoing.sent, label+ext))
	if errors.Is(err, os.ErrNotExist) {
		return nil // moved before
	}
	return err
}
