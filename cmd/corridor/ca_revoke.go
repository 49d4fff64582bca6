package main

import (
	"cmp"
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
	"corridor.example/corridor/pki"
)

// CARevokeCommand signs revocations.
type CARevokeCommand struct {
	What   string `arg:"" help:"A terminal or an officer, NAME@BIC8 or NAME@NETWORK (all their certificates), a serial number, or a certificate's file."`
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
		fmt.Fprintf(io.Out, "wrote %s  (%s of %s)\n", path, x.Role, holder(x))
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
		return nil, fmt.Errorf("%q is neither a terminal, officer or serial number with a certificate that is not revoked yet, nor a certificate's file; see corridor ca list", c.What)
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
	Officer string        `json:"officer,omitempty"`
	For     corridor.BIC  `json:"for,omitempty"`
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

// has says whether it is a certificate of the terminal or of the officer.
func (i *issuedCertificate) has(who string) bool {
	return slices.Contains(i.LTs, corridor.LT(who)) || i.Officer != "" && holder(i.certificate) == who
}

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
		return cmp.Or(a.Issued.Compare(b.Issued), strings.Compare(holder(a.certificate), holder(b.certificate)), strings.Compare(string(b.Role), string(a.Role)))
	})
	return all, nil
}

func readOneIssued(root *pki.Root, dir, file string) (*issuedCertificate, error) {
	c, err := pki.LoadCertificate(file)
	if err != nil {
		return nil, err
	}
	i := &issuedCertificate{Serial: c.Serial, Role: c.Role, LTs: c.LTs, Officer: c.Officer, For: c.For, Issued: c.NotBefore, Expires: c.NotAfter, KeyID: c.ID.String(), State: "valid", certificate: c}
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
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", i.Serial, i.Role, holder(i.certificate), i.Issued.Format(time.DateOnly), i.Expires.Format(time.DateOnly), state)
	}
	return w.Flush()
}
