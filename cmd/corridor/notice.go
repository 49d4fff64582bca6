package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/internal/config"
	"corridor.example/corridor/internal/mail"
	"corridor.example/corridor/notice"
)

// NoticeCommand sends what members must read about orders by mail. The broadcasts of the same texts are the hub's own.
type NoticeCommand struct {
	Init   NoticeInitCommand   `cmd:"" help:"Write a commented configuration file and the list of recipients."`
	Run    NoticeRunCommand    `cmd:"" help:"Follow the journal and send notices, lists, reports and digests by mail."`
	Mail   NoticeMailCommand   `cmd:"" help:"Send the newest notice of an order once more."`
	Show   NoticeShowCommand   `cmd:"" help:"Print the notice of an order, in any of its four forms."`
	Status NoticeStatusCommand `cmd:"" help:"Show what is sent, waiting or failed."`
	Retry  NoticeRetryCommand  `cmd:"" help:"Try the mails that failed once more."`
}

// noticeConfig is the configuration file of the mails.
type noticeConfig struct {
	Network      string      `toml:"network"`
	Address      string      `toml:"address"`
	OperatorBIC  string      `toml:"operator_bic"`
	OperatorName string      `toml:"operator_name"`
	OperatorCity string      `toml:"operator_city"`
	Journal      string      `toml:"journal"`
	Queue        config.Path `toml:"queue"`
	Reports      config.Path `toml:"reports"`
	Recipients   config.Path `toml:"recipients"`
	DigestHour   int         `toml:"digest_hour"`
	From         string      `toml:"from"`
	Server       string      `toml:"server"`
	TLS          string      `toml:"tls"`
	CAFile       config.Path `toml:"ca_file"`
	Hello        string      `toml:"hello"`
	Username     string      `toml:"username"`
	PasswordFile config.Path `toml:"password_file"`
	Log          string      `toml:"log"`

	dir string
}

func defaultNoticeConfig() *noticeConfig {
	return &noticeConfig{
		Address: string(mailAddressOfHub), Journal: "sqlite:journal.db", Queue: "notice.db", Reports: "reports", Recipients: "recipients.txt", DigestHour: 6, TLS: string(mail.StartTLS), Hello: "localhost", Log: "text",
	}
}

// mailAddressOfHub is the network's own address unless the hub's configuration has another.
const mailAddressOfHub corridor.LT = "CRDRXXXXAXXX"

// noticeTemplate is what `notice init` writes; %[1]s is the network's name.
const noticeTemplate = `# Corridor notices by mail. Every value can be overridden by an environment variable CORRIDOR_NOTICE_<KEY>.
# Relative paths count from this file's folder.

# The network's name and own address, as in the hub's configuration.
network = %[1]q
address = "CRDRXXXXAXXX"

# Who the operator is, as the notices name him.
operator_bic = ""
operator_name = ""
operator_city = ""

# The hub's journal, which is only read: sqlite:PATH, or postgres://user@host/database.
journal = "sqlite:journal.db"

# The file of the mails that wait and of those that were sent.
queue = "notice.db"

# The folder for what programs read: lists and reports as CSV and JSON, notices as events in JSON; empty for none.
reports = "reports"

# Who gets mail: a file with one recipient a line.
recipients = "recipients.txt"

# The hour (UTC) at which the operator's daily digest is made; -1 for none.
digest_hour = 6

# The sender of the mails, name@example.com or Name <name@example.com>.
from = ""

# The mail server that takes them, host:port, and how the line is protected: "starttls", "tls" (port 465), or "none" for a server
# on this machine.
server = ""
tls = "starttls"

# A file with the certificates of the authorities that may vouch for the server; empty for those of the system.
ca_file = ""

# By which name this machine says hello to the server.
hello = "localhost"

# The log-in at the server, and the file with its password, readable by its owner only (chmod 600). Empty for none.
username = ""
password_file = ""

# The form of the log on standard error: text or json.
log = "text"
`

// recipientsTemplate is what `notice init` writes beside it.
const recipientsTemplate = `# Who gets mail, one recipient a line: for whom, then the address. A line more gives another address.
#
#   MERIDEFF  operations@meridian.example   a member: notices, its own lists and reports
#   members   supervisor@authority.example  what all members get, and nothing else
#   operator  duty@pay.example              the daily digest, and what all members get
`

// Check reports every bad value.
func (c *noticeConfig) Check(r *config.Report) {
	if r.Need("network", c.Network, "name the network, for example lab.corridor") {
		_, err := corridor.ParseNetwork(c.Network)
		r.Check("network", err, "give the name that the hub's configuration has")
	}
	_, err := corridor.ParseLT(c.Address)
	r.Check("address", err, "give the hub's own address, for example CRDRXXXXAXXX")
	if c.OperatorBIC != "" {
		_, err := corridor.ParseBIC(c.OperatorBIC)
		r.Check("operator_bic", err, "give a BIC, or leave it empty")
	}
	r.Need("journal", c.Journal, "give sqlite:PATH or postgres://…")
	r.Need("queue", string(c.Queue), "name a file")
	r.Need("recipients", string(c.Recipients), "name a file")
	if c.DigestHour < -1 || c.DigestHour > 23 {
		r.Problem("digest_hour", fmt.Sprintf("is %d", c.DigestHour), "give 0 to 23, or -1 for no digest")
	}
	if r.Need("from", c.From, "give the address that the mails come from") {
		r.Check("from", mail.CheckAddress(c.From), "give name@example.com")
	}
	if r.Need("server", c.Server, "give host:port of the mail server") {
		server := c.mailServer()
		r.Check("server", server.Check(), "see server and tls")
	}
	if (c.Username == "") != (c.PasswordFile == "") {
		r.Problem("username", "and password_file go together", "give both or none")
	}
	r.Need("hello", c.Hello, "give this machine's name")
	checkLog(r, c.Log)
}

func (c *noticeConfig) mailServer() mail.Server {
	return mail.Server{Address: c.Server, Security: mail.Security(c.TLS), Name: c.Hello, Username: c.Username}
}

// server is the mail server with its secrets read.
func (c *noticeConfig) server() (*mail.Server, error) {
	s := c.mailServer()
	if c.PasswordFile != "" {
		b, err := readSecret(string(c.PasswordFile))
		if err != nil {
			return nil, err
		}
		s.Password = strings.TrimRight(string(b), "\r\n")
	}
	if c.CAFile != "" {
		b, err := readFileUpTo(string(c.CAFile), config.MaxFile)
		if err != nil {
			return nil, err
		}
		s.Roots = x509.NewCertPool()
		if !s.Roots.AppendCertsFromPEM(b) {
			return nil, fmt.Errorf("%s has no certificate: give one or more PEM blocks CERTIFICATE", c.CAFile)
		}
	}
	return &s, nil
}

// readSecret reads a file that nobody else may read.
func readSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others: chmod 600 %s", path, path)
	}
	return readFileUpTo(path, 4<<10)
}

func (c *noticeConfig) journalURL() string {
	path := strings.TrimPrefix(c.Journal, "sqlite:")
	if strings.Contains(c.Journal, "://") || filepath.IsAbs(path) {
		return c.Journal
	}
	return "sqlite:" + filepath.Join(c.dir, path)
}

func (c *noticeConfig) issuer() notice.Issuer {
	return notice.Issuer{Network: corridor.Network(c.Network), LT: corridor.LT(c.Address), BIC: corridor.BIC(c.OperatorBIC).BIC8(), Name: c.OperatorName, City: c.OperatorCity}
}

func loadNotice(path string) (*noticeConfig, error) {
	c := defaultNoticeConfig()
	c.dir = filepath.Dir(path)
	return c, config.Load("notice", path, c, config.Overrides{Environ: os.Environ()})
}

// recipients are the addresses by whom they are of: a BIC8, "members" or "operator".
type recipients map[string][]string

const (
	recipientMembers  = "members"
	recipientOperator = "operator"
	maxRecipients     = 100_000
)

// readRecipients reads the file and reports every bad line.
func readRecipients(path string) (recipients, error) {
	b, err := readFileUpTo(path, 16<<20)
	if err != nil {
		return nil, err
	}
	all, n := recipients{}, 0
	for i, line := range strings.Split(string(b), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		if n++; n > maxRecipients {
			return nil, fmt.Errorf("%s has more than %d recipients", path, maxRecipients)
		}
		if err := checkRecipient(words); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		all[words[0]] = append(all[words[0]], words[1])
	}
	return all, nil
}

func checkRecipient(words []string) error {
	if len(words) != 2 {
		return fmt.Errorf("%q: give for whom, and one address", strings.Join(words, " "))
	}
	if words[0] != recipientMembers && words[0] != recipientOperator {
		b, err := corridor.ParseBIC(words[0])
		if err != nil || len(b) != 8 {
			return fmt.Errorf("%q is neither the BIC8 of a member nor %s nor %s", words[0], recipientMembers, recipientOperator)
		}
	}
	return mail.CheckAddress(words[1])
}

// NoticeInitCommand writes the configuration.
type NoticeInitCommand struct {
	Network string `required:"" help:"The network's name, as in its authority."`
	Config  string `default:"notice.toml" help:"Where to write it."`
}

// Help shows an example.
func (NoticeInitCommand) Help() string {
	return "Example:\n  corridor notice init --network pay.example\n\nThen give the mail server and the recipients, and: corridor notice run"
}

// Run writes the two files.
func (c NoticeInitCommand) Run(io streams) error {
	if _, err := corridor.ParseNetwork(c.Network); err != nil {
		return wrongUse("write the configuration of notices: %w", err)
	}
	if err := config.Write(c.Config, fmt.Sprintf(noticeTemplate, c.Network)); err != nil {
		return fmt.Errorf("write the configuration of notices: %w", err)
	}
	list := filepath.Join(filepath.Dir(c.Config), "recipients.txt")
	if err := config.Write(list, recipientsTemplate); err != nil {
		return fmt.Errorf("write the list of recipients: %w", err)
	}
	fmt.Fprintf(io.Out, "wrote %s and %s\nnext: give from and server in the first, addresses in the second, then: corridor notice run --config %s\n", c.Config, list, c.Config)
	return nil
}
