package directory

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"corridor.example/corridor"
)

// Form names the digest's rule and the form of the records under it.
const Form = "corridor-directory/1"

// buckets is how many parts the digest is made of: a change hashes one part anew, which has a few hundred digests
// in the largest directory.
const buckets = 1024

// digests is the set of the records' digests, from which the directory's own is made: SHA-256 of the form's name, a line
// end and 1024 digests; the i-th is SHA-256 of the sorted digests of those records whose digest's first ten bits are i.
// A record's digest is SHA-256 of its canonical JSON as a Change.
type digests struct {
	sets    [buckets][]corridor.Digest // sorted; never altered in place, so that copies share them
	sums    [buckets]corridor.Digest
	added   [buckets][]corridor.Digest // since the last sum
	removed [buckets][]corridor.Digest
	pending int // added and removed since the last sum
}

func newDigests() *digests {
	t := &digests{}
	for i := range t.sums {
		t.sums[i] = corridor.DigestOf(nil)
	}
	return t
}

func bucketOf(d corridor.Digest) int { return int(d[0])<<2 | int(d[1])>>6 }

func compareDigests(a, b corridor.Digest) int { return bytes.Compare(a[:], b[:]) }

func (t *digests) add(d corridor.Digest) {
	t.added[bucketOf(d)] = append(t.added[bucketOf(d)], d)
	t.pending++
}

func (t *digests) remove(d corridor.Digest) {
	t.removed[bucketOf(d)] = append(t.removed[bucketOf(d)], d)
	t.pending++
}

// sum brings the parts up to date and gives the whole.
func (t *digests) sum() corridor.Digest {
	t.pending = 0
	for b := range t.sets {
		if len(t.added[b])+len(t.removed[b]) > 0 {
			t.renew(b)
		}
	}
	h := sha256.New()
	h.Write([]byte(Form + "\n"))
	for _, d := range t.sums {
		h.Write(d[:])
	}
	var d corridor.Digest
	h.Sum(d[:0])
	return d
}

// renew gives a part its new set and digest.
func (t *digests) renew(b int) {
	set := slices.Concat(t.sets[b], t.added[b])
	slices.SortFunc(set, compareDigests)
	for _, d := range t.removed[b] {
		at, found := slices.BinarySearchFunc(set, d, compareDigests)
		if !found {
			panic("directory: a record's digest is not in the set")
		}
		set = slices.Delete(set, at, at+1)
	}
	h := sha256.New()
	for _, d := range set {
		h.Write(d[:])
	}
	h.Sum(t.sums[b][:0])
	t.sets[b], t.added[b], t.removed[b] = set, nil, nil
}

// recordDigest is the digest of a record. The plain JSON of a record is its canonical form: see the order of its fields.
func recordDigest(c Change) corridor.Digest { return corridor.DigestOf(c.JSON()) }

// JSON is the change's canonical form.
func (c Change) JSON() []byte { return plain(c) }

// JSON is the body's canonical form, as an act has it.
func (b Body) JSON() []byte { return plain(b) }

func plain(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("directory: a record that cannot be written: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
