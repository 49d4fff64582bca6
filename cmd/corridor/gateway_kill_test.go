package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/gateway"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
)

// childEnv tells a copy of the test program to be a gateway: dir, LT, hub, step to die at, and at which time of reaching it.
const childEnv = "CORRIDOR_TEST_GATEWAY"

// TestGatewayChild is not a test: it is the gateway process that the kill tests start and kill.
func TestGatewayChild(t *testing.T) {
	args := strings.Split(os.Getenv(childEnv), "|")
	if len(args) != 5 {
		t.Skip("only the kill tests run this")
	}
	lt := corridor.LT(args[1])
	n := &testNet{t: t, dir: args[0], address: args[2]}
	member, err := pki.LoadMember(n.keys(lt), pki.Unencrypted(), time.Now())
	noError(t, err)
	nth, _ := strconv.ParseInt(args[4], 10, 64)
	var reached atomic.Int64
	g, err := gateway.Open(n.config(lt), gateway.Deps{Member: member, Step: func(s gateway.Step) {
		if string(s) == args[3] && reached.Add(1) == nth {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}})
	noError(t, err)
	g.Run(context.Background())
}

// child starts a gateway in a process of its own.
func (n *testNet) child(lt corridor.LT, step gateway.Step, nth int) *exec.Cmd {
	n.t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestGatewayChild$")
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%s|%s|%s|%d", childEnv, n.dir, lt, n.address, step, nth))
	c.Stderr = os.Stderr
	noError(n.t, c.Start())
	return c
}

// backOffice takes files out of an incoming folder as soon as they appear and notes each message's name.
type backOffice struct {
	mu   sync.Mutex
	got  []string
	done chan struct{}
	all  sync.WaitGroup
}

func newBackOffice(t testing.TB, dir string) *backOffice {
	b := &backOffice{done: make(chan struct{})}
	b.all.Go(func() {
		for {
			for _, name := range names(t, dir) {
				if err := os.Remove(filepath.Join(dir, name)); err == nil && filepath.Ext(name) == ".fin" {
					b.mu.Lock()
					b.got = append(b.got, name)
					b.mu.Unlock()
				}
			}
			select {
			case <-b.done:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	return b
}

// references are the references of what came, in its order.
func (b *backOffice) references() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]string, len(b.got))
	for i, name := range b.got {
		out[i] = strings.TrimSuffix(name[strings.LastIndexByte(name, '-')+1:], ".fin")
	}
	return out
}

func (b *backOffice) stop() {
	close(b.done)
	b.all.Wait()
}

// answersIn counts the answers beside the files that were sent.
func (n *testNet) answersIn(lt corridor.LT) int {
	acks := 0
	for _, name := range names(n.t, filepath.Join(n.dir, string(lt), "outgoing", "sent")) {
		if filepath.Ext(name) == ".ack" {
			acks++
		}
	}
	return acks
}

// handedOver counts the messages whose hand-over is noted in the receiver's store.
func (n *testNet) handedOver(lt corridor.LT) int {
	i, err := gateway.Inspect(n.config(lt).Store, n.config(lt).Terminals[0])
	if err != nil {
		return 0
	}
	defer i.Close()
	count := 0
	for after := corridor.OSN(0); ; {
		all, err := i.Received(context.Background(), after)
		if err != nil || len(all) == 0 {
			return count
		}
		for _, m := range all {
			if m.Status == "handed-over" {
				count++
			}
		}
		after = all[len(all)-1].OSN
	}
}

// TestGatewayKilledAtEveryStep kills the sender or the receiver with SIGKILL at each durable step, starts it again, and
// asks that every message came to the other back office exactly once and was answered.
func TestGatewayKilledAtEveryStep(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	sending := []gateway.Step{gateway.StepClaimed, gateway.StepKept, gateway.StepMoved, gateway.StepSent, gateway.StepAnswerKept, gateway.StepAnswerFiled}
	receiving := []gateway.Step{gateway.StepReceived, gateway.StepAcknowledged, gateway.StepPrepared, gateway.StepRouting, gateway.StepHandedOver}
	office := newBackOffice(t, filepath.Join(n.dir, string(cedar), "incoming"))
	defer office.stop()
	var want []string
	for i, step := range append(sending, receiving...) {
		victim, other := merid, cedar
		if i >= len(sending) {
			victim, other = cedar, merid
		}
		for k := range 3 {
			ref := fmt.Sprintf("S%02dN%d", i, k)
			want = append(want, ref)
			n.drop(merid, ref+".fin", mt103(merid, cedar, ref))
		}
		second := n.child(other, "", 0)
		first := n.child(victim, step, 1)
		died := make(chan error, 1)
		go func() { died <- first.Wait() }()
		select {
		case <-died:
		case <-time.After(20 * time.Second):
			t.Fatalf("the step %q was not reached", step)
		}
		again := n.child(victim, "", 0)
		n.eventually(fmt.Sprintf("all is through after a kill at %q: sent %d, %d answers, came %v", step, len(want), n.answersIn(merid), office.references()), func() bool {
			return n.answersIn(merid) == len(want) && n.handedOver(cedar) == len(want) && len(office.references()) >= len(want)
		})
		for _, c := range []*exec.Cmd{again, second} {
			c.Process.Kill()
			c.Wait()
		}
		got := office.references()
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("after a kill at %q the back office has\n%v\nwant\n%v", step, got, want)
		}
	}
	if left := names(t, filepath.Join(n.dir, string(merid), "outgoing", ".taken")); len(left) > 0 {
		t.Errorf("left in .taken: %v", left)
	}
}

// hubEnv tells a copy of the test program to be a hub: dir, address, members.
const hubEnv = "CORRIDOR_TEST_HUB"

// TestHubChild is not a test: it is the hub process that TestAllKilledAtRandom starts and kills.
func TestHubChild(t *testing.T) {
	args := strings.Split(os.Getenv(hubEnv), "|")
	if len(args) != 4 {
		t.Skip("only the kill test runs this")
	}
	n := &testNet{t: t, dir: args[0], address: args[1]}
	n.load(corridor.LT(args[2]), corridor.LT(args[3]))
	n.start()
	select {}
}

func (n *testNet) hubChild() *exec.Cmd {
	n.t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestHubChild$")
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%s|%s|%s", hubEnv, n.dir, n.address, merid, cedar))
	c.Stderr = os.Stderr
	noError(n.t, c.Start())
	return c
}

// TestAllKilledAtRandom kills hub and gateways, real processes, with SIGKILL at random moments under load, starts them again,
// and in the end compares what was sent, acknowledged, stored and received, and checks the journal.
func TestAllKilledAtRandom(t *testing.T) {
	rounds := 30
	if testing.Short() {
		rounds = 5
	}
	n := newTestKeys(t, merid, cedar)
	office := newBackOffice(t, filepath.Join(n.dir, string(cedar), "incoming"))
	defer office.stop()
	start := []func() *exec.Cmd{n.hubChild, func() *exec.Cmd { return n.child(merid, "", 0) }, func() *exec.Cmd { return n.child(cedar, "", 0) }}
	live := make([]*exec.Cmd, len(start))
	kill := func(i int) {
		if live[i] != nil {
			live[i].Process.Kill()
			live[i].Wait()
			live[i] = nil
		}
	}
	defer func() {
		for i := range live {
			kill(i)
		}
	}()
	var want []string
	for round := range rounds {
		for i := range live {
			if live[i] == nil {
				live[i] = start[i]()
			}
		}
		until := time.Now().Add(time.Duration(100+rand.IntN(400)) * time.Millisecond)
		for k := 0; time.Now().Before(until); k++ {
			ref := fmt.Sprintf("R%02dN%03d", round, k)
			want = append(want, ref)
			n.drop(merid, ref+".fin", mt103(merid, cedar, ref))
			time.Sleep(3 * time.Millisecond)
		}
		victims := 1 + rand.IntN(7) // a set of the three, never empty
		for i := range live {
			if victims&(1<<i) != 0 {
				kill(i)
			}
		}
	}
	for i := range live {
		if live[i] == nil {
			live[i] = start[i]()
		}
	}
	through := func() string {
		missing, twice := compare(want, office.references())
		return fmt.Sprintf("all is through: %d sent, %d answered, %d handed over, %d at the back office; missing %v, twice %v", len(want), n.answersIn(merid), n.handedOver(cedar), len(office.references()), missing, twice)
	}
	n.within(2*time.Minute, through, func() bool {
		return n.answersIn(merid) >= len(want) && n.handedOver(cedar) >= len(want) && len(office.references()) >= len(want)
	})
	time.Sleep(300 * time.Millisecond) // a second copy would come now
	if got := office.references(); !slices.Equal(got, want) {
		slices.Sort(got)
		missing, twice := compare(want, got)
		t.Errorf("%d sent, %d came; missing %v, twice %v; or out of order", len(want), len(got), missing, twice)
	}
	if acks := n.answersIn(merid); acks != len(want) {
		t.Errorf("%d sent, %d acknowledged", len(want), acks)
	}
	for _, ref := range []string{want[0], want[len(want)/2], want[len(want)-1]} {
		n.proves(filepath.Join(n.dir, string(merid), "outgoing", "sent", ref+".receipt"), mt103(merid, cedar, ref))
	}
	kill(0)
	n.checkJournal(len(want))
	t.Logf("%d rounds, %d messages", rounds, len(want))
}

// checkJournal checks the whole chain and counts what was accepted.
func (n *testNet) checkJournal(accepted int) {
	n.t.Helper()
	ctx := context.Background()
	j, err := journal.Open(ctx, filepath.Join(n.dir, "journal.db"), journal.Options{})
	noError(n.t, err)
	defer j.Close()
	_, err = j.Check(ctx, journal.CheckOptions{})
	noError(n.t, err)
	count := 0
	for p, err := range j.Scan(ctx, 0, journal.ToEnd, journal.EntriesOnly) {
		noError(n.t, err)
		all, err := p.All()
		noError(n.t, err)
		for _, e := range all {
			if entry.KindOf(e) == entry.KindAccepted {
				count++
			}
		}
	}
	if count != accepted {
		n.t.Errorf("the journal has %d accepted messages, %d were sent", count, accepted)
	}
}

// compare finds what is missing in got and what is there twice.
func compare(want, got []string) (missing, twice []string) {
	count := map[string]int{}
	for _, g := range got {
		if count[g]++; count[g] == 2 {
			twice = append(twice, g)
		}
	}
	for _, w := range want {
		if count[w] == 0 {
			missing = append(missing, w)
		}
	}
	return missing, twice
}
