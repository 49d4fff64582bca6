package evidence

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"corridor.example/corridor"
)

// Tree is a Merkle tree in the form of RFC 6962 with all its nodes, so that proofs are look-ups.
// Level 0 holds the leaf hashes; the last node of an odd level stands unchanged in the level above.
type Tree struct {
	levels [][]corridor.Digest
}

// NewTree builds the tree over leaf hashes (see entry.LeafHash). The slice is kept.
func NewTree(leaves []corridor.Digest) *Tree {
	nodes, depth := 0, 1
	for n := len(leaves); n > 1; n = (n + 1) / 2 {
		nodes += (n + 1) / 2
		depth++
	}
	t := &Tree{levels: make([][]corridor.Digest, 1, depth)}
	t.levels[0] = leaves
	room := make([]corridor.Digest, 0, nodes)
	for level := leaves; len(level) > 1; {
		all := above(level, room)
		level, room = all, all[len(all):]
		t.levels = append(t.levels, level)
	}
	return t
}

// above appends the level above to an empty slice that has the room.
func above(level, next []corridor.Digest) []corridor.Digest {
	for i := 0; i+1 < len(level); i += 2 {
		next = append(next, nodeHash(&level[i], &level[i+1]))
	}
	if len(level)%2 == 1 {
		next = append(next, level[len(level)-1])
	}
	return next
}

func nodeHash(left, right *corridor.Digest) corridor.Digest {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// Root is the tree's root; that of no leaves is the digest of nothing.
func (t *Tree) Root() corridor.Digest {
	top := t.levels[len(t.levels)-1]
	if len(top) == 0 {
		return sha256.Sum256(nil)
	}
	return top[0]
}

// RootOf is the root over leaf hashes, for those that need no proofs.
func RootOf(leaves []corridor.Digest) corridor.Digest {
	if len(leaves) == 1 {
		return leaves[0]
	}
	return NewTree(leaves).Root()
}

// Size is the number of leaves.
func (t *Tree) Size() int { return len(t.levels[0]) }

// Leaf is the leaf hash at index i.
func (t *Tree) Leaf(i uint32) corridor.Digest { return t.levels[0][i] }

// Prove returns what a verifier who has the leaves at the given indices (ascending, each once) needs to compute
// the root: level by level from the leaves, left to right, each sibling that is not itself known.
func (t *Tree) Prove(indices []uint32) []corridor.Digest {
	proof := make([]corridor.Digest, 0, min(len(indices)*2+len(t.levels), t.Size()))
	known := slices.Clone(indices)
	for _, level := range t.levels {
		up := known[:0]
		for i := 0; i < len(known); i++ {
			at := known[i]
			sibling := at ^ 1
			switch {
			case i+1 < len(known) && known[i+1] == sibling:
				i++
			case int(sibling) < len(level):
				proof = append(proof, level[sibling])
			}
			up = append(up, at/2)
		}
		known = up
	}
	return proof
}

// Proven is the part of a tree that a proof and its leaves make known; it yields the path of each single leaf.
type Proven struct {
	Root   corridor.Digest
	levels [][]node
}

type node struct {
	at   uint32
	hash corridor.Digest
}

// ErrProof says that a proof does not have the form that size and indices ask for.
var ErrProof = errors.New("the proof does not fit its tree: it was altered or made for another page")

// Recompute computes the root from the leaves at indices (ascending, each once) of a tree of the given size.
// The caller compares the root with one that he trusts: until then nothing is proven.
func Recompute(size int, indices []uint32, leaves, proof []corridor.Digest) (*Proven, error) {
	if size < 1 || size > corridor.MaxPageEntries || len(indices) == 0 || len(indices) != len(leaves) {
		return nil, fmt.Errorf("%w (size %d, %d indices, %d leaves)", ErrProof, size, len(indices), len(leaves))
	}
	known := make([]node, len(indices))
	for i, at := range indices {
		if int(at) >= size || i > 0 && at <= indices[i-1] {
			return nil, fmt.Errorf("%w (index %d)", ErrProof, at)
		}
		known[i] = node{at, leaves[i]}
	}
	p := &Proven{}
	for width := size; width > 1; width = (width + 1) / 2 {
		var all, up []node
		all, up, proof = climb(known, width, proof)
		if all == nil {
			return nil, ErrProof
		}
		p.levels = append(p.levels, all)
		known = up
	}
	if len(proof) != 0 {
		return nil, ErrProof
	}
	p.Root = known[0].hash
	return p, nil
}

// climb goes one level up: all is the level with the proof's nodes filled in, or nil if the proof is too short.
func climb(known []node, width int, proof []corridor.Digest) (all, up []node, rest []corridor.Digest) {
	all = make([]node, 0, len(known)+len(proof))
	up = make([]node, 0, (len(known)+1)/2+1)
	for i := 0; i < len(known); i++ {
		n := known[i]
		sibling := node{at: n.at ^ 1}
		switch {
		case int(sibling.at) >= width:
			all, up = append(all, n), append(up, node{n.at / 2, n.hash})
			continue
		case i+1 < len(known) && known[i+1].at == sibling.at:
			i++
			sibling = known[i]
		case len(proof) == 0:
			return nil, nil, nil
		default:
			sibling.hash, proof = proof[0], proof[1:]
		}
		if n.at&1 == 1 {
			n, sibling = sibling, n
		}
		all = append(all, n, sibling)
		up = append(up, node{n.at / 2, nodeHash(&n.hash, &sibling.hash)})
	}
	return all, up, proof
}

// Path is the proof of the single leaf at index, one of those given to Recompute.
func (p *Proven) Path(index uint32) []corridor.Digest {
	path := make([]corridor.Digest, 0, len(p.levels))
	for _, level := range p.levels {
		i, ok := slices.BinarySearchFunc(level, index^1, func(n node, at uint32) int { return int(n.at) - int(at) })
		if ok {
			path = append(path, level[i].hash)
		}
		index /= 2
	}
	return path
}
