package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/rma"
)

// DirectoryCheck says what the gateway does with a message to somebody who, as the directory has it, cannot be sent it. The network
// judges in any case.
type DirectoryCheck string

// The checks.
const (
	DirectoryShown   DirectoryCheck = "shown"  // said in the log, in the event and beside the answer
	DirectoryRefuses DirectoryCheck = "refuse" // not sent
)

// typeDirectoryChange is the type of the network's own message that carries a change of the directory.
const typeDirectoryChange corridor.MessageType = "directory.change"

// DirectoryCopy is what a gateway knows of the network's directory: a dated file, and after it the changes that the network pushed to its
// terminals, in the order of the places that they have in the journal, each once. The changes stand in the terminals' stores and are read
// again at each start; a newer dated file begins later, and what is in it already is left out.
//
// A change that came twice, to two terminals, or late counts by its place. Readers take the copy of the moment and wait for nobody.
type DirectoryCopy struct {
	root  *pki.Root
	check DirectoryCheck
	dated dated

	now atomic.Pointer[knownDirectory]

	mu      sync.Mutex
	changes []pushed // by their place
	spoken  map[corridor.BIC]bool
}

// knownDirectory is the directory at one moment; nobody alters it.
type knownDirectory struct {
	d            *directory.Directory
	institutions int
	missing      string // why the dated file is to be fetched anew; empty: nothing is known to be missing
}

// pushed is one change as the network sent it.
type pushed struct {
	at        corridor.Position // of the act or the fence that made it
	time      int64             // Unix nanoseconds
	body      []byte            // of the act, or nil
	standings []*directory.Standing
	absent    bool // it was too large for a message
}

// openDirectory reads the dated file; the changes in the stores follow.
func openDirectory(root *pki.Root, c *Config) (*DirectoryCopy, error) {
	x := &DirectoryCopy{root: root, check: c.DirectoryCheck, spoken: map[corridor.BIC]bool{}}
	if err := x.dated.read(c.Directory, root); err != nil {
		return nil, fmt.Errorf("the directory's dated file: %w", err)
	}
	x.rebuild()
	return x, nil
}

// load takes the changes that stores hold.
func (x *DirectoryCopy) load(ctx context.Context, stores ...*store) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range stores {
		rows, err := s.directoryChanges(ctx)
		if err != nil {
			return err
		}
		for i := range rows {
			if p, err := x.read(&rows[i]); err == nil && x.dated.before(&p) { // what is wrong was said when it came
				x.insert(p)
			}
		}
	}
	x.rebuild()
	return nil
}

// take takes a change that is durable in a store. It reports what the copy has come to, and false where that is nothing new.
func (x *DirectoryCopy) take(m *pushedRow) (s DirectoryStatus, fresh bool, err error) {
	p, err := x.read(m)
	if err != nil {
		return s, false, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	fresh, last := false, false
	if x.dated.before(&p) {
		fresh, last = x.insert(p)
	}
	switch {
	case last:
		known := x.now.Load()
		next := known.d.Clone()
		x.publish(next, first(p.apply(next), known.missing))
	case fresh:
		x.rebuild()
	}
	if fresh {
		clear(x.spoken)
	}
	return x.Status(), fresh, nil
}

// read takes a change out of a message that the network originated: an act of its officers, or the records that an order's fence made.
func (x *DirectoryCopy) read(m *pushedRow) (pushed, error) {
	p := pushed{at: m.about, time: m.accepted * int64(time.Millisecond)}
	var err error
	if rma.LooksLikeMessage(m.payload) {
		p.body, err = x.readAct(m.payload, time.UnixMilli(m.accepted))
	} else {
		p.standings, p.absent, err = readStandings(m.payload)
	}
	return p, err
}

func (x *DirectoryCopy) readAct(payload []byte, at time.Time) ([]byte, error) {
	acted, err := entry.DecodeActFile(payload)
	if err != nil {
		return nil, err
	}
	act, err := (&authorisations{root: x.root}).verify(acted, at)
	switch {
	case err != nil:
		return nil, err
	case act.Kind != string(typeDirectoryChange) || act.For != "":
		return nil, fmt.Errorf("the act is %s for %q: the directory is changed by %s of the network's own officers", act.Kind, act.For, typeDirectoryChange)
	}
	return act.Body, nil
}

// readStandings reads the records that a fence made, or the word that a change was too large for a message. A fence that concerns
// branches only makes none.
func readStandings(payload []byte) (all []*directory.Standing, absent bool, err error) {
	var body directory.Body
	if err := canonical.Unmarshal(payload, &body); err != nil {
		return nil, false, err
	}
	for i := range body.Changes {
		c := &body.Changes[i]
		s := c.Standing
		if s == nil || c.Entity != nil || c.Office != nil || c.Ownership != nil {
			return nil, false, errors.New("a change without an officer's signature has what orders made of institutions, and nothing else")
		}
		if _, err := corridor.ParseBIC(string(s.BIC)); err != nil {
			return nil, false, err
		}
		if s.Status != directory.Suspended && s.Status != directory.Active {
			return nil, false, fmt.Errorf("the status %q of %s is not one that an order makes", s.Status, s.BIC)
		}
		all = append(all, s)
	}
	return all, body.Announce && len(all) == 0, nil
}

// insert keeps a change in its place; fresh is false for one that is there, last is true for the newest.
func (x *DirectoryCopy) insert(p pushed) (fresh, last bool) {
	i, found := slices.BinarySearchFunc(x.changes, p.at, func(y pushed, at corridor.Position) int { return y.at.Compare(at) })
	if found {
		return false, false
	}
	x.changes = slices.Insert(x.changes, i, p)
	return true, i == len(x.changes)-1
}

// rebuild makes the copy from the dated file and all changes after it.
func (x *DirectoryCopy) rebuild() {
	d, missing := x.dated.directory.Clone(), ""
	for i := range x.changes {
		missing = first(x.changes[i].apply(d), missing)
	}
	x.publish(d, missing)
}

// apply changes a directory; what it lacks for that is said and left out.
func (p *pushed) apply(d *directory.Directory) (missing string) {
	switch {
	case p.body != nil:
		if err := d.Apply(p.at, p.time, p.body); err != nil {
			return fmt.Sprintf("the change at %v does not fit: %v", p.at, err)
		}
	case p.absent:
		return fmt.Sprintf("the change at %v was too large for a message", p.at)
	}
	for _, s := range p.standings {
		d.SetStanding(p.at, s.BIC, s.Status, int64(s.From))
	}
	return ""
}

// publish gives readers a directory that is not altered from here on.
func (x *DirectoryCopy) publish(d *directory.Directory, missing string) {
	d.Digest() // worked out now, since readers may not
	x.now.Store(&knownDirectory{d, len(d.Members()), missing})
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Directory is the copy of the moment, which nobody may alter; nil where there is no dated file.
func (x *DirectoryCopy) Directory() *directory.Directory {
	if !x.dated.there {
		return nil
	}
	return x.now.Load().d
}

// LookUp says what is known of a BIC, and in plain words why no message of a type, or none at all for an empty type, can be sent to it.
// Without a dated file nothing is known but whom orders disconnected.
func (x *DirectoryCopy) LookUp(b corridor.BIC, t corridor.MessageType) (l directory.Listing, why string) {
	l = x.now.Load().d.LookUp(b)
	switch {
	case !x.dated.there && l.Status != directory.Suspended:
		return l, ""
	case t == "" || rma.IsKind(t):
		return l, l.Refusal
	}
	why, _ = l.Takes(t)
	return l, why
}

// against is why a message cannot be sent, or empty. Service messages go to the network itself, which is no institution.
func (x *DirectoryCopy) against(to corridor.LT, t corridor.MessageType) string {
	if strings.HasPrefix(string(t), "fin.0") {
		return ""
	}
	_, why := x.LookUp(to.BIC(), t)
	return why
}

// firstOf reports whether an institution has not been spoken of since the newest change.
func (x *DirectoryCopy) firstOf(b corridor.BIC) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.spoken[b] || len(x.spoken) >= maxWarned {
		return false
	}
	x.spoken[b] = true
	return true
}

// DirectoryStatus is how a gateway's copy of the directory stands.
type DirectoryStatus struct {
	Version      uint64         `json:"version"`
	Digest       string         `json:"digest"`
	Date         directory.Date `json:"date,omitempty"` // of the dated file; empty where there is none
	Position     string         `json:"position"`       // in the journal, of the newest change
	Institutions int            `json:"institutions"`   // BIC8s
	Changes      int            `json:"changes"`        // pushed after the dated file
	Missing      string         `json:"missing,omitempty"`
}

// Status says how the copy stands.
func (x *DirectoryCopy) Status() DirectoryStatus {
	known := x.now.Load()
	at, _ := known.d.Changed()
	s := DirectoryStatus{Version: known.d.Version(), Digest: known.d.Digest().String(), Date: x.dated.date, Position: at.String(), Institutions: known.institutions,
		Missing: known.missing}
	if s.Missing != "" {
		s.Missing += ": get a newer dated file from the operator, put it where directory says, and restart the gateway"
	}
	s.Changes = int(known.d.Version() - x.dated.directory.Version())
	return s
}
