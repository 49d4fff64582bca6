package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor/pki"
)

// mustRun runs a command line that must succeed.
func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	status, out, errs := command(args...)
	if status != 0 {
		t.Fatalf("corridor %s: exit status %d\n%s%s", strings.Join(args, " "), status, out, errs)
	}
	return out
}

// wantRefusal runs a command line that must end with the status and say why.
func wantRefusal(t *testing.T, status int, part string, args ...string) {
	t.Helper()
	got, out, errs := command(args...)
	if got != status || !strings.Contains(out+errs, part) {
		t.Errorf("corridor %s: exit status %d, want %d and %q in:\n%s%s", strings.Join(args, " "), got, status, part, out, errs)
	}
}

func writeSecret(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The way of a network's keys: made, issued, listed, revoked, with everything encrypted.
func TestCA(t *testing.T) {
	t.Chdir(t.TempDir())
	text, authority, err := pki.NewKeyFile()
	if err != nil {
		t.Fatal(err)
	}
	writeSecret(t, "secret", string(text))
	mustRun(t, "ca", "init", "--network", "pay.example", "--passphrase-file", "secret")
	mustRun(t, "ca", "issue", "--hub", "--host", "hub.pay.example")
	mustRun(t, "ca", "issue", "MERIDEFFAXXX", "MERIDEFFBXXX", "--out", "meridian")
	for bundle, load := range map[string]func(pki.Passphrase) error{
		"hub-keys": func(p pki.Passphrase) error { _, err := pki.LoadHub("hub-keys", p, time.Now()); return err },
		"meridian": func(p pki.Passphrase) error { _, err := pki.LoadMember("meridian", p, time.Now()); return err },
	} {
		lock, err := pki.PassphraseFile(bundle + ".passphrase")
		if err != nil {
			t.Fatal(err)
		}
		if err := load(lock); err != nil {
			t.Error(bundle, err)
		}
		if load(authority) == nil {
			t.Errorf("%s: opened by what opens the authority's key", bundle)
		}
	}
	for _, f := range []string{"ca/authority.key", "ca/ca.toml", "meridian/transport.key", "meridian.passphrase"} {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f, info.Mode(), err)
		}
	}
	revokeAndList(t)
	wantRefusal(t, 3, "ca exists", "ca", "issue", "NORDSESSAXXX", "--out", "ca")
	wantRefusal(t, 3, "authority.key: file exists", "ca", "init", "--network", "pay.example", "--passphrase-file", "secret")
}

func revokeAndList(t *testing.T) {
	t.Helper()
	out := mustRun(t, "ca", "revoke", "MERIDEFFBXXX", "--reason", "key lost", "--out", "statements")
	files, _ := filepath.Glob("statements/*.revocation")
	if len(files) != 2 || strings.Count(out, "wrote ") != 2 {
		t.Fatalf("revoked are the transport and the signing certificate, got %v\n%s", files, out)
	}
	root, err := pki.LoadRoot("ca/network.pem")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		statement, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := root.Revocation(statement); err != nil || v.Reason != "key lost" {
			t.Errorf("%+v, %v", v, err)
		}
	}
	var all []struct {
		Serial, Role, State string
		Terminals           []string
		Revoked             *struct{ Reason string }
	}
	if err := json.Unmarshal([]byte(mustRun(t, "ca", "list", "--json")), &all); err != nil {
		t.Fatal(err)
	}
	states := map[string]int{}
	for _, i := range all {
		states[i.State]++
		if (i.Revoked != nil) != (i.State == "revoked") {
			t.Errorf("%+v", i)
		}
	}
	if states["revoked"] != 2 || states["valid"] != 3 {
		t.Errorf("states %v", states)
	}
	if lines := mustRun(t, "ca", "list"); strings.Count(lines, ": key lost") != 2 {
		t.Errorf("list:\n%s", lines)
	}
	again := mustRun(t, "ca", "revoke", all[0].Serial, "--reason", "said once more", "--out", "more")
	if !regexp.MustCompile(`more/[0-9a-f]{32}\.revocation`).MatchString(again) {
		t.Errorf("by serial number:\n%s", again)
	}
	mustRun(t, "ca", "revoke", "meridian/signing-MERIDEFFAXXX.pem", "--reason", "closed", "--out", "more")
	wantRefusal(t, 3, "neither a terminal, officer or serial number", "ca", "revoke", "MERIDEFFBXXX", "--reason", "again")
}

// A member that makes its own keys shows them to nobody.
func TestCARequest(t *testing.T) {
	t.Chdir(t.TempDir())
	mustRun(t, "ca", "init", "--network", "pay.example", "--plain-keys")
	text, _, err := pki.NewKeyFile()
	if err != nil {
		t.Fatal(err)
	}
	writeSecret(t, "mine", string(text))
	asked := mustRun(t, "ca", "request", "MERIDEFFAXXX", "--root", "ca/network.pem", "--out", "keys", "--passphrase-file", "mine")
	given := mustRun(t, "ca", "issue", "--request", "keys/request.pem", "--out", "certificates")
	digest := regexp.MustCompile(`[0-9a-f]{64}`)
	if d := digest.FindString(asked); d == "" || d != digest.FindString(given) {
		t.Errorf("member and operator see other digests:\n%s\n%s", asked, given)
	}
	if keys, _ := filepath.Glob("certificates/*.key"); len(keys) != 0 {
		t.Errorf("the operator has keys: %v", keys)
	}
	for _, name := range []string{"transport.pem", "signing-MERIDEFFAXXX.pem"} {
		if err := os.Rename("certificates/"+name, "keys/"+name); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := pki.PassphraseFile("mine")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pki.LoadMember("keys", lock, time.Now()); err != nil {
		t.Error(err)
	}
}

func TestCAWrongUse(t *testing.T) {
	t.Chdir(t.TempDir())
	writeSecret(t, "secret", "seven green lamps\n")
	wantRefusal(t, 2, "network name", "ca", "init", "--network", "Not A Name", "--plain-keys")
	wantRefusal(t, 3, "no terminal to ask on", "ca", "init", "--network", "pay.example")
	wantRefusal(t, 2, "corridor ca init", "ca", "issue", "--hub")
	mustRun(t, "ca", "init", "--network", "pay.example", "--passphrase-file", "secret")
	wantRefusal(t, 2, "one of terminals, --hub, --request and --officer", "ca", "issue")
	wantRefusal(t, 2, "one of terminals, --hub, --request and --officer", "ca", "issue", "--hub", "MERIDEFFAXXX")
	wantRefusal(t, 3, "has 8 characters", "ca", "issue", "MERIDEFF")
	if left, _ := filepath.Glob("MERIDEFF*"); len(left) != 0 {
		t.Errorf("a refused issue leaves %v", left)
	}
	if err := os.Chmod("secret", 0o644); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, 3, "chmod 600 ", "ca", "issue", "MERIDEFFAXXX", "--out", "one")
	writeSecret(t, "other", "not the passphrase")
	t.Setenv("CORRIDOR_CA_PASSPHRASE_FILE", filepath.Join(mustGetwd(t), "other"))
	wantRefusal(t, 3, "does not open it", "ca", "issue", "MERIDEFFAXXX", "--out", "two")
	t.Setenv("CORRIDOR_CA_MEMBER_DAYS", "0")
	wantRefusal(t, 2, "member_days", "ca", "issue", "MERIDEFFAXXX", "--out", "three")
}

// What ends within a month is pointed out, and nothing asks for the keys to list it.
func TestCAListShowsWhatEndsSoon(t *testing.T) {
	t.Chdir(t.TempDir())
	mustRun(t, "ca", "init", "--network", "pay.example", "--plain-keys")
	t.Setenv("CORRIDOR_CA_MEMBER_DAYS", "20")
	mustRun(t, "ca", "issue", "MERIDEFFAXXX")
	if err := os.Remove("ca/authority.key"); err != nil {
		t.Fatal(err)
	}
	if out := mustRun(t, "ca", "list"); strings.Count(out, "valid, 19 days left: issue anew") != 2 {
		t.Error(out)
	}
}

func mustGetwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
