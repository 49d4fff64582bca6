package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing"
)

// PolicyCommand is who may do what about orders: the network's officers, and how many must sign.
type PolicyCommand struct {
	Init    PolicyInitCommand    `cmd:"" help:"Write a policy for given officers, to be read and changed."`
	Found   PolicyFoundCommand   `cmd:"" help:"Bring the founding policy, signed by the authority, to the hub."`
	Show    PolicyShowCommand    `cmd:"" help:"Show the policy in force."`
	Propose PolicyProposeCommand `cmd:"" help:"Propose the next policy."`
	Sign    PolicySignCommand    `cmd:"" help:"Sign a proposed policy."`
}

// PolicyInitCommand writes a policy.
type PolicyInitCommand struct {
	Officer []string `required:"" sep:"none" placeholder:"CERTIFICATE=ROLE,…" help:"An officer's certificate and what he is: drafter, legal, compliance, operations, observer, auditor, appeal, directory. Once for each officer."`
	Bank    int      `default:"3" help:"Signatures for an order against banks."`
	Country int      `default:"4" help:"For a country or a large share of the traffic; one of them an observer's."`
	Shown   bool     `help:"Authorisations (RMA) are shown and not enforced."`
	File    string   `arg:"" default:"policy.json" help:"The file to write."`
}

// Help shows an example.
func (PolicyInitCommand) Help() string {
	return "Example:\n  corridor policy init --officer anna/officer.pem=drafter --officer bruno/officer.pem=legal --officer carla/officer.pem=compliance --officer otto/officer.pem=operations --officer vera/officer.pem=observer policy.json\n\n" +
		"Read the file, change what your rulebook says otherwise (docs/governance.md explains each field), then: corridor ca policy policy.json"
}

// Run writes the policy.
func (c PolicyInitCommand) Run(io streams) error {
	p := standing.Policy{
		Version: 1, Signers: []standing.Role{standing.Legal, standing.Compliance, standing.Operations, standing.Observer}, Bank: c.Bank, Country: c.Country,
		Urgent: 1, UrgentHours: 24, BeyondBounds: 1, LargeShare: "0.01", PauseHours: 72, Authorisations: "required",
	}
	if c.Shown {
		p.Authorisations = "shown"
	}
	for _, s := range c.Officer {
		o, err := officerFrom(s)
		if err != nil {
			return wrongUse("write a policy: %w", err)
		}
		p.Officers = append(p.Officers, o)
	}
	if err := p.Check(); err != nil {
		return answerNo(err)
	}
	text, err := pretty(&p)
	if err != nil {
		return err
	}
	if err := pki.WriteNew(c.File, text, 0o644); errors.Is(err, os.ErrExist) {
		return fmt.Errorf("write a policy: %w: name another file", err)
	} else if err != nil {
		return fmt.Errorf("write a policy: %w", err)
	}
	printPolicy(io, &p)
	fmt.Fprintf(io.Out, "\nwrote %s\nnext: corridor ca policy %s, then: corridor policy found policy.signed\n", c.File, c.File)
	return nil
}

// officerFrom reads CERTIFICATE=ROLE,ROLE.
func officerFrom(s string) (standing.Officer, error) {
	path, roles, ok := strings.Cut(s, "=")
	if !ok || roles == "" {
		return standing.Officer{}, fmt.Errorf("officer %q: give a certificate and roles, for example anna/officer.pem=drafter", s)
	}
	x, err := pki.LoadCertificate(path)
	if err != nil {
		return standing.Officer{}, err
	}
	if x.Role != pki.RoleOfficer || x.For != "" {
		return standing.Officer{}, fmt.Errorf("%s is the certificate of %s, and the policy names officers of the network itself: corridor ca issue --officer NAME", path, holder(x))
	}
	o := standing.Officer{Key: x.ID.String(), Name: x.Officer}
	for _, r := range strings.Split(roles, ",") {
		o.Roles = append(o.Roles, standing.Role(r))
	}
	return o, nil
}

// printPolicy is a policy in words.
func printPolicy(io streams, p *standing.Policy) {
	fmt.Fprintf(io.Out, "policy version %d\n\n", p.Version)
	w := tabwriter.NewWriter(io.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "OFFICER\tROLES\tCERTIFICATE")
	for _, o := range p.Officers {
		fmt.Fprintf(w, "%s\t%s\t%s\n", o.Name, roleWords(o.Roles), short(o.Key))
	}
	w.Flush()
	fmt.Fprintf(io.Out, "\nsignatures that count: those of %s\n", roleWords(p.Signers))
	fmt.Fprintf(io.Out, "an order needs %d; for a country, or more than %s of the messages, %d with an observer's among them\n", p.Bank, percent(corridor.Decimal(p.LargeShare)), p.Country)
	fmt.Fprintf(io.Out, "%d more for less than %d hours of notice; %d more beyond the bounds of its dry run\n", p.Urgent, p.UrgentHours, p.BeyondBounds)
	fmt.Fprintf(io.Out, "one signer may pause an order before its effect, once, for %s\n", counted(p.PauseHours, "hour"))
	fmt.Fprintf(io.Out, "authorisations between members are %s\n", p.Authorisations)
}

func roleWords(roles []standing.Role) string {
	var all []string
	for _, r := range roles {
		all = append(all, string(r))
	}
	return strings.Join(all, ", ")
}

// PolicyFoundCommand founds.
type PolicyFoundCommand struct {
	File string `arg:"" default:"policy.signed" help:"The file that corridor ca policy wrote."`
	Root string `default:"network.pem" help:"The network's root certificate."`
	officerFlags
}

// Help shows an example.
func (PolicyFoundCommand) Help() string {
	return "Example:\n  corridor policy found policy.signed --root network.pem --key anna\n\nOne of the officers that it names brings it. Until then the hub takes no other act."
}

// Run checks the authority's signature and brings the policy.
func (c PolicyFoundCommand) Run(ctx context.Context, io streams) error {
	root, err := pki.LoadRoot(c.Root)
	if err != nil {
		return fmt.Errorf("found the policy: %w", err)
	}
	file, err := readFileUpTo(c.File, 2*pki.MaxDocument)
	if err != nil {
		return fmt.Errorf("found the policy: %w", err)
	}
	text, signature, err := root.OpenDocument(standing.DomainPolicy, file)
	if err != nil {
		return answerNo(fmt.Errorf("found the policy: %s: %w", c.File, err))
	}
	f := standing.Founding{Signature: base64.StdEncoding.EncodeToString(signature)}
	if err := canonical.Unmarshal(text, &f.Policy); err != nil {
		return answerNo(fmt.Errorf("found the policy: %s: %w", c.File, err))
	}
	if form, err := canonical.Marshal(&f.Policy); err != nil || string(form) != string(text) {
		return answerNo(fmt.Errorf("found the policy: %s has fields that say nothing, such as an empty list: take them out and have it signed again", c.File))
	}
	body, err := canonical.Marshal(&f)
	if err != nil {
		return err
	}
	return c.act(ctx, io, entry.Act{Kind: standing.PolicyFound, Document: corridor.DigestOf(text), Body: body})
}

// PolicyShowCommand shows the policy in force.
type PolicyShowCommand struct{ adminFlags }

// Help shows an example.
func (PolicyShowCommand) Help() string {
	return "Example:\n  corridor policy show --json > next.json"
}

// Run shows it; as JSON it is the document that a next version is made of.
func (c PolicyShowCommand) Run(ctx context.Context, io streams) error {
	var v policyView
	if err := c.get(ctx, "/policy", "policy: found one with corridor policy found", &v); err != nil {
		return fmt.Errorf("show the policy: %w", err)
	}
	if v.Policy == nil {
		return answerNo(errors.New("the network has no policy yet: corridor policy init, corridor ca policy, corridor policy found"))
	}
	if c.JSON {
		text, err := pretty(v.Policy)
		if err == nil {
			_, err = io.Out.Write(text)
		}
		return err
	}
	printPolicy(io, v.Policy)
	fmt.Fprintf(io.Out, "digest %s\n", v.Digest)
	return nil
}

// PolicyProposeCommand proposes the next version.
type PolicyProposeCommand struct {
	File string `arg:"" help:"The next policy, JSON."`
	officerFlags
}

// Help shows an example.
func (PolicyProposeCommand) Help() string {
	return "Example:\n  corridor policy show --json > next.json\n  corridor policy propose next.json --key anna\n\nRaise its version by one. It is in force when as many others have signed it as an order against a country needs."
}

// Run sends the policy in its canonical form.
func (c PolicyProposeCommand) Run(ctx context.Context, io streams) error {
	p, form, err := readPolicy(c.File)
	if err != nil {
		return err
	}
	if !c.JSON {
		printPolicy(io, p)
		fmt.Fprintf(io.Out, "\nnext: others sign it with: corridor policy sign %s\n", c.File)
	}
	return c.act(ctx, io, entry.Act{Kind: standing.PolicyPropose, Document: corridor.DigestOf(form), Body: form})
}

func readPolicy(path string) (*standing.Policy, []byte, error) {
	text, err := readFileUpTo(path, pki.MaxDocument)
	if err != nil {
		return nil, nil, err
	}
	p := &standing.Policy{}
	if err := readJSON(text, p); err != nil {
		return nil, nil, wrongUse("%s: %w", path, err)
	}
	if err := p.Check(); err != nil {
		return nil, nil, answerNo(fmt.Errorf("%s: %w", path, err))
	}
	form, err := canonical.Marshal(p)
	return p, form, err
}

// PolicySignCommand signs a proposed policy.
type PolicySignCommand struct {
	File string `arg:"" help:"The proposed policy, JSON, as its proposer gave it to you."`
	officerFlags
}

// Help shows an example.
func (PolicySignCommand) Help() string {
	return "Example:\n  corridor policy sign next.json --key bruno"
}

// Run shows the policy and signs it.
func (c PolicySignCommand) Run(ctx context.Context, io streams) error {
	p, form, err := readPolicy(c.File)
	if err != nil {
		return err
	}
	if !c.JSON {
		printPolicy(io, p)
		fmt.Fprintln(io.Out)
	}
	return c.act(ctx, io, entry.Act{Kind: standing.PolicySign, Document: corridor.DigestOf(form)})
}
