// Package pgtest starts PostgreSQL servers for tests: from the programs that are installed, on a free port, in a folder of their own that goes with
// the test. It is not for production: passwords are not asked.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long a server may take to start, stop or promote on a busy machine.
const patience = 60 * time.Second

// NoSkip names the environment variable that makes a missing PostgreSQL a failure instead of a skip.
const NoSkip = "CORRIDOR_NO_SKIP"

// Server is one running server.
type Server struct {
	Port int

	t       testing.TB
	bin     string
	dir     string // data, log and socket
	owner   *syscall.Credential
	process *exec.Cmd
	log     *syncBuffer
	ended   chan struct{}
}

// Start makes a server with settings of the form "name=value". The test is skipped if PostgreSQL is not installed.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s := prepare(t)
	s.command("initdb", "-D", s.data(), "-U", "corridor", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
	s.run(settings...)
	return s
}

// Standby makes a synchronous stand-by of s: from then on each commit on s waits for it.
func (s *Server) Standby() *Server {
	s.t.Helper()
	b := prepare(s.t)
	b.command("pg_basebackup", "-D", b.data(), "-R", "-X", "stream", "-c", "fast", "--no-sync",
		"-d", fmt.Sprintf("host=127.0.0.1 port=%d user=corridor application_name=standby", s.Port))
	b.run()
	s.Exec("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
	s.Exec("SELECT pg_reload_conf()")
	s.await("stand-by in step", func(ctx context.Context, c *pgx.Conn) (ok bool, err error) {
		return ok, c.QueryRow(ctx, "SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'").Scan(&ok)
	})
	return b
}

// URL is that of the server's database; with stand-bys it names all hosts.
func (s *Server) URL(standbys ...*Server) string {
	hosts := []string{"127.0.0.1:" + strconv.Itoa(s.Port)}
	for _, b := range standbys {
		hosts = append(hosts, "127.0.0.1:"+strconv.Itoa(b.Port))
	}
	return "postgres://corridor@" + strings.Join(hosts, ",") + "/postgres?sslmode=disable"
}

// Kill ends the server and all its processes at once, as a loss of power does but for the disk.
func (s *Server) Kill() {
	s.signal(syscall.SIGSTOP) // so that none of them sees another go
	s.signal(syscall.SIGKILL)
	<-s.ended
}

// Freeze stops all processes of the server until Thaw.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

// Promote makes a stand-by the primary.
func (s *Server) Promote() {
	s.t.Helper()
	s.Exec("SELECT pg_promote()")
	s.await("promotion", func(ctx context.Context, c *pgx.Conn) (ok bool, err error) {
		return ok, c.QueryRow(ctx, "SELECT NOT pg_is_in_recovery()").Scan(&ok)
	})
}

// Exec runs one statement.
func (s *Server) Exec(query string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgx.Connect(ctx, s.URL())
	if err == nil {
		defer c.Close(ctx)
		_, err = c.Exec(ctx, query)
	}
	if err != nil {
		s.t.Fatalf("pgtest: %s: %v", query, err)
	}
}

// prepare finds the programs and makes the folder and the port.
func prepare(t testing.TB) *Server {
	t.Helper()
	bin, err := find()
	if err != nil {
		if os.Getenv(NoSkip) != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	s := &Server{t: t, bin: bin, log: &syncBuffer{}, ended: make(chan struct{})}
	if s.owner, err = owner(); err != nil {
		t.Fatal(err)
	}
	// Not t.TempDir: the folder above must let the owner in.
	if s.dir, err = os.MkdirTemp("", "corridor-postgres-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(s.dir) })
	if s.owner != nil {
		if err := os.Chown(s.dir, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	s.Port = freePort(t)
	return s
}

// find is the folder of the newest installed server programs.
func find() (string, error) {
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb", "/opt/homebrew/opt/postgresql*/bin/initdb"} {
		if all, _ := filepath.Glob(pattern); len(all) > 0 {
			slices.SortFunc(all, func(a, b string) int { return version(a) - version(b) })
			return filepath.Dir(all[len(all)-1]), nil
		}
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errors.New("PostgreSQL's server programs are not installed (Debian: package postgresql): tests on PostgreSQL are skipped")
}

func version(path string) int {
	n, _ := strconv.Atoi(strings.Trim(filepath.Base(filepath.Dir(filepath.Dir(path))), "pgsqlotre-@"))
	return n
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) program(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.dir
	c.SysProcAttr = attributes(s.owner)
	return c
}

func (s *Server) command(name string, args ...string) {
	s.t.Helper()
	if out, err := s.program(name, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("pgtest: %s: %v\n%s", name, err, out)
	}
}

// run starts the server and waits until it answers.
func (s *Server) run(settings ...string) {
	s.t.Helper()
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.Port), "-k", s.dir, "-c", "listen_addresses=127.0.0.1"}
	for _, set := range settings {
		args = append(args, "-c", set)
	}
	s.process = s.program("postgres", args...)
	s.process.Stdout, s.process.Stderr = s.log, s.log
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		_ = s.process.Wait() // how it ended is in its log
		close(s.ended)
	}()
	s.t.Cleanup(s.stop)
	s.await("start", func(context.Context, *pgx.Conn) (bool, error) { return true, nil })
}

// await polls the server until a condition holds.
func (s *Server) await(what string, holds func(context.Context, *pgx.Conn) (bool, error)) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		ok, err := s.ask(ctx, holds)
		if ok && err == nil {
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("pgtest: no %s within %v: %v\n%s", what, patience, err, s.log)
		case <-s.ended:
			s.t.Fatalf("pgtest: the server ended before its %s\n%s", what, s.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Server) ask(ctx context.Context, holds func(context.Context, *pgx.Conn) (bool, error)) (bool, error) {
	c, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return false, err
	}
	defer c.Close(ctx)
	return holds(ctx, c)
}

// stop ends the server at the end of its test.
func (s *Server) stop() {
	s.Thaw()
	_ = s.process.Process.Signal(syscall.SIGINT) // "fast" shutdown
	select {
	case <-s.ended:
	case <-time.After(patience / 10):
		s.Kill()
	}
	if s.t.Failed() {
		s.t.Logf("log of the PostgreSQL server on port %d:\n%s", s.Port, s.log)
	}
}

// signal reaches the server and its processes, which each lead a group of their own.
func (s *Server) signal(n syscall.Signal) {
	select {
	case <-s.ended:
		return
	default:
	}
	server := s.process.Process.Pid
	for _, pid := range append(children(server), server) {
		_ = syscall.Kill(pid, n)
	}
}

// children are the processes that a process has started; where there is no /proc none is found, and they end by themselves
// when they see that the server is gone.
func children(parent int) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // state, parent, …
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// syncBuffer is a buffer that one goroutine writes and another reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
