package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// The register of acts is a folder beside the journal, on other media where the operator is careful: one file for each act that was
// taken, and the texts of the instruments. It is the second memory of orders (R52): a hub that starts on a journal restored from a
// backup files again what the journal does not know, before it takes a session; and it does not lead where it cannot read the
// register. Losing the register loses nothing while the journal is whole: it is written anew at the next start.

const (
	registerActs        = "acts"
	registerInstruments = "instruments"
	// MaxInstrument bounds a legal text: the longest consolidated acts with their annexes have some 20 MB.
	MaxInstrument = 64 << 20
	// maxInstruments bounds all of them: who sends a text is not asked, only who files an act about it.
	maxInstruments = 8 << 30
	maxRegister    = 1_000_000
)

// register writes an act that is in the journal. Crash before it: the next start does it.
func (h *Hub) register(at corridor.Position, a entry.Acted) error {
	if h.config.Register == "" {
		return nil
	}
	return writeDurable(h.config.Register, registerActs, fmt.Sprintf("%012d-%05d.act", at.Page, at.Index), entry.EncodeActFile(a))
}

// writeDurable writes a file whole or not at all, and syncs it and its folder. A file that is there stays.
func writeDurable(root, dir, name string, content []byte) error {
	folder := filepath.Join(root, dir)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	f, err := os.CreateTemp(folder, ".tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncFolder(folder)
	}
	return err
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// KeepInstrument keeps the text of a legal instrument and returns its digest.
func (h *Hub) KeepInstrument(text []byte) (corridor.Digest, error) {
	d := corridor.DigestOf(text)
	switch {
	case h.config.Register == "":
		return d, errors.New("this hub has no register of acts: set register in its configuration")
	case len(text) == 0 || len(text) > MaxInstrument:
		return d, fmt.Errorf("the text has %d bytes, the limit is %d", len(text), MaxInstrument)
	}
	if used, err := folderSize(filepath.Join(h.config.Register, registerInstruments)); err != nil || used+int64(len(text)) > maxInstruments {
		return d, errors.Join(err, fmt.Errorf("the texts have %d bytes in all, the limit is %d: take out of the register what no act names", used, int64(maxInstruments)))
	}
	return d, writeDurable(h.config.Register, registerInstruments, d.String(), text)
}

// folderSize is the size of a folder's files; none where there is no folder.
func folderSize(path string) (n int64, err error) {
	list, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for _, e := range list {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n, err
}

func (h *Hub) hasInstrument(d corridor.Digest) bool {
	_, err := os.Stat(filepath.Join(h.config.Register, registerInstruments, d.String()))
	return err == nil
}

// reconcile brings journal and register together before a term begins: acts that only the journal has are written into the register,
// and those that only the register has are returned, in their order, to be filed again.
func (h *Hub) reconcile() (missing []entry.Acted, err error) {
	if h.config.Register == "" {
		return nil, nil
	}
	files, err := h.registered()
	if err != nil {
		return nil, fmt.Errorf("read the register of acts in %s: %w; a hub that cannot read which orders there are does not lead: mend the folder, or name the right one", h.config.Register, err)
	}
	known := h.heart.state.actsKnown()
	for i := range files {
		id := actID(&files[i])
		if _, ok := known[id]; !ok {
			missing = append(missing, files[i])
		}
		delete(known, id)
	}
	for _, k := range known {
		if err := h.register(k.at, k.acted); err != nil {
			return nil, fmt.Errorf("write the register of acts: %w", err)
		}
	}
	return missing, nil
}

// startTerm begins the leadership; acts that the journal lacks are filed again first, before any session. Each gets a page of its own, at
// the time at which its officer signed it: notice and signatures count from then, and fences stand where they stood.
func (h *Hub) startTerm(ctx context.Context, missing []entry.Acted) error {
	certificate := h.config.Key.Certificate().DER
	if len(missing) == 0 {
		h.heart.StartTerm(h.now(), certificate)
		return nil
	}
	h.heart.StartTerm(h.signedAt(&missing[0]), certificate)
	for i := range missing {
		if err := h.refile(ctx, &missing[i]); err != nil {
			return err
		}
	}
	known := h.heart.state.actsKnown()
	for i := range missing {
		a, err := entry.DecodeAct(missing[i].Statement)
		if _, ok := known[actID(&missing[i])]; err != nil || !ok && bindsAll(a.Kind) {
			return fmt.Errorf("the register has the act %s about %q of an officer, the journal is older than it and does not take it again: find out what the journal lacks before this network is served", a.Kind, a.Subject)
		}
	}
	return nil
}

// bindsAll reports acts without which the network would run under other rules; what concerns single messages went with them.
func bindsAll(kind string) bool {
	return isKind(kind, "order") || isKind(kind, "policy") || isKind(kind, "instrument") || isKind(kind, "directory")
}

func (h *Hub) signedAt(a *entry.Acted) int64 {
	act, err := entry.DecodeAct(a.Statement)
	if err != nil {
		return h.now()
	}
	return min(h.now(), time.UnixMilli(int64(act.SignedAt)).UnixNano())
}

func (h *Hub) refile(ctx context.Context, a *entry.Acted) error {
	at := h.signedAt(a)
	act := ReadAct(h.config.Root, *a, time.Unix(0, at))
	h.config.Log.Warn("the register has an act that the journal lacks: the journal is older than it; filing the act again", "kind", act.Act.Kind, "subject", act.Act.Subject)
	h.heart.Act(at, 0, act)
	p, _ := h.heart.Seal(h.config.Key.Sign)
	if p == nil {
		return nil
	}
	if err := h.config.Journal.Append(ctx, p); err != nil {
		return err
	}
	h.committed(&written{page: p})
	return nil
}

// registered are the acts of the register in the order of the journal that they were filed in.
func (h *Hub) registered() ([]entry.Acted, error) {
	folder := filepath.Join(h.config.Register, registerActs)
	list, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(list) > maxRegister {
		return nil, fmt.Errorf("it has %d files, the limit is %d", len(list), maxRegister)
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	var all []entry.Acted
	for _, e := range list {
		if !strings.HasSuffix(e.Name(), ".act") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		a, err := entry.DecodeActFile(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		all = append(all, a)
	}
	return all, nil
}

// knownAct is an act of the journal.
type knownAct struct {
	at    corridor.Position
	acted entry.Acted
}

// actsKnown are the acts that the journal has, by actID. Those on authorisations travel as messages and
// are not orders.
func (s *state) actsKnown() map[corridor.Digest]knownAct {
	all := map[corridor.Digest]knownAct{}
	for _, g := range s.log {
		if entry.KindOf(g.stored) != entry.KindActed {
			continue
		}
		e, err := entry.Decode(g.stored)
		must(err)
		a := e.(*entry.Acted)
		all[actID(a)] = knownAct{g.at, *a}
	}
	return all
}

// actID tells acts apart: two officers who sign the same order in the same millisecond sign the same words.
func actID(a *entry.Acted) corridor.Digest {
	id := corridor.DigestOf(a.Certificate)
	return corridor.DigestOf(append(id[:], a.Statement...))
}
