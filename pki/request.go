package pki

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"corridor.example/corridor"
)

// RequestFile is the name of a member's request in the folder of its keys.
const RequestFile = "request.pem"

const requestPEM = "CERTIFICATE REQUEST"

// Request is a member's or an officer's own keys and what they ask the authority to certify: the private keys never leave
// their owner.
type Request struct {
	root  *Root
	keys  []ed25519.PrivateKey
	files []string // a key's name in the folder
	text  []byte
}

// NewRequest makes a transport key for the terminals together and a signing key for each, and the request for their certificates:
// PKCS #10 in PEM, one block a key, transport first.
func NewRequest(root *Root, lts []corridor.LT, rand io.Reader) (*Request, error) {
	if err := checkLTs(lts); err != nil {
		return nil, err
	}
	r := &Request{root: root}
	if err := r.add(TransportKeyFile, names{role: RoleMemberTransport, lts: lts}, rand); err != nil {
		return nil, err
	}
	for _, lt := range lts {
		if err := r.add(MemberKeyFile(lt), names{role: RoleMemberSigning, lts: []corridor.LT{lt}}, rand); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// NewOfficerRequest makes an officer's signing key and the request for its certificate: one block.
func NewOfficerRequest(root *Root, of corridor.BIC, name string, rand io.Reader) (*Request, error) {
	if err := checkOfficer(name, of); err != nil {
		return nil, err
	}
	r := &Request{root: root}
	return r, r.add(OfficerKeyFile, names{role: RoleOfficer, officer: name, bic: of}, rand)
}

func (r *Request) add(file string, n names, rand io.Reader) error {
	n.network = r.root.Network()
	key, err := newKey(rand)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{URIs: n.uris()}, key)
	if err != nil {
		return fmt.Errorf("request: %w", err)
	}
	r.keys, r.files = append(r.keys, key), append(r.files, file)
	r.text = append(r.text, pem.EncodeToMemory(&pem.Block{Type: requestPEM, Bytes: der})...)
	return nil
}

// Text is the request's file form. Member and operator compare its digest by voice.
func (r *Request) Text() []byte { return bytes.Clone(r.text) }

// Write makes the owner's folder: root certificate, locked keys, and the request. The certificates come later.
func (r *Request) Write(dir string, lock Passphrase) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	errs := []error{WriteNew(filepath.Join(dir, RootFile), r.root.PEM(), 0o644)}
	for i, key := range r.keys {
		errs = append(errs, writeKey(filepath.Join(dir, r.files[i]), key, lock))
	}
	return errors.Join(append(errs, WriteNew(filepath.Join(dir, RequestFile), r.text, 0o644))...)
}

// IssueRequest issues the certificates that a member or an officer asked for, each valid for as long as its role's validity says. Who asked is
// for the operator to have checked.
func (a *Authority) IssueRequest(text []byte, validity func(Role) time.Duration, now time.Time, rand io.Reader) (*Issued, error) {
	wanted, err := a.readRequest(text)
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	out := &Issued{root: a.root}
	for _, w := range wanted {
		c, err := a.certify(w.public, w.names, nil, validity(w.role), now, rand)
		if err != nil {
			return nil, err
		}
		if w.role == RoleMemberTransport {
			out.Transport = Pair{Certificate: c}
		} else {
			out.Signing = append(out.Signing, Pair{Certificate: c})
		}
	}
	return out, nil
}

type wanted struct {
	names
	public ed25519.PublicKey
}

// readRequest takes what NewRequest writes: one transport key, and a signing key for each of its terminals in their order; or what
// NewOfficerRequest does: one officer's key.
func (a *Authority) readRequest(text []byte) ([]wanted, error) {
	var all []wanted
	if len(text) > MaxRequest {
		return nil, fmt.Errorf("it has %d bytes, the limit is %d", len(text), MaxRequest)
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		w, err := a.readOne(block)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	if len(all) == 1 && all[0].role == RoleOfficer {
		return all, checkOfficer(all[0].officer, all[0].bic)
	}
	if len(all) == 0 || all[0].role != RoleMemberTransport || len(all) != 1+len(all[0].lts) {
		return nil, errors.New("it must ask for one transport certificate and then one signing certificate for each of its terminals, or for one officer's")
	}
	for i, w := range all[1:] {
		if w.role != RoleMemberSigning || len(w.lts) != 1 || w.lts[0] != all[0].lts[i] {
			return nil, fmt.Errorf("its signing key %d is not for %s alone", i+1, all[0].lts[i])
		}
		if w.public.Equal(all[0].public) {
			return nil, errors.New("it asks for one key in two roles: each role has a key of its own")
		}
	}
	return all, checkLTs(all[0].lts)
}

func (a *Authority) readOne(block *pem.Block) (wanted, error) {
	if block.Type != requestPEM {
		return wanted{}, fmt.Errorf("it holds a PEM block %q: give the file %s alone", block.Type, RequestFile)
	}
	q, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return wanted{}, err
	}
	public, ok := q.PublicKey.(ed25519.PublicKey)
	if !ok || checkPublic(public) != nil || !Verify(public, q.RawTBSCertificateRequest, q.Signature) {
		return wanted{}, errors.New("it is not signed by the Ed25519 key that it asks a certificate for")
	}
	n, err := readURIs(q.URIs)
	if err != nil {
		return wanted{}, err
	}
	if n.network != a.root.Network() {
		return wanted{}, fmt.Errorf("it is for the network %s, this authority is that of %s", n.network, a.root.Network())
	}
	return wanted{n, public}, nil
}

// uris are the names as a certificate or a request carries them.
func (n names) uris() []*url.URL {
	all := []*url.URL{nameURI(n.network, "role", string(n.role))}
	for _, lt := range n.lts {
		all = append(all, nameURI(n.network, "lt", string(lt)))
	}
	if n.officer != "" {
		all = append(all, nameURI(n.network, "officer", n.officer))
	}
	if n.bic != "" {
		all = append(all, nameURI(n.network, "bic", string(n.bic)))
	}
	return all
}
