package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
)

// BenchCommand measures a hub with everything on: hub and load are processes of their own on this machine.
type BenchCommand struct {
	Seconds   int    `default:"30" help:"How long to send."`
	Banks     int    `default:"8" help:"Members; each sends to all others in turn."`
	Size      int    `default:"600" help:"Bytes of a message (300 to 1900)."`
	Frame     int    `default:"1" help:"Messages under one signature (1 to 256)."`
	InFlight  int    `name:"in-flight" default:"1024" help:"Messages of one bank without an answer."`
	Spread    bool   `help:"Send the messages of one frame to different banks; otherwise each frame goes to one bank, the next to the next."`
	Rate      int    `help:"Send this many messages a second in all; 0 is as many as go."`
	Journal   string `help:"Journal URL; default a SQLite file in a new folder. A PostgreSQL database must be empty."`
	Standards string `default:"full" enum:"full,header" help:"What the hub checks: full or header."`
	Dir       string `help:"Folder for keys and journal; default a new one that is removed afterwards."`
	Profile   string `help:"Write CPU profiles of hub and load into this folder."`
	JSON      bool   `name:"json" help:"Print JSON."`
}

// Help shows an example.
func (BenchCommand) Help() string {
	return "Example:\n  corridor bench --seconds 10 --frame 32\n\nMutual TLS, every message or frame signed and verified, durable before the answer, receipts, deliveries acknowledged after an fsync. " +
		"Refuses to print a rate unless every message that went in came out exactly once."
}

// benchResult is what a run measured. Times are milliseconds.
type benchResult struct {
	Sent            int     `json:"sent"`
	Accepted        int     `json:"accepted"`
	Refused         int     `json:"refused"`
	Delivered       int     `json:"delivered"`
	Lost            int     `json:"lost"`
	Duplicated      int     `json:"duplicated"`
	Seconds         float64 `json:"seconds"`
	AcceptedPerS    float64 `json:"accepted_per_s"`
	DeliveredPerS   float64 `json:"delivered_per_s"`
	AckP50          float64 `json:"ack_p50_ms"`
	AckP99          float64 `json:"ack_p99_ms"`
	AckP999         float64 `json:"ack_p999_ms"`
	AckMax          float64 `json:"ack_max_ms"`
	DeliveredP50    float64 `json:"delivered_p50_ms"`
	DeliveredP99    float64 `json:"delivered_p99_ms"`
	DeliveredP999   float64 `json:"delivered_p999_ms"`
	DeliveredMax    float64 `json:"delivered_max_ms"`
	HubCPU          float64 `json:"hub_cpu_us_per_msg"`
	LoadCPU         float64 `json:"load_cpu_us_per_msg"`
	BytesPerMessage float64 `json:"bytes_per_msg"`
	MessagesPerPage float64 `json:"messages_per_page"`
	HubMemory       float64 `json:"hub_max_rss_mib"`
	Banks           int     `json:"banks"`
	Size            int     `json:"size"`
	Frame           int     `json:"frame"`
	InFlight        int     `json:"in_flight"`
	Spread          bool    `json:"spread"`
	Standards       string  `json:"standards"`
	Journal         string  `json:"journal"`
	Durability      string  `json:"durability"`
}

// Run makes a network, measures, and removes what it made.
func (c BenchCommand) Run(ctx context.Context, out streams) error {
	if err := c.check(); err != nil {
		return err
	}
	dir := c.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "corridor-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	r, err := c.measure(ctx, dir)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	if r.Lost != 0 || r.Duplicated != 0 || r.Refused != 0 || r.Sent != r.Accepted || r.Accepted != r.Delivered || r.Sent == 0 {
		return answerNo(fmt.Errorf("bench: no rate: %d sent, %d accepted, %d refused, %d delivered, %d lost, %d delivered twice", r.Sent, r.Accepted, r.Refused, r.Delivered, r.Lost, r.Duplicated))
	}
	if c.JSON {
		return json.NewEncoder(out.Out).Encode(r)
	}
	return r.print(out.Out)
}

func (c *BenchCommand) check() error {
	for _, x := range []struct {
		name      string
		v, lo, hi int
	}{
		{"--seconds", c.Seconds, 1, 86400}, {"--banks", c.Banks, 2, 500}, {"--size", c.Size, 300, 1900}, {"--frame", c.Frame, 1, corridor.MaxFrameItems},
		{"--in-flight", c.InFlight, c.Frame, corridor.MaxWindow}, {"--rate", c.Rate, 0, 10_000_000},
	} {
		if x.v < x.lo || x.v > x.hi {
			return wrongUse("bench: %s is %d: give %d to %d", x.name, x.v, x.lo, x.hi)
		}
	}
	return nil
}

func (c *BenchCommand) measure(ctx context.Context, dir string) (*benchResult, error) {
	if err := c.prepare(dir); err != nil {
		return nil, err
	}
	address, admin, err := freeAddresses()
	if err != nil {
		return nil, err
	}
	url := c.Journal
	if url == "" {
		url = "sqlite:" + filepath.Join(dir, "journal.db")
	}
	hubProcess, err := c.startHub(ctx, dir, url, address, admin)
	if err != nil {
		return nil, err
	}
	defer hubProcess.Process.Kill()
	if c.Profile != "" {
		go c.profile(ctx, admin)
	}
	before := cpuOf(hubProcess.Process.Pid)
	r, load, err := c.runLoad(ctx, dir, address)
	if err != nil {
		return nil, err
	}
	after := cpuOf(hubProcess.Process.Pid)
	if err := c.see(ctx, r, admin, url); err != nil {
		return nil, err
	}
	if err := stop(hubProcess); err != nil {
		return nil, fmt.Errorf("the hub did not end well: %w", err)
	}
	n := float64(max(r.Accepted, 1))
	r.HubCPU = float64((after - before).Microseconds()) / n
	r.LoadCPU = float64((load.UserTime() + load.SystemTime()).Microseconds()) / n
	if u, ok := hubProcess.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.HubMemory = float64(u.Maxrss) / 1024
	}
	r.Banks, r.Size, r.Frame, r.InFlight, r.Spread, r.Standards = c.Banks, c.Size, c.Frame, c.InFlight, c.Spread, c.Standards
	return r, nil
}

// profile keeps the hub's CPU profile of the run; the load writes its own.
func (c *BenchCommand) profile(ctx context.Context, admin string) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", admin, max(c.Seconds-1, 1)), nil)
	if err != nil {
		return
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return
	}
	defer a.Body.Close()
	if b, err := io.ReadAll(a.Body); err == nil {
		_ = os.WriteFile(filepath.Join(c.Profile, "hub.prof"), b, 0o600)
	}
}

// see reads from the hub and its journal what the load cannot know.
func (c *BenchCommand) see(ctx context.Context, r *benchResult, admin, url string) error {
	var s hubStatus
	if err := getJSON(ctx, "http://"+admin+"/status", &s); err != nil {
		return err
	}
	r.MessagesPerPage = float64(r.Accepted) / float64(max(s.Page, 1))
	r.BytesPerMessage = float64(s.Bytes) / float64(max(r.Accepted, 1))
	r.Journal, r.Durability = "sqlite", s.Durability
	if journal.IsPostgres(url) {
		r.Journal = "postgres"
	}
	return nil
}

// prepare issues the certificates of a throw-away network.
func (c *BenchCommand) prepare(dir string) error {
	now := time.Now().Add(-time.Minute)
	a, err := pki.CreateAuthority("bench.corridor", 48*time.Hour, now, rand.Reader)
	if err != nil {
		return err
	}
	h, err := a.IssueHub([]string{"127.0.0.1"}, 24*time.Hour, now, rand.Reader)
	if err != nil {
		return err
	}
	if err := h.Write(filepath.Join(dir, "hub-keys"), pki.Unencrypted()); err != nil {
		return err
	}
	members := filepath.Join(dir, "members")
	if err := os.MkdirAll(members, 0o700); err != nil {
		return err
	}
	for i := range c.Banks {
		m, err := a.IssueMember([]corridor.LT{benchLT(i)}, 24*time.Hour, now, rand.Reader)
		if err != nil {
			return err
		}
		if err := m.Write(filepath.Join(dir, "bank-"+strconv.Itoa(i)), pki.Unencrypted()); err != nil {
			return err
		}
		name := filepath.Join(members, "signing-"+string(benchLT(i))+".pem")
		if err := os.WriteFile(name, m.Signing[0].Certificate.PEM(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// benchLT is the terminal of the i-th bank: invented codes in Germany, France, Japan and Brazil.
func benchLT(i int) corridor.LT {
	countries := [...]string{"DE", "FR", "JP", "BR"}
	return corridor.LT(fmt.Sprintf("BN%c%c%sQQAXXX", 'A'+i/26%26, 'A'+i%26, countries[i%4]))
}

func freeAddresses() (a, b string, err error) {
	one, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer one.Close()
	two, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer two.Close()
	return one.Addr().String(), two.Addr().String(), nil
}

func (c *BenchCommand) startHub(ctx context.Context, dir, url, address, admin string) (*exec.Cmd, error) {
	text := fmt.Sprintf("network = \"bench.corridor\"\nplain_keys = true\njournal = %q\nlisten = %q\nadmin = %q\nstandards = %q\n", url, address, admin, c.Standards)
	path := filepath.Join(dir, "hub.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, err
	}
	p, err := startSelf(ctx, nil, "hub", "run", "--config", path)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var s hub.Status
		err := getJSON(ctx, "http://"+admin+"/status", &s)
		if err == nil && len(s.Terminals) >= c.Banks {
			return p, nil
		}
		if time.Now().After(end) {
			p.Process.Kill()
			return nil, fmt.Errorf("the hub is not ready after 30 s: %w: %s", errors.Join(err, p.Wait()), p.Stderr)
		}
	}
}

// startSelf starts this program again.
func startSelf(ctx context.Context, stdout io.Writer, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := exec.CommandContext(ctx, self, args...)
	p.Stdout, p.Stderr = stdout, &bytes.Buffer{}
	return p, p.Start()
}

func (c *BenchCommand) loadProfile() string {
	if c.Profile == "" {
		return ""
	}
	return filepath.Join(c.Profile, "load.prof")
}

func (c *BenchCommand) runLoad(ctx context.Context, dir, address string) (*benchResult, *os.ProcessState, error) {
	var out bytes.Buffer
	p, err := startSelf(ctx, &out, "bench-load", "--dir", dir, "--address", address, "--banks", strconv.Itoa(c.Banks), "--seconds", strconv.Itoa(c.Seconds),
		"--size", strconv.Itoa(c.Size), "--frame", strconv.Itoa(c.Frame), "--in-flight", strconv.Itoa(c.InFlight), "--rate", strconv.Itoa(c.Rate), "--profile", c.loadProfile(), "--spread="+strconv.FormatBool(c.Spread))
	if err != nil {
		return nil, nil, err
	}
	if err := p.Wait(); err != nil {
		return nil, nil, fmt.Errorf("the load failed: %w: %s", err, p.Stderr)
	}
	var r benchResult
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return nil, nil, fmt.Errorf("the load's report: %w", err)
	}
	return &r, p.ProcessState, nil
}

func stop(p *exec.Cmd) error {
	if err := p.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := p.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, p.Stderr)
	}
	return nil
}

// cpuOf is the processor time that a process has used, where /proc tells it.
func cpuOf(pid int) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(string(fields[11]), 10, 64)
	system, _ := strconv.ParseInt(string(fields[12]), 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond // clock ticks of 1/100 s
}

func (r *benchResult) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, `%d messages of %d bytes from %d banks in %.1f s, %d under one signature, %d in flight a bank, checks: %s
journal      %s (%s)
accepted     %.0f/s
delivered    %.0f/s, each exactly once, acknowledged after an fsync
ACK          p50 %.2f ms  p99 %.2f ms  p99.9 %.2f ms  max %.2f ms
delivery     p50 %.2f ms  p99 %.2f ms  p99.9 %.2f ms  max %.2f ms
CPU          hub %.1f µs a message, load %.1f µs a message; hub memory at most %.0f MiB
written      %.0f bytes a message, %.0f messages a page
`, r.Delivered, r.Size, r.Banks, r.Seconds, r.Frame, r.InFlight, r.Standards, r.Journal, r.Durability, r.AcceptedPerS, r.DeliveredPerS,
		r.AckP50, r.AckP99, r.AckP999, r.AckMax, r.DeliveredP50, r.DeliveredP99, r.DeliveredP999, r.DeliveredMax, r.HubCPU, r.LoadCPU, r.HubMemory, r.BytesPerMessage, r.MessagesPerPage)
	return err
}
