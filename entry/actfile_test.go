package entry

import (
	"bytes"
	"os"
	"testing"

	"corridor.example/corridor"
)

const goldenAct = "testdata/act.pem"

func exampleAct() Acted {
	a := Act{Network: "test.corridor", Kind: "order.sign", For: "MERIDEF0", Subject: "ORD-2026-001", Document: corridor.DigestOf([]byte("order")),
		Body: []byte(`{"role":"legal"}`), Reason: "as resolved", SignedAt: 1764000000000}
	return Acted{Statement: a.Append(nil), Signature: bytes.Repeat([]byte{7}, corridor.SignatureSize), Certificate: []byte("certificate")}
}

// An act's file is written today as it was recorded, and read back.
func TestActFile(t *testing.T) {
	file := EncodeActFile(exampleAct())
	if *update {
		if err := os.WriteFile(goldenAct, file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(goldenAct)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file, golden) {
		t.Errorf("other bytes are written than were recorded:\n%s", file)
	}
	a, err := DecodeActFile(golden)
	if err != nil || !bytes.Equal(EncodeActFile(a), golden) {
		t.Fatalf("%+v, %v", a, err)
	}
	if act, err := DecodeAct(a.Statement); err != nil || act.Subject != "ORD-2026-001" {
		t.Error(act, err)
	}
}

func TestLongestActFitsItsFile(t *testing.T) {
	a := exampleAct()
	act, err := DecodeAct(a.Statement)
	if err != nil {
		t.Fatal(err)
	}
	act.Body = make([]byte, MaxActBody)
	a.Statement, a.Certificate = act.Append(nil), make([]byte, maxActCertificate)
	if _, err := DecodeActFile(EncodeActFile(a)); err != nil {
		t.Error(err)
	}
}

func TestActFileHasOneForm(t *testing.T) {
	good := EncodeActFile(exampleAct())
	alter := func(f func(*Acted)) []byte {
		a := exampleAct()
		f(&a)
		return EncodeActFile(a)
	}
	for name, file := range map[string][]byte{
		"nothing":                    nil,
		"a line end more":            append(bytes.Clone(good), '\n'),
		"text before the block":      append([]byte("an act:\n"), good...),
		"two acts":                   append(bytes.Clone(good), good...),
		"line ends of another kind":  bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")),
		"another kind of block":      bytes.ReplaceAll(good, []byte("CORRIDOR ACT"), []byte("CORRIDOR FACT")),
		"a header":                   bytes.Replace(good, []byte("-----\n"), []byte("-----\nBy: me\n\n"), 1),
		"no statement":               alter(func(a *Acted) { a.Statement = nil }),
		"a statement that is none":   alter(func(a *Acted) { a.Statement = []byte("sign it") }),
		"no signature":               alter(func(a *Acted) { a.Signature = nil }),
		"half a signature":           alter(func(a *Acted) { a.Signature = a.Signature[:32] }),
		"no certificate":             alter(func(a *Acted) { a.Certificate = nil }),
		"a certificate out of bound": alter(func(a *Acted) { a.Certificate = make([]byte, maxActCertificate+1) }),
		"too long":                   make([]byte, MaxActFile+1),
	} {
		if a, err := DecodeActFile(file); err == nil {
			t.Errorf("%s: taken as %+v", name, a)
		}
	}
}

func FuzzActFile(f *testing.F) {
	f.Add(EncodeActFile(exampleAct()))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := DecodeActFile(b); err == nil && !bytes.Equal(EncodeActFile(a), b) {
			t.Fatalf("taken in another form than it is written in: %q", b)
		}
	})
}
