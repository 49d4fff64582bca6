package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
)

// JournalReceiptCommand makes the receipt of any message that the journal still holds: for a member that lost its own,
// for an auditor, for a court.
type JournalReceiptCommand struct {
	journalURL
	Root     string `default:"network.pem" help:"The network's root certificate: only a receipt that verifies is written."`
	Original bool   `help:"Put the message itself into the receipt: whoever holds it then reads it."`
	At       string `arg:"" placeholder:"PAGE/ENTRY" help:"The message's entry, as in 17/3; see corridor journal show."`
	File     string `arg:"" help:"The file to write; it must not exist."`
}

// Help shows an example.
func (JournalReceiptCommand) Help() string {
	return "Example:\n  corridor journal receipt --journal hub/journal.db --root network.pem 17/3 meridian-3.receipt\n\n" +
		"The whole journal is read, for the members' certificates and the receiver's acknowledgement. A hub may run meanwhile."
}

// Run collects the proof, verifies it, and writes it.
func (c JournalReceiptCommand) Run(ctx context.Context, io streams) error {
	number, index, err := parsePlace(c.At)
	if err != nil {
		return err
	}
	if index < 0 {
		return wrongUse("journal receipt: name an entry, as in %d/0; corridor journal show %d lists them", number, number)
	}
	root, err := pki.LoadRoot(c.Root)
	if err != nil {
		return fmt.Errorf("journal receipt: %w", err)
	}
	j, err := c.open(ctx, false)
	if err != nil {
		return fmt.Errorf("journal receipt: %w", err)
	}
	defer j.Close()
	r, err := journalReceipt(ctx, j, corridor.Position{Page: number, Index: uint32(index)}, c.Original)
	if err != nil {
		return fmt.Errorf("journal receipt: %w", err)
	}
	s, err := evidence.Verify(root, r, nil)
	if err != nil {
		return answerNo(fmt.Errorf("journal receipt: it does not verify: %w", err))
	}
	if err := pki.WriteNew(c.File, r.Encode(), 0o600); err != nil {
		return fmt.Errorf("journal receipt: %w", err)
	}
	fmt.Fprintf(io.Out, "wrote %s: message %d of %s, %s\n", c.File, s.Submission.Number, s.Submission.Sender, s.Outcome)
	return nil
}

// journalReceipt reads a message's entry, and then the journal for what belongs to it.
func journalReceipt(ctx context.Context, j *journal.Journal, at corridor.Position, original bool) (*evidence.Receipt, error) {
	page, err := j.Read(ctx, at.Page)
	if err != nil {
		return nil, err
	}
	m, err := messageAt(page, at.Index)
	if err != nil {
		return nil, err
	}
	s, err := searchJournal(ctx, j, entry.LeafHash(m.statement))
	if err != nil {
		return nil, err
	}
	r := &evidence.Receipt{}
	if r.Message, err = s.proveEntry(page, at.Index); err != nil {
		return nil, err
	}
	if m.signed {
		if r.Sender, err = s.proveStatement(page, m.frame, m.place); err != nil {
			return nil, err
		}
	}
	if original {
		if r.Original, err = page.Payload(at.Index); err != nil {
			return nil, err
		}
	}
	return r, s.addDelivery(ctx, j, r)
}

// messageEntry is where the statement of a message stands.
type messageEntry struct {
	statement    []byte
	signed       bool // in a frame of a member; not where the network originated it
	frame, place uint32
}

func messageAt(p *journal.Page, index uint32) (messageEntry, error) {
	stored, err := p.Entry(index)
	if err != nil {
		return messageEntry{}, err
	}
	e, err := entry.Decode(stored)
	if err != nil {
		return messageEntry{}, err
	}
	switch e := e.(type) {
	case *entry.Accepted:
		return messageEntry{e.Statement, true, e.Frame, e.Index}, nil
	case *entry.Refused:
		return messageEntry{e.Statement, true, e.Frame, e.Index}, nil
	case *entry.Originated:
		return messageEntry{statement: e.Statement}, nil
	}
	return messageEntry{}, fmt.Errorf("entry %d of page %d is of the kind %v and not about a message", index, p.Header.Number, e.Kind())
}

// search is what one pass over the journal finds: certificates, and the receiver's last word on one message.
type search struct {
	message corridor.Digest // leaf hash of the submission
	members map[corridor.Digest][]byte
	terms   []journal.Term
	ack     *corridor.Position
}

func searchJournal(ctx context.Context, j *journal.Journal, message corridor.Digest) (*search, error) {
	terms, err := j.Terms(ctx)
	if err != nil {
		return nil, err
	}
	s := &search{message: message, members: map[corridor.Digest][]byte{}, terms: terms}
	for p, err := range j.Scan(ctx, 0, journal.ToEnd, journal.EntriesOnly) {
		if err != nil {
			return nil, err
		}
		if err := s.take(p); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *search) take(p *journal.Page) error {
	if len(p.Entries) == 0 { // pruned
		return nil
	}
	all, err := p.All()
	if err != nil {
		return err
	}
	for i, stored := range all {
		if k := entry.KindOf(stored); k != entry.KindMemberAdmitted && k != entry.KindAcknowledged {
			continue
		}
		e, err := entry.Decode(stored)
		if err != nil {
			return err
		}
		switch e := e.(type) {
		case *entry.MemberAdmitted:
			s.members[pki.KeyID(e.Certificate)] = bytes.Clone(e.Certificate)
		case *entry.Acknowledged:
			if a, err := entry.DecodeAcknowledgement(e.Statement); err == nil && a.Message == s.message {
				s.ack = &corridor.Position{Page: p.Header.Number, Index: uint32(i)}
			}
		}
	}
	return nil
}

// addDelivery adds the receiver's acknowledgement, if there is one.
func (s *search) addDelivery(ctx context.Context, j *journal.Journal, r *evidence.Receipt) error {
	if s.ack == nil {
		return nil
	}
	page, err := j.Read(ctx, s.ack.Page)
	if err != nil {
		return err
	}
	stored, err := page.Entry(s.ack.Index)
	if err != nil {
		return err
	}
	e, err := entry.Decode(stored)
	if err != nil {
		return err
	}
	a := e.(*entry.Acknowledged)
	proof, err := s.proveEntry(page, s.ack.Index)
	if err != nil {
		return err
	}
	r.Delivery = &proof
	r.Receiver, err = s.proveStatement(page, a.Frame, a.Index)
	return err
}

func (s *search) proveEntry(p *journal.Page, index uint32) (evidence.EntryProof, error) {
	stored, err := p.Entry(index)
	if err != nil {
		return evidence.EntryProof{}, err
	}
	tree, err := p.Tree()
	if err != nil {
		return evidence.EntryProof{}, err
	}
	for _, t := range s.terms {
		if t.Number == p.Header.Term {
			return evidence.ProveEntry(tree, index, stored, p.Stored, p.Signature, t.Certificate), nil
		}
	}
	return evidence.EntryProof{}, fmt.Errorf("the hub's certificate of term %d is not in the journal: its page may be pruned; use the export of it", p.Header.Term)
}

func (s *search) proveStatement(p *journal.Page, frame, place uint32) (*evidence.FrameProof, error) {
	f, err := p.Frame(frame)
	if err != nil {
		return nil, err
	}
	certificate := s.members[f.Signer]
	if certificate == nil {
		return nil, fmt.Errorf("the member's certificate %v is not in the journal: its page may be pruned; use the export of it", f.Signer)
	}
	return evidence.ProveStatement(f, place, certificate), nil
}

// JournalProveCommand proves to whoever holds two checkpoints that they belong to one history.
type JournalProveCommand struct {
	journalURL
	Root string `default:"network.pem" help:"The network's root certificate."`
	Old  string `arg:"" help:"The older checkpoint."`
	New  string `arg:"" help:"The newer checkpoint."`
	File string `arg:"" help:"The file to write; it must not exist."`
}

// Help shows an example.
func (JournalProveCommand) Help() string {
	return "Example:\n  corridor journal prove --journal hub/journal.db --root network.pem january.note february.note proof.pem\n\n" +
		"Anyone then checks it without the journal:\n\n  corridor verify --root network.pem --checkpoint january.note february.note proof.pem"
}

// Run opens both checkpoints, makes the proof, verifies it and writes it.
func (c JournalProveCommand) Run(ctx context.Context, io streams) error {
	root, err := pki.LoadRoot(c.Root)
	if err != nil {
		return fmt.Errorf("journal prove: %w", err)
	}
	older, err1 := readFileUpTo(c.Old, evidence.MaxCheckpoint)
	newer, err2 := readFileUpTo(c.New, evidence.MaxCheckpoint)
	j, err3 := c.open(ctx, false)
	if err := errors.Join(err1, err2, err3); err != nil {
		return fmt.Errorf("journal prove: %w", err)
	}
	defer j.Close()
	proof, err := journalConsistency(ctx, j, root, older, newer)
	var no *evidence.Failure
	if errors.As(err, &no) {
		return answerNo(fmt.Errorf("journal prove: %w", err))
	}
	if err != nil {
		return fmt.Errorf("journal prove: %w", err)
	}
	if err := pki.WriteNew(c.File, proof.Encode(), 0o644); err != nil {
		return fmt.Errorf("journal prove: %w", err)
	}
	_, err = fmt.Fprintf(io.Out, "wrote %s\n", c.File)
	return err
}

func journalConsistency(ctx context.Context, j *journal.Journal, root *pki.Root, older, newer []byte) (*evidence.Consistency, error) {
	terms, err := j.Terms(ctx)
	if err != nil {
		return nil, err
	}
	o, oldHub, err := openWith(root, terms, older)
	if err != nil {
		return nil, fmt.Errorf("the older checkpoint: %w", err)
	}
	n, newHub, err := openWith(root, terms, newer)
	if err != nil {
		return nil, fmt.Errorf("the newer checkpoint: %w", err)
	}
	p := &evidence.Consistency{Hubs: [][]byte{oldHub}}
	if !bytes.Equal(oldHub, newHub) {
		p.Hubs = append(p.Hubs, newHub)
	}
	if p.Proof, err = evidence.ProveConsistency(o.Size, n.Size, j.Hashes(ctx)); err != nil {
		return nil, err
	}
	_, _, err = p.Verify(root, older, newer)
	return p, err
}

// openWith finds the hub certificate of the journal that signed a checkpoint.
func openWith(root *pki.Root, terms []journal.Term, note []byte) (evidence.Checkpoint, []byte, error) {
	for _, t := range slices.Backward(terms) {
		hub, err := root.Hub(t.Certificate, t.At)
		if err != nil {
			continue
		}
		if c, err := evidence.OpenCheckpoint(note, hub); err == nil {
			return c, hub.DER, nil
		}
	}
	return evidence.Checkpoint{}, nil, &evidence.Failure{Check: evidence.CheckCheckpoint, Err: errors.New("no hub of this journal that the root vouches for signed it")}
}
