package notice_test

import (
	"testing"

	"corridor.example/corridor"
	. "corridor.example/corridor/notice"
	"corridor.example/corridor/standing"
	"github.com/google/go-cmp/cmp"
)

// A record of the state gives the events that members hear of, in their order, and no act that is the signers' alone.
func TestLifeOf(t *testing.T) {
	o, digest := readOrder(t, "cut")
	r := &standing.Record{Order: o, Document: digest, Phase: standing.LiftedNow, Effect: standing.Disconnect, PausedTo: 90, FencedAt: 50, EndedAt: 60, Deeds: []standing.Deed{
		{Kind: standing.OrderDraft, Time: 1}, {Kind: standing.OrderResolve, Time: 2}, {Kind: standing.OrderSign, Time: 3}, {Kind: standing.OrderPublish, Time: 10},
		{Kind: standing.OrderPause, Time: 20}, {Kind: standing.OrderResume, Time: 30}}}
	want := []Event{{What: Published, At: 10}, {What: Paused, At: 20, Until: 90}, {What: Resumed, At: 30}, {What: PauseEnded, At: 40}, {What: InForce, At: 50}, {What: Lifted, At: 60}}
	l := LifeOf(r, Event{What: PauseEnded, At: 40})
	if d := cmp.Diff(want, l.Events); d != "" {
		t.Error(d)
	}
	if l.Effect != standing.Disconnect || l.Document != digest || l.Order != o {
		t.Errorf("%+v", l)
	}
	for phase, want := range map[standing.Phase]Occasion{standing.Expired: Expired, standing.Superseded: Superseded, standing.LiftedNow: Lifted} {
		l := LifeOf(&standing.Record{Order: o, Phase: phase, EndedAt: 1})
		if l.Events[0].What != want {
			t.Errorf("%s ends as %s", phase, l.Events[0].What)
		}
	}
	r.Deeds = append(r.Deeds, standing.Deed{Kind: standing.OrderDraft, Time: 70})
	r.FencedAt, r.EndedAt = 0, 0
	if l := LifeOf(r, Event{What: PauseEnded, At: 40}); len(l.Events) != 0 {
		t.Errorf("a new draft under the id has the events of the one before: %+v", l.Events)
	}
	back, _ := readOrder(t, "readmit")
	l = LifeOf(&standing.Record{Order: back, FencedAt: 5}, Event{What: Readmitted, At: 5, BIC: "ZQVARUMM"})
	if d := cmp.Diff([]Event{{What: Readmitted, At: 5, BIC: corridor.BIC("ZQVARUMM")}}, l.Events); d != "" {
		t.Error(d)
	}
}
