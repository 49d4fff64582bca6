package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/gateway"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
	"corridor.example/corridor/rma"
)

// SendCommand sends messages through a gateway's outgoing folders.
type SendCommand struct {
	Files   []string      `arg:"" name:"file" help:"FIN or ISO 20022 messages, or acts about authorisations, one a file."`
	Config  string        `default:"gateway.toml" help:"The gateway's configuration file."`
	LT      string        `name:"lt" help:"The terminal that sends; else the one that the message names."`
	Wait    bool          `help:"Wait for the network's answers. Where no gateway runs, this command runs one until then."`
	Timeout time.Duration `default:"1m" help:"How long to wait."`
	JSON    bool          `name:"json" help:"Print one JSON object a file."`
}

// Help shows an example and says what the exit status means.
func (SendCommand) Help() string {
	return "Example:\n  corridor send --wait pay1.fin pay2.xml\n\nExit status 0: sent, with --wait accepted by the network. 1: a message was refused. 3: not sent, or no answer in time; it stays with the gateway."
}

// posted is one file on its way.
type posted struct {
	File    string        `json:"file"`
	LT      corridor.LT   `json:"lt"`
	Status  string        `json:"status"` // queued, waiting, accepted, refused, refused-here
	Sent    *gateway.Sent `json:"message,omitempty"`
	Answer  string        `json:"answer,omitempty"`  // path of .ack or .nak
	Receipt string        `json:"receipt,omitempty"` // path
	Note    string        `json:"note,omitempty"`    // why it was refused here
	label   string
	folder  string
}

// Run puts the files into the outgoing folders and, with --wait, waits for the answers.
func (c SendCommand) Run(ctx context.Context, io streams) error {
	messages := make([]sendable, len(c.Files))
	for i, name := range c.Files {
		content, err := readAtMost(name, corridor.MaxPayload)
		if err != nil {
			return fmt.Errorf("send %s: %w", name, err)
		}
		messages[i] = sendable{name, content}
	}
	return c.run(ctx, io, messages)
}

// sendable is a message and the name under which its file is known.
type sendable struct {
	name    string
	content []byte
}

func (c SendCommand) run(ctx context.Context, io streams, messages []sendable) error {
	cfg, err := loadGatewayConfig(c.Config)
	if err != nil {
		return wrongUse("send: %w", err)
	}
	all := make([]*posted, len(messages))
	for i, m := range messages {
		if all[i], err = c.post(cfg, m.name, m.content); err != nil {
			return fmt.Errorf("send %s: %w", m.name, err)
		}
	}
	up, err := allRunning(cfg, all)
	switch {
	case err != nil:
		return fmt.Errorf("send: %w", err)
	case c.Wait:
		err = c.await(ctx, cfg, all, up, io)
	case !up:
		fmt.Fprintln(io.Err, "no gateway is running: the messages go when one is started, see corridor gateway run; or use --wait")
	}
	return errors.Join(err, c.report(io.Out, all))
}

// post puts one message into the outgoing folder of its terminal as a back office does: whole, by renaming.
func (c SendCommand) post(cfg *gatewayConfig, name string, content []byte) (*posted, error) {
	t, err := cfg.terminalFor(c.LT, content)
	if err != nil {
		return nil, err
	}
	ext := gateway.Extension(content)
	var b [4]byte
	rand.Read(b[:])
	base := filepath.Base(name)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	base = base[:min(len(base), 120)] // leaves room for what makes the name unique
	p := &posted{File: name, LT: corridor.LT(t.LT), Status: "queued", folder: string(t.Outgoing), label: gateway.Label(base) + "-" + hex.EncodeToString(b[:])}
	if err := os.MkdirAll(p.folder, 0o770); err != nil {
		return nil, err
	}
	to := filepath.Join(p.folder, p.label+ext)
	if err := os.WriteFile(to+".tmp", content, 0o660); err != nil {
		return nil, err
	}
	return p, os.Rename(to+".tmp", to)
}

// readAtMost reads a message that is not longer than the limit.
func readAtMost(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		return nil, fmt.Errorf("it is longer than %d bytes, the limit of a message", most)
	}
	return b, err
}

// terminalFor is the terminal that a message names as its sender, or the one that is asked for.
func (c *gatewayConfig) terminalFor(asked string, message []byte) (*terminalConfig, error) {
	sender := asked
	if asked == "" {
		sender = senderOf(message)
	}
	for i := range c.Terminals {
		if t := &c.Terminals[i]; t.LT == sender || len(sender) == 8 && strings.HasPrefix(t.LT, sender) {
			return t, nil
		}
	}
	if asked == "" && len(c.Terminals) == 1 {
		return &c.Terminals[0], nil // its gateway says what is wrong with the message
	}
	return nil, fmt.Errorf("its sender is %q, and this gateway has no such terminal: name one with --lt", sender)
}

// senderOf is the LT or BIC8 that a message names as its sender, or nothing.
func senderOf(message []byte) string {
	if r, fault := mt.ReadRoute(message); fault == nil {
		return string(r.Sender)
	}
	if r, fault := mx.ReadRoute(message); fault == nil {
		return string(r.From.BIC8())
	}
	if _, a, fault := rma.ReadMessage(message); fault == nil {
		return string(a.For)
	}
	return ""
}

func allRunning(cfg *gatewayConfig, all []*posted) (bool, error) {
	for _, p := range all {
		up, err := gateway.Running(string(cfg.Store), p.LT)
		if err != nil || !up {
			return false, err
		}
	}
	return true, nil
}

// await waits until every message is answered, running a gateway meanwhile where none runs.
func (c SendCommand) await(ctx context.Context, cfg *gatewayConfig, all []*posted, up bool, io streams) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	ended := make(chan error, 1)
	if !up {
		stop, err := runBeside(ctx, cfg, io, ended)
		switch {
		case errors.Is(err, gateway.ErrHeld): // one was just starting: it does the work
		case err != nil:
			return err
		default:
			defer stop()
		}
	}
	for {
		open, err := lookAtAll(ctx, cfg, all)
		if err != nil || open == 0 {
			return err
		}
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return fmt.Errorf("no answer within %v for %d of %d messages: they stay with the gateway and are sent; see corridor gateway status", c.Timeout, open, len(all))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// runBeside runs the gateway in this process.
func runBeside(ctx context.Context, cfg *gatewayConfig, io streams, ended chan<- error) (stop func(), err error) {
	member, err := cfg.member()
	if err != nil {
		return nil, err
	}
	g, err := cfg.openGateway(member, slog.New(slog.NewTextHandler(io.Err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return nil, err
	}
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := g.Run(inner); err != nil {
			ended <- err
		}
	}()
	return func() {
		cancel()
		<-done
		g.Close()
	}, nil
}

// lookAtAll reads how far each message is and counts those that are not at their end.
func lookAtAll(ctx context.Context, cfg *gatewayConfig, all []*posted) (open int, err error) {
	for _, p := range all {
		if p.Receipt == "" && p.Status != "refused-here" {
			if err := p.look(ctx, cfg); err != nil {
				return open, err
			}
		}
		if p.Receipt == "" && p.Status != "refused-here" {
			open++
		}
	}
	return open, nil
}

func (p *posted) look(ctx context.Context, cfg *gatewayConfig) error {
	if nak := filepath.Join(p.folder, "refused", p.label+".nak"); fileExists(nak) {
		p.Status, p.Answer, p.Note = "refused-here", nak, noteOf(nak)
		return nil
	}
	i, err := gateway.Inspect(string(cfg.Store), gateway.TerminalConfig{LT: p.LT})
	if err != nil {
		return nil // the gateway is just making it
	}
	defer i.Close()
	s, found, err := i.Sent(ctx, p.label)
	if err != nil || !found {
		return err
	}
	p.Sent, p.Status = &s, s.Status
	if s.Filed {
		base := filepath.Join(p.folder, "sent", p.label)
		p.Receipt, p.Answer = base+".receipt", base+".ack"
		if s.Fault != nil {
			p.Answer = base + ".nak"
		}
	}
	return nil
}

// noteOf is why a message was refused here, as far as its answer says it in words.
func noteOf(nak string) string {
	if text, err := readFileUpTo(strings.TrimSuffix(nak, ".nak")+".txt", maxNote); err == nil {
		return strings.TrimSpace(string(text))
	}
	text, err := readFileUpTo(nak, maxNote)
	var a gateway.Answer
	if err != nil || json.Unmarshal(text, &a) != nil || a.Fault == nil {
		return ""
	}
	return a.Fault.Text
}

// maxNote bounds a note and a JSON answer: a fault's text with the facts of one message. A FIN answer, which has no words, may be longer.
const maxNote = 64 << 10

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// report prints what became of the messages; a refusal makes the answer no.
func (c SendCommand) report(out io.Writer, all []*posted) error {
	var no error
	for _, p := range all {
		if c.JSON {
			json.NewEncoder(out).Encode(p)
		} else {
			fmt.Fprintln(out, p.line())
		}
		if strings.HasPrefix(p.Status, "refused") {
			no = answerNo(nil)
		}
	}
	return no
}

func (p *posted) line() string {
	line := p.File + ": " + p.Status
	if p.Sent != nil {
		line += fmt.Sprintf(", number %d, %s to %s", p.Sent.Number, p.Sent.Type, p.Sent.Receiver)
		if p.Sent.Fault != nil {
			line += ", " + p.Sent.Fault.Error()
		}
		if p.Sent.Directory != "" {
			line += "\n  note    " + p.Sent.Directory
		}
	}
	if p.Note != "" {
		line += "\n  note    " + p.Note
	}
	if p.Answer != "" {
		line += "\n  answer  " + p.Answer
	}
	if p.Receipt != "" {
		line += "\n  receipt " + p.Receipt
	}
	return line
}
