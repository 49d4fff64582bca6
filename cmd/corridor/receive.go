package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/gateway"
)

// ReceiveCommand lists what a gateway has received. It reads beside a running gateway and changes nothing.
type ReceiveCommand struct {
	Config string `default:"gateway.toml" help:"The gateway's configuration file."`
	LT     string `name:"lt" help:"Only this terminal."`
	After  uint64 `help:"Only messages above this output sequence number."`
	Follow bool   `help:"Go on listing what comes, until interrupted."`
	JSON   bool   `name:"json" help:"Print one JSON object a message."`
}

// Help shows an example.
func (ReceiveCommand) Help() string { return "Example:\n  corridor receive --follow --json" }

// Run lists the messages of each terminal in the order of their numbers.
func (c ReceiveCommand) Run(ctx context.Context, io streams) error {
	cfg, err := loadGatewayConfig(c.Config)
	if err != nil {
		return wrongUse("receive: %w", err)
	}
	last := map[corridor.LT]corridor.OSN{}
	for _, t := range cfg.gateway().Terminals {
		if c.LT == "" || c.LT == string(t.LT) {
			last[t.LT] = corridor.OSN(c.After)
		}
	}
	if len(last) == 0 {
		return wrongUse("receive: this gateway has no terminal %s", c.LT)
	}
	for {
		for _, t := range cfg.gateway().Terminals {
			if _, ok := last[t.LT]; ok {
				if last[t.LT], err = c.list(ctx, cfg, t, last[t.LT], io.Out); err != nil {
					return fmt.Errorf("receive: %w", err)
				}
			}
		}
		if !c.Follow {
			return nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil
		}
	}
}

// list prints what is above a number and returns the highest.
func (c ReceiveCommand) list(ctx context.Context, cfg *gatewayConfig, t gateway.TerminalConfig, after corridor.OSN, out io.Writer) (corridor.OSN, error) {
	i, err := gateway.Inspect(string(cfg.Store), t)
	if err != nil {
		if c.Follow {
			return after, nil // a gateway that starts later makes it
		}
		return after, err
	}
	defer i.Close()
	for {
		batch, err := i.Received(ctx, after)
		if err != nil || len(batch) == 0 {
			return after, err
		}
		for n := range batch {
			if err := c.print(out, &batch[n]); err != nil {
				return after, err
			}
		}
		after = batch[len(batch)-1].OSN
	}
}

func (c ReceiveCommand) print(out io.Writer, m *gateway.Received) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(m)
	}
	note := ""
	if m.Duplicate {
		note = "  possible duplicate"
	}
	_, err := fmt.Fprintf(out, "%s  %s %06d  from %s  %-16s %-16s %s %s%s\n", time.UnixMilli(m.At).UTC().Format(time.DateTime), m.LT, m.OSN, m.Sender, m.Type,
		m.Reference, m.Status, m.File, note)
	return err
}
