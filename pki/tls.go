package pki

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"corridor.example/corridor"
)

// ServerTLS is the hub's side of a connection: TLS 1.3, and a client must show a transport certificate of this network.
func (r *Root) ServerTLS(cert tls.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{cert},
		ClientAuth:             tls.RequireAnyClientCert, // VerifyConnection does the checking, of every connection
		ClientCAs:              r.pool,
		SessionTicketsDisabled: true, // each connection shows its certificate anew
		VerifyConnection: func(s tls.ConnectionState) error {
			return r.verifyPeer(s, "", RoleMemberTransport, RoleHubTransport)
		},
	}
}

// ClientTLS is a member's side: TLS 1.3, and the server must show a transport certificate of this network's hub. That role
// is its identity; serverName, where it is not empty, must be one of the certificate's host names as well.
func (r *Root) ClientTLS(cert tls.Certificate, serverName string) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		Certificates:       []tls.Certificate{cert},
		ServerName:         serverName,
		InsecureSkipVerify: true, // VerifyConnection replaces the check by host names with the check of role and network
		VerifyConnection: func(s tls.ConnectionState) error {
			return r.verifyPeer(s, serverName, RoleHubTransport)
		},
	}
}

// verifyPeer checks the one certificate that the peer showed and whose key it proved to hold.
func (r *Root) verifyPeer(s tls.ConnectionState, serverName string, roles ...Role) error {
	if len(s.PeerCertificates) != 1 {
		return fmt.Errorf("the peer shows %d certificates: it must show its transport certificate alone", len(s.PeerCertificates))
	}
	c, err := fromX509(s.PeerCertificates[0])
	if err != nil {
		return err
	}
	if err := r.vouch(c, time.Now(), roles...); err != nil {
		return err
	}
	if serverName != "" {
		return c.x509.VerifyHostname(serverName)
	}
	return nil
}

// TransportLTs are the terminals that the bearer of a transport certificate may log in; none for the hub's own.
func TransportLTs(cert *x509.Certificate) ([]corridor.LT, error) {
	if cert == nil {
		return nil, errors.New("no certificate was shown")
	}
	c, err := fromX509(cert)
	if err != nil {
		return nil, err
	}
	if c.Role != RoleMemberTransport && c.Role != RoleHubTransport {
		return nil, fmt.Errorf("certificate %s has the role %s, needed is %s", c.Serial, c.Role, RoleMemberTransport)
	}
	return c.LTs, nil
}
