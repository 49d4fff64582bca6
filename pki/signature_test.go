package pki

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"fmt"
	"testing"

	"filippo.io/edwards25519"
	"github.com/hdevalence/ed25519consensus"
)

// torsion are the eight points of small order, as multiples of a point of order 8: the order-8 part of a random point.
func torsion(t testing.TB) []*edwards25519.Point {
	t.Helper()
	order := scalarMinusOne(t) // L-1; [L]P = [L-1]P + P
	for i := byte(2); ; i++ {
		p, err := new(edwards25519.Point).SetBytes(append([]byte{i}, make([]byte, 31)...))
		if err != nil {
			continue
		}
		small := new(edwards25519.Point).Add(new(edwards25519.Point).VarTimeDoubleScalarBaseMult(order, p, edwards25519.NewScalar()), p)
		if four := double(double(small)); four.Equal(edwards25519.NewIdentityPoint()) == 1 {
			continue // of order 4 or less
		}
		all := []*edwards25519.Point{edwards25519.NewIdentityPoint()}
		for range 7 {
			all = append(all, new(edwards25519.Point).Add(all[len(all)-1], small))
		}
		return all
	}
}

func double(p *edwards25519.Point) *edwards25519.Point { return new(edwards25519.Point).Add(p, p) }

func scalarMinusOne(t testing.TB) *edwards25519.Scalar {
	t.Helper()
	one := make([]byte, 32)
	one[0] = 1
	s, err := edwards25519.NewScalar().SetCanonicalBytes(one)
	if err != nil {
		t.Fatal(err)
	}
	return s.Negate(s)
}

// encodings are all encodings of the points of small order that a decoder under ZIP 215 takes: the canonical ones, and those with
// a y of p or more, or with the sign of a zero x.
func encodings(t testing.TB) [][]byte {
	t.Helper()
	small := torsion(t)
	seen := map[string]bool{}
	var out [][]byte
	take := func(b []byte) {
		p, err := new(edwards25519.Point).SetBytes(b)
		if err != nil || seen[string(b)] {
			return
		}
		for _, s := range small {
			if p.Equal(s) == 1 {
				seen[string(b)] = true
				out = append(out, b)
			}
		}
	}
	for _, p := range small {
		b := p.Bytes()
		take(b)
		take(flipSign(b))
	}
	for low := range 19 { // y = p + low, which still fits in 255 bits
		b := make([]byte, 32)
		for i := range b {
			b[i] = 0xff
		}
		b[0], b[31] = byte(0xed+low), 0x7f
		take(b)
		take(flipSign(b))
	}
	return out
}

func flipSign(b []byte) []byte {
	c := append([]byte(nil), b...)
	c[31] ^= 0x80
	return c
}

// ZIP 215 takes 14 encodings of the 8 points of small order, and with s = 0 every pair of them as a key and an R.
func TestSmallOrderAndNonCanonicalPoints(t *testing.T) {
	points := encodings(t)
	if len(points) != 14 {
		t.Fatalf("%d encodings of points of small order, there are 14", len(points))
	}
	canonical := 0
	var all Batch
	for _, a := range points {
		if p, _ := new(edwards25519.Point).SetBytes(a); string(p.Bytes()) == string(a) {
			canonical++
		}
		if err := checkPublic(a); err == nil {
			t.Errorf("a certificate with the key %x of small order is let in", a)
		}
		for _, r := range points {
			signature := append(append([]byte(nil), r...), make([]byte, 32)...)
			agree(t, a, []byte("Zcash"), signature, true)
			all.Add(a, []byte("Zcash"), signature)
		}
	}
	if canonical != 8 {
		t.Errorf("%d of the encodings are canonical, there are 8", canonical)
	}
	if !all.Verify() {
		t.Error("all of them together do not verify")
	}
}

// A mixed signature has a part of small order in its R or its key: by one and in a batch it must have the same answer.
func TestMixedOrderSignatures(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("a frame")
	for _, small := range torsion(t) {
		s, r := signWith(t, private, small, public, message)
		agree(t, public, message, append(r, s...), true)
		a, err := new(edwards25519.Point).SetBytes(public)
		if err != nil {
			t.Fatal(err)
		}
		mixed := new(edwards25519.Point).Add(a, small).Bytes()
		s, r = signWith(t, private, edwards25519.NewIdentityPoint(), mixed, message)
		agree(t, mixed, message, append(r, s...), true)
	}
}

// signWith signs as the key's holder may: with R = [r]B + extra, and the challenge over the public key as given.
func signWith(t testing.TB, private ed25519.PrivateKey, extra *edwards25519.Point, public, message []byte) (s, r []byte) {
	t.Helper()
	h := sha512Sum(private.Seed())
	x, err := edwards25519.NewScalar().SetBytesWithClamping(h[:32])
	if err != nil {
		t.Fatal(err)
	}
	n := sha512Sum(h[32:], message)
	nonce, err := edwards25519.NewScalar().SetUniformBytes(n)
	if err != nil {
		t.Fatal(err)
	}
	r = new(edwards25519.Point).Add(new(edwards25519.Point).ScalarBaseMult(nonce), extra).Bytes()
	k, err := edwards25519.NewScalar().SetUniformBytes(sha512Sum(r, public, message))
	if err != nil {
		t.Fatal(err)
	}
	return edwards25519.NewScalar().MultiplyAdd(k, x, nonce).Bytes(), r
}

func sha512Sum(parts ...[]byte) []byte {
	h := sha512.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func TestBadSignaturesAreRefusedAlike(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("a frame")
	good := ed25519.Sign(private, message)
	agree(t, public, message, good, true)
	agree(t, public, []byte("another"), good, false)
	agree(t, public, message, good[:63], false)
	agree(t, public[:31], message, good, false)
	agree(t, public, message, addOrder(good), false)
	off := offCurve(t)
	agree(t, off, message, good, false)
	agree(t, public, message, append(append([]byte(nil), off...), good[32:]...), false)
	for bit := range 512 {
		bad := append([]byte(nil), good...)
		bad[bit/8] ^= 1 << (bit % 8)
		agree(t, public, message, bad, false)
	}
}

// addOrder writes s + L for s: the same number modulo L, which only a lax verifier takes.
func addOrder(signature []byte) []byte {
	order := [32]byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10}
	out, carry := append([]byte(nil), signature...), 0
	for i, o := range order {
		carry += int(out[32+i]) + int(o)
		out[32+i], carry = byte(carry), carry>>8
	}
	return out
}

func offCurve(t *testing.T) []byte {
	t.Helper()
	for i := byte(2); i < 100; i++ {
		b := append([]byte{i}, make([]byte, 31)...)
		if _, err := new(edwards25519.Point).SetBytes(b); err != nil {
			return b
		}
	}
	t.Fatal("no encoding off the curve found")
	return nil
}

// agree asks Verify, a batch of it alone, a batch of it among good ones, and the reviewed batch we do not use.
func agree(t *testing.T, public ed25519.PublicKey, message, signature []byte, want bool) {
	t.Helper()
	if got := Verify(public, message, signature); got != want {
		t.Errorf("key %x signature %x: alone %v, want %v", public, signature, got, want)
	}
	var alone, among Batch
	alone.Add(public, message, signature)
	reviewed := ed25519consensus.NewBatchVerifier()
	reviewed.Add(public, message, signature)
	for i := range 3 {
		p, k, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		m := fmt.Appendf(nil, "good %d", i)
		among.Add(p, m, ed25519.Sign(k, m))
		if i == 1 {
			among.Add(public, message, signature)
		}
	}
	if a, b, c := alone.Verify(), among.Verify(), reviewed.Verify(); a != want || b != want || c != want {
		t.Errorf("key %x signature %x: batch alone %v, among good ones %v, reviewed batch %v, want %v", public, signature, a, b, c, want)
	}
}

func TestBatchOfOneKeyFindsOneBad(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var b Batch
	if b.Verify() {
		t.Error("an empty batch verifies")
	}
	for bad := range 20 {
		b.Reset()
		for i := range 20 {
			m := fmt.Appendf(nil, "message %d", i)
			s := ed25519.Sign(private, m)
			if i == bad {
				m = []byte("altered")
			}
			b.Add(public, m, s)
		}
		if b.Verify() {
			t.Errorf("a batch with a bad signature at %d verifies", bad)
		}
	}
	if b.Len() != 20 {
		t.Errorf("length %d", b.Len())
	}
}

func BenchmarkVerify(b *testing.B) {
	public, private, _ := ed25519.GenerateKey(rand.Reader)
	message := make([]byte, 60)
	s := ed25519.Sign(private, message)
	for b.Loop() {
		if !Verify(public, message, s) {
			b.Fatal("not valid")
		}
	}
}

// BenchmarkBatch reports the price of one signature by the size of the batch and the number of keys in it.
func BenchmarkBatch(b *testing.B) {
	for _, c := range []struct{ size, keys int }{{4, 4}, {16, 4}, {64, 1}, {64, 8}, {64, 64}, {256, 8}} {
		b.Run(fmt.Sprintf("%d-signatures-%d-keys", c.size, c.keys), func(b *testing.B) {
			var batch Batch
			for i := range c.size {
				seed := make([]byte, 32)
				seed[0] = byte(i % c.keys)
				private := ed25519.NewKeyFromSeed(seed)
				m := fmt.Appendf(nil, "message %060d", i)
				batch.Add(private.Public().(ed25519.PublicKey), m, ed25519.Sign(private, m))
			}
			for b.Loop() {
				if !batch.Verify() {
					b.Fatal("not valid")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.size), "ns/signature")
		})
	}
}
