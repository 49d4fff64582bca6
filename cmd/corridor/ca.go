package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/internal/config"
	"corridor.example/corridor/pki"
)

// CACommand is the network's certificate authority. Its folder holds everything: configuration, root, key, and one
// file for each certificate and each revocation that it issued.
type CACommand struct {
	Init    CAInitCommand    `cmd:"" help:"Make a network's authority: its root certificate and key."`
	Request CARequestCommand `cmd:"" help:"As a member or officer: make keys of your own and a request for their certificates."`
	Issue   CAIssueCommand   `cmd:"" help:"Issue certificates for a member's terminals, an officer, their request, or the hub."`
	Revoke  CARevokeCommand  `cmd:"" help:"Sign the statement that certificates are not to be trusted any more."`
	Policy  CAPolicyCommand  `cmd:"" help:"Sign the network's founding policy: who its officers are and how many must sign."`
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
	OfficerDays    int         `toml:"officer_days"`

	dir string
}

func defaultCAConfig(dir string) *caConfig {
	days := func(d time.Duration) int { return int(d / hoursPerDay) }
	return &caConfig{MemberDays: days(pki.DefaultMemberValidity), HubDays: days(pki.DefaultHubValidity), OfficerDays: days(pki.DefaultOfficerValidity), dir: dir}
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

# For how many days certificates of members, of the hub and of officers are valid.
member_days = %d
hub_days = %d
officer_days = %d
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
	for key, days := range map[string]int{"member_days": c.MemberDays, "hub_days": c.HubDays, "officer_days": c.OfficerDays} {
		if days < 1 || days > maxYears*365 {
			r.Problem(key, fmt.Sprintf("is %d", days), fmt.Sprintf("give 1 to %d days", maxYears*365))
		}
	}
}

// validity is for how long a certificate of the role is issued.
func (c *caConfig) validity(r pki.Role) time.Duration {
	days := c.MemberDays
	switch r {
	case pki.RoleHubSigning, pki.RoleHubTransport:
		days = c.HubDays
	case pki.RoleOfficer:
		days = c.OfficerDays
	}
	return time.Duration(days) * hoursPerDay
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
	return config.Write(filepath.Join(c.Dir, caConfigFile), fmt.Sprintf(caTemplate, c.Network, passphrase, c.PlainKeys, d.MemberDays, d.HubDays, d.OfficerDays))
}
