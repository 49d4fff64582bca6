package verify_test

import (
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
	"corridor.example/corridor/standing/verify"
)

// The members of most tests.
const (
	vostrova corridor.LT = "ZQVARUMMAXXX"
	sister   corridor.LT = "ZQVSRUMMAXXX"
	german   corridor.LT = "ZQDEDEFFAXXX"
	french   corridor.LT = "ZQFRFRPPAXXX"
)

func pays(currency, value string, references ...string) *corridor.Particulars {
	return &corridor.Particulars{Amounts: []corridor.Amount{{Currency: currency, Value: corridor.Decimal(value)}}, References: references}
}

// cutOff is a story: traffic, an order, its fence, traffic again, with messages in every state when the fence passes.
func cutOff(t testing.TB) *recorder {
	r := newRecorder(t, vostrova, sister, german, french)
	r.page(start.Add(time.Minute))
	r.send(german, vostrova, "fin.103", pays("EUR", "1"))
	r.deliver(vostrova, 1)
	r.order(standing.Order{ID: "ORD-1", Kind: standing.Disconnect, Subject: resolved("ZQVARUMM"), Effective: standing.Effective{UTC: start.Add(72 * time.Hour).Format(time.RFC3339)}})
	r.page(start.Add(71 * time.Hour))
	r.send(german, vostrova, "fin.103", pays("EUR", "2"))
	r.deliver(vostrova, 0) // in doubt
	r.send(german, vostrova, "fin.103", pays("EUR", "3"))
	r.send(vostrova, french, "fin.103", pays("EUR", "4"))
	r.send(german, french, "fin.103", pays("EUR", "5"))
	r.page(start.Add(72*time.Hour + 40*time.Millisecond))
	r.send(german, vostrova, "fin.103", pays("EUR", "6"))
	r.send(german, french, "fin.103", pays("EUR", "7"))
	r.send(german, sister, "fin.103", pays("EUR", "8"))
	r.deliver(french, 9)
	r.page(start.Add(73 * time.Hour))
	r.deliver(german, 9)
	r.deliver(sister, 0)
	r.send(german, vostrova, "fin.940", nothing())
	return r
}

func nothing() *corridor.Particulars { return &corridor.Particulars{} }

// TestCutOff: the three sentences hold, and the counts are those of the story.
func TestCutOff(t *testing.T) {
	r := cutOff(t)
	pages := r.end()
	got := verifyPages(t, r.authority.Root(), pages, verify.Options{})
	mustHold(t, got)
	want := verify.Counts{Accepted: 7, Refused: 2, RefusedByOrder: 2, Delivered: 3, Returned: 1, Stored: 1, InDoubt: 1, Out: 1, GivenOut: got.Counts.GivenOut, Originated: 1, Decided: 5}
	if got.Counts != want {
		t.Errorf("counts are %+v\nexpected   %+v", got.Counts, want)
	}
	if len(got.Orders) != 1 || got.Orders[0].GapSeconds != 0.04 || got.Orders[0].Signatures != 5 || got.Orders[0].Needed != 3 {
		t.Errorf("orders are %+v", got.Orders)
	}
}
