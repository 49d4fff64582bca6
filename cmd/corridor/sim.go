package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sync"

	"corridor.example/corridor/sim"
)

// SimCommand simulates networks and checks what must hold.
type SimCommand struct {
	Seeds    uint64  `default:"100" help:"How many seeds to run."`
	From     uint64  `default:"0" help:"The first seed."`
	Seed     *uint64 `help:"Run this one seed and print its log."`
	Banks    int     `default:"4" help:"Banks in each run (2 to 26)."`
	Messages int     `default:"60" help:"About how many messages in each run."`
	Sabotage string  `enum:",answer-early,ack-before-store,hand-over-twice,overtake,old-journal,alter-entry,hidden-change,late-fence,pass-forbidden,block-other,forget-message,forget-order" default:"" placeholder:"DEFECT" help:"Build a defect in on purpose: answer-early, ack-before-store, hand-over-twice, overtake, old-journal, alter-entry, hidden-change, late-fence, pass-forbidden, block-other, forget-message, forget-order."`
	JSON     bool    `name:"json" help:"Print one line of JSON a seed."`
}

// Help shows examples.
func (SimCommand) Help() string {
	return "Examples:\n  corridor sim --seeds 10000\n  corridor sim --seed 233\n\nExit status 1 when a checker finds something; the seed and the log of events are printed."
}

// Run runs the seeds on all processors.
func (c SimCommand) Run(ctx context.Context, out streams) error {
	if c.Banks < 2 || c.Banks > 26 || c.Messages < 1 || c.Messages > 100_000 {
		return wrongUse("sim: --banks is %d and --messages is %d: give 2 to 26 banks and 1 to 100000 messages", c.Banks, c.Messages)
	}
	keys, err := sim.MakeKeys()
	if err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	o := sim.Options{Banks: c.Banks, Messages: c.Messages, Sabotage: sim.Sabotage(c.Sabotage)}
	if c.Seed != nil {
		o.Log = true
		r := sim.Run(*c.Seed, keys, o)
		fmt.Fprint(out.Out, r.Report())
		return simAnswer(len(r.Failures), 1)
	}
	return c.many(ctx, keys, o, out)
}

func (c SimCommand) many(ctx context.Context, keys *sim.Keys, o sim.Options, out streams) error {
	seeds, results := make(chan uint64), make(chan sim.Result)
	go func() {
		defer close(seeds)
		for i := range c.Seeds {
			select {
			case seeds <- c.From + i:
			case <-ctx.Done():
				return
			}
		}
	}()
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for s := range seeds {
				results <- *sim.Run(s, keys, o)
			}
		})
	}
	go func() { workers.Wait(); close(results) }()
	var total sim.Result
	failed, done := 0, 0
	screen, isFile := out.Err.(*os.File)
	progress := isFile && isTerminal(screen) && !c.JSON
	for r := range results {
		done++
		total.Accepted, total.Refused, total.Delivered = total.Accepted+r.Accepted, total.Refused+r.Refused, total.Delivered+r.Delivered
		total.Pages, total.Crashes, total.Leaders = total.Pages+r.Pages, total.Crashes+r.Crashes, total.Leaders+r.Leaders
		if len(r.Failures) > 0 {
			failed++
		}
		switch {
		case c.JSON:
			if err := json.NewEncoder(out.Out).Encode(r); err != nil {
				return err
			}
		case len(r.Failures) > 0:
			fmt.Fprintf(out.Out, "seed %d: %s", r.Seed, r.Report())
		case progress:
			fmt.Fprintf(out.Err, "\r%d of %d seeds", done, c.Seeds)
		}
	}
	if progress {
		fmt.Fprintln(out.Err)
	}
	if !c.JSON {
		fmt.Fprintf(out.Out, "%d seeds: %d accepted, %d refused, %d delivered, %d pages, %d crashes, %d leaders; %d failed\n",
			done, total.Accepted, total.Refused, total.Delivered, total.Pages, total.Crashes, total.Leaders, failed)
	}
	return simAnswer(failed, done)
}

func simAnswer(failed, of int) error {
	if failed > 0 {
		return answerNo(fmt.Errorf("sim: %d of %d seeds failed", failed, of))
	}
	return nil
}
