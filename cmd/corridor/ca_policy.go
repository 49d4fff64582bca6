package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"corridor.example/corridor"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing"
)

// CAPolicyCommand signs the policy that a network begins with. Later policies are acts of the officers that it names.
type CAPolicyCommand struct {
	Policy string `arg:"" help:"The policy, JSON: corridor policy init writes one."`
	Dir    string `default:"ca" help:"The authority's folder."`
	Out    string `default:"policy.signed" help:"The file to write."`
}

// Help shows an example.
func (CAPolicyCommand) Help() string {
	return "Example:\n  corridor ca policy policy.json --out policy.signed\n\n" +
		"Give the file to the hub's operator. The policy is signed in its canonical form; its digest, which is printed, names it everywhere."
}

// Run signs the canonical form of the policy and keeps a copy in the authority's folder.
func (c CAPolicyCommand) Run(io streams) error {
	cfg, err := loadCA(c.Dir)
	if err != nil {
		return wrongUse("sign the policy: %w", err)
	}
	text, err := readFileUpTo(c.Policy, pki.MaxDocument)
	if err != nil {
		return fmt.Errorf("sign the policy: %w", err)
	}
	policy, err := soundPolicy(text)
	if err != nil {
		return answerNo(fmt.Errorf("sign the policy: %s: %w", c.Policy, err))
	}
	a, err := cfg.open(io)
	if err != nil {
		return fmt.Errorf("sign the policy: %w", err)
	}
	digest := corridor.DigestOf(policy)
	file, err := pki.EncodeDocument(standing.DomainPolicy, policy, a.SignDocument(standing.DomainPolicy, policy))
	if err != nil {
		return fmt.Errorf("sign the policy: %w", err)
	}
	kept := filepath.Join(c.Dir, "policy-"+digest.String()[:16]+".signed")
	if err := pki.WriteNew(kept, file, 0o644); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("sign the policy: %w", err)
	}
	if err := pki.WriteNew(c.Out, file, 0o644); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("sign the policy: %w: name another file with --out", err)
	} else if err != nil {
		return fmt.Errorf("sign the policy: %w", err)
	}
	fmt.Fprintf(io.Out, "wrote %s, the policy with the digest\n%s\n", c.Out, digest)
	return nil
}

// soundPolicy is the canonical form of a founding policy that can be carried out.
func soundPolicy(text []byte) ([]byte, error) {
	document, err := canonical.Rewrite(text)
	if err != nil {
		return nil, err
	}
	var p standing.Policy
	if err := canonical.Unmarshal(document, &p); err != nil {
		return nil, err
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	if p.Version != 1 {
		return nil, fmt.Errorf("policy: version %d: the authority signs the first alone, the officers the later ones", p.Version)
	}
	return canonical.Marshal(&p) // as whoever reads it will write it again
}
