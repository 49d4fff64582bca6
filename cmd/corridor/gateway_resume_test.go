package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/gateway"
	"corridor.example/corridor/pki"
)

// TestClockAheadHeals: statements made while the clock was ahead are refused, every frame after them for its number; once the
// clock is right they are stated anew and go through in order.
func TestClockAheadHeals(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	var ahead atomic.Int64
	ahead.Store(int64(time.Hour))
	d := &door{n: n, lt: merid, dir: filepath.Join(n.dir, string(merid))}
	c := n.config(merid)
	c.Frame = 2
	g, err := gateway.Open(c, gateway.Deps{Member: n.members[merid], Events: d.take, Clock: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	noError(t, err)
	for i := range 7 {
		_, err := g.Submit(context.Background(), merid, mt103(merid, cedar, fmt.Sprintf("CLOCK%d", i)))
		noError(t, err)
	}
	defer goRun(g)()
	d.wait(gateway.Connected, 1)
	time.Sleep(300 * time.Millisecond)
	if got := d.of(gateway.Acknowledged); len(got) != 0 {
		t.Fatalf("the network took a statement of tomorrow: %+v", got)
	}
	ahead.Store(0)
	got := d.wait(gateway.Acknowledged, 7)
	for i, e := range got {
		if e.Number != corridor.ISN(i+1) {
			t.Errorf("answer %d is for number %d", i, e.Number)
		}
	}
}

// TestNewKeySignsWhatWaits: what was signed with a key that is no longer in use, and never taken, is signed anew.
func TestNewKeySignsWhatWaits(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	n.stop()
	m := n.open(merid)
	n.drop(merid, "a.fin", mt103(merid, cedar, "OLDKEY"))
	m.wait(gateway.Submitted, 1)
	m.stop()
	issued, err := n.authority.IssueMember([]corridor.LT{merid}, 20*time.Hour, time.Now().Add(-time.Minute), rand.Reader)
	noError(t, err)
	dir := filepath.Join(n.dir, "new-keys")
	noError(t, issued.Write(dir, pki.Unencrypted()))
	n.members[merid], err = pki.LoadMember(dir, pki.Unencrypted(), time.Now())
	noError(t, err)
	n.start()
	m = n.open(merid)
	m.wait(gateway.Answered, 1)
	s := n.proves(filepath.Join(m.dir, "outgoing", "sent", "a.receipt"), mt103(merid, cedar, "OLDKEY"))
	if s.SenderKey != n.members[merid].Signing[merid].Certificate().ID {
		t.Error("the receipt shows another key than the new one")
	}
}

// TestOneTerminalStopsTheOtherGoesOn: a terminal that needs a person does not stop its neighbour.
func TestOneTerminalStopsTheOtherGoesOn(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	both := &pki.Member{Root: n.members[merid].Root, Transport: n.members[merid].Transport,
		Signing: map[corridor.LT]*pki.MemberSigningKey{merid: n.members[merid].Signing[merid], cedar: n.members[cedar].Signing[cedar]}}
	c := n.config(merid)
	c.Terminals = append(c.Terminals, gateway.TerminalConfig{LT: cedar})
	d := &door{n: n, lt: merid, dir: filepath.Join(n.dir, string(merid))}
	g, err := gateway.Open(c, gateway.Deps{Member: both, Events: d.take})
	noError(t, err)
	defer goRun(g)()
	if e := d.wait(gateway.Stopped, 1)[0]; e.LT != cedar {
		t.Errorf("stopped: %+v", e)
	}
	n.drop(merid, "a.fin", mt103(merid, cedar, "GOESON"))
	d.wait(gateway.Answered, 1)
	all, err := g.Status(context.Background())
	noError(t, err)
	if all[0].Stopped != "" || all[1].Stopped == "" {
		t.Errorf("status %+v", all)
	}
}

// TestProgramWithoutFolders: an embedding program submits and reads what came, with proof.
func TestProgramWithoutFolders(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	m, c := n.openWith(merid, false), n.openWith(cedar, false)
	payload := mt103(merid, cedar, "EMBED")
	taken, err := m.g.Submit(context.Background(), merid, payload)
	noError(t, err)
	m.wait(gateway.Acknowledged, 1)
	c.wait(gateway.Delivered, 1)
	all, err := c.g.Messages(context.Background(), cedar, 0)
	noError(t, err)
	if taken.Number != 1 || len(all) != 1 || string(all[0].Payload) != string(payload) || all[0].Reference != "EMBED" || !strings.HasPrefix(string(all[0].Output), "{1:F01CEDRFRP0AXXX") {
		t.Fatalf("number %d, messages %+v", taken.Number, all)
	}
	r, err := evidence.DecodeReceipt(all[0].Receipt)
	noError(t, err)
	if s, err := evidence.Verify(n.authority.Root(), r, payload); err != nil || !s.MessageChecked {
		t.Errorf("%+v %v", s, err)
	}
	if _, err := m.g.Submit(context.Background(), merid, []byte("no message")); err == nil {
		t.Error("what is no message was taken")
	}
	if rest, err := c.g.Messages(context.Background(), cedar, 1); err != nil || len(rest) != 0 {
		t.Errorf("above the last: %v %v", rest, err)
	}
}

// TestSecondAddressIsTried: where the first address is dead, the next is used.
func TestSecondAddressIsTried(t *testing.T) {
	n := newTestNet(t, merid)
	c := n.config(merid)
	c.Addresses = []string{freeAddress(t), n.address}
	d := n.openConfig(c)
	d.wait(gateway.Disconnected, 1)
	d.wait(gateway.Connected, 1)
}
