package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"corridor.example/corridor"
)

// noSkipEnv says that a test must not be skipped for what this machine lacks.
const noSkipEnv = "CORRIDOR_NO_SKIP"

// cannot skips a test plainly, or fails it where nothing may be skipped.
func cannot(t testing.TB, why string, err error) {
	t.Helper()
	if os.Getenv(noSkipEnv) != "" {
		t.Fatalf("%s: %v; %s allows no skip", why, err, noSkipEnv)
	}
	t.Skipf("SKIPPED, and nothing is shown: %s: %v", why, err)
}

// mountSmallDisk mounts a file system of some bytes on a new folder in memory, until the test ends.
func mountSmallDisk(m *machines, path string, size int) {
	m.t.Helper()
	noError(m.t, os.MkdirAll(path, 0o700))
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, fmt.Sprintf("size=%d,mode=700", size)); err != nil {
		cannot(m.t, "mounting a small file system needs root", err)
	}
	m.unmountAtEnd(path)
}

// unmountAtEnd ends the processes first: they hold files open there.
func (m *machines) unmountAtEnd(path string) {
	m.t.Cleanup(func() {
		m.end()
		if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil && !errors.Is(err, syscall.EINVAL) {
			m.t.Error(err)
		}
	})
}

// breakableDisk mounts an ext4 file system that goes read-only under open files when it is told that it is damaged.
func breakableDisk(m *machines, path string) (mount func()) {
	m.t.Helper()
	noError(m.t, os.MkdirAll(path, 0o700))
	image := m.path("image")
	noError(m.t, os.WriteFile(image, nil, 0o600))
	noError(m.t, os.Truncate(image, 16<<20))
	if out, err := exec.Command("mke2fs", "-q", "-t", "ext4", image).CombinedOutput(); err != nil {
		cannot(m.t, "making an ext4 file system needs mke2fs: "+string(out), err)
	}
	mount = func() {
		m.t.Helper()
		if out, err := exec.Command("mount", "-o", "loop", image, path).CombinedOutput(); err != nil {
			cannot(m.t, "mounting a loop device needs root and /dev/loop: "+string(out), err)
		}
	}
	mount()
	m.unmountAtEnd(path)
	return mount
}

// fillUp leaves no room on a file system; what it returns makes room again.
func fillUp(t testing.TB, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	noError(t, err)
	defer f.Close()
	for size := 1 << 20; size > 0; {
		n, err := f.Write(make([]byte, size))
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		if n < size {
			size /= 2
		}
	}
	return func() { noError(t, os.Remove(path)) }
}

// sendUntil sends until something has happened.
func (s *stream) sendUntil(what string, happened func() bool) {
	s.m.t.Helper()
	s.m.eventually(30*time.Second, what, func() bool { s.send(); return happened() })
}

// noAnswerComes asks that the sender gets no answer for a while.
func (s *stream) noAnswerComes() {
	s.m.t.Helper()
	before := len(s.m.answers(s.from, ".ack"))
	for range 5 {
		s.send()
	}
	time.Sleep(1500 * time.Millisecond)
	if now := len(s.m.answers(s.from, ".ack")); now != before {
		s.m.t.Errorf("%d answers came while the hub could not write", now-before)
	}
	if before == len(s.sent) {
		s.m.t.Error("nothing waits: the test shows nothing")
	}
}

// diskNet is a running network whose hub has its journal on a folder of its own.
func diskNet(t *testing.T, mount func(m *machines, path string)) (*stream, *office, string) {
	t.Helper()
	m := newMachines(t, merid, cedar)
	disk := m.path("hub", "disk")
	mount(m, disk)
	m.edit(m.path("hub", "hub.toml"), "sqlite:journal.db", "sqlite:disk/journal.db")
	m.journal = filepath.Join(disk, "journal.db")
	o := openOffice(m, cedar)
	m.startAll(merid, cedar)
	s := &stream{m: m, from: merid, to: cedar}
	for range 3 {
		s.send()
	}
	m.eventually(20*time.Second, "the first messages are answered", func() bool { return len(m.answers(merid, ".ack")) == 3 })
	return s, o, disk
}

// hubIsStuck asks for all signs of a journal that takes no writes.
func (s *stream) hubIsStuck(advice string) {
	s.m.t.Helper()
	s.sendUntil("/readyz says no", func() bool { return s.m.ready() == 503 })
	s.noAnswerComes()
	for role, text := range map[string]string{"hub": advice, string(s.from): "SA102"} {
		if !s.m.logHas(role, text) {
			s.m.t.Errorf("the log of %s lacks %q", role, text)
		}
	}
	if s.m.ready() != 503 {
		s.m.t.Error("/readyz does not say no any more")
	}
}

// TestHubDiskFull fills the disk of the journal under load, and makes room again.
func TestHubDiskFull(t *testing.T) {
	s, o, disk := diskNet(t, func(m *machines, path string) { mountSmallDisk(m, path, 3<<20) })
	free := fillUp(t, disk)
	s.hubIsStuck("make room on the file system of")
	free()
	s.m.eventually(20*time.Second, "/readyz says yes", func() bool { return s.m.ready() == 200 })
	s.allIsThrough(o)
}

// TestHubDiskReadOnly breaks the file system of the journal, so that it goes read-only with the files open, and mends it.
func TestHubDiskReadOnly(t *testing.T) {
	var mount func()
	s, o, disk := diskNet(t, func(m *machines, path string) { mount = breakableDisk(m, path) })
	if out, err := exec.Command("mount", "-o", "remount,abort", disk).CombinedOutput(); err != nil {
		cannot(t, "this kernel does not abort a file system: "+string(out), err)
	}
	s.hubIsStuck(disk)
	s.m.signal("hub", syscall.SIGTERM)
	noError(t, syscall.Unmount(disk, 0))
	exec.Command("e2fsck", "-p", s.m.path("image")).Run()
	mount()
	s.m.start("hub")
	s.allIsThrough(o)
}

// TestGatewayProcessOnFullDisk fills the disk of a gateway's store: it takes nothing and acknowledges nothing, and goes on when there is room.
func TestGatewayProcessOnFullDisk(t *testing.T) {
	m := newMachines(t, merid, cedar)
	disk := m.path(string(cedar), "store")
	mountSmallDisk(m, disk, 2<<20)
	o := openOffice(m, cedar)
	m.startAll(merid, cedar)
	s := &stream{m: m, from: merid, to: cedar}
	s.send()
	m.eventually(20*time.Second, "the first message came", func() bool { return o.count() == 1 })
	free := fillUp(t, disk)
	s.sendUntil("the receiver's log says that its disk is full", func() bool { return m.logHas(string(cedar), "make room on its disk") })
	m.eventually(20*time.Second, "the sender has all answers", func() bool { return len(m.answers(merid, ".ack")) == len(s.sent) })
	delivered := m.hubStatus().Delivered
	m.kill(string(cedar)) // what it acknowledged must be in its store now
	time.Sleep(300 * time.Millisecond)
	if n := m.stored(cedar); uint64(n) < delivered || n == len(s.sent) {
		t.Errorf("%d messages are acknowledged, %d of %d stored", delivered, n, len(s.sent))
	}
	back := &stream{m: m, from: cedar, to: merid}
	back.send()
	m.start(string(cedar))
	time.Sleep(time.Second)
	if got := m.answers(cedar, ".ack"); len(got) > 0 {
		t.Errorf("a message was sent that could not be kept: %v", got)
	}
	free()
	m.eventually(restTimeout, "what waited in the outgoing folder is answered", func() bool { return len(m.answers(cedar, ".ack")) == 1 })
	s.allIsThrough(o, back.sent...)
}

// stored counts the messages in a terminal's store.
func (m *machines) stored(lt corridor.LT) int {
	m.t.Helper()
	return len(lines(m.corridor("receive", "--json", "--config", m.gatewayConfig(lt))))
}
