package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/journal"
)

// field is one thing that an entry says; empty ones are left out.
type field struct{ name, value string }

func number[T ~uint16 | ~uint32 | ~uint64](name string, n T) field {
	return field{name, strconv.FormatUint(uint64(n), 10)}
}

func text[T ~string](name string, s T) field { return field{name, string(s)} }

func milliseconds(name string, n uint64) field {
	return field{name, time.UnixMilli(int64(n)).UTC().Format("2006-01-02T15:04:05.000Z07:00")}
}

// describeEntry reads a stored entry.
func describeEntry(at corridor.Position, stored []byte) (entryLine, error) {
	e, err := entry.Decode(stored)
	if err != nil {
		return entryLine{}, fmt.Errorf("entry %v: %w", at, err)
	}
	summary, fields, err := readEntry(e)
	if err != nil {
		return entryLine{}, fmt.Errorf("entry %v: %w", at, err)
	}
	line := entryLine{At: at.String(), Kind: e.Kind().String(), Summary: summary}
	for _, f := range fields {
		if f.value != "" {
			line.order = append(line.order, f)
		}
	}
	return line, nil
}

// readEntry says what happened: in a line, and field by field.
func readEntry(e entry.Entry) (summary string, fields []field, err error) {
	switch e := e.(type) {
	case *entry.TermStarted:
		return fmt.Sprintf("term %d of %s", e.Term, e.Network), []field{number("term", e.Term), text("network", e.Network), certificate(e.Certificate)}, nil
	case *entry.MemberAdmitted:
		return string(e.LT), []field{text("lt", e.LT), certificate(e.Certificate)}, nil
	case *entry.KeyRevoked:
		return fmt.Sprintf("%s: %s", e.LT, e.Reason), []field{text("lt", e.LT), text("key", e.Key.String()), text("reason", e.Reason)}, nil
	case *entry.SessionOpened:
		return fmt.Sprintf("%s session %d", e.LT, e.Session), []field{text("lt", e.LT), number("session", e.Session), text("transport key", e.TransportKey.String()),
			text("signing key", e.SigningKey.String()), number("window", e.Window), text("delivery", strconv.FormatBool(e.Delivery))}, nil
	case *entry.SessionClosed:
		return fmt.Sprintf("%s session %d: %s", e.LT, e.Session, e.Reason), []field{text("lt", e.LT), number("session", e.Session), text("reason", e.Reason)}, nil
	case *entry.Accepted:
		return readSubmission(e.Statement, number("session", e.Session), place(e.Frame, e.Index))
	case *entry.Refused:
		summary, fields, err = readSubmission(e.Statement, number("session", e.Session), place(e.Frame, e.Index), text("fault", e.Fault.Error()))
		return summary + ": " + e.Fault.Code, fields, err
	case *entry.Assigned:
		return readAssigned(e)
	case *entry.Acknowledged:
		return readAcknowledgement(e)
	case *entry.Originated:
		summary, fields, err = readSubmission(e.Statement, text("about", e.About.String()), text("reason", reasonText(e.Reason)))
		return fmt.Sprintf("%s: %s of %v", summary, reasonText(e.Reason), e.About), fields, err
	}
	return readGovernance(e)
}

func certificate(der []byte) field {
	if len(der) == 0 {
		return field{}
	}
	return field{"certificate", corridor.DigestOf(der).String()}
}

func place(frame, index uint32) field {
	return field{"frame", fmt.Sprintf("%d, place %d", frame, index)}
}

func reasonText(r entry.Reason) string {
	switch r {
	case entry.Delivered:
		return "delivered"
	case entry.NotDelivered:
		return "not delivered in time"
	case entry.Aborted:
		return "aborted"
	case entry.Returned:
		return "returned under an order"
	case entry.Notice:
		return "notice"
	case entry.Changed:
		return "changed in the directory"
	}
	return fmt.Sprintf("reason %d", r)
}

func readSubmission(statement []byte, more ...field) (string, []field, error) {
	s, err := entry.DecodeSubmission(statement)
	if err != nil {
		return "", nil, err
	}
	duplicate := ""
	if s.PossibleDuplicate {
		duplicate = "possible"
	}
	fields := append([]field{
		text("type", s.Type), text("sender", s.Sender), number("number", s.Number), text("receiver", s.Receiver), text("priority", s.Priority.String()),
		text("reference", s.Reference), text("uetr", s.UETR), number("monitoring", uint16(s.Monitoring)), text("duplicate", duplicate),
		milliseconds("signed at", s.SignedAt), text("payload", s.Payload.String()), number("payload bytes", s.PayloadSize),
	}, more...)
	return fmt.Sprintf("%s %s %d to %s %s", s.Type, s.Sender, s.Number, s.Receiver, s.Reference), fields, nil
}

func readAssigned(e *entry.Assigned) (string, []field, error) {
	var at []string
	for _, m := range e.Messages {
		at = append(at, m.String())
	}
	last := uint64(e.First) + uint64(len(e.Messages)) - 1
	return fmt.Sprintf("%s numbers %d to %d", e.LT, e.First, last),
		[]field{text("lt", e.LT), number("session", e.Session), number("first number", e.First), text("messages", strings.Join(at, " "))}, nil
}

func readAcknowledgement(e *entry.Acknowledged) (string, []field, error) {
	a, err := entry.DecodeAcknowledgement(e.Statement)
	if err != nil {
		return "", nil, err
	}
	summary := fmt.Sprintf("%s number %d", a.Receiver, a.Number)
	if a.Refused {
		summary += ": refused, " + a.Code
	}
	return summary, []field{text("receiver", a.Receiver), number("number", a.Number), text("message", a.Message.String()), text("code", a.Code), text("text", a.Text),
		milliseconds("received at", a.ReceivedAt), place(e.Frame, e.Index)}, nil
}

// checkAnswer is the result of a check for a program.
type checkAnswer struct {
	Whole     bool             `json:"whole"`
	BadPage   *uint64          `json:"bad_page,omitempty"`
	Error     string           `json:"error,omitempty"`
	Network   corridor.Network `json:"network,omitempty"`
	First     uint64           `json:"first"`
	Pages     uint64           `json:"pages"`
	Pruned    uint64           `json:"pruned,omitempty"`
	Redacted  string           `json:"redacted,omitempty"`
	Entries   uint64           `json:"entries"`
	Term      uint64           `json:"term"`
	Snapshots int              `json:"snapshots"`
	Head      string           `json:"head,omitempty"`
	Root      string           `json:"root,omitempty"`
	Authority bool             `json:"authority_checked"`
	Start     string           `json:"start,omitempty"`
	Until     string           `json:"until,omitempty"`
}

func checkJSON(r *journal.Report, err error) checkAnswer {
	a := checkAnswer{
		Whole: err == nil, Network: r.Network, First: r.First, Pages: r.Pages, Pruned: r.Pruned, Entries: r.Entries, Term: r.Terms, Snapshots: r.Snapshots, Authority: r.Authority,
	}
	if err != nil {
		a.Error = err.Error()
		a.BadPage = journal.BadPageOf(err)
	}
	if r.Redaction != nil {
		a.Redacted = r.Redaction.String()
	}
	if r.Pages > 0 {
		a.Head, a.Start, a.Until = r.Head.String(), r.Start.Format(time.RFC3339Nano), r.Until.Format(time.RFC3339Nano)
	}
	if !r.Root.IsZero() {
		a.Root = r.Root.String()
	}
	return a
}

// printCheck says in words what a check found.
func printCheck(out io.Writer, r *journal.Report, err error) error {
	if err != nil {
		_, werr := fmt.Fprintf(out, "DAMAGED: %v\n%d pages before it are whole.\n", err, r.Pages)
		return werr
	}
	if r.Pages == 0 {
		_, err := fmt.Fprintln(out, "WHOLE: there is no page yet")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "WHOLE\t%d pages of %s from page %d on, %d entries, term %d\n", r.Pages, r.Network, r.First, r.Entries, r.Terms)
	fmt.Fprintf(w, "time\t%s to %s\n", r.Start.Format(time.RFC3339), r.Until.Format(time.RFC3339))
	if r.Redaction != nil {
		fmt.Fprintf(w, "redacted\t%s: what it shows holds, what it leaves out cannot be judged\n", r.Redaction)
	}
	if r.Pruned > 0 {
		fmt.Fprintf(w, "pruned\tpages before %d: their headers hold, their contents are not here\n", r.Pruned)
	}
	fmt.Fprintf(w, "head\t%s\n", r.Head)
	if !r.Root.IsZero() {
		fmt.Fprintf(w, "log\t%s\n", r.Root)
	}
	if r.Snapshots > 0 {
		fmt.Fprintf(w, "snapshots\t%d, whole\n", r.Snapshots)
	}
	if r.Authority {
		fmt.Fprintf(w, "signatures\tby hubs that the network's authority vouches for\n")
	} else {
		fmt.Fprintf(w, "signatures\tby the certificates in the journal; give --root to check those too\n")
	}
	return w.Flush()
}
