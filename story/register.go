package story

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"corridor.example/corridor/hub"
)

// cmdRegister runs the hub as it is served, for a moment: it writes the register of acts, or files again what only the register has.
func (s *stage) cmdRegister(*line) error {
	if err := s.serve(filepath.Join(s.options.Dir, "register")); err != nil {
		return err
	}
	s.say("a hub has journal and register of acts side by side: page %d is next", s.heart.Next())
	return s.restart()
}

// serve runs a real hub on the journal until it leads.
func (s *stage) serve(register string) error {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	h := hub.New(hub.Config{Network: network, Own: own, Root: s.authority.Root(), Key: s.hubKey, Journal: s.journal, Clock: s.clock, Register: register})
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	for range 100 {
		if h.Ready() {
			cancel()
			return <-done
		}
		select {
		case err := <-done:
			return errors.Join(errNoLead, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	cancel()
	return errors.Join(errNoLead, <-done)
}

var errNoLead = errors.New("the hub does not lead")

// cmdRestore starts a hub on the copy of the journal that was kept. With an unreadable register it must not lead, nor write a page; with
// the register it files again what the copy lacks before it takes a session.
func (s *stage) cmdRestore(l *line) error {
	if s.desk.backup == nil {
		return errors.New("there is no backup")
	}
	if err := s.reload(); err != nil {
		return err
	}
	register := filepath.Join(s.options.Dir, "register")
	if l.setting("register", "kept") == "unreadable" {
		return s.cannotLead()
	}
	if err := s.serve(register); err != nil {
		return err
	}
	s.say("the hub runs on yesterday's copy; it has read the register of acts first")
	return s.restart()
}

// cannotLead shows the hub a register that is no folder.
func (s *stage) cannotLead() error {
	file := filepath.Join(s.options.Dir, "no-folder")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	before, err := s.journal.Head(s.ctx)
	if err != nil {
		return err
	}
	if err := s.serve(file); !errors.Is(err, errNoLead) {
		return errors.New("the hub leads without its register of acts")
	}
	after, err := s.journal.Head(s.ctx)
	if err != nil {
		return err
	}
	if after != before {
		return fmt.Errorf("the hub wrote page %d without its register of acts", after.Number)
	}
	for _, b := range s.banks {
		b.session = nil
	}
	s.say("a hub on yesterday's copy, which cannot read its register of acts, does not lead and takes no session")
	return nil
}
