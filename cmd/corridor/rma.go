package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/rma"
)

// RMACommand is who may send what to whom.
type RMACommand struct {
	Request   RMARequestCommand   `cmd:"" help:"Ask an institution to be authorised to send to it."`
	Authorise RMAAuthoriseCommand `cmd:"" help:"Authorise an institution to send to yours, or change what it may send."`
	Accept    RMAAcceptCommand    `cmd:"" help:"Accept what an institution authorised yours to send."`
	Reject    RMARejectCommand    `cmd:"" help:"Reject it."`
	Revoke    RMARevokeCommand    `cmd:"" help:"End an authorisation that yours gave, or decline a request."`
	Delete    RMADeleteCommand    `cmd:"" help:"End an authorisation that yours accepted, or withdraw a request."`
	Query     RMAQueryCommand     `cmd:"" help:"Write to another institution's desk for authorisations."`
	Answer    RMAAnswerCommand    `cmd:"" help:"Answer such a query."`
	List      RMAListCommand      `cmd:"" help:"List the authorisations that a gateway or a hub knows of."`
	Show      RMAShowCommand      `cmd:"" help:"Show one authorisation, or an act in a file."`
	Import    RMAImportCommand    `cmd:"" help:"Make a network's list of authorisations to start with."`
	Dormant   RMADormantCommand   `cmd:"" help:"List authorisations that are not used."`
}

// rmaAsk is where a command asks how authorisations stand.
type rmaAsk struct {
	Config string `default:"gateway.toml" help:"The gateway's configuration file."`
	Admin  string `placeholder:"HOST:PORT" help:"Ask this admin address, a gateway's or a hub's, and not that of the configuration."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// views asks for the authorisations that an institution is a side of; for all of them where it is empty.
func (c *rmaAsk) views(ctx context.Context, b corridor.BIC) ([]rma.View, error) {
	address := c.Admin
	if address == "" {
		cfg, err := loadGatewayConfig(c.Config)
		switch {
		case err != nil:
			return nil, wrongUse("ask for authorisations: %w", err)
		case cfg.Admin == "":
			return nil, wrongUse("ask for authorisations: the gateway's configuration has no admin address; set admin in %s and restart it, or use --admin", c.Config)
		}
		address = cfg.Admin
	}
	var all []rma.View
	if err := getJSON(ctx, "http://"+address+"/authorisations?bic="+url.QueryEscape(string(b)), &all); err != nil {
		return nil, fmt.Errorf("ask %s for authorisations: %w; is it running?", address, err)
	}
	return all, nil
}

// one asks for one authorisation.
func (c *rmaAsk) one(ctx context.Context, k rma.Key) (rma.View, error) {
	all, err := c.views(ctx, k.Issuer)
	if err != nil {
		return rma.View{}, err
	}
	for _, v := range all {
		if v.Key == k {
			return v, nil
		}
	}
	return rma.View{}, answerNo(fmt.Errorf("there is no authorisation of %s", k))
}

// rmaAct is what the acts of a member's officer have in common: whose key signs, and how the act travels.
type rmaAct struct {
	Key            string        `required:"" placeholder:"FILE" help:"Your officer's key: officer.key, or the folder that holds it and its certificate."`
	PassphraseFile string        `placeholder:"FILE" help:"File with the passphrase or age identity that opens the key; without it the passphrase is asked for."`
	PlainKeys      bool          `help:"The key is not encrypted: for laboratories only."`
	Reason         string        `help:"Why, in your words; it stands in the journal."`
	Out            string        `placeholder:"FILE" help:"Write the signed act to this file instead of sending it: corridor send sends it."`
	LT             string        `name:"lt" help:"The terminal that sends it; else the first of your institution."`
	Wait           bool          `help:"Wait for the network's answer. Where no gateway runs, this command runs one until then."`
	Timeout        time.Duration `default:"1m" help:"How long to wait."`
	rmaAsk
}

// send signs an act and puts it into the outgoing folder of the member's gateway, or writes it to a file.
func (c *rmaAct) send(ctx context.Context, io streams, kind string, body func(own corridor.BIC) (any, corridor.Digest, error)) error {
	key, err := (&officerFlags{Key: c.Key, PassphraseFile: c.PassphraseFile, PlainKeys: c.PlainKeys}).open(io)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	own := key.Certificate().For
	if own == "" {
		return wrongUse("%s: the key is of an officer of the network; authorisations are the members' own", kind)
	}
	b, document, err := body(own)
	if err != nil {
		return err
	}
	text, err := canonical.Marshal(b)
	if err != nil {
		return wrongUse("%s: %w", kind, err)
	}
	signed := signAct(key, entry.Act{Kind: kind, Document: document, Body: text, Reason: c.Reason}, time.Now())
	file := entry.EncodeActFile(signed)
	if _, a, fault := rma.ReadMessage(file); fault != nil {
		return wrongUse("%s: %s", a.Kind, fault.Text)
	}
	if c.Out != "" {
		return c.write(io, file)
	}
	s := SendCommand{Config: c.Config, LT: c.LT, Wait: c.Wait, Timeout: c.Timeout, JSON: c.JSON}
	return s.run(ctx, io, []sendable{{kind, file}})
}

func (c *rmaAct) write(io streams, file []byte) error {
	f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("write the act: %w: name another file with --out", err)
	} else if err != nil {
		return fmt.Errorf("write the act: %w", err)
	}
	_, err = f.Write(file)
	if err = errors.Join(err, f.Close()); err == nil {
		_, err = fmt.Fprintf(io.Out, "wrote %s; send it with: corridor send %s\n", c.Out, c.Out)
	}
	return err
}

// otherBIC8 checks the BIC of the other institution.
func otherBIC8(s string) (corridor.BIC, error) {
	b, err := corridor.ParseBIC(s)
	if err != nil {
		return "", wrongUse("%w", err)
	}
	return b.BIC8(), nil
}

// RMAListCommand lists authorisations.
type RMAListCommand struct {
	BIC string `name:"bic" help:"Only those of this institution."`
	rmaAsk
}

// Help shows examples.
func (RMAListCommand) Help() string {
	return "Examples:\n  corridor rma list\n  corridor rma list --bic MERIDEFF --json\n\nFor each authorisation: who may send to whom, the service, its state at the receiver's and at the sender's side, and what it allows. " +
		"A gateway knows what its own terminals sent and received; a hub knows all, and which of them an order suspends."
}

// Run prints the list.
func (c RMAListCommand) Run(ctx context.Context, io streams) error {
	all, err := c.views(ctx, corridor.BIC(c.BIC).BIC8())
	if err != nil {
		return err
	}
	return printViews(io.Out, all, c.JSON)
}

func printViews(out io.Writer, all []rma.View, asJSON bool) error {
	if asJSON {
		if all == nil {
			all = []rma.View{}
		}
		return json.NewEncoder(out).Encode(all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(out, "no authorisations")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "SENDER\tRECEIVER\tSERVICE\tRECEIVER SAYS\tSENDER SAYS\tALLOWS\tUNTIL")
	for i := range all {
		v := &all[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", v.Correspondent, v.Issuer, v.Service, v.IssuerState, v.CorrespondentState, v.Permission, v.ValidTo)
	}
	return w.Flush()
}

// RMAShowCommand shows one authorisation, or an act in a file.
type RMAShowCommand struct {
	What    []string `arg:"" help:"The receiver and the sender, or a file with an act."`
	Service string   `default:"fin" help:"fin, mx, or a service of the network."`
	rmaAsk
}

// Help shows examples.
func (RMAShowCommand) Help() string {
	return "Examples:\n  corridor rma show MERIDEFF CEDRFRPP --service mx\n  corridor rma show incoming/000000012-rma.authorise-7F3A.act"
}

// Run asks, or reads the file.
func (c RMAShowCommand) Run(ctx context.Context, io streams) error {
	if len(c.What) == 1 {
		return c.file(io)
	}
	if len(c.What) != 2 {
		return wrongUse("show: give the receiver and the sender, or one file")
	}
	issuer, err := otherBIC8(c.What[0])
	if err != nil {
		return err
	}
	correspondent, err := otherBIC8(c.What[1])
	if err != nil {
		return err
	}
	v, err := c.one(ctx, rma.Key{Issuer: issuer, Correspondent: correspondent, Service: c.Service})
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(io.Out).Encode(v)
	}
	return printView(io.Out, &v)
}

func printView(out io.Writer, v *rma.View) error {
	fmt.Fprintf(out, "%s\n  state       %s at %s, %s at %s\n  allows      %s\n", v.Key, v.IssuerState, v.Issuer, v.CorrespondentState, v.Correspondent, v.Permission)
	for _, line := range []struct {
		name string
		text string
	}{
		{"accepted", permissionText(v.Accepted)}, {"asked for", permissionText(v.Wanted)}, {"valid from", string(v.ValidFrom)}, {"valid to", string(v.ValidTo)},
		{"issued", issuedText(v.Issued)}, {"document", v.Document},
	} {
		if line.text != "" {
			fmt.Fprintf(out, "  %-11s %s\n", line.name, line.text)
		}
	}
	if v.Bootstrap {
		fmt.Fprintln(out, "  of the network's list to start with: it ends unless the receiver authorises and the sender accepts before")
	}
	_, err := fmt.Fprintf(out, "  changed     %s, at %s in the journal\n", v.Changed, v.Position)
	return err
}

func permissionText(p *rma.Permission) string {
	if p == nil {
		return ""
	}
	return p.String()
}

func issuedText(at uint64) string {
	if at == 0 {
		return ""
	}
	return time.UnixMilli(int64(at)).UTC().Format("2006-01-02T15:04:05.000Z")
}

// shownRMA is an act in a file as it is shown.
type shownRMA struct {
	Kind     string          `json:"kind"`
	Network  string          `json:"network"`
	Officer  string          `json:"officer"`
	SignedAt string          `json:"signed_at"`
	Reason   string          `json:"reason,omitempty"`
	Document string          `json:"document,omitempty"`
	Digest   string          `json:"digest"` // of the statement: an answer to a query names it
	Body     json.RawMessage `json:"body"`
}

// file shows an act; who signed it is said by its certificate, and not vouched for here.
func (c RMAShowCommand) file(io streams) error {
	acted, err := readActFile(c.What[0])
	if err != nil {
		return err
	}
	a, err := entry.DecodeAct(acted.Statement)
	if err != nil {
		return err
	}
	s := shownRMA{Kind: a.Kind, Network: string(a.Network), Officer: officerOf(acted.Certificate), SignedAt: issuedText(a.SignedAt), Reason: a.Reason,
		Digest: corridor.DigestOf(acted.Statement).String(), Body: a.Body}
	if !a.Document.IsZero() {
		s.Document = a.Document.String()
	}
	if c.JSON {
		return json.NewEncoder(io.Out).Encode(s)
	}
	fmt.Fprintf(io.Out, "%s in %s, signed %s with the certificate of %s\n  %s\n", s.Kind, s.Network, s.SignedAt, s.Officer, s.Body)
	if s.Reason != "" {
		fmt.Fprintf(io.Out, "  reason: %s\n", s.Reason)
	}
	_, err = fmt.Fprintf(io.Out, "  digest: %s\n", s.Digest)
	return err
}
