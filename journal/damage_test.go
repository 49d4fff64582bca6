package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
)

// damages are what a disk or an administrator may do to the row of page 3 of 7, or to others as named.
var damages = []struct {
	name string
	page uint64
	do   func(t *testing.T, j *Journal)
}{
	{"row is gone", 3, sqlDamage("DELETE FROM page WHERE number = 3")},
	{"first row is gone", 0, sqlDamage("DELETE FROM page WHERE number = 0")},
	{"two rows are gone", 2, sqlDamage("DELETE FROM page WHERE number IN (2, 4)")},
	{"row has another number", 3, sqlDamage("UPDATE page SET number = 103 WHERE number = 3")},
	{"bodies are those of another page", 3, sqlDamage("UPDATE page SET bodies = (SELECT bodies FROM page WHERE number = 4) WHERE number = 3")},
	{"entries are those of another page", 3, sqlDamage("UPDATE page SET entries = (SELECT entries FROM page WHERE number = 4) WHERE number = 3")},
	{"signature is that of another page", 3, sqlDamage("UPDATE page SET signature = (SELECT signature FROM page WHERE number = 4) WHERE number = 3")},
	{"row is a copy of another", 3, sqlDamage(`UPDATE page SET header = q.header, signature = q.signature, hashes = q.hashes, entries = q.entries, bodies = q.bodies
		FROM page q WHERE page.number = 3 AND q.number = 4`)},
	{"bodies are gone", 3, sqlDamage("UPDATE page SET bodies = NULL WHERE number = 3")},
	{"entries are gone", 3, sqlDamage("UPDATE page SET entries = NULL WHERE number = 3")},
	{"all is gone but the header", 3, sqlDamage("UPDATE page SET entries = NULL, bodies = NULL WHERE number = 3")},
	{"header is empty", 3, sqlDamage("UPDATE page SET header = substr(header, 1, 0) WHERE number = 3")},
	{"hashes are cut", 3, sqlDamage("UPDATE page SET hashes = substr(hashes, 1, 32) WHERE number = 3")},
	{"hashes are cut in the middle", 3, sqlDamage("UPDATE page SET hashes = substr(hashes, 1, 20) WHERE number = 3")},
	{"entries are cut", 3, sqlDamage("UPDATE page SET entries = substr(entries, 1, length(entries) - 1) WHERE number = 3")},
	{"bodies are cut", 3, sqlDamage("UPDATE page SET bodies = substr(bodies, 1, length(bodies) - 100) WHERE number = 3")},
	{"signature is cut", 3, sqlDamage("UPDATE page SET signature = substr(signature, 1, 63) WHERE number = 3")},
	{"newest page is damaged", 6, sqlDamage("UPDATE page SET header = substr(header, 1, 100) WHERE number = 6")},
}

func sqlDamage(query string) func(*testing.T, *Journal) {
	return func(t *testing.T, j *Journal) { raw(t, j, query) }
}

func testDamage(t *testing.T, url string) {
	ctx := context.Background()
	j, l := fill(t, url, 7)
	whole := keep(t, j)
	check := func(t *testing.T, what string, page uint64) {
		t.Helper()
		r, err := j.Check(ctx, CheckOptions{HubKey: l.hubKey})
		var bad *BadPage
		if !errors.As(err, &bad) || bad.Number != page || !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: the check says %v after %d pages, want page %d", what, err, r.Pages, page)
		}
	}
	if _, err := j.Check(ctx, CheckOptions{HubKey: l.hubKey}); err != nil {
		t.Fatalf("before the damage: %v", err)
	}
	for _, d := range damages {
		d.do(t, j)
		check(t, d.name, d.page)
		whole.restore(t, j)
	}
	for column, old := range whole.columns(2) {
		for _, at := range []int{0, len(old) / 3, len(old) - 1} {
			flipped := bytes.Clone(old)
			flipped[at] ^= 0x10
			raw(t, j, "UPDATE page SET "+column+" = $1 WHERE number = 2", flipped)
			check(t, fmt.Sprintf("byte %d of %s", at, column), 2)
		}
		raw(t, j, "UPDATE page SET "+column+" = $1 WHERE number = 2", old)
	}
	if _, err := j.Check(ctx, CheckOptions{HubKey: l.hubKey}); err != nil {
		t.Fatalf("after all was mended: %v", err)
	}
	otherRoot := newLeader(t)
	otherRoot.authority = otherAuthority(t)
	if _, err := j.Check(ctx, CheckOptions{HubKey: otherRoot.hubKey}); err == nil {
		t.Error("the journal holds under the root of another network's authority")
	}
	for _, k := range []evidence.Checkpoint{{Size: 5}, {Size: 8, Root: corridor.Digest{1}}} {
		if _, err := j.Check(ctx, CheckOptions{Checkpoint: k}); !errors.Is(err, ErrDamaged) {
			t.Errorf("the journal holds against a checkpoint of %d pages that is not its own: %v", k.Size, err)
		}
	}
}

// keptRows are all rows as they were.
type keptRows []*row

func keep(t *testing.T, j *Journal) (all keptRows) {
	t.Helper()
	for r, err := range j.rows(context.Background(), 0, ToEnd, Whole) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func (k keptRows) restore(t *testing.T, j *Journal) {
	t.Helper()
	raw(t, j, "DELETE FROM page")
	for _, r := range k {
		raw(t, j, "INSERT INTO page (number, header, signature, hashes, entries, bodies) VALUES ($1, $2, $3, $4, $5, $6)",
			int64(r.number), r.header, r.signature, r.hashes, r.entries, r.bodies)
	}
}

func (k keptRows) columns(number int) map[string][]byte {
	r := k[number]
	return map[string][]byte{"header": r.header, "signature": r.signature, "hashes": r.hashes, "entries": r.entries, "bodies": r.bodies}
}

func testDamagedRead(t *testing.T, url string) {
	ctx := context.Background()
	j, l := fill(t, url, 6)
	for _, column := range []string{"header", "entries", "bodies"} {
		whole := keep(t, j).columns(2)[column]
		flipped := bytes.Clone(whole)
		flipped[len(flipped)/2] ^= 1
		raw(t, j, "UPDATE page SET "+column+" = $1 WHERE number = 2", flipped)
		if _, err := j.Read(ctx, 2); !errors.Is(err, ErrDamaged) {
			t.Errorf("read of a page with a damaged column %s: %v", column, err)
		}
		var last error
		for _, err := range j.Scan(ctx, 0, ToEnd, Whole) {
			last = err
		}
		if !errors.Is(last, ErrDamaged) {
			t.Errorf("scan over a page with a damaged column %s: %v", column, last)
		}
		raw(t, j, "UPDATE page SET "+column+" = $1 WHERE number = 2", whole)
	}
	raw(t, j, "DELETE FROM page WHERE number = 5")
	if err := j.Append(ctx, l.page(1, 1)); !errors.Is(err, ErrOrder) {
		t.Errorf("append after the newest page was lost: %v", err)
	}
}
