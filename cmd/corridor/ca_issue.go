package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/pki"
)

// CARequestCommand is the side of issuing of a member or an officer that shows its private keys to nobody.
type CARequestCommand struct {
	LT             []string `arg:"" optional:"" name:"terminal" help:"The member's logical terminals, 12 characters each."`
	Officer        string   `help:"Make an officer's key instead: the officer's name, for example ines.moreau."`
	For            string   `placeholder:"BIC8" help:"The institution that the officer acts for; without it the network itself."`
	Root           string   `default:"network.pem" help:"The network's root certificate."`
	Out            string   `default:"keys" help:"The folder to make, for the keys and the request."`
	PassphraseFile string   `help:"File with the passphrase or age identity that locks the keys; without it the passphrase is asked for."`
	PlainKeys      bool     `help:"Leave the keys unencrypted: for laboratories only."`
}

// Help shows an example.
func (CARequestCommand) Help() string {
	return "Examples:\n  corridor ca request MERIDEFFAXXX --root network.pem --out keys\n  corridor ca request --officer ines.moreau --root network.pem --out ines\n\nSend keys/request.pem to the operator, read its digest to him by voice, and put the certificates that come back into the folder."
}

// Run makes the keys.
func (c CARequestCommand) Run(io streams) error {
	if (len(c.LT) > 0) == (c.Officer != "") || c.For != "" && c.Officer == "" {
		return wrongUse("make keys: give terminals, or --officer with or without --for")
	}
	root, err := pki.LoadRoot(c.Root)
	if err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	lock, err := lockOf(io, c.PassphraseFile, c.PlainKeys, "new passphrase of the keys", true)
	if err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	q, err := c.make(root)
	if err != nil {
		return wrongUse("make keys: %w", err)
	}
	if err := q.Write(c.Out, lock); err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	fmt.Fprintf(io.Out, "keys in %s\nsend %s to the operator of %s and read him its digest:\n%s\n", c.Out, filepath.Join(c.Out, pki.RequestFile), root.Network(), corridor.DigestOf(q.Text()))
	return nil
}

func (c CARequestCommand) make(root *pki.Root) (*pki.Request, error) {
	if c.Officer != "" {
		return pki.NewOfficerRequest(root, corridor.BIC(c.For), c.Officer, rand.Reader)
	}
	lts, err := parseLTs(c.LT)
	if err != nil {
		return nil, err
	}
	return pki.NewRequest(root, lts, rand.Reader)
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
	Officer              string   `help:"Issue an officer's key and certificate: the officer's name, for example ines.moreau."`
	For                  string   `placeholder:"BIC8" help:"The institution that the officer acts for; without it the network itself."`
	Host                 []string `help:"The hub's host names and addresses, for members that check them."`
	Request              string   `help:"Issue what a member's or an officer's request file asks for."`
	Dir                  string   `default:"ca" help:"The authority's folder."`
	Out                  string   `help:"The folder to make; default: hub-keys, or the first terminal's or the officer's name."`
	BundlePassphraseFile string   `help:"File with what locks the bundle's keys; default: a new age identity, written to OUT.passphrase."`
	PlainKeys            bool     `help:"Leave the bundle's keys unencrypted: for laboratories only."`
}

// Help shows an example.
func (CAIssueCommand) Help() string {
	return "Examples:\n  corridor ca issue --hub --host hub.pay.example\n  corridor ca issue MERIDEFFAXXX\n  corridor ca issue --request request.pem --out meridian\n  corridor ca issue --officer ines.moreau --for MERIDEFF\n\n" +
		"Hand the bundle and the file that opens it to its owner by two ways. With --request the keys were never here: for officers this is the way to choose, for an order needs signatures of several people and not of one who had all their keys."
}

// Run issues, records what was issued, then writes the bundle: what left the house can always be revoked.
func (c CAIssueCommand) Run(io streams) error {
	if n := countTrue(len(c.LT) > 0, c.Hub, c.Request != "", c.Officer != ""); n != 1 || c.For != "" && c.Officer == "" {
		return wrongUse("issue certificates: give one of terminals, --hub, --request and --officer, and --for with the last only")
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
	case c.Officer != "":
		return c.Officer
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
	switch {
	case c.Hub:
		return a.IssueHub(c.Host, cfg.validity(pki.RoleHubSigning), now, rand.Reader)
	case c.Officer != "":
		return a.IssueOfficer(corridor.BIC(c.For), c.Officer, cfg.validity(pki.RoleOfficer), now, rand.Reader)
	case c.Request != "":
		text, err := readFileUpTo(c.Request, pki.MaxRequest)
		if err != nil {
			return nil, err
		}
		return a.IssueRequest(text, cfg.validity, now, rand.Reader)
	}
	lts, err := parseLTs(c.LT)
	if err != nil {
		return nil, err
	}
	return a.IssueMember(lts, cfg.validity(pki.RoleMemberSigning), now, rand.Reader)
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
		fmt.Fprintf(io.Out, "the request's digest, which its owner must have read to you:\n%s\n", corridor.DigestOf(text))
	}
	fmt.Fprintf(io.Out, "wrote %s\n", c.out())
	for _, x := range issued.Certificates() {
		fmt.Fprintf(io.Out, "  %s  %-16s %s, until %s\n", x.Serial, x.Role, holder(x), x.NotAfter.Format(time.DateOnly))
	}
	if c.Request == "" && !c.PlainKeys && c.BundlePassphraseFile == "" {
		fmt.Fprintf(io.Out, "wrote %s, which opens the keys: hand it over by another way than the folder\n", c.passphraseFile())
	}
	switch first := issued.Certificates()[0]; {
	case first.Role == pki.RoleOfficer:
		fmt.Fprintf(io.Out, "next: name the officer in the network's policy by the certificate's id:\n%s\n", first.ID)
	case !c.Hub:
		fmt.Fprintf(io.Out, "next: put %s into the hub's folder of members\n", filepath.Join(c.out(), "signing-*.pem"))
	}
	return nil
}

// holder is whose certificate it is, as lists name it: the terminals, the officer, or the hub.
func holder(x *pki.Certificate) string {
	switch {
	case x.Officer != "" && x.For != "":
		return x.Officer + "@" + string(x.For)
	case x.Officer != "":
		return x.Officer + "@" + string(x.Network)
	case len(x.LTs) == 0:
		return "hub"
	}
	return strings.Trim(fmt.Sprint(x.LTs), "[]")
}
