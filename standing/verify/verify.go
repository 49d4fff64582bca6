// Package verify proves from a journal, off line, what orders did: nothing passed after the fence that an order forbids, nothing else
// was blocked, every message is accounted for (R48); or it names the record that breaks a sentence.
//
// It shares the documents' types with package standing and nothing of what that package decides: who may do what (act.go), when an
// order has effect (fence.go) and what it says of a message (model.go) are written a second time from the requirement, and
// slowly, so that two writings of one rule check each other. It opens no file: pages come from package journal, which has checked
// their chain and the hub's signatures.
package verify

import (
	"crypto/ed25519"
	"fmt"
	"sync"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
)

// Verifier goes through the pages of a journal, from its first one. It is not safe for use by several goroutines.
type Verifier struct {
	options Options
	result  Result
	model   *model

	network   corridor.Network
	page      Page
	number    uint64
	time      int64
	next      uint64
	before    corridor.Digest // hash of the page before this one
	terminals map[corridor.LT]*terminal
	members   map[corridor.BIC]bool // BIC8s that have a terminal
	keys      map[corridor.Digest]*key
	messages  map[corridor.Position]*message // not at their end
	mine      map[corridor.Digest]*message   // the same by leaf hash, for an export of one member
	decided   *decidedBefore
	frames    map[uint32]bool // of this page, already sent to be checked
	due       []dueFence
	acts      map[corridor.Digest]bool // statements that were taken

	guard  sync.Mutex // of breaks: signatures are checked aside
	broken [4]*Break
	counts [4]int
}

// Page is a page as package journal has it.
type Page interface {
	Place() (number uint64, time int64)
	Hash() corridor.Digest
	// All are the stored entries; nil is one that a redacted export hides. An error says that none is shown.
	All() ([][]byte, error)
	Redacted() bool
	Frame(i uint32) (*entry.FrameRecord, error)
	FrameRoot(i uint32) (corridor.Digest, error)
	Payload(i uint32) ([]byte, error)
}

// Options is against what a journal is verified.
type Options struct {
	Root *pki.Root
	// For is the institution of a redacted export that shows only what concerns it.
	For corridor.BIC
	// Orders are canonical documents that the auditor holds: the journal must have carried out these and no other forms of them.
	Orders [][]byte
	// Acts are signed acts that the auditor holds: the journal must have taken them.
	Acts []entry.Acted
	// Particulars reads a message where the export has it, as the hub does; nil takes what the decisions' records say.
	Particulars func(t corridor.MessageType, payload []byte) (*corridor.Particulars, error)
	// Aside runs the check of a signature, maybe later and on another goroutine; nil runs it at once. The caller waits for
	// all before he asks for the Result.
	Aside func(check func())
}

// Sentence is one of the three, or the evidence that they rest on.
type Sentence int

// The sentences.
const (
	Evidence    Sentence = iota // signatures, numbers and forms that the sentences rest on
	NothingPast                 // nothing passed after the fence that an order forbids
	NothingElse                 // nothing else was blocked
	AllThere                    // every message is accounted for
)

func (s Sentence) String() string {
	return [...]string{
		"the records are what officers, members and the hub signed",
		"nothing passed after the fence that an order forbids",
		"nothing else was blocked",
		"every message is accounted for",
	}[s]
}

// Break is the record that breaks a sentence.
type Break struct {
	Sentence Sentence          `json:"-"`
	At       corridor.Position `json:"-"`
	Place    string            `json:"at"` // page/index
	What     string            `json:"what"`
}

func (b *Break) Error() string {
	return fmt.Sprintf("%s: record %v: %s", b.Sentence, b.At, b.What)
}

// key is a member's signing key.
type key struct {
	lt     corridor.LT
	public ed25519.PublicKey
}

// decidedBefore is a decision at acceptance, which stands directly before its message.
type decidedBefore struct {
	entry.Decided
	at corridor.Position
}

// New begins before the first page.
func New(o Options) *Verifier {
	d := directory.New()
	return &Verifier{
		options: o, model: newModel(d), terminals: map[corridor.LT]*terminal{}, members: map[corridor.BIC]bool{}, keys: map[corridor.Digest]*key{},
		messages: map[corridor.Position]*message{}, mine: map[corridor.Digest]*message{}, acts: map[corridor.Digest]bool{}, network: o.Root.Network(),
	}
}

// breaks notes that a record breaks a sentence; the first of each is kept.
func (v *Verifier) breaks(s Sentence, at corridor.Position, format string, args ...any) {
	v.guard.Lock()
	defer v.guard.Unlock()
	v.counts[s]++
	old := v.broken[s]
	if old != nil && old.At.Compare(at) <= 0 {
		return
	}
	v.broken[s] = &Break{s, at, at.String(), fmt.Sprintf(format, args...)}
}

func (v *Verifier) aside(check func()) {
	if v.options.Aside == nil {
		check()
		return
	}
	v.options.Aside(check)
}

// partial reports an export that hides entries: what is missing cannot be told from what is hidden.
func (v *Verifier) partial() bool { return v.options.For != "" }

// Page takes the next page.
func (v *Verifier) Page(p Page) error {
	v.page = p
	v.number, v.time = p.Place()
	if v.number != v.next {
		return fmt.Errorf("page %d comes where page %d is next: a verification begins with page 0 and leaves none out, since any page may hold an order", v.number, v.next)
	}
	v.next++
	if v.result.Pages == 0 {
		v.result.Start = v.at()
	}
	v.result.Pages++
	v.result.Until = v.at()
	all, err := p.All()
	if err != nil {
		if v.partial() {
			v.before = p.Hash()
			v.result.HiddenPages++
			return nil
		}
		return fmt.Errorf("page %d: %w", v.number, err)
	}
	v.decided, v.frames = nil, nil
	v.due = v.model.dueAt(v.time)
	for i, stored := range all {
		at := corridor.Position{Page: v.number, Index: uint32(i)}
		if stored == nil {
			v.result.Hidden++
			v.decided = nil
			continue
		}
		v.result.Entries++
		e, err := entry.Decode(stored)
		if err != nil {
			v.breaks(Evidence, at, "it cannot be read: %v", err)
			continue
		}
		v.entry(at, e)
	}
	v.undecided()
	v.before = p.Hash()
	return nil
}

func (v *Verifier) at() time.Time { return time.Unix(0, v.time).UTC() }

// undecided notices a decision at acceptance without its message behind it.
func (v *Verifier) undecided() {
	if d := v.decided; d != nil {
		v.breaks(AllThere, d.at, "it decides on a message that does not stand behind it")
		v.decided = nil
	}
}

// entry takes one entry. Traffic must not come before a fence that is due.
func (v *Verifier) entry(at corridor.Position, e entry.Entry) {
	switch e.(type) {
	case *entry.Accepted, *entry.Refused:
	default:
		v.undecided()
	}
	switch e := e.(type) {
	case *entry.TermStarted:
		v.termStarted(at, e)
	case *entry.MemberAdmitted:
		v.memberAdmitted(at, e)
	case *entry.KeyRevoked:
		delete(v.keys, e.Key)
	case *entry.SessionOpened:
		v.fencesFirst(at)
		v.sessionOpened(at, e)
	case *entry.SessionClosed:
		v.sessionClosed(at, e)
	case *entry.Accepted:
		v.fencesFirst(at)
		v.accepted(at, e)
	case *entry.Refused:
		v.fencesFirst(at)
		v.refused(at, e)
	case *entry.Assigned:
		v.fencesFirst(at)
		v.assigned(at, e)
	case *entry.Acknowledged:
		v.fencesFirst(at)
		v.acknowledged(at, e)
	case *entry.Originated:
		v.originated(at, e)
	case *entry.Acted:
		v.acted(at, e)
	case *entry.ActRefused:
		v.actRefused(at, e)
	case *entry.Fenced:
		v.fenced(at, e)
	case *entry.Decided:
		v.fencesFirst(at)
		v.decidedOn(at, e)
	case *entry.Closing:
		v.closing(at, e)
	}
}

func (v *Verifier) termStarted(at corridor.Position, e *entry.TermStarted) {
	if e.Network != v.network {
		v.breaks(Evidence, at, "it is of the network %s, the root certificate of %s", e.Network, v.network)
	}
	for _, t := range v.terminals {
		t.session = 0
	}
}

func (v *Verifier) memberAdmitted(at corridor.Position, e *entry.MemberAdmitted) {
	c, err := v.options.Root.Member(e.Certificate, v.at())
	if err != nil || c.LT != e.LT {
		v.breaks(Evidence, at, "the certificate of %s is not the network's: %v", e.LT, err)
		return
	}
	v.keys[c.ID] = &key{c.LT, c.Public}
	v.terminal(c.LT)
}
