package journal

import (
	"context"
	"crypto/ed25519"
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
)

func TestQuick(t *testing.T) {
	ctx := context.Background()
	path := t.TempDir() + "/a b?.db"
	j, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	var prev corridor.Digest
	for i := range 10 {
		b := &Builder{}
		b.Add(&entry.TermStarted{Term: uint64(i + 1), Network: "lab.corridor"}, nil)
		p := b.Seal(evidence.Header{Network: "lab.corridor", Number: uint64(i), Previous: prev, Time: 1, Term: 1}, func(m []byte) []byte { return ed25519.Sign(key, m) })
		if err := j.Append(ctx, p); err != nil {
			t.Fatal(err)
		}
		prev = p.Hash()
		if _, err := j.Read(ctx, uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(j.Durability(ctx))
	n := 0
	for p, err := range j.Scan(ctx, 0, ToEnd, EntriesOnly) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		_ = p
	}
	t.Log(n)
	if err := j.SaveSnapshot(ctx, Snapshot{Page: 9, Hash: prev, State: make([]byte, 3<<20+5)}); err != nil {
		t.Fatal(err)
	}
	s, ok, err := j.LatestSnapshot(ctx)
	t.Log(len(s.State), ok, err)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j, err = Open(ctx, "sqlite:"+path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(j.Head(ctx))
	t.Log(j.Durability(ctx))
	j.Close()
}
