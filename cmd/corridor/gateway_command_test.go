package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/gateway"
	"corridor.example/corridor/internal/config"
)

// command runs one command line in this process.
func command(args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = run(args, streams{strings.NewReader(""), &o, &e})
	return status, o.String(), e.String()
}

// writeConfig makes a gateway's configuration as init does, for the test's network.
func (n *testNet) writeConfig(lt corridor.LT) string {
	n.t.Helper()
	path := filepath.Join(n.dir, "gw-"+string(lt), "gateway.toml")
	noError(n.t, os.MkdirAll(filepath.Dir(path), 0o700))
	if status, _, errs := command("gateway", "init", "--lt", string(lt), "--hub", n.address, "--config", path); status != 0 {
		n.t.Fatal(errs)
	}
	b, err := os.ReadFile(path)
	noError(n.t, err)
	s := string(b)
	for from, to := range map[string]string{`keys = "keys"`: `keys = "` + n.keys(lt) + `"`, `passphrase_file = "passphrase"`: `passphrase_file = ""`,
		"plain_keys = false": "plain_keys = true", `admin = "127.0.0.1:7310"`: `admin = ""`, `check = "full"`: `check = "header"`} {
		if !strings.Contains(s, from) {
			n.t.Fatalf("the template lacks %s", from)
		}
		s = strings.Replace(s, from, to, 1)
	}
	noError(n.t, os.WriteFile(path, []byte(s), 0o600))
	return path
}

// TestGatewayTemplateHasTheDefaults: the file that init writes says what the program does without it.
func TestGatewayTemplateHasTheDefaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gateway.toml")
	if status, out, errs := command("gateway", "init", "--lt", string(merid), "--lt", string(cedar), "--hub", "hub.example:7300", "--config", path); status != 0 || !strings.Contains(out, "next:") {
		t.Fatal(status, errs)
	}
	got := defaultGatewayConfig()
	noError(t, config.Load("gateway", path, got, config.Overrides{}))
	want := defaultGatewayConfig()
	if got.Frame != want.Frame || got.Window != want.Window || got.Takeover != want.Takeover || got.CheckLevel != want.CheckLevel || got.Admin != want.Admin || got.Log != want.Log {
		t.Errorf("the template says %+v", got)
	}
	if len(got.Terminals) != 2 || got.Terminals[1].LT != string(cedar) || !filepath.IsAbs(string(got.Store)) {
		t.Errorf("terminals %+v, store %s", got.Terminals, got.Store)
	}
}

func TestBadGatewayConfigNamesLineAndRemedy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gateway.toml")
	command("gateway", "init", "--lt", string(merid), "--hub", "hub.example:7300", "--config", path)
	good, err := os.ReadFile(path)
	noError(t, err)
	for _, c := range []struct{ from, to, want string }{
		{"frame = 32", "frame = 300", ": frame: is 300; give 1 to 256"},
		{"window = 1024", "window = 8", ": window: is 8; give at least the frame (32)"},
		{`hub = ["hub.example:7300"]`, `hub = ["hub.example"]`, ": hub: "},
		{`check = "full"`, `check = "some"`, `give "full" or "header"`},
		{`lt = "MERIDEF0AXXX"`, `lt = "MERID"`, "terminal[0].lt: logical terminal"},
		{`takeover = true`, `take_over = true`, `did you mean "takeover"?`},
	} {
		noError(t, os.WriteFile(path, []byte(strings.Replace(string(good), c.from, c.to, 1)), 0o600))
		status, _, errs := command("gateway", "run", "--config", path)
		if status != 2 || !strings.Contains(errs, c.want) || !strings.Contains(errs, "gateway.toml:") {
			t.Errorf("%s: status %d\n%s", c.to, status, errs)
		}
	}
}

// TestSendAndReceive sends without a running gateway, with one, and lists what came.
func TestSendAndReceive(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	cfg := n.writeConfig(merid)
	good, bad := filepath.Join(n.dir, "good.fin"), filepath.Join(n.dir, "bad.fin")
	noError(t, os.WriteFile(good, mt103(merid, cedar, "GOOD"), 0o600))
	noError(t, os.WriteFile(bad, mt103(merid, tamar, "BAD"), 0o600))

	status, out, errs := command("send", "--config", cfg, "--wait", good)
	if status != 0 || !strings.Contains(out, "accepted, number 1, fin.103 to CEDRFRP0XXXX") || !strings.Contains(out, ".receipt") {
		t.Fatalf("status %d\n%s%s", status, out, errs)
	}
	status, out, _ = command("send", "--config", cfg, "--wait", "--json", good, bad)
	if status != 1 {
		t.Errorf("a refused message gives status %d", status)
	}
	var last posted
	lines := strings.Split(strings.TrimSpace(out), "\n")
	noError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	if len(lines) != 2 || last.Status != "refused" || last.Sent.Fault.Code != "H50" || !fileExists(last.Receipt) || !fileExists(last.Answer) {
		t.Errorf("%d lines, the last %+v", len(lines), last)
	}
	status, out, errs = command("send", "--config", cfg, good)
	if status != 0 || !strings.Contains(out, "queued") || !strings.Contains(errs, "no gateway is running") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}

	to := n.writeConfig(cedar)
	status, _, errs = command("receive", "--config", to)
	if status != 3 || !strings.Contains(errs, "there is no store") {
		t.Errorf("receive without a store: status %d\n%s", status, errs)
	}
	c := loadConfig(t, to)
	g, err := gateway.Open(c.gateway(), gateway.Deps{Member: n.members[cedar]})
	noError(t, err)
	stop := goRun(g)
	n.eventually("two messages are handed over", func() bool {
		_, out, _ := command("receive", "--config", to)
		return strings.Count(out, "handed-over") == 2
	})
	stop()
	status, out, errs = command("receive", "--config", to, "--json", "--after", "1")
	var m gateway.Received
	if status != 0 || json.Unmarshal([]byte(out), &m) != nil || m.OSN != 2 || m.Sender != merid || !fileExists(m.File) {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
}

func loadConfig(t *testing.T, path string) *gatewayConfig {
	t.Helper()
	c, err := loadGatewayConfig(path)
	noError(t, err)
	return c
}
