package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/config"
	"corridor.example/corridor/internal/mail"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
	"corridor.example/corridor/notice"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/rma"
)

// mailer follows a journal and puts the letters that it leads to into the queue of mails.
type mailer struct {
	cfg        *noticeConfig
	journal    *journal.Journal
	queue      *mail.Queue
	server     *mail.Server
	watch      *notice.Watch
	authorised *rma.State
	to         recipients
	start      uint64 // pages before it lead to no mails
	next       uint64 // the page to read next
	kept       uint64 // the pages before it were read by this queue
	pieces     []mail.Kept
	time       int64 // of the page that is read
	missing    map[corridor.BIC]bool
	log        *slog.Logger
}

// openMailer opens everything that a configuration names.
func openMailer(ctx context.Context, cfg *noticeConfig, log *slog.Logger) (*mailer, error) {
	m := &mailer{cfg: cfg, log: log, missing: map[corridor.BIC]bool{}}
	var err error
	if m.to, err = readRecipients(string(cfg.Recipients)); err != nil {
		return nil, err
	}
	if m.server, err = cfg.server(); err != nil {
		return nil, err
	}
	if m.authorised, err = rma.New(rma.Rules{}); err != nil {
		return nil, err
	}
	if m.journal, err = journal.Open(ctx, cfg.journalURL(), journal.Options{ReadOnly: true, Log: log}); err != nil {
		return nil, err
	}
	if m.queue, err = mail.OpenQueue(string(cfg.Queue)); err != nil {
		m.journal.Close()
		return nil, err
	}
	m.watch = notice.NewWatch(notice.WatchOptions{
		Issuer: cfg.issuer(), DigestHour: cfg.DigestHour, Authorised: m.authorisations,
		Particulars: func(at corridor.Position) *corridor.Particulars { return m.particulars(ctx, at) },
	})
	return m, nil
}

func (m *mailer) close() {
	m.queue.Close()
	m.journal.Close()
}

const startNote = "start="

// begin finds out from which page on mails are made: from the first time that this queue was used, or from the network's beginning.
func (m *mailer) begin(ctx context.Context, fromStart bool) error {
	place, note, err := m.queue.Place()
	if err != nil {
		return err
	}
	m.kept = place
	if start, ok := strings.CutPrefix(note, startNote); ok {
		m.start, err = strconv.ParseUint(start, 10, 64)
		return err
	}
	if !fromStart {
		head, err := m.journal.Head(ctx)
		if err != nil {
			return err
		}
		m.start = head.Pages
	}
	return m.queue.Add(0, m.note(), nil)
}

func (m *mailer) note() string { return startNote + strconv.FormatUint(m.start, 10) }

// catchUp reads the pages that are there and makes their mails. What a mail is made of is the journal alone, so after a crash the same
// mails are made again and the queue drops those that it has.
func (m *mailer) catchUp(ctx context.Context, now time.Time) error {
	for p, err := range m.journal.Scan(ctx, m.next, journal.ToEnd, journal.EntriesOnly) {
		if err != nil {
			return err
		}
		if err := m.page(p); err != nil {
			return fmt.Errorf("page %d: %w", p.Header.Number, err)
		}
		m.next = p.Header.Number + 1
		if err := m.send(); err != nil {
			return err
		}
		if len(m.pieces) >= maxPieces {
			if err := m.keep(); err != nil {
				return err
			}
		}
	}
	m.watch.Pass(now.Add(-lateness).UnixNano())
	if err := m.send(); err != nil {
		return err
	}
	return m.keep()
}

// keep notes up to where the journal was read, with the entries of officers and orders of it: the journal may be pruned of them.
func (m *mailer) keep() error {
	if m.next <= m.kept {
		return nil
	}
	if err := m.queue.Add(m.next, m.note(), nil, m.pieces...); err != nil {
		return err
	}
	m.kept, m.pieces = m.next, nil
	return nil
}

// maxPieces bounds what a long read keeps in memory.
const maxPieces = 5000

// lateness is how much earlier than this machine's time the time of a page may be that is not there yet.
const lateness = time.Minute

func (m *mailer) page(p *journal.Page) error {
	number, at := p.Place()
	m.time = at
	m.watch.Page(number, at)
	if len(p.Entries) == 0 {
		return m.pruned(number)
	}
	all, err := p.All()
	if err != nil {
		return err
	}
	for i, stored := range all {
		place := corridor.Position{Page: number, Index: uint32(i)}
		if err := m.entry(place, stored); err != nil {
			return err
		}
		if number >= m.kept && notice.Lasting(entry.KindOf(stored)) {
			m.pieces = append(m.pieces, mail.Kept{Page: number, Index: uint32(i), Bytes: bytes.Clone(stored)})
		}
	}
	return nil
}

// pruned takes what was kept of a page that the journal no longer has.
func (m *mailer) pruned(number uint64) error {
	if number >= m.kept {
		return errors.New("it was pruned before notices were made of it: run corridor notice run --once first on a copy of the journal that has all pages (corridor journal import), with the same queue")
	}
	all, err := m.queue.KeptOf(number)
	for i := 0; i < len(all) && err == nil; i++ {
		err = m.entry(corridor.Position{Page: number, Index: all[i].Index}, all[i].Bytes)
	}
	return err
}

func (m *mailer) entry(at corridor.Position, stored []byte) error {
	e, err := entry.Decode(stored)
	if err != nil {
		return err
	}
	if err := m.authorise(at, e); err != nil {
		return err
	}
	return m.watch.Apply(at, e)
}

// authorise keeps the authorisations, which stand in the lists of counterparties.
func (m *mailer) authorise(at corridor.Position, e entry.Entry) error {
	switch e := e.(type) {
	case *entry.Acted:
		a, err := entry.DecodeAct(e.Statement)
		if err != nil || !rma.IsKind(a.Kind) {
			return err
		}
		a.Body = append([]byte(nil), a.Body...)
		return m.authorised.Apply(at, m.time, &a)
	case *entry.Fenced:
		if e.What == entry.Readmitted {
			m.authorised.Readmitted(corridor.BIC(strings.Clone(string(e.BIC))), at, m.time)
		}
	}
	return nil
}

// authorisations are those between two institutions, in words for the first.
func (m *mailer) authorisations(member, other corridor.BIC) []string {
	var lines []string
	for _, service := range m.services() {
		for _, k := range []struct {
			rma.Key
			words string
		}{
			{rma.Key{Issuer: other, Correspondent: member, Service: service}, "you may send " + string(other)},
			{rma.Key{Issuer: member, Correspondent: other, Service: service}, string(other) + " may send you"},
		} {
			if v, ok := m.authorised.Look(k.Key, m.time, nil); ok {
				lines = append(lines, fmt.Sprintf("%s: %s, %s, %s", k.words, service, v.Permission, v.Stands))
			}
		}
	}
	return lines
}

func (m *mailer) services() []string {
	all := []string{rma.FIN, rma.MX}
	for _, s := range m.authorised.Rules().Services {
		all = append(all, s.Name)
	}
	return all
}

// particulars reads the amounts of a message; nil where its content is gone or cannot be read.
func (m *mailer) particulars(ctx context.Context, at corridor.Position) *corridor.Particulars {
	p, err := m.journal.Read(ctx, at.Page)
	if err != nil {
		return nil
	}
	payload, err := p.Payload(at.Index)
	if err != nil {
		return nil
	}
	read := mx.ReadParticulars
	if len(payload) > 0 && payload[0] == '{' {
		read = mt.ReadParticulars
	}
	x, err := read(payload)
	if err != nil {
		return nil
	}
	return &x
}

// send puts the letters that were made into the queue, and their tables into the folder of reports.
func (m *mailer) send() error {
	var mails []*mail.Mail
	for _, l := range m.watch.Take() {
		if l.Page < m.start {
			continue
		}
		if m.cfg.Reports != "" {
			if err := writeReport(string(m.cfg.Reports), &l); err != nil {
				return err
			}
		}
		mails = append(mails, m.mails(&l)...)
	}
	if len(mails) == 0 {
		return nil
	}
	return m.queue.Put(mails)
}

// writeReport writes what a letter has for programs: a table as CSV and JSON, a notice as its event. A file that is there was made of the same journal.
func writeReport(dir string, l *notice.Letter) error {
	files := map[string][]byte{}
	if l.Event != nil {
		files[".json"] = append(l.Event, '\n')
	}
	if l.Table != nil {
		var err error
		if files[".csv"], err = l.Table.CSV(); err != nil {
			return err
		}
		if files[".json"], err = l.Table.JSON(); err != nil {
			return err
		}
	}
	for end, b := range files {
		if err := writeOnce(filepath.Join(dir, l.ID+end), b); err != nil {
			return err
		}
	}
	return nil
}

// writeOnce makes a file that is there whole or not at all, unless it is there.
func writeOnce(path string, b []byte) error {
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := pki.WriteNew(path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// mails are a letter's mails, one to each address once.
func (m *mailer) mails(l *notice.Letter) []*mail.Mail {
	var out []*mail.Mail
	seen := map[string]bool{}
	for _, who := range m.audience(l) {
		for _, address := range m.to[who] {
			if !seen[address] {
				seen[address] = true
				out = append(out, m.mail(l, address))
			}
		}
	}
	return out
}

// audience are the names in the file of recipients that a letter is for.
func (m *mailer) audience(l *notice.Letter) []string {
	switch l.Audience {
	case notice.ToOperator:
		return []string{recipientOperator}
	case notice.ToMember:
		m.reached(l.Member)
		return []string{string(l.Member)}
	}
	all := []string{recipientOperator, recipientMembers}
	for _, b := range m.watch.Members() {
		m.reached(b)
		all = append(all, string(b))
	}
	return all
}

// reached says once of a member without an address that it gets no mail.
func (m *mailer) reached(b corridor.BIC) {
	if len(m.to[string(b)]) == 0 && !m.missing[b] {
		m.missing[b] = true
		m.log.Warn("a member has no address for mail: give one in the file of recipients", "member", b, "recipients", m.cfg.Recipients)
	}
}

func (m *mailer) mail(l *notice.Letter, address string) *mail.Mail {
	subject := []rune(l.Subject)
	return &mail.Mail{
		ID: mailID(l.ID, address), InReply: mailID(l.Thread, address), Domain: mail.DomainOf(m.cfg.From), From: m.cfg.From, To: address,
		Subject: string(subject[:min(len(subject), mail.MaxSubject)]), Text: l.Text, Date: time.Now(),
	}
}

// mailID is the part of a Message-ID before the @: the same for the same letter to the same address, whatever it is called.
func mailID(letter, address string) string {
	sum := sha256.Sum256([]byte(letter + "\x00" + address))
	kind, _, _ := strings.Cut(letter, ".")
	return kind + "." + hex.EncodeToString(sum[:16])
}

// noticesOf loads the configuration and opens the mailer; a bad configuration is wrong use.
func noticesOf(ctx context.Context, path string, io streams) (*mailer, error) {
	cfg, err := loadNotice(path)
	if err != nil {
		return nil, wrongUse("%w", err)
	}
	return openMailer(ctx, cfg, newLog(cfg.Log, io.Err))
}

var _ config.Checked = (*noticeConfig)(nil)
