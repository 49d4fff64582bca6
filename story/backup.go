package story

import (
	"bytes"
	"fmt"
)

// kept is a copy of the journal.
type kept struct {
	export []byte
	pages  uint64
}

func (s *stage) cmdBackup(l *line) error {
	var b bytes.Buffer
	pages, err := s.journal.Export(s.ctx, 0, uint64(len(s.pages)-1), &b)
	s.desk.backup = &kept{b.Bytes(), pages}
	s.say("a copy of the journal is kept, %d pages", pages)
	return err
}

// reload puts the copy in the place of the journal: what came after it is gone.
func (s *stage) reload() error {
	if err := s.journal.Close(); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	n, err := s.journal.Import(s.ctx, bytes.NewReader(s.desk.backup.export))
	if err != nil || n != s.desk.backup.pages {
		return fmt.Errorf("%d of %d pages came back: %w", n, s.desk.backup.pages, err)
	}
	for _, b := range s.banks {
		b.session = nil
	}
	return nil
}
