package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/internal/config"
	"corridor.example/corridor/journal"
)

// HubCommand is the network's centre.
type HubCommand struct {
	Init   HubInitCommand   `cmd:"" help:"Write a commented configuration file."`
	Run    HubRunCommand    `cmd:"" help:"Run the hub."`
	Status HubStatusCommand `cmd:"" help:"Show sessions, queues and the journal of a running hub."`
}

// hubConfig is a hub's configuration file.
type hubConfig struct {
	Network        string          `toml:"network"`
	Address        string          `toml:"address"`
	Keys           config.Path     `toml:"keys"`
	PassphraseFile config.Path     `toml:"passphrase_file"`
	PlainKeys      bool            `toml:"plain_keys"`
	Journal        string          `toml:"journal"`
	Listen         string          `toml:"listen"`
	Admin          string          `toml:"admin"`
	Members        config.Path     `toml:"members"`
	Register       config.Path     `toml:"register"`
	Standards      string          `toml:"standards"`
	KeepAlive      config.Duration `toml:"keep_alive"`
	Workers        int             `toml:"workers"`
	Log            string          `toml:"log"`
}

func defaultHubConfig() *hubConfig {
	return &hubConfig{
		Address: "CRDRXXXXAXXX", Keys: "hub-keys", Journal: "sqlite:journal.db", Listen: "127.0.0.1:7300", Admin: "127.0.0.1:7301",
		Members: "members", Register: "register", Standards: "full", KeepAlive: config.Duration(20 * time.Second), Log: "text",
	}
}

// hubTemplate is what `hub init` writes; %[1]s is the network's name.
const hubTemplate = `# Corridor hub. Every value can be overridden by an environment variable CORRIDOR_HUB_<KEY>.
# Relative paths count from this file's folder.

# The network's name; the certificates in "keys" must be of the same network.
network = %[1]q

# The network's own address: the sender of its notices to members. In a network of test terminals (position 8 is 0) it is a
# test address too, for example CRDRXXX0AXXX; live and test do not mix.
address = "CRDRXXXXAXXX"

# The folder that "corridor ca issue --hub" wrote.
keys = "hub-keys"

# The file with the passphrase (or age identity) that opens the keys; readable by its owner only (chmod 600).
# plain_keys = true says instead that the keys are not encrypted: for laboratories only.
passphrase_file = "hub-passphrase"
plain_keys = false

# Where the pages are kept: sqlite:PATH, or postgres://user@host1,host2/database for a primary with its stand-bys.
journal = "sqlite:journal.db"

# Where members connect (mutual TLS 1.3).
listen = "127.0.0.1:7300"

# Where the operator's tools connect: /metrics, /healthz, /readyz, /status. Plain HTTP: keep it on this machine. Empty for none.
admin = "127.0.0.1:7301"

# The operator puts members' signing certificates (*.pem) and the authority's revocations (*.revocation) into this
# folder; they take effect within a second.
members = "members"

# The register of acts: the hub keeps every act of officers here, and the texts of legal instruments, beside the journal. A hub whose
# journal was restored from an older backup files what it lacks from here before it serves anyone, so no order is forgotten: keep
# it on another disk than the journal. A hub that cannot read it does not lead.
register = "register"

# What a message is checked against before it is accepted: "full" (the rules of its standard) or "header" (its header only).
standards = "full"

# How often a silent member must say something.
keep_alive = "20s"

# Checks that run at once; 0 is one a processor.
workers = 0

# The form of the log on standard error: text or json. Payloads are never logged.
log = "text"
`

// Check reports every bad value.
func (c *hubConfig) Check(r *config.Report) {
	if r.Need("network", c.Network, "name the network, for example lab.corridor") {
		_, err := corridor.ParseNetwork(c.Network)
		r.Check("network", err, "give the name that the authority was made with")
	}
	_, err := corridor.ParseLT(c.Address)
	r.Check("address", err, "give 12 characters, for example CRDRXXXXAXXX")
	if c.PassphraseFile == "" && !c.PlainKeys {
		r.Problem("passphrase_file", "is missing", "name the file that opens the keys, or set plain_keys = true in a laboratory")
	}
	if c.PassphraseFile != "" && c.PlainKeys {
		r.Problem("plain_keys", "is true although passphrase_file is set", "keep one of the two")
	}
	r.Need("keys", string(c.Keys), "name the folder that \"corridor ca issue --hub\" wrote")
	r.Need("journal", c.Journal, "give sqlite:PATH or postgres://…")
	r.Need("members", string(c.Members), "name a folder")
	r.Need("register", string(c.Register), "name a folder")
	checkListen(r, "listen", c.Listen)
	if c.Admin != "" {
		checkListen(r, "admin", c.Admin)
	}
	if c.Standards != "full" && c.Standards != "header" {
		r.Problem("standards", fmt.Sprintf("is %q", c.Standards), `give "full" or "header"`)
	}
	if c.Workers < 0 || c.Workers > 1024 {
		r.Problem("workers", fmt.Sprintf("is %d", c.Workers), "give 0 to 1024")
	}
	if d := c.KeepAlive.Std(); d < 100*time.Millisecond || d > 10*time.Minute {
		r.Problem("keep_alive", fmt.Sprintf("is %v", d), "give 100ms to 10m")
	}
	checkLog(r, c.Log)
}

func checkListen(r *config.Report, key, address string) {
	if !r.Need(key, address, "give host:port, for example 127.0.0.1:7300") {
		return
	}
	_, _, err := net.SplitHostPort(address)
	r.Check(key, err, "give host:port, for example 127.0.0.1:7300")
}

func checkLog(r *config.Report, form string) {
	if form != "text" && form != "json" {
		r.Problem("log", fmt.Sprintf("is %q", form), `give "text" or "json"`)
	}
}

func newLog(form string, w io.Writer) *slog.Logger {
	if form == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// HubInitCommand writes the configuration.
type HubInitCommand struct {
	Network string `required:"" help:"The network's name, as in its authority."`
	Config  string `default:"hub.toml" help:"Where to write it."`
}

// Help shows an example.
func (HubInitCommand) Help() string { return "Example:\n  corridor hub init --network lab.corridor" }

// Run writes the file and the members' folder.
func (c HubInitCommand) Run(io streams) error {
	if _, err := corridor.ParseNetwork(c.Network); err != nil {
		return wrongUse("write a hub's configuration: %w", err)
	}
	if err := config.Write(c.Config, fmt.Sprintf(hubTemplate, c.Network)); err != nil {
		return fmt.Errorf("write a hub's configuration: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(filepath.Dir(c.Config), "members"), 0o700); err != nil {
		return fmt.Errorf("make the members' folder: %w", err)
	}
	fmt.Fprintf(io.Out, "wrote %s\nnext: corridor ca issue --hub, put its folder where \"keys\" says, then: corridor hub run --config %s\n", c.Config, c.Config)
	return nil
}

// HubRunCommand runs the hub until it is told to stop.
type HubRunCommand struct {
	Config string `default:"hub.toml" help:"The configuration file."`
}

// Help shows an example.
func (HubRunCommand) Help() string {
	return "Example:\n  corridor hub run --config /etc/corridor/hub.toml\n\nEnds with SIGINT or SIGTERM: members are told, what is undecided is not answered.\n\n" +
		"Exit status: 0 told to stop, 1 another hub leads the network on the same journal, 2 wrong use, 3 could not run."
}

// Run loads and checks the configuration, then opens, serves and waits.
func (c HubRunCommand) Run(ctx context.Context, io streams) error {
	cfg := defaultHubConfig()
	if err := config.Load("hub", c.Config, cfg, config.Overrides{Environ: os.Environ()}); err != nil {
		return wrongUse("run the hub: %w", err)
	}
	h, err := openHub(ctx, cfg, newLog(cfg.Log, io.Err))
	if err != nil {
		return fmt.Errorf("run the hub: %w", err)
	}
	err = h.wait()
	if errors.Is(err, journal.ErrFenced) {
		return answerNo(fmt.Errorf("run the hub: another hub leads the network now, this one has ended and nothing is lost: %w", err))
	}
	return err
}

// HubStatusCommand asks a running hub.
type HubStatusCommand struct {
	Config string `default:"hub.toml" help:"The hub's configuration file, for its admin address."`
	Admin  string `help:"The hub's admin address, instead of the configuration's."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Help shows an example.
func (HubStatusCommand) Help() string {
	return "Example:\n  corridor hub status --admin 127.0.0.1:7301"
}

// Run prints the status.
func (c HubStatusCommand) Run(ctx context.Context, io streams) error {
	address := c.Admin
	if address == "" {
		cfg := defaultHubConfig()
		if err := config.Load("hub", c.Config, cfg, config.Overrides{Environ: os.Environ()}); err != nil {
			return wrongUse("ask the hub: %w; or give --admin HOST:PORT", err)
		}
		address = cfg.Admin
	}
	if address == "" {
		return wrongUse("ask the hub: its configuration has no admin address; set admin in %s and restart the hub", c.Config)
	}
	var s hubStatus
	if err := getJSON(ctx, "http://"+address+"/status", &s); err != nil {
		return fmt.Errorf("ask the hub at %s: %w; is it running?", address, err)
	}
	if c.JSON {
		return json.NewEncoder(io.Out).Encode(s)
	}
	return printStatus(io.Out, &s)
}

func getJSON(ctx context.Context, url string, v any) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(r.Body, 1000))
		return errors.New(string(text))
	}
	return json.NewDecoder(io.LimitReader(r.Body, 64<<20)).Decode(v)
}

func printStatus(out io.Writer, s *hubStatus) error {
	fmt.Fprintf(out, "network %s: %s, term %d, %d pages, newest %s\n", s.Network, s.State, s.Term, s.Page, s.PageTime.Format(time.RFC3339))
	fmt.Fprintf(out, "journal: %s\n", s.Durability)
	fmt.Fprintf(out, "messages: %d accepted, %d refused, %d delivered, %d waiting; journal failures since the start: %d\n\n", s.Accepted, s.Refused, s.Delivered, s.Waiting, s.Failures)
	printGovernance(out, s)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "TERMINAL\tSESSION\tSTATE\tISN\tOSN\tUNACKNOWLEDGED\tQUEUED")
	for _, t := range s.Terminals {
		state := "off line"
		if t.Live {
			state = "on line"
		}
		if t.Serving {
			state += ", served"
		}
		fmt.Fprintf(w, "%s\t%04d\t%s\t%d\t%d\t%d\t%d\n", t.LT, t.Session, state, t.ISN, t.OSN, t.Unacknowledged, t.Queued)
	}
	return w.Flush()
}

// printGovernance says what orders do now, where they do something.
func printGovernance(out io.Writer, s *hubStatus) {
	if len(s.InForce)+len(s.Off)+s.Held+s.Untaken == 0 {
		return
	}
	fmt.Fprintf(out, "orders in force: %s; without service: %d institutions; held messages: %d; refused acts: %d (corridor order status)\n", cmp.Or(strings.Join(s.InForce, ", "), "none"), len(s.Off), s.Held, s.Untaken)
	for _, a := range s.Alarms {
		fmt.Fprintf(out, "ALARM order %s: %s\n", a.Order, a.What)
	}
	fmt.Fprintln(out)
}
