package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/internal/mailtest"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing"
)

// orderTape writes the journal of an order, as a hub would, into a folder with a configuration of notices beside it.
type orderTape struct {
	t      *testing.T
	dir    string
	pages  *journal.Journal
	key    *pki.HubSigningKey
	head   journal.Head
	now    time.Time
	number corridor.ISN
	order  standing.Order
	digest corridor.Digest
}

func newOrderTape(t *testing.T, s *mailtest.Server) *orderTape {
	t.Helper()
	dir := t.TempDir()
	start := time.Now().Add(-40 * 24 * time.Hour).Truncate(24 * time.Hour).Add(9 * time.Hour)
	a, err := pki.CreateAuthority("pay.example", pki.DefaultRootValidity, start, rand.Reader)
	noError(t, err)
	hub, err := a.IssueHub(nil, pki.DefaultHubValidity, start, rand.Reader)
	noError(t, err)
	j, err := journal.Open(context.Background(), filepath.Join(dir, "journal.db"), journal.Options{})
	noError(t, err)
	t.Cleanup(func() { j.Close() })
	x := &orderTape{t: t, dir: dir, pages: j, key: hub.HubKey(), now: start}
	x.configure(s)
	x.page(func(add func(entry.Entry, []byte) corridor.Position) {
		add(&entry.TermStarted{Term: 1, Network: "pay.example", Certificate: x.key.Certificate().DER}, nil)
		for _, lt := range []corridor.LT{"MERIDEFFAXXX", "CEDRFRPPAXXX", "ZQVARUMMAXXX"} {
			add(&entry.MemberAdmitted{LT: lt, Certificate: []byte("certificate")}, nil)
		}
		officer := corridor.DigestOf([]byte("officer")).String()
		x.act(add, standing.PolicyFound, &standing.Founding{Signature: "AAAA", Policy: standing.Policy{Version: 1, Signers: []standing.Role{standing.Legal}, Bank: 2, Country: 2, LargeShare: "1",
			PauseHours: 72, Authorisations: "shown", Officers: []standing.Officer{{Key: officer, Name: "ines.moreau", Roles: []standing.Role{standing.Legal}}}}})
	})
	return x
}

func (x *orderTape) config() string { return filepath.Join(x.dir, "notice.toml") }

func (x *orderTape) configure(s *mailtest.Server) {
	x.t.Helper()
	mustRun(x.t, "notice", "init", "--network", "pay.example", "--config", x.config())
	text, err := os.ReadFile(x.config())
	noError(x.t, err)
	for old, replacement := range map[string]string{
		"\nfrom = \"\"": "\nfrom = \"Pay Network <orders@pay.example>\"", "\nserver = \"\"": fmt.Sprintf("\nserver = %q", s.Address), "\nca_file = \"\"": fmt.Sprintf("\nca_file = %q", s.CAFile),
		"\nusername = \"\"": fmt.Sprintf("\nusername = %q", mailtest.Username), "\npassword_file = \"\"": "\npassword_file = \"password\"", "\noperator_name = \"\"": "\noperator_name = \"Pay Network\"",
	} {
		if !bytes.Contains(text, []byte(old)) {
			x.t.Fatalf("the configuration has no %s", old)
		}
		text = bytes.Replace(text, []byte(old), []byte(replacement), 1)
	}
	noError(x.t, os.WriteFile(x.config(), text, 0o600))
	noError(x.t, os.WriteFile(filepath.Join(x.dir, "password"), []byte(mailtest.Password+"\n"), 0o600))
	noError(x.t, os.WriteFile(filepath.Join(x.dir, "recipients.txt"), []byte(
		"MERIDEFF ops@meridian.example\nMERIDEFF legal@meridian.example\nCEDRFRPP ops@cedar.example\nmembers supervisor@authority.example\noperator duty@pay.example\n"), 0o600))
}

// page makes a page durable.
func (x *orderTape) page(fill func(add func(entry.Entry, []byte) corridor.Position)) {
	x.t.Helper()
	b := &journal.Builder{}
	fill(func(e entry.Entry, payload []byte) corridor.Position {
		return corridor.Position{Page: x.head.Pages, Index: b.Add(e, payload)}
	})
	p := b.Seal(evidence.Header{Network: "pay.example", Number: x.head.Pages, Previous: x.head.Hash, Time: x.now.UnixNano(), Term: 1}, x.key.Sign)
	noError(x.t, x.pages.Append(context.Background(), p))
	x.head = journal.Head{Pages: x.head.Pages + 1, Number: x.head.Pages, Hash: p.Hash()}
}

func (x *orderTape) act(add func(entry.Entry, []byte) corridor.Position, kind string, body any) {
	x.t.Helper()
	a := entry.Act{Network: "pay.example", Kind: kind, Subject: x.order.ID, Document: x.digest, SignedAt: uint64(x.now.UnixMilli())}
	if body != nil {
		b, err := canonical.Marshal(body)
		noError(x.t, err)
		a.Body = b
	}
	add(&entry.Acted{Statement: a.Append(nil), Signature: make([]byte, 64), Certificate: []byte("officer")}, nil)
}

// publish writes a draft and its publication, with one message of Meridian that waits for the subject.
func (x *orderTape) publish() corridor.Position {
	x.t.Helper()
	x.order = standing.Order{
		ID: "ORD-2026-003", Kind: standing.Disconnect, Ground: "law", Instruments: []standing.Instrument{{Issuer: "Treasury", Number: "7/2026", Published: "2026-03-02", SHA256: strings.Repeat("ab", 32)}},
		Effective: standing.Effective{UTC: x.now.Add(10 * 24 * time.Hour).UTC().Format(time.RFC3339)},
		Subject:   standing.Subject{BICs: []corridor.BIC{"ZQVARUMM"}, Resolved: []standing.Resolved{{BIC: "ZQVARUMM", Explicit: true}}},
	}
	document, err := x.order.Encode()
	noError(x.t, err)
	x.digest = corridor.DigestOf(document)
	var waits corridor.Position
	x.page(func(add func(entry.Entry, []byte) corridor.Position) {
		for _, kind := range []string{standing.OrderDraft, standing.OrderResolve, standing.OrderSign, standing.OrderPublish} {
			var body any
			if kind == standing.OrderDraft {
				body = &x.order
			}
			x.act(add, kind, body)
		}
		x.number++
		payload := []byte("{1:F01MERIDEFFAXXX0001000001}{2:I103ZQVARUMMXXXXN}{4:\r\n:20:INVOICE7\r\n:23B:CRED\r\n:32A:260302EUR1250,5\r\n:50K:/1\r\nA\r\n:59:/2\r\nB\r\n:71A:SHA\r\n-}")
		s := entry.Submission{Network: "pay.example", Sender: "MERIDEFFAXXX", Receiver: "ZQVARUMMXXXX", Number: x.number, Type: "fin.103", Priority: corridor.Normal, Reference: "INVOICE7",
			Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: uint64(x.now.UnixMilli())}
		waits = add(&entry.Accepted{Session: 1, Statement: s.Append(nil)}, payload)
	})
	return waits
}

func (x *orderTape) announce(why string, number uint64) {
	x.page(func(add func(entry.Entry, []byte) corridor.Position) {
		add(&entry.Announced{Order: x.order.ID, Occasion: why, At: x.now.UnixNano(), Number: number}, nil)
	})
}

// fence puts the order into force, and returns the message that waited.
func (x *orderTape) fence(waits corridor.Position) {
	x.page(func(add func(entry.Entry, []byte) corridor.Position) {
		add(&entry.Fenced{Order: x.order.ID, Document: x.digest, What: entry.InForce, Instant: x.order.EffectiveAt()}, nil)
		add(&entry.Decided{Message: waits, Stage: entry.AtFence, Outcome: entry.Returns, Rule: standing.RuleSubject, Orders: []string{x.order.ID}, Sender: "MERIDEFF", Receiver: "ZQVARUMM"}, nil)
	})
	x.announce("in-force", 2)
}

// subjects are the mails as they arrived: to whom, about what.
func subjects(mails []mailtest.Mail) []string {
	var all []string
	for _, m := range mails {
		all = append(all, m.To+": "+m.Subject)
	}
	slices.Sort(all)
	return all
}

// TestNoticesByMail: an order's whole life reaches its readers by a real mail server, each mail once, however often the command runs.
func TestNoticesByMail(t *testing.T) {
	s := mailtest.Start(t)
	x := newOrderTape(t, s)
	x.now = x.now.Add(time.Hour)
	waits := x.publish()
	x.announce("published", 1)
	mustRun(t, "notice", "run", "--once", "--from-start", "--config", x.config())
	mustRun(t, "notice", "run", "--once", "--config", x.config())
	x.now = x.effect()
	x.fence(waits)
	x.now = x.now.Add(24 * time.Hour)
	x.announce("day-after", 3)
	mustRun(t, "notice", "run", "--once", "--config", x.config())
	want := []string{}
	for number, why := range map[string]string{"A00001": "published", "A00002": "in-force", "A00003": "day-after"} {
		for _, to := range []string{"ops@meridian.example", "legal@meridian.example", "ops@cedar.example", "supervisor@authority.example", "duty@pay.example"} {
			want = append(want, to+": pay.example notice "+number+": order ORD-2026-003, disconnection, "+why)
		}
	}
	for _, to := range []string{"ops@meridian.example", "legal@meridian.example"} {
		want = append(want, to+": pay.example: open items under order ORD-2026-003: 1", to+": pay.example: 1 returned under order ORD-2026-003")
	}
	slices.Sort(want)
	var got []string
	mails := s.Mails(len(want) + 3)
	for _, m := range subjects(mails) {
		if !strings.Contains(m, "digest of") {
			got = append(got, m)
		} else if !strings.HasPrefix(m, "duty@pay.example: ") {
			t.Errorf("a digest goes to %s", m)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("mails\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, m := range mails {
		if strings.Contains(m.Subject, "1 returned") && !strings.Contains(m.Body, "EUR 1250.5") {
			t.Errorf("the report lacks the amount:\n%s", m.Body)
		}
	}
	x.again(s)
}

func (x *orderTape) effect() time.Time { return time.Unix(0, x.order.EffectiveAt()).Add(time.Second) }

// again sends the newest notice once more, and looks at what is kept.
func (x *orderTape) again(s *mailtest.Server) {
	x.t.Helper()
	if out := mustRun(x.t, "notice", "mail", "--order", "ORD-2026-003", "--to", "CEDRFRPP", "--config", x.config()); !strings.Contains(out, "notice A00003 of order ORD-2026-003: 1 mails\n1 sent") {
		x.t.Error(out)
	}
	wantRefusal(x.t, 1, "no notice of it has gone out", "notice", "mail", "--order", "ORD-1", "--config", x.config())
	wantRefusal(x.t, 1, "nobody in", "notice", "mail", "--order", "ORD-2026-003", "--to", "TAMAJPJT", "--config", x.config())
	var status struct {
		Waiting, Sent, Failed int
		Mails                 []struct{ State, To string }
	}
	noError(x.t, json.Unmarshal([]byte(mustRun(x.t, "notice", "status", "--json", "--config", x.config())), &status))
	if status.Waiting != 0 || status.Failed != 0 || status.Sent != len(s.Mails(status.Sent)) {
		x.t.Errorf("%+v", status)
	}
	files, err := filepath.Glob(filepath.Join(x.dir, "reports", "*"))
	noError(x.t, err)
	names := regexp.MustCompile(`(list\.A00001|undelivered\.\d{8}T\d{4})\.MERIDEFF(\.ORD-2026-003)?\.(csv|json)$`)
	events := regexp.MustCompile(`notice\.A0000[123]\.ORD-2026-003\.json$`)
	if len(files) != 7 {
		x.t.Errorf("reports %v", files)
	}
	for _, f := range files {
		if !names.MatchString(f) && !events.MatchString(f) {
			x.t.Errorf("a report %s", f)
		}
	}
}

// TestNoticesOfAPrunedJournal: what the journal has dropped is known to the queue that read it, and to no other.
func TestNoticesOfAPrunedJournal(t *testing.T) {
	s := mailtest.Start(t)
	x := newOrderTape(t, s)
	x.publish()
	x.announce("published", 1)
	mustRun(t, "notice", "run", "--once", "--config", x.config())
	x.page(func(add func(entry.Entry, []byte) corridor.Position) { x.act(add, standing.OrderPause, nil) })
	x.now = x.now.Add(time.Second)
	ctx := context.Background()
	noError(t, x.pages.SaveSnapshot(ctx, journal.Snapshot{Page: x.head.Number, Hash: x.head.Hash, Oldest: 3, State: []byte("state")}))
	noError(t, x.pages.Prune(ctx, 3, nil))
	x.announce("paused", 2)
	mustRun(t, "notice", "run", "--once", "--config", x.config())
	paused := 0
	for _, m := range s.Mails(6) { // one is a digest
		if m.Subject == "pay.example notice A00002: order ORD-2026-003, disconnection, paused" {
			paused++
		}
	}
	if paused != 5 {
		t.Errorf("%d notices of the pause", paused)
	}
	wantRefusal(t, 1, "ORD-1", "notice", "mail", "--order", "ORD-1", "--config", x.config())
	noError(t, os.Remove(filepath.Join(x.dir, "notice.db")))
	wantRefusal(t, 3, "page 1: it was pruned before notices were made of it", "notice", "run", "--once", "--config", x.config())
}

// A queue that begins with an old journal sends nothing of what has been.
func TestNoticesBeginNow(t *testing.T) {
	s := mailtest.Start(t)
	x := newOrderTape(t, s)
	waits := x.publish()
	x.announce("published", 1)
	if out := mustRun(t, "notice", "run", "--once", "--config", x.config()); !strings.HasPrefix(out, "0 sent") {
		t.Error(out)
	}
	x.now = x.effect()
	x.fence(waits)
	mustRun(t, "notice", "run", "--once", "--config", x.config())
	for _, m := range s.Mails(5) {
		if strings.Contains(m.Subject, "published") {
			t.Errorf("%s is of before", m.Subject)
		}
	}
}

// TestNoticesSurviveKills: killed at any moment and started again, with the mail server away at times, every mail arrives, and the same mail twice at most
// for each kill.
func TestNoticesSurviveKills(t *testing.T) {
	s := mailtest.Start(t)
	x := newOrderTape(t, s)
	waits := x.publish()
	x.announce("published", 1)
	kills := 4
	for i := range kills {
		c := exec.Command("corridor", "notice", "run", "--from-start", "--config", x.config())
		noError(t, c.Start())
		time.Sleep(time.Duration(150+170*i) * time.Millisecond)
		if i == 1 {
			x.now = x.effect()
			x.fence(waits)
		}
		c.Process.Kill()
		c.Wait()
	}
	mustRun(t, "notice", "run", "--once", "--from-start", "--config", x.config())
	var status struct{ Waiting, Sent, Failed int }
	noError(t, json.Unmarshal([]byte(mustRun(t, "notice", "status", "--json", "--config", x.config())), &status))
	if status.Waiting+status.Failed != 0 || status.Sent < 14 {
		t.Fatalf("%+v", status)
	}
	var times map[string]int
	for end := time.Now().Add(time.Minute); len(times) < status.Sent && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		times = map[string]int{} // some may arrive twice, so their number tells nothing
		for _, m := range s.Mails(status.Sent) {
			times[m.ID]++
		}
	}
	if len(times) != status.Sent {
		t.Errorf("%d mails are noted as sent, %d arrived", status.Sent, len(times))
	}
	for id, n := range times {
		if n > 1+kills {
			t.Errorf("%s arrived %d times", id, n)
		}
	}
}

func TestNoticeWrongUse(t *testing.T) {
	t.Chdir(t.TempDir())
	wantRefusal(t, 2, "corridor notice init", "notice", "run")
	wantRefusal(t, 2, "network name", "notice", "init", "--network", "Not A Name")
	mustRun(t, "notice", "init", "--network", "pay.example")
	wantRefusal(t, 3, "is not overwritten", "notice", "init", "--network", "pay.example")
	wantRefusal(t, 2, "from", "notice", "run")
	t.Setenv("CORRIDOR_NOTICE_FROM", "orders@pay.example")
	t.Setenv("CORRIDOR_NOTICE_SERVER", "mail.pay.example:25")
	t.Setenv("CORRIDOR_NOTICE_TLS", "none")
	wantRefusal(t, 2, "for a server on this machine alone", "notice", "run")
	t.Setenv("CORRIDOR_NOTICE_SERVER", "127.0.0.1:1")
	for line, want := range map[string]string{"MERIDEFF": "one address", "MERI a@b.example": "neither the BIC8", "MERIDEFF a@b.example c@d.example": "one address", "operator a": "name@example.com"} {
		noError(t, os.WriteFile("recipients.txt", []byte("# who\n"+line+"\n"), 0o600))
		wantRefusal(t, 3, "recipients.txt:2: ", "notice", "run", "--once")
		wantRefusal(t, 3, want, "notice", "run", "--once")
	}
	t.Setenv("CORRIDOR_NOTICE_USERNAME", "x")
	t.Setenv("CORRIDOR_NOTICE_TLS", "starttls")
	wantRefusal(t, 2, "go together", "notice", "run")
	noError(t, os.WriteFile("password", []byte("x"), 0o644))
	noError(t, os.WriteFile("recipients.txt", nil, 0o600))
	t.Setenv("CORRIDOR_NOTICE_PASSWORD_FILE", filepath.Join(mustGetwd(t), "password"))
	wantRefusal(t, 3, "chmod 600", "notice", "run", "--once")
}
