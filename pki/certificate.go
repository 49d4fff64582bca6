package pki

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"filippo.io/edwards25519"
)

// Role is what a certificate's key may do; a certificate has exactly one.
type Role string

// The roles.
const (
	RoleAuthority       Role = "authority"
	RoleHubSigning      Role = "hub-signing"
	RoleHubTransport    Role = "hub-transport"
	RoleMemberSigning   Role = "member-signing"
	RoleMemberTransport Role = "member-transport"
	RoleOfficer         Role = "officer"
)

// documentSigning (RFC 9336) is the extended key usage of the signing roles: with it no TLS program takes them.
var documentSigning = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}

// names is what a certificate's URIs say.
type names struct {
	network corridor.Network
	role    Role
	lts     []corridor.LT
	officer string
	bic     corridor.BIC
}

// Certificate is a certificate of a network as it was parsed; what it says is trusted only as far as where it came from.
type Certificate struct {
	Network   corridor.Network
	Role      Role
	LTs       []corridor.LT // the terminals, for the member roles
	Officer   string        // the officer's name, for the role officer
	For       corridor.BIC  // BIC8 of the institution an officer acts for; empty for the network's own
	ID        corridor.Digest
	Serial    string // hexadecimal
	NotBefore time.Time
	NotAfter  time.Time
	DER       []byte

	x509   *x509.Certificate
	public ed25519.PublicKey
}

// MemberCertificate is a member's signing certificate that a root vouches for.
type MemberCertificate struct {
	LT        corridor.LT
	Public    ed25519.PublicKey
	ID        corridor.Digest
	DER       []byte
	NotBefore time.Time
	NotAfter  time.Time
}

// HubCertificate is the hub's page-signing certificate that a root vouches for.
type HubCertificate struct {
	Network   corridor.Network
	Public    ed25519.PublicKey
	ID        corridor.Digest
	DER       []byte
	NotBefore time.Time
	NotAfter  time.Time
}

// Parse reads a certificate of any role. It checks its form, not who signed it.
func Parse(der []byte) (*Certificate, error) {
	if len(der) > MaxCertificate {
		return nil, fmt.Errorf("certificate has %d bytes, the limit is %d", len(der), MaxCertificate)
	}
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return fromX509(x)
}

func fromX509(x *x509.Certificate) (*Certificate, error) {
	if len(x.Raw) > MaxCertificate { // one that came with a handshake was not measured before
		return nil, fmt.Errorf("certificate has %d bytes, the limit is %d", len(x.Raw), MaxCertificate)
	}
	public, err := publicKey(x)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	n, err := readNames(x)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return &Certificate{
		Network: n.network, Role: n.role, LTs: n.lts, Officer: n.officer, For: n.bic, ID: KeyID(x.Raw), Serial: fmt.Sprintf("%032x", x.SerialNumber),
		NotBefore: x.NotBefore, NotAfter: x.NotAfter, DER: x.Raw, x509: x, public: public,
	}, nil
}

// publicKey checks what X.509 leaves open: Ed25519 only, one encoding of the whole (else a revoked certificate could
// come back under another KeyID), and a key that is not of small order (else anyone could sign for it).
func publicKey(x *x509.Certificate) (ed25519.PublicKey, error) {
	public, ok := x.PublicKey.(ed25519.PublicKey)
	if !ok || x.SignatureAlgorithm != x509.PureEd25519 {
		return nil, errors.New("only Ed25519 keys and signatures are used here")
	}
	if !bytes.Equal(x.Raw, encodeCertificate(x.RawTBSCertificate, x.Signature)) {
		return nil, errors.New("its DER encoding is not the canonical one")
	}
	if len(x.UnhandledCriticalExtensions) != 0 {
		return nil, errors.New("it has a critical extension that is not known here")
	}
	return public, checkPublic(public)
}

// checkPublic refuses keys that a holder of a private key cannot have made.
func checkPublic(public ed25519.PublicKey) error {
	p, err := new(edwards25519.Point).SetBytes(public)
	if err != nil || !bytes.Equal(p.Bytes(), public) {
		return errors.New("its public key is not a canonical point of the curve")
	}
	if new(edwards25519.Point).MultByCofactor(p).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return errors.New("its public key is a point of small order: anyone could sign for it")
	}
	return nil
}

// encodeCertificate writes the only DER form of an Ed25519 certificate with the given content.
func encodeCertificate(tbs, signature []byte) []byte {
	body := append(bytes.Clone(tbs), 0x30, 5, 6, 3, 0x2b, 0x65, 0x70) // SEQUENCE { OID 1.3.101.112 }
	body = append(body, 3, byte(len(signature)+1), 0)                 // BIT STRING, no unused bits
	body = append(body, signature...)
	out := []byte{0x30}
	switch n := len(body); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	default:
		out = append(out, 0x82, byte(n>>8), byte(n))
	}
	return append(out, body...)
}

func readNames(x *x509.Certificate) (names, error) {
	n, err := readURIs(x.URIs)
	if err != nil {
		return n, err
	}
	return n, n.check(x)
}

// readURIs reads corridor://NETWORK/role/ROLE once, corridor://NETWORK/lt/LT for each terminal, and for an officer
// corridor://NETWORK/officer/NAME and, where it is a member's, corridor://NETWORK/bic/BIC8.
func readURIs(uris []*url.URL) (names, error) {
	var n names
	for _, u := range uris {
		what, value, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
		network, err := corridor.ParseNetwork(u.Host)
		if err != nil || u.String() != uri(network, what, value) || n.network != "" && n.network != network {
			return n, fmt.Errorf("the name %s is not of the form corridor://NETWORK/role/ROLE (or lt/TERMINAL, officer/NAME, bic/BIC8) of one network", u)
		}
		n.network = network
		if err := n.take(what, value); err != nil {
			return n, err
		}
	}
	return n, nil
}

func uri(n corridor.Network, what, value string) string {
	return "corridor://" + string(n) + "/" + what + "/" + value
}

func (n *names) take(what, value string) error {
	switch {
	case what == "role" && n.role == "":
		n.role = Role(value)
		return nil
	case what == "lt" && len(n.lts) < MaxTerminals:
		lt, err := corridor.ParseLT(value)
		n.lts = append(n.lts, lt)
		return err
	case what == "officer" && n.officer == "":
		n.officer = value
		return checkOfficer(value, "")
	case what == "bic" && n.bic == "" && value != "":
		n.bic = corridor.BIC(value)
		return checkBIC8(n.bic)
	}
	return fmt.Errorf("it has a second role, officer or BIC, more than %d terminals, or a name of an unknown kind %q", MaxTerminals, what)
}

// check holds the role against what X.509 itself says, so that no other program takes a key for another role either.
func (n *names) check(x *x509.Certificate) error {
	client, server, signing := false, false, false
	for _, u := range x.ExtKeyUsage {
		client = client || u == x509.ExtKeyUsageClientAuth
		server = server || u == x509.ExtKeyUsageServerAuth
	}
	for _, o := range x.UnknownExtKeyUsage {
		signing = signing || o.Equal(documentSigning)
	}
	usages := len(x.ExtKeyUsage) + len(x.UnknownExtKeyUsage)
	ok := false
	switch n.role {
	case RoleAuthority:
		ok = x.IsCA && x.KeyUsage == x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature && usages == 0 && len(n.lts) == 0
	case RoleHubSigning:
		ok = !x.IsCA && signing && usages == 1 && len(n.lts) == 0
	case RoleMemberSigning:
		ok = !x.IsCA && signing && usages == 1 && len(n.lts) == 1
	case RoleHubTransport:
		ok = !x.IsCA && client && server && usages == 2 && len(n.lts) == 0
	case RoleMemberTransport:
		ok = !x.IsCA && client && usages == 1 && len(n.lts) > 0
	case RoleOfficer:
		ok = !x.IsCA && signing && usages == 1 && len(n.lts) == 0
	}
	if (n.role == RoleOfficer) != (n.officer != "") || n.bic != "" && n.officer == "" {
		return fmt.Errorf("its role %q does not go with its officer %q and BIC %q", n.role, n.officer, n.bic)
	}
	if !ok || n.role != RoleAuthority && x.KeyUsage != x509.KeyUsageDigitalSignature {
		return fmt.Errorf("its role %q does not go with its key usages and terminals", n.role)
	}
	return nil
}

// Root is a network's root certificate: what every verifier holds and trusts.
type Root struct {
	certificate *Certificate
	pem         []byte
	pool        *x509.CertPool
}

// ParseRoot reads network.pem: one PEM block with the root certificate.
func ParseRoot(text []byte) (*Root, error) {
	der, err := onePEM(text, "CERTIFICATE")
	if err != nil {
		return nil, fmt.Errorf("the network's root certificate: %w", err)
	}
	c, err := Parse(der)
	if err != nil {
		return nil, fmt.Errorf("the network's root: %w", err)
	}
	return newRoot(c)
}

func newRoot(c *Certificate) (*Root, error) {
	if c.Role != RoleAuthority {
		return nil, fmt.Errorf("this certificate has the role %q and is not a network's root: give the file network.pem", c.Role)
	}
	if !Verify(c.public, c.x509.RawTBSCertificate, c.x509.Signature) {
		return nil, errors.New("the network's root certificate is not signed by itself: it was altered")
	}
	r := &Root{certificate: c, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.DER}), pool: x509.NewCertPool()}
	r.pool.AddCert(c.x509)
	return r, nil
}

// Network is the network's name.
func (r *Root) Network() corridor.Network { return r.certificate.Network }

// ID is the digest of the root certificate; people compare it by voice or on paper when they join.
func (r *Root) ID() corridor.Digest { return r.certificate.ID }

// PEM is the content of network.pem.
func (r *Root) PEM() []byte { return bytes.Clone(r.pem) }

// Certificate is the root's own certificate.
func (r *Root) Certificate() *Certificate { return r.certificate }

// Member checks that der is a signing certificate of a member of this network, valid at the time given.
func (r *Root) Member(der []byte, at time.Time) (*MemberCertificate, error) {
	c, err := r.check(der, at, RoleMemberSigning)
	if err != nil {
		return nil, err
	}
	return c.member(), nil
}

func (c *Certificate) member() *MemberCertificate {
	return &MemberCertificate{LT: c.LTs[0], Public: c.public, ID: c.ID, DER: c.DER, NotBefore: c.NotBefore, NotAfter: c.NotAfter}
}

// Hub checks that der is a page-signing certificate of this network's hub, valid at the time given.
func (r *Root) Hub(der []byte, at time.Time) (*HubCertificate, error) {
	c, err := r.check(der, at, RoleHubSigning)
	if err != nil {
		return nil, err
	}
	return c.hub(), nil
}

func (c *Certificate) hub() *HubCertificate {
	return &HubCertificate{Network: c.Network, Public: c.public, ID: c.ID, DER: c.DER, NotBefore: c.NotBefore, NotAfter: c.NotAfter}
}

// check is the whole chain: there are no intermediate authorities.
func (r *Root) check(der []byte, at time.Time, roles ...Role) (*Certificate, error) {
	c, err := Parse(der)
	if err != nil {
		return nil, err
	}
	return c, r.vouch(c, at, roles...)
}

func (r *Root) vouch(c *Certificate, at time.Time, roles ...Role) error {
	switch root := r.certificate; {
	case c.Network != root.Network:
		return fmt.Errorf("certificate of the network %s: this is the network %s", c.Network, root.Network)
	case !bytes.Equal(c.x509.RawIssuer, root.x509.RawSubject) || !Verify(root.public, c.x509.RawTBSCertificate, c.x509.Signature):
		return fmt.Errorf("certificate %s was not issued by the authority of %s", c.Serial, root.Network)
	case !slices.Contains(roles, c.Role):
		return fmt.Errorf("certificate %s has the role %s, needed is %s", c.Serial, c.Role, roles[0])
	case at.Before(c.NotBefore) || at.After(c.NotAfter):
		return fmt.Errorf("certificate %s is valid from %s to %s, not at %s", c.Serial, stamp(c.NotBefore), stamp(c.NotAfter), stamp(at))
	case at.Before(root.NotBefore) || at.After(root.NotAfter):
		return fmt.Errorf("the root of %s is valid from %s to %s, not at %s", root.Network, stamp(root.NotBefore), stamp(root.NotAfter), stamp(at))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// onePEM reads a text that is exactly one PEM block of the kind, written as this package writes it.
func onePEM(text []byte, kind string) ([]byte, error) {
	if len(text) > MaxKeyFile {
		return nil, fmt.Errorf("has %d bytes, the limit is %d", len(text), MaxKeyFile)
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != kind || len(block.Headers) != 0 || len(bytes.TrimSpace(rest)) != 0 {
		return nil, fmt.Errorf("is not one PEM block %q", kind)
	}
	return block.Bytes, nil
}
