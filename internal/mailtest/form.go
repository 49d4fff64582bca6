package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"time"
)

// configuration is the server's: it takes nothing in the clear, nothing without a log-in, and puts all into one box.
func (s *Server) configuration() string {
	user := "user = " + s.owner
	if s.owner == "" {
		user = ""
	}
	return fmt.Sprintf(`primary_hostname = mail.test.example
keep_environment =
spool_directory = %[1]s/spool
log_file_path = %[1]s/log/%%slog
tls_advertise_hosts = *
tls_certificate = %[1]s/cert.pem
tls_privatekey = %[1]s/key.pem
acl_smtp_rcpt = check
acl_smtp_data = accept
deliver_drop_privilege = %[3]t
never_users =
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 20
smtp_accept_queue_per_connection = 0
message_size_limit = 4M
begin acl
check:
  deny message = 5.1.1 no such box
       local_parts = nobody
  defer message = 4.2.1 come back later
       local_parts = later
  deny message = 5.7.0 encrypt first
       ! encrypted = *
  accept authenticated = *
  deny message = 5.7.0 log in first
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  %[2]s
  directory = %[1]s/box
  maildir_format
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = ${if def:tls_in_cipher}
  server_condition = ${if and{{eq{$auth2}{%[4]s}}{eq{$auth3}{%[5]s}}}}
  server_set_id = $auth2
`, s.dir, user, s.owner == "", Username, Password)
}

// certificate makes the server's certificate and key.
func (s *Server) certificate() {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	t := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "mail.test.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	s.must(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	s.must(err)
	s.CAFile = s.path("cert.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.must(os.WriteFile(s.CAFile, text, 0o644))
	s.must(os.WriteFile(s.path("key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	s.give("key.pem")
	s.Roots = x509.NewCertPool()
	s.Roots.AppendCertsFromPEM(text)
}

// decoded is a mail's text, of the one encoding that is used here.
func decoded(m *mail.Message) io.Reader {
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		return quotedprintable.NewReader(m.Body)
	}
	return m.Body
}

func subject(m *mail.Message) string {
	text, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return m.Header.Get("Subject")
	}
	return text
}
