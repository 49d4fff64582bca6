package evidence

import (
	"slices"
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// leavesOf draws a tree's leaves, with sizes around powers of two drawn often.
func leavesOf(t *rapid.T, most int) []corridor.Digest {
	n := rapid.IntRange(1, most).Draw(t, "size")
	leaves := make([]corridor.Digest, n)
	for i := range leaves {
		leaves[i] = entry.LeafHash([]byte{byte(i), byte(i >> 8)})
	}
	return leaves
}

func storedHashes(t rapid.TB, leaves []corridor.Digest) tlog.HashReader {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	})
	for i, l := range leaves {
		more, err := tlog.StoredHashesForRecordHash(int64(i), tlog.Hash(l), reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
	}
	return reader
}

// The tree, its root and its paths are those of RFC 6962 as the Go team's own package computes them.
func TestTreeIsThatOfRFC6962(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := leavesOf(t, 300)
		reader := storedHashes(t, leaves)
		tree := NewTree(leaves)
		root, err := tlog.TreeHash(int64(len(leaves)), reader)
		if err != nil {
			t.Fatal(err)
		}
		if tree.Root() != corridor.Digest(root) || RootOf(leaves) != tree.Root() {
			t.Fatal("another root")
		}
		i := rapid.IntRange(0, len(leaves)-1).Draw(t, "index")
		path := tree.Prove([]uint32{uint32(i)})
		want, err := tlog.ProveRecord(int64(len(leaves)), int64(i), reader)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(path, digests(want)) {
			t.Fatalf("path of %d of %d differs", i, len(leaves))
		}
		p, err := Recompute(len(leaves), []uint32{uint32(i)}, leaves[i:i+1], path)
		if err != nil || p.Root != tree.Root() {
			t.Fatalf("the path does not give the root: %v", err)
		}
	})
}

// A proof of many leaves gives the root and the path of each; altered in any way it gives another root or none.
func TestProofsOfMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := leavesOf(t, 200)
		tree := NewTree(leaves)
		indices := rapid.SliceOfNDistinct(rapid.Uint32Range(0, uint32(len(leaves)-1)), 1, min(20, len(leaves)), rapid.ID).Draw(t, "indices")
		slices.Sort(indices)
		chosen := make([]corridor.Digest, len(indices))
		for i, at := range indices {
			chosen[i] = tree.Leaf(at)
		}
		proof := tree.Prove(indices)
		p, err := Recompute(len(leaves), indices, chosen, proof)
		if err != nil || p.Root != tree.Root() {
			t.Fatalf("the proof does not give the root: %v", err)
		}
		for _, at := range indices {
			if !slices.Equal(p.Path(at), tree.Prove([]uint32{at})) {
				t.Fatalf("path of %d differs", at)
			}
		}
		spoil(t, len(leaves), indices, chosen, proof, tree.Root())
	})
}

func spoil(t *rapid.T, size int, indices []uint32, leaves, proof []corridor.Digest, root corridor.Digest) {
	indices, leaves, proof = slices.Clone(indices), slices.Clone(leaves), slices.Clone(proof)
	switch rapid.IntRange(0, 4).Draw(t, "spoil") {
	case 0:
		leaves[rapid.IntRange(0, len(leaves)-1).Draw(t, "leaf")][3] ^= 1
	case 1:
		if len(proof) == 0 {
			return
		}
		proof[rapid.IntRange(0, len(proof)-1).Draw(t, "node")][5] ^= 1
	case 2:
		if len(proof) == 0 {
			return
		}
		proof = proof[1:]
	case 3:
		proof = append(proof, corridor.Digest{})
	case 4:
		indices[len(indices)-1] += uint32(size)
	}
	if p, err := Recompute(size, indices, leaves, proof); err == nil && p.Root == root {
		t.Fatal("a spoiled proof gives the root")
	}
}

func TestRecomputeRefusesBadForm(t *testing.T) {
	d := make([]corridor.Digest, 3)
	for _, c := range []struct {
		size    int
		indices []uint32
		leaves  []corridor.Digest
	}{
		{0, []uint32{0}, d[:1]}, {corridor.MaxPageEntries + 1, []uint32{0}, d[:1]}, {3, nil, nil}, {3, []uint32{0, 1}, d[:1]},
		{3, []uint32{1, 1}, d[:2]}, {3, []uint32{2, 1}, d[:2]}, {3, []uint32{3}, d[:1]},
	} {
		if _, err := Recompute(c.size, c.indices, c.leaves, d); err == nil {
			t.Errorf("size %d, indices %v, %d leaves: no error", c.size, c.indices, len(c.leaves))
		}
	}
}
