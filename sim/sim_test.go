package sim_test

import (
	"runtime"
	"sync"
	"testing"

	"corridor.example/corridor/sim"
)

func keys(t testing.TB) *sim.Keys {
	t.Helper()
	k, err := sim.MakeKeys()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Whatever crashes, is lost, comes twice or late: no checker finds anything, whatever the seed.
func TestSeeds(t *testing.T) {
	k := keys(t)
	seeds := uint64(300)
	if testing.Short() {
		seeds = 40
	}
	next := make(chan uint64)
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for seed := range next {
				if r := sim.Run(seed, k, sim.Options{}); len(r.Failures) > 0 {
					t.Errorf("seed %d: %s", seed, r.Report())
				}
			}
		})
	}
	for seed := range seeds {
		next <- seed
	}
	close(next)
	all.Wait()
}

// Each checker finds the defect it is there for.
func TestCheckersFindDefects(t *testing.T) {
	k := keys(t)
	for _, c := range []struct {
		sabotage sim.Sabotage
		checks   []sim.Check
	}{
		{sim.AnswerEarly, []sim.Check{sim.CheckLost, sim.CheckAnswer}},
		{sim.AckBeforeStore, []sim.Check{sim.CheckLost}},
		{sim.HandOverTwice, []sim.Check{sim.CheckTwice}},
		{sim.Overtake, []sim.Check{sim.CheckOrder}},
		{sim.OldJournal, []sim.Check{sim.CheckAnswer, sim.CheckLost}},
		{sim.AlterEntry, []sim.Check{sim.CheckReceipt}},
		{sim.HiddenChange, []sim.Check{sim.CheckReplay}},
		{sim.LateFence, []sim.Check{sim.CheckProof}},
		{sim.PassForbidden, []sim.Check{sim.CheckPassed}},
		{sim.PassForbidden, []sim.Check{sim.CheckProof}},
		{sim.BlockOther, []sim.Check{sim.CheckBlocked}},
		{sim.BlockOther, []sim.Check{sim.CheckProof}},
		{sim.ForgetMessage, []sim.Check{sim.CheckProof}},
		{sim.ForgetOrder, []sim.Check{sim.CheckProof}},
	} {
		t.Run(string(c.sabotage), func(t *testing.T) {
			for seed := range uint64(60) {
				for _, f := range sim.Run(seed, k, sim.Options{Sabotage: c.sabotage}).Failures {
					for _, want := range c.checks {
						if f.Check == want {
							return
						}
					}
				}
			}
			t.Errorf("60 seeds with %s and no failure of %v", c.sabotage, c.checks)
		})
	}
}

// The same seed gives the same run: the log of events is the same line by line.
func TestSeedRepeats(t *testing.T) {
	k := keys(t)
	a, b := sim.Run(7, k, sim.Options{Log: true}), sim.Run(7, k, sim.Options{Log: true})
	if len(a.Log) != len(b.Log) {
		t.Fatalf("%d events, then %d", len(a.Log), len(b.Log))
	}
	for i := range a.Log {
		if a.Log[i] != b.Log[i] {
			t.Fatalf("event %d: %s\nthen %s", i, a.Log[i], b.Log[i])
		}
	}
}
