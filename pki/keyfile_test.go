package pki

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

func TestKeyFileRights(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "member")
	if err := newMember(t, newAuthority(t, "lab.corridor"), "MERIDEFFAXXX").Write(dir, Unencrypted()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, MemberKeyFile("MERIDEFFAXXX"))
	for _, c := range []struct {
		mode os.FileMode
		ok   bool
	}{{0o600, true}, {0o400, true}, {0o640, false}, {0o604, false}, {0o620, false}, {0o700, false}, {0o644, false}} {
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := LoadMemberSigningKey(path, Unencrypted())
		if c.ok && err != nil {
			t.Errorf("mode %04o: %v", c.mode, err)
		} else if !c.ok {
			wantError(t, err, "chmod 600 "+path)
		}
	}
}

func TestKeysAtRest(t *testing.T) {
	dir := t.TempDir()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := func(path string) Passphrase {
		p, err := PassphraseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	locks := map[string]Passphrase{
		"passphrase":         PassphraseText("correct horse"),
		"passphrase-file":    file(write("phrase", "correct horse battery\n")),
		"age-identity":       file(write("identity", "# made by age-keygen\n"+id.String()+"\n")),
		"unencrypted":        Unencrypted(),
		"zero-opens-nothing": {},
	}
	m := newMember(t, newAuthority(t, "lab.corridor"), "MERIDEFFAXXX")
	for name, lock := range locks {
		path := filepath.Join(dir, name+".key")
		err := m.Transport.write(path, lock)
		if name == "zero-opens-nothing" {
			wantError(t, err, "say explicitly that keys are unencrypted")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if open := strings.Contains(string(text), "PRIVATE KEY"); open != (name == "unencrypted") {
			t.Errorf("%s: key in the clear: %v", name, open)
		}
		for other, unlock := range locks {
			start := time.Now()
			_, err := LoadTransport(path, unlock)
			if (err == nil) != (name == other) {
				t.Errorf("locked with %s, opened with %s: %v", name, other, err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("opening took %v: the work factor is too high", took)
			}
		}
	}
	wantErrorOf := func(text, part string) {
		t.Helper()
		path := write("broken", text)
		_, err := PassphraseFile(path)
		wantError(t, err, part)
		os.Remove(path)
	}
	wantErrorOf("\n# only a comment\n", "neither a passphrase nor an age identity")
	wantErrorOf("AGE-SECRET-KEY-1NOTAKEY\n", "key file")
}

func TestKeyAndCertificateBelongTogether(t *testing.T) {
	dir := t.TempDir()
	a := newAuthority(t, "lab.corridor")
	one, two := newMember(t, a, "MERIDEFFAXXX"), newMember(t, a, "MERIDEFFAXXX")
	if err := one.Write(dir+"/one", Unencrypted()); err != nil {
		t.Fatal(err)
	}
	if err := two.Write(dir+"/two", Unencrypted()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir+"/two/transport.pem", dir+"/one/transport.pem"); err != nil {
		t.Fatal(err)
	}
	_, err := LoadTransport(dir+"/one/transport.key", Unencrypted())
	wantError(t, err, "is the certificate of another key")
	_, err = LoadTransport(dir+"/one/"+MemberKeyFile("MERIDEFFAXXX"), Unencrypted())
	wantError(t, err, "has the role member-signing")
	_, err = LoadMemberSigningKey(dir+"/one/"+MemberKeyFile("MERIDEFFBXXX"), Unencrypted())
	wantError(t, err, "no such file")
	wantError(t, one.Write(dir+"/one", Unencrypted()), "file exists")
}

func TestAuthorityOpensAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	a := newAuthority(t, "lab.corridor")
	if err := a.Write(dir, Unencrypted()); err != nil {
		t.Fatal(err)
	}
	again, err := LoadAuthority(dir, Unencrypted())
	if err != nil {
		t.Fatal(err)
	}
	m := newMember(t, again, "MERIDEFFAXXX")
	if _, err := a.Root().Member(m.Signing[0].Certificate.DER, day); err != nil {
		t.Error(err)
	}
	if again.Root().Network() != "lab.corridor" || again.Root().ID() != a.Root().ID() {
		t.Error("another root came back")
	}
}
