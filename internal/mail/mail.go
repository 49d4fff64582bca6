// Package mail sends plain mail: it writes a message (RFC 5322, one text in UTF-8), hands it to a mail server by SMTP (RFC 5321) with
// STARTTLS, and keeps what is still to be sent in a queue that survives a crash.
//
// It is no mail server: it knows one server, which delivers. It adds no HTML, no attachments and no copies: each mail has one recipient, so that
// nobody learns who else was told.
//
// On disk the queue is one SQLite file: a table of mails by id, the place in the journal up to which its user has asked for mails,
// and what of that journal it still needs.
// A mail is sent at least once and carries the same Message-ID each time, so that the recipient's server drops the second one.
package mail

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Mail is one mail to one recipient.
type Mail struct {
	ID      string // what makes it this mail and no other: the part of its Message-ID before the @
	From    string // address, or Name <address>
	To      string
	Subject string
	Text    string // lines end with \n
	Date    time.Time
	InReply string // ID of the first mail about the same matter, where there is one
	Domain  string // the part of the Message-ID behind the @
}

// Check reports what makes a mail one that cannot be written.
func (m *Mail) Check() error {
	for what, address := range map[string]string{"from": m.From, "to": m.To} {
		if err := CheckAddress(address); err != nil {
			return fmt.Errorf("mail %s: %s: %w", m.ID, what, err)
		}
	}
	switch {
	case !atom(m.ID) || !atom(m.Domain) || m.InReply != "" && !atom(m.InReply):
		return fmt.Errorf("mail %q of %q: an id has 1 to %d letters, digits, '.', '-' and '_'", m.ID, m.Domain, MaxID)
	case !utf8.ValidString(m.Subject) || strings.ContainsFunc(m.Subject, unicode.IsControl) || utf8.RuneCountInString(m.Subject) > MaxSubject:
		return fmt.Errorf("mail %s: a subject is one line of at most %d characters", m.ID, MaxSubject)
	case !utf8.ValidString(m.Text) || len(m.Text) > MaxText:
		return fmt.Errorf("mail %s: a text is UTF-8 of at most %d bytes, this one has %d", m.ID, MaxText, len(m.Text))
	case strings.ContainsFunc(m.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return fmt.Errorf("mail %s: its text has control characters", m.ID)
	}
	return nil
}

// CheckAddress refuses what is not one address that SMTP without extensions takes: ASCII, nothing that could end a header.
func CheckAddress(s string) error {
	a, err := mail.ParseAddress(s)
	if err != nil {
		return fmt.Errorf("address %q: give it as name@example.com: %w", s, err)
	}
	local, domain, ok := strings.Cut(a.Address, "@")
	if strings.ContainsFunc(a.Address, func(r rune) bool { return r <= ' ' || r > '~' }) || len(a.Address) > maxAddress || !ok || local == "" || !atom(domain) {
		return fmt.Errorf("address %q: give it as name@example.com, in ASCII", s)
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return errors.New("an address is one line")
	}
	return nil
}

func atom(s string) bool {
	return s != "" && len(s) <= MaxID && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == "" && s[0] != '.' && s[len(s)-1] != '.' && !strings.Contains(s, "..")
}

// address is the bare address of one that was checked.
func address(s string) string {
	a, err := mail.ParseAddress(s)
	if err != nil {
		return ""
	}
	return a.Address
}

// Encode writes the mail as it goes over the wire, but for the dots of SMTP: headers in one order, quoted-printable text.
func (m *Mail) Encode() ([]byte, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	header("Date", m.Date.UTC().Format(time.RFC1123Z))
	header("From", headerAddress(m.From))
	header("To", headerAddress(m.To))
	header("Message-ID", "<"+m.ID+"@"+m.Domain+">")
	if m.InReply != "" {
		header("In-Reply-To", "<"+m.InReply+"@"+m.Domain+">")
		header("References", "<"+m.InReply+"@"+m.Domain+">")
	}
	header("Subject", fold(mime.QEncoding.Encode("utf-8", m.Subject)))
	header("Auto-Submitted", "auto-generated") // RFC 3834: nobody's absence note answers it
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	if _, err := q.Write([]byte(strings.ReplaceAll(strings.TrimRight(m.Text, "\n")+"\n", "\n", "\r\n"))); err != nil {
		return nil, err
	}
	return b.Bytes(), q.Close()
}

// DomainOf is the part of an address behind the @, or empty.
func DomainOf(s string) string {
	_, domain, _ := strings.Cut(address(s), "@")
	return domain
}

func headerAddress(s string) string {
	a, err := mail.ParseAddress(s)
	if err != nil {
		return ""
	}
	if a.Name == "" {
		return a.Address
	}
	return a.String()
}

// fold breaks a long header at its blanks (RFC 5322, 2.2.3).
func fold(s string) string {
	const most = 70
	var b strings.Builder
	length := len("Subject: ")
	for i, word := range strings.Split(s, " ") {
		if i > 0 && length+1+len(word) > most {
			b.WriteString("\r\n")
			length = 0
		}
		if i > 0 {
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String()
}
