package files

import (
	"bytes"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
)

// Plan is what is to be signed so that a directory has what files say.
type Plan struct {
	Changes []directory.Change
	Bodies  [][]byte // of acts, in the order in which they are to be taken
	Same    int      // records that the directory has already
	ByOrder int      // standings, which only orders change
	After   *directory.Directory
}

// planner puts changes into bodies and tries each on a copy.
type planner struct {
	*Plan
	f        *File
	announce bool
	batch    []Record
	size     int
	seen     map[string]string // record key to its place
}

// room is what stands around the changes of a body.
const room = len(`{"announce":false,"changes":[]}`)

// Diff plans the changes that d lacks of the file's records; what the file does not speak of stays. Each body is tried in
// order. Members are told of the last body by a broadcast if announce says so.
func Diff(d *directory.Directory, f *File, announce bool) (*Plan, error) {
	p := &planner{&Plan{After: d.Clone()}, f, announce, nil, room, map[string]string{}}
	have := map[string][]byte{}
	for _, c := range d.Records() {
		have[c.Key()] = c.JSON()
	}
	for _, r := range f.Records {
		if err := p.add(r, have); err != nil {
			return nil, err
		}
	}
	if err := p.close(announce); err != nil {
		return nil, err
	}
	return p.Plan, nil
}

func (p *planner) add(r Record, have map[string][]byte) error {
	key, text := r.Key(), r.JSON()
	place := fmt.Sprintf("%s:%d", p.f.Name, r.Line)
	if before, ok := p.seen[key]; ok {
		return p.f.fail(r.Line, r.Column, "%s stands twice, first at %s: keep the one that is meant", key, before)
	}
	p.seen[key] = place
	switch {
	case r.Standing != nil:
		p.ByOrder++
		return nil
	case bytes.Equal(have[key], text):
		p.Same++
		return nil
	}
	if p.size+len(text)+1 > entry.MaxActBody || len(p.batch) == directory.MaxChanges {
		if err := p.close(false); err != nil {
			return err
		}
	}
	p.batch = append(p.batch, r)
	p.size += len(text) + 1
	return nil
}

// close ends a body and tries it.
func (p *planner) close(announce bool) error {
	if len(p.batch) == 0 {
		return nil
	}
	body := directory.Body{Announce: announce}
	for _, r := range p.batch {
		body.Changes = append(body.Changes, r.Change)
	}
	text := body.JSON()
	if fault := p.After.Check(text); fault != nil {
		return p.f.faultAt(fault, p.batch)
	}
	at, time := p.After.Changed()
	if err := p.After.Apply(corridor.Position{Page: at.Page + 1}, time, text); err != nil {
		return fmt.Errorf("try the act: %w", err)
	}
	p.Changes, p.Bodies = append(p.Changes, body.Changes...), append(p.Bodies, text)
	p.batch, p.size = nil, room
	return nil
}
