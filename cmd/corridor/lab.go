package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/gateway"
	"corridor.example/corridor/internal/config"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
)

// LabCommand is a whole network in one process, to look at and to test against.
type LabCommand struct {
	Dir      string `help:"The lab's folder; default a new one. A second run on the same folder goes on where the first stopped."`
	Once     bool   `help:"Do the tour, verify everything, and end: exit status 0 or 1."`
	Postgres string `help:"Keep the journal in this PostgreSQL database instead of SQLite, for example postgres://user@localhost/lab."`
	Story    string `enum:",disconnect,2022" default:"" placeholder:"NAME" help:"Show a story instead of the tour. disconnect: a bank and a country's banks are cut off under orders, proven, and one bank comes back. 2022: the real calendar of 2022 to 2026 with invented banks, on simulated time."`
}

// Help shows examples.
func (LabCommand) Help() string {
	return "Examples:\n  corridor lab\n  corridor lab --dir mylab\n  corridor lab --once\n  corridor lab --story disconnect --once\n  corridor lab --story 2022 --once\n\n" +
		"Starts an authority, a hub and four fictional banks with their gateways, sends messages between them and shows the way of each."
}

// labNetwork is the name of the lab's network.
const labNetwork corridor.Network = "lab.corridor"

// labBank is one fictional bank.
type labBank struct {
	lt      corridor.LT
	name    string
	country string
	check   gateway.CheckLevel
}

// labBanks are the members. The last but one checks only headers, so that the network has something to refuse; the last
// is off line when the tour begins.
func labBanks() []labBank {
	return []labBank{
		{"MERIDEFFAXXX", "Meridian Bank", "Germany", gateway.CheckFull},
		{"CEDRFRPPAXXX", "Banque du Cedre", "France", gateway.CheckFull},
		{"ORCABRSPAXXX", "Banco Orca", "Brazil", gateway.CheckHeader},
		{"TAMAJPJTAXXX", "Tamarind Bank", "Japan", gateway.CheckFull},
	}
}

// lab is a running lab.
type lab struct {
	dir      string
	out      io.Writer
	log      *slog.Logger
	hub      *runningHub
	hubAt    string
	adminAt  string
	gateways map[corridor.LT]*labGateway
	banks    []labBank
	heard    func(gateway.Event) // by any gateway
	tour     *tour
}

type labGateway struct {
	bank    labBank
	gateway *gateway.Gateway
	stop    context.CancelFunc
	done    chan error
}

// Run opens the lab, tours, and serves until it is told to stop.
func (c LabCommand) Run(ctx context.Context, io streams) (err error) {
	if c.Story == "2022" {
		return c.tell2022(ctx, io)
	}
	l, err := c.open(ctx, io)
	if err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if c.Story != "" {
		return c.tell(ctx, l, io)
	}
	failed := l.tour.run(ctx, l)
	if ctx.Err() != nil {
		return nil
	}
	if failed != nil {
		return answerNo(fmt.Errorf("lab: %w", failed))
	}
	// What the tour left behind is checked as a keeper would: every page, against the root certificate alone.
	check := JournalCheckCommand{Journal: l.journalURL(), Root: l.path("network.pem")}
	fmt.Fprintln(l.out)
	if err := check.Run(ctx, io); err != nil {
		return err
	}
	if c.Once {
		return nil
	}
	l.next()
	<-ctx.Done()
	fmt.Fprintf(l.out, "\nstopping; go on with: %s lab --dir %s\n", invocation(), l.dir)
	return nil
}

func (c LabCommand) open(ctx context.Context, out streams) (*lab, error) {
	if c.Postgres != "" && !journal.IsPostgres(c.Postgres) {
		return nil, wrongUse("lab: --postgres %s: give a URL such as postgres://user@localhost/lab", c.Postgres)
	}
	dir := c.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "corridor-lab-"); err != nil {
			return nil, err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	l := &lab{dir: dir, out: out.Out, gateways: map[corridor.LT]*labGateway{}, banks: labBanks(), tour: newTour(out.Out)}
	l.heard = l.tour.heard
	if c.Story != "" {
		l.banks = storyBanks()
	}
	again, err := l.prepare()
	if err != nil {
		return nil, err
	}
	if again && c.Story != "" {
		return nil, wrongUse("lab: a story begins in a new folder: name another with --dir")
	}
	// A second hub on the same journal would take the lead from the first.
	if up, err := gateway.Running(l.path(string(labBanks()[0].lt), "store"), labBanks()[0].lt); err != nil || up {
		return nil, errors.Join(err, fmt.Errorf("the lab in %s is running: stop it first, or name another folder with --dir", dir))
	}
	fmt.Fprintf(out.Out, "Corridor lab in %s%s\n", dir, map[bool]string{true: " (going on where it stopped)"}[again])
	logFile, err := os.OpenFile(filepath.Join(dir, "lab.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	l.log = slog.New(slog.NewTextHandler(logFile, nil))
	if err := l.startHub(ctx, c.Postgres); err != nil {
		return nil, err
	}
	return l, l.introduce(ctx)
}

// prepare makes keys and folders of a new lab; it reports a lab that was there.
func (l *lab) prepare() (again bool, err error) {
	if _, err := os.Stat(l.path("network.pem")); err == nil {
		if _, err := os.Stat(l.path("hub", "hub-keys")); err != nil {
			return false, fmt.Errorf("%s is neither empty nor a lab: name a new folder", l.dir)
		}
		return true, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if entries, err := os.ReadDir(l.dir); err == nil && len(entries) > 0 {
		return false, fmt.Errorf("%s is neither empty nor a lab: name a new folder", l.dir)
	}
	now := time.Now().Add(-time.Minute)
	const year = 365 * 24 * time.Hour
	a, err := pki.CreateAuthority(labNetwork, 10*year, now, rand.Reader)
	if err != nil {
		return false, err
	}
	if err := a.Write(l.path("authority"), pki.Unencrypted()); err != nil {
		return false, err
	}
	h, err := a.IssueHub([]string{"localhost", "127.0.0.1"}, year, now, rand.Reader)
	if err != nil {
		return false, err
	}
	errs := []error{h.Write(l.path("hub", "hub-keys"), pki.Unencrypted()), os.MkdirAll(l.path("hub", "members"), 0o700)}
	for _, b := range l.banks {
		m, err := a.IssueMember([]corridor.LT{b.lt}, year, now, rand.Reader)
		if err != nil {
			return false, err
		}
		errs = append(errs, m.Write(l.path(string(b.lt), "keys"), pki.Unencrypted()),
			os.WriteFile(l.path("hub", "members", "signing-"+string(b.lt)+".pem"), m.Signing[0].Certificate.PEM(), 0o600))
	}
	// The root goes last: a lab that has it is whole.
	return false, errors.Join(append(errs, os.WriteFile(l.path("network.pem"), a.Root().PEM(), 0o644))...)
}

func (l *lab) path(parts ...string) string {
	return filepath.Join(append([]string{l.dir}, parts...)...)
}

// startHub writes the hub's configuration for today's addresses and runs it.
func (l *lab) startHub(ctx context.Context, postgres string) error {
	var err error
	if l.hubAt, err = labAddress("127.0.0.1:7300"); err != nil {
		return err
	}
	if l.adminAt, err = labAddress("127.0.0.1:7301"); err != nil {
		return err
	}
	text := strings.NewReplacer(`"127.0.0.1:7300"`, fmt.Sprintf("%q", l.hubAt), `"127.0.0.1:7301"`, fmt.Sprintf("%q", l.adminAt),
		`passphrase_file = "hub-passphrase"`, `passphrase_file = ""`, "plain_keys = false", "plain_keys = true").Replace(fmt.Sprintf(hubTemplate, labNetwork))
	path := l.path("hub", "hub.toml")
	if postgres == "" { // a lab that was there keeps its journal
		before := defaultHubConfig()
		if err := config.Load("hub", path, before, config.Overrides{}); err == nil && journal.IsPostgres(before.Journal) {
			postgres = before.Journal
		}
	}
	if postgres != "" {
		text = strings.Replace(text, `"sqlite:journal.db"`, fmt.Sprintf("%q", postgres), 1)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	c := defaultHubConfig()
	if err := config.Load("hub", path, c, config.Overrides{}); err != nil {
		return err
	}
	l.hub, err = openHub(context.WithoutCancel(ctx), c, l.log)
	return err
}

// labAddress is the wished address, or a free one where that is taken.
func labAddress(wish string) (string, error) {
	for _, a := range []string{wish, "127.0.0.1:0"} {
		if n, err := net.Listen("tcp", a); err == nil {
			defer n.Close()
			return n.Addr().String(), nil
		}
	}
	return "", errors.New("there is no free port on 127.0.0.1")
}

// introduce waits until the hub leads and knows all banks, and shows who is there.
func (l *lab) introduce(ctx context.Context) error {
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s, err := l.hub.hub.Status(ctx)
		if err == nil && len(s.Terminals) >= len(l.banks) {
			break
		}
		select {
		case err := <-l.hub.done:
			l.hub.done <- err
			return fmt.Errorf("the hub ended: %w; see %s", err, l.path("lab.log"))
		default:
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return fmt.Errorf("the hub is not ready after 30 s; see %s", l.path("lab.log"))
		}
	}
	durability, err := l.hub.journal.Durability(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.out, "network %s, hub on %s, journal: %s\n\n", labNetwork, l.hubAt, durability)
	for _, b := range l.banks {
		fmt.Fprintf(l.out, "  %s  %-16s %s\n", b.lt, b.name, b.country)
	}
	fmt.Fprintln(l.out)
	return nil
}

// startBank opens a bank's gateway, as "corridor gateway run" would from the same file.
func (l *lab) startBank(ctx context.Context, b labBank) error {
	terminal := fmt.Sprintf("\n[[terminal]]\nlt = %q\noutgoing = \"outgoing\"\nincoming = \"incoming\"\n", b.lt)
	text := strings.NewReplacer(`passphrase_file = "passphrase"`, `passphrase_file = ""`, "plain_keys = false", "plain_keys = true",
		`check = "full"`, fmt.Sprintf("check = %q", b.check), `admin = "127.0.0.1:7310"`, `admin = ""`).
		Replace(fmt.Sprintf(gatewayTemplate, l.hubAt, terminal, gateway.DefaultFrame, corridor.DefaultWindow))
	path := l.path(string(b.lt), "gateway.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	c, err := loadGatewayConfig(path)
	if err != nil {
		return err
	}
	member, err := c.member()
	if err != nil {
		return err
	}
	g, err := gateway.Open(c.gateway(), gateway.Deps{Member: member, Log: l.log, Events: l.heard})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	lg := &labGateway{bank: b, gateway: g, stop: cancel, done: make(chan error, 1)}
	go func() { lg.done <- g.Run(ctx) }()
	l.gateways[b.lt] = lg
	return nil
}

// drop puts a message into a bank's outgoing folder as a back office does: whole, then renamed.
func (l *lab) drop(lt corridor.LT, name string, payload []byte) error {
	final := l.path(string(lt), "outgoing", name)
	temp := final + ".tmp"
	if err := os.WriteFile(temp, payload, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, final)
}

// next prints what to try.
func (l *lab) next() {
	sent, receipt, message := l.tour.example()
	me := invocation()
	fmt.Fprintf(l.out, `
The network is running; Ctrl-C stops it. Try in another terminal:

  # send a message: drop a file, see the answer and the receipt beside it
  cp %[2]s %[3]s/outgoing/again.fin; sleep 1; ls %[3]s/outgoing/sent
  # read that message as a person does, and check it as the network does
  %[1]s mt print %[2]s
  %[1]s check %[2]s
  # see what came in
  ls %[4]s/incoming
  # prove a message on any machine that has the network's root certificate
  %[1]s verify --root %[5]s %[6]s %[7]s
  # sessions, queues, journal
  %[1]s hub status --admin %[8]s
  # read the journal, and check every page of it
  %[1]s journal show --journal %[9]s
  %[1]s journal check --journal %[9]s --root %[5]s
`, me, sent, l.path("MERIDEFFAXXX"), l.path("CEDRFRPPAXXX"), l.path("network.pem"), receipt, message, l.adminAt, l.journalURL())
}

// invocation is how the reader can call this program: by its name, or as he did with "go run".
func invocation() string {
	if _, err := exec.LookPath("corridor"); err == nil {
		return "corridor"
	}
	if _, err := os.Stat("cmd/corridor/main.go"); err == nil {
		return "go run ./cmd/corridor"
	}
	if self, err := os.Executable(); err == nil {
		return self
	}
	return "corridor"
}

func (l *lab) journalURL() string {
	c := defaultHubConfig()
	if err := config.Load("hub", l.path("hub", "hub.toml"), c, config.Overrides{}); err != nil {
		return err.Error()
	}
	return c.journalURL()
}

// close ends the gateways, then the hub.
func (l *lab) close() error {
	var errs []error
	for _, g := range l.gateways {
		g.stop()
	}
	for _, g := range l.gateways {
		errs = append(errs, <-g.done)
		g.gateway.Close()
	}
	return errors.Join(append(errs, l.hub.close(false))...)
}
