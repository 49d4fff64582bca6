package mail

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor/internal/mailtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func example() *Mail {
	return &Mail{
		ID: "A00012.ORD-2022-003.6f1a", Domain: "pay.example", InReply: "A00001.ORD-2022-003.6f1a", From: "Pay Network <orders@pay.example>", To: "ops@meridian.example",
		Subject: "pay.example notice A00012: order ORD-2022-003, disconnection, an order with a long subject that has to be folded somewhere",
		Text:    "Does not cover: Zürich & Köln\n.a line with a dot\n\n" + strings.Repeat("x", 100) + "\nthe end\n",
		Date:    time.Date(2022, 3, 2, 10, 0, 0, 0, time.UTC),
	}
}

// A mail has one form, byte for byte: what is sent again is the same.
func TestGoldenMail(t *testing.T) {
	got, err := example().Encode()
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "mail.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, alter := range map[string]func(*Mail){
		"a header in the subject":   func(m *Mail) { m.Subject = "order\r\nBcc: all@pay.example" },
		"a header in the recipient": func(m *Mail) { m.To = "ops@meridian.example\r\nBcc: all@pay.example" },
		"a header in the name":      func(m *Mail) { m.From = "\"Pay\r\nBcc: x@y.example\" <orders@pay.example>" },
		"two recipients":            func(m *Mail) { m.To = "a@meridian.example, b@meridian.example" },
		"no recipient":              func(m *Mail) { m.To = "" },
		"no domain":                 func(m *Mail) { m.To = "ops" },
		"an address in Unicode":     func(m *Mail) { m.To = "bücher@meridian.example" },
		"a command in the address":  func(m *Mail) { m.To = "<ops@meridian.example> SIZE=1" },
		"an id with a blank":        func(m *Mail) { m.ID = "A 1" },
		"an id that ends a header":  func(m *Mail) { m.ID = "A1>\r\nX: " },
		"no id":                     func(m *Mail) { m.ID = "" },
		"a reply to nothing sound":  func(m *Mail) { m.InReply = "<x>" },
		"a bell in the text":        func(m *Mail) { m.Text = "\a" },
		"no UTF-8":                  func(m *Mail) { m.Text = "\xff" },
		"a text out of bounds":      func(m *Mail) { m.Text = strings.Repeat("x", MaxText+1) },
	} {
		m := example()
		alter(m)
		if b, err := m.Encode(); err == nil {
			t.Errorf("%s is written:\n%s", name, b)
		}
	}
}

// Whatever a mail holds, a reader finds the same text, and no header but those that are meant.
func FuzzEncode(f *testing.F) {
	f.Add("Köln; order\t", "ops@meridian.example", "a\n.\n..\nZürich = \n")
	f.Fuzz(func(t *testing.T, subject, to, text string) {
		m := example()
		m.Subject, m.To, m.Text = subject, to, text
		b, err := m.Encode()
		if err != nil {
			return
		}
		read, err := netmail.ReadMessage(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		if len(read.Header) != 11 {
			t.Fatalf("%d headers: %v", len(read.Header), read.Header)
		}
		if got, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject")); err != nil || strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(subject), " ") {
			t.Fatalf("subject %q, %v, want %q", got, err, subject)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(read.Body))
		if err != nil || strings.ReplaceAll(string(body), "\r\n", "\n") != strings.TrimRight(text, "\n")+"\n" {
			t.Fatalf("text %q, %v, want %q", body, err, text)
		}
		for _, line := range bytes.Split(b, []byte("\r\n")) {
			if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
				t.Fatalf("line %q", line)
			}
		}
	})
}

func TestServerCheck(t *testing.T) {
	for _, c := range []struct {
		server Server
		want   string
	}{
		{Server{Address: "mail.pay.example", Security: StartTLS}, "host:port"},
		{Server{Address: "mail.pay.example:587", Security: "ssl"}, "starttls, tls or none"},
		{Server{Address: "mail.pay.example:25", Security: Plain}, "for a server on this machine"},
		{Server{Address: "127.0.0.1:25", Security: Plain, Username: "x"}, "a password is not sent"},
		{Server{Address: "127.0.0.1:25", Security: Plain}, ""},
		{Server{Address: "mail.pay.example:587", Security: StartTLS, Username: "x"}, ""},
	} {
		err := c.server.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v", c.server, err)
		}
	}
}

func real(s *mailtest.Server) *Server {
	return &Server{Address: s.Address, Security: StartTLS, Name: "hub.pay.example", Username: mailtest.Username, Password: mailtest.Password, Roots: s.Roots}
}

// TestRealServer: a mail goes to a real server as it was written, over TLS and with a log-in, and the server's refusals are told apart.
func TestRealServer(t *testing.T) {
	s := mailtest.Start(t)
	x, err := real(s).Dial(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	m := example()
	for to, want := range map[string]int{"nobody@meridian.example": 550, "later@meridian.example": 451, "ops@meridian.example": 0} {
		m.To = to
		err := x.Send(m)
		var refused *Refusal
		if want == 0 && err != nil || want != 0 && (!errors.As(err, &refused) || refused.Code != want || refused.Permanent() != (want == 550)) {
			t.Errorf("to %s: %v", to, err)
		}
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	got := s.Mails(1)[0]
	if got.ID != "<A00012.ORD-2022-003.6f1a@pay.example>" || got.Subject != example().Subject || strings.ReplaceAll(got.Body, "\r\n", "\n") != example().Text {
		t.Errorf("%+v", got)
	}
}

// TestRealServerSecurity: nothing is said to a server that another authority vouches for, that has no TLS, or without a log-in.
func TestRealServerSecurity(t *testing.T) {
	s := mailtest.Start(t)
	for name, alter := range map[string]func(*Server){
		"another authority":        func(s *Server) { s.Roots = nil },
		"a wrong password":         func(s *Server) { s.Password = "x" },
		"TLS from the first byte":  func(s *Server) { s.Security = TLS },
		"another name than it has": func(s *Server) { s.Address = strings.Replace(s.Address, "127.0.0.1", "localhost", 1) },
	} {
		c := real(s)
		alter(c)
		if x, err := c.Dial(context.Background()); err == nil {
			x.Close()
			t.Errorf("%s: connected", name)
		}
	}
	open := real(s)
	open.Security, open.Username = Plain, ""
	x, err := open.Dial(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := x.Send(example()); err == nil || !strings.Contains(err.Error(), "encrypt first") {
		t.Error(fmt.Sprint("without TLS: ", err))
	}
}

// A server that does not offer STARTTLS hears the greeting of this host and nothing else, even if it would take the command.
func TestNothingIsSaidInTheClear(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	heard := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprint(c, "220 open.example\r\n")
		all, b := "", make([]byte, 1000)
		for n, err := c.Read(b); err == nil; n, err = c.Read(b) {
			all += string(b[:n])
			fmt.Fprint(c, "250 open.example\r\n")
		}
		heard <- all
	}()
	s := &Server{Address: l.Addr().String(), Security: StartTLS, Name: "hub.pay.example", Username: "corridor", Password: "seven green lamps"}
	if x, err := s.Dial(context.Background()); err == nil || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("%v, %v", x, err)
	}
	if got := <-heard; got != "EHLO hub.pay.example\r\n" {
		t.Errorf("it heard %q", got)
	}
}
