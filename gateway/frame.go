package gateway

import (
	"context"
	"fmt"
	"sync"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/session"
)

// Messages that become durable together are signed together: many when many come, one when one comes. A frame is kept as
// it was signed, because the network's answer names the message's place in it, and a message that is sent again must come in
// the same frame.
const (
	insertFrame = `INSERT INTO frame (first, count, signer, signature, open) VALUES (?, ?, ?, ?, ?)`
	answerFrame = `UPDATE frame SET open = open - 1 WHERE first = (SELECT max(first) FROM frame WHERE first <= ?)`
	selectOpen  = `SELECT f.first, f.count, f.signer, f.signature, o.statement, o.payload FROM frame f
		JOIN outbox o ON o.number BETWEEN f.first AND f.first + f.count - 1 WHERE f.open > 0 AND f.first >= ? ORDER BY f.first, o.number`
)

// fresh is a message that was numbered in this transaction.
type fresh struct {
	number    corridor.ISN
	statement []byte
	size      int
}

// seal signs the transaction's new messages in frames, within the limits of messages and bytes.
func (t *tx) seal(s *store) error {
	for len(t.fresh) > 0 {
		n, size := 0, 0
		for n < len(t.fresh) && n < s.frame {
			size += t.fresh[n].size + len(t.fresh[n].statement) + 16
			if n > 0 && size > corridor.MaxFrame-256 {
				break
			}
			n++
		}
		statements := make([][]byte, n)
		for i := range statements {
			statements[i] = t.fresh[i].statement
		}
		id := s.signer.Certificate().ID
		if _, err := t.Stmt(s.insertFrame).Exec(t.fresh[0].number, n, id[:], signStatements(s.signer, statements), n); err != nil {
			return fmt.Errorf("keep the frame of message %d: %w", t.fresh[0].number, err)
		}
		t.fresh = t.fresh[n:]
	}
	return nil
}

// signStatements makes the signature of a frame of submissions.
func signStatements(signer session.Signer, statements [][]byte) []byte {
	return signer.Sign(entry.AppendSigned(nil, entry.DomainSubmission, len(statements), treeOf(statements).Root()))
}

func treeOf(statements [][]byte) *evidence.Tree {
	leaves := make([]corridor.Digest, len(statements))
	for i := range statements {
		leaves[i] = entry.LeafHash(statements[i])
	}
	return evidence.NewTree(leaves)
}

// storedFrame is a frame with messages that wait for an answer.
type storedFrame struct {
	first      corridor.ISN
	count      int
	signer     corridor.Digest
	signature  []byte
	statements [][]byte
	items      []entry.Item

	certificate []byte
	tree        *evidence.Tree
}

func (f *storedFrame) end() corridor.ISN { return f.first + corridor.ISN(f.count) }

// openFrames reads frames that wait for answers, in the order of their numbers, from a number on: about a batch.
func (s *store) openFrames(ctx context.Context, from corridor.ISN) ([]*storedFrame, error) {
	rows, err := s.read.QueryContext(ctx, selectOpen, from)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []*storedFrame
	var last *storedFrame
	for messages, size := 0, 0; rows.Next(); messages++ {
		var f storedFrame
		var it entry.Item
		var signer []byte
		if err := rows.Scan(&f.first, &f.count, &signer, &f.signature, &it.Statement, &it.Payload); err != nil {
			return nil, err
		}
		if last == nil || last.first != f.first {
			if messages >= maxBatch || size >= maxBatchBytes {
				break
			}
			f.signer = corridor.Digest(signer)
			last = &f
			all = append(all, last)
		}
		last.items, last.statements = append(last.items, it), append(last.statements, it.Statement)
		size += len(it.Payload)
	}
	for _, f := range all {
		if len(f.items) != f.count {
			return nil, fmt.Errorf("gateway store: the frame of message %d has %d of %d messages: the store is damaged; restore it and follow \"Restoring a store\" in docs/member-guide.md", f.first, len(f.items), f.count)
		}
		f.certificate = s.signers[f.signer]
	}
	return all, rows.Err()
}

// restate signs anew what the network has not taken and would refuse: statements made while this computer's clock was ahead,
// and frames of a key that is no longer in use. What the network has taken must come again as it was.
func (t *terminal) restate(ctx context.Context, taken corridor.ISN) error {
	now := uint64(t.g.deps.Clock().UnixMilli())
	for next := taken + 1; ; {
		batch, err := t.store.openFrames(ctx, next)
		if err != nil || len(batch) == 0 {
			return err
		}
		next = batch[len(batch)-1].end()
		if err := t.restateFrames(ctx, batch, now); err != nil {
			return err
		}
	}
}

func (t *terminal) restateFrames(ctx context.Context, batch []*storedFrame, now uint64) error {
	for _, f := range batch {
		changed := f.signer != t.store.signer.Certificate().ID
		for i := range f.statements {
			s, err := entry.DecodeSubmission(f.statements[i])
			if err != nil {
				return fmt.Errorf("gateway store: message %d: %w", f.first+corridor.ISN(i), err)
			}
			if s.SignedAt > now {
				s.SignedAt, changed = now, true
				f.statements[i] = s.Append(nil)
			}
		}
		if !changed {
			continue
		}
		if err := t.store.do(ctx, func(tx *tx) error { return tx.restate(t.store, f) }); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) restate(s *store, f *storedFrame) error {
	for i := range f.statements {
		leaf := entry.LeafHash(f.statements[i])
		if _, err := t.Exec(`UPDATE outbox SET statement = ?, digest = iif(digest IS NULL, NULL, ?) WHERE number = ? AND state = 0`, f.statements[i], leaf[:], f.first+corridor.ISN(i)); err != nil {
			return err
		}
	}
	id := s.signer.Certificate().ID
	_, err := t.Exec(`UPDATE frame SET signer = ?, signature = ? WHERE first = ?`, id[:], signStatements(s.signer, f.statements), f.first)
	return err
}

// sentFrames remembers the frames that are under way, because a receipt holds the sender's own signature. It holds no more
// than a window of messages.
type sentFrames struct {
	mu       sync.Mutex
	byNumber map[corridor.ISN]*storedFrame
}

func (s *sentFrames) add(f *storedFrame) {
	f.tree = treeOf(f.statements)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range f.count {
		s.byNumber[f.first+corridor.ISN(i)] = f
	}
}

// take gives the proof of an answered message's statement and forgets it.
func (s *sentFrames) take(n corridor.ISN) *evidence.FrameProof {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.byNumber[n]
	if f == nil {
		return nil
	}
	delete(s.byNumber, n)
	index := uint32(n - f.first)
	return &evidence.FrameProof{Certificate: f.certificate, Signature: f.signature, Count: uint32(f.count), Index: index, Path: f.tree.Prove([]uint32{index})}
}
