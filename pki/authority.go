package pki

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"slices"
	"time"

	"corridor.example/corridor"
)

// Authority is the network's certificate authority: the only holder of the root key.
type Authority struct {
	root    *Root
	private ed25519.PrivateKey
}

// CreateAuthority makes a network's root. The clock and the random source come in as values.
func CreateAuthority(network corridor.Network, validity time.Duration, now time.Time, rand io.Reader) (*Authority, error) {
	if _, err := corridor.ParseNetwork(string(network)); err != nil {
		return nil, err
	}
	private, err := newKey(rand)
	if err != nil {
		return nil, err
	}
	t, err := template(names{network: network, role: RoleAuthority}, now, validity, rand)
	if err != nil {
		return nil, err
	}
	t.IsCA, t.BasicConstraintsValid, t.MaxPathLenZero = true, true, true
	t.KeyUsage |= x509.KeyUsageCertSign
	c, err := sign(t, t, private.Public().(ed25519.PublicKey), private)
	if err != nil {
		return nil, err
	}
	root, err := newRoot(c)
	return &Authority{root, private}, err
}

// Root is what the authority gives to everyone.
func (a *Authority) Root() *Root { return a.root }

// Pair is a key with its certificate. A pair made from a member's own request has no private key.
type Pair struct {
	Certificate *Certificate
	private     ed25519.PrivateKey
}

// Issued is what one act of issuing made.
type Issued struct {
	root      *Root
	Transport Pair   // an officer has none
	Signing   []Pair // one for the hub, one per terminal for a member, one for an officer
}

// IssueHub issues the hub's transport and signing certificates. hosts are its host names and addresses, for members
// that want to check them; none are needed.
func (a *Authority) IssueHub(hosts []string, validity time.Duration, now time.Time, rand io.Reader) (*Issued, error) {
	out := &Issued{root: a.root, Signing: make([]Pair, 1)}
	var err error
	if out.Transport, err = a.issue(names{role: RoleHubTransport}, hosts, validity, now, rand); err != nil {
		return nil, err
	}
	out.Signing[0], err = a.issue(names{role: RoleHubSigning}, nil, validity, now, rand)
	return out, err
}

// IssueMember issues one transport certificate for the terminals together and a signing certificate for each.
func (a *Authority) IssueMember(lts []corridor.LT, validity time.Duration, now time.Time, rand io.Reader) (*Issued, error) {
	if err := checkLTs(lts); err != nil {
		return nil, err
	}
	out := &Issued{root: a.root, Signing: make([]Pair, len(lts))}
	var err error
	if out.Transport, err = a.issue(names{role: RoleMemberTransport, lts: lts}, nil, validity, now, rand); err != nil {
		return nil, err
	}
	for i, lt := range lts {
		if out.Signing[i], err = a.issue(names{role: RoleMemberSigning, lts: []corridor.LT{lt}}, nil, validity, now, rand); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func checkLTs(lts []corridor.LT) error {
	if len(lts) == 0 || len(lts) > MaxTerminals {
		return fmt.Errorf("give 1 to %d logical terminals", MaxTerminals)
	}
	for i, lt := range lts {
		if _, err := corridor.ParseLT(string(lt)); err != nil {
			return err
		}
		if slices.Contains(lts[:i], lt) {
			return fmt.Errorf("logical terminal %s is given twice", lt)
		}
	}
	return nil
}

func (a *Authority) issue(n names, hosts []string, validity time.Duration, now time.Time, rand io.Reader) (Pair, error) {
	private, err := newKey(rand)
	if err != nil {
		return Pair{}, err
	}
	c, err := a.certify(private.Public().(ed25519.PublicKey), n, hosts, validity, now, rand)
	return Pair{c, private}, err
}

func (a *Authority) certify(public ed25519.PublicKey, n names, hosts []string, validity time.Duration, now time.Time, rand io.Reader) (*Certificate, error) {
	n.network = a.root.Network()
	t, err := template(n, now, validity, rand)
	if err != nil {
		return nil, err
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	c, err := sign(t, a.root.certificate.x509, public, a.private)
	if err != nil {
		return nil, err
	}
	return c, a.root.vouch(c, now, n.role)
}

// template is what all certificates of a network have in common, and the usages of the role.
func template(n names, now time.Time, validity time.Duration, rand io.Reader) (*x509.Certificate, error) {
	if validity <= 0 {
		return nil, errors.New("a certificate's validity must be positive")
	}
	serial := make([]byte, 16)
	if _, err := io.ReadFull(rand, serial); err != nil {
		return nil, fmt.Errorf("random source: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive, and always of the same length
	t := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      pkix.Name{CommonName: n.common()},
		NotBefore:    now.Add(-Backdate).UTC().Truncate(time.Second),
		NotAfter:     now.Add(validity).UTC().Truncate(time.Second),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		URIs:         n.uris(),
	}
	switch n.role {
	case RoleHubTransport:
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	case RoleMemberTransport:
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	case RoleHubSigning, RoleMemberSigning, RoleOfficer:
		t.UnknownExtKeyUsage = append(t.UnknownExtKeyUsage, documentSigning)
	}
	return t, nil
}

// common is the common name: for people who look at a certificate with other tools; nothing here reads it.
func (n names) common() string {
	switch {
	case n.officer != "" && n.bic != "":
		return n.officer + " " + string(n.bic) + " " + string(n.role)
	case n.officer != "":
		return n.officer + " " + string(n.role)
	case len(n.lts) > 0:
		return string(n.lts[0]) + " " + string(n.role)
	}
	return string(n.network) + " " + string(n.role)
}

func nameURI(network corridor.Network, what, value string) *url.URL {
	return &url.URL{Scheme: "corridor", Host: string(network), Path: "/" + what + "/" + value}
}

func sign(t, parent *x509.Certificate, public ed25519.PublicKey, private ed25519.PrivateKey) (*Certificate, error) {
	der, err := x509.CreateCertificate(nil, t, parent, public, private)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return Parse(der)
}

func newKey(rand io.Reader) (ed25519.PrivateKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, fmt.Errorf("random source: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// Revoke signs a revocation and returns its file form.
func (a *Authority) Revoke(c *Certificate, reason string, now time.Time) ([]byte, error) {
	if len(reason) == 0 || len(reason) > MaxReason {
		return nil, fmt.Errorf("give a reason of 1 to %d characters", MaxReason)
	}
	if err := a.root.vouch(c, c.NotBefore, c.Role); err != nil {
		return nil, err
	}
	if c.Role == RoleAuthority {
		return nil, errors.New("the root itself cannot be revoked: start a new network and issue anew")
	}
	v := Revocation{Network: a.root.Network(), Key: c.ID, Reason: reason, At: now}
	if len(c.LTs) > 0 {
		v.LT = c.LTs[0]
	}
	body := v.append(nil)
	body = append(body, ed25519.Sign(a.private, append([]byte(domainRevocation), body...))...)
	return encodeRevocation(body), nil
}
