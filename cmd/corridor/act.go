package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
)

// officerFlags is how a command that acts is told whose key signs, why, and where the act goes.
type officerFlags struct {
	Key            string `placeholder:"FILE" help:"Your officer's key: officer.key, or the folder that holds it and its certificate."`
	PassphraseFile string `placeholder:"FILE" help:"File with the passphrase or age identity that opens the key; without it the passphrase is asked for."`
	PlainKeys      bool   `help:"The key is not encrypted: for laboratories only."`
	Reason         string `help:"Why, in your words; it stands in the journal."`
	Out            string `placeholder:"FILE" help:"Write the signed act to this file instead of sending it: corridor order submit sends it."`
	adminFlags
}

// adminFlags names the hub that is asked.
type adminFlags struct {
	Admin string `default:"127.0.0.1:7301" placeholder:"HOST:PORT" help:"The hub's admin address; default 127.0.0.1:7301."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// url is the address of one of the hub's pages.
func (f *adminFlags) url(path string) string { return "http://" + f.Admin + path }

// open unlocks the officer's key.
func (f *officerFlags) open(io streams) (*pki.OfficerSigningKey, error) {
	if f.Key == "" {
		return nil, wrongUse("name your officer's key with --key: officer.key, or its folder")
	}
	unlock, err := lockOf(io, f.PassphraseFile, f.PlainKeys, "passphrase of your key", false)
	if err != nil {
		return nil, err
	}
	path := f.Key
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, pki.OfficerKeyFile)
	}
	return pki.LoadOfficerSigningKey(path, unlock)
}

// act signs an act with the officer's key, sends it or writes it, and says what came of it. The network, the institution, the
// reason and the time are filled in.
func (f *officerFlags) act(ctx context.Context, io streams, a entry.Act) error {
	key, err := f.open(io)
	if err != nil {
		return fmt.Errorf("%s: %w", a.Kind, err)
	}
	a.Reason = f.Reason
	signed := signAct(key, a, time.Now())
	if _, err := entry.DecodeAct(signed.Statement); err != nil {
		return wrongUse("%s: %w", a.Kind, err)
	}
	if f.Out != "" {
		return writeActFile(io, f.Out, signed)
	}
	return f.send(ctx, io, signed)
}

// send posts an act and prints where it stands in the journal, or why it does not.
func (f *adminFlags) send(ctx context.Context, io streams, signed entry.Acted) error {
	a, err := entry.DecodeAct(signed.Statement)
	if err != nil {
		return wrongUse("send an act: %w", err)
	}
	answer, err := postAct(ctx, f.Admin, signed)
	if err != nil {
		return fmt.Errorf("%s: %w", a.Kind, err)
	}
	shown := shownAct{Kind: a.Kind, Subject: a.Subject, Officer: officerOf(signed.Certificate), Position: answer.Position, Fault: answer.Fault}
	if !a.Document.IsZero() {
		shown.Document = a.Document.String()
	}
	return shown.print(io, f.JSON)
}

// signAct is an act with its signature and certificate. It fills in the network, the institution and the time.
func signAct(key *pki.OfficerSigningKey, a entry.Act, now time.Time) entry.Acted {
	c := key.Certificate()
	a.Network, a.For, a.SignedAt = c.Network, c.For, uint64(now.UnixMilli())
	statement := a.Append(nil)
	return entry.Acted{Statement: statement, Signature: key.Sign(entry.AppendSignedAct(nil, statement)), Certificate: c.DER}
}

// actAnswer is what a hub answers to an act: where it stands in the journal, and the fault where it was refused.
type actAnswer struct {
	Position string          `json:"position,omitempty"`
	Fault    *corridor.Fault `json:"fault,omitempty"`
}

const (
	actTimeout   = 30 * time.Second // a page is durable long before
	maxActAnswer = 64 << 10
)

// postAct sends an act to a hub. It is an error when no hub answered; a refusal is an answer.
func postAct(ctx context.Context, admin string, a entry.Acted) (actAnswer, error) {
	var answer actAnswer
	status, text, err := post(ctx, "http://"+admin+"/act", "application/x-pem-file", entry.EncodeActFile(a))
	if err != nil {
		return answer, err
	}
	if status != http.StatusOK && status != http.StatusConflict {
		return answer, fmt.Errorf("the hub at %s does not take acts now: %s", admin, strings.TrimSpace(string(text)))
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return answer, fmt.Errorf("%s gives no answer of a hub: %w", admin, err)
	}
	if status == http.StatusConflict && answer.Fault == nil {
		return answer, fmt.Errorf("the hub at %s refuses the act without a fault", admin)
	}
	return answer, nil
}

// post sends a body and returns the answer's status and text.
func post(ctx context.Context, url, kind string, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	q.Header.Set("Content-Type", kind)
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, nil, fmt.Errorf("%w; is the hub running, and is this its admin address?", err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(io.LimitReader(r.Body, maxActAnswer))
	return r.StatusCode, text, err
}

// shownAct is what a command prints of an act.
type shownAct struct {
	Kind     string          `json:"kind"`
	Subject  string          `json:"subject,omitempty"`
	Document string          `json:"document,omitempty"`
	Officer  string          `json:"officer"`
	Position string          `json:"position,omitempty"`
	Fault    *corridor.Fault `json:"fault,omitempty"`
}

// print shows the act; a refused one ends the command with the answer no.
func (s *shownAct) print(io streams, asJSON bool) error {
	if asJSON {
		if err := json.NewEncoder(io.Out).Encode(s); err != nil {
			return err
		}
	}
	switch {
	case s.Fault != nil:
		return answerNo(fmt.Errorf("%s by %s was refused: %w", strings.TrimSpace(s.Kind+" "+s.Subject), s.Officer, s.Fault))
	case !asJSON:
		fmt.Fprintf(io.Out, "%s by %s, in the journal at %s\n", strings.TrimSpace(s.Kind+" "+s.Subject), s.Officer, s.Position)
	}
	return nil
}

// officerOf is the officer that a certificate names; nobody vouches for it here.
func officerOf(der []byte) string {
	c, err := pki.Parse(der)
	if err != nil {
		return "an unknown officer"
	}
	return holder(c)
}

func writeActFile(io streams, path string, a entry.Acted) error {
	if err := pki.WriteNew(path, entry.EncodeActFile(a), 0o600); errors.Is(err, os.ErrExist) {
		return fmt.Errorf("write the act: %w: name another file with --out", err)
	} else if err != nil {
		return fmt.Errorf("write the act: %w", err)
	}
	fmt.Fprintf(io.Out, "wrote %s, signed by %s; send it with: corridor order submit %s\n", path, officerOf(a.Certificate), path)
	return nil
}

// readActFile reads an act that writeActFile wrote.
func readActFile(path string) (entry.Acted, error) {
	text, err := readFileUpTo(path, entry.MaxActFile)
	if err != nil {
		return entry.Acted{}, err
	}
	a, err := entry.DecodeActFile(text)
	if err != nil {
		return a, wrongUse("%s: %w", path, err)
	}
	return a, nil
}
