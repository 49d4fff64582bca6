package pki

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// Passphrase is how key files are locked and opened. The zero value opens nothing.
type Passphrase struct {
	text     string
	identity *age.X25519Identity
	open     bool // keys are not encrypted
}

// PassphraseText locks with a passphrase.
func PassphraseText(s string) Passphrase { return Passphrase{text: s} }

// Unencrypted leaves keys unencrypted, for labs and tests only; encrypted keys it does not open.
func Unencrypted() Passphrase { return Passphrase{open: true} }

// PassphraseFile locks with what a file holds: an age identity (AGE-SECRET-KEY-1…, as age-keygen writes it) or else a
// passphrase on its first line. The file's rights are checked like a key's.
func PassphraseFile(path string) (Passphrase, error) {
	b, err := readSecret(path)
	if err != nil {
		return Passphrase{}, err
	}
	for _, line := range strings.Split(string(b), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.HasPrefix(line, "AGE-SECRET-KEY-") {
			return PassphraseText(line), nil
		}
		id, err := age.ParseX25519Identity(line)
		if err != nil {
			return Passphrase{}, fmt.Errorf("key file %s: %w", path, err)
		}
		return Passphrase{identity: id}, nil
	}
	return Passphrase{}, fmt.Errorf("key file %s holds neither a passphrase nor an age identity", path)
}

// NewKeyFile makes the content of a file that locks keys: a fresh age identity. Unlike a passphrase it needs no slow
// derivation, so that a gateway of many terminals starts at once.
func NewKeyFile() ([]byte, Passphrase, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, Passphrase{}, fmt.Errorf("key file: %w", err)
	}
	return []byte("# opens the key files that came with it; whoever has both can act in their name\n" + id.String() + "\n"), Passphrase{identity: id}, nil
}

// readSecret reads a small file that only its owner may read. The rights looked at are those of the file that was opened.
func readSecret(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o177 != 0 {
		return nil, fmt.Errorf("key file %s has mode %04o, others than its owner may use it: chmod 600 %s", path, mode, path)
	}
	return readAtMost(f, path)
}

func readPublic(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAtMost(f, path)
}

func readAtMost(f io.Reader, path string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(f, MaxKeyFile+1))
	if err == nil && len(b) > MaxKeyFile {
		err = fmt.Errorf("%s has more than %d bytes: it is not a key or certificate", path, MaxKeyFile)
	}
	return b, err
}

// WriteNew writes a file that must not exist, durably. A key gets mode 0600.
func WriteNew(path string, b []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a new file's name durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeKey stores a private key.
func writeKey(path string, key ed25519.PrivateKey, lock Passphrase) error {
	text, err := lock.seal(key)
	if err != nil {
		return fmt.Errorf("key %s: %w", path, err)
	}
	return WriteNew(path, text, 0o600)
}

// seal writes the stored form of a key.
func (p Passphrase) seal(key ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if p.open {
		return text, nil
	}
	to, err := p.recipient()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	armored := armor.NewWriter(&out)
	w, err := age.Encrypt(armored, to)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(text)
	err = errors.Join(err, w.Close(), armored.Close())
	return out.Bytes(), err
}

func (p Passphrase) recipient() (age.Recipient, error) {
	if p.identity != nil {
		return p.identity.Recipient(), nil
	}
	if p.text == "" {
		return nil, errNoPassphrase
	}
	r, err := age.NewScryptRecipient(p.text)
	if err == nil {
		r.SetWorkFactor(scryptWork)
	}
	return r, err
}

var errNoPassphrase = errors.New("a key is kept encrypted: give a passphrase or a key file, or say explicitly that keys are unencrypted")

// readKey opens a private key.
func readKey(path string, unlock Passphrase) (ed25519.PrivateKey, error) {
	text, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	key, err := unlock.unseal(text)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

func (p Passphrase) unseal(text []byte) (ed25519.PrivateKey, error) {
	text, err := p.decrypt(text)
	if err != nil {
		return nil, err
	}
	der, err := onePEM(text, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("it is not an Ed25519 key")
	}
	return key, nil
}

func (p Passphrase) decrypt(text []byte) ([]byte, error) {
	encrypted := bytes.HasPrefix(text, []byte(armor.Header))
	switch {
	case !encrypted && p.open:
		return text, nil
	case !encrypted:
		return nil, errors.New("it is not encrypted: allow unencrypted keys explicitly (labs only), or have the authority issue it anew")
	}
	id, err := p.opener()
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(text)), id)
	if err != nil {
		return nil, fmt.Errorf("the passphrase or key file does not open it (%w)", err)
	}
	return io.ReadAll(io.LimitReader(r, MaxKeyFile))
}

func (p Passphrase) opener() (age.Identity, error) {
	if p.identity != nil {
		return p.identity, nil
	}
	if p.text == "" {
		return nil, errNoPassphrase
	}
	id, err := age.NewScryptIdentity(p.text)
	if err == nil {
		id.SetMaxWorkFactor(maxScryptWork)
	}
	return id, err
}
