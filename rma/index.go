package rma

import "math/bits"

// index finds the row of a key: an open table of row numbers with 32 bits of the key's hash, which say where in the table they stand and spare a
// look at most rows that are others'. It takes a fifth of the memory of a map, and a look-up touches one line of it.
type index struct {
	slots []uint64 // hash and row number + 1; 0 is free. A power of two of them, at most half are taken
	taken int
}

const firstSlots = 1 << 10

// tag is the key's hash.
func (k key) tag() uint32 {
	h, l := bits.Mul64(uint64(k.issuer)^0x9e3779b97f4a7c15, uint64(k.correspondent)^0xd1b54a32d192ed03+uint64(k.service)<<1)
	return uint32((h ^ l) * 0x9e3779b97f4a7c15 >> 32)
}

// next is the number of the next row whose key may have the hash, from a place on, and the place after it; ok is false at the end.
func (x *index) next(tag, from uint32) (row, after uint32, ok bool) {
	if len(x.slots) == 0 {
		return 0, 0, false
	}
	mask := uint32(len(x.slots) - 1)
	for at := from & mask; x.slots[at] != 0; at = (at + 1) & mask {
		if s := x.slots[at]; uint32(s>>32) == tag {
			return uint32(s) - 1, at + 1, true
		}
	}
	return 0, 0, false
}

// add notes a row under its key's hash.
func (x *index) add(tag, row uint32) {
	if 2*(x.taken+1) > len(x.slots) {
		old := x.slots
		x.slots, x.taken = make([]uint64, max(firstSlots, 2*len(old))), 0
		for _, s := range old {
			if s != 0 {
				x.put(s)
			}
		}
	}
	x.put(uint64(tag)<<32 | uint64(row+1))
}

func (x *index) put(s uint64) {
	mask := uint32(len(x.slots) - 1)
	at := uint32(s>>32) & mask
	for x.slots[at] != 0 {
		at = (at + 1) & mask
	}
	x.slots[at] = s
	x.taken++
}
