package main

import (
	"crypto/rand"
	"io/fs"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
)

// The lab's samples are valid by the standards of the day, but for the one that is to be refused.
func TestSamplesAreValid(t *testing.T) {
	names, err := fs.Glob(samples, "samples/*.txt")
	noError(t, err)
	if len(names) < 7 {
		t.Fatalf("only %d samples", len(names))
	}
	now := time.Now()
	for _, path := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(path, "samples/"), ".txt")
		uetr, err := newUETR(rand.Reader)
		noError(t, err)
		b, err := sample(name, "MERIDEFFAXXX", "TAMAJPJTAXXX", "LAB0001", "LAB0000", uetr, now)
		noError(t, err)
		if strings.HasSuffix(name, ".xml") {
			if r := mx.Check(b, mx.Options{At: now}); !r.Valid() {
				t.Errorf("%s: %v", name, r.Faults)
			}
			continue
		}
		r := mt.Check(b, mt.Options{Date: now})
		if strings.Contains(name, "faulty") {
			if f := r.First(); f == nil || f.Code != "C03" {
				t.Errorf("%s: first fault %v, want C03", name, f)
			}
		} else if !r.Valid() {
			t.Errorf("%s: %v", name, r.Faults)
		}
	}
}
