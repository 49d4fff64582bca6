package story

import (
	"crypto/rand"
	"fmt"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
)

// bank is one logical terminal of a member: its keys, its store, and its session.
type bank struct {
	lt   corridor.LT
	name string
	keys []*pki.MemberSigningKey // the newest signs

	deaf bool // takes deliveries and acknowledges nothing

	// the store
	sent    corridor.ISN
	frames  map[corridor.ISN][]byte
	answers map[corridor.ISN]corridor.Position
	stored  corridor.OSN
	inbox   []received

	session  *hub.SessionRef
	farewell *corridor.Fault // why the last session ended
	refused  *corridor.Fault // why the last login was refused
	window   int
}

// received is a message in a bank's store.
type received struct {
	osn  corridor.OSN
	at   corridor.Position
	sub  entry.Submission
	text []byte
	when time.Time         // it was stored
	note *entry.Originated // where the network itself is the sender
}

func (s *stage) bankOf(lt corridor.LT) *bank {
	for _, b := range s.banks {
		if b.lt == lt {
			return b
		}
	}
	return nil
}

// bankNamed finds a bank as scripts name it: by BIC8, BIC11 or terminal.
func (s *stage) bankNamed(name string) (*bank, error) {
	for _, b := range s.banks {
		if string(b.lt) == name || string(b.lt.BIC()) == name || len(name) == 8 && string(b.lt.BIC8()) == name && b.lt.BIC().Branch() == "XXX" {
			return b, nil
		}
	}
	return nil, fmt.Errorf("there is no member %q: give a line \"member %s\" first", name, name)
}

// newBank admits a terminal with a key of its own.
func (s *stage) newBank(lt corridor.LT, name string) (*bank, error) {
	b := &bank{lt: lt, name: name, frames: map[corridor.ISN][]byte{}, answers: map[corridor.ISN]corridor.Position{}, window: 100}
	if err := s.newKey(b); err != nil {
		return nil, err
	}
	s.banks = append(s.banks, b)
	return b, s.admit(b)
}

func (s *stage) newKey(b *bank) error {
	m, err := s.authority.IssueMember([]corridor.LT{b.lt}, lasts/2, s.now.Add(-pki.Backdate), rand.Reader)
	if err != nil {
		return err
	}
	b.keys = append(b.keys, m.MemberKey(0))
	return nil
}

func (b *bank) key() *pki.MemberSigningKey { return b.keys[len(b.keys)-1] }

// login asks for a session; the answer comes with the next page.
func (s *stage) login(b *bank) {
	b.refused = nil
	s.ticket++
	s.heart.Login(s.nano(), hub.Login{Ticket: s.ticket, LT: b.lt, Signing: b.key().Certificate().ID, Window: b.window, Delivery: true, Takeover: true,
		LastSent: b.sent, LastAnswered: b.answered(), LastStored: b.stored})
}

func (b *bank) answered() corridor.ISN {
	for n := corridor.ISN(0); ; n++ {
		if _, ok := b.answers[n+1]; !ok {
			return n
		}
	}
}

// transmit sends what has no answer yet, the same bytes each time.
func (b *bank) transmit(s *stage) {
	if b.session == nil {
		return
	}
	for n := b.answered() + 1; n <= b.sent; n++ {
		if _, ok := b.answers[n]; ok {
			continue
		}
		raw, ref := b.frames[n], *b.session
		s.todo = append(s.todo, func() { s.heart.Submit(s.nano(), ref, s.checker.Check(ref, raw, false)) })
	}
}

// hear is what a bank does with a word of the network.
func (b *bank) hear(s *stage, o *hub.Outcome) error {
	switch o.Kind {
	case hub.Welcome:
		b.session, b.farewell = &o.To, nil
		b.transmit(s)
	case hub.LoginRefused:
		b.refused = o.Fault
	case hub.Farewell:
		b.session, b.farewell = nil, o.Fault
	case hub.Answers:
		return b.takeAnswers(s, o)
	case hub.Deliveries:
		return b.takeDeliveries(s, o)
	case hub.FrameRefused:
		return fmt.Errorf("a frame was refused: %w", o.Fault)
	}
	return nil
}

func (b *bank) takeAnswers(s *stage, o *hub.Outcome) error {
	for _, m := range o.Messages {
		stored, payload, err := s.entryAt(m.At)
		if err != nil {
			return err
		}
		sub, _, err := s.verified(m.At, stored, payload)
		if err != nil {
			return err
		}
		if before, ok := b.answers[sub.Number]; ok && before != m.At {
			return fmt.Errorf("number %d was answered at %v and then at %v", sub.Number, before, m.At)
		}
		b.answers[sub.Number] = m.At
	}
	return nil
}

// verified checks an entry's receipt against the root certificate alone, and gives the statement.
func (s *stage) verified(at corridor.Position, stored, payload []byte) (entry.Submission, *entry.Originated, error) {
	e, err := entry.Decode(stored)
	if err != nil {
		return entry.Submission{}, nil, err
	}
	var statement []byte
	var note *entry.Originated
	var frame, index uint32
	switch e := e.(type) {
	case *entry.Accepted:
		statement, frame, index = e.Statement, e.Frame, e.Index
	case *entry.Refused:
		statement, frame, index = e.Statement, e.Frame, e.Index
	case *entry.Originated:
		statement, note = e.Statement, e
	default:
		return entry.Submission{}, nil, fmt.Errorf("%v is a %v, not a message", at, e.Kind())
	}
	r, err := s.receipt(at, stored, frame, index, note == nil)
	if err != nil {
		return entry.Submission{}, nil, err
	}
	if _, err := evidence.Verify(s.authority.Root(), r, payload); err != nil {
		return entry.Submission{}, nil, fmt.Errorf("the receipt of %v: %w", at, err)
	}
	sub, err := entry.DecodeSubmission(statement)
	return sub, note, err
}

// takeDeliveries stores what is new, and then acknowledges.
func (b *bank) takeDeliveries(s *stage, o *hub.Outcome) error {
	var items []entry.Item
	for _, m := range o.Messages {
		stored, payload, err := s.entryAt(m.At)
		if err != nil {
			return err
		}
		sub, note, err := s.verified(m.At, stored, payload)
		if err != nil {
			return err
		}
		if m.OSN > b.stored && !b.deaf {
			b.stored = m.OSN
			b.inbox = append(b.inbox, received{m.OSN, m.At, sub, payload, s.now, note})
		}
		a := entry.Acknowledgement{Network: network, Receiver: b.lt, Number: m.OSN, Message: leafOf(stored), ReceivedAt: uint64(s.now.UnixMilli())}
		items = append(items, entry.Item{Statement: a.Append(nil)})
	}
	if b.deaf || len(items) == 0 {
		return nil
	}
	raw, ref := session.SignFrame(b.key(), entry.DomainAcknowledgement, items), o.To
	s.todo = append(s.todo, func() { s.heart.Acknowledge(s.nano(), ref, s.checker.Check(ref, raw, true)) })
	return nil
}

// leafOf is the leaf hash of the statement in a stored message.
func leafOf(stored []byte) corridor.Digest {
	e, err := entry.Decode(stored)
	if err != nil {
		return corridor.Digest{}
	}
	return entry.LeafHash(statementOf(e))
}

// submissionIn is the statement of a stored message.
func submissionIn(stored []byte) (entry.Submission, error) {
	e, err := entry.Decode(stored)
	if err != nil {
		return entry.Submission{}, err
	}
	return entry.DecodeSubmission(statementOf(e))
}

func statementOf(e entry.Entry) []byte {
	switch e := e.(type) {
	case *entry.Accepted:
		return e.Statement
	case *entry.Refused:
		return e.Statement
	case *entry.Originated:
		return e.Statement
	}
	return nil
}
