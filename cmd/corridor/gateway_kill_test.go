package main

import (
	"context"
	"fmt"
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
	"corridor.example/corridor/gateway"
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
		case <-time.After(time.Minute):
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
