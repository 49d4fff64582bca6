package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor/internal/mailtest"
)

// clock is a time that the test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func openQueue(t *testing.T, path string) (*Queue, *Deliverer) {
	t.Helper()
	q, err := OpenQueue(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := q.Deliver()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close(); q.Close() })
	return q, d
}

func to(id, address string) *Mail {
	m := example()
	m.ID, m.To, m.Date = id, address, time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	return m
}

func counts(t *testing.T, q *Queue) string {
	t.Helper()
	a, b, c, err := q.Counts()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d waiting, %d sent, %d failed", a, b, c)
}

// TestQueueDelivers: each mail goes out once; what the server puts off is tried again later, what it refuses is not; a server that is away
// costs nothing but time.
func TestQueueDelivers(t *testing.T) {
	s := mailtest.Start(t)
	q, d := openQueue(t, filepath.Join(t.TempDir(), "mail.db"))
	c := &clock{time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)}
	mails := []*Mail{to("A1", "ops@meridian.example"), to("A2", "ops@cedar.example"), to("A3", "nobody@cedar.example"), to("A4", "later@cedar.example")}
	if err := q.Add(7, "note", mails); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	if r := round(t, d, s, c); r.Sent != 0 || r.Delayed != 4 || !r.Next.Equal(c.at.Add(FirstRetry)) {
		t.Errorf("with the server away: %+v", r)
	}
	s.Restart()
	c.at = c.at.Add(FirstRetry - time.Second)
	if r := round(t, d, s, c); r.Sent+r.Failed+r.Delayed != 0 {
		t.Errorf("before its time: %+v", r)
	}
	c.at = c.at.Add(time.Second)
	if r := round(t, d, s, c); r.Sent != 2 || r.Failed != 1 || r.Delayed != 1 || !r.Next.Equal(c.at.Add(2*FirstRetry)) {
		t.Errorf("with the server back: %+v", r)
	}
	if err := q.Add(8, "", mails); err != nil { // the same again, as after a crash
		t.Fatal(err)
	}
	if r := round(t, d, s, c); r.Sent != 0 || counts(t, q) != "1 waiting, 2 sent, 1 failed" {
		t.Errorf("asked for once more: %+v, %s", r, counts(t, q))
	}
	arrived := s.Mails(2)
	if len(arrived) != 2 || arrived[0].To != "ops@cedar.example" || arrived[1].To != "ops@meridian.example" {
		t.Errorf("arrived: %+v", arrived)
	}
	failed, err := q.List("failed", 10)
	if err != nil || len(failed) != 1 || !strings.Contains(failed[0].Answer, "no such box") {
		t.Errorf("%+v, %v", failed, err)
	}
	c.at = c.at.Add(GiveUpAfter + time.Hour)
	if r := round(t, d, s, c); r.Failed != 1 || !r.Next.IsZero() {
		t.Errorf("after days: %+v", r)
	}
	if n, err := q.Retry(); err != nil || n != 2 || counts(t, q) != "2 waiting, 2 sent, 0 failed" {
		t.Errorf("%d, %v, %s", n, err, counts(t, q))
	}
}

func round(t *testing.T, d *Deliverer, s *mailtest.Server, c *clock) Result {
	t.Helper()
	r, err := d.Round(context.Background(), real(s), c.now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A crash after the server's word and before the note of it sends the mail once more, as the same mail.
func TestQueueAfterACrash(t *testing.T) {
	s := mailtest.Start(t)
	path := filepath.Join(t.TempDir(), "mail.db")
	q, err := OpenQueue(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Add(1, "", []*Mail{to("A1", "ops@meridian.example")}); err != nil {
		t.Fatal(err)
	}
	due, err := q.due(time.Now(), 1)
	if err != nil || len(due) != 1 {
		t.Fatal(due, err)
	}
	x, err := real(s).Dial(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Send(&due[0].Mail); err != nil {
		t.Fatal(err)
	}
	q.Close() // here it crashed
	q, d := openQueue(t, path)
	if page, _, err := q.Place(); page != 1 || err != nil {
		t.Error(page, err)
	}
	if r := round(t, d, s, &clock{time.Now()}); r.Sent != 1 {
		t.Errorf("%+v", r)
	}
	m := s.Mails(2)
	if m[0].ID != m[1].ID || m[0].Body != m[1].Body || m[0].Header.Get("Date") != m[1].Header.Get("Date") {
		t.Errorf("%+v", m)
	}
}

// Mails and their place are there together or not at all.
func TestAddIsOneStep(t *testing.T) {
	q, _ := openQueue(t, filepath.Join(t.TempDir(), "mail.db"))
	bad := to("A2", "ops@cedar.example")
	bad.Subject = "two\nlines"
	if err := q.Add(5, "", []*Mail{to("A1", "ops@meridian.example"), bad}); err == nil {
		t.Fatal("taken")
	}
	if page, _, err := q.Place(); page != 0 || err != nil || counts(t, q) != "0 waiting, 0 sent, 0 failed" {
		t.Error(page, err, counts(t, q))
	}
}

func TestOneDelivers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.db")
	q, d := openQueue(t, path)
	if _, err := q.Deliver(); !errors.Is(err, ErrHeld) {
		t.Errorf("a second one: %v", err)
	}
	d.Close()
	again, err := q.Deliver()
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// What is no mail server costs a mail nothing: silence, garbage and endless talk end within limits, and the mail is tried again.
func TestServersThatAreNone(t *testing.T) {
	for name, talk := range map[string]string{"garbage": "HTTP/1.1 200 OK\r\n\r\n", "endless talk": strings.Repeat("220-hello\r\n", maxReply), "no service": "554 no service here\r\n", "half a word": "22"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				fmt.Fprint(c, talk)
				c.Close()
			}
		}()
		q, d := openQueue(t, filepath.Join(t.TempDir(), "mail.db"))
		if err := q.Put([]*Mail{to("A1", "ops@meridian.example")}); err != nil {
			t.Fatal(err)
		}
		c := &clock{time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)}
		r, err := d.Round(context.Background(), &Server{Address: l.Addr().String(), Security: StartTLS, Name: "hub.pay.example"}, c.now)
		if err != nil || r.Delayed != 1 || r.Failed != 0 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		l.Close()
	}
}

func TestQueueOfALaterVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.db")
	q, err := OpenQueue(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	q.Close()
	if _, err := OpenQueue(path); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Error(err)
	}
}
