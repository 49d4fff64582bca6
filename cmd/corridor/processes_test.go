package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/gateway"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/pki"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain puts this test program on the PATH as "corridor": scripts and tests of processes then run the real main.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"corridor": main})
}

// machines is a network of real processes, each with the configuration file that the program wrote for it.
type machines struct {
	t       testing.TB
	dir     string
	listen  string
	admin   string
	journal string
	running map[string]*exec.Cmd // by role: "hub", or the terminal
}

// newMachines sets up authority, hub and gateways by the commands of the operator's and the member's guide; none runs yet.
func newMachines(t testing.TB, lts ...corridor.LT) *machines {
	t.Helper()
	m := &machines{t: t, dir: t.TempDir(), listen: freeAddress(t), admin: freeAddress(t), running: map[string]*exec.Cmd{}}
	m.journal = m.path("hub", "journal.db")
	t.Cleanup(m.end)
	identity, _, err := pki.NewKeyFile() // a passphrase would cost a second at each start
	noError(t, err)
	noError(t, os.WriteFile(m.path("ca-passphrase"), identity, 0o600))
	for _, dir := range []string{"hub", "logs"} {
		noError(t, os.Mkdir(m.path(dir), 0o700))
	}
	m.corridor("ca", "init", "--network", "kill.example", "--dir", m.path("ca"), "--passphrase-file", m.path("ca-passphrase"))
	m.corridor("ca", "issue", "--dir", m.path("ca"), "--hub", "--host", "127.0.0.1", "--out", m.path("hub", "hub-keys"))
	m.corridor("hub", "init", "--network", "kill.example", "--config", m.path("hub", "hub.toml"))
	m.edit(m.path("hub", "hub.toml"), "CRDRXXXXAXXX", "CRDRXXX0AXXX") // the terminals are test terminals
	m.edit(m.path("hub", "hub.toml"), `"hub-passphrase"`, `"hub-keys.passphrase"`, `"127.0.0.1:7300"`, fmt.Sprintf("%q", m.listen), `"127.0.0.1:7301"`, fmt.Sprintf("%q", m.admin))
	for _, lt := range lts {
		m.member(lt)
	}
	return m
}

// member issues, admits and configures a member.
func (m *machines) member(lt corridor.LT) {
	m.t.Helper()
	noError(m.t, os.Mkdir(m.path(string(lt)), 0o700))
	m.corridor("ca", "issue", "--dir", m.path("ca"), string(lt), "--out", m.path(string(lt), "keys"))
	signing := "signing-" + string(lt) + ".pem"
	pem, err := os.ReadFile(m.path(string(lt), "keys", signing))
	noError(m.t, err)
	noError(m.t, os.WriteFile(m.path("hub", "members", signing), pem, 0o600))
	m.corridor("gateway", "init", "--lt", string(lt), "--hub", m.listen, "--config", m.gatewayConfig(lt))
	m.edit(m.gatewayConfig(lt), `"passphrase"`, `"keys.passphrase"`, `"127.0.0.1:7310"`, fmt.Sprintf("%q", freeAddress(m.t)))
}

func (m *machines) path(parts ...string) string {
	return filepath.Join(append([]string{m.dir}, parts...)...)
}

func (m *machines) gatewayConfig(lt corridor.LT) string { return m.path(string(lt), "gateway.toml") }

func (m *machines) outgoing(lt corridor.LT, parts ...string) string {
	return m.path(append([]string{string(lt), "outgoing", string(lt)}, parts...)...)
}

func (m *machines) incoming(lt corridor.LT) string {
	return m.path(string(lt), "incoming", string(lt))
}

// edit replaces values in a configuration file, each of which must be there.
func (m *machines) edit(path string, oldNew ...string) {
	m.t.Helper()
	text, err := os.ReadFile(path)
	noError(m.t, err)
	for i := 0; i < len(oldNew); i += 2 {
		if !bytes.Contains(text, []byte(oldNew[i])) {
			m.t.Fatalf("%s has no %s", path, oldNew[i])
		}
	}
	noError(m.t, os.WriteFile(path, []byte(strings.NewReplacer(oldNew...).Replace(string(text))), 0o600))
}

// corridor runs a command that must succeed and returns what it printed.
func (m *machines) corridor(args ...string) string {
	m.t.Helper()
	out, status := m.ask(args...)
	if status != 0 {
		m.t.Fatalf("corridor %s: exit status %d\n%s", strings.Join(args, " "), status, out)
	}
	return out
}

// ask runs a command and returns what it printed, standard error last, and its exit status.
func (m *machines) ask(args ...string) (string, int) {
	m.t.Helper()
	c := exec.Command("corridor", args...)
	var out, failed bytes.Buffer
	c.Stdout, c.Stderr = &out, &failed
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	return out.String() + failed.String(), c.ProcessState.ExitCode()
}

// start runs a role's program; its log goes on in the role's file.
func (m *machines) start(role string) {
	m.t.Helper()
	args := []string{"gateway", "run", "--config", m.path(role, "gateway.toml")}
	if role == "hub" {
		args = []string{"hub", "run", "--config", m.path("hub", "hub.toml")}
	}
	log, err := os.OpenFile(m.log(role), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	noError(m.t, err)
	defer log.Close()
	c := exec.Command("corridor", args...)
	c.Stdout, c.Stderr = log, log
	noError(m.t, c.Start())
	m.running[role] = c
}

// startAll runs the hub, waits until it knows the terminals, and runs their gateways.
func (m *machines) startAll(lts ...corridor.LT) {
	m.t.Helper()
	m.start("hub")
	m.eventually(20*time.Second, "the hub knows the members", func() bool { return len(m.hubStatus().Terminals) == len(lts) })
	for _, lt := range lts {
		m.start(string(lt))
	}
}

func (m *machines) log(role string) string { return m.path("logs", role+".log") }

// signal sends a signal to a role's process and waits for its end.
func (m *machines) signal(role string, s syscall.Signal) {
	m.t.Helper()
	c := m.running[role]
	delete(m.running, role)
	noError(m.t, c.Process.Signal(s))
	c.Wait()
	if status := c.ProcessState.ExitCode(); status > 0 { // one that was still starting may die of the signal itself
		m.t.Errorf("%s ended with status %d", role, status)
	}
}

func (m *machines) kill(role string) { m.t.Helper(); m.signal(role, syscall.SIGKILL) }

func (m *machines) restart(role string) {
	m.t.Helper()
	m.signal(role, syscall.SIGTERM)
	m.start(role)
}

// end kills what still runs, and shows the ends of the logs where the test failed.
func (m *machines) end() {
	for role, c := range m.running {
		c.Process.Kill()
		c.Wait()
		delete(m.running, role)
	}
	logs, _ := filepath.Glob(m.path("logs", "*"))
	for _, path := range logs {
		if text, err := os.ReadFile(path); err == nil && m.t.Failed() {
			m.t.Logf("%s:\n%s", filepath.Base(path), text[max(0, len(text)-4000):])
		}
	}
}

// hubStatus asks the hub; the zero value says that it does not answer.
func (m *machines) hubStatus() (s hub.Status) {
	out, status := m.ask("hub", "status", "--json", "--config", m.path("hub", "hub.toml"))
	if status == 0 {
		noError(m.t, json.Unmarshal([]byte(out), &s))
	}
	return s
}

// gatewayStatus asks a gateway; false says that it does not answer.
func (m *machines) gatewayStatus(lt corridor.LT) (gateway.Status, bool) {
	out, status := m.ask("gateway", "status", "--json", "--config", m.gatewayConfig(lt))
	var all []gateway.Status
	if status == 0 {
		noError(m.t, json.Unmarshal([]byte(out), &all))
	}
	if len(all) == 0 {
		return gateway.Status{}, false
	}
	return all[0], true
}

// ready asks /readyz of the hub for its HTTP status.
func (m *machines) ready() int {
	r, err := http.Get("http://" + m.admin + "/readyz")
	if err != nil {
		return 0
	}
	r.Body.Close()
	return r.StatusCode
}

// patience stretches every wait: a machine that is busy with other things, or the race detector, is no defect.
const patience = 6

func (m *machines) eventually(within time.Duration, what string, ok func() bool) {
	m.t.Helper()
	for end := time.Now().Add(patience * within); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			m.t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// drop puts a file into the outgoing folder as a back office does: whole, by renaming.
func (m *machines) drop(lt corridor.LT, name string, content []byte) {
	m.t.Helper()
	noError(m.t, os.MkdirAll(m.outgoing(lt), 0o770))
	noError(m.t, os.WriteFile(m.outgoing(lt, name+".tmp"), content, 0o660))
	noError(m.t, os.Rename(m.outgoing(lt, name+".tmp"), m.outgoing(lt, name)))
}

// answers are the files with an extension beside what a terminal sent, without it.
func (m *machines) answers(lt corridor.LT, extension string) []string {
	var found []string
	for _, name := range names(m.t, m.outgoing(lt, "sent")) {
		if base, ok := strings.CutSuffix(name, extension); ok {
			found = append(found, base)
		}
	}
	return found
}

// lines are the lines of a text that are not empty.
func lines(text string) (all []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// logHas reports whether a role's log has a text.
func (m *machines) logHas(role, text string) bool {
	b, _ := os.ReadFile(m.log(role))
	return bytes.Contains(b, []byte(text))
}
