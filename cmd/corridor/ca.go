package main

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/internal/config"
	"corridor.example/corridor/pki"
)

// CACommand is the network's certificate authority. Its folder holds everything: configuration, root, key, and one
// file for each certificate and each revocation that it issued.
type CACommand struct {
	Init    CAInitCommand    `cmd:"" help:"Make a network's authority: its root certificate and key."`
	Request CARequestCommand `cmd:"" help:"As a member: make keys of your own and a request for their certificates."`
	Issue   CAIssueCommand   `cmd:"" help:"Issue certificates for a member's terminals, a member's request, or the hub."`
	Revoke  CARevokeCommand  `cmd:"" help:"Sign the statement that certificates are not to be trusted any more."`
	List    CAListCommand    `cmd:"" help:"List what was issued, until when it is valid, and what was revoked."`
}

const (
	caConfigFile = "ca.toml"
	issuedDir    = "issued"
	revokedDir   = "revoked"
	hoursPerDay  = 24 * time.Hour
	maxYears     = 100
	soonDays     = 30 // what ends within a month is pointed out
)

// caConfig is an authority's configuration file.
type caConfig struct {
	Network        string      `toml:"network"`
	PassphraseFile config.Path `toml:"passphrase_file"`
	PlainKeys      bool        `toml:"plain_keys"`
	MemberDays     int         `toml:"member_days"`
	HubDays        int         `toml:"hub_days"`

	dir string
}

func defaultCAConfig(dir string) *caConfig {
	return &caConfig{MemberDays: int(pki.DefaultMemberValidity / hoursPerDay), HubDays: int(pki.DefaultHubValidity / hoursPerDay), dir: dir}
}

// caTemplate is what `ca init` writes.
const caTemplate = `# Corridor certificate authority. Every value can be overridden by an environment variable CORRIDOR_CA_<KEY>.
# Relative paths count from this file's folder. Keep the folder off the network: it is needed only to issue and to revoke.

# The network's name; it stands in the root certificate and cannot be changed.
network = %q

# The file with the passphrase (or age identity) that opens authority.key; readable by its owner only (chmod 600).
# Empty: the passphrase is asked for on the terminal.
passphrase_file = %q

# true says that keys are not encrypted: for laboratories only.
plain_keys = %t

# For how many days certificates of members and of the hub are valid.
member_days = %d
hub_days = %d
`

// Check reports every bad value.
func (c *caConfig) Check(r *config.Report) {
	if r.Need("network", c.Network, "name the network, for example lab.corridor") {
		_, err := corridor.ParseNetwork(c.Network)
		r.Check("network", err, "give the name that the authority was made with")
	}
	if c.PassphraseFile != "" && c.PlainKeys {
		r.Problem("plain_keys", "is true although passphrase_file is set", "keep one of the two")
	}
	for key, days := range map[string]int{"member_days": c.MemberDays, "hub_days": c.HubDays} {
		if days < 1 || days > maxYears*365 {
			r.Problem(key, fmt.Sprintf("is %d", days), fmt.Sprintf("give 1 to %d days", maxYears*365))
		}
	}
}

func loadCA(dir string) (*caConfig, error) {
	c := defaultCAConfig(dir)
	return c, config.Load("ca", filepath.Join(dir, caConfigFile), c, config.Overrides{Environ: os.Environ()})
}

// open unlocks the authority and checks that it is the configuration's.
func (c *caConfig) open(io streams) (*pki.Authority, error) {
	unlock, err := lockOf(io, string(c.PassphraseFile), c.PlainKeys, "passphrase of the authority", false)
	if err != nil {
		return nil, err
	}
	a, err := pki.LoadAuthority(c.dir, unlock)
	if err != nil {
		return nil, err
	}
	if a.Root().Network() != corridor.Network(c.Network) {
		return nil, fmt.Errorf("%s names the network %s, the authority beside it is that of %s: mend the file", filepath.Join(c.dir, caConfigFile), c.Network, a.Root().Network())
	}
	return a, nil
}

// CAInitCommand makes an authority.
type CAInitCommand struct {
	Network        string `required:"" help:"The network's name: 1 to 64 of a-z, 0-9, '.' and '-'."`
	Dir            string `default:"ca" help:"The authority's folder; it must not hold an authority yet."`
	PassphraseFile string `help:"File with the passphrase or age identity that locks the key; without it the passphrase is asked for."`
	PlainKeys      bool   `help:"Leave the key unencrypted: for laboratories only."`
	Years          int    `default:"20" help:"For how many years the root certificate is valid."`
}

// Help shows an example.
func (CAInitCommand) Help() string {
	return "Example:\n  corridor ca init --network pay.example --dir ca --passphrase-file ca-passphrase"
}

// Run makes the key and the root certificate, then writes the configuration.
func (c CAInitCommand) Run(io streams) error {
	network, err := corridor.ParseNetwork(c.Network)
	if err != nil {
		return wrongUse("make an authority: %w", err)
	}
	if c.Years < 1 || c.Years > maxYears || c.PlainKeys && c.PassphraseFile != "" {
		return wrongUse("make an authority: give 1 to %d years, and not both a passphrase file and --plain-keys", maxYears)
	}
	lock, err := lockOf(io, c.PassphraseFile, c.PlainKeys, "new passphrase of the authority", true)
	if err != nil {
		return fmt.Errorf("make an authority: %w", err)
	}
	a, err := pki.CreateAuthority(network, time.Duration(c.Years)*365*hoursPerDay, time.Now(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make an authority: %w", err)
	}
	if err := c.write(a, lock); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make an authority: %w: name another folder with --dir; one without %s was not finished, and may be removed", err, caConfigFile)
	} else if err != nil {
		return fmt.Errorf("make an authority: %w", err)
	}
	fmt.Fprintf(io.Out, "authority of the network %s in %s\nroot certificate %s, SHA-256 %s\nnext: corridor ca issue --dir %s --hub, and corridor ca issue --dir %s TERMINAL for each member\n",
		network, c.Dir, filepath.Join(c.Dir, pki.RootFile), a.Root().ID(), c.Dir, c.Dir)
	return nil
}

func (c CAInitCommand) write(a *pki.Authority, lock pki.Passphrase) error {
	passphrase := c.PassphraseFile
	if passphrase != "" {
		var err error
		if passphrase, err = filepath.Abs(passphrase); err != nil {
			return err
		}
	}
	if err := a.Write(c.Dir, lock); err != nil {
		return err
	}
	for _, sub := range []string{issuedDir, revokedDir} {
		if err := os.MkdirAll(filepath.Join(c.Dir, sub), 0o700); err != nil {
			return err
		}
	}
	d := defaultCAConfig(c.Dir)
	return config.Write(filepath.Join(c.Dir, caConfigFile), fmt.Sprintf(caTemplate, c.Network, passphrase, c.PlainKeys, d.MemberDays, d.HubDays))
}

// CARequestCommand is the member's side of issuing, for a member that shows its private keys to nobody.
type CARequestCommand struct {
	LT             []string `arg:"" name:"terminal" help:"The member's logical terminals, 12 characters each."`
	Root           string   `default:"network.pem" help:"The network's root certificate."`
	Out            string   `default:"keys" help:"The folder to make, for the keys and the request."`
	PassphraseFile string   `help:"File with the passphrase or age identity that locks the keys; without it the passphrase is asked for."`
	PlainKeys      bool     `help:"Leave the keys unencrypted: for laboratories only."`
}

// Help shows an example.
func (CARequestCommand) Help() string {
	return "Example:\n  corridor ca request MERIDEFFAXXX --root network.pem --out keys\n\nSend keys/request.pem to the operator, read its digest to him by voice, and put the certificates that come back into the folder."
}

// Run makes the keys.
func (c CARequestCommand) Run(io streams) error {
	root, err := pki.LoadRoot(c.Root)
	if err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	lts, err := parseLTs(c.LT)
	if err != nil {
		return wrongUse("make keys: %w", err)
	}
	lock, err := lockOf(io, c.PassphraseFile, c.PlainKeys, "new passphrase of the keys", true)
	if err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	q, err := pki.NewRequest(root, lts, rand.Reader)
	if err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	if err := q.Write(c.Out, lock); err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	fmt.Fprintf(io.Out, "keys in %s\nsend %s to the operator of %s and read him its digest:\n%s\n", c.Out, filepath.Join(c.Out, pki.RequestFile), root.Network(), corridor.DigestOf(q.Text()))
	return nil
}

func parseLTs(names []string) ([]corridor.LT, error) {
	var lts []corridor.LT
	for _, s := range names {
		lt, err := corridor.ParseLT(s)
		if err != nil {
			return nil, err
		}
		lts = append(lts, lt)
	}
	return lts, nil
}

// CAIssueCommand issues certificates into a new folder, the bundle.
type CAIssueCommand struct {
	LT                   []string `arg:"" optional:"" name:"terminal" help:"The member's logical terminals, 12 characters each."`
	Hub                  bool     `help:"Issue the hub's bundle."`
	Host                 []string `help:"The hub's host names and addresses, for members that check them."`
	Request              string   `help:"Issue what a member's request file asks for."`
	Dir                  string   `default:"ca" help:"The authority's folder."`
	Out                  string   `help:"The folder to make; default: hub-keys, or the first terminal's name."`
	BundlePassphraseFile string   `help:"File with what locks the bundle's keys; default: a new age identity, written to OUT.passphrase."`
	PlainKeys            bool     `help:"Leave the bundle's keys unencrypted: for laboratories only."`
}

// Help shows an example.
func (CAIssueCommand) Help() string {
	return "Examples:\n  corridor ca issue --hub --host hub.pay.example\n  corridor ca issue MERIDEFFAXXX\n  corridor ca issue --request request.pem --out meridian\n\n" +
		"Hand the bundle and the file that opens it to the member by two ways. With --request the member's keys were never here."
}

// Run issues, records what was issued, then writes the bundle: what left the house can always be revoked.
func (c CAIssueCommand) Run(io streams) error {
	if n := countTrue(len(c.LT) > 0, c.Hub, c.Request != ""); n != 1 {
		return wrongUse("issue certificates: give one of terminals, --hub and --request")
	}
	cfg, err := loadCA(c.Dir)
	if err != nil {
		return wrongUse("issue certificates: %w", err)
	}
	if _, err := os.Lstat(c.out()); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("issue certificates: %s exists: name a new folder with --out", c.out())
	}
	a, err := cfg.open(io)
	if err != nil {
		return fmt.Errorf("issue certificates: %w", err)
	}
	issued, err := c.issue(cfg, a)
	if err != nil {
		return fmt.Errorf("issue certificates: %w", err)
	}
	lock, err := c.lock()
	if err != nil {
		return fmt.Errorf("issue certificates: %w", err)
	}
	if err := recordIssued(cfg.dir, issued); err != nil {
		return fmt.Errorf("issue certificates: %w", err)
	}
	if err := issued.Write(c.out(), lock); err != nil {
		return fmt.Errorf("issue certificates: %w; they are recorded in %s: revoke them if they are not to be used", err, cfg.dir)
	}
	return c.tell(io, issued)
}

func countTrue(these ...bool) (n int) {
	for _, t := range these {
		if t {
			n++
		}
	}
	return n
}

// out is the bundle's folder.
func (c CAIssueCommand) out() string {
	switch {
	case c.Out != "":
		return c.Out
	case c.Hub:
		return "hub-keys"
	case c.Request != "":
		return "certificates"
	}
	return c.LT[0]
}

// lock is what locks the bundle's keys: a new key file beside the folder unless the operator says otherwise.
func (c CAIssueCommand) lock() (pki.Passphrase, error) {
	switch {
	case c.Request != "":
		return pki.Passphrase{}, nil // there are no keys in it
	case c.PlainKeys:
		return pki.Unencrypted(), nil
	case c.BundlePassphraseFile != "":
		return pki.PassphraseFile(c.BundlePassphraseFile)
	}
	text, lock, err := pki.NewKeyFile()
	if err != nil {
		return lock, err
	}
	return lock, pki.WriteNew(c.passphraseFile(), text, 0o600)
}

func (c CAIssueCommand) passphraseFile() string { return filepath.Clean(c.out()) + ".passphrase" }

func (c CAIssueCommand) issue(cfg *caConfig, a *pki.Authority) (*pki.Issued, error) {
	now := time.Now()
	if c.Hub {
		return a.IssueHub(c.Host, time.Duration(cfg.HubDays)*hoursPerDay, now, rand.Reader)
	}
	validity := time.Duration(cfg.MemberDays) * hoursPerDay
	if c.Request != "" {
		text, err := readFileUpTo(c.Request, pki.MaxRequest)
		if err != nil {
			return nil, err
		}
		return a.IssueRequest(text, validity, now, rand.Reader)
	}
	lts, err := parseLTs(c.LT)
	if err != nil {
		return nil, err
	}
	return a.IssueMember(lts, validity, now, rand.Reader)
}

// record keeps a copy of every certificate in the authority's folder, by its serial number.
func recordIssued(dir string, issued *pki.Issued) error {
	for _, x := range issued.Certificates() {
		if err := pki.WriteNew(filepath.Join(dir, issuedDir, x.Serial+".pem"), x.PEM(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (c CAIssueCommand) tell(io streams, issued *pki.Issued) error {
	if c.Request != "" {
		text, err := readFileUpTo(c.Request, pki.MaxRequest)
		if err != nil {
			return err
		}
		fmt.Fprintf(io.Out, "the request's digest, which the member must have read to you:\n%s\n", corridor.DigestOf(text))
	}
	fmt.Fprintf(io.Out, "wrote %s\n", c.out())
	for _, x := range issued.Certificates() {
		fmt.Fprintf(io.Out, "  %s  %-16s %s, until %s\n", x.Serial, x.Role, joinLTs(x.LTs), x.NotAfter.Format(time.DateOnly))
	}
	if c.Request == "" && !c.PlainKeys && c.BundlePassphraseFile == "" {
		fmt.Fprintf(io.Out, "wrote %s, which opens the keys: hand it over by another way than the folder\n", c.passphraseFile())
	}
	if !c.Hub {
		fmt.Fprintf(io.Out, "next: put %s into the hub's folder of members\n", filepath.Join(c.out(), "signing-*.pem"))
	}
	return nil
}

func joinLTs(lts []corridor.LT) string {
	if len(lts) == 0 {
		return "hub"
	}
	return strings.Trim(fmt.Sprint(lts), "[]")
}

// CARevokeCommand signs revocations.
type CARevokeCommand struct {
	What   string `arg:"" help:"A terminal (all its certificates), a serial number, or a certificate's file."`
	Reason string `required:"" help:"Why, in a few words; it becomes part of the journal."`
	Dir    string `default:"ca" help:"The authority's folder."`
	Out    string `default:"." help:"The folder for the statements, SERIAL.revocation."`
}

// Help shows an example.
func (CARevokeCommand) Help() string {
	return "Example:\n  corridor ca revoke MERIDEFFAXXX --reason \"key lost\"\n\nPut the files into the hub's folder of members; they take effect within a second, on live sessions too."
}

// Run signs one statement for each certificate meant, keeps it in the authority's folder and writes it out.
func (c CARevokeCommand) Run(io streams) error {
	cfg, err := loadCA(c.Dir)
	if err != nil {
		return wrongUse("revoke: %w", err)
	}
	meant, err := c.meant()
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	a, err := cfg.open(io)
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	for _, x := range meant {
		path, err := c.revoke(a, x)
		if err != nil {
			return fmt.Errorf("revoke %s: %w", x.Serial, err)
		}
		fmt.Fprintf(io.Out, "wrote %s  (%s of %s)\n", path, x.Role, joinLTs(x.LTs))
	}
	fmt.Fprintln(io.Out, "next: put them into the hub's folder of members")
	return nil
}

// meant are the certificates to revoke, those of a terminal that are revoked already left out.
func (c CARevokeCommand) meant() ([]*pki.Certificate, error) {
	if x, err := pki.LoadCertificate(c.What); err == nil {
		return []*pki.Certificate{x}, nil
	}
	all, err := readIssued(c.Dir)
	if err != nil {
		return nil, err
	}
	var meant []*pki.Certificate
	for _, i := range all {
		if i.Serial == c.What || i.has(c.What) && i.Revoked == nil {
			meant = append(meant, i.certificate)
		}
	}
	if len(meant) == 0 {
		return nil, fmt.Errorf("%q is neither a terminal or serial number with a certificate that is not revoked yet, nor a certificate's file; see corridor ca list", c.What)
	}
	return meant, nil
}

// revoke signs the statement once; asked again it gives the same one out.
func (c CARevokeCommand) revoke(a *pki.Authority, x *pki.Certificate) (string, error) {
	kept, out := filepath.Join(c.Dir, revokedDir, x.Serial+".revocation"), filepath.Join(c.Out, x.Serial+".revocation")
	statement, err := readFileUpTo(kept, pki.MaxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		if statement, err = a.Revoke(x, c.Reason, time.Now()); err == nil {
			err = pki.WriteNew(kept, statement, 0o600)
		}
	}
	if err != nil {
		return out, err
	}
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return out, err
	}
	return out, os.WriteFile(out, statement, 0o644)
}

// issuedCertificate is one line of the list.
type issuedCertificate struct {
	Serial  string        `json:"serial"`
	Role    pki.Role      `json:"role"`
	LTs     []corridor.LT `json:"terminals,omitempty"`
	Issued  time.Time     `json:"valid_from"`
	Expires time.Time     `json:"valid_until"`
	KeyID   string        `json:"key_id"`
	State   string        `json:"state"` // valid, expired, revoked
	Revoked *revoked      `json:"revoked,omitempty"`

	certificate *pki.Certificate
}

type revoked struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

func (i *issuedCertificate) has(lt string) bool { return slices.Contains(i.LTs, corridor.LT(lt)) }

// readIssued reads the authority's folder: every certificate, and its revocation if there is one.
func readIssued(dir string) ([]*issuedCertificate, error) {
	root, err := pki.LoadRoot(filepath.Join(dir, pki.RootFile))
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, issuedDir, "*.pem"))
	if err != nil {
		return nil, err
	}
	var all []*issuedCertificate
	for _, f := range files {
		i, err := readOneIssued(root, dir, f)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b *issuedCertificate) int {
		return cmp.Or(a.Issued.Compare(b.Issued), strings.Compare(joinLTs(a.LTs), joinLTs(b.LTs)), strings.Compare(string(b.Role), string(a.Role)))
	})
	return all, nil
}

func readOneIssued(root *pki.Root, dir, file string) (*issuedCertificate, error) {
	c, err := pki.LoadCertificate(file)
	if err != nil {
		return nil, err
	}
	i := &issuedCertificate{Serial: c.Serial, Role: c.Role, LTs: c.LTs, Issued: c.NotBefore, Expires: c.NotAfter, KeyID: c.ID.String(), State: "valid", certificate: c}
	if time.Now().After(c.NotAfter) {
		i.State = "expired"
	}
	path := filepath.Join(dir, revokedDir, c.Serial+".revocation")
	statement, err := readFileUpTo(path, pki.MaxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return i, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := root.Revocation(statement)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	i.State, i.Revoked = "revoked", &revoked{v.At, v.Reason}
	return i, nil
}

// CAListCommand lists what the authority issued.
type CAListCommand struct {
	Dir  string `default:"ca" help:"The authority's folder."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Help shows an example.
func (CAListCommand) Help() string {
	return "Example:\n  corridor ca list --dir ca\n\nNeeds no passphrase. Whether the hub has taken a revocation is in its journal: corridor journal show."
}

// Run prints the list.
func (c CAListCommand) Run(io streams) error {
	all, err := readIssued(c.Dir)
	if err != nil {
		return fmt.Errorf("list certificates: %w", err)
	}
	if c.JSON {
		e := json.NewEncoder(io.Out)
		e.SetIndent("", "  ")
		return e.Encode(append([]*issuedCertificate{}, all...))
	}
	w := tabwriter.NewWriter(io.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "SERIAL\tROLE\tFOR\tFROM\tUNTIL\tSTATE")
	for _, i := range all {
		state := i.State
		if left := time.Until(i.Expires) / hoursPerDay; state == "valid" && left < soonDays {
			state += fmt.Sprintf(", %d days left: issue anew", left)
		}
		if i.Revoked != nil {
			state += " " + i.Revoked.At.Format(time.DateOnly) + ": " + i.Revoked.Reason
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", i.Serial, i.Role, joinLTs(i.LTs), i.Issued.Format(time.DateOnly), i.Expires.Format(time.DateOnly), state)
	}
	return w.Flush()
}
