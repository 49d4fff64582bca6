// Package mailtest starts a mail server for tests: the installed Exim, on a free port, in a folder of its own that goes with the test. It
// takes mails over STARTTLS and with a log-in, and puts them into one mailbox. It is not for production.
package mailtest

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// NoSkip names the environment variable that makes a missing server a failure instead of a skip.
const NoSkip = "CORRIDOR_NO_SKIP"

// The log-in that the server takes.
const (
	Username = "corridor"
	Password = "seven green lamps"
)

// patience is how long the server may take on a busy machine.
const patience = 60 * time.Second

// Server is one running server. A mail to nobody@… is refused for good, one to later@… for now.
type Server struct {
	Address string
	CAFile  string // certificate of the authority that its own is of
	Roots   *x509.CertPool

	t       testing.TB
	dir     string
	owner   string
	process *exec.Cmd
	ended   chan struct{}
	output  bytes.Buffer
}

// Start starts the server. The test is skipped if Exim is not installed.
func Start(t testing.TB) *Server {
	t.Helper()
	program := find()
	if program == "" {
		if os.Getenv(NoSkip) != "" {
			t.Fatalf("Exim is not installed and %s forbids skipping: apt-get install exim4-daemon-light", NoSkip)
		}
		t.Skip("Exim is not installed: no mail is sent to a real server; apt-get install exim4-daemon-light")
	}
	s := &Server{t: t, owner: "Debian-exim"}
	if os.Getuid() != 0 {
		s.owner = ""
	}
	s.makeFolder()
	s.Address = freeAddress(t)
	s.Restart(program)
	return s
}

// find is the installed program, which is outside an ordinary user's path.
func find() string {
	for _, p := range []string{"/usr/sbin/exim4", "/usr/sbin/exim", "/usr/local/sbin/exim"} {
		if info, err := os.Stat(p); err == nil && info.Mode()&0o111 != 0 {
			return p
		}
	}
	return ""
}

// makeFolder makes the server's folder below the system's own for temporary files: the test's may be closed to the server's user.
func (s *Server) makeFolder() {
	s.t.Helper()
	dir, err := os.MkdirTemp("", "corridor-mail-")
	s.must(err)
	s.dir = dir
	s.t.Cleanup(func() { os.RemoveAll(dir) })
	s.must(os.Chmod(dir, 0o711))
	s.certificate()
	for _, sub := range []string{"spool", "box", "log"} {
		s.must(os.Mkdir(filepath.Join(dir, sub), 0o700))
		s.give(sub)
	}
}

// give makes a file the server's own.
func (s *Server) give(name string) {
	s.t.Helper()
	if s.owner != "" {
		out, err := exec.Command("chown", s.owner+":", filepath.Join(s.dir, name)).CombinedOutput()
		if err != nil {
			s.t.Fatalf("chown %s: %v %s", name, err, out)
		}
	}
}

// Restart starts the server, on its address, where it was stopped.
func (s *Server) Restart(program ...string) {
	s.t.Helper()
	program = append(program, find())
	host, port, err := net.SplitHostPort(s.Address)
	s.must(err)
	s.must(os.WriteFile(s.path("exim.conf"), []byte(s.configuration()), 0o644))
	s.process = exec.Command(program[0], "-C", s.path("exim.conf"), "-bdf", "-oX", host+"."+port, "-oP", s.path("pid"))
	s.process.Stdout, s.process.Stderr = &s.output, &s.output
	s.process.SysProcAttr = attributes()
	s.must(s.process.Start())
	s.ended = make(chan struct{})
	go func() { s.process.Wait(); close(s.ended) }()
	s.t.Cleanup(s.Stop)
	s.await("that the mail server listens", func() bool {
		c, err := net.DialTimeout("tcp", s.Address, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// Stop ends the server.
func (s *Server) Stop() {
	syscall.Kill(-s.process.Process.Pid, syscall.SIGKILL)
	<-s.ended
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal("mail server: ", err)
	}
}

func (s *Server) await(what string, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		select {
		case <-s.ended:
			s.t.Fatalf("mail server ended: %s", s.output.String())
		default:
		}
		if time.Now().After(end) {
			s.t.Fatalf("waited %v in vain for %s", patience, what)
		}
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Mail is one mail as it arrived.
type Mail struct {
	To, ID, Subject string
	Header          mail.Header
	Body            string // decoded
}

// Mails waits until so many mails have arrived and returns them, sorted by recipient and id.
func (s *Server) Mails(n int) []Mail {
	s.t.Helper()
	s.await(fmt.Sprintf("%d mails", n), func() bool { return len(s.files()) >= n })
	var all []Mail
	for _, f := range s.files() {
		all = append(all, s.read(f))
	}
	slices.SortFunc(all, func(a, b Mail) int { return strings.Compare(a.To+a.ID, b.To+b.ID) })
	return all
}

func (s *Server) files() []string {
	files, err := filepath.Glob(s.path("box/new/*"))
	s.must(err)
	return files
}

func (s *Server) read(file string) Mail {
	s.t.Helper()
	b, err := os.ReadFile(file)
	s.must(err)
	m, err := mail.ReadMessage(bytes.NewReader(b))
	s.must(err)
	body, err := io.ReadAll(decoded(m))
	s.must(err)
	return Mail{To: m.Header.Get("To"), ID: m.Header.Get("Message-ID"), Subject: subject(m), Header: m.Header, Body: string(body)}
}
