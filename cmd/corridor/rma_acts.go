package main

import (
	"context"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/rma"
)

// rmaService names the service of an authorisation.
type rmaService struct {
	Service string `default:"fin" help:"fin, mx, or a service of the network."`
}

// RMARequestCommand asks for an authorisation.
type RMARequestCommand struct {
	Receiver string `arg:"" help:"BIC of the institution that you want to send to."`
	Allow    string `default:"all" help:"all, 'only fin.1 fin.202' or 'all but fin.9': FIN categories and types; business areas, messages or versions of ISO 20022 (pacs, pacs.008)."`
	rmaService
	rmaAct
}

// Help shows an example.
func (RMARequestCommand) Help() string {
	return "Example:\n  corridor rma request MERIDEFF --allow 'only fin.1 fin.2' --key ines\n\nThe other institution answers with corridor rma authorise, or declines with corridor rma revoke."
}

// Run signs and sends it.
func (c RMARequestCommand) Run(ctx context.Context, io streams) error {
	p, err := rma.ParsePermission(c.Allow)
	if err != nil {
		return wrongUse("request: %w", err)
	}
	return c.about(ctx, io, rma.KindRequest, c.Receiver, c.Service, rma.Body{Permission: &p})
}

// RMAAuthoriseCommand gives an authorisation.
type RMAAuthoriseCommand struct {
	Sender string `arg:"" help:"BIC of the institution that may send to yours."`
	Allow  string `default:"all" help:"all, 'only fin.1 fin.202' or 'all but fin.9': FIN categories and types; business areas, messages or versions of ISO 20022 (pacs, pacs.008)."`
	From   string `placeholder:"INSTANT" help:"When it begins, for example 2027-01-01T00:00:00Z; else at once."`
	To     string `placeholder:"INSTANT" help:"When it ends; else it stays until it is ended."`
	rmaService
	rmaAct
}

// Help shows an example.
func (RMAAuthoriseCommand) Help() string {
	return "Example:\n  corridor rma authorise CEDRFRPP --service mx --allow 'only pacs camt.056' --key ines\n\nIt replaces the one before: what it narrows holds at once, what it widens holds when the other institution has accepted it."
}

// Run signs and sends it.
func (c RMAAuthoriseCommand) Run(ctx context.Context, io streams) error {
	p, err := rma.ParsePermission(c.Allow)
	if err != nil {
		return wrongUse("authorise: %w", err)
	}
	return c.about(ctx, io, rma.KindAuthorise, c.Sender, c.Service, rma.Body{Permission: &p, ValidFrom: rma.Instant(c.From), ValidTo: rma.Instant(c.To)})
}

// rmaDecision decides on the newest issue of an authorisation.
type rmaDecision struct {
	Receiver string `arg:"" help:"BIC of the institution that authorised yours."`
	Issue    string `placeholder:"FILE" help:"The authorisation as it came: the .act file of the incoming folder. Else the gateway is asked for the newest."`
	rmaService
	rmaAct
}

// RMAAcceptCommand accepts an authorisation.
type RMAAcceptCommand struct{ rmaDecision }

// Help shows examples.
func (RMAAcceptCommand) Help() string {
	return "Examples:\n  corridor rma accept MERIDEFF --key ines\n  corridor rma accept MERIDEFF --issue incoming/000000012-rma.authorise-7F3A.act --key ines --out accept.act"
}

// Run accepts.
func (c RMAAcceptCommand) Run(ctx context.Context, io streams) error {
	return c.decide(ctx, io, rma.KindAccept)
}

// RMARejectCommand rejects an authorisation.
type RMARejectCommand struct{ rmaDecision }

// Help shows an example.
func (RMARejectCommand) Help() string {
	return "Example:\n  corridor rma reject MERIDEFF --key ines --reason 'we do not send category 3'\n\nRejecting a change of an authorisation ends the sending under the one before too."
}

// Run rejects.
func (c RMARejectCommand) Run(ctx context.Context, io streams) error {
	return c.decide(ctx, io, rma.KindReject)
}

func (c *rmaDecision) decide(ctx context.Context, io streams, kind string) error {
	return c.send(ctx, io, kind, func(own corridor.BIC) (any, corridor.Digest, error) {
		issuer, err := otherBIC8(c.Receiver)
		if err != nil {
			return nil, corridor.Digest{}, err
		}
		k := rma.Key{Issuer: issuer, Correspondent: own, Service: c.Service}
		issued, document, err := c.issue(ctx, k)
		return rma.Body{Key: k, Issued: issued}, document, err
	})
}

// issue is the time and the digest of the issue that is decided on: of the file, or the newest that the gateway knows.
func (c *rmaDecision) issue(ctx context.Context, k rma.Key) (uint64, corridor.Digest, error) {
	if c.Issue == "" {
		v, err := c.one(ctx, k)
		if err != nil {
			return 0, corridor.Digest{}, err
		}
		document, err := corridor.ParseDigest(v.Document)
		if err != nil || v.Issued == 0 {
			return 0, document, answerNo(fmt.Errorf("%s has issued nothing that could be decided on; %s is %s", k.Issuer, k, v.Stands))
		}
		return v.Issued, document, nil
	}
	a, err := readRMA(c.Issue, rma.KindAuthorise)
	if err != nil {
		return 0, corridor.Digest{}, err
	}
	if a.For != k.Issuer {
		return 0, corridor.Digest{}, wrongUse("%s is an authorisation of %s and not of %s", c.Issue, a.For, k.Issuer)
	}
	return a.SignedAt, corridor.DigestOf(a.Body), nil
}

// readRMA reads an act of one kind from a file.
func readRMA(path, kind string) (entry.Act, error) {
	acted, err := readActFile(path)
	if err != nil {
		return entry.Act{}, err
	}
	a, err := entry.DecodeAct(acted.Statement)
	if err == nil && a.Kind != kind {
		err = wrongUse("%s holds %s, needed is %s", path, a.Kind, kind)
	}
	return a, err
}

// RMARevokeCommand ends an authorisation that the own institution gave.
type RMARevokeCommand struct {
	Sender string `arg:"" help:"BIC of the institution that may send to yours."`
	rmaService
	rmaAct
}

// Help shows an example.
func (RMARevokeCommand) Help() string {
	return "Example:\n  corridor rma revoke CEDRFRPP --service mx --key ines --reason 'not used for a year'"
}

// Run signs and sends it.
func (c RMARevokeCommand) Run(ctx context.Context, io streams) error {
	return c.about(ctx, io, rma.KindRevoke, c.Sender, c.Service, rma.Body{})
}

// RMADeleteCommand ends an authorisation that the own institution accepted.
type RMADeleteCommand struct {
	Receiver string `arg:"" help:"BIC of the institution that authorised yours."`
	rmaService
	rmaAct
}

// Help shows an example.
func (RMADeleteCommand) Help() string { return "Example:\n  corridor rma delete MERIDEFF --key ines" }

// Run signs and sends it.
func (c RMADeleteCommand) Run(ctx context.Context, io streams) error {
	return c.about(ctx, io, rma.KindDelete, c.Receiver, c.Service, rma.Body{})
}

// about signs and sends an act on one authorisation; which side the own institution is, the kind says.
func (c *rmaAct) about(ctx context.Context, io streams, kind, with, service string, b rma.Body) error {
	return c.send(ctx, io, kind, func(own corridor.BIC) (any, corridor.Digest, error) {
		there, err := otherBIC8(with)
		if err != nil {
			return nil, corridor.Digest{}, err
		}
		b.Key = rma.Key{Issuer: there, Correspondent: own, Service: service}
		if kind == rma.KindAuthorise || kind == rma.KindRevoke {
			b.Key.Issuer, b.Key.Correspondent = own, there
		}
		return b, corridor.Digest{}, nil
	})
}

// RMAQueryCommand writes to another desk.
type RMAQueryCommand struct {
	To   string `arg:"" help:"BIC of the other institution."`
	Text string `arg:"" help:"What you want to know."`
	rmaAct
}

// Help shows an example.
func (RMAQueryCommand) Help() string {
	return "Example:\n  corridor rma query MERIDEFF 'Which MT 3xx do you take?' --key ines"
}

// Run signs and sends it.
func (c RMAQueryCommand) Run(ctx context.Context, io streams) error {
	return c.writeTo(ctx, io, rma.KindQuery, c.To, c.Text, corridor.Digest{})
}

// RMAAnswerCommand answers a query.
type RMAAnswerCommand struct {
	Query string `arg:"" help:"The query as it came: the .act file of the incoming folder."`
	Text  string `arg:"" help:"The answer."`
	rmaAct
}

// Help shows an example.
func (RMAAnswerCommand) Help() string {
	return "Example:\n  corridor rma answer incoming/000000014-rma.query-91BC.act 'MT 300 and 320' --key ines"
}

// Run signs and sends it.
func (c RMAAnswerCommand) Run(ctx context.Context, io streams) error {
	a, err := readRMA(c.Query, rma.KindQuery)
	if err != nil {
		return err
	}
	return c.writeTo(ctx, io, rma.KindAnswer, string(a.For), c.Text, corridor.DigestOf(a.Append(nil)))
}

// writeTo signs and sends a query or an answer.
func (c *rmaAct) writeTo(ctx context.Context, io streams, kind, to, text string, about corridor.Digest) error {
	return c.send(ctx, io, kind, func(own corridor.BIC) (any, corridor.Digest, error) {
		there, err := otherBIC8(to)
		return rma.Query{From: own, To: there, Text: text}, about, err
	})
}
