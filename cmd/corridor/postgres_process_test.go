package main

import (
	"fmt"
	"testing"
	"time"

	"corridor.example/corridor/internal/pgtest"
)

// TestHubOnPostgresFailsOver kills the primary under a running hub, promotes its synchronous stand-by, and then lets a second hub take
// the lead: whatever was answered is there.
func TestHubOnPostgresFailsOver(t *testing.T) {
	primary := pgtest.Start(t)
	standby := primary.Standby()
	m := newMachines(t, merid, cedar)
	m.journal = primary.URL(standby)
	m.edit(m.path("hub", "hub.toml"), "sqlite:journal.db", m.journal)
	o := openOffice(m, cedar)
	m.startAll(merid, cedar)
	s := &stream{m: m, from: merid, to: cedar}
	answered := func(count int) {
		t.Helper()
		m.eventually(30*time.Second, fmt.Sprintf("%d messages are answered", count), func() bool { return len(m.answers(merid, ".ack")) >= count })
	}
	for range 10 {
		s.send()
	}
	answered(10)
	primary.Kill()
	for range 5 {
		s.send()
	}
	standby.Promote()
	answered(15)

	second := freeAddress(t)
	m.edit(m.path("hub", "hub.toml"), m.listen, second, m.admin, freeAddress(t))
	first := m.running["hub"]
	delete(m.running, "hub")
	m.start("hub")
	first.Wait()
	if status := first.ProcessState.ExitCode(); status != 1 || !m.logHas("hub", "another hub leads the network now") {
		t.Errorf("the first hub ended with status %d", status)
	}
	m.edit(m.gatewayConfig(merid), m.listen, second)
	m.edit(m.gatewayConfig(cedar), m.listen, second)
	m.restart(string(merid))
	m.restart(string(cedar))
	for range 5 {
		s.send()
	}
	s.allIsThrough(o)
}
