package hub

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"

	"corridor.example/corridor/journal"
)

// pages gives the durable pages for answers and deliveries: the newest from memory, older ones from the journal.
type pages struct {
	journal PageReader
	mu      sync.Mutex
	byNo    map[uint64]*list.Element
	order   *list.List // newest use in front
	bytes   int
}

// PageReader reads pages that are durable.
type PageReader interface {
	Read(ctx context.Context, number uint64) (*journal.Page, error)
}

func newPages(j PageReader) *pages {
	return &pages{journal: j, byNo: map[uint64]*list.Element{}, order: list.New()}
}

func (p *pages) add(page *journal.Page) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byNo[page.Header.Number] != nil {
		return
	}
	p.byNo[page.Header.Number] = p.order.PushFront(page)
	p.bytes += sizeOf(page)
	for p.bytes > pageCacheBytes && p.order.Len() > 1 {
		last := p.order.Back()
		old := p.order.Remove(last).(*journal.Page)
		delete(p.byNo, old.Header.Number)
		p.bytes -= sizeOf(old)
	}
}

func sizeOf(p *journal.Page) int {
	return len(p.Entries) + len(p.Bodies) + 96*int(p.Header.Entries) + 1024
}

// errPruned: what a page held is no longer in the journal.
var errPruned = errors.New("it was pruned, its messages are in the export that was made before")

// get reads a page; the journal verifies what it reads.
func (p *pages) get(ctx context.Context, number uint64) (*journal.Page, error) {
	p.mu.Lock()
	if e := p.byNo[number]; e != nil {
		p.order.MoveToFront(e)
		page := e.Value.(*journal.Page)
		p.mu.Unlock()
		return page, nil
	}
	p.mu.Unlock()
	page, err := p.journal.Read(ctx, number)
	if err != nil {
		return nil, err
	}
	if page.Pruned() {
		return nil, fmt.Errorf("page %d: %w", number, errPruned)
	}
	p.add(page)
	return page, nil
}

// groups cuts messages into runs of the same page.
func groups(all []Numbered, f func(page uint64, run []Numbered) error) error {
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].At.Page == all[0].At.Page {
			n++
		}
		if err := f(all[0].At.Page, all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}
