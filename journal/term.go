package journal

import (
	"context"
	"fmt"
	"time"
)

// Term is the leadership of one hub: from its page on the certificate is in force.
type Term struct {
	Number      uint64
	Page        uint64
	At          time.Time
	Certificate []byte // the hub's signing certificate, DER
}

// Terms are all terms in order.
func (j *Journal) Terms(ctx context.Context) ([]Term, error) {
	head, err := j.Head(ctx)
	if err != nil {
		return nil, err
	}
	var all []Term
	for next := uint64(0); next < head.Pages; {
		number, err := j.termAt(ctx, next)
		if err != nil {
			return nil, err
		}
		t, err := j.readTerm(ctx, next, number)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
		if next, err = j.firstOfTerm(ctx, number+1, next, head.Pages); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// firstOfTerm finds the first page from low to before high whose term is at least the given one, or high: terms only grow, so each look
// leaves out half of the pages.
func (j *Journal) firstOfTerm(ctx context.Context, term, low, high uint64) (uint64, error) {
	for low < high {
		middle := low + (high-low)/2
		t, err := j.termAt(ctx, middle)
		if err != nil {
			return 0, err
		}
		if t < term {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

func (j *Journal) termAt(ctx context.Context, number uint64) (uint64, error) {
	p, err := j.readParts(ctx, number, HeadersOnly)
	if err != nil {
		return 0, err
	}
	return p.Header.Term, nil
}

// readTerm reads the page that starts a term.
func (j *Journal) readTerm(ctx context.Context, page, term uint64) (Term, error) {
	p, err := j.readParts(ctx, page, EntriesOnly)
	if err != nil {
		return Term{}, err
	}
	start := termStart(p)
	if start == nil || start.Term != term {
		return Term{}, fmt.Errorf("page %d does not start its term %d: %w", page, term, ErrDamaged)
	}
	return Term{term, page, p.Header.At(), start.Certificate}, nil
}

func (j *Journal) readParts(ctx context.Context, number uint64, parts Parts) (*Page, error) {
	for p, err := range j.checkedPages(ctx, number, number, parts) {
		return p, err
	}
	return nil, fmt.Errorf("page %d: %w", number, ErrNoPage)
}
