package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"corridor.example/corridor/standing/verify"
)

// printVerified says in words what was proven.
func printVerified(out io.Writer, a *orderProof) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if a.Chain != "" {
		fmt.Fprintf(w, "BROKEN\tthe journal itself\n\t%s\n", a.Chain)
	}
	for i := range a.Sentences {
		printSentence(w, &a.Sentences[i])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	printProofHead(w, a)
	printProofOrders(w, a.Result)
	if err := w.Flush(); err != nil {
		return err
	}
	for _, n := range a.Notes {
		fmt.Fprintf(out, "note: %s\n", n)
	}
	return nil
}

func printSentence(w io.Writer, s *verify.SentenceResult) {
	if s.Holds {
		fmt.Fprintf(w, "PROVEN\t%s\n", s.Sentence)
		return
	}
	fmt.Fprintf(w, "BROKEN\t%s\n\trecord %s: %s\n", s.Sentence, s.Break.Place, s.Break.What)
	if s.Breaks > 1 {
		fmt.Fprintf(w, "\tand %d more\n", s.Breaks-1)
	}
}

func printProofHead(w io.Writer, a *orderProof) {
	fmt.Fprintf(w, "journal\t%d pages, %d entries of %s, %s to %s\n", a.Pages, a.Entries, a.Network, a.Start, a.Until)
	if a.Redacted != "" {
		fmt.Fprintf(w, "redacted\t%s, %d entries and %d whole pages hidden\n", a.Redacted, a.Hidden, a.HiddenPages)
	}
	fmt.Fprintf(w, "log\t%s, %d checkpoints of observers agree\n", a.Log, a.Checkpoints)
	fmt.Fprintf(w, "signatures\t%d acts of officers, %d frames of members, all pages; %d policies\n", a.Acts, a.Frames, a.Policies)
	c := &a.Counts
	fmt.Fprintf(w, "messages\t%d accepted, %d refused (%d by orders), %d of the network\n", c.Accepted, c.Refused, c.RefusedByOrder, c.Originated)
	fmt.Fprintf(w, "\t%d delivered, %d returned, %d stored, %d in doubt, %d held, %d waiting, %d out, %d aborted, %d counted as delivered\n",
		c.Delivered, c.Returned, c.Stored, c.InDoubt, c.Held, c.Waiting, c.Out, c.Aborted, c.Counted)
	fmt.Fprintf(w, "judged\t%d messages under orders, %d records of decisions\n", a.Judged, c.Decided)
}

func printProofOrders(w io.Writer, r *verify.Result) {
	for i := range r.Orders {
		o := &r.Orders[i]
		given := ""
		if o.Given {
			given = ", as given"
		}
		fmt.Fprintf(w, "order %s\t%s, %s, %d institutions, %d of %d signatures%s\n", o.ID, o.Kind, o.Phase, o.BICs, o.Signatures, o.Needed, given)
		fmt.Fprintf(w, "\tlegal instant %s", o.Legal)
		if o.Technical != "" {
			fmt.Fprintf(w, ", technical %s (%.3f s later), fence %s", o.Technical, o.GapSeconds, o.Fence)
		}
		t := &o.Tally
		fmt.Fprintf(w, "\n\trefused %d, returned %d, stored %d, held %d, in doubt %d, licensed %d\n", t.Refused, t.Returned, t.Stored, t.Held, t.InDoubt, t.Licensed)
	}
}
