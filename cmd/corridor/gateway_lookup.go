package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/gateway"
	"corridor.example/corridor/pki"
)

// GatewayLookUpCommand says what a member's own gateway knows of an institution. It asks no network and no running gateway.
type GatewayLookUpCommand struct {
	BIC    string `arg:"" name:"bic" help:"A BIC of 8 or 11 characters."`
	Type   string `placeholder:"TYPE" help:"Ask for one type of message, for example fin.103."`
	Config string `default:"gateway.toml" help:"The gateway's configuration file."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Help shows examples.
func (GatewayLookUpCommand) Help() string {
	return "Examples:\n  corridor gateway look-up CEDRFRPP\n  corridor gateway look-up CEDRFRPPLYO --type pacs.008.001.08 --json\n\n" +
		"Reads the dated file and the changes that the network pushed, beside a running gateway or without one.\n\n" +
		"Exit status 1: nothing, or nothing of that type, can be sent to it."
}

// lookedUp is the answer.
type lookedUp struct {
	directory.Listing
	Type   corridor.MessageType    `json:"type,omitempty"`
	Why    string                  `json:"why,omitempty"` // why it cannot be sent what was asked for
	Source gateway.DirectoryStatus `json:"directory"`
}

// Run looks up and prints.
func (c GatewayLookUpCommand) Run(ctx context.Context, io streams) error {
	b, err := corridor.ParseBIC(strings.ToUpper(c.BIC))
	if err != nil {
		return wrongUse("look up: %w", err)
	}
	var t corridor.MessageType
	if c.Type != "" {
		if t, err = corridor.ParseMessageType(c.Type); err != nil {
			return wrongUse("look up: --type: %w", err)
		}
	}
	cfg, err := loadGatewayConfig(c.Config)
	if err != nil {
		return wrongUse("look up: %w", err)
	}
	root, err := pki.LoadRoot(filepath.Join(string(cfg.Keys), "network.pem"))
	if err != nil {
		return fmt.Errorf("look up: %w", err)
	}
	known, err := gateway.ReadDirectory(ctx, cfg.gateway(), root)
	if err != nil {
		return fmt.Errorf("look up: %w", err)
	}
	a := lookedUp{Type: t, Source: known.Status()}
	a.Listing, a.Why = known.LookUp(b, t)
	if err := a.print(c.JSON, io); err != nil {
		return err
	}
	if a.Why != "" {
		return answerNo(nil)
	}
	return nil
}

func (a *lookedUp) print(asJSON bool, io streams) error {
	if a.Source.Date == "" && a.Status == "" {
		a.Refusal = "" // without a dated file nothing speaks against a BIC that no change named
	}
	if asJSON {
		return printJSON(io.Out, a)
	}
	w := table(io)
	status := string(a.Status)
	if status == "" {
		status = "not known here"
	}
	if a.From != 0 {
		status += " since " + a.From.String()
	}
	fmt.Fprintf(w, "BIC\t%s, %s\n", strings.TrimSpace(string(a.BIC)+" "+a.Name), status)
	if a.Established != "" {
		fmt.Fprintf(w, "\testablished in %s\n", countryName(a.Established))
	}
	printIf(w, "\tservices", services(a.Services))
	printIf(w, "refused", a.Why)
	fmt.Fprintf(w, "directory\t%s\n", directoryLine(&a.Source))
	return w.Flush()
}

// directoryLine is a gateway's copy of the directory in words.
func directoryLine(s *gateway.DirectoryStatus) string {
	line := fmt.Sprintf("version %d of %s, %d institutions", s.Version, s.Date, s.Institutions)
	if s.Date == "" {
		line = "no dated file"
	}
	line += fmt.Sprintf(", %d changes pushed since", s.Changes)
	if s.Missing != "" {
		line += "; INCOMPLETE: " + s.Missing
	}
	return line
}

// printDirectoryStatus says once how the copy stands that all terminals share.
func printDirectoryStatus(io streams, all []gateway.Status) {
	if len(all) > 0 && all[0].Directory != nil {
		fmt.Fprintf(io.Out, "directory: %s\n", directoryLine(all[0].Directory))
	}
}
