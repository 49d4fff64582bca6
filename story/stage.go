package story

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
	"corridor.example/corridor/notice"
	"corridor.example/corridor/pki"
)

// The network of every story.
const (
	network corridor.Network = "story.corridor"
	own     corridor.LT      = "CRDRXXXXAXXX"
)

// begins and lasts are the validity of a story's certificates: from before the oldest calendar that is told.
const lasts = 20 * 365 * 24 * time.Hour

// stage is the network of one story: the hub, its journal, its members and officers, and the clock.
type stage struct {
	ctx     context.Context
	options Options
	line    *line // that is being played

	now  time.Time     // simulated, by the world's clock
	skew time.Duration // of the hub's clock
	T    time.Time     // what scripts call T

	authority *pki.Authority
	hubKey    *pki.HubSigningKey
	full      bool // every rule of the standards, not only headers

	journal *journal.Journal
	files   int // journals opened so far: a restored backup is another file
	heart   *hub.Heart
	checker *hub.Checker
	pages   []*journal.Page
	record  []fact // every entry of the journal, decoded
	crash   crash
	ticket  uint64

	banks    []*bank // in the order of their admission
	messages map[string]*message
	answers  map[uint64]hub.Outcome // of acts
	todo     []func()               // what members do next, in order

	desk desk
	last entry.Acted // the act that was submitted last
}

// fact is one entry at its place.
type fact struct {
	at    corridor.Position
	time  time.Time // of its page
	entry entry.Entry
}

// crash is the next accident of the hub.
type crash int

const (
	noCrash    crash = iota
	beforePage       // the next page is decided and never written
	afterPage        // the next page is written and nobody hears of it
)

func newStage(ctx context.Context, o Options) *stage {
	return &stage{ctx: ctx, options: o, line: &line{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), full: true,
		messages: map[string]*message{}, answers: map[uint64]hub.Outcome{}}
}

func (s *stage) close() error {
	if s.journal == nil {
		return nil
	}
	return s.journal.Close()
}

// clock is the hub's.
func (s *stage) clock() time.Time { return s.now.Add(s.skew) }

func (s *stage) nano() int64 { return s.clock().UnixNano() }

// found makes the authority, the hub's key and the journal, and starts the hub.
func (s *stage) found() error {
	var err error
	start := s.now.Add(-24 * time.Hour)
	if s.authority, err = pki.CreateAuthority(network, lasts, start, rand.Reader); err != nil {
		return err
	}
	h, err := s.authority.IssueHub([]string{"localhost"}, lasts-48*time.Hour, start, rand.Reader)
	if err != nil {
		return err
	}
	s.hubKey = h.HubKey()
	if err := os.WriteFile(filepath.Join(s.options.Dir, "network.pem"), s.authority.Root().PEM(), 0o644); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	return s.start()
}

func (s *stage) open() (err error) {
	s.files++
	s.journal, err = journal.Open(s.ctx, s.journalPath(), journal.Options{})
	return err
}

func (s *stage) journalPath() string {
	return filepath.Join(s.options.Dir, fmt.Sprintf("journal-%d.db", s.files))
}

// start is a hub that takes the lead: it reads the state back from the journal and begins a term.
func (s *stage) start() error {
	s.heart = hub.NewHeart(network, own)
	s.pages, s.record = nil, nil
	for p, err := range s.journal.Scan(s.ctx, 0, journal.ToEnd, journal.Whole) {
		if err != nil {
			return err
		}
		if err := s.replay(p); err != nil {
			return err
		}
	}
	standards := hub.HeaderStandards
	if s.full {
		standards = hub.FullStandards
	}
	s.checker = hub.NewChecker(network, standards, s.clock)
	s.checker.TrustOfficers(s.authority.Root())
	s.heart.StartTerm(s.nano(), s.hubKey.Certificate().DER)
	for _, b := range s.banks {
		b.session = nil
		if err := s.admit(b); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) replay(p *journal.Page) error {
	all, err := p.All()
	if err != nil {
		return err
	}
	if err := s.heart.Replay(&p.Header, p.Hash(), all); err != nil {
		return err
	}
	return s.keep(p, all)
}

// keep notes what a durable page says.
func (s *stage) keep(p *journal.Page, all [][]byte) error {
	s.pages = append(s.pages, p)
	for i, stored := range all {
		e, err := entry.Decode(stored)
		if err != nil {
			return err
		}
		s.record = append(s.record, fact{corridor.Position{Page: p.Header.Number, Index: uint32(i)}, p.Header.At(), e})
	}
	return nil
}

func (s *stage) admit(b *bank) error {
	for _, key := range b.keys {
		der := key.Certificate().DER
		if err := errors.Join(s.heart.Admit(s.nano(), b.lt, der), s.checker.Admit(b.lt, der)); err != nil {
			return err
		}
	}
	return nil
}

// settle lets everything that was begun come to its end at this instant: pages become durable, members answer.
func (s *stage) settle() error {
	if s.heart == nil {
		return nil
	}
	for range maxRounds {
		if len(s.todo) > 0 {
			do := s.todo[0]
			s.todo = s.todo[1:]
			do()
			continue
		}
		more, err := s.step()
		if err != nil || !more {
			return err
		}
	}
	return fmt.Errorf("%d rounds and no end", maxRounds)
}

// step makes one page durable, and reports whether anything came of it.
func (s *stage) step() (bool, error) {
	if !s.heart.Ready(true) {
		return s.tell(s.heart.Told())
	}
	p, outcomes := s.heart.Seal(s.hubKey.Sign)
	if p == nil {
		return s.tell(s.heart.Told())
	}
	if s.crash == beforePage {
		return true, s.restart()
	}
	if err := s.journal.Append(s.ctx, p); err != nil {
		return false, err
	}
	if s.crash == afterPage {
		return true, s.restart()
	}
	all, err := p.All()
	if err != nil {
		return false, err
	}
	before := len(s.record)
	if err := s.keep(p, all); err != nil {
		return false, err
	}
	s.narrate(s.record[before:])
	_, err = s.tell(outcomes)
	return true, err
}

// restart is a hub that was killed and comes back; members who were logged in log in again.
func (s *stage) restart() error {
	s.crash = noCrash
	s.todo = nil
	var back []*bank
	for _, b := range s.banks {
		if b.session != nil {
			back = append(back, b)
		}
	}
	if err := s.start(); err != nil {
		return err
	}
	for _, b := range back {
		s.login(b)
	}
	s.say("the hub was killed and starts again at page %d", s.heart.Next())
	return nil
}

// tell hands outcomes to whom they are for, and reports whether there were any.
func (s *stage) tell(all []hub.Outcome) (bool, error) {
	for _, o := range all {
		switch o.Kind {
		case hub.FactsWanted:
			if err := s.wanted(o.Messages[0].At); err != nil {
				return false, err
			}
		case hub.Recorded:
			s.answers[o.Ticket] = o
		default:
			if b := s.bankOf(o.To.LT); b != nil {
				if err := b.hear(s, &o); err != nil {
					return false, fmt.Errorf("%s: %w", b.lt, err)
				}
			}
		}
	}
	return len(all) > 0, nil
}

// entryAt is the entry, its stored bytes and its payload at a place of the journal.
func (s *stage) entryAt(at corridor.Position) (stored, payload []byte, err error) {
	if at.Page >= uint64(len(s.pages)) {
		return nil, nil, fmt.Errorf("page %d is not in the journal", at.Page)
	}
	p := s.pages[at.Page]
	if stored, err = p.Entry(at.Index); err != nil {
		return nil, nil, err
	}
	payload, err = p.Payload(at.Index)
	return stored, payload, err
}

// receipt proves an entry to who holds only the root certificate.
func (s *stage) receipt(at corridor.Position, stored []byte, frame, index uint32, signed bool) (*evidence.Receipt, error) {
	p := s.pages[at.Page]
	tree, err := p.Tree()
	if err != nil {
		return nil, err
	}
	r := &evidence.Receipt{Message: evidence.ProveEntry(tree, at.Index, stored, p.Stored, p.Signature, s.hubKey.Certificate().DER)}
	if !signed {
		return r, nil
	}
	record, err := p.Frame(frame)
	if err != nil {
		return nil, err
	}
	r.Sender = evidence.ProveStatement(record, index, s.certificate(record.Signer))
	return r, nil
}

func (s *stage) certificate(id corridor.Digest) []byte {
	for _, b := range s.banks {
		for _, k := range b.keys {
			if k.Certificate().ID == id {
				return k.Certificate().DER
			}
		}
	}
	return nil
}

// wanted answers the heart's question about a message with what the journal says of it.
func (s *stage) wanted(at corridor.Position) error {
	stored, _, err := s.entryAt(at)
	if err != nil {
		return err
	}
	e, err := entry.Decode(stored)
	if err != nil {
		return err
	}
	a, ok := e.(*entry.Accepted)
	if !ok {
		return nil
	}
	sub, err := entry.DecodeSubmission(a.Statement)
	if err != nil {
		return err
	}
	payload, err := s.pages[at.Page].Payload(at.Index)
	if err != nil {
		return err
	}
	inside := particulars(sub.Type, payload)
	h := &s.pages[at.Page].Header
	f := hub.Facts{
		At: at, MIR: corridor.MakeMIR(h.At(), sub.Sender, a.Session, sub.Number), Accepted: h.Time, Sender: sub.Sender, Receiver: sub.Receiver,
		Reference: sub.Reference, Priority: sub.Priority, Type: sub.Type, Inside: &inside,
	}
	if notice.Answerable(sub.Type) {
		if f.Original, err = notice.ReadOriginal(payload); err != nil {
			return err
		}
	}
	s.heart.Facts(s.nano(), f)
	return nil
}

// particulars are what can be read inside a message.
func particulars(t corridor.MessageType, payload []byte) (p corridor.Particulars) {
	if t.IsFIN() {
		p, _ = mt.ReadParticulars(payload)
	} else {
		p, _ = mx.ReadParticulars(payload)
	}
	return p
}
