package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/gateway"
	"corridor.example/corridor/internal/config"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/rma"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// GatewayCommand is a member's door to the network.
type GatewayCommand struct {
	Init   GatewayInitCommand   `cmd:"" help:"Write a commented configuration file."`
	Run    GatewayRunCommand    `cmd:"" help:"Run the gateway."`
	Status GatewayStatusCommand `cmd:"" help:"Show the terminals of a running gateway."`
	LookUp GatewayLookUpCommand `cmd:"" help:"Say whether an institution can be sent messages, as this gateway knows the directory."`
}

// gatewayConfig is a gateway's configuration file.
type gatewayConfig struct {
	Hub            []string    `toml:"hub"`
	ServerName     string      `toml:"server_name"`
	Keys           config.Path `toml:"keys"`
	PassphraseFile config.Path `toml:"passphrase_file"`
	PlainKeys      bool        `toml:"plain_keys"`
	Store          config.Path `toml:"store"`
	CheckLevel     string      `toml:"check"`
	Frame          int         `toml:"frame"`
	Window         int         `toml:"window"`
	Takeover       bool        `toml:"takeover"`
	Admin          string      `toml:"admin"`
	Log            string      `toml:"log"`

	Authorisations     string        `toml:"authorisations"`
	AuthorisationLists []config.Path `toml:"authorisation_lists"`
	AuthorisationFree  []string      `toml:"authorisation_free"`

	Directory      config.Path `toml:"directory"`
	DirectoryCheck string      `toml:"directory_check"`

	Terminals []terminalConfig `toml:"terminal"`
}

type terminalConfig struct {
	LT       string      `toml:"lt"`
	Outgoing config.Path `toml:"outgoing"`
	Incoming config.Path `toml:"incoming"`
}

func defaultGatewayConfig() *gatewayConfig {
	return &gatewayConfig{Keys: "keys", Store: "store", CheckLevel: "full", Frame: gateway.DefaultFrame, Window: corridor.DefaultWindow, Takeover: true,
		Admin: "127.0.0.1:7310", Log: "text", Authorisations: string(gateway.AuthorisationsShown),
		DirectoryCheck: string(gateway.DirectoryShown)}
}

// gatewayTemplate is what `gateway init` writes; %[1]q is the hub's address and %[2]s the terminals.
const gatewayTemplate = `# Corridor gateway. Every value but those of [[terminal]] can be overridden by an environment variable
# CORRIDOR_GATEWAY_<KEY>. Relative paths count from this file's folder. docs/member-guide.md says more.

# Addresses of the hub, host:port. When the first does not answer, the next is tried.
hub = [%[1]q]

# A host name that the hub's certificate must have. Empty: any hub of this network's authority.
server_name = ""

# The folder that "corridor ca issue" made for this member: network.pem, transport and signing keys.
keys = "keys"

# The file with the passphrase (or age identity) that opens the keys; readable by its owner only (chmod 600).
# plain_keys = true says instead that the keys are not encrypted: for laboratories only.
passphrase_file = "passphrase"
plain_keys = false

# The folder for what was sent and received: one database a terminal. It must be on a local disk, and belongs into the backup
# only as docs/member-guide.md says: an old copy must never be started without reading there.
store = "store"

# What of a message is checked before it is sent: "full" (the rules of its standard) or "header" (what routing needs).
# The network checks everything in any case; a message refused here uses no number.
check = "full"

# Most messages under one signature, 1 to 256. One that comes alone is sent alone, at once.
frame = %[3]d

# Most messages that the network may deliver before they are acknowledged.
window = %[4]d

# End a session of the same terminal that is still open, for example of a process that died, instead of waiting for its end.
takeover = true

# Where /metrics, /healthz, /readyz and /status are served. Plain HTTP: keep it on this machine. Empty for none.
admin = "127.0.0.1:7310"

# The form of the log on standard error: text or json. Payloads are never logged.
log = "text"

# What is done with messages that the receiver has not authorised the sender to send: "shown" (counted, and said in the log) or
# "required" (not sent; what comes without is kept, and handed over in the folder "investigation"). The network judges by its own policy
# in any case. docs/rma.md says more.
authorisations = "shown"

# Files of signed lists of authorisations to start with, as the network's operator gives them out.
authorisation_lists = []

# The types, categories and families that need no authorisation, where the network's policy names others than docs/rma.md does.
authorisation_free = []

# The directory's dated file, as the network's operator gives it out; a signature beside it, NAME.act, is checked. The changes that the
# network pushes after it are added by themselves. Empty: the gateway knows only whom orders have disconnected since it first ran.
directory = ""

# What is done with messages to somebody who, as the directory has it, is disconnected, withdrawn or unknown, or does not take their type:
# "shown" (said in the log and beside the network's refusal) or "refuse" (not sent: the file goes to "refused" at once, with the reason).
directory_check = "shown"

# One section for each logical terminal. The back office writes NAME.fin and NAME.xml into "outgoing" (under another name, or one
# ending in .tmp, and renames them when they are whole) and finds what came in "incoming".
%[2]s`

const terminalTemplate = `
[[terminal]]
lt = %[1]q
outgoing = "outgoing/%[1]s"
incoming = "incoming/%[1]s"
`

// Check reports every bad value.
func (c *gatewayConfig) Check(r *config.Report) {
	if len(c.Hub) == 0 {
		r.Problem("hub", "is missing", `give the hub's addresses, for example ["hub.example:7300"]`)
	}
	for _, address := range c.Hub {
		checkListen(r, "hub", address)
	}
	if c.PassphraseFile == "" && !c.PlainKeys {
		r.Problem("passphrase_file", "is missing", "name the file that opens the keys, or set plain_keys = true in a laboratory")
	}
	if c.PassphraseFile != "" && c.PlainKeys {
		r.Problem("plain_keys", "is true although passphrase_file is set", "keep one of the two")
	}
	r.Need("keys", string(c.Keys), `name the folder that "corridor ca issue" wrote`)
	r.Need("store", string(c.Store), "name a folder on a local disk")
	if c.CheckLevel != "full" && c.CheckLevel != "header" {
		r.Problem("check", fmt.Sprintf("is %q", c.CheckLevel), `give "full" or "header"`)
	}
	if c.Frame < 1 || c.Frame > corridor.MaxFrameItems {
		r.Problem("frame", fmt.Sprintf("is %d", c.Frame), fmt.Sprintf("give 1 to %d", corridor.MaxFrameItems))
	}
	if c.Window < max(c.Frame, 1) || c.Window > corridor.MaxWindow {
		r.Problem("window", fmt.Sprintf("is %d", c.Window), fmt.Sprintf("give at least the frame (%d) and at most %d", c.Frame, corridor.MaxWindow))
	}
	if c.Admin != "" {
		checkListen(r, "admin", c.Admin)
	}
	checkLog(r, c.Log)
	c.checkAuthorisations(r)
	if use := gateway.DirectoryCheck(c.DirectoryCheck); use != gateway.DirectoryShown && use != gateway.DirectoryRefuses {
		r.Problem("directory_check", fmt.Sprintf("is %q", c.DirectoryCheck), `give "shown" or "refuse"`)
	}
	if c.DirectoryCheck == string(gateway.DirectoryRefuses) && c.Directory == "" {
		r.Problem("directory_check", `is "refuse" and there is no dated file`, "name the file that the operator gave out in directory")
	}
	c.checkTerminals(r)
}

func (c *gatewayConfig) checkAuthorisations(r *config.Report) {
	if use := gateway.AuthorisationUse(c.Authorisations); use != gateway.AuthorisationsShown && use != gateway.AuthorisationsRequired {
		r.Problem("authorisations", fmt.Sprintf("is %q", c.Authorisations), `give "shown" or "required"`)
	}
	rules := rma.Rules{Exempt: c.AuthorisationFree}
	r.Check("authorisation_free", rules.Check(), `give types such as "fin.940", categories such as "fin.9" or families such as "camt"`)
}

func (c *gatewayConfig) checkTerminals(r *config.Report) {
	if len(c.Terminals) == 0 {
		r.Problem("terminal", "is missing", "add a section [[terminal]] with lt, outgoing and incoming for each logical terminal")
	}
	seen, folders := map[string]bool{}, map[config.Path]bool{}
	for i, t := range c.Terminals {
		key := fmt.Sprintf("terminal[%d].", i)
		_, err := corridor.ParseLT(t.LT)
		r.Check(key+"lt", err, "give the 12 characters of the terminal")
		if seen[t.LT] {
			r.Problem(key+"lt", "is there twice", "keep one section for each terminal")
		}
		seen[t.LT] = true
		for name, p := range map[string]config.Path{"outgoing": t.Outgoing, "incoming": t.Incoming} {
			if r.Need(key+name, string(p), "name a folder on a local disk") && folders[p] {
				r.Problem(key+name, "is the folder of something else too", "give each terminal and direction its own")
			}
			folders[p] = true
		}
	}
}

// gateway gives the gateway's own form of the configuration, without the files that it names.
func (c *gatewayConfig) gateway() gateway.Config {
	g := gateway.Config{Addresses: c.Hub, ServerName: c.ServerName, Store: string(c.Store), Check: gateway.CheckLevel(c.CheckLevel), Window: c.Window,
		Frame: c.Frame, Takeover: c.Takeover, Software: "corridor gateway",
		Authorisations: gateway.AuthorisationUse(c.Authorisations),
		Directory:      string(c.Directory), DirectoryCheck: gateway.DirectoryCheck(c.DirectoryCheck)}
	if len(c.AuthorisationFree) > 0 {
		g.AuthorisationFree = c.AuthorisationFree
	}
	for _, t := range c.Terminals {
		g.Terminals = append(g.Terminals, gateway.TerminalConfig{LT: corridor.LT(t.LT), Outgoing: string(t.Outgoing), Incoming: string(t.Incoming)})
	}
	return g
}

// openGateway opens the gateway that the configuration describes.
func (c *gatewayConfig) openGateway(member *pki.Member, log *slog.Logger) (*gateway.Gateway, error) {
	g := c.gateway()
	for _, path := range c.AuthorisationLists {
		list, err := readAtMost(string(path), entry.MaxActFile)
		if err != nil {
			return nil, fmt.Errorf("list of authorisations: %w", err)
		}
		g.AuthorisationLists = append(g.AuthorisationLists, list)
	}
	return gateway.Open(g, gateway.Deps{Member: member, Log: log})
}

func (c *gatewayConfig) member() (*pki.Member, error) {
	unlock := pki.Unencrypted()
	if !c.PlainKeys {
		var err error
		if unlock, err = pki.PassphraseFile(string(c.PassphraseFile)); err != nil {
			return nil, err
		}
	}
	return pki.LoadMember(string(c.Keys), unlock, time.Now())
}

func loadGatewayConfig(path string) (*gatewayConfig, error) {
	c := defaultGatewayConfig()
	return c, config.Load("gateway", path, c, config.Overrides{Environ: os.Environ()})
}

// GatewayInitCommand writes the configuration.
type GatewayInitCommand struct {
	LT     []string `required:"" name:"lt" help:"The member's logical terminals."`
	Hub    string   `required:"" help:"The hub's address, host:port."`
	Config string   `default:"gateway.toml" help:"Where to write it."`
}

// Help shows an example.
func (GatewayInitCommand) Help() string {
	return "Example:\n  corridor gateway init --lt MERIDEFFAXXX --hub hub.example:7300"
}

// Run writes the file.
func (c GatewayInitCommand) Run(io streams) error {
	terminals := ""
	for _, lt := range c.LT {
		if _, err := corridor.ParseLT(lt); err != nil {
			return wrongUse("write a gateway's configuration: %w", err)
		}
		terminals += fmt.Sprintf(terminalTemplate, lt)
	}
	if _, _, err := net.SplitHostPort(c.Hub); err != nil {
		return wrongUse("write a gateway's configuration: --hub: %w; give host:port", err)
	}
	if err := config.Write(c.Config, fmt.Sprintf(gatewayTemplate, c.Hub, terminals, gateway.DefaultFrame, corridor.DefaultWindow)); err != nil {
		return fmt.Errorf("write a gateway's configuration: %w", err)
	}
	_, err := fmt.Fprintf(io.Out, "wrote %s\nnext: put the folder that the authority issued where \"keys\" says, then: corridor gateway run --config %s\n", c.Config, c.Config)
	return err
}

// GatewayRunCommand runs the gateway until it is told to stop.
type GatewayRunCommand struct {
	Config string `default:"gateway.toml" help:"The configuration file."`
}

// Help shows an example.
func (GatewayRunCommand) Help() string {
	return "Example:\n  corridor gateway run --config /etc/corridor/gateway.toml\n\nEnds with SIGINT or SIGTERM. It may be killed at any time: nothing is lost and nothing is handed over twice.\n\n" +
		"Exit status: 0 told to stop, 2 wrong use, 3 could not run or only a person can mend it; the message and the log say what."
}

// Run loads and checks the configuration, then opens, serves and waits.
func (c GatewayRunCommand) Run(ctx context.Context, io streams) error {
	cfg, err := loadGatewayConfig(c.Config)
	if err != nil {
		return wrongUse("run the gateway: %w", err)
	}
	member, err := cfg.member()
	if err != nil {
		return fmt.Errorf("run the gateway: %w", err)
	}
	log := newLog(cfg.Log, io.Err)
	g, err := cfg.openGateway(member, log)
	if err != nil {
		return fmt.Errorf("run the gateway: %w", err)
	}
	defer g.Close()
	admin, err := serveGateway(cfg.Admin, g)
	if err != nil {
		return fmt.Errorf("run the gateway: %w", err)
	}
	defer admin.Close()
	log.Info("gateway runs", "hub", cfg.Hub, "terminals", len(cfg.Terminals), "admin", cfg.Admin)
	if err := g.Run(ctx); err != nil {
		return fmt.Errorf("run the gateway: %w", err)
	}
	log.Info("gateway stopped")
	return nil
}

// serveGateway serves metrics, health and status; an empty address serves nothing.
func serveGateway(address string, g *gateway.Gateway) (*http.Server, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(g.Collector())
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !g.Ready() {
			http.Error(w, "a terminal has no session: see /status and the log", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, q *http.Request) {
		all, err := g.Status(q.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(all)
	})
	mux.HandleFunc("GET /authorisations", func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(g.Authorisations(corridor.BIC(q.URL.Query().Get("bic")).BIC8()))
	})
	serveDirectory(mux, g.Directory())
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	if address == "" {
		return s, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics: %w; give another address for admin, or none", err)
	}
	go s.Serve(l)
	return s, nil
}

// GatewayStatusCommand asks a running gateway.
type GatewayStatusCommand struct {
	Config string `default:"gateway.toml" help:"The gateway's configuration file, for its admin address."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Help shows an example.
func (GatewayStatusCommand) Help() string { return "Example:\n  corridor gateway status" }

// Run prints the status; it is no when a terminal has stopped.
func (c GatewayStatusCommand) Run(ctx context.Context, io streams) error {
	cfg, err := loadGatewayConfig(c.Config)
	if err != nil {
		return wrongUse("ask the gateway: %w", err)
	}
	if cfg.Admin == "" {
		return wrongUse("ask the gateway: its configuration has no admin address; set admin in %s and restart it", c.Config)
	}
	var all []gateway.Status
	if err := getJSON(ctx, "http://"+cfg.Admin+"/status", &all); err != nil {
		return fmt.Errorf("ask the gateway at %s: %w; is it running?", cfg.Admin, err)
	}
	if c.JSON {
		return json.NewEncoder(io.Out).Encode(all)
	}
	var stopped error
	for _, s := range all {
		state := "off line"
		if s.Connected {
			state = "on line"
		}
		fmt.Fprintf(io.Out, "%s: %s, sent up to %d, %d without answer, received up to %d, %d not handed over\n", s.LT, state, s.LastSent, s.Waiting, s.LastStored, s.Unrouted)
		if a := s.Authorisations; a != nil {
			fmt.Fprintf(io.Out, "  authorisations of %s: %d to send, %d to receive, %d to decide\n", s.LT.BIC8(), a.Send, a.Receive, a.Decide)
		}
		if s.Stopped != "" {
			stopped = errors.New(s.Stopped)
		}
	}
	printDirectoryStatus(io, all)
	if stopped != nil {
		return answerNo(stopped)
	}
	return nil
}
