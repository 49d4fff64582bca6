package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/internal/mail"
	"corridor.example/corridor/notice"
)

// NoticeRunCommand follows the journal until it is told to stop.
type NoticeRunCommand struct {
	Config    string `default:"notice.toml" help:"The configuration file."`
	Once      bool   `help:"Read what is there, try to send what is due, and end."`
	FromStart bool   `help:"Where this queue is new: send what the whole journal leads to, not only what comes from now on."`
}

// Help shows an example.
func (NoticeRunCommand) Help() string {
	return "Example:\n  corridor notice run --config /etc/corridor/notice.toml\n\n" +
		"It only reads the journal. A mail that cannot be handed over is tried again for five days; after a crash none is lost, and one may go out twice with the same Message-ID.\n\n" +
		"Exit status: 0 told to stop, 1 another process delivers from the queue, 2 wrong use, 3 could not run."
}

// readPause is how long to wait for new pages; mails are no trading system.
const readPause = time.Second

// Run opens, follows and sends.
func (c NoticeRunCommand) Run(ctx context.Context, io streams) error {
	m, err := noticesOf(ctx, c.Config, io)
	if err != nil {
		return fmt.Errorf("send notices: %w", err)
	}
	defer m.close()
	d, err := m.queue.Deliver()
	if errors.Is(err, mail.ErrHeld) {
		return answerNo(fmt.Errorf("send notices: %w", err))
	}
	if err != nil {
		return fmt.Errorf("send notices: %w", err)
	}
	defer d.Close()
	err = m.begin(ctx, c.FromStart)
	switch {
	case err != nil:
	case c.Once:
		err = m.once(ctx, d, io)
	default:
		err = m.run(ctx, d)
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("send notices: %w", err)
	}
	return nil
}

func (m *mailer) once(ctx context.Context, d *mail.Deliverer, io streams) error {
	if err := m.catchUp(ctx, time.Now()); err != nil {
		return err
	}
	r, err := d.Round(ctx, m.server, time.Now)
	fmt.Fprintf(io.Out, "%d sent, %d to be tried again, %d failed\n", r.Sent, r.Delayed, r.Failed)
	return err
}

// run reads and sends by turns; a server that is slow does not stop the reading for longer than one round.
func (m *mailer) run(ctx context.Context, d *mail.Deliverer) error {
	m.log.Info("notices by mail", "network", m.cfg.Network, "server", m.cfg.Server, "from_page", m.start)
	for ctx.Err() == nil {
		if err := m.catchUp(ctx, time.Now()); err != nil {
			return err
		}
		r, err := d.Round(ctx, m.server, time.Now)
		if err != nil {
			return err
		}
		if r.Sent+r.Delayed+r.Failed > 0 {
			m.log.Info("mails", "sent", r.Sent, "delayed", r.Delayed, "failed", r.Failed)
		}
		select {
		case <-ctx.Done():
		case <-time.After(readPause):
		}
	}
	return ctx.Err()
}

// NoticeMailCommand sends a notice once more.
type NoticeMailCommand struct {
	Order  string `required:"" placeholder:"ID" help:"The order."`
	To     string `placeholder:"BIC8" help:"Only to this member; default: to all recipients of notices."`
	Config string `default:"notice.toml" help:"The configuration file."`
}

// Help shows an example.
func (NoticeMailCommand) Help() string {
	return "Example:\n  corridor notice mail --order ORD-2026-003 --to MERIDEFF\n\nThe text is that of the newest notice that the network broadcast. The mails are handed over by corridor notice run, or at once where none runs."
}

// Run reads the journal, puts the mails into the queue, and sends them where nobody else does.
func (c NoticeMailCommand) Run(ctx context.Context, io streams) error {
	m, err := noticesOf(ctx, c.Config, io)
	if err != nil {
		return fmt.Errorf("send a notice: %w", err)
	}
	defer m.close()
	if err := m.begin(ctx, false); err != nil {
		return fmt.Errorf("send a notice: %w", err)
	}
	if err := m.catchUp(ctx, time.Now()); err != nil {
		return fmt.Errorf("send a notice: %w", err)
	}
	n, err := m.watch.Newest(c.Order)
	if err != nil {
		return answerNo(fmt.Errorf("send a notice: %w", err))
	}
	l := n.Letter(m.next, "again."+time.Now().UTC().Format(time.RFC3339Nano))
	if c.To != "" {
		l.Audience, l.Member = notice.ToMember, corridor.BIC(c.To)
	}
	mails := m.mails(&l)
	if len(mails) == 0 {
		return answerNo(fmt.Errorf("send a notice: nobody in %s gets it: give an address", m.cfg.Recipients))
	}
	if err := m.queue.Put(mails); err != nil {
		return fmt.Errorf("send a notice: %w", err)
	}
	fmt.Fprintf(io.Out, "notice %s of order %s: %d mails\n", n.Series(), c.Order, len(mails))
	return m.deliverNow(ctx, io)
}

// deliverNow sends what is due unless another process does.
func (m *mailer) deliverNow(ctx context.Context, io streams) error {
	d, err := m.queue.Deliver()
	if errors.Is(err, mail.ErrHeld) {
		fmt.Fprintln(io.Out, "corridor notice run hands them over")
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	r, err := d.Round(ctx, m.server, time.Now)
	fmt.Fprintf(io.Out, "%d sent, %d to be tried again, %d failed\n", r.Sent, r.Delayed, r.Failed)
	return err
}

// NoticeStatusCommand shows the queue.
type NoticeStatusCommand struct {
	Config string `default:"notice.toml" help:"The configuration file."`
	State  string `enum:"all,waiting,sent,failed" default:"all" help:"Only these: waiting, sent, failed."`
	Most   int    `default:"50" help:"How many mails to list, the newest first."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Help shows an example.
func (NoticeStatusCommand) Help() string {
	return "Example:\n  corridor notice status --state failed"
}

// mailLine is a mail in the list.
type mailLine struct {
	State   string `json:"state"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	ID      string `json:"message_id"`
	Tries   int    `json:"tries"`
	Next    string `json:"next_try,omitempty"`
	Done    string `json:"done,omitempty"`
	Answer  string `json:"answer,omitempty"`
}

type mailStatus struct {
	Waiting int        `json:"waiting"`
	Sent    int        `json:"sent"`
	Failed  int        `json:"failed"`
	Mails   []mailLine `json:"mails"`
}

// Run prints the counts and the newest mails.
func (c NoticeStatusCommand) Run(io streams) error {
	s, err := c.read()
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(io.Out)
		e.SetIndent("", "  ")
		return e.Encode(s)
	}
	fmt.Fprintf(io.Out, "%d waiting, %d sent, %d failed\n", s.Waiting, s.Sent, s.Failed)
	w := tabwriter.NewWriter(io.Out, 0, 4, 2, ' ', 0)
	for _, m := range s.Mails {
		when := m.Done
		if m.State == "waiting" {
			when = "next try " + m.Next
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", m.State, when, m.To, m.Subject, m.Answer)
	}
	return w.Flush()
}

func (c NoticeStatusCommand) read() (*mailStatus, error) {
	cfg, err := loadNotice(c.Config)
	if err != nil {
		return nil, wrongUse("show mails: %w", err)
	}
	q, err := mail.OpenQueue(string(cfg.Queue))
	if err != nil {
		return nil, fmt.Errorf("show mails: %w", err)
	}
	defer q.Close()
	s := &mailStatus{Mails: []mailLine{}}
	if s.Waiting, s.Sent, s.Failed, err = q.Counts(); err != nil {
		return nil, fmt.Errorf("show mails: %w", err)
	}
	state := c.State
	if state == "all" {
		state = ""
	}
	all, err := q.List(state, c.Most)
	if err != nil {
		return nil, fmt.Errorf("show mails: %w", err)
	}
	for _, e := range all {
		l := mailLine{State: e.State, To: e.To, Subject: e.Subject, ID: e.ID + "@" + e.Domain, Tries: e.Tries, Answer: e.Answer}
		if e.State == "waiting" {
			l.Next = e.Next.UTC().Format(time.RFC3339)
		} else {
			l.Done = e.Done.UTC().Format(time.RFC3339)
		}
		s.Mails = append(s.Mails, l)
	}
	return s, nil
}

// NoticeRetryCommand gives failed mails another chance.
type NoticeRetryCommand struct {
	Config string `default:"notice.toml" help:"The configuration file."`
}

// Help shows an example.
func (NoticeRetryCommand) Help() string {
	return "Example:\n  corridor notice retry\n\nAfter the cause was mended: see corridor notice status --state failed."
}

// Run puts the failed mails back.
func (c NoticeRetryCommand) Run(io streams) error {
	cfg, err := loadNotice(c.Config)
	if err != nil {
		return wrongUse("retry mails: %w", err)
	}
	q, err := mail.OpenQueue(string(cfg.Queue))
	if err != nil {
		return fmt.Errorf("retry mails: %w", err)
	}
	defer q.Close()
	n, err := q.Retry()
	if err != nil {
		return fmt.Errorf("retry mails: %w", err)
	}
	fmt.Fprintf(io.Out, "%d mails are tried again\n", n)
	return nil
}
