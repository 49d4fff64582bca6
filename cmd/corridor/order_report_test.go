package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/standing"
)

// A report counts the decisions that name its order, and the licences of that order by pair, over the amounts.
func TestOrderReportCountsDecisionsAndLicences(t *testing.T) {
	fenced := time.Date(2026, 3, 1, 0, 0, 0, 250e6, time.UTC)
	r := &orderReport{orderView: orderView{
		Order: &standing.Order{ID: "ORD-1", Kind: standing.Disconnect, Ground: "rulebook", Rule: "12", Effective: standing.Effective{UTC: "2026-03-01T00:00:00Z"},
			Carveouts: []standing.Carveout{{Licence: "L-77", Currency: "EUR", Amount: "40000", Count: 9, WindowDays: 30}}},
		State: standing.InForce, Needed: 3, Fence: "12/0", FencedAt: &fenced, Looked: 4, Blocked: 2, Licensed: 2, Excess: 1,
	}, Late: "250ms", Now: fenced.Add(time.Hour)}
	at := corridor.Position{Page: 13}
	for _, e := range []entry.Decided{
		{Outcome: entry.Licensed, Licence: "ORD-1:L-77", Amount: "30000", Sender: "ZQVARUMM", Receiver: "ZQDEDEFF", Orders: []string{"ORD-1"}},
		{Outcome: entry.Licensed, Licence: "ORD-1:L-77 ORD-2:L-9", Amount: "1000.5", Sender: "ZQDEDEFF", Receiver: "ZQVARUMM", Orders: []string{"ORD-1", "ORD-2"}},
		{Outcome: entry.Holds, Rule: standing.RuleBudget, Sender: "ZQVARUMM", Receiver: "ZQDEDEFF", Orders: []string{"ORD-1"}},
		{Outcome: entry.Refuses, Rule: standing.RuleSubject, Sender: "ZQVARUMM", Receiver: "ZQDEDEFF", Orders: []string{"ORD-2"}},
	} {
		e.Stage, e.Message = entry.AtAccept, at
		at.Index++
		r.count(&e)
	}
	if len(r.Decisions) != 2 || len(r.Used) != 1 {
		t.Fatalf("decisions %+v, used %+v", r.Decisions, r.Used)
	}
	want := licenceUse{Licence: "L-77", Pair: "ZQDEDEFF and ZQVARUMM", Count: 2, Amount: "31000.5", Last: "13/1", Budget: "9 messages EUR 40000 in 30 days"}
	if r.Used[0] != want {
		t.Errorf("used %+v, want %+v", r.Used[0], want)
	}
	var out bytes.Buffer
	noError(t, r.print(&out))
	for _, text := range []string{"250ms after the legal instant", "rulebook, rule 12", "L-77, EUR, at most 9 messages, at most 40000 EUR, in 30 days",
		"1 of them are outside the signed resolution", "L-77         ZQDEDEFF and ZQVARUMM  2         31000.5  13/1    9 messages EUR 40000 in 30 days"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("the report does not say %q:\n%s", text, &out)
		}
	}
}

// What the words of durations and shares are.
func TestOrderWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 59 * time.Second: "59s", 61 * time.Second: "1m 1s", 3*time.Hour + 59*time.Minute: "3h 59m", 49*time.Hour + 59*time.Minute: "2d 1h",
	} {
		if got := span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	for share, want := range map[corridor.Decimal]string{"0": "0 %", "0.004": "0.4 %", "0.01": "1 %", "0.41818": "41.818 %", "1": "100 %", "0.5": "50 %"} {
		if got := percent(share); got != want {
			t.Errorf("%s is %q, want %q", share, got, want)
		}
	}
}
