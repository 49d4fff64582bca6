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
	sets  [buckets][]corridor.Digest // sorted; never altered in place, so that copies share them
	sums  [buckets]corridor.Digest
	stale [buckets]bool
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
	b := bucketOf(d)
	at, _ := slices.BinarySearchFunc(t.sets[b], d, compareDigests)
	t.sets[b] = slices.Concat(t.sets[b][:at], []corridor.Digest{d}, t.sets[b][at:])
	t.stale[b] = true
}

func (t *digests) remove(d corridor.Digest) {
	b := bucketOf(d)
	at, found := slices.BinarySearchFunc(t.sets[b], d, compareDigests)
	if !found {
		panic("directory: a record's digest is not in the set")
	}
	t.sets[b] = slices.Concat(t.sets[b][:at], t.sets[b][at+1:])
	t.stale[b] = true
}

// sum brings the parts up to date and gives the whole.
func (t *digests) sum() corridor.Digest {
	for b, stale := range t.stale {
		if stale {
			h := sha256.New()
			for _, d := range t.sets[b] {
				h.Write(d[:])
			}
			h.Sum(t.sums[b][:0])
			t.stale[b] = false
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

// recordDigest is the digest of a record. The plain JSON of a record is its canonical form: see the order of its fields.
func recordDigest(c Change) corridor.Digest { return corridor.DigestOf(c.JSON()) }

// JSON is the change's canonical form.
func (c Change) JSON() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(c); err != nil {
		panic("directory: a record that cannot be written: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
