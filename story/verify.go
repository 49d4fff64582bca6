package story

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing/verify"
)

// export is the journal from its beginning, whole or without contents.
func (s *stage) export(redacted bool) ([]byte, error) {
	var b bytes.Buffer
	last := uint64(len(s.pages) - 1)
	var err error
	if redacted {
		_, err = s.journal.ExportRedacted(s.ctx, 0, last, journal.Redaction{}, &b)
	} else {
		_, err = s.journal.Export(s.ctx, 0, last, &b)
	}
	return b.Bytes(), err
}

// cmdVerify is an auditor who has the export, the orders and the root certificate.
func (s *stage) cmdVerify(l *line) error {
	redacted := len(l.words) > 1 && l.words[1] == "redacted"
	export, err := s.export(redacted)
	if err != nil {
		return err
	}
	if name, ok := l.settings["remove"]; ok {
		return s.verifyRemoved(name, export)
	}
	r, err := s.verify(export)
	if err != nil {
		return err
	}
	if !r.Holds() {
		return errors.New(broken(r))
	}
	s.say("verified%s: %d pages, %d acts, %d messages judged; nothing passed after a fence, nothing else was blocked, every message is accounted for",
		map[bool]string{true: " from the redacted export"}[redacted], r.Pages, r.Acts, r.Judged)
	return s.sameCounts(r)
}

func broken(r *verify.Result) string {
	var all []string
	for _, x := range r.Sentences {
		if !x.Holds {
			all = append(all, fmt.Sprintf("not proven: %s: %s: %s (%d)", x.Sentence, x.Break.Place, x.Break.What, x.Breaks))
		}
	}
	return strings.Join(all, "\n  ")
}

// verify checks chain and signatures of an export, and what orders did in it.
func (s *stage) verify(export []byte) (*verify.Result, error) {
	o := verify.Options{Root: s.authority.Root(), Particulars: func(t corridor.MessageType, payload []byte) (*corridor.Particulars, error) {
		p := particulars(t, payload)
		return &p, nil
	}}
	for _, d := range s.desk.published {
		document, err := d.Encode()
		if err != nil {
			return nil, err
		}
		o.Orders = append(o.Orders, document)
	}
	return verifyExport(export, s.authority.Root(), o, s.desk.checkpoint)
}

func verifyExport(export []byte, root *pki.Root, o verify.Options, kept evidence.Checkpoint) (*verify.Result, error) {
	v := verify.New(o)
	_, err := journal.CheckExport(bytes.NewReader(export), journal.CheckOptions{
		HubKey: func(der []byte, at time.Time) (ed25519.PublicKey, error) {
			c, err := root.Hub(der, at)
			if err != nil {
				return nil, err
			}
			return c.Public, nil
		},
		Page:       func(p *journal.Page) error { return v.Page(p) },
		Checkpoint: kept,
	})
	return v.End(), err
}

// sameCounts holds the verifier's sums against the story's own reading of the journal.
func (s *stage) sameCounts(r *verify.Result) error {
	words := map[string]int{}
	for _, f := range s.fates() {
		words[f.word()]++
	}
	c := &r.Counts
	for word, n := range map[string]int{"returned": c.Returned, "stored": c.Stored, "held": c.Held, "in-doubt": c.InDoubt} {
		if words[word] != n {
			return fmt.Errorf("the verifier counts %d messages %s, the journal has %d", n, word, words[word])
		}
	}
	return nil
}

// verifyRemoved takes one blocked record out, as somebody would who wants to hide it: once with the page as it is, so that its hash no
// longer fits, once with everything behind it signed anew by the hub's key, as only the operator could.
func (s *stage) verifyRemoved(name string, export []byte) error {
	m := s.messages[name]
	if m == nil {
		return fmt.Errorf("there is no message %q", name)
	}
	at := s.fateOf(m).at
	stored, _, err := s.entryAt(at)
	if err != nil {
		return err
	}
	i := bytes.Index(export, stored)
	if i < 0 {
		return errors.New("the record does not stand in the export")
	}
	cut := append(append([]byte(nil), export[:i]...), export[i+len(stored):]...)
	if r, err := s.verify(cut); err == nil && r.Holds() {
		return errors.New("the record was removed and the verifier saw nothing")
	}
	flipped := append([]byte(nil), export...)
	flipped[i+len(stored)/2] ^= 1
	if r, err := s.verify(flipped); err == nil && r.Holds() {
		return errors.New("the record was altered and the verifier saw nothing")
	}
	r, err := s.verify(export)
	if err == nil && !r.Holds() {
		err = errors.New(broken(r))
	}
	if err != nil {
		return fmt.Errorf("the untouched export: %w", err)
	}
	if err := s.verifyForged(at); err != nil {
		return err
	}
	s.say("one blocked record was removed, altered, and forged away with the hub's own key: the verifier names it each time; the untouched export passes")
	return nil
}

// verifyForged leaves the decision and its message out of the pages and signs them anew with the hub's own key: the chain is whole, and only
// the numbers of the members tell.
func (s *stage) verifyForged(at corridor.Position) error {
	v := verify.New(verify.Options{Root: s.authority.Root()})
	j, err := journal.Open(s.ctx, filepath.Join(s.options.Dir, "forged.db"), journal.Options{})
	if err != nil {
		return err
	}
	defer j.Close()
	var previous corridor.Digest
	for _, p := range s.pages {
		f, err := s.forged(p, at, previous)
		if err != nil {
			return err
		}
		previous = f.Hash()
		if err := errors.Join(j.Append(s.ctx, f), v.Page(f)); err != nil {
			return err
		}
	}
	if r := v.End(); r.Holds() {
		return errors.New("the record was forged away and the verifier saw nothing")
	}
	return s.otherHistory(j)
}

// otherHistory holds a forged journal against the checkpoint that an observer has kept.
func (s *stage) otherHistory(j *journal.Journal) error {
	if s.desk.checkpoint.Size == 0 {
		return nil
	}
	var b bytes.Buffer
	if _, err := j.Export(s.ctx, 0, s.desk.checkpoint.Size-1, &b); err != nil {
		return err
	}
	if _, err := verifyExport(b.Bytes(), s.authority.Root(), verify.Options{Root: s.authority.Root()}, s.desk.checkpoint); err == nil {
		return errors.New("the forged journal fits the checkpoint that was kept")
	}
	return nil
}

// cmdCheckpoint is an observer who keeps the signed head of the journal.
func (s *stage) cmdCheckpoint(*line) error {
	log, err := s.journal.Log(s.ctx, uint64(len(s.pages)))
	if err != nil {
		return err
	}
	signed, err := evidence.SignCheckpoint(log.Checkpoint(network), s.hubKey)
	if err != nil {
		return err
	}
	s.desk.checkpoint, err = evidence.OpenCheckpoint(signed, s.hubKey.Certificate())
	s.say("an observer keeps the checkpoint of %d pages", s.desk.checkpoint.Size)
	return err
}

func (s *stage) forged(p *journal.Page, at corridor.Position, previous corridor.Digest) (*journal.Page, error) {
	b := &journal.Builder{}
	n, err := p.Frames()
	if err != nil {
		return nil, err
	}
	for i := range uint32(n) {
		r, err := p.Frame(i)
		if err != nil {
			return nil, err
		}
		b.AddFrame(*r)
	}
	all, err := p.All()
	if err != nil {
		return nil, err
	}
	for i, stored := range all {
		e, err := entry.Decode(stored)
		if err != nil {
			return nil, err
		}
		here := corridor.Position{Page: p.Header.Number, Index: uint32(i)}
		if d, ok := e.(*entry.Decided); here == at || ok && d.Message == at {
			continue
		}
		var payload []byte
		if statementOf(e) != nil {
			if payload, err = p.Payload(uint32(i)); err != nil {
				return nil, err
			}
		}
		b.Add(e, payload)
	}
	if b.Len() == 0 { // no page is empty: the forger says again what is known
		first := s.banks[0]
		b.Add(&entry.MemberAdmitted{LT: first.lt, Certificate: first.keys[0].Certificate().DER}, nil)
	}
	h := p.Header
	h.Previous = previous
	return b.Seal(h, s.hubKey.Sign), nil
}
