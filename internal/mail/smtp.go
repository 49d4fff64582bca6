package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"time"
)

// Security is how the line to the server is protected.
type Security string

// The ways.
const (
	StartTLS Security = "starttls" // the line is encrypted before anything is said; a server without it is refused
	TLS      Security = "tls"      // from the first byte (port 465)
	Plain    Security = "none"     // only to a server on this machine
)

// Server is the mail server that takes the mails.
type Server struct {
	Address  string // host:port
	Security Security
	Name     string // by which this host says hello
	Username string // empty: no log-in
	Password string
	Roots    *x509.CertPool // nil: those of the system
}

// Check reports settings that would send secrets or notices in the clear.
func (s *Server) Check() error {
	host, _, err := net.SplitHostPort(s.Address)
	switch {
	case err != nil:
		return fmt.Errorf("mail server %q: give host:port, for example mail.pay.example:587", s.Address)
	case s.Security != StartTLS && s.Security != TLS && s.Security != Plain:
		return fmt.Errorf("mail server %s: tls is %q: give starttls, tls or none", s.Address, s.Security)
	case s.Security == Plain && !loopback(host):
		return fmt.Errorf("mail server %s: tls = none is for a server on this machine alone: give starttls or tls", s.Address)
	case s.Security == Plain && s.Username != "":
		return fmt.Errorf("mail server %s: a password is not sent over a line without TLS", s.Address)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Refusal is a server's answer that a mail cannot be taken. A permanent one is not tried again.
type Refusal struct {
	Code int
	Text string
}

func (r *Refusal) Error() string { return fmt.Sprintf("the mail server answers %d %s", r.Code, r.Text) }

// Permanent reports a refusal that will be the same next time.
func (r *Refusal) Permanent() bool { return r.Code >= 500 }

// Session is one connection to the server.
type Session struct {
	conn   net.Conn
	client *smtp.Client
}

// Dial connects, encrypts and logs in.
func (s *Server) Dial(ctx context.Context) (*Session, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: DialTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", s.Address)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	x, err := s.begin(conn)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("mail server %s: %w", s.Address, refusalOf(err))
	}
	return x, nil
}

func (s *Server) begin(conn net.Conn) (*Session, error) {
	host, _, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, err
	}
	secure := &tls.Config{ServerName: host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	x := &Session{conn: conn}
	x.extend()
	line := net.Conn(&bounded{Conn: conn})
	if s.Security == TLS {
		line = &bounded{Conn: tls.Client(conn, secure)}
	}
	if x.client, err = smtp.NewClient(line, host); err != nil {
		return nil, err
	}
	if err := x.client.Hello(s.Name); err != nil {
		return nil, err
	}
	if s.Security == StartTLS {
		if ok, _ := x.client.Extension("STARTTLS"); !ok {
			return nil, errors.New("it does not offer STARTTLS: nothing is said over an open line")
		}
		if err := x.client.StartTLS(secure); err != nil {
			return nil, err
		}
	}
	if s.Username == "" {
		return x, nil
	}
	return x, x.client.Auth(smtp.PlainAuth("", s.Username, s.Password, host))
}

// bounded is a connection on which a server cannot talk without end: each command has a deadline, and what is read between two of them a limit.
type bounded struct {
	net.Conn
	read int
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if b.read += n; b.read > maxReply {
		return n, fmt.Errorf("the server answered with more than %d bytes", maxReply)
	}
	return n, err
}

func (b *bounded) Write(p []byte) (int, error) {
	b.read = 0
	return b.Conn.Write(p)
}

func (x *Session) extend() { x.conn.SetDeadline(time.Now().Add(CommandTimeout)) }

// Send hands one mail over. An error that is a Refusal is the server's; with any other the session is of no more use, and the mail may
// have been taken.
func (x *Session) Send(m *Mail) error {
	b, err := m.Encode()
	if err != nil {
		return &Refusal{Code: 554, Text: err.Error()} // it will not get better
	}
	for _, step := range []func() error{
		func() error { return x.client.Mail(address(m.From)) },
		func() error { return x.client.Rcpt(address(m.To)) },
		func() error { return x.data(b) },
	} {
		x.extend()
		if err := step(); err != nil {
			err = refusalOf(err)
			var refused *Refusal
			if errors.As(err, &refused) {
				x.extend()
				return errors.Join(err, x.client.Reset())
			}
			return fmt.Errorf("mail server: %w", err)
		}
	}
	return nil
}

func (x *Session) data(b []byte) error {
	w, err := x.client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return err
	}
	return w.Close() // the server's answer: from here on the mail is its own
}

// Close says goodbye.
func (x *Session) Close() error {
	x.extend()
	err := x.client.Quit() // it closes the connection too, where the server answers
	x.conn.Close()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// refusalOf makes the answers of a server its refusals.
func refusalOf(err error) error {
	var p *textproto.Error
	if errors.As(err, &p) {
		return &Refusal{Code: p.Code, Text: p.Msg}
	}
	return err
}
